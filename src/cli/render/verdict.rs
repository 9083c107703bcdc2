//! A verdict as a learner reads it: the word, what is wrong and why, the smallest database that shows it, the SQL's
//! difference.

use super::execution::show_error;
use super::sql::{difference, past_the_columns};
use super::table::{cell_text, rows_table, table_about};
use crate::cli::console::{Console, Style};
use crate::grading::{Counterexample, Mark, Verdict, VerdictKind};

/// Shows a verdict. `with_sql` adds the difference from the reference's SQL, which gives much of the answer away.
pub fn show(console: &mut Console, verdict: &Verdict, with_sql: bool) {
    let (style, word) = headline(verdict.kind);
    let line = console.paint(style, word);
    console.line(&line);
    match verdict.kind {
        VerdictKind::Correct if verdict.databases > 1 => {
            let text = format!("No difference found on {} databases ({} runs).", verdict.databases, verdict.executions);
            let text = console.paint(Style::Dim, &text);
            console.line(&text);
        }
        VerdictKind::SelfAssessed => {
            show_points(console, verdict);
            return;
        }
        _ => {}
    }
    for check in verdict.checks.iter().filter(|check| !check.ok && !check.detail.is_empty()) {
        let text = console.fold("  ", &format!("{}: {}", check.name, check.detail));
        console.line(&text);
    }
    if let Some(error) = &verdict.error {
        show_error(console, error);
    }
    for finding in &verdict.findings {
        let place = finding.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let head = console.paint(Style::Warn, &format!("→ {}{place}", finding.id));
        console.line(&head);
        let text = console.fold("  ", &finding.message);
        console.line(&text);
    }
    if let Some(example) = &verdict.counterexample {
        let statements = verdict.answer_sql.iter().chain(&verdict.reference_sql);
        let about: Vec<&str> = statements.map(|sql| past_the_columns(sql)).collect();
        show_counterexample(console, example, &about.join(" "));
    }
    for remark in &verdict.remarks {
        let text = console.fold("  ", remark);
        let head = console.paint(Style::Dim, "An interviewer would remark:");
        console.line(&head);
        console.line(&text);
    }
    if with_sql
        && !verdict.answer_sql.is_empty()
        && let Some(diff) = difference(&verdict.answer_sql, &verdict.reference_sql, console.width, console.color)
    {
        console.line("Your SQL (-) beside the reference's (+):");
        console.line(&diff);
    }
}

fn headline(kind: VerdictKind) -> (Style, &'static str) {
    match kind {
        VerdictKind::Correct => (Style::Good, "✓ Correct"),
        VerdictKind::Incorrect => (Style::Bad, "✗ Incorrect"),
        VerdictKind::OverBudget => (Style::Bad, "✗ Over budget: the right rows, but not the way they were asked for"),
        VerdictKind::Error => (Style::Bad, "✗ Error: the answer raises"),
        VerdictKind::Unsupported => (Style::Warn, "? Unsupported: this cannot be judged here"),
        VerdictKind::Timeout => (Style::Bad, "✗ Timeout: a limit was hit"),
        VerdictKind::SelfAssessed => (Style::Strong, "Compare it with what a good answer mentions"),
    }
}

fn show_points(console: &mut Console, verdict: &Verdict) {
    for check in &verdict.checks {
        let (style, mark) =
            if check.ok { (Style::Good, "✓ mentioned    ") } else { (Style::Warn, "· not found    ") };
        let mark = console.paint(style, mark);
        console.line(&format!("  {mark}{}", check.detail));
    }
    console.tell("Words were looked for, meaning was not: you have the last word.");
}

/// `about` names what both sides look at: columns that matter are shown before others.
fn show_counterexample(console: &mut Console, example: &Counterexample, about: &str) {
    let head = match (example.tables.is_empty(), example.expected.len() + example.got.len()) {
        (true, 0..12) => "It shows where the tables have no such rows at all:",
        (true, _) => "It shows on the dataset's own rows:",
        (false, _) => "With these rows it shows:",
    };
    console.line(head);
    for table in example.tables.iter().filter(|table| !table.shown.is_empty()) {
        let name = console.paint(Style::Strong, &table.name);
        console.line(&name);
        let columns: Vec<String> = table.shown.iter().filter_map(|&at| table.columns.get(at).cloned()).collect();
        let shown =
            |row: &Vec<crate::runner::Cell>| table.shown.iter().filter_map(|&at| row.get(at).cloned()).collect();
        let rows: Vec<Vec<crate::runner::Cell>> = table.rows.iter().map(shown).collect();
        console.line(&rows_table(&columns, &rows, console.width, about));
    }
    if let Some(error) = &example.error {
        let text = console.fold("", &format!("Your answer raises here: {error}"));
        console.line(&text);
        return;
    }
    if example.marked.is_empty() && !(example.expected.is_empty() && example.got.is_empty()) {
        let texts = |rows: &[Vec<crate::runner::Cell>]| -> Vec<Vec<String>> {
            rows.iter().map(|row| row.iter().map(cell_text).collect()).collect()
        };
        for (head, columns, rows) in
            [("Expected:", &example.columns, &example.expected), ("Yours:", &example.got_columns, &example.got)]
        {
            console.line(head);
            match rows.is_empty() {
                true => console.line("(no rows)"),
                false => console.line(&table_about(columns, &texts(rows), console.width, true, about)),
            }
        }
        return;
    }
    // One table: every row once, with what is the matter with it.
    let mut columns = vec!["".to_owned()];
    columns.extend(example.marked_columns.iter().cloned());
    let row = |(mark, row): &(Mark, Vec<crate::runner::Cell>)| {
        std::iter::once(mark.word().to_owned()).chain(row.iter().map(cell_text)).collect()
    };
    let rows: Vec<Vec<String>> = example.marked.iter().map(row).collect();
    console.line("Your rows, compared with the expected ones:");
    if rows.is_empty() {
        console.line("(no rows on either side)");
    } else {
        let table = table_about(&columns, &rows, console.width, true, about);
        let painted = paint_marks(console, &table);
        console.line(&painted);
    }
}

fn paint_marks(console: &Console, table: &str) -> String {
    let paint_line = |line: &str| {
        for (word, style) in
            [("missing", Style::Bad), ("extra", Style::Bad), ("misplaced", Style::Warn), ("wrong type", Style::Bad)]
        {
            if line.starts_with(&format!("│ {word}")) {
                return console.paint(style, line);
            }
        }
        line.to_owned()
    };
    table.lines().map(paint_line).collect::<Vec<_>>().join("\n")
}
