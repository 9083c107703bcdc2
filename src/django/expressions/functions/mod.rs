//! `Func`, `Transform` and the classes of `django.db.models.functions`, one family a file.

mod aggregates;
mod comparison;
mod datetime;
mod json;
mod slice;
mod text;
mod window;

use std::rc::Rc;

use crate::orm::query::functions as orm_functions;
use crate::orm::query::{Expr, Expression, Func, FuncOverrides, FuncSpec};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::fields::OutputFields;
use crate::orm::Datum;

use super::{fill, lower};

pub(super) use slice::slice;

pub(super) struct Functions {
    pub(super) func: Rc<Class>,
    pub(super) transform: Rc<Class>,
    pub(super) all: Vec<Rc<Class>>,
}

/// The attribute by which a class names the function that its instances call.
const SPEC: &str = "_ormdojo_function";

/// The classes that a family's own start from.
struct Bases {
    func: Rc<Class>,
    transform: Rc<Class>,
}

impl Bases {
    /// A class for the table entry `spec`, of `module` within `django.db.models.functions`.
    fn class(&self, module: &str, spec: &'static FuncSpec) -> ClassBuilder {
        let base = if spec.lookup_name.is_some() { &self.transform } else { &self.func };
        let mut builder = ClassBuilder::new(spec.name)
            .module(format!("django.db.models.functions.{module}"))
            .base(base)
            .value(SPEC, spec.name)
            .value("window_compatible", spec.window_compatible)
            .value("template", spec.template);
        builder = match spec.function {
            "" => builder.value("function", Value::None),
            function => builder.value("function", function),
        };
        if let Some(arity) = spec.arity {
            builder = builder.value("arity", arity);
        }
        if let Some(name) = spec.lookup_name {
            builder = builder.value("lookup_name", name);
        }
        builder
    }

    /// Classes that take expressions and nothing else.
    fn plain(&self, vm: &mut Vm, module: &str, specs: &[&'static FuncSpec], all: &mut Vec<Rc<Class>>) {
        for &spec in specs {
            all.push(self.class(module, spec).build(vm));
        }
    }
}

/// What a class written in Python says otherwise than the built-in one it descends from.
fn overrides(vm: &mut Vm, class: &Rc<Class>, extra: &mut [(Rc<str>, Datum)]) -> PyResult<Option<Rc<FuncOverrides>>> {
    let mut own = FuncOverrides::default();
    let mut any = false;
    if !class.native {
        let own_value = |name: &str| {
            class.lookup_where(&Str::interned(name)).filter(|(holder, _)| !holder.native).map(|(_, value)| value)
        };
        let text = |name: &str| own_value(name).and_then(|value| value.as_str().map(|text| Rc::from(text.as_str())));
        own.function = text("function");
        own.template = text("template");
        own.arg_joiner = text("arg_joiner");
        own.lookup_name = text("lookup_name");
        own.window_compatible = own_value("window_compatible").map(|value| vm.truth(&value)).transpose()?;
        own.bilateral = own_value("bilateral").map(|value| vm.truth(&value)).transpose()?;
        own.class_name = Some(class.name().as_str().into());
        any = true;
    }
    for (name, slot) in
        [("function", &mut own.function), ("template", &mut own.template), ("arg_joiner", &mut own.arg_joiner)]
    {
        if let Some(at) = extra.iter().position(|(known, _)| **known == *name)
            && let Datum::Str(given) = &extra[at].1
        {
            *slot = Some(given.clone());
            any = true;
        }
    }
    Ok(any.then(|| Rc::new(own)))
}

/// The built-in function behind a class.
pub(in crate::django) fn spec_of(class: &Rc<Class>) -> &'static FuncSpec {
    let name = class.lookup(&Str::interned(SPEC)).and_then(|name| name.as_str().cloned());
    name.and_then(|name| orm_functions::named(&name)).unwrap_or(&crate::orm::query::FUNC)
}

/// The declared type: the argument, else a class attribute `output_field`.
fn declared_output(vm: &mut Vm, class: &Rc<Class>, given: &Value) -> PyResult<Option<crate::orm::models::Field>> {
    if let Some(output) = OutputFields::optional(vm, given)? {
        return Ok(Some(output));
    }
    match class.lookup_where(&Str::interned("output_field")) {
        Some((holder, value)) if !holder.native && value.payload::<crate::django::fields::FieldPayload>().is_some() => {
            OutputFields::optional(vm, &value)
        }
        _ => Ok(None),
    }
}

/// Arguments as expressions: strings are names of fields.
fn parts(vm: &mut Vm, values: &[Value]) -> PyResult<Vec<Expr>> {
    values.iter().map(|value| lower(vm, value)).collect()
}

fn named(vm: &mut Vm, keywords: Vec<(Str, Value)>) -> PyResult<Vec<(Rc<str>, Datum)>> {
    let mut extra = Vec::with_capacity(keywords.len());
    for (name, value) in keywords {
        extra.push((Rc::from(name.as_str()), to_datum(vm, &value)?));
    }
    Ok(extra)
}

fn check_arity(vm: &mut Vm, class: &Rc<Class>, spec: &FuncSpec, given: usize) -> PyResult<()> {
    let own = class.lookup_where(&Str::interned("arity")).filter(|(holder, _)| !holder.native);
    let arity = match own {
        Some((_, value)) => value.as_i64().and_then(|arity| usize::try_from(arity).ok()),
        None => spec.arity,
    };
    let Some(arity) = arity.filter(|arity| *arity != given) else { return Ok(()) };
    Err(vm.type_error(format!(
        "'{}' takes exactly {arity} {} ({given} given)",
        class.name(),
        if arity == 1 { "argument" } else { "arguments" }
    )))
}

/// A call of the class's function with these arguments. `output_field` may be among the keywords.
fn call(vm: &mut Vm, this: &Value, args: Vec<Expr>, mut keywords: Vec<(Str, Value)>) -> PyResult<Func> {
    let class = vm.class_of(this);
    let spec = spec_of(&class);
    let output = match keywords.iter().position(|(name, _)| *name == "output_field") {
        Some(at) => keywords.remove(at).1,
        None => Value::None,
    };
    check_arity(vm, &class, spec, args.len())?;
    let mut extra = named(vm, keywords)?;
    let overrides = overrides(vm, &class, &mut extra)?;
    let output = declared_output(vm, &class, &output)?;
    Ok(Func { spec, args, output, extra, overrides })
}

/// Makes `self` a call with these arguments.
fn fill_call(vm: &mut Vm, this: &Value, args: &[Value], keywords: Vec<(Str, Value)>) -> PyResult {
    let args = parts(vm, args)?;
    let func = call(vm, this, args, keywords)?;
    fill(vm, this, Expression::Func(func))
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(3);
    if args.some(2).is_some() {
        keywords.push((Str::interned("output_field"), args[2].clone()));
    }
    let given = args.rest(1).to_vec();
    fill_call(vm, &args[0], &given, keywords)
}

/// Whether a value is an expression, as Django asks: it has `resolve_expression`.
fn is_expression(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    if super::lower_opt(vm, value)?.is_some() {
        return Ok(true);
    }
    Ok(super::super::query::query_of(vm, value)?.is_some())
}

/// `value < bound`, for arguments that are no expressions.
fn is_below(vm: &mut Vm, value: &Value, bound: i64) -> PyResult<bool> {
    if let Some(number) = value.as_i64() {
        return Ok(number < bound);
    }
    vm.compare_truth(crate::python::ops::compare::CompareOp::Lt, value, &Value::Int(bound))
}

/// The function of an object that has been made.
pub(in crate::django) fn func_of(vm: &mut Vm, this: &Value) -> PyResult<Option<Func>> {
    Ok(match super::lower_opt(vm, this)?.as_deref() {
        Some(Expression::Func(func)) => Some(func.clone()),
        Some(Expression::Aggregate(aggregate)) => Some(aggregate.func.clone()),
        Some(Expression::Custom(custom)) => match &*custom.base {
            Expression::Func(func) => Some(func.clone()),
            Expression::Aggregate(aggregate) => Some(aggregate.func.clone()),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn classes(vm: &mut Vm, expression: &Rc<Class>) -> Functions {
    let func = ClassBuilder::new("Func")
        .module("django.db.models.expressions")
        .base(expression)
        .method("__init__", "self, *expressions, output_field=None, **extra", init)
        .value("function", Value::None)
        .value("template", "%(function)s(%(expressions)s)")
        .value("arg_joiner", ", ")
        .value("arity", Value::None)
        .property("source_expressions", |vm, args| {
            let func = func_of(vm, &args[0])?;
            let parts = func.map(|func| func.args).unwrap_or_default();
            Ok(Value::list(parts.iter().map(|part| super::wrap(vm, part)).collect::<Vec<_>>()))
        })
        .property("extra", |vm, args| {
            let dict = crate::python::object::Dict::new();
            if let Some(func) = func_of(vm, &args[0])? {
                for (name, datum) in &func.extra {
                    let value = crate::django::convert::from_datum(vm, datum)?;
                    dict.set_str(&**name, value);
                }
            }
            Ok(Value::Dict(Rc::new(dict)))
        })
        .build(vm);
    let transform = ClassBuilder::new("Transform")
        .module("django.db.models.lookups")
        .base(&func)
        .value(SPEC, "Transform")
        .value("bilateral", false)
        .value("arity", 1)
        .value("lookup_name", Value::None)
        .property("lhs", |vm, args| {
            let func = func_of(vm, &args[0])?;
            Ok(match func.and_then(|func| func.args.first().cloned()) {
                Some(lhs) => super::wrap(vm, &lhs),
                None => Value::None,
            })
        })
        .build(vm);
    let bases = Bases { func: func.clone(), transform: transform.clone() };
    let mut all = vec![func.clone(), transform.clone()];
    comparison::classes(vm, &bases, &mut all);
    datetime::classes(vm, &bases, &mut all);
    json::classes(vm, &bases, &mut all);
    text::classes(vm, &bases, &mut all);
    window::classes(vm, &bases, &mut all);
    aggregates::classes(vm, &func, &mut all);
    Functions { func, transform, all }
}
