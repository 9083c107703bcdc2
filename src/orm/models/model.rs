//! A model class and what `_meta` answers about it.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Field, FieldData, FieldKind, Meta, PathInfo, Registry, Side};
use crate::orm::{OrmError, OrmResult};

/// What a model class declares.
pub struct ModelData {
    /// The class's name.
    pub name: Rc<str>,
    /// The name in lower case.
    pub model_name: Rc<str>,
    /// The registry that its relations resolve in.
    pub registry: Rc<Registry>,
    meta: RefCell<Rc<Meta>>,
    local_fields: RefCell<Vec<Field>>,
    local_many_to_many: RefCell<Vec<Field>>,
    private_fields: RefCell<Vec<Field>>,
    parents: RefCell<Vec<(Model, Option<Field>)>>,
    proxy_for: RefCell<Option<Model>>,
    pk: RefCell<Option<Field>>,
    known: RefCell<Option<(u64, Rc<Known>)>>,
}

/// What follows from the declarations of all models, worked out once until a model is added.
#[derive(Default)]
struct Known {
    forward: Rc<[Field]>,
    fields: Rc<[Field]>,
    concrete: Rc<[Field]>,
    many_to_many: Rc<[Field]>,
    forward_map: FxHashMap<Rc<str>, Field>,
    all_parents: Rc<[Model]>,
    reverse: RefCell<Option<Rc<Reverse>>>,
    paths: RefCell<FxHashMap<Side, Rc<[PathInfo]>>>,
}

#[derive(Default)]
struct Reverse {
    related_objects: Rc<[Field]>,
    map: FxHashMap<Rc<str>, Field>,
}

/// A shared handle to a model; two handles are equal when they are the same class.
#[derive(Clone)]
pub struct Model(Rc<ModelData>);

impl Deref for Model {
    type Target = ModelData;
    fn deref(&self) -> &ModelData {
        &self.0
    }
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Model {}

impl std::hash::Hash for Model {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Model {
    /// A model without fields yet. It is not findable before [`Registry::register`].
    pub fn new(registry: &Rc<Registry>, name: &str, meta: Meta) -> Self {
        Self(Rc::new(ModelData {
            name: name.into(),
            model_name: name.to_lowercase().into(),
            registry: registry.clone(),
            meta: RefCell::new(Rc::new(meta)),
            local_fields: RefCell::default(),
            local_many_to_many: RefCell::default(),
            private_fields: RefCell::default(),
            parents: RefCell::default(),
            proxy_for: RefCell::default(),
            pk: RefCell::default(),
            known: RefCell::default(),
        }))
    }

    /// Lets go of fields, parents and what was worked out of them.
    pub(super) fn dismantle(&self) {
        let data = &*self.0;
        drop((data.local_fields.take(), data.local_many_to_many.take(), data.private_fields.take()));
        drop((data.parents.take(), data.proxy_for.take(), data.pk.take(), data.known.take()));
    }

    /// `Meta`, as it stands.
    pub fn meta(&self) -> Rc<Meta> {
        self.meta.borrow().clone()
    }

    /// Replaces `Meta`, as a host does while it builds the class.
    pub fn set_meta(&self, meta: Meta) {
        *self.meta.borrow_mut() = Rc::new(meta);
        self.registry.invalidate();
    }

    /// `db_table`.
    pub fn db_table(&self) -> Rc<str> {
        self.meta.borrow().db_table.clone()
    }

    /// `app.Model`.
    pub fn label(&self) -> String {
        format!("{}.{}", self.meta.borrow().app_label, self.name)
    }

    /// `app.model`.
    pub fn label_lower(&self) -> String {
        format!("{}.{}", self.meta.borrow().app_label, self.model_name)
    }

    /// Adds a field as `contribute_to_class` does: fills in what follows from its name, sorts it among the others by
    /// creation, makes it the primary key when it says so, and resolves its relation once both sides exist.
    pub fn add_field(&self, field: FieldData) -> Field {
        let field = self.bind(field);
        let list = if field.is_many_to_many() {
            &self.local_many_to_many
        } else if matches!(field.kind, FieldKind::GenericForeignKey | FieldKind::GenericRelation) {
            &self.private_fields
        } else {
            &self.local_fields
        };
        {
            let mut list = list.borrow_mut();
            let at = if matches!(field.kind, FieldKind::GenericForeignKey | FieldKind::GenericRelation) {
                list.len()
            } else {
                list.partition_point(|known| known.creation_counter <= field.creation_counter)
            };
            list.insert(at, field.clone());
        }
        if self.pk.borrow().is_none() && field.is_primary_key() {
            *self.pk.borrow_mut() = Some(field.clone());
        }
        self.registry.resolve(&field);
        self.registry.invalidate();
        field
    }

    /// Adds a field that is not part of the model's columns, as `contribute_to_class(private_only=True)` does.
    pub fn add_private_field(&self, field: FieldData) -> Field {
        let field = self.bind(field);
        self.private_fields.borrow_mut().push(field.clone());
        self.registry.resolve(&field);
        self.registry.invalidate();
        field
    }

    fn bind(&self, mut field: FieldData) -> Field {
        super::relation::name_relation(self, &mut field);
        field.fill_names();
        let _ = field.model.set(self.clone());
        field.finish()
    }

    /// Makes `field` the primary key, whatever came before.
    pub fn set_pk(&self, field: &Field) {
        *self.pk.borrow_mut() = Some(field.clone());
        self.registry.invalidate();
    }

    /// Adds a parent of multi-table inheritance with the field that links to it; a proxy's parent has none.
    pub fn add_parent(&self, parent: &Self, link: Option<&Field>) {
        self.parents.borrow_mut().push((parent.clone(), link.cloned()));
        self.registry.invalidate();
    }

    /// Makes this a proxy of `target`.
    pub fn set_proxy_for(&self, target: &Self) {
        *self.pk.borrow_mut() = target.pk.borrow().clone();
        *self.proxy_for.borrow_mut() = Some(target.clone());
        let mut meta = (*self.meta()).clone();
        meta.proxy = true;
        meta.db_table = target.db_table();
        self.set_meta(meta);
    }

    /// The model that a proxy stands for, one step on.
    pub fn proxy_for(&self) -> Option<Self> {
        self.proxy_for.borrow().clone()
    }

    /// The model whose table holds the rows: itself, unless it is a proxy.
    pub fn concrete_model(&self) -> Self {
        match &*self.proxy_for.borrow() {
            Some(target) => target.concrete_model(),
            None => self.clone(),
        }
    }

    /// The fields that the class itself declares, by creation.
    pub fn local_fields(&self) -> Vec<Field> {
        self.local_fields.borrow().clone()
    }

    /// The many-to-many fields that the class itself declares.
    pub fn local_many_to_many(&self) -> Vec<Field> {
        self.local_many_to_many.borrow().clone()
    }

    /// Generic foreign keys and relations.
    pub fn private_fields(&self) -> Vec<Field> {
        self.private_fields.borrow().clone()
    }

    /// The parents of multi-table inheritance and of proxies, in order.
    pub fn parents(&self) -> Vec<(Self, Option<Field>)> {
        self.parents.borrow().clone()
    }

    /// The primary key.
    pub fn pk(&self) -> OrmResult<Field> {
        self.pk_or_none().ok_or_else(|| OrmError::attribute_error("'NoneType' object has no attribute 'name'"))
    }

    /// The primary key; an abstract model may have none.
    pub fn pk_or_none(&self) -> Option<Field> {
        self.pk.borrow().clone()
    }

    /// The fields that make up the primary key.
    pub fn pk_fields(&self) -> OrmResult<Vec<Field>> {
        let pk = self.pk()?;
        if pk.kind != FieldKind::CompositePrimaryKey {
            return Ok(vec![pk]);
        }
        pk.composite.iter().map(|name| self.forward_field(name)).collect()
    }

    fn known(&self) -> Rc<Known> {
        let generation = self.registry.generation();
        if let Some((at, known)) = &*self.known.borrow()
            && *at == generation
        {
            return known.clone();
        }
        let known = Rc::new(self.work_out());
        *self.known.borrow_mut() = Some((generation, known.clone()));
        known
    }

    fn work_out(&self) -> Known {
        let mut all_parents: Vec<Self> = Vec::new();
        let parents = self.parents();
        for (parent, _) in &parents {
            if !all_parents.contains(parent) {
                all_parents.push(parent.clone());
            }
        }
        for (parent, _) in &parents {
            for ancestor in parent.all_parents().iter() {
                if !all_parents.contains(ancestor) {
                    all_parents.push(ancestor.clone());
                }
            }
        }
        let mut forward: Vec<Field> = Vec::new();
        for (parent, _) in &parents {
            for field in parent.inherited_fields() {
                if !forward.contains(&field) {
                    forward.push(field);
                }
            }
        }
        forward.extend(self.local_fields());
        forward.extend(self.local_many_to_many());
        forward.extend(self.private_fields());
        let fields: Rc<[Field]> = forward
            .iter()
            .filter(|f| {
                !f.is_many_to_many() && !matches!(f.kind, FieldKind::GenericRelation | FieldKind::GenericForeignKey)
            })
            .cloned()
            .collect();
        let concrete = fields.iter().filter(|f| f.is_concrete()).cloned().collect();
        let many_to_many = forward.iter().filter(|f| f.is_many_to_many()).cloned().collect();
        let mut forward_map = FxHashMap::default();
        for field in &forward {
            forward_map.insert(field.name.clone(), field.clone());
            if field.attname != field.name {
                forward_map.insert(field.attname.clone(), field.clone());
            }
        }
        Known {
            forward: forward.into(),
            fields,
            concrete,
            many_to_many,
            forward_map,
            all_parents: all_parents.into(),
            reverse: RefCell::default(),
            paths: RefCell::default(),
        }
    }

    /// What children of multi-table inheritance see of this model: everything but the private fields.
    fn inherited_fields(&self) -> Vec<Field> {
        let private = self.private_fields();
        self.known().forward.iter().filter(|field| !private.contains(field)).cloned().collect()
    }

    /// `_meta.get_fields()` without reverse relations, private fields included.
    pub fn forward_fields(&self) -> Rc<[Field]> {
        self.known().forward.clone()
    }

    /// `_meta.fields`: forward fields without many-to-many and generic ones.
    pub fn fields(&self) -> Rc<[Field]> {
        self.known().fields.clone()
    }

    /// `_meta.concrete_fields`: those with a column.
    pub fn concrete_fields(&self) -> Rc<[Field]> {
        self.known().concrete.clone()
    }

    /// `_meta.many_to_many`.
    pub fn many_to_many(&self) -> Rc<[Field]> {
        self.known().many_to_many.clone()
    }

    /// `_meta.all_parents`, nearest first.
    pub fn all_parents(&self) -> Rc<[Self]> {
        self.known().all_parents.clone()
    }

    /// Whether the class descends from `other`, or is it.
    pub fn is_subclass_of(&self, other: &Self) -> bool {
        self == other || self.all_parents().contains(other)
    }

    fn reverse(&self) -> Rc<Reverse> {
        let known = self.known();
        if let Some(reverse) = &*known.reverse.borrow() {
            return reverse.clone();
        }
        let all = self.reverse_fields();
        let mut map = FxHashMap::default();
        for field in &all {
            map.insert(field.related_query_name(), field.clone());
        }
        let related_objects = all.into_iter().filter(|f| !f.is_hidden_relation() || f.is_many_to_many()).collect();
        let reverse = Rc::new(Reverse { related_objects, map });
        *known.reverse.borrow_mut() = Some(reverse.clone());
        reverse
    }

    /// Relational fields that point here, the parents' first, hidden ones included.
    fn reverse_fields(&self) -> Vec<Field> {
        let concrete = self.concrete_model();
        let mut all: Vec<Field> = Vec::new();
        for (parent, _) in self.parents() {
            for field in parent.reverse_fields() {
                let link = field.relation.as_ref().is_some_and(|relation| relation.parent_link);
                let here = field.relation.as_ref().and_then(|relation| relation.model()) == Some(concrete.clone());
                if (!link || here) && !all.contains(&field) {
                    all.push(field);
                }
            }
        }
        if !self.meta.borrow().proxy {
            all.extend(self.registry.relations_to(self));
        }
        all
    }

    /// `_meta.related_objects`: the fields elsewhere that point here.
    pub fn related_objects(&self) -> Rc<[Field]> {
        self.reverse().related_objects.clone()
    }

    /// `_meta.get_fields()`: reverse relations that are not hidden, then forward fields, the parents' before each.
    pub fn get_fields(&self, include_hidden: bool) -> Vec<Side> {
        let concrete = self.concrete_model();
        let mut all: Vec<Side> = Vec::new();
        self.collect_fields(include_hidden, true, &concrete, &mut all);
        all
    }

    fn collect_fields(&self, include_hidden: bool, topmost: bool, _concrete: &Self, all: &mut Vec<Side>) {
        let concrete = self.concrete_model();
        for (parent, _) in self.parents() {
            let mut inherited = Vec::new();
            parent.collect_fields(include_hidden, false, &concrete, &mut inherited);
            for side in inherited {
                let keep = match &side {
                    Side::Forward(_) => true,
                    Side::Reverse(field) => field
                        .relation
                        .as_ref()
                        .is_none_or(|relation| !relation.parent_link || relation.model().as_ref() == Some(&concrete)),
                };
                if keep && !all.contains(&side) {
                    all.push(side);
                }
            }
        }
        if !self.meta.borrow().proxy {
            for field in self.registry.relations_to(self) {
                if include_hidden || !field.is_hidden_relation() {
                    all.push(Side::Reverse(field));
                }
            }
        }
        all.extend(self.local_fields().into_iter().map(Side::Forward));
        all.extend(self.local_many_to_many().into_iter().map(Side::Forward));
        if topmost {
            all.extend(self.private_fields().into_iter().map(Side::Forward));
        }
    }

    /// The forward field called `name`, or with that attname.
    pub fn forward_field(&self, name: &str) -> OrmResult<Field> {
        self.known().forward_map.get(name).cloned().ok_or_else(|| self.no_field(name))
    }

    fn no_field(&self, name: &str) -> OrmError {
        OrmError::field_does_not_exist(format!("{} has no field named '{name}'", self.name))
    }

    /// `_meta.get_field(name)`: a forward field, or the reverse side of a relation.
    pub fn get_field(&self, name: &str) -> OrmResult<Side> {
        self.find_field(name).ok_or_else(|| self.no_field(name))
    }

    /// [`Self::get_field`] without an error.
    pub fn find_field(&self, name: &str) -> Option<Side> {
        if let Some(field) = self.known().forward_map.get(name) {
            return Some(Side::Forward(field.clone()));
        }
        self.reverse().map.get(name).map(|field| Side::Reverse(field.clone()))
    }

    /// `_meta.get_base_chain(model)`: the parents that lead to `model`, nearest first.
    pub fn base_chain(&self, model: &Self) -> Vec<Self> {
        let parents = self.parents.borrow();
        if parents.iter().any(|(parent, _)| parent == model) {
            return vec![model.clone()];
        }
        for (parent, _) in parents.iter() {
            let mut chain = parent.base_chain(model);
            if !chain.is_empty() {
                chain.insert(0, parent.clone());
                return chain;
            }
        }
        Vec::new()
    }

    /// The field that links to `parent`, when it is a direct one.
    pub fn parent_link(&self, parent: &Self) -> Option<Field> {
        self.parents.borrow().iter().find(|(known, _)| known == parent).and_then(|(_, link)| link.clone())
    }

    /// `_meta.get_ancestor_link(ancestor)`.
    pub fn ancestor_link(&self, ancestor: &Self) -> Option<Field> {
        let parents = self.parents();
        if let Some((_, link)) = parents.iter().find(|(parent, _)| parent == ancestor) {
            return link.clone();
        }
        parents
            .iter()
            .find_map(|(parent, link)| parent.ancestor_link(ancestor).map(|found| link.clone().unwrap_or(found)))
    }

    /// The steps of `side`, which starts at one of this model's fields; remembered.
    pub fn path_infos(&self, side: &Side) -> OrmResult<Rc<[PathInfo]>> {
        let known = self.known();
        if let Some(path) = known.paths.borrow().get(side) {
            return Ok(path.clone());
        }
        let path: Rc<[PathInfo]> = side.work_out_path(None)?.into();
        known.paths.borrow_mut().insert(side.clone(), path.clone());
        Ok(path)
    }

    /// An address to tell models apart by in maps.
    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0) as usize
    }

    /// Lets go of what it holds, and with it of itself.
    pub(in crate::orm) fn dispose(&self) {
        self.local_fields.take();
        self.local_many_to_many.take();
        self.private_fields.take();
        self.parents.take();
        self.proxy_for.take();
        self.pk.take();
        self.known.take();
        self.meta.take();
    }
}
