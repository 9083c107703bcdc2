//! `date`, and what `isocalendar()` gives.

use std::rc::Rc;

use super::timedelta::renamed;
use super::{
    DateTimeData, OrRaise, as_date, as_date_part, class_arg, classes, comparisons, hash_of, new_date, new_timedelta,
    this,
};
use crate::python::modules::arguments::{Comparison, c_int, index, keywords, text};
use crate::python::modules::{clock, time as time_module};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::{Date, DateTime, IsoCalendar, Time, TimeDelta};

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let builder = ClassBuilder::new("date")
        .module("datetime")
        .native_layout("date")
        .has_dict(false)
        .builtin()
        .constructor(new)
        .property("year", |vm, args| Ok(part(vm, &args)?.year().into()))
        .property("month", |vm, args| Ok(i64::from(part(vm, &args)?.month()).into()))
        .property("day", |vm, args| Ok(i64::from(part(vm, &args)?.day()).into()))
        .raw_class_method("today", |vm, args| {
            let class = no_arguments(vm, &args, "date.today")?;
            // A class derived from `datetime` makes a whole moment of it.
            let now = clock(vm).local();
            from_moment(vm, class, now)
        })
        .raw_class_method("fromtimestamp", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [stamp] = keywords(vm, args, 1, "fromtimestamp", ["timestamp"], 1)?;
            let stamp = timestamp(vm, &stamp)?;
            let zone = clock(vm).zone.clone();
            let moment = DateTime::fromtimestamp(stamp, &zone).or_raise(vm)?;
            from_moment(vm, class, moment.naive())
        })
        .raw_class_method("fromordinal", |vm, args| {
            let class = class_arg(vm, &args)?;
            let [ordinal] = keywords(vm, args, 1, "fromordinal", ["ordinal"], 1)?;
            let ordinal = c_int(vm, &ordinal)?;
            let date = Date::from_ordinal(ordinal).or_raise(vm)?;
            from_moment(vm, class, DateTime::combine(date, Time::MIDNIGHT))
        })
        .raw_class_method("fromisoformat", |vm, args| {
            let class = class_arg(vm, &args)?;
            let Some(text) = args[1].as_str().cloned() else {
                return Err(vm.type_error("fromisoformat: argument must be str"));
            };
            let date = Date::fromisoformat(&text).or_raise(vm)?;
            Ok(Instance::native(class, date).into())
        })
        .raw_class_method("fromisocalendar", |vm, args| {
            let class = class_arg(vm, &args)?;
            let given = keywords(vm, args, 1, "fromisocalendar", ["year", "week", "day"], 3)?;
            let [year, week, day] = ints(vm, &given)?;
            let date = Date::from_isocalendar(year, week, day).or_raise(vm)?;
            from_moment(vm, class, DateTime::combine(date, Time::MIDNIGHT))
        })
        .arity("toordinal", 1, 1, |vm, args| Ok(part(vm, &args)?.to_ordinal().into()))
        .arity("weekday", 1, 1, |vm, args| Ok(i64::from(part(vm, &args)?.weekday()).into()))
        .arity("isoweekday", 1, 1, |vm, args| Ok(i64::from(part(vm, &args)?.isoweekday()).into()))
        .arity("isocalendar", 1, 1, |vm, args| {
            let IsoCalendar { year, week, weekday } = part(vm, &args)?.isocalendar();
            let items = Value::tuple([year.into(), i64::from(week).into(), i64::from(weekday).into()]);
            let class = classes(vm).iso_calendar.clone();
            Ok(Instance::with_value(class, items).into())
        })
        .arity("isoformat", 1, 1, |vm, args| Ok(part(vm, &args)?.isoformat().into()))
        .arity("ctime", 1, 1, |vm, args| Ok(part(vm, &args)?.ctime().into()))
        .arity("timetuple", 1, 1, |vm, args| {
            let date = part(vm, &args)?;
            Ok(time_module::struct_time(vm, &DateTime::combine(date, Time::MIDNIGHT), -1))
        })
        .raw("strftime", |vm, args| {
            let date = part(vm, &args)?;
            let [format] = keywords(vm, args, 1, "strftime", ["format"], 1)?;
            let format = text(vm, &format, "strftime() argument 1")?;
            Ok(DateTime::combine(date, Time::MIDNIGHT).strftime(&format).into())
        })
        .arity("__format__", 2, 2, |vm, args| {
            let format = text(vm, &args[1], "__format__() argument 1")?;
            if format.is_empty() {
                return vm.to_str(&args[0]).map(Value::from);
            }
            vm.call_method(&args[0], "strftime", Value::from(format))
        })
        .raw("replace", |vm, args| {
            let date = this::<Date>(vm, &args)?;
            let class = vm.class_of(&args[0]);
            let given = keywords(vm, args, 1, "replace", ["year", "month", "day"], 0)?;
            let [year, month, day] = optional_ints(vm, &given)?;
            let date = date.replace(year, month, day).or_raise(vm)?;
            Ok(Instance::native(class, date).into())
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let text = part(vm, &args)?.repr();
            Ok(renamed(vm, &args[0], "date", text))
        })
        .arity("__str__", 1, 1, |vm, args| {
            if as_date(&args[0]).is_some() {
                return Ok(part(vm, &args)?.to_string().into());
            }
            vm.call_method(&args[0], "isoformat", Value::from(" "))
        })
        .arity("__hash__", 1, 1, |vm, args| Ok(hash_of(part(vm, &args)?.to_ordinal().into())))
        .arity("__add__", 2, 2, add)
        .arity("__radd__", 2, 2, add)
        .arity("__sub__", 2, 2, |vm, args| {
            let Some(date) = as_date(&args[0]) else { return Ok(Value::NotImplemented) };
            if let Some(other) = as_date(&args[1]) {
                return Ok(new_timedelta(vm, &date.since(&other)));
            }
            let Some(delta) = args[1].payload::<TimeDelta>().copied() else { return Ok(Value::NotImplemented) };
            let moved = date.checked_sub(&delta).or_raise(vm)?;
            let class = vm.class_of(&args[0]);
            Ok(Instance::native(class, moved).into())
        })
        .arity("__reduce__", 1, 1, |vm, args| {
            let date = this::<Date>(vm, &args)?;
            let class = vm.class_of(&args[0]);
            let state = [date.year().into(), i64::from(date.month()).into(), i64::from(date.day()).into()];
            Ok(Value::tuple([class.into(), Value::tuple(state)]))
        });
    comparisons(builder, compare).build(vm)
}

/// The date of a `date` or a `datetime`.
pub(super) fn part(vm: &mut Vm, args: &Args) -> PyResult<Date> {
    match as_date_part(&args[0]) {
        Some(date) => Ok(date),
        None => this::<Date>(vm, args),
    }
}

/// Integers that fields are given as.
pub(super) fn ints<const N: usize>(vm: &mut Vm, given: &[Value; N]) -> PyResult<[i64; N]> {
    let mut numbers = [0; N];
    for (number, value) in numbers.iter_mut().zip(given) {
        if !value.is_unset() {
            *number = c_int(vm, value)?;
        }
    }
    Ok(numbers)
}

/// The same, where each may be missing.
pub(super) fn optional_ints<const N: usize>(vm: &mut Vm, given: &[Value; N]) -> PyResult<[Option<i64>; N]> {
    let mut numbers = [None; N];
    for (number, value) in numbers.iter_mut().zip(given) {
        if !value.is_unset() {
            *number = Some(c_int(vm, value)?);
        }
    }
    Ok(numbers)
}

/// The seconds of a timestamp argument.
pub(super) fn timestamp(vm: &mut Vm, value: &Value) -> PyResult<f64> {
    match value.plain() {
        Value::Real(number) => Ok(number.get()),
        _ => {
            let number = index(vm, value)?;
            crate::python::modules::arguments::float(vm, &Value::int(number))
        }
    }
}

/// The class of a class method that takes nothing.
pub(super) fn no_arguments(vm: &mut Vm, args: &Args, name: &str) -> PyResult<Rc<Class>> {
    if args.len() > 1 || !args.keywords.is_empty() {
        let given = args.len().saturating_sub(1) + args.keywords.len();
        return Err(vm.type_error(if args.keywords.is_empty() {
            format!("{name}() takes no arguments ({given} given)")
        } else {
            format!("{name}() takes no keyword arguments")
        }));
    }
    class_arg(vm, args)
}

/// An instance of a class that derives from `date`, or from `datetime`, for this moment.
fn from_moment(vm: &mut Vm, class: Rc<Class>, moment: DateTime) -> PyResult {
    let whole = classes(vm).datetime.clone();
    Ok(if class.derives_from(&whole) {
        Instance::native(class, DateTimeData { value: moment, tzinfo: Value::None }).into()
    } else {
        Instance::native(class, moment.date()).into()
    })
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = class_arg(vm, &args)?;
    let given = keywords(vm, args, 1, "", ["year", "month", "day"], 3)?;
    let [year, month, day] = ints(vm, &given)?;
    let date = Date::new(year, month, day).or_raise(vm)?;
    Ok(Instance::native(class, date).into())
}

fn add(vm: &mut Vm, args: Args) -> PyResult {
    let (Some(date), Some(delta)) = (as_date(&args[0]), args[1].payload::<TimeDelta>()) else {
        return Ok(Value::NotImplemented);
    };
    let moved = date.checked_add(delta).or_raise(vm)?;
    let class = vm.class_of(&args[0]);
    if class.native {
        return Ok(new_date(vm, &moved));
    }
    Ok(Instance::native(class, moved).into())
}

fn compare(vm: &mut Vm, own: &Value, other: &Value, comparison: Comparison) -> PyResult {
    match (as_date(own), as_date(other)) {
        (Some(a), Some(b)) => Ok(comparison.holds(a.to_ordinal().cmp(&b.to_ordinal())).into()),
        (Some(_), None) if other.payload::<DateTimeData>().is_some() => {
            super::datetime::never_equal(vm, own, other, comparison)
        }
        _ => Ok(Value::NotImplemented),
    }
}

/// The tuple that `isocalendar()` gives, with names.
pub(super) fn iso_calendar_class(vm: &mut Vm) -> Rc<Class> {
    fn item(args: &Args, at: usize) -> Value {
        args[0].as_tuple().and_then(|items| items.get(at).cloned()).unwrap_or(Value::None)
    }
    let tuple = vm.types.tuple.clone();
    ClassBuilder::new("IsoCalendarDate")
        .module("datetime")
        .base(&tuple)
        .builtin()
        .has_dict(false)
        .property("year", |_, args| Ok(item(&args, 0)))
        .property("week", |_, args| Ok(item(&args, 1)))
        .property("weekday", |_, args| Ok(item(&args, 2)))
        .arity("__repr__", 1, 1, |vm, args| {
            let (year, week, day) = (vm.repr(&item(&args, 0))?, vm.repr(&item(&args, 1))?, vm.repr(&item(&args, 2))?);
            Ok(format!("datetime.IsoCalendarDate(year={year}, week={week}, weekday={day})").into())
        })
        .build(vm)
}
