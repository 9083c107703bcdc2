//! What a queryset makes of each row.

/// The kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iterable {
    /// Model instances.
    Model,
    /// Dicts: `values()`.
    Values,
    /// Tuples: `values_list()`.
    ValuesList,
    /// Single values: `values_list(flat=True)`.
    FlatValuesList,
    /// Named tuples: `values_list(named=True)`.
    NamedValuesList,
    /// Names and values of dates: `dates()`, `datetimes()` give single values too.
    Raw,
}

impl Iterable {
    /// Django's name of the class.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Model => "ModelIterable",
            Self::Values => "ValuesIterable",
            Self::ValuesList => "ValuesListIterable",
            Self::FlatValuesList => "FlatValuesListIterable",
            Self::NamedValuesList => "NamedValuesListIterable",
            Self::Raw => "RawModelIterable",
        }
    }
}
