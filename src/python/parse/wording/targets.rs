//! What can't be assigned to.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::parse_unchecked;
use ruff_text_size::Ranged;

use super::{SyntaxError, span};
use crate::diagnostics::Span;

/// What CPython calls this kind of expression.
pub(super) fn kind_name(text: &str) -> Option<&'static str> {
    let wrapped = format!("({text})");
    let parsed = parse_unchecked(&wrapped, super::super::options()).try_into_module()?;
    let [Stmt::Expr(statement)] = &parsed.syntax().body[..] else { return None };
    Some(match &*statement.value {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(name) if name.id.as_str() == "__debug__" => "__debug__",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) | Expr::TString(_) => "f-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(literal) if literal.value => "True",
        Expr::BooleanLiteral(_) => "False",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        _ => return None,
    })
}

/// The error for an assignment to `at`.
pub(super) fn assignment(source: &str, tokens: &[Token], at: Span) -> Option<SyntaxError> {
    let text = source.get(at.start as usize..at.end as usize)?;
    let name = kind_name(text)?;
    let first = tokens.partition_point(|token| span(token.range()).end <= at.start);
    let after = tokens.partition_point(|token| span(token.range()).end <= at.end);
    let next = tokens.get(after)?;
    let kinds = |kind: TokenKind| {
        matches!(kind, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi | TokenKind::Colon)
    };
    if next.kind() == TokenKind::ColonEqual {
        return Some(SyntaxError::new(at, format!("cannot use assignment expressions with {name}")));
    }
    if name == "yield expression" && tokens.get(first.wrapping_sub(1)).is_some_and(|t| t.kind() == TokenKind::Equal) {
        return Some(SyntaxError::new(at, "assignment to yield expression not possible"));
    }
    // A single mistyped `==` is CPython's first guess, where the whole would make a comparison.
    let before = first.checked_sub(1).and_then(|at| tokens.get(at));
    let grouped = before.is_some_and(|token| token.kind() == TokenKind::Lpar)
        && next.kind() == TokenKind::Rpar
        && first.checked_sub(2).and_then(|at| tokens.get(at)).is_none_or(|token| kinds(token.kind()));
    let starts = match before {
        None => true,
        Some(token) if token.kind() == TokenKind::Comma => !tokens[..first]
            .iter()
            .rev()
            .take_while(|token| !kinds(token.kind()))
            .any(|token| matches!(token.kind(), TokenKind::Equal | TokenKind::Lpar | TokenKind::Lsqb)),
        Some(token) => kinds(token.kind()) || grouped,
    };
    let equal = if grouped { tokens.get(after + 1) } else { Some(next) };
    let words = || text.split_whitespace().any(|word| matches!(word, "and" | "or" | "not"));
    let bitwise = match name {
        "comparison"
        | "conditional expression"
        | "lambda"
        | "list"
        | "tuple"
        | "generator expression"
        | "True"
        | "False"
        | "None" => false,
        "list comprehension" => true,
        _ => !(text.starts_with(['[', '(']) || name == "expression" && words()),
    };
    let single = equal.is_some_and(|token| token.kind() == TokenKind::Equal)
        && !tokens[after + usize::from(grouped) + 1..]
            .iter()
            .take_while(|token| !matches!(token.kind(), TokenKind::Newline | TokenKind::Semi))
            .any(|token| matches!(token.kind(), TokenKind::Equal | TokenKind::ColonEqual));
    if starts && bitwise && single {
        return Some(SyntaxError::new(
            at,
            format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"),
        ));
    }
    Some(SyntaxError::new(at, format!("cannot assign to {name}")))
}

/// `if x = 1`: the error at the `=`, an assignment where a truth is wanted.
pub(super) fn comparison(source: &str, tokens: &[Token], equal: Span) -> Option<SyntaxError> {
    let at = tokens.partition_point(|token| span(token.range()).end <= equal.start);
    let mut first = at;
    let mut depth = 0;
    while first > 0 {
        let kind = tokens[first - 1].kind();
        match kind {
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth += 1,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace if depth == 0 => break,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth -= 1,
            TokenKind::If
            | TokenKind::Elif
            | TokenKind::While
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Not
            | TokenKind::Comma
            | TokenKind::EqEqual
            | TokenKind::Less
            | TokenKind::Greater
            | TokenKind::Newline
                if depth == 0 =>
            {
                break;
            }
            _ => {}
        }
        first -= 1;
    }
    let start = span(tokens.get(first)?.range()).start;
    let left = Span::new(start, span(tokens.get(at.checked_sub(1)?)?.range()).end);
    let name = kind_name(source.get(left.start as usize..left.end as usize)?)?;
    if name == "name" {
        let mut end = span(tokens.get(at + 1)?.range()).end;
        let mut depth = 0;
        for token in &tokens[at + 1..] {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if depth == 0 => break,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth -= 1,
                TokenKind::Colon | TokenKind::And | TokenKind::Or | TokenKind::Newline | TokenKind::Comma
                    if depth == 0 =>
                {
                    break;
                }
                _ => {}
            }
            end = span(token.range()).end;
        }
        return Some(SyntaxError::new(
            Span::new(left.start, end),
            "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
        ));
    }
    if matches!(name, "list" | "tuple" | "generator expression" | "True" | "False" | "None" | "comparison") {
        return Some(SyntaxError::new(equal, "invalid syntax"));
    }
    Some(SyntaxError::new(left, format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?")))
}

/// The target of an assignment that ends with its `=`, if it can't be one.
pub(super) fn before_equal(source: &str, tokens: &[Token], equal: u32) -> Option<SyntaxError> {
    let at = tokens.partition_point(|token| span(token.range()).end <= equal);
    let first = tokens[..at]
        .iter()
        .rposition(|token| {
            matches!(token.kind(), TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi)
        })
        .map_or(0, |before| before + 1);
    let left = Span::new(span(tokens.get(first)?.range()).start, span(tokens.get(at.checked_sub(1)?)?.range()).end);
    let name = kind_name(source.get(left.start as usize..left.end as usize)?)?;
    if matches!(name, "name" | "attribute" | "subscript" | "tuple" | "list" | "starred") {
        return None;
    }
    Some(SyntaxError::new(left, format!("cannot assign to {name}")))
}
