//! What builtins ask of the frame that calls them, and where their output goes.

use super::Vm;
use crate::python::object::{PyResult, Value};

impl Vm {
    /// The class and the object that `super()` without arguments means.
    pub(crate) fn super_arguments(&mut self) -> PyResult<(Value, Value)> {
        Err(self.unsupported("super() before the run loop exists"))
    }

    /// `locals()`
    pub(crate) fn frame_locals(&mut self) -> PyResult {
        Err(self.unsupported("locals() before the run loop exists"))
    }

    /// `globals()`
    pub(crate) fn frame_globals(&mut self) -> PyResult {
        Err(self.unsupported("globals() before the run loop exists"))
    }

    /// Writes to the program's standard output.
    pub fn write_output(&mut self, text: &str) -> PyResult<()> {
        self.output.push_str(text);
        Ok(())
    }
}
