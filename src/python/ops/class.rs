//! Making classes, and asking what is an instance of what.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassParts, Dict, Instance, Layout, PyResult, Str, Value};
use crate::python::types::descriptor::ClassMethod;
use crate::python::vm::Vm;

impl Vm {
    /// The class in an argument of a constructor, or a `TypeError`.
    pub fn class_arg(&mut self, args: &Args, index: usize) -> PyResult<Rc<Class>> {
        match &args[index] {
            Value::Class(class) => Ok(class.clone()),
            other => {
                let given = self.type_name(other);
                Err(self.type_error(format!("X is not a type object ({given})")))
            }
        }
    }

    /// The host's data in an instance, or a `TypeError`.
    pub fn payload<'a, T: 'static>(&mut self, value: &'a Value) -> PyResult<&'a T> {
        match value.payload::<T>() {
            Some(data) => Ok(data),
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("unexpected '{given}' object")))
            }
        }
    }

    /// The metaclass for these bases and the one asked for: the most derived, or the conflict's `TypeError`.
    pub fn metaclass_of(&mut self, asked: Option<&Rc<Class>>, bases: &[Rc<Class>]) -> PyResult<Rc<Class>> {
        let mut winner = asked.cloned().unwrap_or_else(|| self.types.type_.clone());
        for base in bases {
            let own = base.metaclass().unwrap_or_else(|| self.types.type_.clone());
            if winner.derives_from(&own) {
                continue;
            }
            if own.derives_from(&winner) {
                winner = own;
                continue;
            }
            return Err(self.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all \
                 its bases",
            ));
        }
        Ok(winner)
    }

    /// The bases of a class statement with `__mro_entries__` resolved; the second is true where that changed them.
    pub fn resolve_bases(&mut self, bases: Vec<Value>) -> PyResult<(Vec<Value>, bool)> {
        let mut resolved = Vec::with_capacity(bases.len());
        let mut changed = false;
        let original = Value::tuple(bases.clone());
        for base in bases {
            if !matches!(base, Value::Class(_))
                && let Some(method) = self.get_attr_opt(&base, "__mro_entries__")?
            {
                let entries = self.call(&method, [original.clone()])?;
                let Some(entries) = entries.as_tuple() else {
                    return Err(self.type_error("__mro_entries__ must return a tuple"));
                };
                resolved.extend_from_slice(entries);
                changed = true;
                continue;
            }
            resolved.push(base);
        }
        Ok((resolved, changed))
    }

    /// What a class statement does before its body runs: finds the metaclass and asks its `__prepare__` for the namespace.
    /// `keywords` loses `metaclass`.
    pub fn prepare_class(
        &mut self,
        name: &Str,
        bases: &[Value],
        keywords: &mut Vec<(Str, Value)>,
    ) -> PyResult<(Value, Value)> {
        let asked = keywords.iter().position(|(known, _)| known == "metaclass").map(|at| keywords.remove(at).1);
        let classes: Vec<Rc<Class>> = bases.iter().filter_map(Value::as_class).cloned().collect();
        let metaclass = match asked {
            Some(Value::Class(asked)) => Value::Class(self.metaclass_of(Some(&asked), &classes)?),
            Some(callable) => callable,
            None => match bases.first() {
                Some(first) if !matches!(first, Value::Class(_)) => Value::Class(self.class_of(first)),
                _ => Value::Class(self.metaclass_of(None, &classes)?),
            },
        };
        let namespace = match self.get_attr_opt(&metaclass, "__prepare__")? {
            Some(prepare) => {
                let args = Args {
                    positional: [Value::from(name), Value::tuple(bases)].into_iter().collect(),
                    keywords: keywords.clone(),
                };
                self.call(&prepare, args)?
            }
            None => Value::Dict(Dict::shared()),
        };
        Ok((metaclass, namespace))
    }

    /// `type.__new__`: a class of this metaclass. Runs `__set_name__`, native hooks and `__init_subclass__`.
    pub fn new_class(
        &mut self,
        metaclass: &Rc<Class>,
        name: &Str,
        bases: Vec<Value>,
        namespace: &Rc<Dict>,
        mut keywords: Vec<(Str, Value)>,
    ) -> PyResult<Rc<Class>> {
        let mut classes = Vec::with_capacity(bases.len());
        for base in bases {
            match base {
                Value::Class(class) => classes.push(class),
                other if self.get_attr_opt(&other, "__mro_entries__")?.is_some() => {
                    return Err(self.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
                }
                _ => {
                    return Err(self.type_error(
                        "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                         metaclasses of all its bases",
                    ));
                }
            }
        }
        if classes.is_empty() {
            classes.push(self.types.object.clone());
        }
        let metaclass = self.metaclass_of(Some(metaclass), &classes)?;
        for (at, class) in classes.iter().enumerate() {
            if !class.derivable.get() {
                return Err(self.type_error(format!("type '{}' is not an acceptable base type", class.full_name())));
            }
            if classes[..at].iter().any(|other| Rc::ptr_eq(other, class)) {
                return Err(self.type_error(format!("duplicate base class {}", class.name())));
            }
        }
        let layout = self.common_layout(&classes)?;
        let dict = namespace.copy().share();
        let qualname = match dict.remove_str(&self.names.qualname) {
            Some(Value::Str(qualname)) => qualname,
            Some(other) => {
                let given = self.type_name(&other);
                return Err(self.type_error(format!("type __qualname__ must be a str, not {given}")));
            }
            None => name.clone(),
        };
        for special in [self.names.init_subclass.clone(), self.names.class_getitem.clone()] {
            if let Some(function @ (Value::Function(_) | Value::Native(_))) = dict.get_str(&special) {
                let method = Instance::native(self.types.classmethod.clone(), ClassMethod::new(function));
                dict.set_str(special, method);
            }
        }
        if dict.contains_str(&self.names.eq) && !dict.contains_str(&self.names.hash) {
            dict.set_str(self.names.hash.clone(), Value::None);
        }
        if !dict.contains_str(&self.names.module)
            && let Ok(Value::Dict(globals)) = self.frame_globals()
            && let Some(module) = globals.get_str(&self.names.name)
        {
            dict.set_str(self.names.module.clone(), module);
        }
        let cell = dict.remove_str(&self.names.classcell);
        let slots = dict.get_str(&self.names.slots);
        let inherits_dict = classes.iter().any(|base| base.has_dict.get() && !Rc::ptr_eq(base, &self.types.object));
        let class = Class::new(ClassParts {
            name: name.clone(),
            qualname,
            bases: classes.clone(),
            dict: dict.clone(),
            metaclass: Some(metaclass.clone()),
            layout,
            native: false,
            has_dict: slots.is_none() || inherits_dict,
        });
        let class = match class {
            Ok(class) => class,
            Err(conflict) => {
                let names: Vec<String> = conflict.iter().map(|class| class.name().to_string()).collect();
                let names = names.join(", ");
                return Err(self.type_error(format!(
                    "Cannot create a consistent method resolution\norder (MRO) for bases {names}"
                )));
            }
        };
        if let Some(slots) = slots {
            self.add_slots(&class, &slots)?;
        }
        if !dict.contains_str(&self.names.doc) {
            class.set(self.names.doc.clone(), Value::None);
        }
        if let Some(Value::Cell(cell)) = cell {
            cell.set(Value::Class(class.clone()));
        }
        for (key, value) in dict.items() {
            if let Value::Instance(_) = &value
                && let Some(name) = key.as_str()
            {
                let name = name.clone();
                self.set_name(&class, &name, &value)?;
            }
        }
        for hook in class.subclass_hooks() {
            hook(self, &class, &mut keywords)?;
        }
        self.init_subclass(&class, keywords)?;
        Ok(class)
    }

    fn set_name(&mut self, class: &Rc<Class>, name: &Str, value: &Value) -> PyResult<()> {
        let method = self.names.set_name.clone();
        match self.call_special(value, &method, &[Value::Class(class.clone()), Value::from(name)]) {
            Ok(_) => Ok(()),
            Err(raised) if raised.fatal().is_some() || !raised.is(self.exceptions.get(Kind::Exception)) => Err(raised),
            Err(raised) => {
                let kind = self.type_name(value);
                let text = format!("Error calling __set_name__ on '{kind}' instance '{name}' in '{}'", class.name());
                let outer = self.raise(Kind::RuntimeError, text);
                if let Some(state) = outer.0.exception_state() {
                    *state.cause.borrow_mut() = Some(raised.value());
                    *state.context.borrow_mut() = Some(raised.value());
                    state.suppress_context.set(true);
                }
                Err(outer)
            }
        }
    }

    fn init_subclass(&mut self, class: &Rc<Class>, keywords: Vec<(Str, Value)>) -> PyResult<()> {
        let name = self.names.init_subclass.clone();
        let found = class.mro().iter().skip(1).find_map(|ancestor| ancestor.dict().get_str(&name));
        let Some(found) = found else {
            if keywords.is_empty() {
                return Ok(());
            }
            return Err(self.type_error(format!("{}.__init_subclass__() takes no keyword arguments", class.qualname())));
        };
        let bound = self.bind_class(&found, class)?;
        self.call_args(&bound, Args { keywords, ..Args::default() })?;
        Ok(())
    }

    fn common_layout(&mut self, bases: &[Rc<Class>]) -> PyResult<Layout> {
        let mut layout = Layout::Object;
        for base in bases {
            if base.layout == Layout::Object || base.layout == layout {
                continue;
            }
            if layout != Layout::Object {
                return Err(self.type_error("multiple bases have instance lay-out conflict"));
            }
            layout = base.layout;
        }
        Ok(layout)
    }

    fn add_slots(&mut self, class: &Rc<Class>, slots: &Value) -> PyResult<()> {
        let names = match slots.as_str() {
            Some(name) => vec![Value::Str(name.clone())],
            None => self.list_from(slots)?,
        };
        for name in names {
            let Some(name) = name.as_str() else {
                let given = self.type_name(&name);
                return Err(self.type_error(format!("__slots__ items must be strings, not '{given}'")));
            };
            if name == "__dict__" {
                class.has_dict.set(true);
                continue;
            }
            if name == "__weakref__" {
                continue;
            }
            // A class without a docstring has been given `None` for one.
            let absent = *name == "__doc__" && class.dict().get_str(name).is_some_and(|doc| doc.is_none());
            if class.dict().contains_str(name) && !absent {
                return Err(self.value_error(format!("'{name}' in __slots__ conflicts with class variable")));
            }
            let member =
                crate::python::types::descriptor::Member { name: Str::interned(name), class: Rc::downgrade(class) };
            let member = Instance::native(self.types.member_descriptor.clone(), member);
            class.set(Str::interned(name), member);
        }
        Ok(())
    }

    /// `isinstance(value, class)`: a class, a tuple of such, a union, or what has `__instancecheck__`.
    pub fn is_instance(&mut self, value: &Value, of: &Value) -> PyResult<bool> {
        match of {
            Value::Class(class) => {
                let own = self.class_of(value);
                if Rc::ptr_eq(&own, class) {
                    return Ok(true);
                }
                let metaclass = class.metaclass().unwrap_or_else(|| self.types.type_.clone());
                if !Rc::ptr_eq(&metaclass, &self.types.type_)
                    && let Some(check) = metaclass.lookup(&self.names.instancecheck)
                    && !metaclass_default(self, &check)
                {
                    let result = self.call(&check, [of.clone(), value.clone()])?;
                    return self.truth(&result);
                }
                self.is_instance_plain(value, class)
            }
            Value::Tuple(classes) => {
                for class in classes.clone().iter() {
                    if self.nested(" in __instancecheck__", |vm| vm.is_instance(value, class))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => {
                let name = self.names.instancecheck.clone();
                match self.call_special(of, &name, std::slice::from_ref(value))? {
                    Some(result) => self.truth(&result),
                    None => Err(self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")),
                }
            }
        }
    }

    /// `type.__instancecheck__`: by the method resolution order, and by what `__class__` says.
    pub fn is_instance_plain(&mut self, value: &Value, class: &Rc<Class>) -> PyResult<bool> {
        if self.class_of(value).derives_from(class) {
            return Ok(true);
        }
        if let Value::Instance(_) = value
            && let Some(Value::Class(said)) = self.get_attr_opt(value, "__class__")?
        {
            return Ok(said.derives_from(class));
        }
        Ok(false)
    }

    /// `issubclass(class, of)`
    pub fn is_subclass(&mut self, class: &Value, of: &Value) -> PyResult<bool> {
        match of {
            Value::Class(parent) => {
                let metaclass = parent.metaclass().unwrap_or_else(|| self.types.type_.clone());
                if !Rc::ptr_eq(&metaclass, &self.types.type_)
                    && let Some(check) = metaclass.lookup(&self.names.subclasscheck)
                    && !metaclass_default(self, &check)
                {
                    let result = self.call(&check, [of.clone(), class.clone()])?;
                    return self.truth(&result);
                }
                match class {
                    Value::Class(class) => Ok(class.derives_from(parent)),
                    _ => Err(self.type_error("issubclass() arg 1 must be a class")),
                }
            }
            Value::Tuple(classes) => {
                for parent in classes.clone().iter() {
                    if self.nested(" in __subclasscheck__", |vm| vm.is_subclass(class, parent))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => {
                if !matches!(class, Value::Class(_)) {
                    return Err(self.type_error("issubclass() arg 1 must be a class"));
                }
                let name = self.names.subclasscheck.clone();
                match self.call_special(of, &name, std::slice::from_ref(class))? {
                    Some(result) => self.truth(&result),
                    None => Err(self.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
                }
            }
        }
    }
}

fn metaclass_default(vm: &Vm, check: &Value) -> bool {
    let Value::Native(native) = check else { return false };
    let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
    owner.is_some_and(|owner| Rc::ptr_eq(&owner, &vm.types.type_))
}
