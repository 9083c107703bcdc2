//! The mistakes that CPython's tokenizer finds. It reads a text to its end before any mistake in its grammar is told of, so
//! that these come first wherever they stand; only a line that is indented without need is told of at once.

use super::super::{SyntaxError, SyntaxErrorKind};
use crate::diagnostics::Span;

/// What the tokenizer makes of a text.
#[derive(Default)]
pub(super) struct Scan {
    /// Its first mistake.
    pub mistake: Option<SyntaxError>,
    /// Where the words, numbers, strings and signs before that begin and end.
    pub tokens: Vec<Span>,
    /// The brackets that are open at the end, and where they stand.
    pub open: Vec<(char, u32)>,
}

/// Reads a text to its end or its first mistake.
pub(super) fn scan(source: &str) -> Scan {
    let mut tokenizer =
        Tokenizer { source, bytes: source.as_bytes(), at: 0, indents: vec![(0, 0)], scan: Scan::default() };
    if let Err(mistake) = tokenizer.run() {
        tokenizer.scan.mistake = Some(*mistake);
    }
    tokenizer.scan
}

type Step = Result<(), Box<SyntaxError>>;

struct Tokenizer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The widths of the blocks around, with tabs of eight and of one.
    indents: Vec<(usize, usize)>,
    scan: Scan,
}

fn mistake(at: usize, message: impl Into<String>) -> Step {
    let at = at as u32;
    Err(Box::new(SyntaxError::new(Span::new(at, at), message)))
}

impl Tokenizer<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn run(&mut self) -> Step {
        let mut line_begins = true;
        while self.at < self.bytes.len() {
            if line_begins && self.scan.open.is_empty() && self.indentation()? {
                continue;
            }
            line_begins = false;
            let start = self.at;
            match self.peek() {
                b' ' | b'\t' | b'\x0c' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    line_begins = true;
                }
                b'#' => self.skip_line(),
                b'\\' => self.continuation()?,
                b'0'..=b'9' => self.number()?,
                b'.' if self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) => {
                    self.at += 1;
                    self.fraction()?;
                }
                b'\'' | b'"' => self.string(start)?,
                byte if byte == b'_' || byte >= 0x80 || byte.is_ascii_alphabetic() => self.word()?,
                byte @ (b'(' | b'[' | b'{') => {
                    self.scan.open.push((char::from(byte), start as u32));
                    self.at += 1;
                }
                byte @ (b')' | b']' | b'}') => self.closing(byte)?,
                byte if byte < b' ' || byte == 0x7f => {
                    return mistake(start, format!("invalid non-printable character U+{byte:04X}"));
                }
                _ => self.at += self.sign(),
            }
            let begins = self.bytes[start];
            if !matches!(begins, b' ' | b'\t' | b'\x0c' | b'\r' | b'\n' | b'#' | b'\\') {
                self.scan.tokens.push(Span::new(start as u32, self.at as u32));
            }
        }
        Ok(())
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    /// The spaces at a line's beginning; whether the line has nothing else.
    fn indentation(&mut self) -> Result<bool, Box<SyntaxError>> {
        let start = self.at;
        let (mut wide, mut narrow) = (0, 0);
        loop {
            match self.peek() {
                b' ' => (wide, narrow) = (wide + 1, narrow + 1),
                b'\t' => (wide, narrow) = ((wide / 8 + 1) * 8, narrow + 1),
                b'\x0c' => (wide, narrow) = (0, 0),
                _ => break,
            }
            self.at += 1;
        }
        if self.at >= self.bytes.len() {
            return Ok(true);
        }
        match self.peek() {
            b'#' => {
                self.skip_line();
                self.at = (self.at + 1).min(self.bytes.len());
                return Ok(true);
            }
            b'\n' => {
                self.at += 1;
                return Ok(true);
            }
            b'\r' | b'\\' => return Ok(false),
            _ => {}
        }
        let tab_error = || {
            let at = start as u32;
            let message = "inconsistent use of tabs and spaces in indentation".to_owned();
            Box::new(SyntaxError { kind: SyntaxErrorKind::Tab, message, span: Span::new(at, at), quoted: None })
        };
        let (top_wide, top_narrow) = self.indents.last().copied().unwrap_or_default();
        if wide == top_wide {
            return if narrow == top_narrow { Ok(false) } else { Err(tab_error()) };
        }
        if wide > top_wide {
            if narrow <= top_narrow {
                return Err(tab_error());
            }
            self.indents.push((wide, narrow));
            return Ok(false);
        }
        while self.indents.last().is_some_and(|(outer, _)| wide < *outer) {
            self.indents.pop();
        }
        match self.indents.last() {
            Some((outer, outer_narrow)) if wide == *outer => {
                if narrow == *outer_narrow {
                    Ok(false)
                } else {
                    Err(tab_error())
                }
            }
            _ => {
                self.skip_line();
                let at = self.at as u32;
                let message = "unindent does not match any outer indentation level".to_owned();
                let kind = SyntaxErrorKind::Indentation;
                Err(Box::new(SyntaxError { kind, message, span: Span::new(at, at), quoted: None }))
            }
        }
    }

    fn continuation(&mut self) -> Step {
        let mut after = self.at + 1;
        if self.bytes.get(after) == Some(&b'\r') {
            after += 1;
        }
        match self.bytes.get(after) {
            None => mistake(self.at + 1, "unexpected EOF while parsing"),
            Some(b'\n') if after + 1 >= self.bytes.len() => mistake(self.at + 1, "unexpected EOF while parsing"),
            Some(b'\n') => {
                self.at = after + 1;
                Ok(())
            }
            Some(_) => mistake(self.at + 1, "unexpected character after line continuation character"),
        }
    }

    fn closing(&mut self, byte: u8) -> Step {
        let opening = match byte {
            b')' => '(',
            b']' => '[',
            _ => '{',
        };
        let closing = char::from(byte);
        match self.scan.open.pop() {
            Some((bracket, _)) if bracket == opening => {
                self.at += 1;
                Ok(())
            }
            Some((bracket, at)) => {
                let line = |at: usize| self.bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                let (line, own) = (line(at as usize), line(self.at));
                let on = if line == own { String::new() } else { format!(" on line {line}") };
                mistake(
                    self.at,
                    format!("closing parenthesis '{closing}' does not match opening parenthesis '{bracket}'{on}"),
                )
            }
            None => mistake(self.at, format!("unmatched '{closing}'")),
        }
    }

    /// How long the sign is that stands here.
    fn sign(&self) -> usize {
        const LONG: &[&str] = &[
            "**=", "//=", ">>=", "<<=", "...", "!=", "%=", "&=", "**", "*=", "+=", "->", "-=", "//", "/=", ":=", "<<",
            "<=", "<>", "==", ">=", ">>", "@=", "^=", "|=",
        ];
        LONG.iter().find(|sign| self.bytes[self.at..].starts_with(sign.as_bytes())).map_or(1, |sign| sign.len())
    }

    /// A name, or the letters before a string.
    fn word(&mut self) -> Step {
        let start = self.at;
        let rest = &self.source[start..];
        let length =
            rest.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii())).unwrap_or(rest.len());
        let word = &rest[..length];
        self.at += length;
        let prefix = matches!(word.to_ascii_lowercase().as_str(), "r" | "u" | "b" | "f" | "br" | "rb" | "fr" | "rf");
        if prefix && matches!(self.peek(), b'\'' | b'"') {
            return self.string(start);
        }
        for (at, c) in word.char_indices().filter(|(_, c)| !c.is_ascii()) {
            if !c.is_alphanumeric() && !is_mark(c) {
                let code = c as u32;
                let text = if crate::python::ops::text::is_printable(c) {
                    format!("invalid character '{c}' (U+{code:04X})")
                } else {
                    format!("invalid non-printable character U+{code:04X}")
                };
                return mistake(start + at, text);
            }
        }
        Ok(())
    }

    /// A string whose first letter or quote stands at `start`, and whose opening quote here.
    fn string(&mut self, start: usize) -> Step {
        let quote = self.peek();
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        loop {
            match self.bytes.get(self.at) {
                Some(b'\\') => self.at += 2,
                Some(b'\n') if !triple => break,
                Some(byte) if *byte == quote && !triple => {
                    self.at += 1;
                    return Ok(());
                }
                Some(byte) if *byte == quote && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return Ok(());
                }
                Some(_) => self.at += 1,
                None => break,
            }
        }
        Err(Box::new(unclosed(self.source, start)))
    }

    /// Digits, of which some may be behind single underscores.
    fn digits(&mut self) -> Step {
        loop {
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return mistake(self.at - 1, "invalid decimal literal");
            }
        }
    }

    fn number(&mut self) -> Step {
        if self.peek() == b'0' {
            self.at += 1;
            match self.peek() {
                b'x' | b'X' => return self.based(16, "hexadecimal"),
                b'o' | b'O' => return self.based(8, "octal"),
                b'b' | b'B' => return self.based(2, "binary"),
                _ => {}
            }
            let start = self.at - 1;
            loop {
                if self.peek() == b'_' {
                    self.at += 1;
                    if !self.peek().is_ascii_digit() {
                        return mistake(self.at - 1, "invalid decimal literal");
                    }
                }
                if self.peek() != b'0' {
                    break;
                }
                self.at += 1;
            }
            let zeros = self.at;
            let more = self.peek().is_ascii_digit();
            if more {
                self.digits()?;
            }
            if more && !matches!(self.peek(), b'.' | b'e' | b'E' | b'j' | b'J') {
                return Err(Box::new(SyntaxError::new(
                    Span::new(start as u32, zeros as u32),
                    "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
                )));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            return self.fraction();
        }
        self.exponent()
    }

    fn fraction(&mut self) -> Step {
        if self.peek().is_ascii_digit() {
            self.digits()?;
        }
        self.exponent()
    }

    fn exponent(&mut self) -> Step {
        if matches!(self.peek(), b'e' | b'E') {
            let sign = usize::from(matches!(self.bytes.get(self.at + 1), Some(b'+' | b'-')));
            if self.bytes.get(self.at + 1 + sign).is_some_and(u8::is_ascii_digit) {
                self.at += 1 + sign;
                self.digits()?;
            } else if sign == 1 {
                return mistake(self.at + 1, "invalid decimal literal");
            } else {
                return self.number_ends("decimal");
            }
        }
        if matches!(self.peek(), b'j' | b'J') {
            self.at += 1;
            return self.number_ends("imaginary");
        }
        self.number_ends("decimal")
    }

    /// The digits behind `0x` and its like.
    fn based(&mut self, base: u32, name: &str) -> Step {
        self.at += 1;
        loop {
            if self.peek() == b'_' {
                self.at += 1;
            }
            if !char::from(self.peek()).is_digit(base) {
                if self.peek().is_ascii_digit() {
                    return mistake(self.at, format!("invalid digit '{}' in {name} literal", char::from(self.peek())));
                }
                return mistake(self.at - 1, format!("invalid {name} literal"));
            }
            while char::from(self.peek()).is_digit(base) {
                self.at += 1;
            }
            if self.peek() != b'_' {
                break;
            }
        }
        if self.peek().is_ascii_digit() {
            return mistake(self.at, format!("invalid digit '{}' in {name} literal", char::from(self.peek())));
        }
        self.number_ends(name)
    }

    /// Behind a number no word may stand but some keywords.
    fn number_ends(&self, name: &str) -> Step {
        let rest = &self.bytes[self.at..];
        let keywords: [&[u8]; 8] = [b"and", b"else", b"for", b"if", b"in", b"is", b"or", b"not"];
        if keywords.iter().any(|keyword| rest.starts_with(keyword)) {
            return Ok(());
        }
        match rest.first() {
            Some(byte) if *byte == b'_' || byte.is_ascii_alphanumeric() => {
                mistake(self.at - 1, format!("invalid {name} literal"))
            }
            _ => Ok(()),
        }
    }
}

/// A character that may stand within a name although it is no letter.
fn is_mark(c: char) -> bool {
    use unicode_general_category::GeneralCategory::{ConnectorPunctuation, NonspacingMark, SpacingMark};
    matches!(unicode_general_category::get_general_category(c), ConnectorPunctuation | NonspacingMark | SpacingMark)
}

/// The string that begins at `start` has no end.
pub(super) fn unclosed(source: &str, start: usize) -> SyntaxError {
    let literal = source.get(start..).unwrap_or("");
    let quotes = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let triple = quotes.starts_with("\"\"\"") || quotes.starts_with("'''");
    let line_of = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let detected = if triple {
        line_of(source.trim_end_matches('\n'))
    } else {
        // Lines that end in a backslash belong to the literal.
        let mut line = line_of(source.get(..start).unwrap_or(source));
        let mut rest = literal;
        while let Some((first, after)) = rest.split_once('\n') {
            if !first.ends_with('\\') || after.is_empty() {
                break;
            }
            line += 1;
            rest = after;
        }
        line
    };
    let kind = if triple { "triple-quoted string" } else { "string" };
    let at = start as u32;
    SyntaxError::new(Span::new(at, at), format!("unterminated {kind} literal (detected at line {detected})"))
}
