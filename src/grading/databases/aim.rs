//! Databases on which the reference shows something, changed a little towards what an answer compares with.

use chrono::TimeDelta;

use super::clues::{Place, Relation};
use super::domains::{Domains, SeenValues, moment_of, moment_text};
use super::generate::is_integer;
use super::{Knowledge, Rows};
use crate::db::SqlValue;
use crate::grading::Dice;
use crate::orm::models::FieldKind;
use crate::runner::{ColumnInfo, TableInfo};

/// The rows with a few values replaced by those that lie next to what `beyond` compares, none if it names no column.
/// Everything else stays, so that the conditions that only the reference has are still met.
pub fn aimed(tables: &[TableInfo], rows: &Rows, beyond: &Knowledge, seen: &dyn SeenValues, seed: u64) -> Option<Rows> {
    let mut dice = Dice::new("aimed", seed);
    let mut places: Vec<Place> = beyond.clues.compared.iter().map(|compared| compared.place).collect();
    places.extend(beyond.clues.lengths.iter().map(|(place, _)| *place));
    places.extend(beyond.clues.alike.iter().flat_map(|(one, other)| [*one, *other]));
    places.extend(beyond.clues.ordered.iter().copied());
    places.extend(beyond.clues.missing.iter().copied());
    places.sort_unstable();
    places.dedup();
    places.retain(|&(table, at)| {
        tables.get(table).and_then(|table| table.columns.get(at)).is_some_and(|column| {
            column.references.is_none() && !column.primary_key && rows.0.get(table).is_some_and(|rows| !rows.is_empty())
        })
    });
    if places.is_empty() {
        return None;
    }
    let domains = Domains::new(beyond, seen, false);
    let mut changed = rows.clone();
    let several = 1 + dice.below(2);
    for _ in 0..several {
        let place = places[dice.below(places.len())];
        let column = &tables[place.0].columns[place.1];
        let domain = domains.draw(&tables[place.0].name, place, column, 2, &mut dice);
        let held = &mut changed.0[place.0];
        let values: Vec<&SqlValue> = domain.all().collect();
        for at in 0..held.len() {
            if dice.below(2) == 0 {
                continue;
            }
            let value = if column.null && dice.below(if beyond.clues.missing.contains(&place) { 2 } else { 6 }) == 0 {
                SqlValue::Null
            } else {
                match values.get(dice.below(values.len())) {
                    Some(value) => (*value).clone(),
                    None => continue,
                }
            };
            let taken = column.unique && held.iter().any(|row| row.get(place.1) == Some(&value));
            if let Some(cell) = held[at].get_mut(place.1).filter(|_| !taken) {
                *cell = value;
            }
        }
    }
    (changed != *rows).then_some(changed)
}

/// The rows with every value of one column replaced by those that lie on or beside what `beyond` compares it with, one
/// after the other; the `number` says which column, and which value comes first. None when there is no such column left,
/// or nothing to put there.
pub fn bounded(
    tables: &[TableInfo],
    rows: &Rows,
    beyond: &Knowledge,
    seen: &dyn SeenValues,
    number: usize,
) -> Option<Rows> {
    let mut named: Vec<Place> = beyond.clues.compared.iter().map(|compared| compared.place).collect();
    // What a program compares in Python stands in no statement.
    for (table, info) in tables.iter().enumerate() {
        let of_table = info.columns.iter().enumerate().filter(|(_, column)| !beyond.literals_near(column).is_empty());
        named.extend(of_table.map(|(at, _)| (table, at)));
    }
    let mut places: Vec<Place> = Vec::new();
    for place in named {
        let (table, at) = place;
        let fits = tables.get(table).and_then(|table| table.columns.get(at)).is_some_and(|column| {
            column.references.is_none() && !column.primary_key && rows.0.get(table).is_some_and(|rows| !rows.is_empty())
        });
        if fits && !places.contains(&place) {
            places.push(place);
        }
    }
    let place = *places.get(number % places.len().max(1))?;
    let column = &tables[place.0].columns[place.1];
    let values = Domains::new(beyond, seen, true).beside(place, column);
    if values.is_empty() {
        return None;
    }
    let first = number / places.len();
    let mut changed = rows.clone();
    let held = &mut changed.0[place.0];
    for at in 0..held.len() {
        let value = &values[(first * 2 + at) % values.len()];
        let taken = column.unique && held.iter().any(|row| row.get(place.1) == Some(value));
        if let Some(cell) = held[at].get_mut(place.1).filter(|_| !taken) {
            *cell = value.clone();
        }
    }
    (changed != *rows).then_some(changed)
}

/// No database of copies has many more rows than these.
const MOST_ROWS: usize = 16_000;

/// All rows as many times over as a page needs that ends after `end` of them, so that a cut which nobody asked for cuts
/// something off. Each copy is related within itself and differs from the others in its keys, in what must be unique, and
/// in what no statement compares: it makes groups of its own. What statements name stays one: a row that they find by a
/// unique column is every copy's.
pub fn copied(tables: &[TableInfo], rows: &Rows, known: &Knowledge, end: i64) -> Rows {
    let wanted = usize::try_from(end).unwrap_or(0) + 1;
    let times = wanted.min(MOST_ROWS / rows.count().max(1)).max(2);
    let keys = tables.iter().zip(&rows.0).flat_map(|(table, held)| {
        let key = table.columns.iter().position(|column| column.primary_key);
        held.iter().filter_map(move |row| row.get(key?))
    });
    let highest = keys.filter_map(|key| if let SqlValue::Integer(number) = key { Some(*number) } else { None }).max();
    let step = highest.unwrap_or(0).max(0) + 1;
    let clues = &known.clues;
    let is_named = |place: Place| clues.compared.iter().any(|compared| compared.place == place);
    let is_compared = |place: Place| {
        is_named(place)
            || clues.alike.iter().any(|(one, other)| *one == place || *other == place)
            || clues.missing.contains(&place)
    };
    let stays: Vec<bool> = tables
        .iter()
        .enumerate()
        .map(|(at, table)| {
            let found = |(place, column): (usize, &ColumnInfo)| {
                (column.unique || column.primary_key)
                    && clues
                        .compared
                        .iter()
                        .any(|other| other.place == (at, place) && other.relation == Relation::Equal)
            };
            table.columns.iter().enumerate().any(found)
        })
        .collect();
    let copy_of = |number: usize, place: Place, column: &ColumnInfo, value: &SqlValue| -> SqlValue {
        let points = column.references.as_ref().map(|(name, _)| tables.iter().position(|table| table.name == *name));
        let apart = match points {
            Some(target) => target.is_none_or(|target| !stays[target]) && !is_named(place),
            None => column.unique || column.primary_key,
        };
        if number == 0 || stays[place.0] {
            return value.clone();
        }
        if !apart {
            let free = column.choices.is_empty() && points.is_none() && !is_compared(place);
            return match (column.kind, moment_of(value), value) {
                (FieldKind::DateTime, Some(moment), _) if free => {
                    let earlier = moment - TimeDelta::days(31 * number as i64);
                    SqlValue::Text(moment_text(earlier))
                }
                (FieldKind::Char, _, SqlValue::Text(text)) if free => SqlValue::Text(format!("{text}{number}")),
                _ => value.clone(),
            };
        }
        match value {
            SqlValue::Integer(held) if is_integer(column.kind) || points.is_some() => {
                SqlValue::Integer(held + step * number as i64)
            }
            SqlValue::Text(text) if column.kind == FieldKind::Email => SqlValue::Text(format!("{number}{text}")),
            // Of keys that are thirty-two digits the first ones are free.
            SqlValue::Text(text) if text.len() == 32 && text.is_ascii() => {
                SqlValue::Text(format!("{number:08x}{}", &text[8..]))
            }
            SqlValue::Text(text) => SqlValue::Text(format!("{text}{number}")),
            other => other.clone(),
        }
    };
    let of_table = |at: usize| {
        let (table, held) = (&tables[at], &rows.0[at]);
        let times = if stays[at] { 1 } else { times };
        let row_of = |number: usize, row: &Vec<SqlValue>| {
            let columns = table.columns.iter().zip(row).enumerate();
            columns.map(|(place, (column, value))| copy_of(number, (at, place), column, value)).collect()
        };
        (0..times)
            .flat_map(|number| held.iter().map(move |row| (number, row)))
            .map(|(number, row)| row_of(number, row))
            .collect()
    };
    Rows((0..tables.len().min(rows.0.len())).map(of_table).collect())
}

/// The rows with the moments that something is ordered by close to one another: parts of a second, and of a minute, apart,
/// and not in the order of the rows. None when nothing is ordered by a moment.
pub fn close(tables: &[TableInfo], rows: &Rows, known: &Knowledge) -> Option<Rows> {
    const APART: [i64; 6] = [500, 0, 20_500, 20_000, 40_000, 250];
    let mut changed = rows.clone();
    for &(table, at) in &known.clues.ordered {
        let column = tables.get(table).and_then(|table| table.columns.get(at))?;
        let is_compared = known.clues.compared.iter().any(|compared| compared.place == (table, at));
        if column.kind != FieldKind::DateTime || column.unique || is_compared {
            continue;
        }
        let held = &mut changed.0[table];
        let Some(first) = held.iter().find_map(|row| moment_of(row.get(at)?)) else { continue };
        for (number, row) in held.iter_mut().enumerate() {
            let moment = first - TimeDelta::minutes(1) + TimeDelta::milliseconds(APART[number % APART.len()]);
            if let Some(cell) = row.get_mut(at).filter(|cell| !cell.is_null()) {
                *cell = SqlValue::Text(moment_text(moment));
            }
        }
    }
    (changed != *rows).then_some(changed)
}

/// The rows with a key that `beyond` compares with given to another row, and to what points at that; the `number` says to
/// which. None when it names no key.
pub fn rekeyed(tables: &[TableInfo], rows: &Rows, beyond: &Knowledge, number: usize) -> Option<Rows> {
    let is_key = |(table, at): Place| {
        let column = tables.get(table).and_then(|table| table.columns.get(at));
        column.is_some_and(|column| column.primary_key && column.references.is_none())
    };
    let mut named: Vec<(Place, i64)> = Vec::new();
    for compared in &beyond.clues.compared {
        if let SqlValue::Integer(wanted) = compared.constant
            && wanted > 0
            && is_key(compared.place)
            && !named.contains(&(compared.place, wanted))
        {
            named.push((compared.place, wanted));
        }
    }
    let ((table, at), wanted) = *named.get(number % named.len().max(1))?;
    let held = rows.0.get(table)?;
    let row = held.get((number / named.len()) % held.len().max(1))?;
    let SqlValue::Integer(old) = *row.get(at)? else { return None };
    if old == wanted {
        return None;
    }
    let swapped = |value: &SqlValue| match value {
        SqlValue::Integer(key) if *key == old => SqlValue::Integer(wanted),
        SqlValue::Integer(key) if *key == wanted => SqlValue::Integer(old),
        other => other.clone(),
    };
    let mut changed = rows.clone();
    for (other, (info, held)) in tables.iter().zip(&mut changed.0).enumerate() {
        for (place, column) in info.columns.iter().enumerate() {
            let points = column
                .references
                .as_ref()
                .is_some_and(|(name, key)| *name == tables[table].name && *key == tables[table].columns[at].name);
            if points || (other == table && place == at) {
                held.iter_mut().filter_map(|row| row.get_mut(place)).for_each(|cell| *cell = swapped(cell));
            }
        }
    }
    Some(changed)
}
