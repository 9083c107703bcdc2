//! What each field class makes of a value, one family a file.

use super::Field;
use crate::orm::{Datum, OrmResult};

/// The value in the field class's own Python type.
pub fn prepare(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let _ = field;
    Ok(value.clone())
}

/// A prepared value as SQLite's driver takes it.
pub fn adapt(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let _ = field;
    Ok(value.clone())
}

/// A JSON field's value as it is stored; `None` stays NULL.
pub fn save_json(field: &Field, value: &Datum) -> OrmResult<Datum> {
    if value.is_null() {
        return Ok(Datum::Null);
    }
    field.get_db_prep_value(value, false)
}

/// A decimal as SQLite gives it back: fifteen digits count, and a column's places.
pub fn decimal_from_db(value: &Datum, places: Option<(i64, i64)>) -> OrmResult<Datum> {
    let _ = places;
    Ok(value.clone())
}

/// A JSON column's text as data.
pub fn json_from_db(value: &Datum) -> OrmResult<Datum> {
    Ok(value.clone())
}
