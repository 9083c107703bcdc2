//! Square roots and powers.

use super::context::{Conditions, Context, DecimalError, MAX_DIGITS, MAX_PREC, Rounding};
use super::transcendental::MAX_TRANSCENDENTAL;
use super::{Decimal, Kind, digits};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, Zero};
use std::cmp::Ordering;

impl Context {
    /// `sqrt(a)`: rounded half to even whatever the context's mode is.
    pub fn sqrt(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.square_root(a, status))
    }

    /// `power(a, b)`, `a ** b`
    pub fn power(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.raised(a, b, status))
    }

    /// `power(a, b, modulo)`: exact, of integers only.
    pub fn power_mod(&mut self, a: &Decimal, b: &Decimal, modulo: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if let Some(nan) = context.propagate(&[a, b, modulo], status) {
                return nan;
            }
            let whole = a.is_integer() && b.is_integer() && modulo.is_integer();
            let sensible = whole
                && (!b.negative || b.is_zero())
                && !modulo.is_zero()
                && (!a.is_zero() || !b.is_zero())
                && modulo.adjusted() < context.prec;
            let integers = (a.to_integer(), b.to_integer(), modulo.to_integer());
            let (true, (Ok(base), Ok(exponent), Ok(modulus))) = (sensible, integers) else {
                return Context::invalid(status, Conditions::INVALID_OPERATION);
            };
            let negative = a.negative && exponent.is_odd();
            let rest = base.magnitude().modpow(exponent.magnitude(), modulus.magnitude());
            Decimal::from_parts(negative, rest, 0)
        })
    }

    fn square_root(&self, a: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a], status) {
            return nan;
        }
        let (coefficient, exponent) = match &a.kind {
            Kind::Finite { coefficient, exponent } => (coefficient, *exponent),
            _ if a.negative => return Context::invalid(status, Conditions::INVALID_OPERATION),
            _ => return a.clone(),
        };
        let ideal = exponent.div_euclid(2);
        if coefficient.is_zero() {
            return self.round(Decimal::from_parts(a.negative, BigUint::zero(), ideal), status);
        }
        if a.negative {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        }
        if self.prec as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        // Bring the exponent to an even number, and the coefficient to such a length that its root has one digit more than
        // the precision.
        let even = digits::shift_left(coefficient, exponent.rem_euclid(2) as u64);
        let root_length = digits::count(&even).div_ceil(2) as i64;
        let shift = self.prec + 1 - root_length;
        let (scaled, cut_clean) = if shift >= 0 {
            (digits::shift_left(&even, 2 * shift as u64), true)
        } else {
            let (kept, tail) = digits::cut(&even, 2 * shift.unsigned_abs());
            (kept, tail == digits::Tail::Zero)
        };
        let mut root = scaled.sqrt();
        let exact = cut_clean && &root * &root == scaled;
        let mut place = ideal - shift;
        if exact {
            // Back to the ideal exponent, as far as zeros allow.
            if shift > 0 {
                let spare = digits::trailing_zeros(&root).min(shift as u64);
                root /= digits::pow10(spare);
                place += spare as i64;
            } else if shift < 0 {
                root = digits::shift_left(&root, shift.unsigned_abs());
                place = ideal;
            }
        } else if digits::ends_in_0_or_5(&root) {
            // Keeps the rounding from taking it for exact or a tie.
            root += 1u8;
        }
        let even_rounding = Context { rounding: Rounding::HalfEven, ..self.clone() };
        even_rounding.round(Decimal::from_parts(false, root, place), status)
    }

    /// One with as many zeros behind the point as the precision allows, when no exact exponent is known.
    fn padded_one(&self, negative: bool, status: &mut Conditions) -> Decimal {
        if self.prec as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        *status |= Conditions::INEXACT | Conditions::ROUNDED;
        let zeros = self.prec - 1;
        Decimal::from_parts(negative, digits::pow10(zeros as u64), -zeros)
    }

    fn raised(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        if let Some(nan) = self.propagate(&[a, b], status) {
            return nan;
        }
        let whole = b.is_integer();
        let negative = a.negative && whole && is_odd(b);
        let toward_zero = b.negative;
        if a.is_zero() {
            return if b.is_zero() {
                Context::invalid(status, Conditions::INVALID_OPERATION)
            } else if toward_zero {
                Decimal::infinity(negative)
            } else {
                Decimal::from_parts(negative, BigUint::zero(), 0)
            };
        }
        if a.negative && !whole {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        }
        if b.is_infinite() {
            return match a.copy_abs().numeric_cmp(&Decimal::one()) {
                Some(Ordering::Equal) => self.padded_one(false, status),
                Some(order) if (order == Ordering::Less) != toward_zero => {
                    Decimal::from_parts(false, BigUint::zero(), 0)
                }
                _ => Decimal::infinity(false),
            };
        }
        if b.is_zero() {
            return Decimal::one();
        }
        let Kind::Finite { coefficient, exponent } = &a.kind else {
            return if toward_zero {
                Decimal::from_parts(negative, BigUint::zero(), 0)
            } else {
                Decimal::infinity(negative)
            };
        };
        if a.copy_abs().numeric_cmp(&Decimal::one()) == Some(Ordering::Equal) {
            return self.power_of_one(*exponent, b, whole, negative, status);
        }
        // A power that is far out of reach need not be computed.
        if magnitude_of_logarithm(a, coefficient, *exponent) + b.adjusted() as f64 > 19.0 {
            let grows = (a.copy_abs().numeric_cmp(&Decimal::one()) == Some(Ordering::Greater)) != b.negative;
            let extreme = if grows { MAX_PREC.saturating_add(1) } else { self.etiny().saturating_sub(1) };
            return self.round(Decimal::from_parts(negative, BigUint::one(), extreme), status);
        }
        if whole { self.whole_power(a, b, negative, status) } else { self.real_power(a, b, status) }
    }

    fn power_of_one(
        &self,
        exponent: i64,
        b: &Decimal,
        whole: bool,
        negative: bool,
        status: &mut Conditions,
    ) -> Decimal {
        if !whole {
            return self.padded_one(negative, status);
        }
        if b.negative {
            return Decimal::from_parts(negative, BigUint::one(), 0);
        }
        // 1.00 ** 3 is 1.000000.
        let wanted = b.to_integer().ok().map(|times| times * -exponent);
        let zeros = match wanted.and_then(|zeros| i64::try_from(zeros).ok()) {
            Some(zeros) if zeros < self.prec => zeros,
            _ => {
                *status |= Conditions::ROUNDED;
                self.prec - 1
            }
        };
        if zeros as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        Decimal::from_parts(negative, digits::pow10(zeros as u64), -zeros)
    }

    /// By squaring, with some digits more than the precision.
    fn whole_power(&self, a: &Decimal, b: &Decimal, negative: bool, status: &mut Conditions) -> Decimal {
        let Ok(times) = b.to_integer() else { return Context::invalid(status, Conditions::MALLOC_ERROR) };
        let extra = b.adjusted() + 1 + 4 + i64::from(b.negative);
        if self.prec as u64 > MAX_DIGITS {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        let work = Context { prec: self.prec + extra, rounding: Rounding::HalfEven, clamp: false, ..self.clone() };
        let mut inner = Conditions::NONE;
        let base = if b.negative { work.quotient(&Decimal::one(), &a.copy_abs(), &mut inner) } else { a.copy_abs() };
        let times = times.magnitude();
        let mut result = base.clone();
        for bit in (0..times.bits().saturating_sub(1)).rev() {
            result = work.product(&result, &result, &mut inner);
            if times.bit(bit) {
                result = work.product(&result, &base, &mut inner);
            }
            if !result.is_finite() || result.is_zero() {
                break;
            }
        }
        *status |= inner;
        result.negative = negative;
        if result.is_infinite() {
            result = Decimal::from_parts(negative, BigUint::one(), MAX_PREC.saturating_add(1));
        }
        self.round(result, status)
    }

    /// As e^(b·ln a), with some digits more than the precision.
    fn real_power(&self, a: &Decimal, b: &Decimal, status: &mut Conditions) -> Decimal {
        let longest = self.prec.max(a.digit_count() as i64);
        if longest as u64 > MAX_TRANSCENDENTAL {
            return Context::invalid(status, Conditions::MALLOC_ERROR);
        }
        let work = Context { prec: longest + 23, rounding: Rounding::HalfEven, clamp: false, ..self.clone() };
        let mut inner = Conditions::NONE;
        let logarithm = work.natural_logarithm(a, &mut inner);
        let product = work.product(&logarithm, b, &mut inner);
        let result = work.exponential(&product, &work, &mut inner);
        *status |= inner | Conditions::INEXACT | Conditions::ROUNDED;
        if result.numeric_cmp(&Decimal::one()) == Some(Ordering::Equal) {
            return self.padded_one(false, status);
        }
        self.round(result, status)
    }
}

/// The decimal logarithm of |log₁₀ |a||, roughly.
fn magnitude_of_logarithm(a: &Decimal, coefficient: &BigUint, exponent: i64) -> f64 {
    let adjusted = a.adjusted();
    if !matches!(adjusted, -1 | 0) {
        return ((adjusted + i64::from(adjusted < 0)).unsigned_abs() as f64).max(1.0).log10();
    }
    // Near one the logarithm is about the distance from one.
    let unit = digits::pow10(exponent.unsigned_abs());
    let distance = if *coefficient > unit { coefficient - &unit } else { &unit - coefficient };
    (digits::count(&distance) as i64 - 1 + exponent.min(0)) as f64 - 0.4
}

/// Whether an integral decimal is odd.
fn is_odd(value: &Decimal) -> bool {
    match &value.kind {
        Kind::Finite { coefficient, exponent: 0 } => coefficient.is_odd(),
        Kind::Finite { coefficient, exponent } if *exponent < 0 => {
            digits::cut(coefficient, exponent.unsigned_abs()).0.is_odd()
        }
        _ => false,
    }
}
