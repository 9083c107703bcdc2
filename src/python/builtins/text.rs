//! Builtins about text.

use super::{counted, raw, signed};
use crate::python::object::{Str, Truth, Value};
use crate::python::vm::Vm;

pub(super) fn install(vm: &mut Vm) {
    raw(vm, "print", |vm, mut args| {
        let separator = args.take_keyword("sep");
        let end = args.take_keyword("end");
        let file = args.take_keyword("file").filter(|file| !file.is_none());
        let flush = args.take_keyword("flush");
        if let Some((keyword, _)) = args.keywords.first() {
            return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for print()")));
        }
        let mut part = |value: Option<Value>, name: &str, default: &str| match value {
            None | Some(Value::None) => Ok(Str::from(default)),
            Some(value) => match value.as_str() {
                Some(text) => Ok(text.clone()),
                None => {
                    let given = vm.type_name(&value);
                    Err(vm.type_error(format!("{name} must be None or a string, not {given}")))
                }
            },
        };
        let separator = part(separator, "sep", " ")?;
        let end = part(end, "end", "\n")?;
        let mut line = String::new();
        for (at, value) in args.positional.iter().enumerate() {
            if at > 0 {
                line.push_str(&separator);
            }
            line.push_str(&vm.to_str(value)?);
        }
        line.push_str(&end);
        match file.or_else(|| crate::python::modules::sys::replaced_stdout(vm)) {
            None => vm.write_output(&line)?,
            Some(file) => {
                vm.call_method(&file, "write", [Value::from(line)])?;
                if flush.is_some_and(|flush| matches!(flush, Value::Truth(Truth::True))) {
                    vm.call_method(&file, "flush", ())?;
                }
            }
        }
        Ok(Value::None)
    });
    counted(vm, "repr", 1, 1, |vm, args| vm.repr(&args[0]).map(Value::Str));
    counted(vm, "ascii", 1, 1, |vm, args| vm.ascii(&args[0]).map(Value::Str));
    counted(vm, "chr", 1, 1, |vm, args| {
        let code = vm.index_i64(&args[0])?;
        match u32::try_from(code).ok().filter(|code| *code < 0x11_0000) {
            Some(code) => match char::from_u32(code) {
                Some(character) => Ok(Value::Str(Str::from_char(character))),
                None => Err(vm.unsupported("lone surrogates in strings")),
            },
            None => Err(vm.value_error("chr() arg not in range(0x110000)")),
        }
    });
    counted(vm, "ord", 1, 1, |vm, args| {
        if let Some(text) = args[0].as_str() {
            let mut characters = text.chars();
            return match (characters.next(), characters.next()) {
                (Some(character), None) => Ok(Value::Int(i64::from(character as u32))),
                _ => {
                    let count = text.len();
                    Err(vm.type_error(format!("ord() expected a character, but string of length {count} found")))
                }
            };
        }
        match vm.bytes_like(&args[0]).as_deref() {
            Some([byte]) => Ok(Value::Int(i64::from(*byte))),
            Some(data) => {
                let count = data.len();
                Err(vm.type_error(format!("ord() expected a character, but string of length {count} found")))
            }
            None => {
                let given = vm.type_name(&args[0]);
                Err(vm.type_error(format!("ord() expected string of length 1, but {given} found")))
            }
        }
    });
    signed(vm, "format", "value, format_spec='', /", |vm, args| {
        let Some(spec) = args[1].as_str().cloned() else { return Err(vm.argument_error("format", 2, "str", &args[1])) };
        vm.format(&args[0], &spec).map(Value::Str)
    });
}
