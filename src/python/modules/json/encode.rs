//! Values as JSON text.

use crate::python::object::{Args, PyResult, Truth, Value};
use crate::python::ops::text::repr_float;
use crate::python::vm::Vm;

struct Encoder {
    default: Value,
    skip_keys: bool,
    ascii: bool,
    circular: bool,
    allow_nan: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    sort_keys: bool,
    /// The containers being written, by address.
    open: Vec<usize>,
    out: String,
}

pub(super) fn encode(vm: &mut Vm, args: Args) -> PyResult {
    let indent = match args[6].plain() {
        Value::None => None,
        Value::Str(text) => Some(text.to_string()),
        other => {
            let spaces = other.as_i64().unwrap_or(0).clamp(0, 10_000);
            Some(" ".repeat(spaces as usize))
        }
    };
    let mut encoder = Encoder {
        default: args[1].clone(),
        skip_keys: vm.truth(&args[2])?,
        ascii: vm.truth(&args[3])?,
        circular: vm.truth(&args[4])?,
        allow_nan: vm.truth(&args[5])?,
        indent,
        item_separator: super::super::arguments::text(vm, &args[7], "item separator")?,
        key_separator: super::super::arguments::text(vm, &args[8], "key separator")?,
        sort_keys: vm.truth(&args[9])?,
        open: Vec::new(),
        out: String::new(),
    };
    encoder.value(vm, &args[0], 0)?;
    Ok(encoder.out.into())
}

impl Encoder {
    fn value(&mut self, vm: &mut Vm, value: &Value, depth: usize) -> PyResult<()> {
        vm.tick()?;
        if self.out.len() > 1 << 20 {
            vm.reserve(self.out.len())?;
        }
        match value.plain() {
            Value::None => self.out.push_str("null"),
            Value::Truth(Truth::True) => self.out.push_str("true"),
            Value::Truth(Truth::False) => self.out.push_str("false"),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::BigInt(number) => {
                vm.check_digits(number)?;
                self.out.push_str(&number.to_string());
            }
            Value::Real(number) => {
                let text = self.float(vm, number.get())?;
                self.out.push_str(&text);
            }
            Value::Str(text) => push_string(&mut self.out, text, self.ascii),
            Value::List(list) => {
                let items = list.to_vec();
                self.array(vm, value, &items, depth)?;
            }
            Value::Tuple(tuple) => {
                let items = tuple.to_vec();
                self.array(vm, value, &items, depth)?;
            }
            Value::Dict(_) => self.object(vm, value, depth)?,
            _ => {
                self.enter(vm, value)?;
                let default = self.default.clone();
                let replaced = vm.call(&default, value.clone())?;
                vm.nested(" while encoding a JSON object", |vm| self.value(vm, &replaced, depth))?;
                self.open.pop();
            }
        }
        Ok(())
    }

    fn float(&self, vm: &mut Vm, number: f64) -> PyResult<String> {
        if number.is_finite() {
            return Ok(repr_float(number));
        }
        if !self.allow_nan {
            return Err(vm.value_error("Out of range float values are not JSON compliant"));
        }
        Ok(if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned())
    }

    fn enter(&mut self, vm: &mut Vm, value: &Value) -> PyResult<()> {
        let address = value.address().unwrap_or(0);
        if self.circular && address != 0 && self.open.contains(&address) {
            return Err(vm.value_error("Circular reference detected"));
        }
        self.open.push(address);
        Ok(())
    }

    /// A line's end and the indentation after it, where the text is laid out.
    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    fn array(&mut self, vm: &mut Vm, value: &Value, items: &[Value], depth: usize) -> PyResult<()> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.enter(vm, value)?;
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push_str(&self.item_separator);
            }
            self.line(depth + 1);
            vm.nested(" while encoding a JSON object", |vm| self.value(vm, item, depth + 1))?;
        }
        self.line(depth);
        self.out.push(']');
        self.open.pop();
        Ok(())
    }

    fn object(&mut self, vm: &mut Vm, value: &Value, depth: usize) -> PyResult<()> {
        // A subclass may give its items by a method of its own.
        let pairs = match value {
            Value::Dict(dict) => dict.items(),
            _ => {
                let items = vm.call_method(value, "items", ())?;
                let mut pairs = Vec::new();
                for item in vm.list_from(&items)? {
                    let parts = vm.list_from(&item)?;
                    if let [key, value] = parts.as_slice() {
                        pairs.push((key.clone(), value.clone()));
                    } else {
                        return Err(vm.value_error("items must return 2-tuples"));
                    }
                }
                pairs
            }
        };
        if pairs.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.enter(vm, value)?;
        let pairs = if self.sort_keys { sorted(vm, pairs)? } else { pairs };
        self.out.push('{');
        let mut first = true;
        for (key, item) in pairs {
            let Some(name) = self.key(vm, &key)? else { continue };
            if !first {
                self.out.push_str(&self.item_separator);
            }
            first = false;
            self.line(depth + 1);
            push_string(&mut self.out, &name, self.ascii);
            self.out.push_str(&self.key_separator);
            vm.nested(" while encoding a JSON object", |vm| self.value(vm, &item, depth + 1))?;
        }
        if first {
            // Every key was left out.
            self.out.push('}');
        } else {
            self.line(depth);
            self.out.push('}');
        }
        self.open.pop();
        Ok(())
    }

    fn key(&self, vm: &mut Vm, key: &Value) -> PyResult<Option<String>> {
        Ok(Some(match key.plain() {
            Value::Str(text) => text.to_string(),
            Value::None => "null".to_owned(),
            Value::Truth(Truth::True) => "true".to_owned(),
            Value::Truth(Truth::False) => "false".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(number) => number.to_string(),
            Value::Real(number) => self.float(vm, number.get())?,
            _ if self.skip_keys => return Ok(None),
            _ => {
                let kind = vm.type_name(key);
                return Err(vm.type_error(format!("keys must be str, int, float, bool or None, not {kind}")));
            }
        }))
    }
}

fn sorted(vm: &mut Vm, pairs: Vec<(Value, Value)>) -> PyResult<Vec<(Value, Value)>> {
    let rows: Vec<Value> = pairs.into_iter().map(|(key, value)| Value::tuple([key, value])).collect();
    let list = Value::list(rows);
    vm.call_method(&list, "sort", ())?;
    let rows = vm.list_from(&list)?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((row.as_tuple()?.first()?.clone(), row.as_tuple()?.get(1)?.clone())))
        .collect())
}

/// A text between quotes, escaped; beyond ASCII too where `ascii`.
pub(super) fn push_string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            character if character < ' ' || ascii && character == '\u{7f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character if ascii && !character.is_ascii() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            character => out.push(character),
        }
    }
    out.push('"');
}
