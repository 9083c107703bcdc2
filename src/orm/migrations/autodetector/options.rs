//! Options, indexes and constraints that changed.

use std::rc::Rc;

use super::{Autodetector, Changed, Dependency, ModelKey, Waits};
use crate::orm::OrmResult;
use crate::orm::migrations::forwards::ALTER_OPTION_KEYS;
use crate::orm::migrations::literal::{Argument, Literal, Made, same_keywords};
use crate::orm::migrations::operation::Operation;
use crate::orm::migrations::state::{Options, groups_of};

/// The options that make no difference to the database.
fn plain_options(options: &Options) -> Options {
    Options(options.0.iter().filter(|(name, _)| ALTER_OPTION_KEYS.contains(&&**name)).cloned().collect())
}

fn missing(from: &[Rc<Made>], among: &[Rc<Made>]) -> Vec<Rc<Made>> {
    from.iter().filter(|made| !among.contains(made)).cloned().collect()
}

impl Autodetector<'_> {
    pub(super) fn generate_altered_options(&mut self) -> OrmResult<()> {
        let mut keys = self.kept_at_all();
        keys.extend(self.old_unmanaged.intersection(&self.new_models).cloned());
        keys.extend(self.old_models.intersection(&self.new_unmanaged).cloned());
        for key in keys {
            let (old, new) = self.both(&key)?;
            let (old, new) = (plain_options(&old.options), plain_options(&new.options));
            if !same_keywords(&old.0, &new.0) {
                self.add(&key.0, Operation::AlterModelOptions { name: key.1.clone(), options: new }, Vec::new());
            }
        }
        Ok(())
    }

    pub(super) fn generate_altered_managers(&mut self) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            if old.managers != new.managers {
                let operation = Operation::AlterModelManagers { name: key.1.clone(), managers: new.managers.clone() };
                self.add(&key.0, operation, Vec::new());
            }
        }
        Ok(())
    }

    pub(super) fn generate_altered_db_table(&mut self) -> OrmResult<()> {
        for key in self.kept_at_all() {
            let (old, new) = self.both(&key)?;
            let (old, new) = (old.options.text("db_table"), new.options.text("db_table"));
            if old != new {
                self.add(&key.0, Operation::AlterModelTable { name: key.1.clone(), table: new }, Vec::new());
            }
        }
        Ok(())
    }

    pub(super) fn generate_altered_db_table_comment(&mut self) -> OrmResult<()> {
        for key in self.kept_at_all() {
            let (old, new) = self.both(&key)?;
            let comment = |options: &Options| options.literal("db_table_comment").cloned().unwrap_or(Literal::None);
            let (old, new) = (comment(&old.options), comment(&new.options));
            if old != new {
                let operation =
                    Operation::AlterModelTableComment { name: key.1.clone(), comment: Argument::plain(new) };
                self.add(&key.0, operation, Vec::new());
            }
        }
        Ok(())
    }

    pub(super) fn generate_altered_order_with_respect_to(&mut self) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            let (old, new) = (old.options.text("order_with_respect_to"), new.options.text("order_with_respect_to"));
            if old != new {
                let waits_for = new.iter().map(|name| Dependency::new(&key, Some(name), Waits::Create)).collect();
                let operation = Operation::AlterOrderWithRespectTo { name: key.1.clone(), field: new };
                self.add(&key.0, operation, waits_for);
            }
        }
        Ok(())
    }

    /// `unique_together`: first without the groups that went, later with those that came.
    pub(super) fn generate_altered_together(&mut self, removing: bool) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            let mut before = old.options.together("unique_together");
            for name in before.iter_mut().flatten() {
                if let Some(old_name) = self.renamed_fields.get(&(key.0.clone(), key.1.clone(), name.clone())) {
                    *name = old_name.clone();
                }
            }
            let after = new.options.literal("unique_together").map(groups_of).unwrap_or_default();
            let same = before.len() == after.len() && before.iter().all(|group| after.contains(group));
            if same {
                continue;
            }
            let mut waits_for = Vec::new();
            for name in after.iter().flatten() {
                let field = new.field(name)?.clone();
                waits_for.extend(self.dependencies_of(&key, &field));
            }
            let kept: Vec<Vec<Rc<str>>> = after.iter().filter(|group| before.contains(group)).cloned().collect();
            let groups = if removing {
                if kept.is_empty() && before.is_empty() {
                    continue;
                }
                kept
            } else {
                if kept.len() == after.len() {
                    continue;
                }
                after
            };
            let operation = Operation::AlterTogether { name: key.1.clone(), index: false, groups: Some(groups) };
            self.add(&key.0, operation, waits_for);
        }
        Ok(())
    }

    pub(super) fn create_altered_indexes(&mut self) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            let (old, new) = (old.options.made("indexes"), new.options.made("indexes"));
            let (mut added, mut removed) = (missing(new, old), missing(old, new));
            let mut renamed = Vec::new();
            let ignored: [Rc<str>; 1] = ["name".into()];
            let (mut from_added, mut from_removed) = (Vec::new(), Vec::new());
            for now in &added {
                for before in &removed {
                    if now.same_but(before, &ignored) && now.name != before.name {
                        renamed.push((before.name.clone(), now.name.clone()));
                        from_added.push(now.clone());
                        from_removed.push(before.clone());
                    }
                }
            }
            added.retain(|index| !from_added.contains(index));
            removed.retain(|index| !from_removed.contains(index));
            self.indexes.push((key, Changed { added, removed, renamed, altered: Vec::new() }));
        }
        Ok(())
    }

    pub(super) fn create_altered_constraints(&mut self) -> OrmResult<()> {
        for key in self.kept() {
            let (old, new) = self.both(&key)?;
            let (old, new) = (old.options.made("constraints"), new.options.made("constraints"));
            let mut altered: Vec<Rc<Made>> = Vec::new();
            for before in old {
                for now in new {
                    let ignored: Vec<Rc<str>> = before.non_db.iter().chain(&now.non_db).cloned().collect();
                    if before != now && before.name == now.name && before.same_but(now, &ignored) {
                        altered.push(now.clone());
                    }
                }
            }
            let untouched = |made: &Rc<Made>| !altered.iter().any(|known| known.name == made.name);
            let mut added = missing(new, old);
            added.retain(&untouched);
            let mut removed = missing(old, new);
            removed.retain(&untouched);
            self.constraints.push((key, Changed { added, removed, altered, renamed: Vec::new() }));
        }
        Ok(())
    }

    pub(super) fn generate_removed_constraints(&mut self) {
        for (key, names) in names_of(&self.constraints, |changed| &changed.removed) {
            for name in names {
                let operation = Operation::RemoveConstraint { model_name: key.1.clone(), name };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    pub(super) fn generate_removed_indexes(&mut self) {
        for (key, names) in names_of(&self.indexes, |changed| &changed.removed) {
            for name in names {
                let operation = Operation::RemoveIndex { model_name: key.1.clone(), name };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    pub(super) fn generate_renamed_indexes(&mut self) {
        let all: Vec<_> = self.indexes.iter().map(|(key, changed)| (key.clone(), changed.renamed.clone())).collect();
        for (key, renamed) in all {
            for (old_name, new_name) in renamed {
                let operation = Operation::RenameIndex {
                    model_name: key.1.clone(),
                    new_name,
                    old_name: Some(old_name),
                    old_fields: None,
                };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    /// New indexes, new constraints, and constraints that say otherwise what they refuse.
    pub(super) fn generate_added_made(&mut self) -> OrmResult<()> {
        for (key, changed) in std::mem::take(&mut self.indexes) {
            let waits_for = self.dependencies_of_model(&key)?;
            for index in changed.added {
                self.add(&key.0, Operation::AddIndex { model_name: key.1.clone(), index }, waits_for.clone());
            }
        }
        let constraints = std::mem::take(&mut self.constraints);
        for (key, changed) in &constraints {
            let waits_for = self.dependencies_of_model(key)?;
            for constraint in &changed.added {
                let operation = Operation::AddConstraint { model_name: key.1.clone(), constraint: constraint.clone() };
                self.add(&key.0, operation, waits_for.clone());
            }
        }
        for (key, changed) in &constraints {
            let waits_for = self.dependencies_of_model(key)?;
            for constraint in &changed.altered {
                let operation = Operation::AlterConstraint {
                    model_name: key.1.clone(),
                    name: constraint.name.clone(),
                    constraint: constraint.clone(),
                };
                self.add(&key.0, operation, waits_for.clone());
            }
        }
        Ok(())
    }
}

fn names_of(all: &[(ModelKey, Changed)], part: impl Fn(&Changed) -> &Vec<Rc<Made>>) -> Vec<(ModelKey, Vec<Rc<str>>)> {
    all.iter()
        .map(|(key, changed)| (key.clone(), part(changed).iter().map(|made| made.name.clone()).collect()))
        .collect()
}
