//! Columns: their types, defaults and constraints, and expressions over a model's own columns.

use std::rc::Rc;

use super::statement::quote;
use crate::orm::models::{Field, FieldKind, Model};
use crate::orm::query::{Expr, Expression, FuncOverrides, Q, QNode, Query, Resolve};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

fn is_auto(field: &Field) -> bool {
    matches!(&*field.internal_type(), "AutoField" | "BigAutoField" | "SmallAutoField")
}

/// Whether a field is the primary key of its model.
fn is_primary_key(model: &Model, field: &Field) -> bool {
    field.options.primary_key || model.pk_or_none().as_ref() == Some(field)
}

/// A column's type and constraints as `column_sql()` gives them, without checks, references and the like; `None` for a
/// field without a column.
pub fn column_sql(model: &Model, field: &Field) -> OrmResult<Option<String>> {
    if field.column.is_none() {
        return Ok(None);
    }
    let Some(mut text) = field.db_type()? else { return Ok(None) };
    if let Some(collation) = collation(field)? {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    if field.options.db_default.is_some() {
        text.push_str(&format!(" DEFAULT {}", db_default_sql(model, field)?));
    }
    if let Some(generated) = generated_sql(model, field)? {
        text.push(' ');
        text.push_str(&generated);
    } else {
        text.push_str(if field.options.null { " NULL" } else { " NOT NULL" });
    }
    if is_primary_key(model, field) {
        text.push_str(" PRIMARY KEY");
    } else if field.is_unique() {
        text.push_str(" UNIQUE");
    }
    Ok(Some(text))
}

/// A column's definition in `CREATE TABLE` or `ADD COLUMN`, after its name.
pub fn column_definition(model: &Model, field: &Field) -> OrmResult<Option<String>> {
    let Some(mut text) = column_sql(model, field)? else { return Ok(None) };
    if let Some(check) = field_check(field) {
        text.push_str(&format!(" CHECK ({check})"));
    }
    if is_auto(field) {
        text.push_str(" AUTOINCREMENT");
    }
    if let Some(reference) = reference(field)? {
        text.push(' ');
        text.push_str(&reference);
    }
    Ok(Some(text))
}

/// As [`column_definition`], in the order of `ADD COLUMN`.
pub fn added_column_definition(model: &Model, field: &Field) -> OrmResult<Option<String>> {
    let Some(mut text) = column_sql(model, field)? else { return Ok(None) };
    if is_auto(field) {
        text.push_str(" AUTOINCREMENT");
    }
    if let Some(check) = field_check(field) {
        text.push_str(&format!(" CHECK ({check})"));
    }
    if let Some(reference) = reference(field)? {
        text.push(' ');
        text.push_str(&reference);
    }
    Ok(Some(text))
}

/// The collation of a field's column; a key has that of the column which it points at.
pub fn collation(field: &Field) -> OrmResult<Option<Rc<str>>> {
    if matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
        return collation(&field.target_field()?);
    }
    Ok(match &field.generated {
        Some(generated) => generated.output_field.options.db_collation.clone(),
        None => field.options.db_collation.clone(),
    })
}

/// `REFERENCES …` of a foreign key that the database watches.
fn reference(field: &Field) -> OrmResult<Option<String>> {
    let constrained = field.relation.as_ref().is_some_and(|relation| relation.db_constraint);
    if !constrained || !matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
        return Ok(None);
    }
    let target = field.target_field()?;
    let table = field.relation.as_ref().and_then(|relation| relation.model());
    let table = match table {
        Some(model) => model.db_table(),
        None => target.require_model()?.db_table(),
    };
    let column = target.column.clone().unwrap_or_else(|| target.name.clone());
    Ok(Some(format!("REFERENCES {} ({}) DEFERRABLE INITIALLY DEFERRED", quote(&table), quote(&column))))
}

/// `GENERATED ALWAYS AS …` of a generated field.
pub fn generated_sql(model: &Model, field: &Field) -> OrmResult<Option<String>> {
    let Some(generated) = &field.generated else { return Ok(None) };
    let expression = bare_sql(model, &generated.expression)?;
    let stored = if generated.db_persist { "STORED" } else { "VIRTUAL" };
    Ok(Some(format!("GENERATED ALWAYS AS ({expression}) {stored}")))
}

/// `db_default_sql()`: a default of the database's own, as it stands after `DEFAULT`.
pub fn db_default_sql(model: &Model, field: &Field) -> OrmResult<String> {
    let Some(default) = &field.options.db_default else { return Ok("NULL".to_owned()) };
    if matches!(&**default, Expression::F(_)) {
        return Err(OrmError::attribute_error("'F' object has no attribute 'as_sql'"));
    }
    let simple = matches!(&**default, Expression::Value(_));
    let value = bare_sql(model, default)?;
    Ok(if simple { value } else { format!("({value})") })
}

/// The check that a field's type brings along.
pub fn field_check(field: &Field) -> Option<String> {
    let column = quote(field.column.as_deref()?);
    match &*field.internal_type() {
        "PositiveIntegerField" | "PositiveBigIntegerField" | "PositiveSmallIntegerField" => {
            Some(format!("{column} >= 0"))
        }
        "JSONField" => Some(format!("(JSON_VALID({column}) OR {column} IS NULL)")),
        _ => None,
    }
}

/// An expression over a model's own columns, without a table's name, its parameters in place.
pub fn bare_sql(model: &Model, expr: &Expr) -> OrmResult<String> {
    let mut query = Query::new(model);
    query.alias_cols = false;
    let resolved = expr.resolve(&mut query, Resolve::PLAIN)?;
    compiled(&mut query, &resolved)
}

fn compiled(query: &mut Query, resolved: &Expr) -> OrmResult<String> {
    let mut compiler = SqlCompiler::new(query);
    let mut out = SqlBuffer::new();
    compiler.compile(resolved, &mut out)?;
    fill(&out.sql, &out.params)
}

/// A condition over a model's own columns.
pub fn condition_sql(model: &Model, condition: &Expr) -> OrmResult<String> {
    let node = match &**condition {
        Expression::Q(q) => QNode::Q(q.clone()),
        _ => return bare_sql(model, condition),
    };
    let mut query = Query::new(model);
    query.alias_cols = false;
    let node = query.build_where(&node)?;
    let mut compiler = SqlCompiler::new(&mut query);
    let mut out = SqlBuffer::new();
    compiler.write_where(&node, &mut out)?;
    fill(&out.sql, &out.params)
}

/// ` WHERE …` of an index over some rows only.
pub fn where_clause(model: &Model, condition: Option<&Q>) -> OrmResult<String> {
    match condition {
        Some(q) => Ok(format!(" WHERE {}", condition_sql(model, &Rc::new(Expression::Q(q.clone())))?)),
        None => Ok(String::new()),
    }
}

/// The expressions of a functional index, each in parentheses unless it is a column; order and collation stand outside.
pub fn expression_list(model: &Model, expressions: &[Expr]) -> OrmResult<String> {
    let mut parts = Vec::with_capacity(expressions.len());
    for expr in expressions {
        let mut query = Query::new(model);
        query.alias_cols = false;
        let mut root = expr.clone();
        let mut order = None;
        let mut collation = None;
        loop {
            let inner = match &*root {
                Expression::OrderBy(term) if order.is_none() => {
                    order = Some(term.clone());
                    term.expr.clone()
                }
                Expression::Func(func)
                    if func.spec.name == "Collate" && collation.is_none() && func.args.len() == 1 =>
                {
                    collation = Some(func.clone());
                    func.args[0].clone()
                }
                _ => break,
            };
            root = inner;
        }
        let mut resolved = root.resolve(&mut query, Resolve::PLAIN)?;
        if !matches!(&*resolved, Expression::Col(_)) {
            let own = FuncOverrides { template: Some("(%(expressions)s)".into()), ..FuncOverrides::default() };
            let mut func = crate::orm::query::Func::new(&crate::orm::query::FUNC, vec![resolved]);
            func.overrides = Some(Rc::new(own));
            resolved = Rc::new(Expression::Func(func));
        }
        if let Some(mut collate) = collation {
            collate.args = vec![resolved];
            resolved = Rc::new(Expression::Func(collate));
        }
        if let Some(mut term) = order {
            term.expr = resolved;
            resolved = Rc::new(Expression::OrderBy(term));
        }
        parts.push(compiled(&mut query, &resolved)?);
    }
    Ok(parts.join(", "))
}

/// Puts values in their places as SQL literals.
pub fn fill(sql: &str, params: &[Datum]) -> OrmResult<String> {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut next = params.iter();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('s') {
            let value = next.next().ok_or_else(|| OrmError::type_error("not enough arguments for format string"))?;
            out.push_str(&literal(value)?);
            rest = tail;
        } else {
            out.push('%');
            rest = after.strip_prefix('%').unwrap_or(after);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// A value as the schema editor quotes it.
pub fn literal(value: &Datum) -> OrmResult<String> {
    Ok(match value {
        Datum::Null => "NULL".to_owned(),
        Datum::Bool(truth) => i64::from(*truth).to_string(),
        Datum::Int(number) => number.to_string(),
        Datum::BigInt(number) => number.to_string(),
        Datum::Float(number) => crate::values::float_repr(*number),
        Datum::Str(text) => format!("'{}'", text.replace('\'', "''")),
        Datum::Bytes(bytes) => {
            format!("X'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        other => {
            let text = other.py_str()?;
            format!("'{}'", text.replace('\'', "''"))
        }
    })
}
