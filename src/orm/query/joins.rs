//! Joining tables: aliases, reuse, promotion to outer joins and back.

use std::cell::RefCell;
use std::rc::Rc;

use super::resolve::AliasSet;
use super::rewrite::{ChangeMap, renamed};
use super::{Connector, FilteredRelation, Filtering, GroupBy, Join, JoinType, QNode, Query, Table, TableEntry};
use crate::orm::{ErrorKind, OrmError, OrmResult};

impl Table {
    /// The table's name.
    pub fn name(&self) -> &Rc<str> {
        match self {
            Self::Base { table, .. } => table,
            Self::Join(join) => &join.table,
        }
    }

    /// How it is joined; the first table is not.
    pub fn join_type(&self) -> Option<JoinType> {
        match self {
            Self::Base { .. } => None,
            Self::Join(join) => Some(join.join_type),
        }
    }

    /// The alias it hangs on.
    pub fn parent_alias(&self) -> Option<&Rc<str>> {
        match self {
            Self::Base { .. } => None,
            Self::Join(join) => Some(&join.parent_alias),
        }
    }

    fn relabeled(&self, changes: &ChangeMap) -> OrmResult<Self> {
        Ok(match self {
            Self::Base { table, alias } => Self::Base { table: table.clone(), alias: renamed(alias, changes) },
            Self::Join(join) => Self::Join(Rc::new(join.relabeled(changes)?)),
        })
    }
}

impl Join {
    fn relabeled(&self, changes: &ChangeMap) -> OrmResult<Self> {
        let mut join = self.clone();
        join.parent_alias = renamed(&self.parent_alias, changes);
        join.alias = renamed(&self.alias, changes);
        if let Some(filtered) = &mut join.filtered_relation
            && let Some(condition) = &filtered.resolved_condition
        {
            let mut condition = (**condition).clone();
            condition.relabel(changes)?;
            *filtered =
                Rc::new(FilteredRelation { resolved_condition: Some(Rc::new(condition)), ..(**filtered).clone() });
        }
        Ok(join)
    }

    /// Whether two joins bring in the same rows, whatever their alias and type.
    fn same_as(&self, other: &Self) -> bool {
        self.table == other.table
            && self.parent_alias == other.parent_alias
            && self.join_field == other.join_field
            && match (&self.filtered_relation, &other.filtered_relation) {
                (None, None) => true,
                (Some(a), Some(b)) => a == b,
                _ => false,
            }
    }
}

impl Query {
    /// The entry of `alias`.
    pub fn table(&self, alias: &str) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| *entry.alias == *alias)
    }

    fn position(&self, alias: &str) -> Option<usize> {
        self.tables.iter().position(|entry| *entry.alias == *alias)
    }

    /// How `alias` is joined; `None` for the first table.
    pub fn join_type(&self, alias: &str) -> Option<JoinType> {
        self.table(alias).and_then(|entry| entry.table.join_type())
    }

    /// The first table's alias.
    pub fn base_table(&self) -> Option<Rc<str>> {
        self.tables.first().map(|entry| entry.alias.clone())
    }

    /// Counts one more use of `alias`.
    pub fn ref_alias(&mut self, alias: &str) {
        if let Some(at) = self.position(alias) {
            Rc::make_mut(&mut self.tables)[at].refs += 1;
        }
    }

    /// Counts one use of `alias` less.
    pub fn unref_alias(&mut self, alias: &str) {
        if let Some(at) = self.position(alias) {
            Rc::make_mut(&mut self.tables)[at].refs -= 1;
        }
    }

    /// How often `alias` is used.
    pub fn refcount(&self, alias: &str) -> i32 {
        self.table(alias).map_or(0, |entry| entry.refs)
    }

    /// The counts of all aliases, to come back to.
    pub fn refcounts(&self) -> Vec<(Rc<str>, i32)> {
        self.tables.iter().map(|entry| (entry.alias.clone(), entry.refs)).collect()
    }

    /// Sets the counts back; aliases made since drop to zero.
    pub fn reset_refcounts(&mut self, counts: &[(Rc<str>, i32)]) {
        let wanted = |alias: &Rc<str>| counts.iter().find(|(known, _)| known == alias).map_or(0, |(_, refs)| *refs);
        if self.tables.iter().all(|entry| entry.refs == wanted(&entry.alias)) {
            return;
        }
        for entry in Rc::make_mut(&mut self.tables) {
            entry.refs = wanted(&entry.alias);
        }
    }

    /// How many tables are in use.
    pub fn count_active_tables(&self) -> usize {
        self.tables.iter().filter(|entry| entry.refs != 0).count()
    }

    /// The first alias, counted once more; the model's table is joined when nothing is yet.
    pub fn get_initial_alias(&mut self) -> Rc<str> {
        if let Some(entry) = Rc::make_mut(&mut self.tables).first_mut() {
            entry.refs += 1;
            return entry.alias.clone();
        }
        let table = self.model.db_table();
        let alias = self.new_alias(&table, None);
        let entry = TableEntry { alias: alias.clone(), table: Table::Base { table, alias: alias.clone() }, refs: 1 };
        Rc::make_mut(&mut self.tables).push(entry);
        alias
    }

    /// Names a table that is about to be joined: by its own name at first, by a number afterwards.
    pub(crate) fn new_alias(&mut self, table: &Rc<str>, filtered: Option<&FilteredRelation>) -> Rc<str> {
        let count = self.tables.len();
        let numbered: Rc<str>;
        let map = Rc::make_mut(&mut self.table_map);
        match map.iter_mut().find(|(known, _)| known == table) {
            Some((_, aliases)) if !aliases.is_empty() => {
                numbered = format!("{}{}", self.alias_prefix, count + 1).into();
                aliases.push(numbered.clone());
                numbered
            }
            _ => {
                let alias = filtered.and_then(|filtered| filtered.alias.clone()).unwrap_or_else(|| table.clone());
                map.push((table.clone(), vec![alias.clone()]));
                alias
            }
        }
    }

    /// An alias for `join`: one that does the same and may be reused, or a new one.
    pub fn join(&mut self, mut join: Join, reuse: Option<&RefCell<AliasSet>>) -> OrmResult<Rc<str>> {
        let mut found: Option<Rc<str>> = None;
        for entry in self.tables.iter() {
            let Table::Join(known) = &entry.table else { continue };
            if !known.same_as(&join) || reuse.is_some_and(|reuse| !reuse.borrow().contains(&entry.alias)) {
                continue;
            }
            // The alias asked for wins, else the most recent.
            let named = entry.alias == join.alias;
            found = Some(entry.alias.clone());
            if named {
                break;
            }
        }
        if let Some(alias) = found {
            self.ref_alias(&alias);
            return Ok(alias);
        }
        let alias = self.new_alias(&join.table, join.filtered_relation.as_deref());
        let outer = self.join_type(&join.parent_alias) == Some(JoinType::LeftOuter) || join.nullable;
        join.join_type = if outer { JoinType::LeftOuter } else { JoinType::Inner };
        join.alias = alias.clone();
        let filtered = join.filtered_relation.clone();
        let entry = TableEntry { alias: alias.clone(), table: Table::Join(Rc::new(join)), refs: 1 };
        Rc::make_mut(&mut self.tables).push(entry);
        if let Some(filtered) = filtered {
            self.resolve_filtered_relation(&alias, &filtered, reuse)?;
        }
        Ok(alias)
    }

    fn resolve_filtered_relation(
        &mut self,
        alias: &Rc<str>,
        filtered: &FilteredRelation,
        reuse: Option<&RefCell<AliasSet>>,
    ) -> OrmResult<()> {
        let own = reuse.map(|reuse| {
            let mut set = reuse.borrow().clone();
            set.push(alias.clone());
            RefCell::new(set)
        });
        let count = self.tables.len();
        let (condition, _) = self.build_filter(
            &QNode::Q(filtered.condition.clone()),
            Filtering { reuse: own.as_ref(), split_subq: false, update_join_types: false, ..Filtering::default() },
        )?;
        let resolved = FilteredRelation { resolved_condition: Some(Rc::new(condition)), ..filtered.clone() };
        let grown = self.tables.len() > count;
        if let Some(at) = self.position(alias) {
            let tables = Rc::make_mut(&mut self.tables);
            if let Table::Join(join) = &mut tables[at].table {
                Rc::make_mut(join).filtered_relation = Some(Rc::new(resolved));
            }
            // What the condition joined has to stand before the join that needs it.
            if grown {
                let entry = tables.remove(at);
                tables.push(entry);
            }
        }
        Ok(())
    }

    /// Turns joins, and those that hang on them, into outer joins where rows could be lost.
    pub fn promote_joins(&mut self, aliases: impl IntoIterator<Item = Rc<str>>) {
        let mut pending: std::collections::VecDeque<Rc<str>> = aliases.into_iter().collect();
        while let Some(alias) = pending.pop_front() {
            let Some(at) = self.position(&alias) else { continue };
            let Table::Join(join) = &self.tables[at].table else { continue };
            let parent_outer = self.join_type(&join.parent_alias) == Some(JoinType::LeftOuter);
            if join.join_type == JoinType::LeftOuter || !(join.nullable || parent_outer) {
                continue;
            }
            self.set_join_type(at, JoinType::LeftOuter);
            for entry in self.tables.iter() {
                if entry.table.parent_alias() == Some(&alias) && !pending.contains(&entry.alias) {
                    pending.push_back(entry.alias.clone());
                }
            }
        }
    }

    /// Turns outer joins into inner ones, and with them those that they hang on.
    pub fn demote_joins(&mut self, aliases: impl IntoIterator<Item = Rc<str>>) {
        let mut pending: std::collections::VecDeque<Rc<str>> = aliases.into_iter().collect();
        while let Some(alias) = pending.pop_front() {
            let Some(at) = self.position(&alias) else { continue };
            let Table::Join(join) = &self.tables[at].table else { continue };
            if join.join_type != JoinType::LeftOuter {
                continue;
            }
            let parent = join.parent_alias.clone();
            self.set_join_type(at, JoinType::Inner);
            if self.join_type(&parent) == Some(JoinType::Inner) {
                pending.push_back(parent);
            }
        }
    }

    fn set_join_type(&mut self, at: usize, join_type: JoinType) {
        if let Table::Join(join) = &mut Rc::make_mut(&mut self.tables)[at].table {
            Rc::make_mut(join).join_type = join_type;
        }
    }

    /// Aliases of inner joins.
    pub fn inner_aliases(&self) -> Vec<Rc<str>> {
        self.tables
            .iter()
            .filter(|entry| entry.table.join_type() == Some(JoinType::Inner))
            .map(|entry| entry.alias.clone())
            .collect()
    }

    /// Renames aliases everywhere in the query.
    pub fn change_aliases(&mut self, changes: &ChangeMap) -> OrmResult<()> {
        if changes.is_empty() {
            return Ok(());
        }
        if !self.where_.children.is_empty() {
            Rc::make_mut(&mut self.where_).relabel(changes)?;
        }
        if let GroupBy::Exprs(exprs) = &self.group_by {
            let changed = exprs.iter().map(|expr| expr.relabeled(changes)).collect::<OrmResult<Vec<_>>>()?;
            self.group_by = GroupBy::Exprs(changed.into());
        }
        if !self.select.is_empty() {
            let changed = self.select.iter().map(|expr| expr.relabeled(changes)).collect::<OrmResult<Vec<_>>>()?;
            self.select = changed.into();
        }
        if !self.annotations.is_empty() {
            for annotation in Rc::make_mut(&mut self.annotations) {
                annotation.expr = annotation.expr.relabeled(changes)?;
            }
        }
        for (old, new) in changes {
            let Some(at) = self.position(old) else { continue };
            let tables = Rc::make_mut(&mut self.tables);
            let mut entry = tables.remove(at);
            entry.table = entry.table.relabeled(changes)?;
            entry.alias = new.clone();
            let name = entry.table.name().clone();
            tables.push(entry);
            for (table, aliases) in Rc::make_mut(&mut self.table_map) {
                if *table == name
                    && let Some(alias) = aliases.iter_mut().find(|alias| *alias == old)
                {
                    *alias = new.clone();
                }
            }
        }
        if !self.external_aliases.is_empty() {
            for (alias, aliased) in Rc::make_mut(&mut self.external_aliases) {
                if changes.iter().any(|(old, _)| old == alias) {
                    *alias = renamed(alias, changes);
                    *aliased = true;
                }
            }
        }
        if !self.combined_queries.is_empty() {
            let mut combined = self.combined_queries.to_vec();
            for query in &mut combined {
                let own: Vec<_> = changes
                    .iter()
                    .filter(|(old, _)| query.external_aliases.iter().any(|(alias, _)| alias == old))
                    .cloned()
                    .collect();
                if !own.is_empty() {
                    Rc::make_mut(query).change_aliases(&own)?;
                }
            }
            self.combined_queries = combined.into();
        }
        Ok(())
    }

    /// Gives the query's aliases another letter than those of `outer`, so that both can stand in one statement.
    pub fn bump_prefix(&mut self, outer: &mut Self, exclude: &[Rc<str>]) -> OrmResult<()> {
        if self.alias_prefix != outer.alias_prefix {
            return Ok(());
        }
        // A thousand frames, sixteen for each level, as Python would count.
        const DEEPEST: usize = 62;
        let first = self.alias_prefix.bytes().next().unwrap_or(b'T') + 1;
        let mut found: Option<String> = None;
        let singles = (first..=b'Z').map(|letter| (letter as char).to_string());
        let pairs = (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| format!("{}{}", a as char, b as char)));
        let opening = std::iter::once((first as char).to_string());
        for (position, prefix) in opening.chain(singles).chain(pairs).enumerate() {
            if !self.subq_aliases.iter().any(|known| **known == *prefix) {
                found = Some(prefix);
                break;
            }
            if position > DEEPEST {
                break;
            }
        }
        let Some(prefix) = found else {
            return Err(OrmError::new(
                ErrorKind::RecursionError,
                "Maximum recursion depth exceeded: too many subqueries.",
            ));
        };
        self.alias_prefix = prefix.into();
        let own = Rc::make_mut(&mut self.subq_aliases);
        own.push(self.alias_prefix.clone());
        let outer_aliases = Rc::make_mut(&mut outer.subq_aliases);
        for alias in own.iter() {
            if !outer_aliases.contains(alias) {
                outer_aliases.push(alias.clone());
            }
        }
        let changes: Vec<_> = self
            .tables
            .iter()
            .enumerate()
            .filter(|(_, entry)| !exclude.contains(&entry.alias))
            .map(|(position, entry)| (entry.alias.clone(), Rc::from(format!("{}{position}", self.alias_prefix))))
            .collect();
        self.change_aliases(&changes)
    }
}

/// Decides, from the votes of a condition's parts, which joins have to be outer ones and which can be inner.
pub struct JoinPromoter {
    effective: Connector,
    children: usize,
    votes: Vec<(Rc<str>, usize)>,
}

impl JoinPromoter {
    /// A promoter for a condition of `children` parts. Negated, an AND behaves as an OR does, and the reverse.
    pub fn new(connector: Connector, children: usize, negated: bool) -> Self {
        let effective = match (negated, connector) {
            (false, connector) => connector,
            (true, Connector::And) => Connector::Or,
            (true, _) => Connector::And,
        };
        Self { effective, children, votes: Vec::new() }
    }

    /// One part needs a row in each of `aliases`.
    pub fn add_votes(&mut self, aliases: impl IntoIterator<Item = Rc<str>>) {
        for alias in aliases {
            match self.votes.iter_mut().find(|(known, _)| *known == alias) {
                Some((_, votes)) => *votes += 1,
                None => self.votes.push((alias, 1)),
            }
        }
    }

    /// Changes the query's joins by the votes; gives those that can be inner.
    pub fn update_join_types(&self, query: &mut Query) -> Vec<Rc<str>> {
        let mut promote = Vec::new();
        let mut demote = Vec::new();
        for (alias, votes) in &self.votes {
            if self.effective == Connector::Or && *votes < self.children {
                promote.push(alias.clone());
            }
            if self.effective == Connector::And || (self.effective == Connector::Or && *votes == self.children) {
                demote.push(alias.clone());
            }
        }
        query.promote_joins(promote);
        query.demote_joins(demote.iter().cloned());
        demote
    }
}
