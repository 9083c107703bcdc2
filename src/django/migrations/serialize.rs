//! Python values as [`Literal`]s: what they are equal to, and how a migration file writes them.

use std::rc::Rc;

use crate::django::convert::from_datum;
use crate::django::expressions::{ExprPayload, q_value, wrap};
use crate::django::state::Django;
use crate::orm::migrations::{Call, Literal};
use crate::orm::models::OnDelete;
use crate::orm::query::{Connector, Expr, Expression, Q, QNode};
use crate::python::object::{Class, PyResult, Value};
use crate::python::vm::Vm;

fn text(text: impl Into<Rc<str>>, imports: &[&str]) -> Literal {
    Literal::Text { text: text.into(), imports: imports.iter().map(|line| (*line).into()).collect() }
}

fn call(path: impl Into<Rc<str>>, args: Vec<Literal>, kwargs: Vec<(Rc<str>, Literal)>) -> Literal {
    Literal::Call(Rc::new(Call { path: path.into(), args, kwargs }))
}

fn literals(vm: &mut Vm, values: &[Value]) -> PyResult<Vec<Literal>> {
    values.iter().map(|value| literal(vm, value)).collect()
}

/// Whether a value is an object of a class that a module of Python's has.
fn is_of(vm: &mut Vm, value: &Value, module: &str, class: &str) -> PyResult<bool> {
    let module = vm.import_module(module)?;
    match vm.get_attr_opt(&module, class)? {
        Some(class) => vm.is_instance(value, &class),
        None => Ok(false),
    }
}

fn refused(vm: &mut Vm, value: &Value, message: Option<String>) -> PyResult<Literal> {
    let shown = vm.repr(value)?;
    let message = message.unwrap_or_else(|| {
        format!(
            "Cannot serialize: {shown}\nThere are some values Django cannot serialize into migration files.\nFor more, \
             see https://docs.djangoproject.com/en/5.2/topics/migrations/#migration-serializing"
        )
    });
    Ok(Literal::Refused { message: message.into(), key: shown.as_str().into() })
}

/// A value as a migration file writes it.
pub fn literal(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    match value {
        Value::None => return Ok(Literal::None),
        Value::Truth(truth) => return Ok(Literal::Bool(truth.get())),
        Value::Int(number) => return Ok(Literal::Int(*number)),
        Value::Real(number) => return Ok(Literal::Float(number.get())),
        Value::Str(text) => return Ok(Literal::str(text.as_str())),
        Value::Class(class) => return class_literal(vm, class),
        Value::List(items) => {
            let items = items.to_vec();
            return Ok(Literal::List(literals(vm, &items)?));
        }
        _ => {}
    }
    if let Some(q) = q_value(value) {
        return q_literal(vm, &q);
    }
    if value.payload::<ExprPayload>().is_some() {
        return expression_literal(vm, value);
    }
    if is_of(vm, value, "django.utils.functional", "Promise")? {
        let shown = vm.to_str(value)?;
        return Ok(Literal::str(shown.as_str()));
    }
    if let Value::Instance(_) = value {
        if let Some(setting) = vm.get_attr_opt(value, "setting_name")? {
            let (name, label) = (vm.to_str(&setting)?, vm.to_str(value)?);
            return Ok(Literal::Setting { name: name.as_str().into(), value: label.as_str().into() });
        }
        if is_of(vm, value, "django.db.models", "Choices")? {
            let inner = vm.get_attr(value, "value")?;
            return literal(vm, &inner);
        }
        if is_of(vm, value, "enum", "Enum")? {
            return enum_literal(vm, value);
        }
        if is_of(vm, value, "django.db.models.manager", "BaseManager")? {
            return Ok(super::read::manager(vm, value)?.literal());
        }
        if crate::django::fields::kind_of(value).is_some() {
            return Ok(super::read::field(vm, value)?.literal());
        }
    }
    if let Some(method) = vm.get_attr_opt(value, "deconstruct")? {
        return deconstructed(vm, value, &method);
    }
    plain(vm, value)
}

/// What `deconstruct()` says, called.
fn deconstructed(vm: &mut Vm, value: &Value, method: &Value) -> PyResult<Literal> {
    let parts = match vm.call(method, ()) {
        Ok(parts) => parts,
        Err(raised) if raised.is(vm.exceptions.get(crate::python::exceptions::Kind::ValueError)) => {
            let said = raised.value();
            let said = vm.to_str(&said)?.to_string();
            return refused(vm, value, Some(said));
        }
        Err(raised) => return Err(raised),
    };
    let Some([path, args, kwargs]) = parts.as_tuple() else {
        return refused(vm, value, None);
    };
    let path: Rc<str> = vm.to_str(path)?.as_str().into();
    let args = vm.list_from(args)?;
    let args = literals(vm, &args)?;
    let mut named = Vec::new();
    if let Some(kwargs) = kwargs.as_dict() {
        for (name, value) in kwargs.str_items() {
            named.push((name.as_str().into(), literal(vm, &value)?));
        }
    }
    Ok(call(path, args, named))
}

fn plain(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    let held = value.plain().clone();
    match &held {
        Value::Str(text) => return Ok(Literal::str(text.as_str())),
        Value::Truth(_) | Value::Int(_) | Value::Real(_) | Value::None => return literal(vm, &held),
        Value::List(items) => {
            let items = items.to_vec();
            return Ok(Literal::List(literals(vm, &items)?));
        }
        Value::Tuple(_) => {
            let items = held.as_tuple().map(<[Value]>::to_vec).unwrap_or_default();
            return Ok(Literal::Tuple(literals(vm, &items)?));
        }
        Value::Dict(dict) => {
            let mut items = Vec::new();
            for (key, value) in dict.items() {
                items.push((literal(vm, &key)?, literal(vm, &value)?));
            }
            return Ok(Literal::Dict(items));
        }
        Value::Function(_) | Value::Native(_) | Value::BoundMethod(_) => return function_literal(vm, &held),
        _ => {}
    }
    if let Some(set) = held.as_set() {
        let items = set.items();
        let items = literals(vm, &items)?;
        return Ok(if *vm.type_name(value) == *"frozenset" { Literal::FrozenSet(items) } else { Literal::Set(items) });
    }
    let name = vm.type_name(value).to_string();
    let short = name.rsplit('.').next().unwrap_or(&name).to_owned();
    match short.as_str() {
        "int" | "bytes" | "range" => {
            let shown = vm.repr(value)?;
            return Ok(text(shown.as_str(), &[]));
        }
        "date" | "time" | "timedelta" => {
            let shown = vm.repr(value)?;
            return Ok(text(shown.as_str(), &["import datetime"]));
        }
        "datetime" => {
            let zone = vm.get_attr(value, "tzinfo")?;
            let mut moment = value.clone();
            if !zone.is_none() {
                let module = vm.import_module("datetime")?;
                let class = vm.get_attr(&module, "timezone")?;
                let utc = vm.get_attr(&class, "utc")?;
                if !vm.eq(&zone, &utc)? {
                    moment = vm.call_method(value, "astimezone", [utc])?;
                }
            }
            let shown = vm.repr(&moment)?;
            return Ok(text(shown.as_str(), &["import datetime"]));
        }
        "Decimal" => {
            let shown = vm.repr(value)?;
            return Ok(text(shown.as_str(), &["from decimal import Decimal"]));
        }
        "UUID" => {
            let shown = vm.repr(value)?;
            return Ok(text(format!("uuid.{shown}"), &["import uuid"]));
        }
        "partial" | "partialmethod" => return partial_literal(vm, value, &short),
        "Pattern" => return regex_literal(vm, value),
        _ => {}
    }
    if let Some(function) = vm.get_attr_opt(value, "__wrapped__")? {
        return literal(vm, &function);
    }
    if vm.get_attr_opt(value, "__iter__")?.is_some() {
        let items = vm.list_from(value)?;
        return Ok(Literal::Tuple(literals(vm, &items)?));
    }
    refused(vm, value, None)
}

/// A class, by where it is found.
pub(super) fn class_literal(vm: &mut Vm, class: &Rc<Class>) -> PyResult<Literal> {
    if Rc::ptr_eq(class, &Django::of(vm).classes().model) {
        return Ok(text("models.Model", &["from django.db import models"]));
    }
    let module = class.module().map(|module| module.to_string()).unwrap_or_default();
    let name = class.qualname().to_string();
    if name == "NoneType" {
        return Ok(text("types.NoneType", &["import types"]));
    }
    if module == "builtins" || module.is_empty() {
        return Ok(text(class.name().as_str(), &[]));
    }
    Ok(text(format!("{module}.{name}"), &[&format!("import {module}")]))
}

fn attr_text(vm: &mut Vm, value: &Value, name: &str) -> PyResult<Option<String>> {
    match vm.get_attr_opt(value, name)? {
        Some(found) if !found.is_none() => Ok(Some(vm.to_str(&found)?.to_string())),
        _ => Ok(None),
    }
}

fn function_literal(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    for word in [
        (OnDelete::Cascade, "CASCADE"),
        (OnDelete::Protect, "PROTECT"),
        (OnDelete::Restrict, "RESTRICT"),
        (OnDelete::SetNull, "SET_NULL"),
        (OnDelete::SetDefault, "SET_DEFAULT"),
        (OnDelete::DoNothing, "DO_NOTHING"),
    ] {
        if crate::django::deletion::handler(vm, word.0).is(value) {
            return Ok(text(format!("django.db.models.deletion.{}", word.1), &["import django.db.models.deletion"]));
        }
    }
    let name = attr_text(vm, value, "__name__")?.unwrap_or_default();
    if let Some(Value::Class(class)) = vm.get_attr_opt(value, "__self__")? {
        let module = class.module().map(|module| module.to_string()).unwrap_or_default();
        return Ok(text(format!("{module}.{}.{name}", class.qualname()), &[&format!("import {module}")]));
    }
    if name == "<lambda>" {
        return refused(vm, value, Some("Cannot serialize function: lambda".to_owned()));
    }
    let Some(module) = attr_text(vm, value, "__module__")? else {
        let shown = vm.repr(value)?;
        return refused(vm, value, Some(format!("Cannot serialize function {shown}: No module")));
    };
    let qualname = attr_text(vm, value, "__qualname__")?.unwrap_or_else(|| name.clone());
    if qualname.contains('<') {
        return refused(vm, value, Some(format!("Could not find function {name} in {module}.\n")));
    }
    Ok(text(format!("{module}.{qualname}"), &[&format!("import {module}")]))
}

fn enum_literal(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    let class = vm.class_of(value);
    let module = class.module().map(|module| module.to_string()).unwrap_or_default();
    let members = if is_of(vm, value, "enum", "Flag")? { vm.list_from(value)? } else { vec![value.clone()] };
    let mut parts = Vec::new();
    for member in members {
        let name = vm.get_attr(&member, "name")?;
        let name = vm.repr(&name)?;
        parts.push(format!("{module}.{}[{name}]", class.qualname()));
    }
    Ok(text(parts.join(" | "), &[&format!("import {module}")]))
}

fn partial_literal(vm: &mut Vm, value: &Value, class: &str) -> PyResult<Literal> {
    let mut imports = std::collections::BTreeSet::new();
    imports.insert(Rc::from("import functools"));
    let mut parts = Vec::new();
    for name in ["func", "args", "keywords"] {
        let part = vm.get_attr(value, name)?;
        let part = literal(vm, &part)?;
        if let Literal::Refused { .. } = part {
            return Ok(part);
        }
        parts.push(crate::django::state::orm(vm, || part.write(&mut imports))?);
    }
    let shown = format!("functools.{class}({}, *{}, **{})", parts[0], parts[1], parts[2]);
    Ok(Literal::Text { text: shown.into(), imports: imports.into_iter().collect() })
}

fn regex_literal(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    /// `re.UNICODE`, which every pattern of text has.
    const UNICODE: i64 = 32;
    let pattern = vm.get_attr(value, "pattern")?;
    let shown = vm.repr(&pattern)?;
    let flags = vm.get_attr(value, "flags")?.as_i64().unwrap_or(UNICODE) ^ UNICODE;
    let written = if flags == 0 { format!("re.compile({shown})") } else { format!("re.compile({shown}, {flags})") };
    Ok(text(written, &["import re"]))
}

fn q_literal(vm: &mut Vm, q: &Q) -> PyResult<Literal> {
    let mut args = Vec::new();
    for child in q.children.iter() {
        args.push(match child {
            QNode::Q(inner) => q_literal(vm, inner)?,
            QNode::Expr(expr) => {
                let wrapped = wrap(vm, expr);
                literal(vm, &wrapped)?
            }
            QNode::Pair(name, datum) => {
                let value = from_datum(vm, datum)?;
                Literal::Tuple(vec![Literal::Str(name.clone()), literal(vm, &value)?])
            }
        });
    }
    let mut kwargs: Vec<(Rc<str>, Literal)> = Vec::new();
    if q.connector != Connector::And {
        kwargs.push(("_connector".into(), Literal::str(q.connector.as_str())));
    }
    if q.negated {
        kwargs.push(("_negated".into(), Literal::Bool(true)));
    }
    Ok(call("django.db.models.Q", args, kwargs))
}

/// The expression classes that say a shorter path than their module's.
const SHORT: &[&str] = &["F", "Func", "Value", "ExpressionWrapper", "When", "Case", "OrderBy"];

fn expression_path(class: &Rc<Class>) -> String {
    let name = class.name();
    let module = class.module().map(|module| module.to_string()).unwrap_or_default();
    if module == "django.db.models.expressions" && SHORT.contains(&name.as_str()) {
        return format!("django.db.models.{name}");
    }
    format!("{module}.{name}")
}

fn expression_literal(vm: &mut Vm, value: &Value) -> PyResult<Literal> {
    let class = vm.class_of(value);
    if let Some(method) = vm.get_attr_opt(value, "deconstruct")?
        && !class.native
    {
        return deconstructed(vm, value, &method);
    }
    let Some(payload) = value.payload::<ExprPayload>() else { return refused(vm, value, None) };
    if let Some((args, keywords)) = payload.made_with.get().cloned() {
        let args = literals(vm, &args)?;
        let mut kwargs = Vec::new();
        for (name, value) in keywords {
            kwargs.push((name.as_str().into(), literal(vm, &value)?));
        }
        return Ok(call(expression_path(&class), args, kwargs));
    }
    let held = payload.expr.borrow().clone();
    match held {
        Some(expr) => derived(vm, value, &expr),
        None => refused(vm, value, None),
    }
}

/// An expression that an operator or a method made.
fn derived(vm: &mut Vm, value: &Value, expr: &Expr) -> PyResult<Literal> {
    let part = |vm: &mut Vm, expr: &Expr| -> PyResult<Literal> {
        let wrapped = wrap(vm, expr);
        literal(vm, &wrapped)
    };
    Ok(match &**expr {
        Expression::F(name) => call("django.db.models.F", vec![Literal::Str(name.clone())], Vec::new()),
        Expression::Value(constant) => {
            let held = from_datum(vm, &constant.value)?;
            let mut kwargs = Vec::new();
            if let Some(output) = &constant.output {
                let field = crate::django::fields::object_of(vm, output)?;
                kwargs.push(("output_field".into(), literal(vm, &field)?));
            }
            call("django.db.models.Value", vec![literal(vm, &held)?], kwargs)
        }
        Expression::Combined(combined) => {
            let args = vec![part(vm, &combined.lhs)?, Literal::str(combined.connector), part(vm, &combined.rhs)?];
            call("django.db.models.expressions.CombinedExpression", args, Vec::new())
        }
        Expression::Negated(inner) => {
            call("django.db.models.expressions.NegatedExpression", vec![part(vm, inner)?], Vec::new())
        }
        Expression::OrderBy(order) => {
            let mut kwargs: Vec<(Rc<str>, Literal)> = Vec::new();
            for (name, holds) in
                [("descending", order.descending), ("nulls_first", order.nulls_first), ("nulls_last", order.nulls_last)]
            {
                if holds {
                    kwargs.push((name.into(), Literal::Bool(true)));
                }
            }
            call("django.db.models.OrderBy", vec![part(vm, &order.expr)?], kwargs)
        }
        Expression::Wrapper { inner, output } => {
            let field = crate::django::fields::object_of(vm, output)?;
            let kwargs = vec![("output_field".into(), literal(vm, &field)?)];
            call("django.db.models.ExpressionWrapper", vec![part(vm, inner)?], kwargs)
        }
        Expression::Q(q) => q_literal(vm, q)?,
        Expression::Func(func) if func.output.is_none() && func.extra.is_empty() => {
            let class = vm.class_of(value);
            let args = func.args.clone();
            let mut written = Vec::new();
            for arg in &args {
                written.push(part(vm, arg)?);
            }
            call(expression_path(&class), written, Vec::new())
        }
        _ => refused(vm, value, None)?,
    })
}
