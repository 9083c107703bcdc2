//! Progress as JSON, to carry to another machine. Importing adds to what is there; importing twice changes nothing.

use serde::{Deserialize, Serialize};

use super::schedule::Review;
use super::store::{Attempt, Store, StoreError, insert_attempt, upsert_review};

/// Why progress cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum PortableError {
    /// The text is not exported progress.
    #[error("not an export of ormdojo's progress: {0}")]
    Invalid(String),
    /// Progress cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Portable {
    format: u32,
    attempts: Vec<Attempt>,
    reviews: Vec<PortableReview>,
}

#[derive(Serialize, Deserialize)]
struct PortableReview {
    question: String,
    #[serde(flatten)]
    review: ReviewFields,
}

/// [`Review`] again, since flattening and refusing unknown fields do not go together.
#[derive(Serialize, Deserialize)]
struct ReviewFields {
    due: i64,
    stability: f64,
    difficulty: f64,
    last: i64,
    reps: i32,
    lapses: i32,
}

impl Store {
    /// Everything that is remembered of answers, as JSON.
    pub fn export(&self) -> Result<String, StoreError> {
        let reviews = self.reviews()?.into_iter().map(|(question, review)| {
            let Review { due, stability, difficulty, last, reps, lapses } = review;
            PortableReview { question, review: ReviewFields { due, stability, difficulty, last, reps, lapses } }
        });
        let portable = Portable { format: 1, attempts: self.attempts(None)?, reviews: reviews.collect() };
        Ok(serde_json::to_string_pretty(&portable).unwrap_or_default() + "\n")
    }

    /// Adds exported progress: attempts that are not there yet, and of each question the memory that is newer. Gives how
    /// many attempts were added.
    pub fn import(&mut self, text: &str) -> Result<usize, PortableError> {
        let portable: Portable =
            serde_json::from_str(text).map_err(|error| PortableError::Invalid(error.to_string()))?;
        if portable.format != 1 {
            return Err(PortableError::Invalid(format!("format {} is not known, only 1", portable.format)));
        }
        let known = self.attempts(None)?;
        let seen: rustc_hash::FxHashSet<(&str, i64, &str, &str)> = known.iter().map(identity).collect();
        let reviews = self.reviews()?;
        let transaction = self.begin()?;
        let mut added = 0;
        let mut taken = rustc_hash::FxHashSet::default();
        for attempt in &portable.attempts {
            if seen.contains(&identity(attempt)) || !taken.insert(identity(attempt)) {
                continue;
            }
            // Session numbers are this file's own; another file's would point at strangers.
            insert_attempt(&transaction, &Attempt { session: None, ..attempt.clone() }).map_err(StoreError::from)?;
            added += 1;
        }
        for PortableReview { question, review } in portable.reviews {
            let ReviewFields { due, stability, difficulty, last, reps, lapses } = review;
            let review = Review { due, stability, difficulty, last, reps, lapses };
            if !review.is_sound() {
                return Err(PortableError::Invalid(format!("the review of {question} holds impossible numbers")));
            }
            let newer =
                reviews.iter().find(|(id, _)| *id == question).is_none_or(|(_, known)| known.last < review.last);
            if newer {
                upsert_review(&transaction, &question, &review).map_err(StoreError::from)?;
            }
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(added)
    }
}

fn identity(attempt: &Attempt) -> (&str, i64, &str, &str) {
    (&attempt.question, attempt.at, &attempt.verdict, &attempt.answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Rating, review};

    #[test]
    fn importing_twice_changes_nothing() {
        let mut first = Store::in_memory().unwrap();
        let attempt = Attempt {
            question: "a/b".into(),
            session: Some(4),
            at: 10,
            verdict: "incorrect".into(),
            rating: Some(Rating::Again),
            answer: "x".into(),
            hints: 0,
            late: false,
        };
        first.record(&attempt, Some(&review(None, Rating::Again, 10)), None).unwrap();
        let text = first.export().unwrap();
        let mut second = Store::in_memory().unwrap();
        assert_eq!(second.import(&text).unwrap(), 1);
        assert_eq!(second.import(&text).unwrap(), 0);
        assert_eq!(second.reviews().unwrap(), first.reviews().unwrap());
        assert_eq!(second.attempts(None).unwrap(), [Attempt { session: None, ..attempt }]);
        assert!(matches!(second.import("{}"), Err(PortableError::Invalid(_))));
        assert!(matches!(
            second.import(&text.replace("\"format\": 1", "\"format\": 7")),
            Err(PortableError::Invalid(_))
        ));
    }
}
