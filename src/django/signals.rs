//! Signals: who listens, and what is sent to them.

use std::rc::Rc;

use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

/// Before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `pre_…`
    Pre,
    /// `post_…`
    Post,
}

/// Sends `pre_init` or `post_init`.
pub fn send_init(
    _vm: &mut Vm,
    _class: &Rc<Class>,
    _moment: Moment,
    _instance: &Value,
    _args: &[Value],
    _kwargs: &[(Str, Value)],
) -> PyResult<()> {
    Ok(())
}

/// Sends `class_prepared`.
pub fn send_class_prepared(_vm: &mut Vm, _class: &Rc<Class>) -> PyResult<()> {
    Ok(())
}

/// Whether anyone listens to `pre_init` or `post_init` of the class.
pub fn listens_to_init(_vm: &Vm, _class: &Rc<Class>) -> bool {
    false
}
