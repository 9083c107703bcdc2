//! A question proves itself: its reference and its accepted answers are judged right, its likely mistakes wrong and for
//! the reason that it states, its prediction has one right choice, and what it refers to exists.

use super::engine::Engine;
use super::judge::judge;
use crate::bank::{Ask, Bank, Body, Concept, Origin, Predict, Question, Rubric, right_choices};
use crate::grading::{Verdict, VerdictKind};
use crate::runner::{Limits, Outcome, Source, Submission};

/// What keeps a question from being proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is the matter, one sentence without a full stop.
    pub message: String,
    /// Whether the engine is at fault and not the question.
    pub unsupported: bool,
}

/// Everything that is the matter with a question. `bank` is where its follow-ups are looked for. Questions inside the
/// binary must be complete: with covers, hints, other right answers and likely mistakes.
pub fn prove(engine: &dyn Engine, bank: &Bank, question: &Question, limits: &Limits) -> Vec<Problem> {
    let mut proof = Proof { engine, question, limits, problems: Vec::new() };
    for follow_up in &question.follow_ups {
        if bank.entry(follow_up).is_none() {
            proof.say(format!("the follow-up `{follow_up}` does not exist"));
        }
    }
    if question.origin == Origin::BuiltIn {
        proof.complete();
    }
    match &question.body {
        Body::Answer(answer) => proof.answers(&answer.code),
        Body::Predict(predict) => proof.prediction(predict),
        Body::Concept(concept) => proof.concept(concept),
    }
    proof.problems
}

struct Proof<'a> {
    engine: &'a dyn Engine,
    question: &'a Question,
    limits: &'a Limits,
    problems: Vec<Problem>,
}

impl Proof<'_> {
    fn say(&mut self, message: impl Into<String>) {
        self.problems.push(Problem { message: message.into(), unsupported: false });
    }

    fn complete(&mut self) {
        let question = self.question;
        let is_answer = matches!(question.body, Body::Answer(_));
        let missing = [
            (question.covers.is_empty(), "`covers` is empty"),
            (question.hints.is_empty() && !matches!(question.body, Body::Concept(_)), "`hints` is empty"),
            (question.explanation.trim().is_empty(), "`explanation` is empty"),
            (is_answer && question.accepted.is_empty(), "there is no [[accepted]]"),
            (is_answer && question.wrong.is_empty(), "there is no [[wrong]]"),
        ];
        for (_, message) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
            self.say(message);
        }
    }

    fn judged(&self, answer: &str) -> Verdict {
        judge(self.engine, self.question, answer, self.limits, 0)
    }

    fn answers(&mut self, reference: &str) {
        let question = self.question;
        self.must_be_right("the reference", reference);
        for (at, code) in question.accepted.iter().enumerate() {
            self.must_be_right(&format!("accepted answer {}", at + 1), code);
        }
        for (at, wrong) in question.wrong.iter().enumerate() {
            let what = format!("wrong answer {} ({})", at + 1, wrong.finding);
            let verdict = self.judged(&wrong.code);
            match verdict.kind {
                VerdictKind::Correct | VerdictKind::SelfAssessed => self.say(format!("{what} is judged correct")),
                VerdictKind::Unsupported => self.unsupported(&what, &verdict),
                _ if verdict.findings.iter().all(|finding| finding.id != wrong.finding) => {
                    let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.id.as_str()).collect();
                    let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
                    self.say(format!("{what} is judged {} for another reason: {found}", verdict.kind.word()));
                }
                _ => {}
            }
        }
    }

    fn must_be_right(&mut self, what: &str, code: &str) {
        let verdict = self.judged(code);
        match verdict.kind {
            VerdictKind::Correct => {}
            VerdictKind::Unsupported => self.unsupported(what, &verdict),
            kind => self.say(format!("{what} is judged {}{}", kind.word(), detail(&verdict))),
        }
    }

    fn unsupported(&mut self, what: &str, verdict: &Verdict) {
        let message = format!("{what} cannot be run{}", detail(verdict));
        self.problems.push(Problem { message, unsupported: true });
    }

    fn prediction(&mut self, predict: &Predict) {
        let source = Source::dataset(self.question.dataset.as_str());
        let submission = Submission::python(predict.code.as_str());
        let run = match self.engine.run(&source, &predict.setup, &submission, self.limits) {
            Ok(run) => run,
            Err(error) => {
                self.problems.push(Problem { message: format!("the code cannot be run: {error}"), unsupported: true });
                return;
            }
        };
        if let Some(feature) = &run.unsupported {
            self.problems.push(Problem { message: format!("the code cannot be run: {feature}"), unsupported: true });
            return;
        }
        match &run.outcome {
            Outcome::Raised(error) if predict.ask != Ask::Exception => {
                self.say(format!("the code raises {}: {}", error.kind, error.message));
                return;
            }
            Outcome::Limit(limit) => {
                self.say(format!("the code hits a limit: {limit}"));
                return;
            }
            _ => {}
        }
        if !predict.choices.is_empty() {
            let right = right_choices(predict, &run);
            match right.as_slice() {
                [_] => {}
                [] => self.say("no choice is what the code shows"),
                several => self.say(format!("more than one choice is what the code shows: {}", several.join(" | "))),
            }
        }
    }

    fn concept(&mut self, concept: &Concept) {
        for choice in concept.choices.iter().filter(|choice| choice.why.trim().is_empty()) {
            self.say(format!("the choice `{}` has no `why`", choice.text));
        }
        if concept.points.is_empty() {
            return;
        }
        if concept.answer.trim().is_empty() {
            self.say("[concept] has no model `answer`");
            return;
        }
        for (point, _) in Rubric::of(concept, &concept.answer).points.iter().filter(|(_, found)| !found) {
            self.say(format!("the model answer does not mention the point `{point}` in any of its words"));
        }
    }
}

fn detail(verdict: &Verdict) -> String {
    let check = verdict.checks.iter().find(|check| !check.ok && !check.detail.is_empty());
    let told = match (&verdict.error, check) {
        (Some(error), _) => format!("{}: {}", error.kind, error.message),
        (None, Some(check)) => check.detail.clone(),
        (None, None) => return String::new(),
    };
    format!(" ({told})")
}
