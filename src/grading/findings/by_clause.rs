//! The reasons that the differing clauses of two statements suggest, without knowing any wrong answer.

use super::clauses::{ClauseDifference, Stage};
use crate::grading::Finding;
use crate::grading::compare::Symptom;

/// What the only clause that differs suggests, for a difference of this kind.
pub fn by_clause(clause: &ClauseDifference, symptom: Symptom, reference: &str) -> Option<Finding> {
    let id = reason(clause, symptom, reference)?;
    Some(Finding { id: id.to_owned(), line: None, message: clause.told() })
}

fn reason(clause: &ClauseDifference, symptom: Symptom, reference: &str) -> Option<&'static str> {
    let (lacking, added) = (clause.lacking.as_slice(), clause.added.as_slice());
    Some(match clause.stage {
        Stage::From => match (lacking, added) {
            ([], []) => return None,
            (lacking, []) if lacking.iter().any(|part| part.starts_with("LEFT")) => "inner-join-drops-rows",
            (_, []) => "missing-condition",
            ([], added) if added.iter().any(|part| part.starts_with("LEFT")) => "outer-join-keeps-rows",
            ([], _) if has_aggregate(reference) => "fan-out-aggregate",
            ([], _) if symptom == Symptom::Missing => "inner-join-drops-rows",
            ([], _) => "missing-distinct",
            ([lacking, ..], [added, ..]) => from(lacking, added),
        },
        Stage::Where | Stage::Having => condition(lacking, added),
        Stage::GroupBy => "wrong-grouping",
        Stage::Select => column(lacking, added),
        Stage::Distinct => "missing-distinct",
        Stage::OrderBy => order(lacking, added, reference),
        Stage::Limit => "off-by-one-slice",
    })
}

fn from(lacking: &str, added: &str) -> &'static str {
    let rest = |part: &str| part.replace("LEFT OUTER JOIN ", "").replace("INNER JOIN ", "");
    match (lacking.starts_with("LEFT"), added.starts_with("LEFT")) {
        (true, false) if rest(lacking) == rest(added) => "inner-join-drops-rows",
        (false, true) if rest(lacking) == rest(added) => "outer-join-keeps-rows",
        _ if !lacking.contains(" JOIN ") && !added.contains(" JOIN ") => "wrong-model",
        _ => "wrong-relation",
    }
}

fn condition(lacking: &[String], added: &[String]) -> &'static str {
    let about_null = |part: &String| part.contains("IS NULL") || part.contains("IS NOT NULL");
    match (lacking, added) {
        (lacking, []) if lacking.iter().all(about_null) => "null-handling",
        (_, []) => "missing-condition",
        ([], added) if added.iter().all(about_null) => "null-handling",
        ([], _) => "extra-condition",
        (lacking, added) => {
            // The two that are most alike are one condition written in two ways.
            let pairs = lacking.iter().flat_map(|one| added.iter().map(move |other| (one, other)));
            let closest = pairs.min_by_key(|(one, other)| distance(&words(one), &words(other)));
            closest.map_or("wrong-operator", |(one, other)| between(one, other))
        }
    }
}

/// How many words only one of both has.
fn distance(one: &[String], other: &[String]) -> usize {
    let (lacking, added) = apart(one, other);
    lacking.len() + added.len()
}

/// The words that only one of both has.
fn apart(one: &[String], other: &[String]) -> (Vec<String>, Vec<String>) {
    let mut left = other.to_vec();
    let mut lacking = Vec::new();
    for word in one {
        match left.iter().position(|known| known == word) {
            Some(at) => {
                left.remove(at);
            }
            None => lacking.push(word.clone()),
        }
    }
    (lacking, left)
}

/// What is wrong about a condition that stands in place of another.
fn between(wanted: &str, given: &str) -> &'static str {
    let (lacking, added) = apart(&words(wanted), &words(given));
    let has = |list: &[String], word: &str| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    let any = |word: &str| has(&lacking, word) || has(&added, word);
    if any("NULL") || any("COALESCE") {
        return "null-handling";
    }
    if any("OR") || any("NOT") || any("EXISTS") {
        return "wrong-operator";
    }
    let functions = ["COUNT", "SUM", "AVG", "MIN", "MAX"];
    if functions.iter().any(|function| any(function)) {
        return "wrong-aggregate";
    }
    if any("DISTINCT") {
        return "fan-out-aggregate";
    }
    let is_sign = |word: &String| word.chars().all(|symbol| "<>=!".contains(symbol));
    let signs = |list: &[String]| list.iter().filter(|word| is_sign(word)).cloned().collect::<Vec<_>>();
    let (wanted_signs, given_signs) = (signs(&lacking), signs(&added));
    let turned = |one: &str, other: &str| one.trim_end_matches('=') == other.trim_end_matches('=') && one != other;
    if let ([one], [other]) = (wanted_signs.as_slice(), given_signs.as_slice()) {
        let bound = turned(one, other) && !one.trim_end_matches('=').is_empty();
        return if bound { "wrong-boundary" } else { "wrong-operator" };
    }
    if any("BETWEEN") {
        return "wrong-boundary";
    }
    if any("LIKE") || any("IN") || any("ESCAPE") || any("REGEXP") {
        return "wrong-operator";
    }
    let is_constant = |word: &String| word.starts_with(|symbol: char| symbol.is_ascii_digit() || symbol == '\'');
    match (lacking.as_slice(), added.as_slice()) {
        ([one], [other]) if is_constant(one) && is_constant(other) => {
            if one.eq_ignore_ascii_case(other) {
                "case-sensitivity"
            } else if one.contains('%') || other.contains('%') {
                "wrong-operator"
            } else {
                "wrong-literal"
            }
        }
        (one, other) if !one.is_empty() && !other.is_empty() && !one.iter().chain(other).any(is_constant) => {
            "wrong-relation"
        }
        ([], []) => "wrong-operator",
        (_, []) => "missing-condition",
        ([], _) => "extra-condition",
        _ => "wrong-literal",
    }
}

/// The words and signs of a part; a text in quotes is one word.
fn words(part: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut symbols = part.chars().peekable();
    while let Some(symbol) = symbols.next() {
        let mut word = String::from(symbol);
        let same = |next: char| match symbol {
            '<' | '>' | '=' | '!' => "<>=".contains(next),
            _ => next.is_alphanumeric() || next == '_' || next == '.',
        };
        if symbol == '\'' {
            for next in symbols.by_ref() {
                word.push(next);
                if next == '\'' {
                    break;
                }
            }
        } else if symbol.is_alphanumeric() || symbol == '_' || "<>=!".contains(symbol) {
            while let Some(next) = symbols.next_if(|next| same(*next)) {
                word.push(next);
            }
        } else if symbol.is_whitespace() || "(),".contains(symbol) {
            continue;
        }
        words.push(word);
    }
    words
}

fn has_aggregate(text: &str) -> bool {
    ["COUNT(", "SUM(", "AVG(", "MIN(", "MAX("].iter().any(|function| text.to_uppercase().contains(function))
}

fn column(lacking: &[String], added: &[String]) -> &'static str {
    let (lacking, added): (Vec<String>, Vec<String>) = apart(
        &lacking.iter().flat_map(|part| words(part)).collect::<Vec<_>>(),
        &added.iter().flat_map(|part| words(part)).collect::<Vec<_>>(),
    );
    let has = |list: &[String], word: &str| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    let any = |word: &str| has(&lacking, word) || has(&added, word);
    if has(&lacking, "DISTINCT") {
        return "fan-out-aggregate";
    }
    if any("COALESCE") || any("NULL") {
        return "null-handling";
    }
    if any("DISTINCT")
        || ["COUNT", "SUM", "AVG", "MIN", "MAX", "RANK", "DENSE_RANK", "ROW_NUMBER"].iter().any(|name| any(name))
    {
        return "wrong-aggregate";
    }
    if added.is_empty() && !lacking.is_empty() { "missing-column" } else { "wrong-value" }
}

fn order(lacking: &[String], added: &[String], reference: &str) -> &'static str {
    let bare = |key: &String| key.replace(" DESC", "").replace(" ASC", "");
    match (lacking, added) {
        (_, []) if reference.matches(',').count() > 0 && lacking.len() == 1 => "missing-tie-break",
        (_, []) => "missing-order",
        (lacking, added) if lacking.iter().any(|one| added.iter().any(|other| bare(one) == bare(other))) => {
            "wrong-direction"
        }
        ([], _) => "missing-tie-break",
        _ => "wrong-direction",
    }
}

#[cfg(test)]
mod tests {
    use super::super::differing_clauses;
    use super::by_clause;
    use crate::grading::compare::Symptom;

    fn reasons(answer: &str, reference: &str) -> Vec<String> {
        let clauses = differing_clauses(answer, reference).unwrap_or_default();
        let reason = |clause| by_clause(clause, Symptom::Both, reference).map(|finding| finding.id);
        clauses.iter().filter_map(reason).collect()
    }

    #[test]
    fn clauses_name_their_reason() {
        let one = "SELECT t.a, COUNT(u.id) AS n FROM t LEFT JOIN u ON u.t = t.id WHERE t.b > 3 AND t.c = 'x' GROUP BY t.a ORDER BY n DESC, t.a LIMIT 3";
        for (from, to, reason) in [
            ("> 3", ">= 3", "wrong-boundary"),
            ("> 3", "< 3", "wrong-operator"),
            ("> 3", "> 4", "wrong-literal"),
            ("'x'", "'X'", "case-sensitivity"),
            (" AND t.c = 'x'", "", "missing-condition"),
            ("WHERE", "WHERE t.d = 1 AND", "extra-condition"),
            ("t.b >", "t.e >", "wrong-relation"),
            ("LEFT JOIN", "JOIN", "inner-join-drops-rows"),
            ("COUNT(u.id)", "SUM(u.id)", "wrong-aggregate"),
            ("GROUP BY t.a", "GROUP BY t.b", "wrong-grouping"),
            ("n DESC", "n", "wrong-direction"),
            (", t.a LIMIT", " LIMIT", "missing-tie-break"),
            ("LIMIT 3", "LIMIT 4", "off-by-one-slice"),
        ] {
            assert_eq!(reasons(&one.replace(from, to), one), [reason], "{from} {to}");
        }
    }
}
