//! Floats as CPython writes and takes apart.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `repr(x)`: the shortest digits that read back as the same float, in scientific form outside 10⁻⁴ ≤ |x| < 10¹⁶;
/// `inf`, `-inf` and `nan` for the values that have no digits.
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let (negative, digits, point) = shortest_digits(value);
    let sign = if negative { "-" } else { "" };
    if -4 < point && point <= 16 {
        return format!("{sign}{}", positional(&digits, point));
    }
    let (head, tail) = digits.split_at(1);
    let dot = if tail.is_empty() { "" } else { "." };
    let exponent = point - 1;
    let mark = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{head}{dot}{tail}e{mark}{:02}", exponent.abs())
}

/// `str(x)`, which for floats is the same as `repr(x)`.
pub fn float_str(value: f64) -> String {
    float_repr(value)
}

/// The sign, the shortest significant digits and the place of the decimal point counted from their left: 0.00123 is
/// `("123", -2)`. Zero is `("0", 1)`. The value must be finite.
pub fn shortest_digits(value: f64) -> (bool, String, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (value.is_sign_negative(), digits, exponent + 1)
}

fn positional(digits: &str, point: i32) -> String {
    if point <= 0 {
        return format!("0.{}{digits}", "0".repeat((-point) as usize));
    }
    let point = point as usize;
    if digits.len() <= point {
        return format!("{digits}{}.0", "0".repeat(point - digits.len()));
    }
    format!("{}.{}", &digits[..point], &digits[point..])
}

/// `x.as_integer_ratio()` in lowest terms with a positive denominator; `None` for NaN and infinities.
pub fn as_integer_ratio(value: f64) -> Option<(BigInt, BigInt)> {
    if !value.is_finite() {
        return None;
    }
    let bits = value.to_bits();
    let stored = (bits >> 52 & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mut mantissa, mut exponent) =
        if stored == 0 { (fraction, -1074) } else { (fraction | 1 << 52, stored - 1075) };
    if mantissa == 0 {
        return Some((BigInt::zero(), BigInt::one()));
    }
    let spare = mantissa.trailing_zeros();
    mantissa >>= spare;
    exponent += i64::from(spare);
    let mut numerator = BigInt::from(mantissa);
    let mut denominator = BigInt::one();
    if exponent >= 0 {
        numerator <<= exponent as usize;
    } else {
        denominator <<= (-exponent) as usize;
    }
    if value < 0.0 {
        numerator = -numerator;
    }
    Some((numerator, denominator))
}

/// The correctly rounded float quotient of two integers (ties to even), infinite where it is too large; NaN for a zero
/// denominator.
pub fn ratio_to_f64(numerator: &BigInt, denominator: &BigInt) -> f64 {
    if denominator.is_zero() {
        return f64::NAN;
    }
    if numerator.is_zero() {
        return 0.0;
    }
    let negative = numerator.is_negative() != denominator.is_negative();
    let (top, bottom) = (numerator.abs(), denominator.abs());
    // Scale so that the integer quotient has at least 66 bits; one sticky bit then keeps the rounding exact.
    let shift = 66 - (top.bits() as i64 - bottom.bits() as i64);
    let (quotient, rest) =
        if shift >= 0 { (top << shift as usize).div_rem(&bottom) } else { top.div_rem(&(bottom << (-shift) as usize)) };
    let magnitude = scale_to_f64(&quotient, !rest.is_zero(), -shift);
    if negative { -magnitude } else { magnitude }
}

/// quotient · 2^exponent, rounded once; `sticky` says that something was cut off below.
fn scale_to_f64(quotient: &BigInt, sticky: bool, exponent: i64) -> f64 {
    let bits = quotient.bits() as i64;
    let top = exponent + bits - 1;
    // The lowest bit that a float with this leading bit can hold.
    let lowest = (top - 52).max(-1074);
    let drop = lowest - exponent;
    let kept: BigInt = if drop <= 0 { quotient << (-drop) as usize } else { quotient >> drop as usize };
    let mut mantissa = kept.to_u64().unwrap_or(0);
    if drop > 0 {
        let cut: BigInt = quotient - (&kept << drop as usize);
        let half = BigInt::one() << (drop - 1) as usize;
        let order = cut.cmp(&half);
        if order.is_gt() || (order.is_eq() && (sticky || mantissa & 1 == 1)) {
            mantissa += 1;
        }
    }
    if mantissa == 0 {
        return 0.0;
    }
    if mantissa == 1 << 53 && lowest + 53 > 1023 || top > 1023 {
        return f64::INFINITY;
    }
    if mantissa >> 52 == 0 {
        return f64::from_bits(mantissa);
    }
    let (mantissa, lowest) = if mantissa == 1 << 53 { (1 << 52, lowest + 1) } else { (mantissa, lowest) };
    f64::from_bits(((lowest + 1075) as u64) << 52 | (mantissa & ((1 << 52) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprs_are_cpythons() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(float_repr(value), text);
        }
    }

    #[test]
    fn ratios_round_once() {
        for value in [1.0 / 3.0, 5e-324, 2.5e-310, 1.797e308, 0.1, 12345.678] {
            let (numerator, denominator) = as_integer_ratio(value).expect("finite");
            assert_eq!(ratio_to_f64(&numerator, &denominator), value);
        }
        assert_eq!(ratio_to_f64(&BigInt::from(10).pow(400), &BigInt::one()), f64::INFINITY);
    }
}
