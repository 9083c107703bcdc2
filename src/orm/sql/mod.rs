//! From a resolved query to a statement with parameters.

mod buffer;
mod compiler;
mod dialect;

pub use buffer::{Fragment, SqlBuffer};
pub use compiler::SqlCompiler;
pub use dialect::{Dialect, Sqlite};
