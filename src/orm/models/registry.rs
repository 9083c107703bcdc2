//! The models that exist, by app and name.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Field, Model, Target};
use crate::orm::OrmResult;
use crate::orm::query::LookupClass;

/// An app, as far as models need one.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Its label.
    pub label: Rc<str>,
}

/// Where the ids of content types come from: a host keeps Django's cache and reads the table.
pub trait ContentTypes {
    /// The id of `model`'s content type.
    fn id_of(&self, model: &Model, for_concrete_model: bool) -> OrmResult<i64>;
}

/// All models of one program, in the order they were made.
#[derive(Default)]
pub struct Registry {
    models: RefCell<Vec<Model>>,
    by_name: RefCell<ByNames<Model>>,
    pending: RefCell<Vec<(Rc<str>, Field)>>,
    generation: Cell<u64>,
    content_types: RefCell<Option<Rc<dyn ContentTypes>>>,
    lookups: RefCell<ByNames<LookupClass>>,
    relations: RefCell<Option<(u64, RelationTree)>>,
}

/// What goes by two names: an app and a model, a class and a lookup.
type ByNames<T> = FxHashMap<(Rc<str>, Rc<str>), T>;

/// Relational fields by the address of the concrete model they point at.
type RelationTree = FxHashMap<usize, Vec<Field>>;

impl Registry {
    /// No models.
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Takes apart the models, which refer to each other: nothing uses them any more.
    pub fn dismantle(&self) {
        let models = self.models.take();
        for model in &models {
            model.dismantle();
        }
        drop((self.by_name.take(), self.pending.take(), self.content_types.take()));
        drop((self.lookups.take(), self.relations.take()));
    }

    /// Makes `model` findable, resolves what waited for its name, and forgets what was worked out of the models before.
    /// Gives the relations that had waited for it.
    pub fn register(&self, model: &Model) -> Vec<Field> {
        let key = (model.meta().app_label.clone(), model.model_name.clone());
        let previous = self.by_name.borrow_mut().insert(key, model.clone());
        let mut models = self.models.borrow_mut();
        match previous.and_then(|previous| models.iter().position(|known| *known == previous)) {
            Some(at) => models[at] = model.clone(),
            None => models.push(model.clone()),
        }
        drop(models);
        let label = model.label_lower();
        let ready: Vec<Field> = {
            let mut pending = self.pending.borrow_mut();
            let (ready, rest) = pending.drain(..).partition(|(name, _)| **name == *label);
            *pending = rest;
            ready
        }
        .into_iter()
        .map(|(_, field)| field)
        .collect();
        for field in &ready {
            self.resolve(field);
        }
        self.invalidate();
        ready
    }

    /// Resolves the names that `field`'s relation goes by, now or when such models appear.
    pub fn resolve(&self, field: &Field) {
        let Some(relation) = &field.relation else { return };
        let target = match &*relation.target.borrow() {
            Target::Name(name) => Some(name.to_lowercase()),
            Target::Model(_) => None,
        };
        if let Some(name) = target {
            match self.find_label(&name) {
                Some(model) => *relation.target.borrow_mut() = Target::Model(model),
                None => self.pending.borrow_mut().push((name.into(), field.clone())),
            }
        }
        let through = match &*relation.through.borrow() {
            Some(Target::Name(name)) => name.to_lowercase(),
            _ => return,
        };
        match self.find_label(&through) {
            Some(model) => *relation.through.borrow_mut() = Some(Target::Model(model)),
            None => self.pending.borrow_mut().push((through.into(), field.clone())),
        }
    }

    /// The model called `app.model`, in any case.
    pub fn find_label(&self, label: &str) -> Option<Model> {
        let (app, name) = label.split_once('.')?;
        self.find(app, name)
    }

    /// The model `name` of app `app_label`; the name in any case.
    pub fn find(&self, app_label: &str, name: &str) -> Option<Model> {
        let models = self.by_name.borrow();
        models.get(&(Rc::from(app_label), Rc::from(name.to_lowercase()))).cloned().or_else(|| {
            let wanted = app_label.to_lowercase();
            models
                .iter()
                .find(|((app, model), _)| app.to_lowercase() == wanted && **model == *name.to_lowercase())
                .map(|(_, model)| model.clone())
        })
    }

    /// The relations that wait for a model, each with that model's lower-case label.
    pub fn pending(&self) -> Vec<(Rc<str>, Field)> {
        self.pending.borrow().clone()
    }

    /// All models, automatic ones included, in the order they were made.
    pub fn models(&self) -> Vec<Model> {
        self.models.borrow().clone()
    }

    /// Changes whenever a model is added, so that what was worked out before is known to be old.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// Marks everything that was worked out of the set of models as old.
    pub fn invalidate(&self) {
        self.generation.set(self.generation.get() + 1);
    }

    /// The relational fields of all models that point at `model`, in the order of the models.
    pub fn relations_to(&self, model: &Model) -> Vec<Field> {
        let address = model.concrete_model().address();
        if let Some((at, tree)) = &*self.relations.borrow()
            && *at == self.generation()
        {
            return tree.get(&address).cloned().unwrap_or_default();
        }
        let mut tree = RelationTree::default();
        for holder in self.models.borrow().iter() {
            let meta = holder.meta();
            if meta.is_abstract || meta.swapped.is_some() {
                continue;
            }
            let fields = [holder.local_fields(), holder.local_many_to_many(), holder.private_fields()];
            for field in fields.into_iter().flatten() {
                if let Some(target) = field.relation.as_ref().and_then(|relation| relation.model()) {
                    tree.entry(target.concrete_model().address()).or_default().push(field);
                }
            }
        }
        let found = tree.get(&address).cloned().unwrap_or_default();
        *self.relations.borrow_mut() = Some((self.generation(), tree));
        found
    }

    /// Says where the ids of content types come from.
    pub fn set_content_types(&self, content_types: Rc<dyn ContentTypes>) {
        *self.content_types.borrow_mut() = Some(content_types);
    }

    /// Where the ids of content types come from.
    pub fn content_types(&self) -> Option<Rc<dyn ContentTypes>> {
        self.content_types.borrow().clone()
    }

    /// `Class.register_lookup(lookup, name)` for a field, transform or expression class of that name.
    pub fn register_lookup(&self, class: &str, name: &str, lookup: LookupClass) {
        self.lookups.borrow_mut().insert((class.into(), name.into()), lookup);
    }

    /// Undoes [`Self::register_lookup`].
    pub fn unregister_lookup(&self, class: &str, name: &str) {
        self.lookups.borrow_mut().remove(&(class.into(), name.into()));
    }

    /// What was registered for `class` itself under `name`.
    pub fn registered_lookup(&self, class: &str, name: &str) -> Option<LookupClass> {
        let lookups = self.lookups.borrow();
        if lookups.is_empty() {
            return None;
        }
        lookups.get(&(class.into(), name.into())).cloned()
    }

    /// The name under which a single field's own lookups are registered.
    pub fn name_of_field(field: &Field) -> String {
        format!("#{}", field.serial)
    }

    /// What was registered for one field alone.
    pub fn registered_for_field(&self, field: &Field, name: &str) -> Option<LookupClass> {
        if self.lookups.borrow().is_empty() {
            return None;
        }
        self.registered_lookup(&Self::name_of_field(field), name)
    }

    /// The names registered for `class` itself.
    pub fn registered_names(&self, class: &str) -> Vec<Rc<str>> {
        self.lookups.borrow().keys().filter(|(known, _)| **known == *class).map(|(_, name)| name.clone()).collect()
    }

    /// Breaks the circles between models and their fields, so that all of it is freed. The models are of no use afterwards.
    pub fn dispose(&self) {
        for model in self.models.take() {
            model.dispose();
        }
        self.by_name.take();
        self.pending.take();
        self.lookups.take();
        self.relations.take();
        self.content_types.take();
    }
}
