//! Whether rows that are right otherwise come in the order that the question asks for.

use rustc_hash::FxHashMap;

use super::difference::projected;
use super::{Canon, Grid};
use crate::grading::Order;

/// What is wrong with the order of rows that are otherwise right.
pub fn misordered(expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize], order: &Order) -> Option<String> {
    let keys = match order {
        Order::None => return None,
        Order::Total => {
            let same = expected
                .rows
                .iter()
                .zip(&got.rows)
                .position(|(wanted_row, row)| projected(wanted_row, wanted) != projected(row, map));
            return same.map(|at| format!("row {} is at another place", at + 1));
        }
        Order::Keys(keys) => keys,
    };
    let place = |key: &String| {
        let name = key.trim_start_matches('-');
        let plain = |text: &str| text.strip_suffix("_id").unwrap_or(text).to_lowercase();
        let at = expected.columns.iter().position(|column| column == name);
        at.or_else(|| expected.columns.iter().position(|column| plain(column) == plain(name)))
    };
    let places: Vec<usize> = keys.iter().filter_map(place).collect();
    // The keys' values are looked up by row, since the answer need not show them.
    let mut known: FxHashMap<Vec<Canon>, Vec<Vec<Canon>>> = FxHashMap::default();
    for row in &expected.rows {
        known.entry(projected(row, wanted)).or_default().push(projected(row, &places));
    }
    for (at, (wanted_row, row)) in expected.rows.iter().zip(&got.rows).enumerate() {
        let key = projected(wanted_row, &places);
        let fits = known.get(&projected(row, map)).is_some_and(|keys| keys.contains(&key));
        if !fits {
            return Some(format!("row {} is at another place", at + 1));
        }
    }
    None
}
