//! The words that begin with a backslash.

use crate::diagnostics::nearest;

/// What a backslash word asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// `\submit [answer]`, `\s`
    Submit(String),
    /// `\hint`
    Hint,
    /// `\ledger`
    Ledger,
    /// `\schema`
    Schema,
    /// `\skip`
    Skip,
    /// `\solution`
    Solution,
    /// `\reset`
    Reset,
    /// `\question`
    Question,
    /// `\quit`
    Quit,
    /// `\?`
    Help,
    /// Anything else, with the nearest word there is.
    Unknown(String, Option<&'static str>),
}

/// Every word, as it is typed.
pub const WORDS: [&str; 10] =
    ["\\submit", "\\hint", "\\ledger", "\\schema", "\\skip", "\\solution", "\\reset", "\\question", "\\quit", "\\?"];

/// The word that a line begins with, when it begins with a backslash.
pub fn word(line: &str) -> Option<Word> {
    let line = line.trim();
    let body = line.strip_prefix('\\')?;
    let (name, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    Some(match name {
        "submit" | "s" => Word::Submit(rest.trim().to_owned()),
        "hint" | "h" => Word::Hint,
        "ledger" | "l" => Word::Ledger,
        "schema" => Word::Schema,
        "skip" => Word::Skip,
        "solution" => Word::Solution,
        "reset" => Word::Reset,
        "question" => Word::Question,
        "quit" | "q" | "exit" => Word::Quit,
        "?" | "help" => Word::Help,
        _ => Word::Unknown(format!("\\{name}"), nearest(&format!("\\{name}"), WORDS)),
    })
}

/// The word that a line without its backslash probably means.
pub fn bare(line: &str) -> Option<&'static str> {
    let line = line.trim().trim_end_matches(';');
    WORDS.into_iter().find(|word| word[1..].eq_ignore_ascii_case(line)).or(match line {
        "exit" => Some("\\quit"),
        "help" | "?" => Some("\\?"),
        _ => None,
    })
}

/// What there is to say about a word that is not known.
pub fn unknown(name: &str, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("There is no {name}; did you mean {near}?"),
        None => format!("There is no {name}; \\? lists the words there are."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told() {
        assert_eq!(word("\\s  a b "), Some(Word::Submit("a b".into())));
        assert_eq!(word(" \\submit"), Some(Word::Submit(String::new())));
        assert_eq!(word("\\?"), Some(Word::Help));
        assert_eq!(word("x \\ y"), None);
        assert_eq!(word("\\hnit"), Some(Word::Unknown("\\hnit".into(), Some("\\hint"))));
    }
}
