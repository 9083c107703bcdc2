//! Tables, indexes and constraints from models: what Django's schema editor would send.

mod column;
mod create;
mod names;
mod statement;

pub use column::{added_column_definition, collation, column_sql, db_default_sql, fill, generated_sql, literal};
pub use create::{
    TableStatements, columns_by_name, constraint_index, create_table, field_index, index_statement, is_index,
    table_statements, unique_together_statement,
};
pub use names::{create_index_name, index_name, names_digest, truncate_name};
pub use statement::{Deferred, quote};
