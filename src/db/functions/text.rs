//! `LPAD`, `RPAD`, `REPEAT` and `REVERSE`, by code points; what Python's operators do with other types they do here.

use super::{Answer, Argument, MAX_LENGTH, Raised, define};
use crate::db::SqlValue;
use rusqlite::Connection;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    define(connection, "LPAD", 3, |arguments| pad(arguments, true))?;
    define(connection, "RPAD", 3, |arguments| pad(arguments, false))?;
    define(connection, "REPEAT", 2, repeat)?;
    define(connection, "REVERSE", 1, |arguments| match arguments {
        [Argument::Null] => Ok(SqlValue::Null),
        [Argument::Text(text)] => Ok(text.chars().rev().collect::<String>().into()),
        [Argument::Blob(bytes)] => Ok(SqlValue::Blob(bytes.iter().rev().copied().collect())),
        _ => Err(Raised::Exception),
    })
}

fn pad(arguments: &[Argument<'_>], left: bool) -> Answer {
    let [text, length, fill] = arguments else { return Err(Raised::Exception) };
    if text.is_null() || length.is_null() || fill.is_null() {
        return Ok(SqlValue::Null);
    }
    let Argument::Integer(length) = *length else { return Err(Raised::Exception) };
    match (text, fill) {
        (Argument::Text(text), fill) => {
            let text: Vec<char> = text.chars().collect();
            let fill: Option<Vec<char>> = match fill {
                Argument::Text(fill) => Some(fill.chars().collect()),
                _ => None,
            };
            let padded = pad_units(&text, length, fill.as_deref(), left)?;
            Ok(padded.into_iter().collect::<String>().into())
        }
        (Argument::Blob(text), fill) => {
            let fill = match fill {
                Argument::Blob(fill) => Some(*fill),
                _ => None,
            };
            Ok(SqlValue::Blob(pad_units(text, length, fill, left)?))
        }
        _ => Err(Raised::Exception),
    }
}

/// Pads or cuts to a length. A fill of another type than the text only matters where it is used.
fn pad_units<T: Clone>(text: &[T], length: i64, fill: Option<&[T]>, left: bool) -> Result<Vec<T>, Raised> {
    let count = text.len() as i64;
    if left && length <= count {
        return Ok(slice_to(text, length));
    }
    let fill = fill.ok_or(Raised::Exception)?;
    let missing = length.saturating_sub(count).max(0);
    if missing as u64 > MAX_LENGTH as u64 && !fill.is_empty() {
        return Err(if missing < 1 << 33 { Raised::TooBig } else { Raised::Memory });
    }
    let filling: Vec<T> =
        if fill.is_empty() { Vec::new() } else { fill.iter().cycle().take(missing as usize).cloned().collect() };
    if left {
        return Ok([filling.as_slice(), text].concat());
    }
    let whole = [text, filling.as_slice()].concat();
    Ok(slice_to(&whole, length))
}

/// Python's `text[:end]`: a negative end counts from behind.
fn slice_to<T: Clone>(text: &[T], end: i64) -> Vec<T> {
    let count = text.len() as i64;
    let end = if end < 0 { (count + end).max(0) } else { end.min(count) };
    text[..end as usize].to_vec()
}

/// Python's `text * count`, which for two numbers is their product.
fn repeat(arguments: &[Argument<'_>]) -> Answer {
    let [text, count] = arguments else { return Err(Raised::Exception) };
    if text.is_null() || count.is_null() {
        return Ok(SqlValue::Null);
    }
    multiply(*text, *count)
}

/// Python's `*` on the values that SQLite knows.
pub(super) fn multiply(left: Argument<'_>, right: Argument<'_>) -> Answer {
    match (left, right) {
        (Argument::Integer(a), Argument::Integer(b)) => a.checked_mul(b).map(SqlValue::Integer).ok_or(Raised::TooBig),
        (Argument::Integer(a), Argument::Real(b)) | (Argument::Real(b), Argument::Integer(a)) => {
            Ok(SqlValue::Real(a as f64 * b))
        }
        (Argument::Real(a), Argument::Real(b)) => Ok(SqlValue::Real(a * b)),
        (Argument::Text(text), Argument::Integer(count)) | (Argument::Integer(count), Argument::Text(text)) => {
            Ok(text.repeat(repetitions(text.len(), count)?).into())
        }
        (Argument::Blob(bytes), Argument::Integer(count)) | (Argument::Integer(count), Argument::Blob(bytes)) => {
            Ok(SqlValue::Blob(bytes.repeat(repetitions(bytes.len(), count)?)))
        }
        _ => Err(Raised::Exception),
    }
}

fn repetitions(length: usize, count: i64) -> Result<usize, Raised> {
    if length == 0 || count <= 0 {
        return Ok(0);
    }
    match usize::try_from(count).ok().and_then(|count| count.checked_mul(length)) {
        Some(total) if total <= MAX_LENGTH => Ok(count as usize),
        // Far too much is a lack of memory, and more than a size can tell is an overflow again.
        Some(total) if total >= 1 << 33 && i64::try_from(total).is_ok() => Err(Raised::Memory),
        _ => Err(Raised::TooBig),
    }
}
