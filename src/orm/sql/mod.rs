//! From a resolved query to a statement with parameters.
//!
//! [`SqlCompiler`] walks one query; its parts are a file a clause. [`compile`] and its kin are the doors for hosts.

mod buffer;
mod combinator;
mod compiler;
mod conditions;
mod converters;
mod delete;
mod dialect;
mod expressions;
mod from;
mod group_by;
mod insert;
mod mask;
mod order_by;
mod select;
mod statement;
mod update;
mod window;

pub use buffer::{Fragment, SqlBuffer};
pub use compiler::SqlCompiler;
pub use converters::Converter;
pub use delete::compile_delete;
pub use dialect::{Dialect, Sqlite};
pub use insert::{Insert, InsertStatement, InsertValues, OnConflict, compile_insert};
pub use select::{ClassInfo, RelatedInfo, Relink, SelectItem};
pub use statement::{Layout, Statement, compile, compile_aggregation, interpolate, layout};
pub use update::{UpdatePlan, compile_update};

/// The expressions that order a query, resolved in it.
pub fn order_by(query: &mut crate::orm::query::Query) -> crate::orm::OrmResult<Vec<crate::orm::query::Expr>> {
    Ok(SqlCompiler::new(query).get_order_by()?.into_iter().map(|item| item.expr).collect())
}
