//! What the tables that two answers' models make differ in: columns, constraints and indexes, wherever they stand.
//! Conditions are compared by what they let through, uniqueness by what may not come twice, however it is declared.

use std::rc::Rc;

use super::Difference;
use super::difference::Symptom;
use crate::db::{Connection, Params, SqlValue};

/// A table or an index, taken apart.
#[derive(Default)]
struct Table {
    name: String,
    /// Names with their definitions.
    columns: Vec<(String, String)>,
    constraints: Vec<Part>,
}

/// A constraint or an index: what it says up to its condition, and the condition.
#[derive(Clone, PartialEq, Eq)]
struct Part {
    text: String,
    condition: String,
    kind: Kind,
    /// What may not come twice, where that is what it says.
    unique: Option<Unique>,
}

/// That no two rows of a table share the values of some columns.
#[derive(Clone, PartialEq, Eq)]
struct Unique {
    table: String,
    /// None for what a column's own option makes, or a name that Django made up.
    name: Option<String>,
    /// In the order in which they are named.
    columns: Vec<String>,
}

impl Unique {
    fn sorted(&self) -> Vec<String> {
        let mut columns = self.columns.clone();
        columns.sort();
        columns
    }

    /// Whether a rule does what another asks for: the same columns, and the name if one was asked for.
    fn is_kept_by(&self, other: &Self) -> bool {
        self.table == other.table && self.sorted() == other.sorted() && (self.name.is_none() || self.name == other.name)
    }

    fn told(&self) -> String {
        let name = self.name.as_ref().map(|name| format!(" (named {name})")).unwrap_or_default();
        format!("{}: unique over {}{name}", self.table, self.columns.join(", "))
    }
}

/// When a condition has its effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// When it is not false: NULL does no harm.
    Check,
    /// When it is true.
    Index,
}

/// The first difference between the statements that make tables. What may be otherwise but an interviewer would notice
/// goes to `remarks`.
pub fn schema_difference(expected: &[String], got: &[String], remarks: &mut Vec<String>) -> Option<Difference> {
    let (wanted, given) = (tables(expected), tables(got));
    let differs = |finding, detail: String| Some(Difference::new(Symptom::Definition(finding), detail));
    for table in &wanted {
        let Some(other) = given.iter().find(|other| other.name == table.name) else {
            return differs("wrong-model", format!("the table {} is missing", table.name));
        };
        for (name, definition) in &table.columns {
            match other.columns.iter().find(|(other, _)| other == name) {
                None => return differs("missing-column", format!("{} has no column {name}", table.name)),
                Some((_, found)) if found != definition => {
                    let detail = format!("{}.{name} is `{found}`, it is to be `{definition}`", table.name);
                    let without = |text: &str| text.replace(" NOT NULL", "").replace(" NULL", "");
                    let finding = if without(definition) == without(found) { "null-handling" } else { "wrong-value" };
                    return differs(finding, detail);
                }
                Some(_) => {}
            }
        }
        if let Some((name, _)) =
            other.columns.iter().find(|(name, _)| !table.columns.iter().any(|(own, _)| own == name))
        {
            return differs("extra-condition", format!("{} has a column {name} that was not asked for", table.name));
        }
    }
    if let Some(table) = given.iter().find(|table| !wanted.iter().any(|other| other.name == table.name)) {
        return differs("wrong-model", format!("the table {} was not asked for", table.name));
    }
    let whole = |name: &str| {
        let mut definitions =
            wanted.iter().flat_map(|table| &table.columns).filter(|(column, _)| column == name).peekable();
        const WHOLE: [&str; 4] = ["integer", "smallint", "bigint", "bool"];
        definitions.peek().is_some()
            && definitions.all(|(_, definition)| WHOLE.iter().any(|kind| definition.starts_with(kind)))
    };
    let (rules, found) = (parts(&wanted, expected), parts(&given, got));
    let mut unmatched: Vec<&Part> = found.iter().collect();
    let mut missing = Vec::new();
    for rule in &rules {
        match unmatched.iter().position(|part| same(rule, part, &whole)) {
            Some(at) => {
                let part = unmatched.remove(at);
                if let (Some(asked), Some(own)) = (&rule.unique, &part.unique)
                    && asked.columns != own.columns
                {
                    remarks.push(format!(
                        "{}: the rule is the same, its index begins with another column: {}",
                        own.table,
                        own.columns.join(", ")
                    ));
                }
            }
            None => missing.push(rule),
        }
    }
    match (missing.first(), unmatched.first()) {
        (Some(rule), Some(part)) => {
            return differs("wrong-value", format!("`{}` was expected, `{}` came", rule.told(), part.told()));
        }
        (Some(rule), None) => return differs("missing-condition", format!("`{}` is missing", rule.told())),
        (None, Some(part)) => return differs("extra-condition", format!("`{}` was not asked for", part.told())),
        (None, None) => {}
    }
    for table in &wanted {
        let names = |table: &Table| table.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let other = given.iter().find(|other| other.name == table.name);
        if other.is_some_and(|other| names(other) != names(table)) {
            remarks.push(format!("the columns of {} stand in another order", table.name));
        }
    }
    None
}

impl Part {
    fn of_unique(unique: Unique, condition: &str) -> Self {
        Self { text: unique.told(), condition: condition.to_owned(), kind: Kind::Index, unique: Some(unique) }
    }

    fn told(&self) -> String {
        if let Some(unique) = self.unique.as_ref().filter(|_| self.condition.is_empty()) {
            return unique.told();
        }
        match (self.condition.is_empty(), self.kind) {
            (true, _) => self.text.clone(),
            (false, Kind::Check) => format!("{} CHECK ({})", self.text, self.condition),
            (false, Kind::Index) => format!("{} WHERE {}", self.text, self.condition),
        }
    }
}

fn same(one: &Part, other: &Part, whole: &dyn Fn(&str) -> bool) -> bool {
    let says = match (&one.unique, &other.unique) {
        (Some(one), Some(other)) => one.is_kept_by(other),
        (None, None) => one.text == other.text,
        _ => false,
    };
    one.kind == other.kind
        && says
        && (one.condition == other.condition
            || alike(&one.condition, &other.condition, one.kind, whole).unwrap_or(false))
}

/// The tables that statements make.
fn tables(statements: &[String]) -> Vec<Table> {
    let mut tables = Vec::new();
    for statement in statements {
        let Some(rest) = statement.strip_prefix("CREATE TABLE ") else { continue };
        let Some((name, inside)) = rest.split_once(" (") else { continue };
        let inside = inside.trim_end().trim_end_matches(';').trim_end();
        let mut table = Table { name: name.trim_matches('"').to_owned(), ..Table::default() };
        for part in split_top(inside.strip_suffix(')').unwrap_or(inside)) {
            match part.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                Some((column, definition)) => {
                    let definition = definition.trim();
                    let plain = definition.replacen(" UNIQUE", "", 1);
                    if plain != definition {
                        let columns = vec![column.to_owned()];
                        let unique = Unique { table: table.name.clone(), name: None, columns };
                        table.constraints.push(Part::of_unique(unique, ""));
                    }
                    table.columns.push((column.to_owned(), plain));
                }
                None => table.constraints.push(constraint(name, &part)),
            }
        }
        tables.push(table);
    }
    tables
}

fn constraint(table: &str, text: &str) -> Part {
    if let Some((head, rest)) = text.split_once(" CHECK (") {
        let condition = rest.strip_suffix(')').unwrap_or(rest).to_owned();
        return Part { text: format!("{table} {head}"), condition, kind: Kind::Check, unique: None };
    }
    if let Some((head, columns)) = text.split_once(" UNIQUE (") {
        let name = head.strip_prefix("CONSTRAINT ").and_then(own_name);
        let unique = Unique { table: table.trim_matches('"').to_owned(), name, columns: column_names(columns) };
        return Part::of_unique(unique, "");
    }
    Part { text: format!("{table} {text}"), condition: String::new(), kind: Kind::Check, unique: None }
}

/// The names between parentheses, as far as they are names; the direction makes no difference to uniqueness.
fn column_names(list: &str) -> Vec<String> {
    let list = list.trim_end().strip_suffix(')').unwrap_or(list);
    let plain = |part: String| {
        let part = part.trim_end_matches(" DESC").trim_end_matches(" ASC");
        part.trim_matches('"').to_owned()
    };
    split_top(list).into_iter().map(plain).collect()
}

/// A name that somebody gave; none for one that Django made up.
fn own_name(quoted: &str) -> Option<String> {
    let name = quoted.trim().trim_matches('"');
    let made_up = name
        .strip_suffix("_uniq")
        .and_then(|rest| rest.get(rest.len().checked_sub(8)?..))
        .is_some_and(|hash| hash.chars().all(|symbol| symbol.is_ascii_hexdigit() && !symbol.is_ascii_uppercase()));
    (!made_up).then(|| name.to_owned())
}

/// A statement that makes an index: its table, and what it says in the words of a constraint if it is a unique one.
fn index(statement: &str) -> Part {
    let (text, condition) = statement.split_once(" WHERE ").unwrap_or((statement, ""));
    let unique = text.strip_prefix("CREATE UNIQUE INDEX ").and_then(|rest| {
        let (name, rest) = rest.split_once(" ON ")?;
        let (table, columns) = rest.split_once(" (")?;
        Some(Unique { table: table.trim_matches('"').to_owned(), name: own_name(name), columns: column_names(columns) })
    });
    match unique {
        Some(unique) => Part::of_unique(unique, condition),
        None => Part { text: text.to_owned(), condition: condition.to_owned(), kind: Kind::Index, unique: None },
    }
}

/// Every constraint of the tables and every other statement.
fn parts(tables: &[Table], statements: &[String]) -> Vec<Part> {
    let indexes = statements.iter().filter(|statement| !statement.starts_with("CREATE TABLE ")).map(|text| index(text));
    tables.iter().flat_map(|table| table.constraints.iter().cloned()).chain(indexes).collect()
}

/// The parts of a list that stand between commas, outside of parentheses and quotes.
fn split_top(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quote) = (0_i32, None);
    for symbol in text.chars() {
        match (quote, symbol) {
            (Some(open), symbol) if open == symbol => quote = None,
            (None, '\'' | '"') => quote = Some(symbol),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(symbol);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Whether two conditions let the same rows through: tried on rows made of the constants that they name and their
/// neighbours. None where that cannot be tried.
fn alike(one: &str, other: &str, kind: Kind, whole: &dyn Fn(&str) -> bool) -> Option<bool> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let mut columns: Vec<String> = Vec::new();
    let mut values = vec!["NULL".to_owned(), "0".to_owned(), "1".to_owned(), "2".to_owned(), "-1".to_owned()];
    let named = |(word, is_name): (String, bool)| is_name.then_some(word);
    let only_whole = words(one).into_iter().chain(words(other)).filter_map(named).all(|name| whole(&name));
    for text in [one, other] {
        for (word, is_name) in words(text) {
            let held = if is_name { &mut columns } else { &mut values };
            for word in if is_name { vec![word] } else { neighbours(&word, only_whole) } {
                if !held.contains(&word) {
                    held.push(word);
                }
            }
        }
    }
    let most = match columns.len() {
        0 => return None,
        1 => 400,
        2 => 48,
        3 => 14,
        4 => 7,
        _ => return None,
    };
    values.truncate(most);
    let tables: Vec<String> = (0..columns.len()).map(|at| format!("(VALUES {}) AS v{at}", rows_of(&values))).collect();
    let picked: Vec<String> =
        columns.iter().enumerate().map(|(at, name)| format!("v{at}.column1 AS \"{name}\"")).collect();
    let passes = |condition: &str| match kind {
        Kind::Check => format!("(CASE WHEN NOT ({condition}) THEN 0 ELSE 1 END)"),
        Kind::Index => format!("(CASE WHEN ({condition}) THEN 1 ELSE 0 END)"),
    };
    let statement = format!(
        "SELECT EXISTS (SELECT 1 FROM (SELECT {} FROM {}) WHERE {} <> {})",
        picked.join(", "),
        tables.join(", "),
        passes(one),
        passes(other)
    );
    let connection = Rc::new(Connection::open().ok()?);
    let result = connection.execute_plain(&statement, &Params::None).ok()?;
    Some(result.rows.first()?.first()? == &SqlValue::Integer(0))
}

fn rows_of(values: &[String]) -> String {
    values.iter().map(|value| format!("({value})")).collect::<Vec<_>>().join(", ")
}

/// A constant and what lies beside it, as SQL; `only_whole` where no fraction can be stored.
fn neighbours(constant: &str, only_whole: bool) -> Vec<String> {
    match constant.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            let steps: &[f64] = if only_whole { &[0.0, -1.0, 1.0] } else { &[0.0, -1.0, 1.0, -0.5, 0.5] };
            steps.iter().map(|step| (number + step).to_string()).collect()
        }
        _ => vec![constant.to_owned(), "''".to_owned(), "'a'".to_owned(), "'~'".to_owned()],
    }
}

/// The quoted names and the constants in a condition, each with whether it is a name.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        let taken = match symbol {
            '"' | '\'' => rest[1..].find(symbol).map_or(rest.len(), |end| end + 2),
            symbol if symbol.is_ascii_digit() => {
                rest.find(|symbol: char| !symbol.is_ascii_digit() && symbol != '.').unwrap_or(rest.len())
            }
            symbol if symbol.is_alphanumeric() || symbol == '_' => {
                rest.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(rest.len())
            }
            symbol => symbol.len_utf8(),
        };
        let word = &rest[..taken];
        match symbol {
            '"' => found.push((word.trim_matches('"').to_owned(), true)),
            '\'' => found.push((word.to_owned(), false)),
            symbol if symbol.is_ascii_digit() => found.push((word.to_owned(), false)),
            _ => {}
        }
        rest = &rest[taken..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: &str, got: &str) -> Option<String> {
        let statements = |text: &str| text.split(";\n").map(str::to_owned).collect::<Vec<_>>();
        schema_difference(&statements(expected), &statements(got), &mut Vec::new()).map(|found| found.detail)
    }

    #[test]
    fn order_means_nothing() {
        let one = "CREATE TABLE \"t\" (\"id\" integer NOT NULL, \"a\" decimal NOT NULL, CONSTRAINT \"u\" UNIQUE (\"a\", \"id\"), \
                   CONSTRAINT \"c\" CHECK ((\"a\" >= 1 AND \"a\" <= 90)));\nCREATE INDEX \"i\" ON \"t\" (\"a\")";
        let other = "CREATE INDEX \"i\" ON \"t\" (\"a\");\nCREATE TABLE \"t\" (\"a\" decimal NOT NULL, \"id\" integer NOT NULL, \
                     CONSTRAINT \"c\" CHECK (\"a\" BETWEEN 1 AND 90), CONSTRAINT \"u\" UNIQUE (\"a\", \"id\"))";
        assert_eq!(told(one, other), None);
        assert!(told(one, &other.replace("1 AND", "0 AND")).is_some());
        assert_eq!(told(one, &other.replace("\"a\", \"id\")", "\"id\", \"a\")")), None);
        assert!(told(one, &other.replace("\"a\", \"id\")", "\"id\")")).is_some());
        assert!(told(one, &other.replace("decimal NOT", "integer NOT")).is_some_and(|text| text.contains("t.a")));
        assert!(told(one, "").is_some());
    }

    #[test]
    fn conditions_are_tried() {
        let same = |one, other, kind| alike(one, other, kind, &|name| name == "n").unwrap_or(false);
        assert!(same("NOT (\"a\" = (\"b\"))", "(\"a\" < (\"b\") OR \"a\" > (\"b\"))", Kind::Check));
        assert!(!same("NOT (\"a\" = (\"b\"))", "\"a\" < (\"b\")", Kind::Check));
        assert!(same("\"open\"", "NOT (NOT \"open\")", Kind::Index));
        // NULL passes a check and is left out of an index.
        assert!(same("\"a\" > 1", "(\"a\" > 1 OR \"a\" IS NULL)", Kind::Check));
        assert!(!same("\"a\" > 1", "(\"a\" > 1 OR \"a\" IS NULL)", Kind::Index));
        assert!(same("\"n\" > 0", "\"n\" >= 1", Kind::Check) && !same("\"a\" > 0", "\"a\" >= 1", Kind::Check));
        assert!(!same("\"s\" = 'x'", "\"s\" = 'y'", Kind::Index));
    }
}
