//! Answers judged by the engine itself: the words of verdicts, the same verdict every time, and the whole bank's own proof.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ormdojo::bank::Bank;
use ormdojo::grading::{Compare, Expectation, Grader, KnownWrong, Order, Shape, Verdict, VerdictKind};
use ormdojo::python::vm::with_big_stack;
use ormdojo::runner::{Language, Limits};

fn expectation(code: &str, language: Language) -> Expectation {
    Expectation {
        dataset: "blog".to_owned(),
        prompt: String::new(),
        code: code.to_owned(),
        language,
        compare: Compare::Value,
        order: Order::None,
        max_queries: Some(1),
        exact_columns: false,
        shape: Shape::default(),
        setup: String::new(),
        tests: None,
        known_wrong: Vec::new(),
        seeds: Vec::new(),
    }
}

fn grade(expectation: &Expectation, answer: &str) -> Verdict {
    with_big_stack(|| {
        let grader = Grader::new(Arc::new(AtomicBool::new(false)));
        let mut verdict = grader.grade(expectation, answer, &Limits::default(), 0);
        // Judging again, with everything kept from the first time, must come to the same.
        let mut again = grader.grade(expectation, answer, &Limits::default(), 0);
        verdict.elapsed_ms = 0.0;
        again.elapsed_ms = 0.0;
        assert_eq!(verdict, again);
        verdict
    })
}

#[test]
fn querysets_are_judged() {
    let mut asked = expectation("Post.objects.filter(view_count__gte=100, is_active=True)", Language::Python);
    asked.known_wrong.push(KnownWrong {
        code: "Post.objects.filter(view_count__gte=100)".to_owned(),
        finding: "missing-condition".to_owned(),
        says: "Inactive ones are in it.".to_owned(),
    });
    for right in [
        "Post.objects.filter(is_active=True).exclude(view_count__lt=100)",
        "Post.objects.filter(is_active=True, view_count__gt=99).order_by('title')",
        "Post.objects.values('id', 'title').filter(view_count__gte=100, is_active=True)",
    ] {
        assert_eq!(grade(&asked, right).kind, VerdictKind::Correct, "{right}");
    }
    let boundary = grade(&asked, "Post.objects.filter(view_count__gt=100, is_active=True)");
    assert_eq!(boundary.kind, VerdictKind::Incorrect);
    assert_eq!(boundary.findings[0].id, "wrong-boundary");
    let example = boundary.counterexample.expect("a database that shows it");
    let posts = example.tables.iter().find(|table| table.name == "blog_post").expect("its table");
    assert_eq!((posts.rows.len(), example.expected.len(), example.got.len()), (1, 1, 0));
    let known = grade(&asked, "Post.objects.filter(Q(view_count__gte=100))");
    assert_eq!(known.findings[0].message, "Inactive ones are in it.");
    let loops =
        grade(&asked, "[Post.objects.get(pk=p.pk) for p in Post.objects.filter(view_count__gte=100, is_active=True)]");
    assert_eq!(loops.kind, VerdictKind::OverBudget);
    assert!(loops.findings.iter().any(|finding| finding.id == "query-in-loop"), "{:?}", loops.findings);
    assert_eq!(grade(&asked, "Post.objects.filter(views=1)").kind, VerdictKind::Error);
}

#[test]
fn order_and_sql_are_judged() {
    let mut asked = expectation("SELECT title FROM blog_post ORDER BY view_count DESC, id", Language::Sql);
    asked.order = Order::Total;
    asked.seeds = (0..16).collect();
    let right = "SELECT p.title AS name FROM blog_post p WHERE 1 = 1 ORDER BY p.view_count DESC, p.id ASC";
    let verdict = grade(&asked, right);
    assert_eq!(verdict.kind, VerdictKind::Correct);
    assert_eq!(verdict.remarks, ["the column is called name, the question asked for title"]);
    for wrong in [
        "SELECT title FROM blog_post ORDER BY view_count DESC",
        "SELECT title FROM blog_post",
        "SELECT title FROM blog_post ORDER BY view_count DESC, id DESC",
        "SELECT DISTINCT title FROM blog_post ORDER BY view_count DESC, id",
        "SELECT slug FROM blog_post ORDER BY view_count DESC, id",
    ] {
        assert_eq!(grade(&asked, wrong).kind, VerdictKind::Incorrect, "{wrong}");
    }
}

#[test]
fn final_states_and_output_are_judged() {
    let mut asked = expectation("Tag.objects.create(name='new', slug='new')", Language::Python);
    asked.compare = Compare::Database;
    asked.max_queries = None;
    assert_eq!(grade(&asked, "Tag(slug='new', name='new').save()").kind, VerdictKind::Correct);
    assert_eq!(grade(&asked, "Tag.objects.create(name='New', slug='new')").kind, VerdictKind::Incorrect);
    let mut asked = expectation("for tag in Tag.objects.order_by('name'):\n    print(tag.name)", Language::Python);
    asked.compare = Compare::Stdout;
    assert_eq!(
        grade(&asked, "print(*[t.name for t in Tag.objects.order_by('name')], sep='\\n')").kind,
        VerdictKind::Correct
    );
    assert_eq!(grade(&asked, "for tag in Tag.objects.all():\n    print(tag.slug)").kind, VerdictKind::Incorrect);
}

/// As `bank check` does: some two thousand answers, on all processors.
#[test]
fn what_comes_right_by_luck_is_not_right() {
    let kinds = |asked: &Expectation, answers: &[&str]| -> Vec<VerdictKind> {
        answers.iter().map(|answer| grade(asked, answer).kind).collect()
    };
    use VerdictKind::{Correct, Incorrect};
    // GROUP BY happens to sort.
    let mut grouped = expectation(
        "Post.objects.order_by().values('author').annotate(n=Count('id')).order_by('author')",
        Language::Python,
    );
    grouped.order = Order::Total;
    let answers = [
        "Post.objects.order_by().values('author').annotate(n=Count('id'))",
        "[row for row in Post.objects.order_by().values('author').annotate(n=Count('id'))]",
        "sorted(Post.objects.order_by().values('author').annotate(n=Count('id')), key=lambda row: row['author'])",
    ];
    assert_eq!(kinds(&grouped, &answers), [Incorrect, Incorrect, Correct]);
    // A cut that nobody asked for, a boundary beside the one asked for.
    let plain = expectation("Post.objects.filter(view_count__gte=100)", Language::Python);
    let answers = [
        "Post.objects.filter(view_count__gte=100)[:100]",
        "Post.objects.filter(view_count__gte=100, view_count__lte=5000)",
        "Post.objects.filter(view_count__gte=100).exclude(view_count=4711)",
        "Post.objects.filter(view_count__gt=99)",
    ];
    assert_eq!(kinds(&plain, &answers), [Incorrect, Incorrect, Incorrect, Correct]);
    // The moment itself in place of the clock.
    let clock =
        expectation("Post.objects.filter(created_at__gte=timezone.now() - timedelta(days=30))", Language::Python);
    let answers = [
        "Post.objects.filter(created_at__gte='2026-05-16 12:00:00Z')",
        "Post.objects.filter(created_at__gt=Now() - timedelta(days=30, microseconds=1))",
    ];
    assert_eq!(kinds(&clock, &answers), [Incorrect, Correct]);
    // The names of a dict have no order, those of columns do.
    let mut named = expectation("Post.objects.values('id', 'title')", Language::Python);
    named.exact_columns = true;
    let answers = [
        "[{'title': post.title, 'id': post.id} for post in Post.objects.all()]",
        "Post.objects.values_list('title', 'id')",
        "Post.objects.values('id', name=F('title'))",
    ];
    assert_eq!(kinds(&named, &answers), [Correct, Incorrect, Incorrect]);
}

#[test]
fn changes_that_belong_together_stay_together() {
    let code = "BEGIN; UPDATE blog_post SET is_active = 0 WHERE id = 1; UPDATE blog_post SET view_count = 0 WHERE id = 1; COMMIT";
    let mut asked = expectation(code, Language::Sql);
    (asked.compare, asked.max_queries) = (Compare::Database, None);
    for (answer, kind) in [
        ("UPDATE blog_post SET is_active = 0, view_count = 0 WHERE id = 1", VerdictKind::Correct),
        (
            &code
                .replace("BEGIN;", "-- all or nothing\nBEGIN IMMEDIATE; SAVEPOINT \"one\";")
                .replace("COMMIT", "RELEASE \"one\"; END"),
            VerdictKind::Correct,
        ),
        (&code.replace("BEGIN; ", "").replace("; COMMIT", ""), VerdictKind::Incorrect),
        (&code.replace("1; UPDATE", "1; COMMIT; BEGIN; UPDATE"), VerdictKind::Incorrect),
    ] {
        assert_eq!(grade(&asked, answer).kind, kind, "{answer}");
    }
}

#[test]
fn the_bank_proves_itself() {
    let problems = with_big_stack(|| {
        let bank = Bank::built_in();
        let engine = ormdojo::cli::engine(Arc::new(AtomicBool::new(false)));
        let questions: Vec<_> = bank
            .entries()
            .iter()
            .map(|entry| bank.question(&entry.id).expect("a readable question").into_owned())
            .collect();
        let mut problems = Vec::new();
        let limits = Limits { time: std::time::Duration::from_secs(60), ..Limits::default() };
        ormdojo::session::prove_all(engine.as_ref(), &bank, &questions, &limits, &mut |question, found| {
            problems.extend(found.into_iter().map(|problem| format!("{}: {}", question.id, problem.message)));
        });
        problems
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The answers in `tests/answers`: each proved right or wrong in Django itself, written by reading the questions.
#[test]
fn answers_of_people_are_judged_right() {
    let mut answers = Vec::new();
    for file in ["querysets", "sql", "programs", "models"] {
        let path = format!("{}/tests/answers/{file}.md", env!("CARGO_MANIFEST_DIR"));
        answers.extend(written(&std::fs::read_to_string(path).expect("a readable file")));
    }
    let bank = Bank::built_in();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let complaints = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                with_big_stack(|| {
                    let engine = ormdojo::cli::engine(Arc::new(AtomicBool::new(false)));
                    let limits = Limits { time: std::time::Duration::from_secs(60), ..Limits::default() };
                    while let Some((id, word, code)) = answers.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let question = bank.question(id).expect("a question");
                        let verdict = ormdojo::session::judge(engine.as_ref(), &question, code, &limits, 0);
                        if (verdict.kind == VerdictKind::Correct) != (word == "right") {
                            let told = format!("{id}: {:?} {:?}\n{code}", verdict.kind, verdict.checks);
                            complaints.lock().expect("no panic").push(told);
                        }
                    }
                });
            });
        }
    });
    let complaints = complaints.into_inner().expect("no panic");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The answers of a file: heading, the word that marks them, text.
fn written(text: &str) -> Vec<(String, String, String)> {
    let mut answers = Vec::new();
    let mut question = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(id) = line.strip_prefix("# ") {
            question = id.trim().to_owned();
        } else if let Some(word) = line.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            answers.push((question.clone(), word.trim().to_owned(), code.join("\n")));
        }
    }
    answers
}

/// The programs in `tests/answers/habits.md`: each costly habit is noticed where it is, and nowhere else.
#[test]
fn costly_habits_are_noticed_without_false_alarms() {
    let path = format!("{}/tests/answers/habits.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a readable file");
    let complaints = with_big_stack(|| {
        let grader = Grader::new(Arc::new(AtomicBool::new(false)));
        let mut complaints = Vec::new();
        for (finding, word, code) in written(&text) {
            let has = word == "with";
            let mut asked = expectation(&code, Language::Python);
            asked.compare = if code.contains("print(") { Compare::Stdout } else { Compare::Value };
            // Nothing is allowed, so everything is told.
            asked.max_queries = Some(0);
            let verdict = grader.grade(&asked, &code, &Limits::default(), 0);
            if verdict.findings.iter().any(|found| found.id == finding) != has {
                complaints.push(format!("{finding} {has}: {:?} {:?}\n{code}", verdict.kind, verdict.findings));
            }
        }
        complaints
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A model with one of everything that its table doesn't show.
const LOAN: &str = r#"
def archive():
    return User.objects.get_or_create(username="archive")[0]


class Dated(models.Model):
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Loan(Dated):
    book = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="loans")
    reader = models.ForeignKey(User, on_delete=models.SET(archive), related_name="loans")
    desk = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, blank=True)
    state = models.CharField(max_length=4, choices=[("out", "Out"), ("back", "Back")], default="out")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    extras = models.JSONField(default=dict)
    fee = models.DecimalField(max_digits=6, decimal_places=2, validators=[MinValueValidator(0)])
    note = models.CharField(max_length=80, blank=True)
    seen_by = models.ManyToManyField(User, related_name="seen_loans")

    class Meta:
        ordering = ["-made"]
        unique_together = [("book", "reader")]
"#;

fn loan(edits: &[(&str, &str)]) -> String {
    let mut code = format!("from django.core.validators import MinValueValidator\n{LOAN}");
    for (old, new) in edits {
        assert!(code.contains(old), "{old}");
        code = code.replace(old, new);
    }
    code
}

#[test]
fn models_are_judged_by_what_they_state() {
    let mut asked = expectation(&loan(&[]), Language::Python);
    asked.compare = Compare::Schema;
    asked.max_queries = None;
    let right: &[&[(&str, &str)]] = &[
        &[("models.PROTECT", "models.RESTRICT")],
        &[("models.SET(archive)", "models.SET(lambda: User.objects.get_or_create(username='archive')[0])")],
        &[("models.SET(archive)", "models.SET(lambda: User.objects.get_or_create(username='archive')[0].pk)")],
        &[("models.SET_NULL", "models.SET(None)"), (", blank=True)\n    state", ")\n    state")],
        &[("[(\"out\", \"Out\"), (\"back\", \"Back\")]", "{'back': 'Returned', 'out': 'Lent'}")],
        &[("uuid.uuid4", "lambda: uuid.uuid4()"), ("default=dict", "default=lambda: {}")],
        &[("MinValueValidator(0)", "MinValueValidator(limit_value=0), lambda value: None")],
        &[("ordering = [\"-made\"]", "ordering = [models.F('made').desc(), 'pk']")],
        &[(
            "unique_together = [(\"book\", \"reader\")]",
            "constraints = [models.UniqueConstraint('reader', 'book', name='one')]",
        )],
        &[("models.DateTimeField(auto_now_add=True)", "models.DateTimeField(default=timezone.now, editable=False)")],
        &[("default=\"out\"", "default='out', verbose_name='condition', help_text='where it is'")],
        &[("User, related_name=\"seen_loans\"", "'User', related_name='seen_loans', related_query_name='seen_loan'")],
    ];
    for edits in right {
        let verdict = grade(&asked, &loan(edits));
        assert_eq!(verdict.kind, VerdictKind::Correct, "{edits:?}: {:?}", verdict.checks);
    }
    let wrong: &[(&str, &str, &str)] = &[
        ("models.PROTECT", "models.CASCADE", "wrong-on-delete"),
        ("models.SET(archive)", "models.PROTECT", "wrong-on-delete"),
        ("username=\"archive\"", "username=\"nobody\"", "wrong-on-delete"),
        ("models.SET(archive)", "models.SET(archive())", "shared-default"),
        ("models.SET_NULL", "models.SET_DEFAULT", "invalid-model"),
        ("related_name=\"seen_loans\"", "related_name=\"loans\"", "invalid-model"),
        ("related_name=\"seen_loans\"", "related_name=\"seen\"", "wrong-relation"),
        (", related_name=\"seen_loans\"", "", "wrong-relation"),
        ("ManyToManyField(User", "ManyToManyField(Category", "wrong-relation"),
        ("default=\"out\"", "default=\"back\"", "wrong-value"),
        (", default=\"out\"", "", "missing-option"),
        (", (\"back\", \"Back\")", "", "wrong-value"),
        ("uuid.uuid4", "uuid.uuid4()", "shared-default"),
        ("uuid.uuid4", "uuid.uuid1", "wrong-value"),
        (", editable=False", "", "missing-option"),
        ("default=dict", "default={}", "shared-default"),
        ("default=dict", "default=list", "wrong-value"),
        ("max_digits=6", "max_digits=8", "wrong-value"),
        ("MinValueValidator(0)", "MinValueValidator(1)", "wrong-value"),
        ("80, blank=True", "80", "missing-option"),
        ("ordering = [\"-made\"]", "ordering = [\"made\"]", "wrong-direction"),
        ("        ordering = [\"-made\"]\n", "", "missing-order"),
        ("auto_now_add=True", "auto_now=True", "wrong-value"),
        ("auto_now_add=True", "default=timezone.now()", "shared-default"),
        (
            "class Dated",
            "class Stamped(models.Model):\n    pass\n\n    class Meta:\n        abstract = True\n\n\nclass Dated",
            "",
        ),
        ("(\"book\", \"reader\")", "(\"book\", \"desk\")", "wrong-value"),
    ];
    for (old, new, finding) in wrong {
        let verdict = grade(&asked, &loan(&[(old, new)]));
        if finding.is_empty() {
            assert_eq!(verdict.kind, VerdictKind::Correct, "{new}: {:?}", verdict.checks);
            continue;
        }
        assert_eq!(verdict.kind, VerdictKind::Incorrect, "{old} -> {new}");
        let findings: Vec<&str> = verdict.findings.iter().map(|found| found.id.as_str()).collect();
        assert!(findings.contains(finding), "{old} -> {new}: {:?}", verdict.findings);
        assert!(verdict.findings.iter().all(|found| !found.message.contains("rows have")), "{:?}", verdict.findings);
    }
    let verdict = grade(&asked, &loan(&[("models.PROTECT", "models.CASCADE")]));
    assert_eq!(verdict.findings[0].line, Some(15), "{:?}", verdict.findings);
}
