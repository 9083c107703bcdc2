//! Migrations where Python and the ORM meet: states read off model classes and migration files, models made of states.

mod kernel;
mod read;
mod render;
mod serialize;

pub use kernel::kernel;
pub use read::{migration_of, operation_of, project_state};
pub use render::{DjangoHost, default_value};
pub use serialize::literal;
