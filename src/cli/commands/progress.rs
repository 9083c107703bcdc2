//! `stats` and `progress`: what the learner knows, and carrying it elsewhere.

use super::{html, read_text, write_text};
use crate::cli::args::{self, ProgressCommand};
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::render::table::text_table;
use crate::cli::repl::input::Line;
use crate::cli::world::World;
use crate::session::Stats;
use crate::session::clock::{shown, span};

/// `stats`
pub fn stats(world: &mut World<'_>, arguments: &args::Stats) -> Result<u8, Failure> {
    let bank = world.bank(&arguments.bank.bank)?;
    let now = world.now();
    let store = world.store()?;
    let stats = Stats::of(&bank, &store.attempts(None)?, &store.reviews()?, now);
    if arguments.json {
        let text = serde_json::to_string(&stats).unwrap_or_default();
        world.console.line(&text);
        return Ok(exit::FINE);
    }
    if let Some(path) = &arguments.html {
        write_text(world, path, &html::page(&stats, now))?;
        world.console.note(&format!("written: {}", path.display()));
        return Ok(exit::FINE);
    }
    let console = &mut world.console;
    let title = console.paint(Style::Title, "What you know");
    console.line(&title);
    console.line(&format!("answers {} · correct {} · days in a row {}", stats.answers, stats.correct, stats.streak));
    console.line(&match stats.next_due {
        _ if stats.due > 0 => format!("due now: {}", stats.due),
        Some(next) => format!("due now: 0 · next in {} ({} UTC)", span(next - now), shown(next)),
        None => "due now: 0".to_owned(),
    });
    let columns = ["topic", "questions", "seen", "known", "due"].map(str::to_owned);
    let rows: Vec<Vec<String>> = stats
        .topics
        .iter()
        .map(|topic| {
            vec![
                topic.topic.clone(),
                topic.questions.to_string(),
                topic.seen.to_string(),
                topic.known.to_string(),
                topic.due.to_string(),
            ]
        })
        .collect();
    let table = text_table(&columns, &rows, console.width, false);
    console.line(&table);
    Ok(exit::FINE)
}

/// `progress`
pub fn progress(world: &mut World<'_>, command: ProgressCommand) -> Result<u8, Failure> {
    match command {
        ProgressCommand::Export { file } => {
            let text = world.store()?.export()?;
            write_text(world, &file, &text)?;
        }
        ProgressCommand::Import { file } => {
            let text = read_text(world, &file)?;
            let added = world.store()?.import(&text)?;
            world.console.note(&format!("{added} answers added"));
        }
        ProgressCommand::Reset { yes } => {
            if !yes {
                if !world.terminal {
                    return Err(Failure::Usage("this forgets everything; say --yes if that is meant".to_owned()));
                }
                super::train::sit_down(world);
                let prompt = "Forget all progress? An export is kept. [y/N] ";
                let answer = world.lines.read(&mut world.console, prompt, "");
                if !matches!(&answer, Line::Text(text) if text.trim().eq_ignore_ascii_case("y")) {
                    world.console.line("Nothing was changed.");
                    return Ok(exit::FINE);
                }
            }
            let now = world.now();
            let folder = world.data_dir().map(std::path::Path::to_owned);
            let store = world.store()?;
            let text = store.export()?;
            if let (Some(folder), Some(_)) = (folder, store.path()) {
                let name = format!("progress-{}.json", shown(now).replace([' ', ':'], "-"));
                let path = free_name(&folder.join(name));
                std::fs::write(&path, text)
                    .map_err(|error| Failure::Usage(format!("{}: {error}; nothing was changed", path.display())))?;
                world.console.note(&format!("an export was kept as {}", path.display()));
            }
            world.store()?.reset()?;
            world.console.note("all progress is forgotten");
        }
    }
    Ok(exit::FINE)
}

fn free_name(path: &std::path::Path) -> std::path::PathBuf {
    let mut candidate = path.to_owned();
    let mut number = 2;
    while candidate.exists() {
        candidate = path.with_extension(format!("{number}.json"));
        number += 1;
    }
    candidate
}
