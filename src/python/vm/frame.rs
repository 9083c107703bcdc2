//! [`Frame`]: a body that is running.

use std::rc::Rc;

use crate::diagnostics::Span;
use crate::python::code::{Code, Source};
use crate::python::object::{Dict, Function, Generator, Str, Value};
use crate::python::vm::Vm;

/// A running body. Its slots and its stack stand on the machine's stack from `base` on.
pub(crate) struct Frame {
    /// What runs; for a module, a function made for it.
    pub function: Rc<Function>,
    /// The namespace of a class body.
    pub namespace: Option<Box<Value>>,
    /// The generator that this is a run of.
    pub generator: Option<Rc<Generator>>,
    /// The first slot.
    pub base: usize,
    /// Where the stack is cut when it returns.
    pub return_to: usize,
    /// The instruction to go on with, while another frame runs on top.
    pub pc: usize,
    /// Its caller is a `for`.
    pub feeds: Option<Feeds>,
    /// Its caller is Rust: the loop ends with it.
    pub entry: bool,
    /// It is an `__init__` that a call of the class runs: the instance, which the call gives, stands where the stack is cut.
    pub init: bool,
}

impl Frame {
    /// Its code.
    #[inline(always)]
    pub fn code(&self) -> &Rc<Code> {
        &self.function.code
    }

    /// The module's names.
    #[inline(always)]
    pub fn globals(&self) -> &Rc<Dict> {
        &self.function.globals
    }
}

/// The `for` in the frame below that a generator's frame gives its items to.
#[derive(Clone, Copy)]
pub(crate) struct Feeds {
    /// Where that goes on after the last item.
    pub target: u32,
    /// The slot that its items go to; with [`Feeds::STACK`] they go to the stack.
    pub slot: u32,
}

impl Feeds {
    /// No slot.
    pub const STACK: u32 = u32::MAX;
}

/// A place in a program that is running.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The text.
    pub source: Rc<Source>,
    /// The place in it.
    pub span: Span,
    /// The function, class or module.
    pub name: Str,
}

impl CallSite {
    /// The one-based line.
    pub fn line(&self) -> u32 {
        self.source.line(self.span.start)
    }

    /// The one-based column.
    pub fn column(&self) -> u32 {
        self.source.place(self.span.start).column
    }
}

impl Vm {
    /// Where the innermost frame of a learner's code stands: what caused the native code that asks. `None` outside
    /// any.
    pub fn call_site(&self) -> Option<CallSite> {
        (0..self.frames.len()).rev().map(|at| self.site_of(at)).find(|site| !site.source.internal)
    }

    /// Every frame of a learner's code, innermost first.
    pub fn call_chain(&self) -> Vec<CallSite> {
        (0..self.frames.len()).rev().map(|at| self.site_of(at)).filter(|site| !site.source.internal).collect()
    }

    /// The learner's code that is meant by a level counted from whoever called the function that asks: 1 for its caller,
    /// 2 for that one's. Frames of the engine's own stand for those that CPython would have; the first of the learner's
    /// beyond them is given.
    pub(crate) fn caller_outside(&self, level: usize) -> Option<CallSite> {
        let asks = self.frames.last()?.code().source.filename.clone();
        let mut above = (0..self.frames.len()).rev().skip_while(|at| self.frames[*at].code().source.filename == asks);
        let last = above.clone().last();
        let at = above.nth(level.saturating_sub(1)).or(last)?;
        (0..=at).rev().map(|at| self.site_of(at)).find(|site| !site.source.internal).or_else(|| self.call_site())
    }

    fn site_of(&self, at: usize) -> CallSite {
        let frame = &self.frames[at];
        let next = if at + 1 == self.frames.len() { self.pc } else { frame.pc };
        let span = frame.code().span_of(next.saturating_sub(1) as u32);
        CallSite { source: frame.code().source.clone(), span, name: frame.code().name.clone() }
    }

    /// `globals()`: the names of the module whose code runs.
    pub fn current_globals(&self) -> Option<Rc<Dict>> {
        self.frames.last().map(|frame| frame.globals().clone())
    }

    /// The names of the module whose code runs, frames of the engine's own Python parts left out.
    pub fn learner_globals(&self) -> Option<Rc<Dict>> {
        let own = self.frames.iter().rev().find(|frame| !frame.code().source.internal);
        own.map(|frame| frame.globals().clone())
    }

    /// `locals()`: in a function a fresh dict of what is bound now; else the namespace itself.
    pub fn current_locals(&self) -> Option<Value> {
        let frame = self.frames.last()?;
        if let Some(namespace) = &frame.namespace {
            return Some((**namespace).clone());
        }
        if frame.code().has_namespace {
            return Some(Value::Dict(frame.globals().clone()));
        }
        let dict = Dict::new();
        for (at, name) in frame.code().slots.iter().enumerate() {
            if name.starts_with('.') {
                continue;
            }
            let value = match self.stack.get(frame.base + at) {
                Some(Value::Cell(cell)) if frame.code().is_cell(at as u32) => cell.get(),
                Some(value) => value.clone(),
                None => Value::Unset,
            };
            if !value.is_unset() {
                dict.set_str(name.clone(), value);
            }
        }
        Some(Value::Dict(Rc::new(dict)))
    }

    /// What `super()` without arguments means in the function that runs: the class it was defined in and its first
    /// argument, or CPython's words for why there is none.
    pub fn implicit_super(&self) -> Result<(Value, Value), &'static str> {
        let Some(frame) = self.frames.last() else { return Err("super(): no current frame") };
        let code = frame.code();
        if code.parameters.positional == 0 && !code.parameters.var_positional {
            return Err("super(): no arguments");
        }
        let first_at = if code.parameters.positional == 0 { usize::from(code.parameters.keyword_only) } else { 0 };
        let first = match self.stack.get(frame.base + first_at) {
            Some(Value::Cell(cell)) if code.is_cell(first_at as u32) => cell.get(),
            Some(value) => value.clone(),
            None => Value::Unset,
        };
        let first = match (&first, code.parameters.positional) {
            (Value::Tuple(items), 0) => items.first().cloned().unwrap_or(Value::Unset),
            _ => first,
        };
        if first.is_unset() {
            return Err("super(): no arguments");
        }
        let Some(slot) = code.slots.iter().position(|name| *name == "__class__") else {
            return Err("super(): __class__ cell not found");
        };
        match self.stack.get(frame.base + slot) {
            Some(Value::Cell(cell)) => match cell.get() {
                Value::Unset => Err("super(): empty __class__ cell"),
                class => Ok((class, first)),
            },
            _ => Err("super(): __class__ cell not found"),
        }
    }
}

impl Code {
    /// Does the slot hold a cell?
    pub(crate) fn is_cell(&self, slot: u32) -> bool {
        self.cells.contains(&slot) || (self.first_free..self.first_free + self.free).contains(&slot)
    }
}
