//! Arithmetic and comparisons of small builtin values, which the run loop does itself.

use crate::python::nodes::{BinaryOp, CompareOp};
use crate::python::object::Value;

/// A clone that copies small values field by field: what was just written piecemeal can't be read at once without a
/// stall.
#[inline(always)]
pub(super) fn fast_clone(value: &Value) -> Value {
    match value {
        Value::Int(number) => Value::Int(*number),
        other => other.clone(),
    }
}

/// Arithmetic on small numbers and the joining of short strings; everything else is `None`.
#[inline(always)]
pub(crate) fn fast_binary(op: BinaryOp, left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            let (a, b) = (*a, *b);
            Some(Value::Int(match op {
                BinaryOp::Add => a.checked_add(b)?,
                BinaryOp::Sub => a.checked_sub(b)?,
                BinaryOp::Mul => a.checked_mul(b)?,
                BinaryOp::FloorDiv if b > 0 => a.div_euclid(b),
                BinaryOp::Mod if b > 0 => a.rem_euclid(b),
                BinaryOp::BitAnd => a & b,
                BinaryOp::BitOr => a | b,
                BinaryOp::BitXor => a ^ b,
                BinaryOp::RShift if (0..64).contains(&b) => a >> b,
                BinaryOp::Div if b != 0 && a.unsigned_abs() < 1 << 53 && b.unsigned_abs() < 1 << 53 => {
                    return Some(Value::Float(a as f64 / b as f64));
                }
                _ => return None,
            }))
        }
        (Value::Real(a), Value::Real(b)) => float_binary(op, a.get(), b.get()),
        (Value::Real(a), Value::Int(b)) if b.unsigned_abs() < 1 << 53 => float_binary(op, a.get(), *b as f64),
        (Value::Int(a), Value::Real(b)) if a.unsigned_abs() < 1 << 53 => float_binary(op, *a as f64, b.get()),
        _ => None,
    }
}

#[inline]
fn float_binary(op: BinaryOp, a: f64, b: f64) -> Option<Value> {
    Some(Value::Float(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div if b != 0.0 => a / b,
        _ => return None,
    }))
}

/// Comparisons that need no object's own opinion.
#[inline(always)]
pub(super) fn fast_compare(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    match op {
        CompareOp::Is => return Some(left.is(right)),
        CompareOp::IsNot => return Some(!left.is(right)),
        CompareOp::In | CompareOp::NotIn => return None,
        _ => {}
    }
    let order = match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => {
            let (a, b) = (a.get(), b.get());
            return Some(match op {
                CompareOp::Eq => a == b,
                CompareOp::NotEq => a != b,
                CompareOp::Lt => a < b,
                CompareOp::LtE => a <= b,
                CompareOp::Gt => a > b,
                _ => a >= b,
            });
        }
        (Value::Str(a), Value::Str(b)) => match op {
            CompareOp::Eq => return Some(a == b),
            CompareOp::NotEq => return Some(a != b),
            _ => a.as_str().cmp(b.as_str()),
        },
        _ => return None,
    };
    Some(match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::NotEq => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::LtE => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
}
