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
