//! The staged comparison of two statements: clause by clause, in the order in which the database works through them.

/// The stages of a SELECT, in the order of their evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Tables and joins.
    From,
    /// Conditions on rows.
    Where,
    /// What is grouped by.
    GroupBy,
    /// Conditions on groups.
    Having,
    /// Columns and aggregates.
    Select,
    /// Whether each row comes once.
    Distinct,
    /// The order.
    OrderBy,
    /// The cut.
    Limit,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::From,
        Self::Where,
        Self::GroupBy,
        Self::Having,
        Self::Select,
        Self::Distinct,
        Self::OrderBy,
        Self::Limit,
    ];

    /// Its words in SQL.
    pub fn word(self) -> &'static str {
        match self {
            Self::From => "FROM",
            Self::Where => "WHERE",
            Self::GroupBy => "GROUP BY",
            Self::Having => "HAVING",
            Self::Select => "SELECT",
            Self::Distinct => "DISTINCT",
            Self::OrderBy => "ORDER BY",
            Self::Limit => "LIMIT",
        }
    }

    /// What a learner is to look at.
    pub fn topic(self) -> &'static str {
        match self {
            Self::From => "which tables are joined, and how",
            Self::Where => "the conditions on the rows",
            Self::GroupBy => "what the rows are grouped by",
            Self::Having => "the conditions on the groups",
            Self::Select => "what is computed for each row",
            Self::Distinct => "whether a row may come more than once",
            Self::OrderBy => "the order",
            Self::Limit => "where the result is cut",
        }
    }
}

/// A clause in which an answer's statement differs from the reference's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseDifference {
    /// Which one.
    pub stage: Stage,
    /// What only the reference has in it, part by part.
    pub lacking: Vec<String>,
    /// What only the answer has in it.
    pub added: Vec<String>,
}

impl ClauseDifference {
    /// What is to be done about it.
    pub fn edit(&self) -> String {
        let list = |parts: &[String]| parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
        let word = self.stage.word();
        match (self.lacking.is_empty(), self.added.is_empty()) {
            (false, false) => format!("In {word} put {} in place of {}.", list(&self.lacking), list(&self.added)),
            (false, true) => format!("In {word} add {}.", list(&self.lacking)),
            (true, false) => format!("In {word} leave out {}.", list(&self.added)),
            (true, true) => format!("In {word} the parts are put together otherwise."),
        }
    }

    /// The same without the parts themselves.
    pub fn told(&self) -> String {
        let word = self.stage.word();
        match (self.lacking.len(), self.added.len()) {
            (0, 0) => format!("{word} has the right parts, put together otherwise"),
            (lacking, 0) => format!("{word} lacks {}", parts(lacking)),
            (0, 1) => format!("{word} has one part too much"),
            (0, added) => format!("{word} has {added} parts too many"),
            (1, 1) => format!("one part of {word} is another than asked for"),
            (lacking, added) if lacking == added => format!("{lacking} parts of {word} are others than asked for"),
            (lacking, added) => {
                format!("{word} lacks {} and has {} that are not asked for", parts(lacking), parts(added))
            }
        }
    }
}

fn parts(count: usize) -> String {
    if count == 1 { "one part".to_owned() } else { format!("{count} parts") }
}

/// The clauses in which two statements differ, in the order of their evaluation; none when either is no plain SELECT.
pub fn differing_clauses(answer: &str, reference: &str) -> Option<Vec<ClauseDifference>> {
    let ((answer, given_keys), (reference, wanted_keys)) = (clauses(answer)?, clauses(reference)?);
    let mut found = Vec::new();
    for (stage, (given, wanted)) in Stage::ALL.iter().zip(answer.iter().zip(&reference)) {
        // Keys that are named alike are alike, whatever the name stands for: that is SELECT's matter.
        let named_alike = match stage {
            Stage::GroupBy => given_keys[0] == wanted_keys[0],
            Stage::OrderBy => given_keys[1] == wanted_keys[1],
            _ => false,
        };
        if given == wanted || named_alike {
            continue;
        }
        let without = |one: &[String], other: &[String]| -> Vec<String> {
            let mut left = other.to_vec();
            let mut missing = Vec::new();
            for part in one {
                match left.iter().position(|known| known == part) {
                    Some(at) => {
                        left.remove(at);
                    }
                    None => missing.push(part.clone()),
                }
            }
            missing
        };
        let (mut lacking, mut added) = (without(wanted, given), without(given, wanted));
        // A name that needs no table before it means the same without.
        lacking.retain(|one| match added.iter().position(|other| is_same_unqualified(one, other)) {
            Some(at) => {
                added.remove(at);
                false
            }
            None => true,
        });
        let in_place = given.len() == wanted.len()
            && given.iter().zip(wanted).all(|(one, other)| one == other || is_same_unqualified(one, other));
        if in_place {
            continue;
        }
        // The parts of these may stand in any order.
        let is_set = matches!(stage, Stage::Where | Stage::Having | Stage::GroupBy | Stage::Select);
        if lacking.is_empty() && added.is_empty() && is_set {
            continue;
        }
        found.push(ClauseDifference { stage: *stage, lacking, added });
    }
    Some(found)
}

/// What stands in each clause, in parts, and the keys of GROUP BY and of ORDER BY as they are written.
type Parts = ([Vec<String>; 8], [Vec<String>; 2]);

/// What stands in each clause of a statement, in parts: joins, conditions, columns, keys.
fn clauses(sql: &str) -> Option<Parts> {
    let mut texts: [String; 8] = std::array::from_fn(|_| String::new());
    let mut current = None;
    let mut depth = 0_i32;
    let mut quote = None;
    let sql = in_one_case(sql.trim().trim_end_matches(';'));
    let mut rest = sql.as_str();
    while let Some(symbol) = rest.chars().next() {
        let is_word = symbol.is_alphanumeric() || symbol == '_';
        let length = match quote {
            None if is_word => {
                rest.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(rest.len())
            }
            _ => symbol.len_utf8(),
        };
        let word = &rest[..length];
        rest = &rest[length..];
        match (quote, symbol) {
            (Some(open), symbol) if open == symbol => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(symbol),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 && quote.is_none() && is_word {
            let upper = word.to_ascii_uppercase();
            let stage = match upper.as_str() {
                "SELECT" => Some(Stage::Select),
                "FROM" => Some(Stage::From),
                "WHERE" => Some(Stage::Where),
                "GROUP" => Some(Stage::GroupBy),
                "HAVING" => Some(Stage::Having),
                "ORDER" => Some(Stage::OrderBy),
                "LIMIT" => Some(Stage::Limit),
                "UNION" | "INTERSECT" | "EXCEPT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" => return None,
                "DISTINCT" if current == Some(Stage::Select) && texts[4].trim().is_empty() => {
                    texts[5].push_str("DISTINCT");
                    continue;
                }
                "BY" if matches!(current, Some(Stage::GroupBy | Stage::OrderBy)) => continue,
                _ => None,
            };
            if let Some(stage) = stage {
                current = Some(stage);
                continue;
            }
        }
        texts[current? as usize].push_str(word);
    }
    let aliases = aliases(&texts[0]);
    let plain = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        plain_names(&text, &aliases)
    };
    let from = texts[0].split_whitespace().collect::<Vec<_>>().join(" ");
    let columns: Vec<(String, Option<String>)> =
        split(&plain(&texts[4]), &[","]).iter().map(|column| named(column)).collect();
    // A name that SELECT gives stands for what it names.
    let key = |key: &str| {
        let (bare, direction) = match key.strip_suffix(" DESC") {
            Some(bare) => (bare, " DESC"),
            None => (ascending(key), ""),
        };
        let by_place = bare.parse::<usize>().ok().and_then(|place| columns.get(place.checked_sub(1)?));
        let by_name = || columns.iter().find(|(_, name)| name.as_deref() == Some(bare));
        let meant = by_place.or_else(by_name).map_or(bare, |(column, _)| column.as_str());
        format!("{meant}{direction}")
    };
    let joins = split(
        &format!("{from} "),
        &[" LEFT OUTER JOIN ", " LEFT JOIN ", " INNER JOIN ", " CROSS JOIN ", " JOIN ", ","],
    );
    let written = [&texts[2], &texts[6]].map(|text| split(&plain(text), &[","]));
    let staged = [
        joins.iter().map(|part| joined(&plain(part), &aliases)).collect(),
        conditions(&plain(&texts[1])),
        of_keys(split(&plain(&texts[2]), &[","]).iter().map(|part| key(part)).collect()),
        conditions(&plain(&texts[3])),
        columns.iter().map(|(column, _)| column.clone()).collect(),
        if texts[5].is_empty() { Vec::new() } else { vec!["DISTINCT".to_owned()] },
        split(&plain(&texts[6]), &[","]).iter().map(|part| key(part)).collect(),
        if texts[7].trim().is_empty() { Vec::new() } else { vec![plain(&texts[7])] },
    ];
    Some((staged, written))
}

/// A statement without comments, its words of SQL in capitals, and one sign for unequal.
fn in_one_case(sql: &str) -> String {
    const WORDS: [&str; 44] = [
        "AND",
        "OR",
        "NOT",
        "IN",
        "IS",
        "NULL",
        "LIKE",
        "BETWEEN",
        "EXISTS",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "AS",
        "ON",
        "USING",
        "JOIN",
        "LEFT",
        "RIGHT",
        "INNER",
        "OUTER",
        "CROSS",
        "SELECT",
        "DISTINCT",
        "FROM",
        "WHERE",
        "GROUP",
        "BY",
        "HAVING",
        "ORDER",
        "ASC",
        "DESC",
        "NULLS",
        "FIRST",
        "LAST",
        "LIMIT",
        "OFFSET",
        "OVER",
        "PARTITION",
        "ESCAPE",
        "GLOB",
        "TRUE",
        "FALSE",
    ];
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(symbol) = rest.chars().next() {
        let length = match symbol {
            '\'' | '"' | '`' => rest[1..].find(symbol).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, after)| after);
                text.push(' ');
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                text.push(' ');
                continue;
            }
            '!' if rest.starts_with("!=") => {
                rest = &rest[2..];
                text.push_str("<>");
                continue;
            }
            _ if symbol.is_alphanumeric() || symbol == '_' => {
                rest.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(rest.len())
            }
            _ => symbol.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        let upper = word.to_ascii_uppercase();
        if WORDS.contains(&upper.as_str()) || (after.starts_with('(') && symbol.is_alphabetic()) {
            text.push_str(&upper);
        } else {
            text.push_str(word);
        }
        rest = after;
    }
    text
}

/// A column and the name that it is given.
fn named(column: &str) -> (String, Option<String>) {
    match column.rsplit_once(" AS ") {
        Some((what, name)) if name.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_') => {
            (what.to_owned(), Some(name.to_owned()))
        }
        _ => (column.to_owned(), None),
    }
}

/// What rows are grouped by: beside a table's key its other columns say nothing.
fn of_keys(parts: Vec<String>) -> Vec<String> {
    let owners: Vec<String> =
        parts.iter().filter_map(|part| part.strip_suffix(".id")).map(|owner| format!("{owner}.")).collect();
    let depends = |part: &String| !part.ends_with(".id") && owners.iter().any(|owner| part.starts_with(owner.as_str()));
    parts.into_iter().filter(|part| !depends(part)).collect()
}

/// Whether two parts say the same, one of them with no table before its names.
fn is_same_unqualified(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        let is_symbol = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
        let mut plain = String::new();
        for symbol in text.chars() {
            if symbol == '.' && plain.ends_with(is_symbol) {
                let start = plain.rfind(|symbol: char| !is_symbol(symbol)).map_or(0, |at| at + 1);
                if !plain[start..].starts_with(|symbol: char| symbol.is_ascii_digit()) {
                    plain.truncate(start);
                    continue;
                }
            }
            plain.push(symbol);
        }
        plain
    };
    let (plain_one, plain_other) = (bare(one), bare(other));
    plain_one == plain_other && (plain_one == one || plain_other == other)
}

/// A key of an order without the word that says what holds anyway.
fn ascending(key: &str) -> &str {
    match key.len().checked_sub(4).and_then(|at| key.split_at_checked(at)) {
        Some((key, word)) if word.eq_ignore_ascii_case(" ASC") => key,
        _ => key,
    }
}

/// The short names that a FROM clause gives its tables, each with the table's name.
fn aliases(from: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = from.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let first = at == 0 || words[at - 1].eq_ignore_ascii_case("JOIN") || words[at - 1].ends_with(',');
        if !first || word.starts_with('(') {
            continue;
        }
        let next = match words.get(at + 1) {
            Some(word) if word.eq_ignore_ascii_case("AS") => words.get(at + 2),
            other => other,
        };
        let Some(alias) = next.map(|word| word.trim_end_matches(',')) else { continue };
        let is_keyword = ["ON", "LEFT", "INNER", "JOIN", "CROSS", "USING", "NATURAL", "RIGHT", "FULL"]
            .iter()
            .any(|keyword| alias.eq_ignore_ascii_case(keyword));
        if !is_keyword && alias.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_') {
            found.push((alias.to_owned(), word.trim_matches('"').trim_end_matches(',').to_owned()));
        }
    }
    found
}

/// A joined table, its join written out and without the short name that it is given.
fn joined(part: &str, aliases: &[(String, String)]) -> String {
    let is_join =
        |word: &str| ["LEFT", "OUTER", "INNER", "CROSS", "JOIN"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let mut words = part.split_whitespace().peekable();
    let mut kind = Vec::new();
    while let Some(word) = words.next_if(|word| is_join(word)) {
        kind.push(word.to_ascii_uppercase());
    }
    let kind = match kind.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["LEFT", ..] => "LEFT OUTER JOIN ",
        ["CROSS", ..] => "CROSS JOIN ",
        [] => "",
        _ => "INNER JOIN ",
    };
    let table = words.next().unwrap_or_default();
    words.next_if(|word| word.eq_ignore_ascii_case("AS"));
    words.next_if(|word| aliases.iter().any(|(alias, _)| alias == word));
    let rest: Vec<&str> = words.collect();
    let gap = if rest.is_empty() { "" } else { " " };
    format!("{kind}{table}{gap}{}", rest.join(" "))
}

/// A text whose names have no quotes, and no short names of tables before them.
fn plain_names(text: &str, aliases: &[(String, String)]) -> String {
    let mut plain = text.replace('"', "");
    for (alias, table) in aliases {
        for (from, to) in [(format!(" {alias}."), format!(" {table}.")), (format!("({alias}."), format!("({table}."))] {
            plain = plain.replace(&from, &to);
        }
        if let Some(rest) = plain.strip_prefix(&format!("{alias}.")) {
            plain = format!("{table}.{rest}");
        }
    }
    plain
}

/// The conditions that AND joins, the parentheses around all of them taken off.
fn conditions(text: &str) -> Vec<String> {
    let bare = unwrapped(text.trim());
    let mut found = Vec::new();
    for part in split(&format!(" {bare} "), &[" AND "]) {
        let inner = unwrapped(&part);
        if inner != part && split(&format!(" {inner} "), &[" AND "]).len() > 1 {
            found.extend(conditions(inner));
        } else {
            found.push(inner.to_owned());
        }
    }
    // The AND of a BETWEEN joins nothing.
    let mut joined: Vec<String> = Vec::new();
    for part in found {
        match joined.last_mut() {
            Some(last) if last.contains(" BETWEEN ") && !last.contains(" AND ") => {
                last.push_str(" AND ");
                last.push_str(&part);
            }
            _ => joined.push(part),
        }
    }
    joined
}

/// A text without the parentheses that stand around all of it.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') && text.ends_with(')') {
        let mut depth = 0_i32;
        let closes = text.char_indices().find(|(_, symbol)| {
            depth += i32::from(*symbol == '(') - i32::from(*symbol == ')');
            depth == 0
        });
        if closes.is_none_or(|(at, _)| at + 1 != text.len()) {
            break;
        }
        text = text[1..text.len() - 1].trim();
    }
    text
}

/// A text split before or at separators that stand outside of parentheses. A comma and AND are left out, a JOIN begins
/// its part.
fn split(text: &str, separators: &[&str]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let separator = separators.iter().find(|separator| {
            depth == 0 && rest.get(..separator.len()).is_some_and(|head| head.eq_ignore_ascii_case(separator))
        });
        if let Some(separator) = separator {
            let kept = if separator.contains("JOIN") { format!("{} ", separator.trim()) } else { String::new() };
            parts.push(kept);
            at += separator.len();
            // The blank after a separator may be the one before the next.
            if separator.ends_with(' ') {
                at -= 1;
            }
            continue;
        }
        let Some(symbol) = rest.chars().next() else { break };
        depth += i32::from(symbol == '(') - i32::from(symbol == ')');
        if let Some(part) = parts.last_mut() {
            part.push(symbol);
        }
        at += symbol.len_utf8();
    }
    parts
        .iter()
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Staged = (Stage, Vec<String>, Vec<String>);

    fn stages(answer: &str, reference: &str) -> Option<Vec<Staged>> {
        let found = differing_clauses(answer, reference)?;
        Some(found.into_iter().map(|found| (found.stage, found.lacking, found.added)).collect())
    }

    #[test]
    fn clauses_are_told_apart() {
        let one = "SELECT a FROM t WHERE x IN (SELECT y FROM u WHERE z) AND b = 1 ORDER BY a LIMIT 3";
        let texts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            stages(&one.replace("LIMIT 3", "LIMIT 4"), one),
            Some(vec![(Stage::Limit, texts(&["3"]), texts(&["4"]))])
        );
        assert_eq!(stages(&one.replace(" AND b = 1", ""), one), Some(vec![(Stage::Where, texts(&["b = 1"]), vec![])]));
        assert_eq!(
            stages(&one.replace("SELECT a", "SELECT DISTINCT a"), one),
            Some(vec![(Stage::Distinct, vec![], texts(&["DISTINCT"]))])
        );
        assert_eq!(stages(&one.replace("ORDER BY a", "order by a asc"), one), Some(vec![]));
        assert_eq!(stages("INSERT INTO t VALUES (1)", one), None);
    }

    #[test]
    fn short_names_and_order_of_conditions_mean_nothing() {
        let reference = "SELECT \"t\".\"a\" FROM \"t\" LEFT OUTER JOIN \"u\" ON (\"t\".\"id\" = \"u\".\"t_id\") \
                         WHERE (\"t\".\"b\" >= 1 AND NOT \"t\".\"c\")";
        let answer = "SELECT x.a FROM t x LEFT JOIN u ON (x.id = u.t_id) WHERE NOT x.c AND x.b >= 1";
        assert_eq!(stages(answer, reference), Some(vec![]));
        let found = differing_clauses(&answer.replace("LEFT JOIN", "JOIN"), reference).unwrap();
        assert_eq!(found[0].stage, Stage::From);
        assert!(found[0].edit().contains("LEFT OUTER JOIN u"), "{}", found[0].edit());
        for (answer, reference) in [
            (
                "SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY n DESC",
                "select t.a, count(*) from t group by t.a order by 2 desc",
            ),
            (
                "SELECT a FROM t\nJOIN u ON u.t = t.id -- joined\nWHERE b != 1",
                "SELECT a FROM t JOIN u ON u.t = t.id WHERE b <> 1",
            ),
            ("SELECT t.a FROM t GROUP BY t.id", "SELECT t.a FROM t GROUP BY t.id, t.a"),
        ] {
            assert_eq!(stages(answer, reference), Some(vec![]), "{answer}");
        }
        let between = "SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND b";
        assert_eq!(stages(between, "SELECT a FROM t WHERE b AND a BETWEEN 1 AND 2"), Some(vec![]));
    }
}
