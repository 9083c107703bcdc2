//! The exit codes, and the errors that lead to them.

use crate::bank::{BankError, FileError};
use crate::runner::{Execution, Outcome};
use crate::session::{EngineError, PortableError, StoreError};

/// All well.
pub const FINE: u8 = 0;
/// An answer that is not correct, a failed test, or the learner's code raised.
pub const WRONG: u8 = 1;
/// Bad usage or configuration.
pub const USAGE: u8 = 2;
/// A bank, document or input file is invalid.
pub const INVALID: u8 = 3;
/// A limit was hit.
pub const LIMIT: u8 = 4;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file that was given is invalid or cannot be read.
    #[error("{0}")]
    Invalid(String),
    /// The bank.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The progress file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<PortableError> for Failure {
    fn from(error: PortableError) -> Self {
        match error {
            PortableError::Invalid(reason) => Self::Invalid(reason),
            PortableError::Store(error) => Self::Store(error),
        }
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Store(_) | Self::Engine(EngineError::Usage(_)) => USAGE,
            Self::Bank(BankError::Unknown { .. }) => USAGE,
            Self::Invalid(_) | Self::Bank(_) | Self::Engine(EngineError::Invalid(_)) => INVALID,
        }
    }

    /// The lines that tell of it.
    pub fn told(&self) -> String {
        match self {
            Self::Bank(BankError::Unknown { near: Some(near), .. }) => format!("error: {self}; did you mean `{near}`?"),
            Self::Bank(BankError::Invalid(file)) => file_told(file),
            Self::Bank(BankError::InvalidFolder(files)) => {
                let told: Vec<String> = files.iter().map(file_told).collect();
                told.join("\n")
            }
            _ => format!("error: {self}"),
        }
    }
}

/// A file's complaints, one a line with its place, each followed by what to write instead.
pub fn file_told(file: &FileError) -> String {
    let path = file.path.display();
    let mut lines = Vec::new();
    for (place, complaint) in &file.complaints {
        let place = place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
        lines.push(format!("{path}{place}: {}", complaint.message));
        lines.extend(complaint.hints.iter().map(|hint| format!("  hint: {hint}")));
    }
    lines.join("\n")
}

/// The exit code of a run.
pub fn of_run(execution: &Execution) -> u8 {
    match &execution.outcome {
        Outcome::Finished => FINE,
        Outcome::Raised(_) => WRONG,
        Outcome::Limit(_) => LIMIT,
        Outcome::Interrupted => INTERRUPTED,
    }
}
