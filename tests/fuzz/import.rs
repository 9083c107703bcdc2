//! Fuzzes the importer: documents of every shape, cut, spliced and mangled, read to the end. Fails on a panic or a hang.
//!
//! `cargo test --test fuzz-import` takes a few seconds; `cargo test --test fuzz-import -- 10` takes ten minutes. A second
//! argument is the seed. Now and then a document's code is tried on the engine too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ormdojo::bank::import::{Engine, import, survey};
use ormdojo::python::vm::with_big_stack;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What takes longer hangs, in seconds.
const HANG: u64 = 60;

/// Pieces that documents are made of, and that readers trip over.
const PIECES: &[&str] = &[
    "## 1. What is ",
    "### Q1: ",
    "**Answer:**",
    "Q: ",
    "A: ",
    "Interviewer: \"",
    "You: \"",
    "```python\n",
    "```\n",
    "<details>",
    "<summary>",
    "</summary>",
    "</details>",
    "| a | b |\n|---|---|\n",
    "1. ",
    "- ",
    "  - ",
    "> ",
    "<table><tr><td>",
    "</td>",
    "<pre><code>",
    "</pre>",
    "&#x1F;",
    "&amp",
    "<a href=\"#x\">",
    "</a>",
    "<!--",
    "-->",
    "<script>",
    "?",
    "? A: ",
    "\t",
    "\n\n",
    "\n",
    "     ",
    "[x](#y)",
    "**",
    "`",
    "``",
    "_",
    "\u{200b}",
    "\u{e42}",
    "â€™",
    "\u{fffd}",
    "\u{301}",
    "😀",
    "SELECT * FROM ",
    "Post.objects.filter(",
    ")",
    "class A(models.Model):\n    x = 1\n",
    ">>> ",
    "In [1]: ",
    "#+BEGIN_SRC",
    "#+END_SRC",
    "=====\n",
    "-----\n",
    "* ",
    "** TODO ",
    "[10:02] Ann: ",
    "[⬆ Back to Top](#top)",
    "---\n",
    "\"\"\"",
    "from x import y z = 1 # a ",
    "\\",
    "<button>",
    "<dl><dt>",
    "<dd>",
    "<ol start=\"9999999999\">",
    "4294967295. ",
    "0. ",
    "::",
    ";",
    "\r",
    "\u{0}",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let minutes: f64 = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(0.05);
    let seed: u64 = arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let running: Running = Arc::default();
    watch(Arc::clone(&running));
    std::panic::set_hook(Box::new(|_| {}));
    let corpus = corpus();
    let (count, failures) = with_big_stack(|| fuzz(&corpus, seed, Duration::from_secs_f64(minutes * 60.0), &running));
    say(&format!("seed {seed}: {count} documents, {} failures", failures.len()));
    for failure in &failures {
        say(failure);
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "a harness of its own says how it went")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// When the document at hand began, in milliseconds after the start (0 for none), and the document.
type Running = Arc<(AtomicU64, Mutex<Vec<u8>>)>;

fn watch(running: Running) {
    let start = Instant::now();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let began = running.0.load(Ordering::SeqCst);
            if began > 0 && start.elapsed().as_millis() as u64 > began + HANG * 1000 {
                let document = running.1.lock().map(|document| document.clone()).unwrap_or_default();
                say(&format!("HANGS:\n{}", String::from_utf8_lossy(&document)));
                std::process::abort();
            }
        }
    });
}

fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = Vec::new();
    for folder in ["tests/import", "tests/conformance/python", "."] {
        let Ok(listing) = std::fs::read_dir(root.join(folder)) else { continue };
        let mut paths: Vec<_> =
            listing.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        paths.sort();
        let texts = paths.iter().filter(|path| {
            path.extension()
                .is_some_and(|kind| ["md", "txt", "html", "org", "rst", "tsv"].iter().any(|known| kind == *known))
        });
        corpus.extend(texts.filter_map(|path| std::fs::read(path).ok()).filter(|bytes| bytes.len() < 40_000));
    }
    corpus
}

fn fuzz(corpus: &[Vec<u8>], seed: u64, time: Duration, running: &Running) -> (usize, Vec<String>) {
    let start = Instant::now();
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut engine = Engine::default();
    let mut failures = Vec::new();
    let mut count = 0;
    while start.elapsed() < time && failures.len() < 5 {
        let document = mutated(corpus, &mut dice);
        let name = ["x.md", "x.html", "x.txt", "x.org", "x.tsv"][dice.random_range(0..5)];
        if let Ok(mut held) = running.1.lock() {
            held.clone_from(&document);
        }
        running.0.store((start.elapsed().as_millis() as u64).max(1), Ordering::SeqCst);
        let whole = count % 50 == 49;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            if whole {
                let _ = import(&mut engine, name, &document, &|_| false);
            } else {
                let _ = survey(name, &document);
            }
        }));
        running.0.store(0, Ordering::SeqCst);
        count += 1;
        if let Err(panic) = ran {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            failures.push(format!(
                "{} (as {name})\n{}\n=====",
                message.unwrap_or_default(),
                String::from_utf8_lossy(&document)
            ));
            engine = Engine::default();
        }
    }
    (count, failures)
}

fn mutated(corpus: &[Vec<u8>], dice: &mut ChaCha8Rng) -> Vec<u8> {
    let mut document = if corpus.is_empty() || dice.random_range(0..4) == 0 {
        Vec::new()
    } else {
        corpus[dice.random_range(0..corpus.len())].clone()
    };
    for _ in 0..dice.random_range(1..30) {
        let at = dice.random_range(0..=document.len());
        match dice.random_range(0..8) {
            0 if !document.is_empty() => {
                let end = (at + dice.random_range(0..200)).min(document.len());
                document.drain(at..end);
            }
            1 if !document.is_empty() && at < document.len() => document[at] = dice.random_range(0..=255),
            2 if !corpus.is_empty() => {
                let other = &corpus[dice.random_range(0..corpus.len())];
                let from = dice.random_range(0..=other.len());
                let end = (from + dice.random_range(0..400)).min(other.len());
                let piece = other[from..end].to_vec();
                document.splice(at..at, piece);
            }
            3 => {
                let piece = PIECES[dice.random_range(0..PIECES.len())].repeat(dice.random_range(1..40));
                document.splice(at..at, piece.into_bytes());
            }
            4 => document.truncate(at.max(1)),
            _ => {
                let piece = PIECES[dice.random_range(0..PIECES.len())].as_bytes().to_vec();
                document.splice(at..at, piece);
            }
        }
        if document.len() > 60_000 {
            document.truncate(60_000);
        }
    }
    document
}
