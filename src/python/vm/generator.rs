//! Generators, coroutines and asynchronous generators: frames that stand still.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread::LocalKey;

use super::frame::{Feeds, Frame};
use super::run::Outcome;
use crate::python::code::{CodeKind, Op};
use crate::python::exceptions::Kind;
use crate::python::object::roll::{self, Enrolled, First, Link};
use crate::python::object::{Args, Class, Function, Gone, NativeFunction, PyResult, Raised, Str, Value, farewell};
use crate::python::vm::Vm;

/// A generator, coroutine or asynchronous generator.
pub struct Generator {
    /// `__name__`
    pub name: RefCell<Str>,
    /// `__qualname__`
    pub qualname: RefCell<Str>,
    /// The function that made it.
    pub function: Rc<Function>,
    phase: Cell<Phase>,
    /// The next instruction, while it stands still.
    pc: Cell<usize>,
    /// Its slots and stack while it stands still; room for them while it runs.
    values: Cell<Vec<Value>>,
    /// The exception that it was handling when it yielded.
    handled: RefCell<Option<Value>>,
    /// What was being handled by the `for` that its frame feeds.
    outer: RefCell<Option<Value>>,
    started: Cell<bool>,
    link: Link<Generator>,
}

impl Enrolled for Generator {
    fn link(&self) -> &Link<Self> {
        &self.link
    }

    fn first() -> &'static LocalKey<First<Self>> {
        thread_local! {
            static FIRST: First<Generator> = const { Cell::new(std::ptr::null()) };
        }
        &FIRST
    }

    fn surrender(&self) -> Box<dyn Any> {
        Box::new((self.dismantle(), self.handled.take(), self.outer.take()))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Standing still.
    Suspended,
    Running,
    Done,
}

/// What a generator is resumed with.
pub enum Resume {
    /// The value of the `yield`.
    Send(Value),
    /// An exception raised at the `yield`.
    Throw(Raised),
}

/// What became of a resumed generator.
pub enum Resumed {
    /// It yielded.
    Yielded(Value),
    /// It returned.
    Returned(Value),
}

impl Generator {
    pub(super) fn new(function: Rc<Function>, values: Vec<Value>) -> Rc<Self> {
        let (name, qualname) = (function.name.clone(), function.qualname.clone());
        let generator = Rc::new(Self {
            name,
            qualname,
            phase: Cell::new(Phase::Suspended),
            pc: Cell::new(0),
            values: Cell::new(values),
            handled: RefCell::new(None),
            outer: RefCell::new(None),
            started: Cell::new(false),
            link: Link::default(),
            function,
        });
        roll::enroll(&generator);
        generator
    }

    /// One that stands where another stood when it went.
    pub(super) fn standing(function: Rc<Function>, pc: usize, values: Vec<Value>) -> Rc<Self> {
        let generator = Self::new(function, values);
        generator.started.set(true);
        generator.pc.set(pc);
        generator
    }

    /// Which of the three it is.
    pub fn kind(&self) -> CodeKind {
        self.function.code.kind
    }

    /// Has it ended?
    pub fn is_done(&self) -> bool {
        self.phase.get() == Phase::Done
    }

    /// Is it running?
    pub fn is_running(&self) -> bool {
        self.phase.get() == Phase::Running
    }

    /// Does it stand at an `await` or `yield from` rather than at a `yield`?
    pub(super) fn is_delegating(&self) -> bool {
        self.phase.get() == Phase::Suspended && matches!(self.function.code.ops.get(self.pc.get()), Some(Op::YieldFrom))
    }

    fn word(&self) -> &'static str {
        match self.kind() {
            CodeKind::Coroutine => "coroutine",
            CodeKind::AsyncGenerator => "async generator",
            _ => "generator",
        }
    }

    /// Puts its slots and stack away, which stand from `base` on.
    #[inline]
    pub(super) fn put_away(&self, pc: usize, stack: &mut Vec<Value>, base: usize, handled: Option<Value>) {
        let mut values = self.values.take();
        move_tail(stack, base, &mut values);
        self.suspend(pc, values, handled);
    }

    #[inline]
    fn suspend(&self, pc: usize, values: Vec<Value>, handled: Option<Value>) {
        let mut own = self.handled.borrow_mut();
        if handled.is_some() || own.is_some() {
            *own = handled;
        }
        drop(own);
        self.pc.set(pc);
        self.values.set(values);
        self.phase.set(Phase::Suspended);
    }

    /// Ends it where it stands, and gives its slots and stack: for the end of a machine.
    pub(super) fn dismantle(&self) -> Vec<Value> {
        self.phase.set(Phase::Done);
        self.values.take()
    }

    pub(super) fn finish(&self) {
        self.phase.set(Phase::Done);
        let old = self.values.take();
        drop(old);
    }
}

/// Moves what stands from `at` on to the end of another stack.
#[inline]
fn move_tail(from: &mut Vec<Value>, at: usize, to: &mut Vec<Value>) {
    let Some(count) = from.len().checked_sub(at) else { return };
    to.reserve(count);
    // SAFETY: the `count` values from `at` on are initialised, `to` has room for them, and as `from` is cut before they
    // are copied, each has one owner.
    #[expect(unsafe_code, reason = "every `yield` does this, and draining one by one takes twice as long")]
    unsafe {
        from.set_len(at);
        let end = to.len();
        std::ptr::copy_nonoverlapping(from.as_ptr().add(at), to.as_mut_ptr().add(end), count);
        to.set_len(end + count);
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        roll::leave(self);
        if self.phase.get() != Phase::Suspended {
            return;
        }
        let values = self.values.take();
        let closes = self.started.get() && !self.function.code.handlers.is_empty();
        if closes && self.kind() != CodeKind::Coroutine && farewell::is_open() {
            farewell::say(Gone::Generator(self.function.clone(), self.pc.get(), values));
            return;
        }
        drop(Value::list(values));
    }
}

impl Vm {
    /// Which of the three kinds a generator is.
    pub fn generator_class(&self, generator: &Generator) -> Rc<Class> {
        match generator.kind() {
            CodeKind::Coroutine => self.types.coroutine.clone(),
            CodeKind::AsyncGenerator => self.types.async_generator.clone(),
            _ => self.types.generator.clone(),
        }
    }

    /// Runs a generator to its next `yield`; `None` where it returned. (The value it returned is lost: as for `next`.)
    pub fn resume_generator(&mut self, generator: &Rc<Generator>, sent: Value) -> PyResult<Option<Value>> {
        if self.stands_ready(generator) && (generator.started.get() || sent.is_none()) {
            let before = self.handled.clone();
            self.stand_up(generator, sent, None);
            return match self.run() {
                Ok(Outcome::Yielded(value)) => {
                    self.settle(generator, before);
                    Ok(Some(value))
                }
                Ok(Outcome::Returned(_)) => {
                    self.handled = before;
                    generator.finish();
                    Ok(None)
                }
                Err(raised) => {
                    self.handled = before;
                    generator.finish();
                    Err(self.convert_stop(generator, raised))
                }
            };
        }
        match self.resume(generator, Resume::Send(sent))? {
            Resumed::Yielded(value) => Ok(Some(value)),
            Resumed::Returned(_) => Ok(None),
        }
    }

    /// Runs a generator on.
    pub fn resume(&mut self, generator: &Rc<Generator>, with: Resume) -> PyResult<Resumed> {
        match generator.phase.replace(Phase::Running) {
            Phase::Suspended => {}
            Phase::Running => {
                let word = generator.word();
                return Err(self.value_error(format!("{word} already executing")));
            }
            Phase::Done => {
                generator.phase.set(Phase::Done);
                return match with {
                    Resume::Throw(raised) => Err(raised),
                    Resume::Send(_) if generator.kind() == CodeKind::Coroutine => {
                        Err(self.raise(Kind::RuntimeError, "cannot reuse already awaited coroutine"))
                    }
                    Resume::Send(_) => Ok(Resumed::Returned(Value::None)),
                };
            }
        }
        let (mut pc, mut values) = (generator.pc.get(), generator.values.take());
        let mut thrown = None;
        match with {
            Resume::Send(sent) => {
                if pc == 0 && !generator.started.get() {
                    if !sent.is_none() {
                        generator.suspend(pc, values, None);
                        let word = generator.word();
                        return Err(self.type_error(format!("can't send non-None value to a just-started {word}")));
                    }
                } else {
                    values.push(sent);
                }
            }
            Resume::Throw(raised) => {
                let code = &generator.function.code;
                let delegate = match code.ops.get(pc) {
                    Some(Op::YieldFrom) if generator.started.get() => values.last().cloned(),
                    _ => None,
                };
                match delegate {
                    Some(inner) => match self.throw_into(&inner, raised) {
                        Ok(Resumed::Yielded(value)) => {
                            generator.suspend(pc, values, None);
                            return Ok(Resumed::Yielded(value));
                        }
                        Ok(Resumed::Returned(value)) => {
                            values.pop();
                            values.push(value);
                            pc += 1;
                        }
                        Err(raised) => thrown = Some(raised),
                    },
                    None => thrown = Some(raised),
                }
            }
        }
        if !generator.started.replace(true) && thrown.is_some() {
            // It never ran: the exception passes its first line.
            if let Some(raised) = thrown {
                generator.finish();
                self.add_traceback(&raised, &generator.function.code, 0);
                return Err(raised);
            }
            return Ok(Resumed::Returned(Value::None));
        }
        if self.depth >= self.watch.limits.recursion {
            generator.suspend(pc, values, None);
            return Err(self.raise(Kind::RecursionError, "maximum recursion depth exceeded"));
        }
        let base = self.stack.len();
        self.stack.append(&mut values);
        let before = self.handled.clone();
        if let Some(own) = generator.handled.take() {
            self.handled = Some(own);
        }
        generator.values.set(values);
        self.push_frame_at(generator.function.clone(), Some(generator.clone()), None, (base, base, pc), true);
        let outcome = match thrown {
            Some(raised) => self.run_raising(raised),
            None => self.run(),
        };
        match outcome {
            Ok(Outcome::Yielded(value)) => {
                self.settle(generator, before);
                Ok(Resumed::Yielded(value))
            }
            Ok(Outcome::Returned(value)) => {
                self.handled = before;
                generator.finish();
                Ok(Resumed::Returned(value))
            }
            Err(raised) => {
                self.handled = before;
                generator.finish();
                Err(self.convert_stop(generator, raised))
            }
        }
    }

    /// A generator has yielded: what it was handling stays with it, what its caller was handling comes back.
    #[inline]
    fn settle(&mut self, generator: &Generator, before: Option<Value>) {
        let own = std::mem::replace(&mut self.handled, before);
        let Some(own) = own else { return };
        if !self.handled.as_ref().is_some_and(|outer| own.is(outer)) {
            *generator.handled.borrow_mut() = Some(own);
        }
    }

    /// Can the generator simply go on?
    #[inline]
    fn stands_ready(&self, generator: &Generator) -> bool {
        generator.phase.get() == Phase::Suspended
            && generator.kind() == CodeKind::Generator
            && generator.handled.borrow().is_none()
            && self.depth < self.watch.limits.recursion
    }

    /// Puts the frame of a generator that stands ready on top.
    #[inline]
    fn stand_up(&mut self, generator: &Rc<Generator>, sent: Value, feeds: Option<Feeds>) {
        generator.phase.set(Phase::Running);
        let base = self.stack.len();
        let mut values = generator.values.take();
        self.stack.append(&mut values);
        generator.values.set(values);
        if generator.started.replace(true) {
            self.stack.push(sent);
        }
        let place = (base, base, generator.pc.get());
        self.push_frame_at(generator.function.clone(), Some(generator.clone()), feeds, place, feeds.is_none());
    }

    /// Has the generator on top of the stack run in the same loop as the `for` that asks for its next item. False, and
    /// nothing done, where something other than a generator that stands ready is there.
    pub(super) fn enter_generator(&mut self, target: u32, slot: u32) -> PyResult<bool> {
        let Some(Value::Generator(generator)) = self.stack.last() else { return Ok(false) };
        if !self.stands_ready(generator) {
            return Ok(false);
        }
        let generator = generator.clone();
        if self.handled.is_some() {
            *generator.outer.borrow_mut() = self.handled.clone();
        }
        self.stand_up(&generator, Value::None, Some(Feeds { target, slot }));
        Ok(true)
    }

    /// Gives what the generator's frame on top yields to the `for` that it feeds. False where it feeds none.
    #[inline]
    pub(super) fn feed(&mut self, value: &mut Value, pc: usize) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let (Some(feeds), Some(generator)) = (frame.feeds, &frame.generator) else { return false };
        let return_to = frame.return_to;
        let mut own = None;
        if self.handled.is_some() || generator.outer.borrow().is_some() {
            let outer = generator.outer.take();
            own = std::mem::replace(&mut self.handled, outer);
            if let (Some(handled), Some(outer)) = (&own, &self.handled)
                && handled.is(outer)
            {
                own = None;
            }
        }
        generator.put_away(pc, &mut self.stack, frame.base, own);
        self.drop_frame();
        self.leave(return_to);
        let value = std::mem::replace(value, Value::Unset);
        match feeds.slot {
            Feeds::STACK => self.stack.push(value),
            slot => {
                let below = self.frames.last().map_or(0, |below| below.base);
                self.stack[below + slot as usize] = value;
            }
        }
        true
    }

    /// A generator's frame that fed a `for` has returned: the `for` is over.
    pub(super) fn end_feeding(&mut self, frame: Frame) {
        self.leave(frame.return_to);
        if let (Some(feeds), Some(generator)) = (frame.feeds, &frame.generator) {
            self.handled = generator.outer.take();
            generator.finish();
            self.stack.pop();
            self.pc = feeds.target as usize;
        }
    }

    /// The exception that was being handled by the `for` that a generator's frame feeds.
    pub(super) fn take_outer(generator: &Generator) -> Option<Value> {
        generator.outer.take()
    }

    /// A `StopIteration` that escapes a generator's body is a mistake in it.
    pub(super) fn convert_stop(&mut self, generator: &Generator, raised: Raised) -> Raised {
        let stop = raised.is(self.exceptions.get(Kind::StopIteration));
        let async_stop =
            generator.kind() == CodeKind::AsyncGenerator && raised.is(self.exceptions.get(Kind::StopAsyncIteration));
        if !stop && !async_stop {
            return raised;
        }
        let what = if stop { "StopIteration" } else { "StopAsyncIteration" };
        let word = generator.word();
        let error = self.raise(Kind::RuntimeError, format!("{word} raised {what}"));
        if let Some(state) = error.0.exception_state() {
            *state.cause.borrow_mut() = Some(raised.value());
            *state.context.borrow_mut() = Some(raised.value());
            state.suppress_context.set(true);
        }
        error
    }

    /// Raises an exception in the iterator that a generator delegates to.
    fn throw_into(&mut self, inner: &Value, raised: Raised) -> PyResult<Resumed> {
        let exit = raised.is(self.exceptions.get(Kind::GeneratorExit));
        if let Value::Generator(inner) = inner {
            if exit {
                self.close_generator(inner)?;
                return Err(raised);
            }
            return self.resume(inner, Resume::Throw(raised));
        }
        if exit {
            if let Some(close) = self.get_attr_opt(inner, "close")? {
                self.call(&close, ())?;
            }
            return Err(raised);
        }
        match self.get_attr_opt(inner, "throw")? {
            Some(throw) => match self.call(&throw, [raised.value()]) {
                Ok(value) => Ok(Resumed::Yielded(value)),
                Err(raised) => self.stop_value(raised).map(Resumed::Returned),
            },
            None => Err(raised),
        }
    }

    /// The value of a `StopIteration`; any other exception is raised on.
    pub(super) fn stop_value(&mut self, raised: Raised) -> PyResult<Value> {
        if !raised.is(self.exceptions.get(Kind::StopIteration)) {
            return Err(raised);
        }
        let state = raised.0.exception_state();
        let value = state.and_then(|state| state.field("value").or_else(|| state.args.borrow().first().cloned()));
        Ok(value.unwrap_or(Value::None))
    }

    /// Sends into anything that `yield from` and `await` wait on.
    pub(super) fn send_into(&mut self, inner: &Value, sent: Value) -> PyResult<Resumed> {
        match inner {
            Value::Generator(generator) => self.resume(generator, Resume::Send(sent)),
            _ if sent.is_none() => match self.next_or_value(inner)? {
                Ok(value) => Ok(Resumed::Yielded(value)),
                Err(value) => Ok(Resumed::Returned(value)),
            },
            _ => match self.call_method(inner, "send", [sent]) {
                Ok(value) => Ok(Resumed::Yielded(value)),
                Err(raised) => self.stop_value(raised).map(Resumed::Returned),
            },
        }
    }

    /// The next item, or the value that the iterator returned with its end.
    fn next_or_value(&mut self, iterator: &Value) -> PyResult<Result<Value, Value>> {
        if let Value::Iter(_) = iterator {
            return Ok(self.next(iterator)?.ok_or(Value::None));
        }
        let name = self.names.next.clone();
        match self.call_special(iterator, &name, &[]) {
            Ok(Some(value)) => Ok(Ok(value)),
            Ok(None) => {
                let given = self.type_name(iterator);
                Err(self.type_error(format!("'{given}' object is not an iterator")))
            }
            Err(raised) => self.stop_value(raised).map(Err),
        }
    }

    /// `generator.close()`
    pub fn close_generator(&mut self, generator: &Rc<Generator>) -> PyResult<()> {
        if generator.is_done() {
            return Ok(());
        }
        if !generator.started.get() && !generator.is_running() {
            generator.finish();
            return Ok(());
        }
        let exit = self.raise(Kind::GeneratorExit, "");
        match self.resume(generator, Resume::Throw(exit)) {
            Ok(Resumed::Yielded(_)) => {
                let word = generator.word();
                Err(self.raise(Kind::RuntimeError, format!("{word} ignored GeneratorExit")))
            }
            Ok(Resumed::Returned(_)) => Ok(()),
            Err(raised)
                if raised.is(self.exceptions.get(Kind::GeneratorExit))
                    || raised.is(self.exceptions.get(Kind::StopIteration)) =>
            {
                Ok(())
            }
            Err(raised) => Err(raised),
        }
    }

    /// Runs a coroutine, or anything awaitable, to its end: the event loop where nothing ever waits.
    pub fn run_awaitable(&mut self, awaitable: &Value) -> PyResult {
        let inner = self.awaitable_iterator(awaitable)?;
        loop {
            self.tick()?;
            match self.send_into(&inner, Value::None)? {
                Resumed::Yielded(_) => {}
                Resumed::Returned(value) => return Ok(value),
            }
        }
    }

    /// What `await value` waits on.
    pub(super) fn awaitable_iterator(&mut self, value: &Value) -> PyResult {
        if let Value::Generator(generator) = value
            && generator.kind() == CodeKind::Coroutine
        {
            return Ok(value.clone());
        }
        if value.payload::<AsyncStep>().is_some() {
            return Ok(value.clone());
        }
        let found = self.call_special(value, &Str::interned("__await__"), &[])?;
        match found {
            Some(iterator) if self.is_iterator(&iterator) => Ok(iterator),
            Some(other) => {
                let given = self.type_name(&other);
                Err(self.type_error(format!("__await__() returned non-iterator of type '{given}'")))
            }
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("object {given} can't be used in 'await' expression")))
            }
        }
    }

    fn stop_with(&mut self, value: Value) -> Raised {
        let raised = self.raise(Kind::StopIteration, "");
        if let Some(state) = raised.0.exception_state()
            && !value.is_none()
        {
            state.args.borrow_mut().push(value.clone());
        }
        if let Some(state) = raised.0.exception_state() {
            state.set_field("value", value);
        }
        raised
    }

    fn generator_arg(&mut self, args: &Args) -> PyResult<Rc<Generator>> {
        match &args[0] {
            Value::Generator(generator) => Ok(generator.clone()),
            other => {
                let given = self.type_name(other);
                Err(self.type_error(format!("descriptor requires a 'generator' object but received a '{given}'")))
            }
        }
    }

    /// The exception that `throw(type, value, traceback)` means.
    fn thrown_arg(&mut self, args: &Args) -> PyResult<Raised> {
        let first = args[1].clone();
        let value = args.some(2).cloned();
        match (&first, value) {
            (Value::Class(class), value) if self.is_exception_class(&first) => match value {
                Some(Value::Instance(instance)) if instance.exception_state().is_some() => Ok(Raised(instance)),
                Some(value) => self.new_exception(class, [value]),
                None => self.new_exception(class, ()),
            },
            (Value::Instance(instance), None) if instance.exception_state().is_some() => Ok(Raised(instance.clone())),
            (Value::Instance(_), Some(_)) if self.is_exception(&first) => {
                Err(self.type_error("instance exception may not have a separate value"))
            }
            _ => {
                let given = self.type_name(&first);
                Err(self.type_error(format!(
                    "exceptions must be classes or instances deriving from BaseException, not {given}"
                )))
            }
        }
    }
}

/// One step of an asynchronous generator: what `__anext__`, `asend`, `athrow` and `aclose` give to be awaited.
struct AsyncStep {
    generator: Rc<Generator>,
    first: RefCell<Option<Resume>>,
    closing: bool,
}

fn finish(vm: &mut Vm, resumed: Resumed) -> PyResult {
    match resumed {
        Resumed::Yielded(value) => Ok(value),
        Resumed::Returned(value) => Err(vm.stop_with(value)),
    }
}

fn generator_next(vm: &mut Vm, args: Args) -> PyResult {
    let generator = vm.generator_arg(&args)?;
    let resumed = vm.resume(&generator, Resume::Send(Value::None))?;
    finish(vm, resumed)
}

fn generator_send(vm: &mut Vm, args: Args) -> PyResult {
    let generator = vm.generator_arg(&args)?;
    let resumed = vm.resume(&generator, Resume::Send(args[1].clone()))?;
    finish(vm, resumed)
}

fn generator_throw(vm: &mut Vm, args: Args) -> PyResult {
    let generator = vm.generator_arg(&args)?;
    let raised = vm.thrown_arg(&args)?;
    let resumed = vm.resume(&generator, Resume::Throw(raised))?;
    finish(vm, resumed)
}

fn generator_close(vm: &mut Vm, args: Args) -> PyResult {
    let generator = vm.generator_arg(&args)?;
    vm.close_generator(&generator)?;
    Ok(Value::None)
}

fn give_self(_vm: &mut Vm, mut args: Args) -> PyResult {
    Ok(args.take(0))
}

fn async_step(vm: &mut Vm, args: &Args, first: Resume, closing: bool) -> PyResult {
    let generator = vm.generator_arg(args)?;
    let class = vm.async_step_class.clone();
    let step = AsyncStep { generator, first: RefCell::new(Some(first)), closing };
    Ok(crate::python::object::Instance::native(class, step).into())
}

fn async_next(vm: &mut Vm, args: Args) -> PyResult {
    async_step(vm, &args, Resume::Send(Value::None), false)
}

fn async_send(vm: &mut Vm, args: Args) -> PyResult {
    let value = args[1].clone();
    async_step(vm, &args, Resume::Send(value), false)
}

fn async_throw(vm: &mut Vm, args: Args) -> PyResult {
    let raised = vm.thrown_arg(&args)?;
    async_step(vm, &args, Resume::Throw(raised), false)
}

fn async_close(vm: &mut Vm, args: Args) -> PyResult {
    let raised = vm.raise(Kind::GeneratorExit, "");
    async_step(vm, &args, Resume::Throw(raised), true)
}

fn step_send(vm: &mut Vm, args: Args) -> PyResult {
    let target = args[0].clone();
    let Some(step) = target.payload::<AsyncStep>() else { return Ok(Value::None) };
    let with = match step.first.take() {
        Some(first) => first,
        None => Resume::Send(args.get(1).cloned().unwrap_or(Value::None)),
    };
    let generator = step.generator.clone();
    if step.closing && (generator.is_done() || (!generator.started.get() && !generator.is_running())) {
        generator.finish();
        return Err(vm.stop_with(Value::None));
    }
    match vm.resume(&generator, with) {
        // Inside an `await` of its own: whoever drives the loop gets that.
        Ok(Resumed::Yielded(value)) if generator.is_delegating() => Ok(value),
        Ok(Resumed::Yielded(_)) if step.closing => {
            Err(vm.raise(Kind::RuntimeError, "async generator ignored GeneratorExit"))
        }
        Ok(Resumed::Yielded(value)) => Err(vm.stop_with(value)),
        Ok(Resumed::Returned(_)) if step.closing => Err(vm.stop_with(Value::None)),
        Ok(Resumed::Returned(_)) => Err(vm.raise(Kind::StopAsyncIteration, "")),
        Err(raised)
            if step.closing
                && (raised.is(vm.exceptions.get(Kind::GeneratorExit))
                    || raised.is(vm.exceptions.get(Kind::StopAsyncIteration))) =>
        {
            Err(vm.stop_with(Value::None))
        }
        Err(raised) => Err(raised),
    }
}

/// Gives the three types their methods.
pub(super) fn install(vm: &mut Vm) {
    type Method = (&'static str, u8, u8, crate::python::object::NativeFn);
    fn add(class: &Rc<Class>, methods: &[Method]) {
        for (name, least, most, code) in methods {
            let owner = class.name();
            let function = NativeFunction::arity(name, *least, *most, *code).method_of(&owner);
            *function.owner.borrow_mut() = Some(Rc::downgrade(class));
            class.set(Str::interned(name), function.into_value());
        }
    }
    const COMMON: &[Method] =
        &[("send", 2, 2, generator_send), ("throw", 2, 4, generator_throw), ("close", 1, 1, generator_close)];
    add(&vm.types.generator.clone(), COMMON);
    add(&vm.types.generator.clone(), &[("__iter__", 1, 1, give_self), ("__next__", 1, 1, generator_next)]);
    add(&vm.types.coroutine.clone(), COMMON);
    add(&vm.types.coroutine.clone(), &[("__await__", 1, 1, give_self)]);
    add(
        &vm.types.async_generator.clone(),
        &[
            ("__aiter__", 1, 1, give_self),
            ("__anext__", 1, 1, async_next),
            ("asend", 2, 2, async_send),
            ("athrow", 2, 4, async_throw),
            ("aclose", 1, 1, async_close),
        ],
    );
    add(
        &vm.async_step_class.clone(),
        &[
            ("__await__", 1, 1, give_self),
            ("__iter__", 1, 1, give_self),
            ("__next__", 1, 1, step_send),
            ("send", 2, 2, step_send),
        ],
    );
}
