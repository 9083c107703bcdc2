//! Six expressions over blog's medium rows: how long building and compiling one takes beside Django, and how long it takes
//! in full, up to the last object, beside raw SQLite with the same statements, all in one run.
//!
//! `cargo bench --bench queries`. `ORMDOJO_PYTHON` names a Python that has Django (`tests/oracle/README.md`); without it
//! Django's columns are left out.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ormdojo::runner::{Cell, Execution, Limits, LoggedQuery, Showing, Source, Submission, Workbench};
use rusqlite::types::{ToSql, Value, ValueRef};

/// The expressions, and what is done with each to have all of it.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("Post.objects.filter(title__icontains='django', view_count__gt=100)", "list(QS)"),
    (
        "Post.objects.filter(Q(view_count__gt=1000) | Q(is_featured=True)).exclude(author__is_staff=True).order_by('-created_at')[:10]",
        "list(QS)",
    ),
    ("User.objects.annotate(n=Count('posts')).filter(n__gte=5)", "list(QS)"),
    (
        "Post.objects.select_related('author', 'category').prefetch_related('tags')",
        "[(p, p.author, p.category, list(p.tags.all())) for p in QS]",
    ),
    (
        "User.objects.annotate(latest=Subquery(Post.objects.filter(author=OuterRef('pk')).order_by('-created_at').values('title')[:1]))",
        "list(QS)",
    ),
    ("Post.objects.exclude(tags__slug='django')", "list(QS)"),
];

const ROUNDS: u32 = 20;

fn limits() -> Limits {
    Limits { steps: u64::MAX / 2, memory: 4 << 30, rows: 1 << 40, output: 1 << 20, time: Duration::from_secs(600) }
}

fn run(bench: &mut Workbench, source: &str) -> Execution {
    bench.run(&Submission::python(source), &limits(), Showing::Whole)
}

/// The shortest of three times, for one round of `expression`.
fn ours(bench: &mut Workbench, expression: &str, rounds: u32) -> Duration {
    let program = |rounds: u32, body: &str| format!("for _ in range({rounds}):\n    {body}\nNone\n");
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let time = |bench: &mut Workbench, source: &str| {
            let started = Instant::now();
            let execution = run(bench, source);
            assert!(execution.error().is_none(), "{:?}", execution.error());
            started.elapsed()
        };
        // What a run costs apart from the expression: parsing, putting the rows back, the loop.
        let empty = time(bench, &program(rounds, "pass"));
        let full = time(bench, &program(rounds, expression));
        best = best.min(full.saturating_sub(empty) / rounds);
    }
    best
}

/// The same rows in a database of rusqlite's own.
fn raw_database(bench: &mut Workbench) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open_in_memory()?;
    for sql in bench.ddl().unwrap_or_default() {
        connection.execute_batch(&sql)?;
    }
    for table in bench_tables(bench) {
        let execution = bench.run(&Submission::sql(format!("SELECT * FROM \"{table}\"")), &limits(), Showing::Whole);
        let (Some(columns), Some(rows)) = (execution.columns, execution.rows) else { continue };
        let places = vec!["?"; columns.len()].join(", ");
        let mut insert = connection.prepare(&format!("INSERT INTO \"{table}\" VALUES ({places})"))?;
        for row in rows {
            insert.execute(rusqlite::params_from_iter(row.iter().map(value_of)))?;
        }
    }
    Ok(connection)
}

fn bench_tables(bench: &mut Workbench) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let execution = bench.run(&Submission::sql(sql), &limits(), Showing::Whole);
    let rows = execution.rows.unwrap_or_default();
    let text = |row: Vec<Cell>| match row.into_iter().next() {
        Some(Cell::Text(name)) => Some(name),
        _ => None,
    };
    rows.into_iter().filter_map(text).collect()
}

fn value_of(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => Value::Integer(i64::from(*truth)),
        Cell::Int(number) => Value::Integer(*number),
        Cell::Float(number) => Value::Real(*number),
        Cell::Text(text) | Cell::Decimal(text) | Cell::Temporal(text) | Cell::BigInt(text) => Value::Text(text.clone()),
        Cell::Bytes(bytes) => Value::Blob(bytes.clone()),
        Cell::List(_) | Cell::Dict(_) | Cell::Instance { .. } => Value::Null,
    }
}

fn parameters(query: &LoggedQuery) -> Vec<Value> {
    let values = query.params.as_array().cloned().unwrap_or_default();
    values
        .into_iter()
        .map(|value| match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(truth) => Value::Integer(i64::from(truth)),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Real(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Value::Text(text),
            other => Value::Text(other.to_string()),
        })
        .collect()
}

/// Runs the statements and reads every value of every row.
fn raw(connection: &rusqlite::Connection, queries: &[LoggedQuery]) -> rusqlite::Result<usize> {
    let mut bytes = 0;
    for query in queries {
        let mut statement = connection.prepare(&query.sql.replace("%s", "?").replace("%%", "%"))?;
        let width = statement.column_count();
        let values = parameters(query);
        let given: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let mut rows = statement.query(&given[..])?;
        while let Some(row) = rows.next()? {
            for at in 0..width {
                bytes += match row.get_ref(at)? {
                    ValueRef::Null => 0,
                    ValueRef::Integer(_) | ValueRef::Real(_) => 8,
                    // A copy, as a program needs one that looks at the value later.
                    ValueRef::Text(text) => std::hint::black_box(String::from_utf8_lossy(text).into_owned()).len(),
                    ValueRef::Blob(blob) => std::hint::black_box(blob.to_vec()).len(),
                };
            }
        }
    }
    Ok(bytes)
}

fn raw_time(connection: &rusqlite::Connection, queries: &[LoggedQuery]) -> rusqlite::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            std::hint::black_box(raw(connection, queries)?);
        }
        best = best.min(started.elapsed() / ROUNDS);
    }
    Ok(best)
}

/// Django in a process of its own.
struct Django {
    child: Child,
}

impl Django {
    fn start() -> Option<Self> {
        let python = std::env::var_os("ORMDOJO_PYTHON")?;
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
        let child = Command::new(python)
            .args(["-m", "oracle.bench"])
            .current_dir(&oracle)
            .env("LD_LIBRARY_PATH", oracle.join("build"))
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        Some(Self { child })
    }

    /// Seconds to compile and to execute.
    fn ask(&mut self, compile: &str, execute: &str) -> Option<(f64, f64)> {
        let request = serde_json::json!({"compile": compile, "execute": execute, "rounds": ROUNDS});
        let input = self.child.stdin.as_mut()?;
        writeln!(input, "{request}").ok()?;
        input.flush().ok()?;
        let mut line = String::new();
        BufReader::with_capacity(1, self.child.stdout.as_mut()?).read_line(&mut line).ok()?;
        let seconds: Vec<f64> = serde_json::from_str(&line).ok()?;
        Some((*seconds.first()?, *seconds.get(1)?))
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn micros(seconds: f64) -> String {
    format!("{:.1} µs", seconds * 1e6)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn measure() -> Result<(), String> {
    let source = Source::Dataset { name: "blog".into(), scale: "medium".into() };
    let mut bench = Workbench::open(&source).map_err(|error| error.to_string())?;
    let connection = raw_database(&mut bench).map_err(|error| error.to_string())?;
    let mut django = Django::start();
    if django.is_none() {
        println!("ORMDOJO_PYTHON names no Python with Django: its times are left out");
    }
    for (number, (expression, execute)) in EXPRESSIONS.iter().enumerate() {
        let compile = format!("{expression}.query.sql_with_params()");
        let execute = execute.replace("QS", expression);
        let execution = run(&mut bench, &execute);
        let raw = raw_time(&connection, &execution.queries).map_err(|error| error.to_string())?.as_secs_f64();
        let compiled = ours(&mut bench, &compile, ROUNDS * 10).as_secs_f64();
        let executed = ours(&mut bench, &execute, ROUNDS).as_secs_f64();
        println!("{}. {expression}", number + 1);
        let theirs = django.as_mut().and_then(|django| django.ask(&compile, &execute));
        let beside = |own: f64, other: Option<f64>| {
            other.map_or_else(String::new, |other| format!(", Django {} ({:.1} times)", micros(other), other / own))
        };
        println!("   compiled {}{}", micros(compiled), beside(compiled, theirs.map(|(compile, _)| compile)));
        let rows: u64 = execution.queries.iter().map(|query| query.rows).sum();
        println!(
            "   in full  {}, raw SQLite {} ({:.2} times that, {} statements, {rows} rows){}",
            micros(executed),
            micros(raw),
            executed / raw,
            execution.queries.len(),
            beside(executed, theirs.map(|(_, execute)| execute)),
        );
    }
    Ok(())
}

fn main() -> Result<(), String> {
    ormdojo::python::vm::with_big_stack(measure)
}
