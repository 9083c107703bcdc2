//! The methods of field objects.

use crate::orm::models::{Field, FieldKind};
use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::state::{Django, orm};

use super::{FieldPayload, attribute, bound, prepare};

/// The ORM's field of `self`; one that has joined no model types values by itself.
pub(super) fn own(vm: &mut Vm, args: &Args) -> PyResult<Field> {
    match bound(&args[0]) {
        Some(field) => Ok(field),
        None => super::output_field(vm, &args[0]),
    }
}

fn counter(value: &Value) -> i64 {
    value.payload::<FieldPayload>().map_or(0, |payload| payload.counter.get())
}

/// The methods of `Field`.
pub(super) fn add(builder: ClassBuilder) -> ClassBuilder {
    let mut builder = builder
        .value("empty_strings_allowed", true)
        .value("hidden", false)
        .value("concrete", true)
        .value("many_to_many", Value::None)
        .value("many_to_one", Value::None)
        .value("one_to_many", Value::None)
        .value("one_to_one", Value::None)
        .value("related_model", Value::None)
        .value("remote_field", Value::None)
        .value("generated", false)
        .method("contribute_to_class", "self, cls, name, private_only=False", |vm, args| {
            let class = vm.class_arg(&args, 1)?;
            let name = vm.to_str(&args[2])?;
            let private = vm.truth(&args[3])?;
            super::contribute(vm, &args[0], &class, &name, private)?;
            Ok(Value::None)
        })
        .method("has_default", "self", |vm, args| {
            let not_provided = Django::of(vm).classes().not_provided.clone();
            Ok(attribute(&args[0], "default").is_some_and(|default| !default.is(&not_provided)).into())
        })
        .method("has_db_default", "self", |vm, args| {
            let not_provided = Django::of(vm).classes().not_provided.clone();
            Ok(attribute(&args[0], "db_default").is_some_and(|default| !default.is(&not_provided)).into())
        })
        .method("get_default", "self", |vm, args| {
            let field = own(vm, &args)?;
            prepare::get_default(vm, &args[0], &field)
        })
        .method("get_internal_type", "self", |vm, args| {
            let field = own(vm, &args)?;
            Ok(Value::str(field.kind.class_name()))
        })
        .method("value_from_object", "self, obj", |vm, args| {
            let attname = vm.get_attr(&args[0], "attname")?;
            let attname = vm.to_str(&attname)?;
            vm.get_attr_str(&args[1], &attname)
        })
        .method("pre_save", "self, model_instance, add", |vm, args| {
            let attname = vm.get_attr(&args[0], "attname")?;
            let attname = vm.to_str(&attname)?;
            vm.get_attr_str(&args[1], &attname)
        })
        .method("__str__", "self", |vm, args| {
            let name = attribute(&args[0], "name").unwrap_or(Value::None);
            let name = vm.to_str(&name)?;
            match bound(&args[0]).and_then(|field| field.model().cloned()) {
                Some(model) => Ok(format!("{}.{name}", model.label()).into()),
                None => vm.repr(&args[0]).map(Value::from),
            }
        })
        .method("__repr__", "self", |vm, args| {
            let class = vm.class_of(&args[0]);
            let path = format!("{}.{}", class.module().map_or_else(String::new, |m| m.to_string()), class.qualname());
            let name = attribute(&args[0], "name").filter(|name| !name.is_none());
            Ok(match name {
                Some(name) => format!("<{path}: {}>", vm.to_str(&name)?).into(),
                None => format!("<{path}>").into(),
            })
        })
        .method("__eq__", "self, other", |_, args| {
            if args[1].payload::<FieldPayload>().is_none() {
                return Ok(Value::NotImplemented);
            }
            let same_model = match (bound(&args[0]), bound(&args[1])) {
                (Some(mine), Some(theirs)) => mine.model() == theirs.model(),
                (None, None) => true,
                _ => false,
            };
            Ok((counter(&args[0]) == counter(&args[1]) && same_model).into())
        })
        .method("__lt__", "self, other", |_, args| {
            if args[1].payload::<FieldPayload>().is_none() {
                return Ok(Value::NotImplemented);
            }
            Ok((counter(&args[0]) < counter(&args[1])).into())
        })
        .method("__hash__", "self", |_, args| Ok(counter(&args[0]).into()))
        .method("clone", "self", |vm, args| {
            let parts = vm.call_method(&args[0], "deconstruct", ())?;
            let [_, _, positional, keywords] = parts.as_tuple().unwrap_or_default() else {
                return Err(vm.type_error("deconstruct() gives a name, a path, arguments and keywords"));
            };
            let mut call = Args::new(vm.list_from(positional)?);
            if let Some(keywords) = keywords.as_dict() {
                call.keywords = keywords.str_items();
            }
            let class = Value::Class(vm.class_of(&args[0]));
            vm.call(&class, call)
        })
        .method("__copy__", "self", |_, args| Ok(super::classes::copy(&args[0])))
        .method("__deepcopy__", "self, memodict", |_, args| Ok(super::classes::copy(&args[0])))
        .property("unique", |vm, args| {
            Ok((super::flag(vm, &args[0], "_unique")? || super::flag(vm, &args[0], "primary_key")?).into())
        })
        .property("flatchoices", |vm, args| {
            let choices = attribute(&args[0], "choices").unwrap_or(Value::None);
            let choices = super::choices::settled(vm, &choices)?;
            let pairs = super::choices::flat(&choices);
            Ok(Value::list(pairs.into_iter().map(|(key, label)| Value::tuple(vec![key, label])).collect::<Vec<_>>()))
        });
    builder = super::names::add(super::saving::add(super::cleaning::add(builder)));
    builder = builder.property("description", |vm, args| {
        let name = own(vm, &args)?.kind.class_name();
        Ok(name.into())
    });
    builder
}

/// What a kind adds to the methods of its parent.
pub(super) fn add_for_kind(builder: ClassBuilder, kind: FieldKind) -> ClassBuilder {
    let builder = match kind {
        FieldKind::ForeignKey => builder
            .value("many_to_one", true)
            .value("many_to_many", false)
            .value("one_to_many", false)
            .value("one_to_one", false),
        FieldKind::OneToOne => builder.value("many_to_one", false).value("one_to_one", true),
        FieldKind::ManyToMany => builder
            .value("many_to_many", true)
            .value("many_to_one", false)
            .value("one_to_many", false)
            .value("one_to_one", false)
            .method("value_from_object", "self, obj", |vm, args| {
                let pk = vm.get_attr(&args[1], "pk")?;
                if pk.is_none() {
                    return Ok(Value::list(Vec::new()));
                }
                let name = vm.get_attr(&args[0], "attname")?;
                let name = vm.to_str(&name)?;
                let manager = vm.get_attr_str(&args[1], &name)?;
                let rows = vm.call_method(&manager, "all", ())?;
                Ok(Value::list(vm.list_from(&rows)?))
            }),
        FieldKind::Generated => builder.value("generated", true),
        FieldKind::ForeignObject => builder
            .value("many_to_one", true)
            .value("many_to_many", false)
            .value("one_to_many", false)
            .value("one_to_one", false),
        FieldKind::CompositePrimaryKey => builder
            .property("fields", |vm, args| {
                let members = members(vm, &args)?;
                Ok(Value::tuple(members))
            })
            .property("columns", |vm, args| {
                let members = members(vm, &args)?;
                let mut columns = Vec::with_capacity(members.len());
                for member in &members {
                    columns.push(vm.get_attr(member, "column")?);
                }
                Ok(Value::tuple(columns))
            })
            .method("__iter__", "self", |vm, args| {
                let members = members(vm, &args)?;
                vm.iter(&Value::tuple(members))
            })
            .method("__len__", "self", |vm, args| {
                let names = attribute(&args[0], "field_names").unwrap_or(Value::None);
                Ok(vm.len(&names)?.into())
            }),
        _ => builder,
    };
    super::joined::add_for_kind(super::saving::add_for_kind(builder, kind), kind)
}

/// The members of a composite key, as Python's objects.
fn members(vm: &mut Vm, args: &Args) -> PyResult<Vec<Value>> {
    let field = own(vm, args)?;
    let members = orm(vm, || field.require_model()?.pk_fields())?;
    Ok(members.iter().map(|member| Django::of(vm).object_of(member).unwrap_or(Value::None)).collect())
}
