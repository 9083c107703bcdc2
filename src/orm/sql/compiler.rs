//! The compiler: one query on its way to a statement.

use std::rc::Rc;

use super::select::{ClassInfo, SelectItem};
use super::{Dialect, Fragment, SqlBuffer, Sqlite};
use crate::orm::OrmResult;
use crate::orm::query::{Expr, Query, Split};

/// Compiles one query. Compiling may add joins to the query, as Django's does.
pub struct SqlCompiler<'q> {
    /// The query.
    pub query: &'q mut Query,
    /// The database's ways.
    pub dialect: &'q dyn Dialect,
    /// The database's alias, when one is known.
    pub using: Option<Rc<str>>,
    /// Whether a query that can match nothing is given up instead of sent.
    pub elide_empty: bool,
    pub(super) select: Vec<SelectItem>,
    pub(super) select_sql: SqlBuffer,
    pub(super) class_info: Option<ClassInfo>,
    pub(super) annotation_cols: Vec<(Rc<str>, usize)>,
    pub(super) has_extra_select: bool,
    pub(super) meta_ordering: bool,
    pub(super) split: Split,
}

impl<'q> SqlCompiler<'q> {
    /// A compiler for SQLite.
    pub fn new(query: &'q mut Query) -> Self {
        Self::with(query, &Sqlite)
    }

    /// A compiler for a database.
    pub fn with(query: &'q mut Query, dialect: &'q dyn Dialect) -> Self {
        Self {
            query,
            dialect,
            using: None,
            elide_empty: true,
            select: Vec::new(),
            select_sql: SqlBuffer::new(),
            class_info: None,
            annotation_cols: Vec::new(),
            has_extra_select: false,
            meta_ordering: false,
            split: Split::default(),
        }
    }

    /// Whether `using` is the database compiled for.
    pub fn is_using(&self, using: &str) -> bool {
        *using == *self.using.as_deref().unwrap_or("default")
    }

    /// An expression as a piece of its own.
    pub fn fragment(&mut self, expr: &Expr) -> OrmResult<Fragment> {
        let mut out = SqlBuffer::new();
        self.compile(expr, &mut out)?;
        Ok(out.finish())
    }

    /// Writes a table's or column's name: aliases that Django made up stay bare.
    pub fn name(&self, name: &str, out: &mut SqlBuffer) {
        if self.is_bare(name) {
            out.push(name);
        } else {
            out.name(name);
        }
    }

    fn is_bare(&self, name: &str) -> bool {
        let query = &*self.query;
        let is_table = || query.table_map.iter().any(|(table, _)| **table == *name);
        if query.tables.iter().any(|entry| *entry.alias == *name) {
            return !is_table();
        }
        if !query.extra.is_empty() && query.extra_select().any(|(known, _)| **known == *name) {
            return true;
        }
        query.external_aliases.iter().any(|(alias, aliased)| *aliased && **alias == *name) && !is_table()
    }
}
