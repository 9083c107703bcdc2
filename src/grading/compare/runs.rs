//! [`compared`]: two runs on the same database, by what the question compares.

use super::{Binding, Difference, Rules, Shown, Symptom, model_differences, schema_difference, state_difference};
use crate::grading::lab::{Lab, Run};
use crate::grading::shape::{is_ordered, words};
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
                Ok(()) if comes_by_luck(expectation, expected, run) => Comparison::Differs(Difference::of_luck("rows")),
                Ok(()) => Comparison::Same,
                Err(difference) => Comparison::Differs(difference),
            }
        }
        Compare::Stdout => {
            if expected.printed == run.printed {
                // One value is the same in whatever order the rows came from which it was made.
                let several = expected.printed.len() > 1 || expected.printed.iter().any(|line| line.contains(", "));
                return match several && is_luck(expectation, expected, run) {
                    true => Comparison::Differs(Difference::of_luck("lines")),
                    false => Comparison::Same,
                };
            }
            let at = expected.printed.iter().zip(&run.printed).take_while(|(wanted, given)| wanted == given).count();
            let line = |lines: &[String]| lines.get(at).map_or("nothing".to_owned(), |line| format!("`{line}`"));
            let detail =
                format!("line {}: {} was expected, {} came", at + 1, line(&expected.printed), line(&run.printed));
            differs(printed_symptom(&expected.printed, &run.printed), detail)
        }
        Compare::Database => match state_difference(&expected.state, &run.state) {
            None if is_torn(expectation, expected, run) => {
                let way = match expectation.language {
                    Language::Sql => "put them between BEGIN and COMMIT",
                    Language::Python => "put them into one `with transaction.atomic():`",
                };
                differs(Symptom::Form, format!("a failure between the changes would leave a part of them alone; {way}"))
            }
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

/// Whether a statement gives several rows in the order asked for without asking for it: by the way in which SQLite happens
/// to group, to merge or to read a subquery, of which it promises nothing. SQL has to end in an ORDER BY of its own; of a
/// program's statements one that orders is enough, as Python may carry its order on.
fn comes_by_luck(expectation: &Expectation, expected: &Run, run: &Run) -> bool {
    let several = run.execution.rows.as_ref().is_some_and(|rows| rows.len() > 1);
    expectation.order != Order::None && several && is_luck(expectation, expected, run)
}

/// Whether the reference asks the database for an order, and nothing in the answer does.
fn is_luck(expectation: &Expectation, expected: &Run, run: &Run) -> bool {
    fn reads(run: &Run) -> impl DoubleEndedIterator<Item = &LoggedQuery> {
        run.execution.queries.iter().filter(|query| query.kind == QueryKind::Select && !query.failed)
    }
    let ends_ordered = |run: &Run| reads(run).next_back().is_none_or(|query| is_ordered(&query.sql));
    if reads(expected).next().is_none() || !ends_ordered(expected) {
        return false;
    }
    match expectation.language {
        Language::Sql => !ends_ordered(run),
        Language::Python => {
            reads(run).any(|query| query.rows > 1)
                && !reads(run).any(|query| is_ordered(&query.sql))
                && (run.execution.direct || !run.sorts)
        }
    }
}

/// Whether changes that the reference makes all together are made in more than one transaction, so that a part of them
/// may stand alone.
fn is_torn(expectation: &Expectation, expected: &Run, run: &Run) -> bool {
    let asked = match expectation.language {
        Language::Sql => expectation.code.to_uppercase().contains("BEGIN"),
        Language::Python => expectation.code.contains("atomic"),
    };
    asked && transactions(&expected.execution) == 1 && transactions(&run.execution) > 1
}

/// How many transactions the changes of a run are made in.
fn transactions(execution: &Execution) -> usize {
    let (mut open, mut counted, mut all) = (Vec::new(), false, 0);
    for query in execution.queries.iter().filter(|query| !query.failed) {
        let mut words = words(&query.sql);
        words.retain(|word| word != ";");
        match (query.kind, words.first().map(String::as_str).unwrap_or_default()) {
            (QueryKind::Transaction, "begin" | "savepoint") => open.push(words.last().cloned().unwrap_or_default()),
            (QueryKind::Transaction, "release") => {
                if let Some(at) = open.iter().rposition(|name| words.last() == Some(name)) {
                    open.truncate(at);
                }
            }
            (QueryKind::Transaction, "rollback") if words.iter().any(|word| word == "to") => {}
            (QueryKind::Transaction, _) => open.clear(),
            (QueryKind::Insert | QueryKind::Update | QueryKind::Delete, _) if !counted => {
                all += 1;
                counted = true;
            }
            _ => {}
        }
        counted &= !open.is_empty();
    }
    all
}

/// Whether a program may put rows in order itself: by sorting them, or by looking them up one by one.
pub fn may_sort(answer: &str) -> bool {
    const WORDS: [&str; 8] = ["sort", "heapq", "nlargest", "nsmallest", "min(", "max(", "in_bulk", "reversed("];
    let looks_up = answer.match_indices('{').any(|(at, _)| {
        let rest = answer[at + 1..].trim_start();
        !rest.starts_with(['"', '\'', '}'])
    });
    looks_up || WORDS.iter().any(|word| answer.contains(word)) || answer.contains(".get(") || answer.contains("while ")
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
