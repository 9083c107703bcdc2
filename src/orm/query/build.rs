//! What queryset methods do to a query: annotations, orderings, slices, masks.

use std::rc::Rc;

use super::path::PathError;
use super::resolve::Resolve;
use super::{
    Annotation, Connector, Deferred, Explain, Expr, Expression, Extra, ExtraWhere, FilteredRelation, GroupBy, Query,
    QueryKind, Related, RelatedNames, Selected, WhereNode,
};
use crate::orm::models::{Field, Model, OrderTerm};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

thread_local! {
    static NO_WHERE: Rc<WhereNode> = Rc::new(WhereNode::new(Connector::And));
    static NO_EXPRS: Rc<[Expr]> = Rc::new([]);
    static NO_NAMES: Rc<[Rc<str>]> = Rc::new([]);
    static NO_TERMS: Rc<[OrderTerm]> = Rc::new([]);
    static FIRST_PREFIX: Rc<str> = "T".into();
    static FIRST_PREFIXES: Rc<Vec<Rc<str>>> = Rc::new(vec!["T".into()]);
}

fn no_names() -> Rc<[Rc<str>]> {
    NO_NAMES.with(Clone::clone)
}

fn no_terms() -> Rc<[OrderTerm]> {
    NO_TERMS.with(Clone::clone)
}

impl Query {
    /// All rows of `model`.
    pub fn new(model: &Model) -> Self {
        Self {
            model: model.clone(),
            kind: QueryKind::Select,
            tables: Rc::default(),
            table_map: Rc::default(),
            external_aliases: Rc::default(),
            used_aliases: Vec::new(),
            filter_is_sticky: false,
            alias_cols: true,
            alias_prefix: FIRST_PREFIX.with(Clone::clone),
            subq_aliases: FIRST_PREFIXES.with(Clone::clone),
            subquery: false,
            where_: NO_WHERE.with(Clone::clone),
            select: NO_EXPRS.with(Clone::clone),
            default_cols: true,
            values_select: no_names(),
            selected: None,
            annotations: Rc::default(),
            annotation_mask: None,
            group_by: GroupBy::None,
            order_by: no_terms(),
            default_ordering: true,
            select_relabeled: false,
            standard_ordering: true,
            low_mark: 0,
            high_mark: None,
            distinct: false,
            distinct_fields: no_names(),
            select_for_update: false,
            select_related: Related::None,
            max_depth: 5,
            deferred: Deferred { names: no_names(), defer: true },
            combinator: None,
            combinator_all: false,
            combined_queries: Rc::new([]),
            extra: Rc::default(),
            extra_mask: None,
            extra_tables: no_names(),
            extra_order_by: no_terms(),
            filtered_relations: Rc::default(),
            explain: None,
            lookup_joins: Vec::new(),
            using: None,
        }
    }

    /// A copy for the next method of the chain.
    #[must_use]
    pub fn chain(&self) -> Self {
        let mut query = self.clone();
        if !query.filter_is_sticky {
            query.used_aliases.clear();
        }
        query.filter_is_sticky = false;
        query
    }

    /// The annotation called `name`, selected or not.
    pub fn annotation(&self, name: &str) -> Option<&Expr> {
        self.annotations.iter().find(|annotation| *annotation.name == *name).map(|annotation| &annotation.expr)
    }

    /// Whether the annotations' mask lets `name` through.
    pub fn annotation_is_selected(&self, name: &str) -> bool {
        self.annotation_mask.as_ref().is_none_or(|mask| mask.iter().any(|known| **known == *name))
    }

    /// The annotations that are selected, in order.
    pub fn annotation_select(&self) -> impl Iterator<Item = &Annotation> {
        self.annotations.iter().filter(|annotation| self.annotation_is_selected(&annotation.name))
    }

    /// The extra columns that are selected, in order.
    pub fn extra_select(&self) -> impl Iterator<Item = &(Rc<str>, Extra)> {
        self.extra.iter().filter(|(name, _)| self.extra_mask.as_ref().is_none_or(|mask| mask.contains(name)))
    }

    /// Refuses column aliases that could end the quoting around them.
    pub fn check_alias(&self, alias: &str) -> OrmResult<()> {
        let forbidden = alias.chars().any(|c| {
            matches!(c, '\'' | '`' | '"' | ']' | '[' | ';' | '#')
                || c.is_whitespace()
                || (c as u32) < 0x20
                || (0x7f..=0x9f).contains(&(c as u32))
        });
        if forbidden || alias.contains("--") || alias.contains("/*") || alias.contains("*/") {
            return Err(OrmError::value_error(
                "Column aliases cannot contain whitespace characters, hashes, control characters, quotation marks, \
                 semicolons, or SQL comments.",
            ));
        }
        Ok(())
    }

    /// Adds an annotation; with `select` false it can be referred to but is not part of the rows.
    pub fn add_annotation(&mut self, expr: &Expr, alias: &str, select: bool) -> OrmResult<()> {
        self.check_alias(alias)?;
        let resolved = expr.resolve(self, Resolve::PLAIN)?;
        let alias: Rc<str> = alias.into();
        if select {
            self.append_annotation_mask(std::slice::from_ref(&alias));
        } else {
            let rest = self.annotation_select().map(|a| a.name.clone()).filter(|name| *name != alias).collect();
            self.set_annotation_mask(Some(rest));
        }
        self.put_annotation(&alias, resolved, Some(expr.clone()));
        if select
            && let Some(selected) = &mut self.selected
            && !selected.is_empty()
        {
            put(Rc::make_mut(selected), alias.clone(), Selected::Annotation(alias));
        }
        Ok(())
    }

    pub(super) fn put_annotation(&mut self, name: &Rc<str>, expr: Expr, origin: Option<Expr>) {
        let annotations = Rc::make_mut(&mut self.annotations);
        match annotations.iter_mut().find(|annotation| annotation.name == *name) {
            Some(annotation) => {
                annotation.expr = expr;
                annotation.origin = origin;
            }
            None => annotations.push(Annotation { name: name.clone(), expr, origin }),
        }
    }

    /// Remembers what an annotation was made of.
    pub(crate) fn set_origin(&mut self, name: &Rc<str>, origin: &Expr) {
        let annotations = Rc::make_mut(&mut self.annotations);
        if let Some(annotation) = annotations.iter_mut().find(|annotation| annotation.name == *name) {
            annotation.origin = Some(origin.clone());
        }
    }

    /// Selects these annotations alone; `None` selects all.
    pub fn set_annotation_mask(&mut self, names: Option<Vec<Rc<str>>>) {
        if let (Some(names), Some(selected)) = (&names, &mut self.selected)
            && !selected.is_empty()
        {
            let selected = Rc::make_mut(selected);
            selected.retain(|(_, what)| !matches!(what, Selected::Annotation(name) if !names.contains(name)));
            for name in names {
                put(selected, name.clone(), Selected::Annotation(name.clone()));
            }
        }
        self.annotation_mask = names.map(Rc::new);
    }

    /// Selects these annotations too.
    pub fn append_annotation_mask(&mut self, names: &[Rc<str>]) {
        if let Some(mask) = &self.annotation_mask {
            let mut mask = (**mask).clone();
            for name in names {
                if !mask.contains(name) {
                    mask.push(name.clone());
                }
            }
            self.set_annotation_mask(Some(mask));
        }
    }

    /// Selects these extra columns alone; `None` selects all.
    pub fn set_extra_mask(&mut self, names: Option<Vec<Rc<str>>>) {
        self.extra_mask = names.map(Rc::new);
    }

    /// Adds a `FilteredRelation` under `alias`.
    pub fn add_filtered_relation(&mut self, filtered: &FilteredRelation, alias: &str) -> OrmResult<()> {
        use crate::orm::text::repr_str;
        if alias.contains('.') {
            return Err(OrmError::value_error(format!(
                "FilteredRelation doesn't support aliases with periods (got {}).",
                repr_str(alias)
            )));
        }
        self.check_alias(alias)?;
        let name = filtered.relation_name.clone();
        let (lookups, relation_parts) = self.lookup_and_field_parts(&name)?;
        if !lookups.is_empty() {
            return Err(OrmError::value_error(format!(
                "FilteredRelation's relation_name cannot contain lookups (got {}).",
                repr_str(&name)
            )));
        }
        let mut names = Vec::new();
        filtered.condition.each_name(&mut |name| names.push(name.to_owned()));
        for lookup in &names {
            let (lookup_parts, field_parts) = self.lookup_and_field_parts(lookup)?;
            let shift = if lookup_parts.is_empty() { 2 } else { 1 };
            let path = &field_parts[..field_parts.len().saturating_sub(shift)];
            if path.iter().zip(&relation_parts).any(|(part, wanted)| part != wanted) {
                return Err(OrmError::value_error(format!(
                    "FilteredRelation's condition doesn't support relations outside the {} (got {}).",
                    repr_str(&name),
                    repr_str(lookup)
                )));
            }
            if field_parts.len() > relation_parts.len() + 1 {
                return Err(OrmError::value_error(format!(
                    "FilteredRelation's condition doesn't support nested relations deeper than the relation_name (got \
                     {} for {}).",
                    repr_str(lookup),
                    repr_str(&name)
                )));
            }
        }
        let alias: Rc<str> = alias.into();
        let filtered = FilteredRelation {
            relation_name: name.clone(),
            alias: Some(alias.clone()),
            condition: filtered.condition.renamed_prefix(&name, &alias)?,
            resolved_condition: None,
        };
        let relations = Rc::make_mut(&mut self.filtered_relations);
        match relations.iter_mut().find(|(known, _)| *known == alias) {
            Some((_, known)) => *known = Rc::new(filtered),
            None => relations.push((alias, Rc::new(filtered))),
        }
        Ok(())
    }

    /// `set_empty()`: no row can match.
    pub fn set_empty(&mut self) {
        Rc::make_mut(&mut self.where_).add(Rc::new(Expression::Nothing), Connector::And);
        if !self.combined_queries.is_empty() {
            let mut combined = self.combined_queries.to_vec();
            for query in &mut combined {
                Rc::make_mut(query).set_empty();
            }
            self.combined_queries = combined.into();
        }
    }

    /// Whether nothing was selected by `none()`.
    pub fn is_empty(&self) -> bool {
        self.where_.holds_nothing()
    }

    /// Narrows the slice: `low` and `high` count from its present start.
    pub fn set_limits(&mut self, low: Option<u64>, high: Option<u64>) {
        if let Some(high) = high {
            let end = self.low_mark.saturating_add(high);
            self.high_mark = Some(self.high_mark.map_or(end, |known| known.min(end)));
        }
        if let Some(low) = low {
            let start = self.low_mark.saturating_add(low);
            self.low_mark = self.high_mark.map_or(start, |end| end.min(start));
        }
        if Some(self.low_mark) == self.high_mark {
            self.set_empty();
        }
    }

    /// Forgets the slice.
    pub fn clear_limits(&mut self) {
        self.low_mark = 0;
        self.high_mark = None;
    }

    /// Whether a slice was taken.
    pub fn is_sliced(&self) -> bool {
        self.low_mark != 0 || self.high_mark.is_some()
    }

    /// Whether the slice is of one row.
    pub fn has_limit_one(&self) -> bool {
        self.high_mark.is_some_and(|high| high - self.low_mark == 1)
    }

    /// Selects nothing.
    pub fn clear_select_clause(&mut self) {
        self.select = NO_EXPRS.with(Clone::clone);
        self.default_cols = false;
        self.select_related = Related::None;
        self.set_extra_mask(Some(Vec::new()));
        self.set_annotation_mask(Some(Vec::new()));
        self.selected = None;
    }

    /// Selects no columns; extra ones stay.
    pub fn clear_select_fields(&mut self) {
        self.select = NO_EXPRS.with(Clone::clone);
        self.values_select = no_names();
        self.selected = None;
    }

    /// Selects these columns.
    pub fn set_select(&mut self, cols: Vec<Expr>) {
        self.default_cols = false;
        self.select = cols.into();
    }

    pub(crate) fn add_select_col(&mut self, col: Expr, name: Rc<str>) {
        let mut select = self.select.to_vec();
        select.push(col);
        let position = select.len() - 1;
        self.select = select.into();
        let mut names = self.values_select.to_vec();
        names.push(name.clone());
        self.values_select = names.into();
        if let Some(selected) = &mut self.selected {
            put(Rc::make_mut(selected), name, Selected::Field(position));
        }
    }

    /// `distinct(*names)`.
    pub fn add_distinct_fields(&mut self, names: &[Rc<str>]) {
        self.distinct_fields = names.into();
        self.distinct = true;
    }

    /// Adds the columns of `names`, resolved as outer joins where they lead away.
    pub fn add_fields<S: AsRef<str>>(&mut self, names: &[S], allow_m2m: bool) -> OrmResult<()> {
        let alias = self.get_initial_alias();
        let model = self.model.clone();
        let mut cols = Vec::with_capacity(names.len());
        for name in names {
            let name = name.as_ref();
            match self.field_col(name, &model, &alias, allow_m2m) {
                Ok(col) => cols.push(col),
                Err(PathError::MultiJoin(_)) => {
                    return Err(OrmError::field_error(format!("Invalid field name: '{name}'")));
                }
                Err(PathError::Other(error)) if error.is_field_error() && !name.contains("__") => {
                    return Err(OrmError::field_error(format!(
                        "Cannot resolve keyword {} into field. Choices are: {}",
                        crate::orm::text::repr_str(name),
                        self.choices(&model, true)
                    )));
                }
                Err(PathError::Other(error)) => return Err(error),
            }
        }
        if !cols.is_empty() {
            self.set_select(cols);
        }
        Ok(())
    }

    fn field_col(&mut self, name: &str, model: &Model, alias: &Rc<str>, allow_m2m: bool) -> Result<Expr, PathError> {
        let parts: Vec<&str> = name.split("__").collect();
        let info = self.setup_joins(&parts, model, alias, None, allow_m2m)?;
        let (targets, last, _) = self.trim_joins(&info.targets, &info.joins, &info.path)?;
        if let [target] = &targets[..] {
            return Ok(self.transformed(&info, target, &last)?);
        }
        let mut fields = Vec::new();
        let mut sources = Vec::new();
        for target in &targets {
            if let Expression::Col(col) = &*self.transformed(&info, target, &last)? {
                fields.push(col.target.clone());
                sources.push(col.output.field().clone());
            }
        }
        Ok(Rc::new(Expression::ColPairs(super::ColPairs {
            alias: self.alias_cols.then_some(last),
            targets: fields.into(),
            sources: sources.into(),
            output: info.final_field,
        })))
    }

    /// `order_by(*terms)`; without terms all ordering is dropped.
    pub fn add_ordering(&mut self, terms: &[OrderTerm]) -> OrmResult<()> {
        for term in terms {
            match term {
                OrderTerm::Name(name) => {
                    if &**name == "?" {
                        continue;
                    }
                    let bare = name.strip_prefix('-').unwrap_or(name);
                    if self.annotation(bare).is_some() || self.extra.iter().any(|(known, _)| **known == *bare) {
                        continue;
                    }
                    let parts: Vec<&str> = bare.split("__").collect();
                    if let Err(PathError::Other(error)) = self.names_to_path(&parts, &self.model, true, false) {
                        return Err(error);
                    }
                }
                OrderTerm::Expr(expr) => {
                    if expr.contains_aggregate() {
                        return Err(OrmError::field_error(format!(
                            "Using an aggregate in order_by() without also including it in annotate() is not allowed: \
                             {}",
                            expr.str()
                        )));
                    }
                }
            }
        }
        if terms.is_empty() {
            self.default_ordering = false;
        } else {
            let mut order_by = self.order_by.to_vec();
            order_by.extend_from_slice(terms);
            self.order_by = order_by.into();
        }
        Ok(())
    }

    /// Drops the ordering where that changes no result, or in any case with `force`.
    pub fn clear_ordering(&mut self, force: bool, clear_default: bool) {
        if !force && (self.is_sliced() || !self.distinct_fields.is_empty() || self.select_for_update) {
            return;
        }
        if !self.order_by.is_empty() {
            self.order_by = no_terms();
        }
        if !self.extra_order_by.is_empty() {
            self.extra_order_by = no_terms();
        }
        if clear_default {
            self.default_ordering = false;
        }
    }

    /// `select_related(*names)`.
    pub fn add_select_related(&mut self, names: &[Rc<str>]) {
        let mut tree = match &self.select_related {
            Related::Names(tree) => (**tree).clone(),
            _ => RelatedNames::default(),
        };
        for name in names {
            let mut level = &mut tree;
            for part in name.split("__") {
                let at = match level.0.iter().position(|(known, _)| **known == *part) {
                    Some(at) => at,
                    None => {
                        level.0.push((part.into(), RelatedNames::default()));
                        level.0.len() - 1
                    }
                };
                level = &mut level.0[at].1;
            }
        }
        self.select_related = Related::Names(Rc::new(tree));
    }

    /// `extra(…)`. `select` pairs names with texts; each `%s` in a text takes the next of `select_params`.
    pub fn add_extra(
        &mut self,
        select: &[(Rc<str>, Rc<str>)],
        select_params: &[Datum],
        where_: &[Rc<str>],
        params: &[Datum],
        tables: &[Rc<str>],
        order_by: Option<&[OrderTerm]>,
    ) -> OrmResult<()> {
        let mut rest = select_params.iter();
        for (name, text) in select {
            self.check_alias(name)?;
            let mut own = Vec::new();
            let mut from = 0;
            while let Some(found) = text[from..].find("%s") {
                let at = from + found;
                if at == 0 || !text[..at].ends_with('%') {
                    let next = rest.next().ok_or_else(|| OrmError::new(ErrorKind::RuntimeError, ""))?;
                    own.push(next.clone());
                }
                from = at + 2;
            }
            put(Rc::make_mut(&mut self.extra), name.clone(), Extra { sql: text.clone(), params: own.into() });
        }
        if !where_.is_empty() || !params.is_empty() {
            let extra = Expression::ExtraWhere(ExtraWhere { sqls: where_.into(), params: params.into() });
            Rc::make_mut(&mut self.where_).add(Rc::new(extra), Connector::And);
        }
        if !tables.is_empty() {
            let mut all = self.extra_tables.to_vec();
            all.extend_from_slice(tables);
            self.extra_tables = all.into();
        }
        if let Some(order_by) = order_by
            && !order_by.is_empty()
        {
            self.extra_order_by = order_by.into();
        }
        Ok(())
    }

    /// Loads all fields at once again.
    pub fn clear_deferred_loading(&mut self) {
        self.deferred = Deferred { names: no_names(), defer: true };
    }

    /// `defer(*names)`.
    pub fn add_deferred_loading(&mut self, names: &[Rc<str>]) {
        let existing = self.deferred.names.clone();
        if self.deferred.defer {
            let mut all = existing.to_vec();
            for name in names {
                if !all.contains(name) {
                    all.push(name.clone());
                }
            }
            self.deferred = Deferred { names: all.into(), defer: true };
            return;
        }
        let left: Vec<Rc<str>> = existing.iter().filter(|name| !names.contains(name)).cloned().collect();
        if !left.is_empty() {
            self.deferred = Deferred { names: left.into(), defer: false };
            return;
        }
        self.clear_deferred_loading();
        let new: Vec<Rc<str>> = names.iter().filter(|name| !existing.contains(name)).cloned().collect();
        if !new.is_empty() {
            self.deferred = Deferred { names: new.into(), defer: true };
        }
    }

    /// `only(*names)`.
    pub fn add_immediate_loading(&mut self, names: &[Rc<str>]) -> OrmResult<()> {
        let mut wanted: Vec<Rc<str>> = Vec::new();
        for name in names {
            let name = if &**name == "pk" { self.model.pk()?.name.clone() } else { name.clone() };
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        if self.deferred.defer {
            let existing = self.deferred.names.clone();
            wanted.retain(|name| !existing.contains(name));
        }
        self.deferred = Deferred { names: wanted.into(), defer: false };
        Ok(())
    }

    /// `explain(format, **options)`.
    pub fn set_explain(&mut self, format: Option<Rc<str>>, options: Vec<(Rc<str>, Datum)>) -> OrmResult<()> {
        for (name, _) in &options {
            let fits = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            if !fits || name.contains("--") {
                return Err(OrmError::value_error(format!(
                    "Invalid option name: {}.",
                    crate::orm::text::repr_str(name)
                )));
            }
        }
        self.explain = Some(Rc::new(Explain { format, options }));
        Ok(())
    }

    /// `_subquery_fields_len`: how many columns the query gives as a right side.
    pub fn subquery_fields_len(&self) -> OrmResult<usize> {
        let pk_fields = self.model.pk_fields()?.len();
        Ok(match &self.selected {
            Some(selected) => selected.iter().map(|(name, _)| if &**name == "pk" { pk_fields } else { 1 }).sum(),
            None => pk_fields,
        })
    }

    /// The columns of the model itself by field, for callers that build rows by hand.
    pub fn initial_col(&mut self, field: &Field) -> OrmResult<Expr> {
        let alias = self.get_initial_alias();
        field.col(Some(alias))
    }
}

/// Sets `name` in an ordered map.
pub(super) fn put<T>(map: &mut Vec<(Rc<str>, T)>, name: Rc<str>, value: T) {
    match map.iter_mut().find(|(known, _)| *known == name) {
        Some(entry) => entry.1 = value,
        None => map.push((name, value)),
    }
}
