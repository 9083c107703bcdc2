//! A session from its first question to its report.

use super::question::{Left, ask, opening_hint};
use crate::bank::Bank;
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::render::table::text_table;
use crate::cli::world::World;
use crate::runner::Limits;
use crate::session::clock::span;
use crate::session::{Attempt, Mode, Report, Session};

/// Asks a session's questions from where it is, and reports at its end.
pub fn go_on(world: &mut World<'_>, bank: &Bank, session: &mut Session, limits: &Limits) -> Result<u8, Failure> {
    loop {
        if world.console.closed {
            return Ok(exit::FINE);
        }
        if is_over(world, session) {
            world.console.line("");
            let text = world.console.paint(Style::Warn, "Time is up.");
            world.console.line(&text);
            break;
        }
        let Some(id) = session.current().map(str::to_owned) else { break };
        let question = match bank.question(&id) {
            Ok(question) => question,
            Err(error) => {
                // A bank that changed since must not block the session.
                world.console.note(&format!("warning: {error}; it is left out"));
                session.questions.remove(session.position);
                world.store()?.save_session(session)?;
                continue;
            }
        };
        announce(world, session);
        if let Some(hint) = opening_hint(question.kind) {
            let hint = world.console.paint(Style::Dim, hint);
            world.console.line(&hint);
        }
        let asked = session.questions.len();
        match ask(world, &question, session, limits)? {
            Left::Done => {
                let unasked = question.follow_ups.iter().find(|id| bank.entry(id).is_some());
                if session.questions.len() > asked {
                    world.console.line("");
                    let text = world.console.paint(Style::Strong, "And a follow-up:");
                    world.console.line(&text);
                } else if session.mode != Mode::Mock
                    && let Some(next) = unasked.and_then(|id| bank.entry(id))
                {
                    let text = format!("An interviewer might go on with: {} ({})", next.title, next.id);
                    let text = world.console.paint(Style::Dim, &world.console.fold("", &text));
                    world.console.line(&text);
                }
            }
            Left::TimeUp => {}
            Left::Quit => return leave(world, session),
        }
    }
    session.ended = true;
    world.store()?.save_session(session)?;
    report(world, session)?;
    Ok(exit::FINE)
}

fn is_over(world: &World<'_>, session: &Session) -> bool {
    session.deadline.is_some_and(|deadline| world.now() >= deadline)
}

fn announce(world: &mut World<'_>, session: &Session) {
    let mut text = format!("Question {} of {}", session.position + 1, session.questions.len());
    if let Some(deadline) = session.deadline {
        text.push_str(&format!(" · {} left", span(deadline - world.now())));
    }
    world.console.line("");
    let text = world.console.paint(Style::Dim, &text);
    world.console.line(&text);
}

fn leave(world: &mut World<'_>, session: &Session) -> Result<u8, Failure> {
    world.store()?.save_session(session)?;
    let text = match session.mode {
        Mode::Mock => "Everything is kept. `ormdojo mock --resume` goes on; the clock does not wait.",
        Mode::Quiz | Mode::Drill => "Everything is kept. `ormdojo` goes on from here.",
    };
    world.console.tell(text);
    Ok(exit::FINE)
}

/// What the session amounted to.
pub fn report(world: &mut World<'_>, session: &Session) -> Result<(), Failure> {
    let attempts: Vec<Attempt> = world.store()?.attempts(Some(session.id))?;
    let report = Report::of(session, &attempts);
    let console = &mut world.console;
    console.line("");
    if report.lines.is_empty() {
        console.line("There was nothing to ask.");
        return Ok(());
    }
    let title = match session.mode {
        Mode::Mock => format!("Report of the interview: {} of 100", report.score),
        Mode::Quiz | Mode::Drill => {
            let right: usize = report.lines.iter().map(|line| line.right).sum();
            format!("Done: {right} of {} right", session.questions.len())
        }
    };
    let title = console.paint(Style::Title, &title);
    console.line(&title);
    let columns = ["topic", "asked", "right", "hints", "points"].map(str::to_owned);
    let rows: Vec<Vec<String>> = report
        .lines
        .iter()
        .map(|line| {
            vec![
                line.topic.clone(),
                line.asked.to_string(),
                line.right.to_string(),
                line.hints.to_string(),
                format!("{:.1}", line.points),
            ]
        })
        .collect();
    let table = text_table(&columns, &rows, console.width, false);
    console.line(&table);
    if report.unanswered > 0 {
        console.line(&format!("Not answered: {}", report.unanswered));
    }
    let weak: Vec<&str> = report
        .lines
        .iter()
        .filter(|line| line.points * 2.0 < line.asked as f64)
        .map(|line| line.topic.as_str())
        .collect();
    if !weak.is_empty() {
        let text = format!("Worth a drill: {}", weak.join(", "));
        let text = console.fold("", &text);
        console.line(&text);
    }
    Ok(())
}
