//! What relational fields, and the objects for their far sides, tell of themselves and of the objects they remember.

use std::rc::Rc;

use crate::django::fields::bound;
use crate::django::state::{Django, orm, raise_class};
use crate::orm::models::{Field, FieldKind};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{cached, forget, rel, remember, reverse_cache_name};

/// The ORM's field behind a field object that has joined a model.
fn own(vm: &mut Vm, args: &Args) -> PyResult<Field> {
    match bound(&args[0]) {
        Some(field) => Ok(field),
        None => {
            let class = vm.type_name(&args[0]);
            Err(vm.raise(Kind::AttributeError, format!("'{class}' object has joined no model yet")))
        }
    }
}

fn object(vm: &Vm, field: &Field) -> Value {
    Django::of(vm).object_of(field).unwrap_or(Value::None)
}

/// Pairs of a near and a far field, as objects.
fn pairs(vm: &mut Vm, field: &Field) -> PyResult<Vec<(Value, Value)>> {
    let pairs = orm(vm, || field.related_fields())?;
    Ok(pairs.iter().map(|(near, far)| (object(vm, near), object(vm, far))).collect())
}

/// `target_field`: of several there is no single one.
fn target(vm: &mut Vm, args: Args) -> PyResult {
    let field = own(vm, &args)?;
    if field.kind == FieldKind::ManyToMany {
        let model = orm(vm, || field.require_related_model())?;
        let pk = orm(vm, || model.pk())?;
        return Ok(object(vm, &pk));
    }
    let all = orm(vm, || field.foreign_related_fields())?;
    match all.as_slice() {
        [one] => Ok(object(vm, one)),
        _ => {
            let class = Django::of(vm).errors.field_error.clone();
            let text = "The relation has multiple target fields, but only single target field was asked for";
            Err(raise_class(vm, &class, text))
        }
    }
}

/// The values of fields in an instance, as a tuple.
fn values(vm: &mut Vm, instance: &Value, fields: &[Field]) -> PyResult {
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        all.push(vm.get_attr_str(instance, &Str::interned(&field.attname))?);
    }
    Ok(Value::tuple(all))
}

/// Properties of every relational field.
const PROPERTIES: &[(&str, NativeFn)] = &[
    ("target_field", target),
    ("related_fields", |vm, args| {
        let field = own(vm, &args)?;
        let pairs = pairs(vm, &field)?;
        Ok(Value::list(pairs.into_iter().map(|(near, far)| Value::tuple(vec![near, far])).collect::<Vec<_>>()))
    }),
    ("reverse_related_fields", |vm, args| {
        let field = own(vm, &args)?;
        let pairs = pairs(vm, &field)?;
        Ok(Value::list(pairs.into_iter().map(|(near, far)| Value::tuple(vec![far, near])).collect::<Vec<_>>()))
    }),
    ("local_related_fields", |vm, args| {
        let field = own(vm, &args)?;
        let pairs = pairs(vm, &field)?;
        Ok(Value::tuple(pairs.into_iter().map(|(near, _)| near).collect::<Vec<_>>()))
    }),
    ("foreign_related_fields", |vm, args| {
        let field = own(vm, &args)?;
        let pairs = pairs(vm, &field)?;
        Ok(Value::tuple(pairs.into_iter().map(|(_, far)| far).collect::<Vec<_>>()))
    }),
    ("cache_name", |vm, args| Ok(Value::str(&*cache_name(vm, &args)?))),
];

/// Under which name an instance remembers what a field, or a far side, leads to.
fn cache_name(vm: &mut Vm, args: &Args) -> PyResult<Rc<str>> {
    if args[0].payload::<rel::RelPayload>().is_some() {
        let field = rel::field_of(vm, &args[0])?;
        return Ok(reverse_cache_name(&field));
    }
    Ok(own(vm, args)?.name.clone())
}

/// The methods of fields and far sides by which related objects are remembered.
const CACHE: &[(&str, &str, NativeFn)] = &[
    ("is_cached", "self, instance", |vm, args| {
        let name = cache_name(vm, &args)?;
        Ok(cached(&args[1], &name).is_some().into())
    }),
    ("get_cached_value", "self, instance, default=?", |vm, args| {
        let name = cache_name(vm, &args)?;
        match (cached(&args[1], &name), args.get(2)) {
            (Some(found), _) => Ok(found),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(vm.key_error(Value::str(&*name))),
        }
    }),
    ("set_cached_value", "self, instance, value", |vm, args| {
        let name = cache_name(vm, &args)?;
        remember(&args[1], &name, &args[2]);
        Ok(Value::None)
    }),
    ("delete_cached_value", "self, instance", |vm, args| {
        let name = cache_name(vm, &args)?;
        if cached(&args[1], &name).is_none() {
            return Err(vm.key_error(Value::str(&*name)));
        }
        forget(&args[1], &name);
        Ok(Value::None)
    }),
];

/// Adds the methods of the cache to the class of fields or of far sides.
pub(super) fn add_cache_methods(mut builder: ClassBuilder) -> ClassBuilder {
    for (name, signature, code) in CACHE {
        builder = builder.method(name, signature, *code);
    }
    builder
}

/// What many-to-many fields tell of the table between.
const BETWEEN: &[(&str, NativeFn)] = &[
    ("m2m_field_name", |vm, args| {
        let field = own(vm, &args)?;
        Ok(Value::str(&*orm(vm, || field.m2m_field())?.name))
    }),
    ("m2m_reverse_field_name", |vm, args| {
        let field = own(vm, &args)?;
        Ok(Value::str(&*orm(vm, || field.m2m_reverse_field())?.name))
    }),
    ("m2m_column_name", |vm, args| {
        let field = own(vm, &args)?;
        Ok(orm(vm, || field.m2m_field())?.column.as_deref().into())
    }),
    ("m2m_reverse_name", |vm, args| {
        let field = own(vm, &args)?;
        Ok(orm(vm, || field.m2m_reverse_field())?.column.as_deref().into())
    }),
    ("m2m_db_table", |vm, args| {
        let field = own(vm, &args)?;
        Ok(Value::str(&*orm(vm, || field.require_through())?.db_table()))
    }),
    ("m2m_target_field_name", |vm, args| {
        let field = own(vm, &args)?;
        let key = orm(vm, || field.m2m_field()?.target_field())?;
        Ok(Value::str(&*key.name))
    }),
    ("m2m_reverse_target_field_name", |vm, args| {
        let field = own(vm, &args)?;
        let key = orm(vm, || field.m2m_reverse_field()?.target_field())?;
        Ok(Value::str(&*key.name))
    }),
];

/// Adds what a relational kind has beyond its parent.
pub fn add_field_methods(mut builder: ClassBuilder, kind: FieldKind) -> ClassBuilder {
    if !matches!(kind, FieldKind::ForeignObject | FieldKind::ForeignKey | FieldKind::ManyToMany) {
        return builder;
    }
    for (name, get) in PROPERTIES {
        builder = builder.property(name, *get);
    }
    builder = add_cache_methods(builder)
        .method("related_query_name", "self", |vm, args| Ok(Value::str(&*own(vm, &args)?.related_query_name())))
        .method("get_cache_name", "self", |vm, args| Ok(Value::str(&*own(vm, &args)?.name)))
        .method("get_local_related_value", "self, instance", |vm, args| {
            let field = own(vm, &args)?;
            let fields = orm(vm, || field.local_related_fields())?;
            values(vm, &args[1], &fields)
        })
        .method("get_foreign_related_value", "self, instance", |vm, args| {
            let field = own(vm, &args)?;
            let fields = orm(vm, || field.foreign_related_fields())?;
            values(vm, &args[1], &fields)
        });
    if kind == FieldKind::ManyToMany {
        for (name, code) in BETWEEN {
            builder = builder.method(name, "self", *code);
        }
    }
    builder
}
