//! Which variable a name means: scope by scope, local, shared with a closure, or global.

use rustc_hash::FxHashMap;

use super::visit::Walk;
use crate::diagnostics::Span;
use crate::python::nodes::*;
use crate::python::parse::SyntaxError;

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    Comprehension(ComprehensionKind),
}

impl ScopeKind {
    /// Is it run as a call, with local slots?
    pub(super) fn is_function(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }
}

/// Where a name lives, seen from one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A slot of the frame, or the namespace in a class or module body.
    Local,
    /// A slot of the frame that holds a cell, made here.
    Cell,
    /// A cell that was made by a scope around.
    Free,
    /// A global, declared so.
    Global,
    /// Bound nowhere around: a global or a builtin.
    Unbound,
}

/// What was seen of a name in a scope.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub bound: bool,
    pub used: bool,
    pub parameter: bool,
    pub global: bool,
    pub nonlocal: bool,
    pub annotated: bool,
    /// A comprehension's own variable.
    pub iteration: bool,
}

/// One scope and its names.
#[derive(Debug)]
pub(super) struct Scope {
    pub kind: ScopeKind,
    pub parent: ScopeId,
    /// In order of appearance, parameters first.
    pub names: Vec<(Name, Seen, Place)>,
    index: FxHashMap<Name, usize>,
    pub is_generator: bool,
    pub is_async: bool,
    /// Where a `return` with a value stands, for asynchronous generators.
    return_value: Option<Span>,
    /// A comprehension with `await` or `async for` in it.
    pub async_comprehension: Option<Span>,
    /// For the messages about `nonlocal`.
    nonlocals: Vec<(Name, Span)>,
}

impl Scope {
    fn new(kind: ScopeKind, parent: ScopeId) -> Self {
        Self {
            kind,
            parent,
            names: Vec::new(),
            index: FxHashMap::default(),
            is_generator: false,
            is_async: false,
            return_value: None,
            async_comprehension: None,
            nonlocals: Vec::new(),
        }
    }

    fn seen(&mut self, name: &Name) -> &mut Seen {
        let at = match self.index.get(name) {
            Some(&at) => at,
            None => {
                self.index.insert(name.clone(), self.names.len());
                self.names.push((name.clone(), Seen::default(), Place::Unbound));
                self.names.len() - 1
            }
        };
        &mut self.names[at].1
    }

    /// What is known of a name.
    pub(super) fn find(&self, name: &str) -> Option<(Seen, Place)> {
        self.index.get(name).map(|&at| (self.names[at].1, self.names[at].2))
    }
}

/// All scopes of a module, by their numbers.
pub(super) fn analyse(module: &Module) -> Result<Vec<Scope>, SyntaxError> {
    let mut analysis = Analysis { scopes: Vec::new(), current: 0, error: None };
    analysis.scopes.resize_with(module.scopes as usize, || Scope::new(ScopeKind::Module, 0));
    analysis.body(&module.body);
    if let Some(error) = analysis.error {
        return Err(error);
    }
    resolve(&mut analysis.scopes)?;
    Ok(analysis.scopes)
}

struct Analysis {
    scopes: Vec<Scope>,
    current: ScopeId,
    error: Option<SyntaxError>,
}

impl Analysis {
    fn scope(&mut self) -> &mut Scope {
        &mut self.scopes[self.current as usize]
    }

    fn fail(&mut self, span: Span, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(span, message));
        }
    }

    fn within(&mut self, id: ScopeId, kind: ScopeKind, work: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.current, id);
        self.scopes[id as usize] = Scope::new(kind, outer);
        work(self);
        self.current = outer;
    }

    fn bind(&mut self, name: &Name, span: Span) {
        if &**name == "__debug__" {
            self.fail(span, "cannot assign to __debug__");
        }
        self.scope().seen(name).bound = true;
    }

    fn use_name(&mut self, name: &Name) {
        self.scope().seen(name).used = true;
        // `super()` reads the class of its function out of the cell `__class__`.
        if &**name == "super" && self.scope().kind.is_function() {
            self.scope().seen(&Name::from("__class__")).used = true;
        }
    }

    /// `whole` is the function or lambda.
    fn parameters(&mut self, parameters: &Parameters, whole: Span) {
        for parameter in parameters.iter() {
            if &*parameter.name == "__debug__" {
                self.fail(whole, "cannot assign to __debug__");
            }
            let seen = self.scope().seen(&parameter.name);
            if seen.parameter {
                let name = &parameter.name;
                self.fail(parameter.span, format!("duplicate argument '{name}' in function definition"));
                continue;
            }
            seen.parameter = true;
            seen.bound = true;
        }
    }

    /// The nearest scope that is not a comprehension, and whether comprehensions lie between.
    fn outside_comprehensions(&self) -> (ScopeId, bool) {
        let mut id = self.current;
        let mut crossed = false;
        while matches!(self.scopes[id as usize].kind, ScopeKind::Comprehension(_)) {
            crossed = true;
            id = self.scopes[id as usize].parent;
        }
        (id, crossed)
    }

    fn walrus(&mut self, name: &Name, span: Span) {
        let (target, crossed) = self.outside_comprehensions();
        if !crossed {
            self.bind(name, span);
            return;
        }
        let mut id = self.current;
        while id != target {
            if self.scopes[id as usize].seen(name).iteration {
                self.fail(
                    span,
                    format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                );
            }
            id = self.scopes[id as usize].parent;
        }
        match self.scopes[target as usize].kind {
            ScopeKind::Class => {
                self.fail(span, "assignment expression within a comprehension cannot be used in a class body");
            }
            ScopeKind::Module => {
                self.scopes[target as usize].seen(name).bound = true;
                self.scope().seen(name).global = true;
                let mut id = self.current;
                while id != target {
                    self.scopes[id as usize].seen(name).global = true;
                    id = self.scopes[id as usize].parent;
                }
            }
            _ => {
                let known = self.scopes[target as usize].seen(name);
                known.bound |= !known.global;
                let global = known.global;
                let mut id = self.current;
                while id != target {
                    let seen = self.scopes[id as usize].seen(name);
                    seen.global = global;
                    seen.nonlocal = !global;
                    id = self.scopes[id as usize].parent;
                }
            }
        }
    }

    fn declare(&mut self, name: &Name, span: Span, global: bool) {
        let kind = self.scope().kind;
        let word = if global { "global" } else { "nonlocal" };
        if !global && kind == ScopeKind::Module {
            return self.fail(span, "nonlocal declaration not allowed at module level");
        }
        let seen = *self.scope().seen(name);
        if seen.parameter {
            return self.fail(span, format!("name '{name}' is parameter and {word}"));
        }
        if (seen.global && !global) || (seen.nonlocal && global) {
            return self.fail(span, format!("name '{name}' is nonlocal and global"));
        }
        if seen.annotated {
            return self.fail(span, format!("annotated name '{name}' can't be {word}"));
        }
        if seen.bound && !seen.global && !seen.nonlocal {
            return self.fail(span, format!("name '{name}' is assigned to before {word} declaration"));
        }
        if seen.used && !seen.global && !seen.nonlocal {
            return self.fail(span, format!("name '{name}' is used prior to {word} declaration"));
        }
        let seen = self.scope().seen(name);
        if global {
            seen.global = true;
        } else {
            seen.nonlocal = true;
            self.scope().nonlocals.push((name.clone(), span));
        }
    }

    /// `yield` makes a generator of the function that it stands in.
    fn yields(&mut self, span: Span, from: bool) {
        let (kind, is_async) = (self.scope().kind, self.scope().is_async);
        match kind {
            ScopeKind::Comprehension(kind) => {
                let what = match kind {
                    ComprehensionKind::List => "list comprehension",
                    ComprehensionKind::Set => "set comprehension",
                    ComprehensionKind::Dict => "dict comprehension",
                    ComprehensionKind::Generator => "generator expression",
                };
                self.fail(span, format!("'yield' inside {what}"));
            }
            kind if !kind.is_function() => self.fail(span, "'yield' outside function"),
            _ if from && is_async => self.fail(span, "'yield from' inside async function"),
            _ => {
                self.scope().is_generator = true;
                if let (true, Some(at)) = (self.scope().is_async, self.scope().return_value) {
                    self.fail(at, "'return' with value in async generator");
                }
            }
        }
    }

    /// `await` and its kin need an asynchronous function around them.
    fn awaits(&mut self, span: Span, what: Option<&str>) {
        match self.scope().kind {
            ScopeKind::Comprehension(_) => {
                let scope = self.scope();
                scope.async_comprehension.get_or_insert(span);
                scope.is_async = true;
            }
            ScopeKind::Function | ScopeKind::Lambda => {
                if !self.scope().is_async {
                    let what = what.unwrap_or("'await'");
                    self.fail(span, format!("{what} outside async function"));
                }
            }
            _ => match what {
                None => self.fail(span, "'await' outside function"),
                Some(what) => self.fail(span, format!("{what} outside async function")),
            },
        }
    }
}

impl Walk for Analysis {
    fn stmt(&mut self, stmt: &Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Function(function) => {
                self.exprs(&function.decorators);
                self.defaults(&function.parameters);
                self.annotations(&function.parameters, function.returns.as_ref());
                let whole = function.def_span;
                self.bind(&function.bind, whole);
                self.within(function.scope, ScopeKind::Function, |this| {
                    this.scope().is_async = function.is_async;
                    this.parameters(&function.parameters, whole);
                    this.body(&function.body);
                });
            }
            StmtKind::Class(class) => {
                self.exprs(&class.decorators);
                self.exprs(&class.bases);
                for keyword in &class.keywords {
                    self.expr(&keyword.value);
                }
                self.bind(&class.bind, if class.decorators.is_empty() { span } else { class.name_span });
                self.within(class.scope, ScopeKind::Class, |this| this.body(&class.body));
            }
            StmtKind::Return(value) => {
                if !self.scope().kind.is_function() {
                    self.fail(span, "'return' outside function");
                }
                if let Some(value) = value {
                    self.expr(value);
                    self.scope().return_value.get_or_insert(span);
                    if self.scope().is_async && self.scope().is_generator {
                        self.fail(span, "'return' with value in async generator");
                    }
                }
            }
            StmtKind::Global(names) => names.iter().for_each(|name| self.declare(name, span, true)),
            StmtKind::Nonlocal(names) => names.iter().for_each(|name| self.declare(name, span, false)),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                if let (true, ExprKind::Name(name)) = (*simple, &target.kind) {
                    let seen = *self.scope().seen(name);
                    if (seen.global || seen.nonlocal) && self.scope().kind != ScopeKind::Module {
                        let word = if seen.global { "global" } else { "nonlocal" };
                        self.fail(span, format!("annotated name '{name}' can't be {word}"));
                    }
                    self.scope().seen(name).annotated = true;
                    self.bind(name, target.span);
                } else {
                    self.target(target);
                }
                self.expr(annotation);
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            StmtKind::Import(names) => {
                for alias in names {
                    let bound = match &alias.asname {
                        Some(name) => name.clone(),
                        None => Name::from(alias.name.split('.').next().unwrap_or("")),
                    };
                    self.bind(&bound, span);
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                for alias in names {
                    if &*alias.name == "*" {
                        if self.scope().kind != ScopeKind::Module {
                            self.fail(alias.span, "import * only allowed at module level");
                        }
                        continue;
                    }
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name).clone();
                    self.bind(&bound, span);
                }
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.body(body);
                for handler in handlers {
                    if let Some(class) = &handler.class {
                        self.expr(class);
                    }
                    if let Some(name) = &handler.name {
                        self.bind(name, handler.span);
                    }
                    self.body(&handler.body);
                }
                self.body(orelse);
                self.body(finalbody);
            }
            StmtKind::For { is_async, .. } => {
                if *is_async {
                    self.awaits(span, Some("'async for'"));
                }
                self.walk_stmt(stmt);
            }
            StmtKind::With { is_async, .. } => {
                if *is_async {
                    self.awaits(span, Some("'async with'"));
                }
                self.walk_stmt(stmt);
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    if matches!(&target.kind, ExprKind::Name(name) if &**name == "__debug__") {
                        self.fail(target.span, "cannot delete __debug__");
                    }
                }
                self.walk_stmt(stmt);
            }
            _ => self.walk_stmt(stmt),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.use_name(name),
            ExprKind::Lambda(lambda) => {
                self.defaults(&lambda.parameters);
                self.within(lambda.scope, ScopeKind::Lambda, |this| {
                    this.parameters(&lambda.parameters, expr.span);
                    this.expr(&lambda.body);
                });
            }
            ExprKind::Comprehension(comp) => {
                if let Some(first) = comp.generators.first() {
                    self.expr(&first.iter);
                }
                self.within(comp.scope, ScopeKind::Comprehension(comp.kind), |this| {
                    for (at, clause) in comp.generators.iter().enumerate() {
                        this.iteration_variables(&clause.target);
                        this.target(&clause.target);
                        if clause.is_async {
                            this.awaits(expr.span, None);
                        }
                        if at > 0 {
                            this.expr(&clause.iter);
                        }
                        this.exprs(&clause.ifs);
                    }
                    this.expr(&comp.element);
                    if let Some(value) = &comp.value {
                        this.expr(value);
                    }
                });
                let inner = &self.scopes[comp.scope as usize];
                if inner.async_comprehension.is_some() && comp.kind != ComprehensionKind::Generator {
                    // Such a comprehension is itself awaited where it stands.
                    let (kind, is_async) = (self.scope().kind, self.scope().is_async);
                    match kind {
                        ScopeKind::Comprehension(_) => self.awaits(expr.span, None),
                        ScopeKind::Function | ScopeKind::Lambda if is_async => {}
                        _ => {
                            self.fail(expr.span, "asynchronous comprehension outside of an asynchronous function");
                        }
                    }
                }
            }
            ExprKind::Named { target, value } => {
                self.expr(value);
                if let ExprKind::Name(name) = &target.kind {
                    self.walrus(name, target.span);
                }
            }
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.yields(expr.span, false);
            }
            ExprKind::YieldFrom(value) => {
                self.expr(value);
                self.yields(expr.span, true);
            }
            ExprKind::Await(value) => {
                self.expr(value);
                self.awaits(expr.span, None);
            }
            _ => self.walk_expr(expr),
        }
    }

    fn bound_name(&mut self, name: &Name, span: Span) {
        self.bind(name, span);
    }
}

impl Analysis {
    fn defaults(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter() {
            if let Some(default) = &parameter.default {
                self.expr(default);
            }
        }
    }

    fn annotations(&mut self, parameters: &Parameters, returns: Option<&Expr>) {
        for annotation in parameters.iter().filter_map(|parameter| parameter.annotation.as_ref()).chain(returns) {
            self.expr(annotation);
        }
    }

    fn iteration_variables(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.scope().seen(name).iteration = true,
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => {
                items.iter().for_each(|item| self.iteration_variables(item));
            }
            ExprKind::Starred(inner) => self.iteration_variables(inner),
            _ => {}
        }
    }
}

/// Decides every name's place, scopes in source order: a scope's parent stands before it.
fn resolve(scopes: &mut [Scope]) -> Result<(), SyntaxError> {
    for id in 0..scopes.len() {
        for at in 0..scopes[id].names.len() {
            let (name, seen, place) = scopes[id].names[at].clone();
            if place == Place::Cell || place == Place::Free {
                // Settled by a scope inside.
                continue;
            }
            let place = if seen.global {
                Place::Global
            } else if seen.bound && !seen.nonlocal {
                Place::Local
            } else {
                match capture(scopes, id, &name) {
                    true => Place::Free,
                    false if seen.nonlocal => {
                        let span = scopes[id]
                            .nonlocals
                            .iter()
                            .find(|(known, _)| *known == name)
                            .map(|(_, span)| *span)
                            .unwrap_or_default();
                        return Err(SyntaxError::new(span, format!("no binding for nonlocal '{name}' found")));
                    }
                    false => Place::Unbound,
                }
            };
            scopes[id].names[at].2 = place;
        }
    }
    Ok(())
}

/// Looks for the function around `id` that binds `name`, and passes its cell down through the scopes between.
fn capture(scopes: &mut [Scope], id: usize, name: &Name) -> bool {
    if id == 0 {
        return false;
    }
    let mut between = Vec::new();
    let mut at = scopes[id].parent as usize;
    let found = loop {
        let scope = &scopes[at];
        if scope.kind == ScopeKind::Module {
            return false;
        }
        // What a class binds is not seen from the functions in it, but for the cell of the class itself.
        let class_cell = scope.kind == ScopeKind::Class && &**name == "__class__" && at != id;
        if class_cell {
            break at;
        }
        if scope.kind.is_function()
            && let Some((seen, place)) = scope.find(name)
        {
            if seen.global {
                return false;
            }
            if (seen.bound && !seen.nonlocal) || place == Place::Free || place == Place::Cell {
                break at;
            }
        }
        between.push(at);
        at = scope.parent as usize;
    };
    let owner = &mut scopes[found];
    if owner.kind == ScopeKind::Class {
        owner.seen(name);
    }
    if let Some(&slot) = owner.index.get(name)
        && owner.names[slot].2 != Place::Free
    {
        owner.names[slot].2 = Place::Cell;
    }
    for at in between {
        let scope = &mut scopes[at];
        let kind = scope.kind;
        let seen = *scope.seen(name);
        let Some(&slot) = scope.index.get(name) else { continue };
        // A class between may bind the name for itself and still hand the cell down.
        if kind == ScopeKind::Class && seen.bound {
            scope.class_pass_through(name);
        } else {
            scope.names[slot].2 = Place::Free;
        }
    }
    true
}

impl Scope {
    /// In a class that binds a name which functions in it take from further out: the cell rides along under a name that
    /// no program can write.
    fn class_pass_through(&mut self, name: &Name) {
        let hidden = Name::from(format!(".{name}"));
        self.seen(&hidden);
        if let Some(&slot) = self.index.get(&hidden) {
            self.names[slot].2 = Place::Free;
        }
    }
}
