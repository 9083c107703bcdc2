//! [`Iter`]: the engine's own iterators.

use std::cell::RefCell;
use std::rc::Rc;

use super::release::release;
use super::{Class, Dict, List, PyResult, Set, Str, Tuple, Value};
use crate::python::vm::Vm;

/// An iterator. Its state is taken out while a step runs that may call Python code, so that a re-entrant `next` finds it
/// exhausted instead of borrowed.
pub struct Iter {
    /// Its type, for `type()` and messages.
    pub class: Rc<Class>,
    /// Where it stands.
    pub state: RefCell<IterState>,
    /// The `__qualname__` of the generator function that it stands for.
    pub name: Option<&'static str>,
}

/// Which part of a dict an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DictPart {
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Pairs.
    Items,
}

/// A step of a native iterator: the next value, or `None` at the end.
pub type Step = Box<dyn FnMut(&mut Vm) -> PyResult<Option<Value>>>;

/// Where an iterator stands.
pub enum IterState {
    /// At its end, for ever.
    Done,
    /// In a list, at this index.
    List(Rc<List>, usize),
    /// In a list, backwards; the index after the next item.
    ListReversed(Rc<List>, usize),
    /// In a tuple, at this index.
    Tuple(Rc<Tuple>, usize),
    /// In numbers: next, how many are left, step.
    Range(i64, u64, i64),
    /// In a string: byte position.
    Str(Str, usize),
    /// In a dict: part, raw position, the length it must keep.
    Dict(Rc<Dict>, DictPart, usize, usize),
    /// In a dict backwards: part, raw position after the next entry, the length it must keep.
    DictReversed(Rc<Dict>, DictPart, usize, usize),
    /// In a set: raw slot, the length it must keep.
    Set(Rc<Set>, usize, usize),
    /// A step in Rust.
    Native(Step),
}

impl Drop for Iter {
    fn drop(&mut self) {
        match std::mem::replace(self.state.get_mut(), IterState::Done) {
            IterState::Done | IterState::Range(..) | IterState::Str(..) => {}
            state => release(state),
        }
    }
}
