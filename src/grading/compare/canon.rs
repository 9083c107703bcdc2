//! [`Canon`]: a value in the one form in which values of answers are compared.

use crate::db::SqlValue;
use crate::runner::Cell;

/// A value such that two are equal exactly when a judge takes them for the same.
///
/// Numbers are equal by value, whatever their type: truth values are 0 and 1, decimals and floats count to ten digits and
/// seven places, which is what is left of a difference between amounts that a database computes in floats.
/// A moment at midnight is the day. An instance is its primary key. A text is never NULL, not even the empty one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Canon {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// Any other number, by its digits.
    Number(String),
    /// Text, and what has a text form of its own: dates, times, UUIDs.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list or tuple, in order.
    List(Vec<Canon>),
    /// A dictionary, by its keys.
    Dict(Vec<(String, Canon)>),
}

/// Beyond this not every whole number is a float.
const EXACT: f64 = 9.0e15;

impl Canon {
    /// A result's cell.
    pub fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(truth) => Self::Int(i64::from(*truth)),
            Cell::Int(number) => Self::Int(*number),
            Cell::BigInt(digits) => Self::Number(digits.clone()),
            Cell::Float(number) => Self::float(*number),
            Cell::Decimal(text) => Self::decimal(text),
            Cell::Text(text) => Self::Text(text.clone()),
            Cell::Temporal(text) => Self::Text(day(text).to_owned()),
            Cell::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Cell::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Cell::Dict(pairs) => {
                let mut pairs: Vec<_> = pairs.iter().map(|(name, held)| (name.clone(), Self::of(held))).collect();
                pairs.sort();
                Self::Dict(pairs)
            }
            Cell::Instance { pk, .. } => Self::of(pk),
        }
    }

    /// A stored value.
    pub fn of_sql(value: &SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Integer(number) => Self::Int(*number),
            SqlValue::Real(number) => Self::float(*number),
            SqlValue::Text(text) => Self::Text(text.clone()),
            SqlValue::Blob(bytes) => Self::Bytes(bytes.clone()),
        }
    }

    fn decimal(text: &str) -> Self {
        match text.parse::<f64>() {
            // What a float cannot hold is compared by its digits.
            Ok(number) if number.is_finite() && (text.contains('.') || number.abs() < EXACT) => Self::float(number),
            _ => Self::Number(text.to_owned()),
        }
    }

    fn float(number: f64) -> Self {
        if !number.is_finite() {
            return Self::Number(number.to_string());
        }
        if number.fract() == 0.0 && number.abs() < EXACT {
            return Self::Int(number as i64);
        }
        let rounded = if number.abs() < 1000.0 { format!("{number:.7}").parse().unwrap_or(number) } else { number };
        let digits = format!("{rounded:.9e}");
        match digits.parse::<f64>() {
            Ok(rounded) if rounded.fract() == 0.0 && rounded.abs() < EXACT => Self::Int(rounded as i64),
            _ => Self::Number(digits),
        }
    }

    /// As people read it.
    pub fn told(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Number(digits) => digits.parse::<f64>().map_or_else(|_| digits.clone(), |number| number.to_string()),
            Self::Text(text) => format!("\"{text}\""),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::List(items) => {
                format!("[{}]", items.iter().take(6).map(Self::told).collect::<Vec<_>>().join(", "))
            }
            Self::Dict(pairs) => {
                let told = |(name, held): &(String, Self)| format!("{name}: {}", held.told());
                format!("{{{}}}", pairs.iter().take(6).map(told).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// What kind of value it is, for people; none for NULL.
    pub fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Self::Null => return None,
            Self::Int(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dict",
        })
    }
}

/// A moment's text without a midnight, which says no more than the day.
fn day(text: &str) -> &str {
    let bare = text.strip_suffix("+00:00").unwrap_or(text);
    match bare.strip_suffix(" 00:00:00") {
        Some(day) if day.len() == 10 => day,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value() {
        let same = [Cell::Int(2), Cell::Float(2.0), Cell::Decimal("2.00".into()), Cell::Float(1.999_999_999_999)];
        for cell in &same {
            assert_eq!(Canon::of(cell), Canon::Int(2), "{cell:?}");
        }
        assert_eq!(Canon::of(&Cell::Bool(true)), Canon::Int(1));
        assert_eq!(Canon::of(&Cell::Decimal("2.50".into())), Canon::of(&Cell::Float(2.5)));
        assert_eq!(Canon::of(&Cell::Float(100_000.01 - 100_000.0)), Canon::of(&Cell::Decimal("0.01".into())));
        let third = Cell::Decimal("3.333333333333333333333333333".into());
        assert_eq!(Canon::of(&third), Canon::of(&Cell::Float(10.0 / 3.0)));
        assert_eq!(Canon::of(&Cell::Float(12_345_678_901_234.0)), Canon::Int(12_345_678_901_234));
        assert_ne!(Canon::of(&Cell::Float(2.5)), Canon::of(&Cell::Float(2.500_001)));
        assert_ne!(Canon::of(&Cell::Text("2".into())), Canon::Int(2));
        assert_ne!(Canon::of(&Cell::Text(String::new())), Canon::Null);
    }

    #[test]
    fn containers_hold_canonical_values() {
        let cells = |scale: &str| Cell::List(vec![Cell::Decimal(scale.into()), Cell::Null]);
        assert_eq!(Canon::of(&cells("2.50")), Canon::of(&cells("2.5")));
        let dict = |pairs: &[(&str, i64)]| {
            Canon::of(&Cell::Dict(pairs.iter().map(|(name, held)| ((*name).into(), Cell::Int(*held))).collect()))
        };
        assert_eq!(dict(&[("a", 1), ("b", 2)]), dict(&[("b", 2), ("a", 1)]));
    }

    #[test]
    fn a_midnight_is_its_day() {
        let moment = |text: &str| Canon::of(&Cell::Temporal(text.into()));
        assert_eq!(moment("2026-06-01 00:00:00+00:00"), moment("2026-06-01"));
        assert_ne!(moment("2026-06-01 00:00:01+00:00"), moment("2026-06-01"));
        assert_ne!(moment("1 day, 0:00:00"), moment("1 day"));
    }
}
