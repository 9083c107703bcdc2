//! `Func` and the classes that descend from it: functions and aggregates.

use std::rc::Rc;

use crate::orm::query::functions as orm_functions;
use crate::orm::query::{Aggregate, Expr, Expression, Func, FuncOverrides, FuncSpec};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::fields::OutputFields;
use crate::orm::Datum;

use super::{fill, lower, q_value};

pub(super) struct Functions {
    pub(super) func: Rc<Class>,
    pub(super) all: Vec<Rc<Class>>,
}

/// The attribute by which a class names the function that its instances call.
const SPEC: &str = "_ormdojo_function";

/// Functions whose arguments are all expressions, with the ORM's table entry of each.
fn plain() -> Vec<&'static FuncSpec> {
    orm_functions::PLAIN.to_vec()
}

fn aggregates() -> Vec<(&'static str, &'static FuncSpec)> {
    vec![
        ("Avg", &orm_functions::AVG),
        ("Count", &orm_functions::COUNT),
        ("Max", &orm_functions::MAX),
        ("Min", &orm_functions::MIN),
        ("Sum", &orm_functions::SUM),
    ]
}

/// What a class written in Python says otherwise than the built-in one it descends from.
pub(super) fn overrides(
    vm: &mut Vm,
    class: &Rc<Class>,
    extra: &mut Vec<(Rc<str>, Datum)>,
) -> PyResult<Option<Rc<FuncOverrides>>> {
    let mut own = FuncOverrides::default();
    let mut any = false;
    let mut text = |vm: &mut Vm, name: &str| -> PyResult<Option<Rc<str>>> {
        match class.lookup_where(&Str::interned(name)) {
            Some((holder, value)) if !holder.native && value.as_str().is_some() => {
                Ok(Some(vm.to_str(&value)?.as_str().into()))
            }
            _ => Ok(None),
        }
    };
    own.function = text(vm, "function")?;
    own.template = text(vm, "template")?;
    own.arg_joiner = text(vm, "arg_joiner")?;
    own.lookup_name = text(vm, "lookup_name")?;
    any |= own.function.is_some() || own.template.is_some() || own.arg_joiner.is_some() || own.lookup_name.is_some();
    if !class.native {
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
            extra.remove(at);
            any = true;
        }
    }
    Ok(any.then(|| Rc::new(own)))
}

/// The built-in function behind a class.
fn spec_of(class: &Rc<Class>) -> &'static FuncSpec {
    let name = class.lookup(&Str::interned(SPEC)).and_then(|name| name.as_str().cloned());
    let Some(name) = name else { return &crate::orm::query::FUNC };
    plain()
        .into_iter()
        .chain(aggregates().into_iter().map(|(_, spec)| spec))
        .chain([&orm_functions::CAST, &orm_functions::COLLATE, &orm_functions::STDDEV_POP, &orm_functions::VAR_POP])
        .find(|spec| spec.name == name.as_str())
        .unwrap_or(&crate::orm::query::FUNC)
}

/// The declared type: the argument, else a class attribute `output_field`.
pub(super) fn declared_output(
    vm: &mut Vm,
    class: &Rc<Class>,
    given: &Value,
) -> PyResult<Option<crate::orm::models::Field>> {
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

/// A call of the class's function with these arguments.
pub(super) fn call(
    vm: &mut Vm,
    this: &Value,
    args: Vec<Expr>,
    output: &Value,
    keywords: Vec<(Str, Value)>,
) -> PyResult<Func> {
    let class = vm.class_of(this);
    let spec = spec_of(&class);
    check_arity(vm, &class, spec, args.len())?;
    let mut extra = named(vm, keywords)?;
    let overrides = overrides(vm, &class, &mut extra)?;
    Ok(Func { spec, args, output: declared_output(vm, &class, output)?, extra, overrides })
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let arguments = parts(vm, &args.rest(1).to_vec())?;
    let func = call(vm, &args[0], arguments, &args[2], args.keyword_rest(3))?;
    fill(vm, &args[0], Expression::Func(func))
}

fn cast(vm: &mut Vm, args: Args) -> PyResult {
    let inner = lower(vm, &args[1])?;
    let func = call(vm, &args[0], vec![inner], &args[2], Vec::new())?;
    fill(vm, &args[0], Expression::Func(func))
}

fn collate(vm: &mut Vm, args: Args) -> PyResult {
    let inner = lower(vm, &args[1])?;
    let name = vm.to_str(&args[2])?;
    let sound = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    if !sound {
        let shown = vm.repr(&args[2])?;
        return Err(vm.value_error(format!("Invalid collation name: {shown}.")));
    }
    let quoted = format!("\"{name}\"");
    let keywords = vec![(Str::interned("collation"), Value::from(quoted))];
    let func = call(vm, &args[0], vec![inner], &Value::None, keywords)?;
    fill(vm, &args[0], Expression::Func(func))
}

/// `filter=` of aggregates: a `Q` or a conditional expression.
fn condition(vm: &mut Vm, value: &Value) -> PyResult<Option<Expr>> {
    if value.is_none() || value.is_unset() {
        return Ok(None);
    }
    if let Some(q) = q_value(value) {
        return Ok(Some(Rc::new(Expression::Q(q))));
    }
    Ok(Some(lower(vm, value)?))
}

fn aggregate(vm: &mut Vm, args: Args) -> PyResult {
    let values = args.rest(1).to_vec();
    let is_count = spec_of(&vm.class_of(&args[0])).name == "Count";
    let star = is_count && values.first().and_then(Value::as_str).is_some_and(|name| name == "*");
    let filter = condition(vm, &args[3])?;
    if star && filter.is_some() {
        return Err(vm.value_error("Star cannot be used with filter. Please specify a field."));
    }
    let arguments = if star { vec![Rc::new(Expression::Star)] } else { parts(vm, &values)? };
    let distinct = vm.truth(&args[2])?;
    let class = vm.class_of(&args[0]);
    let spec = spec_of(&class);
    let allows = match class.lookup_where(&Str::interned("allow_distinct")) {
        Some((holder, value)) if !holder.native => vm.truth(&value)?,
        _ => spec.allow_distinct,
    };
    if distinct && !allows {
        return Err(vm.type_error(format!("{} does not allow distinct.", class.name())));
    }
    let default = match super::subquery::given(&args[4]) {
        Some(value) if spec.empty_result_zero => {
            let _ = value;
            return Err(vm.type_error(format!("{} does not allow default.", class.name())));
        }
        Some(value) => Some(super::operand(vm, value)?),
        None => None,
    };
    let func = call(vm, &args[0], arguments, &args[5], args.keyword_rest(6))?;
    let made = Aggregate { func, distinct, filter, order_by: None, default, is_summary: false };
    fill(vm, &args[0], Expression::Aggregate(made))
}

/// `StdDev` and `Variance`: `sample=True` calls another function of the database.
fn sampled(vm: &mut Vm, args: Args) -> PyResult {
    let sample = vm.truth(&args[2])?;
    let inner = lower(vm, &args[1])?;
    let filter = condition(vm, &args[3])?;
    let default = match super::subquery::given(&args[4]) {
        Some(value) => Some(super::operand(vm, value)?),
        None => None,
    };
    let mut func = call(vm, &args[0], vec![inner], &args[5], args.keyword_rest(6))?;
    if sample {
        func.spec = match func.spec.name {
            "StdDev" => &orm_functions::STDDEV_SAMP,
            _ => &orm_functions::VAR_SAMP,
        };
    }
    let made = Aggregate { func, distinct: false, filter, order_by: None, default, is_summary: false };
    fill(vm, &args[0], Expression::Aggregate(made))
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
        .build(vm);
    let mut all = vec![func.clone()];
    let functions = "django.db.models.functions";
    for spec in plain() {
        all.push(
            ClassBuilder::new(spec.name)
                .module(functions)
                .base(&func)
                .value(SPEC, spec.name)
                .value("function", spec.function)
                .build(vm),
        );
    }
    all.push(
        ClassBuilder::new("Cast")
            .module(functions)
            .base(&func)
            .value(SPEC, "Cast")
            .value("function", "CAST")
            .method("__init__", "self, expression, output_field", cast)
            .build(vm),
    );
    all.push(
        ClassBuilder::new("Collate")
            .module(functions)
            .base(&func)
            .value(SPEC, "Collate")
            .value("function", "COLLATE")
            .method("__init__", "self, expression, collation", collate)
            .build(vm),
    );
    let base = ClassBuilder::new("Aggregate")
        .module("django.db.models.aggregates")
        .base(&func)
        .method(
            "__init__",
            "self, *expressions, distinct=False, filter=None, default=None, output_field=None, **extra",
            aggregate,
        )
        .value("template", "%(function)s(%(distinct)s%(expressions)s)")
        .value("contains_aggregate", true)
        .value("allow_distinct", false)
        .build(vm);
    all.push(base.clone());
    for (name, spec) in aggregates() {
        all.push(
            ClassBuilder::new(name)
                .module("django.db.models.aggregates")
                .base(&base)
                .value(SPEC, spec.name)
                .value("function", spec.function)
                .value("allow_distinct", spec.allow_distinct)
                .build(vm),
        );
    }
    for (name, signature) in [("StdDev", "STDDEV_POP"), ("Variance", "VAR_POP")] {
        all.push(
            ClassBuilder::new(name)
                .module("django.db.models.aggregates")
                .base(&base)
                .value(SPEC, name)
                .value("function", signature)
                .method(
                    "__init__",
                    "self, expression, sample=False, filter=None, default=None, output_field=None, **extra",
                    sampled,
                )
                .build(vm),
        );
    }
    Functions { func, all }
}

/// `F("name")[1:3]`: a part of a text.
pub(super) fn slice(vm: &mut Vm, this: &Value, subscript: &Value) -> PyResult {
    let _ = (this, subscript);
    Err(vm.unsupported("slicing an F expression"))
}

/// `Window`
pub(super) fn window(vm: &mut Vm, expression: &Rc<Class>) -> Rc<Class> {
    ClassBuilder::new("Window")
        .module("django.db.models.expressions")
        .base(expression)
        .method(
            "__init__",
            "self, expression, partition_by=None, order_by=None, frame=None, output_field=None",
            |vm, _| Err(vm.unsupported("Window")),
        )
        .build(vm)
}
