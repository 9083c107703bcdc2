//! [`Truth`] and [`Real`]: a bool and a float as wide as every other payload of a [`super::Value`]. With payloads of one
//! width a value travels in two registers; with any other it is written in pieces and read back whole, which stalls.

/// A bool, eight bytes wide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Truth {
    /// `False`
    False = 0,
    /// `True`
    True = 1,
}

impl Truth {
    /// The bool.
    #[inline]
    pub fn get(self) -> bool {
        matches!(self, Truth::True)
    }
}

impl From<bool> for Truth {
    #[inline]
    fn from(truth: bool) -> Self {
        if truth { Truth::True } else { Truth::False }
    }
}
impl From<Truth> for bool {
    #[inline]
    fn from(truth: Truth) -> bool {
        truth.get()
    }
}
impl From<Truth> for u8 {
    fn from(truth: Truth) -> u8 {
        truth as u8
    }
}
impl From<Truth> for i64 {
    fn from(truth: Truth) -> i64 {
        truth as i64
    }
}
impl From<Truth> for usize {
    fn from(truth: Truth) -> usize {
        truth as usize
    }
}
impl std::ops::Not for Truth {
    type Output = bool;
    fn not(self) -> bool {
        !self.get()
    }
}

/// A float, kept as its bits.
#[derive(Clone, Copy)]
pub struct Real(u64);

impl Real {
    /// A float.
    #[inline]
    pub fn new(number: f64) -> Self {
        Self(number.to_bits())
    }

    /// The number.
    #[inline]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// Its bits: what tells two floats apart that are not the same.
    pub fn to_bits(self) -> u64 {
        self.0
    }
}
