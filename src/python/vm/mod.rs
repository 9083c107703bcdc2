//! The virtual machine's state.

mod ask;
mod host;

use std::rc::Rc;

use super::exceptions::{Exceptions, Kind};
use super::object::{Dict, Fatal, Instance, ModuleObject, PyResult, Raised, Str, Value};
use super::types::Types;

/// A generator, coroutine or asynchronous generator: a frame that stands still.
pub struct Generator {
    /// `__name__`
    pub name: Str,
}

/// The interpreter: everything that a running program can reach. One thread, no globals.
pub struct Vm {
    /// The builtin types.
    pub types: Rc<Types>,
    /// The builtin exceptions.
    pub exceptions: Rc<Exceptions>,
    /// The names of special methods.
    pub names: Rc<super::ops::names::Names>,
    /// The names of `builtins`.
    pub builtins: Rc<Dict>,
    /// `sys.modules`
    pub modules: Rc<Dict>,
    /// What the program has printed.
    pub output: String,
    /// The exception being handled, for `raise` alone and `__context__`.
    pub handled: Option<Value>,
    /// How deep native and Python calls are nested.
    pub depth: usize,
    /// Steps until the limits are looked at again.
    pub steps_left: u64,
    /// Identities given out by `id()`, by address, with the object kept alive so that they stay its own.
    pub identities: super::ops::identity::Identities,
    /// The features that raised `Unsupported`, in order, even where a program caught it.
    pub unsupported_seen: Vec<String>,
    /// What native modules and hosts keep.
    pub hosted: super::modules::Hosted,
    /// Objects whose repr is being made, against endless recursion.
    pub(crate) repr_stack: Vec<usize>,
    /// What hosts keep with the machine.
    hosts: host::Hosts,
}

impl Vm {
    /// A machine with builtins and no modules.
    pub fn new() -> Self {
        let types = Rc::new(Types::bootstrap());
        let exceptions = Rc::new(Exceptions::bootstrap(&types));
        let mut vm = Self {
            types,
            exceptions,
            names: Rc::new(super::ops::names::Names::new()),
            builtins: Rc::default(),
            modules: Rc::default(),
            output: String::new(),
            handled: None,
            depth: 0,
            steps_left: 100_000_000,
            identities: Default::default(),
            unsupported_seen: Vec::new(),
            hosted: super::modules::Hosted::default(),
            repr_stack: Vec::new(),
            hosts: host::Hosts::default(),
        };
        super::types::install(&mut vm);
        super::exceptions::install(&mut vm);
        super::builtins::install(&mut vm);
        vm
    }

    /// Counts a step of native work; fails where a limit is hit. Called in every native iteration.
    pub fn tick(&mut self) -> PyResult<()> {
        if self.steps_left == 0 {
            return Err(self.fatal(Fatal::Steps));
        }
        self.steps_left -= 1;
        Ok(())
    }

    /// Looks at the memory limit before so many bytes are taken at once.
    pub fn reserve(&mut self, bytes: usize) -> PyResult<()> {
        if bytes > 256 << 20 {
            return Err(self.fatal(Fatal::Memory));
        }
        Ok(())
    }

    /// The end of the program past its handlers.
    pub fn fatal(&mut self, why: Fatal) -> Raised {
        let (kind, text) = match why {
            Fatal::Steps => (Kind::RuntimeError, "the program took too many steps"),
            Fatal::Memory => (Kind::MemoryError, "the program took too much memory"),
            Fatal::Output => (Kind::RuntimeError, "the program printed too much"),
            Fatal::Rows => (Kind::RuntimeError, "the program read too many rows"),
            Fatal::Time => (Kind::RuntimeError, "the program took too long"),
            Fatal::Stack => (Kind::RecursionError, "the program nested too deeply"),
            Fatal::Interrupt => (Kind::KeyboardInterrupt, ""),
        };
        let exception = Instance::exception(self.exceptions.get(kind).clone(), vec![Value::str(text)]);
        if let Some(state) = exception.exception_state() {
            state.fatal.set(Some(why));
        }
        Raised(exception)
    }

    /// Runs `body` one call deeper; fails with `RecursionError` where that is too deep.
    pub fn nested<T>(&mut self, doing: &str, body: impl FnOnce(&mut Vm) -> PyResult<T>) -> PyResult<T> {
        if self.depth >= 990 {
            return Err(self.raise(Kind::RecursionError, format!("maximum recursion depth exceeded{doing}")));
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    /// Makes a module importable.
    pub fn add_module(&mut self, module: Rc<ModuleObject>) {
        self.modules.set_str(module.name.clone(), Value::Module(module));
    }

    /// Calls a function written in Python.
    pub fn call_function(&mut self, _function: &Rc<super::object::Function>, _args: super::object::Args) -> PyResult {
        Err(self.unsupported("calling a function before the run loop exists"))
    }

    /// Runs a generator to its next `yield`.
    pub fn resume_generator(&mut self, _generator: &Rc<Generator>, _sent: Value) -> PyResult<Option<Value>> {
        Err(self.unsupported("generators before the run loop exists"))
    }
}

impl Default for Vm {
    fn default() -> Self {
        Self::new()
    }
}

impl Vm {
    /// Which of the three kinds a generator is.
    pub fn generator_class(&self, _generator: &Generator) -> Rc<super::object::Class> {
        self.types.generator.clone()
    }
}
