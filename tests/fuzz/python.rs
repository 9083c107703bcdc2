//! Fuzzes parser and interpreter: programs of the corpus, mutated, and programs of a grammar, run one after the other.
//! Fails on a panic, a hang, or memory that does not come back.
//!
//! `cargo test --test fuzz-python` takes a few seconds; `cargo test --test fuzz-python -- 10` takes ten minutes. A second
//! argument is the seed.

mod generate;
mod shapes;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use generate::{Generator, Mutator};
use ormdojo::python::vm::{CountingAllocator, Limits, Vm, live_bytes, with_big_stack};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shapes::Shapes;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What a program may take; what takes as much longer hangs.
const SECONDS: u64 = 1;
const HANG: u64 = 30;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let minutes: f64 = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(0.05);
    let seed: u64 = arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let corpus = corpus();
    let running: Running = Arc::default();
    watch(Arc::clone(&running));
    // A caught panic is told of once, with its program.
    std::panic::set_hook(Box::new(|_| {}));
    let (count, failures) = with_big_stack(|| fuzz(&corpus, seed, Duration::from_secs_f64(minutes * 60.0), &running));
    say(&format!("seed {seed}: {count} programs, {} failures", failures.len()));
    for failure in &failures {
        say(failure);
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The program that runs, and when it began, in milliseconds after the start; 0 for none.
type Running = Arc<(AtomicU64, Mutex<String>)>;

/// Ends the process when a program hangs: nothing in its own thread could.
fn watch(running: Running) {
    let start = Instant::now();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let began = running.0.load(Ordering::SeqCst);
            if began > 0 && start.elapsed().as_millis() as u64 > began + HANG * 1000 {
                let program = running.1.lock().map(|program| program.clone()).unwrap_or_default();
                say(&format!("HANGS:\n{program}"));
                std::process::abort();
            }
        }
    });
}

fn fuzz(corpus: &[String], seed: u64, time: Duration, running: &Running) -> (u64, Vec<String>) {
    let start = Instant::now();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut failures = Vec::new();
    let mut count = 0;
    // What is made once and kept (tables, interned names of the engine's own) is there after a few programs.
    for program in corpus.iter().take(20) {
        let _ = run(program);
    }
    while start.elapsed() < time && failures.len() < 20 {
        let program = match random.random_range(0..6) {
            0 => Generator::new(&mut random).program(),
            4 => Shapes::new(&mut random).program(),
            5 => {
                let program = Shapes::new(&mut random).program();
                Mutator::new(&mut random, corpus).mutate(&program)
            }
            1 => {
                let program = Generator::new(&mut random).program();
                Mutator::new(&mut random, corpus).mutate(&program)
            }
            _ => {
                let chosen = &corpus[random.random_range(0..corpus.len())];
                Mutator::new(&mut random, corpus).mutate(chosen)
            }
        };
        if let Ok(mut current) = running.1.lock() {
            current.clone_from(&program);
        }
        running.0.store((start.elapsed().as_millis() as u64).max(1), Ordering::SeqCst);
        let before = live_bytes();
        let ended = run(&program);
        running.0.store(0, Ordering::SeqCst);
        count += 1;
        let kept = live_bytes().saturating_sub(before);
        match ended {
            Err(panic) => failures.push(format!("PANICS ({panic}):\n{program}\n")),
            // Circles that nothing else reaches stay, at most what one program may hold.
            Ok(()) if kept > 80 << 20 => failures.push(format!("KEEPS {kept} bytes:\n{program}\n")),
            Ok(()) => {}
        }
    }
    (count, failures)
}

/// Runs a program in a machine of its own; the words of a panic, if it panics.
fn run(program: &str) -> Result<(), String> {
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut vm = Vm::new();
        let started = Instant::now();
        vm.set_clock(Rc::new(move || started.elapsed()));
        vm.set_limits(Limits {
            steps: 3_000_000,
            memory: 64 << 20,
            time: Duration::from_secs(SECONDS),
            output: 1 << 18,
            ..Limits::default()
        });
        let globals = vm.new_globals();
        match vm.run_source(program, "<stdin>", &globals) {
            Ok(Some(value)) => {
                let _ = vm.repr(&value);
            }
            Ok(None) => {}
            Err(raised) => {
                let _ = vm.format_exception(&raised);
            }
        }
    }));
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

/// The programs of the conformance corpus.
fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/python");
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    let mut programs = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        for piece in text.split("```py\n").skip(1) {
            programs.extend(piece.split("\n```").next().map(str::to_owned));
        }
    }
    programs
}

#[expect(clippy::print_stdout, reason = "a tool that reports to whoever runs it")]
fn say(text: &str) {
    println!("{text}");
}
