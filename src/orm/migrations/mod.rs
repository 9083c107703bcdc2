//! Migrations: models as states, the operations between two states, the files that hold them and the SQL that they are.
//!
//! A [`ProjectState`] holds each model by what its parts were given. The [`Autodetector`] compares two and gives
//! [`Migration`]s of [`Operation`]s, [`writer::write`] gives the text of a file, [`apply::sql_of`] the statements on SQLite.
//! Classes belong to a [`Host`], which makes [`Model`](crate::orm::models::Model)s of a state where SQL needs them.

pub mod apply;
mod autodetector;
pub mod editor;
mod field;
mod forwards;
mod host;
mod literal;
mod operation;
mod questioner;
mod reduce;
mod script;
mod state;
pub mod writer;

pub use autodetector::{Autodetector, Graph, Migration};
pub use field::{FieldFacts, FieldState, ModelKey, RelationState, resolve_relation};
pub use host::{Host, Rendered};
pub use literal::{Argument, Call, Literal, Made};
pub use operation::{Operation, RawStatements};
pub use questioner::{NonInteractive, OneOff, Questioner};
pub use state::{Base, ModelState, OptionValue, Options, ProjectState, group_set, groups_of};
