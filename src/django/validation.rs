//! `ValidationError`, and the checks of `full_clean()`.

use crate::python::object::{ClassBuilder, Raised};
use crate::python::vm::Vm;

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
}

/// A `ValidationError` that says `message`.
pub fn error(vm: &mut Vm, message: &str) -> Raised {
    vm.value_error(message)
}
