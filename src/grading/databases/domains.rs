//! [`Domains`]: the values that a column may take in one database; few, so that rows meet, and some of them next to the
//! constants of the answers.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta};

use super::{Constant, Literal};
use crate::db::{PINNED_NOW, SqlValue};
use crate::grading::Dice;
use crate::orm::models::FieldKind;
use crate::runner::ColumnInfo;

/// Draws domains for one database.
#[derive(Debug)]
pub struct Domains<'a> {
    literals: &'a [Literal],
    /// Values that the dataset's own rows hold, by table and column.
    seen: &'a dyn SeenValues,
}

/// Where the dataset's own values come from.
pub trait SeenValues: std::fmt::Debug {
    /// A few values of a column.
    fn of(&self, table: &str, column: &str) -> &[SqlValue];
}

impl<'a> Domains<'a> {
    /// Domains that know these constants.
    pub fn new(literals: &'a [Literal], seen: &'a dyn SeenValues) -> Self {
        Self { literals, seen }
    }

    /// The values that a column may take in one database, at least one.
    pub fn draw(&self, table: &str, column: &ColumnInfo, dice: &mut Dice) -> Vec<SqlValue> {
        if !column.choices.is_empty() {
            return some_of(column.choices.clone(), 3, dice);
        }
        let matching: Vec<&Literal> = self
            .literals
            .iter()
            .filter(|literal| {
                [&column.name, &column.field, &column.attname]
                    .iter()
                    .any(|name| literal.near.iter().any(|near| near == &name.to_lowercase()))
            })
            .collect();
        // Constants that stand next to the column's name count most; the others may still reach it through a function.
        let of_matching = values_of(&matching, column);
        let any: Vec<&Literal> = self.literals.iter().collect();
        let of_any = values_of(&any, column);
        let mut domain = Vec::new();
        domain.extend(some_of(of_matching.exact.clone(), 3, dice));
        let near = 1 + dice.below(4);
        domain.extend(some_of(of_matching.near.clone(), near, dice));
        if matching.is_empty() || dice.below(3) == 0 {
            domain.extend(some_of(of_any.exact, 2, dice));
            domain.extend(some_of(of_any.near, 1, dice));
        }
        let common = if of_matching.exact.is_empty() { 3 } else { 1 + dice.below(2) };
        domain.extend(some_of(self.common(column), common, dice));
        if dice.below(3) == 0 || column.kind == FieldKind::Json {
            domain.extend(some_of(self.seen.of(table, &column.name).to_vec(), 2, dice));
        }
        domain.retain(|value| fits(value, column));
        if domain.is_empty() {
            domain.push(fallback(column));
        }
        domain
    }

    /// Plain values of a column's type.
    fn common(&self, column: &ColumnInfo) -> Vec<SqlValue> {
        use FieldKind as K;
        let texts = |texts: &[&str]| texts.iter().map(|text| SqlValue::Text((*text).to_owned())).collect::<Vec<_>>();
        match column.kind {
            K::Boolean => vec![SqlValue::Integer(0), SqlValue::Integer(1)],
            K::Float => vec![SqlValue::Real(0.0), SqlValue::Real(0.5), SqlValue::Real(1.25), SqlValue::Real(3.0)],
            K::Decimal => texts(&["0", "1", "1.50", "2.25", "3", "10"]),
            K::Date => texts(&["2024-12-31", "2025-01-01", "2025-03-15", "2026-06-14", "2026-06-15"]),
            K::DateTime => texts(&[
                "2024-12-31 23:59:59",
                "2025-01-01 00:00:00",
                "2025-03-15 12:00:00",
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
            K::Email => texts(&["a@x.org", "b@x.org", "c@y.org", "A@x.org", "d@y.org", "e@z.org", ""]),
            _ if is_text(column.kind) && column.unique => texts(&["a", "b", "c", "d", "e", "f", "A", "ab", "b a"]),
            _ if is_text(column.kind) => texts(&["a", "b", "c", "A", "ab", ""]),
            _ => (0..4).map(SqlValue::Integer).collect(),
        }
    }
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
        if column.kind == FieldKind::Float {
            SqlValue::Real(number)
        } else {
            SqlValue::Text(format!("{number:.*}", column.places as usize))
        }
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
        values.near.push(SqlValue::Text(format!("d{}", text.to_uppercase())));
        values.near.push(SqlValue::Text(format!("a{}", text.replacen('.', "x", 1))));
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

fn now() -> NaiveDateTime {
    chrono::DateTime::from_timestamp_micros(PINNED_NOW).unwrap_or_default().naive_utc()
}

fn moment_text(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%d %H:%M:%S%.f").to_string()
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
            values.near.push(text(midnight(date) - TimeDelta::microseconds(1)));
            values.near.push(text(midnight(date) + TimeDelta::seconds(86_399)));
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
