//! Two queries made one: `&`, `|`, `^`, `exists()`, aggregation.

use std::cell::RefCell;
use std::rc::Rc;

use super::joins::JoinPromoter;
use super::resolve::{AliasSet, Resolve};
use super::{
    Annotation, Connector, Expr, Expression, FilteredRelation, GroupBy, JoinType, Q, QNode, Query, QueryKind, Related,
    Subquery, Table, Value,
};
use crate::orm::{Datum, OrmError, OrmResult};

impl Query {
    /// Merges `other` into this query: `queryset & other` and its kin.
    pub fn combine(&mut self, other: &Self, connector: Connector) -> OrmResult<()> {
        let refuse = |text: &str| Err(OrmError::type_error(text));
        if self.model != other.model {
            return refuse("Cannot combine queries on two different base models.");
        }
        if self.is_sliced() {
            return refuse("Cannot combine queries once a slice has been taken.");
        }
        if self.distinct != other.distinct {
            return refuse("Cannot combine a unique query with a non-unique query.");
        }
        if self.distinct_fields != other.distinct_fields {
            return refuse("Cannot combine queries with different distinct fields.");
        }
        let initial = self.get_initial_alias();
        let mut other = other.clone();
        other.bump_prefix(self, &[initial])?;
        let mut changes: Vec<(Rc<str>, Rc<str>)> = Vec::new();
        let conjunction = connector == Connector::And;
        let reuse: RefCell<AliasSet> = RefCell::new(if conjunction {
            Vec::new()
        } else {
            self.tables.iter().map(|entry| entry.alias.clone()).collect()
        });
        let mut promoter = JoinPromoter::new(connector, 2, false);
        promoter.add_votes(self.inner_aliases());
        let mut votes: Vec<Rc<str>> = Vec::new();
        let tables = other.tables.clone();
        for entry in tables.iter().skip(1) {
            let Table::Join(join) = &entry.table else { continue };
            let mut join = (**join).clone();
            join.parent_alias = super::rewrite::renamed(&join.parent_alias, &changes);
            join.alias = super::rewrite::renamed(&join.alias, &changes);
            let was_inner = join.join_type == JoinType::Inner;
            let before = self.tables.len();
            let alias = self.join(join, Some(&reuse))?;
            // A join made anew is judged by what it became: an outer one where rows could be missing.
            let is_inner =
                if self.tables.len() > before { self.join_type(&alias) == Some(JoinType::Inner) } else { was_inner };
            if is_inner && !votes.contains(&alias) {
                votes.push(alias.clone());
            }
            // A join is taken over once only.
            reuse.borrow_mut().retain(|known| *known != alias);
            if alias != entry.alias {
                changes.push((entry.alias.clone(), alias.clone()));
            }
            if entry.refs == 0 {
                self.unref_alias(&alias);
            }
        }
        promoter.add_votes(votes);
        promoter.update_join_types(self);
        let prefixes = Rc::make_mut(&mut self.subq_aliases);
        for prefix in other.subq_aliases.iter() {
            if !prefixes.contains(prefix) {
                prefixes.push(prefix.clone());
            }
        }
        let mut condition = (*other.where_).clone();
        condition.relabel(&changes)?;
        Rc::make_mut(&mut self.where_).add(Rc::new(Expression::Where(Rc::new(condition))), connector);
        if other.select.is_empty() {
            self.select = Rc::new([]);
        } else {
            let cols = other.select.iter().map(|col| col.relabeled(&changes)).collect::<OrmResult<Vec<_>>>()?;
            self.set_select(cols);
            self.select_relabeled = true;
        }
        if connector == Connector::Or && !self.extra.is_empty() && !other.extra.is_empty() {
            return Err(OrmError::value_error(
                "When merging querysets using 'or', you cannot have extra(select=...) on both sides.",
            ));
        }
        for (name, extra) in other.extra.iter() {
            super::build::put(Rc::make_mut(&mut self.extra), name.clone(), extra.clone());
        }
        let mut mask: Vec<Rc<str>> = Vec::new();
        for names in [&self.extra_mask, &other.extra_mask].into_iter().flatten() {
            mask.extend(names.iter().cloned());
        }
        if !mask.is_empty() {
            self.set_extra_mask(Some(mask));
        }
        if !other.extra_tables.is_empty() {
            self.extra_tables = self.extra_tables.iter().chain(other.extra_tables.iter()).cloned().collect();
        }
        if !other.order_by.is_empty() {
            self.order_by = other.order_by.clone();
        }
        if !other.extra_order_by.is_empty() {
            self.extra_order_by = other.extra_order_by.clone();
        }
        Ok(())
    }

    /// The query as `exists()` asks it: whether there is a row at all.
    pub fn exists(&self, limit: bool) -> OrmResult<Self> {
        let mut query = self.clone();
        if !(query.distinct && query.is_sliced()) {
            if matches!(query.group_by, GroupBy::All) {
                query.group_by_model()?;
            }
            query.clear_select_clause();
        }
        if query.combinator == Some("union") {
            let parts = query
                .combined_queries
                .iter()
                .map(|part| Ok(Rc::new(part.exists(false)?)))
                .collect::<OrmResult<Vec<_>>>()?;
            query.combined_queries = parts.into();
        }
        query.clear_ordering(true, true);
        if limit {
            query.set_limits(None, Some(1));
        }
        let one = Rc::new(Expression::Value(Value { value: Datum::Int(1), output: None, for_save: false }));
        query.add_annotation(&one, "a", true)?;
        Ok(query)
    }

    /// The query that computes `aggregates` over this one's rows. The outer columns are its selected annotations, in
    /// the order given.
    pub fn aggregation(&mut self, aggregates: &[(Rc<str>, Expr)]) -> OrmResult<Aggregation> {
        let mut refs_subquery = false;
        let mut refs_window = false;
        let mut replacements: Vec<(Expr, Expr)> = Vec::new();
        let mask_before = self.annotation_mask.clone();
        let mut resolved: Vec<(Rc<str>, Expr)> = Vec::new();
        for (alias, given) in aggregates {
            self.check_alias(alias)?;
            let aggregate = given.resolve(self, Resolve { summarize: true, ..Resolve::PLAIN })?;
            if !aggregate.contains_aggregate() {
                return Err(OrmError::type_error(format!("{alias} is not an aggregate expression")));
            }
            self.append_annotation_mask(std::slice::from_ref(alias));
            for name in aggregate.refs() {
                if let Some(expr) = self.annotation(&name) {
                    refs_subquery |= expr.contains_subquery().unwrap_or(false);
                    refs_window |= expr.contains_over_clause();
                }
            }
            let aggregate = aggregate.replaced(&replacements)?;
            self.put_annotation(alias, aggregate.clone(), None);
            replacements
                .push((Rc::new(Expression::Ref { refs: alias.clone(), source: aggregate.clone() }), aggregate.clone()));
            resolved.push((alias.clone(), aggregate));
        }
        Rc::make_mut(&mut self.annotations)
            .retain(|annotation| !aggregates.iter().any(|(alias, _)| *alias == annotation.name));
        self.set_annotation_mask(mask_before.map(|mask| (*mask).clone()));
        let split = self.where_.split_having_qualify(false, false)?;
        let existing =
            self.annotations.iter().any(|annotation| annotation.expr.contains_aggregate()) || split.having.is_some();
        let needs_subquery = matches!(self.group_by, GroupBy::Exprs(_))
            || self.is_sliced()
            || existing
            || refs_subquery
            || refs_window
            || split.qualify.is_some()
            || self.distinct
            || self.combinator.is_some();
        let mut outer = if needs_subquery {
            self.aggregation_over_subquery(&resolved, existing, split.qualify.is_some())?
        } else {
            let mut outer = self.clone();
            outer.select = Rc::new([]);
            outer.selected = None;
            outer.default_cols = false;
            outer.extra = Rc::default();
            let inline: Vec<(Expr, Expr)> = outer
                .annotations
                .iter()
                .map(|annotation| {
                    let reference = Expression::Ref { refs: annotation.name.clone(), source: annotation.expr.clone() };
                    (Rc::new(reference), annotation.expr.clone())
                })
                .collect();
            let mut annotations = Vec::new();
            for (name, aggregate) in &resolved {
                annotations.push(Annotation { name: name.clone(), expr: aggregate.replaced(&inline)?, origin: None });
            }
            outer.annotations = Rc::new(annotations);
            outer.set_annotation_mask(Some(resolved.iter().map(|(name, _)| name.clone()).collect()));
            outer
        };
        let empty: Vec<Option<Datum>> =
            outer.annotation_select().map(|annotation| annotation.expr.empty_result_set_value()).collect();
        let elide_empty = empty.iter().all(Option::is_some);
        outer.clear_ordering(true, true);
        outer.clear_limits();
        outer.select_for_update = false;
        outer.select_related = Related::None;
        let empty = elide_empty.then(|| empty.into_iter().flatten().collect());
        Ok(Aggregation { query: outer, empty })
    }

    fn aggregation_over_subquery(
        &mut self,
        aggregates: &[(Rc<str>, Expr)],
        existing: bool,
        qualify: bool,
    ) -> OrmResult<Self> {
        let mut inner = self.clone();
        inner.subquery = true;
        inner.select_for_update = false;
        inner.select_related = Related::None;
        let selected: Vec<Rc<str>> = self.annotation_select().map(|annotation| annotation.name.clone()).collect();
        inner.set_annotation_mask(Some(selected));
        inner.clear_ordering(false, true);
        if !inner.distinct {
            // Without grouping of its own, existing aggregates are per row of the model.
            if inner.default_cols && existing {
                let pk = self.model.pk()?;
                let col = inner.initial_col(&pk)?;
                inner.group_by = GroupBy::Exprs([col].into());
            }
            inner.default_cols = false;
            if !qualify && self.combinator.is_none() {
                let mut mask: Vec<Rc<str>> = Vec::new();
                if let GroupBy::Exprs(exprs) = &self.group_by {
                    exprs.iter().for_each(|expr| expr.collect_refs(&mut mask));
                }
                aggregates.iter().for_each(|(_, aggregate)| aggregate.collect_refs(&mut mask));
                for annotation in self.annotation_select() {
                    if !annotation.expr.group_by_cols()?.is_empty() && !mask.contains(&annotation.name) {
                        mask.push(annotation.name.clone());
                    }
                }
                inner.set_annotation_mask(Some(mask));
            }
        }
        let mut outer = Self::new(&self.model);
        let mut col_refs: Vec<(Expr, Expr)> = Vec::new();
        let mut annotations = Vec::new();
        for (alias, aggregate) in aggregates {
            let mut cols = Vec::new();
            aggregate.each_col(false, false, &mut |col| cols.push(col.clone()));
            let mut replacements: Vec<(Expr, Expr)> = Vec::new();
            for col in cols {
                let reference = match col_refs.iter().find(|(known, _)| *known == col) {
                    Some((_, reference)) => reference.clone(),
                    None => {
                        let name: Rc<str> = format!("__col{}", col_refs.len() + 1).into();
                        let reference: Expr = Rc::new(Expression::Ref { refs: name.clone(), source: col.clone() });
                        col_refs.push((col.clone(), reference.clone()));
                        inner.add_annotation(&col, &name, true)?;
                        reference
                    }
                };
                replacements.push((col, reference));
            }
            annotations.push(Annotation {
                name: alias.clone(),
                expr: aggregate.replaced(&replacements)?,
                origin: None,
            });
        }
        outer.annotations = Rc::new(annotations);
        let masked_out = inner.annotation_mask.as_ref().is_none_or(|mask| mask.is_empty());
        if inner.select.is_empty() && !inner.default_cols && masked_out {
            let pk = self.model.pk()?;
            let col = inner.initial_col(&pk)?;
            inner.select = [col].into();
        }
        outer.kind = QueryKind::Aggregate(Rc::new(inner));
        Ok(outer)
    }

    /// Counts one more way to reach a whole: whether any condition was added.
    pub fn has_filters(&self) -> bool {
        !self.where_.children.is_empty()
    }
}

/// An aggregation ready to be compiled.
#[derive(Clone)]
pub struct Aggregation {
    /// The query; its selected annotations are the results.
    pub query: Query,
    /// The results when nothing can match and no query need be sent; `None` where the database has to be asked.
    pub empty: Option<Vec<Datum>>,
}

impl Subquery {
    /// `Subquery(queryset)`.
    pub fn of(query: &Query) -> Self {
        let mut query = query.clone();
        query.subquery = true;
        Self { query: Rc::new(query), output: None, exists: false, template: None, extra: Vec::new() }
    }

    /// `Exists(queryset)`.
    pub fn exists(query: &Query) -> OrmResult<Self> {
        let mut query = query.clone();
        query.subquery = true;
        let query = query.exists(true)?;
        Ok(Self { query: Rc::new(query), output: None, exists: true, template: None, extra: Vec::new() })
    }
}

impl Q {
    /// The same condition with names under `prefix` moved under `replacement`.
    pub(super) fn renamed_prefix(&self, prefix: &str, replacement: &str) -> OrmResult<Self> {
        let renamed = |name: &str| -> Rc<str> {
            match name.strip_prefix(prefix) {
                Some(rest) if rest.starts_with("__") => format!("{replacement}{rest}").into(),
                _ => name.into(),
            }
        };
        fn in_expr(expr: &Expr, prefix: &str, replacement: &str) -> OrmResult<Expr> {
            match &**expr {
                Expression::F(name) => match name.strip_prefix(prefix) {
                    Some(rest) if rest.starts_with("__") => {
                        Ok(Rc::new(Expression::F(format!("{replacement}{rest}").into())))
                    }
                    _ => Ok(expr.clone()),
                },
                Expression::Q(q) => Ok(Rc::new(Expression::Q(q.renamed_prefix(prefix, replacement)?))),
                _ => expr.map_sources(&mut |source| in_expr(source, prefix, replacement)),
            }
        }
        let mut children = Vec::with_capacity(self.children.len());
        for child in self.children.iter() {
            children.push(match child {
                QNode::Pair(name, value) => {
                    let value = match value {
                        Datum::Expr(expr) if !matches!(**expr, Expression::F(_)) => {
                            Datum::Expr(in_expr(expr, prefix, replacement)?)
                        }
                        Datum::Query(_) => return Err(queryset_inside()),
                        other => other.clone(),
                    };
                    QNode::Pair(renamed(name), value)
                }
                QNode::Q(q) => QNode::Q(q.renamed_prefix(prefix, replacement)?),
                QNode::Expr(expr) => QNode::Expr(in_expr(expr, prefix, replacement)?),
            });
        }
        Ok(Self { connector: self.connector, negated: self.negated, children: children.into() })
    }
}

fn queryset_inside() -> OrmError {
    OrmError::value_error("Passing a QuerySet within a FilteredRelation is not supported.")
}

impl FilteredRelation {
    /// `FilteredRelation(relation_name, condition=…)`.
    pub fn new(relation_name: &str, condition: Q) -> OrmResult<Self> {
        if relation_name.is_empty() {
            return Err(OrmError::value_error("relation_name cannot be empty."));
        }
        Ok(Self { relation_name: relation_name.into(), alias: None, condition, resolved_condition: None })
    }
}
