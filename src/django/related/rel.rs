//! Relation objects: a relational field seen from the model that it points at.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::fields::{attribute, bound};
use crate::django::state::{Django, orm};
use crate::orm::models::Field;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

/// What a relation object holds besides its attributes.
pub struct RelPayload {
    /// The field object.
    pub field: RefCell<Value>,
}

/// Which class a relation object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a foreign key.
    ManyToOne,
    /// Of a one-to-one field.
    OneToOne,
    /// Of a many-to-many field.
    ManyToMany,
    /// Of a generic relation.
    Generic,
}

/// The classes.
pub struct RelClasses {
    /// `ForeignObjectRel`
    pub base: Rc<Class>,
    /// `ManyToOneRel`
    pub many_to_one: Rc<Class>,
    /// `OneToOneRel`
    pub one_to_one: Rc<Class>,
    /// `ManyToManyRel`
    pub many_to_many: Rc<Class>,
    /// `GenericRel`
    pub generic: Rc<Class>,
}

/// A relation object for a field that points at `to`.
pub fn new(vm: &Vm, kind: Kind, field: &Value, to: &Value) -> Value {
    let django = Django::of(vm);
    let classes = &django.classes().related.rels;
    let class = match kind {
        Kind::ManyToOne => &classes.many_to_one,
        Kind::OneToOne => &classes.one_to_one,
        Kind::ManyToMany => &classes.many_to_many,
        Kind::Generic => &classes.generic,
    };
    let made = Instance::native(class.clone(), RelPayload { field: RefCell::new(field.clone()) });
    made.set("model", to.clone());
    made.set("multiple", kind != Kind::OneToOne);
    made.set("symmetrical", false);
    made.into()
}

/// The relation object of a copied field.
pub fn copy_rel(rel: &Value, field: &Value) -> Value {
    let Some(instance) = rel.as_instance() else { return rel.clone() };
    let made = Instance::native(instance.class(), RelPayload { field: RefCell::new(field.clone()) });
    for (name, value) in instance.dict().str_items() {
        made.set(name, value);
    }
    made.into()
}

/// The ORM's field behind a relation object.
pub fn field_of(vm: &mut Vm, rel: &Value) -> PyResult<Field> {
    let object = vm.payload::<RelPayload>(rel)?.field.borrow().clone();
    match bound(&object) {
        Some(field) => Ok(field),
        None => {
            Err(vm
                .raise(crate::python::exceptions::Kind::AttributeError, "the relation's field has joined no model yet"))
        }
    }
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<Field> {
    field_of(vm, &args[0])
}

fn is_class(rel: &Value, class: &Rc<Class>) -> bool {
    rel.as_instance().is_some_and(|instance| instance.class().derives_from(class))
}

fn flag(vm: &mut Vm, args: &Args, read: impl Fn(&RelClasses, &Value) -> bool) -> PyResult {
    let django = Django::of(vm);
    Ok(read(&django.classes().related.rels, &args[0]).into())
}

/// Makes the classes.
pub fn classes(vm: &mut Vm) -> RelClasses {
    let module = "django.db.models.fields.reverse_related";
    let base = super::field_methods::add_cache_methods(ClassBuilder::new("ForeignObjectRel"))
        .module(module)
        .native_layout("ForeignObjectRel")
        .value("auto_created", true)
        .value("concrete", false)
        .value("editable", false)
        .value("is_relation", true)
        .value("null", true)
        .value("empty_strings_allowed", false)
        .property("field", |vm, args| Ok(vm.payload::<RelPayload>(&args[0])?.field.borrow().clone()))
        .property("remote_field", |vm, args| Ok(vm.payload::<RelPayload>(&args[0])?.field.borrow().clone()))
        .property("name", |vm, args| Ok(Value::str(&*own(vm, &args)?.related_query_name())))
        .property("related_model", |vm, args| {
            let field = own(vm, &args)?;
            Ok(super::owner_class(vm, &field)?.into())
        })
        .property("hidden", |vm, args| Ok(own(vm, &args)?.is_hidden_relation().into()))
        .method("is_hidden", "self", |vm, args| Ok(own(vm, &args)?.is_hidden_relation().into()))
        .property("accessor_name", |vm, args| Ok(own(vm, &args)?.accessor_name().as_deref().into()))
        .property("cache_name", |vm, args| Ok(own(vm, &args)?.accessor_name().as_deref().into()))
        .method("get_accessor_name", "self, model=None", |vm, args| {
            Ok(own(vm, &args)?.accessor_name().as_deref().into())
        })
        .method("get_related_field", "self", |vm, args| {
            let object = vm.payload::<RelPayload>(&args[0])?.field.borrow().clone();
            if bound(&object).is_none() {
                // A field outside of any model still knows its target and the name there.
                let model = vm.get_attr(&args[0], "model")?;
                let name = vm.get_attr(&args[0], "field_name")?;
                let meta = vm.get_attr(&model, "_meta")?;
                return vm.call_method(&meta, "get_field", [name]);
            }
            let field = own(vm, &args)?;
            let target = orm(vm, || field.target_field())?;
            Ok(Django::of(vm).object_of(&target).unwrap_or(Value::None))
        })
        .property("target_field", |vm, args| {
            let field = own(vm, &args)?;
            let target = orm(vm, || field.require_model()?.pk())?;
            Ok(Django::of(vm).object_of(&target).unwrap_or(Value::None))
        })
        .property("many_to_many", |vm, args| flag(vm, &args, |all, rel| is_class(rel, &all.many_to_many)))
        .property("one_to_one", |vm, args| flag(vm, &args, |all, rel| is_class(rel, &all.one_to_one)))
        .property("many_to_one", |_, _| Ok(false.into()))
        .property("one_to_many", |vm, args| {
            flag(vm, &args, |all, rel| is_class(rel, &all.many_to_one) && !is_class(rel, &all.one_to_one))
        })
        .method(
            "get_choices",
            "self, include_blank=True, blank_choice=None, limit_choices_to=None, ordering=()",
            crate::django::delegate::in_python!("_django_fields", "rel_choices"),
        )
        .method("get_internal_type", "self", |vm, args| {
            let field = own(vm, &args)?;
            Ok(Value::str(&*field.internal_type()))
        })
        .method("__repr__", "self", |vm, args| {
            let field = own(vm, &args)?;
            let label = field.model().map(crate::orm::models::Model::label_lower).unwrap_or_default();
            Ok(format!("<{}: {label}>", vm.type_name(&args[0])).into())
        })
        .method("__eq__", "self, other", |_, args| Ok(args[0].is(&args[1]).into()))
        .method("__hash__", "self", |vm, args| Ok(vm.identity(&args[0]).into()))
        .build(vm);
    let many_to_one = ClassBuilder::new("ManyToOneRel").module(module).base(&base).build(vm);
    let one_to_one = ClassBuilder::new("OneToOneRel").module(module).base(&many_to_one).build(vm);
    let many_to_many = ClassBuilder::new("ManyToManyRel").module(module).base(&base).build(vm);
    let generic = ClassBuilder::new("GenericRel").module("django.contrib.contenttypes.fields").base(&base).build(vm);
    RelClasses { base, many_to_one, one_to_one, many_to_many, generic }
}

/// The relation object of a relational field object.
pub fn of_field(object: &Value) -> Option<Value> {
    attribute(object, "remote_field").filter(|rel| !rel.is_none())
}

/// Sets an attribute of the relation object of a field object.
pub fn set(object: &Value, name: &str, value: impl Into<Value>) {
    if let Some(instance) = of_field(object).as_ref().and_then(Value::as_instance) {
        instance.set(Str::interned(name), value);
    }
}
