//! The constants that stand in answers: databases that know them reach the boundaries of conditions.

use crate::runner::Language;

/// A constant, with the names that stand next to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// What it is.
    pub value: Constant,
    /// The words that it may be compared with: `total_amount` for `total_amount__gte=5` and for `o.total_amount >= 5`.
    pub near: Vec<String>,
}

/// A constant's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A whole number.
    Int(i64),
    /// A number with a point, as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// A day.
    Day(i32, u32, u32),
    /// A moment of a day.
    Moment(i32, u32, u32, u32, u32, u32),
    /// A time before or after now, in seconds.
    Span(i64),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Number(String),
    Text(String),
    Symbol(char),
}

/// The constants of a text, in the order of their appearance, each once.
pub fn literals(source: &str, language: Language) -> Vec<Literal> {
    let tokens = tokens(source, language);
    let mut found: Vec<Literal> = Vec::new();
    let mut add = |value: Constant, near: Vec<String>| match found.iter_mut().find(|literal| literal.value == value) {
        Some(known) => known.near.extend(near),
        None => found.push(Literal { value, near }),
    };
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Name(name) if ["date", "datetime", "timedelta"].contains(&name.as_str()) => {
                if let Some((value, after)) = call(name, &tokens, at + 1) {
                    add(value, names_near(&tokens, at));
                    at = after;
                    continue;
                }
            }
            Token::Number(digits) => {
                let value = match digits.parse::<i64>() {
                    Ok(number) => Constant::Int(number),
                    Err(_) => Constant::Number(digits.clone()),
                };
                add(value, names_near(&tokens, at));
            }
            Token::Text(text) => {
                for value in readings(text) {
                    add(value, names_near(&tokens, at));
                }
            }
            Token::Name(_) | Token::Symbol(_) => {}
        }
        at += 1;
    }
    found
}

/// What a text may stand for: itself, what is between a pattern's wild signs, a number, a day.
pub fn readings(text: &str) -> Vec<Constant> {
    let mut values = vec![Constant::Text(text.to_owned())];
    let bare: String = text.trim_matches(['%', '_']).to_owned();
    if bare != text && !bare.is_empty() {
        values.push(Constant::Text(bare));
    }
    let plain_number = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.parse::<f64>().is_ok();
    if plain_number {
        values.push(match text.parse::<i64>() {
            Ok(number) => Constant::Int(number),
            Err(_) => Constant::Number(text.to_owned()),
        });
    }
    let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    if text.is_ascii()
        && text.len() >= 10
        && text.as_bytes().get(4) == Some(&b'-')
        && text.as_bytes().get(7) == Some(&b'-')
        && let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10))
    {
        let year = year as i32;
        values.push(match (digits(11..13), digits(14..16)) {
            (Some(hour), Some(minute)) => Constant::Moment(year, month, day, hour, minute, digits(17..19).unwrap_or(0)),
            _ => Constant::Day(year, month, day),
        });
    }
    values
}

/// `date(2025, 5, 1)`, `datetime(2025, 5, 1, 12, tzinfo=…)`, `timedelta(days=30)`: the value and where it ends.
fn call(name: &str, tokens: &[Token], mut at: usize) -> Option<(Constant, usize)> {
    if tokens.get(at) != Some(&Token::Symbol('(')) {
        return None;
    }
    at += 1;
    let mut numbers: Vec<i64> = Vec::new();
    let mut span = 0;
    let mut unit = "days".to_owned();
    let mut depth = 1;
    while depth > 0 {
        match tokens.get(at)? {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Name(word) => unit = word.clone(),
            Token::Number(digits) if depth == 1 => {
                let number: f64 = digits.parse().ok()?;
                numbers.push(number as i64);
                let seconds = match unit.as_str() {
                    "weeks" => 604_800.0,
                    "days" => 86_400.0,
                    "hours" => 3600.0,
                    "minutes" => 60.0,
                    _ => 1.0,
                };
                span += (number * seconds) as i64;
            }
            _ => {}
        }
        at += 1;
    }
    let part = |place: usize| numbers.get(place).copied().and_then(|number| u32::try_from(number).ok());
    let value = match name {
        "timedelta" if !numbers.is_empty() => Constant::Span(span),
        "timedelta" => return None,
        _ => {
            let year = i32::try_from(*numbers.first()?).ok()?;
            match part(3) {
                Some(hour) => {
                    Constant::Moment(year, part(1)?, part(2)?, hour, part(4).unwrap_or(0), part(5).unwrap_or(0))
                }
                None => Constant::Day(year, part(1)?, part(2)?),
            }
        }
    };
    Some((value, at))
}

/// The words of the names that stand shortly before a token, and those just after it.
fn names_near(tokens: &[Token], at: usize) -> Vec<String> {
    let mut words = Vec::new();
    let before = at.saturating_sub(6)..at;
    let after = at + 1..(at + 4).min(tokens.len());
    let mut taken = 0;
    for token in tokens[before].iter().rev() {
        if let Token::Name(name) = token {
            words.extend(name.split("__").map(str::to_lowercase));
            taken += 1;
            if taken == 2 {
                break;
            }
        }
    }
    for token in &tokens[after] {
        if let Token::Name(name) = token {
            words.extend(name.split("__").map(str::to_lowercase));
        }
    }
    words
}

fn tokens(source: &str, language: Language) -> Vec<Token> {
    let symbols: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < symbols.len() {
        let symbol = symbols[at];
        let next = symbols.get(at + 1).copied();
        if symbol.is_whitespace() {
            at += 1;
        } else if (language == Language::Python && symbol == '#')
            || (language == Language::Sql && symbol == '-' && next == Some('-'))
        {
            while at < symbols.len() && symbols[at] != '\n' {
                at += 1;
            }
        } else if symbol == '\'' || symbol == '"' {
            let (text, after) = text_at(&symbols, at, language);
            if language == Language::Sql && symbol == '"' {
                tokens.push(Token::Name(text));
            } else {
                tokens.push(Token::Text(text));
            }
            at = after;
        } else if symbol.is_ascii_digit() {
            let mut digits = String::new();
            while let Some(&digit) = symbols.get(at) {
                let point = digit == '.' && symbols.get(at + 1).is_some_and(char::is_ascii_digit);
                if !(digit.is_ascii_digit() || digit == '_' || point) {
                    break;
                }
                if digit != '_' {
                    digits.push(digit);
                }
                at += 1;
            }
            tokens.push(Token::Number(digits));
        } else if symbol.is_alphabetic() || symbol == '_' {
            let mut name = String::new();
            while let Some(&letter) = symbols.get(at).filter(|letter| letter.is_alphanumeric() || **letter == '_') {
                name.push(letter);
                at += 1;
            }
            tokens.push(Token::Name(name));
        } else {
            tokens.push(Token::Symbol(symbol));
            at += 1;
        }
    }
    tokens
}

/// A quoted text from its opening quote on, and where it ends.
fn text_at(symbols: &[char], mut at: usize, language: Language) -> (String, usize) {
    let quote = symbols[at];
    let triple =
        language == Language::Python && symbols.get(at + 1) == Some(&quote) && symbols.get(at + 2) == Some(&quote);
    let width = if triple { 3 } else { 1 };
    at += width;
    let mut text = String::new();
    while let Some(&symbol) = symbols.get(at) {
        if language == Language::Python && symbol == '\\' {
            text.extend(symbols.get(at + 1));
            at += 2;
            continue;
        }
        if symbol == quote {
            if language == Language::Sql && symbols.get(at + 1) == Some(&quote) {
                text.push(quote);
                at += 2;
                continue;
            }
            if (0..width).all(|more| symbols.get(at + more) == Some(&quote)) {
                return (text, at + width);
            }
        }
        text.push(symbol);
        at += 1;
    }
    (text, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(source: &str, language: Language) -> Vec<Constant> {
        literals(source, language).into_iter().map(|literal| literal.value).collect()
    }

    #[test]
    fn constants_are_found_with_their_names() {
        let found = literals("Post.objects.filter(view_count__gte=10, title='a\\'b')[:3]", Language::Python);
        assert_eq!(found[0].value, Constant::Int(10));
        assert!(found[0].near.contains(&"view_count".to_owned()), "{:?}", found[0].near);
        assert_eq!(found[1].value, Constant::Text("a'b".into()));
        assert_eq!(found[2].value, Constant::Int(3));
        let found = values("SELECT * FROM t WHERE a LIKE '%it''s_' AND d >= '2025-05-01' -- 7", Language::Sql);
        assert!(found.contains(&Constant::Text("it's".into())) && found.contains(&Constant::Day(2025, 5, 1)));
        assert!(!found.contains(&Constant::Int(7)));
        let found = values("x = timezone.now() - timedelta(days=30); date(2024, 2, 29)", Language::Python);
        assert_eq!(found, [Constant::Span(2_592_000), Constant::Day(2024, 2, 29)]);
    }
}
