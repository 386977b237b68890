//! Cuts functions out of source files: the code that the book shows is the code that was run.

use std::collections::{BTreeMap, HashMap};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprMethodCall, ExprStruct, File, FnArg, ImplItem, Item, Lit, Member, Pat, Signature, Type, UseTree,
};
use theoremcheck::theorem::Theorem;

use crate::problem::{Problem, Result};

/// A function of a file: `descend`, or `Run::new` for one of a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    pub file: String,
    pub function: String,
}

impl Name {
    /// As a part of an anchor: `experiments.Run.new`.
    pub fn anchor(&self) -> String {
        format!("{}.{}", module(&self.file), self.function.replace("::", "."))
    }
}

/// A file and its functions.
pub struct Source {
    file: String,
    functions: BTreeMap<String, Function>,
    /// Where the names come from that the file uses.
    imports: HashMap<String, Vec<String>>,
    parsed: File,
}

pub struct Function {
    /// With its comment.
    pub text: String,
    pub line: usize,
    signature: Signature,
    body: syn::Block,
}

impl Source {
    pub fn read(file: &str, text: &str) -> Result<Source> {
        let parsed = syn::parse_file(text).map_err(|error| {
            Problem::at(file, error.span().start().line, format!("cannot be read as Rust: {error}"))
        })?;
        let mut source = Source { file: file.to_string(), functions: BTreeMap::new(), imports: HashMap::new(), parsed };
        for item in &source.parsed.items {
            match item {
                Item::Fn(function) => {
                    let name = function.sig.ident.to_string();
                    let found = Function::new(text, function.span(), &function.sig, &function.block);
                    clash(file, &name, source.functions.insert(name.clone(), found), &function.sig)?;
                }
                Item::Impl(block) => {
                    let Type::Path(of) = &*block.self_ty else { continue };
                    let of = of.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                    for item in &block.items {
                        let ImplItem::Fn(method) = item else { continue };
                        let name = format!("{of}::{}", method.sig.ident);
                        let found = Function::new(text, method.span(), &method.sig, &method.block);
                        clash(file, &name, source.functions.insert(name.clone(), found), &method.sig)?;
                    }
                }
                Item::Use(used) => import(&used.tree, &mut Vec::new(), &mut source.imports),
                _ => {}
            }
        }
        Ok(source)
    }

    pub fn get(&self, function: &str) -> Option<&Function> {
        self.functions.get(function)
    }

    /// The names of its functions, for a message.
    pub fn names(&self) -> String {
        self.functions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// Two functions of one name cannot be told apart: `impl` blocks of two traits may have both.
fn clash(file: &str, name: &str, before: Option<Function>, at: &Signature) -> Result<()> {
    match before {
        None => Ok(()),
        Some(before) => {
            let message = format!("there is another {name} in line {}: the book cannot tell them apart", before.line);
            Err(Problem::at(file, at.span().start().line, message))
        }
    }
}

impl Function {
    fn new(text: &str, span: proc_macro2::Span, signature: &Signature, body: &syn::Block) -> Function {
        let range = span.byte_range();
        let indent = text[..range.start].len() - text[..range.start].trim_end_matches(' ').len();
        let text = text[range].replace(&format!("\n{}", " ".repeat(indent)), "\n");
        Function { text, line: signature.span().start().line, signature: signature.clone(), body: body.clone() }
    }

    /// The name of a parameter.
    fn parameter(&self, place: usize) -> Option<String> {
        match self.signature.inputs.iter().nth(place)? {
            FnArg::Typed(typed) => ident(&typed.pat),
            FnArg::Receiver(_) => None,
        }
    }
}

fn ident(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(ident) => Some(ident.ident.to_string()),
        Pat::Type(typed) => ident(&typed.pat),
        _ => None,
    }
}

/// `use a::{b, c as d}`: b is a::b, and d is a::c.
fn import(tree: &UseTree, before: &mut Vec<String>, into: &mut HashMap<String, Vec<String>>) {
    let mut note = |name: String, last: String| {
        into.insert(name, before.iter().cloned().chain([last]).collect());
    };
    match tree {
        UseTree::Name(name) => note(name.ident.to_string(), name.ident.to_string()),
        UseTree::Rename(renamed) => note(renamed.rename.to_string(), renamed.ident.to_string()),
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            import(&path.tree, before, into);
            before.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| import(tree, before, into)),
        UseTree::Glob(_) => {}
    }
}

/// The module that a file is: its name, or that of its directory.
fn module(file: &str) -> &str {
    let mut parts = file.trim_end_matches(".rs").rsplit('/');
    match parts.next() {
        Some("mod") => parts.next().unwrap_or("mod"),
        Some(name) => name,
        None => file,
    }
}

/// The functions of a theorem's files, and which of them its steps and controls use.
pub struct Functions {
    sources: Vec<Source>,
    uses: HashMap<String, Uses>,
}

/// What a step or a control refers to, in the order of its text.
#[derive(Default)]
pub struct Uses {
    /// Functions that make claims: of a step, its checks; of a control, those of the refuted step.
    pub claims: Vec<Name>,
    /// Of a control: the functions that say what happens instead.
    pub instead: Vec<Name>,
    /// What is handed to the lab, and what of the theorem's that calls itself.
    pub experiments: Vec<Name>,
}

impl Functions {
    pub fn of(theorem: &Theorem) -> Result<Functions> {
        let read = |(name, text): &(&str, &str)| Source::read(name, text);
        let sources = theorem.sources.iter().map(read).collect::<Result<Vec<_>>>()?;
        let mut functions = Functions { sources, uses: HashMap::new() };
        let mut uses = HashMap::new();
        for source in &functions.sources {
            let mut entries = Entries { functions: &functions, source, uses: &mut uses, problem: None };
            entries.visit_file(&source.parsed);
            if let Some(problem) = entries.problem {
                return Err(problem);
            }
        }
        functions.uses = uses;
        let main = theorem.sources.first().map_or("", |(file, _)| *file);
        let checks = theorem.steps().map(|step| (step.id.to_string(), true));
        for (id, is_step) in checks.chain(theorem.controls.iter().map(|control| (control.id(), false))) {
            let uses = functions.uses.get(&id);
            if uses.is_none_or(|uses| if is_step { uses.claims.is_empty() } else { uses.instead.is_empty() }) {
                let message = format!(
                    "no function of {}'s sources is seen to make the claims of {id}: hand its claims to one by name",
                    theorem.id
                );
                return Err(Problem::of_file(main, message));
            }
        }
        Ok(functions)
    }

    pub fn get(&self, name: &Name) -> Option<&Function> {
        self.sources.iter().find(|source| source.file == name.file)?.get(&name.function)
    }

    /// What the step or control of this name uses.
    pub fn uses(&self, id: &str) -> Option<&Uses> {
        self.uses.get(id)
    }

    /// The function of the theorem that a path names in a file; none if it is not the theorem's.
    fn resolve(&self, from: &Source, path: &[String]) -> Option<Name> {
        let first = path.first()?;
        let full: Vec<String> = match from.imports.get(first) {
            Some(import) => import.iter().chain(&path[1..]).cloned().collect(),
            None => path.to_vec(),
        };
        // The last one or two parts are the function's, and what stands before them is its module.
        (1..=full.len().min(2)).find_map(|parts| {
            let (before, name) = full.split_at(full.len() - parts);
            let source = match before.last().map(String::as_str) {
                None | Some("self") => from,
                Some("super") => self.sources.first()?,
                Some(name) => {
                    let own = matches!(before[0].as_str(), "self" | "super" | "crate") || before.len() == 1;
                    self.sources.iter().find(|source| own && module(&source.file) == name)?
                }
            };
            let function = name.join("::");
            source.get(&function).map(|_| Name { file: source.file.clone(), function })
        })
    }

    /// The theorem's methods of a name, of whatever type.
    fn methods(&self, method: &str) -> Vec<Name> {
        let named = |source: &Source, function: &String| Name { file: source.file.clone(), function: function.clone() };
        let of = |function: &&String| function.split_once("::").is_some_and(|(_, name)| name == method);
        let all = self.sources.iter();
        all.flat_map(|source| source.functions.keys().filter(of).map(|function| named(source, function))).collect()
    }
}

/// Finds `Step { id, claims, .. }` and `Control { without, claims, instead, .. }`.
struct Entries<'a> {
    functions: &'a Functions,
    source: &'a Source,
    uses: &'a mut HashMap<String, Uses>,
    problem: Option<Problem>,
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
            for name in ["claims", "instead"] {
                let mut calls = Calls::new(self.functions, self.source);
                match value(name) {
                    Some(Expr::Closure(closure)) => {
                        let mut parameters = closure.inputs.iter().map(ident);
                        calls.lab = parameters.next().flatten();
                        calls.claims = parameters.next().flatten();
                        calls.visit_expr(&closure.body);
                    }
                    // A function by its name.
                    Some(expr) => calls.by_name(expr),
                    None => {}
                }
                let place = if name == "claims" { &mut uses.claims } else { &mut uses.instead };
                *place = calls.called;
                calls.experiments.into_iter().for_each(|experiment| note(&mut uses.experiments, experiment));
                self.problem = self.problem.take().or(calls.problem);
            }
            uses.experiments.retain(|name| !uses.claims.contains(name) && !uses.instead.contains(name));
            self.uses.insert(id, uses);
        }
        visit::visit_expr_struct(self, entry);
    }
}

/// What an expression calls of the theorem's own: with the claims, to make them; else for an experiment.
struct Calls<'a> {
    functions: &'a Functions,
    source: &'a Source,
    /// What the lab and the claims are called here.
    lab: Option<String>,
    claims: Option<String>,
    called: Vec<Name>,
    experiments: Vec<Name>,
    problem: Option<Problem>,
}

impl<'a> Calls<'a> {
    fn new(functions: &'a Functions, source: &'a Source) -> Self {
        let (called, experiments) = (Vec::new(), Vec::new());
        Calls { functions, source, lab: None, claims: None, called, experiments, problem: None }
    }

    fn resolve(&self, expr: &Expr) -> Option<Name> {
        let Expr::Path(path) = expr else { return None };
        let path: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.functions.resolve(self.source, &path)
    }

    fn complain(&mut self, at: &impl Spanned, message: String) {
        self.problem.get_or_insert(Problem::at(&self.source.file, at.span().start().line, message));
    }

    fn by_name(&mut self, expr: &Expr) {
        if let Some(name) = self.resolve(expr) {
            self.follow(&name, 0, Some(1));
            note(&mut self.called, name);
        }
    }

    /// An experiment, and what of the theorem's own it calls itself: it may be a line around that.
    fn experiment(&mut self, name: Name) {
        let Some(source) = self.functions.sources.iter().find(|source| source.file == name.file) else { return };
        let Some(function) = source.get(&name.function) else { return };
        note(&mut self.experiments, name);
        let mut calls = Calls::new(self.functions, source);
        visit::visit_block(&mut calls, &function.body);
        calls.experiments.into_iter().for_each(|name| note(&mut self.experiments, name));
    }

    /// A function that was handed the lab: what it runs there stands behind the claims as well.
    fn follow(&mut self, name: &Name, lab: usize, claims: Option<usize>) {
        let Some(source) = self.functions.sources.iter().find(|source| source.file == name.file) else { return };
        let Some(function) = source.get(&name.function) else { return };
        let mut calls = Calls::new(self.functions, source);
        calls.lab = function.parameter(lab);
        calls.claims = claims.and_then(|place| function.parameter(place));
        let mut runs = Runs { calls: &mut calls };
        visit::visit_block(&mut runs, &function.body);
        self.problem = self.problem.take().or(calls.problem.take());
        calls.experiments.into_iter().for_each(|name| note(&mut self.experiments, name));
    }

    /// `lab.run(..)`, `lab.once(..)`: what is handed to the lab, by name or in a closure.
    fn run(&mut self, call: &ExprMethodCall) -> bool {
        let runs = ["run", "run_each", "once"].iter().any(|name| call.method == name);
        if !runs || self.lab.is_none() || !mentions(&call.receiver, self.lab.as_deref()) {
            return false;
        }
        match call.args.first() {
            Some(Expr::Closure(closure)) => {
                let mut calls = Calls::new(self.functions, self.source);
                calls.visit_expr(&closure.body);
                calls.experiments.into_iter().for_each(|name| self.experiment(name));
            }
            Some(handed) => match self.resolve(handed) {
                Some(name) => self.experiment(name),
                None => self.complain(handed, "this experiment is in none of the theorem's sources".to_string()),
            },
            None => {}
        }
        true
    }
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // The outer call first: it is the one that the text names.
        if let Some(name) = self.resolve(&call.func) {
            let claims = call.args.iter().any(|arg| mentions(arg, self.claims.as_deref()));
            if let Some(lab) = call.args.iter().position(|arg| is(arg, self.lab.as_deref())) {
                let claims = call.args.iter().position(|arg| mentions(arg, self.claims.as_deref()));
                self.follow(&name, lab, claims);
            }
            if claims {
                note(&mut self.called, name);
            } else if self.claims.is_some() {
                self.experiment(name);
            } else {
                note(&mut self.experiments, name);
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if !self.run(call) && call.args.iter().any(|arg| mentions(arg, self.claims.as_deref())) {
            match &self.functions.methods(&call.method.to_string())[..] {
                [] => {}
                [one] => note(&mut self.called, one.clone()),
                several => {
                    let several: Vec<&str> = several.iter().map(|name| &*name.function).collect();
                    self.complain(&call.method, format!("this may be any of {}", several.join(", ")));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Finds only what is handed to the lab.
struct Runs<'a, 'b> {
    calls: &'b mut Calls<'a>,
}

impl<'ast> Visit<'ast> for Runs<'_, '_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.calls.run(call);
        visit::visit_expr_method_call(self, call);
    }
}

/// Whether an expression is a variable.
fn is(expr: &Expr, variable: Option<&str>) -> bool {
    matches!((expr, variable), (Expr::Path(path), Some(variable)) if path.path.is_ident(variable))
}

/// Whether an expression is a variable, or something of it or with it: `c`, `c.of_fixed_data()`, `&mut c`.
fn mentions(expr: &Expr, variable: Option<&str>) -> bool {
    match expr {
        Expr::MethodCall(call) => mentions(&call.receiver, variable),
        Expr::Reference(reference) => mentions(&reference.expr, variable),
        _ => is(expr, variable),
    }
}

fn note(into: &mut Vec<Name>, name: Name) {
    if !into.contains(&name) {
        into.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_cut_out_as_if_it_stood_by_itself() {
        let text = "struct A;\n\nimpl A {\n    /// One.\n    fn one(&self) -> u8 {\n        1\n    }\n}\n";
        let source = Source::read("a.rs", text).unwrap();
        let function = source.get("A::one").unwrap();
        assert_eq!((&*function.text, function.line), ("/// One.\nfn one(&self) -> u8 {\n    1\n}", 5));
    }

    #[test]
    fn two_functions_of_one_name_are_an_error() {
        let text = "impl B for A {\n    fn f() {}\n}\nimpl C for A {\n    fn f() {}\n}\n";
        let problem = Source::read("a.rs", text).map(|_| ()).unwrap_err();
        let message = "a.rs:5: there is another A::f in line 2: the book cannot tell them apart";
        assert_eq!(problem.to_string(), message);
    }
}
