//! `time`: the pinned clock. Nothing waits: `sleep` returns at once and leaves a note.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::arguments::{c_size, float, text};
use super::clock;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, NativeFn, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{Date, DateTime, Time, TimeZone, strptime};

const FIELDS: [&str; 9] =
    ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"];

/// What was slept, and a counter that grows with every look at a clock for measuring.
#[derive(Default)]
pub struct Naps {
    slept: RefCell<Vec<f64>>,
    ticks: Cell<i64>,
}

/// The seconds of each `sleep` so far, which all returned at once: for the host to tell.
pub fn naps(vm: &mut Vm) -> Vec<f64> {
    let naps = vm.hosted(|_| Naps::default());
    let slept = naps.slept.borrow();
    slept.clone()
}

struct StructTime(Rc<Class>);

fn struct_class(vm: &mut Vm) -> Rc<Class> {
    let made = vm.hosted(|vm| {
        fn item(args: &Args, at: usize) -> PyResult {
            Ok(args[0].as_tuple().and_then(|items| items.get(at).cloned()).unwrap_or(Value::None))
        }
        let gets: [NativeFn; 9] = [
            |_, args| item(&args, 0),
            |_, args| item(&args, 1),
            |_, args| item(&args, 2),
            |_, args| item(&args, 3),
            |_, args| item(&args, 4),
            |_, args| item(&args, 5),
            |_, args| item(&args, 6),
            |_, args| item(&args, 7),
            |_, args| item(&args, 8),
        ];
        let tuple = vm.types.tuple.clone();
        let mut builder = ClassBuilder::new("struct_time")
            .module("time")
            .base(&tuple)
            .builtin()
            .has_dict(false)
            .constructor(|vm, args| {
                let class = vm.class_arg(&args, 0)?;
                let items = vm.list_from(&args[1])?;
                if items.len() < 9 {
                    let length = items.len();
                    return Err(vm.type_error(format!(
                        "time.struct_time() takes an at least 9-sequence ({length}-sequence given)"
                    )));
                }
                Ok(Instance::with_value(class, Value::tuple(items[..9].to_vec())).into())
            })
            .arity("__repr__", 1, 1, |vm, args| {
                let items = args[0].as_tuple().unwrap_or_default().to_vec();
                let mut parts = Vec::new();
                for (name, value) in FIELDS.iter().zip(&items) {
                    parts.push(format!("{name}={}", vm.repr(value)?));
                }
                Ok(format!("time.struct_time({})", parts.join(", ")).into())
            })
            .property("tm_zone", |vm, _| Ok(clock(vm).zone.to_string().into()))
            .property("tm_gmtoff", |_, _| Ok(0.into()));
        for (name, get) in FIELDS.iter().zip(gets) {
            builder = builder.property(name, get);
        }
        StructTime(builder.build(vm))
    });
    made.0.clone()
}

/// A `struct_time` of a wall time.
pub fn struct_time(vm: &mut Vm, moment: &DateTime, summer: i64) -> Value {
    let date = moment.date();
    let numbers = [
        i64::from(moment.year()),
        moment.month().into(),
        moment.day().into(),
        moment.hour().into(),
        moment.minute().into(),
        moment.second().into(),
        date.weekday().into(),
        date.day_of_year().into(),
        summer,
    ];
    let class = struct_class(vm);
    Instance::with_value(class, Value::tuple(numbers.map(Value::Int))).into()
}

/// The wall time that a `struct_time` or a tuple like it names.
fn moment_of(vm: &mut Vm, value: &Value) -> PyResult<DateTime> {
    let Some(items) = value.as_tuple().map(<[Value]>::to_vec) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if items.len() != 9 {
        return Err(
            vm.type_error("function takes exactly 9 arguments".to_owned() + &format!(" ({} given)", items.len()))
        );
    }
    let mut numbers = [0; 9];
    for (number, item) in numbers.iter_mut().zip(&items) {
        *number = c_size(vm, item)?;
    }
    let [year, month, day, hour, minute, second, ..] = numbers;
    let made = DateTime::new((year, month.max(1), day.max(1)), (hour, minute, second.min(59), 0));
    made.map_err(|error| super::datetime::date_error(vm, &error))
}

fn seconds_or_now(vm: &mut Vm, value: &Value) -> PyResult<f64> {
    if value.is_none() || value.is_unset() {
        return Ok(clock(vm).timestamp());
    }
    Ok(float(vm, value)?.floor())
}

fn at(vm: &mut Vm, value: &Value, zone: &TimeZone) -> PyResult<DateTime> {
    let stamp = seconds_or_now(vm, value)?;
    DateTime::fromtimestamp(stamp, zone).map_err(|error| super::datetime::date_error(vm, &error))
}

/// A reading for measuring: it grows by a microsecond each time, so that durations are small, positive and the same in
/// every run.
fn reading(vm: &mut Vm) -> i64 {
    let naps = vm.hosted(|_| Naps::default());
    let next = naps.ticks.get() + 1;
    naps.ticks.set(next);
    next
}

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let class = struct_class(vm);
    let counter: NativeFn = |vm, _| Ok((1000.0 + reading(vm) as f64 / 1e6).into());
    let counter_ns: NativeFn = |vm, _| Ok((1_000_000_000_000 + reading(vm) * 1000).into());
    Ok(Module::new("time")
        .class(&class)
        .function("time", "", |vm, _| Ok(clock(vm).timestamp().into()))
        .function("time_ns", "", |vm, _| Ok(((clock(vm).timestamp() * 1e6) as i64 * 1000).into()))
        .function("monotonic", "", counter)
        .function("perf_counter", "", counter)
        .function("process_time", "", counter)
        .function("thread_time", "", counter)
        .function("monotonic_ns", "", counter_ns)
        .function("perf_counter_ns", "", counter_ns)
        .function("process_time_ns", "", counter_ns)
        .function("sleep", "seconds, /", |vm, args| {
            let seconds = float(vm, &args[0])?;
            if seconds < 0.0 {
                return Err(vm.value_error("sleep length must be non-negative"));
            }
            vm.tick()?;
            let naps = vm.hosted(|_| Naps::default());
            naps.slept.borrow_mut().push(seconds);
            Ok(Value::None)
        })
        .function("gmtime", "seconds=None, /", |vm, args| {
            let moment = at(vm, &args[0], &TimeZone::UTC)?;
            Ok(struct_time(vm, &moment, 0))
        })
        .function("localtime", "seconds=None, /", |vm, args| {
            let zone = clock(vm).zone.clone();
            let moment = at(vm, &args[0], &zone)?;
            let summer = moment.dst().is_some_and(|summer| !summer.is_zero());
            Ok(struct_time(vm, &moment.naive(), summer.into()))
        })
        .function("mktime", "tuple, /", |vm, args| {
            let moment = moment_of(vm, &args[0])?;
            let zone = clock(vm).zone.clone();
            Ok(moment.timestamp(&zone).into())
        })
        .function("strftime", "format, tuple=None, /", |vm, args| {
            let format = text(vm, &args[0], "strftime() argument 1")?;
            let moment = if args[1].is_none() { clock(vm).local() } else { moment_of(vm, &args[1])? };
            Ok(moment.strftime(&format).into())
        })
        .function("strptime", "string, format='%a %b %d %H:%M:%S %Y', /", |vm, args| {
            let given = text(vm, &args[0], "strptime() argument 0")?;
            let format = text(vm, &args[1], "strptime() argument 1")?;
            match strptime(&given, &format) {
                Ok(read) => {
                    let (hour, minute, second) = read.clock;
                    let time =
                        Time::new(hour.into(), minute.into(), i64::from(second).min(59), 0).unwrap_or(Time::MIDNIGHT);
                    let date: Date = read.date;
                    Ok(struct_time(vm, &DateTime::combine(date, time), -1))
                }
                Err(error) => Err(super::datetime::date_error(vm, &error)),
            }
        })
        .function("ctime", "seconds=None, /", |vm, args| {
            let zone = clock(vm).zone.clone();
            Ok(at(vm, &args[0], &zone)?.ctime().into())
        })
        .function("asctime", "tuple=None, /", |vm, args| {
            let moment = if args[0].is_none() { clock(vm).local() } else { moment_of(vm, &args[0])? };
            Ok(moment.ctime().into())
        })
        .value("timezone", 0)
        .value("altzone", 0)
        .value("daylight", 0)
        .value("tzname", Value::tuple(["UTC".into(), "UTC".into()]))
        .build())
}
