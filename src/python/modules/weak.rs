//! `weakref.ref`: a reference that does not keep its object alive.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use super::arguments::Comparison;
use crate::python::object::{BoundMethod, Class, ClassBuilder, Function, Instance, PyResult, Value};
use crate::python::vm::Vm;

/// What is referred to.
enum Target {
    Instance(Weak<Instance>),
    Class(Weak<Class>),
    Function(Weak<Function>),
    Method(Weak<BoundMethod>),
}

struct Reference {
    target: Target,
    callback: Value,
    hash: Cell<Option<i64>>,
}

impl Reference {
    fn get(&self) -> Value {
        match &self.target {
            Target::Instance(target) => target.upgrade().map_or(Value::None, Value::Instance),
            Target::Class(target) => target.upgrade().map_or(Value::None, Value::Class),
            Target::Function(target) => target.upgrade().map_or(Value::None, Value::Function),
            Target::Method(target) => target.upgrade().map_or(Value::None, Value::BoundMethod),
        }
    }
}

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("ReferenceType")
        .module("weakref")
        .native_layout("ReferenceType")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let target = match &args[1] {
                // A plain value in an instance is one of those that CPython refuses, but for lists, sets and dicts.
                Value::Instance(instance) => Target::Instance(Rc::downgrade(instance)),
                Value::Class(class) => Target::Class(Rc::downgrade(class)),
                Value::Function(function) => Target::Function(Rc::downgrade(function)),
                Value::BoundMethod(method) => Target::Method(Rc::downgrade(method)),
                other => {
                    let name = vm.type_name(other);
                    return Err(vm.type_error(format!("cannot create weak reference to '{name}' object")));
                }
            };
            let callback = args.get(2).cloned().unwrap_or(Value::None);
            let reference =
                Instance::native(class, Reference { target, callback: callback.clone(), hash: Cell::new(None) });
            if let (Value::Instance(target), false) = (&args[1], callback.is_none()) {
                vm.watch(target, &reference, callback);
            }
            Ok(reference.into())
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__call__", 1, 1, |vm, args| Ok(vm.payload::<Reference>(&args[0])?.get()))
        .property("__callback__", |vm, args| Ok(vm.payload::<Reference>(&args[0])?.callback.clone()))
        .arity("__hash__", 1, 1, |vm, args| {
            let reference = vm.payload::<Reference>(&args[0])?;
            if let Some(hash) = reference.hash.get() {
                return Ok(hash.into());
            }
            let target = reference.get();
            if target.is_none() {
                return Err(vm.type_error("weak object has gone away"));
            }
            let hash = vm.hash(&target)?;
            reference.hash.set(Some(hash));
            Ok(hash.into())
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let target = vm.payload::<Reference>(&args[0])?.get();
            let text = if target.is_none() {
                "<weakref at 0x0; dead>".to_owned()
            } else {
                format!("<weakref at 0x0; to '{}' at 0x0>", vm.type_name(&target))
            };
            Ok(text.into())
        });
    for (name, comparison) in Comparison::METHODS {
        if !comparison.is_equality() {
            continue;
        }
        builder =
            builder.method_closure(name, "self, other, /", move |vm, args| compare(vm, &args[0], &args[1], comparison));
    }
    builder.build(vm)
}

/// Two references are equal as their objects are; once one is gone, only to themselves.
fn compare(vm: &mut Vm, a: &Value, b: &Value, comparison: Comparison) -> PyResult {
    let (Some(first), Some(second)) = (a.payload::<Reference>(), b.payload::<Reference>()) else {
        return Ok(Value::NotImplemented);
    };
    let (first, second) = (first.get(), second.get());
    let equal = if first.is_none() || second.is_none() { a.is(b) } else { vm.eq(&first, &second)? };
    Ok((equal == (comparison == Comparison::Eq)).into())
}
