//! What a line is made of: words, numbers, letters, signs, and what stands above and below them.

use super::{
    ABBREVIATIONS, FUNCTIONS, GREEK, HATTED, INDEX_WORDS, LOWERED, Letter, MARKS, NAMES, PRODUCTS, RAISED, SIGNS, Sign,
    SignKind,
};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(String),
    Letter(Letter),
    Function(&'static str),
    Sign(&'static Sign),
    Open(char),
    Close(char),
    Bar(char),
    Root,
    Prime,
    /// `_` or `^`.
    Mark(char),
    /// What stands after such a mark, or is raised or lowered itself.
    Index(Vec<Letter>),
    Raised(String),
    Lowered(String),
    /// Of the text: a full stop, a quotation mark, a hyphen.
    Point(char),
}

#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) spaced: bool,
}

pub(super) struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Placed>,
    /// Inner products that are open.
    angles: usize,
}

impl Lexer<'_> {
    pub(super) fn tokens(line: &str) -> Result<Vec<Placed>, String> {
        let mut lexer = Lexer { rest: line, tokens: Vec::new(), angles: 0 };
        loop {
            let trimmed = lexer.rest.trim_start();
            let spaced = trimmed.len() < lexer.rest.len();
            lexer.rest = trimmed;
            let Some(c) = trimmed.chars().next() else { break };
            lexer.next(c, spaced)?;
        }
        settle(&mut lexer.tokens);
        Ok(lexer.tokens)
    }

    fn push(&mut self, token: Token, spaced: bool) {
        self.tokens.push(Placed { token, spaced });
    }

    fn last(&self) -> Option<&Token> {
        self.tokens.last().map(|placed| &placed.token)
    }

    /// Takes what belongs from the front of the rest.
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_string()
    }

    fn next(&mut self, c: char, spaced: bool) -> Result<(), String> {
        let after = self.rest[c.len_utf8()..].chars().next().unwrap_or(' ');
        let glued = !spaced && !self.tokens.is_empty();
        let after_mark = glued && self.after_mark();
        if after_mark && (c.is_alphanumeric() || "∞*".contains(c)) {
            let mut run =
                self.take(|c| !raises(c) && !lowers(c) && (c.is_alphanumeric() || is_mark(c) || "∞*".contains(c)));
            if run.chars().all(|c| c.is_ascii_digit()) && self.decimals() {
                self.rest = &self.rest[1..];
                run = format!("{run}.{}", self.take(|c| c.is_ascii_digit()));
            }
            self.push(Token::Index(index(&run)?), false);
        } else if c.is_ascii_digit() || c == '.' && after.is_ascii_digit() {
            let number = self.number();
            // w2 is w_2.
            let of_letter = glued && matches!(self.last(), Some(Token::Letter(_))) && !number.contains('.');
            self.push(if of_letter { Token::Lowered(number) } else { Token::Number(number) }, spaced);
        } else if c == 'Σ' && (matches!(after, ',' | '.' | ')' | '^' | '\'') || self.rest.len() == c.len_utf8()) {
            // A covariance: nothing follows that it sums.
            self.take(|c| c == 'Σ');
            self.push(Token::Letter(Letter { unicode: "Σ".to_string(), latex: r"\Sigma ".to_string() }), spaced);
        } else if c == 'Σ' {
            self.sign(spaced)?;
        } else if c.is_alphabetic() && !raises(c) && !lowers(c) {
            self.letters(spaced)?;
        } else if raises(c) {
            let run = self.take(raises);
            self.push(Token::Raised(run), spaced);
        } else if lowers(c) {
            let run = self.take(lowers);
            self.push(Token::Lowered(run), spaced);
        } else if c == '\'' && matches!(self.last(), Some(Token::Point(_))) && glued && after.is_alphabetic() {
            // "et al.'s"
            let word = self.take(|c| c == '\'' || c.is_alphabetic());
            self.push(Token::Word(word), false);
        } else if c == '∞' && glued && matches!(self.last(), Some(Token::Letter(_))) {
            self.take(|c| c == '∞');
            self.push(Token::Lowered("∞".to_string()), false);
        } else if c == '*' && glued && matches!(self.last(), Some(Token::Letter(_))) {
            self.take(|c| c == '*');
            self.push(Token::Raised("*".to_string()), false);
        } else {
            let token = match c {
                '_' | '^' => Token::Mark(c),
                '|' | '‖' => Token::Bar(c),
                '√' => Token::Root,
                '\'' if glued && ends_operand(self.last()) && !matches!(self.last(), Some(Token::Word(_))) => {
                    Token::Prime
                }
                '(' | '[' | '{' => Token::Open(c),
                ')' | ']' | '}' => Token::Close(c),
                '⟨' => Token::Open('<'),
                '⟩' => Token::Close('>'),
                '<' if !after.is_whitespace()
                    && after != '-'
                    && after != '='
                    && (!(glued && ends_operand(self.last())) || self.bar_opens()) =>
                {
                    self.angles += 1;
                    Token::Open('<')
                }
                '>' if glued && self.angles > 0 => {
                    self.angles -= 1;
                    Token::Close('>')
                }
                '-' if glued && self.hyphen() => Token::Point('-'),
                '.' if after != '.' => Token::Point(c),
                '?' | '!' | '\'' | '"' | '“' | '”' | '–' | '—' | '%' | '&' => Token::Point(c),
                _ => return self.sign(spaced),
            };
            self.rest = &self.rest[c.len_utf8()..];
            self.push(token, spaced);
        }
        Ok(())
    }

    fn sign(&mut self, spaced: bool) -> Result<(), String> {
        let Some(sign) = SIGNS.iter().find(|sign| self.rest.starts_with(sign.typed)) else {
            return Err(format!("the sign {} is not known", self.rest.chars().next().unwrap_or(' ')));
        };
        self.rest = &self.rest[sign.typed.len()..];
        self.push(Token::Sign(sign), spaced);
        Ok(())
    }

    /// Whether the last token is a bar with nothing before it that it could close.
    fn bar_opens(&self) -> bool {
        match &self.tokens[..] {
            [.., before, last] => {
                matches!(last.token, Token::Bar(_)) && (last.spaced || !ends_operand(Some(&before.token)))
            }
            [last] => matches!(last.token, Token::Bar(_)),
            [] => false,
        }
    }

    /// Whether an index begins here: after `_`, after `^`, or after the minus of `^-`.
    fn after_mark(&self) -> bool {
        let mark = |placed: &Placed| matches!(placed.token, Token::Mark(_));
        match &self.tokens[..] {
            [.., last] if mark(last) => true,
            [.., before, last] => mark(before) && !last.spaced && minus(&last.token),
            _ => false,
        }
    }

    /// Whether the minus here joins a word to something: both sides touch it, and one is a word.
    fn hyphen(&self) -> bool {
        let run: String = self.rest[1..].chars().take_while(|c| c.is_alphabetic() || is_mark(*c)).collect();
        !run.is_empty()
            && (matches!(self.last(), Some(Token::Word(_))) || is_word(&run))
            && matches!(self.last(), Some(Token::Word(_) | Token::Letter(_)))
    }

    /// Whether a point and digits come next.
    fn decimals(&self) -> bool {
        self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Digits, a point, and a power of ten if one is typed.
    fn number(&mut self) -> String {
        let mut number = self.take(|c| c.is_ascii_digit());
        if self.decimals() {
            self.rest = &self.rest[1..];
            number = format!("{number}.{}", self.take(|c| c.is_ascii_digit()));
        }
        if let Some(power) = self.rest.strip_prefix('e') {
            let digits = power.strip_prefix('-').unwrap_or(power);
            if digits.starts_with(|c: char| c.is_ascii_digit()) {
                let sign = if digits.len() < power.len() { "-" } else { "" };
                self.rest = digits;
                number = format!("{number}e{sign}{}", self.take(|c| c.is_ascii_digit()));
            }
        }
        number
    }

    fn letters(&mut self, spaced: bool) -> Result<(), String> {
        let run = self.take(|c| c.is_alphabetic() && !raises(c) && !lowers(c) && c != 'Σ' || is_mark(c));
        let after_digit = !spaced && matches!(self.last(), Some(Token::Number(_)));
        // l1, l_2, l_inf and l∞ are norms.
        let of_norm = self.rest.strip_prefix('_').unwrap_or(self.rest);
        let is_norm = of_norm.starts_with(|c: char| c.is_ascii_digit() || c == '∞')
            || of_norm.strip_prefix("inf").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        let run = if run == "l" && is_norm { "ℓ".to_string() } else { run };
        if let Some((_, unicode, latex)) = NAMES.iter().find(|(name, ..)| *name == run) {
            let letter = Letter { unicode: unicode.to_string(), latex: format!("{latex} ") };
            self.push(Token::Letter(letter), spaced);
        } else if let Some((name, _)) = FUNCTIONS.iter().find(|(name, _)| *name == run) {
            self.push(Token::Function(name), spaced);
        } else if !after_digit && is_word(&run) {
            let mut word = run;
            // "hard-margin", "Newton's", "interpolant's"
            while let Some(joint) = self.rest.chars().next().filter(|c| matches!(c, '-' | '\'' | '’')) {
                let more: String = self.rest[joint.len_utf8()..].chars().take_while(|c| c.is_alphabetic()).collect();
                if more.is_empty() || joint == '-' && !is_word(&more) && more.len() > 1 {
                    break;
                }
                word.push(joint);
                word.push_str(&more);
                self.rest = &self.rest[joint.len_utf8() + more.len()..];
            }
            self.push(Token::Word(word), spaced);
        } else {
            for (i, letter) in letters(&run)?.into_iter().enumerate() {
                self.push(Token::Letter(letter), spaced && i == 0);
            }
        }
        Ok(())
    }
}

pub(super) fn minus(token: &Token) -> bool {
    matches!(token, Token::Sign(sign) if sign.typed == "-" || sign.typed == "+")
}

fn is_mark(c: char) -> bool {
    MARKS.iter().any(|(mark, _)| *mark == c)
}

fn raises(c: char) -> bool {
    RAISED.iter().any(|(raised, _)| *raised == c)
}

fn lowers(c: char) -> bool {
    LOWERED.iter().any(|(lowered, _)| *lowered == c)
}

/// Whether letters in a row are a word and not one symbol or a product of several.
fn is_word(run: &str) -> bool {
    let base: Vec<char> = run.chars().filter(|c| !is_mark(*c)).collect();
    let symbol = |c: &char| GREEK.iter().any(|(greek, _)| greek == c) || HATTED.iter().any(|(hatted, _)| hatted == c);
    let marked = base.len() < run.chars().count();
    let product = base.iter().all(char::is_ascii_uppercase) && !ABBREVIATIONS.contains(&run)
        || PRODUCTS.contains(&run)
        // dU, cX
        || matches!(base[..], [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())
        // Xw
        || matches!(base[..], ['A'..='Z', 'q' | 'r' | 'v' | 'w' | 'x' | 'z'])
        // dt, and not "de Moivre"
        || matches!(base[..], ['d', b] if b.is_ascii_lowercase() && !"aeiou".contains(b));
    !(base.len() == 1 || marked || base.iter().any(symbol) || product)
}

/// The letters of a product.
fn letters(run: &str) -> Result<Vec<Letter>, String> {
    let mut out: Vec<Letter> = Vec::new();
    for c in run.chars() {
        if let Some((_, command)) = MARKS.iter().find(|(mark, _)| *mark == c) {
            let Some(letter) = out.last_mut() else { return Err("a hat stands on nothing".to_string()) };
            letter.latex = format!("{command}{{{}}}", letter.latex);
            letter.unicode.push(c);
            continue;
        }
        let latex = if let Some((_, command)) = GREEK.iter().find(|(greek, _)| *greek == c) {
            format!("{command} ")
        } else if let Some((_, base)) = HATTED.iter().find(|(hatted, _)| *hatted == c) {
            format!(r"\hat{{{base}}}")
        } else if c.is_ascii_alphabetic() {
            c.to_string()
        } else {
            return Err(format!("the letter {c} is not known"));
        };
        out.push(Letter { unicode: c.to_string(), latex });
    }
    Ok(out)
}

/// What stands under or over a letter: digits, letters one by one, or a word such as "max".
pub(super) fn index(run: &str) -> Result<Vec<Letter>, String> {
    let plain = |unicode: &str, latex: &str| Letter { unicode: unicode.to_string(), latex: latex.to_string() };
    if let Some((_, unicode, latex)) = NAMES.iter().find(|(name, ..)| *name == run) {
        return Ok(vec![plain(unicode, latex)]);
    }
    let word = run.len() > 2 && run.chars().all(|c| c.is_ascii_lowercase()) || INDEX_WORDS.contains(&run);
    if word {
        return Ok(vec![plain(run, &format!(r"\mathrm{{{run}}}"))]);
    }
    let mut out = Vec::new();
    for (i, c) in run.char_indices().filter(|(_, c)| !is_mark(*c)) {
        match c {
            '∞' => out.push(plain("∞", r"\infty ")),
            '*' => out.push(plain("*", "{*}")),
            c if c.is_ascii_digit() || c == '.' => out.push(plain(&c.to_string(), &c.to_string())),
            c => {
                let marks: String = run[i + c.len_utf8()..].chars().take_while(|c| is_mark(*c)).collect();
                out.extend(letters(&format!("{c}{marks}"))?);
            }
        }
    }
    Ok(out)
}

/// Whether a token ends something that a bar may close or a prime follow.
pub(super) fn ends_operand(token: Option<&Token>) -> bool {
    matches!(
        token,
        Some(
            Token::Word(_)
                | Token::Number(_)
                | Token::Letter(_)
                | Token::Index(_)
                | Token::Raised(_)
                | Token::Lowered(_)
                | Token::Prime
                | Token::Close(_)
                | Token::Bar(_)
        )
    )
}

/// Words that follow a formula, and no article.
const AFTER_A_FACTOR: [&str; 22] = [
    "and", "are", "as", "at", "below", "but", "by", "for", "from", "has", "if", "in", "is", "less", "of", "on", "or",
    "over", "than", "to", "where", "with",
];

/// Names of functions that nothing follows are words, and so is the article.
fn settle(tokens: &mut [Placed]) {
    for i in (0..tokens.len()).rev() {
        let next = tokens.get(i + 1);
        let before = i.checked_sub(1).map(|before| &tokens[before].token);
        let word = match &tokens[i].token {
            Token::Function(name) => {
                let argument = next.is_some_and(|next| match &next.token {
                    Token::Sign(sign) => sign.kind == SignKind::Prefix || minus(&next.token),
                    Token::Word(_) | Token::Point(_) | Token::Close(_) | Token::Prime => false,
                    _ => true,
                });
                (!argument).then(|| name.to_string())
            }
            Token::Letter(letter) if letter.unicode == "a" || letter.unicode == "A" => {
                let begins = match before {
                    None | Some(Token::Point('.')) => true,
                    Some(Token::Sign(sign)) => sign.kind == SignKind::Comma && letter.unicode == "a",
                    Some(Token::Word(_) | Token::Close(_)) => letter.unicode == "a",
                    before => letter.unicode == "a" && tokens[i].spaced && ends_operand(before),
                };
                let factor = !matches!(before, None | Some(Token::Word(_) | Token::Point(_) | Token::Sign(_)));
                let noun = next.is_some_and(|next| match &next.token {
                    Token::Word(word) if factor => !AFTER_A_FACTOR.contains(&&word[..]),
                    Token::Word(word) => !["and", "at", "in", "is", "of", "on", "or", "with"].contains(&&word[..]),
                    Token::Number(_) => next.spaced,
                    _ => false,
                });
                (begins && noun).then(|| letter.unicode.clone())
            }
            _ => None,
        };
        if let Some(word) = word {
            tokens[i].token = Token::Word(word);
        }
    }
}
