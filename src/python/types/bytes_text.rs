//! The methods of `bytes` and `bytearray` that treat them as ASCII text.

use super::bytes::{data, like};
use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

/// Bytes as the string whose characters have the same numbers.
fn as_text(data: &[u8]) -> Value {
    Value::from(data.iter().map(|&byte| char::from(byte)).collect::<String>())
}

/// The way back; no character of such a string is beyond a byte.
fn as_bytes(vm: &mut Vm, args: &Args, value: &Value) -> Value {
    match value {
        Value::Str(text) => {
            let data = text.chars().map(|character| character as u8).collect();
            like(vm, args, data)
        }
        Value::Tuple(items) => {
            let items: Vec<Value> = items.iter().map(|item| as_bytes(vm, args, item)).collect();
            Value::tuple(items)
        }
        Value::List(items) => {
            let items: Vec<Value> = items.to_vec().iter().map(|item| as_bytes(vm, args, item)).collect();
            Value::list(items)
        }
        other => other.clone(),
    }
}

/// Calls the string's method of the same name, for methods that look at no character beyond ASCII.
pub(super) fn through_text(vm: &mut Vm, args: &Args, name: &str) -> PyResult {
    let own = as_text(&data(vm, args, 0)?);
    let mut passed = Args::none();
    for (at, value) in args.positional.iter().enumerate().skip(1) {
        passed.positional.push(match value {
            Value::Int(_) | Value::Truth(_) | Value::None => value.clone(),
            _ => as_text(&data(vm, args, at)?),
        });
    }
    let made = vm.call_method(&own, name, passed)?;
    Ok(as_bytes(vm, args, &made))
}

fn map_bytes(vm: &mut Vm, args: &Args, change: impl FnOnce(&mut [u8])) -> PyResult {
    let mut own = data(vm, args, 0)?;
    change(&mut own);
    Ok(like(vm, args, own))
}

fn swap(byte: u8) -> u8 {
    if byte.is_ascii_uppercase() { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() }
}

fn title(own: &mut [u8]) {
    let mut within = false;
    for byte in own {
        *byte = if within { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        within = byte.is_ascii_alphabetic();
    }
}

pub(super) fn install(mut builder: ClassBuilder) -> ClassBuilder {
    for (name, least, most) in [
        ("center", 2, 3),
        ("ljust", 2, 3),
        ("rjust", 2, 3),
        ("zfill", 2, 2),
        ("partition", 2, 2),
        ("rpartition", 2, 2),
        ("removeprefix", 2, 2),
        ("removesuffix", 2, 2),
        ("expandtabs", 1, 2),
    ] {
        builder = builder.arity_closure(name, least, most, move |vm, args| through_text(vm, &args, name));
    }
    builder
        .arity("capitalize", 1, 1, |vm, args| {
            map_bytes(vm, &args, |own| {
                own.make_ascii_lowercase();
                if let Some(first) = own.first_mut() {
                    first.make_ascii_uppercase();
                }
            })
        })
        .arity("swapcase", 1, 1, |vm, args| {
            map_bytes(vm, &args, |own| own.iter_mut().for_each(|byte| *byte = swap(*byte)))
        })
        .arity("title", 1, 1, |vm, args| map_bytes(vm, &args, title))
        .arity("isalnum", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(!own.is_empty() && own.iter().all(u8::is_ascii_alphanumeric)))
        })
        .arity("isspace", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(!own.is_empty() && own.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0x0b)))
        })
        .arity("islower", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(own.iter().any(u8::is_ascii_lowercase) && !own.iter().any(u8::is_ascii_uppercase)))
        })
        .arity("isupper", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(own.iter().any(u8::is_ascii_uppercase) && !own.iter().any(u8::is_ascii_lowercase)))
        })
        .arity("istitle", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            let mut titled = own.clone();
            title(&mut titled);
            Ok(Value::Bool(titled == own && own.iter().any(u8::is_ascii_alphabetic)))
        })
        .method("splitlines", "self, keepends=False", |vm, args| {
            let own = data(vm, &args, 0)?;
            let keep = vm.truth(&args[1])?;
            let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
            while at < own.len() {
                let length = match own[at] {
                    b'\r' if own.get(at + 1) == Some(&b'\n') => 2,
                    b'\r' | b'\n' => 1,
                    _ => 0,
                };
                if length > 0 {
                    let end = if keep { at + length } else { at };
                    lines.push(like(vm, &args, own[start..end].to_vec()));
                    start = at + length;
                }
                at += length.max(1);
            }
            if start < own.len() {
                lines.push(like(vm, &args, own[start..].to_vec()));
            }
            Ok(Value::list(lines))
        })
        .method("translate", "self, table, /, delete=?", |vm, args| {
            let own = data(vm, &args, 0)?;
            let gone = if args.get(2).is_some() { data(vm, &args, 2)? } else { Vec::new() };
            let table = if args[1].is_none() { (0..=255).collect() } else { data(vm, &args, 1)? };
            if table.len() != 256 {
                return Err(vm.value_error("translation table must be 256 characters long"));
            }
            let made = own.iter().filter(|byte| !gone.contains(byte)).map(|byte| table[*byte as usize]).collect();
            Ok(like(vm, &args, made))
        })
        .static_method("maketrans", "frm, to, /", |vm, args| {
            let (from, to) = (data(vm, &args, 0)?, data(vm, &args, 1)?);
            if from.len() != to.len() {
                return Err(vm.value_error("maketrans arguments must have same length"));
            }
            let mut table: Vec<u8> = (0..=255).collect();
            for (from, to) in from.into_iter().zip(to) {
                table[from as usize] = to;
            }
            Ok(Value::bytes(table))
        })
}
