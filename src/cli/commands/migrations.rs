//! `makemigrations` and `sqlmigrate`: two versions of a models.py, or a migration file.

use std::path::Path;

use serde_json::json;

use super::read_text;
use crate::cli::args::{Change, MakeMigrations, SqlMigrate};
use crate::cli::exit::{self, Failure};
use crate::cli::world::World;
use crate::runner::{Answers, Direction, MadeMigration, MigrationError, MigrationRequest, ModelsFile, Why};

/// The answers of flags, and at a terminal those of the person there.
struct Given<'a, 'w> {
    world: &'a mut World<'w>,
    yes: bool,
    ask: bool,
    defaults: Vec<(String, String)>,
}

impl Given<'_, '_> {
    fn confirm(&mut self, question: &str) -> bool {
        if self.yes || !self.ask {
            return self.yes;
        }
        let mut asked = format!("{question} [y/N]");
        loop {
            self.world.console.note(&asked);
            let answer = self.world.input_line().unwrap_or_default();
            match answer.chars().next().map(|letter| letter.to_ascii_lowercase()) {
                None | Some('n') => return false,
                Some('y') => return true,
                Some(_) => asked = "Please answer yes or no:".to_owned(),
            }
        }
    }
}

impl Answers for Given<'_, '_> {
    fn renamed_model(&mut self, app: &str, old: &str, new: &str) -> bool {
        self.confirm(&format!("Was the model {app}.{old} renamed to {new}?"))
    }

    fn renamed_field(&mut self, model: &str, old: &str, new: &str, class: &str) -> bool {
        self.confirm(&format!("Was {model}.{old} renamed to {model}.{new} (a {class})?"))
    }

    fn default(&mut self, model: &str, field: &str, why: Why) -> Option<String> {
        let names = [format!("{model}.{field}"), field.to_owned()];
        if let Some((_, code)) = self.defaults.iter().find(|(name, _)| names.contains(&name.to_lowercase())) {
            return Some(code.clone());
        }
        if !self.ask {
            return None;
        }
        let (reason, empty) = match why {
            Why::Added => (
                format!(
                    "It is impossible to add a non-nullable field '{field}' to {model} without specifying a \
                default. This is because the database needs something to populate existing rows."
                ),
                "give up",
            ),
            Why::AddedMoment => (
                format!(
                    "It is impossible to add the field '{field}' with 'auto_now_add=True' to {model} \
                without providing a default. This is because the database needs something to populate existing rows."
                ),
                "give up",
            ),
            Why::Altered => (
                format!(
                    "It is impossible to change a nullable field '{field}' on {model} to non-nullable \
                without providing a default. This is because the database needs something to populate existing rows."
                ),
                "correct the rows otherwise",
            ),
        };
        self.world.console.note(&reason);
        self.world.console.note(&format!("A one-off default as Python, or nothing to {empty}:"));
        self.world.input_line().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    fn told(&mut self, line: &str) {
        self.world.console.note(line);
    }
}

/// A file that may be left out: `-` stands for no models.
fn file(world: &mut World<'_>, path: &Path) -> Result<Option<ModelsFile>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(None);
    }
    Ok(Some(ModelsFile { path: path.to_owned(), text: read_text(world, path)? }))
}

fn find(
    world: &mut World<'_>,
    change: &Change,
    name: Option<&str>,
    sql: Option<Direction>,
) -> Result<(String, Result<Vec<MadeMigration>, MigrationError>), Failure> {
    let (old, new) = match change.files.as_slice() {
        [new] => (None, Some(new)),
        [old, new] => (Some(old), Some(new)),
        _ => return Err(Failure::Usage("one or two files are needed: OLD NEW".to_owned())),
    };
    let named = [new, old].into_iter().flatten().find(|path| path.as_os_str() != "-");
    let app = match &change.app {
        Some(app) => app.clone(),
        None => named.map_or_else(|| "app".to_owned(), |path| crate::runner::app_of(path)),
    };
    let identifier =
        app.chars().enumerate().all(|(at, c)| c == '_' || c.is_alphabetic() || (at > 0 && c.is_alphanumeric()));
    if app.is_empty() || !identifier {
        return Err(Failure::Usage(format!("\"{app}\" is no app label: say another with --app")));
    }
    if let Some(name) = name
        && !name.chars().all(|c| c == '_' || c.is_alphanumeric())
    {
        return Err(Failure::Usage("The migration name must be a valid Python identifier.".to_owned()));
    }
    let old = match old {
        Some(path) => file(world, path)?,
        None => None,
    };
    let new = match new {
        Some(path) => file(world, path)?,
        None => None,
    };
    let mut defaults = Vec::new();
    for text in &change.default {
        let Some((name, code)) = text.split_once('=') else {
            return Err(Failure::Usage(format!("--default {text}: FIELD=CODE or MODEL.FIELD=CODE is needed")));
        };
        defaults.push((name.trim().to_lowercase(), code.trim().to_owned()));
    }
    let request = MigrationRequest { app: &app, old: old.as_ref(), new: new.as_ref(), name, sql };
    let ask = world.terminal && !change.no_input;
    let mut answers = Given { world, yes: change.yes_renames, ask, defaults };
    Ok((app.clone(), crate::runner::migrations(&request, &mut answers)))
}

/// Tells why there are no migrations.
fn failed(world: &mut World<'_>, json: bool, error: MigrationError) -> Result<u8, Failure> {
    let (kind, message, unsupported) = match error {
        MigrationError::Invalid(text) => return Err(Failure::Invalid(text)),
        MigrationError::GaveUp => return Ok(exit::INVALID),
        MigrationError::Raised { kind, message, unsupported } => (kind, message, unsupported),
    };
    if json {
        let error = json!({"type": kind, "message": message, "unsupported": unsupported});
        world.console.line(&json!({"format": 1, "migrations": [], "error": error}).to_string());
    } else if unsupported {
        world.console.note(&format!("not supported by this trainer: {message}"));
    } else {
        world.console.note(&format!("{kind}: {message}"));
    }
    Ok(exit::WRONG)
}

/// `makemigrations`
pub fn make(world: &mut World<'_>, arguments: &MakeMigrations) -> Result<u8, Failure> {
    let sql = (arguments.sql || arguments.json).then_some(Direction::Forwards);
    let (app, outcome) = find(world, &arguments.change, arguments.name.as_deref(), sql)?;
    let made = match outcome {
        Ok(made) => made,
        Err(error) => return failed(world, arguments.json, error),
    };
    if arguments.json {
        let all: Vec<_> = made
            .iter()
            .map(|one| {
                let operations: Vec<_> = one
                    .operations
                    .iter()
                    .map(|(class, described, sign)| {
                        json!({"class": class, "description": described, "category": sign.to_string()})
                    })
                    .collect();
                json!({"app": one.app, "name": one.name, "text": one.text, "operations": operations, "sql": one.sql})
            })
            .collect();
        world.console.line(&json!({"format": 1, "migrations": all, "error": null}).to_string());
        return Ok(exit::FINE);
    }
    if made.is_empty() {
        world.console.note(&format!("No changes detected in app '{app}'"));
        return Ok(exit::FINE);
    }
    world.console.note(&format!("Migrations for '{app}':"));
    for one in &made {
        world.console.note(&format!("  {}/migrations/{}.py", one.app, one.name));
        for (_, described, sign) in &one.operations {
            world.console.note(&format!("    {sign} {described}"));
        }
    }
    for one in &made {
        match &one.sql {
            Some(lines) => lines.iter().for_each(|line| world.console.line(line)),
            None => world.console.say(&one.text),
        }
    }
    Ok(exit::FINE)
}

/// `sqlmigrate`
pub fn sql(world: &mut World<'_>, arguments: &SqlMigrate) -> Result<u8, Failure> {
    let direction = Some(if arguments.backwards { Direction::Backwards } else { Direction::Forwards });
    let (app, outcome) = find(world, &arguments.change, None, direction)?;
    let made = match outcome {
        Ok(made) => made,
        Err(error) => return failed(world, false, error),
    };
    let lines: Vec<&String> = made.iter().flat_map(|one| one.sql.iter().flatten()).collect();
    if lines.is_empty() {
        let said = if made.is_empty() {
            format!("No changes detected in app '{app}'")
        } else {
            "No operations found.".to_owned()
        };
        world.console.note(&said);
    }
    for line in lines {
        world.console.line(line);
    }
    Ok(exit::FINE)
}
