//! Tells formulas from words, and reads the formulas.

use super::tokens::{Placed, Token, ends_operand, index, minus};
use super::{Atom, Formula, LOWERED, Node, Piece, RAISED, Script, SignKind};

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Placed],
    pub(super) at: usize,
    pub(super) pieces: Vec<Piece>,
}

impl Parser<'_> {
    /// Words and formulas up to a token.
    pub(super) fn line(&mut self, end: usize) -> Result<(), String> {
        while self.at < end {
            let Placed { token, spaced } = &self.tokens[self.at];
            match token {
                _ if !self.is_text(self.at) => self.formula(end)?,
                Token::Open(open) => {
                    let partner = self.partner(self.at)?;
                    self.say(&open.to_string(), *spaced);
                    self.at += 1;
                    self.line(partner)?;
                    let close = &self.tokens[partner];
                    self.say(&partner_of(*open).to_string(), close.spaced);
                    self.at += 1;
                }
                Token::Word(text) => {
                    self.say(text, *spaced);
                    self.at += 1;
                }
                Token::Point(point) => {
                    self.say(&point.to_string(), *spaced);
                    self.at += 1;
                }
                Token::Sign(sign) => {
                    self.say(sign.unicode, *spaced);
                    self.at += 1;
                }
                _ => return Err("a mark stands alone".to_string()),
            }
        }
        Ok(())
    }

    /// Whether a token belongs to the words of a line, where no bracket is open.
    fn is_text(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1);
        let word = |at: Option<usize>| {
            at.and_then(|at| self.tokens.get(at)).is_some_and(|placed| matches!(placed.token, Token::Word(_)))
        };
        match &self.tokens[at].token {
            Token::Point(_) => true,
            Token::Word(_) => !next.is_some_and(|next| {
                let fraction = matches!(&next.token, Token::Sign(sign) if sign.typed == "/") && !word(Some(at + 2));
                !next.spaced && (matches!(next.token, Token::Mark(_)) || fraction)
            }),
            Token::Sign(sign) => {
                // "and/or"
                let between = word(at.checked_sub(1)) && word(Some(at + 1));
                sign.kind == SignKind::Comma || sign.typed == "/" && between
            }
            Token::Open('(' | '[') => {
                let Ok(partner) = self.partner(at) else { return false };
                let words = (at..partner).any(|at| word(Some(at)));
                let function = at.checked_sub(1).is_some_and(|before| {
                    !self.tokens[at].spaced
                        && (ends_operand(Some(&self.tokens[before].token))
                            || matches!(self.tokens[before].token, Token::Function(_)))
                });
                let operand = self.tokens.get(partner + 1).is_some_and(|next| {
                    !next.spaced
                        && match &next.token {
                            Token::Mark(_) | Token::Raised(_) | Token::Lowered(_) | Token::Prime | Token::Bar(_) => {
                                true
                            }
                            Token::Sign(sign) => sign.typed == "/",
                            _ => false,
                        }
                });
                words && !function && !operand
            }
            _ => false,
        }
    }

    /// Where the bracket that opens here is closed.
    fn partner(&self, at: usize) -> Result<usize, String> {
        let mut depth = 0;
        for (i, placed) in self.tokens.iter().enumerate().skip(at) {
            match placed.token {
                Token::Open(_) => depth += 1,
                Token::Close(_) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(i);
            }
        }
        Err("a bracket is not closed".to_string())
    }

    fn say(&mut self, text: &str, spaced: bool) {
        if !matches!(self.pieces.last(), Some(Piece::Text(_))) {
            self.pieces.push(Piece::Text(String::new()));
        }
        let Some(Piece::Text(said)) = self.pieces.last_mut() else { return };
        if spaced {
            said.push(' ');
        }
        said.push_str(text);
    }

    fn formula(&mut self, end: usize) -> Result<(), String> {
        if self.tokens[self.at].spaced {
            self.say("", true);
        }
        let mut nodes: Vec<Node> = Vec::new();
        while self.at < end && (!self.is_text(self.at) || self.is_operand(&nodes, end)) {
            nodes.push(self.node()?);
        }
        // A number among words is one of them.
        if let [Node { atom: Atom::Number(number), primes: 0, sub: None, sup: None, .. }] = &nodes[..]
            && !number.contains('e')
        {
            self.say(number, false);
            return Ok(());
        }
        nodes[0].spaced = false;
        self.pieces.push(Piece::Formula(Formula(nodes)));
        Ok(())
    }

    /// Whether the word that comes next is the second half of a sum or a fraction: 1 - margin/γ.
    fn is_operand(&self, nodes: &[Node], end: usize) -> bool {
        let operates = matches!(nodes, [_, .., Node { atom: Atom::Sign(sign), .. }]
            if matches!(sign.kind, SignKind::Sum | SignKind::Product));
        let ends = self.at + 1 == end || !matches!(self.tokens[self.at + 1].token, Token::Word(_) | Token::Letter(_));
        operates && ends && matches!(self.tokens[self.at].token, Token::Word(_))
    }

    fn node(&mut self) -> Result<Node, String> {
        let Placed { token, spaced } = &self.tokens[self.at];
        self.at += 1;
        let atom = match token {
            Token::Number(number) => Atom::Number(number.clone()),
            Token::Letter(letter) => Atom::Letter(letter.clone()),
            Token::Function(name) => Atom::Function(name.to_string()),
            Token::Sign(sign) => Atom::Sign(sign),
            Token::Word(word) => Atom::Word(word.clone()),
            Token::Point(point) => Atom::Word(point.to_string()),
            Token::Root => Atom::Root(self.radicand()?),
            Token::Bar(bar) => Atom::Group { open: *bar, close: *bar, inside: self.until_bar(*bar)? },
            Token::Open(open) => group(*open, self.until(partner_of(*open))?),
            Token::Close(close) => return Err(format!("{close} closes nothing")),
            Token::Mark(mark) => return Err(format!("{mark} stands alone")),
            Token::Prime => return Err("a prime stands alone".to_string()),
            Token::Index(_) | Token::Raised(_) | Token::Lowered(_) => return Err("an index stands alone".to_string()),
        };
        let mut node = Node { spaced: *spaced, atom, primes: 0, sub: None, sup: None };
        while let Some(Placed { token, spaced: false }) = self.tokens.get(self.at) {
            let (script, above) = match token {
                Token::Prime => {
                    node.primes += 1;
                    self.at += 1;
                    continue;
                }
                Token::Raised(run) => (plain_script(run, &RAISED)?, true),
                Token::Lowered(run) => (plain_script(run, &LOWERED)?, false),
                Token::Mark(mark) => (self.script(*mark)?, *mark == '^'),
                _ => break,
            };
            self.at += 1;
            // e^-x_i is read as e^(-x_i) by people, and would be set as e_i^-x.
            let bare =
                |script: &Script| !script.grouped && matches!(script.inside[..], [Node { atom: Atom::Letter(_), .. }]);
            if !above && matches!(token, Token::Mark(_)) && node.sup.as_ref().is_some_and(bare) {
                return Err("an index after an exponent: write e^(-x_i) if it belongs to the exponent, x_i^n if not"
                    .to_string());
            }
            let place = if above { &mut node.sup } else { &mut node.sub };
            if place.replace(script).is_some() {
                return Err("two indices stand in one place".to_string());
            }
        }
        Ok(node)
    }

    /// What stands after `_` or `^`; ends on its last token.
    fn script(&mut self, mark: char) -> Result<Script, String> {
        self.at += 1;
        let mut sign = "";
        if let Some(Placed { token: Token::Sign(typed), .. }) = self.tokens.get(self.at)
            && minus(&Token::Sign(typed))
        {
            sign = typed.typed;
            self.at += 1;
        }
        match self.tokens.get(self.at) {
            Some(Placed { token: Token::Open('('), spaced: false }) => {
                self.at += 1;
                let inside = self.until(')')?;
                self.at -= 1;
                Ok(Script { sign, inside, grouped: true })
            }
            Some(Placed { token: Token::Index(letters), spaced: false }) => {
                let inside = letters.iter().map(|letter| simple(Atom::Letter(letter.clone()))).collect();
                Ok(Script { sign, inside, grouped: false })
            }
            Some(Placed { token: Token::Number(number), spaced: false }) => {
                Ok(Script { sign, inside: vec![simple(Atom::Number(number.clone()))], grouped: false })
            }
            _ => Err(format!("{mark} stands alone")),
        }
    }

    fn radicand(&mut self) -> Result<Vec<Node>, String> {
        match self.tokens.get(self.at) {
            Some(Placed { token: Token::Open('('), spaced: false }) => {
                self.at += 1;
                self.until(')')
            }
            Some(Placed { spaced: false, .. }) => Ok(vec![self.node()?]),
            _ => Err("√ stands alone".to_string()),
        }
    }

    /// What stands before a closing bracket, which is taken as well.
    fn until(&mut self, close: char) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            match self.tokens.get(self.at) {
                None => return Err(format!("there is no {close}")),
                Some(Placed { token: Token::Close(found), .. }) if *found == close => {
                    self.at += 1;
                    return Ok(nodes);
                }
                Some(_) => nodes.push(self.node()?),
            }
        }
    }

    /// What stands before the bar that closes: one that follows something complete.
    fn until_bar(&mut self, bar: char) -> Result<Vec<Node>, String> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            let complete = match &nodes[..] {
                [] => false,
                // The norm itself, |·|.
                [Node { atom: Atom::Sign(sign), .. }] if sign.typed == "·" => true,
                [.., last] => last.is_operand(),
            };
            match self.tokens.get(self.at) {
                None => return Err("a bar is not closed".to_string()),
                Some(Placed { token: Token::Bar(closing), .. }) if complete && *closing == bar => {
                    self.at += 1;
                    return Ok(nodes);
                }
                Some(_) => nodes.push(self.node()?),
            }
        }
    }
}

fn partner_of(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => '>',
    }
}

fn simple(atom: Atom) -> Node {
    Node { spaced: false, atom, primes: 0, sub: None, sup: None }
}

/// Digits and letters that were typed raised or lowered.
fn plain_script(run: &str, table: &[(char, char)]) -> Result<Script, String> {
    let plain: String =
        run.chars().map(|c| table.iter().find(|(set, _)| *set == c).map_or(c, |(_, plain)| *plain)).collect();
    let (sign, rest) = match (plain.strip_prefix('-'), plain.strip_prefix('+')) {
        (Some(rest), _) => ("-", rest),
        // X⁺ alone is the pseudoinverse.
        (_, Some(rest)) => ("+", rest),
        _ => ("", &plain[..]),
    };
    let inside = index(rest)?.into_iter().map(|letter| simple(Atom::Letter(letter))).collect();
    Ok(Script { sign, inside, grouped: sign.is_empty() })
}

/// A group, or a matrix if it consists of rows.
fn group(open: char, inside: Vec<Node>) -> Atom {
    let row = |node: &Node| matches!(&node.atom, Atom::Group { open: '[', .. }) && node.sup.is_none();
    let comma = |node: &Node| matches!(&node.atom, Atom::Sign(sign) if sign.typed == ",");
    if open != '[' || inside.is_empty() || !inside.iter().all(|node| row(node) || comma(node)) {
        return Atom::Group { open, close: partner_of(open), inside };
    }
    let cells = |node: &Node| match &node.atom {
        Atom::Group { inside, .. } => inside.split(comma).map(<[Node]>::to_vec).collect(),
        _ => Vec::new(),
    };
    Atom::Matrix(inside.iter().filter(|node| row(node)).map(cells).collect())
}

impl Node {
    /// Whether it stands for something, so that a bar after it closes and a minus after it subtracts.
    pub(super) fn is_operand(&self) -> bool {
        match &self.atom {
            Atom::Sign(sign) => sign.kind == SignKind::Thing,
            Atom::Function(_) => false,
            _ => true,
        }
    }
}
