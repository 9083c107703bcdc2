//! Builtins about numbers.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use super::{counted, signed};
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::vm::{Vm, fast_binary};

impl Vm {
    /// `divmod(a, b)`
    pub fn divmod(&mut self, a: &Value, b: &Value) -> PyResult {
        let (name, reflected) = (self.names.divmod.clone(), self.names.rdivmod.clone());
        for (asked, method, other) in [(a, name, b), (b, reflected, a)] {
            if let Some(result) = self.call_special(asked, &method, std::slice::from_ref(other))?
                && !matches!(result, Value::NotImplemented)
            {
                return Ok(result);
            }
        }
        let (left, right) = (self.type_name(a), self.type_name(b));
        Err(self.type_error(format!("unsupported operand type(s) for divmod(): '{left}' and '{right}'")))
    }

    fn power(&mut self, args: &Args) -> PyResult {
        let Some(modulus) = args.some(2) else { return self.binary(BinaryOp::Pow, &args[0], &args[1]) };
        let (Some(base), Some(exponent), Some(modulus)) =
            (args[0].as_bigint(), args[1].as_bigint(), modulus.as_bigint())
        else {
            let name = self.names.pow.clone();
            if let Value::Instance(_) = &args[0]
                && let Some(result) = self.call_special(&args[0], &name, &[args[1].clone(), modulus.clone()])?
            {
                return Ok(result);
            }
            if matches!(args[0], Value::Real(_)) || matches!(args[1], Value::Real(_)) {
                return Err(self.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
            }
            let (a, b, c) = (self.type_name(&args[0]), self.type_name(&args[1]), self.type_name(modulus));
            return Err(self.type_error(format!("unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{c}'")));
        };
        if modulus.is_zero() {
            return Err(self.value_error("pow() 3rd argument cannot be 0"));
        }
        self.check_bits(base.bits().max(modulus.bits()).saturating_mul(64))?;
        self.check_bits(exponent.bits().saturating_mul(64))?;
        let (base, exponent) = if exponent.is_negative() {
            let gcd = base.extended_gcd(&modulus);
            if gcd.gcd.abs() != BigInt::from(1) {
                return Err(self.value_error("base is not invertible for the given modulus"));
            }
            (gcd.x * gcd.gcd, -exponent)
        } else {
            (base, exponent)
        };
        let positive = modulus.abs();
        let limbs = modulus.bits() / 64 + 1;
        self.spend(exponent.bits().saturating_mul(limbs.saturating_mul(limbs) / 8 + 1))?;
        let result = base.mod_floor(&positive).modpow(&exponent, &positive);
        Ok(Value::int(result.mod_floor(&modulus)))
    }
}

fn radix(vm: &mut Vm, value: &Value, base: u32, prefix: &str) -> PyResult {
    let number = vm.index(value)?.as_bigint().unwrap_or_default();
    let sign = if number.is_negative() { "-" } else { "" };
    Ok(Value::from(format!("{sign}{prefix}{}", number.magnitude().to_str_radix(base))))
}

pub(super) fn install(vm: &mut Vm) {
    counted(vm, "abs", 1, 1, |vm, args| vm.absolute(&args[0]));
    counted(vm, "divmod", 2, 2, |vm, args| vm.divmod(&args[0], &args[1]));
    signed(vm, "pow", "base, exp, mod=None", |vm, args| vm.power(&args));
    signed(vm, "round", "number, ndigits=None", |vm, args| {
        let name: Str = vm.names.round.clone();
        let digits: Vec<Value> = args.some(1).cloned().into_iter().collect();
        match vm.call_special(&args[0], &name, &digits)? {
            Some(result) => Ok(result),
            None => {
                let given = vm.type_name(&args[0]);
                Err(vm.type_error(format!("type {given} doesn't define __round__ method")))
            }
        }
    });
    counted(vm, "bin", 1, 1, |vm, args| radix(vm, &args[0], 2, "0b"));
    counted(vm, "oct", 1, 1, |vm, args| radix(vm, &args[0], 8, "0o"));
    counted(vm, "hex", 1, 1, |vm, args| radix(vm, &args[0], 16, "0x"));
    signed(vm, "sum", "iterable, /, start=0", |vm, args| {
        let mut total = args[1].clone();
        if total.as_str().is_some() {
            return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
        }
        if total.as_bytes().is_some() {
            return Err(vm.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
        }
        vm.iterate(&args[0], |vm, item| {
            total = match fast_binary(BinaryOp::Add, &total, &item) {
                Some(sum) => sum,
                None => vm.binary(BinaryOp::Add, &total, &item)?,
            };
            Ok(())
        })?;
        Ok(total)
    });
}
