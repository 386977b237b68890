//! Cuts functions out of a theorem's files: the code that the book shows is the code that was run.

use std::collections::HashMap;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, ExprStruct, Item, Lit, Member};
use theoremcheck::theorem::Theorem;

use crate::problem::{Problem, Result};

/// The functions of a theorem's files, and which of them its steps and controls use.
pub struct Functions {
    text: HashMap<String, Function>,
    uses: HashMap<String, Uses>,
}

pub struct Function {
    /// With its comment.
    pub text: String,
    pub file: &'static str,
    pub line: usize,
}

/// What a step or a control refers to, in the order of its text.
#[derive(Default)]
pub struct Uses {
    /// Functions that make claims: of a step, its checks; of a control, those of the refuted step.
    pub claims: Vec<String>,
    /// Of a control: the functions that say what happens instead.
    pub instead: Vec<String>,
    /// What is handed to `lab.run` and `lab.once`.
    pub experiments: Vec<String>,
}

impl Functions {
    pub fn of(theorem: &Theorem) -> Result<Functions> {
        let mut functions = HashMap::new();
        let mut files = Vec::new();
        for &(name, text) in theorem.sources {
            let file = syn::parse_file(text).map_err(|error| {
                Problem::at(name, error.span().start().line, format!("cannot be read as Rust: {error}"))
            })?;
            for item in &file.items {
                if let Item::Fn(function) = item {
                    let (range, line) = (function.span().byte_range(), function.sig.span().start().line);
                    let function_text = text[range].to_string();
                    let found = Function { text: function_text, file: name, line };
                    functions.insert(function.sig.ident.to_string(), found);
                }
            }
            files.push(file);
        }
        let mut entries = Entries { known: &functions, uses: HashMap::new() };
        files.iter().for_each(|file| entries.visit_file(file));
        let uses = entries.uses;
        Ok(Functions { text: functions, uses })
    }

    pub fn get(&self, name: &str) -> Option<&Function> {
        self.text.get(name)
    }

    /// What the step or control of this name uses.
    pub fn uses(&self, id: &str) -> Option<&Uses> {
        self.uses.get(id)
    }
}

/// Finds `Step { id, claims, .. }` and `Control { without, claims, instead, .. }`.
struct Entries<'a> {
    known: &'a HashMap<String, Function>,
    uses: HashMap<String, Uses>,
}

impl<'ast> Visit<'ast> for Entries<'_> {
    fn visit_expr_struct(&mut self, entry: &'ast ExprStruct) {
        let value = |name: &str| {
            let named = |member: &Member| matches!(member, Member::Named(ident) if ident == name);
            entry.fields.iter().find(|field| named(&field.member)).map(|field| &field.expr)
        };
        let text = |name: &str| match value(name) {
            Some(Expr::Lit(literal)) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        };
        let kind = entry.path.segments.last().map(|segment| segment.ident.to_string());
        let id = match kind.as_deref() {
            Some("Step") => text("id"),
            Some("Control") => text("without").map(|without| format!("without-{without}")),
            _ => None,
        };
        if let Some(id) = id {
            let mut uses = Uses::default();
            for (name, into) in [("claims", 0), ("instead", 1)] {
                let mut calls = Calls { known: self.known, called: Vec::new(), experiments: Vec::new() };
                if let Some(expr) = value(name) {
                    calls.visit_expr(expr);
                }
                *[&mut uses.claims, &mut uses.instead][into] = calls.called;
                for experiment in calls.experiments {
                    note(&mut uses.experiments, experiment);
                }
            }
            self.uses.insert(id, uses);
        }
        visit::visit_expr_struct(self, entry);
    }
}

/// The theorem's own functions that an expression calls, and those that it hands to a lab.
struct Calls<'a> {
    known: &'a HashMap<String, Function>,
    called: Vec<String>,
    experiments: Vec<String>,
}

impl Calls<'_> {
    fn name(&self, expr: &Expr) -> Option<String> {
        let Expr::Path(path) = expr else { return None };
        path.path.get_ident().map(ToString::to_string).filter(|name| self.known.contains_key(name))
    }
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // The outer call first: it is the one that the text names.
        if let Some(name) = self.name(&call.func) {
            note(&mut self.called, name);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "run" || call.method == "once" {
            for name in call.args.iter().filter_map(|arg| self.name(arg)).collect::<Vec<_>>() {
                note(&mut self.experiments, name);
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn note(into: &mut Vec<String>, name: String) {
    if !into.contains(&name) {
        into.push(name);
    }
}
