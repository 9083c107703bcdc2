//! More databases than the distilled ones: first those that are the same for every answer, large ones among them.

use super::databases::Plan;
use super::judging::{Found, Judging, Pair};
use super::lab::Case;
use super::trials::{Trial, seeds, trials_of};

/// How many there are: small ones, and after each pair of them a large one.
const SCREENS: usize = 12;
/// On so many of the large ones an answer is run that is more than one statement.
const WHOLE: usize = 4;

/// Which of them are large.
fn is_wide(number: usize) -> bool {
    number.is_multiple_of(3)
}

impl Judging<'_> {
    /// Looks for a difference on more databases, and gives back the answer's statement if it still can be relied on.
    pub fn screened(&mut self, mut pair: Option<Pair>, found: &mut Found) -> Result<Option<Pair>, String> {
        // What leaves traces behind makes all models anew for each run.
        if found.leaves_traces {
            return Ok(None);
        }
        let all = seeds(self.expectation, "screen", 0, SCREENS + 1);
        for (at, seed) in all.into_iter().enumerate() {
            if pair.is_none() && at != SCREENS && !(is_wide(at) && at < 3 * WHOLE) {
                continue;
            }
            for trial in self.screen(at, seed)? {
                if trial.case.reversed && !found.by_luck {
                    continue;
                }
                match pair.as_mut() {
                    Some(both) => self.look_on(&trial, both, found)?,
                    None => self.try_trial(&trial, found)?,
                }
                if found.is_over() {
                    return Ok(pair);
                }
                pair = pair.filter(Pair::is_sure);
            }
        }
        Ok(pair)
    }

    fn screen(&mut self, at: usize, seed: u64) -> Result<Vec<Trial>, String> {
        if let Some(Some(known)) = self.bench.screens.get(at) {
            return Ok(known.clone());
        }
        let drawn = match at {
            // The last one has the moments that something is ordered by close to one another.
            SCREENS => self.close(),
            _ => {
                let plan = Plan { wide: is_wide(at), ..Plan::small(seed) };
                self.lab.drawn_twice(&self.bench.known, plan, 200 + at, &self.bench.indexes)
            }
        };
        let trials = match drawn {
            Some((plain, reversed)) => {
                let ways = (plain.keep(), reversed.keep());
                let reading = self.bench.reading.as_ref();
                trials_of(self.lab, self.expectation, reading, ways, self.bench.by_luck, self.limits)?
            }
            None => Vec::new(),
        };
        if self.bench.screens.len() <= at {
            self.bench.screens.resize_with(at + 1, || None);
        }
        self.bench.screens[at] = Some(trials.clone());
        Ok(trials)
    }

    fn close(&self) -> Option<(Case, Case)> {
        let tells = |trial: &&Trial| trial.telling && trial.case.rows.is_some();
        let largest = self.bench.fixed.iter().filter(tells).max_by_key(|trial| rows_in(&trial.case))?;
        let rows = self.lab.rows_close(&largest.case, &self.bench.known)?;
        self.lab.twice(&rows, 200 + SCREENS, &self.bench.indexes)
    }
}

fn rows_in(case: &Case) -> usize {
    case.rows.as_ref().map_or(0, |rows| rows.count())
}
