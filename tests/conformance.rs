//! Runs the conformance corpus: programs whose expectations real Django and CPython wrote (`tests/oracle/`).
//!
//! Each Markdown file below `tests/conformance/` is a test, each of its headings a case. Programs go to the binary's
//! worker mode, so what is compared is what other tools get. Divergences that are known stand in
//! `tests/conformance/SUPPORTED.md`; a case that fails and does not stand there fails its file, and so does one that
//! stands there and passes.
//!
//! `CONFORMANCE=report` prints a line per file and fails none; `CONFORMANCE=list` prints every failing case as a line for
//! `SUPPORTED.md`. `CASE=text` runs only cases whose headings hold the text.

#[path = "conformance/harness/cases.rs"]
mod cases;
#[path = "conformance/harness/compare.rs"]
mod compare;
#[path = "conformance/harness/known.rs"]
mod known;
#[path = "conformance/harness/worker.rs"]
mod worker;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use cases::Case;
use compare::Outcome;
use worker::Worker;

fn conformance(path: &Path, text: String) -> datatest_stable::Result<()> {
    let file = path.strip_prefix("tests/conformance").unwrap_or(path).to_string_lossy().replace('\\', "/");
    let only = std::env::var("CASE").unwrap_or_default();
    let mode = std::env::var("CONFORMANCE").unwrap_or_default();
    let cases: Vec<Case> = cases::parse(&text)
        .map_err(|message| format!("{file}: {message}"))?
        .into_iter()
        .filter(|case| case.heading.contains(&only))
        .collect();
    let known = known::read(&file)?;

    let mut workers: BTreeMap<String, Worker> = BTreeMap::new();
    let mut report = Report::default();
    for case in &cases {
        // Python's own cases need no dataset; the worker has one all the same.
        let dataset = case.dataset.clone().unwrap_or_else(|| "blog".to_owned());
        let worker = workers.entry(dataset).or_insert_with_key(|dataset| Worker::new(dataset));
        let outcome = match worker.run(&case.source) {
            Ok(got) => compare::compare(&case.expected, &got),
            Err(message) => Outcome::Failed(vec![message]),
        };
        report.add(case, outcome, known.contains(&case.heading));
    }

    let summary = report.summary(&file);
    match mode.as_str() {
        "report" => say(&summary),
        "list" => say(&report
            .failing
            .iter()
            .map(|heading| format!("- `{file}` › {heading} — "))
            .collect::<Vec<_>>()
            .join("\n")),
        _ if report.complaints.is_empty() => {}
        _ => return Err(format!("{}\n\n{summary}", report.complaints.join("\n\n")).into()),
    }
    Ok(())
}

/// What the cases of one file came to.
#[derive(Default)]
struct Report {
    passed: usize,
    unsupported: usize,
    failed: usize,
    known: usize,
    failing: Vec<String>,
    complaints: Vec<String>,
}

impl Report {
    fn add(&mut self, case: &Case, outcome: Outcome, known: bool) {
        let (word, details) = match outcome {
            Outcome::Passed => {
                self.passed += 1;
                if known {
                    self.complaints.push(format!("# {}\npasses: strike it from SUPPORTED.md", case.heading));
                }
                return;
            }
            Outcome::Unsupported(feature) => {
                self.unsupported += 1;
                ("unsupported", vec![feature])
            }
            Outcome::Failed(differences) => {
                self.failed += 1;
                ("failed", differences)
            }
        };
        self.failing.push(case.heading.clone());
        if known {
            self.known += 1;
        } else {
            let details = details.join("\n");
            self.complaints
                .push(format!("# {} (line {}): {word}\n{}\n{details}", case.heading, case.line, case.source));
        }
    }

    fn summary(&self, file: &str) -> String {
        let all = self.passed + self.unsupported + self.failed;
        format!(
            "{file}: {} of {all} pass, {} fail, {} unsupported, {} of these known",
            self.passed, self.failed, self.unsupported, self.known
        )
    }
}

fn say(text: &str) {
    if !text.is_empty() {
        // A closed standard error is nothing that a test could mend.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

datatest_stable::harness! {
    { test = conformance, root = "tests/conformance", pattern = r"^(python|queries|writes|errors)/.*\.md$" },
}
