//! What differs from database to database.

use std::rc::Rc;

/// A database's ways.
pub trait Dialect {
    /// `connection.vendor`.
    fn vendor(&self) -> &'static str;
    /// The operator of a lookup, with `%s` in the right side's place.
    fn operator(&self, lookup: &str) -> Option<&'static str>;
    /// A pattern lookup whose right side is SQL.
    fn pattern(&self, lookup: &str, rhs: &str) -> String;
    /// The least and greatest value of an integer column.
    fn integer_range(&self, internal_type: &str) -> Option<(i64, i64)>;
    /// The limit that stands for none.
    fn no_limit(&self) -> i64;
}

/// SQLite, as Django's backend treats it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn vendor(&self) -> &'static str {
        "sqlite"
    }

    fn operator(&self, lookup: &str) -> Option<&'static str> {
        Some(match lookup {
            "exact" => "= %s",
            "gt" => "> %s",
            "gte" => ">= %s",
            "lt" => "< %s",
            "lte" => "<= %s",
            "iexact" | "contains" | "icontains" | "startswith" | "istartswith" | "endswith" | "iendswith" => {
                "LIKE %s ESCAPE '\\'"
            }
            "regex" => "REGEXP %s",
            "iregex" => "REGEXP '(?i)' || %s",
            _ => return None,
        })
    }

    fn pattern(&self, lookup: &str, rhs: &str) -> String {
        let escaped = format!("REPLACE(REPLACE(REPLACE({rhs}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')");
        let escaped = if lookup.starts_with('i') { format!("UPPER({escaped})") } else { escaped };
        match lookup {
            "startswith" | "istartswith" => format!("LIKE {escaped} || '%%' ESCAPE '\\'"),
            "endswith" | "iendswith" => format!("LIKE '%%' || {escaped} ESCAPE '\\'"),
            _ => format!("LIKE '%%' || {escaped} || '%%' ESCAPE '\\'"),
        }
    }

    fn integer_range(&self, internal_type: &str) -> Option<(i64, i64)> {
        Some((if internal_type.starts_with("Positive") { 0 } else { i64::MIN }, i64::MAX))
    }

    fn no_limit(&self) -> i64 {
        -1
    }
}

/// A name in double quotes, unless it has them already.
pub fn quoted(name: &str) -> Rc<str> {
    if name.len() > 1 && name.starts_with('"') && name.ends_with('"') {
        name.into()
    } else {
        format!("\"{name}\"").into()
    }
}
