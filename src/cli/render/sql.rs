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
    let (masked, quoted) = mask(sql.trim());
    let text = unmask(&sqlformat::format(&masked, &QueryParams::None, &options), &quoted);
    text.lines().map(|line| folded(line, width)).collect::<Vec<_>>().join("\n")
}

/// Puts letters in the place of what stands in quotes, and gives that apart: the layouter takes a backslash for an
/// escape, which in SQLite it is not.
fn mask(sql: &str) -> (String, Vec<&str>) {
    let (mut masked, mut quoted) = (String::new(), Vec::new());
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = if rest.as_bytes()[at] == b'"' { '"' } else { '\'' };
        masked.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let end = quote_end(rest, quote);
        quoted.push(&rest[..end]);
        masked.extend(rest[..end].chars().map(|_| 'q'));
        rest = &rest[end..];
        if !rest.is_empty() {
            masked.push(quote);
            rest = &rest[1..];
        }
    }
    masked.push_str(rest);
    (masked, quoted)
}

/// Where a quoted text ends; a doubled quote is part of it.
fn quote_end(text: &str, quote: char) -> usize {
    let mut symbols = text.char_indices().peekable();
    while let Some((at, symbol)) = symbols.next() {
        if symbol == quote && symbols.next_if(|(_, next)| *next == quote).is_none() {
            return at;
        }
    }
    text.len()
}

/// Puts back what [`mask`] took out. Quotes come in the same order as before.
fn unmask(text: &str, quoted: &[&str]) -> String {
    let mut out = String::new();
    let mut quoted = quoted.iter();
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = if rest.as_bytes()[at] == b'"' { '"' } else { '\'' };
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let end = quote_end(rest, quote);
        out.push_str(quoted.next().unwrap_or(&&rest[..end]));
        rest = &rest[end..];
        if !rest.is_empty() {
            out.push(quote);
            rest = &rest[1..];
        }
    }
    out + rest
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

/// What a statement says beyond the columns that it reads: from its first FROM on, or all of it.
pub fn past_the_columns(sql: &str) -> &str {
    sql.find(" FROM ").map_or(sql, |at| &sql[at..])
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

    /// Every statement of the conformance corpus: laying out moves white space between words and nothing else.
    #[test]
    fn laying_out_changes_white_space_only() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
        let mut folders = vec![corpus];
        let mut statements = vec![
            "SELECT 'a  b;  c' || x->>'$.k' FROM t WHERE a != 'it''s' AND b <> X'00FF' AND \"a\"\"b\" IS NULL"
                .to_owned(),
            "SELECT 1; -- done".to_owned(),
        ];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(path).unwrap_or_default();
                    for block in text.split("```sql\n").skip(1) {
                        let block = block.split("```").next().unwrap_or("");
                        statements.extend(block.lines().filter(|line| !line.starts_with("--")).map(str::to_owned));
                    }
                }
            }
        }
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        for sql in &statements {
            for width in [60, 80] {
                let text = formatted(sql, width);
                assert_eq!(plain(&text), plain(sql));
                for literal in sql.split('\'').skip(1).step_by(2) {
                    assert!(text.contains(literal), "{literal} in\n{text}");
                }
            }
        }
    }

    #[test]
    fn nothing_panics() {
        let mut dice = crate::session::Dice::new("layout", 1);
        let pieces = [
            "SELECT", "(", ")", "'", "\"", ",", ";", "--", "/*", "*/", "FROM", "é", "%s", "$1", ":x", "?1", "[", "`",
            "\\", "1e", ".", "END", "CASE", "\n", " ", "AND", "0x", "E'", "@",
        ];
        for _ in 0..4000 {
            let text: String = (0..dice.below(14)).map(|_| pieces[dice.below(pieces.len())]).collect();
            let _ = coloured(&formatted(&text, 60), true);
        }
    }

    #[test]
    fn equal_statements_do_not_differ() {
        let one = vec!["SELECT 1".to_owned()];
        assert_eq!(difference(&one, &one, 80, false), None);
        let two = vec!["SELECT 2".to_owned()];
        assert_eq!(difference(&one, &two, 80, false).unwrap().lines().filter(|line| line.contains('+')).count(), 1);
    }
}
