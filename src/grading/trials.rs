//! [`Bench`]: the databases of one question, with what its reference shows on them.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::compare::{Binding, Comparison, Difference, Grid, Rules, Shown, compared};
use super::databases::{Knowledge, Plan};
use super::distill::reading_of;
use super::drawn::depends_on_order;
use super::lab::{Case, Lab, Look, Run};
use super::likeness::Variant;
use super::reading::Reading;
use super::{Compare, Expectation, Order};
use crate::runner::{Execution, Limits, Outcome};

/// Databases that are tried in both ways when none were distilled.
const DISTILLED: usize = 7;

/// By so many days the clock is ahead where a reference asks for the moment.
const LATER: i64 = 40;
/// The number of that database.
const MOVED: usize = 400;

/// What is kept of a question.
pub struct Bench {
    /// What the reference tells of the rows that it looks for.
    pub known: Knowledge,
    /// Whether what the reference shows may depend on the order in which unordered rows come.
    pub by_luck: bool,
    /// How many of the databases were left out because what the reference shows on them is luck.
    pub unsteady: usize,
    /// The reference's statement, where that says all that it shows.
    pub reading: Option<Reading>,
    /// The columns that its statements order by.
    pub indexes: Vec<(String, bool)>,
    /// The visible database and the distilled ones.
    pub fixed: Vec<Trial>,
    /// The drawn ones, by what they know beyond the reference.
    pub drawn: Vec<(Knowledge, Vec<Trial>)>,
    /// More databases that know the reference alone, made one after the other as they are needed.
    pub screens: Vec<Option<Vec<Trial>>>,
    /// A database with a few parents and one with three times as many, once they were needed.
    pub growth: Option<Vec<Case>>,
    /// Runs of the known wrong answers on the fixed databases.
    pub mistakes: FxHashMap<(usize, usize), Rc<Run>>,
    /// The reference's variants, once they were needed.
    pub variants: Option<Vec<Variant>>,
}

/// How good the databases of a question are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// How many there are, the visible one among them.
    pub databases: usize,
    /// On how many the reference shows something.
    pub telling: usize,
    /// On how many it shows one thing or another, as unordered rows come.
    pub unsteady: usize,
}

impl Bench {
    /// How good its databases are.
    pub fn suite(&self) -> Suite {
        let plain = || self.fixed.iter().filter(|trial| !trial.case.reversed);
        let telling = plain().filter(|trial| trial.telling).count();
        Suite { databases: plain().count(), telling, unsteady: self.unsteady }
    }
}

/// A database and what the reference shows on it.
#[derive(Clone)]
pub struct Trial {
    pub case: Case,
    /// Whether it shows something.
    pub telling: bool,
    /// What its statement alone shows, where that is all.
    pub stated: Option<Rc<Shown>>,
    /// What it shows in a run; none within while it was not run.
    expected: RefCell<Option<Option<Rc<Run>>>>,
}

impl Trial {
    /// A database on which the reference was run.
    pub fn of_run(case: Case, expected: Option<Rc<Run>>) -> Self {
        let telling = expected
            .as_ref()
            .is_some_and(|run| run.finished() && run.execution.rows.as_ref().is_none_or(|rows| !rows.is_empty()));
        Self { case, telling, stated: None, expected: RefCell::new(Some(expected)) }
    }

    /// What the reference shows in a run; none when the database is left out.
    pub fn expected(
        &self,
        lab: &mut Lab,
        expectation: &Expectation,
        limits: &Limits,
    ) -> Result<Option<Rc<Run>>, String> {
        if let Some(known) = &*self.expected.borrow() {
            return Ok(known.clone());
        }
        let expected = reference_on(lab, expectation, &self.case, limits)?;
        *self.expected.borrow_mut() = Some(expected.clone());
        Ok(expected)
    }

    /// What the reference showed, if it was run.
    pub fn known(&self) -> Option<Rc<Run>> {
        self.expected.borrow().clone().flatten()
    }
}

/// A database in both ways with what the reference shows on it, by its statement where that is all; nothing where what it
/// shows is luck.
pub fn trials_of(
    lab: &mut Lab,
    expectation: &Expectation,
    reading: Option<&Reading>,
    (plain, reversed): (Case, Case),
    by_luck: bool,
    limits: &Limits,
) -> Result<Vec<Trial>, String> {
    let Some(reading) = reading else { return steady(lab, expectation, plain, reversed, limits) };
    let Look::Rows(one) = lab.look(&plain, &reading.sql)? else {
        return steady(lab, expectation, plain, reversed, limits);
    };
    let one = Rc::new(reading.shown(&one));
    let mut other = one.clone();
    if by_luck {
        let Look::Rows(turned) = lab.look(&reversed, &reading.sql)? else { return Ok(Vec::new()) };
        other = Rc::new(reading.shown(&turned));
        if stated_difference(lab, expectation, &mut Binding::default(), &one, &other).is_some() {
            return Ok(Vec::new());
        }
    }
    let telling = match &*one {
        Shown::Grid(grid) => !grid.rows.is_empty(),
        _ => true,
    };
    let trial = |case, stated| Trial { case, telling, stated: Some(stated), expected: RefCell::default() };
    Ok(vec![trial(plain, one), trial(reversed, other)])
}

/// In what way two results of statements differ.
pub fn stated_difference(
    lab: &Lab,
    expectation: &Expectation,
    binding: &mut Binding,
    expected: &Shown,
    got: &Shown,
) -> Option<Difference> {
    let attnames = match expected {
        Shown::Grid(Grid { instances: Some((label, _)), .. }) => lab.attnames(label),
        _ => Vec::new(),
    };
    let rules =
        Rules { order: &expectation.order, exact_columns: expectation.exact_columns, reference: &expectation.code };
    binding.compare(expected, got, &attnames, rules).err()
}

/// Seeds that follow from the question and a seed of the caller's.
pub fn seeds(expectation: &Expectation, purpose: &str, seed: u64, count: usize) -> Vec<u64> {
    (0..count)
        .map(|number| {
            let text = format!("{purpose}\0{}\0{}\0{seed}\0{number}", expectation.dataset, expectation.code);
            let digest = Sha256::digest(text);
            digest.iter().take(6).fold(1_u64, |sum, byte| (sum << 8) | u64::from(*byte))
        })
        .collect()
}

/// The databases of a question, those on which its reference shows what it shows by luck left out.
pub fn bench_of(lab: &mut Lab, expectation: &Expectation, limits: &Limits) -> Result<Bench, String> {
    let visible = lab.visible();
    let shown = reference_on(lab, expectation, &visible, limits)?;
    // What cannot be run may hide behind an exception of its own, so this is nobody's mistake but ours.
    if let Some(error) = shown.as_ref().and_then(|run| run.execution.error()) {
        return Err(format!("the reference raises {}: {}", error.kind, error.message));
    }
    if let Some((test, message)) = shown.as_ref().and_then(|run| run.failures.as_ref()?.first()) {
        return Err(format!("the reference fails its test {test}: {message}"));
    }
    let Some(shown) = shown else { return Err("the question's setup fails on its dataset".to_owned()) };
    let known = lab.knowledge_of_reference(expectation, Some(&shown));
    let indexes = index_columns(&shown.execution);
    let by_luck = shows_by_luck(expectation, &shown);
    let mut ways = Vec::new();
    if by_luck {
        ways = steady(lab, expectation, visible.clone(), visible.turned(), limits)?;
    }
    let mut unsteady = usize::from(by_luck && ways.is_empty());
    let reading = reading_of(lab, expectation, &expectation.code, &visible, &shown)?;
    let mut fixed = vec![Trial::of_run(visible, Some(shown))];
    // Tests find no other databases; but one that passes by the luck of an order left open fails when that is another.
    fixed.extend(ways.pop().filter(|_| expectation.tests.is_some()));
    if asks_the_clock(expectation) {
        // What names the moment itself instead of asking for it shows other rows a while later.
        let case = Case { days: LATER, number: MOVED, kept: None, ..lab.visible() };
        let expected = reference_on(lab, expectation, &case, limits)?;
        fixed.push(Trial::of_run(case, expected));
    }
    if !runs_once(expectation) {
        let mut chosen = expectation.seeds.clone();
        if chosen.is_empty() {
            chosen.push(0);
            chosen.extend(seeds(expectation, "suite", 0, DISTILLED - 1));
        }
        for (at, seed) in chosen.into_iter().enumerate() {
            let drawn = lab.drawn_twice(&known, Plan::small(seed), at + 1, &indexes);
            let Some(ways) = drawn.map(|(plain, reversed)| (plain.keep(), reversed.keep())) else { continue };
            let trials = trials_of(lab, expectation, reading.as_ref(), ways, by_luck, limits)?;
            unsteady += usize::from(trials.is_empty());
            fixed.extend(trials);
        }
    }
    Ok(Bench {
        known,
        by_luck,
        unsteady,
        reading,
        indexes,
        fixed,
        drawn: Vec::new(),
        screens: Vec::new(),
        growth: None,
        mistakes: FxHashMap::default(),
        variants: None,
    })
}

/// Whether a reference goes by what the clock shows.
fn asks_the_clock(expectation: &Expectation) -> bool {
    const WORDS: [&str; 6] = ["now(", "today(", "'now'", "CURRENT_TIMESTAMP", "CURRENT_DATE", "Now("];
    !runs_once(expectation)
        && WORDS.iter().any(|word| expectation.code.contains(word) || expectation.setup.contains(word))
}

/// Whether what answers show is a value that depends on the rows alone: nothing runs before them, nothing is left behind.
pub fn is_pure(expectation: &Expectation) -> bool {
    expectation.compare == Compare::Value && expectation.setup.trim().is_empty() && expectation.tests.is_none()
}

/// Whether what the reference shows may depend on the order in which unordered rows come.
pub fn shows_by_luck(expectation: &Expectation, shown: &Run) -> bool {
    expectation.order != Order::None
        || expectation.compare != Compare::Value
        || expectation.tests.is_some()
        || depends_on_order(&expectation.code, expectation.language, shown)
}

/// A database in both ways with what the reference shows; nothing where that depends on the way.
pub fn steady(
    lab: &mut Lab,
    expectation: &Expectation,
    plain: Case,
    reversed: Case,
    limits: &Limits,
) -> Result<Vec<Trial>, String> {
    let one = reference_on(lab, expectation, &plain, limits)?;
    let other = reference_on(lab, expectation, &reversed, limits)?;
    if let (Some(one), Some(other)) = (&one, &other) {
        let raised = [one, other].map(|run| run.execution.error().map(|error| error.kind.clone()));
        let same = compared(lab, expectation, &mut Binding::default(), one, other);
        if raised[0] != raised[1] || !matches!(same, Comparison::Same | Comparison::LeftOut) {
            return Ok(Vec::new());
        }
    }
    Ok(vec![Trial::of_run(plain, one), Trial::of_run(reversed, other)])
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
