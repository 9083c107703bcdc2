//! [`Judging`]: one answer on its way through the databases of its question, to its verdict.

use std::rc::Rc;

use super::compare::{Binding, Comparison, Difference, Symptom, compared, line_of};
use super::drawn::depends_on_order;
use super::findings::{ClauseDifference, Stage, by_clause, by_symptom, differing_clauses};
use super::hints::{Clues, hints};
use super::lab::{Case, Lab, Look, Run};
use super::reading::{Reading, only_statement};
use super::shape::is_ordered;
use super::trials::{Bench, Trial, runs_once, stated_difference};
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
    /// Whether the entry that the question has for this very answer is left aside.
    pub blind: bool,
    pub executions: usize,
}

/// The first database that shows a difference: its case, the reference's and the answer's run, the difference.
pub type Failure = (Case, Rc<Run>, Rc<Run>, Option<Difference>);

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
    /// Whether what either side shows may depend on the order in which unordered rows come.
    pub by_luck: bool,
    /// Whether a run left traces, so that all models had to be made anew.
    pub leaves_traces: bool,
    /// The only statement of all runs so far; none once they differ.
    statement: Option<Option<String>>,
    pub databases: usize,
    /// Set when judging ends without a comparison.
    pub stopped: Option<Verdict>,
}

/// The answer as one statement, where the reference is one, too.
pub struct Pair {
    /// The reference's.
    pub wanted: Reading,
    /// The answer's.
    pub given: Reading,
    pub binding: Binding,
    /// How often a difference between statements turned out to be none between what is shown.
    pub doubts: usize,
}

impl Pair {
    /// Whether statements may still be relied on.
    pub fn is_sure(&self) -> bool {
        self.doubts <= MOST_DOUBTS
    }
}

/// Both sides as statements.
pub struct Readings {
    /// The reference's.
    pub wanted: Reading,
    /// The answer's.
    pub given: Reading,
}

/// On so many databases every answer is run itself, besides the visible one.
const WHOLE: usize = 3;
/// After so many doubts statements are not relied on.
const MOST_DOUBTS: usize = 3;

impl Found {
    /// Whether there is nothing more to look for.
    pub fn is_over(&self) -> bool {
        self.failed.is_some() || self.stopped.is_some()
    }

    /// Whether every run so far sent this statement and no other.
    fn is_one(&self, sql: &str) -> bool {
        self.statement.as_ref().is_some_and(|only| only.as_deref() == Some(sql))
    }

    /// Whether every run so far sent one statement, and each the same.
    pub fn is_one_statement(&self) -> bool {
        self.statement.as_ref().is_some_and(Option::is_some)
    }

    fn note_statements(&mut self, execution: &Execution) {
        let only = match execution.queries.as_slice() {
            [query] => Some(query.rendered.clone()),
            _ => None,
        };
        self.statement = match self.statement.take() {
            None => Some(only),
            Some(before) => Some(before.filter(|sql| Some(sql) == only.as_ref())),
        };
    }
}

impl Judging<'_> {
    pub fn verdict(mut self) -> Result<Verdict, String> {
        let mut found = Found::default();
        let fixed = self.bench.fixed.clone();
        let mut pair = None;
        let mut whole = 0;
        for trial in &fixed {
            // Where order can make no difference, backwards is the same.
            if trial.case.reversed && !found.by_luck {
                continue;
            }
            match pair.as_mut().filter(|_| whole > WHOLE) {
                Some(both) => self.look_on(trial, both, &mut found)?,
                None => {
                    self.try_trial(trial, &mut found)?;
                    whole += usize::from(!trial.case.reversed);
                }
            }
            if found.is_over() {
                break;
            }
            if whole == 1
                && let Some(visible) = found.visible.clone()
            {
                let own = depends_on_order(self.answer, self.expectation.language, &visible);
                found.by_luck = own || self.bench.by_luck;
                pair = self.pair(&visible)?;
            }
            pair = pair.filter(|both: &Pair| both.is_sure() && found.is_one(&both.given.sql));
        }
        if !found.is_over() && !runs_once(self.expectation) {
            pair = self.screened(pair, &mut found)?;
        }
        if !found.is_over() && !runs_once(self.expectation) {
            self.aimed(pair, &mut found)?;
        }
        let Some(expected) = fixed.first().and_then(Trial::known) else {
            return Err("the question's setup fails on its dataset".to_owned());
        };
        self.concluded(found, &expected)
    }

    /// Both sides as statements, when they show on the visible database what the statements give.
    fn pair(&mut self, visible: &Run) -> Result<Option<Pair>, String> {
        let Some(wanted) = self.bench.reading.clone() else { return Ok(None) };
        let Some(sql) = only_statement(self.answer, self.expectation.language, visible) else { return Ok(None) };
        let case = self.lab.visible();
        let (Look::Rows(expected), Look::Rows(raw)) = (self.lab.look(&case, &wanted.sql)?, self.lab.look(&case, sql)?)
        else {
            return Ok(None);
        };
        let Some(given) = Reading::of(self.answer, self.expectation.language, visible, &raw) else { return Ok(None) };
        let mut binding = Binding::default();
        let (expected, got) = (wanted.shown(&expected), given.shown(&raw));
        let same = stated_difference(self.lab, self.expectation, &mut binding, &expected, &got).is_none();
        Ok(same.then_some(Pair { wanted, given, binding, doubts: 0 }))
    }

    /// Both sides as statements, whether they show the same or not.
    fn readings(&mut self, found: &Found) -> Result<Option<Readings>, String> {
        let (Some(wanted), Some(visible)) = (self.bench.reading.clone(), &found.visible) else { return Ok(None) };
        let Some(sql) = only_statement(self.answer, self.expectation.language, visible) else { return Ok(None) };
        let case = self.lab.visible();
        let Look::Rows(raw) = self.lab.look(&case, sql)? else { return Ok(None) };
        let given = Reading::of(self.answer, self.expectation.language, visible, &raw);
        Ok(given.map(|given| Readings { wanted, given }))
    }

    /// Runs the answer on a database.
    pub fn try_trial(&mut self, trial: &Trial, found: &mut Found) -> Result<(), String> {
        let expected = trial.expected(self.lab, self.expectation, self.limits)?;
        self.try_on(&trial.case, expected.as_ref(), found)
    }

    /// Looks at what the answer's statement gives on a database. Only where that is another result the answer is run.
    pub fn look_on(&mut self, trial: &Trial, pair: &mut Pair, found: &mut Found) -> Result<(), String> {
        let Some(expected) = &trial.stated else { return self.try_trial(trial, found) };
        match self.lab.look(&trial.case, &pair.given.sql)? {
            Look::TooLong => return Ok(()),
            Look::Failed => {}
            Look::Rows(raw) => {
                let got = pair.given.shown(&raw);
                if stated_difference(self.lab, self.expectation, &mut pair.binding, expected, &got).is_none() {
                    self.executions += 1;
                    found.databases += usize::from(!trial.case.reversed);
                    return Ok(());
                }
            }
        }
        self.try_trial(trial, found)?;
        pair.doubts += usize::from(!found.is_over());
        Ok(())
    }

    pub fn run(&mut self, code: &str, case: &Case) -> Result<Option<Run>, String> {
        self.lab.run(self.expectation, code, case, self.limits).map_err(|error| error.to_string())
    }

    pub fn try_on(&mut self, case: &Case, expected: Option<&Rc<Run>>, found: &mut Found) -> Result<(), String> {
        let Some(expected) = expected else { return Ok(()) };
        let answer = self.answer;
        let before = self.lab.renewals();
        let Some(run) = self.run(answer, case)? else { return Ok(()) };
        found.leaves_traces |= self.lab.renewals() != before;
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
        // On another day a statement has other parameters.
        if case.days == 0 {
            found.note_statements(&run.execution);
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
            Some(failure) => {
                let readings = self.readings(&found)?;
                self.failed(&mut verdict, failure, readings.as_ref())?;
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

    /// Reasons that can't be the answer's, by what its statements say.
    fn ruled_out(&self, statements: &[String], clauses: &[ClauseDifference]) -> Vec<&'static str> {
        let mut ruled_out = Vec::new();
        if self.answer.contains("sort") || statements.iter().any(|sql| is_ordered(sql)) {
            ruled_out.push("missing-order");
        }
        // Where a key stands that the reference does not have, the order is another one, not one too short.
        if clauses.iter().any(|clause| clause.stage == Stage::OrderBy && !clause.added.is_empty()) {
            ruled_out.push("missing-tie-break");
        }
        ruled_out
    }

    fn failed(
        &mut self,
        verdict: &mut Verdict,
        (case, wanted, run, difference): &Failure,
        readings: Option<&Readings>,
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
                verdict.findings.extend(self.known_wrong(Some(case), readings)?);
                let statements = (verdict.answer_sql.as_slice(), verdict.reference_sql.as_slice());
                let clauses = match statements {
                    ([answer], [reference]) => differing_clauses(answer, reference).unwrap_or_default(),
                    _ => Vec::new(),
                };
                // Of rows in another form, of other columns or of another model the clauses say nothing.
                let about_rows = !matches!(difference.symptom, Symptom::Form | Symptom::Column | Symptom::Model)
                    && !difference.by_luck;
                let mut edit = None;
                if verdict.findings.is_empty() && self.expectation.compare != Compare::Schema && about_rows {
                    let ruled_out = self.ruled_out(&verdict.answer_sql, &clauses);
                    if let Some((finding, made)) = self.like_mutant(case, readings, &ruled_out)? {
                        verdict.findings.push(finding);
                        edit = Some(made);
                    }
                }
                let mut symptom = by_symptom(difference, &verdict.answer_sql, &verdict.reference_sql);
                symptom.line = difference.place.as_ref().and_then(|(model, field)| line_of(self.answer, model, field));
                match clauses.as_slice() {
                    _ if !about_rows => {}
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
                // Of several clauses that differ, each may say the same in other words; a single one is what is wrong.
                if let ([only], ([_], [reference])) = (clauses.as_slice(), statements)
                    && about_rows
                {
                    let reasons = by_clause(only, difference.symptom, reference);
                    verdict.findings.extend(
                        reasons.filter(|reason| !verdict.findings.iter().any(|finding| finding.id == reason.id)),
                    );
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
                verdict.findings.extend(self.known_wrong(Some(case), readings)?);
                verdict.error = error;
            }
        }
        if what == "rows" {
            let symptom = difference.as_ref().map(|difference| difference.symptom);
            // What raises on the dataset's own rows raises whatever the rows are.
            if verdict.kind != VerdictKind::Error {
                verdict.counterexample = self.counterexample(case, wanted, run, symptom, readings)?;
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
