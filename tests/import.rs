//! The importer as a whole: documents of many shapes with the lines of their questions, the folder of documents that the
//! bank grew from where it is at hand, and the commands on top.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ormdojo::bank::import::{Document, Engine, ImportError, LARGEST, import, load};
use ormdojo::bank::{Bank, Kind};
use ormdojo::python::vm::with_big_stack;

/// Stands at the beginning of each line of a test document that asks; twice where two questions share the line.
const MARK: &str = "<<Q>>";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// A test document's text without its marks, and the lines that ask.
fn marked(path: &Path) -> (String, Vec<u32>) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let count = line.matches(MARK).count();
        lines.extend(std::iter::repeat_n(u32::try_from(at + 1).unwrap(), count));
    }
    (text.replace(MARK, ""), lines)
}

fn imported(name: &str, text: &str) -> Document {
    with_big_stack(|| import(&mut Engine::default(), name, text.as_bytes(), &|_| false)).unwrap()
}

fn lines_of(document: &Document) -> Vec<u32> {
    document.questions.iter().map(|question| question.line).collect()
}

fn shape(name: &str) -> Document {
    let (text, wanted) = marked(&folder().join(name));
    let document = imported(name, &text);
    let asked: Vec<&str> = document.questions.iter().map(|question| question.asked.as_str()).collect();
    assert_eq!(lines_of(&document), wanted, "{name}: {asked:#?}\n{:#?}", document.skipped);
    document
}

#[test]
fn every_shape_gives_its_questions() {
    for name in [
        "bare.txt",
        "bold.md",
        "cards.tsv",
        "chat.txt",
        "contents.txt",
        "details.md",
        "exported.md",
        "flattened.txt",
        "headings.md",
        "list.md",
        "notes.org",
        "notes.rst",
        "page.html",
        "script.md",
        "table.md",
    ] {
        shape(name);
    }
}

#[test]
fn code_that_runs_becomes_the_reference() {
    let document = shape("headings.md");
    let kinds: Vec<Kind> = document.questions.iter().map(|question| question.question.kind).collect();
    assert_eq!(kinds, [Kind::Queryset, Kind::Queryset, Kind::Concept]);
    let second = &document.questions[1];
    assert_eq!(second.code[0].runs, Some(true));
    assert_eq!(second.code[0].line, 26);
    assert!(second.question.explanation.contains("ORDER BY"), "{}", second.question.explanation);
    assert!(second.question.prompt.contains("At most 1 query"), "{}", second.question.prompt);

    let document = shape("page.html");
    assert_eq!(document.questions[0].question.kind, Kind::Sql);
    let document = shape("contents.txt");
    assert_eq!(document.questions[1].question.kind, Kind::Program);
    let document = shape("exported.md");
    assert!(document.questions.iter().all(|question| question.question.kind == Kind::Queryset));
}

#[test]
fn code_that_does_not_run_says_why() {
    let text = "## What is it?\n\n```python\nNothing.objects.all()\n```\n\n## How is it?\n\n```bash\nls -l\n```\n\n## Why is it?\n\nSo.\n";
    let document = imported("x.md", text);
    let block = &document.questions[0].code[0];
    assert_eq!((block.runs, block.reason.as_str()), (Some(false), "NameError: name 'Nothing' is not defined (line 1)"));
    assert_eq!(document.questions[1].code[0].runs, None);
    assert!(document.questions.iter().all(|question| question.question.kind == Kind::Concept));
}

#[test]
fn models_of_the_document_get_tables_and_rows() {
    let text = "## How do you define a ship?\n\n```python\nclass Ship(models.Model):\n    name = models.CharField(max_length=40)\n    crew = models.IntegerField(default=0)\n```\n\n## Which ships have a crew above ten?\n\n```python\nShip.objects.filter(crew__gt=10)\n```\n\n## Why?\n\nBecause.\n";
    let document = imported("ships.md", text);
    let kinds: Vec<Kind> = document.questions.iter().take(2).map(|question| question.question.kind).collect();
    assert_eq!(kinds, [Kind::Model, Kind::Queryset], "{:?}", document.questions[1].code);
    assert!(document.questions[1].question.prompt.contains("3 rows"), "{}", document.questions[1].question.prompt);
}

#[test]
fn lost_line_ends_are_put_back() {
    let text = "## What does it do?\n\n```\nfrom django.db.models import Count authors = User.objects.annotate(n=Count('posts')) for author in authors: print(author.username)\n```\n\n## Why does it?\n\nSo.\n\n## How?\n\nSo.\n";
    let document = imported("flat.md", text);
    let block = &document.questions[0].code[0];
    assert_eq!(block.source.lines().count(), 4, "{}", block.source);
    assert_eq!(block.runs, Some(true), "{}", block.reason);
}

#[test]
fn a_fence_that_a_page_break_split_is_one() {
    let text = "## Which posts?\n\n```\nPost.objects.filter(\n    is_active=True,\n```\n\n```\n    is_featured=True,\n)\n```\n\n## Why?\n\nSo.\n";
    let document = imported("split.md", text);
    assert_eq!(document.questions[0].code.len(), 1);
    assert_eq!(document.questions[0].code[0].runs, Some(true));
}

#[test]
fn what_cannot_be_read_is_told() {
    let bytes = |bytes: &[u8]| {
        with_big_stack(|| import(&mut Engine::default(), "x.md", bytes, &|_| false)).map(|_| ()).unwrap_err()
    };
    assert_eq!(bytes(b""), ImportError::Empty);
    assert_eq!(bytes(b" \n\t\n"), ImportError::Empty);
    assert!(bytes(b"%PDF-1.7 \x00\x01").to_string().contains("a PDF"));
    assert!(matches!(bytes(&[0, 1, 2, 0, 3, 0, 0, 9]), ImportError::Binary { .. }));
    assert!(matches!(bytes(&vec![b'x'; usize::try_from(LARGEST).unwrap() + 1]), ImportError::TooLarge { .. }));
    assert!(matches!(bytes(format!("{} x", "> ".repeat(5000)).as_bytes()), ImportError::TooDeep { line: 1 }));
    assert!(matches!(bytes(format!("<html><body>{}", "<div>".repeat(5000)).as_bytes()), ImportError::TooDeep { .. }));
    let mixed: Vec<u8> =
        (0..4000u32).flat_map(|at| if at % 2 == 0 { vec![0xe9, b'a'] } else { "é".as_bytes().to_vec() }).collect();
    assert!(matches!(bytes(&mixed), ImportError::Broken { line: 1, .. }));
    assert_eq!(load(Path::new("/nonexistent/x")).unwrap_err(), ImportError::Missing);
    assert_eq!(load(&folder()).unwrap_err(), ImportError::Folder);
}

#[test]
fn other_encodings_are_read() {
    let question = "## What is caf\u{e9}?\n\nSo.\n\n## Why?\n\nSo.\n";
    let latin: Vec<u8> = question.chars().map(|symbol| u8::try_from(u32::from(symbol)).unwrap()).collect();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(question.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [latin, wide, question.replace("\u{e9}", "\u{c3}\u{a9}").into_bytes()] {
        let document = with_big_stack(|| import(&mut Engine::default(), "x.md", &bytes, &|_| false)).unwrap();
        assert_eq!(document.questions[0].asked, "What is caf\u{e9}?");
    }
}

/// The five documents that the bank grew from, where the folder is at hand: nearly all that they ask is taken, and
/// nearly nothing else.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are what this test is run for")]
fn the_documents_of_the_bank_are_taken() {
    let Some(documents) = std::env::var_os("ORMDOJO_DOCUMENTS").map(PathBuf::from).filter(|path| path.is_dir()) else {
        return;
    };
    let list = fs::read_to_string(folder().join("documents.tsv")).unwrap();
    let mut wanted: BTreeMap<&str, Vec<(&str, u32, u32)>> = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, item, first, last] = fields.as_slice() else { panic!("{line}") };
        wanted.entry(file).or_default().push((item, first.parse().unwrap(), last.parse().unwrap()));
    }
    let (mut found, mut asked, mut wrong) = (0, 0, 0);
    for (file, mut items) in wanted {
        let bytes = fs::read(documents.join(file)).unwrap();
        let document = with_big_stack(|| import(&mut Engine::default(), file, &bytes, &|_| false)).unwrap();
        asked += items.len();
        let all = items.len();
        let mut strays = Vec::new();
        for question in &document.questions {
            match items.iter().position(|(_, first, last)| (*first..=*last).contains(&question.line)) {
                Some(at) => {
                    items.remove(at);
                }
                None => strays.push((question.line, question.asked.as_str())),
            }
        }
        found += all - items.len();
        wrong += strays.len();
        eprintln!("{file}: {} of {all} taken; missed {items:?}; taken wrongly {strays:?}", all - items.len());
    }
    eprintln!("recall {found}/{asked}, {wrong} taken wrongly");
    assert!(found * 100 >= asked * 95, "{found} of {asked}");
    assert!(wrong * 20 <= found, "{wrong}");
}

fn ormdojo(home: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_ormdojo"))
        .args(arguments)
        .env("ORMDOJO_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn files_are_written_once_and_hands_keep_off_edited_ones() {
    let home = tempfile::tempdir().unwrap();
    let (source, _) = marked(&folder().join("headings.md"));
    let document = home.path().join("notes.md");
    let out = home.path().join("bank");
    fs::write(&document, &source).unwrap();
    let (document_name, out_name) = (document.display().to_string(), out.display().to_string());
    let import = || ormdojo(home.path(), &["import", &document_name, "-o", &out_name, "--json"], "");

    let first = import();
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let report: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(report["format"], 1);
    let questions = report["documents"][0]["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 3);
    let ids: Vec<&str> = questions.iter().map(|question| question["id"].as_str().unwrap()).collect();
    for key in ["id", "line", "topic", "kind", "prompt", "answer", "code", "confidence"] {
        assert!(questions[0].get(key).is_some(), "{key}");
    }
    assert!(report["documents"][0]["skipped"].as_array().unwrap().iter().any(|line| line["reason"] == "sign-off"));

    let check = ormdojo(home.path(), &["bank", "check", &out_name], "");
    assert_eq!(check.status.code(), Some(0), "{}{}", text(&check.stdout), text(&check.stderr));

    let files = |folder: &Path| {
        let mut bank = Bank::default();
        bank.overlay(folder).unwrap();
        bank.entries()
            .iter()
            .map(|entry| (entry.id.clone(), fs::read_to_string(folder.join(format!("{}.toml", entry.id))).unwrap()))
            .collect::<Vec<_>>()
    };
    let before = files(&out);
    let again = import();
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(files(&out), before);

    // An edited question keeps its id; a file that was edited by hand stays.
    fs::write(&document, source.replace("Why is a queryset called lazy?", "Why is a Django queryset called lazy?"))
        .unwrap();
    let hand = out.join(format!("{}.toml", ids[1]));
    let mine = fs::read_to_string(&hand).unwrap().replacen("title = ", "# mine\ntitle = ", 1);
    fs::write(&hand, &mine).unwrap();
    let third = import();
    let report: serde_json::Value = serde_json::from_slice(&third.stdout).unwrap();
    let renamed: Vec<&str> = report["documents"][0]["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|question| question["id"].as_str().unwrap())
        .collect();
    assert_eq!(renamed, ids);
    assert_eq!(fs::read_to_string(&hand).unwrap(), mine);
    assert!(text(&third.stderr).contains("edited"), "{}", text(&third.stderr));
    let file = fs::read_to_string(out.join(format!("{}.toml", ids[2]))).unwrap();
    assert!(file.contains("Django queryset"), "{file}");
}

#[test]
fn bad_input_is_told_and_the_exit_code_says_invalid() {
    let home = tempfile::tempdir().unwrap();
    let document = home.path().join("empty.md");
    fs::write(&document, "").unwrap();
    let name = document.display().to_string();
    let ran = ormdojo(home.path(), &["import", &name, "/nonexistent/notes.md"], "");
    assert_eq!(ran.status.code(), Some(3));
    let told = text(&ran.stderr);
    assert!(told.contains("is empty") && told.contains("does not exist"), "{told}");
}

#[test]
fn sessions_take_documents() {
    let home = tempfile::tempdir().unwrap();
    let (source, _) = marked(&folder().join("headings.md"));
    let document = home.path().join("notes.md");
    fs::write(&document, &source).unwrap();
    let name = document.display().to_string();
    for arguments in [
        &["quiz", "--from", &name, "--count", "3", "--seed", "1"][..],
        &["mock", "--from", &name, "--minutes", "5", "--seed", "1"],
    ] {
        let ran = ormdojo(home.path(), arguments, "\\quit\n");
        let told = text(&ran.stdout);
        assert!(
            told.contains("queryset") || told.contains("count") || told.contains("featured"),
            "{told}{}",
            text(&ran.stderr)
        );
    }
}
