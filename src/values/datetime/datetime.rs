//! [`DateTime`]: a date and a time of day, naive or in a zone.

use super::timezone::format_offset;
use super::{Date, DateError, Time, TimeDelta, TimeSpec, TimeZone};
use std::cmp::Ordering;
use std::fmt;

/// A point of the calendar with microseconds, a fold and perhaps a zone. `==` is Python's (aware values compare in UTC,
/// an aware and a naive one are never equal); `Display` is Python's `str()`, with a space between date and time.
#[derive(Debug, Clone)]
pub struct DateTime {
    date: Date,
    time: Time,
}

const MICROS_PER_DAY: i128 = 86_400_000_000;
/// The ordinal of 1970-01-01.
const EPOCH_ORDINAL: i64 = 719_163;

impl DateTime {
    /// `datetime.combine(date, time)`: zone and fold are the time's.
    pub fn combine(date: Date, time: Time) -> DateTime {
        DateTime { date, time }
    }

    /// The naive datetime with these fields, or CPython's `ValueError` text.
    pub fn new(
        (year, month, day): (i64, i64, i64),
        (hour, minute, second, microsecond): (i64, i64, i64, i64),
    ) -> Result<DateTime, DateError> {
        Ok(DateTime { date: Date::new(year, month, day)?, time: Time::new(hour, minute, second, microsecond)? })
    }

    /// `datetime.min`.
    pub fn min() -> DateTime {
        DateTime { date: Date::MIN, time: Time::MIDNIGHT }
    }

    /// `datetime.max`.
    pub fn max() -> DateTime {
        DateTime { date: Date::MAX, time: Time::MAX }
    }

    /// `dt.date()`.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The date, by reference.
    pub fn date_part(&self) -> &Date {
        &self.date
    }

    /// The time of day with zone and fold (`dt.timetz()`; `.naive()` gives `dt.time()`).
    pub fn time(&self) -> &Time {
        &self.time
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.date.year()
    }

    /// The month, 1–12.
    pub fn month(&self) -> u8 {
        self.date.month()
    }

    /// The day of the month.
    pub fn day(&self) -> u8 {
        self.date.day()
    }

    /// The hour.
    pub fn hour(&self) -> u8 {
        self.time.hour()
    }

    /// The minute.
    pub fn minute(&self) -> u8 {
        self.time.minute()
    }

    /// The second.
    pub fn second(&self) -> u8 {
        self.time.second()
    }

    /// The microsecond.
    pub fn microsecond(&self) -> u32 {
        self.time.microsecond()
    }

    /// 1 for the second of two equal wall times.
    pub fn fold(&self) -> u8 {
        self.time.fold()
    }

    /// The zone; `None` for naive datetimes.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.time.zone()
    }

    /// The same wall time in another zone or none: `dt.replace(tzinfo=…)`.
    pub fn with_zone(self, zone: Option<TimeZone>) -> DateTime {
        DateTime { date: self.date, time: self.time.with_zone(zone) }
    }

    /// The same fields with another fold.
    pub fn with_fold(self, fold: u8) -> DateTime {
        DateTime { date: self.date, time: self.time.with_fold(fold) }
    }

    /// The wall time alone, fold kept.
    pub fn naive(&self) -> DateTime {
        DateTime { date: self.date, time: self.time.naive() }
    }

    /// The datetime with other date or time parts; zone and fold are those of the new time.
    pub fn with_parts(&self, date: Option<Date>, time: Option<Time>) -> DateTime {
        DateTime { date: date.unwrap_or(self.date), time: time.unwrap_or_else(|| self.time.clone()) }
    }

    /// `dt.utcoffset()`.
    pub fn utcoffset(&self) -> Option<TimeDelta> {
        self.zone().and_then(|zone| zone.utcoffset(Some(self)))
    }

    /// `dt.dst()`.
    pub fn dst(&self) -> Option<TimeDelta> {
        self.zone().and_then(|zone| zone.dst(Some(self)))
    }

    /// `dt.tzname()`.
    pub fn tzname(&self) -> Option<String> {
        self.zone().and_then(|zone| zone.tzname(Some(self)))
    }

    /// Whether it has an offset from UTC.
    pub fn is_aware(&self) -> bool {
        self.utcoffset().is_some()
    }

    /// The wall time in microseconds since 0000-12-31.
    pub fn wall_microseconds(&self) -> i128 {
        i128::from(self.date.to_ordinal()) * MICROS_PER_DAY + self.time.day_microseconds()
    }

    /// The naive datetime of that wall time.
    pub fn from_wall_microseconds(micros: i128) -> Result<DateTime, DateError> {
        let ordinal = micros.div_euclid(MICROS_PER_DAY);
        let Ok(ordinal) = i64::try_from(ordinal) else { return Err(DateError::out_of_calendar()) };
        if ordinal < 1 || ordinal > Date::MAX.to_ordinal() {
            return Err(DateError::out_of_calendar());
        }
        let time = Time::from_day_microseconds(micros.rem_euclid(MICROS_PER_DAY));
        Ok(DateTime { date: Date::from_ordinal(ordinal)?, time })
    }

    /// The wall time less its offset: what Python compares aware datetimes by. Naive ones count as UTC.
    pub fn utc_microseconds(&self) -> i128 {
        self.wall_microseconds() - self.utcoffset().map_or(0, |offset| offset.total_microseconds())
    }

    /// What equal datetimes share, for hashing: the fold doesn't count.
    pub fn hash_key(&self) -> i128 {
        if self.fold() == 0 { self.utc_microseconds() } else { self.clone().with_fold(0).utc_microseconds() }
    }

    /// `dt + delta`: wall-time arithmetic, the zone stays, the fold is dropped.
    pub fn checked_add(&self, delta: &TimeDelta) -> Result<DateTime, DateError> {
        let moved = DateTime::from_wall_microseconds(self.wall_microseconds() + delta.total_microseconds())?;
        Ok(moved.with_zone(self.zone().cloned()))
    }

    /// `dt - delta`.
    pub fn checked_sub(&self, delta: &TimeDelta) -> Result<DateTime, DateError> {
        let moved = DateTime::from_wall_microseconds(self.wall_microseconds() - delta.total_microseconds())?;
        Ok(moved.with_zone(self.zone().cloned()))
    }

    /// `dt - other`: within one zone by wall time, else by UTC; `TypeError` for a naive and an aware one.
    pub fn since(&self, other: &DateTime) -> Result<TimeDelta, DateError> {
        if self.zone() == other.zone() {
            return TimeDelta::from_microseconds(self.wall_microseconds() - other.wall_microseconds());
        }
        if self.is_aware() != other.is_aware() {
            return Err(DateError::Type("can't subtract offset-naive and offset-aware datetimes".into()));
        }
        TimeDelta::from_microseconds(self.utc_microseconds() - other.utc_microseconds())
    }

    /// Which of two datetimes is earlier; the error is Python's `TypeError` for a naive and an aware one.
    pub fn compare(&self, other: &DateTime) -> Result<Ordering, DateError> {
        if self.zone() == other.zone() {
            return Ok(self.wall_microseconds().cmp(&other.wall_microseconds()));
        }
        if self.is_aware() != other.is_aware() {
            return Err(DateError::Type("can't compare offset-naive and offset-aware datetimes".into()));
        }
        Ok(self.utc_microseconds().cmp(&other.utc_microseconds()))
    }

    /// Whether the offset would differ with the other fold: such a time never equals one of another zone (PEP 495).
    fn depends_on_fold(&self) -> bool {
        let other = self.clone().with_fold(1 - self.fold());
        self.utcoffset() != other.utcoffset()
    }

    /// `dt.astimezone(zone)`; a naive datetime is taken to be in `local`, the zone of the process.
    pub fn astimezone(&self, zone: &TimeZone, local: &TimeZone) -> Result<DateTime, DateError> {
        if self.zone() == Some(zone) {
            return Ok(self.clone());
        }
        let aware = if self.is_aware() { self.clone() } else { self.naive().with_zone(Some(local.clone())) };
        zone.fromutc(&DateTime::from_wall_microseconds(aware.utc_microseconds())?)
    }

    /// `dt.timestamp()`; a naive datetime is taken to be in `local`.
    pub fn timestamp(&self, local: &TimeZone) -> f64 {
        let utc = if self.is_aware() {
            self.utc_microseconds()
        } else {
            self.naive().with_zone(Some(local.clone())).utc_microseconds()
        };
        let since_epoch = utc - i128::from(EPOCH_ORDINAL) * MICROS_PER_DAY;
        super::timedelta::big_ratio(&since_epoch.into(), &1_000_000.into())
    }

    /// `datetime.fromtimestamp(stamp, zone)`, rounded half to even to microseconds; the result is in `zone`. The error
    /// for NaN, infinities and years outside the calendar is Python's.
    pub fn fromtimestamp(stamp: f64, zone: &TimeZone) -> Result<DateTime, DateError> {
        if stamp.is_nan() {
            return Err(DateError::value("cannot convert float NaN to integer"));
        }
        if stamp.is_infinite() {
            return Err(DateError::Overflow("cannot convert float infinity to integer".into()));
        }
        let whole = stamp.trunc();
        if whole.abs() >= 9.2e18 {
            return Err(DateError::Overflow("timestamp out of range for platform time_t".into()));
        }
        let micros = round_half_even((stamp - whole) * 1e6);
        let total = whole as i128 * 1_000_000 + micros as i128 + i128::from(EPOCH_ORDINAL) * MICROS_PER_DAY;
        match DateTime::from_wall_microseconds(total) {
            Ok(utc) => zone.fromutc(&utc),
            Err(_) => {
                let days = total.div_euclid(MICROS_PER_DAY) as f64;
                let year = (days / 365.2425).floor() as i64 + i64::from(days >= 0.0);
                Err(DateError::value(format!("year {year} is out of range")))
            }
        }
    }

    /// `dt.isoformat(sep, timespec)`.
    pub fn isoformat(&self, separator: &str, spec: TimeSpec) -> String {
        let mut text = format!("{}{separator}{}", self.date, self.time.iso_fields(spec));
        if let Some(offset) = self.utcoffset() {
            text.push_str(&format_offset(&offset, ":"));
        }
        text
    }

    /// `repr(dt)`.
    pub fn repr(&self) -> String {
        let mut text = format!(
            "datetime.datetime({}, {}, {}, {}, {}",
            self.year(),
            self.month(),
            self.day(),
            self.hour(),
            self.minute()
        );
        self.time.push_repr_tail(&mut text);
        text
    }

    /// `dt.ctime()`.
    pub fn ctime(&self) -> String {
        super::strftime::ctime(&self.date, self.hour(), self.minute(), self.second())
    }

    /// `dt.strftime(format)`.
    pub fn strftime(&self, format: &str) -> String {
        super::strftime::strftime(format, self, self.utcoffset(), self.tzname().as_deref())
    }

    /// Python 3.11's `datetime.fromisoformat`.
    pub fn fromisoformat(text: &str) -> Result<DateTime, DateError> {
        super::isoparse::datetime(text)
    }
}

/// The nearest whole number, ties to even.
fn round_half_even(value: f64) -> f64 {
    let rounded = value.round();
    if (value - value.trunc()).abs() == 0.5 && rounded % 2.0 != 0.0 { rounded - value.signum() } else { rounded }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        if self.zone() != other.zone() && (self.depends_on_fold() || other.depends_on_fold()) {
            return false;
        }
        self.compare(other).is_ok_and(Ordering::is_eq)
    }
}

impl Eq for DateTime {}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.isoformat(" ", TimeSpec::Auto))
    }
}
