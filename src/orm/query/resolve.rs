//! Binding expressions to a query: `resolve_expression`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::expression::{Combined, CombinedKind};
use super::functions::COALESCE;
use super::{Aggregate, Col, Custom, Expr, Expression, Func, Lookup, Query, QueryExpr, Table, Value, WhereNode};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

/// The aliases that may be joined again.
pub type AliasSet = Vec<Rc<str>>;

/// How names in an expression may resolve.
#[derive(Clone, Copy)]
pub struct Resolve<'a> {
    /// Whether relations may be followed.
    pub allow_joins: bool,
    /// The aliases that may be reused across relations with several rows; all when `None`.
    pub reuse: Option<&'a RefCell<AliasSet>>,
    /// Whether it is for `aggregate()`.
    pub summarize: bool,
    /// Whether the value is about to be stored.
    pub for_save: bool,
}

impl Resolve<'_> {
    /// Joins allowed, all aliases reusable.
    pub const PLAIN: Self = Self { allow_joins: true, reuse: None, summarize: false, for_save: false };
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One level of expressions inside expressions. Python gives up at some three frames a level; so do we, before the
/// stack does.
pub(crate) struct Level;

impl Level {
    const DEEPEST: u32 = 320;

    /// Goes one level in, until the level is dropped.
    pub(crate) fn enter() -> OrmResult<Self> {
        let depth = DEPTH.with(|depth| {
            depth.set(depth.get() + 1);
            depth.get()
        });
        let level = Self;
        if depth > Self::DEEPEST {
            return Err(OrmError::new(ErrorKind::RecursionError, "maximum recursion depth exceeded"));
        }
        Ok(level)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

fn no_composite(of: &Expression, parts: &[Expr]) -> OrmResult<()> {
    if parts.iter().any(|part| matches!(&**part, Expression::ColPairs(_))) {
        return Err(OrmError::value_error(format!(
            "{} expression does not support composite primary keys.",
            of.class_name()
        )));
    }
    Ok(())
}

impl Expression {
    /// `resolve_expression(query, …)`.
    pub fn resolve(self: &Expr, query: &mut Query, how: Resolve<'_>) -> OrmResult<Expr> {
        let _level = Level::enter()?;
        match &**self {
            Self::F(name) => query.resolve_ref(name, how),
            Self::OuterRef { name, depth: 0 } => Ok(Rc::new(Self::ResolvedOuterRef(name.clone()))),
            Self::OuterRef { name, depth } => Ok(Rc::new(Self::OuterRef { name: name.clone(), depth: depth - 1 })),
            Self::ResolvedOuterRef(name) => {
                let resolved = query.resolve_ref(name, how)?;
                if resolved.contains_over_clause() {
                    return Err(OrmError::not_supported(format!(
                        "Referencing outer query window expression is not supported: {name}."
                    )));
                }
                if let Self::Col(col) = &*resolved {
                    return Ok(Rc::new(Self::Col(Col { possibly_multivalued: name.contains("__"), ..col.clone() })));
                }
                Ok(resolved)
            }
            Self::Col(_)
            | Self::ColPairs(_)
            | Self::Ref { .. }
            | Self::PositionRef { .. }
            | Self::Star
            | Self::ExtraWhere(_)
            | Self::Nothing => Ok(self.clone()),
            Self::Value(value) => {
                if value.for_save == how.for_save {
                    return Ok(self.clone());
                }
                Ok(Rc::new(Self::Value(Value { for_save: how.for_save, ..value.clone() })))
            }
            Self::Func(func) => {
                let args = func.args.iter().map(|arg| arg.resolve(query, how)).collect::<OrmResult<Vec<_>>>()?;
                no_composite(self, &args)?;
                let func = Func { args, ..func.clone() };
                match func.spec.resolved {
                    Some(rule) => match rule(&func)? {
                        Some(replaced) => Ok(replaced),
                        None => Ok(Rc::new(Self::Func(func))),
                    },
                    None => Ok(Rc::new(Self::Func(func))),
                }
            }
            Self::Aggregate(aggregate) => self.resolve_aggregate(aggregate, query, how),
            Self::Combined(combined) => {
                let lhs = combined.lhs.resolve(query, how)?;
                let rhs = combined.rhs.resolve(query, how)?;
                no_composite(self, &[lhs.clone(), rhs.clone()])?;
                Ok(Rc::new(Self::Combined(combined.resolved(lhs, rhs))))
            }
            Self::When(when) => {
                let condition = when.condition.resolve(query, Resolve { for_save: false, ..how })?;
                let result = when.result.resolve(query, how)?;
                no_composite(self, &[condition.clone(), result.clone()])?;
                Ok(Rc::new(Self::When(super::When { condition, result })))
            }
            Self::Negated(inner) => {
                let inner = inner.resolve(query, how)?;
                no_composite(self, std::slice::from_ref(&inner))?;
                if !inner.conditional()? {
                    return Err(OrmError::type_error("Cannot negate non-conditional expressions."));
                }
                Ok(Rc::new(Self::Negated(inner)))
            }
            Self::DatabaseDefault(inner) => {
                let inner = inner.resolve(query, how)?;
                Ok(if how.for_save { Rc::new(Self::DatabaseDefault(inner)) } else { inner })
            }
            Self::Query(inner) => {
                let resolved = inner.query.resolve_in(query, how)?;
                Ok(Rc::new(Self::Query(QueryExpr { query: Rc::new(resolved) })))
            }
            Self::RawSql(raw) => {
                let sql = raw.sql.to_lowercase();
                let model = query.model.clone();
                for parent in model.all_parents().iter() {
                    for field in parent.local_fields() {
                        if field.column.as_ref().is_some_and(|column| sql.contains(&column.to_lowercase())) {
                            query.resolve_ref(&field.name, how)?;
                            break;
                        }
                    }
                }
                Ok(self.clone())
            }
            Self::Q(q) => {
                // New joins must not take rows away: the condition is a value here.
                let (clause, joins) = query.add_q_node(
                    q,
                    super::Filtering {
                        reuse: how.reuse,
                        allow_joins: how.allow_joins,
                        split_subq: false,
                        check_filterable: false,
                        summarize: how.summarize,
                        ..super::Filtering::default()
                    },
                )?;
                query.promote_joins(joins);
                Ok(Rc::new(Self::Where(Rc::new(clause))))
            }
            Self::Where(node) => {
                let mut node = node.resolve_leaves(query, how)?;
                node.resolved = true;
                Ok(Rc::new(Self::Where(Rc::new(node))))
            }
            Self::Lookup(lookup) => Ok(Rc::new(Self::Lookup(lookup.resolved(query, how)?))),
            Self::OrderBy(_) => self.map_sources(&mut |source| source.resolve(query, how)),
            Self::Custom(custom) => {
                if let Some(resolved) = custom.hooks.resolve(&custom.base, query, how) {
                    return resolved;
                }
                let base = custom.base.resolve(query, how)?;
                let hooks = custom.hooks.rebind(&base)?;
                Ok(Rc::new(Self::Custom(Custom { base, hooks })))
            }
            Self::Case(_) | Self::Subquery(_) | Self::Window(_) | Self::List(_) | Self::Wrapper { .. } => {
                let resolved = self.map_sources(&mut |source| source.resolve(query, how))?;
                no_composite(self, &resolved.sources())?;
                Ok(resolved)
            }
        }
    }

    fn resolve_aggregate(self: &Expr, aggregate: &Aggregate, query: &mut Query, how: Resolve<'_>) -> OrmResult<Expr> {
        // Aggregates never stand in an UPDATE.
        let how = Resolve { for_save: false, ..how };
        let mut resolved = aggregate.clone();
        resolved.is_summary = how.summarize;
        resolved.default = None;
        for arg in &mut resolved.func.args {
            *arg = arg.resolve(query, how)?;
        }
        if let Some(order_by) = &mut resolved.order_by {
            *order_by = order_by.resolve(query, how)?;
        }
        if let Some(filter) = &mut resolved.filter {
            *filter = filter.resolve(query, how)?;
        }
        let name = aggregate.func.spec.name;
        if name != "Count" {
            no_composite(self, &resolved.func.args)?;
        }
        if how.summarize {
            let mut refs = Vec::new();
            resolved.func.args.iter().chain(resolved.filter.iter()).for_each(|part| part.collect_refs(&mut refs));
            for reference in refs {
                if query.annotation(&reference).is_some_and(|expr| expr.is_summary()) {
                    return Err(OrmError::field_error(format!(
                        "Cannot compute {}('{reference}'): '{reference}' is an aggregate",
                        aggregate.func.class_name()
                    )));
                }
            }
        } else if !aggregate.is_summary {
            for (arg, before) in resolved.func.args.iter().zip(&aggregate.func.args) {
                if arg.contains_aggregate() {
                    let before = match &**before {
                        Self::F(name) => name.to_string(),
                        Self::Aggregate(inner) => inner.func.class_name().to_owned(),
                        other => other.repr(),
                    };
                    return Err(OrmError::field_error(format!(
                        "Cannot compute {}('{before}'): '{before}' is an aggregate",
                        aggregate.func.class_name()
                    )));
                }
            }
        }
        if let Some(rule) = resolved.func.spec.resolved
            && let Some(replaced) = rule(&resolved.func)?
        {
            return Ok(replaced);
        }
        // COUNT takes the first column of a composite key.
        if name == "Count"
            && let Some(Self::ColPairs(pairs)) = resolved.func.args.first().map(|arg| &**arg)
        {
            if resolved.distinct {
                return Err(OrmError::value_error("COUNT(DISTINCT) doesn't support composite primary keys"));
            }
            let first = pairs.cols().into_iter().next();
            resolved.func.args = first.into_iter().collect();
        }
        let Some(default) = &aggregate.default else { return Ok(Rc::new(Self::Aggregate(resolved))) };
        let output = resolved.func.output_or_none()?;
        let mut default = match &**default {
            Self::Value(Value { value, output: None, .. }) if !aggregate.default_typed => {
                Rc::new(Self::Value(Value { value: value.clone(), output: output.clone(), for_save: false }))
            }
            _ => default.resolve(query, how)?,
        };
        if let (None, Some(output)) = (default.output_or_none()?, &output) {
            default = default.with_output(output);
        }
        let mut coalesce = Func::new(&COALESCE, vec![Rc::new(Self::Aggregate(resolved)), default]);
        coalesce.output = output;
        Ok(Rc::new(Self::Func(coalesce)))
    }
}

impl Combined {
    /// The combination of resolved operands: durations and differences of moments are sent in ways of their own.
    fn resolved(&self, lhs: Expr, rhs: Expr) -> Self {
        let mut kind = self.kind;
        let mut output = self.output.clone();
        if kind == CombinedKind::Plain {
            let lhs_type = lhs.internal_type();
            let rhs_type = rhs.internal_type();
            let is = |found: &Option<Rc<str>>, name: &str| found.as_deref() == Some(name);
            if (is(&lhs_type, "DurationField") || is(&rhs_type, "DurationField")) && lhs_type != rhs_type {
                kind = CombinedKind::Duration;
                output = None;
            } else if self.connector == "-"
                && lhs_type == rhs_type
                && ["DateField", "DateTimeField", "TimeField"].iter().any(|name| is(&lhs_type, name))
            {
                kind = CombinedKind::TemporalSubtraction;
                output = None;
            }
        }
        Self { lhs, rhs, connector: self.connector, output, kind }
    }
}

impl Lookup {
    fn resolved(&self, query: &mut Query, how: Resolve<'_>) -> OrmResult<Self> {
        let mut resolved = self.clone();
        resolved.lhs = self.lhs.resolve(query, how)?;
        if let Datum::Expr(rhs) = &self.rhs {
            resolved.rhs = Datum::Expr(rhs.resolve(query, how)?);
        }
        Ok(resolved)
    }
}

impl WhereNode {
    /// Resolves both sides of every lookup inside, and nothing else: `WhereNode._resolve_node`.
    pub fn resolve_leaves(&self, query: &mut Query, how: Resolve<'_>) -> OrmResult<Self> {
        let mut node = self.clone();
        for child in &mut node.children {
            let changed = match &**child {
                Expression::Where(inner) => Expression::Where(Rc::new(inner.resolve_leaves(query, how)?)),
                Expression::Lookup(lookup) => Expression::Lookup(lookup.resolved(query, how)?),
                Expression::Combined(_) | Expression::Custom(_) => (*child.resolve(query, how)?).clone(),
                _ => continue,
            };
            *child = Rc::new(changed);
        }
        Ok(node)
    }
}

impl Query {
    /// The query as a part of `outer`: `Query.resolve_expression`.
    pub fn resolve_in(&self, outer: &mut Self, how: Resolve<'_>) -> OrmResult<Self> {
        let mut clone = self.clone();
        clone.bump_prefix(outer, &[])?;
        clone.subquery = true;
        clone.where_ = Rc::new(clone.where_.resolve_leaves(outer, how)?);
        if clone.combinator.is_some() {
            let combined = clone
                .combined_queries
                .iter()
                .map(|part| Ok(Rc::new(part.resolve_in(outer, how)?)))
                .collect::<OrmResult<Vec<_>>>()?;
            clone.combined_queries = combined.into();
        }
        for at in 0..clone.annotations.len() {
            let resolved = clone.annotations[at].expr.resolve(outer, how)?;
            let resolved = match &*resolved {
                // A subquery inside knows the aliases around its surroundings too.
                Expression::Subquery(inner) => {
                    let mut inner = inner.clone();
                    let query = Rc::make_mut(&mut inner.query);
                    for (alias, aliased) in clone.external_aliases.iter() {
                        query.set_external_alias(alias, *aliased);
                    }
                    Rc::new(Expression::Subquery(inner))
                }
                _ => resolved,
            };
            Rc::make_mut(&mut clone.annotations)[at].expr = resolved;
        }
        for entry in outer.tables.iter() {
            let aliased = match &entry.table {
                Table::Join(join) => match join.join_field.related_model() {
                    Some(model) => model.db_table() != entry.alias,
                    None => true,
                },
                Table::Base { table, alias } => table != alias,
            };
            clone.set_external_alias(&entry.alias, aliased);
        }
        Ok(clone)
    }

    pub(super) fn set_external_alias(&mut self, alias: &Rc<str>, aliased: bool) {
        let aliases = Rc::make_mut(&mut self.external_aliases);
        match aliases.iter_mut().find(|(known, _)| known == alias) {
            Some(entry) => entry.1 = aliased,
            None => aliases.push((alias.clone(), aliased)),
        }
    }
}
