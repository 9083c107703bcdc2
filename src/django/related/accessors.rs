//! What a relational field puts into the classes on both sides, once both exist.

use std::rc::Rc;

use crate::django::state::{Django, class_of};
use crate::orm::models::{Field, FieldKind, Model, Target};
use crate::python::object::{Class, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{RelationPayload, rel};

/// A relational field that waits for its target, or for the model between.
pub struct Pending {
    /// The lower-case label of the model that is awaited.
    label: String,
    /// The field's object.
    object: Value,
    /// The field.
    field: Field,
}

/// What must stand before a relational field joins a model.
pub fn before_joining(vm: &mut Vm, object: &Value, model: &Model) -> PyResult<()> {
    let _ = (vm, object, model);
    Ok(())
}

/// Puts the forward accessor into the class, and the reverse one as soon as the target exists.
pub fn after_joining(vm: &mut Vm, object: &Value, class: &Rc<Class>, model: &Model, field: &Field) -> PyResult<()> {
    let Some(relation) = &field.relation else { return Ok(()) };
    let django = Django::of(vm);
    let classes = &django.classes().related;
    let descriptor = match field.kind {
        FieldKind::OneToOne => Some(&classes.forward_one_to_one),
        FieldKind::ForeignKey | FieldKind::ForeignObject => Some(&classes.forward_many_to_one),
        FieldKind::ManyToMany => Some(&classes.many_to_many),
        _ => None,
    };
    if let Some(descriptor) = descriptor {
        let payload = RelationPayload { field: field.clone(), reverse: false };
        class.set(Str::interned(&field.name), Instance::native(descriptor.clone(), payload));
    }
    rel::set(object, "related_name", relation.related_name.as_deref());
    if model.meta().is_abstract {
        return Ok(());
    }
    let label = match &*relation.target.borrow() {
        Target::Model(target) => target.label_lower(),
        Target::Name(name) => name.to_lowercase(),
    };
    await_models(vm, object, field, label)
}

/// Goes on when the target exists, or waits for it.
fn await_models(vm: &mut Vm, object: &Value, field: &Field, label: String) -> PyResult<()> {
    let resolved = field.relation.as_ref().and_then(|relation| relation.model());
    match resolved {
        // A relation to the class that is being made waits until that class is finished.
        Some(target) if Django::of(vm).class_of(&target).is_some() && is_ready(&target) => {
            connect(vm, object, field, &target)
        }
        _ => {
            Django::of(vm).pending.borrow_mut().push(Pending { label, object: object.clone(), field: field.clone() });
            Ok(())
        }
    }
}

fn is_ready(model: &Model) -> bool {
    model.registry.find_label(&model.label_lower()).is_some_and(|known| known == *model) || model.meta().is_abstract
}

/// Both sides exist: the reverse accessor, the attribute `model` of the relation, the table between.
fn connect(vm: &mut Vm, object: &Value, field: &Field, target: &Model) -> PyResult<()> {
    let target_class = class_of(vm, target)?;
    rel::set(object, "model", target_class.clone());
    if let Some(instance) = object.as_instance() {
        instance.set("related_model", target_class.clone());
    }
    far_order_accessors(vm, field, &target_class)?;
    if field.kind == FieldKind::ManyToMany {
        super::through::ensure_through(vm, object, field)?;
    } else if let Some(to) = target.pk_or_none()
        && field.relation.as_ref().is_some_and(|relation| relation.to_field.is_none())
    {
        rel::set(object, "field_name", &*to.name);
    }
    let symmetrical_self = field.relation.as_ref().is_some_and(|relation| relation.symmetrical)
        && field.model().is_some_and(|owner| owner == target);
    if field.is_hidden_relation() || symmetrical_self || target.meta().swapped.is_some() {
        return Ok(());
    }
    let Some(name) = field.accessor_name() else { return Ok(()) };
    let django = Django::of(vm);
    let classes = &django.classes().related;
    let descriptor = match field.kind {
        FieldKind::OneToOne => &classes.reverse_one_to_one,
        FieldKind::ManyToMany => &classes.many_to_many,
        _ => &classes.reverse_many_to_one,
    };
    let holder = class_of(vm, &target.concrete_model())?;
    let payload = RelationPayload { field: field.clone(), reverse: true };
    holder.set(Str::interned(&name), Instance::native(descriptor.clone(), payload));
    Ok(())
}

/// A class was registered: whatever waited for it goes on.
pub fn class_registered(vm: &mut Vm, class: &Rc<Class>, model: &Model, resolved: &[Field]) -> PyResult<()> {
    for field in resolved {
        let through = field.relation.as_ref().and_then(|relation| relation.through_model());
        if through.as_ref() == Some(model)
            && let Some(object) = Django::of(vm).object_of(field)
        {
            rel::set(&object, "through", class.clone());
        }
    }
    let label = model.label_lower();
    loop {
        let next = {
            let django = Django::of(vm);
            let mut pending = django.pending.borrow_mut();
            let at = pending.iter().position(|waiting| {
                let here = waiting.field.model().is_some_and(|owner| Rc::ptr_eq(&owner.registry, &model.registry));
                here && waiting.label == label
                    || waiting.field.relation.as_ref().is_some_and(|relation| relation.model().as_ref() == Some(model))
            });
            at.map(|at| pending.remove(at))
        };
        let Some(waiting) = next else { return Ok(()) };
        model.registry.resolve(&waiting.field);
        connect(vm, &waiting.object, &waiting.field, model)?;
    }
}

/// `get_next_in_order()` and `get_previous_in_order()` of a model that is ordered with respect to another.
pub fn order_accessors(vm: &mut Vm, class: &Rc<Class>) -> PyResult<()> {
    let module = vm.import_module("_django_ordering")?;
    vm.call_method(&module, "neighbours", [Value::Class(class.clone())])?;
    Ok(())
}

/// `get_X_order()` and `set_X_order()` on the far side of the key that X is ordered by.
fn far_order_accessors(vm: &mut Vm, field: &Field, target: &Rc<Class>) -> PyResult<()> {
    let Some(owner) = field.model().cloned() else { return Ok(()) };
    if owner.meta().order_with_respect_to.as_ref() != Some(&field.name) {
        return Ok(());
    }
    let ordered = class_of(vm, &owner)?;
    let module = vm.import_module("_django_ordering")?;
    vm.call_method(&module, "on_the_other_side", [Value::Class(ordered), Value::Class(target.clone())])?;
    Ok(())
}
