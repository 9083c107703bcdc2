//! `Cast`, `Coalesce`, `Collate`, `Greatest`, `Least`, `NullIf`, and the functions on numbers.

use std::rc::Rc;

use crate::orm::query::Expression;
use crate::orm::query::functions::{self as orm_functions, math};
use crate::python::object::{Args, Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::super::{fill, lower};
use super::{Bases, call, fill_call};

fn cast(vm: &mut Vm, args: Args) -> PyResult {
    let keywords = vec![(Str::interned("output_field"), args[2].clone())];
    fill_call(vm, &args[0], &[args[1].clone()], keywords)
}

/// Classes that need two arguments at least.
fn several(vm: &mut Vm, args: Args) -> PyResult {
    let given = args.rest(1).to_vec();
    if given.len() < 2 {
        let name = vm.class_of(&args[0]).name();
        let name = if matches!(name.as_str(), "Greatest" | "Least" | "Coalesce") { name } else { parent(vm, &args[0]) };
        return Err(vm.value_error(format!("{name} must take at least two expressions")));
    }
    fill_call(vm, &args[0], &given, args.keyword_rest(2))
}

/// `Coalesce` names itself, the others the class that was called.
fn parent(vm: &mut Vm, this: &Value) -> Str {
    let class = vm.class_of(this);
    match super::spec_of(&class).name {
        "Coalesce" => Str::interned("Coalesce"),
        _ => class.name(),
    }
}

fn collate(vm: &mut Vm, args: Args) -> PyResult {
    let inner = lower(vm, &args[1])?;
    let name = if args[2].is_none() { Str::interned("") } else { vm.to_str(&args[2])? };
    let sound = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    if !sound {
        let shown = vm.repr(&args[2])?;
        return Err(vm.value_error(format!("Invalid collation name: {shown}.")));
    }
    let keywords = vec![(Str::interned("collation"), Value::from(name))];
    let func = call(vm, &args[0], vec![inner], keywords)?;
    fill(vm, &args[0], Expression::Func(func))
}

fn round(vm: &mut Vm, args: Args) -> PyResult {
    let given = [args[1].clone(), args[2].clone()];
    fill_call(vm, &args[0], &given, args.keyword_rest(3))
}

pub(super) fn classes(vm: &mut Vm, bases: &Bases, all: &mut Vec<Rc<Class>>) {
    let module = "comparison";
    let made = [
        bases.class(module, &orm_functions::CAST).method("__init__", "self, expression, output_field", cast).build(vm),
        bases
            .class(module, &orm_functions::COLLATE)
            .method("__init__", "self, expression, collation", collate)
            .build(vm),
        bases.class("math", &math::ROUND).method("__init__", "self, expression, precision=0, **extra", round).build(vm),
    ];
    all.extend(made);
    for spec in [&orm_functions::COALESCE, &orm_functions::GREATEST, &orm_functions::LEAST] {
        all.push(bases.class(module, spec).method("__init__", "self, *expressions, **extra", several).build(vm));
    }
    bases.plain(vm, module, &[&orm_functions::NULL_IF], all);
    let numbers = [
        &math::ABS,
        &math::ACOS,
        &math::ASIN,
        &math::ATAN,
        &math::ATAN2,
        &math::CEIL,
        &math::COS,
        &math::COT,
        &math::DEGREES,
        &math::EXP,
        &math::FLOOR,
        &math::LN,
        &math::LOG,
        &orm_functions::MOD,
        &math::PI,
        &math::POWER,
        &math::RADIANS,
        &orm_functions::RANDOM,
        &math::SIGN,
        &math::SIN,
        &math::SQRT,
        &math::TAN,
    ];
    bases.plain(vm, "math", &numbers, all);
}
