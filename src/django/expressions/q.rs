//! `Q`: conditions that combine.

use std::cell::RefCell;
use std::rc::Rc;

use crate::orm::query::{Connector, Expr, Expression, Q, QNode};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

use crate::django::convert::{from_datum, to_datum};
use crate::django::state::Django;

use super::{lower_opt, wrap};

/// What a `Q` object holds.
pub struct QPayload {
    /// The condition.
    pub q: RefCell<Q>,
}

/// The condition of a `Q` object.
pub fn q_value(value: &Value) -> Option<Q> {
    value.payload::<QPayload>().map(|payload| payload.q.borrow().clone())
}

/// A `Q` object.
pub fn new(vm: &Vm, q: Q) -> Value {
    Instance::native(Django::of(vm).classes().expressions.q.clone(), QPayload { q: RefCell::new(q) }).into()
}

/// A condition of one expression; a `Q` is itself.
pub(super) fn of_condition(expr: Expr) -> Q {
    match &*expr {
        Expression::Q(q) => q.clone(),
        _ => Q::new(vec![QNode::Expr(expr)]),
    }
}

/// The condition of a call like `filter(*args, **kwargs)`: positional members first, keywords sorted by name.
pub fn q_from_call(vm: &mut Vm, positional: &[Value], keywords: Vec<(Str, Value)>) -> PyResult<Q> {
    let mut children = Vec::with_capacity(positional.len() + keywords.len());
    for value in positional {
        children.push(node(vm, value)?);
    }
    let mut keywords = keywords;
    keywords.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    for (name, value) in keywords {
        children.push(QNode::Pair(name.as_str().into(), to_datum(vm, &value)?));
    }
    Ok(Q::new(children))
}

/// The name under which a member stands that is neither a condition nor a pair.
const NO_PAIR: &str = "\0";

/// Refuses members that are neither conditions nor pairs of a name and a value, as unpacking them would.
pub fn check_members(vm: &mut Vm, q: &Q) -> PyResult<()> {
    for child in q.children.iter() {
        let datum = match child {
            QNode::Q(inner) => {
                check_members(vm, inner)?;
                continue;
            }
            QNode::Pair(name, datum) if **name == *NO_PAIR => datum,
            _ => continue,
        };
        if matches!(datum, crate::orm::Datum::Dict(_)) {
            let class = Django::of(vm).errors.field_error.clone();
            return Err(crate::django::state::raise_class(vm, &class, "Cannot parse keyword query as dict"));
        }
        if matches!(datum, crate::orm::Datum::Query(_)) {
            return Err(vm.type_error("Cannot filter against a non-conditional expression."));
        }
        let count = match datum {
            crate::orm::Datum::Str(text) => Some(text.chars().count()),
            other => other.items().map(|items| items.len()),
        };
        return Err(match count {
            Some(count) if count < 2 => {
                vm.value_error(format!("not enough values to unpack (expected 2, got {count})"))
            }
            Some(_) => vm.value_error("too many values to unpack (expected 2)"),
            None => vm.type_error(format!("cannot unpack non-iterable {} object", datum.type_name_in_full())),
        });
    }
    Ok(())
}

/// A member of a condition: a `Q`, a conditional expression, or a pair of a name and a value.
fn node(vm: &mut Vm, value: &Value) -> PyResult<QNode> {
    if let Some(q) = q_value(value) {
        return Ok(QNode::Q(q));
    }
    if let Some(expr) = lower_opt(vm, value)? {
        return Ok(QNode::Expr(expr));
    }
    if let Some([name, held]) = value.as_tuple()
        && let Some(name) = name.as_str()
    {
        return Ok(QNode::Pair(name.as_str().into(), to_datum(vm, held)?));
    }
    // Anything else is found out when the query is built, as Django does: see `check_members`.
    let datum = to_datum(vm, value)?;
    Ok(QNode::Pair(NO_PAIR.into(), datum))
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let positional = args.rest(1).to_vec();
    let connector = args.some(2).cloned();
    let negated = vm.truth(&args[3])?;
    let mut q = q_from_call(vm, &positional, args.keyword_rest(4))?;
    if let Some(connector) = connector {
        let word = vm.to_str(&connector)?;
        q.connector = match word.as_str() {
            "AND" => Connector::And,
            "OR" => Connector::Or,
            "XOR" => Connector::Xor,
            _ => return Err(vm.value_error("_connector must be one of 'AND', 'OR', 'XOR', or None.")),
        };
    }
    q.negated = negated;
    if let Some(payload) = args[0].payload::<QPayload>() {
        *payload.q.borrow_mut() = q;
    }
    Ok(Value::None)
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<Q> {
    Ok(vm.payload::<QPayload>(&args[0])?.q.borrow().clone())
}

fn not_a_condition(vm: &mut Vm, value: &Value) -> PyResult<Raised> {
    // The value itself is what the exception says: a queryset is not asked for rows until somebody reads it.
    let class = vm.exceptions.get(crate::python::exceptions::Kind::TypeError).clone();
    vm.new_exception(&class, [value.clone()])
}

fn combine(vm: &mut Vm, args: &Args, connector: Connector) -> PyResult {
    let mine = own(vm, args)?;
    let other = match q_value(&args[1]) {
        Some(q) => QNode::Q(q),
        None => {
            let expr = lower_opt(vm, &args[1])?;
            let conditional = match &expr {
                Some(expr) if matches!(&**expr, Expression::F(_)) => false,
                Some(expr) => {
                    let expr = expr.clone();
                    crate::django::state::orm(vm, || expr.conditional())?
                }
                None => false,
            };
            match expr.filter(|_| conditional) {
                Some(expr) => QNode::Expr(expr),
                None => return Err(not_a_condition(vm, &args[1])?),
            }
        }
    };
    let q = mine.combine(&other, connector);
    Ok(new(vm, q))
}

/// A member as Python sees it.
fn member(vm: &mut Vm, node: &QNode) -> PyResult {
    Ok(match node {
        QNode::Pair(name, datum) if **name == *NO_PAIR => from_datum(vm, datum)?,
        QNode::Pair(name, datum) => {
            let held = from_datum(vm, datum)?;
            Value::tuple(vec![Value::str(&**name), held])
        }
        QNode::Q(q) => new(vm, q.clone()),
        QNode::Expr(expr) => wrap(vm, expr),
    })
}

fn children(vm: &mut Vm, q: &Q) -> PyResult<Vec<Value>> {
    q.children.iter().map(|node| member(vm, node)).collect()
}

fn text(vm: &mut Vm, q: &Q) -> PyResult<String> {
    let mut parts = Vec::with_capacity(q.children.len());
    for child in q.children.iter() {
        parts.push(match child {
            QNode::Q(inner) => text(vm, inner)?,
            other => {
                let value = member(vm, other)?;
                vm.to_str(&value)?.to_string()
            }
        });
    }
    let inner = format!("({}: {})", q.connector.as_str(), parts.join(", "));
    Ok(if q.negated { format!("(NOT {inner})") } else { inner })
}

/// `Q`
pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("Q")
        .module("django.db.models.query_utils")
        .native_layout("Q")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, QPayload { q: RefCell::new(Q::new(Vec::new())) }).into())
        })
        .method("__init__", "self, *args, _connector=None, _negated=False, **kwargs", init)
        .class_method("create", "cls, children=None, connector=None, negated=False", |vm, args| {
            let members = if args.some(1).is_some() { vm.list_from(&args[1])? } else { Vec::new() };
            let call = Args::new(members).keyword("_connector", args[2].clone()).keyword("_negated", args[3].clone());
            vm.call(&args[0], call)
        })
        .method("check", "self, against, using='default'", super::check::check)
        .value("AND", "AND")
        .value("OR", "OR")
        .value("XOR", "XOR")
        .value("default", "AND")
        .value("conditional", true)
        .method("__and__", "self, other", |vm, args| combine(vm, &args, Connector::And))
        .method("__or__", "self, other", |vm, args| combine(vm, &args, Connector::Or))
        .method("__xor__", "self, other", |vm, args| combine(vm, &args, Connector::Xor))
        .method("__invert__", "self", |vm, args| {
            let q = own(vm, &args)?;
            let mut turned = q;
            turned.negated = !turned.negated;
            Ok(new(vm, turned))
        })
        .method("__bool__", "self", |vm, args| Ok((!own(vm, &args)?.is_empty()).into()))
        .method("__len__", "self", |vm, args| Ok(own(vm, &args)?.children.len().into()))
        .method("__contains__", "self, other", |vm, args| {
            let q = own(vm, &args)?;
            for child in children(vm, &q)? {
                if vm.eq(&child, &args[1])? {
                    return Ok(true.into());
                }
            }
            Ok(false.into())
        })
        .method("deconstruct", "self", crate::django::delegate::in_python!("_django_constraints", "deconstruct_q"))
        .property("identity", crate::django::delegate::in_python!("_django_constraints", "identity_of_q"))
        .method("__eq__", "self, other", crate::django::delegate::in_python!("_django_constraints", "q_equals"))
        .method("__hash__", "self", crate::django::delegate::in_python!("_django_constraints", "q_hash"))
        .method("__str__", "self", |vm, args| {
            let q = own(vm, &args)?;
            Ok(text(vm, &q)?.into())
        })
        .method("__repr__", "self", |vm, args| {
            let q = own(vm, &args)?;
            Ok(format!("<Q: {}>", text(vm, &q)?).into())
        })
        .method(
            "replace_expressions",
            "self, replacements",
            crate::django::delegate::in_python!("_django_constraints", "replace_q"),
        )
        .method("deconstruct", "self", crate::django::delegate::in_python!("_django_constraints", "deconstruct_q"))
        .property(
            "referenced_base_fields",
            crate::django::delegate::in_python!("_django_constraints", "base_fields_of_q"),
        )
        .method("flatten", "self", crate::django::delegate::in_python!("_django_constraints", "flatten_q"))
        .method("copy", "self", |vm, args| {
            let q = own(vm, &args)?;
            Ok(new(vm, q))
        })
        .method("add", "self, data, conn_type", |vm, args| {
            let word = vm.to_str(&args[2])?;
            let connector = match word.as_str() {
                "OR" => Connector::Or,
                "XOR" => Connector::Xor,
                _ => Connector::And,
            };
            let mine = own(vm, &args)?;
            let other = node(vm, &args[1])?;
            let mut kids: Vec<QNode> = Vec::new();
            let mut q = mine.clone();
            if q.connector != connector {
                kids.push(QNode::Q(q.clone()));
                q.negated = false;
                q.connector = connector;
            } else {
                kids.extend(q.children.iter().cloned());
            }
            match other {
                QNode::Q(inner) if !inner.negated && (inner.connector == connector || inner.children.len() == 1) => {
                    kids.extend(inner.children.iter().cloned());
                }
                other => kids.push(other),
            }
            q.children = kids.into();
            if let Some(payload) = args[0].payload::<QPayload>() {
                *payload.q.borrow_mut() = q;
            }
            Ok(args[1].clone())
        })
        .property("connector", |vm, args| Ok(own(vm, &args)?.connector.as_str().into()))
        .property("negated", |vm, args| Ok(own(vm, &args)?.negated.into()))
        .property("children", |vm, args| {
            let q = own(vm, &args)?;
            Ok(Value::list(children(vm, &q)?))
        })
        .build(vm)
}
