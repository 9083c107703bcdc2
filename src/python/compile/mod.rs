//! From nodes to code.
//!
//! Takes a [`Module`]. Gives the [`Code`] of the module, every other body nested in its constants; or the
//! [`SyntaxError`]s that only a look at whole scopes finds.

mod class;
mod comprehension;
mod expr;
mod flow;
mod function;
mod pattern;
mod scope;
mod stmt;
mod target;
mod unit;
pub mod visit;

use std::rc::Rc;

use super::code::{Code, CodeKind, Op, ParameterCounts, Source};
use super::nodes::*;
use super::object::{Str, Value};
use super::parse::SyntaxError;
use crate::diagnostics::Span;
use scope::{Place, Scope, ScopeKind};
use unit::Unit;

type Compiled<T = ()> = Result<T, SyntaxError>;

/// The code of a whole module. With `keep_value` it returns the value of its last statement if that is an expression.
pub fn compile_module(source: &Rc<Source>, module: &Module, keep_value: bool) -> Result<Rc<Code>, SyntaxError> {
    if let Some(late) = late_future(module) {
        return Err(SyntaxError::new(late, "from __future__ imports must occur at the beginning of the file"));
    }
    compile_statements(source, module, &module.body, keep_value)
}

/// The first `from __future__ import` behind anything but a docstring and others of its kind.
fn late_future(module: &Module) -> Option<Span> {
    let is_future = |statement: &Stmt| matches!(&statement.kind, StmtKind::ImportFrom { module: Some(name), level: 0, .. } if &**name == "__future__");
    let is_doc = |statement: &Stmt| {
        matches!(
            &statement.kind,
            StmtKind::Expr(crate::python::nodes::Expr { kind: crate::python::nodes::ExprKind::Str(_), .. })
        )
    };
    let first = module
        .body
        .iter()
        .enumerate()
        .position(|(at, statement)| !(is_future(statement) || at == 0 && is_doc(statement)))?;
    module.body[first..].iter().find(|statement| is_future(statement)).map(|statement| statement.span)
}

/// As [`compile_module`], one code a statement: for running a file in which some statements may fail.
pub fn compile_each(source: &Rc<Source>, module: &Module) -> Result<Vec<Rc<Code>>, SyntaxError> {
    module.body.chunks(1).map(|statement| compile_statements(source, module, statement, false)).collect()
}

/// The names that a statement binds at its own level.
pub fn bound_names(statement: &Stmt) -> Vec<Name> {
    target::bound_names(statement)
}

fn compile_statements(
    source: &Rc<Source>,
    module: &Module,
    body: &[Stmt],
    keep_value: bool,
) -> Result<Rc<Code>, SyntaxError> {
    let scopes = scope::analyse(module)?;
    let span = Span::new(0, source.text.len() as u32);
    let unit = Unit::new(Str::from("<module>"), Str::from("<module>"), 0, span);
    let mut compiler =
        Compiler { source: source.clone(), scopes, lazy_annotations: module.lazy_annotations, unit, outer: Vec::new() };
    compiler.module(body, keep_value)?;
    Ok(Rc::new(compiler.finish(CodeKind::Plain, ParameterCounts::default())))
}

struct Compiler<'a> {
    source: Rc<Source>,
    scopes: Vec<Scope>,
    lazy_annotations: bool,
    unit: Unit<'a>,
    /// The units around, the module's first.
    outer: Vec<Unit<'a>>,
}

impl<'a> Compiler<'a> {
    fn module(&mut self, body: &'a [Stmt], keep_value: bool) -> Compiled {
        self.set_doc(body);
        if stmt::has_annotations(body) {
            self.emit(Op::SetupAnnotations);
        }
        let (last, before) = match body.split_last() {
            Some((last, before)) if keep_value => (Some(last), before),
            _ => (None, body),
        };
        self.body(before)?;
        match last {
            Some(Stmt { kind: StmtKind::Expr(value), span }) => {
                self.unit.span = *span;
                self.expr(value)?;
            }
            Some(other) => {
                self.stmt(other)?;
                self.emit(Op::Unset);
            }
            None => self.emit(Op::Unset),
        }
        self.emit(Op::Return);
        Ok(())
    }

    fn scope(&self) -> &Scope {
        &self.scopes[self.unit.scope as usize]
    }

    fn fail<T>(&self, span: Span, message: impl Into<String>) -> Compiled<T> {
        Err(SyntaxError::new(span, message))
    }

    fn emit(&mut self, op: Op) {
        self.unit.emit(op);
    }

    /// Runs `work` with `span` as the place of what it emits.
    fn at<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.unit.span, span);
        let result = work(self);
        self.unit.span = before;
        result
    }

    fn set_doc(&mut self, body: &[Stmt]) {
        if let Some(Stmt { kind: StmtKind::Expr(Expr { kind: ExprKind::Str(text), .. }), .. }) = body.first() {
            self.unit.doc = Some(Str::from(&**text));
            if self.scope().kind != ScopeKind::Function {
                let index = self.unit.constant(Value::str(&**text));
                self.emit(Op::Const(index));
                self.store_name("__doc__");
            }
        }
    }

    /// Opens the unit of a nested scope, with its slots.
    fn open(&mut self, scope: ScopeId, name: &str, span: Span) {
        let qualname = self.qualname(name);
        let mut unit = Unit::new(Str::interned(name), Str::from(qualname), scope, span);
        let info = &self.scopes[scope as usize];
        let slots = info.kind.is_function();
        if matches!(info.kind, ScopeKind::Comprehension(_)) {
            unit.slot(".0");
        }
        for (name, _, place) in &info.names {
            if (*place == Place::Local && slots) || *place == Place::Cell {
                let slot = unit.slot(name);
                if *place == Place::Cell {
                    unit.cells.push(slot);
                }
            }
        }
        unit.first_free = unit.slots_len();
        for (name, _, place) in &info.names {
            if *place == Place::Free {
                unit.slot(name);
                unit.free += 1;
            }
        }
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        for at in 0..self.unit.cells.len() {
            let slot = self.unit.cells[at];
            self.emit(Op::MakeCell(slot));
        }
    }

    /// Closes the unit that [`Compiler::open`] opened; gives its code.
    fn close(&mut self, kind: CodeKind, parameters: ParameterCounts) -> Rc<Code> {
        match self.outer.pop() {
            Some(outer) => {
                let inner = std::mem::replace(&mut self.unit, outer);
                Rc::new(inner.finish(&self.source, &self.scopes, kind, parameters))
            }
            None => Rc::new(self.take_unit().finish(&self.source, &self.scopes, kind, parameters)),
        }
    }

    fn take_unit(&mut self) -> Unit<'a> {
        std::mem::replace(&mut self.unit, Unit::new(Str::from(""), Str::from(""), 0, Span::default()))
    }

    fn finish(mut self, kind: CodeKind, parameters: ParameterCounts) -> Code {
        self.take_unit().finish(&self.source, &self.scopes, kind, parameters)
    }

    /// `outer.<locals>.name`, `Class.name` or the name alone.
    fn qualname(&self, name: &str) -> String {
        match self.scope().kind {
            ScopeKind::Module => name.to_string(),
            ScopeKind::Class => format!("{}.{name}", self.unit.qualname),
            _ => match self.scope().find(name) {
                Some((_, Place::Global)) => name.to_string(),
                _ => format!("{}.<locals>.{name}", self.unit.qualname),
            },
        }
    }

    fn place(&self, name: &str) -> Place {
        self.scope().find(name).map_or(Place::Unbound, |(_, place)| place)
    }

    fn load_name(&mut self, name: &str) {
        let op = match (self.scope().kind, self.place(name)) {
            (ScopeKind::Class, Place::Local | Place::Unbound) => Op::LoadName(self.unit.shared_site(name)),
            (ScopeKind::Class, Place::Free) => {
                Op::LoadClassCell { slot: self.unit.slot(name) as u16, site: self.unit.shared_site(name) }
            }
            (ScopeKind::Module, _) | (_, Place::Global | Place::Unbound) => Op::LoadGlobal(self.unit.shared_site(name)),
            (_, Place::Local) => Op::Load(self.unit.slot(name)),
            (_, Place::Cell | Place::Free) => Op::LoadCell(self.unit.slot(name)),
        };
        self.emit(op);
    }

    fn store_name(&mut self, name: &str) {
        let op = match (self.scope().kind, self.place(name)) {
            (ScopeKind::Class, Place::Local | Place::Unbound) => Op::StoreName(self.unit.shared_site(name)),
            (ScopeKind::Module, _) | (_, Place::Global | Place::Unbound) => {
                Op::StoreGlobal(self.unit.shared_site(name))
            }
            (_, Place::Local) => Op::Store(self.unit.slot(name)),
            (_, Place::Cell | Place::Free) => Op::StoreCell(self.unit.slot(name)),
        };
        self.emit(op);
    }

    fn delete_name(&mut self, name: &str) {
        let op = match (self.scope().kind, self.place(name)) {
            (ScopeKind::Class, Place::Local | Place::Unbound) => Op::DeleteName(self.unit.shared_site(name)),
            (ScopeKind::Module, _) | (_, Place::Global | Place::Unbound) => {
                Op::DeleteGlobal(self.unit.shared_site(name))
            }
            (_, Place::Local) => Op::Delete(self.unit.slot(name)),
            (_, Place::Cell | Place::Free) => Op::DeleteCell(self.unit.slot(name)),
        };
        self.emit(op);
    }

    /// Puts the cells that a nested body takes on the stack as a tuple; says whether there are any.
    fn closure(&mut self, code: &Code) -> bool {
        let free = code.free as usize;
        if free == 0 {
            return false;
        }
        for name in code.slots.iter().skip(code.first_free as usize).take(free) {
            let hidden = format!(".{name}");
            // A class hands cells down under a hidden name where it binds the name itself.
            let slot = match self.scope().kind {
                ScopeKind::Class if self.scope().find(&hidden).is_some() => self.unit.slot(&hidden),
                _ => self.unit.slot(name.trim_start_matches('.')),
            };
            self.emit(Op::LoadClosure(slot));
        }
        self.emit(Op::BuildTuple(free as u32));
        true
    }
}
