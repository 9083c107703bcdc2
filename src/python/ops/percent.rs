//! `%`-formatting of strings and bytes.

use num_bigint::BigInt;
use num_traits::Signed;

use super::format::float_digits;
use crate::python::exceptions::Kind;
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
}

struct Arguments {
    values: Vec<Value>,
    at: usize,
    mapping: Option<Value>,
    /// One that is no tuple, so that it may stand for itself once.
    single: bool,
}

impl Arguments {
    fn next(&mut self, vm: &mut Vm) -> PyResult {
        match self.values.get(self.at) {
            Some(value) => {
                self.at += 1;
                Ok(value.clone())
            }
            None => Err(vm.type_error("not enough arguments for format string")),
        }
    }
}

impl Vm {
    /// `format % args` for strings.
    pub fn percent_format(&mut self, format: &str, args: &Value) -> PyResult<String> {
        let mut out = Vec::new();
        self.percent(format.as_bytes(), args, false, &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// `format % args` for bytes.
    pub fn percent_format_bytes(&mut self, format: &[u8], args: &Value) -> PyResult<Vec<u8>> {
        let mut out = Vec::new();
        self.percent(format, args, true, &mut out)?;
        Ok(out)
    }

    fn percent(&mut self, format: &[u8], args: &Value, bytes: bool, out: &mut Vec<u8>) -> PyResult<()> {
        let is_mapping = args.as_tuple().is_none()
            && args.as_str().is_none()
            && match args {
                Value::Instance(_) => {
                    let class = self.class_of(args);
                    class.lookup(&self.names.getitem).is_some()
                }
                Value::Dict(_) | Value::List(_) | Value::Range(_) => true,
                Value::Bytes(_) => false,
                _ => false,
            };
        let mut arguments = Arguments {
            values: match args.as_tuple() {
                Some(items) => items.to_vec(),
                None => vec![args.clone()],
            },
            at: 0,
            mapping: is_mapping.then(|| args.clone()),
            single: args.as_tuple().is_none(),
        };
        let mut used_mapping = false;
        let mut at = 0;
        while at < format.len() {
            if format[at] != b'%' {
                let end = format[at..].iter().position(|&byte| byte == b'%').map_or(format.len(), |skip| at + skip);
                out.extend_from_slice(&format[at..end]);
                at = end;
                continue;
            }
            at += 1;
            if format.get(at) == Some(&b'(') {
                let start = at + 1;
                let mut depth = 1;
                at += 1;
                while depth > 0 {
                    match format.get(at) {
                        Some(b'(') => depth += 1,
                        Some(b')') => depth -= 1,
                        None => return Err(self.value_error("incomplete format key")),
                        _ => {}
                    }
                    at += 1;
                }
                let Some(mapping) = arguments.mapping.clone() else {
                    return Err(self.type_error("format requires a mapping"));
                };
                let key = &format[start..at - 1];
                let key =
                    if bytes { Value::bytes(key) } else { Value::from(String::from_utf8_lossy(key).into_owned()) };
                let value = self.get_item(&mapping, &key)?;
                arguments.values = vec![value];
                arguments.at = 0;
                used_mapping = true;
            }
            let mut flags = Flags::default();
            loop {
                match format.get(at) {
                    Some(b'-') => flags.left = true,
                    Some(b'+') => flags.plus = true,
                    Some(b' ') => flags.space = true,
                    Some(b'#') => flags.alternate = true,
                    Some(b'0') => flags.zero = true,
                    _ => break,
                }
                at += 1;
            }
            let mut width = self.percent_number(format, &mut at, &mut arguments)?.unwrap_or(0);
            if width < 0 {
                flags.left = true;
                width = -width;
            }
            let mut precision = None;
            if format.get(at) == Some(&b'.') {
                at += 1;
                precision = Some(self.percent_number(format, &mut at, &mut arguments)?.unwrap_or(0).max(0) as usize);
            }
            if matches!(format.get(at), Some(b'h' | b'l' | b'L')) {
                at += 1;
            }
            let Some(&kind) = format.get(at) else { return Err(self.value_error("incomplete format")) };
            if kind == b'%' && format[at - 1] == b'%' {
                out.push(b'%');
                at += 1;
                continue;
            }
            self.reserve(width as usize)?;
            self.reserve(precision.unwrap_or(0))?;
            let piece = self.percent_piece(format, at, &flags, precision, bytes, &mut arguments, width as usize)?;
            at += 1;
            let length = if bytes { piece.len() } else { String::from_utf8_lossy(&piece).chars().count() };
            let missing = (width as usize).saturating_sub(length);
            if flags.left {
                out.extend_from_slice(&piece);
                out.extend(std::iter::repeat_n(b' ', missing));
            } else {
                out.extend(std::iter::repeat_n(b' ', missing));
                out.extend_from_slice(&piece);
            }
            self.reserve(out.len())?;
            self.tick()?;
        }
        if !used_mapping && arguments.mapping.is_none() && arguments.at < arguments.values.len() {
            let _ = arguments.single;
            let what = if bytes { "bytes" } else { "string" };
            return Err(self.type_error(format!("not all arguments converted during {what} formatting")));
        }
        Ok(())
    }

    fn percent_number(&mut self, format: &[u8], at: &mut usize, arguments: &mut Arguments) -> PyResult<Option<i64>> {
        if format.get(*at) == Some(&b'*') {
            *at += 1;
            let value = arguments.next(self)?;
            return match value.plain() {
                Value::Int(number) => Ok(Some(*number)),
                Value::Truth(truth) => Ok(Some(i64::from(*truth))),
                Value::BigInt(_) => {
                    let kind = if format.get(at.wrapping_sub(2)) == Some(&b'.') { "int" } else { "ssize_t" };
                    Err(self.raise(Kind::OverflowError, format!("Python int too large to convert to C {kind}")))
                }
                _ => Err(self.type_error("* wants int")),
            };
        }
        let start = *at;
        let mut number: i64 = 0;
        while let Some(digit) = format.get(*at).filter(|byte| byte.is_ascii_digit()) {
            number = number.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
            *at += 1;
        }
        if number > i64::from(i32::MAX) {
            return Err(self.value_error("width too big"));
        }
        Ok((*at > start).then_some(number))
    }

    #[expect(clippy::too_many_arguments, reason = "one conversion has this many parts")]
    fn percent_piece(
        &mut self,
        format: &[u8],
        at: usize,
        flags: &Flags,
        precision: Option<usize>,
        bytes: bool,
        arguments: &mut Arguments,
        width: usize,
    ) -> PyResult<Vec<u8>> {
        let kind = char::from(format[at]);
        match kind {
            's' | 'r' | 'a' | 'b' => {
                if kind == 'b' && !bytes {
                    arguments.next(self)?;
                    return Err(self.unsupported_format(format, at));
                }
                let value = arguments.next(self)?;
                if bytes && matches!(kind, 's' | 'b') {
                    let data = match value.as_bytes() {
                        Some(data) => data.to_vec(),
                        None => match self.get_attr_opt(&value, "__bytes__")? {
                            Some(method) => self.call(&method, ())?.as_bytes().map(<[u8]>::to_vec).unwrap_or_default(),
                            None => {
                                let given = self.type_name(&value);
                                return Err(self.type_error(format!(
                                    "%b requires a bytes-like object, or an object that implements __bytes__, not '{given}'"
                                )));
                            }
                        },
                    };
                    return Ok(data[..precision.unwrap_or(data.len()).min(data.len())].to_vec());
                }
                let text = match kind {
                    's' => self.to_str(&value)?,
                    'r' if !bytes => self.repr(&value)?,
                    _ => self.ascii(&value)?,
                };
                let cut = match precision {
                    Some(precision) => text.slice_chars(0, precision),
                    None => &text,
                };
                Ok(cut.as_bytes().to_vec())
            }
            'c' => {
                let value = arguments.next(self)?;
                if let Some(text) = value.as_str()
                    && !bytes
                {
                    if text.len() == 1 {
                        return Ok(text.as_bytes().to_vec());
                    }
                    return Err(self.type_error("%c requires int or char"));
                }
                if let Some([byte]) = value.as_bytes()
                    && bytes
                {
                    return Ok(vec![*byte]);
                }
                match self.index_opt(&value)? {
                    Some(number) => {
                        if bytes {
                            return match number {
                                Value::Int(byte @ 0..=255) => Ok(vec![byte as u8]),
                                _ => Err(self.raise(Kind::OverflowError, "%c arg not in range(256)")),
                            };
                        }
                        match number.as_i64().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
                            Some(character) => Ok(character.to_string().into_bytes()),
                            None => Err(self.raise(Kind::OverflowError, "%c arg not in range(0x110000)")),
                        }
                    }
                    None => Err(self.type_error(if bytes {
                        "%c requires an integer in range(256) or a single byte"
                    } else {
                        "%c requires int or char"
                    })),
                }
            }
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let value = arguments.next(self)?;
                let number = self.percent_int(&value, kind)?;
                let magnitude = number.magnitude();
                let (digits, prefix) = match kind {
                    'o' => (magnitude.to_str_radix(8), "0o"),
                    'x' => (magnitude.to_str_radix(16), "0x"),
                    'X' => (magnitude.to_str_radix(16).to_uppercase(), "0X"),
                    _ => {
                        self.check_digits(&number)?;
                        (magnitude.to_string(), "")
                    }
                };
                let digits = match precision {
                    Some(precision) if digits.len() < precision => "0".repeat(precision - digits.len()) + &digits,
                    _ => digits,
                };
                let prefix = if flags.alternate { prefix } else { "" };
                Ok(signed(flags, number.is_negative(), prefix, &digits, width))
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let value = arguments.next(self)?;
                let number = match self.to_float(&value) {
                    Err(raised) if bytes && raised.is(self.exceptions.get(Kind::TypeError)) => {
                        let given = self.type_name(&value);
                        return Err(self.type_error(format!("float argument required, not {given}")));
                    }
                    number => number?,
                };
                let digits = float_digits(number.abs(), kind, precision.unwrap_or(6), flags.alternate);
                Ok(signed(flags, number.is_sign_negative() && !number.is_nan(), "", &digits, width))
            }
            _ => {
                arguments.next(self)?;
                Err(self.unsupported_format(format, at))
            }
        }
    }

    fn percent_int(&mut self, value: &Value, kind: char) -> PyResult<BigInt> {
        if let Some(number) = value.as_bigint() {
            return Ok(number);
        }
        if matches!(kind, 'd' | 'i' | 'u') {
            if let Value::Real(number) = value.plain() {
                let number = number.get();
                return match crate::python::ops::number::float_to_int(number.trunc()) {
                    Some(whole) if number.is_finite() => Ok(whole.as_bigint().unwrap_or_default()),
                    _ if number.is_nan() => Err(self.value_error("cannot convert float NaN to integer")),
                    _ => Err(self.raise(Kind::OverflowError, "cannot convert float infinity to integer")),
                };
            }
            let name = self.names.int.clone();
            if matches!(value, Value::Instance(_))
                && let Some(made) = self.call_special(value, &name, &[])?
                && let Some(number) = made.as_bigint()
            {
                return Ok(number);
            }
            if let Some(index) = self.index_opt(value)? {
                return Ok(index.as_bigint().unwrap_or_default());
            }
            let given = self.type_name(value);
            return Err(self.type_error(format!("%{kind} format: a real number is required, not {given}")));
        }
        match self.index_opt(value)? {
            Some(index) => Ok(index.as_bigint().unwrap_or_default()),
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("%{kind} format: an integer is required, not {given}")))
            }
        }
    }

    fn unsupported_format(&mut self, format: &[u8], at: usize) -> crate::python::object::Raised {
        let before = String::from_utf8_lossy(&format[..at]).chars().count();
        let character = String::from_utf8_lossy(&format[at..]).chars().next().unwrap_or('?');
        let shown = if (' '..='~').contains(&character) { character } else { '?' };
        let code = character as u32;
        self.value_error(format!("unsupported format character '{shown}' ({code:#x}) at index {before}"))
    }
}

/// Sign, prefix and digits, with zeros between where the flags say so.
fn signed(flags: &Flags, negative: bool, prefix: &str, digits: &str, width: usize) -> Vec<u8> {
    let sign = if negative {
        "-"
    } else if flags.plus {
        "+"
    } else if flags.space {
        " "
    } else {
        ""
    };
    let length = sign.len() + prefix.len() + digits.len();
    let zeros = if flags.zero && !flags.left { width.saturating_sub(length) } else { 0 };
    let mut out = String::with_capacity(length + zeros);
    out.push_str(sign);
    out.push_str(prefix);
    out.extend(std::iter::repeat_n('0', zeros));
    out.push_str(digits);
    out.into_bytes()
}
