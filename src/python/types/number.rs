//! `int`, `bool`, `float` and `complex`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Num, One, Signed, ToPrimitive, Zero};

use super::dunder;
use crate::python::exceptions::Kind;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::ops::hash::frexp;
use crate::python::ops::number::float_to_int;
use crate::python::vm::Vm;

const ARITHMETIC: &[(&str, BinaryOp, bool)] = &[
    ("__add__", BinaryOp::Add, false),
    ("__radd__", BinaryOp::Add, true),
    ("__sub__", BinaryOp::Sub, false),
    ("__rsub__", BinaryOp::Sub, true),
    ("__mul__", BinaryOp::Mul, false),
    ("__rmul__", BinaryOp::Mul, true),
    ("__truediv__", BinaryOp::Div, false),
    ("__rtruediv__", BinaryOp::Div, true),
    ("__pow__", BinaryOp::Pow, false),
    ("__rpow__", BinaryOp::Pow, true),
];
const FLOOR: &[(&str, BinaryOp, bool)] = &[
    ("__floordiv__", BinaryOp::FloorDiv, false),
    ("__rfloordiv__", BinaryOp::FloorDiv, true),
    ("__mod__", BinaryOp::Mod, false),
    ("__rmod__", BinaryOp::Mod, true),
];
const BITS: &[(&str, BinaryOp, bool)] = &[
    ("__and__", BinaryOp::BitAnd, false),
    ("__rand__", BinaryOp::BitAnd, true),
    ("__or__", BinaryOp::BitOr, false),
    ("__ror__", BinaryOp::BitOr, true),
    ("__xor__", BinaryOp::BitXor, false),
    ("__rxor__", BinaryOp::BitXor, true),
    ("__lshift__", BinaryOp::LShift, false),
    ("__rlshift__", BinaryOp::LShift, true),
    ("__rshift__", BinaryOp::RShift, false),
    ("__rrshift__", BinaryOp::RShift, true),
];

fn wrap(class: Rc<Class>, exact: &Rc<Class>, value: Value) -> Value {
    if Rc::ptr_eq(&class, exact) { value } else { Instance::with_value(class, value).into() }
}

fn big(vm: &mut Vm, value: &Value) -> PyResult<BigInt> {
    match value.as_bigint() {
        Some(number) => Ok(number),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires an 'int' object but received a '{given}'")))
        }
    }
}

fn float(vm: &mut Vm, value: &Value) -> PyResult<f64> {
    match value.plain() {
        Value::Real(number) => Ok(number.get()),
        _ => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'float' object but received a '{given}'")))
        }
    }
}

/// A digit of any script as its ASCII form; other characters stay.
fn plain_digits(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars()
        .map(|character| {
            use unicode_general_category::{GeneralCategory, get_general_category};
            if !character.is_ascii() && get_general_category(character) == GeneralCategory::DecimalNumber {
                // Decimal digits stand in runs of ten, in order.
                let code = character as u32;
                let mut zero = code;
                while code - zero < 9
                    && char::from_u32(zero - 1)
                        .is_some_and(|c| get_general_category(c) == GeneralCategory::DecimalNumber)
                {
                    zero -= 1;
                }
                char::from_digit(code - zero, 10).unwrap_or(character)
            } else {
                character
            }
        })
        .collect()
}

/// Underscores between digits taken out; `None` where one stands elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'_' {
            let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
            if !digit(at.checked_sub(1)) || !digit(Some(at + 1)) {
                return None;
            }
        }
    }
    Some(text.replace('_', ""))
}

impl Vm {
    /// `int(text, base)`
    pub fn parse_int(&mut self, text: &str, base: u32, shown: &Value) -> PyResult {
        let plain = plain_digits(text.trim_matches(super::str_::is_space));
        let (negative, body) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let lower = body.to_ascii_lowercase();
        let mut actual = base;
        let mut digits = lower.as_str();
        for (prefix, of) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if (base == 0 || base == of) && lower.starts_with(prefix) {
                actual = of;
                digits = &lower[2..];
                digits = digits.strip_prefix('_').unwrap_or(digits);
            }
        }
        if actual == 0 {
            actual = 10;
            if digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0' && byte != b'_') {
                digits = "";
            }
        }
        let clean = without_underscores(digits)
            .filter(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(actual)));
        let Some(clean) = clean else {
            let text = self.repr(shown)?;
            return Err(self.value_error(format!("invalid literal for int() with base {base}: {text}")));
        };
        if clean.len() > 4300 && !actual.is_power_of_two() {
            return Err(self.value_error(format!(
                "Exceeds the limit (4300 digits) for integer string conversion: value has {} digits; use \
                 sys.set_int_max_str_digits() to increase the limit",
                clean.len()
            )));
        }
        self.check_bits(clean.len() as u64 * 6)?;
        let number = match i64::from_str_radix(&clean, actual) {
            Ok(number) => BigInt::from(number),
            Err(_) => BigInt::from_str_radix(&clean, actual).unwrap_or_default(),
        };
        Ok(Value::int(if negative { -number } else { number }))
    }

    /// `int(value)`
    pub fn to_int(&mut self, value: &Value) -> PyResult {
        match value.plain() {
            Value::Str(text) if !matches!(value, Value::Instance(_)) => {
                let text = text.clone();
                return self.parse_int(&text, 10, value);
            }
            Value::Bytes(data) => {
                let text = String::from_utf8_lossy(data).into_owned();
                return self.parse_int(&text, 10, value);
            }
            plain @ (Value::Int(_) | Value::BigInt(_)) if !matches!(value, Value::Instance(_)) => {
                return Ok(plain.clone());
            }
            Value::Truth(truth) => return Ok(Value::Int(i64::from(*truth))),
            Value::Real(number) if !matches!(value, Value::Instance(_)) => return self.float_as_int(number.get()),
            _ => {}
        }
        for name in [self.names.int.clone(), self.names.index.clone(), self.names.trunc.clone()] {
            if let Some(made) = self.call_special(value, &name, &[])? {
                return match made.plain() {
                    plain @ (Value::Int(_) | Value::BigInt(_)) => Ok(plain.clone()),
                    Value::Truth(truth) => Ok(Value::Int(i64::from(*truth))),
                    other => {
                        let given = self.type_name(other);
                        Err(self.type_error(format!("{name} returned non-int (type {given})")))
                    }
                };
            }
        }
        if let Value::Str(text) = value.plain() {
            let (text, shown) = (text.clone(), Value::Str(text.clone()));
            return self.parse_int(&text, 10, &shown);
        }
        if let Some(data) = self.bytes_like(value) {
            let text = String::from_utf8_lossy(&data).into_owned();
            let shown = Value::bytes(data);
            return self.parse_int(&text, 10, &shown);
        }
        let given = self.type_name(value);
        Err(self.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{given}'"
        )))
    }

    /// A float cut to an integer.
    pub fn float_as_int(&mut self, number: f64) -> PyResult {
        if number.is_nan() {
            return Err(self.value_error("cannot convert float NaN to integer"));
        }
        match float_to_int(number.trunc()) {
            Some(value) if number.is_finite() => Ok(value),
            _ => Err(self.raise(Kind::OverflowError, "cannot convert float infinity to integer")),
        }
    }

    /// `float(text)`
    pub fn parse_float(&mut self, text: &str, shown: &Value) -> PyResult<f64> {
        let plain = plain_digits(text.trim_matches(super::str_::is_space));
        let lower = plain.to_ascii_lowercase();
        let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
        let known = matches!(unsigned, "inf" | "infinity" | "nan");
        let shaped =
            unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-' | b'_'))
                && unsigned.bytes().any(|byte| byte.is_ascii_digit());
        if known || shaped {
            let beside_digits = lower.match_indices('_').all(|(at, _)| {
                let digit = |at: usize| lower.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
                at > 0 && digit(at - 1) && digit(at + 1)
            });
            if let Some(clean) = without_underscores(&lower)
                && beside_digits
                && let Ok(number) = clean.parse::<f64>()
            {
                return Ok(number);
            }
        }
        let text = self.repr(shown)?;
        Err(self.value_error(format!("could not convert string to float: {text}")))
    }

    /// `float(value)`
    pub fn as_float(&mut self, value: &Value) -> PyResult<f64> {
        if let Some(text) = value.as_str().cloned() {
            let shown = Value::Str(text.clone());
            return self.parse_float(&text, &shown);
        }
        if let Some(data) = value.as_bytes() {
            let text = String::from_utf8_lossy(data).into_owned();
            return self.parse_float(&text, value);
        }
        let takes = matches!(value.plain(), Value::Real(_) | Value::Int(_) | Value::Truth(_) | Value::BigInt(_)) || {
            let class = self.class_of(value);
            class.lookup(&self.names.float).is_some() || class.lookup(&self.names.index).is_some()
        };
        if !takes {
            let given = self.type_name(value);
            return Err(self.type_error(format!("float() argument must be a string or a real number, not '{given}'")));
        }
        self.to_float(value)
    }

    /// `round(number, digits)` for a float.
    pub fn round_float(&mut self, number: f64, digits: i64) -> PyResult<f64> {
        if !number.is_finite() || digits > 323 {
            return Ok(number);
        }
        if digits < -308 {
            return Ok(0.0_f64.copysign(number));
        }
        let rounded = if digits >= 0 {
            // The decimal text with so many places is the exact value rounded half to even.
            format!("{number:.*}", digits as usize).parse::<f64>().unwrap_or(number)
        } else {
            round_tens(number, -digits)
        };
        if rounded.is_infinite() {
            return Err(self.raise(Kind::OverflowError, "rounded value too large to represent"));
        }
        Ok(rounded)
    }

    /// `round(number, digits)` for an integer.
    pub fn round_int(&mut self, number: &BigInt, digits: &BigInt) -> PyResult {
        if !digits.is_negative() {
            return Ok(Value::int(number.clone()));
        }
        let Some(places) = (-digits).to_u32().filter(|places| *places <= 100_000) else { return Ok(Value::Int(0)) };
        let unit = BigInt::from(10).pow(places);
        let (quotient, rest) = number.div_mod_floor(&unit);
        let twice = &rest * 2;
        let up = twice > unit || twice == unit && quotient.is_odd();
        Ok(Value::int((quotient + if up { BigInt::one() } else { BigInt::zero() }) * unit))
    }
}

fn round_tens(number: f64, places: i64) -> f64 {
    let Some(whole) = float_to_int(number.trunc()).and_then(|value| value.as_bigint()) else { return number };
    let unit = BigInt::from(10).pow(places as u32);
    let fraction = number.fract() != 0.0;
    let magnitude = whole.abs();
    let (quotient, rest) = magnitude.div_mod_floor(&unit);
    let twice: BigInt = &rest * 2;
    let up = twice > unit || twice == unit && (fraction || quotient.is_odd());
    let result = (quotient + if up { BigInt::one() } else { BigInt::zero() }) * unit;
    result.to_f64().unwrap_or(f64::INFINITY).copysign(number)
}

fn new_int(vm: &mut Vm, mut args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    args.positional.remove(0);
    let given = args.positional.len() + args.keywords.len();
    if given > 2 {
        return Err(vm.type_error(format!("int() takes at most 2 arguments ({given} given)")));
    }
    let mut base = args.get(1).cloned();
    for (name, value) in std::mem::take(&mut args.keywords) {
        match name.as_str() {
            "base" => base = Some(value),
            _ => return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for int()"))),
        }
    }
    let number = match (args.get(0), base) {
        (None, None) => Value::Int(0),
        (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
        (Some(value), None) => vm.to_int(value)?,
        (Some(value), Some(base)) => {
            let base = vm.index_i64(&base)?;
            if base != 0 && !(2..=36).contains(&base) {
                return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            let text = match (value.as_str(), value.as_bytes()) {
                (Some(text), _) => text.to_string(),
                (_, Some(data)) => String::from_utf8_lossy(data).into_owned(),
                _ => return Err(vm.type_error("int() can't convert non-string with explicit base")),
            };
            vm.parse_int(&text, base as u32, value)?
        }
    };
    let exact = vm.types.int.clone();
    Ok(wrap(class, &exact, number))
}

fn to_bytes(vm: &mut Vm, args: Args) -> PyResult {
    let number = big(vm, &args[0])?;
    let length = match args.get(1) {
        Some(value) => vm.index_i64(value)?,
        None => 1,
    };
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    vm.reserve(length)?;
    let order = byte_order(vm, &args[2])?;
    let signed = vm.truth(&args[3])?;
    if number.is_negative() && !signed {
        return Err(vm.raise(Kind::OverflowError, "can't convert negative int to unsigned"));
    }
    let mut bytes = if signed { number.to_signed_bytes_le() } else { number.magnitude().to_bytes_le() };
    if number.is_zero() {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(vm.raise(Kind::OverflowError, "int too big to convert"));
    }
    bytes.resize(length, if number.is_negative() { 0xff } else { 0 });
    if order {
        bytes.reverse();
    }
    Ok(Value::bytes(bytes))
}

/// Whether the byte order is `big`.
fn byte_order(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    match value.as_str().map(|text| text.as_str()) {
        Some("big") => Ok(true),
        Some("little") => Ok(false),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn from_bytes(vm: &mut Vm, args: Args) -> PyResult {
    let mut data = match vm.bytes_like(&args[1]) {
        Some(data) => data,
        None => vm.bytes_from(&args[1])?,
    };
    if byte_order(vm, &args[2])? {
        data.reverse();
    }
    let number = if vm.truth(&args[3])? {
        BigInt::from_signed_bytes_le(&data)
    } else {
        BigInt::from_bytes_le(num_bigint::Sign::Plus, &data)
    };
    let value = Value::int(number);
    match &args[0] {
        Value::Class(class) if !Rc::ptr_eq(class, &vm.types.int) => vm.call(&args[0], [value]),
        _ => Ok(value),
    }
}

fn divmod(vm: &mut Vm, a: &Value, b: &Value) -> PyResult {
    let quotient = vm.binary_native(BinaryOp::FloorDiv, a.plain(), b.plain());
    match quotient {
        Ok(Some(quotient)) => {
            let rest = vm.binary_native(BinaryOp::Mod, a.plain(), b.plain())?.unwrap_or(Value::NotImplemented);
            Ok(Value::tuple([quotient, rest]))
        }
        Ok(None) => Ok(Value::NotImplemented),
        Err(raised) if raised.is(vm.exceptions.get(Kind::ZeroDivisionError)) => {
            let is_float = matches!(a.plain(), Value::Real(_)) || matches!(b.plain(), Value::Real(_));
            Err(vm.raise(
                Kind::ZeroDivisionError,
                if is_float { "float divmod()" } else { "integer division or modulo by zero" },
            ))
        }
        Err(raised) => Err(raised),
    }
}

fn install_int(vm: &mut Vm) {
    let class = vm.types.int.clone();
    let builder = ClassBuilder::new("int")
        .builtin()
        .constructor(new_int)
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__int__", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("__index__", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("__trunc__", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("__floor__", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("__ceil__", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("conjugate", 1, 1, |vm, args| big(vm, &args[0]).map(Value::int))
        .arity("__float__", 1, 1, |vm, args| vm.int_to_float(&args[0]).map(Value::Float))
        .arity("__bool__", 1, 1, |vm, args| Ok(Value::Bool(!big(vm, &args[0])?.is_zero())))
        .arity("__neg__", 1, 1, |vm, args| vm.negative(args[0].plain()))
        .arity("__pos__", 1, 1, |vm, args| vm.positive(args[0].plain()))
        .arity("__abs__", 1, 1, |vm, args| vm.absolute(args[0].plain()))
        .arity("__invert__", 1, 1, |vm, args| vm.invert(args[0].plain()))
        .arity("__getnewargs__", 1, 1, |vm, args| Ok(Value::tuple([Value::int(big(vm, &args[0])?)])))
        .arity("__divmod__", 2, 2, |vm, args| divmod(vm, &args[0], &args[1]))
        .arity("__rdivmod__", 2, 2, |vm, args| divmod(vm, &args[1], &args[0]))
        .arity("__round__", 1, 2, |vm, args| {
            let number = big(vm, &args[0])?;
            match args.some(1) {
                None => Ok(Value::int(number)),
                Some(digits) => {
                    let digits = vm.index(digits)?.as_bigint().unwrap_or_default();
                    vm.round_int(&number, &digits)
                }
            }
        })
        .arity("__format__", 2, 2, |vm, args| {
            let Some(spec) = args[1].as_str().cloned() else {
                return Err(vm.argument_error("__format__", 1, "str", &args[1]));
            };
            if spec.is_empty() {
                return vm.to_str(&args[0]).map(Value::Str);
            }
            vm.format_native(&args[0], &spec).map(Value::Str)
        })
        .arity("bit_length", 1, 1, |vm, args| Ok(Value::from(big(vm, &args[0])?.bits())))
        .arity("bit_count", 1, 1, |vm, args| Ok(Value::from(big(vm, &args[0])?.magnitude().count_ones())))
        .arity("as_integer_ratio", 1, 1, |vm, args| Ok(Value::tuple([Value::int(big(vm, &args[0])?), Value::Int(1)])))
        .method("to_bytes", "self, length=1, byteorder='big', *, signed=False", to_bytes)
        .class_method("from_bytes", "cls, bytes, byteorder='big', *, signed=False", from_bytes)
        .property("real", |vm, args| big(vm, &args[0]).map(Value::int))
        .property("numerator", |vm, args| big(vm, &args[0]).map(Value::int))
        .property("imag", |_, _| Ok(Value::Int(0)))
        .property("denominator", |_, _| Ok(Value::Int(1)));
    let builder = dunder::operators(dunder::operators(dunder::operators(builder, ARITHMETIC), FLOOR), BITS);
    dunder::comparisons(dunder::basics(builder)).install(vm, &class);

    let class = vm.types.bool_.clone();
    let int = vm.types.int.clone();
    let _ = class.set_bases(vec![int]);
    ClassBuilder::new("bool")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            if args.len() > 2 {
                return Err(vm.type_error(format!("bool expected at most 1 argument, got {}", args.len() - 1)));
            }
            if !args.keywords.is_empty() {
                return Err(vm.type_error("bool() takes no keyword arguments"));
            }
            match args.get(1) {
                None => Ok(Value::Bool(false)),
                Some(value) => vm.truth(value).map(Value::Bool),
            }
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .install(vm, &class);
}

fn float_hex(number: f64) -> String {
    if !number.is_finite() {
        return crate::python::ops::text::repr_float(number);
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    let (lead, power) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{power:+}")
}

fn float_ratio(number: f64) -> (BigInt, BigInt) {
    let (mut mantissa, mut exponent) = frexp(number);
    for _ in 0..300 {
        if mantissa == mantissa.floor() {
            break;
        }
        mantissa *= 2.0;
        exponent -= 1;
    }
    let whole = float_to_int(mantissa).and_then(|value| value.as_bigint()).unwrap_or_default();
    if exponent > 0 { (whole << exponent as u32, BigInt::one()) } else { (whole, BigInt::one() << (-exponent) as u32) }
}

fn from_hex(vm: &mut Vm, text: &str) -> PyResult<f64> {
    let lower = text.trim().to_ascii_lowercase();
    let (negative, body) = match lower.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, lower.trim_start_matches('+').to_owned()),
    };
    let bad = "invalid hexadecimal floating-point string";
    let value = match body.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        body => {
            let body = body.strip_prefix("0x").unwrap_or(body);
            let (mantissa, exponent) = body.split_once('p').unwrap_or((body, "0"));
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let digits = format!("{whole}{fraction}");
            let (Ok(number), Ok(exponent)) = (u64::from_str_radix(&digits, 16), exponent.parse::<i32>()) else {
                return Err(vm.value_error(bad));
            };
            number as f64 * 2_f64.powi(exponent - 4 * fraction.len() as i32)
        }
    };
    Ok(if negative { -value } else { value })
}

fn install_float(vm: &mut Vm) {
    let class = vm.types.float.clone();
    let builder =
        ClassBuilder::new("float")
            .builtin()
            .constructor(|vm, args| {
                let class = vm.class_arg(&args, 0)?;
                if args.len() > 2 {
                    return Err(vm.type_error(format!("float expected at most 1 argument, got {}", args.len() - 1)));
                }
                let number = match args.get(1) {
                    None => 0.0,
                    Some(value) => vm.as_float(value)?,
                };
                let exact = vm.types.float.clone();
                Ok(wrap(class, &exact, Value::Float(number)))
            })
            .raw("__init__", |_, _| Ok(Value::None))
            .arity("__float__", 1, 1, |vm, args| float(vm, &args[0]).map(Value::Float))
            .arity("__int__", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                vm.float_as_int(number)
            })
            .arity("__trunc__", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                vm.float_as_int(number)
            })
            .arity("__floor__", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                vm.float_as_int(number.floor())
            })
            .arity("__ceil__", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                vm.float_as_int(number.ceil())
            })
            .arity("conjugate", 1, 1, |vm, args| float(vm, &args[0]).map(Value::Float))
            .arity("__bool__", 1, 1, |vm, args| Ok(Value::Bool(float(vm, &args[0])? != 0.0)))
            .arity("__neg__", 1, 1, |vm, args| vm.negative(args[0].plain()))
            .arity("__pos__", 1, 1, |vm, args| vm.positive(args[0].plain()))
            .arity("__abs__", 1, 1, |vm, args| vm.absolute(args[0].plain()))
            .arity("__getnewargs__", 1, 1, |vm, args| Ok(Value::tuple([Value::Float(float(vm, &args[0])?)])))
            .arity("__divmod__", 2, 2, |vm, args| divmod(vm, &args[0], &args[1]))
            .arity("__rdivmod__", 2, 2, |vm, args| divmod(vm, &args[1], &args[0]))
            .arity("__round__", 1, 2, |vm, args| {
                let number = float(vm, &args[0])?;
                match args.some(1) {
                    None => {
                        let rounded = number.round_ties_even();
                        vm.float_as_int(rounded)
                    }
                    Some(digits) => {
                        let digits = vm.index(digits)?;
                        let digits = digits
                            .as_i64()
                            .unwrap_or(if digits.as_bigint().is_some_and(|d| d.is_negative()) { -400 } else { 400 });
                        vm.round_float(number, digits).map(Value::Float)
                    }
                }
            })
            .arity("__format__", 2, 2, |vm, args| {
                let Some(spec) = args[1].as_str().cloned() else {
                    return Err(vm.argument_error("__format__", 1, "str", &args[1]));
                };
                if spec.is_empty() {
                    return vm.to_str(&args[0]).map(Value::Str);
                }
                vm.format_native(&args[0], &spec).map(Value::Str)
            })
            .arity("is_integer", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                Ok(Value::Bool(number.is_finite() && number.fract() == 0.0))
            })
            .arity("as_integer_ratio", 1, 1, |vm, args| {
                let number = float(vm, &args[0])?;
                if number.is_nan() {
                    return Err(vm.value_error("cannot convert NaN to integer ratio"));
                }
                if number.is_infinite() {
                    return Err(vm.raise(Kind::OverflowError, "cannot convert Infinity to integer ratio"));
                }
                let (top, bottom) = float_ratio(number);
                Ok(Value::tuple([Value::int(top), Value::int(bottom)]))
            })
            .arity("hex", 1, 1, |vm, args| Ok(Value::from(float_hex(float(vm, &args[0])?))))
            .class_method("fromhex", "cls, string, /", |vm, args| {
                let Some(text) = args[1].as_str().cloned() else {
                    return Err(vm.argument_error("fromhex", 1, "str", &args[1]));
                };
                from_hex(vm, &text).map(Value::Float)
            })
            .property("real", |vm, args| float(vm, &args[0]).map(Value::Float))
            .property("imag", |_, _| Ok(Value::Float(0.0)));
    let builder = dunder::operators(dunder::operators(builder, ARITHMETIC), FLOOR);
    dunder::comparisons(dunder::basics(builder)).install(vm, &class);
}

fn parse_complex(vm: &mut Vm, text: &str) -> PyResult<(f64, f64)> {
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(trimmed).trim();
    let parse = |part: &str| part.parse::<f64>().ok();
    let result = match inner.strip_suffix(['j', 'J']) {
        None => parse(inner).map(|real| (real, 0.0)),
        Some(body) => {
            // The imaginary part starts at the last sign that belongs to no exponent.
            let bytes = body.as_bytes();
            let cut = (1..bytes.len())
                .rev()
                .find(|&at| matches!(bytes[at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E'));
            let (real, imaginary) = cut.map_or(("", body), |at| body.split_at(at));
            let imaginary = match imaginary {
                "" | "+" => Some(1.0),
                "-" => Some(-1.0),
                part => parse(part),
            };
            let real = if real.is_empty() { Some(0.0) } else { parse(real) };
            real.zip(imaginary)
        }
    };
    match result {
        Some(parts) => Ok(parts),
        None => Err(vm.value_error("complex() arg is a malformed string")),
    }
}

fn install_complex(vm: &mut Vm) {
    let class = vm.types.complex.clone();
    fn parts(vm: &mut Vm, value: &Value) -> PyResult<(f64, f64)> {
        match value.plain() {
            Value::Complex(parts) => Ok(**parts),
            _ => {
                let name = vm.names.complex.clone();
                if let Value::Instance(_) = value
                    && let Some(made) = vm.call_special(value, &name, &[])?
                    && let Value::Complex(parts) = made.plain()
                {
                    return Ok(**parts);
                }
                match vm.to_float(value) {
                    Err(raised) if raised.is(vm.exceptions.get(Kind::TypeError)) => {
                        let given = vm.type_name(value);
                        let text = format!("complex() first argument must be a string or a number, not '{given}'");
                        Err(vm.type_error(text))
                    }
                    number => Ok((number?, 0.0)),
                }
            }
        }
    }
    let builder = ClassBuilder::new("complex")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let mut real = args.get(1).cloned();
            let mut imaginary = args.get(2).cloned();
            for (name, value) in &args.keywords {
                match name.as_str() {
                    "real" => real = Some(value.clone()),
                    "imag" => imaginary = Some(value.clone()),
                    _ => return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for complex()"))),
                }
            }
            let number = match (&real, &imaginary) {
                (Some(text), None) if text.as_str().is_some() => {
                    let text = text.as_str().cloned().unwrap_or_else(|| "".into());
                    parse_complex(vm, &text)?
                }
                _ => {
                    let a = match &real {
                        Some(value) => parts(vm, value)?,
                        None => (0.0, 0.0),
                    };
                    let b = match &imaginary {
                        Some(value) => parts(vm, value)?,
                        None => (0.0, 0.0),
                    };
                    match (&real, &imaginary) {
                        (Some(_), None) | (None, None) => a,
                        _ => {
                            let left = if b.1 == 0.0 { a.0 } else { a.0 - b.1 };
                            (left, if a.1 == 0.0 { b.0 } else { a.1 + b.0 })
                        }
                    }
                }
            };
            let exact = vm.types.complex.clone();
            Ok(wrap(class, &exact, Value::Complex(Rc::new(number))))
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("conjugate", 1, 1, |vm, args| {
            let (real, imaginary) = parts(vm, &args[0])?;
            Ok(Value::Complex(Rc::new((real, -imaginary))))
        })
        .arity("__neg__", 1, 1, |vm, args| vm.negative(args[0].plain()))
        .arity("__pos__", 1, 1, |vm, args| vm.positive(args[0].plain()))
        .arity("__abs__", 1, 1, |vm, args| vm.absolute(args[0].plain()))
        .arity("__bool__", 1, 1, |vm, args| vm.truth(args[0].plain()).map(Value::Bool))
        .arity("__complex__", 1, 1, |_, args| Ok(args[0].plain().clone()))
        .property("real", |vm, args| Ok(Value::Float(parts(vm, &args[0])?.0)))
        .property("imag", |vm, args| Ok(Value::Float(parts(vm, &args[0])?.1)));
    let builder = dunder::operators(builder, ARITHMETIC);
    dunder::comparisons(dunder::basics(builder)).install(vm, &class);
}

pub(super) fn install(vm: &mut Vm) {
    install_int(vm);
    install_float(vm);
    install_complex(vm);
}
