//! The virtual machine: its state, the run loop, and how programs are run.
//!
//! Takes code. Gives values, exceptions and what was printed. Start with [`Vm::new`], [`Vm::new_globals`] and
//! [`Vm::run_source`], all within [`with_big_stack`]; [`Vm::format_exception`] shows what a program raised.

mod arithmetic;
mod ask;
mod attr;
mod build_class;
mod call;
mod calling;
mod collect;
mod context;
mod finalize;
mod frame;
mod generator;
mod host;
mod import;
mod limits;
mod matching;
mod names;
mod program;
mod quick;
mod raise;
mod run;
mod teardown;
#[cfg(test)]
mod tests;
mod traceback;

use std::rc::Rc;

use super::code::Source;
use super::exceptions::Exceptions;
use super::object::{Class, ClassBuilder, Dict, ModuleObject, Value};
use super::types::Types;
use frame::Frame;
use limits::Watch;
use rustc_hash::FxHashMap;

pub(crate) use arithmetic::fast_binary;
pub use frame::CallSite;
pub use generator::{Generator, Resume, Resumed};
pub use import::{Found, Importer};
pub(crate) use limits::NATIVE_DEPTH;
pub use limits::{CountingAllocator, Limits, live_bytes, with_big_stack};
pub use program::Poisoned;
pub(crate) use quick::Quick;
pub(crate) use traceback::traceback_text;

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
    /// How deep calls of Python functions, and what recurses like them, are nested.
    pub depth: usize,
    /// How deep native calls are nested.
    pub native_depth: usize,
    /// Identities given out by `id()`, by address, with the object kept alive so that they stay its own.
    pub identities: super::ops::identity::Identities,
    /// The features that raised `Unsupported`, in order, even where a program caught it.
    pub unsupported_seen: Vec<String>,
    /// Whether an event loop runs the code that is running now, with no plain function called through it in between.
    pub in_event_loop: bool,
    /// Objects whose repr is being made, against endless recursion.
    pub(crate) repr_stack: Vec<usize>,
    /// What hosts and native modules keep with the machine.
    hosts: host::Hosts,
    /// Slots and stacks of all frames.
    stack: Vec<Value>,
    frames: Vec<Frame>,
    /// The instruction after the one that the frame on top is at.
    pc: usize,
    /// Which operand of the instruction failed, for its traceback: 0 if that is the instruction as a whole.
    fault: u8,
    /// The exception on its way was raised again by a bare `raise`.
    reraised: bool,
    watch: Watch,
    /// Where code has run.
    namespaces: Vec<std::rc::Weak<Dict>>,
    build_class_function: Value,
    async_step_class: Rc<Class>,
    importer: Option<Importer>,
    /// Modules written in Python that belong to the engine.
    sources: FxHashMap<String, Rc<Source>>,
    tolerant: bool,
    poisons: Vec<program::Poison>,
    poisoned: Vec<Poisoned>,
}

impl Vm {
    /// A machine with builtins and no modules.
    pub fn new() -> Self {
        Self::count_in();
        let types = Rc::new(Types::bootstrap());
        let exceptions = Rc::new(Exceptions::bootstrap(&types));
        let async_step_class = types.async_generator.clone();
        let mut vm = Self {
            types,
            exceptions,
            names: Rc::new(super::ops::names::Names::new()),
            builtins: Rc::default(),
            modules: Rc::default(),
            output: String::new(),
            handled: None,
            depth: 0,
            native_depth: 0,
            identities: Default::default(),
            unsupported_seen: Vec::new(),
            in_event_loop: false,
            repr_stack: Vec::new(),
            hosts: host::Hosts::default(),
            stack: Vec::with_capacity(1 << 12),
            frames: Vec::with_capacity(64),
            pc: 0,
            fault: 0,
            reraised: false,
            watch: Watch::default(),
            namespaces: Vec::new(),
            build_class_function: build_class::function(),
            async_step_class,
            importer: None,
            sources: FxHashMap::default(),
            tolerant: false,
            poisons: Vec::new(),
            poisoned: Vec::new(),
        };
        super::types::install(&mut vm);
        super::exceptions::install(&mut vm);
        super::builtins::install(&mut vm);
        vm.async_step_class =
            ClassBuilder::new("async_generator_asend").native_layout("async_generator_asend").builtin().build(&mut vm);
        generator::install(&mut vm);
        quick::install(&mut vm);
        let build_class = vm.build_class_function.clone();
        vm.builtins.set_str("__build_class__", build_class);
        vm
    }

    /// Makes a module importable.
    pub fn add_module(&mut self, module: Rc<ModuleObject>) {
        self.modules.set_str(module.name.clone(), Value::Module(module));
    }
}

impl Default for Vm {
    fn default() -> Self {
        Self::new()
    }
}
