//! Judges a prediction against what running the code showed.

use super::concept::letters;
use super::question::{Ask, Predict};
use crate::grading::{Check, Finding, Verdict, VerdictKind};
use crate::runner::{Cell, Execution, Outcome};

/// Judges `answer` (a letter, a choice's text, or the thing itself) against `execution`, the run of the question's code.
pub fn judge_prediction(predict: &Predict, execution: &Execution, answer: &str) -> Verdict {
    let mut judged = Verdict::of(VerdictKind::Incorrect);
    judged.executions = 1;
    judged.databases = 1;
    judged.queries = execution.counted_queries();
    if let Some(feature) = &execution.unsupported {
        judged.kind = VerdictKind::Unsupported;
        judged.checks = vec![Check { name: "prediction", ok: false, detail: format!("the engine lacks {feature}") }];
        return judged;
    }
    if let Outcome::Limit(limit) = &execution.outcome {
        judged.kind = VerdictKind::Timeout;
        judged.checks = vec![Check { name: "prediction", ok: false, detail: limit.clone() }];
        return judged;
    }
    let given = named_choice(predict, answer).unwrap_or(answer).trim();
    let right = if predict.choices.is_empty() {
        // A lone keyword stands in every statement and predicts nothing.
        (predict.ask != Ask::Sql || given.contains(' ')) && holds(predict.ask, execution, given)
    } else {
        right_choices(predict, execution).iter().any(|choice| same(choice, given))
    };
    // What the run shows is not told: the learner may go on predicting, and the solution shows it.
    let (beside, advice) = match predict.ask {
        Ask::Queries => {
            ("is not how many queries are sent", "Ask of each line whether it needs rows that are not there yet.")
        }
        Ask::Output => ("is not what it prints", "Follow the code line by line, with the rows beside it."),
        Ask::Rows => ("is not what comes back", "Ask of each row in the tables whether it passes."),
        Ask::Sql => ("is not what is sent", "Translate each call in turn: what does it add to the statement?"),
        Ask::Exception => ("is not what is raised", "Which line fails first, and who notices?"),
    };
    let said =
        if given.contains('\n') { format!("what you said:\n{given}\n{beside}") } else { format!("{given} {beside}") };
    judged.checks = vec![Check { name: "prediction", ok: right, detail: if right { String::new() } else { said } }];
    if right {
        judged.kind = VerdictKind::Correct;
    } else {
        judged.findings.push(Finding { id: "wrong-value".to_owned(), line: None, message: advice.to_owned() });
    }
    judged
}

/// Whether `answer` is one of the choices, by its letter or its text. Always so where there are none.
pub fn names_prediction(predict: &Predict, answer: &str) -> bool {
    predict.choices.is_empty()
        || named_choice(predict, answer).is_some()
        || predict.choices.iter().any(|choice| same(choice, answer))
}

/// The text of the choice that a lone letter names.
fn named_choice<'a>(predict: &'a Predict, answer: &str) -> Option<&'a str> {
    let answer = answer.trim().trim_end_matches([')', '.']);
    let mut symbols = answer.chars();
    let (letter, None) = (symbols.next()?.to_ascii_lowercase(), symbols.next()) else { return None };
    // A choice that is itself that one letter or digit is meant literally.
    if predict.choices.iter().any(|choice| same(choice, answer)) {
        return None;
    }
    let at = (0..predict.choices.len()).find(|&at| letters(at) == letter)?;
    Some(&predict.choices[at])
}

/// The choices that the run bears out. An exact one wins over one that only states a growth (`N+1`).
pub fn right_choices<'a>(predict: &'a Predict, execution: &Execution) -> Vec<&'a str> {
    let holding: Vec<&str> =
        predict.choices.iter().map(String::as_str).filter(|choice| holds(predict.ask, execution, choice)).collect();
    if !holding.is_empty() || predict.ask != Ask::Queries {
        return holding;
    }
    predict.choices.iter().map(String::as_str).filter(|choice| states_growth(choice)).collect()
}

/// Whether a choice counts statements by a number of rows: `N+1`, `1 + N`, `2N`.
fn states_growth(choice: &str) -> bool {
    choice.split(|symbol: char| !symbol.is_alphanumeric()).any(|word| {
        let letters = word.trim_start_matches(|symbol: char| symbol.is_ascii_digit());
        letters.eq_ignore_ascii_case("n")
    })
}

fn holds(ask: Ask, execution: &Execution, given: &str) -> bool {
    match ask {
        Ask::Queries => first_number(given) == Some(execution.counted_queries()),
        Ask::Output => lines_trimmed(&output(execution)) == lines_trimmed(given),
        Ask::Rows => {
            let Some(rows) = &execution.rows else {
                return execution.value.as_deref().is_some_and(|value| same(value, given));
            };
            let shown: Vec<String> =
                rows.iter().map(|row| row.iter().map(text_of).collect::<Vec<_>>().join(", ")).collect();
            lone_number(given) == Some(rows.len())
                || same(&shown.join("\n"), given)
                || same(&shown.join(", "), given)
                || execution.value.as_deref().is_some_and(|value| same(value, given))
        }
        Ask::Sql => {
            let given = plain_sql(given);
            !given.is_empty()
                && execution
                    .queries
                    .iter()
                    .any(|query| plain_sql(&query.rendered).contains(&given) || plain_sql(&query.sql).contains(&given))
        }
        Ask::Exception => match execution.error() {
            Some(error) => {
                let name = given.rsplit('.').next().unwrap_or(given);
                same(&error.kind, given) || same(&error.kind, name)
            }
            None => says_nothing(given),
        },
    }
}

/// Whether an answer says that nothing is raised; a choice may go on to say what happens instead.
fn says_nothing(given: &str) -> bool {
    let words: Vec<String> = given
        .split(|symbol: char| !symbol.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["none"] | ["nothing", ..] | ["no"] | ["no", "exception" | "error", ..])
}

fn output(execution: &Execution) -> String {
    if execution.stdout.is_empty() { execution.value.clone().unwrap_or_default() } else { execution.stdout.clone() }
}

fn lines_trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

/// The same but for case and runs of white space.
fn same(left: &str, right: &str) -> bool {
    left.split_whitespace()
        .flat_map(str::chars)
        .map(|symbol| symbol.to_ascii_lowercase())
        .eq(right.split_whitespace().flat_map(str::chars).map(|symbol| symbol.to_ascii_lowercase()))
}

fn plain_sql(text: &str) -> String {
    let text: String = text.chars().filter(|symbol| !matches!(symbol, '"' | '`' | ';')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The number that a text begins with, when nothing but words follow: `3`, `3 queries`, but not `3N`.
fn first_number(text: &str) -> Option<usize> {
    let word = text.split_whitespace().next()?;
    let after = text.trim_start()[word.len()..].trim_start();
    if after.starts_with(['+', '*', '-', '×', '·']) {
        return None;
    }
    word.parse().ok()
}

/// As [`first_number`], where only `row` or `rows` may follow.
fn lone_number(text: &str) -> Option<usize> {
    let mut words = text.split_whitespace();
    let number = words.next()?.parse().ok()?;
    words.all(|word| word.eq_ignore_ascii_case("row") || word.eq_ignore_ascii_case("rows")).then_some(number)
}

fn text_of(cell: &Cell) -> String {
    match cell {
        Cell::Null => "None".to_owned(),
        Cell::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => format!("{value:?}"),
        Cell::BigInt(text) | Cell::Text(text) | Cell::Decimal(text) | Cell::Temporal(text) => text.clone(),
        Cell::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Cell::List(_) | Cell::Dict(_) => cell.to_json().to_string(),
        Cell::Instance { pk, .. } => text_of(pk),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::{ExecError, LoggedQuery, QueryKind};

    fn execution(queries: usize, stdout: &str) -> Execution {
        let query = LoggedQuery {
            sql: "SELECT \"t\".\"id\" FROM \"t\" WHERE \"t\".\"id\" = %s".into(),
            params: serde_json::json!([1]),
            rendered: "SELECT \"t\".\"id\" FROM \"t\" WHERE \"t\".\"id\" = 1".into(),
            line: 1,
            column: 1,
            kind: QueryKind::Select,
            rows: 1,
            micros: 1,
            failed: false,
        };
        Execution {
            outcome: Outcome::Finished,
            stdout: stdout.into(),
            value: None,
            columns: None,
            rows: None,
            scalar: None,
            instances: None,
            direct: false,
            listed: false,
            container: None,
            keyed: false,
            queries: vec![query; queries],
            unsupported: None,
            issues: Vec::new(),
        }
    }

    fn predict(ask: Ask, choices: &[&str]) -> Predict {
        Predict {
            code: String::new(),
            setup: String::new(),
            ask,
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        }
    }

    fn right(predict: &Predict, execution: &Execution, answer: &str) -> bool {
        judge_prediction(predict, execution, answer).kind == VerdictKind::Correct
    }

    #[test]
    fn counts_are_chosen_by_letter_or_typed() {
        let question = predict(Ask::Queries, &["1", "2", "N+1"]);
        assert!(right(&question, &execution(2, ""), "b"));
        assert!(right(&question, &execution(2, ""), "2"));
        assert!(!right(&question, &execution(2, ""), "a"));
        assert!(right(&question, &execution(9, ""), "c"));
        assert!(right(&question, &execution(9, ""), "n + 1"));
        assert!(!right(&question, &execution(2, ""), "N+1"));
        assert!(right(&predict(Ask::Queries, &[]), &execution(3, ""), "3"));
    }

    #[test]
    fn output_sql_and_exceptions() {
        assert!(right(&predict(Ask::Output, &[]), &execution(0, "a \nb\n"), "a\nb"));
        assert!(right(&predict(Ask::Sql, &["WHERE id > 1", "WHERE t.id = 1"]), &execution(1, ""), "b"));
        let mut raised = execution(0, "");
        assert!(right(&predict(Ask::Exception, &[]), &raised, "none"));
        assert!(right(&predict(Ask::Exception, &["TypeError", "no exception, it gives tuples"]), &raised, "b"));
        assert!(!right(&predict(Ask::Exception, &["TypeError", "no exception, it gives tuples"]), &raised, "a"));
        raised.outcome = Outcome::Raised(ExecError {
            kind: "DoesNotExist".into(),
            message: String::new(),
            line: 1,
            column: 1,
            unsupported: false,
            traceback: String::new(),
        });
        assert!(right(&predict(Ask::Exception, &["Post.DoesNotExist", "KeyError"]), &raised, "a"));
        assert!(!right(&predict(Ask::Exception, &[]), &raised, "none"));
    }
}
