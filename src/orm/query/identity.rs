//! When two expressions are the same, as grouping, ordering by position and aggregation ask.

use std::rc::Rc;

use super::{Expression, FilteredRelation, Func, Lookup, Q, QNode, Window};
use crate::orm::Datum;
use crate::orm::models::Field;

fn same_type(a: Option<&Field>, b: Option<&Field>) -> bool {
    match (a, b) {
        (None, None) => true,
        // An unattached field counts by its class alone.
        (Some(a), Some(b)) => a == b || (a.model().is_none() && b.model().is_none() && a.class_name == b.class_name),
        _ => false,
    }
}

impl PartialEq for Func {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.spec, other.spec)
            && self.class_name() == other.class_name()
            && self.args == other.args
            && same_type(self.output.as_ref(), other.output.as_ref())
            && self.extra == other.extra
            && match (&self.overrides, &other.overrides) {
                (Some(a), Some(b)) => Rc::ptr_eq(a, b) || (a.function == b.function && a.template == b.template),
                (None, None) => true,
                _ => false,
            }
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.spec, other.spec) && self.lhs == other.lhs && self.rhs == other.rhs
    }
}

impl PartialEq for Q {
    fn eq(&self, other: &Self) -> bool {
        self.connector == other.connector
            && self.negated == other.negated
            && (Rc::ptr_eq(&self.children, &other.children) || self.children == other.children)
    }
}

impl PartialEq for QNode {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pair(name, value), Self::Pair(other_name, other_value)) => {
                name == other_name && value == other_value
            }
            (Self::Q(a), Self::Q(b)) => a == b,
            (Self::Expr(a), Self::Expr(b)) => a == b,
            _ => false,
        }
    }
}

impl PartialEq for FilteredRelation {
    fn eq(&self, other: &Self) -> bool {
        self.relation_name == other.relation_name && self.alias == other.alias && self.condition == other.condition
    }
}

fn same_window(a: &Window, b: &Window) -> bool {
    let frames = match (&a.frame, &b.frame) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a.kind == b.kind && a.start.0 == b.start.0 && a.end.0 == b.end.0 && a.exclusion == b.exclusion
        }
        _ => false,
    };
    frames
        && a.source == b.source
        && a.partition_by == b.partition_by
        && a.order_by == b.order_by
        && same_type(a.output.as_ref(), b.output.as_ref())
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        match (self, other) {
            (Self::F(a), Self::F(b)) | (Self::ResolvedOuterRef(a), Self::ResolvedOuterRef(b)) => a == b,
            (Self::OuterRef { name: a, depth: x }, Self::OuterRef { name: b, depth: y }) => a == b && x == y,
            (Self::Col(a), Self::Col(b)) => {
                a.alias == b.alias && a.target == b.target && a.output == b.output && a.typed == b.typed
            }
            (Self::ColPairs(a), Self::ColPairs(b)) => {
                a.alias == b.alias && a.targets == b.targets && a.sources == b.sources
            }
            (Self::Ref { refs: a, source: x }, Self::Ref { refs: b, source: y }) => a == b && x == y,
            (
                Self::PositionRef { ordinal: a, refs: r, source: x },
                Self::PositionRef { ordinal: b, refs: s, source: y },
            ) => a == b && r == s && x == y,
            (Self::Value(a), Self::Value(b)) => a.value == b.value && same_type(a.output.as_ref(), b.output.as_ref()),
            (Self::Star, Self::Star) | (Self::Nothing, Self::Nothing) => true,
            (Self::DatabaseDefault(a), Self::DatabaseDefault(b)) | (Self::Negated(a), Self::Negated(b)) => a == b,
            (Self::Func(a), Self::Func(b)) => a == b,
            (Self::Aggregate(a), Self::Aggregate(b)) => {
                a.func == b.func
                    && a.distinct == b.distinct
                    && a.filter == b.filter
                    && a.order_by == b.order_by
                    && a.default == b.default
            }
            (Self::Combined(a), Self::Combined(b)) => {
                a.connector == b.connector
                    && a.kind == b.kind
                    && a.lhs == b.lhs
                    && a.rhs == b.rhs
                    && same_type(a.output.as_ref(), b.output.as_ref())
            }
            (Self::Wrapper { inner: a, output: x }, Self::Wrapper { inner: b, output: y }) => {
                a == b && same_type(Some(x), Some(y))
            }
            (Self::Case(a), Self::Case(b)) => {
                a.cases == b.cases && a.default == b.default && same_type(a.output.as_ref(), b.output.as_ref())
            }
            (Self::When(a), Self::When(b)) => a.condition == b.condition && a.result == b.result,
            // Subqueries have no identity but their own.
            (Self::Subquery(a), Self::Subquery(b)) => a.exists == b.exists && Rc::ptr_eq(&a.query, &b.query),
            (Self::Query(a), Self::Query(b)) => Rc::ptr_eq(&a.query, &b.query),
            (Self::Window(a), Self::Window(b)) => same_window(a, b),
            (Self::RawSql(a), Self::RawSql(b)) => a.sql == b.sql && a.params == b.params,
            (Self::OrderBy(a), Self::OrderBy(b)) => {
                a.expr == b.expr
                    && a.descending == b.descending
                    && a.nulls_first == b.nulls_first
                    && a.nulls_last == b.nulls_last
            }
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Q(a), Self::Q(b)) => a == b,
            (Self::Where(a), Self::Where(b)) => {
                Rc::ptr_eq(a, b) || (a.connector == b.connector && a.negated == b.negated && a.children == b.children)
            }
            (Self::Lookup(a), Self::Lookup(b)) => a == b,
            (Self::ExtraWhere(a), Self::ExtraWhere(b)) => a.sqls == b.sqls && a.params == b.params,
            (Self::Custom(a), Self::Custom(b)) => a.hooks.class_name() == b.hooks.class_name() && a.base == b.base,
            _ => false,
        }
    }
}

impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Bool(a), Self::Int(b)) | (Self::Int(b), Self::Bool(a)) => i64::from(*a) == *b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Int(a), Self::Float(b)) | (Self::Float(b), Self::Int(a)) => (*a as f64) == *b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a.same_form(b),
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => Rc::ptr_eq(a, b) || a == b,
            (Self::DateTime(a), Self::DateTime(b)) => Rc::ptr_eq(a, b) || a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) | (Self::Set(a), Self::Set(b)) => a == b,
            (Self::Dict(a), Self::Dict(b)) => a == b,
            (Self::Instance(a), Self::Instance(b)) => a.identity() == b.identity(),
            (Self::Query(a), Self::Query(b)) => Rc::ptr_eq(a, b),
            (Self::Expr(a), Self::Expr(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a.identity() == b.identity(),
            _ => false,
        }
    }
}
