//! An `Execution` and an expectation become a `Verdict`, with a counterexample and a reason.
//!
//! Takes executions on many small databases. Gives verdicts, findings and distilled databases.
