//! The engine that the commands run on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::grading::{Distilled, Expectation, Grader, Verdict};
use crate::runner::{
    Execution, Limits, Showing, Source, Submission, TestEnd, TestReport, Workbench, WorkbenchError, run_package,
};
use crate::session::{Engine, EngineError, ModelInfo, ShellSession, TestOutcome, TestStatus};

/// The engine of this binary; it looks at `interrupt` while it runs. The process's thread must have a large stack.
pub fn engine(interrupt: Arc<AtomicBool>) -> Box<dyn Engine> {
    Box::new(Native { grader: Grader::new(interrupt.clone()), interrupt })
}

struct Native {
    grader: Grader,
    interrupt: Arc<AtomicBool>,
}

/// Why nothing could be run, in a session's words.
fn invalid(error: WorkbenchError) -> EngineError {
    match error {
        WorkbenchError::Usage(text) => EngineError::Usage(text),
        WorkbenchError::Invalid(text) => EngineError::Invalid(text),
    }
}

impl Native {
    fn bench(&self, source: &Source) -> Result<Workbench, EngineError> {
        let mut bench = Workbench::open(source).map_err(invalid)?;
        bench.set_interrupt(self.interrupt.clone());
        Ok(bench)
    }
}

impl Engine for Native {
    fn run(
        &self,
        source: &Source,
        setup: &str,
        submission: &Submission,
        limits: &Limits,
    ) -> Result<Execution, EngineError> {
        let mut bench = self.bench(source)?;
        bench.set_up(setup).map_err(|error| EngineError::Invalid(error.traceback))?;
        Ok(bench.run(submission, limits, Showing::Whole))
    }

    fn grade(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Verdict {
        self.grader.grade(expectation, answer, limits, seed)
    }

    fn distill(&self, expectation: &Expectation, limits: &Limits) -> Result<Distilled, EngineError> {
        self.grader.distill(expectation, limits).map_err(EngineError::Invalid)
    }

    fn shell(&self, source: &Source, setup: &str, limits: &Limits) -> Result<Box<dyn ShellSession>, EngineError> {
        let mut bench = self.bench(source)?;
        bench.set_up(setup).map_err(|error| EngineError::Invalid(error.traceback))?;
        Ok(Box::new(Shell { bench, limits: limits.clone() }))
    }

    fn models(&self, _: &Source) -> Result<Vec<ModelInfo>, EngineError> {
        Err(EngineError::Usage("the models' description is not wired up".to_owned()))
    }

    fn test(&self, folders: &[PathBuf], limits: &Limits, each: &mut dyn FnMut(TestOutcome)) -> Result<(), EngineError> {
        for folder in folders {
            let mut hand_over = |report: TestReport| {
                each(TestOutcome {
                    id: report.id,
                    status: match report.end {
                        TestEnd::Pass => TestStatus::Pass,
                        TestEnd::Fail => TestStatus::Fail,
                        TestEnd::Error => TestStatus::Error,
                        TestEnd::Skip => TestStatus::Skip,
                        TestEnd::Unsupported => TestStatus::Unsupported,
                    },
                    message: report.message,
                    line: report.line,
                });
            };
            run_package(folder, limits, &self.interrupt, &mut hand_over).map_err(invalid)?;
        }
        Ok(())
    }
}

struct Shell {
    bench: Workbench,
    limits: Limits,
}

impl ShellSession for Shell {
    fn run(&mut self, submission: &Submission) -> Execution {
        self.bench.run(submission, &self.limits, Showing::AsShell)
    }

    fn names(&self) -> Vec<String> {
        self.bench.names()
    }
}
