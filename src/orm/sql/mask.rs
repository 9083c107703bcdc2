//! Which fields `only()` and `defer()` leave to be loaded: `get_select_mask`.

use std::rc::Rc;

use crate::orm::models::{Model, Side};
use crate::orm::query::Query;
use crate::orm::{OrmError, OrmResult};

/// What a mask speaks of: a field, or a relation under a `FilteredRelation`'s name.
#[derive(Clone, PartialEq, Debug)]
pub enum MaskKey {
    /// A field or a reverse relation.
    Field(Side),
    /// A filtered relation.
    Filtered(Rc<str>, Side),
}

/// Fields to be loaded, with the masks of the models behind them. Empty: everything.
#[derive(Clone, Default, Debug)]
pub struct SelectMask(pub Vec<(MaskKey, SelectMask)>);

/// Names as given, by their parts.
#[derive(Default)]
struct NameTree(Vec<(Rc<str>, NameTree)>);

impl NameTree {
    fn insert(&mut self, name: &str) {
        let mut level = self;
        for part in name.split("__") {
            let at = match level.0.iter().position(|(known, _)| **known == *part) {
                Some(at) => at,
                None => {
                    level.0.push((part.into(), Self::default()));
                    level.0.len() - 1
                }
            };
            level = &mut level.0[at].1;
        }
    }

    fn take(&mut self, name: &str) -> Option<Self> {
        let at = self.0.iter().position(|(known, _)| **known == *name)?;
        Some(self.0.remove(at).1)
    }
}

impl SelectMask {
    /// Whether everything is loaded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mask behind `key`.
    pub fn get(&self, key: &MaskKey) -> Option<&Self> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, mask)| mask)
    }

    /// Whether `side` is to be loaded.
    pub fn contains(&self, side: &Side) -> bool {
        self.0.iter().any(|(known, _)| matches!(known, MaskKey::Field(known) if known == side))
    }

    fn entry(&mut self, key: MaskKey) -> &mut Self {
        let at = match self.0.iter().position(|(known, _)| *known == key) {
            Some(at) => at,
            None => {
                self.0.push((key, Self::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn add_pk(&mut self, model: &Model) -> OrmResult<()> {
        let pk = model.pk()?;
        self.entry(MaskKey::Field(Side::Forward(pk)));
        for field in model.pk_fields()? {
            self.entry(MaskKey::Field(Side::Forward(field)));
        }
        Ok(())
    }

    fn defer(&mut self, query: &Query, model: &Model, mut names: NameTree) -> OrmResult<()> {
        self.add_pk(model)?;
        let own = model.concrete_fields();
        let related = model.related_objects();
        let sides = own.iter().cloned().map(Side::Forward).chain(related.iter().cloned().map(Side::Reverse));
        for side in sides {
            let by_name = names.take(&side.name());
            let by_attname = match &side {
                Side::Forward(field) if field.attname != field.name => names.take(&field.attname),
                _ => None,
            };
            match by_name {
                None if by_attname.is_none() => {
                    self.entry(MaskKey::Field(side));
                }
                Some(below) if !below.0.is_empty() => {
                    if !side.is_relation() {
                        return Err(OrmError::field_error(below.0[0].0.to_string()));
                    }
                    if side.field().is_many_to_many() {
                        continue;
                    }
                    let target = related_model(&side)?;
                    self.entry(MaskKey::Field(side)).defer(query, &target, below)?;
                }
                _ => {}
            }
        }
        // What is left are relations that are no columns of the model, and misspelt names.
        for (name, below) in names.0 {
            match query.filtered_relation(&name) {
                Some(filtered) => {
                    let side = model.get_field(&filtered.relation_name)?;
                    let target = related_model(&side)?;
                    self.entry(MaskKey::Filtered(name, side)).defer(query, &target, below)?;
                }
                None => {
                    model.get_field(&name)?;
                }
            }
        }
        Ok(())
    }

    fn only(&mut self, model: &Model, names: NameTree) -> OrmResult<()> {
        self.add_pk(model)?;
        for (name, below) in names.0 {
            let side = model.get_field(&name)?;
            let is_relation = side.is_relation();
            let target = if below.0.is_empty() { None } else { Some(related_model(&side)) };
            let mask = self.entry(MaskKey::Field(side));
            if let Some(target) = target {
                if !is_relation {
                    return Err(OrmError::field_error(below.0[0].0.to_string()));
                }
                mask.only(&target?, below)?;
            }
        }
        Ok(())
    }
}

fn related_model(side: &Side) -> OrmResult<Model> {
    side.related_model()
        .map(|model| model.concrete_model())
        .ok_or_else(|| OrmError::field_error(side.name().to_string()))
}

impl Query {
    /// The fields to be loaded, from `only()` and `defer()`.
    pub fn select_mask(&self) -> OrmResult<SelectMask> {
        let mut mask = SelectMask::default();
        if self.deferred.names.is_empty() {
            return Ok(mask);
        }
        let mut names = NameTree::default();
        for name in self.deferred.names.iter() {
            crate::orm::query::check_name(name)?;
            names.insert(name);
        }
        if self.deferred.defer {
            mask.defer(self, &self.model, names)?;
        } else {
            mask.only(&self.model, names)?;
        }
        Ok(mask)
    }
}
