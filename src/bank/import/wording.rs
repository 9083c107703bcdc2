//! How much a text reads like a question, by its words alone.

/// How much a text reads like a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Not at all.
    No,
    /// It could be one where its neighbours are.
    Maybe,
    /// It asks for something without a question mark.
    Likely,
    /// It asks.
    Sure,
}

impl Likeness {
    /// A weight for adding up.
    pub fn weight(self) -> u32 {
        match self {
            Self::No => 0,
            Self::Maybe => 3,
            Self::Likely => 8,
            Self::Sure => 10,
        }
    }
}

const ASKING: &[&str] = &[
    "what", "what's", "whats", "what’s", "why", "how", "when", "where", "which", "who", "whose", "can", "could", "is",
    "are", "do", "does", "did", "should", "would", "will", "has", "have", "in", "if", "suppose",
];
const OPEN: &[&str] = &["what", "what's", "whats", "what’s", "why", "how", "which"];
const IMPERATIVE: &[&str] = &[
    "explain",
    "describe",
    "define",
    "differentiate",
    "discuss",
    "distinguish",
    "compare",
    "enumerate",
    "elaborate",
    "outline",
    "illustrate",
    "briefly",
    "tell",
    "name",
    "state",
    "mention",
    "demonstrate",
    "contrast",
    "list",
    "write",
];
const WEAK_IMPERATIVE: &[&str] = &[
    "find",
    "give",
    "show",
    "create",
    "implement",
    "design",
    "get",
    "retrieve",
    "fetch",
    "display",
    "calculate",
    "identify",
    "build",
    "rewrite",
    "predict",
    "count",
    "return",
    "select",
    "print",
    "delete",
    "update",
    "add",
    "use",
    "using",
    "given",
    "query",
    "optimize",
    "fix",
    "refactor",
    "convert",
    "provide",
    "walk",
    "model",
    "extract",
    "rank",
];
const SECTION_TITLES: &[&str] = &[
    "introduction",
    "conclusion",
    "summary",
    "overview",
    "table of contents",
    "contents",
    "toc",
    "index",
    "references",
    "resources",
    "further reading",
    "contributing",
    "contribution",
    "contributors",
    "license",
    "about",
    "prerequisites",
    "author",
    "disclaimer",
    "acknowledgements",
    "acknowledgments",
    "credits",
    "faq",
    "faqs",
    "frequently asked questions",
    "questions",
    "interview questions",
    "answers",
    "tips",
    "final thoughts",
    "wrap up",
    "wrap-up",
    "next steps",
    "key takeaways",
    "bonus",
    "notes",
    "usage",
    "installation",
    "setup",
    "how to use",
    "how to use this repository",
    "how to use this guide",
    "how to contribute",
    "related articles",
    "related posts",
    "getting started",
    "features",
    "support",
    "contact",
    "links",
    "before you start",
    "share this",
    "comments",
    "leave a reply",
    "leave a comment",
    "what's next",
    "what's next?",
    "what’s next?",
    "what next?",
    "who is this for?",
    "who is this for",
    "what you will learn",
    "what you'll learn",
    "about me",
    "about the author",
    "about this guide",
];

/// A text without what stands round a question: marks, quotation marks, dashes, pictures, a trailing note.
pub fn core(text: &str) -> &str {
    let trimmed = text.trim_matches(|symbol: char| {
        symbol.is_whitespace()
            || matches!(symbol, '*' | '_' | '"' | '“' | '”' | '~' | ':' | '-' | '–' | '—' | '>' | '|')
    });
    let trimmed = trimmed.trim_start_matches(|symbol: char| {
        !(symbol.is_alphanumeric()
            || matches!(symbol, '`' | '(' | '\'' | '.' | '_' | '$' | '@' | '[' | '"' | '/' | '&' | '<' | '%'))
    });
    trimmed.trim_end_matches(|symbol: char| {
        symbol.is_whitespace() || matches!(symbol, '"' | '”' | '~' | '*') || is_picture(symbol)
    })
}

fn is_picture(symbol: char) -> bool {
    matches!(u32::from(symbol), 0x2190..=0x2BFF | 0x1F000..=0x1FAFF | 0xFE0F | 0x200D)
}

/// The first word, in small letters.
pub fn first_word(text: &str) -> String {
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '\'' && symbol != '’')
        .to_lowercase()
}

/// Whether a sentence tells to do something.
pub fn is_imperative(text: &str) -> bool {
    let word = first_word(core(text));
    IMPERATIVE.contains(&word.as_str()) || WEAK_IMPERATIVE.contains(&word.as_str())
}

/// Whether a title names a part of a document rather than a thing that is asked.
pub fn is_section_title(text: &str) -> bool {
    let lower = core(text).trim_end_matches([':', '.', '!']).to_lowercase();
    let lower = lower.trim_start_matches(|symbol: char| symbol.is_ascii_digit() || matches!(symbol, '.' | ')' | ' '));
    SECTION_TITLES.contains(&lower)
        || lower.starts_with("part ") && lower.len() < 12
        || lower.ends_with(" interview questions")
        || lower.ends_with(" interview questions and answers")
        || lower.ends_with(" interview questions & answers")
        || lower.ends_with(" questions")
        || lower.ends_with(" questions and answers")
        || lower.ends_with("table of contents")
}

/// Whether a question is put to the reader of the page, not to a candidate.
pub fn is_chatter(text: &str) -> bool {
    let lower = core(text).to_lowercase();
    const STARTS: &[&str] = &[
        "are you ",
        "hi ",
        "hello",
        "hey ",
        "good morning",
        "shall we",
        "what's new",
        "what’s new",
        "want to ",
        "ready to ",
        "ready for",
        "looking for",
        "looking to",
        "have you ever",
        "did you ",
        "got a question",
        "got questions",
        "have a question",
        "have questions",
        "questions?",
        "need help",
        "still have",
        "was this",
        "found this",
        "enjoyed",
        "like this",
        "liked this",
        "do you want",
        "do you have any",
        "what do you think",
        "so, ",
        "so what are you waiting",
        "any questions",
        "can't find",
        "who is this",
        "what's next",
        "what’s next",
        "what next",
        "what now",
        "would you like",
        "interested in",
        "confused",
        "sounds ",
        "makes sense",
        "why this ",
        "how to use this",
        "how to contribute",
        "what's inside",
        "what’s inside",
        "preparing for",
        "are you",
        "does this answer",
        "what you'll",
        "what you will",
        "how did you",
        "why read",
        "missing a question",
        "found a mistake",
        "want more",
        "found a bug",
        "why prepare",
        "new to ",
        "too long",
        "do you know any",
        "spotted ",
        "sound familiar",
        "feeling ",
        "wondering ",
        "tired of ",
        "struggling ",
    ];
    STARTS.iter().any(|start| lower.starts_with(start)) || lower.split_whitespace().count() < 2
}

/// How much a text reads like a question.
pub fn likeness(text: &str) -> Likeness {
    let core = core(text);
    let words = core.split_whitespace().count();
    let letters = core.chars().filter(|symbol| symbol.is_alphabetic()).count();
    if letters < 3 || core.chars().count() > 900 || is_section_title(text) {
        return Likeness::No;
    }
    if is_chatter(core) && words != 1 {
        return Likeness::No;
    }
    if core.ends_with('?') {
        return if words >= 2 { Likeness::Sure } else { Likeness::No };
    }
    // A note in brackets may stand behind the question mark.
    if let Some(at) = core.rfind('?') {
        let tail = core[at + 1..].trim().trim_start_matches(['"', '”', '*', '`', ')']).trim();
        let note = tail.starts_with(['(', '[']) && tail.len() < 120;
        let tail_words = tail.split_whitespace().count();
        let goes_on = is_imperative(tail) || tail_words <= 3;
        if note || (goes_on && tail_words <= 25) {
            return Likeness::Sure;
        }
    }
    let word = first_word(core);
    let lower = core.to_lowercase();
    let sentence = core.ends_with('.') && words > 3;
    if IMPERATIVE.contains(&word.as_str()) && (2..=60).contains(&words) {
        return Likeness::Likely;
    }
    if OPEN.contains(&word.as_str()) && (2..=25).contains(&words) {
        return if sentence { Likeness::Maybe } else { Likeness::Likely };
    }
    if lower.contains("difference between")
        || lower.contains("differences between")
        || lower.starts_with("difference of ")
    {
        return if sentence || words > 22 { Likeness::Maybe } else { Likeness::Likely };
    }
    if sentence && words > 4 {
        return if WEAK_IMPERATIVE.contains(&word.as_str()) && words <= 60 { Likeness::Maybe } else { Likeness::No };
    }
    if WEAK_IMPERATIVE.contains(&word.as_str()) && (3..=40).contains(&words) {
        return Likeness::Maybe;
    }
    if ASKING.contains(&word.as_str()) && (3..=20).contains(&words) {
        return Likeness::Maybe;
    }
    let compares = [" vs ", " vs. ", " versus "].iter().any(|word| lower.contains(word));
    let aspect = [
        "types of",
        "advantages of",
        "uses of",
        "benefits of",
        "features of",
        "role of",
        "purpose of",
        "use of",
        "importance of",
        "meaning of",
        "need of",
        "need for",
        "concept of",
        "pros and cons",
    ]
    .iter()
    .any(|start| lower.starts_with(start) || lower.starts_with(&format!("the {start}")));
    if (compares || aspect) && words <= 14 { Likeness::Maybe } else { Likeness::No }
}

/// A text's words in small letters, for comparing.
pub fn normalised(text: &str) -> String {
    let mut out = String::new();
    for symbol in text.chars() {
        if symbol.is_alphanumeric() {
            out.extend(symbol.to_lowercase());
        } else if matches!(symbol, '\'' | '’' | '`') {
        } else if !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_from_statements() {
        for text in [
            "What is an ORM?",
            "**Why?** Give an example".trim(),
            "How would you fix it? Give an example.",
            "Is Django free? (short)",
        ] {
            assert_eq!(likeness(text), Likeness::Sure, "{text}");
        }
        for text in [
            "Explain the N+1 problem.",
            "What is a manager",
            "Difference between get and filter",
            "Write a query that finds all.",
        ] {
            assert_eq!(likeness(text), Likeness::Likely, "{text}");
        }
        for text in [
            "Conclusion",
            "It is lazy.",
            "Django Interview Questions",
            "Are you ready to ace your interview?",
            "What's next?",
            "Table of Contents",
            "Models",
        ] {
            assert_eq!(likeness(text), Likeness::No, "{text}");
        }
    }
}
