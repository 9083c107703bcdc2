//! Which known name a misspelt one was meant to be.

/// The nearest of `known` to `name`, when one is near enough to be worth naming.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3 + 1;
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;

fn substitution_cost(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The weighted edit distance that CPython uses for "Did you mean": a move costs 2, a change of case 1.
/// `None` when it is more than `limit`, or a name is too long to be compared.
pub fn edit_distance_cost(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        let cost = (a.len() + b.len()) * MOVE_COST;
        return (cost <= limit).then_some(cost);
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return None;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    for (j, &right) in b.iter().enumerate() {
        let mut diagonal = j * MOVE_COST;
        // As CPython, whose left border lags one row behind: the names it offers depend on it.
        let mut left = diagonal;
        for (i, &other) in a.iter().enumerate() {
            let above = row[i];
            left = (diagonal + substitution_cost(right, other)).min(left.min(above) + MOVE_COST);
            diagonal = above;
            row[i] = left;
        }
    }
    let cost = row[a.len() - 1];
    (cost <= limit).then_some(cost)
}

/// The name that CPython 3.11 would offer in "Did you mean: '…'?", by its own rules of nearness.
pub fn python_suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.into_iter().take(MAX_CANDIDATES) {
        if candidate == name {
            continue;
        }
        let longest = (name.len() + candidate.len() + 3) * MOVE_COST / 6;
        let limit = best.map_or(longest, |(cost, _)| longest.min(cost.saturating_sub(1)));
        if let Some(cost) = edit_distance_cost(name, candidate, limit) {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_offers_what_cpython_offers() {
        assert_eq!(python_suggestion("pirnt", ["print", "repr"]), Some("print"));
        assert_eq!(python_suggestion("blech", ["bluch", "xyz"]), Some("bluch"));
        assert_eq!(python_suggestion("somethingverywrong", ["print"]), None);
    }

    #[test]
    fn nearest_needs_a_near_name() {
        assert_eq!(nearest("promt", ["prompt", "topic"]), Some("prompt"));
        assert_eq!(nearest("xyz", ["prompt", "topic"]), None);
    }
}
