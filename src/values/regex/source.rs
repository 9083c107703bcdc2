//! The pattern's text, read a piece at a time: a character, or a backslash with the character behind it.

use super::PatternError;

/// A piece of pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Plain(char),
    Escape(char),
}

impl Piece {
    /// How many characters it takes.
    pub fn len(self) -> usize {
        match self {
            Piece::Plain(_) => 1,
            Piece::Escape(_) => 2,
        }
    }

    /// The text itself.
    pub fn text(self) -> String {
        match self {
            Piece::Plain(c) => c.to_string(),
            Piece::Escape(c) => format!("\\{c}"),
        }
    }
}

/// A reader over the pattern, one piece ahead.
pub(super) struct Source<'p> {
    pattern: &'p str,
    chars: Vec<char>,
    index: usize,
    next: Option<Piece>,
}

impl<'p> Source<'p> {
    pub fn new(pattern: &'p str) -> Result<Source<'p>, PatternError> {
        let mut source = Source { pattern, chars: pattern.chars().collect(), index: 0, next: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<(), PatternError> {
        self.next = match self.chars.get(self.index) {
            None => None,
            Some('\\') => match self.chars.get(self.index + 1) {
                None => {
                    return Err(PatternError::Invalid {
                        message: "bad escape (end of pattern)".into(),
                        position: Some(self.chars.len() - 1),
                        pattern: self.pattern.to_owned(),
                    });
                }
                Some(c) => Some(Piece::Escape(*c)),
            },
            Some(c) => Some(Piece::Plain(*c)),
        };
        self.index += self.next.map_or(0, Piece::len);
        Ok(())
    }

    /// The piece ahead.
    pub fn peek(&self) -> Option<Piece> {
        self.next
    }

    /// Takes the piece ahead.
    pub fn get(&mut self) -> Result<Option<Piece>, PatternError> {
        let this = self.next;
        self.advance()?;
        Ok(this)
    }

    /// Takes the piece ahead if it is that character.
    pub fn accept(&mut self, c: char) -> Result<bool, PatternError> {
        let same = self.next == Some(Piece::Plain(c));
        if same {
            self.advance()?;
        }
        Ok(same)
    }

    /// Takes up to so many characters that satisfy the test.
    pub fn take_while(&mut self, limit: usize, test: fn(char) -> bool) -> Result<String, PatternError> {
        let mut taken = String::new();
        while taken.len() < limit
            && let Some(Piece::Plain(c)) = self.next
            && test(c)
        {
            taken.push(c);
            self.advance()?;
        }
        Ok(taken)
    }

    /// Takes what stands before a terminator, and the terminator.
    pub fn until(&mut self, terminator: char, what: &str) -> Result<String, PatternError> {
        let mut taken = String::new();
        loop {
            let piece = self.get()?;
            match piece {
                None if taken.is_empty() => return Err(self.error(&format!("missing {what}"), 0)),
                None => {
                    let length = taken.chars().count();
                    return Err(self.error(&format!("missing {terminator}, unterminated name"), length));
                }
                Some(Piece::Plain(c)) if c == terminator => {
                    if taken.is_empty() {
                        return Err(self.error(&format!("missing {what}"), 1));
                    }
                    return Ok(taken);
                }
                Some(piece) => taken.push_str(&piece.text()),
            }
        }
    }

    /// Where the piece ahead begins.
    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Piece::len)
    }

    /// Goes back to a place.
    pub fn seek(&mut self, index: usize) -> Result<(), PatternError> {
        self.index = index;
        self.advance()
    }

    /// An error so many characters before the piece ahead.
    pub fn error(&self, message: &str, offset: usize) -> PatternError {
        PatternError::Invalid {
            message: message.to_owned(),
            position: Some(self.tell().saturating_sub(offset)),
            pattern: self.pattern.to_owned(),
        }
    }

    /// An error that has no place.
    pub fn placeless(&self, message: &str) -> PatternError {
        PatternError::Invalid { message: message.to_owned(), position: None, pattern: self.pattern.to_owned() }
    }

    /// An error at a place counted from the pattern's start.
    pub fn error_at(&self, message: &str, position: usize) -> PatternError {
        PatternError::Invalid {
            message: message.to_owned(),
            position: Some(position),
            pattern: self.pattern.to_owned(),
        }
    }
}
