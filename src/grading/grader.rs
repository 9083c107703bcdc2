//! [`Grader`]: judges answers on many small databases.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::answer::completed;
use super::distill::{Distilled, distill};
use super::equivalence::equivalence;
use super::judging::Judging;
use super::lab::Lab;
use super::trials::{Bench, Suite, bench_of, runs_once};
use super::{Compare, Expectation, Verdict, VerdictKind};
use crate::runner::{Language, Limits};

/// How many questions' databases are kept: a megabyte or two each.
const MOST_BENCHES: usize = 24;

/// A question's databases, under the digest of what it expects.
type Kept = ([u8; 32], Rc<RefCell<Bench>>);

/// Judges answers. Keeps each dataset's models, and each question's databases with what the reference shows on them.
pub struct Grader {
    interrupt: Arc<AtomicBool>,
    labs: RefCell<FxHashMap<String, Rc<RefCell<Lab>>>>,
    /// The questions judged last, the latest at the end.
    benches: RefCell<Vec<Kept>>,
}

impl Grader {
    /// A grader; what it runs looks at `interrupt`. Runs on the calling thread, which must have a large stack.
    pub fn new(interrupt: Arc<AtomicBool>) -> Self {
        Self { interrupt, labs: RefCell::default(), benches: RefCell::default() }
    }

    /// Judges an answer. The same question, answer and seed give the same verdict, apart from its time.
    pub fn grade(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64) -> Verdict {
        self.timed(expectation, answer, limits, seed, false)
    }

    /// As [`Self::grade`], but for the entry that the question may have for this very answer: what the judge finds by itself.
    pub fn grade_blindly(&self, expectation: &Expectation, answer: &str, limits: &Limits) -> Verdict {
        self.timed(expectation, answer, limits, 0, true)
    }

    fn timed(&self, expectation: &Expectation, answer: &str, limits: &Limits, seed: u64, blind: bool) -> Verdict {
        let started = Instant::now();
        let mut verdict = match self.judged(expectation, answer, limits, seed, blind) {
            Ok(verdict) => verdict,
            Err(reason) => Verdict::failing(VerdictKind::Unsupported, "run", reason),
        };
        verdict.elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        verdict
    }

    pub(super) fn lab(&self, dataset: &str) -> Result<Rc<RefCell<Lab>>, String> {
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
        let mut found = {
            let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
            distill(&mut lab, expectation, limits)?
        };
        let chosen = Expectation { seeds: found.seeds.clone(), ..expectation.clone() };
        let tables = lab.try_borrow().map_err(|error| error.to_string())?.tables.clone();
        for survivor in std::mem::take(&mut found.survivors) {
            let verdict = self.grade_blindly(&chosen, &survivor.code, limits);
            if !matches!(verdict.kind, VerdictKind::Correct | VerdictKind::OverBudget) {
                found.late += 1;
                continue;
            }
            let reason = survivor
                .statements
                .as_ref()
                .and_then(|(one, other)| equivalence(one, other, &tables, &expectation.order));
            match reason {
                Some(reason) => found.equivalent.push((survivor, reason)),
                None => found.survivors.push(survivor),
            }
        }
        Ok(found)
    }

    /// How good a question's databases are; none where one is enough.
    pub fn suite(&self, expectation: &Expectation, limits: &Limits) -> Result<Option<Suite>, String> {
        if runs_once(expectation) {
            return Ok(None);
        }
        let lab = self.lab(&expectation.dataset)?;
        let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
        let bench = self.bench(&mut lab, expectation, limits, 0)?;
        let bench = bench.try_borrow().map_err(|error| error.to_string())?;
        Ok(Some(bench.suite()))
    }

    fn bench(
        &self,
        lab: &mut Lab,
        expectation: &Expectation,
        limits: &Limits,
        seed: u64,
    ) -> Result<Rc<RefCell<Bench>>, String> {
        let key = key_of(expectation, seed);
        let known = self.benches.borrow().iter().position(|(other, _)| *other == key);
        let bench = match known {
            Some(at) => self.benches.borrow_mut().remove(at).1,
            None => Rc::new(RefCell::new(bench_of(lab, expectation, limits)?)),
        };
        let mut benches = self.benches.borrow_mut();
        if benches.len() >= MOST_BENCHES {
            benches.remove(0);
        }
        benches.push((key, bench.clone()));
        Ok(bench)
    }

    fn judged(
        &self,
        expectation: &Expectation,
        answer: &str,
        limits: &Limits,
        seed: u64,
        blind: bool,
    ) -> Result<Verdict, String> {
        let lab = self.lab(&expectation.dataset)?;
        let mut lab = lab.try_borrow_mut().map_err(|error| error.to_string())?;
        let bench = self.bench(&mut lab, expectation, limits, seed)?;
        let mut bench = bench.try_borrow_mut().map_err(|error| error.to_string())?;
        let gives_value = expectation.compare == Compare::Value
            && expectation.tests.is_none()
            && expectation.language == Language::Python;
        let (answer, remark) = if gives_value { completed(answer) } else { (Cow::Borrowed(answer), None) };
        let judging = Judging {
            lab: &mut lab,
            bench: &mut bench,
            expectation,
            answer: &answer,
            limits,
            seed,
            blind,
            executions: 0,
        };
        let mut verdict = judging.verdict()?;
        if let Some(remark) = remark.filter(|_| verdict.kind == VerdictKind::Correct) {
            verdict.remarks.insert(0, remark);
        }
        Ok(verdict)
    }
}

fn key_of(expectation: &Expectation, seed: u64) -> [u8; 32] {
    Sha256::digest(format!("{expectation:?}\0{seed}")).into()
}
