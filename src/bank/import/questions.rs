//! From what a document says to a question that proves itself: a runnable one where its code runs, a rubric otherwise.

use crate::bank::{Answer, Body, Concept, Kind as Asks, Level, Origin, Point, Question};
use crate::grading::{Compare, Expectation, Order, Shape};
use crate::runner::{Execution, Language as Runs};

use super::choose::Found;
use super::code::{self, Language};
use super::mend;
use super::rubric;
use super::topic;
use super::trial::{Engine, Trial, defines_only, writes};
use super::units::{Kind, Unit};

/// A piece of code in a question's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// Its language, by its content where the author wrote none.
    pub language: Language,
    /// The code, mended.
    pub source: String,
    /// Its line in the document.
    pub line: u32,
    /// Whether the engine runs it; none for what is in no language that runs.
    pub runs: Option<bool>,
    /// Why not.
    pub reason: String,
}

/// A question of a document.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its line in the document.
    pub line: u32,
    /// What it asks, as the document says it.
    pub asked: String,
    /// What answers it, as Markdown.
    pub answer: String,
    /// The code in its answer.
    pub code: Vec<CodeBlock>,
    /// From 0 to 1.
    pub confidence: f64,
    /// The shape it was found by.
    pub shape: &'static str,
    /// The question; its id is final once the document is complete.
    pub question: Question,
    /// What can be asked beside it: its code, piece by piece, and for a runnable question what is told rather than run.
    pub also: Vec<Question>,
}

/// The most pieces of one question's code that become exercises of their own.
const MOST_EXERCISES: usize = 8;

/// The models that a document defines, in its order, each with its source.
pub fn models(found: &[Found]) -> Vec<(String, String)> {
    let mut models: Vec<(String, String)> = Vec::new();
    for question in found {
        for block in blocks(&question.answer) {
            if block.language != Language::Python {
                continue;
            }
            for (name, source) in classes(&block.source) {
                // The fullest definition counts: later ones are often cut short.
                match models.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) if known.lines().count() < source.lines().count() => *known = source,
                    Some(_) => {}
                    None => models.push((name, source)),
                }
            }
        }
    }
    models
}

/// The model classes of a program with their sources.
fn classes(source: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let Some(rest) = line.strip_prefix("class ") else {
            at += 1;
            continue;
        };
        let mut end = at + 1;
        while end < lines.len() && (lines[end].trim().is_empty() || lines[end].starts_with([' ', '\t', ')'])) {
            end += 1;
        }
        let text = lines[at..end].join("\n").trim_end().to_owned();
        let name: String = rest.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect();
        let bases = line.split('(').nth(1).unwrap_or_default();
        let is_model = bases.contains("models.Model") || found.iter().any(|(known, _)| bases.contains(known.as_str()));
        if is_model && code::parses(&text) && !text.contains("...") {
            found.push((name, text));
        }
        at = end;
    }
    found
}

/// The code of an answer: fences that a page break split joined, prompts taken off, lost line breaks put back.
fn blocks(answer: &[Unit]) -> Vec<CodeBlock> {
    let mut joined: Vec<(u32, String, String, usize)> = Vec::new();
    for (at, unit) in answer.iter().enumerate() {
        let Kind::Code { language } = &unit.kind else { continue };
        if unit.text.trim().is_empty() {
            continue;
        }
        if let Some((_, named, source, place)) = joined.last_mut()
            && *place + 1 == at
            && named == language
            && let Some(whole) = mend::joins(source, &unit.text)
        {
            *source = whole;
            *place = at;
            continue;
        }
        joined.push((unit.line, language.clone(), unit.text.clone(), at));
    }
    joined
        .into_iter()
        .map(|(line, named, source, _)| {
            let source = mend::without_prompts(&source).unwrap_or(source);
            let source = source.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            let mended = if source.lines().count() == 1 && mend::is_flattened_code(&source) {
                mend::unflatten(&source)
            } else {
                None
            };
            let source = mended.unwrap_or(source);
            let language = match Language::named(&named) {
                // What is called Python or SQL by mistake is common enough to look.
                Some(Language::Python) if code::language(&source) == Language::Sql => Language::Sql,
                Some(language) => language,
                None => code::language(&source),
            };
            CodeBlock { language, source, line, runs: None, reason: String::new() }
        })
        .collect()
}

/// A question from what was found.
pub fn build(engine: &mut Engine, found: Found, models: &[(String, String)]) -> Imported {
    let mut code = blocks(&found.answer);
    let answer = told(&found.answer);
    let topic = topic::topic(&found.question, &found.section, &answer);
    let level = topic::level(&found.question, &found.section, &answer);
    let mut exercises: Vec<Question> = Vec::new();
    for block in &mut code {
        let trial = engine.try_out(block.language, &block.source, models);
        block.runs = trial.runs;
        block.reason.clone_from(&trial.reason);
        let parts = segments(block);
        let whole = parts.len() <= 1 || trial.runs != Some(true);
        if trial.runs == Some(true)
            && (parts.len() <= 1 || defines_only(&block.source))
            && let Some(question) = exercise(engine, block.language, &block.source, &trial, &found, &topic, level)
        {
            exercises.push(question);
            continue;
        }
        if !whole || trial.runs == Some(false) {
            let mut ran = 0;
            for part in &parts {
                if exercises.len() >= MOST_EXERCISES {
                    break;
                }
                let trial = engine.try_out(block.language, part, models);
                if trial.runs == Some(true) {
                    ran += 1;
                    exercises.extend(exercise(engine, block.language, part, &trial, &found, &topic, level));
                }
            }
            if block.runs == Some(false) && ran > 0 && parts.len() > 1 {
                block.reason = format!("{} ({ran} of its {} parts run)", block.reason, parts.len());
            }
        }
    }
    let concept = concept(&found, &answer, &topic, level);
    let tells = asks_to_tell(&found.question, &found.answer);
    let (question, also) = match exercises.is_empty() {
        true => (concept, Vec::new()),
        false => {
            let first = exercises.remove(0);
            let mut also = exercises;
            // What is told is asked apart from what is run.
            if tells
                && let Body::Concept(rubric) = &concept.body
                && !rubric.points.is_empty()
            {
                also.insert(0, concept);
            }
            (first, also)
        }
    };
    Imported {
        line: found.line,
        asked: found.question,
        answer,
        code,
        confidence: found.confidence,
        shape: found.shape,
        question,
        also,
    }
}

/// Whether the words of a question and its answer make something to tell.
fn asks_to_tell(question: &str, answer: &[Unit]) -> bool {
    let prose: usize =
        answer.iter().filter(|unit| !unit.is_code()).map(|unit| unit.text.split_whitespace().count()).sum();
    let first = super::wording::first_word(question);
    prose >= 12 && !matches!(first.as_str(), "write" | "create" | "implement" | "find" | "show" | "build")
}

/// A block's parts: what stands between comments or blank lines and makes sense by itself, with the imports before it.
fn segments(block: &CodeBlock) -> Vec<String> {
    match block.language {
        Language::Sql => sql_statements(&block.source),
        Language::Python => python_parts(&block.source),
        _ => Vec::new(),
    }
}

fn sql_statements(source: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut current = String::new();
    for line in source.lines() {
        current.push_str(line);
        current.push('\n');
        let bare = line.split("--").next().unwrap_or_default().trim_end();
        if bare.ends_with(';') {
            parts.push(std::mem::take(&mut current).trim().to_owned());
        }
    }
    if current.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--")) {
        parts.push(current.trim().to_owned());
    }
    parts.truncate(20);
    parts
}

fn python_parts(source: &str) -> Vec<String> {
    let mut imports = String::new();
    let mut parts: Vec<String> = Vec::new();
    let mut current: Vec<&str> = Vec::new();
    let mut close = |current: &mut Vec<&str>, imports: &str| {
        let text = std::mem::take(current).join("\n");
        let has_code = text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        if has_code && code::parses(&text) {
            parts.push(format!("{imports}{}", text.trim_end()));
        }
    };
    let mut had_code = false;
    for line in source.lines() {
        let top = !line.starts_with([' ', '\t', ')', ']', '}']);
        if top && (line.starts_with("from ") || line.starts_with("import ")) && code::parses(line) {
            imports.push_str(line);
            imports.push('\n');
            continue;
        }
        let boundary = top && had_code && (line.trim().is_empty() || line.starts_with('#'));
        if boundary && code::parses(&current.join("\n")) {
            close(&mut current, &imports);
            had_code = false;
        }
        had_code |= !line.trim().is_empty() && !line.trim_start().starts_with('#');
        current.push(line);
    }
    close(&mut current, &imports);
    parts.truncate(20);
    parts
}

/// A question whose answer is code that ran; none when nothing about it could be judged, or it does not prove itself.
fn exercise(
    engine: &mut Engine,
    language: Language,
    source: &str,
    trial: &Trial,
    found: &Found,
    topic: &str,
    level: Level,
) -> Option<Question> {
    let execution = trial.execution.as_ref()?;
    let written = writes(execution);
    let (kind, compare, source) = if language == Language::Sql {
        let compare = if written { Compare::Database } else { Compare::Value };
        if !written && execution.rows.is_none() {
            return None;
        }
        (Asks::Sql, compare, source.to_owned())
    } else if defines_only(source) && source.contains("models.") {
        (Asks::Model, Compare::Schema, source.to_owned())
    } else if written {
        (Asks::Program, Compare::Database, source.to_owned())
    } else if !execution.stdout.trim().is_empty() {
        (Asks::Program, Compare::Stdout, source.to_owned())
    } else if execution.queries.is_empty() && execution.rows.is_none() {
        // A queryset that was only given a name sends nothing until it is looked at.
        let name = last_name(source)?;
        (Asks::Queryset, Compare::Value, format!("{source}\n{name}"))
    } else if execution.rows.is_some() || execution.scalar.is_some() {
        (Asks::Queryset, Compare::Value, source.to_owned())
    } else {
        let name = last_name(source)?;
        (Asks::Queryset, Compare::Value, format!("{source}\n{name}"))
    };
    let mut expectation = Expectation {
        prompt: String::new(),
        dataset: trial.dataset.to_owned(),
        code: source,
        language: if kind == Asks::Sql { Runs::Sql } else { Runs::Python },
        compare,
        order: Order::None,
        max_queries: None,
        exact_columns: false,
        shape: Shape::default(),
        setup: trial.setup.clone(),
        tests: None,
        known_wrong: Vec::new(),
        seeds: Vec::new(),
    };
    let code_lower = expectation.code.to_lowercase();
    let ordered = compare == Compare::Value && (code_lower.contains("order_by(") || code_lower.contains("order by"));
    let counted = execution.counted_queries().max(1);
    // The strictest demands that the reference itself meets.
    let budget = (compare == Compare::Value && kind == Asks::Queryset).then_some(counted);
    let mut choices = vec![(if ordered { Order::Total } else { Order::None }, budget), (Order::None, None)];
    choices.dedup();
    let proven = choices.into_iter().find(|(order, budget)| {
        expectation.order = order.clone();
        expectation.max_queries = *budget;
        engine.proves(&expectation)
    });
    proven?;
    expectation.code = expectation.code.trim().to_owned();
    let task = comment_of(&expectation.code);
    let rerun = reference(engine, &expectation, execution);
    let asked = asked_of(found);
    let mut prompt = format!("{asked}\n\n");
    let title = task.clone().unwrap_or_else(|| short(&found.question));
    if let Some(task) = &task {
        prompt.push_str(&format!("Task: {task}\n\n"));
    }
    prompt.push_str(&demand(kind, &expectation, &rerun));
    let explanation = explained(found, &expectation, &rerun);
    Some(Question {
        id: String::new(),
        origin: Origin::BuiltIn,
        title: short(&title),
        kind,
        topic: topic.to_owned(),
        level,
        dataset: trial.dataset.to_owned(),
        prompt,
        covers: Vec::new(),
        hints: Vec::new(),
        explanation,
        follow_ups: Vec::new(),
        body: Body::Answer(Answer {
            code: expectation.code,
            order: expectation.order,
            max_queries: expectation.max_queries,
            exact_columns: false,
            compare,
            setup: expectation.setup,
            tests: None,
        }),
        accepted: Vec::new(),
        wrong: Vec::new(),
        shape: Shape::default(),
        suite: None,
    })
}

/// What the reference shows on the visible rows: its columns, rows and statements.
struct Reference {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    count: usize,
    statements: Vec<String>,
    stdout: String,
}

fn reference(engine: &mut Engine, expectation: &Expectation, execution: &Execution) -> Reference {
    let run = engine.shown(expectation).unwrap_or_else(|| execution.clone());
    let shown = |cell: &crate::runner::Cell| match cell.to_json() {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => "NULL".to_owned(),
        other => other.to_string(),
    };
    let rows = run.rows.clone().unwrap_or_default();
    Reference {
        columns: run.columns.clone().unwrap_or_default(),
        count: rows.len(),
        rows: rows.iter().take(6).map(|row| row.iter().map(shown).collect()).collect(),
        statements: run.queries.iter().map(|query| query.rendered.clone()).take(12).collect(),
        stdout: run.stdout.chars().take(1500).collect(),
    }
}

/// What is judged, named, so that the question can be answered.
fn demand(kind: Asks, expectation: &Expectation, reference: &Reference) -> String {
    let on = format!("dataset `{}`", expectation.dataset);
    let mut text = match (kind, expectation.compare) {
        (Asks::Sql, Compare::Database) => format!("Write the SQL ({on}). The final state of the tables is judged."),
        (Asks::Sql, _) => format!("Write the SQL ({on})."),
        (Asks::Model, _) => "Write the model classes. The tables that they make are judged.".to_owned(),
        (Asks::Program, Compare::Database) => {
            format!("Write the program ({on}). The final state of the tables is judged.")
        }
        (Asks::Program, _) => format!("Write the program ({on}). What it prints is judged."),
        _ => format!("Write the expression ({on})."),
    };
    if expectation.order == Order::Total {
        text.push_str(" The order of the rows counts.");
    }
    if let Some(budget) = expectation.max_queries {
        text.push_str(&format!(" At most {budget} {}.", if budget == 1 { "query" } else { "queries" }));
    }
    text.push('\n');
    match kind {
        Asks::Model => {
            let tables: Vec<&str> =
                reference.statements.iter().map(String::as_str).filter(|sql| sql.starts_with("CREATE")).collect();
            if !tables.is_empty() {
                text.push_str(&format!("\n```sql\n{}\n```\n", tables.join(";\n")));
            }
        }
        Asks::Program if expectation.compare == Compare::Stdout => {
            text.push_str(&format!("\nIt prints:\n\n```text\n{}\n```\n", reference.stdout.trim_end()));
        }
        Asks::Program => {
            let writing: Vec<&String> = reference
                .statements
                .iter()
                .filter(|sql| ["INSERT", "UPDATE", "DELETE"].iter().any(|start| sql.starts_with(start)))
                .take(4)
                .collect();
            if !writing.is_empty() {
                let writing: Vec<&str> = writing.into_iter().map(String::as_str).collect();
                text.push_str(&format!("\nIt sends:\n\n```sql\n{}\n```\n", writing.join(";\n")));
            }
        }
        _ => text.push_str(&table(reference)),
    }
    text
}

/// The first rows of a result as a Markdown table.
fn table(reference: &Reference) -> String {
    if reference.columns.is_empty() || reference.rows.is_empty() {
        return String::new();
    }
    let columns = reference.columns.len().min(6);
    let cell = |text: &String| {
        let text = text.replace(['\n', '|'], " ");
        if text.chars().count() > 28 { format!("{}…", text.chars().take(27).collect::<String>()) } else { text }
    };
    let line =
        |cells: &[String]| format!("| {} |\n", cells.iter().take(columns).map(cell).collect::<Vec<_>>().join(" | "));
    let mut text = format!("\nIt gives {} {}:\n\n", reference.count, if reference.count == 1 { "row" } else { "rows" });
    text.push_str(&line(&reference.columns));
    text.push_str(&format!("|{}\n", " --- |".repeat(columns)));
    for row in &reference.rows {
        text.push_str(&line(row));
    }
    text
}

fn explained(found: &Found, expectation: &Expectation, reference: &Reference) -> String {
    let mut text = String::new();
    let prose = told(&found.answer.iter().filter(|unit| !unit.is_code()).cloned().collect::<Vec<_>>());
    if !prose.trim().is_empty() {
        text.push_str(prose.trim());
        text.push_str("\n\n");
    }
    if expectation.language == Runs::Python && !reference.statements.is_empty() {
        let count = reference.statements.len();
        text.push_str(&format!(
            "The reference sends {count} {}:\n\n```sql\n{}\n```\n",
            if count == 1 { "statement" } else { "statements" },
            reference.statements.join(";\n")
        ));
    }
    if !reference.columns.is_empty() {
        text.push_str(&format!("\nOn the visible rows it gives {} rows.\n", reference.count));
    }
    text.trim_start().to_owned()
}

/// The question as Markdown.
fn asked_of(found: &Found) -> String {
    found.question.trim().to_owned()
}

fn short(text: &str) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text).trim().replace('`', "");
    if first.chars().count() <= 90 {
        return first;
    }
    let cut: String = first.chars().take(86).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// What a piece of code says of itself in the comment above it.
fn comment_of(source: &str) -> Option<String> {
    let first = source
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("from ") && !line.starts_with("import "))?;
    let text = first.trim_start().strip_prefix("--").or_else(|| first.trim_start().strip_prefix('#'))?;
    let text = text.trim().trim_matches(['-', '─', '—', '=', '#', ' ', ':']).trim();
    (text.split_whitespace().count() >= 2 && !text.contains("##")).then(|| text.to_owned())
}

/// The name that the last statement gives to something, at the top of a program.
fn last_name(source: &str) -> Option<String> {
    let mut target = None;
    for line in source.lines() {
        if line.starts_with([' ', '\t', ')', ']', '}', '#']) || line.trim().is_empty() {
            continue;
        }
        let name: String = line.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect();
        let rest = line[name.len()..].trim_start();
        target = (rest.starts_with('=') && !rest.starts_with("==") && !name.is_empty()).then_some(name);
    }
    target
}

/// The rubric question of what was found.
fn concept(found: &Found, answer: &str, topic: &str, level: Level) -> Question {
    let mut points = rubric::points(&found.question, &found.answer);
    if points.is_empty() {
        let first = answer.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("```"));
        points.push(match first {
            Some(line) => Point { point: line.chars().take(200).collect(), any: Vec::new() },
            None => Point {
                point: "The document gives no answer: say what you know, and look it up".to_owned(),
                any: vec!["no answer".to_owned()],
            },
        });
    }
    Question {
        id: String::new(),
        origin: Origin::BuiltIn,
        title: short(&found.question),
        kind: Asks::Concept,
        topic: topic.to_owned(),
        level,
        dataset: "blog".to_owned(),
        prompt: format!("{}\n", asked_of(found)),
        covers: Vec::new(),
        hints: Vec::new(),
        explanation: String::new(),
        follow_ups: Vec::new(),
        body: Body::Concept(Concept {
            points,
            choices: Vec::new(),
            answer: match answer.trim() {
                "" => "The document gives no answer.\n".to_owned(),
                _ => format!("{}\n", answer.trim_end()),
            },
        }),
        accepted: Vec::new(),
        wrong: Vec::new(),
        shape: Shape::default(),
        suite: None,
    }
}

/// An answer as Markdown.
pub fn told(answer: &[Unit]) -> String {
    let mut text = String::new();
    let mut in_table = false;
    for (at, unit) in answer.iter().enumerate() {
        let is_row = matches!(unit.kind, Kind::Row { .. });
        let previous = at.checked_sub(1).and_then(|before| answer.get(before));
        let tight = previous.is_some_and(|before| {
            (is_row && matches!(before.kind, Kind::Row { .. }))
                || matches!((&before.kind, &unit.kind), (Kind::Item { .. }, Kind::Item { .. }))
                || (unit.is_prose() && before.is_prose() && !unit.opens)
        });
        if !text.is_empty() && !tight {
            text.push('\n');
        }
        match &unit.kind {
            Kind::Heading(_) | Kind::Summary | Kind::Term => text.push_str(&format!("**{}**\n", unit.text)),
            Kind::Text => {
                text.push_str(&unit.text);
                text.push('\n');
            }
            Kind::Item { number, depth } => {
                let indent = "  ".repeat(usize::from(depth.saturating_sub(1).min(4)));
                match number {
                    Some(number) => text.push_str(&format!("{indent}{number}. {}\n", unit.text)),
                    None => text.push_str(&format!("{indent}- {}\n", unit.text)),
                }
            }
            Kind::Code { language } => {
                let source = mend::without_prompts(&unit.text).unwrap_or_else(|| unit.text.clone());
                let source = if source.lines().count() == 1 && mend::is_flattened_code(&source) {
                    mend::unflatten(&source).unwrap_or(source)
                } else {
                    source
                };
                let language = if language.is_empty() { code::language(&source).word() } else { language };
                text.push_str(&format!("```{language}\n{source}\n```\n"));
            }
            Kind::Row { cells, .. } => {
                text.push_str(&format!("| {} |\n", cells.join(" | ")));
                if !in_table {
                    text.push_str(&format!("|{}\n", " --- |".repeat(cells.len().max(1))));
                }
            }
            Kind::Rule | Kind::DetailsEnd => {}
        }
        in_table = is_row;
    }
    text
}
