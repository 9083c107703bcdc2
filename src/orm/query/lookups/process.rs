//! The two sides of a lookup on their way to SQL.

use std::rc::Rc;

use super::{Lookup, LookupSpec, apply_transform};
use crate::orm::models::{Field, Side};
use crate::orm::query::{Expr, Expression, Resolve, Value};
use crate::orm::sql::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::{Datum, ErrorKind, OrmResult};

/// `Lookup.get_prep_lookup`: the left side's field prepares a plain value.
pub fn prepare_plain(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    if !spec.prepare_rhs || rhs.is_expression() {
        return Ok(rhs);
    }
    match typed_side(lhs)? {
        Some(side) => match side.ok_or_else(crate::orm::query::output::no_output_field)? {
            Side::Forward(field) => field.get_prep_value(&rhs),
            Side::Reverse(_) => Ok(rhs),
        },
        // A name has no type yet, and neither has what it is compared with.
        None => {
            let value = Value { value: rhs, output: None, for_save: false };
            Ok(Datum::Expr(Rc::new(Expression::Value(value))))
        }
    }
}

/// The left side's type; the outer `None` where names inside it are still to be resolved, so that it has none yet.
fn typed_side(lhs: &Expr) -> OrmResult<Option<Option<Side>>> {
    if matches!(**lhs, Expression::F(_) | Expression::OuterRef { .. } | Expression::ResolvedOuterRef(_)) {
        return Ok(None);
    }
    match lhs.output_side() {
        Ok(side) => Ok(Some(side)),
        Err(error) if error.kind() == ErrorKind::AttributeError => Ok(None),
        Err(error) => Err(error),
    }
}

/// Prepares each member of an iterable; members that are expressions make it a list of expressions.
pub fn prepare_iterable(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    if rhs.is_expression() {
        return Ok(rhs);
    }
    let items = rhs.iterate()?;
    let output = match typed_side(lhs)?.flatten() {
        Some(Side::Forward(field)) => Some(field),
        _ => None,
    };
    let mut prepared = Vec::with_capacity(items.len());
    let mut holds_expressions = false;
    for item in items {
        if item.is_expression() {
            holds_expressions = true;
            prepared.push(item);
        } else {
            prepared.push(match &output {
                Some(field) if spec.prepare_rhs => field.get_prep_value(&item)?,
                _ => item,
            });
        }
    }
    if !holds_expressions {
        return Ok(Datum::List(prepared.into()));
    }
    let parts: Vec<Expr> = prepared
        .into_iter()
        .map(|item| match item {
            Datum::Expr(expr) => expr,
            Datum::Str(_) => Rc::new(Expression::Value(Value { value: item, output: output.clone(), for_save: false })),
            item => Rc::new(Expression::Value(Value { value: item, output: None, for_save: false })),
        })
        .collect();
    Ok(Datum::Expr(Rc::new(Expression::List(parts.into()))))
}

/// The field whose `get_db_prep_value` a lookup's right side passes through.
pub fn preparing_field(lhs: &Expr) -> OrmResult<Field> {
    let side = lhs.output_side()?.ok_or_else(crate::orm::query::output::no_output_field)?;
    match &side {
        Side::Forward(field) if field.relation.is_none() => Ok(field.clone()),
        Side::Forward(field) => field.target_field(),
        Side::Reverse(_) => {
            let path = side.path(None)?;
            let target = path.last().and_then(|step| step.target_fields.first().cloned());
            Ok(target.unwrap_or_else(|| side.field().clone()))
        }
    }
}

/// Writes the left side, which has to have a type: a backend may cast by it.
pub fn process_lhs(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    write_lhs(&lookup.lhs, compiler, out)?;
    if !matches!(*lookup.lhs, Expression::Col(_)) {
        lookup.lhs.output_field()?;
    }
    Ok(())
}

/// Writes `lhs` as a lookup's left side: resolved once more, as Django does, in parentheses when it is a lookup.
pub fn write_lhs(lhs: &Expr, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    if matches!(**lhs, Expression::Col(_)) {
        return compiler.compile(lhs, out);
    }
    let lhs = lhs.resolve(compiler.query, Resolve::PLAIN)?;
    let wrap = lhs.as_lookup().is_some();
    if wrap {
        out.push("(");
    }
    compiler.compile(&lhs, out)?;
    if wrap {
        out.push(")");
    }
    Ok(())
}

/// The right side: SQL in parentheses where it is an expression, else a placeholder.
pub fn process_rhs(lookup: &Lookup, compiler: &mut SqlCompiler<'_>) -> OrmResult<Fragment> {
    let mut value = lookup.rhs.clone();
    if !lookup.bilateral.is_empty() {
        let expr = match value {
            Datum::Expr(expr) => expr,
            value => {
                let output = lookup.lhs.output_or_none()?;
                Rc::new(Expression::Value(Value { value, output, for_save: false }))
            }
        };
        let transformed = apply_bilateral(lookup, expr)?;
        value = Datum::Expr(transformed.resolve(compiler.query, Resolve::PLAIN)?);
    }
    match value {
        Datum::Expr(expr) => compile_rhs(&expr, compiler),
        value => {
            let mut out = SqlBuffer::new();
            out.param(if lookup.spec.db_prepare {
                preparing_field(&lookup.lhs)?.get_db_prep_value(&value, true)?
            } else {
                value
            });
            Ok(out.finish())
        }
    }
}

/// An expression as a right side.
pub fn compile_rhs(expr: &Expr, compiler: &mut SqlCompiler<'_>) -> OrmResult<Fragment> {
    let mut out = SqlBuffer::new();
    compiler.compile(expr, &mut out)?;
    if matches!(**expr, Expression::ColPairs(_)) {
        return Err(crate::orm::OrmError::value_error("CompositePrimaryKey cannot be used as a lookup value."));
    }
    if !matches!(**expr, Expression::Value(_)) && !out.sql.is_empty() && !out.sql.starts_with('(') {
        out.sql.insert(0, '(');
        out.sql.push(')');
    }
    Ok(out.finish())
}

/// The left side's bilateral transforms around a right side.
pub fn apply_bilateral(lookup: &Lookup, mut expr: Expr) -> OrmResult<Expr> {
    for class in &lookup.bilateral {
        expr = apply_transform(class, expr)?;
    }
    Ok(expr)
}

/// Each member of a right side with several: `batch_process_rhs`.
pub fn process_items(lookup: &Lookup, items: &[Datum], compiler: &mut SqlCompiler<'_>) -> OrmResult<Vec<Fragment>> {
    if !lookup.bilateral.is_empty() {
        let output = lookup.lhs.output_or_none()?;
        return items
            .iter()
            .map(|item| {
                let expr = match item {
                    Datum::Expr(expr) => expr.clone(),
                    item => Rc::new(Expression::Value(Value {
                        value: item.clone(),
                        output: output.clone(),
                        for_save: false,
                    })),
                };
                let expr = apply_bilateral(lookup, expr)?.resolve(compiler.query, Resolve::PLAIN)?;
                compiler.fragment(&expr)
            })
            .collect();
    }
    let field = preparing_field(&lookup.lhs)?;
    items
        .iter()
        .map(|item| match item {
            Datum::Expr(expr) => {
                let expr = expr.resolve(compiler.query, Resolve::PLAIN)?;
                compiler.fragment(&expr)
            }
            item => {
                let mut out = SqlBuffer::new();
                out.param(field.get_db_prep_value(item, true)?);
                Ok(out.finish())
            }
        })
        .collect()
}

/// The right side as `process_rhs` of the lookup's own class gives it: one piece, or one a bound.
pub fn right_side(lookup: &Lookup, compiler: &mut SqlCompiler<'_>) -> OrmResult<Vec<Fragment>> {
    match lookup.spec.lookup_name {
        "in" => super::builtin::in_items(lookup, compiler),
        "range" => match super::builtin::rhs_items(&lookup.rhs) {
            Some(items) => process_items(lookup, &items, compiler),
            None => Ok(vec![process_rhs(lookup, compiler)?]),
        },
        "iexact" => {
            let mut rhs = process_rhs(lookup, compiler)?;
            if let Some(first) = rhs.params.first_mut() {
                *first = Datum::str(super::builtin::escape_like(&first.py_str()?));
            }
            Ok(vec![rhs])
        }
        name @ ("contains" | "icontains" | "startswith" | "istartswith" | "endswith" | "iendswith") => {
            let mut rhs = process_rhs(lookup, compiler)?;
            if lookup.rhs_is_direct()
                && lookup.bilateral.is_empty()
                && let Some(first) = rhs.params.first_mut()
            {
                *first = Datum::str(super::builtin::pattern(name, &first.py_str()?));
            }
            Ok(vec![rhs])
        }
        _ => Ok(vec![process_rhs(lookup, compiler)?]),
    }
}
