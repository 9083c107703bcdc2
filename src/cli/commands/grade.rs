//! `grade`: answers judged without a terminal.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::read_text;
use crate::bank::{Bank, BankError};
use crate::cli::args::Grade;
use crate::cli::exit::{self, Failure};
use crate::cli::render;
use crate::cli::render::json::verdict_object;
use crate::cli::world::World;
use crate::grading::{Verdict, VerdictKind};
use crate::session::judge;

struct Graded {
    question: String,
    verdict: Verdict,
}

/// `grade`
pub fn grade(world: &mut World<'_>, arguments: &Grade) -> Result<u8, Failure> {
    let bank = world.bank(&arguments.bank.bank)?;
    let mut graded = Vec::new();
    if arguments.jsonl {
        serve(world, arguments, &bank, &mut graded)?;
    } else {
        let Some(path) = &arguments.path else {
            return Err(Failure::Usage("an answer's file is needed, or - for standard input".to_owned()));
        };
        let answers = answers(arguments, path)?;
        // A misspelt name is told before the first verdict, not after half of them.
        for (question, _) in &answers {
            bank.question(question)?;
        }
        for (question, path) in answers {
            let text = read_text(world, &path)?;
            let id = Value::String(path.display().to_string());
            one(world, arguments, &bank, &id, &question, &text, &mut graded)?;
        }
    }
    if let Some(path) = &arguments.junit {
        write_report(path, &junit(&graded)?)?;
    }
    if let Some(path) = &arguments.csv {
        write_report(path, &csv_table(&graded)?)?;
    }
    if !arguments.json && !arguments.jsonl && graded.len() > 1 {
        let right = graded.iter().filter(|graded| graded.verdict.kind == VerdictKind::Correct).count();
        world.console.line(&format!("{right} of {} correct", graded.len()));
    }
    let all = graded.iter().all(|graded| graded.verdict.kind == VerdictKind::Correct);
    let limited = graded.iter().any(|graded| graded.verdict.kind == VerdictKind::Timeout);
    Ok(match (all, limited && graded.len() == 1) {
        (true, _) => exit::FINE,
        (false, true) => exit::LIMIT,
        (false, false) => exit::WRONG,
    })
}

/// The answers that a path holds, each with its question's id.
fn answers(arguments: &Grade, path: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    if !path.is_dir() {
        let question = match &arguments.question {
            Some(question) => question.clone(),
            None => question_of(path).ok_or_else(|| {
                Failure::Usage(format!(
                    "which question does {} answer? Say --question ID, or name the file <topic>/<slug>.py",
                    path.display()
                ))
            })?,
        };
        return Ok(vec![(question, path.to_owned())]);
    }
    let mut found = Vec::new();
    let unreadable = |folder: &Path, error: std::io::Error| Failure::Invalid(format!("{}: {error}", folder.display()));
    for topic in std::fs::read_dir(path).map_err(|error| unreadable(path, error))?.filter_map(Result::ok) {
        if !topic.path().is_dir() {
            continue;
        }
        let files = std::fs::read_dir(topic.path()).map_err(|error| unreadable(&topic.path(), error))?;
        for file in files.filter_map(Result::ok).map(|file| file.path()) {
            let is_answer = file.extension().is_some_and(|extension| {
                ["py", "sql", "txt"].iter().any(|known| extension.eq_ignore_ascii_case(known))
            });
            if let Some(question) = question_of(&file).filter(|_| is_answer) {
                found.push((question, file));
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(Failure::Invalid(format!("{}: no <topic>/<slug>.py, .sql or .txt in it", path.display())));
    }
    Ok(found)
}

fn question_of(path: &Path) -> Option<String> {
    if path.as_os_str() == "-" {
        return None;
    }
    let path = std::path::absolute(path).ok()?;
    crate::bank::id_of_path(&path)
}

fn one(
    world: &mut World<'_>,
    arguments: &Grade,
    bank: &Bank,
    id: &Value,
    question: &str,
    answer: &str,
    graded: &mut Vec<Graded>,
) -> Result<(), Failure> {
    let found = bank.question(question)?;
    let verdict = judge(world.engine, &found, answer, &arguments.limits.limits(), arguments.seed);
    if arguments.json || arguments.jsonl {
        world.console.line(&verdict_object(id, question, &verdict).to_string());
    } else {
        world.console.line(&format!("{question}: {}", verdict.kind.word()));
        if verdict.kind != VerdictKind::Correct {
            render::verdict::show(&mut world.console, &verdict, true);
            world.console.line("");
        }
    }
    graded.push(Graded { question: question.to_owned(), verdict });
    Ok(())
}

/// A line in, a verdict out, in order; a malformed line has its verdict too.
fn serve(world: &mut World<'_>, arguments: &Grade, bank: &Bank, graded: &mut Vec<Graded>) -> Result<(), Failure> {
    // The lines of a file, where one is named, in place of those of standard input.
    let mut of_file = match &arguments.path {
        Some(path) if path.as_os_str() != "-" => {
            let text = read_text(world, path)?;
            Some(text.lines().map(str::to_owned).collect::<Vec<_>>().into_iter())
        }
        _ => None,
    };
    while let Some(line) = of_file.as_mut().map_or_else(|| world.input_line(), Iterator::next) {
        if line.trim().is_empty() {
            continue;
        }
        let (id, question, refused) = match request(&line) {
            Err((id, message)) => (id, String::new(), Some(message)),
            Ok((id, question, answer)) => {
                let told =
                    one(world, arguments, bank, &id, &question, &answer, graded).err().map(|error| match error {
                        Failure::Bank(BankError::Unknown { .. }) => format!("there is no question `{question}`"),
                        other => other.to_string(),
                    });
                (id, question, told)
            }
        };
        if let Some(message) = refused {
            let mut object = verdict_object(&id, &question, &Verdict::of(VerdictKind::Error));
            object["error"] =
                json!({"type": "ValueError", "message": message, "line": null, "column": null, "unsupported": false});
            world.console.line(&object.to_string());
            graded.push(Graded { question, verdict: Verdict::of(VerdictKind::Error) });
        }
        if world.console.closed {
            break;
        }
    }
    Ok(())
}

fn request(line: &str) -> Result<(Value, String, String), (Value, String)> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| (Value::Null, format!("not a JSON object: {error}")))?;
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| (id.clone(), format!("`{name}` must be a string")))
    };
    let (question, answer) = (text("question")?, text("answer")?);
    Ok((id, question, answer))
}

fn write_report(path: &Path, text: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn told(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|finding| format!("{}: {}", finding.id, finding.message));
    let checks =
        verdict.checks.iter().filter(|check| !check.ok).map(|check| format!("{}: {}", check.name, check.detail));
    let error = verdict.error.iter().map(|error| format!("{}: {}", error.kind, error.message));
    findings.chain(checks).chain(error).collect::<Vec<_>>().join("\n")
}

fn junit(graded: &[Graded]) -> Result<Vec<u8>, Failure> {
    use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
    let mut report = Report::new("ormdojo");
    let mut suite = TestSuite::new("answers");
    for Graded { question, verdict } in graded {
        let status = match verdict.kind {
            VerdictKind::Correct => TestCaseStatus::success(),
            VerdictKind::SelfAssessed | VerdictKind::Unsupported => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(verdict.kind.word());
                status
            }
            kind => {
                let error = matches!(kind, VerdictKind::Error | VerdictKind::Timeout);
                let mut status =
                    TestCaseStatus::non_success(if error { NonSuccessKind::Error } else { NonSuccessKind::Failure });
                status.set_message(kind.word()).set_description(told(verdict));
                status
            }
        };
        let mut case = TestCase::new(question.as_str(), status);
        case.set_classname(question.split('/').next().unwrap_or_default());
        suite.add_test_case(case);
    }
    report.add_test_suite(suite);
    let mut text = Vec::new();
    report.serialize(&mut text).map_err(|error| Failure::Usage(format!("the JUnit report: {error}")))?;
    Ok(text)
}

fn csv_table(graded: &[Graded]) -> Result<Vec<u8>, Failure> {
    let failed = |error: csv::Error| Failure::Usage(format!("the CSV table: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["question", "verdict", "queries", "budget", "findings", "detail"]).map_err(failed)?;
    for Graded { question, verdict } in graded {
        let findings: Vec<&str> = verdict.findings.iter().map(|finding| finding.id.as_str()).collect();
        writer
            .write_record([
                question.as_str(),
                verdict.kind.word(),
                &verdict.queries.to_string(),
                &verdict.budget.map(|budget| budget.to_string()).unwrap_or_default(),
                &findings.join(" "),
                &told(verdict).replace('\n', "; "),
            ])
            .map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Failure::Usage(format!("the CSV table: {error}")))
}
