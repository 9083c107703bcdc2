//! Raising, and the way of an exception through the frames.

use std::rc::Rc;

use crate::python::code::{Code, Op};
use crate::python::exceptions::Kind;
use crate::python::object::{PyResult, Raised, TracebackEntry, Value};
use crate::python::vm::Vm;

impl Vm {
    /// Finds who handles an exception that was raised in the frame on top. `Ok`: the frame now on top goes on in its
    /// handler. `Err`: no frame of this loop does.
    pub(super) fn unwind(&mut self, mut raised: Raised) -> PyResult<()> {
        loop {
            let Some(frame) = self.frames.last() else { return Err(raised) };
            let code = frame.code().clone();
            let base = frame.base;
            let instruction = self.pc.saturating_sub(1) as u32;
            let op = code.ops.get(instruction as usize).copied().unwrap_or(Op::Nop);
            let again = matches!(op, Op::Reraise | Op::EndAsyncFor) || matches!(op, Op::Raise(0)) && self.reraised;
            self.reraised = false;
            let explicit = matches!(op, Op::Raise(1 | 2));
            if !again {
                self.set_context(&raised, explicit);
                let at = match std::mem::take(&mut self.fault) {
                    0 => instruction,
                    operand => code.operand(instruction, operand == 2),
                };
                self.add_traceback(&raised, &code, at);
            }
            if raised.fatal().is_none()
                && let Some(handler) =
                    code.handlers.iter().find(|handler| (handler.start..handler.end).contains(&instruction))
            {
                self.stack.truncate(base + code.slots.len() + handler.depth as usize);
                self.stack.push(raised.value());
                self.pc = handler.target as usize;
                return Ok(());
            }
            let Some(frame) = self.frames.pop() else { return Err(raised) };
            self.depth -= 1;
            self.stack.truncate(frame.return_to);
            if let Some(below) = self.frames.last() {
                self.pc = below.pc;
            }
            if frame.entry {
                return Err(raised);
            }
            if let (Some(_), Some(generator)) = (frame.feeds, &frame.generator) {
                self.handled = Vm::take_outer(generator);
                generator.finish();
                raised = self.convert_stop(generator, raised);
            }
        }
    }

    /// Notes that an exception passed an instruction.
    pub(super) fn add_traceback(&mut self, raised: &Raised, code: &Rc<Code>, instruction: u32) {
        if let Some(state) = raised.0.exception_state() {
            let globals = self.globals_here();
            state.traceback.borrow_mut().push(TracebackEntry { code: code.clone(), globals, instruction });
        }
    }

    /// What is being handled becomes the context of what is raised meanwhile.
    fn set_context(&mut self, raised: &Raised, explicit: bool) {
        let Some(Value::Instance(handled)) = &self.handled else { return };
        let Some(state) = raised.0.exception_state() else { return };
        if Rc::ptr_eq(handled, &raised.0) {
            return;
        }
        if !explicit && (!state.traceback.borrow().is_empty() || state.context.borrow().is_some()) {
            return;
        }
        // No circles: what is handled may itself have arisen while this was.
        let mut at = handled.clone();
        for _ in 0..10_000 {
            let Some(inner) = at.exception_state() else { break };
            let next = match &*inner.context.borrow() {
                Some(Value::Instance(next)) => next.clone(),
                _ => break,
            };
            if Rc::ptr_eq(&next, &raised.0) {
                *inner.context.borrow_mut() = None;
                break;
            }
            at = next;
        }
        *state.context.borrow_mut() = Some(Value::Instance(handled.clone()));
    }

    /// What a `raise` statement raises.
    pub(super) fn raise_statement(&mut self, exception: Value, cause: Value) -> Raised {
        match self.raise_parts(exception, cause) {
            Ok(raised) | Err(raised) => raised,
        }
    }

    fn raise_parts(&mut self, exception: Value, cause: Value) -> PyResult<Raised> {
        if exception.is_unset() {
            return match self.handled.clone() {
                Some(Value::Instance(instance)) => {
                    self.reraised = true;
                    Ok(Raised(instance))
                }
                _ => Err(self.raise(Kind::RuntimeError, "No active exception to reraise")),
            };
        }
        let raised = self.exception_from(&exception, "exceptions must derive from BaseException")?;
        if let Some(state) = raised.0.exception_state() {
            match cause {
                Value::Unset => {}
                Value::None => {
                    *state.cause.borrow_mut() = None;
                    state.suppress_context.set(true);
                }
                cause => {
                    let cause = self.exception_from(&cause, "exception causes must derive from BaseException")?;
                    *state.cause.borrow_mut() = Some(cause.value());
                    state.suppress_context.set(true);
                }
            }
        }
        Ok(raised)
    }

    /// An exception from an instance or a class.
    fn exception_from(&mut self, value: &Value, otherwise: &str) -> PyResult<Raised> {
        match value {
            Value::Instance(instance) if instance.exception_state().is_some() => Ok(Raised(instance.clone())),
            Value::Class(_) if self.is_exception_class(value) => {
                let made = self.call(value, ())?;
                match made {
                    Value::Instance(instance) if instance.exception_state().is_some() => Ok(Raised(instance)),
                    other => {
                        let (class, given) = (self.repr(value)?, self.type_name(&other));
                        Err(self.type_error(format!(
                            "calling {class} should have returned an instance of BaseException, not {given}"
                        )))
                    }
                }
            }
            _ => Err(self.type_error(otherwise)),
        }
    }

    /// Is it a class of exceptions?
    pub(crate) fn is_exception_class(&self, value: &Value) -> bool {
        value.as_class().is_some_and(|class| class.derives_from(self.exceptions.get(Kind::BaseException)))
    }

    /// Does an `except` with this class, or tuple of classes, catch it?
    pub(super) fn matches_exception(&mut self, exception: &Value, class: &Value) -> PyResult<bool> {
        let classes = match class.as_tuple() {
            Some(classes) => classes.to_vec(),
            None => vec![class.clone()],
        };
        if !classes.iter().all(|class| self.is_exception_class(class)) {
            return Err(self.type_error("catching classes that do not inherit from BaseException is not allowed"));
        }
        let own = self.class_of(exception);
        Ok(classes.iter().filter_map(Value::as_class).any(|class| own.derives_from(class)))
    }
}
