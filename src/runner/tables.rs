//! The tables of a dataset: made from its models, filled with its rows.

use std::rc::Rc;

use crate::db::{Connection, Params, SqlValue};
use crate::orm::models::{Model, Registry};
use crate::orm::schema::create_table;

use super::WorkbenchError;

/// The models of a registry that have tables, in the order of their making.
pub fn tabled(registry: &Registry) -> Vec<Model> {
    registry
        .models()
        .into_iter()
        .filter(|model| {
            let meta = model.meta();
            !meta.is_abstract && !meta.proxy && meta.managed && meta.swapped.is_none()
        })
        .collect()
}

/// Why a table cannot be made, as Python would name it.
fn failed(error: &crate::orm::OrmError) -> WorkbenchError {
    WorkbenchError::Invalid(format!("{:?}: {}", error.kind(), error.message()))
}

/// The statements that make every table, as Django's schema editor would send them.
pub fn statements(registry: &Registry, wanted: &dyn Fn(&Model) -> bool) -> Result<Vec<String>, WorkbenchError> {
    let mut creates = Vec::new();
    let mut deferred = Vec::new();
    let mut add = |model: &Model| -> Result<(), WorkbenchError> {
        let made = create_table(model).map_err(|error| failed(&error))?;
        creates.push(made.create);
        deferred.extend(made.deferred);
        Ok(())
    };
    for model in tabled(registry).iter().filter(|model| !model.meta().auto_created && wanted(model)) {
        add(model)?;
        // The tables between come with the model that declares the relation.
        for field in model.local_many_to_many() {
            let through = field.relation.as_ref().and_then(|relation| relation.through_model());
            if through.is_none() {
                return Err(WorkbenchError::Invalid(
                    "AttributeError: 'str' object has no attribute '_meta'".to_owned(),
                ));
            }
            if let Some(through) = through.filter(|through| through.meta().auto_created) {
                add(&through)?;
            }
        }
    }
    creates.extend(deferred);
    Ok(creates)
}

/// Makes every table.
pub fn create(connection: &Rc<Connection>, registry: &Registry) -> Result<(), WorkbenchError> {
    for statement in statements(registry, &|_| true)? {
        connection
            .execute_plain(&statement, &Params::None)
            .map_err(|error| WorkbenchError::Invalid(format!("{}: {statement}", error.message)))?;
    }
    Ok(())
}

/// Puts a dataset's rows into its tables: JSON, by table the columns and rows.
pub fn fill(connection: &Rc<Connection>, rows: &str) -> Result<(), WorkbenchError> {
    let invalid = |text: String| WorkbenchError::Invalid(format!("the dataset's rows: {text}"));
    let tables: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(rows).map_err(|error| invalid(error.to_string()))?;
    for (table, content) in &tables {
        let columns: Vec<&str> = content["columns"]
            .as_array()
            .map(|names| names.iter().filter_map(serde_json::Value::as_str).collect())
            .unwrap_or_default();
        let names: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO \"{table}\" ({}) VALUES ({marks})", names.join(", "));
        for row in content["rows"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let values = row.as_array().map(|row| row.iter().map(stored).collect()).unwrap_or_default();
            connection
                .execute_plain(&insert, &Params::List(values))
                .map_err(|error| invalid(format!("{table}: {}", error.message)))?;
        }
    }
    Ok(())
}

fn stored(value: &serde_json::Value) -> SqlValue {
    match value {
        serde_json::Value::Bool(truth) => SqlValue::Integer(i64::from(*truth)),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => SqlValue::Integer(whole),
            None => SqlValue::Real(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => SqlValue::Text(text.clone()),
        serde_json::Value::Object(map) => match map.get("hex").and_then(serde_json::Value::as_str) {
            Some(digits) => SqlValue::Blob(
                (0..digits.len() / 2)
                    .filter_map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
                    .collect(),
            ),
            None => SqlValue::Text(value.to_string()),
        },
        serde_json::Value::Null => SqlValue::Null,
        other => SqlValue::Text(other.to_string()),
    }
}

/// Puts the medium or large rows into a dataset's tables.
pub fn fill_scaled(connection: &Rc<Connection>, dataset: &str, scale: &str) -> Result<(), WorkbenchError> {
    let failed = |error: crate::db::DbError| WorkbenchError::Invalid(format!("the dataset's rows: {}", error.message));
    connection.execute_plain("BEGIN", &Params::None).map_err(failed)?;
    for table in super::scale::scaled_tables(dataset, scale)? {
        let names: Vec<String> = table.columns.iter().map(|name| format!("\"{name}\"")).collect();
        let marks = vec!["%s"; table.columns.len()].join(", ");
        let insert = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", table.name, names.join(", "));
        let many: Vec<Params> = table.rows.into_iter().map(Params::List).collect();
        connection.set_logging(false);
        let outcome = connection.execute_many(&insert, &many);
        connection.set_logging(true);
        outcome.map_err(failed)?;
    }
    connection.execute_plain("COMMIT", &Params::None).map_err(failed)?;
    Ok(())
}
