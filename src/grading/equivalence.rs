//! Whether two statements give the same on every database that keeps the constraints: both are written in one form by steps
//! that each change nothing, and the steps are the reason.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator as Op, Distinct, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, LimitClause, OrderByKind, Query, Select, SelectItem,
    SetExpr, Statement, TableFactor, Value, VisitMut, VisitorMut,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::Order;
use super::databases::is_integer;
use crate::orm::models::FieldKind;
use crate::runner::{ColumnInfo, TableInfo};

/// Why two statements give the same whatever the rows are; none where no step shows it.
pub fn equivalence(one: &str, other: &str, tables: &[TableInfo], order: &Order) -> Option<String> {
    let (first, mut reasons) = plain_form(one, tables, order)?;
    let (second, more) = plain_form(other, tables, order)?;
    if first != second {
        return None;
    }
    for reason in more {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Some(match reasons.is_empty() {
        true => "the statements mean the same".to_owned(),
        false => reasons.join("; "),
    })
}

/// A statement in the one form, and which steps led there.
fn plain_form(sql: &str, tables: &[TableInfo], order: &Order) -> Option<(String, Vec<&'static str>)> {
    let parsed = Parser::parse_sql(&SQLiteDialect {}, sql).ok()?;
    let [statement] = parsed.as_slice() else { return None };
    let mut statement: Statement = statement.clone();
    let mut names = Names { tables, sources: Vec::new() };
    let _ = statement.visit(&mut names);
    let mut writer = Writer { tables, sources: names.sources, reasons: Vec::new() };
    // A step may make way for another.
    for _ in 0..3 {
        let _ = statement.visit(&mut writer);
    }
    if let Statement::Query(query) = &mut statement {
        writer.query(query, *order == Order::None);
    }
    Some((statement.to_string(), writer.reasons))
}

/// A table in a statement.
struct Source {
    alias: String,
    table: usize,
    /// Whether it may be missing from a row: the right side of an outer join.
    outer: bool,
}

struct Names<'a> {
    tables: &'a [TableInfo],
    sources: Vec<Source>,
}

impl VisitorMut for Names<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for from in &select.from {
            self.add(&from.relation, false);
            for join in &from.joins {
                let outer = !matches!(join.join_operator, JoinOperator::Join(_) | JoinOperator::Inner(_));
                self.add(&join.relation, outer);
            }
        }
        ControlFlow::Continue(())
    }
}

impl Names<'_> {
    fn add(&mut self, factor: &TableFactor, outer: bool) {
        let TableFactor::Table { name, alias, .. } = factor else { return };
        let plain = name.to_string().trim_matches('"').to_lowercase();
        let Some(table) = self.tables.iter().position(|table| table.name.eq_ignore_ascii_case(&plain)) else { return };
        let alias = alias.as_ref().map_or(plain, |alias| alias.name.value.to_lowercase());
        self.sources.push(Source { alias, table, outer });
    }
}

struct Writer<'a> {
    tables: &'a [TableInfo],
    sources: Vec<Source>,
    reasons: Vec<&'static str>,
}

impl Writer<'_> {
    fn because(&mut self, reason: &'static str) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// The source and column that a name stands for; none where that is not plain.
    fn column(&self, expr: &Expr) -> Option<(&Source, &ColumnInfo)> {
        let of = |source: &Source, name: &str| {
            self.tables[source.table].columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
        };
        match expr {
            Expr::Nested(inner) => self.column(inner),
            Expr::CompoundIdentifier(parts) => {
                let [alias, name] = parts.as_slice() else { return None };
                let mut named = self.sources.iter().filter(|source| source.alias.eq_ignore_ascii_case(&alias.value));
                let (source, None) = (named.next()?, named.next()) else { return None };
                Some((source, &self.tables[source.table].columns[of(source, &name.value)?]))
            }
            Expr::Identifier(name) => {
                let mut named = self.sources.iter().filter_map(|source| Some((source, of(source, &name.value)?)));
                let ((source, at), None) = (named.next()?, named.next()) else { return None };
                Some((source, &self.tables[source.table].columns[at]))
            }
            _ => None,
        }
    }

    /// Whether an expression is never NULL.
    fn is_there(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_there(inner),
            Expr::Value(value) => value.value != Value::Null,
            Expr::Function(function) => name_of(function) == "COUNT",
            Expr::Exists { .. } => true,
            _ => {
                self.column(expr).is_some_and(|(source, column)| !source.outer && (!column.null || column.primary_key))
            }
        }
    }

    /// Whether an expression is a whole number.
    fn is_whole(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_whole(inner),
            Expr::Function(function) => name_of(function) == "COUNT",
            _ => self.column(expr).is_some_and(|(_, column)| is_integer(column.kind)),
        }
    }

    /// Whether an expression is never below zero, where it is anything.
    fn is_natural(&self, expr: &Expr) -> bool {
        use FieldKind as K;
        match expr {
            Expr::Nested(inner) => self.is_natural(inner),
            Expr::Function(function) => name_of(function) == "COUNT",
            _ => self.column(expr).is_some_and(|(_, column)| {
                matches!(column.kind, K::PositiveInteger | K::PositiveBigInteger | K::PositiveSmallInteger)
            }),
        }
    }

    fn alias_of(&self, factor: &TableFactor) -> Option<String> {
        let TableFactor::Table { name, alias, .. } = factor else { return None };
        let plain = name.to_string().trim_matches('"').to_lowercase();
        Some(alias.as_ref().map_or(plain, |alias| alias.name.value.to_lowercase()))
    }

    /// The two columns that a join sets equal, the joined table's first.
    fn joined<'e>(&self, on: &'e JoinConstraint, alias: &str) -> Option<(&'e Expr, &'e Expr)> {
        let JoinConstraint::On(condition) = on else { return None };
        let Expr::BinaryOp { left, op: Op::Eq, right } = bare(condition) else { return None };
        let is_mine = |expr: &Expr| self.column(expr).is_some_and(|(source, _)| source.alias == alias);
        match (is_mine(left), is_mine(right)) {
            (true, false) => Some((left, right)),
            (false, true) => Some((right, left)),
            _ => None,
        }
    }

    /// Whether each row finds one row of the joined table at most.
    fn is_to_one(&self, on: &JoinConstraint, alias: &str) -> bool {
        let Some((mine, _)) = self.joined(on, alias) else { return false };
        self.column(mine).is_some_and(|(_, column)| column.primary_key || column.unique)
    }

    /// Whether each row finds exactly one row of the joined table: a reference that is never NULL leads there.
    fn is_sure(&self, on: &JoinConstraint, alias: &str) -> bool {
        let Some((mine, theirs)) = self.joined(on, alias) else { return false };
        let (Some((source, key)), Some((_, pointing))) = (self.column(mine), self.column(theirs)) else { return false };
        let points = pointing
            .references
            .as_ref()
            .is_some_and(|(table, column)| self.tables[source.table].name == *table && *column == key.name);
        points && key.primary_key && self.is_there(theirs)
    }

    /// Whether rows without a partner in a table fail a condition.
    fn rejects(&self, condition: &Expr, alias: &str) -> bool {
        let of_it = |expr: &Expr| self.column(expr).is_some_and(|(source, _)| source.alias == alias);
        match bare(condition) {
            Expr::BinaryOp { left, op: Op::And, right } => self.rejects(left, alias) || self.rejects(right, alias),
            Expr::BinaryOp { left, op: Op::Or, right } => self.rejects(left, alias) && self.rejects(right, alias),
            Expr::BinaryOp { left, op, right } => {
                matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
                    && (of_it(left) || of_it(right))
            }
            Expr::IsNotNull(inner) => of_it(inner),
            Expr::Like { expr, .. } | Expr::Between { expr, .. } => of_it(expr),
            Expr::InList { expr, negated: false, .. } | Expr::InSubquery { expr, negated: false, .. } => of_it(expr),
            other => of_it(other),
        }
    }

    fn select(&mut self, select: &mut Select) {
        let mut to_one = select.from.len() == 1;
        let mut base = None;
        let mut plain = Vec::new();
        for from in &select.from {
            base = self.alias_of(&from.relation);
            for (at, join) in from.joins.iter().enumerate() {
                let alias = self.alias_of(&join.relation).unwrap_or_default();
                match &join.join_operator {
                    JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => {
                        to_one &= self.is_to_one(on, &alias);
                        let rejected =
                            select.selection.as_ref().is_some_and(|condition| self.rejects(condition, &alias));
                        if self.is_sure(on, &alias) {
                            plain.push((at, alias, "a reference that is never NULL always finds its row"));
                        } else if rejected {
                            plain.push((at, alias, "a condition drops the rows without a partner anyway"));
                        }
                    }
                    JoinOperator::Join(on) | JoinOperator::Inner(on) => to_one &= self.is_to_one(on, &alias),
                    _ => to_one = false,
                }
            }
        }
        // Of several tables beside each other only the first one's joins would be changed.
        plain.retain(|_| select.from.len() == 1);
        for (at, alias, reason) in plain {
            if let Some(join) = select.from.first_mut().and_then(|from| from.joins.get_mut(at))
                && let JoinOperator::Left(on) | JoinOperator::LeftOuter(on) = &join.join_operator
            {
                join.join_operator = JoinOperator::Inner(on.clone());
                self.because(reason);
                for source in self.sources.iter_mut().filter(|source| source.alias == alias) {
                    source.outer = false;
                }
            }
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            if let JoinOperator::Join(on) = &join.join_operator {
                join.join_operator = JoinOperator::Inner(on.clone());
            }
        }
        let is_key = |writer: &Self, expr: &Expr| {
            writer
                .column(expr)
                .is_some_and(|(source, column)| column.primary_key && Some(&source.alias) == base.as_ref())
        };
        let keys: Vec<Expr> = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => keys.clone(),
            GroupByExpr::All(_) => return,
        };
        if matches!(select.distinct, Some(Distinct::Distinct)) {
            let shown = |wanted: &dyn Fn(&Expr) -> bool| {
                select.projection.iter().any(|item| match item {
                    SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => wanted(expr),
                    _ => false,
                })
            };
            let aggregates = select.projection.iter().any(|item| item.to_string().contains("COUNT("));
            if keys.is_empty() && to_one && !aggregates && shown(&|expr| is_key(self, expr)) {
                select.distinct = None;
                self.because("each row has its own primary key");
            } else if !keys.is_empty() && keys.iter().all(|key| shown(&|expr| expr == key)) {
                select.distinct = None;
                self.because("each group comes once and shows its keys");
            }
        }
        if to_one {
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(Expr::Function(function))
                | SelectItem::ExprWithAlias { expr: Expr::Function(function), .. } = item
                {
                    let single = argument(function).is_some_and(|argument| is_key(self, argument));
                    if single && undistinct(function) {
                        self.because("no primary key comes twice");
                    }
                }
            }
        }
        if let Some(condition) = select.selection.take() {
            let mut parts = Vec::new();
            parted(condition, &mut parts);
            let before = parts.len();
            parts.retain(|part| match bare(part) {
                Expr::IsNotNull(inner) => !self.is_there(inner),
                Expr::BinaryOp { left, op: Op::GtEq, right } => {
                    !(self.is_natural(left) && self.is_there(left) && number(right) == Some(0))
                }
                _ => true,
            });
            if parts.len() != before {
                self.because("the column is never NULL or below zero");
            }
            parts.sort_by_key(ToString::to_string);
            parts.dedup();
            let together =
                |left: Expr, right: Expr| Expr::BinaryOp { left: Box::new(left), op: Op::And, right: Box::new(right) };
            select.selection = parts.into_iter().reduce(together);
        }
    }

    fn query(&mut self, query: &mut Query, order_is_free: bool) {
        if query.limit_clause.is_none() && query.order_by.is_some() && order_is_free {
            query.order_by = None;
            self.because("no order was asked for");
        }
        let SetExpr::Select(select) = query.body.as_ref() else { return };
        let single = select.from.len() == 1 && select.from.iter().all(|from| from.joins.is_empty());
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        if !single || grouped {
            return;
        }
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(keys) = &mut order.kind
            && let Some(at) = keys.iter().position(|key| {
                self.column(&key.expr).is_some_and(|(_, column)| column.primary_key || (column.unique && !column.null))
            })
            && at + 1 < keys.len()
        {
            keys.truncate(at + 1);
            self.because("after a unique key nothing ties");
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Nested(inner) if !matches!(inner.as_ref(), Expr::BinaryOp { .. }) => *expr = (**inner).clone(),
            Expr::Function(function) => {
                let name = name_of(function);
                if ["MIN", "MAX"].contains(&name.as_str()) && undistinct(function) {
                    self.because("the least and the greatest are the same among different values");
                }
                if ["COALESCE", "IFNULL"].contains(&name.as_str())
                    && let Some(first) = argument(function).filter(|first| self.is_there(first)).cloned()
                {
                    *expr = first;
                    self.because("what is never NULL needs no substitute");
                }
            }
            Expr::BinaryOp { left, op, right } => {
                let Some(limit) = number(right).filter(|_| self.is_whole(left)) else { return };
                let (turned, limit) = match op {
                    Op::Gt => (Op::GtEq, limit + 1),
                    Op::Lt => (Op::LtEq, limit - 1),
                    _ => return,
                };
                if limit < 0 {
                    return;
                }
                *op = turned;
                **right = Expr::Value(Value::Number(limit.to_string(), false).into());
                self.because("between whole numbers there is nothing");
            }
            Expr::Exists { subquery, .. } => {
                if subquery.limit_clause.as_ref().is_some_and(cuts_to_nothing) {
                    return;
                }
                subquery.order_by = None;
                subquery.limit_clause = None;
                if let SetExpr::Select(select) = subquery.body.as_mut()
                    && matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
                    && !select.projection.iter().any(|item| item.to_string().contains('('))
                {
                    let one = Expr::Value(Value::Number("1".to_owned(), false).into());
                    select.projection = vec![SelectItem::UnnamedExpr(one)];
                    select.distinct = None;
                    self.because("whether a row exists does not depend on what it shows");
                }
            }
            Expr::InSubquery { subquery, .. } if subquery.limit_clause.is_none() => {
                subquery.order_by = None;
                if let SetExpr::Select(select) = subquery.body.as_mut()
                    && select.distinct.take().is_some()
                {
                    self.because("a value is in a list however often it stands there");
                }
            }
            _ => {}
        }
    }
}

impl VisitorMut for Writer<'_> {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.select(select);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.query(query, false);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.expr(expr);
        ControlFlow::Continue(())
    }
}

/// Whether a page may be empty though there are rows.
fn cuts_to_nothing(clause: &LimitClause) -> bool {
    match clause {
        LimitClause::LimitOffset { limit, offset: None, .. } => {
            limit.as_ref().is_some_and(|limit| number(limit).is_none_or(|number| number < 1))
        }
        _ => true,
    }
}

fn name_of(function: &Function) -> String {
    function.name.to_string().to_uppercase()
}

/// The first argument of a call.
fn argument(function: &Function) -> Option<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.first()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// Takes DISTINCT out of a call; whether there was one.
fn undistinct(function: &mut Function) -> bool {
    let FunctionArguments::List(list) = &mut function.args else { return false };
    list.duplicate_treatment.take_if(|kind| *kind == DuplicateTreatment::Distinct).is_some()
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// The conditions that AND joins.
fn parted(condition: Expr, parts: &mut Vec<Expr>) {
    match condition {
        Expr::Nested(inner) if matches!(inner.as_ref(), Expr::BinaryOp { op: Op::And, .. }) => parted(*inner, parts),
        Expr::BinaryOp { left, op: Op::And, right } => {
            parted(*left, parts);
            parted(*right, parts);
        }
        other => parts.push(other),
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::grading::lab::Lab;
    use crate::python::vm::with_big_stack;

    #[test]
    fn constraints_make_statements_equal() {
        with_big_stack(|| {
            let lab = Lab::open("blog", &Arc::new(AtomicBool::new(false))).expect("a dataset");
            let same = |one: &str, other: &str| equivalence(one, other, &lab.tables, &Order::None).is_some();
            let posts = "SELECT p.id, p.title FROM blog_post p";
            let by_author = format!("{posts} JOIN auth_user u ON u.id = p.author_id");
            for (one, other) in [
                (posts.to_owned(), posts.replace("SELECT", "SELECT DISTINCT")),
                (by_author.clone(), by_author.replace("JOIN", "LEFT JOIN")),
                (format!("{posts} WHERE p.view_count > 3"), format!("{posts} WHERE p.view_count >= 4")),
                (posts.to_owned(), format!("{posts} WHERE p.title IS NOT NULL")),
                (posts.to_owned(), format!("{posts} ORDER BY p.title")),
            ] {
                assert!(same(&one, &other), "{one}\n{other}");
            }
            let comments = "SELECT p.id FROM blog_post p LEFT JOIN blog_comment c ON c.post_id = p.id";
            for (one, other) in [
                (comments.to_owned(), comments.replace("SELECT", "SELECT DISTINCT")),
                (comments.to_owned(), comments.replace("LEFT JOIN", "JOIN")),
                (posts.to_owned(), format!("{posts} LIMIT 3")),
                (format!("{posts} WHERE p.view_count > 3"), format!("{posts} WHERE p.view_count >= 3")),
                ("SELECT title FROM blog_post".to_owned(), "SELECT DISTINCT title FROM blog_post".to_owned()),
            ] {
                assert!(!same(&one, &other), "{one}\n{other}");
            }
        });
    }
}
