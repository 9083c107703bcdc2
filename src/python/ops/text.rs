//! `repr`, `str` and `ascii`.

use std::fmt::Write as _;

use unicode_general_category::{GeneralCategory, get_general_category};

use crate::python::object::{PyResult, Str, Value};
use crate::python::types::descriptor::{ClassMethod, StaticMethod};
use crate::python::vm::Vm;

/// Whether CPython prints a character as itself in a repr.
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    !matches!(
        get_general_category(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
    )
}

/// The repr of a string.
pub fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(quote);
            }
            _ if is_printable(character) => out.push(character),
            _ => escape(&mut out, character),
        }
    }
    out.push(quote);
    out
}

fn escape(out: &mut String, character: char) {
    let code = character as u32;
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// The repr of bytes.
pub fn repr_bytes(data: &[u8]) -> String {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::with_capacity(data.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in data {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => {
                if char::from(byte) == quote {
                    out.push('\\');
                }
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(quote);
    out
}

/// The repr of a float.
pub fn repr_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let text = format!("{number:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    let mantissa = mantissa.strip_suffix(".0").unwrap_or(mantissa);
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The repr of a complex number.
pub fn repr_complex((real, imaginary): (f64, f64)) -> String {
    let part = |number: f64| {
        let text = repr_float(number);
        text.strip_suffix(".0").map(String::from).unwrap_or(text)
    };
    if real == 0.0 && !real.is_sign_negative() {
        return format!("{}j", part(imaginary));
    }
    let sign =
        if imaginary.is_sign_negative() || imaginary.is_nan() && imaginary.is_sign_negative() { "" } else { "+" };
    format!("({}{sign}{}j)", part(real), part(imaginary))
}

impl Vm {
    /// `str(value)`
    pub fn to_str(&mut self, value: &Value) -> PyResult<Str> {
        match value {
            Value::Str(text) => Ok(text.clone()),
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(value);
                match class.lookup(&self.names.str) {
                    Some(found) => {
                        let bound = self.bind(&found, value, &class)?;
                        let made = self.nested(" while calling a Python object", |vm| vm.call(&bound, ()))?;
                        match made.as_str() {
                            Some(text) => Ok(text.clone()),
                            None => {
                                let given = self.type_name(&made);
                                Err(self.type_error(format!("__str__ returned non-string (type {given})")))
                            }
                        }
                    }
                    None => self.repr(value),
                }
            }
            _ => self.repr(value),
        }
    }

    /// `repr(value)`
    pub fn repr(&mut self, value: &Value) -> PyResult<Str> {
        self.tick()?;
        match value {
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(value);
                match class.lookup(&self.names.repr) {
                    Some(found) => {
                        let bound = self.bind(&found, value, &class)?;
                        let made = self.nested(" while getting the repr of an object", |vm| vm.call(&bound, ()))?;
                        match made.as_str() {
                            Some(text) => Ok(text.clone()),
                            None => {
                                let given = self.type_name(&made);
                                Err(self.type_error(format!("__repr__ returned non-string (type {given})")))
                            }
                        }
                    }
                    None => self.native_repr(value).map(Str::from),
                }
            }
            _ => self.native_repr(value).map(Str::from),
        }
    }

    /// The repr that the engine's own kinds have, and `object.__repr__` for the rest.
    pub fn native_repr(&mut self, value: &Value) -> PyResult<String> {
        Ok(match value {
            Value::Unset => "<NULL>".into(),
            Value::None => "None".into(),
            Value::NotImplemented => "NotImplemented".into(),
            Value::Ellipsis => "Ellipsis".into(),
            Value::Truth(truth) => if truth.get() { "True" } else { "False" }.into(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(number) => {
                self.check_digits(number)?;
                number.to_string()
            }
            Value::Real(number) => repr_float(number.get()),
            Value::Complex(parts) => repr_complex(**parts),
            Value::Str(text) => repr_str(text),
            Value::Bytes(data) => repr_bytes(data),
            Value::Tuple(items) => {
                let items = items.clone();
                self.repr_items(value, "(", if items.len() == 1 { ",)" } else { ")" }, "(...)", &|at| {
                    items.get(at).cloned()
                })?
            }
            Value::List(list) => {
                let list = list.clone();
                self.repr_items(value, "[", "]", "[...]", &|at| list.get(at))?
            }
            Value::Set(set) => {
                if set.is_empty() {
                    return Ok("set()".into());
                }
                let items = set.items();
                self.repr_items(value, "{", "}", "set(...)", &|at| items.get(at).cloned())?
            }
            Value::FrozenSet(set) => {
                if set.is_empty() {
                    return Ok("frozenset()".into());
                }
                let items = set.items();
                self.repr_items(value, "frozenset({", "})", "frozenset(...)", &|at| items.get(at).cloned())?
            }
            Value::Dict(dict) => {
                let dict = dict.clone();
                self.guarded(value, "{...}", |vm| {
                    let mut out = String::from("{");
                    let mut at = 0;
                    let mut first = true;
                    while let Some((key, value, next)) = dict.entry_from(at) {
                        at = next;
                        if !first {
                            out.push_str(", ");
                        }
                        first = false;
                        out.push_str(&vm.repr(&key)?);
                        out.push_str(": ");
                        out.push_str(&vm.repr(&value)?);
                        vm.check_text(&out)?;
                    }
                    out.push('}');
                    Ok(out)
                })?
            }
            Value::Range(range) => {
                let (start, stop) = (self.repr(&range.start)?, self.repr(&range.stop)?);
                if matches!(range.step, Value::Int(1)) {
                    format!("range({start}, {stop})")
                } else {
                    format!("range({start}, {stop}, {})", self.repr(&range.step)?)
                }
            }
            Value::Slice(slice) => {
                let slice = slice.clone();
                format!("slice({}, {}, {})", self.repr(&slice.start)?, self.repr(&slice.stop)?, self.repr(&slice.step)?)
            }
            Value::Function(function) => {
                let name = function.qualname.borrow().clone();
                format!("<function {name} at {:#x}>", self.identity(value))
            }
            Value::Native(native) => {
                if native.python_like {
                    format!("<function {} at {:#x}>", native.qualname, self.identity(value))
                } else if native.binds {
                    let owner = native.qualname.rsplit_once('.').map_or("object", |(owner, _)| owner);
                    if native.name.starts_with("__") {
                        format!("<slot wrapper '{}' of '{owner}' objects>", native.name)
                    } else {
                        format!("<method '{}' of '{owner}' objects>", native.name)
                    }
                } else {
                    format!("<built-in function {}>", native.name)
                }
            }
            Value::BoundMethod(method) => {
                let method = method.clone();
                match &method.function {
                    Value::Native(native) if !native.python_like => {
                        let (kind, at) = (self.type_name(&method.receiver), self.identity(&method.receiver));
                        if native.name.starts_with("__") {
                            format!("<method-wrapper '{}' of {kind} object at {at:#x}>", native.name)
                        } else {
                            format!("<built-in method {} of {kind} object at {at:#x}>", native.name)
                        }
                    }
                    function => {
                        let name = match self.get_attr_opt(function, "__qualname__")? {
                            Some(Value::Str(name)) => name,
                            _ => Str::from("?"),
                        };
                        let receiver = self.repr(&method.receiver)?;
                        format!("<bound method {name} of {receiver}>")
                    }
                }
            }
            Value::Class(class) => format!("<class '{}'>", class.full_name()),
            Value::Module(module) => match module.dict.get_text("__name__") {
                Some(Value::Str(name)) => format!("<module '{name}'>"),
                _ => "<module '?'>".into(),
            },
            Value::Generator(_) => {
                let kind = self.type_name(value);
                let name = match self.get_attr_opt(value, "__qualname__")? {
                    Some(Value::Str(name)) => name,
                    _ => Str::from("?"),
                };
                format!("<{kind} object {name} at {:#x}>", self.identity(value))
            }
            Value::Code(code) => format!("<code object {} at {:#x}>", code.name, self.identity(value)),
            Value::Iter(iter) if iter.name.is_some() => {
                let name = iter.name.unwrap_or_default();
                format!("<{} object {name} at {:#x}>", self.type_name(value), self.identity(value))
            }
            Value::Iter(_) | Value::Cell(_) => {
                format!("<{} object at {:#x}>", self.type_name(value), self.identity(value))
            }
            Value::Instance(instance) => {
                let class = instance.class();
                if let Some(method) = instance.payload::<ClassMethod>() {
                    let function = method.function.borrow().clone();
                    return Ok(format!("<classmethod({})>", self.repr(&function)?));
                }
                if let Some(method) = instance.payload::<StaticMethod>() {
                    let function = method.function.borrow().clone();
                    return Ok(format!("<staticmethod({})>", self.repr(&function)?));
                }
                format!("<{} object at {:#x}>", class.full_name(), self.identity(value))
            }
        })
    }

    /// Runs `body` unless the object's repr is being made already; then it is `again`.
    pub fn guarded(
        &mut self,
        object: &Value,
        again: &str,
        body: impl FnOnce(&mut Vm) -> PyResult<String>,
    ) -> PyResult<String> {
        let address = object.address().unwrap_or(0);
        if self.repr_stack.contains(&address) {
            return Ok(again.into());
        }
        self.repr_stack.push(address);
        let result = self.nested(" while getting the repr of an object", body);
        self.repr_stack.pop();
        result
    }

    fn repr_items(
        &mut self,
        object: &Value,
        open: &str,
        close: &str,
        again: &str,
        items: &dyn Fn(usize) -> Option<Value>,
    ) -> PyResult<String> {
        self.guarded(object, again, |vm| {
            let mut out = String::from(open);
            let mut at = 0;
            while let Some(item) = items(at) {
                if at > 0 {
                    out.push_str(", ");
                }
                at += 1;
                out.push_str(&vm.repr(&item)?);
                vm.check_text(&out)?;
            }
            out.push_str(close);
            Ok(out)
        })
    }

    /// Fails where a text that is being built has grown too large.
    pub(crate) fn check_text(&mut self, text: &str) -> PyResult<()> {
        if text.len() > 1 << 20 { self.reserve(text.len() * 2) } else { Ok(()) }
    }

    /// Fails where an integer has more digits than CPython turns into text.
    pub fn check_digits(&mut self, number: &num_bigint::BigInt) -> PyResult<()> {
        // 4300 digits are between 14280 and 14285 bits.
        if number.bits() < 14_280 {
            return Ok(());
        }
        let limit = num_bigint::BigInt::from(10).pow(4300);
        if number.magnitude() < limit.magnitude() {
            return Ok(());
        }
        Err(self.value_error(
            "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit",
        ))
    }

    /// `ascii(value)`
    pub fn ascii(&mut self, value: &Value) -> PyResult<Str> {
        let text = self.repr(value)?;
        if text.is_ascii() {
            return Ok(text);
        }
        let mut out = String::new();
        for character in text.chars() {
            if character.is_ascii() { out.push(character) } else { escape(&mut out, character) }
        }
        Ok(Str::from(out))
    }
}
