//! Places in source text, and messages about them.
//!
//! Takes nothing. Gives [`Span`], [`Diagnostic`] and the choice of a near name; rendering is the caller's.

mod suggest;

pub use suggest::{edit_distance_cost, nearest, python_suggestion};

/// A half-open range of byte offsets in one source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range from `start` up to, not including, `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A one-based line and column, the column counted in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// One-based line.
    pub line: u32,
    /// One-based column in Unicode characters.
    pub column: u32,
}

impl Place {
    /// The place of byte `offset` in `source`; past the end it is the end.
    pub fn of(source: &str, offset: u32) -> Self {
        let mut offset = (offset as usize).min(source.len());
        while !source.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &source[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.bytes().filter(|&byte| byte == b'\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
        }
    }
}

/// Something to tell an author about their file: what is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// Where, when a place is known.
    pub span: Option<Span>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A message about a place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: Some(span), hints: Vec::new() }
    }

    /// A message about a whole file.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, hints: Vec::new() }
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
