//! What is bound before a learner's code runs.

use crate::orm::models::Registry;
use crate::python::object::{Dict, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::state::Django;

/// Modules whose public names are all bound.
const WHOLE: &[&str] = &["django.db.models", "django.db.models.functions", "django.core.exceptions"];

/// Single names: module, name, the name it is bound to.
const SINGLE: &[(&str, &str, &str)] = &[
    ("django.db", "models", "models"),
    ("django.db", "transaction", "transaction"),
    ("django.db", "connection", "connection"),
    ("django.db", "IntegrityError", "IntegrityError"),
    ("django.db", "OperationalError", "OperationalError"),
    ("django.db", "ProgrammingError", "ProgrammingError"),
    ("django.db", "DatabaseError", "DatabaseError"),
    ("django.db", "DataError", "DataError"),
    ("django.db", "NotSupportedError", "NotSupportedError"),
    ("django.conf", "settings", "settings"),
    ("django.contrib.auth", "get_user_model", "get_user_model"),
    ("django.dispatch", "receiver", "receiver"),
    ("django.db.models.signals", "pre_init", "pre_init"),
    ("django.db.models.signals", "post_init", "post_init"),
    ("django.db.models.signals", "pre_save", "pre_save"),
    ("django.db.models.signals", "post_save", "post_save"),
    ("django.db.models.signals", "pre_delete", "pre_delete"),
    ("django.db.models.signals", "post_delete", "post_delete"),
    ("django.db.models.signals", "m2m_changed", "m2m_changed"),
    ("django.db.models.signals", "class_prepared", "class_prepared"),
    ("django.utils", "timezone", "timezone"),
    ("datetime", "date", "date"),
    ("datetime", "datetime", "datetime"),
    ("datetime", "time", "time"),
    ("datetime", "timedelta", "timedelta"),
    ("decimal", "Decimal", "Decimal"),
    ("uuid", None_, "uuid"),
];

/// Stands for the module itself.
#[expect(non_upper_case_globals, reason = "reads as Python's None in the table above")]
const None_: &str = "";

/// Binds everything into `names`: the dataset's models last, so that they win over names of Django's.
pub fn bind(vm: &mut Vm, names: &Dict, registry: &Registry) -> PyResult<()> {
    for module in WHOLE {
        let module = vm.import_module(module)?;
        if let Value::Module(module) = &module {
            for (name, value) in module.dict.str_items() {
                if !name.starts_with('_') {
                    names.set_str(name, value);
                }
            }
        }
    }
    for (module, name, bound) in SINGLE {
        let Ok(found) = vm.import_module(module) else { continue };
        let value = match vm.get_attr_opt(&found, name)? {
            _ if name.is_empty() => Some(found),
            Some(value) => Some(value),
            // A module inside of the package.
            None => vm.import_module(&format!("{module}.{name}")).ok(),
        };
        if let Some(value) = value {
            names.set_str(*bound, value);
        }
    }
    for model in registry.models() {
        if model.meta().auto_created {
            continue;
        }
        if let Some(class) = Django::of(vm).class_of(&model) {
            names.set_str(&*model.name, class);
        }
    }
    Ok(())
}
