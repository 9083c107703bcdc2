//! What hosts and native modules keep with the machine: one value a type.

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

    /// The state of this type; made on first use.
    pub fn hosted<T: 'static>(&mut self, make: impl FnOnce(&mut Vm) -> T) -> Rc<T> {
        if let Some(known) = self.host::<T>() {
            return known;
        }
        let made = make(self);
        // Making it may have made it already, where it needs itself by a detour: the first one counts.
        if let Some(known) = self.host::<T>() {
            return known;
        }
        let made = Rc::new(made);
        self.set_host(made.clone());
        made
    }
}
