//! One question at the prompt: shown, explored, answered, judged, explained.

use std::collections::VecDeque;

use super::shell::{offer_completions, run_input, show_schema};
use super::unit::{Form, Unit, read_unit};
use super::words::{self, Word};
use crate::bank::{Ask, Body, Kind, Question, letters, names_choices, names_prediction};
use crate::cli::console::Style;
use crate::cli::exit::Failure;
use crate::cli::render;
use crate::cli::render::markdown::markdown;
use crate::cli::world::World;
use crate::grading::{Verdict, VerdictKind};
use crate::runner::{Language, Limits, LoggedQuery, Outcome, Source, Submission};
use crate::session::clock::span;
use crate::session::{Attempt, Mode, Rating, Review, Session, ShellSession, Transcript, judge, rate, review};

/// How a question was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It is behind; the next may come.
    Done,
    /// The learner leaves; the question waits.
    Quit,
    /// The interview's time is up.
    TimeUp,
}

/// A question that is being asked.
struct Asking<'w, 'e> {
    world: &'w mut World<'e>,
    question: &'w Question,
    session: &'w mut Session,
    limits: &'w Limits,
    shell: Option<Box<dyn ShellSession>>,
    transcript: Transcript,
    ledger: Vec<LoggedQuery>,
    /// Steps read, of the author's and of those on wrong answers: all count.
    hints: usize,
    /// How many of the author's.
    told: usize,
    /// What is left to tell about the last answer.
    advice: VecDeque<String>,
    tries: usize,
    /// What was remembered of the question before it was asked: every try of one asking starts from it.
    before: Option<Review>,
    knows_submit: bool,
}

/// Asks a question until it is solved, skipped or left.
pub fn ask(
    world: &mut World<'_>,
    question: &Question,
    session: &mut Session,
    limits: &Limits,
) -> Result<Left, Failure> {
    let store = world.store()?;
    let before = store.review(&question.id)?;
    let knows_submit = store.fact("knows-submit")?.is_some();
    // Tries of an asking that was cut short still count.
    let earlier: Vec<Attempt> =
        store.attempts(Some(session.id))?.into_iter().filter(|attempt| attempt.question == question.id).collect();
    let mut asking = Asking {
        world,
        question,
        session,
        limits,
        shell: None,
        transcript: Transcript::default(),
        ledger: Vec::new(),
        hints: earlier.iter().map(|attempt| attempt.hints).max().unwrap_or(0),
        told: earlier.iter().map(|attempt| attempt.hints).max().unwrap_or(0),
        advice: VecDeque::new(),
        tries: earlier.len(),
        before,
        knows_submit,
    };
    asking.show();
    asking.open_shell();
    asking.converse()
}

impl Asking<'_, '_> {
    fn form(&self) -> Form {
        match self.question.kind.language() {
            Some(language) => Form::Code(language),
            None => Form::Text,
        }
    }

    fn source(&self) -> Source {
        Source::dataset(self.question.dataset.as_str())
    }

    fn say(&mut self, text: &str) {
        self.world.console.tell(text);
    }

    fn show(&mut self) {
        let console = &mut self.world.console;
        let question = self.question;
        let title = console.paint(Style::Title, &question.title);
        let about = format!("{} · {} · {}", question.topic, question.level, question.kind);
        let about = console.paint(Style::Dim, &about);
        console.line("");
        console.line(&title);
        console.line(&about);
        console.line("");
        let prompt = markdown(&question.prompt, console.width, console.color);
        console.line(&prompt);
        match &question.body {
            Body::Predict(predict) => {
                console.line("");
                for line in predict.code.trim_end().lines() {
                    let line = console.paint(Style::Code, line);
                    console.line(format!("    {line}").trim_end());
                }
                console.line("");
                let asked = match predict.ask {
                    Ask::Queries => "How many queries does it send?",
                    Ask::Output => "What does it print?",
                    Ask::Rows => "What comes back?",
                    Ask::Sql => "What of this does it send?",
                    Ask::Exception => "Which exception does it raise (or none)?",
                };
                console.line(asked);
                show_choices(console, predict.choices.iter().map(String::as_str));
            }
            Body::Concept(concept) if !concept.choices.is_empty() => {
                console.line("");
                show_choices(console, concept.choices.iter().map(|choice| choice.text.as_str()));
                if concept.choices.iter().filter(|choice| choice.right).count() > 1 {
                    console.line("More than one is right: name all, as in `ac`.");
                }
            }
            Body::Concept(_) => {}
            Body::Answer(answer) => {
                if let Some(budget) = answer.max_queries {
                    let text = format!("At most {budget} {}.", if budget == 1 { "query" } else { "queries" });
                    let text = console.paint(Style::Dim, &text);
                    console.line("");
                    console.line(&text);
                }
            }
        }
        if question.kind.language().is_some() {
            self.show_tables();
        }
        self.world.console.line("");
    }

    /// Names the models (or tables) that the question's dataset has, one line each.
    fn show_tables(&mut self) {
        let Ok(models) = self.world.engine.models(&self.source()) else { return };
        let sql = self.question.kind == Kind::Sql;
        let text = format!("{} {}", self.question.prompt, self.question.solution());
        let concerned: Vec<_> = models
            .iter()
            .filter(|model| {
                let name = if sql { &model.table } else { &model.name };
                text.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_')
                    .any(|word| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&model.name))
            })
            .collect();
        let console = &mut self.world.console;
        console.line("");
        for model in concerned {
            let fields: Vec<&str> = model
                .fields
                .iter()
                .filter_map(|field| if sql { field.column.as_deref() } else { Some(field.name.as_str()) })
                .collect();
            let name = if sql { &model.table } else { &model.name };
            let line = format!("{name}({})", fields.join(", "));
            let options = textwrap::Options::new(console.width).initial_indent("  ").subsequent_indent("    ");
            let line = textwrap::fill(&line, options);
            let line = console.paint(Style::Dim, &line);
            console.line(&line);
        }
        let line = console.paint(Style::Dim, &format!("  dataset {}; \\schema shows all of it", self.question.dataset));
        console.line(&line);
    }

    fn open_shell(&mut self) {
        let source = self.source();
        let Body::Answer(answer) = &self.question.body else {
            offer_completions(self.world, &source, None);
            return;
        };
        match self.world.engine.shell(&self.source(), &answer.setup, self.limits) {
            Ok(shell) => {
                offer_completions(self.world, &self.source(), Some(&*shell));
                self.shell = Some(shell);
            }
            Err(error) => self.say(&format!("Code cannot be tried here: {error}")),
        }
    }

    fn converse(&mut self) -> Result<Left, Failure> {
        loop {
            if self.world.console.closed {
                return Ok(Left::Quit);
            }
            if self.is_late() {
                return Ok(Left::TimeUp);
            }
            let form = self.form();
            match read_unit(self.world, form) {
                Unit::End => {
                    self.world.console.line("");
                    return Ok(Left::Quit);
                }
                Unit::Interrupted => {}
                Unit::Text(text) => {
                    if let Some(left) = self.entered(&text)? {
                        return Ok(left);
                    }
                }
                Unit::Word(word) => {
                    if let Some(left) = self.word(word)? {
                        return Ok(left);
                    }
                }
            }
        }
    }

    fn is_late(&self) -> bool {
        self.session.deadline.is_some_and(|deadline| self.world.now() >= deadline)
    }

    /// Code runs; text is kept until it is submitted, but what can only be an answer is judged at once.
    fn entered(&mut self, text: &str) -> Result<Option<Left>, Failure> {
        let Some(language) = self.question.kind.language() else {
            if text.trim().is_empty() {
                return Ok(None);
            }
            let at_once = match &self.question.body {
                Body::Predict(predict) => !predict.choices.is_empty() || predict.ask != Ask::Output,
                Body::Concept(concept) => !concept.choices.is_empty(),
                Body::Answer(_) => false,
            };
            if at_once {
                return self.judge(text.trim());
            }
            if self.transcript.is_empty() && !self.knows_submit {
                self.say("Go on for as long as you like; \\submit has your answer judged.");
            }
            self.transcript.push(text, true);
            return Ok(None);
        };
        let Some(shell) = &mut self.shell else {
            self.say("Code cannot be tried here; \\submit followed by your answer has it judged.");
            return Ok(None);
        };
        let submission = Submission { source: text.to_owned(), language };
        let execution = run_input(self.world, &mut **shell, &submission);
        self.transcript.push(text, execution.outcome == Outcome::Finished);
        self.ledger.extend(execution.queries);
        if !self.knows_submit {
            self.knows_submit = true;
            let what = match self.question.kind {
                Kind::Program | Kind::Model => "all that you entered",
                Kind::Sql => "your last statement",
                _ => "your last expression",
            };
            let text = format!(
                "(This was a try, not yet your answer. Look around as you like; \\submit, or \\s, has {what} judged.)"
            );
            let text = self.world.console.paint(Style::Strong, &self.world.console.fold("", &text));
            self.world.console.line(&text);
        }
        Ok(None)
    }

    fn word(&mut self, word: Word) -> Result<Option<Left>, Failure> {
        match word {
            Word::Submit(given) => match self.transcript.answer(self.question.kind, &given) {
                Some(answer) => {
                    if matches!(self.question.kind, Kind::Program | Kind::Model) && self.transcript.raised() > 0 {
                        self.say("(Inputs that raised are left out of your answer.)");
                    }
                    return self.judge(&answer);
                }
                None if self.question.kind.language().is_some() => {
                    self.say("Nothing was entered yet: type an answer first, or put it after \\submit.");
                }
                None => self.say("Put your answer after \\submit, or on lines before it."),
            },
            Word::Hint => self.hint(),
            Word::Ledger => render::execution::show_whole_ledger(&mut self.world.console, &self.ledger),
            Word::Schema => {
                let source = self.source();
                show_schema(self.world, &source);
            }
            Word::Question => self.show(),
            Word::Reset => {
                self.transcript.clear();
                self.ledger.clear();
                self.open_shell();
                self.say("What you entered is forgotten; names and rows are as in the beginning.");
            }
            Word::Skip => {
                self.give_up("skipped", None)?;
                self.say("Skipped; it will come again.");
                return Ok(Some(Left::Done));
            }
            Word::Solution => {
                self.give_up("shown", Some(Rating::Again))?;
                self.show_solution();
                self.explain();
                return Ok(Some(Left::Done));
            }
            Word::Quit => return Ok(Some(Left::Quit)),
            Word::Help => self.help(),
            Word::Unknown(name, near) => self.say(&words::unknown(&name, near)),
        }
        Ok(None)
    }

    fn help(&mut self) {
        let submit = match self.question.kind {
            Kind::Queryset => "judge the last expression (or the one that follows)",
            Kind::Sql => "judge the last statement (or the one that follows)",
            Kind::Program | Kind::Model => "judge everything since the question began",
            Kind::Predict | Kind::Concept => "judge the text entered (or that follows)",
        };
        for (word, does) in [
            ("\\submit \\s", submit),
            ("\\hint", "the next hint; it is counted"),
            ("\\ledger", "every statement that you sent"),
            ("\\schema", "models, fields and relations"),
            ("\\question", "the question once more"),
            ("\\reset", "forget what was entered, restore the rows"),
            ("\\solution", "give up and see the answer"),
            ("\\skip", "go on; the question comes again"),
            ("\\quit", "leave; the session waits"),
        ] {
            self.world.console.pair(word, does, 11);
        }
    }

    fn hint(&mut self) {
        // What is known of the answer that was just judged says more than what is said to everybody.
        if let Some(step) = self.advice.pop_front() {
            self.hints += 1;
            let head = format!("On your last answer, step {} of 4: ", 4 - self.advice.len());
            let text = markdown(&format!("{head}{step}"), self.world.console.width, self.world.console.color);
            self.world.console.line(&text);
            return;
        }
        let Some(hint) = self.question.hints.get(self.told) else {
            let text = if self.question.hints.is_empty() {
                "There are no hints here."
            } else {
                "There are no more hints; \\solution shows the answer."
            };
            self.say(text);
            return;
        };
        self.hints += 1;
        self.told += 1;
        let head = format!("Hint {} of {}: ", self.told, self.question.hints.len());
        let text = markdown(&format!("{head}{hint}"), self.world.console.width, self.world.console.color);
        self.world.console.line(&text);
    }

    fn judge(&mut self, answer: &str) -> Result<Option<Left>, Failure> {
        // A slip of the keyboard is no answer, so it does not count as a wrong one.
        if let Body::Concept(concept) = &self.question.body
            && !concept.choices.is_empty()
            && !names_choices(&concept.choices, answer)
        {
            let last = letters(concept.choices.len() - 1);
            self.say(&format!("Answer with letters from a to {last}."));
            return Ok(None);
        }
        if let Body::Predict(predict) = &self.question.body
            && !names_prediction(predict, answer)
        {
            let last = letters(predict.choices.len() - 1);
            self.say(&format!("Answer with a letter from a to {last}."));
            return Ok(None);
        }
        if !self.knows_submit || self.tries == 0 {
            self.knows_submit = true;
            self.world.store()?.set_fact("knows-submit", "1")?;
        }
        self.world.calm();
        let verdict = judge(self.world.engine, self.question, answer, self.limits, self.session.seed);
        // An answer that came in after the bell is judged, but does not count.
        let late = self.is_late();
        let mut rating = rate(verdict.kind, self.hints, self.tries);
        let self_assessed = verdict.kind == VerdictKind::SelfAssessed;
        if !self_assessed {
            self.record(verdict.kind.word(), rating, answer, late, verdict.kind == VerdictKind::Correct)?;
        }
        self.tries += 1;
        self.advice = verdict.hints.iter().cloned().collect();
        let failed = !matches!(verdict.kind, VerdictKind::Correct | VerdictKind::SelfAssessed);
        // The SQL's difference gives much away: it comes with a right answer, or when the learner has tried twice.
        let with_sql = self.question.kind != Kind::Model && (!failed || self.tries > 1);
        self.world.console.line("");
        render::verdict::show(&mut self.world.console, &verdict, with_sql);
        if self_assessed {
            self.show_model_answer();
            rating = self.ask_rating();
            self.record(verdict.kind.word(), rating, answer, late, true)?;
        }
        if failed {
            self.after_failure(&verdict);
            return Ok(None);
        }
        self.explain();
        if self.session.mode != Mode::Mock
            && let Some(remembered) = self.world.store()?.review(&self.question.id)?
            && rating.is_some()
        {
            let text = format!("It comes again in {}.", span(remembered.due - self.world.now()));
            let text = self.world.console.paint(Style::Dim, &text);
            self.world.console.line(&text);
        }
        Ok(Some(Left::Done))
    }

    fn after_failure(&mut self, verdict: &Verdict) {
        let text = match verdict.kind {
            VerdictKind::Unsupported => {
                "This is the trainer's fault, not yours; it does not count. Try another way, or \\skip."
            }
            _ if !self.advice.is_empty() => {
                "Try again; \\hint helps with this answer, step by step, \\solution shows the right one."
            }
            _ if self.told < self.question.hints.len() => "Try again; \\hint helps, \\solution shows the answer.",
            _ => "Try again; \\solution shows the answer.",
        };
        self.say(text);
        // The next answer of a text question starts afresh.
        if self.question.kind.language().is_none() {
            self.transcript.clear();
        }
    }

    fn ask_rating(&mut self) -> Option<Rating> {
        let prompt = "How well did you know it? 1 not, 2 partly, 3 well, 4 easily: ";
        match self.world.lines.read(&mut self.world.console, prompt, "") {
            super::input::Line::Text(line) => {
                let rating = match line.trim() {
                    "1" | "again" => Some(Rating::Again),
                    "2" | "hard" => Some(Rating::Hard),
                    "3" | "good" => Some(Rating::Good),
                    "4" | "easy" => Some(Rating::Easy),
                    _ => None,
                };
                if rating.is_none() && !line.trim().is_empty() {
                    self.world.lines.unread(line);
                }
                rating
            }
            _ => None,
        }
    }

    fn give_up(&mut self, word: &str, rating: Option<Rating>) -> Result<(), Failure> {
        let late = self.is_late();
        self.record(word, rating, "", late, true)
    }

    /// Writes the attempt down, before anything of it is shown. `done` puts the question behind.
    fn record(
        &mut self,
        verdict: &str,
        rating: Option<Rating>,
        answer: &str,
        late: bool,
        done: bool,
    ) -> Result<(), Failure> {
        let now = self.world.now();
        let attempt = Attempt {
            question: self.question.id.clone(),
            session: Some(self.session.id),
            at: now,
            verdict: verdict.to_owned(),
            rating,
            answer: answer.to_owned(),
            hints: self.hints,
            late,
        };
        let memory = rating.map(|rating| review(self.before.as_ref(), rating, now));
        if done {
            if self.session.mode == Mode::Mock && verdict == "correct" {
                for follow_up in &self.question.follow_ups {
                    if self.session.follow_up(follow_up) {
                        break;
                    }
                }
            }
            self.session.position += 1;
        }
        self.world.store()?.record(&attempt, memory.as_ref(), Some(self.session))?;
        Ok(())
    }

    fn show_solution(&mut self) {
        let solution = self.question.solution();
        if solution.is_empty() {
            return;
        }
        let console = &mut self.world.console;
        console.line("The reference answers:");
        for line in solution.lines() {
            let line = console.paint(Style::Code, line);
            console.line(format!("    {line}").trim_end());
        }
    }

    fn show_model_answer(&mut self) {
        if let Body::Concept(concept) = &self.question.body
            && !concept.answer.trim().is_empty()
        {
            let console = &mut self.world.console;
            console.line("");
            console.line("A model answer:");
            let text = markdown(&concept.answer, console.width, console.color);
            console.line(&text);
        }
    }

    fn explain(&mut self) {
        if let Body::Predict(predict) = &self.question.body {
            let submission = Submission::python(predict.code.as_str());
            if let Ok(execution) = self.world.engine.run(&self.source(), &predict.setup, &submission, self.limits) {
                self.world.console.line("");
                self.world.console.line("What it does:");
                render::execution::show(&mut self.world.console, &execution, true);
            }
        }
        let console = &mut self.world.console;
        if let Body::Concept(concept) = &self.question.body {
            for (at, choice) in concept.choices.iter().enumerate().filter(|(_, choice)| !choice.why.trim().is_empty()) {
                let word = if choice.right { "right" } else { "not right" };
                let text =
                    markdown(&format!("{}) {word}: {}", letters(at), choice.why.trim()), console.width, console.color);
                console.line(&text);
            }
        }
        if !self.question.explanation.trim().is_empty() {
            console.line("");
            let text = markdown(&self.question.explanation, console.width, console.color);
            console.line(&text);
        }
    }
}

fn show_choices<'a>(console: &mut crate::cli::console::Console, choices: impl Iterator<Item = &'a str>) {
    for (at, choice) in choices.enumerate() {
        let marker = format!("  {}) ", letters(at));
        let options = textwrap::Options::new(console.width).initial_indent(&marker).subsequent_indent("     ");
        let text: Vec<String> = choice
            .lines()
            .enumerate()
            .map(|(line, text)| if line == 0 { textwrap::fill(text, &options) } else { format!("     {text}") })
            .collect();
        console.line(&text.join("\n"));
    }
}

/// Whether a language's statements need the hint that `;` ends them.
pub fn opening_hint(kind: Kind) -> Option<&'static str> {
    match kind.language() {
        Some(Language::Sql) => Some("A ; ends a statement."),
        _ => None,
    }
}
