//! Decimals from and to text, integers and floats; and their hash.

use super::context::{Conditions, Context, DecimalError, MAX_DIGITS, MAX_PREC};
use super::{Decimal, Kind, digits};
use crate::values::float;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::fmt;

/// Why a decimal has no integer value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegerError {
    /// It is a NaN.
    Nan,
    /// It is an infinity.
    Infinite,
    /// It has more digits than are held.
    TooLarge,
}

impl Decimal {
    /// Reads a numeric text exactly; blanks around it and underscores in it are allowed where `lenient`, as `Decimal()`
    /// has it and `Context.create_decimal` has not. `None` where it is no number.
    pub fn from_text(text: &str, lenient: bool) -> Option<Decimal> {
        let trimmed = if lenient { text.trim_matches(|c: char| c.is_whitespace() || is_separator(c)) } else { text };
        let mut plain = String::with_capacity(trimmed.len());
        for c in trimmed.chars() {
            match c {
                '_' if lenient => {}
                c if c.is_ascii() => plain.push(c.to_ascii_lowercase()),
                c => plain.push(char::from(b'0' + unicode_digit(c)?)),
            }
        }
        let (negative, body) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        if body == "inf" || body == "infinity" {
            return Some(Decimal::infinity(negative));
        }
        let (signaling, rest) = match body.strip_prefix('s') {
            Some(rest) => (true, rest),
            None => (false, body),
        };
        if let Some(payload) = rest.strip_prefix("nan") {
            if !payload.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            return Some(Decimal::nan_with(
                negative,
                signaling,
                BigUint::parse_bytes(payload.as_bytes(), 10).unwrap_or_default(),
            ));
        }
        if signaling {
            return None;
        }
        let (mantissa, exponent) = match body.split_once('e') {
            None => (body, 0i64),
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let coefficient = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
        Some(Decimal::from_parts(negative, coefficient, exponent.saturating_sub(fraction.len() as i64)))
    }

    /// The exact value of an integer.
    pub fn from_integer(value: &BigInt) -> Decimal {
        Decimal::from_parts(value.sign() == Sign::Minus, value.magnitude().clone(), 0)
    }

    /// The exact value of an integer.
    pub fn from_i64(value: i64) -> Decimal {
        Decimal::from_parts(value < 0, BigUint::from(value.unsigned_abs()), 0)
    }

    /// The exact value of a float: `Decimal(0.1)`.
    pub fn from_f64(value: f64) -> Decimal {
        if value.is_nan() {
            return Decimal { negative: value.is_sign_negative(), ..Decimal::nan() };
        }
        let Some((numerator, denominator)) = float::as_integer_ratio(value) else {
            return Decimal::infinity(value < 0.0);
        };
        // The denominator is a power of two: n / 2^k is n · 5^k / 10^k.
        let power = denominator.bits() - 1;
        let coefficient = numerator.magnitude() * BigUint::from(5u8).pow(power as u32);
        Decimal::from_parts(value.is_sign_negative(), coefficient, -(power as i64))
    }

    /// The integer part (`int(d)`).
    pub fn to_integer(&self) -> Result<BigInt, IntegerError> {
        match &self.kind {
            Kind::Nan { .. } => Err(IntegerError::Nan),
            Kind::Infinite => Err(IntegerError::Infinite),
            Kind::Finite { coefficient, exponent } => {
                let magnitude = if *exponent >= 0 {
                    if *exponent as u64 > MAX_DIGITS && !coefficient.is_zero() {
                        return Err(IntegerError::TooLarge);
                    }
                    digits::shift_left(coefficient, exponent.unsigned_abs())
                } else {
                    digits::cut(coefficient, exponent.unsigned_abs()).0
                };
                Ok(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude))
            }
        }
    }

    /// The nearest float (`float(d)`); NaN for both sorts of NaN, infinite where it is too large.
    pub fn to_f64(&self) -> f64 {
        match &self.kind {
            Kind::Nan { .. } => f64::NAN,
            Kind::Infinite if self.negative => f64::NEG_INFINITY,
            Kind::Infinite => f64::INFINITY,
            Kind::Finite { coefficient, exponent } => {
                let magnitude: f64 = format!("{coefficient}e{exponent}").parse().unwrap_or(f64::INFINITY);
                if self.negative { -magnitude } else { magnitude }
            }
        }
    }

    /// Numerator and positive denominator in lowest terms (`as_integer_ratio`).
    pub fn as_integer_ratio(&self) -> Result<(BigInt, BigInt), IntegerError> {
        let Kind::Finite { coefficient, exponent } = &self.kind else {
            return Err(if self.is_nan() { IntegerError::Nan } else { IntegerError::Infinite });
        };
        if *exponent >= 0 || coefficient.is_zero() {
            return Ok((self.to_integer()?, BigInt::one()));
        }
        if exponent.unsigned_abs() > MAX_DIGITS {
            return Err(IntegerError::TooLarge);
        }
        let denominator = digits::pow10(exponent.unsigned_abs());
        let common = coefficient.gcd(&denominator);
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        Ok((BigInt::from_biguint(sign, coefficient / &common), BigInt::from(denominator / common)))
    }

    /// Python's hash, the same as that of an equal int or float; `None` for NaNs, whose hash is by identity (quiet) or an
    /// error (signaling).
    pub fn python_hash(&self) -> Option<i64> {
        const MODULUS: u64 = (1 << 61) - 1;
        let hash = match &self.kind {
            Kind::Nan { .. } => return None,
            Kind::Infinite => 314_159,
            Kind::Finite { coefficient, exponent } => {
                let modulus = BigUint::from(MODULUS);
                // The inverse of ten modulo the prime.
                let base =
                    if *exponent >= 0 { BigUint::from(10u8) } else { BigUint::from(2_075_258_708_292_324_556u64) };
                let scale = base.modpow(&BigUint::from(exponent.unsigned_abs()), &modulus);
                (coefficient % &modulus * scale % &modulus).to_i64().unwrap_or(0)
            }
        };
        let signed = if self.negative { -hash } else { hash };
        Some(if signed == -1 { -2 } else { signed })
    }

    /// `str(d)`, with `E` or `e` before an exponent.
    pub fn to_text(&self, capitals: bool) -> String {
        self.render(capitals, false)
    }

    /// `d.to_eng_string()`: exponents are multiples of three.
    pub fn to_eng_text(&self, capitals: bool) -> String {
        self.render(capitals, true)
    }

    /// `Decimal('1.5')`
    pub fn repr(&self) -> String {
        format!("Decimal('{self}')")
    }

    fn render(&self, capitals: bool, engineering: bool) -> String {
        let sign = if self.negative { "-" } else { "" };
        let (coefficient, exponent) = match &self.kind {
            Kind::Infinite => return format!("{sign}Infinity"),
            Kind::Nan { signaling, payload } => {
                let name = if *signaling { "sNaN" } else { "NaN" };
                return if payload.is_zero() { format!("{sign}{name}") } else { format!("{sign}{name}{payload}") };
            }
            Kind::Finite { coefficient, exponent } => (coefficient, *exponent),
        };
        let text = coefficient.to_string();
        let left = exponent + text.len() as i64;
        // Where the point goes, counted from the left of the digits.
        let point = if exponent <= 0 && left > -6 {
            left
        } else if !engineering {
            1
        } else if coefficient.is_zero() {
            (left + 1).rem_euclid(3) - 1
        } else {
            (left - 1).rem_euclid(3) + 1
        };
        let length = text.len() as i64;
        let (whole, fraction) = if point <= 0 {
            ("0".to_owned(), format!(".{}{text}", "0".repeat((-point) as usize)))
        } else if point >= length {
            (format!("{text}{}", "0".repeat((point - length) as usize)), String::new())
        } else {
            (text[..point as usize].to_owned(), format!(".{}", &text[point as usize..]))
        };
        let exponent = if left == point {
            String::new()
        } else {
            format!("{}{:+}", if capitals { 'E' } else { 'e' }, left - point)
        };
        format!("{sign}{whole}{fraction}{exponent}")
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(true))
    }
}

impl Context {
    /// `Decimal(text)`: exact; a text that is no number signals a conversion syntax error in this context.
    pub fn parse(&mut self, text: &str) -> Result<Decimal, DecimalError> {
        let Some(value) = Decimal::from_text(text, true) else {
            return self.finish(Decimal::nan(), Conditions::CONVERSION_SYNTAX);
        };
        if let Kind::Finite { exponent, .. } = &value.kind
            && (value.adjusted() > MAX_PREC || *exponent < -MAX_PREC - MAX_PREC + 1)
        {
            return self.finish(Decimal::nan(), Conditions::INVALID_OPERATION);
        }
        Ok(value)
    }

    /// `Context.create_decimal(text)`: rounded to this context.
    pub fn create_from_text(&mut self, text: &str) -> Result<Decimal, DecimalError> {
        match Decimal::from_text(text, false) {
            Some(value) => self.create(&value),
            None => self.finish(Decimal::nan(), Conditions::CONVERSION_SYNTAX),
        }
    }

    /// `Context.create_decimal(d)`: rounded to this context; a NaN with too long a payload is a conversion syntax error.
    pub fn create(&mut self, value: &Decimal) -> Result<Decimal, DecimalError> {
        let mut status = Conditions::NONE;
        if let Kind::Nan { payload, .. } = &value.kind {
            if !payload.is_zero() && digits::count(payload) as i64 > self.prec - i64::from(self.clamp) {
                return self.finish(Decimal::nan(), Conditions::CONVERSION_SYNTAX);
            }
            return Ok(value.clone());
        }
        let rounded = self.round(value.clone(), &mut status);
        self.finish(rounded, status)
    }

    /// `str(d)` under this context: only `capitals` counts.
    pub fn to_text(&self, value: &Decimal) -> String {
        value.to_text(self.capitals)
    }
}

/// The exponent of a numeric text, held within a range that no real exponent reaches.
fn read_exponent(text: &str) -> Option<i64> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if body.is_empty() || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = body.parse::<i64>().unwrap_or(i64::MAX / 2).min(i64::MAX / 2);
    Some(if negative { -magnitude } else { magnitude })
}

/// The separators that Python's `strip` takes for white space beyond Unicode's own.
fn is_separator(c: char) -> bool {
    ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The value of a decimal digit of any script. Such digits come in runs of ten code points of one category.
pub(crate) fn unicode_digit(c: char) -> Option<u8> {
    use unicode_general_category::{GeneralCategory, get_general_category};
    if let Some(digit) = c.to_digit(10) {
        return Some(digit as u8);
    }
    let is_digit =
        |code: u32| char::from_u32(code).is_some_and(|c| get_general_category(c) == GeneralCategory::DecimalNumber);
    let code = u32::from(c);
    if !is_digit(code) {
        return None;
    }
    let mut start = code;
    while start > 0 && is_digit(start - 1) {
        start -= 1;
    }
    Some(((code - start) % 10) as u8)
}
