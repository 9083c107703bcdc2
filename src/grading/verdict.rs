//! The judgement of one answer; its JSON form is CONTRACT.md's verdict object.

use crate::runner::{Cell, ExecError};

/// The judgement's one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// No difference was found on any database.
    Correct,
    /// Some database shows a difference.
    Incorrect,
    /// Right rows, but too many queries or a forbidden shape.
    OverBudget,
    /// The answer raised.
    Error,
    /// The engine cannot run the answer.
    Unsupported,
    /// A limit was hit.
    Timeout,
    /// Free text: the learner has the last word.
    SelfAssessed,
}

impl VerdictKind {
    /// The word as it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Incorrect => "incorrect",
            Self::OverBudget => "over_budget",
            Self::Error => "error",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::SelfAssessed => "self_assessed",
        }
    }
}

/// One thing that was looked at: `rows`, `order`, `queries`, `shape`, `stdout`, `database`, `schema`, `tests`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whether it held.
    pub ok: bool,
    /// What was seen when it did not.
    pub detail: String,
}

/// Why an answer is wrong or could be better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A word of CONTRACT.md's list.
    pub id: String,
    /// One-based line in the answer; none when no line is to blame.
    pub line: Option<u32>,
    /// Told to the learner.
    pub message: String,
}

/// A small table to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The table's name in the database.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// The places of the columns that the two programs speak of; none where the table is there only because others point
    /// at it.
    pub shown: Vec<usize>,
}

/// The smallest database found on which the answer differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The tables that have rows, those first that others point at.
    pub tables: Vec<Table>,
    /// The names of the expected columns.
    pub columns: Vec<String>,
    /// What the reference gives.
    pub expected: Vec<Vec<Cell>>,
    /// The names of the answer's columns.
    pub got_columns: Vec<String>,
    /// What the answer gave.
    pub got: Vec<Vec<Cell>>,
    /// What the answer raised on it, if it did.
    pub error: Option<String>,
    /// The expected rows in their order, then the answer's others, each with what is the matter with it; empty where the
    /// columns of the two cannot be laid beside each other.
    pub marked: Vec<(Mark, Vec<Cell>)>,
    /// The names of the columns that these have.
    pub marked_columns: Vec<String>,
}

/// What is the matter with a row of a counterexample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing: it was expected and came.
    Fine,
    /// It was expected and did not come.
    Missing,
    /// It came and was not expected.
    Extra,
    /// It came at another place.
    Misplaced,
    /// It came with a value of another type.
    WrongType,
}

impl Mark {
    /// The word that stands beside the row.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Misplaced => "misplaced",
            Self::WrongType => "wrong type",
        }
    }
}

/// The judgement of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The one word.
    pub kind: VerdictKind,
    /// What was looked at, in the order shown.
    pub checks: Vec<Check>,
    /// The answer's statements at its worst database, transaction statements apart.
    pub queries: usize,
    /// How many are allowed.
    pub budget: Option<usize>,
    /// How many databases it was tried on.
    pub databases: usize,
    /// How many runs that took.
    pub executions: usize,
    /// What an interviewer would remark on a right answer.
    pub remarks: Vec<String>,
    /// Why it is wrong, strongest reason first.
    pub findings: Vec<Finding>,
    /// On a wrong answer: four steps from a nudge to the edit, to be asked for one by one.
    pub hints: Vec<String>,
    /// The smallest database that shows the difference.
    pub counterexample: Option<Counterexample>,
    /// What the answer raised.
    pub error: Option<ExecError>,
    /// The answer's statements on the visible database, rendered, for the SQL diff.
    pub answer_sql: Vec<String>,
    /// The reference's statements on the visible database.
    pub reference_sql: Vec<String>,
    /// Wall time of the judging in milliseconds; the only part that differs between two runs.
    pub elapsed_ms: f64,
}

impl Verdict {
    /// A verdict that says its one word and nothing else yet.
    pub fn of(kind: VerdictKind) -> Self {
        Self {
            kind,
            checks: Vec::new(),
            queries: 0,
            budget: None,
            databases: 0,
            executions: 0,
            remarks: Vec::new(),
            findings: Vec::new(),
            hints: Vec::new(),
            counterexample: None,
            error: None,
            answer_sql: Vec::new(),
            reference_sql: Vec::new(),
            elapsed_ms: 0.0,
        }
    }

    /// A verdict for which one check, that failed, is the whole reason.
    pub fn failing(kind: VerdictKind, name: &'static str, detail: String) -> Self {
        Self { checks: vec![Check { name, ok: false, detail }], ..Self::of(kind) }
    }
}
