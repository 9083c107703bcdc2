//! One file a command, or a family of them.

mod anki;
mod bank;
mod check;
mod explain;
mod grade;
mod html;
mod import;
mod migrations;
mod progress;
mod run;
mod test;
mod train;
mod wiring;

use clap::CommandFactory;

pub use wiring::engine;

use super::args::{Arguments, Command, ShellName};
use super::exit::{self, Failure};
use super::repl;
use super::world::World;

/// Does what a command says.
pub fn dispatch(world: &mut World<'_>, command: Option<Command>) -> Result<u8, Failure> {
    match command {
        None if world.terminal => train::resume(world),
        None => {
            let help = Arguments::command().render_help().to_string();
            world.console.say(&help);
            Ok(exit::FINE)
        }
        Some(Command::Quiz(arguments)) => train::quiz(world, &arguments),
        Some(Command::Drill(arguments)) => train::drill(world, &arguments),
        Some(Command::Mock(arguments)) => train::mock(world, &arguments),
        Some(Command::Shell(arguments)) => {
            train::sit_down(world);
            repl::shell::shell(world, &arguments.source.source(), &arguments.limits.limits())
        }
        Some(Command::Run(arguments)) => run::run(world, &arguments),
        Some(Command::Sql(arguments)) => run::sql(world, &arguments),
        Some(Command::Test(arguments)) => test::test(world, &arguments),
        Some(Command::Grade(arguments)) => grade::grade(world, &arguments),
        Some(Command::Import(arguments)) => import::import(world, &arguments),
        Some(Command::Bank(arguments)) => bank::bank(world, arguments.command),
        Some(Command::Explain(arguments)) => explain::explain(world, arguments.finding.as_deref()),
        Some(Command::Schema(arguments)) => check::schema(world, &arguments),
        Some(Command::Check(arguments)) => check::check(world, &arguments),
        Some(Command::Inspectdb(arguments)) => check::inspect(world, &arguments),
        Some(Command::Makemigrations(arguments)) => migrations::make(world, &arguments),
        Some(Command::Sqlmigrate(arguments)) => migrations::sql(world, &arguments),
        Some(Command::Stats(arguments)) => progress::stats(world, &arguments),
        Some(Command::Progress(arguments)) => progress::progress(world, arguments.command),
        Some(Command::Completions(arguments)) => {
            let shell = match arguments.shell {
                ShellName::Bash => clap_complete::Shell::Bash,
                ShellName::Elvish => clap_complete::Shell::Elvish,
                ShellName::Fish => clap_complete::Shell::Fish,
                ShellName::PowerShell => clap_complete::Shell::PowerShell,
                ShellName::Zsh => clap_complete::Shell::Zsh,
            };
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "ormdojo", &mut script);
            world.console.say(&String::from_utf8_lossy(&script));
            Ok(exit::FINE)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command())
                .render(&mut page)
                .map_err(|error| Failure::Usage(error.to_string()))?;
            world.console.say(&String::from_utf8_lossy(&page));
            Ok(exit::FINE)
        }
    }
}

/// The text of a file, or of standard input for `-`.
fn read_text(world: &mut World<'_>, path: &std::path::Path) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        return Ok(world.rest_of_input());
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::Invalid(format!("{}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|_| Failure::Invalid(format!("{}: not UTF-8 text", path.display())))
}

/// Writes a file, or to standard output for `-`.
fn write_text(world: &mut World<'_>, path: &std::path::Path, text: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        world.console.say(text);
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}
