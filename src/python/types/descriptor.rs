//! `property`, `classmethod` and `staticmethod`.

use std::cell::RefCell;

use crate::python::object::Value;

/// What a `property` holds; `None` for a function that is not there.
pub struct Property {
    /// `fget`
    pub get: RefCell<Value>,
    /// `fset`
    pub set: RefCell<Value>,
    /// `fdel`
    pub delete: RefCell<Value>,
    /// `__doc__`
    pub doc: RefCell<Value>,
    /// The name it was set under.
    pub name: RefCell<Value>,
    /// Whether Python code may see that it is a property; else it is an attribute of a C type.
    pub visible: bool,
}

impl Property {
    /// A property of these functions.
    pub fn new(get: Value, set: Value, delete: Value, visible: bool) -> Self {
        Self {
            get: RefCell::new(get),
            set: RefCell::new(set),
            delete: RefCell::new(delete),
            doc: RefCell::new(Value::None),
            name: RefCell::new(Value::None),
            visible,
        }
    }
}

/// What a `classmethod` holds.
pub struct ClassMethod {
    /// `__func__`
    pub function: RefCell<Value>,
}

impl ClassMethod {
    /// A class method of this function.
    pub fn new(function: Value) -> Self {
        Self { function: RefCell::new(function) }
    }
}

/// What a `staticmethod` holds.
pub struct StaticMethod {
    /// `__func__`
    pub function: RefCell<Value>,
}

impl StaticMethod {
    /// A static method of this function.
    pub fn new(function: Value) -> Self {
        Self { function: RefCell::new(function) }
    }
}

/// A name in `__slots__`.
pub struct Member {
    /// The attribute.
    pub name: crate::python::object::Str,
    /// The class that declares it.
    pub class: std::rc::Weak<crate::python::object::Class>,
}
