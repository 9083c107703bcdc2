//! From Django's `%s` and `%(name)s` placeholders to SQLite's, and the filled-in text of the query log.

use super::{DbError, DbErrorKind, SqlValue};
use crate::values::str_repr;

/// The parameters of a statement.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Params {
    /// `execute(sql)`: nothing is converted, so `%` stands for itself.
    #[default]
    None,
    /// A list or tuple.
    List(Vec<SqlValue>),
    /// A mapping, in its order.
    Named(Vec<(String, SqlValue)>),
}

impl Params {
    /// The values in order.
    pub fn values(&self) -> Vec<&SqlValue> {
        match self {
            Params::None => Vec::new(),
            Params::List(values) => values.iter().collect(),
            Params::Named(pairs) => pairs.iter().map(|(_, value)| value).collect(),
        }
    }

    /// Whether Python would call them false: then Django logs the text as it is.
    pub fn is_empty(&self) -> bool {
        match self {
            Params::None => true,
            Params::List(values) => values.is_empty(),
            Params::Named(pairs) => pairs.is_empty(),
        }
    }
}

/// The statement as SQLite takes it.
pub(super) fn convert(sql: &str, params: &Params) -> Result<String, DbError> {
    match params {
        Params::None => Ok(sql.to_owned()),
        Params::List(_) => Ok(to_question_marks(sql)),
        Params::Named(pairs) => {
            let names: Vec<(&str, String)> =
                pairs.iter().map(|(name, _)| (name.as_str(), format!(":{name}"))).collect();
            interpolate(sql, &Filling::Named(&names))
        }
    }
}

/// `%s` not preceded by `%` becomes `?`, then `%%` becomes `%`.
fn to_question_marks(sql: &str) -> String {
    let mut marked = String::with_capacity(sql.len());
    let mut previous = None;
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '%' && previous != Some('%') && rest.peek() == Some(&'s') {
            rest.next();
            marked.push('?');
            previous = Some('s');
        } else {
            marked.push(c);
            previous = Some(c);
        }
    }
    marked.replace("%%", "%")
}

/// What stands in for the placeholders.
pub(super) enum Filling<'a> {
    List(&'a [String]),
    Named(&'a [(&'a str, String)]),
}

/// Python's `sql % params`, where every parameter is a `str`.
pub(super) fn interpolate(sql: &str, filling: &Filling<'_>) -> Result<String, DbError> {
    let mut out = String::with_capacity(sql.len());
    let mut used = 0;
    let characters: Vec<char> = sql.chars().collect();
    let mut at = 0;
    let incomplete = || DbError::new(DbErrorKind::Value, "incomplete format");
    while at < characters.len() {
        let c = characters[at];
        at += 1;
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut named = None;
        if characters.get(at) == Some(&'(') {
            let Filling::Named(pairs) = filling else {
                return Err(DbError::new(DbErrorKind::Type, "format requires a mapping"));
            };
            let start = at + 1;
            let mut depth = 1;
            at += 1;
            while depth > 0 {
                match characters.get(at) {
                    None => return Err(DbError::new(DbErrorKind::Value, "incomplete format key")),
                    Some('(') => depth += 1,
                    Some(')') => depth -= 1,
                    Some(_) => {}
                }
                at += 1;
            }
            let key: String = characters[start..at - 1].iter().collect();
            match pairs.iter().rev().find(|(name, _)| *name == key) {
                Some((_, value)) => named = Some(value.clone()),
                None => return Err(DbError::new(DbErrorKind::Key, key)),
            }
        }
        let mut left = false;
        while let Some(flag @ ('-' | '+' | ' ' | '#' | '0')) = characters.get(at) {
            left |= *flag == '-';
            at += 1;
        }
        let mut next_value = |used: &mut usize| -> Result<String, DbError> {
            if let Some(value) = named.take() {
                return Ok(value);
            }
            match filling {
                Filling::List(values) => {
                    let value = values.get(*used).cloned();
                    *used += 1;
                    value.ok_or_else(|| DbError::new(DbErrorKind::Type, "not enough arguments for format string"))
                }
                // Without a key the mapping itself is the one argument.
                Filling::Named(pairs) => {
                    *used += 1;
                    let inner: Vec<String> =
                        pairs.iter().map(|(name, value)| format!("{}: {}", str_repr(name), str_repr(value))).collect();
                    if *used == 1 {
                        Ok(format!("{{{}}}", inner.join(", ")))
                    } else {
                        Err(DbError::new(DbErrorKind::Type, "not enough arguments for format string"))
                    }
                }
            }
        };
        let mut width = 0;
        if characters.get(at) == Some(&'*') {
            return Err(match next_value(&mut used) {
                Ok(_) => DbError::new(DbErrorKind::Type, "* wants int"),
                Err(error) => error,
            });
        }
        while let Some(digit) = characters.get(at).and_then(|c| c.to_digit(10)) {
            width = (width * 10 + digit as usize).min(10_000);
            at += 1;
        }
        let mut precision = None;
        if characters.get(at) == Some(&'.') {
            at += 1;
            let mut digits = 0;
            while let Some(digit) = characters.get(at).and_then(|c| c.to_digit(10)) {
                digits = (digits * 10 + digit as usize).min(1_000_000);
                at += 1;
            }
            precision = Some(digits);
        }
        if let Some('h' | 'l' | 'L') = characters.get(at) {
            at += 1;
        }
        let Some(&conversion) = characters.get(at) else { return Err(incomplete()) };
        at += 1;
        let text = match conversion {
            '%' => {
                out.push('%');
                continue;
            }
            's' => next_value(&mut used)?,
            'r' => str_repr(&next_value(&mut used)?),
            'a' => ascii_repr(&next_value(&mut used)?),
            'd' | 'i' | 'u' => {
                next_value(&mut used)?;
                return Err(DbError::new(
                    DbErrorKind::Type,
                    format!("%{conversion} format: a real number is required, not str"),
                ));
            }
            'o' | 'x' | 'X' => {
                next_value(&mut used)?;
                return Err(DbError::new(
                    DbErrorKind::Type,
                    format!("%{conversion} format: an integer is required, not str"),
                ));
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                next_value(&mut used)?;
                return Err(DbError::new(DbErrorKind::Type, "must be real number, not str"));
            }
            'c' => {
                let value = next_value(&mut used)?;
                if value.chars().count() != 1 {
                    return Err(DbError::new(DbErrorKind::Type, "%c requires int or char"));
                }
                value
            }
            other => {
                next_value(&mut used)?;
                let shown = if (' '..='~').contains(&other) { other } else { '?' };
                return Err(DbError::new(
                    DbErrorKind::Value,
                    format!("unsupported format character '{shown}' (0x{:x}) at index {}", u32::from(other), at - 1),
                ));
            }
        };
        let text: String = match precision {
            Some(limit) if conversion != 'c' => text.chars().take(limit).collect(),
            _ => text,
        };
        let fill = " ".repeat(width.saturating_sub(text.chars().count()));
        if left {
            out.push_str(&text);
            out.push_str(&fill);
        } else {
            out.push_str(&fill);
            out.push_str(&text);
        }
    }
    if let Filling::List(values) = filling
        && used < values.len()
    {
        return Err(DbError::new(DbErrorKind::Type, "not all arguments converted during string formatting"));
    }
    Ok(out)
}

fn ascii_repr(text: &str) -> String {
    let mut out = String::new();
    for c in str_repr(text).chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_sqlites() {
        let list = Params::List(vec![SqlValue::Integer(1)]);
        assert_eq!(convert("a = %s AND b LIKE '%%s' AND '%%Y'", &list), Ok("a = ? AND b LIKE '%s' AND '%Y'".into()));
        assert_eq!(convert("a = %s", &Params::None), Ok("a = %s".into()));
        let named = Params::Named(vec![("x".into(), SqlValue::Null)]);
        assert_eq!(convert("a = %(x)s OR '%%'", &named), Ok("a = :x OR '%'".into()));
        let missing = convert("a = %(y)s", &named).expect_err("no such key");
        assert_eq!((missing.kind, missing.message.as_str()), (DbErrorKind::Key, "y"));
    }

    #[test]
    fn interpolation_complains_as_python() {
        let one = ["1".to_owned()];
        let error = |sql: &str| interpolate(sql, &Filling::List(&one)).expect_err(sql).message;
        assert_eq!(error("%s %s"), "not enough arguments for format string");
        assert_eq!(error("none"), "not all arguments converted during string formatting");
        assert_eq!(error("%s %Y"), "not enough arguments for format string");
        assert_eq!(error("%Y %s"), "unsupported format character 'Y' (0x59) at index 1");
        assert_eq!(error("%d"), "%d format: a real number is required, not str");
        assert_eq!(interpolate("%s%%", &Filling::List(&one)), Ok("1%".into()));
    }
}
