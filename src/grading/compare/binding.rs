//! [`Binding`]: which column of the answer stands for which of the reference, held to over all databases.

use rustc_hash::FxHashMap;

use super::{Canon, Grid, Shown};
use crate::grading::Order;

/// How results are to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The order that is asked for.
    pub order: &'a Order,
    /// Whether names and order of columns count.
    pub exact_columns: bool,
}

/// In what way two results differ.
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
}

/// A difference between what was expected and what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its kind.
    pub symptom: Symptom,
    /// What was seen, for people.
    pub detail: String,
}

/// The assignments of columns that held on every database so far.
#[derive(Debug, Default)]
pub struct Binding {
    /// For each wanted column of the reference the answer's column; all assignments that are still possible.
    maps: Option<Vec<Vec<usize>>>,
    /// The columns that the assignments are between.
    columns: (Vec<String>, Vec<String>),
    /// What an interviewer would remark.
    pub remarks: Vec<String>,
}

/// No more assignments than this are tried.
const MOST_MAPS: usize = 5000;

/// The columns of a reference that an answer must have: all, or for instances the key and what was annotated.
fn wanted(grid: &Grid, attnames: &[String]) -> Vec<usize> {
    match &grid.instances {
        None => (0..grid.columns.len()).collect(),
        Some((_, pk)) => {
            (0..grid.columns.len()).filter(|&at| at == *pk || !attnames.contains(&grid.columns[at])).collect()
        }
    }
}

fn same_name(reference: &Grid, at: usize, name: &str) -> bool {
    let wanted = &reference.columns[at];
    let plain = |text: &str| text.strip_suffix("_id").unwrap_or(text).to_lowercase();
    let is_key = reference.instances.as_ref().is_some_and(|(_, pk)| *pk == at);
    plain(wanted) == plain(name) || (is_key && name == "pk")
}

impl Binding {
    /// Compares one database's results. `attnames` are the reference model's column attributes, when it shows instances.
    pub fn compare(
        &mut self,
        expected: &Shown,
        got: &Shown,
        attnames: &[String],
        rules: Rules<'_>,
    ) -> Result<(), Difference> {
        match (expected, got) {
            (Shown::Nothing, Shown::Nothing) => Ok(()),
            (Shown::Scalar(wanted), Shown::Scalar(given)) => {
                if wanted == given {
                    return Ok(());
                }
                Err(differs(Symptom::Values, format!("{} was expected, {} came", told(wanted), told(given))))
            }
            (Shown::Grid(wanted), Shown::Grid(given)) => self.grids(wanted, given, attnames, rules),
            // A value alone may stand for a dict of one, and the other way round.
            (Shown::Grid(Grid { dict: true, rows, .. }), Shown::Scalar(given))
            | (Shown::Scalar(given), Shown::Grid(Grid { dict: true, rows, .. }))
                if !rules.exact_columns
                    && rows.first().is_some_and(|row| row.len() == 1 && row.first() == Some(given)) =>
            {
                self.remark("a value and a dict that holds it alone are not the same to a caller".to_owned());
                Ok(())
            }
            _ => Err(differs(Symptom::Form, format!("{} was expected, {} came", form(expected), form(got)))),
        }
    }

    fn remark(&mut self, text: String) {
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    fn grids(&mut self, expected: &Grid, got: &Grid, attnames: &[String], rules: Rules<'_>) -> Result<(), Difference> {
        if let (Some((wanted, _)), Some((given, _))) = (&expected.instances, &got.instances)
            && wanted != given
        {
            return Err(differs(Symptom::Model, format!("{wanted} instances were expected, {given} instances came")));
        }
        if expected.single != got.single && !(expected.rows.is_empty() && got.rows.is_empty()) {
            let form = |single| if single { "one object" } else { "a list" };
            return Err(differs(
                Symptom::Form,
                format!("{} was expected, {} came", form(expected.single), form(got.single)),
            ));
        }
        if rules.exact_columns {
            self.exact(expected, got)?;
        }
        let wanted = wanted(expected, attnames);
        if got.columns.is_empty() && got.rows.is_empty() {
            // A list that is empty has no columns to look at.
            return if expected.rows.is_empty() { Ok(()) } else { Err(self.rows_differ(expected, got, &wanted, &[])) };
        }
        if expected.columns.is_empty() && expected.rows.is_empty() && got.rows.is_empty() {
            return Ok(());
        }
        let columns = (expected.columns.clone(), got.columns.clone());
        if self.maps.is_none() || (self.columns != columns && !(got.rows.is_empty() && expected.rows.is_empty())) {
            self.maps = Some(assignments(expected, got, &wanted)?);
            self.columns = columns;
        }
        let maps = self.maps.take().unwrap_or_default();
        if self.columns.1 != got.columns || self.columns.0 != expected.columns {
            self.maps = Some(maps);
            return Ok(());
        }
        let target = counted(expected, &wanted);
        let first = maps.first().cloned().unwrap_or_default();
        let mut held = Vec::new();
        let mut misordered = None;
        for map in maps {
            if expected.rows.len() != got.rows.len() || counted(got, &map) != target {
                continue;
            }
            match order_difference(expected, got, &wanted, &map, rules.order) {
                None => held.push(map),
                Some(detail) => misordered = Some(detail),
            }
        }
        if !held.is_empty() {
            self.note_columns(expected, got, &wanted, held.first());
            self.maps = Some(held);
            return Ok(());
        }
        self.maps = Some(Vec::new());
        Err(match misordered {
            Some(detail) => differs(Symptom::Order, detail),
            None => self.rows_differ(expected, got, &wanted, &first),
        })
    }

    fn note_columns(&mut self, expected: &Grid, got: &Grid, wanted: &[usize], map: Option<&Vec<usize>>) {
        let Some(map) = map else { return };
        if expected.rows.is_empty() || expected.instances.is_some() && got.instances.is_some() {
            return;
        }
        for (&at, &to) in wanted.iter().zip(map) {
            let (wanted, given) = (&expected.columns[at], &got.columns[to]);
            let nameless = |name: &str| name == "value" || name.bytes().all(|byte| byte.is_ascii_digit());
            if !same_name(expected, at, given) && !nameless(given) && !nameless(wanted) && expected.instances.is_none()
            {
                self.remark(format!("the column is called {given}, the question asked for {wanted}"));
            }
        }
        if got.instances.is_none() && expected.instances.is_none() && got.columns.len() > wanted.len() {
            let extra: Vec<&str> =
                (0..got.columns.len()).filter(|at| !map.contains(at)).map(|at| got.columns[at].as_str()).collect();
            self.remark(format!("not asked for: {}", extra.join(", ")));
        }
        if map.windows(2).any(|pair| pair[0] > pair[1]) && expected.instances.is_none() && got.instances.is_none() {
            self.remark("the columns come in another order".to_owned());
        }
    }

    fn exact(&self, expected: &Grid, got: &Grid) -> Result<(), Difference> {
        if expected.instances.is_some() != got.instances.is_some() && !got.columns.is_empty() {
            return Err(differs(Symptom::Form, "instances were asked for or rows, and the other came".to_owned()));
        }
        if expected.instances.is_none() && expected.columns != got.columns && !got.columns.is_empty() {
            return Err(differs(
                Symptom::Column,
                format!("the columns must be {}, they are {}", expected.columns.join(", "), got.columns.join(", ")),
            ));
        }
        Ok(())
    }

    fn rows_differ(&self, expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize]) -> Difference {
        let target = counted(expected, wanted);
        let given = counted(got, map);
        let missing: usize =
            target.iter().map(|(row, count)| count.saturating_sub(given.get(row).copied().unwrap_or(0))).sum();
        let extra: usize =
            given.iter().map(|(row, count)| count.saturating_sub(target.get(row).copied().unwrap_or(0))).sum();
        let repeated = missing == 0 && given.keys().all(|row| target.contains_key(row));
        let rows = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        let (symptom, detail) = match (missing, extra) {
            (0, extra) if repeated => (Symptom::Repeated, format!("{} more than once", rows(extra))),
            (0, extra) => (Symptom::Extra, format!("{} too much", rows(extra))),
            (missing, 0) => (Symptom::Missing, format!("{} missing", rows(missing))),
            (missing, extra) if expected.rows.len() == got.rows.len() => {
                (Symptom::Values, format!("{} with other values than expected", rows(missing.max(extra))))
            }
            (missing, extra) => (Symptom::Both, format!("{} missing, {} too much", rows(missing), rows(extra))),
        };
        differs(symptom, detail)
    }
}

fn differs(symptom: Symptom, detail: String) -> Difference {
    Difference { symptom, detail }
}

fn told(value: &Canon) -> String {
    match value {
        Canon::Null => "NULL".to_owned(),
        Canon::Int(number) => number.to_string(),
        Canon::Number(digits) => digits.parse::<f64>().map_or_else(|_| digits.clone(), |number| number.to_string()),
        Canon::Text(text) => format!("\"{text}\""),
        Canon::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Canon::Json(_) => "another container".to_owned(),
    }
}

fn form(shown: &Shown) -> String {
    match shown {
        Shown::Nothing => "nothing".to_owned(),
        Shown::Scalar(value) => format!("the value {}", told(value)),
        Shown::Grid(grid) if grid.dict => "a dict".to_owned(),
        Shown::Grid(grid) if grid.single => "one object".to_owned(),
        Shown::Grid(_) => "a list of rows".to_owned(),
    }
}

/// How often each row comes, looked at through some of its columns.
fn counted(grid: &Grid, through: &[usize]) -> FxHashMap<Vec<Canon>, usize> {
    let mut counts = FxHashMap::default();
    for row in &grid.rows {
        *counts.entry(projected(row, through)).or_insert(0) += 1;
    }
    counts
}

fn projected(row: &[Canon], through: &[usize]) -> Vec<Canon> {
    through.iter().map(|&at| row.get(at).cloned().unwrap_or(Canon::Null)).collect()
}

/// Every way to bind the wanted columns: by name where one fits, any other free column elsewhere.
fn assignments(expected: &Grid, got: &Grid, wanted: &[usize]) -> Result<Vec<Vec<usize>>, Difference> {
    let mut named: Vec<Option<usize>> = Vec::new();
    for &at in wanted {
        let exactly = |free: &dyn Fn(usize) -> bool| {
            (0..got.columns.len()).find(|&to| free(to) && got.columns[to] == expected.columns[at])
        };
        let alike = |free: &dyn Fn(usize) -> bool| {
            (0..got.columns.len()).find(|&to| free(to) && same_name(expected, at, &got.columns[to]))
        };
        let key = || match (&expected.instances, &got.instances) {
            (Some((_, pk)), Some((_, given))) if *pk == at => Some(*given),
            _ => None,
        };
        let free = |to: usize| !named.contains(&Some(to));
        let found = key().or_else(|| exactly(&free)).or_else(|| alike(&free));
        named.push(found);
    }
    let free: Vec<usize> = (0..got.columns.len()).filter(|&to| !named.contains(&Some(to))).collect();
    let open = named.iter().filter(|bound| bound.is_none()).count();
    if open > free.len() {
        let missing: Vec<&str> = wanted
            .iter()
            .zip(&named)
            .filter(|(_, bound)| bound.is_none())
            .map(|(&at, _)| expected.columns[at].as_str())
            .collect();
        return Err(differs(Symptom::Column, format!("missing: {}", missing.join(", "))));
    }
    // Columns whose values differ as a whole need not be tried.
    let column = |grid: &Grid, at: usize| {
        let mut values: Vec<Canon> = grid.rows.iter().map(|row| row.get(at).cloned().unwrap_or(Canon::Null)).collect();
        values.sort();
        values
    };
    let fits: Vec<Vec<usize>> = wanted
        .iter()
        .zip(&named)
        .map(|(&at, bound)| match bound {
            Some(to) => vec![*to],
            None => {
                let values = column(expected, at);
                let fitting: Vec<usize> = free.iter().copied().filter(|&to| column(got, to) == values).collect();
                // Kept for the report when nothing fits.
                if fitting.is_empty() { free.clone() } else { fitting }
            }
        })
        .collect();
    let mut maps: Vec<Vec<usize>> = vec![Vec::new()];
    for choices in &fits {
        let mut longer = Vec::new();
        for map in &maps {
            for &to in choices {
                if !map.contains(&to) && longer.len() < MOST_MAPS {
                    let mut map = map.clone();
                    map.push(to);
                    longer.push(map);
                }
            }
        }
        maps = longer;
    }
    Ok(maps)
}

/// What is wrong with the order of rows that are otherwise right.
fn order_difference(expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize], order: &Order) -> Option<String> {
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
    let places: Vec<usize> = keys
        .iter()
        .filter_map(|key| {
            let name = key.trim_start_matches('-');
            (0..expected.columns.len()).find(|&at| expected.columns[at] == name || same_name(expected, at, name))
        })
        .collect();
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
