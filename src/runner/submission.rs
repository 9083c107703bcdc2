//! What is to be run, on what, and how far it may go.

use std::path::PathBuf;
use std::time::Duration;

/// The language of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A Python program; its last expression is its value.
    Python,
    /// SQL statements; the last result is the value.
    Sql,
}

/// Where models and rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A built-in dataset by name, at one of its scales: `""` (hand-picked rows), `"medium"` or `"large"`.
    Dataset {
        /// Its name.
        name: String,
        /// Its scale.
        scale: String,
    },
    /// Any Django `models.py` files; each one's app label is its folder's name.
    Models {
        /// The files, in the order in which they are read.
        files: Vec<PathBuf>,
        /// An SQLite file with their tables; without one they are created empty.
        database: Option<PathBuf>,
    },
}

impl Source {
    /// A built-in dataset with its hand-picked rows.
    pub fn dataset(name: impl Into<String>) -> Self {
        Self::Dataset { name: name.into(), scale: String::new() }
    }
}

/// How far a submission may go. Hitting any of them ends the run past the program's own handlers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytecode instructions and native iteration steps.
    pub steps: u64,
    /// Bytes that Python objects may hold at once.
    pub memory: u64,
    /// Rows that one statement may give.
    pub rows: u64,
    /// Bytes written to standard output.
    pub output: u64,
    /// Wall time of the whole run.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 50_000_000, memory: 256 << 20, rows: 1_000_000, output: 1 << 20, time: Duration::from_secs(10) }
    }
}

/// One thing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The program.
    pub source: String,
    /// Its language.
    pub language: Language,
}

impl Submission {
    /// A Python program.
    pub fn python(source: impl Into<String>) -> Self {
        Self { source: source.into(), language: Language::Python }
    }

    /// SQL text.
    pub fn sql(source: impl Into<String>) -> Self {
        Self { source: source.into(), language: Language::Sql }
    }
}
