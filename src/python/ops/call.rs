//! Calling.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Binding, Class, NativeCode, NativeFunction, PyResult, Str, Value, check_arity};
use crate::python::vm::Vm;

impl Vm {
    /// Calls any callable.
    pub fn call(&mut self, callable: &Value, args: impl Into<Args>) -> PyResult {
        self.call_args(callable, args.into())
    }

    /// As [`Vm::call`], with the arguments ready.
    pub fn call_args(&mut self, callable: &Value, args: Args) -> PyResult {
        match callable {
            Value::Function(function) => self.call_function(function, args),
            Value::Native(native) => self.call_native(native, args),
            Value::BoundMethod(method) => self.call_args(&method.function, args.prepend(method.receiver.clone())),
            Value::Class(class) => self.call_class(class, args),
            _ => {
                let class = self.class_of(callable);
                match class.lookup(&self.names.call) {
                    Some(found) => {
                        let bound = self.bind(&found, callable, &class)?;
                        self.nested(" while calling a Python object", |vm| vm.call_args(&bound, args))
                    }
                    None => Err(self.type_error(format!("'{}' object is not callable", class.name()))),
                }
            }
        }
    }

    /// Calls a method by name.
    pub fn call_method(&mut self, object: &Value, name: &str, args: impl Into<Args>) -> PyResult {
        let name = Str::interned(name);
        let (method, receiver) = self.get_method(object, &name)?;
        let args = args.into();
        match receiver {
            true => self.call_args(&method, args.prepend(object.clone())),
            false => self.call_args(&method, args),
        }
    }

    /// Calls a native function: binds the arguments, then runs it.
    pub fn call_native(&mut self, native: &Rc<NativeFunction>, args: Args) -> PyResult {
        // CPython counts Python frames only: this bound is for our own stack.
        if self.native_depth >= crate::python::vm::NATIVE_DEPTH {
            return Err(
                self.raise(Kind::RecursionError, "maximum recursion depth exceeded while calling a Python object")
            );
        }
        self.native_depth += 1;
        let result = self.call_native_here(native, args);
        self.native_depth -= 1;
        result
    }

    fn call_native_here(&mut self, native: &NativeFunction, args: Args) -> PyResult {
        let args = match &native.binding {
            Binding::Raw => args,
            Binding::Arity(least, most) => {
                check_arity(self, &native.qualname, native.binds, *least, *most, &args)?;
                args
            }
            Binding::Signature(signature) => {
                if native.python_like {
                    signature.bind(self, &native.qualname, args)?
                } else {
                    signature.bind_c(self, &native.name, native.binds || native.owner.borrow().is_some(), args)?
                }
            }
        };
        if native.makes {
            self.check_new(native, &args)?;
        }
        if native.binds
            && !native.python_like
            && let Some(first) = args.positional.first()
        {
            self.check_receiver(native, first)?;
        }
        // Whatever it does, it is likely to look at all of a long argument.
        for value in args.positional.iter().take(2) {
            match value {
                Value::Str(text) => self.burn(text.len_bytes()),
                Value::Bytes(data) => self.burn(data.len()),
                _ => {}
            }
        }
        match &native.code {
            NativeCode::Plain(code) => code(self, args),
            NativeCode::Closure(code) => code(self, args),
        }
    }

    /// `__new__` of a builtin type makes instances of that type only.
    fn check_new(&mut self, native: &NativeFunction, args: &Args) -> PyResult<()> {
        let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        let Some(owner) = owner else { return Ok(()) };
        let name = owner.name();
        match args.positional.first() {
            Some(Value::Class(class)) if class.derives_from(&owner) => Ok(()),
            Some(Value::Class(class)) => {
                let given = class.name();
                Err(self.type_error(format!("{name}.__new__({given}): {given} is not a subtype of {name}")))
            }
            Some(other) => {
                let given = self.type_name(other);
                Err(self.type_error(format!("{name}.__new__(X): X is not a type object ({given})")))
            }
            None => Err(self.type_error(format!("{name}.__new__(): not enough arguments"))),
        }
    }

    /// A C method must not be called on another type's object.
    fn check_receiver(&mut self, native: &NativeFunction, receiver: &Value) -> PyResult<()> {
        let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        let Some(owner) = owner else { return Ok(()) };
        if Rc::ptr_eq(&owner, &self.types.object) || self.class_of(receiver).derives_from(&owner) {
            return Ok(());
        }
        if receiver.as_class().is_some_and(|class| class.derives_from(&owner)) {
            return Ok(());
        }
        let given = self.type_name(receiver);
        let text = if native.name.starts_with("__") {
            format!("descriptor '{}' requires a '{}' object but received a '{given}'", native.name, owner.name())
        } else {
            format!("descriptor '{}' for '{}' objects doesn't apply to a '{given}' object", native.name, owner.name())
        };
        Err(self.type_error(text))
    }

    /// Calls a class: its metaclass's `__call__`, which is mostly `__new__` and `__init__`.
    pub fn call_class(&mut self, class: &Rc<Class>, args: Args) -> PyResult {
        let metaclass = class.metaclass().unwrap_or_else(|| self.types.type_.clone());
        if !Rc::ptr_eq(&metaclass, &self.types.type_)
            && let Some(found) = metaclass.lookup(&self.names.call)
            && !self.is_type_call(&found)
        {
            return self.call_args(&found, args.prepend(Value::Class(class.clone())));
        }
        self.instantiate(class, args)
    }

    fn is_type_call(&self, found: &Value) -> bool {
        self.types.type_.dict().get_str(&self.names.call).is_some_and(|own| own.is(found))
    }

    /// `type.__call__`: `__new__`, then `__init__` where that gave an instance of the class.
    pub fn instantiate(&mut self, class: &Rc<Class>, args: Args) -> PyResult {
        if Rc::ptr_eq(class, &self.types.type_) && args.positional.len() == 1 && args.keywords.is_empty() {
            return Ok(Value::Class(self.class_of(&args[0])));
        }
        let Some(new) = class.lookup(&self.names.new) else {
            return Err(self.type_error(format!("cannot create '{}' instances", class.name())));
        };
        let new = self.bind_static(&new);
        let made = self.call_args(&new, args.clone().prepend(Value::Class(class.clone())))?;
        let made_class = self.class_of(&made);
        if made_class.derives_from(class)
            && let Some(init) = made_class.lookup(&self.names.init)
        {
            let result = match &init {
                Value::Function(_) | Value::Native(_) => self.call_args(&init, args.prepend(made.clone()))?,
                _ => {
                    let bound = self.bind(&init, &made, &made_class)?;
                    self.call_args(&bound, args)?
                }
            };
            if !result.is_none() {
                let given = self.type_name(&result);
                return Err(self.type_error(format!("__init__() should return None, not '{given}'")));
            }
        }
        Ok(made)
    }
}
