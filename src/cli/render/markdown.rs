//! Markdown for the terminal: paragraphs folded to the width, code set apart, lists, tables, headings.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::table::text_table;
use crate::cli::console::{Style, paint};

/// `text` as lines no wider than `width` (code and unbreakable words apart), without a line break at the end.
pub fn markdown(text: &str, width: usize, color: bool) -> String {
    let mut writer = Writer {
        width,
        color,
        blocks: Vec::new(),
        inline: String::new(),
        lists: Vec::new(),
        marker: None,
        quoted: 0,
        code: None,
        table: None,
        styles: Vec::new(),
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        writer.event(event);
    }
    writer.end_paragraph();
    writer.joined()
}

struct Block {
    text: String,
    /// Whether it stands right below the one before, as list items do.
    tight: bool,
}

struct Writer {
    width: usize,
    color: bool,
    blocks: Vec<Block>,
    inline: String,
    /// The next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    marker: Option<String>,
    quoted: usize,
    code: Option<String>,
    table: Option<Rows>,
    styles: Vec<Style>,
}

#[derive(Default)]
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    row: Vec<String>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                // Backticks stay where there is no colour to tell code by.
                let shown = if self.color { paint(true, Style::Code, &text) } else { format!("`{text}`") };
                self.inline.push_str(&shown.replace(' ', "\u{a0}"));
            }
            Event::SoftBreak => self.inline.push(' '),
            Event::HardBreak => self.inline.push('\n'),
            Event::Rule => self.block("─".repeat(self.width.min(40)), false),
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.text(&text),
            Event::TaskListMarker(done) => self.inline.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some(code) => code.push_str(text),
            None => match self.styles.last() {
                // Word by word, so that folding never cuts a colour in two.
                Some(&style) if self.color => {
                    let words: Vec<String> = text.split(' ').map(|word| paint(true, style, word)).collect();
                    self.inline.push_str(&words.join(" "));
                }
                _ => self.inline.push_str(text),
            },
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.styles.push(Style::Title),
            Tag::Strong => self.styles.push(Style::Strong),
            Tag::Emphasis => self.styles.push(Style::Strong),
            Tag::CodeBlock(_) => {
                self.end_paragraph();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_paragraph();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                });
            }
            Tag::BlockQuote(_) => self.quoted += 1,
            Tag::Table(_) => {
                self.end_paragraph();
                self.table = Some(Rows::default());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Heading(_) => {
                self.styles.pop();
                self.end_paragraph();
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.styles.pop();
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                let lines: Vec<String> = code
                    .trim_end()
                    .lines()
                    .map(|line| format!("    {}", paint(self.color, Style::Code, line)))
                    .collect();
                self.block(lines.join("\n"), false);
            }
            TagEnd::Item => {
                self.end_paragraph();
                self.marker = None;
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.end_paragraph();
                self.quoted = self.quoted.saturating_sub(1);
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline).replace('\u{a0}', " ");
                if let Some(table) = &mut self.table {
                    table.row.push(cell);
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.header = std::mem::take(&mut table.row);
                }
            }
            TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.block(text_table(&table.header, &table.rows, self.width, false), false);
                }
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.inline);
        if text.trim().is_empty() {
            return;
        }
        let depth = self.lists.len().saturating_sub(1);
        let mut indent = "  ".repeat(depth) + &"│ ".repeat(self.quoted);
        let in_list = !self.lists.is_empty();
        let mut first = indent.clone();
        let tight = match self.marker.take() {
            Some(marker) => {
                first += &marker;
                indent += &" ".repeat(marker.chars().count());
                true
            }
            None => {
                if in_list {
                    indent += "  ";
                    first.clone_from(&indent);
                }
                false
            }
        };
        let options = textwrap::Options::new(self.width).initial_indent(&first).subsequent_indent(&indent);
        let lines: Vec<String> = text.trim().lines().map(|line| textwrap::fill(line, &options)).collect();
        // A list's first item stands apart from the paragraph before it.
        let tight = tight
            && self
                .blocks
                .last()
                .is_some_and(|block| block.text.trim_start().starts_with(['•', '│']) || starts_numbered(&block.text));
        self.block(lines.join("\n").replace('\u{a0}', " "), tight);
    }

    fn block(&mut self, text: String, tight: bool) {
        self.blocks.push(Block { text, tight });
    }

    fn joined(self) -> String {
        let mut text = String::new();
        for (at, block) in self.blocks.iter().enumerate() {
            if at > 0 {
                text.push_str(if block.tight { "\n" } else { "\n\n" });
            }
            text.push_str(&block.text);
        }
        text
    }
}

fn starts_numbered(text: &str) -> bool {
    let text = text.trim_start();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    digits > 0 && text[digits..].starts_with(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_every_kind() {
        let text = "Which users have **no** `Profile`, counted\nby age?\n\n- one\n- two `a b`\n  1. deep\n\n```python\nfor x in y:\n    pass\n```\n\n\
                    | id | name |\n|---|---|\n| 1 | `x` |\n\n## End\n> quoted\n";
        let expected = "\
Which users have no `Profile`, counted by age?

• one
• two `a b`
  1. deep

    for x in y:
        pass

┌────┬──────┐
│ id ┆ name │
╞════╪══════╡
│ 1  ┆ `x`  │
└────┴──────┘

End

│ quoted";
        assert_eq!(markdown(text, 60, false), expected);
    }

    #[test]
    fn nothing_panics() {
        let mut dice = crate::session::Dice::new("markdown", 1);
        let pieces = [
            "a", " ", "\n", "*", "**", "`", "```\n", "- ", "1. ", "> ", "| ", "|---|\n", "# ", "日本", "<b>", "\t",
            "~~", "[", "](", "---\n", "    ",
        ];
        for _ in 0..4000 {
            let text: String = (0..dice.below(20)).map(|_| pieces[dice.below(pieces.len())]).collect();
            let _ = markdown(&text, 60, dice.below(2) == 0);
        }
    }

    #[test]
    fn paragraphs_are_folded() {
        let text = markdown(&"word ".repeat(60), 60, false);
        assert!(text.lines().count() >= 5 && text.lines().all(|line| line.len() <= 60));
    }
}
