//! `connection.introspection`: which tables there are, and what they hold.

use std::rc::Rc;

use crate::django::delegate::in_python;
use crate::python::object::{Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

use super::Database;

struct IntrospectionPayload(Rc<Database>);

struct IntrospectionClasses {
    introspection: Rc<Class>,
}

fn classes(vm: &mut Vm) -> PyResult<Rc<IntrospectionClasses>> {
    if let Some(known) = vm.host::<IntrospectionClasses>() {
        return Ok(known);
    }
    let introspection = ClassBuilder::new("DatabaseIntrospection")
        .module("django.db.backends.sqlite3.introspection")
        .native_layout("DatabaseIntrospection")
        .property("connection", |vm, args| {
            let database = vm.payload::<IntrospectionPayload>(&args[0])?.0.clone();
            Ok(super::object::of(vm, &database))
        })
        .method("identifier_converter", "self, name", |_, args| Ok(args[1].clone()))
        .method("get_field_type", "self, data_type, description", in_python!("_django_introspection", "get_field_type"))
        .method("get_table_list", "self, cursor", in_python!("_django_introspection", "get_table_list"))
        .method(
            "table_names",
            "self, cursor=None, include_views=False",
            in_python!("_django_introspection", "table_names"),
        )
        .method(
            "get_table_description",
            "self, cursor, table_name",
            in_python!("_django_introspection", "get_table_description"),
        )
        .method("get_constraints", "self, cursor, table_name", in_python!("_django_introspection", "get_constraints"))
        .method(
            "get_primary_key_columns",
            "self, cursor, table_name",
            in_python!("_django_introspection", "get_primary_key_columns"),
        )
        .method(
            "get_primary_key_column",
            "self, cursor, table_name",
            in_python!("_django_introspection", "get_primary_key_column"),
        )
        .method("get_relations", "self, cursor, table_name", in_python!("_django_introspection", "get_relations"))
        .method(
            "get_sequences",
            "self, cursor, table_name, table_fields=()",
            in_python!("_django_introspection", "get_sequences"),
        )
        .method("get_migratable_models", "self", in_python!("_django_introspection", "get_migratable_models"))
        .method(
            "django_table_names",
            "self, only_existing=False, include_views=True",
            in_python!("_django_introspection", "django_table_names"),
        )
        .method("installed_models", "self, tables", in_python!("_django_introspection", "installed_models"))
        .method("sequence_list", "self", in_python!("_django_introspection", "sequence_list"))
        .build(vm);
    let made = Rc::new(IntrospectionClasses { introspection });
    vm.set_host(made.clone());
    Ok(made)
}

/// The object of a database; `None` while its helper classes cannot be made.
pub(super) fn object(vm: &mut Vm, database: &Rc<Database>) -> Value {
    match classes(vm) {
        Ok(classes) => Instance::native(classes.introspection.clone(), IntrospectionPayload(database.clone())).into(),
        Err(_) => Value::None,
    }
}
