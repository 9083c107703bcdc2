//! Edits of SQL statements.

use super::Edit;
use super::tokens::{Kind, Tokens};
use crate::runner::Language;

/// Words and what they are mistaken for.
const WORDS: &[(&str, &str, &str)] = &[
    ("AND", "OR", "wrong-operator"),
    ("OR", "AND", "wrong-operator"),
    ("SUM", "AVG", "wrong-aggregate"),
    ("SUM", "COUNT", "wrong-aggregate"),
    ("AVG", "SUM", "wrong-aggregate"),
    ("MAX", "MIN", "wrong-aggregate"),
    ("MIN", "MAX", "wrong-aggregate"),
    ("ALL", "", "wrong-operator"),
];

/// Words that end a condition.
const CLAUSES: &[&str] =
    &["AND", "OR", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "WHERE", "JOIN", "LEFT", "INNER", "WINDOW", ";"];

pub fn edits(source: &str) -> Vec<Edit> {
    let tokens = Tokens::of(source, Language::Sql);
    let mut edits = Vec::new();
    for at in 0..tokens.all.len() {
        match tokens.kind(at) {
            Some(Kind::Name) => word(&tokens, at, &mut edits),
            Some(Kind::Number) => number(&tokens, at, &mut edits),
            Some(Kind::Text) => text(&tokens, at, &mut edits),
            Some(Kind::Symbol) => symbol(&tokens, at, &mut edits),
            Some(Kind::Quoted) | None => {}
        }
    }
    edits
}

fn word(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let text = tokens.text(at).to_ascii_uppercase();
    let range = tokens.bytes(at..at + 1);
    let next = tokens.text(at + 1).to_ascii_uppercase();
    for (_, other, finding) in WORDS.iter().filter(|(from, ..)| *from == text) {
        edits.push(Edit::new(range.clone(), *other, finding));
    }
    match text.as_str() {
        "LEFT" if next == "JOIN" => {
            edits.push(Edit::new(tokens.bytes(at..at + 2), "JOIN", "inner-join-drops-rows"));
        }
        "LEFT" if next == "OUTER" => {
            edits.push(Edit::new(tokens.bytes(at..at + 3), "JOIN", "inner-join-drops-rows"));
        }
        "JOIN" if at > 0 && !["LEFT", "OUTER", "CROSS", "INNER"].iter().any(|word| tokens.is(at - 1, word)) => {
            edits.push(Edit::new(range, "LEFT JOIN", "outer-join-keeps-rows"));
        }
        "INNER" => edits.push(Edit::new(range, "LEFT", "outer-join-keeps-rows")),
        "DISTINCT" => edits.push(Edit::new(range, "", "missing-distinct")),
        "SELECT" if next != "DISTINCT" => {
            edits.push(Edit::new(range, "SELECT DISTINCT", "missing-distinct"));
        }
        "COUNT" if next == "(" && tokens.text(at + 2) != "*" && !tokens.is(at + 2, "DISTINCT") => {
            let after = tokens.bytes(at + 1..at + 2).end;
            edits.push(Edit::new(after..after, "DISTINCT ", "wrong-aggregate"));
            if let Some(close) = tokens.closing(at + 1) {
                edits.push(Edit::new(tokens.bytes(at + 2..close), "*", "wrong-aggregate"));
            }
        }
        "DESC" => edits.push(Edit::new(range.start.saturating_sub(1)..range.end, "", "wrong-direction")),
        "NOT" if next != "NULL" => edits.push(Edit::new(range, "", "wrong-operator")),
        "IS" if next == "NOT" => edits.push(Edit::new(tokens.bytes(at..at + 2), "IS", "null-handling")),
        "IS" => edits.push(Edit::new(range, "IS NOT", "null-handling")),
        "UNION" if next != "ALL" => edits.push(Edit::new(range, "UNION ALL", "missing-distinct")),
        "COALESCE" => {
            if let Some(close) = tokens.closing(at + 1)
                && let Some(first) = tokens.arguments(at + 1, close).first()
            {
                edits.push(Edit::new(tokens.bytes(at..close + 1), tokens.slice(first.clone()), "null-handling"));
            }
        }
        "BY" => keys(tokens, at, edits),
        _ => {}
    }
    // A condition that is left out, with the word before it.
    if text == "AND" || text == "OR" {
        let end = condition_end(tokens, at + 1);
        let from = tokens.bytes(at..at + 1).start;
        let from = tokens.source[..from].trim_end().len();
        edits.push(Edit::new(from..tokens.bytes(at..end).end, "", "missing-condition"));
    }
    if text == "WHERE" || text == "HAVING" {
        let end = condition_end(tokens, at + 1);
        if tokens.is(end, "AND") {
            edits.push(Edit::new(tokens.bytes(at..end + 1), tokens.text(at), "missing-condition"));
        } else {
            edits.push(Edit::new(tokens.bytes(at..end), "", "missing-condition"));
        }
    }
}

/// The token after a condition.
fn condition_end(tokens: &Tokens<'_>, start: usize) -> usize {
    let mut depth = 0_i32;
    let mut between = false;
    for at in start..tokens.all.len() {
        match tokens.text(at) {
            "(" => depth += 1,
            ")" if depth == 0 => return at,
            ")" => depth -= 1,
            word if depth == 0 && word.eq_ignore_ascii_case("BETWEEN") => between = true,
            word if depth == 0 && between && word.eq_ignore_ascii_case("AND") => between = false,
            word if depth == 0 && CLAUSES.iter().any(|clause| clause.eq_ignore_ascii_case(word)) => return at,
            _ => {}
        }
    }
    tokens.all.len()
}

/// The keys of GROUP BY and ORDER BY: each one turned or left out.
fn keys(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let groups = at > 0 && tokens.is(at - 1, "GROUP");
    let mut end = at + 1;
    let mut depth = 0_i32;
    while end < tokens.all.len() {
        match tokens.text(end) {
            "(" => depth += 1,
            ")" if depth == 0 => break,
            ")" => depth -= 1,
            word if depth == 0
                && ["HAVING", "ORDER", "LIMIT", "UNION", "ROWS", "RANGE", ";"]
                    .iter()
                    .any(|stop| stop.eq_ignore_ascii_case(word)) =>
            {
                break;
            }
            _ => {}
        }
        end += 1;
    }
    let keys = tokens.arguments(at, end);
    if keys.len() > 1 {
        for dropped in 0..keys.len() {
            let kept: Vec<&str> = keys
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != dropped)
                .map(|(_, key)| tokens.slice(key.clone()))
                .collect();
            let finding = if groups { "wrong-grouping" } else { "missing-tie-break" };
            // The rest keeps its own spelling when it is the last key that goes.
            if dropped + 1 == keys.len() {
                let from = tokens.bytes(keys[dropped - 1].clone()).end;
                edits.push(Edit::new(from..tokens.bytes(keys[dropped].clone()).end, "", finding));
            } else {
                edits.push(Edit::new(tokens.bytes(keys[0].start..keys[keys.len() - 1].end), kept.join(", "), finding));
            }
        }
    }
    if !groups {
        if tokens.all.get(at.wrapping_sub(1)).is_some() {
            edits.push(Edit::new(tokens.bytes(at - 1..end), "", "missing-order"));
        }
        for key in keys {
            let last = key.end.saturating_sub(1);
            if !tokens.is(last, "DESC") && !tokens.is(last, "ASC") {
                let after = tokens.bytes(key).end;
                edits.push(Edit::new(after..after, " DESC", "wrong-direction"));
            }
        }
    }
}

fn number(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let Ok(number) = tokens.text(at).parse::<i64>() else { return };
    let range = tokens.bytes(at..at + 1);
    let limits = at > 0 && (tokens.is(at - 1, "LIMIT") || tokens.is(at - 1, "OFFSET"));
    let finding = if limits { "off-by-one-slice" } else { "wrong-literal" };
    edits.push(Edit::new(range.clone(), (number + 1).to_string(), finding));
    if number > 0 {
        edits.push(Edit::new(range, (number - 1).to_string(), finding));
    }
}

fn text(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let word = tokens.text(at);
    let range = tokens.bytes(at..at + 1);
    let inner = word.trim_matches('\'');
    if inner.starts_with('%') && inner.len() > 1 {
        edits.push(Edit::new(range.clone(), format!("'{}'", &inner[1..]), "wrong-operator"));
    }
    if inner.ends_with('%') && inner.len() > 1 {
        edits.push(Edit::new(range.clone(), format!("'{}'", &inner[..inner.len() - 1]), "wrong-operator"));
    }
    if inner.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        let twin: String = inner
            .chars()
            .map(|symbol| if symbol.is_lowercase() { symbol.to_ascii_uppercase() } else { symbol.to_ascii_lowercase() })
            .collect();
        edits.push(Edit::new(range, format!("'{twin}'"), "case-sensitivity"));
    }
}

fn symbol(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let range = tokens.bytes(at..at + 1);
    let (other, finding) = match tokens.text(at) {
        ">=" => (">", "wrong-boundary"),
        "<=" => ("<", "wrong-boundary"),
        ">" => (">=", "wrong-boundary"),
        "<" => ("<=", "wrong-boundary"),
        "<>" | "!=" => ("=", "wrong-operator"),
        "+" => ("-", "wrong-value"),
        "-" => ("+", "wrong-value"),
        "*" if at > 0 && !["(", ",", "."].contains(&tokens.text(at - 1)) && !tokens.is(at - 1, "SELECT") => {
            ("+", "wrong-value")
        }
        _ => return,
    };
    edits.push(Edit::new(range, other, finding));
}
