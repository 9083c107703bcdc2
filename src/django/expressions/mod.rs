//! Expressions as Python sees them: `F`, `Q`, `Value`, functions, aggregates, `Case`, subqueries.
//!
//! An expression object holds the ORM's [`Expr`], made by its constructor. Classes written in Python that override how an
//! expression resolves or renders are wrapped by [`custom`].

mod basic;
mod check;
mod combine;
mod conditional;
mod custom;
mod filtered;
mod functions;
mod methods;
mod misplaced;
mod q;
mod subquery;
mod window;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::orm::Datum;
use crate::orm::models::Field;
use crate::orm::query::{self, Expr, Expression};
use crate::python::object::{Args, Class, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::convert::to_datum;
use super::state::Django;

pub use filtered::filtered_relation;
pub use q::{QPayload, check_members, q_from_call, q_value};

/// What an expression object holds.
#[derive(Default)]
pub struct ExprPayload {
    /// The expression; none until `__init__` has run.
    pub expr: RefCell<Option<Expr>>,
    /// What the class was called with; nothing where an operator or a method made the expression.
    pub made_with: OnceCell<MadeWith>,
}

/// Positional and keyword arguments.
pub type MadeWith = (Vec<Value>, Vec<(Str, Value)>);

/// The classes that code looks up by kind.
pub struct ExpressionClasses {
    /// `Combinable`
    pub combinable: Rc<Class>,
    /// `Expression`
    pub expression: Rc<Class>,
    /// `F`
    pub f: Rc<Class>,
    /// `Value`
    pub value: Rc<Class>,
    /// `Q`
    pub q: Rc<Class>,
    /// `Func`
    pub func: Rc<Class>,
    /// `Transform`
    pub transform: Rc<Class>,
    /// Every class, in the order of making.
    pub all: Vec<Rc<Class>>,
}

impl ExpressionClasses {
    /// Makes them.
    pub fn new(vm: &mut Vm) -> Self {
        let combinable = combine::class(vm);
        let basic = basic::classes(vm, &combinable);
        let q = q::class(vm);
        let functions = functions::classes(vm, &basic.expression);
        let mut all = basic.all;
        all.push(q.clone());
        all.extend(functions.all);
        all.extend(conditional::classes(vm, &basic.expression));
        all.extend(subquery::classes(vm, &basic.expression));
        all.extend(window::classes(vm, &basic.expression));
        all.push(filtered::class(vm));
        all.extend(super::lookups::classes(vm, &basic.expression));
        Self {
            combinable,
            expression: basic.expression,
            f: basic.f,
            value: basic.value,
            q,
            func: functions.func,
            transform: functions.transform,
            all,
        }
    }

    /// The class of this name.
    pub fn named(&self, name: &str) -> Option<&Rc<Class>> {
        self.all.iter().find(|class| *class.name() == *name)
    }
}

/// `__new__` of every expression class.
pub(super) fn construct(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let payload = ExprPayload::default();
    let _ = payload.made_with.set((args.positional[1..].to_vec(), args.keywords));
    Ok(Instance::native(class, payload).into())
}

/// Says what would make an expression that an operator or a method made.
pub(super) fn set_made_with(made: &Value, args: Vec<Value>, keywords: Vec<(Str, Value)>) {
    if let Some(payload) = made.payload::<ExprPayload>() {
        let _ = payload.made_with.set((args, keywords));
    }
}

/// Puts the expression into an object that is being made.
pub(super) fn fill(_vm: &mut Vm, this: &Value, expression: Expression) -> PyResult {
    if let Some(payload) = this.payload::<ExprPayload>() {
        *payload.expr.borrow_mut() = Some(Rc::new(expression));
    }
    Ok(Value::None)
}

/// The expression of a Python object that is one: of its own classes, or anything with `resolve_expression`.
pub fn lower_opt(vm: &mut Vm, value: &Value) -> PyResult<Option<Expr>> {
    if let Some(payload) = value.payload::<ExprPayload>() {
        let held = payload.expr.borrow().clone();
        return match held {
            Some(expr) if value.as_instance().is_some_and(|instance| instance.class().native) => Ok(Some(expr)),
            held => custom::of_object(vm, value, held).map(Some),
        };
    }
    if let Some(q) = q_value(value) {
        return Ok(Some(Rc::new(Expression::Q(q))));
    }
    if let Value::Instance(_) = value
        && vm.class_of(value).lookup(&crate::python::object::Str::interned("resolve_expression")).is_some()
        && value.payload::<super::query::QuerySetPayload>().is_none()
    {
        return custom::of_object(vm, value, None).map(Some);
    }
    Ok(None)
}

/// The expression of a value that should be one: strings are names of fields, other values constants.
pub fn lower(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    if let Some(expr) = lower_opt(vm, value)? {
        return Ok(expr);
    }
    if let Some(query) = super::query::query_of(vm, value)? {
        return Ok(Rc::new(Expression::Query(query::QueryExpr { query })));
    }
    if let Some(name) = value.as_str() {
        return Ok(Rc::new(Expression::F(name.as_str().into())));
    }
    let datum = to_datum(vm, value)?;
    Ok(self::value(datum, None))
}

/// The expression of an operand: everything that is no expression is a constant, strings too.
pub fn operand(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    if let Some(expr) = lower_opt(vm, value)? {
        return Ok(expr);
    }
    if let Some(query) = super::query::query_of(vm, value)? {
        return Ok(Rc::new(Expression::Query(query::QueryExpr { query })));
    }
    let datum = to_datum(vm, value)?;
    Ok(self::value(datum, None))
}

/// `Value(datum, output_field)`
pub fn value(datum: Datum, output: Option<Field>) -> Expr {
    Rc::new(Expression::Value(query::Value { value: datum, output, for_save: false }))
}

/// A Python object for an expression of the ORM's.
pub fn wrap(vm: &mut Vm, expr: &Expr) -> Value {
    if let Expression::Custom(custom) = &**expr
        && let Some(value) = custom::object_of(custom)
    {
        return value;
    }
    let django = Django::of(vm);
    let classes = &django.classes().expressions;
    if let Expression::Q(q) = &**expr {
        return Instance::native(classes.q.clone(), QPayload { q: RefCell::new(q.clone()) }).into();
    }
    let name = expr.class_name();
    let built_in = match &**expr {
        Expression::Func(func) => Some((func.spec.name, &classes.func)),
        Expression::Aggregate(aggregate) => Some((aggregate.func.spec.name, &classes.func)),
        _ => None,
    };
    let class = classes.named(&name).or_else(|| built_in.and_then(|(name, _)| classes.named(name)));
    let class = class.or(built_in.map(|(_, class)| class)).unwrap_or(&classes.expression).clone();
    let payload = ExprPayload { expr: RefCell::new(Some(expr.clone())), made_with: OnceCell::new() };
    let made = Instance::native(class, payload);
    made.into()
}

/// What an instance holds for a field whose value the database gives.
pub fn database_default(vm: &mut Vm, field: &Field) -> PyResult {
    let expr = field.options.db_default.clone().unwrap_or_else(|| value(Datum::Null, None));
    Ok(wrap(vm, &Rc::new(Expression::DatabaseDefault(expr))))
}

/// The expression of an object without what its class overrides.
pub(super) fn built_in(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    custom::built_in(vm, value)
}

/// `Transform`
pub(super) fn transform_class(vm: &Vm) -> Rc<Class> {
    Django::of(vm).classes().expressions.transform.clone()
}

/// The built-in function of a transform class; `None` for any other class.
pub(super) fn transform_spec(vm: &Vm, class: &Rc<Class>) -> Option<&'static query::FuncSpec> {
    class.derives_from(&transform_class(vm)).then(|| functions::spec_of(class))
}

/// A `Q` object.
pub fn q_object(vm: &Vm, q: query::Q) -> Value {
    q::new(vm, q)
}
