//! Everything that a command may touch: engine, outputs, input, clock, bank, progress.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::console::Console;
use super::exit::Failure;
use super::repl::input::{Line, Lines, Piped};
use super::{Input, Output};
use crate::bank::Bank;
use crate::session::clock::Clock;
use crate::session::{Engine, Store};

/// What the process gives, or a test in its place.
pub struct Surroundings {
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Whether a person sits at both ends.
    pub terminal: bool,
    /// Whether colours are wanted.
    pub color: bool,
    /// The terminal's columns.
    pub width: Option<usize>,
    /// The clock of the reviews.
    pub clock: Clock,
    /// The folder of the learner's files, unless the command line names another.
    pub data_dir: Option<PathBuf>,
    /// Set by Ctrl-C while something runs.
    pub interrupt: Arc<AtomicBool>,
}

/// What commands work with.
pub struct World<'a> {
    /// Runs and judges.
    pub engine: &'a dyn Engine,
    /// The outputs.
    pub console: Console,
    /// Where lines are read from.
    pub lines: Box<dyn Lines>,
    /// Whether a person sits at both ends.
    pub terminal: bool,
    /// The clock of the reviews.
    pub clock: Clock,
    interrupt: Arc<AtomicBool>,
    data_dir: Option<PathBuf>,
    store: Option<Store>,
}

impl<'a> World<'a> {
    /// A world; `data_dir` is the command line's, if it names one.
    pub fn new(engine: &'a dyn Engine, surroundings: Surroundings, data_dir: Option<PathBuf>) -> Self {
        let Surroundings { stdin, stdout, stderr, terminal, color, width, clock, data_dir: usual, interrupt } =
            surroundings;
        Self {
            engine,
            console: Console::new(stdout, stderr, color, width),
            lines: Box::new(Piped::new(stdin)),
            terminal,
            clock,
            interrupt,
            data_dir: data_dir.filter(|folder| !folder.as_os_str().is_empty()).or(usual),
            store: None,
        }
    }

    /// Says, beside the data, what models files had to do without.
    pub fn tell_notes(&mut self) {
        for note in self.engine.notes() {
            self.console.note(&note);
        }
    }

    /// Now, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// From now on Ctrl-C stops what runs and keeps the session; pressed twice at something that will not stop, it ends
    /// the process. Without this it ends the process at once, which is right wherever there is no prompt to go back to.
    pub fn catch_interrupts(&self) {
        let flag = Arc::clone(&self.interrupt);
        // A second prompt in one process finds the handler in place already.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                end_interrupted();
            }
        });
    }

    /// Forgets a Ctrl-C that came before something runs.
    pub fn calm(&self) {
        self.interrupt.store(false, Ordering::SeqCst);
    }

    /// The folder of the learner's files.
    pub fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// The progress file, opened when it is first asked for. Where none can be kept, progress is kept for this session
    /// only, and that is said.
    pub fn store(&mut self) -> Result<&mut Store, Failure> {
        if self.store.is_none() {
            let store = match &self.data_dir {
                None => {
                    self.console.note("warning: no home folder is known; progress will not be kept (see --data-dir)");
                    Store::in_memory()?
                }
                Some(folder) => match Store::open(folder, self.clock.now()) {
                    Ok((store, aside)) => {
                        if let Some(aside) = aside {
                            self.console.note(&format!(
                                "warning: the progress file was damaged. It was kept as {} and a new one begun",
                                aside.display()
                            ));
                        }
                        store
                    }
                    Err(error @ crate::session::StoreError::Newer { .. }) => return Err(error.into()),
                    Err(error) => {
                        self.console.note(&format!("warning: {error}; progress will not be kept (see --data-dir)"));
                        Store::in_memory()?
                    }
                },
            };
            self.store = Some(store);
        }
        match &mut self.store {
            Some(store) => Ok(store),
            None => Err(Failure::Usage("progress cannot be kept".to_owned())),
        }
    }

    /// The next line of standard input, unechoed.
    pub fn input_line(&mut self) -> Option<String> {
        match self.lines.read(&mut self.console, "", "") {
            Line::Text(line) => Some(line),
            Line::Interrupted | Line::End => None,
        }
    }

    /// Everything that is left of standard input.
    pub fn rest_of_input(&mut self) -> String {
        let mut text = String::new();
        while let Some(line) = self.input_line() {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// The built-in bank with folders laid over it.
    pub fn bank(&self, folders: &[PathBuf]) -> Result<Bank, Failure> {
        let mut bank = Bank::built_in();
        for folder in folders {
            bank.overlay(folder)?;
        }
        Ok(bank)
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing unwinds from a signal; every answer is on disk already")]
fn end_interrupted() -> ! {
    std::process::exit(i32::from(super::exit::INTERRUPTED))
}
