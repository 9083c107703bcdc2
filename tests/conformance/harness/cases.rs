//! Case files: Markdown in which each heading with a `py` block is a case. The oracle's `cases.py` writes them.

use serde_json::Value;

/// A program and what the oracle saw it do.
pub struct Case {
    /// The heading's text.
    pub heading: String,
    /// The one-based line of the heading.
    pub line: usize,
    /// The dataset that the block names.
    pub dataset: Option<String>,
    /// The program.
    pub source: String,
    /// What the oracle saw.
    pub expected: Expected,
}

/// The blocks of an expectation; what is missing was not there.
#[derive(Default)]
pub struct Expected {
    /// The statements, in order.
    pub queries: Vec<Query>,
    /// Columns, then rows.
    pub rows: Option<Vec<Value>>,
    /// The last expression's repr.
    pub value: Option<String>,
    /// What was printed.
    pub stdout: String,
    /// Type, line, column, message.
    pub error: Option<(String, u64, u64, String)>,
    /// The traceback, for programs without Django.
    pub traceback: Option<String>,
}

/// One statement.
pub struct Query {
    /// `LINE:COLUMN`
    pub place: String,
    /// What it does.
    pub kind: String,
    /// Its parameters.
    pub params: Value,
    /// Its text.
    pub sql: String,
}

/// The cases of a file, or what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut heading: Option<(String, usize)> = None;
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(title) = heading_text(line) {
            heading = Some((title.to_owned(), at + 1));
            continue;
        }
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            continue;
        }
        let (fence, info) = line.split_at(ticks);
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default();
        let mut body: Vec<&str> = Vec::new();
        loop {
            let Some((_, inner)) = lines.next() else { return Err(format!("line {}: the block never ends", at + 1)) };
            if inner.trim_end() == fence {
                break;
            }
            body.push(inner);
        }
        let wrong = |message: String| format!("line {}: {message}", at + 1);
        if language == "py" {
            let Some((heading, line)) = heading.take() else {
                return Err(wrong("a program needs a heading of its own".to_owned()));
            };
            let dataset = words.find_map(|word| word.strip_prefix("dataset=")).map(str::to_owned);
            let source = body.join("\n") + "\n";
            cases.push(Case { heading, line, dataset, source, expected: Expected::default() });
        } else if let Some(case) = cases.last_mut().filter(|_| heading.is_none()) {
            let unended = words.next() == Some("unended");
            case.expected.take(language, &body, unended).map_err(wrong)?;
        }
    }
    Ok(cases)
}

fn heading_text(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let depth = line.len() - rest.len();
    (1..=6).contains(&depth).then(|| rest.strip_prefix(' ')).flatten()
}

impl Expected {
    fn take(&mut self, language: &str, body: &[&str], unended: bool) -> Result<(), String> {
        match language {
            "sql" => {
                for line in body {
                    if let Some(query) = statement_line(line) {
                        self.queries.push(query);
                    } else if let Some(query) = self.queries.last_mut() {
                        if !query.sql.is_empty() {
                            query.sql.push('\n');
                        }
                        query.sql.push_str(line);
                    } else {
                        return Err("a statement without its line of place and parameters".to_owned());
                    }
                }
            }
            "rows" => {
                let rows: Result<Vec<Value>, _> = body.iter().map(|line| serde_json::from_str(line)).collect();
                self.rows = Some(rows.map_err(|error| format!("a row is no JSON: {error}"))?);
            }
            "value" => self.value = Some(body.join("\n")),
            "stdout" => self.stdout = body.join("\n") + if unended { "" } else { "\n" },
            "traceback" => self.traceback = Some(body.join("\n")),
            "error" => {
                let first = body.first().and_then(|line| line.split_once(" at "));
                let place = first.and_then(|(kind, place)| Some((kind, place.split_once(':')?)));
                let Some((kind, (line, column))) = place else { return Err("an error without its place".to_owned()) };
                let (Ok(line), Ok(column)) = (line.parse(), column.parse()) else {
                    return Err("an error's place is no number".to_owned());
                };
                self.error = Some((kind.to_owned(), line, column, body[1..].join("\n")));
            }
            other => return Err(format!("no block is called {other}")),
        }
        Ok(())
    }
}

fn statement_line(line: &str) -> Option<Query> {
    let mut parts = line.strip_prefix("-- ")?.splitn(3, ' ');
    let (place, kind, params) = (parts.next()?, parts.next()?, parts.next()?);
    let (row, column) = place.split_once(':')?;
    if row.parse::<u32>().is_err() || column.parse::<u32>().is_err() {
        return None;
    }
    let params = serde_json::from_str(params).ok()?;
    Some(Query { place: place.to_owned(), kind: kind.to_owned(), params, sql: String::new() })
}
