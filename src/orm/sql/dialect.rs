//! What differs from database to database.

/// A database's ways.
pub trait Dialect {
    /// `connection.vendor`.
    fn vendor(&self) -> &'static str;
}

/// SQLite, as Django's backend treats it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn vendor(&self) -> &'static str {
        "sqlite"
    }
}
