//! `atomic` blocks, savepoints, and what runs after a commit.

use crate::python::object::Value;

/// An open `atomic` block.
pub struct Block {
    /// Whether a test case opened it: such a block does not count for `durable`.
    pub from_test_case: bool,
}

/// A function that runs once the outermost block has been committed.
pub struct OnCommit {
    /// The savepoints that were open when it was registered.
    pub savepoints: Vec<Option<String>>,
    /// The function.
    pub function: Value,
    /// Whether its failure is only logged.
    pub robust: bool,
}
