//! Chooses, among many drawn databases, the few that tell a question's reference from its wrong variants.

use std::time::Duration;

use super::Expectation;
use super::compare::{Binding, Comparison, compared};
use super::databases::{Knowledge, Plan};
use super::lab::{Case, Lab, Look, Run};
use super::mutants::mutants;
use super::reading::{Reading, only_statement};
use super::trials::{
    Trial, index_columns, is_pure, reference_on, runs_once, shows_by_luck, stated_difference, steady, trials_of,
};
use crate::runner::{Limits, Outcome};

/// The databases that were chosen, and how far they go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distilled {
    /// Their seeds; none where one database is enough.
    pub seeds: Vec<u64>,
    /// How many variants of the reference, the known wrong answers among them, show other results than it somewhere or
    /// could not be told from it anywhere.
    pub mutants: usize,
    /// How many of them some chosen database tells from the reference.
    pub killed: usize,
    /// How many of them five chosen databases tell from it.
    pub well_killed: usize,
    /// Those that none of the candidates tells from it, and that nobody found to be equivalent.
    pub survivors: Vec<Survivor>,
    /// How many of those that none of the candidates tells from it are told by a database that judging adds.
    pub late: usize,
    /// Those that cannot be told from it, each with the reason.
    pub equivalent: Vec<(Survivor, String)>,
    /// How many more send the very statements of the reference: they are no other answers.
    pub same: usize,
    /// Chosen databases on which the reference shows something.
    pub telling: usize,
    /// Whether the reference shows the same whichever way unordered rows come, on the visible database and on most others.
    pub stable: bool,
}

/// A variant that the databases do not tell from the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Its edit, for people.
    pub edit: String,
    /// The whole variant.
    pub code: String,
    /// Its statement and the reference's, where each is one and no more.
    pub statements: Option<(String, String)>,
}

/// How long a variant may run on one database.
const MOST_TIME: Duration = Duration::from_millis(1000);
/// How many databases are drawn to choose from at first, and how many more for variants that none of them tells.
const CANDIDATES: (u64, u64) = (96, 400);
/// How many are chosen, besides the empty one.
const CHOSEN: usize = 9;
/// By how many databases each variant is to be told, if that can be.
const OFTEN: usize = 5;
/// After how many databases that tell it a variant is not looked at any more: there are enough to choose from.
const ENOUGH: usize = 10;
/// How many runs a question's databases may cost; one that leaves traces behind counts as many.
const MOST_RUNS: usize = 9_000;
const TRACES: usize = 120;

/// Findings of answers whose rows are right.
const COSTLY: [&str; 8] = [
    "n-plus-one",
    "query-in-loop",
    "evaluated-twice",
    "len-for-count",
    "truth-for-exists",
    "python-side-filter",
    "unused-columns",
    "unneeded-query",
];

/// A wrong variant of the reference.
struct Variant {
    code: String,
    edit: String,
    weight: usize,
    kills: usize,
    /// Its statement, where that says all that it shows.
    reading: Option<Reading>,
}

/// A database that may be chosen.
struct Candidate {
    seed: u64,
    rows: usize,
    telling: bool,
    kills: Vec<usize>,
}

/// Chooses the databases of a question.
pub fn distill(lab: &mut Lab, expectation: &Expectation, limits: &Limits) -> Result<Distilled, String> {
    if runs_once(expectation) {
        return Ok(Distilled { stable: true, ..Distilled::default() });
    }
    // A variant may never end: it gets no more than any sensible answer needs.
    let limits = &Limits { steps: limits.steps.min(300_000), time: limits.time.min(MOST_TIME), ..limits.clone() };
    let visible = lab.visible();
    let expected = reference_on(lab, expectation, &visible, limits)?.ok_or("the setup fails on the dataset")?;
    let known = lab.knowledge_of_reference(expectation, Some(&expected));
    let indexes = index_columns(&expected.execution);
    let by_luck = shows_by_luck(expectation, &expected);
    let reading = reading_of(lab, expectation, &expectation.code, &visible, &expected)?;
    let variants = variants(lab, expectation, &visible, limits)?;
    let stable_visible = !steady(lab, expectation, visible.clone(), visible.turned(), limits)?.is_empty();
    let mut search = Search {
        lab,
        expectation,
        limits,
        known: &known,
        reading,
        indexes: &indexes,
        by_luck,
        variants,
        candidates: Vec::new(),
        unsteady: 0,
        runs: 0,
    };
    for seed in 1..=CANDIDATES.0 {
        if search.is_over(false) {
            break;
        }
        search.look_at(seed, false)?;
    }
    for seed in CANDIDATES.0 + 1..=CANDIDATES.0 + CANDIDATES.1 {
        if search.is_over(true) {
            break;
        }
        search.look_at(seed, true)?;
    }
    let steady_ones = search.candidates.len();
    let stable = stable_visible && steady_ones >= search.unsteady.min(4);
    let same = search.same_statements()?;
    let Search { mut variants, candidates, reading, .. } = search;
    for &at in same.iter().rev() {
        variants[at].weight = 0;
    }
    let mut distilled = chosen(&variants, candidates, reading.as_ref());
    distilled.same = same.len();
    distilled.stable = stable;
    Ok(distilled)
}

/// The variants that run to their end on the visible database: others tell nothing.
fn variants(lab: &mut Lab, expectation: &Expectation, visible: &Case, limits: &Limits) -> Result<Vec<Variant>, String> {
    let mut all: Vec<Variant> = Vec::new();
    let about_rows = |wrong: &&super::KnownWrong| !COSTLY.contains(&wrong.finding.as_str());
    for wrong in expectation.known_wrong.iter().filter(about_rows) {
        let edit = format!("known wrong answer: {}", wrong.finding);
        all.push(Variant { code: wrong.code.clone(), edit, weight: 3, kills: 0, reading: None });
    }
    for mutant in mutants(&expectation.code, expectation.language) {
        all.push(Variant { code: mutant.code, edit: mutant.edit, weight: 1, kills: 0, reading: None });
    }
    let mut runnable = Vec::new();
    for mut variant in all {
        let run = lab.run(expectation, &variant.code, visible, limits).map_err(|error| error.to_string())?;
        if let Some(run) = run.filter(Run::finished) {
            variant.reading = reading_of(lab, expectation, &variant.code, visible, &run)?;
            runnable.push(variant);
        }
    }
    Ok(runnable)
}

/// The statement of an answer that ran on a database, where that says all that it shows.
pub fn reading_of(
    lab: &mut Lab,
    expectation: &Expectation,
    code: &str,
    case: &Case,
    run: &Run,
) -> Result<Option<Reading>, String> {
    let language = expectation.language;
    let Some(sql) = only_statement(code, language, run).filter(|_| is_pure(expectation)) else { return Ok(None) };
    Ok(match lab.look(case, sql)? {
        Look::Rows(raw) => Reading::of(code, language, run, &raw),
        Look::Failed | Look::TooLong => None,
    })
}

struct Search<'a> {
    lab: &'a mut Lab,
    expectation: &'a Expectation,
    limits: &'a Limits,
    known: &'a Knowledge,
    reading: Option<Reading>,
    indexes: &'a [(String, bool)],
    by_luck: bool,
    variants: Vec<Variant>,
    candidates: Vec<Candidate>,
    unsteady: usize,
    runs: usize,
}

impl Search<'_> {
    /// Whether no further database is needed, or none may be paid for.
    fn is_over(&self, rare_only: bool) -> bool {
        let enough = if rare_only { OFTEN } else { ENOUGH };
        self.runs > MOST_RUNS
            || (self.candidates.len() >= 24 && self.variants.iter().all(|variant| variant.kills >= enough))
    }

    fn run(&mut self, code: &str, case: &Case) -> Result<Option<Run>, String> {
        let before = self.lab.renewals();
        let run = self.lab.run(self.expectation, code, case, self.limits).map_err(|error| error.to_string());
        self.runs += if self.lab.renewals() == before { 1 } else { TRACES };
        run
    }

    /// The variants, told by no database, that send the reference's statements on each of a few.
    fn same_statements(&mut self) -> Result<Vec<usize>, String> {
        let mut same: Vec<usize> = (0..self.variants.len()).filter(|&at| self.variants[at].kills == 0).collect();
        let mut cases = vec![self.lab.visible()];
        let seeds: Vec<u64> = self.candidates.iter().filter(|one| one.telling).take(3).map(|one| one.seed).collect();
        cases.extend(seeds.into_iter().filter_map(|seed| self.lab.drawn(self.known, Plan::small(seed), 1)));
        for case in &cases {
            let Some(expected) = reference_on(self.lab, self.expectation, case, self.limits)? else { continue };
            let mut held = Vec::new();
            for at in same {
                let code = self.variants[at].code.clone();
                let run = self.run(&code, case)?;
                let sent = |run: &Run| -> Vec<String> {
                    run.execution.queries.iter().map(|query| query.rendered.clone()).collect()
                };
                if run.is_some_and(|run| {
                    sent(&run) == sent(&expected) && run.execution.stdout == expected.execution.stdout
                }) {
                    held.push(at);
                }
            }
            same = held;
        }
        Ok(same)
    }

    /// Runs the variants on one database; with `rare_only` those that few databases have told so far.
    fn look_at(&mut self, seed: u64, rare_only: bool) -> Result<(), String> {
        let Some((plain, reversed)) = self.lab.drawn_twice(self.known, Plan::small(seed), 1, self.indexes) else {
            return Ok(());
        };
        let reading = self.reading.as_ref();
        let ways = (plain.clone(), reversed.clone());
        let trials = trials_of(self.lab, self.expectation, reading, ways, self.by_luck, self.limits)?;
        let Some(trial) = trials.into_iter().next() else {
            self.unsteady += 1;
            return Ok(());
        };
        if trial.stated.is_none() {
            self.runs += 2;
            let finished = trial.known().is_some_and(|run| run.execution.outcome == Outcome::Finished);
            if !finished {
                return Ok(());
            }
        }
        let mut kills = Vec::new();
        let most = if rare_only { OFTEN } else { ENOUGH };
        // All on one way first: going from one to the other costs more than a run.
        let mut open: Vec<usize> = (0..self.variants.len()).filter(|&at| self.variants[at].kills < most).collect();
        let ways: &[&Case] = if self.by_luck { &[&plain, &reversed] } else { &[&plain] };
        for case in ways {
            let mut left = Vec::new();
            for at in open {
                let Some(differs) = self.differs(at, case, &trial)? else { continue };
                if differs {
                    kills.push(at);
                    self.variants[at].kills += 1;
                } else {
                    left.push(at);
                }
            }
            open = left;
        }
        let rows = plain.rows.as_ref().map_or(0, |rows| rows.count());
        self.candidates.push(Candidate { seed, rows, telling: trial.telling, kills });
        Ok(())
    }

    /// Whether a variant shows something else than the reference on a database; none when the database is left out.
    fn differs(&mut self, at: usize, case: &Case, trial: &Trial) -> Result<Option<bool>, String> {
        if let (Some(expected), Some(reading)) = (&trial.stated, &self.variants[at].reading) {
            return Ok(match self.lab.look(case, &reading.sql)? {
                Look::TooLong => None,
                Look::Failed => Some(true),
                Look::Rows(raw) => {
                    let got = reading.shown(&raw);
                    let mut binding = Binding::default();
                    Some(stated_difference(self.lab, self.expectation, &mut binding, expected, &got).is_some())
                }
            });
        }
        let Some(expected) = trial.expected(self.lab, self.expectation, self.limits)? else { return Ok(None) };
        let code = self.variants[at].code.clone();
        let Some(run) = self.run(&code, case)? else { return Ok(None) };
        let comparison = compared(self.lab, self.expectation, &mut Binding::default(), &expected, &run);
        Ok(Some(matches!(comparison, Comparison::Differs(_) | Comparison::Raised)))
    }
}

/// Picks, one after the other, the database that tells most of what is not told often enough yet.
fn chosen(variants: &[Variant], mut candidates: Vec<Candidate>, reference: Option<&Reading>) -> Distilled {
    let mut distilled = Distilled { seeds: vec![0], ..Distilled::default() };
    let mut covered = vec![0_usize; variants.len()];
    while distilled.seeds.len() <= CHOSEN && !candidates.is_empty() {
        let worth = |candidate: &Candidate| -> usize {
            let kills: usize = candidate
                .kills
                .iter()
                .map(|&at| match covered[at] {
                    // The first database that tells a variant counts most, and those that few tell count more.
                    0 => (40 + 60 / variants[at].kills.max(1)) * variants[at].weight,
                    times if times < OFTEN => (OFTEN - times) * (1 + 6 / variants[at].kills.max(1)),
                    _ => 0,
                })
                .sum();
            let wanted = candidate.telling && distilled.telling < 4;
            // A small database is easier to read and quicker to run.
            1000 * (kills + if wanted { 30 } else { 0 }) / (25 + candidate.rows)
        };
        let best = candidates
            .iter()
            .enumerate()
            .max_by_key(|(at, candidate)| (worth(candidate), usize::MAX - at))
            .map(|(at, _)| at);
        let Some(best) = best else { break };
        let gain = worth(&candidates[best]);
        if gain == 0 && distilled.seeds.len() > 5 {
            break;
        }
        let candidate = candidates.remove(best);
        for at in candidate.kills {
            covered[at] += 1;
        }
        distilled.telling += usize::from(candidate.telling);
        distilled.seeds.push(candidate.seed);
    }
    // A weight of nothing marks what is no variant at all.
    distilled.mutants = variants.iter().filter(|variant| variant.weight > 0).count();
    distilled.killed = covered.iter().filter(|count| **count > 0).count();
    distilled.well_killed = covered.iter().filter(|count| **count >= OFTEN).count();
    let survivor = |variant: &Variant| Survivor {
        edit: variant.edit.clone(),
        code: variant.code.clone(),
        statements: reference.zip(variant.reading.as_ref()).map(|(one, other)| (one.sql.clone(), other.sql.clone())),
    };
    // Those that were chosen may tell fewer than all candidates do.
    let open = variants.iter().zip(&covered).filter(|(variant, covered)| **covered == 0 && variant.weight > 0);
    distilled.survivors = open.map(|(variant, _)| survivor(variant)).collect();
    distilled
}
