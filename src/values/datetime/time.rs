//! [`Time`]: a time of day, naive or with a zone.

use super::timezone::format_offset;
use super::{DateError, DateTime, TimeDelta, TimeZone};
use std::cmp::Ordering;
use std::fmt;

/// A time of day with microseconds, a fold and perhaps a zone. `==` is Python's: an aware and a naive time are never
/// equal, aware ones compare in UTC; `Display` is the ISO form.
#[derive(Debug, Clone)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    microsecond: u32,
    fold: u8,
    zone: Option<TimeZone>,
}

/// How many fields `isoformat` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeSpec {
    /// Microseconds only where there are any.
    #[default]
    Auto,
    /// `HH`
    Hours,
    /// `HH:MM`
    Minutes,
    /// `HH:MM:SS`
    Seconds,
    /// `HH:MM:SS.mmm`, cut off
    Milliseconds,
    /// `HH:MM:SS.ffffff`
    Microseconds,
}

impl TimeSpec {
    /// The specification of that name, as `isoformat(timespec=…)` takes it.
    pub fn from_name(name: &str) -> Option<TimeSpec> {
        Some(match name {
            "auto" => TimeSpec::Auto,
            "hours" => TimeSpec::Hours,
            "minutes" => TimeSpec::Minutes,
            "seconds" => TimeSpec::Seconds,
            "milliseconds" => TimeSpec::Milliseconds,
            "microseconds" => TimeSpec::Microseconds,
            _ => return None,
        })
    }
}

impl Time {
    /// Midnight, naive; `time.min`.
    pub const MIDNIGHT: Time = Time { hour: 0, minute: 0, second: 0, microsecond: 0, fold: 0, zone: None };
    /// `time.max`.
    pub const MAX: Time = Time { hour: 23, minute: 59, second: 59, microsecond: 999_999, fold: 0, zone: None };

    /// The naive time with these fields, or CPython's `ValueError` text.
    pub fn new(hour: i64, minute: i64, second: i64, microsecond: i64) -> Result<Time, DateError> {
        if !(0..=23).contains(&hour) {
            return Err(DateError::value("hour must be in 0..23"));
        }
        if !(0..=59).contains(&minute) {
            return Err(DateError::value("minute must be in 0..59"));
        }
        if !(0..=59).contains(&second) {
            return Err(DateError::value("second must be in 0..59"));
        }
        if !(0..=999_999).contains(&microsecond) {
            return Err(DateError::value("microsecond must be in 0..999999"));
        }
        Ok(Time {
            hour: hour as u8,
            minute: minute as u8,
            second: second as u8,
            microsecond: microsecond as u32,
            fold: 0,
            zone: None,
        })
    }

    /// The naive time so many microseconds after midnight, which must be less than a day.
    pub(crate) fn from_day_microseconds(micros: i128) -> Time {
        let (seconds, microsecond) = ((micros / 1_000_000) as u32, (micros % 1_000_000) as u32);
        Time {
            hour: (seconds / 3600 % 24) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            microsecond,
            fold: 0,
            zone: None,
        }
    }

    /// The hour, 0–23.
    pub fn hour(&self) -> u8 {
        self.hour
    }

    /// The minute, 0–59.
    pub fn minute(&self) -> u8 {
        self.minute
    }

    /// The second, 0–59.
    pub fn second(&self) -> u8 {
        self.second
    }

    /// The microsecond, 0–999999.
    pub fn microsecond(&self) -> u32 {
        self.microsecond
    }

    /// 1 for the second of two equal wall times, else 0.
    pub fn fold(&self) -> u8 {
        self.fold
    }

    /// The zone; `None` for naive times.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// The same fields with another zone or none.
    pub fn with_zone(mut self, zone: Option<TimeZone>) -> Time {
        self.zone = zone;
        self
    }

    /// The same fields with another fold (any but 0 counts as 1).
    pub fn with_fold(mut self, fold: u8) -> Time {
        self.fold = u8::from(fold != 0);
        self
    }

    /// The fields without zone, fold kept.
    pub fn naive(&self) -> Time {
        self.clone().with_zone(None)
    }

    /// Microseconds since midnight.
    pub fn day_microseconds(&self) -> i128 {
        let seconds = i128::from(self.hour) * 3600 + i128::from(self.minute) * 60 + i128::from(self.second);
        seconds * 1_000_000 + i128::from(self.microsecond)
    }

    /// `t.utcoffset()`: `None` for naive times and for zones whose offset depends on the date.
    pub fn utcoffset(&self) -> Option<TimeDelta> {
        self.zone.as_ref().and_then(|zone| zone.utcoffset(None))
    }

    /// The time with some fields changed; zone and fold stay.
    pub fn replace(
        &self,
        hour: Option<i64>,
        minute: Option<i64>,
        second: Option<i64>,
        microsecond: Option<i64>,
    ) -> Result<Time, DateError> {
        let changed = Time::new(
            hour.unwrap_or(self.hour.into()),
            minute.unwrap_or(self.minute.into()),
            second.unwrap_or(self.second.into()),
            microsecond.unwrap_or(self.microsecond.into()),
        )?;
        Ok(Time { fold: self.fold, zone: self.zone.clone(), ..changed })
    }

    /// Microseconds since midnight in UTC where the offset is known; the key of Python's comparison and hash.
    pub fn comparison_key(&self) -> i128 {
        let offset = self.utcoffset().map_or(0, |offset| offset.total_microseconds());
        self.day_microseconds() - offset
    }

    /// Which of two times is earlier; the error is Python's `TypeError` for a naive and an aware one.
    pub fn compare(&self, other: &Time) -> Result<Ordering, DateError> {
        if self.utcoffset().is_some() != other.utcoffset().is_some() {
            return Err(DateError::Type("can't compare offset-naive and offset-aware times".into()));
        }
        Ok(self.comparison_key().cmp(&other.comparison_key()))
    }

    /// `t.isoformat(timespec)`.
    pub fn isoformat(&self, spec: TimeSpec) -> String {
        let mut text = self.iso_fields(spec);
        if let Some(offset) = self.utcoffset() {
            text.push_str(&format_offset(&offset, ":"));
        }
        text
    }

    pub(crate) fn iso_fields(&self, spec: TimeSpec) -> String {
        let Time { hour, minute, second, microsecond, .. } = self;
        match spec {
            TimeSpec::Hours => format!("{hour:02}"),
            TimeSpec::Minutes => format!("{hour:02}:{minute:02}"),
            TimeSpec::Milliseconds => format!("{hour:02}:{minute:02}:{second:02}.{:03}", microsecond / 1000),
            TimeSpec::Microseconds => format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}"),
            TimeSpec::Auto if *microsecond != 0 => format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}"),
            TimeSpec::Auto | TimeSpec::Seconds => format!("{hour:02}:{minute:02}:{second:02}"),
        }
    }

    /// `repr(t)`.
    pub fn repr(&self) -> String {
        let mut text = format!("datetime.time({}, {}", self.hour, self.minute);
        self.push_repr_tail(&mut text);
        text
    }

    /// Seconds, microseconds, fold and zone as they stand in a repr, with the closing parenthesis.
    pub(crate) fn push_repr_tail(&self, text: &mut String) {
        if self.microsecond != 0 {
            text.push_str(&format!(", {}, {}", self.second, self.microsecond));
        } else if self.second != 0 {
            text.push_str(&format!(", {}", self.second));
        }
        if self.fold != 0 {
            text.push_str(", fold=1");
        }
        if let Some(zone) = &self.zone {
            text.push_str(&format!(", tzinfo={}", zone.repr()));
        }
        text.push(')');
    }

    /// `t.strftime(format)`, on 1900-01-01 as in Python.
    pub fn strftime(&self, format: &str) -> String {
        let day = super::Date::new(1900, 1, 1).unwrap_or(super::Date::MIN);
        let (offset, name) = (self.utcoffset(), self.zone.as_ref().and_then(|zone| zone.tzname(None)));
        super::strftime::strftime(format, &DateTime::combine(day, self.naive()), offset, name.as_deref())
    }

    /// Python 3.11's `time.fromisoformat`.
    pub fn fromisoformat(text: &str) -> Result<Time, DateError> {
        super::isoparse::time(text)
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_ok_and(Ordering::is_eq)
    }
}

impl Eq for Time {}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.isoformat(TimeSpec::Auto))
    }
}
