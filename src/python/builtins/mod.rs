//! The names of `builtins`.

mod attributes;
mod numbers;
mod programs;
mod sequences;
mod text;

use super::object::{Binding, NativeCode, NativeFn, NativeFunction, Signature, Str, Value};
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
        ("__name__", Value::from("builtins")),
    ] {
        vm.builtins.set_str(Str::interned(name), value);
    }
    let module =
        std::rc::Rc::new(super::object::ModuleObject { name: Str::interned("builtins"), dict: vm.builtins.clone() });
    vm.builtins.set_str(Str::interned("__builtins__"), Value::Module(module));
    attributes::install(vm);
    numbers::install(vm);
    programs::install(vm);
    sequences::install(vm);
    text::install(vm);
}

/// A builtin whose arguments are counted only.
fn counted(vm: &mut Vm, name: &str, least: u8, most: u8, code: NativeFn) {
    add(vm, NativeFunction::arity(name, least, most, code));
}

/// A builtin with a signature.
fn signed(vm: &mut Vm, name: &str, signature: &str, code: NativeFn) {
    let binding = Binding::Signature(std::rc::Rc::new(Signature::parse(signature)));
    add(vm, NativeFunction::with(name, binding, NativeCode::Plain(code)));
}

/// A builtin that gets its arguments unchecked.
fn raw(vm: &mut Vm, name: &str, code: NativeFn) {
    add(vm, NativeFunction::raw(name, code));
}

fn add(vm: &mut Vm, function: NativeFunction) {
    *function.module.borrow_mut() = Value::from("builtins");
    vm.builtins.set_str(function.name.clone(), function.into_value());
}

/// A builtin that reaches out of the program, or needs what the engine lacks: named when it is called.
fn refused(vm: &mut Vm, name: &'static str) {
    let code = NativeCode::Closure(Box::new(move |vm: &mut Vm, _| Err(vm.unsupported(format!("{name}()")))));
    add(vm, NativeFunction::with(name, Binding::Raw, code));
}
