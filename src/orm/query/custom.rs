//! Expressions, lookups and transforms of the host's own.

use std::any::Any;
use std::rc::Rc;

use super::{Expr, OutputType, Query, Resolve};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};

/// An expression whose class the host wrote: a built-in `base` that does everything, but for what `hooks` override.
#[derive(Clone)]
pub struct Custom {
    /// The built-in behaviour, resolved along with it.
    pub base: Expr,
    /// What the host's class overrides.
    pub hooks: Rc<dyn ExpressionHooks>,
}

/// What a host's class overrides. A method's `None` means "as the base does".
pub trait ExpressionHooks {
    /// The class's name.
    fn class_name(&self) -> String;
    /// The hooks of a copy of the host's object whose parts are `base`'s.
    fn rebind(&self, base: &Expr) -> OrmResult<Rc<dyn ExpressionHooks>>;
    /// `as_sqlite`, or else `as_sql`.
    fn as_sql(&self, _base: &Expr, _compiler: &mut SqlCompiler<'_>, _out: &mut SqlBuffer) -> Option<OrmResult<()>> {
        None
    }
    /// `output_field`.
    fn output_field(&self, _base: &Expr) -> Option<OrmResult<OutputType>> {
        None
    }
    /// `resolve_expression`, in place of the base's. The host's code may add joins to the query.
    fn resolve(&self, _base: &Expr, _query: &mut Query, _how: Resolve<'_>) -> Option<OrmResult<Expr>> {
        None
    }
    /// Whether rows pass through [`Self::convert`]: `convert_value`, `from_db_value`.
    fn converts(&self) -> bool {
        false
    }
    /// `convert_value(value, expression, connection)`.
    fn convert(&self, _base: &Expr, value: Datum) -> OrmResult<Datum> {
        Ok(value)
    }
    /// `contains_aggregate`.
    fn contains_aggregate(&self) -> Option<bool> {
        None
    }
    /// `conditional`.
    fn conditional(&self) -> Option<bool> {
        None
    }
    /// `get_group_by_cols()`.
    fn group_by_cols(&self, _base: &Expr) -> Option<OrmResult<Vec<Expr>>> {
        None
    }
    /// `get_bilateral_transforms()`.
    fn bilateral_transforms(&self, base: &Expr) -> Vec<super::LookupClass> {
        base.bilateral_transforms()
    }
    /// `get_lookup(name)` of a class with lookups of its own; the outer `None` means "as the output field does".
    fn get_lookup(&self, _base: &Expr, _name: &str) -> Option<super::LookupClass> {
        None
    }
    /// `get_transform(name)`, likewise.
    fn get_transform(&self, _base: &Expr, _name: &str) -> Option<super::LookupClass> {
        None
    }
    /// The host's own handle.
    fn as_any(&self) -> &dyn Any;
}
