//! The select list: columns, annotations, and the models that `select_related` brings in.

use std::ops::Range;
use std::rc::Rc;

use super::mask::{MaskKey, SelectMask};
use super::{SqlBuffer, SqlCompiler};
use crate::orm::models::{Field, Model, Side};
use crate::orm::query::{Expr, Expression, Query, RawSql, Related, RelatedNames, Selected, Value};
use crate::orm::{Datum, OrmError, OrmResult};

/// One selected column.
#[derive(Clone, Debug)]
pub struct SelectItem {
    /// What it is.
    pub expr: Expr,
    /// What it is called; columns of models have no alias.
    pub alias: Option<Rc<str>>,
    pub(super) origin: Option<Expr>,
    pub(super) text: Range<usize>,
    pub(super) params: Range<usize>,
}

/// Which columns make up an instance, and those related to it: Django's `klass_info`.
#[derive(Clone, Debug)]
pub struct ClassInfo {
    /// The instance's model.
    pub model: Model,
    /// Its columns, by position in the select list.
    pub select_fields: Vec<usize>,
    /// Instances that belong to it.
    pub related: Vec<RelatedInfo>,
}

/// An instance that `select_related` attaches to another.
#[derive(Clone, Debug)]
pub struct RelatedInfo {
    /// The relation: the near model's field, the far model's field when [`Self::reverse`], or a filtered relation's last.
    pub field: Side,
    /// Whether the far model holds the key.
    pub reverse: bool,
    /// Whether the far model is a child of the near one, so that it shares the near one's columns.
    pub from_parent: bool,
    /// How the two instances learn of each other.
    pub relink: Relink,
    /// The far instance.
    pub class: ClassInfo,
}

/// How the instances on both sides of a relation are attached.
#[derive(Clone, Debug, PartialEq)]
pub enum Relink {
    /// The near one caches the far one; with `back` the far one caches the near one too.
    Forward {
        /// Whether the relation is one-to-one.
        back: bool,
    },
    /// Both cache each other, through a reverse one-to-one relation.
    Reverse,
    /// The far one is set on the near one as an attribute of this name; with `back` the relation's cache is filled too.
    Filtered {
        /// The filtered relation's name.
        name: Rc<str>,
        /// Whether the relation is a single step.
        back: bool,
    },
}

/// What the first part of a selection is called by, and is.
type Listed = (Option<Rc<str>>, Expr, Option<Expr>);

impl SqlCompiler<'_> {
    /// Joins what the rows need and writes the select list.
    pub(super) fn setup_query(&mut self, with_col_aliases: bool) -> OrmResult<()> {
        if self.query.tables.iter().all(|entry| entry.refs == 0) {
            self.query.get_initial_alias();
        }
        self.get_select(with_col_aliases)
    }

    /// Expressions selected by `query`, members of a composite key one by one.
    pub fn select_of(&mut self, query: &mut Query) -> OrmResult<Vec<Expr>> {
        let mut inner = SqlCompiler::with(query, self.dialect);
        inner.get_select(false)?;
        let mut exprs = Vec::new();
        for item in inner.select {
            match &*item.expr {
                Expression::ColPairs(pairs) => exprs.extend(pairs.cols()),
                _ => exprs.push(item.expr),
            }
        }
        Ok(exprs)
    }

    pub(super) fn get_select(&mut self, with_col_aliases: bool) -> OrmResult<()> {
        let mask = self.query.select_mask()?;
        let cols: Vec<Expr> = if self.query.default_cols {
            let model = self.query.model.clone();
            self.default_columns(&mask, None, &model, None)?
        } else {
            self.query.select.to_vec()
        };
        let mut listed: Vec<Listed> = Vec::with_capacity(cols.len());
        let mut select_fields: Vec<usize> = Vec::new();
        let raw = |sql: &Rc<str>, params: &Rc<[Datum]>| -> Expr {
            Rc::new(Expression::RawSql(RawSql { sql: sql.clone(), params: params.clone(), output: None }))
        };
        match self.query.selected.clone() {
            None => {
                for (name, extra) in self.query.extra_select() {
                    listed.push((Some(name.clone()), raw(&extra.sql, &extra.params), None));
                }
                select_fields.extend(listed.len()..listed.len() + cols.len());
                listed.extend(cols.into_iter().map(|col| (None, col, None)));
                for annotation in self.query.annotation_select() {
                    listed.push((Some(annotation.name.clone()), annotation.expr.clone(), annotation.origin.clone()));
                }
            }
            Some(selected) => {
                for (index, (name, what)) in selected.iter().enumerate() {
                    let mut origin = None;
                    let expr = match what {
                        Selected::Annotation(name) => {
                            let found = self.query.annotations.iter().find(|annotation| annotation.name == *name);
                            let found = found.ok_or_else(|| missing(name))?;
                            origin.clone_from(&found.origin);
                            found.expr.clone()
                        }
                        Selected::Field(position) => {
                            select_fields.push(index);
                            cols.get(*position).cloned().ok_or_else(|| missing(name))?
                        }
                        Selected::Extra(name) => {
                            let found = self.query.extra.iter().find(|(known, _)| known == name);
                            let (_, extra) = found.ok_or_else(|| missing(name))?;
                            raw(&extra.sql, &extra.params)
                        }
                    };
                    let alias = (!matches!(*expr, Expression::ColPairs(_))).then(|| name.clone());
                    listed.push((alias, expr, origin));
                }
            }
        }
        self.annotation_cols.clear();
        for (index, (alias, ..)) in listed.iter().enumerate() {
            if let Some(alias) = alias {
                self.annotation_cols.push((alias.clone(), index));
            }
        }
        self.class_info = (!select_fields.is_empty()).then(|| ClassInfo {
            model: self.query.model.clone(),
            select_fields,
            related: Vec::new(),
        });
        if self.query.select_related != Related::None
            && let Some(mut info) = self.class_info.take()
        {
            let requested = match &self.query.select_related {
                Related::Names(names) => Some(names.clone()),
                _ => None,
            };
            let model = self.query.model.clone();
            let alias = self.query.get_initial_alias();
            let mut more = Vec::new();
            info.related =
                self.related_selections(listed.len(), &mut more, &mask, &model, &alias, 1, requested.as_deref())?;
            share_parents_columns(&mut info);
            listed.extend(more.into_iter().map(|col| (None, col, None)));
            self.class_info = Some(info);
        }
        self.write_select(listed, with_col_aliases)
    }

    fn write_select(&mut self, listed: Vec<Listed>, with_col_aliases: bool) -> OrmResult<()> {
        let mut out = SqlBuffer::new();
        out.sql.reserve(listed.len() * 32);
        let mut items = Vec::with_capacity(listed.len());
        let mut unnamed = 0;
        for (position, (mut alias, expr, origin)) in listed.into_iter().enumerate() {
            if position > 0 {
                out.push(", ");
            }
            let start = out.mark();
            match self.compile(&expr, &mut out) {
                Ok(()) => select_format(&expr, &mut out, start.0)?,
                Err(error) if error.is_empty_result() => {
                    out.rewind(start);
                    match expr.empty_result_set_value() {
                        // A condition that never holds.
                        None => out.push("0"),
                        Some(value) => self.compile(&plain_value(value), &mut out)?,
                    }
                }
                Err(error) if error.is_full_result() => {
                    out.rewind(start);
                    self.compile(&plain_value(Datum::Bool(true)), &mut out)?;
                }
                Err(error) => return Err(error),
            }
            let end = out.mark();
            if alias.is_none() && with_col_aliases {
                unnamed += 1;
                alias = Some(format!("col{unnamed}").into());
            }
            if let Some(alias) = &alias {
                out.push(" AS ");
                out.name(alias);
            }
            items.push(SelectItem { expr, alias, origin, text: start.0..end.0, params: start.1..end.1 });
        }
        self.select = items;
        self.select_sql = out;
        Ok(())
    }

    /// The columns of `model`, with those of its parents, from `start` on.
    pub(super) fn default_columns(
        &mut self,
        mask: &SelectMask,
        start: Option<&Rc<str>>,
        model: &Model,
        from_parent: Option<&Model>,
    ) -> OrmResult<Vec<Expr>> {
        let start = match start {
            Some(alias) => alias.clone(),
            None => self.query.get_initial_alias(),
        };
        let mut seen: Vec<(Model, Rc<str>)> = Vec::new();
        let fields = model.concrete_fields();
        let mut cols = Vec::with_capacity(fields.len());
        for field in fields.iter() {
            let holder = field.require_model()?.concrete_model();
            let own = holder == *model;
            if let Some(parent) = from_parent
                && !own
                && parent.concrete_model().is_subclass_of(&holder)
            {
                continue;
            }
            if !mask.is_empty() && !mask.contains(&Side::Forward(field.clone())) {
                continue;
            }
            let alias = if own { start.clone() } else { self.join_parent(model, &holder, &start, &mut seen)? };
            cols.push(field.col(Some(alias))?);
        }
        Ok(cols)
    }

    /// The alias of `parent`'s table, joined step by step from `alias`.
    fn join_parent(
        &mut self,
        model: &Model,
        parent: &Model,
        alias: &Rc<str>,
        seen: &mut Vec<(Model, Rc<str>)>,
    ) -> OrmResult<Rc<str>> {
        if let Some((_, known)) = seen.iter().find(|(known, _)| known == parent) {
            return Ok(known.clone());
        }
        let mut current = model.clone();
        let mut alias = alias.clone();
        for next in model.base_chain(parent) {
            if let Some((_, known)) = seen.iter().find(|(known, _)| *known == next) {
                current = next;
                alias = known.clone();
                continue;
            }
            // A proxy shares the table of what it stands for.
            let Some(link) = current.parent_link(&next) else {
                current = next;
                continue;
            };
            let info = self.query.setup_joins_many(&[&link.name], &current, &alias, None)?;
            current = next.clone();
            alias = info.joins.last().cloned().unwrap_or(alias);
            seen.push((next, alias.clone()));
        }
        Ok(alias)
    }

    /// Columns of related models, nested; `offset` is where the first of them will stand.
    #[expect(clippy::too_many_arguments, reason = "one step of a recursion that carries its place with it")]
    fn related_selections(
        &mut self,
        offset: usize,
        cols: &mut Vec<Expr>,
        mask: &SelectMask,
        model: &Model,
        alias: &Rc<str>,
        depth: u32,
        requested: Option<&RelatedNames>,
    ) -> OrmResult<Vec<RelatedInfo>> {
        let mut infos = Vec::new();
        if requested.is_none() && depth > self.query.max_depth {
            return Ok(infos);
        }
        let mut found: Vec<Rc<str>> = Vec::new();
        let none = RelatedNames::default();
        let all_mask = SelectMask::default();
        for field in model.fields().iter() {
            found.push(field.name.clone());
            let next = requested.and_then(|names| names.get(&field.name));
            if requested.is_some() && next.is_some() && !field.is_relation() {
                return Err(OrmError::field_error(format!(
                    "Non-relational field given in select_related: '{}'. Choices are: {}",
                    field.name,
                    self.related_choices(model)
                )));
            }
            let side = Side::Forward(field.clone());
            if !descends(&side, requested, mask)? {
                continue;
            }
            let target = field.require_related_model()?;
            let below = mask.get(&MaskKey::Field(side.clone())).unwrap_or(&all_mask).clone();
            let info = self.query.setup_joins_many(&[&field.name], model, alias, None)?;
            let end = info.joins.last().cloned().unwrap_or_default();
            let columns = self.default_columns(&below, Some(&end), &target, None)?;
            let select_fields = place(offset, cols, columns);
            let deeper = requested.map(|_| next.unwrap_or(&none));
            let related = self.related_selections(offset, cols, &below, &target, &end, depth + 1, deeper)?;
            infos.push(RelatedInfo {
                relink: Relink::Forward { back: field.is_unique() },
                field: side,
                reverse: false,
                from_parent: false,
                class: ClassInfo { model: target, select_fields, related },
            });
        }
        let Some(requested) = requested else { return Ok(infos) };
        for field in model.related_objects().iter() {
            if !field.is_unique() || field.is_many_to_many() {
                continue;
            }
            let side = Side::Reverse(field.clone());
            if !descends(&side, Some(requested), mask)? {
                continue;
            }
            let name = field.related_query_name();
            found.push(name.clone());
            let target = field.require_model()?.clone();
            let below = mask.get(&MaskKey::Field(side)).unwrap_or(&all_mask).clone();
            let info = self.query.setup_joins_many(&[&name], model, alias, None)?;
            let end = info.joins.last().cloned().unwrap_or_default();
            let columns = self.default_columns(&below, Some(&end), &target, Some(model))?;
            let select_fields = place(offset, cols, columns);
            let next = requested.get(&name).unwrap_or(&none);
            let related = self.related_selections(offset, cols, &below, &target, &end, depth + 1, Some(next))?;
            infos.push(RelatedInfo {
                from_parent: target.is_subclass_of(model) && target != *model,
                field: Side::Reverse(field.clone()),
                reverse: true,
                relink: Relink::Reverse,
                class: ClassInfo { model: target, select_fields, related },
            });
        }
        if depth == 1 {
            for (name, next) in &requested.0 {
                if self.query.filtered_relation(name).is_none() {
                    continue;
                }
                found.push(name.clone());
                let info = self.query.setup_joins_many(&[name], model, alias, None)?;
                let end = info.joins.last().cloned().unwrap_or_default();
                let target = info.model.clone();
                let key = MaskKey::Filtered(name.clone(), info.final_field.clone());
                let below = mask.get(&key).unwrap_or(&all_mask).clone();
                let columns = self.default_columns(&below, Some(&end), &target, Some(model))?;
                let select_fields = place(offset, cols, columns);
                let related = self.related_selections(offset, cols, &below, &target, &end, depth + 1, Some(next))?;
                infos.push(RelatedInfo {
                    from_parent: target.is_subclass_of(model) && target != *model,
                    field: info.final_field,
                    reverse: true,
                    relink: Relink::Filtered { name: name.clone(), back: info.joins.len() <= 2 },
                    class: ClassInfo { model: target, select_fields, related },
                });
            }
        }
        let lost: Vec<String> =
            requested.0.iter().filter(|(name, _)| !found.contains(name)).map(|(name, _)| format!("'{name}'")).collect();
        if !lost.is_empty() {
            return Err(OrmError::field_error(format!(
                "Invalid field name(s) given in select_related: {}. Choices are: {}",
                lost.join(", "),
                self.related_choices(model)
            )));
        }
        Ok(infos)
    }

    fn related_choices(&self, model: &Model) -> String {
        let mut names: Vec<Rc<str>> =
            model.fields().iter().filter(|field| field.is_relation()).map(|field| field.name.clone()).collect();
        names.extend(model.related_objects().iter().filter(|field| field.is_unique()).map(Field::related_query_name));
        names.extend(self.query.filtered_relations.iter().map(|(name, _)| name.clone()));
        if names.is_empty() { "(none)".to_owned() } else { names.join(", ") }
    }
}

impl RelatedNames {
    /// The names below `name`.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, names)| names)
    }
}

fn missing(name: &str) -> OrmError {
    OrmError::new(crate::orm::ErrorKind::KeyError, crate::orm::text::repr_str(name))
}

fn plain_value(value: Datum) -> Expr {
    Rc::new(Expression::Value(Value { value, output: None, for_save: false }))
}

/// Puts columns behind those there are; gives their positions.
fn place(offset: usize, cols: &mut Vec<Expr>, columns: Vec<Expr>) -> Vec<usize> {
    let start = offset + cols.len();
    let positions = (start..start + columns.len()).collect();
    cols.extend(columns);
    positions
}

/// A child that hangs on its parent's instance has the parent's columns too.
fn share_parents_columns(info: &mut ClassInfo) {
    for related in &mut info.related {
        if related.from_parent {
            let mut fields = info.select_fields.clone();
            fields.append(&mut related.class.select_fields);
            related.class.select_fields = fields;
        }
        share_parents_columns(&mut related.class);
    }
}

/// `select_related_descend`.
fn descends(side: &Side, requested: Option<&RelatedNames>, mask: &SelectMask) -> OrmResult<bool> {
    let field = side.field();
    let Some(relation) = &field.relation else { return Ok(false) };
    if matches!(side, Side::Forward(_)) && relation.parent_link {
        return Ok(false);
    }
    let Some(requested) = requested else { return Ok(!field.is_null()) };
    if requested.get(&side.name()).is_none() {
        return Ok(false);
    }
    if !mask.is_empty() && !mask.contains(side) {
        let model = side.model().map(|model| model.name.clone()).unwrap_or_default();
        return Err(OrmError::field_error(format!(
            "Field {model}.{} cannot be both deferred and traversed using select_related at the same time.",
            side.name()
        )));
    }
    Ok(true)
}

/// Lets a custom field rewrite its column; an expression without a type cannot be selected.
pub(super) fn select_format(expr: &Expr, out: &mut SqlBuffer, start: usize) -> OrmResult<()> {
    match &**expr {
        Expression::ColPairs(_) | Expression::Where(_) | Expression::Lookup(_) | Expression::Negated(_) => {
            return Ok(());
        }
        Expression::Subquery(subquery) if subquery.exists => return Ok(()),
        Expression::Query(_) | Expression::Nothing => return Ok(()),
        _ => {}
    }
    let output = expr.output_field()?;
    if let Some(hooks) = &output.hooks
        && let Some(changed) = hooks.select_format(&output, &out.sql[start..])
    {
        let changed = changed?;
        out.sql.truncate(start);
        out.push(&changed);
    }
    Ok(())
}
