//! Texts, truth values, addresses and UUIDs.

use super::{Field, invalid};
use crate::orm::{Datum, OrmResult};
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
        Datum::BigInt(number) => u128::try_from(&**number).ok().map(Uuid::from_int),
        Datum::Str(text) => Uuid::parse(text).ok(),
        _ => None,
    };
    match parsed {
        Some(uuid) => Ok(Datum::Uuid(uuid)),
        None => Err(invalid(format!("“{}” is not a valid UUID.", value.py_str()?))),
    }
}

/// A UUID as its 32 digits.
pub fn adapt_uuid(value: &Datum) -> OrmResult<Datum> {
    Ok(match uuid(value)? {
        Datum::Uuid(uuid) => Datum::str(uuid.hex()),
        other => other,
    })
}
