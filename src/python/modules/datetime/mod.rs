//! `datetime`: dates, times, durations and zones as classes over [`crate::values::datetime`].
//!
//! A host makes and reads them with [`new_datetime`], [`as_datetime`] and their like.

mod date;
#[expect(clippy::module_inception, reason = "Python's word for the type is also its module's")]
mod datetime;
mod time;
mod timedelta;
mod zone;

use std::rc::Rc;

use super::arguments::Comparison;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Raised, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{Date, DateError, DateTime, Time, TimeDelta, TimeZone};

pub use zone::{zone_class, zoneinfo_module};

/// The module's classes.
pub struct Classes {
    /// `date`
    pub date: Rc<Class>,
    /// `time`
    pub time: Rc<Class>,
    /// `datetime`
    pub datetime: Rc<Class>,
    /// `timedelta`
    pub timedelta: Rc<Class>,
    /// `tzinfo`
    pub tzinfo: Rc<Class>,
    /// `timezone`
    pub timezone: Rc<Class>,
    /// `timezone.utc`
    pub utc: Value,
    /// What `isocalendar()` gives.
    pub iso_calendar: Rc<Class>,
}

/// A datetime as Python holds it: the zone once more as the object that was given.
#[derive(Clone)]
pub(super) struct DateTimeData {
    /// The moment. Its zone is set where `tzinfo` is one of ours, not for a class written in Python.
    value: DateTime,
    tzinfo: Value,
}

/// A time of day as Python holds it.
#[derive(Clone)]
pub(super) struct TimeData {
    value: Time,
    tzinfo: Value,
}

/// The classes, made on first use.
pub fn classes(vm: &mut Vm) -> Rc<Classes> {
    vm.hosted(|vm| {
        let tzinfo = zone::tzinfo_class(vm);
        let timezone = zone::timezone_class(vm, &tzinfo);
        let utc: Value = Instance::native(timezone.clone(), TimeZone::UTC).into();
        timezone.set("utc", utc.clone());
        let timedelta = timedelta::class(vm);
        let date = date::class(vm);
        let time = time::class(vm);
        let datetime = datetime::class(vm, &date);
        let iso_calendar = date::iso_calendar_class(vm);
        Classes { date, time, datetime, timedelta, tzinfo, timezone, utc, iso_calendar }
    })
}

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let classes = classes(vm);
    for (class, least, greatest, resolution) in [
        (
            &classes.timedelta,
            new_timedelta(vm, &TimeDelta::MIN),
            new_timedelta(vm, &TimeDelta::MAX),
            TimeDelta::RESOLUTION,
        ),
        (&classes.date, new_date(vm, &Date::MIN), new_date(vm, &Date::MAX), TimeDelta::from_days(1)),
        (&classes.time, new_time(vm, &Time::MIDNIGHT), new_time(vm, &Time::MAX), TimeDelta::RESOLUTION),
        (
            &classes.datetime,
            new_datetime(vm, &DateTime::min()),
            new_datetime(vm, &DateTime::max()),
            TimeDelta::RESOLUTION,
        ),
    ] {
        class.set("min", least);
        class.set("max", greatest);
        let resolution = new_timedelta(vm, &resolution);
        class.set("resolution", resolution);
    }
    for (name, minutes) in [("min", -1439), ("max", 1439)] {
        let offset = TimeDelta::from_seconds(minutes * 60);
        let zone: Value = Instance::native(classes.timezone.clone(), TimeZone::Fixed { offset, name: None }).into();
        classes.timezone.set(name, zone);
    }
    Ok(Module::new("datetime")
        .class(&classes.date)
        .class(&classes.datetime)
        .class(&classes.time)
        .class(&classes.timedelta)
        .class(&classes.timezone)
        .class(&classes.tzinfo)
        .value("UTC", classes.utc.clone())
        .value("MINYEAR", 1)
        .value("MAXYEAR", 9999)
        .build())
}

/// A `date`.
pub fn new_date(vm: &mut Vm, date: &Date) -> Value {
    let class = classes(vm).date.clone();
    Instance::native(class, *date).into()
}

/// A `time`.
pub fn new_time(vm: &mut Vm, time: &Time) -> Value {
    let class = classes(vm).time.clone();
    let tzinfo = zone_or_none(vm, time.zone());
    Instance::native(class, TimeData { value: time.clone(), tzinfo }).into()
}

/// A `datetime`.
pub fn new_datetime(vm: &mut Vm, moment: &DateTime) -> Value {
    let class = classes(vm).datetime.clone();
    let tzinfo = zone_or_none(vm, moment.zone());
    Instance::native(class, DateTimeData { value: moment.clone(), tzinfo }).into()
}

/// A `timedelta`.
pub fn new_timedelta(vm: &mut Vm, duration: &TimeDelta) -> Value {
    let class = classes(vm).timedelta.clone();
    Instance::native(class, *duration).into()
}

/// A `timezone` or `ZoneInfo`: for UTC and for each key of a zone always the same object.
pub fn new_timezone(vm: &mut Vm, zone: &TimeZone) -> Value {
    match zone {
        TimeZone::Fixed { offset, name: None } if offset.is_zero() => classes(vm).utc.clone(),
        TimeZone::Fixed { .. } => {
            let class = classes(vm).timezone.clone();
            Instance::native(class, zone.clone()).into()
        }
        TimeZone::Zone(_) => zone::zoneinfo(vm, zone),
    }
}

fn zone_or_none(vm: &mut Vm, zone: Option<&TimeZone>) -> Value {
    zone.map_or(Value::None, |zone| new_timezone(vm, zone))
}

/// The date that a `date` is; `None` for anything else, also for a `datetime`.
pub fn as_date(value: &Value) -> Option<Date> {
    value.payload::<Date>().copied()
}

/// The date of a `date` or a `datetime`.
pub fn as_date_part(value: &Value) -> Option<Date> {
    as_date(value).or_else(|| value.payload::<DateTimeData>().map(|data| data.value.date()))
}

/// The moment that a `datetime` is. A zone written in Python is not in it: use [`resolve_datetime`] where that matters.
pub fn as_datetime(value: &Value) -> Option<DateTime> {
    value.payload::<DateTimeData>().map(|data| data.value.clone())
}

/// The moment that a `datetime` is, a zone written in Python asked for its offset.
pub fn resolve_datetime(vm: &mut Vm, value: &Value) -> PyResult<Option<DateTime>> {
    match value.payload::<DateTimeData>() {
        Some(data) => Ok(Some(datetime::resolve(vm, value, &data.clone())?)),
        None => Ok(None),
    }
}

/// The time of day that a `time` is.
pub fn as_time(value: &Value) -> Option<Time> {
    value.payload::<TimeData>().map(|data| data.value.clone())
}

/// The duration that a `timedelta` is.
pub fn as_timedelta(value: &Value) -> Option<TimeDelta> {
    value.payload::<TimeDelta>().copied()
}

/// The zone that a `timezone` or `ZoneInfo` is.
pub fn as_timezone(value: &Value) -> Option<TimeZone> {
    value.payload::<TimeZone>().cloned()
}

/// The exception for a date that cannot be.
pub fn date_error(vm: &mut Vm, error: &DateError) -> Raised {
    let kind = if error.is_overflow() {
        Kind::OverflowError
    } else if error.is_type_error() {
        Kind::TypeError
    } else {
        Kind::ValueError
    };
    vm.raise(kind, error.to_string())
}

/// Passes on a result from [`crate::values::datetime`].
trait OrRaise<T> {
    fn or_raise(self, vm: &mut Vm) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, DateError> {
    fn or_raise(self, vm: &mut Vm) -> PyResult<T> {
        self.map_err(|error| date_error(vm, &error))
    }
}

/// The receiver's data, or a `TypeError` for something else.
fn this<T: Clone + 'static>(vm: &mut Vm, args: &Args) -> PyResult<T> {
    match args[0].payload::<T>() {
        Some(data) => Ok(data.clone()),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("descriptor requires a datetime object but received '{name}'")))
        }
    }
}

/// The class that a constructor or class method was called on.
fn class_arg(vm: &mut Vm, args: &Args) -> PyResult<Rc<Class>> {
    match args[0].as_class() {
        Some(class) => Ok(class.clone()),
        None => Err(vm.type_error("a class was expected")),
    }
}

/// Checks a `tzinfo` argument; gives it with the zone that it is, when it is one of ours.
fn zone_arg(vm: &mut Vm, value: Value) -> PyResult<(Value, Option<TimeZone>)> {
    if value.is_unset() || value.is_none() {
        return Ok((Value::None, None));
    }
    let zone = as_timezone(&value);
    let base = classes(vm).tzinfo.clone();
    if zone.is_some() || vm.class_of(&value).derives_from(&base) {
        return Ok((value, zone));
    }
    let name = vm.type_name(&value);
    Err(vm.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{name}'")))
}

/// The comparison methods of a class.
fn comparisons(
    mut builder: ClassBuilder,
    compare: fn(&mut Vm, &Value, &Value, Comparison) -> PyResult,
) -> ClassBuilder {
    for (name, comparison) in Comparison::METHODS {
        builder =
            builder.method_closure(name, "self, other, /", move |vm, args| compare(vm, &args[0], &args[1], comparison));
    }
    builder
}

/// A hash of a number that equal values share.
fn hash_of(key: i128) -> Value {
    let mixed = (key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((key >> 64) as u64);
    let hash = (mixed >> 3) as i64;
    Value::Int(hash)
}
