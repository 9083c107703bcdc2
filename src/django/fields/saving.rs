//! Methods that prepare a value for the database, and say what column holds it.

use crate::django::convert::{from_datum, to_datum};
use crate::django::delegate::in_python;
use crate::django::state::orm;
use crate::orm::models::FieldKind;
use crate::python::object::{Args, Class, ClassBuilder, Dict, PyResult, Value};
use crate::python::vm::Vm;
use std::rc::Rc;

use super::hooks::overrides;
use super::methods::own;
use super::{attribute, flag};

/// Whether a field's values go through a `to_python` of its own on their way to the database, as those of most kinds do.
pub(super) fn converts_first(kind: FieldKind, class: &Rc<Class>) -> bool {
    use FieldKind as K;
    let through = matches!(
        kind,
        K::Boolean
            | K::Char
            | K::Slug
            | K::Email
            | K::Url
            | K::CommaSeparatedInteger
            | K::Date
            | K::DateTime
            | K::Decimal
            | K::Text
            | K::Time
            | K::Uuid
    );
    through && overrides(class, "to_python")
}

/// The methods of `Field` on the way to the database.
pub(super) fn add(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("get_prep_value", "self, value", |vm, args| {
            let field = own(vm, &args)?;
            let converts = args[0].as_instance().is_some_and(|object| converts_first(field.kind, &object.class()));
            let value =
                if converts { vm.call_method(&args[0], "to_python", [args[1].clone()])? } else { args[1].clone() };
            let datum = to_datum(vm, &value)?;
            let prepared = orm(vm, || field.own_prep_value(&datum))?;
            from_datum(vm, &prepared)
        })
        .method("get_db_prep_value", "self, value, connection, prepared=False", |vm, args| {
            let field = own(vm, &args)?;
            let prepared = vm.truth(&args[3])?;
            let value =
                if prepared { args[1].clone() } else { vm.call_method(&args[0], "get_prep_value", [args[1].clone()])? };
            let datum = to_datum(vm, &value)?;
            let adapted = orm(vm, || field.own_db_prep_value(&datum))?;
            from_datum(vm, &adapted)
        })
        .method("get_db_prep_save", "self, value, connection", |vm, args| {
            let (value, connection) = (args[1].clone(), args[2].clone());
            if crate::django::expressions::lower_opt(vm, &value)?.is_some() {
                return Ok(value);
            }
            vm.call_method(&args[0], "get_db_prep_value", Args::new([value, connection]).keyword("prepared", false))
        })
        .method("db_type", "self, connection", |vm, args| {
            let field = own(vm, &args)?;
            Ok(orm(vm, || field.own_db_type())?.as_deref().into())
        })
        .method("rel_db_type", "self, connection", |vm, args| {
            let field = own(vm, &args)?;
            Ok(orm(vm, || field.rel_db_type())?.as_deref().into())
        })
        .method("cast_db_type", "self, connection", |vm, args| {
            let field = own(vm, &args)?;
            Ok(orm(vm, || field.cast_db_type())?.as_deref().into())
        })
        .method("db_parameters", "self, connection", |vm, args| {
            let found = vm.call_method(&args[0], "db_type", [args[1].clone()])?;
            let dict = Dict::new();
            dict.set_str("type", found);
            dict.set_str("check", Value::None);
            Ok(Value::Dict(Rc::new(dict)))
        })
        .property("db_tablespace", |_, args| Ok(attribute(&args[0], "_db_tablespace").unwrap_or(Value::None)))
        .property("db_returning", |_, args| {
            Ok(super::bound(&args[0])
                .is_some_and(|field| {
                    matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto)
                        || field.options.db_default.is_some()
                })
                .into())
        })
        .property("unique_for", |_, _| Ok(Value::None))
}

/// What some kinds set just before they are saved.
pub(super) fn add_for_kind(builder: ClassBuilder, kind: FieldKind) -> ClassBuilder {
    match kind {
        FieldKind::Date | FieldKind::Time | FieldKind::DateTime => {
            builder.method("pre_save", "self, model_instance, add", pre_save_moment)
        }
        FieldKind::File => builder
            .method("pre_save", "self, instance, add", in_python!("_django_files", "pre_save"))
            .method("generate_filename", "self, instance, filename", in_python!("_django_files", "generate_filename"))
            .method("save_form_data", "self, instance, data", in_python!("_django_files", "save_form_data"))
            .property("attr_class", in_python!("_django_files", "attr_class"))
            .property("descriptor_class", in_python!("_django_files", "descriptor_class")),
        _ => builder,
    }
}

fn pre_save_moment(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    let attname = vm.get_attr(this, "attname")?;
    let attname = vm.to_str(&attname)?;
    let adding = vm.truth(&args[2])?;
    if !(flag(vm, this, "auto_now")? || (adding && flag(vm, this, "auto_now_add")?)) {
        return vm.get_attr_str(&args[1], &attname);
    }
    let value = match super::kind_of(this) {
        Some(FieldKind::DateTime) => {
            let module = vm.import_module("django.utils.timezone")?;
            vm.call_method(&module, "now", ())?
        }
        kind => {
            let module = vm.import_module("datetime")?;
            if kind == Some(FieldKind::Date) {
                let class = vm.get_attr(&module, "date")?;
                vm.call_method(&class, "today", ())?
            } else {
                let class = vm.get_attr(&module, "datetime")?;
                let now = vm.call_method(&class, "now", ())?;
                vm.call_method(&now, "time", ())?
            }
        }
    };
    vm.set_attr(&args[1], &*attname, value.clone())?;
    Ok(value)
}
