//! Judges an answer to a question of any kind.

use super::engine::{Engine, EngineError};
use crate::bank::{Body, Question, judge_choices, judge_points, judge_prediction};
use crate::grading::{Verdict, VerdictKind};
use crate::runner::{Limits, Source, Submission};

/// Judges `answer`: by running it, by running what it foretells, or by the question's rubric.
pub fn judge(engine: &dyn Engine, question: &Question, answer: &str, limits: &Limits, seed: u64) -> Verdict {
    match &question.body {
        Body::Concept(concept) if !concept.choices.is_empty() => judge_choices(&concept.choices, answer),
        Body::Concept(concept) => judge_points(concept, answer),
        Body::Predict(predict) => {
            let source = Source::dataset(question.dataset.as_str());
            match engine.run(&source, &predict.setup, &Submission::python(predict.code.as_str()), limits) {
                Ok(execution) => judge_prediction(predict, &execution, answer),
                Err(error) => unrunnable(&error),
            }
        }
        Body::Answer(_) => match question.expectation() {
            Some(expectation) => engine.grade(&expectation, answer, limits, seed),
            None => unrunnable(&EngineError::Invalid("the question has no reference".to_owned())),
        },
    }
}

/// The question's own code could not be run: the engine is at fault, never the learner.
fn unrunnable(error: &EngineError) -> Verdict {
    Verdict::failing(VerdictKind::Unsupported, "run", error.to_string())
}
