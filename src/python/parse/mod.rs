//! From source text to our own nodes: the only place that knows the parser's types.
//!
//! Takes text. Gives [`Module`] or a [`SyntaxError`] in CPython's words, and says of a half-typed input whether more
//! lines may complete it.

mod anchors;
mod fstring;
mod guard;
mod incomplete;
mod lower;
mod wording;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use crate::diagnostics::Span;
use crate::python::nodes::Module;

pub use anchors::anchors;
pub use incomplete::is_incomplete;

/// How large a learner's program may be, in bytes.
pub const SOURCE_CAP: usize = 64 * 1024;

/// Which class of error a text that is not Python raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`.
    Syntax,
    /// `IndentationError`.
    Indentation,
    /// `TabError`.
    Tab,
    /// `RecursionError`: nested deeper than the compiler goes.
    Recursion,
    /// Valid Python that we do not do; the message is the feature's name.
    Unsupported,
}

/// Why a text is not a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The class of the exception.
    pub kind: SyntaxErrorKind,
    /// CPython's words.
    pub message: String,
    /// Where; empty if CPython would show one caret only.
    pub span: Span,
    /// The text that CPython shows in place of the source's line.
    pub quoted: Option<Box<Quoted>>,
}

/// A text that CPython compiled apart, and the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The text.
    pub text: String,
    /// The place.
    pub span: Span,
}

impl SyntaxError {
    /// A plain `SyntaxError`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { kind: SyntaxErrorKind::Syntax, message: message.into(), span, quoted: None }
    }

    /// Valid Python that we do not do.
    pub fn unsupported(span: Span, feature: impl Into<String>) -> Self {
        Self { kind: SyntaxErrorKind::Unsupported, message: feature.into(), span, quoted: None }
    }
}

/// What went wrong first, or the tree. Texts above `cap` bytes are refused.
///
/// Needs a stack that holds the nesting that [`guard`] lets through; `with_big_stack` gives one.
pub fn parse_module(source: &str, cap: usize) -> Result<Module, SyntaxError> {
    guard::check(source, cap)?;
    let parsed = parse_unchecked(source, options());
    if let Some(error) = parsed.errors().first() {
        if let Some(mistake) = wording::of_tokenizer(source, Some(error)) {
            return Err(mistake);
        }
        let at = error.location.end().to_u32();
        return Err(fstring::mistake(source, at).unwrap_or_else(|| wording::of_error(source, error, parsed.tokens())));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        if let Some(mistake) = wording::of_tokenizer(source, None) {
            return Err(mistake);
        }
        let at = error.range.end().to_u32();
        return Err(fstring::mistake(source, at).unwrap_or_else(|| wording::of_version(source, error)));
    }
    if let Some(mistake) = wording::of_indentation(source) {
        return Err(mistake);
    }
    match parsed.try_into_module() {
        Some(module) => lower::module(source, module.syntax()).map_err(|error| match error.kind {
            // A mistake in an f-string stands where CPython's own reading of it ends.
            SyntaxErrorKind::Syntax if error.message.starts_with("f-string") => {
                fstring::mistake(source, u32::MAX).unwrap_or(error)
            }
            _ => error,
        }),
        None => Err(SyntaxError::new(Span::default(), "invalid syntax")),
    }
}

fn options() -> ParseOptions {
    ParseOptions::from(Mode::Module).with_target_version(PythonVersion { major: 3, minor: 11 })
}

fn span(range: ruff_text_size::TextRange) -> Span {
    Span::new(range.start().to_u32(), range.end().to_u32())
}

/// The place, line and column, at which the last top-level statement of a text begins, when that is an expression.
pub fn last_expression_place(source: &str) -> Option<(u32, u32)> {
    let module = parse_module(source, SOURCE_CAP).ok()?;
    let last = module.body.last()?;
    if !matches!(last.kind, crate::python::nodes::StmtKind::Expr(_)) {
        return None;
    }
    let place = crate::diagnostics::Place::of(source, last.span.start);
    Some((place.line, place.column))
}
