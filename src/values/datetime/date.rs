//! [`Date`]: a day of the proleptic Gregorian calendar.

use super::{DateError, TimeDelta};
use std::fmt;

/// A day between 0001-01-01 and 9999-12-31; always a real one. Its order is that of time, its `Display` the ISO form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

/// The ISO year, week (1–53) and weekday (1 is Monday) of a date, as `date.isocalendar()` gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoCalendar {
    /// The ISO year; 0 and 10000 can occur at the calendar's ends.
    pub year: i32,
    /// The week of that year.
    pub week: u8,
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
}

const DAYS_BEFORE_MONTH: [i32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const MAX_ORDINAL: i64 = 3_652_059;

/// Whether February of that year has 29 days.
pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days the month (1–12) has in that year.
pub fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
}

/// The year of a positive ordinal, which may lie past 9999.
fn year_of_ordinal(ordinal: i64) -> i64 {
    let cycles = (ordinal - 1) / 146_097;
    let inside = (ordinal - 1) % 146_097 + 1;
    let mut year = (inside - 1) * 400 / 146_097 + 1;
    while days_before_year(year + 1) < inside {
        year += 1;
    }
    while days_before_year(year) >= inside {
        year -= 1;
    }
    cycles.saturating_mul(400).saturating_add(year)
}

impl Date {
    /// `date.min`.
    pub const MIN: Date = Date { year: 1, month: 1, day: 1 };
    /// `date.max`.
    pub const MAX: Date = Date { year: 9999, month: 12, day: 31 };

    /// The date with these fields, or CPython's `ValueError` text. The numbers may be anything.
    pub fn new(year: i64, month: i64, day: i64) -> Result<Date, DateError> {
        if !(1..=9999).contains(&year) {
            return Err(DateError::value(format!("year {year} is out of range")));
        }
        if !(1..=12).contains(&month) {
            return Err(DateError::value("month must be in 1..12"));
        }
        if day < 1 || day > i64::from(days_in_month(year as i32, month as u8)) {
            return Err(DateError::value("day is out of range for month"));
        }
        Ok(Date { year: year as i32, month: month as u8, day: day as u8 })
    }

    /// The year, 1–9999.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The month, 1–12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The number of days since 0000-12-31: 0001-01-01 is 1.
    pub fn to_ordinal(&self) -> i64 {
        days_before_year(self.year.into()) + i64::from(self.day_of_year())
    }

    /// The date with that ordinal.
    pub fn from_ordinal(ordinal: i64) -> Result<Date, DateError> {
        if ordinal < 1 {
            return Err(DateError::value("ordinal must be >= 1"));
        }
        let year = year_of_ordinal(ordinal);
        if year > 9999 {
            return Err(DateError::value(format!("year {year} is out of range")));
        }
        let year = year as i32;
        let mut rest = ordinal - days_before_year(year.into());
        let mut month = 1u8;
        while rest > i64::from(days_in_month(year, month)) {
            rest -= i64::from(days_in_month(year, month));
            month += 1;
        }
        Ok(Date { year, month, day: rest as u8 })
    }

    /// The day's place in its year, 1–366.
    pub fn day_of_year(&self) -> u16 {
        let leap = i32::from(self.month > 2 && is_leap(self.year));
        (DAYS_BEFORE_MONTH[usize::from(self.month)] + leap + i32::from(self.day)) as u16
    }

    /// 0 is Monday, 6 is Sunday.
    pub fn weekday(&self) -> u8 {
        ((self.to_ordinal() + 6) % 7) as u8
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn isoweekday(&self) -> u8 {
        self.weekday() + 1
    }

    /// The quarter of the year, 1–4.
    pub fn quarter(&self) -> u8 {
        self.month.div_ceil(3)
    }

    /// The ISO year, week and weekday.
    pub fn isocalendar(&self) -> IsoCalendar {
        let ordinal = self.to_ordinal();
        let mut year = self.year;
        let mut monday = iso_first_monday(year);
        if ordinal < monday {
            year -= 1;
            monday = iso_first_monday(year);
        } else if ordinal >= iso_first_monday(year + 1) {
            year += 1;
            monday = iso_first_monday(year);
        }
        IsoCalendar { year, week: ((ordinal - monday) / 7 + 1) as u8, weekday: self.isoweekday() }
    }

    /// The date of an ISO year, week and weekday (`date.fromisocalendar`).
    pub fn from_isocalendar(year: i64, week: i64, weekday: i64) -> Result<Date, DateError> {
        if !(1..=9999).contains(&year) {
            return Err(DateError::value(format!("Year is out of range: {year}")));
        }
        let weeks = (iso_first_monday(year as i32 + 1) - iso_first_monday(year as i32)) / 7;
        if week < 1 || week > weeks {
            return Err(DateError::value(format!("Invalid week: {week}")));
        }
        if !(1..=7).contains(&weekday) {
            return Err(DateError::value(format!("Invalid day: {weekday} (range is [1, 7])")));
        }
        Date::from_ordinal(iso_first_monday(year as i32) + (week - 1) * 7 + weekday - 1)
    }

    /// The date so many days later (earlier when negative).
    pub fn add_days(&self, days: i64) -> Result<Date, DateError> {
        let ordinal = self.to_ordinal().checked_add(days).ok_or_else(DateError::out_of_calendar)?;
        if (1..=MAX_ORDINAL).contains(&ordinal) {
            Date::from_ordinal(ordinal)
        } else {
            Err(DateError::out_of_calendar())
        }
    }

    /// `date + timedelta`: only the whole days of the duration count, as in Python.
    pub fn checked_add(&self, delta: &TimeDelta) -> Result<Date, DateError> {
        self.add_days(i64::from(delta.days()))
    }

    /// `date - timedelta`: the duration is not negated as a whole, only its days are taken off, as in Python.
    pub fn checked_sub(&self, delta: &TimeDelta) -> Result<Date, DateError> {
        self.add_days(-i64::from(delta.days()))
    }

    /// `date - date`.
    pub fn since(&self, earlier: &Date) -> TimeDelta {
        TimeDelta::from_days(self.to_ordinal() - earlier.to_ordinal())
    }

    /// The date with some fields changed.
    pub fn replace(&self, year: Option<i64>, month: Option<i64>, day: Option<i64>) -> Result<Date, DateError> {
        Date::new(year.unwrap_or(self.year.into()), month.unwrap_or(self.month.into()), day.unwrap_or(self.day.into()))
    }

    /// `YYYY-MM-DD`.
    pub fn isoformat(&self) -> String {
        self.to_string()
    }

    /// `datetime.date(2024, 1, 31)`.
    pub fn repr(&self) -> String {
        format!("datetime.date({}, {}, {})", self.year, self.month, self.day)
    }

    /// `Wed Jun  9 00:00:00 1993`.
    pub fn ctime(&self) -> String {
        super::strftime::ctime(self, 0, 0, 0)
    }

    /// Python 3.11's `date.fromisoformat`: `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]`, `YYYYWww[D]`.
    pub fn fromisoformat(text: &str) -> Result<Date, DateError> {
        super::isoparse::date(text)
    }
}

/// The ordinal of the Monday that begins week 1 of the ISO year; week 1 holds January 4th.
fn iso_first_monday(year: i32) -> i64 {
    let fourth = days_before_year(year.into()) + 4;
    fourth - (fourth + 6).rem_euclid(7)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
