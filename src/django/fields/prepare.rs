//! Values on their way into an instance: defaults, and `pre_save`.

use crate::django::state::Django;
use crate::orm::models::{Field, FieldKind};
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

use super::{attribute, hooks};

/// Where a field's value comes from when none was given.
#[derive(Clone)]
pub enum FieldDefault {
    /// A value that every instance shares.
    Value(Value),
    /// A callable that is asked each time.
    Callable(Value),
    /// The database gives it: the instance holds an expression until it is saved.
    Database(Value),
    /// The class overrides `get_default`.
    Method,
}

/// How `field.get_default()` gets its value.
pub fn default_of(vm: &mut Vm, object: &Value, field: &Field) -> PyResult<FieldDefault> {
    let class = vm.class_of(object);
    if hooks::overrides(&class, "get_default") || hooks::overrides(&class, "_get_default") {
        return Ok(FieldDefault::Method);
    }
    let not_provided = Django::of(vm).classes().not_provided.clone();
    if let Some(default) = attribute(object, "default").filter(|default| !default.is(&not_provided)) {
        return Ok(if vm.is_callable(&default) {
            FieldDefault::Callable(default)
        } else {
            FieldDefault::Value(default)
        });
    }
    if field.options.db_default.is_some() {
        let value = crate::django::expressions::database_default(vm, field)?;
        return Ok(FieldDefault::Database(value));
    }
    let empty_string = matches!(
        field.kind,
        FieldKind::Char
            | FieldKind::Text
            | FieldKind::Slug
            | FieldKind::Email
            | FieldKind::Url
            | FieldKind::FilePath
            | FieldKind::File
            | FieldKind::Image
            | FieldKind::CommaSeparatedInteger
    );
    if field.kind == FieldKind::Binary && !field.options.null {
        return Ok(FieldDefault::Value(Value::bytes(Vec::new())));
    }
    // Fields that allow empty strings start with one, unless NULL is allowed. `Field` itself and GenericIPAddressField do.
    let strings_allowed = empty_string || matches!(field.kind, FieldKind::Plain);
    if strings_allowed && !field.options.null {
        return Ok(FieldDefault::Value(Value::str("")));
    }
    Ok(FieldDefault::Value(Value::None))
}

/// `field.get_default()`
pub fn get_default(vm: &mut Vm, object: &Value, field: &Field) -> PyResult {
    match default_of(vm, object, field)? {
        FieldDefault::Value(value) | FieldDefault::Database(value) => Ok(value),
        FieldDefault::Callable(callable) => vm.call(&callable, ()),
        FieldDefault::Method => vm.call_method(object, "get_default", ()),
    }
}
