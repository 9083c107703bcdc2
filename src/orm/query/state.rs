//! The query itself: everything that a chain of queryset methods has said so far.

use std::rc::Rc;

use super::{Expr, FilteredRelation, Table, WhereNode};
use crate::orm::Datum;
use crate::orm::models::{Field, Model, OrderTerm};

/// What kind of statement a query becomes.
#[derive(Clone)]
pub enum QueryKind {
    /// `SELECT`.
    Select,
    /// An aggregation over an inner query.
    Aggregate(Rc<Query>),
    /// `UPDATE` with its assignments.
    Update(Rc<super::UpdateData>),
    /// `DELETE`.
    Delete,
}

/// `group_by`.
#[derive(Clone, Default)]
pub enum GroupBy {
    /// No grouping.
    #[default]
    None,
    /// By everything selected of the model.
    All,
    /// By these.
    Exprs(Rc<[Expr]>),
}

/// `select_related`.
#[derive(Clone, Default, Debug, PartialEq)]
pub enum Related {
    /// Nothing.
    #[default]
    None,
    /// All that cannot be null, five levels deep.
    All,
    /// These names, nested.
    Names(Rc<RelatedNames>),
}

/// Names of `select_related`, nested, in order.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct RelatedNames(pub Vec<(Rc<str>, RelatedNames)>);

/// `deferred_loading`: names, and whether they are left out or the only ones kept.
#[derive(Clone, Debug)]
pub struct Deferred {
    /// The names, each once, in the order given.
    pub names: Rc<[Rc<str>]>,
    /// Whether the names are those left out.
    pub defer: bool,
}

/// One `extra(select=…)` column.
#[derive(Clone)]
pub struct Extra {
    /// The text.
    pub sql: Rc<str>,
    /// Its parameters.
    pub params: Rc<[Datum]>,
}

/// `explain()`.
#[derive(Clone, Debug)]
pub struct Explain {
    /// `format=`.
    pub format: Option<Rc<str>>,
    /// Further options with their values' text.
    pub options: Vec<(Rc<str>, Datum)>,
}

/// One column of `values()`, in the order asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Selected {
    /// The n-th of `select`.
    Field(usize),
    /// An annotation.
    Annotation(Rc<str>),
    /// An extra column.
    Extra(Rc<str>),
}

/// A table of a query, and how often the query needs it.
#[derive(Clone)]
pub struct TableEntry {
    /// Its alias.
    pub alias: Rc<str>,
    /// The table and how it is joined.
    pub table: Table,
    /// How many parts of the query need it; at zero it is left out.
    pub refs: i32,
}

/// An annotation of a query.
#[derive(Clone)]
pub struct Annotation {
    /// Its name.
    pub name: Rc<str>,
    /// The expression, bound to the query.
    pub expr: Expr,
    /// The expression as written; an ordering by an equal one refers to the annotation.
    pub origin: Option<Expr>,
}

/// Things by name, in order.
pub type Named<T> = Vec<(Rc<str>, T)>;

/// A query as it grows. Cloning it is cheap: what is large is shared until it changes.
#[derive(Clone)]
pub struct Query {
    /// The model it starts at.
    pub model: Model,
    /// What it becomes.
    pub kind: QueryKind,
    /// The tables in the order of joining.
    pub tables: Rc<Vec<TableEntry>>,
    /// Aliases by table name.
    pub table_map: Rc<Named<Vec<Rc<str>>>>,
    /// Aliases of the queries around; `true` for those that need no quoting.
    pub external_aliases: Rc<Vec<(Rc<str>, bool)>>,
    /// Aliases that one `filter()` may reuse.
    pub used_aliases: Vec<Rc<str>>,
    /// Whether the next `filter()` goes on with [`Self::used_aliases`].
    pub filter_is_sticky: bool,
    /// Whether columns are written with their alias.
    pub alias_cols: bool,
    /// The letters that aliases start with.
    pub alias_prefix: Rc<str>,
    /// The prefixes of all queries inside.
    pub subq_aliases: Rc<Vec<Rc<str>>>,
    /// Whether it stands inside another.
    pub subquery: bool,
    /// `WHERE` and `HAVING`, still together.
    pub where_: Rc<WhereNode>,
    /// The selected columns.
    pub select: Rc<[Expr]>,
    /// Whether all of the model's columns are selected.
    pub default_cols: bool,
    /// The names of `values()`.
    pub values_select: Rc<[Rc<str>]>,
    /// The columns of `values()` by name, in order.
    pub selected: Option<Rc<Named<Selected>>>,
    /// Annotations by name.
    pub annotations: Rc<Vec<Annotation>>,
    /// Which annotations are selected; all when `None`.
    pub annotation_mask: Option<Rc<Vec<Rc<str>>>>,
    /// Grouping.
    pub group_by: GroupBy,
    /// `order_by()`.
    pub order_by: Rc<[OrderTerm]>,
    /// Whether `Meta.ordering` applies without one.
    pub default_ordering: bool,
    /// Whether the selected columns were taken over from another query: copies of columns equal only each other.
    pub select_relabeled: bool,
    /// Whether the ordering is as written, not reversed.
    pub standard_ordering: bool,
    /// `OFFSET`.
    pub low_mark: u64,
    /// The end of the slice.
    pub high_mark: Option<u64>,
    /// `DISTINCT`.
    pub distinct: bool,
    /// `distinct("name")`.
    pub distinct_fields: Rc<[Rc<str>]>,
    /// `select_for_update()`; ignored by SQLite but for its rules.
    pub select_for_update: bool,
    /// `select_related()`.
    pub select_related: Related,
    /// How deep `select_related()` without names goes.
    pub max_depth: u32,
    /// `only()` and `defer()`.
    pub deferred: Deferred,
    /// `union()` and its kin: SQL's word for it.
    pub combinator: Option<&'static str>,
    /// `all=True`.
    pub combinator_all: bool,
    /// The queries combined.
    pub combined_queries: Rc<[Rc<Query>]>,
    /// `extra(select=…)` by name.
    pub extra: Rc<Vec<(Rc<str>, Extra)>>,
    /// Which extra columns are selected; all when `None`.
    pub extra_mask: Option<Rc<Vec<Rc<str>>>>,
    /// `extra(tables=…)`.
    pub extra_tables: Rc<[Rc<str>]>,
    /// `extra(order_by=…)`.
    pub extra_order_by: Rc<[OrderTerm]>,
    /// `FilteredRelation`s by name.
    pub filtered_relations: Rc<Vec<(Rc<str>, Rc<FilteredRelation>)>>,
    /// `explain()`.
    pub explain: Option<Rc<Explain>>,
    /// The tables that the last filter's path went through, for `split_exclude`.
    pub lookup_joins: Vec<Rc<str>>,
    /// The database chosen by `using()`, as the host names it.
    pub using: Option<Rc<str>>,
}

/// The assignments of an `UPDATE`.
#[derive(Clone, Default)]
pub struct UpdateData {
    /// Field and value.
    pub values: Vec<(Field, Datum)>,
    /// Assignments to tables of parents.
    pub related_updates: Vec<(Model, Vec<(Field, Datum)>)>,
    /// The rows of parents' tables, once known.
    pub related_ids: Option<Vec<(Model, Vec<Datum>)>>,
}
