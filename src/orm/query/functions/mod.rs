//! Function classes as tables, one family a file, and the transforms that fields lead to.

mod aggregates;
mod comparison;

use super::{Func, LookupClass};
use crate::orm::models::{Field, FieldKind};

pub use aggregates::{AVG, COUNT, MAX, MIN, STDDEV_POP, STDDEV_SAMP, SUM, VAR_POP, VAR_SAMP};
pub use comparison::{CAST, COALESCE, COLLATE, MOD, RANDOM};

/// The lookup or transform that field class `kind` itself adds under `name`: date parts, JSON paths and the like.
pub fn field_lookup(kind: FieldKind, name: &str) -> Option<LookupClass> {
    let _ = (kind, name);
    None
}

/// The names that [`field_lookup`] answers for `kind`.
pub fn field_lookup_names(kind: FieldKind) -> &'static [&'static str] {
    let _ = kind;
    &[]
}

/// What a field makes of any other name: a JSON field takes it for a key.
pub fn any_transform(field: &Field, name: &str) -> Option<LookupClass> {
    let _ = (field, name);
    None
}

/// The lookup or transform that a transform itself has under `name`, before its type is asked.
pub fn transform_lookup(func: &Func, name: &str) -> Option<LookupClass> {
    let _ = (func, name);
    None
}
