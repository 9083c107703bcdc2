//! Builtins about attributes, classes and calls.

use std::rc::Rc;

use super::{counted, raw, refused, signed};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Dict, PyResult, Value};

use crate::python::vm::Vm;

fn attribute(vm: &mut Vm, value: &Value) -> PyResult<crate::python::object::Str> {
    match value.as_str() {
        Some(name) => Ok(crate::python::object::Str::interned(name)),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("attribute name must be string, not '{given}'")))
        }
    }
}

pub(super) fn install(vm: &mut Vm) {
    counted(vm, "getattr", 2, 3, |vm, args| {
        let name = attribute(vm, &args[1])?;
        match args.get(2) {
            None => vm.get_attr_str(&args[0], &name),
            Some(default) => Ok(vm.get_attr_opt(&args[0], &*name)?.unwrap_or_else(|| default.clone())),
        }
    });
    counted(vm, "hasattr", 2, 2, |vm, args| {
        let name = attribute(vm, &args[1])?;
        Ok(Value::Bool(vm.get_attr_opt(&args[0], &*name)?.is_some()))
    });
    counted(vm, "setattr", 3, 3, |vm, mut args| {
        let name = attribute(vm, &args[1])?;
        let value = args.take(2);
        vm.set_attr_str(&args[0], &name, value)?;
        Ok(Value::None)
    });
    counted(vm, "delattr", 2, 2, |vm, args| {
        let name = attribute(vm, &args[1])?;
        vm.del_attr(&args[0], &*name)?;
        Ok(Value::None)
    });
    counted(vm, "isinstance", 2, 2, |vm, args| vm.is_instance(&args[0], &args[1]).map(Value::Bool));
    counted(vm, "issubclass", 2, 2, |vm, args| vm.is_subclass(&args[0], &args[1]).map(Value::Bool));
    counted(vm, "callable", 1, 1, |vm, args| Ok(Value::Bool(vm.is_callable(&args[0]))));
    counted(vm, "id", 1, 1, |vm, args| Ok(Value::Int(vm.identity(&args[0]))));
    counted(vm, "hash", 1, 1, |vm, args| vm.hash(&args[0]).map(Value::Int));
    counted(vm, "vars", 0, 1, |vm, args| match args.get(0) {
        None => vm.frame_locals(),
        Some(value) => match vm.get_attr_opt(value, "__dict__")? {
            Some(dict) => Ok(dict),
            None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
        },
    });
    counted(vm, "locals", 0, 0, |vm, _| vm.frame_locals());
    counted(vm, "globals", 0, 0, |vm, _| vm.frame_globals());
    counted(vm, "dir", 0, 1, |vm, args| match args.get(0) {
        Some(value) => vm.dir(value).map(Value::list),
        None => {
            let names = vm.frame_locals()?;
            let mut names = vm.list_from(&names)?;
            vm.sort_values(&mut names, None, false)?;
            Ok(Value::list(names))
        }
    });
    for name in ["open", "compile", "input", "breakpoint", "help"] {
        refused(vm, name);
    }
    for name in ["exit", "quit"] {
        raw(vm, name, |vm, args: Args| {
            let code = args.get(0).cloned().unwrap_or(Value::None);
            let class = vm.exceptions.get(Kind::SystemExit).clone();
            Err(vm.new_exception(&class, code)?)
        });
    }
    counted(vm, "eval", 1, 3, |vm, args| {
        let text = program_text(vm, &args[0], "eval")?;
        let names = program_names(vm, &args)?;
        let result = vm.run_source(text.trim_start_matches([' ', '\t']), "<string>", &names)?;
        match result {
            Some(value) => Ok(value),
            None => Err(vm.raise(Kind::SyntaxError, "invalid syntax")),
        }
    });
    counted(vm, "exec", 1, 3, |vm, args| {
        let text = program_text(vm, &args[0], "exec")?;
        let names = program_names(vm, &args)?;
        vm.run_source(&text, "<string>", &names)?;
        Ok(Value::None)
    });
    signed(vm, "__import__", "name, globals=None, locals=None, fromlist=(), level=0", |vm, args| {
        let Some(name) = args[0].as_str().cloned() else {
            let given = vm.type_name(&args[0]);
            return Err(vm.type_error(format!("__import__() argument 1 must be str, not {given}")));
        };
        if args[4].as_i64() != Some(0) {
            return Err(vm.unsupported("__import__() of a relative name"));
        }
        let module = vm.import_module(&name)?;
        match name.split_once('.') {
            Some((first, _)) if !vm.truth(&args[3])? => vm.import_module(first),
            _ => Ok(module),
        }
    });
    signed(vm, "__build_class__", "*args, **kwargs", |vm, _| Err(vm.unsupported("__build_class__")));
}

fn program_text(vm: &mut Vm, value: &Value, name: &str) -> PyResult<String> {
    match value {
        Value::Code(_) => Err(vm.unsupported(format!("{name}() of a code object"))),
        _ => match (value.as_str(), vm.bytes_like(value)) {
            (Some(text), _) => Ok(text.to_string()),
            (None, Some(data)) => Ok(String::from_utf8_lossy(&data).into_owned()),
            _ => Err(vm.type_error(format!("{name}() arg 1 must be a string, bytes or code object"))),
        },
    }
}

/// The names that the text of `eval` or `exec` sees: those it was given, else the caller's. In a function these are a copy, so
/// that what the text binds does not become a local.
fn program_names(vm: &mut Vm, args: &Args) -> PyResult<Rc<Dict>> {
    if let Some(globals) = args.some(1) {
        let Some(globals) = globals.as_dict().cloned() else { return Err(vm.type_error("globals must be a dict")) };
        return match args.some(2) {
            None => Ok(globals),
            Some(locals) => {
                let names = Rc::new(globals.copy());
                vm.dict_update(&names, locals)?;
                Ok(names)
            }
        };
    }
    let globals = vm.frame_globals()?;
    let locals = vm.frame_locals()?;
    let Some(globals) = globals.as_dict().cloned() else { return Ok(Rc::default()) };
    if locals.as_dict().is_some_and(|locals| Rc::ptr_eq(locals, &globals)) {
        return Ok(globals);
    }
    let names = Rc::new(globals.copy());
    vm.dict_update(&names, &locals)?;
    Ok(names)
}

impl Vm {
    /// `callable(value)`
    pub fn is_callable(&self, value: &Value) -> bool {
        match value {
            Value::Function(_) | Value::Native(_) | Value::BoundMethod(_) | Value::Class(_) => true,
            Value::Instance(_) => self.class_of(value).lookup(&self.names.call).is_some(),
            _ => false,
        }
    }
}
