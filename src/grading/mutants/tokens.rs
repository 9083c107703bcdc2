//! The tokens of an answer with their places, enough to edit it without changing what stands around.

use std::ops::Range;

use crate::runner::Language;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A quoted text; in SQL only one in single quotes.
    Text,
    /// A name in quotes (SQL).
    Quoted,
    /// Anything else, one or two symbols.
    Symbol,
}

/// A token.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the source.
    pub at: Range<usize>,
}

/// Tokens over a source.
pub struct Tokens<'a> {
    /// The source.
    pub source: &'a str,
    /// Its tokens.
    pub all: Vec<Token>,
}

impl<'a> Tokens<'a> {
    /// The tokens of a source; comments and white space are left out.
    pub fn of(source: &'a str, language: Language) -> Self {
        let bytes = source.as_bytes();
        let mut all = Vec::new();
        let mut at = 0;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        while at < bytes.len() {
            let byte = bytes[at];
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            if byte.is_ascii_whitespace() {
                at += 1;
                continue;
            }
            let comment = match language {
                Language::Python => byte == b'#',
                Language::Sql => byte == b'-' && next == b'-',
            };
            if comment {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            let start = at;
            let kind = if byte == b'\'' || byte == b'"' {
                at = end_of_text(bytes, at, language);
                if language == Language::Sql && byte == b'"' { Kind::Quoted } else { Kind::Text }
            } else if byte.is_ascii_digit() {
                while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'_' || bytes[at] == b'.') {
                    at += 1;
                }
                Kind::Number
            } else if is_name(byte) {
                while at < bytes.len() && is_name(bytes[at]) {
                    at += 1;
                }
                Kind::Name
            } else {
                const TWO: [&[u8]; 8] = [b">=", b"<=", b"<>", b"!=", b"==", b"**", b"||", b"//"];
                at += if TWO.contains(&&bytes[at..(at + 2).min(bytes.len())]) { 2 } else { 1 };
                Kind::Symbol
            };
            all.push(Token { kind, at: start..at });
        }
        Self { source, all }
    }

    /// A token's text; nothing beyond the ends.
    pub fn text(&self, at: usize) -> &'a str {
        self.all.get(at).and_then(|token| self.source.get(token.at.clone())).unwrap_or_default()
    }

    /// Whether a token is this word, whatever its case.
    pub fn is(&self, at: usize, word: &str) -> bool {
        self.text(at).eq_ignore_ascii_case(word)
    }

    /// A token's kind.
    pub fn kind(&self, at: usize) -> Option<Kind> {
        self.all.get(at).map(|token| token.kind)
    }

    /// The token that closes the bracket which the token at `open` opens.
    pub fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in open..self.all.len() {
            match self.text(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The arguments between an opening bracket and its end, as ranges of tokens.
    pub fn arguments(&self, open: usize, close: usize) -> Vec<Range<usize>> {
        let mut arguments = Vec::new();
        let mut depth = 0_i32;
        let mut start = open + 1;
        for at in open + 1..close {
            match self.text(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 0 => {
                    if at > start {
                        arguments.push(start..at);
                    }
                    start = at + 1;
                }
                _ => {}
            }
        }
        if close > start {
            arguments.push(start..close);
        }
        arguments
    }

    /// The bytes of a range of tokens.
    pub fn bytes(&self, tokens: Range<usize>) -> Range<usize> {
        let from = self.all.get(tokens.start).map_or(self.source.len(), |token| token.at.start);
        let to = tokens.end.checked_sub(1).and_then(|last| self.all.get(last)).map_or(from, |token| token.at.end);
        from..to.max(from)
    }

    /// The text of a range of tokens.
    pub fn slice(&self, tokens: Range<usize>) -> &'a str {
        self.source.get(self.bytes(tokens)).unwrap_or_default()
    }
}

fn end_of_text(bytes: &[u8], mut at: usize, language: Language) -> usize {
    let quote = bytes[at];
    let triple = language == Language::Python && bytes.get(at..at + 3).is_some_and(|three| three == [quote; 3]);
    let width = if triple { 3 } else { 1 };
    at += width;
    while at < bytes.len() {
        if language == Language::Python && bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        if bytes[at] == quote {
            if language == Language::Sql && bytes.get(at + 1) == Some(&quote) {
                at += 2;
                continue;
            }
            if bytes[at..].iter().take(width).filter(|byte| **byte == quote).count() == width {
                return at + width;
            }
        }
        at += 1;
    }
    bytes.len()
}
