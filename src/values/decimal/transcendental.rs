//! `exp`, `ln` and `log10`, correctly rounded: an estimate with some digits to spare is refined until its rounding is certain.

use super::context::{Conditions, Context, DecimalError, Rounding};
use super::{Decimal, Kind, digits};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Beyond so many digits these functions are refused as CPython refuses what its memory can't hold.
pub(super) const MAX_TRANSCENDENTAL: u64 = 20_000;

impl Context {
    /// `exp(a)`: rounded half to even whatever the context's mode is.
    pub fn exp(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.exponential(a, context, status))
    }

    /// `ln(a)`
    pub fn ln(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.natural_logarithm(a, status))
    }

    /// `log10(a)`
    pub fn log10(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(special) = context.logarithm_of_special(a, status) {
                return special;
            }
            let Kind::Finite { coefficient, exponent } = &a.kind else { return Decimal::nan() };
            let zeros = digits::trailing_zeros(coefficient);
            if digits::count(coefficient) == zeros + 1 && *coefficient == digits::pow10(zeros) {
                return context.half_even().round(Decimal::from_i64(exponent.saturating_add(zeros as i64)), status);
            }
            context.refine(status, |places| {
                // The quotient of two logarithms, each a little more precise.
                let (top, place) = logarithm_estimate(coefficient, *exponent, places + 5);
                let scale = places + 10;
                let ten = ln10(scale);
                let quotient = top * BigInt::from(digits::pow10(scale)) / ten;
                (quotient, place)
            })
        })
    }

    fn half_even(&self) -> Context {
        Context { rounding: Rounding::HalfEven, ..self.clone() }
    }

    /// e^a, for a context whose limits say when it is out of reach.
    pub(super) fn exponential(&self, a: &Decimal, limits: &Context, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a], status) {
            return nan;
        }
        let (coefficient, exponent) = match &a.kind {
            Kind::Finite { coefficient, exponent } => (coefficient, *exponent),
            _ if a.negative => return Decimal::zero(),
            _ => return a.clone(),
        };
        if coefficient.is_zero() {
            return Decimal::one();
        }
        let adjusted = a.adjusted();
        let reach =
            digits::count(&BigUint::from((limits.emax.max(-limits.etiny()) as u64).saturating_mul(3))) as i64 + 1;
        if adjusted >= reach {
            // Far beyond the largest exponent, or below the smallest.
            let extreme = if a.negative { limits.etiny().saturating_sub(1) } else { limits.emax.saturating_add(1) };
            *status |= Conditions::INEXACT | Conditions::ROUNDED;
            return self.half_even().round(Decimal::from_parts(false, digits::one(), extreme), status);
        }
        if self.prec as u64 > MAX_TRANSCENDENTAL {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        if adjusted < -(self.prec + 2) {
            // One, and a little more or less.
            let place = self.prec + 2;
            let unit = digits::pow10(place as u64);
            let near = if a.negative { unit - digits::one() } else { unit + digits::one() };
            return self.half_even().round(Decimal::from_parts(false, near, -place), status);
        }
        self.refine(status, |places| exponential_estimate(a.negative, coefficient, exponent, places))
    }

    /// ln a
    pub(super) fn natural_logarithm(&self, a: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(special) = self.logarithm_of_special(a, status) {
            return special;
        }
        let Kind::Finite { coefficient, exponent } = &a.kind else { return Decimal::nan() };
        if a.numeric_cmp(&Decimal::one()) == Some(Ordering::Equal) {
            return Decimal::zero();
        }
        self.refine(status, |places| logarithm_estimate(coefficient, *exponent, places))
    }

    fn logarithm_of_special(&self, a: &Decimal, status: &mut Conditions) -> Option<Decimal> {
        if let Some(nan) = self.propagate(&[a], status) {
            return Some(nan);
        }
        if a.is_zero() {
            return Some(Decimal::infinity(true));
        }
        if a.negative {
            return Some(Context::invalid(status, Conditions::INVALID_OPERATION));
        }
        if a.is_infinite() {
            return Some(a.clone());
        }
        if self.prec as u64 > MAX_TRANSCENDENTAL || a.digit_count() > MAX_TRANSCENDENTAL {
            return Some(Context::invalid(status, Conditions::MALLOC_ERROR));
        }
        None
    }

    /// Asks for ever more digits until those behind the precision leave no doubt; no value asked for here is exact.
    fn refine(&self, status: &mut Conditions, estimate: impl Fn(u64) -> (BigInt, i64)) -> Decimal {
        let mut spare = 10;
        loop {
            let (value, place) = estimate(self.prec as u64 + spare);
            let magnitude = value.magnitude();
            let length = digits::count(magnitude);
            let behind = length.saturating_sub(self.prec as u64);
            // The estimate is right but for some units of its last digits.
            let doubt = BigUint::from(1000u16);
            if behind > 4 {
                let unit = digits::pow10(behind);
                let tail = magnitude % &unit;
                let half = &unit / 2u8;
                let from_half = if tail > half { &tail - &half } else { &half - &tail };
                if tail > doubt && &unit - &tail > doubt && from_half > doubt {
                    // A last digit other than 0 keeps it inexact.
                    let sticky = magnitude * 10u8 + digits::one();
                    return self.half_even().round(Decimal::from_parts(value.is_negative(), sticky, place - 1), status);
                }
            }
            spare = (spare * 2).max(20);
            if spare > 8 * MAX_TRANSCENDENTAL {
                return Context::invalid(status, Conditions::MALLOC_ERROR);
            }
        }
    }
}

/// atanh(1/n) · 10^scale
fn inverse_coth(n: u32, scale: u64) -> BigInt {
    let square = BigInt::from(u64::from(n) * u64::from(n));
    let mut power = BigInt::from(digits::pow10(scale)) / n;
    let mut sum = power.clone();
    let mut odd = 1u32;
    while !power.is_zero() {
        power /= &square;
        odd += 2;
        sum += &power / odd;
    }
    sum
}

/// ln 10 · 10^scale, but for the last digits.
fn ln10(scale: u64) -> BigInt {
    let inside = scale + 6;
    let sum = inverse_coth(31, inside) * 46 + inverse_coth(49, inside) * 34 + inverse_coth(161, inside) * 20;
    sum / BigInt::from(digits::pow10(6))
}

/// x · 10^scale for a number of sign, coefficient and exponent, cut off.
fn fixed(negative: bool, coefficient: &BigUint, exponent: i64, scale: u64) -> BigInt {
    let shift = exponent + scale as i64;
    let magnitude = if shift >= 0 {
        digits::shift_left(coefficient, shift as u64)
    } else {
        digits::cut(coefficient, shift.unsigned_abs()).0
    };
    BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)
}

/// e^x · 10^scale for x · 10^scale between 0 and 3, by its series on a halved argument, squared back.
fn exponential_fixed(x: &BigInt, scale: u64) -> BigInt {
    let halvings = ((scale as f64).sqrt() as u64) + 4;
    let inside = scale + halvings / 3 + 6;
    let unit = BigInt::from(digits::pow10(inside));
    let argument: BigInt = (x * BigInt::from(digits::pow10(inside - scale))) >> halvings;
    let mut term = unit.clone();
    let mut sum = unit.clone();
    let mut n = 0u32;
    while !term.is_zero() {
        n += 1;
        term = term * &argument / &unit / n;
        sum += &term;
    }
    for _ in 0..halvings {
        sum = &sum * &sum / &unit;
    }
    sum / BigInt::from(digits::pow10(inside - scale))
}

/// e^x with about so many digits, as an integer and its exponent.
fn exponential_estimate(negative: bool, coefficient: &BigUint, exponent: i64, places: u64) -> (BigInt, i64) {
    let adjusted = exponent + digits::count(coefficient) as i64 - 1;
    let scale = places + 2 * adjusted.max(0) as u64 + 10;
    let x = fixed(negative, coefficient, exponent, scale);
    let (tens, rest) = x.div_mod_floor(&ln10(scale));
    let value = exponential_fixed(&rest, scale);
    (value, tens.to_i64().unwrap_or(0) - scale as i64)
}

/// ln x of a positive number that isn't one, with about so many digits, as an integer and its exponent.
fn logarithm_estimate(coefficient: &BigUint, exponent: i64, places: u64) -> (BigInt, i64) {
    let length = digits::count(coefficient) as i64;
    // x is f · 10^tens with f between 0.3 and 3, so that nothing cancels where the tens aren't zero.
    let leading = digits::cut(coefficient, (length - 17).max(0) as u64).0.to_f64().unwrap_or(1.0);
    let mut fraction = leading / 10f64.powi(length.min(17) as i32);
    let mut tens = exponent + length;
    if fraction < 0.3 {
        fraction *= 10.0;
        tens -= 1;
    }
    let place = exponent - tens;
    // Near one the logarithm is as small as the distance from one: so many more digits are needed.
    let near = if tens == 0 {
        let unit = digits::pow10(place.unsigned_abs());
        let distance = if *coefficient > unit { coefficient - &unit } else { &unit - coefficient };
        (place.abs() + 1 - digits::count(&distance) as i64).max(0) as u64
    } else {
        0
    };
    let scale = places + near + 10 + digits::count(&BigUint::from(tens.unsigned_abs()));
    let unit = BigInt::from(digits::pow10(scale));
    // A first estimate from floats, then the small rest by its series: ln f = y + ln(f / e^y).
    let first = fraction.ln().abs();
    let first = BigInt::from((first * 1e15) as i64) * BigInt::from(digits::pow10(scale))
        / BigInt::from(1_000_000_000_000_000i64);
    let growth = exponential_fixed(&first, scale);
    let value = fixed(false, coefficient, place, scale);
    let below = fraction < 1.0;
    let ratio = if below { value * growth / &unit } else { value * &unit / growth };
    let first = if below { -first } else { first };
    let numerator = (&ratio - &unit) * &unit;
    let step = numerator / (&ratio + &unit);
    let square = &step * &step / &unit;
    let mut power = step.clone();
    let mut sum = step;
    let mut odd = 1u32;
    while !power.is_zero() {
        power = power * &square / &unit;
        odd += 2;
        sum += &power / odd;
    }
    let logarithm: BigInt = first + sum * 2 + ln10(scale) * tens;
    (logarithm, -(scale as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants() {
        assert_eq!(ln10(30).to_string(), "2302585092994045684017991454684");
    }
}
