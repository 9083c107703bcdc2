//! `check`, `schema`, `inspectdb`: models as definitions.

use serde_json::json;

use crate::cli::args::{Check, Inspectdb, Schema};
use crate::cli::exit::{self, Failure};
use crate::cli::render;
use crate::cli::render::json::issue_object;
use crate::cli::world::World;
use crate::runner::{Issue, Level, issues_text};

/// `check`
pub fn check(world: &mut World<'_>, arguments: &Check) -> Result<u8, Failure> {
    let mut source = arguments.source.clone();
    source.dataset = source.dataset.or_else(|| arguments.name.clone());
    let issues = world.engine.check(&source.source())?;
    world.tell_notes();
    if arguments.json {
        let listed: Vec<_> = issues.iter().map(issue_object).collect();
        world.console.line(&json!({"format": 1, "issues": listed}).to_string());
    } else {
        world.console.line(&issues_text(&issues));
    }
    Ok(code(&issues))
}

fn code(issues: &[Issue]) -> u8 {
    if issues.iter().any(|issue| issue.level >= Level::Error) { exit::INVALID } else { exit::FINE }
}

/// `schema`
pub fn schema(world: &mut World<'_>, arguments: &Schema) -> Result<u8, Failure> {
    let mut source = arguments.source.clone();
    source.dataset = source.dataset.or_else(|| arguments.name.clone());
    let source = source.source();
    let issues = world.engine.check(&source)?;
    world.tell_notes();
    if !issues.is_empty() {
        world.console.note(&issues_text(&issues));
    }
    if arguments.sql {
        let statements = world.engine.ddl(&source)?;
        world.console.say(&render::schema::sql(&statements));
    } else {
        let models = world.engine.models(&source)?;
        if arguments.mermaid {
            world.console.say(&render::schema::mermaid(&models));
        } else {
            render::schema::show(&mut world.console, &models);
        }
    }
    Ok(code(&issues))
}

/// `inspectdb`
pub fn inspect(world: &mut World<'_>, arguments: &Inspectdb) -> Result<u8, Failure> {
    let text = world.engine.inspect(&arguments.file, &arguments.tables)?;
    world.console.say(&text);
    Ok(exit::FINE)
}
