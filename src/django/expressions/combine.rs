//! `Combinable`: what `+`, `-`, `&` and the rest make of expressions.

use std::rc::Rc;

use crate::orm::Datum;
use crate::orm::query::{Combined, CombinedKind, Connector, Expression, QNode};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::state::orm;

use super::{lower, operand, q, wrap};

/// Operators with their methods: forward, reflected, and Django's connector.
const ARITHMETIC: &[(&str, &str, &str)] = &[
    ("__add__", "__radd__", "+"),
    ("__sub__", "__rsub__", "-"),
    ("__mul__", "__rmul__", "*"),
    ("__truediv__", "__rtruediv__", "/"),
    ("__mod__", "__rmod__", "%%"),
    ("__pow__", "__rpow__", "^"),
];

const BITWISE: &[(&str, &str)] =
    &[("bitand", "&"), ("bitor", "|"), ("bitxor", "#"), ("bitleftshift", "<<"), ("bitrightshift", ">>")];

/// The sign between two operands, if it is one that Django knows.
pub(super) fn connector(written: &str) -> Option<&'static str> {
    let arithmetic = ARITHMETIC.iter().map(|(.., sign)| *sign);
    arithmetic.chain(BITWISE.iter().map(|(_, sign)| *sign)).find(|sign| *sign == written)
}

/// `Combinable`
pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("Combinable")
        .module("django.db.models.expressions")
        .native_layout("Expression")
        .constructor(super::construct)
        .value("ADD", "+")
        .value("SUB", "-")
        .value("MUL", "*")
        .value("DIV", "/")
        .value("POW", "^")
        .value("MOD", "%%")
        .value("BITAND", "&")
        .value("BITOR", "|")
        .value("BITLEFTSHIFT", "<<")
        .value("BITRIGHTSHIFT", ">>")
        .value("BITXOR", "#");
    for &(forward, reflected, connector) in ARITHMETIC {
        builder = builder
            .method_closure(forward, "self, other", move |vm, args| combine(vm, &args[0], connector, &args[1]))
            .method_closure(reflected, "self, other", move |vm, args| combine(vm, &args[1], connector, &args[0]));
    }
    for &(name, connector) in BITWISE {
        builder =
            builder.method_closure(name, "self, other", move |vm, args| combine(vm, &args[0], connector, &args[1]));
    }
    builder
        .method("__invert__", "self", |vm, args| {
            let expr = lower(vm, &args[0])?;
            let negated = match &*expr {
                Expression::Negated(inner) => inner.clone(),
                _ => Rc::new(Expression::Negated(expr)),
            };
            Ok(wrap(vm, &negated))
        })
        .method("__copy__", "self", |_, args| Ok(super::custom::copy(&args[0])))
        .method("__deepcopy__", "self, memo", |_, args| Ok(super::custom::copy(&args[0])))
        .method("copy", "self", |_, args| Ok(super::custom::copy(&args[0])))
        .method("__neg__", "self", |vm, args| combine(vm, &args[0], "*", &Value::Int(-1)))
        .method("__and__", "self, other", |vm, args| logical(vm, &args, Connector::And))
        .method("__or__", "self, other", |vm, args| logical(vm, &args, Connector::Or))
        .method("__xor__", "self, other", |vm, args| logical(vm, &args, Connector::Xor))
        .method("__rand__", "self, other", no_logical)
        .method("__ror__", "self, other", no_logical)
        .method("__rxor__", "self, other", no_logical)
        .build(vm)
}

fn combine(vm: &mut Vm, lhs: &Value, connector: &'static str, rhs: &Value) -> PyResult {
    let mut operands = Vec::with_capacity(3);
    let mut exprs = Vec::with_capacity(2);
    for value in [lhs, rhs] {
        let expr = operand(vm, value)?;
        let is_expression = value.payload::<super::ExprPayload>().is_some();
        operands.push(if is_expression { value.clone() } else { wrap(vm, &expr) });
        exprs.push(expr);
    }
    operands.insert(1, connector.into());
    let [lhs, rhs] = [exprs[0].clone(), exprs[1].clone()];
    let combined = Combined { lhs, connector, rhs, output: None, kind: CombinedKind::Plain };
    let made = wrap(vm, &Rc::new(Expression::Combined(combined)));
    super::set_made_with(&made, operands, Vec::new());
    Ok(made)
}

/// Whether a value can stand as a condition by itself.
fn is_conditional(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    if super::q_value(value).is_some() {
        return Ok(true);
    }
    match super::lower_opt(vm, value)? {
        Some(expr) if !matches!(&*expr, Expression::F(_)) => orm(vm, || expr.conditional()),
        _ => Ok(false),
    }
}

fn logical(vm: &mut Vm, args: &Args, connector: Connector) -> PyResult {
    if is_conditional(vm, &args[0])? && is_conditional(vm, &args[1])? {
        let left = q::of_condition(lower(vm, &args[0])?);
        let right = q::of_condition(lower(vm, &args[1])?);
        let q = left.combine(&QNode::Q(right), connector);
        return Ok(q::new(vm, q));
    }
    no_logical(vm, args.clone())
}

fn no_logical(vm: &mut Vm, _args: Args) -> PyResult {
    Err(vm.raise(Kind::NotImplementedError, "Use .bitand(), .bitor(), and .bitxor() for bitwise logical operations."))
}

/// A constant `None`, for defaults.
pub(super) fn null() -> crate::orm::query::Expr {
    super::value(Datum::Null, None)
}
