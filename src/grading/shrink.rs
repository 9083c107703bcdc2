//! Makes the database that shows a difference as small and as plain as it can be: no row of it can be left out any more,
//! and what does not matter in a row says so.

use super::databases::Rows;
use crate::db::SqlValue;
use crate::orm::models::FieldKind;
use crate::runner::{ColumnInfo, TableInfo};

/// No more databases than this are tried with fewer rows.
const MOST_TRIES: usize = 160;
/// No more than this are tried with plainer values.
const MOST_PLAIN: usize = 24;

/// Leaves out rows as long as `shows` holds of what remains. Rows that point at one that is left out go with it.
pub fn shrink(tables: &[TableInfo], rows: &Rows, shows: &mut dyn FnMut(&Rows) -> bool) -> Rows {
    let mut smallest = rows.clone();
    let mut tries = 0;
    // Whole tables first, then halves of them, then single rows until none can go.
    for parts in [1, 2, 4, usize::MAX] {
        loop {
            let mut changed = false;
            for at in (0..tables.len()).rev() {
                let mut start = 0;
                while let Some(count) = smallest.0.get(at).map(Vec::len).filter(|count| start < *count) {
                    let size = if parts == usize::MAX { 1 } else { count.div_ceil(parts).max(1) };
                    let gone: Vec<usize> = (start..(start + size).min(count)).collect();
                    let fewer = without(tables, &smallest, at, &gone);
                    if tries >= MOST_TRIES {
                        return smallest;
                    }
                    tries += 1;
                    if shows(&fewer) {
                        smallest = fewer;
                        changed = true;
                    } else {
                        start += size;
                    }
                }
            }
            if !changed || parts != usize::MAX {
                break;
            }
        }
    }
    smallest
}

/// Puts plain values in place of those that do not matter: in all `visible` columns at once if that still shows the
/// difference, else column by column, and in a column that matters row by row.
pub fn plain(
    tables: &[TableInfo],
    rows: &Rows,
    visible: &dyn Fn(&ColumnInfo) -> bool,
    shows: &mut dyn FnMut(&Rows) -> bool,
) -> Rows {
    let mut plainest = rows.clone();
    let mut tries = 0;
    let mut attempt = |changed: Rows, plainest: &mut Rows, tries: &mut usize| -> bool {
        if changed == *plainest {
            return true;
        }
        if *tries >= MOST_PLAIN {
            return false;
        }
        *tries += 1;
        let holds = shows(&changed);
        if holds {
            *plainest = changed;
        }
        holds
    };
    // Nobody looks at the others, so they are not worth more than one try.
    let mut unseen = plainest.clone();
    for (at, table) in tables.iter().enumerate() {
        for (place, _) in table.columns.iter().enumerate().filter(|(_, column)| !visible(column)) {
            unseen = with_plain(&unseen, tables, at, place, None);
        }
    }
    attempt(unseen, &mut plainest, &mut tries);
    let places: Vec<(usize, usize)> = tables
        .iter()
        .enumerate()
        .filter(|(at, _)| plainest.0.get(*at).is_some_and(|rows| !rows.is_empty()))
        .flat_map(|(at, table)| table.columns.iter().enumerate().map(move |(place, column)| (at, place, column)))
        .filter(|(_, _, column)| visible(column) && plain_value(column).is_some())
        .map(|(at, place, _)| (at, place))
        .collect();
    let mut all = plainest.clone();
    for &(table, column) in &places {
        all = with_plain(&all, tables, table, column, None);
    }
    if attempt(all, &mut plainest, &mut tries) {
        return plainest;
    }
    for (table, column) in places {
        let changed = with_plain(&plainest, tables, table, column, None);
        if attempt(changed, &mut plainest, &mut tries) {
            continue;
        }
        let count = plainest.0.get(table).map_or(0, Vec::len);
        for row in (0..count).filter(|_| count > 1) {
            let changed = with_plain(&plainest, tables, table, column, Some(row));
            attempt(changed, &mut plainest, &mut tries);
        }
    }
    plainest
}

/// The rows with a plain value in one column, of one row or of all. Keys, unique columns and NULLs stay.
fn with_plain(rows: &Rows, tables: &[TableInfo], table: usize, column: usize, only: Option<usize>) -> Rows {
    let mut changed = rows.clone();
    let Some(info) = tables.get(table).and_then(|table| table.columns.get(column)) else { return changed };
    let Some(value) = plain_value(info) else { return changed };
    for (at, row) in changed.0.get_mut(table).into_iter().flatten().enumerate() {
        if only.is_none_or(|only| only == at)
            && let Some(cell) = row.get_mut(column).filter(|cell| !cell.is_null())
        {
            *cell = value.clone();
        }
    }
    changed
}

/// The plainest value of a column; none where each row needs one of its own.
fn plain_value(column: &ColumnInfo) -> Option<SqlValue> {
    if column.primary_key || column.unique || column.references.is_some() {
        return None;
    }
    if let Some(first) = column.choices.first() {
        return Some(first.clone());
    }
    Some(match column.kind {
        FieldKind::Char | FieldKind::Text | FieldKind::Slug => SqlValue::Text("a".to_owned()),
        FieldKind::Email => SqlValue::Text("a@b.c".to_owned()),
        FieldKind::Boolean => SqlValue::Integer(0),
        FieldKind::Integer
        | FieldKind::BigInteger
        | FieldKind::SmallInteger
        | FieldKind::PositiveInteger
        | FieldKind::PositiveBigInteger
        | FieldKind::PositiveSmallInteger => SqlValue::Integer(1),
        FieldKind::Decimal => SqlValue::Integer(1),
        FieldKind::Float => SqlValue::Real(1.0),
        FieldKind::Date => SqlValue::Text("2026-01-01".to_owned()),
        FieldKind::DateTime => SqlValue::Text("2026-01-01 00:00:00".to_owned()),
        FieldKind::Json => SqlValue::Text("{}".to_owned()),
        _ => return None,
    })
}

/// The rows without some of one table's, and without those that point at them.
fn without(tables: &[TableInfo], rows: &Rows, table: usize, gone: &[usize]) -> Rows {
    let mut fewer = rows.clone();
    let mut removed: Vec<(usize, Vec<SqlValue>)> = Vec::new();
    if let Some(held) = fewer.0.get_mut(table) {
        for &at in gone.iter().rev() {
            if at < held.len() {
                removed.push((table, held.remove(at)));
            }
        }
    }
    while let Some((from, row)) = removed.pop() {
        for (at, info) in tables.iter().enumerate() {
            for (place, column) in info.columns.iter().enumerate() {
                let Some((other, name)) = &column.references else { continue };
                if tables[from].name != *other {
                    continue;
                }
                let key = tables[from].columns.iter().position(|column| column.name == *name);
                let Some(key) = key.and_then(|key| row.get(key)) else { continue };
                let Some(held) = fewer.0.get_mut(at) else { continue };
                let mut kept = Vec::with_capacity(held.len());
                for pointing in held.drain(..) {
                    if pointing.get(place) == Some(key) {
                        removed.push((at, pointing));
                    } else {
                        kept.push(pointing);
                    }
                }
                *held = kept;
            }
        }
    }
    fewer
}
