//! Limits on statements, and the guard that watches them while a statement runs.

use super::LimitKind;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How much a statement may do. `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows fetched by one statement.
    pub max_rows: Option<u64>,
    /// Instructions of SQLite's machine for one statement.
    pub max_steps: Option<u64>,
    /// Time for one statement.
    pub timeout: Option<Duration>,
    /// Bytes that the database, and the rows fetched by one statement, may each take.
    pub max_memory: Option<u64>,
}

impl Limits {
    /// No limit at all.
    pub const NONE: Limits = Limits { max_rows: None, max_steps: None, timeout: None, max_memory: None };
}

impl Default for Limits {
    /// Enough for any exercise, little enough for any machine.
    fn default() -> Limits {
        Limits {
            max_rows: Some(1_000_000),
            max_steps: None,
            timeout: Some(Duration::from_secs(10)),
            max_memory: Some(512 << 20),
        }
    }
}

/// How many instructions pass between two looks at the limits.
pub(super) const STRIDE: i32 = 2000;

/// What the handlers inside SQLite share with the connection.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// Set from outside to stop the running statement.
    pub interrupted: Arc<AtomicBool>,
    steps: AtomicU64,
    max_steps: AtomicU64,
    deadline: Mutex<Option<Instant>>,
    run_deadline: Mutex<Option<Instant>>,
    hit: AtomicU8,
    /// Whether the statements are the program's own, so that nothing is denied.
    pub trusted: AtomicBool,
    /// What the authorizer denied last.
    pub denied: Mutex<Option<String>>,
    /// Whether a statement was prepared whose effect outlives it without being part of the database.
    pub strayed: AtomicBool,
}

/// Why the guard stopped a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Interrupted,
    Limit(LimitKind),
}

impl Guard {
    /// Before a statement.
    pub fn begin(&self, limits: &Limits) {
        self.steps.store(0, Ordering::Relaxed);
        self.max_steps.store(limits.max_steps.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.hit.store(0, Ordering::Relaxed);
        let own = limits.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let run = self.run_deadline.lock().map_or(None, |deadline| *deadline);
        if let Ok(mut deadline) = self.deadline.lock() {
            *deadline = match (own, run) {
                (Some(own), Some(run)) => Some(own.min(run)),
                (own, run) => own.or(run),
            };
        }
    }

    /// The moment at which the whole run ends.
    pub fn set_run_deadline(&self, moment: Option<Instant>) {
        if let Ok(mut deadline) = self.run_deadline.lock() {
            *deadline = moment;
        }
    }

    /// Whether the running statement has to stop: SQLite's progress handler.
    pub fn must_stop(&self) -> bool {
        let steps = self.steps.fetch_add(STRIDE as u64, Ordering::Relaxed) + STRIDE as u64;
        let reason = if self.interrupted.load(Ordering::Relaxed) {
            1
        } else if steps > self.max_steps.load(Ordering::Relaxed) {
            2
        } else if self.deadline.lock().is_ok_and(|deadline| deadline.is_some_and(|moment| Instant::now() >= moment)) {
            3
        } else {
            return false;
        };
        self.hit.store(reason, Ordering::Relaxed);
        true
    }

    /// Why the last statement was stopped, if it was.
    pub fn stopped(&self) -> Option<Stop> {
        match self.hit.load(Ordering::Relaxed) {
            1 => Some(Stop::Interrupted),
            2 => Some(Stop::Limit(LimitKind::Steps)),
            3 => Some(Stop::Limit(LimitKind::Time)),
            _ => None,
        }
    }
}
