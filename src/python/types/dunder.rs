//! The special methods that builtin types share: each calls the operation that operators call.

use super::object::COMPARISONS;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, ClassBuilder, Value};
use crate::python::vm::Vm;

/// `__repr__` and `__hash__`.
pub(super) fn basics(builder: ClassBuilder) -> ClassBuilder {
    builder.arity("__repr__", 1, 1, |vm, args| vm.native_repr(args[0].plain()).map(Value::from)).arity(
        "__hash__",
        1,
        1,
        |vm, args| vm.hash(args[0].plain()).map(Value::Int),
    )
}

/// The six comparisons.
pub(super) fn comparisons(mut builder: ClassBuilder) -> ClassBuilder {
    for (name, op) in COMPARISONS {
        builder = builder.arity_closure(name, 2, 2, move |vm, args| {
            Ok(vm.native_compare(op, args[0].plain(), args[1].plain())?.map_or(Value::NotImplemented, Value::Bool))
        });
    }
    builder
}

/// `__len__`, `__getitem__`, `__contains__`, `__iter__`, and `+` and `*`.
pub(super) fn sequence(builder: ClassBuilder) -> ClassBuilder {
    let builder = container(builder)
        .arity("__getitem__", 2, 2, |vm, args| vm.get_item_native(&args[0], &args[1]))
        .arity("__add__", 2, 2, |vm, args| {
            let (a, b) = (args[0].plain(), args[1].plain());
            match vm.binary_native(BinaryOp::Add, a, b)? {
                Some(result) => Ok(result),
                // CPython's `sq_concat` raises instead of giving `NotImplemented`.
                None => vm.binary(BinaryOp::Add, a, b),
            }
        });
    operators(builder, &[("__mul__", BinaryOp::Mul, false), ("__rmul__", BinaryOp::Mul, true)])
}

/// `__len__`, `__contains__` and `__iter__`.
pub(super) fn container(builder: ClassBuilder) -> ClassBuilder {
    builder
        .arity("__len__", 1, 1, |vm, args| vm.len(args[0].plain()).map(Value::from))
        .arity("__contains__", 2, 2, |vm, args| vm.contains_native(&args[0], &args[1]).map(Value::Bool))
        .arity("__iter__", 1, 1, |vm, args| vm.iter(args[0].plain()))
}

/// Methods for operators; `true` for the reflected ones.
pub(super) fn operators(mut builder: ClassBuilder, all: &[(&str, BinaryOp, bool)]) -> ClassBuilder {
    for (name, op, reflected) in all {
        let (op, reflected) = (*op, *reflected);
        builder = builder.arity_closure(name, 2, 2, move |vm, args| apply(vm, op, reflected, &args));
    }
    builder
}

fn apply(vm: &mut Vm, op: BinaryOp, reflected: bool, args: &Args) -> crate::python::object::PyResult {
    let (a, b) = if reflected { (&args[1], &args[0]) } else { (&args[0], &args[1]) };
    let right = if op == BinaryOp::Mod && matches!(a.plain(), Value::Str(_) | Value::Bytes(_)) { b } else { b.plain() };
    Ok(vm.binary_native(op, a.plain(), right)?.unwrap_or(Value::NotImplemented))
}
