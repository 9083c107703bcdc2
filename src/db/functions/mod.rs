//! Django's SQL functions, native: one family a file.

mod random;

pub(super) use random::Randomness;

use super::DbError;
use std::sync::Arc;

/// Registers all functions on a connection.
pub(super) fn register(connection: &rusqlite::Connection, random: &Arc<Randomness>) -> Result<(), DbError> {
    random::register(connection, random)?;
    Ok(())
}

/// An error with that result code and text.
fn failure(code: i32, message: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), Some(message.to_owned()))
}
