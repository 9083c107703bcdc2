//! `INSERT`, of one row or many.

use std::rc::Rc;

use super::{Converter, Fragment, SqlBuffer, SqlCompiler};
use crate::orm::models::{Field, Model};
use crate::orm::query::{Expr, Query, Resolve};
use crate::orm::{Datum, OrmError, OrmResult};

/// What happens to rows that are there already.
#[derive(Clone, Debug)]
pub enum OnConflict {
    /// They stay as they are.
    Ignore,
    /// They take on new values.
    Update {
        /// The fields that change.
        update_fields: Vec<Field>,
        /// The fields that tell which row is meant.
        unique_fields: Vec<Field>,
    },
}

/// Rows to be inserted.
#[derive(Clone)]
pub struct Insert {
    /// The model.
    pub model: Model,
    /// The fields, in order. Without any the rows consist of defaults.
    pub fields: Vec<Field>,
    /// A value for each field of each row, as [`InsertValues`] prepared them.
    pub rows: Vec<Vec<Datum>>,
    /// What happens to rows that are there already.
    pub on_conflict: Option<OnConflict>,
    /// The fields whose values come back.
    pub returning: Vec<Field>,
}

/// Prepares values for an insertion. What cannot be stored is refused field by field, before the next one is looked at.
pub struct InsertValues {
    query: Query,
}

impl InsertValues {
    /// For rows of a model.
    pub fn new(model: &Model) -> Self {
        Self { query: Query::new(model) }
    }

    /// As SQLInsertCompiler.prepare_value: a value as `pre_save` gave it becomes one that is stored, or an expression.
    pub fn prepare(&mut self, field: &Field, value: &Datum) -> OrmResult<Datum> {
        let mut value = value.clone();
        if let Datum::Query(query) = &value {
            value = Datum::Expr(Rc::new(crate::orm::query::Expression::Query(crate::orm::query::QueryExpr {
                query: query.clone(),
            })));
        }
        if let Datum::Expr(expr) = &value {
            let how = Resolve { allow_joins: false, for_save: true, ..Resolve::PLAIN };
            let resolved = expr.resolve(&mut self.query, how)?;
            if resolved.contains_column_references()? {
                return Err(OrmError::value_error(format!(
                    "Failed to insert expression \"{}\" on {}. F() expressions can only be used to update, not to insert.",
                    resolved.str(),
                    field.str()
                )));
            }
            super::update::refuse_in_save(&resolved, field)?;
            value = Datum::Expr(resolved);
        }
        field.get_db_prep_save(&value)
    }
}

/// An insertion ready to be sent.
#[derive(Clone, Debug)]
pub struct InsertStatement {
    /// Text and parameters.
    pub statement: Fragment,
    /// How the values of the returned fields come back.
    pub converters: Vec<Vec<Converter>>,
}

/// Compiles an insertion.
pub fn compile_insert(insert: &Insert) -> OrmResult<InsertStatement> {
    let mut query = Query::new(&insert.model);
    let mut compiler = SqlCompiler::new(&mut query);
    let mut out = SqlBuffer::new();
    let ignore = matches!(insert.on_conflict, Some(OnConflict::Ignore));
    out.push(if ignore { "INSERT OR IGNORE INTO " } else { "INSERT INTO " });
    out.name(&insert.model.db_table());
    out.push(" (");
    let pk = insert.model.pk()?;
    let columns: Vec<&Field> = if insert.fields.is_empty() { vec![&pk] } else { insert.fields.iter().collect() };
    names(&columns, &mut out);
    out.push(") VALUES ");
    for (position, row) in insert.rows.iter().enumerate() {
        out.push(if position == 0 { "(" } else { ", (" });
        if insert.fields.is_empty() {
            out.push("NULL");
        }
        for (position, (field, value)) in insert.fields.iter().zip(row).enumerate() {
            if position > 0 {
                out.push(", ");
            }
            write_value(&mut compiler, field, value, &mut out)?;
        }
        out.push(")");
    }
    if let Some(OnConflict::Update { update_fields, unique_fields }) = &insert.on_conflict {
        out.push(" ON CONFLICT(");
        names(&unique_fields.iter().collect::<Vec<_>>(), &mut out);
        out.push(") DO UPDATE SET ");
        for (position, field) in update_fields.iter().enumerate() {
            if position > 0 {
                out.push(", ");
            }
            let column = super::dialect::quoted(field.column.as_deref().unwrap_or("None"));
            out.push(&format!("{column} = EXCLUDED.{column}"));
        }
    }
    let mut converters = Vec::new();
    for (position, field) in insert.returning.iter().enumerate() {
        out.push(if position == 0 { " RETURNING " } else { ", " });
        out.name(&field.require_model()?.db_table());
        out.push(".");
        out.name(field.column.as_deref().unwrap_or("None"));
        let col: Expr = field.col(Some(insert.model.db_table()))?;
        converters.push(Converter::for_expression(&col)?);
    }
    Ok(InsertStatement { statement: out.finish(), converters })
}

fn names(fields: &[&Field], out: &mut SqlBuffer) {
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            out.push(", ");
        }
        out.name(field.column.as_deref().unwrap_or("None"));
    }
}

fn write_value(compiler: &mut SqlCompiler<'_>, field: &Field, value: &Datum, out: &mut SqlBuffer) -> OrmResult<()> {
    if let Datum::Expr(expr) = value {
        return compiler.compile(expr, out);
    }
    match field.hooks.as_ref().and_then(|hooks| hooks.get_placeholder(field, value)) {
        Some(placeholder) => out.push(&placeholder?),
        None => out.push("%s"),
    }
    out.params.push(value.clone());
    Ok(())
}
