//! The names of `builtins`.

use super::object::{Str, Value};
use super::vm::Vm;

/// Fills the namespace of `builtins`.
pub(crate) fn install(vm: &mut Vm) {
    let types = vm.types.clone();
    for class in [
        &types.object,
        &types.type_,
        &types.int,
        &types.bool_,
        &types.float,
        &types.complex,
        &types.str,
        &types.bytes,
        &types.bytearray,
        &types.memoryview,
        &types.tuple,
        &types.list,
        &types.dict,
        &types.set,
        &types.frozenset,
        &types.range,
        &types.slice,
        &types.property,
        &types.classmethod,
        &types.staticmethod,
        &types.super_,
        &types.enumerate,
        &types.zip,
        &types.map,
        &types.filter,
        &types.reversed,
    ] {
        vm.builtins.set_str(class.name(), class);
    }
    for (name, value) in [
        ("None", Value::None),
        ("True", Value::Bool(true)),
        ("False", Value::Bool(false)),
        ("NotImplemented", Value::NotImplemented),
        ("Ellipsis", Value::Ellipsis),
        ("__debug__", Value::Bool(true)),
    ] {
        vm.builtins.set_str(Str::interned(name), value);
    }
}
