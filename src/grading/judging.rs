//! [`Judging`]: one answer on its way through the databases of its question, to its verdict.

use std::rc::Rc;

use super::compare::{Binding, Comparison, Difference, Symptom, compared, line_of};
use super::drawn::depends_on_order;
use super::findings::{by_symptom, differing_clauses};
use super::hints::{Clues, hints};
use super::lab::{Case, Lab, Run};
use super::trials::{Bench, runs_once};
use super::{Check, Compare, Expectation, Finding, Order, Verdict, VerdictKind};
use crate::runner::{Execution, Limits, Outcome};

/// An answer that is judged.
pub struct Judging<'a> {
    pub lab: &'a mut Lab,
    pub bench: &'a mut Bench,
    pub expectation: &'a Expectation,
    pub answer: &'a str,
    pub limits: &'a Limits,
    pub seed: u64,
    pub executions: usize,
}

/// The first database that shows a difference: its case, the reference's and the answer's run, the difference.
pub type Failure = (Case, Rc<Run>, Rc<Run>, Option<Difference>);

/// A drawn database with what the reference shows on it.
pub type Drawn = (Case, Option<Rc<Run>>);

/// How far judging came.
#[derive(Default)]
pub struct Found {
    pub binding: Binding,
    /// The first database that shows a difference: its case, both runs, the difference.
    pub failed: Option<Failure>,
    /// The answer's run on the visible database.
    pub visible: Option<Rc<Run>>,
    /// The runs with the fewest and with the most statements.
    pub extremes: Option<(Rc<Run>, Rc<Run>)>,
    pub most_queries: usize,
    pub databases: usize,
    /// Set when judging ends without a comparison.
    pub stopped: Option<Verdict>,
}

impl Judging<'_> {
    pub fn verdict(mut self) -> Result<Verdict, String> {
        let mut found = Found::default();
        let fixed: Vec<(Case, Option<Rc<Run>>)> =
            self.bench.fixed.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect();
        let mut by_luck = None;
        for (case, expected) in &fixed {
            // Where order can make no difference, backwards is the same.
            if case.reversed && !by_luck.unwrap_or(true) {
                continue;
            }
            self.try_on(case, expected.as_ref(), &mut found)?;
            if found.failed.is_some() || found.stopped.is_some() {
                break;
            }
            if let (None, Some(visible)) = (by_luck, &found.visible) {
                let own = depends_on_order(self.answer, self.expectation.language, visible);
                by_luck = Some(own || self.bench.by_luck);
            }
        }
        if found.failed.is_none() && found.stopped.is_none() && !runs_once(self.expectation) {
            for (case, expected) in self.drawn(found.visible.as_deref())? {
                self.try_on(&case, expected.as_ref(), &mut found)?;
                if found.failed.is_some() || found.stopped.is_some() {
                    break;
                }
            }
        }
        if found.failed.is_none() && found.stopped.is_none() {
            self.screened(&mut found)?;
        }
        let Some(expected) = fixed.first().and_then(|(_, expected)| expected.clone()) else {
            return Err("the question's setup fails on its dataset".to_owned());
        };
        self.concluded(found, &expected)
    }

    pub fn run(&mut self, code: &str, case: &Case) -> Result<Option<Run>, String> {
        self.lab.run(self.expectation, code, case, self.limits).map_err(|error| error.to_string())
    }

    pub fn try_on(&mut self, case: &Case, expected: Option<&Rc<Run>>, found: &mut Found) -> Result<(), String> {
        let Some(expected) = expected else { return Ok(()) };
        let answer = self.answer;
        let Some(run) = self.run(answer, case)? else { return Ok(()) };
        let run = Rc::new(run);
        // What is run for the reasons is partly known from earlier answers, so it does not count.
        self.executions += 1;
        if !case.reversed {
            found.databases += 1;
        }
        let is_visible = found.visible.is_none();
        if is_visible {
            found.visible = Some(run.clone());
        }
        let count = run.execution.counted_queries();
        found.most_queries = found.most_queries.max(count);
        found.extremes = Some(match found.extremes.take() {
            None => (run.clone(), run.clone()),
            Some((least, most)) => (
                if count < least.execution.counted_queries() { run.clone() } else { least },
                if count > most.execution.counted_queries() { run.clone() } else { most },
            ),
        });
        if let Some(feature) = &run.execution.unsupported {
            found.stopped = Some(stopped(VerdictKind::Unsupported, &run.execution, feature.clone()));
            return Ok(());
        }
        match &run.execution.outcome {
            Outcome::Limit(limit) => {
                found.stopped = Some(stopped(VerdictKind::Timeout, &run.execution, limit.clone()));
                return Ok(());
            }
            Outcome::Interrupted => {
                found.stopped = Some(stopped(VerdictKind::Timeout, &run.execution, "interrupted".to_owned()));
                return Ok(());
            }
            Outcome::Finished | Outcome::Raised(_) => {}
        }
        match compared(self.lab, self.expectation, &mut found.binding, expected, &run) {
            Comparison::Same | Comparison::LeftOut => {}
            Comparison::Raised => found.failed = Some((case.clone(), expected.clone(), run, None)),
            Comparison::Differs(difference) => {
                found.failed = Some((case.clone(), expected.clone(), run, Some(difference)));
            }
        }
        Ok(())
    }

    fn concluded(&mut self, mut found: Found, expected: &Rc<Run>) -> Result<Verdict, String> {
        let mut verdict = found.stopped.take().unwrap_or_else(|| Verdict::of(VerdictKind::Correct));
        verdict.budget = self.expectation.max_queries;
        verdict.queries = found.most_queries;
        verdict.databases = found.databases;
        verdict.reference_sql = rendered(&expected.execution);
        if let Some(visible) = &found.visible {
            verdict.answer_sql = rendered(&visible.execution);
        }
        if verdict.kind != VerdictKind::Correct {
            verdict.executions = self.executions;
            return Ok(verdict);
        }
        let what = self.what();
        match &found.failed {
            None => {
                verdict.checks.push(Check { name: what, ok: true, detail: String::new() });
                if what == "rows" && self.expectation.order != Order::None {
                    verdict.checks.push(Check { name: "order", ok: true, detail: String::new() });
                }
                verdict.remarks = found.binding.remarks.clone();
                self.budget(&mut verdict, &found, expected)?;
            }
            Some((case, wanted, run, difference)) => {
                self.failed(&mut verdict, case, wanted, run, difference.as_ref())?;
            }
        }
        verdict.executions = self.executions;
        Ok(verdict)
    }

    fn what(&self) -> &'static str {
        if self.expectation.tests.is_some() {
            return "tests";
        }
        match self.expectation.compare {
            Compare::Value => "rows",
            Compare::Stdout => "stdout",
            Compare::Database => "database",
            Compare::Schema => "schema",
        }
    }

    fn failed(
        &mut self,
        verdict: &mut Verdict,
        case: &Case,
        wanted: &Rc<Run>,
        run: &Rc<Run>,
        difference: Option<&Difference>,
    ) -> Result<(), String> {
        verdict.kind = VerdictKind::Incorrect;
        let what = self.what();
        match difference {
            Some(difference) => {
                let misordered = difference.symptom == Symptom::Order;
                verdict.checks.push(Check {
                    name: what,
                    ok: misordered,
                    detail: if misordered { String::new() } else { difference.detail.clone() },
                });
                if misordered {
                    verdict.checks.push(Check { name: "order", ok: false, detail: difference.detail.clone() });
                }
                verdict.findings.extend(self.known_wrong(Some(case))?);
                let mut edit = None;
                if verdict.findings.is_empty()
                    && self.expectation.compare != Compare::Schema
                    && let Some((finding, made)) = self.like_mutant(case)?
                {
                    verdict.findings.push(finding);
                    edit = Some(made);
                }
                let mut symptom = by_symptom(difference, &verdict.answer_sql, &verdict.reference_sql);
                symptom.line = difference.place.as_ref().and_then(|(model, field)| line_of(self.answer, model, field));
                let statements = (verdict.answer_sql.as_slice(), verdict.reference_sql.as_slice());
                let clauses = match statements {
                    ([answer], [reference]) => differing_clauses(answer, reference).unwrap_or_default(),
                    _ => Vec::new(),
                };
                match clauses.as_slice() {
                    [] => {}
                    [only] => {
                        let text = format!(" (only {} differs from the reference)", only.stage.word());
                        symptom.message.push_str(&text);
                    }
                    [first, ..] => {
                        let text = format!(" (the first clause that differs is {})", first.stage.word());
                        symptom.message.push_str(&text);
                    }
                }
                let suggested = match self.expectation.compare {
                    Compare::Database => Finding { id: "wrong-final-state".to_owned(), ..symptom },
                    _ => symptom,
                };
                if !verdict.findings.iter().any(|finding| finding.id == suggested.id) {
                    verdict.findings.push(suggested);
                }
                verdict.hints = hints(&Clues {
                    symptom: Some(difference.symptom),
                    finding: verdict.findings.first(),
                    clauses: &clauses,
                    edit: edit.as_ref(),
                    cost: None,
                });
            }
            None => {
                let error = run.execution.error().cloned();
                let told = error.as_ref().map(|error| format!("{}: {}", error.kind, error.message)).unwrap_or_default();
                if case.rows.is_none() {
                    verdict.kind = VerdictKind::Error;
                }
                verdict.checks.push(Check { name: what, ok: false, detail: told });
                verdict.findings.extend(self.known_wrong(Some(case))?);
                verdict.error = error;
            }
        }
        if what == "rows" {
            let symptom = difference.map(|difference| difference.symptom);
            // What raises on the dataset's own rows raises whatever the rows are.
            if verdict.kind != VerdictKind::Error {
                verdict.counterexample = self.counterexample(case, wanted, run, symptom)?;
            }
        }
        Ok(())
    }
}

fn rendered(execution: &Execution) -> Vec<String> {
    execution.queries.iter().map(|query| query.rendered.clone()).collect()
}

fn stopped(kind: VerdictKind, execution: &Execution, detail: String) -> Verdict {
    let mut verdict = Verdict::failing(kind, "run", detail);
    verdict.error = execution.error().cloned();
    verdict
}
