//! [`Unit`]: one line-like piece of a document, whatever format it was written in.

/// What a piece of a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading of a level, 1 the highest.
    Heading(u8),
    /// A line of running text.
    Text,
    /// The first line of a list item.
    Item {
        /// Its number in an ordered list.
        number: Option<u32>,
        /// How deep it is nested, 1 for a list of its own.
        depth: u8,
    },
    /// A block of code; the unit's text is the code.
    Code {
        /// The language that the author wrote, or nothing.
        language: String,
    },
    /// A row of a table.
    Row {
        /// Its cells.
        cells: Vec<String>,
        /// Whether it is the table's head.
        head: bool,
    },
    /// A line across.
    Rule,
    /// The visible line of something that unfolds.
    Summary,
    /// The end of what unfolds.
    DetailsEnd,
    /// The term of a definition list.
    Term,
}

/// One piece of a document. Its text has no markup but backticks round code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it is.
    pub kind: Kind,
    /// One-based line in the document.
    pub line: u32,
    /// What it says.
    pub text: String,
    /// What stands in bold at its beginning.
    pub bold: String,
    /// Whether a paragraph or block begins with it.
    pub opens: bool,
    /// How many lists it stands in.
    pub depth: u8,
    /// How much of the text leads to other places of the document, in percent.
    pub anchors: u8,
    /// How much of the text is a link, in percent.
    pub links: u8,
}

impl Unit {
    /// A unit that opens a block, without links.
    pub fn new(kind: Kind, line: u32, text: impl Into<String>) -> Self {
        Self { kind, line, text: text.into(), bold: String::new(), opens: true, depth: 0, anchors: 0, links: 0 }
    }

    /// Whether it is running text or a list item.
    pub fn is_prose(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Item { .. })
    }

    /// Whether it is code.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, Kind::Code { .. })
    }

    /// The level of a heading.
    pub fn level(&self) -> Option<u8> {
        match self.kind {
            Kind::Heading(level) => Some(level),
            _ => None,
        }
    }

    /// Whether all of its text is bold.
    pub fn is_bold(&self) -> bool {
        !self.bold.is_empty()
            && self.text.trim().trim_end_matches([':', '.', '?']).len()
                <= self.bold.trim().trim_end_matches([':', '.', '?']).len()
    }

    /// Whether it holds something to read.
    pub fn says_something(&self) -> bool {
        match &self.kind {
            Kind::Rule | Kind::DetailsEnd => false,
            Kind::Row { cells, .. } => cells.iter().any(|cell| !cell.trim().is_empty()),
            _ => !self.text.trim().is_empty(),
        }
    }
}

/// Gathers the inline pieces of one line into a unit.
#[derive(Default)]
pub struct LineBuilder {
    text: String,
    bold: String,
    /// Whether only bold text has come so far.
    leading: bool,
    linked: usize,
    anchored: usize,
}

impl LineBuilder {
    /// An empty line.
    pub fn new() -> Self {
        Self { leading: true, ..Self::default() }
    }

    /// Adds text; `bold` and the link that it stands in.
    pub fn push(&mut self, text: &str, bold: bool, link: Option<bool>) {
        let count = text.chars().filter(|symbol| !symbol.is_whitespace()).count();
        match link {
            Some(true) => {
                self.anchored += count;
                self.linked += count;
            }
            Some(false) => self.linked += count,
            None => {}
        }
        // Numbers, bullets and pictures may stand before the bold part.
        let word = text.chars().any(|symbol| symbol.is_alphabetic());
        if self.leading {
            if bold {
                self.bold.push_str(text);
            } else if word || (!self.bold.is_empty() && text.trim().len() > 1) {
                self.leading = false;
            } else if !self.bold.is_empty() {
                self.bold.push_str(text);
            }
        }
        self.text.push_str(text);
    }

    /// Whether nothing but space was added.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The unit, and an empty line again.
    pub fn take(&mut self, kind: Kind, line: u32, opens: bool, depth: u8) -> Unit {
        let built = std::mem::replace(self, Self::new());
        let all = built.text.chars().filter(|symbol| !symbol.is_whitespace()).count().max(1);
        let percent = |count: usize| u8::try_from((count * 100 / all).min(100)).unwrap_or(100);
        Unit {
            kind,
            line,
            text: squeeze(&built.text),
            bold: squeeze(&built.bold),
            opens,
            depth,
            anchors: percent(built.anchored),
            links: percent(built.linked),
        }
    }
}

/// A text with each run of white space as one blank, trimmed.
pub fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}

/// The lines of a text by byte offset.
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        Self { starts }
    }

    /// The one-based line that a byte stands in.
    pub fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX).max(1)
    }
}
