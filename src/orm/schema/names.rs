//! The names that Django makes for indexes, constraints and long tables.

use md5::{Digest, Md5};

use crate::orm::models::{Index, Model};
use crate::orm::{OrmError, OrmResult};

/// The first `length` hexadecimal digits of the MD5 of these texts together: what keeps made-up names apart.
pub fn names_digest(parts: &[&str], length: usize) -> String {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    hasher
        .finalize()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .take(length)
        .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'))
        .collect()
}

/// A name cut to `length` characters, its end replaced by a digest of the whole. SQLite's backend sets no limit.
pub fn truncate_name(name: &str, length: Option<usize>) -> String {
    match length {
        Some(length) if name.chars().count() > length => {
            let kept: String = name.chars().take(length.saturating_sub(4)).collect();
            format!("{kept}{}", names_digest(&[name], 4))
        }
        _ => name.to_owned(),
    }
}

/// The name of an index that was declared without one: table, column, and a digest, in at most 30 characters.
pub fn index_name(model: &Model, index: &Index) -> OrmResult<String> {
    let table = model.db_table();
    let mut columns = Vec::with_capacity(index.fields.len());
    for (name, descends) in &index.fields {
        let field = model.forward_field(name)?;
        let column = field.column.clone().unwrap_or_else(|| field.name.clone());
        columns.push((column, *descends));
    }
    let signed: Vec<String> =
        columns.iter().map(|(column, descends)| format!("{}{column}", if *descends { "-" } else { "" })).collect();
    let mut parts: Vec<&str> = vec![&*table];
    parts.extend(signed.iter().map(String::as_str));
    parts.push("idx");
    let first = columns.first().map_or("", |(column, _)| &**column);
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let (_, short_table) = table.rsplit_once("\".\"").unwrap_or(("", &table));
    let name =
        format!("{}_{}_{}", cut(short_table, 11), cut(first, 7), format_args!("{}_idx", names_digest(&parts, 6)));
    if name.chars().count() > 30 {
        return Err(OrmError::value_error(
            "Index too long for multiple database support. Is self.suffix longer than 3 characters?",
        ));
    }
    // A name may begin neither with an underscore nor with a digit.
    Ok(match name.chars().next() {
        Some(letter) if letter == '_' || letter.is_ascii_digit() => {
            format!("D{}", name.chars().skip(1).collect::<String>())
        }
        _ => name,
    })
}

/// The name of an index, unique index or foreign key of the schema editor's own making.
pub fn create_index_name(table: &str, columns: &[&str], suffix: &str) -> String {
    const MOST: usize = 200;
    let table = table.trim_matches('"');
    let mut parts = vec![table];
    parts.extend(columns);
    let ending = format!("{}{suffix}", names_digest(&parts, 8));
    let joined = columns.join("_");
    let whole = format!("{table}_{joined}_{ending}");
    if whole.len() <= MOST {
        return whole;
    }
    let ending: String = ending.chars().take(MOST / 3).collect();
    let other = (MOST - ending.len()) / 2 - 1;
    let cut = |text: &str| text.chars().take(other).collect::<String>();
    format!("{}_{}_{ending}", cut(table), cut(&joined))
}
