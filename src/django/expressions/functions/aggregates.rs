//! `Aggregate` and the seven that Django has.

use std::rc::Rc;

use crate::orm::query::functions as orm_functions;
use crate::orm::query::{Aggregate, Expr, Expression};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::super::misplaced::member;
use super::super::{fill, lower, q_value, subquery::given, wrap};
use super::{SPEC, call, parts, spec_of};

/// `filter=`: a `Q` or a conditional expression.
fn condition(vm: &mut Vm, value: &Value) -> PyResult<Option<Expr>> {
    if given(value).is_none() {
        return Ok(None);
    }
    if let Some(q) = q_value(value) {
        return Ok(Some(Rc::new(Expression::Q(q))));
    }
    // Anything else is asked for `resolve_expression` once the query is known.
    Ok(Some(member(vm, value)?))
}

/// What every aggregate is made of.
struct Parts {
    args: Vec<Expr>,
    distinct: Value,
    filter: Value,
    default: Value,
    keywords: Vec<(Str, Value)>,
}

fn make(vm: &mut Vm, this: &Value, given_parts: Parts, sample: bool) -> PyResult {
    let class = vm.class_of(this);
    let spec = spec_of(&class);
    let own = |name: &str| {
        class.lookup_where(&Str::interned(name)).filter(|(holder, _)| !holder.native).map(|(_, value)| value)
    };
    let distinct = vm.truth(&given_parts.distinct)?;
    let allows = match own("allow_distinct") {
        Some(value) => vm.truth(&value)?,
        None => spec.allow_distinct,
    };
    if distinct && !allows {
        return Err(vm.type_error(format!("{} does not allow distinct.", class.name())));
    }
    let mut default_typed = false;
    let default = match given(&given_parts.default) {
        Some(value) => {
            let zero = match own("empty_result_set_value") {
                Some(value) => !value.is_none(),
                None => spec.empty_result_zero,
            };
            if zero {
                return Err(vm.type_error(format!("{} does not allow default.", class.name())));
            }
            default_typed = crate::django::expressions::lower_opt(vm, value)?.is_some();
            Some(super::super::operand(vm, value)?)
        }
        None => None,
    };
    let filter = condition(vm, &given_parts.filter)?;
    let mut func = call(vm, this, given_parts.args, given_parts.keywords)?;
    if sample {
        func.spec = if func.spec.name == "StdDev" { &orm_functions::STDDEV_SAMP } else { &orm_functions::VAR_SAMP };
    }
    let made = Aggregate { func, distinct, filter, order_by: None, default, default_typed, is_summary: false };
    fill(vm, this, Expression::Aggregate(made))
}

fn aggregate(vm: &mut Vm, args: Args) -> PyResult {
    let given_parts = Parts {
        args: parts(vm, args.rest(1))?,
        distinct: args[2].clone(),
        filter: args[3].clone(),
        default: args[4].clone(),
        keywords: args.keyword_rest(5),
    };
    make(vm, &args[0], given_parts, false)
}

/// Takes a keyword out of those that a constructor passes on.
fn taken(keywords: &mut Vec<(Str, Value)>, name: &str) -> Value {
    match keywords.iter().position(|(known, _)| *known == name) {
        Some(at) => keywords.remove(at).1,
        None => Value::None,
    }
}

fn count(vm: &mut Vm, args: Args) -> PyResult {
    let star = args[1].as_str().is_some_and(|name| name == "*")
        || matches!(super::super::lower_opt(vm, &args[1])?.as_deref(), Some(Expression::Star));
    if star && given(&args[2]).is_some() {
        return Err(vm.value_error("Star cannot be used with filter. Please specify a field."));
    }
    let inner = if star { Rc::new(Expression::Star) } else { lower(vm, &args[1])? };
    let mut keywords = args.keyword_rest(3);
    let distinct = taken(&mut keywords, "distinct");
    let default = taken(&mut keywords, "default");
    let given_parts = Parts { args: vec![inner], distinct, filter: args[2].clone(), default, keywords };
    make(vm, &args[0], given_parts, false)
}

/// `StdDev` and `Variance`: `sample=True` calls another function of the database.
fn sampled(vm: &mut Vm, args: Args) -> PyResult {
    let sample = vm.truth(&args[2])?;
    let inner = lower(vm, &args[1])?;
    let mut keywords = args.keyword_rest(3);
    let distinct = taken(&mut keywords, "distinct");
    let filter = taken(&mut keywords, "filter");
    let default = taken(&mut keywords, "default");
    make(vm, &args[0], Parts { args: vec![inner], distinct, filter, default, keywords }, sample)
}

fn aggregate_of(vm: &mut Vm, args: &Args) -> PyResult<Option<Aggregate>> {
    Ok(match super::super::lower_opt(vm, &args[0])?.as_deref() {
        Some(Expression::Aggregate(aggregate)) => Some(aggregate.clone()),
        Some(Expression::Custom(custom)) => match &*custom.base {
            Expression::Aggregate(aggregate) => Some(aggregate.clone()),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn classes(vm: &mut Vm, func: &Rc<Class>, all: &mut Vec<Rc<Class>>) {
    let module = "django.db.models.aggregates";
    let base = ClassBuilder::new("Aggregate")
        .module(module)
        .base(func)
        .value(SPEC, "Aggregate")
        .method("__init__", "self, *expressions, distinct=False, filter=None, default=None, **extra", aggregate)
        .value("template", "%(function)s(%(distinct)s%(expressions)s)")
        .value("contains_aggregate", true)
        .value("window_compatible", true)
        .value("allow_distinct", false)
        .value("empty_result_set_value", Value::None)
        .value("name", Value::None)
        .property("distinct", |vm, args| {
            Ok(aggregate_of(vm, &args)?.is_some_and(|aggregate| aggregate.distinct).into())
        })
        .property("filter", |vm, args| {
            let filter = aggregate_of(vm, &args)?.and_then(|aggregate| aggregate.filter);
            Ok(filter.map_or(Value::None, |filter| wrap(vm, &filter)))
        })
        .property("default", |vm, args| {
            let aggregate = aggregate_of(vm, &args)?;
            let typed = aggregate.as_ref().is_some_and(|aggregate| aggregate.default_typed);
            let default = aggregate.and_then(|aggregate| aggregate.default);
            match default.as_deref() {
                Some(Expression::Value(value)) if !typed => {
                    let datum = value.value.clone();
                    crate::django::convert::from_datum(vm, &datum)
                }
                _ => Ok(default.map_or(Value::None, |default| wrap(vm, &default))),
            }
        })
        .property("default_alias", |vm, args| {
            let aggregate = aggregate_of(vm, &args)?;
            let name = aggregate.as_ref().and_then(|aggregate| match (&aggregate.func.args[..], &aggregate.filter) {
                ([only], None) => match &**only {
                    Expression::F(name) => Some(name.clone()),
                    _ => None,
                },
                _ => None,
            });
            let own = vm.get_attr(&args[0], "name")?;
            match (name, own.as_str()) {
                (Some(name), Some(own)) => Ok(format!("{name}__{}", own.to_lowercase()).into()),
                _ => Err(vm.type_error("Complex expressions require an alias")),
            }
        })
        .build(vm);
    all.push(base.clone());
    for (name, spec) in [
        ("Avg", &orm_functions::AVG),
        ("Count", &orm_functions::COUNT),
        ("Max", &orm_functions::MAX),
        ("Min", &orm_functions::MIN),
        ("StdDev", &orm_functions::STDDEV_POP),
        ("Sum", &orm_functions::SUM),
        ("Variance", &orm_functions::VAR_POP),
    ] {
        let mut builder = ClassBuilder::new(name)
            .module(module)
            .base(&base)
            .value(SPEC, spec.name)
            .value("function", spec.function)
            .value("name", name)
            .value("arity", 1)
            .value("allow_distinct", spec.allow_distinct);
        builder = match name {
            "Count" => builder.value("empty_result_set_value", 0).method(
                "__init__",
                "self, expression, filter=None, **extra",
                count,
            ),
            "StdDev" | "Variance" => builder.method("__init__", "self, expression, sample=False, **extra", sampled),
            _ => builder,
        };
        all.push(builder.build(vm));
    }
}
