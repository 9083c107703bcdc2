//! Functions on texts.

use std::rc::Rc;

use crate::orm::query::functions::text;
use crate::orm::query::{Expression, Func};
use crate::python::object::{Args, Class, PyResult, Value};
use crate::python::vm::Vm;

use super::super::fill;
use super::{Bases, call, fill_call, is_below, is_expression, parts};

/// Django pairs the arguments up, since not every database joins more than two.
fn concat(vm: &mut Vm, args: Args) -> PyResult {
    let given = args.rest(1).to_vec();
    if given.len() < 2 {
        return Err(vm.value_error("Concat must take at least two expressions"));
    }
    let mut inner = parts(vm, &given)?;
    let mut func = call(vm, &args[0], Vec::new(), args.keyword_rest(2))?;
    let Some(mut pair) = inner.pop() else { return Ok(Value::None) };
    while let Some(before) = inner.pop() {
        let mut joined = Func::new(&text::CONCAT_PAIR, vec![before, pair]);
        joined.output.clone_from(&func.output);
        pair = Rc::new(Expression::Func(joined));
    }
    func.args = vec![pair];
    fill(vm, &args[0], Expression::Func(func))
}

fn left(vm: &mut Vm, args: Args) -> PyResult {
    if !is_expression(vm, &args[2])? && is_below(vm, &args[2], 1)? {
        return Err(vm.value_error("'length' must be greater than 0."));
    }
    let given = [args[1].clone(), args[2].clone()];
    fill_call(vm, &args[0], &given, args.keyword_rest(3))
}

fn not_negative(vm: &mut Vm, value: &Value, name: &str) -> PyResult<()> {
    if !value.is_none() && !is_expression(vm, value)? && is_below(vm, value, 0)? {
        return Err(vm.value_error(format!("'{name}' must be greater or equal to 0.")));
    }
    Ok(())
}

/// A default that Django writes as `Value("…")`.
fn or_value(vm: &mut Vm, given: Option<&Value>, default: &str) -> Value {
    match given {
        Some(given) => given.clone(),
        None => super::super::wrap(vm, &super::super::value(crate::orm::Datum::str(default), None)),
    }
}

fn pad(vm: &mut Vm, args: Args) -> PyResult {
    not_negative(vm, &args[2], "length")?;
    let fill_text = or_value(vm, args.get(3), " ");
    let given = [args[1].clone(), args[2].clone(), fill_text];
    fill_call(vm, &args[0], &given, args.keyword_rest(4))
}

fn repeat(vm: &mut Vm, args: Args) -> PyResult {
    not_negative(vm, &args[2], "number")?;
    let given = [args[1].clone(), args[2].clone()];
    fill_call(vm, &args[0], &given, args.keyword_rest(3))
}

fn replace(vm: &mut Vm, args: Args) -> PyResult {
    let replacement = or_value(vm, args.get(3), "");
    let given = [args[1].clone(), args[2].clone(), replacement];
    fill_call(vm, &args[0], &given, args.keyword_rest(4))
}

fn substr(vm: &mut Vm, args: Args) -> PyResult {
    if !is_expression(vm, &args[2])? && is_below(vm, &args[2], 1)? {
        return Err(vm.value_error("'pos' must be greater than 0"));
    }
    let mut given = vec![args[1].clone(), args[2].clone()];
    given.extend(args.some(3).cloned());
    fill_call(vm, &args[0], &given, args.keyword_rest(4))
}

pub(super) fn classes(vm: &mut Vm, bases: &Bases, all: &mut Vec<Rc<Class>>) {
    let module = "text";
    let made = [
        bases.class(module, &text::CONCAT).method("__init__", "self, *expressions, **extra", concat).build(vm),
        bases.class(module, &text::LEFT).method("__init__", "self, expression, length, **extra", left).build(vm),
        bases.class(module, &text::RIGHT).method("__init__", "self, expression, length, **extra", left).build(vm),
        bases
            .class(module, &text::LPAD)
            .method("__init__", "self, expression, length, fill_text=?, **extra", pad)
            .build(vm),
        bases
            .class(module, &text::RPAD)
            .method("__init__", "self, expression, length, fill_text=?, **extra", pad)
            .build(vm),
        bases.class(module, &text::REPEAT).method("__init__", "self, expression, number, **extra", repeat).build(vm),
        bases
            .class(module, &text::REPLACE)
            .method("__init__", "self, expression, text, replacement=?, **extra", replace)
            .build(vm),
        bases
            .class(module, &text::SUBSTR)
            .value("function", "SUBSTRING")
            .method("__init__", "self, expression, pos, length=None, **extra", substr)
            .build(vm),
        bases.class(module, &text::CHR).value("function", "CHR").build(vm),
        bases.class(module, &text::ORD).value("function", "ASCII").build(vm),
    ];
    all.extend(made);
    let plain = [
        &text::CONCAT_PAIR,
        &text::LENGTH,
        &text::LOWER,
        &text::LTRIM,
        &text::MD5,
        &text::REVERSE,
        &text::RTRIM,
        &text::SHA1,
        &text::SHA224,
        &text::SHA256,
        &text::SHA384,
        &text::SHA512,
        &text::STR_INDEX,
        &text::TRIM,
        &text::UPPER,
    ];
    bases.plain(vm, module, &plain, all);
}
