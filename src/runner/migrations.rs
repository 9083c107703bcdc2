//! Two versions of a models.py, and the migrations between them; a migration file on top of models, and its SQL.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use crate::db::Connection;
use crate::django::connections::Database;
use crate::django::migrations::{DjangoHost, literal, migration_of, project_state};
use crate::django::state::{Django, Settings, hook, orm};
use crate::orm::migrations::{
    Argument, Autodetector, FieldState, Graph, Migration, ModelState, NonInteractive, OneOff, ProjectState, Questioner,
    apply, writer,
};
use crate::orm::{OrmError, OrmResult};
use crate::python::code::Source as SourceText;
use crate::python::object::{PyResult, Raised, Value};
use crate::python::vm::Vm;

use super::WorkbenchError;

/// The last migrations of the apps that Django brings along.
const LEAVES: &[(&str, &str)] = &[
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("sessions", "0001_initial"),
    ("sites", "0002_alter_domain_unique"),
];

/// A file and its text.
#[derive(Clone, Debug)]
pub struct ModelsFile {
    /// Its name, for tracebacks.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Who answers what two versions of models cannot tell.
pub trait Answers {
    /// Whether the model was renamed.
    fn renamed_model(&mut self, app: &str, old: &str, new: &str) -> bool;
    /// Whether the field was renamed.
    fn renamed_field(&mut self, model: &str, old: &str, new: &str, class: &str) -> bool;
    /// A default as Python code for rows that are there; `None` to give up, or to leave NULLs to somebody else.
    fn default(&mut self, model: &str, field: &str, why: Why) -> Option<String>;
    /// Told of what could not be asked.
    fn told(&mut self, line: &str);
}

/// Why a default is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A field that may not be NULL is added.
    Added,
    /// A field that may not be NULL is added, which keeps when its row was made.
    AddedMoment,
    /// A field could be NULL until now.
    Altered,
}

/// What is asked for.
pub struct MigrationRequest<'a> {
    /// The app's label.
    pub app: &'a str,
    /// The models as they were.
    pub old: Option<&'a ModelsFile>,
    /// The models as they are, or a migration file.
    pub new: Option<&'a ModelsFile>,
    /// The name of the migration, without its number.
    pub name: Option<&'a str>,
    /// Whether the SQL is wanted too, and in which direction.
    pub sql: Option<Direction>,
}

/// Which way a migration goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As it is applied.
    Forwards,
    /// As it is undone.
    Backwards,
}

/// One migration.
#[derive(Clone, Debug)]
pub struct MadeMigration {
    /// Its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub text: String,
    /// What each operation is called, does, and by which sign.
    pub operations: Vec<(String, String, char)>,
    /// Its SQL, line by line.
    pub sql: Option<Vec<String>>,
}

/// Why there are no migrations.
#[derive(Debug)]
pub enum MigrationError {
    /// Files that cannot be used.
    Invalid(String),
    /// Django would have raised this.
    Raised {
        /// The exception's class.
        kind: String,
        /// Its message.
        message: String,
        /// Whether it is the engine that lacks something.
        unsupported: bool,
    },
    /// No default was given for rows that are there.
    GaveUp,
}

impl From<WorkbenchError> for MigrationError {
    fn from(error: WorkbenchError) -> Self {
        Self::Invalid(error.to_string())
    }
}

struct Bench {
    vm: Vm,
    django: Rc<Django>,
    app: String,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.django.dismantle();
    }
}

/// Whether a text defines the users of its project.
fn defines_users(text: &str) -> bool {
    text.lines().any(|line| {
        line.strip_prefix("class User(")
            .is_some_and(|rest| rest.contains("AbstractUser") || rest.contains("AbstractBaseUser"))
    })
}

impl Bench {
    fn open(app: &str, texts: &[&str]) -> Result<Self, MigrationError> {
        let mut vm = Vm::new();
        let started = Instant::now();
        vm.set_clock(Rc::new(move || started.elapsed()));
        let own_users = texts.iter().any(|text| defines_users(text));
        let auth_user_model = if own_users { format!("{app}.User") } else { "auth.User".to_owned() };
        let settings = Settings { auth_user_model, default_app_label: Some(app.to_owned()), ..Settings::default() };
        let django = crate::django::install(&mut vm, settings);
        let connection = Connection::open().map_err(|error| MigrationError::Invalid(error.message))?;
        django.connections.set(Database::new("default", Rc::new(connection)));
        let mut bench = Self { vm, django, app: app.to_owned() };
        for label in ["contenttypes", "auth"] {
            let module = format!("django.contrib.{label}");
            bench.django.apps.borrow_mut().install(&module, label);
            if label == "auth" && own_users {
                continue;
            }
            if let Err(raised) = bench.vm.import_module(&format!("{module}.models")) {
                return Err(bench.raised(&raised));
            }
        }
        bench.django.apps.borrow_mut().install(app, app);
        Ok(bench)
    }

    fn raised(&mut self, raised: &Raised) -> MigrationError {
        let value = raised.value();
        let message = self.vm.to_str(&value).map(|text| text.to_string()).unwrap_or_default();
        let kind = self.vm.type_name(&value).to_string();
        let unsupported = raised.is(self.vm.exceptions.get(crate::python::exceptions::Kind::Unsupported));
        MigrationError::Raised { kind, message, unsupported }
    }

    fn run(&mut self, module: &str, file: &ModelsFile) -> Result<Value, MigrationError> {
        let source = SourceText::new(&file.path.display().to_string(), file.text.as_str());
        match self.vm.run_module(module, &source, false) {
            Ok(module) => Ok(module),
            Err(raised) => {
                let text = self.vm.format_exception(&raised);
                Err(MigrationError::Invalid(format!("{}: {}", file.path.display(), text.trim_end())))
            }
        }
    }

    /// The state of the models in a file.
    fn state(&mut self, host: &DjangoHost, file: Option<&ModelsFile>) -> Result<ProjectState, MigrationError> {
        self.django.swap_registry(host.registry());
        let Some(file) = file.filter(|file| !file.text.trim().is_empty()) else { return Ok(ProjectState::default()) };
        let module = format!("{}.models", self.app);
        self.run(&module, file)?;
        let app = self.app.clone();
        project_state(&mut self.vm, &app).map_err(|raised| self.raised(&raised))
    }

    fn detect(
        &mut self,
        (from, to): (&ProjectState, &ProjectState),
        graph: &Graph,
        name: Option<&str>,
        questioner: &mut dyn Questioner,
    ) -> PyResult<Vec<Migration>> {
        let user_model = self.django.settings.borrow().auth_user_model.clone();
        orm(&mut self.vm, || Autodetector::new(from, to, &user_model, questioner).changes(graph, name))
    }

    fn now(&mut self, format: &str) -> PyResult<String> {
        let module = self.vm.import_module("datetime")?;
        let class = self.vm.get_attr(&module, "datetime")?;
        let now = self.vm.call_method(&class, "now", ())?;
        let text = self.vm.call_method(&now, "strftime", [Value::str(format)])?;
        Ok(self.vm.to_str(&text)?.to_string())
    }

    fn graph(&mut self, last: Option<&str>) -> PyResult<Graph> {
        let timestamp = self.now("%Y%m%d_%H%M")?;
        let mut leaves: Vec<(Rc<str>, Rc<str>)> =
            LEAVES.iter().map(|(app, name)| ((*app).into(), (*name).into())).collect();
        leaves.extend(last.map(|name| (self.app.as_str().into(), name.into())));
        Ok(Graph { leaves, timestamp: timestamp.into() })
    }
}

/// Asks for defaults as code and evaluates it.
struct Asking<'a> {
    answers: &'a mut dyn Answers,
    gave_up: bool,
}

impl Asking<'_> {
    fn default(&mut self, field: &str, model: &str, why: Why) -> OrmResult<Option<OneOff>> {
        let Some(code) = self.answers.default(model, field, why) else { return Ok(None) };
        hook(|vm| {
            let globals = vm.new_globals();
            for (name, module) in [("datetime", "datetime"), ("timezone", "django.utils.timezone")] {
                let module = vm.import_module(module)?;
                globals.set_str(name, module);
            }
            let value = vm.eval_text(&code, &globals)?;
            let callable = vm.is_callable(&value);
            Ok(Some((Argument { literal: literal(vm, &value)?, host: Some(Rc::new(value)) }, callable)))
        })
    }

    fn or_give_up(&mut self, field: &str, model: &str, why: Why) -> OrmResult<OneOff> {
        if let Some(default) = self.default(field, model, why)? {
            return Ok(default);
        }
        self.gave_up = true;
        let mut plain = NonInteractive::default();
        let outcome = match why {
            Why::AddedMoment => plain.ask_auto_now_add_addition(field, model),
            _ => plain.ask_not_null_addition(field, model),
        };
        for line in &plain.log {
            self.answers.told(line);
        }
        outcome
    }
}

impl Questioner for Asking<'_> {
    fn ask_rename_model(&mut self, old: &ModelState, new: &ModelState) -> OrmResult<bool> {
        Ok(self.answers.renamed_model(&old.app_label, &old.name, &new.name))
    }

    fn ask_rename(&mut self, model: &str, old: &str, new: &str, field: &FieldState) -> OrmResult<bool> {
        Ok(self.answers.renamed_field(model, old, new, &field.class_name))
    }

    fn ask_not_null_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff> {
        self.or_give_up(field, model, Why::Added)
    }

    fn ask_not_null_alteration(&mut self, field: &str, model: &str) -> OrmResult<Option<OneOff>> {
        let default = self.default(field, model, Why::Altered)?;
        if default.is_none() {
            let mut plain = NonInteractive::default();
            plain.ask_not_null_alteration(field, model)?;
            for line in &plain.log {
                self.answers.told(line);
            }
        }
        Ok(default)
    }

    fn ask_auto_now_add_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff> {
        self.or_give_up(field, model, Why::AddedMoment)
    }

    fn ask_unique_callable_default_addition(&mut self, _field: &str, _model: &str) -> OrmResult<()> {
        Ok(())
    }
}

/// Whether a file declares a migration rather than models.
pub fn is_migration(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("class Migration("))
}

/// The migrations that lead from the old models to the new ones, or the one of a file.
pub fn migrations(
    request: &MigrationRequest<'_>,
    answers: &mut dyn Answers,
) -> Result<Vec<MadeMigration>, MigrationError> {
    let texts: Vec<&str> = request.old.iter().chain(&request.new).map(|file| file.text.as_str()).collect();
    let mut bench = Bench::open(request.app, &texts)?;
    let host = DjangoHost::new(&bench.vm, request.app);
    let old = bench.state(&host, request.old)?;
    // What was there before came of migrations too, which put fields in an order of their own.
    let mut before = ProjectState::default();
    let mut last: Option<String> = None;
    if !old.models.is_empty() {
        let graph = bench.graph(None).map_err(|raised| bench.raised(&raised))?;
        let made = bench
            .detect((&before, &old), &graph, None, &mut NonInteractive::default())
            .map_err(|raised| bench.raised(&raised))?;
        for migration in &made {
            for operation in &migration.operations {
                let outcome = orm(&mut bench.vm, || operation.state_forwards(&migration.app_label, &mut before));
                outcome.map_err(|raised| bench.raised(&raised))?;
            }
            if *migration.app_label == *request.app {
                last = Some(migration.name.to_string());
            }
        }
    }
    let all = match request.new.filter(|file| is_migration(&file.text)) {
        Some(file) => vec![from_file(&mut bench, file)?],
        None => {
            let new = bench.state(&host, request.new)?;
            let graph = bench.graph(last.as_deref()).map_err(|raised| bench.raised(&raised))?;
            let mut asking = Asking { answers, gave_up: false };
            let outcome = bench.detect((&before, &new), &graph, request.name, &mut asking);
            let gave_up = asking.gave_up;
            outcome.map_err(|raised| if gave_up { MigrationError::GaveUp } else { bench.raised(&raised) })?
        }
    };
    let stamp = bench.now("%Y-%m-%d %H:%M").map_err(|raised| bench.raised(&raised))?;
    let header = format!("# Generated by Django 5.2.19 on {stamp}");
    let mut made = Vec::with_capacity(all.len());
    for migration in &all {
        let from_file = request.new.is_some_and(|file| is_migration(&file.text));
        let text = match request.new.filter(|_| from_file) {
            Some(file) => file.text.clone(),
            None => {
                let text = orm(&mut bench.vm, || writer::write(migration, Some(&header)));
                text.map_err(|raised| bench.raised(&raised))?
            }
        };
        let mut sql = None;
        let direction = request.sql.unwrap_or(Direction::Forwards);
        if request.sql.is_some() {
            let outcome =
                orm(&mut bench.vm, || apply::sql_of(migration, &before, &host, direction == Direction::Backwards));
            let (lines, after) = outcome.map_err(|raised| bench.raised(&raised))?;
            sql = Some(lines);
            before = after;
        }
        made.push(MadeMigration {
            app: migration.app_label.to_string(),
            name: migration.name.to_string(),
            text,
            operations: migration
                .operations
                .iter()
                .map(|operation| (operation.class_name().to_owned(), operation.describe(), operation.category()))
                .collect(),
            sql,
        });
    }
    Ok(made)
}

fn from_file(bench: &mut Bench, file: &ModelsFile) -> Result<Migration, MigrationError> {
    let stem =
        file.path.file_stem().map_or_else(|| "0001_initial".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let module = bench.run(&format!("{}.migrations.{stem}", bench.app), file)?;
    let app = bench.app.clone();
    let read = |vm: &mut Vm| -> PyResult<Migration> {
        let class = vm.get_attr(&module, "Migration")?;
        migration_of(vm, &class, &stem, &app)
    };
    read(&mut bench.vm).map_err(|raised| bench.raised(&raised))
}

/// The label of the app that a file belongs to: its folder's name, or that of the folder around `migrations`.
pub fn app_of(file: &Path) -> String {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut folder = whole.parent();
    if folder.and_then(Path::file_name).is_some_and(|name| name == "migrations") {
        folder = folder.and_then(Path::parent);
    }
    folder
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "app".to_owned())
}

impl From<OrmError> for MigrationError {
    fn from(error: OrmError) -> Self {
        Self::Invalid(error.message().to_owned())
    }
}
