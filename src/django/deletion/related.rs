//! Which rows hang on others, and whether a model's rows may be deleted without a look at them.

use std::rc::Rc;

use crate::django::connections::bulk_batch_size;
use crate::django::convert::to_datum;
use crate::django::expressions::q_object;
use crate::django::managers;
use crate::django::models::{model_of, model_of_instance, model_of_value};
use crate::django::query::{self, QuerySetPayload};
use crate::django::signals::{self, ModelSignal};
use crate::django::state::{Django, class_of, orm};
use crate::orm::models::{Field, FieldKind, Model, OnDelete, Side};
use crate::orm::query::{Connector, Q, QNode};
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{kind_of, on_delete};

/// The foreign keys and one-to-one fields that point at a model, hidden ones too.
/// As get_candidate_relations_to_delete.
pub(super) fn candidates(model: &Model) -> Vec<Field> {
    model
        .get_fields(true)
        .into_iter()
        .filter_map(|side| match side {
            Side::Reverse(field) if matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) => Some(field),
            _ => None,
        })
        .collect()
}

/// What deleting the target does to a relation's rows.
pub(super) fn rule(vm: &Vm, field: &Field) -> (OnDelete, Value) {
    let object = Django::of(vm).object_of(field).unwrap_or(Value::None);
    let handler = on_delete(&object);
    (kind_of(&handler), handler)
}

/// Whether anyone listens to the deletion of a class's instances.
pub(super) fn has_listeners(vm: &Vm, class: &Rc<Class>) -> bool {
    let sender = Value::Class(class.clone());
    signals::has_listeners(vm, ModelSignal::PreDelete, &sender)
        || signals::has_listeners(vm, ModelSignal::PostDelete, &sender)
}

/// The class of an instance, a class or a queryset; `None` for plain lists.
fn class_of_objects(vm: &mut Vm, objects: &Value) -> PyResult<Option<Rc<Class>>> {
    if model_of_instance(objects).is_some() {
        return Ok(Some(vm.class_of(objects)));
    }
    if model_of_value(objects).is_some() {
        return Ok(objects.as_class().cloned());
    }
    if objects.payload::<QuerySetPayload>().is_some() {
        return query::class_of_queryset(vm, objects).map(Some);
    }
    Ok(None)
}

/// As Collector.can_fast_delete.
pub(super) fn can_fast_delete(vm: &mut Vm, objects: &Value, from: Option<&Field>) -> PyResult<bool> {
    if let Some(from) = from
        && rule(vm, from).0 != OnDelete::Cascade
    {
        return Ok(false);
    }
    let Some(class) = class_of_objects(vm, objects)? else { return Ok(false) };
    let Some(model) = model_of(&class) else { return Ok(false) };
    if has_listeners(vm, &class) {
        return Ok(false);
    }
    let links_are_known = model.concrete_model().parents().iter().all(|(_, link)| match link {
        Some(link) => from == Some(link),
        None => from.is_none(),
    });
    Ok(links_are_known
        && candidates(&model).iter().all(|field| rule(vm, field).0 == OnDelete::DoNothing)
        && !model.private_fields().iter().any(|field| field.kind == FieldKind::GenericRelation))
}

/// Parts of the objects, each small enough for one statement.
pub(super) fn batches(objects: &[Value], fields: &[Field]) -> Vec<Vec<Value>> {
    let size = bulk_batch_size(fields, objects.len()).max(1);
    objects.chunks(size).map(<[Value]>::to_vec).collect()
}

/// A queryset of `class`'s rows that point at the objects through any of the fields.
pub(super) fn related_objects(
    vm: &mut Vm,
    class: &Rc<Class>,
    fields: &[Field],
    objects: &[Value],
    using: &Str,
) -> PyResult {
    let list = Value::list(objects.to_vec());
    let mut members = Vec::with_capacity(fields.len());
    for field in fields {
        let data = to_datum(vm, &list)?;
        members.push(QNode::Pair(format!("{}__in", field.name).into(), data));
    }
    let mut predicate = Q::new(members);
    predicate.connector = Connector::Or;
    let manager = managers::base_manager(vm, class)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(using.clone())])?;
    let predicate = q_object(vm, predicate);
    vm.call_method(&rows, "filter", [predicate])
}

/// Loads only the columns that further relations look at.
pub(super) fn only_referenced(vm: &mut Vm, class: &Rc<Class>, rows: &Value) -> PyResult {
    let Some(model) = model_of(class) else { return Ok(rows.clone()) };
    let selects = rows
        .payload::<QuerySetPayload>()
        .and_then(|payload| payload.query.borrow().as_ref().map(|query| query.select_related.clone()));
    if !matches!(selects, Some(crate::orm::query::Related::None)) || has_listeners(vm, class) {
        return Ok(rows.clone());
    }
    let mut names: Vec<Rc<str>> = Vec::new();
    for relation in candidates(&model) {
        for field in orm(vm, || relation.foreign_related_fields())? {
            if !names.contains(&field.attname) {
                names.push(field.attname.clone());
            }
        }
    }
    let names: Vec<Value> = names.iter().map(|name| Value::str(&**name)).collect();
    vm.call_method(rows, "only", names)
}

/// The class whose rows hold a relation.
pub(super) fn holder(vm: &mut Vm, field: &Field) -> PyResult<Rc<Class>> {
    let model = orm(vm, || field.require_model().cloned())?;
    class_of(vm, &model)
}
