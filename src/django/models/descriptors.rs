//! What stands in a model class under the name of a column: loads the value when it was left out.

use std::rc::Rc;

use crate::django::state::Django;
use crate::django::{fields, persistence, query, related};
use crate::orm::models::{Field, FieldKind};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, NativeFunction, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{instance, model_of_instance};

/// The payload of a column's descriptor.
pub struct Deferred {
    /// The field.
    pub field: Field,
}

/// The descriptor classes of columns.
pub struct ColumnDescriptors {
    /// `DeferredAttribute`: read only when the instance has no value of its own.
    pub deferred: Rc<Class>,
    /// `ForeignKeyDeferredAttribute`: setting another key forgets the related object.
    pub foreign_key: Rc<Class>,
}

impl ColumnDescriptors {
    /// Makes them.
    pub fn new(vm: &mut Vm) -> Self {
        let deferred = ClassBuilder::new("DeferredAttribute")
            .module("django.db.models.query_utils")
            .native_layout("DeferredAttribute")
            .constructor(construct)
            .method("__init__", "self, field", |_, _| Ok(Value::None))
            .method("__get__", "self, instance, cls=None", get)
            .property("field", |vm, args| {
                let field = vm.payload::<Deferred>(&args[0])?.field.clone();
                Ok(Django::of(vm).object_of(&field).unwrap_or(Value::None))
            })
            .build(vm);
        let foreign_key = ClassBuilder::new("ForeignKeyDeferredAttribute")
            .module("django.db.models.fields.related_descriptors")
            .base(&deferred)
            .method("__set__", "self, instance, value", set_key)
            .build(vm);
        Self { deferred, foreign_key }
    }
}

/// Puts the descriptors of a field that has joined a class into it.
pub fn install(vm: &mut Vm, class: &Rc<Class>, object: &Value, field: &Field) -> PyResult<()> {
    if field.column.is_none() {
        return Ok(());
    }
    let name = Str::interned(&field.attname);
    let own = vm.get_attr_opt(object, "descriptor_class")?;
    if let Some(Value::Class(custom)) = &own
        && !custom.native
    {
        let made = vm.call(&Value::Class(custom.clone()), [object.clone()])?;
        class.set(name, made);
        return Ok(());
    }
    let django = Django::of(vm);
    let descriptors = &django.classes().related.columns;
    let kind = if matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
        &descriptors.foreign_key
    } else {
        &descriptors.deferred
    };
    class.set(name, Instance::native(kind.clone(), Deferred { field: field.clone() }));
    Ok(())
}

/// `DeferredAttribute(field)`, as the descriptor class of a custom field is called.
fn construct(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    match args.get(1).and_then(fields::bound) {
        Some(field) => Ok(Instance::native(class, Deferred { field }).into()),
        None => Err(vm.type_error(format!("{}() takes a field that has joined a model", class.name()))),
    }
}

fn get(vm: &mut Vm, args: Args) -> PyResult {
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let field = vm.payload::<Deferred>(&args[0])?.field.clone();
    let name = Str::interned(&field.attname);
    let Some(held) = args[1].as_instance().cloned() else { return Ok(Value::None) };
    if let Some(value) = held.get(&name) {
        return Ok(value);
    }
    if let Some(value) = through_parent(vm, &args[1], &field)? {
        held.set(name, value.clone());
        return Ok(value);
    }
    // As DeferredAttribute.__get__: whether the key is set is asked first, which asks the same of a part that is missing.
    if let Some(model) = model_of_instance(&args[1])
        && model.pk_or_none().is_some_and(|pk| pk.kind == FieldKind::CompositePrimaryKey)
    {
        let parts = crate::django::state::orm(vm, || model.pk_fields())?;
        if parts.iter().any(|part| held.get(&Str::interned(&part.attname)).is_none()) {
            return Err(vm.raise(Kind::RecursionError, "maximum recursion depth exceeded"));
        }
    }
    if field.generated.is_some() && !instance::is_pk_set(vm, &args[1])? {
        return Err(vm.raise(Kind::AttributeError, "Cannot read a generated field from an unsaved model."));
    }
    persistence::refresh_deferred(vm, &args[1], &field)?;
    match held.get(&name) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(Value::Str(name))),
    }
}

/// A parent's primary key is the child's link to it: no statement is needed.
fn through_parent(vm: &mut Vm, instance: &Value, field: &Field) -> PyResult<Option<Value>> {
    let Some(model) = model_of_instance(instance) else { return Ok(None) };
    let Some(owner) = field.model() else { return Ok(None) };
    let Some(link) = model.ancestor_link(owner) else {
        // As DeferredAttribute._check_parent_chain: a row without its own key cannot be asked for anything else.
        return if field.is_pk() {
            Err(vm.raise(Kind::AttributeError, "'NoneType' object has no attribute 'attname'"))
        } else {
            Ok(None)
        };
    };
    if field.is_pk() && link != *field {
        return Ok(Some(vm.get_attr_str(instance, &Str::interned(&link.attname))?));
    }
    Ok(None)
}

fn set_key(vm: &mut Vm, args: Args) -> PyResult {
    let field = vm.payload::<Deferred>(&args[0])?.field.clone();
    let name = Str::interned(&field.attname);
    let Some(held) = args[1].as_instance() else { return Ok(Value::None) };
    let before = held.get(&name);
    let differs = match &before {
        Some(before) => !vm.eq(before, &args[2])?,
        None => !args[2].is_none(),
    };
    if differs {
        related::forget(&args[1], &field.name);
    }
    if let Some(held) = args[1].as_instance() {
        held.set(name, args[2].clone());
    }
    Ok(Value::None)
}

/// `get_next_by_FOO` and `get_previous_by_FOO` of a date that is never NULL.
pub fn install_neighbours(class: &Rc<Class>, field: &Field) {
    if field.options.null {
        return;
    }
    for (word, is_next) in [("next", true), ("previous", false)] {
        let name = Str::interned(&format!("get_{word}_by_{}", field.name));
        if class.dict().contains_str(&name) {
            continue;
        }
        let field = field.clone();
        let method = NativeFunction::closure(&name, "self, **kwargs", move |vm, args| {
            let conditions = args.keyword_rest(1);
            query::neighbour(vm, &args[0], &field, is_next, conditions)
        })
        .method_of(&class.name());
        class.set(name, Value::Native(Rc::new(method)));
    }
}
