//! [`Canon`]: a value in the one form in which values of answers are compared, and [`Shown`]: what a run showed, in that form.

use crate::db::SqlValue;
use crate::runner::{Cell, Execution};

/// A value such that two are equal exactly when a judge takes them for the same.
///
/// Numbers are equal by value, whatever their type: truth values are 0 and 1, decimals and floats count to nine digits.
/// An instance is its primary key. A text is never NULL, not even the empty one.
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
    /// A container.
    Json(String),
}

impl Canon {
    /// A result's cell.
    pub fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(truth) => Self::Int(i64::from(*truth)),
            Cell::Int(number) => Self::Int(*number),
            Cell::BigInt(digits) => Self::Number(digits.clone()),
            Cell::Float(number) => Self::float(*number),
            Cell::Decimal(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() && text.len() < 18 => Self::float(number),
                _ => Self::Number(text.clone()),
            },
            Cell::Text(text) | Cell::Temporal(text) => Self::Text(text.clone()),
            Cell::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Cell::Json(value) => Self::json(value),
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

    fn json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Int(i64::from(*truth)),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Int(whole),
                (None, Some(float)) => Self::float(float),
                (None, None) => Self::Number(number.to_string()),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::Json(format!("{:?}", items.iter().map(Self::json).collect::<Vec<_>>())),
            Value::Object(map) => {
                // An object's keys have no order.
                let mut pairs: Vec<_> = map.iter().map(|(key, held)| (key, Self::json(held))).collect();
                pairs.sort();
                Self::Json(format!("{pairs:?}"))
            }
        }
    }

    fn float(number: f64) -> Self {
        if !number.is_finite() {
            return Self::Number(number.to_string());
        }
        let digits = format!("{number:.9e}");
        match digits.parse::<f64>() {
            Ok(rounded) if rounded.fract() == 0.0 && rounded.abs() < 9.0e15 => Self::Int(rounded as i64),
            _ => Self::Number(digits),
        }
    }
}

/// Rows with names.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Canon>>,
    /// For instances: the model's label and the position of the primary key.
    pub instances: Option<(String, usize)>,
    /// Whether it is one object and not a list of them.
    pub single: bool,
    /// Whether it was a plain dict, so that a value alone may stand for it.
    pub dict: bool,
}

/// What a run's last expression was.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// `None`, or no expression at all.
    Nothing,
    /// One value.
    Scalar(Canon),
    /// Rows.
    Grid(Grid),
}

impl Shown {
    /// What an execution showed.
    pub fn of(execution: &Execution) -> Self {
        if let (Some(columns), Some(rows)) = (&execution.columns, &execution.rows) {
            let single = execution.instances.is_some()
                && execution
                    .value
                    .as_deref()
                    .is_some_and(|value| value.starts_with('<') && !value.contains("QuerySet"));
            return Self::Grid(Grid {
                columns: columns.clone(),
                rows: rows.iter().map(|row| row.iter().map(Canon::of).collect()).collect(),
                instances: execution.instances.clone(),
                single,
                dict: false,
            });
        }
        match &execution.scalar {
            None => Self::Nothing,
            Some(Cell::Json(serde_json::Value::Object(map))) => Self::Grid(Grid {
                columns: map.keys().cloned().collect(),
                rows: vec![map.values().map(Canon::json).collect()],
                instances: None,
                single: true,
                dict: true,
            }),
            Some(cell) => Self::Scalar(Canon::of(cell)),
        }
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
        assert_ne!(Canon::of(&Cell::Float(2.5)), Canon::of(&Cell::Float(2.500_001)));
        assert_ne!(Canon::of(&Cell::Text("2".into())), Canon::Int(2));
        assert_ne!(Canon::of(&Cell::Text(String::new())), Canon::Null);
    }
}
