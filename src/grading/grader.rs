//! [`Grader`]: judges answers on many small databases.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::compare::{Binding, Difference, Rules, Shown, Symptom, state_difference};
use super::databases::{Literal, Plan, literals};
use super::distill::{Distilled, distill};
use super::findings::{by_symptom, differing_clauses, repeated_queries, wasteful};
use super::lab::{Case, Lab, Run};
use super::mutants::mutants;
use super::shape::shape_words;
use super::shrink::shrink;
use super::{Check, Compare, Counterexample, Expectation, Finding, Order, Table, Verdict, VerdictKind};
use crate::runner::{Execution, Limits, LoggedQuery, Outcome, QueryKind};

/// Databases that are tried in both ways when none were distilled.
const DISTILLED: usize = 7;
/// Databases that are drawn for each answer, with the constants that it writes.
const DRAWN: usize = 10;

/// Judges answers. Keeps each dataset's models, and each question's databases with what the reference shows on them.
pub struct Grader {
    interrupt: Arc<AtomicBool>,
    labs: RefCell<FxHashMap<String, Rc<RefCell<Lab>>>>,
    benches: RefCell<FxHashMap<[u8; 32], Rc<RefCell<Bench>>>>,
}

/// What is kept of a question.
struct Bench {
    literals: Vec<Literal>,
    /// The visible database and the distilled ones.
    fixed: Vec<Trial>,
    /// The drawn ones, by the constants that they know beyond the reference's.
    drawn: Vec<(Vec<Literal>, Vec<Trial>)>,
    /// A database with a few parents and one with three times as many, once they were needed.
    growth: Option<Vec<Case>>,
    /// Runs of the known wrong answers on the fixed databases.
    known: FxHashMap<(usize, usize), Rc<Run>>,
}

/// A database and what the reference shows on it.
struct Trial {
    case: Case,
    expected: Option<Rc<Run>>,
}

/// What became of one answer on one database.
pub enum Comparison {
    /// No difference.
    Same,
    /// The database says nothing: the setup or the reference fails on it.
    LeftOut,
    /// A difference.
    Differs(Difference),
    /// The answer raised where the reference did not.
    Raised,
}

impl Grader {
    /// A grader; what it runs looks at `interrupt`. Runs on the calling thread, which must have a large stack.
    pub fn new(interrupt: Arc<AtomicBool>) -> Self {
        Self { interrupt, labs: RefCell::default(), benches: RefCell::default() }
    }

    /// Judges an answer. The same question, answer and seed give the same verdict, apart from its time.
    pub fn grade(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Verdict {
        let started = Instant::now();
        let mut verdict = match self.judged(expectation, answer, limits, seed) {
            Ok(verdict) => verdict,
            Err(reason) => blank(VerdictKind::Unsupported, "run", reason),
        };
        verdict.elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        verdict
    }

    fn lab(&self, dataset: &str) -> Result<Rc<RefCell<Lab>>, String> {
        if let Some(lab) = self.labs.borrow().get(dataset) {
            return Ok(lab.clone());
        }
        let lab = Lab::open(dataset, &self.interrupt).map_err(|error| error.to_string())?;
        let lab = Rc::new(RefCell::new(lab));
        self.labs.borrow_mut().insert(dataset.to_owned(), lab.clone());
        Ok(lab)
    }

    /// Chooses the databases of a question; see [`Distilled`].
    pub fn distill(&self, expectation: &Expectation, limits: &Limits) -> Result<Distilled, String> {
        let lab = self.lab(&expectation.dataset)?;
        let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
        distill(&mut lab, expectation, limits)
    }

    fn judged(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Result<Verdict, String> {
        let lab = self.lab(&expectation.dataset)?;
        let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
        let key = key_of(expectation, seed);
        let known = self.benches.borrow().get(&key).cloned();
        let bench = match known {
            Some(bench) => bench,
            None => {
                let bench = Rc::new(RefCell::new(bench_of(&mut lab, expectation, limits)?));
                self.benches.borrow_mut().insert(key, bench.clone());
                bench
            }
        };
        let mut bench = bench.try_borrow_mut().map_err(|error| error.to_string())?;
        Judging { lab: &mut lab, bench: &mut bench, expectation, answer, limits, seed, executions: 0 }.verdict()
    }
}

fn key_of(expectation: &Expectation, seed: u64) -> [u8; 32] {
    Sha256::digest(format!("{expectation:?}\0{seed}")).into()
}

/// Seeds that follow from the question and a seed of the caller's.
fn seeds(expectation: &Expectation, purpose: &str, seed: u64, count: usize) -> Vec<u64> {
    (0..count)
        .map(|number| {
            let text = format!("{purpose}\0{}\0{}\0{seed}\0{number}", expectation.dataset, expectation.code);
            let digest = Sha256::digest(text);
            digest.iter().take(6).fold(1_u64, |sum, byte| (sum << 8) | u64::from(*byte))
        })
        .collect()
}

fn bench_of(lab: &mut Lab, expectation: &Expectation, limits: &Limits) -> Result<Bench, String> {
    let literals = literals(&expectation.code, expectation.language);
    let mut cases = vec![lab.visible()];
    if runs_once(expectation) {
        cases.truncate(1);
    } else {
        let shown = reference_on(lab, expectation, &cases[0], limits)?;
        let indexes = shown.map(|run| index_columns(&run.execution)).unwrap_or_default();
        let mut chosen = expectation.seeds.clone();
        if chosen.is_empty() {
            chosen.push(0);
            chosen.extend(seeds(expectation, "suite", 0, DISTILLED - 1));
        }
        for (at, seed) in chosen.into_iter().enumerate() {
            let drawn = lab.drawn_twice(&literals, Plan { seed, scale: None }, at + 1, &indexes);
            cases.extend(drawn.into_iter().flat_map(|(plain, reversed)| [plain, reversed]));
        }
    }
    let mut fixed = Vec::with_capacity(cases.len());
    for case in cases {
        let expected = reference_on(lab, expectation, &case, limits)?;
        fixed.push(Trial { case, expected });
    }
    let visible = fixed.first().and_then(|trial| trial.expected.as_ref());
    // What cannot be run may hide behind an exception of its own, so this is nobody's mistake but ours.
    if let Some(error) = visible.and_then(|run| run.execution.error()) {
        return Err(format!("the reference raises {}: {}", error.kind, error.message));
    }
    if let Some((test, message)) = visible.and_then(|run| run.failures.as_ref()?.first()) {
        return Err(format!("the reference fails its test {test}: {message}"));
    }
    match visible {
        Some(_) => Ok(Bench { literals, fixed, drawn: Vec::new(), growth: None, known: FxHashMap::default() }),
        _ => Err("the question's setup fails on its dataset".to_owned()),
    }
}

/// Whether other databases say nothing more: the answer's models or the question's own tests are judged.
pub fn runs_once(expectation: &Expectation) -> bool {
    expectation.compare == Compare::Schema || expectation.tests.is_some()
}

/// What the reference shows on a database; none when it is left out.
pub fn reference_on(
    lab: &mut Lab,
    expectation: &Expectation,
    case: &Case,
    limits: &Limits,
) -> Result<Option<Rc<Run>>, String> {
    let run = lab.run(expectation, &expectation.code, case, limits).map_err(|error| error.to_string())?;
    let Some(run) = run else { return Ok(None) };
    if let Some(feature) = &run.execution.unsupported {
        return Err(format!("the reference needs {feature}"));
    }
    match &run.execution.outcome {
        Outcome::Limit(limit) => Err(format!("the reference hits a limit: {limit}")),
        Outcome::Interrupted => Err("interrupted".to_owned()),
        Outcome::Finished | Outcome::Raised(_) => Ok(Some(Rc::new(run))),
    }
}

struct Judging<'a> {
    lab: &'a mut Lab,
    bench: &'a mut Bench,
    expectation: &'a Expectation,
    answer: &'a str,
    limits: &'a Limits,
    seed: u64,
    executions: usize,
}

/// The first database that shows a difference: its case, the reference's and the answer's run, the difference.
type Failure = (Case, Rc<Run>, Rc<Run>, Option<Difference>);

/// A drawn database with what the reference shows on it.
type Drawn = (Case, Option<Rc<Run>>);

/// How far judging came.
#[derive(Default)]
struct Found {
    binding: Binding,
    /// The first database that shows a difference: its case, both runs, the difference.
    failed: Option<Failure>,
    /// The answer's run on the visible database.
    visible: Option<Rc<Run>>,
    /// The runs with the fewest and with the most statements.
    extremes: Option<(Rc<Run>, Rc<Run>)>,
    most_queries: usize,
    databases: usize,
    /// Set when judging ends without a comparison.
    stopped: Option<Verdict>,
}

impl Judging<'_> {
    fn verdict(mut self) -> Result<Verdict, String> {
        let mut found = Found::default();
        let fixed: Vec<(Case, Option<Rc<Run>>)> =
            self.bench.fixed.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect();
        for (case, expected) in &fixed {
            self.try_on(case, expected.as_ref(), &mut found)?;
            if found.failed.is_some() || found.stopped.is_some() {
                break;
            }
        }
        if found.failed.is_none() && found.stopped.is_none() && !runs_once(self.expectation) {
            for (case, expected) in self.drawn()? {
                self.try_on(&case, expected.as_ref(), &mut found)?;
                if found.failed.is_some() || found.stopped.is_some() {
                    break;
                }
            }
        }
        let Some(expected) = fixed.first().and_then(|(_, expected)| expected.clone()) else {
            return Err("the question's setup fails on its dataset".to_owned());
        };
        self.concluded(found, &expected)
    }

    /// The databases that know the answer's own constants.
    fn drawn(&mut self) -> Result<Vec<Drawn>, String> {
        let extra: Vec<Literal> = literals(self.answer, self.expectation.language)
            .into_iter()
            .filter(|literal| !self.bench.literals.contains(literal))
            .collect();
        if let Some((_, trials)) = self.bench.drawn.iter().find(|(known, _)| *known == extra) {
            return Ok(trials.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect());
        }
        let mut all = self.bench.literals.clone();
        all.extend(extra.iter().cloned());
        let mut trials = Vec::with_capacity(DRAWN);
        for (at, seed) in seeds(self.expectation, "drawn", self.seed, DRAWN).into_iter().enumerate() {
            let Some(case) = self.lab.drawn(&all, Plan { seed, scale: None }, 100 + at) else { continue };
            let expected = reference_on(self.lab, self.expectation, &case, self.limits)?;
            trials.push(Trial { case, expected });
        }
        let cases = trials.iter().map(|trial| (trial.case.clone(), trial.expected.clone())).collect();
        if self.bench.drawn.len() >= 8 {
            self.bench.drawn.remove(0);
        }
        self.bench.drawn.push((extra, trials));
        Ok(cases)
    }

    fn run(&mut self, code: &str, case: &Case) -> Result<Option<Run>, String> {
        self.executions += 1;
        self.lab.run(self.expectation, code, case, self.limits).map_err(|error| error.to_string())
    }

    fn try_on(&mut self, case: &Case, expected: Option<&Rc<Run>>, found: &mut Found) -> Result<(), String> {
        let Some(expected) = expected else { return Ok(()) };
        let answer = self.answer;
        let Some(run) = self.run(answer, case)? else { return Ok(()) };
        let run = Rc::new(run);
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
        let mut verdict = found.stopped.take().unwrap_or_else(|| blank(VerdictKind::Correct, "", String::new()));
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
                if verdict.findings.is_empty() {
                    verdict.findings.extend(self.like_mutant(case)?);
                }
                let mut symptom = by_symptom(difference, &verdict.answer_sql, &verdict.reference_sql);
                if let ([answer], [reference]) = (verdict.answer_sql.as_slice(), verdict.reference_sql.as_slice())
                    && let Some([clause]) = differing_clauses(answer, reference).as_deref()
                {
                    symptom.message.push_str(&format!(" (only {clause} differs from the reference)"));
                }
                let suggested = match self.expectation.compare {
                    Compare::Database => Finding { id: "wrong-final-state".to_owned(), ..symptom },
                    _ => symptom,
                };
                if !verdict.findings.iter().any(|finding| finding.id == suggested.id) {
                    verdict.findings.push(suggested);
                }
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
            let smaller = self.smaller(case, difference.is_none())?;
            verdict.counterexample = Some(match &smaller {
                Some((case, wanted, run)) => self.counterexample(case, wanted, run),
                None => self.counterexample(case, wanted, run),
            });
        }
        Ok(())
    }

    /// The smallest database found that shows a difference of the same sort.
    fn smaller(&mut self, case: &Case, raised: bool) -> Result<Option<(Case, Run, Run)>, String> {
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

    /// What the answer got wrong, when it behaves like a variant of the reference on the databases tried.
    fn like_mutant(&mut self, failed: &Case) -> Result<Option<Finding>, String> {
        let mut cases = vec![failed.clone()];
        let others = self.bench.fixed.iter().map(|trial| &trial.case).filter(|case| case.number != failed.number);
        cases.extend(others.filter(|case| !case.reversed).take(6).cloned());
        let expectation = self.expectation;
        let answer = self.answer;
        let mut runs = Vec::new();
        for case in &cases {
            runs.push(self.run(answer, case)?);
        }
        for mutant in mutants(&expectation.code, expectation.language) {
            let mut binding = Binding::default();
            let mut alike = true;
            for (case, run) in cases.iter().zip(&runs) {
                let (Some(run), Some(variant)) = (run, self.run(&mutant.code, case)?) else { continue };
                if !matches!(compared(self.lab, expectation, &mut binding, &variant, run), Comparison::Same) {
                    alike = false;
                    break;
                }
            }
            if alike {
                let page = super::HANDBOOK.iter().find(|page| page.id == mutant.finding);
                let means = page.map(|page| page.means.split(". ").next().unwrap_or(page.means)).unwrap_or_default();
                let message = means.trim_end_matches('.').to_owned();
                return Ok(Some(Finding { id: mutant.finding.to_owned(), line: None, message }));
            }
        }
        Ok(None)
    }

    fn counterexample(&self, case: &Case, wanted: &Run, run: &Run) -> Counterexample {
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

    /// Right rows: whether the statements are too many, or not of the shape that is asked for.
    fn budget(&mut self, verdict: &mut Verdict, found: &Found, expected: &Rc<Run>) -> Result<(), String> {
        let visible = found.visible.clone();
        let mut most = found.most_queries;
        let growth = self.growth()?;
        if let Some((small, large)) = &growth {
            most = most.max(small.counted_queries()).max(large.counted_queries());
        }
        verdict.queries = most;
        let mut over = false;
        if let Some(budget) = self.expectation.max_queries {
            over = most > budget;
            let detail = if over { format!("{} queries, {budget} allowed", most) } else { String::new() };
            verdict.checks.push(Check { name: "queries", ok: !over, detail });
        }
        let mut misshapen = false;
        let shape = &self.expectation.shape;
        if !shape.require.is_empty() || !shape.forbid.is_empty() {
            let words: Vec<&str> = verdict.answer_sql.iter().flat_map(|sql| shape_words(sql)).collect();
            let missing = shape.require.iter().find(|word| !words.contains(&word.as_str()));
            let unwanted = shape.forbid.iter().find(|word| words.contains(&word.as_str()));
            let detail = match (missing, unwanted) {
                (Some(word), _) => format!("the SQL has no {}, which was asked for", word.replace('_', " ")),
                (None, Some(word)) => format!("the SQL has {}, which was not to be there", word.replace('_', " ")),
                (None, None) => String::new(),
            };
            misshapen = !detail.is_empty();
            verdict.checks.push(Check { name: "shape", ok: !misshapen, detail });
        }
        if over || misshapen {
            verdict.kind = VerdictKind::OverBudget;
            verdict.findings.extend(self.known_wrong(None)?);
        }
        let mut seen: Vec<Finding> = Vec::new();
        if let Some((small, large)) = &growth {
            seen.extend(repeated_queries(self.answer, small, large));
        }
        if seen.is_empty()
            && let Some((least, most)) = &found.extremes
        {
            seen.extend(repeated_queries(self.answer, &least.execution, &most.execution));
        }
        if let Some(visible) = &visible {
            seen.extend(wasteful(self.answer, &visible.execution, &expected.execution));
        }
        // What the reference does as well is no fault of the answer's.
        if verdict.kind == VerdictKind::Correct && self.expectation.max_queries.is_none() {
            return Ok(());
        }
        for finding in seen {
            let is_new = !verdict.findings.iter().any(|known| known.id == finding.id);
            if is_new && (verdict.kind != VerdictKind::Correct) {
                verdict.findings.push(finding);
            } else if is_new && finding.id != "unneeded-query" {
                verdict.remarks.push(finding.message);
            }
        }
        Ok(())
    }

    /// The answer on a database with a few parents and on one with three times as many.
    fn growth(&mut self) -> Result<Option<(Execution, Execution)>, String> {
        if runs_once(self.expectation) || self.expectation.language == crate::runner::Language::Sql {
            return Ok(None);
        }
        if self.bench.growth.is_none() {
            let drawn = |scale| self.lab.drawn(&self.bench.literals, Plan { seed: 1, scale: Some(scale) }, 200);
            self.bench.growth = Some([3, 9].into_iter().filter_map(drawn).collect());
        }
        let cases = self.bench.growth.clone().unwrap_or_default();
        let mut runs = Vec::new();
        for case in cases {
            let answer = self.answer;
            match self.run(answer, &case)? {
                Some(run) if run.finished() => runs.push(run.execution),
                _ => return Ok(None),
            }
        }
        let large = runs.pop();
        Ok(runs.pop().zip(large))
    }

    /// The known wrong answers that behave like this one, each as a finding. With a database that tells the answer from
    /// the reference they must agree there first.
    fn known_wrong(&mut self, failed: Option<&Case>) -> Result<Vec<Finding>, String> {
        let mut findings: Vec<Finding> = Vec::new();
        let plain = |code: &str| code.split_whitespace().collect::<Vec<_>>().join(" ");
        for known in &self.expectation.known_wrong {
            if plain(&known.code) == plain(self.answer) {
                findings.push(finding_of(known));
            }
        }
        if !findings.is_empty() {
            return Ok(findings);
        }
        let cases: Vec<Case> = self.bench.fixed.iter().map(|trial| trial.case.clone()).collect();
        let mut order: Vec<usize> = (0..cases.len()).collect();
        // The database that showed the difference tells most.
        if let Some(failed) = failed {
            order.sort_by_key(|&at| {
                usize::from(cases[at].number != failed.number || cases[at].reversed != failed.reversed)
            });
        }
        let mut answers: FxHashMap<usize, Option<Rc<Run>>> = FxHashMap::default();
        let expectation = self.expectation;
        for (number, known) in expectation.known_wrong.iter().enumerate() {
            let mut binding = Binding::default();
            let mut agreed = false;
            let mut alike = true;
            for &at in &order {
                let wrong = match self.bench.known.get(&(number, at)) {
                    Some(run) => Some(run.clone()),
                    None => {
                        let run = self.run(&known.code, &cases[at])?.map(Rc::new);
                        if let Some(run) = &run {
                            self.bench.known.insert((number, at), run.clone());
                        }
                        run
                    }
                };
                let Some(wrong) = wrong else { continue };
                if let std::collections::hash_map::Entry::Vacant(place) = answers.entry(at) {
                    let answer = self.answer;
                    place.insert(self.run(answer, &cases[at])?.map(Rc::new));
                }
                let Some(Some(run)) = answers.get(&at) else { continue };
                let same = match (wrong.execution.error(), run.execution.error()) {
                    (Some(one), Some(other)) => one.kind == other.kind,
                    (None, None) => {
                        matches!(compared(self.lab, self.expectation, &mut binding, &wrong, run), Comparison::Same)
                            && (failed.is_some()
                                || wrong.execution.counted_queries() == run.execution.counted_queries())
                    }
                    _ => false,
                };
                if !same {
                    alike = false;
                    break;
                }
                agreed = true;
            }
            if alike && agreed && !findings.iter().any(|finding| finding.id == known.finding) {
                findings.push(finding_of(known));
            }
        }
        Ok(findings)
    }
}

/// Compares two runs on the same database.
pub fn compared(lab: &Lab, expectation: &Expectation, binding: &mut Binding, expected: &Run, run: &Run) -> Comparison {
    match (expected.execution.error(), run.execution.error()) {
        (Some(wanted), Some(given)) if wanted.kind == given.kind => return Comparison::Same,
        (Some(_), _) => return Comparison::LeftOut,
        (None, Some(_)) => return Comparison::Raised,
        (None, None) => {}
    }
    let differs = |symptom, detail| Comparison::Differs(Difference { symptom, detail });
    if let Some(failures) = &run.failures {
        return match failures.first() {
            Some((test, message)) => differs(Symptom::Values, format!("{test}: {message}")),
            None => Comparison::Same,
        };
    }
    match expectation.compare {
        Compare::Value => {
            let rules = Rules { order: &expectation.order, exact_columns: expectation.exact_columns };
            let attnames = match &expected.shown {
                Shown::Grid(grid) => match &grid.instances {
                    Some((label, _)) => lab.attnames(label),
                    None => Vec::new(),
                },
                _ => Vec::new(),
            };
            match binding.compare(&expected.shown, &run.shown, &attnames, rules) {
                Ok(()) if writes(&run.execution) && !writes(&expected.execution) => {
                    differs(Symptom::Form, "the answer changes rows, which was not asked for".to_owned())
                }
                Ok(()) => Comparison::Same,
                Err(difference) => Comparison::Differs(difference),
            }
        }
        Compare::Stdout => {
            if expected.printed == run.printed {
                return Comparison::Same;
            }
            let at = expected.printed.iter().zip(&run.printed).take_while(|(wanted, given)| wanted == given).count();
            let line = |lines: &[String]| lines.get(at).map_or("nothing".to_owned(), |line| format!("`{line}`"));
            let detail =
                format!("line {}: {} was expected, {} came", at + 1, line(&expected.printed), line(&run.printed));
            differs(printed_symptom(&expected.printed, &run.printed), detail)
        }
        Compare::Database => match state_difference(&expected.state, &run.state) {
            None => Comparison::Same,
            Some(detail) => differs(Symptom::Values, detail),
        },
        Compare::Schema => match schema_difference(&expected.schema, &run.schema) {
            None => Comparison::Same,
            Some(detail) => differs(Symptom::Values, detail),
        },
    }
}

fn finding_of(known: &super::KnownWrong) -> Finding {
    Finding { id: known.finding.clone(), line: None, message: known.says.clone() }
}

fn printed_symptom(expected: &[String], got: &[String]) -> Symptom {
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    let (wanted, given) = (sorted(expected), sorted(got));
    if wanted == given {
        Symptom::Order
    } else if given.iter().all(|line| wanted.contains(line)) && given.len() < wanted.len() {
        Symptom::Missing
    } else if wanted.iter().all(|line| given.contains(line)) && given.len() > wanted.len() {
        if given.iter().all(|line| wanted.contains(line)) { Symptom::Repeated } else { Symptom::Extra }
    } else {
        Symptom::Values
    }
}

/// The first difference between the statements that make tables.
fn schema_difference(expected: &[String], got: &[String]) -> Option<String> {
    let missing = expected.iter().find(|statement| !got.contains(statement));
    let extra = got.iter().find(|statement| !expected.contains(statement));
    match (missing, extra) {
        (None, None) => None,
        (Some(wanted), Some(given)) => Some(format!("`{wanted}` was expected, `{given}` came")),
        (Some(wanted), None) => Some(format!("missing: `{wanted}`")),
        (None, Some(given)) => Some(format!("not asked for: `{given}`")),
    }
}

/// The columns that stand after ORDER BY in a run's statements, each with whether it descends.
pub fn index_columns(execution: &Execution) -> Vec<(String, bool)> {
    const WORDS: [&str; 5] = ["ASC", "DESC", "NULLS", "FIRST", "LAST"];
    let mut columns: Vec<(String, bool)> = Vec::new();
    for query in &execution.queries {
        for part in query.rendered.split("ORDER BY").skip(1) {
            let part = part.split("LIMIT").next().unwrap_or(part);
            for key in part.split(',') {
                let mut names = key.split(|symbol: char| !(symbol.is_alphanumeric() || symbol == '_'));
                let name = names.rfind(|name| !name.is_empty() && !WORDS.contains(name));
                if let Some(name) = name.filter(|name| !columns.iter().any(|(known, _)| known == name)) {
                    columns.push((name.to_owned(), key.contains(" DESC")));
                }
            }
        }
    }
    columns
}

fn writes(execution: &Execution) -> bool {
    let changes = |query: &LoggedQuery| {
        matches!(query.kind, QueryKind::Insert | QueryKind::Update | QueryKind::Delete | QueryKind::Ddl)
            && !query.failed
    };
    execution.queries.iter().any(changes)
}

fn rendered(execution: &Execution) -> Vec<String> {
    execution.queries.iter().map(|query| query.rendered.clone()).collect()
}

/// What is shown of a result: its rows, or one value as a row.
fn shown_rows(execution: &Execution) -> (Vec<String>, Vec<Vec<crate::runner::Cell>>) {
    match (&execution.columns, &execution.rows, &execution.scalar) {
        (Some(columns), Some(rows), _) => (columns.clone(), rows.clone()),
        (_, _, Some(scalar)) => (vec!["value".to_owned()], vec![vec![scalar.clone()]]),
        _ => (Vec::new(), Vec::new()),
    }
}

fn stopped(kind: VerdictKind, execution: &Execution, detail: String) -> Verdict {
    let mut verdict = blank(kind, "run", detail);
    verdict.error = execution.error().cloned();
    verdict
}

fn blank(kind: VerdictKind, name: &'static str, detail: String) -> Verdict {
    let checks = if name.is_empty() { Vec::new() } else { vec![Check { name, ok: false, detail }] };
    Verdict {
        kind,
        checks,
        queries: 0,
        budget: None,
        databases: 0,
        executions: 0,
        remarks: Vec::new(),
        findings: Vec::new(),
        counterexample: None,
        error: None,
        answer_sql: Vec::new(),
        reference_sql: Vec::new(),
        elapsed_ms: 0.0,
    }
}
