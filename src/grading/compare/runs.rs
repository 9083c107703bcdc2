//! [`compared`]: two runs on the same database, by what the question compares.

use super::{Binding, Difference, Rules, Shown, Symptom, model_differences, schema_difference, state_difference};
use crate::grading::lab::{Lab, Run};
use crate::grading::shape::is_ordered;
use crate::grading::{Compare, Expectation, Order};
use crate::runner::{Execution, Language, LoggedQuery, QueryKind};

/// What became of one answer on one database.
pub enum Comparison {
    /// No difference.
    Same,
    /// The database says nothing: the setup or the reference fails on it.
    LeftOut,
    /// A difference.
    Differs(Difference),
    /// The answer raised where the reference did not.
    Raised,
}

/// Compares two runs on the same database.
pub fn compared(lab: &Lab, expectation: &Expectation, binding: &mut Binding, expected: &Run, run: &Run) -> Comparison {
    match (expected.execution.error(), run.execution.error()) {
        (Some(wanted), Some(given)) if wanted.kind == given.kind => return Comparison::Same,
        (Some(_), _) => return Comparison::LeftOut,
        (None, Some(_)) => return Comparison::Raised,
        (None, None) => {}
    }
    let differs = |symptom, detail| Comparison::Differs(Difference::new(symptom, detail));
    if let Some(failures) = &run.failures {
        return match failures.first() {
            Some((test, message)) => differs(Symptom::Values, format!("{test}: {message}")),
            None => Comparison::Same,
        };
    }
    match expectation.compare {
        Compare::Value => {
            let rules = Rules {
                order: &expectation.order,
                exact_columns: expectation.exact_columns,
                reference: &expectation.code,
            };
            let attnames = match &expected.shown {
                Shown::Grid(grid) => match &grid.instances {
                    Some((label, _)) => lab.attnames(label),
                    None => Vec::new(),
                },
                _ => Vec::new(),
            };
            match binding.compare(&expected.shown, &run.shown, &attnames, rules) {
                Ok(()) if writes(&run.execution) && !writes(&expected.execution) => {
                    differs(Symptom::Form, "the answer changes rows, which was not asked for".to_owned())
                }
                Ok(()) if comes_by_luck(expectation, expected, run) => {
                    differs(Symptom::Order, "the statement that gives the rows has no ORDER BY of its own".to_owned())
                }
                Ok(()) => Comparison::Same,
                Err(difference) => Comparison::Differs(difference),
            }
        }
        Compare::Stdout => {
            if expected.printed == run.printed {
                return Comparison::Same;
            }
            let at = expected.printed.iter().zip(&run.printed).take_while(|(wanted, given)| wanted == given).count();
            let line = |lines: &[String]| lines.get(at).map_or("nothing".to_owned(), |line| format!("`{line}`"));
            let detail =
                format!("line {}: {} was expected, {} came", at + 1, line(&expected.printed), line(&run.printed));
            differs(printed_symptom(&expected.printed, &run.printed), detail)
        }
        Compare::Database => match state_difference(&expected.state, &run.state) {
            None => Comparison::Same,
            Some(detail) => differs(Symptom::Values, detail),
        },
        Compare::Schema => {
            let mut remarks = Vec::new();
            let difference = definition_difference(expected, run, &mut remarks);
            for remark in remarks {
                if !binding.remarks.contains(&remark) {
                    binding.remarks.push(remark);
                }
            }
            match difference {
                None => Comparison::Same,
                Some(difference) => Comparison::Differs(difference),
            }
        }
    }
}

/// Whether SQL gives several rows in the order asked for without asking for it: by the way in which SQLite happens to
/// group, to merge or to read a subquery, of which it promises nothing.
fn comes_by_luck(expectation: &Expectation, expected: &Run, run: &Run) -> bool {
    let ordered = |run: &Run| {
        let reads = |query: &&LoggedQuery| query.kind == QueryKind::Select && !query.failed;
        run.execution.queries.iter().rev().find(reads).is_none_or(|query| is_ordered(&query.sql))
    };
    let several = |run: &Run| run.execution.rows.as_ref().is_some_and(|rows| rows.len() > 1);
    expectation.language == Language::Sql
        && expectation.order != Order::None
        && several(run)
        && ordered(expected)
        && !ordered(run)
}

/// What the models state and what their tables are made of. One difference names the rest, as far as they are few.
fn definition_difference(expected: &Run, run: &Run, remarks: &mut Vec<String>) -> Option<Difference> {
    const MOST_TOLD: usize = 4;
    let found = model_differences(&expected.models, &run.models, remarks);
    if let Some(first) = found.first() {
        let mut details: Vec<&str> = Vec::new();
        for mismatch in &found {
            if !details.contains(&mismatch.detail.as_str()) {
                details.push(&mismatch.detail);
            }
        }
        details.truncate(MOST_TOLD);
        let mut difference = Difference::new(Symptom::Definition(first.finding), details.join("; "));
        difference.place = Some((first.model.clone(), first.field.clone()));
        return Some(difference);
    }
    schema_difference(&expected.schema, &run.schema, remarks)
}

fn printed_symptom(expected: &[String], got: &[String]) -> Symptom {
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    let (wanted, given) = (sorted(expected), sorted(got));
    if wanted == given {
        Symptom::Order
    } else if given.iter().all(|line| wanted.contains(line)) && given.len() < wanted.len() {
        Symptom::Missing
    } else if wanted.iter().all(|line| given.contains(line)) && given.len() > wanted.len() {
        if given.iter().all(|line| wanted.contains(line)) { Symptom::Repeated } else { Symptom::Extra }
    } else {
        Symptom::Values
    }
}

fn writes(execution: &Execution) -> bool {
    // What is made for the answer's own use is gone with it.
    let is_temporary = |sql: &str| {
        let mut words = sql.split_whitespace().map(str::to_lowercase);
        words.next().as_deref() == Some("create") && words.next().is_some_and(|word| word.starts_with("temp"))
    };
    let changes = |query: &LoggedQuery| {
        matches!(query.kind, QueryKind::Insert | QueryKind::Update | QueryKind::Delete | QueryKind::Ddl)
            && !query.failed
            && !is_temporary(&query.sql)
    };
    execution.queries.iter().any(changes)
}
