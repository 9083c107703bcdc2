//! Lookups as data: `exact`, `in`, `contains` and the rest, one table entry a class.

use std::rc::Rc;

use super::{Expr, FuncSpec};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};

/// What a built-in lookup class says of itself.
pub struct LookupSpec {
    /// The class's name.
    pub name: &'static str,
    /// `lookup_name`.
    pub lookup_name: &'static str,
    /// Whether the right side passes through the left side's `get_prep_value`.
    pub prepare_rhs: bool,
    /// `can_use_none_as_rhs`.
    pub none_as_rhs: bool,
    /// Works on the right side when the lookup is made, in place of the ordinary preparation.
    pub prepare: Option<fn(&Expr, &Datum) -> OrmResult<Datum>>,
    /// Writes the condition.
    pub write: fn(&Lookup, &mut SqlCompiler<'_>, &mut SqlBuffer) -> OrmResult<()>,
}

/// A class that a name after a field leads to.
#[derive(Clone)]
pub enum LookupClass {
    /// A built-in lookup.
    Lookup(&'static LookupSpec),
    /// A built-in transform.
    Transform(&'static FuncSpec),
    /// A transform with an argument of its own: a JSON key, an index.
    KeyTransform(&'static FuncSpec, Datum),
    /// A host's class.
    Host(Rc<dyn LookupFactory>),
}

/// A lookup or transform class of the host.
pub trait LookupFactory {
    /// Whether it is a transform.
    fn is_transform(&self) -> bool;
    /// `Class(lhs)` of a transform.
    fn transform(&self, lhs: Expr) -> OrmResult<Expr>;
    /// `Class(lhs, rhs)` of a lookup.
    fn lookup(&self, lhs: Expr, rhs: Datum) -> OrmResult<Expr>;
    /// The class's name, as error texts say it.
    fn class_name(&self) -> String;
}

/// A condition on one expression.
#[derive(Clone)]
pub struct Lookup {
    /// The class.
    pub spec: &'static LookupSpec,
    /// The left side.
    pub lhs: Expr,
    /// The right side, prepared.
    pub rhs: Datum,
    /// Transforms that apply to the right side too.
    pub bilateral: Vec<LookupClass>,
}
