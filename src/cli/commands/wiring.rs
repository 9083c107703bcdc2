//! The engine that the commands run on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::grading::{Check, Expectation, Verdict, VerdictKind};
use crate::runner::{Execution, Limits, Source, Submission};
use crate::session::{Engine, EngineError, ModelInfo, ShellSession, TestOutcome};

/// The engine of this binary; it looks at `interrupt` while it runs.
pub fn engine(interrupt: Arc<AtomicBool>) -> Box<dyn Engine> {
    let _ = interrupt;
    Box::new(Absent)
}

/// Stands where no engine is built in: every run is refused, and nothing is called wrong.
struct Absent;

const ABSENT: &str = "this build of ormdojo has no engine yet";

impl Engine for Absent {
    fn run(&self, _: &Source, _: &str, _: &Submission, _: &Limits) -> Result<Execution, EngineError> {
        Err(EngineError::Usage(ABSENT.to_owned()))
    }

    fn grade(&self, _: &Expectation, _: &str, _: &Limits, _: u64) -> Verdict {
        Verdict {
            kind: VerdictKind::Unsupported,
            checks: vec![Check { name: "run", ok: false, detail: ABSENT.to_owned() }],
            queries: 0,
            budget: None,
            databases: 0,
            executions: 0,
            remarks: Vec::new(),
            findings: Vec::new(),
            counterexample: None,
            error: None,
            answer_sql: Vec::new(),
            reference_sql: Vec::new(),
            elapsed_ms: 0.0,
        }
    }

    fn shell(&self, _: &Source, _: &str, _: &Limits) -> Result<Box<dyn ShellSession>, EngineError> {
        Err(EngineError::Usage(ABSENT.to_owned()))
    }

    fn models(&self, _: &Source) -> Result<Vec<ModelInfo>, EngineError> {
        Err(EngineError::Usage(ABSENT.to_owned()))
    }

    fn test(&self, _: &[PathBuf], _: &Limits, _: &mut dyn FnMut(TestOutcome)) -> Result<(), EngineError> {
        Err(EngineError::Usage(ABSENT.to_owned()))
    }
}
