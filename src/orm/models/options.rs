//! What `class Meta` says.

use std::rc::Rc;

use crate::orm::query::{Expr, Q};

/// A term of an ordering: a name with an optional minus, or an expression.
#[derive(Clone)]
pub enum OrderTerm {
    /// `"-author__name"`, `"?"`.
    Name(Rc<str>),
    /// `F("name").desc()`, `Lower("name")`.
    Expr(Expr),
}

/// An index of a model.
#[derive(Clone)]
pub struct Index {
    /// Its name, given or made.
    pub name: Rc<str>,
    /// The fields, each with whether it descends.
    pub fields: Vec<(Rc<str>, bool)>,
    /// The expressions of a functional index.
    pub expressions: Vec<Expr>,
    /// `condition=`.
    pub condition: Option<Q>,
    /// `include=`.
    pub include: Vec<Rc<str>>,
}

/// A constraint of a model.
#[derive(Clone)]
pub enum Constraint {
    /// `CheckConstraint`.
    Check {
        /// Its name.
        name: Rc<str>,
        /// `condition=`.
        condition: Expr,
    },
    /// `UniqueConstraint`.
    Unique {
        /// Its name.
        name: Rc<str>,
        /// The fields.
        fields: Vec<Rc<str>>,
        /// The expressions of a functional constraint.
        expressions: Vec<Expr>,
        /// `condition=`.
        condition: Option<Q>,
        /// `deferrable=`: `DEFERRED` or `IMMEDIATE`.
        deferrable: Option<Rc<str>>,
        /// `nulls_distinct=`.
        nulls_distinct: Option<bool>,
        /// `include=`.
        include: Vec<Rc<str>>,
    },
    /// A constraint class of the host's own.
    Other {
        /// Its name.
        name: Rc<str>,
    },
}

/// A model's `Meta`, as data; what depends on other models is worked out by [`Model`](super::Model).
#[derive(Clone, Default)]
pub struct Meta {
    /// `app_label`.
    pub app_label: Rc<str>,
    /// `db_table`, given or made.
    pub db_table: Rc<str>,
    /// `abstract`.
    pub is_abstract: bool,
    /// `proxy`.
    pub proxy: bool,
    /// `managed`.
    pub managed: bool,
    /// `swapped`: the model that takes this one's place.
    pub swapped: Option<Rc<str>>,
    /// Whether Django made the model, as a table between two sides.
    pub auto_created: bool,
    /// `ordering`.
    pub ordering: Vec<OrderTerm>,
    /// `order_with_respect_to`.
    pub order_with_respect_to: Option<Rc<str>>,
    /// `get_latest_by`.
    pub get_latest_by: Vec<Rc<str>>,
    /// `default_related_name`.
    pub default_related_name: Option<Rc<str>>,
    /// `base_manager_name`.
    pub base_manager_name: Option<Rc<str>>,
    /// `default_manager_name`.
    pub default_manager_name: Option<Rc<str>>,
    /// `unique_together`.
    pub unique_together: Vec<Vec<Rc<str>>>,
    /// `indexes`.
    pub indexes: Vec<Index>,
    /// `constraints`.
    pub constraints: Vec<Constraint>,
    /// `select_on_save`.
    pub select_on_save: bool,
    /// `required_db_features` and `required_db_vendor` leave the model out when false.
    pub can_migrate: bool,
    /// `verbose_name`.
    pub verbose_name: Rc<str>,
    /// `verbose_name_plural`.
    pub verbose_name_plural: Rc<str>,
}
