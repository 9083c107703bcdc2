//! The far side of a one-to-one field.

use std::rc::Rc;

use crate::django::managers;
use crate::django::models::{instance, model_of_instance};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::forward::{missing, missing_class, pairs};
use super::{RelationPayload, cached, forget, owner_class, remember, reverse_cache_name};

/// `ReverseOneToOneDescriptor`
pub fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("ReverseOneToOneDescriptor")
        .module("django.db.models.fields.related_descriptors")
        .native_layout("ReverseOneToOneDescriptor")
        .method("__get__", "self, instance, cls=None", get)
        .method("__set__", "self, instance, value", set)
        .method("is_cached", "self, instance", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(cached(&args[1], &reverse_cache_name(&field)).is_some().into())
        })
        .method("get_prefetch_queryset", "self, instances, queryset=None", super::changes::prefetch_queryset)
        .method("get_prefetch_querysets", "self, instances, querysets=None", |vm, args| {
            match super::prefetch::relation_of(&args[0]) {
                Some(relation) => super::prefetch::method(vm, &relation, None, &args),
                None => Err(vm.type_error("the descriptor has no relation")),
            }
        })
        .property("RelatedObjectDoesNotExist", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(missing_class(vm, &field, true)?.into())
        })
        .property("related", |vm, args| {
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
    let this = args[1].clone();
    let name = reverse_cache_name(&field);
    let related = match cached(&this, &name) {
        Some(known) => known,
        None => {
            let related = fetch(vm, &this, &field)?;
            if !related.is_none() {
                remember(&related, &field.name, &this);
            }
            remember(&this, &name, &related);
            related
        }
    };
    if related.is_none() {
        let class = vm.type_name(&this);
        return Err(missing(vm, &field, true, format!("{class} has no {name}.")));
    }
    Ok(related)
}

fn fetch(vm: &mut Vm, this: &Value, field: &crate::orm::models::Field) -> PyResult {
    if !instance::is_pk_set(vm, this)? {
        return Ok(Value::None);
    }
    let class = owner_class(vm, field)?;
    let manager = managers::base_manager(vm, &class)?;
    let db = crate::django::persistence::read_alias(vm, this)?;
    let queryset = vm.call_method(&manager, "get_queryset", ())?;
    let queryset = if db.is_none() { queryset } else { vm.call_method(&queryset, "using", [db])? };
    let mut call = Args::none();
    for (_, far) in pairs(vm, field)? {
        let value = vm.get_attr_str(this, &Str::interned(&far.attname))?;
        call = call.keyword(format!("{}__{}", field.name, far.name).as_str(), value);
    }
    match vm.call_method(&queryset, "get", call) {
        Ok(found) => Ok(found),
        Err(raised) => match class.lookup(&Str::interned("DoesNotExist")) {
            Some(Value::Class(missing)) if raised.is(&missing) => Ok(Value::None),
            _ => Err(raised),
        },
    }
}

fn set(vm: &mut Vm, args: Args) -> PyResult {
    let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
    let (this, value) = (args[1].clone(), args[2].clone());
    let name = reverse_cache_name(&field);
    if value.is_none() {
        if let Some(old) = cached(&this, &name).filter(|old| !old.is_none()) {
            forget(&this, &name);
            vm.set_attr(&old, &*field.name, Value::None)?;
        }
        return Ok(Value::None);
    }
    let owner = owner_class(vm, &field)?;
    let wanted = crate::django::models::model_of(&owner);
    let fits = model_of_instance(&value)
        .is_some_and(|given| wanted.as_ref().is_some_and(|wanted| given.is_subclass_of(wanted)));
    if !fits {
        let (shown, class) = (vm.repr(&value)?, vm.type_name(&this));
        return Err(vm.value_error(format!(
            "Cannot assign \"{shown}\": \"{class}.{name}\" must be a \"{}\" instance.",
            owner.name()
        )));
    }
    super::share_database(vm, &this, &value)?;
    for (near, far) in pairs(vm, &field)? {
        let part = vm.get_attr_str(&this, &Str::interned(&far.attname))?;
        vm.set_attr(&value, &*near.attname, part)?;
    }
    remember(&this, &name, &value);
    remember(&value, &field.name, &this);
    Ok(Value::None)
}
