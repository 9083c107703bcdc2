//! What is assigned to and deleted.

use super::scope::Place;
use super::{Compiled, Compiler};
use crate::diagnostics::Span;
use crate::python::code::Op;
use crate::python::nodes::*;

impl<'a> Compiler<'a> {
    /// `value →`, bound to the target.
    pub(super) fn store(&mut self, target: &Expr) -> Compiled {
        let before = std::mem::replace(&mut self.unit.span, target.span);
        match &target.kind {
            ExprKind::Name(name) => self.store_name(name),
            ExprKind::Attribute { value, name, .. } => {
                if &**name == "__debug__" {
                    return self.fail(target.span, "cannot assign to __debug__");
                }
                self.expr(value)?;
                let site = self.unit.site(name);
                self.emit(Op::StoreAttr(site));
            }
            ExprKind::Subscript { value, index } => {
                self.expr(value)?;
                self.index(index)?;
                self.emit(Op::StoreSubscript);
            }
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => self.unpack(items, target.span)?,
            ExprKind::Starred(_) => {
                return self.fail(target.span, "starred assignment target must be in a list or tuple");
            }
            _ => return self.fail(target.span, "cannot assign to expression"),
        }
        self.unit.span = before;
        Ok(())
    }

    fn unpack(&mut self, items: &[Expr], span: Span) -> Compiled {
        let mut stars = items.iter().enumerate().filter(|(_, item)| super::expr::is_starred(item));
        let first = stars.next().map(|(at, _)| at);
        if stars.next().is_some() {
            return self.fail(span, "multiple starred expressions in assignment");
        }
        match first {
            None => self.emit(Op::Unpack(items.len() as u32)),
            Some(before) => {
                let after = items.len() - before - 1;
                if before > 255 || after > 0xffff {
                    return self.fail(span, "too many expressions in star-unpacking assignment");
                }
                self.emit(Op::UnpackStar(before as u16, after as u16));
            }
        }
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => self.store(inner)?,
                _ => self.store(item)?,
            }
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, target: &Expr) -> Compiled {
        let before = std::mem::replace(&mut self.unit.span, target.span);
        match &target.kind {
            ExprKind::Name(name) => self.delete_name(name),
            ExprKind::Attribute { value, name, .. } => {
                self.expr(value)?;
                let site = self.unit.site(name);
                self.emit(Op::DeleteAttr(site));
            }
            ExprKind::Subscript { value, index } => {
                self.expr(value)?;
                self.index(index)?;
                self.emit(Op::DeleteSubscript);
            }
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => {
                items.iter().try_for_each(|item| self.delete(item))?;
            }
            _ => return self.fail(target.span, "cannot delete expression"),
        }
        self.unit.span = before;
        Ok(())
    }

    pub(super) fn augmented(&mut self, span: Span, target: &Expr, op: BinaryOp, value: &Expr) -> Compiled {
        match &target.kind {
            ExprKind::Name(name) => {
                self.at(target.span, |this| this.load_name(name));
                self.expr(value)?;
                self.at(span, |this| this.emit(Op::InPlace(op)));
                self.at(target.span, |this| this.store_name(name));
            }
            // A local that stays the same meanwhile is read twice more cheaply than copied and turned.
            ExprKind::Attribute { value: object, name, .. } if self.stays(object, value) => {
                self.expr(object)?;
                let site = self.unit.site(name);
                self.at(target.span, |this| this.emit(Op::LoadAttr(site)));
                self.expr(value)?;
                self.at(span, |this| this.emit(Op::InPlace(op)));
                self.expr(object)?;
                let site = self.unit.site(name);
                self.at(target.span, |this| this.emit(Op::StoreAttr(site)));
            }
            ExprKind::Attribute { value: object, name, .. } => {
                self.expr(object)?;
                self.emit(Op::Dup);
                let site = self.unit.site(name);
                self.at(target.span, |this| this.emit(Op::LoadAttr(site)));
                self.expr(value)?;
                self.at(span, |this| this.emit(Op::InPlace(op)));
                self.emit(Op::Swap);
                let site = self.unit.site(name);
                self.at(target.span, |this| this.emit(Op::StoreAttr(site)));
            }
            ExprKind::Subscript { value: object, index } => {
                self.expr(object)?;
                self.index(index)?;
                self.emit(Op::Dup2);
                self.at(target.span, |this| this.emit(Op::Subscript));
                self.expr(value)?;
                self.at(span, |this| this.emit(Op::InPlace(op)));
                // object index value → value object index
                self.emit(Op::Rot3);
                self.at(target.span, |this| this.emit(Op::StoreSubscript));
            }
            _ => return self.fail(target.span, "illegal expression for augmented assignment"),
        }
        Ok(())
    }

    /// Is it a local variable of the function that the evaluation of `value` can't bind anew?
    fn stays(&self, object: &Expr, value: &Expr) -> bool {
        let ExprKind::Name(name) = &object.kind else { return false };
        let mut binds = Binds(false);
        super::visit::Walk::expr(&mut binds, value);
        self.scope().kind.is_function() && matches!(self.place(name), Place::Local) && !binds.0
    }
}

/// Whether an expression binds a name at its own level.
struct Binds(bool);

impl super::visit::Walk for Binds {
    fn bound_name(&mut self, _name: &Name, _span: Span) {
        self.0 = true;
    }
}

/// The names that a statement binds at its own level, in order.
pub(super) fn bound_names(statement: &Stmt) -> Vec<Name> {
    let mut bound = Bound(Vec::new());
    super::visit::Walk::stmt(&mut bound, statement);
    bound.0
}

struct Bound(Vec<Name>);

impl super::visit::Walk for Bound {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Function(function) => self.0.push(function.bind.clone()),
            StmtKind::Class(class) => self.0.push(class.bind.clone()),
            StmtKind::Import(names) => {
                for alias in names {
                    self.0.push(match &alias.asname {
                        Some(name) => name.clone(),
                        None => Name::from(alias.name.split('.').next().unwrap_or("")),
                    });
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                for alias in names {
                    self.0.push(alias.asname.as_ref().unwrap_or(&alias.name).clone());
                }
            }
            _ => self.walk_stmt(stmt),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Lambda(_) | ExprKind::Comprehension(_) => {}
            _ => self.walk_expr(expr),
        }
    }

    fn bound_name(&mut self, name: &Name, _span: Span) {
        self.0.push(name.clone());
    }
}
