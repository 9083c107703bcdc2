//! [`Hosted`]: what native modules and hosts keep in a machine, one value of a type.

use std::any::{Any, TypeId};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::python::vm::Vm;

/// Values by their type. A module keeps its classes and settings here, so that they are made once a machine and only when
/// they are needed.
#[derive(Default)]
pub struct Hosted(FxHashMap<TypeId, Rc<dyn Any>>);

impl Hosted {
    /// The value of this type, when there is one.
    pub fn get<T: 'static>(&self) -> Option<Rc<T>> {
        self.0.get(&TypeId::of::<T>()).and_then(|value| value.clone().downcast().ok())
    }

    /// Puts a value in, in place of the one of its type.
    pub fn put<T: 'static>(&mut self, value: T) -> Rc<T> {
        let value = Rc::new(value);
        self.0.insert(TypeId::of::<T>(), value.clone());
        value
    }
}

impl Vm {
    /// The one value of this type that the machine keeps; made on first use.
    pub fn hosted<T: 'static>(&mut self, make: impl FnOnce(&mut Vm) -> T) -> Rc<T> {
        if let Some(known) = self.hosted.get::<T>() {
            return known;
        }
        let made = make(self);
        // Making it may have made it already, where it needs itself by a detour: the first one counts.
        if let Some(known) = self.hosted.get::<T>() {
            return known;
        }
        self.hosted.put(made)
    }
}
