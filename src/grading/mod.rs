//! An [`crate::runner::Execution`] and an [`Expectation`] become a [`Verdict`], with a counterexample and a reason.
//!
//! Takes executions on many small databases. Gives verdicts, findings and distilled databases.

pub mod compare;
pub mod databases;
mod dice;
mod expectation;
mod findings;
mod grader;
mod handbook;
mod lab;
mod shape;
mod verdict;

pub use dice::Dice;
pub use expectation::{Compare, Expectation, KnownWrong, Order, Shape};
pub use grader::Grader;
pub use handbook::{HANDBOOK, Page};
pub use verdict::{Check, Counterexample, Finding, Table, Verdict, VerdictKind};
