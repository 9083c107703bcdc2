//! An SQL script, apart into statements.

/// The statements of a script without comments, each with its semicolon.
pub fn statements(script: &str) -> Vec<String> {
    let letters: Vec<char> = script.chars().collect();
    let mut all = Vec::new();
    let mut current = String::new();
    let mut at = 0;
    // `CREATE TRIGGER … BEGIN …; END;` is one statement.
    let mut depth = 0usize;
    let mut word = String::new();
    let mut is_create = false;
    while at < letters.len() {
        let letter = letters[at];
        let next = letters.get(at + 1).copied();
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else {
            take_word(&mut word, &mut is_create, &mut depth);
        }
        match letter {
            '-' if next == Some('-') => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            '/' if next == Some('*') => {
                at += 2;
                while at < letters.len() && !(letters[at] == '*' && letters.get(at + 1) == Some(&'/')) {
                    at += 1;
                }
                at += 2;
                continue;
            }
            '\'' | '"' | '`' => {
                current.push(letter);
                at += 1;
                while at < letters.len() {
                    current.push(letters[at]);
                    at += 1;
                    if letters[at - 1] == letter {
                        break;
                    }
                }
                continue;
            }
            ';' if depth == 0 => {
                current.push(';');
                put(&mut all, &mut current);
                is_create = false;
            }
            _ => current.push(letter),
        }
        at += 1;
    }
    put(&mut all, &mut current);
    all
}

fn take_word(word: &mut String, is_create: &mut bool, depth: &mut usize) {
    match word.to_uppercase().as_str() {
        "CREATE" => *is_create = true,
        "BEGIN" | "CASE" if *is_create => *depth += 1,
        "END" if *is_create => *depth = depth.saturating_sub(1),
        _ => {}
    }
    word.clear();
}

fn put(all: &mut Vec<String>, current: &mut String) {
    let text = current.trim();
    if !text.is_empty() {
        all.push(text.to_owned());
    }
    current.clear();
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn semicolons_part_statements_outside_of_texts_comments_and_triggers() {
        assert_eq!(statements("SELECT ';'; -- no; more\nSELECT 2"), ["SELECT ';';", "SELECT 2"]);
        assert_eq!(statements("/* a; b */ SELECT 1;"), ["SELECT 1;"]);
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END;";
        assert_eq!(statements(trigger), [trigger]);
        assert_eq!(statements(" ; "), [";"]);
    }
}
