//! `Subquery` and `Exists`.

use std::rc::Rc;

use crate::orm::query::{Expression, Query, Subquery};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::fields::OutputFields;
use crate::django::query::query_of;
use crate::django::state::orm;

use super::{fill, lower_opt};

fn make(vm: &mut Vm, args: Args, exists: bool) -> PyResult {
    let query: Rc<Query> = match query_of(vm, &args[1])? {
        Some(query) => query,
        None => match lower_opt(vm, &args[1])?.as_deref() {
            Some(Expression::Query(inner)) => inner.query.clone(),
            Some(Expression::Subquery(inner)) => inner.query.clone(),
            _ => {
                let given = vm.type_name(&args[1]);
                return Err(vm.raise(
                    crate::python::exceptions::Kind::AttributeError,
                    format!("'{given}' object has no attribute 'clone'"),
                ));
            }
        },
    };
    let output = OutputFields::optional(vm, &args[2])?;
    let mut extra = Vec::new();
    let mut template = None;
    for (name, value) in args.keyword_rest(3) {
        if name == "template" {
            template = Some(vm.to_str(&value)?.as_str().into());
        } else {
            extra.push((Rc::from(name.as_str()), to_datum(vm, &value)?));
        }
    }
    if template.is_none() {
        let class = vm.class_of(&args[0]);
        if let Some((holder, found)) = class.lookup_where(&crate::python::object::Str::interned("template"))
            && !holder.native
        {
            template = Some(vm.to_str(&found)?.as_str().into());
        }
    }
    let made = if exists { orm(vm, || Subquery::exists(&query))? } else { Subquery::of(&query) };
    fill(vm, &args[0], Expression::Subquery(Subquery { output, template, extra, ..made }))
}

pub(super) fn classes(vm: &mut Vm, expression: &Rc<Class>) -> Vec<Rc<Class>> {
    let module = "django.db.models.expressions";
    let subquery = ClassBuilder::new("Subquery")
        .module(module)
        .base(expression)
        .method("__init__", "self, queryset, output_field=None, **extra", |vm, args| make(vm, args, false))
        .value("template", "(%(subquery)s)")
        .property("query", |vm, args| {
            let query = match lower_opt(vm, &args[0])?.as_deref() {
                Some(Expression::Subquery(inner)) => Some((*inner.query).clone()),
                _ => None,
            };
            Ok(query.map_or(Value::None, |query| crate::django::query::object::new(vm, query)))
        })
        .value("contains_aggregate", false)
        .build(vm);
    let exists = ClassBuilder::new("Exists")
        .module(module)
        .base(&subquery)
        .method("__init__", "self, queryset, output_field=None, **extra", |vm, args| make(vm, args, true))
        .value("template", "EXISTS(%(subquery)s)")
        .value("conditional", true)
        .build(vm);
    vec![subquery, exists]
}

/// A value that is neither given nor `None`.
pub(super) fn given(value: &Value) -> Option<&Value> {
    (!value.is_none() && !value.is_unset()).then_some(value)
}
