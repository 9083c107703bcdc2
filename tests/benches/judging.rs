//! How far the judge can be trusted, and how fast it is: every answer in the bank and thousands of further wrong ones, made
//! in ways that the choice of the databases knows nothing of, are judged. What is judged correct is then looked at on very
//! many large databases that judging never uses; what one of them tells from the reference was accepted falsely.
//!
//! `cargo bench --bench judging -- [MUTANTS] [DATABASES] [SEED]`; 3,000, 2,000 and 1 by default.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ormdojo::bank::Bank;
use ormdojo::grading::{Dice, Expectation, Grader, Verdict, VerdictKind, mutants};
use ormdojo::python::vm::with_big_stack;
use ormdojo::runner::{Language, Limits};

/// The milliseconds that this thread has been running, where the system tells: a busy machine must not count.
fn busy() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e6)
}

/// A verdict with the time that it took.
fn timed(grade: impl FnOnce() -> Verdict) -> Verdict {
    let before = busy();
    let mut verdict = grade();
    if let (Some(before), Some(after)) = (before, busy()) {
        verdict.elapsed_ms = after - before;
    }
    verdict
}

/// A question with what is judged of it.
struct Asked {
    id: String,
    expectation: Expectation,
    right: Vec<String>,
    wrong: Vec<String>,
}

/// Fields that are taken for one another.
const SIBLINGS: &[&[&str]] = &[
    &["title", "slug", "body", "name", "username", "text", "email"],
    &["created_at", "updated_at", "date_joined", "deleted_at"],
    &["is_active", "is_featured", "is_staff", "is_approved", "is_deleted"],
    &[
        "view_count",
        "like_count",
        "word_count",
        "stock",
        "reorder_level",
        "quantity",
        "rating",
        "score",
        "pages",
        "age",
    ],
    &["price", "cost", "discount", "total_amount", "credit_limit", "salary", "balance", "amount"],
    &["author", "category", "post", "user", "customer", "product", "store", "publisher", "department", "manager"],
    &[
        "posts",
        "comments",
        "tags",
        "memories",
        "orders",
        "items",
        "reviews",
        "products",
        "books",
        "authors",
        "employees",
    ],
    &["status", "city", "media_type", "analysis_status", "location"],
    &["pk", "id"],
];

fn words(text: &str) -> Vec<(usize, usize)> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if is_word(bytes[at]) {
            let start = at;
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
            found.push((start, at));
        } else {
            at += 1;
        }
    }
    found
}

/// The text with a name, or a part of a path of names, in place of one of its siblings.
fn sibling(text: &str, dice: &mut Dice) -> Option<String> {
    let mut places: Vec<(usize, usize, &[&str])> = Vec::new();
    for (start, end) in words(text) {
        let mut from = start;
        for part in text[start..end].split("__") {
            let to = from + part.len();
            if let Some(group) = SIBLINGS.iter().find(|group| group.contains(&part)) {
                places.push((from, to, group));
            }
            from = to + 2;
        }
    }
    let (from, to, group) = *places.get(dice.below(places.len()))?;
    let other = group[dice.below(group.len())];
    (other != &text[from..to]).then(|| format!("{}{other}{}", &text[..from], &text[to..]))
}

/// The end of the bracket that opens at `open`.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The calls of a chain, `.name(…)`, as ranges.
fn calls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, end) in words(text) {
        let called = start > 0 && text.as_bytes()[start - 1] == b'.' && text.as_bytes().get(end) == Some(&b'(');
        if called && let Some(close) = closing(text, end) {
            found.push((start - 1, close + 1));
        }
    }
    found
}

/// Two calls of a chain that follow each other change places.
fn swapped_calls(text: &str, dice: &mut Dice) -> Option<String> {
    let all = calls(text);
    let pairs: Vec<((usize, usize), (usize, usize))> = all
        .iter()
        .flat_map(|one| all.iter().filter(move |other| other.0 == one.1).map(move |other| (*one, *other)))
        .filter(|(one, _)| !text[one.0..one.1].starts_with(".objects"))
        .collect();
    let (one, other) = *pairs.get(dice.below(pairs.len()))?;
    Some(format!("{}{}{}{}", &text[..one.0], &text[other.0..other.1], &text[one.0..one.1], &text[other.1..]))
}

/// A call or a condition of another answer in place of one of this one's.
fn borrowed(text: &str, other: &str, language: Language, dice: &mut Dice) -> Option<String> {
    if language == Language::Sql {
        let clause = |text: &str, word: &str| {
            let at = text.find(word)?;
            let rest = &text[at + word.len()..];
            let ends = [" GROUP ", " ORDER ", " LIMIT ", " HAVING ", "\n", ")"];
            let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            Some((at + word.len(), at + word.len() + end))
        };
        let word = ["WHERE ", "ORDER BY ", "GROUP BY ", "HAVING "][dice.below(4)];
        let (from, to) = clause(text, word)?;
        let (start, end) = clause(other, word)?;
        return Some(format!("{}{}{}", &text[..from], &other[start..end], &text[to..]));
    }
    let (mine, theirs) = (calls(text), calls(other));
    let (from, to) = *mine.get(dice.below(mine.len()))?;
    let (start, end) = *theirs.get(dice.below(theirs.len()))?;
    let name = |text: &str| text[1..].split('(').next().unwrap_or_default().to_owned();
    let (one, another) = (name(&text[from..to]), name(&other[start..end]));
    let same_sort = one == another
        || (["filter", "exclude"].contains(&one.as_str()) && ["filter", "exclude"].contains(&another.as_str()));
    same_sort.then(|| format!("{}{}{}", &text[..from], &other[start..end], &text[to..]))
}

/// A link more in a chain of calls.
fn longer(text: &str, dice: &mut Dice) -> Option<String> {
    const LINKS: [&str; 8] = [
        ".filter(is_active=True)",
        ".distinct()",
        ".reverse()",
        ".order_by(\"-id\")",
        ".order_by(\"id\")[:3]",
        ".exclude(id=1)",
        ".filter(id__gt=1)",
        ".filter(id__in=[1, 2, 3])",
    ];
    let all = calls(text);
    let (_, end) = *all.get(dice.below(all.len()))?;
    Some(format!("{}{}{}", &text[..end], LINKS[dice.below(LINKS.len())], &text[end..]))
}

/// Another number, far from the one that stood there or next but one.
fn other_number(text: &str, dice: &mut Dice) -> Option<String> {
    let numbers: Vec<(usize, usize)> = words(text)
        .into_iter()
        .filter(|(start, end)| text[*start..*end].bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let (start, end) = *numbers.get(dice.below(numbers.len()))?;
    let number: i64 = text[start..end].parse().ok()?;
    let other = [number + 2, number * 2, number / 2, number * 10, number.saturating_sub(2).max(0)][dice.below(5)];
    (other != number).then(|| format!("{}{other}{}", &text[..start], &text[end..]))
}

/// A part of a condition is lost or joined in another way than a single edit does it.
fn first_order(text: &str, language: Language, dice: &mut Dice) -> Option<String> {
    let all = mutants(text, language);
    all.get(dice.below(all.len())).map(|mutant| mutant.code.clone())
}

fn variant(asked: &Asked, others: &[&Asked], dice: &mut Dice) -> Option<(&'static str, String)> {
    let language = asked.expectation.language;
    // Right answers of every kind are what wrong ones begin from.
    let start = match dice.below(asked.right.len() + 2) {
        at if at < asked.right.len() => asked.right[at].as_str(),
        _ => asked.expectation.code.as_str(),
    };
    let other = others.get(dice.below(others.len())).map_or("", |other| other.expectation.code.as_str());
    let one = |kind: usize, text: &str, dice: &mut Dice| -> Option<(&'static str, String)> {
        Some(match kind {
            0 => ("sibling name", sibling(text, dice)?),
            1 => ("swapped calls", swapped_calls(text, dice)?),
            2 => ("borrowed part", borrowed(text, other, language, dice)?),
            3 => ("another link", longer(text, dice)?),
            4 => ("another number", other_number(text, dice)?),
            _ => ("two edits", first_order(&first_order(text, language, dice)?, language, dice)?),
        })
    };
    let kind = [0, 1, 2, 3, 4, 5, 5, 5, 6][dice.below(9)];
    if kind == 6 {
        // An edit of either sort after one of the other.
        let (_, text) = one(dice.below(5), start, dice)?;
        return Some(("mixed edits", first_order(&text, language, dice)?));
    }
    one(kind, start, dice)
}

fn quantile(times: &mut [f64], part: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = ((times.len() as f64) * part) as usize;
    times.get(at.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[derive(Default)]
struct Times {
    right: Vec<f64>,
    wrong: Vec<f64>,
    rows: Vec<f64>,
}

impl Times {
    fn add(&mut self, verdict: &Verdict) {
        let list = if verdict.kind == VerdictKind::Incorrect { &mut self.wrong } else { &mut self.right };
        list.push(verdict.elapsed_ms);
        if let Some(example) = &verdict.counterexample {
            self.rows.push(example.tables.iter().map(|table| table.rows.len()).sum::<usize>() as f64);
        }
    }

    #[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
    fn told(&mut self) {
        let mut all: Vec<f64> = self.right.iter().chain(&self.wrong).copied().collect();
        for (name, times) in
            [("every verdict", &mut all), ("no difference", &mut self.right), ("shrunk", &mut self.wrong)]
        {
            println!(
                "{name:<16} {:6} p50 {:7.2} ms   p95 {:7.2} ms   longest {:7.1} ms",
                times.len(),
                quantile(times, 0.5),
                quantile(times, 0.95),
                quantile(times, 1.0)
            );
        }
        println!(
            "rows of a counterexample: median {}, p95 {}",
            quantile(&mut self.rows, 0.5),
            quantile(&mut self.rows, 0.95)
        );
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn measure(wanted: usize, databases: usize, seed: u64, tell_equal: bool) {
    let bank = Bank::built_in();
    let mut all: Vec<Asked> = Vec::new();
    for entry in bank.entries() {
        let Ok(question) = bank.question(&entry.id) else { continue };
        let Some(expectation) = question.expectation().filter(|expectation| expectation.tests.is_none()) else {
            continue;
        };
        if expectation.compare == ormdojo::grading::Compare::Schema {
            continue;
        }
        let right = question.accepted.clone();
        let wrong = question.wrong.iter().map(|wrong| wrong.code.clone()).collect();
        all.push(Asked { id: entry.id.clone(), expectation, right, wrong });
    }
    let grader = Grader::new(Arc::new(AtomicBool::new(false)));
    let limits = Limits::default();
    let grade = |asked: &Asked, answer: &str| timed(|| grader.grade(&asked.expectation, answer, &limits, 0));
    let mut times = Times::default();
    let (mut refused, mut accepted) = (0, 0);
    let mut opening = Vec::new();
    for asked in &all {
        // The databases of a question are made when it is judged for the first time.
        opening.push(grade(asked, &asked.expectation.code).elapsed_ms);
        for (code, is_right) in
            asked.right.iter().map(|code| (code, true)).chain(asked.wrong.iter().map(|code| (code, false)))
        {
            let verdict = grade(asked, code);
            times.add(&verdict);
            if is_right && verdict.kind != VerdictKind::Correct {
                refused += 1;
                println!("refused: {}: {code}", asked.id);
            }
            if !is_right && verdict.kind == VerdictKind::Correct {
                accepted += 1;
                println!("accepted: {}: {code}", asked.id);
            }
        }
    }
    println!("the bank's own answers: {refused} right ones refused, {accepted} wrong ones accepted");
    times.told();
    println!(
        "the first verdict of each of {} questions, with its databases made: p50 {:.1} ms, p95 {:.1} ms",
        opening.len(),
        quantile(&mut opening, 0.5),
        quantile(&mut opening, 0.95)
    );

    let mut dice = Dice::new("judging bench", seed);
    let mut times = Times::default();
    let mut kinds: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    let (mut made, mut wrong, mut equal) = (0, 0, 0);
    let mut seen: Vec<(usize, String)> = Vec::new();
    let mut tries = 0;
    while made < wanted && tries < wanted * 40 {
        tries += 1;
        let number = dice.below(all.len());
        let asked = &all[number];
        let others: Vec<&Asked> = all
            .iter()
            .filter(|other| {
                other.expectation.dataset == asked.expectation.dataset
                    && other.expectation.language == asked.expectation.language
                    && other.id != asked.id
            })
            .collect();
        let Some((kind, code)) = variant(asked, &others, &mut dice) else { continue };
        if seen.contains(&(number, code.clone())) {
            continue;
        }
        seen.push((number, code.clone()));
        let verdict = grade(asked, &code);
        let counts = kinds.entry(kind).or_default();
        match verdict.kind {
            // Over budget, the rows are right: no answer to a question about rows.
            VerdictKind::Incorrect => {
                made += 1;
                wrong += 1;
                counts.0 += 1;
                times.add(&verdict);
            }
            VerdictKind::Correct | VerdictKind::OverBudget => {
                times.add(&verdict);
                match grader.told_apart(&asked.expectation, &code, &limits, databases) {
                    Ok(Some(at)) => {
                        made += 1;
                        counts.1 += 1;
                        println!("accepted falsely (database {at}, {kind}): {}\n{code}\n", asked.id);
                    }
                    Ok(None) => {
                        equal += 1;
                        counts.2 += 1;
                        if tell_equal {
                            println!("equal: {} ({kind})\n{code}\n", asked.id);
                        }
                    }
                    Err(_) => {}
                }
            }
            // What cannot run is no mistake that rows could show.
            _ => {}
        }
    }
    for (kind, (told, falsely, equal)) in &kinds {
        println!("{kind:<16} {told:6} told apart {falsely:4} accepted falsely {equal:6} equal on all databases");
    }
    let false_accepts = made - wrong;
    println!(
        "{made} wrong answers, {false_accepts} accepted falsely: {:.3} %; {equal} others equal on {databases} databases",
        100.0 * false_accepts as f64 / made.max(1) as f64
    );
    times.told();
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, otherwise: u64| numbers.get(at).copied().unwrap_or(otherwise);
    let (wanted, databases, seed) = (number(0, 3000) as usize, number(1, 2000) as usize, number(2, 1));
    let tell_equal = number(3, 0) == 1;
    with_big_stack(|| measure(wanted, databases, seed, tell_equal));
}
