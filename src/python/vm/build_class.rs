//! `__build_class__`: what a class statement calls.

use crate::python::object::{Args, NativeFunction, PyResult, Str, Value};
use crate::python::vm::Vm;

/// The function as a value.
pub(super) fn function() -> Value {
    NativeFunction::raw("__build_class__", build_class).into_value()
}

fn build_class(vm: &mut Vm, mut args: Args) -> PyResult {
    let (body, name) = match (args.take(0), args.take(1)) {
        (Value::Function(body), Value::Str(name)) => (body, name),
        _ => return Err(vm.type_error("__build_class__: func must be a function")),
    };
    let original: Vec<Value> = args.positional.iter().skip(2).cloned().collect();
    let mut keywords = args.keywords;
    let (bases, changed) = vm.resolve_bases(original.clone())?;
    let (metaclass, namespace) = vm.prepare_class(&name, &bases, &mut keywords)?;
    let cell = vm.run_class_body(&body, namespace.clone())?;
    if changed {
        vm.set_item(&namespace, &Value::str("__orig_bases__"), Value::tuple(original))?;
    }
    if let Value::Cell(_) = &cell {
        let key = Value::Str(Str::interned("__classcell__"));
        vm.set_item(&namespace, &key, cell.clone())?;
    }
    let call = Args { positional: [Value::Str(name), Value::tuple(bases), namespace].into_iter().collect(), keywords };
    let class = vm.call_args(&metaclass, call)?;
    if let (Value::Cell(cell), Value::Class(_)) = (&cell, &class)
        && cell.get().is_unset()
    {
        cell.set(class.clone());
    }
    Ok(class)
}
