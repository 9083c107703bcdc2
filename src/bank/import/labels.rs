//! What stands before a question or an answer: numbers, `Q:`, `Question 3.`, `Answer:`, speakers.

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// It says that a question follows.
    Question,
    /// It says that an answer follows.
    Answer,
    /// It says that a task follows.
    Task,
    /// A number alone.
    Number,
}

/// A line apart: its label, its number, and what follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled<'a> {
    /// The label.
    pub label: Option<Label>,
    /// The number.
    pub number: Option<u32>,
    /// What follows, without the marks between.
    pub rest: &'a str,
}

const QUESTION: &[&str] = &[
    "interview question",
    "question no",
    "question",
    "questions",
    "ques",
    "que",
    "qus",
    "qn",
    "q",
    "interviewer",
    "faq",
    "quiz",
    "asked",
];
const ANSWER: &[&str] = &[
    "view answer",
    "show answer",
    "see answer",
    "reveal answer",
    "hide answer",
    "click to reveal answer",
    "view solution",
    "show solution",
    "sample answer",
    "model answer",
    "short answer",
    "your answer",
    "the answer",
    "possible answer",
    "expected answer",
    "answer",
    "answers",
    "ans",
    "a",
    "solution",
    "soln",
    "reply",
    "response",
    "you",
    "candidate",
    "interviewee",
    "me",
    "applicant",
];
const TASK: &[&str] = &["task", "exercise", "problem", "challenge", "assignment", "scenario", "practice"];

/// A line without the pictures and marks before its first word.
fn bare(text: &str) -> &str {
    text.trim_start_matches(|symbol: char| {
        symbol.is_whitespace()
            || matches!(symbol, '*' | '_' | '>' | '[' | '(' | '#' | '~' | '✅' | '❓' | '👉' | '▶' | '\u{fe0f}' | '¿')
            || (!symbol.is_ascii() && !symbol.is_alphanumeric() && !matches!(symbol, '“' | '‘' | '«' | '—' | '–'))
    })
}

/// What stands before the text of a line.
pub fn labelled(text: &str) -> Labelled<'_> {
    let start = bare(text);
    let nothing = Labelled { label: None, number: None, rest: text.trim() };
    let word_end = start.find(|symbol: char| !symbol.is_alphabetic() && symbol != ' ').unwrap_or(start.len());
    let head = start[..word_end].trim_end();
    if let Some((label, length)) = word_of(head) {
        let after = &start[length..];
        // A heading that only says that questions follow is none.
        if after.trim_matches([':', '*', ' ']).is_empty()
            && matches!(head.to_ascii_lowercase().as_str(), "questions" | "faq" | "quiz")
        {
            return nothing;
        }
        if let Some((number, rest, separated)) = after_label(after) {
            let single = length == 1;
            // One letter or a common word needs a mark behind it.
            if separated || (number.is_some() && !single) || (number.is_some() && single && !after.starts_with(' ')) {
                return Labelled { label: Some(label), number, rest };
            }
        }
        return nothing;
    }
    if let Some((number, rest)) = leading_number(start) {
        return Labelled { label: Some(Label::Number), number: Some(number), rest };
    }
    nothing
}

/// The label that a head begins with, and its length.
fn word_of(head: &str) -> Option<(Label, usize)> {
    let lower = head.to_ascii_lowercase();
    if lower.len() != head.len() {
        return None;
    }
    let find = |words: &[&str], label: Label| {
        words
            .iter()
            .filter(|word| {
                lower
                    .strip_prefix(**word)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && rest.trim().is_empty())
            })
            .map(|word| (label, word.len()))
            .max_by_key(|(_, length)| *length)
    };
    find(QUESTION, Label::Question).or_else(|| find(ANSWER, Label::Answer)).or_else(|| find(TASK, Label::Task))
}

/// What follows a label: a number, the rest, and whether a mark stands between.
fn after_label(after: &str) -> Option<(Option<u32>, &str, bool)> {
    let mut rest = after.trim_start_matches([' ', '#', '.', '\u{a0}', '(', '[', '*', '_']);
    if let Some(number) = rest.strip_prefix("no") {
        rest = number.trim_start_matches(['.', ' ']);
    }
    let dotted = after.trim_start().starts_with('.') || after.trim_start_matches('*').starts_with('.');
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let number = if digits > 0 && digits <= 4 { rest[..digits].parse().ok() } else { None };
    let behind = if number.is_some() { &rest[digits..] } else { after };
    let behind = behind.trim_start_matches(['*', '_', ' ', '\u{a0}', '`']);
    let marked = behind.trim_start_matches([':', '.', ')', ']', '-', '–', '—', '>', '→', '|', '/']);
    let separated = marked.len() < behind.len() || (dotted && number.is_some());
    // `A-z`, `Q-objects`, `A.b`: a mark glued to a letter separates only when it is a colon or follows a number.
    if number.is_none() && separated {
        let mark = behind.chars().next();
        let glued = marked.starts_with(|symbol: char| symbol.is_alphanumeric() || symbol == '(');
        if matches!(mark, Some('-' | '.' | '/' | '|' | ')')) && (glued || mark == Some('|') || mark == Some('/')) {
            return None;
        }
    }
    let rest = marked.trim_start_matches(['*', '_', ' ', '\u{a0}']).trim();
    if number.is_none() && !separated && !rest.is_empty() {
        return None;
    }
    Some((number, rest, separated || rest.is_empty()))
}

/// A number with its mark at the beginning of a line.
fn leading_number(text: &str) -> Option<(u32, &str)> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    if digits == 0 || digits > 4 {
        return None;
    }
    let number = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    // `3.14`, `2-3`, `5 users` begin with a number and are not numbered.
    let marks = rest.trim_start_matches(['*', '_', '\\', '\u{20e3}', '\u{fe0f}']);
    let after = marks.trim_start_matches(['.', ')', ':', ']', '-', '–', '—', '|', '/']);
    if after.len() == marks.len() || after.starts_with(|symbol: char| symbol.is_ascii_digit()) {
        return None;
    }
    let mark = &marks[..marks.len() - after.len()];
    if (mark.starts_with(['-', '–', '/', ':']) && !after.starts_with(' ')) || after.trim().is_empty() {
        return None;
    }
    Some((number, after.trim_start_matches(['*', '_', ' ', '\u{a0}', '.', ')', '-']).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_in_all_their_spellings() {
        let cases = [
            ("Q1: What?", Some(Label::Question), Some(1), "What?"),
            ("Q: What?", Some(Label::Question), None, "What?"),
            ("Q.1 What?", Some(Label::Question), Some(1), "What?"),
            ("Q1 What?", Some(Label::Question), Some(1), "What?"),
            ("Question #3) What?", Some(Label::Question), Some(3), "What?"),
            ("Question 12. What?", Some(Label::Question), Some(12), "What?"),
            ("Question 12", Some(Label::Question), Some(12), ""),
            ("Q. What is it?", Some(Label::Question), None, "What is it?"),
            ("❓ Question: What?", Some(Label::Question), None, "What?"),
            ("Interviewer: \"What?\"", Some(Label::Question), None, "\"What?\""),
            ("A: Because.", Some(Label::Answer), None, "Because."),
            ("Answer", Some(Label::Answer), None, ""),
            ("Ans:- Because.", Some(Label::Answer), None, "Because."),
            ("Ans. Because.", Some(Label::Answer), None, "Because."),
            ("A1. Because.", Some(Label::Answer), Some(1), "Because."),
            ("12. What?", Some(Label::Number), Some(12), "What?"),
            ("12) What?", Some(Label::Number), Some(12), "What?"),
            ("Task 2: Do it", Some(Label::Task), Some(2), "Do it"),
            ("3.14 is pi", None, None, "3.14 is pi"),
            ("A model is a class", None, None, "A model is a class"),
            ("Q objects combine conditions", None, None, "Q objects combine conditions"),
            ("Q() objects", None, None, "Q() objects"),
            ("Questions about models", None, None, "Questions about models"),
            ("You can do it", None, None, "You can do it"),
            ("Answering takes time", None, None, "Answering takes time"),
            ("5 users", None, None, "5 users"),
        ];
        for (text, label, number, rest) in cases {
            assert_eq!(labelled(text), Labelled { label, number, rest }, "{text}");
        }
    }
}
