//! [`Shown`]: what a run's last expression was, in comparable form.

use super::Canon;
use crate::runner::{Cell, Execution};

/// Rows with names.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Canon>>,
    /// For instances: the model's label and the position of the primary key.
    pub instances: Option<(String, usize)>,
    /// Whether the rows are dicts, whose keys have no order that counts.
    pub keyed: bool,
    /// Whether it is one object and not a list of them.
    pub single: bool,
    /// Whether it was a plain dict, so that a value alone may stand for it.
    pub dict: bool,
    /// The Python container that held the rows, where it is no list and no queryset.
    pub container: Option<String>,
}

impl Grid {
    /// Whether nothing can be told of its columns: a list without rows.
    pub fn is_bare(&self) -> bool {
        self.rows.is_empty() && self.columns.iter().all(|name| is_nameless(name))
    }

    /// A dict's keys and values as rows of two.
    pub fn pairs(&self) -> Self {
        let values = self.rows.first().cloned().unwrap_or_default();
        let rows = self.columns.iter().zip(values).map(|(name, held)| vec![Canon::Text(name.clone()), held]).collect();
        Self { rows, ..Self::nameless(2) }
    }

    /// One row of values without names.
    pub fn row(values: &[Canon]) -> Self {
        Self { rows: vec![values.to_vec()], single: true, ..Self::nameless(values.len()) }
    }

    /// One column of values without a name.
    pub fn column(values: &[Canon]) -> Self {
        Self { rows: values.iter().map(|value| vec![value.clone()]).collect(), ..Self::nameless(1) }
    }

    fn nameless(width: usize) -> Self {
        Self {
            columns: (0..width).map(|at| at.to_string()).collect(),
            rows: Vec::new(),
            instances: None,
            keyed: false,
            single: false,
            dict: false,
            container: None,
        }
    }
}

/// Whether a column has no name of its own: flat lists' and tuples' places.
pub fn is_nameless(name: &str) -> bool {
    name == "value" || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a run's last expression was.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// `None`, or no expression at all.
    Nothing,
    /// One value.
    Scalar(Canon),
    /// Several values in a tuple.
    Tuple(Vec<Canon>),
    /// Rows.
    Grid(Grid),
}

impl Shown {
    /// What an execution showed.
    pub fn of(execution: &Execution) -> Self {
        if let (Some(columns), Some(rows)) = (&execution.columns, &execution.rows) {
            return Self::Grid(Grid {
                columns: columns.clone(),
                rows: rows.iter().map(|row| row.iter().map(Canon::of).collect()).collect(),
                instances: execution.instances.clone(),
                keyed: execution.keyed,
                single: execution.instances.is_some() && !execution.listed,
                dict: false,
                container: execution.container.clone(),
            });
        }
        match &execution.scalar {
            None => Self::Nothing,
            Some(Cell::Dict(pairs)) => Self::Grid(Grid {
                columns: pairs.iter().map(|(name, _)| name.clone()).collect(),
                rows: vec![pairs.iter().map(|(_, held)| Canon::of(held)).collect()],
                instances: None,
                keyed: true,
                single: true,
                dict: true,
                container: None,
            }),
            Some(Cell::List(items)) if execution.container.as_deref() == Some("tuple") => {
                Self::Tuple(items.iter().map(Canon::of).collect())
            }
            Some(cell) => Self::Scalar(Canon::of(cell)),
        }
    }

    /// What it is, for people.
    pub fn form(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Scalar(Canon::List(_)) => "a list of several kinds of things".to_owned(),
            Self::Scalar(value) => format!("the value {}", value.told()),
            Self::Tuple(values) => format!("a tuple of {}", values.len()),
            Self::Grid(grid) if grid.dict => "a dict".to_owned(),
            Self::Grid(grid) if grid.single => "one object".to_owned(),
            Self::Grid(grid) if grid.instances.is_some() => "a list of objects".to_owned(),
            Self::Grid(_) => "a list of rows".to_owned(),
        }
    }
}
