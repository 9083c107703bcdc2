//! `refresh_from_db()`

use std::rc::Rc;

use crate::django::managers;
use crate::django::models::state::StatePayload;
use crate::django::models::{instance, model_of_instance};
use crate::django::related::{cached, forget, remember, reverse_cache_name};
use crate::python::object::{Args, Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::save::state_of;

pub(super) fn refresh_from_db(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let Some(model) = model_of_instance(&this) else { return Err(vm.type_error("not a model instance")) };
    let fields = match args.some(2) {
        None => {
            vm.set_attr(&this, "_prefetched_objects_cache", Rc::new(Dict::new()))?;
            None
        }
        Some(given) => {
            let mut names: Vec<Str> = Vec::new();
            for name in vm.list_from(given)? {
                let name = vm.to_str(&name)?;
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let prefetched = vm.get_attr_opt(&this, "_prefetched_objects_cache")?;
            if let Some(prefetched) = prefetched.as_ref().and_then(Value::as_dict) {
                names.retain(|name| prefetched.remove_str(name).is_none());
            }
            if names.is_empty() {
                return Ok(Value::None);
            }
            if names.iter().any(|name| name.contains("__")) {
                return Err(vm.value_error(
                    "Found \"__\" in fields argument. Relations and transforms are not allowed in fields.",
                ));
            }
            Some(names)
        }
    };
    let source = match args.some(3) {
        None => {
            let class = vm.class_of(&this);
            let manager = managers::base_manager(vm, &class)?;
            let hints = Dict::new();
            hints.set_str("instance", this.clone());
            let call = Args::new([args[1].clone()]).keyword("hints", Value::Dict(Rc::new(hints)));
            vm.call_method(&manager, "db_manager", call)?
        }
        Some(queryset) if args.some(1).is_some() => vm.call_method(queryset, "using", [args[1].clone()])?,
        Some(queryset) => queryset.clone(),
    };
    let pk = instance::pk_of(vm, &this)?;
    let mut rows = vm.call_method(&source, "filter", Args::none().keyword("pk", pk))?;
    let deferred = instance::deferred_fields(&this);
    let concrete = model.concrete_fields();
    if let Some(names) = &fields {
        let names: Vec<Value> = names.iter().cloned().map(Value::Str).collect();
        rows = vm.call_method(&rows, "only", names)?;
    } else if !deferred.is_empty() {
        let loaded: Vec<Value> = concrete
            .iter()
            .filter(|field| !deferred.contains(field))
            .map(|field| Value::str(&*field.attname))
            .collect();
        rows = vm.call_method(&rows, "only", loaded)?;
    }
    let fresh = vm.call_method(&rows, "get", ())?;
    let missing = instance::deferred_fields(&fresh);
    for field in concrete.iter().filter(|field| !missing.contains(field)) {
        let name = Str::interned(&field.attname);
        let value = vm.get_attr_str(&fresh, &name)?;
        vm.set_attr_str(&this, &name, value)?;
        if field.relation.is_some() {
            match cached(&fresh, &field.name) {
                Some(related) => remember(&this, &field.name, &related),
                None => forget(&this, &field.name),
            }
        }
    }
    let wanted = |name: &str| fields.as_ref().is_none_or(|names| names.iter().any(|known| **known == *name));
    for relation in model.related_objects().iter() {
        if wanted(&relation.related_query_name()) {
            forget(&this, &reverse_cache_name(relation));
        }
    }
    for field in model.private_fields() {
        if wanted(&field.name) && field.is_relation() {
            forget(&this, &field.name);
        }
    }
    let db = state_of(&fresh).and_then(|state| state.payload::<StatePayload>().map(|state| state.db.borrow().clone()));
    if let (Some(state), Some(db)) = (state_of(&this), db) {
        *vm.payload::<StatePayload>(&state)?.db.borrow_mut() = db;
    }
    Ok(Value::None)
}
