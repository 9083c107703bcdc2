//! Quiz, drill and mock interview: what is asked next, and what is remembered of the answers.
//!
//! Takes questions and verdicts. Gives sessions, schedules and reports; progress is stored after every answer.

pub mod clock;
mod engine;
mod judge;
mod plan;
mod portable;
mod prompt;
mod prove;
mod prove_all;
mod report;
mod schedule;
mod statements;
mod store;
mod transcript;

pub use crate::grading::Dice;
pub use engine::{
    Engine, EngineError, EngineMaker, FieldInfo, ModelInfo, Relation, RelationKind, ShellSession, TestOutcome,
    TestStatus,
};
pub use judge::judge;
pub use plan::{Filter, Mode, Session, due_reviews, plan_drill, plan_mock, plan_quiz};
pub use portable::PortableError;
pub use prove::{Part, Problem, prove, unfounded};
pub use prove_all::prove_all;
pub use report::{Report, ReportLine, Stats, TopicStats};
pub use schedule::{Rating, Review, rate, review};
pub use store::{Attempt, Store, StoreError};
pub use transcript::Transcript;
