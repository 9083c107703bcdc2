//! [`Value`]: what a Python name is bound to.

use std::rc::Rc;

use num_bigint::BigInt;

use super::{
    BoundMethod, Bytes, CellObject, Class, Dict, Function, Generator, Instance, Iter, List, ModuleObject,
    NativeFunction, Range, Real, Set, Slice, Str, Truth, Tuple,
};

/// A Python object, cheap to clone: an immediate, or a counted reference to one of the engine's kinds of object.
///
/// An instance of a class written in Python (or by a host) is always `Instance`, also where it derives from `str` or
/// `list`: then its payload is the plain value. [`Value::plain`] sees through that.
///
/// Its tag is as wide as its payload, so that a value is two words without padding: those stay in registers.
#[repr(u64)]
pub enum Value {
    /// Nothing: an unbound local, an argument that was not passed. Never seen by Python code.
    Unset,
    /// `None`
    None,
    /// `NotImplemented`
    NotImplemented,
    /// `...`
    Ellipsis,
    /// `True` or `False`
    Truth(Truth),
    /// An integer of 64 bits; greater ones are `BigInt`, and no `BigInt` would fit here.
    Int(i64),
    /// A float.
    Real(Real),
    /// An integer beyond 64 bits.
    BigInt(Rc<BigInt>),
    /// A complex number, real and imaginary.
    Complex(Rc<(f64, f64)>),
    /// A string.
    Str(Str),
    /// `bytes`
    Bytes(Rc<Bytes>),
    /// A tuple.
    Tuple(Rc<Tuple>),
    /// A list.
    List(Rc<List>),
    /// A dict.
    Dict(Rc<Dict>),
    /// A set.
    Set(Rc<Set>),
    /// A frozenset.
    FrozenSet(Rc<Set>),
    /// A range.
    Range(Rc<Range>),
    /// A slice.
    Slice(Rc<Slice>),
    /// An iterator of the engine's own.
    Iter(Rc<Iter>),
    /// A generator, coroutine or asynchronous generator.
    Generator(Rc<Generator>),
    /// A function written in Python.
    Function(Rc<Function>),
    /// A function written in Rust.
    Native(Rc<NativeFunction>),
    /// A function with its `self`.
    BoundMethod(Rc<BoundMethod>),
    /// A class.
    Class(Rc<Class>),
    /// A module.
    Module(Rc<ModuleObject>),
    /// An instance of any other class.
    Instance(Rc<Instance>),
    /// A variable shared with closures. Python code sees it in `__closure__` only.
    Cell(Rc<CellObject>),
    /// A compiled body.
    Code(Rc<crate::python::code::Code>),
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Self {
        fn keep<T: ?Sized>(rc: &Rc<T>) {
            std::mem::forget(Rc::clone(rc));
        }
        match self {
            Value::Unset
            | Value::None
            | Value::NotImplemented
            | Value::Ellipsis
            | Value::Truth(_)
            | Value::Int(_)
            | Value::Real(_) => {}
            Value::BigInt(rc) => keep(rc),
            Value::Complex(rc) => keep(rc),
            Value::Str(text) => std::mem::forget(text.clone()),
            Value::Bytes(rc) => keep(rc),
            Value::Tuple(rc) => keep(rc),
            Value::List(rc) => keep(rc),
            Value::Dict(rc) => keep(rc),
            Value::Set(rc) | Value::FrozenSet(rc) => keep(rc),
            Value::Range(rc) => keep(rc),
            Value::Slice(rc) => keep(rc),
            Value::Iter(rc) => keep(rc),
            Value::Generator(rc) => keep(rc),
            Value::Function(rc) => keep(rc),
            Value::Native(rc) => keep(rc),
            Value::BoundMethod(rc) => keep(rc),
            Value::Class(rc) => keep(rc),
            Value::Module(rc) => keep(rc),
            Value::Instance(rc) => keep(rc),
            Value::Cell(rc) => keep(rc),
            Value::Code(rc) => keep(rc),
        }
        // SAFETY: every variant is either plain data or one counted pointer, whose count was just raised for the copy.
        #[expect(
            unsafe_code,
            reason = "field by field, tag and payload are written apart and read back at once, which \
                                        stalls: copying both together makes the run loop a third faster"
        )]
        unsafe {
            std::ptr::read(self)
        }
    }
}

impl Value {
    /// `True` or `False`.
    #[expect(non_snake_case, reason = "it reads as the variants beside it")]
    #[inline(always)]
    pub fn Bool(truth: bool) -> Self {
        Value::Truth(truth.into())
    }

    /// A float.
    #[expect(non_snake_case, reason = "as above")]
    #[inline(always)]
    pub fn Float(number: f64) -> Self {
        Value::Real(Real::new(number))
    }

    /// A string value.
    pub fn str(text: impl Into<Str>) -> Self {
        Value::Str(text.into())
    }

    /// A tuple of these.
    pub fn tuple(items: impl Into<Vec<Value>>) -> Self {
        Value::Tuple(Rc::new(Tuple::new(items.into())))
    }

    /// A list of these.
    pub fn list(items: impl Into<Vec<Value>>) -> Self {
        Value::List(List::shared(items.into()))
    }

    /// A `bytes` value.
    pub fn bytes(data: impl Into<Vec<u8>>) -> Self {
        Value::Bytes(Rc::new(Bytes::new(data.into())))
    }

    /// An integer, in whichever form holds it.
    pub fn int(number: impl Into<BigInt>) -> Self {
        let number = number.into();
        match i64::try_from(&number) {
            Ok(small) => Value::Int(small),
            Err(_) => Value::BigInt(Rc::new(number)),
        }
    }

    /// The value itself, or what an instance of a Python subclass of a builtin (`class S(str)`) holds.
    pub fn plain(&self) -> &Value {
        match self {
            Value::Instance(instance) => instance.value().unwrap_or(self),
            _ => self,
        }
    }

    /// Drops the value, at once where there is nothing to be counted.
    #[inline(always)]
    pub(crate) fn discard(self) {
        if matches!(
            self,
            Value::Unset
                | Value::None
                | Value::NotImplemented
                | Value::Ellipsis
                | Value::Truth(_)
                | Value::Int(_)
                | Value::Real(_)
        ) {
            std::mem::forget(self);
        } else if let Value::Str(text) = self {
            drop(text);
        }
    }

    /// Whether this is no value at all.
    pub fn is_unset(&self) -> bool {
        matches!(self, Value::Unset)
    }

    /// Whether this is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// The value, unless it is unset.
    pub fn set(self) -> Option<Value> {
        if self.is_unset() { None } else { Some(self) }
    }

    /// The text, for a string or an instance of a subclass of `str`.
    pub fn as_str(&self) -> Option<&Str> {
        match self.plain() {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The items, for a tuple or an instance of a subclass of `tuple`.
    pub fn as_tuple(&self) -> Option<&[Value]> {
        match self.plain() {
            Value::Tuple(tuple) => Some(tuple),
            _ => None,
        }
    }

    /// The list, for a list or an instance of a subclass of `list`.
    pub fn as_list(&self) -> Option<&Rc<List>> {
        match self.plain() {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The dict, for a dict or an instance of a subclass of `dict`.
    pub fn as_dict(&self) -> Option<&Rc<Dict>> {
        match self.plain() {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The set, for a set, a frozenset or an instance of a subclass of either.
    pub fn as_set(&self) -> Option<&Rc<Set>> {
        match self.plain() {
            Value::Set(set) | Value::FrozenSet(set) => Some(set),
            _ => None,
        }
    }

    /// The bytes, for `bytes` or an instance of a subclass of it.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.plain() {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The class, for a class.
    pub fn as_class(&self) -> Option<&Rc<Class>> {
        match self {
            Value::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The instance, for a value of the kind `Instance`.
    pub fn as_instance(&self) -> Option<&Rc<Instance>> {
        match self {
            Value::Instance(instance) => Some(instance),
            _ => None,
        }
    }

    /// The small integer, for an `int` (or `bool`, as in Python) of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.plain() {
            Value::Int(number) => Some(*number),
            Value::Truth(truth) => Some(i64::from(*truth)),
            _ => None,
        }
    }

    /// The integer of any size, for an `int` or `bool`.
    pub fn as_bigint(&self) -> Option<BigInt> {
        match self.plain() {
            Value::Int(number) => Some(BigInt::from(*number)),
            Value::Truth(truth) => Some(BigInt::from(i64::from(*truth))),
            Value::BigInt(number) => Some((**number).clone()),
            _ => None,
        }
    }

    /// The host's data in a native instance, when it is of the type `T`.
    pub fn payload<T: 'static>(&self) -> Option<&T> {
        match self {
            Value::Instance(instance) => instance.payload::<T>(),
            _ => None,
        }
    }

    /// Python's `is`.
    pub fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Unset, Value::Unset)
            | (Value::None, Value::None)
            | (Value::NotImplemented, Value::NotImplemented)
            | (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Truth(a), Value::Truth(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b)) => {
                a.is(b) || (a.len_bytes() <= 1 && b.len_bytes() <= 1 && a.as_str() == b.as_str())
            }
            (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b) || (a.is_empty() && b.is_empty()),
            _ => match (self.address(), other.address()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// Where a counted object lives: its identity while it is alive. `None` for immediates.
    pub fn address(&self) -> Option<usize> {
        fn at<T: ?Sized>(rc: &Rc<T>) -> Option<usize> {
            Some(Rc::as_ptr(rc).cast::<()>() as usize)
        }
        match self {
            Value::Unset
            | Value::None
            | Value::NotImplemented
            | Value::Ellipsis
            | Value::Truth(_)
            | Value::Int(_)
            | Value::Real(_) => None,
            Value::BigInt(rc) => at(rc),
            Value::Complex(rc) => at(rc),
            Value::Str(text) => Some(text.address()),
            Value::Bytes(rc) => at(rc),
            Value::Tuple(rc) => at(rc),
            Value::List(rc) => at(rc),
            Value::Dict(rc) => at(rc),
            Value::Set(rc) | Value::FrozenSet(rc) => at(rc),
            Value::Range(rc) => at(rc),
            Value::Slice(rc) => at(rc),
            Value::Iter(rc) => at(rc),
            Value::Generator(rc) => at(rc),
            Value::Function(rc) => at(rc),
            Value::Native(rc) => at(rc),
            Value::BoundMethod(rc) => at(rc),
            Value::Class(rc) => at(rc),
            Value::Module(rc) => at(rc),
            Value::Instance(rc) => at(rc),
            Value::Cell(rc) => at(rc),
            Value::Code(rc) => at(rc),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Unset => f.write_str("<unset>"),
            Value::None => f.write_str("None"),
            Value::NotImplemented => f.write_str("NotImplemented"),
            Value::Ellipsis => f.write_str("Ellipsis"),
            Value::Truth(truth) => write!(f, "{}", truth.get()),
            Value::Int(number) => write!(f, "{number}"),
            Value::Real(number) => write!(f, "{:?}", number.get()),
            Value::BigInt(number) => write!(f, "{number}"),
            Value::Complex(parts) => write!(f, "{parts:?}"),
            Value::Str(text) => write!(f, "{:?}", text.as_str()),
            Value::Bytes(bytes) => write!(f, "{:?}", &bytes[..]),
            Value::Tuple(items) => f.debug_list().entries(items.iter()).finish(),
            Value::Class(class) => write!(f, "<class {}>", class.name()),
            Value::Instance(instance) => write!(f, "<{}>", instance.class().name()),
            Value::Module(module) => write!(f, "<module {}>", module.name),
            Value::Native(native) => write!(f, "<native {}>", native.name),
            _ => f.write_str("<object>"),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Int(i64::from(number))
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(i64::from(number))
    }
}
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        i64::try_from(number).map_or_else(|_| Value::int(number), Value::Int)
    }
}
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Value::int(number), Value::Int)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(Str::from(text))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(Str::from(text))
    }
}
impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Value::Str(text)
    }
}
impl From<&Str> for Value {
    fn from(text: &Str) -> Self {
        Value::Str(text.clone())
    }
}
impl From<BigInt> for Value {
    fn from(number: BigInt) -> Self {
        Value::int(number)
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::list(items)
    }
}
impl From<Rc<Class>> for Value {
    fn from(class: Rc<Class>) -> Self {
        Value::Class(class)
    }
}
impl From<&Rc<Class>> for Value {
    fn from(class: &Rc<Class>) -> Self {
        Value::Class(class.clone())
    }
}
impl From<Rc<Instance>> for Value {
    fn from(instance: Rc<Instance>) -> Self {
        Value::Instance(instance)
    }
}
impl From<Rc<Dict>> for Value {
    fn from(dict: Rc<Dict>) -> Self {
        Value::Dict(dict)
    }
}
impl From<Rc<List>> for Value {
    fn from(list: Rc<List>) -> Self {
        Value::List(list)
    }
}
impl From<Rc<NativeFunction>> for Value {
    fn from(native: Rc<NativeFunction>) -> Self {
        Value::Native(native)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Value::None, Into::into)
    }
}
