//! The format specifications that programs write most (`5`, `<10`, `05d`, `,`, `.2f`), without parsing them in full.

use crate::python::object::{Str, Value};

/// An alignment, a width, a grouping and a precision.
struct Plain {
    align: Option<u8>,
    zero: bool,
    width: usize,
    grouping: bool,
    precision: Option<usize>,
    kind: Option<u8>,
}

/// Reads a specification of nothing else.
fn read(spec: &str) -> Option<Plain> {
    let mut rest = spec.as_bytes();
    let mut plain = Plain { align: None, zero: false, width: 0, grouping: false, precision: None, kind: None };
    if let [align @ (b'<' | b'>' | b'^'), after @ ..] = rest {
        plain.align = Some(*align);
        rest = after;
    }
    if let [b'0', after @ ..] = rest {
        plain.zero = true;
        rest = after;
    }
    (plain.width, rest) = number(rest)?;
    if let [b',', after @ ..] = rest {
        plain.grouping = true;
        rest = after;
    }
    if let [b'.', after @ ..] = rest {
        let (precision, end) = number(after)?;
        if end.len() == after.len() {
            return None;
        }
        plain.precision = Some(precision);
        rest = end;
    }
    match rest {
        [] => {}
        [kind] => plain.kind = Some(*kind),
        _ => return None,
    }
    Some(plain)
}

/// A number below 100, and what follows it.
fn number(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let number = digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    (digits.len() <= 2).then_some((number, rest))
}

/// The formatted text; `None` where the value or the specification is another.
pub(super) fn plain_format(value: &Value, spec: &str) -> Option<Str> {
    if spec.len() > 8 {
        return None;
    }
    let plain = read(spec)?;
    match value {
        Value::Str(text) => {
            let fits =
                !plain.zero && !plain.grouping && plain.precision.is_none() && matches!(plain.kind, None | Some(b's'));
            if !fits {
                return None;
            }
            if text.len() >= plain.width {
                return Some(text.clone());
            }
            Some(Str::from(padded(text, text.len(), &plain, b'<')))
        }
        Value::Int(number) => {
            if plain.precision.is_some() || !matches!(plain.kind, None | Some(b'd')) {
                return None;
            }
            let digits = Str::decimal(*number);
            if plain.zero || plain.grouping {
                let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |digits| ("-", digits));
                return signed(sign, digits, "", &plain);
            }
            if digits.len() >= plain.width {
                return Some(digits);
            }
            Some(Str::from(padded(&digits, digits.len(), &plain, b'>')))
        }
        Value::Real(number) => {
            let number = number.get();
            if plain.kind != Some(b'f') || !number.is_finite() {
                return None;
            }
            let text = format!("{:.*}", plain.precision?, number.abs());
            let sign = if number.is_sign_negative() { "-" } else { "" };
            let (digits, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
            signed(sign, digits, rest, &plain)
        }
        _ => None,
    }
}

/// A number of its sign, its digits and what follows them.
fn signed(sign: &str, digits: &str, rest: &str, plain: &Plain) -> Option<Str> {
    if plain.zero && (plain.align.is_some() || plain.grouping) {
        return None;
    }
    let mut text = String::with_capacity(plain.width.max(digits.len() * 2 + rest.len() + 1));
    text.push_str(sign);
    if plain.zero {
        for _ in sign.len() + digits.len() + rest.len()..plain.width {
            text.push('0');
        }
    }
    for (at, digit) in digits.chars().enumerate() {
        if plain.grouping && at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(rest);
    if text.len() >= plain.width {
        return Some(Str::from(text));
    }
    Some(Str::from(padded(&text, text.len(), plain, b'>')))
}

/// A text of so many characters, shorter than the width, with blanks around.
fn padded(text: &str, length: usize, plain: &Plain, otherwise: u8) -> String {
    let missing = plain.width.saturating_sub(length);
    let before = match plain.align.unwrap_or(otherwise) {
        b'<' => 0,
        b'^' => missing / 2,
        _ => missing,
    };
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(' ', before));
    out.push_str(text);
    out.extend(std::iter::repeat_n(' ', missing - before));
    out
}
