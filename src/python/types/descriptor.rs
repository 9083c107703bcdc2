//! `property`, `classmethod` and `staticmethod`.

use std::cell::RefCell;

use crate::python::object::Value;

/// What a `property` holds; `None` for a function that is not there.
pub struct Property {
    /// `fget`
    pub get: RefCell<Value>,
    /// `fset`
    pub set: RefCell<Value>,
    /// `fdel`
    pub delete: RefCell<Value>,
    /// `__doc__`
    pub doc: RefCell<Value>,
    /// The name it was set under.
    pub name: RefCell<Value>,
    /// Whether Python code may see that it is a property; else it is an attribute of a C type.
    pub visible: bool,
}

impl Property {
    /// A property of these functions.
    pub fn new(get: Value, set: Value, delete: Value, visible: bool) -> Self {
        Self {
            get: RefCell::new(get),
            set: RefCell::new(set),
            delete: RefCell::new(delete),
            doc: RefCell::new(Value::None),
            name: RefCell::new(Value::None),
            visible,
        }
    }
}

/// What a `classmethod` holds.
pub struct ClassMethod {
    /// `__func__`
    pub function: RefCell<Value>,
}

impl ClassMethod {
    /// A class method of this function.
    pub fn new(function: Value) -> Self {
        Self { function: RefCell::new(function) }
    }
}

/// What a `staticmethod` holds.
pub struct StaticMethod {
    /// `__func__`
    pub function: RefCell<Value>,
}

impl StaticMethod {
    /// A static method of this function.
    pub fn new(function: Value) -> Self {
        Self { function: RefCell::new(function) }
    }
}

/// A name in `__slots__`.
pub struct Member {
    /// The attribute.
    pub name: crate::python::object::Str,
    /// The class that declares it.
    pub class: std::rc::Weak<crate::python::object::Class>,
}

use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, Instance, PyResult};
use crate::python::vm::Vm;

fn property_part(vm: &mut Vm, args: &Args, part: fn(&Property) -> &RefCell<Value>) -> PyResult {
    let value = part(vm.payload::<Property>(&args[0])?).borrow().clone();
    Ok(value)
}

fn property_with(vm: &mut Vm, args: &Args, part: fn(&Property) -> &RefCell<Value>) -> PyResult {
    let old = vm.payload::<Property>(&args[0])?;
    let new =
        Property::new(old.get.borrow().clone(), old.set.borrow().clone(), old.delete.borrow().clone(), old.visible);
    *new.doc.borrow_mut() = old.doc.borrow().clone();
    *new.name.borrow_mut() = old.name.borrow().clone();
    *part(&new).borrow_mut() = args[1].clone();
    let class = vm.class_of(&args[0]);
    Ok(Instance::native(class, new).into())
}

fn wrapped_call(vm: &mut Vm, mut args: Args) -> PyResult {
    let method = args.take(0);
    args.positional.remove(0);
    let function = vm.payload::<StaticMethod>(&method)?.function.borrow().clone();
    vm.call_args(&function, args)
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.property.clone();
    ClassBuilder::new("property")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, Property::new(Value::None, Value::None, Value::None, true)).into())
        })
        .method("__init__", "self, fget=None, fset=None, fdel=None, doc=None", |vm, args| {
            let doc = if args[4].is_none() && !args[1].is_none() {
                vm.get_attr_opt(&args[1], "__doc__")?.unwrap_or(Value::None)
            } else {
                args[4].clone()
            };
            let property = vm.payload::<Property>(&args[0])?;
            *property.get.borrow_mut() = args[1].clone();
            *property.set.borrow_mut() = args[2].clone();
            *property.delete.borrow_mut() = args[3].clone();
            *property.doc.borrow_mut() = doc;
            Ok(Value::None)
        })
        .arity("getter", 2, 2, |vm, args| property_with(vm, &args, |p| &p.get))
        .arity("setter", 2, 2, |vm, args| property_with(vm, &args, |p| &p.set))
        .arity("deleter", 2, 2, |vm, args| property_with(vm, &args, |p| &p.delete))
        .arity("__get__", 2, 3, |vm, args| {
            if args[1].is_none() {
                return Ok(args[0].clone());
            }
            let class = vm.class_of(&args[1]);
            vm.bind(&args[0], &args[1], &class)
        })
        .arity("__set__", 3, 3, |vm, args| {
            let function = vm.payload::<Property>(&args[0])?.set.borrow().clone();
            if function.is_none() {
                return Err(vm.raise(Kind::AttributeError, "property has no setter"));
            }
            vm.call(&function, [args[1].clone(), args[2].clone()])?;
            Ok(Value::None)
        })
        .arity("__delete__", 2, 2, |vm, args| {
            let function = vm.payload::<Property>(&args[0])?.delete.borrow().clone();
            if function.is_none() {
                return Err(vm.raise(Kind::AttributeError, "property has no deleter"));
            }
            vm.call(&function, [args[1].clone()])?;
            Ok(Value::None)
        })
        .arity("__set_name__", 3, 3, |vm, args| {
            *vm.payload::<Property>(&args[0])?.name.borrow_mut() = args[2].clone();
            Ok(Value::None)
        })
        .property("fget", |vm, args| property_part(vm, &args, |p| &p.get))
        .property("fset", |vm, args| property_part(vm, &args, |p| &p.set))
        .property("fdel", |vm, args| property_part(vm, &args, |p| &p.delete))
        .property_mut(
            "__doc__",
            |vm, args| property_part(vm, &args, |p| &p.doc),
            |vm, args| {
                *vm.payload::<Property>(&args[0])?.doc.borrow_mut() = args[1].clone();
                Ok(Value::None)
            },
        )
        .property("__isabstractmethod__", |vm, args| {
            let get = property_part(vm, &args, |p| &p.get)?;
            is_abstract(vm, &get)
        })
        .install(vm, &class);

    let class = vm.types.classmethod.clone();
    class.has_dict.set(true);
    ClassBuilder::new("classmethod")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            if args.len() != 2 {
                return Err(vm.type_error(format!("classmethod expected 1 argument, got {}", args.len() - 1)));
            }
            Ok(Instance::native(class, ClassMethod::new(args[1].clone())).into())
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__get__", 2, 3, |vm, args| {
            let class = match args.some(2) {
                Some(Value::Class(class)) => class.clone(),
                _ => vm.class_of(&args[1]),
            };
            vm.bind_class(&args[0], &class)
        })
        .property("__func__", |vm, args| Ok(vm.payload::<ClassMethod>(&args[0])?.function.borrow().clone()))
        .property("__wrapped__", |vm, args| Ok(vm.payload::<ClassMethod>(&args[0])?.function.borrow().clone()))
        .property("__isabstractmethod__", |vm, args| {
            let function = vm.payload::<ClassMethod>(&args[0])?.function.borrow().clone();
            is_abstract(vm, &function)
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .install(vm, &class);

    let class = vm.types.staticmethod.clone();
    class.has_dict.set(true);
    ClassBuilder::new("staticmethod")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            if args.len() != 2 {
                return Err(vm.type_error(format!("staticmethod expected 1 argument, got {}", args.len() - 1)));
            }
            Ok(Instance::native(class, StaticMethod::new(args[1].clone())).into())
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .raw("__call__", wrapped_call)
        .arity("__get__", 2, 3, |vm, args| Ok(vm.payload::<StaticMethod>(&args[0])?.function.borrow().clone()))
        .property("__func__", |vm, args| Ok(vm.payload::<StaticMethod>(&args[0])?.function.borrow().clone()))
        .property("__wrapped__", |vm, args| Ok(vm.payload::<StaticMethod>(&args[0])?.function.borrow().clone()))
        .property("__isabstractmethod__", |vm, args| {
            let function = vm.payload::<StaticMethod>(&args[0])?.function.borrow().clone();
            is_abstract(vm, &function)
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .install(vm, &class);

    // Functions are descriptors too, for code that asks them for `__get__`.
    let function_types =
        [vm.types.function.clone(), vm.types.method_descriptor.clone(), vm.types.wrapper_descriptor.clone()];
    for class in function_types {
        ClassBuilder::new(&*class.name())
            .builtin()
            .arity("__get__", 2, 3, |vm, args| {
                if args[1].is_none() {
                    return Ok(args[0].clone());
                }
                let class = vm.class_of(&args[1]);
                vm.bind(&args[0], &args[1], &class)
            })
            .raw("__call__", call_self)
            .derivable(false)
            .install(vm, &class);
    }
    let class = vm.types.method.clone();
    ClassBuilder::new("method")
        .builtin()
        .constructor(|vm, args| {
            if args.len() != 3 || !args.keywords.is_empty() {
                let given = args.len().saturating_sub(1);
                return Err(vm.type_error(format!("method expected 2 arguments, got {given}")));
            }
            if !vm.is_callable(&args[1]) {
                return Err(vm.type_error("first argument must be callable"));
            }
            if args[2].is_none() {
                return Err(vm.type_error("self must not be None"));
            }
            let (function, receiver) = (args[1].clone(), args[2].clone());
            Ok(Value::BoundMethod(std::rc::Rc::new(crate::python::object::BoundMethod { function, receiver })))
        })
        .raw("__call__", call_self)
        .derivable(false)
        .install(vm, &class);
    for class in [vm.types.builtin_function.clone(), vm.types.method_wrapper.clone()] {
        ClassBuilder::new(&*class.name()).builtin().raw("__call__", call_self).derivable(false).install(vm, &class);
    }
    let class = vm.types.member_descriptor.clone();
    ClassBuilder::new("member_descriptor")
        .builtin()
        .arity("__repr__", 1, 1, |vm, args| {
            let member = vm.payload::<Member>(&args[0])?;
            let class = member.class.upgrade().map_or_else(|| "?".into(), |class| class.name().to_string());
            Ok(Value::from(format!("<member '{}' of '{class}' objects>", member.name)))
        })
        .install(vm, &class);
}

fn is_abstract(vm: &mut Vm, function: &Value) -> PyResult {
    match vm.get_attr_opt(function, "__isabstractmethod__")? {
        Some(value) => Ok(Value::Bool(vm.truth(&value)?)),
        None => Ok(Value::Bool(false)),
    }
}

fn call_self(vm: &mut Vm, mut args: Args) -> PyResult {
    let function = args.take(0);
    args.positional.remove(0);
    vm.call_args(&function, args)
}
