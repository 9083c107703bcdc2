//! Truth, equality and ordering.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use crate::python::object::{PyResult, Str, Value, simple_eq};
use crate::python::types::descriptor::Property;
use crate::python::vm::Vm;

/// A rich comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
    }

    /// The comparison that the other operand is asked.
    #[must_use]
    pub fn reflected(self) -> Self {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }

    /// Whether an order satisfies it.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Eq => order.is_eq(),
            CompareOp::Ne => order.is_ne(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::Ge => order.is_ge(),
        }
    }

    fn method(self, vm: &Vm) -> Str {
        let names = &vm.names;
        match self {
            CompareOp::Lt => &names.lt,
            CompareOp::Le => &names.le,
            CompareOp::Eq => &names.eq,
            CompareOp::Ne => &names.ne,
            CompareOp::Gt => &names.gt,
            CompareOp::Ge => &names.ge,
        }
        .clone()
    }
}

/// The order of two real numbers; `None` where one is NaN. The outer `None` says that one is no number.
pub fn compare_numbers(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    fn big(value: &Value) -> Option<BigInt> {
        value.as_bigint()
    }
    Some(match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Real(a), Value::Real(b)) => a.get().partial_cmp(&b.get()),
        (Value::Real(a), other) => compare_float(a.get(), &big(other)?),
        (other, Value::Real(b)) => compare_float(b.get(), &big(other)?).map(Ordering::reverse),
        (Value::Int(_) | Value::Truth(_) | Value::BigInt(_), Value::Int(_) | Value::Truth(_) | Value::BigInt(_)) => {
            match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => Some(big(a)?.cmp(&big(b)?)),
            }
        }
        _ => return None,
    })
}

fn compare_float(float: f64, integer: &BigInt) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    if let Some(small) = integer.to_i64()
        && small.unsigned_abs() <= 1 << 53
    {
        return float.partial_cmp(&(small as f64));
    }
    let whole = BigInt::from_f64(float.trunc())?;
    Some(whole.cmp(integer).then_with(|| float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

impl Vm {
    /// `bool(value)`
    pub fn truth(&mut self, value: &Value) -> PyResult<bool> {
        Ok(match value {
            Value::Truth(truth) => truth.get(),
            Value::None | Value::Unset => false,
            Value::Int(number) => *number != 0,
            Value::Real(number) => number.get() != 0.0,
            Value::Complex(parts) => parts.0 != 0.0 || parts.1 != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(data) => !data.is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Dict(dict) => !dict.is_empty(),
            Value::Set(set) | Value::FrozenSet(set) => !set.is_empty(),
            Value::Range(range) => self.range_len(range) != BigInt::from(0),
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(value);
                if let Some(found) = class.lookup(&self.names.bool) {
                    let bound = self.bind(&found, value, &class)?;
                    return match self.call(&bound, ())? {
                        Value::Truth(truth) => Ok(truth.get()),
                        other => {
                            let given = self.type_name(&other);
                            Err(self.type_error(format!("__bool__ should return bool, returned {given}")))
                        }
                    };
                }
                if class.lookup(&self.names.len).is_some() {
                    return Ok(self.len(value)? != 0);
                }
                true
            }
            _ => true,
        })
    }

    /// `a == b`, as a truth; identical objects are equal without being asked, as in containers.
    pub fn eq(&mut self, a: &Value, b: &Value) -> PyResult<bool> {
        if a.is(b) {
            return Ok(true);
        }
        if let Some(equal) = simple_eq(a, b) {
            return Ok(equal);
        }
        let result = self.compare(CompareOp::Eq, a, b)?;
        self.truth(&result)
    }

    /// `a op b`, as a truth.
    pub fn compare_truth(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult<bool> {
        match self.compare(op, a, b)? {
            Value::Truth(truth) => Ok(truth.get()),
            other => self.truth(&other),
        }
    }

    /// `a op b`
    pub fn compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult {
        let simple =
            !matches!(a, Value::Instance(_) | Value::Class(_)) && !matches!(b, Value::Instance(_) | Value::Class(_));
        if simple {
            if let Some(result) = self.native_compare(op, a, b)? {
                return Ok(Value::Bool(result));
            }
            return self.compare_fallback(op, a, b);
        }
        self.nested(" in comparison", |vm| vm.compare_objects(op, a, b))
    }

    fn compare_objects(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult {
        let (class_a, class_b) = (self.class_of(a), self.class_of(b));
        let reflected = op.reflected();
        let swap = !std::rc::Rc::ptr_eq(&class_a, &class_b) && class_b.derives_from(&class_a);
        if swap {
            let result = self.ask(reflected, b, a)?;
            if !matches!(result, Value::NotImplemented) {
                return Ok(result);
            }
        }
        let result = self.ask(op, a, b)?;
        if !matches!(result, Value::NotImplemented) {
            return Ok(result);
        }
        if !swap {
            let result = self.ask(reflected, b, a)?;
            if !matches!(result, Value::NotImplemented) {
                return Ok(result);
            }
        }
        self.compare_fallback(op, a, b)
    }

    /// One operand's own answer to a comparison, perhaps `NotImplemented`.
    pub fn ask(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult {
        if !matches!(a, Value::Instance(_) | Value::Class(_)) {
            return Ok(self.native_compare(op, a, b.plain())?.map_or(Value::NotImplemented, Value::Bool));
        }
        let class = self.class_of(a);
        let name = op.method(self);
        if let Some(found) = class.lookup(&name) {
            if let Value::Native(native) = &found {
                return self.call_native(native, crate::python::object::Args::new([a.clone(), b.clone()]));
            }
            let bound = self.bind(&found, a, &class)?;
            return self.call(&bound, [b.clone()]);
        }
        Ok(Value::NotImplemented)
    }

    /// `object.__eq__` and its like: identity for equality, the opposite of `__eq__` for `!=`, else `NotImplemented`.
    pub fn default_compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult {
        match op {
            CompareOp::Eq if a.is(b) => Ok(Value::Bool(true)),
            CompareOp::Ne => match self.ask(CompareOp::Eq, a, b)? {
                Value::NotImplemented => Ok(Value::NotImplemented),
                equal => Ok(Value::Bool(!self.truth(&equal)?)),
            },
            _ => Ok(Value::NotImplemented),
        }
    }

    fn compare_fallback(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult {
        match op {
            CompareOp::Eq => Ok(Value::Bool(a.is(b))),
            CompareOp::Ne => Ok(Value::Bool(!a.is(b))),
            _ => {
                let (left, right) = (self.type_name(a), self.type_name(b));
                let symbol = op.symbol();
                Err(self.type_error(format!("'{symbol}' not supported between instances of '{left}' and '{right}'")))
            }
        }
    }

    /// The comparison of two plain builtin values; `None` stands for `NotImplemented`.
    pub fn native_compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> PyResult<Option<bool>> {
        if let Some(order) = compare_numbers(a, b) {
            return Ok(Some(match order {
                Some(order) => op.holds(order),
                None => op == CompareOp::Ne,
            }));
        }
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => {
                if equality {
                    return Ok(Some((a == b) == (op == CompareOp::Eq)));
                }
                Ok(Some(op.holds(a.as_str().cmp(b.as_str()))))
            }
            (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(op.holds(a[..].cmp(&b[..])))),
            (Value::Tuple(x), Value::Tuple(y)) => {
                let (x, y) = (x.clone(), y.clone());
                self.nested(" in comparison", |vm| {
                    vm.compare_items(op, &|at| x.get(at).cloned(), &|at| y.get(at).cloned())
                })
            }
            (Value::List(x), Value::List(y)) => {
                if equality && x.len() != y.len() {
                    return Ok(Some(op == CompareOp::Ne));
                }
                let (x, y) = (x.clone(), y.clone());
                self.nested(" in comparison", |vm| vm.compare_items(op, &|at| x.get(at), &|at| y.get(at)))
            }
            (Value::Dict(x), Value::Dict(y)) if equality => {
                let (x, y) = (x.clone(), y.clone());
                let equal = self.nested(" in comparison", |vm| vm.dicts_equal(&x, &y))?;
                Ok(Some(equal == (op == CompareOp::Eq)))
            }
            (Value::Set(x) | Value::FrozenSet(x), Value::Set(y) | Value::FrozenSet(y)) => {
                let (x, y) = (x.clone(), y.clone());
                let (small, large, strict) = match op {
                    CompareOp::Eq | CompareOp::Ne => {
                        if x.len() != y.len() {
                            return Ok(Some(op == CompareOp::Ne));
                        }
                        (x, y, false)
                    }
                    CompareOp::Le => (x, y, false),
                    CompareOp::Lt => (x, y, true),
                    CompareOp::Ge => (y, x, false),
                    CompareOp::Gt => (y, x, true),
                };
                let mut within = small.len() <= large.len() && !(strict && small.len() == large.len());
                if within {
                    for (hash, item) in small.hashed_items() {
                        self.tick()?;
                        if !large.contains_hashed(self, hash, &item)? {
                            within = false;
                            break;
                        }
                    }
                }
                Ok(Some(within != (op == CompareOp::Ne)))
            }
            (Value::Range(x), Value::Range(y)) if equality => {
                let (count, other) = (self.range_len(x), self.range_len(y));
                let zero = BigInt::from(0);
                let one = BigInt::from(1);
                let equal = count == other
                    && (count == zero
                        || (simple_eq(&x.start, &y.start) == Some(true)
                            && (count == one || simple_eq(&x.step, &y.step) == Some(true))));
                Ok(Some(equal == (op == CompareOp::Eq)))
            }
            (Value::Slice(x), Value::Slice(y)) => {
                let x = Value::tuple([x.start.clone(), x.stop.clone(), x.step.clone()]);
                let y = Value::tuple([y.start.clone(), y.stop.clone(), y.step.clone()]);
                self.native_compare(op, &x, &y)
            }
            (Value::Complex(x), y) if equality => Ok(complex_equal(**x, y).map(|equal| equal == (op == CompareOp::Eq))),
            (x, Value::Complex(y)) if equality => Ok(complex_equal(**y, x).map(|equal| equal == (op == CompareOp::Eq))),
            (Value::BoundMethod(x), Value::BoundMethod(y)) if equality => {
                let equal = x.receiver.is(&y.receiver) && x.function.is(&y.function);
                Ok(Some(equal == (op == CompareOp::Eq)))
            }
            _ => Ok(None),
        }
    }

    fn compare_items(
        &mut self,
        op: CompareOp,
        x: &dyn Fn(usize) -> Option<Value>,
        y: &dyn Fn(usize) -> Option<Value>,
    ) -> PyResult<Option<bool>> {
        let mut at = 0;
        loop {
            self.tick()?;
            match (x(at), y(at)) {
                (Some(left), Some(right)) => {
                    if !self.eq(&left, &right)? {
                        return match op {
                            CompareOp::Eq => Ok(Some(false)),
                            CompareOp::Ne => Ok(Some(true)),
                            _ => self.compare_truth(op, &left, &right).map(Some),
                        };
                    }
                }
                (left, right) => return Ok(Some(op.holds(left.is_some().cmp(&right.is_some())))),
            }
            at += 1;
        }
    }

    fn dicts_equal(&mut self, x: &crate::python::object::Dict, y: &crate::python::object::Dict) -> PyResult<bool> {
        if x.len() != y.len() {
            return Ok(false);
        }
        let mut at = 0;
        while let Some((key, value, next)) = x.entry_from(at) {
            self.tick()?;
            at = next;
            match y.get(self, &key)? {
                Some(other) if self.eq(&value, &other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// `len(value)`
    pub fn len(&mut self, value: &Value) -> PyResult<usize> {
        match value {
            Value::Str(text) => Ok(text.len()),
            Value::Bytes(data) => Ok(data.len()),
            Value::Tuple(items) => Ok(items.len()),
            Value::List(items) => Ok(items.len()),
            Value::Dict(dict) => Ok(dict.len()),
            Value::Set(set) | Value::FrozenSet(set) => Ok(set.len()),
            Value::Range(range) => {
                let count = self.range_len(range);
                match count.to_i64() {
                    Some(count) => Ok(count as usize),
                    None => Err(self.raise(
                        crate::python::exceptions::Kind::OverflowError,
                        "Python int too large to convert to C ssize_t",
                    )),
                }
            }
            _ => {
                let name = self.names.len.clone();
                match self.call_special(value, &name, &[])? {
                    Some(count) => match count.plain() {
                        Value::Int(count) if *count >= 0 => Ok(*count as usize),
                        Value::Truth(truth) => Ok(usize::from(*truth)),
                        Value::Int(_) => Err(self.value_error("__len__() should return >= 0")),
                        Value::BigInt(_) => Err(self.raise(
                            crate::python::exceptions::Kind::OverflowError,
                            "cannot fit 'int' into an index-sized integer",
                        )),
                        other => {
                            let given = self.type_name(other);
                            Err(self.type_error(format!("'{given}' object cannot be interpreted as an integer")))
                        }
                    },
                    None => {
                        let given = self.type_name(value);
                        Err(self.type_error(format!("object of type '{given}' has no len()")))
                    }
                }
            }
        }
    }

    /// Whether an attribute value is a property: a hint for hosts that walk a namespace.
    pub fn is_property(&self, value: &Value) -> bool {
        value.payload::<Property>().is_some()
    }
}

fn complex_equal(complex: (f64, f64), other: &Value) -> Option<bool> {
    match other {
        Value::Complex(other) => Some(complex == **other),
        _ => {
            let order = compare_numbers(&Value::Float(complex.0), other)?;
            Some(complex.1 == 0.0 && order == Some(Ordering::Equal))
        }
    }
}
