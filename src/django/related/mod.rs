//! Relations: the fields that declare them, the objects that describe them, and the accessors on both sides.

mod accessors;
mod changes;
mod declare;
mod field_methods;
mod forward;
mod manager;
mod many;
mod many_changes;
pub mod prefetch;
mod rel;
mod reverse;
mod through;

use std::rc::Rc;

use crate::orm::models::{Field, Model};
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::models::descriptors::ColumnDescriptors;
use super::models::state::StatePayload;

pub use accessors::{Pending, after_joining, before_joining, class_registered, order_accessors};
pub use changes::add_write_methods;
pub use declare::{constructor, new_parent_link, relation_data};
pub use field_methods::add_field_methods;
pub use manager::parent_queryset;
pub use rel::copy_rel;

/// The classes of relation objects and descriptors.
pub struct RelatedClasses {
    /// Descriptors of columns.
    pub columns: ColumnDescriptors,
    /// Relation objects: `ManyToOneRel` and its kin.
    pub rels: rel::RelClasses,
    /// `ForwardManyToOneDescriptor`
    pub forward_many_to_one: Rc<Class>,
    /// `ForwardOneToOneDescriptor`
    pub forward_one_to_one: Rc<Class>,
    /// `ReverseOneToOneDescriptor`
    pub reverse_one_to_one: Rc<Class>,
    /// `ReverseManyToOneDescriptor`
    pub reverse_many_to_one: Rc<Class>,
    /// `ManyToManyDescriptor`
    pub many_to_many: Rc<Class>,
}

impl RelatedClasses {
    /// Makes them.
    pub fn new(vm: &mut Vm) -> Self {
        let columns = ColumnDescriptors::new(vm);
        let rels = rel::classes(vm);
        let (forward_many_to_one, forward_one_to_one) = forward::classes(vm);
        let reverse_one_to_one = reverse::class(vm);
        let reverse_many_to_one = manager::class(vm);
        let many_to_many = many::class(vm, &reverse_many_to_one);
        Self {
            columns,
            rels,
            forward_many_to_one,
            forward_one_to_one,
            reverse_one_to_one,
            reverse_many_to_one,
            many_to_many,
        }
    }
}

/// What every relational descriptor holds.
pub struct RelationPayload {
    /// The field that declares the relation.
    pub field: Field,
    /// Whether the descriptor stands on the side that the field points at.
    pub reverse: bool,
}

/// The related objects that an instance remembers.
fn cache_of(instance: &Value) -> Option<Rc<crate::python::object::Dict>> {
    let state = instance.as_instance()?.get(&Str::interned("_state"))?;
    let payload = state.payload::<StatePayload>()?;
    let cache = payload.fields_cache.borrow().clone();
    Some(cache)
}

/// The related object remembered under `name`; the inner `None` is Python's.
pub fn cached(instance: &Value, name: &str) -> Option<Value> {
    cache_of(instance)?.get_text(name)
}

/// Remembers a related object.
pub fn remember(instance: &Value, name: &str, related: &Value) {
    if let Some(cache) = cache_of(instance) {
        cache.set_str(Str::interned(name), related.clone());
    }
}

/// Forgets a related object.
pub fn forget(instance: &Value, name: &str) {
    if let Some(cache) = cache_of(instance) {
        cache.remove_str(&Str::interned(name));
    }
}

/// The name under which the far side remembers the near one.
pub fn reverse_cache_name(field: &Field) -> Rc<str> {
    field.accessor_name().unwrap_or_else(|| field.related_query_name())
}

/// The class that a relation points at.
pub fn target_class(vm: &mut Vm, field: &Field) -> PyResult<Rc<Class>> {
    let Some(relation) = &field.relation else { return Err(vm.type_error("the field is no relation")) };
    let model: Model = super::state::orm(vm, || relation.require_model())?;
    super::state::class_of(vm, &model)
}

/// The class that declares a relation.
pub fn owner_class(vm: &mut Vm, field: &Field) -> PyResult<Rc<Class>> {
    let model = super::state::orm(vm, || field.require_model().cloned())?;
    super::state::class_of(vm, &model)
}

/// What is assigned belongs to the database of what it is assigned to, and the other way round, where one has none yet.
fn share_database(vm: &mut Vm, instance: &Value, value: &Value) -> PyResult<()> {
    let state_of = |vm: &mut Vm, object: &Value| vm.get_attr(object, "_state");
    for (one, other) in [(instance, value), (value, instance)] {
        let state = state_of(vm, one)?;
        if vm.get_attr(&state, "db")?.is_none() {
            let alias = crate::django::connections::write_alias(other);
            vm.set_attr(&state, "db", Value::Str(alias))?;
        }
    }
    let (mine, theirs) = (state_of(vm, instance)?, state_of(vm, value)?);
    let (mine, theirs) = (vm.get_attr(&mine, "db")?, vm.get_attr(&theirs, "db")?);
    if !vm.eq(&mine, &theirs)? {
        let shown = vm.repr(value)?;
        return Err(
            vm.value_error(format!("Cannot assign \"{shown}\": the current database router prevents this relation."))
        );
    }
    Ok(())
}
