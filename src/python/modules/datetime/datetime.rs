//! `datetime`

use std::rc::Rc;

use super::date::{ints, no_arguments, optional_ints, timestamp};
use super::time::{fold_arg, time_spec};
use super::timedelta::renamed;
use super::{
    DateTimeData, OrRaise, TimeData, as_date_part, as_timedelta, class_arg, classes, comparisons, date_error, hash_of,
    new_date, new_timedelta, new_timezone, this, zone_arg, zone_or_none,
};
use crate::python::modules::arguments::{Comparison, keywords, text};
use crate::python::modules::{clock, time as time_module};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{Date, DateTime, Time, TimeDelta, TimeZone, strptime};

pub(super) fn class(vm: &mut Vm, date: &Rc<Class>) -> Rc<Class> {
    let builder = ClassBuilder::new("datetime")
        .module("datetime")
        .base(date)
        .native_layout("datetime")
        .has_dict(false)
        .builtin()
        .constructor(new);
    let builder = constructors(parts(builder));
    comparisons(operators(builder), compare).build(vm)
}

fn parts(builder: ClassBuilder) -> ClassBuilder {
    builder
        .property("hour", |vm, args| Ok(i64::from(this::<DateTimeData>(vm, &args)?.value.hour()).into()))
        .property("minute", |vm, args| Ok(i64::from(this::<DateTimeData>(vm, &args)?.value.minute()).into()))
        .property("second", |vm, args| Ok(i64::from(this::<DateTimeData>(vm, &args)?.value.second()).into()))
        .property("microsecond", |vm, args| Ok(this::<DateTimeData>(vm, &args)?.value.microsecond().into()))
        .property("fold", |vm, args| Ok(i64::from(this::<DateTimeData>(vm, &args)?.value.fold()).into()))
        .property("tzinfo", |vm, args| Ok(this::<DateTimeData>(vm, &args)?.tzinfo))
        .arity("date", 1, 1, |vm, args| {
            let date = this::<DateTimeData>(vm, &args)?.value.date();
            Ok(new_date(vm, &date))
        })
        .arity("time", 1, 1, |vm, args| {
            let value = this::<DateTimeData>(vm, &args)?.value.time().naive();
            let class = classes(vm).time.clone();
            Ok(Instance::native(class, TimeData { value, tzinfo: Value::None }).into())
        })
        .arity("timetz", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let class = classes(vm).time.clone();
            Ok(Instance::native(class, TimeData { value: data.value.time().clone(), tzinfo: data.tzinfo }).into())
        })
        .arity("utcoffset", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let moment = resolve(vm, &args[0], &data)?;
            Ok(moment.utcoffset().map_or(Value::None, |offset| new_timedelta(vm, &offset)))
        })
        .arity("dst", 1, 1, |vm, args| ask(vm, &args, "dst"))
        .arity("tzname", 1, 1, |vm, args| ask(vm, &args, "tzname"))
        .arity("timetuple", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let summer = ask(vm, &args, "dst")?;
            let flag = as_timedelta(&summer).map_or(-1, |summer| i64::from(!summer.is_zero()));
            Ok(time_module::struct_time(vm, &data.value, flag))
        })
        .arity("utctimetuple", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let moment = resolve(vm, &args[0], &data)?;
            let utc = DateTime::from_wall_microseconds(moment.utc_microseconds()).or_raise(vm)?;
            Ok(time_module::struct_time(vm, &utc, 0))
        })
        .arity("timestamp", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let moment = resolve(vm, &args[0], &data)?;
            let local = clock(vm).zone.clone();
            Ok(moment.timestamp(&local).into())
        })
        .arity("ctime", 1, 1, |vm, args| Ok(this::<DateTimeData>(vm, &args)?.value.ctime().into()))
        .raw("isoformat", |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let moment = resolve(vm, &args[0], &data)?;
            let [separator, spec] = keywords(vm, args, 1, "isoformat", ["sep", "timespec"], 0)?;
            let separator = match separator.as_str() {
                Some(one) if one.len() == 1 => one.to_string(),
                None if separator.is_unset() => "T".to_owned(),
                _ => {
                    let kind = vm.type_name(&separator);
                    return Err(
                        vm.type_error(format!("isoformat() argument 1 must be a unicode character, not {kind}"))
                    );
                }
            };
            let spec = time_spec(vm, &spec)?;
            Ok(moment.isoformat(&separator, spec).into())
        })
        .raw("strftime", |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let name = ask(vm, &args, "tzname")?;
            let moment = resolve(vm, &args[0], &data)?;
            let [format] = keywords(vm, args, 1, "strftime", ["format"], 1)?;
            let format = text(vm, &format, "strftime() argument 1")?;
            let name = name.as_str().map(|name| name.as_str());
            Ok(crate::values::datetime::strftime(&format, &moment, moment.utcoffset(), name).into())
        })
        .raw("replace", replace)
        .raw("astimezone", as_zone)
}

fn constructors(builder: ClassBuilder) -> ClassBuilder {
    builder
        .raw_class_method("now", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [zone] = keywords(vm, args, 1, "now", ["tz"], 0)?;
            let (tzinfo, zone) = zone_arg(vm, zone)?;
            let clock = clock(vm);
            if tzinfo.is_none() {
                return Ok(make(class, clock.local(), Value::None));
            }
            in_zone(vm, class, &clock.now, tzinfo, zone)
        })
        .raw_class_method("utcnow", |vm, args| {
            let class = no_arguments(vm, &args, "datetime.utcnow")?;
            let now = clock(vm).now.naive();
            Ok(make(class, now, Value::None))
        })
        .raw_class_method("fromtimestamp", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [stamp, zone] = keywords(vm, args, 1, "fromtimestamp", ["timestamp", "tz"], 1)?;
            let stamp = timestamp(vm, &stamp)?;
            let (tzinfo, zone) = zone_arg(vm, zone)?;
            if tzinfo.is_none() {
                let local = clock(vm).zone.clone();
                let moment = DateTime::fromtimestamp(stamp, &local).or_raise(vm)?;
                return Ok(make(class, moment.naive(), Value::None));
            }
            let utc = DateTime::fromtimestamp(stamp, &TimeZone::UTC).or_raise(vm)?;
            in_zone(vm, class, &utc, tzinfo, zone)
        })
        .raw_class_method("utcfromtimestamp", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [stamp] = keywords(vm, args, 1, "utcfromtimestamp", ["timestamp"], 1)?;
            let stamp = timestamp(vm, &stamp)?;
            let moment = DateTime::fromtimestamp(stamp, &TimeZone::UTC).or_raise(vm)?;
            Ok(make(class, moment.naive(), Value::None))
        })
        .raw_class_method("fromisoformat", |vm, args| {
            let class = class_arg(vm, &args)?;
            let Some(text) = args[1].as_str().cloned() else {
                return Err(vm.type_error("fromisoformat: argument must be str"));
            };
            let moment = DateTime::fromisoformat(&text).or_raise(vm)?;
            let tzinfo = zone_or_none(vm, moment.zone());
            Ok(make(class, moment, tzinfo))
        })
        .raw_class_method("strptime", |vm, args| {
            let class = class_arg(vm, &args)?;
            if args.len() != 3 || !args.keywords.is_empty() {
                let given = args.len().saturating_sub(1) + args.keywords.len();
                return Err(vm.type_error(format!("strptime() takes exactly 2 arguments ({given} given)")));
            }
            let given = text(vm, &args[1], "strptime() argument 1")?;
            let format = text(vm, &args[2], "strptime() argument 2")?;
            let moment = strptime(&given, &format).and_then(|read| read.into_datetime()).or_raise(vm)?;
            let tzinfo = zone_or_none(vm, moment.zone());
            Ok(make(class, moment, tzinfo))
        })
        .raw_class_method("combine", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [date, time, zone] = keywords(vm, args, 1, "combine", ["date", "time", "tzinfo"], 2)?;
            let Some(day) = as_date_part(&date) else {
                let kind = vm.type_name(&date);
                return Err(vm.type_error(format!("combine() argument 1 must be datetime.date, not {kind}")));
            };
            let Some(TimeData { mut value, mut tzinfo }) = time.payload::<TimeData>().cloned() else {
                let kind = vm.type_name(&time);
                return Err(vm.type_error(format!("combine() argument 2 must be datetime.time, not {kind}")));
            };
            if !zone.is_unset() {
                let (object, own) = zone_arg(vm, zone)?;
                tzinfo = object;
                value = value.with_zone(own);
            }
            Ok(make(class, DateTime::combine(day, value), tzinfo))
        })
}

fn operators(builder: ClassBuilder) -> ClassBuilder {
    builder
        .arity("__repr__", 1, 1, |vm, args| {
            let data = this::<DateTimeData>(vm, &args)?;
            let mut text = data.value.repr();
            if data.value.zone().is_none() && !data.tzinfo.is_none() {
                let zone = vm.repr(&data.tzinfo)?;
                text.truncate(text.len() - 1);
                text += &format!(", tzinfo={zone})");
            }
            Ok(renamed(vm, &args[0], "datetime", text))
        })
        .arity("__str__", 1, 1, |vm, args| vm.call_method(&args[0], "isoformat", Value::from(" ")))
        .arity("__hash__", 1, 1, |vm, args| {
            let mut data = this::<DateTimeData>(vm, &args)?;
            data.value = data.value.with_fold(0);
            let moment = resolve(vm, &args[0], &data)?;
            Ok(hash_of(moment.hash_key()))
        })
        .arity("__add__", 2, 2, add)
        .arity("__radd__", 2, 2, add)
        .arity("__sub__", 2, 2, subtract)
        .arity("__rsub__", 2, 2, |_, _| Ok(Value::NotImplemented))
        .arity("__reduce__", 1, 1, |vm, args| {
            let DateTimeData { value, tzinfo } = this::<DateTimeData>(vm, &args)?;
            let class = vm.class_of(&args[0]);
            let state = [
                value.year().into(),
                i64::from(value.month()).into(),
                i64::from(value.day()).into(),
                i64::from(value.hour()).into(),
                i64::from(value.minute()).into(),
                i64::from(value.second()).into(),
                value.microsecond().into(),
                tzinfo,
            ];
            Ok(Value::tuple([class.into(), Value::tuple(state)]))
        })
}

fn make(class: Rc<Class>, value: DateTime, tzinfo: Value) -> Value {
    Instance::native(class, DateTimeData { value, tzinfo }).into()
}

/// A moment in UTC as local time of a zone, which may be written in Python.
fn in_zone(vm: &mut Vm, class: Rc<Class>, utc: &DateTime, tzinfo: Value, zone: Option<TimeZone>) -> PyResult {
    match zone {
        Some(zone) => {
            let local = zone.fromutc(&utc.naive()).or_raise(vm)?;
            Ok(make(class, local, tzinfo))
        }
        None => {
            let there = make(class, utc.naive(), tzinfo.clone());
            vm.call_method(&tzinfo, "fromutc", there)
        }
    }
}

/// The moment with the offset that a zone written in Python gives it.
pub(super) fn resolve(vm: &mut Vm, own: &Value, data: &DateTimeData) -> PyResult<DateTime> {
    if data.tzinfo.is_none() || data.value.zone().is_some() {
        return Ok(data.value.clone());
    }
    let offset = vm.call_method(&data.tzinfo, "utcoffset", own.clone())?;
    match as_timedelta(&offset) {
        Some(offset) => {
            let zone = TimeZone::fixed(offset, None).or_raise(vm)?;
            Ok(data.value.clone().with_zone(Some(zone)))
        }
        None if offset.is_none() => Ok(data.value.clone()),
        None => {
            let kind = vm.type_name(&offset);
            Err(vm.type_error(format!("tzinfo.utcoffset() must return None or a timedelta, not '{kind}'")))
        }
    }
}

fn ask(vm: &mut Vm, args: &Args, method: &str) -> PyResult {
    let data = this::<DateTimeData>(vm, args)?;
    if data.tzinfo.is_none() {
        return Ok(Value::None);
    }
    vm.call_method(&data.tzinfo, method, args[0].clone())
}

const NAMES: [&str; 9] = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = class_arg(vm, &args)?;
    if args.len() > 9 && args.len() + args.keywords.len() <= 10 {
        let given = args.len() - 1;
        return Err(vm.type_error(format!("function takes at most 8 positional arguments ({given} given)")));
    }
    let [year, month, day, hour, minute, second, microsecond, tzinfo, fold] = keywords(vm, args, 1, "", NAMES, 3)?;
    let [year, month, day] = ints(vm, &[year, month, day])?;
    let [hour, minute, second, microsecond] = ints(vm, &[hour, minute, second, microsecond])?;
    let (tzinfo, zone) = zone_arg(vm, tzinfo)?;
    let date = Date::new(year, month, day).or_raise(vm)?;
    let time = Time::new(hour, minute, second, microsecond).or_raise(vm)?;
    let fold = fold_arg(vm, &fold)?.unwrap_or(0);
    let value = DateTime::combine(date, time.with_fold(fold).with_zone(zone));
    Ok(make(class, value, tzinfo))
}

fn replace(vm: &mut Vm, args: Args) -> PyResult {
    let data = this::<DateTimeData>(vm, &args)?;
    let class = vm.class_of(&args[0]);
    let [year, month, day, hour, minute, second, microsecond, tzinfo, fold] =
        keywords(vm, args, 1, "replace", NAMES, 0)?;
    let [year, month, day] = optional_ints(vm, &[year, month, day])?;
    let [hour, minute, second, microsecond] = optional_ints(vm, &[hour, minute, second, microsecond])?;
    let mut zone = data.tzinfo;
    let date = data.value.date().replace(year, month, day).or_raise(vm)?;
    let mut time = data.value.time().replace(hour, minute, second, microsecond).or_raise(vm)?;
    if !tzinfo.is_unset() {
        let (object, own) = zone_arg(vm, tzinfo)?;
        zone = object;
        time = time.with_zone(own);
    }
    if let Some(fold) = fold_arg(vm, &fold)? {
        time = time.with_fold(fold);
    }
    Ok(make(class, DateTime::combine(date, time), zone))
}

fn as_zone(vm: &mut Vm, args: Args) -> PyResult {
    let own = args[0].clone();
    let data = this::<DateTimeData>(vm, &args)?;
    let class = vm.class_of(&own);
    let [zone] = keywords(vm, args, 1, "astimezone", ["tz"], 0)?;
    let (tzinfo, zone) = zone_arg(vm, zone)?;
    if !tzinfo.is_none() && tzinfo.is(&data.tzinfo) {
        return Ok(own);
    }
    let local = clock(vm).zone.clone();
    let mut moment = resolve(vm, &own, &data)?;
    if !moment.is_aware() {
        moment = moment.naive().with_zone(Some(local.clone()));
    }
    let utc = DateTime::from_wall_microseconds(moment.utc_microseconds()).or_raise(vm)?;
    if tzinfo.is_none() {
        // The zone of the process, as an offset with the name it has at that moment.
        let there = local.fromutc(&utc).or_raise(vm)?;
        let offset = there.utcoffset().unwrap_or(TimeDelta::ZERO);
        let zone = TimeZone::fixed(offset, there.tzname().as_deref()).or_raise(vm)?;
        let tzinfo = new_timezone(vm, &zone);
        return Ok(make(class, there.with_zone(Some(zone)), tzinfo));
    }
    in_zone(vm, class, &utc, tzinfo, zone)
}

fn add(vm: &mut Vm, args: Args) -> PyResult {
    let data = this::<DateTimeData>(vm, &args)?;
    let Some(delta) = args[1].payload::<TimeDelta>() else { return Ok(Value::NotImplemented) };
    let value = data.value.checked_add(delta).or_raise(vm)?;
    let class = vm.class_of(&args[0]);
    Ok(make(class, value, data.tzinfo))
}

fn subtract(vm: &mut Vm, args: Args) -> PyResult {
    let data = this::<DateTimeData>(vm, &args)?;
    if let Some(delta) = args[1].payload::<TimeDelta>() {
        let value = data.value.checked_sub(delta).or_raise(vm)?;
        let class = vm.class_of(&args[0]);
        return Ok(make(class, value, data.tzinfo));
    }
    let Some(other) = args[1].payload::<DateTimeData>().cloned() else { return Ok(Value::NotImplemented) };
    let (a, b) = both(vm, &args[0], &data, &args[1], &other)?;
    let delta = a.since(&b).or_raise(vm)?;
    Ok(new_timedelta(vm, &delta))
}

/// Two moments ready to be compared: with one and the same zone object only their wall times count.
fn both(vm: &mut Vm, own: &Value, a: &DateTimeData, other: &Value, b: &DateTimeData) -> PyResult<(DateTime, DateTime)> {
    if a.tzinfo.is(&b.tzinfo) {
        return Ok((a.value.naive(), b.value.naive()));
    }
    Ok((resolve(vm, own, a)?, resolve(vm, other, b)?))
}

/// A moment and a plain date are never equal and have no order.
pub(super) fn never_equal(vm: &mut Vm, own: &Value, other: &Value, comparison: Comparison) -> PyResult {
    if comparison.is_equality() {
        return Ok(comparison.unequal());
    }
    let (a, b) = (vm.class_of(own), vm.class_of(other));
    let text = format!("can't compare {} to {}", a.full_name(), b.full_name());
    Err(vm.type_error(text))
}

fn compare(vm: &mut Vm, own: &Value, other: &Value, comparison: Comparison) -> PyResult {
    let Some(a) = own.payload::<DateTimeData>().cloned() else { return Ok(Value::NotImplemented) };
    let Some(b) = other.payload::<DateTimeData>().cloned() else {
        return if super::as_date(other).is_some() {
            never_equal(vm, own, other, comparison)
        } else {
            Ok(Value::NotImplemented)
        };
    };
    let (a, b) = both(vm, own, &a, other, &b)?;
    if comparison.is_equality() {
        return Ok(((a == b) == (comparison == Comparison::Eq)).into());
    }
    match a.compare(&b) {
        Ok(order) => Ok(comparison.holds(order).into()),
        Err(error) => Err(date_error(vm, &error)),
    }
}
