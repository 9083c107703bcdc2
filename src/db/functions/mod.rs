//! Django's SQL functions, native: one family a file.
//!
//! Django registers Python functions; what raises in one of those is here [`Raised`], which SQLite reports with the text
//! that CPython's driver gives.

mod datetime;
mod hash;
mod math;
mod random;
mod regexp;
mod statistics;
#[cfg(test)]
mod tests;
mod text;

pub(super) use random::Randomness;

use super::{DbError, SqlValue};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ffi};
use smallvec::SmallVec;
use std::sync::Arc;

/// Registers all functions on a connection.
pub(super) fn register(connection: &Connection, random: &Arc<Randomness>) -> Result<(), DbError> {
    datetime::register(connection)?;
    hash::register(connection)?;
    math::register(connection)?;
    random::register(connection, random)?;
    regexp::register(connection)?;
    statistics::register(connection)?;
    text::register(connection)?;
    Ok(())
}

/// An argument as the Python function would see it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Argument<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Argument<'_> {
    fn is_null(self) -> bool {
        self == Argument::Null
    }
}

/// The Python function would have raised, or there is no memory for its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raised {
    Exception,
    TooBig,
    Memory,
    Unsupported,
}

/// What a function gives.
type Answer = Result<SqlValue, Raised>;

/// The longest text or blob that a function makes.
const MAX_LENGTH: usize = 256 << 20;

/// Registers a deterministic function.
fn define(
    connection: &Connection,
    name: &str,
    arity: i32,
    function: fn(&[Argument<'_>]) -> Answer,
) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(name, arity, flags, move |context: &Context<'_>| {
        let mut arguments: SmallVec<[Argument<'_>; 4]> = SmallVec::new();
        for index in 0..context.len() {
            arguments.push(match context.get_raw(index) {
                ValueRef::Null => Argument::Null,
                ValueRef::Integer(value) => Argument::Integer(value),
                ValueRef::Real(value) => Argument::Real(value),
                ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => Argument::Text(text),
                    Err(_) => return Err(raised(Raised::Exception)),
                },
                ValueRef::Blob(bytes) => Argument::Blob(bytes),
            });
        }
        function(&arguments).map(output).map_err(raised)
    })
}

fn output(value: SqlValue) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(value) => Value::Integer(value),
        SqlValue::Real(value) => Value::Real(value),
        SqlValue::Text(text) => Value::Text(text),
        SqlValue::Blob(bytes) => Value::Blob(bytes),
    })
}

fn raised(reason: Raised) -> rusqlite::Error {
    match reason {
        Raised::Exception => failure(ffi::SQLITE_ERROR, "user-defined function raised exception"),
        Raised::TooBig => failure(ffi::SQLITE_TOOBIG, "string or blob too big"),
        Raised::Memory => failure(ffi::SQLITE_NOMEM, super::OUT_OF_MEMORY),
        Raised::Unsupported => failure(ffi::SQLITE_ERROR, super::UNSUPPORTED_PATTERN),
    }
}

/// An error with that result code and text.
fn failure(code: i32, message: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(message.to_owned()))
}
