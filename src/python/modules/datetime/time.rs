//! `time`

use std::rc::Rc;

use super::date::{ints, optional_ints};
use super::timedelta::renamed;
use super::{OrRaise, TimeData, as_timedelta, class_arg, comparisons, hash_of, new_timedelta, this, zone_arg};
use crate::python::modules::arguments::{Comparison, c_int, keywords, text};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{Time, TimeSpec, TimeZone};

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let builder = ClassBuilder::new("time")
        .module("datetime")
        .native_layout("time")
        .has_dict(false)
        .builtin()
        .constructor(new)
        .property("hour", |vm, args| Ok(i64::from(this::<TimeData>(vm, &args)?.value.hour()).into()))
        .property("minute", |vm, args| Ok(i64::from(this::<TimeData>(vm, &args)?.value.minute()).into()))
        .property("second", |vm, args| Ok(i64::from(this::<TimeData>(vm, &args)?.value.second()).into()))
        .property("microsecond", |vm, args| Ok(this::<TimeData>(vm, &args)?.value.microsecond().into()))
        .property("fold", |vm, args| Ok(i64::from(this::<TimeData>(vm, &args)?.value.fold()).into()))
        .property("tzinfo", |vm, args| Ok(this::<TimeData>(vm, &args)?.tzinfo))
        .raw_class_method("fromisoformat", |vm, args| {
            let class = class_arg(vm, &args)?;
            let Some(text) = args[1].as_str().cloned() else {
                return Err(vm.type_error("fromisoformat: argument must be str"));
            };
            let value = Time::fromisoformat(&text).or_raise(vm)?;
            let tzinfo = super::zone_or_none(vm, value.zone());
            Ok(Instance::native(class, TimeData { value, tzinfo }).into())
        })
        .raw("isoformat", |vm, args| {
            let time = resolved(vm, &args)?;
            let [spec] = keywords(vm, args, 1, "isoformat", ["timespec"], 0)?;
            let spec = time_spec(vm, &spec)?;
            Ok(time.isoformat(spec).into())
        })
        .raw("strftime", |vm, args| {
            let time = resolved(vm, &args)?;
            let [format] = keywords(vm, args, 1, "strftime", ["format"], 1)?;
            let format = text(vm, &format, "strftime() argument 1")?;
            Ok(time.strftime(&format).into())
        })
        .arity("__format__", 2, 2, |vm, args| {
            let format = text(vm, &args[1], "__format__() argument 1")?;
            if format.is_empty() {
                return vm.to_str(&args[0]).map(Value::from);
            }
            vm.call_method(&args[0], "strftime", Value::from(format))
        })
        .raw("replace", replace)
        .arity("utcoffset", 1, 1, |vm, args| {
            Ok(resolved(vm, &args)?.utcoffset().map_or(Value::None, |offset| new_timedelta(vm, &offset)))
        })
        .arity("dst", 1, 1, |vm, args| ask(vm, &args, "dst"))
        .arity("tzname", 1, 1, |vm, args| ask(vm, &args, "tzname"))
        .arity("__repr__", 1, 1, |vm, args| {
            let data = this::<TimeData>(vm, &args)?;
            let text = if data.value.zone().is_none() && !data.tzinfo.is_none() {
                let zone = vm.repr(&data.tzinfo)?;
                let text = data.value.repr();
                format!("{}, tzinfo={zone})", text.trim_end_matches(')'))
            } else {
                data.value.repr()
            };
            Ok(renamed(vm, &args[0], "time", text))
        })
        .arity("__str__", 1, 1, |vm, args| vm.call_method(&args[0], "isoformat", ()))
        .arity("__hash__", 1, 1, |vm, args| Ok(hash_of(resolved(vm, &args)?.with_fold(0).comparison_key())))
        .arity("__reduce__", 1, 1, |vm, args| {
            let TimeData { value, tzinfo } = this::<TimeData>(vm, &args)?;
            let class = vm.class_of(&args[0]);
            let state = [
                i64::from(value.hour()).into(),
                i64::from(value.minute()).into(),
                i64::from(value.second()).into(),
                value.microsecond().into(),
                tzinfo,
            ];
            Ok(Value::tuple([class.into(), Value::tuple(state)]))
        });
    comparisons(builder, compare).build(vm)
}

/// A `timespec` argument.
pub(super) fn time_spec(vm: &mut Vm, value: &Value) -> PyResult<TimeSpec> {
    if value.is_unset() {
        return Ok(TimeSpec::Auto);
    }
    let name = text(vm, value, "isoformat() argument 'timespec'")?;
    match TimeSpec::from_name(&name) {
        Some(spec) => Ok(spec),
        None => Err(vm.value_error("Unknown timespec value")),
    }
}

/// The time with the offset that a zone written in Python gives it.
fn resolved(vm: &mut Vm, args: &Args) -> PyResult<Time> {
    let data = this::<TimeData>(vm, args)?;
    if data.tzinfo.is_none() || data.value.zone().is_some() {
        return Ok(data.value);
    }
    let offset = vm.call_method(&data.tzinfo, "utcoffset", Value::None)?;
    match as_timedelta(&offset) {
        Some(offset) => {
            let zone = TimeZone::fixed(offset, None).or_raise(vm)?;
            Ok(data.value.with_zone(Some(zone)))
        }
        None => Ok(data.value),
    }
}

fn ask(vm: &mut Vm, args: &Args, method: &str) -> PyResult {
    let data = this::<TimeData>(vm, args)?;
    if data.tzinfo.is_none() {
        return Ok(Value::None);
    }
    vm.call_method(&data.tzinfo, method, Value::None)
}

/// A `fold` argument.
pub(super) fn fold_arg(vm: &mut Vm, value: &Value) -> PyResult<Option<u8>> {
    if value.is_unset() {
        return Ok(None);
    }
    match c_int(vm, value)? {
        fold @ (0 | 1) => Ok(Some(fold as u8)),
        _ => Err(vm.value_error("fold must be either 0 or 1")),
    }
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = class_arg(vm, &args)?;
    let names = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    if args.len() > 6 {
        let given = args.len() - 1;
        return Err(vm.type_error(format!("function takes at most 5 positional arguments ({given} given)")));
    }
    let [hour, minute, second, microsecond, tzinfo, fold] = keywords(vm, args, 1, "", names, 0)?;
    let [hour, minute, second, microsecond] = ints(vm, &[hour, minute, second, microsecond])?;
    let fold = fold_arg(vm, &fold)?.unwrap_or(0);
    let (tzinfo, zone) = zone_arg(vm, tzinfo)?;
    let value = Time::new(hour, minute, second, microsecond).or_raise(vm)?.with_fold(fold).with_zone(zone);
    Ok(Instance::native(class, TimeData { value, tzinfo }).into())
}

fn replace(vm: &mut Vm, args: Args) -> PyResult {
    let data = this::<TimeData>(vm, &args)?;
    let class = vm.class_of(&args[0]);
    let names = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    let [hour, minute, second, microsecond, tzinfo, fold] = keywords(vm, args, 1, "replace", names, 0)?;
    let [hour, minute, second, microsecond] = optional_ints(vm, &[hour, minute, second, microsecond])?;
    let mut value = data.value.replace(hour, minute, second, microsecond).or_raise(vm)?;
    let mut zone = data.tzinfo;
    if !tzinfo.is_unset() {
        let (object, own) = zone_arg(vm, tzinfo)?;
        zone = object;
        value = value.with_zone(own);
    }
    if let Some(fold) = fold_arg(vm, &fold)? {
        value = value.with_fold(fold);
    }
    Ok(Instance::native(class, TimeData { value, tzinfo: zone }).into())
}

fn compare(vm: &mut Vm, own: &Value, other: &Value, comparison: Comparison) -> PyResult {
    if other.payload::<TimeData>().is_none() {
        return Ok(Value::NotImplemented);
    }
    let a = resolved(vm, &Args::from(own.clone()))?;
    let b = resolved(vm, &Args::from(other.clone()))?;
    match a.compare(&b) {
        Ok(order) => Ok(comparison.holds(order).into()),
        Err(_) if comparison.is_equality() => Ok(comparison.unequal()),
        Err(error) => Err(super::date_error(vm, &error)),
    }
}
