//! The mistakes that CPython 3.11 finds in f-strings. To its tokenizer an f-string is one string; its braces are looked
//! through apart, and each expression is compiled as a text of its own, in parentheses. So a mistake in the braces is told of
//! at the token behind the string, and one in an expression in that text.

use super::{Quoted, SyntaxError, SyntaxErrorKind, parse_module};
use crate::diagnostics::Span;

/// The first mistake in an f-string that begins at or before `until`.
pub(super) fn mistake(source: &str, until: u32) -> Option<SyntaxError> {
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() && at <= until as usize {
        match bytes[at] {
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            b'\'' | b'"' => at = string_end(bytes, at)?,
            byte if byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80 => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric() || **byte >= 0x80)
                    .count();
                let word = source.get(at..at + length)?.to_ascii_lowercase();
                at += length;
                let prefix = matches!(word.as_str(), "f" | "r" | "b" | "u" | "fr" | "rf" | "br" | "rb");
                if !prefix || !matches!(bytes.get(at), Some(b'\'' | b'"')) {
                    continue;
                }
                let raw = word.contains('r');
                let end = string_end(bytes, at)?;
                if word.contains('f') {
                    let quotes = if bytes[at..].starts_with(&[bytes[at]; 3]) && end - at >= 6 { 3 } else { 1 };
                    let content = source.get(at + quotes..end - quotes)?;
                    let mut scanner = Scanner { text: content, at: 0, raw };
                    if let Err(fault) = scanner.parse(0) {
                        return Some(fault.into_error(source, end));
                    }
                }
                at = end;
            }
            byte if byte.is_ascii_digit() => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            }
            _ => at += 1,
        }
    }
    None
}

/// Behind the closing quotes of the string whose opening quote stands at `at`; `None` where it has none.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut at = at + if triple { 3 } else { 1 };
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' if !triple => return None,
            byte if byte == quote && !triple => return Some(at + 1),
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return Some(at + 3),
            _ => at += 1,
        }
    }
}

/// What is wrong.
enum Fault {
    /// With the braces.
    Braces(String),
    /// With an expression.
    Expression(SyntaxError, String),
}

impl Fault {
    fn into_error(self, source: &str, end: usize) -> SyntaxError {
        match self {
            Fault::Braces(message) => {
                let colon = if message.starts_with("expression part") { "" } else { ":" };
                SyntaxError::new(next_token(source, end), format!("f-string{colon} {message}"))
            }
            Fault::Expression(error, text) => {
                let message = match error.message.strip_prefix("f-string: ") {
                    Some(_) => error.message.clone(),
                    None => format!("f-string: {}", error.message),
                };
                let quoted = match error.quoted {
                    Some(inner) => *inner,
                    None => Quoted { text, span: error.span },
                };
                let place = Span::new(end as u32, end as u32);
                SyntaxError { message, quoted: Some(Box::new(quoted)), ..SyntaxError::new(place, "") }
            }
        }
    }
}

/// The token after the strings that stand side by side.
pub(super) fn next_token(source: &str, mut at: usize) -> Span {
    let bytes = source.as_bytes();
    loop {
        let gap = bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        let word = bytes[at + gap..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let quote = at + gap + word;
        let strings = word <= 2 && matches!(bytes.get(quote), Some(b'\'' | b'"'));
        match strings.then(|| string_end(bytes, quote)).flatten() {
            Some(end) => at = end,
            None => {
                let start = at + gap;
                let rest = &bytes[start.min(bytes.len())..];
                let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                let length = if rest.first().is_none_or(|byte| *byte == b'\n') { 0 } else { word.max(1) };
                return Span::new(start as u32, (start + length) as u32);
            }
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    raw: bool,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn braces<T>(message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::Braces(message.into()))
    }

    /// Literals and expressions in turn, up to the end or, in a format specification, to its closing brace.
    fn parse(&mut self, level: usize) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' if !self.raw => {
                    self.at += 1;
                    if self.peek() == Some(b'N') && bytes.get(self.at + 1) == Some(&b'{') {
                        let rest = bytes[self.at..].iter().position(|byte| *byte == b'}');
                        self.at += rest.map_or(bytes.len() - self.at, |length| length + 1);
                    } else if !matches!(self.peek(), Some(b'{' | b'}')) {
                        self.at += 1;
                    }
                }
                b'{' | b'}' if level == 0 && bytes.get(self.at + 1) == Some(&byte) => self.at += 2,
                b'}' if level == 0 => return Self::braces("single '}' is not allowed"),
                b'}' => return Ok(()),
                b'{' => self.expression(level)?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn expression(&mut self, level: usize) -> Result<(), Fault> {
        if level >= 2 {
            return Self::braces("expressions nested too deeply");
        }
        self.at += 1;
        let start = self.at;
        self.find_end()?;
        let Some(after) = self.peek() else { return Self::braces("expecting '}'") };
        self.compile(start, self.at, after)?;
        if self.peek() == Some(b'=') {
            self.at += 1;
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
        }
        if self.peek() == Some(b'!') {
            self.at += 1;
            let kind = self.peek();
            if kind.is_none() {
                return Self::braces("expecting '}'");
            }
            self.at += 1;
            if !matches!(kind, Some(b's' | b'r' | b'a')) {
                return Self::braces("invalid conversion character: expected 's', 'r', or 'a'");
            }
        }
        if self.peek() == Some(b':') {
            self.at += 1;
            self.parse(level + 1)?;
        }
        if self.peek() != Some(b'}') {
            return Self::braces("expecting '}'");
        }
        self.at += 1;
        Ok(())
    }

    /// Goes to the character that ends an expression.
    fn find_end(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        let mut open: Vec<u8> = Vec::new();
        let mut quote: Option<(u8, bool)> = None;
        while let Some(byte) = self.peek() {
            let next = bytes.get(self.at + 1).copied();
            if byte == b'\\' {
                return Self::braces("expression part cannot include a backslash");
            }
            if let Some((mark, triple)) = quote {
                if byte == mark && !triple {
                    quote = None;
                } else if byte == mark && bytes[self.at..].starts_with(&[mark; 3]) {
                    self.at += 2;
                    quote = None;
                }
                self.at += 1;
                continue;
            }
            match byte {
                b'\'' | b'"' => {
                    let triple = bytes[self.at..].starts_with(&[byte; 3]);
                    self.at += if triple { 2 } else { 0 };
                    quote = Some((byte, triple));
                }
                b'(' | b'[' | b'{' => open.push(byte),
                b'#' => return Self::braces("expression part cannot include '#'"),
                b'!' | b'=' | b'<' | b'>' if open.is_empty() && next == Some(b'=') => self.at += 1,
                b'!' | b':' | b'}' | b'=' if open.is_empty() => break,
                b')' | b']' | b'}' => match open.pop() {
                    None => return Self::braces(format!("unmatched '{}'", char::from(byte))),
                    Some(opening) if !matches!((opening, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) => {
                        return Self::braces(format!(
                            "closing parenthesis '{}' does not match opening parenthesis '{}'",
                            char::from(byte),
                            char::from(opening)
                        ));
                    }
                    Some(_) => {}
                },
                _ => {}
            }
            self.at += 1;
        }
        if quote.is_some() {
            return Self::braces("unterminated string");
        }
        match open.last() {
            Some(opening) => Self::braces(format!("unmatched '{}'", char::from(*opening))),
            None => Ok(()),
        }
    }

    fn compile(&self, start: usize, end: usize, after: u8) -> Result<(), Fault> {
        let text = self.text.get(start..end).unwrap_or("");
        if text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c')) {
            return Self::braces(match after {
                b'!' | b':' | b'=' => format!("expression required before '{}'", char::from(after)),
                _ => String::from("empty expression not allowed"),
            });
        }
        let text = format!("({text})");
        match parse_module(&text, usize::MAX) {
            Err(error) if error.kind == SyntaxErrorKind::Syntax => Err(Fault::Expression(error, text)),
            _ => Ok(()),
        }
    }
}
