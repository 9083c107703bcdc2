//! Markdown to units, by a real Markdown parser. Markup in HTML is read by the HTML reader.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::error::ImportError;
use super::html;
use super::units::{Kind, LineBuilder, LineIndex, Unit};

/// How deep lists and quotations may be nested.
const DEEPEST: usize = 64;

/// The units of a Markdown text.
pub fn units(text: &str) -> Result<Vec<Unit>, ImportError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_DEFINITION_LIST;
    nesting(text)?;
    let text = &without_front_matter(text);
    let mut reader = Reader::new(text);
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.event(event, range)?;
    }
    reader.end_html()?;
    reader.flush();
    Ok(reader.units)
}

/// The text with the properties at its top blanked; every line keeps its number.
fn without_front_matter(text: &str) -> std::borrow::Cow<'_, str> {
    let Some(rest) = text.strip_prefix("---\n") else { return text.into() };
    let lines: Vec<&str> = rest.split('\n').take(80).collect();
    let Some(end) = lines.iter().position(|line| line.trim_end() == "---") else { return text.into() };
    let first = lines.iter().take(end).find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.contains(':')) {
        return text.into();
    }
    let length: usize = 4 + lines[..=end].iter().map(|line| line.len() + 1).sum::<usize>();
    let blank = "\n".repeat(end + 2);
    format!("{blank}{}", text.get(length..).unwrap_or_default()).into()
}

/// Refuses lines that open more lists and quotations than anyone means, before the parser follows them down.
fn nesting(text: &str) -> Result<(), ImportError> {
    for (at, line) in text.lines().enumerate() {
        let opens = line
            .split_whitespace()
            .take_while(|word| word.chars().all(|symbol| matches!(symbol, '>' | '-' | '*' | '+')))
            .map(|word| if word.starts_with('>') { word.len() } else { usize::from(word.len() == 1) })
            .sum::<usize>();
        if opens > DEEPEST {
            return Err(ImportError::TooDeep { line: u32::try_from(at + 1).unwrap_or(u32::MAX) });
        }
    }
    Ok(())
}

struct Reader {
    index: LineIndex,
    units: Vec<Unit>,
    line: LineBuilder,
    /// Where the line being built began.
    began: Option<u32>,
    kind: Kind,
    opens: bool,
    lists: Vec<Option<u64>>,
    depth: usize,
    bold: usize,
    link: Vec<bool>,
    code: Option<(u32, String, String)>,
    cells: Option<(u32, Vec<String>, String, bool)>,
    row_links: (usize, usize, usize),
    html: Option<(u32, String)>,
}

impl Reader {
    fn new(text: &str) -> Self {
        Self {
            index: LineIndex::new(text),
            units: Vec::new(),
            line: LineBuilder::new(),
            began: None,
            kind: Kind::Text,
            opens: true,
            lists: Vec::new(),
            depth: 0,
            bold: 0,
            link: Vec::new(),
            code: None,
            cells: None,
            row_links: (0, 0, 0),
            html: None,
        }
    }

    fn list_depth(&self) -> u8 {
        u8::try_from(self.lists.len()).unwrap_or(u8::MAX)
    }

    fn flush(&mut self) {
        let began = self.began.take();
        if self.line.is_blank() {
            self.line = LineBuilder::new();
            return;
        }
        let kind = std::mem::replace(&mut self.kind, Kind::Text);
        let depth = self.list_depth();
        let unit = self.line.take(kind, began.unwrap_or(1), self.opens, depth);
        self.units.push(unit);
        self.opens = false;
    }

    fn push(&mut self, text: &str, offset: usize) {
        if let Some((_, source, _)) = &mut self.code {
            source.push_str(text);
            return;
        }
        let link = self.link.last().copied();
        if let Some((_, _, cell, _)) = &mut self.cells {
            cell.push_str(text);
            let count = text.chars().filter(|symbol| !symbol.is_whitespace()).count();
            self.row_links.0 += count;
            self.row_links.1 += if link == Some(true) { count } else { 0 };
            self.row_links.2 += if link.is_some() { count } else { 0 };
            return;
        }
        if self.began.is_none() {
            self.began = Some(self.index.line(offset));
        }
        self.line.push(text, self.bold > 0, link);
    }

    fn html_chunk(&mut self, text: &str, offset: usize) {
        match &mut self.html {
            Some((_, chunk)) => chunk.push_str(text),
            None => self.html = Some((self.index.line(offset), text.to_owned())),
        }
    }

    fn end_html(&mut self) -> Result<(), ImportError> {
        if let Some((line, chunk)) = self.html.take() {
            self.flush();
            self.units.extend(html::units(&chunk, line, false)?);
            self.opens = true;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, range: std::ops::Range<usize>) -> Result<(), ImportError> {
        if !matches!(event, Event::Html(_)) {
            self.end_html()?;
        }
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > DEEPEST * 2 {
                    return Err(ImportError::TooDeep { line: self.index.line(range.start) });
                }
                self.start(tag, range.start);
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.end(tag);
            }
            Event::Text(text) => self.push(&text, range.start),
            Event::Code(text) => {
                let quoted = if text.contains('`') { text.to_string() } else { format!("`{text}`") };
                self.push(&quoted, range.start);
            }
            Event::SoftBreak | Event::HardBreak => {
                if self.cells.is_some() {
                    self.push(" ", range.start);
                } else {
                    self.flush();
                }
            }
            Event::Rule => {
                self.flush();
                self.units.push(Unit::new(Kind::Rule, self.index.line(range.start), ""));
                self.opens = true;
            }
            Event::Html(text) => self.html_chunk(&text, range.start),
            Event::InlineHtml(tag) => self.inline_html(&tag, range.start),
            Event::TaskListMarker(done) => self.push(if done { "[x] " } else { "[ ] " }, range.start),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
        Ok(())
    }

    fn inline_html(&mut self, tag: &str, offset: usize) {
        let name = html::tag_name(tag);
        match name.as_str() {
            "br" if self.cells.is_some() => self.push(" ", offset),
            "br" | "p" | "/p" | "div" | "/div" => self.flush(),
            "b" | "strong" => self.bold += 1,
            "/b" | "/strong" => self.bold = self.bold.saturating_sub(1),
            "summary" => {
                self.flush();
                self.kind = Kind::Summary;
                self.opens = true;
            }
            "/summary" => {
                self.flush();
                self.opens = true;
            }
            "details" => {
                self.flush();
                self.opens = true;
            }
            "/details" => {
                self.flush();
                self.units.push(Unit::new(Kind::DetailsEnd, self.index.line(offset), ""));
            }
            "code" | "/code" => self.push("`", offset),
            "a" => self.link.push(html::leads_inside(tag)),
            "/a" => {
                self.link.pop();
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, offset: usize) {
        match tag {
            Tag::Paragraph => {
                self.flush();
                self.opens = true;
            }
            Tag::Heading { level, .. } => {
                // A heading inside a numbered item keeps the item's number.
                let number = match self.kind {
                    Kind::Item { number: Some(number), .. } => Some(number),
                    _ => None,
                };
                self.flush();
                self.kind = Kind::Heading(level as u8);
                self.opens = true;
                if let Some(number) = number {
                    self.push(&format!("{number}. "), offset);
                }
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.opens = true;
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{', ':']).next().unwrap_or_default().trim().to_ascii_lowercase()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                let first = self.index.line(offset) + u32::from(matches!(kind, CodeBlockKind::Fenced(_)));
                self.code = Some((first, String::new(), language));
            }
            Tag::HtmlBlock => self.flush(),
            Tag::List(start) => {
                self.flush();
                self.lists.push(start);
            }
            Tag::Item => {
                self.flush();
                let depth = self.list_depth();
                let number = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let current = u32::try_from(*number).ok();
                        *number += 1;
                        current
                    }
                    _ => None,
                };
                self.kind = Kind::Item { number, depth };
                self.opens = true;
            }
            Tag::DefinitionListTitle => {
                self.flush();
                self.kind = Kind::Term;
                self.opens = true;
            }
            Tag::DefinitionListDefinition => {
                self.flush();
                self.opens = true;
            }
            Tag::TableHead => self.cells = Some((self.index.line(offset), Vec::new(), String::new(), true)),
            Tag::TableRow => self.cells = Some((self.index.line(offset), Vec::new(), String::new(), false)),
            Tag::Strong => self.bold += 1,
            Tag::Link { dest_url, .. } => self.link.push(dest_url.starts_with('#')),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::DefinitionListTitle | TagEnd::DefinitionListDefinition => {
                self.flush();
                self.opens = true;
            }
            TagEnd::Item => {
                self.flush();
                self.kind = Kind::Text;
                self.opens = true;
            }
            TagEnd::CodeBlock => {
                if let Some((line, source, language)) = self.code.take() {
                    let mut unit = Unit::new(Kind::Code { language }, line, source.trim_end().to_owned());
                    unit.depth = self.list_depth();
                    self.units.push(unit);
                    self.opens = true;
                }
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.opens = true;
            }
            TagEnd::TableCell => {
                if let Some((_, cells, cell, _)) = &mut self.cells {
                    cells.push(super::units::squeeze(&std::mem::take(cell)));
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some((line, cells, _, head)) = self.cells.take() {
                    let (all, anchored, linked) = std::mem::take(&mut self.row_links);
                    let text = cells.join(" | ");
                    let mut unit = Unit::new(Kind::Row { cells, head }, line, text);
                    let percent = |count: usize| u8::try_from(count * 100 / all.max(1)).unwrap_or(100);
                    unit.anchors = percent(anchored);
                    unit.links = percent(linked);
                    self.units.push(unit);
                }
            }
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Link => {
                self.link.pop();
            }
            _ => {}
        }
    }
}
