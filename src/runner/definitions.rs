//! Models as definitions: what the system checks say of them, the statements that make their tables, and models for the
//! tables of a database that has none.

use std::path::Path;

use crate::db::Image;
use crate::orm::models::Model;
use crate::python::object::{PyResult, Value};

use super::{Source, Workbench, WorkbenchError, tables};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Django's own levels")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// What a system check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How serious it is.
    pub level: Level,
    /// Its id, as `fields.E304`.
    pub id: String,
    /// What it says, as Django prints it.
    pub text: String,
}

/// The groups in which Django prints findings.
const GROUPS: &[(Level, &str)] = &[
    (Level::Critical, "CRITICALS"),
    (Level::Error, "ERRORS"),
    (Level::Warning, "WARNINGS"),
    (Level::Info, "INFOS"),
    (Level::Debug, "DEBUGS"),
];

/// What `manage.py check` prints of findings: the first word only where one of them is an error.
pub fn issues_text(issues: &[Issue]) -> String {
    let mut text = String::new();
    if issues.iter().any(|issue| issue.level >= Level::Error) {
        text.push_str("SystemCheckError: ");
    }
    if !issues.is_empty() {
        text.push_str("System check identified some issues:\n");
    }
    for (level, name) in GROUPS {
        let mut lines: Vec<&str> =
            issues.iter().filter(|issue| issue.level == *level).map(|issue| issue.text.as_str()).collect();
        if lines.is_empty() {
            continue;
        }
        lines.sort_unstable();
        text.push_str(&format!("\n{name}:\n{}\n", lines.join("\n")));
    }
    if !issues.is_empty() {
        text.push('\n');
    }
    let count = match issues.len() {
        0 => "no issues".to_owned(),
        1 => "1 issue".to_owned(),
        several => format!("{several} issues"),
    };
    text.push_str(&format!("System check identified {count} (0 silenced)."));
    text
}

impl Workbench {
    /// The models of a source, without tables.
    pub fn open_definitions(source: &Source) -> Result<Self, WorkbenchError> {
        match source {
            Source::Models { files, .. } => Self::bare_with(files),
            Source::Dataset { .. } => Self::open(source),
        }
    }

    /// The labels of the apps that are not Django's own.
    pub fn own_labels(&self) -> Vec<String> {
        let apps = self.django.apps.borrow();
        apps.labels().into_iter().filter(|label| !apps.is_contrib(label)).collect()
    }

    /// What the system checks say.
    pub fn issues(&mut self) -> Result<Vec<Issue>, WorkbenchError> {
        let found = self.ask("_django_report", "issues");
        self.database.connection.take_log();
        match found {
            Ok(issues) => Ok(issues),
            Err(raised) => Err(WorkbenchError::Invalid(self.vm.format_exception(&raised).trim_end().to_owned())),
        }
    }

    fn ask(&mut self, module: &str, function: &str) -> PyResult<Vec<Issue>> {
        let vm = &mut self.vm;
        let module = vm.import_module(module)?;
        let found = vm.call_method(&module, function, ())?;
        let mut issues = Vec::new();
        for item in vm.list_from(&found)? {
            let [level, text, id] = item.as_tuple().unwrap_or_default() else { continue };
            let level = match level.as_i64().unwrap_or(40) {
                ..20 => Level::Debug,
                20..30 => Level::Info,
                30..40 => Level::Warning,
                40..50 => Level::Error,
                _ => Level::Critical,
            };
            let (text, id) = (vm.to_str(text)?.to_string(), vm.to_str(id)?.to_string());
            issues.push(Issue { level, id, text });
        }
        Ok(issues)
    }

    /// The statements that make the tables, as the schema editor would send them for all models at once.
    /// Those of Django's own apps are left out.
    pub fn definitions_ddl(&mut self) -> Result<Vec<String>, WorkbenchError> {
        let (django, registry) = (self.django.clone(), self.django.registry());
        let wanted = |model: &Model| !django.apps.borrow().is_contrib(&model.meta().app_label);
        crate::django::vm_scope::enter(&mut self.vm, || tables::statements(&registry, &wanted))
    }

    /// Models for the tables of the database, as `inspectdb` prints them.
    pub fn inspect(&mut self, tables: &[String]) -> Result<String, WorkbenchError> {
        let text = self.inspected(tables);
        self.database.connection.take_log();
        match text {
            Ok(text) => Ok(text),
            Err(raised) => Err(WorkbenchError::Invalid(self.vm.format_exception(&raised).trim_end().to_owned())),
        }
    }

    fn inspected(&mut self, tables: &[String]) -> PyResult<String> {
        let vm = &mut self.vm;
        let module = vm.import_module("_django_inspectdb")?;
        let tables = Value::tuple(tables.iter().map(|name| Value::from(name.clone())).collect::<Vec<_>>());
        let text = vm.call_method(&module, "text", [tables])?;
        Ok(vm.to_str(&text)?.to_string())
    }

    /// Models for the tables of an SQLite file.
    pub fn inspect_file(path: &Path, tables: &[String]) -> Result<String, WorkbenchError> {
        let invalid = |error: String| WorkbenchError::Invalid(format!("{}: {error}", path.display()));
        let mut bench = Self::bare("inspected")?;
        let image = Image::from_file(path).map_err(|error| invalid(error.to_string()))?;
        bench.database.connection.restore(&image).map_err(|error| invalid(error.to_string()))?;
        bench.inspect(tables)
    }
}
