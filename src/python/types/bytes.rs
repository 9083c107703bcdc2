//! `bytes`, and what it has in common with `bytearray`.

use std::cell::RefCell;
use std::rc::Rc;

use super::bytearray::ByteArray;
use super::dunder;
use super::memoryview::MemoryView;
use crate::python::exceptions::Kind;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    /// A copy of the data of `bytes`, a `bytearray` or a `memoryview`.
    pub fn bytes_like(&self, value: &Value) -> Option<Vec<u8>> {
        if let Some(data) = value.as_bytes() {
            return Some(data.to_vec());
        }
        if let Some(array) = value.payload::<ByteArray>() {
            return Some(array.0.borrow().clone());
        }
        value.payload::<MemoryView>().and_then(MemoryView::data)
    }

    /// The bytes that `bytes(value)` makes of anything but a string.
    pub fn bytes_from(&mut self, value: &Value) -> PyResult<Vec<u8>> {
        if let Some(data) = self.bytes_like(value) {
            return Ok(data);
        }
        if value.as_str().is_some() {
            return Err(self.type_error("string argument without an encoding"));
        }
        let name = self.names.bytes.clone();
        if let Value::Instance(_) = value
            && let Some(made) = self.call_special(value, &name, &[])?
        {
            return match made.as_bytes() {
                Some(data) => Ok(data.to_vec()),
                None => {
                    let given = self.type_name(&made);
                    Err(self.type_error(format!("__bytes__ returned non-bytes (type {given})")))
                }
            };
        }
        if let Some(count) = self.index_opt(value)? {
            let Value::Int(count) = count else {
                return Err(self.raise(Kind::OverflowError, "cannot fit 'int' into an index-sized integer"));
            };
            let Ok(count) = usize::try_from(count) else { return Err(self.value_error("negative count")) };
            self.reserve(count)?;
            return Ok(vec![0; count]);
        }
        if !self.has_iter(value) {
            let given = self.type_name(value);
            return Err(self.type_error(format!("cannot convert '{given}' object to bytes")));
        }
        let mut data = Vec::new();
        self.iterate(value, |vm, item| {
            data.push(byte(vm, &item, "bytes")?);
            Ok(())
        })?;
        Ok(data)
    }
}

pub(super) fn byte(vm: &mut Vm, value: &Value, what: &str) -> PyResult<u8> {
    match vm.index(value)? {
        Value::Int(number @ 0..=255) => Ok(number as u8),
        _ => Err(vm.value_error(if what == "bytes" {
            "bytes must be in range(0, 256)"
        } else {
            "byte must be in range(0, 256)"
        })),
    }
}

pub(super) fn construct(vm: &mut Vm, args: &Args, name: &str) -> PyResult<Vec<u8>> {
    let given = args.len() - 1 + args.keywords.len();
    if given > 3 {
        return Err(vm.type_error(format!("{name}() takes at most 3 arguments ({given} given)")));
    }
    let mut source = args.get(1).cloned();
    let mut encoding = args.get(2).cloned();
    let mut errors = args.get(3).cloned();
    for (keyword, value) in &args.keywords {
        match keyword.as_str() {
            "source" => source = Some(value.clone()),
            "encoding" => encoding = Some(value.clone()),
            "errors" => errors = Some(value.clone()),
            _ => return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for {name}()"))),
        }
    }
    match (source, encoding) {
        (None, _) => Ok(Vec::new()),
        (Some(source), None) => vm.bytes_from(&source),
        (Some(source), Some(encoding)) => {
            let Some(text) = source.as_str().cloned() else {
                return Err(vm.type_error("encoding without a string argument"));
            };
            let encoding = encoding.as_str().cloned().unwrap_or_else(|| Str::from("utf-8"));
            let errors = errors.as_ref().and_then(Value::as_str).cloned().unwrap_or_else(|| Str::from("strict"));
            super::codec::encode(vm, &text, &encoding, &errors)
        }
    }
}

pub(super) fn data(vm: &mut Vm, args: &Args, index: usize) -> PyResult<Vec<u8>> {
    match vm.bytes_like(&args[index]) {
        Some(data) => Ok(data),
        None => {
            let given = vm.type_name(&args[index]);
            Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")))
        }
    }
}

/// The same kind as `self`: `bytes` for `bytes`, a fresh array for a `bytearray`.
pub(super) fn like(vm: &mut Vm, args: &Args, data: Vec<u8>) -> Value {
    if args[0].payload::<ByteArray>().is_some() { new_array(vm, data) } else { Value::bytes(data) }
}

pub(super) fn new_array(vm: &Vm, data: Vec<u8>) -> Value {
    Instance::native(vm.types.bytearray.clone(), ByteArray(RefCell::new(data))).into()
}

fn find_in(data: &[u8], part: &[u8], backwards: bool) -> Option<usize> {
    if part.is_empty() {
        return Some(if backwards { data.len() } else { 0 });
    }
    let mut windows = data.windows(part.len());
    if backwards { windows.rposition(|window| window == part) } else { windows.position(|window| window == part) }
}

fn part_of(vm: &mut Vm, args: &Args) -> PyResult<Vec<u8>> {
    if let Some(data) = vm.bytes_like(&args[1]) {
        return Ok(data);
    }
    match vm.index_opt(&args[1])? {
        Some(Value::Int(number @ 0..=255)) => Ok(vec![number as u8]),
        Some(_) => Err(vm.value_error("byte must be in range(0, 256)")),
        None => {
            let given = vm.type_name(&args[1]);
            Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{given}'")))
        }
    }
}

fn find(vm: &mut Vm, args: &Args, backwards: bool) -> PyResult<Option<usize>> {
    let own = data(vm, args, 0)?;
    let part = part_of(vm, args)?;
    let (start, end, fits) = super::str_::bounds(vm, args, 2, own.len())?;
    Ok(fits.then(|| find_in(&own[start..end], &part, backwards)).flatten().map(|at| start + at))
}

fn affix(vm: &mut Vm, args: &Args, name: &str, test: fn(&[u8], &[u8]) -> bool) -> PyResult {
    let own = data(vm, args, 0)?;
    let (start, end, fits) = super::str_::bounds(vm, args, 2, own.len())?;
    let wanted: Vec<Value> = args[1].as_tuple().map_or_else(|| vec![args[1].clone()], <[Value]>::to_vec);
    for wanted in wanted {
        let Some(part) = vm.bytes_like(&wanted) else {
            let given = vm.type_name(&args[1]);
            return Err(vm.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {given}")));
        };
        if fits && test(&own[start..end], &part) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn strip(vm: &mut Vm, args: &Args, left: bool, right: bool) -> PyResult {
    let own = data(vm, args, 0)?;
    let gone = match args.some(1) {
        None => b" \t\n\r\x0b\x0c".to_vec(),
        Some(_) => data(vm, args, 1)?,
    };
    let mut rest = own.as_slice();
    while let [first, tail @ ..] = rest
        && left
        && gone.contains(first)
    {
        rest = tail;
    }
    while let [head @ .., last] = rest
        && right
        && gone.contains(last)
    {
        rest = head;
    }
    let rest = rest.to_vec();
    Ok(like(vm, args, rest))
}

fn split(vm: &mut Vm, args: &Args, backwards: bool) -> PyResult {
    let own = data(vm, args, 0)?;
    let most = usize::try_from(vm.index_i64(&args[2])?).unwrap_or(usize::MAX);
    let mut parts: Vec<Vec<u8>> = Vec::new();
    match args.some(1) {
        None => {
            let words: Vec<Vec<u8>> = own
                .split(|byte| byte.is_ascii_whitespace() || *byte == 0x0b)
                .filter(|part| !part.is_empty())
                .map(<[u8]>::to_vec)
                .collect();
            if words.len() > most.saturating_add(1) {
                let name = if backwards { "rsplit" } else { "split" };
                return super::bytes_text::through_text(vm, args, name);
            }
            parts = words;
        }
        Some(_) => {
            let separator = data(vm, args, 1)?;
            if separator.is_empty() {
                return Err(vm.value_error("empty separator"));
            }
            let mut rest = own.as_slice();
            while parts.len() < most
                && let Some(at) = find_in(rest, &separator, backwards)
            {
                if backwards {
                    parts.push(rest[at + separator.len()..].to_vec());
                    rest = &rest[..at];
                } else {
                    parts.push(rest[..at].to_vec());
                    rest = &rest[at + separator.len()..];
                }
            }
            parts.push(rest.to_vec());
            if backwards {
                parts.reverse();
            }
        }
    }
    let parts: Vec<Value> = parts.into_iter().map(|part| like(vm, args, part)).collect();
    Ok(Value::list(parts))
}

pub(super) fn from_hex(vm: &mut Vm, args: &Args) -> PyResult<Vec<u8>> {
    let Some(text) = args[1].as_str().cloned() else { return Err(vm.argument_error("fromhex", 1, "str", &args[1])) };
    let mut data = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (digit(at), digit(at + 1)) {
            (Some(high), Some(low)) => data.push((high * 16 + low) as u8),
            (high, _) => {
                let place = at + usize::from(high.is_some());
                return Err(
                    vm.value_error(format!("non-hexadecimal number found in fromhex() arg at position {place}"))
                );
            }
        }
        at += 2;
    }
    Ok(data)
}

/// The digits of the bytes, in groups where a sign is to stand between those.
pub(super) fn hex(vm: &mut Vm, args: Args) -> PyResult {
    let own = data(vm, &args, 0)?;
    let separator = match args.some(1) {
        None => None,
        Some(sign) => {
            let sign = match (sign.as_str(), vm.bytes_like(sign)) {
                (Some(text), _) => text.to_string(),
                (None, Some(data)) => String::from_utf8_lossy(&data).into_owned(),
                _ => return Err(vm.type_error("sep must be str or bytes.")),
            };
            if sign.chars().count() != 1 {
                return Err(vm.value_error("sep must be length 1."));
            }
            if !sign.is_ascii() {
                return Err(vm.value_error("sep must be ASCII."));
            }
            Some(sign)
        }
    };
    let group = vm.index_i64(&args[2])?;
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    vm.claim(own.len() * 3)?;
    let mut out = String::with_capacity(own.len() * 2);
    for (at, byte) in own.iter().enumerate() {
        let border = size > 0 && at > 0 && if group > 0 { (own.len() - at) % size == 0 } else { at % size == 0 };
        if border && let Some(separator) = &separator {
            out.push_str(separator);
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    Ok(Value::from(out))
}

/// What `bytes` and `bytearray` have in common.
pub(super) fn shared(builder: ClassBuilder) -> ClassBuilder {
    super::bytes_text::install(builder)
        .method("decode", "self, encoding='utf-8', errors='strict'", |vm, args| {
            let own = data(vm, &args, 0)?;
            let (Some(encoding), Some(errors)) = (args[1].as_str().cloned(), args[2].as_str().cloned()) else {
                let (which, wrong) =
                    if args[1].as_str().is_none() { ("encoding", &args[1]) } else { ("errors", &args[2]) };
                let given = vm.type_name(wrong);
                return Err(vm.type_error(format!("decode() argument '{which}' must be str, not {given}")));
            };
            super::codec::decode(vm, &own, &encoding, &errors).map(Value::from)
        })
        .method("hex", "self, sep=?, bytes_per_sep=1", hex)
        .arity("find", 2, 4, |vm, args| Ok(find(vm, &args, false)?.map_or(Value::Int(-1), Value::from)))
        .arity("rfind", 2, 4, |vm, args| Ok(find(vm, &args, true)?.map_or(Value::Int(-1), Value::from)))
        .arity("rindex", 2, 4, |vm, args| match find(vm, &args, true)? {
            Some(at) => Ok(Value::from(at)),
            None => Err(vm.value_error("subsection not found")),
        })
        .arity("index", 2, 4, |vm, args| match find(vm, &args, false)? {
            Some(at) => Ok(Value::from(at)),
            None => Err(vm.value_error("subsection not found")),
        })
        .arity("count", 2, 4, |vm, args| {
            let own = data(vm, &args, 0)?;
            let part = part_of(vm, &args)?;
            let (start, end, fits) = super::str_::bounds(vm, &args, 2, own.len())?;
            if !fits {
                return Ok(Value::Int(0));
            }
            let mut rest = &own[start..end];
            if part.is_empty() {
                return Ok(Value::from(rest.len() + 1));
            }
            let mut count = 0;
            while let Some(at) = find_in(rest, &part, false) {
                count += 1;
                rest = &rest[at + part.len()..];
            }
            Ok(Value::Int(count))
        })
        .arity("startswith", 2, 4, |vm, args| affix(vm, &args, "startswith", |own, part| own.starts_with(part)))
        .arity("endswith", 2, 4, |vm, args| affix(vm, &args, "endswith", |own, part| own.ends_with(part)))
        .arity("strip", 1, 2, |vm, args| strip(vm, &args, true, true))
        .arity("lstrip", 1, 2, |vm, args| strip(vm, &args, true, false))
        .arity("rstrip", 1, 2, |vm, args| strip(vm, &args, false, true))
        .method("split", "self, sep=None, maxsplit=-1", |vm, args| split(vm, &args, false))
        .method("rsplit", "self, sep=None, maxsplit=-1", |vm, args| split(vm, &args, true))
        .arity("join", 2, 2, |vm, args| {
            let own = data(vm, &args, 0)?;
            let mut out = Vec::new();
            for (at, item) in vm.list_from(&args[1])?.into_iter().enumerate() {
                vm.tick()?;
                let Some(part) = vm.bytes_like(&item) else {
                    let given = vm.type_name(&item);
                    return Err(
                        vm.type_error(format!("sequence item {at}: expected a bytes-like object, {given} found"))
                    );
                };
                if at > 0 {
                    out.extend_from_slice(&own);
                }
                out.extend_from_slice(&part);
                vm.reserve(out.len())?;
            }
            Ok(like(vm, &args, out))
        })
        .arity("replace", 3, 4, |vm, args| {
            let (own, old, new) = (data(vm, &args, 0)?, data(vm, &args, 1)?, data(vm, &args, 2)?);
            let most = match args.get(3) {
                Some(value) => usize::try_from(vm.index_i64(value)?).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let mut out = Vec::new();
            let mut rest = own.as_slice();
            let mut done = 0;
            if old.is_empty() {
                return super::bytes_text::through_text(vm, &args, "replace");
            }
            while done < most
                && let Some(at) = find_in(rest, &old, false)
            {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(&new);
                rest = &rest[at + old.len()..];
                done += 1;
                vm.reserve(out.len())?;
            }
            out.extend_from_slice(rest);
            Ok(like(vm, &args, out))
        })
        .arity("lower", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?.to_ascii_lowercase();
            Ok(like(vm, &args, own))
        })
        .arity("upper", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?.to_ascii_uppercase();
            Ok(like(vm, &args, own))
        })
        .arity("isdigit", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(!own.is_empty() && own.iter().all(u8::is_ascii_digit)))
        })
        .arity("isalpha", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(Value::Bool(!own.is_empty() && own.iter().all(u8::is_ascii_alphabetic)))
        })
        .arity("isascii", 1, 1, |vm, args| Ok(Value::Bool(data(vm, &args, 0)?.is_ascii())))
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.bytes.clone();
    let builder = shared(ClassBuilder::new("bytes").builtin())
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let value = Value::bytes(construct(vm, &args, "bytes")?);
            Ok(if Rc::ptr_eq(&class, &vm.types.bytes) { value } else { Instance::with_value(class, value).into() })
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__bytes__", 1, 1, |vm, args| Ok(Value::bytes(data(vm, &args, 0)?)))
        .class_method("fromhex", "cls, string, /", |vm, args| from_hex(vm, &args).map(Value::bytes));
    let builder = dunder::operators(builder, &[("__mod__", BinaryOp::Mod, false)]);
    dunder::sequence(dunder::comparisons(dunder::basics(builder))).install(vm, &class);
    super::bytearray::install(vm);
    super::memoryview::install(vm);
}
