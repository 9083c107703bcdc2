//! Text to bytes and back: UTF-8, ASCII, Latin-1, UTF-16 and UTF-32.

use crate::python::exceptions::Kind;
use crate::python::object::{Instance, PyResult, Raised, Value};
use crate::python::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8Sig,
    Ascii,
    Latin1,
    Utf16(Option<bool>),
    Utf32(Option<bool>),
}

fn named(vm: &mut Vm, name: &str) -> PyResult<Encoding> {
    let plain: String = name.to_lowercase().chars().map(|c| if c == '_' || c == ' ' { '-' } else { c }).collect();
    Ok(match plain.as_str() {
        "utf-8" | "utf8" | "u8" | "cp65001" => Encoding::Utf8,
        "utf-8-sig" => Encoding::Utf8Sig,
        "ascii" | "us-ascii" | "646" => Encoding::Ascii,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" | "cp819" => Encoding::Latin1,
        "utf-16" | "utf16" | "u16" => Encoding::Utf16(None),
        "utf-16-le" | "utf-16le" => Encoding::Utf16(Some(false)),
        "utf-16-be" | "utf-16be" => Encoding::Utf16(Some(true)),
        "utf-32" | "utf32" | "u32" => Encoding::Utf32(None),
        "utf-32-le" | "utf-32le" => Encoding::Utf32(Some(false)),
        "utf-32-be" | "utf-32be" => Encoding::Utf32(Some(true)),
        "cp1252" | "cp437" | "iso-8859-15" | "koi8-r" | "gbk" | "big5" | "shift-jis" | "euc-jp" | "idna"
        | "punycode" | "unicode-escape" | "raw-unicode-escape" | "cp1251" | "utf-7" => {
            return Err(vm.unsupported(format!("the encoding {name}")));
        }
        _ => return Err(vm.raise(Kind::LookupError, format!("unknown encoding: {name}"))),
    })
}

fn encode_error(vm: &mut Vm, encoding: &str, text: &str, start: usize, end: usize, reason: &str) -> Raised {
    let class = vm.exceptions.get(Kind::UnicodeEncodeError).clone();
    let args =
        vec![Value::from(encoding), Value::from(text), Value::from(start), Value::from(end), Value::from(reason)];
    error_with_fields(class, args)
}

fn decode_error(vm: &mut Vm, encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> Raised {
    let class = vm.exceptions.get(Kind::UnicodeDecodeError).clone();
    let args =
        vec![Value::from(encoding), Value::bytes(data), Value::from(start), Value::from(end), Value::from(reason)];
    error_with_fields(class, args)
}

fn error_with_fields(class: std::rc::Rc<crate::python::object::Class>, args: Vec<Value>) -> Raised {
    let instance = Instance::exception(class, args.clone());
    if let Some(state) = instance.exception_state() {
        for (name, value) in ["encoding", "object", "start", "end", "reason"].into_iter().zip(args) {
            state.set_field(name, value);
        }
    }
    Raised(instance)
}

/// `text.encode(encoding, errors)`
pub fn encode(vm: &mut Vm, text: &str, encoding: &str, errors: &str) -> PyResult<Vec<u8>> {
    let kind = named(vm, encoding)?;
    let (limit, name, reason) = match kind {
        Encoding::Utf8 => return Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => return Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        Encoding::Ascii => (128, "ascii", "ordinal not in range(128)"),
        Encoding::Latin1 => (256, "latin-1", "ordinal not in range(256)"),
        Encoding::Utf16(order) => {
            let mut out = if order.is_none() { vec![0xff, 0xfe] } else { Vec::new() };
            for unit in text.encode_utf16() {
                out.extend(if order == Some(true) { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            return Ok(out);
        }
        Encoding::Utf32(order) => {
            let mut out = if order.is_none() { vec![0xff, 0xfe, 0, 0] } else { Vec::new() };
            for character in text.chars() {
                let code = character as u32;
                out.extend(if order == Some(true) { code.to_be_bytes() } else { code.to_le_bytes() });
            }
            return Ok(out);
        }
    };
    let mut out = Vec::with_capacity(text.len());
    for (at, character) in text.chars().enumerate() {
        let code = character as u32;
        if code < limit {
            out.push(code as u8);
            continue;
        }
        match errors {
            "ignore" => {}
            "replace" => out.push(b'?'),
            "backslashreplace" => {
                let escaped = match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                };
                out.extend(escaped.into_bytes());
            }
            "xmlcharrefreplace" => out.extend(format!("&#{code};").into_bytes()),
            "strict" => {
                let run = text.chars().skip(at).take_while(|c| *c as u32 >= limit).count();
                return Err(encode_error(vm, name, text, at, at + run, reason));
            }
            other => return Err(unknown_handler(vm, other)),
        }
    }
    Ok(out)
}

fn unknown_handler(vm: &mut Vm, name: &str) -> Raised {
    match name {
        "surrogateescape" | "surrogatepass" | "namereplace" => vm.unsupported(format!("the error handler {name}")),
        _ => vm.raise(Kind::LookupError, format!("unknown error handler name '{name}'")),
    }
}

/// `data.decode(encoding, errors)`
pub fn decode(vm: &mut Vm, data: &[u8], encoding: &str, errors: &str) -> PyResult<String> {
    let kind = named(vm, encoding)?;
    let mut out = String::with_capacity(data.len());
    let data = match kind {
        Encoding::Utf8Sig => data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data),
        _ => data,
    };
    match kind {
        Encoding::Latin1 => out.extend(data.iter().map(|&byte| char::from(byte))),
        Encoding::Ascii => {
            for (at, &byte) in data.iter().enumerate() {
                if byte < 128 {
                    out.push(char::from(byte));
                } else {
                    bad(vm, &mut out, "ascii", data, (at, at + 1), "ordinal not in range(128)", errors)?;
                }
            }
        }
        Encoding::Utf8 | Encoding::Utf8Sig => {
            let mut at = 0;
            while at < data.len() {
                match std::str::from_utf8(&data[at..]) {
                    Ok(text) => {
                        out.push_str(text);
                        break;
                    }
                    Err(error) => {
                        let good = error.valid_up_to();
                        out.push_str(std::str::from_utf8(&data[at..at + good]).unwrap_or(""));
                        at += good;
                        let first = data[at];
                        let (length, reason) = match error.error_len() {
                            None => (data.len() - at, "unexpected end of data"),
                            Some(length) => (
                                length,
                                if matches!(first, 0xc2..=0xf4) {
                                    "invalid continuation byte"
                                } else {
                                    "invalid start byte"
                                },
                            ),
                        };
                        bad(vm, &mut out, "utf-8", data, (at, at + length), reason, errors)?;
                        at += length;
                    }
                }
            }
        }
        Encoding::Utf16(order) => {
            let (big, body) = match (order, data) {
                (None, [0xff, 0xfe, rest @ ..]) => (false, rest),
                (None, [0xfe, 0xff, rest @ ..]) => (true, rest),
                (order, rest) => (order == Some(true), rest),
            };
            let units = body.chunks_exact(2).map(|pair| {
                if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) }
            });
            for unit in char::decode_utf16(units) {
                match unit {
                    Ok(character) => out.push(character),
                    Err(_) => bad(vm, &mut out, "utf-16", data, (0, 2), "illegal encoding", errors)?,
                }
            }
            if body.len() % 2 == 1 {
                bad(vm, &mut out, "utf-16-le", data, (data.len() - 1, data.len()), "truncated data", errors)?;
            }
        }
        Encoding::Utf32(order) => {
            let (big, body) = match (order, data) {
                (None, [0xff, 0xfe, 0, 0, rest @ ..]) => (false, rest),
                (order, rest) => (order == Some(true), rest),
            };
            for unit in body.chunks_exact(4) {
                let bytes = [unit[0], unit[1], unit[2], unit[3]];
                let code = if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
                match char::from_u32(code) {
                    Some(character) => out.push(character),
                    None => bad(vm, &mut out, "utf-32", data, (0, 4), "code point not in range(0x110000)", errors)?,
                }
            }
        }
    }
    Ok(out)
}

fn bad(
    vm: &mut Vm,
    out: &mut String,
    encoding: &str,
    data: &[u8],
    (start, end): (usize, usize),
    reason: &str,
    errors: &str,
) -> PyResult<()> {
    match errors {
        "strict" => return Err(decode_error(vm, encoding, data, start, end, reason)),
        "ignore" => {}
        "replace" => out.push('\u{fffd}'),
        "backslashreplace" => {
            for byte in &data[start..end] {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        other => return Err(unknown_handler(vm, other)),
    }
    Ok(())
}
