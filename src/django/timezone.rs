//! `django.utils.timezone`.

use crate::python::object::PyResult;
use crate::python::vm::Vm;

use super::state::Django;

/// `timezone.get_current_timezone()`
pub fn current(vm: &mut Vm) -> PyResult {
    let _ = Django::of(vm);
    Err(vm.unsupported("the current time zone"))
}
