//! The methods that every expression has, and that classes written in Python call through `super()`.

use std::rc::Rc;

use crate::django::convert::to_datum;
use crate::django::delegate::in_python;
use crate::django::fields::{output_field, overrides};
use crate::django::query::compiler;
use crate::django::state::{Django, orm};
use crate::orm::query::{Expr, Expression, Func, FuncOverrides};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{custom, lower, wrap};

/// The expression of `self` without what its class overrides.
fn plain(vm: &mut Vm, args: &Args) -> PyResult<Expr> {
    custom::built_in(vm, &args[0])
}

/// `_output_field_or_none`, as the built-in class finds it.
fn output(vm: &mut Vm, this: &Value) -> PyResult {
    if let Some(given) = this.as_instance().and_then(|instance| instance.get(&Str::interned("output_field"))) {
        return Ok(given);
    }
    let class = vm.class_of(this);
    if overrides(&class, "_resolve_output_field") {
        return vm.call_method(this, "_resolve_output_field", ());
    }
    resolved_output(vm, this)
}

fn resolved_output(vm: &mut Vm, this: &Value) -> PyResult {
    let expr = custom::built_in(vm, this)?;
    match orm(vm, || expr.output_or_none())? {
        Some(field) => crate::django::fields::object_of(vm, &field),
        None => Ok(Value::None),
    }
}

/// The expression without a declared type.
fn untyped(expr: &Expr) -> Expr {
    match &**expr {
        Expression::Value(value) => {
            Rc::new(Expression::Value(crate::orm::query::Value { output: None, ..value.clone() }))
        }
        Expression::Func(func) => Rc::new(Expression::Func(Func { output: None, ..func.clone() })),
        _ => expr.clone(),
    }
}

/// Sets the type, in the expression too.
fn set_output(vm: &mut Vm, args: Args) -> PyResult {
    let Some(instance) = args[0].as_instance() else { return Ok(Value::None) };
    if args[1].is_none() {
        instance.dict().remove_str(&Str::interned("output_field"));
        if let Some(payload) = args[0].payload::<super::ExprPayload>() {
            let held = payload.expr.borrow().clone();
            if let Some(held) = held {
                *payload.expr.borrow_mut() = Some(untyped(&held));
            }
        }
        return Ok(Value::None);
    }
    instance.dict().set_str("output_field", args[1].clone());
    let field = output_field(vm, &args[1])?;
    if let Some(payload) = args[0].payload::<super::ExprPayload>() {
        let held = payload.expr.borrow().clone();
        if let Some(held) = held {
            *payload.expr.borrow_mut() = Some(held.with_output(&field));
        }
    }
    Ok(Value::None)
}

fn as_sql(vm: &mut Vm, args: Args) -> PyResult {
    let mut expr = plain(vm, &args)?;
    let mut keywords = args.keyword_rest(3);
    if !keywords.is_empty() {
        let take = |keywords: &mut Vec<(Str, Value)>, name: &str| -> Option<Value> {
            let at = keywords.iter().position(|(known, _)| *known == name)?;
            Some(keywords.remove(at).1).filter(|value| !value.is_none())
        };
        let (function, template, joiner) =
            (take(&mut keywords, "function"), take(&mut keywords, "template"), take(&mut keywords, "arg_joiner"));
        let text = |vm: &mut Vm, value: Option<Value>| -> PyResult<Option<Rc<str>>> {
            value.map(|value| Ok(Rc::from(vm.to_str(&value)?.as_str()))).transpose()
        };
        let (function, template, joiner) = (text(vm, function)?, text(vm, template)?, text(vm, joiner)?);
        let mut extra = Vec::new();
        for (name, value) in keywords {
            extra.push((Rc::from(name.as_str()), to_datum(vm, &value)?));
        }
        let change = |func: &Func| {
            let mut func = func.clone();
            let mut own: FuncOverrides = func.overrides.as_deref().cloned().unwrap_or_default();
            own.function = function.clone().or(own.function);
            own.template = template.clone().or(own.template);
            own.arg_joiner = joiner.clone().or(own.arg_joiner);
            func.overrides = Some(Rc::new(own));
            for (name, value) in &extra {
                func.extra.retain(|(known, _)| known != name);
                func.extra.push((name.clone(), value.clone()));
            }
            func
        };
        expr = match &*expr {
            Expression::Func(func) => Rc::new(Expression::Func(change(func))),
            Expression::Aggregate(aggregate) => {
                let mut aggregate = aggregate.clone();
                aggregate.func = change(&aggregate.func);
                Rc::new(Expression::Aggregate(aggregate))
            }
            _ => expr,
        };
    }
    if matches!(&*expr, Expression::List(_)) && !vm.class_of(&args[0]).native {
        return Err(vm.raise(Kind::NotImplementedError, "Subclasses must implement as_sql()"));
    }
    let fragment = compiler::with(vm, &args[1], |compiler| compiler.fragment(&expr))?;
    compiler::pair(vm, fragment)
}

fn lookup(vm: &mut Vm, args: &Args, method: &str) -> PyResult {
    let found = crate::django::lookups::registered(vm, &args[0], &args[1])?;
    if let Some(found) = found {
        return Ok(found);
    }
    let output = vm.get_attr(&args[0], "output_field")?;
    vm.call_method(&output, method, [args[1].clone()])
}

/// `resolve_expression()` of the built-in class.
pub(super) fn resolve_expression(vm: &mut Vm, args: Args) -> PyResult {
    let how = (vm.truth(&args[2])?, &args[3], vm.truth(&args[4])?, vm.truth(&args[5])?);
    custom::resolve(vm, &args[0], &args[1], how)
}

/// Adds them.
pub(super) fn add(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("__init__", "self, output_field=None", |vm, args| {
            if !args[1].is_none()
                && let Some(instance) = args[0].as_instance()
            {
                output_field(vm, &args[1])?;
                instance.dict().set_str("output_field", args[1].clone());
            }
            Ok(Value::None)
        })
        .property_mut(
            "output_field",
            |vm, args| {
                let found = output(vm, &args[0])?;
                if found.is_none() {
                    let class = Django::of(vm).errors.output_field_is_none.clone();
                    let text = "Cannot resolve expression type, unknown output_field";
                    return Err(crate::django::state::raise_class(vm, &class, text));
                }
                Ok(found)
            },
            set_output,
        )
        .property("_output_field_or_none", |vm, args| {
            let class = vm.class_of(&args[0]);
            if overrides(&class, "output_field") { vm.get_attr(&args[0], "output_field") } else { output(vm, &args[0]) }
        })
        .property("field", |vm, args| vm.get_attr(&args[0], "output_field"))
        .method("_resolve_output_field", "self", |vm, args| resolved_output(vm, &args[0]))
        .property("contains_aggregate", |vm, args| Ok(plain(vm, &args)?.contains_aggregate().into()))
        .property("contains_over_clause", |vm, args| Ok(plain(vm, &args)?.contains_over_clause().into()))
        .property("contains_column_references", |vm, args| {
            let expr = plain(vm, &args)?;
            Ok(orm(vm, || expr.contains_column_references())?.into())
        })
        .property("contains_subquery", |vm, args| Ok(plain(vm, &args)?.contains_subquery().unwrap_or(false).into()))
        .property_mut("is_summary", |vm, args| Ok(plain(vm, &args)?.is_summary().into()), |_, _| Ok(Value::None))
        .property("conditional", |vm, args| {
            let expr = plain(vm, &args)?;
            Ok(orm(vm, || expr.conditional())?.into())
        })
        .property("empty_result_set_value", |vm, args| {
            let value = plain(vm, &args)?.empty_result_set_value();
            match value {
                Some(value) => crate::django::convert::from_datum(vm, &value),
                None => Ok(Value::NotImplemented),
            }
        })
        .method("get_source_expressions", "self", |vm, args| {
            let held = args[0].payload::<super::ExprPayload>().and_then(|payload| payload.expr.borrow().clone());
            let sources = held.map(|held| held.sources()).unwrap_or_default();
            Ok(Value::list(sources.iter().map(|source| wrap(vm, source)).collect::<Vec<_>>()))
        })
        .method("set_source_expressions", "self, exprs", |vm, args| {
            custom::set_parts(vm, &args[0], &args[1])?;
            Ok(Value::None)
        })
        .method("_parse_expressions", "self, *expressions", |vm, args| {
            let mut parts = Vec::new();
            for value in args.rest(1).to_vec() {
                let expr = lower(vm, &value)?;
                let is_one = vm.get_attr_opt(&value, "resolve_expression")?.is_some();
                parts.push(if is_one { value } else { wrap(vm, &expr) });
            }
            Ok(Value::list(parts))
        })
        .method(
            "resolve_expression",
            "self, query=None, allow_joins=True, reuse=None, summarize=False, for_save=False",
            resolve_expression,
        )
        .method("as_sql", "self, compiler, connection, **extra_context", as_sql)
        .method("copy", "self", |_, args| Ok(custom::copy(&args[0])))
        .method("replace_expressions", "self, replacements", in_python!("_django_constraints", "replace_expressions"))
        .property("allowed_default", in_python!("_django_constraints", "allowed_default"))
        .method("__copy__", "self", |_, args| Ok(custom::copy(&args[0])))
        .method("__deepcopy__", "self, memo", |_, args| Ok(custom::copy(&args[0])))
        .method("get_group_by_cols", "self", |vm, args| {
            let cols = {
                let expr = plain(vm, &args)?;
                orm(vm, || expr.group_by_cols())?
            };
            Ok(Value::list(cols.iter().map(|col| wrap(vm, col)).collect::<Vec<_>>()))
        })
        .method("get_refs", "self", |vm, args| {
            let names: Vec<Value> = plain(vm, &args)?.refs().iter().map(|name| Value::str(&**name)).collect();
            let class = Value::Class(vm.types.set.clone());
            vm.call(&class, [Value::list(names)])
        })
        .method("flatten", "self", |vm, args| {
            let expr = lower(vm, &args[0])?;
            let mut all = Vec::new();
            expr.flatten(&mut |part| all.push(part.clone()));
            let all: Vec<Value> = all.iter().map(|part| wrap(vm, part)).collect();
            vm.iter(&Value::list(all))
        })
        .method("get_db_converters", "self, connection", |vm, args| {
            let class = vm.class_of(&args[0]);
            if overrides(&class, "convert_value") {
                let converter = vm.get_attr(&args[0], "convert_value")?;
                return Ok(Value::list(vec![converter]));
            }
            Ok(Value::list(Vec::new()))
        })
        .method("convert_value", "self, value, expression, connection", |_, args| Ok(args[1].clone()))
        .method("select_format", "self, compiler, sql, params", |_, args| {
            Ok(Value::tuple(vec![args[2].clone(), args[3].clone()]))
        })
        .method("get_lookup", "self, lookup", |vm, args| lookup(vm, &args, "get_lookup"))
        .method("get_transform", "self, name", |vm, args| lookup(vm, &args, "get_transform"))
        .method("reverse_ordering", "self", |_, args| Ok(args[0].clone()))
}
