//! Attributes: descriptors, instances, classes, modules.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{BoundMethod, Class, PyResult, Raised, Str, Value};
use crate::python::types::descriptor::{ClassMethod, Member, Property, StaticMethod};
use crate::python::vm::Vm;

impl Vm {
    /// `getattr(object, name)`
    pub fn get_attr(&mut self, object: &Value, name: impl AsRef<str>) -> PyResult {
        self.get_attr_str(object, &Str::interned(name.as_ref()))
    }

    /// `getattr(object, name)`, with the name interned.
    pub fn get_attr_str(&mut self, object: &Value, name: &Str) -> PyResult {
        match self.get_attr_opt_str(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// The attribute, or `None` where reading it raises `AttributeError`.
    pub fn get_attr_opt(&mut self, object: &Value, name: impl AsRef<str>) -> PyResult<Option<Value>> {
        let name = Str::interned(name.as_ref());
        match self.get_attr_opt_str(object, &name) {
            Err(raised) if raised.is(self.exceptions.get(Kind::AttributeError)) => Ok(None),
            other => other,
        }
    }

    /// The attribute; `Ok(None)` where it is plainly not there. An `AttributeError` from Python code stays an error.
    pub fn get_attr_opt_str(&mut self, object: &Value, name: &Str) -> PyResult<Option<Value>> {
        let class = self.class_of(object);
        if matches!(object, Value::Instance(_) | Value::Class(_)) && !class.native {
            let names = &self.names;
            let (getattribute, getattr) = (names.getattribute.clone(), names.getattr.clone());
            let own = class.lookup(&getattribute).filter(|found| !matches!(found, Value::Native(_)));
            let result = match own {
                Some(method) => {
                    let bound = self.bind(&method, object, &class)?;
                    self.call(&bound, [Value::Str(name.clone())]).map(Some)
                }
                None => self.generic_get_attr(object, &class, name),
            };
            let lacking = match &result {
                Ok(found) => found.is_none(),
                Err(raised) => raised.is(self.exceptions.get(Kind::AttributeError)),
            };
            if lacking && let Some(method) = class.lookup(&getattr) {
                let bound = self.bind(&method, object, &class)?;
                return self.call(&bound, [Value::Str(name.clone())]).map(Some);
            }
            return result;
        }
        let found = self.generic_get_attr(object, &class, name)?;
        if found.is_none()
            && matches!(object, Value::Instance(_) | Value::Class(_))
            && let Some(method) = class.lookup(&self.names.getattr.clone())
        {
            let bound = self.bind(&method, object, &class)?;
            return self.call(&bound, [Value::Str(name.clone())]).map(Some);
        }
        if let (None, Value::Module(module)) = (&found, object)
            && !name.starts_with("__")
            && let Some(function) = module.dict.get_str(&self.names.getattr)
        {
            return self.call(&function, [Value::Str(name.clone())]).map(Some);
        }
        Ok(found)
    }

    /// `object.__getattribute__` and its like for classes and modules, without `__getattr__`.
    pub fn generic_get_attr(&mut self, object: &Value, class: &Rc<Class>, name: &Str) -> PyResult<Option<Value>> {
        if let Value::Class(target) = object {
            return self.class_get_attr(target, class, name);
        }
        if let Some(proxy) = object.payload::<crate::python::types::super_::Super>()
            && let Some(found) = self.super_attribute(proxy, name)?
        {
            return Ok(Some(found));
        }
        // The type has these of its own; in CPython what stands there is a descriptor for the function's.
        if matches!(object, Value::Function(_) | Value::Native(_))
            && (*name == "__module__" || *name == "__doc__")
            && let Some(value) = self.special_attribute(object, class, name)?
        {
            return Ok(Some(value));
        }
        if matches!(
            object,
            Value::Function(_) | Value::Native(_) | Value::BoundMethod(_) | Value::Module(_) | Value::Generator(_)
        ) && name.starts_with("__")
        {
            // Their types' own `__module__`, `__doc__` and `__name__` must not hide theirs.
            if let Some(value) = self.own_attribute(object, name) {
                return Ok(Some(value));
            }
            if let Some(value) = self.special_attribute(object, class, name)? {
                return Ok(Some(value));
            }
        }
        let found = class.lookup(name);
        if let Some(found) = &found
            && self.is_data_descriptor(found)
        {
            return self.bind(found, object, class).map(Some);
        }
        if let Some(value) = self.own_attribute(object, name) {
            return Ok(Some(value));
        }
        match found {
            Some(found) => self.bind(&found, object, class).map(Some),
            None => self.special_attribute(object, class, name),
        }
    }

    /// The attribute in the object's own namespace.
    pub fn own_attribute(&self, object: &Value, name: &Str) -> Option<Value> {
        match object {
            Value::Instance(instance) => instance.get(name),
            Value::Module(module) => module.dict.get_str(name),
            Value::Function(function) => function.dict.get().and_then(|dict| dict.get_str(name)),
            Value::Native(native) => native.dict.get().and_then(|dict| dict.get_str(name)),
            _ => None,
        }
    }

    fn class_get_attr(&mut self, target: &Rc<Class>, metaclass: &Rc<Class>, name: &Str) -> PyResult<Option<Value>> {
        let object = Value::Class(target.clone());
        let on_meta = metaclass.lookup(name);
        if let Some(found) = &on_meta
            && self.is_data_descriptor(found)
        {
            return self.bind(found, &object, metaclass).map(Some);
        }
        if let Some(found) = target.lookup(name) {
            return self.bind_class(&found, target).map(Some);
        }
        match on_meta {
            Some(found) => self.bind(&found, &object, metaclass).map(Some),
            None => self.special_attribute(&object, metaclass, name),
        }
    }

    /// Whether a value found in a class goes before the instance's own attributes.
    pub fn is_data_descriptor(&mut self, found: &Value) -> bool {
        match found {
            Value::Instance(instance) => {
                if instance.payload::<Property>().is_some() || instance.payload::<Member>().is_some() {
                    return true;
                }
                if instance.payload::<ClassMethod>().is_some() || instance.payload::<StaticMethod>().is_some() {
                    return false;
                }
                let class = instance.class();
                class.lookup(&self.names.set).is_some() || class.lookup(&self.names.delete).is_some()
            }
            _ => false,
        }
    }

    /// What a value found in `class` gives when it is read through `object`: `found.__get__(object, class)`.
    pub fn bind(&mut self, found: &Value, object: &Value, class: &Rc<Class>) -> PyResult {
        match found {
            Value::Function(_) => {}
            Value::Native(native) => {
                if !native.binds {
                    return Ok(found.clone());
                }
            }
            Value::Instance(instance) => {
                if let Some(property) = instance.payload::<Property>() {
                    let get = property.get.borrow().clone();
                    if get.is_none() {
                        let name = property.name.borrow().clone();
                        let name = name.as_str().map_or(String::new(), |name| format!(" '{name}'"));
                        let class = self.class_of(object).qualname();
                        let text = format!("property{name} of '{class}' object has no getter");
                        return Err(self.raise(Kind::AttributeError, text));
                    }
                    return self.call(&get, [object.clone()]);
                }
                if let Some(method) = instance.payload::<ClassMethod>() {
                    let function = method.function.borrow().clone();
                    return self.bind_to_class(&function, class);
                }
                if let Some(method) = instance.payload::<StaticMethod>() {
                    return Ok(method.function.borrow().clone());
                }
                if let Some(member) = instance.payload::<Member>() {
                    let slots = object.as_instance().and_then(|instance| instance.slots_opt());
                    return match slots.and_then(|slots| slots.get_str(&member.name)) {
                        Some(value) => Ok(value),
                        None => Err(self.no_attribute(object, &member.name.clone())),
                    };
                }
                let own = instance.class();
                return match own.lookup(&self.names.get.clone()) {
                    Some(get) => self.call(&get, [found.clone(), object.clone(), Value::Class(class.clone())]),
                    None => Ok(found.clone()),
                };
            }
            _ => return Ok(found.clone()),
        }
        Ok(Value::BoundMethod(Rc::new(BoundMethod { function: found.clone(), receiver: object.clone() })))
    }

    fn bind_to_class(&mut self, function: &Value, class: &Rc<Class>) -> PyResult {
        let receiver = Value::Class(class.clone());
        match function {
            Value::Function(_) | Value::Native(_) => {
                Ok(Value::BoundMethod(Rc::new(BoundMethod { function: function.clone(), receiver })))
            }
            Value::Instance(_) => {
                let metaclass = self.class_of(&receiver);
                let bound = self.bind(function, &receiver, &metaclass)?;
                if bound.is(function) {
                    return Ok(Value::BoundMethod(Rc::new(BoundMethod { function: bound, receiver })));
                }
                Ok(bound)
            }
            _ => Ok(Value::BoundMethod(Rc::new(BoundMethod { function: function.clone(), receiver }))),
        }
    }

    /// What a value found in a class gives when it is read through the class: `found.__get__(None, class)`.
    pub fn bind_class(&mut self, found: &Value, class: &Rc<Class>) -> PyResult {
        let Value::Instance(instance) = found else { return Ok(found.clone()) };
        if instance.payload::<Property>().is_some() {
            return Ok(found.clone());
        }
        if let Some(method) = instance.payload::<ClassMethod>() {
            let function = method.function.borrow().clone();
            return self.bind_to_class(&function, class);
        }
        if let Some(method) = instance.payload::<StaticMethod>() {
            return Ok(method.function.borrow().clone());
        }
        match instance.class().lookup(&self.names.get.clone()) {
            Some(get) => self.call(&get, [found.clone(), Value::None, Value::Class(class.clone())]),
            None => Ok(found.clone()),
        }
    }

    /// `__new__` as it is called: the function in a `staticmethod`.
    pub(crate) fn bind_static(&self, found: &Value) -> Value {
        match found.payload::<StaticMethod>() {
            Some(method) => method.function.borrow().clone(),
            None => found.clone(),
        }
    }

    /// A method for a call: `(function, true)` where the object must be put in front of the arguments, else `(callable, false)`.
    /// Saves making a bound method.
    pub fn get_method(&mut self, object: &Value, name: &Str) -> PyResult<(Value, bool)> {
        let class = self.class_of(object);
        if !matches!(object, Value::Class(_) | Value::Module(_))
            // The methods of `super` itself are not what is asked of a proxy.
            && !Rc::ptr_eq(&class, &self.types.super_)
            && let Some(found) = class.lookup(name)
            && (matches!(found, Value::Function(_)) || matches!(&found, Value::Native(native) if native.binds))
            && (class.native || !matches!(class.lookup(&self.names.getattribute), Some(Value::Function(_))))
        {
            return match self.own_attribute(object, name) {
                Some(own) => Ok((own, false)),
                None => Ok((found, true)),
            };
        }
        Ok((self.get_attr_str(object, name)?, false))
    }

    /// A dunder method of the class, bound: how operators find theirs. `None` where the class lacks it or has set it to `None`.
    pub fn special_method(&mut self, object: &Value, name: &Str) -> PyResult<Option<Value>> {
        let class = self.class_of(object);
        match class.lookup(name) {
            Some(found) => self.bind(&found, object, &class).map(Some),
            None => Ok(None),
        }
    }

    /// Calls a dunder method of the class; `None` where it lacks it.
    pub fn call_special(&mut self, object: &Value, name: &Str, args: &[Value]) -> PyResult<Option<Value>> {
        let class = self.class_of(object);
        let Some(found) = class.lookup(name) else { return Ok(None) };
        match &found {
            Value::Function(_) | Value::Native(_) => {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(object.clone());
                all.extend_from_slice(args);
                self.call(&found, all).map(Some)
            }
            Value::None => {
                let class = class.name();
                Err(self.type_error(format!("'{class}' object does not support {name}")))
            }
            _ => {
                let bound = self.bind(&found, object, &class)?;
                self.call(&bound, args).map(Some)
            }
        }
    }

    /// `setattr(object, name, value)`
    pub fn set_attr(&mut self, object: &Value, name: impl AsRef<str>, value: impl Into<Value>) -> PyResult<()> {
        self.set_attr_str(object, &Str::interned(name.as_ref()), value.into())
    }

    /// `setattr(object, name, value)`, with the name interned.
    pub fn set_attr_str(&mut self, object: &Value, name: &Str, value: Value) -> PyResult<()> {
        let class = self.class_of(object);
        if let Some(method) = class.lookup(&self.names.setattr)
            && !self.is_default_setattr(&method)
        {
            let bound = self.bind(&method, object, &class)?;
            self.call(&bound, [Value::Str(name.clone()), value])?;
            return Ok(());
        }
        self.generic_set_attr(object, &class, name, Some(value))
    }

    /// `delattr(object, name)`
    pub fn del_attr(&mut self, object: &Value, name: impl AsRef<str>) -> PyResult<()> {
        let name = Str::interned(name.as_ref());
        let class = self.class_of(object);
        if let Some(method) = class.lookup(&self.names.delattr)
            && !self.is_default_setattr(&method)
        {
            let bound = self.bind(&method, object, &class)?;
            self.call(&bound, [Value::Str(name)])?;
            return Ok(());
        }
        self.generic_set_attr(object, &class, &name, None)
    }

    fn is_default_setattr(&self, method: &Value) -> bool {
        let Value::Native(native) = method else { return false };
        let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        owner.is_some_and(|owner| Rc::ptr_eq(&owner, &self.types.object) || Rc::ptr_eq(&owner, &self.types.type_))
    }

    /// `object.__setattr__` (a value) and `object.__delattr__` (none), and those of `type`.
    pub fn generic_set_attr(
        &mut self,
        object: &Value,
        class: &Rc<Class>,
        name: &Str,
        value: Option<Value>,
    ) -> PyResult<()> {
        let found = class.lookup(name);
        if let Some(found) = &found
            && let Value::Instance(descriptor) = found
        {
            if let Some(property) = descriptor.payload::<Property>() {
                let function = if value.is_some() { &property.set } else { &property.delete }.borrow().clone();
                if function.is_none() {
                    return Err(self.property_refuses(property, object, name, value.is_some()));
                }
                let mut args = vec![object.clone()];
                args.extend(value);
                self.call(&function, args)?;
                return Ok(());
            }
            if descriptor.payload::<Member>().is_some()
                && let Value::Instance(instance) = object
            {
                return match value {
                    Some(value) => {
                        let old = instance.slots().set_str(name.clone(), value);
                        drop(old);
                        Ok(())
                    }
                    None => match instance.slots().remove_str(name) {
                        Some(_) => Ok(()),
                        None => Err(self.raise_attribute_error(object, name, name.to_string())),
                    },
                };
            }
            let own = descriptor.class();
            let method = if value.is_some() { self.names.set.clone() } else { self.names.delete.clone() };
            if let Some(method) = own.lookup(&method) {
                let mut args = vec![found.clone(), object.clone()];
                args.extend(value);
                self.call(&method, args)?;
                return Ok(());
            }
        }
        if self.set_special_attribute(object, class, name, value.as_ref())? {
            return Ok(());
        }
        let dict = match object {
            Value::Instance(instance) if class.has_dict.get() => instance.dict().clone(),
            Value::Module(module) => module.dict.clone(),
            Value::Function(function) => function.dict().clone(),
            Value::Native(native) if native.python_like => {
                native.dict.get_or_init(crate::python::object::Dict::shared).clone()
            }
            Value::Class(target) => return self.set_class_attr(target, name, value),
            _ => return Err(self.cannot_set(object, class, name, found.is_some())),
        };
        match value {
            Some(value) => {
                let old = dict.set_str(name.clone(), value);
                drop(old);
                Ok(())
            }
            None => match dict.remove_str(name) {
                Some(_) => Ok(()),
                None => Err(self.no_attribute(object, name)),
            },
        }
    }

    fn set_class_attr(&mut self, target: &Rc<Class>, name: &Str, value: Option<Value>) -> PyResult<()> {
        if target.native && self.is_builtin_class(target) {
            let text = format!("cannot set '{name}' attribute of immutable type '{}'", target.name());
            return Err(self.type_error(text));
        }
        match value {
            Some(value) => {
                let old = target.dict().set_str(name.clone(), value);
                target.changed();
                drop(old);
                Ok(())
            }
            None => {
                let old = target.dict().remove_str(name);
                target.changed();
                match old {
                    Some(_) => Ok(()),
                    None => {
                        let object = Value::Class(target.clone());
                        Err(self.no_attribute(&object, name))
                    }
                }
            }
        }
    }

    fn is_builtin_class(&self, class: &Class) -> bool {
        class.module().is_some_and(|module| module == "builtins" || module == "datetime" || module == "decimal")
    }

    fn property_refuses(&mut self, property: &Property, object: &Value, name: &Str, setting: bool) -> Raised {
        let class = self.class_of(object).qualname();
        let text = if property.visible {
            let known = property.name.borrow().as_str().map_or(String::new(), |name| format!(" '{name}'"));
            format!("property{known} of '{class}' object has no {}", if setting { "setter" } else { "deleter" })
        } else {
            format!("attribute '{name}' of '{class}' objects is not writable")
        };
        self.raise(Kind::AttributeError, text)
    }

    fn cannot_set(&mut self, object: &Value, class: &Class, name: &Str, known: bool) -> Raised {
        let class = class.name();
        let text = if known {
            format!("'{class}' object attribute '{name}' is read-only")
        } else {
            format!("'{class}' object has no attribute '{name}'")
        };
        self.raise_attribute_error(object, name, text)
    }

    /// The `AttributeError` for an attribute that is not there.
    pub fn no_attribute(&mut self, object: &Value, name: &Str) -> Raised {
        if let Value::Module(module) = object
            && crate::python::modules::lacking::lacks(&module.name, name)
        {
            return self.unsupported(format!("{name} in module {}", module.name));
        }
        let text = match object {
            Value::Class(class) => format!("type object '{}' has no attribute '{name}'", class.name()),
            Value::Module(module) => match module.dict.get_text("__name__") {
                Some(Value::Str(known)) => format!("module '{known}' has no attribute '{name}'"),
                _ => format!("module has no attribute '{name}'"),
            },
            _ => format!("'{}' object has no attribute '{name}'", self.type_name(object)),
        };
        self.raise_attribute_error(object, name, text)
    }

    pub(crate) fn raise_attribute_error(&mut self, object: &Value, name: &Str, text: String) -> Raised {
        let raised = self.raise(Kind::AttributeError, text);
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", name);
            state.set_field("obj", object.clone());
        }
        raised
    }
}
