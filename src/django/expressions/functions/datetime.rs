//! `Extract…`, `Trunc…`, `Now`.

use std::rc::Rc;

use crate::orm::Datum;
use crate::orm::query::functions::datetime;
use crate::orm::query::{Expression, Func};
use crate::python::object::{Args, Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::super::{fill, lower};
use super::{Bases, call};

/// A zone's name as Django sends it: its own, or the text of it.
fn zone_name(vm: &mut Vm, zone: &Value) -> PyResult<Option<Datum>> {
    if zone.is_none() || zone.is_unset() {
        return Ok(None);
    }
    let mut name = vm.call_method(zone, "tzname", [Value::None])?;
    if !vm.truth(&name)? {
        name = Value::Str(vm.to_str(zone)?);
    }
    Ok(Some(Datum::str(vm.to_str(&name)?.as_str())))
}

fn finish(vm: &mut Vm, this: &Value, mut func: Func, own: Option<(&str, Str)>, zone: &Value) -> PyResult {
    if let Some((name, value)) = own {
        func.extra.push((name.into(), Datum::str(value.as_str())));
    }
    if let Some(name) = zone_name(vm, zone)? {
        func.extra.push(("tzname".into(), name));
        // Data has no zones but on moments.
        let class = crate::python::modules::datetime::classes(vm).datetime.clone();
        let date = [Value::Int(2000), Value::Int(1), Value::Int(1)];
        let carrier = vm.call(&Value::Class(class), Args::new(date).keyword("tzinfo", zone.clone()))?;
        func.extra.push(("tzinfo".into(), crate::django::convert::to_datum(vm, &carrier)?));
    }
    if let Some(instance) = this.as_instance() {
        instance.set("tzinfo", zone.clone());
    }
    fill(vm, this, Expression::Func(func))
}

fn extract(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_of(&args[0]);
    let known = class.lookup(&Str::interned("lookup_name")).filter(|name| !name.is_none());
    let Some(name) = known.or_else(|| args.some(2).cloned()) else {
        return Err(vm.value_error("lookup_name must be provided"));
    };
    let name = vm.to_str(&name)?;
    if let Some(instance) = args[0].as_instance() {
        instance.set("lookup_name", name.clone());
    }
    let inner = lower(vm, &args[1])?;
    let func = call(vm, &args[0], vec![inner], args.keyword_rest(4))?;
    let zone = args[3].clone();
    finish(vm, &args[0], func, Some(("lookup_name", name)), &zone)
}

fn with_output(mut keywords: Vec<(Str, Value)>, output: &Value) -> Vec<(Str, Value)> {
    keywords.push((Str::interned("output_field"), output.clone()));
    keywords
}

fn trunc(vm: &mut Vm, args: Args) -> PyResult {
    let inner = lower(vm, &args[1])?;
    let func = call(vm, &args[0], vec![inner], with_output(args.keyword_rest(5), &args[3]))?;
    let kind = vm.to_str(&args[2])?;
    if let Some(instance) = args[0].as_instance() {
        instance.set("kind", kind.clone());
    }
    let zone = args[4].clone();
    finish(vm, &args[0], func, Some(("kind", kind)), &zone)
}

fn trunc_to(vm: &mut Vm, args: Args) -> PyResult {
    let inner = lower(vm, &args[1])?;
    let func = call(vm, &args[0], vec![inner], with_output(args.keyword_rest(4), &args[2]))?;
    let own = vm.class_of(&args[0]).lookup_where(&Str::interned("kind")).filter(|(holder, _)| !holder.native);
    let kind = match own {
        Some((_, kind)) => Some(("kind", vm.to_str(&kind)?)),
        None => None,
    };
    let zone = args[3].clone();
    finish(vm, &args[0], func, kind, &zone)
}

pub(super) fn classes(vm: &mut Vm, bases: &Bases, all: &mut Vec<Rc<Class>>) {
    let module = "datetime";
    let part = bases
        .class(module, &datetime::EXTRACT)
        .base(&bases.transform)
        .value("lookup_name", Value::None)
        .value("tzinfo", Value::None)
        .method("__init__", "self, expression, lookup_name=None, tzinfo=None, **extra", extract);
    let part = part.build(vm);
    all.push(part.clone());
    for spec in [
        &datetime::EXTRACT_YEAR,
        &datetime::EXTRACT_ISO_YEAR,
        &datetime::EXTRACT_MONTH,
        &datetime::EXTRACT_DAY,
        &datetime::EXTRACT_WEEK,
        &datetime::EXTRACT_WEEK_DAY,
        &datetime::EXTRACT_ISO_WEEK_DAY,
        &datetime::EXTRACT_QUARTER,
        &datetime::EXTRACT_HOUR,
        &datetime::EXTRACT_MINUTE,
        &datetime::EXTRACT_SECOND,
    ] {
        let own = Bases { func: part.clone(), transform: part.clone() };
        all.push(own.class(module, spec).build(vm));
    }
    let base = bases
        .class(module, &datetime::TRUNC)
        .value("kind", Value::None)
        .value("tzinfo", Value::None)
        .method("__init__", "self, expression, kind, output_field=None, tzinfo=None, **extra", trunc)
        .build(vm);
    all.push(base);
    for spec in [
        &datetime::TRUNC_YEAR,
        &datetime::TRUNC_QUARTER,
        &datetime::TRUNC_MONTH,
        &datetime::TRUNC_WEEK,
        &datetime::TRUNC_DAY,
        &datetime::TRUNC_HOUR,
        &datetime::TRUNC_MINUTE,
        &datetime::TRUNC_SECOND,
        &datetime::TRUNC_DATE,
        &datetime::TRUNC_TIME,
    ] {
        all.push(
            bases
                .class(module, spec)
                .value("kind", spec.function)
                .value("tzinfo", Value::None)
                .method("__init__", "self, expression, output_field=None, tzinfo=None, **extra", trunc_to)
                .build(vm),
        );
    }
    bases.plain(vm, module, &[&datetime::NOW], all);
}
