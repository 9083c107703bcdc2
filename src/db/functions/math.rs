//! `BITXOR`, `COT`, `SIGN`, and SQLite's own mathematical functions where the library was built without them.

use super::{Answer, Argument, Raised, define};
use crate::db::SqlValue;
use rusqlite::{Connection, ffi};
use std::cmp::Ordering;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    define(connection, "BITXOR", 2, |arguments| match arguments {
        [Argument::Null, _] | [_, Argument::Null] => Ok(SqlValue::Null),
        [Argument::Integer(a), Argument::Integer(b)] => Ok(SqlValue::Integer(a ^ b)),
        _ => Err(Raised::Exception),
    })?;
    define(connection, "COT", 1, |arguments| {
        let value = match arguments {
            [Argument::Null] => return Ok(SqlValue::Null),
            [Argument::Integer(value)] => *value as f64,
            [Argument::Real(value)] => *value,
            _ => return Err(Raised::Exception),
        };
        let tangent = value.tan();
        if tangent == 0.0 || !tangent.is_finite() { Err(Raised::Exception) } else { Ok(SqlValue::Real(1.0 / tangent)) }
    })?;
    define(connection, "SIGN", 1, |arguments| {
        let order = match arguments {
            [Argument::Null] => return Ok(SqlValue::Null),
            [Argument::Integer(value)] => value.cmp(&0),
            [Argument::Real(value)] => value.partial_cmp(&0.0).unwrap_or(Ordering::Equal),
            _ => return Err(Raised::Exception),
        };
        Ok(SqlValue::Integer(order as i64))
    })?;
    // SAFETY: the name is a C string that lives during the call.
    let built_in = unsafe { ffi::sqlite3_compileoption_used(c"ENABLE_MATH_FUNCTIONS".as_ptr()) != 0 };
    if built_in { Ok(()) } else { register_native(connection) }
}

/// The functions of SQLite's SQLITE_ENABLE_MATH_FUNCTIONS with SQLite's semantics: NULL where an argument is no number or
/// the result none, reals otherwise, integers kept whole by the rounding ones.
fn register_native(connection: &Connection) -> rusqlite::Result<()> {
    macro_rules! unary {
        ($($name:literal => $function:expr),* $(,)?) => {
            $(define(connection, $name, 1, |arguments| real(arguments, $function))?;)*
        };
    }
    unary! {
        "EXP" => f64::exp,
        "ACOS" => f64::acos,
        "ASIN" => f64::asin,
        "ATAN" => f64::atan,
        "COS" => f64::cos,
        "SIN" => f64::sin,
        "TAN" => f64::tan,
        "COSH" => f64::cosh,
        "SINH" => f64::sinh,
        "TANH" => f64::tanh,
        "ACOSH" => f64::acosh,
        "ASINH" => f64::asinh,
        "ATANH" => f64::atanh,
        "SQRT" => f64::sqrt,
        "RADIANS" => |value| value * (std::f64::consts::PI / 180.0),
        "DEGREES" => |value| value * (180.0 / std::f64::consts::PI),
        "LN" => |value| logarithm(value, f64::ln),
        "LOG" => |value| logarithm(value, f64::log10),
        "LOG10" => |value| logarithm(value, f64::log10),
        "LOG2" => |value| logarithm(value, f64::log2),
    }
    define(connection, "CEIL", 1, |arguments| whole(arguments, f64::ceil))?;
    define(connection, "CEILING", 1, |arguments| whole(arguments, f64::ceil))?;
    define(connection, "FLOOR", 1, |arguments| whole(arguments, f64::floor))?;
    define(connection, "TRUNC", 1, |arguments| whole(arguments, f64::trunc))?;
    define(connection, "POW", 2, |arguments| pair(arguments, f64::powf))?;
    define(connection, "POWER", 2, |arguments| pair(arguments, f64::powf))?;
    define(connection, "MOD", 2, |arguments| pair(arguments, |a, b| a % b))?;
    define(connection, "ATAN2", 2, |arguments| pair(arguments, f64::atan2))?;
    define(connection, "LOG", 2, log_to_base)?;
    define(connection, "PI", 0, |_| Ok(SqlValue::Real(std::f64::consts::PI)))
}

/// A logarithm, which only positive numbers have.
fn logarithm(value: f64, function: fn(f64) -> f64) -> f64 {
    if value <= 0.0 { f64::NAN } else { function(value) }
}

/// A number as SQLite takes it for a numeric type: text counts where all of it is one.
enum Number {
    Integer(i64),
    Real(f64),
}

impl Number {
    fn of(argument: Argument<'_>) -> Option<Number> {
        match argument {
            Argument::Integer(value) => Some(Number::Integer(value)),
            Argument::Real(value) => Some(Number::Real(value)),
            Argument::Text(text) => {
                let text = text.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
                let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
                if !plain || text.is_empty() {
                    return None;
                }
                match text.parse() {
                    Ok(value) => Some(Number::Integer(value)),
                    Err(_) => text.parse().ok().map(Number::Real),
                }
            }
            Argument::Null | Argument::Blob(_) => None,
        }
    }

    fn value(&self) -> f64 {
        match self {
            Number::Integer(value) => *value as f64,
            Number::Real(value) => *value,
        }
    }
}

fn result(value: f64) -> Answer {
    Ok(if value.is_nan() { SqlValue::Null } else { SqlValue::Real(value) })
}

fn real(arguments: &[Argument<'_>], function: fn(f64) -> f64) -> Answer {
    match arguments.first().and_then(|argument| Number::of(*argument)) {
        Some(number) => result(function(number.value())),
        None => Ok(SqlValue::Null),
    }
}

fn pair(arguments: &[Argument<'_>], function: fn(f64, f64) -> f64) -> Answer {
    let [a, b] = arguments else { return Ok(SqlValue::Null) };
    match (Number::of(*a), Number::of(*b)) {
        (Some(a), Some(b)) => result(function(a.value(), b.value())),
        _ => Ok(SqlValue::Null),
    }
}

fn whole(arguments: &[Argument<'_>], function: fn(f64) -> f64) -> Answer {
    match arguments.first().and_then(|argument| Number::of(*argument)) {
        Some(Number::Integer(value)) => Ok(SqlValue::Integer(value)),
        Some(Number::Real(value)) => result(function(value)),
        None => Ok(SqlValue::Null),
    }
}

/// `LOG(B, X)`: only bases above one give a result.
fn log_to_base(arguments: &[Argument<'_>]) -> Answer {
    let [base, value] = arguments else { return Ok(SqlValue::Null) };
    let (Some(base), Some(value)) = (Number::of(*base), Number::of(*value)) else { return Ok(SqlValue::Null) };
    let (base, value) = (base.value(), value.value());
    if base <= 0.0 || value <= 0.0 {
        return Ok(SqlValue::Null);
    }
    let scale = base.ln();
    if scale <= 0.0 || scale.is_nan() { Ok(SqlValue::Null) } else { result(value.ln() / scale) }
}
