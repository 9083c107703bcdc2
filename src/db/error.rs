//! [`DbError`]: what a statement can end in, named as Django names it.

use rusqlite::ffi;
use std::fmt;

/// Which limit ended a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Too many rows, or too much data in them, were fetched.
    Rows,
    /// The statement took too many steps.
    Steps,
    /// The time was up.
    Time,
    /// The database grew too large.
    Memory,
}

/// The class of a database error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbErrorKind {
    /// `django.db.utils.DatabaseError` itself.
    Database,
    /// `django.db.utils.DataError`
    Data,
    /// `django.db.utils.OperationalError`
    Operational,
    /// `django.db.utils.IntegrityError`
    Integrity,
    /// `django.db.utils.InternalError`
    Internal,
    /// `django.db.utils.ProgrammingError`
    Programming,
    /// `django.db.utils.NotSupportedError`
    NotSupported,
    /// `django.db.utils.InterfaceError`
    Interface,
    /// A built-in `TypeError`, from the formatting of the statement.
    Type,
    /// A built-in `ValueError`, from the formatting of the statement.
    Value,
    /// A built-in `KeyError`: the message is the missing key, not yet quoted.
    Key,
    /// A built-in `MemoryError`.
    Memory,
    /// A limit of the run was hit: not an exception that a program may catch.
    Limit(LimitKind),
    /// The person interrupted the statement: not an exception that a program may catch.
    Interrupted,
    /// Real Django would have run it; here it isn't allowed or not known. The message names the feature.
    Unsupported,
}

impl DbErrorKind {
    /// The exception class's name; `None` for limits, interruptions and what isn't supported.
    pub fn class_name(self) -> Option<&'static str> {
        Some(match self {
            DbErrorKind::Database => "DatabaseError",
            DbErrorKind::Data => "DataError",
            DbErrorKind::Operational => "OperationalError",
            DbErrorKind::Integrity => "IntegrityError",
            DbErrorKind::Internal => "InternalError",
            DbErrorKind::Programming => "ProgrammingError",
            DbErrorKind::NotSupported => "NotSupportedError",
            DbErrorKind::Interface => "InterfaceError",
            DbErrorKind::Type => "TypeError",
            DbErrorKind::Value => "ValueError",
            DbErrorKind::Key => "KeyError",
            DbErrorKind::Memory => "MemoryError",
            DbErrorKind::Limit(_) | DbErrorKind::Interrupted | DbErrorKind::Unsupported => return None,
        })
    }

    /// Whether it is one of the classes of `django.db.utils` (and of `sqlite3`), which break an atomic block.
    pub fn is_database_error(self) -> bool {
        !matches!(
            self,
            DbErrorKind::Type
                | DbErrorKind::Value
                | DbErrorKind::Key
                | DbErrorKind::Memory
                | DbErrorKind::Limit(_)
                | DbErrorKind::Interrupted
                | DbErrorKind::Unsupported
        )
    }
}

/// An error of the database: the class to raise and the text of `str(e)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbError {
    /// The class.
    pub kind: DbErrorKind,
    /// The text.
    pub message: String,
}

impl DbError {
    /// An error of that class with that text.
    pub fn new(kind: DbErrorKind, message: impl Into<String>) -> DbError {
        DbError { kind, message: message.into() }
    }

    /// The class for a result code, as CPython's `sqlite3` chooses it.
    pub(super) fn from_code(code: i32, message: String) -> DbError {
        if message == super::OUT_OF_MEMORY {
            return DbError::new(DbErrorKind::Memory, "");
        }
        let kind = match code & 0xff {
            // A function's own complaint of a long result arrives with the general code.
            _ if message == "string or blob too big" => DbErrorKind::Data,
            ffi::SQLITE_INTERNAL | ffi::SQLITE_NOTFOUND => DbErrorKind::Internal,
            ffi::SQLITE_NOMEM => DbErrorKind::Memory,
            ffi::SQLITE_ERROR
            | ffi::SQLITE_PERM
            | ffi::SQLITE_ABORT
            | ffi::SQLITE_BUSY
            | ffi::SQLITE_LOCKED
            | ffi::SQLITE_READONLY
            | ffi::SQLITE_INTERRUPT
            | ffi::SQLITE_IOERR
            | ffi::SQLITE_FULL
            | ffi::SQLITE_CANTOPEN
            | ffi::SQLITE_PROTOCOL
            | ffi::SQLITE_EMPTY
            | ffi::SQLITE_SCHEMA => DbErrorKind::Operational,
            ffi::SQLITE_TOOBIG => DbErrorKind::Data,
            ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH => DbErrorKind::Integrity,
            ffi::SQLITE_MISUSE | ffi::SQLITE_RANGE => DbErrorKind::Interface,
            _ => DbErrorKind::Database,
        };
        DbError { kind, message }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DbError {}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> DbError {
        match error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let message = message.unwrap_or_else(|| failure.to_string());
                DbError::from_code(failure.extended_code, message)
            }
            other => DbError::new(DbErrorKind::Operational, other.to_string()),
        }
    }
}
