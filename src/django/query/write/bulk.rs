//! `bulk_create()` and `bulk_update()`.

use crate::django::connections::{atomic, bulk_batch_size};
use crate::django::convert::to_datum;
use crate::django::models::instance;
use crate::django::models::model_of_instance;
use crate::django::models::state::StatePayload;
use crate::django::persistence::{pk_value_on_save, prepare_related_fields_for_save, returning_fields};
use crate::django::query::{db, model_of_queryset, payload};
use crate::django::state::{Django, orm};
use crate::orm::Datum;
use crate::orm::models::{Field, FieldKind, Model, Side};
use crate::orm::sql::OnConflict;
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

use super::statement::{Insertion, insert};

/// The size that the caller asked for.
fn asked_size(vm: &mut Vm, value: &Value) -> PyResult<Option<usize>> {
    if value.is_none() || value.is_unset() {
        return Ok(None);
    }
    if vm.compare_truth(CompareOp::Le, value, &Value::Int(0))? {
        return Err(vm.value_error("Batch size must be a positive integer."));
    }
    match usize::try_from(vm.index_i64(value)?) {
        Ok(size) if size > 0 => Ok(Some(size)),
        _ => Err(vm.value_error("Batch size must be a positive integer.")),
    }
}

/// The sides that names stand for.
fn sides(vm: &mut Vm, model: &Model, names: &Value) -> PyResult<Vec<Side>> {
    let mut found = Vec::new();
    for name in vm.list_from(names)? {
        let name = vm.to_str(&name)?;
        found.push(orm(vm, || model.get_field(&name))?);
    }
    Ok(found)
}

/// The fields among them; `None` when one is no concrete field.
fn concrete(sides: &[Side]) -> Option<Vec<Field>> {
    sides
        .iter()
        .map(|side| match side {
            Side::Forward(field) if field.is_concrete() && !field.is_many_to_many() => Some(field.clone()),
            _ => None,
        })
        .collect()
}

fn on_conflict(vm: &mut Vm, args: &Args, model: &Model) -> PyResult<Option<OnConflict>> {
    let pk = orm(vm, || model.pk())?;
    let unique = if vm.truth(&args[6])? {
        let mut names = Vec::new();
        for name in vm.list_from(&args[6])? {
            let name = vm.to_str(&name)?;
            names.push(if &*name == "pk" { Value::str(&*pk.name) } else { Value::Str(name) });
        }
        sides(vm, model, &Value::list(names))?
    } else {
        Vec::new()
    };
    let update = if vm.truth(&args[5])? { sides(vm, model, &args[5])? } else { Vec::new() };
    let (ignore, wants_update) = (vm.truth(&args[3])?, vm.truth(&args[4])?);
    if ignore && wants_update {
        return Err(vm.value_error("ignore_conflicts and update_conflicts are mutually exclusive."));
    }
    if ignore {
        return Ok(Some(OnConflict::Ignore));
    }
    if !wants_update {
        return Ok(None);
    }
    if update.is_empty() {
        return Err(
            vm.value_error("Fields that will be updated when a row insertion fails on conflicts must be provided.")
        );
    }
    if unique.is_empty() {
        return Err(vm.value_error("Unique fields that can trigger the upsert must be provided."));
    }
    let Some(update_fields) = concrete(&update) else {
        return Err(vm.value_error("bulk_create() can only be used with concrete fields in update_fields."));
    };
    let keys = orm(vm, || model.pk_fields())?;
    if update_fields.iter().any(|field| keys.contains(field)) {
        return Err(vm.value_error("bulk_create() cannot be used with primary keys in update_fields."));
    }
    let Some(unique_fields) = concrete(&unique) else {
        return Err(vm.value_error("bulk_create() can only be used with concrete fields in unique_fields."));
    };
    Ok(Some(OnConflict::Update { update_fields, unique_fields }))
}

/// The model of what is to be an instance.
fn check_is_instance(vm: &mut Vm, object: &Value) -> PyResult<Model> {
    if let Some(model) = model_of_instance(object) {
        return Ok(model);
    }
    let given = vm.type_name(object);
    let text = format!("'{given}' object has no attribute '_is_pk_set'");
    Err(vm.raise(crate::python::exceptions::Kind::AttributeError, text))
}

/// What is done to each instance before any is inserted.
fn prepare(vm: &mut Vm, objects: &[Value]) -> PyResult<()> {
    for object in objects {
        let model = check_is_instance(vm, object)?;
        if !instance::is_pk_set(vm, object)? {
            let pk = orm(vm, || model.pk())?;
            let value = pk_value_on_save(vm, &pk, object)?;
            vm.set_attr(object, "pk", value)?;
        }
        prepare_related_fields_for_save(vm, object, "bulk_create", None)?;
    }
    Ok(())
}

pub(super) fn bulk_create(vm: &mut Vm, args: Args) -> PyResult {
    let (this, given) = (&args[0], &args[1]);
    let size = asked_size(vm, &args[2])?;
    let model = model_of_queryset(vm, this)?;
    let own = model.concrete_model();
    if model.all_parents().iter().any(|parent| parent.concrete_model() != own) {
        return Err(vm.value_error("Can't bulk create a multi-table inherited model"));
    }
    if !vm.truth(given)? {
        return Ok(given.clone());
    }
    let on_conflict = on_conflict(vm, &args, &model)?;
    payload(vm, this)?.for_write.set(true);
    let fields: Vec<Field> =
        model.concrete_fields().iter().filter(|field| field.generated.is_none()).cloned().collect();
    let objects = vm.list_from(given)?;
    prepare(vm, &objects)?;
    let alias = db(vm, this)?;
    let returning = returning_fields(vm, &model)?;
    let pk = orm(vm, || model.pk())?;
    atomic(vm, &alias, false, |vm| {
        let (mut with_key, mut without) = (Vec::new(), Vec::new());
        for object in &objects {
            if instance::is_pk_set(vm, object)? {
                with_key.push(object.clone());
            } else {
                without.push(object.clone());
            }
        }
        let batches = Batches { model: &model, alias: &alias, size, on_conflict, returning: &returning };
        if !with_key.is_empty() {
            let rows = batches.insert(vm, &fields, &with_key)?;
            for (object, row) in with_key.iter().zip(rows) {
                for (field, value) in returning.iter().zip(row).filter(|(field, _)| **field != pk) {
                    vm.set_attr(object, &*field.attname, value)?;
                }
            }
            for object in &with_key {
                mark_saved(vm, object, &alias)?;
            }
        }
        if !without.is_empty() {
            let automatic =
                |field: &Field| matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto);
            let fields: Vec<Field> = fields.iter().filter(|field| !automatic(field)).cloned().collect();
            let rows = batches.insert(vm, &fields, &without)?;
            for (object, row) in without.iter().zip(rows) {
                for (field, value) in returning.iter().zip(row) {
                    vm.set_attr(object, &*field.attname, value)?;
                }
                mark_saved(vm, object, &alias)?;
            }
        }
        Ok(())
    })?;
    Ok(Value::list(objects))
}

fn mark_saved(vm: &mut Vm, object: &Value, alias: &Str) -> PyResult<()> {
    let state = vm.get_attr(object, "_state")?;
    let state = vm.payload::<StatePayload>(&state)?;
    state.adding.set(false);
    *state.db.borrow_mut() = Value::Str(alias.clone());
    Ok(())
}

/// Insertions in as many statements as the limits ask for.
struct Batches<'a> {
    model: &'a Model,
    alias: &'a Str,
    size: Option<usize>,
    on_conflict: Option<OnConflict>,
    returning: &'a [Field],
}

impl Batches<'_> {
    fn insert(&self, vm: &mut Vm, fields: &[Field], objects: &[Value]) -> PyResult<Vec<Vec<Value>>> {
        let most = bulk_batch_size(fields, objects.len()).max(1);
        let size = self.size.map_or(most, |size| size.min(most));
        let returning = if matches!(self.on_conflict, Some(OnConflict::Ignore)) { &[][..] } else { self.returning };
        let mut rows = Vec::new();
        for part in objects.chunks(size) {
            rows.extend(insert(
                vm,
                &Insertion {
                    model: self.model,
                    fields,
                    objects: part,
                    using: self.alias,
                    raw: false,
                    on_conflict: self.on_conflict.clone(),
                    returning,
                },
            )?);
        }
        Ok(rows)
    }
}

pub(super) fn bulk_update(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    let size = asked_size(vm, &args[3])?;
    if !vm.truth(&args[2])? {
        return Err(vm.value_error("Field names must be given to bulk_update()."));
    }
    let objects = vm.list_from(&args[1])?;
    for object in &objects {
        check_is_instance(vm, object)?;
        if !instance::is_pk_set(vm, object)? {
            return Err(vm.value_error("All bulk_update() objects must have a primary key set."));
        }
    }
    let model = model_of_queryset(vm, this)?;
    let given = sides(vm, &model, &args[2])?;
    let Some(fields) = concrete(&given) else {
        return Err(vm.value_error("bulk_update() can only be used with concrete fields."));
    };
    let mut keys = orm(vm, || model.pk_fields())?;
    for parent in model.all_parents().iter() {
        keys.extend(orm(vm, || parent.pk_fields())?);
    }
    if fields.iter().any(|field| keys.contains(field)) {
        return Err(vm.value_error("bulk_update() cannot be used with primary key fields."));
    }
    if objects.is_empty() {
        return Ok(Value::Int(0));
    }
    for object in &objects {
        prepare_related_fields_for_save(vm, object, "bulk_update", Some(&fields))?;
    }
    payload(vm, this)?.for_write.set(true);
    let pk = orm(vm, || model.pk())?;
    let mut counted = vec![pk.clone(), pk];
    counted.extend(fields.iter().cloned());
    let most = bulk_batch_size(&counted, objects.len()).max(1);
    let size = size.map_or(most, |size| size.min(most));
    let mut updates = Vec::new();
    for part in objects.chunks(size) {
        updates.push(case_update(vm, part, &fields)?);
    }
    let alias = db(vm, this)?;
    let rows = vm.call_method(this, "using", [Value::Str(alias.clone())])?;
    atomic(vm, &alias, false, |vm| {
        let mut total = 0;
        for (keys, call) in updates {
            let narrowed = vm.call_method(&rows, "filter", Args::none().keyword("pk__in", keys))?;
            let count = vm.call_method(&narrowed, "update", call)?;
            total += count.as_i64().unwrap_or(0);
        }
        Ok(Value::Int(total))
    })
}

/// The keys of a batch, and for each field a `CASE` over them.
fn case_update(vm: &mut Vm, objects: &[Value], fields: &[Field]) -> PyResult<(Value, Args)> {
    let models = vm.import_module("django.db.models")?;
    let mut keys = Vec::with_capacity(objects.len());
    for object in objects {
        keys.push(vm.get_attr(object, "pk")?);
    }
    let mut call = Args::none();
    for field in fields {
        let output = Django::of(vm).object_of(field).unwrap_or(Value::None);
        let mut branches = Vec::with_capacity(objects.len());
        for (object, key) in objects.iter().zip(&keys) {
            let held = vm.get_attr_str(object, &Str::interned(&field.attname))?;
            let is_expression = matches!(to_datum(vm, &held)?, Datum::Expr(_) | Datum::Query(_));
            let value = if is_expression {
                held
            } else {
                vm.call_method(&models, "Value", Args::new([held]).keyword("output_field", output.clone()))?
            };
            let when = Args::none().keyword("pk", key.clone()).keyword("then", value);
            branches.push(vm.call_method(&models, "When", when)?);
        }
        let mut case = Args::new(branches);
        case.keywords.push((Str::interned("output_field"), output));
        let case = vm.call_method(&models, "Case", case)?;
        call = call.keyword(&*field.attname, case);
    }
    Ok((Value::list(keys), call))
}
