//! What the operations of `django.db.migrations` ask of the engine.

use std::rc::Rc;

use crate::orm::migrations::Migration;
use crate::python::object::{Args, Module, PyResult, Value};
use crate::python::vm::Vm;

use super::read::operation_of;

/// `_django_migrations`
pub fn kernel(_vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .function("describe", "operation", |vm, args| Ok(operation_of(vm, &args[0])?.describe().into()))
        .function("category", "operation", |vm, args| Ok(operation_of(vm, &args[0])?.category().to_string().into()))
        .function("name_fragment", "operation", |vm, args| {
            Ok(operation_of(vm, &args[0])?.name_fragment().map_or(Value::None, Value::from))
        })
        .function("arguments", "operation", |vm, args| {
            let operation = operation_of(vm, &args[0])?;
            let names: Vec<Value> = operation.arguments().iter().map(|(name, _)| Value::str(&**name)).collect();
            Ok(Value::list(names))
        })
        .function("suggest_name", "migration", suggest_name))
}

/// `Migration.suggest_name()`
fn suggest_name(vm: &mut Vm, args: Args) -> PyResult {
    let listed = vm.get_attr(&args[0], "operations")?;
    let mut operations = Vec::new();
    for value in vm.list_from(&listed)? {
        operations.push(operation_of(vm, &value)?);
    }
    let initial = vm.get_attr(&args[0], "initial")?;
    let migration = Migration {
        app_label: Rc::from(""),
        name: Rc::from(""),
        dependencies: Vec::new(),
        initial: vm.truth(&initial)?,
        operations,
        atomic: true,
    };
    let now = {
        let module = vm.import_module("datetime")?;
        let class = vm.get_attr(&module, "datetime")?;
        let now = vm.call_method(&class, "now", ())?;
        let text = vm.call_method(&now, "strftime", [Value::str("%Y%m%d_%H%M")])?;
        vm.to_str(&text)?.to_string()
    };
    Ok(migration.suggest_name(&now).into())
}
