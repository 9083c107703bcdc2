//! Operators: arithmetic, bits, and what sequences and sets make of the same signs.

use std::rc::Rc;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

use crate::python::exceptions::Kind;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, Instance, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

/// No integer may have more bits.
const MOST_BITS: u64 = 1 << 26;

impl BinaryOp {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::MatMul => "@",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "**",
            BinaryOp::LShift => "<<",
            BinaryOp::RShift => ">>",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::BitAnd => "&",
            BinaryOp::FloorDiv => "//",
        }
    }

    /// The names of its method, the reflected one and the in-place one.
    pub fn methods(self, vm: &Vm) -> (&Str, &Str, &Str) {
        let n = &vm.names;
        match self {
            BinaryOp::Add => (&n.add, &n.radd, &n.iadd),
            BinaryOp::Sub => (&n.sub, &n.rsub, &n.isub),
            BinaryOp::Mul => (&n.mul, &n.rmul, &n.imul),
            BinaryOp::MatMul => (&n.matmul, &n.rmatmul, &n.imatmul),
            BinaryOp::Div => (&n.truediv, &n.rtruediv, &n.itruediv),
            BinaryOp::Mod => (&n.mod_, &n.rmod, &n.imod),
            BinaryOp::Pow => (&n.pow, &n.rpow, &n.ipow),
            BinaryOp::LShift => (&n.lshift, &n.rlshift, &n.ilshift),
            BinaryOp::RShift => (&n.rshift, &n.rrshift, &n.irshift),
            BinaryOp::BitOr => (&n.or, &n.ror, &n.ior),
            BinaryOp::BitXor => (&n.xor, &n.rxor, &n.ixor),
            BinaryOp::BitAnd => (&n.and, &n.rand, &n.iand),
            BinaryOp::FloorDiv => (&n.floordiv, &n.rfloordiv, &n.ifloordiv),
        }
    }
}

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Instance(_) | Value::Class(_))
}

impl Vm {
    /// `a op b`
    pub fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> PyResult {
        if !is_object(a) && !is_object(b) {
            if let Some(result) = self.binary_native(op, a, b)? {
                return Ok(result);
            }
            return Err(self.unsupported_operands(op, "", a, b));
        }
        match self.binary_objects(op, a, b)? {
            Value::NotImplemented => Err(self.unsupported_operands(op, "", a, b)),
            result => Ok(result),
        }
    }

    fn binary_objects(&mut self, op: BinaryOp, a: &Value, b: &Value) -> PyResult {
        let (name, reflected) = {
            let (name, reflected, _) = op.methods(self);
            (name.clone(), reflected.clone())
        };
        let (class_a, class_b) = (self.class_of(a), self.class_of(b));
        let same = Rc::ptr_eq(&class_a, &class_b);
        let mut asked = false;
        if !same && class_b.derives_from(&class_a) {
            let own = class_b.lookup(&reflected);
            let inherited = class_a.lookup(&reflected);
            let overrides = match (&own, &inherited) {
                (Some(own), Some(inherited)) => !own.is(inherited),
                (Some(_), None) => true,
                _ => false,
            };
            if overrides {
                asked = true;
                let result = self.ask_operand(op, b, &reflected, a, true)?;
                if !matches!(result, Value::NotImplemented) {
                    return Ok(result);
                }
            }
        }
        let result = self.ask_operand(op, a, &name, b, false)?;
        if !matches!(result, Value::NotImplemented) || same || asked {
            return Ok(result);
        }
        self.ask_operand(op, b, &reflected, a, true)
    }

    fn ask_operand(&mut self, op: BinaryOp, asked: &Value, method: &Str, other: &Value, reflected: bool) -> PyResult {
        if !is_object(asked) {
            let result = if reflected {
                self.binary_native(op, other.plain(), asked)?
            } else {
                // `%` shows its argument through the argument's own methods.
                let formats = op == BinaryOp::Mod && matches!(asked, Value::Str(_) | Value::Bytes(_));
                self.binary_native(op, asked, if formats { other } else { other.plain() })?
            };
            return Ok(result.unwrap_or(Value::NotImplemented));
        }
        let class = self.class_of(asked);
        match class.lookup(method) {
            None | Some(Value::None) => Ok(Value::NotImplemented),
            Some(found @ (Value::Function(_) | Value::Native(_))) => {
                self.call_args(&found, Args::new([asked.clone(), other.clone()]))
            }
            Some(found) => {
                let bound = self.bind(&found, asked, &class)?;
                self.call(&bound, [other.clone()])
            }
        }
    }

    /// `a op= b`: what the name is to be bound to then.
    pub fn in_place(&mut self, op: BinaryOp, a: &Value, b: &Value) -> PyResult {
        match (op, a) {
            (BinaryOp::Add, Value::List(list)) => {
                let items = match b {
                    Value::List(other) => other.to_vec(),
                    _ => self.list_from(b)?,
                };
                self.claim(items.len() * 16)?;
                list.borrow_mut().extend(items);
                return Ok(a.clone());
            }
            (BinaryOp::Mul, Value::List(list)) => {
                if let Some(count) = self.repeat_count(b)? {
                    let items = list.to_vec();
                    let repeated = self.repeat_items(&items, count)?;
                    *list.borrow_mut() = repeated;
                    return Ok(a.clone());
                }
            }
            (BinaryOp::BitOr, Value::Dict(dict)) => {
                let dict = dict.clone();
                self.dict_update(&dict, b)?;
                return Ok(a.clone());
            }
            (BinaryOp::BitOr | BinaryOp::BitAnd | BinaryOp::Sub | BinaryOp::BitXor, Value::Set(_))
                if b.as_set().is_some() =>
            {
                let name = match op {
                    BinaryOp::BitOr => "update",
                    BinaryOp::BitAnd => "intersection_update",
                    BinaryOp::Sub => "difference_update",
                    _ => "symmetric_difference_update",
                };
                self.call_method(a, name, [b.clone()])?;
                return Ok(a.clone());
            }
            (_, Value::Instance(_) | Value::Class(_)) => {
                let name = op.methods(self).2.clone();
                let class = self.class_of(a);
                if let Some(found) = class.lookup(&name)
                    && !found.is_none()
                {
                    let bound = self.bind(&found, a, &class)?;
                    let result = self.call(&bound, [b.clone()])?;
                    if !matches!(result, Value::NotImplemented) {
                        return Ok(result);
                    }
                }
            }
            _ => {}
        }
        if !is_object(a) && !is_object(b) {
            if let Some(result) = self.binary_native(op, a, b)? {
                return Ok(result);
            }
            return Err(self.unsupported_operands(op, "=", a, b));
        }
        match self.binary_objects(op, a, b)? {
            Value::NotImplemented => Err(self.unsupported_operands(op, "=", a, b)),
            result => Ok(result),
        }
    }

    /// The `TypeError` for operands that don't go together.
    fn unsupported_operands(&mut self, op: BinaryOp, suffix: &str, a: &Value, b: &Value) -> Raised {
        let (left, right) = (self.type_name(a), self.type_name(b));
        let text = match (op, a.plain(), b.plain()) {
            (BinaryOp::Add, Value::Str(_), _) => format!("can only concatenate str (not \"{right}\") to str"),
            (BinaryOp::Add, Value::List(_), _) => format!("can only concatenate list (not \"{right}\") to list"),
            (BinaryOp::Add, Value::Tuple(_), _) => format!("can only concatenate tuple (not \"{right}\") to tuple"),
            (BinaryOp::Add, Value::Bytes(_), _) => format!("can't concat {right} to bytes"),
            (BinaryOp::Mul, Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Bytes(_), _) => {
                format!("can't multiply sequence by non-int of type '{right}'")
            }
            (BinaryOp::Mul, _, Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Bytes(_)) => {
                format!("can't multiply sequence by non-int of type '{left}'")
            }
            (BinaryOp::Pow, ..) if suffix.is_empty() => {
                format!("unsupported operand type(s) for ** or pow(): '{left}' and '{right}'")
            }
            (BinaryOp::RShift, Value::Native(native), _) if &*native.name == "print" => format!(
                "unsupported operand type(s) for >>: '{left}' and '{right}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
            ),
            _ => format!("unsupported operand type(s) for {}{suffix}: '{left}' and '{right}'", op.sign()),
        };
        self.type_error(text)
    }

    /// The operator on two plain builtin values; `None` stands for `NotImplemented`.
    pub fn binary_native(&mut self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Option<Value>> {
        use Value::{BigInt as Big, Bytes, Complex, Dict, FrozenSet, Int, List, Real, Set, Str, Truth, Tuple};
        match (a, b) {
            (Int(a), Int(b)) => self.int_op(op, *a, *b).map(Some),
            (Real(a), Real(b)) => self.float_op(op, a.get(), b.get()),
            (Truth(a), Truth(b)) => match op {
                BinaryOp::BitAnd => Ok(Some(Value::Bool(a.get() & b.get()))),
                BinaryOp::BitOr => Ok(Some(Value::Bool(a.get() | b.get()))),
                BinaryOp::BitXor => Ok(Some(Value::Bool(a.get() ^ b.get()))),
                _ => self.int_op(op, i64::from(*a), i64::from(*b)).map(Some),
            },
            (Int(_) | Truth(_), Int(_) | Truth(_)) => {
                self.int_op(op, a.as_i64().unwrap_or(0), b.as_i64().unwrap_or(0)).map(Some)
            }
            (Int(_) | Truth(_) | Big(_), Int(_) | Truth(_) | Big(_)) => {
                let (a, b) = (a.as_bigint().unwrap_or_default(), b.as_bigint().unwrap_or_default());
                self.big_op(op, &a, &b).map(Some)
            }
            (Real(a), Int(_) | Truth(_) | Big(_)) => {
                let b = self.int_to_float(b)?;
                self.float_op(op, a.get(), b)
            }
            (Int(_) | Truth(_) | Big(_), Real(b)) => {
                let a = self.int_to_float(a)?;
                self.float_op(op, a, b.get())
            }
            (Complex(_), Int(_) | Truth(_) | Big(_) | Real(_) | Complex(_))
            | (Int(_) | Truth(_) | Big(_) | Real(_), Complex(_)) => {
                let (a, b) = (self.as_complex(a)?, self.as_complex(b)?);
                self.complex_op(op, a, b)
            }
            (Str(x), Str(y)) if op == BinaryOp::Add => {
                self.claim(x.len_bytes() + y.len_bytes())?;
                let mut text = String::with_capacity(x.len_bytes() + y.len_bytes());
                text.push_str(x);
                text.push_str(y);
                Ok(Some(Value::from(text)))
            }
            (Str(format), _) if op == BinaryOp::Mod => {
                self.percent_format(format, b).map(|text| Some(Value::from(text)))
            }
            (Bytes(format), _) if op == BinaryOp::Mod => {
                self.percent_format_bytes(format, b).map(|data| Some(Value::bytes(data)))
            }
            (Bytes(x), Bytes(y)) if op == BinaryOp::Add => {
                self.claim(x.len() + y.len())?;
                Ok(Some(Value::bytes([&x[..], &y[..]].concat())))
            }
            (List(x), List(y)) if op == BinaryOp::Add => {
                let mut items = x.to_vec();
                items.extend_from_slice(&y.borrow());
                self.claim(items.len() * 16)?;
                Ok(Some(Value::list(items)))
            }
            (Tuple(x), Tuple(y)) if op == BinaryOp::Add => {
                self.claim((x.len() + y.len()) * 16)?;
                Ok(Some(Value::tuple([&x[..], &y[..]].concat())))
            }
            (Str(_) | Bytes(_) | List(_) | Tuple(_), _) if op == BinaryOp::Mul => self.repeat(a, b),
            (_, Str(_) | Bytes(_) | List(_) | Tuple(_)) if op == BinaryOp::Mul => self.repeat(b, a),
            (Set(_) | FrozenSet(_), Set(_) | FrozenSet(_)) => self.set_op(op, a, b),
            (Dict(x), Dict(y)) if op == BinaryOp::BitOr => {
                let union = Rc::new(x.copy());
                let other = Value::Dict(y.clone());
                self.dict_update(&union, &other)?;
                Ok(Some(Value::Dict(union)))
            }
            _ => Ok(None),
        }
    }

    fn set_op(&mut self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Option<Value>> {
        let (Some(x), Some(y)) = (a.as_set().cloned(), b.as_set().cloned()) else { return Ok(None) };
        let result = match op {
            BinaryOp::BitOr => {
                let result = x.copy();
                result.make_room(y.len());
                for (hash, item) in y.hashed_items() {
                    self.tick()?;
                    result.add_hashed(self, hash, item)?;
                }
                result
            }
            BinaryOp::BitAnd => {
                let result = crate::python::object::Set::new();
                let (small, large) = if x.len() < y.len() { (x, y) } else { (y, x) };
                for (hash, item) in small.hashed_items() {
                    self.tick()?;
                    if large.contains_hashed(self, hash, &item)? {
                        result.add_hashed(self, hash, item)?;
                    }
                }
                result
            }
            BinaryOp::Sub if x.len() >> 2 > y.len() => {
                let result = x.copy();
                for item in y.items() {
                    self.tick()?;
                    result.discard(self, &item)?;
                }
                result
            }
            BinaryOp::Sub => {
                let result = crate::python::object::Set::new();
                for (hash, item) in x.hashed_items() {
                    self.tick()?;
                    if !y.contains_hashed(self, hash, &item)? {
                        result.add_hashed(self, hash, item)?;
                    }
                }
                result
            }
            BinaryOp::BitXor => {
                // As CPython: a copy of the right set, in which each of the left's elements is switched.
                let result = y.copy();
                for (hash, item) in x.hashed_items() {
                    self.tick()?;
                    if result.contains_hashed(self, hash, &item)? {
                        result.discard(self, &item)?;
                    } else {
                        result.add_hashed(self, hash, item)?;
                    }
                }
                result
            }
            _ => return Ok(None),
        };
        let result = Rc::new(result);
        Ok(Some(if matches!(a, Value::FrozenSet(_)) { Value::FrozenSet(result) } else { Value::Set(result) }))
    }

    /// How often to repeat a sequence: the integer, `None` where it is none.
    fn repeat_count(&mut self, count: &Value) -> PyResult<Option<usize>> {
        match count.plain() {
            Value::Int(count) => Ok(Some(usize::try_from(*count).unwrap_or(0))),
            Value::Truth(truth) => Ok(Some(usize::from(*truth))),
            Value::BigInt(count) if count.is_negative() => Ok(Some(0)),
            Value::BigInt(_) => Err(self.raise(Kind::OverflowError, "cannot fit 'int' into an index-sized integer")),
            Value::Instance(_) => match self.index_opt(count)? {
                Some(index) => self.repeat_count(&index),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn repeat_items(&mut self, items: &[Value], count: usize) -> PyResult<Vec<Value>> {
        self.claim(items.len().saturating_mul(count).saturating_mul(16))?;
        let mut out = Vec::with_capacity(items.len() * count);
        for _ in 0..count {
            out.extend_from_slice(items);
        }
        Ok(out)
    }

    fn repeat(&mut self, sequence: &Value, count: &Value) -> PyResult<Option<Value>> {
        let Some(count) = self.repeat_count(count)? else { return Ok(None) };
        Ok(Some(match sequence {
            Value::Str(text) => {
                self.claim(text.len_bytes().saturating_mul(count))?;
                Value::from(text.repeat(count))
            }
            Value::Bytes(data) => {
                self.claim(data.len().saturating_mul(count))?;
                Value::bytes(data.repeat(count))
            }
            Value::List(list) => {
                let items = list.to_vec();
                Value::list(self.repeat_items(&items, count)?)
            }
            Value::Tuple(tuple) => Value::tuple(self.repeat_items(tuple, count)?),
            _ => return Ok(None),
        }))
    }

    fn int_op(&mut self, op: BinaryOp, a: i64, b: i64) -> PyResult {
        let small = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Sub => a.checked_sub(b),
            BinaryOp::Mul => a.checked_mul(b),
            BinaryOp::FloorDiv | BinaryOp::Mod if b == 0 => return Err(self.zero_division(op)),
            BinaryOp::FloorDiv if a != i64::MIN => Some(Integer::div_floor(&a, &b)),
            BinaryOp::Mod if a != i64::MIN => Some(Integer::mod_floor(&a, &b)),
            BinaryOp::BitAnd => Some(a & b),
            BinaryOp::BitOr => Some(a | b),
            BinaryOp::BitXor => Some(a ^ b),
            BinaryOp::Div => {
                if b == 0 {
                    return Err(self.raise(Kind::ZeroDivisionError, "division by zero"));
                }
                if a.unsigned_abs() <= 1 << 53 && b.unsigned_abs() <= 1 << 53 {
                    return Ok(Value::Float(a as f64 / b as f64));
                }
                None
            }
            BinaryOp::Pow if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            BinaryOp::LShift if (0..64).contains(&b) => {
                let shifted = i128::from(a) << b;
                i64::try_from(shifted).ok()
            }
            BinaryOp::RShift if b >= 0 => Some(a >> b.min(63)),
            _ => None,
        };
        match small {
            Some(result) => Ok(Value::Int(result)),
            None => self.big_op(op, &BigInt::from(a), &BigInt::from(b)),
        }
    }

    fn zero_division(&mut self, op: BinaryOp) -> Raised {
        let text = match op {
            BinaryOp::Mod => "integer modulo by zero",
            BinaryOp::FloorDiv => "integer division or modulo by zero",
            _ => "division by zero",
        };
        self.raise(Kind::ZeroDivisionError, text)
    }

    /// An operator on integers of any size.
    pub fn big_op(&mut self, op: BinaryOp, a: &BigInt, b: &BigInt) -> PyResult {
        Ok(Value::int(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => {
                self.check_bits(a.bits() + b.bits())?;
                self.spend_on_product(a.bits(), b.bits())?;
                a * b
            }
            BinaryOp::FloorDiv | BinaryOp::Mod | BinaryOp::Div if b.is_zero() => return Err(self.zero_division(op)),
            BinaryOp::FloorDiv => {
                self.spend_on_quotient(a, b)?;
                a.div_floor(b)
            }
            BinaryOp::Mod => {
                self.spend_on_quotient(a, b)?;
                a.mod_floor(b)
            }
            BinaryOp::BitAnd => a & b,
            BinaryOp::BitOr => a | b,
            BinaryOp::BitXor => a ^ b,
            BinaryOp::Div => return self.big_true_division(a, b).map(Value::Float),
            BinaryOp::Pow => {
                if b.is_negative() {
                    let (a, b) = (self.big_to_float(a)?, self.big_to_float(b)?);
                    return self.float_pow(a, b);
                }
                if a.is_zero() || a.magnitude() == &num_bigint::BigUint::from(1u8) {
                    let odd = b.bit(0);
                    return Ok(Value::int(if b.is_zero() || !odd && !a.is_zero() {
                        BigInt::from(1)
                    } else {
                        a.clone()
                    }));
                }
                let exponent = b.to_u32();
                self.check_bits(a.bits().saturating_sub(1).saturating_mul(u64::from(exponent.unwrap_or(u32::MAX))))?;
                let bits = a.bits().saturating_mul(u64::from(exponent.unwrap_or(0)));
                self.spend_on_product(bits / 2, bits / 2)?;
                a.pow(exponent.unwrap_or(0))
            }
            BinaryOp::LShift | BinaryOp::RShift => {
                if b.is_negative() {
                    return Err(self.value_error("negative shift count"));
                }
                if op == BinaryOp::RShift {
                    match b.to_u64() {
                        Some(count) if count <= a.bits() => a >> count,
                        _ => BigInt::from(if a.is_negative() { -1 } else { 0 }),
                    }
                } else if a.is_zero() {
                    BigInt::zero()
                } else {
                    let Some(count) = b.to_u64() else {
                        return Err(self.raise(Kind::OverflowError, "too many digits in integer"));
                    };
                    self.check_bits(a.bits().saturating_add(count))?;
                    a << count
                }
            }
            BinaryOp::MatMul => {
                return Err(self.type_error("unsupported operand type(s) for @: 'int' and 'int'"));
            }
        }))
    }

    /// Fails where an integer would be larger than the engine computes with.
    pub fn check_bits(&mut self, bits: u64) -> PyResult<()> {
        if bits > MOST_BITS {
            return Err(self.fatal(crate::python::object::Fatal::Memory));
        }
        if bits > 1 << 16 { self.claim((bits / 8) as usize) } else { Ok(()) }
    }

    /// Counts the steps of multiplying integers of so many bits.
    pub(crate) fn spend_on_product(&mut self, a: u64, b: u64) -> PyResult<()> {
        let (small, large) = (a.min(b) / 64, a.max(b) / 64);
        if large < 64 {
            return Ok(());
        }
        // Long numbers are multiplied faster than digit by digit.
        self.spend(large.saturating_mul(small.isqrt() + 1) / 4)
    }

    /// Counts the steps of a division, which goes digit by digit.
    pub(crate) fn spend_on_quotient(&mut self, a: &BigInt, b: &BigInt) -> PyResult<()> {
        let (a, b) = (a.bits() / 64, b.bits() / 64);
        if a < 64 {
            return Ok(());
        }
        self.spend(a.saturating_sub(b).saturating_mul(b) / 16 + a / 16)
    }

    fn big_true_division(&mut self, a: &BigInt, b: &BigInt) -> PyResult<f64> {
        if a.is_zero() {
            return Ok(if b.is_negative() { -0.0 } else { 0.0 });
        }
        // Bring the quotient to 66 bits or more with a sticky last bit, so that the one rounding is right.
        let shift = 66 - (a.bits() as i64 - b.bits() as i64);
        let (x, y) = (BigInt::from(a.magnitude().clone()), BigInt::from(b.magnitude().clone()));
        let (numerator, denominator) = if shift >= 0 { (x << shift as u64, y) } else { (x, y << (-shift) as u64) };
        self.spend_on_quotient(&numerator, &denominator)?;
        let (mut quotient, rest) = numerator.div_rem(&denominator);
        if !rest.is_zero() {
            quotient |= BigInt::from(1);
        }
        let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
        match scale_float(&quotient, -shift) {
            Some(result) => Ok(if negative { -result } else { result }),
            None => Err(self.raise(Kind::OverflowError, "integer division result too large for a float")),
        }
    }

    /// An integer as a float, rounded to the nearest; too large is an `OverflowError`.
    pub fn int_to_float(&mut self, value: &Value) -> PyResult<f64> {
        match value.plain() {
            Value::Int(number) => Ok(*number as f64),
            Value::Truth(truth) => Ok(f64::from(u8::from(*truth))),
            Value::BigInt(number) => self.big_to_float(&number.clone()),
            _ => Ok(0.0),
        }
    }

    fn big_to_float(&mut self, number: &BigInt) -> PyResult<f64> {
        let shift = number.bits() as i64 - 66;
        let magnitude = BigInt::from(number.magnitude().clone());
        let result = if shift <= 0 {
            magnitude.to_f64()
        } else {
            let mut top = &magnitude >> shift as u64;
            if magnitude.trailing_zeros().is_some_and(|zeros| (zeros as i64) < shift) {
                top |= BigInt::from(1);
            }
            scale_float(&top, shift)
        };
        match result {
            Some(result) if result.is_finite() => Ok(if number.is_negative() { -result } else { result }),
            _ => Err(self.raise(Kind::OverflowError, "int too large to convert to float")),
        }
    }

    fn float_op(&mut self, op: BinaryOp, a: f64, b: f64) -> PyResult<Option<Value>> {
        Ok(Some(Value::Float(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => {
                if b == 0.0 {
                    return Err(self.raise(Kind::ZeroDivisionError, "float division by zero"));
                }
                a / b
            }
            BinaryOp::FloorDiv => {
                if b == 0.0 {
                    return Err(self.raise(Kind::ZeroDivisionError, "float floor division by zero"));
                }
                float_divmod(a, b).0
            }
            BinaryOp::Mod => {
                if b == 0.0 {
                    return Err(self.raise(Kind::ZeroDivisionError, "float modulo"));
                }
                float_divmod(a, b).1
            }
            BinaryOp::Pow => return self.float_pow(a, b).map(Some),
            _ => return Ok(None),
        })))
    }

    /// `a ** b` for floats.
    pub fn float_pow(&mut self, a: f64, b: f64) -> PyResult {
        if a == 0.0 && b < 0.0 {
            return Err(self.raise(Kind::ZeroDivisionError, "0.0 cannot be raised to a negative power"));
        }
        if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
            return self
                .complex_op(BinaryOp::Pow, (a, 0.0), (b, 0.0))
                .map(|result| result.unwrap_or(Value::NotImplemented));
        }
        let result = a.powf(b);
        if result.is_infinite() && a.is_finite() && b.is_finite() {
            let class = self.exceptions.get(Kind::OverflowError).clone();
            return Err(Raised(Instance::exception(
                class,
                vec![Value::Int(34), Value::from("Numerical result out of range")],
            )));
        }
        Ok(Value::Float(result))
    }

    fn as_complex(&mut self, value: &Value) -> PyResult<(f64, f64)> {
        Ok(match value {
            Value::Complex(parts) => **parts,
            Value::Real(number) => (number.get(), 0.0),
            other => (self.int_to_float(other)?, 0.0),
        })
    }

    fn complex_op(&mut self, op: BinaryOp, a: (f64, f64), b: (f64, f64)) -> PyResult<Option<Value>> {
        let result = match op {
            BinaryOp::Add => (a.0 + b.0, a.1 + b.1),
            BinaryOp::Sub => (a.0 - b.0, a.1 - b.1),
            BinaryOp::Mul => complex_mul(a, b),
            BinaryOp::Div => match complex_div(a, b) {
                Some(result) => result,
                None => return Err(self.raise(Kind::ZeroDivisionError, "complex division by zero")),
            },
            BinaryOp::Pow => {
                if b == (0.0, 0.0) {
                    (1.0, 0.0)
                } else if a == (0.0, 0.0) {
                    if b.1 != 0.0 || b.0 < 0.0 {
                        return Err(self.raise(Kind::ZeroDivisionError, "0.0 to a negative or complex power"));
                    }
                    (0.0, 0.0)
                } else if b.1 == 0.0 && b.0.fract() == 0.0 && b.0.abs() <= 100.0 {
                    let mut power = (1.0, 0.0);
                    let mut base = a;
                    let mut left = b.0.abs() as u32;
                    while left > 0 {
                        if left & 1 == 1 {
                            power = complex_mul(power, base);
                        }
                        base = complex_mul(base, base);
                        left >>= 1;
                    }
                    if b.0 < 0.0 { complex_div((1.0, 0.0), power).unwrap_or((f64::NAN, f64::NAN)) } else { power }
                } else {
                    let length = a.0.hypot(a.1);
                    let angle = a.1.atan2(a.0);
                    let mut size = length.powf(b.0);
                    let mut turn = angle * b.0;
                    if b.1 != 0.0 {
                        size *= (-angle * b.1).exp();
                        turn += b.1 * length.ln();
                    }
                    (size * turn.cos(), size * turn.sin())
                }
            }
            BinaryOp::FloorDiv | BinaryOp::Mod | BinaryOp::MatMul => return Ok(None),
            _ => return Ok(None),
        };
        Ok(Some(Value::Complex(Rc::new(result))))
    }

    /// `-value`
    pub fn negative(&mut self, value: &Value) -> PyResult {
        match value {
            Value::Int(number) => {
                Ok(number.checked_neg().map_or_else(|| Value::int(-BigInt::from(*number)), Value::Int))
            }
            Value::Truth(truth) => Ok(Value::Int(-i64::from(*truth))),
            Value::BigInt(number) => Ok(Value::int(-&**number)),
            Value::Real(number) => Ok(Value::Float(-number.get())),
            Value::Complex(parts) => Ok(Value::Complex(Rc::new((-parts.0, -parts.1)))),
            _ => {
                let name = self.names.neg.clone();
                self.unary(value, &name, "-")
            }
        }
    }

    /// `+value`
    pub fn positive(&mut self, value: &Value) -> PyResult {
        match value {
            Value::Truth(truth) => Ok(Value::Int(i64::from(*truth))),
            Value::Int(_) | Value::BigInt(_) | Value::Real(_) | Value::Complex(_) => Ok(value.clone()),
            _ => {
                let name = self.names.pos.clone();
                self.unary(value, &name, "+")
            }
        }
    }

    /// `~value`
    pub fn invert(&mut self, value: &Value) -> PyResult {
        match value {
            Value::Int(number) => Ok(Value::Int(!number)),
            Value::Truth(truth) => Ok(Value::Int(!i64::from(*truth))),
            Value::BigInt(number) => Ok(Value::int(!&**number)),
            _ => {
                let name = self.names.invert.clone();
                self.unary(value, &name, "~")
            }
        }
    }

    /// `abs(value)`
    pub fn absolute(&mut self, value: &Value) -> PyResult {
        match value {
            Value::Int(number) => {
                Ok(number.checked_abs().map_or_else(|| Value::int(BigInt::from(*number).abs()), Value::Int))
            }
            Value::Truth(truth) => Ok(Value::Int(i64::from(*truth))),
            Value::BigInt(number) => Ok(Value::int(number.abs())),
            Value::Real(number) => Ok(Value::Float(number.get().abs())),
            Value::Complex(parts) => Ok(Value::Float(parts.0.hypot(parts.1))),
            _ => {
                let name = self.names.abs.clone();
                match self.call_special(value, &name, &[])? {
                    Some(result) => Ok(result),
                    None => {
                        let given = self.type_name(value);
                        Err(self.type_error(format!("bad operand type for abs(): '{given}'")))
                    }
                }
            }
        }
    }

    fn unary(&mut self, value: &Value, name: &Str, sign: &str) -> PyResult {
        match self.call_special(value, name, &[])? {
            Some(result) => Ok(result),
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("bad operand type for unary {sign}: '{given}'")))
            }
        }
    }

    /// An integer from an `int` or what has `__index__`; `None` for anything else.
    pub fn index_opt(&mut self, value: &Value) -> PyResult<Option<Value>> {
        match value.plain() {
            Value::Truth(truth) => return Ok(Some(Value::Int(i64::from(*truth)))),
            plain @ (Value::Int(_) | Value::BigInt(_)) => return Ok(Some(plain.clone())),
            Value::Instance(_) => {}
            _ => return Ok(None),
        }
        let name = self.names.index.clone();
        match self.call_special(value, &name, &[])? {
            None => Ok(None),
            Some(made) => match made.plain() {
                Value::Truth(truth) => Ok(Some(Value::Int(i64::from(*truth)))),
                plain @ (Value::Int(_) | Value::BigInt(_)) => Ok(Some(plain.clone())),
                other => {
                    let given = self.type_name(other);
                    Err(self.type_error(format!("__index__ returned non-int (type {given})")))
                }
            },
        }
    }

    /// An integer from an `int` or what has `__index__`, or CPython's `TypeError`.
    pub fn index(&mut self, value: &Value) -> PyResult {
        match self.index_opt(value)? {
            Some(index) => Ok(index),
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("'{given}' object cannot be interpreted as an integer")))
            }
        }
    }

    /// The same as an `i64`; beyond that it is an `OverflowError`.
    pub fn index_i64(&mut self, value: &Value) -> PyResult<i64> {
        match self.index(value)? {
            Value::Int(index) => Ok(index),
            _ => Err(self.raise(Kind::OverflowError, "Python int too large to convert to C ssize_t")),
        }
    }

    /// The number as a float: an `int`, a `float`, or what has `__float__` or `__index__`.
    pub fn to_float(&mut self, value: &Value) -> PyResult<f64> {
        match value.plain() {
            Value::Real(number) => return Ok(number.get()),
            Value::Int(_) | Value::Truth(_) | Value::BigInt(_) => return self.int_to_float(value),
            _ => {}
        }
        let name = self.names.float.clone();
        if let Some(made) = self.call_special(value, &name, &[])? {
            return match made.plain() {
                Value::Real(number) => Ok(number.get()),
                other => {
                    let (kind, given) = (self.type_name(value), self.type_name(other));
                    Err(self.type_error(format!("{kind}.__float__ returned non-float (type {given})")))
                }
            };
        }
        match self.index_opt(value)? {
            Some(index) => self.int_to_float(&index),
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("must be real number, not {given}")))
            }
        }
    }
}

/// Python's floor division and modulo of floats, the divisor not zero.
pub fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut modulo = a % b;
    let mut quotient = (a - modulo) / b;
    if modulo == 0.0 {
        modulo = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (modulo < 0.0) {
        modulo += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(a / b), modulo);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, modulo)
}

/// A positive integer of at least 66 bits (the last one sticky) times a power of two, rounded once. `None` if too large.
fn scale_float(number: &BigInt, exponent: i64) -> Option<f64> {
    let bits = number.bits() as i64;
    let top = bits + exponent;
    if top > 1024 {
        return None;
    }
    // A float has 53 bits, fewer where it is subnormal.
    let precision = if top < -1021 { (top + 1074).max(0) } else { 53 };
    let drop = (bits - precision).max(0);
    let mut kept = number >> drop as u64;
    let rest = number - (&kept << drop as u64);
    let half = BigInt::from(1) << (drop - 1).max(0) as u64;
    if drop > 0 && (rest > half || rest == half && kept.bit(0)) {
        kept += 1;
    }
    let mut result = kept.to_f64()?;
    let mut left = drop + exponent;
    while left > 1000 {
        result *= 2_f64.powi(1000);
        left -= 1000;
    }
    while left < -1000 {
        result *= 2_f64.powi(-1000);
        left += 1000;
    }
    result *= 2_f64.powi(left as i32);
    result.is_finite().then_some(result)
}

/// A float without fraction as an integer.
pub fn float_to_int(number: f64) -> Option<Value> {
    if number.abs() < 9e18 {
        return Some(Value::Int(number as i64));
    }
    BigInt::from_f64(number).map(Value::int)
}

fn complex_mul(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn complex_div(a: (f64, f64), b: (f64, f64)) -> Option<(f64, f64)> {
    if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let scale = b.0 + b.1 * ratio;
        Some(((a.0 + a.1 * ratio) / scale, (a.1 - a.0 * ratio) / scale))
    } else {
        let ratio = b.0 / b.1;
        let scale = b.0 * ratio + b.1;
        Some(((a.0 * ratio + a.1) / scale, (a.1 * ratio - a.0) / scale))
    }
}
