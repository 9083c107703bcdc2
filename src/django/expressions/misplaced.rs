//! Plain values that were put where an expression belongs: what is wrong with them shows when the query resolves them.

use std::any::Any;
use std::rc::Rc;

use crate::orm::query::{Custom, Expr, Expression, ExpressionHooks, Query, Resolve};
use crate::orm::{OrmError, OrmResult};
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

/// What the value is an instance of.
struct Misplaced(String);

impl ExpressionHooks for Misplaced {
    fn class_name(&self) -> String {
        self.0.clone()
    }

    fn rebind(&self, _: &Expr) -> OrmResult<Rc<dyn ExpressionHooks>> {
        Ok(Rc::new(Self(self.0.clone())))
    }

    fn resolve(&self, _: &Expr, _: &mut Query, _: Resolve<'_>) -> Option<OrmResult<Expr>> {
        Some(Err(OrmError::attribute_error(format!("'{}' object has no attribute 'resolve_expression'", self.0))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `F()` of something that is no name: it is told when the query looks the name up.
struct Unnamed(Value);

impl ExpressionHooks for Unnamed {
    fn class_name(&self) -> String {
        "F".to_owned()
    }

    fn rebind(&self, _: &Expr) -> OrmResult<Rc<dyn ExpressionHooks>> {
        Ok(Rc::new(Self(self.0.clone())))
    }

    fn resolve(&self, _: &Expr, _: &mut Query, _: Resolve<'_>) -> Option<OrmResult<Expr>> {
        let found = crate::django::state::hook(|vm| {
            // Annotations are asked for the name first.
            vm.hash(&self.0)?;
            let split = vm.get_attr(&self.0, "split")?;
            vm.call(&split, [Value::str("__")])?;
            Err(vm.unsupported("F() of a name that is no text"))
        });
        Some(found)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `F(value)` of a value that is no text.
pub(super) fn unnamed(value: &Value) -> Expression {
    let base = Rc::new(Expression::F("".into()));
    Expression::Custom(Custom { base, hooks: Rc::new(Unnamed(value.clone())) })
}

/// What stands in the place of a name.
pub(super) fn name_of(expr: &Expression) -> Option<Value> {
    match expr {
        Expression::Custom(custom) => custom.hooks.as_any().downcast_ref::<Unnamed>().map(|held| held.0.clone()),
        _ => None,
    }
}

/// The expression of a member that Django takes as it is; `None` stays NULL.
pub(super) fn member(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    let base = super::operand(vm, value)?;
    let is_plain = !value.is_none()
        && super::lower_opt(vm, value)?.is_none()
        && crate::django::query::query_of(vm, value)?.is_none();
    if !is_plain {
        return Ok(base);
    }
    let kind = vm.type_name(value).to_string();
    Ok(Rc::new(Expression::Custom(Custom { base, hooks: Rc::new(Misplaced(kind)) })))
}
