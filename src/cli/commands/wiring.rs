//! The engine that the commands run on.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::grading::{Distilled, Expectation, Grader, Suite, Verdict};
use crate::orm::models::{Field, FieldKind, Model};
use crate::runner::{
    Execution, Issue, Limits, Showing, Source, Submission, TestEnd, TestReport, Workbench, WorkbenchError, run_package,
};
use crate::session::{
    Engine, EngineError, EngineMaker, FieldInfo, ModelInfo, Relation, RelationKind, ShellSession, TestOutcome,
    TestStatus,
};

/// The engine of this binary; it looks at `interrupt` while it runs. The process's thread must have a large stack.
pub fn engine(interrupt: Arc<AtomicBool>) -> Box<dyn Engine> {
    Box::new(Native {
        grader: Grader::new(interrupt.clone()),
        interrupt,
        notes: RefCell::default(),
        told: Cell::new(0),
    })
}

struct Native {
    grader: Grader,
    interrupt: Arc<AtomicBool>,
    /// What models files lacked, each thing once, and how many of these were told.
    notes: RefCell<Vec<String>>,
    told: Cell<usize>,
}

/// Why nothing could be run, in a session's words.
fn invalid(error: WorkbenchError) -> EngineError {
    match error {
        WorkbenchError::Usage(text) => EngineError::Usage(text),
        WorkbenchError::Invalid(text) => EngineError::Invalid(text),
    }
}

impl Native {
    /// Keeps what a workbench has to tell of models files, each thing once.
    fn keep_notes(&self, bench: &Workbench) {
        let mut notes = self.notes.borrow_mut();
        for note in bench.notes() {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
    }

    /// The models of a source, maybe without tables.
    fn definitions(&self, source: &Source) -> Result<Workbench, EngineError> {
        let bench = Workbench::open_definitions(source).map_err(invalid)?;
        self.keep_notes(&bench);
        Ok(bench)
    }

    fn bench(&self, source: &Source) -> Result<Workbench, EngineError> {
        let mut bench = Workbench::open(source).map_err(invalid)?;
        bench.set_interrupt(self.interrupt.clone());
        self.keep_notes(&bench);
        Ok(bench)
    }
}

impl Engine for Native {
    fn maker(&self) -> Option<EngineMaker> {
        let interrupt = Arc::clone(&self.interrupt);
        Some(Box::new(move || engine(Arc::clone(&interrupt))))
    }

    fn run(
        &self,
        source: &Source,
        setup: &str,
        submission: &Submission,
        limits: &Limits,
    ) -> Result<Execution, EngineError> {
        let mut bench = self.bench(source)?;
        bench.set_up(setup).map_err(|error| EngineError::Invalid(error.traceback))?;
        Ok(bench.run_and_check(submission, limits, Showing::Whole))
    }

    fn grade(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Verdict {
        self.grader.grade(expectation, answer, limits, seed)
    }

    fn grade_blindly(&self, expectation: &Expectation, answer: &str, limits: &Limits) -> Verdict {
        self.grader.grade_blindly(expectation, answer, limits)
    }

    fn distill(&self, expectation: &Expectation, limits: &Limits) -> Result<Distilled, EngineError> {
        self.grader.distill(expectation, limits).map_err(EngineError::Invalid)
    }

    fn suite(&self, expectation: &Expectation, limits: &Limits) -> Result<Option<Suite>, EngineError> {
        self.grader.suite(expectation, limits).map_err(EngineError::Invalid)
    }

    fn shell(&self, source: &Source, setup: &str, limits: &Limits) -> Result<Box<dyn ShellSession>, EngineError> {
        let mut bench = self.bench(source)?;
        bench.set_up(setup).map_err(|error| EngineError::Invalid(error.traceback))?;
        Ok(Box::new(Shell { bench, limits: limits.clone() }))
    }

    fn notes(&self) -> Vec<String> {
        let notes = self.notes.borrow();
        notes[self.told.replace(notes.len())..].to_vec()
    }

    fn models(&self, source: &Source) -> Result<Vec<ModelInfo>, EngineError> {
        let bench = self.definitions(source)?;
        let labels = bench.own_labels();
        let shown = |model: &&Model| is_shown(model) && labels.contains(&model.meta().app_label.to_string());
        Ok(bench.registry().models().iter().filter(shown).map(model_info).collect())
    }

    fn check(&self, source: &Source) -> Result<Vec<Issue>, EngineError> {
        self.definitions(source)?.issues().map_err(invalid)
    }

    fn ddl(&self, source: &Source) -> Result<Vec<String>, EngineError> {
        let mut bench = self.definitions(source)?;
        bench.definitions_ddl().map_err(invalid)
    }

    fn inspect(&self, file: &Path, tables: &[String]) -> Result<String, EngineError> {
        Workbench::inspect_file(file, tables).map_err(invalid)
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

/// Whether a model has a table that somebody wrote down.
fn is_shown(model: &Model) -> bool {
    let meta = model.meta();
    !meta.auto_created && !meta.is_abstract && !meta.proxy && meta.swapped.is_none()
}

fn model_info(model: &Model) -> ModelInfo {
    let fields = model.local_fields().into_iter().filter(|field| field.column.is_some());
    let fields = fields.chain(model.local_many_to_many()).map(|field| field_info(&field)).collect();
    ModelInfo { name: model.name.to_string(), table: model.db_table().to_string(), fields }
}

fn field_info(field: &Field) -> FieldInfo {
    let relation = field.relation.as_ref().filter(|_| field.is_relation()).and_then(|relation| {
        let kind = match field.kind {
            FieldKind::OneToOne => RelationKind::OneToOne,
            FieldKind::ManyToMany => RelationKind::ManyToMany,
            _ => RelationKind::ManyToOne,
        };
        let accessor = if relation.is_hidden() { None } else { field.accessor_name().map(|name| name.to_string()) };
        Some(Relation { to: relation.model()?.name.to_string(), kind, accessor })
    });
    FieldInfo {
        name: field.name.to_string(),
        kind: field.class_name.to_string(),
        column: field.column.as_ref().map(ToString::to_string),
        null: field.is_null(),
        unique: field.is_unique(),
        primary_key: field.is_primary_key(),
        relation,
    }
}

struct Shell {
    bench: Workbench,
    limits: Limits,
}

impl ShellSession for Shell {
    fn run(&mut self, submission: &Submission) -> Execution {
        self.bench.run_and_check(submission, &self.limits, Showing::AsShell)
    }

    fn run_whole(&mut self, submission: &Submission) -> Execution {
        self.bench.run_and_check(submission, &self.limits, Showing::Whole)
    }

    fn names(&self) -> Vec<String> {
        self.bench.names()
    }
}
