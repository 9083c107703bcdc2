//! What is checked before a row that points at others is written.

use crate::django::models::{instance, model_of_instance};
use crate::django::related::{cached, forget, reverse_cache_name};
use crate::django::state::orm;
use crate::orm::models::{Field, FieldKind};
use crate::python::object::{PyResult, Str, Value};
use crate::python::vm::Vm;

/// Refuses assigned objects that were never saved, and takes over the keys of those that were saved since.
/// As Model._prepare_related_fields_for_save.
pub fn prepare_related_fields_for_save(
    vm: &mut Vm,
    this: &Value,
    operation: &str,
    only: Option<&[Field]>,
) -> PyResult<()> {
    let Some(model) = model_of_instance(this) else { return Ok(()) };
    let wanted = |field: &Field| only.is_none_or(|only| only.is_empty() || only.contains(field));
    for field in model.concrete_fields().iter().filter(|field| field.relation.is_some()) {
        if !wanted(field) || cached(this, &field.name).is_none() {
            continue;
        }
        let object = vm.get_attr_opt(this, &*field.name)?.unwrap_or(Value::None);
        if !vm.truth(&object)? {
            continue;
        }
        let own = vm.get_attr_str(this, &Str::interned(&field.attname))?;
        if !instance::is_pk_set(vm, &object)? {
            if field.kind == FieldKind::OneToOne {
                forget(&object, &reverse_cache_name(field));
            }
            return Err(unsaved(vm, operation, field));
        } else if is_empty_value(&own) {
            vm.set_attr(this, &*field.name, object.clone())?;
        }
        let target = orm(vm, || field.target_field())?;
        let theirs = vm.get_attr_str(&object, &Str::interned(&target.attname))?;
        let own = vm.get_attr_str(this, &Str::interned(&field.attname))?;
        if !vm.eq(&theirs, &own)? {
            forget(this, &field.name);
        }
    }
    for field in model.private_fields() {
        if field.kind != FieldKind::GenericForeignKey || !wanted(&field) {
            continue;
        }
        if let Some(object) = cached(this, &field.name)
            && vm.truth(&object)?
            && !instance::is_pk_set(vm, &object)?
        {
            return Err(unsaved(vm, operation, &field));
        }
    }
    Ok(())
}

fn unsaved(vm: &mut Vm, operation: &str, field: &Field) -> crate::python::object::Raised {
    vm.value_error(format!(
        "{operation}() prohibited to prevent data loss due to unsaved related object '{}'.",
        field.name
    ))
}

/// Whether a value is among `field.empty_values`.
fn is_empty_value(value: &Value) -> bool {
    match value {
        Value::None => true,
        Value::Str(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Tuple(items) => items.is_empty(),
        Value::Dict(dict) => dict.is_empty(),
        _ => false,
    }
}
