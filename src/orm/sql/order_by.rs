//! `ORDER BY`: what orders the rows, and how each term is written.

use std::rc::Rc;

use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::models::{Model, OrderTerm};
use crate::orm::query::{Expr, Expression, Func, OrderBy, RawSql, Resolve, Table, functions};
use crate::orm::{OrmError, OrmResult};

/// Pairs of columns that a join compares.
type JoinColumns = Vec<(Rc<str>, Rc<str>)>;

/// A written term.
pub(super) struct OrderItem {
    pub expr: Expr,
    pub sql: Fragment,
    /// What the query orders by, before it was resolved.
    pub given: Expr,
    /// Whether it refers to the select list.
    pub is_ref: bool,
}

fn order(expr: Expr, descending: bool) -> Expr {
    Rc::new(Expression::OrderBy(OrderBy { expr, descending, nulls_first: false, nulls_last: false }))
}

/// The term without its direction, as duplicates are found.
pub(super) fn without_direction(sql: &str) -> &str {
    let cut = |word: &str| sql.rmatch_indices(word).map(|(at, _)| at).find(|at| *at > 0);
    match cut(" ASC").max(cut(" DESC")) {
        Some(at) => &sql[..at],
        None => sql,
    }
}

impl SqlCompiler<'_> {
    /// The terms to order by.
    fn order_by_terms(&mut self) -> Rc<[OrderTerm]> {
        let query = &*self.query;
        if !query.extra_order_by.is_empty() {
            return query.extra_order_by.clone();
        }
        if !query.default_ordering || !query.order_by.is_empty() {
            return query.order_by.clone();
        }
        let meta = query.model.meta();
        self.meta_ordering = !meta.ordering.is_empty();
        meta.ordering.clone().into()
    }

    /// The expressions that a term orders by, unresolved, each with whether it refers to the select list.
    fn order_by_pairs(&mut self, term: &OrderTerm) -> OrmResult<Vec<(Expr, bool)>> {
        match term {
            OrderTerm::Expr(expr) => Ok(vec![self.order_by_expression(expr)?]),
            OrderTerm::Name(name) => {
                let mut pairs = Vec::new();
                self.order_by_name(name, &mut pairs)?;
                Ok(pairs)
            }
        }
    }

    /// The selected column called `name`, by position.
    fn selected_by_name(&self, name: &str) -> Option<Expr> {
        let position = self.select.iter().rposition(|item| item.alias.as_deref() == Some(name))?;
        Some(self.position_ref(position))
    }

    /// The selected column that is `expr`, by position.
    fn selected_by_expr(&self, expr: &Expr) -> Option<Expr> {
        // A name is not what it resolved to.
        if matches!(**expr, Expression::F(_)) {
            return None;
        }
        let position = self
            .select
            .iter()
            .rposition(|item| item.expr == *expr || item.origin.as_ref().is_some_and(|origin| origin == expr))?;
        Some(self.position_ref(position))
    }

    fn position_ref(&self, position: usize) -> Expr {
        let item = &self.select[position];
        Rc::new(Expression::PositionRef { ordinal: position + 1, refs: item.alias.clone(), source: item.expr.clone() })
    }

    fn order_by_expression(&mut self, expr: &Expr) -> OrmResult<(Expr, bool)> {
        if matches!(&**expr, Expression::Q(_)) {
            return Err(OrmError::attribute_error("'Q' object has no attribute 'asc'"));
        }
        let expr = match &**expr {
            // These resolve as expressions do, but have no direction.
            Expression::Q(_) => return Err(OrmError::attribute_error("'Q' object has no attribute 'asc'")),
            Expression::Query(_) => return Err(OrmError::attribute_error("'QuerySet' object has no attribute 'asc'")),
            // A bare constant would be taken for a position.
            Expression::Value(_) => {
                let mut cast = Func::new(&functions::CAST, vec![expr.clone()]);
                cast.output = Some(expr.output_field()?);
                Rc::new(Expression::Func(cast))
            }
            _ => expr.clone(),
        };
        let mut term = match &*expr {
            Expression::OrderBy(term) => term.clone(),
            _ => OrderBy { expr, descending: false, nulls_first: false, nulls_last: false },
        };
        if !self.query.standard_ordering {
            term.descending = !term.descending;
            std::mem::swap(&mut term.nulls_first, &mut term.nulls_last);
        }
        let mut selected = self.selected_by_expr(&term.expr);
        if selected.is_none()
            && let Expression::F(name) = &*term.expr
        {
            selected = self.selected_by_name(name);
        }
        let is_ref = selected.is_some();
        if let Some(selected) = selected {
            term.expr = selected;
        }
        Ok((Rc::new(Expression::OrderBy(term)), is_ref))
    }

    fn order_by_name(&mut self, term: &Rc<str>, pairs: &mut Vec<(Expr, bool)>) -> OrmResult<()> {
        if &**term == "?" {
            pairs.push((order(Rc::new(Expression::Func(Func::new(&functions::RANDOM, Vec::new()))), false), false));
            return Ok(());
        }
        let backwards = !self.query.standard_ordering;
        let (name, descending) = match term.strip_prefix('-') {
            Some(name) => (name, !backwards),
            None => (&**term, backwards),
        };
        if let Some(selected) = self.selected_by_name(name) {
            pairs.push((order(selected, descending), true));
            return Ok(());
        }
        let mut parts = name.split("__");
        let (reference, transforms): (&str, Vec<&str>) = match self.query.annotation(name) {
            Some(_) => (name, Vec::new()),
            None => (parts.next().unwrap_or(name), parts.collect()),
        };
        if let Some(found) = self.query.annotation(reference).cloned() {
            let mut expr = found;
            if self.query.combinator.is_some() && !self.select.is_empty() {
                if !transforms.is_empty() {
                    return Err(OrmError::not_implemented(
                        "Ordering combined queries by transforms is not implemented.",
                    ));
                }
                expr = Rc::new(Expression::F(reference.into()));
            }
            for transform in transforms {
                expr = self.query.try_transform(&expr, transform, None)?;
            }
            if matches!(*expr, Expression::Value(_)) {
                let mut cast = Func::new(&functions::CAST, vec![expr.clone()]);
                cast.output = Some(expr.output_field()?);
                expr = Rc::new(Expression::Func(cast));
            }
            pairs.push((order(expr, descending), false));
            return Ok(());
        }
        let raw = |sql: Rc<str>, params| -> Expr { Rc::new(Expression::RawSql(RawSql { sql, params, output: None })) };
        let from_extra =
            self.query.extra_order_by.iter().any(|known| matches!(known, OrderTerm::Name(known) if known == term));
        if let Some((table, column)) = name.split_once('.')
            && term.contains('.')
            && from_extra
        {
            let mut out = SqlBuffer::new();
            self.name(table, &mut out);
            let sql = format!("{}.{column}", out.sql);
            pairs.push((order(raw(sql.into(), Rc::new([])), descending), false));
            return Ok(());
        }
        let extra = self.query.extra.iter().find(|(known, _)| **known == *name).map(|(_, extra)| extra.clone());
        if let Some(extra) = extra {
            let sql = raw(extra.sql.clone(), extra.params.clone());
            if self.query.extra_select().any(|(known, _)| **known == *name) {
                let reference = Rc::new(Expression::Ref { refs: name.into(), source: sql });
                pairs.push((order(reference, descending), true));
            } else {
                pairs.push((order(sql, descending), false));
            }
            return Ok(());
        }
        if self.query.combinator.is_some() && !self.select.is_empty() {
            pairs.push((order(Rc::new(Expression::F(name.into())), descending), false));
            return Ok(());
        }
        let model = self.query.model.clone();
        let mut seen = Vec::new();
        pairs.extend(self.find_ordering_name(term, &model, None, backwards, &mut seen)?);
        Ok(())
    }

    /// The columns that `term` orders by; a relation is ordered as its model is.
    fn find_ordering_name(
        &mut self,
        term: &str,
        model: &Model,
        alias: Option<&Rc<str>>,
        backwards: bool,
        seen: &mut Vec<Vec<Option<JoinColumns>>>,
    ) -> OrmResult<Vec<(Expr, bool)>> {
        let (name, descending) = match term.strip_prefix('-') {
            Some(name) => (name, !backwards),
            None => (term, backwards),
        };
        let pieces: Vec<&str> = name.split("__").collect();
        let alias = match alias {
            Some(alias) => alias.clone(),
            None => self.query.get_initial_alias(),
        };
        let info = self.query.setup_joins_many(&pieces, model, &alias, None)?;
        let meta = info.model.meta();
        let attname = match &info.final_field {
            crate::orm::models::Side::Forward(field) => Some(field.attname.clone()),
            crate::orm::models::Side::Reverse(_) => None,
        };
        if info.final_field.is_relation()
            && !meta.ordering.is_empty()
            && attname.as_deref() != pieces.last().copied()
            && name != "pk"
            && info.transforms.is_empty()
        {
            let columns: Vec<_> = info
                .joins
                .iter()
                .map(|alias| match self.query.table(alias).map(|entry| &entry.table) {
                    Some(Table::Join(join)) => Some(join.join_columns.clone()),
                    _ => None,
                })
                .collect();
            if seen.contains(&columns) {
                return Err(OrmError::field_error("Infinite loop caused by ordering."));
            }
            seen.push(columns);
            let prefix = format!("{name}__");
            let last = info.joins.last().cloned().unwrap_or_default();
            let mut results = Vec::new();
            for item in &meta.ordering {
                match item {
                    OrderTerm::Expr(expr) => {
                        let item = match &**expr {
                            Expression::OrderBy(_) => expr.clone(),
                            _ => order(expr.clone(), descending),
                        };
                        results.push((item.prefixed(&prefix)?, false));
                    }
                    OrderTerm::Name(item) => {
                        for (expr, is_ref) in
                            self.find_ordering_name(item, &info.model, Some(&last), descending, seen)?
                        {
                            results.push((expr.prefixed(&prefix)?, is_ref));
                        }
                    }
                }
            }
            return Ok(results);
        }
        let (targets, last, _) = self.query.trim_joins(&info.targets, &info.joins, &info.path)?;
        targets
            .iter()
            .map(|target| Ok((order(self.query.transformed(&info, target, &last)?, descending), false)))
            .collect()
    }

    /// The written terms, each once. Ordering a combined query may add columns to its parts.
    pub(super) fn get_order_by(&mut self) -> OrmResult<Vec<OrderItem>> {
        let terms = self.order_by_terms();
        let mut items: Vec<OrderItem> = Vec::with_capacity(terms.len());
        for term in terms.iter() {
            // Each is resolved before the next is looked at: both may join tables.
            for (expr, is_ref) in self.order_by_pairs(term)? {
                self.add_order_item(expr, is_ref, &mut items)?;
            }
        }
        Ok(items)
    }

    fn add_order_item(&mut self, expr: Expr, is_ref: bool, items: &mut Vec<OrderItem>) -> OrmResult<()> {
        let mut resolved = expr.resolve(self.query, Resolve::PLAIN)?;
        if !is_ref && self.query.combinator.is_some() && !self.select.is_empty() {
            resolved = self.order_combined(&expr, &resolved)?;
        }
        let sql = self.fragment(&resolved)?;
        let key = without_direction(&sql.sql);
        let duplicate =
            items.iter().any(|item| without_direction(&item.sql.sql) == key && item.sql.params == sql.params);
        if !duplicate {
            items.push(OrderItem { expr: resolved, sql, given: expr, is_ref });
        }
        Ok(())
    }

    /// A term of a combined query's ordering refers to a column of the result, which is added where there is none.
    fn order_combined(&mut self, given: &Expr, resolved: &Expr) -> OrmResult<Expr> {
        let (Expression::OrderBy(given), Expression::OrderBy(term)) = (&**given, &**resolved) else {
            return Ok(resolved.clone());
        };
        let reference = |name: Rc<str>| -> Expr {
            let source = Rc::new(Expression::Ref { refs: name, source: term.expr.clone() });
            Rc::new(Expression::OrderBy(OrderBy { expr: source, ..term.clone() }))
        };
        for item in &self.select {
            if item.expr != term.expr {
                continue;
            }
            if let (Some(_), Some(alias)) = (&self.query.selected, &item.alias)
                && self.query.annotation(alias).is_some()
                && self.query.annotation_is_selected(alias)
                && !matches!(&*given.expr, Expression::F(name) if name == alias)
            {
                continue;
            }
            let name = match (&item.alias, &*term.expr) {
                (Some(alias), _) => alias.clone(),
                (None, Expression::Col(col)) => col.target.column.clone().unwrap_or_default(),
                _ => Rc::default(),
            };
            return Ok(reference(name));
        }
        let name: Rc<str> = format!("__orderbycol{}", self.query.select.len() + 1).into();
        let mut combined = self.query.combined_queries.to_vec();
        for query in &mut combined {
            if query.selected.is_some() {
                return Err(OrmError::database_error("ORDER BY term does not match any column in the result set."));
            }
            Rc::make_mut(query).add_annotation(&given.expr, &name, true)?;
        }
        if self.query.selected.is_none() {
            // As Query.add_select_col, which takes it that columns were named.
            return Err(OrmError::type_error("'NoneType' object does not support item assignment"));
        }
        self.query.combined_queries = combined.into();
        self.query.add_select_col(resolved.clone(), name.clone());
        Ok(reference(name))
    }
}
