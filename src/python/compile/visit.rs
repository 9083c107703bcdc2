//! A walk over all nodes in source order.

use crate::diagnostics::Span;
use crate::python::nodes::*;

/// Sees every node; override what is of interest and call the `walk_…` of the same name to go on inward.
pub trait Walk {
    /// A statement.
    fn stmt(&mut self, stmt: &Stmt) {
        self.walk_stmt(stmt);
    }

    /// An expression that is read.
    fn expr(&mut self, expr: &Expr) {
        self.walk_expr(expr);
    }

    /// A name that is bound.
    fn bound_name(&mut self, name: &Name, span: Span);

    /// Statements.
    fn body(&mut self, body: &[Stmt]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    /// Expressions.
    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    /// What is assigned to.
    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.bound_name(name, target.span),
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => items.iter().for_each(|item| self.target(item)),
            ExprKind::Starred(inner) => self.target(inner),
            _ => self.walk_expr(target),
        }
    }

    /// The parts of a statement. Functions and classes are the implementor's.
    fn walk_stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target);
                self.target(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.target(target);
                self.expr(annotation);
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.target(target)),
            StmtKind::If { test, body, orelse } | StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.body(body);
                self.body(orelse);
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.expr(iter);
                self.target(target);
                self.body(body);
                self.body(orelse);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&item.context);
                    if let Some(target) = &item.target {
                        self.target(target);
                    }
                }
                self.body(body);
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.body(body);
                for handler in handlers {
                    if let Some(class) = &handler.class {
                        self.expr(class);
                    }
                    if let Some(name) = &handler.name {
                        self.bound_name(name, handler.span);
                    }
                    self.body(&handler.body);
                }
                self.body(orelse);
                self.body(finalbody);
            }
            StmtKind::Raise { exception, cause } => {
                exception.iter().chain(cause).for_each(|expr| self.expr(expr));
            }
            StmtKind::Assert { test, message } => {
                self.expr(test);
                message.iter().for_each(|expr| self.expr(expr));
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for case in cases {
                    self.pattern(&case.pattern);
                    case.guard.iter().for_each(|expr| self.expr(expr));
                    self.body(&case.body);
                }
            }
            StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Function(_)
            | StmtKind::Class(_) => {}
        }
    }

    /// A pattern with what it reads and binds.
    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Value(value) | PatternKind::Singleton(value) => self.expr(value),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                patterns.iter().for_each(|pattern| self.pattern(pattern));
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                self.exprs(keys);
                patterns.iter().for_each(|pattern| self.pattern(pattern));
                rest.iter().for_each(|name| self.bound_name(name, pattern.span));
            }
            PatternKind::Class { class, patterns, keywords } => {
                self.expr(class);
                patterns.iter().for_each(|pattern| self.pattern(pattern));
                keywords.iter().for_each(|(_, pattern)| self.pattern(pattern));
            }
            PatternKind::Star(name) => name.iter().for_each(|name| self.bound_name(name, pattern.span)),
            PatternKind::As { pattern: inner, name } => {
                inner.iter().for_each(|pattern| self.pattern(pattern));
                name.iter().for_each(|name| self.bound_name(name, pattern.span));
            }
        }
    }

    /// The parts of an expression. Lambdas and comprehensions are the implementor's.
    fn walk_expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::FString(parts) => self.f_parts(parts),
            ExprKind::Attribute { value, .. }
            | ExprKind::Starred(value)
            | ExprKind::Unary { operand: value, .. }
            | ExprKind::Await(value)
            | ExprKind::YieldFrom(value) => self.expr(value),
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Slice { lower, upper, step } => {
                lower.iter().chain(upper).chain(step).for_each(|expr| self.expr(expr));
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                self.exprs(args);
                keywords.iter().for_each(|keyword| self.expr(&keyword.value));
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::BoolOp { values: items, .. }
            | ExprKind::List(items)
            | ExprKind::Set(items)
            | ExprKind::Tuple { items, .. } => self.exprs(items),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left);
                self.exprs(comparators);
            }
            ExprKind::Conditional { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Named { target, value } => {
                self.expr(value);
                self.target(target);
            }
            ExprKind::Dict(items) => {
                for (key, value) in items {
                    key.iter().for_each(|key| self.expr(key));
                    self.expr(value);
                }
            }
            ExprKind::Yield(value) => value.iter().for_each(|value| self.expr(value)),
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Ellipsis
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::Name(_)
            | ExprKind::Lambda(_)
            | ExprKind::Comprehension(_) => {}
        }
    }

    /// The parts of an f-string.
    fn f_parts(&mut self, parts: &[FPart]) {
        for part in parts {
            if let FPart::Value { expr, spec, .. } = part {
                self.expr(expr);
                spec.iter().for_each(|spec| self.f_parts(spec));
            }
        }
    }
}
