//! A prepared statement, stepped by hand: codes, texts and declared types come straight from SQLite.

use super::limits::{Guard, Stop};
use super::{DbError, DbErrorKind, LimitKind, Limits, Params, SqlValue};
use rusqlite::ffi;
use std::ffi::{CStr, CString, c_char, c_int};
use std::marker::PhantomData;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name as `cursor.description` shows it.
    pub name: String,
    /// The declared type of the table's column behind it, as `sqlite3_column_decltype` gives it.
    pub decltype: Option<String>,
    /// The type asked for in the name itself: `AS "day [date]"`.
    pub name_type: Option<String>,
}

impl Column {
    /// The names under which a converter for the column may be registered, in lower case, the one asked for by the
    /// column's name first.
    pub fn converter_names(&self) -> Vec<String> {
        let declared = self.decltype.as_deref().map(|text| {
            let end = text.find([' ', '(']).unwrap_or(text.len());
            &text[..end]
        });
        self.name_type.as_deref().into_iter().chain(declared).map(str::to_lowercase).collect()
    }
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// The columns; none for statements that return no rows (`cursor.description` is `None` then).
    pub columns: Vec<Column>,
    /// All rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// `cursor.rowcount`: rows changed by an INSERT, UPDATE, DELETE or REPLACE, else −1.
    pub rowcount: i64,
    /// `cursor.lastrowid`.
    pub lastrowid: Option<i64>,
}

/// A statement of an open connection. The handle must outlive it.
pub(super) struct Statement<'c> {
    db: *mut ffi::sqlite3,
    raw: *mut ffi::sqlite3_stmt,
    connection: PhantomData<&'c ()>,
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement was made by sqlite3_prepare_v3 and is finalized only here.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

/// The message of the handle's last error.
unsafe fn message(db: *mut ffi::sqlite3) -> String {
    // SAFETY: the caller vouches for the handle; the text is copied at once.
    unsafe {
        let text = ffi::sqlite3_errmsg(db);
        if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
    }
}

impl<'c> Statement<'c> {
    /// Compiles the first statement of a text; gives it with what follows it, or `None` with an empty rest where there is
    /// none.
    ///
    /// # Safety
    /// `db` is an open handle that lives as long as `'c`.
    pub unsafe fn prepare<'s>(
        db: *mut ffi::sqlite3,
        sql: &'s str,
    ) -> Result<(Option<Statement<'c>>, &'s str), DbError> {
        if sql.contains('\0') {
            return Err(DbError::new(DbErrorKind::Programming, "the query contains a null character"));
        }
        let Ok(length) = c_int::try_from(sql.len()) else {
            return Err(DbError::new(DbErrorKind::Data, "query string is too large"));
        };
        let mut raw = std::ptr::null_mut();
        let mut tail: *const c_char = std::ptr::null();
        // SAFETY: the text is `length` bytes long and lives during the call; the places are ours.
        let code = unsafe { ffi::sqlite3_prepare_v3(db, sql.as_ptr().cast(), length, 0, &raw mut raw, &raw mut tail) };
        if code != ffi::SQLITE_OK {
            // SAFETY: the handle is open.
            return Err(unsafe { DbError::from_code(code, message(db)) });
        }
        let used = if tail.is_null() { sql.len() } else { (tail as usize).saturating_sub(sql.as_ptr() as usize) };
        let rest = sql.get(used..).unwrap_or("");
        let statement = (!raw.is_null()).then_some(Statement { db, raw, connection: PhantomData });
        Ok((statement, rest))
    }

    /// Whether it leaves the database as it is.
    pub fn only_reads(&self) -> bool {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_stmt_readonly(self.raw) != 0 }
    }

    fn error(&self, code: c_int) -> DbError {
        // SAFETY: the handle outlives the statement.
        DbError::from_code(code, unsafe { message(self.db) })
    }

    /// Binds all parameters, complaining as CPython does where they don't fit.
    pub fn bind(&mut self, params: &Params) -> Result<(), DbError> {
        // SAFETY: the statement is live.
        let wanted = unsafe { ffi::sqlite3_bind_parameter_count(self.raw) };
        let misfit = |given: usize| {
            DbError::new(
                DbErrorKind::Programming,
                format!(
                    "Incorrect number of bindings supplied. The current statement uses {wanted}, and there are {given} supplied."
                ),
            )
        };
        match params {
            Params::None if wanted == 0 => Ok(()),
            Params::None => Err(misfit(0)),
            Params::List(values) => {
                if values.len() != wanted as usize {
                    return Err(misfit(values.len()));
                }
                (1..=wanted).zip(values).try_for_each(|(index, value)| self.bind_one(index, value))
            }
            Params::Named(pairs) => (1..=wanted).try_for_each(|index| {
                // SAFETY: the index is within range; the name belongs to the statement and is copied.
                let name = unsafe {
                    let name = ffi::sqlite3_bind_parameter_name(self.raw, index);
                    if name.is_null() { None } else { Some(CStr::from_ptr(name).to_string_lossy().into_owned()) }
                };
                let Some(name) = name else {
                    return Err(DbError::new(
                        DbErrorKind::Programming,
                        format!("Binding {index} has no name, but you supplied a dictionary (which has only names)."),
                    ));
                };
                let bare = name.get(1..).unwrap_or("");
                match pairs.iter().rev().find(|(key, _)| key == bare) {
                    Some((_, value)) => self.bind_one(index, value),
                    None => Err(DbError::new(
                        DbErrorKind::Programming,
                        format!("You did not supply a value for binding parameter :{bare}."),
                    )),
                }
            }),
        }
    }

    fn bind_one(&mut self, index: c_int, value: &SqlValue) -> Result<(), DbError> {
        // SAFETY: the statement is live, the index within range, and SQLite copies texts and blobs at once.
        let code = unsafe {
            match value {
                SqlValue::Null => ffi::sqlite3_bind_null(self.raw, index),
                SqlValue::Integer(value) => ffi::sqlite3_bind_int64(self.raw, index, *value),
                SqlValue::Real(value) => ffi::sqlite3_bind_double(self.raw, index, *value),
                SqlValue::Text(text) => match c_int::try_from(text.len()) {
                    Ok(length) => {
                        ffi::sqlite3_bind_text(self.raw, index, text.as_ptr().cast(), length, ffi::SQLITE_TRANSIENT())
                    }
                    Err(_) => ffi::SQLITE_TOOBIG,
                },
                SqlValue::Blob(bytes) => match c_int::try_from(bytes.len()) {
                    Ok(0) => ffi::sqlite3_bind_zeroblob(self.raw, index, 0),
                    Ok(length) => {
                        ffi::sqlite3_bind_blob(self.raw, index, bytes.as_ptr().cast(), length, ffi::SQLITE_TRANSIENT())
                    }
                    Err(_) => ffi::SQLITE_TOOBIG,
                },
            }
        };
        match code {
            ffi::SQLITE_OK => Ok(()),
            ffi::SQLITE_TOOBIG => Err(DbError::new(DbErrorKind::Data, "string or blob too big")),
            code => Err(self.error(code)),
        }
    }

    /// Readies the statement for another run.
    pub fn reset(&mut self) {
        // SAFETY: the statement is live.
        unsafe {
            ffi::sqlite3_reset(self.raw);
            ffi::sqlite3_clear_bindings(self.raw);
        }
    }

    /// The result's columns.
    pub fn columns(&self) -> Vec<Column> {
        let text = |pointer: *const c_char| {
            // SAFETY: SQLite's names are C strings that live until the next call on the statement.
            (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
        };
        // SAFETY: the statement is live and the indexes are within its count.
        unsafe {
            (0..ffi::sqlite3_column_count(self.raw))
                .map(|index| {
                    let full = text(ffi::sqlite3_column_name(self.raw, index)).unwrap_or_default();
                    let decltype = text(ffi::sqlite3_column_decltype(self.raw, index));
                    let (name, name_type) = split_name(&full);
                    Column { name, decltype, name_type }
                })
                .collect()
        }
    }

    /// Runs it to its end and collects the rows, within the limits.
    pub fn run(&mut self, guard: &Guard, limits: &Limits) -> Result<Vec<Vec<SqlValue>>, DbError> {
        let mut rows = Vec::new();
        let mut size = 0usize;
        // SAFETY: the statement is live.
        let count = unsafe { ffi::sqlite3_column_count(self.raw) };
        loop {
            // SAFETY: the statement is live.
            match unsafe { ffi::sqlite3_step(self.raw) } {
                ffi::SQLITE_DONE => return Ok(rows),
                ffi::SQLITE_ROW => {}
                code => {
                    let error = self.error(code);
                    return Err(explain(guard, code, error));
                }
            }
            if limits.max_rows.is_some_and(|limit| rows.len() as u64 >= limit) {
                return Err(limit_error(LimitKind::Rows));
            }
            let row = (0..count).map(|index| self.column_value(index)).collect::<Result<Vec<_>, _>>()?;
            size = size.saturating_add(row.iter().map(SqlValue::size).sum());
            if limits.max_memory.is_some_and(|limit| size as u64 > limit) {
                return Err(limit_error(LimitKind::Rows));
            }
            rows.push(row);
        }
    }

    fn column_value(&self, index: c_int) -> Result<SqlValue, DbError> {
        // SAFETY: the statement stands on a row, the index is within its count, and texts and blobs are copied before the
        // next call.
        unsafe {
            Ok(match ffi::sqlite3_column_type(self.raw, index) {
                ffi::SQLITE_INTEGER => SqlValue::Integer(ffi::sqlite3_column_int64(self.raw, index)),
                ffi::SQLITE_FLOAT => SqlValue::Real(ffi::sqlite3_column_double(self.raw, index)),
                ffi::SQLITE_TEXT => {
                    let start = ffi::sqlite3_column_text(self.raw, index);
                    let length = ffi::sqlite3_column_bytes(self.raw, index);
                    if start.is_null() {
                        return Err(DbError::new(DbErrorKind::Memory, ""));
                    }
                    let bytes = std::slice::from_raw_parts(start.cast::<u8>(), length.max(0) as usize);
                    match std::str::from_utf8(bytes) {
                        Ok(text) => SqlValue::Text(text.to_owned()),
                        Err(_) => {
                            let name = ffi::sqlite3_column_name(self.raw, index);
                            let name = if name.is_null() { "".into() } else { CStr::from_ptr(name).to_string_lossy() };
                            return Err(DbError::new(
                                DbErrorKind::Operational,
                                format!(
                                    "Could not decode to UTF-8 column '{name}' with text '{}'",
                                    String::from_utf8_lossy(bytes)
                                ),
                            ));
                        }
                    }
                }
                ffi::SQLITE_BLOB => {
                    let start = ffi::sqlite3_column_blob(self.raw, index);
                    let length = ffi::sqlite3_column_bytes(self.raw, index).max(0) as usize;
                    if start.is_null() || length == 0 {
                        SqlValue::Blob(Vec::new())
                    } else {
                        SqlValue::Blob(std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec())
                    }
                }
                _ => SqlValue::Null,
            })
        }
    }
}

/// The description's name and the type asked for in brackets behind it.
fn split_name(full: &str) -> (String, Option<String>) {
    let Some(open) = full.find('[') else { return (full.to_owned(), None) };
    let name = &full[..open];
    let name = name.strip_suffix(' ').unwrap_or(name);
    let name_type = full[open + 1..].split_once(']').map(|(inside, _)| inside.to_owned());
    (name.to_owned(), name_type)
}

/// A limit's error.
pub(super) fn limit_error(kind: LimitKind) -> DbError {
    let message = match kind {
        LimitKind::Rows => "the statement returned too many rows",
        LimitKind::Steps => "the statement took too many steps",
        LimitKind::Time => "the statement took too long",
        LimitKind::Memory => "the database grew too large",
    };
    DbError::new(DbErrorKind::Limit(kind), message)
}

/// The error behind SQLite's: a limit, an interruption or a denied feature.
pub(super) fn explain(guard: &Guard, code: c_int, error: DbError) -> DbError {
    match code & 0xff {
        ffi::SQLITE_INTERRUPT => match guard.stopped() {
            Some(Stop::Interrupted) => DbError::new(DbErrorKind::Interrupted, "interrupted"),
            Some(Stop::Limit(kind)) => limit_error(kind),
            None => error,
        },
        ffi::SQLITE_FULL => limit_error(LimitKind::Memory),
        _ => error,
    }
}

/// Text for a C call, without what can't be in one.
pub(super) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
