//! Deleting what a collector has gathered.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::django::connections::{atomic, mark_for_rollback_on_error};
use crate::django::models::{instance, model_of};
use crate::django::query::{QuerySetPayload, write};
use crate::django::signals::{self, ModelSignal};
use crate::django::state::orm;
use crate::orm::models::Model;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, Class, Dict, PyResult, Set, Str, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

use super::collector::{Collected, Collector};
use super::related::can_fast_delete;

/// The collected instances of a class with its model.
type Group = (Rc<Class>, Model, Vec<Value>);

/// As Collector.delete: the number of rows, and the numbers by model.
pub(super) fn delete(vm: &mut Vm, collector: &Value) -> PyResult {
    let own = vm.payload::<Collector>(collector)?;
    let using = own.using.borrow().clone();
    let mut groups = Vec::new();
    for (class, instances) in taken(own) {
        let Some(model) = model_of(&class) else { continue };
        groups.push((class, model, by_key(vm, instances)?));
    }
    sort(own, &mut groups);
    if let [(_, model, instances)] = groups.as_slice()
        && let [only] = instances.as_slice()
        && can_fast_delete(vm, only, None)?
    {
        let key = instance::pk_of(vm, only)?;
        let count = mark_for_rollback_on_error(vm, &using, |vm| write::delete_batch(vm, model, &[key], &using))?;
        forget_key(vm, only, model)?;
        return result(vec![(model.label(), count)], true);
    }
    let mut counts: Vec<(String, i64)> = Vec::new();
    atomic(vm, &using, false, |vm| run(vm, collector, &groups, &using, &mut counts))?;
    for (_, model, instances) in &groups {
        for object in instances {
            forget_key(vm, object, model)?;
        }
    }
    result(counts, false)
}

fn taken(own: &Collector) -> Vec<(Rc<Class>, Vec<Value>)> {
    own.data.borrow().iter().map(|one: &Collected| (one.class.clone(), one.instances.clone())).collect()
}

/// The instances in the order of their keys.
fn by_key(vm: &mut Vm, instances: Vec<Value>) -> PyResult<Vec<Value>> {
    let mut keyed = Vec::with_capacity(instances.len());
    for object in instances {
        keyed.push((instance::pk_of(vm, &object)?, object));
    }
    let mut failure = None;
    keyed.sort_by(|(a, _), (b, _)| {
        if failure.is_some() {
            return Ordering::Equal;
        }
        match vm.compare_truth(CompareOp::Lt, a, b) {
            Ok(true) => Ordering::Less,
            Ok(false) => match vm.compare_truth(CompareOp::Lt, b, a) {
                Ok(true) => Ordering::Greater,
                Ok(false) => Ordering::Equal,
                Err(raised) => {
                    failure = Some(raised);
                    Ordering::Equal
                }
            },
            Err(raised) => {
                failure = Some(raised);
                Ordering::Equal
            }
        }
    });
    match failure {
        Some(raised) => Err(raised),
        None => Ok(keyed.into_iter().map(|(_, object)| object).collect()),
    }
}

/// Puts models behind those that point at them, unless they point at each other.
fn sort(own: &Collector, groups: &mut Vec<Group>) {
    let dependencies = own.dependencies.borrow();
    let mut order: Vec<usize> = Vec::with_capacity(groups.len());
    let mut done: Vec<Model> = Vec::new();
    while order.len() < groups.len() {
        let mut found = false;
        for (at, (_, model, _)) in groups.iter().enumerate() {
            if order.contains(&at) {
                continue;
            }
            let concrete = model.concrete_model();
            let waits = dependencies
                .iter()
                .find(|(known, _)| *known == concrete)
                .is_some_and(|(_, on)| on.iter().any(|model| !done.contains(model)));
            if !waits {
                order.push(at);
                done.push(concrete);
                found = true;
            }
        }
        if !found {
            return;
        }
    }
    let mut slots: Vec<Option<Group>> = std::mem::take(groups).into_iter().map(Some).collect();
    groups.extend(order.into_iter().filter_map(|at| slots.get_mut(at).and_then(Option::take)));
}

fn tell(
    vm: &mut Vm,
    which: ModelSignal,
    class: &Rc<Class>,
    object: &Value,
    using: &Str,
    origin: &Value,
) -> PyResult<()> {
    let named = vec![("instance", object.clone()), ("using", Value::Str(using.clone())), ("origin", origin.clone())];
    signals::send(vm, which, &Value::Class(class.clone()), named)
}

fn count(counts: &mut Vec<(String, i64)>, label: String, more: i64) {
    if more == 0 {
        return;
    }
    match counts.iter_mut().find(|(known, _)| *known == label) {
        Some((_, count)) => *count += more,
        None => counts.push((label, more)),
    }
}

fn run(vm: &mut Vm, collector: &Value, groups: &[Group], using: &Str, counts: &mut Vec<(String, i64)>) -> PyResult<()> {
    let own = vm.payload::<Collector>(collector)?;
    let origin = own.origin.borrow().clone();
    for (class, _, instances) in groups.iter().filter(|(_, model, _)| !model.meta().auto_created) {
        for object in instances {
            tell(vm, ModelSignal::PreDelete, class, object, using, &origin)?;
        }
    }
    let fast = own.fast_deletes.borrow().clone();
    for rows in fast {
        let found = vm.call_method(&rows, "_raw_delete", Args::none().keyword("using", Value::Str(using.clone())))?;
        if let Some(model) =
            rows.payload::<QuerySetPayload>().and_then(|rows| rows.class.borrow().as_ref().and_then(model_of))
        {
            count(counts, model.label(), found.as_i64().unwrap_or(0));
        }
    }
    update_fields(vm, own, using)?;
    for (class, model, instances) in groups {
        let reversed: Vec<Value> = instances.iter().rev().cloned().collect();
        let mut keys = Vec::with_capacity(reversed.len());
        for object in &reversed {
            keys.push(instance::pk_of(vm, object)?);
        }
        let found = write::delete_batch(vm, model, &keys, using)?;
        count(counts, model.label(), found);
        if !model.meta().auto_created {
            for object in &reversed {
                tell(vm, ModelSignal::PostDelete, class, object, using, &origin)?;
            }
        }
    }
    Ok(())
}

/// Sends the updates of keys that are not to point at deleted rows.
fn update_fields(vm: &mut Vm, own: &Collector, using: &Str) -> PyResult<()> {
    let updates: Vec<_> = own
        .updates
        .borrow()
        .iter()
        .map(|update| (update.field.clone(), update.value.clone(), update.rows.clone()))
        .collect();
    for (field, value, all) in updates {
        let mut lazy: Option<Value> = None;
        let mut objects = Vec::new();
        for rows in all {
            let unfetched = rows.payload::<QuerySetPayload>().is_some_and(|payload| payload.cache.borrow().is_none());
            if unfetched {
                lazy = Some(match lazy {
                    Some(before) => vm.binary(BinaryOp::BitOr, &before, &rows)?,
                    None => rows,
                });
            } else {
                objects.extend(vm.list_from(&rows)?);
            }
        }
        if let Some(rows) = lazy {
            vm.call_method(&rows, "update", Args::none().keyword(&*field.name, value.clone()))?;
        }
        let Some(first) = objects.first() else { continue };
        let class = vm.class_of(first);
        let Some(model) = model_of(&class) else { continue };
        let keys = Set::new();
        for object in &objects {
            let key = instance::pk_of(vm, object)?;
            keys.add(vm, key)?;
        }
        write::update_batch(vm, &model, &keys.items(), &field, &value, using)?;
    }
    Ok(())
}

/// A deleted instance has no key any more.
fn forget_key(vm: &mut Vm, object: &Value, model: &Model) -> PyResult<()> {
    let pk = orm(vm, || model.pk())?;
    vm.set_attr(object, &*pk.attname, Value::None)
}

/// `(total, {label: count})`
fn result(counts: Vec<(String, i64)>, with_zero: bool) -> PyResult {
    let dict = Dict::new();
    let mut total = 0;
    for (label, count) in counts {
        total += count;
        if count != 0 || with_zero {
            dict.set_str(label, count);
        }
    }
    Ok(Value::tuple(vec![Value::Int(total), Value::Dict(Rc::new(dict))]))
}
