//! Judges what is told rather than run: letters against choices, free text against the points of a good answer.

use super::question::{Choice, Concept};
use crate::grading::{Check, Finding, Verdict, VerdictKind};

/// The letter of choice number `at`, counted from zero.
pub fn letters(at: usize) -> char {
    char::from(b'a' + (at % 26) as u8)
}

/// Which points of a rubric a free-text answer mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rubric {
    /// Each point, with whether it was found.
    pub points: Vec<(String, bool)>,
}

impl Rubric {
    /// Looks for each point's words in the answer. A word is found where it begins a word of the answer, in any case.
    pub fn of(concept: &Concept, answer: &str) -> Self {
        let answer = Answer::new(answer);
        let points = concept
            .points
            .iter()
            .map(|point| {
                let found = if point.any.is_empty() {
                    answer.mentions(&point.point)
                } else {
                    point.any.iter().any(|words| answer.mentions(words))
                };
                (point.point.clone(), found)
            })
            .collect();
        Self { points }
    }

    /// How many points were found.
    pub fn found(&self) -> usize {
        self.points.iter().filter(|(_, found)| *found).count()
    }
}

/// An answer in the two forms in which words are looked for.
struct Answer {
    /// In lower case, white space made one blank.
    literal: String,
    /// Words only: everything but letters, digits and `_` made one blank.
    words: String,
}

impl Answer {
    fn new(text: &str) -> Self {
        Self { literal: literal(text), words: words(text) }
    }

    fn mentions(&self, wanted: &str) -> bool {
        let exact = literal(wanted);
        let begins_word = exact.trim_start().starts_with(|symbol: char| symbol.is_alphanumeric());
        let found = self
            .literal
            .match_indices(exact.trim())
            .any(|(at, _)| !begins_word || !self.literal[..at].ends_with(|symbol: char| symbol.is_alphanumeric()));
        // Without its signs `F(` would be any word with an f; short words are looked for as they stand only.
        let plain = words(wanted);
        let plain = plain.trim_end();
        !exact.trim().is_empty() && (found || (plain.len() > 3 && self.words.contains(plain)))
    }
}

fn literal(text: &str) -> String {
    let lower = text.to_lowercase();
    format!(" {}", lower.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn words(text: &str) -> String {
    let mut words = String::from(" ");
    for symbol in text.chars() {
        if symbol.is_alphanumeric() || symbol == '_' {
            words.extend(symbol.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words
}

/// Free text is never called right or wrong: the verdict lists the points, and the learner has the last word.
pub fn judge_points(concept: &Concept, answer: &str) -> Verdict {
    let rubric = Rubric::of(concept, answer);
    let mut verdict = Verdict::of(VerdictKind::SelfAssessed);
    verdict.checks =
        rubric.points.into_iter().map(|(point, found)| Check { name: "point", ok: found, detail: point }).collect();
    verdict
}

/// Judges letters (`b`, `a c`, `A,C`) or a choice's whole text. Every right choice and no other makes it correct.
pub fn judge_choices(choices: &[Choice], answer: &str) -> Verdict {
    let mut verdict = Verdict::of(VerdictKind::Incorrect);
    let Some(chosen) = chosen(choices, answer) else {
        let last = letters(choices.len().saturating_sub(1));
        verdict.checks =
            vec![Check { name: "choice", ok: false, detail: format!("answer with letters from a to {last}") }];
        return verdict;
    };
    // Which right ones are missing is not told: the learner may go on choosing, and the solution says why of each.
    let missing = choices.iter().enumerate().filter(|(at, choice)| choice.right && !chosen.contains(at)).count();
    let told = |message: String| Finding { id: "wrong-value".to_owned(), line: None, message };
    for (at, choice) in choices.iter().enumerate().filter(|(at, choice)| !choice.right && chosen.contains(at)) {
        let why = if choice.why.trim().is_empty() { String::new() } else { format!(": {}", choice.why.trim()) };
        verdict.findings.push(told(format!("{}) is not right{why}", letters(at))));
    }
    match missing {
        0 => {}
        // Where there is one right choice, a wrong one says as much.
        1 if !verdict.findings.is_empty() && choices.iter().filter(|choice| choice.right).count() == 1 => {}
        1 => verdict.findings.push(told("a right one is missing".to_owned())),
        _ => verdict.findings.push(told(format!("{missing} right ones are missing"))),
    }
    let all = verdict.findings.is_empty();
    let taken: String = chosen.iter().map(|&at| letters(at)).collect();
    let detail = if all { String::new() } else { format!("answered {taken}") };
    verdict.checks = vec![Check { name: "choice", ok: all, detail }];
    if all {
        verdict.kind = VerdictKind::Correct;
    }
    verdict
}

/// Whether an answer names choices at all: letters that stand before one, or a choice's own text.
pub fn names_choices(choices: &[Choice], answer: &str) -> bool {
    chosen(choices, answer).is_some()
}

/// The choices that an answer names, in their order; none when it names something else.
fn chosen(choices: &[Choice], answer: &str) -> Option<Vec<usize>> {
    let answer = answer.trim();
    if let Some(at) = choices.iter().position(|choice| choice.text.trim().eq_ignore_ascii_case(answer)) {
        return Some(vec![at]);
    }
    let mut chosen = Vec::new();
    for word in answer.split(|symbol: char| !symbol.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.eq_ignore_ascii_case("and") {
            continue;
        }
        for symbol in word.chars() {
            let at = u32::from(symbol.to_ascii_lowercase()).checked_sub(u32::from('a'))? as usize;
            if at >= choices.len() {
                return None;
            }
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    (!chosen.is_empty()).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::Point;

    fn choices() -> Vec<Choice> {
        [("lazy", true), ("eager", false), ("cached", true)]
            .map(|(text, right)| Choice { text: text.into(), right, why: format!("because {text}") })
            .to_vec()
    }

    #[test]
    fn letters_in_any_dress() {
        for answer in ["ac", "a c", "C, A", "a) and c)", "a and c"] {
            assert_eq!(judge_choices(&choices(), answer).kind, VerdictKind::Correct, "{answer}");
        }
        for answer in ["a", "abc", "b", "", "z", "1", "lazy"] {
            assert_eq!(judge_choices(&choices(), answer).kind, VerdictKind::Incorrect, "{answer}");
        }
        let verdict = judge_choices(&choices(), "ab");
        let told: Vec<_> = verdict.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, ["b) is not right: because eager", "a right one is missing"]);
    }

    #[test]
    fn free_text_is_never_called_right() {
        let concept = Concept {
            points: vec![
                Point { point: "lazy".into(), any: vec!["lazy".into(), "not evaluated".into()] },
                Point { point: "cached".into(), any: vec!["cache".into()] },
            ],
            ..Concept::default()
        };
        let verdict = judge_points(&concept, "It is NOT  evaluated until needed.");
        assert_eq!(verdict.kind, VerdictKind::SelfAssessed);
        let found: Vec<_> = verdict.checks.iter().map(|check| check.ok).collect();
        assert_eq!(found, [true, false]);
        let answer = Answer::new("Use `F(\"stock\") - 1`; the  N+1 is per-row, select-related");
        for wanted in ["F(", "f(\"stock\")", "n+1", "per row", "per-row", "select_related - no", "STOCK"] {
            assert_eq!(answer.mentions(wanted), !wanted.contains("no"), "{wanted}");
        }
        assert!(!Answer::new("the first of four").mentions("F("));
        assert!(!Answer::new("the entrance").mentions("race") && Answer::new("racing, race-free").mentions("race"));
        assert!(!Answer::new("anything").mentions("  "));
    }
}
