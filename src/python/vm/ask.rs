//! What builtins ask of the frame that calls them.

use std::rc::Rc;

use super::Vm;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Dict, NativeFunction, PyResult, Str, Value};

impl Vm {
    /// The class and the object that `super()` without arguments means.
    pub(crate) fn super_arguments(&mut self) -> PyResult<(Value, Value)> {
        match self.implicit_super() {
            Ok(found) => Ok(found),
            Err(text) => Err(self.raise(Kind::RuntimeError, text)),
        }
    }

    /// `locals()`
    pub(crate) fn frame_locals(&mut self) -> PyResult {
        match self.current_locals() {
            Some(locals) => Ok(locals),
            None => Err(self.raise(Kind::SystemError, "frame does not exist")),
        }
    }

    /// `globals()`
    pub(crate) fn frame_globals(&mut self) -> PyResult {
        match self.current_globals() {
            Some(globals) => Ok(Value::Dict(globals)),
            None => Err(self.raise(Kind::SystemError, "frame does not exist")),
        }
    }
}

/// The namespaces that `eval` and `exec` were given, or those of the caller.
fn namespaces(vm: &mut Vm, args: &Args, name: &str) -> PyResult<(Rc<Dict>, Option<Rc<Dict>>)> {
    let globals = match args.some(1) {
        Some(Value::Dict(globals)) => Some(globals.clone()),
        Some(other) => {
            let given = vm.type_name(other);
            return Err(vm.type_error(format!("{name}() arg 2 must be a dict, not {given}")));
        }
        None => None,
    };
    let locals = match args.some(2) {
        Some(Value::Dict(locals)) => Some(locals.clone()),
        Some(_) => return Err(vm.unsupported(format!("{name}() with locals that are no dict"))),
        None => None,
    };
    match globals {
        Some(globals) => {
            let name = Str::interned("__builtins__");
            if !globals.contains_str(&name) {
                let builtins = vm.builtins.clone();
                globals.set_str(name, builtins);
            }
            Ok((globals, locals))
        }
        None => {
            let globals = vm.globals_here();
            let locals = match (locals, vm.current_locals()) {
                (Some(locals), _) => Some(locals),
                (None, Some(Value::Dict(locals))) => Some(locals),
                _ => None,
            };
            Ok((globals, locals))
        }
    }
}

fn source_text(vm: &mut Vm, value: &Value, name: &str) -> PyResult<Str> {
    match value.as_str() {
        Some(text) => Ok(text.clone()),
        None if matches!(value, Value::Code(_) | Value::Bytes(_)) => {
            Err(vm.unsupported(format!("{name}() of anything but text")))
        }
        None => Err(vm.type_error(format!("{name}() arg 1 must be a string, bytes or code object"))),
    }
}

/// The builtins that run text.
pub(super) fn install(vm: &mut Vm) {
    let eval = NativeFunction::new("eval", "source, globals=None, locals=None, /", |vm, args| {
        let text = source_text(vm, &args[0], "eval")?;
        let (globals, locals) = namespaces(vm, &args, "eval")?;
        vm.nested("", |vm| vm.eval_text(&text, &globals, locals.as_ref()))
    });
    let exec = NativeFunction::new("exec", "source, globals=None, locals=None, /", |vm, args| {
        let text = source_text(vm, &args[0], "exec")?;
        let (globals, locals) = namespaces(vm, &args, "exec")?;
        vm.nested("", |vm| vm.exec_text(&text, &globals, locals.as_ref()))?;
        Ok(Value::None)
    });
    for function in [eval, exec] {
        let name = function.name.clone();
        vm.builtins.set_str(name, function.into_value());
    }
}
