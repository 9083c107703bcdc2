//! The parser's errors in CPython's words and at CPython's places.

use ruff_python_ast::token::Tokens;
use ruff_python_parser::{ParseError, UnsupportedSyntaxError};

use super::{SyntaxError, span};

/// The first error of a text.
pub(super) fn of_error(_source: &str, error: &ParseError, _tokens: &Tokens) -> SyntaxError {
    SyntaxError::new(span(error.location), error.error.to_string())
}

/// Syntax that is younger than Python 3.11.
pub(super) fn of_version(_source: &str, error: &UnsupportedSyntaxError) -> SyntaxError {
    SyntaxError::new(span(error.range), "invalid syntax")
}
