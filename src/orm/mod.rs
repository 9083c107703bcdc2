//! Django's ORM as pure data and functions: no I/O, no Python.
//!
//! Takes model definitions and calls on querysets as data. Gives resolved queries and, late, statements with parameters.
//!
//! [`models`] holds what a model class declares, [`query`] resolves names into a [`Query`](query::Query) of expressions,
//! and [`sql`] turns a query into a statement. Values cross the border as [`Datum`].

mod datum;
mod error;
pub mod text;

pub mod migrations;
pub mod models;
pub mod query;
pub mod schema;
pub mod settings;
pub mod sql;

pub use datum::{Datum, HostObject, Instance};
pub use error::{ErrorKind, OrmError, OrmResult};

#[cfg(test)]
mod tests;
