//! `run` and `sql`: programs without a prompt.

use serde_json::{Value, json};

use super::read_text;
use crate::cli::args::{Run, Sql};
use crate::cli::exit::{self, Failure};
use crate::cli::render::json::{failed_run, query_object, run_object};
use crate::cli::render::{execution, sql as layout};
use crate::cli::world::World;
use crate::runner::{Language, Submission};

/// `run`
pub fn run(world: &mut World<'_>, arguments: &Run) -> Result<u8, Failure> {
    let source = arguments.source.source();
    let limits = arguments.limits.limits();
    if arguments.jsonl {
        return serve(world, arguments);
    }
    let Some(path) = &arguments.file else {
        return Err(Failure::Usage("a file is needed, or - for standard input".to_owned()));
    };
    let text = read_text(world, path)?;
    let is_sql = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    let submission = Submission { source: text, language: if is_sql { Language::Sql } else { Language::Python } };
    let run = world.engine.run(&source, "", &submission, &limits)?;
    world.tell_notes();
    if arguments.json {
        let object = run_object(&Value::Null, &run);
        world.console.line(&object.to_string());
    } else {
        execution::show(&mut world.console, &run, false);
    }
    Ok(exit::of_run(&run))
}

/// Worker mode: a line in, a line out, in order; a malformed line is answered too.
fn serve(world: &mut World<'_>, arguments: &Run) -> Result<u8, Failure> {
    let source = arguments.source.source();
    let limits = arguments.limits.limits();
    let mut kept = if arguments.keep { Some(world.engine.shell(&source, "", &limits)?) } else { None };
    while let Some(line) = world.input_line() {
        if line.trim().is_empty() {
            continue;
        }
        let object = match request(&line) {
            Err((id, message)) => failed_run(&id, "ValueError", &message),
            Ok((id, submission)) => match &mut kept {
                Some(session) => run_object(&id, &session.run_whole(&submission)),
                None => match world.engine.run(&source, "", &submission, &limits) {
                    Ok(run) => run_object(&id, &run),
                    // What hinders one line hinders all: the source cannot be opened.
                    Err(error) => return Err(error.into()),
                },
            },
        };
        world.tell_notes();
        world.console.line(&object.to_string());
        if world.console.closed {
            break;
        }
    }
    Ok(exit::FINE)
}

fn request(line: &str) -> Result<(Value, Submission), (Value, String)> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| (Value::Null, format!("not a JSON object: {error}")))?;
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let Some(object) = value.as_object() else { return Err((id, "not a JSON object".to_owned())) };
    let Some(source) = object.get("source").and_then(Value::as_str) else {
        return Err((id, "`source` must be a string".to_owned()));
    };
    let language = match object.get("language") {
        None | Some(Value::Null) => Language::Python,
        Some(Value::String(word)) if word == "python" => Language::Python,
        Some(Value::String(word)) if word == "sql" => Language::Sql,
        Some(_) => return Err((id, "`language` must be \"python\" or \"sql\"".to_owned())),
    };
    Ok((id, Submission { source: source.to_owned(), language }))
}

/// `sql`
pub fn sql(world: &mut World<'_>, arguments: &Sql) -> Result<u8, Failure> {
    let submission = Submission::python(arguments.expr.as_str());
    let run = world.engine.run(&arguments.source.source(), "", &submission, &arguments.limits.limits())?;
    world.tell_notes();
    if arguments.json {
        let mut object = run_object(&Value::Null, &run);
        let statements: Vec<Value> = run
            .queries
            .iter()
            .map(|query| {
                let mut object = query_object(query);
                object["rendered"] = json!(query.rendered);
                object
            })
            .collect();
        let error = object["error"].take();
        world
            .console
            .line(&json!({"format": 1, "ok": error.is_null(), "queries": statements, "error": error}).to_string());
        return Ok(exit::of_run(&run));
    }
    for query in &run.queries {
        if arguments.params {
            let text = layout::coloured(&query.sql, world.console.color);
            world.console.line(&text);
            world.console.line(&format!("-- {}", query.params));
        } else {
            let text = layout::coloured(&query.rendered, world.console.color);
            world.console.line(&format!("{text};"));
        }
    }
    if run.error().is_some() || exit::of_run(&run) != exit::FINE {
        // stdout carries statements only.
        let told = match run.error() {
            Some(error) if error.message.is_empty() => error.kind.clone(),
            Some(error) if error.unsupported => format!("not supported by this trainer: {}", error.message),
            Some(error) => format!("{}: {}", error.kind, error.message),
            None => "stopped: a limit was hit, or Ctrl-C".to_owned(),
        };
        world.console.note(&told);
    }
    Ok(exit::of_run(&run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_or_refused_with_their_id() {
        let (id, submission) = request(r#"{"id": 7, "source": "1", "language": "sql"}"#).unwrap();
        assert_eq!((id, submission), (json!(7), Submission::sql("1")));
        assert_eq!(request(r#"{"id": "a"}"#).unwrap_err(), (json!("a"), "`source` must be a string".to_owned()));
        assert_eq!(request("[1]").unwrap_err().0, Value::Null);
        assert!(request("{").unwrap_err().1.starts_with("not a JSON object"));
        assert!(request(r#"{"source": "1", "language": "ruby"}"#).is_err());
    }
}
