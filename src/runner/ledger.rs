//! The statements of a run, with the places that sent them.

use crate::db;
use crate::django::connections::{Database, NotedParams, note_of};
use crate::orm::Datum;

use super::{LoggedQuery, QueryKind};

/// What the database has logged from `start` on. Statements that none of the learner's frames sent stand at `fallback`.
pub fn queries(database: &Database, start: usize, fallback: (u32, u32)) -> Vec<LoggedQuery> {
    let logged = database.connection.log_from(start);
    logged
        .into_iter()
        .map(|query| {
            let note = note_of(&query);
            let site = note.as_ref().and_then(|note| note.site.as_ref());
            let (line, column) = site.map_or(fallback, |site| (site.line(), site.column()));
            let params = match note.as_deref().map(|note| &note.params) {
                None | Some(NotedParams::None) => serde_json::Value::Null,
                Some(noted) => params_json(noted),
            };
            LoggedQuery {
                rendered: database.connection.rendered(&query).unwrap_or_else(|_| query.sql.clone()),
                params,
                line,
                column,
                kind: kind(query.kind),
                rows: query.rows,
                micros: query.micros,
                failed: query.failed,
                sql: query.sql,
            }
        })
        .collect()
}

fn kind(kind: db::QueryKind) -> QueryKind {
    match kind {
        db::QueryKind::Select => QueryKind::Select,
        db::QueryKind::Insert => QueryKind::Insert,
        db::QueryKind::Update => QueryKind::Update,
        db::QueryKind::Delete => QueryKind::Delete,
        db::QueryKind::Ddl => QueryKind::Ddl,
        db::QueryKind::Transaction => QueryKind::Transaction,
        db::QueryKind::Pragma => QueryKind::Pragma,
        db::QueryKind::Other => QueryKind::Other,
    }
}

fn params_json(noted: &NotedParams) -> serde_json::Value {
    match noted {
        NotedParams::None => serde_json::Value::Null,
        NotedParams::List(values) => list(values),
        NotedParams::Many(rows) => rows.iter().map(params_json).collect(),
        NotedParams::Named(pairs) => {
            pairs.iter().map(|(name, value)| (name.clone(), json(value))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

fn list(values: &[Datum]) -> serde_json::Value {
    values.iter().map(json).collect()
}

/// A parameter as JSON: what JSON does not know stands as Python's `str()` prints it.
fn json(value: &Datum) -> serde_json::Value {
    match value {
        Datum::Null => serde_json::Value::Null,
        Datum::Bool(truth) => (*truth).into(),
        Datum::Int(number) => (*number).into(),
        Datum::BigInt(number) => match number.to_string().parse::<u64>() {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        Datum::Float(number) if number.is_finite() => (*number).into(),
        Datum::Str(text) => (&**text).into(),
        Datum::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
        Datum::List(items) | Datum::Tuple(items) | Datum::Set(items) => list(items),
        Datum::Dict(pairs) => pairs
            .iter()
            .map(|(name, value)| (name.py_str().unwrap_or_default(), json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.py_str().unwrap_or_default().into(),
    }
}
