//! [`Autodetector`]: the operations that lead from one state of a project to another.

mod build;
mod fields;
mod models;
mod options;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::field::{FieldState, ModelKey, resolve_relation};
use super::literal::Made;
use super::operation::Operation;
use super::questioner::Questioner;
use super::state::{ModelState, ProjectState};
use crate::orm::{OrmError, OrmResult};

pub use build::{Graph, Migration};

/// A field of a model.
type FieldKey = (Rc<str>, Rc<str>, Rc<str>);

/// What an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Create,
    Remove,
    Alter,
    RemoveOrderWrt,
    AlterTogether,
}

/// An operation that must come before another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dependency {
    app: Rc<str>,
    model: Rc<str>,
    field: Option<Rc<str>>,
    waits: Waits,
}

impl Dependency {
    fn new(key: &ModelKey, field: Option<&Rc<str>>, waits: Waits) -> Self {
        Self { app: key.0.clone(), model: key.1.clone(), field: field.cloned(), waits }
    }
}

/// In the place of an app's label: the model is the one that a setting names.
const SETTING: &str = "__setting__";

/// An operation with what it waits for.
struct Pending {
    operation: Operation,
    waits_for: Vec<Dependency>,
}

/// A field that another name was found for.
struct RenamedField {
    key: FieldKey,
    old_name: Rc<str>,
    old_db_column: Option<Rc<str>>,
    field: Rc<FieldState>,
}

/// The indexes or constraints of a model that came, went, and changed.
#[derive(Default)]
struct Changed {
    added: Vec<Rc<Made>>,
    removed: Vec<Rc<Made>>,
    altered: Vec<Rc<Made>>,
    renamed: Vec<(Rc<str>, Rc<str>)>,
}

/// Compares two states.
pub struct Autodetector<'a> {
    from: ProjectState,
    to: ProjectState,
    questioner: &'a mut dyn Questioner,
    /// The model that `AUTH_USER_MODEL` names, in lower case.
    user_model: ModelKey,
    operations: BTreeMap<Rc<str>, Vec<Pending>>,
    old_models: BTreeSet<ModelKey>,
    old_proxies: BTreeSet<ModelKey>,
    old_unmanaged: BTreeSet<ModelKey>,
    new_models: BTreeSet<ModelKey>,
    new_proxies: BTreeSet<ModelKey>,
    new_unmanaged: BTreeSet<ModelKey>,
    renamed_models: BTreeMap<ModelKey, Rc<str>>,
    renamed_labels: BTreeMap<String, String>,
    old_fields: BTreeSet<FieldKey>,
    new_fields: BTreeSet<FieldKey>,
    through_users: BTreeMap<ModelKey, (ModelKey, Rc<str>)>,
    renamed_fields: BTreeMap<FieldKey, Rc<str>>,
    field_renames: Vec<RenamedField>,
    indexes: Vec<(ModelKey, Changed)>,
    constraints: Vec<(ModelKey, Changed)>,
}

impl<'a> Autodetector<'a> {
    /// A comparison of two states. `user_model` is the label that `AUTH_USER_MODEL` holds.
    pub fn new(
        from: &ProjectState,
        to: &ProjectState,
        user_model: &str,
        questioner: &'a mut dyn Questioner,
    ) -> Autodetector<'a> {
        let nowhere: ModelKey = ("".into(), "".into());
        Autodetector {
            from: from.clone(),
            to: to.clone(),
            questioner,
            user_model: resolve_relation(user_model, &nowhere),
            operations: BTreeMap::new(),
            old_models: BTreeSet::new(),
            old_proxies: BTreeSet::new(),
            old_unmanaged: BTreeSet::new(),
            new_models: BTreeSet::new(),
            new_proxies: BTreeSet::new(),
            new_unmanaged: BTreeSet::new(),
            renamed_models: BTreeMap::new(),
            renamed_labels: BTreeMap::new(),
            old_fields: BTreeSet::new(),
            new_fields: BTreeSet::new(),
            through_users: BTreeMap::new(),
            renamed_fields: BTreeMap::new(),
            field_renames: Vec::new(),
            indexes: Vec::new(),
            constraints: Vec::new(),
        }
    }

    /// The migrations of each app, named and numbered after what `graph` holds.
    pub fn changes(mut self, graph: &Graph, name: Option<&str>) -> OrmResult<Vec<Migration>> {
        let existing: BTreeSet<Rc<str>> = self.from.models.iter().map(|model| model.app_label.clone()).collect();
        self.sort_keys();
        self.generate_renamed_models()?;
        self.prepare_fields()?;
        self.generate_deleted_models()?;
        self.generate_created_models()?;
        self.generate_deleted_proxies();
        self.generate_created_proxies()?;
        self.generate_altered_options()?;
        self.generate_altered_managers()?;
        self.generate_altered_db_table_comment()?;
        self.create_renamed_fields()?;
        self.create_altered_indexes()?;
        self.create_altered_constraints()?;
        self.generate_removed_constraints();
        self.generate_removed_indexes();
        self.generate_renamed_fields();
        self.generate_renamed_indexes();
        self.generate_altered_together(true)?;
        self.generate_removed_fields();
        self.generate_added_fields()?;
        self.generate_altered_fields()?;
        self.generate_altered_order_with_respect_to()?;
        self.generate_altered_together(false)?;
        self.generate_added_made()?;
        self.generate_altered_db_table()?;
        self.sort_operations()?;
        let mut migrations = self.build(graph, &existing)?;
        build::arrange(&mut migrations, graph, name);
        Ok(migrations)
    }

    fn sort_keys(&mut self) {
        for (models, normal, proxies, unmanaged) in [
            (&self.from.models, &mut self.old_models, &mut self.old_proxies, &mut self.old_unmanaged),
            (&self.to.models, &mut self.new_models, &mut self.new_proxies, &mut self.new_unmanaged),
        ] {
            for model in models {
                let list = if !model.is_managed() {
                    &mut *unmanaged
                } else if model.is_proxy() {
                    &mut *proxies
                } else {
                    &mut *normal
                };
                list.insert(model.key());
            }
        }
    }

    fn add(&mut self, app: &Rc<str>, operation: Operation, waits_for: Vec<Dependency>) {
        self.operations.entry(app.clone()).or_default().push(Pending { operation, waits_for });
    }

    fn add_first(&mut self, app: &Rc<str>, operation: Operation, waits_for: Vec<Dependency>) {
        self.operations.entry(app.clone()).or_default().insert(0, Pending { operation, waits_for });
    }

    /// The models that both states have.
    fn kept(&self) -> Vec<ModelKey> {
        self.old_models.intersection(&self.new_models).cloned().collect()
    }

    /// The models that both states have, proxies and unmanaged ones too.
    fn kept_at_all(&self) -> BTreeSet<ModelKey> {
        let mut all: BTreeSet<ModelKey> = self.kept().into_iter().collect();
        all.extend(self.old_proxies.intersection(&self.new_proxies).cloned());
        all.extend(self.old_unmanaged.intersection(&self.new_unmanaged).cloned());
        all
    }

    /// The key that a model has in the old state.
    fn old_key(&self, key: &ModelKey) -> ModelKey {
        match self.renamed_models.get(key) {
            Some(old) => (key.0.clone(), old.clone()),
            None => key.clone(),
        }
    }

    fn both(&self, key: &ModelKey) -> OrmResult<(Rc<ModelState>, Rc<ModelState>)> {
        Ok((self.from.get(&self.old_key(key))?.clone(), self.to.get(key)?.clone()))
    }

    /// What a field waits for: the models that it points at.
    fn dependencies_of(&self, key: &ModelKey, field: &FieldState) -> Vec<Dependency> {
        let Some(relation) = &field.facts.relation else { return Vec::new() };
        let mut all = Vec::new();
        match &relation.setting {
            Some(setting) => {
                all.push(Dependency { app: SETTING.into(), model: setting.clone(), field: None, waits: Waits::Create });
            }
            None => all.push(Dependency::new(&resolve_relation(&relation.to, key), None, Waits::Create)),
        }
        if let Some(through) = &relation.through {
            all.push(Dependency::new(&resolve_relation(through, key), None, Waits::Create));
        }
        all
    }

    /// What a model's relations wait for.
    fn dependencies_of_model(&self, key: &ModelKey) -> OrmResult<Vec<Dependency>> {
        let model = self.to.get(key)?.clone();
        Ok(model.fields.iter().flat_map(|(_, field)| self.dependencies_of(key, field)).collect())
    }

    /// A dependency on the model that a setting names, as one on the model; and whether it was such a one.
    fn resolve(&self, dependency: &Dependency) -> (Dependency, bool) {
        if *dependency.app != *SETTING {
            return (dependency.clone(), false);
        }
        let mut resolved = dependency.clone();
        (resolved.app, resolved.model) = self.user_model.clone();
        (resolved, true)
    }
}

fn dedupe(dependencies: Vec<Dependency>) -> Vec<Dependency> {
    let mut all: Vec<Dependency> = Vec::with_capacity(dependencies.len());
    for dependency in dependencies {
        if !all.contains(&dependency) {
            all.push(dependency);
        }
    }
    all
}

/// Whether `operation` is what `dependency` waits for.
fn satisfies(operation: &Operation, dependency: &Dependency) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let model = &dependency.model;
    match (&dependency.field, dependency.waits) {
        (None, Waits::Create) => matches!(operation, Operation::CreateModel { name, .. } if same(name, model)),
        (Some(field), Waits::Create) => match operation {
            Operation::CreateModel { name, fields, .. } => {
                same(name, model) && fields.iter().any(|(known, _)| known == field)
            }
            Operation::AddField { model_name, name, .. } => same(model_name, model) && same(name, field),
            _ => false,
        },
        (Some(field), Waits::Remove) => {
            matches!(operation, Operation::RemoveField { model_name, name } if same(model_name, model) && same(name, field))
        }
        (None, Waits::Remove) => matches!(operation, Operation::DeleteModel { name } if same(name, model)),
        (Some(field), Waits::Alter) => matches!(operation,
            Operation::AlterField { model_name, name, .. } if same(model_name, model) && same(name, field)),
        (Some(field), Waits::RemoveOrderWrt) => matches!(operation,
            Operation::AlterOrderWithRespectTo { name, field: now }
                if same(name, model) && !same(now.as_deref().unwrap_or(""), field)),
        (Some(_), Waits::AlterTogether) => {
            matches!(operation, Operation::AlterTogether { name, .. } if same(name, model))
        }
        _ => false,
    }
}

/// The error for a circle of operations.
fn circle() -> OrmError {
    OrmError::value_error("Cannot resolve operation dependencies: they form a circle")
}
