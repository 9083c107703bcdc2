//! [`Binding`]: which column of the answer stands for which of the reference, held to over all databases.

use super::difference::{counted, projected};
use super::order::misordered;
use super::{Canon, Difference, Grid, Shown, Symptom, is_nameless};
use crate::grading::Order;

/// How results are to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The order that is asked for.
    pub order: &'a Order,
    /// Whether names and order of columns count.
    pub exact_columns: bool,
    /// The reference's text: a dict's keys that stand in it are names, others are data.
    pub reference: &'a str,
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
    /// Those of the remarks that are about columns: they hold for the assignment that is left, and change with it.
    about_columns: Vec<String>,
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

/// Whether two names mean the same: but for case, and for the ending that the column of a key has.
fn alike(reference: &Grid, at: usize, name: &str) -> bool {
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
            (Shown::Scalar(wanted), Shown::Scalar(given)) if wanted == given => Ok(()),
            (Shown::Scalar(wanted), Shown::Scalar(given)) => Err(Difference::of_values(wanted, given)),
            (Shown::Tuple(wanted), Shown::Tuple(given)) if wanted == given => Ok(()),
            (Shown::Tuple(wanted), Shown::Tuple(given)) => {
                Err(Difference::of_values(&Canon::List(wanted.clone()), &Canon::List(given.clone())))
            }
            (Shown::Grid(wanted), Shown::Grid(given)) => self.grids(wanted, given, attnames, rules),
            // A value alone may stand for a dict of one, and the other way round.
            (Shown::Grid(Grid { dict: true, rows, .. }), Shown::Scalar(given))
            | (Shown::Scalar(given), Shown::Grid(Grid { dict: true, rows, .. }))
                if !rules.exact_columns
                    && rows.first().is_some_and(|row| row.len() == 1 && row.first() == Some(given)) =>
            {
                self.remark("a value and a dict that holds it alone are not the same to a caller");
                Ok(())
            }
            // So may a tuple for a dict, or for a flat list.
            (Shown::Grid(wanted), Shown::Tuple(given)) if wanted.dict && !rules.exact_columns => {
                self.remark("the values come as a tuple, without their names");
                self.grids(wanted, &Grid::row(given), attnames, rules)
            }
            (Shown::Tuple(wanted), Shown::Grid(given)) if given.dict && !rules.exact_columns => {
                self.grids(&Grid::row(wanted), given, attnames, rules)
            }
            (Shown::Grid(wanted), Shown::Tuple(given)) if !wanted.single && wanted.columns.len() == 1 => {
                self.remark("it is a tuple, no list");
                self.grids(wanted, &Grid::column(given), attnames, rules)
            }
            (Shown::Tuple(wanted), Shown::Grid(given)) if !given.single && given.columns.len() == 1 => {
                let rules = Rules { order: &Order::Total, ..rules };
                self.grids(&Grid::column(wanted), given, attnames, rules)
            }
            _ => Err(Difference::new(Symptom::Form, format!("{} was expected, {} came", expected.form(), got.form()))),
        }
    }

    fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    fn grids(&mut self, expected: &Grid, got: &Grid, attnames: &[String], rules: Rules<'_>) -> Result<(), Difference> {
        if expected.dict && got.dict && is_data(expected, rules.reference) {
            let (wanted, given) = (expected.pairs(), got.pairs());
            return match counted(&wanted, &[0, 1]) == counted(&given, &[0, 1]) {
                true => Ok(()),
                false => Err(Difference::of_rows(&wanted, &given, &[0, 1], &[0, 1])),
            };
        }
        let columns = wanted(expected, attnames);
        if got.dict && !expected.single && columns.len() == 2 && !rules.exact_columns {
            self.remark("a dict holds one value for each key; rows were asked for");
            return self.grids(expected, &got.pairs(), attnames, rules);
        }
        if let (Some((wanted, _)), Some((given, _))) = (&expected.instances, &got.instances)
            && wanted != given
        {
            let detail = format!("{wanted} instances were expected, {given} instances came");
            return Err(Difference::new(Symptom::Model, detail));
        }
        if expected.single != got.single && !(expected.rows.is_empty() && got.rows.is_empty()) {
            let form = |grid: &Grid| Shown::Grid(grid.clone()).form();
            let detail = format!("{} was expected, {} came", form(expected), form(got));
            return Err(Difference::new(Symptom::Form, detail));
        }
        if let Some(container) = got.container.as_deref().filter(|_| expected.container != got.container) {
            if container.ends_with("set") && *rules.order != Order::None {
                return Err(Difference::new(Symptom::Order, "a set has no order"));
            }
            self.remark(format!("it is a {container}, no list"));
        }
        if rules.exact_columns {
            exact(expected, got)?;
        }
        if got.is_bare() || expected.is_bare() {
            // A list without rows has no columns to look at.
            return match expected.rows.is_empty() && got.rows.is_empty() {
                true => Ok(()),
                false => Err(Difference::of_rows(expected, got, &columns, &[])),
            };
        }
        self.rows(expected, got, &columns, rules)
    }

    fn rows(&mut self, expected: &Grid, got: &Grid, wanted: &[usize], rules: Rules<'_>) -> Result<(), Difference> {
        let between = (expected.columns.clone(), got.columns.clone());
        let known = self.maps.take().filter(|_| self.columns == between);
        let maps = match known {
            Some(maps) => maps,
            None => assignments(expected, got, wanted)?,
        };
        if expected.rows.is_empty() && got.rows.is_empty() {
            // Nothing can be told apart here, so nothing is settled.
            return Ok(());
        }
        let target = counted(expected, wanted);
        let first = maps.first().cloned().unwrap_or_default();
        let mut held = Vec::new();
        let mut disorder = None;
        for map in maps {
            if expected.rows.len() != got.rows.len() || counted(got, &map) != target {
                continue;
            }
            match misordered(expected, got, wanted, &map, rules.order) {
                None => held.push(map),
                Some(detail) => disorder = Some(detail),
            }
        }
        if let Some(map) = held.first() {
            let about = about_columns(expected, got, wanted, map);
            self.remarks.retain(|remark| !self.about_columns.contains(remark));
            about.iter().for_each(|remark| self.remark(remark.as_str()));
            self.about_columns = about;
            self.maps = Some(held);
            self.columns = between;
            return Ok(());
        }
        Err(match disorder {
            Some(detail) => Difference::new(Symptom::Order, detail),
            None => Difference::of_rows(expected, got, wanted, &first),
        })
    }
}

/// What is to be said of the names and places of the columns.
fn about_columns(expected: &Grid, got: &Grid, wanted: &[usize], map: &[usize]) -> Vec<String> {
    let mut remarks = Vec::new();
    if expected.instances.is_some() {
        return remarks;
    }
    for (&at, &to) in wanted.iter().zip(map) {
        let (wanted, given) = (&expected.columns[at], &got.columns[to]);
        if !alike(expected, at, given) && !is_nameless(given) && !is_nameless(wanted) {
            remarks.push(format!("the column is called {given}, the question asked for {wanted}"));
        }
    }
    if got.instances.is_some() {
        return remarks;
    }
    if got.columns.len() > wanted.len() {
        let extra: Vec<&str> =
            (0..got.columns.len()).filter(|at| !map.contains(at)).map(|at| got.columns[at].as_str()).collect();
        remarks.push(format!("not asked for: {}", extra.join(", ")));
    }
    if map.windows(2).any(|pair| pair[0] > pair[1]) && !expected.dict {
        remarks.push("the columns come in another order".to_owned());
    }
    remarks
}

/// Whether a dict's keys come from the rows rather than from the question.
fn is_data(dict: &Grid, reference: &str) -> bool {
    let is_symbol = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
    let words: Vec<&str> = reference.split(|symbol| !is_symbol(symbol)).collect();
    let named = |name: &String| words.contains(&name.as_str()) || name.rsplit_once("__").is_some();
    dict.columns.is_empty() || !dict.columns.iter().all(named)
}

fn exact(expected: &Grid, got: &Grid) -> Result<(), Difference> {
    if got.is_bare() || expected.is_bare() {
        return Ok(());
    }
    if expected.instances.is_some() != got.instances.is_some() {
        let (wanted, given) = if expected.instances.is_some() { ("objects", "rows") } else { ("rows", "objects") };
        return Err(Difference::new(Symptom::Form, format!("{wanted} were asked for, {given} came")));
    }
    let names = |grid: &Grid, sorted: bool| {
        let mut names = grid.columns.clone();
        if sorted {
            names.sort();
        }
        names
    };
    let keyed = expected.keyed && got.keyed;
    if expected.instances.is_none() && names(expected, keyed) != names(got, keyed) {
        let (wanted, given) = (expected.columns.join(", "), got.columns.join(", "));
        return Err(Difference::new(Symptom::Column, format!("the columns must be {wanted}, they are {given}")));
    }
    Ok(())
}

/// Every way to bind the wanted columns: by name where one fits, any other free column elsewhere.
fn assignments(expected: &Grid, got: &Grid, wanted: &[usize]) -> Result<Vec<Vec<usize>>, Difference> {
    let mut named: Vec<Option<usize>> = Vec::new();
    for &at in wanted {
        let key = match (&expected.instances, &got.instances) {
            (Some((_, pk)), Some((_, given))) if *pk == at => Some(*given),
            _ => None,
        };
        let name = &expected.columns[at];
        let exactly = || {
            (0..got.columns.len())
                .find(|to| !named.contains(&Some(*to)) && got.columns[*to] == *name && !is_nameless(name))
        };
        named.push(key.or_else(exactly));
    }
    let free: Vec<usize> = (0..got.columns.len()).filter(|&to| !named.contains(&Some(to))).collect();
    let open: Vec<&str> = wanted
        .iter()
        .zip(&named)
        .filter(|(_, bound)| bound.is_none())
        .map(|(&at, _)| expected.columns[at].as_str())
        .collect();
    if open.len() > free.len() {
        let names: Vec<&str> = open.iter().copied().filter(|name| !is_nameless(name)).collect();
        let detail = match names.is_empty() {
            true => format!("{} columns were expected, {} came", wanted.len(), got.columns.len()),
            false => format!("missing: {}", names.join(", ")),
        };
        return Err(Difference::new(Symptom::Column, detail));
    }
    // Columns whose values differ as a whole need not be tried.
    let column = |grid: &Grid, at: usize| {
        let mut values: Vec<Canon> = grid.rows.iter().flat_map(|row| projected(row, &[at])).collect();
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
                let mut fitting: Vec<usize> = free.iter().copied().filter(|&to| column(got, to) == values).collect();
                if fitting.is_empty() {
                    // Kept for the report when nothing fits.
                    fitting.clone_from(&free);
                }
                fitting.sort_by_key(|&to| !alike(expected, at, &got.columns[to]));
                fitting
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: &[&str], rows: &[&[i64]]) -> Grid {
        Grid {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|number| Canon::Int(*number)).collect()).collect(),
            instances: None,
            keyed: false,
            single: false,
            dict: false,
            container: None,
        }
    }

    fn compared(expected: &Grid, got: &Grid) -> Result<Vec<String>, Symptom> {
        let mut binding = Binding::default();
        let rules = Rules { order: &Order::None, exact_columns: false, reference: "total" };
        let (expected, got) = (Shown::Grid(expected.clone()), Shown::Grid(got.clone()));
        binding.compare(&expected, &got, &[], rules).map_err(|difference| difference.symptom)?;
        Ok(binding.remarks)
    }

    #[test]
    fn columns_bind_by_name_and_else_by_values() {
        let expected = grid(&["id", "total"], &[&[1, 5], &[2, 6]]);
        assert_eq!(
            compared(&expected, &grid(&["total", "id"], &[&[6, 2], &[5, 1]])),
            Ok(vec!["the columns come in another order".to_owned()])
        );
        assert_eq!(compared(&expected, &grid(&["0", "1"], &[&[1, 5], &[2, 6]])), Ok(vec![]));
        assert_eq!(compared(&expected, &grid(&["id", "total"], &[&[5, 1], &[6, 2]])), Err(Symptom::Values));
        assert_eq!(compared(&expected, &grid(&["id"], &[&[1], &[2]])), Err(Symptom::Column));
        // Places in tuples are no names.
        let tuples = grid(&["0", "1"], &[&[1, 5], &[2, 6]]);
        assert!(compared(&tuples, &grid(&["0", "1"], &[&[5, 1], &[6, 2]])).is_ok());
    }

    #[test]
    fn lists_without_rows_have_no_columns() {
        let expected = grid(&["id", "total"], &[]);
        assert_eq!(compared(&expected, &grid(&["value"], &[])), Ok(vec![]));
        assert_eq!(compared(&grid(&["value"], &[]), &expected), Ok(vec![]));
        assert_eq!(compared(&grid(&["value"], &[]), &grid(&["id", "total"], &[&[1, 2]])), Err(Symptom::Extra));
    }

    #[test]
    fn keys_of_dicts_are_names_or_data() {
        let dict = |columns: &[&str], row: &[i64]| Grid { single: true, dict: true, ..grid(columns, &[row]) };
        assert!(compared(&dict(&["total"], &[3]), &dict(&["total", "n"], &[3, 4])).is_ok());
        assert!(compared(&dict(&["x"], &[3]), &dict(&["x", "y"], &[3, 4])).is_err());
        assert!(compared(&dict(&["x", "y"], &[3, 4]), &dict(&["y", "x"], &[4, 3])).is_ok());
        assert!(compared(&dict(&[], &[]), &dict(&["y"], &[4])).is_err());
        assert!(compared(&dict(&["x"], &[3]), &dict(&["y"], &[3])).is_err());
    }
}
