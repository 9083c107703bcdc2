//! How long a person waits for an answer: from the start of the process to the SQL of a queryset, beside the start of
//! SQLite's own shell in the same run.
//!
//! `cargo bench --bench start`. Without a `sqlite3` on the path its line is left out.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 60;

/// The times of a command's whole life, sorted.
fn times(mut command: impl FnMut() -> Command) -> Option<Vec<Duration>> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        let status = command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
        if !status.success() {
            return None;
        }
        times.push(started.elapsed());
    }
    times.sort();
    Some(times)
}

fn line(name: &str, times: Option<Vec<Duration>>) -> String {
    match times {
        Some(times) => {
            let ms = |at: usize| times[at].as_secs_f64() * 1000.0;
            format!("{name:<48} median {:7.2} ms   fastest {:7.2} ms", ms(times.len() / 2), ms(0))
        }
        None => format!("{name:<48} not to be had"),
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let binary = env!("CARGO_BIN_EXE_ormdojo");
    let home = std::env::temp_dir().join("ormdojo-bench-home");
    let ours = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let home = home.clone();
        move || {
            let mut command = Command::new(binary);
            command.args(&args).env("ORMDOJO_HOME", &home);
            command
        }
    };
    println!("{}", line("ormdojo sql 'Post.objects.filter(id=1)'", times(ours(&["sql", "Post.objects.filter(id=1)"]))));
    println!("{}", line("ormdojo --version", times(ours(&["--version"]))));
    println!("{}", line("ormdojo bank list", times(ours(&["bank", "list"]))));
    println!(
        "{}",
        line(
            "sqlite3 :memory: 'SELECT 1'",
            times(|| {
                let mut command = Command::new("sqlite3");
                command.args([":memory:", "SELECT 1"]);
                command
            })
        )
    );
}
