//! `tzinfo`, `timezone` and `zoneinfo.ZoneInfo`.

use std::cell::RefCell;
use std::rc::Rc;

use super::{DateTimeData, OrRaise, as_timedelta, as_timezone, class_arg, classes, new_timedelta, new_timezone};
use crate::python::exceptions::Kind;
use crate::python::modules::arguments::keywords;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{DateTime, TimeDelta, TimeZone};

pub(super) fn tzinfo_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("tzinfo")
        .module("datetime")
        .native_layout("tzinfo")
        .builtin()
        .constructor(|vm, args| {
            let class = class_arg(vm, &args)?;
            Ok(Instance::new(class).into())
        })
        .arity("utcoffset", 2, 2, |vm, _| {
            Err(vm.raise(Kind::NotImplementedError, "a tzinfo subclass must implement utcoffset()"))
        })
        .arity("dst", 2, 2, |vm, _| Err(vm.raise(Kind::NotImplementedError, "a tzinfo subclass must implement dst()")))
        .arity("tzname", 2, 2, |vm, _| {
            Err(vm.raise(Kind::NotImplementedError, "a tzinfo subclass must implement tzname()"))
        })
        .arity("fromutc", 2, 2, from_utc)
        .build(vm)
}

/// How a zone written in Python turns UTC into local time: by its offset and its summer time.
fn from_utc(vm: &mut Vm, args: Args) -> PyResult {
    let Some(data) = args[1].payload::<DateTimeData>().cloned() else {
        return Err(vm.type_error("fromutc: argument must be a datetime"));
    };
    if !data.tzinfo.is(&args[0]) {
        return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
    }
    let offset = vm.call_method(&args[1], "utcoffset", ())?;
    let Some(offset) = as_timedelta(&offset) else {
        return Err(vm.value_error("fromutc: non-None utcoffset() result required"));
    };
    let summer = vm.call_method(&args[1], "dst", ())?;
    let Some(summer) = as_timedelta(&summer) else {
        return Err(vm.value_error("fromutc: non-None dst() result required"));
    };
    let standard = offset.checked_sub(&summer).or_raise(vm)?;
    let local = data.value.checked_add(&standard).or_raise(vm)?;
    let class = vm.class_of(&args[1]);
    let moved: Value =
        Instance::native(class.clone(), DateTimeData { value: local.clone(), tzinfo: data.tzinfo.clone() }).into();
    let summer = vm.call_method(&moved, "dst", ())?;
    match as_timedelta(&summer) {
        Some(summer) if summer.is_zero() => Ok(moved),
        Some(summer) => {
            let value = local.checked_add(&summer).or_raise(vm)?;
            Ok(Instance::native(class, DateTimeData { value, tzinfo: data.tzinfo }).into())
        }
        None => Err(vm.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert")),
    }
}

/// The argument of `utcoffset`, `dst` and `tzname`: a datetime or `None`.
fn moment_arg(vm: &mut Vm, args: &Args, method: &str) -> PyResult<Option<DateTime>> {
    match args[1].payload::<DateTimeData>() {
        Some(data) => Ok(Some(data.value.clone())),
        None if args[1].is_none() => Ok(None),
        None => {
            let name = vm.type_name(&args[1]);
            Err(vm.type_error(format!("{method}(dt) argument must be a datetime instance or None, not {name}")))
        }
    }
}

fn own_zone(vm: &mut Vm, args: &Args) -> PyResult<TimeZone> {
    match as_timezone(&args[0]) {
        Some(zone) => Ok(zone),
        None => Err(vm.type_error("descriptor requires a 'datetime.timezone' object")),
    }
}

fn zone_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .arity("utcoffset", 2, 2, |vm, args| {
            let zone = own_zone(vm, &args)?;
            let moment = moment_arg(vm, &args, "utcoffset")?;
            Ok(zone.utcoffset(moment.as_ref()).map_or(Value::None, |offset| new_timedelta(vm, &offset)))
        })
        .arity("dst", 2, 2, |vm, args| {
            let zone = own_zone(vm, &args)?;
            let moment = moment_arg(vm, &args, "dst")?;
            Ok(zone.dst(moment.as_ref()).map_or(Value::None, |offset| new_timedelta(vm, &offset)))
        })
        .arity("tzname", 2, 2, |vm, args| {
            let zone = own_zone(vm, &args)?;
            let moment = moment_arg(vm, &args, "tzname")?;
            Ok(zone.tzname(moment.as_ref()).into())
        })
        .arity("fromutc", 2, 2, |vm, args| {
            let zone = own_zone(vm, &args)?;
            let Some(data) = args[1].payload::<DateTimeData>().cloned() else {
                return Err(vm.type_error("fromutc: argument must be a datetime instance"));
            };
            if !data.tzinfo.is(&args[0]) {
                return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
            }
            let local = zone.fromutc(&data.value.naive()).or_raise(vm)?;
            let class = vm.class_of(&args[1]);
            Ok(Instance::native(class, DateTimeData { value: local, tzinfo: data.tzinfo }).into())
        })
        .arity("__str__", 1, 1, |vm, args| Ok(own_zone(vm, &args)?.to_string().into()))
        .arity("__repr__", 1, 1, |vm, args| Ok(own_zone(vm, &args)?.repr().into()))
}

pub(super) fn timezone_class(vm: &mut Vm, tzinfo: &Rc<Class>) -> Rc<Class> {
    let builder = ClassBuilder::new("timezone")
        .module("datetime")
        .base(tzinfo)
        .native_layout("timezone")
        .has_dict(false)
        .derivable(false)
        .builtin()
        .constructor(|vm, args| {
            let class = class_arg(vm, &args)?;
            let [offset, name] = keywords(vm, args, 1, "timezone", ["offset", "name"], 1)?;
            let Some(length) = as_timedelta(&offset) else {
                let kind = vm.type_name(&offset);
                return Err(vm.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {kind}")));
            };
            let name = match name.as_str() {
                Some(name) => Some(name.to_string()),
                None if name.is_unset() => None,
                None => {
                    let kind = vm.type_name(&name);
                    return Err(vm.type_error(format!("timezone() argument 2 must be str, not {kind}")));
                }
            };
            let zone = TimeZone::fixed(length, name.as_deref()).or_raise(vm)?;
            if zone == TimeZone::UTC && name.is_none() {
                return Ok(new_timezone(vm, &zone));
            }
            Ok(Instance::native(class, zone).into())
        })
        .arity("__eq__", 2, 2, |_, args| match (as_timezone(&args[0]), as_timezone(&args[1])) {
            (Some(a), Some(b @ TimeZone::Fixed { .. })) => Ok((a == b).into()),
            _ => Ok(Value::NotImplemented),
        })
        .arity("__hash__", 1, 1, |vm, args| {
            let offset = own_zone(vm, &args)?.utcoffset(None).unwrap_or(TimeDelta::ZERO);
            Ok(super::hash_of(offset.total_microseconds()))
        })
        .arity("__reduce__", 1, 1, |vm, args| {
            let zone = own_zone(vm, &args)?;
            let mut state = Vec::new();
            if let TimeZone::Fixed { offset, name } = &zone {
                state.push(new_timedelta(vm, offset));
                state.extend(name.as_ref().map(|name| Value::from(&**name)));
            }
            let class = vm.class_of(&args[0]);
            Ok(Value::tuple([class.into(), Value::tuple(state)]))
        });
    zone_methods(builder).build(vm)
}

/// The class `ZoneInfo`, the exception for unknown keys, and the zones made so far.
struct Zones {
    class: Rc<Class>,
    not_found: Rc<Class>,
    known: RefCell<Vec<(String, Value)>>,
}

fn zones(vm: &mut Vm) -> Rc<Zones> {
    vm.hosted(|vm| {
        let tzinfo = classes(vm).tzinfo.clone();
        let builder = ClassBuilder::new("ZoneInfo")
            .module("zoneinfo")
            .base(&tzinfo)
            .native_layout("ZoneInfo")
            .builtin()
            .constructor(|vm, args| {
                let class = class_arg(vm, &args)?;
                let [key] = keywords(vm, args, 1, "ZoneInfo", ["key"], 1)?;
                make_zone(vm, &class, &key, true)
            })
            .raw_class_method("no_cache", |vm, args| {
                let class = class_arg(vm, &args)?;
                let [key] = keywords(vm, args, 1, "no_cache", ["key"], 1)?;
                make_zone(vm, &class, &key, false)
            })
            .raw_class_method("clear_cache", |vm, _| {
                zones(vm).known.borrow_mut().clear();
                Ok(Value::None)
            })
            .property("key", |vm, args| Ok(own_zone(vm, &args)?.key().map(Value::from).into()))
            .arity("__reduce__", 1, 1, |vm, args| {
                let zone = own_zone(vm, &args)?;
                let class = vm.class_of(&args[0]);
                Ok(Value::tuple([class.into(), Value::tuple([zone.key().map(Value::from).into()])]))
            });
        let class = zone_methods(builder).build(vm);
        let key_error = vm.exceptions.get(Kind::KeyError).clone();
        let not_found =
            ClassBuilder::new("ZoneInfoNotFoundError").module("zoneinfo._common").base(&key_error).build(vm);
        Zones { class, not_found, known: RefCell::default() }
    })
}

fn make_zone(vm: &mut Vm, class: &Rc<Class>, key: &Value, cached: bool) -> PyResult {
    let Some(key) = key.as_str().cloned() else {
        let kind = vm.type_name(key);
        return Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {kind}")));
    };
    let zones = zones(vm);
    let shared = cached && Rc::ptr_eq(class, &zones.class);
    if shared && let Some((_, known)) = zones.known.borrow().iter().find(|(known, _)| *known == key.as_str()) {
        return Ok(known.clone());
    }
    if key.starts_with('/') {
        let text = format!("ZoneInfo keys may not be absolute paths, got: {}", key.as_str());
        return Err(vm.value_error(text));
    }
    if key.split('/').any(|part| part == "..") {
        let text = format!("ZoneInfo keys must be normalized relative paths, got: {}", key.as_str());
        return Err(vm.value_error(text));
    }
    let Some(zone) = TimeZone::zone(&key) else {
        let text = format!("No time zone found with key {}", key.as_str());
        return Err(vm.new_exception(&zones.not_found, Value::from(text))?);
    };
    let made: Value = Instance::native(class.clone(), zone).into();
    if shared {
        zones.known.borrow_mut().push((key.to_string(), made.clone()));
    }
    Ok(made)
}

/// The shared object for a zone.
pub(super) fn zoneinfo(vm: &mut Vm, zone: &TimeZone) -> Value {
    let zones = zones(vm);
    let key = zone.key().unwrap_or_default();
    if let Some((_, known)) = zones.known.borrow().iter().find(|(known, _)| known == key) {
        return known.clone();
    }
    let made: Value = Instance::native(zones.class.clone(), zone.clone()).into();
    zones.known.borrow_mut().push((key.to_owned(), made.clone()));
    made
}

/// `ZoneInfo`
pub fn zone_class(vm: &mut Vm) -> Rc<Class> {
    zones(vm).class.clone()
}

/// `zoneinfo`
pub fn zoneinfo_module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let zones = zones(vm);
    Ok(Module::new("zoneinfo")
        .class(&zones.class)
        .class(&zones.not_found)
        .function("available_timezones", "", |vm, _| {
            let names: Vec<Value> = TimeZone::available().into_iter().map(Value::from).collect();
            let set = crate::python::object::Set::new();
            for name in names {
                set.add(vm, name)?;
            }
            Ok(Value::Set(Rc::new(set)))
        })
        .value("TZPATH", Value::tuple(Vec::new()))
        .function("reset_tzpath", "to=None", |_, _| Ok(Value::None))
        .build())
}
