//! Conditions to lookups: `add_q`, `build_filter`, `build_lookup`.

use std::cell::RefCell;
use std::rc::Rc;

use super::expression::{Expr, Expression, QueryExpr};
use super::joins::JoinPromoter;
use super::path::PathError;
use super::resolve::{AliasSet, Resolve};
use super::{ColPairs, Connector, JoinType, Lookup, Q, QNode, Query, WhereNode, lookups};
use crate::orm::models::{Model, Side};
use crate::orm::text::{close_matches, repr_str};
use crate::orm::{Datum, OrmError, OrmResult};

/// How a part of a condition is to be built.
#[derive(Clone, Copy)]
pub struct Filtering<'a> {
    /// Whether a negation stands anywhere above.
    pub branch_negated: bool,
    /// Whether an odd number of negations stands above.
    pub current_negated: bool,
    /// The aliases that may be joined again; all when `None`.
    pub reuse: Option<&'a RefCell<AliasSet>>,
    /// Whether relations may be followed.
    pub allow_joins: bool,
    /// Whether negated conditions on relations with several rows become subqueries.
    pub split_subq: bool,
    /// Whether expressions that cannot stand in a condition are refused.
    pub check_filterable: bool,
    /// Whether it is for `aggregate()`.
    pub summarize: bool,
    /// Whether joins are promoted and demoted by the condition.
    pub update_join_types: bool,
}

impl Default for Filtering<'_> {
    fn default() -> Self {
        Self {
            branch_negated: false,
            current_negated: false,
            reuse: None,
            allow_joins: true,
            split_subq: true,
            check_filterable: true,
            summarize: false,
            update_join_types: true,
        }
    }
}

/// A condition, and the aliases that must have a row for it to hold.
pub type Clause = (WhereNode, Vec<Rc<str>>);

/// What a lookup's left side is made of.
struct Solved<'n> {
    lookups: Vec<&'n str>,
    parts: Vec<&'n str>,
    annotation: Option<Expr>,
}

impl Query {
    /// Adds a condition: `filter()`.
    pub fn add_q(&mut self, q: &Q) -> OrmResult<()> {
        self.add_q_reusing(q, false)
    }

    /// Adds a condition; with `reuse_all` it may use any alias that exists.
    pub fn add_q_reusing(&mut self, q: &Q, reuse_all: bool) -> OrmResult<()> {
        let existing = self.inner_aliases();
        let reuse = RefCell::new(if reuse_all {
            self.tables.iter().map(|entry| entry.alias.clone()).collect()
        } else {
            std::mem::take(&mut self.used_aliases)
        });
        let built = self.add_q_node(q, Filtering { reuse: Some(&reuse), ..Filtering::default() });
        if !reuse_all {
            self.used_aliases = reuse.into_inner();
        }
        let (clause, _) = built?;
        if !clause.children.is_empty() {
            Rc::make_mut(&mut self.where_).add(Rc::new(Expression::Where(Rc::new(clause))), Connector::And);
        }
        self.demote_joins(existing);
        Ok(())
    }

    /// Adds `name=value`.
    pub fn add_filter(&mut self, name: &str, value: Datum) -> OrmResult<()> {
        self.add_q(&Q::pair(name, value))
    }

    /// A condition on own columns alone, as constraints and checks need it.
    pub fn build_where(&mut self, condition: &QNode) -> OrmResult<WhereNode> {
        Ok(self.build_filter(condition, Filtering { allow_joins: false, ..Filtering::default() })?.0)
    }

    /// Forgets all conditions.
    pub fn clear_where(&mut self) {
        self.where_ = Rc::new(WhereNode::new(Connector::And));
    }

    /// Builds a `Q`: `Query._add_q`.
    pub fn add_q_node(&mut self, q: &Q, how: Filtering<'_>) -> OrmResult<Clause> {
        let current_negated = how.current_negated ^ q.negated;
        let inner = Filtering { current_negated, branch_negated: how.branch_negated || q.negated, ..how };
        let mut target = WhereNode::new(q.connector);
        target.negated = q.negated;
        let mut promoter = JoinPromoter::new(q.connector, q.children.len(), current_negated);
        for child in q.children.iter() {
            let (clause, needed) = self.build_filter(child, inner)?;
            promoter.add_votes(needed);
            if !clause.children.is_empty() {
                target.add(Rc::new(Expression::Where(Rc::new(clause))), q.connector);
            }
        }
        let needed = if how.update_join_types { promoter.update_join_types(self) } else { Vec::new() };
        Ok((target, needed))
    }

    /// Builds one member of a condition.
    pub fn build_filter(&mut self, condition: &QNode, how: Filtering<'_>) -> OrmResult<Clause> {
        match condition {
            QNode::Q(q) => self.add_q_node(q, how),
            QNode::Expr(expr) => {
                if let Expression::Q(q) = &**expr {
                    return self.add_q_node(q, how);
                }
                let conditional = match expr.conditional() {
                    Err(error) if error.kind() == crate::orm::ErrorKind::AttributeError => false,
                    other => other?,
                };
                if !conditional {
                    return Err(OrmError::type_error("Cannot filter against a non-conditional expression."));
                }
                let resolved = expr.resolve(self, how.resolving())?;
                let condition = if resolved.as_lookup().is_some() {
                    resolved
                } else {
                    self.build_lookup(&["exact"], resolved, Datum::Bool(true))?
                };
                Ok((WhereNode::of(condition), Vec::new()))
            }
            QNode::Pair(name, value) => self.build_pair(name, value, how),
        }
    }

    fn build_pair(&mut self, name: &Rc<str>, given: &Datum, how: Filtering<'_>) -> OrmResult<Clause> {
        if name.is_empty() {
            return Err(OrmError::field_error(format!("Cannot parse keyword query {}", repr_str(name))));
        }
        let solved = self.solve_lookup_type(name, how.summarize)?;
        if !how.allow_joins && solved.parts.len() > 1 {
            return Err(super::path::joined_reference());
        }
        let (value, mut used) = if may_hold_expressions(given) {
            let before = self.refcounts();
            let value = self.resolve_lookup_value(given, how)?;
            let grown = |alias: &Rc<str>, refs: i32| {
                refs > before.iter().find(|(known, _)| known == alias).map_or(0, |(_, refs)| *refs)
            };
            let used = self.refcounts().into_iter().filter(|(alias, refs)| grown(alias, *refs)).map(|(alias, _)| alias);
            (value, used.collect::<Vec<_>>())
        } else {
            (given.clone(), Vec::new())
        };
        if let Some(annotation) = solved.annotation {
            let condition = self.build_lookup(&solved.lookups, annotation, value)?;
            return Ok((WhereNode::of(condition), Vec::new()));
        }
        let model = self.model.clone();
        let alias = self.get_initial_alias();
        let allow_many = !how.branch_negated || !how.split_subq;
        let info = match self.setup_joins(&solved.parts, &model, &alias, how.reuse, allow_many) {
            Ok(info) => info,
            Err(PathError::Other(error)) => return Err(error),
            Err(PathError::MultiJoin(path)) => return self.split_exclude(name, given, how.reuse, &path),
        };
        check_related_objects(&info.final_field, &value, &info.model)?;
        self.lookup_joins.clone_from(&info.joins);
        for alias in &info.joins {
            if !used.contains(alias) {
                used.push(alias.clone());
            }
        }
        let (targets, alias, joins) = self.trim_joins(&info.targets, &info.joins, &info.path)?;
        let (Some(target), Some(far_target)) = (targets.first(), info.targets.first()) else {
            return Err(OrmError::unsupported("a condition on a relation without columns"));
        };
        if let Some(reuse) = how.reuse {
            let mut reuse = reuse.borrow_mut();
            for alias in &joins {
                if !reuse.contains(alias) {
                    reuse.push(alias.clone());
                }
            }
        }
        let col = if info.final_field.is_relation() && targets.len() != 1 {
            Rc::new(Expression::ColPairs(ColPairs {
                alias: Some(alias.clone()),
                targets: targets.clone().into(),
                sources: info.targets.clone().into(),
                output: info.final_field.clone(),
            }))
        } else {
            target.col_as(self.alias_cols.then(|| alias.clone()), Some(info.final_field.clone()))?
        };
        let condition = self.build_lookup(&solved.lookups, col, value.clone())?;
        let (is_null_test, rhs) = match condition.as_lookup() {
            Some(lookup) => (lookup.spec.lookup_name == "isnull", lookup.rhs.clone()),
            None => (false, Datum::Bool(true)),
        };
        let mut clause = WhereNode::of(condition);
        let mut require_outer = is_null_test && matches!(rhs, Datum::Bool(true)) && !how.current_negated;
        if how.current_negated && (!is_null_test || matches!(rhs, Datum::Bool(false))) && !rhs.is_null() {
            require_outer = true;
            if !is_null_test {
                // NOT (col = x) leaves NULLs out; Python's "is not" keeps them, so NULL is told apart.
                let outer = joins.last().and_then(|alias| self.join_type(alias)) == Some(JoinType::LeftOuter);
                if target.is_null() || outer {
                    let col = target
                        .col_as(self.alias_cols.then(|| alias.clone()), Some(Side::Forward(far_target.clone())))?;
                    clause.children.push(lookups::is_null_for(target, col, false)?);
                }
                if let Datum::Expr(expr) = &value
                    && let Expression::Col(other) = &**expr
                    && other.target.is_null()
                {
                    clause.children.push(lookups::is_null_for(&other.target, expr.clone(), false)?);
                }
            }
        }
        Ok((clause, if require_outer { Vec::new() } else { used }))
    }

    fn solve_lookup_type<'n>(&self, name: &'n str, summarize: bool) -> OrmResult<Solved<'n>> {
        let parts: Vec<&str> = name.split("__").collect();
        if !self.annotations.is_empty() {
            let mut prefix = String::with_capacity(name.len());
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    prefix.push_str("__");
                }
                prefix.push_str(part);
                if let Some(expr) = self.annotation(&prefix) {
                    // No condition at all is false, so that the annotation is as if it were not there.
                    if matches!(&**expr, Expression::Where(node) if node.children.is_empty()) {
                        if self.annotation_select().any(|annotation| *annotation.name == *prefix) {
                            let text = "'BooleanField' object has no attribute 'model'";
                            return Err(OrmError::attribute_error(text));
                        }
                        break;
                    }
                    let expr = if summarize {
                        Rc::new(Expression::Ref { refs: prefix.as_str().into(), source: expr.clone() })
                    } else {
                        expr.clone()
                    };
                    let lookups = parts[position + 1..].to_vec();
                    return Ok(Solved { lookups, parts: Vec::new(), annotation: Some(expr) });
                }
            }
        }
        let found = self.names_to_path(&parts, &self.model, true, false).map_err(|error| match error {
            PathError::Other(error) => error,
            PathError::MultiJoin(_) => OrmError::field_error("Invalid lookup"),
        })?;
        let lookups = parts[found.used..].to_vec();
        let mut field_parts = parts;
        field_parts.truncate(found.used);
        Ok(Solved { lookups, parts: field_parts, annotation: None })
    }

    /// Names and lookups of `name`, for `FilteredRelation`'s checks.
    pub(super) fn lookup_and_field_parts<'n>(&self, name: &'n str) -> OrmResult<(Vec<&'n str>, Vec<&'n str>)> {
        let solved = self.solve_lookup_type(name, false)?;
        Ok((solved.lookups, solved.parts))
    }

    fn resolve_lookup_value(&mut self, value: &Datum, how: Filtering<'_>) -> OrmResult<Datum> {
        Ok(match value {
            Datum::Expr(expr) => Datum::Expr(expr.resolve(self, how.resolving())?),
            Datum::Query(query) => {
                let resolved = query.resolve_in(self, how.resolving())?;
                Datum::Expr(Rc::new(Expression::Query(QueryExpr { query: Rc::new(resolved) })))
            }
            Datum::List(items) => Datum::List(self.resolve_items(items, how)?),
            Datum::Tuple(items) => Datum::Tuple(self.resolve_items(items, how)?),
            other => other.clone(),
        })
    }

    fn resolve_items(&mut self, items: &Rc<[Datum]>, how: Filtering<'_>) -> OrmResult<Rc<[Datum]>> {
        if !items.iter().any(may_hold_expressions) {
            return Ok(items.clone());
        }
        items.iter().map(|item| self.resolve_lookup_value(item, how)).collect()
    }

    /// The lookup that `names` ask for on `lhs`. Names before the last are transforms; the last one is a lookup, or else
    /// a transform that is compared for equality.
    pub fn build_lookup(&self, names: &[&str], lhs: Expr, rhs: Datum) -> OrmResult<Expr> {
        let names = if names.is_empty() { &["exact"][..] } else { names };
        let (transforms, mut name) = (&names[..names.len() - 1], names[names.len() - 1]);
        let mut lhs = lhs;
        for (position, transform) in transforms.iter().enumerate() {
            lhs = self.try_transform(&lhs, transform, Some(&names[position..]))?;
        }
        let registry = &self.model.registry;
        let mut class = lookups::get_lookup(&lhs, name, registry)?;
        if class.is_none() {
            lhs = self.try_transform(&lhs, name, None)?;
            name = "exact";
            class = lookups::get_lookup(&lhs, name, registry)?;
        }
        let Some(class) = class else {
            return Err(OrmError::attribute_error("'NoneType' object has no attribute 'lookup_name'"));
        };
        let lookup = lookups::make(&class, lhs.clone(), rhs)?;
        if let Some(data) = lookup.as_lookup()
            && data.rhs.is_null()
            && !data.spec.none_as_rhs
        {
            if !matches!(name, "exact" | "iexact") {
                return Err(OrmError::value_error("Cannot use None as a query value"));
            }
            let class = lookups::get_lookup(&lhs, "isnull", registry)?
                .ok_or_else(|| OrmError::type_error("'NoneType' object is not callable"))?;
            return lookups::make(&class, lhs, Datum::Bool(true));
        }
        Ok(lookup)
    }

    /// `lhs` with the transform `name` around it. `rest` are the names from there on, for the message.
    pub fn try_transform(&self, lhs: &Expr, name: &str, rest: Option<&[&str]>) -> OrmResult<Expr> {
        let registry = &self.model.registry;
        if let Some(class) = lookups::get_transform(lhs, name, registry)? {
            return lookups::apply_transform(&class, lhs.clone());
        }
        let output = lhs.output_side()?.ok_or_else(super::output::no_output_field)?;
        let known = lookups::known_names(&output, registry);
        let near = close_matches(name, known.iter().map(|name| &**name));
        let suggestion =
            if near.is_empty() { ".".to_owned() } else { format!(", perhaps you meant {}?", near.join(" or ")) };
        let unsupported = rest.map_or_else(|| name.to_owned(), |rest| rest.join("__"));
        Err(OrmError::field_error(format!(
            "Unsupported lookup '{unsupported}' for {} or join on the field not permitted{suggestion}",
            output.class_name()
        )))
    }
}

impl Filtering<'_> {
    fn resolving(&self) -> Resolve<'_> {
        Resolve { allow_joins: self.allow_joins, reuse: self.reuse, summarize: self.summarize, for_save: false }
    }
}

impl Expression {
    /// The lookup that this is, be it a host's.
    pub fn as_lookup(&self) -> Option<&Lookup> {
        match self {
            Self::Lookup(lookup) => Some(lookup),
            Self::Custom(custom) => custom.base.as_lookup(),
            _ => None,
        }
    }
}

fn may_hold_expressions(value: &Datum) -> bool {
    match value {
        Datum::Expr(_) | Datum::Query(_) => true,
        Datum::List(items) | Datum::Tuple(items) => items.iter().any(may_hold_expressions),
        _ => false,
    }
}

/// Refuses instances and querysets of a model that the relation does not lead to.
fn check_related_objects(field: &Side, value: &Datum, target: &Model) -> OrmResult<()> {
    if !field.is_relation() {
        return Ok(());
    }
    match value {
        Datum::Expr(expr) => {
            if let Expression::Query(inner) = &**expr
                && inner.query.selected.is_none()
                && !compatible(&inner.query.model, target, field)
            {
                return Err(OrmError::value_error(format!(
                    "Cannot use QuerySet for \"{}\": Use a QuerySet for \"{}\".",
                    inner.query.model.name, target.name
                )));
            }
            Ok(())
        }
        Datum::Instance(_) => check_instance(value, target, field),
        Datum::List(items) | Datum::Tuple(items) | Datum::Set(items) => {
            items.iter().try_for_each(|item| check_instance(item, target, field))
        }
        _ => Ok(()),
    }
}

fn check_instance(value: &Datum, target: &Model, field: &Side) -> OrmResult<()> {
    if let Datum::Instance(instance) = value
        && !compatible(&instance.model(), target, field)
    {
        return Err(OrmError::value_error(format!(
            "Cannot query \"{}\": Must be \"{}\" instance.",
            instance.str()?,
            target.name
        )));
    }
    Ok(())
}

/// `check_rel_lookup_compatibility`.
fn compatible(model: &Model, target: &Model, field: &Side) -> bool {
    let fits = |other: &Model| {
        let concrete = other.concrete_model();
        model.concrete_model() == concrete
            || model.all_parents().contains(&concrete)
            || other.all_parents().contains(model)
    };
    fits(target) || matches!(field, Side::Forward(field) if field.is_primary_key() && field.model().is_some_and(fits))
}
