//! Text as Python writes it, for messages.

pub use crate::values::text::str_repr as repr_str;

/// `difflib.get_close_matches(word, known)`: up to three names with a ratio of 0.6 or more, the best first.
pub fn close_matches<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| {
            let candidate: Vec<char> = name.chars().collect();
            let matched = matching(&candidate, &word);
            let length = candidate.len() + word.len();
            let ratio = if length == 0 { 1.0 } else { 2.0 * matched as f64 / length as f64 };
            (ratio, name)
        })
        .filter(|(ratio, _)| *ratio >= 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    scored.dedup();
    scored.truncate(3);
    scored.into_iter().map(|(_, name)| name).collect()
}

/// How many characters the matching blocks of two words hold: the longest common run, then both sides of it.
fn matching(a: &[char], b: &[char]) -> usize {
    let mut best = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let run = a[i..].iter().zip(&b[j..]).take_while(|(x, y)| x == y).count();
            if run > best.2 {
                best = (i, j, run);
            }
        }
    }
    let (i, j, run) = best;
    if run == 0 {
        return 0;
    }
    run + matching(&a[..i], &b[..j]) + matching(&a[i + run..], &b[j + run..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_lookups_are_offered_as_difflib_does() {
        let lookups = ["exact", "iexact", "contains", "icontains", "in", "isnull", "startswith"];
        assert_eq!(close_matches("contain", lookups), ["contains", "icontains"]);
        assert_eq!(close_matches("foo", lookups), Vec::<&str>::new());
    }
}
