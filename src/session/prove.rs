//! A question proves itself: its reference and its accepted answers are judged right, its likely mistakes wrong and for
//! the reason that it states, its prediction has one right choice, and what it refers to exists.

use super::engine::Engine;
use super::judge::judge;
use super::prompt::left_open;
use crate::bank::{Answer, Ask, Bank, Body, Concept, Origin, Predict, Question, Rubric, right_choices};
use crate::grading::{Verdict, VerdictKind};
use crate::runner::{Limits, Outcome, Source, Submission};

/// What keeps a question from being proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is the matter, one sentence without a full stop.
    pub message: String,
    /// Whether the engine is at fault and not the question.
    pub unsupported: bool,
    /// Which part of the question's file it is about.
    pub part: Part,
    /// What to write instead; empty where the message says it.
    pub instead: &'static str,
}

/// A part of a question's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file as a whole.
    Whole,
    /// The table of its kind, with the reference.
    Reference,
    /// The accepted answer of this place, from 0.
    Accepted(usize),
    /// The wrong answer of this place, from 0.
    Wrong(usize),
}

impl Part {
    /// The one-based line of a question file's text at which it begins.
    pub fn line(self, text: &str) -> u32 {
        let (header, place) = match self {
            Self::Whole => return 1,
            Self::Reference => {
                let is_table = |line: &str| ["[answer]", "[predict]", "[concept]"].contains(&line.trim());
                return text.lines().position(is_table).map_or(1, |at| at as u32 + 1);
            }
            Self::Accepted(place) => ("[[accepted]]", place),
            Self::Wrong(place) => ("[[wrong]]", place),
        };
        let mut lines = text.lines().enumerate().filter(|(_, line)| line.trim() == header);
        lines.nth(place).map_or(1, |(at, _)| at as u32 + 1)
    }
}

/// Everything that is the matter with a question. `bank` is where its follow-ups are looked for. Questions inside the
/// binary must be complete: with covers, hints, other right answers and likely mistakes.
pub fn prove(engine: &dyn Engine, bank: &Bank, question: &Question, limits: &Limits) -> Vec<Problem> {
    let mut proof = Proof { engine, question, limits, problems: Vec::new(), part: Part::Whole };
    for follow_up in &question.follow_ups {
        if bank.entry(follow_up).is_none() {
            proof.say(format!("the follow-up `{follow_up}` does not exist"));
        }
    }
    if question.origin == Origin::BuiltIn {
        proof.complete();
    }
    match &question.body {
        Body::Answer(answer) => proof.answers(answer),
        Body::Predict(predict) => proof.prediction(predict),
        Body::Concept(concept) => proof.concept(concept),
    }
    proof.problems
}

/// The known wrong answers for which the stated reason is found by their own entry alone, with the reasons that are found
/// without it, and how many there are in all.
pub fn unfounded(engine: &dyn Engine, question: &Question, limits: &Limits) -> (Vec<(usize, Vec<String>)>, usize) {
    let Some(expectation) = question.expectation() else { return (Vec::new(), 0) };
    let mut open = Vec::new();
    for (at, wrong) in question.wrong.iter().enumerate() {
        let verdict = engine.grade_blindly(&expectation, &wrong.code, limits);
        let found: Vec<String> = verdict.findings.into_iter().map(|finding| finding.id).collect();
        if !found.contains(&wrong.finding) {
            open.push((at, found));
        }
    }
    (open, question.wrong.len())
}

/// On so many databases the reference must show something.
const LEAST_TELLING: usize = 3;

struct Proof<'a> {
    engine: &'a dyn Engine,
    question: &'a Question,
    limits: &'a Limits,
    problems: Vec<Problem>,
    /// What is being proved.
    part: Part,
}

impl Proof<'_> {
    fn say(&mut self, message: impl Into<String>) {
        self.advise(message, "");
    }

    fn advise(&mut self, message: impl Into<String>, instead: &'static str) {
        self.problems.push(Problem { message: message.into(), unsupported: false, part: self.part, instead });
    }

    fn cannot(&mut self, message: String) {
        let instead = "take out what the engine cannot do, or wait until it can";
        self.problems.push(Problem { message, unsupported: true, part: self.part, instead });
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

    fn answers(&mut self, answer: &Answer) {
        let question = self.question;
        self.part = Part::Reference;
        self.must_be_right("the reference", &answer.code);
        // What a person keeps for themselves, an imported document above all, need not be that strict.
        if question.origin == Origin::BuiltIn {
            self.named(answer);
            self.databases();
        }
        for (at, code) in question.accepted.iter().enumerate() {
            self.part = Part::Accepted(at);
            self.must_be_right(&format!("accepted answer {}", at + 1), code);
        }
        for (at, wrong) in question.wrong.iter().enumerate() {
            self.part = Part::Wrong(at);
            let what = format!("wrong answer {} ({})", at + 1, wrong.finding);
            let verdict = self.judged(&wrong.code);
            match verdict.kind {
                VerdictKind::Correct | VerdictKind::SelfAssessed => {
                    let instead =
                        "no database tells it from the reference: make rows in `setup` that do, or take it out";
                    self.advise(format!("{what} is judged correct"), instead);
                }
                VerdictKind::Unsupported => self.unsupported(&what, &verdict),
                _ if verdict.findings.iter().all(|finding| finding.id != wrong.finding) => {
                    let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.id.as_str()).collect();
                    let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
                    let message = format!("{what} is judged {} for another reason: {found}", verdict.kind.word());
                    self.advise(message, "write the finding that is found, or code that shows the one stated");
                }
                _ => {}
            }
        }
    }

    /// Whether the reference shows enough on enough databases, and the same whichever way unordered rows come.
    fn databases(&mut self) {
        let Some(expectation) = self.question.expectation() else { return };
        let Ok(Some(suite)) = self.engine.suite(&expectation, self.limits) else { return };
        if suite.telling < LEAST_TELLING {
            self.say(format!("the reference shows something on {} databases only", suite.telling));
        }
        if suite.unsteady > suite.databases {
            self.say("the reference shows other results when unordered rows come in another order");
        }
    }

    fn must_be_right(&mut self, what: &str, code: &str) {
        let verdict = self.judged(code);
        match verdict.kind {
            VerdictKind::Correct => {}
            VerdictKind::Unsupported => self.unsupported(what, &verdict),
            kind => {
                let message = format!("{what} is judged {}{}", kind.word(), detail(&verdict));
                self.advise(message, "mend its code, or move it to [[wrong]] with what is wrong about it");
            }
        }
    }

    /// The prompt must name what is judged.
    fn named(&mut self, answer: &Answer) {
        let Some(language) = self.question.kind.language() else { return };
        let source = Source::dataset(self.question.dataset.as_str());
        let submission = Submission { source: answer.code.clone(), language };
        let Ok(shown) = self.engine.run(&source, &answer.setup, &submission, self.limits) else { return };
        for message in left_open(self.question, answer, &shown) {
            self.say(message);
        }
    }

    fn unsupported(&mut self, what: &str, verdict: &Verdict) {
        self.cannot(format!("{what} cannot be run{}", detail(verdict)));
    }

    fn prediction(&mut self, predict: &Predict) {
        self.part = Part::Reference;
        let source = Source::dataset(self.question.dataset.as_str());
        let submission = Submission::python(predict.code.as_str());
        let run = match self.engine.run(&source, &predict.setup, &submission, self.limits) {
            Ok(run) => run,
            Err(error) => {
                self.cannot(format!("the code cannot be run: {error}"));
                return;
            }
        };
        if let Some(feature) = &run.unsupported {
            self.cannot(format!("the code cannot be run: {feature}"));
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
