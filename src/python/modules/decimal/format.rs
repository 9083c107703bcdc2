//! `format(decimal, spec)`

use num_bigint::BigUint;

use crate::values::decimal::{Context, Decimal, MAX_PREC, TupleExponent};

/// A format specification, taken apart.
struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    no_negative_zero: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse(text: &str) -> Option<Spec> {
    let mut spec = Spec {
        fill: ' ',
        align: None,
        sign: '-',
        no_negative_zero: false,
        alternate: false,
        zero: false,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let is_align = |c: char| "<>=^".contains(c);
    if chars.len() >= 2 && is_align(chars[1]) {
        spec.fill = chars[0];
        spec.align = Some(chars[1]);
        at = 2;
    } else if chars.first().is_some_and(|c| is_align(*c)) {
        spec.align = Some(chars[0]);
        at = 1;
    }
    if let Some(sign) = chars.get(at).filter(|c| "+- ".contains(**c)) {
        spec.sign = *sign;
        at += 1;
    }
    if chars.get(at) == Some(&'z') {
        spec.no_negative_zero = true;
        at += 1;
    }
    if chars.get(at) == Some(&'#') {
        spec.alternate = true;
        at += 1;
    }
    if chars.get(at) == Some(&'0') {
        // Zeros go between sign and digits; an alignment of its own contradicts them.
        if spec.align.is_some() {
            return None;
        }
        spec.zero = true;
        spec.fill = '0';
        spec.align = Some('=');
        at += 1;
    }
    let number = |at: &mut usize| -> Option<Option<usize>> {
        let start = *at;
        while chars.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
        if start == *at {
            return Some(None);
        }
        chars[start..*at].iter().collect::<String>().parse().ok().map(Some)
    };
    spec.width = number(&mut at)?.unwrap_or(0);
    if let Some(separator) = chars.get(at).filter(|c| **c == ',') {
        spec.grouping = Some(*separator);
        at += 1;
    }
    if chars.get(at) == Some(&'.') {
        at += 1;
        spec.precision = Some(number(&mut at)??);
    }
    if let Some(kind) = chars.get(at) {
        if !"eEfFgGn%".contains(*kind) || (*kind == 'n' && spec.grouping.is_some()) {
            return None;
        }
        spec.kind = Some(*kind);
        at += 1;
    }
    // Sizes that no screen shows are refused before anything is made of them.
    let sane = spec.width <= 1 << 26 && spec.precision.is_none_or(|p| p <= 1 << 26);
    (at == chars.len() && sane).then_some(spec)
}

/// The number by a format specification; `None` where that is not valid.
pub(super) fn format(number: &Decimal, spec: &str, context: &Context) -> Option<String> {
    let mut spec = parse(spec)?;
    if let (_, _, TupleExponent::Infinite | TupleExponent::Nan | TupleExponent::Snan) = number.as_tuple() {
        if spec.zero {
            spec.fill = ' ';
            spec.align = Some('>');
        }
        let body = number.copy_abs().to_text(true);
        let body = if spec.kind == Some('%') { body + "%" } else { body };
        return Some(pad(sign(&spec, number.is_signed()), body, &spec));
    }
    let (digits, suffix, negative) = digits_of(number, &spec, context);
    let body = group(digits, &suffix, &spec, negative);
    Some(pad(sign(&spec, negative), body, &spec))
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match spec.sign {
        _ if negative => "-",
        '+' => "+",
        ' ' => " ",
        _ => "",
    }
}

/// Whole part and fraction as text, what follows them, and whether the result is negative.
fn digits_of(number: &Decimal, spec: &Spec, context: &Context) -> (String, String, bool) {
    let kind = spec.kind.unwrap_or(if spec.precision.is_some() { 'g' } else { 's' });
    let mut number = number.clone();
    if kind == '%' {
        number = scaled(&number, 2);
    }
    let mut wide = Context { prec: MAX_PREC, emin: -MAX_PREC, emax: MAX_PREC, ..context.clone() };
    wide.traps = crate::values::decimal::Conditions::NONE;
    match kind {
        'f' | 'F' | '%' => {
            let exponent = number.exponent().unwrap_or(0);
            let wanted = match spec.precision {
                Some(places) => Some(-(places as i64)),
                None if exponent > 0 => Some(0),
                None => None,
            };
            if let Some(wanted) = wanted {
                let pattern = Decimal::from_parts(false, BigUint::from(1u8), wanted);
                if let Ok(rounded) = wide.quantize(&number, &pattern, None) {
                    number = rounded;
                }
            }
        }
        'e' | 'E' | 'g' | 'G' => {
            let wanted = match spec.precision {
                Some(places) if matches!(kind, 'e' | 'E') => Some(places + 1),
                Some(0) => Some(1),
                other => other,
            };
            if let Some(wanted) = wanted
                && !number.is_zero()
                && number.digit_count() > wanted as u64
            {
                let mut narrow = Context { prec: wanted as i64, ..wide.clone() };
                if let Ok(rounded) = narrow.plus(&number) {
                    number = rounded;
                }
            }
        }
        _ => {}
    }
    let (_, digits, exponent) = number.as_tuple();
    let exponent = match exponent {
        TupleExponent::Number(exponent) => exponent,
        _ => 0,
    };
    let negative = number.is_signed() && !(spec.no_negative_zero && number.is_zero());
    let mut text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let left = exponent + text.len() as i64;
    let point = match kind {
        'e' | 'E' => {
            if let Some(places) = spec.precision {
                if number.is_zero() {
                    // A zero shows its exponent as if it had all its places.
                    let shown = exponent + places as i64;
                    let mut text = String::from("0");
                    if places > 0 {
                        text += &format!(".{}", "0".repeat(places));
                    }
                    let shown = if spec.precision.is_some() { shown - places as i64 + 0 } else { shown };
                    return (text, format!("{kind}{shown:+}"), negative);
                }
                while text.len() < places + 1 {
                    text.push('0');
                }
            }
            1
        }
        'f' | 'F' | '%' => left,
        _ => {
            if exponent <= 0 && left > -6 {
                left
            } else {
                1
            }
        }
    };
    let (mut whole, mut fraction) = if point <= 0 {
        ("0".to_owned(), format!("{}{text}", "0".repeat(point.unsigned_abs() as usize)))
    } else if point as usize >= text.len() {
        let zeros = "0".repeat(point as usize - text.len());
        (format!("{text}{zeros}"), String::new())
    } else {
        (text[..point as usize].to_owned(), text[point as usize..].to_owned())
    };
    if whole.is_empty() {
        whole.push('0');
    }
    if !fraction.is_empty() || spec.alternate {
        fraction.insert(0, '.');
    }
    let upper = matches!(kind, 'E' | 'G')
        || (matches!(kind, 's' | 'n') && context.capitals)
        || (spec.kind.is_none() && context.capitals);
    let shift = left - point;
    let suffix = match kind {
        '%' => "%".to_owned(),
        'f' | 'F' => String::new(),
        'e' | 'E' => format!("{kind}{shift:+}"),
        _ if shift != 0 => format!("{}{shift:+}", if upper { 'E' } else { 'e' }),
        _ => String::new(),
    };
    whole += &fraction;
    (whole, suffix, negative)
}

fn scaled(number: &Decimal, places: i64) -> Decimal {
    match (number.coefficient(), number.exponent()) {
        (Some(coefficient), Some(exponent)) => {
            Decimal::from_parts(number.is_signed(), coefficient.clone(), exponent.saturating_add(places))
        }
        _ => number.clone(),
    }
}

/// The digits with separators between thousands; with sign-aware zeros these get separators too.
fn group(digits: String, suffix: &str, spec: &Spec, negative: bool) -> String {
    let Some(separator) = spec.grouping else { return digits + suffix };
    let (whole, fraction) = match digits.find('.') {
        Some(at) => digits.split_at(at),
        None => (digits.as_str(), ""),
    };
    let mut whole = whole.to_owned();
    let separated = |whole: &str| -> String {
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    };
    if spec.fill == '0' && spec.align == Some('=') {
        let signs = sign(spec, negative).len();
        let others = fraction.len() + suffix.len() + signs;
        while separated(&whole).len() + others < spec.width {
            let mut wider = whole.clone();
            wider.insert(0, '0');
            whole = wider;
        }
    }
    format!("{}{fraction}{suffix}", separated(&whole))
}

fn pad(sign: &str, body: String, spec: &Spec) -> String {
    let length = sign.chars().count() + body.chars().count();
    let missing = spec.width.saturating_sub(length);
    let fill = |count: usize| spec.fill.to_string().repeat(count);
    match spec.align.unwrap_or('>') {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}
