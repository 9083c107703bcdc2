//! Which part of an expression a traceback's carets point at.

use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{Mode, parse_unchecked};
use ruff_text_size::Ranged;

/// The bytes of the operator of a binary operation, or of a subscript from bracket to bracket; `None` for any other
/// expression.
pub fn anchors(segment: &str) -> Option<(usize, usize)> {
    // Within parentheses the text may go over lines.
    let wrapped = format!("({segment})");
    super::guard::check(&wrapped, usize::MAX).ok()?;
    let parsed = parse_unchecked(&wrapped, super::options());
    if parsed.has_invalid_syntax() {
        return None;
    }
    let _ = Mode::Module;
    let module = parsed.try_into_module()?;
    let [Stmt::Expr(statement)] = &module.syntax().body[..] else { return None };
    match &*statement.value {
        Expr::BinOp(op) => {
            let from = op.left.range().end().to_usize();
            let to = op.right.range().start().to_usize();
            let between = wrapped.get(from..to)?;
            let skipped = between.find(|c: char| !c.is_whitespace() && c != ')')?;
            let start = from + skipped;
            let next = wrapped[start..].chars().nth(1);
            // Two characters at most: `**`, `//`, `<<`, `>>`.
            let long = next.is_some_and(|c| !c.is_whitespace()) && start + 1 < to && !"(\\#".contains(next?);
            Some((start - 1, start - 1 + if long { 2 } else { 1 }))
        }
        Expr::Subscript(subscript) => {
            let from = subscript.value.range().end().to_usize();
            let to = subscript.range().end().to_usize();
            let open = from + wrapped.get(from..to)?.find('[')?;
            Some((open - 1, to - 1))
        }
        _ => None,
    }
}
