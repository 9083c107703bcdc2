//! JSON as Python's `json` writes and reads it.

use std::rc::Rc;

use crate::orm::{Datum, OrmError, OrmResult};
use crate::values::float_repr;

/// `json.dumps(value)`.
pub fn dumps(value: &Datum) -> OrmResult<String> {
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

const DEEPEST: usize = 900;

fn write(value: &Datum, out: &mut String, depth: usize) -> OrmResult<()> {
    if depth > DEEPEST {
        return Err(OrmError::new(
            crate::orm::ErrorKind::RuntimeError,
            "maximum recursion depth exceeded while encoding a JSON object",
        ));
    }
    match value {
        Datum::Null => out.push_str("null"),
        Datum::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Datum::Int(number) => out.push_str(&number.to_string()),
        Datum::BigInt(number) => out.push_str(&number.to_string()),
        Datum::Float(number) => out.push_str(&float(*number)),
        Datum::Str(text) => write_text(text, out),
        Datum::List(items) | Datum::Tuple(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Datum::Dict(pairs) => {
            out.push('{');
            for (position, (key, item)) in pairs.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                match key {
                    Datum::Str(text) => write_text(text, out),
                    Datum::Null => out.push_str("\"null\""),
                    Datum::Bool(truth) => out.push_str(if *truth { "\"true\"" } else { "\"false\"" }),
                    Datum::Int(number) => out.push_str(&format!("\"{number}\"")),
                    Datum::BigInt(number) => out.push_str(&format!("\"{number}\"")),
                    Datum::Float(number) => out.push_str(&format!("\"{}\"", float(*number))),
                    other => {
                        return Err(OrmError::type_error(format!(
                            "keys must be str, int, float, bool or None, not {}",
                            other.type_name()
                        )));
                    }
                }
                out.push_str(": ");
                write(item, out, depth + 1)?;
            }
            out.push('}');
        }
        other => {
            return Err(OrmError::type_error(format!("Object of type {} is not JSON serializable", other.type_name())));
        }
    }
    Ok(())
}

fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        float_repr(number)
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

/// `JSONField.from_db_value` without a custom decoder: text to data. A `part` of a document may be no text.
pub fn from_db(value: &Datum, part: bool) -> OrmResult<Datum> {
    match value {
        Datum::Int(_) | Datum::Float(_) | Datum::Bool(_) if !part => {
            let kind = value.type_name();
            Err(OrmError::type_error(format!("the JSON object must be str, bytes or bytearray, not {kind}")))
        }
        Datum::Str(text) => match loads(text) {
            Some(data) => Ok(data),
            // What is no JSON is given as it is, as Django does for values of other functions.
            None => Ok(value.clone()),
        },
        other => Ok(other.clone()),
    }
}

/// `json.loads(text)`; `None` where the text is no JSON.
pub fn loads(text: &str) -> Option<Datum> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0 };
    reader.blanks();
    let value = reader.value(0)?;
    reader.blanks();
    (reader.at == reader.bytes.len()).then_some(value)
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Datum) -> Option<Datum> {
        if self.text.get(self.at..)?.starts_with(word) {
            self.at += word.len();
            return Some(value);
        }
        None
    }

    fn value(&mut self, depth: usize) -> Option<Datum> {
        if depth > DEEPEST {
            return None;
        }
        match self.bytes.get(self.at)? {
            b'n' => self.word("null", Datum::Null),
            b't' => self.word("true", Datum::Bool(true)),
            b'f' => self.word("false", Datum::Bool(false)),
            b'N' => self.word("NaN", Datum::Float(f64::NAN)),
            b'I' => self.word("Infinity", Datum::Float(f64::INFINITY)),
            b'"' => Some(Datum::str(self.string()?)),
            b'[' => {
                let mut items = Vec::new();
                self.at += 1;
                self.blanks();
                if self.bytes.get(self.at) == Some(&b']') {
                    self.at += 1;
                    return Some(Datum::List(items.into()));
                }
                loop {
                    self.blanks();
                    items.push(self.value(depth + 1)?);
                    self.blanks();
                    self.at += 1;
                    match self.bytes.get(self.at - 1)? {
                        b',' => {}
                        b']' => return Some(Datum::List(items.into())),
                        _ => return None,
                    }
                }
            }
            b'{' => {
                let mut pairs: Vec<(Datum, Datum)> = Vec::new();
                self.at += 1;
                self.blanks();
                if self.bytes.get(self.at) == Some(&b'}') {
                    self.at += 1;
                    return Some(Datum::Dict(pairs.into()));
                }
                loop {
                    self.blanks();
                    let key = Datum::str(self.string()?);
                    self.blanks();
                    if self.bytes.get(self.at)? != &b':' {
                        return None;
                    }
                    self.at += 1;
                    self.blanks();
                    let value = self.value(depth + 1)?;
                    match pairs.iter_mut().find(|(known, _)| *known == key) {
                        Some(pair) => pair.1 = value,
                        None => pairs.push((key, value)),
                    }
                    self.blanks();
                    self.at += 1;
                    match self.bytes.get(self.at - 1)? {
                        b',' => {}
                        b'}' => return Some(Datum::Dict(pairs.into())),
                        _ => return None,
                    }
                }
            }
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Option<Datum> {
        if self.text.get(self.at..)?.starts_with("-Infinity") {
            self.at += 9;
            return Some(Datum::Float(f64::NEG_INFINITY));
        }
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at)?;
        if text.is_empty() {
            return None;
        }
        if text.contains(['.', 'e', 'E']) {
            return text.parse().ok().map(Datum::Float);
        }
        match text.parse::<i64>() {
            Ok(number) => Some(Datum::Int(number)),
            Err(_) => text.parse().ok().map(|number| Datum::BigInt(Rc::new(number))),
        }
    }

    fn string(&mut self) -> Option<String> {
        if self.bytes.get(self.at)? != &b'"' {
            return None;
        }
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let c = rest.chars().next()?;
            self.at += c.len_utf8();
            match c {
                '"' => return Some(out),
                '\\' => {
                    let escape = *self.bytes.get(self.at)?;
                    self.at += 1;
                    match escape {
                        b'n' => out.push('\n'),
                        b'r' => out.push('\r'),
                        b't' => out.push('\t'),
                        b'b' => out.push('\u{8}'),
                        b'f' => out.push('\u{c}'),
                        b'u' => {
                            let mut unit = u32::from(self.hex()?);
                            if (0xd800..0xdc00).contains(&unit) && self.text.get(self.at..)?.starts_with("\\u") {
                                self.at += 2;
                                let low = u32::from(self.hex()?);
                                if (0xdc00..0xe000).contains(&low) {
                                    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                                }
                            }
                            out.push(char::from_u32(unit).unwrap_or('\u{fffd}'));
                        }
                        other => out.push(other as char),
                    }
                }
                c if (c as u32) < 0x20 => return None,
                c => out.push(c),
            }
        }
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"a": [1, 2.5, null, true], "b": {"\u00e9": "x\"y"}, "c": "\ud83d\ude00"}"#;
        let data = loads(text).expect("JSON");
        assert_eq!(dumps(&data).expect("text"), text);
        assert!(loads("{").is_none());
        assert!(loads("[1,]").is_none());
    }
}
