//! Comparison: by number, by total order, minima and maxima, neighbours.

use super::context::{Conditions, Context, DecimalError, Rounding};
use super::{Decimal, Kind, digits};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use std::cmp::Ordering;

impl Decimal {
    /// The order of two numbers; `None` if one is a NaN. `-0`, `0` and `0.00` are equal.
    pub fn numeric_cmp(&self, other: &Decimal) -> Option<Ordering> {
        if self.is_nan() || other.is_nan() {
            return None;
        }
        let sign = |value: &Decimal| match (value.is_zero(), value.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        };
        let (mine, theirs) = (sign(self), sign(other));
        if mine != theirs || mine == 0 {
            return Some(mine.cmp(&theirs));
        }
        let magnitude = self.magnitude_cmp(other);
        Some(if self.negative { magnitude.reverse() } else { magnitude })
    }

    /// The order of the magnitudes of two numbers that are not NaN.
    fn magnitude_cmp(&self, other: &Decimal) -> Ordering {
        match (&self.kind, &other.kind) {
            (Kind::Finite { coefficient: ca, exponent: ea }, Kind::Finite { coefficient: cb, exponent: eb }) => {
                if ca.is_zero() || cb.is_zero() {
                    return ca.cmp(cb);
                }
                self.adjusted().cmp(&other.adjusted()).then_with(|| {
                    // Equal places of the first digit: the exponents differ by no more than the lengths do.
                    if ea >= eb {
                        digits::shift_left(ca, ea.abs_diff(*eb)).cmp(cb)
                    } else {
                        ca.cmp(&digits::shift_left(cb, eb.abs_diff(*ea)))
                    }
                })
            }
            (Kind::Infinite, Kind::Infinite) => Ordering::Equal,
            (Kind::Infinite, _) => Ordering::Greater,
            _ => Ordering::Less,
        }
    }

    /// `compare_total`: an order of representations, in which also NaNs and `1.0` and `1.00` have their places.
    pub fn total_cmp(&self, other: &Decimal) -> Ordering {
        if self.negative != other.negative {
            return if self.negative { Ordering::Less } else { Ordering::Greater };
        }
        let order = self.total_magnitude_cmp(other);
        if self.negative { order.reverse() } else { order }
    }

    /// `compare_total_mag`: the same without signs.
    pub fn total_magnitude_cmp(&self, other: &Decimal) -> Ordering {
        let class = |value: &Decimal| match &value.kind {
            Kind::Nan { signaling: false, .. } => 2,
            Kind::Nan { signaling: true, .. } => 1,
            _ => 0,
        };
        if class(self) != class(other) {
            return class(self).cmp(&class(other));
        }
        match (&self.kind, &other.kind) {
            (Kind::Nan { payload: a, .. }, Kind::Nan { payload: b, .. }) => a.cmp(b),
            (Kind::Finite { exponent: ea, .. }, Kind::Finite { exponent: eb, .. }) => {
                self.magnitude_cmp(other).then_with(|| ea.cmp(eb))
            }
            _ => self.magnitude_cmp(other),
        }
    }

    /// `same_quantum`: whether the exponents are the same, or both are NaN, or both infinite.
    pub fn same_quantum(&self, other: &Decimal) -> bool {
        match (self.exponent(), other.exponent()) {
            (Some(a), Some(b)) => a == b,
            _ => (self.is_nan() && other.is_nan()) || (self.is_infinite() && other.is_infinite()),
        }
    }
}

/// −1, 0 or 1 as a decimal.
fn order_to_decimal(order: Ordering) -> Decimal {
    Decimal::from_i64(order as i64)
}

impl Context {
    /// The order of two numbers for Python's `==` and `!=`: a signaling NaN is an invalid operation, a quiet one is unequal
    /// to all (`None`).
    pub fn equality(&mut self, a: &Decimal, b: &Decimal) -> Result<Option<Ordering>, DecimalError> {
        let status = if a.is_snan() || b.is_snan() { Conditions::INVALID_OPERATION } else { Conditions::NONE };
        self.finish(a.numeric_cmp(b), status)
    }

    /// The order of two numbers for `<`, `<=`, `>`, `>=`: any NaN is an invalid operation.
    pub fn ordering(&mut self, a: &Decimal, b: &Decimal) -> Result<Option<Ordering>, DecimalError> {
        let status = if a.is_nan() || b.is_nan() { Conditions::INVALID_OPERATION } else { Conditions::NONE };
        self.finish(a.numeric_cmp(b), status)
    }

    /// `compare(a, b)`: −1, 0, 1 or a NaN.
    pub fn compare(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| match context.propagate(&[a, b], status) {
            Some(nan) => nan,
            None => a.numeric_cmp(b).map_or_else(Decimal::nan, order_to_decimal),
        })
    }

    /// `compare_signal(a, b)`: as `compare`, but every NaN signals.
    pub fn compare_signal(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| match context.propagate(&[a, b], status) {
            Some(nan) => {
                *status |= Conditions::INVALID_OPERATION;
                nan
            }
            None => a.numeric_cmp(b).map_or_else(Decimal::nan, order_to_decimal),
        })
    }

    /// `compare_total(a, b)`
    pub fn compare_total(&self, a: &Decimal, b: &Decimal) -> Decimal {
        order_to_decimal(a.total_cmp(b))
    }

    /// `compare_total_mag(a, b)`
    pub fn compare_total_mag(&self, a: &Decimal, b: &Decimal) -> Decimal {
        order_to_decimal(a.total_magnitude_cmp(b))
    }

    /// `max(a, b)`: a number beats a quiet NaN.
    pub fn max(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.extreme(a, b, false, Ordering::Greater, status))
    }

    /// `min(a, b)`
    pub fn min(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.extreme(a, b, false, Ordering::Less, status))
    }

    /// `max_mag(a, b)`: by magnitude first.
    pub fn max_mag(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.extreme(a, b, true, Ordering::Greater, status))
    }

    /// `min_mag(a, b)`
    pub fn min_mag(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.extreme(a, b, true, Ordering::Less, status))
    }

    fn extreme(
        &self,
        a: &Decimal,
        b: &Decimal,
        by_magnitude: bool,
        wanted: Ordering,
        status: &mut Conditions,
    ) -> Decimal {
        if a.is_snan() || b.is_snan() || (a.is_nan() && b.is_nan()) {
            return self.propagate(&[a, b], status).unwrap_or_else(Decimal::nan);
        }
        if a.is_nan() {
            return self.round(b.clone(), status);
        }
        if b.is_nan() {
            return self.round(a.clone(), status);
        }
        let order = if by_magnitude { a.copy_abs().numeric_cmp(&b.copy_abs()) } else { a.numeric_cmp(b) };
        let order = match order {
            None | Some(Ordering::Equal) => a.total_cmp(b),
            Some(order) => order,
        };
        let chosen = if order == wanted { a } else { b };
        self.round(chosen.clone(), status)
    }

    /// `next_minus(a)`: the largest number below.
    pub fn next_minus(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.neighbour(a, true, status))
    }

    /// `next_plus(a)`: the smallest number above.
    pub fn next_plus(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.neighbour(a, false, status))
    }

    fn neighbour(&self, a: &Decimal, below: bool, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a], status) {
            return nan;
        }
        if a.is_infinite() {
            return if a.negative == below { a.clone() } else { self.largest(a.negative, status) };
        }
        let rounding = if below { Rounding::Floor } else { Rounding::Ceiling };
        let directed = Context { rounding, ..self.clone() };
        let mut ignored = Conditions::NONE;
        let rounded = directed.round(a.clone(), &mut ignored);
        if rounded.numeric_cmp(a) != Some(Ordering::Equal) {
            return rounded;
        }
        let step = Decimal::from_parts(below, BigUint::one(), self.etiny().saturating_sub(1));
        directed.sum(&rounded, &step, &mut ignored)
    }

    /// `next_toward(a, b)`: the neighbour of `a` in the direction of `b`.
    pub fn next_toward(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a, b], status) {
                return nan;
            }
            let order = a.numeric_cmp(b).unwrap_or(Ordering::Equal);
            if order == Ordering::Equal {
                return a.copy_sign(b);
            }
            let result = context.neighbour(a, order == Ordering::Greater, status);
            if result.is_infinite() {
                *status |= Conditions::OVERFLOW | Conditions::INEXACT | Conditions::ROUNDED;
            } else if result.adjusted() < context.emin {
                *status |= Conditions::UNDERFLOW | Conditions::SUBNORMAL | Conditions::INEXACT | Conditions::ROUNDED;
                if result.is_zero() {
                    *status |= Conditions::CLAMPED;
                }
            }
            result
        })
    }

    /// `number_class(a)`
    pub fn number_class(&self, a: &Decimal) -> &'static str {
        match (&a.kind, a.negative) {
            (Kind::Nan { signaling: true, .. }, _) => "sNaN",
            (Kind::Nan { .. }, _) => "NaN",
            (Kind::Infinite, true) => "-Infinity",
            (Kind::Infinite, false) => "+Infinity",
            (Kind::Finite { coefficient, .. }, true) if coefficient.is_zero() => "-Zero",
            (Kind::Finite { coefficient, .. }, false) if coefficient.is_zero() => "+Zero",
            (_, true) if self.is_subnormal(a) => "-Subnormal",
            (_, false) if self.is_subnormal(a) => "+Subnormal",
            (_, true) => "-Normal",
            (_, false) => "+Normal",
        }
    }

    /// `is_normal(a)`
    pub fn is_normal(&self, a: &Decimal) -> bool {
        a.is_finite() && !a.is_zero() && a.adjusted() >= self.emin
    }

    /// `is_subnormal(a)`
    pub fn is_subnormal(&self, a: &Decimal) -> bool {
        a.is_finite() && !a.is_zero() && a.adjusted() < self.emin
    }
}
