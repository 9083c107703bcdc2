//! The smallest database that shows a difference, and what both sides show on it.

use super::compare::{Binding, Canon, Comparison, Shown, Symptom, compared};
use super::databases::Rows;
use super::judging::{Judging, Readings};
use super::lab::{Case, Look, Run};
use super::shrink::{plain, shrink};
use super::trials::stated_difference;
use super::{Counterexample, Mark, Order, Table};
use crate::runner::{Cell, ColumnInfo, Execution, LoggedQuery};

impl Judging<'_> {
    /// The counterexample for a difference that was found on `case`; none where rows say nothing about it, because
    /// another model, another form or other columns came whatever the rows are.
    pub fn counterexample(
        &mut self,
        case: &Case,
        wanted: &Run,
        run: &Run,
        symptom: Option<Symptom>,
        readings: Option<&Readings>,
    ) -> Result<Option<Counterexample>, String> {
        if matches!(symptom, Some(Symptom::Model | Symptom::Form | Symptom::Column)) {
            return Ok(None);
        }
        let words = Words::of(&[&self.expectation.code, self.answer], &[&wanted.execution, &run.execution]);
        Ok(match self.smaller(case, symptom, &words, readings)? {
            Some((case, wanted, run)) => Some(self.shown(&case, &wanted, &run, &words)),
            None if case.rows.is_some() => Some(self.shown(case, wanted, run, &words)),
            // The dataset's own rows are too many to be shown.
            None => Some(Counterexample { tables: Vec::new(), ..self.shown(case, wanted, run, &words) }),
        })
    }

    /// The smallest database found that shows a difference of the same sort.
    fn smaller(
        &mut self,
        case: &Case,
        symptom: Option<Symptom>,
        words: &Words,
        readings: Option<&Readings>,
    ) -> Result<Option<(Case, Run, Run)>, String> {
        let reversed = case.reversed;
        let mut start = case.clone();
        if case.rows.is_none() {
            // The distilled databases are smaller than the dataset's own to begin with.
            let others: Vec<Case> = self.bench.fixed.iter().map(|trial| trial.case.clone()).collect();
            let fitting = others
                .into_iter()
                .filter(|case| case.rows.is_some() && !case.reversed)
                .find(|case| matches!(self.difference_on(case, symptom), Ok(Some(_))));
            start = fitting.unwrap_or(start);
        }
        let rows = self.lab.rows_of(&start).map_err(|error| error.to_string())?;
        if let Some(readings) = readings.filter(|_| symptom.is_some()) {
            let mut shows = |rows: &Rows| self.statements_differ(rows, readings, reversed);
            if shows(&rows) {
                let tables = &self.lab.tables;
                let smallest = shrink(tables, &rows, &mut shows);
                let plainest = plain(tables, &smallest, &|column| words.names(column), &mut shows);
                let found = self.confirmed(&plainest, reversed, symptom)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        let tables = self.lab.tables.clone();
        let mut shows = |rows: &Rows| matches!(self.confirmed(rows, reversed, symptom), Ok(Some(_)));
        let smallest = shrink(&tables, &rows, &mut shows);
        let plainest = plain(&tables, &smallest, &|column| words.names(column), &mut shows);
        self.confirmed(&plainest, reversed, symptom)
    }

    /// The database of given rows with both runs on it, if they differ there.
    fn confirmed(
        &mut self,
        rows: &Rows,
        reversed: bool,
        symptom: Option<Symptom>,
    ) -> Result<Option<(Case, Run, Run)>, String> {
        let case = match reversed {
            false => self.lab.with_rows(rows, 300),
            true => self.lab.twice(rows, 300, &self.bench.indexes).map(|(_, reversed)| reversed),
        };
        let Some(case) = case else { return Ok(None) };
        let shown = self.difference_on(&case, symptom)?;
        Ok(shown.map(|(expected, run)| (case, expected, run)))
    }

    /// Whether both statements give other results on given rows, and the reference's does so not by luck.
    fn statements_differ(&self, rows: &Rows, readings: &Readings, reversed: bool) -> bool {
        let Readings { wanted, given } = readings;
        let indexes = self.bench.indexes.as_slice();
        let looks =
            |statements: &[&str], turned: bool| self.lab.on_scratch(rows, statements, turned.then_some(indexes));
        let Some(both) = looks(&[&wanted.sql, &given.sql], reversed) else { return false };
        let [Look::Rows(expected), Look::Rows(got)] = both.as_slice() else { return false };
        let (expected, got) = (wanted.shown(expected), given.shown(got));
        let differs = |one: &Shown, other: &Shown| {
            stated_difference(self.lab, self.expectation, &mut Binding::default(), one, other)
        };
        // What holds of every database would lead to the empty one.
        let Some(difference) = differs(&expected, &got) else { return false };
        if matches!(difference.symptom, Symptom::Model | Symptom::Form | Symptom::Column) {
            return false;
        }
        if !self.bench.by_luck {
            return true;
        }
        match looks(&[&wanted.sql], !reversed).as_deref() {
            Some([Look::Rows(turned)]) => differs(&expected, &wanted.shown(turned)).is_none(),
            _ => false,
        }
    }

    /// Both runs on a database where they differ, by an exception of the answer's (no symptom) or by what they show.
    fn difference_on(&mut self, case: &Case, symptom: Option<Symptom>) -> Result<Option<(Run, Run)>, String> {
        let (code, answer) = (self.expectation.code.as_str(), self.answer);
        let Some(expected) = self.run(code, case)? else { return Ok(None) };
        let Some(run) = self.run(answer, case)? else { return Ok(None) };
        let comparison = compared(self.lab, self.expectation, &mut Binding::default(), &expected, &run);
        let shows = match comparison {
            // What holds of every database would lead to the empty one.
            Comparison::Differs(found) => {
                symptom.is_some() && !matches!(found.symptom, Symptom::Model | Symptom::Form | Symptom::Column)
            }
            Comparison::Raised => symptom.is_none(),
            Comparison::Same | Comparison::LeftOut => false,
        };
        Ok(shows.then_some((expected, run)))
    }

    fn shown(&self, case: &Case, wanted: &Run, run: &Run, words: &Words) -> Counterexample {
        let mut tables = Vec::new();
        if let Some(rows) = &case.rows {
            for (info, rows) in self.lab.tables.iter().zip(&rows.0).filter(|(_, rows)| !rows.is_empty()) {
                let is_named = words.0.contains(&info.name);
                let shown = (0..info.columns.len()).filter(|&at| is_named && words.names(&info.columns[at]));
                tables.push(Table {
                    name: info.name.clone(),
                    columns: info.columns.iter().map(|column| column.name.clone()).collect(),
                    rows: rows.iter().map(|row| row.iter().cloned().map(Cell::from_sql).collect()).collect(),
                    shown: shown.collect(),
                });
            }
        }
        let (columns, expected) = result(&wanted.execution);
        let (got_columns, got) = result(&run.execution);
        let error = run.execution.error().map(|error| format!("{}: {}", error.kind, error.message));
        let (marked_columns, target) = self.telling(&wanted.execution, &columns, &expected, words);
        let marked = match laid_beside(&marked_columns, &got_columns, &got).filter(|_| error.is_none()) {
            Some(got) => marked(&target, &got, self.expectation.order != Order::None),
            None => Vec::new(),
        };
        Counterexample { tables, columns, expected, got_columns, got, error, marked, marked_columns }
    }

    /// A result without those columns of objects that do not matter.
    fn telling(
        &self,
        execution: &Execution,
        columns: &[String],
        rows: &[Vec<Cell>],
        words: &Words,
    ) -> (Vec<String>, Vec<Vec<Cell>>) {
        let Some((label, pk)) = &execution.instances else { return (columns.to_vec(), rows.to_vec()) };
        let info = self.lab.tables.iter().find(|info| info.model == *label);
        let matters = |at: &usize| {
            let column = info.and_then(|info| info.columns.iter().find(|column| column.attname == columns[*at]));
            *at == *pk || column.is_none_or(|column| words.names(column))
        };
        let kept: Vec<usize> = (0..columns.len()).filter(matters).collect();
        let names = kept.iter().map(|&at| columns[at].clone()).collect();
        let rows = rows.iter().map(|row| kept.iter().filter_map(|&at| row.get(at).cloned()).collect()).collect();
        (names, rows)
    }
}

/// What a run showed: its rows, or one value as a row.
fn result(execution: &Execution) -> (Vec<String>, Vec<Vec<Cell>>) {
    if let (Some(columns), Some(rows)) = (&execution.columns, &execution.rows) {
        return (columns.clone(), rows.clone());
    }
    match &execution.scalar {
        Some(Cell::Dict(pairs)) => {
            let (names, cells) = pairs.iter().cloned().unzip();
            (names, vec![cells])
        }
        Some(scalar) => (vec!["value".to_owned()], vec![vec![scalar.clone()]]),
        None => (Vec::new(), Vec::new()),
    }
}

/// The words that both programs and their statements speak of: what the counterexample has to show.
struct Words(Vec<String>);

impl Words {
    fn of(sources: &[&str], executions: &[&Execution]) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut read = |text: &str| {
            for word in text.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_') {
                // A lookup's path is made of names.
                for part in word.split("__") {
                    if !part.is_empty() && !words.iter().any(|known| known == part) {
                        words.push(part.to_owned());
                    }
                }
            }
        };
        sources.iter().for_each(|source| read(source));
        for query in executions.iter().flat_map(|execution| &execution.queries) {
            read(after_columns(query));
        }
        Self(words)
    }

    fn names(&self, column: &ColumnInfo) -> bool {
        column.primary_key
            || self.0.iter().any(|word| *word == column.name || *word == column.field || *word == column.attname)
    }
}

/// A statement without the list of columns that it begins with.
fn after_columns(query: &LoggedQuery) -> &str {
    query.sql.find(" FROM ").map_or(query.sql.as_str(), |at| &query.sql[at..])
}

/// The answer's rows in the reference's columns: by name, or place by place.
fn laid_beside(columns: &[String], got_columns: &[String], got: &[Vec<Cell>]) -> Option<Vec<Vec<Cell>>> {
    let named: Option<Vec<usize>> =
        columns.iter().map(|name| got_columns.iter().position(|other| other == name)).collect();
    let places = match named {
        Some(places) => places,
        None if columns.len() == got_columns.len() || got.is_empty() => (0..columns.len()).collect(),
        None => return None,
    };
    let laid = |row: &Vec<Cell>| places.iter().map(|&at| row.get(at).cloned().unwrap_or(Cell::Null)).collect();
    Some(got.iter().map(laid).collect())
}

/// The expected rows in their order, then those that are too many, each with its mark.
fn marked(expected: &[Vec<Cell>], got: &[Vec<Cell>], ordered: bool) -> Vec<(Mark, Vec<Cell>)> {
    let canons = |rows: &[Vec<Cell>]| -> Vec<Vec<Canon>> {
        rows.iter().map(|row| row.iter().map(Canon::of).collect()).collect()
    };
    let (wanted, given) = (canons(expected), canons(got));
    let sorted = |rows: &[Vec<Canon>]| {
        let mut rows = rows.to_vec();
        rows.sort();
        rows
    };
    // Places are only worth telling when the rows themselves are right.
    let only_order = ordered && sorted(&wanted) == sorted(&given);
    let mut used = vec![false; got.len()];
    let mut marked = Vec::new();
    for (at, row) in wanted.iter().enumerate() {
        let same_place = given.get(at) == Some(row) && !used[at];
        let found =
            if same_place { Some(at) } else { (0..given.len()).find(|&other| !used[other] && given[other] == *row) };
        let mark = match found {
            Some(other) => {
                used[other] = true;
                if only_order && other != at { Mark::Misplaced } else { Mark::Fine }
            }
            None => Mark::Missing,
        };
        marked.push((mark, expected[at].clone()));
    }
    let text = |row: &[Canon]| row.iter().map(|value| value.told().trim_matches('"').to_owned()).collect::<Vec<_>>();
    for (at, row) in given.iter().enumerate().filter(|(at, _)| !used[*at]) {
        let is_typed = wanted
            .iter()
            .zip(&marked)
            .any(|(other, (mark, _))| *mark == Mark::Missing && other != row && text(other) == text(row));
        marked.push((if is_typed { Mark::WrongType } else { Mark::Extra }, got[at].clone()));
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expected: &[Cell], got: &[Cell], ordered: bool) -> Vec<String> {
        let rows = |cells: &[Cell]| cells.iter().map(|cell| vec![cell.clone()]).collect::<Vec<_>>();
        let told = |(mark, row): &(Mark, Vec<Cell>)| format!("{} {}", mark.word(), row[0].to_json());
        marked(&rows(expected), &rows(got), ordered).iter().map(told).collect()
    }

    #[test]
    fn rows_are_marked() {
        let [one, two, three] = [1, 2, 3].map(Cell::Int);
        assert_eq!(
            words(&[one.clone(), two.clone()], &[two.clone(), three.clone(), two.clone()], false),
            ["missing 1", " 2", "extra 3", "extra 2"]
        );
        assert_eq!(
            words(&[one.clone(), two.clone()], &[two.clone(), one.clone()], true),
            ["misplaced 1", "misplaced 2"]
        );
        assert_eq!(words(&[one.clone(), two.clone()], &[two, one.clone()], false), [" 1", " 2"]);
        assert_eq!(words(&[one], &[Cell::Text("1".into())], false), ["missing 1", "wrong type \"1\""]);
    }
}
