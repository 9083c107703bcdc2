//! Statements, but for those with a flow of their own.

use std::rc::Rc;

use super::{Compiled, Compiler, ScopeKind};
use crate::diagnostics::Span;
use crate::python::code::Op;
use crate::python::nodes::*;
use crate::python::object::Value;
use crate::python::parse::SyntaxError;

impl<'a> Compiler<'a> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Compiled {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    pub(super) fn stmt(&mut self, stmt: &'a Stmt) -> Compiled {
        self.unit.span = stmt.span;
        match &stmt.kind {
            StmtKind::Expr(value) => self.effect(value),
            StmtKind::Assign { targets, value } => {
                self.expr(value)?;
                for (at, target) in targets.iter().enumerate() {
                    if at + 1 < targets.len() {
                        self.emit(Op::Dup);
                    }
                    self.store(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.augmented(stmt.span, target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated(target, annotation, value.as_ref(), *simple)
            }
            StmtKind::Return(value) => self.return_(stmt.span, value.as_ref()),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|target| self.delete(target)),
            StmtKind::Pass => {
                self.emit(Op::Nop);
                Ok(())
            }
            StmtKind::Break => self.break_(stmt.span),
            StmtKind::Continue => self.continue_(stmt.span),
            StmtKind::If { test, body, orelse } => self.if_(test, body, orelse),
            StmtKind::While { test, body, orelse } => self.while_(test, body, orelse),
            StmtKind::For { is_async: false, target, iter, body, orelse } => self.for_(target, iter, body, orelse),
            StmtKind::For { is_async: true, target, iter, body, orelse } => self.async_for(target, iter, body, orelse),
            StmtKind::With { is_async, items, body } => self.with(items, body, *is_async, stmt.span),
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                if *is_star {
                    return Err(SyntaxError::unsupported(stmt.span, "except*"));
                }
                self.try_(body, handlers, orelse, finalbody)
            }
            StmtKind::Raise { exception, cause } => {
                let mut count = 0;
                for value in exception.iter().chain(cause) {
                    self.expr(value)?;
                    count += 1;
                }
                self.emit(Op::Raise(count));
                Ok(())
            }
            StmtKind::Assert { test, message } => self.assert(test, message.as_ref()),
            StmtKind::Import(names) => names.iter().try_for_each(|alias| self.import(alias)),
            StmtKind::ImportFrom { module, names, level } => self.import_from(module.as_ref(), names, *level),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Function(function) => self.function(function),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Match { subject, cases } => self.match_(subject, cases),
        }
    }

    /// An expression whose value nobody wants.
    fn effect(&mut self, value: &Expr) -> Compiled {
        if matches!(
            value.kind,
            ExprKind::None | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Ellipsis
        ) {
            self.emit(Op::Nop);
            return Ok(());
        }
        self.expr(value)?;
        self.emit(Op::Pop);
        Ok(())
    }

    fn annotated(&mut self, target: &Expr, annotation: &Expr, value: Option<&Expr>, simple: bool) -> Compiled {
        if let Some(value) = value {
            self.expr(value)?;
            self.store(target)?;
        } else {
            // Nothing is stored, but what it would be stored in is looked at.
            let parts: &[&Expr] = match &target.kind {
                ExprKind::Attribute { value, .. } => &[value],
                ExprKind::Subscript { value, index } => &[value, index],
                _ => &[],
            };
            for part in parts {
                self.index(part)?;
                self.emit(Op::Pop);
            }
        }
        let in_function = self.scope().kind.is_function();
        if in_function {
            return Ok(());
        }
        match &target.kind {
            ExprKind::Name(name) if simple => {
                self.annotation(annotation)?;
                self.load_annotations();
                let name = self.unit.constant(Value::str(&**name));
                self.emit(Op::Const(name));
                self.emit(Op::StoreSubscript);
            }
            _ => {
                if !self.lazy_annotations {
                    self.expr(annotation)?;
                    self.emit(Op::Pop);
                }
            }
        }
        Ok(())
    }

    fn load_annotations(&mut self) {
        let site = self.unit.shared_site("__annotations__");
        self.emit(match self.scope().kind {
            ScopeKind::Class => Op::LoadName(site),
            _ => Op::LoadGlobal(site),
        });
    }

    /// An annotation: its value, or its text where the module asked for that.
    pub(super) fn annotation(&mut self, annotation: &Expr) -> Compiled {
        if !self.lazy_annotations {
            // `*args: *Ts`
            if let ExprKind::Starred(inner) = &annotation.kind {
                self.expr(inner)?;
                self.emit(Op::Unpack(1));
                return Ok(());
            }
            return self.expr(annotation);
        }
        let text = self.text(annotation.span);
        let text = self.unit.constant(Value::str(text));
        self.emit(Op::Const(text));
        Ok(())
    }

    pub(super) fn text(&self, span: Span) -> String {
        self.source.text.get(span.start as usize..span.end as usize).unwrap_or("").to_string()
    }

    fn assert(&mut self, test: &Expr, message: Option<&Expr>) -> Compiled {
        let end = self.unit.label();
        self.jump_if(test, true, end)?;
        let span = last_comparison(test).unwrap_or(self.unit.span);
        self.unit.span = span;
        self.emit(Op::LoadAssertionError);
        if let Some(message) = message {
            self.emit(Op::Unset);
            self.expr(message)?;
            self.at(span, |this| this.emit(Op::Call(1)));
        }
        self.emit(Op::Raise(1));
        self.unit.place(end);
        Ok(())
    }

    /// `import a.b` binds `a`; `import a.b as c` binds `a.b`.
    fn import(&mut self, alias: &Alias) -> Compiled {
        self.emit(Op::Int(0));
        self.emit(Op::None);
        let site = self.unit.site(&alias.name);
        self.emit(Op::Import(site));
        let mut parts = alias.name.split('.');
        let first = parts.next().unwrap_or("");
        match &alias.asname {
            None => self.store_name(first),
            Some(name) => {
                for part in parts {
                    let site = self.unit.site(part);
                    self.emit(Op::ImportFrom(site));
                    self.emit(Op::Swap);
                    self.emit(Op::Pop);
                }
                self.store_name(name);
            }
        }
        Ok(())
    }

    fn import_from(&mut self, module: Option<&Name>, names: &[Alias], level: u32) -> Compiled {
        if level == 0 && module.is_some_and(|module| &**module == "__future__") {
            const FEATURES: &[&str] = &[
                "nested_scopes",
                "generators",
                "division",
                "absolute_import",
                "with_statement",
                "print_function",
                "unicode_literals",
                "generator_stop",
                "annotations",
            ];
            if let Some(unknown) = names.iter().find(|alias| !FEATURES.contains(&&*alias.name)) {
                let span = self.unit.span;
                let name = &unknown.name;
                return match &**name {
                    "braces" => self.fail(span, "not a chance"),
                    _ => self.fail(span, format!("future feature {name} is not defined")),
                };
            }
        }
        self.emit(Op::Int(level as i32));
        let wanted = names.iter().map(|alias| Value::str(&*alias.name)).collect::<Vec<_>>();
        let wanted = self.unit.constant(Value::tuple(wanted));
        self.emit(Op::Const(wanted));
        let site = self.unit.site(module.map_or("", |module| module));
        self.emit(Op::Import(site));
        if names.first().is_some_and(|alias| &*alias.name == "*") {
            self.emit(Op::ImportStar);
            return Ok(());
        }
        for alias in names {
            let site = self.unit.site(&alias.name);
            self.emit(Op::ImportFrom(site));
            self.store_name(alias.asname.as_ref().unwrap_or(&alias.name));
        }
        self.emit(Op::Pop);
        Ok(())
    }
}

/// The comparison that decides a condition last: where CPython's `assert` says that it stands.
fn last_comparison(test: &Expr) -> Option<Span> {
    match &test.kind {
        ExprKind::Compare { .. } => Some(test.span),
        ExprKind::Unary { op: UnaryOp::Not, operand } => last_comparison(operand),
        ExprKind::BoolOp { values, .. } => values.iter().rev().find_map(last_comparison),
        _ => None,
    }
}

/// Does a statement at this level annotate a name?
pub(super) fn has_annotations(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::AnnAssign { simple, .. } => *simple,
        StmtKind::If { body, orelse, .. }
        | StmtKind::While { body, orelse, .. }
        | StmtKind::For { body, orelse, .. } => has_annotations(body) || has_annotations(orelse),
        StmtKind::With { body, .. } => has_annotations(body),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            has_annotations(body)
                || handlers.iter().any(|handler| has_annotations(&handler.body))
                || has_annotations(orelse)
                || has_annotations(finalbody)
        }
        StmtKind::Match { cases, .. } => cases.iter().any(|case| has_annotations(&case.body)),
        _ => false,
    })
}

/// A constant for the tuple of these names.
pub(super) fn names_tuple(names: &[Name]) -> Value {
    Value::Tuple(Rc::new(crate::python::object::Tuple::new(
        names.iter().map(|name| Value::Str(crate::python::object::Str::interned(name))).collect(),
    )))
}
