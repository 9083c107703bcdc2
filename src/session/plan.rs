//! Which questions a session asks, in which order.

use serde::{Deserialize, Serialize};

use super::schedule::Review;
use crate::bank::{Bank, Entry, Kind, Level};
use crate::grading::Dice;

/// The kinds of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Self-study: due reviews, then new questions.
    Quiz,
    /// One topic, rising difficulty.
    Drill,
    /// An interview against the clock.
    Mock,
}

impl Mode {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quiz => "quiz",
            Self::Drill => "drill",
            Self::Mock => "mock interview",
        }
    }
}

/// A session that was begun. Everything that it needs to go on is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its number in the progress file; 0 before it is stored.
    #[serde(skip)]
    pub id: i64,
    /// Its kind.
    pub mode: Mode,
    /// What its order came from.
    pub seed: u64,
    /// The ids of its questions; follow-ups are put in as they are asked.
    pub questions: Vec<String>,
    /// How many are behind.
    pub position: usize,
    /// When it began, in milliseconds since 1970.
    pub started: i64,
    /// When time is up, for a mock interview.
    pub deadline: Option<i64>,
    /// Folders that its questions came from, beside the built-in bank.
    pub folders: Vec<String>,
    /// Whether it is over.
    pub ended: bool,
}

impl Session {
    /// The question that is asked now.
    pub fn current(&self) -> Option<&str> {
        self.questions.get(self.position).map(String::as_str)
    }

    /// Puts a follow-up right after the current question, unless the session asks it anyway.
    pub fn follow_up(&mut self, id: &str) -> bool {
        if self.questions.iter().any(|known| known == id) {
            return false;
        }
        let at = (self.position + 1).min(self.questions.len());
        self.questions.insert(at, id.to_owned());
        true
    }
}

/// What a learner restricts a session to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Topics; none means all.
    pub topics: Vec<String>,
    /// A level; none means all.
    pub level: Option<Level>,
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        (self.topics.is_empty() || self.topics.contains(&entry.topic))
            && self.level.is_none_or(|level| level == entry.level)
    }
}

/// The questions that are due at `now`, longest due first.
pub fn due_reviews<'a>(bank: &Bank, filter: &Filter, reviews: &'a [(String, Review)], now: i64) -> Vec<&'a str> {
    let mut due: Vec<(i64, &str)> = reviews
        .iter()
        .filter(|(id, review)| review.due <= now && bank.entry(id).is_some_and(|entry| filter.admits(entry)))
        .map(|(id, review)| (review.due, id.as_str()))
        .collect();
    due.sort_unstable();
    due.into_iter().map(|(_, id)| id).collect()
}

/// A quiz: due reviews first, then new questions that rise in difficulty, then, when those do not suffice, known ones
/// that fall due soonest.
pub fn plan_quiz(
    bank: &Bank,
    filter: &Filter,
    reviews: &[(String, Review)],
    count: usize,
    seed: u64,
    now: i64,
) -> Vec<String> {
    let mut plan: Vec<String> = due_reviews(bank, filter, reviews, now).into_iter().map(str::to_owned).collect();
    let known = |id: &str| reviews.iter().any(|(known, _)| known == id);
    let mut new: Vec<&Entry> =
        bank.entries().iter().filter(|entry| filter.admits(entry) && !known(&entry.id)).collect();
    Dice::new("quiz", seed).shuffle(&mut new);
    new.truncate(count.saturating_sub(plan.len()));
    new.sort_by_key(|entry| entry.level);
    plan.extend(new.into_iter().map(|entry| entry.id.clone()));
    let mut later: Vec<(i64, &str)> = reviews
        .iter()
        .filter(|(id, review)| review.due > now && bank.entry(id).is_some_and(|entry| filter.admits(entry)))
        .map(|(id, review)| (review.due, id.as_str()))
        .collect();
    later.sort_unstable();
    plan.extend(later.into_iter().map(|(_, id)| id.to_owned()));
    plan.truncate(count);
    plan
}

/// A drill: one topic from easy to hard. With fewer questions than there are, every level keeps its share.
pub fn plan_drill(bank: &Bank, topic: &str, count: usize, seed: u64) -> Vec<String> {
    let mut entries: Vec<&Entry> = bank.entries().iter().filter(|entry| entry.topic == topic).collect();
    Dice::new("drill", seed).shuffle(&mut entries);
    entries.sort_by_key(|entry| (entry.level, effort(entry.kind)));
    let total = entries.len();
    let count = count.min(total);
    (0..count).map(|at| entries[at * total / count].id.clone()).collect()
}

/// A mock interview that fills `minutes`: topics take turns, mostly at the level asked for, from telling to doing.
pub fn plan_mock(bank: &Bank, level: Level, minutes: u32, seed: u64) -> Vec<String> {
    let mut dice = Dice::new("mock", seed);
    let mut topics = bank.topics();
    dice.shuffle(&mut topics);
    let mut by_topic: Vec<Vec<&Entry>> = topics
        .iter()
        .map(|topic| {
            let mut entries: Vec<&Entry> = bank.entries().iter().filter(|entry| &entry.topic == topic).collect();
            dice.shuffle(&mut entries);
            // Popped from the end: the level that was asked for first.
            entries.sort_by_key(|entry| std::cmp::Reverse((entry.level as i32 - level as i32).abs()));
            entries
        })
        .collect();
    let mut plan: Vec<&Entry> = Vec::new();
    let mut left = i64::from(minutes);
    'fill: loop {
        let before = plan.len();
        for entries in &mut by_topic {
            let Some(entry) = entries.pop() else { continue };
            left -= i64::from(effort(entry.kind));
            if left < 0 && !plan.is_empty() {
                break 'fill;
            }
            plan.push(entry);
        }
        if plan.len() == before {
            break;
        }
    }
    plan.sort_by_key(|entry| entry.level);
    plan.into_iter().map(|entry| entry.id.clone()).collect()
}

/// The minutes that an interviewer would give a question of a kind.
fn effort(kind: Kind) -> u32 {
    match kind {
        Kind::Concept | Kind::Predict => 3,
        Kind::Queryset | Kind::Sql => 5,
        Kind::Program | Kind::Model => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{Origin, read_question, template};
    use crate::session::{Rating, review};

    fn bank() -> Bank {
        let mut questions = Vec::new();
        for topic in ["lookups", "values", "relations"] {
            for (at, level) in Level::ALL.into_iter().enumerate() {
                for (number, kind) in [Kind::Concept, Kind::Queryset].into_iter().enumerate() {
                    let text = template(kind, topic).replace("\"mid\"", &format!("\"{level}\""));
                    let id = format!("{topic}/q{at}{number}");
                    questions.push(read_question(&id, Origin::BuiltIn, &text).unwrap());
                }
            }
        }
        Bank::of(questions)
    }

    #[test]
    fn a_quiz_asks_due_reviews_first() {
        let day = 86_400_000;
        let reviews = vec![
            ("values/q10".to_owned(), review(None, Rating::Again, 5 * day)),
            ("lookups/q00".to_owned(), review(None, Rating::Again, 3 * day)),
            ("lookups/q01".to_owned(), review(None, Rating::Easy, 5 * day)),
            ("gone/question".to_owned(), review(None, Rating::Again, 0)),
        ];
        let plan = plan_quiz(&bank(), &Filter::default(), &reviews, 100, 1, 7 * day);
        assert_eq!(plan[..2], ["lookups/q00", "values/q10"]);
        assert_eq!(plan.len(), 18);
        assert_eq!(plan[17], "lookups/q01");
        assert_eq!(plan, plan_quiz(&bank(), &Filter::default(), &reviews, 100, 1, 7 * day));
        let filter = Filter { topics: vec!["values".into()], level: Some(Level::Mid) };
        let plan = plan_quiz(&bank(), &filter, &reviews, 1, 1, 7 * day);
        assert_eq!(plan, ["values/q10"]);
    }

    #[test]
    fn a_drill_rises() {
        let plan = plan_drill(&bank(), "values", 3, 9);
        let levels: Vec<Level> = plan.iter().map(|id| bank().entry(id).unwrap().level).collect();
        assert_eq!(levels, Level::ALL);
        assert_eq!(plan_drill(&bank(), "nothing", 3, 9), Vec::<String>::new());
    }

    #[test]
    fn a_mock_fills_its_time_and_spreads_over_topics() {
        let plan = plan_mock(&bank(), Level::Mid, 15, 4);
        assert!((3..=5).contains(&plan.len()), "{plan:?}");
        let topics: std::collections::BTreeSet<&str> = plan.iter().map(|id| id.split('/').next().unwrap()).collect();
        assert_eq!(topics.len(), 3);
        assert_eq!(plan, plan_mock(&bank(), Level::Mid, 15, 4));
        assert_eq!(plan_mock(&Bank::default(), Level::Mid, 15, 4), Vec::<String>::new());
    }

    #[test]
    fn a_follow_up_comes_next_and_once() {
        let mut session = Session {
            id: 0,
            mode: Mode::Mock,
            seed: 0,
            questions: vec!["a/a".into(), "b/b".into()],
            position: 0,
            started: 0,
            deadline: None,
            folders: Vec::new(),
            ended: false,
        };
        assert!(session.follow_up("c/c"));
        assert!(!session.follow_up("b/b"));
        assert_eq!(session.questions, ["a/a", "c/c", "b/b"]);
    }
}
