//! Django's SQL functions against what real Django gave (`tests/oracle/tables.py` writes the tables).

use ormdojo::db::{Connection, Params, SqlValue};
use ormdojo::values::float_repr;
use serde_json::{Value, json};

fn check(table: &str) {
    let path = format!("{}/tests/conformance/functions/{table}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the table");
    let connection = Connection::open().expect("a new database");
    connection.set_logging(false);
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        let expression = line[0].as_str().expect("an expression");
        let result = connection.execute_plain(&format!("SELECT {expression}"), &Params::None);
        let got = match result {
            Err(error) => json!(["error", error.kind.class_name().unwrap_or("Unsupported"), error.message]),
            Ok(result) => match result.rows.into_iter().flatten().next().unwrap_or_default() {
                SqlValue::Null => json!(["null"]),
                SqlValue::Integer(value) => json!(["integer", value.to_string()]),
                SqlValue::Real(value) => json!(["real", float_repr(value)]),
                SqlValue::Text(text) => json!(["text", text]),
                SqlValue::Blob(bytes) => {
                    json!(["blob", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()])
                }
            },
        };
        count += 1;
        if got != line[1] && !close(&got, &line[1]) {
            wrong.push(format!("{expression}\n    expected {}\n    got      {got}", line[1]));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong[..wrong.len().min(25)].join("\n"));
}

/// Mathematical libraries differ in the last bit.
fn close(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match (value[0].as_str(), value[1].as_str()) {
        (Some("real"), Some(text)) => text.parse::<f64>().ok(),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs()),
        _ => false,
    }
}

#[test]
fn datetime() {
    check("datetime");
}

#[test]
fn text() {
    check("text");
}

#[test]
fn math() {
    check("math");
}

#[test]
fn statistics() {
    check("statistics");
}

#[test]
fn regexp() {
    check("regexp");
}
