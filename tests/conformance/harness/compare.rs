//! Compares what the oracle saw with the run object that the engine gave.

use serde_json::{Value, json};
use similar::TextDiff;

use crate::cases::Expected;

/// What became of a case.
pub enum Outcome {
    /// Nothing differs.
    Passed,
    /// The engine says that it cannot do this.
    Unsupported(String),
    /// Something differs; each difference in words.
    Failed(Vec<String>),
}

/// Compares everything that the expectation holds.
pub fn compare(expected: &Expected, got: &Value) -> Outcome {
    let error = &got["error"];
    if error["unsupported"] == true {
        return Outcome::Unsupported(text(&error["message"]));
    }
    let mut differences = Vec::new();
    let mut differs = |what: &str, wanted: &str, seen: &str| {
        if wanted != seen {
            differences.push(difference(what, wanted, seen));
        }
    };
    differs("statements", &wanted_statements(expected), &seen_statements(got));
    differs("error", &wanted_error(expected), &seen_error(error));
    differs("stdout", &expected.stdout, &plain(&text(&got["stdout"])));
    differs("value", expected.value.as_deref().unwrap_or("(none)"), &optional(&got["value"]));
    if let Some(traceback) = &expected.traceback {
        differs("traceback", traceback, plain(&text(&error["traceback"])).trim_end_matches('\n'));
    }
    let seen = seen_rows(got);
    if !same_rows(expected.rows.as_ref(), seen.as_ref()) {
        differences.push(difference("rows", &lines(expected.rows.as_ref()), &lines(seen.as_ref())));
    }
    if differences.is_empty() { Outcome::Passed } else { Outcome::Failed(differences) }
}

fn difference(what: &str, wanted: &str, seen: &str) -> String {
    let diff = TextDiff::from_lines(wanted, seen);
    format!("-- {what} (- Django, + engine)\n{}", diff.unified_diff().context_radius(2))
}

fn wanted_statements(expected: &Expected) -> String {
    let statement = |query: &crate::cases::Query| {
        format!("-- {} {} {}\n{}\n", query.place, query.kind, query.params, without_set_order(&query.sql))
    };
    expected.queries.iter().map(statement).collect()
}

fn seen_statements(got: &Value) -> String {
    let statement = |query: &Value| {
        let sql = without_set_order(&text(&query["sql"]));
        format!("-- {}:{} {} {}\n{sql}\n", query["line"], query["column"], text(&query["kind"]), query["params"])
    };
    got["queries"].as_array().into_iter().flatten().map(statement).collect()
}

/// Django joins a frozenset of these three; which order comes out depends on nothing but the hash seed.
fn without_set_order(sql: &str) -> String {
    let mut sql = sql.to_owned();
    for order in [
        "'null','true','false'",
        "'true','false','null'",
        "'true','null','false'",
        "'false','true','null'",
        "'false','null','true'",
    ] {
        sql = sql.replace(order, "'null','false','true'");
    }
    sql
}

fn wanted_error(expected: &Expected) -> String {
    expected
        .error
        .as_ref()
        .map_or_else(String::new, |(kind, line, column, message)| format!("{kind} at {line}:{column}\n{message}\n"))
}

fn seen_error(error: &Value) -> String {
    if error.is_null() {
        return String::new();
    }
    let place = |key: &str| error[key].as_u64().unwrap_or(0);
    format!("{} at {}:{}\n{}\n", text(&error["type"]), place("line"), place("column"), plain(&text(&error["message"])))
}

fn seen_rows(got: &Value) -> Option<Vec<Value>> {
    let rows = got["rows"].as_array()?;
    Some(std::iter::once(got["columns"].clone()).chain(rows.iter().cloned()).collect())
}

fn lines(rows: Option<&Vec<Value>>) -> String {
    rows.map_or_else(|| "(none)\n".to_owned(), |rows| rows.iter().map(|row| format!("{row}\n")).collect())
}

fn same_rows(wanted: Option<&Vec<Value>>, seen: Option<&Vec<Value>>) -> bool {
    match (wanted, seen) {
        (Some(wanted), Some(seen)) => same(&json!(wanted), &json!(seen)),
        (wanted, seen) => wanted.is_none() && seen.is_none(),
    }
}

/// Equal, with 1 and 1.0 told apart; integers too long for a JSON number may be written as text.
fn same(wanted: &Value, seen: &Value) -> bool {
    match (wanted, seen) {
        (Value::Array(wanted), Value::Array(seen)) => {
            wanted.len() == seen.len() && wanted.iter().zip(seen).all(|(wanted, seen)| same(wanted, seen))
        }
        (Value::Number(wanted), Value::String(seen)) => wanted.to_string() == *seen,
        _ => wanted == seen,
    }
}

fn optional(value: &Value) -> String {
    if value.is_null() { "(none)".to_owned() } else { plain(&text(value)) }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Addresses differ between runs: each becomes 0x0.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("at 0x") {
        let (before, after) = rest.split_at(at + "at 0x".len());
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        plain.push_str(before);
        plain.push_str(if digits > 0 { "0" } else { "" });
        rest = &after[digits..];
    }
    plain + rest
}
