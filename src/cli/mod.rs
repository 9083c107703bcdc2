//! Commands, the prompt, and every line that the program prints.
//!
//! Takes the process's arguments and input. Gives output and an exit code.

mod args;
mod commands;
mod console;
mod exit;
mod places;
mod render;
mod repl;
mod world;

use std::ffi::OsString;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;

pub use commands::engine;
pub use world::Surroundings;

use crate::python::vm::with_big_stack;
use crate::session::Engine;
use crate::session::clock::Clock;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    // Everything that parses or runs needs room for deep nesting, and most commands do.
    ExitCode::from(with_big_stack(run_process))
}

fn run_process() -> u8 {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let interrupt = Arc::new(AtomicBool::new(false));
    let engine = commands::engine(Arc::clone(&interrupt));
    let surroundings = Surroundings {
        stdin: Box::new(std::io::BufReader::new(std::io::stdin())),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
        terminal,
        color: std::io::stdout().is_terminal() && !plain,
        width: terminal_size::terminal_size()
            .map(|(width, _)| usize::from(width.0))
            .or_else(|| std::env::var("COLUMNS").ok()?.parse().ok()),
        clock: std::env::var("ORMDOJO_NOW").ok().and_then(|text| text.parse().ok()).map_or(Clock::Real, Clock::Fixed),
        data_dir: places::data_dir(),
        interrupt,
    };
    run(&*engine, std::env::args_os(), surroundings)
}

/// Runs the command that `arguments` name (the first is the program's own name) against an engine and gives the exit
/// code. Nothing of the process is touched but what `surroundings` holds.
pub fn run(
    engine: &dyn Engine,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    mut surroundings: Surroundings,
) -> u8 {
    let arguments = match args::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = if surroundings.color { error.render().ansi().to_string() } else { error.render().to_string() };
            let out = if error.use_stderr() { &mut surroundings.stderr } else { &mut surroundings.stdout };
            let _ = write!(out, "{text}");
            return u8::try_from(error.exit_code()).unwrap_or(exit::USAGE);
        }
    };
    let mut world = world::World::new(engine, surroundings, arguments.data_dir);
    match commands::dispatch(&mut world, arguments.command) {
        Ok(code) => code,
        Err(failure) => {
            world.console.note(&failure.told());
            failure.code()
        }
    }
}

/// Input that can be read line by line.
type Input = Box<dyn BufRead>;
/// An output.
type Output = Box<dyn Write>;
