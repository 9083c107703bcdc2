//! `models.Field` and its subclasses as Python sees them.
//!
//! A field object is an ordinary instance with its options as attributes, so that subclasses written in Python can read and
//! set them as in Django; its payload ([`FieldPayload`]) ties it to the ORM's own [`Field`] once it has joined a model.

mod binding;
mod choices;
mod classes;
mod cleaning;
mod hooks;
mod init;
mod joined;
mod methods;
mod names;
mod prepare;
mod saving;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::orm::models::{Field, FieldKind};
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

pub use binding::{OutputFields, contribute, field_data, output_field};
pub use choices::display;
pub use classes::{FieldClasses, copy};
pub use hooks::overrides;
pub use prepare::{FieldDefault, default_of, get_default};

/// What a field object holds besides its attributes.
pub struct FieldPayload {
    /// The built-in class that it is or descends from.
    pub kind: FieldKind,
    /// The ORM's field, once it has joined a model or was used as an `output_field`.
    pub field: RefCell<Option<Field>>,
    /// Where its class overrides methods of [`hooks`], told once.
    pub counter: Cell<i64>,
}

/// The ORM's field of a field object that has joined a model.
pub fn bound(value: &Value) -> Option<Field> {
    value.payload::<FieldPayload>().and_then(|payload| payload.field.borrow().clone())
}

/// The built-in kind of a field object; `None` for anything else.
pub fn kind_of(value: &Value) -> Option<FieldKind> {
    value.payload::<FieldPayload>().map(|payload| payload.kind)
}

/// The built-in kind that a field class is or descends from; `None` for any other class.
pub fn kind_of_field_class(vm: &Vm, class: &Rc<Class>) -> Option<FieldKind> {
    let plain = super::state::Django::of(vm).classes().fields.get(FieldKind::Plain).clone();
    class.derives_from(&plain).then(|| classes::kind_of_class(class))
}

/// An attribute in a field object's own `__dict__`.
pub fn attribute(value: &Value, name: &str) -> Option<Value> {
    value.as_instance().and_then(|instance| instance.get(&Str::interned(name)))
}

/// An attribute that counts as true.
pub fn flag(vm: &mut Vm, value: &Value, name: &str) -> PyResult<bool> {
    match attribute(value, name) {
        Some(found) => vm.truth(&found),
        None => Ok(false),
    }
}

/// The text of an attribute that is a string.
pub fn text(value: &Value, name: &str) -> Option<Rc<str>> {
    attribute(value, name).and_then(|found| found.as_str().map(|text| Rc::from(text.as_str())))
}

/// The Python object of a field; one that only types a value gets its object when it is first asked for.
pub fn object_of(vm: &mut Vm, field: &Field) -> PyResult {
    let django = super::state::Django::of(vm);
    if let Some(known) = django.object_of(field) {
        return Ok(known);
    }
    let class = Value::Class(django.classes().fields.get(field.kind).clone());
    let made = vm.call(&class, ())?;
    if let Some(payload) = made.payload::<FieldPayload>() {
        *payload.field.borrow_mut() = Some(field.clone());
    }
    django.set_object_of(field, &made);
    Ok(made)
}

/// Whether `class` is one of the field classes.
pub fn is_field_class(class: &Rc<Class>, field: &Rc<Class>) -> bool {
    class.derives_from(field)
}
