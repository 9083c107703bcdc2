//! Calls of functions written in Python: arguments into slots.

use std::rc::Rc;

use super::frame::Feeds;
use super::generator::Generator;
use super::run::Outcome;
use crate::python::code::{Code, CodeKind};
use crate::python::exceptions::Kind;
use crate::python::object::{
    Args, CellObject, Dict, Function, PyResult, Raised, Str, Tuple, Value, missing_text, too_many_text,
};
use crate::python::vm::Vm;

impl Vm {
    /// Calls a function written in Python.
    pub fn call_function(&mut self, function: &Rc<Function>, args: Args) -> PyResult {
        let return_to = self.stack.len();
        if let Err(raised) = self.bind_arguments(function, args) {
            self.stack.truncate(return_to);
            return Err(raised);
        }
        self.start(function.clone(), return_to, return_to, true)?;
        if function.code.kind != CodeKind::Plain {
            return Ok(self.stack.pop().unwrap_or(Value::None));
        }
        match self.run()? {
            Outcome::Returned(value) | Outcome::Yielded(value) => Ok(value),
        }
    }

    /// Runs the body of a class: a function of no arguments, its names going to `namespace`. Gives what it returns: the
    /// cell of the class, if its methods use one.
    pub fn run_class_body(&mut self, function: &Rc<Function>, namespace: Value) -> PyResult {
        let return_to = self.stack.len();
        self.start(function.clone(), return_to, return_to, true)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.namespace = Some(Box::new(namespace));
        }
        match self.run()? {
            Outcome::Returned(value) | Outcome::Yielded(value) => Ok(value),
        }
    }

    /// Runs the code of a module in `globals`.
    pub(super) fn run_code(&mut self, code: &Rc<Code>, globals: &Rc<Dict>) -> PyResult {
        let base = self.stack.len();
        self.enter()?;
        self.stack.resize(base + code.slots.len(), Value::Unset);
        let Value::Function(function) = self.make_function(code.clone(), 0, globals.clone()) else {
            return Err(self.raise(Kind::SystemError, "no function to run"));
        };
        self.push_frame(function, base, base, true);
        match self.run()? {
            Outcome::Returned(value) | Outcome::Yielded(value) => Ok(value),
        }
    }

    /// Fails where Python calls are nested too deep.
    #[inline]
    pub(super) fn enter(&mut self) -> PyResult<()> {
        if self.depth >= self.watch.limits.recursion {
            return Err(self.too_deep());
        }
        Ok(())
    }

    #[cold]
    pub(super) fn too_deep(&mut self) -> Raised {
        self.raise(Kind::RecursionError, "maximum recursion depth exceeded")
    }

    /// Puts a frame on top; the one below remembers where it stands.
    #[inline(always)]
    pub(super) fn push_frame(&mut self, function: Rc<Function>, base: usize, return_to: usize, entry: bool) {
        self.push_frame_at(function, None, None, (base, return_to, 0), entry);
    }

    /// The same, of a generator too, which goes on where it stood: the first slot, where the stack is cut in the end, the
    /// next instruction.
    #[inline(always)]
    pub(super) fn push_frame_at(
        &mut self,
        function: Rc<Function>,
        generator: Option<Rc<Generator>>,
        feeds: Option<Feeds>,
        (base, return_to, pc): (usize, usize, usize),
        entry: bool,
    ) {
        let count = self.frames.len();
        if count == self.frames.capacity() {
            self.more_frames();
        }
        if let Some(below) = self.frames.last_mut() {
            below.pc = self.pc;
        }
        self.pc = pc;
        self.depth += 1;
        // SAFETY: there is room for one more; all its fields are written, and then it is counted.
        #[expect(
            unsafe_code,
            reason = "written where it stands: a frame that is made first and moved there is read before \
                                        it is all written, which stalls"
        )]
        unsafe {
            let place = self.frames.as_mut_ptr().add(count);
            (&raw mut (*place).function).write(function);
            (&raw mut (*place).namespace).write(None);
            (&raw mut (*place).generator).write(generator);
            (&raw mut (*place).base).write(base);
            (&raw mut (*place).return_to).write(return_to);
            (&raw mut (*place).pc).write(pc);
            (&raw mut (*place).feeds).write(feeds);
            (&raw mut (*place).entry).write(entry);
            (&raw mut (*place).init).write(false);
            self.frames.set_len(count + 1);
        }
    }

    #[cold]
    fn more_frames(&mut self) {
        self.frames.reserve(64);
    }

    /// Unbound slots, up to where the stack of a frame begins.
    #[inline(always)]
    pub(super) fn fill_slots(&mut self, end: usize) {
        while self.stack.len() < end {
            self.stack.push(Value::Unset);
        }
    }

    /// The variables of the functions around, into their slots.
    #[inline]
    pub(super) fn fill_free(&mut self, function: &Function, base: usize) {
        let first = base + function.code.first_free as usize;
        let slots = self.stack[first..].iter_mut().take(function.code.free as usize);
        for (slot, cell) in slots.zip(&function.closure) {
            *slot = Value::Cell(cell.clone());
        }
    }

    /// Starts a function whose arguments stand in their slots from `base` on: pushes its frame, or, for a generator
    /// function, the generator in place of everything from `return_to` on.
    #[inline]
    pub(super) fn start(&mut self, function: Rc<Function>, base: usize, return_to: usize, entry: bool) -> PyResult<()> {
        let code = &function.code;
        if code.kind == CodeKind::Plain
            && let Err(raised) = self.enter()
        {
            self.stack.truncate(return_to);
            return Err(raised);
        }
        self.fill_slots(base + code.slots.len());
        if code.free > 0 {
            self.fill_free(&function, base);
        }
        if code.kind != CodeKind::Plain {
            let values = self.stack.split_off(base);
            self.stack.truncate(return_to);
            let generator = Generator::new(function, values);
            self.stack.push(Value::Generator(generator));
            return Ok(());
        }
        self.push_frame(function, base, return_to, entry);
        Ok(())
    }

    /// Pushes one value a parameter slot, or raises CPython's `TypeError`.
    pub(super) fn bind_arguments(&mut self, function: &Rc<Function>, args: Args) -> PyResult<()> {
        let code = &function.code;
        let counts = code.parameters;
        let positional = counts.positional as usize;
        let named = positional + counts.keyword_only as usize;
        let base = self.stack.len();
        let given = args.positional.len();
        let mut values = args.positional.into_iter();
        for _ in 0..positional {
            self.stack.push(values.next().unwrap_or(Value::Unset));
        }
        let rest: Vec<Value> = values.collect();
        self.stack.resize(base + named, Value::Unset);
        let excess = !rest.is_empty() && !counts.var_positional;
        if counts.var_positional {
            self.stack.push(Value::Tuple(Rc::new(Tuple::new(rest))));
        }
        let keyword_rest = counts.var_keyword.then(Dict::shared);
        if let Some(dict) = &keyword_rest {
            self.stack.push(Value::Dict(dict.clone()));
        }
        let mut wrongly_named: Vec<Str> = Vec::new();
        for (name, value) in args.keywords {
            let range = counts.positional_only as usize..named;
            match code.slots[range.clone()].iter().position(|slot| *slot == name) {
                Some(at) => {
                    let slot = base + range.start + at;
                    if !self.stack[slot].is_unset() {
                        let function = function.qualname.borrow().clone();
                        return Err(self.type_error(format!("{function}() got multiple values for argument '{name}'")));
                    }
                    self.stack[slot] = value;
                }
                None => match &keyword_rest {
                    Some(dict) => {
                        dict.set_str(name, value);
                    }
                    None if code.slots[..counts.positional_only as usize].contains(&name) => wrongly_named.push(name),
                    None => {
                        let function = function.qualname.borrow().clone();
                        return Err(
                            self.type_error(format!("{function}() got an unexpected keyword argument '{name}'"))
                        );
                    }
                },
            }
        }
        if !wrongly_named.is_empty() {
            let function = function.qualname.borrow().clone();
            let names: Vec<&str> = wrongly_named.iter().map(|name| name.as_str()).collect();
            let names = names.join(", ");
            return Err(self.type_error(format!(
                "{function}() got some positional-only arguments passed as keyword arguments: '{names}'"
            )));
        }
        let defaults = function.defaults.borrow().clone();
        if excess {
            let keyword_only_given = (positional..named).filter(|slot| !self.stack[base + slot].is_unset()).count();
            let name = function.qualname.borrow().clone();
            let optional = defaults.len().min(positional);
            return Err(self.type_error(too_many_text(&name, positional, optional, given, keyword_only_given)));
        }
        if given < positional {
            let first_default = positional.saturating_sub(defaults.len());
            let mut missing = Vec::new();
            for at in given..positional {
                if !self.stack[base + at].is_unset() {
                    continue;
                }
                match at.checked_sub(first_default).and_then(|at| defaults.get(at)) {
                    Some(default) => self.stack[base + at] = default.clone(),
                    None => missing.push(code.slots[at].clone()),
                }
            }
            if !missing.is_empty() {
                let name = function.qualname.borrow().clone();
                return Err(self.type_error(missing_text(&name, "positional", &missing)));
            }
        }
        if counts.keyword_only > 0 {
            let defaults = function.keyword_defaults.borrow().clone();
            let mut missing = Vec::new();
            for at in positional..named {
                if !self.stack[base + at].is_unset() {
                    continue;
                }
                match defaults.as_ref().and_then(|defaults| defaults.get_str(&code.slots[at])) {
                    Some(default) => self.stack[base + at] = default,
                    None => missing.push(code.slots[at].clone()),
                }
            }
            if !missing.is_empty() {
                let name = function.qualname.borrow().clone();
                return Err(self.type_error(missing_text(&name, "keyword-only", &missing)));
            }
        }
        Ok(())
    }

    /// Makes the function of an [`super::Op::MakeFunction`], its parts taken off the stack.
    pub(super) fn make_function(&mut self, code: Rc<Code>, parts: u8, globals: Rc<Dict>) -> Value {
        use crate::python::code::function_parts::{ANNOTATIONS, CLOSURE, DEFAULTS, KEYWORD_DEFAULTS};
        let mut closure: Vec<Rc<CellObject>> = Vec::new();
        if parts & CLOSURE != 0
            && let Some(Value::Tuple(cells)) = self.stack.pop()
        {
            closure.extend(cells.iter().filter_map(|cell| match cell {
                Value::Cell(cell) => Some(cell.clone()),
                _ => None,
            }));
        }
        let mut dict_part = |wanted: u8| match parts & wanted {
            0 => None,
            _ => match self.stack.pop() {
                Some(Value::Dict(dict)) => Some(dict),
                _ => None,
            },
        };
        let annotations = dict_part(ANNOTATIONS);
        let keyword_defaults = dict_part(KEYWORD_DEFAULTS);
        let mut defaults: Rc<[Value]> = Rc::from(Vec::new());
        if parts & DEFAULTS != 0
            && let Some(Value::Tuple(values)) = self.stack.pop()
        {
            defaults = Rc::from(values.to_vec());
        }
        let module = globals.get_str(&self.names.name).unwrap_or(Value::None);
        let doc = code.doc.clone().map_or(Value::None, Value::Str);
        Value::Function(Rc::new(Function {
            globals,
            defaults: defaults.into(),
            keyword_defaults: keyword_defaults.into(),
            closure,
            name: code.name.clone().into(),
            qualname: code.qualname.clone().into(),
            doc: doc.into(),
            module: module.into(),
            annotations: annotations.into(),
            dict: std::cell::OnceCell::new(),
            code,
        }))
    }
}
