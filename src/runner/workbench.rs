//! [`Workbench`]: an interpreter with a dataset's models and rows, ready to run submissions one after the other.

use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use crate::db::{self, Connection, Image, Params};
use crate::django::connections::Database;
use crate::django::query::QuerySetPayload;
use crate::django::state::{Django, Settings};
use crate::python::code::{Code, Source as SourceText};
use crate::python::object::{Dict, Fatal, PyResult, Raised, Value};
use crate::python::vm::Vm;

use super::definitions::{Level, issues_text};
use super::project::Project;
use super::{Cell, ExecError, Execution, Language, Limits, Outcome, Source, Submission};
use super::{cells, fixture, ledger, names, rows, tables};

/// Why nothing could be run at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbenchError {
    /// Bad usage: a dataset that does not exist.
    #[error("{0}")]
    Usage(String),
    /// Models, rows or a database that cannot be used.
    #[error("{0}")]
    Invalid(String),
}

/// How the value of a last expression that is a queryset is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Evaluated once in full, as `list()` would; its repr is that list's.
    Whole,
    /// As Django's shell shows it, through the queryset's own repr and its `LIMIT 21`.
    AsShell,
    /// As [`Self::Whole`], and other containers of Python's are gone through for the rows that they hold. Nobody reads the
    /// repr, so there is none.
    Judged,
}

/// An interpreter, its models and their database. Must live and run on a thread with a large stack
/// ([`crate::python::vm::with_big_stack`]).
pub struct Workbench {
    pub(super) vm: Vm,
    pub(super) django: Rc<Django>,
    pub(super) database: Rc<Database>,
    pub(super) image: Image,
    pub(super) names: Rc<Dict>,
    pub(super) session: Rc<Dict>,
    notes: Vec<String>,
    compiled: Vec<Compiled>,
}

/// A text that was compiled, for when it runs again.
struct Compiled {
    text: String,
    filename: &'static str,
    code: Rc<Code>,
    /// Where its last statement begins.
    last: (u32, u32),
}

/// How many texts are kept compiled.
const MOST_COMPILED: usize = 12;

impl Drop for Workbench {
    /// A process opens many workbenches: what refers back to itself must not stay of each.
    fn drop(&mut self) {
        let held = self.django.dismantle();
        self.vm.hand_over(held);
    }
}

/// What the learner's text is called in tracebacks.
const FILENAME: &str = "<stdin>";

impl Workbench {
    /// A workbench for a source.
    pub fn open(source: &Source) -> Result<Self, WorkbenchError> {
        match source {
            Source::Dataset { name, scale } => {
                let (Some(models), Some(rows)) =
                    (fixture(&format!("{name}/models.py")), fixture(&format!("{name}/rows.json")))
                else {
                    let known: Vec<&str> = super::dataset_names().collect();
                    return Err(WorkbenchError::Usage(format!(
                        "there is no dataset \"{name}\"; there are {}",
                        known.join(", ")
                    )));
                };
                let mut bench = Self::bare(name)?;
                bench.load_models(name, models, &format!("{name}/models.py"))?;
                tables::create(&bench.database.connection, &bench.django.registry())?;
                if scale.is_empty() {
                    tables::fill(&bench.database.connection, rows)?;
                } else {
                    tables::fill_scaled(&bench.database.connection, name, scale)?;
                }
                bench.finish()
            }
            Source::Models { files, database } => {
                let mut bench = Self::bare_with(files)?;
                match database {
                    None => {
                        if let Err(error) = bench.create_tables() {
                            // What the checks say is clearer than what the first statement failed of.
                            let issues = bench.issues()?;
                            if issues.iter().any(|issue| issue.level >= Level::Error) {
                                return Err(WorkbenchError::Invalid(issues_text(&issues)));
                            }
                            return Err(error);
                        }
                    }
                    Some(path) => {
                        let image = Image::from_file(path)
                            .map_err(|error| WorkbenchError::Invalid(format!("{}: {error}", path.display())))?;
                        bench
                            .database
                            .connection
                            .restore(&image)
                            .map_err(|error| WorkbenchError::Invalid(format!("{}: {error}", path.display())))?;
                    }
                }
                bench.finish()
            }
        }
    }

    /// The models of some files, without tables.
    pub(super) fn bare_with(files: &[std::path::PathBuf]) -> Result<Self, WorkbenchError> {
        let project = Project::read(files)?;
        let label = project.files.first().map_or_else(|| "app".to_owned(), |file| file.label.clone());
        let user = project.user_model();
        let mut bench = Self::bare(&label)?;
        {
            let mut settings = bench.django.settings.borrow_mut();
            settings.auth_user_stands_in = user.stands_in;
            settings.auth_user_model = user.label;
        }
        if project.files.iter().any(|file| file.text.contains("contenttypes")) {
            bench.django.apps.borrow_mut().install("django.contrib.contenttypes", "contenttypes");
        }
        bench.django.apps.borrow_mut().loading = true;
        bench.load_project(&project)?;
        bench.django.apps.borrow_mut().loading = false;
        Ok(bench)
    }

    /// Makes the tables; fields may have something to say in Python.
    fn create_tables(&mut self) -> Result<(), WorkbenchError> {
        let (connection, registry) = (self.database.connection.clone(), self.django.registry());
        crate::django::vm_scope::enter(&mut self.vm, || tables::create(&connection, &registry))
    }

    pub(super) fn bare(label: &str) -> Result<Self, WorkbenchError> {
        let mut vm = Vm::new();
        let started = Instant::now();
        vm.set_clock(Rc::new(move || started.elapsed()));
        let settings = Settings {
            // A dataset's users take the place of Django's own.
            auth_user_model: format!("{label}.User"),
            auth_user_stands_in: true,
            default_app_label: Some(label.to_owned()),
            ..Settings::default()
        };
        let django = crate::django::install(&mut vm, settings);
        let connection = Connection::open().map_err(|error| WorkbenchError::Invalid(error.message))?;
        let database = Database::new("default", Rc::new(connection));
        django.connections.set(database.clone());
        let names = vm.new_globals();
        let (session, notes, compiled) = (names.clone(), Vec::new(), Vec::new());
        Ok(Self { vm, django, database, image: Image::empty(), session, names, notes, compiled })
    }

    fn load_models(&mut self, label: &str, text: &str, path: &str) -> Result<(), WorkbenchError> {
        let module = format!("{label}.models");
        self.django.apps.borrow_mut().install(label, label);
        let source = SourceText::internal(path, text);
        match self.vm.run_module(&module, &source, false) {
            Ok(_) => Ok(()),
            Err(raised) => {
                let text = self.vm.format_exception(&raised);
                Err(WorkbenchError::Invalid(format!("{path}: {}", text.trim_end())))
            }
        }
    }

    /// Loads models files. A statement that fails as something is not there (a package of others, a part of Django that
    /// the engine lacks) is told in [`Self::notes`], and what it would have bound is missing; a mistake ends the loading.
    fn load_project(&mut self, project: &Project) -> Result<(), WorkbenchError> {
        let failed = |vm: &mut Vm, path: &Path, raised: &Raised| {
            let text = vm.format_exception(raised);
            WorkbenchError::Invalid(format!("{}: {}", path.display(), text.trim_end()))
        };
        let closed = project.install(&mut self.vm);
        for file in &project.files {
            self.django.apps.borrow_mut().install(&file.label, &file.label);
        }
        if project.needs_users()
            && let Err(raised) = self.vm.import_module("django.contrib.auth.models")
        {
            return Err(failed(&mut self.vm, Path::new("django.contrib.auth"), &raised));
        }
        for file in project.in_order() {
            let module = format!("{}.models", file.label);
            let source = SourceText::internal(&file.path.display().to_string(), file.text.as_str());
            let before = self.vm.poisoned().len();
            if let Err(raised) = self.vm.run_module_tolerantly(&module, &source) {
                return Err(failed(&mut self.vm, &file.path, &raised));
            }
            let path = file.path.display();
            for poisoned in &self.vm.poisoned()[before..] {
                let (line, cause) = (poisoned.line, &poisoned.cause);
                // A wrong attribute is the author's mistake, whoever lacks it.
                if cause.starts_with("AttributeError") {
                    return Err(WorkbenchError::Invalid(format!("{path}, line {line}: {cause}")));
                }
                let names = poisoned.names.join(", ");
                let lost = if names.is_empty() { String::new() } else { format!("; without {names}") };
                self.notes.push(format!("{path}, line {line}: not here: {cause}{lost}"));
            }
        }
        closed.set(true);
        Ok(())
    }

    /// What of the models files is missing, and why: for the person, not for a program.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn finish(mut self) -> Result<Self, WorkbenchError> {
        let names = self.vm.new_globals();
        let registry = self.django.registry();
        if let Err(raised) = names::bind(&mut self.vm, &names, &registry) {
            return Err(WorkbenchError::Invalid(self.vm.format_exception(&raised)));
        }
        self.names = names;
        self.image = self.database.connection.image().map_err(|error| WorkbenchError::Invalid(error.message))?;
        self.reset()?;
        Ok(self)
    }

    /// Goes back to the untouched database and the names that are bound before any code runs.
    pub fn reset(&mut self) -> Result<(), WorkbenchError> {
        let image = self.image.clone();
        self.go_to(&image)
    }

    /// The statements that make the tables.
    pub fn ddl(&self) -> Result<Vec<String>, WorkbenchError> {
        tables::statements(&self.django.registry(), &|_| true)
    }

    /// The registry of the models.
    pub fn registry(&self) -> Rc<crate::orm::models::Registry> {
        self.django.registry()
    }

    /// The names that code would find now.
    pub fn names(&self) -> Vec<String> {
        self.session.str_items().into_iter().map(|(name, _)| name.to_string()).collect()
    }

    /// Raised by Ctrl-C, it stops what runs.
    pub fn set_interrupt(&mut self, flag: std::sync::Arc<std::sync::atomic::AtomicBool>) {
        self.vm.set_interrupt_flag(flag);
    }

    /// Runs something before a submission, unlogged.
    pub fn set_up(&mut self, setup: &str) -> Result<(), ExecError> {
        if setup.trim().is_empty() {
            return Ok(());
        }
        let names = self.session.clone();
        let result = self.compiled(setup, "<setup>").and_then(|(code, _)| self.vm.run_compiled(&code, &names));
        self.database.connection.take_log();
        match result {
            Ok(_) => Ok(()),
            Err(raised) => Err(self.describe(&raised, (0, 0))),
        }
    }

    /// Runs one submission on what is there. Names and rows stay for the next one; [`Self::reset`] forgets them.
    pub fn run(&mut self, submission: &Submission, limits: &Limits, showing: Showing) -> Execution {
        self.apply(limits);
        // A loop that a limit ended is not running any more.
        self.vm.in_event_loop = false;
        let start = self.database.connection.log_len();
        let unsupported = self.vm.unsupported_seen.len();
        if showing == Showing::Judged {
            // Django asks each new connection once what SQLite can do; that is no statement of the answer's.
            self.database.json_asked.set(true);
        }
        let mut execution = match submission.language {
            Language::Python => self.run_python(&submission.source, showing),
            Language::Sql => self.run_sql(&submission.source),
        };
        let fallback = match submission.language {
            Language::Sql => (1, 1),
            Language::Python => self.compiled(&submission.source, FILENAME).map_or((0, 0), |(_, last)| last),
        };
        if showing == Showing::Judged {
            // What was not committed is lost when a program ends, and what it set up beside the database goes with it.
            let _ = self.database.connection.settle();
        }
        execution.queries = ledger::queries(&self.database, start, fallback);
        execution.stdout = std::mem::take(&mut self.vm.output);
        execution.unsupported = self.vm.unsupported_seen.get(unsupported).cloned();
        execution
    }

    /// As [`Self::run`]; where models were defined, the system checks say what is wrong with them.
    pub fn run_and_check(&mut self, submission: &Submission, limits: &Limits, showing: Showing) -> Execution {
        let before = self.generation();
        let mut execution = self.run(submission, limits, showing);
        if self.generation() != before && execution.outcome == Outcome::Finished {
            // A program may have left the checks nothing to work with; what it did stands all the same.
            execution.issues = self.issues().unwrap_or_default();
        }
        execution
    }

    pub(super) fn apply(&mut self, limits: &Limits) {
        self.vm.set_limits(crate::python::vm::Limits {
            steps: limits.steps,
            memory: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            output: usize::try_from(limits.output).unwrap_or(usize::MAX),
            time: limits.time,
            ..crate::python::vm::Limits::default()
        });
        let _ = self.database.connection.set_limits(db::Limits {
            max_rows: Some(limits.rows),
            max_steps: None,
            timeout: Some(limits.time),
            max_memory: Some(limits.memory),
        });
    }

    /// A text's code and where its last statement begins.
    fn compiled(&mut self, text: &str, filename: &'static str) -> PyResult<(Rc<Code>, (u32, u32))> {
        if let Some(known) = self.compiled.iter().find(|known| known.filename == filename && known.text == text) {
            return Ok((known.code.clone(), known.last));
        }
        let code = self.vm.compile(&SourceText::new(filename, text), true)?;
        let last = crate::python::parse::last_expression_place(text).unwrap_or((0, 0));
        if self.compiled.len() >= MOST_COMPILED {
            self.compiled.remove(0);
        }
        self.compiled.push(Compiled { text: text.to_owned(), filename, code: code.clone(), last });
        Ok((code, last))
    }

    fn run_python(&mut self, source: &str, showing: Showing) -> Execution {
        let names = self.session.clone();
        let mut execution = empty();
        let (code, fallback) = match self.compiled(source, FILENAME) {
            Ok(compiled) => compiled,
            Err(raised) => {
                execution.outcome = self.outcome(&raised, (0, 0));
                return execution;
            }
        };
        let value = match self.vm.run_compiled(&code, &names) {
            Ok(value) => value.unwrap_or(Value::None),
            Err(raised) => {
                execution.outcome = self.outcome(&raised, fallback);
                return execution;
            }
        };
        if let Err(raised) = self.show(&value, showing, &mut execution) {
            execution.outcome = self.outcome(&raised, fallback);
        }
        execution
    }

    fn show(&mut self, value: &Value, showing: Showing, execution: &mut Execution) -> PyResult<()> {
        let vm = &mut self.vm;
        let is_queryset = value.payload::<QuerySetPayload>().is_some() || crate::django::query::is_raw(vm, value);
        // A shell reads as many rows as the queryset's own repr would, by the same statement; the repr then shows those.
        let is_lazy = value.payload::<QuerySetPayload>().is_some_and(|own| own.cache.borrow().is_none());
        let shown = match showing {
            Showing::AsShell if is_lazy => vm.get_item(value, &crate::django::query::repr_slice())?,
            Showing::Whole | Showing::Judged if is_queryset => Value::list(vm.list_from(value)?),
            _ => value.clone(),
        };
        let evaluated =
            if is_queryset && showing == Showing::AsShell { Value::list(vm.list_from(&shown)?) } else { shown.clone() };
        let (shown, evaluated) = match showing {
            Showing::Judged if !is_queryset => {
                let held = self.gone_through(&shown, execution)?;
                (held.clone(), held)
            }
            _ => (shown, evaluated),
        };
        let vm = &mut self.vm;
        // Before the repr, which may load what was deferred.
        let table = rows::tabulate(vm, value, &evaluated)?;
        match table {
            Some(table) => {
                execution.columns = Some(table.columns);
                execution.rows = Some(table.rows);
                execution.instances = table.instances;
                execution.keyed = table.keyed;
            }
            None if !shown.is_none() => {
                // Querysets inside another value are read for the sake of the answer, not by the program.
                self.database.connection.set_logging(showing == Showing::Judged);
                let scalar = cells::cell(vm, &shown);
                self.database.connection.set_logging(true);
                execution.scalar = Some(scalar?);
            }
            None => {}
        }
        execution.direct = is_queryset;
        execution.listed = matches!(shown, Value::List(_));
        if showing == Showing::Judged {
            return Ok(());
        }
        // What the repr itself asks of the database is no part of the answer.
        self.database.connection.set_logging(false);
        let text = if shown.is_none() { None } else { Some(self.vm.repr(&shown)) };
        self.database.connection.set_logging(true);
        if let Some(text) = text {
            execution.value = Some(text?.to_string());
        }
        Ok(())
    }

    /// The list that stands for a container which is none, with its rows as tuples; any other value as it is.
    fn gone_through(&mut self, value: &Value, execution: &mut Execution) -> PyResult<Value> {
        const CONTAINERS: [&str; 22] = [
            "tuple",
            "set",
            "frozenset",
            "generator",
            "map",
            "filter",
            "zip",
            "enumerate",
            "reversed",
            "range",
            "deque",
            "dict_values",
            "dict_keys",
            "dict_items",
            "list_iterator",
            "tuple_iterator",
            "list_reverseiterator",
            "chain",
            "islice",
            "odict_values",
            "odict_items",
            "starmap",
        ];
        let vm = &mut self.vm;
        let kind = vm.type_name(value);
        let is_list = &*kind == "list";
        if !is_list && !CONTAINERS.contains(&&*kind) {
            return Ok(value.clone());
        }
        let mut items = vm.list_from(value)?;
        if &*kind == "tuple" && items.iter().any(rows::stands_alone) {
            execution.container = Some(kind.to_string());
            return Ok(value.clone());
        }
        if !is_list {
            execution.container = Some(kind.to_string());
        }
        if !items.is_empty() && items.iter().all(|item| item.as_tuple().is_some() || matches!(item, Value::List(_))) {
            for item in &mut items {
                if let Value::List(list) = item {
                    *item = Value::tuple(list.to_vec());
                }
            }
        } else if is_list {
            return Ok(value.clone());
        }
        Ok(Value::list(items))
    }

    fn run_sql(&mut self, source: &str) -> Execution {
        let mut execution = empty();
        for statement in split_statements(source) {
            let result = self.database.connection.execute(&statement.replace('%', "%%"), &Params::List(Vec::new()));
            match result {
                Ok(result) => {
                    if result.columns.is_empty() {
                        continue;
                    }
                    (execution.direct, execution.listed) = (true, true);
                    execution.columns = Some(result.columns.iter().map(|column| column.name.clone()).collect());
                    execution.rows = Some(
                        result.rows.into_iter().map(|row| row.into_iter().map(Cell::from_sql).collect()).collect(),
                    );
                }
                Err(error) => {
                    let raised = crate::django::connections::raise(&mut self.vm, &error);
                    execution.outcome = self.outcome(&raised, (1, 1));
                    return execution;
                }
            }
        }
        execution
    }

    pub(super) fn outcome(&mut self, raised: &Raised, fallback: (u32, u32)) -> Outcome {
        match raised.fatal() {
            Some(Fatal::Interrupt) => Outcome::Interrupted,
            Some(_) => {
                let text = self.vm.to_str(&raised.value()).map(|text| text.to_string()).unwrap_or_default();
                Outcome::Limit(text)
            }
            None => Outcome::Raised(self.describe(raised, fallback)),
        }
    }

    fn describe(&mut self, raised: &Raised, fallback: (u32, u32)) -> ExecError {
        let vm = &mut self.vm;
        let value = raised.value();
        let kind = vm.type_name(&value).to_string();
        // What the text itself asks of the database is no part of the answer.
        self.database.connection.set_logging(false);
        let message = match vm.to_str(&value) {
            Ok(text) => text.to_string(),
            Err(_) => format!("<{kind} in __str__>"),
        };
        let place = vm.place_of(raised).unwrap_or(fallback);
        let unsupported = raised.is(vm.exceptions.get(crate::python::exceptions::Kind::Unsupported));
        let traceback = vm.format_exception(raised);
        self.database.connection.set_logging(true);
        ExecError { traceback, kind, message, line: place.0, column: place.1, unsupported }
    }
}

fn empty() -> Execution {
    Execution {
        outcome: Outcome::Finished,
        stdout: String::new(),
        value: None,
        columns: None,
        rows: None,
        scalar: None,
        instances: None,
        keyed: false,
        direct: false,
        listed: false,
        container: None,
        queries: Vec::new(),
        unsupported: None,
        issues: Vec::new(),
    }
}

/// The statements of an SQL text, apart.
fn split_statements(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current = String::new();
    for piece in source.split_inclusive(';') {
        current.push_str(piece);
        if db::Connection::is_complete(&current) {
            let statement = std::mem::take(&mut current);
            let text = statement.trim().trim_end_matches(';').trim();
            if !text.is_empty() {
                all.push(text.to_owned());
            }
        }
    }
    if !current.trim().is_empty() {
        all.push(current.trim().to_owned());
    }
    all
}
