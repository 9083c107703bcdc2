//! Small wrong variants of an answer, made by one edit each: what databases must be able to tell from the reference, and
//! what a wrong answer is likened to.

mod program;
mod python;
mod sql;
mod statement;
mod tokens;

use crate::runner::Language;

/// A variant of an answer by one edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The whole variant.
    pub code: String,
    /// What an answer that behaves like it has got wrong.
    pub finding: &'static str,
    /// The edit, for people.
    pub edit: String,
}

/// No more variants than this are made of an answer.
const MOST: usize = 120;

/// The variants of an answer, each once.
pub fn mutants(source: &str, language: Language) -> Vec<Mutant> {
    let mut mutants: Vec<Mutant> = Vec::new();
    let edits = match language {
        Language::Python => {
            let mut edits = python::edits(source);
            edits.extend(program::edits(source));
            edits
        }
        Language::Sql => match statement::variants(source) {
            Some((plain, variants)) => {
                for (code, finding) in variants {
                    if code != plain && mutants.len() < MOST && !mutants.iter().any(|known| known.code == code) {
                        let edit = told(&plain, &code);
                        mutants.push(Mutant { code, finding, edit });
                    }
                }
                return mutants;
            }
            // What the parser does not know is edited word by word.
            None => sql::edits(source),
        },
    };
    for edit in edits {
        let mut code = source.to_owned();
        let Some(old) = source.get(edit.from..edit.to).map(str::to_owned) else { continue };
        code.replace_range(edit.from..edit.to, &edit.with);
        if code != source && mutants.len() < MOST && !mutants.iter().any(|known| known.code == code) {
            let short = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let edit_told = format!("`{}` → `{}`", short(&old), short(&edit.with));
            mutants.push(Mutant { code, finding: edit.finding, edit: edit_told });
        }
    }
    mutants
}

/// What was edited, when only both texts are known: the words between their common beginning and end.
fn told(old: &str, new: &str) -> String {
    let (one, other): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
    let shorter = one.len().min(other.len());
    let head = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let tail = one.iter().rev().zip(other.iter().rev()).take(shorter - head).take_while(|(one, other)| one == other);
    let tail = tail.count();
    // A word on each side says where it is.
    let from = head.saturating_sub(1);
    let part = |words: &[&str]| words[from..(words.len() - tail + 1).min(words.len())].join(" ");
    format!("`{}` → `{}`", part(&one), part(&other))
}

/// The text with small letters for capitals and capitals for small ones.
fn twin(text: &str) -> String {
    let turned = |symbol: char| {
        if symbol.is_lowercase() { symbol.to_ascii_uppercase() } else { symbol.to_ascii_lowercase() }
    };
    text.chars().map(turned).collect()
}

/// One edit: these bytes are replaced.
struct Edit {
    from: usize,
    to: usize,
    with: String,
    finding: &'static str,
}

impl Edit {
    fn new(range: std::ops::Range<usize>, with: impl Into<String>, finding: &'static str) -> Self {
        Self { from: range.start, to: range.end, with: with.into(), finding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(source: &str, language: Language) -> Vec<String> {
        mutants(source, language).into_iter().map(|mutant| mutant.code).collect()
    }

    #[test]
    fn python_is_varied() {
        let source =
            "Post.objects.filter(view_count__gte=10, is_active=True).distinct().order_by(\"-view_count\", \"id\")[:5]";
        let all = codes(source, Language::Python);
        let head = "Post.objects";
        let tail = ".distinct().order_by(\"-view_count\", \"id\")[:5]";
        for wanted in [
            format!("{head}.filter(view_count__gt=10, is_active=True){tail}"),
            format!("{head}.filter(view_count__gte=10){tail}"),
            format!("{head}.filter(view_count__gte=10).filter(is_active=True){tail}"),
            format!("{head}.exclude(view_count__gte=10, is_active=True){tail}"),
            source.replace(".distinct()", ""),
            source.replace(", \"id\"", ""),
            source.replace("\"-view", "\"view"),
            source.replace("[:5]", "[:6]"),
        ] {
            assert!(all.contains(&wanted), "{wanted}\n{all:#?}");
        }
    }

    #[test]
    fn sql_is_varied() {
        let source = "SELECT a FROM t LEFT JOIN u ON u.t = t.id WHERE x >= 5 AND y = 'b' ORDER BY a DESC, id LIMIT 3";
        let all = codes(source, Language::Sql);
        for wanted in [
            source.replace("LEFT JOIN", "JOIN"),
            source.replace(">=", ">"),
            source.replace(" AND y = 'b'", ""),
            source.replace("AND", "OR"),
            source.replace("a DESC", "a"),
            source.replace(", id", ""),
            source.replace("LIMIT 3", "LIMIT 4"),
        ] {
            assert!(all.contains(&wanted), "{wanted}\n{all:#?}");
        }
    }
}
