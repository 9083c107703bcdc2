//! One input of one or more lines.

use super::input::Line;
use super::words::{Word, word};
use crate::cli::world::World;
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
            return match word(&line) {
                Some(word) => Unit::Word(word),
                None => Unit::Text(line),
            };
        };
        if fresh {
            if let Some(word) = word(&line) {
                world.lines.remember(line.trim());
                return Unit::Word(word);
            }
            if line.trim().is_empty() {
                continue;
            }
            text = line;
        } else {
            // A word, or a statement at the margin, ends a block that only lacked its blank line: pasted code has none.
            let at_margin = line.starts_with(|symbol: char| !symbol.is_whitespace());
            let ends = word(&line).is_some() || (language == Language::Python && at_margin && !is_clause(&line));
            if ends && (word(&line).is_some() || is_complete_block(world, &text)) {
                world.lines.unread(line);
                world.lines.remember(&text);
                return Unit::Text(text);
            }
            text.push('\n');
            if !line.trim().is_empty() {
                text.push_str(&line);
            }
        }
        if !world.engine.is_incomplete(language, &text) {
            world.lines.remember(text.trim_end());
            return Unit::Text(text);
        }
    }
}

fn is_complete_block(world: &World<'_>, text: &str) -> bool {
    // A decorator's line is no block, and neither is what stands in open brackets.
    (!text.trim_start().starts_with('@') || text.contains(':'))
        && !world.engine.is_incomplete(Language::Python, &format!("{text}\n"))
}

fn is_clause(line: &str) -> bool {
    let word: String = line.chars().take_while(|symbol| symbol.is_alphanumeric()).collect();
    CLAUSES.contains(&word.as_str())
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
