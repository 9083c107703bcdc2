//! The operations on coefficients of zeros and ones.

use super::context::{Conditions, Context, DecimalError, MAX_DIGITS};
use super::{Decimal, Kind, digits};
use num_bigint::BigUint;

impl Context {
    /// `logical_and(a, b)`
    pub fn logical_and(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.digit_wise(&[a, b], status, |bits| bits[0] & bits[1]))
    }

    /// `logical_or(a, b)`
    pub fn logical_or(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.digit_wise(&[a, b], status, |bits| bits[0] | bits[1]))
    }

    /// `logical_xor(a, b)`
    pub fn logical_xor(&mut self, a: &Decimal, b: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| context.digit_wise(&[a, b], status, |bits| bits[0] ^ bits[1]))
    }

    /// `logical_invert(a)`: within the precision.
    pub fn logical_invert(&mut self, a: &Decimal) -> Result<Decimal, DecimalError> {
        self.run(|context, status| {
            if context.prec as u64 > MAX_DIGITS {
                return Context::invalid(status, Conditions::MALLOC_ERROR);
            }
            // All ones: the operand's digits fill it from behind.
            let ones = (digits::pow10(context.prec as u64) - digits::one()) / 9u8;
            let ones = Decimal::from_parts(false, ones, 0);
            context.digit_wise(&[&ones, a], status, |bits| bits[0] ^ bits[1])
        })
    }

    fn digit_wise(&self, operands: &[&Decimal; 2], status: &mut Conditions, operation: fn([u8; 2]) -> u8) -> Decimal {
        let digits_of = |operand: &Decimal| match &operand.kind {
            Kind::Finite { coefficient, exponent: 0 } if !operand.negative => {
                let digits = coefficient.to_radix_le(10);
                (digits.iter().all(|digit| *digit <= 1)).then_some(digits)
            }
            _ => None,
        };
        let (Some(a), Some(b)) = (digits_of(operands[0]), digits_of(operands[1])) else {
            return Context::invalid(status, Conditions::INVALID_OPERATION);
        };
        let length = a.len().max(b.len()).min(self.prec as usize);
        let at = |digits: &[u8], index: usize| digits.get(index).copied().unwrap_or(0);
        let result: Vec<u8> = (0..length).map(|index| operation([at(&a, index), at(&b, index)])).collect();
        Decimal::from_parts(false, BigUint::from_radix_le(&result, 10).unwrap_or_default(), 0)
    }
}
