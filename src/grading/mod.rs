//! An [`crate::runner::Execution`] and an [`Expectation`] become a [`Verdict`], with a counterexample and a reason.
//!
//! Takes executions on many small databases. Gives verdicts, findings and distilled databases.

mod expectation;
mod handbook;
mod verdict;

pub use expectation::{Compare, Expectation, KnownWrong, Order, Shape};
pub use handbook::{HANDBOOK, Page};
pub use verdict::{Check, Counterexample, Finding, Table, Verdict, VerdictKind};
