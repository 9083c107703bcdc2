//! What the schema editor, which is written in Python, needs of the machinery: `_django_editor`.

use crate::orm::models::Model;
use crate::orm::schema;
use crate::python::object::{Args, Module, PyResult, Value};
use crate::python::vm::Vm;

use super::constraints::{read_constraints, read_indexes};
use super::convert::to_datum;
use super::models::model_of_value;
use super::state::orm;

fn model(vm: &mut Vm, args: &Args) -> PyResult<Model> {
    match model_of_value(&args[0]) {
        Some(model) => Ok(model),
        None => {
            let given = vm.type_name(&args[0]);
            Err(vm.raise(
                crate::python::exceptions::Kind::AttributeError,
                format!("'{given}' object has no attribute '_meta'"),
            ))
        }
    }
}

/// `_django_editor`
pub fn kernel(_: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .function("table_statements", "model", |vm, args| {
            let model = model(vm, &args)?;
            let made = orm(vm, || schema::create_table(&model))?;
            let later: Vec<Value> = made.deferred.into_iter().map(Value::from).collect();
            Ok(Value::tuple(vec![Value::from(made.create), Value::list(later)]))
        })
        .function("index_statement", "model, index", |vm, args| {
            let model = model(vm, &args)?;
            let read = read_indexes(vm, &Value::list(vec![args[1].clone()]))?;
            let Some(index) = read.into_iter().next() else { return Ok(Value::None) };
            Ok(orm(vm, || schema::index_statement(&model, &index))?.sql().into())
        })
        .function("constraint_statement", "model, constraint", |vm, args| {
            let model = model(vm, &args)?;
            let read = read_constraints(vm, &Value::list(vec![args[1].clone()]))?;
            let Some(constraint) = read.into_iter().next() else { return Ok(Value::None) };
            if !schema::is_index(&constraint) {
                return Ok(Value::None);
            }
            let made = orm(vm, || schema::constraint_index(&model, &constraint))?;
            Ok(made.map_or(Value::None, |made| made.sql().into()))
        })
        .function("quote_value", "value", |vm, args| {
            let value = to_datum(vm, &args[0])?;
            Ok(orm(vm, || schema::literal(&value))?.into())
        })
        .function("unsupported", "feature", |vm, args| {
            let feature = vm.to_str(&args[0])?;
            Err(vm.unsupported(feature.as_str()))
        }))
}
