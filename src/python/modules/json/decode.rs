//! JSON text as values.

use num_bigint::BigInt;

use crate::python::object::{Args, Dict, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

struct Decoder {
    text: Vec<char>,
    document: Value,
    failure: Value,
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}

pub(super) fn decode(vm: &mut Vm, args: Args) -> PyResult {
    let Some(text) = args[0].as_str() else {
        let kind = vm.type_name(&args[0]);
        return Err(vm.type_error(format!("first argument must be a string, not {kind}")));
    };
    let decoder = Decoder {
        text: text.chars().collect(),
        document: args[0].clone(),
        failure: args[3].clone(),
        strict: vm.truth(&args[4])?,
        object_hook: args[5].clone(),
        object_pairs_hook: args[6].clone(),
        parse_float: args[7].clone(),
        parse_int: args[8].clone(),
        parse_constant: args[9].clone(),
    };
    let whole = vm.truth(&args[2])?;
    let start = args[1].as_i64().and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
    let start = if whole { decoder.blanks(start) } else { start };
    let (value, end) = decoder.value(vm, start)?;
    if whole {
        let end = decoder.blanks(end);
        if end != decoder.text.len() {
            return Err(decoder.fail(vm, "Extra data", end));
        }
    }
    Ok(Value::tuple([value, end.into()]))
}

impl Decoder {
    fn fail(&self, vm: &mut Vm, message: &str, at: usize) -> Raised {
        let args = [message.into(), self.document.clone(), at.into()];
        match vm.call(&self.failure, args) {
            Ok(Value::Instance(instance)) if instance.exception_state().is_some() => Raised(instance),
            Ok(_) => vm.value_error(message),
            Err(raised) => raised,
        }
    }

    fn blanks(&self, mut at: usize) -> usize {
        while matches!(self.text.get(at), Some(' ' | '\t' | '\n' | '\r')) {
            at += 1;
        }
        at
    }

    fn starts(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(step, c)| self.text.get(at + step) == Some(&c))
    }

    fn value(&self, vm: &mut Vm, at: usize) -> PyResult<(Value, usize)> {
        vm.tick()?;
        match self.text.get(at) {
            Some('"') => {
                let (text, end) = self.string(vm, at + 1)?;
                Ok((text.into(), end))
            }
            Some('{') => vm.nested(" while decoding a JSON object from a unicode string", |vm| self.object(vm, at + 1)),
            Some('[') => vm.nested(" while decoding a JSON array from a unicode string", |vm| self.array(vm, at + 1)),
            Some('n') if self.starts(at, "null") => Ok((Value::None, at + 4)),
            Some('t') if self.starts(at, "true") => Ok((true.into(), at + 4)),
            Some('f') if self.starts(at, "false") => Ok((false.into(), at + 5)),
            Some('N') if self.starts(at, "NaN") => self.constant(vm, "NaN", f64::NAN, at),
            Some('I') if self.starts(at, "Infinity") => self.constant(vm, "Infinity", f64::INFINITY, at),
            Some('-') if self.starts(at, "-Infinity") => self.constant(vm, "-Infinity", f64::NEG_INFINITY, at),
            _ => self.number(vm, at),
        }
    }

    fn constant(&self, vm: &mut Vm, name: &str, number: f64, at: usize) -> PyResult<(Value, usize)> {
        let value = if self.parse_constant.is_none() {
            number.into()
        } else {
            vm.call(&self.parse_constant, Value::from(name))?
        };
        Ok((value, at + name.len()))
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
        }
        at
    }

    fn number(&self, vm: &mut Vm, start: usize) -> PyResult<(Value, usize)> {
        let mut at = start;
        if self.text.get(at) == Some(&'-') {
            at += 1;
        }
        match self.text.get(at) {
            Some('0') => at += 1,
            Some('1'..='9') => at = self.digits(at),
            _ => return Err(self.fail(vm, "Expecting value", start)),
        }
        let mut float = false;
        if self.text.get(at) == Some(&'.') {
            let end = self.digits(at + 1);
            if end > at + 1 {
                float = true;
                at = end;
            }
        }
        if matches!(self.text.get(at), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.text.get(at + 1), Some('+' | '-')));
            let end = self.digits(at + 1 + sign);
            if end > at + 1 + sign {
                float = true;
                at = end;
            }
        }
        let text: String = self.text[start..at].iter().collect();
        let hook = if float { &self.parse_float } else { &self.parse_int };
        let value = if !hook.is_none() {
            vm.call(hook, Value::from(text))?
        } else if float {
            text.parse::<f64>().unwrap_or(f64::NAN).into()
        } else if let Ok(small) = text.parse::<i64>() {
            small.into()
        } else {
            if text.len() > 4300 {
                let length = text.trim_start_matches('-').len();
                return Err(vm.value_error(format!(
                    "Exceeds the limit (4300 digits) for integer string conversion: value has {length} digits; use \
                     sys.set_int_max_str_digits() to increase the limit"
                )));
            }
            Value::int(text.parse::<BigInt>().unwrap_or_default())
        };
        Ok((value, at))
    }

    fn array(&self, vm: &mut Vm, at: usize) -> PyResult<(Value, usize)> {
        let mut items = Vec::new();
        let mut at = self.blanks(at);
        if self.text.get(at) == Some(&']') {
            return Ok((Value::list(items), at + 1));
        }
        loop {
            let (value, end) = self.value(vm, at)?;
            items.push(value);
            at = self.blanks(end);
            match self.text.get(at) {
                Some(']') => return Ok((Value::list(items), at + 1)),
                Some(',') => at = self.blanks(at + 1),
                _ => return Err(self.fail(vm, "Expecting ',' delimiter", at)),
            }
        }
    }

    fn object(&self, vm: &mut Vm, at: usize) -> PyResult<(Value, usize)> {
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        let mut at = self.blanks(at);
        if self.text.get(at) == Some(&'}') {
            at += 1;
        } else {
            loop {
                if self.text.get(at) != Some(&'"') {
                    return Err(self.fail(vm, "Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.string(vm, at + 1)?;
                at = self.blanks(end);
                if self.text.get(at) != Some(&':') {
                    return Err(self.fail(vm, "Expecting ':' delimiter", at));
                }
                let (value, end) = self.value(vm, self.blanks(at + 1))?;
                pairs.push((key.into(), value));
                at = self.blanks(end);
                match self.text.get(at) {
                    Some('}') => {
                        at += 1;
                        break;
                    }
                    Some(',') => at = self.blanks(at + 1),
                    _ => return Err(self.fail(vm, "Expecting ',' delimiter", at)),
                }
            }
        }
        if !self.object_pairs_hook.is_none() {
            let pairs: Vec<Value> = pairs.into_iter().map(|(key, value)| Value::tuple([key, value])).collect();
            let value = vm.call(&self.object_pairs_hook, Value::list(pairs))?;
            return Ok((value, at));
        }
        let dict = Dict::shared();
        for (key, value) in pairs {
            dict.set(vm, key, value)?;
        }
        let mut value = Value::Dict(dict);
        if !self.object_hook.is_none() {
            value = vm.call(&self.object_hook, value)?;
        }
        Ok((value, at))
    }

    /// A string whose text begins at `start`, after its quote.
    fn string(&self, vm: &mut Vm, start: usize) -> PyResult<(Str, usize)> {
        let mut out = String::new();
        let mut at = start;
        loop {
            let Some(&character) = self.text.get(at) else {
                return Err(self.fail(vm, "Unterminated string starting at", start - 1));
            };
            at += 1;
            match character {
                '"' => return Ok((out.into(), at)),
                '\\' => {}
                character if self.strict && character < ' ' => {
                    return Err(self.fail(vm, "Invalid control character at", at - 1));
                }
                character => {
                    out.push(character);
                    continue;
                }
            }
            let Some(&escape) = self.text.get(at) else {
                return Err(self.fail(vm, "Unterminated string starting at", start - 1));
            };
            at += 1;
            out.push(match escape {
                '"' | '\\' | '/' => escape,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let Some(unit) = self.unit(at) else {
                        return Err(self.fail(vm, "Invalid \\uXXXX escape", at - 1));
                    };
                    at += 4;
                    let mut code = unit;
                    if (0xd800..0xdc00).contains(&unit) && self.starts(at, "\\u") {
                        match self.unit(at + 2) {
                            Some(low) if (0xdc00..0xe000).contains(&low) => {
                                code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                                at += 6;
                            }
                            _ => {}
                        }
                    }
                    match char::from_u32(code) {
                        Some(character) => character,
                        None => return Err(vm.unsupported("a lone surrogate in a string")),
                    }
                }
                _ => return Err(self.fail(vm, "Invalid \\escape", at - 2)),
            });
        }
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.iter().try_fold(0, |code, digit| Some(code * 16 + digit.to_digit(16)?))
    }
}
