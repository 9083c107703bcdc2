//! Lookups and transforms of classes written in Python.

use crate::orm::query::LookupClass;
use crate::python::object::Value;

/// Asks a field's own `get_lookup` or `get_transform`.
pub fn ask(_object: &Value, _method: &str, _name: &str) -> Option<LookupClass> {
    None
}
