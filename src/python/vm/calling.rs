//! Calls as the run loop makes them: function and arguments stand on the stack, and a Python function's frame goes on top
//! instead of a loop of its own.

use std::rc::Rc;

use crate::python::code::CodeKind;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, Function, Instance, Layout, Making, PyResult, Str, Value, farewell};
use crate::python::vm::Vm;

/// What a call does to the loop.
pub(super) enum Called {
    /// The result stands on the stack.
    Done,
    /// A frame stands on top.
    Entered,
}

impl Vm {
    /// `function self arguments → result`, or a frame on top.
    #[inline]
    pub(super) fn call_here(&mut self, count: usize) -> PyResult<Called> {
        self.tick()?;
        if farewell::waits() {
            self.finalize()?;
        }
        let at = self.stack.len() - count - 2;
        if let Value::Native(native) = &self.stack[at]
            && let Some(quick) = native.quick.get()
        {
            let first = if self.stack[at + 1].is_unset() { at + 2 } else { at + 1 };
            if let Some(value) = quick(&self.stack[first..]) {
                while self.stack.len() > at {
                    self.pop().discard();
                }
                self.stack.push(value);
                return Ok(Called::Done);
            }
        }
        loop {
            match &self.stack[at] {
                Value::Function(function) => {
                    let base = if self.stack[at + 1].is_unset() { at + 2 } else { at + 1 };
                    let given = self.stack.len() - base;
                    let code = &function.code;
                    if !code.simple || given != code.parameters.positional as usize {
                        let function = function.clone();
                        return self.call_bound(function, base, at, Vec::new());
                    }
                    if code.kind != CodeKind::Plain {
                        let function = function.clone();
                        self.start(function, base, at, false)?;
                        return Ok(Called::Done);
                    }
                    let slots = code.slots.len();
                    if self.depth >= self.watch.limits.recursion {
                        self.stack.truncate(at);
                        return Err(self.too_deep());
                    }
                    let Value::Function(function) = std::mem::replace(&mut self.stack[at], Value::Unset) else {
                        return Ok(Called::Done);
                    };
                    self.fill_slots(base + slots);
                    if function.code.free > 0 {
                        self.fill_free(&function, base);
                    }
                    self.push_frame(function, base, at, false);
                    return Ok(Called::Entered);
                }
                Value::BoundMethod(method) if self.stack[at + 1].is_unset() => {
                    let (function, receiver) = (method.function.clone(), method.receiver.clone());
                    self.stack[at] = function;
                    self.stack[at + 1] = receiver;
                }
                Value::Class(class) if self.stack[at + 1].is_unset() => {
                    let class = class.clone();
                    match self.making(&class) {
                        Making::Plain(init) => {
                            let instance = Value::Instance(Instance::new(class));
                            return self.call_init(init, instance, at, Vec::new());
                        }
                        Making::Exception => {
                            let args = self.stack.split_off(at + 2);
                            self.stack.truncate(at);
                            let exception = crate::python::exceptions::make(self, class, args);
                            self.stack.push(exception.into());
                            return Ok(Called::Done);
                        }
                        Making::Called => break,
                    }
                }
                _ => break,
            }
        }
        let first = if self.stack[at + 1].is_unset() { at + 2 } else { at + 1 };
        let mut positional = smallvec::SmallVec::new();
        for value in &mut self.stack[first..] {
            positional.push(std::mem::replace(value, Value::Unset));
        }
        let args = Args { positional, keywords: Vec::new() };
        let callable = std::mem::replace(&mut self.stack[at], Value::Unset);
        self.stack.truncate(at);
        let result = match &callable {
            Value::Native(native) => self.call_native(native, args)?,
            _ => self.call_args(&callable, args)?,
        };
        self.stack.push(result);
        Ok(Called::Done)
    }

    /// How a call of the class makes an instance.
    #[inline]
    fn making(&self, class: &Rc<Class>) -> Making {
        let known = class.making.borrow();
        if known.0 == class.version() {
            return known.1.clone();
        }
        drop(known);
        let making = self.find_making(class).unwrap_or_default();
        *class.making.borrow_mut() = (class.version(), making.clone());
        making
    }

    fn find_making(&self, class: &Rc<Class>) -> Option<Making> {
        let metaclass = class.metaclass()?;
        if !Rc::ptr_eq(&metaclass, &self.types.type_) {
            return None;
        }
        let (new, init) = (class.lookup(&self.names.new)?, class.lookup(&self.names.init)?);
        match class.layout {
            Layout::Object if !class.native => match init {
                Value::Function(init)
                    if init.code.kind == CodeKind::Plain && new.is(&self.types.object.lookup(&self.names.new)?) =>
                {
                    Some(Making::Plain(init))
                }
                _ => None,
            },
            Layout::Exception => {
                let base = self.exceptions.get(Kind::BaseException);
                let own = new.is(&base.lookup(&self.names.new)?) && init.is(&base.lookup(&self.names.init)?);
                let takes_more = [Kind::OSError, Kind::SyntaxError, Kind::ImportError]
                    .iter()
                    .any(|kind| class.derives_from(self.exceptions.get(*kind)));
                (own && !takes_more).then_some(Making::Exception)
            }
            _ => None,
        }
    }

    /// A call whose positional arguments stand from `base` on and don't simply fit.
    fn call_bound(
        &mut self,
        function: Rc<Function>,
        base: usize,
        return_to: usize,
        keywords: Vec<(Str, Value)>,
    ) -> PyResult<Called> {
        let args = Args { positional: self.stack.drain(base..).collect(), keywords };
        if let Err(raised) = self.bind_arguments(&function, args) {
            self.stack.truncate(return_to);
            return Err(raised);
        }
        let plain = function.code.kind == CodeKind::Plain;
        self.start(function, base, return_to, false)?;
        Ok(if plain { Called::Entered } else { Called::Done })
    }

    /// A call of a class: its `__init__`, the arguments standing from `at + 2` on; the instance stays at `at`.
    fn call_init(
        &mut self,
        init: Rc<Function>,
        instance: Value,
        at: usize,
        keywords: Vec<(Str, Value)>,
    ) -> PyResult<Called> {
        self.stack[at] = instance.clone();
        self.stack[at + 1] = instance;
        let base = at + 1;
        let given = self.stack.len() - base;
        let fits = init.code.simple && given == init.code.parameters.positional as usize && keywords.is_empty();
        if fits {
            self.start(init, base, base, false)?;
        } else {
            self.call_bound(init, base, base, keywords)?;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.init = true;
        }
        Ok(Called::Entered)
    }

    /// As [`Vm::call_here`], the last arguments named.
    pub(super) fn call_keywords(&mut self, count: usize, names: &Value) -> PyResult<Called> {
        self.tick()?;
        let Value::Tuple(names) = names else { return Ok(Called::Done) };
        let at = self.stack.len() - count - 2;
        let values = self.stack.split_off(self.stack.len() - names.len());
        let keywords = names
            .iter()
            .zip(values)
            .filter_map(|(name, value)| match name {
                Value::Str(name) => Some((name.clone(), value)),
                _ => None,
            })
            .collect();
        if let Value::BoundMethod(method) = &self.stack[at]
            && self.stack[at + 1].is_unset()
        {
            let (function, receiver) = (method.function.clone(), method.receiver.clone());
            self.stack[at] = function;
            self.stack[at + 1] = receiver;
        }
        let base = if self.stack[at + 1].is_unset() { at + 2 } else { at + 1 };
        if let Value::Function(function) = &self.stack[at] {
            let function = function.clone();
            return self.call_bound(function, base, at, keywords);
        }
        if let Value::Class(class) = &self.stack[at]
            && base == at + 2
        {
            let class = class.clone();
            if let Making::Plain(init) = self.making(&class) {
                let instance = Value::Instance(Instance::new(class));
                return self.call_init(init, instance, at, keywords);
            }
        }
        let args = Args { positional: self.stack.drain(base..).collect(), keywords };
        let callable = std::mem::replace(&mut self.stack[at], Value::Unset);
        self.stack.truncate(at);
        let result = self.call_args(&callable, args)?;
        self.stack.push(result);
        Ok(Called::Done)
    }

    /// `function nothing arguments [keywords] → result`
    pub(super) fn call_unpacked(&mut self, has_keywords: bool) -> PyResult<Called> {
        self.tick()?;
        let keywords = match has_keywords.then(|| self.pop()) {
            Some(Value::Dict(dict)) => dict.str_items(),
            _ => Vec::new(),
        };
        let args = self.pop();
        self.pop();
        let mut callable = self.pop();
        let mut positional = Vec::new();
        if let Value::BoundMethod(method) = &callable {
            positional.push(method.receiver.clone());
            let function = method.function.clone();
            callable = function;
        }
        if let Value::Tuple(items) = &args {
            positional.extend(items.iter().cloned());
        }
        if let Value::Function(function) = &callable {
            let return_to = self.stack.len();
            self.stack.extend(positional);
            return self.call_bound(function.clone(), return_to, return_to, keywords);
        }
        let args = Args { positional: positional.into(), keywords };
        let result = self.call_args(&callable, args)?;
        self.stack.push(result);
        Ok(Called::Done)
    }
}
