//! Where output goes: a writer for data, one for narration, and what they can show.

use std::io::Write;

use colored::Colorize;

/// The narrowest width that output is laid out for.
pub const NARROWEST: usize = 60;
const WIDEST: usize = 100;

/// How a piece of text is meant; its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A heading.
    Title,
    /// Emphasis.
    Strong,
    /// Right.
    Good,
    /// Wrong.
    Bad,
    /// To be looked at.
    Warn,
    /// Beside the point.
    Dim,
    /// Code, and names of things to type.
    Code,
    /// A keyword in code.
    Keyword,
}

/// The two outputs.
pub struct Console {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether colours are wanted.
    pub color: bool,
    /// Columns to lay out for.
    pub width: usize,
    /// Whether the reader of `out` is gone.
    pub closed: bool,
}

impl Console {
    /// Outputs with the width of the terminal, or 80.
    pub fn new(out: Box<dyn Write>, err: Box<dyn Write>, color: bool, width: Option<usize>) -> Self {
        if color {
            colored::control::set_override(true);
        }
        Self { out, err, color, width: width.unwrap_or(80).clamp(NARROWEST, WIDEST), closed: false }
    }

    /// Writes to standard output.
    pub fn say(&mut self, text: &str) {
        if !self.closed {
            self.closed = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).is_err();
        }
    }

    /// Writes a line to standard output.
    pub fn line(&mut self, text: &str) {
        self.say(&format!("{text}\n"));
    }

    /// Writes a line of narration to standard error. A reader that is gone misses it.
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// `text` in the colour of its meaning, or as it is.
    pub fn paint(&self, style: Style, text: &str) -> String {
        paint(self.color, style, text)
    }

    /// Writes a sentence, folded to the width.
    pub fn tell(&mut self, text: &str) {
        let text = self.fold("", text);
        self.line(&text);
    }

    /// Writes a word and what it does, in two columns; the first is `column` wide.
    pub fn pair(&mut self, word: &str, does: &str, column: usize) {
        let (first, later) = (format!("  {word:column$} "), " ".repeat(column + 3));
        let options = textwrap::Options::new(self.width).initial_indent(&first).subsequent_indent(&later);
        let text = textwrap::fill(does, options);
        self.line(&text);
    }

    /// A paragraph folded to the width, later lines indented like the first.
    pub fn fold(&self, indent: &str, text: &str) -> String {
        let options = textwrap::Options::new(self.width).initial_indent(indent).subsequent_indent(indent);
        text.lines().map(|line| textwrap::fill(line, &options)).collect::<Vec<_>>().join("\n")
    }
}

/// `text` in the colour of its meaning when `color` is set, or as it is.
pub fn paint(color: bool, style: Style, text: &str) -> String {
    if !color || text.is_empty() {
        return text.to_owned();
    }
    let painted = match style {
        Style::Title => text.bold().underline(),
        Style::Strong => text.bold(),
        Style::Good => text.green(),
        Style::Bad => text.red(),
        Style::Warn => text.yellow(),
        Style::Dim => text.dimmed(),
        Style::Code => text.cyan(),
        Style::Keyword => text.blue().bold(),
    };
    painted.to_string()
}
