//! Builtins about attributes, classes and calls.

use super::{counted, raw, refused, signed};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, PyResult, Value};

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
    for name in ["open", "input", "breakpoint", "help"] {
        refused(vm, name);
    }
    for name in ["exit", "quit"] {
        raw(vm, name, |vm, args: Args| {
            let code = args.get(0).cloned().unwrap_or(Value::None);
            let class = vm.exceptions.get(Kind::SystemExit).clone();
            Err(vm.new_exception(&class, code)?)
        });
    }
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
