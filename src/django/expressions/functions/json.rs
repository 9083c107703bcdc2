//! `JSONArray`, `JSONObject`, and keys of JSON fields as expressions.

use std::rc::Rc;

use crate::orm::Datum;
use crate::orm::query::Expression;
use crate::orm::query::functions::json;
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use super::super::{fill, lower};
use super::{Bases, SPEC, call};

fn object(vm: &mut Vm, args: Args) -> PyResult {
    let mut members = Vec::new();
    for (name, value) in args.keyword_rest(1) {
        members.push(super::super::value(Datum::str(name.as_str()), None));
        members.push(lower(vm, &value)?);
    }
    let func = call(vm, &args[0], members, Vec::new())?;
    fill(vm, &args[0], Expression::Func(func))
}

fn key(vm: &mut Vm, args: Args) -> PyResult {
    let name = vm.to_str(&args[1])?;
    let mut inner = Vec::new();
    for arg in args.rest(2).to_vec() {
        inner.push(lower(vm, &arg)?);
    }
    let mut func = call(vm, &args[0], inner, args.keyword_rest(3))?;
    func.extra.push(("key_name".into(), Datum::str(name.as_str())));
    if let Some(instance) = args[0].as_instance() {
        instance.set("key_name", name);
    }
    fill(vm, &args[0], Expression::Func(func))
}

fn from_lookup(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = vm.to_str(&args[1])?;
    let mut names = lookup.split("__");
    let mut inner = Value::str(names.next().unwrap_or_default());
    let mut any = false;
    for name in names {
        any = true;
        inner = vm.call(&args[0], [Value::str(name), inner])?;
    }
    if !any {
        return Err(vm.value_error("Lookup must contain key or index transforms."));
    }
    Ok(inner)
}

pub(super) fn classes(vm: &mut Vm, bases: &Bases, all: &mut Vec<Rc<Class>>) {
    bases.plain(vm, "json", &[&json::JSON_ARRAY], all);
    all.push(bases.class("json", &json::JSON_OBJECT).method("__init__", "self, **fields", object).build(vm));
    let module = "django.db.models.fields.json";
    let transform = ClassBuilder::new("KeyTransform")
        .module(module)
        .base(&bases.transform)
        .value(SPEC, "KeyTransform")
        .method("__init__", "self, key_name, *args, **kwargs", key)
        .build(vm);
    all.push(transform.clone());
    all.push(
        ClassBuilder::new("KeyTextTransform")
            .module(module)
            .base(&transform)
            .value(SPEC, "KeyTextTransform")
            .class_method("from_lookup", "cls, lookup", from_lookup)
            .build(vm),
    );
}
