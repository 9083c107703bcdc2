//! The databases of one interpreter, and how statements reach them.

mod adapt;
mod asynchronous;
mod atomic;
mod cursor;
mod driver;
mod features;
mod handler;
mod introspection;
mod object;
pub mod transaction;
mod wrappers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::db::{Connection, DbError, DbErrorKind, LimitKind, LoggedQuery, Params, ResultSet};
use crate::orm::Datum;
use crate::python::exceptions::Kind;
use crate::python::object::{Fatal, List, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

use super::state::{Django, raise_class};

pub use adapt::from_sql;
pub use asynchronous::{outside_of_loop, refuse_in_coroutine};
pub use atomic::{Block, OnCommit, atomic, log_error, management_error, mark_for_rollback_on_error};
pub use cursor::from_column;
pub use features::bulk_batch_size;
pub use handler::{db_module, refuse_routers, write_alias};

/// Where a statement came from and what it was given, remembered with it in the log.
pub struct Note {
    /// Byte range in the learner's source, when one of their frames was running.
    pub site: Option<crate::python::vm::CallSite>,
    /// The parameters as they were handed over, before SQLite's own types; `None` where there were none.
    pub params: NotedParams,
    /// Whether `connection.queries` shows it: with `DEBUG`, or while queries are captured.
    pub visible: bool,
}

/// Parameters as they were handed over.
#[derive(Clone)]
pub enum NotedParams {
    /// `None` was passed.
    None,
    /// A list.
    List(Vec<Datum>),
    /// Those of each time that the statement runs.
    Many(Vec<NotedParams>),
    /// By name.
    Named(Vec<(String, Datum)>),
}

/// One database with the state that Django's connection object keeps.
pub struct Database {
    /// `default` or another name of `DATABASES`.
    pub alias: Str,
    /// The connection itself.
    pub connection: Rc<Connection>,
    /// Whether an `atomic` block is open.
    pub in_atomic_block: Cell<bool>,
    /// Whether the open block can only be rolled back.
    pub needs_rollback: Cell<bool>,
    /// The exception after which it can only be rolled back.
    pub rollback_exception: RefCell<Option<Value>>,
    /// `autocommit`
    pub autocommit: Cell<bool>,
    /// Whether the outermost block commits when it ends.
    pub commit_on_exit: Cell<bool>,
    /// Savepoints of the open blocks, `None` for blocks that made none.
    pub savepoint_ids: Rc<List>,
    /// How many savepoints were ever made.
    pub savepoint_state: Cell<u32>,
    /// The open blocks, outermost first.
    pub blocks: RefCell<Vec<Block>>,
    /// What runs after the outermost block commits.
    pub on_commit: RefCell<Vec<OnCommit>>,
    /// `execute_wrapper`s, outermost first.
    pub wrappers: RefCell<Vec<Value>>,
    /// Where `connection.queries` begins: what `reset_queries` moves.
    pub log_start: Cell<usize>,
    /// `force_debug_cursor`
    pub force_debug_cursor: Cell<bool>,
    /// `run_commit_hooks_on_set_autocommit_on`
    pub hooks_due: Cell<bool>,
    /// Whether the connection was asked whether its SQLite knows JSON.
    pub json_asked: Cell<bool>,
    /// Whether the driver begins a transaction before a statement that changes rows: autocommit was switched off by hand.
    pub implicit_begin: Cell<bool>,
}

impl Database {
    /// A database that has just been connected to.
    pub fn new(alias: &str, connection: Rc<Connection>) -> Rc<Self> {
        Rc::new(Self {
            alias: Str::interned(alias),
            connection,
            in_atomic_block: Cell::new(false),
            needs_rollback: Cell::new(false),
            rollback_exception: RefCell::default(),
            autocommit: Cell::new(true),
            commit_on_exit: Cell::new(true),
            savepoint_ids: Rc::new(List::new(Vec::new())),
            savepoint_state: Cell::new(0),
            blocks: RefCell::default(),
            on_commit: RefCell::default(),
            wrappers: RefCell::default(),
            log_start: Cell::new(0),
            force_debug_cursor: Cell::new(false),
            hooks_due: Cell::new(false),
            json_asked: Cell::new(false),
            implicit_begin: Cell::new(false),
        })
    }

    /// Runs a statement of the ORM's: placeholders and parameters apart.
    pub fn run(&self, vm: &mut Vm, sql: &str, params: &[Datum]) -> PyResult<ResultSet> {
        self.run_noted(vm, sql, NotedParams::List(params.to_vec()))
    }

    /// As [`Self::run`], with parameters of any form.
    pub fn run_noted(&self, vm: &mut Vm, sql: &str, noted: NotedParams) -> PyResult<ResultSet> {
        match adapt::sent(vm, &noted) {
            Ok(values) => self.send(vm, sql, &values, noted),
            Err(raised) => self.refused_by_driver(vm, sql, noted, raised),
        }
    }

    /// Logs a statement whose parameters the driver refuses. Where statements are logged, the debug cursor asks the driver
    /// for their text afterwards, so that the driver's own exception comes out.
    fn refused_by_driver(&self, vm: &mut Vm, sql: &str, noted: NotedParams, raised: Raised) -> PyResult<ResultSet> {
        self.note(vm, noted);
        self.check_not_broken(vm, sql, &Params::None)?;
        self.connection.log_unrendered(sql, &Params::None);
        Err(if self.queries_logged(vm) { driver::unwrapped(raised) } else { raised })
    }

    /// Runs a statement without parameters: transaction statements and the like, for which Django passes none.
    pub fn run_bare(&self, vm: &mut Vm, sql: &str) -> PyResult<ResultSet> {
        self.send(vm, sql, &Params::None, NotedParams::None)
    }

    /// Sends a statement through the wrappers, logs it with its place, and raises Django's exception for what goes wrong.
    pub fn send(&self, vm: &mut Vm, sql: &str, params: &Params, noted: NotedParams) -> PyResult<ResultSet> {
        if !self.wrappers.borrow().is_empty() {
            return wrappers::send(vm, self, sql, &noted);
        }
        self.send_now(vm, sql, params, noted)
    }

    /// Sends a statement past the wrappers.
    fn send_now(&self, vm: &mut Vm, sql: &str, params: &Params, noted: NotedParams) -> PyResult<ResultSet> {
        crate::django::testing::check_allowed(vm, &self.alias)?;
        refuse_in_coroutine(vm)?;
        self.note(vm, noted);
        self.check_not_broken(vm, sql, params)?;
        self.begin_if_due(sql);
        let outcome = self.connection.execute(sql, params);
        outcome.map_err(|error| raise(vm, &error))
    }

    /// Logs a statement that is not sent.
    pub fn log_refused(&self, vm: &mut Vm, sql: &str, noted: NotedParams) {
        self.note(vm, noted);
        self.connection.log_refused(sql, &Params::None);
    }

    /// As [`Self::send_now`] for `executemany`.
    fn send_many_now(&self, vm: &mut Vm, sql: &str, many: &[Params], noted: NotedParams) -> PyResult<ResultSet> {
        refuse_in_coroutine(vm)?;
        self.note(vm, noted);
        self.check_not_broken(vm, sql, &Params::None)?;
        self.begin_if_due(sql);
        let outcome = self.connection.execute_many(sql, many);
        outcome.map_err(|error| raise(vm, &error))
    }

    /// Whether statements are shown by `connection.queries`.
    pub fn queries_logged(&self, vm: &Vm) -> bool {
        self.force_debug_cursor.get() || Django::of(vm).settings.borrow().debug
    }

    fn note(&self, vm: &mut Vm, params: NotedParams) {
        // What `eval` and `exec` run has no place in the program: the call of theirs is it.
        let is_own = |site: &crate::python::vm::CallSite| *site.source.filename != *"<string>";
        let site = match vm.call_site() {
            Some(site) if !is_own(&site) => vm.call_chain().into_iter().find(is_own).or(Some(site)),
            site => site,
        };
        let visible = self.queries_logged(vm);
        self.connection.set_note(Some(Rc::new(Note { site, params, visible })));
    }

    /// With autocommit switched off by hand, the driver begins a transaction before the first change, without a trace.
    fn begin_if_due(&self, sql: &str) {
        let changes = || {
            let verb: String = sql.trim_start().chars().take(7).collect::<String>().to_ascii_uppercase();
            ["INSERT", "UPDATE", "DELETE", "REPLACE"].iter().any(|known| verb.starts_with(known))
        };
        if self.implicit_begin.get() && !self.connection.in_transaction() && changes() {
            // A failure shows itself in the statement that follows.
            drop(self.connection.execute_plain("BEGIN", &Params::None));
        }
    }

    /// Refuses statements in a block that can only be rolled back; the refused statement is logged.
    fn check_not_broken(&self, vm: &mut Vm, sql: &str, params: &Params) -> PyResult<()> {
        crate::django::testing::check_allowed(vm, &self.alias)?;
        if !self.needs_rollback.get() {
            return Ok(());
        }
        self.connection.log_refused(sql, params);
        self.validate_no_broken_transaction(vm)
    }

    /// `connection.validate_no_broken_transaction()`
    pub fn validate_no_broken_transaction(&self, vm: &mut Vm) -> PyResult<()> {
        if !self.needs_rollback.get() {
            return Ok(());
        }
        let raised = management_error(
            vm,
            "An error occurred in the current transaction. You can't execute queries until the end of the 'atomic' block.",
        );
        if let Some(state) = raised.0.exception_state() {
            *state.cause.borrow_mut() = self.rollback_exception.borrow().clone();
            state.suppress_context.set(true);
        }
        Err(raised)
    }

    /// The logged statements that `connection.queries` shows.
    pub fn visible_log(&self) -> Vec<LoggedQuery> {
        let start = self.log_start.get().min(self.connection.log_len());
        let mut log = self.connection.log_from(start);
        log.retain(|query| !query.unrendered && note_of(query).is_none_or(|note| note.visible));
        let surplus = log.len().saturating_sub(QUERIES_LIMIT);
        log.drain(..surplus);
        log
    }
}

/// `connection.queries` keeps so many statements.
const QUERIES_LIMIT: usize = 9000;

/// The Python exception of a database error. A limit that was hit ends the program.
pub fn raise(vm: &mut Vm, error: &DbError) -> Raised {
    let django = Django::of(vm);
    let errors = &django.errors;
    let class = match error.kind {
        DbErrorKind::Database => &errors.database_error,
        DbErrorKind::Data => &errors.data_error,
        DbErrorKind::Operational => &errors.operational_error,
        DbErrorKind::Integrity => &errors.integrity_error,
        DbErrorKind::Internal => &errors.internal_error,
        DbErrorKind::Programming => &errors.programming_error,
        DbErrorKind::NotSupported => &errors.not_supported_error,
        DbErrorKind::Interface => &errors.interface_error,
        DbErrorKind::Type => return vm.type_error(&*error.message),
        DbErrorKind::Value => return vm.value_error(&*error.message),
        DbErrorKind::Key => return vm.key_error(Value::str(&*error.message)),
        DbErrorKind::Memory => return vm.raise(Kind::MemoryError, &*error.message),
        DbErrorKind::Limit(LimitKind::Rows) => return vm.fatal(Fatal::Rows),
        DbErrorKind::Limit(LimitKind::Steps) => return vm.fatal(Fatal::Steps),
        DbErrorKind::Limit(LimitKind::Time) => return vm.fatal(Fatal::Time),
        DbErrorKind::Limit(LimitKind::Memory) => return vm.fatal(Fatal::Memory),
        DbErrorKind::Interrupted => return vm.fatal(Fatal::Interrupt),
        DbErrorKind::Unsupported => return vm.unsupported(&*error.message),
    };
    let class = class.clone();
    let raised = raise_class(vm, &class, &*error.message);
    driver::caused(vm, raised)
}

/// The databases by alias.
#[derive(Default)]
pub struct Connections {
    databases: RefCell<Vec<Rc<Database>>>,
}

impl Connections {
    /// Forgets all of them.
    pub fn clear(&self) {
        drop(self.databases.take());
    }

    /// Adds a database, in place of one with the same alias.
    pub fn set(&self, database: Rc<Database>) {
        let mut databases = self.databases.borrow_mut();
        match databases.iter().position(|known| known.alias == database.alias) {
            Some(at) => databases[at] = database,
            None => databases.push(database),
        }
    }

    /// The aliases, in the order of `DATABASES`.
    pub fn aliases(&self) -> Vec<Str> {
        self.databases.borrow().iter().map(|database| database.alias.clone()).collect()
    }

    /// The database with this alias.
    pub fn find(&self, alias: &str) -> Option<Rc<Database>> {
        self.databases.borrow().iter().find(|database| *database.alias == *alias).cloned()
    }

    /// The Python object of the default connection.
    pub fn default_object(&self, vm: &mut Vm) -> PyResult {
        let database = database(vm, "default")?;
        Ok(object::of(vm, &database))
    }
}

/// The database with this alias, or Django's `ConnectionDoesNotExist`.
pub fn database(vm: &mut Vm, alias: &str) -> PyResult<Rc<Database>> {
    let django = Django::of(vm);
    match django.connections.find(alias) {
        Some(database) => Ok(database),
        None => {
            let class = django.errors.connection_does_not_exist.clone();
            Err(raise_class(vm, &class, format!("The connection '{alias}' doesn't exist.")))
        }
    }
}

/// What a type is called by functions written in C: those of some modules have the module's name before theirs.
pub fn c_type_name(vm: &mut Vm, value: &Value) -> String {
    let class = vm.class_of(value);
    match class.module() {
        Some(module) if matches!(module.as_str(), "datetime" | "decimal") => format!("{module}.{}", class.name()),
        _ => class.name().to_string(),
    }
}

/// The Python object of a connection: `django.db.connection`, `connections[alias]`.
pub fn connection_object(vm: &mut Vm, alias: &str) -> PyResult {
    let database = database(vm, alias)?;
    Ok(object::of(vm, &database))
}

/// The place that a logged statement came from, and its parameters as they were handed over.
pub fn note_of(query: &LoggedQuery) -> Option<Rc<Note>> {
    query.note.clone().and_then(|note| note.downcast::<Note>().ok())
}

pub use object::ConnectionClasses;

/// `features.supports_json_field`: the first time that a connection needs to know, it tries.
pub fn probe_json(alias: &str) -> crate::orm::OrmResult<()> {
    crate::django::state::hook(|vm| {
        let database = database(vm, alias)?;
        if database.json_asked.replace(true) {
            return Ok(());
        }
        atomic::atomic(vm, alias, true, |vm| database.run_bare(vm, "SELECT JSON('{\"a\": \"b\"}')"))?;
        Ok(())
    })
}
