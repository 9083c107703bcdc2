//! `QuerySet`: a lazy query with a cache of its rows.

mod access;
mod chain;
mod class;
mod combine;
pub mod compiler;
pub(in crate::django) mod fetch;
mod iterable;
mod neighbour;
pub mod object;
mod prefetch;
mod raw;
pub mod write;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::orm::models::Model;
use crate::orm::query::Query;
use crate::python::object::{Class, Dict, Instance, List, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::models::model_of;

pub use class::queryset_class;
pub use fetch::{fetch_all, fetch_all_rows};
pub use iterable::{Iterable, IterableClasses};
pub use neighbour::neighbour;
pub use prefetch::{function as prefetch_function, prefetch_class};
pub use raw::{is_raw, raw_query_class, raw_queryset_class};

/// A condition as it was given: whether it is negated, its positional and its keyword arguments.
type DeferredFilter = (bool, Vec<Value>, Vec<(Str, Value)>);

/// What a queryset holds.
pub struct QuerySetPayload {
    /// The model class; none for a queryset made without one.
    pub class: RefCell<Option<Rc<Class>>>,
    /// The query.
    pub query: RefCell<Option<Query>>,
    /// `using()`
    pub db: RefCell<Value>,
    /// `_hints`
    pub hints: RefCell<Value>,
    /// The rows, once fetched.
    pub cache: RefCell<Option<Rc<List>>>,
    /// What each row becomes.
    pub iterable: Cell<Iterable>,
    /// The arguments of `values()` and `values_list()` when there were any.
    pub fields: RefCell<Option<Vec<Value>>>,
    /// `_sticky_filter`
    pub sticky_filter: Cell<bool>,
    /// `_for_write`
    pub for_write: Cell<bool>,
    /// `_prefetch_related_lookups`
    pub prefetch: RefCell<Vec<Value>>,
    /// `_prefetch_done`
    pub prefetch_done: Cell<bool>,
    /// `_known_related_objects`: by relation, the instances by key.
    pub known_related: RefCell<Vec<(crate::orm::models::Field, Rc<Dict>)>>,
    /// A condition that is applied only when the query is looked at: a related manager's.
    pub deferred_filter: RefCell<Option<DeferredFilter>>,
    /// `_defer_next_filter`
    pub defer_next_filter: Cell<bool>,
}

impl QuerySetPayload {
    fn new() -> Self {
        Self {
            class: RefCell::default(),
            query: RefCell::default(),
            db: RefCell::new(Value::None),
            hints: RefCell::new(Value::None),
            cache: RefCell::default(),
            iterable: Cell::new(Iterable::Model),
            fields: RefCell::default(),
            sticky_filter: Cell::new(false),
            for_write: Cell::new(false),
            prefetch: RefCell::default(),
            prefetch_done: Cell::new(false),
            known_related: RefCell::default(),
            deferred_filter: RefCell::default(),
            defer_next_filter: Cell::new(false),
        }
    }

    /// A copy without the cache.
    fn copy(&self) -> Self {
        Self {
            class: self.class.clone(),
            query: RefCell::new(self.query.borrow().as_ref().map(Query::chain)),
            db: self.db.clone(),
            hints: self.hints.clone(),
            cache: RefCell::default(),
            iterable: self.iterable.clone(),
            fields: self.fields.clone(),
            sticky_filter: Cell::new(self.sticky_filter.get()),
            for_write: self.for_write.clone(),
            prefetch: self.prefetch.clone(),
            prefetch_done: Cell::new(false),
            known_related: self.known_related.clone(),
            deferred_filter: RefCell::default(),
            defer_next_filter: Cell::new(false),
        }
    }
}

/// The payload of a queryset.
pub fn payload<'a>(vm: &mut Vm, value: &'a Value) -> PyResult<&'a QuerySetPayload> {
    vm.payload::<QuerySetPayload>(value)
}

/// The model class of a queryset.
pub fn class_of_queryset(vm: &mut Vm, value: &Value) -> PyResult<Rc<Class>> {
    match payload(vm, value)?.class.borrow().clone() {
        Some(class) => Ok(class),
        None => Err(vm.type_error("the queryset has no model")),
    }
}

/// The model of a queryset.
pub fn model_of_queryset(vm: &mut Vm, value: &Value) -> PyResult<Model> {
    let class = class_of_queryset(vm, value)?;
    match model_of(&class) {
        Some(model) => Ok(model),
        None => Err(vm.type_error("the queryset has no model")),
    }
}

/// The query of a queryset, a deferred condition applied.
pub fn current_query(vm: &mut Vm, value: &Value) -> PyResult<Query> {
    let deferred = payload(vm, value)?.deferred_filter.borrow_mut().take();
    if let Some((negate, positional, keywords)) = deferred {
        chain::filter_in_place(vm, value, negate, &positional, keywords)?;
    }
    let held = payload(vm, value)?.query.borrow().clone();
    match held {
        Some(query) => Ok(query),
        None => Err(vm.type_error("the queryset has no query")),
    }
}

/// The query behind a queryset (or a manager's related queryset); `None` for anything else.
pub fn query_of(vm: &mut Vm, value: &Value) -> PyResult<Option<Rc<Query>>> {
    if value.payload::<QuerySetPayload>().is_none() {
        return Ok(None);
    }
    let mut query = current_query(vm, value)?;
    // A database that was asked for by name is not to be mixed with another.
    if let Some(alias) = payload(vm, value)?.db.borrow().as_str() {
        query.using = Some(alias.as_str().into());
    }
    Ok(Some(Rc::new(query)))
}

/// A queryset over a query of the ORM's, with its model's default class.
pub fn wrap_query(vm: &mut Vm, query: &Rc<Query>) -> PyResult {
    let class = super::state::class_of(vm, &query.model)?;
    let queryset = Value::Class(super::state::Django::of(vm).classes().queryset.clone());
    let made = vm.call(&queryset, crate::python::object::Args::none().keyword("model", class))?;
    *payload(vm, &made)?.query.borrow_mut() = Some((**query).clone());
    Ok(made)
}

/// A copy of a queryset for the next method of the chain: same class, same attributes, no rows.
pub fn copy(vm: &mut Vm, value: &Value) -> PyResult {
    let _ = current_query(vm, value)?;
    let own = payload(vm, value)?;
    let sticky = own.sticky_filter.get();
    let fresh = own.copy();
    if sticky {
        if let Some(query) = fresh.query.borrow_mut().as_mut() {
            query.filter_is_sticky = true;
        }
        fresh.sticky_filter.set(false);
    }
    let Some(instance) = value.as_instance() else { return Ok(value.clone()) };
    let made = Instance::native(instance.class(), fresh);
    // Attributes that a subclass set on itself go along, as its own `_clone` would see to.
    if let Some(dict) = instance.dict_opt() {
        for (name, held) in dict.str_items() {
            made.set(name, held);
        }
    }
    Ok(made.into())
}

/// A copy through the class's own `_clone`, where it has one written in Python.
pub fn chained(vm: &mut Vm, value: &Value) -> PyResult {
    let class = vm.class_of(value);
    for name in ["_chain", "_clone"] {
        if super::fields::overrides(&class, name) {
            return vm.call_method(value, name, ());
        }
    }
    copy(vm, value)
}

/// The alias of the database that a queryset reads from.
pub fn db(vm: &mut Vm, value: &Value) -> PyResult<Str> {
    let held = payload(vm, value)?.db.borrow().clone();
    if let Some(alias) = held.as_str().filter(|alias| !alias.is_empty()) {
        return Ok(alias.clone());
    }
    if held.as_str().is_none() && vm.truth(&held)? {
        let kind = super::connections::c_type_name(vm, &held);
        return Err(vm.type_error(format!("attribute name must be string, not '{kind}'")));
    }
    super::connections::refuse_routers(vm)?;
    let hints = payload(vm, value)?.hints.borrow().clone();
    let hint = hints.as_dict().and_then(|hints| hints.get_text("instance"));
    Ok(hint.map_or_else(|| Str::interned("default"), |instance| super::connections::write_alias(&instance)))
}

/// `queryset._add_hints(name=value)`
pub fn set_hint(vm: &mut Vm, queryset: &Value, name: &str, value: &Value) -> PyResult<()> {
    let own = payload(vm, queryset)?;
    let held = own.hints.borrow().clone();
    let hints = Rc::new(held.as_dict().map_or_else(Dict::new, |hints| hints.copy()));
    hints.set_str(name, value.clone());
    *own.hints.borrow_mut() = Value::Dict(hints);
    Ok(())
}

/// `queryset._add_hints(instance=instance)`
pub fn add_hint(vm: &mut Vm, queryset: &Value, instance: &Value) -> PyResult<()> {
    set_hint(vm, queryset, "instance", instance)
}

/// Drops the ordering where that cannot change which rows there are.
pub fn clear_ordering(vm: &mut Vm, queryset: &Value) -> PyResult<()> {
    chain::edit(vm, queryset, |query| {
        query.clear_ordering(false, true);
        Ok(())
    })
}

/// Adds conditions that take effect when somebody looks at the query.
pub fn defer_filter(vm: &mut Vm, queryset: &Value, conditions: Vec<(Str, Value)>) -> PyResult<()> {
    let own = payload(vm, queryset)?;
    if let Some(query) = own.query.borrow_mut().as_mut() {
        query.filter_is_sticky = true;
    }
    *own.deferred_filter.borrow_mut() = Some((false, Vec::new(), conditions));
    Ok(())
}

/// The columns that a queryset's instances would have: loaded fields in the model's order, then annotations.
pub fn instance_columns(vm: &mut Vm, queryset: &Value) -> PyResult<Vec<String>> {
    fetch::instance_columns(vm, queryset)
}

/// The names of the columns of a `values()` or `values_list()` queryset.
pub fn names_of_values(vm: &mut Vm, queryset: &Value) -> PyResult<Vec<String>> {
    let query = current_query(vm, queryset)?;
    let names = fetch::value_names(&query, &crate::orm::sql::Layout::default());
    Ok(names.into_iter().map(|name| name.to_string()).collect())
}

/// The slice that a queryset's repr reads.
pub fn repr_slice() -> Value {
    access::repr_slice()
}
