//! `test`: Django-style test packages.

use serde_json::json;

use crate::cli::args::Test;
use crate::cli::console::Style;
use crate::cli::exit::{self, Failure};
use crate::cli::world::World;
use crate::session::TestStatus;

/// `test`
pub fn test(world: &mut World<'_>, arguments: &Test) -> Result<u8, Failure> {
    for folder in &arguments.folders {
        if !folder.is_dir() {
            return Err(Failure::Invalid(format!("{}: not a folder", folder.display())));
        }
    }
    let mut counts = [0usize; TestStatus::ALL.len()];
    let console = &mut world.console;
    world.engine.test(&arguments.folders, &arguments.limits.limits(), &mut |outcome| {
        if let Some(at) = TestStatus::ALL.iter().position(|status| *status == outcome.status) {
            counts[at] += 1;
        }
        if arguments.json {
            let line = json!({
                "id": outcome.id, "status": outcome.status.word(), "message": outcome.message, "line": outcome.line,
            });
            console.line(&line.to_string());
            return;
        }
        let style = match outcome.status {
            TestStatus::Pass => Style::Good,
            TestStatus::Fail | TestStatus::Error => Style::Bad,
            TestStatus::Skip => Style::Dim,
            TestStatus::Unsupported => Style::Warn,
        };
        let word = console.paint(style, &format!("{:11}", outcome.status.word()));
        console.line(&format!("{word} {}", outcome.id));
        if !matches!(outcome.status, TestStatus::Pass) && !outcome.message.is_empty() {
            let place = outcome.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            for line in format!("{place}{}", outcome.message).lines() {
                console.line(&format!("    {line}"));
            }
        }
    })?;
    let summary = TestStatus::ALL.iter().zip(counts);
    if arguments.json {
        let summary: serde_json::Map<String, serde_json::Value> =
            summary.map(|(status, count)| (status.word().to_owned(), json!(count))).collect();
        world.console.line(&json!({"summary": summary}).to_string());
    } else {
        let summary: Vec<String> = summary.map(|(status, count)| format!("{count} {}", status.word())).collect();
        world.console.line(&summary.join(", "));
    }
    // A test that cannot be run is no failure of its author.
    Ok(if counts[1] + counts[2] > 0 { exit::WRONG } else { exit::FINE })
}
