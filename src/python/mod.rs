//! The Python that learners write, with CPython 3.11 as the reference.
//!
//! Takes source text (and [`crate::diagnostics`], [`crate::values`]). Gives an interpreter into which a host puts native
//! classes, functions and modules; it knows nothing of Django or databases.
//!
//! How a host embeds it stands in [`object`].

pub mod builtins;
pub mod code;
pub mod compile;
pub mod exceptions;
pub mod modules;
pub mod nodes;
pub mod object;
pub mod ops;
pub mod parse;
pub mod types;
pub mod vm;
