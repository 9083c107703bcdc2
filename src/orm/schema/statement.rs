//! [`Deferred`]: a statement that makes an index, kept apart until it is sent, since its table may be renamed or dropped
//! before.

use std::rc::Rc;

use super::names::create_index_name;

/// A name between double quotes, unless it has them already.
pub fn quote(name: &str) -> String {
    if name.starts_with('"') && name.ends_with('"') && name.len() > 1 { name.to_owned() } else { format!("\"{name}\"") }
}

/// `CREATE INDEX` or `CREATE UNIQUE INDEX`.
#[derive(Clone, Debug)]
pub struct Deferred {
    /// Whether the index is a unique one.
    pub unique: bool,
    /// The table.
    pub table: Rc<str>,
    /// The columns, where the index is over plain ones.
    pub columns: Vec<Rc<str>>,
    /// The name; without one it follows from table and columns.
    pub name: Option<Rc<str>>,
    /// What stands between the parentheses.
    pub list: String,
    /// What follows them.
    pub condition: String,
}

impl Deferred {
    /// The index's name.
    pub fn index_name(&self) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None => {
                let columns: Vec<&str> = self.columns.iter().map(|column| &**column).collect();
                create_index_name(&self.table, &columns, if self.unique { "_uniq" } else { "" })
            }
        }
    }

    /// The statement.
    pub fn sql(&self) -> String {
        format!(
            "CREATE {}INDEX {} ON {} ({}){}",
            if self.unique { "UNIQUE " } else { "" },
            quote(&self.index_name()),
            quote(&self.table),
            self.list,
            self.condition
        )
    }

    /// Whether it is about a table.
    pub fn references_table(&self, table: &str) -> bool {
        *self.table == *table
    }

    /// Whether it is about a column of a table.
    pub fn references_column(&self, table: &str, column: &str) -> bool {
        *self.table == *table && self.columns.iter().any(|known| **known == *column)
    }

    /// Whether it makes the index of that name.
    pub fn references_index(&self, table: &str, name: &str) -> bool {
        *self.table == *table && (!self.unique || self.name.is_none()) && self.index_name() == *name
    }

    /// Follows a table to its new name.
    pub fn rename_table(&mut self, old: &str, new: &Rc<str>) {
        if *self.table == *old {
            self.table = new.clone();
        }
    }
}
