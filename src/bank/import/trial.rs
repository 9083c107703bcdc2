//! Each piece of code tried on the engine: on the dataset whose models fit it, or on models that the document defines.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::bank::DATASETS;
use crate::grading::{Expectation, Grader, VerdictKind};
use crate::orm::models::FieldKind;
use crate::runner::{Execution, Language as Runs, Limits, Outcome, QueryKind, Showing, Source, Submission, Workbench};

use super::code::{self, Language};

/// The engine that documents are tried on. Keeps a workbench for each dataset. Must be used on a thread with a large
/// stack.
pub struct Engine {
    grader: Grader,
    limits: Limits,
    datasets: Vec<Dataset>,
}

struct Dataset {
    name: &'static str,
    models: Vec<String>,
    tables: Vec<String>,
    bench: Workbench,
}

/// What became of one piece of code.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Whether it ran; none where it is in no language that runs.
    pub runs: Option<bool>,
    /// Why not.
    pub reason: String,
    /// The dataset that it ran on.
    pub dataset: &'static str,
    /// What has to run before it.
    pub setup: String,
    /// What happened, when it ran.
    pub execution: Option<Execution>,
}

impl Trial {
    fn not(runs: Option<bool>, reason: impl Into<String>) -> Self {
        Self { runs, reason: reason.into(), dataset: "blog", setup: String::new(), execution: None }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

impl Engine {
    /// An engine; what it runs looks at `interrupt`.
    pub fn new(interrupt: Arc<AtomicBool>) -> Self {
        let limits = Limits {
            steps: 5_000_000,
            rows: 20_000,
            output: 1 << 16,
            time: Duration::from_secs(3),
            ..Limits::default()
        };
        Self { grader: Grader::new(interrupt), limits, datasets: Vec::new() }
    }

    fn datasets(&mut self) -> &mut Vec<Dataset> {
        if self.datasets.is_empty() {
            for &name in DATASETS {
                let Ok(mut bench) = Workbench::open(&Source::dataset(name)) else { continue };
                let tables = bench.tables();
                self.datasets.push(Dataset {
                    name,
                    models: tables
                        .iter()
                        .filter(|table| !table.links)
                        .filter_map(|table| table.model.rsplit('.').next().map(str::to_owned))
                        .collect(),
                    tables: tables.iter().map(|table| table.name.to_lowercase()).collect(),
                    bench,
                });
            }
        }
        &mut self.datasets
    }

    /// Tries a piece of code. `models` is the source of the models that the document defines.
    pub fn try_out(&mut self, language: Language, source: &str, models: &[(String, String)]) -> Trial {
        match language {
            Language::Python => self.python(source, models),
            Language::Sql => self.sql(source),
            Language::Shell => Trial::not(None, "shell commands are not run"),
            Language::Text => Trial::not(None, "neither Python nor SQL"),
        }
    }

    /// Whether a question with this expectation proves itself: its reference is judged correct.
    pub fn proves(&self, expectation: &Expectation) -> bool {
        let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
        self.grader.grade(expectation, &expectation.code, &limits, 0).kind == VerdictKind::Correct
    }

    fn python(&mut self, source: &str, models: &[(String, String)]) -> Trial {
        let names = capitalised(source);
        let mut candidates: Vec<(usize, usize)> = self
            .datasets()
            .iter()
            .enumerate()
            .map(|(at, dataset)| (names.iter().filter(|name| dataset.models.contains(name)).count(), at))
            .collect();
        candidates.sort_by_key(|(count, at)| (std::cmp::Reverse(*count), *at));
        let best = candidates.first().map_or(0, |(count, _)| *count);
        let fitting: Vec<usize> =
            candidates.iter().filter(|(count, _)| *count == best).map(|(_, at)| *at).take(3).collect();
        let own: Vec<&(String, String)> = needed(&names, source, models);
        let mut failure: Option<Trial> = None;
        let unknown = names.iter().any(|name| {
            own.iter().any(|(model, _)| model == name)
                && !self.datasets.iter().any(|dataset| dataset.models.contains(name))
        });
        if !unknown {
            for at in &fitting {
                let trial = self.python_on(*at, source, "");
                if trial.runs == Some(true) {
                    return trial;
                }
                if failure.is_none() || trial.reason.starts_with("unsupported") {
                    failure = Some(trial);
                }
            }
        }
        if !own.is_empty() {
            // A dataset that has none of the names, so that nothing clashes.
            let clashes = |dataset: &Dataset| own.iter().filter(|(name, _)| dataset.models.contains(name)).count();
            let at = (0..self.datasets.len()).min_by_key(|at| clashes(&self.datasets[*at])).unwrap_or(0);
            if let Some(setup) = self.setup_of(at, &own) {
                let trial = self.python_on(at, source, &setup);
                if trial.runs == Some(true) || failure.is_none() {
                    return trial;
                }
            }
        }
        failure.unwrap_or_else(|| Trial::not(Some(false), "no dataset could be opened"))
    }

    fn python_on(&mut self, at: usize, source: &str, setup: &str) -> Trial {
        let mut setup = setup.to_owned();
        let limits = self.limits.clone();
        let dataset = &mut self.datasets[at];
        for _ in 0..4 {
            if dataset.bench.reset().is_err() {
                break;
            }
            if let Err(error) = dataset.bench.set_up(&setup) {
                return Trial {
                    dataset: dataset.name,
                    ..Trial::not(Some(false), format!("{}: {}", error.kind, error.message))
                };
            }
            let execution = dataset.bench.run(&Submission::python(source), &limits, Showing::Whole);
            let reason = reason_of(&execution);
            if reason.is_empty() {
                return Trial { runs: Some(true), reason, dataset: dataset.name, setup, execution: Some(execution) };
            }
            // A variable that is a model's name in small letters stands for one of its rows.
            let missing = execution
                .error()
                .filter(|error| error.kind == "NameError")
                .and_then(|error| error.message.split('\'').nth(1).map(str::to_owned));
            let model = missing.as_ref().and_then(|name| {
                dataset.models.iter().find(|model| model.to_lowercase() == name.to_lowercase().replace('_', ""))
            });
            match (missing, model) {
                (Some(name), Some(model)) if name.starts_with(char::is_lowercase) => {
                    setup.push_str(&format!("{name} = {model}.objects.order_by(\"pk\").first()\n"));
                }
                _ => return Trial { dataset: dataset.name, ..Trial::not(Some(false), reason) },
            }
        }
        Trial { dataset: dataset.name, ..Trial::not(Some(false), "names are missing") }
    }

    /// What makes a document's models, their tables and a few rows.
    fn setup_of(&mut self, at: usize, models: &[&(String, String)]) -> Option<String> {
        let classes: Vec<&str> = models.iter().map(|(_, source)| source.as_str()).collect();
        let classes = classes.join("\n\n");
        let dataset = &mut self.datasets[at];
        dataset.bench.reset().ok()?;
        let before = dataset.bench.known_models();
        dataset.bench.set_up(&classes).ok()?;
        let mut statements = dataset.bench.statements_of_new(&before).ok()?;
        let labels: Vec<String> = models.iter().map(|(name, _)| name.clone()).collect();
        for table in dataset.bench.tables() {
            let name = table.model.rsplit('.').next().unwrap_or_default().to_owned();
            if !labels.contains(&name) {
                continue;
            }
            for row in 1..=4 {
                let stored = || table.columns.iter().filter(|column| column.kind != FieldKind::Generated);
                let columns: Vec<String> = stored().map(|column| format!("\"{}\"", column.name)).collect();
                let values: Vec<String> = stored().map(|column| sample(column, row)).collect();
                statements.push(format!(
                    "INSERT INTO \"{}\" ({}) VALUES ({})",
                    table.name,
                    columns.join(", "),
                    values.join(", ")
                ));
            }
        }
        let listed: Vec<String> =
            statements.iter().map(|statement| format!("    {},\n", python_string(statement))).collect();
        let setup = format!(
            "{classes}\n\nfrom django.db import connection as _connection\nwith _connection.cursor() as _cursor:\n    for _statement in [\n{}    ]:\n        _cursor.execute(_statement)\n",
            listed.concat()
        );
        dataset.bench.reset().ok()?;
        dataset.bench.set_up(&setup).ok()?;
        Some(setup)
    }

    fn sql(&mut self, source: &str) -> Trial {
        let tables = tables_of(source);
        let limits = self.limits.clone();
        let mut candidates: Vec<(usize, usize)> = self
            .datasets()
            .iter()
            .enumerate()
            .map(|(at, dataset)| (tables.iter().filter(|table| dataset.tables.contains(table)).count(), at))
            .collect();
        candidates.sort_by_key(|(count, at)| (std::cmp::Reverse(*count), *at));
        let best = candidates.first().map_or(0, |(count, _)| *count);
        let mut failure = None;
        for (_, at) in candidates.iter().filter(|(count, _)| *count == best).take(2) {
            let dataset = &mut self.datasets[*at];
            if dataset.bench.reset().is_err() {
                continue;
            }
            let submission = Submission { source: source.to_owned(), language: Runs::Sql };
            let execution = dataset.bench.run(&submission, &limits, Showing::Whole);
            let reason = reason_of(&execution);
            if reason.is_empty() {
                return Trial {
                    runs: Some(true),
                    reason,
                    dataset: dataset.name,
                    setup: String::new(),
                    execution: Some(execution),
                };
            }
            failure.get_or_insert(Trial { dataset: dataset.name, ..Trial::not(Some(false), reason) });
        }
        failure.unwrap_or_else(|| Trial::not(Some(false), "no dataset could be opened"))
    }
}

/// A string literal of Python.
fn python_string(text: &str) -> String {
    let mut literal = String::from("\"");
    for symbol in text.chars() {
        match symbol {
            '\\' => literal.push_str("\\\\"),
            '"' => literal.push_str("\\\""),
            '\n' => literal.push_str("\\n"),
            _ => literal.push(symbol),
        }
    }
    literal.push('"');
    literal
}

/// A value for a column of the document's own tables, as SQL; every row has another one.
fn sample(column: &crate::runner::ColumnInfo, row: u32) -> String {
    if column.primary_key {
        return match column.kind {
            FieldKind::Uuid => format!("'{row:032x}'"),
            FieldKind::Char | FieldKind::Slug | FieldKind::Email => format!("'{}{row}'", column.field),
            _ => row.to_string(),
        };
    }
    if column.references.is_some() {
        return if column.unique { row.to_string() } else { (row % 3 + 1).to_string() };
    }
    if !column.choices.is_empty() {
        let choice = &column.choices[row as usize % column.choices.len()];
        return match choice {
            crate::db::SqlValue::Integer(number) => number.to_string(),
            crate::db::SqlValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
            _ => "NULL".to_owned(),
        };
    }
    let kind = format!("{:?}", column.kind).to_lowercase();
    if kind.contains("datetime") {
        format!("'2024-0{row}-15 12:00:00'")
    } else if kind.contains("date") {
        format!("'2024-0{row}-15'")
    } else if kind.contains("time") {
        format!("'1{row}:00:00'")
    } else if kind.contains("bool") {
        (row % 2).to_string()
    } else if kind.contains("int") || kind.contains("auto") {
        (row * 10).to_string()
    } else if kind.contains("decimal") || kind.contains("float") {
        format!("{}.5", row * 10)
    } else if kind.contains("json") {
        "'{}'".to_owned()
    } else if kind.contains("uuid") {
        format!("'{row:032x}'")
    } else if kind.contains("email") {
        format!("'user{row}@example.com'")
    } else {
        let text = format!("{} {row}", column.field);
        let longest = column.max_length.unwrap_or(200);
        format!("'{}'", text.chars().take(longest).collect::<String>())
    }
}

/// Why a run did not come to its end; empty when it did.
fn reason_of(execution: &Execution) -> String {
    if let Some(feature) = &execution.unsupported {
        return format!("unsupported: {feature}");
    }
    match &execution.outcome {
        Outcome::Finished => String::new(),
        Outcome::Raised(error) if error.unsupported => format!("unsupported: {}", error.message),
        Outcome::Raised(error) => {
            let message: String = error.message.lines().next().unwrap_or_default().chars().take(200).collect();
            if error.line > 0 {
                format!("{}: {message} (line {})", error.kind, error.line)
            } else {
                format!("{}: {message}", error.kind)
            }
        }
        Outcome::Limit(limit) => format!("too long: {limit}"),
        Outcome::Interrupted => "interrupted".to_owned(),
    }
}

/// The names in a program that begin with a capital letter.
fn capitalised(source: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in source.lines() {
        let line = line.split('#').next().unwrap_or_default();
        for word in line.split(|symbol: char| !(symbol.is_alphanumeric() || symbol == '_')) {
            let capital = word.starts_with(|symbol: char| symbol.is_ascii_uppercase());
            if capital && word.len() > 1 && !names.iter().any(|name| name == word) {
                names.push(word.to_owned());
            }
        }
    }
    names
}

/// The document's models that a program names, and those that they name, in the document's order. What the program
/// defines itself is left out.
fn needed<'a>(names: &[String], source: &str, models: &'a [(String, String)]) -> Vec<&'a (String, String)> {
    let mut wanted: Vec<String> = names.to_vec();
    let mut before = 0;
    while wanted.len() != before {
        before = wanted.len();
        for (name, class) in models {
            if wanted.contains(name) {
                for other in capitalised(class) {
                    if !wanted.contains(&other) {
                        wanted.push(other);
                    }
                }
            }
        }
    }
    models.iter().filter(|(name, _)| wanted.contains(name) && !source.contains(&format!("class {name}("))).collect()
}

/// The tables that SQL names.
fn tables_of(source: &str) -> Vec<String> {
    let lower = source.to_lowercase();
    let words: Vec<&str> = lower
        .split(|symbol: char| !(symbol.is_alphanumeric() || matches!(symbol, '_' | '.' | '"' | '`' | '[' | ']')))
        .filter(|word| !word.is_empty())
        .collect();
    let mut tables: Vec<String> = Vec::new();
    for pair in words.windows(2) {
        if matches!(pair[0], "from" | "join" | "into" | "update" | "on" | "table") {
            let name = pair[1].trim_matches(['"', '`', '[', ']']).to_owned();
            if !tables.contains(&name) && name != "select" {
                tables.push(name);
            }
        }
    }
    tables
}

/// Whether a run changed rows or tables.
pub fn writes(execution: &Execution) -> bool {
    execution
        .queries
        .iter()
        .any(|query| matches!(query.kind, QueryKind::Insert | QueryKind::Update | QueryKind::Delete | QueryKind::Ddl))
}

/// Whether a program only defines things.
pub fn defines_only(source: &str) -> bool {
    source
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with([' ', '\t', '#', ')', ']', '@']))
        .all(|line| ["class ", "def ", "from ", "import ", "async def "].iter().any(|start| line.starts_with(start)))
        && code::parses(source)
}

impl Engine {
    /// What an expectation's reference does on the visible rows.
    pub fn shown(&mut self, expectation: &Expectation) -> Option<Execution> {
        let limits = self.limits.clone();
        let bench = &mut self.datasets().iter_mut().find(|dataset| dataset.name == expectation.dataset)?.bench;
        bench.reset().ok()?;
        bench.set_up(&expectation.setup).ok()?;
        let submission = Submission { source: expectation.code.clone(), language: expectation.language };
        let before = bench.known_models();
        let mut execution = bench.run(&submission, &limits, Showing::Whole);
        if expectation.compare == crate::grading::Compare::Schema {
            let made = bench.statements_of_new(&before).unwrap_or_default();
            execution.queries.clear();
            for sql in made {
                execution.queries.push(crate::runner::LoggedQuery {
                    rendered: sql.clone(),
                    sql,
                    params: serde_json::Value::Null,
                    line: 0,
                    column: 0,
                    kind: QueryKind::Ddl,
                    rows: 0,
                    micros: 0,
                    failed: false,
                });
            }
        }
        Some(execution)
    }
}
