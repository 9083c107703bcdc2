//! Walking into expressions and rebuilding them, the same way for every kind.

use std::rc::Rc;

use super::expression::{Case, When};
use super::{Aggregate, Col, ColPairs, Custom, Expr, Expression, Lookup, Q, QNode, QueryExpr, Subquery, WhereNode};
use crate::orm::models::Side;
use crate::orm::{Datum, OrmResult};

impl ColPairs {
    /// The columns one by one.
    pub fn cols(&self) -> Vec<Expr> {
        self.targets
            .iter()
            .zip(self.sources.iter())
            .map(|(target, source)| {
                Rc::new(Expression::Col(Col {
                    alias: self.alias.clone(),
                    target: target.clone(),
                    output: Side::Forward(source.clone()),
                    possibly_multivalued: false,
                    typed: true,
                }))
            })
            .collect()
    }
}

impl Expression {
    /// Calls `visit` with each part: `get_source_expressions()`.
    pub fn each_source(&self, visit: &mut dyn FnMut(&Expr)) {
        match self {
            Self::F(_)
            | Self::OuterRef { .. }
            | Self::ResolvedOuterRef(_)
            | Self::Col(_)
            | Self::Value(_)
            | Self::Star
            | Self::Query(_)
            | Self::RawSql(_)
            | Self::Q(_)
            | Self::ExtraWhere(_)
            | Self::Nothing => {}
            Self::ColPairs(pairs) => pairs.cols().iter().for_each(visit),
            Self::Ref { source, .. } | Self::PositionRef { source, .. } => visit(source),
            Self::DatabaseDefault(inner) | Self::Wrapper { inner, .. } | Self::Negated(inner) => visit(inner),
            Self::Func(func) => func.args.iter().for_each(visit),
            Self::Aggregate(aggregate) => {
                aggregate.func.args.iter().for_each(&mut *visit);
                aggregate.order_by.iter().for_each(&mut *visit);
                aggregate.filter.iter().for_each(visit);
            }
            Self::Combined(combined) => {
                visit(&combined.lhs);
                visit(&combined.rhs);
            }
            Self::Case(case) => {
                case.cases.iter().for_each(&mut *visit);
                visit(&case.default);
            }
            Self::When(when) => {
                visit(&when.condition);
                visit(&when.result);
            }
            Self::Subquery(subquery) => visit(&Rc::new(Self::Query(QueryExpr { query: subquery.query.clone() }))),
            Self::Window(window) => {
                visit(&window.source);
                window.partition_by.iter().for_each(&mut *visit);
                window.order_by.iter().for_each(visit);
            }
            Self::OrderBy(order) => visit(&order.expr),
            Self::List(items) => items.iter().for_each(visit),
            Self::Where(node) => node.children.iter().for_each(visit),
            Self::Lookup(lookup) => {
                visit(&lookup.lhs);
                if let Datum::Expr(rhs) = &lookup.rhs {
                    visit(rhs);
                }
            }
            Self::Custom(custom) => custom.base.each_source(visit),
        }
    }

    /// The parts, each as an own handle.
    pub fn sources(&self) -> Vec<Expr> {
        let mut sources = Vec::new();
        self.each_source(&mut |source| sources.push(source.clone()));
        sources
    }

    /// Whether `test` holds for a part.
    pub fn any_source(&self, test: &mut dyn FnMut(&Expression) -> bool) -> bool {
        let mut found = false;
        self.each_source(&mut |source| found = found || test(source));
        found
    }

    /// The same expression with each part replaced by what `change` makes of it.
    pub fn map_sources(self: &Expr, change: &mut dyn FnMut(&Expr) -> OrmResult<Expr>) -> OrmResult<Expr> {
        fn all(items: &[Expr], change: &mut dyn FnMut(&Expr) -> OrmResult<Expr>) -> OrmResult<Vec<Expr>> {
            items.iter().map(change).collect()
        }
        fn one(item: Option<&Expr>, change: &mut dyn FnMut(&Expr) -> OrmResult<Expr>) -> OrmResult<Option<Expr>> {
            item.map(change).transpose()
        }
        let changed = match &**self {
            Self::F(_)
            | Self::OuterRef { .. }
            | Self::ResolvedOuterRef(_)
            | Self::Col(_)
            | Self::ColPairs(_)
            | Self::Value(_)
            | Self::Star
            | Self::Query(_)
            | Self::RawSql(_)
            | Self::Q(_)
            | Self::ExtraWhere(_)
            | Self::Nothing => return Ok(self.clone()),
            Self::Ref { refs, source } => Self::Ref { refs: refs.clone(), source: change(source)? },
            Self::PositionRef { ordinal, refs, source } => {
                Self::PositionRef { ordinal: *ordinal, refs: refs.clone(), source: change(source)? }
            }
            Self::DatabaseDefault(inner) => Self::DatabaseDefault(change(inner)?),
            Self::Wrapper { inner, output } => Self::Wrapper { inner: change(inner)?, output: output.clone() },
            Self::Negated(inner) => Self::Negated(change(inner)?),
            Self::Func(func) => {
                let mut func = func.clone();
                func.args = all(&func.args, change)?;
                Self::Func(func)
            }
            Self::Aggregate(aggregate) => {
                let mut aggregate: Aggregate = aggregate.clone();
                aggregate.func.args = all(&aggregate.func.args, change)?;
                aggregate.order_by = one(aggregate.order_by.as_ref(), change)?;
                aggregate.filter = one(aggregate.filter.as_ref(), change)?;
                Self::Aggregate(aggregate)
            }
            Self::Combined(combined) => {
                let mut combined = combined.clone();
                combined.lhs = change(&combined.lhs)?;
                combined.rhs = change(&combined.rhs)?;
                Self::Combined(combined)
            }
            Self::Case(case) => Self::Case(Case {
                cases: all(&case.cases, change)?,
                default: change(&case.default)?,
                output: case.output.clone(),
            }),
            Self::When(when) => Self::When(When { condition: change(&when.condition)?, result: change(&when.result)? }),
            Self::Subquery(subquery) => {
                let source = Rc::new(Self::Query(QueryExpr { query: subquery.query.clone() }));
                let mut subquery: Subquery = subquery.clone();
                if let Self::Query(inner) = &*change(&source)? {
                    subquery.query = inner.query.clone();
                }
                Self::Subquery(subquery)
            }
            Self::Window(window) => {
                let mut window = window.clone();
                window.source = change(&window.source)?;
                window.partition_by = one(window.partition_by.as_ref(), change)?;
                window.order_by = one(window.order_by.as_ref(), change)?;
                Self::Window(window)
            }
            Self::OrderBy(order) => {
                let mut order = order.clone();
                order.expr = change(&order.expr)?;
                Self::OrderBy(order)
            }
            Self::List(items) => Self::List(all(items, change)?.into()),
            Self::Where(node) => Self::Where(Rc::new(WhereNode {
                connector: node.connector,
                negated: node.negated,
                resolved: node.resolved,
                children: all(&node.children, change)?,
            })),
            Self::Lookup(lookup) => {
                let mut lookup: Lookup = lookup.clone();
                lookup.lhs = change(&lookup.lhs)?;
                if let Datum::Expr(rhs) = &lookup.rhs {
                    lookup.rhs = Datum::Expr(change(rhs)?);
                }
                Self::Lookup(lookup)
            }
            Self::Custom(custom) => {
                let base = custom.base.map_sources(change)?;
                Self::Custom(Custom { hooks: custom.hooks.rebind(&base)?, base })
            }
        };
        Ok(Rc::new(changed))
    }

    /// Calls `visit` with this expression and everything inside it: `flatten()`. The members of a `Q` are not entered.
    pub fn flatten(self: &Expr, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        self.each_source(&mut |source| source.flatten(visit));
    }
}

impl Q {
    /// Calls `visit` with the left side of every pair, and the names that expressions inside refer to.
    pub fn each_name(&self, visit: &mut dyn FnMut(&str)) {
        fn names_of(expr: &Expr, visit: &mut dyn FnMut(&str)) {
            expr.flatten(&mut |part| match &**part {
                Expression::F(name) | Expression::ResolvedOuterRef(name) | Expression::OuterRef { name, .. } => {
                    visit(name);
                }
                Expression::Q(q) => q.each_name(visit),
                _ => {}
            });
        }
        for child in self.children.iter() {
            match child {
                QNode::Pair(name, value) => {
                    visit(name);
                    if let Datum::Expr(expr) = value {
                        names_of(expr, visit);
                    }
                }
                QNode::Q(q) => q.each_name(visit),
                QNode::Expr(expr) => names_of(expr, visit),
            }
        }
    }
}
