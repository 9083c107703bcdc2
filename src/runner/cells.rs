//! Python values as the cells of a result.

use crate::django::models::instance::pk_of;
use crate::django::models::model_of_instance;
use crate::python::modules::{datetime, decimal, uuid};
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

use super::Cell;

/// A value in a row.
pub fn cell(vm: &mut Vm, value: &Value) -> PyResult<Cell> {
    Ok(match value.plain() {
        Value::None | Value::Unset => Cell::Null,
        Value::Truth(truth) => Cell::Bool(truth.get()),
        Value::Int(number) => Cell::Int(*number),
        Value::BigInt(number) => {
            vm.check_digits(number)?;
            Cell::BigInt(number.to_string())
        }
        Value::Real(number) => Cell::Float(number.get()),
        Value::Str(text) => Cell::Text(text.to_string()),
        Value::Bytes(bytes) => Cell::Bytes(bytes.to_vec()),
        Value::Dict(_) | Value::List(_) | Value::Tuple(_) => container(vm, value)?,
        _ => other(vm, value)?,
    })
}

fn other(vm: &mut Vm, value: &Value) -> PyResult<Cell> {
    if let Some(model) = model_of_instance(value) {
        let pk = pk_of(vm, value)?;
        return Ok(Cell::Instance { model: model.label(), pk: Box::new(cell(vm, &pk)?) });
    }
    let text = vm.to_str(value)?.to_string();
    if decimal::as_decimal(value).is_some() {
        return Ok(Cell::Decimal(text));
    }
    let temporal = datetime::as_datetime(value).is_some()
        || datetime::as_date(value).is_some()
        || datetime::as_time(value).is_some()
        || datetime::as_timedelta(value).is_some()
        || uuid::as_uuid(value).is_some();
    Ok(if temporal { Cell::Temporal(text) } else { Cell::Text(text) })
}

/// A container with everything in it.
fn container(vm: &mut Vm, value: &Value) -> PyResult<Cell> {
    vm.tick()?;
    let items = match value.plain() {
        Value::Dict(dict) => {
            let mut pairs = Vec::new();
            for (key, held) in dict.items() {
                let name = vm.to_str(&key)?.to_string();
                let held = vm.nested("", |vm| cell(vm, &held))?;
                pairs.push((name, held));
            }
            return Ok(Cell::Dict(pairs));
        }
        Value::List(list) => list.to_vec(),
        Value::Tuple(items) => items.to_vec(),
        _ => return cell(vm, value),
    };
    let mut cells = Vec::with_capacity(items.len());
    for item in items {
        cells.push(vm.nested("", |vm| cell(vm, &item))?);
    }
    Ok(Cell::List(cells))
}

/// Whether a value may stand in a flat list of rows.
pub fn is_scalar(value: &Value) -> bool {
    match value.plain() {
        Value::None | Value::Truth(_) | Value::Int(_) | Value::BigInt(_) | Value::Real(_) => true,
        Value::Str(_) | Value::Bytes(_) => true,
        _ => {
            decimal::as_decimal(value).is_some()
                || datetime::as_datetime(value).is_some()
                || datetime::as_date(value).is_some()
                || datetime::as_time(value).is_some()
                || datetime::as_timedelta(value).is_some()
                || uuid::as_uuid(value).is_some()
        }
    }
}
