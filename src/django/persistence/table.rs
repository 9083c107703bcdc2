//! Saving one table's part of an instance: UPDATE, INSERT, or the one after the other.

use std::rc::Rc;

use crate::django::fields::attribute;
use crate::django::managers;
use crate::django::models::state::StatePayload;
use crate::django::models::{instance, model_of_instance};
use crate::django::query::write;
use crate::django::state::{Django, class_of, orm, raise_class};
use crate::orm::models::{Field, FieldKind, Model};
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

use super::save::state_of;

/// What saving a table goes by.
pub(super) struct SaveTable<'a> {
    pub(super) this: &'a Value,
    pub(super) model: &'a Model,
    pub(super) raw: bool,
    pub(super) force_insert: bool,
    pub(super) force_update: bool,
    pub(super) using: &'a Str,
    pub(super) update_fields: Option<&'a [Rc<str>]>,
}

/// The Python object of a field.
fn object(vm: &Vm, field: &Field) -> Value {
    Django::of(vm).object_of(field).unwrap_or(Value::None)
}

/// `field.pre_save(instance, add)`
pub(in crate::django) fn pre_save(vm: &mut Vm, field: &Field, this: &Value, add: bool) -> PyResult {
    let object = object(vm, field);
    if object.is_none() {
        return vm.get_attr_str(this, &Str::interned(&field.attname));
    }
    vm.call_method(&object, "pre_save", [this.clone(), Value::Bool(add)])
}

/// `field.get_pk_value_on_save(instance)`
pub fn pk_value_on_save(vm: &mut Vm, field: &Field, this: &Value) -> PyResult {
    if field.kind == FieldKind::CompositePrimaryKey {
        let Some(model) = field.model().cloned() else { return Ok(Value::None) };
        let mut values = Vec::new();
        for part in orm(vm, || model.pk_fields())? {
            let value = vm.get_attr_str(this, &Str::interned(&part.attname))?;
            values.push(if value.is_none() { pk_value_on_save(vm, &part, this)? } else { value });
        }
        return Ok(Value::tuple(values));
    }
    let object = object(vm, field);
    let own = vm.class_of(&object);
    if crate::django::fields::overrides(&own, "get_pk_value_on_save") {
        return vm.call_method(&object, "get_pk_value_on_save", [this.clone()]);
    }
    match attribute(&object, "default") {
        Some(default) if vm.truth(&default)? => vm.call_method(&object, "get_default", ()),
        _ => Ok(Value::None),
    }
}

/// `_meta.db_returning_fields`: the columns that an insertion gives back.
pub fn returning_fields(vm: &mut Vm, model: &Model) -> PyResult<Vec<Field>> {
    let mut fields = Vec::new();
    for field in model.concrete_model().local_fields() {
        let object = object(vm, &field);
        let returned = if crate::django::fields::overrides(&vm.class_of(&object), "db_returning") {
            let own = vm.get_attr(&object, "db_returning")?;
            vm.truth(&own)?
        } else {
            matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto)
                || field.generated.is_some()
                || field.options.db_default.is_some()
        };
        if returned && field.is_concrete() {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// Whether the instance's row, or its row in a parent's table, has its key.
fn is_pk_set(vm: &mut Vm, how: &SaveTable<'_>) -> PyResult<bool> {
    let pk = instance::pk_of_model(vm, how.this, how.model)?;
    Ok(match pk.as_tuple() {
        Some(parts) => parts.iter().all(|part| !part.is_none()),
        None => !pk.is_none(),
    })
}

fn set_pk(vm: &mut Vm, how: &SaveTable<'_>, pk: &Field, value: Value) -> PyResult<()> {
    if pk.kind == FieldKind::CompositePrimaryKey {
        let parts = vm.list_from(&value)?;
        for (field, part) in orm(vm, || how.model.pk_fields())?.iter().zip(parts) {
            vm.set_attr(how.this, &*field.attname, part)?;
        }
        return Ok(());
    }
    vm.set_attr(how.this, &*pk.attname, value)
}

/// Updates or inserts; whether it was an update. As Model._save_table.
pub(super) fn save_table(vm: &mut Vm, how: &SaveTable<'_>) -> PyResult<bool> {
    let model = how.model;
    let pk = orm(vm, || model.pk())?;
    let pk_fields = orm(vm, || model.pk_fields())?;
    let local: Vec<Field> = model.local_fields().into_iter().filter(|field| field.is_concrete()).collect();
    let named = |field: &Field| match how.update_fields {
        Some(names) => names.iter().any(|name| *name == field.name || *name == field.attname),
        None => true,
    };
    let changing: Vec<Field> = local
        .iter()
        .filter(|field| !pk_fields.contains(field) && field.generated.is_none() && named(field))
        .cloned()
        .collect();
    if !is_pk_set(vm, how)? {
        let value = pk_value_on_save(vm, &pk, how.this)?;
        set_pk(vm, how, &pk, value)?;
    }
    let pk_set = is_pk_set(vm, how)?;
    if !pk_set && (how.force_update || how.update_fields.is_some()) {
        return Err(vm.value_error("Cannot force an update in save() with no primary key."));
    }
    let mut force_insert = how.force_insert;
    if !how.raw && !force_insert && !how.force_update && is_adding(how.this) {
        let has_default = |field: &Field| field.options.has_default || field.options.db_default.is_some();
        force_insert = pk_fields.iter().all(has_default);
    }
    let mut updated = false;
    if pk_set && !force_insert {
        updated = try_update(vm, how, &changing)?;
        let class = Django::of(vm).errors.database_error.clone();
        if how.force_update && !updated {
            return Err(raise_class(vm, &class, "Forced update did not affect any rows."));
        }
        if how.update_fields.is_some() && !updated {
            return Err(raise_class(vm, &class, "Save with update_fields did not affect any rows."));
        }
    }
    if !updated {
        insert(vm, how, &local, pk_set)?;
    }
    Ok(updated)
}

fn is_adding(this: &Value) -> bool {
    state_of(this).is_some_and(|state| state.payload::<StatePayload>().is_some_and(|state| state.adding.get()))
}

fn try_update(vm: &mut Vm, how: &SaveTable<'_>, changing: &[Field]) -> PyResult<bool> {
    let class = class_of(vm, how.model)?;
    let manager = managers::base_manager(vm, &class)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(how.using.clone())])?;
    let mut values = Vec::with_capacity(changing.len());
    for field in changing {
        let value = if how.raw {
            vm.get_attr_str(how.this, &Str::interned(&field.attname))?
        } else {
            pre_save(vm, field, how.this, false)?
        };
        values.push((field.clone(), value));
    }
    let pk = instance::pk_of_model(vm, how.this, how.model)?;
    let filtered = vm.call_method(&rows, "filter", Args::none().keyword("pk", pk))?;
    let exists = |vm: &mut Vm| -> PyResult<bool> {
        let found = vm.call_method(&filtered, "exists", ())?;
        vm.truth(&found)
    };
    if values.is_empty() {
        return Ok(how.update_fields.is_some() || exists(vm)?);
    }
    let own = model_of_instance(how.this);
    let forced = how.update_fields.is_some() || how.force_update;
    if own.is_some_and(|model| model.meta().select_on_save) && !forced {
        return Ok(exists(vm)? && (changes_rows(vm, &filtered, &values)? || exists(vm)?));
    }
    changes_rows(vm, &filtered, &values)
}

/// Whether `rows._update(values)` found a row, the method of the queryset's own class.
fn changes_rows(vm: &mut Vm, rows: &Value, values: &[(Field, Value)]) -> PyResult<bool> {
    let name = Str::interned("_update");
    let native = Django::of(vm).classes().queryset.lookup(&name);
    if vm.class_of(rows).lookup(&name).zip(native).is_some_and(|(found, native)| found.is(&native)) {
        return Ok(write::update_fields(vm, rows, values)? > 0);
    }
    let django = Django::of(vm);
    let given = values.iter().map(|(field, value)| {
        Value::tuple(vec![django.object_of(field).unwrap_or(Value::None), Value::None, value.clone()])
    });
    let found = vm.call_method(rows, "_update", [Value::list(given.collect::<Vec<_>>())])?;
    vm.compare_truth(CompareOp::Gt, &found, &Value::Int(0))
}

fn insert(vm: &mut Vm, how: &SaveTable<'_>, local: &[Field], pk_set: bool) -> PyResult<()> {
    let model = how.model;
    if let Some(name) = model.meta().order_with_respect_to.clone() {
        let order = next_order(vm, how, &name)?;
        vm.set_attr(how.this, "_order", order)?;
    }
    let is_auto = |field: &Field| matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto);
    let fields: Vec<Field> =
        local.iter().filter(|field| field.generated.is_none() && (pk_set || !is_auto(field))).cloned().collect();
    let returning = returning_fields(vm, model)?;
    let rows = write::insert(
        vm,
        &write::Insertion {
            model,
            fields: &fields,
            objects: std::slice::from_ref(how.this),
            using: how.using,
            raw: how.raw,
            on_conflict: None,
            returning: &returning,
        },
    )?;
    if let Some(row) = rows.into_iter().next() {
        for (field, value) in returning.iter().zip(row) {
            vm.set_attr(how.this, &*field.attname, value)?;
        }
    }
    Ok(())
}

/// The place behind the last of the rows that belong to the same object.
fn next_order(vm: &mut Vm, how: &SaveTable<'_>, name: &str) -> PyResult {
    let class = class_of(vm, how.model)?;
    let manager = managers::base_manager(vm, &class)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(how.using.clone())])?;
    let side = orm(vm, || how.model.get_field(name))?;
    let object = crate::django::models::options::side_object(vm, &side);
    let ordering = vm.import_module("_django_ordering")?;
    let alike = vm.call_method(&ordering, "alike", [object, how.this.clone()])?;
    let mut call = Args::none();
    call.keywords = alike.as_dict().map(|dict| dict.str_items()).unwrap_or_default();
    let rows = vm.call_method(&rows, "filter", call)?;
    let models = vm.import_module("django.db.models")?;
    let functions = vm.import_module("django.db.models.functions")?;
    let last = vm.call_method(&models, "Max", [Value::str("_order")])?;
    let one = vm.call_method(&models, "Value", [Value::Int(1)])?;
    let next = vm.binary(BinaryOp::Add, &last, &one)?;
    let integer = vm.call_method(&models, "IntegerField", ())?;
    let wrapped = vm.call_method(&models, "ExpressionWrapper", Args::new([next]).keyword("output_field", integer))?;
    let zero = vm.call_method(&models, "Value", [Value::Int(0)])?;
    let wanted = vm.call_method(&functions, "Coalesce", [wrapped, zero])?;
    let found = vm.call_method(&rows, "aggregate", Args::none().keyword("_order__max", wanted))?;
    vm.get_item(&found, &Value::str("_order__max"))
}
