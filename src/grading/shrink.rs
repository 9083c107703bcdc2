//! Makes the database that shows a difference as small as it can be: no row of it can be left out any more.

use super::databases::Rows;
use crate::db::SqlValue;
use crate::runner::TableInfo;

/// No more databases than this are tried.
const MOST_TRIES: usize = 160;

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
