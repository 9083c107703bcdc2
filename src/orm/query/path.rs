//! Names to joins: `names_to_path`, `setup_joins`, `trim_joins`, `resolve_ref`.

use std::cell::RefCell;
use std::rc::Rc;

use super::resolve::{AliasSet, Resolve};
use super::{Col, Expr, Expression, FilteredRelation, Join, JoinType, Query, Table};
use crate::orm::models::{Field, Model, PathInfo, Side};
use crate::orm::{OrmError, OrmResult};

/// Names of a path, each with the steps it stands for.
pub type NamesWithPath = Vec<(Rc<str>, Vec<PathInfo>)>;

/// What trimming leaves: the fields that hold the values, their alias, and the aliases still needed.
pub type Trimmed = (Vec<Field>, Rc<str>, Vec<Rc<str>>);

/// Why a path could not be set up.
pub enum PathError {
    /// It goes through a relation with several rows, which the caller does not allow.
    MultiJoin(NamesWithPath),
    /// Anything else.
    Other(OrmError),
}

impl From<OrmError> for PathError {
    fn from(error: OrmError) -> Self {
        Self::Other(error)
    }
}

/// A resolved path of names.
pub struct NamedPath {
    /// The steps.
    pub path: Vec<PathInfo>,
    /// What the last name is: the side whose values are meant.
    pub final_field: Side,
    /// The fields that hold those values.
    pub targets: Vec<Field>,
    /// How many names were used; the rest are lookups.
    pub used: usize,
}

/// A path whose tables are joined.
pub struct JoinInfo {
    /// See [`NamedPath::final_field`].
    pub final_field: Side,
    /// See [`NamedPath::targets`].
    pub targets: Vec<Field>,
    /// The last model.
    pub model: Model,
    /// The aliases along the way, the first one included.
    pub joins: Vec<Rc<str>>,
    /// The steps.
    pub path: Vec<PathInfo>,
    /// Names after the path, to be applied as transforms.
    pub transforms: Vec<Rc<str>>,
    unresolved: Option<OrmError>,
}

impl Query {
    /// Every name that a first part of a lookup could have had, sorted.
    pub fn choices(&self, model: &Model, with_extra: bool) -> String {
        let mut names: Vec<Rc<str>> = Vec::new();
        for side in model.get_fields(false) {
            names.push(side.name());
            if let Side::Forward(field) = &side
                && field.is_concrete()
                && field.attname != field.name
            {
                names.push(field.attname.clone());
            }
        }
        names.sort();
        names.dedup();
        if with_extra {
            names.extend(self.extra.iter().map(|(name, _)| name.clone()));
        }
        names.extend(self.annotation_select().map(|annotation| annotation.name.clone()));
        names.extend(self.filtered_relations.iter().map(|(name, _)| name.clone()));
        names.sort();
        names.join(", ")
    }

    /// `FilteredRelation` called `name`.
    pub fn filtered_relation(&self, name: &str) -> Option<&Rc<FilteredRelation>> {
        self.filtered_relations.iter().find(|(known, _)| **known == *name).map(|(_, filtered)| filtered)
    }

    /// Walks `names` from `model`.
    pub fn names_to_path(
        &self,
        names: &[&str],
        model: &Model,
        allow_many: bool,
        fail_on_missing: bool,
    ) -> Result<NamedPath, PathError> {
        let mut path: Vec<PathInfo> = Vec::new();
        let mut with_path: NamesWithPath = Vec::new();
        let mut current = model.clone();
        let mut found: Option<(Side, Vec<Field>)> = None;
        let mut used = 0;
        for (position, &given) in names.iter().enumerate() {
            let mut steps: Vec<PathInfo> = Vec::new();
            let pk;
            let name = if given == "pk" {
                // A query without a model takes the name as it is.
                pk = current.pk_or_none().map_or_else(|| given.into(), |pk| pk.name.clone());
                &*pk
            } else {
                given
            };
            let mut filtered: Option<Rc<FilteredRelation>> = None;
            let mut side = current.find_field(name);
            if side.is_none() {
                if let Some(annotation) = self.annotation_select().find(|annotation| *annotation.name == *name) {
                    side = Some(Side::Forward(annotation.expr.output_field()?));
                } else if position == 0
                    && let Some(relation) = self.filtered_relation(name)
                {
                    filtered = Some(relation.clone());
                    if relation.relation_name.contains("__") {
                        let parts: Vec<&str> = relation.relation_name.split("__").collect();
                        let inner = self.names_to_path(&parts, &current, allow_many, fail_on_missing)?;
                        let count = inner.path.len().saturating_sub(1);
                        path.extend(inner.path.into_iter().take(count));
                        side = Some(inner.final_field);
                    } else {
                        side = Some(current.get_field(&relation.relation_name)?);
                    }
                }
            }
            let Some(side) = side else {
                if position == 0 || fail_on_missing {
                    return Err(OrmError::field_error(format!(
                        "Cannot resolve keyword '{name}' into field. Choices are: {}",
                        self.choices(&current, false)
                    ))
                    .into());
                }
                break;
            };
            used = position + 1;
            if side.is_relation() && side.related_model().is_none() {
                if let Side::Forward(field) = &side
                    && let Some(relation) = &field.relation
                {
                    relation.require_model()?;
                }
                return Err(OrmError::field_error(format!(
                    "Field {} does not generate an automatic reverse relation and therefore cannot be used for \
                     reverse querying. If it is a GenericForeignKey, consider adding a GenericRelation.",
                    crate::orm::text::repr_str(name)
                ))
                .into());
            }
            // A field of a parent: its table comes first.
            if let Some(holder) = side.model().map(|model| model.concrete_model())
                && holder != current
            {
                let up = current.path_to_parent(&holder)?;
                if !allow_many {
                    steps.extend(up.iter().cloned());
                }
                path.extend(up);
            }
            if side.has_path() {
                let infos = side.path(filtered.as_ref())?;
                if !allow_many {
                    if let Some(at) = infos.iter().position(|info| info.m2m) {
                        steps.extend(infos[..=at].iter().cloned());
                        with_path.push((name.into(), steps));
                        return Err(PathError::MultiJoin(with_path));
                    }
                    steps.extend(infos.iter().cloned());
                    with_path.push((name.into(), steps));
                }
                let Some(last) = infos.last() else { break };
                current = last.to.clone();
                found = Some((last.join_field.clone(), last.target_fields.clone()));
                path.extend(infos.iter().cloned());
            } else {
                if fail_on_missing && position + 1 != names.len() {
                    return Err(OrmError::field_error(format!(
                        "Cannot resolve keyword {} into field. Join on '{name}' not permitted.",
                        crate::orm::text::repr_str(names[position + 1])
                    ))
                    .into());
                }
                let targets = match &side {
                    Side::Forward(field) => vec![field.clone()],
                    Side::Reverse(field) => vec![field.clone()],
                };
                found = Some((side, targets));
                break;
            }
        }
        match found {
            Some((final_field, targets)) => Ok(NamedPath { path, final_field, targets, used }),
            None => Err(OrmError::field_error("Cannot parse keyword query ''").into()),
        }
    }

    /// Joins the tables along `names`. The first names that resolve are the path; what is left are transforms.
    pub fn setup_joins(
        &mut self,
        names: &[&str],
        model: &Model,
        alias: &Rc<str>,
        reuse: Option<&RefCell<AliasSet>>,
        allow_many: bool,
    ) -> Result<JoinInfo, PathError> {
        let mut unresolved = None;
        let mut resolved = None;
        for pivot in (1..=names.len()).rev() {
            match self.names_to_path(&names[..pivot], model, allow_many, true) {
                Ok(path) => {
                    resolved = Some((path, pivot));
                    break;
                }
                Err(PathError::Other(error)) if error.is_field_error() && pivot > 1 => unresolved = Some(error),
                Err(error) => return Err(error),
            }
        }
        let Some((found, pivot)) = resolved else {
            return Err(OrmError::field_error("Cannot parse keyword query ''").into());
        };
        let mut joins = vec![alias.clone()];
        let mut current = alias.clone();
        let mut last = model.clone();
        for step in &found.path {
            last = step.to.clone();
            let nullable = if step.direct { step.join_field.field().is_null() } else { true };
            let join = Join {
                table: last.db_table(),
                parent_alias: current.clone(),
                alias: step.filtered_relation.as_ref().and_then(|filtered| filtered.alias.clone()).unwrap_or_default(),
                join_type: JoinType::Inner,
                join_columns: step
                    .join_field
                    .joining_fields()?
                    .into_iter()
                    .map(|(near, far)| {
                        (near.column.clone().unwrap_or_default(), far.column.clone().unwrap_or_default())
                    })
                    .collect(),
                join_field: step.join_field.clone(),
                nullable,
                filtered_relation: step.filtered_relation.clone(),
            };
            current = self.join(join, if step.m2m { reuse } else { None })?;
            joins.push(current.clone());
            if step.filtered_relation.is_some()
                && let Some(reuse) = reuse
            {
                let mut reuse = reuse.borrow_mut();
                if !reuse.contains(&current) {
                    reuse.push(current.clone());
                }
            }
        }
        Ok(JoinInfo {
            final_field: found.final_field,
            targets: found.targets,
            model: last,
            joins,
            path: found.path,
            transforms: names[pivot..].iter().map(|name| Rc::from(*name)).collect(),
            unresolved,
        })
    }

    /// [`Self::setup_joins`] where relations with several rows are welcome.
    pub fn setup_joins_many(
        &mut self,
        names: &[&str],
        model: &Model,
        alias: &Rc<str>,
        reuse: Option<&RefCell<AliasSet>>,
    ) -> OrmResult<JoinInfo> {
        self.setup_joins(names, model, alias, reuse, true).map_err(|error| match error {
            PathError::Other(error) => error,
            PathError::MultiJoin(_) => OrmError::field_error("Invalid field name"),
        })
    }

    /// Drops joins from the end whose target column the table before has already.
    pub fn trim_joins(&mut self, targets: &[Field], joins: &[Rc<str>], path: &[PathInfo]) -> OrmResult<Trimmed> {
        let mut joins = joins.to_vec();
        let mut targets = targets.to_vec();
        for info in path.iter().rev() {
            if joins.len() == 1 || !info.direct || info.filtered_relation.is_some() {
                break;
            }
            let pairs = info.join_field.field().related_fields()?;
            let replaced: Option<Vec<Field>> = targets
                .iter()
                .map(|target| pairs.iter().find(|(_, far)| far.column == target.column).map(|(near, _)| near.clone()))
                .collect();
            let Some(replaced) = replaced else { break };
            targets = replaced;
            if let Some(alias) = joins.pop() {
                self.unref_alias(&alias);
            }
        }
        let last = joins.last().cloned().unwrap_or_default();
        Ok((targets, last, joins))
    }

    /// A column of `alias`, written bare where the query says so.
    pub fn col(&self, target: &Field, output: Side, alias: &Rc<str>) -> Expr {
        let alias = self.alias_cols.then(|| alias.clone());
        Rc::new(Expression::Col(Col {
            alias,
            target: target.clone(),
            output,
            possibly_multivalued: false,
            typed: true,
        }))
    }

    /// The column that a path ends in, with the path's transforms around it: `transform_function`.
    pub fn transformed(&self, info: &JoinInfo, target: &Field, alias: &Rc<str>) -> OrmResult<Expr> {
        let mut expr = target.col(self.alias_cols.then(|| alias.clone()))?;
        for name in &info.transforms {
            expr = self.try_transform(&expr, name, None).map_err(|error| match &info.unresolved {
                Some(unresolved) if error.is_field_error() && matches!(info.final_field, Side::Forward(_)) => {
                    unresolved.clone()
                }
                _ => error,
            })?;
        }
        Ok(expr)
    }

    /// What a name in an expression stands for: an annotation, or a column with its joins.
    pub fn resolve_ref(&mut self, name: &str, how: Resolve<'_>) -> OrmResult<Expr> {
        if let Some(expr) = self.annotation(name) {
            if !how.allow_joins {
                let mut joined = false;
                expr.each_col(false, true, &mut |col| {
                    if let Expression::Col(col) = &**col
                        && let Some(alias) = &col.alias
                        && self.table(alias).is_some_and(|entry| matches!(entry.table, Table::Join(_)))
                    {
                        joined = true;
                    }
                });
                if joined {
                    return Err(joined_reference());
                }
            }
            if how.summarize {
                if !self.annotation_is_selected(name) {
                    return Err(OrmError::field_error(format!(
                        "Cannot aggregate over the '{name}' alias. Use annotate() to promote it."
                    )));
                }
                return Ok(Rc::new(Expression::Ref { refs: name.into(), source: expr.clone() }));
            }
            return Ok(expr.clone());
        }
        let parts: Vec<&str> = name.split("__").collect();
        if let Some(expr) = self.annotation(parts[0]) {
            let mut expr = expr.clone();
            for transform in &parts[1..] {
                expr = self.try_transform(&expr, transform, None)?;
            }
            return Ok(expr);
        }
        let model = self.model.clone();
        let alias = self.get_initial_alias();
        let info = self.setup_joins_many(&parts, &model, &alias, how.reuse)?;
        let (targets, last, joins) = self.trim_joins(&info.targets, &info.joins, &info.path)?;
        if !how.allow_joins && joins.len() > 1 {
            return Err(joined_reference());
        }
        let [target] = &targets[..] else {
            return Err(OrmError::field_error("Referencing multicolumn fields with F() objects isn't supported"));
        };
        let expr = self.transformed(&info, target, &last)?;
        if let Some(reuse) = how.reuse {
            let mut reuse = reuse.borrow_mut();
            for alias in joins {
                if !reuse.contains(&alias) {
                    reuse.push(alias);
                }
            }
        }
        Ok(expr)
    }
}

/// The failure of a reference through a relation where only own columns may be used.
pub fn joined_reference() -> OrmError {
    OrmError::field_error("Joined field references are not permitted in this query")
}

/// The mark of a name that is no text; what it is follows.
const NO_TEXT: char = '\0';

/// Stands among names for something that is no text.
pub fn not_a_name(what: &str) -> Rc<str> {
    format!("{NO_TEXT}{what}").into()
}

/// Refuses what is no name, as splitting it would.
pub fn check_name(name: &str) -> OrmResult<()> {
    match name.strip_prefix(NO_TEXT) {
        None => Ok(()),
        Some("bytes" | "bytearray") => Err(OrmError::type_error("a bytes-like object is required, not 'str'")),
        Some(what) => Err(OrmError::attribute_error(format!("{what} has no attribute 'split'"))),
    }
}
