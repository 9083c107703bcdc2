//! Attributes of instances, remembered where they are read.

use crate::python::code::Site;
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

/// The class has nothing of this name that goes before the instance's own: look there, position hinted.
const OWN: u32 = 1 << 31;

/// What the class has of this name goes first, or the class has its own way to read attributes: no shortcut.
const BY_CLASS: u32 = 3;

/// Which builtin type an object is of whose methods are always the same; 0 for any other. Beyond what else marks a site.
#[inline]
fn builtin_tag(object: &Value) -> u32 {
    match object {
        Value::Str(_) => 16,
        Value::List(_) => 17,
        Value::Dict(_) => 18,
        Value::Set(_) => 19,
        Value::Tuple(_) => 20,
        Value::Bytes(_) => 21,
        _ => 0,
    }
}

/// The attribute in the instance itself, where the site knows that this is where it is found.
#[inline(always)]
pub(super) fn own_attr(site: &Site, object: &Value) -> Option<Value> {
    match object {
        Value::Instance(instance) if site.other.get() == 1 && instance.class_version_is(site.version.get()) => {
            instance.dict_opt()?.value_hinted((site.position.get() & !OWN) as usize, &site.name)
        }
        _ => None,
    }
}

/// Replaces the attribute in the instance itself, where the site knows that this is where it goes; else gives it back.
#[inline(always)]
pub(super) fn replace_own(site: &Site, object: &Value, value: Value) -> Result<(), Value> {
    match object {
        Value::Instance(instance) if site.other.get() == 1 && instance.class_version_is(site.version.get()) => {
            instance.dict().replace_hinted(site.position.get() as usize, &site.name, value)
        }
        _ => Err(value),
    }
}

impl Vm {
    #[inline]
    pub(super) fn load_attr(&mut self, site: &Site, object: &Value) -> PyResult {
        if let Value::Instance(instance) = object {
            if site.other.get() == 1 && instance.class_version_is(site.version.get()) {
                if let Some(dict) = instance.dict_opt() {
                    let hint = (site.position.get() & !OWN) as usize;
                    if let Some(value) = dict.value_hinted(hint, &site.name) {
                        return Ok(value);
                    }
                    if let Some(position) = dict.position_str(&site.name) {
                        site.position.set(position as u32 | OWN);
                        if let Some(value) = dict.value_at(position) {
                            return Ok(value);
                        }
                    }
                }
            } else if site.other.get() != BY_CLASS || !instance.class_version_is(site.version.get()) {
                return self.load_attr_slowly(site, object);
            }
        }
        self.get_attr_str(object, &site.name)
    }

    fn load_attr_slowly(&mut self, site: &Site, object: &Value) -> PyResult {
        if let Value::Instance(instance) = object {
            let class = instance.class();
            let plain = self.reads_plainly(&class);
            let own_first = match class.lookup(&site.name) {
                None => true,
                Some(found) => !self.is_data_descriptor(&found),
            };
            if plain && own_first && class.has_dict.get() {
                site.other.set(1);
            } else {
                site.other.set(BY_CLASS);
            }
            site.version.set(class.version());
        }
        let value = self.get_attr_str(object, &site.name)?;
        Ok(value)
    }

    /// Is `__getattribute__` that of `object`?
    fn reads_plainly(&self, class: &crate::python::object::Class) -> bool {
        match (class.lookup(&self.names.getattribute), self.types.object.lookup(&self.names.getattribute)) {
            (Some(own), Some(plain)) => own.is(&plain),
            (None, _) => true,
            _ => false,
        }
    }

    /// `object → function self`, or `attribute nothing`.
    #[inline]
    pub(super) fn load_method(&mut self, site: &Site, object: Value) -> PyResult<()> {
        if let Value::Instance(instance) = &object
            && site.other.get() == 2
            && instance.class_version_is(site.version.get())
            && instance.dict_opt().is_none_or(|dict| dict.lacks_str(&site.name))
        {
            let method = site.value.borrow().clone();
            self.stack.push(method);
            self.stack.push(object);
            return Ok(());
        }
        let tag = builtin_tag(&object);
        if tag != 0 && site.other.get() == tag {
            let method = site.value.borrow().clone();
            self.stack.push(method);
            self.stack.push(object);
            return Ok(());
        }
        let (method, receiver) = self.get_method(&object, &site.name)?;
        if receiver && tag != 0 && matches!(method, Value::Native(_)) {
            site.other.set(tag);
            *site.value.borrow_mut() = method.clone();
        }
        if receiver && let Value::Instance(instance) = &object {
            let class = instance.class();
            if matches!(method, Value::Function(_) | Value::Native(_))
                && self.reads_plainly(&class)
                && class.lookup(&site.name).is_some_and(|found| found.is(&method))
            {
                site.version.set(class.version());
                site.other.set(2);
                *site.value.borrow_mut() = method.clone();
            }
        }
        self.stack.push(method);
        self.stack.push(if receiver { object } else { Value::Unset });
        Ok(())
    }

    #[inline]
    pub(super) fn store_attr(&mut self, site: &Site, object: &Value, value: Value) -> PyResult<()> {
        if let Value::Instance(instance) = object {
            if site.other.get() == 1 && instance.class_version_is(site.version.get()) {
                let dict = instance.dict();
                let hint = site.position.get() as usize;
                let value = match dict.replace_hinted(hint, &site.name, value) {
                    Ok(()) => return Ok(()),
                    Err(value) => value,
                };
                let old = dict.set_str(site.name.clone(), value);
                if old.is_none() {
                    // A new name stands last.
                    site.position.set(dict.len() as u32 - 1);
                }
                drop(old);
                return Ok(());
            }
            let class = instance.class();
            let plain = match (class.lookup(&self.names.setattr), self.types.object.lookup(&self.names.setattr)) {
                (Some(own), Some(plain)) => own.is(&plain),
                (None, _) => true,
                _ => false,
            };
            let free = match class.lookup(&site.name) {
                None => true,
                Some(Value::Instance(_)) => false,
                Some(_) => true,
            };
            let special = site.name.starts_with("__") || instance.has_payload();
            if plain && free && class.has_dict.get() && !special {
                site.version.set(class.version());
                site.other.set(1);
            }
        }
        self.set_attr_str(object, &site.name, value)
    }
}
