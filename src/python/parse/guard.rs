//! What is looked at before the recursive parser gets a text: its size and how deep it can nest.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use super::{SyntaxError, SyntaxErrorKind};
use crate::diagnostics::Span;

/// CPython's own limit.
const BRACKETS: usize = 200;
/// CPython's own limit.
const INDENTS: usize = 100;
/// How many tokens may stand between the root of a statement and its innermost operand, commas starting anew: an upper
/// bound for the height of the tree.
const PATH: usize = 20_000;

/// Refuses what is too large or could nest too deep for the stack.
pub(super) fn check(source: &str, cap: usize) -> Result<(), SyntaxError> {
    if source.len() > cap {
        let kib = cap / 1024;
        return Err(SyntaxError::new(Span::default(), format!("source code is too long (more than {kib} KiB)")));
    }
    if let Some(at) = source.find('\0') {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        return Err(SyntaxError::new(Span::new(at, at), "source code cannot contain null bytes"));
    }
    let mut indents = 0;
    let mut path = 0;
    let mut outer: Vec<usize> = Vec::new();
    let mut here = 0;
    let mut lexer = lexer::lex(source, Mode::Module);
    loop {
        let kind = lexer.next_token();
        // The lexer keeps its place to itself.
        let at = Span::default;
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Indent => {
                indents += 1;
                if indents >= INDENTS {
                    return Err(SyntaxError {
                        kind: SyntaxErrorKind::Indentation,
                        message: "too many levels of indentation".into(),
                        span: at(),
                        quoted: None,
                    });
                }
            }
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Newline => {
                path = 0;
                here = 0;
                outer.clear();
            }
            TokenKind::Comma => {
                path -= here;
                here = 0;
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                outer.push(here + 1);
                path += 1;
                here = 0;
                if outer.len() > BRACKETS {
                    return Err(SyntaxError::new(at(), "too many nested parentheses"));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                if let Some(before) = outer.pop() {
                    path -= here;
                    here = before;
                }
            }
            _ => {
                here += 1;
                path += 1;
                if path > PATH {
                    return Err(SyntaxError {
                        kind: SyntaxErrorKind::Recursion,
                        message: "maximum recursion depth exceeded during compilation".into(),
                        span: at(),
                        quoted: None,
                    });
                }
            }
        }
    }
}
