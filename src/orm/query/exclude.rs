//! Negated conditions on relations with several rows: `split_exclude`.

use std::cell::RefCell;
use std::rc::Rc;

use super::path::NamesWithPath;
use super::resolve::AliasSet;
use super::{Clause, Connector, Expr, Expression, Filtering, JoinType, QNode, Query, Subquery, Table, lookups};
use crate::orm::models::Side;
use crate::orm::{Datum, OrmError, OrmResult};

impl Query {
    /// The condition `name=value` as `EXISTS` over a query of its own, for the caller to negate.
    pub(super) fn split_exclude(
        &mut self,
        name: &Rc<str>,
        value: &Datum,
        reuse: Option<&RefCell<AliasSet>>,
        path: &NamesWithPath,
    ) -> OrmResult<Clause> {
        let mut query = Self::new(&self.model);
        query.filtered_relations = self.filtered_relations.clone();
        let value = match value {
            Datum::Expr(expr) => match &**expr {
                Expression::OuterRef { name, depth } => {
                    Datum::Expr(Rc::new(Expression::OuterRef { name: name.clone(), depth: depth + 1 }))
                }
                Expression::F(name) | Expression::ResolvedOuterRef(name) => {
                    Datum::Expr(Rc::new(Expression::OuterRef { name: name.clone(), depth: 0 }))
                }
                _ => value.clone(),
            },
            _ => value.clone(),
        };
        query.add_filter(name, value)?;
        query.clear_ordering(true, true);
        let (prefix, contains_outer) = query.trim_start(path)?;
        let Some(col_expr) = query.select.first().cloned() else {
            return Err(OrmError::unsupported("exclude() over this relation"));
        };
        let Expression::Col(col) = &*col_expr else {
            return Err(OrmError::unsupported("exclude() over a composite key"));
        };
        let select_field = col.target.clone();
        let alias = col.alias.clone().unwrap_or_default();
        if reuse.is_some_and(|reuse| reuse.borrow().contains(&alias)) {
            // The outer query's filters hold for the subquery too.
            let pk = select_field.require_model()?.pk()?;
            query.bump_prefix(self, &[])?;
            let bumped = match query.select.first().map(|expr| &**expr) {
                Some(Expression::Col(col)) => col.alias.clone(),
                _ => None,
            };
            let lookup = lookups::exact_for(&select_field, pk.col(bumped)?, Datum::Expr(pk.col(Some(alias.clone()))?))?;
            Rc::make_mut(&mut query.where_).add(lookup, Connector::And);
            query.set_external_alias(&alias, true);
        } else {
            let outer = Rc::new(Expression::ResolvedOuterRef(prefix.as_str().into()));
            let lookup = lookups::exact_for(&select_field, col_expr.clone(), Datum::Expr(outer))?;
            Rc::make_mut(&mut query.where_).add(lookup, Connector::And);
        }
        let exists: Expr = Rc::new(Expression::Subquery(Subquery::exists(&query)?));
        let (mut condition, needed) = self.build_filter(&QNode::Expr(exists), Filtering::default())?;
        if contains_outer {
            // With NULL on the way the outer row is not matched by EXISTS, and belongs to the result.
            let name: Rc<str> = format!("{prefix}__isnull").into();
            let (or_null, _) = self.build_filter(
                &QNode::Pair(name, Datum::Bool(true)),
                Filtering { current_negated: true, branch_negated: true, reuse, ..Filtering::default() },
            )?;
            condition.add(Rc::new(Expression::Where(Rc::new(or_null))), Connector::Or);
        }
        Ok((condition, needed))
    }

    /// Drops the joins before the first relation with several rows, and selects the column that links back. Gives the
    /// name of that link as the outer query says it, and whether an outer join was among those dropped.
    fn trim_start(&mut self, names_with_path: &NamesWithPath) -> OrmResult<(String, bool)> {
        let all: Vec<_> = names_with_path.iter().flat_map(|(_, steps)| steps.iter().cloned()).collect();
        let base = self.base_table();
        let tables: Vec<Rc<str>> = self
            .tables
            .iter()
            .map(|entry| entry.alias.clone())
            .filter(|alias| self.lookup_joins.contains(alias) || Some(alias) == base.as_ref())
            .collect();
        let lost = || OrmError::unsupported("exclude() over this chain of relations");
        let mut contains_outer = false;
        let mut trimmed = 0;
        let mut crossing = None;
        for (position, step) in all.iter().enumerate() {
            trimmed = position;
            crossing = Some(step);
            if step.m2m {
                break;
            }
            let next = tables.get(position + 1).ok_or_else(lost)?;
            if self.join_type(next) == Some(JoinType::LeftOuter) {
                contains_outer = true;
            }
            self.unref_alias(&tables[position].clone());
        }
        let crossing = crossing.ok_or_else(lost)?;
        let join_field = crossing.join_field.field().clone();
        let mut left = trimmed;
        let mut prefix: Vec<Rc<str>> = Vec::new();
        for (name, steps) in names_with_path {
            if left < steps.len() {
                break;
            }
            prefix.push(name.clone());
            left -= steps.len();
        }
        let pairs = join_field.related_fields()?;
        prefix.push(pairs.first().ok_or_else(lost)?.1.name.clone());
        let first = tables.get(trimmed + 1).ok_or_else(lost)?.clone();
        let keep = match self.table(&first).map(|entry| &entry.table) {
            Some(Table::Join(join)) => join.join_type == JoinType::LeftOuter || join.filtered_relation.is_some(),
            _ => false,
        };
        let (select_fields, select_alias) = if keep {
            let fields: Vec<_> = pairs.into_iter().map(|(_, far)| far).collect();
            (fields, tables[trimmed].clone())
        } else {
            self.unref_alias(&tables[trimmed].clone());
            if let Some(restriction) = Side::Forward(join_field).extra_restriction(None, Some(&first))? {
                Rc::make_mut(&mut self.where_).add(restriction, Connector::And);
            }
            (pairs.into_iter().map(|(near, _)| near).collect(), first)
        };
        // FROM must not begin with a join.
        if let Some(entry) = Rc::make_mut(&mut self.tables).iter_mut().find(|entry| entry.refs > 0) {
            entry.table = Table::Base { table: entry.table.name().clone(), alias: entry.alias.clone() };
        }
        let cols =
            select_fields.iter().map(|field| field.col(Some(select_alias.clone()))).collect::<OrmResult<Vec<_>>>()?;
        self.set_select(cols);
        Ok((prefix.join("__"), contains_outer))
    }
}
