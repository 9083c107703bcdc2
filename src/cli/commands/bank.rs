//! `bank`: looking at questions, beginning new ones, carrying them elsewhere.

use serde_json::json;

use super::{anki, read_text, write_text};
use crate::bank::{Body, Kind, Level, Origin, Question, TOPICS, template, write_question};
use crate::cli::args::{self, BankCommand};
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::render::markdown::markdown;
use crate::cli::render::table::text_table;
use crate::cli::world::World;
use crate::session::{prove_all, unfounded};

/// `bank …`
pub fn bank(world: &mut World<'_>, command: BankCommand) -> Result<u8, Failure> {
    match command {
        BankCommand::List(arguments) => list(world, &arguments),
        BankCommand::Show(arguments) => show(world, &arguments),
        BankCommand::Coverage(arguments) => coverage(world, &arguments),
        BankCommand::New(arguments) => new(world, &arguments),
        BankCommand::Export(arguments) => {
            let bank = world.bank(&arguments.bank.bank)?;
            let ids = bank
                .entries()
                .iter()
                .filter(|entry| arguments.topic.is_empty() || arguments.topic.contains(&entry.topic))
                .map(|entry| entry.id.as_str());
            let text = anki::export(&bank, ids)?;
            write_text(world, &arguments.file, &text)?;
            Ok(exit::FINE)
        }
        BankCommand::Import(arguments) => {
            let text = read_text(world, &arguments.file)?;
            let questions = anki::import(&text)?;
            if questions.is_empty() {
                return Err(Failure::Invalid(format!("{}: no notes with two fields in it", arguments.file.display())));
            }
            let mut written = 0;
            for question in &questions {
                written += usize::from(write_new(&arguments.output, &question.id, &write_question(question))?);
            }
            let kept = questions.len() - written;
            world.console.note(&format!("{written} questions written, {kept} were there already and left as they are"));
            Ok(exit::FINE)
        }
        BankCommand::Check(arguments) => check(world, &arguments),
    }
}

/// Writes a question file unless one is there; whether it was written.
fn write_new(folder: &std::path::Path, id: &str, text: &str) -> Result<bool, Failure> {
    let path = folder.join(format!("{id}.toml"));
    if path.exists() {
        return Ok(false);
    }
    let failed = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(&path, text).map_err(failed)?;
    Ok(true)
}

fn list(world: &mut World<'_>, arguments: &args::BankList) -> Result<u8, Failure> {
    let bank = world.bank(&arguments.bank.bank)?;
    let entries = bank.entries().iter().filter(|entry| {
        (arguments.topic.is_empty() || arguments.topic.contains(&entry.topic))
            && arguments.level.is_none_or(|level| level == entry.level)
            && arguments.kind.is_none_or(|kind| kind == entry.kind)
    });
    if arguments.json {
        let questions: Vec<_> = entries
            .map(|entry| {
                json!({
                    "id": entry.id, "title": entry.title, "kind": entry.kind.word(), "topic": entry.topic,
                    "level": entry.level.word(),
                })
            })
            .collect();
        world.console.line(&json!({"format": 1, "questions": questions}).to_string());
        return Ok(exit::FINE);
    }
    let mut count = 0;
    for entry in entries {
        count += 1;
        let about = format!("{} {}", entry.level, entry.kind);
        let about = world.console.paint(Style::Dim, &format!("{about:16}"));
        world.console.line(&format!("{about} {:44} {}", entry.id, entry.title));
    }
    world.console.note(&format!("{count} questions"));
    Ok(exit::FINE)
}

fn show(world: &mut World<'_>, arguments: &args::BankShow) -> Result<u8, Failure> {
    let bank = world.bank(&arguments.bank.bank)?;
    let question = bank.question(&arguments.id)?;
    if arguments.toml {
        world.console.say(&write_question(&question));
        return Ok(exit::FINE);
    }
    show_question(world, &question, arguments.solution);
    Ok(exit::FINE)
}

fn show_question(world: &mut World<'_>, question: &Question, solution: bool) {
    let console = &mut world.console;
    let title = console.paint(Style::Title, &question.title);
    console.line(&title);
    let about = format!(
        "{} · {} · {} · {} · dataset {}",
        question.id, question.topic, question.level, question.kind, question.dataset
    );
    let about = console.paint(Style::Dim, &about);
    console.line(&about);
    console.line("");
    let prompt = markdown(&question.prompt, console.width, console.color);
    console.line(&prompt);
    let code_block = |console: &mut crate::cli::console::Console, code: &str| {
        for line in code.trim_end().lines() {
            let line = console.paint(Style::Code, line);
            console.line(format!("    {line}").trim_end());
        }
    };
    match &question.body {
        Body::Predict(predict) => {
            console.line("");
            code_block(console, &predict.code);
            for (at, choice) in predict.choices.iter().enumerate() {
                console.line(&format!("  {}) {choice}", crate::bank::letters(at)));
            }
        }
        Body::Concept(concept) => {
            for (at, choice) in concept.choices.iter().enumerate() {
                let text = console.fold("  ", &format!("{}) {}", crate::bank::letters(at), choice.text));
                console.line(&text);
            }
        }
        Body::Answer(_) => {}
    }
    if !solution {
        return;
    }
    for (at, hint) in question.hints.iter().enumerate() {
        let text = console.fold("", &format!("Hint {}: {hint}", at + 1));
        console.line(&text);
    }
    let answer = question.solution();
    if !answer.is_empty() {
        console.line("");
        console.line("The reference answers:");
        code_block(console, &answer);
    }
    for code in &question.accepted {
        console.line("Right as well:");
        code_block(console, code);
    }
    for wrong in &question.wrong {
        console.line("");
        let head = console.paint(Style::Warn, &format!("Not right ({}):", wrong.finding));
        console.line(&head);
        code_block(console, &wrong.code);
        let says = console.fold("  ", &wrong.says);
        console.line(&says);
    }
    if !question.explanation.trim().is_empty() {
        console.line("");
        let text = markdown(&question.explanation, console.width, console.color);
        console.line(&text);
    }
    if !question.follow_ups.is_empty() {
        console.line("");
        let text = console.fold("", &format!("Next: {}", question.follow_ups.join(", ")));
        console.line(&text);
    }
}

/// The items that the source documents ask, teach or show, by id: what the bank has to cover.
const ITEMS: &str = include_str!("../../bank/inventory.txt");

/// Which item is covered by which questions, then how the questions spread over topics.
fn coverage(world: &mut World<'_>, arguments: &args::BankCoverage) -> Result<u8, Failure> {
    let bank = world.bank(&arguments.bank.bank)?;
    let mut topics = bank.topics();
    for topic in TOPICS {
        if !topics.iter().any(|known| known == topic) {
            topics.push((*topic).to_owned());
        }
    }
    let count = |topic: &str, kind: Option<Kind>, level: Option<Level>| {
        bank.entries()
            .iter()
            .filter(|entry| {
                entry.topic == topic
                    && kind.is_none_or(|kind| kind == entry.kind)
                    && level.is_none_or(|level| level == entry.level)
            })
            .count()
    };
    let covered: Vec<(&str, Vec<String>)> = bank
        .entries()
        .iter()
        .map(|entry| Ok((entry.id.as_str(), bank.question(&entry.id)?.covers.clone())))
        .collect::<Result<_, Failure>>()?;
    let asking = |item: &str| -> Vec<&str> {
        covered.iter().filter(|(_, items)| items.iter().any(|other| other == item)).map(|(id, _)| *id).collect()
    };
    if arguments.json {
        let mut covers: Vec<&str> = covered.iter().flat_map(|(_, items)| items.iter().map(String::as_str)).collect();
        covers.sort_unstable();
        covers.dedup();
        let items: Vec<_> = ITEMS.lines().map(|item| json!({"id": item, "questions": asking(item)})).collect();
        let topics: Vec<_> = topics
            .iter()
            .map(|topic| {
                let kinds: serde_json::Map<_, _> = Kind::ALL
                    .iter()
                    .map(|&kind| (kind.word().to_owned(), json!(count(topic, Some(kind), None))))
                    .collect();
                let levels: serde_json::Map<_, _> = Level::ALL
                    .iter()
                    .map(|&level| (level.word().to_owned(), json!(count(topic, None, Some(level)))))
                    .collect();
                json!({"topic": topic, "questions": count(topic, None, None), "kinds": kinds, "levels": levels})
            })
            .collect();
        let object =
            json!({"format": 1, "questions": bank.entries().len(), "topics": topics, "covers": covers, "items": items});
        world.console.line(&object.to_string());
        return Ok(exit::FINE);
    }
    let mut open = Vec::new();
    for item in ITEMS.lines() {
        let questions = asking(item);
        if questions.is_empty() {
            open.push(item);
        }
        let by = if questions.is_empty() { "not covered".to_owned() } else { questions.join(", ") };
        world.console.line(&format!("{item}  {by}"));
    }
    world.console.line("");
    // Two tables, so that either fits a narrow window.
    let mut spread = |names: Vec<&str>, counts: &dyn Fn(&str) -> Vec<usize>| {
        let columns: Vec<String> = std::iter::once("topic").chain(names).map(str::to_owned).collect();
        let rows: Vec<Vec<String>> = topics
            .iter()
            .map(|topic| std::iter::once(topic.clone()).chain(counts(topic).iter().map(usize::to_string)).collect())
            .collect();
        let table = text_table(&columns, &rows, world.console.width, false);
        world.console.line(&table);
    };
    spread(std::iter::once("all").chain(Level::ALL.iter().map(|level| level.word())).collect(), &|topic| {
        std::iter::once(count(topic, None, None))
            .chain(Level::ALL.iter().map(|&level| count(topic, None, Some(level))))
            .collect()
    });
    spread(Kind::ALL.iter().map(|kind| kind.word()).collect(), &|topic| {
        Kind::ALL.iter().map(|&kind| count(topic, Some(kind), None)).collect()
    });
    let total = ITEMS.lines().count();
    world.console.line(&format!("{} questions", bank.entries().len()));
    world.console.line(&format!("{} of {total} items of the source documents are covered", total - open.len()));
    Ok(exit::FINE)
}

fn new(world: &mut World<'_>, arguments: &args::BankNew) -> Result<u8, Failure> {
    let well_formed = |part: &str| {
        !part.is_empty()
            && part.chars().all(|symbol| symbol.is_ascii_lowercase() || symbol.is_ascii_digit() || symbol == '-')
    };
    let Some((topic, _)) = arguments.id.split_once('/').filter(|(topic, slug)| well_formed(topic) && well_formed(slug))
    else {
        return Err(Failure::Usage(format!(
            "`{}` is no id; write topic/slug in small letters, digits and dashes",
            arguments.id
        )));
    };
    if !write_new(&arguments.dir, &arguments.id, &template(arguments.kind, topic))? {
        return Err(Failure::Usage(format!("{}/{}.toml is there already", arguments.dir.display(), arguments.id)));
    }
    world.console.line(&format!("{}/{}.toml", arguments.dir.display(), arguments.id));
    Ok(exit::FINE)
}

/// Reads every file and has every question prove itself.
fn check(world: &mut World<'_>, arguments: &args::BankCheck) -> Result<u8, Failure> {
    if arguments.write && arguments.folder.is_none() {
        return Err(Failure::Usage("--write needs the folder that holds the question files".to_owned()));
    }
    let built_in = world.bank(&[])?;
    let (checked, known) = match &arguments.folder {
        None => (built_in.clone(), built_in),
        Some(folder) => {
            let mut checked = crate::bank::Bank::default();
            checked.overlay(folder)?;
            let mut known = built_in;
            known.overlay(folder)?;
            (checked, known)
        }
    };
    let limits = arguments.limits.limits();
    let (mut problems, mut unsupported) = (0, 0);
    let mut audit = Audit::default();
    for file in checked.broken() {
        problems += 1;
        world.console.note(&exit::file_told(file));
    }
    let mut questions = Vec::new();
    for entry in checked.entries() {
        let question = match checked.question(&entry.id) {
            Ok(question) => question,
            Err(error) => {
                problems += 1;
                world.console.note(&Failure::from(error).told());
                continue;
            }
        };
        let question = match distilled(world, arguments, &question, &limits, &mut audit)? {
            Some(question) => question,
            None => question.into_owned(),
        };
        // Writing is one step, proving what was written the next.
        if !arguments.write {
            questions.push(question);
        }
    }
    let (engine, console) = (world.engine, &mut world.console);
    prove_all(engine, &known, &questions, &limits, &mut |question, found| {
        for problem in found {
            problems += usize::from(!problem.unsupported);
            unsupported += usize::from(problem.unsupported);
            console.line(&format!("{}: {}", question.id, problem.message));
            if let Some((path, text)) = file_of(question)
                && !problem.unsupported
            {
                let instead = if problem.instead.is_empty() { "here" } else { problem.instead };
                console.line(&format!("    {path}:{}: {instead}", problem.part.line(&text)));
            }
        }
    });
    if arguments.audit {
        let Audit { told, late, equivalent, open, reasons, unfounded } = audit;
        world.console.line(&format!(
            "{told} variants told apart by stored databases, {late} by those that judging adds, {equivalent} equivalent, {open} open; \
             of {reasons} stated reasons {unfounded} are known by their entries alone"
        ));
    }
    let count = checked.entries().len() + checked.broken().len();
    world.console.line(&format!("{count} questions, {problems} problems, {unsupported} answers that cannot be run"));
    Ok(if problems + unsupported == 0 { exit::FINE } else { exit::INVALID })
}

/// What an audit sums up over questions.
#[derive(Default)]
struct Audit {
    told: usize,
    late: usize,
    equivalent: usize,
    open: usize,
    reasons: usize,
    unfounded: usize,
}

/// The file of a question that has one, and what stands in it.
fn file_of(question: &Question) -> Option<(String, String)> {
    let Origin::File(path) = &question.origin else { return None };
    Some((path.display().to_string(), std::fs::read_to_string(path).ok()?))
}

/// Chooses a question's databases, tells how far they go, and writes them into its file, as the arguments ask for.
fn distilled(
    world: &mut World<'_>,
    arguments: &args::BankCheck,
    question: &Question,
    limits: &crate::runner::Limits,
    audit: &mut Audit,
) -> Result<Option<Question>, Failure> {
    if !arguments.audit && !arguments.write {
        return Ok(None);
    }
    let Some(expectation) = question.expectation() else { return Ok(None) };
    let found = match world.engine.distill(&expectation, limits) {
        Ok(found) => found,
        Err(error) => {
            world.console.note(&format!("{}: no databases chosen: {error}", question.id));
            return Ok(None);
        }
    };
    let mut suite = question.suite.clone().unwrap_or_default();
    if arguments.audit {
        let open: Vec<&str> = found
            .survivors
            .iter()
            .map(|survivor| survivor.edit.as_str())
            .filter(|edit| !suite.equivalent.iter().any(|known| known.mutant == *edit))
            .collect();
        let about = format!(
            "{}: {} of {} variants told apart, {} of them five times, by {} databases, {} of them with a result; {} more by \
             those that judging adds, {} equivalent, {} open{}",
            question.id,
            found.killed,
            found.mutants,
            found.well_killed,
            found.seeds.len(),
            found.telling,
            found.late,
            found.equivalent.len(),
            open.len(),
            if found.stable { "" } else { "; the reference is not stable" },
        );
        world.console.line(&about);
        audit.told += found.killed;
        audit.late += found.late;
        audit.equivalent += found.equivalent.len() + found.survivors.len() - open.len();
        audit.open += open.len();
        for (survivor, reason) in &found.equivalent {
            world.console.line(&format!("  equivalent: {}: {reason}", survivor.edit));
        }
        for edit in open {
            world.console.line(&format!("  not told apart: {edit}"));
        }
        let (unfounded, all) = unfounded(world.engine, question, limits);
        audit.reasons += all;
        audit.unfounded += unfounded.len();
        for (at, found) in unfounded {
            let finding = question.wrong.get(at).map_or("", |wrong| wrong.finding.as_str());
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            let text = format!(
                "  wrong answer {} ({finding}): its reason is known by its entry alone, found: {found}",
                at + 1
            );
            world.console.line(&text);
        }
    }
    if found.seeds.is_empty() || suite.seeds == found.seeds {
        return Ok(None);
    }
    suite.seeds.clone_from(&found.seeds);
    if arguments.write
        && let Some(folder) = &arguments.folder
    {
        write_seeds(&folder.join(format!("{}.toml", question.id)), &found.seeds)?;
    }
    Ok(Some(Question { suite: Some(suite), ..question.clone() }))
}

/// Puts the seeds into a question's file and leaves everything else in it as it is.
fn write_seeds(path: &std::path::Path, seeds: &[u64]) -> Result<(), Failure> {
    let told = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    let mut file: toml_edit::DocumentMut = text.parse().map_err(|error| told(&error))?;
    let list: toml_edit::Array = seeds.iter().filter_map(|seed| i64::try_from(*seed).ok()).collect();
    let suite = file.entry("suite").or_insert_with(toml_edit::table);
    let Some(suite) = suite.as_table_mut() else { return Err(told(&"[suite] is no table")) };
    suite.insert("seeds", toml_edit::value(list));
    std::fs::write(path, file.to_string()).map_err(|error| told(&error))
}
