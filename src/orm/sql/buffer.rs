//! SQL text as it is written, with the parameters of its placeholders.

use crate::orm::Datum;

/// A finished piece of SQL.
#[derive(Clone, Debug, Default)]
pub struct Fragment {
    /// The text, with `%s` placeholders.
    pub sql: String,
    /// The placeholders' values, prepared for the database.
    pub params: Vec<Datum>,
}

/// SQL that is being written.
#[derive(Clone, Debug, Default)]
pub struct SqlBuffer {
    /// The text so far.
    pub sql: String,
    /// The values of its placeholders.
    pub params: Vec<Datum>,
}

impl SqlBuffer {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes text as it is.
    pub fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// Writes a placeholder for `value`.
    pub fn param(&mut self, value: Datum) {
        self.sql.push_str("%s");
        self.params.push(value);
    }

    /// Writes a finished piece.
    pub fn fragment(&mut self, fragment: &Fragment) {
        self.sql.push_str(&fragment.sql);
        self.params.extend_from_slice(&fragment.params);
    }

    /// Writes an identifier in double quotes, unless it has them already.
    pub fn name(&mut self, name: &str) {
        if name.len() > 1 && name.starts_with('"') && name.ends_with('"') {
            self.sql.push_str(name);
        } else {
            self.sql.push('"');
            self.sql.push_str(name);
            self.sql.push('"');
        }
    }

    /// Where writing stands, to come back to.
    pub fn mark(&self) -> (usize, usize) {
        (self.sql.len(), self.params.len())
    }

    /// Forgets everything after `mark`.
    pub fn rewind(&mut self, mark: (usize, usize)) {
        self.sql.truncate(mark.0);
        self.params.truncate(mark.1);
    }

    /// The finished piece.
    pub fn finish(self) -> Fragment {
        Fragment { sql: self.sql, params: self.params }
    }
}
