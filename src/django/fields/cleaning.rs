//! Methods that convert and check values, and describe a field: their code is written in Python.

use crate::django::delegate::in_python;
use crate::python::object::{ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

/// The methods of `Field` for values from outside.
pub(super) fn add(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("clean", "self, value, model_instance", in_python!("_django_fields", "clean"))
        .method("to_python", "self, value", in_python!("_django_fields", "to_python"))
        .method("validate", "self, value, model_instance", in_python!("_django_fields", "validate"))
        .method("run_validators", "self, value", in_python!("_django_fields", "run_validators"))
        .method("value_to_string", "self, obj", in_python!("_django_fields", "value_to_string"))
        .method("save_form_data", "self, instance, data", in_python!("_django_fields", "save_form_data"))
        .method("deconstruct", "self", in_python!("_django_fields", "deconstruct"))
        .property("swappable_setting", in_python!("_django_fields", "swappable_setting"))
        .method("get_limit_choices_to", "self", in_python!("_django_fields", "get_limit_choices_to"))
        .method(
            "get_choices",
            "self, include_blank=True, blank_choice=None, limit_choices_to=None, ordering=()",
            in_python!("_django_fields", "get_choices"),
        )
        .property("error_messages", in_python!("_django_fields", "error_messages"))
        .property("default_validators", in_python!("_django_fields", "default_validators"))
        .property("validators", in_python!("_django_fields", "validators"))
        .property("empty_values", empty_values)
        .method("formfield", "self, *args, **kwargs", |vm, _| Err(vm.unsupported("forms")))
        .method("check", "self, **kwargs", in_python!("_django_checks_fields", "check"))
        .method("_check_field_name", "self", in_python!("_django_checks_fields", "field_name"))
        .method("_check_choices", "self", in_python!("_django_checks_fields", "choices"))
        .method(
            "_check_db_default",
            "self, databases=None, **kwargs",
            in_python!("_django_checks_fields", "db_default"),
        )
        .method("_check_db_index", "self", in_python!("_django_checks_fields", "db_index"))
        .method(
            "_check_db_comment",
            "self, databases=None, **kwargs",
            in_python!("_django_checks_fields", "db_comment"),
        )
        .method("_check_null_allowed_for_primary_keys", "self", in_python!("_django_checks_fields", "null_key"))
        .method(
            "_check_backend_specific_checks",
            "self, databases=None, **kwargs",
            in_python!("_django_checks_fields", "backend"),
        )
        .method("_check_validators", "self", in_python!("_django_checks_fields", "validators"))
        .method("_check_deprecation_details", "self", in_python!("_django_checks_fields", "deprecation"))
        .value("system_check_removed_details", Value::None)
        .value("system_check_deprecated_details", Value::None)
}

fn empty_values(vm: &mut Vm, args: crate::python::object::Args) -> PyResult {
    if super::kind_of(&args[0]) == Some(crate::orm::models::FieldKind::Binary) {
        return Ok(Value::list(vec![Value::None, Value::bytes(Vec::new())]));
    }
    let module = vm.import_module("_django_fields")?;
    vm.get_attr(&module, "EMPTY_VALUES")
}
