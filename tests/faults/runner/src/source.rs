//! A source file as the places where a fault can be made.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ItemConst, ItemFn, ItemImpl, ItemMod, ItemStatic, ItemTrait, Stmt};

use crate::fault::Result;

pub struct Source {
    tokens: Vec<Token>,
    outline: Outline,
}

struct Token {
    text: String,
    range: Range<usize>,
}

/// What stands where, in bytes.
#[derive(Default)]
struct Outline {
    functions: Vec<(String, Range<usize>)>,
    expressions: Vec<(Place, Time)>,
    blocks: Vec<Vec<Statement>>,
    owner: Option<String>,
    time: Time,
}

/// A place that one expression or a few statements take up.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub range: Range<usize>,
    pub form: Form,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    Expression,
    Statements,
    /// `x` in `Point { x, y }`, which any other value of the field needs written out.
    Shorthand(String),
}

/// When something is evaluated: no fault can be switched on while the copy is compiled.
#[derive(Default, Clone, Copy, PartialEq)]
enum Time {
    #[default]
    Run,
    Compilation,
}

struct Statement {
    range: Range<usize>,
    binds: bool,
    time: Time,
}

impl Source {
    pub fn read(text: &str) -> Result<Source> {
        let file = syn::parse_file(text).map_err(|error| format!("cannot be read as Rust: {error}"))?;
        let mut outline = Outline::default();
        outline.visit_file(&file);
        Ok(Source { tokens: tokens(text)?, outline })
    }

    /// The one place in a function where `find` stands.
    pub fn place(&self, function: &str, find: &str) -> Result<Place> {
        let within = self.function(function)?;
        let needle: Vec<String> =
            tokens(find).map_err(|error| format!("`find` {error}"))?.into_iter().map(|token| token.text).collect();
        if needle.is_empty() {
            return Err("`find` is empty".to_string());
        }
        let found = self.places(within, &needle);
        let at_run_time: Vec<&Place> =
            found.iter().filter(|(_, time)| *time == Time::Run).map(|(place, _)| place).collect();
        match at_run_time[..] {
            [place] => Ok(place.clone()),
            [] => Err(format!(
                "`{find}` occurs 0 times in {function}; {}",
                self.why_not(within, &needle, !found.is_empty())
            )),
            _ => Err(format!(
                "`{find}` occurs {} times in {function}; take more of what is around the one that is meant",
                at_run_time.len()
            )),
        }
    }

    /// Where a function stands; a method's name may go without its type where that is clear.
    fn function(&self, name: &str) -> Result<&Range<usize>> {
        let functions = &self.outline.functions;
        let called =
            |matches: &dyn Fn(&str) -> bool| functions.iter().filter(|(full, _)| matches(full)).collect::<Vec<_>>();
        let exact = called(&|full| full == name);
        let ending = format!("::{name}");
        let candidates = if exact.is_empty() { called(&|full| full.ends_with(&ending)) } else { exact };
        let names = |of: &mut dyn Iterator<Item = &String>| of.map(String::as_str).collect::<Vec<_>>().join(", ");
        match candidates[..] {
            [(_, range)] => Ok(range),
            [] => Err(format!(
                "there is no function {name}; there are {}",
                names(&mut functions.iter().map(|(full, _)| full))
            )),
            _ => Err(format!(
                "{} functions are called {name}: {}",
                candidates.len(),
                names(&mut candidates.iter().map(|(full, _)| full))
            )),
        }
    }

    /// Every expression, or row of statements, that is these tokens and nothing else.
    fn places(&self, within: &Range<usize>, needle: &[String]) -> Vec<(Place, Time)> {
        let is_meant =
            |range: &Range<usize>| within.start <= range.start && range.end <= within.end && self.is(range, needle);
        let mut places = Vec::new();
        for block in &self.outline.blocks {
            for (i, first) in block.iter().enumerate() {
                for (j, last) in block.iter().enumerate().skip(i) {
                    let range = first.range.start..last.range.end;
                    // Bindings end with the fault, so nothing may come after them.
                    let leaves_bindings = j + 1 < block.len() && block[i..=j].iter().any(|statement| statement.binds);
                    if is_meant(&range) && !leaves_bindings {
                        places.push((Place { range, form: Form::Statements }, first.time));
                    }
                }
            }
        }
        for (place, time) in &self.outline.expressions {
            // An expression may be a statement too.
            if is_meant(&place.range) && !places.iter().any(|(known, _)| known.range == place.range) {
                places.push((place.clone(), *time));
            }
        }
        places
    }

    fn is(&self, range: &Range<usize>, needle: &[String]) -> bool {
        let first = self.tokens.partition_point(|token| token.range.start < range.start);
        let last = self.tokens.partition_point(|token| token.range.end <= range.end);
        self.tokens[first..last.max(first)].iter().map(|token| &token.text).eq(needle)
    }

    /// What the writer of a fault may have overlooked.
    fn why_not(&self, within: &Range<usize>, needle: &[String], constant: bool) -> String {
        if constant {
            return "it stands where the compiler evaluates it, in a constant, a `const fn` or the length of an array: \
                    make the fault where its value is used"
                .to_string();
        }
        let first = self.tokens.partition_point(|token| token.range.start < within.start);
        let last = self.tokens.partition_point(|token| token.range.end <= within.end);
        let here = &self.tokens[first..last];
        if here.windows(needle.len()).any(|window| window.iter().map(|token| &token.text).eq(needle)) {
            return "its tokens do, but as a part of a larger expression, of a pattern, or with a `let` that later \
                    statements need: take the whole expression, or what stands behind the `=`"
                .to_string();
        }
        let elsewhere: Vec<&str> = self
            .outline
            .functions
            .iter()
            .filter(|(_, range)| !self.places(range, needle).is_empty())
            .map(|(name, _)| name.as_str())
            .collect();
        match elsewhere[..] {
            [] => "nor does it anywhere else in the file: has the expression changed?".to_string(),
            _ => format!("it does in {}", elsewhere.join(", ")),
        }
    }
}

/// The tokens of a text, with nothing left of how it is laid out: no spaces, no comments, no comma before a bracket.
fn tokens(text: &str) -> Result<Vec<Token>> {
    fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
        for tree in stream {
            let TokenTree::Group(group) = tree else {
                into.push(Token { text: tree.to_string(), range: tree.span().byte_range() });
                continue;
            };
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            into.push(Token { text: open.to_string(), range: group.span_open().byte_range() });
            flatten(group.stream(), into);
            into.pop_if(|token| token.text == ",");
            into.push(Token { text: close.to_string(), range: group.span_close().byte_range() });
        }
    }
    let stream = TokenStream::from_str(text).map_err(|error| format!("cannot be read as Rust: {error}"))?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(tokens)
}

impl Outline {
    fn function(&mut self, name: &syn::Ident, range: Range<usize>) {
        let name = match &self.owner {
            Some(owner) => format!("{owner}::{name}"),
            None => name.to_string(),
        };
        self.functions.push((name, range));
    }

    fn during(&mut self, time: Time, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.time, time);
        visit(self);
        self.time = before;
    }

    fn owned_by(&mut self, owner: Option<String>, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.owner, owner);
        visit(self);
        self.owner = before;
    }
}

fn time(signature: &syn::Signature) -> Time {
    if signature.constness.is_some() { Time::Compilation } else { Time::Run }
}

impl<'ast> Visit<'ast> for Outline {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let owner = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        self.owned_by(owner, |outline| visit::visit_item_impl(outline, item));
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.owned_by(Some(item.ident.to_string()), |outline| visit::visit_item_trait(outline, item));
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.owned_by(None, |outline| {
            outline.function(&item.sig.ident, item.span().byte_range());
            outline.during(time(&item.sig), |outline| visit::visit_item_fn(outline, item));
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig.ident, item.span().byte_range());
        self.during(time(&item.sig), |outline| visit::visit_impl_item_fn(outline, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig.ident, item.span().byte_range());
        self.during(time(&item.sig), |outline| visit::visit_trait_item_fn(outline, item));
    }

    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        self.function(&item.ident, item.span().byte_range());
        self.during(Time::Compilation, |outline| visit::visit_item_const(outline, item));
    }

    // A static may hold closures, which run like functions.
    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        self.function(&item.ident, item.span().byte_range());
        self.during(Time::Compilation, |outline| visit::visit_item_static(outline, item));
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.during(Time::Run, |outline| visit::visit_expr_closure(outline, closure));
    }

    fn visit_type(&mut self, item: &'ast syn::Type) {
        self.during(Time::Compilation, |outline| visit::visit_type(outline, item));
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
        self.during(Time::Compilation, |outline| outline.visit_expr(&repeat.len));
    }

    // What stands in a pattern is compared and not evaluated.
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let (None, syn::Member::Named(name)) = (field.colon_token, &field.member) {
            let place = Place { range: field.span().byte_range(), form: Form::Shorthand(name.to_string()) };
            self.expressions.push((place, self.time));
        } else {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        // `let` in a condition is no value.
        if !matches!(expression, Expr::Let(_)) {
            let place = Place { range: expression.span().byte_range(), form: Form::Expression };
            self.expressions.push((place, self.time));
        }
        visit::visit_expr(self, expression);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let time = self.time;
        let statement = |statement: &Stmt| Statement {
            range: statement.span().byte_range(),
            binds: matches!(statement, Stmt::Local(_) | Stmt::Item(_)),
            time,
        };
        self.blocks.push(block.stmts.iter().map(statement).collect());
        visit::visit_block(self, block);
    }

    // Most macros take expressions: `vec![0.0; n]`, `assert!(a < b)`, `format!("{x}", x = y)`.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let listed = call.parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated);
        let repeated = call.parse_body_with(Punctuated::<Expr, syn::Token![;]>::parse_terminated);
        let expressions: Vec<Expr> = match (listed, repeated) {
            (Ok(listed), _) => listed.into_iter().collect(),
            (_, Ok(repeated)) => repeated.into_iter().collect(),
            _ => Vec::new(),
        };
        for expression in expressions {
            self.visit_expr(&expression);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        const HALF: f64 = 1.0 / 2.0;
        fn f(a: f64, b: f64) -> f64 { a - b + g(a, b) }
        impl P { fn size(&self) -> f64 { sum(&[self.x, /* twice */ self.x,
            self.y]) } }
        impl Q { fn size(&self) -> f64 { assert!(self.x > 0.0); self.x } }
    ";

    fn place(function: &str, find: &str) -> Result<String> {
        Source::read(TEXT)?.place(function, find).map(|place| TEXT[place.range].to_string())
    }

    fn error(function: &str, find: &str) -> String {
        place(function, find).unwrap_err()
    }

    #[test]
    fn an_expression_is_found_however_it_is_laid_out() {
        assert_eq!(place("f", "g( a,b, )").unwrap(), "g(a, b)");
        assert!(place("P::size", "&[self.x, self.x, self.y]").unwrap().contains("twice"));
        assert_eq!(place("Q::size", "self.x > 0.0").unwrap(), "self.x > 0.0");
    }

    #[test]
    fn what_occurs_not_once_is_an_error_that_helps() {
        assert!(error("f", "b - a").contains("`b - a` occurs 0 times in f; nor does it anywhere else"));
        assert!(error("f", "sum(&[self.x, self.x, self.y])").contains("it does in P::size"));
        assert!(error("f", "b + g(a, b)").contains("part of a larger expression"));
        assert!(error("P::size", "self.x").contains("`self.x` occurs 2 times in P::size"));
        assert!(error("HALF", "2.0").contains("make the fault where its value is used"));
    }

    #[test]
    fn a_function_must_be_there_once() {
        assert_eq!(error("g", "a"), "there is no function g; there are HALF, f, P::size, Q::size");
        assert_eq!(error("size", "self.y"), "2 functions are called size: P::size, Q::size");
    }
}
