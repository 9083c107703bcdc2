//! The steps that lead from one model to another along a relation.

use std::rc::Rc;

use super::{Field, FieldKind, Model};
use crate::orm::query::FilteredRelation;
use crate::orm::{OrmError, OrmResult};

/// One side of a relation, as `_meta.get_field` answers a name: the field itself, or the reverse of a field elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// A field of the model itself.
    Forward(Field),
    /// The other end of a relational field that points at the model.
    Reverse(Field),
}

/// A step from one model to another.
#[derive(Clone)]
pub struct PathInfo {
    /// Where the step starts.
    pub from: Model,
    /// Where it ends.
    pub to: Model,
    /// The fields of `to` that it lands on.
    pub target_fields: Vec<Field>,
    /// What joins the two tables.
    pub join_field: Side,
    /// Whether one row may meet several.
    pub m2m: bool,
    /// Whether the key lies on the `from` side.
    pub direct: bool,
    /// The condition of a `FilteredRelation` that the step goes through.
    pub filtered_relation: Option<Rc<FilteredRelation>>,
}

impl Side {
    /// The declared field, whichever side this is.
    pub fn field(&self) -> &Field {
        match self {
            Self::Forward(field) | Self::Reverse(field) => field,
        }
    }

    /// `name`, as queries and error texts say it.
    pub fn name(&self) -> Rc<str> {
        match self {
            Self::Forward(field) => field.name.clone(),
            Self::Reverse(field) => field.related_query_name(),
        }
    }

    /// `is_relation`.
    pub fn is_relation(&self) -> bool {
        match self {
            Self::Forward(field) => field.is_relation(),
            Self::Reverse(_) => true,
        }
    }

    /// `related_model`: the model on the other end.
    pub fn related_model(&self) -> Option<Model> {
        match self {
            Self::Forward(field) => field.related_model(),
            Self::Reverse(field) => field.model().cloned(),
        }
    }

    /// `model`: the model on this end; a field that only types a value has none.
    pub fn model(&self) -> Option<Model> {
        match self {
            Self::Forward(field) => field.model().cloned(),
            Self::Reverse(field) => field.related_model(),
        }
    }

    /// Whether the side leads on to another model.
    pub fn has_path(&self) -> bool {
        match self {
            Self::Forward(field) => field.relation.is_some(),
            Self::Reverse(_) => true,
        }
    }

    /// The name of Django's class, as error texts say it.
    pub fn class_name(&self) -> Rc<str> {
        match self {
            Self::Forward(field) => field.class_name.clone(),
            Self::Reverse(field) => match field.kind {
                FieldKind::OneToOne => "OneToOneRel",
                FieldKind::ManyToMany => "ManyToManyRel",
                FieldKind::ForeignKey => "ManyToOneRel",
                FieldKind::GenericRelation => "GenericRel",
                _ => "ForeignObjectRel",
            }
            .into(),
        }
    }

    /// The steps of the relation, or of its `FilteredRelation`.
    pub fn path(&self, filtered: Option<&Rc<FilteredRelation>>) -> OrmResult<Rc<[PathInfo]>> {
        match (filtered, self.field().model()) {
            (None, Some(model)) => model.path_infos(self),
            _ => Ok(self.work_out_path(filtered)?.into()),
        }
    }

    pub(super) fn work_out_path(&self, filtered: Option<&Rc<FilteredRelation>>) -> OrmResult<Vec<PathInfo>> {
        let field = self.field();
        match field.kind {
            FieldKind::ManyToMany => many_to_many_path(field, matches!(self, Self::Forward(_)), filtered),
            FieldKind::GenericRelation => match self {
                Self::Forward(_) => generic_path(field, filtered),
                Self::Reverse(_) => Ok(vec![PathInfo {
                    from: field.require_related_model()?,
                    to: field.require_model()?.clone(),
                    target_fields: vec![field.require_model()?.pk()?],
                    join_field: Self::Forward(field.clone()),
                    m2m: false,
                    direct: false,
                    filtered_relation: filtered.cloned(),
                }]),
            },
            _ => match self {
                Self::Forward(_) => Ok(vec![PathInfo {
                    from: field.require_model()?.clone(),
                    to: field.require_related_model()?,
                    target_fields: field.foreign_related_fields()?,
                    join_field: self.clone(),
                    m2m: false,
                    direct: true,
                    filtered_relation: filtered.cloned(),
                }]),
                Self::Reverse(_) => Ok(vec![PathInfo {
                    from: field.require_related_model()?,
                    to: field.require_model()?.clone(),
                    target_fields: vec![field.require_model()?.pk()?],
                    join_field: self.clone(),
                    m2m: !field.is_unique(),
                    direct: false,
                    filtered_relation: filtered.cloned(),
                }]),
            },
        }
    }

    /// The further condition of a join along this side: a generic relation's content type. `alias` is the joined table,
    /// `related_alias` the one it hangs on.
    pub fn extra_restriction(
        &self,
        alias: Option<&Rc<str>>,
        related_alias: Option<&Rc<str>>,
    ) -> OrmResult<Option<crate::orm::query::Expr>> {
        let field = self.field();
        let Some(relation) = &field.relation else { return Ok(None) };
        let Some(generic) = &relation.generic else { return Ok(None) };
        let remote = match self {
            Self::Forward(_) => related_alias,
            Self::Reverse(_) => alias,
        };
        let target = relation.require_model()?;
        let content_type = target.forward_field(&generic.content_type)?;
        let model = field.require_model()?;
        let ids = model.registry.content_types().ok_or_else(|| OrmError::unsupported("content types"))?;
        let id = ids.id_of(model, generic.for_concrete_model)?;
        let lookup = crate::orm::query::lookups::exact_for(
            &content_type,
            content_type.col_as(remote.cloned(), Some(Self::Forward(content_type.clone())))?,
            crate::orm::Datum::Int(id),
        )?;
        Ok(Some(Rc::new(crate::orm::query::Expression::Where(Rc::new(crate::orm::query::WhereNode::of(lookup))))))
    }

    /// Pairs of fields that a join along this side compares: the near table's, and the far table's.
    pub fn joining_fields(&self) -> OrmResult<Vec<(Field, Field)>> {
        let pairs = self.field().related_fields()?;
        Ok(match self {
            Self::Forward(_) => pairs,
            Self::Reverse(_) => pairs.into_iter().map(|(near, far)| (far, near)).collect(),
        })
    }
}

impl Field {
    /// The model pointed at; fails as Django does while its name is unresolved.
    pub fn require_related_model(&self) -> OrmResult<Model> {
        match &self.relation {
            Some(relation) => relation.require_model(),
            None => Err(OrmError::attribute_error("'NoneType' object has no attribute 'model'")),
        }
    }

    /// `related_fields`: pairs of a field of this side and the field of the target that it equals.
    pub fn related_fields(&self) -> OrmResult<Vec<(Self, Self)>> {
        let relation = self.relation.as_ref().ok_or_else(|| OrmError::attribute_error("related_fields"))?;
        let target = relation.require_model()?;
        if let Some(generic) = &relation.generic {
            return Ok(vec![(target.forward_field(&generic.object_id)?, self.require_model()?.pk()?)]);
        }
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            let to = match &relation.to_field {
                Some(name) => target.forward_field(name)?,
                None => target.pk()?,
            };
            let concrete = target.concrete_model();
            if to.model().is_some_and(|model| *model != concrete) {
                return Err(OrmError::field_error(format!(
                    "'{}.{}' refers to field '{}' which is not local to model '{}'.",
                    self.require_model()?.label(),
                    self.name,
                    to.name,
                    concrete.label()
                )));
            }
            return Ok(vec![(self.clone(), to)]);
        }
        relation
            .pairs
            .iter()
            .map(|(from, to)| {
                let near = match from {
                    Some(name) => self.require_model()?.forward_field(name)?,
                    None => self.clone(),
                };
                let far = match to {
                    Some(name) => target.forward_field(name)?,
                    None => target.pk()?,
                };
                Ok((near, far))
            })
            .collect()
    }

    /// The target's fields of [`Self::related_fields`].
    pub fn foreign_related_fields(&self) -> OrmResult<Vec<Self>> {
        Ok(self.related_fields()?.into_iter().map(|(_, far)| far).collect())
    }

    /// The own fields of [`Self::related_fields`].
    pub fn local_related_fields(&self) -> OrmResult<Vec<Self>> {
        Ok(self.related_fields()?.into_iter().map(|(near, _)| near).collect())
    }

    /// `target_field`: the one field that the relation's values are values of.
    pub fn target_field(&self) -> OrmResult<Self> {
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            let pairs = self.related_fields()?;
            let target = pairs.into_iter().next().map(|(_, far)| far);
            return target.ok_or_else(|| OrmError::new(crate::orm::ErrorKind::IndexError, "tuple index out of range"));
        }
        let path = Side::Forward(self.clone()).path(None)?;
        match path.last().map(|step| step.target_fields.as_slice()) {
            Some([only]) => Ok(only.clone()),
            _ => Err(OrmError::field_error(
                "The relation has multiple target fields, but only single target field was asked for",
            )),
        }
    }

    /// The through model's field that points at the model declaring this many-to-many field: `m2m_field_name()`.
    pub fn m2m_field(&self) -> OrmResult<Self> {
        let relation = self.relation.as_ref().ok_or_else(|| OrmError::attribute_error("m2m_field_name"))?;
        let through = self.require_through()?;
        let wanted = relation.through_fields.as_ref().map(|(near, _)| near);
        let model = self.require_model()?;
        through
            .fields()
            .iter()
            .find(|f| f.related_model().as_ref() == Some(model) && wanted.is_none_or(|name| *name == f.name))
            .cloned()
            .ok_or_else(|| OrmError::attribute_error("'ManyToManyField' object has no attribute '_m2m_name_cache'"))
    }

    /// The through model's field that points at the target: `m2m_reverse_field_name()`.
    pub fn m2m_reverse_field(&self) -> OrmResult<Self> {
        let relation = self.relation.as_ref().ok_or_else(|| OrmError::attribute_error("m2m_reverse_field_name"))?;
        let through = self.require_through()?;
        let wanted = relation.through_fields.as_ref().map(|(_, far)| far);
        let target = relation.require_model()?;
        let to_self = self.model() == Some(&target);
        let mut candidates = through
            .fields()
            .iter()
            .filter(|f| f.related_model().as_ref() == Some(&target))
            .cloned()
            .collect::<Vec<_>>();
        match wanted {
            Some(name) => candidates.retain(|f| f.name == *name),
            // Of two keys to the same model the first is the near side.
            None if to_self && !candidates.is_empty() => {
                candidates.remove(0);
            }
            None => {}
        }
        candidates.into_iter().next().ok_or_else(|| {
            OrmError::attribute_error("'ManyToManyField' object has no attribute '_m2m_reverse_name_cache'")
        })
    }

    /// The model between the two sides of a many-to-many relation.
    pub fn require_through(&self) -> OrmResult<Model> {
        self.relation
            .as_ref()
            .and_then(super::Relation::through_model)
            .ok_or_else(|| OrmError::attribute_error("'str' object has no attribute '_meta'"))
    }
}

fn many_to_many_path(field: &Field, direct: bool, filtered: Option<&Rc<FilteredRelation>>) -> OrmResult<Vec<PathInfo>> {
    let near = field.m2m_field()?;
    let far = field.m2m_reverse_field()?;
    let (first, second) = if direct { (near, far) } else { (far, near) };
    let first_path = Side::Reverse(first).path(None)?;
    let second_path = Side::Forward(second).path(filtered)?;
    let mut path: Vec<PathInfo> = first_path.to_vec();
    // The two keys may sit on different models of one inheritance chain.
    if let (Some(end), Some(start)) = (first_path.last(), second_path.first())
        && end.to != start.from
    {
        if end.to.is_subclass_of(&start.from) {
            path.extend(end.to.path_to_parent(&start.from)?);
        } else {
            path.extend(start.from.path_from_parent(&end.to)?);
        }
    }
    path.extend(second_path.iter().cloned());
    Ok(path)
}

fn generic_path(field: &Field, filtered: Option<&Rc<FilteredRelation>>) -> OrmResult<Vec<PathInfo>> {
    let target = field.require_related_model()?;
    let generic = field.relation.as_ref().and_then(|relation| relation.generic.as_ref());
    let generic = generic.ok_or_else(|| OrmError::attribute_error("object_id_field_name"))?;
    let object_id = target.forward_field(&generic.object_id)?;
    let holder = object_id.require_model()?.clone();
    let step = |to: Model| -> OrmResult<PathInfo> {
        Ok(PathInfo {
            from: field.require_model()?.clone(),
            target_fields: vec![to.pk()?],
            to,
            join_field: Side::Reverse(field.clone()),
            m2m: true,
            direct: false,
            filtered_relation: filtered.cloned(),
        })
    };
    if holder == target {
        return Ok(vec![step(target)?]);
    }
    let mut path = vec![step(holder.clone())?];
    let mut current = target.concrete_model();
    let mut links = Vec::new();
    while current != holder {
        let Some(link) = current.ancestor_link(&holder) else { break };
        current = link.require_related_model()?;
        links.push(link);
    }
    for link in links.into_iter().rev() {
        path.extend(Side::Reverse(link).path(None)?.iter().cloned());
    }
    Ok(path)
}

impl Model {
    /// `_meta.get_path_to_parent(parent)`.
    pub fn path_to_parent(&self, parent: &Self) -> OrmResult<Vec<PathInfo>> {
        let mut path = Vec::new();
        if self == parent {
            return Ok(path);
        }
        let proxied = self.concrete_model();
        let mut current = self.clone();
        for next in self.base_chain(parent) {
            if next == proxied {
                current = next;
                continue;
            }
            let Some(link) = current.parent_link(&next) else {
                current = next;
                continue;
            };
            path.push(PathInfo {
                from: link.require_model()?.clone(),
                to: next.clone(),
                target_fields: vec![link.target_field()?],
                join_field: Side::Forward(link),
                m2m: false,
                direct: true,
                filtered_relation: None,
            });
            current = next;
        }
        Ok(path)
    }

    /// `_meta.get_path_from_parent(parent)`.
    pub fn path_from_parent(&self, parent: &Self) -> OrmResult<Vec<PathInfo>> {
        let mut path = Vec::new();
        if self == parent {
            return Ok(path);
        }
        let model = self.concrete_model();
        let mut chain = model.base_chain(parent);
        chain.reverse();
        chain.push(model);
        for pair in chain.windows(2) {
            if let Some(link) = pair[1].ancestor_link(&pair[0]) {
                path.extend(Side::Reverse(link).path(None)?.iter().cloned());
            }
        }
        Ok(path)
    }
}
