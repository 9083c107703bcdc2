//! SQL laid out over lines, its keywords coloured, and the difference between two statements.

use similar::{ChangeTag, TextDiff};
use sqlformat::{FormatOptions, Indent, QueryParams};

use crate::cli::console::{Style, paint};

const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASE",
    "COMMIT",
    "CREATE",
    "CROSS",
    "DELETE",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRAGMA",
    "RELEASE",
    "RETURNING",
    "RIGHT",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// A statement over several lines.
pub fn formatted(sql: &str, width: usize) -> String {
    let options = FormatOptions {
        indent: Indent::Spaces(2),
        max_inline_block: width.saturating_sub(20),
        max_inline_arguments: Some(width.saturating_sub(10)),
        max_inline_top_level: Some(width.saturating_sub(10)),
        joins_as_top_level: true,
        ..FormatOptions::default()
    };
    let text = sqlformat::format(sql.trim(), &QueryParams::None, &options);
    text.lines().map(|line| folded(line, width)).collect::<Vec<_>>().join("\n")
}

/// Breaks a line that is still too long after its commas and before its ANDs and ORs, never inside quotes.
fn folded(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let own = line.len() - line.trim_start().len();
    let indent = " ".repeat(own + 2);
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for piece in pieces(line.trim_end()) {
        let limit = width.max(own + 20);
        if !current.trim().is_empty() && current.chars().count() + piece.trim_end().chars().count() > limit {
            lines.push(current.trim_end().to_owned());
            current = indent.clone() + piece.trim_start();
        } else {
            current.push_str(piece);
        }
    }
    lines.push(current);
    lines.join("\n")
}

/// Cuts a line at the blanks outside of quotes.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut quote: Option<char> = None;
    let mut start = 0;
    let body = line.len() - line.trim_start().len();
    for (at, symbol) in line.char_indices() {
        match quote {
            Some(open) if symbol == open => quote = None,
            Some(_) => {}
            None if matches!(symbol, '"' | '\'') => quote = Some(symbol),
            None if symbol == ' ' && at >= body => {
                pieces.push(&line[start..=at]);
                start = at + 1;
            }
            None => {}
        }
    }
    pieces.push(&line[start..]);
    pieces
}

/// The same text with its keywords coloured.
pub fn coloured(sql: &str, color: bool) -> String {
    if !color {
        return sql.to_owned();
    }
    let mut text = String::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    for symbol in sql.chars() {
        if quote.is_none() && (symbol.is_alphabetic() || symbol == '_') {
            word.push(symbol);
            continue;
        }
        text.push_str(&keyword(&word));
        word.clear();
        text.push(symbol);
        match quote {
            Some(open) if symbol == open => quote = None,
            None if matches!(symbol, '"' | '\'') => quote = Some(symbol),
            _ => {}
        }
    }
    text.push_str(&keyword(&word));
    text
}

fn keyword(word: &str) -> String {
    let known = KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok();
    if known { paint(true, Style::Keyword, word) } else { word.to_owned() }
}

/// The lines by which two lists of statements differ, marked `-` (only the answer's) and `+` (only the reference's).
/// None when they are the same.
pub fn difference(answer: &[String], reference: &[String], width: usize, color: bool) -> Option<String> {
    let laid = |statements: &[String]| {
        statements.iter().map(|sql| formatted(sql, width.saturating_sub(4)) + "\n").collect::<Vec<_>>().join("\n")
    };
    let (answer, reference) = (laid(answer), laid(reference));
    if answer == reference {
        return None;
    }
    let diff = TextDiff::from_lines(&answer, &reference);
    let mut lines = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value().trim_end_matches('\n');
        lines.push(match change.tag() {
            ChangeTag::Equal => format!("    {text}").trim_end().to_owned(),
            ChangeTag::Delete => paint(color, Style::Bad, &format!("  - {text}")),
            ChangeTag::Insert => paint(color, Style::Good, &format!("  + {text}")),
        });
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn long_statements_are_laid_out_within_the_width() {
        let columns: Vec<String> = (0..12).map(|at| format!("\"blog_post\".\"column number {at}\"")).collect();
        let sql = format!(
            "SELECT {} FROM \"blog_post\" INNER JOIN \"auth_user\" ON (\"blog_post\".\"author_id\" = \"auth_user\".\"id\") \
             WHERE (\"auth_user\".\"username\" = 'it''s  a long, long name' AND NOT \"blog_post\".\"is_active\") \
             ORDER BY \"blog_post\".\"created_at\" DESC LIMIT 21",
            columns.join(", ")
        );
        let text = formatted(&sql, 70);
        assert!(text.lines().all(|line| line.chars().count() <= 70), "{text}");
        assert!(text.contains("'it''s  a long, long name'"), "{text}");
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("");
        assert_eq!(plain(&text), plain(&sql));
    }

    #[test]
    fn equal_statements_do_not_differ() {
        let one = vec!["SELECT 1".to_owned()];
        assert_eq!(difference(&one, &one, 80, false), None);
        let two = vec!["SELECT 2".to_owned()];
        assert_eq!(difference(&one, &two, 80, false).unwrap().lines().filter(|line| line.contains('+')).count(), 1);
    }
}
