//! `UPDATE`, over one table or along a chain of inherited ones.

use std::rc::Rc;

use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::models::{Field, Model, Side};
use crate::orm::query::{Expression, Query, QueryKind, Related, Resolve, UpdateData};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

/// What an update needs to be sent.
#[derive(Clone)]
pub enum UpdatePlan {
    /// One statement; `None` when there is nothing to assign.
    One(Option<Fragment>),
    /// The keys have to be read first: send `select`, then compile again with [`Query::set_update_ids`].
    ReadKeys {
        /// The query that gives the keys: the model's own first, then those of parents outside its chain of keys.
        select: Box<Query>,
        /// The parents with the column of `select` that holds their keys.
        parents: Vec<(Model, usize)>,
    },
}

impl Query {
    /// Turns a copy of the query into an update.
    #[must_use]
    pub fn as_update(&self) -> Self {
        let mut query = self.chain();
        query.kind = QueryKind::Update(Rc::default());
        query
    }

    /// Changes the assignments; a query of another kind becomes an update.
    fn change_update(&mut self, change: impl FnOnce(&mut UpdateData)) {
        let mut data = match &self.kind {
            QueryKind::Update(data) => data.clone(),
            _ => Rc::default(),
        };
        change(Rc::make_mut(&mut data));
        self.kind = QueryKind::Update(data);
    }

    /// `update(name=value, …)`.
    pub fn add_update_values(&mut self, values: &[(Rc<str>, Datum)]) -> OrmResult<()> {
        let mut own = Vec::new();
        for (name, value) in values {
            let side = self.model.get_field(name)?;
            let field = match &side {
                Side::Forward(field) => field.clone(),
                // As Query.add_update_values: the far side of a key is taken for a field, until it is asked what only
                // fields know.
                Side::Reverse(field) if !field.is_many_to_many() => {
                    return Err(OrmError::attribute_error(format!(
                        "'{}' object has no attribute 'generated'",
                        side.class_name()
                    )));
                }
                Side::Reverse(field) => {
                    let model = side.model().map(|model| model.label_lower()).unwrap_or_default();
                    return Err(cannot_update(&format!(
                        "<{}: {}.{}>",
                        side.class_name(),
                        model.split('.').next().unwrap_or_default(),
                        field.model().map(|model| model.model_name.clone()).unwrap_or_default()
                    )));
                }
            };
            let model = field.require_model()?.concrete_model();
            if field.kind == crate::orm::models::FieldKind::CompositePrimaryKey {
                return Err(OrmError::field_error("Composite primary key fields must be updated individually."));
            }
            if field.is_many_to_many() {
                return Err(cannot_update(&field.repr()));
            }
            if model == self.model.concrete_model() {
                own.push((field, value.clone()));
            } else {
                let value = value.clone();
                self.change_update(|data| match data.related_updates.iter_mut().find(|(known, _)| *known == model) {
                    Some((_, values)) => values.push((field, value)),
                    None => data.related_updates.push((model, vec![(field, value)])),
                });
            }
        }
        self.add_update_fields(&own)
    }

    /// Adds assignments to own columns. Generated columns are left out.
    pub fn add_update_fields(&mut self, values: &[(Field, Datum)]) -> OrmResult<()> {
        for (field, value) in values {
            if field.generated.is_some() {
                continue;
            }
            let value = self.resolve_for_save(value)?;
            self.change_update(|data| data.values.push((field.clone(), value)));
        }
        Ok(())
    }

    fn resolve_for_save(&mut self, value: &Datum) -> OrmResult<Datum> {
        let how = Resolve { allow_joins: false, for_save: true, ..Resolve::PLAIN };
        Ok(match value {
            Datum::Expr(expr) => Datum::Expr(expr.resolve(self, how)?),
            Datum::Query(query) => {
                let resolved = query.resolve_in(self, how)?;
                Datum::Expr(Rc::new(Expression::Query(crate::orm::query::QueryExpr { query: Rc::new(resolved) })))
            }
            other => other.clone(),
        })
    }

    /// Narrows the update to rows whose keys were read, and says which rows of parents belong to them.
    pub fn set_update_ids(&mut self, ids: Vec<Datum>, related: Vec<(Model, Vec<Datum>)>) -> OrmResult<()> {
        self.clear_where();
        self.add_filter("pk__in", Datum::List(ids.into()))?;
        self.change_update(|data| data.related_ids = Some(related));
        Ok(())
    }

    /// The updates of parents' tables that follow this one.
    pub fn related_updates(&self) -> OrmResult<Vec<Self>> {
        let QueryKind::Update(data) = &self.kind else { return Ok(Vec::new()) };
        let mut updates = Vec::new();
        for (model, values) in &data.related_updates {
            let mut query = Self::new(model);
            query.kind = QueryKind::Update(Rc::new(UpdateData { values: values.clone(), ..UpdateData::default() }));
            if let Some(ids) = &data.related_ids {
                let ids = ids.iter().find(|(known, _)| known == model).map(|(_, ids)| ids.clone()).unwrap_or_default();
                query.add_filter("pk__in", Datum::List(ids.into()))?;
            }
            updates.push(query);
        }
        Ok(updates)
    }
}

fn cannot_update(field: &str) -> OrmError {
    OrmError::field_error(format!("Cannot update model field {field} (only non-relations and foreign keys permitted)."))
}

/// Compiles an update, or says which keys have to be read before it can be.
pub fn compile_update(query: &mut Query) -> OrmResult<UpdatePlan> {
    let data = match &query.kind {
        QueryKind::Update(data) => data.clone(),
        _ => Rc::default(),
    };
    let before = query.refcounts();
    query.get_initial_alias();
    let count = query.count_active_tables();
    let has_related = !data.related_updates.is_empty() && data.related_ids.is_none();
    if !has_related && (count == 1 || data.related_ids.is_some()) {
        return Ok(UpdatePlan::One(update_sql(query, &data)?));
    }
    let mut select = query.chain();
    select.kind = QueryKind::Select;
    select.select_related = Related::None;
    select.clear_ordering(true, true);
    select.extra = Rc::default();
    select.select = Rc::new([]);
    let model = query.model.clone();
    let mut names: Vec<Rc<str>> = vec![model.pk()?.name.clone()];
    let mut parents = Vec::new();
    for (parent, _) in &data.related_updates {
        // A child's link becomes its key when it has no other.
        let is_key = |field: &crate::orm::models::Field| {
            field.is_primary_key() || field.model().is_some_and(|owner| owner.pk_or_none().as_ref() == Some(field))
        };
        let by_key = model.path_to_parent(parent)?.iter().all(|step| is_key(step.join_field.field()));
        if by_key {
            parents.push((parent.clone(), 0));
        } else {
            parents.push((parent.clone(), names.len()));
            names.push(parent.pk()?.name.clone());
        }
    }
    select.add_fields(&names, true)?;
    if has_related {
        return Ok(UpdatePlan::ReadKeys { select: Box::new(select), parents });
    }
    query.clear_where();
    query.add_filter("pk__in", Datum::Query(Rc::new(select)))?;
    query.reset_refcounts(&before);
    Ok(UpdatePlan::One(update_sql(query, &data)?))
}

fn update_sql(query: &mut Query, data: &UpdateData) -> OrmResult<Option<Fragment>> {
    if data.values.is_empty() {
        return Ok(None);
    }
    let table = query.base_table().unwrap_or_default();
    let where_ = query.where_.clone();
    let mut compiler = SqlCompiler::new(query);
    let mut out = SqlBuffer::new();
    out.push("UPDATE ");
    compiler.name(&table, &mut out);
    out.push(" SET ");
    for (position, (field, value)) in data.values.iter().enumerate() {
        if position > 0 {
            out.push(", ");
        }
        write_assignment(&mut compiler, field, value, &mut out)?;
    }
    let mark = out.mark();
    out.push(" WHERE ");
    match compiler.write_where(&where_, &mut out) {
        Err(error) if error.is_full_result() => out.rewind(mark),
        other => other?,
    }
    Ok(Some(out.finish()))
}

fn write_assignment(
    compiler: &mut SqlCompiler<'_>,
    field: &Field,
    value: &Datum,
    out: &mut SqlBuffer,
) -> OrmResult<()> {
    let how = Resolve { allow_joins: false, for_save: true, ..Resolve::PLAIN };
    let mut value = value.clone();
    if let Datum::Expr(expr) = &value {
        let resolved = expr.resolve(compiler.query, how)?;
        refuse_in_save(&resolved, field)?;
        if matches!(*resolved, Expression::ColPairs(_)) {
            return Err(OrmError::field_error(format!(
                "Composite primary keys expressions are not allowed in this query ({}=F('pk')).",
                field.name
            )));
        }
        value = Datum::Expr(resolved);
    } else if let Datum::Instance(instance) = &value {
        if field.relation.is_none() {
            return Err(OrmError::type_error(format!(
                "Tried to update field {} with a model instance, {}. Use a value compatible with {}.",
                field.str(),
                instance.repr()?,
                field.class_name
            )));
        }
        value = field.key_of(&**instance)?;
    }
    let value = field.get_db_prep_save(&value)?;
    compiler.name(field.column.as_deref().unwrap_or("None"), out);
    let placeholder = field.hooks.as_ref().and_then(|hooks| hooks.get_placeholder(field, &value)).transpose()?;
    match value {
        Datum::Null => out.push(" = NULL"),
        Datum::Expr(expr) => {
            out.push(" = ");
            match placeholder.as_deref().and_then(|text| text.split_once("%s")) {
                Some((before, after)) => {
                    out.push(before);
                    compiler.compile(&expr, out)?;
                    out.push(after);
                }
                None => compiler.compile(&expr, out)?,
            }
        }
        value => {
            out.push(" = ");
            out.push(placeholder.as_deref().unwrap_or("%s"));
            out.params.push(value);
        }
    }
    Ok(())
}

/// Refuses aggregates and windows in a stored value.
pub(super) fn refuse_in_save(expr: &crate::orm::query::Expr, field: &Field) -> OrmResult<()> {
    let what = if expr.contains_aggregate() {
        "Aggregate functions"
    } else if expr.contains_over_clause() {
        "Window expressions"
    } else {
        return Ok(());
    };
    Err(OrmError::new(
        ErrorKind::FieldError,
        format!("{what} are not allowed in this query ({}={}).", field.name, expr.repr()),
    ))
}
