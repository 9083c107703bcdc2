//! `format(d, spec)`: the format mini-language on decimals.

use super::context::{Context, MAX_DIGITS, Rounding};
use super::{Decimal, Kind};
use std::fmt;

/// A parsed format specification for decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatSpec {
    fill: char,
    align: char,
    sign: char,
    zero_padded: bool,
    no_negative_zero: bool,
    width: usize,
    grouped: bool,
    precision: Option<usize>,
    /// `e`, `f`, `g` or `%`, with capitals as asked for; none where nothing was said.
    presentation: Option<char>,
}

/// The text isn't a format specification for decimals (`ValueError`), or the result would be too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatSpecError {
    /// `ValueError: invalid format string`
    Invalid,
    /// A `MemoryError`.
    TooLong,
}

impl fmt::Display for FormatSpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FormatSpecError::Invalid => "invalid format string",
            FormatSpecError::TooLong => "",
        })
    }
}

impl std::error::Error for FormatSpecError {}

impl FormatSpec {
    /// Reads `[[fill]align][sign][z][0][width][,][.precision][type]`.
    pub fn parse(text: &str) -> Result<FormatSpec, FormatSpecError> {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let mut spec = FormatSpec {
            fill: ' ',
            align: '>',
            sign: '-',
            zero_padded: false,
            no_negative_zero: false,
            width: 0,
            grouped: false,
            precision: None,
            presentation: None,
        };
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '=' | '^'));
        let mut aligned = true;
        if is_align(chars.get(1)) {
            spec.fill = chars[0];
            spec.align = chars[1];
            at = 2;
        } else if is_align(chars.first()) {
            spec.align = chars[0];
            at = 1;
        } else {
            aligned = false;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = chars.get(at) {
            spec.sign = *sign;
            at += 1;
        }
        if chars.get(at) == Some(&'z') {
            spec.no_negative_zero = true;
            at += 1;
        }
        if chars.get(at) == Some(&'0') {
            // Zeros imply an alignment, which then must not be given besides.
            if aligned {
                return Err(FormatSpecError::Invalid);
            }
            spec.zero_padded = true;
            at += 1;
        }
        let number = |at: &mut usize| {
            let start = *at;
            let mut value = 0usize;
            while let Some(digit) = chars.get(*at).and_then(|c| c.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit as usize);
                *at += 1;
            }
            (*at > start).then_some(value)
        };
        spec.width = number(&mut at).unwrap_or(0);
        if chars.get(at) == Some(&',') {
            spec.grouped = true;
            at += 1;
        }
        if chars.get(at) == Some(&'.') {
            at += 1;
            spec.precision = Some(number(&mut at).ok_or(FormatSpecError::Invalid)?);
        }
        if let Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'n')) = chars.get(at) {
            if *kind == 'n' && spec.grouped {
                return Err(FormatSpecError::Invalid);
            }
            spec.presentation = Some(if *kind == 'n' { 'g' } else { *kind });
            at += 1;
        }
        if at != chars.len() {
            return Err(FormatSpecError::Invalid);
        }
        if spec.width as u64 > MAX_DIGITS || spec.precision.unwrap_or(0) as u64 > MAX_DIGITS {
            return Err(FormatSpecError::TooLong);
        }
        Ok(spec)
    }
}

impl Context {
    /// `format(value, spec)` under this context's rounding and capitals.
    pub fn format(&self, value: &Decimal, spec: &FormatSpec) -> Result<String, FormatSpecError> {
        let letter = spec.presentation.unwrap_or(if self.capitals { 'G' } else { 'g' });
        let Kind::Finite { .. } = &value.kind else {
            let mut body = value.copy_abs().to_text(true);
            if letter == '%' {
                body.push('%');
            }
            let sign = sign_of(value.negative, spec.sign);
            // Zeros don't pad what has no digits.
            let plain =
                FormatSpec { zero_padded: false, fill: if spec.zero_padded { ' ' } else { spec.fill }, ..spec.clone() };
            return Ok(align(sign, &body, &plain));
        };
        let kind = letter.to_ascii_lowercase();
        let rounded = self.rounded_for(value, kind, spec.precision)?;
        let negative = rounded.negative && !(spec.no_negative_zero && rounded.is_zero());
        let Kind::Finite { coefficient, exponent } = &rounded.kind else { return Err(FormatSpecError::TooLong) };
        let digits = coefficient.to_string();
        let length = digits.len() as i64;
        let left = exponent + length;
        let point = match kind {
            'e' if rounded.is_zero() => spec.precision.map_or(1, |precision| 1 - precision as i64),
            'f' | '%' => left,
            'g' if *exponent <= 0 && left > -6 => left,
            _ => 1,
        };
        if point.unsigned_abs() > MAX_DIGITS {
            return Err(FormatSpecError::TooLong);
        }
        let (whole, fraction) = if point < 0 {
            ("0".to_owned(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize)))
        } else if point > length {
            (format!("{digits}{}", "0".repeat((point - length) as usize)), String::new())
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            (if whole.is_empty() { "0".to_owned() } else { whole.to_owned() }, fraction.to_owned())
        };
        let power = left - point;
        let mut tail = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
        if power != 0 || kind == 'e' {
            tail.push_str(&format!("{}{power:+}", if letter.is_uppercase() { 'E' } else { 'e' }));
        }
        if kind == '%' {
            tail.push('%');
        }
        let sign = sign_of(negative, spec.sign);
        let room = if spec.zero_padded { spec.width.saturating_sub(tail.len() + sign.len()) } else { 0 };
        let whole = if spec.grouped {
            group(&whole, room)
        } else {
            format!("{}{whole}", "0".repeat(room.saturating_sub(whole.len())))
        };
        Ok(align(sign, &format!("{whole}{tail}"), spec))
    }

    /// The number with the digits that the presentation asks for.
    fn rounded_for(&self, value: &Decimal, kind: char, precision: Option<usize>) -> Result<Decimal, FormatSpecError> {
        let mut value = value.clone();
        if kind == '%'
            && let Kind::Finite { exponent, .. } = &mut value.kind
        {
            *exponent = exponent.saturating_add(2);
        }
        let rescaled = |value: &Decimal, exponent: i64, rounding: Rounding| {
            value.rescaled(exponent, rounding).map(|(value, _)| value).ok_or(FormatSpecError::TooLong)
        };
        if let Some(precision) = precision {
            let precision = precision as i64;
            match kind {
                'e' => value = self.to_length(&value, precision + 1)?,
                'f' | '%' => value = rescaled(&value, -precision, self.rounding)?,
                _ => {
                    let precision = precision.max(1);
                    if value.digit_count() as i64 > precision {
                        value = self.to_length(&value, precision)?;
                    }
                }
            }
        }
        if matches!(kind, 'f' | '%') && value.exponent().is_some_and(|exponent| exponent > 0) {
            value = rescaled(&value, 0, self.rounding)?;
        }
        Ok(value)
    }

    /// The number with exactly so many digits.
    fn to_length(&self, value: &Decimal, length: i64) -> Result<Decimal, FormatSpecError> {
        if value.is_zero() {
            return Ok(value.clone());
        }
        let place = value.adjusted() + 1 - length;
        let (rounded, _) = value.rescaled(place, self.rounding).ok_or(FormatSpecError::TooLong)?;
        if rounded.adjusted() == value.adjusted() {
            return Ok(rounded);
        }
        // Nines that became a one with zeros are a digit longer.
        let (rounded, _) = rounded.rescaled(place + 1, self.rounding).ok_or(FormatSpecError::TooLong)?;
        Ok(rounded)
    }
}

fn sign_of(negative: bool, wanted: char) -> &'static str {
    match (negative, wanted) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        _ => "",
    }
}

/// The digits in threes, with zeros before them until they fill the room; no comma stands first.
fn group(whole: &str, room: usize) -> String {
    let mut digits = whole.to_owned();
    let mut grouped = commas(&digits);
    while grouped.len() < room {
        digits.insert(0, '0');
        grouped = commas(&digits);
    }
    grouped
}

fn commas(digits: &str) -> String {
    let mut out = String::new();
    for (index, c) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn align(sign: &str, body: &str, spec: &FormatSpec) -> String {
    let missing = spec.width.saturating_sub(sign.len() + body.chars().count());
    let fill = |count: usize| std::iter::repeat_n(spec.fill, count).collect::<String>();
    match spec.align {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}
