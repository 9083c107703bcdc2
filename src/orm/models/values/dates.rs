//! Dates, times, moments and durations.

use std::rc::Rc;

use super::{Field, invalid};
use crate::orm::{Datum, OrmError, OrmResult, settings};
use crate::values::{Date, DateError, DateTime, Time, TimeZone};

fn refused(value: &Datum, text: &str) -> OrmResult<OrmError> {
    Ok(invalid(format!("“{}” {text}", value.py_str()?)))
}

fn date_error(error: &DateError) -> OrmError {
    if error.is_overflow() {
        OrmError::new(crate::orm::ErrorKind::OverflowError, error.to_string())
    } else {
        OrmError::value_error(error.to_string())
    }
}

fn needs_text(value: &Datum) -> OrmResult<&str> {
    value.as_str().ok_or_else(|| OrmError::type_error("fromisoformat: argument must be str"))
}

fn in_zone(moment: &DateTime, zone: &TimeZone) -> OrmResult<DateTime> {
    moment.astimezone(zone, zone).map_err(|error| date_error(&error))
}

/// Whether a text has the shape of digits between these separators, so that its numbers must be wrong.
fn shaped(text: &str, lengths: &[(usize, usize)], separator: char) -> bool {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, (least, most))| {
            (*least..=*most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// `parse_date(text)`: `None` where the shape is wrong, an error where the numbers are.
fn parse_date(text: &str) -> Result<Option<Date>, DateError> {
    if let Ok(date) = Date::fromisoformat(text) {
        return Ok(Some(date));
    }
    if !shaped(text, &[(4, 4), (1, 2), (1, 2)], '-') {
        return Ok(None);
    }
    let mut numbers = text.split('-').map(|part| part.parse::<i64>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    Date::new(next(), next(), next()).map(Some)
}

/// `parse_time(text)`, likewise.
fn parse_time(text: &str) -> Result<Option<Time>, DateError> {
    if let Ok(time) = Time::fromisoformat(text) {
        return Ok(Some(time.naive()));
    }
    let mut head = text.splitn(2, ':');
    let (Some(hour), Some(rest)) = (head.next(), head.next()) else { return Ok(None) };
    let (minute, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let (second, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let sound = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !sound(hour, 2) || !sound(minute, 2) || !sound(second, 2) || !(fraction.is_empty() || sound(fraction, 12)) {
        return Ok(None);
    }
    let number = |part: &str| part.parse::<i64>().unwrap_or_default();
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Time::new(number(hour), number(minute), number(second), number(&micros)).map(Some)
}

/// `parse_datetime(text)`, likewise.
fn parse_moment(text: &str) -> Result<Option<DateTime>, DateError> {
    if let Ok(moment) = DateTime::fromisoformat(text) {
        return Ok(Some(moment));
    }
    let Some((date, time)) = text.split_once(['T', ' ']) else { return Ok(None) };
    let time = time.trim_start();
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (time[..at].trim_end(), Some(&time[at..])),
        None => (time, None),
    };
    let (Some(date), Some(time)) = (parse_date(date)?, parse_time(clock)?) else { return Ok(None) };
    let moment = DateTime::combine(date, time);
    match zone {
        None => Ok(Some(moment)),
        Some("Z") => Ok(Some(moment.with_zone(Some(TimeZone::UTC)))),
        Some(offset) => match DateTime::fromisoformat(&format!("2000-01-01T00:00:00{offset}")) {
            Ok(other) => Ok(Some(moment.with_zone(other.zone().cloned()))),
            Err(_) => Ok(None),
        },
    }
}

/// `DateField.to_python`.
pub fn date(_field: &Field, value: &Datum) -> OrmResult<Datum> {
    match value {
        Datum::Date(_) => Ok(value.clone()),
        Datum::DateTime(moment) => {
            let here = settings::with(|settings| settings.use_tz.then(|| settings.default_zone.clone()));
            match here {
                Some(zone) if moment.is_aware() => Ok(Datum::Date(in_zone(moment, &zone)?.date())),
                _ => Ok(Datum::Date(moment.date())),
            }
        }
        other => match parse_date(needs_text(other)?) {
            Ok(Some(date)) => Ok(Datum::Date(date)),
            Ok(None) => Err(refused(value, "value has an invalid date format. It must be in YYYY-MM-DD format.")?),
            Err(_) => Err(refused(value, "value has the correct format (YYYY-MM-DD) but it is an invalid date.")?),
        },
    }
}

/// `DateTimeField.get_prep_value`: naive moments are of the default zone where times are aware.
pub fn moment(field: &Field, value: &Datum) -> OrmResult<Datum> {
    let moment = match value {
        Datum::DateTime(moment) => (**moment).clone(),
        Datum::Date(date) => midnight(*date),
        other => {
            let text = needs_text(other)?;
            match parse_moment(text) {
                Ok(Some(moment)) => moment,
                Err(_) => {
                    return Err(refused(
                        value,
                        "value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid \
                         date/time.",
                    )?);
                }
                Ok(None) => match parse_date(text) {
                    Ok(Some(date)) => midnight(date),
                    Err(_) => {
                        return Err(refused(
                            value,
                            "value has the correct format (YYYY-MM-DD) but it is an invalid date.",
                        )?);
                    }
                    Ok(None) => {
                        return Err(refused(
                            value,
                            "value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.",
                        )?);
                    }
                },
            }
        }
    };
    let zone = settings::with(|settings| settings.use_tz.then(|| settings.default_zone.clone()));
    Ok(Datum::DateTime(Rc::new(match zone {
        Some(zone) if !moment.is_aware() => {
            let name = match field.model() {
                Some(model) => format!("{}.{}", model.name, field.name),
                None => "(unbound)".to_owned(),
            };
            settings::warn(format!(
                "DateTimeField {name} received a naive datetime ({moment}) while time zone support is active."
            ));
            moment.with_zone(Some(zone))
        }
        _ => moment,
    })))
}

fn midnight(date: Date) -> DateTime {
    match Time::new(0, 0, 0, 0) {
        Ok(time) => DateTime::combine(date, time),
        Err(_) => DateTime::min(),
    }
}

/// `TimeField.to_python`.
pub fn time(_field: &Field, value: &Datum) -> OrmResult<Datum> {
    match value {
        Datum::Time(_) => Ok(value.clone()),
        Datum::DateTime(moment) => Ok(Datum::Time(Rc::new(moment.time().naive()))),
        other => match parse_time(needs_text(other)?) {
            Ok(Some(time)) => Ok(Datum::Time(Rc::new(time))),
            Ok(None) => Err(refused(value, "value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format.")?),
            Err(_) => {
                Err(refused(value, "value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time.")?)
            }
        },
    }
}

/// `adapt_datetimefield_value`: the text that Django stores.
pub fn adapt_moment(value: &Datum) -> OrmResult<Datum> {
    let Datum::DateTime(moment) = value else { return Ok(Datum::str(value.py_str()?)) };
    if !moment.is_aware() {
        return Ok(Datum::str(moment.to_string()));
    }
    let Some(zone) = settings::with(|settings| settings.use_tz.then(|| settings.connection_zone.clone())) else {
        return Err(OrmError::value_error(
            "SQLite backend does not support timezone-aware datetimes when USE_TZ is False.",
        ));
    };
    Ok(Datum::str(in_zone(moment, &zone)?.naive().to_string()))
}

/// `adapt_timefield_value`.
pub fn adapt_time(value: &Datum) -> OrmResult<Datum> {
    if let Datum::Time(time) = value
        && time.zone().is_some()
    {
        return Err(OrmError::value_error("SQLite backend does not support timezone-aware times."));
    }
    Ok(Datum::str(value.py_str()?))
}

/// `duration_microseconds(value)`.
pub fn adapt_duration(value: &Datum) -> OrmResult<Datum> {
    match value {
        Datum::Duration(duration) => {
            let micros = duration.total_microseconds();
            Ok(match i64::try_from(micros) {
                Ok(micros) => Datum::Int(micros),
                Err(_) => Datum::BigInt(Rc::new(micros.into())),
            })
        }
        other => Err(OrmError::attribute_error(format!(
            "'{}' object has no attribute 'days'",
            super::driver_type_name(other)
        ))),
    }
}
