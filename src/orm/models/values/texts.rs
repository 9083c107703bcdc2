//! Texts, truth values, addresses and UUIDs.

use super::{Field, invalid};
use crate::orm::{Datum, OrmError, OrmResult};
use crate::values::Uuid;

/// `str(value)`.
pub fn text(value: &Datum) -> OrmResult<Datum> {
    Ok(match value {
        Datum::Str(_) => value.clone(),
        other => Datum::str(other.py_str()?),
    })
}

/// `BooleanField.to_python`.
pub fn boolean(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let truth = match value {
        Datum::Bool(truth) => Some(*truth),
        Datum::Int(0) => Some(false),
        Datum::Int(1) => Some(true),
        Datum::Float(number) if *number == 0.0 => Some(false),
        Datum::Float(number) if *number == 1.0 => Some(true),
        Datum::Decimal(number) if number.is_zero() => Some(false),
        Datum::Decimal(number) if number.to_f64() == 1.0 => Some(true),
        Datum::Str(text) => match &**text {
            "t" | "True" | "1" => Some(true),
            "f" | "False" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    match truth {
        Some(truth) => Ok(Datum::Bool(truth)),
        None if field.is_null() => {
            if value.as_str() == Some("") {
                return Ok(Datum::Null);
            }
            Err(invalid(format!("“{}” value must be either True, False, or None.", value.py_str()?)))
        }
        None => Err(invalid(format!("“{}” value must be either True or False.", value.py_str()?))),
    }
}

/// `GenericIPAddressField.get_prep_value`: version 6 in its shortest form, or the version 4 address inside it.
pub fn ip_address(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let given = value.py_str()?;
    if given.contains(':')
        && let Ok(address) = given.parse::<std::net::Ipv6Addr>()
    {
        if field.options.unpack_ipv4
            && let Some(inner) = address.to_ipv4_mapped()
        {
            return Ok(Datum::str(inner.to_string()));
        }
        return Ok(Datum::str(address.to_string()));
    }
    Ok(Datum::str(given))
}

/// `UUIDField.to_python`.
pub fn uuid(value: &Datum) -> OrmResult<Datum> {
    let parsed = match value {
        Datum::Uuid(_) => return Ok(value.clone()),
        Datum::Int(number) => u128::try_from(*number).ok().map(Uuid::from_int),
        // A truth value is an integer too.
        Datum::Bool(truth) => Some(Uuid::from_int(u128::from(*truth))),
        Datum::BigInt(number) => u128::try_from(&**number).ok().map(Uuid::from_int),
        Datum::Str(text) => Uuid::parse(text).ok(),
        // What has a `replace()` of its own is asked for the digits, and refuses in its own words.
        Datum::Bytes(_) => return Err(OrmError::type_error("a bytes-like object is required, not 'str'")),
        Datum::Date(_) | Datum::Time(_) | Datum::DateTime(_) => {
            return Err(OrmError::type_error("'str' object cannot be interpreted as an integer"));
        }
        _ => None,
    };
    match parsed {
        Some(uuid) => Ok(Datum::Uuid(uuid)),
        None => Err(invalid(format!("“{}” is not a valid UUID.", value.py_str()?))),
    }
}

/// What holds bytes, the only thing that a binary column takes.
pub fn binary(value: &Datum) -> OrmResult<Datum> {
    let given = match value {
        Datum::Bytes(_) => return Ok(value.clone()),
        Datum::Object(object) => match object.type_name() {
            name if matches!(&*name, "bytearray" | "memoryview") => return Ok(value.clone()),
            name => name,
        },
        other => super::driver_type_name(other),
    };
    Err(OrmError::type_error(format!("memoryview: a bytes-like object is required, not '{given}'")))
}

/// A UUID as its 32 digits.
pub fn adapt_uuid(value: &Datum) -> OrmResult<Datum> {
    Ok(match uuid(value)? {
        Datum::Uuid(uuid) => Datum::str(uuid.hex()),
        other => other,
    })
}
