//! Fitting to an exponent: quantize, to_integral, normalize; and the digit-moving operations.

use super::context::{Conditions, Context, DecimalError, MAX_DIGITS, Rounding};
use super::digits::Tail;
use super::{Decimal, Kind, digits};
use num_bigint::{BigInt, BigUint};
use num_traits::{ToPrimitive, Zero};

impl Decimal {
    /// The number at another exponent, rounded by the mode where digits are lost; the flag says what was lost. `None` when
    /// it would be too long. Specials stay as they are.
    pub(crate) fn rescaled(&self, exponent: i64, rounding: Rounding) -> Option<(Decimal, Tail)> {
        let Kind::Finite { coefficient, exponent: own } = &self.kind else { return Some((self.clone(), Tail::Zero)) };
        if coefficient.is_zero() {
            return Some((Decimal::from_parts(self.negative, BigUint::zero(), exponent), Tail::Zero));
        }
        if *own >= exponent {
            if own.abs_diff(exponent) > MAX_DIGITS {
                return None;
            }
            let padded = digits::shift_left(coefficient, own.abs_diff(exponent));
            return Some((Decimal::from_parts(self.negative, padded, exponent), Tail::Zero));
        }
        let (mut kept, tail) = digits::cut(coefficient, exponent.abs_diff(*own));
        if rounding.rounds_up(self.negative, &kept, tail) {
            kept += 1u8;
        }
        Some((Decimal::from_parts(self.negative, kept, exponent), tail))
    }

    /// The nearest integer by the mode: `round(d)` with half-even, `math.floor(d)` with floor, `math.ceil(d)`.
    pub fn round_to_integer(&self, rounding: Rounding) -> Result<BigInt, super::convert::IntegerError> {
        match self.exponent() {
            Some(exponent) if exponent < 0 => match self.rescaled(0, rounding) {
                Some((whole, _)) => whole.to_integer(),
                None => Err(super::convert::IntegerError::TooLarge),
            },
            _ => self.to_integer(),
        }
    }
}

impl Context {
    /// `quantize(a, b, rounding)`: `a` with the exponent of `b`.
    pub fn quantize(&mut self, a: &Decimal, b: &Decimal, rounding: Option<Rounding>) -> Result<Decimal, DecimalError> {
        let rounding = rounding.unwrap_or(self.rounding);
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a, b], status) {
                return nan;
            }
            let Some(exponent) = b.exponent() else {
                return if a.is_infinite() {
                    a.clone()
                } else {
                    Context::invalid(status, Conditions::INVALID_OPERATION)
                };
            };
            if a.is_infinite() {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            context.fit(a, exponent, rounding, status)
        })
    }

    /// `a` at that exponent, which must suit the context: what `quantize` and `round(d, n)` do.
    fn fit(&self, a: &Decimal, exponent: i64, rounding: Rounding, status: &mut Conditions) -> Decimal {
        let invalid = |status: &mut Conditions| Context::invalid(status, Conditions::INVALID_OPERATION);
        if exponent > self.emax || exponent < self.etiny() {
            return invalid(status);
        }
        if a.is_zero() {
            return self.round(Decimal::from_parts(a.negative, BigUint::zero(), exponent), status);
        }
        let adjusted = a.adjusted();
        if adjusted > self.emax || adjusted.saturating_sub(exponent).saturating_add(1) > self.prec {
            return invalid(status);
        }
        let Some((fitted, tail)) = a.rescaled(exponent, rounding) else {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        };
        if fitted.adjusted() > self.emax || fitted.digit_count() as i64 > self.prec {
            return invalid(status);
        }
        if a.exponent().is_some_and(|own| exponent > own) {
            *status |= Conditions::ROUNDED;
            if tail != Tail::Zero {
                *status |= Conditions::INEXACT;
            }
        }
        self.round(fitted, status)
    }

    /// `round(a, places)`: half to even whatever the context's mode is.
    pub fn round_to_places(&mut self, a: &Decimal, places: i64) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a], status) {
                return nan;
            }
            if a.is_infinite() {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            context.fit(a, places.saturating_neg(), context.rounding, status)
        })
    }

    /// `to_integral_value(a, rounding)`: no flags.
    pub fn to_integral_value(&mut self, a: &Decimal, rounding: Option<Rounding>) -> Result<Decimal, DecimalError> {
        self.integral(a, rounding, false)
    }

    /// `to_integral_exact(a, rounding)`: says where digits were lost.
    pub fn to_integral_exact(&mut self, a: &Decimal, rounding: Option<Rounding>) -> Result<Decimal, DecimalError> {
        self.integral(a, rounding, true)
    }

    fn integral(&mut self, a: &Decimal, rounding: Option<Rounding>, exact: bool) -> Result<Decimal, DecimalError> {
        let rounding = rounding.unwrap_or(self.rounding);
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a], status) {
                return nan;
            }
            if a.exponent().is_none_or(|exponent| exponent >= 0) {
                return a.clone();
            }
            let Some((whole, tail)) = a.rescaled(0, rounding) else {
                return Context::invalid(status, Conditions::MALLOC_ERROR);
            };
            if exact && !a.is_zero() {
                *status |= Conditions::ROUNDED;
                if tail != Tail::Zero {
                    *status |= Conditions::INEXACT;
                }
            }
            whole
        })
    }

    /// `normalize(a)`: without trailing zeros.
    pub fn normalize(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a], status) {
                return nan;
            }
            let rounded = context.round(a.clone(), status);
            let Kind::Finite { coefficient, exponent } = &rounded.kind else { return rounded };
            if coefficient.is_zero() {
                return context.round(Decimal::from_parts(rounded.negative, BigUint::zero(), 0), status);
            }
            let highest = if context.clamp { context.etop() } else { context.emax };
            let room = highest.saturating_sub(*exponent).max(0) as u64;
            let spare = digits::trailing_zeros(coefficient).min(room);
            Decimal::from_parts(rounded.negative, coefficient / digits::pow10(spare), exponent + spare as i64)
        })
    }

    /// `logb(a)`: the exponent of the first digit, as a decimal.
    pub fn logb(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a], status) {
                return nan;
            }
            if a.is_infinite() {
                return Decimal::infinity(false);
            }
            if a.is_zero() {
                *status |= Conditions::DIVISION_BY_ZERO;
                return Decimal::infinity(true);
            }
            context.round(Decimal::from_i64(a.adjusted()), status)
        })
    }

    /// `scaleb(a, b)`: `a` with `b` added to its exponent.
    pub fn scaleb(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a, b], status) {
                return nan;
            }
            let limit = (context.emax.saturating_add(context.prec)).saturating_mul(2);
            let Some(places) = small_integer(b).filter(|places| places.abs() <= limit) else {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            };
            match &a.kind {
                Kind::Finite { coefficient, exponent } => {
                    let moved = Decimal::from_parts(a.negative, coefficient.clone(), exponent.saturating_add(places));
                    context.round(moved, status)
                }
                _ => a.clone(),
            }
        })
    }

    /// `shift(a, b)`: the coefficient's digits moved, zeros moving in.
    pub fn shift(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.moved(a, b, false, status))
    }

    /// `rotate(a, b)`: the coefficient's digits moved round within the precision.
    pub fn rotate(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.moved(a, b, true, status))
    }

    fn moved(&self, a: &Decimal, b: &Decimal, around: bool, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let Some(places) = small_integer(b).filter(|places| places.abs() <= self.prec) else {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        };
        let Kind::Finite { coefficient, exponent } = &a.kind else { return a.clone() };
        if self.prec as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        let frame = digits::pow10(self.prec as u64);
        let inside = coefficient % &frame;
        let distance = places.unsigned_abs();
        let moved = match (around, places >= 0) {
            (false, true) => digits::shift_left(&inside, distance) % &frame,
            (false, false) => digits::cut(&inside, distance).0,
            (true, _) => {
                let left = places.rem_euclid(self.prec) as u64;
                let split = digits::pow10(self.prec as u64 - left);
                (&inside % &split) * digits::pow10(left) + inside / split
            }
        };
        Decimal::from_parts(a.negative, moved, *exponent)
    }
}

/// The value of a finite decimal with exponent 0, as the counts of these operations must be.
fn small_integer(value: &Decimal) -> Option<i64> {
    match &value.kind {
        Kind::Finite { coefficient, exponent: 0 } => {
            let magnitude = coefficient.to_i64()?;
            Some(if value.negative { -magnitude } else { magnitude })
        }
        _ => None,
    }
}
