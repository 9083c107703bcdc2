//! Both sides of a many-to-many field.

use std::rc::Rc;

use crate::python::object::{Class, ClassBuilder, Value};
use crate::python::vm::Vm;

/// `ManyToManyDescriptor`
pub fn class(vm: &mut Vm, reverse: &Rc<Class>) -> Rc<Class> {
    ClassBuilder::new("ManyToManyDescriptor")
        .module("django.db.models.fields.related_descriptors")
        .base(reverse)
        .method("__get__", "self, instance, cls=None", |vm, args| {
            if args[1].is_none() {
                return Ok(args[0].clone());
            }
            Err(vm.unsupported("many-to-many managers"))
        })
        .build(vm)
}
