//! Names of modules and class bodies, and what is said where one is missing.

use std::rc::Rc;

use crate::python::code::{Code, Site};
use crate::python::exceptions::Kind;
use crate::python::object::{Dict, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    #[inline]
    pub(super) fn load_global(&mut self, site: &Site) -> PyResult {
        if let Some(frame) = self.frames.last() {
            let globals = frame.globals();
            let shape = globals.shape();
            if site.version.get() == shape && shape != 0 {
                if site.other.get() == 0 {
                    if let Some(value) = globals.value_at(site.position.get() as usize) {
                        return Ok(value);
                    }
                } else if site.other.get() == self.builtins.shape()
                    && let Some(value) = self.builtins.value_at(site.position.get() as usize)
                {
                    return Ok(value);
                }
            }
        }
        self.load_global_slowly(site)
    }

    fn load_global_slowly(&mut self, site: &Site) -> PyResult {
        let globals = self.globals_here();
        if let Some(position) = globals.position_str(&site.name) {
            site.version.set(globals.shape());
            site.other.set(0);
            site.position.set(position as u32);
            if let Some(value) = globals.value_at(position) {
                return Ok(value);
            }
        }
        if let Some(position) = self.builtins.position_str(&site.name) {
            site.version.set(globals.shape());
            site.other.set(self.builtins.shape());
            site.position.set(position as u32);
            if let Some(value) = self.builtins.value_at(position) {
                return Ok(value);
            }
        }
        Err(self.undefined(&globals, &site.name))
    }

    #[inline]
    pub(super) fn store_global(&mut self, site: &Site, value: Value) {
        let Some(frame) = self.frames.last() else { return };
        let value = match frame.globals().replace_hinted(site.position.get() as usize, &site.name, value) {
            Ok(()) => return,
            Err(value) => value,
        };
        let globals = frame.globals().clone();
        let old = globals.set_str(site.name.clone(), value);
        drop(old);
        if let Some(position) = globals.position_str(&site.name) {
            site.position.set(position as u32);
            site.version.set(globals.shape());
            site.other.set(0);
        }
    }

    pub(super) fn delete_global(&mut self, site: &Site) -> PyResult<()> {
        let globals = self.globals_here();
        match globals.remove_str(&site.name) {
            Some(_) => Ok(()),
            None => Err(self.undefined(&globals, &site.name)),
        }
    }

    /// The `NameError` for a name that nothing defines, or, where a statement that failed would have defined it, the
    /// reason for that.
    pub(super) fn undefined(&mut self, globals: &Rc<Dict>, name: &Str) -> Raised {
        if let Some(raised) = self.poison_of(globals, name) {
            return raised;
        }
        if matches!(name.as_str(), "ExceptionGroup" | "BaseExceptionGroup") {
            return self.unsupported(name.as_str());
        }
        let raised = self.raise(Kind::NameError, format!("name '{name}' is not defined"));
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", name);
        }
        raised
    }

    pub(super) fn load_name(&mut self, site: &Site) -> PyResult {
        match self.find_in_namespace(&site.name)? {
            Some(value) => Ok(value),
            None => self.load_global_slowly(site),
        }
    }

    fn find_in_namespace(&mut self, name: &Str) -> PyResult<Option<Value>> {
        let namespace = self.frames.last().and_then(|frame| frame.namespace.as_deref().cloned());
        match namespace {
            Some(Value::Dict(dict)) => Ok(dict.get_str(name)),
            Some(other) => match self.get_item(&other, &Value::Str(name.clone())) {
                Ok(value) => Ok(Some(value)),
                Err(raised) if raised.is(self.exceptions.get(Kind::KeyError)) => Ok(None),
                Err(raised) => Err(raised),
            },
            None => Ok(None),
        }
    }

    pub(super) fn store_name(&mut self, site: &Site, value: Value) -> PyResult<()> {
        let namespace = self.frames.last().and_then(|frame| frame.namespace.as_deref().cloned());
        match namespace {
            Some(Value::Dict(dict)) => {
                let old = dict.set_str(site.name.clone(), value);
                drop(old);
                Ok(())
            }
            Some(other) => self.set_item(&other, &Value::Str(site.name.clone()), value),
            None => {
                self.store_global(site, value);
                Ok(())
            }
        }
    }

    pub(super) fn delete_name(&mut self, site: &Site) -> PyResult<()> {
        let namespace = self.frames.last().and_then(|frame| frame.namespace.as_deref().cloned());
        let key = Value::Str(site.name.clone());
        match namespace {
            Some(namespace) => match self.del_item(&namespace, &key) {
                Err(raised) if raised.is(self.exceptions.get(Kind::KeyError)) => {
                    let globals = self.globals_here();
                    Err(self.undefined(&globals, &site.name))
                }
                other => other,
            },
            None => self.delete_global(site),
        }
    }

    pub(super) fn load_class_cell(&mut self, code: &Code, at: usize, site: u32) -> PyResult {
        let site = &code.sites[site as usize];
        if let Some(value) = self.find_in_namespace(&site.name)? {
            return Ok(value);
        }
        let value = match &self.stack[at] {
            Value::Cell(cell) => cell.get(),
            _ => Value::Unset,
        };
        match value {
            Value::Unset => Err(self.free_unbound(&site.name)),
            value => Ok(value),
        }
    }

    /// The error for a local that is not bound. `operand` says which of an instruction's slots it was: 1 or 2; 0 if it
    /// has but one.
    #[cold]
    pub(super) fn unbound(&mut self, code: &Code, slot: u32, operand: u8) -> Raised {
        self.fault = operand;
        let name = code.slots.get(slot as usize).cloned().unwrap_or_else(|| Str::interned(""));
        let text = format!("cannot access local variable '{name}' where it is not associated with a value");
        let raised = self.raise(Kind::UnboundLocalError, text);
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", &name);
        }
        raised
    }

    #[cold]
    pub(super) fn unbound_cell(&mut self, code: &Code, slot: u32) -> Raised {
        if code.cells.contains(&slot) {
            return self.unbound(code, slot, 0);
        }
        let name = code.slots.get(slot as usize).cloned().unwrap_or_else(|| Str::interned(""));
        self.free_unbound(&name)
    }

    fn free_unbound(&mut self, name: &Str) -> Raised {
        let text =
            format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope");
        let raised = self.raise(Kind::NameError, text);
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", name);
        }
        raised
    }

    pub(super) fn setup_annotations(&mut self) -> PyResult<()> {
        let name = Str::interned("__annotations__");
        let namespace = self.frames.last().and_then(|frame| frame.namespace.as_deref().cloned());
        match namespace {
            Some(Value::Dict(dict)) => {
                if !dict.contains_str(&name) {
                    dict.set_str(name, Value::Dict(Rc::default()));
                }
            }
            Some(other) => {
                let key = Value::Str(name);
                if !self.contains(&other, &key)? {
                    self.set_item(&other, &key, Value::Dict(Rc::default()))?;
                }
            }
            None => {
                let globals = self.globals_here();
                if !globals.contains_str(&name) {
                    globals.set_str(name, Value::Dict(Rc::default()));
                }
            }
        }
        Ok(())
    }
}
