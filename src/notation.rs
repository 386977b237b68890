//! The notation of labels and statements: plain text, which is read as mathematics where it is mathematics.
//!
//! The same line is typed once, is readable as it stands in the source, prints as Unicode in a terminal and as
//! formulas in a book. Words are words; everything else is a formula, and a formula ends at a word or at a comma:
//!
//! ```text
//! x  ŵ  w̃  λ  ℓ  alpha  Hinf    letters; some names stand for one
//! αI  UV'  4mt  X w             products: capitals in a row, a Greek letter among others, letters after a digit
//! x_n  σ_max  r_(k+1)  w2  w∞   indices
//! t²  10^-5  t^(1/4)  t^-(m-1)  exponents; parentheses around the whole are not set
//! X'  V'^-1  ℓ'_n               transposes and derivatives
//! |w|  (a + b)  <v, w>  {A_k}   absolute values, groups, inner products; words may stand in them
//! √2  √(u² + v²)                roots
//! [[*, 1], [1, 1/2]]            a matrix
//! log|det X|  max x  rank J     names of functions, if something follows that they are functions of
//! a/b  a · b  a <- b  a -> b    fractions keep their slash
//! 1e-8                          a power of ten
//! ```
//!
//! `a` and, where a sentence begins, `A` is the article before a word or a number. What is not understood is an error
//! and not a guess: a mark that stands alone, a bracket without its partner, a sign that is not listed here.

mod parser;
mod print;
mod tokens;

use parser::Parser;
use tokens::Lexer;

/// A stretch of a line: words as they stand, or a formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Words as they stand.
    Text(String),
    /// Mathematics.
    Formula(Formula),
}

/// Mathematics, in the order in which it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(Vec<Node>);

#[derive(Debug, Clone, PartialEq)]
struct Node {
    /// Whether a blank was typed before it.
    spaced: bool,
    atom: Atom,
    primes: usize,
    sub: Option<Script>,
    sup: Option<Script>,
}

#[derive(Debug, Clone, PartialEq)]
enum Atom {
    Number(String),
    Letter(Letter),
    Function(String),
    Word(String),
    Sign(&'static Sign),
    Group { open: char, close: char, inside: Vec<Node> },
    Matrix(Vec<Vec<Vec<Node>>>),
    Root(Vec<Node>),
}

#[derive(Debug, Clone, PartialEq)]
struct Script {
    /// A sign before it, behind which parentheses are set.
    sign: &'static str,
    inside: Vec<Node>,
    /// Typed in parentheses.
    grouped: bool,
}

/// One letter, or an index such as "max": as a terminal shows it, and in LaTeX.
#[derive(Debug, Clone, PartialEq)]
struct Letter {
    unicode: String,
    latex: String,
}

#[derive(Debug, PartialEq)]
struct Sign {
    typed: &'static str,
    unicode: &'static str,
    latex: &'static str,
    kind: SignKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignKind {
    /// Between two things that are compared.
    Relation,
    /// A plus or a minus, where a long formula may be broken.
    Sum,
    /// Any other operation between two things.
    Product,
    /// What stands before its argument: Σ, ∇, ∂.
    Prefix,
    /// What stands for something by itself: ∞, the hole of a matrix.
    Thing,
    /// Commas in groups.
    Comma,
}

const fn sign(typed: &'static str, unicode: &'static str, latex: &'static str, kind: SignKind) -> Sign {
    Sign { typed, unicode, latex, kind }
}

/// Longer ones first, since the first that fits is taken.
static SIGNS: &[Sign] = &[
    sign("<-", "←", r"\leftarrow", SignKind::Relation),
    sign("->", "→", r"\to", SignKind::Relation),
    sign("<=", "≤", r"\le", SignKind::Relation),
    sign(">=", "≥", r"\ge", SignKind::Relation),
    sign("..", "…", r"\dots", SignKind::Thing),
    sign("…", "…", r"\dots", SignKind::Thing),
    sign("←", "←", r"\leftarrow", SignKind::Relation),
    sign("→", "→", r"\to", SignKind::Relation),
    sign("=", "=", "=", SignKind::Relation),
    sign("≠", "≠", r"\ne", SignKind::Relation),
    sign("≤", "≤", r"\le", SignKind::Relation),
    sign("≥", "≥", r"\ge", SignKind::Relation),
    sign("<", "<", r"\lt", SignKind::Relation),
    sign(">", ">", r"\gt", SignKind::Relation),
    sign("≈", "≈", r"\approx", SignKind::Relation),
    sign("~", "~", r"\sim", SignKind::Relation),
    sign("∈", "∈", r"\in", SignKind::Relation),
    sign("+", "+", "+", SignKind::Sum),
    sign("-", "-", "-", SignKind::Sum),
    sign("−", "−", "-", SignKind::Sum),
    sign("±", "±", r"\pm", SignKind::Sum),
    sign("·", "·", r"\cdot", SignKind::Product),
    sign("×", "×", r"\times", SignKind::Product),
    sign("/", "/", "/", SignKind::Product),
    sign("Σ", "Σ", r"\sum", SignKind::Prefix),
    sign("∇", "∇", r"\nabla", SignKind::Prefix),
    sign("∫", "∫", r"\int", SignKind::Prefix),
    sign("∮", "∮", r"\oint", SignKind::Prefix),
    sign("∂", "∂", r"\partial", SignKind::Prefix),
    sign("∞", "∞", r"\infty", SignKind::Thing),
    sign("*", "*", "{*}", SignKind::Thing),
    sign(",", ",", ",", SignKind::Comma),
    sign(";", ";", ";", SignKind::Comma),
    sign(":", ":", r"{:}", SignKind::Comma),
];

/// Names that stand for one thing, as a letter does.
const NAMES: [(&str, &str, &str); 7] = [
    ("alpha", "α", r"\alpha"),
    ("rho", "ρ", r"\rho"),
    ("kappa", "κ", r"\kappa"),
    ("Hinf", "H∞", r"H_\infty"),
    ("inf", "∞", r"\infty"),
    ("KL", "KL", r"\mathrm{KL}"),
    ("eps", "eps", r"\mathrm{eps}"),
];

const GREEK: [(char, &str); 33] = [
    ('α', r"\alpha"),
    ('β', r"\beta"),
    ('γ', r"\gamma"),
    ('δ', r"\delta"),
    ('ε', r"\varepsilon"),
    ('ζ', r"\zeta"),
    ('η', r"\eta"),
    ('θ', r"\theta"),
    ('ι', r"\iota"),
    ('κ', r"\kappa"),
    ('λ', r"\lambda"),
    ('μ', r"\mu"),
    ('ν', r"\nu"),
    ('ξ', r"\xi"),
    ('π', r"\pi"),
    ('ρ', r"\rho"),
    ('σ', r"\sigma"),
    ('τ', r"\tau"),
    ('φ', r"\varphi"),
    ('χ', r"\chi"),
    ('ψ', r"\psi"),
    ('ω', r"\omega"),
    ('Γ', r"\Gamma"),
    ('Δ', r"\Delta"),
    ('Θ', r"\Theta"),
    ('Λ', r"\Lambda"),
    ('Ξ', r"\Xi"),
    ('Π', r"\Pi"),
    ('Φ', r"\Phi"),
    ('Ψ', r"\Psi"),
    ('Ω', r"\Omega"),
    ('ℓ', r"\ell"),
    ('ℝ', r"\mathbb{R}"),
];

/// Functions that LaTeX knows, and those that it does not.
const FUNCTIONS: [(&str, &str); 20] = [
    ("log", r"\log"),
    ("ln", r"\ln"),
    ("exp", r"\exp"),
    ("sin", r"\sin"),
    ("cos", r"\cos"),
    ("tanh", r"\tanh"),
    ("arcsinh", r"\operatorname{arcsinh}"),
    ("Beta", r"\operatorname{Beta}"),
    ("min", r"\min"),
    ("max", r"\max"),
    ("det", r"\det"),
    ("lim", r"\lim"),
    ("tr", r"\operatorname{tr}"),
    ("rank", r"\operatorname{rank}"),
    ("diag", r"\operatorname{diag}"),
    ("sgn", r"\operatorname{sgn}"),
    ("sign", r"\operatorname{sign}"),
    ("span", r"\operatorname{span}"),
    ("argmin", r"\operatorname{argmin}"),
    ("argmax", r"\operatorname{argmax}"),
];

/// Capitals in a row that are no product.
pub const ABBREVIATIONS: [&str; 4] = ["KKT", "SVM", "CSV", "JSON"];

/// Small letters in a row that are one.
const PRODUCTS: [&str; 6] = ["uv", "bc", "bcd", "ab", "kd", "ts"];

/// Two letters that are one index all the same.
const INDEX_WORDS: [&str; 1] = ["op"];

const HATTED: [(char, char); 6] = [('ŵ', 'w'), ('Ŵ', 'W'), ('ŷ', 'y'), ('ẑ', 'z'), ('û', 'u'), ('ê', 'e')];
const MARKS: [(char, &str); 4] =
    [('\u{302}', r"\hat"), ('\u{303}', r"\tilde"), ('\u{304}', r"\bar"), ('\u{307}', r"\dot")];
const RAISED: [(char, char); 14] = [
    ('⁰', '0'),
    ('¹', '1'),
    ('²', '2'),
    ('³', '3'),
    ('⁴', '4'),
    ('⁵', '5'),
    ('⁶', '6'),
    ('⁷', '7'),
    ('⁸', '8'),
    ('⁹', '9'),
    ('⁺', '+'),
    ('⁻', '-'),
    ('ⁿ', 'n'),
    ('ᵏ', 'k'),
];
const LOWERED: [(char, char); 16] = [
    ('₀', '0'),
    ('₁', '1'),
    ('₂', '2'),
    ('₃', '3'),
    ('₄', '4'),
    ('₅', '5'),
    ('₆', '6'),
    ('₇', '7'),
    ('₈', '8'),
    ('₉', '9'),
    ('₊', '+'),
    ('₋', '-'),
    ('ₙ', 'n'),
    ('ₖ', 'k'),
    ('ₘ', 'm'),
    ('ⱼ', 'j'),
];

/// A line as its pieces, or what in it is not understood.
pub fn read(line: &str) -> Result<Vec<Piece>, String> {
    let tokens = Lexer::tokens(line).map_err(|what| format!("{what} in “{line}”"))?;
    let mut parser = Parser { tokens: &tokens, at: 0, pieces: Vec::new() };
    parser.line(tokens.len()).map_err(|what| format!("{what} in “{line}”"))?;
    Ok(parser.pieces)
}

/// A line for a terminal. What is not understood stands as it was typed.
pub fn unicode(line: &str) -> String {
    let Ok(pieces) = read(line) else { return line.to_string() };
    let of = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Formula(formula) => formula.unicode(),
    };
    pieces.iter().map(of).collect()
}

/// Text for HTML and XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A line for a drawing: the content of a `text` element, with small letters that are lowered and raised.
pub fn svg(line: &str) -> String {
    let Ok(pieces) = read(line) else { return escape(line) };
    let of = |piece: &Piece| match piece {
        Piece::Text(text) => escape(text),
        Piece::Formula(formula) => formula.svg(),
    };
    pieces.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words as they stand, formulas in dollars.
    fn set(line: &str) -> String {
        let of = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Formula(formula) => format!("${}$", formula.latex().join("").trim_end()),
        };
        let set: String = read(line).unwrap().iter().map(of).collect();
        set.replace(" }", "}").replace(" _", "_").replace(" '", "'")
    }

    #[test]
    fn formulas_are_told_from_words() {
        let cases = [
            ("|r_(k+1)|/|r_k|, k = 36", r"$\lvert r_{k+ 1}\rvert / \lvert r_{k}\rvert$, $k= 36$"),
            ("w <- w - η X'(X w - y), the same", r"$w\leftarrow w- \eta X'(Xw- y)$, the same"),
            ("γ‖w‖ - g", r"$\gamma \lVert w\rVert - g$"),
            ("S < 0 a cycle, η a step, η a and", r"$S\lt 0$ a cycle, $\eta$ a step, $\eta a$ and"),
            ("covariance Σ, Σ^(-1/2) x, Σ x", r"covariance $\Sigma$, $\Sigma ^{- 1/ 2}x$, $\sum x$"),
            ("‖z‖_*", r"$\lVert z\rVert_{{*}}$"),
            ("Z* and <A, W*>", r"$Z^{{*}}$ and $\langle A, W^{{*}}\rangle$"),
            ("|w_k - closed form|", r"$\lvert w_{k}- \text{closed}\ \text{form}\rvert$"),
            (
                "|part of A that X loses in 1 - X|²",
                r"$\lvert \text{part}\ \text{of}\ A\ \text{that}\ X\ \text{loses}\ \text{in}\ 1- X\rvert ^{2}$",
            ),
            ("1 - margin/γ, t = 10^8", r"$1- \text{margin}/ \gamma$, $t= 10^{8}$"),
            (
                "and margin/γ = 1, and/or, points a and b",
                r"and $\text{margin}/ \gamma = 1$, and/or, points $a$ and $b$",
            ),
            ("t^-(m_n - 1) and t^(1/4).", r"$t^{-(m_{n}- 1)}$ and $t^{1/ 4}$."),
            ("share of 2 (half of it)", r"share of 2 (half of it)"),
            ("a start of size α, a ŵ + v", r"a start of size $\alpha$, $a\hat{w}+ v$"),
            ("where ℓ' is β-Lipschitz", r"where $\ell'$ is $\beta$-Lipschitz"),
            ("<v_1, w_k - w∞>/c_1", r"$\langle v_{1}, w_{k}- w_{\infty}\rangle / c_{1}$"),
            ("log|det X| of rank one", r"$\log \lvert \det X\rvert$ of rank one"),
            ("V'^-1 at 1e-8, 4mt", r"$V^{\prime -1}$ at $10^{-8}$, $4mt$"),
            ("max |share_n - p_n|", r"$\max \,\lvert \text{share}_{n}- p_{n}\rvert$"),
            ("of least l1 norm, or in l_inf", r"of least $\ell_{1}$ norm, or in $\ell_{\infty}$"),
            ("|Xw - y|², x'Ax, dw/dt of all", r"$\lvert Xw- y\rvert ^{2}$, $x'Ax$, $dw/ dt$ of all"),
            ("g + H + KL, of KL", r"$g+ H+ \mathrm{KL}$, of $\mathrm{KL}$"),
            ("|<A, W*> - γ|, a of the zero", r"$\lvert \langle A, W^{{*}}\rangle - \gamma \rvert$, $a$ of the zero"),
            ("x = bc/d, U\u{307} = -GV", r"$x= bc/ d$, $\dot{U}= - GV$"),
        ];
        for (line, latex) in cases {
            assert_eq!(set(line), latex, "{line}");
        }
    }

    #[test]
    fn a_drawing_lowers_and_raises() {
        let low = |x| format!("<tspan dy=\"3\" font-size=\".75em\">{x}</tspan><tspan dy=\"-3\">\u{200b}</tspan>");
        assert_eq!(svg("gap x_11 - 1 < 0"), format!("gap x{} − 1 &lt; 0", low("11")));
        assert_eq!(
            svg("t^-(1/4)"),
            "t<tspan dy=\"-5\" font-size=\".75em\">−(1/4)</tspan><tspan dy=\"5\">\u{200b}</tspan>"
        );
    }

    #[test]
    fn a_terminal_shows_unicode() {
        let cases = [
            ("|r_(k+1)|/|r_k|, k -> alpha", "|rₖ₊₁|/|r_k|, k → α"),
            ("W_(j+1)' and Σ^(-1/2) x", "W'ⱼ₊₁ and Σ^(-1/2) x"),
            ("t = 10^100, rho <- t^-1 x_n", "t = 10¹⁰⁰, ρ ← t⁻¹ x_n"),
            ("|W* - polar factor of Z*|", "|W* - polar factor of Z*|"),
            ("t^(1/4), <v, w>, u = 1, .., 7", "t^(1/4), ⟨v, w⟩, u = 1, …, 7"),
        ];
        for (line, shown) in cases {
            assert_eq!(unicode(line), shown);
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for line in ["x ^", "|x", "(x", "x)", "_n", "x_1_2", "e^-x_i", "√ x", "x § y"] {
            assert!(read(line).is_err(), "{line} was read as {:?}", read(line));
        }
        assert_eq!(unicode("x ^"), "x ^");
    }
}
