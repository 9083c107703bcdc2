//! The free prompt, and running an input at any prompt.

use super::unit::{Form, Unit, read_unit};
use super::words::{self, WORDS, Word};
use crate::cli::exit::{self, Failure};
use crate::cli::render;
use crate::cli::world::World;
use crate::runner::{Execution, Language, Limits, LoggedQuery, Source, Submission};
use crate::session::{Engine, ShellSession};

/// Methods worth completing after a dot.
const METHODS: &[&str] = &[
    "objects",
    "all",
    "filter",
    "exclude",
    "get",
    "order_by",
    "reverse",
    "distinct",
    "values",
    "values_list",
    "annotate",
    "aggregate",
    "alias",
    "select_related",
    "prefetch_related",
    "only",
    "defer",
    "count",
    "exists",
    "first",
    "last",
    "latest",
    "earliest",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
    "union",
    "intersection",
    "difference",
    "in_bulk",
    "iterator",
    "explain",
    "raw",
    "using",
    "none",
    "save",
    "refresh_from_db",
    "add",
    "remove",
    "set",
    "clear",
    "query",
];

/// Runs one input and shows what it did. Gives the execution.
pub fn run_input(world: &mut World<'_>, shell: &mut dyn ShellSession, submission: &Submission) -> Execution {
    world.calm();
    let execution = shell.run(submission);
    render::execution::show(&mut world.console, &execution, true);
    if execution.error().is_some_and(|error| error.kind == "NameError")
        && let Some(meant) = words::bare(&submission.source)
    {
        world.console.tell(&format!("The trainer's own words begin with a backslash: {meant}"));
    }
    execution
}

/// Offers the names of a source's models and fields for completion.
pub fn offer_completions(world: &mut World<'_>, source: &Source, shell: Option<&dyn ShellSession>) {
    if !world.terminal {
        return;
    }
    let mut names: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    let mut members: Vec<String> = METHODS.iter().map(|method| (*method).to_owned()).collect();
    for model in world.engine.models(source).unwrap_or_default() {
        names.push(model.name);
        names.push(model.table);
        for field in model.fields {
            members.push(field.name);
            members.extend(field.relation.and_then(|relation| relation.accessor));
        }
    }
    names.extend(shell.map(|shell| shell.names()).unwrap_or_default());
    world.lines.complete(names, members);
}

/// Shows a source's models.
pub fn show_schema(world: &mut World<'_>, source: &Source) {
    match world.engine.models(source) {
        Ok(models) => render::schema::show(&mut world.console, &models),
        Err(error) => world.console.line(&format!("The models cannot be read: {error}")),
    }
}

/// The free prompt until it is left.
pub fn shell(world: &mut World<'_>, source: &Source, limits: &Limits) -> Result<u8, Failure> {
    let engine: &dyn Engine = world.engine;
    let mut shell = engine.shell(source, "", limits)?;
    world.tell_notes();
    let mut language = Language::Python;
    let mut ledger: Vec<LoggedQuery> = Vec::new();
    world
        .console
        .tell("A free prompt: every statement that your code sends is shown. \\? lists the words, \\quit leaves.");
    offer_completions(world, source, Some(&*shell));
    loop {
        match read_unit(world, Form::Code(language)) {
            Unit::End | Unit::Word(Word::Quit) => return Ok(exit::FINE),
            Unit::Interrupted => {}
            Unit::Text(source) => {
                let submission = Submission { source, language };
                let execution = run_input(world, &mut *shell, &submission);
                ledger.extend(execution.queries);
            }
            Unit::Word(Word::Ledger) => render::execution::show_whole_ledger(&mut world.console, &ledger),
            Unit::Word(Word::Schema) => show_schema(world, source),
            Unit::Word(Word::Reset) => {
                shell = engine.shell(source, "", limits)?;
                ledger.clear();
                world.console.line("Names forgotten, rows as in the beginning.");
            }
            Unit::Word(Word::Unknown(name, _)) if name == "\\sql" || name == "\\python" => {
                language = if name == "\\sql" { Language::Sql } else { Language::Python };
            }
            Unit::Word(Word::Unknown(name, near)) => world.console.line(&words::unknown(&name, near)),
            Unit::Word(Word::Help) => {
                for (word, does) in [
                    ("\\ledger", "every statement sent so far"),
                    ("\\schema", "models, fields and relations"),
                    ("\\sql", "SQL at the prompt; a ; ends a statement"),
                    ("\\python", "Python again"),
                    ("\\reset", "forget names, restore rows"),
                    ("\\quit", "leave"),
                ] {
                    world.console.pair(word, does, 10);
                }
            }
            Unit::Word(_) => world.console.line("No question is asked here; `ormdojo quiz` asks some."),
        }
        if world.console.closed {
            return Ok(exit::FINE);
        }
    }
}
