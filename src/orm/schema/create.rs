//! CREATE TABLE with its constraints and indexes.

use std::rc::Rc;

use super::names::create_index_name;
use crate::orm::models::{Constraint, Field, FieldKind, Model};
use crate::orm::query::{Expr, Expression, Q, Query};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

/// The statements that make a model's table: CREATE TABLE, then those that Django sends at the end, its indexes.
#[derive(Clone, Debug, Default)]
pub struct TableStatements {
    /// `CREATE TABLE`.
    pub create: String,
    /// `CREATE INDEX` and `CREATE UNIQUE INDEX`, in order.
    pub deferred: Vec<String>,
}

fn quote(name: &str) -> String {
    if name.starts_with('"') && name.ends_with('"') { name.to_owned() } else { format!("\"{name}\"") }
}

/// The statements for one model's table. Tables between two models are models of their own.
pub fn create_table(model: &Model) -> OrmResult<TableStatements> {
    let table = model.db_table();
    let mut parts: Vec<String> = Vec::new();
    for field in model.local_fields() {
        if let Some(definition) = column_definition(model, &field)? {
            let column = field.column.clone().unwrap_or_default();
            parts.push(format!("{} {definition}", quote(&column)));
        }
    }
    let pk = model.pk()?;
    if pk.kind == FieldKind::CompositePrimaryKey {
        let columns = columns_of(&model.pk_fields()?);
        parts.push(format!("PRIMARY KEY ({})", quoted_list(&columns)));
    }
    let mut statements = TableStatements::default();
    let meta = model.meta();
    for constraint in &meta.constraints {
        match constraint {
            Constraint::Check { name, condition } => {
                let text = condition_sql(model, condition)?;
                parts.push(format!("CONSTRAINT {} CHECK ({text})", quote(name)));
            }
            Constraint::Unique { name, fields, expressions, condition: None, deferrable: None, .. }
                if expressions.is_empty() =>
            {
                let columns = columns_by_name(model, fields)?;
                parts.push(format!("CONSTRAINT {} UNIQUE ({})", quote(name), quoted_list(&columns)));
            }
            _ => {}
        }
    }
    statements.create = format!("CREATE TABLE {} ({})", quote(&table), parts.join(", "));
    for names in &meta.unique_together {
        let columns = columns_by_name(model, names)?;
        let texts: Vec<&str> = columns.iter().map(|column| &**column).collect();
        let name = create_index_name(&table, &texts, "_uniq");
        statements.deferred.push(format!(
            "CREATE UNIQUE INDEX {} ON {} ({})",
            quote(&name),
            quote(&table),
            quoted_list(&columns)
        ));
    }
    for field in model.local_fields() {
        let indexed = field.options.db_index && !field.is_unique() && field != pk;
        if indexed && let Some(column) = &field.column {
            let name = create_index_name(&table, &[&**column], "");
            statements.deferred.push(format!("CREATE INDEX {} ON {} ({})", quote(&name), quote(&table), quote(column)));
        }
    }
    for constraint in &meta.constraints {
        if let Constraint::Unique { name, fields, expressions, condition, deferrable: None, .. } = constraint {
            if expressions.is_empty() && condition.is_none() {
                continue;
            }
            let list = if expressions.is_empty() {
                quoted_list(&columns_by_name(model, fields)?)
            } else {
                expression_list(model, expressions)?
            };
            statements.deferred.push(format!(
                "CREATE UNIQUE INDEX {} ON {} ({list}){}",
                quote(name),
                quote(&table),
                where_clause(model, condition.as_ref())?
            ));
        }
    }
    for index in &meta.indexes {
        let list = if index.expressions.is_empty() {
            let mut parts = Vec::with_capacity(index.fields.len());
            for (name, descends) in &index.fields {
                let field = model.forward_field(name)?;
                let column = field.column.clone().unwrap_or_else(|| field.name.clone());
                parts.push(format!("{}{}", quote(&column), if *descends { " DESC" } else { "" }));
            }
            parts.join(", ")
        } else {
            expression_list(model, &index.expressions)?
        };
        statements.deferred.push(format!(
            "CREATE INDEX {} ON {} ({list}){}",
            quote(&index.name),
            quote(&table),
            where_clause(model, index.condition.as_ref())?
        ));
    }
    Ok(statements)
}

fn columns_of(fields: &[Field]) -> Vec<Rc<str>> {
    fields.iter().filter_map(|field| field.column.clone()).collect()
}

fn columns_by_name(model: &Model, names: &[Rc<str>]) -> OrmResult<Vec<Rc<str>>> {
    names
        .iter()
        .map(|name| {
            let field = model.forward_field(name)?;
            Ok(field.column.clone().unwrap_or_else(|| field.name.clone()))
        })
        .collect()
}

fn quoted_list(columns: &[Rc<str>]) -> String {
    columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ")
}

/// A column's type with its constraints; `None` for a field without a column.
fn column_definition(model: &Model, field: &Field) -> OrmResult<Option<String>> {
    if field.column.is_none() {
        return Ok(None);
    }
    let Some(db_type) = field.db_type()? else { return Ok(None) };
    let mut text = db_type;
    if let Some(collation) = &field.options.db_collation {
        text.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if let Some(generated) = &field.generated {
        let expression = bare_sql(model, &generated.expression)?;
        let stored = if generated.db_persist { "STORED" } else { "VIRTUAL" };
        text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {stored}"));
    }
    if let Some(default) = &field.options.db_default {
        let value = bare_sql(model, default)?;
        let simple = matches!(&**default, Expression::Value(_));
        text.push_str(&if simple { format!(" DEFAULT {value}") } else { format!(" DEFAULT ({value})") });
    }
    let is_pk = model.pk_or_none().as_ref() == Some(field);
    text.push_str(if field.options.null { " NULL" } else { " NOT NULL" });
    if is_pk {
        text.push_str(" PRIMARY KEY");
    } else if field.is_unique() {
        text.push_str(" UNIQUE");
    }
    if let Some(check) = field_check(field) {
        text.push_str(&format!(" CHECK ({check})"));
    }
    if matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto) {
        text.push_str(" AUTOINCREMENT");
    }
    let constrained = field.relation.as_ref().is_some_and(|relation| relation.db_constraint);
    if constrained && matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
        let target = field.target_field()?;
        let table = target.require_model()?.db_table();
        let column = target.column.clone().unwrap_or_else(|| target.name.clone());
        text.push_str(&format!(" REFERENCES {} ({}) DEFERRABLE INITIALLY DEFERRED", quote(&table), quote(&column)));
    }
    Ok(Some(text))
}

/// The check that a field's type brings along.
fn field_check(field: &Field) -> Option<String> {
    let column = quote(field.column.as_deref()?);
    match field.kind {
        FieldKind::PositiveInteger | FieldKind::PositiveBigInteger | FieldKind::PositiveSmallInteger => {
            Some(format!("{column} >= 0"))
        }
        FieldKind::Json => Some(format!("(JSON_VALID({column}) OR {column} IS NULL)")),
        _ => None,
    }
}

/// An expression over a model's own columns, without a table's name, its parameters in place.
fn bare_sql(model: &Model, expr: &Expr) -> OrmResult<String> {
    let mut query = Query::new(model);
    query.alias_cols = false;
    let resolved = expr.resolve(&mut query, crate::orm::query::Resolve::PLAIN)?;
    let mut compiler = SqlCompiler::new(&mut query);
    let mut out = SqlBuffer::new();
    compiler.compile(&resolved, &mut out)?;
    fill(&out.sql, &out.params)
}

/// A condition over a model's own columns.
fn condition_sql(model: &Model, condition: &Expr) -> OrmResult<String> {
    match &**condition {
        Expression::Q(q) => {
            let mut query = Query::new(model);
            query.alias_cols = false;
            let node = query.build_where(&crate::orm::query::QNode::Q(q.clone()))?;
            let mut compiler = SqlCompiler::new(&mut query);
            let mut out = SqlBuffer::new();
            compiler.write_where(&node, &mut out)?;
            fill(&out.sql, &out.params)
        }
        _ => bare_sql(model, condition),
    }
}

fn where_clause(model: &Model, condition: Option<&Q>) -> OrmResult<String> {
    match condition {
        Some(q) => Ok(format!(" WHERE {}", condition_sql(model, &Rc::new(Expression::Q(q.clone())))?)),
        None => Ok(String::new()),
    }
}

fn expression_list(model: &Model, expressions: &[Expr]) -> OrmResult<String> {
    let mut parts = Vec::with_capacity(expressions.len());
    for expr in expressions {
        let (inner, ending) = match &**expr {
            Expression::OrderBy(order) => (order.expr.clone(), if order.descending { " DESC" } else { "" }),
            _ => (expr.clone(), ""),
        };
        let text = bare_sql(model, &inner)?;
        let plain = matches!(&*inner, Expression::F(_));
        parts.push(if plain { format!("{text}{ending}") } else { format!("({text}){ending}") });
    }
    Ok(parts.join(", "))
}

/// Puts values in their places as SQL literals.
fn fill(sql: &str, params: &[Datum]) -> OrmResult<String> {
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
fn literal(value: &Datum) -> OrmResult<String> {
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
