//! Models as definitions: what the system checks say of them and the statements that make their tables, against what
//! Django said (`tests/conformance/models/`, written by `python -m oracle.models`); models for the tables of every dataset.

#[path = "conformance/harness/known.rs"]
mod known;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ormdojo::python::vm::with_big_stack;
use ormdojo::runner::{Language, Limits, Outcome, Showing, Source, Submission, Workbench, dataset_names};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/models")
}

/// A models.py and what Django said of it.
#[derive(Default)]
struct Case {
    heading: String,
    source: String,
    error: Option<String>,
    checks: Vec<String>,
    ddl: Vec<String>,
}

fn cases(file: &str) -> Vec<Case> {
    let text = fs::read_to_string(folder().join(file)).expect("the corpus is there");
    let mut all: Vec<Case> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("# ") {
            all.push(Case { heading: heading.to_owned(), ..Case::default() });
        } else if let Some(language) = line.strip_prefix("```") {
            let body: Vec<String> = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            let case = all.last_mut().expect("a block stands under a heading");
            match language {
                "py" => case.source = body.join("\n") + "\n",
                "error" => case.error = Some(body.join("\n")),
                "checks" => case.checks = body,
                "ddl" => case.ddl = body,
                other => panic!("no block is called {other}"),
            }
        }
    }
    all
}

/// Addresses differ between runs.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        plain.push_str(&rest[..at + 2]);
        rest = rest[at + 2..].trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
        plain.push('0');
    }
    plain + rest
}

/// What differs between Django and the engine.
fn differences(case: &Case) -> Vec<String> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let app = place.path().join("app");
    fs::create_dir(&app).expect("an app's folder");
    let file = app.join("models.py");
    fs::write(&file, &case.source).expect("a models file");
    let source = Source::Models { files: vec![file], database: None };
    let mut bench = match (Workbench::open_definitions(&source), &case.error) {
        (Ok(bench), None) => bench,
        (Ok(_), Some(error)) => return vec![format!("Django raises {error}")],
        (Err(error), Some(wanted)) if error.to_string().ends_with(wanted.as_str()) => return Vec::new(),
        (Err(error), wanted) => return vec![format!("raised {error}, wanted {wanted:?}")],
    };
    let mut found = Vec::new();
    match bench.issues() {
        Ok(issues) => {
            let mut texts: Vec<String> = issues.iter().map(|issue| issue.text.clone()).collect();
            texts.sort_unstable();
            let seen: Vec<String> = texts.iter().flat_map(|text| text.split('\n')).map(plain).collect();
            let wanted: Vec<String> = case.checks.iter().map(|line| plain(line)).collect();
            if seen != wanted {
                found.push(format!("checks: wanted {wanted:#?}, got {seen:#?}"));
            }
        }
        Err(error) => found.push(format!("the checks raised {error}")),
    }
    let ddl = match bench.definitions_ddl() {
        Ok(statements) => statements.iter().map(|statement| format!("{statement};")).collect(),
        Err(error) => vec![error.to_string()],
    };
    if ddl != case.ddl {
        found.push(format!("statements: wanted {:#?}, got {ddl:#?}", case.ddl));
    }
    found
}

/// The headings of a file's cases that pass; complains of those that neither pass nor are known to differ.
fn passing(file: &str) -> BTreeSet<String> {
    let known = known::read(&format!("models/{file}")).expect("SUPPORTED.md can be read");
    let mut passing = BTreeSet::new();
    let mut complaints = Vec::new();
    for case in cases(file) {
        let differences = with_big_stack(|| differences(&case));
        if differences.is_empty() {
            if known.contains(&case.heading) {
                complaints.push(format!("# {}: passes: strike it from SUPPORTED.md", case.heading));
            }
            passing.insert(case.heading);
        } else if !known.contains(&case.heading) {
            complaints.push(format!("# {}\n{}", case.heading, differences.join("\n")));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    passing
}

#[test]
fn definitions_are_checked_and_made_as_django_does() {
    assert!(passing("definitions.md").len() >= 80);
}

#[test]
fn every_model_of_the_inventory_has_a_passing_case() {
    let passing = passing("seeds.md");
    let ids = fs::read_to_string(folder().join("seeds.txt")).expect("the list of ids is there");
    let missing: Vec<&str> =
        ids.lines().filter(|id| !passing.iter().any(|heading| heading.split(' ').next() == Some(id))).collect();
    assert!(missing.is_empty(), "no passing case: {missing:?}");
}

#[test]
fn datasets_are_inspected_as_django_does_and_read_through_what_is_printed() {
    for dataset in dataset_names() {
        with_big_stack(|| {
            let source = Source::Dataset { name: dataset.to_owned(), scale: String::new() };
            let mut bench = Workbench::open(&source).expect("the dataset opens");
            let text = bench.inspect(&[]).expect("its tables can be inspected");
            let wanted = fs::read_to_string(folder().join(format!("inspectdb_{dataset}.txt"))).expect("Django's text");
            assert_eq!(text, wanted, "{dataset}");
            round_trip(&bench, &text, dataset);
        });
    }
}

/// Models that were printed read the database that they were printed of.
fn round_trip(bench: &Workbench, text: &str, dataset: &str) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let app = place.path().join("again");
    fs::create_dir(&app).expect("an app's folder");
    let (models, database) = (app.join("models.py"), place.path().join("rows.sqlite3"));
    fs::write(&models, text).expect("a models file");
    let image = bench.connection().image().expect("an image of the database");
    fs::write(&database, image.bytes()).expect("the database can be written");
    let source = Source::Models { files: vec![models], database: Some(database) };
    let mut again = Workbench::open(&source).expect("the printed models open");
    let program = "from django.apps import apps\n\
                   sum(len(model.objects.values_list('pk')) for model in apps.get_app_config('again').get_models())\n";
    let submission = Submission { source: program.to_owned(), language: Language::Python };
    let run = again.run(&submission, &Limits::default(), Showing::Whole);
    assert!(matches!(run.outcome, Outcome::Finished), "{dataset}: {:?}", run.outcome);
    assert_ne!(run.value.as_deref(), Some("0"), "{dataset}");
    assert_eq!(again.inspect(&[]).expect("inspected again"), *text, "{dataset}");
}
