//! What each field class makes of a value, one family a file.

mod dates;
mod json;
mod numbers;
mod texts;

use super::{Field, FieldKind};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

pub use json::{dumps, from_db as json_from_db, loads};
pub use numbers::{decimal_from_db, int_from_db};

/// The value in the field class's own Python type: `get_prep_value` of the built-in classes.
pub fn prepare(field: &Field, value: &Datum) -> OrmResult<Datum> {
    if value.is_null() || value.is_expression() {
        return Ok(value.clone());
    }
    let kind = field.kind;
    if kind.is_a(FieldKind::Integer) || kind.is_a(FieldKind::SmallAuto) {
        return numbers::integer(field, value);
    }
    match kind {
        FieldKind::Float => numbers::float(field, value),
        FieldKind::Decimal => numbers::decimal(field, value),
        FieldKind::Boolean => texts::boolean(field, value),
        FieldKind::Char
        | FieldKind::Text
        | FieldKind::Slug
        | FieldKind::Email
        | FieldKind::Url
        | FieldKind::CommaSeparatedInteger
        | FieldKind::File
        | FieldKind::Image
        | FieldKind::FilePath
        | FieldKind::IpAddress => texts::text(value),
        FieldKind::GenericIpAddress => texts::ip_address(field, value),
        FieldKind::Date => dates::date(field, value),
        FieldKind::DateTime => dates::moment(field, value),
        FieldKind::Time => dates::time(field, value),
        FieldKind::Uuid => texts::uuid(value),
        _ => Ok(value.clone()),
    }
}

/// A prepared value as SQLite's driver takes it: `get_db_prep_value` of the built-in classes.
pub fn adapt(field: &Field, value: &Datum) -> OrmResult<Datum> {
    if value.is_expression() {
        return Ok(value.clone());
    }
    if value.is_null() {
        return if field.kind == FieldKind::Json { Ok(Datum::str("null")) } else { Ok(Datum::Null) };
    }
    match field.kind {
        FieldKind::Decimal => numbers::adapt_decimal(field, value),
        FieldKind::Date => Ok(Datum::str(value.py_str()?)),
        FieldKind::DateTime => dates::adapt_moment(value),
        FieldKind::Time => dates::adapt_time(value),
        FieldKind::Duration => dates::adapt_duration(value),
        FieldKind::Uuid => texts::adapt_uuid(value),
        FieldKind::Binary => texts::binary(value),
        FieldKind::GenericIpAddress if value.as_str() == Some("") => Ok(Datum::Null),
        FieldKind::Json => Ok(Datum::str(dumps(value)?)),
        _ => Ok(value.clone()),
    }
}

/// A JSON field's value as it is stored; `None` stays NULL.
pub fn save_json(field: &Field, value: &Datum) -> OrmResult<Datum> {
    if value.is_null() {
        return Ok(Datum::Null);
    }
    field.get_db_prep_value(value, false)
}

/// A class's name as messages of CPython's own types have it, with the module before it.
fn driver_type_name(value: &Datum) -> String {
    match value {
        Datum::Decimal(_) => "decimal.Decimal".to_owned(),
        Datum::Date(_) | Datum::Time(_) | Datum::DateTime(_) | Datum::Duration(_) => {
            format!("datetime.{}", value.type_name())
        }
        other => other.type_name(),
    }
}

/// The refusal of `to_python`.
fn invalid(message: String) -> OrmError {
    OrmError::new(ErrorKind::ValidationError, message)
}
