//! The functions on dates, times, datetimes and durations, with all that Python's parsing lets through.

use super::{Answer, Argument, Raised, define, text};
use crate::db::SqlValue;
use crate::values::float::ratio_to_f64;
use crate::values::{Date, DateError, DateTime, Time, TimeDelta, TimeZone};
use rusqlite::Connection;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    define(connection, "django_date_extract", 2, |a| datetime_extract(a[0], a[1], Argument::Null, Argument::Null))?;
    define(connection, "django_datetime_extract", 4, |a| datetime_extract(a[0], a[1], a[2], a[3]))?;
    define(connection, "django_date_trunc", 4, |a| datetime_trunc(a, false))?;
    define(connection, "django_datetime_trunc", 4, |a| datetime_trunc(a, true))?;
    define(connection, "django_datetime_cast_date", 3, |a| match parse_in_zone(a[0], a[1], a[2])? {
        None => Ok(SqlValue::Null),
        Some(Moment::DateTime(moment)) => Ok(moment.date().to_string().into()),
        Some(Moment::Date(_)) => Err(Raised::Exception),
    })?;
    define(connection, "django_datetime_cast_time", 3, |a| match parse_in_zone(a[0], a[1], a[2])? {
        None => Ok(SqlValue::Null),
        Some(Moment::DateTime(moment)) => Ok(moment.time().naive().to_string().into()),
        Some(Moment::Date(_)) => Err(Raised::Exception),
    })?;
    define(connection, "django_time_extract", 2, |a| time_extract(a[0], a[1]))?;
    define(connection, "django_time_trunc", 4, time_trunc)?;
    define(connection, "django_time_diff", 2, |a| time_diff(a[0], a[1]))?;
    define(connection, "django_timestamp_diff", 2, |a| timestamp_diff(a[0], a[1]))?;
    define(connection, "django_format_dtdelta", 3, |a| format_dtdelta(a[0], a[1], a[2]))
}

/// What a text of the database stands for.
#[derive(Debug, Clone)]
enum Moment {
    Date(Date),
    DateTime(DateTime),
}

impl Moment {
    fn date(&self) -> Date {
        match self {
            Moment::Date(date) => *date,
            Moment::DateTime(moment) => moment.date(),
        }
    }

    fn time(&self) -> Option<&Time> {
        match self {
            Moment::Date(_) => None,
            Moment::DateTime(moment) => Some(moment.time()),
        }
    }
}

/// Why a text isn't read: with a `ValueError` or `TypeError`, which some callers turn into NULL, or with another exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    Value,
    Overflow,
    Other,
}

impl From<Unread> for Raised {
    fn from(unread: Unread) -> Raised {
        if unread == Unread::Overflow { Raised::TooBig } else { Raised::Exception }
    }
}

/// An `OverflowError` is reported as a result that is too big.
fn date_error(error: DateError) -> Raised {
    if error.is_overflow() { Raised::TooBig } else { Raised::Exception }
}

/// Python's `int(text)`, as far as it fits the fields of dates.
fn int(text: &str) -> Result<i64, Unread> {
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let parts: Vec<&str> = digits.split('_').collect();
    if parts.iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Unread::Value);
    }
    // No field is as large as what is cut off here, so the field's own check refuses it.
    let magnitude: i64 = parts.concat().parse().unwrap_or(i64::MAX);
    Ok(if negative { -magnitude } else { magnitude })
}

/// A field that doesn't fit C's int is an OverflowError, which no caller expects.
fn check_fit(fields: &[i64]) -> Result<(), Unread> {
    if fields.iter().all(|field| i32::try_from(*field).is_ok()) { Ok(()) } else { Err(Unread::Overflow) }
}

/// The first six digits of a fraction, as microseconds.
fn microseconds(digits: &str) -> Result<i64, Unread> {
    let six: String = digits.chars().chain("000000".chars()).take(6).collect();
    int(&six)
}

/// Seconds and microseconds of `ss[.ffffff]`.
fn seconds(text: &str) -> Result<(i64, i64), Unread> {
    match text.split_once('.') {
        None => Ok((int(text)?, 0)),
        Some((_, fraction)) if fraction.contains('.') => Err(Unread::Value),
        Some((whole, fraction)) => Ok((int(whole)?, microseconds(fraction)?)),
    }
}

/// Django's reading of a date or datetime; `None` for what Python calls false.
fn typecast_timestamp(argument: Argument<'_>) -> Result<Option<Moment>, Unread> {
    let text = match argument {
        Argument::Null | Argument::Integer(0) | Argument::Text("") | Argument::Blob([]) => return Ok(None),
        Argument::Real(0.0) => return Ok(None),
        Argument::Text(text) => text,
        // `" " in 5` is a TypeError.
        _ => return Err(Unread::Value),
    };
    if !text.contains(' ') {
        let fields = text.split('-').map(int).collect::<Result<Vec<_>, _>>()?;
        let [year, month, day] = fields[..] else { return Err(Unread::Value) };
        check_fit(&fields)?;
        return Date::new(year, month, day).map(|date| Some(Moment::Date(date))).map_err(|_| Unread::Value);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, clock] = words[..] else { return Err(Unread::Value) };
    let clock = clock.split_once('-').or_else(|| clock.split_once('+')).map_or(clock, |(clock, _)| clock);
    let dates: Vec<&str> = day.split('-').collect();
    let times: Vec<&str> = clock.split(':').collect();
    // Too few parts are an IndexError.
    let third = times.get(2).ok_or(Unread::Other)?;
    let (whole, fraction) = match third.split_once('.') {
        None => (*third, "0"),
        Some((_, rest)) if rest.contains('.') => return Err(Unread::Value),
        Some(parts) => parts,
    };
    let field = |parts: &[&str], index: usize| parts.get(index).ok_or(Unread::Other).and_then(|part| int(part));
    let date = (field(&dates, 0)?, field(&dates, 1)?, field(&dates, 2)?);
    let time = (field(&times, 0)?, field(&times, 1)?, int(whole)?, microseconds(fraction)?);
    check_fit(&[date.0, date.1, date.2, time.0, time.1, time.2])?;
    DateTime::new(date, time).map(|moment| Some(Moment::DateTime(moment))).map_err(|_| Unread::Value)
}

/// Django's reading of a time; `None` for what Python calls false.
fn typecast_time(argument: Argument<'_>) -> Result<Option<Time>, Unread> {
    let text = match argument {
        Argument::Null | Argument::Integer(0) | Argument::Text("") | Argument::Blob([]) => return Ok(None),
        Argument::Real(0.0) => return Ok(None),
        Argument::Text(text) => text,
        // Bytes can't be split by a text, numbers not at all.
        Argument::Blob(_) => return Err(Unread::Value),
        _ => return Err(Unread::Other),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [hour, minute, rest] = parts[..] else { return Err(Unread::Value) };
    if rest.matches('.').count() > 1 {
        return Err(Unread::Value);
    }
    let (hour, minute) = (int(hour)?, int(minute)?);
    let (second, micros) = seconds(rest)?;
    check_fit(&[hour, minute, second])?;
    Time::new(hour, minute, second, micros).map(Some).map_err(|_| Unread::Value)
}

/// The moment of a text, converted from the connection's zone to another; `None` gives NULL.
fn parse_in_zone(argument: Argument<'_>, zone: Argument<'_>, own: Argument<'_>) -> Result<Option<Moment>, Raised> {
    if argument.is_null() {
        return Ok(None);
    }
    let moment = match typecast_timestamp(argument) {
        Ok(moment) => moment,
        Err(Unread::Value) => return Ok(None),
        Err(unread) => return Err(unread.into()),
    };
    let own_name = match own {
        Argument::Null | Argument::Text("") => None,
        Argument::Text(name) => Some(name),
        _ => return Err(Raised::Exception),
    };
    let moment = match own_name {
        None => moment,
        // Only datetimes take a zone.
        Some(name) => match moment {
            Some(Moment::DateTime(moment)) => Some(Moment::DateTime(moment.with_zone(Some(zone_named(name)?)))),
            _ => return Err(Raised::Exception),
        },
    };
    let zone = match zone {
        Argument::Null => return Ok(moment),
        Argument::Text(name) if Some(name) == own_name => return Ok(moment),
        Argument::Text(name) => name,
        _ => return Err(Raised::Exception),
    };
    let (Some(Moment::DateTime(moment)), Some(own_name)) = (moment, own_name) else { return Err(Raised::Exception) };
    let (name, offset) = split_delta(zone)?;
    let mut moment = moment;
    if let Some(offset) = offset {
        moment = moment.checked_add(&offset).map_err(date_error)?;
    }
    let target = zone_named(if name.is_empty() { own_name } else { name })?;
    let local = moment.astimezone(&target, &TimeZone::UTC).map_err(date_error)?;
    Ok(Some(Moment::DateTime(local)))
}

fn zone_named(name: &str) -> Result<TimeZone, Raised> {
    TimeZone::zone(name).ok_or(Raised::Exception)
}

/// `UTC+05:30` as its name and the offset to add.
fn split_delta(zone: &str) -> Result<(&str, Option<TimeDelta>), Raised> {
    for sign in ['+', '-'] {
        let Some((name, offset)) = zone.rsplit_once(sign) else { continue };
        if offset.is_empty() || !is_time(offset)? {
            continue;
        }
        let full = if offset.contains(':') { offset.to_owned() } else { format!("{offset}:00") };
        let parts: Vec<&str> = full.split(':').collect();
        let [hours, minutes] = parts[..] else { return Err(Raised::Exception) };
        let micros = i128::from(int(hours)?) * 3_600_000_000 + i128::from(int(minutes)?) * 60_000_000;
        let micros = if sign == '+' { micros } else { -micros };
        return Ok((name, Some(TimeDelta::from_microseconds(micros).map_err(|_| Raised::Exception)?)));
    }
    Ok((zone, None))
}

/// Whether Django's `parse_time` reads the text: an ISO time, or `h:m[:s[.f]]` with one or two digits. An hour or minute
/// out of range raises.
fn is_time(text: &str) -> Result<bool, Raised> {
    if Time::fromisoformat(text).is_ok() {
        return Ok(true);
    }
    let mut parts = text.splitn(3, ':');
    let short = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(hour), Some(minute)) = (parts.next(), parts.next()) else { return Ok(false) };
    if !short(hour) || !short(minute) {
        return Ok(false);
    }
    let in_range =
        hour.parse::<u8>().is_ok_and(|hour| hour < 24) && minute.parse::<u8>().is_ok_and(|minute| minute < 60);
    match parts.next() {
        None if in_range => Ok(true),
        None => Err(Raised::Exception),
        Some(rest) => {
            let (whole, fraction) = rest.split_once(['.', ',']).unwrap_or((rest, "0"));
            let shaped =
                short(whole) && (1..=12).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
            match shaped {
                false => Ok(false),
                true if in_range && whole.parse::<u8>().is_ok_and(|second| second < 60) => Ok(true),
                true => Err(Raised::Exception),
            }
        }
    }
}

fn datetime_extract(lookup: Argument<'_>, value: Argument<'_>, zone: Argument<'_>, own: Argument<'_>) -> Answer {
    let Some(moment) = parse_in_zone(value, zone, own)? else { return Ok(SqlValue::Null) };
    let Argument::Text(lookup) = lookup else { return Err(Raised::Exception) };
    let date = moment.date();
    let number = match lookup {
        "week_day" => i64::from(date.isoweekday() % 7) + 1,
        "iso_week_day" => date.isoweekday().into(),
        "week" => date.isocalendar().week.into(),
        "quarter" => date.quarter().into(),
        "iso_year" => date.isocalendar().year.into(),
        "year" => date.year().into(),
        "month" => date.month().into(),
        "day" => date.day().into(),
        other => moment.time().and_then(|time| time_attribute(time, other)).ok_or(Raised::Exception)?,
    };
    Ok(number.into())
}

fn time_attribute(time: &Time, name: &str) -> Option<i64> {
    Some(match name {
        "hour" => time.hour().into(),
        "minute" => time.minute().into(),
        "second" => time.second().into(),
        "microsecond" => time.microsecond().into(),
        "fold" => time.fold().into(),
        _ => return None,
    })
}

fn datetime_trunc(arguments: &[Argument<'_>], with_time: bool) -> Answer {
    let [lookup, value, zone, own] = *arguments else { return Err(Raised::Exception) };
    let Some(moment) = parse_in_zone(value, zone, own)? else { return Ok(SqlValue::Null) };
    let Argument::Text(lookup) = lookup else { return Err(Raised::Exception) };
    let date = moment.date();
    let (year, month) = (date.year(), date.month());
    let day = match lookup {
        "year" => format!("{year:04}-01-01"),
        "quarter" => format!("{year:04}-{:02}-01", month - (month - 1) % 3),
        "month" => format!("{year:04}-{month:02}-01"),
        "week" => date.add_days(-i64::from(date.weekday())).map_err(date_error)?.to_string(),
        "day" => date.to_string(),
        lookup @ ("hour" | "minute" | "second") if with_time => {
            let time = moment.time().ok_or(Raised::Exception)?;
            return Ok(format!("{date} {}", truncated(time, lookup).ok_or(Raised::Exception)?).into());
        }
        _ => return Err(Raised::Exception),
    };
    Ok(if with_time { format!("{day} 00:00:00").into() } else { day.into() })
}

fn truncated(time: &Time, lookup: &str) -> Option<String> {
    Some(match lookup {
        "hour" => format!("{:02}:00:00", time.hour()),
        "minute" => format!("{:02}:{:02}:00", time.hour(), time.minute()),
        "second" => format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()),
        _ => return None,
    })
}

fn time_trunc(arguments: &[Argument<'_>]) -> Answer {
    let [lookup, value, zone, own] = *arguments else { return Err(Raised::Exception) };
    if value.is_null() {
        return Ok(SqlValue::Null);
    }
    let time = match parse_in_zone(value, zone, own)? {
        Some(moment) => moment.time().cloned(),
        None => match typecast_time(value) {
            Ok(time) => time,
            Err(Unread::Value) => return Ok(SqlValue::Null),
            Err(unread) => return Err(unread.into()),
        },
    };
    let (Some(time), Argument::Text(lookup)) = (time, lookup) else { return Err(Raised::Exception) };
    Ok(truncated(&time, lookup).ok_or(Raised::Exception)?.into())
}

fn time_extract(lookup: Argument<'_>, value: Argument<'_>) -> Answer {
    if value.is_null() {
        return Ok(SqlValue::Null);
    }
    let time = match typecast_time(value) {
        Ok(time) => time.ok_or(Raised::Exception)?,
        Err(Unread::Value) => return Ok(SqlValue::Null),
        Err(unread) => return Err(unread.into()),
    };
    let Argument::Text(lookup) = lookup else { return Err(Raised::Exception) };
    Ok(time_attribute(&time, lookup).ok_or(Raised::Exception)?.into())
}

fn time_diff(left: Argument<'_>, right: Argument<'_>) -> Answer {
    if left.is_null() || right.is_null() {
        return Ok(SqlValue::Null);
    }
    let left = typecast_time(left)?.ok_or(Raised::Exception)?;
    let right = typecast_time(right)?.ok_or(Raised::Exception)?;
    integer(left.day_microseconds() - right.day_microseconds())
}

fn integer(value: i128) -> Answer {
    i64::try_from(value).map(SqlValue::Integer).map_err(|_| Raised::TooBig)
}

fn timestamp_diff(left: Argument<'_>, right: Argument<'_>) -> Answer {
    if left.is_null() || right.is_null() {
        return Ok(SqlValue::Null);
    }
    let difference = match (typecast_timestamp(left)?, typecast_timestamp(right)?) {
        (Some(Moment::Date(left)), Some(Moment::Date(right))) => left.since(&right),
        (Some(Moment::DateTime(left)), Some(Moment::DateTime(right))) => left.since(&right).map_err(date_error)?,
        _ => return Err(Raised::Exception),
    };
    integer(difference.total_microseconds())
}

/// An operand of `+` and `-`.
enum Operand {
    Duration(TimeDelta),
    Moment(Moment),
    /// Python's `None`, with which nothing can be computed.
    Nothing,
}

fn operand(argument: Argument<'_>) -> Result<Operand, Unread> {
    if let Argument::Integer(micros) = argument {
        return TimeDelta::from_microseconds(micros.into()).map(Operand::Duration).map_err(|_| Unread::Overflow);
    }
    Ok(typecast_timestamp(argument)?.map_or(Operand::Nothing, Operand::Moment))
}

fn format_dtdelta(connector: Argument<'_>, left: Argument<'_>, right: Argument<'_>) -> Answer {
    if connector.is_null() || left.is_null() || right.is_null() {
        return Ok(SqlValue::Null);
    }
    let Argument::Text(connector) = connector else { return Err(Raised::Exception) };
    let connector = connector.trim();
    if !matches!(connector, "+" | "-") {
        return if connector == "*" { text::multiply(left, right) } else { divide(left, right) };
    }
    let (left, right) = match (operand(left), operand(right)) {
        (Ok(left), Ok(right)) => (left, right),
        // The left operand is read first, and its failure decides.
        (Err(unread), _) | (Ok(_), Err(unread)) if unread != Unread::Value => return Err(unread.into()),
        _ => return Ok(SqlValue::Null),
    };
    let plus = connector == "+";
    let text = match (left, right) {
        (Operand::Duration(a), Operand::Duration(b)) => {
            let sum = if plus { a.checked_add(&b) } else { a.checked_sub(&b) };
            sum.map(|sum| sum.to_string())
        }
        (Operand::Moment(moment), Operand::Duration(delta)) => shifted(&moment, &delta, plus),
        (Operand::Duration(delta), Operand::Moment(moment)) if plus => shifted(&moment, &delta, true),
        (Operand::Moment(Moment::Date(a)), Operand::Moment(Moment::Date(b))) if !plus => Ok(a.since(&b).to_string()),
        (Operand::Moment(Moment::DateTime(a)), Operand::Moment(Moment::DateTime(b))) if !plus => {
            a.since(&b).map(|difference| difference.to_string())
        }
        _ => return Err(Raised::Exception),
    };
    text.map(SqlValue::Text).map_err(date_error)
}

fn shifted(moment: &Moment, delta: &TimeDelta, plus: bool) -> Result<String, DateError> {
    match moment {
        Moment::Date(date) => {
            let moved = if plus { date.checked_add(delta) } else { date.checked_sub(delta) };
            moved.map(|date| date.to_string())
        }
        Moment::DateTime(moment) => {
            let moved = if plus { moment.checked_add(delta) } else { moment.checked_sub(delta) };
            moved.map(|moment| moment.to_string())
        }
    }
}

/// Python's `/` on the values that SQLite knows.
fn divide(left: Argument<'_>, right: Argument<'_>) -> Answer {
    let quotient = match (left, right) {
        (Argument::Integer(_), Argument::Integer(0)) => return Err(Raised::Exception),
        (Argument::Integer(a), Argument::Integer(b)) => ratio_to_f64(&a.into(), &b.into()),
        (left, right) => {
            let number = |argument| match argument {
                Argument::Integer(value) => Ok(value as f64),
                Argument::Real(value) => Ok(value),
                _ => Err(Raised::Exception),
            };
            let (a, b) = (number(left)?, number(right)?);
            if b == 0.0 {
                return Err(Raised::Exception);
            }
            a / b
        }
    };
    Ok(if quotient.is_nan() { SqlValue::Null } else { SqlValue::Real(quotient) })
}
