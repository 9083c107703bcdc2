//! The far side of a foreign key: a manager of the objects that point here.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::django::managers;
use crate::django::models::instance;
use crate::django::query;
use crate::django::state::Django;
use crate::orm::models::Field;
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::forward::pairs;
use super::{RelationPayload, owner_class};

/// The manager classes made so far, by field and the place of the class below which they are.
#[derive(Default)]
struct ManagerClasses(RefCell<FxHashMap<(Field, usize), Rc<Class>>>);

/// `ReverseManyToOneDescriptor`
pub fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("ReverseManyToOneDescriptor")
        .module("django.db.models.fields.related_descriptors")
        .native_layout("ReverseManyToOneDescriptor")
        .method("__get__", "self, instance, cls=None", get)
        .method("__set__", "self, instance, value", |vm, args| {
            let payload = vm.payload::<RelationPayload>(&args[0])?;
            let (field, reverse) = (payload.field.clone(), payload.reverse);
            let is_m2m = field.is_many_to_many();
            let name = if reverse { super::reverse_cache_name(&field) } else { field.name.clone() };
            let side = match (is_m2m, reverse) {
                (true, false) => "forward side of a many-to-many set",
                (true, true) => "reverse side of a many-to-many set",
                _ => "reverse side of a related set",
            };
            Err(vm.type_error(format!("Direct assignment to the {side} is prohibited. Use {name}.set() instead.")))
        })
        .property("field", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(Django::of(vm).object_of(&field).unwrap_or(Value::None))
        })
        .property("rel", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(crate::django::models::options::side_object(vm, &crate::orm::models::Side::Reverse(field)))
        })
        .build(vm)
}

fn get(vm: &mut Vm, args: Args) -> PyResult {
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
    let owner = owner_class(vm, &field)?;
    let default = managers::default_manager(vm, &owner)?;
    let base = vm.class_of(&default);
    bound(vm, &field, &base, &args[1])
}

/// A manager of `instance`'s related objects, whose class is below `base`.
fn bound(vm: &mut Vm, field: &Field, base: &Rc<Class>, instance: &Value) -> PyResult {
    let class = manager_class(vm, field, base)?;
    let owner = owner_class(vm, field)?;
    let manager = vm.call(&Value::Class(class), ())?;
    if let Some(made) = manager.as_instance() {
        made.set("model", owner);
        made.set("instance", instance.clone());
        made.set("field", Django::of(vm).object_of(field).unwrap_or(Value::None));
        let filters = crate::python::object::Dict::new();
        filters.set_str(&*field.name, instance.clone());
        made.set("core_filters", Rc::new(filters));
    }
    Ok(manager)
}

/// The class of the relation's managers below another manager's class.
fn manager_class(vm: &mut Vm, field: &Field, base: &Rc<Class>) -> PyResult<Rc<Class>> {
    let kept = vm.host::<ManagerClasses>().unwrap_or_default();
    let key = (field.clone(), Rc::as_ptr(base) as usize);
    if let Some(known) = kept.0.borrow().get(&key) {
        return Ok(known.clone());
    }
    let (made, other) = (field.clone(), field.clone());
    let builder = ClassBuilder::new("RelatedManager")
        .qualname("create_reverse_many_to_one_manager.<locals>.RelatedManager")
        .module("django.db.models.fields.related_descriptors")
        .base(base)
        .value("do_not_call_in_templates", true)
        .method_closure("__call__", "self, *, manager", move |vm, args| {
            let owner = owner_class(vm, &other)?;
            let name = vm.to_str(&args[1])?;
            let named = vm.get_attr_str(&Value::Class(owner), &name)?;
            let base = vm.class_of(&named);
            let this = vm.get_attr(&args[0], "instance")?;
            bound(vm, &other, &base, &this)
        })
        .method_closure("get_queryset", "self", move |vm, args| queryset(vm, &args[0], &made));
    let relation = super::prefetch::Relation { field: field.clone(), reverse: true };
    let builder = super::prefetch::add_methods(builder, relation);
    let class = crate::django::persistence::add_related_methods(builder, field).build(vm);
    class.set_qualname(Str::interned("create_reverse_many_to_one_manager.<locals>.RelatedManager"));
    kept.0.borrow_mut().insert(key, class.clone());
    vm.set_host(kept);
    Ok(class)
}

/// The objects that point at the manager's instance: prefetched ones, or a queryset of them.
fn queryset(vm: &mut Vm, manager: &Value, field: &Field) -> PyResult {
    let this = vm.get_attr(manager, "instance")?;
    if !instance::is_pk_set(vm, &this)? {
        let name = vm.type_name(&this);
        return Err(vm.value_error(format!(
            "'{name}' instance needs to have a primary key value before this relationship can be used."
        )));
    }
    let name = super::reverse_cache_name(field);
    if let Some(found) = prefetched(&this, &name) {
        return Ok(found);
    }
    let base = parent_queryset(vm, manager)?;
    apply(vm, manager, &this, field, &base)
}

/// What the class below the related manager gives for `get_queryset()`.
pub fn parent_queryset(vm: &mut Vm, manager: &Value) -> PyResult {
    let method = above(vm, manager, "get_queryset")?;
    vm.call(&method, ())
}

/// A method of the class below which a related manager's class is, bound to the manager: its `super()`.
pub(super) fn above(vm: &mut Vm, manager: &Value, name: &str) -> PyResult {
    let class = vm.class_of(manager);
    let bases = class.mro();
    let at = bases.iter().position(|class| {
        let name = class.name();
        class.native && (name == "RelatedManager" || name == "ManyRelatedManager")
    });
    let key = Str::interned(name);
    for ancestor in bases.iter().skip(at.map_or(0, |at| at + 1)) {
        if let Some(found) = ancestor.dict().get_str(&key) {
            return vm.bind(&found, manager, &class);
        }
    }
    Err(vm.raise(crate::python::exceptions::Kind::AttributeError, format!("'super' object has no attribute '{name}'")))
}

/// A queryset that `prefetch_related` left on the instance.
pub(super) fn prefetched(this: &Value, name: &str) -> Option<Value> {
    let held = this.as_instance()?.get(&Str::interned("_prefetched_objects_cache"))?;
    held.as_dict()?.get_text(name)
}

/// Narrows a queryset to the objects that point at `this`; each of them will know `this` without asking.
pub fn apply(vm: &mut Vm, manager: &Value, this: &Value, field: &Field, base: &Value) -> PyResult {
    let scoped = scoped(vm, manager, this, base)?;
    if scoped.payload::<query::QuerySetPayload>().is_some() {
        query::payload(vm, &scoped)?.defer_next_filter.set(true);
    }
    let narrowed = vm.call_method(&scoped, "filter", Args::none().keyword(&*field.name, this.clone()))?;
    let known = crate::python::object::Dict::new();
    let pairs = pairs(vm, field)?;
    let mut key = Vec::with_capacity(pairs.len());
    for (_, far) in &pairs {
        key.push(vm.get_attr_str(this, &Str::interned(&far.attname))?);
    }
    if key.iter().any(Value::is_none) {
        return vm.call_method(&narrowed, "none", ());
    }
    let key = if key.len() == 1 { key.remove(0) } else { Value::tuple(key) };
    known.set(vm, key, this.clone())?;
    if narrowed.payload::<query::QuerySetPayload>().is_some() {
        let payload = query::payload(vm, &narrowed)?;
        payload.known_related.borrow_mut().push((field.clone(), Rc::new(known)));
    }
    Ok(narrowed)
}

/// A queryset on the manager's database, or else on that of its instance.
pub(super) fn scoped(vm: &mut Vm, manager: &Value, this: &Value, base: &Value) -> PyResult {
    let db = vm.get_attr(manager, "_db")?;
    let scoped = if vm.truth(&db)? { vm.call_method(base, "using", [db])? } else { base.clone() };
    if scoped.payload::<query::QuerySetPayload>().is_some() {
        let hints = crate::python::object::Dict::new();
        hints.set_str("instance", this.clone());
        *query::payload(vm, &scoped)?.hints.borrow_mut() = Value::Dict(Rc::new(hints));
    }
    Ok(scoped)
}
