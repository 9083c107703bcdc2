//! [`Domains`]: the values that a column may take in one database; few, so that rows meet, and some of them next to the
//! constants of the answers.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta};

use super::clues::{Compared, Place, Relation};
use super::generate::is_integer;
use super::{Constant, Knowledge, Literal};
use crate::db::{PINNED_NOW, SqlValue};
use crate::grading::Dice;
use crate::orm::models::FieldKind;
use crate::runner::ColumnInfo;

/// Draws domains for one database.
#[derive(Debug)]
pub struct Domains<'a> {
    known: &'a Knowledge,
    /// Values that the dataset's own rows hold, by table and column.
    seen: &'a dyn SeenValues,
    /// Whether there are rows enough for all the values next to a constant.
    rich: bool,
}

/// Where the dataset's own values come from.
pub trait SeenValues: std::fmt::Debug {
    /// A few values of a column.
    fn of(&self, table: &str, column: &str) -> &[SqlValue];
}

/// The values that a column may take in one database.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// Those that meet as many of the conditions on the column as any.
    pub good: Vec<SqlValue>,
    /// The others.
    pub other: Vec<SqlValue>,
}

impl Domain {
    /// Every value, those that meet conditions first.
    pub fn all(&self) -> impl Iterator<Item = &SqlValue> {
        self.good.iter().chain(&self.other)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.good.len() + self.other.len()
    }
}

impl<'a> Domains<'a> {
    /// Domains that know these constants.
    pub fn new(known: &'a Knowledge, seen: &'a dyn SeenValues, rich: bool) -> Self {
        Self { known, seen, rich }
    }

    /// How many of some values are taken: all but a few where there are rows enough for them.
    fn some(&self, few: usize) -> usize {
        if self.rich { few.max(1) * 6 } else { few }
    }

    /// The values that a column may take in one database, at least one; about `width` of those that no condition names.
    pub fn draw(&self, table: &str, place: Place, column: &ColumnInfo, width: usize, dice: &mut Dice) -> Domain {
        let clues = &self.known.clues;
        let conditions: Vec<&Compared> = clues.compared.iter().filter(|compared| compared.place == place).collect();
        if !column.choices.is_empty() {
            let values = some_of(column.choices.clone(), 2 + dice.below(2), dice);
            return parted(values, column.choices.clone(), &conditions, dice);
        }
        if column.kind == FieldKind::Boolean {
            let both = vec![SqlValue::Integer(0), SqlValue::Integer(1)];
            // Where no condition asks for one of them, one database in four has one alone.
            if conditions.is_empty() && dice.below(4) == 0 {
                return Domain { good: Vec::new(), other: some_of(both, 1, dice) };
            }
            return parted(both.clone(), both, &conditions, dice);
        }
        if !clues.tables.is_empty() && !clues.tables.contains(&place.0) {
            // Nobody looks at it.
            return Domain { good: Vec::new(), other: some_of(self.common(column), width.clamp(1, 2), dice) };
        }
        let mut exact = Vec::new();
        let mut near = Vec::new();
        let mut domain = Vec::new();
        for condition in &conditions {
            let readings = constants_of(condition);
            let literals: Vec<Literal> =
                readings.into_iter().map(|value| Literal { value, near: Vec::new() }).collect();
            let mut values = values_of(&literals.iter().collect::<Vec<_>>(), column);
            if condition.relation == Relation::Together {
                values.near.extend(parts_of(&condition.constant, column));
            }
            if condition.relation == Relation::Like {
                values.exact.extend(with_digits(&condition.constant, column));
            }
            let summed = || conditions.iter().any(|other| other.relation == Relation::Together);
            if self.rich && column.kind == FieldKind::Decimal && !summed() {
                values.near.extend(next_to(&condition.constant, column));
            }
            // Each condition has values of its own, so that a rich one does not crowd out the others.
            if dice.below(6) > 0 {
                domain.extend(some_of(values.exact.clone(), self.some(2), dice));
            }
            let count = self.some(1 + dice.below(3));
            domain.extend(some_of(values.near.clone(), count, dice));
            exact.extend(values.exact);
            near.extend(values.near);
        }
        for (_, length) in clues.lengths.iter().filter(|(at, _)| *at == place) {
            let values = values_of(&[&Literal { value: Constant::Int(*length), near: Vec::new() }], column);
            near.extend(values.near);
        }
        let matching = self.known.literals_near(column);
        // Constants that stand next to the column's name count most; the others may still reach it through a function.
        let of_matching = values_of(&matching, column);
        exact.extend(of_matching.exact);
        near.extend(of_matching.near);
        let known = !exact.is_empty() || !near.is_empty();
        if conditions.is_empty() {
            domain.extend(some_of(exact.clone(), self.some(4), dice));
            let count = self.some(1 + dice.below(4));
            domain.extend(some_of(near.clone(), count, dice));
        }
        if !known || dice.below(4) == 0 {
            let any: Vec<&Literal> = self.known.literals.iter().collect();
            let of_any = values_of(&any, column);
            let count = 1 + dice.below(2);
            domain.extend(some_of(of_any.exact, count, dice));
            domain.extend(some_of(of_any.near, 1, dice));
        }
        let plain = if known && !self.rich { dice.below(2) } else { width };
        // Numbers that follow each other: the middle of some of them is another one.
        match (!known && dice.below(3) > 0).then(|| steps(column, plain.max(3), dice)).flatten() {
            Some(row) => {
                domain.truncate(1);
                domain.extend(row);
                domain.truncate(width.max(4));
            }
            None => domain.extend(some_of(self.common(column), plain, dice)),
        }
        if dice.below(4) == 0 || column.kind == FieldKind::Json {
            domain.extend(some_of(self.seen.of(table, &column.name).to_vec(), 2, dice));
        }
        let below_zero = |value: &SqlValue| number_of(value).is_some_and(|number| number < 0.0);
        let debts = exact.iter().chain(self.seen.of(table, &column.name)).any(below_zero);
        let stands = |value: &SqlValue| fits(value, column) && (debts || !below_zero(value));
        domain.retain(stands);
        if !known && domain.len() > width.max(4) && !column.unique {
            domain.truncate(width.max(1));
        }
        if column.kind == FieldKind::DateTime && dice.below(2) == 0 {
            let more: Vec<SqlValue> = domain.iter().take(2).flat_map(same_day).filter(stands).collect();
            domain.extend(some_of(more, 1 + dice.below(2), dice));
        }
        if self.rich {
            let more = self.twins_of(place, column, &domain);
            domain.extend(some_of(more, 4, dice).into_iter().filter(stands));
        }
        if domain.is_empty() {
            domain.push(fallback(column));
        }
        exact.extend(near);
        exact.retain(stands);
        parted(domain, exact, &conditions, dice)
    }

    /// Every value that lies on or beside what conditions compare a column with.
    pub fn beside(&self, place: Place, column: &ColumnInfo) -> Vec<SqlValue> {
        if column.kind == FieldKind::Boolean {
            return Vec::new();
        }
        let conditions: Vec<&Compared> =
            self.known.clues.compared.iter().filter(|compared| compared.place == place).collect();
        let mut found = Vec::new();
        for condition in &conditions {
            let literals: Vec<Literal> =
                constants_of(condition).into_iter().map(|value| Literal { value, near: Vec::new() }).collect();
            let values = values_of(&literals.iter().collect::<Vec<_>>(), column);
            found.extend(values.near);
            found.extend(values.exact);
            match condition.relation {
                Relation::Together => found.extend(parts_of(&condition.constant, column)),
                Relation::Like => found.extend(with_digits(&condition.constant, column)),
                _ if column.kind == FieldKind::Decimal => found.extend(next_to(&condition.constant, column)),
                _ => {}
            }
        }
        let near = values_of(&self.known.literals_near(column), column);
        found.extend(near.near);
        found.extend(near.exact);
        let mut unique: Vec<SqlValue> = Vec::new();
        for value in found {
            let below_zero = number_of(&value).is_some_and(|number| number < 0.0);
            let chosen = column.choices.is_empty() || column.choices.contains(&value);
            if fits(&value, column) && !below_zero && chosen && !unique.contains(&value) {
                unique.push(value);
            }
        }
        unique
    }

    /// Values that are like others but for what is easily overlooked: blanks around a text, seconds of a moment.
    fn twins_of(&self, place: Place, column: &ColumnInfo, domain: &[SqlValue]) -> Vec<SqlValue> {
        let ordered = self.known.clues.ordered.contains(&place);
        let twins = |value: &SqlValue| match value {
            SqlValue::Text(_) if column.kind == FieldKind::DateTime && ordered => {
                let moment = moment_of(value);
                let later = |seconds| moment.map(|moment| moment + TimeDelta::seconds(seconds));
                [later(20), later(-20)]
                    .into_iter()
                    .flatten()
                    .map(|moment| SqlValue::Text(moment_text(moment)))
                    .collect()
            }
            SqlValue::Text(text) if matches!(column.kind, FieldKind::Char | FieldKind::Text) => {
                vec![SqlValue::Text(format!("{text} ")), SqlValue::Text(format!(" {text}"))]
            }
            _ => Vec::new(),
        };
        let mut found: Vec<SqlValue> = domain.iter().take(3).flat_map(twins).collect();
        // Blanks alone are not nothing.
        if column.blank && matches!(column.kind, FieldKind::Char | FieldKind::Text) {
            found.push(SqlValue::Text(" ".to_owned()));
        }
        found
    }

    /// Plain values of a column's type.
    fn common(&self, column: &ColumnInfo) -> Vec<SqlValue> {
        use FieldKind as K;
        let texts = |texts: &[&str]| texts.iter().map(|text| SqlValue::Text((*text).to_owned())).collect::<Vec<_>>();
        match column.kind {
            K::Boolean => vec![SqlValue::Integer(0), SqlValue::Integer(1)],
            K::Float => vec![SqlValue::Real(0.0), SqlValue::Real(0.5), SqlValue::Real(1.25), SqlValue::Real(3.0)],
            K::Decimal => texts(&["0", "1", "1.50", "2.25", "3", "10"]),
            K::Date => texts(&[
                "2024-12-31",
                "2025-01-01",
                "2025-03-15",
                "2025-03-31",
                "2026-03-15",
                "2026-06-14",
                "2026-06-15",
            ]),
            K::DateTime => texts(&[
                "2024-12-31 23:59:59",
                "2025-01-01 00:00:00",
                "2025-03-15 00:00:00",
                "2025-03-15 12:00:00",
                "2025-03-31 12:00:00",
                "2026-03-15 12:00:00",
                "2026-05-16 08:30:00",
                "2026-06-15 10:00:00",
            ]),
            K::Time => texts(&["00:00:00", "08:30:00", "23:59:59"]),
            K::Duration => {
                vec![SqlValue::Integer(0), SqlValue::Integer(3_600_000_000), SqlValue::Integer(7_200_000_000)]
            }
            K::Json => texts(&["{}", "{\"a\": 1}", "[]"]),
            K::Binary => vec![SqlValue::Blob(vec![1]), SqlValue::Blob(vec![2, 3])],
            K::Uuid => texts(&[
                "00000000000040008000000000000001",
                "00000000000040008000000000000002",
                "00000000000040008000000000000003",
                "00000000000040008000000000000004",
                "00000000000040008000000000000005",
                "00000000000040008000000000000006",
            ]),
            K::Email => texts(&["a@x.org", "b@X.org", "c@y.org", "A@x.org", "d@y.org", "e@z.org", "f@Y.ORG", ""]),
            _ if is_text(column.kind) && column.unique => texts(&["a", "b", "c", "d", "B", "C", "A", "ab", "b a"]),
            _ if is_text(column.kind) => texts(&["a", "b", "A", "B", "ab", " a", ""]),
            _ => (0..4).map(SqlValue::Integer).collect(),
        }
    }
}

/// The values parted by how many conditions they meet. When none of them meets the most that `reserve` could, one that
/// does is taken from there.
fn parted(mut values: Vec<SqlValue>, reserve: Vec<SqlValue>, conditions: &[&Compared], dice: &mut Dice) -> Domain {
    let mut unique: Vec<SqlValue> = Vec::new();
    for value in values.drain(..) {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    let score = |value: &SqlValue| conditions.iter().filter(|condition| meets(value, condition) == Some(true)).count();
    let most = unique.iter().chain(&reserve).map(&score).max().unwrap_or(0);
    if most == 0 {
        return Domain { good: Vec::new(), other: unique };
    }
    let (mut good, mut other): (Vec<SqlValue>, Vec<SqlValue>) =
        unique.into_iter().partition(|value| score(value) == most);
    // Values that miss one condition and meet the others show whether that one is asked for.
    for condition in conditions.iter().filter(|_| conditions.len() > 1) {
        let misses = |value: &SqlValue| score(value) + 1 == most && meets(value, condition) == Some(false);
        if !other.iter().any(misses) && dice.below(3) > 0 {
            let fitting: Vec<SqlValue> = reserve.iter().filter(|value| misses(value)).cloned().collect();
            other.extend(some_of(fitting, 1, dice));
        }
    }
    if good.len() < 2 {
        let more: Vec<SqlValue> =
            reserve.into_iter().filter(|value| score(value) == most && !good.contains(value)).collect();
        let wanted = if good.is_empty() { 1 + dice.below(2) } else { dice.below(2) };
        good.extend(some_of(more, wanted, dice));
    }
    Domain { good, other }
}

/// Whether a stored value meets a condition; none where that cannot be told from the value alone.
fn meets(value: &SqlValue, condition: &Compared) -> Option<bool> {
    use std::cmp::Ordering;
    let order = match (number_of(value), number_of(&condition.constant)) {
        (Some(one), Some(other)) => one.partial_cmp(&other)?,
        _ => text_of(value).cmp(&text_of(&condition.constant)),
    };
    Some(match condition.relation {
        Relation::Equal => order == Ordering::Equal,
        Relation::Unequal => order != Ordering::Equal,
        Relation::Less => order == Ordering::Less,
        Relation::AtMost => order != Ordering::Greater,
        Relation::More => order == Ordering::Greater,
        Relation::AtLeast => order != Ordering::Less,
        Relation::Like => {
            let (text, pattern) = (text_of(value).to_lowercase(), text_of(&condition.constant).to_lowercase());
            let bare = pattern.trim_matches('%');
            match (pattern.starts_with('%'), pattern.ends_with('%')) {
                (true, true) => text.contains(bare),
                (true, false) => text.ends_with(bare),
                (false, true) => text.starts_with(bare),
                (false, false) => text == bare,
            }
        }
        Relation::Other | Relation::Together => return None,
    })
}

/// So many numbers that follow each other; none for a column that holds others.
fn steps(column: &ColumnInfo, count: usize, dice: &mut Dice) -> Option<Vec<SqlValue>> {
    use FieldKind as K;
    let first = dice.below(3) as i64;
    let numbers = first..first + count as i64;
    match column.kind {
        K::Decimal => Some(numbers.map(|number| decimal(number as f64, column)).collect()),
        K::Float => Some(numbers.map(|number| SqlValue::Real(number as f64)).collect()),
        K::Integer
        | K::BigInteger
        | K::SmallInteger
        | K::PositiveInteger
        | K::PositiveBigInteger
        | K::PositiveSmallInteger => Some(numbers.map(SqlValue::Integer).collect()),
        _ => None,
    }
}

/// The number that a stored value is, written as text or not.
fn number_of(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Integer(number) => Some(*number as f64),
        SqlValue::Real(number) => Some(*number),
        SqlValue::Text(text) if text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'-') => {
            text.parse().ok()
        }
        _ => None,
    }
}

fn text_of(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => number.to_string(),
        _ => String::new(),
    }
}

/// What a constant of a statement may stand for.
fn constants_of(condition: &Compared) -> Vec<Constant> {
    match &condition.constant {
        // Of a pattern only what is between its wild signs counts.
        SqlValue::Text(text) if condition.relation == Relation::Like => {
            vec![Constant::Text(text.trim_matches(['%', '_']).to_owned())]
        }
        SqlValue::Integer(number) => vec![Constant::Int(*number)],
        SqlValue::Real(number) => vec![Constant::Number(number.to_string())],
        SqlValue::Text(text) => super::literals::readings(text),
        _ => Vec::new(),
    }
}

/// Numbers that come to a constant when they are put together: half of it, and those around it.
fn parts_of(constant: &SqlValue, column: &ColumnInfo) -> Vec<SqlValue> {
    let Some(number) = number_of(constant) else { return Vec::new() };
    let near = [number / 2.0, number - 2.0, number + 2.0, number - 1.0, number + 1.0, 0.0];
    match column.kind {
        FieldKind::Decimal => near.map(|part| decimal(part, column)).to_vec(),
        FieldKind::Float => near.map(SqlValue::Real).to_vec(),
        kind if is_integer(kind) => near.map(|part| SqlValue::Integer(part as i64)).to_vec(),
        _ => Vec::new(),
    }
}

/// Numbers in whose digits a text stands.
fn with_digits(pattern: &SqlValue, column: &ColumnInfo) -> Vec<SqlValue> {
    let digits = text_of(pattern);
    let digits = digits.trim_matches('%');
    if !is_integer(column.kind)
        || digits.is_empty()
        || digits.len() > 6
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Vec::new();
    }
    let longer = [digits.to_owned(), format!("1{digits}"), format!("{digits}0")];
    longer.iter().filter_map(|digits| digits.parse().ok()).map(SqlValue::Integer).collect()
}

/// The amounts right beside a constant.
fn next_to(constant: &SqlValue, column: &ColumnInfo) -> Vec<SqlValue> {
    let Some(number) = number_of(constant) else { return Vec::new() };
    let least = 0.1_f64.powi(i32::try_from(column.places).unwrap_or(2));
    [number - least, number + least, number + 5.0 * least, number - 5.0 * least]
        .map(|near| decimal(near, column))
        .to_vec()
}

fn decimal(number: f64, column: &ColumnInfo) -> SqlValue {
    SqlValue::Text(format!("{number:.*}", column.places as usize))
}

fn fallback(column: &ColumnInfo) -> SqlValue {
    use FieldKind as K;
    match column.kind {
        K::Date => SqlValue::Text("2025-01-01".into()),
        K::DateTime => SqlValue::Text("2025-01-01 00:00:00".into()),
        K::Time => SqlValue::Text("00:00:00".into()),
        K::Json => SqlValue::Text("{}".into()),
        K::Binary => SqlValue::Blob(vec![1]),
        K::Uuid => SqlValue::Text("00000000000040008000000000000001".into()),
        K::Email => SqlValue::Text("a@x.org".into()),
        kind if is_text(kind) => SqlValue::Text("a".into()),
        _ => SqlValue::Integer(1),
    }
}

fn is_text(kind: FieldKind) -> bool {
    use FieldKind as K;
    matches!(
        kind,
        K::Char
            | K::Text
            | K::Slug
            | K::Email
            | K::Url
            | K::FilePath
            | K::File
            | K::Image
            | K::IpAddress
            | K::GenericIpAddress
            | K::CommaSeparatedInteger
    )
}

/// Whether a value may stand in a column at all.
fn fits(value: &SqlValue, column: &ColumnInfo) -> bool {
    use FieldKind as K;
    match (column.kind, value) {
        (K::PositiveInteger | K::PositiveBigInteger | K::PositiveSmallInteger, SqlValue::Integer(number)) => {
            *number >= 0
        }
        // Nothing but a form checks an address; questions take it for granted all the same.
        (K::Email, SqlValue::Text(text)) => match text.split_once('@') {
            Some((name, host)) => !name.is_empty() && !host.is_empty() && !host.contains('@'),
            None => column.blank && text.is_empty(),
        },
        (kind, SqlValue::Text(text)) if is_text(kind) => {
            column.max_length.is_none_or(|length| text.chars().count() <= length) && (column.blank || !text.is_empty())
        }
        (K::DateTime, SqlValue::Text(text)) if column.automatic_time => *text <= moment_text(now()),
        _ => true,
    }
}

/// Up to `count` of the values, in random order, each once.
fn some_of(mut values: Vec<SqlValue>, count: usize, dice: &mut Dice) -> Vec<SqlValue> {
    dice.shuffle(&mut values);
    let mut kept: Vec<SqlValue> = Vec::new();
    for value in values {
        if kept.len() == count {
            break;
        }
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

#[derive(Default)]
struct Values {
    exact: Vec<SqlValue>,
    near: Vec<SqlValue>,
}

fn values_of(literals: &[&Literal], column: &ColumnInfo) -> Values {
    let mut values = Values::default();
    for literal in literals {
        use FieldKind as K;
        match column.kind {
            K::Boolean | K::Json | K::Binary | K::Uuid => uuid_or_nothing(&literal.value, column, &mut values),
            K::Date | K::DateTime => moments(&literal.value, column.kind == K::Date, &mut values),
            K::Duration => {
                if let Constant::Span(seconds) = literal.value {
                    values.exact.push(SqlValue::Integer(seconds * 1_000_000));
                    values.near.push(SqlValue::Integer((seconds - 60) * 1_000_000));
                    values.near.push(SqlValue::Integer((seconds + 60) * 1_000_000));
                }
            }
            K::Time => {}
            K::Decimal | K::Float => numbers(&literal.value, column, &mut values),
            kind if is_text(kind) => {
                texts(&literal.value, column, &mut values);
                // Texts that hold two of the constants at once.
                if let Constant::Text(one) = &literal.value {
                    for other in literals {
                        if let Constant::Text(other) = &other.value
                            && one != other
                            && !one.is_empty()
                            && !other.is_empty()
                            && one.len() + other.len() < 60
                        {
                            values.exact.push(SqlValue::Text(format!("{one} {other}")));
                        }
                    }
                }
            }
            _ => {
                if let Constant::Int(number) = literal.value {
                    values.exact.push(SqlValue::Integer(number));
                    values.near.push(SqlValue::Integer(number.saturating_sub(1)));
                    values.near.push(SqlValue::Integer(number.saturating_add(1)));
                }
            }
        }
    }
    values
}

fn uuid_or_nothing(value: &Constant, column: &ColumnInfo, values: &mut Values) {
    let Constant::Text(text) = value else { return };
    if column.kind == FieldKind::Uuid {
        let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        if hex.len() == 32 {
            values.exact.push(SqlValue::Text(hex.to_lowercase()));
        }
    } else if column.kind == FieldKind::Json && !text.contains(['"', '\\']) {
        values.near.push(SqlValue::Text(format!("{{\"{text}\": 1}}")));
        values.near.push(SqlValue::Text(format!("\"{text}\"")));
    }
}

/// Numbers are quarters, so that sums come out the same in whatever order they are added up.
fn numbers(value: &Constant, column: &ColumnInfo, values: &mut Values) {
    let number = match value {
        Constant::Int(number) => *number as f64,
        Constant::Number(digits) => match digits.parse::<f64>() {
            Ok(number) => number,
            Err(_) => return,
        },
        _ => return,
    };
    let stored = |number: f64| {
        if column.kind == FieldKind::Float { SqlValue::Real(number) } else { decimal(number, column) }
    };
    values.exact.push(stored(number));
    values.near.extend([number - 1.0, number + 1.0, number - 0.25, number + 0.25].map(stored));
}

fn texts(value: &Constant, column: &ColumnInfo, values: &mut Values) {
    let text = match value {
        Constant::Text(text) if !text.is_empty() && text.len() < 100 => text.clone(),
        // A number next to a text is most often its length.
        Constant::Int(length) if (1..=60).contains(length) => {
            let length = *length as usize;
            values.near.push(SqlValue::Text("a".repeat(length)));
            values.near.push(SqlValue::Text("b".repeat(length + 1)));
            values.near.push(SqlValue::Text("c".repeat(length - 1)));
            return;
        }
        _ => return,
    };
    let suffix = text.starts_with(['@', '.']);
    if column.kind == FieldKind::Email && suffix {
        values.exact.extend(["a", "b", "c"].map(|name| SqlValue::Text(format!("{name}{text}"))));
        values.near.push(SqlValue::Text(format!("a{text}x")));
        values.near.push(SqlValue::Text(format!("a@x{}", text.trim_start_matches(['@', '.']))));
        values.near.push(SqlValue::Text(format!("d{}", text.to_uppercase())));
        values.near.push(SqlValue::Text(format!("a{}", text.replacen('.', "x", 1))));
        // The same host as the end of a longer one.
        if let Some(host) = text.strip_prefix('@') {
            values.near.push(SqlValue::Text(format!("f@x.{host}")));
        }
        return;
    }
    let twin: String = text
        .chars()
        .map(|symbol| if symbol.is_lowercase() { symbol.to_ascii_uppercase() } else { symbol.to_ascii_lowercase() })
        .collect();
    let mut capital = text.clone();
    if let Some(first) = capital.get_mut(0..1) {
        if first.bytes().all(|byte| byte.is_ascii_lowercase()) {
            first.make_ascii_uppercase();
        } else {
            first.make_ascii_lowercase();
        }
    }
    let near = [
        twin,
        capital,
        format!("{text}x"),
        format!("x{text}"),
        format!("x{text}y"),
        format!("{text} a"),
        format!("a {text} b"),
        text.chars().skip(1).collect(),
    ];
    values.near.extend(near.into_iter().map(SqlValue::Text));
    values.exact.push(SqlValue::Text(text));
}

/// Other moments of the day that a moment is of: earlier, later, and later by a part of a second.
fn same_day(value: &SqlValue) -> Vec<SqlValue> {
    let Some(moment) = moment_of(value) else { return Vec::new() };
    let at = |hour, minute| moment.date().and_hms_opt(hour, minute, 0);
    let others = [at(9, 0), at(9, 20), at(15, 0), Some(moment + TimeDelta::milliseconds(500))];
    others
        .into_iter()
        .flatten()
        .filter(|other| *other != moment)
        .map(|other| SqlValue::Text(moment_text(other)))
        .collect()
}

fn now() -> NaiveDateTime {
    chrono::DateTime::from_timestamp_micros(PINNED_NOW).unwrap_or_default().naive_utc()
}

/// As Django stores it: with six digits of a second, or with none.
pub(super) fn moment_text(moment: NaiveDateTime) -> String {
    let whole = moment.and_utc().timestamp_subsec_micros() == 0;
    moment.format(if whole { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.6f" }).to_string()
}

/// The moment that a stored text is.
pub(super) fn moment_of(value: &SqlValue) -> Option<NaiveDateTime> {
    let SqlValue::Text(text) = value else { return None };
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()
}

fn moments(value: &Constant, is_date: bool, values: &mut Values) {
    let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0).unwrap_or_default();
    let text = |moment: NaiveDateTime| {
        SqlValue::Text(if is_date { moment.format("%Y-%m-%d").to_string() } else { moment_text(moment) })
    };
    let day = |date: NaiveDate, values: &mut Values| {
        values.exact.push(text(midnight(date)));
        if !is_date {
            values.exact.push(text(midnight(date) + TimeDelta::hours(12)));
            values.near.push(text(midnight(date) - TimeDelta::seconds(1)));
            values.near.push(text(midnight(date) - TimeDelta::milliseconds(500)));
            values.near.push(text(midnight(date) + TimeDelta::seconds(86_399)));
            values.near.push(text(midnight(date) + TimeDelta::milliseconds(86_399_500)));
        }
        let others = [
            date.checked_sub_days(Days::new(1)),
            date.checked_add_days(Days::new(1)),
            date.checked_sub_months(Months::new(12)),
            date.checked_add_months(Months::new(12)),
            date.checked_add_months(Months::new(1)),
        ];
        values.near.extend(others.into_iter().flatten().map(|date| text(midnight(date))));
    };
    match *value {
        Constant::Day(year, month, number) => {
            if let Some(date) = NaiveDate::from_ymd_opt(year, month, number) {
                day(date, values);
            }
        }
        Constant::Moment(year, month, number, hour, minute, second) => {
            let moment =
                NaiveDate::from_ymd_opt(year, month, number).and_then(|date| date.and_hms_opt(hour, minute, second));
            if let Some(moment) = moment {
                values.exact.push(text(moment));
                values.near.push(text(moment - TimeDelta::seconds(1)));
                values.near.push(text(moment + TimeDelta::seconds(1)));
                values.near.push(text(moment + TimeDelta::milliseconds(500)));
                values.near.push(text(moment + TimeDelta::days(1)));
            }
        }
        Constant::Span(seconds) => {
            for moment in [now() - TimeDelta::seconds(seconds), now() + TimeDelta::seconds(seconds)] {
                values.exact.push(text(moment));
                values.near.push(text(moment - TimeDelta::seconds(1)));
                values.near.push(text(moment + TimeDelta::seconds(1)));
                values.near.push(text(moment - TimeDelta::days(1)));
                values.near.push(text(moment + TimeDelta::days(1)));
            }
        }
        Constant::Int(year) if (1990..2100).contains(&year) => {
            let year = year as i32;
            for (year, month, number, exact) in [
                (year, 1, 1, true),
                (year, 12, 31, true),
                (year, 6, 15, true),
                (year - 1, 12, 31, false),
                (year + 1, 1, 1, false),
            ] {
                if let Some(date) = NaiveDate::from_ymd_opt(year, month, number) {
                    let list = if exact { &mut values.exact } else { &mut values.near };
                    list.push(text(midnight(date)));
                    if !is_date {
                        list.push(text(midnight(date) + TimeDelta::seconds(86_399)));
                    }
                }
            }
        }
        Constant::Int(month) if (1..=12).contains(&month) => {
            for year in [2025, 2026] {
                if let Some(date) = NaiveDate::from_ymd_opt(year, month as u32, 1).filter(|date| date.year() == year) {
                    values.near.push(text(midnight(date)));
                }
            }
        }
        _ => {}
    }
}
