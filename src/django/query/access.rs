//! Methods that ask the database, or the rows already fetched.

use std::rc::Rc;

use crate::orm::models::{OrderTerm, Side};
use crate::orm::query::Expr;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Dict, List, PyResult, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::fields::overrides;
use crate::django::managers::raise_of_model;
use crate::django::models::instance::{is_pk_set, pk_of};
use crate::django::models::meta::{call_order_terms, refuse_order_terms};
use crate::django::models::model_of_instance;
use crate::django::state::{Django, orm, raise_class};

use super::chain::{Annotation, annotations, edit, not_combined};
use super::{Iterable, chained, class_of_queryset, current_query, db, fetch, model_of_queryset, payload};

/// `get()` reads at most so many rows to say how many there are.
const MAX_GET_RESULTS: u64 = 21;
/// `repr()` shows at most so many.
const REPR_OUTPUT_SIZE: usize = 20;

pub(super) fn get(vm: &mut Vm, args: Args) -> PyResult {
    let queryset = args[0].clone();
    let (positional, keywords) = (args.rest(1).to_vec(), args.keyword_rest(2));
    if current_query(vm, &queryset)?.combinator.is_some() && (!positional.is_empty() || !keywords.is_empty()) {
        let word = current_query(vm, &queryset)?.combinator.unwrap_or_default();
        let class = Django::of(vm).errors.not_supported_error.clone();
        return Err(raise_class(
            vm,
            &class,
            format!("Calling QuerySet.get(...) with filters after {word}() is not supported."),
        ));
    }
    let narrowed = if current_query(vm, &queryset)?.combinator.is_some() {
        chained(vm, &queryset)?
    } else {
        let mut call = Args::new(positional);
        call.keywords = keywords;
        vm.call_method(&queryset, "filter", call)?
    };
    // As QuerySet.get: the order of what should be one row is of no use, but where it decides which rows there are.
    let query = current_query(vm, &queryset)?;
    let narrowed = if query.is_sliced() || !query.distinct_fields.is_empty() {
        narrowed
    } else {
        vm.call_method(&narrowed, "order_by", ())?
    };
    edit(vm, &narrowed, |query| {
        query.set_limits(None, Some(MAX_GET_RESULTS));
        Ok(())
    })?;
    let rows = fetch::fetch_all(vm, &narrowed)?;
    let class = class_of_queryset(vm, &queryset)?;
    match rows.len() {
        1 => Ok(rows.get(0).unwrap_or(Value::None)),
        0 => {
            let text = format!("{} matching query does not exist.", class.name());
            Err(raise_of_model(vm, &class, "DoesNotExist", text))
        }
        found => {
            let shown = if found as u64 >= MAX_GET_RESULTS {
                format!("more than {}", MAX_GET_RESULTS - 1)
            } else {
                found.to_string()
            };
            let text = format!("get() returned more than one {} -- it returned {shown}!", class.name());
            Err(raise_of_model(vm, &class, "MultipleObjectsReturned", text))
        }
    }
}

/// Whether the rows come in a declared order.
fn is_ordered(vm: &mut Vm, queryset: &Value) -> PyResult<bool> {
    let query = current_query(vm, queryset)?;
    if query.is_empty() || !query.extra_order_by.is_empty() || !query.order_by.is_empty() {
        return Ok(true);
    }
    let meta = query.model.meta();
    Ok(query.default_ordering
        && !meta.ordering.is_empty()
        && matches!(query.group_by, crate::orm::query::GroupBy::None))
}

pub(super) fn ordered(vm: &mut Vm, args: Args) -> PyResult {
    Ok(is_ordered(vm, &args[0])?.into())
}

fn edge(vm: &mut Vm, args: &Args, last: bool) -> PyResult {
    let queryset = &args[0];
    let (word, ordered) = (if last { "last" } else { "first" }, is_ordered(vm, queryset)?);
    if ordered && !last {
        return slice_first(vm, queryset);
    }
    if ordered {
        let reversed = vm.call_method(queryset, "reverse", ())?;
        return slice_first(vm, &reversed);
    }
    let query = current_query(vm, queryset)?;
    if let crate::orm::query::GroupBy::Exprs(exprs) = &query.group_by
        && !exprs.iter().any(|expr| is_pk_of(expr, &query.model))
    {
        return Err(vm.type_error(format!(
            "Cannot use QuerySet.{word}() on an unordered queryset performing aggregation. Add an ordering with \
             order_by()."
        )));
    }
    let by = Value::str(if last { "-pk" } else { "pk" });
    let sorted = vm.call_method(queryset, "order_by", [by])?;
    slice_first(vm, &sorted)
}

/// `queryset[:1]`, and its one row.
fn slice_first(vm: &mut Vm, queryset: &Value) -> PyResult {
    let made = if payload(vm, queryset)?.cache.borrow().is_some() {
        let cache = payload(vm, queryset)?.cache.borrow().clone();
        return Ok(cache.and_then(|rows| rows.get(0)).unwrap_or(Value::None));
    } else {
        chained(vm, queryset)?
    };
    edit(vm, &made, |query| {
        query.set_limits(Some(0), Some(1));
        Ok(())
    })?;
    Ok(iterated(vm, &made)?.get(0).unwrap_or(Value::None))
}

/// The rows as iterating gives them: a subclass may have an `__iter__` of its own.
fn iterated(vm: &mut Vm, queryset: &Value) -> PyResult<Rc<List>> {
    if overrides(&vm.class_of(queryset), "__iter__") {
        return Ok(Rc::new(List::new(vm.list_from(queryset)?)));
    }
    fetch::fetch_all(vm, queryset)
}

pub(super) fn first(vm: &mut Vm, args: Args) -> PyResult {
    edge(vm, &args, false)
}

pub(super) fn last(vm: &mut Vm, args: Args) -> PyResult {
    edge(vm, &args, true)
}

fn extreme(vm: &mut Vm, args: &Args, latest: bool) -> PyResult {
    let queryset = &args[0];
    if current_query(vm, queryset)?.is_sliced() {
        return Err(vm.type_error("Cannot change a query once a slice has been taken."));
    }
    let given = args.rest(1).to_vec();
    let model = model_of_queryset(vm, queryset)?;
    let (mut terms, invalid) = call_order_terms(vm, &given)?;
    if given.is_empty() {
        let wanted = model.meta().get_latest_by.clone();
        if wanted.is_empty() {
            return Err(vm.value_error(
                "earliest() and latest() require either fields as positional arguments or 'get_latest_by' in the \
                 model's Meta.",
            ));
        }
        terms.extend(wanted.into_iter().map(OrderTerm::Name));
    }
    let made = chained(vm, queryset)?;
    edit(vm, &made, |query| {
        query.set_limits(None, Some(1));
        query.clear_ordering(true, false);
        query.add_ordering(&terms)?;
        if latest {
            query.standard_ordering = !query.standard_ordering;
        }
        Ok(())
    })?;
    refuse_order_terms(vm, &invalid)?;
    vm.call_method(&made, "get", ())
}

pub(super) fn earliest(vm: &mut Vm, args: Args) -> PyResult {
    extreme(vm, &args, false)
}

pub(super) fn latest(vm: &mut Vm, args: Args) -> PyResult {
    extreme(vm, &args, true)
}

pub(super) fn count(vm: &mut Vm, args: Args) -> PyResult {
    if let Some(rows) = payload(vm, &args[0])?.cache.borrow().as_ref() {
        return Ok(rows.len().into());
    }
    let query = current_query(vm, &args[0])?;
    let alias = db(vm, &args[0])?;
    fetch::count(vm, &query, &alias)
}

pub(super) fn exists(vm: &mut Vm, args: Args) -> PyResult {
    if let Some(rows) = payload(vm, &args[0])?.cache.borrow().as_ref() {
        return Ok((!rows.is_empty()).into());
    }
    let query = current_query(vm, &args[0])?;
    let alias = db(vm, &args[0])?;
    Ok(fetch::has_results(vm, &query, &alias)?.into())
}

pub(super) fn contains(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "contains")?;
    if payload(vm, &args[0])?.fields.borrow().is_some() {
        return Err(vm.type_error("Cannot call QuerySet.contains() after .values() or .values_list()."));
    }
    let model = model_of_queryset(vm, &args[0])?;
    let Some(given) = model_of_instance(&args[1]) else {
        return Err(vm.type_error("'obj' must be a model instance."));
    };
    if given.concrete_model() != model.concrete_model() {
        return Ok(false.into());
    }
    if !is_pk_set(vm, &args[1])? {
        return Err(vm.value_error("QuerySet.contains() cannot be used on unsaved objects."));
    }
    let cached = payload(vm, &args[0])?.cache.borrow().clone();
    if let Some(rows) = cached {
        for row in rows.to_vec() {
            if vm.eq(&row, &args[1])? {
                return Ok(true.into());
            }
        }
        return Ok(false.into());
    }
    let pk = pk_of(vm, &args[1])?;
    let narrowed = vm.call_method(&args[0], "filter", Args::none().keyword("pk", pk))?;
    vm.call_method(&narrowed, "exists", ())
}

pub(super) fn aggregate(vm: &mut Vm, args: Args) -> PyResult {
    let query = current_query(vm, &args[0])?;
    if !query.distinct_fields.is_empty() {
        return Err(vm.raise(Kind::NotImplementedError, "aggregate() + distinct(fields) not implemented."));
    }
    let (positional, keywords) = (args.rest(1).to_vec(), args.keyword_rest(2));
    // Django puts the positional aggregates behind the named ones.
    let wanted = annotations(vm, &positional, &keywords, "aggregate")?;
    let (by_name, by_default): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|(name, _)| keywords.iter().any(|(known, _)| **known == **name));
    let mut aggregates: Vec<(Rc<str>, Expr)> = Vec::new();
    for (name, annotation) in by_name.into_iter().chain(by_default) {
        match annotation {
            Annotation::Expr(expr) => aggregates.push((name, expr)),
            Annotation::Filtered(_) => {
                return Err(vm.type_error(format!("{name} is not an aggregate expression")));
            }
        }
    }
    let alias = db(vm, &args[0])?;
    fetch::aggregate(vm, query, &aggregates, &alias)
}

pub(super) fn in_bulk(vm: &mut Vm, args: Args) -> PyResult {
    let queryset = &args[0];
    if current_query(vm, queryset)?.is_sliced() {
        return Err(vm.type_error("Cannot use 'limit' or 'offset' with in_bulk()."));
    }
    if payload(vm, queryset)?.iterable.get() != Iterable::Model {
        return Err(vm.type_error("in_bulk() cannot be used with values() or values_list()."));
    }
    let model = model_of_queryset(vm, queryset)?;
    let name = vm.to_str(&args[2])?;
    if name != "pk" {
        let field = match orm(vm, || model.get_field(&name))? {
            Side::Forward(field) => Some(field),
            Side::Reverse(_) => None,
        };
        let distinct = current_query(vm, queryset)?.distinct_fields.to_vec();
        let by_constraint = crate::django::constraints::is_total_unique(&model, &name);
        let unique = field.is_some_and(|field| field.is_unique()) || by_constraint;
        if !unique && (distinct.len() != 1 || *distinct[0] != *name) {
            return Err(vm.value_error(format!("in_bulk()'s field_name must be a unique field but '{name}' isn't.")));
        }
    }
    let rows: Vec<Value> = match args.some(1) {
        Some(ids) => {
            let ids = vm.list_from(ids)?;
            if ids.is_empty() {
                return Ok(Value::Dict(Rc::new(Dict::new())));
            }
            let width = if name == "pk" { orm(vm, || model.pk_fields())?.len() } else { 1 };
            let batch = (999 / width.max(1)).max(1);
            let mut rows = Vec::new();
            for part in ids.chunks(batch) {
                let narrowed = vm.call_method(queryset, "filter", {
                    let mut call = Args::none();
                    call = call.keyword(format!("{name}__in").as_str(), Value::tuple(part.to_vec()));
                    call
                })?;
                rows.extend(fetch::fetch_all(vm, &narrowed)?.to_vec());
            }
            rows
        }
        None => {
            let made = chained(vm, queryset)?;
            fetch::fetch_all(vm, &made)?.to_vec()
        }
    };
    let dict = Dict::new();
    for row in rows {
        let key = vm.get_attr(&row, name.as_str())?;
        dict.set(vm, key, row)?;
    }
    Ok(Value::Dict(Rc::new(dict)))
}

pub(super) fn iterator(vm: &mut Vm, args: Args) -> PyResult {
    let has_prefetch = !payload(vm, &args[0])?.prefetch.borrow().is_empty();
    match args.some(1) {
        None if has_prefetch => {
            return Err(
                vm.value_error("chunk_size must be provided when using QuerySet.iterator() after prefetch_related().")
            );
        }
        Some(size) if vm.compare_truth(CompareOp::Le, size, &Value::Int(0))? => {
            return Err(vm.value_error("Chunk size must be strictly positive."));
        }
        _ => {}
    }
    let alias = db(vm, &args[0])?;
    crate::django::connections::database(vm, &alias)?;
    fetch::iterate(vm, &args[0], args.some(1))
}

pub(super) fn explain(vm: &mut Vm, args: Args) -> PyResult {
    let mut query = current_query(vm, &args[0])?;
    let mut options = Vec::new();
    for (name, value) in args.keyword_rest(2) {
        options.push((Rc::from(name.as_str()), to_datum(vm, &value)?));
    }
    let format = match args.some(1) {
        Some(format) => Some(Rc::from(vm.to_str(format)?.as_str())),
        None => None,
    };
    orm(vm, || query.set_explain(format, options))?;
    let alias = db(vm, &args[0])?;
    fetch::explain(vm, &query, &alias)
}

pub(super) fn getitem(vm: &mut Vm, args: Args) -> PyResult {
    let queryset = &args[0];
    if let Value::Slice(slice) = &args[1] {
        let mut bounds = [None, None];
        for (bound, value) in bounds.iter_mut().zip([&slice.start, &slice.stop]) {
            if !value.is_none() {
                let Some(number) = value.as_i64() else {
                    let kind = vm.type_name(value);
                    return Err(vm.type_error(format!("'<' not supported between instances of '{kind}' and 'int'")));
                };
                if number < 0 {
                    return Err(vm.value_error("Negative indexing is not supported."));
                }
                *bound = u64::try_from(number).ok();
            }
        }
        let cached = payload(vm, queryset)?.cache.borrow().clone();
        if let Some(rows) = cached {
            return get_item(vm, &Value::List(rows), &args[1]);
        }
        let made = chained(vm, queryset)?;
        edit(vm, &made, |query| {
            query.set_limits(bounds[0], bounds[1]);
            Ok(())
        })?;
        if !vm.truth(&slice.step)? {
            return Ok(made);
        }
        let rows = iterated(vm, &made)?;
        let step = Value::Slice(Rc::new(crate::python::object::Slice {
            start: Value::None,
            stop: Value::None,
            step: slice.step.clone(),
        }));
        return get_item(vm, &Value::List(rows), &step);
    }
    let Some(index) = args[1].as_i64() else { return Err(not_an_index(vm, &args[1])) };
    if index < 0 {
        return Err(vm.value_error("Negative indexing is not supported."));
    }
    let cached = payload(vm, queryset)?.cache.borrow().clone();
    if let Some(rows) = cached {
        return get_item(vm, &Value::List(rows), &args[1]);
    }
    let made = chained(vm, queryset)?;
    let at = u64::try_from(index).unwrap_or_default();
    edit(vm, &made, |query| {
        query.set_limits(Some(at), Some(at + 1));
        Ok(())
    })?;
    match iterated(vm, &made)?.get(0) {
        Some(row) => Ok(row),
        None => Err(vm.raise(Kind::IndexError, "list index out of range")),
    }
}

fn get_item(vm: &mut Vm, list: &Value, key: &Value) -> PyResult {
    vm.call_method(list, "__getitem__", [key.clone()])
}

fn not_an_index(vm: &mut Vm, value: &Value) -> crate::python::object::Raised {
    let given = vm.type_name(value);
    vm.type_error(format!("QuerySet indices must be integers or slices, not {given}."))
}

pub(super) fn repr(vm: &mut Vm, args: Args) -> PyResult {
    let cached = payload(vm, &args[0])?.cache.borrow().clone();
    let mut rows = match cached {
        Some(rows) => {
            let mut rows = rows.to_vec();
            rows.truncate(REPR_OUTPUT_SIZE + 1);
            rows
        }
        None => {
            let made = chained(vm, &args[0])?;
            edit(vm, &made, |query| {
                query.set_limits(None, Some(REPR_OUTPUT_SIZE as u64 + 1));
                Ok(())
            })?;
            fetch::fetch_all(vm, &made)?.to_vec()
        }
    };
    if rows.len() > REPR_OUTPUT_SIZE {
        rows[REPR_OUTPUT_SIZE] = Value::str("...(remaining elements truncated)...");
    }
    let shown = vm.repr(&Value::list(rows))?;
    let name = vm.type_name(&args[0]);
    Ok(format!("<{name} {shown}>").into())
}

/// Whether an expression is the primary key's column.
fn is_pk_of(expr: &Expr, model: &crate::orm::models::Model) -> bool {
    match &**expr {
        crate::orm::query::Expression::Col(col) => model.pk_or_none().is_some_and(|pk| pk == col.target),
        _ => false,
    }
}

/// `[:21]`
pub(super) fn repr_slice() -> Value {
    Value::Slice(Rc::new(crate::python::object::Slice {
        start: Value::None,
        stop: Value::Int(REPR_OUTPUT_SIZE as i64 + 1),
        step: Value::None,
    }))
}
