//! Which known mistake an answer behaves like: one that the question's author wrote down, or an edit of the reference.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::compare::{Binding, Comparison, Shown, compared};
use super::judging::{Judging, Readings};
use super::lab::{Case, Look, Run};
use super::mutants::{Mutant, mutants};
use super::reading::{Reading, only_statement};
use super::trials::stated_difference;
use super::{Compare, Finding, HANDBOOK, KnownWrong};

/// A reason, and the edit of the reference that behaves like the answer: what it has, and what stands there instead.
pub type Likeness = (Finding, (String, String));

/// What an answer may be like, and what its statement gives on the question's databases.
pub struct Variant {
    /// The edit of the reference that it is.
    mutant: Mutant,
    /// Its statement, once it was needed; none within where that does not say all.
    reading: Option<Option<Reading>>,
    /// What that gives on databases, by their places among the fixed ones.
    shown: FxHashMap<usize, Option<Rc<Shown>>>,
}

impl Variant {
    fn of(mutant: Mutant) -> Self {
        Self { mutant, reading: None, shown: FxHashMap::default() }
    }
}

impl Judging<'_> {
    /// The known wrong answers that behave like this one, each as a finding. With a database that tells the answer from
    /// the reference they must agree there first.
    pub fn known_wrong(&mut self, failed: Option<&Case>, readings: Option<&Readings>) -> Result<Vec<Finding>, String> {
        let mut findings: Vec<Finding> = Vec::new();
        let plain = |code: &str| code.split_whitespace().collect::<Vec<_>>().join(" ");
        for known in &self.expectation.known_wrong {
            if plain(&known.code) == plain(self.answer) && !self.blind {
                findings.push(finding_of(known));
            }
        }
        if !findings.is_empty() {
            return Ok(findings);
        }
        let mut cases: Vec<Case> = self.bench.fixed.iter().map(|trial| trial.case.clone()).collect();
        let is_failed = |case: &Case, failed: &Case| case.number == failed.number && case.reversed == failed.reversed;
        // On the database that showed the difference they must agree first of all, whether it is one of these or not.
        if let Some(failed) = failed.filter(|failed| !cases.iter().any(|case| is_failed(case, failed))) {
            cases.push(failed.clone());
        }
        let mut order: Vec<usize> = (0..cases.len()).collect();
        if let Some(failed) = failed {
            order.sort_by_key(|&at| usize::from(!is_failed(&cases[at], failed)));
        }
        let mut answers: FxHashMap<usize, Option<Rc<Run>>> = FxHashMap::default();
        let mut stated: FxHashMap<usize, Option<Rc<Shown>>> = FxHashMap::default();
        let expectation = self.expectation;
        for (number, known) in expectation.known_wrong.iter().enumerate() {
            let is_own = self.blind && plain(&known.code) == plain(self.answer);
            if is_own || findings.iter().any(|finding| finding.id == known.finding) {
                continue;
            }
            let by_statement = match readings.filter(|_| failed.is_some()) {
                Some(readings) => self.alike_by_statement(number, readings, &cases, &order, &mut stated)?,
                None => None,
            };
            let alike = match by_statement {
                Some(alike) => alike,
                None => self.alike_by_runs(number, known, failed.is_some(), &cases, &order, &mut answers)?,
            };
            if alike {
                findings.push(finding_of(known));
            }
        }
        Ok(findings)
    }

    /// Whether a known wrong answer's statement gives what this answer's does; none where statements do not say all.
    fn alike_by_statement(
        &mut self,
        number: usize,
        readings: &Readings,
        cases: &[Case],
        order: &[usize],
        stated: &mut FxHashMap<usize, Option<Rc<Shown>>>,
    ) -> Result<Option<bool>, String> {
        let Some(reading) = self.variant_reading(number)? else { return Ok(None) };
        let mut binding = Binding::default();
        for &at in order {
            let wrong = self.variant_shown(number, &reading, at, &cases[at])?;
            if let Entry::Vacant(place) = stated.entry(at) {
                place.insert(self.given_shown(readings, &cases[at])?);
            }
            let same = match (&wrong, stated.get(&at)) {
                (Some(wrong), Some(Some(given))) => {
                    stated_difference(self.lab, self.expectation, &mut binding, wrong, given).is_none()
                        && stated_difference(self.lab, self.expectation, &mut Binding::default(), given, wrong)
                            .is_none()
                }
                _ => false,
            };
            if !same {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    /// Whether a known wrong answer behaves like this one on every database, both run.
    fn alike_by_runs(
        &mut self,
        number: usize,
        known: &KnownWrong,
        has_failed: bool,
        cases: &[Case],
        order: &[usize],
        answers: &mut FxHashMap<usize, Option<Rc<Run>>>,
    ) -> Result<bool, String> {
        let mut binding = Binding::default();
        let mut agreed = false;
        for &at in order {
            let stays = at < self.bench.fixed.len();
            let wrong = match self.bench.mistakes.get(&(number, at)).filter(|_| stays) {
                Some(run) => Some(run.clone()),
                None => {
                    let run = self.run(&known.code, &cases[at])?.map(Rc::new);
                    if let Some(run) = run.as_ref().filter(|_| stays) {
                        self.bench.mistakes.insert((number, at), run.clone());
                    }
                    run
                }
            };
            let Some(wrong) = wrong else { continue };
            if let Entry::Vacant(place) = answers.entry(at) {
                let answer = self.answer;
                place.insert(self.run(answer, &cases[at])?.map(Rc::new));
            }
            let Some(Some(run)) = answers.get(&at) else { continue };
            let same = match (wrong.execution.error(), run.execution.error()) {
                (Some(one), Some(other)) => one.kind == other.kind,
                (None, None) => {
                    let expectation = self.expectation;
                    // One may show or state more than the other and pass for it: alike are those that show the same.
                    matches!(compared(self.lab, expectation, &mut binding, &wrong, run), Comparison::Same)
                        && matches!(
                            compared(self.lab, expectation, &mut Binding::default(), run, &wrong),
                            Comparison::Same
                        )
                        && (has_failed || wrong.execution.counted_queries() == run.execution.counted_queries())
                }
                _ => false,
            };
            if !same {
                return Ok(false);
            }
            agreed = true;
        }
        Ok(agreed)
    }

    /// What the answer got wrong, when it behaves like a variant of the reference on the databases tried. Reasons that the
    /// answer's own words rule out are left aside.
    pub fn like_mutant(
        &mut self,
        failed: &Case,
        readings: Option<&Readings>,
        ruled_out: &[&str],
    ) -> Result<Option<Likeness>, String> {
        let others: Vec<usize> = (0..self.bench.fixed.len())
            .filter(|&at| {
                let case = &self.bench.fixed[at].case;
                case.number != failed.number && !case.reversed
            })
            .take(6)
            .collect();
        let alike = match readings {
            Some(readings) => self.like_by_statement(failed, readings, &others, ruled_out)?,
            None => self.like_by_runs(failed, &others, ruled_out)?,
        };
        Ok(alike.map(|mutant| {
            let page = HANDBOOK.iter().find(|page| page.id == mutant.finding);
            let means = page.map(|page| page.means.split(". ").next().unwrap_or(page.means)).unwrap_or_default();
            let message = means.trim_end_matches('.').to_owned();
            (Finding { id: mutant.finding.to_owned(), line: None, message }, parts_of(&mutant.edit))
        }))
    }

    fn like_by_runs(&mut self, failed: &Case, others: &[usize], ruled_out: &[&str]) -> Result<Option<Mutant>, String> {
        let mut cases = vec![failed.clone()];
        cases.extend(others.iter().map(|&at| self.bench.fixed[at].case.clone()));
        let (expectation, answer) = (self.expectation, self.answer);
        let mut runs = Vec::new();
        for case in &cases {
            runs.push(self.run(answer, case)?);
        }
        // Nothing is like nothing, whatever the reason.
        if !runs.iter().flatten().any(|run| says_something(&run.shown) || expectation.compare != Compare::Value) {
            return Ok(None);
        }
        let all = mutants(&expectation.code, expectation.language);
        for mutant in all.into_iter().filter(|mutant| !ruled_out.contains(&mutant.finding)) {
            let mut binding = Binding::default();
            let mut alike = true;
            for (case, run) in cases.iter().zip(&runs) {
                let (Some(run), Some(variant)) = (run, self.run(&mutant.code, case)?) else { continue };
                let same = matches!(compared(self.lab, expectation, &mut binding, &variant, run), Comparison::Same)
                    && matches!(
                        compared(self.lab, expectation, &mut Binding::default(), run, &variant),
                        Comparison::Same
                    );
                if !same {
                    alike = false;
                    break;
                }
            }
            if alike {
                return Ok(Some(mutant));
            }
        }
        Ok(None)
    }

    fn like_by_statement(
        &mut self,
        failed: &Case,
        readings: &Readings,
        others: &[usize],
        ruled_out: &[&str],
    ) -> Result<Option<Mutant>, String> {
        let mut given = Vec::new();
        for &at in others {
            let case = self.bench.fixed[at].case.clone();
            let Some(shown) = self.given_shown(readings, &case)? else { return Ok(None) };
            given.push((at, case, shown));
        }
        let Some(given_failed) = self.given_shown(readings, failed)? else { return Ok(None) };
        let telling = given.iter().map(|(_, _, shown)| shown).chain([&given_failed]).any(|shown| says_something(shown));
        if !telling {
            return Ok(None);
        }
        let first = self.expectation.known_wrong.len();
        for number in first..self.variants().len() {
            if self.variants().get(number).is_some_and(|variant| ruled_out.contains(&variant.mutant.finding)) {
                continue;
            }
            let Some(reading) = self.variant_reading(number)? else { continue };
            let mut binding = Binding::default();
            let mut alike = true;
            for (at, case, shown) in &given {
                let variant = self.variant_shown(number, &reading, *at, case)?;
                alike = variant.is_some_and(|variant| {
                    stated_difference(self.lab, self.expectation, &mut binding, &variant, shown).is_none()
                        && stated_difference(self.lab, self.expectation, &mut Binding::default(), shown, &variant)
                            .is_none()
                });
                if !alike {
                    break;
                }
            }
            if !alike {
                continue;
            }
            let Look::Rows(raw) = self.lab.look(failed, &reading.sql)? else { continue };
            let variant = reading.shown(&raw);
            if stated_difference(self.lab, self.expectation, &mut binding, &variant, &given_failed).is_none() {
                return Ok(self.variants().get(number).map(|variant| variant.mutant.clone()));
            }
        }
        Ok(None)
    }

    /// The known wrong answers, and after them the edits of the reference.
    fn variants(&mut self) -> &mut Vec<Variant> {
        let expectation = self.expectation;
        self.bench.variants.get_or_insert_with(|| {
            let known = expectation.known_wrong.iter().map(|known| Mutant {
                code: known.code.clone(),
                finding: "",
                edit: String::new(),
            });
            known.chain(mutants(&expectation.code, expectation.language)).map(Variant::of).collect()
        })
    }

    fn variant_reading(&mut self, number: usize) -> Result<Option<Reading>, String> {
        let Some(variant) = self.variants().get(number) else { return Ok(None) };
        if let Some(known) = &variant.reading {
            return Ok(known.clone());
        }
        let code = variant.mutant.code.clone();
        // The first database on which the reference shows something, of those that are small.
        let case = self.bench.fixed.iter().find(|trial| trial.telling && trial.case.rows.is_some());
        let case = case.map_or_else(|| self.lab.visible(), |trial| trial.case.clone());
        let language = self.expectation.language;
        let reading = match self.run(&code, &case)? {
            Some(run) => match only_statement(&code, language, &run) {
                Some(sql) => match self.lab.look(&case, sql)? {
                    Look::Rows(raw) => Reading::of(&code, language, &run, &raw),
                    Look::Failed | Look::TooLong => None,
                },
                None => None,
            },
            None => None,
        };
        if let Some(variant) = self.variants().get_mut(number) {
            variant.reading = Some(reading.clone());
        }
        Ok(reading)
    }

    fn variant_shown(
        &mut self,
        number: usize,
        reading: &Reading,
        at: usize,
        case: &Case,
    ) -> Result<Option<Rc<Shown>>, String> {
        let stays = at < self.bench.fixed.len();
        if let Some(known) = self.variants().get(number).and_then(|variant| variant.shown.get(&at)).filter(|_| stays) {
            return Ok(known.clone());
        }
        let shown = match self.lab.look(case, &reading.sql)? {
            Look::Rows(raw) => Some(Rc::new(reading.shown(&raw))),
            Look::Failed | Look::TooLong => None,
        };
        if let Some(variant) = self.variants().get_mut(number).filter(|_| stays) {
            variant.shown.insert(at, shown.clone());
        }
        Ok(shown)
    }

    /// What the answer's statement gives on a database.
    fn given_shown(&mut self, readings: &Readings, case: &Case) -> Result<Option<Rc<Shown>>, String> {
        Ok(match self.lab.look(case, &readings.given.sql)? {
            Look::Rows(raw) => Some(Rc::new(readings.given.shown(&raw))),
            Look::Failed | Look::TooLong => None,
        })
    }
}

/// Whether there is anything in what was shown that another could be like.
fn says_something(shown: &Shown) -> bool {
    match shown {
        Shown::Nothing => false,
        Shown::Grid(grid) => !grid.rows.is_empty(),
        Shown::Scalar(_) | Shown::Tuple(_) => true,
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
