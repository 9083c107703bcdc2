//! The binary in worker mode: a program in, a run object out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A worker for one dataset, started when it is first needed and again after it died.
pub struct Worker {
    dataset: String,
    running: Option<Running>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// A worker that is not running yet.
    pub fn new(dataset: &str) -> Self {
        Self { dataset: dataset.to_owned(), running: None }
    }

    /// Runs a program; an error in words when the worker cannot start or dies of the program.
    pub fn run(&mut self, source: &str) -> Result<Value, String> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let request = json!({"id": 1, "source": source});
        let mut line = String::new();
        let sent = writeln!(running.input, "{request}").and_then(|()| running.input.flush());
        let read = sent.and_then(|()| running.output.read_line(&mut line));
        match read {
            Ok(length) if length > 0 => {
                self.running = Some(running);
                serde_json::from_str(&line).map_err(|error| format!("the worker's answer is no JSON: {error}"))
            }
            _ => {
                let _ = running.child.kill();
                let status = running.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(format!("the worker died: {status}"))
            }
        }
    }

    fn start(&self) -> Result<Running, String> {
        // Another program in its place, such as the oracle's own worker, tests the harness itself.
        let program = std::env::var_os("CONFORMANCE_WORKER").unwrap_or_else(|| env!("CARGO_BIN_EXE_ormdojo").into());
        let mut child = Command::new(program)
            .args(["run", "--jsonl", "--dataset", &self.dataset])
            .env_remove("ORMDOJO_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the worker does not start: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the worker has no pipes".to_owned());
        };
        Ok(Running { child, input, output: BufReader::new(output) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // Closing its input ends it.
            drop(running.input);
            let _ = running.child.wait();
        }
    }
}
