//! What a relational field says of the other side.

use std::cell::RefCell;
use std::rc::Rc;

use super::{FieldData, FieldKind, Model};
use crate::orm::query::Q;
use crate::orm::{OrmError, OrmResult};

/// The other side of a relation: a model, or a name that no model has yet.
#[derive(Clone)]
pub enum Target {
    /// A resolved model.
    Model(Model),
    /// `"app.Model"`, resolved when such a model appears.
    Name(Rc<str>),
}

/// What deleting the target does to the rows that point at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Django's own names")]
pub enum OnDelete {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    /// `SET(…)`; the value stays with the host.
    Set,
    DoNothing,
}

/// A field of the near model and the one of the far model that it equals, by name.
pub type FieldPair = (Option<Rc<str>>, Option<Rc<str>>);

/// A relational field's declaration.
pub struct Relation {
    /// The model pointed at.
    pub target: RefCell<Target>,
    /// The target's name as it was written, before its app was added to it.
    pub written: Option<Rc<str>>,
    /// `to_field=`; for a field made by Django the target's field name.
    pub to_field: Option<Rc<str>>,
    /// `related_name=`, with `%(class)s` and `%(app_label)s` filled in.
    pub related_name: Option<Rc<str>>,
    /// `related_query_name=`, likewise.
    pub related_query_name: Option<Rc<str>>,
    /// `on_delete=`.
    pub on_delete: OnDelete,
    /// `limit_choices_to=` as a condition, when it was data.
    pub limit_choices_to: Option<Q>,
    /// `parent_link=`.
    pub parent_link: bool,
    /// `db_constraint=`.
    pub db_constraint: bool,
    /// `symmetrical=`, with Django's default for self relations.
    pub symmetrical: bool,
    /// `through=` or the model that Django made in its place.
    pub through: RefCell<Option<Target>>,
    /// `through_fields=`.
    pub through_fields: Option<(Rc<str>, Rc<str>)>,
    /// `db_table=` of a many-to-many relation.
    pub db_table: Option<Rc<str>>,
    /// `from_fields` and `to_fields` of a foreign object, by name; `None` stands for the field itself or the target's key.
    pub pairs: Vec<FieldPair>,
    /// A generic relation's object id and content type fields on the target.
    pub generic: Option<GenericKey>,
}

/// The fields that a generic foreign key or relation goes by.
#[derive(Clone)]
pub struct GenericKey {
    /// `content_type_field`.
    pub content_type: Rc<str>,
    /// `object_id_field`.
    pub object_id: Rc<str>,
    /// `for_concrete_model=`.
    pub for_concrete_model: bool,
    /// Whether it came from a parent with a table of its own, whose relation has the way back, by a name.
    pub mti_inherited: bool,
}

impl Relation {
    /// A cascading relation to `target` with Django's defaults.
    pub fn to(target: Target) -> Self {
        Self {
            target: RefCell::new(target),
            written: None,
            to_field: None,
            related_name: None,
            related_query_name: None,
            on_delete: OnDelete::Cascade,
            limit_choices_to: None,
            parent_link: false,
            db_constraint: true,
            symmetrical: false,
            through: RefCell::new(None),
            through_fields: None,
            db_table: None,
            pairs: vec![(None, None)],
            generic: None,
        }
    }

    /// What another relation declares.
    pub(super) fn like(other: &Self) -> Self {
        Self {
            target: RefCell::new(other.target.borrow().clone()),
            written: other.written.clone(),
            to_field: other.to_field.clone(),
            related_name: other.related_name.clone(),
            related_query_name: other.related_query_name.clone(),
            limit_choices_to: other.limit_choices_to.clone(),
            through: RefCell::new(other.through.borrow().clone()),
            through_fields: other.through_fields.clone(),
            db_table: other.db_table.clone(),
            pairs: other.pairs.clone(),
            generic: other.generic.clone(),
            ..*other
        }
    }

    /// The model pointed at, once it exists.
    pub fn model(&self) -> Option<Model> {
        match &*self.target.borrow() {
            Target::Model(model) => Some(model.clone()),
            Target::Name(_) => None,
        }
    }

    /// The model pointed at; a relation that was never resolved says which name is missing.
    pub fn require_model(&self) -> OrmResult<Model> {
        match &*self.target.borrow() {
            Target::Model(model) => Ok(model.clone()),
            Target::Name(name) => {
                let name = self.written.as_ref().unwrap_or(name);
                Err(OrmError::value_error(format!("Related model '{name}' cannot be resolved")))
            }
        }
    }

    /// The model between the two sides of a many-to-many relation, once it exists.
    pub fn through_model(&self) -> Option<Model> {
        match &*self.through.borrow() {
            Some(Target::Model(model)) => Some(model.clone()),
            _ => None,
        }
    }

    /// Whether the relation has no reverse side (`related_name="+"`).
    pub fn is_hidden(&self) -> bool {
        // Django remembers of an inherited generic relation that its parent's is not hidden.
        self.related_name.as_deref().is_some_and(|name| name.ends_with('+'))
            && !self.generic.as_ref().is_some_and(|generic| generic.mti_inherited)
    }
}

/// Fills in what a relation's names leave to the model that holds it: `self`, names without an app, `%(class)s`,
/// `default_related_name`, and the hidden names of symmetrical relations.
pub(super) fn name_relation(model: &Model, field: &mut FieldData) {
    let kind = field.kind;
    let name = field.name.clone();
    let Some(relation) = &mut field.relation else { return };
    let meta = model.meta();
    let qualify = |target: &str| -> Target {
        if target == "self" {
            Target::Model(model.clone())
        } else if target.contains('.') {
            Target::Name(target.into())
        } else {
            Target::Name(format!("{}.{target}", meta.app_label).into())
        }
    };
    let target = match relation.target.get_mut() {
        Target::Name(name) => Some(qualify(name)),
        Target::Model(_) => None,
    };
    if let Some(target) = target {
        if let Target::Name(name) = relation.target.get_mut() {
            relation.written = Some(name.clone());
        }
        *relation.target.get_mut() = target;
    }
    let through = match relation.through.get_mut() {
        Some(Target::Name(name)) => Some(qualify(name)),
        _ => None,
    };
    if let Some(through) = through {
        *relation.through.get_mut() = Some(through);
    }
    if meta.is_abstract {
        return;
    }
    let is_m2m = kind == FieldKind::ManyToMany;
    if is_m2m {
        let to_self = matches!(relation.target.get_mut(), Target::Model(target) if target == model);
        if relation.symmetrical && to_self {
            relation.related_name = Some(format!("{name}_rel_+").into());
        } else if relation.is_hidden() {
            relation.related_name = Some(format!("_{}_{}_{name}_+", meta.app_label, model.name.to_lowercase()).into());
        }
    }
    let given = relation.related_name.clone().or_else(|| meta.default_related_name.clone());
    let fill = |text: &str| -> Rc<str> {
        text.replace("%(class)s", &model.model_name)
            .replace("%(model_name)s", &model.model_name)
            .replace("%(app_label)s", &meta.app_label.to_lowercase())
            .into()
    };
    relation.related_name = given.map(|text| fill(&text));
    relation.related_query_name = relation.related_query_name.take().map(|text| fill(&text));
}
