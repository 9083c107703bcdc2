//! [`Instance`]: an object with a class, attributes and perhaps a payload; [`Raised`]: an exception on its way.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::release::release;
use super::{Class, Dict, Gone, Layout, Str, Value, farewell};
use crate::python::code::Code;

/// An instance of a class written in Python or by a host.
pub struct Instance {
    class: RefCell<Rc<Class>>,
    dict: OnceCell<Rc<Dict>>,
    slots: OnceCell<Rc<Dict>>,
    payload: OnceCell<Payload>,
    /// A weak reference with a callback refers to it.
    pub(crate) watched: Cell<bool>,
    /// Its `__del__` has been called.
    finalized: Cell<bool>,
    /// Its number among the objects that were asked for an identity; 0 until then.
    pub(crate) serial: Cell<u32>,
}

/// What an instance holds besides attributes.
pub enum Payload {
    /// The plain value of a Python subclass of a builtin type.
    Value(Value),
    /// An exception's state.
    Exception(Box<ExceptionState>),
    /// A host's data.
    Native(Box<dyn Any>),
}

impl Drop for Instance {
    fn drop(&mut self) {
        let watched = self.watched.get() && farewell::is_open();
        if self.class.get_mut().finalizes.get() && !self.finalized.get() && farewell::is_open() {
            let again = Self {
                class: RefCell::new(self.class.get_mut().clone()),
                dict: self.dict.take().map_or_else(OnceCell::new, OnceCell::from),
                slots: self.slots.take().map_or_else(OnceCell::new, OnceCell::from),
                payload: self.payload.take().map_or_else(OnceCell::new, OnceCell::from),
                watched: Cell::new(false),
                finalized: Cell::new(true),
                serial: self.serial.clone(),
            };
            farewell::say(Gone::Instance(Rc::new(again)));
        }
        // `__del__` comes before the callbacks.
        if watched {
            farewell::say(Gone::Watched);
        }
        if let Some(payload) = self.payload.take() {
            release(payload);
        }
    }
}

impl Instance {
    /// An instance without attributes or payload.
    pub fn new(class: Rc<Class>) -> Rc<Self> {
        Rc::new(Self {
            class: RefCell::new(class),
            dict: OnceCell::new(),
            slots: OnceCell::new(),
            payload: OnceCell::new(),
            watched: Cell::new(false),
            finalized: Cell::new(false),
            serial: Cell::new(0),
        })
    }

    /// An instance that holds a plain value.
    pub fn with_value(class: Rc<Class>, value: Value) -> Rc<Self> {
        let instance = Self::new(class);
        let _ = instance.payload.set(Payload::Value(value));
        instance
    }

    /// An instance that holds a host's data, to be had back with [`Instance::payload`].
    pub fn native<T: 'static>(class: Rc<Class>, data: T) -> Rc<Self> {
        let instance = Self::new(class);
        let _ = instance.payload.set(Payload::Native(Box::new(data)));
        instance
    }

    /// An exception with these arguments.
    pub fn exception(class: Rc<Class>, args: Vec<Value>) -> Rc<Self> {
        let instance = Self::new(class);
        let state = ExceptionState { args: RefCell::new(args), ..ExceptionState::default() };
        let _ = instance.payload.set(Payload::Exception(Box::new(state)));
        instance
    }

    /// Puts a host's data into an instance that has no payload yet (as `__init__` of a native class may, where the class
    /// was made without a constructor). Tells whether it was put.
    pub fn set_payload<T: 'static>(&self, data: T) -> bool {
        self.payload.set(Payload::Native(Box::new(data))).is_ok()
    }

    /// The host's data, when it is of the type `T`.
    pub fn payload<T: 'static>(&self) -> Option<&T> {
        match self.payload.get() {
            Some(Payload::Native(data)) => data.downcast_ref(),
            _ => None,
        }
    }

    /// The plain value, for a subclass of a builtin type.
    pub fn value(&self) -> Option<&Value> {
        match self.payload.get() {
            Some(Payload::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// The exception's state, for an exception.
    pub fn exception_state(&self) -> Option<&ExceptionState> {
        match self.payload.get() {
            Some(Payload::Exception(state)) => Some(state),
            _ => None,
        }
    }

    /// The payload.
    pub(crate) fn whole_payload(&self) -> Option<&Payload> {
        self.payload.get()
    }

    /// Whether there is a payload.
    pub fn has_payload(&self) -> bool {
        self.payload.get().is_some()
    }

    /// Its class.
    pub fn class(&self) -> Rc<Class> {
        self.class.borrow().clone()
    }

    /// Whether its class has this [`Class::version`]: the check of inline caches.
    pub fn class_version_is(&self, version: u32) -> bool {
        self.class.borrow().version() == version
    }

    /// The version of its class.
    pub fn class_version(&self) -> u32 {
        self.class.borrow().version()
    }

    /// Sets `__class__`; the caller has checked the layouts.
    pub fn set_class(&self, class: Rc<Class>) {
        let old = self.class.replace(class);
        drop(old);
    }

    /// The attributes; made on first use.
    pub fn dict(&self) -> &Rc<Dict> {
        self.dict.get_or_init(Dict::shared)
    }

    /// The attributes; these, where there never was one.
    pub(crate) fn dict_or(&self, dict: &Rc<Dict>) -> &Rc<Dict> {
        self.dict.get_or_init(|| dict.clone())
    }

    /// The attributes, if there ever was one.
    pub fn dict_opt(&self) -> Option<&Rc<Dict>> {
        self.dict.get()
    }

    /// What stands in the slots that its classes declare.
    pub(crate) fn slots(&self) -> &Rc<Dict> {
        self.slots.get_or_init(Dict::shared)
    }

    /// The slots, if one was ever filled.
    pub(crate) fn slots_opt(&self) -> Option<&Rc<Dict>> {
        self.slots.get()
    }

    /// The attribute in the instance itself, without the class.
    pub fn get(&self, name: &Str) -> Option<Value> {
        self.dict.get().and_then(|dict| dict.get_str(name))
    }

    /// Sets an attribute in the instance itself.
    pub fn set(&self, name: impl Into<Str>, value: impl Into<Value>) {
        self.dict().set_str(name, value);
    }

    /// Whether an instance of `self`'s class may become one of `class`.
    pub fn same_layout(&self, class: &Class) -> bool {
        let own = self.class.borrow();
        own.layout == class.layout && (own.layout != Layout::Type)
    }
}

/// What an exception knows besides its attributes.
#[derive(Default)]
pub struct ExceptionState {
    /// `args`
    pub args: RefCell<Vec<Value>>,
    /// `__cause__`
    pub cause: RefCell<Option<Value>>,
    /// `__context__`
    pub context: RefCell<Option<Value>>,
    /// `__suppress_context__`
    pub suppress_context: Cell<bool>,
    /// Where it passed, innermost first: each frame adds an entry as the exception leaves it.
    pub traceback: RefCell<Vec<TracebackEntry>>,
    /// The attributes that its kind has of itself: `name`, `obj`, `value`, `code`, `filename`, `lineno` …
    pub fields: RefCell<Vec<(&'static str, Value)>>,
    /// Set for a limit that was hit or an interrupt: no handler sees it.
    pub fatal: Cell<Option<Fatal>>,
}

impl ExceptionState {
    /// One of the attributes that its kind has of itself.
    pub fn field(&self, name: &str) -> Option<Value> {
        self.fields.borrow().iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// Sets one of them.
    pub fn set_field(&self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        let mut fields = self.fields.borrow_mut();
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => fields.push((name, value)),
        }
    }
}

/// A frame that an exception passed.
#[derive(Clone)]
pub struct TracebackEntry {
    /// What was running.
    pub code: Rc<Code>,
    /// The names of its module.
    pub globals: Rc<Dict>,
    /// Which instruction of it.
    pub instruction: u32,
}

/// Why a program was ended past its handlers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fatal {
    /// Too many steps.
    Steps,
    /// Too much memory.
    Memory,
    /// Too much output.
    Output,
    /// Too many rows.
    Rows,
    /// Too long.
    Time,
    /// The native stack is used up.
    Stack,
    /// Ctrl-C.
    Interrupt,
}

/// An exception that was raised: an instance whose payload is an [`ExceptionState`]. The size of a pointer.
#[derive(Clone)]
pub struct Raised(pub Rc<Instance>);

/// What may raise.
pub type PyResult<T = Value> = Result<T, Raised>;

impl Raised {
    /// The exception as a value.
    pub fn value(&self) -> Value {
        Value::Instance(self.0.clone())
    }

    /// Why it ends the program past its handlers, if it does.
    pub fn fatal(&self) -> Option<Fatal> {
        self.0.exception_state().and_then(|state| state.fatal.get())
    }

    /// Whether it is an instance of this class.
    pub fn is(&self, class: &Class) -> bool {
        self.fatal().is_none() && self.0.class().derives_from(class)
    }
}

impl std::fmt::Debug for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.class().name())?;
        match self.0.exception_state() {
            Some(state) => write!(f, "{:?}", state.args.borrow()),
            None => Ok(()),
        }
    }
}
