//! Why an answer is wrong or could be better: one file for each way of finding out.

mod clauses;
mod repeats;
mod symptom;
mod waste;

pub use clauses::differing_clauses;
pub use repeats::repeated_queries;
pub use symptom::by_symptom;
pub use waste::wasteful;
