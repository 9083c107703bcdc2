//! SQLite: connections, Django's functions, the query log, dataset images and limits.
//!
//! Takes statements as Django's SQLite backend hands them over (`%s` placeholders, parameters apart). Gives rows, errors
//! with the class and the text that Django raises, and a log of every statement. The only floor below the sessions that
//! touches `rusqlite`.

mod authorizer;
mod clock;
mod connection;
mod error;
mod functions;
mod image;
mod limits;
mod log;
mod placeholders;
mod statement;
#[cfg(test)]
mod tests;
mod ties;
mod value;

/// What a pattern's failure says when real Python could have matched it.
const UNSUPPORTED_PATTERN: &str = "a regular expression of this kind";
/// What a function says that found no memory, which Python has no words for.
const OUT_OF_MEMORY: &str = "out of memory";

pub use clock::PINNED_NOW;
pub use connection::{Connection, ForeignKeyViolation};
pub use error::{DbError, DbErrorKind, LimitKind};
pub use image::{Image, ImageError};
pub use limits::Limits;
pub use log::{LoggedParams, LoggedQuery, QueryKind};
pub use placeholders::Params;
pub use statement::{Column, ResultSet};
pub use value::SqlValue;
