//! `_digests`: hash functions and base64, for `hashlib` and `base64`.

use std::rc::Rc;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::python::object::{Args, Module, ModuleObject, PyResult, Value};
use crate::python::vm::Vm;

fn data<'a>(vm: &mut Vm, value: &'a Value) -> PyResult<&'a [u8]> {
    match value.as_bytes() {
        Some(data) => Ok(data),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

fn digest(vm: &mut Vm, args: Args) -> PyResult {
    let name = super::arguments::text(vm, &args[0], "name")?;
    let data = data(vm, &args[1])?;
    Ok(match name.as_str() {
        "md5" => Value::bytes(Md5::digest(data).to_vec()),
        "sha1" => Value::bytes(Sha1::digest(data).to_vec()),
        "sha224" => Value::bytes(Sha224::digest(data).to_vec()),
        "sha256" => Value::bytes(Sha256::digest(data).to_vec()),
        "sha384" => Value::bytes(Sha384::digest(data).to_vec()),
        "sha512" => Value::bytes(Sha512::digest(data).to_vec()),
        _ => return Err(vm.value_error(format!("unsupported hash type {name}"))),
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(vm: &mut Vm, args: Args) -> PyResult {
    let mut out = Vec::new();
    for chunk in data(vm, &args[0])?.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            out.push(if at <= chunk.len() { ALPHABET[(bits >> (18 - 6 * at)) as usize & 63] } else { b'=' });
        }
    }
    Ok(Value::bytes(out))
}

/// Characters that don't belong are passed over, as CPython does it; the padding must be right.
fn decode(vm: &mut Vm, args: Args) -> PyResult {
    let mut out = Vec::new();
    let (mut bits, mut held, mut padding) = (0u32, 0, 0);
    for byte in data(vm, &args[0])? {
        if *byte == b'=' {
            padding += 1;
            if held >= 2 && held + padding >= 4 {
                break;
            }
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|known| known == byte) else { continue };
        padding = 0;
        bits = bits << 6 | value as u32;
        held += 1;
        if held == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, held) = (0, 0);
        }
    }
    match (held, padding) {
        (0, _) => {}
        (2, 2..) => out.push((bits >> 4) as u8),
        (3, 1..) => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        (1, _) => {
            let count = out.len() / 3 * 4 + 1;
            let text = format!(
                "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a multiple of 4"
            );
            return Err(failure(vm, &args[1], &text));
        }
        _ => return Err(failure(vm, &args[1], "Incorrect padding")),
    }
    Ok(Value::bytes(out))
}

fn failure(vm: &mut Vm, class: &Value, text: &str) -> crate::python::object::Raised {
    match class.as_class().cloned() {
        Some(class) => match vm.new_exception(&class, Value::from(text)) {
            Ok(raised) | Err(raised) => raised,
        },
        None => vm.value_error(text),
    }
}

/// The module.
pub fn module(_vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    Ok(Module::new("_digests")
        .function("digest", "name, data, /", digest)
        .function("b64encode", "data, /", encode)
        .function("b64decode", "data, failure, /", decode)
        .build())
}
