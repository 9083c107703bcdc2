//! The format mini-language: `format()`, format specifications in f-strings and `str.format`.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::plain_format::plain_format;
use super::text::{repr_complex, repr_float};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::vm::Vm;

/// A parsed specification: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
#[derive(Clone, Debug)]
pub struct Spec {
    fill: char,
    align: Option<char>,
    sign: Option<char>,
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Vm {
    /// `format(value, spec)`
    pub fn format(&mut self, value: &Value, spec: &str) -> PyResult<Str> {
        match value {
            Value::Str(text) if spec.is_empty() => Ok(text.clone()),
            Value::Str(_) | Value::Int(_) | Value::BigInt(_) | Value::Real(_) | Value::Truth(_) | Value::Complex(_) => {
                self.format_native(value, spec)
            }
            _ => {
                let name = Str::interned("__format__");
                match self.call_special(value, &name, &[Value::from(spec)])? {
                    Some(made) => match made.as_str() {
                        Some(text) => Ok(text.clone()),
                        None => {
                            let given = self.type_name(&made);
                            Err(self.type_error(format!("__format__ must return a str, not {given}")))
                        }
                    },
                    None if spec.is_empty() => self.to_str(value),
                    None => {
                        let given = self.type_name(value);
                        Err(self.type_error(format!("unsupported format string passed to {given}.__format__")))
                    }
                }
            }
        }
    }

    /// `__format__` of the builtin types.
    pub fn format_native(&mut self, value: &Value, spec: &str) -> PyResult<Str> {
        if spec.is_empty() {
            return self.to_str(value);
        }
        if let Some(text) = plain_format(value, spec) {
            return Ok(text);
        }
        let type_name = self.type_name(value);
        match value.plain() {
            Value::Str(text) => {
                let text = text.clone();
                self.format_str(&text, spec, &type_name)
            }
            Value::Real(number) => {
                let number = number.get();
                let spec = self.parse_spec(spec, '>', &type_name)?;
                self.format_float(number, &spec, &type_name).map(Str::from)
            }
            Value::Complex(parts) => {
                let parts = **parts;
                self.format_complex(parts, spec)
            }
            plain @ (Value::Int(_) | Value::BigInt(_) | Value::Truth(_)) => {
                let number = plain.as_bigint().unwrap_or_default();
                let parsed = self.parse_spec(spec, '>', &type_name)?;
                match parsed.kind {
                    Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
                        let float = self.int_to_float(&Value::int(number))?;
                        self.format_float(float, &parsed, &type_name).map(Str::from)
                    }
                    _ => self.format_int(&number, &parsed, &type_name).map(Str::from),
                }
            }
            _ => Err(self.type_error(format!("unsupported format string passed to {type_name}.__format__"))),
        }
    }

    fn parse_spec(&mut self, text: &str, default_align: char, type_name: &str) -> PyResult<Spec> {
        let characters: Vec<char> = text.chars().collect();
        let is_align = |character: Option<&char>| matches!(character, Some('<' | '>' | '=' | '^'));
        let mut spec = Spec {
            fill: ' ',
            align: None,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let mut at = 0;
        let mut fill_given = false;
        if is_align(characters.get(1)) {
            spec.fill = characters[0];
            spec.align = Some(characters[1]);
            fill_given = true;
            at = 2;
        } else if is_align(characters.first()) {
            spec.align = Some(characters[0]);
            at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = characters.get(at) {
            spec.sign = Some(*sign);
            at += 1;
        }
        if characters.get(at) == Some(&'z') {
            spec.no_negative_zero = true;
            at += 1;
        }
        if characters.get(at) == Some(&'#') {
            spec.alternate = true;
            at += 1;
        }
        if !fill_given && characters.get(at) == Some(&'0') {
            spec.fill = '0';
            if spec.align.is_none() && default_align == '>' {
                spec.align = Some('=');
            }
            at += 1;
        }
        let (width, next) = self.read_number(&characters, at)?;
        spec.width = width.unwrap_or(0);
        at = next;
        if let Some(separator @ (',' | '_')) = characters.get(at) {
            spec.grouping = Some(*separator);
            at += 1;
            if let Some(second @ (',' | '_')) = characters.get(at) {
                return Err(self.value_error(if second == separator {
                    format!("Cannot specify '{separator}' with '{second}'.")
                } else {
                    "Cannot specify both ',' and '_'.".to_owned()
                }));
            }
        }
        if characters.get(at) == Some(&'.') {
            let (precision, next) = self.read_number(&characters, at + 1)?;
            if precision.is_none() {
                return Err(self.value_error("Format specifier missing precision"));
            }
            spec.precision = precision;
            at = next;
        }
        if characters.len() > at + 1 {
            return Err(self.value_error(format!("Invalid format specifier '{text}' for object of type '{type_name}'")));
        }
        spec.kind = characters.get(at).copied();
        if let (Some(separator), Some(kind)) = (spec.grouping, spec.kind) {
            let fits = match separator {
                ',' => matches!(kind, 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F'),
                _ => matches!(kind, 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | 'b' | 'o' | 'x' | 'X'),
            };
            if !fits {
                return Err(self.value_error(format!("Cannot specify '{separator}' with '{kind}'.")));
            }
        }
        if spec.width > 1 << 28 || spec.precision.is_some_and(|precision| precision > 1 << 28) {
            return Err(self.fatal(crate::python::object::Fatal::Memory));
        }
        Ok(spec)
    }

    fn read_number(&mut self, characters: &[char], from: usize) -> PyResult<(Option<usize>, usize)> {
        let mut at = from;
        let mut number: usize = 0;
        while let Some(digit) = characters.get(at).and_then(|character| character.to_digit(10)) {
            number = match number
                .checked_mul(10)
                .and_then(|n| n.checked_add(digit as usize))
                .filter(|n| *n <= i64::MAX as usize)
            {
                Some(number) => number,
                None => return Err(self.value_error("Too many decimal digits in format string")),
            };
            at += 1;
        }
        Ok(((at > from).then_some(number), at))
    }

    fn unknown_code(&mut self, kind: char, type_name: &str) -> crate::python::object::Raised {
        let shown = if (' '..='~').contains(&kind) { kind.to_string() } else { format!("\\x{:x}", kind as u32) };
        self.value_error(format!("Unknown format code '{shown}' for object of type '{type_name}'"))
    }

    fn format_str(&mut self, text: &Str, spec: &str, type_name: &str) -> PyResult<Str> {
        let spec = self.parse_spec(spec, '<', type_name)?;
        if let Some(kind) = spec.kind
            && kind != 's'
        {
            return Err(self.unknown_code(kind, type_name));
        }
        if let Some(sign) = spec.sign {
            let text = if sign == ' ' {
                "Space not allowed in string format specifier"
            } else {
                "Sign not allowed in string format specifier"
            };
            return Err(self.value_error(text));
        }
        if spec.no_negative_zero {
            return Err(self.value_error("Negative zero coercion (z) not allowed in string format specifier"));
        }
        if spec.alternate {
            return Err(self.value_error("Alternate form (#) not allowed in string format specifier"));
        }
        if let Some(separator) = spec.grouping {
            return Err(self.value_error(format!("Cannot specify '{separator}' with 's'.")));
        }
        if spec.align == Some('=') {
            return Err(self.value_error("'=' alignment not allowed in string format specifier"));
        }
        let cut = match spec.precision {
            Some(precision) if precision < text.len() => Str::from(text.slice_chars(0, precision)),
            _ => text.clone(),
        };
        Ok(Str::from(pad(&cut, cut.len(), &spec, '<')))
    }

    fn format_int(&mut self, number: &BigInt, spec: &Spec, type_name: &str) -> PyResult<String> {
        if let Some(kind) = spec.kind
            && !matches!(kind, 'd' | 'n' | 'b' | 'o' | 'x' | 'X' | 'c')
        {
            return Err(self.unknown_code(kind, type_name));
        }
        if spec.precision.is_some() {
            return Err(self.value_error("Precision not allowed in integer format specifier"));
        }
        if spec.no_negative_zero {
            return Err(self.value_error("Negative zero coercion (z) not allowed in integer format specifier"));
        }
        let magnitude = number.magnitude();
        let (digits, prefix, group) = match spec.kind {
            None | Some('d') => {
                self.check_digits(number)?;
                (magnitude.to_string(), "", 3)
            }
            Some('n') => (magnitude.to_string(), "", 3),
            Some('b') => (magnitude.to_str_radix(2), "0b", 4),
            Some('o') => (magnitude.to_str_radix(8), "0o", 4),
            Some('x') => (magnitude.to_str_radix(16), "0x", 4),
            Some('X') => (magnitude.to_str_radix(16).to_uppercase(), "0X", 4),
            Some('c') => {
                if spec.sign.is_some() {
                    return Err(self.value_error("Sign not allowed with integer format specifier 'c'"));
                }
                if spec.alternate {
                    return Err(self.value_error("Alternate form (#) not allowed with integer format specifier 'c'"));
                }
                let character = number.to_u32().and_then(char::from_u32);
                let Some(character) = character else {
                    if number.bits() > 63 {
                        return Err(self.raise(Kind::OverflowError, "Python int too large to convert to C long"));
                    }
                    return Err(self.raise(Kind::OverflowError, "%c arg not in range(0x110000)"));
                };
                return Ok(pad(&character.to_string(), 1, spec, '>'));
            }
            Some(kind) => return Err(self.unknown_code(kind, type_name)),
        };
        let prefix = if spec.alternate { prefix } else { "" };
        Ok(number_text(spec, number.is_negative(), prefix, &digits, "", group))
    }

    fn format_float(&mut self, number: f64, spec: &Spec, type_name: &str) -> PyResult<String> {
        let mut number = number;
        let kind = spec.kind;
        let mut text = match kind {
            None => match spec.precision {
                None if number.is_finite() => {
                    let text = repr_float(number.abs());
                    if spec.alternate || text.contains(['.', 'e']) { text } else { text + ".0" }
                }
                precision => float_digits(number.abs(), 'r', precision.unwrap_or(6), spec.alternate),
            },
            Some('%') => float_digits((number * 100.0).abs(), 'f', spec.precision.unwrap_or(6), spec.alternate) + "%",
            Some('n') => float_digits(number.abs(), 'g', spec.precision.unwrap_or(6), spec.alternate),
            Some(kind @ ('e' | 'f' | 'g' | 'E' | 'F' | 'G')) => {
                float_digits(number.abs(), kind, spec.precision.unwrap_or(6), spec.alternate)
            }
            Some(kind) => return Err(self.unknown_code(kind, type_name)),
        };
        if spec.no_negative_zero
            && number.is_sign_negative()
            && !text.contains(|c: char| ('1'..='9').contains(&c))
            && number.is_finite()
        {
            number = 0.0;
        }
        if number.is_nan() {
            text = if matches!(kind, Some('E' | 'F' | 'G')) { "NAN".into() } else { "nan".into() };
            if kind == Some('%') {
                text.push('%');
            }
        }
        let negative = number.is_sign_negative() && !number.is_nan();
        let digits_end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(digits_end);
        Ok(number_text(spec, negative, "", digits, rest, 3))
    }

    fn format_complex(&mut self, (real, imaginary): (f64, f64), text: &str) -> PyResult<Str> {
        let spec = self.parse_spec(text, '>', "complex")?;
        if spec.fill == '0' {
            return Err(self.value_error("Zero padding is not allowed in complex format specifier"));
        }
        if spec.align == Some('=') {
            return Err(self.value_error("'=' alignment flag is not allowed in complex format specifier"));
        }
        let inner = Spec { width: 0, align: None, fill: ' ', ..spec.clone() };
        let whole = match spec.kind {
            None if spec.precision.is_none() => {
                let text = repr_complex((real, imaginary));
                match (spec.sign, text.strip_prefix('(')) {
                    (Some(sign @ ('+' | ' ')), Some(inner)) if !inner.starts_with('-') => format!("({sign}{inner}"),
                    (Some(sign @ ('+' | ' ')), None) if !text.starts_with('-') => format!("{sign}{text}"),
                    _ => text,
                }
            }
            kind => {
                let inner = Spec { kind: Some(kind.unwrap_or('g')), ..inner };
                let front = self.format_float(real, &inner, "complex")?;
                let back = self.format_float(imaginary, &Spec { sign: Some('+'), ..inner }, "complex")?;
                format!("{front}{back}j")
            }
        };
        Ok(Str::from(pad(&whole, whole.chars().count(), &spec, '>')))
    }

    /// `str.format`
    pub fn str_format(&mut self, format: &Str, args: &Args) -> PyResult<Str> {
        let mut state = FormatArguments {
            positional: args.positional.to_vec(),
            keywords: args.keywords.clone(),
            mapping: None,
            next: Numbering::None,
        };
        self.format_template(format, &mut state, 2).map(Str::from)
    }

    /// `str.format_map`
    pub fn str_format_map(&mut self, format: &Str, mapping: &Value) -> PyResult<Str> {
        let mut state = FormatArguments {
            positional: Vec::new(),
            keywords: Vec::new(),
            mapping: Some(mapping.clone()),
            next: Numbering::None,
        };
        self.format_template(format, &mut state, 2).map(Str::from)
    }

    fn format_template(&mut self, format: &str, arguments: &mut FormatArguments, depth: usize) -> PyResult<String> {
        if depth == 0 {
            return Err(self.value_error("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let characters: Vec<char> = format.chars().collect();
        let mut at = 0;
        while at < characters.len() {
            let character = characters[at];
            at += 1;
            match character {
                '{' if characters.get(at) == Some(&'{') => {
                    out.push('{');
                    at += 1;
                }
                '}' if characters.get(at) == Some(&'}') => {
                    out.push('}');
                    at += 1;
                }
                '}' => return Err(self.value_error("Single '}' encountered in format string")),
                '{' => {
                    if at >= characters.len() {
                        return Err(self.value_error("Single '{' encountered in format string"));
                    }
                    let start = at;
                    let mut open = 1;
                    let mut bracket = false;
                    // The field ends at its closing brace; braces of nested fields in the specification are counted.
                    while at < characters.len() && open > 0 {
                        match characters[at] {
                            '[' if open == 1 => bracket = true,
                            ']' if open == 1 => bracket = false,
                            '{' if !bracket => open += 1,
                            '}' if !bracket => open -= 1,
                            _ => {}
                        }
                        at += 1;
                    }
                    if open > 0 {
                        return Err(self.value_error("expected '}' before end of string"));
                    }
                    let field: String = characters[start..at - 1].iter().collect();
                    let text = self.format_field(&field, arguments, depth)?;
                    out.push_str(&text);
                    self.check_text(&out)?;
                }
                other => out.push(other),
            }
        }
        Ok(out)
    }

    fn format_field(&mut self, field: &str, arguments: &mut FormatArguments, depth: usize) -> PyResult<Str> {
        // The name ends at the first `!` or `:` outside square brackets.
        let mut bracket = false;
        let mut end = field.len();
        for (at, character) in field.char_indices() {
            match character {
                '[' => bracket = true,
                ']' => bracket = false,
                '!' | ':' if !bracket => {
                    end = at;
                    break;
                }
                '{' if !bracket => return Err(self.value_error("unexpected '{' in field name")),
                _ => {}
            }
        }
        let (name, rest) = field.split_at(end);
        let (conversion, spec) = if let Some(rest) = rest.strip_prefix('!') {
            let mut characters = rest.chars();
            let Some(conversion) = characters.next() else {
                return Err(self.value_error("unmatched '{' in format spec"));
            };
            let rest = characters.as_str();
            match rest.strip_prefix(':') {
                Some(spec) => (Some(conversion), spec),
                None if rest.is_empty() => (Some(conversion), ""),
                None => return Err(self.value_error("expected ':' after conversion specifier")),
            }
        } else {
            (None, rest.strip_prefix(':').unwrap_or(""))
        };
        let value = self.format_lookup(name, arguments)?;
        let value = match conversion {
            None => value,
            Some('s') => Value::Str(self.to_str(&value)?),
            Some('r') => Value::Str(self.repr(&value)?),
            Some('a') => Value::Str(self.ascii(&value)?),
            Some(other) => return Err(self.value_error(format!("Unknown conversion specifier {other}"))),
        };
        let spec =
            if spec.contains(['{', '}']) { self.format_template(spec, arguments, depth - 1)? } else { spec.to_owned() };
        self.format(&value, &spec)
    }

    fn format_lookup(&mut self, name: &str, arguments: &mut FormatArguments) -> PyResult {
        let first_end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(first_end);
        let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
        let mut value = if first.is_empty() || is_number {
            let index = if first.is_empty() {
                match arguments.next {
                    Numbering::Manual => {
                        return Err(self.value_error(
                            "cannot switch from manual field specification to automatic field numbering",
                        ));
                    }
                    Numbering::None => {
                        arguments.next = Numbering::Automatic(1);
                        0
                    }
                    Numbering::Automatic(next) => {
                        arguments.next = Numbering::Automatic(next + 1);
                        next
                    }
                }
            } else {
                if matches!(arguments.next, Numbering::Automatic(_)) {
                    return Err(
                        self.value_error("cannot switch from automatic field numbering to manual field specification")
                    );
                }
                arguments.next = Numbering::Manual;
                first.parse::<usize>().unwrap_or(usize::MAX)
            };
            if arguments.mapping.is_some() {
                return Err(self.value_error("Format string contains positional fields"));
            }
            match arguments.positional.get(index) {
                Some(value) => value.clone(),
                None => {
                    let text = format!("Replacement index {index} out of range for positional args tuple");
                    return Err(self.raise(Kind::IndexError, text));
                }
            }
        } else if let Some(mapping) = arguments.mapping.clone() {
            self.get_item(&mapping, &Value::from(first))?
        } else {
            match arguments.keywords.iter().find(|(known, _)| known == first) {
                Some((_, value)) => value.clone(),
                None => return Err(self.key_error(Value::from(first))),
            }
        };
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(self.value_error("Empty attribute in format string"));
                }
                value = self.get_attr(&value, &after[..end])?;
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let Some(end) = after.find(']') else { return Err(self.value_error("Missing ']' in format string")) };
                if end == 0 {
                    return Err(self.value_error("Empty attribute in format string"));
                }
                let key = &after[..end];
                let key = if key.bytes().all(|byte| byte.is_ascii_digit()) {
                    key.parse::<i64>().map_or_else(|_| Value::from(key), Value::Int)
                } else {
                    Value::from(key)
                };
                value = self.get_item(&value, &key)?;
                rest = &after[end + 1..];
            } else {
                return Err(self.value_error("Only '.' or '[' may follow ']' in format field specifier"));
            }
        }
        Ok(value)
    }
}

struct FormatArguments {
    positional: Vec<Value>,
    keywords: Vec<(Str, Value)>,
    mapping: Option<Value>,
    next: Numbering,
}

enum Numbering {
    None,
    Automatic(usize),
    Manual,
}

fn pad(text: &str, length: usize, spec: &Spec, default_align: char) -> String {
    if length >= spec.width {
        return text.to_owned();
    }
    let missing = spec.width - length;
    let (left, right) = match spec.align.unwrap_or(default_align) {
        '<' => (0, missing),
        '^' => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(text);
    out.extend(std::iter::repeat_n(spec.fill, right));
    out
}

/// Puts sign, prefix, grouped digits and the rest together, padded.
fn number_text(spec: &Spec, negative: bool, prefix: &str, digits: &str, rest: &str, group: usize) -> String {
    let sign = match (negative, spec.sign.unwrap_or('-')) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        _ => "",
    };
    let digits_only = digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && !digits.is_empty();
    let mut digits = digits.to_owned();
    if let Some(separator) = spec.grouping
        && digits_only
    {
        // Zeros that fill the width are grouped too.
        let fixed = sign.len() + prefix.len() + rest.chars().count();
        let mut least: usize = 0;
        if spec.fill == '0' && spec.align == Some('=') && spec.width > fixed {
            let room = spec.width - fixed;
            while least + least.saturating_sub(1) / group < room {
                least += 1;
            }
        }
        let filled = format!("{digits:0>least$}");
        let count = filled.len();
        let mut grouped = String::with_capacity(count + count / group);
        for (at, character) in filled.chars().enumerate() {
            if at > 0 && (count - at) % group == 0 {
                grouped.push(separator);
            }
            grouped.push(character);
        }
        digits = grouped;
    }
    let body = format!("{digits}{rest}");
    let length = sign.len() + prefix.len() + body.chars().count();
    if spec.align == Some('=') {
        let missing = spec.width.saturating_sub(length);
        let fill: String = std::iter::repeat_n(spec.fill, missing).collect();
        return format!("{sign}{prefix}{fill}{body}");
    }
    let whole = format!("{sign}{prefix}{body}");
    pad(&whole, length, spec, '>')
}

/// The digits of a float that is not negative: kinds `e f g` (upper case too) and `r`, which is `format()` without a type but
/// with a precision.
pub fn float_digits(number: f64, kind: char, precision: usize, alternate: bool) -> String {
    let upper = kind.is_ascii_uppercase();
    let kind = kind.to_ascii_lowercase();
    if !number.is_finite() {
        let text = if number.is_nan() { "nan" } else { "inf" };
        return if upper { text.to_uppercase() } else { text.into() };
    }
    let text = match kind {
        'f' => {
            let mut text = format!("{number:.precision$}");
            if alternate && precision == 0 {
                text.push('.');
            }
            text
        }
        'e' => exponent_form(number, precision, alternate),
        _ => {
            let significant = precision.max(1);
            let (digits, exponent) = significant_digits(number, significant);
            let limit = if kind == 'r' { significant as i32 - 1 } else { significant as i32 };
            let wide = if kind == 'r' { exponent >= limit.max(1) } else { exponent >= limit };
            if exponent < -4 || wide {
                let mut mantissa = String::from(&digits[..1]);
                let fraction = if alternate { &digits[1..] } else { digits[1..].trim_end_matches('0') };
                if !fraction.is_empty() || alternate {
                    mantissa.push('.');
                    mantissa.push_str(fraction);
                }
                format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
            } else {
                let point = exponent + 1;
                let (whole, fraction) = if point <= 0 {
                    ("0".to_owned(), "0".repeat((-point) as usize) + &digits)
                } else {
                    let (whole, fraction) = digits.split_at((point as usize).min(digits.len()));
                    (whole.to_owned(), fraction.to_owned())
                };
                let fraction = if alternate { fraction.as_str() } else { fraction.trim_end_matches('0') };
                if fraction.is_empty() {
                    if kind == 'r' {
                        format!("{whole}.0")
                    } else if alternate {
                        format!("{whole}.")
                    } else {
                        whole
                    }
                } else {
                    format!("{whole}.{fraction}")
                }
            }
        }
    };
    if upper { text.to_uppercase() } else { text }
}

/// So many significant digits of a number, and its decimal exponent.
fn significant_digits(number: f64, significant: usize) -> (String, i32) {
    let text = format!("{number:.*e}", significant - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn exponent_form(number: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = if alternate && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
