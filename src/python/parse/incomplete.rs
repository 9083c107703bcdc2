//! Whether a half-typed input waits for more lines: the question behind the `...` prompt.

use ruff_python_parser::{LexicalErrorType, ParseErrorType, parse_unchecked};
use ruff_text_size::Ranged;

/// Is `source` the beginning of a program, so that further lines may complete it?
///
/// False for what is whole and for what no line can mend.
pub fn is_incomplete(source: &str) -> bool {
    if super::guard::check(source, usize::MAX).is_err() {
        return false;
    }
    let end = source.trim_end().len();
    let parsed = parse_unchecked(source, super::options());
    parsed.errors().iter().any(|error| {
        let at_end = error.location.end().to_usize() >= end;
        match &error.error {
            ParseErrorType::Lexical(LexicalErrorType::Eof) => true,
            ParseErrorType::Lexical(LexicalErrorType::LineContinuationError) => at_end,
            ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError) => {
                is_triple(source, error.range().start().to_usize())
            }
            ParseErrorType::Lexical(LexicalErrorType::FStringError(kind)) | ParseErrorType::FStringError(kind) => {
                kind.to_string() == "unterminated triple-quoted string"
            }
            ParseErrorType::OtherError(text) => {
                at_end
                    && (text.starts_with("Expected an indented block")
                        || text.starts_with("Expected `except` or `finally`")
                        || text.starts_with("Expected class, function definition"))
            }
            _ => false,
        }
    })
}

/// Does the literal that starts at `at` open with three quotes?
fn is_triple(source: &str, at: usize) -> bool {
    let literal = source.get(at..).unwrap_or("").trim_start_matches(|c: char| c.is_ascii_alphabetic());
    literal.starts_with("\"\"\"") || literal.starts_with("'''")
}

#[cfg(test)]
mod tests {
    use super::is_incomplete;

    #[test]
    fn waits_for_more_lines() {
        for source in [
            "f(",
            "x = [1,\n",
            "if x:",
            "def f():\n",
            "class A:\n    x = 1\n    def f(self):\n",
            "x = '''a\n",
            "f'''a{x}\n",
            "x = 1 + \\",
            "try:\n    x\n",
            "@decorator\n",
            "for x in y:\n",
            "match x:\n",
            "with a as b:\n",
        ] {
            assert!(is_incomplete(source), "{source:?}");
        }
    }

    #[test]
    fn takes_what_is_whole_or_beyond_mending() {
        for source in ["", "x = 1", "f(1)", "x = 'abc", "if x: pass", "1 +", ")", "x = = 1", "f(]", "def f(): pass\n"] {
            assert!(!is_incomplete(source), "{source:?}");
        }
    }
}
