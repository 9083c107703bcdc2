//! `create()`, `get_or_create()`, `update_or_create()`.

use std::rc::Rc;

use crate::django::connections::atomic;
use crate::django::persistence::updatable_names;
use crate::django::query::{class_of_queryset, db, model_of_queryset, payload};
use crate::django::state::{Django, orm, raise_class};
use crate::orm::models::FieldKind;
use crate::python::object::{Args, Class, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

pub(super) fn create(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    let keywords = args.keyword_rest(1);
    let model = model_of_queryset(vm, this)?;
    let reverse: Vec<String> = model
        .related_objects()
        .iter()
        .filter(|field| field.kind == FieldKind::OneToOne)
        .map(|field| field.related_query_name().to_string())
        .filter(|name| keywords.iter().any(|(known, _)| **known == **name))
        .collect();
    if !reverse.is_empty() {
        return Err(vm.value_error(format!("The following fields do not exist in this model: {}", reverse.join(", "))));
    }
    let class = Value::Class(class_of_queryset(vm, this)?);
    let mut call = Args::none();
    call.keywords = keywords;
    let made = vm.call(&class, call)?;
    payload(vm, this)?.for_write.set(true);
    let alias = db(vm, this)?;
    vm.call_method(&made, "save", Args::none().keyword("force_insert", true).keyword("using", Value::Str(alias)))?;
    Ok(made)
}

/// Whether an exception is the model's `DoesNotExist`.
fn is_missing(class: &Rc<Class>, raised: &Raised) -> bool {
    match class.lookup(&Str::interned("DoesNotExist")) {
        Some(Value::Class(missing)) => raised.is(&missing),
        _ => false,
    }
}

fn with_keywords(keywords: &[(Str, Value)]) -> Args {
    let mut call = Args::none();
    call.keywords = keywords.to_vec();
    call
}

/// The items of a mapping that was passed for defaults.
fn items(vm: &mut Vm, mapping: &Value) -> PyResult<Vec<(Str, Value)>> {
    if mapping.is_unset() || !vm.truth(mapping)? {
        return Ok(Vec::new());
    }
    if let Some(dict) = mapping.as_dict() {
        return Ok(dict.str_items());
    }
    let class = Value::Class(vm.types.dict.clone());
    let dict = vm.call(&class, [mapping.clone()])?;
    Ok(dict.as_dict().map(|dict| dict.str_items()).unwrap_or_default())
}

/// As resolve_callables: values that can be called are.
pub(in crate::django) fn resolve_callables(vm: &mut Vm, given: Vec<(Str, Value)>) -> PyResult<Vec<(Str, Value)>> {
    let mut resolved = Vec::with_capacity(given.len());
    for (name, value) in given {
        let value = if vm.is_callable(&value) { vm.call(&value, ())? } else { value };
        resolved.push((name, value));
    }
    Ok(resolved)
}

/// The arguments of the constructor: the plain lookups and the defaults. As QuerySet._extract_model_params.
fn model_params(
    vm: &mut Vm,
    this: &Value,
    defaults: Vec<(Str, Value)>,
    lookups: &[(Str, Value)],
) -> PyResult<Vec<(Str, Value)>> {
    let model = model_of_queryset(vm, this)?;
    let class = class_of_queryset(vm, this)?;
    let mut params: Vec<(Str, Value)> = lookups.iter().filter(|(name, _)| !name.contains("__")).cloned().collect();
    for (name, value) in defaults {
        match params.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => params.push((name, value)),
        }
    }
    let mut invalid: Vec<String> = Vec::new();
    for (name, _) in &params {
        if model.find_field(name).is_some() {
            continue;
        }
        let settable = match class.lookup(name) {
            Some(found) if vm.is_property(&found) => {
                let setter = vm.get_attr(&found, "fset")?;
                !setter.is_none()
            }
            _ => false,
        };
        if !settable {
            invalid.push(name.to_string());
        }
    }
    if !invalid.is_empty() {
        invalid.sort();
        let error = Django::of(vm).errors.field_error.clone();
        return Err(raise_class(
            vm,
            &error,
            format!("Invalid field name(s) for model {}: '{}'.", class.name(), invalid.join("', '")),
        ));
    }
    Ok(params)
}

pub(super) fn get_or_create(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    let lookups = args.keyword_rest(2);
    payload(vm, this)?.for_write.set(true);
    let class = class_of_queryset(vm, this)?;
    match vm.call_method(this, "get", with_keywords(&lookups)) {
        Ok(found) => return Ok(Value::tuple(vec![found, Value::Bool(false)])),
        Err(raised) if is_missing(&class, &raised) => {}
        Err(raised) => return Err(raised),
    }
    let defaults = items(vm, &args[1])?;
    let params = model_params(vm, this, defaults, &lookups)?;
    let alias = db(vm, this)?;
    let made = atomic(vm, &alias, true, |vm| {
        let params = resolve_callables(vm, params)?;
        vm.call_method(this, "create", with_keywords(&params))
    });
    match made {
        Ok(made) => Ok(Value::tuple(vec![made, Value::Bool(true)])),
        Err(raised) if raised.is(&Django::of(vm).errors.integrity_error) => {
            match vm.call_method(this, "get", with_keywords(&lookups)) {
                Ok(found) => Ok(Value::tuple(vec![found, Value::Bool(false)])),
                Err(second) if is_missing(&class, &second) => Err(raised),
                Err(second) => Err(second),
            }
        }
        Err(raised) => Err(raised),
    }
}

pub(super) fn update_or_create(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let lookups = args.keyword_rest(3);
    let update_defaults = items(vm, &args[1])?;
    let create_defaults = match &args[2] {
        Value::None | Value::Unset => {
            let dict = crate::python::object::Dict::new();
            for (name, value) in &update_defaults {
                dict.set_str(name.clone(), value.clone());
            }
            Value::Dict(Rc::new(dict))
        }
        given => given.clone(),
    };
    payload(vm, &this)?.for_write.set(true);
    let alias = db(vm, &this)?;
    atomic(vm, &alias.clone(), true, move |vm| {
        let locked = vm.call_method(&this, "select_for_update", ())?;
        let mut call = Args::new([create_defaults]);
        call.keywords = lookups;
        let result = vm.call_method(&locked, "get_or_create", call)?;
        let (object, created) = match result.as_tuple() {
            Some([object, created]) => (object.clone(), vm.truth(created)?),
            _ => return Ok(result),
        };
        if created {
            return Ok(result);
        }
        let names: Vec<Str> = update_defaults.iter().map(|(name, _)| name.clone()).collect();
        for (name, value) in update_defaults {
            let value = if vm.is_callable(&value) { vm.call(&value, ())? } else { value };
            vm.set_attr_str(&object, &name, value)?;
        }
        save_changes(vm, &this, &object, names, &alias)?;
        Ok(Value::tuple(vec![object, Value::Bool(false)]))
    })
}

/// Saves what was changed, and the fields that change of themselves.
fn save_changes(vm: &mut Vm, this: &Value, object: &Value, mut names: Vec<Str>, alias: &Str) -> PyResult<()> {
    let model = model_of_queryset(vm, this)?;
    let known = updatable_names(vm, &model)?;
    let mut call = Args::none().keyword("using", Value::Str(alias.clone()));
    if names.iter().all(|name| known.iter().any(|known| **known == **name)) {
        let keys = orm(vm, || model.pk_fields())?;
        let base = Django::of(vm).classes().fields.get(FieldKind::Plain).clone();
        let plain = base.lookup(&Str::interned("pre_save"));
        for field in model.local_fields().iter().filter(|field| field.is_concrete() && !keys.contains(field)) {
            let Some(held) = Django::of(vm).object_of(field) else { continue };
            let own = vm.class_of(&held).lookup(&Str::interned("pre_save"));
            let same = match (&plain, &own) {
                (Some(plain), Some(own)) => plain.is(own),
                _ => true,
            };
            if !same {
                names.push(Str::interned(&field.name));
                if field.name != field.attname {
                    names.push(Str::interned(&field.attname));
                }
            }
        }
        let set = Value::Class(vm.types.set.clone());
        let names = vm.call(&set, [Value::list(names.into_iter().map(Value::Str).collect::<Vec<_>>())])?;
        call = call.keyword("update_fields", names);
    }
    vm.call_method(object, "save", call)?;
    Ok(())
}
