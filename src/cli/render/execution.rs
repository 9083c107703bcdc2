//! What a run did: output, value, rows, statements, error.

use super::sql::{coloured, formatted, past_the_columns};
use super::table::rows_table;
use crate::cli::console::{Console, Style};
use crate::runner::{ExecError, Execution, LoggedQuery, Outcome, issues_text};

/// Statements of one text that are shown before the rest is counted only.
const SHOWN: usize = 8;

/// Shows a run as a prompt does: output, value, statements, their number, error. At a prompt (`brief`) a long ledger is
/// cut; `\\ledger` shows it there.
pub fn show(console: &mut Console, execution: &Execution, brief: bool) {
    if !execution.stdout.is_empty() {
        console.say(&execution.stdout);
        if !execution.stdout.ends_with('\n') {
            console.say("\n");
        }
    }
    match (&execution.columns, &execution.rows, &execution.value) {
        (Some(columns), Some(rows), _) => {
            if rows.is_empty() {
                let columns = columns.join(", ");
                console.line(&console.fold("", &format!("no rows ({columns})")));
            } else {
                // At a prompt a queryset is read as its repr reads it: one row more than is shown says that there are more.
                let cut = brief
                    && execution
                        .value
                        .as_deref()
                        .is_some_and(|value| value.contains("...(remaining elements truncated)..."));
                let shown = if cut { &rows[..rows.len() - 1] } else { &rows[..] };
                let about: Vec<&str> = execution.queries.iter().map(|query| past_the_columns(&query.sql)).collect();
                let table = rows_table(columns, shown, console.width, &about.join(" "));
                console.line(&table);
                // A folded table says its number itself.
                if cut {
                    console.line(&format!("(the first {} rows; there are more)", shown.len()));
                } else if rows.len() > 1 && !table.ends_with("rows)") {
                    console.line(&format!("({} rows)", rows.len()));
                }
            }
        }
        (_, _, Some(value)) => console.line(value),
        _ => {}
    }
    show_ledger(console, &execution.queries, brief);
    if !execution.issues.is_empty() {
        console.note(&issues_text(&execution.issues));
    }
    show_outcome(console, execution);
}

/// How a run ended, when it did not simply end.
pub fn show_outcome(console: &mut Console, execution: &Execution) {
    match &execution.outcome {
        Outcome::Finished => {}
        Outcome::Raised(error) => show_error(console, error),
        Outcome::Limit(limit) => {
            let text = console.paint(Style::Warn, &format!("stopped: {limit}"));
            console.line(&text);
        }
        Outcome::Interrupted => {
            let text = console.paint(Style::Warn, "stopped by Ctrl-C");
            console.line(&text);
        }
    }
}

/// An exception as Python shows it, with the place; or that the engine lacks something.
pub fn show_error(console: &mut Console, error: &ExecError) {
    if error.unsupported {
        let place = if error.line > 0 { format!(" (line {})", error.line) } else { String::new() };
        let text = console.paint(Style::Warn, &format!("not supported by this trainer{place}: {}", error.message));
        console.line(&text);
        console.line("A real Django would have run it; your code is not at fault.");
        return;
    }
    let traceback = error.traceback.trim_end();
    if !traceback.is_empty() {
        let mut lines = traceback.lines().collect::<Vec<_>>();
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            let text =
                if line.trim_start().starts_with('^') { console.paint(Style::Bad, line) } else { line.to_owned() };
            console.line(&text);
        }
        let last = console.paint(Style::Bad, last);
        console.line(&last);
        return;
    }
    let message =
        if error.message.is_empty() { error.kind.clone() } else { format!("{}: {}", error.kind, error.message) };
    let message = console.paint(Style::Bad, &message);
    if error.line > 0 {
        console.line(&format!("line {}:", error.line));
    }
    console.line(&message);
}

/// The statements in the order in which they were sent. Runs of the same text are told once, with their number.
fn show_ledger(console: &mut Console, queries: &[LoggedQuery], brief: bool) {
    let mut at = 0;
    let mut shown = 0;
    while at < queries.len() {
        let query = &queries[at];
        let same = queries[at..].iter().take_while(|other| other.sql == query.sql && other.line == query.line).count();
        if brief && shown == SHOWN && queries.len() - at > 1 {
            let text =
                console.paint(Style::Dim, &format!("… and {} more; \\ledger shows them all", queries.len() - at));
            console.line(&text);
            break;
        }
        show_query(console, at + 1, query);
        if same > 1 {
            let other = queries[at..at + same].iter().any(|other| other.params != query.params);
            let text = format!(
                "     ↑ and {} more like it from the same line, with {} parameters",
                same - 1,
                if other { "other" } else { "the same" }
            );
            let text = console.paint(Style::Warn, &text);
            console.line(&text);
        }
        shown += 1;
        at += same;
    }
    let count = count_line(queries);
    let count = console.paint(Style::Dim, &count);
    console.line(&count);
}

/// Every statement, none left out.
pub fn show_whole_ledger(console: &mut Console, queries: &[LoggedQuery]) {
    for (at, query) in queries.iter().enumerate() {
        show_query(console, at + 1, query);
    }
    let count = count_line(queries);
    console.line(&count);
}

fn count_line(queries: &[LoggedQuery]) -> String {
    let micros: u64 = queries.iter().map(|query| query.micros).sum();
    match queries.len() {
        0 => "no queries".to_owned(),
        1 => format!("1 query, {}", duration(micros)),
        count => format!("{count} queries, {}", duration(micros)),
    }
}

/// A duration in the unit that suits it.
pub fn duration(micros: u64) -> String {
    if micros < 1_000 { format!("{micros} µs") } else { format!("{:.1} ms", micros as f64 / 1_000.0) }
}

fn show_query(console: &mut Console, number: usize, query: &LoggedQuery) {
    let place = if query.line > 0 { format!("line {}", query.line) } else { String::new() };
    let failed = if query.failed { ", refused" } else { "" };
    let head = format!(
        "{number:>3}  {}{}{failed}",
        query.kind,
        if place.is_empty() { String::new() } else { format!(", {place}") }
    );
    let head = console.paint(Style::Dim, &head);
    console.line(&head);
    let text = formatted(&query.rendered, console.width.saturating_sub(5));
    for line in coloured(&text, console.color).lines() {
        console.line(&format!("     {line}"));
    }
}
