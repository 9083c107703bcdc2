//! [`run_package`]: a Django-style test package on its own empty databases, one report a test.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::db::{self, Connection, Params};
use crate::django::connections::Database;
use crate::django::state::{Django, Settings};
use crate::orm::schema::create_table;
use crate::python::exceptions::Kind;
use crate::python::object::{Fatal, Raised, Value};
use crate::python::vm::Vm;

use super::package::{Package, PackageModule, declared_classes, declared_tests};
use super::{Limits, WorkbenchError, tables};

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestEnd {
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

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestReport {
    /// Django's own id.
    pub id: String,
    /// How it ended.
    pub end: TestEnd,
    /// What it said.
    pub message: String,
    /// The line in the package to blame.
    pub line: Option<u32>,
}

/// The databases of Django's own test settings.
const ALIASES: &[&str] = &["default", "other"];

/// The module that finds and runs the tests.
const DRIVER: &str = "_ormdojo_tests";

/// Runs the tests of a folder, each reported as it ends. Must run on a thread with a large stack.
pub fn run_package(
    folder: &Path,
    limits: &Limits,
    interrupt: &Arc<AtomicBool>,
    each: &mut dyn FnMut(TestReport),
) -> Result<(), WorkbenchError> {
    let package = Package::read(folder)?;
    let mut bench = TestBench::open(&package, limits, interrupt)?;
    bench.load(each);
    bench.create_tables();
    bench.run(each);
    Ok(())
}

struct TestBench<'a> {
    package: &'a Package,
    vm: Vm,
    django: Rc<Django>,
    databases: Vec<Rc<Connection>>,
    limits: Limits,
    driver: Value,
    /// Tests as the driver identifies them, in the order found.
    found: Vec<Value>,
    /// Tables that could not be made, and why.
    missing_tables: Vec<(String, String)>,
}

/// The settings under which Django's own suite runs.
fn settings() -> Settings {
    Settings {
        use_tz: false,
        time_zone: "America/Chicago".into(),
        default_auto_field: "AutoField".into(),
        debug: false,
        auth_user_model: "auth.User".into(),
        auth_user_stands_in: false,
        default_app_label: None,
    }
}

impl<'a> TestBench<'a> {
    fn open(package: &'a Package, limits: &Limits, interrupt: &Arc<AtomicBool>) -> Result<Self, WorkbenchError> {
        let mut vm = Vm::new();
        let started = Instant::now();
        vm.set_clock(Rc::new(move || started.elapsed()));
        vm.set_interrupt_flag(interrupt.clone());
        let django = crate::django::install(&mut vm, settings());
        let mut databases = Vec::new();
        for alias in ALIASES {
            let connection = Connection::open().map_err(|error| WorkbenchError::Invalid(error.message))?;
            let connection = Rc::new(connection);
            let database = Database::new(alias, connection.clone());
            // Making the tables has asked already.
            database.json_asked.set(true);
            django.connections.set(database);
            databases.push(connection);
        }
        {
            let mut apps = django.apps.borrow_mut();
            apps.install("django.contrib.contenttypes", "contenttypes");
            apps.install("django.contrib.auth", "auth");
            apps.install(&package.name, &package.name);
            for module in package.called("models") {
                if let Some((app, _)) = module.rsplit_once('.') {
                    apps.install(app, app.rsplit('.').next().unwrap_or(app));
                }
            }
        }
        package.install(&mut vm, crate::django::modules::find);
        vm.add_source_module(DRIVER, include_str!("py/driver.py"));
        let mut bench = Self {
            package,
            vm,
            django,
            databases,
            limits: limits.clone(),
            driver: Value::None,
            found: Vec::new(),
            missing_tables: Vec::new(),
        };
        bench.renew_limits();
        let driver = bench.vm.import_module(DRIVER).and_then(|module| bench.vm.get_attr(&module, "driver"));
        match driver {
            Ok(driver) => bench.driver = driver,
            Err(raised) => return Err(WorkbenchError::Invalid(bench.vm.format_exception(&raised))),
        }
        bench.vm.set_tolerant(true);
        Ok(bench)
    }

    /// Every test has the limits to itself.
    fn renew_limits(&mut self) {
        let limits = &self.limits;
        self.vm.set_limits(crate::python::vm::Limits {
            steps: limits.steps,
            memory: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            output: usize::try_from(limits.output).unwrap_or(usize::MAX),
            time: limits.time,
            source: super::package::FILE_CAP,
            ..crate::python::vm::Limits::default()
        });
        for connection in &self.databases {
            let _ = connection.set_limits(db::Limits {
                max_rows: Some(limits.rows),
                max_steps: None,
                timeout: Some(limits.time),
                max_memory: Some(limits.memory),
            });
        }
        self.vm.output.clear();
    }

    /// Imports the models, then the test modules. A module that cannot be run reports each of its tests.
    fn load(&mut self, each: &mut dyn FnMut(TestReport)) {
        for module in self.package.called("models") {
            self.renew_limits();
            // What is wrong with it shows in the tests that need it.
            let _ = self.vm.import_module(&module);
        }
        let package = self.package;
        for module in package.tests() {
            self.renew_limits();
            let seen = self.vm.unsupported_seen.len();
            let poisoned = self.vm.poisoned().len();
            let found = self.vm.import_module(&module.name).and_then(|loaded| {
                let found = self.vm.call_method(&self.driver, "tests_of", [loaded])?;
                self.vm.list_from(&found)
            });
            match found {
                Ok(found) => self.found.extend(found),
                Err(raised) => {
                    let report = self.failure(&raised, seen);
                    for class in declared_classes(&module.text) {
                        self.report_class(module, &class, &report, each);
                    }
                    let id = format!("unittest.loader._FailedTest.{}", module.name);
                    each(TestReport { id, ..report });
                    continue;
                }
            }
            self.report_poisoned(module, poisoned, each);
        }
    }

    /// Reports the tests of the classes that this module failed to make.
    fn report_poisoned(&mut self, module: &PackageModule, from: usize, each: &mut dyn FnMut(TestReport)) {
        let classes = declared_classes(&module.text);
        let poisoned = self.vm.poisoned().get(from..).map(<[_]>::to_vec).unwrap_or_default();
        for statement in poisoned {
            for name in statement.names.iter().filter(|name| classes.contains(name)) {
                let report = TestReport {
                    id: String::new(),
                    end: TestEnd::Unsupported,
                    message: statement.cause.clone(),
                    line: Some(statement.line),
                };
                self.report_class(module, name, &report, each);
            }
        }
    }

    fn report_class(&self, module: &PackageModule, class: &str, report: &TestReport, each: &mut dyn FnMut(TestReport)) {
        for test in declared_tests(&module.text, class) {
            each(TestReport { id: format!("{}.{class}.{test}", module.name), ..report.clone() });
        }
    }

    /// Makes the tables of every model that was imported, on every database.
    fn create_tables(&mut self) {
        let registry = self.django.registry();
        let mut deferred = Vec::new();
        for model in tables::tabled(&registry) {
            match crate::django::vm_scope::enter(&mut self.vm, || create_table(&model)) {
                Ok(made) => {
                    self.execute(&made.create, &model.db_table());
                    deferred.extend(made.deferred.into_iter().map(|sql| (sql, model.db_table())));
                }
                Err(error) => {
                    self.missing_tables.push((model.db_table().to_string(), error.message().to_owned()));
                }
            }
        }
        for (sql, table) in deferred {
            self.execute(&sql, &table);
        }
        let types: Vec<String> = registry
            .models()
            .iter()
            .filter(|model| {
                let meta = model.meta();
                !meta.is_abstract && meta.swapped.is_none() && !meta.auto_created
            })
            .map(|model| format!("('{}', '{}')", model.meta().app_label, model.model_name))
            .collect();
        if registry.find("contenttypes", "contenttype").is_some() && !types.is_empty() {
            let sql = format!("INSERT INTO django_content_type (app_label, model) VALUES {}", types.join(", "));
            self.execute(&sql, "django_content_type");
        }
    }

    fn execute(&mut self, sql: &str, table: &str) {
        for connection in &self.databases {
            if let Err(error) = connection.execute_plain(sql, &Params::None) {
                self.missing_tables.push((table.to_owned(), error.message));
                return;
            }
        }
    }

    fn run(&mut self, each: &mut dyn FnMut(TestReport)) {
        self.renew_limits();
        let found = std::mem::take(&mut self.found);
        let ordered = self
            .vm
            .call_method(&self.driver, "ordered", [Value::list(found)])
            .and_then(|ordered| self.vm.list_from(&ordered));
        let tests = match ordered {
            Ok(tests) => tests,
            Err(raised) => {
                let report = self.failure(&raised, self.vm.unsupported_seen.len());
                each(report);
                return;
            }
        };
        for test in tests {
            self.renew_limits();
            let id = match self.vm.call_method(&self.driver, "identify", [test.clone()]) {
                Ok(id) => self.vm.to_str(&id).map(|id| id.to_string()).unwrap_or_default(),
                Err(_) => String::new(),
            };
            let seen = self.vm.unsupported_seen.len();
            let driver = self.driver.clone();
            let result = self.vm.call_method(&driver, "run", [test]);
            let report = match result {
                Ok(result) => self.report(&result, seen),
                Err(raised) => {
                    let report = self.failure(&raised, seen);
                    let stopped = matches!(raised.fatal(), Some(Fatal::Interrupt));
                    self.recover();
                    if stopped {
                        each(TestReport { id, ..report });
                        return;
                    }
                    report
                }
            };
            each(TestReport { id, ..report });
        }
        self.renew_limits();
        let driver = self.driver.clone();
        let _ = self.vm.call_method(&driver, "leave", ());
    }

    /// After a limit was hit: open transactions are given up, and the class starts anew.
    fn recover(&mut self) {
        self.renew_limits();
        for (alias, connection) in ALIASES.iter().zip(&self.databases) {
            if connection.in_transaction() {
                let _ = connection.execute_plain("ROLLBACK", &Params::None);
            }
            let database = Database::new(alias, connection.clone());
            database.json_asked.set(true);
            self.django.connections.set(database);
        }
        let driver = self.driver.clone();
        let _ = self.vm.call_method(&driver, "forget", ());
    }

    /// The report of what the driver gave: status, text, exception.
    fn report(&mut self, result: &Value, seen: usize) -> TestReport {
        let parts = result.as_tuple().map(<[Value]>::to_vec).unwrap_or_default();
        let text =
            |index: usize| parts.get(index).and_then(Value::as_str).map(|text| text.to_string()).unwrap_or_default();
        let mut end = match text(0).as_str() {
            "pass" => TestEnd::Pass,
            "fail" => TestEnd::Fail,
            "skip" => TestEnd::Skip,
            _ => TestEnd::Error,
        };
        let mut message = text(1);
        let raised = parts.get(2).and_then(Value::as_instance).filter(|held| held.exception_state().is_some());
        let line = raised.and_then(|held| self.vm.place_of(&Raised(held.clone()))).map(|(line, _)| line);
        // A class that could not be set up says so for each of its tests.
        let unsupported = self.vm.exceptions.get(Kind::Unsupported).clone();
        if let Some(held) = raised
            && Raised(held.clone()).is(&unsupported)
        {
            let feature = self.vm.to_str(&Value::Instance(held.clone())).map(|text| text.to_string());
            end = TestEnd::Unsupported;
            message = feature.unwrap_or(message);
        } else if end != TestEnd::Skip
            && let Some(feature) = self.vm.unsupported_seen.get(seen)
        {
            end = TestEnd::Unsupported;
            message = feature.clone();
        }
        if end == TestEnd::Error
            && let Some((_, cause)) = self.missing_table(&message)
        {
            end = TestEnd::Unsupported;
            message = cause.clone();
        }
        TestReport { id: String::new(), end, message, line }
    }

    /// The table that a message misses, where making it was beyond the engine.
    fn missing_table(&self, message: &str) -> Option<&(String, String)> {
        let (_, table) = message.split_once("no such table: ")?;
        self.missing_tables.iter().find(|(known, _)| known == table.trim())
    }

    /// The report of an exception that came out past the driver.
    fn failure(&mut self, raised: &Raised, seen: usize) -> TestReport {
        let value = raised.value();
        let kind = self.vm.type_name(&value).to_string();
        let text = self.vm.to_str(&value).map(|text| text.to_string()).unwrap_or_default();
        let line = self.vm.place_of(raised).map(|(line, _)| line);
        let (end, message) = match self.vm.unsupported_seen.get(seen) {
            Some(feature) if raised.fatal().is_none() => (TestEnd::Unsupported, feature.clone()),
            _ => (TestEnd::Error, format!("{kind}: {text}")),
        };
        TestReport { id: String::new(), end, message, line }
    }
}
