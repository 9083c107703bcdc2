//! [`Knowledge`]: what databases are made to show: the constants that answers write, and what their statements compare.

use std::rc::Rc;

use super::{Clues, Literal, literals};
use crate::db::Connection;
use crate::runner::{ColumnInfo, Language, TableInfo};

/// Everything that is known of some answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knowledge {
    /// The constants of their texts.
    pub literals: Vec<Literal>,
    /// What their statements say.
    pub clues: Clues,
}

impl Knowledge {
    /// What a text, and the statements that it sent on one database, say.
    pub fn of(
        text: &str,
        language: Language,
        statements: &[String],
        tables: &[TableInfo],
        connection: &Rc<Connection>,
    ) -> Self {
        Self { literals: literals(text, language), clues: Clues::of(statements, tables, connection) }
    }

    /// What this says and the other doesn't.
    pub fn beyond(&self, other: &Self) -> Self {
        let literals = self.literals.iter().filter(|literal| !other.literals.contains(literal)).cloned().collect();
        Self { literals, clues: self.clues.beyond(&other.clues) }
    }

    /// Adds what another says.
    pub fn extend(&mut self, other: &Self) {
        let new: Vec<Literal> =
            other.literals.iter().filter(|literal| !self.literals.contains(literal)).cloned().collect();
        self.literals.extend(new);
        self.clues.extend(&other.clues);
    }

    /// The constants that stand next to a column's name.
    pub fn literals_near(&self, column: &ColumnInfo) -> Vec<&Literal> {
        let names = [&column.name, &column.field, &column.attname].map(|name| name.to_lowercase());
        self.literals.iter().filter(|literal| literal.near.iter().any(|near| names.contains(near))).collect()
    }

    /// Whether it says nothing that rows could be aimed at.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.clues.is_empty()
    }
}
