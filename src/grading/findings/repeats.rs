//! Statements whose number grows with the rows: what `n-plus-one` and `query-in-loop` have in common.

use super::scene::Scene;
use crate::runner::{Execution, LoggedQuery, QueryKind};

/// A statement that is sent more often where there are more rows.
pub struct Repeat<'a> {
    /// One of them.
    pub query: &'a LoggedQuery,
    /// How often it was sent on the larger database.
    pub count: usize,
    /// How often on the smaller one.
    pub before: usize,
    /// Whether the line asks for it in so many words, rather than by touching an attribute.
    pub written_out: bool,
    /// The statement before it that fetched several rows: its line, and how many.
    pub parents: Option<(u32, u64)>,
}

impl Repeat<'_> {
    /// The line to blame.
    pub fn place(&self) -> Option<u32> {
        (self.query.line > 0).then_some(self.query.line)
    }
}

/// Every statement that repeats, in the order in which they were first sent: of the first pair of databases where any does.
pub fn repeats<'a>(scene: &Scene<'a>) -> Vec<Repeat<'a>> {
    let found = scene.growth.iter().map(|(small, large)| repeats_between(scene, small, large));
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

fn repeats_between<'a>(scene: &Scene<'a>, small: &'a Execution, large: &'a Execution) -> Vec<Repeat<'a>> {
    let few = groups(small);
    groups(large)
        .into_iter()
        .filter_map(|(query, count)| {
            let before = few.iter().find(|(other, _)| same(other, query)).map_or(0, |(_, count)| *count);
            // Twice may be two expressions of one line, of which the second is not always reached.
            if count < 3 || count <= before {
                return None;
            }
            let earlier = large.queries.iter().take_while(|other| !std::ptr::eq(*other, query));
            let parents = earlier
                .filter(|other| other.kind == QueryKind::Select && other.rows > 1 && other.line > 0)
                .last()
                .map(|other| (other.line, other.rows));
            let written_out = query.kind != QueryKind::Select || is_written_out(scene, query);
            Some(Repeat { query, count, before, written_out, parents })
        })
        .collect()
}

/// Whether the words at a statement's place ask for it: a manager of a model, or a cursor.
fn is_written_out(scene: &Scene<'_>, query: &LoggedQuery) -> bool {
    let line = scene.source.lines().nth((query.line as usize).wrapping_sub(1)).unwrap_or_default();
    let from: String = line.chars().skip((query.column as usize).saturating_sub(1)).collect();
    let is_chain = |symbol: char| symbol.is_alphanumeric() || symbol == '_' || symbol == '.';
    let chain = &from[..from.find(|symbol| !is_chain(symbol)).unwrap_or(from.len())];
    [".objects", ".execute", ".raw"].iter().any(|word| chain.contains(word))
}

fn same(one: &LoggedQuery, other: &LoggedQuery) -> bool {
    one.line == other.line && (one.sql == other.sql || without_lists(&one.sql) == without_lists(&other.sql))
}

/// A statement with lists of any length written as lists of one: a prefetch names as many keys as there are rows.
fn without_lists(sql: &str) -> String {
    sql.replace(", %s", "")
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
