//! `STDDEV_POP`, `STDDEV_SAMP`, `VAR_POP` and `VAR_SAMP` with the exact arithmetic of Python's `statistics`.

use super::failure;
use crate::values::float::{as_integer_ratio, ratio_to_f64};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ffi};

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, sample, root) in
        [("STDDEV_POP", false, true), ("STDDEV_SAMP", true, true), ("VAR_POP", false, false), ("VAR_SAMP", true, false)]
    {
        connection.create_aggregate_function(name, 1, flags, Spread { sample, root })?;
    }
    Ok(())
}

/// One of the four aggregates.
struct Spread {
    /// Divides by n − 1.
    sample: bool,
    /// Takes the square root.
    root: bool,
}

/// What the rows so far amount to: sums of values and squares over the common denominator 2^scale.
#[derive(Default)]
struct Sums {
    count: i64,
    sum: BigInt,
    squares: BigInt,
    scale: u64,
    has_real: bool,
    /// The sum of infinities, which takes the place of everything else.
    special: Option<f64>,
    /// A NULL, text or blob was among them.
    broken: bool,
}

impl Sums {
    fn add(&mut self, numerator: BigInt, denominator: &BigInt) {
        // Floats have powers of two as denominators.
        let power = denominator.bits() - 1;
        if power > self.scale {
            let more = power - self.scale;
            self.sum <<= more;
            self.squares <<= 2 * more;
            self.scale = power;
        }
        let scaled = numerator << (self.scale - power);
        self.squares += &scaled * &scaled;
        self.sum += scaled;
    }
}

impl Aggregate<Sums, Value> for Spread {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Sums> {
        Ok(Sums::default())
    }

    fn step(&self, context: &mut Context<'_>, sums: &mut Sums) -> rusqlite::Result<()> {
        sums.count += 1;
        match context.get_raw(0) {
            ValueRef::Integer(value) => sums.add(BigInt::from(value), &BigInt::one()),
            ValueRef::Real(value) => {
                sums.has_real = true;
                match as_integer_ratio(value) {
                    Some((numerator, denominator)) => sums.add(numerator, &denominator),
                    None => sums.special = Some(sums.special.unwrap_or(0.0) + value),
                }
            }
            _ => sums.broken = true,
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sums: Option<Sums>) -> rusqlite::Result<Value> {
        let Some(sums) = sums else { return Ok(Value::Null) };
        let raised = || failure(ffi::SQLITE_ERROR, "user-defined aggregate's 'finalize' method raised error");
        let too_big = || failure(ffi::SQLITE_TOOBIG, "string or blob too big");
        let divisor = if self.sample { sums.count - 1 } else { sums.count };
        if sums.broken || divisor < 1 {
            return Err(raised());
        }
        if let Some(special) = sums.special {
            // An infinity has no numerator; the driver takes that AttributeError for a missing method.
            let missing = || failure(ffi::SQLITE_ERROR, "user-defined aggregate's 'finalize' method not defined");
            return if self.root { Err(missing()) } else { Ok(real(special)) };
        }
        // Sum of squared deviations over the divisor: (n·Σx² − (Σx)²) / (n · divisor), at twice the scale.
        let count = BigInt::from(sums.count);
        let numerator = &count * sums.squares - &sums.sum * &sums.sum;
        let denominator = (count * divisor) << (2 * sums.scale);
        let common = numerator.gcd(&denominator);
        let (numerator, denominator) =
            if common.is_zero() { (numerator, denominator) } else { (numerator / &common, denominator / &common) };
        if self.root {
            return Ok(real(square_root(&numerator, &denominator)));
        }
        if !sums.has_real && denominator.is_one() {
            return numerator.to_i64().map(Value::Integer).ok_or_else(too_big);
        }
        let quotient = ratio_to_f64(&numerator, &denominator);
        if quotient.is_infinite() { Err(too_big()) } else { Ok(real(quotient)) }
    }
}

fn real(value: f64) -> Value {
    if value.is_nan() { Value::Null } else { Value::Real(value) }
}

/// The square root of a fraction, correctly rounded: an integer root of at least 64 bits, its last bit set where it isn't
/// exact, rounds the same as the true one.
fn square_root(numerator: &BigInt, denominator: &BigInt) -> f64 {
    if numerator.is_zero() {
        return 0.0;
    }
    // Root of n/m is the root of n·4^q/m over 2^q.
    let shift = (132 - (numerator.bits() as i64 - denominator.bits() as i64)).div_euclid(2);
    let scaled = if shift >= 0 { numerator << (2 * shift) as u64 } else { numerator.clone() };
    let divisor = if shift >= 0 { denominator.clone() } else { denominator << (-2 * shift) as u64 };
    let (quotient, rest) = scaled.div_rem(&divisor);
    let mut root = quotient.sqrt();
    if !rest.is_zero() || &root * &root != quotient {
        root |= BigInt::one();
    }
    if shift >= 0 {
        ratio_to_f64(&root, &(BigInt::one() << shift as u64))
    } else {
        ratio_to_f64(&(root << (-shift) as u64), &BigInt::one())
    }
}
