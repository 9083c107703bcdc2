//! Dates, times, datetimes, durations and zones with the arithmetic and the text forms of Python's `datetime`.
//!
//! Every value is checked when it is made, so a held value is always a real point of the proleptic Gregorian calendar
//! between the years 1 and 9999. What cannot be made is a [`DateError`], whose `Display` is CPython's message.

mod date;
#[allow(clippy::module_inception, reason = "Python's word for the type is also its module's")]
mod datetime;
mod isoparse;
mod strftime;
mod strptime;
mod time;
mod timedelta;
mod timezone;

pub use date::{Date, IsoCalendar, days_in_month, is_leap};
pub use datetime::DateTime;
pub use strftime::strftime;
pub use strptime::{Strptime, strptime};
pub use time::{Time, TimeSpec};
pub use timedelta::TimeDelta;
pub use timezone::{TimeZone, Zone};

/// Why a date, time or duration cannot be made. `Display` gives the text that CPython's exception carries; the caller
/// picks the class by [`DateError::is_overflow`] and [`DateError::is_type_error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// A field is out of its range (`ValueError`).
    #[error("{0}")]
    Value(String),
    /// A result lies outside the years 1–9999, or a duration is too large (`OverflowError`).
    #[error("{0}")]
    Overflow(String),
    /// Naive and aware values met (`TypeError`).
    #[error("{0}")]
    Type(String),
}

impl DateError {
    /// Whether Python raises `OverflowError` for it.
    pub fn is_overflow(&self) -> bool {
        matches!(self, DateError::Overflow(_))
    }

    /// Whether Python raises `TypeError` for it.
    pub fn is_type_error(&self) -> bool {
        matches!(self, DateError::Type(_))
    }

    pub(crate) fn value(text: impl Into<String>) -> Self {
        DateError::Value(text.into())
    }

    /// The overflow that datetime arithmetic raises when it leaves the calendar.
    pub(crate) fn out_of_calendar() -> Self {
        DateError::Overflow("date value out of range".into())
    }
}
