//! Saving, deleting and reloading instances.

mod refresh;
mod related_check;
mod save;
mod table;

use crate::orm::models::Field;
use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use super::connections::{refuse_routers, write_alias};
use super::deletion::Collector;
use super::models::{instance, model_of_instance};
use super::{async_twins, related};

pub use related_check::prepare_related_fields_for_save;
pub(in crate::django) use save::updatable_names;
pub(in crate::django) use table::pre_save;
pub use table::{pk_value_on_save, returning_fields};

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    let builder = builder
        .method(
            "save",
            "self, *args, force_insert=False, force_update=False, using=None, update_fields=None",
            save::save,
        )
        .method(
            "asave",
            "self, *args, force_insert=False, force_update=False, using=None, update_fields=None",
            save::asave,
        )
        .method(
            "save_base",
            "self, raw=False, force_insert=False, force_update=False, using=None, update_fields=None",
            save::save_base,
        )
        .method("delete", "self, using=None, keep_parents=False", delete)
        .method("refresh_from_db", "self, using=None, fields=None, from_queryset=None", refresh::refresh_from_db)
        .method("_prepare_related_fields_for_save", "self, operation_name, fields=None", |vm, args| {
            let operation = vm.to_str(&args[1])?;
            let fields: Option<Vec<Field>> = match args.some(2) {
                Some(fields) => Some(vm.list_from(fields)?.iter().filter_map(crate::django::fields::bound).collect()),
                None => None,
            };
            prepare_related_fields_for_save(vm, &args[0], &operation, fields.as_deref())?;
            Ok(Value::None)
        });
    async_twins::add(builder, &["delete", "refresh_from_db"])
}

/// The methods by which a related manager changes rows.
pub fn add_related_methods(builder: ClassBuilder, field: &Field) -> ClassBuilder {
    related::add_write_methods(builder, field)
}

/// `Model.delete()`
fn delete(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    if !instance::is_pk_set(vm, &this)? {
        let model = model_of_instance(&this);
        let (name, pk) = match &model {
            Some(model) => {
                (model.name.to_string(), model.pk_or_none().map_or_else(String::new, |pk| pk.attname.to_string()))
            }
            None => (String::new(), String::new()),
        };
        return Err(
            vm.value_error(format!("{name} object can't be deleted because its {pk} attribute is set to None."))
        );
    }
    let using = using_or(vm, &args[1], &this)?;
    let keep_parents = vm.truth(&args[2])?;
    let collector = Collector::new(vm, &using, this.clone());
    Collector::collect(vm, &collector, &Value::list(vec![this]), keep_parents)?;
    Collector::delete(vm, &collector)
}

/// `using or router.db_for_write(…, instance=instance)`
pub(super) fn using_or(vm: &mut Vm, using: &Value, instance: &Value) -> PyResult<crate::python::object::Str> {
    if using.is_unset() || !vm.truth(using)? {
        refuse_routers(vm)?;
        return Ok(write_alias(instance));
    }
    vm.to_str(using)
}

/// The database that an instance's related objects are read from; `None` for the default.
pub fn read_alias(vm: &mut Vm, instance: &Value) -> PyResult {
    let state = vm.get_attr(instance, "_state")?;
    let db = vm.get_attr(&state, "db")?;
    Ok(if db.as_str().is_some_and(|alias| alias == "default") { Value::None } else { db })
}

/// Loads a field that was left out, by one statement.
pub fn refresh_deferred(vm: &mut Vm, object: &Value, field: &Field) -> PyResult<()> {
    let names = Value::list(vec![Value::str(&*field.attname)]);
    vm.call_method(object, "refresh_from_db", Args::none().keyword("fields", names))?;
    Ok(())
}
