//! `timedelta`

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, One};

use super::{OrRaise, class_arg, comparisons, hash_of, new_timedelta, this};
use crate::python::exceptions::Kind;
use crate::python::modules::arguments::{Comparison, keywords};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::datetime::TimeDelta;

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let builder = ClassBuilder::new("timedelta")
        .module("datetime")
        .native_layout("timedelta")
        .has_dict(false)
        .builtin()
        .constructor(new)
        .property("days", |vm, args| Ok(this::<TimeDelta>(vm, &args)?.days().into()))
        .property("seconds", |vm, args| Ok(this::<TimeDelta>(vm, &args)?.seconds().into()))
        .property("microseconds", |vm, args| Ok(this::<TimeDelta>(vm, &args)?.microseconds().into()))
        .arity("total_seconds", 1, 1, |vm, args| Ok(this::<TimeDelta>(vm, &args)?.total_seconds().into()))
        .arity("__repr__", 1, 1, |vm, args| {
            let text = this::<TimeDelta>(vm, &args)?.repr();
            Ok(renamed(vm, &args[0], "timedelta", text))
        })
        .arity("__str__", 1, 1, |vm, args| Ok(this::<TimeDelta>(vm, &args)?.to_string().into()))
        .arity("__hash__", 1, 1, |vm, args| Ok(hash_of(this::<TimeDelta>(vm, &args)?.total_microseconds())))
        .arity("__bool__", 1, 1, |vm, args| Ok((!this::<TimeDelta>(vm, &args)?.is_zero()).into()))
        .arity("__neg__", 1, 1, |vm, args| {
            let result = this::<TimeDelta>(vm, &args)?.checked_neg();
            finish(vm, result)
        })
        .arity("__pos__", 1, 1, |vm, args| {
            let same = this::<TimeDelta>(vm, &args)?;
            Ok(new_timedelta(vm, &same))
        })
        .arity("__abs__", 1, 1, |vm, args| {
            let result = this::<TimeDelta>(vm, &args)?.checked_abs();
            finish(vm, result)
        })
        .arity("__add__", 2, 2, add)
        .arity("__radd__", 2, 2, add)
        .arity("__sub__", 2, 2, |vm, args| match pair(&args) {
            Some((a, b)) => finish(vm, a.checked_sub(&b)),
            None => Ok(Value::NotImplemented),
        })
        .arity("__rsub__", 2, 2, |vm, args| match pair(&args) {
            Some((a, b)) => finish(vm, b.checked_sub(&a)),
            None => Ok(Value::NotImplemented),
        })
        .arity("__mul__", 2, 2, multiply)
        .arity("__rmul__", 2, 2, multiply)
        .arity("__truediv__", 2, 2, divide)
        .arity("__floordiv__", 2, 2, |vm, args| {
            let a = this::<TimeDelta>(vm, &args)?;
            if let Some(b) = args[1].payload::<TimeDelta>() {
                return match a.div_mod(b) {
                    Some((quotient, _)) => Ok(Value::int(quotient)),
                    None => Err(zero_division(vm)),
                };
            }
            match args[1].as_bigint() {
                Some(n) => match a.floor_div_int(&n) {
                    Some(result) => finish(vm, result),
                    None => Err(zero_division(vm)),
                },
                None => Ok(Value::NotImplemented),
            }
        })
        .arity("__mod__", 2, 2, |vm, args| match pair(&args) {
            Some((a, b)) => match a.div_mod(&b) {
                Some((_, rest)) => Ok(new_timedelta(vm, &rest)),
                None => Err(vm.raise(Kind::ZeroDivisionError, "integer modulo by zero")),
            },
            None => Ok(Value::NotImplemented),
        })
        .arity("__divmod__", 2, 2, |vm, args| match pair(&args) {
            Some((a, b)) => match a.div_mod(&b) {
                Some((quotient, rest)) => {
                    let rest = new_timedelta(vm, &rest);
                    Ok(Value::tuple([Value::int(quotient), rest]))
                }
                None => Err(zero_division(vm)),
            },
            None => Ok(Value::NotImplemented),
        })
        .arity("__reduce__", 1, 1, |vm, args| {
            let own = this::<TimeDelta>(vm, &args)?;
            let class = vm.class_of(&args[0]);
            let state = Value::tuple([own.days().into(), own.seconds().into(), own.microseconds().into()]);
            Ok(Value::tuple([class.into(), state]))
        });
    comparisons(builder, compare).build(vm)
}

/// A repr with the name of a subclass in the place of the class's own.
pub(super) fn renamed(vm: &mut Vm, value: &Value, own: &str, text: String) -> Value {
    let class = vm.class_of(value);
    if class.native {
        return text.into();
    }
    let rest = text.strip_prefix("datetime.").and_then(|text| text.strip_prefix(own)).unwrap_or(&text);
    format!("{}{rest}", class.name()).into()
}

fn finish(vm: &mut Vm, result: Result<TimeDelta, crate::values::datetime::DateError>) -> PyResult {
    let duration = result.or_raise(vm)?;
    Ok(new_timedelta(vm, &duration))
}

fn pair(args: &Args) -> Option<(TimeDelta, TimeDelta)> {
    Some((*args[0].payload::<TimeDelta>()?, *args[1].payload::<TimeDelta>()?))
}

fn zero_division(vm: &mut Vm) -> crate::python::object::Raised {
    vm.raise(Kind::ZeroDivisionError, "integer division or modulo by zero")
}

fn add(vm: &mut Vm, args: Args) -> PyResult {
    match pair(&args) {
        Some((a, b)) => finish(vm, a.checked_add(&b)),
        None => Ok(Value::NotImplemented),
    }
}

fn multiply(vm: &mut Vm, args: Args) -> PyResult {
    let a = this::<TimeDelta>(vm, &args)?;
    match args[1].plain() {
        Value::Real(factor) => match a.mul_f64(factor.get()) {
            Some(result) => finish(vm, result),
            None => Err(not_finite(vm, factor.get())),
        },
        other => match other.as_bigint() {
            Some(factor) => finish(vm, a.checked_mul(&factor)),
            None => Ok(Value::NotImplemented),
        },
    }
}

fn divide(vm: &mut Vm, args: Args) -> PyResult {
    let a = this::<TimeDelta>(vm, &args)?;
    if let Some(b) = args[1].payload::<TimeDelta>() {
        return match a.ratio(b) {
            Some(ratio) => Ok(ratio.into()),
            None => Err(vm.raise(Kind::ZeroDivisionError, "division by zero")),
        };
    }
    match args[1].plain() {
        Value::Real(divisor) => match a.div_f64(divisor.get()) {
            Some(result) => finish(vm, result),
            None if divisor.get() == 0.0 => Err(zero_division(vm)),
            None => Err(not_finite(vm, divisor.get())),
        },
        other => match other.as_bigint() {
            Some(divisor) => match a.div_int(&divisor) {
                Some(result) => finish(vm, result),
                None => Err(zero_division(vm)),
            },
            None => Ok(Value::NotImplemented),
        },
    }
}

fn not_finite(vm: &mut Vm, number: f64) -> crate::python::object::Raised {
    if number.is_nan() {
        vm.value_error("cannot convert NaN to integer ratio")
    } else {
        vm.raise(Kind::OverflowError, "cannot convert Infinity to integer ratio")
    }
}

fn compare(_vm: &mut Vm, own: &Value, other: &Value, comparison: Comparison) -> PyResult {
    match (own.payload::<TimeDelta>(), other.payload::<TimeDelta>()) {
        (Some(a), Some(b)) => Ok(comparison.holds(a.cmp(b)).into()),
        _ => Ok(Value::NotImplemented),
    }
}

const UNITS: [(&str, i64); 7] = [
    ("days", 86_400_000_000),
    ("seconds", 1_000_000),
    ("microseconds", 1),
    ("milliseconds", 1_000),
    ("minutes", 60_000_000),
    ("hours", 3_600_000_000),
    ("weeks", 604_800_000_000),
];

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = class_arg(vm, &args)?;
    let given = keywords(vm, args, 1, "__new__", UNITS.map(|(name, _)| name), 0)?;
    let mut total = BigInt::default();
    let mut leftover = 0.0;
    // The order in which fractions are added up decides the last bit: from the smallest unit to the greatest.
    for at in [2, 3, 1, 4, 5, 0, 6] {
        let (name, factor) = UNITS[at];
        match given[at].plain() {
            Value::Unset => {}
            Value::Real(number) => {
                let number = number.get();
                let whole = number.trunc();
                let Some(units) = BigInt::from_f64(whole) else {
                    return Err(if number.is_nan() {
                        vm.value_error("cannot convert float NaN to integer")
                    } else {
                        vm.raise(Kind::OverflowError, "cannot convert float infinity to integer")
                    });
                };
                total += units * factor;
                let part = (number - whole) * factor as f64;
                leftover += part.fract();
                total += BigInt::from_f64(part.trunc()).unwrap_or_default();
            }
            other => match other.as_bigint() {
                Some(units) => total += units * factor,
                None => {
                    let kind = vm.type_name(&given[at]);
                    return Err(vm.type_error(format!("unsupported type for timedelta {name} component: {kind}")));
                }
            },
        }
    }
    if leftover != 0.0 {
        let mut whole = f64::round(leftover);
        if (whole - leftover).abs() == 0.5 {
            let odd = if (&total & BigInt::one()) == BigInt::one() { 1.0 } else { 0.0 };
            whole = 2.0 * f64::round((leftover + odd) * 0.5) - odd;
        }
        total += BigInt::from_f64(whole).unwrap_or_default();
    }
    let duration = TimeDelta::from_big_microseconds(&total).or_raise(vm)?;
    Ok(Instance::native(class, duration).into())
}
