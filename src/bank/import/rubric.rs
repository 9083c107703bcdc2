//! What a good answer mentions, drawn from a document's answer: its list items or its first sentences, each with the words
//! that show that it was mentioned.

use crate::bank::Point;

use super::units::{Kind, Unit};
use super::wording::normalised;

const MOST: usize = 6;

/// Words that say nothing by themselves.
const COMMON: &[&str] = &[
    "about",
    "above",
    "after",
    "again",
    "allow",
    "allows",
    "also",
    "always",
    "among",
    "another",
    "answer",
    "applications",
    "application",
    "around",
    "based",
    "because",
    "before",
    "being",
    "below",
    "better",
    "between",
    "both",
    "called",
    "cannot",
    "code",
    "common",
    "could",
    "data",
    "different",
    "django",
    "does",
    "each",
    "either",
    "enables",
    "ensure",
    "ensures",
    "etc",
    "even",
    "every",
    "example",
    "following",
    "from",
    "gives",
    "have",
    "having",
    "helps",
    "here",
    "high",
    "however",
    "into",
    "itself",
    "just",
    "large",
    "like",
    "main",
    "make",
    "makes",
    "many",
    "means",
    "method",
    "methods",
    "more",
    "most",
    "much",
    "multiple",
    "must",
    "need",
    "needed",
    "often",
    "once",
    "only",
    "other",
    "over",
    "provide",
    "provides",
    "python",
    "rather",
    "same",
    "several",
    "should",
    "simple",
    "simply",
    "single",
    "some",
    "such",
    "than",
    "that",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "this",
    "those",
    "through",
    "under",
    "until",
    "used",
    "useful",
    "uses",
    "using",
    "usually",
    "various",
    "very",
    "want",
    "well",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "whose",
    "will",
    "with",
    "within",
    "without",
    "work",
    "works",
    "would",
    "write",
    "your",
    "typically",
    "allowing",
    "including",
    "especially",
    "instead",
    "specific",
];

/// The points of an answer.
pub fn points(question: &str, answer: &[Unit]) -> Vec<Point> {
    let asked = normalised(question);
    let prose: Vec<&Unit> =
        answer.iter().filter(|unit| !unit.is_code() && unit.says_something() && unit.level().is_none()).collect();
    let items: Vec<&Unit> = prose.iter().copied().filter(|unit| matches!(unit.kind, Kind::Item { .. })).collect();
    let mut texts: Vec<String> = Vec::new();
    if items.len() >= 2 {
        if let Some(first) = prose.first().filter(|unit| {
            !matches!(unit.kind, Kind::Item { .. })
                && unit.text.split_whitespace().count() >= 8
                && !unit.text.ends_with(':')
        }) {
            texts.extend(sentences(&first.text).into_iter().take(1));
        }
        texts.extend(items.iter().map(|unit| unit.text.clone()));
    } else {
        for unit in prose {
            match &unit.kind {
                Kind::Row { head: true, .. } => {}
                Kind::Row { cells, .. } => {
                    texts.push(cells.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(": "))
                }
                _ => texts.extend(sentences(&unit.text)),
            }
        }
    }
    let mut points: Vec<Point> = Vec::new();
    for text in texts {
        let text = shortened(text.trim().trim_end_matches(':'));
        let any = words(&text, &asked);
        let known = points.iter().any(|point| point.point == text || (!any.is_empty() && point.any == any));
        if any.is_empty() || known || text.split_whitespace().count() < 2 && !text.contains('`') {
            continue;
        }
        points.push(Point { point: text, any });
        if points.len() == MOST {
            break;
        }
    }
    points
}

/// The sentences of a text.
fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = 0;
    let symbols: Vec<(usize, char)> = text.char_indices().collect();
    for (index, (at, symbol)) in symbols.iter().enumerate() {
        let ends = matches!(symbol, '.' | '!' | ';')
            && symbols.get(index + 1).is_none_or(|(_, next)| next.is_whitespace())
            && symbols.get(index + 2).is_none_or(|(_, next)| next.is_uppercase() || !next.is_alphabetic())
            && !text[start..*at].ends_with("e.g")
            && !text[start..*at].ends_with("i.e");
        if ends {
            found.push(text[start..=*at].trim().to_owned());
            start = at + symbol.len_utf8();
        }
    }
    if !text[start..].trim().is_empty() {
        found.push(text[start..].trim().to_owned());
    }
    found
}

fn shortened(text: &str) -> String {
    let text = super::units::squeeze(text);
    if text.chars().count() <= 220 {
        return text;
    }
    let cut: String = text.chars().take(210).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The words of a point that show that an answer mentions it: code first, then names, then the longest.
fn words(text: &str, asked: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let add = |word: &str, found: &mut Vec<String>| {
        let word =
            word.trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '_' && symbol != ')').to_owned();
        let known = found.iter().any(|other| other.eq_ignore_ascii_case(&word));
        if word.chars().filter(|symbol| symbol.is_alphanumeric()).count() >= 2
            && word.len() <= 40
            && !known
            && found.len() < 4
        {
            found.push(word);
        }
    };
    for (index, span) in text.split('`').enumerate() {
        if index % 2 == 1 && span.split_whitespace().count() <= 3 {
            add(span, &mut found);
        }
    }
    let plain = text.replace('`', " ");
    let candidates: Vec<&str> = plain
        .split(|symbol: char| !(symbol.is_alphanumeric() || matches!(symbol, '_' | '-' | '.' | '(' | ')' | '+')))
        .map(|word| word.trim_matches(['.', '-', '(', ')']))
        .filter(|word| word.len() >= 3)
        .collect();
    let is_code = |word: &str| word.contains(['_', '(', '.']) || word.chars().skip(1).any(char::is_uppercase);
    for word in candidates.iter().filter(|word| is_code(word)) {
        add(word, &mut found);
    }
    // Words that the question holds itself show nothing.
    let telling = |word: &&&str| {
        let lower = word.to_lowercase();
        lower.len() >= 4
            && !COMMON.contains(&lower.as_str())
            && !asked.split(' ').any(|other| other == lower)
            && lower.chars().all(char::is_alphabetic)
    };
    let mut long: Vec<(usize, &str)> = candidates.iter().filter(telling).copied().enumerate().collect();
    long.sort_by_key(|(at, word)| (std::cmp::Reverse(word.len().min(9)), *at));
    for (_, word) in long {
        add(&word.to_lowercase(), &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_items_become_points() {
        let text = Unit::new(
            Kind::Text,
            1,
            "Querysets are lazy. No SQL is sent before the rows are needed, e.g. by `list()`.",
        );
        let found = points("What is a queryset?", &[text]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].any, ["querysets", "lazy"]);
        assert_eq!(found[1].any[0], "list()");
        let item = |text: &str| Unit::new(Kind::Item { number: None, depth: 1 }, 1, text);
        assert_eq!(points("Why?", &[item("Security: no injection"), item("Portable across databases")]).len(), 2);
    }
}
