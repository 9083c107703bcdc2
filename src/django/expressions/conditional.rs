//! `Case` and `When`.

use std::rc::Rc;

use crate::orm::query::{Case, Expression, Q, QNode, When};
use crate::python::object::{Args, Class, ClassBuilder, PyResult};
use crate::python::vm::Vm;

use crate::django::fields::OutputFields;
use crate::django::state::orm;

use super::{fill, lower, lower_opt, q_from_call, q_value};

const NOT_A_CONDITION: &str = "When() supports a Q object, a boolean expression, or lookups as a condition.";

fn when(vm: &mut Vm, args: Args) -> PyResult {
    let lookups = args.keyword_rest(3);
    let mut condition = match args.some(1) {
        None => None,
        Some(value) => match (q_value(value), lower_opt(vm, value)?) {
            (Some(q), _) => Some(Rc::new(Expression::Q(q))),
            (None, Some(expr)) if orm(vm, || expr.conditional())? => Some(expr),
            _ => return Err(vm.type_error(NOT_A_CONDITION)),
        },
    };
    if !lookups.is_empty() {
        let given = q_from_call(vm, &[], lookups)?;
        condition = Some(Rc::new(Expression::Q(match condition.as_deref() {
            None => given,
            Some(Expression::Q(q)) => {
                let mut children: Vec<QNode> = vec![QNode::Q(q.clone())];
                children.extend(given.children.iter().cloned());
                Q::new(children)
            }
            Some(_) => return Err(vm.type_error(NOT_A_CONDITION)),
        })));
    }
    let Some(condition) = condition else { return Err(vm.type_error(NOT_A_CONDITION)) };
    if let Expression::Q(q) = &*condition
        && q.is_empty()
    {
        return Err(vm.value_error("An empty Q() can't be used as a When() condition."));
    }
    let result = lower(vm, &args[2])?;
    fill(vm, &args[0], Expression::When(When { condition, result }))
}

fn case(vm: &mut Vm, args: Args) -> PyResult {
    let mut cases = Vec::new();
    for branch in args.rest(1).to_vec() {
        match lower_opt(vm, &branch)? {
            Some(expr) if matches!(&*expr, Expression::When(_)) => cases.push(expr),
            _ => return Err(vm.type_error("Positional arguments must all be When objects.")),
        }
    }
    let default = match args.get(2) {
        Some(value) => lower(vm, value)?,
        None => super::combine::null(),
    };
    let output = OutputFields::optional(vm, &args[3])?;
    if let Some(extra) = args.keyword_rest(4).first() {
        return Err(vm.type_error(format!("Case.__init__() got an unexpected keyword argument '{}'", extra.0)));
    }
    fill(vm, &args[0], Expression::Case(Case { cases, default, output }))
}

pub(super) fn classes(vm: &mut Vm, expression: &Rc<Class>) -> Vec<Rc<Class>> {
    let module = "django.db.models.expressions";
    let when = ClassBuilder::new("When")
        .module(module)
        .base(expression)
        .method("__init__", "self, condition=None, then=None, **lookups", when)
        .build(vm);
    let case = ClassBuilder::new("Case")
        .module(module)
        .base(expression)
        .method("__init__", "self, *cases, default=None, output_field=None, **extra", case)
        .build(vm);
    vec![when, case]
}
