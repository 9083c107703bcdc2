//! What a finished interview amounts to, and what the learner knows altogether.

use serde::Serialize;

use super::plan::Session;
use super::schedule::{Rating, Review};
use super::store::Attempt;
use crate::bank::Bank;

/// One topic of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportLine {
    /// The topic.
    pub topic: String,
    /// Questions of it that were planned or asked.
    pub asked: usize,
    /// Answered rightly in time.
    pub right: usize,
    /// Hints read.
    pub hints: usize,
    /// Points: one for a right answer, half for one that came with help or at a later try.
    pub points: f64,
}

/// An interview's outcome, by topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The topics, in the order in which they came up.
    pub lines: Vec<ReportLine>,
    /// Of a hundred.
    pub score: u32,
    /// Questions that time or the learner left unanswered.
    pub unanswered: usize,
}

impl Report {
    /// Adds up a session. Every question of its plan counts, answered or not; what came after the deadline does not.
    pub fn of(session: &Session, attempts: &[Attempt]) -> Self {
        let mut lines: Vec<ReportLine> = Vec::new();
        let mut unanswered = 0;
        for id in &session.questions {
            let topic = id.split('/').next().unwrap_or(id);
            let at = lines.iter().position(|line| line.topic == topic).unwrap_or_else(|| {
                lines.push(ReportLine { topic: topic.to_owned(), asked: 0, right: 0, hints: 0, points: 0.0 });
                lines.len() - 1
            });
            let line = &mut lines[at];
            line.asked += 1;
            let tries: Vec<&Attempt> =
                attempts.iter().filter(|attempt| attempt.question == *id && !attempt.late).collect();
            line.hints += tries.iter().map(|attempt| attempt.hints).max().unwrap_or(0);
            // The last rated try counts: its rating knows of hints and of earlier tries.
            match tries.iter().rev().find_map(|attempt| attempt.rating) {
                Some(Rating::Good | Rating::Easy) => {
                    line.right += 1;
                    line.points += 1.0;
                }
                Some(Rating::Hard) => {
                    line.right += 1;
                    line.points += 0.5;
                }
                Some(Rating::Again) => {}
                None => unanswered += 1,
            }
        }
        let asked: usize = lines.iter().map(|line| line.asked).sum();
        let points: f64 = lines.iter().map(|line| line.points).sum();
        let score = if asked == 0 { 0 } else { (points * 100.0 / asked as f64).round() as u32 };
        Self { lines, score, unanswered }
    }
}

/// What is known of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicStats {
    /// The topic.
    pub topic: String,
    /// Questions that the bank has.
    pub questions: usize,
    /// Of which were ever answered.
    pub seen: usize,
    /// Of which were last answered rightly.
    pub known: usize,
    /// Of which are due.
    pub due: usize,
}

/// What the learner knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The version of this form.
    pub format: u32,
    /// Answers judged.
    pub answers: usize,
    /// Of which were correct.
    pub correct: usize,
    /// Reviews due now.
    pub due: usize,
    /// Milliseconds since 1970 at which the next review falls due; none when there is none.
    pub next_due: Option<i64>,
    /// Days in a row, today or yesterday the last, on which something was answered.
    pub streak: usize,
    /// By topic, in the bank's order.
    pub topics: Vec<TopicStats>,
}

impl Stats {
    /// Adds up attempts and reviews at `now`.
    pub fn of(bank: &Bank, attempts: &[Attempt], reviews: &[(String, Review)], now: i64) -> Self {
        let judged: Vec<&Attempt> =
            attempts.iter().filter(|attempt| !matches!(attempt.verdict.as_str(), "skipped" | "shown")).collect();
        let mut last: rustc_hash::FxHashMap<&str, Rating> = rustc_hash::FxHashMap::default();
        for attempt in attempts {
            if let Some(rating) = attempt.rating {
                last.insert(&attempt.question, rating);
            }
        }
        let topics = bank
            .topics()
            .into_iter()
            .map(|topic| {
                let ids: Vec<&str> =
                    bank.entries().iter().filter(|entry| entry.topic == topic).map(|entry| entry.id.as_str()).collect();
                TopicStats {
                    questions: ids.len(),
                    seen: ids.iter().filter(|id| judged.iter().any(|attempt| attempt.question == **id)).count(),
                    known: ids
                        .iter()
                        .filter(|id| last.get(**id).is_some_and(|rating| *rating != Rating::Again))
                        .count(),
                    due: reviews.iter().filter(|(id, review)| review.due <= now && ids.contains(&id.as_str())).count(),
                    topic,
                }
            })
            .collect();
        let in_bank = |id: &str| bank.entry(id).is_some();
        Self {
            format: 1,
            answers: judged.len(),
            correct: judged.iter().filter(|attempt| attempt.verdict == "correct").count(),
            due: reviews.iter().filter(|(id, review)| review.due <= now && in_bank(id)).count(),
            next_due: reviews
                .iter()
                .filter(|(id, review)| review.due > now && in_bank(id))
                .map(|(_, review)| review.due)
                .min(),
            streak: streak(attempts, now),
            topics,
        }
    }
}

fn streak(attempts: &[Attempt], now: i64) -> usize {
    const DAY: i64 = 86_400_000;
    let days: std::collections::BTreeSet<i64> = attempts.iter().map(|attempt| attempt.at.div_euclid(DAY)).collect();
    let today = now.div_euclid(DAY);
    let Some(&last) = days.iter().rev().find(|&&day| day <= today) else { return 0 };
    if last < today - 1 {
        return 0;
    }
    (0..).take_while(|back| days.contains(&(last - back))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Mode;

    fn attempt(question: &str, at: i64, rating: Option<Rating>, late: bool) -> Attempt {
        Attempt {
            question: question.into(),
            session: Some(1),
            at,
            verdict: "correct".into(),
            rating,
            answer: String::new(),
            hints: 1,
            late,
        }
    }

    #[test]
    fn an_interview_is_scored_by_topic() {
        let session = Session {
            id: 1,
            mode: Mode::Mock,
            seed: 0,
            questions: ["a/1", "b/1", "a/2", "a/3"].map(str::to_owned).to_vec(),
            position: 4,
            started: 0,
            deadline: Some(100),
            folders: vec![],
            ended: true,
        };
        let attempts = [
            attempt("a/1", 1, Some(Rating::Again), false),
            attempt("a/1", 2, Some(Rating::Hard), false),
            attempt("b/1", 3, Some(Rating::Good), false),
            attempt("a/2", 200, Some(Rating::Good), true),
        ];
        let report = Report::of(&session, &attempts);
        assert_eq!(report.score, 38);
        assert_eq!(report.unanswered, 2);
        assert_eq!(report.lines[0], ReportLine { topic: "a".into(), asked: 3, right: 1, hints: 1, points: 0.5 });
        assert_eq!(Report::of(&Session { questions: vec![], ..session }, &[]).score, 0);
    }

    #[test]
    fn streaks_end_with_a_day_off() {
        let day = 86_400_000;
        let on = |days: &[i64]| days.iter().map(|d| attempt("a/1", d * day, None, false)).collect::<Vec<_>>();
        assert_eq!(streak(&on(&[3, 5, 6, 7]), 7 * day), 3);
        assert_eq!(streak(&on(&[5, 6, 7]), 8 * day), 3);
        assert_eq!(streak(&on(&[5, 6, 7]), 9 * day), 0);
        assert_eq!(streak(&[], 9 * day), 0);
    }
}
