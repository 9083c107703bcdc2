//! Decimal digits of big integers: counting, powers of ten, cutting off.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

/// The number of decimal digits; zero has one.
pub(crate) fn count(value: &BigUint) -> u64 {
    if let Some(small) = value.to_u64() {
        return u64::from(small.checked_ilog10().unwrap_or(0)) + 1;
    }
    // log10(2) as a fraction, a little low; the estimate is at most one too small for numbers of any feasible size.
    let bits = value.bits();
    let estimate = ((u128::from(bits) - 1) * 30_102_999_566_398 / 100_000_000_000_000) as u64;
    let mut digits = estimate.max(1);
    let mut limit = pow10(digits);
    while *value >= limit {
        digits += 1;
        limit *= 10u8;
    }
    digits
}

/// 10^n. Callers keep n within what memory can hold.
pub(crate) fn pow10(n: u64) -> BigUint {
    match n {
        0..=19 => BigUint::from(10u64.pow(n as u32)),
        _ => BigUint::from(10u8).pow(n as u32),
    }
}

/// value · 10^n.
pub(crate) fn shift_left(value: &BigUint, n: u64) -> BigUint {
    if n == 0 || value.is_zero() { value.clone() } else { value * pow10(n) }
}

/// The digits, most significant first.
pub(crate) fn list(value: &BigUint) -> Vec<u8> {
    value.to_radix_be(10)
}

/// How many zeros the digits end in; 0 for zero itself.
pub(crate) fn trailing_zeros(value: &BigUint) -> u64 {
    if value.is_zero() {
        return 0;
    }
    // Each factor 10 brings a factor 2, so an odd number ends the question at once.
    if value.is_odd() {
        return 0;
    }
    value.to_radix_le(10).iter().take_while(|digit| **digit == 0).count() as u64
}

/// What a cut-off tail is, compared with half a unit of the last kept digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tail {
    /// Nothing was lost.
    Zero,
    /// Less than half.
    Low,
    /// Exactly half.
    Half,
    /// More than half.
    High,
}

/// The value without its last n digits, and what they amounted to.
pub(crate) fn cut(value: &BigUint, n: u64) -> (BigUint, Tail) {
    if n == 0 {
        return (value.clone(), Tail::Zero);
    }
    if n > count(value) {
        return (BigUint::zero(), if value.is_zero() { Tail::Zero } else { Tail::Low });
    }
    let unit = pow10(n);
    let (kept, rest) = value.div_rem(&unit);
    let tail = if rest.is_zero() {
        Tail::Zero
    } else {
        match (rest << 1u8).cmp(&unit) {
            std::cmp::Ordering::Less => Tail::Low,
            std::cmp::Ordering::Equal => Tail::Half,
            std::cmp::Ordering::Greater => Tail::High,
        }
    };
    (kept, tail)
}

/// Whether the last digit is 0 or 5.
pub(crate) fn ends_in_0_or_5(value: &BigUint) -> bool {
    (value % BigUint::from(5u8)).is_zero()
}

/// One, for callers that don't import the trait.
pub(crate) fn one() -> BigUint {
    BigUint::one()
}
