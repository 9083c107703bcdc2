//! Methods of native classes whose code is written in Python.

use crate::python::object::{Args, PyResult};
use crate::python::vm::Vm;

/// Calls a function of a module of Django's own with a method's bound arguments.
pub fn call(vm: &mut Vm, module: &str, function: &str, args: Args) -> PyResult {
    let module = vm.import_module(module)?;
    let function = vm.get_attr(&module, function)?;
    vm.call(&function, args)
}

/// A method that is the function of its own name in a module.
macro_rules! in_python {
    ($module:literal, $name:literal) => {
        |vm, args| $crate::django::delegate::call(vm, $module, $name, args)
    };
}

pub(in crate::django) use in_python;
