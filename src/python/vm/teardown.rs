//! The end of a machine: counted references alone would keep alive whatever refers back to itself, and a process runs
//! many programs.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use rustc_hash::FxHashSet;

use crate::python::object::farewell;
use crate::python::object::{CellObject, Dict, Generator, IterState, List, Payload, Str, Value, roll};
use crate::python::types::descriptor::{ClassMethod, Property, StaticMethod};
use crate::python::vm::Vm;

thread_local! {
    /// How many machines there are: the circles that programs left are undone with the last one.
    static MACHINES: Cell<u32> = const { Cell::new(0) };
}

impl Vm {
    /// Counts a machine that begins.
    pub(super) fn count_in() {
        MACHINES.set(MACHINES.get() + 1);
    }

    /// Takes objects that a host held until now: at the end of the machine what they refer to is let go with the rest.
    pub fn hand_over(&mut self, held: Vec<Value>) {
        self.stack.extend(held);
    }

    /// Remembers a namespace that code runs in, without keeping it alive.
    pub(super) fn remember_namespace(&mut self, namespace: &Rc<Dict>) {
        if self.namespaces.last().is_some_and(|last| std::ptr::eq(last.as_ptr(), Rc::as_ptr(namespace))) {
            return;
        }
        if self.namespaces.len() >= 64 {
            self.namespaces.retain(|known| known.strong_count() > 0);
        }
        self.namespaces.push(Rc::downgrade(namespace));
    }
}

impl Drop for Vm {
    /// Empties everything that can be reached, and with it all cycles.
    fn drop(&mut self) {
        farewell::set_open(false);
        drop(farewell::take());
        let mut dismantler = Dismantler::default();
        dismantler.add_dict(&self.modules);
        dismantler.add_dict(&self.builtins);
        for namespace in self.namespaces.drain(..) {
            if let Some(namespace) = Weak::upgrade(&namespace) {
                dismantler.add_dict(&namespace);
            }
        }
        dismantler.add(Value::Class(self.types.object.clone()));
        dismantler.add(Value::Class(self.types.type_.clone()));
        for value in self.stack.drain(..) {
            dismantler.add(value);
        }
        for poison in &self.poisons {
            dismantler.add_dict(&poison.globals);
        }
        dismantler.run();
        self.frames.clear();
        self.handled = None;
        self.identities = Default::default();
        drop(dismantler);
        MACHINES.set(MACHINES.get().saturating_sub(1));
        if MACHINES.get() == 0 {
            let mut given_up = Vec::new();
            roll::empty::<Dict>(&mut given_up);
            roll::empty::<List>(&mut given_up);
            roll::empty::<CellObject>(&mut given_up);
            roll::empty::<Generator>(&mut given_up);
            drop(given_up);
        }
        Str::sweep_interned();
    }
}

/// Walks over objects and takes out what they hold.
#[derive(Default)]
struct Dismantler {
    seen: FxHashSet<usize>,
    /// Found and not emptied yet.
    waiting: Vec<Value>,
    /// Emptied. They stay until the end, so that nothing is dropped on the way but shallow things.
    done: Vec<Value>,
    states: Vec<IterState>,
}

impl Dismantler {
    fn add(&mut self, value: Value) {
        match &value {
            Value::Tuple(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::FrozenSet(_)
            | Value::Iter(_)
            | Value::Generator(_)
            | Value::Function(_)
            | Value::Native(_)
            | Value::BoundMethod(_)
            | Value::Class(_)
            | Value::Module(_)
            | Value::Instance(_)
            | Value::Cell(_)
            | Value::Code(_) => {}
            _ => return,
        }
        if value.address().is_some_and(|address| self.seen.insert(address)) {
            self.waiting.push(value);
        }
    }

    fn add_dict(&mut self, dict: &Rc<Dict>) {
        self.add(Value::Dict(dict.clone()));
    }

    fn run(&mut self) {
        while let Some(value) = self.waiting.pop() {
            self.empty(&value);
            self.done.push(value);
        }
    }

    fn add_cells(&mut self, cells: &[Rc<CellObject>]) {
        for cell in cells {
            self.add(Value::Cell(cell.clone()));
        }
    }

    fn empty(&mut self, value: &Value) {
        match value {
            Value::Tuple(items) => items.iter().for_each(|item| self.add(item.clone())),
            Value::List(list) => {
                let items = std::mem::take(&mut *list.borrow_mut());
                items.into_iter().for_each(|item| self.add(item));
            }
            Value::Dict(dict) => {
                for (key, value) in dict.items() {
                    self.add(key);
                    self.add(value);
                }
                dict.clear();
            }
            Value::Set(set) | Value::FrozenSet(set) => {
                set.items().into_iter().for_each(|item| self.add(item));
                set.clear();
            }
            Value::Iter(iter) => {
                let Ok(mut state) = iter.state.try_borrow_mut() else { return };
                let state = std::mem::replace(&mut *state, IterState::Done);
                match &state {
                    IterState::List(list, _) | IterState::ListReversed(list, _) => self.add(Value::List(list.clone())),
                    IterState::Tuple(items, _) => self.add(Value::Tuple(items.clone())),
                    IterState::Dict(dict, ..) | IterState::DictReversed(dict, ..) => self.add_dict(dict),
                    IterState::Set(set, ..) => self.add(Value::Set(set.clone())),
                    _ => {}
                }
                self.states.push(state);
            }
            Value::Generator(generator) => {
                self.add(Value::Function(generator.function.clone()));
                generator.dismantle().into_iter().for_each(|value| self.add(value));
            }
            Value::Function(function) => {
                self.add_dict(&function.globals);
                self.add(Value::Code(function.code.clone()));
                let defaults = function.defaults.borrow().clone();
                defaults.iter().for_each(|value| self.add(value.clone()));
                let dicts = [function.keyword_defaults.take(), function.annotations.take()];
                for dict in dicts.iter().flatten().chain(function.dict.get()) {
                    self.add_dict(dict);
                }
                self.add_cells(&function.closure);
            }
            Value::Code(code) => {
                for site in code.sites.iter() {
                    self.add(site.value.replace(Value::Unset));
                }
                code.constants.iter().for_each(|constant| self.add(constant.clone()));
            }
            Value::Native(native) => {
                if let Some(dict) = native.dict.get() {
                    self.add_dict(dict);
                }
            }
            Value::BoundMethod(method) => {
                self.add(method.function.clone());
                self.add(method.receiver.clone());
            }
            Value::Class(class) => {
                self.add_dict(class.dict());
                for other in class.bases().into_iter().chain(class.subclasses()).chain(class.metaclass()) {
                    self.add(Value::Class(other));
                }
                class.dismantle();
            }
            Value::Module(module) => self.add_dict(&module.dict),
            Value::Cell(cell) => self.add(cell.0.replace(Value::Unset)),
            Value::Instance(instance) => {
                self.add(Value::Class(instance.class()));
                for dict in instance.dict_opt().into_iter().chain(instance.slots_opt()) {
                    self.add_dict(dict);
                }
                self.empty_payload(value, instance.whole_payload());
            }
            _ => {}
        }
    }

    fn empty_payload(&mut self, value: &Value, payload: Option<&Payload>) {
        match payload {
            Some(Payload::Value(inner)) => self.add(inner.clone()),
            Some(Payload::Exception(state)) => {
                state.args.take().into_iter().for_each(|value| self.add(value));
                state.fields.take().into_iter().for_each(|(_, value)| self.add(value));
                state.cause.take().into_iter().chain(state.context.take()).for_each(|value| self.add(value));
                for entry in state.traceback.take() {
                    self.add_dict(&entry.globals);
                    self.add(Value::Code(entry.code));
                }
            }
            Some(Payload::Native(_)) => {
                if let Some(property) = value.payload::<Property>() {
                    for part in [&property.get, &property.set, &property.delete, &property.doc] {
                        self.add(part.replace(Value::None));
                    }
                } else if let Some(method) = value.payload::<ClassMethod>() {
                    self.add(method.function.replace(Value::None));
                } else if let Some(method) = value.payload::<StaticMethod>() {
                    self.add(method.function.replace(Value::None));
                }
            }
            None => {}
        }
    }
}
