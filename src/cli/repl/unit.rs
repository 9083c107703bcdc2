//! One input of one or more lines.

use super::input::Line;
use super::words::{Word, bare, word};
use crate::cli::world::World;
use crate::python::parse;
use crate::python::vm::with_big_stack;
use crate::runner::Language;

/// What was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Code or text, to be run or kept.
    Text(String),
    /// A backslash word.
    Word(Word),
    /// Ctrl-C: what was typed is dropped.
    Interrupted,
    /// Ctrl-D or the end of the pipe.
    End,
}

/// How inputs are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Code of a language, over as many lines as it needs.
    Code(Language),
    /// Plain text, one line an input.
    Text,
}

impl Form {
    fn prompts(self) -> (&'static str, &'static str) {
        match self {
            Self::Code(Language::Python) => (">>> ", "... "),
            Self::Code(Language::Sql) => ("sql> ", "...> "),
            Self::Text => ("> ", "> "),
        }
    }
}

/// Words with which a compound statement goes on at its own indentation.
const CLAUSES: [&str; 5] = ["elif", "else", "except", "finally", "case"];

/// Reads one input.
pub fn read_unit(world: &mut World<'_>, form: Form) -> Unit {
    let (first, more) = form.prompts();
    let mut text = String::new();
    loop {
        let fresh = text.is_empty();
        let initial = if fresh || form != Form::Code(Language::Python) { String::new() } else { indentation(&text) };
        let line = match world.lines.read(&mut world.console, if fresh { first } else { more }, &initial) {
            Line::Text(line) => line,
            Line::Interrupted => return Unit::Interrupted,
            Line::End if fresh => return Unit::End,
            Line::End => {
                world.lines.remember(&text);
                return Unit::Text(text);
            }
        };
        let Form::Code(language) = form else {
            return match (word(&line), bare(&line)) {
                (Some(word), _) => Unit::Word(word),
                (None, Some(meant)) => Unit::Word(Word::Unknown(line.trim().to_owned(), Some(meant))),
                (None, None) => Unit::Text(line),
            };
        };
        if fresh {
            if let Some(word) = word(&line) {
                world.lines.remember(line.trim());
                return Unit::Word(word);
            }
            let is_comment = language == Language::Python && line.trim_start().starts_with('#');
            if line.trim().is_empty() || is_comment {
                continue;
            }
            // No statement consists of such a word alone; as Python it would be a name.
            if language == Language::Sql
                && let Some(meant) = bare(&line)
            {
                return Unit::Word(Word::Unknown(line.trim().to_owned(), Some(meant)));
            }
            if language == Language::Python && matches!(line.trim(), "exit()" | "quit()") {
                return Unit::Word(Word::Quit);
            }
            text = line;
        } else {
            // A word, or a statement at the margin, ends a block that only lacked its blank line: pasted code has none.
            let at_margin = line.starts_with(|symbol: char| !symbol.is_whitespace());
            let ends = word(&line).is_some() || (language == Language::Python && at_margin && !is_clause(&line));
            if ends && (word(&line).is_some() || !is_incomplete(&text)) {
                world.lines.unread(line);
                world.lines.remember(&text);
                return Unit::Text(text);
            }
            text.push('\n');
            if !line.trim().is_empty() {
                text.push_str(&line);
            }
        }
        let waits = match language {
            Language::Python => is_incomplete(&text) || waits_for_blank(&text),
            Language::Sql => !is_ended(&text),
        };
        if !waits {
            world.lines.remember(text.trim_end());
            return Unit::Text(text);
        }
    }
}

/// Whether Python text is only a beginning; the parser needs room for what is nested deep.
fn is_incomplete(text: &str) -> bool {
    with_big_stack(|| parse::is_incomplete(text))
}

/// Words that begin a compound statement, whose end only a blank line or a line at the margin tells.
const COMPOUNDS: [&str; 9] = ["async", "class", "def", "for", "if", "match", "try", "while", "with"];

/// Whether a parsable text ends inside a block, so that more of it may follow.
fn waits_for_blank(text: &str) -> bool {
    let begins_block = |line: &str| line.starts_with('@') || COMPOUNDS.contains(&first_word(line).as_str());
    let Some(last) = text.split('\n').next_back().filter(|last| !last.trim().is_empty()) else { return false };
    let indented = last.starts_with([' ', '\t']);
    let top = text.lines().rev().find(|line| !line.trim().is_empty() && !line.starts_with([' ', '\t', ')', ']', '}']));
    let in_block = top.is_some_and(|line| begins_block(line) || is_clause(line));
    in_block && (indented || begins_block(last) || is_clause(last))
}

/// Whether the last thing in SQL that is no comment is a `;`.
fn is_ended(text: &str) -> bool {
    let mut ended = false;
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        let end = match symbol {
            '\'' | '"' | '`' => closing(rest, &symbol.to_string()),
            '[' => closing(rest, "]"),
            '-' if rest.starts_with("--") => rest.find('\n'),
            '/' if rest.starts_with("/*") => rest.find("*/").map(|at| at + 1),
            _ => Some(symbol.len_utf8() - 1),
        };
        let is_comment = rest.starts_with("--") || rest.starts_with("/*");
        if !is_comment && !symbol.is_whitespace() {
            ended = symbol == ';';
        }
        match end {
            Some(end) => rest = &rest[end + 1..],
            // An open comment at the end is no reason to wait; an open quote is.
            None => return ended && rest.starts_with("--"),
        }
    }
    ended
}

/// The place of the quote that closes the one at the start.
fn closing(text: &str, quote: &str) -> Option<usize> {
    text[1..].find(quote).map(|at| at + 1)
}

fn first_word(line: &str) -> String {
    line.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect()
}

fn is_clause(line: &str) -> bool {
    CLAUSES.contains(&first_word(line).as_str())
}

/// The indentation that the next line probably has.
fn indentation(text: &str) -> String {
    let last = text.lines().next_back().unwrap_or("");
    if text.ends_with('\n') {
        return String::new();
    }
    let own: String = last.chars().take_while(|symbol| *symbol == ' ' || *symbol == '\t').collect();
    let code = last.split('#').next().unwrap_or(last).trim_end();
    if code.ends_with(':') { own + "    " } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_wait_and_simple_statements_do_not() {
        for text in [
            "for x in y:\n    print(x)",
            "if x: y",
            "def f():\n    pass",
            "@d\ndef f():\n    g(\n    1)",
            "x = 1\nfor y in x:\n    y",
            "if x:\n    y\nelse: z",
        ] {
            assert!(waits_for_blank(text), "{text}");
        }
        for text in [
            "x",
            "f(\n    1)",
            "for x in y:\n    print(x)\n",
            "for x in y:\n    x\nz",
            "x = [\n  1,\n  2]",
            "format(1)",
            "x = {\n    'a': 1,\n}",
        ] {
            assert!(!waits_for_blank(text), "{text}");
        }
    }

    #[test]
    fn a_semicolon_ends_sql_where_it_is_no_text() {
        for text in ["SELECT 1;", "SELECT ';';  -- done", "SELECT 1; /* x */", "SELECT 'it''s';\n"] {
            assert!(is_ended(text), "{text}");
        }
        for text in [
            "SELECT 1",
            "SELECT ';",
            "SELECT ';'",
            "SELECT 1 -- ;",
            "SELECT 1 /* ;",
            "",
            "SELECT \"a;\"",
            "SELECT 1; SELECT 2",
        ] {
            assert!(!is_ended(text), "{text}");
        }
    }
}
