//! Regular expressions as Python's `re` reads them, run by a backtracking engine.
//!
//! A pattern is parsed by Python's grammar, with Python's complaints, and written anew in the engine's own syntax. What
//! the engine cannot do is [`PatternError::Unsupported`], never a guess.

mod emit;
mod parse;
mod source;
mod tree;

use fancy_regex::{Regex, RegexBuilder, RegexInput};
use std::cell::OnceCell;
use std::fmt;

/// `re.IGNORECASE`
pub const IGNORECASE: u32 = 2;
/// `re.LOCALE`
pub const LOCALE: u32 = 4;
/// `re.MULTILINE`
pub const MULTILINE: u32 = 8;
/// `re.DOTALL`
pub const DOTALL: u32 = 16;
/// `re.UNICODE`
pub const UNICODE: u32 = 32;
/// `re.VERBOSE`
pub const VERBOSE: u32 = 64;
/// `re.DEBUG`
pub const DEBUG: u32 = 128;
/// `re.ASCII`
pub const ASCII: u32 = 256;

/// How many steps of backtracking a match may take.
const BACKTRACK_LIMIT: usize = 5_000_000;

/// Why a pattern can't be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// `re.error`: what is wrong, where (in characters) and with which pattern.
    Invalid {
        /// The message, without the place.
        message: String,
        /// The place; some errors have none.
        position: Option<usize>,
        /// The pattern.
        pattern: String,
    },
    /// A `ValueError` about the flags.
    Value(String),
    /// An `OverflowError` about a repetition.
    Overflow(String),
    /// Python could; the message names the feature.
    Unsupported(String),
}

impl PatternError {
    /// The line and column (from one) of the place of an invalid pattern.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let PatternError::Invalid { position: Some(position), pattern, .. } = self else { return None };
        let before: Vec<char> = pattern.chars().take(*position).collect();
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        Some((line, column))
    }
}

impl fmt::Display for PatternError {
    /// `str(error)`: the message, its place, and line and column in patterns of several lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::Invalid { message, position, pattern } => {
                f.write_str(message)?;
                if let Some(position) = position {
                    write!(f, " at position {position}")?;
                    if let (true, Some((line, column))) = (pattern.contains('\n'), self.line_and_column()) {
                        write!(f, " (line {line}, column {column})")?;
                    }
                }
                Ok(())
            }
            PatternError::Value(message) | PatternError::Overflow(message) | PatternError::Unsupported(message) => {
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for PatternError {}

/// Why a match couldn't be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchError {
    /// It took too many steps.
    TooComplex,
}

/// How a match lies in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Anywhere from the start on (`search`).
    Search,
    /// From the start (`match`).
    Match,
    /// From the start to the end (`fullmatch`).
    Full,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    search: Regex,
    full: OnceCell<Regex>,
    written: String,
    groups: usize,
    names: Vec<(String, usize)>,
    flags: u32,
    closing_order: Vec<usize>,
}

/// A match: the byte ranges of the whole and of each group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The whole first, then the groups; `None` for groups that took no part.
    pub spans: Vec<Option<(usize, usize)>>,
    /// `Match.lastindex`: the group that was closed last.
    pub last_index: Option<usize>,
}

impl Pattern {
    /// Compiles a `str` pattern; the flags are Python's numbers.
    pub fn compile(pattern: &str, flags: u32) -> Result<Pattern, PatternError> {
        let parsed = parse::parse(pattern, flags)?;
        let written = emit::write(&parsed)?;
        let search = build(&written)?;
        Ok(Pattern {
            search,
            full: OnceCell::new(),
            written,
            groups: parsed.groups,
            names: parsed.names,
            flags: parsed.flags,
            closing_order: parsed.closing_order,
        })
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The named groups and their numbers, in order of appearance.
    pub fn group_names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// The flags, those from within the pattern and `UNICODE` included.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// Whether the pattern is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> Result<bool, MatchError> {
        self.search.is_match(text).map_err(|_| MatchError::TooComplex)
    }

    /// Looks for the pattern from a byte offset on, which must lie between characters; what precedes it is still seen by
    /// `^`, `\b` and look-behinds.
    pub fn find(&self, text: &str, start: usize, anchor: Anchor) -> Result<Option<Match>, MatchError> {
        if !text.is_char_boundary(start) {
            return Ok(None);
        }
        let regex = match anchor {
            Anchor::Full => match self.full() {
                Some(regex) => regex,
                None => return Err(MatchError::TooComplex),
            },
            _ => &self.search,
        };
        let input = RegexInput::new(text).from_pos(start).anchored(anchor != Anchor::Search);
        let Some(captures) = regex.captures_input(input).map_err(|_| MatchError::TooComplex)? else { return Ok(None) };
        let spans: Vec<Option<(usize, usize)>> =
            (0..=self.groups).map(|index| captures.get(index).map(|found| (found.start(), found.end()))).collect();
        let took_part = |index: &&usize| spans.get(**index).is_some_and(Option::is_some);
        let last_index = self.closing_order.iter().rev().find(took_part).copied();
        Ok(Some(Match { spans, last_index }))
    }

    fn full(&self) -> Option<&Regex> {
        if self.full.get().is_none() {
            let regex = build(&format!("(?:{})\\z", self.written)).ok()?;
            // Another value can't have been set in between.
            let _ = self.full.set(regex);
        }
        self.full.get()
    }
}

fn build(written: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(written)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(|error| PatternError::Unsupported(format!("this regular expression ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pattern: &str, flags: u32, text: &str) -> Option<Vec<Option<(usize, usize)>>> {
        let pattern = Pattern::compile(pattern, flags).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        pattern.find(text, 0, Anchor::Search).expect("few steps").map(|found| found.spans)
    }

    #[test]
    fn python_syntax_is_understood() {
        for (pattern, flags, text, span) in [
            (r"^\d{2,}$", 0, "2024\n", Some((0, 4))),
            (r"a.c", 0, "a\nc", None),
            (r"a.c", DOTALL, "a\nc", Some((0, 3))),
            (r"(?i)ÄB", 0, "xäb", Some((1, 4))),
            (r"(?P<x>a|b)(?P=x)", 0, "abb", Some((1, 3))),
            (r"(?<=ab)c(?!d)", 0, "abcd abce", Some((7, 8))),
            (r"[]a-]+", 0, "x-a]", Some((1, 4))),
            (r"[^\W\d]+", 0, "12é_x", Some((2, 6))),
            (r"x{,2}y", 0, "xxxy", Some((1, 4))),
            (r"x{a}", 0, "x{a}", Some((0, 4))),
            (r"(a)?(?(1)b|c)", 0, "c", Some((0, 1))),
            (r"\bfoo\b", 0, "a foo.", Some((2, 5))),
            (r"a b # c", VERBOSE, "ab", Some((0, 2))),
            (r"^b", MULTILINE, "a\nb", Some((2, 3))),
            (r"a$", MULTILINE, "a\nb", Some((0, 1))),
            (r"a\Z", 0, "a\n", None),
            (r"\x41\u0042\103", 0, "ABC", Some((0, 3))),
            (r"(?>a+)a", 0, "aaa", None),
            (r"a++a", 0, "aaa", None),
            (r"[&&~~\[-]", 0, "[", Some((0, 1))),
            (r"(?s:.)\.", 0, "\n.", Some((0, 2))),
            (r"(?i:a)b", 0, "AB Ab", Some((3, 5))),
        ] {
            let found = spans(pattern, flags, text).map(|spans| spans[0]);
            assert_eq!(found, span.map(Some), "{pattern}");
        }
    }

    #[test]
    fn errors_are_pythons() {
        for (pattern, message) in [
            ("(", "missing ), unterminated subpattern at position 0"),
            (")", "unbalanced parenthesis at position 0"),
            ("*a", "nothing to repeat at position 0"),
            ("a**", "multiple repeat at position 2"),
            ("[a", "unterminated character set at position 0"),
            ("[b-a]", "bad character range b-a at position 1"),
            (r"[\w-z]", r"bad character range \w-z at position 1"),
            ("a{3,2}", "min repeat greater than max repeat at position 2"),
            (r"\1", "invalid group reference 1 at position 1"),
            (r"(a\1)", "cannot refer to an open group at position 2"),
            (r"\q", r"bad escape \q at position 0"),
            ("\\", "bad escape (end of pattern) at position 0"),
            ("(?P<a>x)(?P<a>y)", "redefinition of group name 'a' as group 2; was group 1 at position 12"),
            ("(?P<1a>x)", "bad character in group name '1a' at position 4"),
            ("(?P=x)", "unknown group name 'x' at position 4"),
            ("(?<=a+)", "look-behind requires fixed-width pattern"),
            ("a(?i)", "global flags not at the start of the expression at position 1"),
            ("(?z)", "unknown extension ?z at position 1"),
            ("(?iz)", "unknown flag at position 3"),
            ("(?P<x", "missing >, unterminated name at position 4"),
            ("\n(", "missing ), unterminated subpattern at position 1 (line 2, column 1)"),
            ("(?(2)a)", "invalid group reference 2 at position 3"),
        ] {
            let error = Pattern::compile(pattern, 0).map(|_| ()).expect_err(pattern);
            assert_eq!(error.to_string(), message, "{pattern}");
        }
    }

    #[test]
    fn anchors_and_groups() {
        let pattern = Pattern::compile(r"(a)|((b)c*)", 0).expect("pattern");
        let found = pattern.find("xbcc", 1, Anchor::Match).expect("few steps").expect("a match");
        assert_eq!(found.spans, [Some((1, 4)), None, Some((1, 4)), Some((1, 2))]);
        assert_eq!(found.last_index, Some(2));
        assert!(pattern.find("xbcc", 0, Anchor::Match).expect("few steps").is_none());
        let lazy = Pattern::compile("a|ab", 0).expect("pattern");
        let full = lazy.find("ab", 0, Anchor::Full).expect("few steps").expect("a match");
        assert_eq!(full.spans[0], Some((0, 2)));
        assert_eq!(Pattern::compile("(?ai)x", 0).expect("pattern").flags(), ASCII | IGNORECASE);
        assert_eq!(Pattern::compile("x", 0).expect("pattern").flags(), UNICODE);
    }
}
