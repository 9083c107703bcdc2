//! From a text to the questions in it: units, recognisers, choice.

use super::choose::{Found, Skipped, choose};
use super::error::ImportError;
use super::{html, markdown, page, plain, shapes};

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Plain text.
    Plain,
}

/// The questions of a text.
pub fn find(name: &str, text: &str) -> Result<(Format, Vec<Found>, Vec<Skipped>), ImportError> {
    let format = format_of(name, text);
    let units = match format {
        Format::Markdown => markdown::units(text)?,
        Format::Html => html::units(text, 1, true)?,
        Format::Plain => plain::units(text),
    };
    let page = page::Page::new(units);
    let groups = shapes::groups(&page);
    let (found, skipped) = choose(&page, groups);
    Ok((format, found, skipped))
}

/// How a text is written, by its content first and its name second.
pub fn format_of(name: &str, text: &str) -> Format {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let head: String = text.chars().take(4000).collect::<String>().to_ascii_lowercase();
    let tags =
        ["<html", "<!doctype html", "<body", "<div", "<p>", "<section", "<h1", "<h2", "<h3", "<ul>", "<ol>", "<dl>"]
            .iter()
            .filter(|tag| head.contains(*tag))
            .count();
    if head.contains("<html")
        || head.contains("<!doctype html")
        || tags >= 3 && !head.contains("\n#") && extension != "md"
        || extension.starts_with("htm") && tags >= 1
    {
        return Format::Html;
    }
    match extension.as_str() {
        "md" | "markdown" | "mdx" | "mdown" => Format::Markdown,
        "org" | "rst" | "adoc" => Format::Plain,
        _ if plain::is_plain(text) => Format::Plain,
        _ => Format::Markdown,
    }
}

impl Format {
    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Plain => "text",
        }
    }
}
