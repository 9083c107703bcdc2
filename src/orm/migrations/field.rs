//! [`FieldState`]: a field as migrations know it, by what its constructor was given.

use std::any::Any;
use std::rc::Rc;

use super::literal::{Argument, Call, Literal, same_keywords};
use crate::orm::models::FieldKind;

/// A model by its app's label and its name in lower case.
pub type ModelKey = (Rc<str>, Rc<str>);

/// What a relational field points at.
#[derive(Clone)]
pub struct RelationState {
    /// The target, as it was written: `app.model`, a bare name or `self`.
    pub to: Rc<str>,
    /// `through=`.
    pub through: Option<Rc<str>>,
    /// `through_fields=`.
    pub through_fields: Option<Vec<Rc<str>>>,
    /// The far fields that are pointed at; `None` inside for the primary key, and for what has none: many-to-many fields.
    pub to_fields: Option<Vec<Option<Rc<str>>>>,
    /// The near fields of a foreign object.
    pub from_fields: Vec<Rc<str>>,
    /// `parent_link=`.
    pub parent_link: bool,
    /// The setting that names the target.
    pub setting: Option<Rc<str>>,
}

/// What operations and the autodetector go by.
#[derive(Clone)]
pub struct FieldFacts {
    /// The built-in class that the field's class is or descends from.
    pub kind: FieldKind,
    /// `null=`.
    pub null: bool,
    /// `blank=`.
    pub blank: bool,
    /// `primary_key=`.
    pub primary_key: bool,
    /// `unique`, a primary key's and a one-to-one relation's included.
    pub unique: bool,
    /// Whether there is a default.
    pub has_default: bool,
    /// Whether the default is called.
    pub callable_default: bool,
    /// Whether the database has one.
    pub has_db_default: bool,
    /// `auto_now=`.
    pub auto_now: bool,
    /// `auto_now_add=`.
    pub auto_now_add: bool,
    /// `empty_strings_allowed`.
    pub empty_strings_allowed: bool,
    /// `db_column=`.
    pub db_column: Option<Rc<str>>,
    /// The names that a generated field's expression reads.
    pub generated_from: Option<Vec<Rc<str>>>,
    /// The relation.
    pub relation: Option<RelationState>,
    /// The keyword arguments that make no difference to the database.
    pub non_db: Vec<Rc<str>>,
}

/// A field that belongs to no model class: what makes it, and what follows from that.
#[derive(Clone)]
pub struct FieldState {
    /// Where the class is found, as migration files say it.
    pub path: Rc<str>,
    /// The class's name.
    pub class_name: Rc<str>,
    /// The host's class.
    pub class: Option<Rc<dyn Any>>,
    /// Positional arguments.
    pub args: Vec<Argument>,
    /// Keyword arguments.
    pub kwargs: Vec<(Rc<str>, Argument)>,
    /// What follows from them.
    pub facts: FieldFacts,
}

impl PartialEq for FieldState {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.args == other.args && same_keywords(&self.kwargs, &other.kwargs)
    }
}

/// The key of the model that `name` means in `near`.
pub fn resolve_relation(name: &str, near: &ModelKey) -> ModelKey {
    if name == "self" {
        return near.clone();
    }
    match name.split_once('.') {
        Some((app, model)) => (app.into(), model.to_lowercase().into()),
        None => (near.0.clone(), name.to_lowercase().into()),
    }
}

/// How a field points at a model.
#[derive(Clone, Copy, Default)]
pub struct Reference {
    /// As its target.
    pub to: bool,
    /// As the model between.
    pub through: bool,
}

impl Reference {
    /// Whether at all.
    pub fn any(self) -> bool {
        self.to || self.through
    }
}

impl FieldState {
    /// As a value.
    pub fn literal(&self) -> Literal {
        Literal::Call(Rc::new(Call {
            path: self.path.clone(),
            args: self.args.iter().map(|arg| arg.literal.clone()).collect(),
            kwargs: self.kwargs.iter().map(|(name, arg)| (name.clone(), arg.literal.clone())).collect(),
        }))
    }

    /// A keyword argument.
    pub fn kwarg(&self, name: &str) -> Option<&Argument> {
        self.kwargs.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    fn set(&mut self, name: &str, value: Argument) {
        match self.kwargs.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, held)) => *held = value,
            None => self.kwargs.push((name.into(), value)),
        }
    }

    /// Whether it is a many-to-many field.
    pub fn is_many_to_many(&self) -> bool {
        self.facts.kind == FieldKind::ManyToMany
    }

    /// Whether it points at another model.
    pub fn is_relation(&self) -> bool {
        self.facts.relation.is_some()
    }

    /// With another default, or none.
    #[must_use]
    pub fn with_default(&self, default: Option<(Argument, bool)>) -> Self {
        let mut field = self.clone();
        match default {
            Some((value, callable)) => {
                field.set("default", value);
                field.facts.has_default = true;
                field.facts.callable_default = callable;
            }
            None => {
                field.kwargs.retain(|(name, _)| **name != *"default");
                field.facts.has_default = false;
                field.facts.callable_default = false;
            }
        }
        field
    }

    /// Pointing at another model.
    #[must_use]
    pub fn with_target(&self, to: &str) -> Self {
        let mut field = self.clone();
        field.set("to", Argument::plain(Literal::str(to.to_lowercase())));
        if let Some(relation) = &mut field.facts.relation {
            relation.to = to.into();
            relation.setting = None;
        }
        field
    }

    /// Through another model.
    #[must_use]
    pub fn with_through(&self, through: &str) -> Self {
        let mut field = self.clone();
        field.set("through", Argument::plain(Literal::str(through)));
        if let Some(relation) = &mut field.facts.relation {
            relation.through = Some(through.into());
        }
        field
    }

    /// With the target, and the field there, that another field has.
    #[must_use]
    pub fn with_target_of(&self, other: &Self, to_field_too: bool) -> Self {
        let mut field = self.clone();
        let names: &[&str] = if to_field_too { &["to", "to_field"] } else { &["to"] };
        for name in names {
            match other.kwarg(name) {
                Some(value) => field.set(name, value.clone()),
                None => field.kwargs.retain(|(known, _)| **known != **name),
            }
        }
        if let (Some(mine), Some(theirs)) = (&mut field.facts.relation, &other.facts.relation) {
            mine.to = theirs.to.clone();
            mine.setting = theirs.setting.clone();
            if to_field_too {
                mine.to_fields = theirs.to_fields.clone();
            }
        }
        field
    }

    /// The far field that a foreign key names.
    pub fn to_field(&self) -> Option<&Rc<str>> {
        match self.facts.relation.as_ref()?.to_fields.as_deref() {
            Some([Some(name)]) => Some(name),
            _ => None,
        }
    }

    /// With names changed that a rename of a far field reaches.
    #[must_use]
    pub fn with_far_field_renamed(&self, old: &str, new: &Rc<str>) -> Self {
        let mut field = self.clone();
        for name in ["to_field", "to_fields"] {
            if let Some((_, value)) = field.kwargs.iter_mut().find(|(known, _)| **known == *name) {
                *value = Argument::plain(renamed_in(&value.literal, old, new));
            }
        }
        if let Some(relation) = &mut field.facts.relation
            && let Some(names) = &mut relation.to_fields
        {
            for name in names.iter_mut().flatten().filter(|name| ***name == *old) {
                *name = new.clone();
            }
        }
        field
    }

    /// With names changed that a rename of a near field reaches: a foreign object's, a composite key's.
    #[must_use]
    pub fn with_near_field_renamed(&self, old: &str, new: &Rc<str>) -> Self {
        let mut field = self.clone();
        if field.facts.kind == FieldKind::CompositePrimaryKey {
            for arg in &mut field.args {
                *arg = Argument::plain(renamed_in(&arg.literal, old, new));
            }
        }
        if let Some((_, value)) = field.kwargs.iter_mut().find(|(known, _)| **known == *"from_fields") {
            *value = Argument::plain(renamed_in(&value.literal, old, new));
        }
        if let Some(relation) = &mut field.facts.relation {
            for name in relation.from_fields.iter_mut().filter(|name| ***name == *old) {
                *name = new.clone();
            }
        }
        field
    }

    /// Whether the field points at the model `target`, or at its field `name`, seen from the model `near`. `is_key` says
    /// whether that field is the primary key; unknown, it may be.
    pub fn references(
        &self,
        near: &ModelKey,
        target: &ModelKey,
        name: Option<&str>,
        is_key: Option<bool>,
    ) -> Reference {
        let Some(relation) = &self.facts.relation else { return Reference::default() };
        let mut found = Reference::default();
        if resolve_relation(&relation.to, near) == *target {
            found.to = match (name, &relation.to_fields) {
                (None, _) | (_, None) => true,
                (Some(name), Some(fields)) => {
                    (fields.iter().any(Option::is_none) && is_key.unwrap_or(true))
                        || fields.iter().flatten().any(|field| **field == *name)
                }
            };
        }
        if let Some(through) = &relation.through
            && resolve_relation(through, near) == *target
        {
            found.through = match (name, &relation.through_fields) {
                (None, _) | (_, None) => true,
                (Some(name), Some(fields)) => fields.iter().any(|field| **field == *name),
            };
        }
        found
    }

    /// The keyword arguments that make a difference to the database.
    pub fn db_kwargs(&self) -> Vec<(Rc<str>, Literal)> {
        self.kwargs
            .iter()
            .filter(|(name, _)| !self.facts.non_db.contains(name))
            .map(|(name, value)| (name.clone(), value.literal.clone()))
            .collect()
    }
}

fn renamed_in(literal: &Literal, old: &str, new: &Rc<str>) -> Literal {
    match literal {
        Literal::Str(text) if **text == *old => Literal::Str(new.clone()),
        Literal::List(items) => Literal::List(items.iter().map(|item| renamed_in(item, old, new)).collect()),
        Literal::Tuple(items) => Literal::Tuple(items.iter().map(|item| renamed_in(item, old, new)).collect()),
        other => other.clone(),
    }
}
