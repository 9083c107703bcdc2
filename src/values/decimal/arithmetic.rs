//! Sums, products, quotients and remainders.

use super::context::{Conditions, Context, DecimalError, MAX_DIGITS, Rounding};
use super::{Decimal, Kind, digits};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;

impl Context {
    /// Runs an operation that gathers what happens, then raises what is trapped.
    pub(super) fn run<T>(&mut self, operation: impl FnOnce(&Context, &mut Conditions) -> T) -> Result<T, DecimalError> {
        let mut status = Conditions::NONE;
        let result = operation(self, &mut status);
        self.finish(result, status)
    }

    /// `a + b`
    pub fn add(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.sum(a, b, status))
    }

    /// `a - b`
    pub fn subtract(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.difference(a, b, status))
    }

    /// `a * b`
    pub fn multiply(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.product(a, b, status))
    }

    /// `a / b`
    pub fn divide(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.quotient(a, b, status))
    }

    /// `a // b`: towards zero, unlike Python's integers.
    pub fn divide_int(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.integer_quotient(a, b, status))
    }

    /// `a % b`: with the sign of `a`.
    pub fn remainder(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.rest(a, b, status))
    }

    /// `divmod(a, b)`
    pub fn divmod(&mut self, a: &Decimal, b: &Decimal) -> Result<(Decimal, Decimal), DecimalError> {
        self.run(|context, status| context.quotient_and_rest(a, b, status))
    }

    /// `remainder_near(a, b)`: the rest nearest to zero.
    pub fn remainder_near(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.near_rest(a, b, status))
    }

    /// `fma(a, b, c)`: a · b + c, rounded once.
    pub fn fma(&mut self, a: &Decimal, b: &Decimal, c: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) =
                context.propagate(&[a, b, c], status).filter(|_| a.is_snan() || b.is_snan() || a.is_nan() || b.is_nan())
            {
                return nan;
            }
            let mut inner = Conditions::NONE;
            let product = Context::unbounded().product(a, b, &mut inner);
            if inner.intersects(Conditions::IEEE_INVALID) {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            context.sum(&product, c, status)
        })
    }

    /// `+a`: rounded to the context; a negative zero loses its sign unless rounding towards −∞.
    pub fn plus(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.signed(a, a.negative, status))
    }

    /// `-a`
    pub fn minus(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.signed(a, !a.negative, status))
    }

    /// `abs(a)`
    pub fn abs(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| match context.propagate(&[a], status) {
            Some(nan) => nan,
            None => context.round(a.copy_abs(), status),
        })
    }

    fn signed(&self, a: &Decimal, negative: bool, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a], status) {
            return nan;
        }
        let negative = negative && (!a.is_zero() || self.rounding == Rounding::Floor);
        self.round(Decimal { negative, kind: a.kind.clone() }, status)
    }

    pub(super) fn difference(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        match self.propagate(&[a, b], status) {
            Some(nan) => nan,
            None => self.sum(a, &b.copy_negate(), status),
        }
    }

    pub(super) fn sum(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let (Kind::Finite { coefficient: ca, exponent: ea }, Kind::Finite { coefficient: cb, exponent: eb }) =
            (&a.kind, &b.kind)
        else {
            if a.is_infinite() && b.is_infinite() && a.negative != b.negative {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            return if a.is_infinite() { a.clone() } else { b.clone() };
        };
        let lowest = (*ea).min(*eb);
        if ca.is_zero() && cb.is_zero() {
            let differ = a.negative != b.negative;
            let negative = if differ { self.rounding == Rounding::Floor } else { a.negative };
            return self.round(Decimal::from_parts(negative, BigUint::zero(), lowest), status);
        }
        if ca.is_zero() || cb.is_zero() {
            // The other operand, with as many zeros as the precision has room for.
            let (number, coefficient, exponent) = if ca.is_zero() { (b, cb, *eb) } else { (a, ca, *ea) };
            let exponent_wanted = lowest.max(exponent.saturating_sub(self.prec.saturating_add(1)));
            let Some(padded) = shifted(coefficient, exponent - exponent_wanted, status) else { return Decimal::nan() };
            return self.round(Decimal::from_parts(number.negative, padded, exponent_wanted), status);
        }
        // Bring both to one exponent. A small operand far below the last digit only tips the rounding: a one will do.
        let ((high, high_exponent), (low, low_exponent)) =
            if ea >= eb { ((ca, *ea), (cb, *eb)) } else { ((cb, *eb), (ca, *ea)) };
        let high_length = digits::count(high) as i64;
        let limit = high_exponent.saturating_add((-1).min(high_length.saturating_sub(self.prec).saturating_sub(2)));
        let tiny = BigUint::from(1u8);
        let (low, low_exponent) = if low_exponent.saturating_add(digits::count(low) as i64 - 1) < limit {
            (&tiny, limit)
        } else {
            (low, low_exponent)
        };
        let Some(high) = shifted(high, high_exponent - low_exponent, status) else { return Decimal::nan() };
        let (high_negative, low_negative) = if ea >= eb { (a.negative, b.negative) } else { (b.negative, a.negative) };
        let (negative, coefficient) = if high_negative == low_negative {
            (high_negative, high + low)
        } else {
            match high.cmp(low) {
                std::cmp::Ordering::Greater => (high_negative, high - low),
                std::cmp::Ordering::Less => (low_negative, low - high),
                std::cmp::Ordering::Equal => (self.rounding == Rounding::Floor, BigUint::zero()),
            }
        };
        self.round(Decimal::from_parts(negative, coefficient, low_exponent), status)
    }

    pub(super) fn product(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let negative = a.negative != b.negative;
        match (&a.kind, &b.kind) {
            (Kind::Finite { coefficient: ca, exponent: ea }, Kind::Finite { coefficient: cb, exponent: eb }) => {
                self.round(Decimal::from_parts(negative, ca * cb, ea.saturating_add(*eb)), status)
            }
            _ if a.is_zero() || b.is_zero() => Context::invalid(status, Conditions::INVALID_OPERATION),
            _ => Decimal::infinity(negative),
        }
    }

    pub(super) fn quotient(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let negative = a.negative != b.negative;
        let (Kind::Finite { coefficient: ca, exponent: ea }, Kind::Finite { coefficient: cb, exponent: eb }) =
            (&a.kind, &b.kind)
        else {
            if a.is_infinite() && b.is_infinite() {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            if a.is_infinite() {
                return Decimal::infinity(negative);
            }
            *status |= Conditions::CLAMPED;
            return Decimal::from_parts(negative, BigUint::zero(), self.etiny());
        };
        if cb.is_zero() {
            if ca.is_zero() {
                return Context::invalid(status, Conditions::DIVISION_UNDEFINED);
            }
            *status |= Conditions::DIVISION_BY_ZERO;
            return Decimal::infinity(negative);
        }
        let ideal = ea.saturating_sub(*eb);
        if ca.is_zero() {
            return self.round(Decimal::from_parts(negative, BigUint::zero(), ideal), status);
        }
        if self.prec as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        let shift = digits::count(cb) as i64 - digits::count(ca) as i64 + self.prec + 1;
        let (mut coefficient, rest) = if shift >= 0 {
            digits::shift_left(ca, shift as u64).div_rem(cb)
        } else {
            ca.div_rem(&digits::shift_left(cb, shift.unsigned_abs()))
        };
        let mut exponent = ideal.saturating_sub(shift);
        if !rest.is_zero() {
            // A last digit other than 0 and 5 keeps the rounding from taking the quotient for exact or a tie.
            if digits::ends_in_0_or_5(&coefficient) {
                coefficient += 1u8;
            }
        } else if exponent < ideal {
            let spare = digits::trailing_zeros(&coefficient).min((ideal - exponent) as u64);
            coefficient /= digits::pow10(spare);
            exponent += spare as i64;
        }
        self.round(Decimal::from_parts(negative, coefficient, exponent), status)
    }

    /// The integer quotient and the rest of finite operands; `None` when the quotient is longer than the precision.
    fn whole_division(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Option<(Decimal, Decimal)> {
        let negative = a.negative != b.negative;
        let zero = Decimal::from_parts(negative, BigUint::zero(), 0);
        let Kind::Finite { coefficient: ca, exponent: ea } = &a.kind else { return None };
        let Kind::Finite { coefficient: cb, exponent: eb } = &b.kind else {
            return Some((zero, self.round(a.clone(), status)));
        };
        let ideal = (*ea).min(*eb);
        let gap = a.adjusted().saturating_sub(b.adjusted());
        if ca.is_zero() || gap <= -2 {
            let Some(rest) = self.rest_at(a.negative, ca, *ea, ideal, status) else {
                return Some((zero, Decimal::nan()));
            };
            return Some((zero, rest));
        }
        if gap > self.prec || gap as u64 > MAX_DIGITS && gap > 0 {
            return None;
        }
        let (quotient, rest) = if ea >= eb {
            digits::shift_left(ca, ea.abs_diff(*eb)).div_rem(cb)
        } else {
            ca.div_rem(&digits::shift_left(cb, eb.abs_diff(*ea)))
        };
        if digits::count(&quotient) as i64 > self.prec {
            return None;
        }
        let rest = self.round(Decimal::from_parts(a.negative, rest, ideal), status);
        Some((Decimal::from_parts(negative, quotient, 0), rest))
    }

    fn rest_at(
        &self,
        negative: bool,
        coefficient: &BigUint,
        exponent: i64,
        ideal: i64,
        status: &mut Conditions,
    ) -> Option<Decimal> {
        let ideal =
            if coefficient.is_zero() { ideal } else { ideal.max(exponent.saturating_sub(self.prec.saturating_add(1))) };
        let padded = shifted(coefficient, exponent - ideal, status)?;
        Some(self.round(Decimal::from_parts(negative, padded, ideal), status))
    }

    pub(super) fn integer_quotient(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let negative = a.negative != b.negative;
        if a.is_infinite() {
            if b.is_infinite() {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            }
            return Decimal::infinity(negative);
        }
        if b.is_zero() {
            if a.is_zero() {
                return Context::invalid(status, Conditions::DIVISION_UNDEFINED);
            }
            *status |= Conditions::DIVISION_BY_ZERO;
            return Decimal::infinity(negative);
        }
        let mut ignored = Conditions::NONE;
        match self.whole_division(a, b, &mut ignored) {
            Some((quotient, _)) => quotient,
            None => Context::invalid(status, Conditions::DIVISION_IMPOSSIBLE),
        }
    }

    pub(super) fn rest(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        if a.is_infinite() {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        }
        if b.is_zero() {
            let condition = if a.is_zero() { Conditions::DIVISION_UNDEFINED } else { Conditions::INVALID_OPERATION };
            return Context::invalid(status, condition);
        }
        match self.whole_division(a, b, status) {
            Some((_, rest)) => rest,
            None => Context::invalid(status, Conditions::DIVISION_IMPOSSIBLE),
        }
    }

    fn quotient_and_rest(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> (Decimal, Decimal) {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return (nan.clone(), nan);
        }
        let negative = a.negative != b.negative;
        if a.is_infinite() {
            *status |= Conditions::INVALID_OPERATION;
            let quotient = if b.is_infinite() { Decimal::nan() } else { Decimal::infinity(negative) };
            return (quotient, Decimal::nan());
        }
        if b.is_zero() {
            if a.is_zero() {
                *status |= Conditions::DIVISION_UNDEFINED;
                return (Decimal::nan(), Decimal::nan());
            }
            *status |= Conditions::DIVISION_BY_ZERO | Conditions::INVALID_OPERATION;
            return (Decimal::infinity(negative), Decimal::nan());
        }
        match self.whole_division(a, b, status) {
            Some(pair) => pair,
            None => {
                *status |= Conditions::DIVISION_IMPOSSIBLE;
                (Decimal::nan(), Decimal::nan())
            }
        }
    }

    fn near_rest(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        if a.is_infinite() {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        }
        if b.is_zero() {
            let condition = if a.is_zero() { Conditions::DIVISION_UNDEFINED } else { Conditions::INVALID_OPERATION };
            return Context::invalid(status, condition);
        }
        let (Kind::Finite { coefficient: ca, exponent: ea }, Kind::Finite { coefficient: cb, exponent: eb }) =
            (&a.kind, &b.kind)
        else {
            return self.round(a.clone(), status);
        };
        let ideal = (*ea).min(*eb);
        if ca.is_zero() {
            return self.round(Decimal::from_parts(a.negative, BigUint::zero(), ideal), status);
        }
        let gap = a.adjusted().saturating_sub(b.adjusted());
        if gap > self.prec {
            return Context::invalid(status, Conditions::DIVISION_IMPOSSIBLE);
        }
        if gap <= -2 {
            return self.rest_at(a.negative, ca, *ea, ideal, status).unwrap_or_else(Decimal::nan);
        }
        if ea.abs_diff(*eb) > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        let (top, bottom) = if ea >= eb {
            (digits::shift_left(ca, ea.abs_diff(*eb)), cb.clone())
        } else {
            (ca.clone(), digits::shift_left(cb, eb.abs_diff(*ea)))
        };
        let (mut quotient, mut rest) = top.div_rem(&bottom);
        let mut negative = a.negative;
        let twice: BigUint = &rest << 1u8;
        if twice > bottom || (twice == bottom && quotient.is_odd()) {
            rest = bottom - rest;
            quotient += 1u8;
            negative = !negative;
        }
        if digits::count(&quotient) as i64 > self.prec {
            return Context::invalid(status, Conditions::DIVISION_IMPOSSIBLE);
        }
        self.round(Decimal::from_parts(negative, rest, ideal), status)
    }
}

/// The coefficient with so many zeros behind it, or a memory error where they are too many.
pub(super) fn shifted(coefficient: &BigUint, zeros: i64, status: &mut Conditions) -> Option<BigUint> {
    if zeros <= 0 {
        return Some(coefficient.clone());
    }
    if zeros as u64 > MAX_DIGITS && !coefficient.is_zero() {
        *status |= Conditions::MALLOC_ERROR;
        return None;
    }
    Some(digits::shift_left(coefficient, zeros as u64))
}
