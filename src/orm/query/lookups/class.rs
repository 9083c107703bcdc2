//! Lookups as data: `exact`, `in`, `contains` and the rest, one table entry a class.

use std::cell::Cell;
use std::rc::Rc;

use crate::orm::query::{Expr, FuncSpec};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};

/// Works on a lookup's right side when the lookup is made.
pub type Prepare = fn(&'static LookupSpec, &Expr, Datum) -> OrmResult<Datum>;

/// Writes a lookup's condition.
pub type LookupWriter = fn(&Lookup, &mut SqlCompiler<'_>, &mut SqlBuffer) -> OrmResult<()>;

/// What a built-in lookup class says of itself. A family's file declares one `static` a class, starting from another.
#[derive(Clone, Copy)]
pub struct LookupSpec {
    /// The class's name.
    pub name: &'static str,
    /// `lookup_name`.
    pub lookup_name: &'static str,
    /// `prepare_rhs`: whether the right side passes through the left side's `get_prep_value`.
    pub prepare_rhs: bool,
    /// `can_use_none_as_rhs`.
    pub none_as_rhs: bool,
    /// Whether the right side passes through the left side's `get_db_prep_value` (`FieldGetDbPrepValueMixin`).
    pub db_prepare: bool,
    /// `get_prep_lookup`.
    pub prepare: Prepare,
    /// `as_sql`.
    pub write: LookupWriter,
}

/// A class that a name after a field leads to.
#[derive(Clone)]
pub enum LookupClass {
    /// A built-in lookup.
    Lookup(&'static LookupSpec),
    /// A built-in transform.
    Transform(&'static FuncSpec),
    /// A transform with an argument of its own, kept as `extra` under the first name: a JSON key, an index.
    KeyTransform(&'static FuncSpec, &'static str, Datum),
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

impl LookupClass {
    /// Whether it is a transform.
    pub fn is_transform(&self) -> bool {
        match self {
            Self::Lookup(_) => false,
            Self::Transform(_) | Self::KeyTransform(..) => true,
            Self::Host(class) => class.is_transform(),
        }
    }
}

/// A condition on one expression.
#[derive(Clone)]
pub struct Lookup {
    /// The class.
    pub spec: &'static LookupSpec,
    /// The left side.
    pub lhs: Expr,
    /// The right side, prepared. A query stands here as an expression.
    pub rhs: Datum,
    /// Transforms that apply to the right side too.
    pub bilateral: Vec<LookupClass>,
    /// How often it was written, where a lookup's writing changes it: Django's text lookups on UUIDs strip the hyphens
    /// of what they stripped before.
    pub written: Option<Rc<Cell<u32>>>,
}

impl Lookup {
    /// `rhs_is_direct_value()`: whether the right side is a value rather than SQL.
    pub fn rhs_is_direct(&self) -> bool {
        !self.rhs.is_expression()
    }
}
