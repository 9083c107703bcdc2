//! Running whole texts.

use std::rc::Rc;

use crate::python::code::{Code, Source};
use crate::python::compile;
use crate::python::exceptions::Kind;
use crate::python::nodes::Module;
use crate::python::object::farewell;
use crate::python::object::{Dict, ModuleObject, PyResult, Raised, Str, Value};
use crate::python::parse::{self, SyntaxError, SyntaxErrorKind};
use crate::python::vm::Vm;

/// A name that a failed statement would have bound, and why it failed.
pub(crate) struct Poison {
    pub(super) globals: Rc<Dict>,
    name: Str,
    cause: String,
}

/// A statement of a tolerantly run module that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poisoned {
    /// The names that it would have bound.
    pub names: Vec<String>,
    /// The text that tells why.
    pub cause: String,
    /// Its one-based line.
    pub line: u32,
}

impl Vm {
    /// Names for a program to run in: those of `__main__`.
    pub fn new_globals(&mut self) -> Rc<Dict> {
        let globals = Dict::shared();
        globals.set_str(Str::interned("__name__"), "__main__");
        globals.set_str(Str::interned("__doc__"), Value::None);
        globals.set_str(Str::interned("__package__"), Value::None);
        globals.set_str(Str::interned("__builtins__"), self.builtins_module());
        globals
    }

    /// The module `builtins`.
    pub fn builtins_module(&mut self) -> Value {
        let name = Str::interned("builtins");
        if let Some(module) = self.modules.get_str(&name) {
            return module;
        }
        let module = ModuleObject { name: name.clone(), dict: self.builtins.clone() };
        let module = Value::Module(Rc::new(module));
        self.builtins.set_str(Str::interned("__name__"), "builtins");
        self.modules.set_str(name, module.clone());
        module
    }

    /// Runs a learner's text. The value of its last statement is given if that is an expression. `globals` keep what it
    /// binds. Must run within [`super::with_big_stack`], as everything that runs or parses.
    pub fn run_source(&mut self, text: &str, filename: &str, globals: &Rc<Dict>) -> PyResult<Option<Value>> {
        let source = Source::new(filename, text);
        let code = self.compile(&source, true)?;
        Ok(self.run_top(&code, globals)?.set())
    }

    /// Runs what [`Self::compile`] made of a text, as [`Self::run_source`] does.
    pub fn run_compiled(&mut self, code: &Rc<Code>, globals: &Rc<Dict>) -> PyResult<Option<Value>> {
        Ok(self.run_top(code, globals)?.set())
    }

    /// Runs a text as a module's.
    pub(super) fn run_module_text(&mut self, source: &Rc<Source>, globals: &Rc<Dict>) -> PyResult<()> {
        let code = self.compile(source, false)?;
        self.run_top(&code, globals).map(|_| ())
    }

    fn run_top(&mut self, code: &Rc<Code>, globals: &Rc<Dict>) -> PyResult {
        self.remember_namespace(globals);
        let (frames, stack, depth) = (self.frames.len(), self.stack.len(), self.depth);
        let handled = self.handled.clone();
        let open = farewell::set_open(true);
        let mut result = self.run_code(code, globals);
        if farewell::waits() && frames == 0 {
            // What a program that failed let go of is no longer told.
            match &result {
                Ok(_) => result = self.finalize().and(result),
                Err(_) => drop(farewell::take()),
            }
        }
        farewell::set_open(open);
        if result.is_err() {
            // What a fatal error left behind.
            self.frames.truncate(frames);
            self.stack.truncate(stack);
            self.depth = depth;
            self.handled = handled;
            if frames == 0 {
                self.native_depth = 0;
                self.repr_stack.clear();
            }
        }
        result
    }

    /// Compiles a text; a text that is no program raises `SyntaxError`.
    pub fn compile(&mut self, source: &Rc<Source>, keep_value: bool) -> PyResult<Rc<Code>> {
        let module = self.parse(source)?;
        match compile::compile_module(source, &module, keep_value) {
            Ok(code) => Ok(code),
            Err(error) => Err(self.scope_error(source, &error)),
        }
    }

    /// A mistake that only the compiler notices: CPython looks the line up in the file, and finds none for `<stdin>`.
    fn scope_error(&mut self, source: &Rc<Source>, error: &SyntaxError) -> Raised {
        let raised = self.syntax_error(source, error);
        if source.filename.starts_with('<')
            && let Some(state) = raised.0.exception_state()
            && state.field("text").is_some()
        {
            state.set_field("text", Value::None);
        }
        raised
    }

    /// The tree of a text; a text that is no program raises `SyntaxError`.
    pub(crate) fn parse(&mut self, source: &Rc<Source>) -> PyResult<Module> {
        let cap = if source.internal { usize::MAX } else { self.watch.limits.source };
        match parse::parse_module(&source.text, cap) {
            Ok(module) => Ok(module),
            Err(error) => Err(self.syntax_error(source, &error)),
        }
    }

    /// The exception for a text that is no program.
    pub fn syntax_error(&mut self, source: &Rc<Source>, error: &SyntaxError) -> Raised {
        let kind = match error.kind {
            SyntaxErrorKind::Syntax => Kind::SyntaxError,
            SyntaxErrorKind::Indentation => Kind::IndentationError,
            SyntaxErrorKind::Tab => Kind::TabError,
            SyntaxErrorKind::Recursion => return self.raise(Kind::RecursionError, error.message.clone()),
            SyntaxErrorKind::Unsupported => {
                return self.unsupported(error.message.clone());
            }
        };
        let quoted = error.quoted.as_ref().map(|quoted| (Source::new("", quoted.text.as_str()), quoted.span));
        let (start, end, text) = match &quoted {
            Some((source, span)) => (source.place(span.start), source.place(span.end), source.text.clone()),
            None => {
                let start = source.place(error.span.start);
                (start, source.place(error.span.end), source.line_text(start.line).to_string() + "\n")
            }
        };
        let raised = self.raise(kind, error.message.clone());
        if let Some(state) = raised.0.exception_state() {
            let place = Value::tuple(vec![
                Value::Str(source.filename.clone()),
                Value::from(start.line),
                Value::from(start.column),
                Value::from(text.clone()),
                Value::from(end.line),
                Value::from(end.column),
            ]);
            state.args.borrow_mut().push(place);
            state.set_field("msg", error.message.clone());
            state.set_field("filename", &source.filename);
            state.set_field("lineno", start.line);
            state.set_field("offset", start.column);
            state.set_field("text", text);
            state.set_field("end_lineno", end.line);
            state.set_field("end_offset", end.column);
            state.set_field("print_file_and_line", Value::None);
        }
        raised
    }

    /// Runs a module statement by statement. One that fails for the engine's sake poisons the names that it would have
    /// bound: using them raises `Unsupported`. Anything else that a statement raises ends the run.
    pub fn run_tolerantly(&mut self, source: &Rc<Source>, globals: &Rc<Dict>) -> PyResult<()> {
        let module = self.parse(source)?;
        let codes = match compile::compile_each(source, &module) {
            Ok(codes) => codes,
            Err(error) => return Err(self.scope_error(source, &error)),
        };
        for (code, statement) in codes.iter().zip(&module.body) {
            let seen = self.unsupported_seen.len();
            let Err(raised) = self.run_top(code, globals) else { continue };
            if raised.fatal().is_some() {
                return Err(raised);
            }
            let ours = raised.0.class().derives_from(self.exceptions.get(Kind::Unsupported))
                || self.unsupported_seen.len() > seen
                || raised.is(self.exceptions.get(Kind::ImportError))
                || raised.is(self.exceptions.get(Kind::AttributeError));
            if !ours {
                return Err(raised);
            }
            let cause = match self.unsupported_seen.get(seen) {
                Some(feature) => feature.clone(),
                None => {
                    let name = raised.0.class().name();
                    let text = self.to_str(&raised.value())?;
                    format!("{name}: {text}")
                }
            };
            let names = compile::bound_names(statement);
            self.poisoned.push(Poisoned {
                names: names.iter().map(ToString::to_string).collect(),
                cause: cause.clone(),
                line: source.line(statement.span.start),
            });
            for name in names {
                self.poisons.push(Poison {
                    globals: globals.clone(),
                    name: Str::interned(&name),
                    cause: cause.clone(),
                });
            }
        }
        Ok(())
    }

    /// Makes the import of a learner's modules run them tolerantly.
    pub fn set_tolerant(&mut self, tolerant: bool) {
        self.tolerant = tolerant;
    }

    /// The statements that failed in tolerantly run modules, in order.
    pub fn poisoned(&self) -> &[Poisoned] {
        &self.poisoned
    }

    /// The `Unsupported` for a name that a failed statement would have bound.
    pub(super) fn poison_of(&mut self, globals: &Rc<Dict>, name: &Str) -> Option<Raised> {
        let cause = self
            .poisons
            .iter()
            .find(|poison| poison.name == *name && Rc::ptr_eq(&poison.globals, globals))
            .map(|poison| poison.cause.clone())?;
        Some(self.unsupported(cause))
    }
}
