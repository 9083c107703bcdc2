//! `_json`: what the Python part of `json` (`py/json`) is made of.

mod decode;
mod encode;

use std::rc::Rc;

use crate::python::object::{Module, ModuleObject, PyResult};
use crate::python::vm::Vm;

/// The module. `encode(obj, default, skipkeys, ensure_ascii, check_circular, allow_nan, indent, separators, sort_keys)`
/// gives a text, `decode(text, start, whole, failure, hooks …)` a value and where it ends.
pub fn module(_vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    Ok(Module::new("_json")
        .function(
            "encode",
            "obj, default, skipkeys, ensure_ascii, check_circular, allow_nan, indent, item_separator, key_separator, \
             sort_keys, /",
            encode::encode,
        )
        .function(
            "decode",
            "text, start, whole, failure, strict, object_hook, object_pairs_hook, parse_float, parse_int, \
             parse_constant, /",
            decode::decode,
        )
        .function("quote", "text, ensure_ascii, /", |vm, args| {
            let ascii = vm.truth(&args[1])?;
            match args[0].as_str() {
                Some(text) => {
                    let mut out = String::new();
                    encode::push_string(&mut out, text, ascii);
                    Ok(out.into())
                }
                None => {
                    let kind = vm.type_name(&args[0]);
                    Err(vm.type_error(format!("first argument must be a string, not {kind}")))
                }
            }
        })
        .build())
}
