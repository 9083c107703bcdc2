//! The one door to the real clock: when reviews fall due and interviews end. What a learner's code sees
//! is the engine's pinned clock. The environment variable `ORMDOJO_NOW` (milliseconds since 1970) stops it for tests.

use std::time::{SystemTime, UNIX_EPOCH};

/// The latest moment that is believed: the year 9000.
const LATEST: i64 = 221_845_392_000_000;

/// Tells the time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The system's.
    Real,
    /// One that stands still; for tests.
    Fixed(i64),
}

impl Clock {
    /// Now, never before 1970.
    pub fn now(self) -> i64 {
        match self {
            Self::Real => real(),
            Self::Fixed(moment) => moment.clamp(0, LATEST),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn real() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(LATEST).min(LATEST)
}

/// A moment as `2026-06-15 12:00` in UTC.
pub fn shown(moment: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(moment) {
        Some(moment) => moment.format("%Y-%m-%d %H:%M").to_string(),
        None => "?".to_owned(),
    }
}

/// A time to go, in the largest unit that says enough: `3 days`, `5 hours`, `2 minutes`.
pub fn span(milliseconds: i64) -> String {
    let minutes = (milliseconds.max(0) + 59_999) / 60_000;
    let (count, unit) = match minutes {
        0..=119 => (minutes, "minute"),
        120..=2879 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans() {
        assert_eq!(shown(0), "1970-01-01 00:00");
        assert_eq!(Clock::Fixed(-5).now(), 0);
        assert_eq!(span(60_000), "1 minute");
        assert_eq!(span(3 * 86_400_000), "3 days");
        assert_eq!(span(5 * 3_600_000), "5 hours");
        assert_eq!(span(-1), "0 minutes");
    }
}
