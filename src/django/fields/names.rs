//! What a field's attribute and its column are called.

use std::rc::Rc;

use crate::orm::models::{FieldData, FieldKind};
use crate::python::object::{Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::hooks::overrides;
use super::{attribute, kind_of};

/// The methods of `Field` that settle its names.
pub(super) fn add(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("get_attname", "self", |vm, args| {
            let name = vm.get_attr(&args[0], "name")?;
            if kind_of(&args[0]).is_some_and(|kind| kind.is_a(FieldKind::ForeignKey)) {
                return Ok(format!("{}_id", vm.to_str(&name)?).into());
            }
            Ok(name)
        })
        .method("get_attname_column", "self", |vm, args| {
            let attname = vm.call_method(&args[0], "get_attname", ())?;
            let virtual_kind = matches!(
                kind_of(&args[0]),
                Some(FieldKind::ForeignObject | FieldKind::GenericRelation | FieldKind::CompositePrimaryKey)
            );
            if virtual_kind {
                return Ok(Value::tuple([attname, Value::None]));
            }
            let given = attribute(&args[0], "db_column").filter(|column| !column.is_none());
            // An empty name counts as none given.
            let column = match given {
                Some(column) if vm.truth(&column)? => column,
                _ => attname.clone(),
            };
            Ok(Value::tuple([attname, column]))
        })
        .method("set_attributes_from_name", "self, name", |vm, args| {
            let Some(instance) = args[0].as_instance().cloned() else { return Ok(Value::None) };
            let said = attribute(&args[0], "name").filter(|name| !name.is_none());
            let name = vm.to_str(said.as_ref().unwrap_or(&args[1]))?;
            instance.set("name", name.clone());
            let (attname, column) = pair(vm, &args[0])?;
            instance.set("concrete", !column.is_none());
            instance.set("attname", attname);
            instance.set("column", column);
            if attribute(&args[0], "verbose_name").is_none_or(|verbose| verbose.is_none()) {
                instance.set("verbose_name", name.replace('_', " "));
            }
            Ok(Value::None)
        })
}

/// `get_attname_column()`
fn pair(vm: &mut Vm, object: &Value) -> PyResult<(Value, Value)> {
    let found = vm.call_method(object, "get_attname_column", ())?;
    match vm.list_from(&found)?.as_slice() {
        [attname, column] => Ok((attname.clone(), column.clone())),
        parts if parts.len() < 2 => {
            Err(vm.value_error(format!("not enough values to unpack (expected 2, got {})", parts.len())))
        }
        _ => Err(vm.value_error("too many values to unpack (expected 2)")),
    }
}

/// Keeps the names that a class written in Python chooses.
pub(super) fn settle(vm: &mut Vm, object: &Value, class: &Rc<Class>, data: &mut FieldData) -> PyResult<()> {
    if !overrides(class, "get_attname") && !overrides(class, "get_attname_column") {
        return Ok(());
    }
    let (attname, column) = pair(vm, object)?;
    let attname: Rc<str> = vm.to_str(&attname)?.as_str().into();
    let column: Option<Rc<str>> = if column.is_none() { None } else { Some(vm.to_str(&column)?.as_str().into()) };
    data.own_names = Some((attname, column));
    Ok(())
}

/// What `column` and `concrete` show: a many-to-many field says that it has a column, though its table has none.
pub(super) fn shown(data: &FieldData, object: &Value) -> (Value, bool) {
    match &data.column {
        Some(column) => (Str::from(&**column).into(), true),
        None if data.kind == FieldKind::ManyToMany => {
            let given = attribute(object, "db_column").filter(|column| !column.is_none());
            (given.unwrap_or_else(|| Value::str(&*data.attname)), true)
        }
        None => (Value::None, false),
    }
}
