//! Ids that stay: from a question's words, and, where a folder was written before, from what is in it.

use super::wording::normalised;

const STOP: &[&str] = &[
    "a", "an", "the", "is", "are", "do", "does", "you", "your", "what", "how", "in", "of", "to", "and", "it", "its",
    "for", "can", "with", "s", "explain", "describe",
];

/// A short name from a question's words.
pub fn slug(question: &str) -> String {
    let first: String = question.lines().find(|line| !line.trim().is_empty()).unwrap_or(question).to_owned();
    let words = normalised(&first.replace('_', " "));
    let ascii: Vec<String> = words
        .split(' ')
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let telling: Vec<&String> = ascii.iter().filter(|word| !STOP.contains(&word.as_str())).collect();
    let chosen = if telling.len() >= 2 { telling } else { ascii.iter().collect() };
    let mut slug = String::new();
    for word in chosen {
        if slug.len() + word.len() >= 48 && !slug.is_empty() {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word[..word.len().min(40)]);
    }
    if slug.is_empty() { format!("question-{}", &digest(question)[..8]) } else { slug }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id that none of `taken` is: the slug, or with a number where the same words ask for another thing.
pub fn free(topic: &str, slug: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let plain = format!("{topic}/{slug}");
    if !taken(&plain) {
        return plain;
    }
    (2..).map(|number| format!("{topic}/{slug}-{number}")).find(|id| !taken(id)).unwrap_or(plain)
}

/// How alike two questions are, from 0 to 1.
pub fn likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let (one, other): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), other.split(' ').collect());
    let shared = one.iter().filter(|word| other.contains(word)).count();
    #[expect(clippy::cast_precision_loss, reason = "numbers of words")]
    let share = shared as f64 * 2.0 / (one.len() + other.len()).max(1) as f64;
    share
}
