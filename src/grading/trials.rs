//! [`Bench`]: the databases of one question, with what its reference shows on them.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::databases::{Literal, Plan, literals};
use super::lab::{Case, Lab, Run};
use super::{Compare, Expectation};
use crate::runner::{Execution, Limits, Outcome};

/// Databases that are tried in both ways when none were distilled.
const DISTILLED: usize = 7;

/// What is kept of a question.
pub struct Bench {
    pub literals: Vec<Literal>,
    /// The visible database and the distilled ones.
    pub fixed: Vec<Trial>,
    /// The drawn ones, by the constants that they know beyond the reference's.
    pub drawn: Vec<(Vec<Literal>, Vec<Trial>)>,
    /// A database with a few parents and one with three times as many, once they were needed.
    pub growth: Option<Vec<Case>>,
    /// Runs of the known wrong answers on the fixed databases.
    pub known: FxHashMap<(usize, usize), Rc<Run>>,
}

/// A database and what the reference shows on it.
pub struct Trial {
    pub case: Case,
    pub expected: Option<Rc<Run>>,
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

pub fn bench_of(lab: &mut Lab, expectation: &Expectation, limits: &Limits) -> Result<Bench, String> {
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
