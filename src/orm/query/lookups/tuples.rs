//! Lookups on keys of several columns, spelt out column by column as SQLite needs them.

use std::rc::Rc;

use super::builtin::{EXACT, GT, IS_NULL, LT, prepare_exact, prepare_in, push_operator, rhs_query, write_is_null};
use super::process::{process_lhs, process_rhs};
use super::{BASE, Lookup, LookupSpec, related};
use crate::orm::query::{ColPairs, Connector, Expr, Expression, Q, QNode, Subquery, WhereNode};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::text::repr_str;
use crate::orm::{Datum, OrmError, OrmResult};

const TUPLE: LookupSpec = LookupSpec { prepare, write, ..BASE };
static TUPLE_EXACT: LookupSpec = LookupSpec { name: "TupleExact", lookup_name: "exact", ..TUPLE };
static TUPLE_GT: LookupSpec = LookupSpec { name: "TupleGreaterThan", lookup_name: "gt", ..TUPLE };
static TUPLE_GTE: LookupSpec = LookupSpec { name: "TupleGreaterThanOrEqual", lookup_name: "gte", ..TUPLE };
static TUPLE_LT: LookupSpec = LookupSpec { name: "TupleLessThan", lookup_name: "lt", ..TUPLE };
static TUPLE_LTE: LookupSpec = LookupSpec { name: "TupleLessThanOrEqual", lookup_name: "lte", ..TUPLE };
static TUPLE_IN: LookupSpec = LookupSpec { name: "TupleIn", lookup_name: "in", ..TUPLE };
static TUPLE_IS_NULL: LookupSpec = LookupSpec { name: "TupleIsNull", lookup_name: "isnull", ..TUPLE };

/// The lookup `name` of composite keys.
pub fn lookup(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "exact" => &TUPLE_EXACT,
        "gt" => &TUPLE_GT,
        "gte" => &TUPLE_GTE,
        "lt" => &TUPLE_LT,
        "lte" => &TUPLE_LTE,
        "in" => &TUPLE_IN,
        "isnull" => &TUPLE_IS_NULL,
        _ => return None,
    })
}

fn pairs(lhs: &Expr) -> OrmResult<&ColPairs> {
    match &**lhs {
        Expression::ColPairs(pairs) => Ok(pairs),
        _ => Err(OrmError::unsupported("a tuple lookup on something other than a composite key")),
    }
}

fn prepare(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let cols = pairs(lhs)?;
    let width = cols.targets.len();
    let name = format!("{} lookup of {}", repr_str(spec.lookup_name), repr_str(&cols.output.name()));
    let wrong = |text: String| Err(OrmError::value_error(text));
    let sequence = matches!(rhs, Datum::List(_) | Datum::Tuple(_));
    match spec.lookup_name {
        "isnull" => match &rhs {
            Datum::Bool(_) => Ok(rhs),
            Datum::List(items) | Datum::Tuple(items) if matches!(items[..], [Datum::Bool(_)]) => Ok(items[0].clone()),
            _ => wrong("The QuerySet value for an isnull lookup must be True or False.".to_owned()),
        },
        "in" => {
            if rhs.is_expression() {
                if rhs_query(&rhs).is_none()
                    && !matches!(&rhs, Datum::Expr(e) if matches!(**e, Expression::Subquery(_)))
                {
                    return wrong(rhs_class(&rhs, |class| {
                        format!(
                            "'in' subquery lookup of {} must be a Query object (received {class})",
                            repr_str(&cols.output.name())
                        )
                    }));
                }
                return prepare_in(spec, lhs, rhs);
            }
            if !sequence {
                return wrong(format!("{name} must be a tuple or a list"));
            }
            let items = rhs.iterate()?;
            if !items.iter().all(|item| matches!(item, Datum::List(_) | Datum::Tuple(_))) {
                return wrong(format!("{name} must be a collection of tuples or lists"));
            }
            if !items.iter().all(|item| item.items().is_some_and(|parts| parts.len() == width)) {
                return wrong(format!("{name} must have {width} elements each"));
            }
            Ok(rhs)
        }
        _ => {
            if rhs.is_expression() {
                let fits = rhs_query(&rhs).is_some()
                    || matches!(&rhs, Datum::Expr(e) if matches!(**e, Expression::ResolvedOuterRef(_)));
                if !fits {
                    return wrong(rhs_class(&rhs, |class| {
                        format!(
                            "{} subquery lookup of {} only supports OuterRef and QuerySet objects (received {class})",
                            repr_str(spec.lookup_name),
                            repr_str(&cols.output.name())
                        )
                    }));
                }
                return prepare_exact(spec, lhs, rhs);
            }
            if !sequence {
                return wrong(format!("{name} must be a tuple or a list"));
            }
            if rhs.items().is_none_or(|items| items.len() != width) {
                return wrong(format!("{name} must have {width} elements"));
            }
            Ok(rhs)
        }
    }
}

fn rhs_class(rhs: &Datum, text: impl Fn(String) -> String) -> String {
    text(repr_str(&rhs.type_name()))
}

fn one(spec: &'static LookupSpec, col: &Expr, value: &Datum) -> OrmResult<Expr> {
    Ok(Rc::new(Expression::Lookup(Lookup::new(spec, col.clone(), value.clone())?)))
}

fn node(connector: Connector, children: Vec<Expr>) -> WhereNode {
    WhereNode { connector, negated: false, resolved: false, children }
}

/// Writes the lookup as conditions on the single columns.
pub fn write(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let cols = pairs(&lookup.lhs)?.cols();
    let root = match lookup.spec.lookup_name {
        "isnull" => {
            let is_null = match &lookup.rhs {
                Datum::Bool(is_null) => *is_null,
                _ => return write_is_null(lookup, compiler, out),
            };
            let children = cols.iter().map(|col| one(&IS_NULL, col, &lookup.rhs)).collect::<OrmResult<Vec<_>>>()?;
            node(if is_null { Connector::Or } else { Connector::And }, children)
        }
        "in" => {
            if let Some(inner) = rhs_query(&lookup.rhs) {
                let mut query = (*inner.query).clone();
                let selected = compiler.select_of(&mut query)?;
                let mut children = Vec::new();
                for (col, value) in cols.iter().zip(selected) {
                    children.push(QNode::Expr(one(&EXACT, col, &Datum::Expr(value))?));
                }
                query.add_q(&Q::new(children))?;
                let exists: Expr = Rc::new(Expression::Subquery(Subquery::exists(&query)?));
                return compiler.compile(&exists, out);
            }
            if !lookup.rhs_is_direct() {
                return write_row(lookup, compiler, out);
            }
            let mut rows = Vec::new();
            for item in lookup.rhs.iterate()? {
                let values = related::normalized(&as_tuple(item), &lookup.lhs)?;
                if values.iter().any(Datum::is_null) {
                    continue;
                }
                let children = cols
                    .iter()
                    .zip(&values)
                    .map(|(col, value)| one(&EXACT, col, value))
                    .collect::<OrmResult<Vec<_>>>()?;
                rows.push(Rc::new(Expression::Where(Rc::new(node(Connector::And, children)))));
            }
            if rows.is_empty() {
                return Err(OrmError::empty_result());
            }
            node(Connector::Or, rows)
        }
        name => {
            if rhs_query(&lookup.rhs).is_some() {
                return write_row(lookup, compiler, out);
            }
            let values = match &lookup.rhs {
                Datum::Expr(expr) => match &**expr {
                    Expression::ColPairs(other) => other.cols().into_iter().map(Datum::Expr).collect(),
                    _ => {
                        return Err(OrmError::value_error(
                            "Composite field lookups only work with composite expressions.",
                        ));
                    }
                },
                direct => related::normalized(&as_tuple(direct.clone()), &lookup.lhs)?,
            };
            match name {
                "exact" => {
                    let children = cols
                        .iter()
                        .zip(&values)
                        .map(|(col, value)| one(&EXACT, col, value))
                        .collect::<OrmResult<Vec<_>>>()?;
                    node(Connector::And, children)
                }
                "gt" | "gte" => ladder(&cols, &values, &GT, name == "gte")?,
                _ => ladder(&cols, &values, &LT, name == "lte")?,
            }
        }
    };
    compiler.write_where(&root, out)
}

/// Writes the columns as one row beside a query of rows.
fn write_row(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    out.push("(");
    process_lhs(lookup, compiler, out)?;
    out.push(") ");
    let rhs = process_rhs(lookup, compiler)?;
    let operator = match lookup.spec.lookup_name {
        "in" => "IN %s",
        name => compiler.dialect.operator(name).unwrap_or("= %s"),
    };
    push_operator(out, operator, &rhs.sql);
    out.params.extend(rhs.params);
    Ok(())
}

fn as_tuple(value: Datum) -> Datum {
    match value {
        Datum::List(items) => Datum::Tuple(items),
        other => other,
    }
}

/// `a > x OR (a = x AND (b > y OR …))`; with `or_equal` the last column may be equal too.
fn ladder(cols: &[Expr], values: &[Datum], strict: &'static LookupSpec, or_equal: bool) -> OrmResult<WhereNode> {
    let mut steps = Vec::new();
    for (col, value) in cols.iter().zip(values) {
        steps.push((one(strict, col, value)?, Connector::Or));
        steps.push((one(&EXACT, col, value)?, Connector::And));
    }
    if !or_equal {
        steps.pop();
    }
    let mut inner: Option<WhereNode> = None;
    for (lookup, connector) in steps.into_iter().rev() {
        let mut children = vec![lookup];
        children.extend(inner.map(|inner| Rc::new(Expression::Where(Rc::new(inner)))));
        inner = Some(node(connector, children));
    }
    inner.ok_or_else(OrmError::empty_result)
}
