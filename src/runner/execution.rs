//! What a run did, as plain data: no Python value and no database handle reaches the floors above.

use std::fmt;

/// One value of a result, in the forms that CONTRACT.md's run object has.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// SQL's NULL, Python's `None`.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// An integer that does not fit 64 bits, as decimal digits.
    BigInt(String),
    /// A float; NaN and infinities too.
    Float(f64),
    /// Text.
    Text(String),
    /// A decimal as Python's `str()` prints it.
    Decimal(String),
    /// A date, time, datetime, duration or UUID as Python's `str()` prints it.
    Temporal(String),
    /// Bytes, as they are.
    Bytes(Vec<u8>),
    /// A list or a tuple inside a row, or by itself; a JSON field's array.
    List(Vec<Cell>),
    /// A dictionary, its keys as text, in its order; a JSON field's object.
    Dict(Vec<(String, Cell)>),
    /// A model instance inside a row: its model's label and its primary key.
    Instance {
        /// Its model's label.
        model: String,
        /// Its primary key.
        pk: Box<Cell>,
    },
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKind {
    /// Reads.
    Select,
    /// Adds rows.
    Insert,
    /// Changes rows.
    Update,
    /// Removes rows.
    Delete,
    /// Changes the schema.
    Ddl,
    /// BEGIN, COMMIT, ROLLBACK and savepoints.
    Transaction,
    /// A PRAGMA.
    Pragma,
    /// Anything else.
    Other,
}

impl fmt::Display for QueryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Ddl => "ddl",
            Self::Transaction => "transaction",
            Self::Pragma => "pragma",
            Self::Other => "other",
        })
    }
}

/// One statement that reached the database, with the learner's place that sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedQuery {
    /// The text with `%s` placeholders, as Django hands it to the database.
    pub sql: String,
    /// Its parameters: a list, a list of lists (executemany), an object (named), or null.
    pub params: serde_json::Value,
    /// The same statement with its parameters filled in as valid SQL.
    pub rendered: String,
    /// One-based line in the learner's source; 0 when none of their frames was running.
    pub line: u32,
    /// One-based column, in characters.
    pub column: u32,
    /// What it does.
    pub kind: QueryKind,
    /// Rows fetched or changed.
    pub rows: u64,
    /// How long the database took, in microseconds.
    pub micros: u64,
    /// Whether the database refused it.
    pub failed: bool,
}

/// An exception that ended the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecError {
    /// `type(e).__name__`.
    pub kind: String,
    /// `str(e)`.
    pub message: String,
    /// One-based line in the learner's source; 0 when unknown.
    pub line: u32,
    /// One-based column.
    pub column: u32,
    /// The engine, not the learner, is at fault.
    pub unsupported: bool,
    /// The traceback as Python prints it.
    pub traceback: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Finished,
    /// An exception reached the top, `Unsupported` among them.
    Raised(ExecError),
    /// A limit was hit; the text names it.
    Limit(String),
    /// The person pressed Ctrl-C.
    Interrupted,
}

/// Everything that one run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// How it ended.
    pub outcome: Outcome,
    /// What it printed.
    pub stdout: String,
    /// `repr` of the last expression; none when there was none or it was `None`.
    pub value: Option<String>,
    /// The last expression's columns, when it is a queryset, instances, tuples, dicts or an SQL result.
    pub columns: Option<Vec<String>>,
    /// Its rows.
    pub rows: Option<Vec<Vec<Cell>>>,
    /// The last expression as one scalar, when it is neither rows nor `None`.
    pub scalar: Option<Cell>,
    /// For rows that are model instances: the model's label and the position of its primary key among the columns.
    pub instances: Option<(String, usize)>,
    /// Whether the rows are dicts: the order of their columns says nothing.
    pub keyed: bool,
    /// Whether the last expression was a queryset or an SQL result: its statement says all that it holds.
    pub direct: bool,
    /// Whether the last expression was a list, a queryset or an SQL result, and not one thing alone.
    pub listed: bool,
    /// The type of the last expression, where a judge takes what it holds for its rows: `set`, `generator`, `tuple`, ….
    pub container: Option<String>,
    /// Every statement, in order.
    pub queries: Vec<LoggedQuery>,
    /// Set when `Unsupported` was raised at any moment, caught or not: the feature's name.
    pub unsupported: Option<String>,
    /// What the system checks say, where it defined models and somebody asked.
    pub issues: Vec<super::Issue>,
}

impl Execution {
    /// Statements that count against a budget: all but transaction statements.
    pub fn counted_queries(&self) -> usize {
        self.queries.iter().filter(|query| query.kind != QueryKind::Transaction).count()
    }

    /// The exception that ended the run.
    pub fn error(&self) -> Option<&ExecError> {
        match &self.outcome {
            Outcome::Raised(error) => Some(error),
            _ => None,
        }
    }
}

impl Cell {
    /// A value as SQLite gives it.
    pub fn from_sql(value: crate::db::SqlValue) -> Self {
        match value {
            crate::db::SqlValue::Null => Self::Null,
            crate::db::SqlValue::Integer(number) => Self::Int(number),
            crate::db::SqlValue::Real(number) => Self::Float(number),
            crate::db::SqlValue::Text(text) => Self::Text(text),
            crate::db::SqlValue::Blob(bytes) => Self::Bytes(bytes),
        }
    }
}

impl Cell {
    /// The cell as the run object has it.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => json!(value),
            Self::Int(number) => json!(number),
            // Beyond what a JSON number carries without loss in most readers.
            Self::BigInt(digits) => digits.parse::<u64>().map_or_else(|_| json!(digits), |number| json!(number)),
            Self::Float(number) if number.is_nan() => json!("nan"),
            Self::Float(number) if number.is_infinite() => json!(if *number > 0.0 { "inf" } else { "-inf" }),
            Self::Float(number) => json!(number),
            Self::Text(text) | Self::Decimal(text) | Self::Temporal(text) => json!(text),
            Self::Bytes(bytes) => json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Dict(pairs) => {
                serde_json::Value::Object(pairs.iter().map(|(name, held)| (name.clone(), held.to_json())).collect())
            }
            Self::Instance { pk, .. } => pk.to_json(),
        }
    }
}
