//! Tables, indexes and constraints from models: what Django's schema editor would send.

mod create;
mod names;

pub use create::{TableStatements, create_table};
pub use names::{create_index_name, index_name, names_digest, truncate_name};
