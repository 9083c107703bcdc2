//! `with`: entering and leaving.

use super::calling::Called;
use crate::python::object::{PyResult, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    /// `→ exit entered`
    pub(super) fn enter_with(&mut self, manager: &Value, is_async: bool) -> PyResult<Called> {
        let (enter, exit, protocol) = match is_async {
            false => ("__enter__", "__exit__", "context manager"),
            true => ("__aenter__", "__aexit__", "asynchronous context manager"),
        };
        let missing = |vm: &mut Vm, name: &str, exit_missing: bool| {
            let given = vm.type_name(manager);
            let hint = if exit_missing { format!(" (missed {name} method)") } else { String::new() };
            vm.type_error(format!("'{given}' object does not support the {protocol} protocol{hint}"))
        };
        let class = self.class_of(manager);
        let Some(enter) = class.lookup(&Str::interned(enter)) else { return Err(missing(self, enter, false)) };
        let Some(found) = class.lookup(&Str::interned(exit)) else { return Err(missing(self, exit, true)) };
        let exit = self.bind(&found, manager, &class)?;
        self.stack.push(exit);
        match enter {
            Value::Function(_) => {
                self.stack.push(enter);
                self.stack.push(manager.clone());
                self.call_here(0)
            }
            _ => {
                let bound = self.bind(&enter, manager, &class)?;
                self.stack.push(bound);
                self.stack.push(Value::Unset);
                self.call_here(0)
            }
        }
    }

    /// `exit handled-before exception`: calls the exit with the exception.
    pub(super) fn exit_with(&mut self) -> PyResult {
        let exit = self.below(3).cloned().unwrap_or(Value::None);
        let exception = self.below(1).cloned().unwrap_or(Value::None);
        let class = Value::Class(self.class_of(&exception));
        let traceback = match &exception {
            Value::Instance(instance) => self.traceback_value(instance),
            _ => Value::None,
        };
        self.call(&exit, [class, exception, traceback])
    }
}
