//! `filter(P)` and `exclude(P)` part the rows of a model, whatever single-valued condition `P` is: none is lost, none is
//! in both. NULLs are what makes this easy to get wrong.

use ormdojo::runner::{Limits, Outcome, Showing, Source, Submission, Workbench, dataset_names};

/// Tries conditions on every column of every model, on columns one and two keys away, and on pairs of them.
const PROGRAM: &str = r#"
VALUES = {
    "text": ["'a'", "''", "'Hello'", "'%'"],
    "number": ["0", "1", "2", "10", "100"],
    "DecimalField": ["0", "Decimal('99.99')", "500"],
    "DateField": ["date(2026, 1, 1)", "date(2020, 5, 17)"],
    "DateTimeField": ["timezone.now()", "timezone.now() - timedelta(days=30)"],
    "BooleanField": ["True", "False"],
    "DurationField": ["timedelta(0)", "timedelta(hours=2)"],
    "UUIDField": ["uuid.UUID(int=5)"],
}
ORDERED = ["exact={}", "gt={}", "gte={}", "lt={}", "lte={}", "in=[{}]", "in=[]", "isnull=True", "isnull=False", "range=({}, {})"]
PATTERNS = ["iexact={}", "contains={}", "icontains={}", "startswith={}", "endswith={}", "istartswith={}", "regex='[aeiou]'"]
PARTS = ["year=2026", "year__lt=2026", "month=1", "day__gte=15", "week_day=2", "quarter=1"]

def kind_of(field):
    name = field.get_internal_type()
    if "Char" in name or "Text" in name or name in ("SlugField", "FileField"):
        return "text"
    if "Integer" in name or "Auto" in name or name == "FloatField":
        return "number"
    return name

def columns(model, depth):
    for field in model._meta.concrete_fields:
        if not field.is_relation:
            if kind_of(field) in VALUES:
                yield field.name, kind_of(field)
        else:
            yield field.name, "relation"
            if depth:
                for name, kind in columns(field.related_model, depth - 1):
                    yield f"{field.name}__{name}", kind

def conditions(model):
    for name, kind in columns(model, 2):
        if kind == "relation":
            for lookup in ("=1", "__isnull=True", "__in=[1, 2]", "__gt=2"):
                yield name + lookup
            continue
        lookups = ["exact={}", "isnull=True"] if kind == "BooleanField" else ORDERED + (PATTERNS if kind == "text" else [])
        for lookup in lookups:
            for value in VALUES[kind] if "{" in lookup else [""]:
                yield f"{name}__{lookup.format(value, value)}"
        if kind in ("DateField", "DateTimeField"):
            for part in PARTS:
                yield f"{name}__{part}"

count = 0
for model in apps.get_models():
    everything = sorted(model.objects.values_list("pk", flat=True))
    written = list(conditions(model))
    wholes = [f"Q({one})" for one in written]
    step = max(1, len(written) // 40)
    for left, right in zip(written[::step], written[step // 2 :: step]):
        wholes += [f"Q({left}) & Q({right})", f"Q({left}) | ~Q({right})", f"~(Q({left}) | Q({right}))", f"Q({left}) ^ Q({right})"]
    for whole in wholes:
        condition = eval(whole)
        inside = sorted(model.objects.filter(condition).values_list("pk", flat=True))
        outside = sorted(model.objects.exclude(condition).values_list("pk", flat=True))
        if sorted(inside + outside) != everything:
            raise AssertionError(f"{model.__name__}: {whole}: {inside} and {outside} of {everything}")
        count += 1
print(count)
"#;

#[test]
fn filter_and_exclude_part_the_rows() {
    let counts = ormdojo::python::vm::with_big_stack(|| {
        dataset_names()
            .map(|name| {
                let mut bench = Workbench::open(&Source::dataset(name)).expect("a built-in dataset opens");
                let limits =
                    Limits { steps: u64::MAX / 2, time: std::time::Duration::from_secs(600), ..Limits::default() };
                let program = format!("from django.apps import apps\n{PROGRAM}");
                let execution = bench.run(&Submission::python(program), &limits, Showing::Whole);
                assert!(matches!(execution.outcome, Outcome::Finished), "{name}: {:?}", execution.outcome);
                execution.stdout.trim().parse::<u32>().expect("the program prints a count")
            })
            .sum::<u32>()
    });
    assert!(counts > 2000, "only {counts} conditions were tried");
}
