//! Where lines come from: a pipe, or a terminal with history, editing and completion.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Context, Editor, Helper, Hinter, Validator};

use crate::cli::Input;
use crate::cli::console::{Console, Style, paint};

/// What came instead of, or as, a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its line break; a paste may hold several.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or the end of the pipe.
    End,
}

/// A source of lines.
pub trait Lines {
    /// Reads one line after showing `prompt`. `initial` is put into an editable line to begin with.
    fn read(&mut self, console: &mut Console, prompt: &str, initial: &str) -> Line;

    /// Adds a whole input to the history.
    fn remember(&mut self, entry: &str);

    /// Sets what may be completed: names, and what may follow a dot.
    fn complete(&mut self, names: Vec<String>, members: Vec<String>);

    /// Gives the next line back once more.
    fn unread(&mut self, line: String);
}

/// Lines from a pipe or a file. Prompt and line are echoed, so that the output reads as a session.
pub struct Piped {
    input: Input,
    pending: Vec<String>,
}

impl Piped {
    /// Lines of `input`. Bytes that are no UTF-8 are replaced.
    pub fn new(input: Input) -> Self {
        Self { input, pending: Vec::new() }
    }
}

impl Lines for Piped {
    fn read(&mut self, console: &mut Console, prompt: &str, _initial: &str) -> Line {
        let text = match self.pending.pop() {
            Some(text) => text,
            None => {
                let mut bytes = Vec::new();
                match self.input.read_until(b'\n', &mut bytes) {
                    Ok(0) | Err(_) => return Line::End,
                    Ok(_) => {}
                }
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let text = text.strip_suffix('\n').unwrap_or(&text);
                text.strip_suffix('\r').unwrap_or(text).to_owned()
            }
        };
        if !prompt.is_empty() {
            let echo = format!("{prompt}{text}");
            console.line(echo.trim_end());
        }
        Line::Text(text)
    }

    fn remember(&mut self, _entry: &str) {}

    fn complete(&mut self, _names: Vec<String>, _members: Vec<String>) {}

    fn unread(&mut self, line: String) {
        self.pending.push(line);
    }
}

/// Lines from a person.
pub struct Terminal {
    editor: Editor<Words, DefaultHistory>,
    known: Rc<RefCell<Known>>,
    history: Option<PathBuf>,
    pending: Vec<String>,
}

#[derive(Default)]
struct Known {
    names: Vec<String>,
    members: Vec<String>,
}

#[derive(Helper, Hinter, Validator)]
struct Words {
    known: Rc<RefCell<Known>>,
    color: bool,
}

impl Terminal {
    /// An editor whose history is kept in `folder`.
    pub fn new(folder: Option<&Path>, color: bool) -> Result<Self, String> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .bracketed_paste(true)
            .history_ignore_space(true)
            .auto_add_history(false)
            .build();
        let mut editor: Editor<Words, DefaultHistory> =
            Editor::with_config(config).map_err(|error| error.to_string())?;
        let known = Rc::new(RefCell::new(Known::default()));
        editor.set_helper(Some(Words { known: Rc::clone(&known), color }));
        let history = folder.map(|folder| folder.join("history.txt"));
        if let Some(history) = &history {
            // A first session has none.
            let _ = editor.load_history(history);
        }
        Ok(Self { editor, known, history, pending: Vec::new() })
    }
}

impl Lines for Terminal {
    fn read(&mut self, console: &mut Console, prompt: &str, initial: &str) -> Line {
        if let Some(text) = self.pending.pop() {
            console.line(&format!("{prompt}{text}"));
            return Line::Text(text);
        }
        match self.editor.readline_with_initial(prompt, (initial, "")) {
            // A paste with words among its lines is taken line by line, as if it had been typed.
            Ok(text) if text.lines().skip(1).any(|line| line.trim_start().starts_with('\\')) => {
                self.pending.extend(text.lines().rev().map(str::to_owned));
                self.pending.pop().map_or(Line::End, Line::Text)
            }
            Ok(text) => Line::Text(text),
            Err(ReadlineError::Interrupted) => Line::Interrupted,
            Err(_) => Line::End,
        }
    }

    fn remember(&mut self, entry: &str) {
        if self.editor.add_history_entry(entry).unwrap_or(false)
            && let Some(history) = &self.history
        {
            // Written at once, as progress is. Losing it would be a nuisance only.
            let _ = self.editor.append_history(history);
        }
    }

    fn complete(&mut self, mut names: Vec<String>, mut members: Vec<String>) {
        for words in [&mut names, &mut members] {
            words.sort();
            words.dedup();
        }
        *self.known.borrow_mut() = Known { names, members };
    }

    fn unread(&mut self, line: String) {
        self.pending.push(line);
    }
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let known = self.known.borrow();
        Ok(candidates(&known.names, &known.members, line, pos))
    }
}

/// What may end a path of fields.
const LOOKUPS: [&str; 26] = [
    "contains",
    "date",
    "day",
    "endswith",
    "exact",
    "gt",
    "gte",
    "hour",
    "icontains",
    "iendswith",
    "iexact",
    "in",
    "iregex",
    "isnull",
    "istartswith",
    "lt",
    "lte",
    "month",
    "quarter",
    "range",
    "regex",
    "startswith",
    "time",
    "week",
    "week_day",
    "year",
];

fn candidates(names: &[String], members: &[String], line: &str, pos: usize) -> (usize, Vec<Pair>) {
    let before = line.get(..pos).unwrap_or(line);
    let is_part = |symbol: char| symbol.is_alphanumeric() || symbol == '_' || symbol == '\\';
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, symbol)| is_part(*symbol))
        .last()
        .map_or(before.len(), |(at, _)| at);
    let word = &before[start..];
    let after_dot = before[..start].ends_with('.');
    if let Some(at) = word.rfind("__").filter(|_| !after_dot) {
        // `author__user…`: the next step of a path, or a lookup at its end.
        let (start, step) = (start + at + 2, &word[at + 2..]);
        let steps = members.iter().map(String::as_str).chain(LOOKUPS);
        let found = steps.filter(|name| name.starts_with(step));
        return (start, found.map(|name| Pair { display: name.to_owned(), replacement: name.to_owned() }).collect());
    }
    let pool: Box<dyn Iterator<Item = &String>> = if after_dot {
        Box::new(members.iter())
    } else if before[..start].contains('(') {
        // Inside a call a field's name may begin a keyword.
        Box::new(names.iter().chain(members))
    } else {
        Box::new(names.iter())
    };
    if word.is_empty() && !after_dot {
        return (start, Vec::new());
    }
    let found = pool
        .filter(|name| name.starts_with(word))
        .map(|name| Pair { display: name.clone(), replacement: name.clone() });
    (start, found.collect())
}

impl Highlighter for Words {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        Cow::Owned(paint(self.color, Style::Good, prompt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completion_knows_where_it_is() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (names, members) =
            (words(&["Post", "Profile", "\\schema", "\\submit"]), words(&["filter", "first", "title"]));
        let found = |line: &str| {
            let (start, pairs) = candidates(&names, &members, line, line.len());
            (start, pairs.into_iter().map(|pair| pair.replacement).collect::<Vec<_>>())
        };
        assert_eq!(found("P"), (0, words(&["Post", "Profile"])));
        assert_eq!(found("Post.objects.fi"), (13, words(&["filter", "first"])));
        assert_eq!(found("Post.objects.filter(ti"), (20, words(&["title"])));
        assert_eq!(found("Post.objects.filter(author__fi"), (28, words(&["filter", "first"])));
        assert_eq!(found("Post.objects.filter(author__age__lt"), (33, words(&["lt", "lte"])));
        assert_eq!(found("\\s"), (0, words(&["\\schema", "\\submit"])));
        assert_eq!(found("").1, Vec::<String>::new());
    }
}
