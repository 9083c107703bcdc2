//! `ValidationError`, and the checks of `full_clean()`: their code is written in Python.

use crate::python::object::{ClassBuilder, PyResult, Raised, Value};
use crate::python::vm::Vm;

use super::delegate::in_python;

/// `Model`'s methods that validate.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method(
            "full_clean",
            "self, exclude=None, validate_unique=True, validate_constraints=True",
            in_python!("_django_cleaning", "full_clean"),
        )
        .method("clean_fields", "self, exclude=None", in_python!("_django_cleaning", "clean_fields"))
        .method("clean", "self", |_, _| Ok(Value::None))
        .method("validate_unique", "self, exclude=None", in_python!("_django_cleaning", "validate_unique"))
        .method("validate_constraints", "self, exclude=None", in_python!("_django_cleaning", "validate_constraints"))
        .method("get_constraints", "self", in_python!("_django_cleaning", "get_constraints"))
        .method(
            "_get_unique_checks",
            "self, exclude=None, include_meta_constraints=False",
            in_python!("_django_cleaning", "_get_unique_checks"),
        )
        .method(
            "_perform_unique_checks",
            "self, unique_checks",
            in_python!("_django_cleaning", "_perform_unique_checks"),
        )
        .method("_perform_date_checks", "self, date_checks", in_python!("_django_cleaning", "_perform_date_checks"))
        .method(
            "date_error_message",
            "self, lookup_type, field_name, unique_for",
            in_python!("_django_cleaning", "date_error_message"),
        )
        .method(
            "unique_error_message",
            "self, model_class, unique_check",
            in_python!("_django_cleaning", "unique_error_message"),
        )
        .method(
            "_get_field_expression_map",
            "self, meta, exclude=None",
            in_python!("_django_cleaning", "_get_field_expression_map"),
        )
        .class_method("check", "cls, **kwargs", in_python!("_django_checks_models", "check"))
        .class_method("_check_managers", "cls, **kwargs", in_python!("_django_checks_models", "managers"))
        .class_method("_check_fields", "cls, **kwargs", in_python!("_django_checks_models", "fields"))
        .class_method("_check_local_fields", "cls, fields, option", in_python!("_django_checks_models", "local_fields"))
        .class_method("_check_indexes", "cls, databases", in_python!("_django_checks_models", "indexes"))
        .class_method("_check_constraints", "cls, databases", in_python!("_django_checks_models", "constraints"))
        .class_method("_get_expr_references", "cls, expr", in_python!("_django_checks_models", "model_references"))
}

fn make(vm: &mut Vm, message: &str) -> PyResult {
    let module = vm.import_module("_django_validation")?;
    let class = vm.get_attr(&module, "ValidationError")?;
    vm.call(&class, [Value::str(message), Value::str("invalid")])
}

/// A `ValidationError` that says `message`, of code `invalid`.
pub fn error(vm: &mut Vm, message: &str) -> Raised {
    match make(vm, message) {
        Ok(Value::Instance(made)) => Raised(made),
        Ok(_) => vm.value_error(message),
        Err(raised) => raised,
    }
}
