//! Integers, floats and decimals.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use super::{Field, invalid};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};
use crate::values::{Context, Decimal};

/// `int(value)` of a whole number of any size.
fn whole(number: BigInt) -> Datum {
    match number.to_i64() {
        Some(small) => Datum::Int(small),
        None => Datum::BigInt(Rc::new(number)),
    }
}

fn expected_number(kind: ErrorKind, field: &Field, value: &Datum) -> OrmResult<OrmError> {
    // A field that only types a value has no name.
    let name = if field.name.is_empty() { "None" } else { &*field.name };
    Ok(OrmError::new(kind, format!("Field '{name}' expected a number but got {}.", value.py_repr()?)))
}

/// `int(value)` of a float; other values stay as they are.
pub fn int_from_db(value: &Datum) -> OrmResult<Datum> {
    let Datum::Float(number) = value else { return Ok(value.clone()) };
    match BigInt::from_f64(number.trunc()) {
        Some(number) => Ok(whole(number)),
        None if number.is_nan() => Err(OrmError::value_error("cannot convert float NaN to integer")),
        None => Err(OrmError::new(ErrorKind::OverflowError, "cannot convert float infinity to integer")),
    }
}

/// `int(value)`, with the field's words when it fails.
pub fn integer(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let refused = |kind| expected_number(kind, field, value);
    Ok(match value {
        Datum::Int(_) | Datum::BigInt(_) => value.clone(),
        Datum::Bool(truth) => Datum::Int(i64::from(*truth)),
        Datum::Float(number) if number.is_nan() => return Err(refused(ErrorKind::ValueError)?),
        Datum::Float(number) if number.is_infinite() => {
            return Err(OrmError::new(ErrorKind::OverflowError, "cannot convert float infinity to integer"));
        }
        Datum::Float(number) => match BigInt::from_f64(number.trunc()) {
            Some(number) => whole(number),
            None => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Decimal(number) => match number.to_integer() {
            Ok(number) => whole(number),
            Err(_) => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Str(text) => match parse_integer(text) {
            Some(number) => whole(number),
            None => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Bytes(bytes) => match std::str::from_utf8(bytes).ok().and_then(parse_integer) {
            Some(number) => whole(number),
            None => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Object(object) => match object.int() {
            Err(error) if matches!(error.kind(), ErrorKind::TypeError | ErrorKind::ValueError) => {
                return Err(refused(error.kind())?);
            }
            other => other?,
        },
        _ => return Err(refused(ErrorKind::TypeError)?),
    })
}

/// `int(text)`: blanks around, one underscore between digits.
fn parse_integer(text: &str) -> Option<BigInt> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    let sound = !digits.is_empty()
        && digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !sound {
        return None;
    }
    trimmed.replace('_', "").parse().ok()
}

/// `float(value)`, with the field's words when it fails.
pub fn float(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let refused = |kind| expected_number(kind, field, value);
    Ok(Datum::Float(match value {
        Datum::Float(number) => *number,
        Datum::Int(number) => *number as f64,
        Datum::Bool(truth) => f64::from(u8::from(*truth)),
        Datum::BigInt(number) => match number.to_f64() {
            Some(number) if number.is_finite() => number,
            _ => return Err(OrmError::new(ErrorKind::OverflowError, "int too large to convert to float")),
        },
        Datum::Decimal(number) => number.to_f64(),
        Datum::Str(text) => match parse_float(text) {
            Some(number) => number,
            None => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Bytes(bytes) => match std::str::from_utf8(bytes).ok().and_then(parse_float) {
            Some(number) => number,
            None => return Err(refused(ErrorKind::ValueError)?),
        },
        Datum::Object(object) => match object.float() {
            Err(error) if matches!(error.kind(), ErrorKind::TypeError | ErrorKind::ValueError) => {
                return Err(refused(error.kind())?);
            }
            other => return other,
        },
        _ => return Err(refused(ErrorKind::TypeError)?),
    }))
}

/// `float(text)`.
fn parse_float(text: &str) -> Option<f64> {
    let trimmed = text.trim();
    let plain = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed).to_ascii_lowercase();
    if matches!(&*plain, "inf" | "infinity" | "nan") {
        return trimmed.to_ascii_lowercase().parse().ok();
    }
    let known = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '-' | '+' | '_');
    if !plain.chars().all(known) || plain.starts_with('_') || plain.ends_with('_') || plain.contains("__") {
        return None;
    }
    trimmed.replace('_', "").parse().ok()
}

/// `DecimalField.to_python`.
pub fn decimal(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let refused =
        || -> OrmResult<OrmError> { Ok(invalid(format!("“{}” value must be a decimal number.", value.py_str()?))) };
    let number = match value {
        Datum::Decimal(number) => (**number).clone(),
        Datum::Int(number) => Decimal::from_i64(*number),
        Datum::Bool(truth) => Decimal::from_i64(i64::from(*truth)),
        Datum::BigInt(number) => Decimal::from_integer(number),
        Datum::Float(number) => {
            let mut context = Context::with_prec(field.options.max_digits.unwrap_or(28));
            match context.create(&Decimal::from_f64(*number)) {
                Ok(number) => number,
                Err(_) => return Err(refused()?),
            }
        }
        Datum::Str(text) => match Decimal::from_text(text, true) {
            Some(number) => number,
            None => return Err(refused()?),
        },
        _ => return Err(refused()?),
    };
    if !number.is_finite() {
        return Err(refused()?);
    }
    Ok(Datum::Decimal(Rc::new(number)))
}

/// `DecimalField.get_db_prep_value`: the number as it was given, which the driver writes out.
pub fn adapt_decimal(field: &Field, value: &Datum) -> OrmResult<Datum> {
    match value {
        Datum::Decimal(_) => Ok(value.clone()),
        other => decimal(field, other),
    }
}

/// A decimal as SQLite gives it back: fifteen digits count, and a column's places.
pub fn decimal_from_db(value: &Datum, places: Option<(i64, i64)>) -> OrmResult<Datum> {
    let exact = match value {
        Datum::Float(number) => Decimal::from_f64(*number),
        Datum::Int(number) => Decimal::from_i64(*number),
        Datum::Str(_) | Datum::Bytes(_) => return Err(OrmError::type_error("argument must be int or float")),
        other => return Ok(other.clone()),
    };
    let failed = |error: crate::values::DecimalError| OrmError::new(ErrorKind::InvalidOperation, error.to_string());
    let mut number = Context::with_prec(15).create(&exact).map_err(failed)?;
    if let Some((digits, places)) = places {
        let one = Decimal::from_parts(false, 1u8.into(), -places);
        number = Context::with_prec(digits.max(1)).quantize(&number, &one, None).map_err(failed)?;
    }
    Ok(Datum::Decimal(Rc::new(number)))
}
