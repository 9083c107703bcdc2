//! A verdict as a learner reads it: the word, what is wrong and why, the smallest database that shows it, the SQL's
//! difference.

use super::execution::show_error;
use super::sql::{difference, past_the_columns};
use super::table::{cell_text, rows_table, table_about};
use crate::cli::console::{Console, Style};
use crate::grading::{Counterexample, Verdict, VerdictKind};

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
    console.line("With these rows it shows:");
    for table in &example.tables {
        let name = console.paint(Style::Strong, &table.name);
        console.line(&name);
        if table.rows.is_empty() {
            console.line("(no rows)");
        } else {
            console.line(&rows_table(&table.columns, &table.rows, console.width, about));
        }
    }
    if let Some(error) = &example.error {
        let text = console.fold("", &format!("Your answer raises here: {error}"));
        console.line(&text);
        return;
    }
    let texts = |rows: &[Vec<crate::runner::Cell>]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(cell_text).collect()).collect()
    };
    let (expected, got) = (texts(&example.expected), texts(&example.got));
    let marked = marks(&expected, &got);
    let same_columns = example.columns == example.got_columns || example.got_columns.is_empty();
    if same_columns || expected.first().map(Vec::len) == got.first().map(Vec::len) {
        // One table: every row once, with what is the matter with it.
        let mut columns = vec!["".to_owned()];
        columns.extend(example.columns.iter().cloned());
        let rows: Vec<Vec<String>> = marked
            .iter()
            .map(|(mark, row)| std::iter::once((*mark).to_owned()).chain(row.iter().cloned()).collect())
            .collect();
        console.line("Your rows, compared with the expected ones:");
        if rows.is_empty() {
            console.line("(no rows on either side)");
        } else {
            let table = table_about(&columns, &rows, console.width, true, about);
            let painted = paint_marks(console, &table);
            console.line(&painted);
        }
    } else {
        console.line("Expected:");
        console.line(&table_about(&example.columns, &expected, console.width, true, about));
        console.line("Yours:");
        console.line(&table_about(&example.got_columns, &got, console.width, true, about));
    }
}

fn paint_marks(console: &Console, table: &str) -> String {
    let paint_line = |line: &str| {
        for (word, style) in [("missing", Style::Bad), ("extra", Style::Bad), ("misplaced", Style::Warn)] {
            if line.starts_with(&format!("│ {word}")) {
                return console.paint(style, line);
            }
        }
        line.to_owned()
    };
    table.lines().map(paint_line).collect::<Vec<_>>().join("\n")
}

/// The expected rows in their order, then those that are too many, each with its mark: nothing, `missing`, `extra`, or
/// `misplaced` when both sides have it but not at the same place.
fn marks<'a>(expected: &'a [Vec<String>], got: &'a [Vec<String>]) -> Vec<(&'static str, &'a Vec<String>)> {
    let mut used = vec![false; got.len()];
    let mut marked = Vec::new();
    let multiset_equal = {
        let (mut left, mut right): (Vec<_>, Vec<_>) = (expected.iter().collect(), got.iter().collect());
        left.sort();
        right.sort();
        left == right
    };
    for (at, row) in expected.iter().enumerate() {
        let same_place = got.get(at) == Some(row) && !used[at];
        let found =
            if same_place { Some(at) } else { (0..got.len()).find(|&other| !used[other] && got[other] == *row) };
        match found {
            Some(other) => {
                used[other] = true;
                // Places are only worth telling when the rows themselves are right.
                marked.push((if multiset_equal && other != at { "misplaced" } else { "" }, row));
            }
            None => marked.push(("missing", row)),
        }
    }
    marked.extend(got.iter().zip(used).filter(|(_, used)| !used).map(|(row, _)| ("extra", row)));
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&str]) -> Vec<Vec<String>> {
        texts.iter().map(|text| vec![(*text).to_owned()]).collect()
    }

    fn words(expected: &[&str], got: &[&str]) -> Vec<(&'static str, String)> {
        let (expected, got) = (rows(expected), rows(got));
        marks(&expected, &got).into_iter().map(|(mark, row)| (mark, row[0].clone())).collect()
    }

    #[test]
    fn rows_are_marked() {
        let told = |mark, row: &str| (mark, row.to_owned());
        assert_eq!(
            words(&["a", "b"], &["b", "c", "b"]),
            [told("missing", "a"), told("", "b"), told("extra", "c"), told("extra", "b")]
        );
        assert_eq!(words(&["a", "b"], &["b", "a"]), [told("misplaced", "a"), told("misplaced", "b")]);
        assert_eq!(words(&["a", "a"], &["a", "a"]), [told("", "a"), told("", "a")]);
    }
}
