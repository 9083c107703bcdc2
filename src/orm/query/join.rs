//! The tables of a query and how they are joined.

use std::rc::Rc;

use super::{Q, WhereNode};
use crate::orm::models::Side;

/// `INNER JOIN` or `LEFT OUTER JOIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum JoinType {
    Inner,
    LeftOuter,
}

/// A table in the `FROM` clause.
#[derive(Clone)]
pub enum Table {
    /// The first table.
    Base {
        /// Its name.
        table: Rc<str>,
        /// Its alias.
        alias: Rc<str>,
    },
    /// A joined table.
    Join(Rc<Join>),
}

/// A table that is joined to another.
#[derive(Clone)]
pub struct Join {
    /// Its name.
    pub table: Rc<str>,
    /// The alias it hangs on.
    pub parent_alias: Rc<str>,
    /// Its alias.
    pub alias: Rc<str>,
    /// How it joins.
    pub join_type: JoinType,
    /// The relation.
    pub join_field: Side,
    /// Pairs of columns: the parent's, and the table's own.
    pub join_columns: Vec<(Rc<str>, Rc<str>)>,
    /// Whether the key can be NULL, or the relation is read backwards.
    pub nullable: bool,
    /// A condition of a `FilteredRelation`.
    pub filtered_relation: Option<Rc<FilteredRelation>>,
}

/// `FilteredRelation(relation_name, condition=…)` under its alias.
#[derive(Clone)]
pub struct FilteredRelation {
    /// The relation.
    pub relation_name: Rc<str>,
    /// The annotation's name.
    pub alias: Option<Rc<str>>,
    /// The condition as written.
    pub condition: Q,
    /// The condition bound to the query.
    pub resolved_condition: Option<Rc<WhereNode>>,
}
