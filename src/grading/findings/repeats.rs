//! `n-plus-one` and `query-in-loop`: statements whose number grows with the rows.

use crate::grading::Finding;
use crate::runner::{Execution, LoggedQuery, QueryKind};

/// Statements that are sent more often on the larger database, by what they are and where they are sent from.
pub fn repeated_queries(source: &str, small: &Execution, large: &Execution) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let few = groups(small);
    for (query, count) in groups(large) {
        let before = few.iter().find(|(other, _)| same(other, query)).map_or(0, |(_, count)| *count);
        if count <= before.max(1) || count < 2 {
            continue;
        }
        let line = source.lines().nth((query.line as usize).saturating_sub(1)).unwrap_or_default().trim();
        let id = if is_written_out(line, query) { "query-in-loop" } else { "n-plus-one" };
        let table = table_of(&query.sql);
        let message = match id {
            "n-plus-one" => format!(
                "`{line}` sends one more query to {table} for each row ({count} on {} rows); load it along: \
                 select_related() for a single related object, prefetch_related() for many",
                total_rows(large)
            ),
            _ => {
                format!("`{line}` sends a query to {table} on every turn of the loop ({count} times); ask once for all")
            }
        };
        if !findings.iter().any(|finding| finding.id == id && finding.line == Some(query.line)) {
            findings.push(Finding { id: id.to_owned(), line: (query.line > 0).then_some(query.line), message });
        }
    }
    findings
}

fn total_rows(execution: &Execution) -> u64 {
    execution.queries.first().map_or(0, |query| query.rows)
}

fn same(one: &LoggedQuery, other: &LoggedQuery) -> bool {
    one.line == other.line && one.sql == other.sql
}

fn groups(execution: &Execution) -> Vec<(&LoggedQuery, usize)> {
    let mut groups: Vec<(&LoggedQuery, usize)> = Vec::new();
    for query in execution.queries.iter().filter(|query| query.kind != QueryKind::Transaction) {
        match groups.iter_mut().find(|(other, _)| same(other, query)) {
            Some((_, count)) => *count += 1,
            None => groups.push((query, 1)),
        }
    }
    groups
}

/// Whether the line asks for the query in so many words, rather than by touching an attribute.
fn is_written_out(line: &str, query: &LoggedQuery) -> bool {
    query.kind != QueryKind::Select || line.contains(".objects") || line.contains(".execute(") || line.contains(".raw(")
}

/// The table that a statement is about first.
fn table_of(sql: &str) -> String {
    let after = ["FROM ", "INTO ", "UPDATE "].iter().find_map(|word| sql.find(word).map(|at| &sql[at + word.len()..]));
    let name: String = after
        .unwrap_or_default()
        .trim_start_matches('"')
        .chars()
        .take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_')
        .collect();
    if name.is_empty() { "the database".to_owned() } else { name }
}
