//! Functions: written in Python, written in Rust, and bound to a `self`.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::release::release;
use super::{Args, CellObject, Class, Dict, PyResult, Signature, Str, Value};
use crate::python::code::Code;
use crate::python::vm::{Quick, Vm};

/// A function written in Python.
pub struct Function {
    /// Its body.
    pub code: Rc<Code>,
    /// The names of its module.
    pub globals: Rc<Dict>,
    /// Defaults of the last positional parameters.
    pub defaults: RefCell<Rc<[Value]>>,
    /// Defaults of keyword-only parameters.
    pub keyword_defaults: RefCell<Option<Rc<Dict>>>,
    /// The variables it shares with what surrounds it.
    pub closure: Vec<Rc<CellObject>>,
    /// `__name__`
    pub name: RefCell<Str>,
    /// `__qualname__`
    pub qualname: RefCell<Str>,
    /// `__doc__`, `None` without one.
    pub doc: RefCell<Value>,
    /// `__module__`
    pub module: RefCell<Value>,
    /// `__annotations__`
    pub annotations: RefCell<Option<Rc<Dict>>>,
    /// `__dict__`, made on first use.
    pub dict: OnceCell<Rc<Dict>>,
}

impl Function {
    /// The attributes that were set on it.
    pub fn dict(&self) -> &Rc<Dict> {
        self.dict.get_or_init(Dict::shared)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let defaults = self.defaults.get_mut();
        if !defaults.is_empty() {
            release(std::mem::replace(defaults, Rc::from(Vec::new())));
        }
    }
}

/// The shape of a function written in Rust.
pub type NativeFn = fn(&mut Vm, Args) -> PyResult;

/// A closure in the shape of a native function.
pub type NativeClosure = Box<dyn Fn(&mut Vm, Args) -> PyResult>;

/// What runs when a native function is called.
pub enum NativeCode {
    /// A plain function.
    Plain(NativeFn),
    /// A closure.
    Closure(NativeClosure),
}

/// How the arguments of a native function are checked before it runs.
pub enum Binding {
    /// Not at all: it gets positional and keyword arguments as they came.
    Raw,
    /// Between so many positional ones (`self` counted), no keywords, with the words of CPython's C functions.
    Arity(u8, u8),
    /// By a signature: it gets one argument a parameter, [`Value::Unset`] where nothing was passed and no default is written.
    Signature(Rc<Signature>),
}

/// A function written in Rust.
pub struct NativeFunction {
    /// `__name__`
    pub name: Str,
    /// `__qualname__`
    pub qualname: Str,
    /// `__module__`
    pub module: RefCell<Value>,
    /// `__doc__`
    pub doc: RefCell<Value>,
    /// How arguments are checked.
    pub binding: Binding,
    /// Whether it becomes a method when read through an instance of the class it stands in. Builtins such as `len` don't.
    pub binds: bool,
    /// Whether it is a `__new__`.
    pub makes: bool,
    /// Whether it shows itself as a function written in Python would (`<function …>`): a host's own library.
    pub python_like: bool,
    /// What runs.
    pub code: NativeCode,
    /// What runs in its place for plain arguments.
    pub(crate) quick: Cell<Option<Quick>>,
    /// `__dict__`, made on first use.
    pub dict: OnceCell<Rc<Dict>>,
    /// The class it was put into as a method (by [`super::ClassBuilder`]), for its repr and for the check of `self`.
    pub owner: RefCell<Option<std::rc::Weak<Class>>>,
}

impl NativeFunction {
    /// A function; `signature` as in `"a, /, b=None, *args, c, **kwargs"`. A default that is not a plain literal is
    /// written `?`: the argument is then [`Value::Unset`] when not passed.
    pub fn new(name: &str, signature: &str, code: NativeFn) -> Self {
        Self::with(name, Binding::Signature(Rc::new(Signature::parse(signature))), NativeCode::Plain(code))
    }

    /// As [`NativeFunction::new`], from a closure.
    pub fn closure(name: &str, signature: &str, code: impl Fn(&mut Vm, Args) -> PyResult + 'static) -> Self {
        Self::with(name, Binding::Signature(Rc::new(Signature::parse(signature))), NativeCode::Closure(Box::new(code)))
    }

    /// A function whose arguments are counted only.
    pub fn arity(name: &str, least: u8, most: u8, code: NativeFn) -> Self {
        Self::with(name, Binding::Arity(least, most), NativeCode::Plain(code))
    }

    /// A function that gets its arguments unchecked.
    pub fn raw(name: &str, code: NativeFn) -> Self {
        Self::with(name, Binding::Raw, NativeCode::Plain(code))
    }

    /// A function with its binding and its code.
    pub fn with(name: &str, binding: Binding, code: NativeCode) -> Self {
        let makes = name == "__new__";
        let name = Str::interned(name);
        Self {
            makes,
            qualname: name.clone(),
            name,
            module: RefCell::new(Value::None),
            doc: RefCell::new(Value::None),
            binding,
            binds: false,
            python_like: false,
            code,
            quick: Cell::new(None),
            dict: OnceCell::new(),
            owner: RefCell::new(None),
        }
    }

    /// The same, becoming a method in instances.
    #[must_use]
    pub fn method_of(mut self, class: &str) -> Self {
        self.binds = true;
        self.qualname = Str::from(format!("{class}.{}", self.name));
        self
    }

    /// The function as a value.
    pub fn into_value(self) -> Value {
        Value::Native(Rc::new(self))
    }
}

/// A function with its first argument.
pub struct BoundMethod {
    /// `__func__`
    pub function: Value,
    /// `__self__`
    pub receiver: Value,
}

impl Drop for BoundMethod {
    fn drop(&mut self) {
        release([&mut self.function, &mut self.receiver].map(|part| std::mem::replace(part, Value::Unset)));
    }
}

/// A module's name and namespace.
pub struct ModuleObject {
    /// `__name__`
    pub name: Str,
    /// Its namespace.
    pub dict: Rc<Dict>,
}
