//! What CPython prints for an exception that nobody handled.

use std::rc::Rc;

use crate::diagnostics::python_suggestion;
use crate::python::code::Code;
use crate::python::exceptions::Kind;
use crate::python::object::{Instance, Raised, Str, TracebackEntry, Value};
use crate::python::vm::Vm;

/// So many equal lines of a recursion are shown.
const REPEATS: usize = 3;

impl Vm {
    /// The text of `traceback.format_exception`, with its final line break. Frames of the engine's own modules are left
    /// out.
    pub fn format_exception(&mut self, raised: &Raised) -> String {
        let mut text = String::new();
        let mut seen = Vec::new();
        self.format_chain(&raised.0, &mut seen, &mut text);
        text
    }

    fn format_chain(&mut self, exception: &Rc<Instance>, seen: &mut Vec<usize>, text: &mut String) {
        // From the first to the last: causes and contexts are gathered, then shown the other way round.
        let mut chain: Vec<(Rc<Instance>, &'static str)> = Vec::new();
        let mut at = exception.clone();
        loop {
            seen.push(Rc::as_ptr(&at) as usize);
            let Some(state) = at.exception_state() else {
                chain.push((at.clone(), ""));
                break;
            };
            let cause = state.cause.borrow().clone();
            let context = state.context.borrow().clone();
            let (next, words) = match (cause, context) {
                (Some(Value::Instance(cause)), _) => {
                    (Some(cause), "\nThe above exception was the direct cause of the following exception:\n\n")
                }
                (_, Some(Value::Instance(context))) if !state.suppress_context.get() => {
                    (Some(context), "\nDuring handling of the above exception, another exception occurred:\n\n")
                }
                _ => (None, ""),
            };
            let next = next.filter(|next| !seen.contains(&(Rc::as_ptr(next) as usize)));
            chain.push((at.clone(), if next.is_some() { words } else { "" }));
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        for (exception, words) in chain.iter().rev() {
            text.push_str(words);
            self.format_one(exception, text);
        }
    }

    fn format_one(&mut self, exception: &Rc<Instance>, text: &mut String) {
        if let Some(state) = exception.exception_state() {
            let entries: Vec<TracebackEntry> =
                state.traceback.borrow().iter().rev().filter(|entry| !entry.code.source.internal).cloned().collect();
            if !entries.is_empty() {
                text.push_str("Traceback (most recent call last):\n");
                format_entries(&entries, text);
            }
        }
        self.format_last_line(exception, text);
    }

    /// The class and the words, and for a `SyntaxError` the place before them.
    pub fn format_last_line(&mut self, exception: &Rc<Instance>, text: &mut String) {
        let class = exception.class();
        let name = match class.module() {
            Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{}", class.qualname()),
            _ => class.qualname().to_string(),
        };
        if class.derives_from(self.exceptions.get(Kind::SyntaxError))
            && self.format_syntax_error(exception, &name, text)
        {
            return;
        }
        let value = Value::Instance(exception.clone());
        let words = match self.to_str(&value) {
            Ok(words) => words.to_string(),
            Err(_) => String::from("<exception str() failed>"),
        };
        text.push_str(&name);
        if !words.is_empty() {
            text.push_str(": ");
            text.push_str(&words);
        }
        if let Some(suggestion) = self.suggestion(exception) {
            text.push_str(&suggestion);
        }
        text.push('\n');
        self.format_notes(&value, text);
    }

    fn format_notes(&mut self, value: &Value, text: &mut String) {
        let Ok(Some(notes)) = self.get_attr_opt(value, "__notes__") else { return };
        let Ok(notes) = self.list_from(&notes) else { return };
        for note in notes {
            if let Ok(note) = self.to_str(&note) {
                text.push_str(&note);
                text.push('\n');
            }
        }
    }

    fn format_syntax_error(&mut self, exception: &Rc<Instance>, name: &str, text: &mut String) -> bool {
        let Some(state) = exception.exception_state() else { return false };
        let filename = state.field("filename").and_then(|value| value.as_str().cloned());
        let Some(line) = state.field("lineno").and_then(|value| value.as_i64()) else { return false };
        let filename = filename.unwrap_or_else(|| Str::from("<string>"));
        text.push_str(&format!("  File \"{filename}\", line {line}\n"));
        if let Some(code) = state.field("text").and_then(|value| value.as_str().cloned()) {
            let whole = code.trim_end_matches(['\n', '\r']);
            let shown = whole.trim_start_matches([' ', '\n', '\u{c}']);
            let spaces = (whole.chars().count() - shown.chars().count()) as i64;
            text.push_str(&format!("    {shown}\n"));
            if let Some(offset) = state.field("offset").and_then(|value| value.as_i64()) {
                let end_line = state.field("end_lineno").and_then(|value| value.as_i64());
                let mut end = match state.field("end_offset").and_then(|value| value.as_i64()) {
                    Some(end) if end_line == Some(line) && end != 0 => end,
                    Some(_) if end_line != Some(line) => whole.chars().count() as i64 + 1,
                    _ => offset,
                };
                if offset == end || end == -1 {
                    end = offset + 1;
                }
                let column = offset - 1 - spaces;
                let width = (end - 1 - spaces - column).max(1) as usize;
                if column >= 0 {
                    let before: String = shown
                        .chars()
                        .chain(std::iter::repeat(' '))
                        .take(column as usize)
                        .map(|c| if c.is_whitespace() { c } else { ' ' })
                        .collect();
                    text.push_str(&format!("    {before}{}\n", "^".repeat(width)));
                }
            }
        }
        let words = state.field("msg").and_then(|value| value.as_str().cloned());
        text.push_str(&format!("{name}: {}\n", words.unwrap_or_else(|| Str::from("<no detail available>"))));
        true
    }

    /// CPython's guess at the name that was meant.
    fn suggestion(&mut self, exception: &Rc<Instance>) -> Option<String> {
        let state = exception.exception_state()?;
        let class = exception.class();
        let name = state.field("name")?.as_str()?.clone();
        // Of these two alone, not of what derives from them.
        let candidates: Vec<Str> = if Rc::ptr_eq(&class, self.exceptions.get(Kind::AttributeError)) {
            let object = state.field("obj")?;
            self.names_of(&object)
        } else if Rc::ptr_eq(&class, self.exceptions.get(Kind::NameError)) {
            self.names_in_reach(state)
        } else {
            return None;
        };
        let found = python_suggestion(&name, candidates.iter().map(Str::as_str))?;
        Some(format!(". Did you mean: '{found}'?"))
    }

    fn names_of(&mut self, object: &Value) -> Vec<Str> {
        let mut names: Vec<Str> = Vec::new();
        if let Some(dict) = match object {
            Value::Instance(instance) => instance.dict_opt().cloned(),
            Value::Module(module) => Some(module.dict.clone()),
            _ => None,
        } {
            names.extend(dict.str_items().into_iter().map(|(name, _)| name));
        }
        let class = match object {
            Value::Class(class) => class.clone(),
            _ => self.class_of(object),
        };
        if !matches!(object, Value::Module(_)) {
            for class in class.mro() {
                names.extend(class.dict().str_items().into_iter().map(|(name, _)| name));
            }
        }
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        names.dedup();
        names
    }

    /// The locals of the frame that raised, its globals, and the builtins.
    fn names_in_reach(&mut self, state: &crate::python::object::ExceptionState) -> Vec<Str> {
        let mut names: Vec<Str> = Vec::new();
        if let Some(entry) = state.traceback.borrow().first() {
            names.extend(entry.code.slots.iter().filter(|name| !name.starts_with('.')).cloned());
        }
        if let Some(entry) = state.traceback.borrow().first() {
            names.extend(entry.globals.str_items().into_iter().map(|(name, _)| name));
        }
        names.extend(self.builtins.str_items().into_iter().map(|(name, _)| name));
        names
    }
}

/// The frames, outermost first, recursion folded.
fn format_entries(entries: &[TracebackEntry], text: &mut String) {
    let mut last: Option<(Str, u32, Str)> = None;
    let mut count = 0;
    let fold = |count: usize, text: &mut String| {
        if count > REPEATS {
            let more = count - REPEATS;
            let plural = if more == 1 { "" } else { "s" };
            text.push_str(&format!("  [Previous line repeated {more} more time{plural}]\n"));
        }
    };
    for entry in entries {
        let code = &entry.code;
        let line = code.line_of(entry.instruction);
        let key = (code.source.filename.clone(), line, code.name.clone());
        if last.as_ref() == Some(&key) {
            count += 1;
        } else {
            fold(count, text);
            last = Some(key);
            count = 1;
        }
        if count > REPEATS {
            continue;
        }
        text.push_str(&format!("  File \"{}\", line {line}, in {}\n", code.source.filename, code.name));
        let whole = code.source.line_text(line);
        let shown = whole.trim();
        if shown.is_empty() || code.source.unlisted {
            continue;
        }
        text.push_str(&format!("    {shown}\n"));
        if let Some(carets) = carets(code, entry.instruction, line, whole) {
            text.push_str(&format!("    {carets}\n"));
        }
    }
    fold(count, text);
}

/// The text of these frames, outermost first.
pub(crate) fn traceback_text(entries: &[TracebackEntry]) -> String {
    let mut text = String::new();
    format_entries(entries, &mut text);
    text
}

/// The line of carets under a frame's line, unless it would mark the whole line.
fn carets(code: &Code, instruction: u32, line: u32, whole: &str) -> Option<String> {
    let span = code.span_of(instruction);
    let source = &code.source;
    let start_of_line = source.line_start(line);
    let spaces = whole.len() - whole.trim_start().len();
    let trimmed_end = whole.trim_end().len();
    let start = (span.start.checked_sub(start_of_line)? as usize).min(whole.len());
    let end_line = source.line(span.end);
    let end = if end_line == line { (span.end - start_of_line) as usize } else { trimmed_end };
    let end = end.min(whole.len());
    if start >= end || start < spaces {
        return None;
    }
    let segment = whole.get(start..end)?;
    let anchors = if end_line == line { anchors(segment) } else { None };
    if anchors.is_none() && start == spaces && end == trimmed_end {
        return None;
    }
    let width = |text: &str| text.chars().count();
    let mut text = " ".repeat(width(whole.get(spaces..start)?));
    match anchors {
        Some((from, to)) => {
            text.push_str(&"~".repeat(width(segment.get(..from)?)));
            text.push_str(&"^".repeat(width(segment.get(from..to)?)));
            text.push_str(&"~".repeat(width(segment.get(to..)?)));
        }
        None => text.push_str(&"^".repeat(width(segment))),
    }
    Some(text)
}

/// The operator of a binary operation, or the brackets of a subscript, within the text of the expression.
fn anchors(segment: &str) -> Option<(usize, usize)> {
    crate::python::parse::anchors(segment)
}

impl Vm {
    /// Where in the learner's own text an exception passed last: line and column; a syntax error's own place, where nothing ran.
    pub fn place_of(&self, raised: &Raised) -> Option<(u32, u32)> {
        let state = raised.0.exception_state()?;
        let entries = state.traceback.borrow();
        let Some(entry) = entries.iter().find(|entry| !entry.code.source.internal && !entry.code.source.unlisted)
        else {
            // The program itself can't be read: nothing of it ran.
            let number =
                |name: &str| state.field(name).and_then(|value| value.as_i64()).and_then(|n| u32::try_from(n).ok());
            return number("lineno").map(|line| (line, number("offset").unwrap_or(0)));
        };
        let place = entry.code.source.place(entry.code.span_of(entry.instruction).start);
        Some((place.line, place.column))
    }
}
