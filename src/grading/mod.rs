//! An [`crate::runner::Execution`] and an [`Expectation`] become a [`Verdict`], with a counterexample and a reason.
//!
//! Takes executions on many small databases. Gives verdicts, findings and distilled databases.

mod answer;
mod budget;
pub mod compare;
mod counterexample;
pub mod databases;
mod dice;
mod distill;
mod drawn;
mod equivalence;
mod expectation;
mod findings;
mod grader;
mod handbook;
mod hints;
mod judging;
mod lab;
mod likeness;
mod mutants;
mod reading;
mod screen;
mod shape;
mod shrink;
mod trials;
mod verdict;
mod wide;

pub use dice::Dice;
pub use distill::{Distilled, Survivor};
pub use expectation::{Compare, Expectation, KnownWrong, Order, Shape};
pub use grader::Grader;
pub use handbook::{HANDBOOK, Page};
pub use mutants::{Mutant, mutants};
pub use trials::Suite;
pub use verdict::{Check, Counterexample, Finding, Mark, Table, Verdict, VerdictKind};
