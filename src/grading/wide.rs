//! Whether an answer is told from the reference by any of very many large databases, which judging never uses: the measure
//! of how far the judge can be trusted.

use super::compare::{Binding, Comparison, compared};
use super::databases::Plan;
use super::distill::reading_of;
use super::drawn::depends_on_order;
use super::lab::Look;
use super::trials::{index_columns, reference_on, runs_once, seeds, shows_by_luck, stated_difference, steady};
use super::{Expectation, Grader};
use crate::runner::{Limits, Outcome};

impl Grader {
    /// The number of the first of `databases` databases on which the answer shows something else than the reference; none
    /// when no difference was found.
    pub fn told_apart(
        &self,
        expectation: &Expectation,
        answer: &str,
        limits: &Limits,
        databases: usize,
    ) -> Result<Option<usize>, String> {
        if runs_once(expectation) {
            return Ok(None);
        }
        let lab = self.lab(&expectation.dataset)?;
        let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
        let lab = &mut *lab;
        let visible = lab.visible();
        let expected = reference_on(lab, expectation, &visible, limits)?.ok_or("the setup fails on the dataset")?;
        let run = lab.run(expectation, answer, &visible, limits).map_err(|error| error.to_string())?;
        let mut known = lab.knowledge_of_reference(expectation, Some(&expected));
        known.extend(&lab.knowledge(answer, expectation.language, run.as_ref()));
        let by_luck = shows_by_luck(expectation, &expected)
            || run.as_ref().is_some_and(|run| depends_on_order(answer, expectation.language, run));
        let wanted = reading_of(lab, expectation, &expectation.code, &visible, &expected)?;
        let given = match &run {
            Some(run) => reading_of(lab, expectation, answer, &visible, run)?,
            None => None,
        };
        let indexes = index_columns(&expected.execution);
        let mut binding = Binding::default();
        for (number, seed) in seeds(expectation, "wide", 0, databases).into_iter().enumerate() {
            let plan = Plan { wide: number % 2 == 0, ..Plan::small(seed) };
            let rows = lab.rows_drawn(&known, plan);
            if let (Some(wanted), Some(given)) = (&wanted, &given) {
                let differs = |turned: bool| {
                    let turned = turned.then_some(indexes.as_slice());
                    match lab.on_scratch(&rows, &[&wanted.sql, &given.sql], turned).as_deref() {
                        Some([Look::Rows(expected), Look::Rows(got)]) => {
                            let (expected, got) = (wanted.shown(expected), given.shown(got));
                            stated_difference(lab, expectation, &mut Binding::default(), &expected, &got).is_some()
                        }
                        Some([Look::Rows(_), Look::Failed]) => true,
                        _ => false,
                    }
                };
                if !(differs(false) || by_luck && differs(true)) {
                    continue;
                }
            }
            let Some(case) = lab.with_rows(&rows, 1) else { continue };
            let turned = case.turned();
            let trials = steady(lab, expectation, case, turned, limits)?;
            for trial in trials.iter().take(if by_luck { 2 } else { 1 }) {
                let Some(expected) = &trial.expected(lab, expectation, limits)? else { continue };
                if expected.execution.outcome != Outcome::Finished {
                    continue;
                }
                let run = lab.run(expectation, answer, &trial.case, limits).map_err(|error| error.to_string())?;
                let Some(run) = run else { continue };
                match compared(lab, expectation, &mut binding, expected, &run) {
                    Comparison::Differs(_) | Comparison::Raised => return Ok(Some(number)),
                    Comparison::Same | Comparison::LeftOut => {}
                }
            }
        }
        Ok(None)
    }
}
