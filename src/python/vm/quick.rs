//! The builtins that programs call most, for plain arguments: without binding, copies of arguments or counting depth.
//!
//! A shortcut sees the arguments where they stand on the stack. It runs no Python code, raises nothing and takes little
//! memory; whatever it does not know by itself it leaves to the function proper, by giving `None`.

use crate::python::object::{NativeFunction, Str, Value};
use crate::python::vm::Vm;

/// A shortcut.
pub(crate) type Quick = fn(&[Value]) -> Option<Value>;

/// A longer text is worked on by the function proper, which counts that work.
const SHORT: usize = 4096;

fn text(value: &Value) -> Option<&Str> {
    match value {
        Value::Str(text) if text.len_bytes() <= SHORT => Some(text),
        _ => None,
    }
}

fn len(args: &[Value]) -> Option<Value> {
    let [value] = args else { return None };
    Some(Value::Int(match value {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Tuple(items) => items.len(),
        Value::Dict(dict) => dict.len(),
        Value::Set(set) => set.len(),
        _ => return None,
    } as i64))
}

fn append(args: &[Value]) -> Option<Value> {
    let [Value::List(list), item] = args else { return None };
    list.push(item.clone());
    Some(Value::None)
}

fn pop(args: &[Value]) -> Option<Value> {
    let [Value::List(list)] = args else { return None };
    list.borrow_mut().pop()
}

fn get(args: &[Value]) -> Option<Value> {
    let (dict, key, default) = match args {
        [Value::Dict(dict), key] => (dict, key, &Value::None),
        [Value::Dict(dict), key, default] => (dict, key, default),
        _ => return None,
    };
    Some(dict.get_plain(key)?.unwrap_or_else(|| default.clone()))
}

fn add(args: &[Value]) -> Option<Value> {
    let [Value::Set(set), item] = args else { return None };
    set.add_plain(item).map(|()| Value::None)
}

fn split(args: &[Value]) -> Option<Value> {
    let parts: Vec<Value> = match args {
        [own] => {
            let own = text(own).filter(|own| own.is_ascii())?;
            let space = |byte: u8| matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ');
            let bytes = own.as_bytes();
            let mut parts = Vec::with_capacity(8);
            let mut at = 0;
            loop {
                while bytes.get(at).is_some_and(|byte| space(*byte)) {
                    at += 1;
                }
                let start = at;
                while bytes.get(at).is_some_and(|byte| !space(*byte)) {
                    at += 1;
                }
                if start == at {
                    break parts;
                }
                parts.push(Value::from(&own[start..at]));
            }
        }
        [own, separator] => {
            let (own, separator) = (text(own)?, text(separator)?);
            if separator.is_empty() {
                return None;
            }
            own.split(separator.as_str()).map(Value::from).collect()
        }
        _ => return None,
    };
    Some(Value::list(parts))
}

fn join(args: &[Value]) -> Option<Value> {
    let [Value::Str(own), Value::List(list)] = args else { return None };
    let items = list.borrow();
    let mut length = own.len_bytes() * items.len();
    for item in items.iter() {
        let Value::Str(item) = item else { return None };
        length += item.len_bytes();
    }
    if length > SHORT {
        return None;
    }
    let mut joined = String::with_capacity(length);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push_str(own);
        }
        if let Value::Str(item) = item {
            joined.push_str(item);
        }
    }
    Some(Value::from(joined))
}

fn find(args: &[Value]) -> Option<Value> {
    let [own, wanted] = args else { return None };
    let (own, wanted) = (text(own).filter(|own| own.is_ascii())?, text(wanted)?);
    let at = match wanted.as_bytes() {
        [byte] => own.as_bytes().iter().position(|own| own == byte),
        _ => own.find(wanted.as_str()),
    };
    Some(Value::Int(at.map_or(-1, |at| at as i64)))
}

fn startswith(args: &[Value]) -> Option<Value> {
    let [own, wanted] = args else { return None };
    Some(Value::Bool(text(own)?.starts_with(text(wanted)?.as_str())))
}

fn endswith(args: &[Value]) -> Option<Value> {
    let [own, wanted] = args else { return None };
    Some(Value::Bool(text(own)?.ends_with(text(wanted)?.as_str())))
}

fn replace(args: &[Value]) -> Option<Value> {
    let [own, old, new] = args else { return None };
    let (own, old, new) = (text(own)?, text(old)?, text(new)?);
    if old.is_empty() || new.len_bytes() > 16 {
        return None;
    }
    Some(if own.contains(old.as_str()) { Value::from(own.replace(old.as_str(), new)) } else { Value::Str(own.clone()) })
}

fn strip(args: &[Value]) -> Option<Value> {
    let [own] = args else { return None };
    let own = text(own).filter(|own| own.is_ascii())?;
    let space = |c: char| matches!(c, '\t'..='\r' | '\x1c'..=' ');
    let inner = own.trim_matches(space);
    Some(if inner.len() == own.len_bytes() { Value::Str(own.clone()) } else { Value::from(inner) })
}

fn upper(args: &[Value]) -> Option<Value> {
    let [own] = args else { return None };
    Some(Value::from(text(own).filter(|own| own.is_ascii())?.to_ascii_uppercase()))
}

fn lower(args: &[Value]) -> Option<Value> {
    let [own] = args else { return None };
    Some(Value::from(text(own).filter(|own| own.is_ascii())?.to_ascii_lowercase()))
}

fn abs(args: &[Value]) -> Option<Value> {
    match args {
        [Value::Int(number)] => number.checked_abs().map(Value::Int),
        [Value::Real(number)] => Some(Value::Float(number.get().abs())),
        _ => None,
    }
}

fn ord(args: &[Value]) -> Option<Value> {
    let [Value::Str(text)] = args else { return None };
    let mut characters = text.chars();
    let first = characters.next()?;
    characters.next().is_none().then(|| Value::Int(i64::from(u32::from(first))))
}

fn chr(args: &[Value]) -> Option<Value> {
    let [Value::Int(code)] = args else { return None };
    u8::try_from(*code).ok().map(|code| Value::Str(Str::from_char(char::from(code))))
}

fn min(args: &[Value]) -> Option<Value> {
    let [Value::Int(a), Value::Int(b)] = args else { return None };
    Some(Value::Int(*a.min(b)))
}

fn max(args: &[Value]) -> Option<Value> {
    let [Value::Int(a), Value::Int(b)] = args else { return None };
    Some(Value::Int(*a.max(b)))
}

impl NativeFunction {
    fn shorten(value: Option<Value>, quick: Quick) {
        if let Some(Value::Native(native)) = value {
            native.quick.set(Some(quick));
        }
    }
}

/// Gives the functions their shortcuts.
pub(super) fn install(vm: &mut Vm) {
    const TEXT: &[(&str, Quick)] = &[
        ("split", split),
        ("join", join),
        ("find", find),
        ("startswith", startswith),
        ("endswith", endswith),
        ("replace", replace),
        ("strip", strip),
        ("upper", upper),
        ("lower", lower),
    ];
    const BUILTIN: &[(&str, Quick)] =
        &[("len", len), ("abs", abs), ("ord", ord), ("chr", chr), ("min", min), ("max", max)];
    for (name, quick) in TEXT {
        NativeFunction::shorten(vm.types.str.dict().get_text(name), *quick);
    }
    for (name, quick) in BUILTIN {
        NativeFunction::shorten(vm.builtins.get_text(name), *quick);
    }
    NativeFunction::shorten(vm.types.list.dict().get_text("append"), append);
    NativeFunction::shorten(vm.types.list.dict().get_text("pop"), pop);
    NativeFunction::shorten(vm.types.dict.dict().get_text("get"), get);
    NativeFunction::shorten(vm.types.set.dict().get_text("add"), add);
}
