//! What sessions and commands need of the engine below them, as a trait: tests put a small engine behind it.

use std::path::{Path, PathBuf};

use crate::grading::{Distilled, Expectation, Suite, Verdict};
use crate::runner::{Execution, Issue, Limits, Source, Submission};

/// Why nothing could be run at all. The learner's code is not to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Bad usage: a dataset that does not exist, options that do not go together.
    #[error("{0}")]
    Usage(String),
    /// A models file, a database or a test package is invalid; the text names the file, and the line when it is known.
    #[error("{0}")]
    Invalid(String),
}

/// Makes an engine for the thread that it is called on.
pub type EngineMaker = Box<dyn Fn() -> Box<dyn Engine> + Send + Sync>;

/// Runs and judges.
pub trait Engine {
    /// How other threads come by an engine like this one; none when there is to be only this one.
    fn maker(&self) -> Option<EngineMaker> {
        None
    }

    /// Runs one submission on a fresh, untouched database. `setup` runs before it, unlogged. A last expression that is a
    /// queryset is evaluated in full.
    fn run(
        &self,
        source: &Source,
        setup: &str,
        submission: &Submission,
        limits: &Limits,
    ) -> Result<Execution, EngineError>;

    /// Judges an answer.
    fn grade(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Verdict;

    /// Judges an answer as if the question had no entry for this very one.
    fn grade_blindly(&self, expectation: &Expectation, answer: &str, limits: &Limits) -> Verdict {
        self.grade(expectation, answer, limits, 0)
    }

    /// Chooses the databases that tell a reference from its wrong variants.
    fn distill(&self, _expectation: &Expectation, _limits: &Limits) -> Result<Distilled, EngineError> {
        Err(EngineError::Usage("this engine draws no databases".to_owned()))
    }

    /// How good a question's databases are; none where it needs none.
    fn suite(&self, _expectation: &Expectation, _limits: &Limits) -> Result<Option<Suite>, EngineError> {
        Ok(None)
    }

    /// Opens a shell on a fresh, untouched database, after `setup` has run in it, unlogged.
    fn shell(&self, source: &Source, setup: &str, limits: &Limits) -> Result<Box<dyn ShellSession>, EngineError>;

    /// What sources opened since it was last asked had to do without, for the person: each thing is told once.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The models of a source, in the order of their definition.
    fn models(&self, source: &Source) -> Result<Vec<ModelInfo>, EngineError>;

    /// What the system checks say of the models of a source.
    fn check(&self, _source: &Source) -> Result<Vec<Issue>, EngineError> {
        Ok(Vec::new())
    }

    /// The statements that make all tables of a source.
    fn ddl(&self, _source: &Source) -> Result<Vec<String>, EngineError> {
        Ok(Vec::new())
    }

    /// Models for the tables of an SQLite file, as Django's `inspectdb` prints them.
    fn inspect(&self, _file: &Path, _tables: &[String]) -> Result<String, EngineError> {
        Err(EngineError::Usage("this engine reads no database files".to_owned()))
    }

    /// Runs Django-style test packages and hands over each test's outcome as it ends.
    fn test(&self, folders: &[PathBuf], limits: &Limits, each: &mut dyn FnMut(TestOutcome)) -> Result<(), EngineError>;
}

/// A prompt's memory: names and rows persist from one input to the next.
pub trait ShellSession {
    /// Runs one input. Its execution holds what this input did, nothing of earlier ones. A last expression that is a
    /// queryset is shown as Django's shell shows it, with its `LIMIT 21`.
    fn run(&mut self, submission: &Submission) -> Execution;

    /// As [`Self::run`], with every row of a queryset.
    fn run_whole(&mut self, submission: &Submission) -> Execution;

    /// Names that could be completed: models, variables, builtins.
    fn names(&self) -> Vec<String>;
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestStatus {
    /// It held, or was expected to fail and did.
    Pass,
    /// An assertion failed.
    Fail,
    /// It raised.
    Error,
    /// It was skipped.
    Skip,
    /// The engine could not run it.
    Unsupported,
}

impl TestStatus {
    /// Every status, in the summary's order.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::Error, Self::Skip, Self::Unsupported];

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
            Self::Unsupported => "unsupported",
        }
    }
}

/// One test's outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// Django's own id, `lookup.tests.LookupTests.test_exists`.
    pub id: String,
    /// How it ended.
    pub status: TestStatus,
    /// What it said.
    pub message: String,
    /// The line to blame, when there is one.
    pub line: Option<u32>,
}

/// A model, for drawing and completing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The class's name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// Its fields that have a column, in column order, then its many-to-many fields.
    pub fields: Vec<FieldInfo>,
}

/// A field of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Its name.
    pub name: String,
    /// Its class's name.
    pub kind: String,
    /// Its column; none for many-to-many.
    pub column: Option<String>,
    /// Whether it may be NULL.
    pub null: bool,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether it is the primary key.
    pub primary_key: bool,
    /// Where it points, for relations.
    pub relation: Option<Relation>,
}

/// Where a relation points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The other model's name.
    pub to: String,
    /// Which kind it is.
    pub kind: RelationKind,
    /// How the other model reaches back by attribute; none when it cannot.
    pub accessor: Option<String>,
}

/// The kinds of relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// ForeignKey.
    ManyToOne,
    /// OneToOneField.
    OneToOne,
    /// ManyToManyField.
    ManyToMany,
}
