//! Models that came, went, or have another name.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Autodetector, Dependency, Waits, dedupe};
use crate::orm::OrmResult;
use crate::orm::migrations::field::{FieldState, ModelKey, resolve_relation};
use crate::orm::migrations::literal::{Literal, same_keywords};
use crate::orm::migrations::operation::Operation;
use crate::orm::migrations::state::{Base, ModelState, OptionValue, groups_of};

/// A model's fields without their names and without what they point at, by name.
fn shape(model: &ModelState) -> Vec<Rc<FieldState>> {
    let mut fields: Vec<&(Rc<str>, Rc<FieldState>)> = model.fields.iter().collect();
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields
        .into_iter()
        .map(|(_, field)| {
            if !field.is_relation() {
                return field.clone();
            }
            let mut field = (**field).clone();
            field.kwargs.retain(|(name, _)| **name != *"to");
            Rc::new(field)
        })
        .collect()
}

fn same_shape(mine: &[Rc<FieldState>], theirs: &[Rc<FieldState>]) -> bool {
    mine.len() == theirs.len()
        && mine
            .iter()
            .zip(theirs)
            .all(|(a, b)| a.path == b.path && a.args == b.args && same_keywords(&a.kwargs, &b.kwargs))
}

impl Autodetector<'_> {
    pub(super) fn generate_renamed_models(&mut self) -> OrmResult<()> {
        let added: Vec<ModelKey> = self.new_models.difference(&self.old_models).cloned().collect();
        for key in added {
            let model = self.to.get(&key)?.clone();
            let mine = shape(&model);
            let removed: Vec<ModelKey> = self.old_models.difference(&self.new_models).cloned().collect();
            for old_key in removed.into_iter().filter(|old| old.0 == key.0) {
                let old = self.from.get(&old_key)?.clone();
                if !same_shape(&mine, &shape(&old)) || !self.questioner.ask_rename_model(&old, &model)? {
                    continue;
                }
                let mut waits_for: Vec<Dependency> =
                    model.fields.iter().flat_map(|(_, field)| self.dependencies_of(&key, field)).collect();
                for (holder, fields) in self.to.relations_to(&key) {
                    waits_for.extend(fields.iter().map(|_| Dependency::new(&holder, None, Waits::Create)));
                }
                self.add(
                    &key.0,
                    Operation::RenameModel { old_name: old.name.clone(), new_name: model.name.clone() },
                    waits_for,
                );
                self.renamed_models.insert(key.clone(), old_key.1.clone());
                self.renamed_labels.insert(format!("{}.{}", old_key.0, old_key.1), format!("{}.{}", key.0, key.1));
                self.old_models.remove(&old_key);
                self.old_models.insert(key.clone());
                break;
            }
        }
        Ok(())
    }

    /// The fields of the models that both states have, and the fields that go through each model.
    pub(super) fn prepare_fields(&mut self) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            for (models, list) in [(&old, &mut self.old_fields), (&new, &mut self.new_fields)] {
                list.extend(models.fields.iter().map(|(name, _)| (key.0.clone(), key.1.clone(), name.clone())));
            }
        }
        for key in self.old_models.clone() {
            let old_key = self.old_key(&key);
            let old = self.from.get(&old_key)?.clone();
            for (name, field) in &old.fields {
                if let Some(through) = field.facts.relation.as_ref().and_then(|relation| relation.through.as_ref()) {
                    self.through_users.insert(resolve_relation(through, &key), (old_key.clone(), name.clone()));
                }
            }
        }
        Ok(())
    }

    /// Models that a setting may name come first among the new ones.
    fn creation_order(&self, keys: BTreeSet<ModelKey>) -> Vec<ModelKey> {
        let rank = |key: &ModelKey| -> ModelKey {
            let swappable = self.to.find(key).is_some_and(|model| model.options.flag("swappable", false));
            if swappable || *key == self.user_model {
                (format!("___{}", key.0).into(), format!("___{}", key.1).into())
            } else {
                key.clone()
            }
        };
        let mut all: Vec<ModelKey> = keys.into_iter().collect();
        all.sort_by_key(|key| std::cmp::Reverse(rank(key)));
        all
    }

    pub(super) fn generate_created_models(&mut self) -> OrmResult<()> {
        let old: BTreeSet<ModelKey> = self.old_models.union(&self.old_unmanaged).cloned().collect();
        let mut added = self.creation_order(self.new_models.difference(&old).cloned().collect());
        added.extend(self.creation_order(self.new_unmanaged.difference(&old).cloned().collect()));
        for key in added {
            self.generate_created_model(&key)?;
        }
        Ok(())
    }

    fn generate_created_model(&mut self, key: &ModelKey) -> OrmResult<()> {
        let model = self.to.get(key)?.clone();
        let mut related: Vec<(Rc<str>, Rc<FieldState>)> = Vec::new();
        let mut key_target = None;
        for (name, field) in &model.fields {
            let Some(relation) = &field.facts.relation else { continue };
            if field.facts.primary_key {
                key_target = Some(resolve_relation(&relation.to, key));
            } else if !relation.parent_link {
                related.push((name.clone(), field.clone()));
                continue;
            }
            if relation.through.is_some() {
                related.push((name.clone(), field.clone()));
            }
        }
        let mut options = model.options.clone();
        let mut take_made = |name: &str| match options.remove(name) {
            Some(OptionValue::Made(all)) => all,
            _ => Vec::new(),
        };
        let (indexes, constraints) = (take_made("indexes"), take_made("constraints"));
        let unique_together = options.remove("unique_together").map(|value| groups_of(&value.literal()));
        let order = options.remove("order_with_respect_to");
        let order = order.and_then(|value| value.literal().as_str().cloned());
        self.to.change(key, |model| model.options = options.clone())?;
        let mut waits_for = vec![Dependency::new(key, None, Waits::Remove)];
        self.wait_for_bases(key, &model, &mut waits_for);
        if let Some(target) = key_target {
            waits_for.push(Dependency::new(&target, None, Waits::Create));
        }
        let fields =
            model.fields.iter().filter(|(name, _)| !related.iter().any(|(known, _)| known == name)).cloned().collect();
        let create = Operation::CreateModel {
            name: model.name.clone(),
            fields,
            options,
            bases: model.bases.clone(),
            managers: model.managers.clone(),
        };
        self.add_first(&key.0, create, waits_for);
        if !model.is_managed() {
            return Ok(());
        }
        related.sort_by(|(a, _), (b, _)| a.cmp(b));
        let own = Dependency::new(key, None, Waits::Create);
        for (name, field) in &related {
            let mut waits_for = self.dependencies_of(key, field);
            waits_for.push(own.clone());
            let operation = Operation::AddField {
                model_name: key.1.clone(),
                name: name.clone(),
                field: field.clone(),
                preserve_default: true,
            };
            self.add(&key.0, operation, dedupe(waits_for));
        }
        if let Some(order) = order {
            let waits_for = vec![Dependency::new(key, Some(&order), Waits::Create), own.clone()];
            let operation = Operation::AlterOrderWithRespectTo { name: key.1.clone(), field: Some(order) };
            self.add(&key.0, operation, waits_for);
        }
        let mut waits_for: Vec<Dependency> =
            related.iter().map(|(name, _)| Dependency::new(key, Some(name), Waits::Create)).collect();
        waits_for.push(own);
        for index in indexes {
            self.add(&key.0, Operation::AddIndex { model_name: key.1.clone(), index }, waits_for.clone());
        }
        for constraint in constraints {
            let operation = Operation::AddConstraint { model_name: key.1.clone(), constraint };
            self.add(&key.0, operation, waits_for.clone());
        }
        if let Some(groups) = unique_together.filter(|groups| !groups.is_empty()) {
            let operation = Operation::AlterTogether { name: key.1.clone(), index: false, groups: Some(groups) };
            self.add(&key.0, operation, waits_for);
        }
        if self.old_proxies.contains(key) {
            for (holder, fields) in self.to.relations_to(key) {
                let name = self.to.get(&holder)?.name.clone();
                for (field_name, field) in fields {
                    let operation = Operation::AlterField {
                        model_name: name.clone(),
                        name: field_name,
                        field,
                        preserve_default: true,
                    };
                    self.add(&holder.0, operation, vec![Dependency::new(key, None, Waits::Create)]);
                }
            }
        }
        Ok(())
    }

    /// A model waits for the models that it extends, and for the end of their fields that it has now.
    fn wait_for_bases(&self, key: &ModelKey, model: &ModelState, waits_for: &mut Vec<Dependency>) {
        for base in &model.bases {
            let Base::Model(label) = base else { continue };
            let base = resolve_relation(label, key);
            waits_for.push(Dependency::new(&base, None, Waits::Create));
            let (Some(old), Some(new)) = (self.from.find(&base), self.to.find(&base)) else { continue };
            for (name, _) in &old.fields {
                if new.own_field(name).is_none() && model.own_field(name).is_some() {
                    waits_for.push(Dependency::new(&base, Some(name), Waits::Remove));
                }
            }
        }
    }

    pub(super) fn generate_created_proxies(&mut self) -> OrmResult<()> {
        let added: Vec<ModelKey> = self.new_proxies.difference(&self.old_proxies).cloned().collect();
        for key in added {
            let model = self.to.get(&key)?.clone();
            let mut waits_for = vec![Dependency::new(&key, None, Waits::Remove)];
            for base in &model.bases {
                if let Base::Model(label) = base {
                    waits_for.push(Dependency::new(&resolve_relation(label, &key), None, Waits::Create));
                }
            }
            let create = Operation::CreateModel {
                name: model.name.clone(),
                fields: Vec::new(),
                options: model.options.clone(),
                bases: model.bases.clone(),
                managers: model.managers.clone(),
            };
            self.add(&key.0, create, waits_for);
        }
        Ok(())
    }

    pub(super) fn generate_deleted_models(&mut self) -> OrmResult<()> {
        let new: BTreeSet<ModelKey> = self.new_models.union(&self.new_unmanaged).cloned().collect();
        let mut deleted: Vec<ModelKey> = self.old_models.difference(&new).cloned().collect();
        deleted.extend(self.old_unmanaged.difference(&new).cloned());
        for key in deleted {
            let model = self.from.get(&key)?.clone();
            let mut related: Vec<Rc<str>> =
                model.fields.iter().filter(|(_, field)| field.is_relation()).map(|(name, _)| name.clone()).collect();
            related.sort();
            let together = model.options.literal("unique_together").is_some_and(Literal::truth);
            self.from.change(&key, |model| {
                model.options.remove("unique_together");
            })?;
            if together {
                let operation = Operation::AlterTogether { name: key.1.clone(), index: false, groups: None };
                self.add(&key.0, operation, Vec::new());
            }
            for name in &related {
                let operation = Operation::RemoveField { model_name: key.1.clone(), name: name.clone() };
                self.add(&key.0, operation, Vec::new());
            }
            let mut waits_for = Vec::new();
            for (holder, fields) in self.from.relations_to(&key) {
                for (name, field) in fields {
                    waits_for.push(Dependency::new(&holder, Some(&name), Waits::Remove));
                    if !field.is_many_to_many() {
                        waits_for.push(Dependency::new(&holder, Some(&name), Waits::Alter));
                    }
                }
            }
            waits_for.extend(related.iter().map(|name| Dependency::new(&key, Some(name), Waits::Remove)));
            if let Some((user, field)) = self.through_users.get(&key) {
                waits_for.push(Dependency::new(user, Some(field), Waits::Remove));
            }
            self.add(&key.0, Operation::DeleteModel { name: model.name.clone() }, dedupe(waits_for));
        }
        Ok(())
    }

    pub(super) fn generate_deleted_proxies(&mut self) {
        let deleted: Vec<ModelKey> = self.old_proxies.difference(&self.new_proxies).cloned().collect();
        for key in deleted {
            if let Some(model) = self.from.find(&key) {
                let name = model.name.clone();
                self.add(&key.0, Operation::DeleteModel { name }, Vec::new());
            }
        }
    }
}
