//! Expressions whose class was written in Python.

use std::any::Any;
use std::rc::Rc;

use crate::orm::OrmResult;
use crate::orm::query::{Custom, Expr, Expression, ExpressionHooks};
use crate::python::object::{Instance, PyResult, Value};
use crate::python::vm::Vm;

use super::{ExprPayload, lower_opt};

/// A Python object behind an expression.
struct PyExpression {
    object: Value,
    class_name: String,
}

impl ExpressionHooks for PyExpression {
    fn class_name(&self) -> String {
        self.class_name.clone()
    }
    fn rebind(&self, _base: &Expr) -> OrmResult<Rc<dyn ExpressionHooks>> {
        Ok(Rc::new(PyExpression { object: self.object.clone(), class_name: self.class_name.clone() }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Methods by which a class changes how its expressions resolve or render.
const HOOKS: &[&str] = &[
    "as_sql",
    "as_sqlite",
    "resolve_expression",
    "get_group_by_cols",
    "convert_value",
    "get_source_expressions",
    "set_source_expressions",
];

/// The expression as it is, or behind hooks where the object's class overrides what the ORM would do.
pub(super) fn wrap_if_overridden(vm: &mut Vm, this: &Value, expr: Expr) -> Expr {
    let class = vm.class_of(this);
    if class.native || !HOOKS.iter().any(|name| crate::django::fields::overrides(&class, name)) {
        return expr;
    }
    hooked(vm, this, expr)
}

/// An object that has no built-in behaviour at all.
pub(super) fn bare(vm: &mut Vm, value: &Value) -> Expr {
    hooked(vm, value, Rc::new(Expression::List(Rc::from([]))))
}

fn hooked(vm: &mut Vm, value: &Value, base: Expr) -> Expr {
    let class_name = vm.type_name(value).to_string();
    Rc::new(Expression::Custom(Custom { base, hooks: Rc::new(PyExpression { object: value.clone(), class_name }) }))
}

/// The Python object behind a custom expression.
pub(super) fn object_of(custom: &Custom) -> Option<Value> {
    custom.hooks.as_any().downcast_ref::<PyExpression>().map(|hooks| hooks.object.clone())
}

/// Another object with the same expression and attributes.
pub(super) fn copy(value: &Value) -> Value {
    let (Some(instance), Some(payload)) = (value.as_instance(), value.payload::<ExprPayload>()) else {
        return value.clone();
    };
    let fresh = Instance::native(
        instance.class(),
        ExprPayload { expr: std::cell::RefCell::new(payload.expr.borrow().clone()) },
    );
    for (name, held) in instance.dict().str_items() {
        fresh.set(name, held);
    }
    fresh.into()
}

/// `repr(expression)`
pub(super) fn repr(vm: &mut Vm, value: &Value) -> PyResult<String> {
    let Some(expr) = lower_opt(vm, value)? else { return vm.native_repr(value) };
    crate::django::state::orm(vm, || Ok(expr.repr()))
}
