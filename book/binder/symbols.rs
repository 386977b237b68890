//! The registry's plain symbols, set as mathematics: `x_n`, `e^(-x·v)`, `t^-1`, `alpha`, a minus.
//!
//! The registry is read in terminals as well, so that it holds no LaTeX.

use std::iter::Peekable;
use std::str::Chars;

use theoremcheck::figure::escape;

/// Names that stand for a letter. Longer than a letter, so that the terminal needs no font for them.
const LETTERS: [(&str, &str); 4] = [("alpha", "α"), ("rho", "ρ"), ("Hinf", "H<sub>∞</sub>"), ("..", "…")];

/// Plain text with plain symbols as HTML.
pub fn set(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            '_' if in_name(next) => out += &format!("<sub>{}</sub>", run(&mut rest, in_name)),
            '^' if next != ' ' => out += &format!("<sup>{}</sup>", exponent(&mut rest)),
            '-' if !before.is_alphanumeric() && next != '-' || next.is_ascii_digit() => out.push('−'),
            c if c.is_alphabetic() && !in_name(before) || c == '.' => {
                let more = if c == '.' { run(&mut rest, |c| c == '.') } else { run(&mut rest, char::is_alphabetic) };
                let word = format!("{c}{more}");
                match LETTERS.iter().find(|(name, _)| *name == word) {
                    Some((_, letter)) => out += letter,
                    None => out += &escape(&word),
                }
                before = 'a';
                continue;
            }
            c => out += &escape(&c.to_string()),
        }
        before = c;
    }
    out
}

/// What belongs to an index: letters and digits, but not the ² of x_n².
fn in_name(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit()
}

fn run(rest: &mut Peekable<Chars>, belongs: impl Fn(char) -> bool) -> String {
    std::iter::from_fn(|| rest.next_if(|c| belongs(*c))).collect()
}

/// `-u`, `(-x_n·v)` or `-(m_n - 1)`: parentheses around the whole are not set.
fn exponent(rest: &mut Peekable<Chars>) -> String {
    let sign = if rest.next_if_eq(&'-').is_some() { "−" } else { "" };
    if rest.next_if_eq(&'(').is_none() {
        return format!("{sign}{}", set(&run(rest, |c| in_name(c) || c == '_')));
    }
    let mut depth = 1;
    let inside: String = std::iter::from_fn(|| {
        rest.next().filter(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth > 0
        })
    })
    .collect();
    let inside = set(&inside);
    if sign.is_empty() { inside } else { format!("{sign}({inside})") }
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn plain_symbols_become_mathematics() {
        let cases = [
            ("2/(β σ_max²), maximum-margin", "2/(β σ<sub>max</sub>²), maximum-margin"),
            ("e^(-x_n·v) x", "e<sup>−x<sub>n</sub>·v</sup> x"),
            ("t^-(m_n - 1).", "t<sup>−(m<sub>n</sub> − 1)</sup>."),
            ("10^100, t^(1/(ν+2))", "10<sup>100</sup>, t<sup>1/(ν+2)</sup>"),
            ("alpha_n = rho(t), alphabet", "α<sub>n</sub> = ρ(t), alphabet"),
            ("|-ℓ'(u) e^u - 1| < e^-u, 1, .., 7", "|−ℓ'(u) e<sup>u</sup> − 1| &lt; e<sup>−u</sup>, 1, …, 7"),
        ];
        for (plain, html) in cases {
            assert_eq!(set(plain), html);
        }
    }
}
