//! The databases that are drawn while an answer is judged: they know what it compares with.

use super::databases::Plan;
use super::judging::{Drawn, Judging};
use super::lab::Run;
use super::trials::{Trial, reference_on, seeds, steady};
use crate::runner::Language;

/// Databases that are drawn for each answer.
const DRAWN: usize = 10;
/// How many answers' databases are kept for others that compare the same.
const REMEMBERED: usize = 8;

impl Judging<'_> {
    /// The databases that know the answer's own constants and conditions, with what the reference shows on them. Some are
    /// drawn anew, some are those on which the reference shows something, changed towards what the answer compares.
    pub fn drawn(&mut self, visible: Option<&Run>) -> Result<Vec<Drawn>, String> {
        let known = self.lab.knowledge(self.answer, self.expectation.language, visible);
        let extra = known.beyond(&self.bench.known);
        let remembered = self.bench.drawn.iter_mut().find(|(known, _)| *known == extra);
        if let Some((_, trials)) = remembered {
            // What is needed a second time will be needed again.
            for trial in trials.iter_mut().filter(|trial| trial.case.kept.is_none()) {
                trial.case = trial.case.clone().keep();
            }
            return Ok(trials.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect());
        }
        let mut all = self.bench.known.clone();
        all.extend(&extra);
        let telling: Vec<usize> = (0..self.bench.fixed.len())
            .filter(|&at| {
                let trial = &self.bench.fixed[at];
                let shows = trial.expected.as_ref().is_some_and(|run| {
                    run.finished() && run.execution.rows.as_ref().is_none_or(|rows| !rows.is_empty())
                });
                shows && trial.case.rows.is_some() && !trial.case.reversed
            })
            .collect();
        let mut trials = Vec::with_capacity(DRAWN);
        for (at, seed) in seeds(self.expectation, "drawn", self.seed, DRAWN).into_iter().enumerate() {
            let base = telling.get((at / 2) % telling.len().max(1)).map(|&at| self.bench.fixed[at].case.clone());
            let aimed = match base.filter(|_| at % 2 == 1) {
                Some(base) => self.lab.aimed(&base, &extra, seed, 100 + at),
                None => None,
            };
            let drawn = aimed.or_else(|| self.lab.drawn(&all, Plan::small(seed), 100 + at));
            let Some(mut case) = drawn else { continue };
            // Many answers say nothing that the reference does not say.
            if extra.is_empty() {
                case = case.keep();
            }
            trials.extend(self.trial(case)?);
        }
        let cases = trials.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect();
        if self.bench.drawn.len() >= REMEMBERED {
            // The first ones are most answers'.
            self.bench.drawn.remove(usize::from(self.bench.drawn.first().is_some_and(|(known, _)| known.is_empty())));
        }
        self.bench.drawn.push((extra, trials));
        Ok(cases)
    }

    /// A database with what the reference shows on it, if that is not by luck.
    fn trial(&mut self, case: super::lab::Case) -> Result<Option<Trial>, String> {
        if !self.bench.by_luck {
            let expected = reference_on(self.lab, self.expectation, &case, self.limits)?;
            return Ok(Some(Trial { case, expected }));
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
