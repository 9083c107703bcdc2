//! [`Difference`]: in what way two results differ.

use rustc_hash::FxHashMap;

use super::{Canon, Grid};

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// Rows are missing and none is too much.
    Missing,
    /// Rows are too many and none is missing.
    Extra,
    /// The same rows more often than expected.
    Repeated,
    /// As many rows, other values in them.
    Values,
    /// Values of another type than expected.
    Type,
    /// Rows missing and others too much.
    Both,
    /// The right rows in the wrong order.
    Order,
    /// A column is not there.
    Column,
    /// Instances of another model.
    Model,
    /// A list for an object, nothing for something, and the like.
    Form,
    /// A model that says something else; with the word of the finding.
    Definition(&'static str),
}

/// A difference between what was expected and what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its kind.
    pub symptom: Symptom,
    /// What was seen, for people.
    pub detail: String,
    /// The model and the field that it is about, where models are compared.
    pub place: Option<(String, String)>,
    /// Whether no row shows it: what came is right, and nothing asked for it.
    pub by_luck: bool,
}

impl Difference {
    /// A difference of a kind.
    pub fn new(symptom: Symptom, detail: impl Into<String>) -> Self {
        Self { symptom, detail: detail.into(), place: None, by_luck: false }
    }

    /// Rows or lines that came in the right order though nothing asked for it.
    pub fn of_luck(what: &str) -> Self {
        Self { by_luck: true, ..Self::new(Symptom::Order, format!("no ORDER BY gives the {what} their order")) }
    }

    /// The difference between two values.
    pub fn of_values(expected: &Canon, got: &Canon) -> Self {
        if let (Some(wanted), Some(given)) = (expected.kind(), got.kind())
            && wanted != given
        {
            let detail = format!("{wanted} was expected, {given} came: {} for {}", got.told(), expected.told());
            return Self::new(Symptom::Type, detail);
        }
        Self::new(Symptom::Values, format!("{} was expected, {} came", expected.told(), got.told()))
    }

    /// The difference between rows, looked at through the columns that are wanted and those that stand for them.
    pub fn of_rows(expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize]) -> Self {
        let target = counted(expected, wanted);
        let given = counted(got, map);
        let lacking = |one: &Counts, other: &Counts| -> usize {
            one.iter().map(|(row, count)| count.saturating_sub(other.get(row).copied().unwrap_or(0))).sum()
        };
        let (missing, extra) = (lacking(&target, &given), lacking(&given, &target));
        let repeated = missing == 0 && given.keys().all(|row| target.contains_key(row));
        match (missing, extra) {
            (0, extra) if repeated => Self::new(Symptom::Repeated, format!("{} more than once", rows(extra))),
            (0, extra) => Self::new(Symptom::Extra, format!("{} too much", rows(extra))),
            (missing, 0) => Self::new(Symptom::Missing, format!("{} missing", rows(missing))),
            (missing, extra) if expected.rows.len() == got.rows.len() => wrong_type(expected, got, wanted, map)
                .unwrap_or_else(|| {
                    let detail = format!("{} with other values than expected", rows(missing.max(extra)));
                    Self::new(Symptom::Values, detail)
                }),
            (missing, extra) => {
                Self::new(Symptom::Both, format!("{} missing, {} too much", rows(missing), rows(extra)))
            }
        }
    }
}

/// A number of rows in words.
pub fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

/// How often each row comes.
pub type Counts = FxHashMap<Vec<Canon>, usize>;

/// How often each row comes, looked at through some of its columns.
pub fn counted(grid: &Grid, through: &[usize]) -> Counts {
    let mut counts = FxHashMap::default();
    for row in &grid.rows {
        *counts.entry(projected(row, through)).or_insert(0) += 1;
    }
    counts
}

/// Some of a row's columns.
pub fn projected(row: &[Canon], through: &[usize]) -> Vec<Canon> {
    through.iter().map(|&at| row.get(at).cloned().unwrap_or(Canon::Null)).collect()
}

/// A column whose values are all of one kind, where all of another were expected.
fn wrong_type(expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize]) -> Option<Difference> {
    let kind_of = |grid: &Grid, at: usize| {
        let mut kinds = grid.rows.iter().filter_map(|row| row.get(at)?.kind());
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    };
    wanted.iter().zip(map).find_map(|(&at, &to)| {
        let (one, other) = (kind_of(expected, at)?, kind_of(got, to)?);
        let name = expected.columns.get(at)?;
        let column = if super::is_nameless(name) { "the column".to_owned() } else { format!("the column {name}") };
        (one != other)
            .then(|| Difference::new(Symptom::Type, format!("{column} is to hold {one} in each row, {other} came")))
    })
}
