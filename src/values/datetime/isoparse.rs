//! `fromisoformat` of dates, times and datetimes with the grammar of Python 3.11.

use super::{Date, DateError, DateTime, Time, TimeDelta, TimeZone};
use crate::values::text::str_repr;

/// Why a text is refused: it has no ISO form at all, or a field of it is out of its range.
enum Refusal {
    Shape,
    Range(DateError),
}

impl Refusal {
    fn into_error(self, text: &str) -> DateError {
        match self {
            Refusal::Shape => DateError::value(format!("Invalid isoformat string: {}", str_repr(text))),
            Refusal::Range(error) => error,
        }
    }
}

pub(super) fn date(text: &str) -> Result<Date, DateError> {
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 7 | 8 | 10) {
        return Err(Refusal::Shape.into_error(text));
    }
    parse_date(bytes).map_err(|refusal| refusal.into_error(text))
}

pub(super) fn time(text: &str) -> Result<Time, DateError> {
    let fields = text.strip_prefix('T').unwrap_or(text);
    parse_time(fields.as_bytes()).map_err(|refusal| refusal.into_error(text))
}

pub(super) fn datetime(text: &str) -> Result<DateTime, DateError> {
    parse_datetime(text).map_err(|refusal| refusal.into_error(text))
}

fn parse_datetime(text: &str) -> Result<DateTime, Refusal> {
    let bytes = text.as_bytes();
    if text.chars().count() < 7 {
        return Err(Refusal::Shape);
    }
    let split = separator_position(bytes).ok_or(Refusal::Shape)?;
    let day = bytes.get(..split).ok_or(Refusal::Shape)?;
    // The separator is any one character; what precedes it is ASCII, or it is no date.
    let rest = text.get(split..).ok_or(Refusal::Shape)?;
    let date = parse_date(day);
    let mut characters = rest.chars();
    characters.next();
    let rest = characters.as_str();
    let date = match date {
        Err(Refusal::Shape) => return Err(Refusal::Shape),
        other => other,
    };
    let time = if bytes.len() == split { Ok(Time::MIDNIGHT) } else { parse_time(rest.as_bytes()) };
    // A malformed time outweighs a date that is out of range, which is only checked when all is read.
    if let Err(Refusal::Shape) = time {
        return Err(Refusal::Shape);
    }
    Ok(DateTime::combine(date?, time?))
}

fn is_digit_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// Where the date ends: the first of the forms that leaves a readable time.
fn separator_position(bytes: &[u8]) -> Option<usize> {
    let length = bytes.len();
    if length == 7 {
        return Some(7);
    }
    if bytes.get(4) == Some(&b'-') {
        if bytes.get(5) != Some(&b'W') {
            return Some(10);
        }
        if length > 8 && bytes.get(8) == Some(&b'-') {
            if length == 9 {
                return None;
            }
            return Some(if length > 10 && is_digit_at(bytes, 10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if bytes.get(4) != Some(&b'W') {
        return Some(8);
    }
    let mut end = 7;
    while is_digit_at(bytes, end) {
        end += 1;
    }
    Some(if end < 9 {
        end
    } else if end % 2 == 0 {
        7
    } else {
        8
    })
}

fn number(bytes: &[u8], from: usize, length: usize) -> Result<i64, Refusal> {
    let digits = bytes.get(from..from + length).ok_or(Refusal::Shape)?;
    digits.iter().try_fold(0i64, |sum, byte| {
        if byte.is_ascii_digit() { Ok(sum * 10 + i64::from(byte - b'0')) } else { Err(Refusal::Shape) }
    })
}

fn parse_date(bytes: &[u8]) -> Result<Date, Refusal> {
    if !matches!(bytes.len(), 7 | 8 | 10) {
        return Err(Refusal::Shape);
    }
    let year = number(bytes, 0, 4)?;
    let dashed = bytes.get(4) == Some(&b'-');
    let mut at = 4 + usize::from(dashed);
    if bytes.get(at) == Some(&b'W') {
        let week = number(bytes, at + 1, 2)?;
        at += 3;
        let mut weekday = 1;
        if at < bytes.len() {
            if (bytes.get(at) == Some(&b'-')) != dashed {
                return Err(Refusal::Shape);
            }
            at += usize::from(dashed);
            weekday = number(bytes, at, 1)?;
            at += 1;
        }
        if at != bytes.len() {
            return Err(Refusal::Shape);
        }
        return Date::from_isocalendar(year, week, weekday).map_err(|_| Refusal::Shape);
    }
    let month = number(bytes, at, 2)?;
    at += 2;
    if (bytes.get(at) == Some(&b'-')) != dashed {
        return Err(Refusal::Shape);
    }
    at += usize::from(dashed);
    let day = number(bytes, at, 2)?;
    if at + 2 != bytes.len() {
        return Err(Refusal::Shape);
    }
    Date::new(year, month, day).map_err(Refusal::Range)
}

/// Hours, minutes, seconds and microseconds of `HH[:MM[:SS[.f…]]]` or the same without colons. As in CPython's own reader,
/// a fraction without colons needs no point, and before a zone one character behind the last field, or what follows six
/// digits of the fraction, passes unread.
fn clock_fields(bytes: &[u8], before_zone: bool) -> Result<[i64; 4], Refusal> {
    let mut fields = [0i64; 4];
    let mut at = 0;
    let mut colons = false;
    for (index, field) in fields.iter_mut().take(3).enumerate() {
        *field = number(bytes, at, 2)?;
        at += 2;
        let next = bytes.get(at).copied();
        if index == 0 {
            colons = next == Some(b':');
        }
        let Some(next) = next else { return Ok(fields) };
        if at + 1 == bytes.len() {
            return if before_zone { Ok(fields) } else { Err(Refusal::Shape) };
        }
        if colons && next == b':' {
            at += 1;
        } else if matches!(next, b'.' | b',') {
            at += 1;
            break;
        } else if colons {
            return Err(Refusal::Shape);
        }
    }
    let fraction = &bytes[at..];
    let used = fraction.len().min(6);
    if used == 0 || (!before_zone && !fraction.iter().all(u8::is_ascii_digit)) {
        return Err(Refusal::Shape);
    }
    fields[3] = number(fraction, 0, used)? * 10i64.pow(6 - used as u32);
    Ok(fields)
}

fn parse_time(bytes: &[u8]) -> Result<Time, Refusal> {
    let mark = bytes.iter().position(|byte| matches!(byte, b'+' | b'-' | b'Z'));
    let (clock, zone) = match mark {
        None => (bytes, None),
        Some(at) => (&bytes[..at], Some((bytes[at], &bytes[at + 1..]))),
    };
    let [hour, minute, second, microsecond] = clock_fields(clock, zone.is_some())?;
    let zone = match zone {
        None => None,
        Some((b'Z', [])) => Some(TimeZone::UTC),
        Some((b'Z', _)) => return Err(Refusal::Shape),
        Some((_, text)) if matches!(text.len(), 0 | 1 | 3) => return Err(Refusal::Shape),
        Some((sign, text)) => {
            let [hours, minutes, seconds, micros] = clock_fields(text, false)?;
            let length = TimeDelta::new(0, hours * 3600 + minutes * 60 + seconds, micros).map_err(Refusal::Range)?;
            let offset = if sign == b'-' { length.checked_neg().map_err(Refusal::Range)? } else { length };
            if offset.is_zero() {
                Some(TimeZone::UTC)
            } else {
                Some(TimeZone::fixed(offset, None).map_err(Refusal::Range)?)
            }
        }
    };
    Ok(Time::new(hour, minute, second, microsecond).map_err(Refusal::Range)?.with_zone(zone))
}
