//! `import`, and sessions straight from documents: the report that a person reads, and the JSON one.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::bank::Bank;
use crate::bank::import::{Document, Engine, ImportError, Output, import as import_document, load};
use crate::cli::args;
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::world::World;

/// `import`
pub fn import(world: &mut World<'_>, arguments: &args::Import) -> Result<u8, Failure> {
    let mut engine = Engine::default();
    let mut output = match &arguments.output {
        Some(folder) => Some(Output::open(folder).map_err(Failure::Invalid)?),
        None => None,
    };
    let mut used: Vec<String> = Vec::new();
    let mut reports = Vec::new();
    let mut failed = false;
    for path in &arguments.documents {
        let mut document = match read(&mut engine, path, &used) {
            Ok(document) => document,
            Err(error) => {
                world.console.note(&told(path, &error));
                failed = true;
                continue;
            }
        };
        if let Some(output) = &mut output {
            output.keep_ids(&mut document);
            let written = output.write(&document).map_err(Failure::Usage)?;
            for id in &written.kept {
                world.console.note(&format!("{id}.toml was edited since; it stays as it is"));
            }
            let kept = written.kept.len();
            let text = format!(
                "{}: {} files written, {} updated, {} unchanged, {kept} edited by hand and left alone",
                path.display(),
                written.added,
                written.updated,
                written.unchanged
            );
            world.console.note(&text);
        }
        used.extend(document.all().map(|question| question.id.clone()));
        if arguments.json {
            reports.push(document.report());
        } else {
            report(world, &document);
        }
    }
    if arguments.json {
        world.console.line(&json!({"format": 1, "documents": reports}).to_string());
    }
    Ok(if failed { exit::INVALID } else { exit::FINE })
}

fn read(engine: &mut Engine, path: &Path, used: &[String]) -> Result<Document, ImportError> {
    let bytes = load(path)?;
    import_document(engine, &path.display().to_string(), &bytes, &|id| used.iter().any(|other| other == id))
}

fn told(path: &Path, error: &ImportError) -> String {
    format!("{}: {error}", path.display())
}

fn report(world: &mut World<'_>, document: &Document) {
    let console = &mut world.console;
    let runs = document.questions.iter().filter(|question| question.question.kind.language().is_some()).count();
    let title = format!(
        "{}: {} questions ({runs} of them run), {} lines skipped · {}",
        document.path,
        document.questions.len(),
        document.skipped.len(),
        if document.shapes.is_empty() { "no shape known".to_owned() } else { document.shapes.join(", ") }
    );
    let title = console.paint(Style::Title, &title);
    console.line(&title);
    for note in &document.notes {
        console.line(&format!("  {note}"));
    }
    let first = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        if line.chars().count() > 88 {
            format!("{}…", line.chars().take(87).collect::<String>())
        } else {
            line.to_owned()
        }
    };
    if document.questions.is_empty() {
        console.line("  No questions were found: none of the shapes that documents keep them in is here.");
    }
    for (heading, doubtful) in [("Taken", false), ("Doubtful", true)] {
        let questions: Vec<_> =
            document.questions.iter().filter(|question| question.is_doubtful() == doubtful).collect();
        if questions.is_empty() {
            continue;
        }
        console.line(heading);
        for question in questions {
            let about = format!("{:>6}  {:9}", question.line, question.question.kind.word());
            let about = console.paint(Style::Dim, &about);
            console.line(&format!("{about} {}", first(&question.asked)));
            for block in question.code.iter().filter(|block| block.runs == Some(false)) {
                console.line(&format!("{:>6}  code does not run: {}", block.line, first(&block.reason)));
            }
        }
    }
    if !document.skipped.is_empty() {
        console.line("Skipped");
        for skipped in &document.skipped {
            let about = console.paint(Style::Dim, &format!("{:>6}  {:24}", skipped.line, skipped.reason));
            console.line(&format!("{about} {}", first(&skipped.text)));
        }
    }
}

/// A bank of what folders of question files and documents hold.
pub fn bank_of(world: &mut World<'_>, paths: &[PathBuf]) -> Result<Bank, Failure> {
    let mut bank = Bank::default();
    lay_over(world, &mut bank, paths)?;
    Ok(bank)
}

/// Lays folders of question files, and documents, over a bank.
pub fn lay_over(world: &mut World<'_>, bank: &mut Bank, paths: &[PathBuf]) -> Result<(), Failure> {
    let mut engine = Engine::default();
    for path in paths {
        if path.is_dir() {
            bank.overlay(path)?;
            continue;
        }
        let used: Vec<String> = bank.entries().iter().map(|entry| entry.id.clone()).collect();
        let document = read(&mut engine, path, &used).map_err(|error| Failure::Invalid(told(path, &error)))?;
        if document.questions.is_empty() {
            return Err(Failure::Invalid(format!("{}: no questions were found in it", path.display())));
        }
        let doubtful = document.questions.iter().filter(|question| question.is_doubtful()).count();
        let doubt = if doubtful > 0 { format!(", {doubtful} of them doubtful") } else { String::new() };
        world.console.note(&format!("{}: {} questions{doubt}", path.display(), document.questions.len()));
        for question in document.all() {
            bank.add(question.clone());
        }
    }
    Ok(())
}
