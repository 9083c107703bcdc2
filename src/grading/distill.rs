//! Chooses, among many drawn databases, the few that tell a question's reference from its wrong variants.

use std::time::Duration;

use super::Expectation;
use super::compare::{Binding, Comparison, compared};
use super::databases::{Plan, literals};
use super::lab::Lab;
use super::mutants::mutants;
use super::trials::{index_columns, reference_on, runs_once};
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
    /// The edits of those that none of the candidates tells from it.
    pub survivors: Vec<String>,
    /// Chosen databases on which the reference shows something.
    pub telling: usize,
    /// Whether the reference shows the same whichever way unordered rows come.
    pub stable: bool,
}

/// How long a variant may run on one database.
const MOST_TIME: Duration = Duration::from_millis(1000);
/// How many databases are drawn to choose from.
const CANDIDATES: u64 = 28;
/// How many are chosen, besides the empty one.
const CHOSEN: usize = 6;
/// By how many databases each variant is to be told, if that can be.
const OFTEN: usize = 4;

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

/// Chooses the databases of a question.
pub fn distill(lab: &mut Lab, expectation: &Expectation, limits: &Limits) -> Result<Distilled, String> {
    if runs_once(expectation) {
        return Ok(Distilled { stable: true, ..Distilled::default() });
    }
    // A variant may never end: it gets no more than any sensible answer needs.
    let limits = &Limits { steps: limits.steps.min(500_000), time: limits.time.min(MOST_TIME), ..limits.clone() };
    let known = literals(&expectation.code, expectation.language);
    let visible = lab.visible();
    let expected = reference_on(lab, expectation, &visible, limits)?.ok_or("the setup fails on the dataset")?;
    let indexes = index_columns(&expected.execution);
    let mut variants: Vec<(String, String, usize)> = Vec::new();
    let about_rows = |wrong: &&super::KnownWrong| !COSTLY.contains(&wrong.finding.as_str());
    for wrong in expectation.known_wrong.iter().filter(about_rows) {
        variants.push((wrong.code.clone(), format!("known wrong answer: {}", wrong.finding), 3));
    }
    for mutant in mutants(&expectation.code, expectation.language) {
        variants.push((mutant.code, mutant.edit, 1));
    }
    // Variants that cannot be run at all tell nothing.
    let mut runnable = Vec::new();
    for variant in variants {
        let run = lab.run(expectation, &variant.0, &visible, limits).map_err(|error| error.to_string())?;
        if let Some(run) = run
            && run.execution.unsupported.is_none()
            && run.execution.outcome == Outcome::Finished
        {
            runnable.push(variant);
        }
    }
    let mut kills: Vec<(u64, usize, bool, Vec<usize>)> = Vec::new();
    let mut counts = vec![0_usize; runnable.len()];
    let mut stable = true;
    for seed in 1..=CANDIDATES {
        let Some((plain, reversed)) = lab.drawn_twice(&known, Plan { seed, scale: None }, 1, &indexes) else {
            continue;
        };
        let Some(expected) = reference_on(lab, expectation, &plain, limits)? else { continue };
        if expected.execution.outcome != Outcome::Finished {
            continue;
        }
        let again = reference_on(lab, expectation, &reversed, limits)?;
        if let Some(again) = &again {
            stable &= matches!(
                compared(lab, expectation, &mut Binding::default(), &expected, again),
                Comparison::Same | Comparison::LeftOut
            );
        }
        let mut killed = Vec::new();
        for (at, (code, _, _)) in runnable.iter().enumerate() {
            if counts[at] >= OFTEN {
                continue;
            }
            for case in [&plain, &reversed] {
                let run = lab.run(expectation, code, case, limits).map_err(|error| error.to_string())?;
                let Some(run) = run else { continue };
                let told = matches!(
                    compared(lab, expectation, &mut Binding::default(), &expected, &run),
                    Comparison::Differs(_) | Comparison::Raised
                );
                if told {
                    killed.push(at);
                    counts[at] += 1;
                    break;
                }
            }
        }
        let rows = plain.rows.as_ref().map_or(0, |rows| rows.count());
        let telling = expected.execution.rows.as_ref().is_none_or(|rows| !rows.is_empty());
        kills.push((seed, rows, telling, killed));
    }
    let mut distilled = Distilled { seeds: vec![0], stable, ..Distilled::default() };
    let mut covered = vec![0_usize; runnable.len()];
    while distilled.seeds.len() <= CHOSEN && !kills.is_empty() {
        let worth = |killed: &[usize]| -> usize {
            killed
                .iter()
                .map(|&at| match covered[at] {
                    // The first database that tells a variant counts most.
                    0 => 20 * runnable[at].2,
                    times if times < OFTEN => OFTEN - times,
                    _ => 0,
                })
                .sum()
        };
        let best = kills
            .iter()
            .enumerate()
            .max_by_key(|(at, (_, rows, telling, killed))| {
                (worth(killed), usize::from(*telling), usize::MAX - rows, usize::MAX - at)
            })
            .map(|(at, _)| at);
        let Some(best) = best else { break };
        let (seed, _, telling, killed) = kills.remove(best);
        for at in killed {
            covered[at] += 1;
        }
        distilled.telling += usize::from(telling);
        distilled.seeds.push(seed);
    }
    distilled.mutants = runnable.len();
    distilled.killed = covered.iter().filter(|count| **count > 0).count();
    distilled.survivors =
        runnable.iter().zip(&counts).filter(|(_, count)| **count == 0).map(|((_, edit, _), _)| edit.clone()).collect();
    Ok(distilled)
}
