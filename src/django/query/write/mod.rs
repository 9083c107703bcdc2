//! Methods that change rows.

mod bulk;
mod create;
mod statement;

use crate::python::object::{Args, ClassBuilder, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::async_twins;
use crate::django::connections::mark_for_rollback_on_error;
use crate::django::deletion::Collector;
use crate::django::state::{Django, raise_class};
use crate::orm::models::OrderTerm;
use crate::orm::query::Related;

use super::chain::{edit, not_combined};
use super::{chained, current_query, db, payload};

pub(in crate::django) use create::resolve_callables;
pub use statement::{Insertion, delete_batch, insert, raw_delete, run_update, update_batch, update_fields};

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    let builder = builder
        .class_method("__class_getitem__", "cls, *args, **kwargs", |_, args| Ok(args[0].clone()))
        .method("create", "self, **kwargs", create::create)
        .method("get_or_create", "self, defaults=None, **kwargs", create::get_or_create)
        .method("update_or_create", "self, defaults=None, create_defaults=None, **kwargs", create::update_or_create)
        .method(
            "bulk_create",
            "self, objs, batch_size=None, ignore_conflicts=False, update_conflicts=False, update_fields=None, \
             unique_fields=None",
            bulk::bulk_create,
        )
        .method("bulk_update", "self, objs, fields, batch_size=None", bulk::bulk_update)
        .method("update", "self, **kwargs", update)
        .method("delete", "self", delete)
        .method("_raw_delete", "self, using", |vm, args| {
            let using = vm.to_str(&args[1])?;
            Ok(raw_delete(vm, &args[0], &using)?.map_or(Value::None, Value::Int))
        })
        .method("_has_filters", "self", |vm, args| Ok(current_query(vm, &args[0])?.has_filters().into()))
        .method("_update", "self, values", |vm, args| {
            let mut values = Vec::new();
            for entry in vm.list_from(&args[1])? {
                let parts = vm.list_from(&entry)?;
                if let [field, _, value] = parts.as_slice()
                    && let Some(field) = crate::django::fields::bound(field)
                {
                    values.push((field, value.clone()));
                }
            }
            Ok(update_fields(vm, &args[0], &values)?.into())
        })
        .method("__aiter__", "self", |vm, args| Ok(async_twins::async_iter(vm, args[0].clone())))
        .method("aiterator", "self, chunk_size=2000", |vm, args| {
            let (this, size) = (args[0].clone(), args[1].clone());
            Ok(async_twins::async_iter_of(vm, move |vm| {
                if size.as_i64().is_some_and(|size| size <= 0) {
                    return Err(vm.value_error("Chunk size must be strictly positive."));
                }
                vm.call_method(&this, "iterator", [size])
            }))
        });
    async_twins::add(
        builder,
        &[
            "create",
            "get_or_create",
            "update_or_create",
            "bulk_create",
            "bulk_update",
            "update",
            "delete",
            "get",
            "first",
            "last",
            "earliest",
            "latest",
            "count",
            "exists",
            "contains",
            "aggregate",
            "in_bulk",
            "explain",
        ],
    )
}

/// `update(**values)`
fn update(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    not_combined(vm, this, "update")?;
    let mut query = current_query(vm, this)?;
    if query.is_sliced() {
        return Err(vm.type_error("Cannot update a query once a slice has been taken."));
    }
    payload(vm, this)?.for_write.set(true);
    let mut values = Vec::new();
    for (name, value) in args.keyword_rest(1) {
        values.push((std::rc::Rc::from(name.as_str()), crate::django::convert::to_datum(vm, &value)?));
    }
    query = query.as_update();
    crate::django::state::orm(vm, || query.add_update_values(&values))?;
    for term in query.order_by.iter() {
        let OrderTerm::Name(name) = term else { continue };
        let bare = name.strip_prefix('-').unwrap_or(name);
        if let Some(annotation) = query.annotation(bare)
            && annotation.contains_aggregate()
        {
            let class = Django::of(vm).errors.field_error.clone();
            let shown = annotation.str();
            return Err(raise_class(vm, &class, format!("Cannot update when ordering by an aggregate: {shown}")));
        }
    }
    query.clear_select_clause();
    let alias = db(vm, this)?;
    let rows = mark_for_rollback_on_error(vm, &alias, |vm| run_update(vm, query, &alias))?;
    *payload(vm, this)?.cache.borrow_mut() = None;
    Ok(rows.into())
}

/// `delete()`
fn delete(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    not_combined(vm, this, "delete")?;
    let query = current_query(vm, this)?;
    if query.is_sliced() {
        return Err(vm.type_error("Cannot use 'limit' or 'offset' with delete()."));
    }
    if !query.distinct_fields.is_empty() {
        return Err(vm.type_error("Cannot call delete() after .distinct(*fields)."));
    }
    if payload(vm, this)?.fields.borrow().is_some() {
        return Err(vm.type_error("Cannot call delete() after .values() or .values_list()"));
    }
    let rows = chained(vm, this)?;
    payload(vm, &rows)?.for_write.set(true);
    edit(vm, &rows, |query| {
        query.select_for_update = false;
        query.select_related = Related::None;
        query.clear_ordering(true, true);
        Ok(())
    })?;
    let alias = db(vm, &rows)?;
    let collector = Collector::new(vm, &alias, this.clone());
    Collector::collect(vm, &collector, &rows, false)?;
    let result = Collector::delete(vm, &collector)?;
    *payload(vm, this)?.cache.borrow_mut() = None;
    Ok(result)
}
