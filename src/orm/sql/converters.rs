//! How the database's values become Python's again.

use std::rc::Rc;

use crate::orm::models::{Field, FieldKind};
use crate::orm::query::{Expr, Expression, functions};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult, settings};
use crate::values::{Date, DateTime, Time, TimeDelta, TimeZone, Uuid};

/// One step of a value's way back.
#[derive(Clone)]
pub enum Converter {
    /// Text to a moment, aware when the program's times are.
    DateTime,
    /// Text to a date.
    Date,
    /// Text to a time.
    Time,
    /// A number to a decimal of 15 digits; with the column's places, where a column is read.
    Decimal(Option<(i64, i64)>),
    /// Text to a UUID.
    Uuid,
    /// 0 and 1 to a truth value.
    Boolean,
    /// `float(value)`.
    Float,
    /// `int(value)`.
    Int,
    /// A truncated moment, in the zone it was truncated in.
    Rezone(Option<TimeZone>),
    /// Microseconds to a duration.
    Duration,
    /// JSON text to data; whether the value is a part of a document, which need not be text.
    Json(bool),
    /// A custom field's `from_db_value`.
    Field(Field, Expr),
    /// A custom expression's `convert_value`.
    Expression(Expr),
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DateTime => "DateTime",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Decimal(_) => "Decimal",
            Self::Uuid => "Uuid",
            Self::Boolean => "Boolean",
            Self::Float => "Float",
            Self::Int => "Int",
            Self::Rezone(_) => "Rezone",
            Self::Duration => "Duration",
            Self::Json(_) => "Json",
            Self::Field(..) => "Field",
            Self::Expression(_) => "Expression",
        })
    }
}

impl Converter {
    /// The steps for the values of a selected expression, the database's first.
    pub fn for_expression(expr: &Expr) -> OrmResult<Vec<Self>> {
        let mut steps = Vec::new();
        if matches!(**expr, Expression::ColPairs(_)) {
            return Ok(steps);
        }
        let Some(output) = expr.output_or_none()? else { return Ok(steps) };
        let internal = output.internal_type();
        match &*internal {
            "DateTimeField" => steps.push(Self::DateTime),
            "DateField" => steps.push(Self::Date),
            "TimeField" => steps.push(Self::Time),
            "DecimalField" => steps.push(Self::Decimal(match &**expr {
                Expression::Col(col) => {
                    let options = &col.output.field().options;
                    options.decimal_places.map(|places| (options.max_digits.unwrap_or(28), places))
                }
                _ => None,
            })),
            "UUIDField" => steps.push(Self::Uuid),
            "BooleanField" => steps.push(Self::Boolean),
            _ => {}
        }
        let is_col = matches!(**expr, Expression::Col(_));
        if let Expression::Custom(custom) = &**expr
            && custom.hooks.converts()
        {
            steps.push(Self::Expression(expr.clone()));
        } else if let Expression::Func(func) = &**expr
            && functions::datetime::is_trunc(func)
        {
            if &*internal == "DateTimeField" && settings::with(|settings| settings.use_tz) {
                steps.push(Self::Rezone(functions::datetime::own_zone(func)?));
            }
        } else if !is_col {
            match &*internal {
                "FloatField" => steps.push(Self::Float),
                name if name.ends_with("IntegerField") => steps.push(Self::Int),
                _ => {}
            }
        }
        Self::for_field(&output, expr, &mut steps);
        if let Expression::Col(col) = &**expr
            && col.target != output
        {
            Self::for_field(&col.target, expr, &mut steps);
        }
        Ok(steps)
    }

    fn for_field(field: &Field, expr: &Expr, steps: &mut Vec<Self>) {
        if let Some(hooks) = &field.hooks
            && hooks.has_from_db_value()
        {
            steps.push(Self::Field(field.clone(), expr.clone()));
            return;
        }
        match field.kind {
            FieldKind::Json => steps.push(Self::Json(functions::json::is_key_transform(expr))),
            FieldKind::Duration => steps.push(Self::Duration),
            FieldKind::Generated => {
                if let Some(generated) = &field.generated {
                    Self::for_field(&generated.output_field, expr, steps);
                }
            }
            _ => {}
        }
    }

    /// Converts one value. What does not look as stored by Django stays as it is.
    pub fn convert(&self, value: Datum) -> OrmResult<Datum> {
        if let Self::Field(field, expr) = self {
            return match &field.hooks {
                Some(hooks) => hooks.from_db_value(field, value, expr),
                None => Ok(value),
            };
        }
        if let Self::Expression(expr) = self {
            return match &**expr {
                Expression::Custom(custom) => custom.hooks.convert(&custom.base, value),
                _ => Ok(value),
            };
        }
        Ok(match (self, &value) {
            (_, Datum::Null) => value,
            (Self::DateTime, Datum::Str(text)) => match DateTime::fromisoformat(text) {
                Ok(moment) if settings::with(|settings| settings.use_tz) && !moment.is_aware() => {
                    let zone = settings::with(|settings| settings.connection_zone.clone());
                    Datum::DateTime(Rc::new(moment.with_zone(Some(zone))))
                }
                Ok(moment) => Datum::DateTime(Rc::new(moment)),
                // What cannot be read is None, whose zone is asked for where zones are in use.
                Err(_) if settings::with(|settings| settings.use_tz) => {
                    return Err(OrmError::attribute_error("'NoneType' object has no attribute 'utcoffset'"));
                }
                Err(_) => Datum::Null,
            },
            (Self::DateTime | Self::Date | Self::Time, Datum::Int(_) | Datum::Float(_) | Datum::Bytes(_)) => {
                return Err(OrmError::type_error("fromisoformat: argument must be str"));
            }
            (Self::Date, Datum::Str(text)) => Date::fromisoformat(text).map_or(Datum::Null, Datum::Date),
            (Self::Time, Datum::Str(text)) => {
                Time::fromisoformat(text).map_or(Datum::Null, |time| Datum::Time(Rc::new(time)))
            }
            (Self::Decimal(places), _) => crate::orm::models::decimal_from_db(&value, *places)?,
            (Self::Uuid, Datum::Str(text)) => match Uuid::parse(text) {
                Ok(id) => Datum::Uuid(id),
                Err(_) => return Err(OrmError::value_error("badly formed hexadecimal UUID string")),
            },
            (Self::Uuid, Datum::Int(_) | Datum::Float(_)) => {
                let kind = value.type_name();
                return Err(OrmError::attribute_error(format!("'{kind}' object has no attribute 'replace'")));
            }
            (Self::Boolean, Datum::Int(number @ (0 | 1))) => Datum::Bool(*number == 1),
            (Self::Boolean, Datum::Float(number)) if *number == 0.0 || *number == 1.0 => Datum::Bool(*number == 1.0),
            (Self::Float, Datum::Int(number)) => Datum::Float(*number as f64),
            (Self::Float, Datum::Str(text)) => match text.trim().parse() {
                Ok(number) => Datum::Float(number),
                Err(_) => {
                    let shown = crate::orm::text::repr_str(text);
                    return Err(OrmError::value_error(format!("could not convert string to float: {shown}")));
                }
            },
            (Self::Int, Datum::Float(_)) => crate::orm::models::int_from_db(&value)?,
            (Self::Int, Datum::Bool(truth)) => Datum::Int(i64::from(*truth)),
            (Self::Int, Datum::Str(text)) => match text.trim().parse() {
                Ok(number) => Datum::Int(number),
                Err(_) => {
                    let shown = crate::orm::text::repr_str(text);
                    return Err(OrmError::value_error(format!("invalid literal for int() with base 10: {shown}")));
                }
            },
            (Self::Rezone(zone), Datum::DateTime(moment)) => {
                Datum::DateTime(Rc::new(functions::datetime::rezoned(moment, zone.as_ref())))
            }
            (Self::Duration, Datum::Int(micros)) => {
                TimeDelta::from_microseconds(i128::from(*micros)).map_or(value, Datum::Duration)
            }
            (Self::Duration, Datum::Float(micros)) => {
                let micros = micros.round_ties_even();
                // The days of a duration are a C integer to Python.
                if !micros.is_finite() || (micros / 86_400_000_000.0).abs() > f64::from(i32::MAX) {
                    return Err(OrmError::new(ErrorKind::OverflowError, "Python int too large to convert to C int"));
                }
                TimeDelta::from_microseconds(micros as i128).map_or(value, Datum::Duration)
            }
            (Self::Duration, Datum::Str(_) | Datum::Bytes(_)) => {
                let kind = value.type_name();
                return Err(OrmError::type_error(format!(
                    "unsupported type for timedelta microseconds component: {kind}"
                )));
            }
            (Self::Json(part), _) => crate::orm::models::json_from_db(&value, *part)?,
            _ => value,
        })
    }
}
