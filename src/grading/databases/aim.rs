//! Databases on which the reference shows something, changed a little towards what an answer compares with.

use super::clues::Place;
use super::domains::{Domains, SeenValues};
use super::{Knowledge, Rows};
use crate::db::SqlValue;
use crate::grading::Dice;
use crate::runner::TableInfo;

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
