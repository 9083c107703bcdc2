//! Which clauses of two statements differ, in the order in which the database works through them.

/// A SELECT's clauses, in the order of their evaluation.
const ORDER: [&str; 7] = ["FROM", "WHERE", "GROUP BY", "HAVING", "SELECT", "ORDER BY", "LIMIT"];

/// The clauses in which two statements differ, in the order of their evaluation; none when either is no plain SELECT.
pub fn differing_clauses(one: &str, other: &str) -> Option<Vec<&'static str>> {
    let (one, other) = (clauses(one)?, clauses(other)?);
    Some(
        ORDER
            .iter()
            .zip(one.iter().zip(&other))
            .filter(|(_, (one, other))| one != other)
            .map(|(name, _)| *name)
            .collect(),
    )
}

/// What stands in each clause of a statement.
fn clauses(sql: &str) -> Option<[String; 7]> {
    let mut found: [String; 7] = std::array::from_fn(|_| String::new());
    let mut current = None;
    let mut depth = 0_i32;
    for word in sql.split_inclusive(|symbol: char| symbol.is_whitespace() || symbol == '(' || symbol == ')') {
        let bare = word.trim().trim_end_matches(['(', ')']).to_ascii_uppercase();
        let place = if depth == 0 {
            match bare.as_str() {
                "SELECT" => Some(4),
                "FROM" => Some(0),
                "WHERE" => Some(1),
                "GROUP" => Some(2),
                "HAVING" => Some(3),
                "ORDER" => Some(5),
                "LIMIT" => Some(6),
                "UNION" | "INTERSECT" | "EXCEPT" | "WITH" => return None,
                _ => None,
            }
        } else {
            None
        };
        match place {
            Some(place) => current = Some(place),
            None => found[current?].push_str(word),
        }
        depth += word.matches('(').count() as i32 - word.matches(')').count() as i32;
    }
    for clause in &mut found {
        *clause = clause.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::differing_clauses;

    #[test]
    fn clauses_are_told_apart() {
        let one = "SELECT a FROM t WHERE x IN (SELECT y FROM u WHERE z) ORDER BY a LIMIT 3";
        assert_eq!(differing_clauses(one, &one.replace("LIMIT 3", "LIMIT 4")), Some(vec!["LIMIT"]));
        assert_eq!(differing_clauses(one, &one.replace("WHERE z", "WHERE v")), Some(vec!["WHERE"]));
        assert_eq!(differing_clauses(one, one), Some(vec![]));
        assert_eq!(differing_clauses("INSERT INTO t VALUES (1)", one), None);
    }
}
