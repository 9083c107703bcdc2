//! What Django's Python sources need of models and their tables: `_django_schema`, which they import.

use crate::django::state::orm;
use crate::orm::schema;
use crate::python::object::{Args, Module, PyResult, Value};
use crate::python::vm::Vm;

use super::model_of_value;

fn names_digest(vm: &mut Vm, args: Args) -> PyResult {
    let mut parts = Vec::new();
    for part in vm.list_from(&args[0])? {
        parts.push(vm.to_str(&part)?.to_string());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let length = args[1].as_i64().and_then(|length| usize::try_from(length).ok()).unwrap_or(8);
    Ok(schema::names_digest(&parts, length).into())
}

/// The statements that make a model's table.
fn create_table(vm: &mut Vm, args: Args) -> PyResult {
    let Some(model) = model_of_value(&args[0]) else { return Err(vm.type_error("a model class is wanted")) };
    let statements = orm(vm, || schema::create_table(&model))?;
    let mut all = vec![Value::from(statements.create)];
    all.extend(statements.deferred.into_iter().map(Value::from));
    Ok(Value::list(all))
}

/// Whether models are still being read, so that relations from models to come are not there yet.
fn loading(vm: &mut Vm, _: Args) -> PyResult {
    Ok(crate::django::state::Django::of(vm).apps.borrow().loading.into())
}

/// `_django_schema`
pub fn module(_: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .function("names_digest", "parts, length", names_digest)
        .function("create_table", "model", create_table)
        .function("loading", "", loading))
}
