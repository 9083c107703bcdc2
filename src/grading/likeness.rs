//! Which known mistake an answer behaves like: one that the question's author wrote down, or an edit of the reference.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::compare::{Binding, Comparison, compared};
use super::judging::Judging;
use super::lab::{Case, Run};
use super::mutants::mutants;
use super::{Compare, Finding, HANDBOOK, KnownWrong};

/// A reason, and the edit of the reference that behaves like the answer: what it has, and what stands there instead.
pub type Likeness = (Finding, (String, String));

impl Judging<'_> {
    /// The known wrong answers that behave like this one, each as a finding. With a database that tells the answer from
    /// the reference they must agree there first.
    pub fn known_wrong(&mut self, failed: Option<&Case>) -> Result<Vec<Finding>, String> {
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
                let wrong = match self.bench.mistakes.get(&(number, at)) {
                    Some(run) => Some(run.clone()),
                    None => {
                        let run = self.run(&known.code, &cases[at])?.map(Rc::new);
                        if let Some(run) = &run {
                            self.bench.mistakes.insert((number, at), run.clone());
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
                            // A model may state more than another: alike are those that state the same.
                            && (expectation.compare != Compare::Schema
                                || matches!(
                                    compared(self.lab, expectation, &mut Binding::default(), run, &wrong),
                                    Comparison::Same
                                ))
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

    /// What the answer got wrong, when it behaves like a variant of the reference on the databases tried.
    pub fn like_mutant(&mut self, failed: &Case) -> Result<Option<Likeness>, String> {
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
                let page = HANDBOOK.iter().find(|page| page.id == mutant.finding);
                let means = page.map(|page| page.means.split(". ").next().unwrap_or(page.means)).unwrap_or_default();
                let message = means.trim_end_matches('.').to_owned();
                let finding = Finding { id: mutant.finding.to_owned(), line: None, message };
                return Ok(Some((finding, parts_of(&mutant.edit))));
            }
        }
        Ok(None)
    }
}

/// An edit's two sides, from its text.
fn parts_of(edit: &str) -> (String, String) {
    let (old, new) = edit.split_once("` → `").unwrap_or((edit, ""));
    (old.trim_matches('`').to_owned(), new.trim_matches('`').to_owned())
}

fn finding_of(known: &KnownWrong) -> Finding {
    Finding { id: known.finding.clone(), line: None, message: known.says.clone() }
}
