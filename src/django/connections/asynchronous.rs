//! What coroutines may not do: speak to the database while a loop runs.

use crate::django::state::{Django, raise_class};
use crate::python::object::PyResult;
use crate::python::vm::Vm;

/// Refuses what a coroutine calls by itself.
pub fn refuse_in_coroutine(vm: &mut Vm) -> PyResult<()> {
    if !vm.in_event_loop {
        return Ok(());
    }
    let class = Django::of(vm).errors.synchronous_only_operation.clone();
    Err(raise_class(vm, &class, "You cannot call this from an async context - use a thread or sync_to_async."))
}

/// Runs what an asynchronous twin does: Django has a thread for it, in which no loop runs.
pub fn outside_of_loop<T>(vm: &mut Vm, body: impl FnOnce(&mut Vm) -> PyResult<T>) -> PyResult<T> {
    let inside = std::mem::replace(&mut vm.in_event_loop, false);
    let outcome = body(vm);
    vm.in_event_loop = inside;
    outcome
}
