//! [`Connection`]: an in-memory database as Django's SQLite backend sees its own.

use super::limits::{Guard, Limits, STRIDE};
use super::log::strip;
use super::placeholders::{Filling, convert, interpolate};
use super::statement::{Statement, c_text, explain};
use super::{
    DbError, DbErrorKind, Image, LoggedParams, LoggedQuery, PINNED_NOW, Params, QueryKind, ResultSet, SqlValue,
    UNSUPPORTED_PATTERN, authorizer, clock, functions, ties,
};
use rusqlite::{OpenFlags, ffi};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// A connection to a database in memory, with Django's functions registered, foreign keys enforced and the clock pinned.
/// It never opens a file. All methods take `&self`; it may be shared by `Rc`.
pub struct Connection {
    inner: RefCell<rusqlite::Connection>,
    handle: *mut ffi::sqlite3,
    guard: Arc<Guard>,
    random: Arc<functions::Randomness>,
    limits: Cell<Limits>,
    now: Cell<i64>,
    log: RefCell<Vec<LoggedQuery>>,
    logging: Cell<bool>,
    note: RefCell<Option<Rc<dyn Any>>>,
    statements: Cell<u64>,
    /// The page limit that the open database has.
    pages: Cell<u64>,
    /// Whether a statement that can change the database was prepared since it was last asked.
    touched: Cell<bool>,
    /// Whether what a statement leaves open comes backwards; none where SQLite does as it likes.
    reversed: Cell<Option<bool>>,
}

/// A row that `PRAGMA foreign_key_check` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKeyViolation {
    /// The table that holds the bad reference.
    pub table: String,
    /// The row's id; `None` in tables without one.
    pub rowid: Option<i64>,
    /// The table that is referred to.
    pub parent: String,
    /// Which of the table's foreign keys it is, as `PRAGMA foreign_key_list` numbers them.
    pub key: i64,
}

impl Connection {
    /// A connection to a new, empty database.
    pub fn open() -> Result<Connection, DbError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Some(vfs) = clock::vfs() else {
            return Err(DbError::new(DbErrorKind::Operational, "unable to open database file"));
        };
        let mut inner = rusqlite::Connection::open_in_memory_with_flags_and_vfs(flags, vfs)?;
        let guard = Arc::new(Guard::default());
        let random = Arc::new(functions::Randomness::new(0));
        functions::register(&inner, &random)?;
        let watched = Arc::clone(&guard);
        inner.progress_handler(STRIDE, Some(move || watched.must_stop()))?;
        let watched = Arc::clone(&guard);
        inner.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            if watched.trusted.load(Ordering::Relaxed) {
                return authorizer::answer(false);
            }
            if authorizer::strays(&context) {
                watched.strayed.store(true, Ordering::Relaxed);
            }
            let feature = authorizer::denied(&context);
            let denied = feature.is_some();
            if let (Some(feature), Ok(mut place)) = (feature, watched.denied.lock()) {
                *place = Some(feature);
            }
            authorizer::answer(denied)
        }))?;
        // SAFETY: the handle is used as long as `inner` lives, which owns it.
        let handle = unsafe { inner.handle() };
        let connection = Connection {
            inner: RefCell::new(inner),
            handle,
            guard,
            random,
            limits: Cell::new(Limits::default()),
            now: Cell::new(PINNED_NOW),
            log: RefCell::default(),
            logging: Cell::new(true),
            note: RefCell::default(),
            statements: Cell::new(0),
            pages: Cell::new(0),
            touched: Cell::new(false),
            reversed: Cell::new(None),
        };
        connection.prepare_settings()?;
        Ok(connection)
    }

    /// A connection to a copy of an image.
    pub fn from_image(image: &Image) -> Result<Connection, DbError> {
        let connection = Connection::open()?;
        connection.restore(image)?;
        Ok(connection)
    }

    /// A connection to a new database on which a script of several statements has run.
    pub fn from_script(sql: &str) -> Result<Connection, DbError> {
        let connection = Connection::open()?;
        connection.execute_script(sql)?;
        Ok(connection)
    }

    fn prepare_settings(&self) -> Result<(), DbError> {
        self.execute_script(
            "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = ON;",
        )?;
        self.apply_memory_limit()
    }

    fn apply_memory_limit(&self) -> Result<(), DbError> {
        let bytes = self.limits.get().max_memory.unwrap_or(u64::MAX);
        // With 4096 bytes a page, as the databases made here have.
        let pages = (bytes / 4096).clamp(16, 4_294_967_294);
        if self.pages.replace(pages) == pages {
            return Ok(());
        }
        let largest = i32::try_from(bytes).unwrap_or(i32::MAX).min(1_000_000_000);
        self.inner.borrow().set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, largest)?;
        self.execute_script(&format!("PRAGMA max_page_count = {pages}"))
    }

    /// The database's present state. Inside a transaction it holds what the transaction has done so far.
    pub fn image(&self) -> Result<Image, DbError> {
        let mut inner = self.inner.borrow_mut();
        match inner.serialize(rusqlite::MAIN_DB) {
            Ok(data) => Ok(Image::from_bytes(&data)),
            // A database that nothing was ever written to has no bytes.
            Err(_) if self.is_untouched() => Ok(Image::empty()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_untouched(&self) -> bool {
        self.execute_plain("PRAGMA page_count", &Params::None)
            .is_ok_and(|result| matches!(result.rows.as_slice(), [row] if row.first() == Some(&SqlValue::Integer(0))))
    }

    /// Puts the database back to an image; an open transaction is rolled back, and what statements left beside the
    /// database is taken away. Log and limits stay.
    pub fn restore(&self, image: &Image) -> Result<(), DbError> {
        self.settle()?;
        let bytes = image.bytes();
        if bytes.is_empty() {
            static BLANK: OnceLock<Vec<u8>> = OnceLock::new();
            let blank = match BLANK.get() {
                Some(blank) => blank,
                None => {
                    let made = blank_database()?;
                    BLANK.get_or_init(|| made)
                }
            };
            return self.deserialize(blank);
        }
        self.deserialize(bytes)
    }

    /// What closing the connection and opening another would do: an open transaction is rolled back; temporary tables,
    /// other databases and settings that statements made are gone.
    pub fn settle(&self) -> Result<(), DbError> {
        if self.in_transaction() {
            self.execute_script("ROLLBACK")?;
        }
        if !self.guard.strayed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let names = |sql: &str| -> Result<Vec<(String, String)>, DbError> {
            let rows = self.execute_plain(sql, &Params::None)?.rows;
            let text = |row: &[SqlValue], at: usize| row.get(at).map(SqlValue::to_string).unwrap_or_default();
            Ok(rows.iter().map(|row| (text(row, 0), text(row, 1).replace('"', "\"\""))).collect())
        };
        // Triggers and indexes go with their tables.
        let temporary = "SELECT type, name FROM sqlite_temp_master WHERE type IN ('table', 'view') \
                         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        for (kind, name) in names(temporary)? {
            self.execute_script(&format!("DROP {kind} temp.\"{name}\""))?;
        }
        // A trigger of its own on a table that is not temporary.
        for (kind, name) in names("SELECT type, name FROM sqlite_temp_master WHERE type = 'trigger'")? {
            self.execute_script(&format!("DROP {kind} temp.\"{name}\""))?;
        }
        for (_, name) in names("SELECT seq, name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')")? {
            self.execute_script(&format!("DETACH \"{name}\""))?;
        }
        self.execute_script(&format!(
            "PRAGMA query_only = OFF; PRAGMA case_sensitive_like = OFF; PRAGMA ignore_check_constraints = OFF;
             PRAGMA recursive_triggers = OFF; PRAGMA defer_foreign_keys = OFF; PRAGMA automatic_index = ON;
             PRAGMA full_column_names = OFF; PRAGMA short_column_names = ON; PRAGMA count_changes = OFF;
             PRAGMA empty_result_callbacks = OFF; PRAGMA read_uncommitted = OFF; PRAGMA analysis_limit = 0;
             PRAGMA reverse_unordered_selects = {}",
            i32::from(self.reversed.get() == Some(true))
        ))?;
        self.prepare_settings()
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<(), DbError> {
        self.guard.trusted.store(true, Ordering::Relaxed);
        let outcome = self.inner.borrow_mut().deserialize_read_exact(rusqlite::MAIN_DB, bytes, bytes.len(), false);
        self.guard.trusted.store(false, Ordering::Relaxed);
        outcome?;
        // The limit went with the database that was there before.
        self.pages.set(0);
        self.apply_memory_limit()
    }

    /// Runs a statement as `cursor.execute(sql, params)` of Django's debug cursor, and logs it.
    pub fn execute(&self, sql: &str, params: &Params) -> Result<ResultSet, DbError> {
        let started = Instant::now();
        let outcome = self.execute_unlogged(sql, params);
        if !self.logging.get() {
            return outcome;
        }
        // The debug cursor fills in the parameters for its log even after a failure, and its complaint then wins.
        if let Err(error) = self.check_rendering(sql, params) {
            self.log_unrendered(sql, params);
            return Err(error);
        }
        self.append(sql, LoggedParams::One(params.clone()), started, &outcome);
        outcome
    }

    /// Runs a DML statement once for each set of parameters, as `cursor.executemany`, and logs it as one.
    pub fn execute_many(&self, sql: &str, many: &[Params]) -> Result<ResultSet, DbError> {
        let started = Instant::now();
        let outcome = self.run_many(sql, many);
        if self.logging.get() {
            self.append(sql, LoggedParams::Many(many.to_vec()), started, &outcome);
        }
        outcome
    }

    /// As [`Connection::execute`], without a trace in the log.
    pub fn execute_unlogged(&self, sql: &str, params: &Params) -> Result<ResultSet, DbError> {
        let text = convert(sql, params)?;
        self.execute_plain(&text, params)
    }

    /// Runs a statement with SQLite's own placeholders, unlogged.
    pub fn execute_plain(&self, sql: &str, params: &Params) -> Result<ResultSet, DbError> {
        self.begin();
        let Some(mut statement) = self.prepare_one(sql)? else {
            self.misfit_of_nothing(params)?;
            return Ok(ResultSet { rowcount: -1, ..ResultSet::default() });
        };
        statement.bind(params)?;
        let columns = statement.columns();
        let rows = statement.run(&self.guard, &self.limits.get()).map_err(|error| self.explained(error))?;
        let rowcount = if is_dml(sql) { self.changes() } else { -1 };
        Ok(ResultSet { columns, rows, rowcount, lastrowid: Some(self.last_insert_rowid()) })
    }

    /// Parameters for a text without a statement don't fit.
    fn misfit_of_nothing(&self, params: &Params) -> Result<(), DbError> {
        match params {
            Params::List(values) if !values.is_empty() => Err(DbError::new(
                DbErrorKind::Programming,
                format!(
                    "Incorrect number of bindings supplied. The current statement uses 0, and there are {} supplied.",
                    values.len()
                ),
            )),
            _ => Ok(()),
        }
    }

    fn run_many(&self, sql: &str, many: &[Params]) -> Result<ResultSet, DbError> {
        let named = many.first().filter(|first| matches!(first, Params::Named(_)));
        let text = convert(sql, named.unwrap_or(&Params::List(Vec::new())))?;
        self.begin();
        let Some(mut statement) = self.prepare_one(&text)? else {
            return Ok(ResultSet { rowcount: -1, ..ResultSet::default() });
        };
        let dml = is_dml(&text);
        if !statement.columns().is_empty() && !dml {
            return Err(DbError::new(DbErrorKind::Programming, "executemany() can only execute DML statements."));
        }
        let mut changed = 0;
        for params in many {
            statement.reset();
            statement.bind(params)?;
            statement.run(&self.guard, &self.limits.get()).map_err(|error| self.explained(error))?;
            changed += self.changes();
        }
        Ok(ResultSet { rowcount: if dml { changed } else { -1 }, ..ResultSet::default() })
    }

    /// Runs several statements, unlogged, with nothing denied: the program's own scripts.
    pub fn execute_script(&self, sql: &str) -> Result<(), DbError> {
        self.guard.trusted.store(true, Ordering::Relaxed);
        let outcome = self.run_script(sql);
        self.guard.trusted.store(false, Ordering::Relaxed);
        outcome
    }

    /// Runs a learner's script of several statements as one: `cursor.executescript(sql)` commits first. Unlogged, as in
    /// Django.
    pub fn execute_foreign_script(&self, sql: &str) -> Result<(), DbError> {
        if self.in_transaction() {
            self.run_script("COMMIT")?;
        }
        self.run_script(sql)
    }

    fn run_script(&self, sql: &str) -> Result<(), DbError> {
        let mut rest = sql;
        self.begin();
        while !strip(rest).is_empty() {
            // SAFETY: the handle is open as long as `self`.
            let prepared = unsafe { Statement::prepare(self.handle, rest) };
            let (statement, later) = prepared.map_err(|error| self.explained(error))?;
            self.note_writing(statement.as_ref());
            if let Some(mut statement) = statement {
                statement.run(&self.guard, &self.limits.get()).map_err(|error| self.explained(error))?;
            }
            if later.len() == rest.len() {
                break;
            }
            rest = later;
        }
        Ok(())
    }

    /// Before each statement: the clock, the limits, the denial of the last one.
    fn begin(&self) {
        clock::set_now(self.now.get());
        self.guard.begin(&self.limits.get());
        if let Ok(mut denied) = self.guard.denied.lock() {
            *denied = None;
        }
        self.statements.set(self.statements.get() + 1);
    }

    fn prepare_one(&self, sql: &str) -> Result<Option<Statement<'_>>, DbError> {
        if let Some(descending) = self.reversed.get().filter(|_| !self.guard.trusted.load(Ordering::Relaxed)) {
            for turned in ties::broken(sql, descending) {
                // SAFETY: as below.
                if let Ok((Some(statement), rest)) = unsafe { Statement::prepare(self.handle, &turned) }
                    && strip(rest).is_empty()
                {
                    self.note_writing(Some(&statement));
                    return Ok(Some(statement));
                }
            }
        }
        // SAFETY: the handle is open as long as `self`, whom the statement borrows.
        let prepared = unsafe { Statement::prepare(self.handle, sql) };
        let (statement, rest) = prepared.map_err(|error| self.explained(error))?;
        if !strip(rest).is_empty() {
            return Err(DbError::new(DbErrorKind::Programming, "You can only execute one statement at a time."));
        }
        self.note_writing(statement.as_ref());
        Ok(statement)
    }

    fn note_writing(&self, statement: Option<&Statement<'_>>) {
        if statement.is_some_and(|statement| !statement.only_reads()) {
            self.touched.set(true);
        }
    }

    /// Whether anything that can change the database was asked of it since this was last called.
    pub fn take_touched(&self) -> bool {
        self.touched.replace(false) || self.guard.strayed.load(Ordering::Relaxed)
    }

    /// A refused feature says so instead of "not authorized".
    fn explained(&self, error: DbError) -> DbError {
        let denied = self.guard.denied.lock().ok().and_then(|mut denied| denied.take());
        match denied {
            Some(feature) => DbError::new(DbErrorKind::Unsupported, feature),
            None if error.message == UNSUPPORTED_PATTERN => DbError::new(DbErrorKind::Unsupported, error.message),
            None if error.message == "interrupted" => explain(&self.guard, ffi::SQLITE_INTERRUPT, error),
            None => error,
        }
    }

    /// `connection.commit()` of the driver under Django's log: COMMIT is logged in any case and sent inside a transaction.
    pub fn commit(&self) -> Result<(), DbError> {
        self.end_transaction("COMMIT")
    }

    /// `connection.rollback()` of the driver under Django's log.
    pub fn rollback(&self) -> Result<(), DbError> {
        self.end_transaction("ROLLBACK")
    }

    fn end_transaction(&self, verb: &str) -> Result<(), DbError> {
        let started = Instant::now();
        let outcome = if self.in_transaction() {
            self.execute_plain(verb, &Params::None)
        } else {
            Ok(ResultSet { rowcount: -1, ..ResultSet::default() })
        };
        if self.logging.get() {
            self.append(verb, LoggedParams::One(Params::None), started, &outcome);
        }
        outcome.map(|_| ())
    }

    /// Whether a transaction is open in the database.
    pub fn in_transaction(&self) -> bool {
        // SAFETY: the handle is open as long as `self`.
        unsafe { ffi::sqlite3_get_autocommit(self.handle) == 0 }
    }

    /// The rows that the last INSERT, UPDATE or DELETE changed.
    fn changes(&self) -> i64 {
        // SAFETY: the handle is open as long as `self`.
        unsafe { ffi::sqlite3_changes64(self.handle) }
    }

    fn last_insert_rowid(&self) -> i64 {
        // SAFETY: the handle is open as long as `self`.
        unsafe { ffi::sqlite3_last_insert_rowid(self.handle) }
    }

    fn append(&self, sql: &str, params: LoggedParams, started: Instant, outcome: &Result<ResultSet, DbError>) {
        let kind = QueryKind::of(sql);
        let rows = outcome.as_ref().map_or(0, |result| match kind {
            QueryKind::Insert | QueryKind::Update | QueryKind::Delete => result.rowcount.max(0) as u64,
            _ => result.rows.len() as u64,
        });
        self.log.borrow_mut().push(LoggedQuery {
            sql: sql.to_owned(),
            params,
            kind,
            rows,
            micros: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            failed: outcome.is_err(),
            unrendered: false,
            note: self.note.borrow().clone(),
        });
    }

    /// Logs a statement that was refused before it reached the database, as in a broken atomic block.
    pub fn log_refused(&self, sql: &str, params: &Params) {
        if self.logging.get() {
            let refused = Err(DbError::new(DbErrorKind::Database, ""));
            self.append(sql, LoggedParams::One(params.clone()), Instant::now(), &refused);
        }
    }

    /// Logs a statement whose parameters neither the driver nor the debug cursor could make anything of.
    pub fn log_unrendered(&self, sql: &str, params: &Params) {
        self.log_refused(sql, params);
        if self.logging.get()
            && let Some(last) = self.log.borrow_mut().last_mut()
        {
            last.unrendered = true;
        }
    }

    /// Logs a statement that may yet be sent by [`Connection::settle_pending`]; gives its place, or nothing while nothing is logged.
    pub fn log_pending(&self, sql: &str, params: LoggedParams) -> Option<usize> {
        if !self.logging.get() {
            return None;
        }
        let refused = Err(DbError::new(DbErrorKind::Database, ""));
        self.append(sql, params, Instant::now(), &refused);
        self.log_len().checked_sub(1)
    }

    /// What was logged last is the outcome of the statement that was logged as pending at `place`.
    pub fn settle_pending(&self, place: usize) {
        let mut log = self.log.borrow_mut();
        if log.len() > place + 1
            && let Some(last) = log.pop()
            && let Some(pending) = log.get_mut(place)
        {
            let said = std::mem::replace(pending, last);
            pending.sql = said.sql;
            pending.params = said.params;
            pending.note = said.note;
        }
    }

    /// Logs a statement that is said to be sent but leaves nothing to do.
    pub fn log_unsent(&self, sql: &str) {
        if self.logging.get() {
            let done = Ok(ResultSet { rowcount: -1, ..ResultSet::default() });
            self.append(sql, LoggedParams::One(Params::None), Instant::now(), &done);
        }
    }

    /// Whether statements are logged (they are, at first).
    pub fn set_logging(&self, logging: bool) {
        self.logging.set(logging);
    }

    /// What is remembered with every statement from now on, as the caller's place in a source.
    pub fn set_note(&self, note: Option<Rc<dyn Any>>) {
        *self.note.borrow_mut() = note;
    }

    /// How many statements the log holds.
    pub fn log_len(&self) -> usize {
        self.log.borrow().len()
    }

    /// A copy of the log from an index on.
    pub fn log_from(&self, start: usize) -> Vec<LoggedQuery> {
        self.log.borrow().get(start..).map(<[LoggedQuery]>::to_vec).unwrap_or_default()
    }

    /// Empties the log and gives what it held.
    pub fn take_log(&self) -> Vec<LoggedQuery> {
        std::mem::take(&mut *self.log.borrow_mut())
    }

    /// Changes the note of the last logged statement.
    pub fn annotate_last(&self, note: Rc<dyn Any>) {
        if let Some(last) = self.log.borrow_mut().last_mut() {
            last.note = Some(note);
        }
    }

    /// The `sql` of Django's `connection.queries`: parameters filled in by SQLite's `QUOTE()`; the statement as it is with
    /// `2 times: ` before it for `executemany`.
    pub fn rendered(&self, query: &LoggedQuery) -> Result<String, DbError> {
        match &query.params {
            LoggedParams::Many(many) => Ok(format!("{} times: {}", many.len(), query.sql)),
            LoggedParams::One(params) => self.last_executed_query(&query.sql, params),
        }
    }

    /// `connection.ops.last_executed_query(cursor, sql, params)`.
    pub fn last_executed_query(&self, sql: &str, params: &Params) -> Result<String, DbError> {
        if params.is_empty() {
            return Ok(sql.to_owned());
        }
        let quoted = self.quote(&params.values())?;
        match params {
            Params::Named(pairs) => {
                let filled: Vec<(&str, String)> = pairs.iter().map(|(name, _)| name.as_str()).zip(quoted).collect();
                interpolate(sql, &Filling::Named(&filled))
            }
            _ => interpolate(sql, &Filling::List(&quoted)),
        }
    }

    /// What [`Connection::last_executed_query`] would complain of.
    fn check_rendering(&self, sql: &str, params: &Params) -> Result<(), DbError> {
        match params {
            params if params.is_empty() => Ok(()),
            Params::Named(pairs) => {
                let names: Vec<(&str, String)> = pairs.iter().map(|(name, _)| (name.as_str(), String::new())).collect();
                interpolate(sql, &Filling::Named(&names)).map(|_| ())
            }
            // Texts longer than one character stand for all that QUOTE() gives but a single digit.
            params => {
                let values = vec![String::from("00"); params.values().len()];
                interpolate(sql, &Filling::List(&values)).map(|_| ())
            }
        }
    }

    /// The values as SQL literals, by SQLite's `QUOTE()`.
    pub fn quote(&self, values: &[&SqlValue]) -> Result<Vec<String>, DbError> {
        let mut quoted = Vec::with_capacity(values.len());
        for chunk in values.chunks(999) {
            let sql = format!("SELECT {}", vec!["QUOTE(?)"; chunk.len()].join(", "));
            let params = Params::List(chunk.iter().map(|value| (*value).clone()).collect());
            let result = self.execute_plain(&sql, &params)?;
            let row = result.rows.into_iter().next().unwrap_or_default();
            quoted.extend(row.into_iter().map(|value| value.to_string()));
        }
        Ok(quoted)
    }

    /// Sets the limits of each statement.
    pub fn set_limits(&self, limits: Limits) -> Result<(), DbError> {
        self.limits.set(limits);
        self.apply_memory_limit()
    }

    /// The moment at which every running statement is stopped, whatever its own limit is.
    pub fn set_deadline(&self, moment: Option<Instant>) {
        self.guard.set_run_deadline(moment);
    }

    /// The flag that stops the running statement when it is set, from a signal handler too. Whoever set it clears it.
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.guard.interrupted)
    }

    /// Sets the moment that SQLite takes for now, in microseconds since 1970 UTC; [`PINNED_NOW`] at first.
    pub fn set_now(&self, micros: i64) {
        self.now.set(micros);
    }

    /// Seeds `RANDOM()`, `RANDOMBLOB()` and `RAND()`.
    pub fn set_seed(&self, seed: u64) {
        self.random.reseed(seed);
    }

    /// How many statements have run, logged or not.
    pub fn statement_count(&self) -> u64 {
        self.statements.get()
    }

    /// Has all that no `ORDER BY` settles come backwards, or forwards, to show what relies on luck: the rows of statements
    /// without an order, and those that tie in one. Ties go by the row number from now on, whatever index SQLite reads.
    pub fn reverse_unspecified_order(&self, reverse: bool) -> Result<(), DbError> {
        self.reversed.set(Some(reverse));
        self.execute_script(&format!("PRAGMA reverse_unordered_selects = {}", i32::from(reverse)))
    }

    /// Whether foreign keys are enforced; changes nothing inside a transaction, as in SQLite.
    pub fn set_foreign_keys(&self, enforce: bool) -> Result<(), DbError> {
        if !enforce {
            self.guard.strayed.store(true, Ordering::Relaxed);
        }
        self.execute_script(&format!("PRAGMA foreign_keys = {}", i32::from(enforce)))
    }

    /// `PRAGMA foreign_key_check`, of one table or all, unlogged.
    pub fn foreign_key_check(&self, table: Option<&str>) -> Result<Vec<ForeignKeyViolation>, DbError> {
        let sql = match table {
            None => "PRAGMA foreign_key_check".to_owned(),
            Some(table) => format!("PRAGMA foreign_key_check(\"{}\")", table.replace('"', "\"\"")),
        };
        let result = self.execute_plain(&sql, &Params::None)?;
        let text = |value: Option<&SqlValue>| value.map(SqlValue::to_string).unwrap_or_default();
        let number = |value: Option<&SqlValue>| match value {
            Some(SqlValue::Integer(number)) => Some(*number),
            _ => None,
        };
        let violation = |row: &Vec<SqlValue>| ForeignKeyViolation {
            table: text(row.first()),
            rowid: number(row.get(1)),
            parent: text(row.get(2)),
            key: number(row.get(3)).unwrap_or(0),
        };
        Ok(result.rows.iter().map(violation).collect())
    }

    /// Whether the text is a complete statement or several, as `sqlite3.complete_statement`: a prompt may then stop asking
    /// for more lines.
    pub fn is_complete(sql: &str) -> bool {
        // SAFETY: the text is a C string that lives during the call.
        unsafe { ffi::sqlite3_complete(c_text(sql).as_ptr()) == 1 }
    }
}

/// The bytes of a database without tables. It has none until something has been written to it.
fn blank_database() -> Result<Vec<u8>, DbError> {
    let mut blank = rusqlite::Connection::open_in_memory()?;
    blank.execute_batch("CREATE TABLE t(a); DROP TABLE t; VACUUM;")?;
    Ok(blank.serialize(rusqlite::MAIN_DB)?.to_vec())
}

/// Whether CPython's driver counts changed rows for the statement.
fn is_dml(sql: &str) -> bool {
    let rest = strip(sql);
    ["INSERT", "UPDATE", "DELETE", "REPLACE"]
        .iter()
        .any(|verb| rest.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb)))
}
