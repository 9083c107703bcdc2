//! The pinned clock inside SQLite, and the door to files that stays shut.
//!
//! SQLite asks its VFS for the time, so a VFS of our own makes `CURRENT_TIMESTAMP`, `datetime('now')` and `STRFTIME(…,
//! 'NOW')` give the pinned moment. The same VFS refuses to open any file: databases, journals and temporary tables live in
//! memory.

use rusqlite::ffi;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

/// The pinned moment when nothing else is set, 2026-06-15 12:00:00 UTC, in microseconds since 1970.
pub const PINNED_NOW: i64 = 1_781_524_800_000_000;

/// Milliseconds between the beginning of SQLite's day count and 1970.
const JULIAN_EPOCH_MILLIS: i64 = 210_866_760_000_000;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(PINNED_NOW) };
}

/// Sets the moment for the statements that this thread runs next.
pub(super) fn set_now(micros: i64) {
    NOW.with(|now| now.set(micros));
}

fn julian_millis() -> i64 {
    NOW.with(Cell::get).div_euclid(1000).saturating_add(JULIAN_EPOCH_MILLIS)
}

unsafe extern "C" fn current_time_int64(_vfs: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    if !out.is_null() {
        // SAFETY: SQLite passes a place for the result.
        unsafe { *out = julian_millis() };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    if !out.is_null() {
        // SAFETY: SQLite passes a place for the result.
        unsafe { *out = julian_millis() as f64 / 86_400_000.0 };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn refuse_open(
    _vfs: *mut ffi::sqlite3_vfs,
    _name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    _flags: c_int,
    _out_flags: *mut c_int,
) -> c_int {
    if !file.is_null() {
        // SAFETY: SQLite passes room for a file; without methods it isn't closed.
        unsafe { (*file).pMethods = std::ptr::null() };
    }
    ffi::SQLITE_CANTOPEN
}

/// The name of our VFS, registered on the first call; `None` when SQLite has none to build on.
pub(super) fn vfs() -> Option<&'static CStr> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    const NAME: &CStr = c"ormdojo";
    let registered = *REGISTERED.get_or_init(|| {
        // SAFETY: the default VFS lives as long as the process; our copy is leaked, so it does too, and its methods other
        // than the three replaced ones work on the copy as they do on the original.
        unsafe {
            if ffi::sqlite3_initialize() != ffi::SQLITE_OK {
                return false;
            }
            let original = ffi::sqlite3_vfs_find(std::ptr::null::<c_char>());
            if original.is_null() || (*original).iVersion < 2 {
                return false;
            }
            let copy = Box::leak(Box::new(*original));
            copy.pNext = std::ptr::null_mut();
            copy.zName = NAME.as_ptr();
            copy.xCurrentTime = Some(current_time);
            copy.xCurrentTimeInt64 = Some(current_time_int64);
            copy.xOpen = Some(refuse_open);
            ffi::sqlite3_vfs_register(copy, 0) == ffi::SQLITE_OK
        }
    });
    registered.then_some(NAME)
}
