//! Python inputs as statements, each with the names that it binds, reads and may change.

use crate::python::compile::bound_names;
use crate::python::compile::visit::Walk;
use crate::python::nodes::{Expr, ExprKind, Name, Stmt, StmtKind};
use crate::python::parse::{SOURCE_CAP, parse_module};
use crate::python::vm::with_big_stack;

/// Methods that change a list, set or dict. Others may be a queryset's, and calling those changes nothing.
const MUTATORS: [&str; 11] =
    ["append", "extend", "insert", "remove", "sort", "reverse", "pop", "discard", "clear", "setdefault", "popitem"];

/// One top-level statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its text.
    pub text: String,
    /// Whether it is an expression, and so has a value.
    pub is_expression: bool,
    /// The name that it assigns to, when it is a plain assignment to one name.
    pub assigns: Option<String>,
    /// Names that it binds at the top level.
    pub binds: Vec<String>,
    /// Names that it reads anywhere, function bodies included.
    pub reads: Vec<String>,
    /// Names whose objects it may change: `x[0] = …`, `x.y = …`, `x.append(…)`.
    pub changes: Vec<String>,
    /// Whether it binds names that cannot be told (`from x import *`).
    pub binds_all: bool,
}

/// The statements of a text; none when it is not Python.
pub(super) fn statements(text: &str) -> Option<Vec<Statement>> {
    with_big_stack(|| {
        let module = parse_module(text, SOURCE_CAP).ok()?;
        Some(module.body.iter().map(|statement| described(text, statement)).collect())
    })
}

fn described(text: &str, statement: &Stmt) -> Statement {
    let mut seen = Seen::default();
    seen.stmt(statement);
    let binds: Vec<String> = bound_names(statement).iter().map(ToString::to_string).collect();
    let assigns = match &statement.kind {
        StmtKind::Assign { targets, .. } => match targets.as_slice() {
            [Expr { kind: ExprKind::Name(name), .. }] => Some(name.to_string()),
            _ => None,
        },
        StmtKind::AnnAssign { target: Expr { kind: ExprKind::Name(name), .. }, value: Some(_), .. }
        | StmtKind::AugAssign { target: Expr { kind: ExprKind::Name(name), .. }, .. } => Some(name.to_string()),
        _ => None,
    };
    let (start, end) = (statement.span.start as usize, statement.span.end as usize);
    Statement {
        text: text.get(start..end).unwrap_or(text).to_owned(),
        is_expression: matches!(statement.kind, StmtKind::Expr(_)),
        assigns,
        binds,
        reads: seen.reads,
        changes: seen.changes,
        binds_all: matches!(&statement.kind, StmtKind::ImportFrom { names, .. } if names.iter().any(|alias| &*alias.name == "*")),
    }
}

#[derive(Default)]
struct Seen {
    reads: Vec<String>,
    changes: Vec<String>,
}

impl Seen {
    fn change(&mut self, expr: &Expr) {
        if let Some(root) = root(expr) {
            self.changes.push(root.to_string());
        }
    }
}

/// The name at the beginning of `x.y[0].z`.
fn root(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => root(value),
        _ => None,
    }
}

impl Walk for Seen {
    fn bound_name(&mut self, _: &Name, _: crate::diagnostics::Span) {}

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) => {}
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => items.iter().for_each(|item| self.target(item)),
            ExprKind::Starred(inner) => self.target(inner),
            _ => {
                self.change(target);
                self.walk_expr(target);
            }
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Function(function) => {
                self.exprs(&function.decorators);
                for parameter in function.parameters.iter() {
                    parameter.default.iter().chain(&parameter.annotation).for_each(|expr| self.expr(expr));
                }
                self.body(&function.body);
            }
            StmtKind::Class(class) => {
                self.exprs(&class.decorators);
                self.exprs(&class.bases);
                class.keywords.iter().for_each(|keyword| self.expr(&keyword.value));
                self.body(&class.body);
            }
            _ => self.walk_stmt(stmt),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.reads.push(name.to_string()),
            ExprKind::Call { func, .. } => {
                if let ExprKind::Attribute { value, name, .. } = &func.kind
                    && MUTATORS.contains(&&**name)
                {
                    self.change(value);
                }
            }
            ExprKind::Lambda(lambda) => self.expr(&lambda.body),
            ExprKind::Comprehension(comprehension) => {
                for clause in &comprehension.generators {
                    self.expr(&clause.iter);
                    self.exprs(&clause.ifs);
                }
                self.expr(&comprehension.element);
                comprehension.value.iter().for_each(|value| self.expr(value));
            }
            _ => {}
        }
        self.walk_expr(expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Statement {
        statements(text).unwrap().remove(0)
    }

    #[test]
    fn names_are_bound_read_and_changed() {
        let loops = only("for p in posts:\n    ids.append(p.id)\n    last = p");
        assert_eq!(loops.binds, ["p", "last"]);
        assert!(loops.reads.contains(&"posts".to_owned()) && loops.changes == ["ids"]);
        let call = only("Post.objects.filter(author=1, title=f'{x}')");
        assert_eq!(call.reads, ["Post", "x"]);
        assert!(call.is_expression && call.binds.is_empty() && call.changes.is_empty());
        assert_eq!(only("(y := 1)").binds, ["y"]);
        assert_eq!(only("d['k'] = 1").changes, ["d"]);
        assert_eq!(only("def f(a=b):\n    return c").reads, ["b", "c"]);
        assert_eq!(only("x = y = 1").assigns, None);
        assert_eq!(only("x: int = 1").assigns.as_deref(), Some("x"));
        assert_eq!(
            statements("a = 1; b = 2\nc").unwrap().iter().map(|s| s.text.as_str()).collect::<Vec<_>>(),
            ["a = 1", "b = 2", "c"]
        );
        assert_eq!(statements("x ="), None);
        assert!(only("from x import *").binds_all);
    }
}
