//! Tuples, lists, bytes, ranges, slices and cells.

use std::any::Any;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::Rc;
use std::thread::LocalKey;

use super::Value;
use super::release::release;
use super::roll::{self, Enrolled, First, Link};

/// The items of a tuple. Derefs to a slice.
pub struct Tuple(Box<[Value]>);

impl Tuple {
    /// A tuple of these.
    pub fn new(items: Vec<Value>) -> Self {
        Self(items.into_boxed_slice())
    }
}
impl std::ops::Deref for Tuple {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            release(std::mem::take(&mut self.0));
        }
    }
}

/// A list. No borrow of its items may be held while Python code can run: clone items out, or iterate by index.
#[derive(Default)]
pub struct List(RefCell<Vec<Value>>, Link<List>);

impl List {
    /// A list of these.
    pub fn new(items: Vec<Value>) -> Self {
        Self(RefCell::new(items), Link::default())
    }
    /// A list that a program may hold.
    #[inline]
    pub fn shared(items: Vec<Value>) -> Rc<Self> {
        let list = Rc::new(Self::new(items));
        roll::enroll(&list);
        list
    }
    /// Its items, for reading.
    pub fn borrow(&self) -> Ref<'_, Vec<Value>> {
        self.0.borrow()
    }
    /// Its items, for writing.
    pub fn borrow_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.0.borrow_mut()
    }
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
    /// The item at `index`, when there is one.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.0.borrow().get(index).cloned()
    }
    /// Adds an item at the end.
    pub fn push(&self, value: Value) {
        self.0.borrow_mut().push(value);
    }
    /// A copy of the items.
    pub fn to_vec(&self) -> Vec<Value> {
        self.0.borrow().clone()
    }
}

impl Enrolled for List {
    fn link(&self) -> &Link<Self> {
        &self.1
    }

    fn first() -> &'static LocalKey<First<Self>> {
        thread_local! {
            static FIRST: First<List> = const { Cell::new(std::ptr::null()) };
        }
        &FIRST
    }

    fn surrender(&self) -> Box<dyn Any> {
        Box::new(self.0.try_borrow_mut().map(|mut items| std::mem::take(&mut *items)).unwrap_or_default())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        roll::leave(self);
        let items = std::mem::take(self.0.get_mut());
        if !items.is_empty() {
            release(items);
        }
    }
}

/// The data of `bytes`. Derefs to a slice.
pub struct Bytes(Box<[u8]>);

impl Bytes {
    /// Bytes of this data.
    pub fn new(data: Vec<u8>) -> Self {
        Self(data.into_boxed_slice())
    }
}
impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A range: each part an `Int` or `BigInt`, the step not zero.
pub struct Range {
    /// The first number.
    pub start: Value,
    /// The bound, not included.
    pub stop: Value,
    /// The distance.
    pub step: Value,
}

/// A slice: three values as they were given, `None` where nothing was.
pub struct Slice {
    /// Before the first colon.
    pub start: Value,
    /// After it.
    pub stop: Value,
    /// After the second.
    pub step: Value,
}

impl Drop for Slice {
    fn drop(&mut self) {
        let parts = [&mut self.start, &mut self.stop, &mut self.step].map(|part| std::mem::replace(part, Value::Unset));
        release(parts);
    }
}

/// A variable that closures share; `Unset` while it is unbound.
pub struct CellObject(pub RefCell<Value>, Link<CellObject>);

impl CellObject {
    /// A cell that holds `value`.
    pub fn shared(value: Value) -> Rc<Self> {
        let cell = Rc::new(Self(RefCell::new(value), Link::default()));
        roll::enroll(&cell);
        cell
    }
    /// What it holds.
    pub fn get(&self) -> Value {
        self.0.borrow().clone()
    }
    /// Puts a value in.
    pub fn set(&self, value: Value) {
        let old = self.0.replace(value);
        drop(old);
    }
}

impl Enrolled for CellObject {
    fn link(&self) -> &Link<Self> {
        &self.1
    }

    fn first() -> &'static LocalKey<First<Self>> {
        thread_local! {
            static FIRST: First<CellObject> = const { Cell::new(std::ptr::null()) };
        }
        &FIRST
    }

    fn surrender(&self) -> Box<dyn Any> {
        Box::new(
            self.0
                .try_borrow_mut()
                .map(|mut value| std::mem::replace(&mut *value, Value::Unset))
                .unwrap_or(Value::Unset),
        )
    }
}

impl Drop for CellObject {
    fn drop(&mut self) {
        roll::leave(self);
        release(std::mem::replace(self.0.get_mut(), Value::Unset));
    }
}
