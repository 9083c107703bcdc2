//! The builtin exceptions: their classes, how they are raised, and CPython's words for them.

use std::rc::Rc;

use super::object::{Class, ClassParts, Dict, Instance, Layout, PyResult, Raised, Str, Value};
use super::types::Types;
use super::vm::Vm;

macro_rules! kinds {
    ($($name:ident : $base:ident),* $(,)?) => {
        /// A builtin exception class.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each is the Python class of the same name")]
        pub enum Kind { BaseException, $($name),* }

        const KINDS: &[(Kind, &str, Kind)] = &[$((Kind::$name, stringify!($name), Kind::$base)),*];
    };
}

kinds! {
    Exception: BaseException, GeneratorExit: BaseException, KeyboardInterrupt: BaseException, SystemExit: BaseException,
    Unsupported: BaseException,
    ArithmeticError: Exception, FloatingPointError: ArithmeticError, OverflowError: ArithmeticError,
    ZeroDivisionError: ArithmeticError, AssertionError: Exception, AttributeError: Exception, BufferError: Exception,
    EOFError: Exception, ImportError: Exception, ModuleNotFoundError: ImportError, LookupError: Exception,
    IndexError: LookupError, KeyError: LookupError, MemoryError: Exception, NameError: Exception,
    UnboundLocalError: NameError, OSError: Exception, BlockingIOError: OSError, ChildProcessError: OSError,
    ConnectionError: OSError, BrokenPipeError: ConnectionError, ConnectionAbortedError: ConnectionError,
    ConnectionRefusedError: ConnectionError, ConnectionResetError: ConnectionError, FileExistsError: OSError,
    FileNotFoundError: OSError, InterruptedError: OSError, IsADirectoryError: OSError, NotADirectoryError: OSError,
    PermissionError: OSError, ProcessLookupError: OSError, TimeoutError: OSError, ReferenceError: Exception,
    RuntimeError: Exception, NotImplementedError: RuntimeError, RecursionError: RuntimeError,
    StopAsyncIteration: Exception, StopIteration: Exception, SyntaxError: Exception, IndentationError: SyntaxError,
    TabError: IndentationError, SystemError: Exception, TypeError: Exception, ValueError: Exception,
    UnicodeError: ValueError, UnicodeDecodeError: UnicodeError, UnicodeEncodeError: UnicodeError,
    UnicodeTranslateError: UnicodeError, Warning: Exception, BytesWarning: Warning, DeprecationWarning: Warning,
    EncodingWarning: Warning, FutureWarning: Warning, ImportWarning: Warning, PendingDeprecationWarning: Warning,
    ResourceWarning: Warning, RuntimeWarning: Warning, SyntaxWarning: Warning, UnicodeWarning: Warning,
    UserWarning: Warning,
}

/// The attributes that a kind has besides those of every exception.
const FIELDS: &[(Kind, &[&str])] = &[
    (Kind::StopIteration, &["value"]),
    (Kind::SystemExit, &["code"]),
    (Kind::AttributeError, &["name", "obj"]),
    (Kind::NameError, &["name"]),
    (Kind::ImportError, &["name", "path", "msg"]),
    (Kind::OSError, &["errno", "strerror", "filename", "filename2"]),
    (
        Kind::SyntaxError,
        &["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line"],
    ),
    (Kind::UnicodeDecodeError, &["encoding", "object", "start", "end", "reason"]),
    (Kind::UnicodeEncodeError, &["encoding", "object", "start", "end", "reason"]),
    (Kind::UnicodeTranslateError, &["object", "start", "end", "reason"]),
];

/// The classes of the builtin exceptions.
pub struct Exceptions {
    classes: Vec<Rc<Class>>,
}

impl Exceptions {
    /// The class of a kind.
    pub fn get(&self, kind: Kind) -> &Rc<Class> {
        &self.classes[kind as usize]
    }

    /// Every class, `BaseException` first.
    pub fn all(&self) -> &[Rc<Class>] {
        &self.classes
    }

    pub(crate) fn bootstrap(types: &Types) -> Self {
        let make = |name: &str, base: &Rc<Class>| -> Rc<Class> {
            let dict = Rc::new(Dict::new());
            dict.set_str(Str::interned("__module__"), "builtins");
            Class::new(ClassParts {
                name: Str::interned(name),
                qualname: Str::interned(name),
                bases: vec![base.clone()],
                dict,
                metaclass: Some(types.type_.clone()),
                layout: Layout::Exception,
                native: true,
                has_dict: true,
            })
            .unwrap_or_else(|_| base.clone())
        };
        let mut classes = vec![make("BaseException", &types.object)];
        for (_, name, base) in KINDS {
            let class = make(name, &classes[*base as usize]);
            classes.push(class);
        }
        Self { classes }
    }
}

impl Vm {
    /// An exception of a builtin kind with one text argument (none where the text is empty). To raise it: `Err(vm.raise(…))`.
    pub fn raise(&mut self, kind: Kind, message: impl Into<String>) -> Raised {
        let message = message.into();
        let args = if message.is_empty() { Vec::new() } else { vec![Value::from(message)] };
        let class = self.exceptions.get(kind).clone();
        Raised(Instance::exception(class, args))
    }

    /// A `TypeError`.
    pub fn type_error(&mut self, message: impl Into<String>) -> Raised {
        self.raise(Kind::TypeError, message)
    }

    /// A `ValueError`.
    pub fn value_error(&mut self, message: impl Into<String>) -> Raised {
        self.raise(Kind::ValueError, message)
    }

    /// A `KeyError` for this key.
    pub fn key_error(&mut self, key: Value) -> Raised {
        Raised(Instance::exception(self.exceptions.get(Kind::KeyError).clone(), vec![key]))
    }

    /// What the engine can't do, by name. Remembered even where a program catches it.
    pub fn unsupported(&mut self, feature: impl Into<String>) -> Raised {
        let feature = feature.into();
        self.unsupported_seen.push(feature.clone());
        self.raise(Kind::Unsupported, feature)
    }

    /// An exception of any class, made by calling it.
    pub fn new_exception(&mut self, class: &Rc<Class>, args: impl Into<super::object::Args>) -> PyResult<Raised> {
        let made = self.call(&Value::Class(class.clone()), args)?;
        match made {
            Value::Instance(instance) if instance.exception_state().is_some() => Ok(Raised(instance)),
            _ => Err(self.type_error("exceptions must derive from BaseException")),
        }
    }

    /// An attribute that the exception's kind has of itself, such as `StopIteration.value`.
    pub(crate) fn exception_field(&mut self, instance: &Rc<Instance>, name: &Str) -> Option<Value> {
        let field = self.field_of(instance, name)?;
        let state = instance.exception_state()?;
        Some(state.field(field).unwrap_or(Value::None))
    }

    /// Sets one; tells whether the exception's kind has it.
    pub(crate) fn set_exception_field(&mut self, instance: &Rc<Instance>, name: &Str, value: Value) -> PyResult<bool> {
        let Some(field) = self.field_of(instance, name) else { return Ok(false) };
        if let Some(state) = instance.exception_state() {
            state.set_field(field, value);
        }
        Ok(true)
    }

    fn field_of(&self, instance: &Rc<Instance>, name: &Str) -> Option<&'static str> {
        let class = instance.class();
        FIELDS
            .iter()
            .filter(|(kind, _)| class.derives_from(self.exceptions.get(*kind)))
            .find_map(|(_, fields)| fields.iter().find(|field| **field == name.as_str()).copied())
    }

    /// Whether a value is an exception.
    pub fn is_exception(&self, value: &Value) -> bool {
        value.as_instance().is_some_and(|instance| instance.exception_state().is_some())
    }
}

pub(crate) fn install(vm: &mut Vm) {
    for class in vm.exceptions.clone().all() {
        vm.builtins.set_str(class.name(), class);
    }
    vm.builtins.set_str(Str::interned("EnvironmentError"), vm.exceptions.get(Kind::OSError));
    vm.builtins.set_str(Str::interned("IOError"), vm.exceptions.get(Kind::OSError));
}
