//! The statement: its clauses in order, and the layout of the rows that it gives.

use std::rc::Rc;

use super::order_by::without_direction;
use super::select::ClassInfo;
use super::{Converter, Fragment, SqlBuffer, SqlCompiler};
use crate::orm::query::{Aggregation, Expr, Expression, Query, QueryKind};
use crate::orm::{Datum, OrmError, OrmResult};

/// A statement ready to be sent, and how to read its rows.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, with `%s` placeholders.
    pub sql: String,
    /// The placeholders' values.
    pub params: Vec<Datum>,
    /// What the rows hold.
    pub layout: Layout,
}

/// What the rows of a statement hold. Columns beyond [`Self::columns`] are there for the database alone.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// The selected expressions; one of a composite key takes as many columns as the key has.
    pub columns: Vec<Expr>,
    /// The first column of the row that each of [`Self::columns`] takes.
    pub offsets: Vec<usize>,
    /// How the value of each column of the row comes back; empty where it stays as it is. One for each column that the
    /// database gives: a composite key has several.
    pub converters: Vec<Vec<Converter>>,
    /// Why the columns' values could not be read: a matter of the rows, told when the statement has been sent.
    pub failure: Option<OrmError>,
    /// Which columns make up instances.
    pub class_info: Option<ClassInfo>,
    /// Named columns by position: annotations, extras, names of `values()`.
    pub annotation_cols: Vec<(Rc<str>, usize)>,
}

/// Compiles a query for reading its rows. A query that can match nothing is an `EmptyResultSet` error.
pub fn compile(query: &mut Query, using: Option<&Rc<str>>) -> OrmResult<Statement> {
    compile_with(query, using, true)
}

/// Compiles an aggregation. Where its results over no rows are known, a query that can match nothing is an
/// `EmptyResultSet` error; else it is sent all the same.
pub fn compile_aggregation(aggregation: &mut Aggregation, using: Option<&Rc<str>>) -> OrmResult<Statement> {
    let elide_empty = aggregation.empty.is_some();
    compile_with(&mut aggregation.query, using, elide_empty)
}

fn compile_with(query: &mut Query, using: Option<&Rc<str>>, elide_empty: bool) -> OrmResult<Statement> {
    let mut compiler = SqlCompiler::new(query);
    compiler.using = using.cloned();
    compiler.elide_empty = elide_empty;
    let Fragment { sql, params } = compiler.as_sql(true, false)?;
    let layout = layout_of(compiler);
    Ok(Statement { sql, params, layout })
}

/// What the rows of a query hold, whether or not it can be sent.
pub fn layout(query: &mut Query, using: Option<&Rc<str>>) -> OrmResult<Layout> {
    let mut compiler = SqlCompiler::new(query);
    compiler.using = using.cloned();
    compiler.setup_query(false)?;
    Ok(layout_of(compiler))
}

fn layout_of(mut compiler: SqlCompiler<'_>) -> Layout {
    let columns: Vec<Expr> = match compiler.query.kind {
        QueryKind::Aggregate(_) => {
            compiler.query.annotation_select().map(|annotation| annotation.expr.clone()).collect()
        }
        _ => compiler.select.iter().map(|item| item.expr.clone()).collect(),
    };
    let mut offsets = Vec::with_capacity(columns.len());
    let mut converters = Vec::with_capacity(columns.len());
    let mut failure = None;
    let mut steps = |expr: &Expr| match Converter::for_expression(expr) {
        Ok(steps) => steps,
        Err(error) => {
            failure.get_or_insert(error);
            Vec::new()
        }
    };
    for column in &columns {
        offsets.push(converters.len());
        match &**column {
            Expression::ColPairs(pairs) => {
                for col in pairs.cols() {
                    converters.push(steps(&col));
                }
            }
            // As SQLCompiler.get_converters: a condition without members counts as nothing.
            Expression::Where(node) if node.children.is_empty() => converters.push(Vec::new()),
            _ => converters.push(steps(column)),
        }
    }
    Layout {
        columns,
        offsets,
        converters,
        failure,
        class_info: compiler.class_info.take(),
        annotation_cols: std::mem::take(&mut compiler.annotation_cols),
    }
}

/// The statement with its parameters in place as Python's `%` puts them there, unquoted: `str(queryset.query)`.
pub fn interpolate(sql: &str, params: &[Datum]) -> OrmResult<String> {
    let mut out = String::with_capacity(sql.len() + params.len() * 8);
    let mut rest = sql;
    let mut next = params.iter();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('s') {
            let value = next.next().ok_or_else(|| OrmError::type_error("not enough arguments for format string"))?;
            match value {
                // Bytes are given to the database as a view of them, which shows its address.
                Datum::Bytes(_) => out.push_str("<memory at 0x7f0000000000>"),
                value => out.push_str(&value.py_str()?),
            }
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('%') {
            out.push('%');
            rest = tail;
        } else {
            let what = after.chars().next();
            return Err(match what {
                None => OrmError::value_error("incomplete format"),
                Some(_) if next.len() == 0 => OrmError::type_error("not enough arguments for format string"),
                Some(c) => OrmError::value_error(format!(
                    "unsupported format character '{c}' (0x{:x}) at index {}",
                    c as u32,
                    sql.len() - after.len()
                )),
            });
        }
    }
    out.push_str(rest);
    if next.next().is_some() {
        return Err(OrmError::type_error("not all arguments converted during string formatting"));
    }
    Ok(out)
}

impl SqlCompiler<'_> {
    /// The statement. Joins made on the way are counted back afterwards.
    pub fn as_sql(&mut self, with_limits: bool, with_col_aliases: bool) -> OrmResult<Fragment> {
        if let QueryKind::Aggregate(inner) = &self.query.kind {
            let inner = inner.clone();
            return self.aggregate_sql(&inner);
        }
        let before = self.query.refcounts();
        let sql = self.clauses(with_limits, with_col_aliases);
        self.query.reset_refcounts(&before);
        sql
    }

    fn aggregate_sql(&mut self, inner: &Rc<Query>) -> OrmResult<Fragment> {
        let mut out = SqlBuffer::new();
        out.push("SELECT ");
        let annotations: Vec<Expr> = self.query.annotation_select().map(|annotation| annotation.expr.clone()).collect();
        for (position, expr) in annotations.iter().enumerate() {
            if position > 0 {
                out.push(", ");
            }
            let start = out.sql.len();
            self.compile(expr, &mut out)?;
            super::select::select_format(expr, &mut out, start)?;
        }
        let mut query = (**inner).clone();
        let mut compiler = SqlCompiler::with(&mut query, self.dialect);
        compiler.using.clone_from(&self.using);
        compiler.elide_empty = self.elide_empty;
        let inner_sql = compiler.as_sql(true, true)?;
        out.push(" FROM (");
        out.fragment(&inner_sql);
        out.push(") subquery");
        Ok(out.finish())
    }

    fn clauses(&mut self, with_limits: bool, with_col_aliases: bool) -> OrmResult<Fragment> {
        let combinator = self.query.combinator;
        self.setup_query(with_col_aliases || combinator.is_some())?;
        let mut order_by = self.get_order_by()?;
        let must_group_by = !matches!(self.query.group_by, crate::orm::query::GroupBy::None);
        self.split = self.query.where_.split_having_qualify(false, must_group_by)?;
        // DISTINCT needs the terms of the ordering among the columns.
        let mut extra_select: Vec<(Expr, Fragment)> = Vec::new();
        if self.query.distinct && self.query.distinct_fields.is_empty() {
            for item in &order_by {
                let text = without_direction(&item.sql.sql);
                let selected = self.select.iter().any(|known| {
                    self.select_sql.sql[known.text.clone()] == *text
                        && self.select_sql.params[known.params.clone()] == item.sql.params[..]
                });
                if !item.is_ref && !selected {
                    let sql = Fragment { sql: text.to_owned(), params: item.sql.params.clone() };
                    extra_select.push((item.expr.clone(), sql));
                }
            }
        }
        self.has_extra_select = !extra_select.is_empty();
        let more: Vec<Expr> = extra_select.iter().map(|(expr, _)| expr.clone()).collect();
        let group_by = self.get_group_by(&more, &order_by)?;
        let mut out = SqlBuffer::new();
        out.sql.reserve(self.select_sql.sql.len() + 160);
        if let Some(explain) = &self.query.explain {
            if let Some(format) = &explain.format {
                return Err(OrmError::value_error(format!(
                    "{} is not a recognized format. SQLite does not support any formats.",
                    format.to_uppercase()
                )));
            }
            if !explain.options.is_empty() {
                let mut names: Vec<&str> = explain.options.iter().map(|(name, _)| &**name).collect();
                names.sort_unstable();
                return Err(OrmError::value_error(format!("Unknown options: {}", names.join(", "))));
            }
            out.push("EXPLAIN QUERY PLAN ");
        }
        if let Some(combinator) = combinator {
            let all = self.query.combinator_all;
            self.write_combined(combinator, all, &mut out)?;
        } else if let Some(qualify) = self.split.qualify.clone() {
            self.write_qualify(&qualify, &mut out)?;
            order_by.clear();
        } else {
            for name in self.query.distinct_fields.clone().iter() {
                crate::orm::query::check_name(name)?;
                let (alias, model) = (self.query.get_initial_alias(), self.query.model.clone());
                let parts: Vec<&str> = name.split("__").collect();
                self.query.setup_joins_many(&parts, &model, &alias, None)?;
            }
            self.write_rows(&extra_select, &group_by, &mut out)?;
            if !group_by.is_empty() && self.meta_ordering {
                order_by.clear();
            }
        }
        for (position, item) in order_by.iter().enumerate() {
            out.push(if position == 0 { " ORDER BY " } else { ", " });
            out.fragment(&item.sql);
        }
        if with_limits && self.query.is_sliced() {
            let (low, high) = (self.query.low_mark, self.query.high_mark);
            match high {
                Some(high) if high > low => out.push(&format!(" LIMIT {}", high - low)),
                Some(_) => {}
                None => out.push(&format!(" LIMIT {}", self.dialect.no_limit())),
            }
            if low > 0 {
                out.push(&format!(" OFFSET {low}"));
            }
        }
        if self.query.subquery && self.has_extra_select {
            return self.without_extra_select(out);
        }
        Ok(out.finish())
    }

    fn write_rows(
        &mut self,
        extra_select: &[(Expr, Fragment)],
        group_by: &[Fragment],
        out: &mut SqlBuffer,
    ) -> OrmResult<()> {
        // FROM comes before WHERE is written, for tables of extra() count as used.
        let mut from = SqlBuffer::new();
        let any_table = self.write_from(&mut from)?;
        let split = std::mem::take(&mut self.split);
        let mut where_ = SqlBuffer::new();
        if let Some(node) = &split.where_ {
            match self.write_where(node, &mut where_) {
                Ok(()) => {}
                Err(error) if error.is_empty_result() && !self.elide_empty => {
                    where_ = SqlBuffer::new();
                    where_.push("0 = 1");
                }
                Err(error) if error.is_full_result() => where_ = SqlBuffer::new(),
                Err(error) => return Err(error),
            }
        }
        let mut having = SqlBuffer::new();
        if let Some(node) = &split.having {
            match self.write_where(node, &mut having) {
                Ok(()) => {}
                Err(error) if error.is_full_result() => having = SqlBuffer::new(),
                Err(error) => return Err(error),
            }
        }
        self.split = split;
        if !self.query.distinct_fields.is_empty() {
            return Err(OrmError::not_supported("DISTINCT ON fields is not supported by this database backend"));
        }
        out.push(if self.query.distinct { "SELECT DISTINCT " } else { "SELECT " });
        out.push(&self.select_sql.sql);
        out.params.extend_from_slice(&self.select_sql.params);
        for (position, (_, sql)) in extra_select.iter().enumerate() {
            if position > 0 || !self.select.is_empty() {
                out.push(", ");
            }
            out.fragment(sql);
        }
        if any_table {
            out.push(" FROM");
            out.push(&from.sql);
        }
        out.params.append(&mut from.params);
        if !where_.sql.is_empty() {
            out.push(" WHERE ");
            out.push(&where_.sql);
            out.params.append(&mut where_.params);
        }
        for (position, term) in group_by.iter().enumerate() {
            out.push(if position == 0 { " GROUP BY " } else { ", " });
            out.fragment(term);
        }
        if !having.sql.is_empty() {
            out.push(" HAVING ");
            out.push(&having.sql);
            out.params.append(&mut having.params);
        }
        Ok(())
    }

    /// A subquery gives its own columns only: those selected for DISTINCT are left outside.
    fn without_extra_select(&mut self, inner: SqlBuffer) -> OrmResult<Fragment> {
        let mut out = SqlBuffer::new();
        out.push("SELECT ");
        let items: Vec<(Expr, Option<Rc<str>>)> =
            self.select.iter().map(|item| (item.expr.clone(), item.alias.clone())).collect();
        for (position, (expr, alias)) in items.iter().enumerate() {
            if position > 0 {
                out.push(", ");
            }
            match (alias, &**expr) {
                (Some(alias), _) => {
                    out.push("\"subquery\".");
                    out.name(alias);
                }
                (None, Expression::Col(col)) => {
                    let alias = col.alias.clone().unwrap_or_default();
                    let renamed = expr.relabeled(&[(alias, Rc::from("subquery"))])?;
                    self.compile(&renamed, &mut out)?;
                }
                (None, _) => return Err(OrmError::unsupported("DISTINCT with an ordering in this subquery")),
            }
        }
        out.push(" FROM (");
        out.fragment(&inner.finish());
        out.push(") subquery");
        Ok(out.finish())
    }
}
