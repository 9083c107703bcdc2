//! What Python code sees of Django: models, managers, querysets, signals, transactions, the test case.
//!
//! Takes the interpreter of [`crate::python`], the queries of [`crate::orm`] and the connections of [`crate::db`]; the
//! only place where they meet. Gives modules that an interpreter can import.
