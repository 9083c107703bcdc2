//! [`TimeDelta`]: a duration in days, seconds and microseconds.

use super::DateError;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};
use std::fmt;

/// A duration, normalised as Python's: 0 ≤ microseconds < 10⁶, 0 ≤ seconds < 86400, |days| ≤ 999999999.
/// Its order is that of length, its `Display` Python's `str()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeDelta {
    days: i32,
    seconds: u32,
    microseconds: u32,
}

const MICROS_PER_SECOND: i128 = 1_000_000;
const MICROS_PER_DAY: i128 = 86_400 * MICROS_PER_SECOND;
const MAX_DAYS: i128 = 999_999_999;

impl TimeDelta {
    /// No time at all.
    pub const ZERO: TimeDelta = TimeDelta { days: 0, seconds: 0, microseconds: 0 };
    /// `timedelta.min`.
    pub const MIN: TimeDelta = TimeDelta { days: -999_999_999, seconds: 0, microseconds: 0 };
    /// `timedelta.max`.
    pub const MAX: TimeDelta = TimeDelta { days: 999_999_999, seconds: 86_399, microseconds: 999_999 };
    /// `timedelta.resolution`.
    pub const RESOLUTION: TimeDelta = TimeDelta { days: 0, seconds: 0, microseconds: 1 };

    /// The duration of so many microseconds; the error is Python's `OverflowError`.
    pub fn from_microseconds(micros: i128) -> Result<TimeDelta, DateError> {
        let days = micros.div_euclid(MICROS_PER_DAY);
        if days.abs() > MAX_DAYS {
            return Err(DateError::Overflow(format!("days={days}; must have magnitude <= 999999999")));
        }
        let rest = micros.rem_euclid(MICROS_PER_DAY);
        Ok(TimeDelta {
            days: days as i32,
            seconds: (rest / MICROS_PER_SECOND) as u32,
            microseconds: (rest % MICROS_PER_SECOND) as u32,
        })
    }

    /// As [`TimeDelta::from_microseconds`], for numbers of any size.
    pub fn from_big_microseconds(micros: &BigInt) -> Result<TimeDelta, DateError> {
        match micros.to_i128() {
            Some(small) => TimeDelta::from_microseconds(small),
            None => Err(DateError::Overflow("Python int too large to convert to C int".into())),
        }
    }

    /// The sum of days, seconds and microseconds, each of any sign and size within `i64`.
    pub fn new(days: i64, seconds: i64, microseconds: i64) -> Result<TimeDelta, DateError> {
        TimeDelta::from_microseconds(
            i128::from(days) * MICROS_PER_DAY + i128::from(seconds) * MICROS_PER_SECOND + i128::from(microseconds),
        )
    }

    /// So many days, which must lie within the calendar's span.
    pub(crate) fn from_days(days: i64) -> TimeDelta {
        TimeDelta { days: days as i32, seconds: 0, microseconds: 0 }
    }

    /// So many seconds, which must be few.
    pub(crate) fn from_seconds(seconds: i32) -> TimeDelta {
        TimeDelta { days: seconds.div_euclid(86_400), seconds: seconds.rem_euclid(86_400) as u32, microseconds: 0 }
    }

    /// The days, which carry the sign.
    pub fn days(&self) -> i32 {
        self.days
    }

    /// The seconds beside the days, 0–86399.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    /// The microseconds beside the seconds, 0–999999.
    pub fn microseconds(&self) -> u32 {
        self.microseconds
    }

    /// The whole duration in microseconds, as a `DurationField` stores it.
    pub fn total_microseconds(&self) -> i128 {
        i128::from(self.days) * MICROS_PER_DAY
            + i128::from(self.seconds) * MICROS_PER_SECOND
            + i128::from(self.microseconds)
    }

    /// `total_seconds()`, correctly rounded as Python's true division of integers is.
    pub fn total_seconds(&self) -> f64 {
        big_ratio(&BigInt::from(self.total_microseconds()), &BigInt::from(MICROS_PER_SECOND))
    }

    /// Whether it is no time at all (Python's falsehood).
    pub fn is_zero(&self) -> bool {
        *self == TimeDelta::ZERO
    }

    /// `a + b`.
    pub fn checked_add(&self, other: &TimeDelta) -> Result<TimeDelta, DateError> {
        TimeDelta::from_microseconds(self.total_microseconds() + other.total_microseconds())
    }

    /// `a - b`.
    pub fn checked_sub(&self, other: &TimeDelta) -> Result<TimeDelta, DateError> {
        TimeDelta::from_microseconds(self.total_microseconds() - other.total_microseconds())
    }

    /// `-a`.
    pub fn checked_neg(&self) -> Result<TimeDelta, DateError> {
        TimeDelta::from_microseconds(-self.total_microseconds())
    }

    /// `abs(a)`.
    pub fn checked_abs(&self) -> Result<TimeDelta, DateError> {
        if self.days < 0 { self.checked_neg() } else { Ok(*self) }
    }

    /// `a * n`.
    pub fn checked_mul(&self, factor: &BigInt) -> Result<TimeDelta, DateError> {
        TimeDelta::from_big_microseconds(&(BigInt::from(self.total_microseconds()) * factor))
    }

    /// `a * x` for a float: exact product, rounded half to even. `None` for NaN and infinities, of which Python's
    /// `as_integer_ratio` complains.
    pub fn mul_f64(&self, factor: f64) -> Option<Result<TimeDelta, DateError>> {
        let (numerator, denominator) = super::super::float::as_integer_ratio(factor)?;
        let product = BigInt::from(self.total_microseconds()) * numerator;
        Some(TimeDelta::from_big_microseconds(&divide_half_even(&product, &denominator)))
    }

    /// `a / x` for a float; `None` when `x` is zero, NaN or infinite.
    pub fn div_f64(&self, divisor: f64) -> Option<Result<TimeDelta, DateError>> {
        let (numerator, denominator) = super::super::float::as_integer_ratio(divisor)?;
        if numerator.is_zero() {
            return None;
        }
        let product = BigInt::from(self.total_microseconds()) * denominator;
        Some(TimeDelta::from_big_microseconds(&divide_half_even(&product, &numerator)))
    }

    /// `a / n`, rounded half to even; `None` for zero.
    pub fn div_int(&self, divisor: &BigInt) -> Option<Result<TimeDelta, DateError>> {
        if divisor.is_zero() {
            return None;
        }
        let micros = BigInt::from(self.total_microseconds());
        Some(TimeDelta::from_big_microseconds(&divide_half_even(&micros, divisor)))
    }

    /// `a // n`; `None` for zero.
    pub fn floor_div_int(&self, divisor: &BigInt) -> Option<Result<TimeDelta, DateError>> {
        if divisor.is_zero() {
            return None;
        }
        Some(TimeDelta::from_big_microseconds(&BigInt::from(self.total_microseconds()).div_floor(divisor)))
    }

    /// `a / b` for two durations; `None` when `b` is zero.
    pub fn ratio(&self, other: &TimeDelta) -> Option<f64> {
        if other.is_zero() {
            return None;
        }
        Some(big_ratio(&BigInt::from(self.total_microseconds()), &BigInt::from(other.total_microseconds())))
    }

    /// `divmod(a, b)` for two durations; `None` when `b` is zero.
    pub fn div_mod(&self, other: &TimeDelta) -> Option<(i128, TimeDelta)> {
        if other.is_zero() {
            return None;
        }
        let (quotient, rest) = self.total_microseconds().div_mod_floor(&other.total_microseconds());
        // The rest is smaller than the divisor, so it is in range.
        Some((quotient, TimeDelta::from_microseconds(rest).unwrap_or_default()))
    }

    /// `datetime.timedelta(days=1, seconds=2)`.
    pub fn repr(&self) -> String {
        let mut parts = Vec::new();
        if self.days != 0 {
            parts.push(format!("days={}", self.days));
        }
        if self.seconds != 0 {
            parts.push(format!("seconds={}", self.seconds));
        }
        if self.microseconds != 0 {
            parts.push(format!("microseconds={}", self.microseconds));
        }
        if parts.is_empty() {
            parts.push("0".into());
        }
        format!("datetime.timedelta({})", parts.join(", "))
    }
}

impl fmt::Display for TimeDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != 0 {
            let plural = if self.days.abs() == 1 { "" } else { "s" };
            write!(f, "{} day{plural}, ", self.days)?;
        }
        write!(f, "{}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)?;
        if self.microseconds != 0 {
            write!(f, ".{:06}", self.microseconds)?;
        }
        Ok(())
    }
}

/// The quotient rounded to the nearest integer, ties to even.
pub(crate) fn divide_half_even(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let (mut quotient, rest) = numerator.div_mod_floor(denominator);
    let twice: BigInt = rest * 2;
    let order = twice.abs().cmp(&denominator.abs());
    if order.is_gt() || (order.is_eq() && quotient.is_odd()) {
        quotient += 1;
    }
    quotient
}

/// The quotient of two integers as the nearest float, as Python's `int / int` gives it.
pub(crate) fn big_ratio(numerator: &BigInt, denominator: &BigInt) -> f64 {
    super::super::float::ratio_to_f64(numerator, denominator)
}
