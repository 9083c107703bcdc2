//! `hash()`, with CPython's numbers for numbers, so that equal ones of different types meet.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::python::object::{PyResult, Value, hash_bytes};
use crate::python::vm::Vm;

const MODULUS: u64 = (1 << 61) - 1;
const INFINITY: i64 = 314_159;

/// The hash of an integer.
pub fn hash_int(number: i64) -> i64 {
    let magnitude = (number.unsigned_abs() % MODULUS) as i64;
    match if number < 0 { -magnitude } else { magnitude } {
        -1 => -2,
        hash => hash,
    }
}

/// The hash of a big integer.
pub fn hash_bigint(number: &BigInt) -> i64 {
    let rest = (number.magnitude() % MODULUS).to_i64().unwrap_or(0);
    match if number.sign() == num_bigint::Sign::Minus { -rest } else { rest } {
        -1 => -2,
        hash => hash,
    }
}

/// The hash of a float; NaN hashes by its bits.
pub fn hash_float(number: f64) -> i64 {
    if number.is_nan() {
        return 0x7ff8_0000;
    }
    if number.is_infinite() {
        return if number > 0.0 { INFINITY } else { -INFINITY };
    }
    let (mut mantissa, exponent) = frexp(number.abs());
    let mut exponent = exponent;
    let mut hash: u64 = 0;
    while mantissa != 0.0 {
        hash = ((hash << 28) & MODULUS) | hash >> (61 - 28);
        mantissa *= 268_435_456.0;
        exponent -= 28;
        let digit = mantissa.trunc();
        mantissa -= digit;
        hash += digit as u64;
        if hash >= MODULUS {
            hash -= MODULUS;
        }
    }
    let turn = exponent.rem_euclid(61) as u32;
    if turn > 0 {
        hash = ((hash << turn) & MODULUS) | hash >> (61 - turn);
    }
    match if number < 0.0 { -(hash as i64) } else { hash as i64 } {
        -1 => -2,
        hash => hash,
    }
}

/// A float as a mantissa in 0.5..1 and a power of two.
pub fn frexp(number: f64) -> (f64, i32) {
    if number == 0.0 || !number.is_finite() {
        return (number, 0);
    }
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 {
        let (mantissa, exponent) = frexp(number * 18_014_398_509_481_984.0);
        return (mantissa, exponent - 54);
    }
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - 1022)
}

/// The hash of a tuple of things with these hashes, as CPython's.
pub fn hash_tuple(hashes: &[i64]) -> i64 {
    const P1: u64 = 11_400_714_785_074_694_791;
    const P2: u64 = 14_029_467_366_897_019_727;
    const P5: u64 = 2_870_177_450_012_600_261;
    let mut sum = P5;
    for &hash in hashes {
        sum = sum.wrapping_add((hash as u64).wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
    }
    sum = sum.wrapping_add(hashes.len() as u64 ^ (P5 ^ 3_527_539));
    if sum == u64::MAX { 1_546_275_796 } else { sum as i64 }
}

/// The hash of a frozenset of things with these hashes, as CPython's.
pub fn hash_frozenset(hashes: impl ExactSizeIterator<Item = i64>) -> i64 {
    let count = hashes.len() as u64;
    let mut sum: u64 = 0;
    for hash in hashes {
        let hash = hash as u64;
        sum ^= ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
    }
    sum ^= (count + 1).wrapping_mul(1_927_868_237);
    sum ^= (sum >> 11) ^ (sum >> 25);
    sum = sum.wrapping_mul(69_069).wrapping_add(907_133_923);
    if sum == u64::MAX { 590_923_713 } else { sum as i64 }
}

impl Vm {
    /// `hash(value)`
    pub fn hash(&mut self, value: &Value) -> PyResult<i64> {
        Ok(match value {
            Value::Str(text) => text.python_hash(),
            Value::Int(number) => hash_int(*number),
            Value::Truth(truth) => i64::from(*truth),
            Value::BigInt(number) => hash_bigint(number),
            Value::Real(number) => hash_float(number.get()),
            Value::Complex(parts) => {
                let sum =
                    (hash_float(parts.0) as u64).wrapping_add((hash_float(parts.1) as u64).wrapping_mul(1_000_003));
                if sum == u64::MAX { -2 } else { sum as i64 }
            }
            Value::Tuple(items) => {
                let mut hashes = Vec::with_capacity(items.len());
                for item in items.iter() {
                    self.tick()?;
                    hashes.push(self.hash_nested(item)?);
                }
                hash_tuple(&hashes)
            }
            Value::Bytes(data) => hash_bytes(data),
            Value::FrozenSet(set) => match set.hash.get() {
                Some(known) => known,
                None => {
                    let hash = hash_frozenset(
                        set.hashed_items().iter().map(|(hash, _)| *hash).collect::<Vec<_>>().into_iter(),
                    );
                    set.hash.set(Some(hash));
                    hash
                }
            },
            Value::Range(range) => {
                let count = self.range_len(range);
                let nothing = hash_int(0);
                let parts = if count == BigInt::from(0) {
                    [nothing, self.hash(&Value::None)?, self.hash(&Value::None)?]
                } else if count == BigInt::from(1) {
                    [1, self.hash(&range.start)?, self.hash(&Value::None)?]
                } else {
                    [hash_bigint(&count), self.hash(&range.start)?, self.hash(&range.step)?]
                };
                hash_tuple(&parts)
            }
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Slice(_) => return Err(self.unhashable(value)),
            Value::None => 0xfca8_6420,
            Value::BoundMethod(method) => {
                let receiver = self.identity(&method.receiver);
                let function = self.hash_nested(&method.function)?;
                receiver ^ function
            }
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(value);
                match class.lookup(&self.names.hash) {
                    None => self.identity(value) >> 4,
                    Some(Value::None) => return Err(self.unhashable(value)),
                    Some(Value::Native(native)) if self.is_object_hash(&native) => self.identity(value) >> 4,
                    Some(found) => {
                        let bound = self.bind(&found, value, &class)?;
                        let made = self.nested("", |vm| vm.call(&bound, ()))?;
                        match made.plain() {
                            Value::Int(-1) => -2,
                            Value::Int(hash) => *hash,
                            Value::Truth(truth) => i64::from(*truth),
                            Value::BigInt(number) => hash_bigint(number),
                            _ => return Err(self.type_error("__hash__ method should return an integer")),
                        }
                    }
                }
            }
            _ => self.identity(value) >> 4,
        })
    }

    fn hash_nested(&mut self, value: &Value) -> PyResult<i64> {
        match value {
            Value::Tuple(_) | Value::Instance(_) => self.nested("", |vm| vm.hash(value)),
            _ => self.hash(value),
        }
    }

    fn is_object_hash(&self, native: &crate::python::object::NativeFunction) -> bool {
        let owner = native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        owner.is_some_and(|owner| std::rc::Rc::ptr_eq(&owner, &self.types.object))
    }

    fn unhashable(&mut self, value: &Value) -> crate::python::object::Raised {
        let name = self.type_name(value);
        self.type_error(format!("unhashable type: '{name}'"))
    }
}
