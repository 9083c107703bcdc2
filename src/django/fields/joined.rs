//! What relational fields say of the fields they join.

use crate::django::state::{Django, orm};
use crate::orm::models::{Field, FieldKind};
use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use super::methods::own;

fn object(vm: &mut Vm, field: &Field) -> Value {
    Django::of(vm).object_of(field).unwrap_or(Value::None)
}

fn pairs(vm: &mut Vm, args: &Args) -> PyResult<Vec<(Value, Value)>> {
    let field = own(vm, args)?;
    let pairs = orm(vm, || field.related_fields())?;
    Ok(pairs.iter().map(|(near, far)| (object(vm, near), object(vm, far))).collect())
}

/// The attributes of `fields` in `instance`.
fn values(vm: &mut Vm, instance: &Value, fields: &[Value]) -> PyResult {
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        let attname = vm.get_attr(field, "attname")?;
        let attname = vm.to_str(&attname)?;
        all.push(vm.get_attr_str(instance, &attname)?);
    }
    Ok(Value::tuple(all))
}

/// The methods of `ForeignObject`, and of what derives from it.
pub(super) fn add_for_kind(builder: ClassBuilder, kind: FieldKind) -> ClassBuilder {
    match kind {
        FieldKind::ForeignObject => builder
            .property("target_field", |vm, args| {
                let field = own(vm, &args)?;
                let target = orm(vm, || field.target_field())?;
                Ok(object(vm, &target))
            })
            .property("related_fields", |vm, args| {
                let pairs = pairs(vm, &args)?;
                Ok(Value::list(pairs.into_iter().map(|(near, far)| Value::tuple(vec![near, far])).collect::<Vec<_>>()))
            })
            .property("local_related_fields", |vm, args| {
                Ok(Value::tuple(pairs(vm, &args)?.into_iter().map(|(near, _)| near).collect::<Vec<_>>()))
            })
            .property("foreign_related_fields", |vm, args| {
                Ok(Value::tuple(pairs(vm, &args)?.into_iter().map(|(_, far)| far).collect::<Vec<_>>()))
            })
            .method("get_local_related_value", "self, instance", |vm, args| {
                let near: Vec<Value> = pairs(vm, &args)?.into_iter().map(|(near, _)| near).collect();
                values(vm, &args[1], &near)
            })
            .method("get_foreign_related_value", "self, instance", |vm, args| {
                let far: Vec<Value> = pairs(vm, &args)?.into_iter().map(|(_, far)| far).collect();
                values(vm, &args[1], &far)
            })
            .property("cache_name", |vm, args| vm.get_attr(&args[0], "name"))
            .property("opts", |vm, args| {
                let model = vm.get_attr(&args[0], "model")?;
                vm.get_attr(&model, "_meta")
            })
            .method("is_cached", "self, instance", |vm, args| {
                let name = vm.get_attr(&args[0], "name")?;
                let name = vm.to_str(&name)?;
                Ok(crate::django::related::cached(&args[1], &name).is_some().into())
            })
            .method("get_cached_value", "self, instance, default=?", |vm, args| {
                let name = vm.get_attr(&args[0], "name")?;
                let text = vm.to_str(&name)?;
                match crate::django::related::cached(&args[1], &text) {
                    Some(found) => Ok(found),
                    None if args[2].is_unset() => Err(vm.key_error(name)),
                    None => Ok(args[2].clone()),
                }
            })
            .method("set_cached_value", "self, instance, value", |vm, args| {
                let name = vm.get_attr(&args[0], "name")?;
                let name = vm.to_str(&name)?;
                crate::django::related::remember(&args[1], &name, &args[2]);
                Ok(Value::None)
            })
            .method("delete_cached_value", "self, instance", |vm, args| {
                let name = vm.get_attr(&args[0], "name")?;
                let name = vm.to_str(&name)?;
                crate::django::related::forget(&args[1], &name);
                Ok(Value::None)
            })
            .class_method("__class_getitem__", "cls, *args, **kwargs", |_, args| Ok(args[0].clone())),
        FieldKind::ManyToMany => builder.property("opts", |vm, args| {
            let model = vm.get_attr(&args[0], "model")?;
            vm.get_attr(&model, "_meta")
        }),
        FieldKind::GenericForeignKey => builder.method(
            "check",
            "self, **kwargs",
            crate::django::delegate::in_python!("_django_checks_relations", "generic_foreign_key"),
        ),
        _ => builder,
    }
}
