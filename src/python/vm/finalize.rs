//! Telling of objects that went: see [`crate::python::object`]'s farewell.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::generator::{Generator, Resume, Resumed};
use crate::python::code::CodeKind;
use crate::python::exceptions::Kind;
use crate::python::object::{Gone, Instance, PyResult, Str, Value, farewell};
use crate::python::vm::Vm;

/// The weak references that have a callback.
#[derive(Default)]
struct Watching(RefCell<Vec<Watch>>);

struct Watch {
    target: Weak<Instance>,
    reference: Weak<Instance>,
    callback: Value,
}

impl Vm {
    /// Has `callback` called with `reference` when `target` goes, if the reference is still there.
    pub(crate) fn watch(&mut self, target: &Rc<Instance>, reference: &Rc<Instance>, callback: Value) {
        target.watched.set(true);
        let watch = Watch { target: Rc::downgrade(target), reference: Rc::downgrade(reference), callback };
        self.hosted(|_| Watching::default()).0.borrow_mut().push(watch);
    }

    /// Does what is to be done for the objects that went. What is raised meanwhile is lost, as in CPython, which prints it
    /// aside; but a limit ends the program.
    #[cold]
    pub(super) fn finalize(&mut self) -> PyResult<()> {
        let handled = self.handled.take();
        let mut result = Ok(());
        'all: for _ in 0..100 {
            let gone = farewell::take();
            if gone.is_empty() {
                break;
            }
            for gone in gone {
                if let Err(raised) = self.finalize_one(gone)
                    && raised.fatal().is_some()
                {
                    result = Err(raised);
                    break 'all;
                }
            }
        }
        self.handled = handled;
        result
    }

    /// Closes an asynchronous generator and drives what it awaits meanwhile.
    fn close_async_generator(&mut self, generator: &Rc<Generator>) -> PyResult<()> {
        let mut with = Resume::Throw(self.raise(Kind::GeneratorExit, ""));
        loop {
            self.tick()?;
            match self.resume(generator, with) {
                Ok(Resumed::Yielded(_)) if generator.is_delegating() => with = Resume::Send(Value::None),
                Ok(_) => return Ok(()),
                Err(raised) => return Err(raised),
            }
        }
    }

    fn finalize_one(&mut self, gone: Gone) -> PyResult<()> {
        match gone {
            Gone::Generator(function, pc, values) => {
                let generator = Generator::standing(function, pc, values);
                match generator.kind() {
                    CodeKind::AsyncGenerator => self.close_async_generator(&generator),
                    _ => self.close_generator(&generator),
                }
            }
            Gone::Instance(instance) => {
                let value = Value::Instance(instance);
                let class = self.class_of(&value);
                match class.lookup(&Str::interned("__del__")) {
                    Some(found) => {
                        let bound = self.bind(&found, &value, &class)?;
                        self.call(&bound, ()).map(drop)
                    }
                    None => Ok(()),
                }
            }
            Gone::Watched => {
                let watching = self.hosted(|_| Watching::default());
                let over: Vec<Watch> =
                    watching.0.borrow_mut().extract_if(.., |watch| watch.target.strong_count() == 0).collect();
                // The reference that was made last is told first.
                for watch in over.into_iter().rev() {
                    if let Some(reference) = watch.reference.upgrade() {
                        self.call(&watch.callback, [Value::Instance(reference)])?;
                    }
                }
                Ok(())
            }
        }
    }
}
