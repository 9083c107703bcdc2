//! Function classes as tables, one family a file, and the transforms that fields lead to.

pub mod aggregates;
pub mod comparison;
pub mod datetime;
pub mod json;
pub mod math;
pub mod text;
pub mod window;

use super::{Func, LookupClass};
use crate::orm::models::{Field, FieldKind};

pub use aggregates::{AVG, COUNT, MAX, MIN, STDDEV_POP, STDDEV_SAMP, SUM, VAR_POP, VAR_SAMP};
pub use comparison::{CAST, COALESCE, COLLATE, GREATEST, LEAST, MOD, NULL_IF, RANDOM};

/// The lookup or transform that field class `kind` itself adds under `name`: date parts, JSON paths and the like.
pub fn field_lookup(kind: FieldKind, name: &str) -> Option<LookupClass> {
    match kind {
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time => datetime::transform(kind, name),
        FieldKind::Json => json::lookup(name),
        _ => None,
    }
}

/// The names that [`field_lookup`] answers for `kind`.
pub fn field_lookup_names(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Date => datetime::DATE_NAMES,
        FieldKind::DateTime => datetime::MOMENT_NAMES,
        FieldKind::Time => datetime::TIME_NAMES,
        FieldKind::Json => json::NAMES,
        _ => &[],
    }
}

/// What a field makes of any other name: a JSON field takes it for a key.
pub fn any_transform(field: &Field, name: &str) -> Option<LookupClass> {
    (field.kind == FieldKind::Json).then(|| json::key(name))
}

/// The lookup or transform that a transform itself has under `name`, before its type is asked.
pub fn transform_lookup(func: &Func, name: &str) -> Option<LookupClass> {
    datetime::year_lookup(func, name).or_else(|| json::key_lookup(func, name))
}

/// Whether the field is of this class itself, and of none that extends it.
fn is_exactly(field: &Field, kind: FieldKind) -> bool {
    field.kind == kind
}
