//! A second look by statements alone: where both the reference and the answer are one statement each, those run on many more
//! databases than there is time to run the whole answers on. What looks different there is then judged as everywhere else.

use rustc_hash::FxHashMap;

use super::databases::Plan;
use super::judging::{Found, Judging};
use super::lab::{Case, Lab, Run};
use super::trials::{reference_on, seeds, steady};
use super::{Compare, Order};
use crate::db::{Params, ResultSet, SqlValue};
use crate::runner::QueryKind;

/// How many databases are looked at.
const SCREENED: usize = 30;
/// How many that look different are judged in full, at most.
const CONFIRMED: usize = 4;

/// A database with what the reference's statement gives on it.
pub struct Screen {
    case: Case,
    expected: ResultSet,
}

/// The statement of a run that sends one only.
fn only_statement(run: &Run) -> Option<&str> {
    match run.execution.queries.as_slice() {
        [query] if query.kind == QueryKind::Select && !query.failed && run.finished() => Some(&query.rendered),
        _ => None,
    }
}

impl Judging<'_> {
    /// Looks for a difference on more databases.
    pub fn screened(&mut self, found: &mut Found) -> Result<(), String> {
        let expectation = self.expectation;
        if expectation.compare != Compare::Value || !expectation.setup.trim().is_empty() {
            return Ok(());
        }
        let Some(reference) = self.bench.fixed.first().and_then(|trial| trial.expected.clone()) else { return Ok(()) };
        let Some(visible) = found.visible.clone() else { return Ok(()) };
        let (Some(wanted), Some(asked)) = (only_statement(&reference), only_statement(&visible)) else { return Ok(()) };
        if wanted == asked {
            return Ok(());
        }
        if self.bench.screen.is_none() {
            self.bench.screen = Some(self.screen(wanted)?);
        }
        let mut looked_at = 0;
        for at in 0..SCREENED {
            let Some(screen) = self.bench.screen.as_ref().and_then(|screen| screen.get(at)) else { break };
            let Ok(Some(got)) = self.lab.statement(&screen.case, asked) else { continue };
            if alike(&screen.expected, &got, expectation.order == Order::Total) {
                continue;
            }
            let case = screen.case.clone();
            let expected = if self.bench.by_luck {
                let turned = case.turned();
                steady(self.lab, expectation, case.clone(), turned, self.limits)?
                    .into_iter()
                    .next()
                    .and_then(|trial| trial.expected)
            } else {
                reference_on(self.lab, expectation, &case, self.limits)?
            };
            self.try_on(&case, expected.as_ref(), found)?;
            looked_at += 1;
            if found.failed.is_some() || found.stopped.is_some() || looked_at >= CONFIRMED {
                break;
            }
        }
        Ok(())
    }

    fn screen(&mut self, statement: &str) -> Result<Vec<Screen>, String> {
        let mut screen = Vec::with_capacity(SCREENED);
        for (at, seed) in seeds(self.expectation, "screen", self.seed, SCREENED).into_iter().enumerate() {
            let Some(case) = self.lab.drawn(&self.bench.known, Plan::small(seed), 200 + at) else { continue };
            let case = case.keep();
            if let Some(expected) = self.lab.statement(&case, statement)? {
                screen.push(Screen { case, expected });
            }
        }
        Ok(screen)
    }
}

impl Lab {
    /// What one statement gives on a case's database; nothing when it fails.
    fn statement(&mut self, case: &Case, sql: &str) -> Result<Option<ResultSet>, String> {
        let connection = self.connection_of(case).map_err(|error| error.to_string())?;
        Ok(connection.execute_plain(sql, &Params::None).ok())
    }
}

/// Whether two results look the same, as far as that can be told without knowing which column stands for which.
fn alike(expected: &ResultSet, got: &ResultSet, ordered: bool) -> bool {
    if expected.rows.len() != got.rows.len() {
        return false;
    }
    let places: Option<Vec<usize>> =
        expected.columns.iter().map(|column| got.columns.iter().position(|other| other.name == column.name)).collect();
    let Some(places) = places else { return true };
    let projected = |row: &Vec<SqlValue>| -> String {
        let values: Vec<&SqlValue> = places.iter().filter_map(|&at| row.get(at)).collect();
        format!("{values:?}")
    };
    let whole = |row: &Vec<SqlValue>| format!("{:?}", row.iter().collect::<Vec<_>>());
    if ordered {
        return expected.rows.iter().map(whole).eq(got.rows.iter().map(projected));
    }
    let mut counts: FxHashMap<String, i64> = FxHashMap::default();
    for row in &expected.rows {
        *counts.entry(whole(row)).or_insert(0) += 1;
    }
    for row in &got.rows {
        *counts.entry(projected(row)).or_insert(0) -= 1;
    }
    counts.values().all(|count| *count == 0)
}
