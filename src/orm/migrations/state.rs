//! [`ModelState`] and [`ProjectState`]: models as migrations know them, before and after each operation.

use std::any::Any;
use std::rc::Rc;

use super::field::{FieldState, ModelKey, resolve_relation};
use super::literal::{Argument, Literal, Made};
use crate::orm::{ErrorKind, OrmError, OrmResult};

/// A base class of a model.
#[derive(Clone)]
pub enum Base {
    /// Another model, `app.model`.
    Model(Rc<str>),
    /// `models.Model`, or a class that is no model.
    Class {
        /// As it is written.
        literal: Literal,
        /// The host's class; none for `models.Model`.
        class: Option<Rc<dyn Any>>,
    },
}

impl Base {
    /// `models.Model`
    pub fn plain() -> Self {
        let imports = vec!["from django.db import models".into()];
        Self::Class { literal: Literal::Text { text: "models.Model".into(), imports }, class: None }
    }

    /// As a value.
    pub fn literal(&self) -> Literal {
        match self {
            Self::Model(label) => Literal::Str(label.clone()),
            Self::Class { literal, .. } => literal.clone(),
        }
    }
}

/// The value of a model's option.
#[derive(Clone)]
pub enum OptionValue {
    /// Any value.
    Value(Argument),
    /// Indexes or constraints.
    Made(Vec<Rc<Made>>),
}

impl OptionValue {
    /// As a value.
    pub fn literal(&self) -> Literal {
        match self {
            Self::Value(value) => value.literal.clone(),
            Self::Made(all) => Literal::List(all.iter().map(|made| made.literal()).collect()),
        }
    }
}

impl PartialEq for OptionValue {
    fn eq(&self, other: &Self) -> bool {
        self.literal() == other.literal()
    }
}

/// A model's options, in the order in which they were said.
#[derive(Clone, Default)]
pub struct Options(pub Vec<(Rc<str>, OptionValue)>);

impl Options {
    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&OptionValue> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// The value of an option that is a plain one.
    pub fn literal(&self, name: &str) -> Option<&Literal> {
        match self.get(name)? {
            OptionValue::Value(value) => Some(&value.literal),
            OptionValue::Made(_) => None,
        }
    }

    /// The text of an option; `None` where it says `None` or nothing.
    pub fn text(&self, name: &str) -> Option<Rc<str>> {
        self.literal(name).and_then(|literal| literal.as_str().cloned())
    }

    /// Whether an option counts as true.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.literal(name).map_or(default, Literal::truth)
    }

    /// Indexes or constraints.
    pub fn made(&self, name: &str) -> &[Rc<Made>] {
        match self.get(name) {
            Some(OptionValue::Made(all)) => all,
            _ => &[],
        }
    }

    /// Sets an option; one that was there keeps its place.
    pub fn set(&mut self, name: &str, value: OptionValue) {
        match self.0.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, held)) => *held = value,
            None => self.0.push((name.into(), value)),
        }
    }

    /// Takes an option away.
    pub fn remove(&mut self, name: &str) -> Option<OptionValue> {
        let at = self.0.iter().position(|(known, _)| **known == *name)?;
        Some(self.0.remove(at).1)
    }

    /// The groups of `unique_together` or `index_together`.
    pub fn together(&self, name: &str) -> Vec<Vec<Rc<str>>> {
        self.literal(name).map(groups_of).unwrap_or_default()
    }
}

/// Groups of names out of a value.
pub fn groups_of(literal: &Literal) -> Vec<Vec<Rc<str>>> {
    let items = |literal: &Literal| match literal {
        Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) | Literal::FrozenSet(items) => items.clone(),
        _ => Vec::new(),
    };
    let all = items(literal);
    if all.first().is_some_and(|first| first.as_str().is_some()) {
        return vec![all.iter().filter_map(|name| name.as_str().cloned()).collect()];
    }
    let mut groups: Vec<Vec<Rc<str>>> =
        all.iter().map(|group| items(group).iter().filter_map(|name| name.as_str().cloned()).collect()).collect();
    groups.sort();
    groups.dedup();
    groups
}

/// Groups of names as a value: a set of tuples.
pub fn group_set(groups: &[Vec<Rc<str>>]) -> Literal {
    Literal::Set(groups.iter().map(|group| Literal::Tuple(group.iter().cloned().map(Literal::Str).collect())).collect())
}

/// One model.
#[derive(Clone)]
pub struct ModelState {
    /// Its app.
    pub app_label: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// Its own fields, in order.
    pub fields: Vec<(Rc<str>, Rc<FieldState>)>,
    /// Its options; `indexes` and `constraints` are always there.
    pub options: Options,
    /// Its base classes.
    pub bases: Vec<Base>,
    /// Its managers that migrations use.
    pub managers: Vec<(Rc<str>, Rc<Made>)>,
}

impl ModelState {
    /// A model with its options filled up.
    pub fn new(
        app_label: &Rc<str>,
        name: &Rc<str>,
        fields: Vec<(Rc<str>, Rc<FieldState>)>,
        mut options: Options,
        bases: Vec<Base>,
        managers: Vec<(Rc<str>, Rc<Made>)>,
    ) -> Self {
        for name in ["indexes", "constraints"] {
            if options.get(name).is_none() {
                options.set(name, OptionValue::Made(Vec::new()));
            }
        }
        Self { app_label: app_label.clone(), name: name.clone(), fields, options, bases, managers }
    }

    /// The name in lower case.
    pub fn name_lower(&self) -> Rc<str> {
        self.name.to_lowercase().into()
    }

    /// App and name.
    pub fn key(&self) -> ModelKey {
        (self.app_label.clone(), self.name_lower())
    }

    /// A field; `_order` is the one that rows are ordered within.
    pub fn field(&self, name: &str) -> OrmResult<&Rc<FieldState>> {
        let order = if name == "_order" { self.options.text("order_with_respect_to") } else { None };
        let name = order.as_deref().unwrap_or(name);
        self.own_field(name).ok_or_else(|| OrmError::new(ErrorKind::KeyError, format!("'{name}'")))
    }

    /// A field by exactly that name.
    pub fn own_field(&self, name: &str) -> Option<&Rc<FieldState>> {
        self.fields.iter().find(|(known, _)| **known == *name).map(|(_, field)| field)
    }

    /// Whether it is a proxy.
    pub fn is_proxy(&self) -> bool {
        self.options.flag("proxy", false)
    }

    /// Whether its table is Django's to make.
    pub fn is_managed(&self) -> bool {
        self.options.flag("managed", true)
    }

    /// An index or constraint by name.
    pub fn made(&self, option: &str, name: &str) -> OrmResult<Rc<Made>> {
        let word = if option == "indexes" { "index" } else { "constraint" };
        self.options
            .made(option)
            .iter()
            .find(|made| *made.name == *name)
            .cloned()
            .ok_or_else(|| OrmError::value_error(format!("No {word} named {name} on model {}", self.name)))
    }

    /// Replaces a list of indexes or constraints.
    pub fn set_made(&mut self, option: &str, all: Vec<Rc<Made>>) {
        self.options.set(option, OptionValue::Made(all));
    }
}

/// All models.
#[derive(Clone, Default)]
pub struct ProjectState {
    /// In the order in which they came.
    pub models: Vec<Rc<ModelState>>,
}

/// The fields that point at a model: by the model that holds them, with their names.
pub type Relations = Vec<(ModelKey, Vec<(Rc<str>, Rc<FieldState>)>)>;

impl ProjectState {
    /// The model of a key.
    pub fn find(&self, key: &ModelKey) -> Option<&Rc<ModelState>> {
        self.models.iter().find(|model| model.app_label == key.0 && model.name_lower() == key.1)
    }

    /// The model of a key that must be there.
    pub fn get(&self, key: &ModelKey) -> OrmResult<&Rc<ModelState>> {
        self.find(key).ok_or_else(|| OrmError::new(ErrorKind::KeyError, format!("('{}', '{}')", key.0, key.1)))
    }

    /// Changes a model.
    pub fn change(&mut self, key: &ModelKey, change: impl FnOnce(&mut ModelState)) -> OrmResult<()> {
        match self.models.iter_mut().find(|model| model.app_label == key.0 && model.name_lower() == key.1) {
            Some(model) => {
                change(Rc::make_mut(model));
                Ok(())
            }
            None => Err(OrmError::new(ErrorKind::KeyError, format!("('{}', '{}')", key.0, key.1))),
        }
    }

    /// Adds a model, or puts it in the place of one by its name.
    pub fn add(&mut self, model: ModelState) {
        let key = model.key();
        match self.models.iter_mut().find(|known| known.key() == key) {
            Some(known) => *known = Rc::new(model),
            None => self.models.push(Rc::new(model)),
        }
    }

    /// Takes a model away.
    pub fn remove(&mut self, key: &ModelKey) -> OrmResult<()> {
        self.get(key)?;
        self.models.retain(|model| model.key() != *key);
        Ok(())
    }

    /// The model whose table a model uses: itself, or what a proxy stands for.
    pub fn concrete(&self, key: &ModelKey) -> ModelKey {
        let mut key = key.clone();
        let mut steps = 0;
        while let Some(model) = self.find(&key).filter(|model| model.is_proxy()) {
            let base = model.bases.iter().find_map(|base| match base {
                Base::Model(label) => Some(resolve_relation(label, &key)),
                Base::Class { .. } => None,
            });
            steps += 1;
            match base {
                Some(base) if steps < 64 => key = base,
                _ => break,
            }
        }
        key
    }

    /// The fields that point at `target`, or go through it.
    pub fn relations_to(&self, target: &ModelKey) -> Relations {
        let target = self.concrete(target);
        let mut all = Relations::new();
        for model in &self.models {
            if model.is_proxy() {
                continue;
            }
            let key = model.key();
            let mut fields = Vec::new();
            for (name, field) in &model.fields {
                let Some(relation) = &field.facts.relation else { continue };
                let to = self.concrete(&resolve_relation(&relation.to, &key));
                let through = relation.through.as_ref().map(|through| self.concrete(&resolve_relation(through, &key)));
                if to == target || through.as_ref() == Some(&target) {
                    fields.push((name.clone(), field.clone()));
                }
            }
            if !fields.is_empty() {
                all.push((key, fields));
            }
        }
        all
    }

    /// Gives a model another name and repoints what pointed at it.
    pub fn rename_model(&mut self, app_label: &Rc<str>, old_name: &str, new_name: &Rc<str>) -> OrmResult<()> {
        let old: ModelKey = (app_label.clone(), old_name.to_lowercase().into());
        let label = format!("{app_label}.{new_name}");
        let mut renamed = (**self.get(&old)?).clone();
        renamed.name = new_name.clone();
        for model in &mut self.models {
            let near = model.key();
            let mut changed = Vec::new();
            for (name, field) in &model.fields {
                let reference = field.references(&near, &old, None, None);
                if reference.any() {
                    let mut field = (**field).clone();
                    if reference.to {
                        field = field.with_target(&label);
                    }
                    if reference.through {
                        field = field.with_through(&label);
                    }
                    changed.push((name.clone(), Rc::new(field)));
                }
            }
            if !changed.is_empty() {
                replace_fields(Rc::make_mut(model), &changed);
                if near == old {
                    replace_fields(&mut renamed, &changed);
                }
            }
        }
        let new = renamed.key();
        if new == old {
            self.add(renamed);
            return Ok(());
        }
        self.remove(&old)?;
        self.add(renamed);
        Ok(())
    }

    /// Gives a field another name, and changes what refers to it.
    pub fn rename_field(&mut self, key: &ModelKey, old: &str, new: &Rc<str>) -> OrmResult<()> {
        let model = self.get(key)?;
        let Some(found) = model.own_field(old).cloned() else {
            return Err(OrmError::field_does_not_exist(format!("{}.{} has no field named '{old}'", key.0, key.1)));
        };
        let is_key = found.facts.primary_key;
        self.change(key, |model| {
            model.fields.retain(|(name, _)| **name != *old);
            model.fields.push((new.clone(), found));
            for (_, field) in &mut model.fields {
                let near = field.facts.relation.as_ref().is_some_and(|relation| !relation.from_fields.is_empty());
                if near || field.facts.kind == crate::orm::models::FieldKind::CompositePrimaryKey {
                    *field = Rc::new(field.with_near_field_renamed(old, new));
                }
            }
            for option in ["index_together", "unique_together"] {
                if model.options.get(option).is_some() {
                    let mut groups = model.options.together(option);
                    for name in groups.iter_mut().flatten().filter(|name| ***name == *old) {
                        *name = new.clone();
                    }
                    model.options.set(option, OptionValue::Value(Argument::plain(group_set(&groups))));
                }
            }
        })?;
        for model in &mut self.models {
            let near = model.key();
            let mut changed = Vec::new();
            for (name, field) in &model.fields {
                if field.references(&near, key, Some(old), Some(is_key)).to {
                    changed.push((name.clone(), Rc::new(field.with_far_field_renamed(old, new))));
                }
            }
            if !changed.is_empty() {
                replace_fields(Rc::make_mut(model), &changed);
            }
        }
        Ok(())
    }
}

fn replace_fields(model: &mut ModelState, changed: &[(Rc<str>, Rc<FieldState>)]) {
    for (name, field) in &mut model.fields {
        if let Some((_, new)) = changed.iter().find(|(known, _)| known == name) {
            *field = new.clone();
        }
    }
}
