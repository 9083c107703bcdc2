//! Values that Python code computes with and that the ORM stores: decimals, dates, times, durations, zones, UUIDs, and
//! the text forms of floats. They know neither the interpreter nor the database.
//!
//! Takes parts or text, gives values and typed errors; the exception classes and, where a caller words them, the
//! exception texts belong to the floors above.

pub mod datetime;
pub mod decimal;
pub mod float;
pub mod regex;
pub mod text;
pub mod uuid;

pub use datetime::{Date, DateError, DateTime, Time, TimeDelta, TimeZone};
pub use decimal::{Conditions, Context, Decimal, DecimalError, IntegerError, Rounding, Signal};
pub use float::{float_repr, float_str};
pub use text::str_repr;
pub use uuid::Uuid;
