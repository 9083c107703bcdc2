//! What a host keeps with the machine: one value a type.

use std::any::{Any, TypeId};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Vm;

pub(super) type Hosts = FxHashMap<TypeId, Rc<dyn Any>>;

impl Vm {
    /// Keeps a host's state, in place of an earlier one of the same type.
    pub fn set_host<T: 'static>(&mut self, state: Rc<T>) {
        self.hosts.insert(TypeId::of::<T>(), state);
    }

    /// The host's state of this type, when it was set.
    pub fn host<T: 'static>(&self) -> Option<Rc<T>> {
        self.hosts.get(&TypeId::of::<T>()).and_then(|state| state.clone().downcast::<T>().ok())
    }
}
