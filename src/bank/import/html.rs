//! HTML to units: a tolerant reader that knows the line of everything and leaves navigation, banners and buttons out.

use super::error::ImportError;
use super::units::{Kind, LineBuilder, LineIndex, Unit};

/// How deep blocks may be nested.
const DEEPEST: usize = 512;

/// Elements whose content is nothing to read.
const UNREAD: &[&str] = &[
    "script", "style", "nav", "footer", "aside", "form", "noscript", "iframe", "svg", "select", "template", "dialog",
    "head", "object", "video", "audio", "canvas", "menu",
];
/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "button",
    "label",
];
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Words of class and id names that mark what surrounds an article.
const AROUND: &[&str] = &[
    "cookie",
    "consent",
    "gdpr",
    "newsletter",
    "subscribe",
    "subscription",
    "share",
    "sharing",
    "social",
    "sidebar",
    "breadcrumb",
    "breadcrumbs",
    "navbar",
    "navigation",
    "toc",
    "advert",
    "ads",
    "ad",
    "promo",
    "popup",
    "modal",
    "pagination",
    "pager",
    "comments",
    "respond",
    "related",
    "recommended",
    "widget",
    "skip",
    "masthead",
    "topbar",
    "signup",
    "login",
    "byline",
    "author",
    "authorbox",
    "tags",
    "nav",
    "footer",
    "banner",
    "menu",
    "sponsor",
    "cta",
];

/// One tag of a text: its name in small letters, `/name` for an end.
pub fn tag_name(tag: &str) -> String {
    let inner = tag.trim_start_matches('<');
    let (slash, rest) = match inner.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", inner),
    };
    let name: String = rest.chars().take_while(|symbol| symbol.is_ascii_alphanumeric() || *symbol == '-').collect();
    format!("{slash}{}", name.to_ascii_lowercase())
}

/// Whether a link leads to a place of the same document.
pub fn leads_inside(tag: &str) -> bool {
    attribute(tag, "href").is_some_and(|target| target.starts_with('#'))
}

/// The value of a tag's attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
    rest = rest.trim_start_matches(|symbol: char| !symbol.is_whitespace());
    loop {
        rest = rest.trim_start_matches(|symbol: char| symbol.is_whitespace() || symbol == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|symbol: char| symbol.is_whitespace() || symbol == '=').unwrap_or(rest.len());
        let key = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|symbol| matches!(symbol, '"' | '\''));
            match quote {
                Some(quote) => {
                    let inner = &after[1..];
                    let end = inner.find(quote).unwrap_or(inner.len());
                    value = &inner[..end];
                    rest = inner.get(end + 1..).unwrap_or_default();
                }
                None => {
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    value = &after[..end];
                    rest = &after[end..];
                }
            }
        }
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        if end == 0 {
            rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
        }
    }
}

/// Text with its character references resolved.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(12).find(|(_, symbol)| *symbol == ';').map(|(at, _)| at);
        let resolved = end.and_then(|end| entity(&rest[1..end]).map(|symbol| (symbol, end)));
        match resolved {
            Some((symbol, end)) => {
                out.push(symbol);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "bull" => '•',
        "middot" => '·',
        "rarr" => '→',
        "larr" => '←',
        "uarr" => '↑',
        "times" => '×',
        "copy" => '©',
        "ge" => '≥',
        "le" => '≤',
        _ => return None,
    })
}

/// The units of HTML text whose first line is the document's `first_line`. For a whole page what surrounds the article is
/// left out.
pub fn units(html: &str, first_line: u32, page: bool) -> Result<Vec<Unit>, ImportError> {
    let mut reader = Reader {
        index: LineIndex::new(html),
        first_line,
        page,
        units: Vec::new(),
        line: LineBuilder::new(),
        began: 0,
        kind: Kind::Text,
        opens: true,
        stack: Vec::new(),
        lists: Vec::new(),
        bold: 0,
        link: Vec::new(),
        pre: None,
        row: None,
        unread: 0,
    };
    reader.read(html)?;
    reader.flush();
    Ok(reader.units)
}

struct Element {
    name: String,
    unread: bool,
}

struct Reader {
    index: LineIndex,
    first_line: u32,
    page: bool,
    units: Vec<Unit>,
    line: LineBuilder,
    began: u32,
    kind: Kind,
    opens: bool,
    stack: Vec<Element>,
    lists: Vec<Option<u32>>,
    bold: usize,
    link: Vec<bool>,
    pre: Option<(u32, String, String)>,
    row: Option<(u32, Vec<String>, bool)>,
    unread: usize,
}

impl Reader {
    fn place(&self, offset: usize) -> u32 {
        self.index.line(offset) + self.first_line - 1
    }

    fn depth(&self) -> u8 {
        u8::try_from(self.lists.len()).unwrap_or(u8::MAX)
    }

    fn flush(&mut self) {
        if self.line.is_blank() {
            self.line = LineBuilder::new();
            return;
        }
        if let Some((_, cells, _)) = &mut self.row {
            let unit = self.line.take(Kind::Text, 1, true, 0);
            match cells.last_mut() {
                Some(cell) if cell.is_empty() => *cell = unit.text,
                Some(cell) => {
                    cell.push(' ');
                    cell.push_str(&unit.text);
                }
                None => cells.push(unit.text),
            }
            return;
        }
        let kind = std::mem::replace(&mut self.kind, Kind::Text);
        let depth = self.depth();
        let unit = self.line.take(kind, self.began, self.opens, depth);
        self.units.push(unit);
        self.opens = false;
    }

    fn read(&mut self, html: &str) -> Result<(), ImportError> {
        let mut at = 0;
        while at < html.len() {
            let rest = &html[at..];
            if rest.starts_with("<!--") {
                at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                at += rest.find('>').map_or(rest.len(), |end| end + 1);
            } else if rest.starts_with('<')
                && rest[1..].starts_with(|symbol: char| symbol.is_ascii_alphabetic() || symbol == '/')
            {
                let end = tag_end(rest);
                let tag = &rest[..end];
                at += end;
                let name = tag_name(tag);
                self.tag(tag, &name, at)?;
                if matches!(name.as_str(), "script" | "style") && !tag.ends_with("/>") {
                    let close = format!("</{name}");
                    let skipped = find_ignoring_case(&html[at..], &close).unwrap_or(html.len() - at);
                    at += skipped;
                }
            } else {
                let end =
                    rest.char_indices().skip(1).find(|(_, symbol)| *symbol == '<').map_or(rest.len(), |(end, _)| end);
                self.text(&rest[..end], at);
                at += end;
            }
        }
        Ok(())
    }

    fn text(&mut self, raw: &str, offset: usize) {
        if self.unread > 0 {
            return;
        }
        let text = unescape(raw);
        if let Some((_, source, _)) = &mut self.pre {
            source.push_str(&text);
            return;
        }
        if self.line.is_blank() {
            let lead = raw.len() - raw.trim_start().len();
            self.began = self.place(offset + lead);
        }
        let text: String = text.chars().map(|symbol| if symbol.is_whitespace() { ' ' } else { symbol }).collect();
        self.line.push(&text, self.bold > 0, self.link.last().copied());
    }

    fn tag(&mut self, tag: &str, name: &str, offset: usize) -> Result<(), ImportError> {
        if let Some(name) = name.strip_prefix('/') {
            self.close(name, offset);
            return Ok(());
        }
        if VOID.contains(&name) {
            match name {
                "br" if self.pre.is_some() => {
                    if let Some((_, source, _)) = &mut self.pre {
                        source.push('\n');
                    }
                }
                "br" if self.unread == 0 => {
                    if self.row.is_some() {
                        self.line.push(" ", false, None)
                    } else {
                        self.flush()
                    }
                }
                "hr" if self.unread == 0 => {
                    self.flush();
                    self.units.push(Unit::new(Kind::Rule, self.place(offset), ""));
                }
                _ => {}
            }
            return Ok(());
        }
        // What never nests ends where its like begins.
        match name {
            "p" => self.close_if_open("p", offset),
            "li" => self.close_until("li", &["ul", "ol"], offset),
            "dt" | "dd" => {
                self.close_until("dt", &["dl"], offset);
                self.close_until("dd", &["dl"], offset);
            }
            "tr" => self.close_until("tr", &["table"], offset),
            "td" | "th" => {
                self.close_until("td", &["tr", "table"], offset);
                self.close_until("th", &["tr", "table"], offset);
            }
            _ => {}
        }
        let unread = self.is_unread(tag, name);
        if unread {
            self.flush();
            self.unread += 1;
        }
        if BLOCKS.contains(&name) || unread {
            if self.stack.len() >= DEEPEST {
                return Err(ImportError::TooDeep { line: self.place(offset) });
            }
            self.stack.push(Element { name: name.to_owned(), unread });
        }
        if self.unread > 0 {
            return Ok(());
        }
        self.open(tag, name, offset);
        Ok(())
    }

    fn is_unread(&self, tag: &str, name: &str) -> bool {
        if UNREAD.contains(&name) {
            return true;
        }
        if !self.page || !BLOCKS.contains(&name) && !matches!(name, "span" | "a") {
            return false;
        }
        if !BLOCKS.contains(&name) || matches!(name, "body" | "html" | "main" | "article") {
            return false;
        }
        if matches!(
            attribute(tag, "role").as_deref(),
            Some("navigation" | "banner" | "contentinfo" | "dialog" | "search")
        ) || attribute(tag, "aria-hidden").as_deref() == Some("true") && name != "div"
        {
            return true;
        }
        ["class", "id"].iter().filter_map(|key| attribute(tag, key)).any(|names| {
            let names = names.to_ascii_lowercase();
            let mut words = names.split(|symbol: char| !symbol.is_ascii_alphanumeric());
            words.any(|word| AROUND.contains(&word))
        })
    }

    fn open(&mut self, tag: &str, name: &str, offset: usize) {
        if BLOCKS.contains(&name) && self.pre.is_none() {
            self.flush();
            self.opens = true;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                // A table whose cells hold headings lays out a page.
                if let Some((line, cells, _)) = self.row.take() {
                    let texts = cells.into_iter().filter(|cell| !cell.trim().is_empty());
                    self.units.extend(texts.map(|cell| Unit::new(Kind::Text, line, cell)));
                }
                let level = name.as_bytes().get(1).copied().map_or(1, |digit| digit - b'0');
                self.kind = Kind::Heading(level);
            }
            "summary" => self.kind = Kind::Summary,
            "dt" => self.kind = Kind::Term,
            "dd" | "p" | "div" if !matches!(self.kind, Kind::Item { .. }) => self.kind = Kind::Text,
            "ul" => self.lists.push(None),
            "ol" => {
                let start = attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.lists.push(Some(start));
            }
            "li" => {
                let number = match self.lists.last_mut() {
                    Some(Some(next)) => {
                        let number = *next;
                        *next = next.saturating_add(1);
                        Some(number)
                    }
                    _ => None,
                };
                self.kind = Kind::Item { number, depth: self.depth().max(1) };
            }
            "tr" => self.row = Some((self.place(offset), Vec::new(), false)),
            "td" | "th" => {
                if let Some((_, cells, head)) = &mut self.row {
                    cells.push(String::new());
                    *head |= name == "th";
                }
            }
            "pre" => {
                self.flush();
                let language = language_of(tag).unwrap_or_default();
                self.pre = Some((self.place(offset), String::new(), language));
            }
            "code" => match &mut self.pre {
                Some((_, _, language)) => {
                    if language.is_empty() {
                        *language = language_of(tag).unwrap_or_default();
                    }
                }
                None => self.line.push("`", false, None),
            },
            "b" | "strong" => self.bold += 1,
            "a" => self.link.push(leads_inside(tag)),
            _ => {}
        }
    }

    fn close_if_open(&mut self, name: &str, offset: usize) {
        if self.stack.last().is_some_and(|element| element.name == name) {
            self.close(name, offset);
        }
    }

    /// Ends the innermost `name` unless one of `bounds` was opened after it.
    fn close_until(&mut self, name: &str, bounds: &[&str], offset: usize) {
        let found =
            self.stack.iter().rev().find(|element| element.name == name || bounds.contains(&element.name.as_str()));
        if found.is_some_and(|element| element.name == name) {
            self.close(name, offset);
        }
    }

    fn close(&mut self, name: &str, offset: usize) {
        if BLOCKS.contains(&name) || UNREAD.contains(&name) {
            let Some(at) = self.stack.iter().rposition(|element| element.name == name) else {
                // In Markdown what opened it stands in an earlier block.
                if name == "details" && !self.page && self.unread == 0 {
                    self.closed(name, offset);
                }
                return;
            };
            while self.stack.len() > at {
                let Some(element) = self.stack.pop() else { break };
                if element.unread {
                    self.unread = self.unread.saturating_sub(1);
                } else if self.unread == 0 {
                    self.closed(&element.name, offset);
                }
            }
            return;
        }
        if self.unread > 0 {
            return;
        }
        match name {
            "b" | "strong" => self.bold = self.bold.saturating_sub(1),
            "a" => {
                self.link.pop();
            }
            "code" if self.pre.is_none() => self.line.push("`", false, None),
            _ => {}
        }
    }

    fn closed(&mut self, name: &str, offset: usize) {
        match name {
            "pre" => {
                if let Some((line, source, language)) = self.pre.take() {
                    let lead = source.len() - source.trim_start_matches('\n').len();
                    let line = line + u32::try_from(lead).unwrap_or(0);
                    let source = source.trim_matches('\n').trim_end().to_owned();
                    if !source.trim().is_empty() {
                        let mut unit = Unit::new(Kind::Code { language }, line, source);
                        unit.depth = self.depth();
                        self.units.push(unit);
                    }
                    self.opens = true;
                }
            }
            "td" | "th" => self.flush(),
            "tr" => {
                self.flush();
                if let Some((line, cells, head)) = self.row.take()
                    && cells.iter().any(|cell| !cell.trim().is_empty())
                {
                    let text = cells.join(" | ");
                    self.units.push(Unit::new(Kind::Row { cells, head }, line, text));
                }
            }
            "table" => {
                self.flush();
                self.row = None;
            }
            "ul" | "ol" => {
                self.flush();
                self.lists.pop();
            }
            "details" => {
                self.flush();
                let line = self.place(offset);
                self.units.push(Unit::new(Kind::DetailsEnd, line, ""));
            }
            "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary" | "dt" => {
                self.flush();
                self.kind = Kind::Text;
                self.bold = 0;
            }
            _ => self.flush(),
        }
        self.opens = true;
    }
}

/// The length of a tag, its attributes' values skipped.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, symbol) in text.char_indices() {
        match (quote, symbol) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') if text[..at].trim_end().ends_with('=') => quote = Some(symbol),
            (Some(open), symbol) if open == symbol => quote = None,
            _ => {}
        }
        // A quotation mark that nobody closed must not swallow the page.
        if at > 4000 {
            break;
        }
    }
    text.find('>').map_or(text.len(), |end| end + 1)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    text.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

fn language_of(tag: &str) -> Option<String> {
    let classes = attribute(tag, "class")?;
    let mut names = classes.split_whitespace();
    names
        .find_map(|name| name.strip_prefix("language-").or_else(|| name.strip_prefix("lang-")).map(str::to_owned))
        .or_else(|| {
            classes
                .split_whitespace()
                .find(|name| matches!(*name, "python" | "py" | "sql" | "bash" | "sh"))
                .map(str::to_owned)
        })
}
