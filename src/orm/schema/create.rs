//! CREATE TABLE with its constraints and indexes.

use std::rc::Rc;

use super::column::{column_definition, condition_sql, expression_list, where_clause};
use super::statement::{Deferred, quote};
use crate::orm::OrmResult;
use crate::orm::models::{Constraint, Field, FieldKind, Index, Model};

/// The statements that make a model's table: CREATE TABLE, then those that Django sends at the end, its indexes.
#[derive(Clone, Debug, Default)]
pub struct TableStatements {
    /// `CREATE TABLE`.
    pub create: String,
    /// `CREATE INDEX` and `CREATE UNIQUE INDEX`, in order.
    pub deferred: Vec<String>,
}

/// The statements for one model's table. Tables between two models are models of their own.
pub fn create_table(model: &Model) -> OrmResult<TableStatements> {
    let (create, deferred) = table_statements(model)?;
    Ok(TableStatements { create, deferred: deferred.iter().map(Deferred::sql).collect() })
}

/// As [`create_table`], with statements that can still follow their table.
pub fn table_statements(model: &Model) -> OrmResult<(String, Vec<Deferred>)> {
    let table = model.db_table();
    let meta = model.meta();
    let mut deferred = Vec::new();
    for names in &meta.unique_together {
        deferred.push(plain_index(&table, columns_by_name(model, names)?, true));
    }
    let mut parts: Vec<String> = Vec::new();
    for field in model.local_fields() {
        if let Some(definition) = column_definition(model, &field)? {
            let column = field.column.clone().unwrap_or_default();
            parts.push(format!("{} {definition}", quote(&column)));
        }
    }
    for constraint in &meta.constraints {
        match constraint {
            Constraint::Check { name, condition } => {
                let text = condition_sql(model, condition)?;
                parts.push(format!("CONSTRAINT {} CHECK ({text})", quote(name)));
            }
            _ if is_index(constraint) => deferred.extend(constraint_index(model, constraint)?),
            Constraint::Unique { name, fields, .. } if is_supported(constraint) => {
                let columns = columns_by_name(model, fields)?;
                parts.push(format!("CONSTRAINT {} UNIQUE ({})", quote(name), quoted_list(&columns)));
            }
            _ => {}
        }
    }
    if let Some(pk) = model.pk_or_none().filter(|pk| pk.kind == FieldKind::CompositePrimaryKey) {
        let columns = columns_by_name(model, &pk.composite)?;
        parts.push(format!("PRIMARY KEY ({})", quoted_list(&columns)));
    }
    let create = format!("CREATE TABLE {} ({})", quote(&table), parts.join(", "));
    for field in model.local_fields() {
        deferred.extend(field_index(model, &field));
    }
    for index in &meta.indexes {
        deferred.push(index_statement(model, index)?);
    }
    Ok((create, deferred))
}

fn plain_index(table: &Rc<str>, columns: Vec<Rc<str>>, unique: bool) -> Deferred {
    let list = quoted_list(&columns);
    Deferred { unique, table: table.clone(), columns, name: None, list, condition: String::new() }
}

/// The unique index of a group of `unique_together`.
pub fn unique_together_statement(model: &Model, names: &[Rc<str>]) -> OrmResult<Deferred> {
    Ok(plain_index(&model.db_table(), columns_by_name(model, names)?, true))
}

/// The index of a field that asks for one; unique columns have theirs already.
pub fn field_index(model: &Model, field: &Field) -> Option<Deferred> {
    let column = field.column.clone()?;
    let is_key = model.pk_or_none().as_ref() == Some(field);
    (field.options.db_index && !field.is_unique() && !is_key)
        .then(|| plain_index(&model.db_table(), vec![column], false))
}

/// The statement that makes an index of `Meta.indexes`.
pub fn index_statement(model: &Model, index: &Index) -> OrmResult<Deferred> {
    let mut columns = Vec::new();
    let list = if index.expressions.is_empty() {
        let mut parts = Vec::with_capacity(index.fields.len());
        for (name, descends) in &index.fields {
            let field = model.forward_field(name)?;
            let column = field.column.clone().unwrap_or_else(|| field.name.clone());
            parts.push(format!("{}{}", quote(&column), if *descends { " DESC" } else { "" }));
            columns.push(column);
        }
        parts.join(", ")
    } else {
        expression_list(model, &index.expressions)?
    };
    Ok(Deferred {
        unique: false,
        table: model.db_table(),
        columns,
        name: Some(index.name.clone()),
        list,
        condition: where_clause(model, index.condition.as_ref())?,
    })
}

/// Whether SQLite can hold a unique constraint as it was declared; what it cannot, no statement makes.
fn is_supported(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::Unique { deferrable: None, nulls_distinct: None, include, .. } if include.is_empty())
}

/// Whether a unique constraint is made by an index of its own.
pub fn is_index(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::Unique { expressions, condition, .. } => {
            is_supported(constraint) && (condition.is_some() || !expressions.is_empty())
        }
        _ => false,
    }
}

/// The statement that makes a unique constraint over expressions or over some rows only; `None` where SQLite has none.
pub fn constraint_index(model: &Model, constraint: &Constraint) -> OrmResult<Option<Deferred>> {
    let Constraint::Unique { name, fields, expressions, condition, .. } = constraint else { return Ok(None) };
    if !is_supported(constraint) {
        return Ok(None);
    }
    let (columns, list) = if expressions.is_empty() {
        let columns = columns_by_name(model, fields)?;
        let list = quoted_list(&columns);
        (columns, list)
    } else {
        (Vec::new(), expression_list(model, expressions)?)
    };
    Ok(Some(Deferred {
        unique: true,
        table: model.db_table(),
        columns,
        name: Some(name.clone()),
        list,
        condition: where_clause(model, condition.as_ref())?,
    }))
}

/// The columns of fields by name.
pub fn columns_by_name(model: &Model, names: &[Rc<str>]) -> OrmResult<Vec<Rc<str>>> {
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
