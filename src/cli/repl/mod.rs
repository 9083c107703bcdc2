//! The prompt: reading inputs of several lines, the words that begin with a backslash, and the flow of a question.

pub mod input;
pub mod question;
pub mod session;
pub mod shell;
mod unit;
mod words;
