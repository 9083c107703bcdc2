//! When a question comes again: FSRS, fed with verdicts instead of a learner's button.

use chrono::{DateTime, Utc};
use rs_fsrs::{Card, FSRS, Parameters, State};
use serde::{Deserialize, Serialize};

use crate::grading::VerdictKind;

/// How well an answer was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Not.
    Again,
    /// With help, or not at first.
    Hard,
    /// Known.
    Good,
    /// Without a thought; only a learner's own word says so.
    Easy,
}

impl Rating {
    /// Every rating, worst first.
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Hard => "hard",
            Self::Good => "good",
            Self::Easy => "easy",
        }
    }

    fn fsrs(self) -> rs_fsrs::Rating {
        match self {
            Self::Again => rs_fsrs::Rating::Again,
            Self::Hard => rs_fsrs::Rating::Hard,
            Self::Good => rs_fsrs::Rating::Good,
            Self::Easy => rs_fsrs::Rating::Easy,
        }
    }
}

/// What is remembered of one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// When it falls due, in milliseconds since 1970.
    pub due: i64,
    /// Days until recall has fallen to 90 %.
    pub stability: f64,
    /// 1 to 10.
    pub difficulty: f64,
    /// When it was last answered.
    pub last: i64,
    /// How often it was answered.
    pub reps: i32,
    /// How often it was forgotten.
    pub lapses: i32,
}

impl Review {
    /// Whether its numbers are such as the scheduler gives; a file edited by hand may hold others.
    pub fn is_sound(&self) -> bool {
        self.stability.is_finite()
            && self.stability > 0.0
            && (1.0..=10.0).contains(&self.difficulty)
            && self.reps >= 0
            && self.lapses >= 0
            && moment(self.due).is_some()
            && moment(self.last).is_some()
    }
}

fn moment(milliseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds)
}

/// How well a judged answer was known: at the first try and unaided, at last, or not. Verdicts that say nothing about the
/// learner (unsupported, a free text that was not rated) rate nothing.
pub fn rate(verdict: VerdictKind, hints: usize, earlier_tries: usize) -> Option<Rating> {
    match verdict {
        VerdictKind::Correct if hints == 0 && earlier_tries == 0 => Some(Rating::Good),
        VerdictKind::Correct => Some(Rating::Hard),
        VerdictKind::Incorrect | VerdictKind::OverBudget | VerdictKind::Error | VerdictKind::Timeout => {
            Some(Rating::Again)
        }
        VerdictKind::Unsupported | VerdictKind::SelfAssessed => None,
    }
}

/// The memory after an answer of `rating` at `now`.
pub fn review(before: Option<&Review>, rating: Rating, now: i64) -> Review {
    let before = before.filter(|review| review.is_sound());
    // A clock that was set back must not make the time since the last answer negative.
    let now = before.map_or(now, |review| now.max(review.last));
    let now_moment = moment(now).unwrap_or_default();
    let card = match before {
        None => Card { due: now_moment, last_review: now_moment, ..Card::default() },
        Some(review) => Card {
            due: moment(review.due).unwrap_or_default(),
            stability: review.stability,
            difficulty: review.difficulty,
            elapsed_days: 0,
            scheduled_days: 0,
            reps: review.reps,
            lapses: review.lapses,
            state: State::Review,
            last_review: moment(review.last).unwrap_or_default(),
        },
    };
    // Days, not minutes: an interview is prepared over weeks.
    let parameters = Parameters { enable_short_term: false, maximum_interval: 365, ..Parameters::default() };
    let card = FSRS::new(parameters).next(card, now_moment, rating.fsrs()).card;
    Review {
        due: card.due.timestamp_millis(),
        stability: card.stability,
        difficulty: card.difficulty,
        last: now,
        reps: card.reps,
        lapses: card.lapses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn what_was_known_comes_later() {
        let now = 1_000 * DAY;
        let dues = Rating::ALL.map(|rating| review(None, rating, now).due - now);
        assert!(dues.is_sorted(), "{dues:?}");
        assert_eq!(dues[0], DAY);
        let mut known = review(None, Rating::Good, now);
        let mut gaps = vec![known.due - now];
        for _ in 0..4 {
            let due = known.due;
            known = review(Some(&known), Rating::Good, due);
            gaps.push(known.due - due);
        }
        assert!(gaps.is_sorted(), "{gaps:?}");
        let forgotten = review(Some(&known), Rating::Again, known.due);
        assert_eq!(forgotten.lapses, 1);
        assert!(forgotten.due - known.due < gaps[4]);
    }

    #[test]
    fn a_clock_set_back_and_a_broken_memory_do_no_harm() {
        let known = review(None, Rating::Good, 100 * DAY);
        let again = review(Some(&known), Rating::Good, 0);
        assert!(again.is_sound(), "{again:?}");
        let broken = Review { stability: f64::NAN, ..known };
        assert!(review(Some(&broken), Rating::Hard, 5 * DAY).is_sound());
    }

    #[test]
    fn verdicts_rate() {
        assert_eq!(rate(VerdictKind::Correct, 0, 0), Some(Rating::Good));
        assert_eq!(rate(VerdictKind::Correct, 1, 0), Some(Rating::Hard));
        assert_eq!(rate(VerdictKind::Correct, 0, 2), Some(Rating::Hard));
        assert_eq!(rate(VerdictKind::OverBudget, 0, 0), Some(Rating::Again));
        assert_eq!(rate(VerdictKind::Unsupported, 0, 0), None);
    }
}
