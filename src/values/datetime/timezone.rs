//! [`TimeZone`]: fixed offsets and the zones of the IANA database.

use super::{Date, DateError, DateTime, Time, TimeDelta};
use crate::values::text::str_repr;
use jiff::tz::AmbiguousOffset;
use std::fmt;
use std::rc::Rc;

/// What a datetime's `tzinfo` is. Its `Display` is Python's `str()`. Two fixed offsets are equal when they are as long,
/// whatever their names, and two zones when their keys are the same.
#[derive(Debug, Clone)]
pub enum TimeZone {
    /// `datetime.timezone`: always the same offset, strictly between −24 h and 24 h.
    Fixed {
        /// Local time minus UTC.
        offset: TimeDelta,
        /// The name given to the constructor.
        name: Option<Rc<str>>,
    },
    /// `zoneinfo.ZoneInfo`.
    Zone(Zone),
}

/// A zone of the IANA database that is built into the program.
#[derive(Debug, Clone)]
pub struct Zone {
    key: Rc<str>,
    inner: jiff::tz::TimeZone,
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (TimeZone::Fixed { offset: a, .. }, TimeZone::Fixed { offset: b, .. }) => a == b,
            (TimeZone::Zone(a), TimeZone::Zone(b)) => a.key == b.key,
            _ => false,
        }
    }
}

impl Eq for TimeZone {}

impl TimeZone {
    /// `datetime.timezone.utc`.
    pub const UTC: TimeZone = TimeZone::Fixed { offset: TimeDelta::ZERO, name: None };

    /// `datetime.timezone(offset, name)`.
    pub fn fixed(offset: TimeDelta, name: Option<&str>) -> Result<TimeZone, DateError> {
        if offset.total_microseconds().abs() >= 86_400_000_000 {
            return Err(DateError::value(format!(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}.",
                offset.repr()
            )));
        }
        Ok(TimeZone::Fixed { offset, name: name.map(Rc::from) })
    }

    /// `zoneinfo.ZoneInfo(key)`; `None` when the database has no zone of exactly that name.
    pub fn zone(key: &str) -> Option<TimeZone> {
        let inner = jiff::tz::TimeZone::get(key).ok()?;
        // The database is searched without regard to case, Python's is not.
        if inner.iana_name() != Some(key) {
            return None;
        }
        Some(TimeZone::Zone(Zone { key: key.into(), inner }))
    }

    /// The names of all zones, sorted.
    pub fn available() -> Vec<String> {
        let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    }

    /// Whether it is `timezone.utc` or a zone that never differs from it by name.
    pub fn is_utc(&self) -> bool {
        match self {
            TimeZone::Fixed { offset, .. } => offset.is_zero(),
            TimeZone::Zone(zone) => matches!(&*zone.key, "UTC" | "Etc/UTC" | "Zulu" | "Etc/Zulu" | "UCT" | "Etc/UCT"),
        }
    }

    /// The zone's key, as `ZoneInfo.key`; `None` for fixed offsets.
    pub fn key(&self) -> Option<&str> {
        match self {
            TimeZone::Fixed { .. } => None,
            TimeZone::Zone(zone) => Some(&zone.key),
        }
    }

    /// `tz.utcoffset(dt)` for a local time with its fold; `None` stands for `tz.utcoffset(None)`, which a zone with
    /// changing offsets doesn't know.
    pub fn utcoffset(&self, local: Option<&DateTime>) -> Option<TimeDelta> {
        match (self, local) {
            (TimeZone::Fixed { offset, .. }, _) => Some(*offset),
            (TimeZone::Zone(zone), Some(local)) => Some(TimeDelta::from_seconds(zone.offset_at(local).seconds())),
            (TimeZone::Zone(zone), None) => zone.only().map(|info| TimeDelta::from_seconds(info.offset().seconds())),
        }
    }

    /// `tz.dst(dt)`.
    pub fn dst(&self, local: Option<&DateTime>) -> Option<TimeDelta> {
        match (self, local) {
            (TimeZone::Fixed { .. }, _) => None,
            (TimeZone::Zone(zone), Some(local)) => Some(zone.dst_at(local)),
            (TimeZone::Zone(zone), None) => zone.only().map(|_| TimeDelta::ZERO),
        }
    }

    /// `tz.tzname(dt)`.
    pub fn tzname(&self, local: Option<&DateTime>) -> Option<String> {
        match (self, local) {
            (TimeZone::Fixed { .. }, _) => Some(self.to_string()),
            (TimeZone::Zone(zone), Some(local)) => {
                Some(zone.inner.to_offset_info(zone.instant_of(local)?).abbreviation().to_owned())
            }
            (TimeZone::Zone(zone), None) => zone.only().map(|info| info.abbreviation().to_owned()),
        }
    }

    /// `tz.fromutc(dt)`: the fields are those of UTC; the result is local time in this zone, with its fold.
    pub fn fromutc(&self, utc: &DateTime) -> Result<DateTime, DateError> {
        match self {
            TimeZone::Fixed { offset, .. } => Ok(utc.naive().checked_add(offset)?.with_zone(Some(self.clone()))),
            TimeZone::Zone(zone) => {
                let Ok(stamp) = jiff::tz::Offset::UTC.to_timestamp(civil(utc)) else {
                    return Err(DateError::out_of_calendar());
                };
                let offset = zone.inner.to_offset(stamp);
                let local = utc.naive().checked_add(&TimeDelta::from_seconds(offset.seconds()))?;
                let fold = match zone.inner.to_ambiguous_timestamp(civil(&local)).offset() {
                    AmbiguousOffset::Fold { after, before } => u8::from(offset == after && before != after),
                    _ => 0,
                };
                Ok(local.with_fold(fold).with_zone(Some(self.clone())))
            }
        }
    }

    /// `repr(tz)`.
    pub fn repr(&self) -> String {
        match self {
            TimeZone::Fixed { offset, name: None } if offset.is_zero() => "datetime.timezone.utc".into(),
            TimeZone::Fixed { offset, name: None } => format!("datetime.timezone({})", offset.repr()),
            TimeZone::Fixed { offset, name: Some(name) } => {
                format!("datetime.timezone({}, {})", offset.repr(), str_repr(name))
            }
            TimeZone::Zone(zone) => format!("zoneinfo.ZoneInfo(key={})", str_repr(&zone.key)),
        }
    }
}

impl Zone {
    /// What holds at any time in a zone that never changes.
    fn only(&self) -> Option<jiff::tz::TimeZoneOffsetInfo<'_>> {
        let changes = self.inner.following(jiff::Timestamp::MIN).next().is_some();
        (!changes).then(|| self.inner.to_offset_info(jiff::Timestamp::UNIX_EPOCH))
    }

    /// The offset of a local time. In a gap or a fold the datetime's own `fold` picks the side, as PEP 495 has it.
    fn offset_at(&self, local: &DateTime) -> jiff::tz::Offset {
        match self.inner.to_ambiguous_timestamp(civil(local)).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                if local.time().fold() == 0 { before } else { after }
            }
        }
    }

    /// An instant at which the local time's offset holds. The time of a gap never is: with the offset of one side it would
    /// lie on the other, so there the other side's offset finds the instant.
    fn instant_of(&self, local: &DateTime) -> Option<jiff::Timestamp> {
        let wall = civil(local);
        let offset = match self.inner.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Gap { before, after } => {
                if local.time().fold() == 0 {
                    after
                } else {
                    before
                }
            }
            _ => self.offset_at(local),
        };
        offset.to_timestamp(wall).ok()
    }

    /// How much of the offset is summer time: the difference to the standard offset just before, else just after, else an
    /// hour, as Python's `zoneinfo` finds it.
    fn dst_at(&self, local: &DateTime) -> TimeDelta {
        let Some(stamp) = self.instant_of(local) else { return TimeDelta::ZERO };
        let info = self.inner.to_offset_info(stamp);
        if !info.dst().is_dst() {
            return TimeDelta::ZERO;
        }
        let offset = info.offset().seconds();
        let after_stamp = stamp.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(stamp);
        let before = self.inner.preceding(after_stamp).nth(1);
        let after = self.inner.following(stamp).next();
        let difference = [before, after]
            .into_iter()
            .flatten()
            .filter(|transition| !transition.dst().is_dst())
            .map(|transition| offset - transition.offset().seconds())
            .find(|difference| *difference != 0);
        TimeDelta::from_seconds(difference.unwrap_or(3600))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeZone::Fixed { name: Some(name), .. } => f.write_str(name),
            TimeZone::Fixed { offset, name: None } if offset.is_zero() => f.write_str("UTC"),
            TimeZone::Fixed { offset, name: None } => write!(f, "UTC{}", format_offset(offset, ":")),
            TimeZone::Zone(zone) => f.write_str(&zone.key),
        }
    }
}

/// An offset as `+05:30`, with seconds and microseconds only where it has them; `separator` stands between the fields.
pub(crate) fn format_offset(offset: &TimeDelta, separator: &str) -> String {
    let micros = offset.total_microseconds();
    let sign = if micros < 0 { '-' } else { '+' };
    let micros = micros.abs();
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let mut text = format!("{sign}{:02}{separator}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 || micros != 0 {
        text.push_str(&format!("{separator}{:02}", seconds % 60));
    }
    if micros != 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    text
}

/// The same wall time as the zone library's type. That library's instants end a day before the calendar does, so the last
/// years borrow the offsets of four centuries earlier, when the calendar and the rules are the same.
fn civil(local: &DateTime) -> jiff::civil::DateTime {
    let (date, time): (&Date, &Time) = (local.date_part(), local.time());
    let year = if date.year() > 9990 { date.year() - 400 } else { date.year() };
    jiff::civil::DateTime::new(
        year as i16,
        date.month() as i8,
        date.day() as i8,
        time.hour() as i8,
        time.minute() as i8,
        time.second() as i8,
        time.microsecond() as i32 * 1000,
    )
    .unwrap_or(jiff::civil::DateTime::MIN)
}
