//! `regexp(pattern, string)` behind the operator `string REGEXP pattern`: Python's `re.search`.

use super::{Answer, Argument, Raised, define};
use crate::db::SqlValue;
use crate::values::float_repr;
use crate::values::regex::{MatchError, Pattern, PatternError};
use rusqlite::Connection;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    define(connection, "regexp", 2, regexp)
}

/// How many patterns are kept compiled.
const KEPT: usize = 16;

thread_local! {
    static COMPILED: RefCell<Vec<(String, Rc<Pattern>)>> = const { RefCell::new(Vec::new()) };
}

fn compiled(pattern: &str) -> Result<Rc<Pattern>, PatternError> {
    COMPILED.with(|compiled| {
        let kept = compiled.borrow().iter().find(|(text, _)| text == pattern).map(|(_, kept)| Rc::clone(kept));
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let fresh = Rc::new(Pattern::compile(pattern, 0)?);
        let mut compiled = compiled.borrow_mut();
        if compiled.len() == KEPT {
            compiled.remove(0);
        }
        compiled.push((pattern.to_owned(), Rc::clone(&fresh)));
        Ok(fresh)
    })
}

fn regexp(arguments: &[Argument<'_>]) -> Answer {
    let [pattern, subject] = arguments else { return Err(Raised::Exception) };
    if pattern.is_null() || subject.is_null() {
        return Ok(SqlValue::Null);
    }
    let Argument::Text(pattern) = pattern else { return Err(Raised::Exception) };
    let owned;
    let subject = match *subject {
        Argument::Text(text) => text,
        Argument::Integer(value) => {
            owned = value.to_string();
            &owned
        }
        Argument::Real(value) => {
            owned = float_repr(value);
            &owned
        }
        Argument::Blob(bytes) => {
            owned = bytes_repr(bytes);
            &owned
        }
        Argument::Null => return Ok(SqlValue::Null),
    };
    let pattern = compiled(pattern).map_err(|error| match error {
        PatternError::Unsupported(_) => Raised::Unsupported,
        _ => Raised::Exception,
    })?;
    match pattern.is_match(subject) {
        Ok(found) => Ok(found.into()),
        Err(MatchError::TooComplex) => Err(Raised::Unsupported),
    }
}

/// `str(b'…')`
fn bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            byte if char::from(*byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(char::from(*byte)),
            byte => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}
