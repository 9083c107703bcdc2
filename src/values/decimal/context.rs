//! [`Context`]: precision, rounding, exponent limits, flags and traps; and the rounding that ends each operation.

use super::digits::{self, Tail};
use super::{Decimal, Kind};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;
use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// The largest precision and exponent that Python's contexts accept (`MAX_PREC`, `MAX_EMAX`, −`MIN_EMIN`).
pub const MAX_PREC: i64 = 999_999_999_999_999_999;

/// Coefficients longer than this are refused as CPython refuses what its memory can't hold.
pub(crate) const MAX_DIGITS: u64 = 4_000_000;

/// The eight rounding modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// Towards +∞.
    Ceiling,
    /// Towards zero.
    Down,
    /// Towards −∞.
    Floor,
    /// To nearest, ties towards zero.
    HalfDown,
    /// To nearest, ties to the even digit.
    #[default]
    HalfEven,
    /// To nearest, ties away from zero.
    HalfUp,
    /// Away from zero.
    Up,
    /// Away from zero if the last digit would be 0 or 5, else towards zero.
    ZeroFiveUp,
}

impl Rounding {
    /// The constant's name and value in Python, as `ROUND_HALF_EVEN`.
    pub fn name(self) -> &'static str {
        match self {
            Rounding::Ceiling => "ROUND_CEILING",
            Rounding::Down => "ROUND_DOWN",
            Rounding::Floor => "ROUND_FLOOR",
            Rounding::HalfDown => "ROUND_HALF_DOWN",
            Rounding::HalfEven => "ROUND_HALF_EVEN",
            Rounding::HalfUp => "ROUND_HALF_UP",
            Rounding::Up => "ROUND_UP",
            Rounding::ZeroFiveUp => "ROUND_05UP",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Rounding> {
        Some(match name {
            "ROUND_CEILING" => Rounding::Ceiling,
            "ROUND_DOWN" => Rounding::Down,
            "ROUND_FLOOR" => Rounding::Floor,
            "ROUND_HALF_DOWN" => Rounding::HalfDown,
            "ROUND_HALF_EVEN" => Rounding::HalfEven,
            "ROUND_HALF_UP" => Rounding::HalfUp,
            "ROUND_UP" => Rounding::Up,
            "ROUND_05UP" => Rounding::ZeroFiveUp,
            _ => return None,
        })
    }

    /// Whether a coefficient whose tail was cut off grows by one.
    pub(crate) fn rounds_up(self, negative: bool, kept: &BigUint, tail: Tail) -> bool {
        if tail == Tail::Zero {
            return false;
        }
        match self {
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::Down => false,
            Rounding::Up => true,
            Rounding::HalfDown => tail > Tail::Half,
            Rounding::HalfUp => tail >= Tail::Half,
            Rounding::HalfEven => tail > Tail::Half || (tail == Tail::Half && kept.is_odd()),
            Rounding::ZeroFiveUp => digits::ends_in_0_or_5(kept),
        }
    }
}

/// A set of conditions that an operation met: the flags and traps of a context. Finer than Python's signals, because the
/// messages of `InvalidOperation` name the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions(u32);

impl Conditions {
    /// No condition.
    pub const NONE: Conditions = Conditions(0);
    /// An exponent was changed to fit.
    pub const CLAMPED: Conditions = Conditions(1);
    /// A text is no number.
    pub const CONVERSION_SYNTAX: Conditions = Conditions(2);
    /// A finite number was divided by zero.
    pub const DIVISION_BY_ZERO: Conditions = Conditions(4);
    /// An integer quotient has too many digits.
    pub const DIVISION_IMPOSSIBLE: Conditions = Conditions(8);
    /// Zero was divided by zero.
    pub const DIVISION_UNDEFINED: Conditions = Conditions(16);
    /// A float met a decimal.
    pub const FLOAT_OPERATION: Conditions = Conditions(32);
    /// Digits other than zero were lost.
    pub const INEXACT: Conditions = Conditions(64);
    /// The context itself is not valid for the operation.
    pub const INVALID_CONTEXT: Conditions = Conditions(128);
    /// An operation without sense.
    pub const INVALID_OPERATION: Conditions = Conditions(256);
    /// More digits were wanted than memory is allowed to hold.
    pub const MALLOC_ERROR: Conditions = Conditions(512);
    /// The exponent became too large.
    pub const OVERFLOW: Conditions = Conditions(1024);
    /// Digits, perhaps zeros, were lost.
    pub const ROUNDED: Conditions = Conditions(2048);
    /// The result has fewer digits than the precision because its exponent is small.
    pub const SUBNORMAL: Conditions = Conditions(4096);
    /// A subnormal result is inexact.
    pub const UNDERFLOW: Conditions = Conditions(8192);
    /// All that Python's `InvalidOperation` signal stands for.
    pub const IEEE_INVALID: Conditions = Conditions(2 | 8 | 16 | 128 | 256 | 512);

    /// Whether any condition of the other set is in this one.
    pub fn intersects(self, other: Conditions) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no condition.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Takes out the other set's conditions.
    pub fn remove(&mut self, other: Conditions) {
        self.0 &= !other.0;
    }

    /// The classes that CPython lists in the exception's argument, as `[<class 'decimal.DivisionByZero'>]`.
    pub fn class_names(self) -> Vec<&'static str> {
        const CONDITIONS: [(Conditions, &str); 5] = [
            (Conditions::INVALID_OPERATION, "InvalidOperation"),
            (Conditions::CONVERSION_SYNTAX, "ConversionSyntax"),
            (Conditions::DIVISION_IMPOSSIBLE, "DivisionImpossible"),
            (Conditions::DIVISION_UNDEFINED, "DivisionUndefined"),
            (Conditions::INVALID_CONTEXT, "InvalidContext"),
        ];
        let mut names: Vec<&str> =
            CONDITIONS.iter().filter(|(bit, _)| self.intersects(*bit)).map(|(_, name)| *name).collect();
        let signals = Signal::ALL.iter().skip(1).filter(|signal| self.intersects(signal.conditions()));
        names.extend(signals.map(|signal| signal.name()));
        names
    }
}

impl BitOr for Conditions {
    type Output = Conditions;
    fn bitor(self, other: Conditions) -> Conditions {
        Conditions(self.0 | other.0)
    }
}

impl BitAnd for Conditions {
    type Output = Conditions;
    fn bitand(self, other: Conditions) -> Conditions {
        Conditions(self.0 & other.0)
    }
}

impl BitOrAssign for Conditions {
    fn bitor_assign(&mut self, other: Conditions) {
        self.0 |= other.0;
    }
}

impl Not for Conditions {
    type Output = Conditions;
    fn not(self) -> Conditions {
        Conditions(!self.0 & 0x3fff)
    }
}

/// A signal as Python code sees it: a key of `context.flags` and `context.traps`, and an exception class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `decimal.InvalidOperation`
    InvalidOperation,
    /// `decimal.FloatOperation`
    FloatOperation,
    /// `decimal.DivisionByZero`
    DivisionByZero,
    /// `decimal.Overflow`
    Overflow,
    /// `decimal.Underflow`
    Underflow,
    /// `decimal.Subnormal`
    Subnormal,
    /// `decimal.Inexact`
    Inexact,
    /// `decimal.Rounded`
    Rounded,
    /// `decimal.Clamped`
    Clamped,
}

impl Signal {
    /// All signals, in the order in which the first trapped one is raised and `Context`'s repr lists them.
    pub const ALL: [Signal; 9] = [
        Signal::InvalidOperation,
        Signal::FloatOperation,
        Signal::DivisionByZero,
        Signal::Overflow,
        Signal::Underflow,
        Signal::Subnormal,
        Signal::Inexact,
        Signal::Rounded,
        Signal::Clamped,
    ];

    /// The class's name.
    pub fn name(self) -> &'static str {
        match self {
            Signal::InvalidOperation => "InvalidOperation",
            Signal::FloatOperation => "FloatOperation",
            Signal::DivisionByZero => "DivisionByZero",
            Signal::Overflow => "Overflow",
            Signal::Underflow => "Underflow",
            Signal::Subnormal => "Subnormal",
            Signal::Inexact => "Inexact",
            Signal::Rounded => "Rounded",
            Signal::Clamped => "Clamped",
        }
    }

    /// The signal whose class has that name.
    pub fn from_name(name: &str) -> Option<Signal> {
        Signal::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// The conditions that it stands for.
    pub fn conditions(self) -> Conditions {
        match self {
            Signal::InvalidOperation => Conditions::IEEE_INVALID,
            Signal::FloatOperation => Conditions::FLOAT_OPERATION,
            Signal::DivisionByZero => Conditions::DIVISION_BY_ZERO,
            Signal::Overflow => Conditions::OVERFLOW,
            Signal::Underflow => Conditions::UNDERFLOW,
            Signal::Subnormal => Conditions::SUBNORMAL,
            Signal::Inexact => Conditions::INEXACT,
            Signal::Rounded => Conditions::ROUNDED,
            Signal::Clamped => Conditions::CLAMPED,
        }
    }
}

/// The trapped conditions of an operation. `Display` is the exception's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecimalError {
    /// The conditions that were trapped; never empty.
    pub conditions: Conditions,
}

impl DecimalError {
    /// The class to raise, or `None` for a `MemoryError`.
    pub fn signal(&self) -> Option<Signal> {
        if self.conditions.intersects(Conditions::MALLOC_ERROR) {
            return None;
        }
        Signal::ALL.into_iter().find(|signal| self.conditions.intersects(signal.conditions()))
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes: Vec<String> =
            self.conditions.class_names().iter().map(|name| format!("<class 'decimal.{name}'>")).collect();
        write!(f, "[{}]", classes.join(", "))
    }
}

impl std::error::Error for DecimalError {}

/// The surroundings of decimal arithmetic, as Python's `decimal.Context`. The fields may be set freely within Python's
/// limits: 1 ≤ prec ≤ [`MAX_PREC`], emin ≤ 0 ≤ emax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// How many digits a result may have.
    pub prec: i64,
    /// How it is rounded to them.
    pub rounding: Rounding,
    /// The smallest adjusted exponent of a normal number.
    pub emin: i64,
    /// The largest adjusted exponent.
    pub emax: i64,
    /// Whether text has `E`, not `e`.
    pub capitals: bool,
    /// Whether exponents are kept low enough for a full coefficient.
    pub clamp: bool,
    /// What has happened since the flags were cleared.
    pub flags: Conditions,
    /// What raises when it happens.
    pub traps: Conditions,
}

impl Default for Context {
    /// Python's `DefaultContext`.
    fn default() -> Context {
        Context {
            prec: 28,
            rounding: Rounding::HalfEven,
            emin: -999_999,
            emax: 999_999,
            capitals: true,
            clamp: false,
            flags: Conditions::NONE,
            traps: Conditions::IEEE_INVALID | Conditions::DIVISION_BY_ZERO | Conditions::OVERFLOW,
        }
    }
}

impl Context {
    /// Python's `Context(prec=prec)`: all else as by default.
    pub fn with_prec(prec: i64) -> Context {
        Context { prec, ..Context::default() }
    }

    /// Python's `BasicContext`.
    pub fn basic() -> Context {
        Context {
            prec: 9,
            rounding: Rounding::HalfUp,
            traps: Conditions::IEEE_INVALID
                | Conditions::DIVISION_BY_ZERO
                | Conditions::OVERFLOW
                | Conditions::UNDERFLOW
                | Conditions::CLAMPED,
            ..Context::default()
        }
    }

    /// Python's `ExtendedContext`.
    pub fn extended() -> Context {
        Context { prec: 9, traps: Conditions::NONE, ..Context::default() }
    }

    /// A context that loses nothing and raises nothing, for exact work inside.
    pub(crate) fn unbounded() -> Context {
        Context { prec: MAX_PREC, emin: -MAX_PREC, emax: MAX_PREC, traps: Conditions::NONE, ..Context::default() }
    }

    /// The smallest exponent of a subnormal number.
    pub fn etiny(&self) -> i64 {
        self.emin.saturating_sub(self.prec - 1)
    }

    /// The largest exponent of a number with a full coefficient.
    pub fn etop(&self) -> i64 {
        self.emax.saturating_sub(self.prec - 1)
    }

    /// Ends an operation: remembers what happened, and raises what is trapped.
    pub(crate) fn finish<T>(&mut self, result: T, status: Conditions) -> Result<T, DecimalError> {
        self.flags |= status;
        let trapped = status & (self.traps | Conditions::MALLOC_ERROR);
        if trapped.is_empty() { Ok(result) } else { Err(DecimalError { conditions: trapped }) }
    }

    /// Signals a float among decimals; an error only where `FloatOperation` is trapped.
    pub fn float_operation(&mut self) -> Result<(), DecimalError> {
        self.finish((), Conditions::FLOAT_OPERATION)
    }

    /// Rounds a result to this context.
    pub(crate) fn round(&self, value: Decimal, status: &mut Conditions) -> Decimal {
        let Decimal { negative, kind } = value;
        let (coefficient, exponent) = match kind {
            Kind::Finite { coefficient, exponent } => (coefficient, exponent),
            Kind::Nan { signaling, payload } => return self.round_payload(negative, signaling, payload),
            Kind::Infinite => return Decimal::infinity(negative),
        };
        let (etiny, etop) = (self.etiny(), self.etop());
        if coefficient.is_zero() {
            let highest = if self.clamp { etop } else { self.emax };
            let fitted = exponent.clamp(etiny.min(highest), highest);
            if fitted != exponent {
                *status |= Conditions::CLAMPED;
            }
            return Decimal::from_parts(negative, coefficient, fitted);
        }
        let length = digits::count(&coefficient) as i64;
        let mut lowest = length.saturating_add(exponent).saturating_sub(self.prec);
        if lowest > etop {
            return self.overflow(negative, status);
        }
        let subnormal = lowest < etiny;
        if subnormal {
            lowest = etiny;
        }
        if exponent < lowest {
            return self.cut_to(negative, &coefficient, exponent, lowest, subnormal, status);
        }
        if subnormal {
            *status |= Conditions::SUBNORMAL;
        }
        if self.clamp && exponent > etop {
            *status |= Conditions::CLAMPED;
            let padded = digits::shift_left(&coefficient, (exponent - etop) as u64);
            return Decimal::from_parts(negative, padded, etop);
        }
        Decimal::from_parts(negative, coefficient, exponent)
    }

    fn cut_to(
        &self,
        negative: bool,
        coefficient: &BigUint,
        exponent: i64,
        mut lowest: i64,
        subnormal: bool,
        status: &mut Conditions,
    ) -> Decimal {
        let (mut kept, tail) = digits::cut(coefficient, lowest.abs_diff(exponent));
        if self.rounding.rounds_up(negative, &kept, tail) {
            kept += 1u8;
            if digits::count(&kept) as i64 > self.prec {
                kept /= 10u8;
                lowest += 1;
            }
        }
        if lowest > self.etop() {
            return self.overflow(negative, status);
        }
        *status |= Conditions::ROUNDED;
        if tail != Tail::Zero {
            *status |= Conditions::INEXACT;
        }
        if subnormal {
            *status |= Conditions::SUBNORMAL;
            if tail != Tail::Zero {
                *status |= Conditions::UNDERFLOW;
            }
            if kept.is_zero() {
                *status |= Conditions::CLAMPED;
            }
        }
        Decimal::from_parts(negative, kept, lowest)
    }

    fn round_payload(&self, negative: bool, signaling: bool, payload: BigUint) -> Decimal {
        let room = (self.prec - i64::from(self.clamp)).max(0) as u64;
        let payload = if payload.is_zero() || digits::count(&payload) <= room {
            payload
        } else if room == 0 {
            BigUint::zero()
        } else {
            payload % digits::pow10(room)
        };
        Decimal::nan_with(negative, signaling, payload)
    }

    /// What an overflow leaves: an infinity or the largest number, whichever the rounding mode points at.
    fn overflow(&self, negative: bool, status: &mut Conditions) -> Decimal {
        *status |= Conditions::OVERFLOW | Conditions::INEXACT | Conditions::ROUNDED;
        let to_largest = match self.rounding {
            Rounding::Down | Rounding::ZeroFiveUp => true,
            Rounding::Ceiling => negative,
            Rounding::Floor => !negative,
            _ => false,
        };
        if !to_largest {
            return Decimal::infinity(negative);
        }
        self.largest(negative, status)
    }

    /// The number with the most nines.
    pub(crate) fn largest(&self, negative: bool, status: &mut Conditions) -> Decimal {
        if self.prec as u64 > MAX_DIGITS {
            *status |= Conditions::MALLOC_ERROR;
            return Decimal::nan();
        }
        Decimal::from_parts(negative, digits::pow10(self.prec as u64) - digits::one(), self.etop())
    }

    /// An invalid operation's result.
    pub(crate) fn invalid(status: &mut Conditions, condition: Conditions) -> Decimal {
        *status |= condition;
        Decimal::nan()
    }

    /// The NaN that an operation on these operands gives, if one of them is a NaN: the first signaling one, else the
    /// first.
    pub(crate) fn propagate(&self, operands: &[&Decimal], status: &mut Conditions) -> Option<Decimal> {
        let signaling = operands.iter().find(|operand| operand.is_snan());
        if signaling.is_some() {
            *status |= Conditions::INVALID_OPERATION;
        }
        let found = signaling.or_else(|| operands.iter().find(|operand| operand.is_nan()))?;
        match &found.kind {
            Kind::Nan { payload, .. } => Some(self.round_payload(found.negative, false, payload.clone())),
            _ => None,
        }
    }
}
