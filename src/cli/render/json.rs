//! The objects that other tools read: runs and verdicts, with the names and shapes of the program's contract.

use serde_json::{Map, Value, json};

use crate::grading::{Counterexample, Verdict};
use crate::runner::{Cell, ExecError, Execution, Issue, Level, LoggedQuery, Outcome};

/// A run as JSON. `id` is the caller's, or null.
pub fn run_object(id: &Value, execution: &Execution) -> Value {
    let mut object = json!({
        "format": 1,
        "id": id,
        "ok": execution.outcome == Outcome::Finished,
        "stdout": execution.stdout,
        "value": execution.value,
        "rows": execution.rows.as_ref().map(|rows| rows_value(rows)),
        "columns": execution.columns,
        "queries": execution.queries.iter().map(query_object).collect::<Vec<_>>(),
        "error": outcome_error(&execution.outcome),
    });
    if !execution.issues.is_empty() {
        object["checks"] = execution.issues.iter().map(issue_object).collect();
    }
    object
}

/// What a system check found.
pub fn issue_object(issue: &Issue) -> Value {
    let level = match issue.level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    };
    json!({"level": level, "id": issue.id, "text": issue.text})
}

/// A run that could not begin.
pub fn failed_run(id: &Value, kind: &str, message: &str) -> Value {
    json!({
        "format": 1, "id": id, "ok": false, "stdout": "", "value": null, "rows": null, "columns": null, "queries": [],
        "error": {"type": kind, "message": message, "line": null, "column": null, "unsupported": false},
    })
}

fn outcome_error(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Finished => Value::Null,
        Outcome::Raised(error) => {
            let mut object = error_object(error);
            object["traceback"] = json!(error.traceback);
            object
        }
        Outcome::Limit(limit) => {
            json!({"type": "LimitExceeded", "message": limit, "line": null, "column": null, "unsupported": false})
        }
        Outcome::Interrupted => {
            json!({"type": "KeyboardInterrupt", "message": "", "line": null, "column": null, "unsupported": false})
        }
    }
}

fn error_object(error: &ExecError) -> Value {
    let place = |number: u32| (number > 0).then_some(number);
    json!({
        "type": error.kind,
        "message": error.message,
        "line": place(error.line),
        "column": place(error.column),
        "unsupported": error.unsupported,
    })
}

/// One statement as it was handed to the database.
pub fn query_object(query: &LoggedQuery) -> Value {
    json!({
        "sql": query.sql,
        "params": query.params,
        "line": query.line,
        "column": query.column,
        "kind": query.kind.to_string(),
        "rows": query.rows,
        "micros": query.micros,
    })
}

fn rows_value(rows: &[Vec<Cell>]) -> Value {
    rows.iter().map(|row| row.iter().map(Cell::to_json).collect::<Value>()).collect()
}

/// A verdict as JSON. `id` is the caller's, or null.
pub fn verdict_object(id: &Value, question: &str, verdict: &Verdict) -> Value {
    let checks: Vec<Value> = verdict
        .checks
        .iter()
        .map(|check| json!({"name": check.name, "ok": check.ok, "detail": check.detail}))
        .collect();
    let findings: Vec<Value> = verdict
        .findings
        .iter()
        .map(|finding| json!({"id": finding.id, "line": finding.line, "message": finding.message}))
        .collect();
    json!({
        "format": 1,
        "id": id,
        "question": question,
        "verdict": verdict.kind.word(),
        "checks": checks,
        "queries": verdict.queries,
        "budget": verdict.budget,
        "databases": verdict.databases,
        "executions": verdict.executions,
        "remarks": verdict.remarks,
        "findings": findings,
        "counterexample": verdict.counterexample.as_ref().map(counterexample_object),
        "error": verdict.error.as_ref().map(error_object),
        "elapsed_ms": (verdict.elapsed_ms * 1000.0).round() / 1000.0,
    })
}

fn counterexample_object(example: &Counterexample) -> Value {
    let tables: Map<String, Value> = example
        .tables
        .iter()
        .map(|table| (table.name.clone(), json!({"columns": table.columns, "rows": rows_value(&table.rows)})))
        .collect();
    json!({
        "tables": tables,
        "columns": example.columns,
        "expected": rows_value(&example.expected),
        "got_columns": example.got_columns,
        "got": rows_value(&example.got),
        "error": example.error,
        "marks": example.marked.iter().map(|(mark, row)| json!({
            "mark": mark.word(),
            "row": row.iter().map(Cell::to_json).collect::<Value>(),
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_the_contract_has_them() {
        let cells = [
            (Cell::Null, "null"),
            (Cell::Bool(true), "true"),
            (Cell::Int(-1), "-1"),
            (Cell::Float(1.0), "1.0"),
            (Cell::Float(f64::NAN), "\"nan\""),
            (Cell::Float(f64::NEG_INFINITY), "\"-inf\""),
            (Cell::Decimal("1.50".into()), "\"1.50\""),
            (Cell::Bytes(vec![0, 255]), "\"00ff\""),
            (
                Cell::Dict(vec![("b".into(), Cell::Int(1)), ("a".into(), Cell::List(vec![Cell::Int(2)]))]),
                "{\"b\":1,\"a\":[2]}",
            ),
            (Cell::Instance { model: "blog.Post".into(), pk: Box::new(Cell::Int(7)) }, "7"),
        ];
        for (cell, expected) in cells {
            assert_eq!(Cell::to_json(&cell).to_string(), expected);
        }
    }

    #[test]
    fn a_run_that_could_not_begin_has_every_field() {
        let run = failed_run(&json!("x"), "ValueError", "no");
        let keys: Vec<&String> = run.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["format", "id", "ok", "stdout", "value", "rows", "columns", "queries", "error"]);
    }
}
