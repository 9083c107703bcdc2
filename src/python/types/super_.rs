//! `super`: attributes from further along the method resolution order.

use std::rc::Rc;

use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

/// What a `super` object holds.
pub struct Super {
    /// `__thisclass__`: the search starts behind it.
    pub after: Rc<Class>,
    /// `__self__`, or `None` where it is unbound.
    pub object: Value,
    /// `__self_class__`: whose order is searched.
    pub order_of: Rc<Class>,
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.super_.clone();
    ClassBuilder::new("super")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let (after, object) = match args.positional.len() {
                1 => vm.super_arguments()?,
                2 => (args[1].clone(), Value::None),
                3 => (args[1].clone(), args[2].clone()),
                count => {
                    let given = count - 1;
                    return Err(vm.type_error(format!("super() expected at most 2 arguments, got {given}")));
                }
            };
            let Value::Class(after) = after else { return Err(vm.argument_error("super", 1, "a type", &after)) };
            make(vm, class, after, object)
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__getattribute__", 2, 2, |vm, args| {
            let name = super::object::attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            match vm.generic_get_attr(&args[0], &class, &name)? {
                Some(value) => Ok(value),
                None => Err(vm.no_attribute(&args[0], &name)),
            }
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let (after, object, order_of) = {
                let proxy = vm.payload::<Super>(&args[0])?;
                (proxy.after.name(), proxy.object.clone(), proxy.order_of.name())
            };
            Ok(Value::from(if object.is_none() {
                format!("<super: <class '{after}'>, NULL>")
            } else {
                format!("<super: <class '{after}'>, <{order_of} object>>")
            }))
        })
        .install(vm, &class);
}

fn make(vm: &mut Vm, class: Rc<Class>, after: Rc<Class>, object: Value) -> PyResult {
    let order_of = if object.is_none() {
        after.clone()
    } else {
        match &object {
            Value::Class(own) if own.derives_from(&after) => own.clone(),
            _ => {
                let own = vm.class_of(&object);
                if own.derives_from(&after) {
                    own
                } else {
                    match vm.get_attr_opt(&object, "__class__")? {
                        Some(Value::Class(said)) if said.derives_from(&after) => said,
                        _ => return Err(vm.type_error("super(type, obj): obj must be an instance or subtype of type")),
                    }
                }
            }
        }
    };
    Ok(Instance::native(class, Super { after, object, order_of }).into())
}

impl Vm {
    /// `super(after, object)`, as `super()` in a method makes it.
    pub fn new_super(&mut self, after: &Rc<Class>, object: Value) -> PyResult {
        let class = self.types.super_.clone();
        make(self, class, after.clone(), object)
    }

    pub(crate) fn super_attribute(&mut self, proxy: &Super, name: &Str) -> PyResult<Option<Value>> {
        if name == "__class__" {
            return Ok(None);
        }
        let (after, object, order_of) = (proxy.after.clone(), proxy.object.clone(), proxy.order_of.clone());
        match name.as_str() {
            "__thisclass__" => return Ok(Some(Value::Class(after))),
            "__self__" => return Ok(Some(object)),
            "__self_class__" => return Ok(Some(if object.is_none() { Value::None } else { Value::Class(order_of) })),
            _ => {}
        }
        if object.is_none() {
            return Ok(None);
        }
        let found = order_of
            .mro()
            .iter()
            .skip_while(|class| !Rc::ptr_eq(class, &after))
            .skip(1)
            .find_map(|class| class.dict().get_str(name));
        let Some(found) = found else {
            return match name.as_str() {
                "__dict__" | "__doc__" | "__name__" => Ok(None),
                _ => Ok(None),
            };
        };
        if let Value::Class(target) = &object
            && Rc::ptr_eq(target, &order_of)
        {
            return self.bind_class(&found, target).map(Some);
        }
        self.bind(&found, &object, &order_of).map(Some)
    }

    /// Calls a method found behind `after` in the object's method resolution order: `super().name(…)` from Rust.
    pub fn call_super(&mut self, after: &Rc<Class>, object: &Value, name: &str, args: impl Into<Args>) -> PyResult {
        let proxy = self.new_super(after, object.clone())?;
        let method = self.get_attr(&proxy, name)?;
        self.call(&method, args)
    }
}
