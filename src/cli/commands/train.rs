//! Quiz, drill, mock interview, and going on from where it stopped.

use std::path::{Path, PathBuf};

use super::import::{bank_of, lay_over};
use crate::bank::Bank;
use crate::cli::args::{Drill, FromFlags, Mock, Quiz};
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::repl::input::Terminal;
use crate::cli::repl::session::{go_on, report};
use crate::cli::world::World;
use crate::diagnostics::nearest;
use crate::runner::Limits;
use crate::session::clock::{shown, span};
use crate::session::{Filter, Mode, Session, Stats, due_reviews, plan_drill, plan_mock, plan_quiz};

/// Gives a person at a terminal an editable line with history.
pub fn sit_down(world: &mut World<'_>) {
    if !world.terminal {
        return;
    }
    world.catch_interrupts();
    if let Some(folder) = world.data_dir() {
        // For the history; a folder that cannot be made has been told of by the progress file.
        let _ = std::fs::create_dir_all(folder);
    }
    match Terminal::new(world.data_dir(), world.console.color) {
        Ok(terminal) => world.lines = Box::new(terminal),
        Err(error) => world.console.note(&format!("warning: no line editing here: {error}")),
    }
}

/// The bank that a session draws from, and the folders and documents that are not built in.
fn bank_for(world: &mut World<'_>, folders: &[PathBuf], from: &FromFlags) -> Result<(Bank, Vec<String>), Failure> {
    let all: Vec<PathBuf> = folders.iter().chain(&from.from).cloned().collect();
    let bank = if from.from.is_empty() { world.bank(&all)? } else { bank_of(world, &from.from)? };
    let names = all.iter().map(|folder| absolute(folder)).collect();
    Ok((bank, names))
}

fn absolute(folder: &Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

fn known_topic(bank: &Bank, topic: &str) -> Result<(), Failure> {
    let topics = bank.topics();
    if topics.iter().any(|known| known == topic) {
        return Ok(());
    }
    let near = nearest(topic, topics.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", topics.join(", ")),
    };
    Err(Failure::Usage(format!("no question has the topic `{topic}`; {hint}")))
}

fn begin(
    world: &mut World<'_>,
    mode: Mode,
    seed: u64,
    questions: Vec<String>,
    minutes: Option<u32>,
    folders: Vec<String>,
) -> Result<Session, Failure> {
    let started = world.now();
    let deadline = minutes.map(|minutes| started + i64::from(minutes) * 60_000);
    let mut session = Session { id: 0, mode, seed, questions, position: 0, started, deadline, folders, ended: false };
    let store = world.store()?;
    // Only one session of a kind waits to be gone on with; who begins another has left the one before.
    while let Some(old) = store.open_session(Some(mode))? {
        store.save_session(&Session { ended: true, ..old })?;
    }
    store.begin_session(&mut session)?;
    Ok(session)
}

/// The seed asked for, or one from the clock that is short enough to be noted.
fn seed_or_new(world: &World<'_>, seed: Option<u64>) -> u64 {
    seed.unwrap_or_else(|| (world.now() / 1000).unsigned_abs() % 1_000_000)
}

fn head(world: &mut World<'_>, session: &Session) {
    let count = session.questions.len();
    let mut text =
        format!("{} · {count} {}", capital(session.mode.word()), if count == 1 { "question" } else { "questions" });
    if let Some(deadline) = session.deadline {
        text.push_str(&format!(" · {}", span(deadline - session.started)));
    }
    text.push_str(&format!(" · seed {}", session.seed));
    let text = world.console.paint(Style::Strong, &text);
    world.console.line(&text);
    let words = world.console.paint(Style::Dim, "\\? lists the words, \\quit leaves; nothing is lost.");
    world.console.line(&words);
}

fn capital(word: &str) -> String {
    let mut symbols = word.chars();
    symbols.next().map(|first| first.to_uppercase().chain(symbols).collect()).unwrap_or_default()
}

fn nothing_to_ask(world: &mut World<'_>) -> u8 {
    world.console.note("no question fits; `ormdojo bank list` shows what there is");
    exit::USAGE
}

/// `quiz`
pub fn quiz(world: &mut World<'_>, arguments: &Quiz) -> Result<u8, Failure> {
    let (bank, folders) = bank_for(world, &arguments.bank.bank, &arguments.from)?;
    for topic in &arguments.topic {
        known_topic(&bank, topic)?;
    }
    let filter = Filter { topics: arguments.topic.clone(), level: arguments.level };
    let seed = seed_or_new(world, arguments.seed);
    let now = world.now();
    let reviews = world.store()?.reviews()?;
    let questions = if arguments.question.is_empty() {
        plan_quiz(&bank, &filter, &reviews, arguments.count, seed, now)
    } else {
        for id in &arguments.question {
            bank.question(id)?;
        }
        arguments.question.clone()
    };
    if questions.is_empty() {
        return Ok(nothing_to_ask(world));
    }
    sit_down(world);
    let due = due_reviews(&bank, &filter, &reviews, now).len();
    let mut session = begin(world, Mode::Quiz, seed, questions, None, folders)?;
    head(world, &session);
    if due > 0 && arguments.question.is_empty() {
        world.console.line(&format!("Due for review: {due}. They come first."));
    }
    go_on(world, &bank, &mut session, &arguments.limits.limits())
}

/// `drill`
pub fn drill(world: &mut World<'_>, arguments: &Drill) -> Result<u8, Failure> {
    let (bank, folders) = bank_for(world, &arguments.bank.bank, &arguments.from)?;
    known_topic(&bank, &arguments.topic)?;
    let seed = seed_or_new(world, arguments.seed);
    let questions = plan_drill(&bank, &arguments.topic, arguments.count, seed);
    if questions.is_empty() {
        return Ok(nothing_to_ask(world));
    }
    sit_down(world);
    let mut session = begin(world, Mode::Drill, seed, questions, None, folders)?;
    head(world, &session);
    go_on(world, &bank, &mut session, &arguments.limits.limits())
}

/// `mock`
pub fn mock(world: &mut World<'_>, arguments: &Mock) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    if arguments.resume {
        return match world.store()?.open_session(Some(Mode::Mock))? {
            Some(session) => continue_session(world, session, &limits),
            None => {
                world.console.note("no interview was left open; `ormdojo mock` begins one");
                Ok(exit::USAGE)
            }
        };
    }
    let (bank, folders) = bank_for(world, &arguments.bank.bank, &arguments.from)?;
    let seed = seed_or_new(world, arguments.seed);
    let questions = plan_mock(&bank, arguments.level, arguments.minutes, seed);
    if questions.is_empty() {
        return Ok(nothing_to_ask(world));
    }
    sit_down(world);
    let mut session = begin(world, Mode::Mock, seed, questions, Some(arguments.minutes), folders)?;
    head(world, &session);
    let text = "The clock runs, even while you are away. Hints are given when asked for, and counted.";
    world.console.tell(text);
    go_on(world, &bank, &mut session, &limits)
}

fn continue_session(world: &mut World<'_>, mut session: Session, limits: &Limits) -> Result<u8, Failure> {
    let mut bank = Bank::built_in();
    for folder in &session.folders {
        if let Err(error) = lay_over(world, &mut bank, &[PathBuf::from(folder)]) {
            world.console.note(&format!("warning: {error}"));
        }
    }
    if session.deadline.is_some_and(|deadline| world.now() >= deadline) {
        let text = format!("The interview of {} UTC ended while you were away.", shown(session.started));
        world.console.line(&text);
        session.ended = true;
        world.store()?.save_session(&session)?;
        report(world, &session)?;
        return Ok(exit::FINE);
    }
    sit_down(world);
    head(world, &session);
    go_on(world, &bank, &mut session, limits)
}

/// Bare `ormdojo` at a terminal: what is due, where it stopped, what comes next; then it goes on.
pub fn resume(world: &mut World<'_>) -> Result<u8, Failure> {
    let bank = Bank::built_in();
    let now = world.now();
    let store = world.store()?;
    let (attempts, reviews) = (store.attempts(None)?, store.reviews()?);
    let open = store.open_session(None)?;
    let stats = Stats::of(&bank, &attempts, &reviews, now);
    let title = world.console.paint(Style::Title, "ormdojo");
    world.console.line(&title);
    if attempts.is_empty() {
        let text = format!(
            "{} questions on the Django ORM and SQL, answered at a prompt that runs what you type. Ten to begin with:",
            bank.entries().len()
        );
        world.console.tell(&text);
    } else {
        let streak = if stats.streak > 1 { format!(" · {} days in a row", stats.streak) } else { String::new() };
        world.console.line(&format!("Answers: {} · correct: {}{streak}", stats.answers, stats.correct));
        world.console.line(&match (stats.due, stats.next_due) {
            (0, Some(next)) => format!("Nothing is due; the next review is in {}.", span(next - now)),
            (0, None) => "Nothing is due.".to_owned(),
            (1, _) => "1 review is due.".to_owned(),
            (due, _) => format!("{due} reviews are due."),
        });
        let weak: Vec<&str> = stats
            .topics
            .iter()
            .filter(|topic| topic.seen > 0 && topic.known * 2 < topic.seen)
            .map(|topic| topic.topic.as_str())
            .take(3)
            .collect();
        if !weak.is_empty() {
            world.console.line(&format!("Worth a drill: {}", weak.join(", ")));
        }
    }
    if let Some(session) = open {
        let left = session.questions.len().saturating_sub(session.position);
        let text = format!(
            "Going on with the {} of {} UTC: {left} of {} questions are left.",
            session.mode.word(),
            shown(session.started),
            session.questions.len()
        );
        world.console.tell(&text);
        return continue_session(world, session, &Limits::default());
    }
    quiz(world, &Quiz { count: 10, ..Quiz::default() })
}
