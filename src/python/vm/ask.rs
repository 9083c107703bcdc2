//! What builtins ask of the frame that calls them.

use super::Vm;
use crate::python::exceptions::Kind;
use crate::python::object::{PyResult, Value};

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
