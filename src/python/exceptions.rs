//! The builtin exceptions: their classes, how they are raised, and CPython's words for them.

use std::rc::Rc;

use super::object::{Args, Class, ClassBuilder, ClassParts, Dict, Instance, Layout, PyResult, Raised, Str, Value};
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
            let dict = Dict::shared();
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
    pub fn new_exception(&mut self, class: &Rc<Class>, args: impl Into<Args>) -> PyResult<Raised> {
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

fn state<'a>(vm: &mut Vm, value: &'a Value) -> PyResult<(&'a Rc<Instance>, &'a super::object::ExceptionState)> {
    match value {
        Value::Instance(instance) if instance.exception_state().is_some() => match instance.exception_state() {
            Some(state) => Ok((instance, state)),
            None => Err(vm.type_error("not an exception")),
        },
        _ => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'BaseException' object but received a '{given}'")))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let mut class = vm.class_arg(&args, 0)?;
    let positional: Vec<Value> = args.positional[1..].to_vec();
    if std::rc::Rc::ptr_eq(&class, vm.exceptions.get(Kind::OSError)) && positional.len() >= 2 {
        class = vm.exceptions.get(os_error_kind(positional[0].as_i64())).clone();
    }
    let exception = Instance::exception(class, positional);
    if let Some(state) = exception.exception_state() {
        let items = state.args.borrow().clone();
        fill_fields(vm, &exception, &items, &[]);
    }
    Ok(exception.into())
}

/// The class that `OSError` makes of an error number, as on Linux.
fn os_error_kind(errno: Option<i64>) -> Kind {
    match errno {
        Some(1 | 13) => Kind::PermissionError,
        Some(2) => Kind::FileNotFoundError,
        Some(3) => Kind::ProcessLookupError,
        Some(4) => Kind::InterruptedError,
        Some(10) => Kind::ChildProcessError,
        Some(11 | 114 | 115) => Kind::BlockingIOError,
        Some(17) => Kind::FileExistsError,
        Some(20) => Kind::NotADirectoryError,
        Some(21) => Kind::IsADirectoryError,
        Some(32 | 108) => Kind::BrokenPipeError,
        Some(103) => Kind::ConnectionAbortedError,
        Some(104) => Kind::ConnectionResetError,
        Some(110) => Kind::TimeoutError,
        Some(111) => Kind::ConnectionRefusedError,
        _ => Kind::OSError,
    }
}

/// An exception of a class that neither makes nor initialises it in a way of its own.
pub(crate) fn make(vm: &Vm, class: Rc<Class>, args: Vec<Value>) -> Rc<Instance> {
    let exception = Instance::exception(class, args);
    if let Some(state) = exception.exception_state() {
        let items = state.args.borrow().clone();
        fill_fields(vm, &exception, &items, &[]);
    }
    exception
}

/// The attributes that a kind takes from its arguments.
fn fill_fields(vm: &Vm, exception: &Rc<Instance>, args: &[Value], keywords: &[(Str, Value)]) {
    let Some(state) = exception.exception_state() else { return };
    let class = exception.class();
    let is = |kind: Kind| class.derives_from(vm.exceptions.get(kind));
    if is(Kind::StopIteration) {
        state.set_field("value", args.first().cloned().unwrap_or(Value::None));
    } else if is(Kind::SystemExit) {
        let code = match args {
            [] => Value::None,
            [one] => one.clone(),
            more => Value::tuple(more),
        };
        state.set_field("code", code);
    } else if is(Kind::ImportError) {
        if let [message] = args {
            state.set_field("msg", message.clone());
        }
    } else if is(Kind::OSError) {
        if let [errno, strerror, rest @ ..] = args
            && rest.len() <= 3
        {
            state.set_field("errno", errno.clone());
            state.set_field("strerror", strerror.clone());
            if let Some(filename) = rest.first() {
                state.set_field("filename", filename.clone());
                *state.args.borrow_mut() = vec![errno.clone(), strerror.clone()];
            }
        }
    } else if is(Kind::SyntaxError) {
        if let Some(message) = args.first() {
            state.set_field("msg", message.clone());
        }
        if let Some(place) = args.get(1).and_then(Value::as_tuple) {
            let names = ["filename", "lineno", "offset", "text", "end_lineno", "end_offset"];
            for (name, value) in names.into_iter().zip(place) {
                state.set_field(name, value.clone());
            }
        }
    } else if is(Kind::UnicodeDecodeError) || is(Kind::UnicodeEncodeError) {
        for (name, value) in ["encoding", "object", "start", "end", "reason"].into_iter().zip(args) {
            state.set_field(name, value.clone());
        }
    }
    for (keyword, value) in keywords {
        for field in ["name", "obj", "path"] {
            if keyword == field {
                state.set_field(field, value.clone());
            }
        }
    }
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let (instance, state) = state(vm, &args[0])?;
    let class = instance.class();
    let takes: &[&str] = if class.derives_from(vm.exceptions.get(Kind::ImportError)) {
        &["name", "path"]
    } else if class.derives_from(vm.exceptions.get(Kind::AttributeError)) {
        &["name", "obj"]
    } else if class.derives_from(vm.exceptions.get(Kind::NameError)) {
        &["name"]
    } else {
        &[]
    };
    if let Some((name, _)) = args.keywords.iter().find(|(name, _)| !takes.contains(&name.as_str())) {
        return Err(vm.type_error(if takes.is_empty() {
            format!("{}() takes no keyword arguments", class.name())
        } else {
            format!("'{name}' is an invalid keyword argument for {}()", class.name())
        }));
    }
    let positional: Vec<Value> = args.positional[1..].to_vec();
    if class.derives_from(vm.exceptions.get(Kind::SyntaxError))
        && let [_, place] = positional.as_slice()
    {
        let count = match place.as_tuple() {
            Some(items) => items.len(),
            None if vm.has_iter(place) => vm.list_from(place)?.len(),
            None => {
                let given = vm.type_name(place);
                return Err(vm.type_error(format!("'{given}' object is not iterable")));
            }
        };
        if count < 4 {
            return Err(vm.type_error(format!("function takes at least 4 arguments ({count} given)")));
        }
    }
    *state.args.borrow_mut() = positional.clone();
    fill_fields(vm, instance, &positional, &args.keywords);
    Ok(Value::None)
}

/// `BaseException.__str__`
fn to_str(vm: &mut Vm, args: Args) -> PyResult {
    let (instance, state) = state(vm, &args[0])?;
    let items = state.args.borrow().clone();
    let class = instance.class();
    if class.derives_from(vm.exceptions.get(Kind::KeyError))
        && let [key] = items.as_slice()
    {
        return vm.repr(key).map(Value::Str);
    }
    if class.derives_from(vm.exceptions.get(Kind::OSError))
        && let (Some(errno), Some(strerror)) = (state.field("errno"), state.field("strerror"))
    {
        let (errno, strerror) = (vm.to_str(&errno)?, vm.to_str(&strerror)?);
        return Ok(Value::from(match state.field("filename") {
            Some(filename) if !filename.is_none() => format!("[Errno {errno}] {strerror}: {}", vm.repr(&filename)?),
            _ => format!("[Errno {errno}] {strerror}"),
        }));
    }
    if class.derives_from(vm.exceptions.get(Kind::ImportError))
        && let Some(message) = state.field("msg")
    {
        return vm.to_str(&message).map(Value::Str);
    }
    if class.derives_from(vm.exceptions.get(Kind::SyntaxError)) {
        let message = state.field("msg").unwrap_or(Value::None);
        let message = vm.to_str(&message)?;
        let line = state.field("lineno").and_then(|line| line.as_i64());
        let file = state.field("filename").and_then(|file| file.as_str().cloned());
        let file = file.map(|file| file.rsplit('/').next().unwrap_or("").to_owned());
        return Ok(Value::from(match (file, line) {
            (Some(file), Some(line)) => format!("{message} ({file}, line {line})"),
            (Some(file), None) => format!("{message} ({file})"),
            (None, Some(line)) => format!("{message} (line {line})"),
            (None, None) => message.to_string(),
        }));
    }
    let decode = class.derives_from(vm.exceptions.get(Kind::UnicodeDecodeError));
    if (decode || class.derives_from(vm.exceptions.get(Kind::UnicodeEncodeError)))
        && let (Some(encoding), Some(object), Some(start), Some(end), Some(reason)) = (
            state.field("encoding"),
            state.field("object"),
            state.field("start"),
            state.field("end"),
            state.field("reason"),
        )
    {
        let (encoding, reason) = (vm.to_str(&encoding)?, vm.to_str(&reason)?);
        let (start, end) = (start.as_i64().unwrap_or(0), end.as_i64().unwrap_or(0));
        let one = end == start + 1;
        if decode {
            let byte =
                usize::try_from(start).ok().and_then(|at| object.as_bytes().and_then(|data| data.get(at).copied()));
            return Ok(Value::from(match byte {
                Some(byte) if one => {
                    format!("'{encoding}' codec can't decode byte {byte:#04x} in position {start}: {reason}")
                }
                _ => format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", end - 1),
            }));
        }
        let character = usize::try_from(start).ok().and_then(|at| object.as_str().and_then(|text| text.char_at(at)));
        return Ok(Value::from(match character {
            Some(character) if one => {
                let code = character as u32;
                let shown = match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                };
                format!("'{encoding}' codec can't encode character '{shown}' in position {start}: {reason}")
            }
            _ => format!("'{encoding}' codec can't encode characters in position {start}-{}: {reason}", end - 1),
        }));
    }
    match items.as_slice() {
        [] => Ok(Value::from("")),
        [one] => vm.to_str(one).map(Value::Str),
        more => vm.repr(&Value::tuple(more)).map(Value::Str),
    }
}

fn repr(vm: &mut Vm, args: Args) -> PyResult {
    let (instance, state) = state(vm, &args[0])?;
    let items = state.args.borrow().clone();
    let name = instance.class().name();
    let inside = match items.as_slice() {
        [one] => format!("({})", vm.repr(one)?),
        more => vm.repr(&Value::tuple(more))?.to_string(),
    };
    Ok(Value::from(format!("{name}{inside}")))
}

pub(crate) fn install(vm: &mut Vm) {
    let base = vm.exceptions.get(Kind::BaseException).clone();
    ClassBuilder::new("BaseException")
        .builtin()
        .constructor(new)
        .raw("__init__", init)
        .arity("__str__", 1, 1, to_str)
        .arity("__repr__", 1, 1, repr)
        .arity("with_traceback", 2, 2, |vm, args| {
            vm.set_attr(&args[0], "__traceback__", args[1].clone())?;
            Ok(args[0].clone())
        })
        .arity("add_note", 2, 2, |vm, args| {
            if args[1].as_str().is_none() {
                let given = vm.type_name(&args[1]);
                return Err(vm.type_error(format!("note must be a str, not '{given}'")));
            }
            let (instance, _) = state(vm, &args[0])?;
            let name = Str::interned("__notes__");
            match instance.get(&name) {
                Some(Value::List(notes)) => notes.push(args[1].clone()),
                _ => instance.set(name, Value::list([args[1].clone()])),
            }
            Ok(Value::None)
        })
        .arity("__setstate__", 2, 2, |_, _| Ok(Value::None))
        .install(vm, &base);
    for class in vm.exceptions.clone().all() {
        let name = class.name();
        // Ours has no place among Python's builtins, but a handler may name it.
        vm.builtins.set_str(name, class);
    }
    vm.builtins.set_str(Str::interned("EnvironmentError"), vm.exceptions.get(Kind::OSError));
    vm.builtins.set_str(Str::interned("IOError"), vm.exceptions.get(Kind::OSError));
}
