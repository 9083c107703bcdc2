//! What a program left behind: the tables' rows, with keys and timestamps that it was given compared by role, and its output.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Canon, rows};
use crate::orm::models::FieldKind;
use crate::runner::{TableInfo, TableState};

/// A table in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalTable {
    name: String,
    /// In small letters, by name: neither case nor place counts in SQL.
    columns: Vec<String>,
    /// The cells in the order of the columns, the rows sorted.
    rows: Vec<Vec<Canon>>,
}

/// Who fills in the moments that every save renews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// The ORM, whenever a row is saved: they say nothing of the answer.
    Saved,
    /// The statements themselves: where nothing else of a row changed, neither may they.
    Written,
    /// The task speaks of them: they count wherever the row was there before.
    Named,
}

/// The key of a row, or of what it points at: its value when it was there before, else what the new row is.
fn key(known: &FxHashMap<(&str, Canon), String>, table: &str, value: Canon) -> Canon {
    match known.get(&(table, value.clone())) {
        Some(role) => Canon::List(vec![Canon::Text(role.clone())]),
        None => value,
    }
}

/// The final state of the tables. A row that was made is known by what is in it, not by the key that it was given; the
/// moments that fields fill in by themselves are left out of made rows, and those that every save fills in, as
/// `moments` says.
pub fn final_state(
    after: &[TableState],
    before: &[TableState],
    infos: &[TableInfo],
    moments: Moments,
) -> Vec<FinalTable> {
    let rows_before: FxHashMap<&str, FxHashSet<Canon>> = before
        .iter()
        .filter_map(|state| {
            let info = infos.iter().find(|info| info.name == state.name)?;
            let at = key_place(state, info)?;
            Some((state.name.as_str(), state.rows.iter().filter_map(|row| row.get(at).map(Canon::of_sql)).collect()))
        })
        .collect();
    let mut roles: FxHashMap<(&str, Canon), String> = FxHashMap::default();
    // Rows that point at made rows are known once those are: a few rounds reach through any chain that people write.
    for _ in 0..4 {
        let mut next = FxHashMap::default();
        for state in after {
            let Some(info) = infos.iter().find(|info| info.name == state.name) else { continue };
            let Some(at) = key_place(state, info) else { continue };
            let known = rows_before.get(state.name.as_str());
            for row in &state.rows {
                let Some(value) = row.get(at).map(Canon::of_sql) else { continue };
                if known.is_some_and(|known| known.contains(&value)) {
                    continue;
                }
                let content = canonical_row(state, info, row, &roles, true);
                next.insert((state.name.as_str(), value), format!("{}{content:?}", state.name));
            }
        }
        roles = next;
    }
    after
        .iter()
        .map(|state| {
            let rows = match infos.iter().find(|info| info.name == state.name) {
                None => {
                    let places = by_name(state);
                    let cells = |row: &Vec<_>| places.iter().filter_map(|at| row.get(*at)).map(Canon::of_sql).collect();
                    state.rows.iter().map(cells).collect()
                }
                Some(info) => {
                    let at = key_place(state, info);
                    // A link is what it links: which rows were kept and which made anew is nobody's business.
                    let is_new = |row: &Vec<_>| {
                        info.links
                            || at.and_then(|at| row.get(at)).map(Canon::of_sql).is_some_and(|value| {
                                rows_before.get(state.name.as_str()).is_none_or(|known| !known.contains(&value))
                            })
                    };
                    let old = before.iter().find(|old| old.name == state.name && old.columns == state.columns);
                    let untouched: FxHashSet<Vec<Canon>> = match old {
                        Some(old) if moments == Moments::Written => {
                            old.rows.iter().map(|row| canonical_row(state, info, row, &roles, false)).collect()
                        }
                        _ => FxHashSet::default(),
                    };
                    let row = |row: &Vec<_>| {
                        let mut cells = canonical_row(state, info, row, &roles, is_new(row));
                        if untouched.contains(&cells) || (moments == Moments::Named && !is_new(row)) {
                            cells.extend(renewed(state, info, row));
                        }
                        cells
                    };
                    state.rows.iter().map(row).collect()
                }
            };
            let mut rows: Vec<Vec<Canon>> = rows;
            rows.sort();
            let mut columns: Vec<String> = state.columns.iter().map(|name| name.to_lowercase()).collect();
            columns.sort();
            FinalTable { name: state.name.clone(), columns, rows }
        })
        .collect()
}

/// The places of a table's columns, by name.
fn by_name(state: &TableState) -> Vec<usize> {
    let mut places: Vec<usize> = (0..state.columns.len()).collect();
    places.sort_by_key(|at| state.columns[*at].to_lowercase());
    places
}

/// The moments of a row that every save renews.
fn renewed(state: &TableState, info: &TableInfo, row: &[crate::db::SqlValue]) -> Vec<Canon> {
    let touched = |name: &String| info.columns.iter().any(|column| column.touched && column.name == *name);
    let places = by_name(state).into_iter().filter(|at| touched(&state.columns[*at]));
    places.filter_map(|at| row.get(at)).map(Canon::of_sql).collect()
}

/// Where a table's generated key stands; none when its keys are given by hand.
fn key_place(state: &TableState, info: &TableInfo) -> Option<usize> {
    let column = info.columns.iter().find(|column| column.primary_key)?;
    let generated = matches!(column.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto)
        || (column.kind == FieldKind::Uuid && column.has_default);
    generated.then(|| state.columns.iter().position(|name| *name == column.name)).flatten()
}

fn canonical_row(
    state: &TableState,
    info: &TableInfo,
    row: &[crate::db::SqlValue],
    roles: &FxHashMap<(&str, Canon), String>,
    is_new: bool,
) -> Vec<Canon> {
    let mut cells = Vec::with_capacity(row.len());
    for at in by_name(state) {
        let (Some(name), Some(value)) = (state.columns.get(at), row.get(at)) else { continue };
        let value = Canon::of_sql(value);
        let Some(column) = info.columns.iter().find(|column| column.name == *name) else {
            cells.push(value);
            continue;
        };
        let generated = column.primary_key && key_place(state, info).is_some();
        let made_up = generated || column.automatic_time || (column.kind == FieldKind::Uuid && column.has_default);
        let by_role = (is_new && made_up) || column.touched;
        if by_role {
            continue;
        }
        cells.push(match &column.references {
            Some((table, _)) => key(roles, table, value),
            None => value,
        });
    }
    cells
}

/// The first difference between two final states, for people.
pub fn state_difference(expected: &[FinalTable], got: &[FinalTable]) -> Option<String> {
    for wanted in expected {
        let name = &wanted.name;
        let Some(given) = got.iter().find(|other| other.name == *name) else {
            return Some(format!("the table {name} is gone"));
        };
        if wanted == given {
            continue;
        }
        let lacks = |one: &FinalTable, other: &FinalTable| {
            other.columns.iter().find(|column| !one.columns.contains(column)).cloned()
        };
        if let Some(column) = lacks(given, wanted) {
            return Some(format!("{name}: there is no column {column}"));
        }
        if let Some(column) = lacks(wanted, given) {
            return Some(format!("{name}: the column {column} was not asked for"));
        }
        let missing = without(&wanted.rows, &given.rows);
        let extra = without(&given.rows, &wanted.rows);
        return Some(match (missing, extra) {
            (missing, 0) => format!("{name}: {} missing", rows(missing)),
            (0, extra) => format!("{name}: {} too much", rows(extra)),
            (missing, extra) if missing == extra => {
                format!("{name}: {} with other values than expected", rows(missing))
            }
            (missing, extra) => format!("{name}: {} missing, {} too much", rows(missing), rows(extra)),
        });
    }
    let more = got.iter().find(|table| !expected.iter().any(|other| other.name == table.name));
    more.map(|table| format!("the table {} was not asked for", table.name))
}

/// How many of the sorted rows of `one` the sorted rows of `other` lack.
fn without(one: &[Vec<Canon>], other: &[Vec<Canon>]) -> usize {
    let mut counts: FxHashMap<&Vec<Canon>, usize> = FxHashMap::default();
    for row in other {
        *counts.entry(row).or_insert(0) += 1;
    }
    let mut lacking = 0;
    for row in one {
        match counts.get_mut(row) {
            Some(count) if *count > 0 => *count -= 1,
            _ => lacking += 1,
        }
    }
    lacking
}

/// Output without white space at line ends and empty lines at its end.
pub fn printed(output: &str) -> Vec<String> {
    let mut lines: Vec<String> = output.lines().map(|line| line.trim_end().to_owned()).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}
