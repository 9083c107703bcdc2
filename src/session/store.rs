//! The learner's progress, in one SQLite file. Every answer is written in a transaction before the next thing is shown,
//! so a process that is killed at any moment loses nothing; several processes may write at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::plan::{Mode, Session};
use super::schedule::{Rating, Review};

/// Marks the file as ours in its header.
const APPLICATION_ID: i32 = 0x6f72_6d64;
const VERSION: i32 = 1;
const FILE: &str = "progress.sqlite3";
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    question TEXT NOT NULL,
    session INTEGER,
    at INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    rating TEXT,
    answer TEXT NOT NULL,
    hints INTEGER NOT NULL,
    late INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS attempt_question ON attempt (question);
CREATE INDEX IF NOT EXISTS attempt_session ON attempt (session);
CREATE TABLE IF NOT EXISTS review (
    question TEXT PRIMARY KEY,
    due INTEGER NOT NULL,
    stability REAL NOT NULL,
    difficulty REAL NOT NULL,
    last INTEGER NOT NULL,
    reps INTEGER NOT NULL,
    lapses INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    plan TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// Why progress cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer version of this program wrote the file; it is left as it is.
    #[error(
        "{path} was written by a newer ormdojo (format {version}, this one knows {VERSION}); it was left untouched. \
         Update ormdojo, or start apart with --data-dir"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        version: i32,
    },
    /// The folder cannot be used.
    #[error("{path}: {reason}")]
    Folder {
        /// The folder.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// SQLite refused.
    #[error("the progress file: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// One answer, or the giving up of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The question's id.
    pub question: String,
    /// The number of the session that asked it; none outside of sessions.
    #[serde(default)]
    pub session: Option<i64>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The verdict's word, or `skipped`, or `shown` when the solution was asked for.
    pub verdict: String,
    /// How well it was known, when that can be said.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// What was answered.
    #[serde(default)]
    pub answer: String,
    /// How many hints were read before it.
    #[serde(default)]
    pub hints: usize,
    /// Whether time was up.
    #[serde(default)]
    pub late: bool,
}

/// The open progress file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
}

impl Store {
    /// Opens the progress file in `folder`, making both if need be. A file that is not a sound progress file is moved
    /// aside, never deleted; its new place is given back.
    pub fn open(folder: &Path, now: i64) -> Result<(Self, Option<PathBuf>), StoreError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Folder { path: folder.display().to_string(), reason: error.to_string() })?;
        let path = folder.join(FILE);
        match Self::open_file(&path) {
            Ok(store) => Ok((store, None)),
            Err(StoreError::Sqlite(error)) if is_damage(&error) => {
                let aside = set_aside(&path, now).map_err(|error| StoreError::Folder {
                    path: path.display().to_string(),
                    reason: error.to_string(),
                })?;
                Ok((Self::open_file(&path)?, Some(aside)))
            }
            Err(error) => Err(error),
        }
    }

    /// Progress that is forgotten in the end, for when no folder can be written.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut store = Self { connection: Connection::open_in_memory()?, path: None };
        store.prepare()?;
        Ok(store)
    }

    /// Where the file is; none in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn open_file(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        let mut store = Self { connection, path: Some(path.to_owned()) };
        store.prepare()?;
        Ok(store)
    }

    /// Turns the write-ahead log on. SQLite refuses that at once while another process is at it, whatever the time it may
    /// wait otherwise.
    fn write_ahead(&self) -> Result<(), StoreError> {
        const TRIES: u32 = 500;
        for _ in 0..TRIES {
            let turned = self.connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
            match turned {
                Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                turned => return turned.map(drop).map_err(StoreError::from),
            }
        }
        // It works without, too.
        Ok(())
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        // One snapshot: another process may be making the file at this very moment.
        let (version, application, tables) = {
            let snapshot = self.connection.transaction()?;
            let version: i32 = snapshot.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let application: i32 = snapshot.query_row("PRAGMA application_id", [], |row| row.get(0))?;
            let tables: i64 = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            (version, application, tables)
        };
        if application == APPLICATION_ID && version > VERSION {
            let path = self.path.as_deref().unwrap_or(Path::new(FILE)).display().to_string();
            return Err(StoreError::Newer { path, version });
        }
        if application != APPLICATION_ID && tables > 0 {
            return Err(foreign());
        }
        if application == APPLICATION_ID {
            let found: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return Err(foreign());
            }
        }
        self.write_ahead()?;
        self.connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        if application != APPLICATION_ID || version < VERSION {
            let transaction = self.begin()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
            ))?;
            transaction.commit()?;
        }
        // A file that has our mark but lost a table is as damaged as one with a broken page.
        for table in ["attempt", "review", "session", "fact"] {
            let exists: Option<i64> = self
                .connection
                .query_row("SELECT 1 FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))
                .optional()?;
            if exists.is_none() {
                return Err(foreign());
            }
        }
        Ok(())
    }

    /// A write transaction that waits its turn at once, so that two processes never see half of each other.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// Writes one attempt, what is now remembered of its question, and how far its session is: all or nothing.
    pub fn record(
        &mut self,
        attempt: &Attempt,
        review: Option<&Review>,
        session: Option<&Session>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        insert_attempt(&transaction, attempt)?;
        if let Some(review) = review {
            upsert_review(&transaction, &attempt.question, review)?;
        }
        if let Some(session) = session {
            update_session(&transaction, session)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores a new session and gives it its number.
    pub fn begin_session(&mut self, session: &mut Session) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        transaction.execute(
            "INSERT INTO session (started, ended, plan) VALUES (?1, ?2, ?3)",
            params![session.started, session.ended, plan_text(session)],
        )?;
        session.id = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(())
    }

    /// Stores how far a session is.
    pub fn save_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        update_session(&transaction, session)?;
        transaction.commit()?;
        Ok(())
    }

    /// The session begun last among those that are not over, of one mode or of any.
    pub fn open_session(&self, mode: Option<Mode>) -> Result<Option<Session>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id, plan FROM session WHERE ended = 0 ORDER BY id DESC")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (id, plan) = row?;
            // A plan of an unknown form is passed over rather than lost.
            if let Ok(session) = serde_json::from_str::<Session>(&plan)
                && mode.is_none_or(|mode| mode == session.mode)
            {
                return Ok(Some(Session { id, ..session }));
            }
        }
        Ok(None)
    }

    /// What is remembered of every question, by id.
    pub fn reviews(&self) -> Result<Vec<(String, Review)>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT question, due, stability, difficulty, last, reps, lapses FROM review ORDER BY question")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, review_of(row, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is remembered of one question.
    pub fn review(&self, question: &str) -> Result<Option<Review>, StoreError> {
        Ok(self
            .connection
            .query_row(
                "SELECT due, stability, difficulty, last, reps, lapses FROM review WHERE question = ?1",
                [question],
                |row| review_of(row, 0),
            )
            .optional()?)
    }

    /// Every attempt, oldest first; of one session when its number is given.
    pub fn attempts(&self, session: Option<i64>) -> Result<Vec<Attempt>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT question, session, at, verdict, rating, answer, hints, late FROM attempt \
             WHERE ?1 IS NULL OR session = ?1 ORDER BY at, id",
        )?;
        let rows = statement.query_map([session], |row| {
            let rating: Option<String> = row.get(4)?;
            Ok(Attempt {
                question: row.get(0)?,
                session: row.get(1)?,
                at: row.get(2)?,
                verdict: row.get(3)?,
                rating: rating.and_then(|word| Rating::ALL.into_iter().find(|rating| rating.word() == word)),
                answer: row.get(5)?,
                hints: row.get::<_, i64>(6)?.try_into().unwrap_or(0),
                late: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A small fact that is remembered, such as what the learner has been told already.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    /// Remembers a fact.
    pub fn set_fact(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.connection.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?1, ?2)", [name, value])?;
        Ok(())
    }

    /// Forgets everything.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        transaction.execute_batch("DELETE FROM attempt; DELETE FROM review; DELETE FROM session; DELETE FROM fact;")?;
        transaction.commit()?;
        Ok(())
    }
}

pub(super) fn insert_attempt(transaction: &Transaction<'_>, attempt: &Attempt) -> Result<(), rusqlite::Error> {
    transaction.execute(
        "INSERT INTO attempt (question, session, at, verdict, rating, answer, hints, late) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            attempt.question,
            attempt.session,
            attempt.at,
            attempt.verdict,
            attempt.rating.map(Rating::word),
            attempt.answer,
            attempt.hints as i64,
            attempt.late
        ],
    )?;
    Ok(())
}

pub(super) fn upsert_review(
    transaction: &Transaction<'_>,
    question: &str,
    review: &Review,
) -> Result<(), rusqlite::Error> {
    transaction.execute(
        "INSERT OR REPLACE INTO review (question, due, stability, difficulty, last, reps, lapses) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![question, review.due, review.stability, review.difficulty, review.last, review.reps, review.lapses],
    )?;
    Ok(())
}

fn update_session(transaction: &Transaction<'_>, session: &Session) -> Result<(), rusqlite::Error> {
    transaction.execute(
        "UPDATE session SET ended = ?2, plan = ?3 WHERE id = ?1",
        params![session.id, session.ended, plan_text(session)],
    )?;
    Ok(())
}

fn plan_text(session: &Session) -> String {
    serde_json::to_string(session).unwrap_or_default()
}

fn review_of(row: &rusqlite::Row<'_>, first: usize) -> Result<Review, rusqlite::Error> {
    Ok(Review {
        due: row.get(first)?,
        stability: row.get(first + 1)?,
        difficulty: row.get(first + 2)?,
        last: row.get(first + 3)?,
        reps: row.get(first + 4)?,
        lapses: row.get(first + 5)?,
    })
}

/// The error for a file that is sound SQLite but not ours.
fn foreign() -> StoreError {
    StoreError::Sqlite(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB),
        Some("not a progress file".to_owned()),
    ))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
        || matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..))
}

/// Moves a damaged file and its companions to a free name beside it.
fn set_aside(path: &Path, now: i64) -> std::io::Result<PathBuf> {
    let stamp = super::clock::shown(now).replace([' ', ':'], "-");
    let mut number = 1;
    let aside = loop {
        let name =
            if number == 1 { format!("{FILE}.damaged-{stamp}") } else { format!("{FILE}.damaged-{stamp}-{number}") };
        let candidate = path.with_file_name(name);
        if !candidate.exists() {
            break candidate;
        }
        number += 1;
    };
    std::fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let with_suffix = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let companion = with_suffix(path);
        if companion.exists() {
            std::fs::rename(companion, with_suffix(&aside))?;
        }
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::review;

    fn attempt(question: &str, at: i64) -> Attempt {
        Attempt {
            question: question.into(),
            session: None,
            at,
            verdict: "correct".into(),
            rating: Some(Rating::Good),
            answer: "Post.objects.all()".into(),
            hints: 1,
            late: false,
        }
    }

    #[test]
    fn what_is_recorded_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, aside) = Store::open(&folder.path().join("new/folder"), 0).unwrap();
        assert_eq!(aside, None);
        let memory = review(None, Rating::Good, 5);
        let mut session = Session {
            id: 0,
            mode: Mode::Mock,
            seed: 3,
            questions: vec!["a/b".into()],
            position: 0,
            started: 5,
            deadline: Some(9),
            folders: vec![],
            ended: false,
        };
        store.begin_session(&mut session).unwrap();
        session.position = 1;
        let attempt = Attempt { session: Some(session.id), ..attempt("a/b", 5) };
        store.record(&attempt, Some(&memory), Some(&session)).unwrap();
        store.set_fact("told", "yes").unwrap();
        // A second process at the same time.
        let (mut other, _) = Store::open(&folder.path().join("new/folder"), 0).unwrap();
        other.record(&self::attempt("c/d", 6), None, None).unwrap();
        assert_eq!(store.attempts(None).unwrap().len(), 2);
        drop((store, other));
        let (store, _) = Store::open(&folder.path().join("new/folder"), 0).unwrap();
        assert_eq!(store.attempts(Some(session.id)).unwrap(), [attempt]);
        assert_eq!(store.review("a/b").unwrap(), Some(memory));
        assert_eq!(store.open_session(Some(Mode::Mock)).unwrap(), Some(session));
        assert_eq!(store.open_session(Some(Mode::Quiz)).unwrap(), None);
        assert_eq!(store.fact("told").unwrap().as_deref(), Some("yes"));
    }

    #[test]
    fn many_begin_the_same_file_at_once() {
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            std::thread::scope(|scope| {
                for thread in 0..6 {
                    let folder = folder.path();
                    scope.spawn(move || {
                        let (mut store, aside) = Store::open(folder, 0).unwrap();
                        assert_eq!(aside, None);
                        for at in 0..5 {
                            store.record(&attempt(&format!("a/{thread}"), at), None, None).unwrap();
                        }
                    });
                }
            });
            let (store, _) = Store::open(folder.path(), 0).unwrap();
            assert_eq!(store.attempts(None).unwrap().len(), 30);
        }
    }

    #[test]
    fn a_damaged_file_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "this is not a database, whatever its name says").unwrap();
        let (store, aside) = Store::open(folder.path(), 0).unwrap();
        assert_eq!(store.attempts(None).unwrap(), []);
        let aside = aside.unwrap();
        assert!(std::fs::read_to_string(aside).unwrap().starts_with("this is not"));
        drop(store);
        // Somebody else's database.
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").unwrap();
        let (_, aside) = Store::open(folder.path(), 0).unwrap();
        let rows: i64 =
            Connection::open(aside.unwrap()).unwrap().query_row("SELECT x FROM mine", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), 0).unwrap());
        let path = folder.path().join(FILE);
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(Store::open(folder.path(), 0), Err(StoreError::Newer { version: 99, .. })));
        assert!(path.exists());
    }
}
