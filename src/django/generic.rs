//! What `django.contrib.contenttypes` needs of the machinery: `_django_generic`, which its Python sources import.

use std::rc::Rc;

use crate::orm::OrmResult;
use crate::orm::models::{ContentTypes, FieldKind, Model};
use crate::python::exceptions::Kind;
use crate::python::object::{Module, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::state::{Django, class_of, hook};

/// Asks a function of Python's for the id of a model's content type.
struct Asked {
    function: Value,
}

impl ContentTypes for Asked {
    fn id_of(&self, model: &Model, for_concrete_model: bool) -> OrmResult<i64> {
        hook(|vm| {
            let class = class_of(vm, model)?;
            let id = vm.call(&self.function, [Value::Class(class), Value::Bool(for_concrete_model)])?;
            match id.as_i64() {
                Some(id) => Ok(id),
                None => Err(vm.raise(Kind::TypeError, "the id of a content type is an integer")),
            }
        })
    }
}

/// `_django_generic`
pub fn kernel(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let classes = django.classes();
    Ok(module
        .class(classes.fields.get(FieldKind::GenericForeignKey))
        .class(classes.fields.get(FieldKind::GenericRelation))
        .class(&classes.related.rels.generic)
        .function("give", "cls, name, value", |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let name = vm.to_str(&args[1])?;
            class.set(Str::interned(&name), args[2].clone());
            Ok(Value::None)
        })
        .function("set_content_types", "function", |vm, args| {
            let asked = Rc::new(Asked { function: args[0].clone() });
            Django::of(vm).set_content_types(asked);
            Ok(Value::None)
        }))
}
