//! `traceback` and `frame` objects: what an exception remembers of where it passed.

use std::rc::Rc;

use crate::python::object::{ClassBuilder, Instance, PyResult, TracebackEntry, Value};
use crate::python::vm::Vm;

/// What a traceback object shows: the entries of an exception as they stood when it was asked for, innermost first.
pub struct TracebackView(pub Vec<TracebackEntry>);

/// What a frame object shows: the outermost of a traceback's entries.
struct FrameView(TracebackEntry);

impl TracebackView {
    /// The entries of code that is not the engine's own, outermost first.
    pub(crate) fn shown(&self) -> Vec<TracebackEntry> {
        self.0.iter().rev().filter(|entry| !entry.code.source.internal).cloned().collect()
    }
}

impl Vm {
    /// `__traceback__` as a value.
    pub fn traceback_value(&mut self, instance: &Rc<Instance>) -> Value {
        let entries = instance.exception_state().map(|state| state.traceback.borrow().clone()).unwrap_or_default();
        self.traceback_of(entries)
    }

    fn traceback_of(&mut self, entries: Vec<TracebackEntry>) -> Value {
        if entries.is_empty() {
            return Value::None;
        }
        Instance::native(self.types.traceback.clone(), TracebackView(entries)).into()
    }
}

fn outermost(vm: &mut Vm, value: &Value) -> PyResult<TracebackEntry> {
    let view = vm.payload::<TracebackView>(value)?;
    match view.shown().first().or(view.0.last()).cloned() {
        Some(entry) => Ok(entry),
        None => Err(vm.type_error("an empty traceback")),
    }
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.traceback.clone();
    ClassBuilder::new("traceback")
        .builtin()
        .property("tb_lineno", |vm, args| {
            let entry = outermost(vm, &args[0])?;
            Ok(entry.code.line_of(entry.instruction).into())
        })
        .property("tb_lasti", |vm, args| Ok((outermost(vm, &args[0])?.instruction * 2).into()))
        .property("tb_frame", |vm, args| {
            let entry = outermost(vm, &args[0])?;
            Ok(Instance::native(vm.types.frame.clone(), FrameView(entry)).into())
        })
        .property("tb_next", |vm, args| {
            let mut entries = vm.payload::<TracebackView>(&args[0])?.shown();
            if !entries.is_empty() {
                entries.remove(0);
            }
            entries.reverse();
            Ok(vm.traceback_of(entries))
        })
        .install(vm, &class);
    let class = vm.types.frame.clone();
    ClassBuilder::new("frame")
        .builtin()
        .property("f_code", |vm, args| Ok(Value::Code(vm.payload::<FrameView>(&args[0])?.0.code.clone())))
        .property("f_globals", |vm, args| Ok(Value::Dict(vm.payload::<FrameView>(&args[0])?.0.globals.clone())))
        .property("f_lineno", |vm, args| {
            let entry = &vm.payload::<FrameView>(&args[0])?.0;
            Ok(entry.code.line_of(entry.instruction).into())
        })
        .property("f_back", |_, _| Ok(Value::None))
        .install(vm, &class);
}
