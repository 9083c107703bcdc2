//! Objects that stand for others: `SimpleLazyObject` and lazy texts.

use crate::python::object::{PyResult, Str, Value};
use crate::python::vm::Vm;

/// What a lazy object stands for; `None` for any other.
pub fn wrapped(vm: &mut Vm, value: &Value) -> PyResult<Option<Value>> {
    let Some(instance) = value.as_instance() else { return Ok(None) };
    if instance.class().lookup(&Str::interned("_ormdojo_lazy")).is_none() {
        return Ok(None);
    }
    vm.call_method(value, "_ormdojo_value", ()).map(Some)
}
