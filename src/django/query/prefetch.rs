//! `prefetch_related()`: related objects fetched for all rows at once.

use crate::python::object::{ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

/// Checks lookups as they are given.
pub(super) fn check_lookups(_vm: &mut Vm, _queryset: &Value, _lookups: &[Value]) -> PyResult<()> {
    Ok(())
}

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
}

/// Fetches what the lookups name for all of these objects.
pub fn prefetch_objects(vm: &mut Vm, objects: &[Value], lookups: Vec<Value>) -> PyResult<()> {
    if objects.is_empty() || lookups.is_empty() {
        return Ok(());
    }
    Err(vm.unsupported("prefetch_related"))
}
