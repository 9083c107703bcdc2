//! `F("name")[1:3]`: a part of a text.

use crate::orm::Datum;
use crate::orm::query::functions::text;
use crate::orm::query::{Expression, Func};
use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

use super::super::lower;

/// A bound of a slice: `None` where it was left out.
fn bound(vm: &mut Vm, value: &Value) -> PyResult<Option<i64>> {
    if value.is_none() {
        return Ok(None);
    }
    let number = match value.as_i64() {
        Some(number) => number,
        None => return Err(vm.type_error("'<' not supported between these types")),
    };
    if number < 0 {
        return Err(vm.value_error("Negative indexing is not supported."));
    }
    Ok(Some(number))
}

/// `expression[subscript]`
pub(in crate::django::expressions) fn slice(vm: &mut Vm, this: &Value, subscript: &Value) -> PyResult {
    let (start, length) = match subscript {
        Value::Slice(slice) => {
            let (start, stop) = (slice.start.clone(), slice.stop.clone());
            let (start, stop) = (bound(vm, &start)?, bound(vm, &stop)?);
            if !slice.step.is_none() {
                return Err(vm.value_error("Step argument is not supported."));
            }
            if let (Some(start), Some(stop)) = (start, stop)
                && start > 0
                && stop > 0
                && stop < start
            {
                return Err(vm.value_error("Slice stop must be greater than slice start."));
            }
            (start.unwrap_or(0) + 1, stop.map(|stop| stop - start.unwrap_or(0)))
        }
        other => match other.as_i64() {
            Some(_) => (bound(vm, other)?.unwrap_or(0) + 1, Some(1)),
            None => return Err(vm.type_error("Argument to slice must be either int or slice instance.")),
        },
    };
    let inner = lower(vm, this)?;
    let mut func = Func::new(&text::SLICED, vec![inner]);
    func.extra.push(("start".into(), Datum::Int(start)));
    if let Some(length) = length {
        func.extra.push(("length".into(), Datum::Int(length)));
    }
    Ok(super::super::wrap(vm, &std::rc::Rc::new(Expression::Func(func))))
}
