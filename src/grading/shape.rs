//! The shape words: what a question may demand of the SQL itself.

/// The words of a statement outside its texts, in small letters; names in quotes keep their quotes.
pub fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut symbols = sql.chars().peekable();
    let finish = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\'' | '"' | '`' => {
                finish(&mut word, &mut words);
                let mut text = String::from(symbol);
                while let Some(inner) = symbols.next() {
                    if inner == symbol {
                        if symbols.peek() == Some(&symbol) {
                            symbols.next();
                            continue;
                        }
                        break;
                    }
                    text.push(inner);
                }
                if symbol != '\'' {
                    words.push(text);
                } else {
                    words.push("'".to_owned());
                }
            }
            '-' if symbols.peek() == Some(&'-') => {
                finish(&mut word, &mut words);
                for inner in symbols.by_ref() {
                    if inner == '\n' {
                        break;
                    }
                }
            }
            '/' if symbols.peek() == Some(&'*') => {
                finish(&mut word, &mut words);
                symbols.next();
                let mut before = ' ';
                for inner in symbols.by_ref() {
                    if before == '*' && inner == '/' {
                        break;
                    }
                    before = inner;
                }
            }
            symbol if symbol.is_alphanumeric() || symbol == '_' => word.extend(symbol.to_lowercase()),
            symbol => {
                finish(&mut word, &mut words);
                if !symbol.is_whitespace() {
                    words.push(symbol.to_string());
                }
            }
        }
    }
    finish(&mut word, &mut words);
    words
}

/// The shape words that hold of a statement.
pub fn shape_words(sql: &str) -> Vec<&'static str> {
    let words = words(sql);
    let at = |place: usize| words.get(place).map(String::as_str).unwrap_or_default();
    let mut found: Vec<&'static str> = Vec::new();
    let mut say = |word| {
        if !found.contains(&word) {
            found.push(word);
        }
    };
    // For each level of brackets, whether tables are being named: a comma among those joins.
    let mut naming = vec![false];
    let mut tables: Vec<String> = Vec::new();
    let mut selects = 0;
    for (place, word) in words.iter().enumerate() {
        let next = at(place + 1);
        let before = place.checked_sub(1).map(at).unwrap_or_default();
        match word.as_str() {
            "(" => naming.push(false),
            ")" if naming.len() > 1 => drop(naming.pop()),
            "," if naming.last() == Some(&true) => {
                say("join");
                say("inner_join");
            }
            "from" | "where" | "select" | "set" | "values" | "returning" | "union" | "intersect" | "except" => {
                if let Some(level) = naming.last_mut() {
                    *level = word == "from";
                }
            }
            "group" | "order" | "having" | "limit" | "window" => {
                if let Some(level) = naming.last_mut() {
                    *level = false;
                }
            }
            _ => {}
        }
        match word.as_str() {
            "exists" => say("exists"),
            "select" => {
                selects += 1;
                if before == "(" {
                    say("subquery");
                }
            }
            "join" => {
                say("join");
                if before == "outer" || before == "left" {
                    say("left_join");
                } else if before != "right" && before != "full" {
                    say("inner_join");
                }
            }
            "distinct" => say("distinct"),
            "group" if next == "by" => say("group_by"),
            "having" => say("having"),
            "order" if next == "by" => say("order_by"),
            "limit" => say("limit"),
            "offset" => say("offset"),
            "over" if next == "(" => say("window"),
            "union" => say("union"),
            "in" if next == "(" && at(place + 2) != "select" => say("in_list"),
            "between" => say("between"),
            "like" => say("like"),
            "case" => say("case"),
            "count" | "sum" | "avg" | "min" | "max" | "total" | "group_concat" if next == "(" => say("aggregate"),
            "is" if next == "null" || (next == "not" && at(place + 2) == "null") => say("is_null"),
            "with" if place == 0 || before == "(" => say("cte"),
            _ => {}
        }
        if (word == "from" || word == "join") && next != "(" {
            let name = next.trim_start_matches(['"', '`']).to_owned();
            if tables.contains(&name) && selects <= 1 {
                say("self_join");
            }
            tables.push(name);
        }
    }
    found
}

/// Whether the statement as a whole has an ORDER BY, and not only what stands in brackets.
pub fn is_ordered(sql: &str) -> bool {
    let words = words(sql);
    let mut depth = 0_i32;
    words.windows(2).any(|pair| {
        depth += i32::from(pair[0] == "(") - i32::from(pair[0] == ")");
        depth == 0 && pair[0] == "order" && pair[1] == "by"
    })
}

#[cfg(test)]
mod tests {
    use super::{is_ordered, shape_words};

    #[test]
    fn an_order_inside_orders_nothing_outside() {
        assert!(is_ordered("SELECT a FROM t ORDER BY a LIMIT 1"));
        assert!(is_ordered("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1"));
        assert!(!is_ordered("SELECT a FROM (SELECT a FROM t ORDER BY a) /* ORDER BY a */"));
        assert!(!is_ordered("SELECT a, RANK() OVER (ORDER BY a) FROM t GROUP BY a"));
    }

    #[test]
    fn words_are_found_outside_of_texts() {
        let sql = "SELECT DISTINCT a FROM t LEFT OUTER JOIN t T2 ON (1) WHERE b LIKE 'union limit' AND c IN (1, 2)";
        assert_eq!(shape_words(sql), ["distinct", "join", "left_join", "self_join", "like", "in_list"]);
        assert_eq!(shape_words("SELECT (SELECT COUNT(*) FROM u) FROM t"), ["subquery", "aggregate"]);
        assert_eq!(shape_words("SELECT 1 WHERE NOT (x IS NOT NULL)"), ["is_null"]);
        assert!(shape_words("/* no JOIN, no EXISTS ( */ SELECT 1 -- DISTINCT").is_empty());
        assert_eq!(shape_words("SELECT 1 FROM a, b WHERE a.x = b.x"), ["join", "inner_join"]);
    }
}
