//! What an answer is judged against, as a question declares it.

use crate::runner::Language;

/// Which order of rows is asked for. Declared by the question, never read off the SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Rows are a multiset.
    #[default]
    None,
    /// Every row at its place.
    Total,
    /// These columns decide (`-` for descending); rows that tie on them may come in any order.
    Keys(Vec<String>),
}

/// What of an execution is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// The value of the last expression.
    #[default]
    Value,
    /// What was printed.
    Stdout,
    /// The final state of the tables.
    Database,
    /// What the models of an answer state, and the tables that they make.
    Schema,
}

/// Words about the SQL itself that must or must not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Every one must be there.
    pub require: Vec<String>,
    /// None may be there.
    pub forbid: Vec<String>,
}

/// The reference and the rules by which an answer is compared with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The built-in dataset whose models the answer uses.
    pub dataset: String,
    /// What the learner is asked: a moment that every save renews counts in final states where its column is named here.
    pub prompt: String,
    /// The reference answer.
    pub code: String,
    /// The language of both.
    pub language: Language,
    /// What is compared.
    pub compare: Compare,
    /// The order that is asked for.
    pub order: Order,
    /// Statements allowed at the worst database, transaction statements apart.
    pub max_queries: Option<usize>,
    /// Whether names and order of columns count.
    pub exact_columns: bool,
    /// Demands on the SQL.
    pub shape: Shape,
    /// Runs before the answer, unlogged, on every database.
    pub setup: String,
    /// Django test code that judges a program, instead of a reference.
    pub tests: Option<String>,
    /// Likely mistakes: code, finding, and what to say.
    pub known_wrong: Vec<KnownWrong>,
    /// Seeds of the distilled databases; empty when none were distilled yet.
    pub seeds: Vec<u64>,
}

/// A likely mistake that the question's author wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownWrong {
    /// The answer.
    pub code: String,
    /// The finding it stands for.
    pub finding: String,
    /// What to tell the learner.
    pub says: String,
}
