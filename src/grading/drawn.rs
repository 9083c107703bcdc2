//! The databases that are drawn while an answer is judged: they know what it compares with.

use super::compare::{Binding, Shown};
use super::databases::{Knowledge, Plan, Rows};
use super::judging::{Found, Judging, Pair};
use super::lab::{Case, Look, Run};
use super::reading::Reading;
use super::trials::{Trial, reference_on, seeds, stated_difference, steady, trials_of};
use crate::runner::Language;

/// Databases that are drawn for each answer.
const DRAWN: usize = 10;
/// So many are for an answer that is one statement, or after which all models are made anew.
const FEW: usize = 6;
/// Which of them is large, where statements alone are looked at.
const WIDE: usize = 3;
/// So many more are made where an answer compares with something that the reference does not name.
const BOUNDED: usize = 8;
/// So many are copied over and over where it has a page of its own.
const COPIED: usize = 3;
/// How many answers' databases are kept for others that compare the same.
const REMEMBERED: usize = 8;

impl Judging<'_> {
    /// Looks for a difference on databases that know the answer's own constants and conditions. Some are drawn anew, some
    /// are those on which the reference shows something, changed towards what the answer compares.
    pub fn aimed(&mut self, pair: Option<Pair>, found: &mut Found) -> Result<(), String> {
        let known = self.lab.knowledge(self.answer, self.expectation.language, found.visible.as_deref());
        let extra = known.beyond(&self.bench.known);
        match pair {
            // Where it says nothing new, the databases that know the reference have told all.
            Some(_) if extra.is_empty() => Ok(()),
            Some(mut pair) => self.look_aimed(&extra, &mut pair, found),
            None => {
                let most = if found.leaves_traces { FEW } else { usize::MAX };
                for trial in self.drawn(extra)?.into_iter().take(most) {
                    self.try_trial(&trial, found)?;
                    if found.is_over() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// The rows of so many databases for an answer that says this beyond the reference.
    fn rows_for(&self, extra: &Knowledge, count: usize, wide: Option<usize>) -> Vec<Rows> {
        let mut all = self.bench.known.clone();
        all.extend(extra);
        let telling: Vec<&Case> = self
            .bench
            .fixed
            .iter()
            .filter(|trial| trial.telling && trial.case.rows.is_some() && !trial.case.reversed)
            .map(|trial| &trial.case)
            .collect();
        let of_seed = |(at, seed): (usize, u64)| {
            let base = telling.get((at / 2) % telling.len().max(1)).filter(|_| at % 2 == 1);
            let plan = Plan { wide: wide.is_some_and(|every| at % every == 0), ..Plan::small(seed) };
            base.and_then(|base| self.lab.rows_aimed(base, extra, seed))
                .unwrap_or_else(|| self.lab.rows_drawn(&all, plan))
        };
        let mut all_rows: Vec<Rows> =
            seeds(self.expectation, "drawn", self.seed, count).into_iter().enumerate().map(of_seed).collect();
        // Where another boundary is drawn than the reference's, rows stand on either side of it.
        for number in 0..BOUNDED {
            let base = telling.get(number % telling.len().max(1));
            all_rows.extend(base.and_then(|base| self.lab.rows_bounded(base, extra, number)));
            all_rows.extend(base.and_then(|base| self.lab.rows_rekeyed(base, extra, number)));
        }
        // A page that the reference does not have must be seen to end before the rows do.
        if let Some(end) = extra.clues.pages.iter().map(|(_, end)| *end).max() {
            let bases = telling.iter().take(if end > 100 { 1 } else { COPIED });
            all_rows.extend(bases.filter_map(|base| self.lab.rows_copied(base, &all, end)));
        }
        all_rows
    }

    /// Looks at what both statements give on databases that are there for a moment only; where that differs, the answer
    /// is run.
    fn look_aimed(&mut self, extra: &Knowledge, pair: &mut Pair, found: &mut Found) -> Result<(), String> {
        for (at, rows) in self.rows_for(extra, FEW, Some(WIDE)).into_iter().enumerate() {
            self.executions += 1;
            found.databases += 1;
            let plain = self.shown_on(&rows, pair, false);
            let mut differs = self.differ(&plain, pair);
            if found.by_luck && !differs {
                let turned = self.shown_on(&rows, pair, true);
                self.executions += 1;
                // What the reference shows by luck says nothing.
                let steady = match (&plain, &turned) {
                    (Some((one, _)), Some((other, _))) => {
                        let mut fresh = Binding::default();
                        stated_difference(self.lab, self.expectation, &mut fresh, one, other).is_none()
                    }
                    _ => false,
                };
                differs = steady && self.differ(&turned, pair);
            }
            if !differs {
                continue;
            }
            let Some(ways) = self.lab.twice(&rows, 100 + at, &self.bench.indexes) else { continue };
            let ways = (ways.0.keep(), ways.1.keep());
            let reading = self.bench.reading.as_ref();
            for trial in trials_of(self.lab, self.expectation, reading, ways, self.bench.by_luck, self.limits)? {
                if trial.case.reversed && !found.by_luck {
                    continue;
                }
                self.try_trial(&trial, found)?;
                if found.is_over() {
                    return Ok(());
                }
            }
            pair.doubts += 1;
        }
        Ok(())
    }

    /// What both statements give on rows, the answer's nothing where the database refuses it.
    fn shown_on(&self, rows: &Rows, pair: &Pair, turned: bool) -> Option<(Shown, Option<Shown>)> {
        let statements = [pair.wanted.sql.as_str(), pair.given.sql.as_str()];
        let looks = self.lab.on_scratch(rows, &statements, turned.then_some(self.bench.indexes.as_slice()))?;
        let [Look::Rows(expected), got] = looks.as_slice() else { return None };
        let shown = |reading: &Reading, look: &Look| match look {
            Look::Rows(raw) => Some(Some(reading.shown(raw))),
            Look::Failed => Some(None),
            Look::TooLong => None,
        };
        Some((pair.wanted.shown(expected), shown(&pair.given, got)?))
    }

    fn differ(&self, shown: &Option<(Shown, Option<Shown>)>, pair: &mut Pair) -> bool {
        match shown {
            None => false,
            Some((_, None)) => true,
            Some((expected, Some(got))) => {
                stated_difference(self.lab, self.expectation, &mut pair.binding, expected, got).is_some()
            }
        }
    }

    /// The databases for an answer that is run on each, with what the reference shows on them.
    fn drawn(&mut self, extra: Knowledge) -> Result<Vec<Trial>, String> {
        let remembered = self.bench.drawn.iter_mut().find(|(known, _)| *known == extra);
        if let Some((_, trials)) = remembered {
            // What is needed a second time will be needed again.
            for trial in trials.iter_mut().filter(|trial| trial.case.kept.is_none()) {
                trial.case = trial.case.clone().keep();
            }
            return Ok(trials.clone());
        }
        let mut trials = Vec::with_capacity(DRAWN);
        for (at, rows) in self.rows_for(&extra, DRAWN, None).iter().enumerate() {
            let Some(mut case) = self.lab.with_rows(rows, 100 + at) else { continue };
            // Many answers say nothing that the reference does not say.
            if extra.is_empty() {
                case = case.keep();
            }
            trials.extend(self.trial(case)?);
        }
        if self.bench.drawn.len() >= REMEMBERED {
            // The first ones are most answers'.
            self.bench.drawn.remove(usize::from(self.bench.drawn.first().is_some_and(|(known, _)| known.is_empty())));
        }
        self.bench.drawn.push((extra, trials.clone()));
        Ok(trials)
    }

    /// A database with what the reference shows on it, if that is not by luck.
    fn trial(&mut self, case: Case) -> Result<Option<Trial>, String> {
        if !self.bench.by_luck {
            let expected = reference_on(self.lab, self.expectation, &case, self.limits)?;
            return Ok(Some(Trial::of_run(case, expected)));
        }
        let turned = case.turned();
        Ok(steady(self.lab, self.expectation, case, turned, self.limits)?.into_iter().next())
    }
}

/// Whether an answer can show other rows when unordered ones come in another order.
pub fn depends_on_order(code: &str, language: Language, run: &Run) -> bool {
    // What Python picks out of rows it may pick by their order.
    const PICKING: [&str; 9] = ["for ", "list(", "next(", "dict(", "{", "sorted(", "]", "in_bulk", "enumerate"];
    const ORDERED: [&str; 4] = ["LIMIT", "OVER", "GROUP_CONCAT", "ORDER BY"];
    let queries = &run.execution.queries;
    queries.len() != 1
        || queries.iter().any(|query| ORDERED.iter().any(|word| query.rendered.contains(word)))
        || match language {
            Language::Python => PICKING.iter().any(|word| code.contains(word)),
            // Columns that are not grouped by come from any row of the group.
            Language::Sql => queries.iter().any(|query| query.rendered.to_uppercase().contains("GROUP BY")),
        }
}
