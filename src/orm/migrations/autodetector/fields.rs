//! Fields that came, went, changed, or have another name.

use std::rc::Rc;

use super::{Autodetector, Dependency, FieldKey, RenamedField, Waits};
use crate::orm::OrmResult;
use crate::orm::migrations::field::{FieldState, resolve_relation};
use crate::orm::migrations::literal::{Argument, Literal, same_keywords};
use crate::orm::migrations::operation::Operation;
use crate::orm::models::FieldKind;

/// The column of a field by its name.
fn column(field: &FieldState, name: &Rc<str>) -> Rc<str> {
    match &field.facts.db_column {
        Some(column) => column.clone(),
        None if matches!(field.facts.kind, FieldKind::ForeignKey | FieldKind::OneToOne) => format!("{name}_id").into(),
        None => name.clone(),
    }
}

fn is_time(kind: FieldKind) -> bool {
    kind.is_a(FieldKind::Date) || kind.is_a(FieldKind::Time)
}

fn is_auto(kind: FieldKind) -> bool {
    kind.is_a(FieldKind::Auto) || kind.is_a(FieldKind::SmallAuto) || kind.is_a(FieldKind::BigAuto)
}

impl Autodetector<'_> {
    fn model_key(key: &FieldKey) -> super::ModelKey {
        (key.0.clone(), key.1.clone())
    }

    pub(super) fn create_renamed_fields(&mut self) -> OrmResult<()> {
        let mut old_keys = self.old_fields.clone();
        let added: Vec<FieldKey> = self.new_fields.difference(&old_keys).cloned().collect();
        for key in added {
            let (old_model, new_model) = self.both(&Self::model_key(&key))?;
            let field = new_model.field(&key.2)?.clone();
            let candidates: Vec<FieldKey> =
                old_keys.difference(&self.new_fields).filter(|old| old.0 == key.0 && old.1 == key.1).cloned().collect();
            for old_key in candidates {
                let old = old_model.field(&old_key.2)?.clone();
                if old.path != field.path || old.args != field.args {
                    continue;
                }
                let mut kwargs = old.kwargs.clone();
                if field.is_relation()
                    && let Some((_, to)) = kwargs.iter_mut().find(|(name, _)| **name == *"to")
                    && let Some(now) = to.literal.as_str().and_then(|label| self.renamed_labels.get(&**label))
                {
                    *to = Argument::plain(Literal::str(now));
                }
                let mut with_column = kwargs.clone();
                with_column.retain(|(name, _)| **name != *"db_column");
                let old_column = match old.facts.kind {
                    FieldKind::ManyToMany => None,
                    _ => Some(column(&old, &old_key.2)),
                };
                let literal = old_column.map_or(Literal::None, Literal::Str);
                with_column.push(("db_column".into(), Argument::plain(literal)));
                let same = same_keywords(&kwargs, &field.kwargs) || same_keywords(&with_column, &field.kwargs);
                if !same || !self.questioner.ask_rename(&key.1, &old_key.2, &key.2, &field)? {
                    continue;
                }
                old_keys.remove(&old_key);
                old_keys.insert(key.clone());
                self.renamed_fields.insert(key.clone(), old_key.2.clone());
                self.field_renames.push(RenamedField {
                    key: key.clone(),
                    old_name: old_key.2.clone(),
                    old_db_column: old.facts.db_column.clone(),
                    field: field.clone(),
                });
                break;
            }
        }
        Ok(())
    }

    pub(super) fn generate_renamed_fields(&mut self) {
        for renamed in std::mem::take(&mut self.field_renames) {
            let (app, model, name) = &renamed.key;
            // A column that is named now keeps its name through the rename.
            if renamed.old_db_column != renamed.field.facts.db_column {
                let operation = Operation::AlterField {
                    model_name: model.clone(),
                    name: renamed.old_name.clone(),
                    field: renamed.field.clone(),
                    preserve_default: true,
                };
                self.add(app, operation, Vec::new());
            }
            let operation = Operation::RenameField {
                model_name: model.clone(),
                old_name: renamed.old_name.clone(),
                new_name: name.clone(),
            };
            self.add(app, operation, Vec::new());
            self.old_fields.remove(&(app.clone(), model.clone(), renamed.old_name.clone()));
            self.old_fields.insert(renamed.key.clone());
        }
    }

    pub(super) fn generate_added_fields(&mut self) -> OrmResult<()> {
        let added: Vec<FieldKey> = self.new_fields.difference(&self.old_fields).cloned().collect();
        added.iter().try_for_each(|key| self.generate_added_field(key))
    }

    fn generate_added_field(&mut self, key: &FieldKey) -> OrmResult<()> {
        let model = Self::model_key(key);
        let mut field = self.to.get(&model)?.field(&key.2)?.clone();
        let mut waits_for = vec![Dependency::new(&model, Some(&key.2), Waits::Remove)];
        waits_for.extend(self.dependencies_of(&model, &field));
        if let Some(names) = field.facts.generated_from.clone() {
            self.wait_for_sources(&names, &mut waits_for)?;
        }
        let facts = &field.facts;
        let preserve_default = facts.null
            || facts.has_default
            || facts.has_db_default
            || field.is_many_to_many()
            || (facts.blank && facts.empty_strings_allowed)
            || (is_time(facts.kind) && facts.auto_now)
            || is_auto(facts.kind);
        if !preserve_default {
            let default = if is_time(facts.kind) && facts.auto_now_add {
                self.questioner.ask_auto_now_add_addition(&key.2, &key.1)?
            } else {
                self.questioner.ask_not_null_addition(&key.2, &key.1)?
            };
            field = Rc::new(field.with_default(Some(default)));
        }
        if field.facts.unique && field.facts.has_default && field.facts.callable_default {
            self.questioner.ask_unique_callable_default_addition(&key.2, &key.1)?;
        }
        let operation = Operation::AddField { model_name: key.1.clone(), name: key.2.clone(), field, preserve_default };
        self.add(&key.0, operation, waits_for);
        Ok(())
    }

    /// A generated field waits for the new fields that it reads, and for all new relations.
    fn wait_for_sources(&self, names: &[Rc<str>], waits_for: &mut Vec<Dependency>) -> OrmResult<()> {
        for key in self.new_fields.difference(&self.old_fields) {
            let model = Self::model_key(key);
            let field = self.to.get(&model)?.field(&key.2)?;
            if field.is_relation() || names.contains(&key.2) {
                waits_for.push(Dependency::new(&model, Some(&key.2), Waits::Create));
            }
        }
        Ok(())
    }

    pub(super) fn generate_removed_fields(&mut self) {
        let removed: Vec<FieldKey> = self.old_fields.difference(&self.new_fields).cloned().collect();
        for key in &removed {
            self.generate_removed_field(key);
        }
    }

    fn generate_removed_field(&mut self, key: &FieldKey) {
        let model = Self::model_key(key);
        let waits_for = vec![
            Dependency::new(&model, Some(&key.2), Waits::RemoveOrderWrt),
            Dependency::new(&model, Some(&key.2), Waits::AlterTogether),
        ];
        let operation = Operation::RemoveField { model_name: key.1.clone(), name: key.2.clone() };
        self.add(&key.0, operation, waits_for);
    }

    pub(super) fn generate_altered_fields(&mut self) -> OrmResult<()> {
        let kept: Vec<FieldKey> = self.old_fields.intersection(&self.new_fields).cloned().collect();
        kept.iter().try_for_each(|key| self.generate_altered_field(key))
    }

    fn generate_altered_field(&mut self, key: &FieldKey) -> OrmResult<()> {
        let model = Self::model_key(key);
        let (old_model, new_model) = self.both(&model)?;
        let old_name = self.renamed_fields.get(key).unwrap_or(&key.2).clone();
        let old = old_model.field(&old_name)?.clone();
        let mut new = new_model.field(&key.2)?.clone();
        let mut waits_for = Vec::new();
        if let Some(relation) = new.facts.relation.clone() {
            // Renames of what it points at are no change of the field.
            let target = resolve_relation(&relation.to, &model);
            if self.renamed_models.contains_key(&target) {
                new = Rc::new(new.with_target_of(&old, false));
            }
            if let Some(far) = new.to_field().cloned()
                && self.renamed_fields.contains_key(&(target.0.clone(), target.1.clone(), far))
            {
                new = Rc::new(new.with_target_of(&old, true));
            }
            if !relation.from_fields.is_empty() {
                new = Rc::new(self.with_old_names(&new, &model, &target));
            }
            waits_for.extend(self.dependencies_of(&model, &new));
            if let Some(through) = &relation.through
                && self.renamed_models.contains_key(&resolve_relation(through, &model))
                && let Some(before) = old.facts.relation.as_ref().and_then(|relation| relation.through.as_ref())
            {
                new = Rc::new(new.with_through(before));
            }
        }
        if *old == *new || old_name != key.2 {
            return Ok(());
        }
        if old.is_many_to_many() != new.is_many_to_many() {
            self.generate_removed_field(key);
            return self.generate_added_field(key);
        }
        let mut preserve_default = true;
        if old.facts.null
            && !new.facts.null
            && !new.facts.has_default
            && !new.facts.has_db_default
            && !new.is_many_to_many()
            && let Some(default) = self.questioner.ask_not_null_alteration(&key.2, &key.1)?
        {
            new = Rc::new(new.with_default(Some(default)));
            preserve_default = false;
        }
        let operation =
            Operation::AlterField { model_name: key.1.clone(), name: key.2.clone(), field: new, preserve_default };
        self.add(&key.0, operation, waits_for);
        Ok(())
    }

    /// A foreign object with the names that its fields had before.
    fn with_old_names(&self, field: &FieldState, model: &super::ModelKey, target: &super::ModelKey) -> FieldState {
        let mut field = field.clone();
        let Some(relation) = field.facts.relation.clone() else { return field };
        for name in &relation.from_fields {
            if let Some(old) = self.renamed_fields.get(&(model.0.clone(), model.1.clone(), name.clone())) {
                field = field.with_near_field_renamed(name, old);
            }
        }
        for name in relation.to_fields.iter().flatten().flatten() {
            if let Some(old) = self.renamed_fields.get(&(target.0.clone(), target.1.clone(), name.clone())) {
                field = field.with_far_field_renamed(name, old);
            }
        }
        field
    }
}
