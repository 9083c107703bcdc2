//! Whole sessions, scripted in and read out, against a small engine that knows a handful of programs; and the binary
//! itself, killed in mid-session.

use std::cell::RefCell;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ormdojo::cli::{Surroundings, run};
use ormdojo::grading::{Check, Counterexample, Expectation, Finding, Mark, Table, Verdict, VerdictKind};
use ormdojo::runner::{Cell, ExecError, Execution, Limits, LoggedQuery, Outcome, QueryKind, Source, Submission};
use ormdojo::session::clock::Clock;
use ormdojo::session::{Engine, EngineError, FieldInfo, ModelInfo, ShellSession, TestOutcome, TestStatus};

const MINUTE: i64 = 60_000;

/// Knows a few programs by heart.
struct Parrot;

fn execution() -> Execution {
    Execution {
        outcome: Outcome::Finished,
        stdout: String::new(),
        value: None,
        columns: None,
        rows: None,
        scalar: None,
        instances: None,
        direct: false,
        listed: false,
        container: None,
        keyed: false,
        queries: Vec::new(),
        unsupported: None,
        issues: Vec::new(),
    }
}

fn query(sql: &str) -> LoggedQuery {
    LoggedQuery {
        sql: sql.to_owned(),
        params: serde_json::json!([1]),
        rendered: sql.replace("%s", "1"),
        line: 1,
        column: 1,
        kind: QueryKind::Select,
        rows: 2,
        micros: 7,
        failed: false,
    }
}

fn perform(submission: &Submission) -> Execution {
    let mut run = execution();
    match submission.source.trim() {
        "1/0" => {
            run.outcome = Outcome::Raised(ExecError {
                kind: "ZeroDivisionError".into(),
                message: "division by zero".into(),
                line: 1,
                column: 1,
                unsupported: false,
                traceback: "Traceback (most recent call last):\n  File \"<console>\", line 1, in <module>\nZeroDivisionError: division by zero".into(),
            });
        }
        "submit" => {
            run.outcome = Outcome::Raised(ExecError {
                kind: "NameError".into(),
                message: "name 'submit' is not defined".into(),
                line: 1,
                column: 1,
                unsupported: false,
                traceback: String::new(),
            });
        }
        "while True: pass" => run.outcome = Outcome::Limit("the program took more than 50000000 steps".into()),
        source if source.contains("objects") || source.contains("SELECT") => {
            run.columns = Some(vec!["id".into(), "title".into()]);
            run.rows = Some(vec![vec![Cell::Int(1), Cell::Text("First".into())], vec![Cell::Int(2), Cell::Null]]);
            run.queries = vec![query(
                "SELECT \"blog_post\".\"id\", \"blog_post\".\"title\" FROM \"blog_post\" WHERE \"blog_post\".\"id\" > %s",
            )];
        }
        source if source.starts_with("print(") => run.stdout = "printed\n".into(),
        source if source.starts_with("for ") => run.stdout = "looped\n".into(),
        _ => {}
    }
    run
}

struct Memory;

impl ShellSession for Memory {
    fn run(&mut self, submission: &Submission) -> Execution {
        perform(submission)
    }

    fn run_whole(&mut self, submission: &Submission) -> Execution {
        perform(submission)
    }

    fn names(&self) -> Vec<String> {
        vec!["Post".into()]
    }
}

impl Engine for Parrot {
    fn run(&self, source: &Source, _: &str, submission: &Submission, _: &Limits) -> Result<Execution, EngineError> {
        match source {
            Source::Dataset { name, .. } if name != "blog" => {
                Err(EngineError::Usage(format!("there is no dataset `{name}`")))
            }
            _ => Ok(perform(submission)),
        }
    }

    fn grade(&self, expectation: &Expectation, answer: &str, _: &Limits, _: u64) -> Verdict {
        let right = answer.trim() == expectation.code.trim();
        let wrong = Counterexample {
            tables: vec![Table {
                name: "blog_post".into(),
                columns: vec!["id".into()],
                rows: vec![vec![Cell::Int(5)]],
                shown: vec![0],
            }],
            columns: vec!["id".into()],
            expected: vec![vec![Cell::Int(5)]],
            got_columns: vec!["id".into()],
            got: vec![],
            error: None,
            marked: vec![(Mark::Missing, vec![Cell::Int(5)])],
            marked_columns: vec!["id".into()],
        };
        Verdict {
            kind: if right { VerdictKind::Correct } else { VerdictKind::Incorrect },
            checks: vec![Check {
                name: "rows",
                ok: right,
                detail: if right { String::new() } else { "1 row is missing".into() },
            }],
            queries: 1,
            budget: None,
            databases: 18,
            executions: 25,
            remarks: vec![],
            findings: if right {
                vec![]
            } else {
                vec![Finding {
                    id: "extra-condition".into(),
                    line: Some(1),
                    message: "Inactive posts count too.".into(),
                }]
            },
            hints: vec![],
            counterexample: (!right).then_some(wrong),
            error: None,
            answer_sql: vec![format!("SELECT {}", if right { "1" } else { "2" })],
            reference_sql: vec!["SELECT 1".into()],
            elapsed_ms: 1.0,
        }
    }

    fn ddl(&self, _: &Source) -> Result<Vec<String>, EngineError> {
        Ok(vec!["CREATE TABLE \"blog_post\" (\"id\" integer);".to_owned()])
    }

    fn shell(&self, _: &Source, _: &str, _: &Limits) -> Result<Box<dyn ShellSession>, EngineError> {
        Ok(Box::new(Memory))
    }

    fn models(&self, _: &Source) -> Result<Vec<ModelInfo>, EngineError> {
        let field = |name: &str, kind: &str| FieldInfo {
            name: name.into(),
            kind: kind.into(),
            column: Some(name.into()),
            null: false,
            unique: false,
            primary_key: name == "id",
            relation: None,
        };
        Ok(vec![ModelInfo {
            name: "Post".into(),
            table: "blog_post".into(),
            fields: vec![field("id", "BigAutoField"), field("title", "CharField")],
        }])
    }

    fn test(&self, _: &[PathBuf], _: &Limits, each: &mut dyn FnMut(TestOutcome)) -> Result<(), EngineError> {
        each(TestOutcome {
            id: "a.tests.T.test_x".into(),
            status: TestStatus::Pass,
            message: String::new(),
            line: None,
        });
        each(TestOutcome {
            id: "a.tests.T.test_y".into(),
            status: TestStatus::Fail,
            message: "1 != 2".into(),
            line: Some(3),
        });
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A learner's folder, with a bank of three questions, and a clock.
struct Learner {
    folder: tempfile::TempDir,
    now: i64,
}

struct Told {
    code: u8,
    out: String,
    err: String,
}

impl Learner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bank = folder.path().join("bank");
        for (id, text) in [
            (
                "drilled/one",
                r#"
format_version = 1
title = "All posts"
kind = "queryset"
topic = "drilled"
level = "junior"
prompt = "Give every Post."
hints = ["A manager has a method for it.", "`all()`"]
explanation = "Nothing is filtered."
follow_ups = ["drilled/two"]
[answer]
code = "Post.objects.all()"
max_queries = 1
"#,
            ),
            (
                "drilled/two",
                r#"
format_version = 1
title = "Lazy?"
kind = "concept"
topic = "drilled"
level = "mid"
prompt = "When is a queryset evaluated?"
[concept]
choices = [{ text = "at once", why = "it is lazy" }, { text = "when iterated", right = true }]
"#,
            ),
            (
                "drilled/zzz",
                r#"
format_version = 1
title = "Said in words"
kind = "concept"
topic = "drilled"
level = "senior"
prompt = "What is the N+1 problem?"
[concept]
points = [{ point = "one query a row", any = ["per row", "each row"] }, { point = "join or prefetch", any = ["select_related"] }]
answer = "One query for the list and one per row."
"#,
            ),
        ] {
            let path = bank.join(format!("{id}.toml"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { folder, now: 1_000 * 86_400_000 }
    }

    fn bank(&self) -> String {
        self.folder.path().join("bank").display().to_string()
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn run(&self, arguments: &[&str], input: &str) -> Told {
        self.run_at(arguments, input, None)
    }

    fn run_at(&self, arguments: &[&str], input: &str, width: Option<usize>) -> Told {
        let (out, err) = (Sink::default(), Sink::default());
        let surroundings = Surroundings {
            stdin: Box::new(Cursor::new(input.to_owned().into_bytes())),
            stdout: Box::new(out.clone()),
            stderr: Box::new(err.clone()),
            terminal: false,
            color: false,
            width,
            clock: Clock::Fixed(self.now),
            data_dir: Some(self.home()),
            interrupt: Arc::default(),
        };
        let arguments = std::iter::once("ormdojo").chain(arguments.iter().copied());
        let code = run(&Parrot, arguments, surroundings);
        Told { code, out: out.text(), err: err.text() }
    }

    fn drill(&self, input: &str) -> Told {
        self.run(&["drill", "drilled", "--seed", "1", "--bank", &self.bank()], input)
    }

    fn stats(&self) -> serde_json::Value {
        let told = self.run(&["stats", "--json", "--bank", &self.bank()], "");
        serde_json::from_str(&told.out).unwrap()
    }
}

#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => panic!("{part:?} is not where it should be in\n{text}"),
        }
    }
}

#[test]
fn a_question_is_tried_answered_wrongly_and_answered_rightly() {
    let learner = Learner::new();
    let told = learner.drill(
        "Post.objects.filter(id=1)\n\\s\n\\hint\nPost.objects.all()\n\\submit\nb\n\\s it is one query per row\n3\n",
    );
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    in_order(
        &told.out,
        &[
            "Drill · 3 questions · seed 1",
            "Question 1 of 3",
            "All posts\ndrilled · junior · queryset\n\nGive every Post.",
            "At most 1 query.",
            "  Post(id, title)",
            ">>> Post.objects.filter(id=1)\n┌────┬───────┐\n│ id ┆ title │",
            "│ 2  ┆ NULL  │",
            "  1  select, line 1\n     SELECT",
            "1 query, 7 µs",
            "(This was a try, not yet your answer. Look around as you like; \\submit, or \\s,\nhas your last expression judged.)",
            ">>> \\s\n\n✗ Incorrect\n  rows: 1 row is missing\n→ extra-condition, line 1\n  Inactive posts count too.\n",
            "With these rows it shows:\nblog_post",
            "│ missing ┆ 5  │",
            "Try again; \\hint helps",
            "Hint 1 of 2: A manager has a method for it.",
            ">>> \\submit\n\n✓ Correct\nNo difference found on 18 databases (25 runs).\n",
            "Nothing is filtered.",
            "It comes again in 2 days.",
            "An interviewer might go on with: Lazy? (drilled/two)",
            "Question 2 of 3",
            "  a) at once\n  b) when iterated\n",
            "> b\n\n✓ Correct",
            "Question 3 of 3",
            "Compare it with what a good answer mentions\n  ✓ mentioned    one query a row\n  · not found    join or prefetch\n",
            "A model answer:\nOne query for the list and one per row.",
            "Done: 3 of 3 right",
        ],
    );
    let stats = learner.stats();
    assert_eq!((&stats["answers"], &stats["correct"]), (&4.into(), &2.into()));
}

#[test]
fn a_session_that_was_left_goes_on_and_is_due_again() {
    let mut learner = Learner::new();
    let told = learner.drill("\\s Post.objects.all()\n\\quit\n");
    in_order(&told.out, &["✓ Correct", "Question 2 of 3", "Everything is kept."]);
    assert_eq!(learner.stats()["due"], 0);
    learner.now += 30 * 86_400_000;
    assert_eq!(learner.stats()["due"], 1);
    let bank = learner.bank();
    let told = learner.run(&["quiz", "--topic", "drilled", "--count", "1", "--bank", &bank], "\\q\n");
    in_order(&told.out, &["Due for review: 1. They come first.", "All posts"]);
}

#[test]
fn one_question_can_be_asked_for() {
    let learner = Learner::new();
    let bank = learner.bank();
    let told = learner.run(&["quiz", "--question", "drilled/two", "--bank", &bank], "a\nb\n");
    in_order(
        &told.out,
        &[
            "Quiz · 1 question",
            "Lazy?",
            "✗ Incorrect",
            "a) is not right: it is lazy",
            "✓ Correct",
            "Done: 1 of 1 right",
        ],
    );
    assert_eq!(learner.run(&["quiz", "--question", "drilled/tow", "--bank", &bank], "").code, 2);
}

#[test]
fn a_mock_interview_keeps_its_deadline() {
    let mut learner = Learner::new();
    let folder = learner.bank();
    let begin = ["mock", "--minutes", "30", "--level", "junior", "--seed", "5", "--from", &folder];
    let told = learner.run(&begin, "\\s Post.objects.all()\n");
    in_order(
        &told.out,
        &["Mock interview · 3 questions · 30 minutes · seed 5", "30 minutes left", "✓ Correct", "mock --resume"],
    );
    learner.now += 10 * MINUTE;
    let told = learner.run(&["mock", "--resume"], "\\s a\n");
    in_order(&told.out, &["Question 2 of 3 · 20 minutes left", "✗ Incorrect", "a) is not right"]);
    learner.now += 20 * MINUTE;
    let told = learner.run(&["mock", "--resume"], "\\s b\n");
    in_order(&told.out, &["ended while you were away", "Report of the interview: 33 of 100", "Not answered: 1"]);
    let told = learner.run(&["mock", "--resume"], "");
    assert_eq!((told.code, told.out.as_str()), (2, ""));
}

#[test]
fn follow_ups_are_asked_in_an_interview() {
    let learner = Learner::new();
    // Seven minutes hold the first question only; what follows it comes from the question itself.
    let told = learner.run(
        &["mock", "--minutes", "5", "--level", "junior", "--seed", "2", "--from", &learner.bank()],
        "\\s Post.objects.all()\nb\n",
    );
    in_order(
        &told.out,
        &["1 question ·", "✓ Correct", "And a follow-up:", "Lazy?", "✓ Correct", "Report of the interview: 100 of 100"],
    );
}

#[test]
fn words_are_explained_and_blocks_need_no_blank_line() {
    let learner = Learner::new();
    let told = learner.drill("\\hnit\n\\?\n\\schema\nfor p in x:\n    print(p)\n1/0\n\\ledger\n(1\n+ 2)\n\\reset\n\\s\n\\solution\n\\skip\n\\q");
    in_order(
        &told.out,
        &[
            "There is no \\hnit; did you mean \\hint?",
            "\\solution   give up and see the answer",
            "Post  table blog_post\n",
            ">>> for p in x:\n...     print(p)\n... 1/0\nlooped",
            "Traceback (most recent call last):",
            "ZeroDivisionError: division by zero",
            ">>> (1\n... + 2)\n",
            "What you entered is forgotten",
            "Nothing was entered yet",
            "The reference answers:\n    Post.objects.all()",
            "Nothing is filtered.",
            "Question 2 of 3",
            "Skipped",
        ],
    );
}

#[test]
fn a_word_without_its_backslash_is_recognised() {
    let learner = Learner::new();
    let told = learner.drill("submit\n\\skip\nsubmit\n\\skip\nexit\n");
    in_order(
        &told.out,
        &[
            "line 1:\nNameError: name 'submit' is not defined\nThe trainer's own words begin with a backslash: \\submit",
            "> submit\nThere is no submit; did you mean \\submit?",
            "> exit\nThere is no exit; did you mean \\quit?",
        ],
    );
    let told = learner.drill("exit()\n1/0\n");
    assert!(told.out.contains("Everything is kept.") && !told.out.contains("ZeroDivision"));
}

#[test]
fn progress_that_cannot_be_kept_is_no_reason_to_stop() {
    let learner = Learner::new();
    let folder = learner.folder.path().join("file");
    std::fs::write(&folder, "x").unwrap();
    let told = learner
        .run(&["--data-dir", folder.to_str().unwrap(), "drill", "drilled", "--bank", &learner.bank()], "\\skip\n");
    assert_eq!(told.code, 0);
    assert!(told.err.contains("progress will not be kept"), "{}", told.err);
    assert!(told.out.contains("Question 2 of 3"));
}

#[test]
fn nothing_is_wider_than_sixty_columns() {
    let learner = Learner::new();
    let told = learner.run_at(
        &["drill", "drilled", "--seed", "1", "--bank", &learner.bank()],
        "Post.objects.filter(id=1)\n\\s\n\\hint\n\\schema\n\\?\n\\s Post.objects.all()\nb\n\\s each row\n3\n",
        Some(60),
    );
    for line in told.out.lines() {
        assert!(line.chars().count() <= 60 || line.starts_with("How well"), "{line}");
    }
}

#[test]
fn programs_run_without_a_prompt() {
    let learner = Learner::new();
    let file = learner.folder.path().join("x.py");
    std::fs::write(&file, "Post.objects.all()").unwrap();
    let told = learner.run(&["run", "--json", file.to_str().unwrap()], "");
    let run: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(run["rows"], serde_json::json!([[1, "First"], [2, null]]));
    assert_eq!(run["queries"][0]["kind"], "select");
    let told = learner.run(&["run", "-"], "1/0\n");
    assert_eq!(told.code, 1);
    assert_eq!(learner.run(&["run", "-"], "while True: pass").code, 4);
    assert_eq!(learner.run(&["run", "nowhere.py"], "").code, 3);
    assert_eq!(learner.run(&["run", "--dataset", "nowhere", "-"], "1").code, 2);
    let told = learner.run(&["sql", "Post.objects.filter(id__gt=1)"], "");
    assert_eq!(
        told.out,
        "SELECT \"blog_post\".\"id\", \"blog_post\".\"title\" FROM \"blog_post\" WHERE \"blog_post\".\"id\" > 1;\n"
    );
    let told = learner.run(&["sql", "--params", "Post.objects.filter(id__gt=1)"], "");
    assert!(told.out.ends_with("> %s\n-- [1]\n"), "{}", told.out);
}

#[test]
fn the_free_prompt_keeps_a_ledger() {
    let learner = Learner::new();
    let told =
        learner.run(&["shell"], "Post.objects.all()\n\\sql\nSELECT 1\nFROM x;\n\\ledger\n\\submit\n\\quit\n1/0\n");
    assert_eq!(told.code, 0);
    in_order(
        &told.out,
        &[
            ">>> Post.objects.all()",
            "(2 rows)",
            "1 query",
            "sql> SELECT 1\n...> FROM x;\n",
            "  2  select",
            "2 queries",
            "No question is asked here",
        ],
    );
    assert!(!told.out.contains("ZeroDivision"));
}

#[test]
fn a_schema_is_drawn_written_and_diagrammed() {
    let learner = Learner::new();
    assert!(
        learner
            .run(&["schema", "blog"], "")
            .out
            .starts_with("Post  table blog_post\n    id     BigAutoField, primary key\n")
    );
    assert_eq!(learner.run(&["schema", "--sql"], "").out, "CREATE TABLE \"blog_post\" (\"id\" integer);\n");
    assert!(learner.run(&["schema", "--mermaid"], "").out.contains("        BigAutoField id PK\n"));
}

#[test]
fn new_questions_are_begun_and_notes_carried() {
    let learner = Learner::new();
    let folder = learner.folder.path().join("own");
    let own = folder.to_str().unwrap();
    for kind in ["queryset", "sql", "program", "predict", "concept", "model"] {
        let told = learner.run(&["bank", "new", "--kind", kind, "--dir", own, &format!("mine/{kind}")], "");
        assert_eq!(told.code, 0, "{}", told.err);
    }
    assert_eq!(learner.run(&["bank", "new", "--dir", own, "mine/sql"], "").code, 2);
    assert_eq!(learner.run(&["bank", "new", "--dir", own, "../sql"], "").code, 2);
    let told = learner.run(&["bank", "check", own], "");
    assert_eq!(told.code, 3);
    in_order(
        &told.out,
        &[
            "mine/model: wrong answer 1 (wrong-model) is judged incorrect for another reason: extra-condition\n",
            "mine/sql: wrong answer 1 (missing-condition)",
            "6 questions, 4 problems, 0 answers that cannot be run\n",
        ],
    );
    let notes = learner.run(&["bank", "export", "--bank", own, "--topic", "mine"], "").out;
    let file = learner.folder.path().join("notes.txt");
    std::fs::write(&file, notes).unwrap();
    // Notes carry the ids that they were exported with: where these questions are, nothing is written over.
    let elsewhere = learner.folder.path().join("elsewhere");
    for (folder, written, kept) in [(own, 0, 6), (elsewhere.to_str().unwrap(), 6, 0), (own, 0, 6)] {
        let told = learner.run(&["bank", "import", file.to_str().unwrap(), "-o", folder], "");
        let says = format!("{written} questions written, {kept} were there already and left as they are\n");
        assert_eq!((told.code, told.err), (0, says));
    }
}

#[test]
fn worker_mode_answers_every_line() {
    let learner = Learner::new();
    let told = learner.run(&["run", "--jsonl"], "{\"id\": 1, \"source\": \"1/0\"}\nnonsense\n\n{\"id\": \"b\", \"source\": \"SELECT 1\", \"language\": \"sql\"}\n");
    let lines: Vec<serde_json::Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.code, 0);
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["id"], &lines[0]["error"]["type"]), (&1.into(), &"ZeroDivisionError".into()));
    assert_eq!((&lines[1]["id"], &lines[1]["ok"]), (&serde_json::Value::Null, &false.into()));
    assert_eq!((&lines[2]["id"], &lines[2]["ok"]), (&"b".into(), &true.into()));
}

#[test]
fn answers_are_graded_without_a_terminal() {
    let learner = Learner::new();
    let answers = learner.folder.path().join("answers/drilled");
    std::fs::create_dir_all(&answers).unwrap();
    std::fs::write(answers.join("one.py"), "Post.objects.all()\n").unwrap();
    std::fs::write(answers.join("two.txt"), "a").unwrap();
    let (bank, folder) = (learner.bank(), answers.parent().unwrap().display().to_string());
    let (junit, csv) = (learner.folder.path().join("j.xml"), learner.folder.path().join("t.csv"));
    let told = learner.run(
        &[
            "grade",
            "--bank",
            &bank,
            "--json",
            "--junit",
            junit.to_str().unwrap(),
            "--csv",
            csv.to_str().unwrap(),
            &folder,
        ],
        "",
    );
    assert_eq!(told.code, 1, "{}", told.err);
    let verdicts: Vec<serde_json::Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect::<Vec<_>>(),
        ["correct", "incorrect"]
    );
    assert!(std::fs::read_to_string(junit).unwrap().contains("failures=\"1\""));
    assert_eq!(std::fs::read_to_string(csv).unwrap().lines().count(), 3);
    let told = learner.run(&["grade", "--bank", &bank, "--question", "drilled/one", "-"], "Post.objects.all()");
    assert_eq!((told.code, told.out.as_str()), (0, "drilled/one: correct\n"));
    let told = learner.run(
        &["grade", "--bank", &bank, "--jsonl"],
        "{\"id\": 1, \"question\": \"drilled/two\", \"answer\": \"b\"}\n{\"id\": 2}\n{\"id\": 3, \"question\": \"no/such\", \"answer\": \"\"}\n",
    );
    let verdicts: Vec<serde_json::Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect::<Vec<_>>(),
        ["correct", "error", "error"]
    );
    assert_eq!(verdicts[2]["id"], 3);
}

#[test]
fn test_packages_are_told_line_by_line() {
    let learner = Learner::new();
    let folder = learner.folder.path().display().to_string();
    let told = learner.run(&["test", "--json", &folder], "");
    assert_eq!(told.code, 1);
    assert_eq!(
        told.out.lines().last().unwrap(),
        "{\"summary\":{\"pass\":1,\"fail\":1,\"error\":0,\"skip\":0,\"unsupported\":0}}"
    );
}

#[test]
fn an_invalid_bank_names_file_line_and_remedy() {
    let learner = Learner::new();
    let path = Path::new(&learner.bank()).join("drilled/one.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("prompt =", "promt =");
    std::fs::write(&path, text).unwrap();
    let told = learner.drill("");
    assert_eq!(told.code, 3);
    assert!(
        told.err.contains(&format!("{}:7:1: unknown key `promt`\n  hint: did you mean `prompt`?", path.display())),
        "{}",
        told.err
    );
}

#[test]
fn progress_is_carried_over_and_forgotten_only_when_asked() {
    let learner = Learner::new();
    learner.drill("\\s Post.objects.all()\n");
    let export = learner.run(&["progress", "export"], "").out;
    assert_eq!(learner.run(&["progress", "reset"], "").code, 2);
    assert_eq!(learner.stats()["answers"], 1);
    let told = learner.run(&["progress", "reset", "--yes"], "");
    assert_eq!(told.code, 0);
    assert_eq!(learner.stats()["answers"], 0);
    assert_eq!(learner.run(&["progress", "import", "-"], &export).code, 0);
    assert_eq!(learner.stats()["correct"], 1);
    assert_eq!(learner.run(&["progress", "import", "-"], "{}").code, 3);
}

#[test]
fn a_damaged_progress_file_is_kept_aside_and_said_so() {
    let learner = Learner::new();
    std::fs::create_dir_all(learner.home()).unwrap();
    std::fs::write(learner.home().join("progress.sqlite3"), "no database at all, but long enough to be read as one")
        .unwrap();
    let told = learner.drill("\\s Post.objects.all()\n");
    assert_eq!(told.code, 0);
    assert!(told.err.contains("damaged"), "{}", told.err);
    assert_eq!(learner.stats()["answers"], 1);
    let kept = std::fs::read_dir(learner.home())
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("damaged")));
    assert_eq!(kept.count(), 1);
}

#[test]
fn misspelt_things_are_recognised() {
    let learner = Learner::new();
    let told = learner.run(&["explain", "n-plus-on"], "");
    assert_eq!(
        (told.code, told.err.as_str()),
        (2, "error: there is no finding `n-plus-on`; did you mean `n-plus-one`?\n")
    );
    let told = learner.run(&["drill", "driled", "--bank", &learner.bank()], "");
    assert!(told.code == 2 && told.err.contains("did you mean `drilled`?"), "{}", told.err);
    let told = learner.run(&["bank", "show", "drilled/on", "--bank", &learner.bank()], "");
    assert!(told.code == 2 && told.err.contains("did you mean `drilled/one`?"), "{}", told.err);
    let told = learner.run(&["quizz"], "");
    assert_eq!(told.code, 2);
    assert!(learner.run(&[], "").out.contains("Usage: ormdojo"));
}

/// The binary is killed the moment its verdict is read; the answer must be there.
#[cfg(unix)]
#[test]
fn an_answer_survives_kill_9() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let learner = Learner::new();
    let binary = env!("CARGO_BIN_EXE_ormdojo");
    let home = learner.home();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command.args(arguments).env("ORMDOJO_HOME", &home).stderr(Stdio::null());
        command
    };
    let bank = learner.bank();
    let mut child = command(&["drill", "drilled", "--seed", "1", "--bank", &bank])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"\\skip\nb\n").unwrap();
    input.flush().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("✓ Correct")));
    child.kill().unwrap();
    child.wait().unwrap();
    let stats = command(&["stats", "--json", "--bank", &bank]).output().unwrap();
    let stats: serde_json::Value = serde_json::from_slice(&stats.stdout).unwrap();
    assert_eq!((&stats["answers"], &stats["correct"]), (&1.into(), &1.into()));
}
