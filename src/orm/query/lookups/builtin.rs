//! The lookups that every field has, and the integer fields' own.

use std::rc::Rc;

use super::process::{prepare_iterable, prepare_plain, process_items, process_lhs, process_rhs};
use super::{Lookup, LookupSpec};
use crate::orm::query::{Expr, Expression, QueryExpr};
use crate::orm::sql::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

/// `Lookup` itself; a host's lookup classes build on it.
pub static LOOKUP: LookupSpec = LookupSpec {
    name: "Lookup",
    lookup_name: "",
    prepare_rhs: true,
    none_as_rhs: false,
    db_prepare: false,
    prepare: prepare_plain,
    write: write_builtin,
};

/// `BuiltinLookup` with `FieldGetDbPrepValueMixin`.
pub const BASE: LookupSpec = LookupSpec { db_prepare: true, ..LOOKUP_CONST };

const LOOKUP_CONST: LookupSpec = LookupSpec {
    name: "Lookup",
    lookup_name: "",
    prepare_rhs: true,
    none_as_rhs: false,
    db_prepare: false,
    prepare: prepare_plain,
    write: write_builtin,
};

/// `exact`.
pub static EXACT: LookupSpec =
    LookupSpec { name: "Exact", lookup_name: "exact", prepare: prepare_exact, write: write_exact, ..BASE };
static IEXACT: LookupSpec =
    LookupSpec { name: "IExact", lookup_name: "iexact", prepare_rhs: false, write: write_iexact, ..LOOKUP_CONST };
pub(super) static GT: LookupSpec = LookupSpec { name: "GreaterThan", lookup_name: "gt", ..BASE };
pub(super) static GTE: LookupSpec = LookupSpec { name: "GreaterThanOrEqual", lookup_name: "gte", ..BASE };
pub(super) static LT: LookupSpec = LookupSpec { name: "LessThan", lookup_name: "lt", ..BASE };
pub(super) static LTE: LookupSpec = LookupSpec { name: "LessThanOrEqual", lookup_name: "lte", ..BASE };
/// `in`.
pub static IN: LookupSpec = IN_SPEC;
/// `in`, for classes that extend it.
pub const IN_SPEC: LookupSpec =
    LookupSpec { name: "In", lookup_name: "in", prepare: prepare_in, write: write_in, ..BASE };
static RANGE: LookupSpec =
    LookupSpec { name: "Range", lookup_name: "range", prepare: prepare_iterable, write: write_range, ..BASE };
/// `isnull`.
pub static IS_NULL: LookupSpec = IS_NULL_SPEC;
/// `isnull`, for classes that extend it.
pub const IS_NULL_SPEC: LookupSpec =
    LookupSpec { name: "IsNull", lookup_name: "isnull", prepare_rhs: false, write: write_is_null, ..LOOKUP_CONST };

const PATTERN: LookupSpec = LookupSpec { prepare_rhs: false, write: write_pattern, ..LOOKUP_CONST };
static CONTAINS: LookupSpec = LookupSpec { name: "Contains", lookup_name: "contains", ..PATTERN };
static ICONTAINS: LookupSpec = LookupSpec { name: "IContains", lookup_name: "icontains", ..PATTERN };
static STARTS_WITH: LookupSpec = LookupSpec { name: "StartsWith", lookup_name: "startswith", ..PATTERN };
static ISTARTS_WITH: LookupSpec = LookupSpec { name: "IStartsWith", lookup_name: "istartswith", ..PATTERN };
static ENDS_WITH: LookupSpec = LookupSpec { name: "EndsWith", lookup_name: "endswith", ..PATTERN };
static IENDS_WITH: LookupSpec = LookupSpec { name: "IEndsWith", lookup_name: "iendswith", ..PATTERN };
static REGEX: LookupSpec = LookupSpec { name: "Regex", lookup_name: "regex", prepare_rhs: false, ..LOOKUP_CONST };
static IREGEX: LookupSpec = LookupSpec { name: "IRegex", lookup_name: "iregex", prepare_rhs: false, ..LOOKUP_CONST };

static INTEGER_EXACT: LookupSpec = LookupSpec { name: "IntegerFieldExact", write: write_integer, ..EXACT_CONST };
const EXACT_CONST: LookupSpec =
    LookupSpec { name: "Exact", lookup_name: "exact", prepare: prepare_exact, write: write_exact, ..BASE };
static INTEGER_GT: LookupSpec =
    LookupSpec { name: "IntegerGreaterThan", lookup_name: "gt", write: write_integer, ..BASE };
static INTEGER_GTE: LookupSpec = LookupSpec {
    name: "IntegerGreaterThanOrEqual",
    lookup_name: "gte",
    prepare: prepare_rounded,
    write: write_integer,
    ..BASE
};
static INTEGER_LT: LookupSpec =
    LookupSpec { name: "IntegerLessThan", lookup_name: "lt", prepare: prepare_rounded, write: write_integer, ..BASE };
static INTEGER_LTE: LookupSpec =
    LookupSpec { name: "IntegerLessThanOrEqual", lookup_name: "lte", write: write_integer, ..BASE };

/// Names of the lookups that every field has.
pub const NAMES: &[&str] = &[
    "exact",
    "iexact",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "range",
    "isnull",
    "regex",
    "iregex",
];

/// The lookup `name` of every field.
pub fn base(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "exact" => &EXACT,
        "iexact" => &IEXACT,
        "gt" => &GT,
        "gte" => &GTE,
        "lt" => &LT,
        "lte" => &LTE,
        "in" => &IN,
        "contains" => &CONTAINS,
        "icontains" => &ICONTAINS,
        "startswith" => &STARTS_WITH,
        "istartswith" => &ISTARTS_WITH,
        "endswith" => &ENDS_WITH,
        "iendswith" => &IENDS_WITH,
        "range" => &RANGE,
        "isnull" => &IS_NULL,
        "regex" => &REGEX,
        "iregex" => &IREGEX,
        _ => return None,
    })
}

/// The lookup `name` of integer fields, which know their range.
pub fn integer(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "exact" => &INTEGER_EXACT,
        "gt" => &INTEGER_GT,
        "gte" => &INTEGER_GTE,
        "lt" => &INTEGER_LT,
        "lte" => &INTEGER_LTE,
        _ => return None,
    })
}

/// The query on the right side, when there is one.
pub(super) fn rhs_query(rhs: &Datum) -> Option<&QueryExpr> {
    match rhs {
        Datum::Expr(expr) => match &**expr {
            Expression::Query(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// How many columns a left side has.
fn width(lhs: &Expr) -> usize {
    match &**lhs {
        Expression::ColPairs(pairs) => pairs.targets.len(),
        _ => 1,
    }
}

/// A subquery that selects no columns of its own selects the primary key.
fn with_pk_selected(inner: &QueryExpr, clear_ordering: bool) -> OrmResult<Datum> {
    let mut query = (*inner.query).clone();
    if clear_ordering {
        query.clear_ordering(false, true);
    }
    if query.selected.is_none() {
        query.clear_select_clause();
        query.add_fields(&["pk"], true)?;
    }
    Ok(Datum::Expr(Rc::new(Expression::Query(QueryExpr { query: Rc::new(query) }))))
}

pub(super) fn prepare_exact(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let Some(inner) = rhs_query(&rhs) else { return prepare_plain(spec, lhs, rhs) };
    if !inner.query.has_limit_one() {
        return Err(OrmError::value_error(
            "The QuerySet value for an exact lookup must be limited to one result using slicing.",
        ));
    }
    let (wanted, found) = (width(lhs), inner.query.subquery_fields_len()?);
    if found != wanted {
        return Err(OrmError::value_error(format!(
            "The QuerySet value for the exact lookup must have {wanted} selected fields (received {found})"
        )));
    }
    with_pk_selected(inner, false)
}

pub(super) fn prepare_in(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let Some(inner) = rhs_query(&rhs) else { return prepare_iterable(spec, lhs, rhs) };
    let (wanted, found) = (width(lhs), inner.query.subquery_fields_len()?);
    if found != wanted {
        return Err(OrmError::value_error(format!(
            "The QuerySet value for the 'in' lookup must have {wanted} selected fields (received {found})"
        )));
    }
    with_pk_selected(inner, true)
}

fn prepare_rounded(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let rhs = match rhs {
        Datum::Float(number) => crate::orm::models::int_from_db(&Datum::Float(number.ceil()))?,
        other => other,
    };
    prepare_plain(spec, lhs, rhs)
}

/// `lhs operator rhs`.
pub fn write_builtin(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    process_lhs(lookup, compiler, out)?;
    let rhs = process_rhs(lookup, compiler)?;
    let operator = compiler.dialect.operator(lookup.spec.lookup_name).ok_or_else(|| {
        OrmError::new(crate::orm::ErrorKind::KeyError, crate::orm::text::repr_str(lookup.spec.lookup_name))
    })?;
    out.push(" ");
    push_operator(out, operator, &rhs.sql);
    out.params.extend(rhs.params);
    Ok(())
}

/// Writes `operator` with `rhs` in its place.
pub fn push_operator(out: &mut SqlBuffer, operator: &str, rhs: &str) {
    match operator.split_once("%s") {
        Some((before, after)) => {
            out.push(before);
            out.push(rhs);
            out.push(after);
        }
        None => out.push(operator),
    }
}

pub(super) fn write_exact(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    // A boolean column is a condition already.
    if let Datum::Bool(rhs) = lookup.rhs
        && lookup.lhs.conditional().or_else(|error| {
            if error.kind() == crate::orm::ErrorKind::AttributeError { Ok(false) } else { Err(error) }
        })?
    {
        if !rhs {
            out.push("NOT ");
        }
        return process_lhs(lookup, compiler, out);
    }
    write_builtin(lookup, compiler, out)
}

/// A value outside the column's range decides the condition without asking the database.
fn write_integer(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let beyond = match &lookup.rhs {
        Datum::Int(number) => {
            let range = lookup.lhs.internal_type().and_then(|internal| compiler.dialect.integer_range(&internal));
            range.map_or(0, |(low, high)| i32::from(*number > high) - i32::from(*number < low))
        }
        Datum::BigInt(number) => {
            if number.sign() == num_bigint::Sign::Minus {
                -1
            } else {
                1
            }
        }
        _ => 0,
    };
    let name = lookup.spec.lookup_name;
    match (beyond, name) {
        (-1, "gt" | "gte") | (1, "lt" | "lte") => Err(OrmError::full_result()),
        (-1 | 1, _) => Err(OrmError::empty_result()),
        (_, "exact") => write_exact(lookup, compiler, out),
        _ => write_builtin(lookup, compiler, out),
    }
}

fn write_iexact(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    process_lhs(lookup, compiler, out)?;
    let mut rhs = process_rhs(lookup, compiler)?;
    if let Some(first) = rhs.params.first_mut() {
        *first = Datum::str(escape_like(&first.py_str()?));
    }
    out.push(" ");
    push_operator(out, compiler.dialect.operator("iexact").unwrap_or("%s"), &rhs.sql);
    out.params.extend(rhs.params);
    Ok(())
}

/// `prep_for_like_query`.
pub(super) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The pattern by which the lookup `name` finds `text`.
pub(super) fn pattern(name: &str, text: &str) -> String {
    let text = escape_like(text);
    match name {
        "startswith" | "istartswith" => format!("{text}%"),
        "endswith" | "iendswith" => format!("%{text}"),
        _ => format!("%{text}%"),
    }
}

fn write_pattern(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    process_lhs(lookup, compiler, out)?;
    let name = lookup.spec.lookup_name;
    let direct = lookup.rhs_is_direct();
    let mut rhs = process_rhs(lookup, compiler)?;
    if direct
        && lookup.bilateral.is_empty()
        && let Some(first) = rhs.params.first_mut()
    {
        *first = Datum::str(pattern(name, &first.py_str()?));
    }
    out.push(" ");
    if !direct || !lookup.bilateral.is_empty() {
        out.push(&compiler.dialect.pattern(name, &rhs.sql));
    } else {
        push_operator(out, compiler.dialect.operator(name).unwrap_or("%s"), &rhs.sql);
    }
    out.params.extend(rhs.params);
    Ok(())
}

/// Members of a list right side: plain values, or expressions in a list.
pub(super) fn rhs_items(rhs: &Datum) -> Option<Vec<Datum>> {
    match rhs {
        Datum::Expr(expr) => match &**expr {
            Expression::List(items) => Some(items.iter().cloned().map(Datum::Expr).collect()),
            _ => None,
        },
        direct => direct.items().map(|items| items.to_vec()),
    }
}

pub(super) fn write_in(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    if let Some(inner) = rhs_query(&lookup.rhs)
        && let Some(using) = &inner.query.using
        && !compiler.is_using(using)
    {
        return Err(OrmError::value_error(
            "Subqueries aren't allowed across different databases. Force the inner query to be evaluated using \
             `list(inner_query)`.",
        ));
    }
    if rhs_items(&lookup.rhs).is_none() {
        process_lhs(lookup, compiler, out)?;
        let rhs = process_rhs(lookup, compiler)?;
        out.push(" IN ");
        out.push(&rhs.sql);
        out.params.extend(rhs.params);
        return Ok(());
    }
    process_lhs(lookup, compiler, out)?;
    let members = distinct_members(lookup)?;
    out.push(" IN ");
    write_members(&process_items(lookup, &members, compiler)?, out);
    Ok(())
}

/// The right side of `in` as one piece.
pub(super) fn in_items(lookup: &Lookup, compiler: &mut SqlCompiler<'_>) -> OrmResult<Vec<Fragment>> {
    if rhs_items(&lookup.rhs).is_none() {
        return Ok(vec![process_rhs(lookup, compiler)?]);
    }
    let members = distinct_members(lookup)?;
    let mut out = SqlBuffer::new();
    write_members(&process_items(lookup, &members, compiler)?, &mut out);
    Ok(vec![out.finish()])
}

/// The members of `in`, each once; none at all can hold for no row.
fn distinct_members(lookup: &Lookup) -> OrmResult<Vec<Datum>> {
    let items = rhs_items(&lookup.rhs).unwrap_or_default();
    let mut seen: Vec<Datum> = Vec::with_capacity(items.len());
    let mut known = super::super::seen::Seen::default();
    for item in items {
        // NULL equals nothing.
        if !item.is_null() && known.insert(&item) {
            seen.push(item);
        }
    }
    if seen.is_empty() {
        return Err(OrmError::empty_result());
    }
    Ok(seen)
}

fn write_members(parts: &[Fragment], out: &mut SqlBuffer) {
    out.push("(");
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            out.push(", ");
        }
        out.fragment(part);
    }
    out.push(")");
}

fn write_range(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let Some(items) = rhs_items(&lookup.rhs) else { return write_range_of_text(lookup, compiler, out) };
    process_lhs(lookup, compiler, out)?;
    if items.is_empty() {
        return Err(OrmError::value_error("not enough values to unpack (expected 2, got 0)"));
    }
    let parts = process_items(lookup, &items, compiler)?;
    let [low, high, more @ ..] = &parts[..] else {
        return Err(OrmError::new(crate::orm::ErrorKind::IndexError, "tuple index out of range"));
    };
    out.push(" BETWEEN ");
    out.fragment(low);
    out.push(" AND ");
    out.fragment(high);
    // Further members have no place, and the placeholders' count will not fit: the failure is the driver's.
    more.iter().for_each(|part| out.params.extend_from_slice(&part.params));
    Ok(())
}

/// As RangeLookup.get_rhs_op where the right side is one expression: its first two letters are taken for the bounds.
fn write_range_of_text(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    process_lhs(lookup, compiler, out)?;
    let rhs = process_rhs(lookup, compiler)?;
    let mut letters = rhs.sql.chars();
    let (Some(low), Some(high)) = (letters.next(), letters.next()) else {
        return Err(OrmError::new(crate::orm::ErrorKind::IndexError, "string index out of range"));
    };
    out.push(&format!(" BETWEEN {low} AND {high}"));
    out.params.extend(rhs.params);
    Ok(())
}

pub(super) fn write_is_null(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let Datum::Bool(is_null) = lookup.rhs else {
        return Err(OrmError::value_error("The QuerySet value for an isnull lookup must be True or False."));
    };
    if let Expression::Value(value) = &*lookup.lhs {
        return Err(if value.value.is_null() == is_null { OrmError::full_result() } else { OrmError::empty_result() });
    }
    process_lhs(lookup, compiler, out)?;
    out.push(if is_null { " IS NULL" } else { " IS NOT NULL" });
    Ok(())
}
