//! The compiler: one query on its way to a statement.

use super::{Dialect, Sqlite};
use crate::orm::query::Query;

/// Compiles one query. Compiling may add joins to the query, as Django's does.
pub struct SqlCompiler<'q> {
    /// The query.
    pub query: &'q mut Query,
    /// The database's ways.
    pub dialect: &'q dyn Dialect,
}

impl<'q> SqlCompiler<'q> {
    /// A compiler for SQLite.
    pub fn new(query: &'q mut Query) -> Self {
        Self { query, dialect: &Sqlite }
    }
}
