//! [`Reading`]: an answer that is nothing but one statement. Whatever the rows are, that statement alone decides what the
//! answer shows, so that on most databases it need not be run itself.

use super::compare::{Canon, Grid, Shown};
use super::lab::Run;
use crate::db::{ResultSet, SqlValue};
use crate::python::nodes::{Expr, ExprKind, StmtKind};
use crate::python::parse::{SOURCE_CAP, parse_module};
use crate::runner::{Language, QueryKind};

/// What is known of an answer that is one statement.
#[derive(Clone)]
pub struct Reading {
    /// The statement, its parameters filled in.
    pub sql: String,
    /// What the answer shows: for rows their columns, for anything else nothing.
    form: Option<Grid>,
}

/// Calls at the end of a chain that make one statement and give what comes.
const ASKING: [&str; 9] = ["count", "exists", "aggregate", "first", "last", "get", "latest", "earliest", "iterator"];

/// The statement of an answer that is nothing but that statement.
pub fn only_statement<'r>(code: &str, language: Language, run: &'r Run) -> Option<&'r str> {
    let [query] = run.execution.queries.as_slice() else { return None };
    let reads = query.kind == QueryKind::Select && !query.failed && run.finished();
    // What is drawn by lot is another thing each time.
    let by_lot = query.rendered.to_ascii_uppercase().contains("RAND");
    let plain = match language {
        Language::Sql => true,
        Language::Python => run.execution.direct || only_asks(code),
    };
    (reads && plain && !by_lot && run.execution.stdout.is_empty()).then_some(query.rendered.as_str())
}

/// Whether a program's last line is a chain of a queryset's calls that ends in one that asks the database.
fn only_asks(code: &str) -> bool {
    let Ok(module) = parse_module(code, SOURCE_CAP) else { return false };
    let Some(StmtKind::Expr(last)) = module.body.last().map(|statement| &statement.kind) else { return false };
    match &last.kind {
        ExprKind::Call { func, args, keywords } => match &func.kind {
            ExprKind::Attribute { value, name, .. } => ASKING.contains(&&**name) && is_chain(value),
            ExprKind::Name(name) => {
                &**name == "list" && keywords.is_empty() && matches!(args.as_slice(), [only] if is_chain(only))
            }
            _ => false,
        },
        ExprKind::Subscript { value, index } => matches!(index.kind, ExprKind::Int(_)) && is_chain(value),
        _ => false,
    }
}

/// A chain of attributes, calls and slices that begins with a model's name.
fn is_chain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => name.starts_with(char::is_uppercase),
        ExprKind::Attribute { value, .. } => is_chain(value),
        ExprKind::Call { func, .. } => matches!(func.kind, ExprKind::Attribute { .. }) && is_chain(func),
        ExprKind::Subscript { value, index } => matches!(index.kind, ExprKind::Slice { .. }) && is_chain(value),
        _ => false,
    }
}

impl Reading {
    /// The reading of a run, when what its statement gives is what it showed.
    pub fn of(code: &str, language: Language, run: &Run, raw: &ResultSet) -> Option<Self> {
        let sql = only_statement(code, language, run)?.to_owned();
        let form = match &run.shown {
            Shown::Grid(grid) => {
                let fits = |row: &Vec<Canon>, raw: &Vec<SqlValue>| {
                    row.len() <= raw.len() && row.iter().zip(raw).all(|(shown, raw)| stands_for(raw, shown))
                };
                let same = grid.rows.len() == raw.rows.len()
                    && grid.rows.iter().zip(&raw.rows).all(|(row, raw)| fits(row, raw));
                if !same || grid.columns.len() > raw.columns.len() || grid.container.is_some() {
                    return None;
                }
                Some(Grid { rows: Vec::new(), ..grid.clone() })
            }
            Shown::Scalar(_) => None,
            Shown::Nothing | Shown::Tuple(_) => return None,
        };
        Some(Self { sql, form })
    }

    /// What the statement's result is, in comparable form; values as they are stored.
    pub fn shown(&self, raw: &ResultSet) -> Shown {
        let row_of = |row: &Vec<SqlValue>, width: usize| row.iter().take(width).map(Canon::of_sql).collect::<Vec<_>>();
        match &self.form {
            Some(form) => {
                let rows = raw.rows.iter().map(|row| row_of(row, form.columns.len())).collect();
                Shown::Grid(Grid { rows, ..form.clone() })
            }
            None => match raw.rows.as_slice() {
                [row] if row.len() == 1 => Shown::Scalar(row.first().map_or(Canon::Null, Canon::of_sql)),
                rows => {
                    Shown::Scalar(Canon::List(rows.iter().map(|row| Canon::List(row_of(row, usize::MAX))).collect()))
                }
            },
        }
    }
}

/// Whether a stored value may be what is shown as this one: numbers are themselves, other values have other forms.
fn stands_for(raw: &SqlValue, shown: &Canon) -> bool {
    match (raw, shown) {
        (SqlValue::Null, shown) => *shown == Canon::Null,
        (raw @ SqlValue::Integer(_), Canon::Int(_)) => Canon::of_sql(raw) == *shown,
        (_, shown) => *shown != Canon::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::only_asks;

    #[test]
    fn chains_that_ask_are_told_from_programs() {
        for plain in [
            "Post.objects.filter(a=1).count()",
            "x = 1\nPost.objects.order_by('id')[:3].first()",
            "list(Post.objects.all())",
            "Post.objects.all()[0]",
        ] {
            assert!(only_asks(plain), "{plain}");
        }
        for other in [
            "Post.objects.count() > 3",
            "len(Post.objects.all())",
            "posts.count(3)",
            "[p for p in Post.objects.all()]",
            "sorted(Post.objects.all())",
        ] {
            assert!(!only_asks(other), "{other}");
        }
    }
}
