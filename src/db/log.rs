//! The query log: every statement that Django's `connection.queries` would list.

use super::{Params, SqlValue};
use std::any::Any;
use std::rc::Rc;

/// What a statement does, by its verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    /// SELECT, VALUES and WITH … SELECT.
    Select,
    /// INSERT and REPLACE.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// CREATE, ALTER and DROP.
    Ddl,
    /// BEGIN, COMMIT, ROLLBACK and savepoints.
    Transaction,
    /// PRAGMA.
    Pragma,
    /// Anything else.
    Other,
}

impl QueryKind {
    /// The kind of a statement, blanks and comments before it left aside; a WITH is what follows its tables.
    pub fn of(sql: &str) -> QueryKind {
        let mut rest = strip(sql);
        let verb = word(rest).to_ascii_uppercase();
        match verb.as_str() {
            "SELECT" | "VALUES" => QueryKind::Select,
            "INSERT" | "REPLACE" => QueryKind::Insert,
            "UPDATE" => QueryKind::Update,
            "DELETE" => QueryKind::Delete,
            "CREATE" | "ALTER" | "DROP" => QueryKind::Ddl,
            "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => QueryKind::Transaction,
            "PRAGMA" => QueryKind::Pragma,
            "WITH" => {
                // The verb is the first one outside parentheses.
                let mut depth = 0usize;
                loop {
                    rest = strip(rest);
                    let Some(c) = rest.chars().next() else { return QueryKind::Other };
                    let step = match c {
                        '(' => {
                            depth += 1;
                            1
                        }
                        ')' => {
                            depth = depth.saturating_sub(1);
                            1
                        }
                        '\'' | '"' | '`' => quoted(rest, c),
                        '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
                        c if c.is_alphanumeric() || c == '_' => {
                            let found = word(rest);
                            if depth == 0 {
                                match found.to_ascii_uppercase().as_str() {
                                    "SELECT" | "VALUES" => return QueryKind::Select,
                                    "INSERT" | "REPLACE" => return QueryKind::Insert,
                                    "UPDATE" => return QueryKind::Update,
                                    "DELETE" => return QueryKind::Delete,
                                    _ => {}
                                }
                            }
                            found.len().max(1)
                        }
                        c => c.len_utf8(),
                    };
                    rest = &rest[step..];
                }
            }
            _ => QueryKind::Other,
        }
    }

    /// The name in the run object.
    pub fn name(self) -> &'static str {
        match self {
            QueryKind::Select => "select",
            QueryKind::Insert => "insert",
            QueryKind::Update => "update",
            QueryKind::Delete => "delete",
            QueryKind::Ddl => "ddl",
            QueryKind::Transaction => "transaction",
            QueryKind::Pragma => "pragma",
            QueryKind::Other => "other",
        }
    }
}

/// The length of a quoted name or string at the front, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The text without the blanks and comments before it.
pub(super) fn strip(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.find('\n').map_or("", |end| &comment[end + 1..]);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else {
            return rest;
        }
    }
}

/// The parameters of a logged statement.
#[derive(Debug, Clone, PartialEq)]
pub enum LoggedParams {
    /// Of `execute`.
    One(Params),
    /// Of `executemany`.
    Many(Vec<Params>),
}

/// A statement that was sent, or refused before it was sent.
#[derive(Debug, Clone)]
pub struct LoggedQuery {
    /// The text as handed over, with `%s` placeholders; without the `2 times: ` of `executemany`.
    pub sql: String,
    /// Its parameters.
    pub params: LoggedParams,
    /// What it does.
    pub kind: QueryKind,
    /// Rows fetched, or rows changed by an INSERT, UPDATE or DELETE.
    pub rows: u64,
    /// How long it took.
    pub micros: u64,
    /// Whether it failed.
    pub failed: bool,
    /// Whether the debug cursor failed to fill in the parameters: `connection.queries` then lacks the statement.
    pub unrendered: bool,
    /// What the caller wanted to remember with it (see [`super::Connection::set_note`]).
    pub note: Option<Rc<dyn Any>>,
}

impl LoggedQuery {
    /// All values of all parameters, for searching.
    pub fn values(&self) -> Vec<&SqlValue> {
        match &self.params {
            LoggedParams::One(params) => params.values(),
            LoggedParams::Many(many) => many.iter().flat_map(Params::values).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_verb() {
        for (sql, kind) in [
            ("  select 1", QueryKind::Select),
            ("-- a\n/* b */ INSERT INTO t DEFAULT VALUES", QueryKind::Insert),
            ("WITH a AS (SELECT 1), \"update\" AS (DELETE) UPDATE t SET x = 1", QueryKind::Update),
            ("WITH RECURSIVE n(x) AS (VALUES(1)) SELECT * FROM n", QueryKind::Select),
            ("SAVEPOINT \"s1_x1\"", QueryKind::Transaction),
            ("EXPLAIN QUERY PLAN SELECT 1", QueryKind::Other),
            ("", QueryKind::Other),
        ] {
            assert_eq!(QueryKind::of(sql), kind, "{sql}");
        }
    }
}
