//! Saving, deleting and reloading instances.

use crate::orm::models::Field;
use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use super::managers;
use super::models::instance;

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
}

/// The methods by which a related manager changes rows.
pub fn add_related_methods(builder: ClassBuilder, _field: &Field) -> ClassBuilder {
    builder
}

/// The database that an instance's related objects are read from; `None` for the default.
pub fn read_alias(vm: &mut Vm, instance: &Value) -> PyResult {
    let state = vm.get_attr(instance, "_state")?;
    let db = vm.get_attr(&state, "db")?;
    Ok(if db.as_str().is_some_and(|alias| alias == "default") { Value::None } else { db })
}

/// Loads a field that was left out, by one statement.
pub fn refresh_deferred(vm: &mut Vm, object: &Value, field: &Field) -> PyResult<()> {
    let class = vm.class_of(object);
    let manager = managers::base_manager(vm, &class)?;
    let pk = instance::pk_of(vm, object)?;
    let rows = vm.call_method(&manager, "filter", Args::none().keyword("pk", pk))?;
    let rows = vm.call_method(&rows, "only", [Value::str(&*field.attname)])?;
    let fresh = vm.call_method(&rows, "get", ())?;
    let value = vm.get_attr(&fresh, &*field.attname)?;
    if let Some(held) = object.as_instance() {
        held.set(&*field.attname, value);
    }
    Ok(())
}
