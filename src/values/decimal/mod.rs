//! Decimal numbers with the semantics of Python's `decimal` (the General Decimal Arithmetic of the C library beneath it).
//!
//! A [`Decimal`] is a value; a [`Context`] holds precision, rounding, traps and flags. Operations are methods of the
//! context: `context.add(&a, &b)` rounds, sets flags and gives a [`DecimalError`] where a trapped condition arose.

mod arithmetic;
mod compare;
mod context;
mod convert;
mod digits;
mod format;
mod integral;
mod logical;
mod power;
mod transcendental;

pub use context::{Conditions, Context, DecimalError, MAX_PREC, Rounding, Signal};
pub use convert::IntegerError;
pub use format::{FormatSpec, FormatSpecError};

use num_bigint::BigUint;
use num_traits::Zero;

/// A decimal number: finite with sign, coefficient and exponent (so that `1.0`, `1.00` and `-0` are kept apart), an
/// infinity, or a NaN with its payload. There is deliberately no `==`: numbers compare by [`Decimal::numeric_cmp`],
/// representations by [`Decimal::same_form`].
#[derive(Debug, Clone)]
pub struct Decimal {
    pub(crate) negative: bool,
    pub(crate) kind: Kind,
}

/// What a decimal is besides its sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// coefficient · 10^exponent.
    Finite { coefficient: BigUint, exponent: i64 },
    /// ±Infinity.
    Infinite,
    /// NaN, or sNaN when signaling; a zero payload isn't shown.
    Nan { signaling: bool, payload: BigUint },
}

impl Decimal {
    /// The finite number (−1 if negative) · coefficient · 10^exponent, exactly as given.
    pub fn from_parts(negative: bool, coefficient: BigUint, exponent: i64) -> Decimal {
        Decimal { negative, kind: Kind::Finite { coefficient, exponent } }
    }

    /// Zero with exponent 0.
    pub fn zero() -> Decimal {
        Decimal::from_parts(false, BigUint::zero(), 0)
    }

    /// One with exponent 0.
    pub fn one() -> Decimal {
        Decimal::from_parts(false, BigUint::from(1u8), 0)
    }

    /// `Infinity` or `-Infinity`.
    pub fn infinity(negative: bool) -> Decimal {
        Decimal { negative, kind: Kind::Infinite }
    }

    /// A quiet NaN without payload.
    pub fn nan() -> Decimal {
        Decimal { negative: false, kind: Kind::Nan { signaling: false, payload: BigUint::zero() } }
    }

    /// A NaN with all its parts.
    pub fn nan_with(negative: bool, signaling: bool, payload: BigUint) -> Decimal {
        Decimal { negative, kind: Kind::Nan { signaling, payload } }
    }

    /// Whether the sign is minus (zeros and NaNs have one too).
    pub fn is_signed(&self) -> bool {
        self.negative
    }

    /// Whether it is neither infinite nor a NaN.
    pub fn is_finite(&self) -> bool {
        matches!(self.kind, Kind::Finite { .. })
    }

    /// Whether it is an infinity.
    pub fn is_infinite(&self) -> bool {
        self.kind == Kind::Infinite
    }

    /// Whether it is a NaN of either sort.
    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::Nan { .. })
    }

    /// Whether it is a signaling NaN.
    pub fn is_snan(&self) -> bool {
        matches!(self.kind, Kind::Nan { signaling: true, .. })
    }

    /// Whether it is a quiet NaN.
    pub fn is_qnan(&self) -> bool {
        matches!(self.kind, Kind::Nan { signaling: false, .. })
    }

    /// Whether it is a zero of either sign (Python's falsehood).
    pub fn is_zero(&self) -> bool {
        matches!(&self.kind, Kind::Finite { coefficient, .. } if coefficient.is_zero())
    }

    /// Whether it is finite and has no fractional part.
    pub fn is_integer(&self) -> bool {
        match &self.kind {
            Kind::Finite { coefficient, exponent } => {
                *exponent >= 0
                    || coefficient.is_zero()
                    || digits::trailing_zeros(coefficient) >= exponent.unsigned_abs()
            }
            _ => false,
        }
    }

    /// The coefficient; `None` for specials.
    pub fn coefficient(&self) -> Option<&BigUint> {
        match &self.kind {
            Kind::Finite { coefficient, .. } => Some(coefficient),
            _ => None,
        }
    }

    /// The exponent; `None` for specials.
    pub fn exponent(&self) -> Option<i64> {
        match &self.kind {
            Kind::Finite { exponent, .. } => Some(*exponent),
            _ => None,
        }
    }

    /// How many digits the coefficient has (1 for zero); 0 for specials.
    pub fn digit_count(&self) -> u64 {
        self.coefficient().map_or(0, digits::count)
    }

    /// The exponent of the most significant digit, as `Decimal.adjusted()`; 0 for specials.
    pub fn adjusted(&self) -> i64 {
        match &self.kind {
            Kind::Finite { coefficient, exponent } => exponent + digits::count(coefficient) as i64 - 1,
            _ => 0,
        }
    }

    /// `as_tuple()`: sign (0 or 1), digits, and the exponent's text: a number, or `F`, `n`, `N` for specials, whose
    /// digits are `(0,)` for infinities and the payload's for NaNs.
    pub fn as_tuple(&self) -> (u8, Vec<u8>, TupleExponent) {
        let sign = u8::from(self.negative);
        match &self.kind {
            Kind::Finite { coefficient, exponent } => {
                (sign, digits::list(coefficient), TupleExponent::Number(*exponent))
            }
            Kind::Infinite => (sign, vec![0], TupleExponent::Infinite),
            Kind::Nan { signaling, payload } => {
                let digits = if payload.is_zero() { Vec::new() } else { digits::list(payload) };
                (sign, digits, if *signaling { TupleExponent::Snan } else { TupleExponent::Nan })
            }
        }
    }

    /// The same number with the other sign, untouched otherwise (`copy_negate`).
    pub fn copy_negate(&self) -> Decimal {
        Decimal { negative: !self.negative, kind: self.kind.clone() }
    }

    /// The same number without sign (`copy_abs`).
    pub fn copy_abs(&self) -> Decimal {
        Decimal { negative: false, kind: self.kind.clone() }
    }

    /// This number with the sign of another (`copy_sign`).
    pub fn copy_sign(&self, other: &Decimal) -> Decimal {
        Decimal { negative: other.negative, kind: self.kind.clone() }
    }

    /// Whether sign, coefficient and exponent (or the special) are all the same.
    pub fn same_form(&self, other: &Decimal) -> bool {
        self.negative == other.negative && self.kind == other.kind
    }
}

/// The last member of `Decimal.as_tuple()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TupleExponent {
    /// A finite number's exponent.
    Number(i64),
    /// `'F'`
    Infinite,
    /// `'n'`
    Nan,
    /// `'N'`
    Snan,
}
