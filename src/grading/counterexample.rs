//! The smallest database that shows a difference, and what both sides show on it.

use super::compare::{Binding, Comparison, compared};
use super::judging::Judging;
use super::lab::{Case, Run};
use super::shrink::shrink;
use super::{Counterexample, Table};
use crate::runner::Execution;

impl Judging<'_> {
    /// The smallest database found that shows a difference of the same sort.
    pub fn smaller(&mut self, case: &Case, raised: bool) -> Result<Option<(Case, Run, Run)>, String> {
        let reversed = case.reversed;
        let mut start = case.clone();
        if case.rows.is_none() {
            // The distilled databases are smaller than the dataset's own to begin with.
            let others: Vec<Case> = self.bench.fixed.iter().map(|trial| trial.case.clone()).collect();
            let fitting = others
                .into_iter()
                .filter(|case| case.rows.is_some() && !case.reversed)
                .find(|case| matches!(self.difference_on(case, raised), Ok(Some(_))));
            start = fitting.unwrap_or(start);
        }
        let rows = self.lab.rows_of(&start).map_err(|error| error.to_string())?;
        let tables = self.lab.tables.clone();
        let made = |judging: &Self, rows: &super::databases::Rows| {
            judging.lab.with_rows(rows, 300).map(|case| Case { reversed, ..case })
        };
        let smallest = shrink(&tables, &rows, &mut |rows| match made(self, rows) {
            Some(case) => matches!(self.difference_on(&case, raised), Ok(Some(_))),
            None => false,
        });
        let Some(case) = made(self, &smallest) else { return Ok(None) };
        let shown = self.difference_on(&case, raised)?;
        Ok(shown.map(|(expected, run)| (case, expected, run)))
    }

    /// Both runs on a database where they differ, by an exception of the answer's or without one.
    fn difference_on(&mut self, case: &Case, raised: bool) -> Result<Option<(Run, Run)>, String> {
        let (code, answer) = (self.expectation.code.as_str(), self.answer);
        let Some(expected) = self.run(code, case)? else { return Ok(None) };
        let Some(run) = self.run(answer, case)? else { return Ok(None) };
        let comparison = compared(self.lab, self.expectation, &mut Binding::default(), &expected, &run);
        let shows = match comparison {
            Comparison::Differs(_) => !raised,
            Comparison::Raised => raised,
            Comparison::Same | Comparison::LeftOut => false,
        };
        Ok(shows.then_some((expected, run)))
    }

    pub fn counterexample(&self, case: &Case, wanted: &Run, run: &Run) -> Counterexample {
        let mut tables = Vec::new();
        if let Some(rows) = &case.rows {
            for (info, rows) in self.lab.tables.iter().zip(&rows.0) {
                if rows.is_empty() {
                    continue;
                }
                tables.push(Table {
                    name: info.name.clone(),
                    columns: info.columns.iter().map(|column| column.name.clone()).collect(),
                    rows: rows
                        .iter()
                        .map(|row| row.iter().cloned().map(crate::runner::Cell::from_sql).collect())
                        .collect(),
                });
            }
        }
        let (columns, expected) = shown_rows(&wanted.execution);
        let (got_columns, got) = shown_rows(&run.execution);
        Counterexample {
            tables,
            columns,
            expected,
            got_columns,
            got,
            error: run.execution.error().map(|error| format!("{}: {}", error.kind, error.message)),
        }
    }
}

/// What is shown of a result: its rows, or one value as a row.
fn shown_rows(execution: &Execution) -> (Vec<String>, Vec<Vec<crate::runner::Cell>>) {
    match (&execution.columns, &execution.rows, &execution.scalar) {
        (Some(columns), Some(rows), _) => (columns.clone(), rows.clone()),
        (_, _, Some(scalar)) => (vec!["value".to_owned()], vec![vec![scalar.clone()]]),
        _ => (Vec::new(), Vec::new()),
    }
}
