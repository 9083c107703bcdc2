//! The Python that learners write, with CPython 3.11 as the reference.
//!
//! Takes source text (and [`crate::diagnostics`], [`crate::values`]). Gives an interpreter into which a host puts native
//! classes, functions and modules; it knows nothing of Django or databases.

pub mod nodes;
pub mod parse;
