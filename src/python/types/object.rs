//! `object`: what every class inherits.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, Instance, Layout, NativeFunction, PyResult, Str, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.object.clone();
    let mut builder = ClassBuilder::new("object")
        .builtin()
        .constructor(new)
        .raw("__init__", init)
        .arity("__repr__", 1, 1, |vm, args| vm.object_repr(&args[0]).map(Value::from))
        .arity("__str__", 1, 1, |vm, args| {
            // Whatever `__repr__` gives: `str()` complains in its own name where that is no text.
            let name = vm.names.repr.clone();
            match (&args[0], vm.call_special(&args[0], &name, &[])?) {
                (Value::Instance(_), Some(made)) => Ok(made),
                _ => vm.repr(&args[0]).map(Value::Str),
            }
        })
        .arity("__hash__", 1, 1, |vm, args| Ok(Value::Int(vm.identity(&args[0]) >> 4)))
        .arity("__format__", 2, 2, |vm, args| {
            let spec = args[1].as_str().cloned().unwrap_or_else(|| Str::from(""));
            if spec.is_empty() {
                return vm.to_str(&args[0]).map(Value::Str);
            }
            let given = vm.type_name(&args[0]);
            Err(vm.type_error(format!("unsupported format string passed to {given}.__format__")))
        })
        .arity("__getattribute__", 2, 2, |vm, args| {
            let name = attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            match vm.generic_get_attr(&args[0], &class, &name)? {
                Some(value) => Ok(value),
                None => Err(vm.no_attribute(&args[0], &name)),
            }
        })
        .arity("__setattr__", 3, 3, |vm, args| {
            let name = attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            vm.generic_set_attr(&args[0], &class, &name, Some(args[2].clone()))?;
            Ok(Value::None)
        })
        .arity("__delattr__", 2, 2, |vm, args| {
            let name = attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            vm.generic_set_attr(&args[0], &class, &name, None)?;
            Ok(Value::None)
        })
        .arity("__dir__", 1, 1, |vm, args| {
            let names = vm.dir_names(&args[0])?;
            Ok(Value::list(names.into_iter().map(Value::Str).collect::<Vec<_>>()))
        })
        .arity("__sizeof__", 1, 1, |_, _| Ok(Value::Int(16)))
        .raw("__reduce_ex__", |vm, _| Err(vm.unsupported("pickling")))
        .raw("__reduce__", |vm, _| Err(vm.unsupported("pickling")))
        .class_method("__subclasshook__", "cls, *args", |_, _| Ok(Value::NotImplemented))
        .class_method("__init_subclass__", "cls, **kwargs", |vm, args| {
            if args.keyword_rest(1).is_empty() {
                return Ok(Value::None);
            }
            let name = args[0].as_class().map_or_else(|| Str::from("object"), |class| class.qualname());
            Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")))
        });
    for (name, op) in COMPARISONS {
        builder = builder.arity_closure(name, 2, 2, move |vm, args| vm.default_compare(op, &args[0], &args[1]));
    }
    builder.install(vm, &class);
}

/// The methods of rich comparison.
pub(super) const COMPARISONS: [(&str, CompareOp); 6] = [
    ("__eq__", CompareOp::Eq),
    ("__ne__", CompareOp::Ne),
    ("__lt__", CompareOp::Lt),
    ("__le__", CompareOp::Le),
    ("__gt__", CompareOp::Gt),
    ("__ge__", CompareOp::Ge),
];

pub(crate) fn attribute_name(vm: &mut Vm, name: &Value) -> PyResult<Str> {
    match name.as_str() {
        Some(name) => Ok(Str::interned(name)),
        None => {
            let given = vm.type_name(name);
            Err(vm.type_error(format!("attribute name must be string, not '{given}'")))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = match args.positional.first() {
        Some(Value::Class(class)) => class.clone(),
        Some(other) => {
            let given = vm.type_name(other);
            return Err(vm.type_error(format!("object.__new__(X): X is not a type object ({given})")));
        }
        None => return Err(vm.type_error("object.__new__(): not enough arguments")),
    };
    if args.positional.len() > 1 || !args.keywords.is_empty() {
        let overrides_new = class.lookup(&vm.names.new).is_some_and(|found| !is_of_object(vm, &vm.bind_static(&found)));
        let overrides_init = class.lookup(&vm.names.init).is_some_and(|found| !is_of_object(vm, &found));
        if overrides_new {
            return Err(vm.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if !overrides_init {
            return Err(vm.type_error(format!("{}() takes no arguments", class.name())));
        }
    }
    if let Some(missing) = abstract_methods(vm, &class)? {
        return Err(vm.type_error(missing));
    }
    match class.layout {
        Layout::Object => Ok(Instance::new(class).into()),
        Layout::Exception => Ok(Instance::exception(class, Vec::new()).into()),
        Layout::Native(_) if !class.native => Ok(Instance::new(class).into()),
        Layout::Native(_) if class.module().is_some_and(|module| module != "builtins") => {
            Ok(Instance::new(class).into())
        }
        Layout::Native(name) | Layout::Value(name) => {
            Err(vm.type_error(format!("object.__new__({}) is not safe, use {name}.__new__()", class.name())))
        }
        Layout::Type => Err(vm.type_error(format!("object.__new__({}) is not safe, use type.__new__()", class.name()))),
    }
}

/// The words for a class that still has abstract methods; `None` where it has none.
fn abstract_methods(vm: &mut Vm, class: &Rc<crate::python::object::Class>) -> PyResult<Option<String>> {
    let Some(names) = class.lookup(&Str::interned("__abstractmethods__")) else { return Ok(None) };
    let mut listed = Vec::new();
    for name in vm.list_from(&names)? {
        listed.push(vm.to_str(&name)?.to_string());
    }
    if listed.is_empty() {
        return Ok(None);
    }
    listed.sort();
    let plural = if listed.len() == 1 { "" } else { "s" };
    Ok(Some(format!(
        "Can't instantiate abstract class {} with abstract method{plural} {}",
        class.name(),
        listed.join(", ")
    )))
}

fn is_of_object(vm: &Vm, found: &Value) -> bool {
    let Value::Native(native) = found else { return false };
    let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
    owner.is_some_and(|owner| Rc::ptr_eq(&owner, &vm.types.object))
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    if args.positional.len() > 1 || !args.keywords.is_empty() {
        let class = vm.class_of(&args[0]);
        let own_init = class.lookup(&vm.names.init).is_some_and(|found| !is_of_object(vm, &found));
        if own_init {
            return Err(vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        let own_new = class.lookup(&vm.names.new).is_some_and(|found| !is_of_object(vm, &vm.bind_static(&found)));
        if !own_new {
            return Err(vm.type_error(format!("{}() takes no arguments", class.name())));
        }
    }
    Ok(Value::None)
}

impl Vm {
    /// `object.__repr__`
    pub fn object_repr(&mut self, value: &Value) -> PyResult<String> {
        match value {
            Value::Instance(instance) => {
                let class = instance.class();
                Ok(format!("<{} object at {:#x}>", class.full_name(), self.identity(value)))
            }
            Value::Class(_) => self.native_repr(value),
            _ => {
                let class = self.class_of(value);
                Ok(format!("<{} object at {:#x}>", class.full_name(), self.identity(value)))
            }
        }
    }

    /// The names that `object.__dir__` finds.
    pub fn dir_names(&mut self, value: &Value) -> PyResult<Vec<Str>> {
        let mut names: Vec<Str> = Vec::new();
        let mut add =
            |dict: &crate::python::object::Dict| names.extend(dict.str_items().into_iter().map(|(name, _)| name));
        match value {
            Value::Instance(instance) => {
                if let Some(dict) = instance.dict_opt() {
                    add(dict);
                }
            }
            Value::Module(module) => {
                add(&module.dict);
                let mut names: Vec<Str> = names;
                names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
                names.dedup();
                return Ok(names);
            }
            Value::Function(function) => {
                if let Some(dict) = function.dict.get() {
                    add(dict);
                }
            }
            _ => {}
        }
        let classes = match value {
            Value::Class(class) => class.mro(),
            _ => self.class_of(value).mro(),
        };
        for class in classes {
            add(class.dict());
        }
        names.push(Str::interned("__class__"));
        names.push(Str::interned("__doc__"));
        if matches!(value, Value::Instance(_) | Value::Class(_)) {
            names.push(Str::interned("__dict__"));
        }
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        names.dedup();
        Ok(names)
    }

    /// `dir(value)`
    pub fn dir(&mut self, value: &Value) -> PyResult<Vec<Value>> {
        let name = self.names.dir.clone();
        let mut found = match self.call_special(value, &name, &[])? {
            Some(made) => self.list_from(&made)?,
            None => self.dir_names(value)?.into_iter().map(Value::Str).collect(),
        };
        if matches!(value, Value::Class(class) if class.metaclass().is_none_or(|metaclass| metaclass.native)) {
            found = self.dir_names(value)?.into_iter().map(Value::Str).collect();
        }
        self.sort_values(&mut found, None, false)?;
        Ok(found)
    }

    /// Whether a native function is one of CPython's own C functions, for messages.
    pub fn is_c_function(&self, native: &NativeFunction) -> bool {
        !native.python_like
    }

    /// A `TypeError` for a wrong argument, in CPython's usual words.
    pub fn argument_error(
        &mut self,
        function: &str,
        index: usize,
        wanted: &str,
        given: &Value,
    ) -> crate::python::object::Raised {
        let given = self.type_name(given);
        self.raise(Kind::TypeError, format!("{function}() argument {index} must be {wanted}, not {given}"))
    }
}
