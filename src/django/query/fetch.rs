//! Runs a queryset's statement and makes objects of its rows.

use std::rc::Rc;

use crate::db::SqlValue;
use crate::orm::models::{Field, Model, Side};
use crate::orm::query::{Expr, Expression, Query};
use crate::orm::sql::{self, ClassInfo, Converter, Layout, RelatedInfo, Relink, Statement};
use crate::orm::{Datum, OrmResult};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, Dict, Instance, List, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

use crate::django::connections::{c_type_name, database, from_sql};
use crate::django::convert::from_datum;
use crate::django::fields::overrides;
use crate::django::models::instance::ModelPayload;
use crate::django::models::state;
use crate::django::related::{remember, reverse_cache_name};
use crate::django::state::{class_of, orm, raise};
use crate::django::{signals, vm_scope};

use super::{Iterable, QuerySetPayload, current_query, db, iterable, payload, prefetch};

/// Rows with how to read them.
pub struct Rows {
    /// The columns.
    pub layout: Layout,
    /// The values, converted.
    pub rows: Vec<Vec<Datum>>,
}

/// Compiles a query; `None` when it can match nothing.
fn compile(vm: &mut Vm, query: &mut Query, alias: &Str) -> PyResult<Option<Statement>> {
    let using: Rc<str> = alias.as_str().into();
    match vm_scope::enter(vm, || sql::compile(query, Some(&using))) {
        Ok(statement) => Ok(Some(statement)),
        Err(error) if error.is_empty_result() => Ok(None),
        Err(error) => Err(raise(vm, error)),
    }
}

/// Applies the steps of each column's way back.
fn convert(vm: &mut Vm, layout: &Layout, row: Vec<SqlValue>) -> PyResult<Vec<Datum>> {
    let plain = layout.converters.iter().all(Vec::is_empty);
    if plain {
        return Ok(row.into_iter().map(from_sql).collect());
    }
    if layout.converters.iter().skip(row.len()).any(|steps| !steps.is_empty()) {
        return Err(vm.raise(Kind::IndexError, "list index out of range"));
    }
    orm(vm, || {
        row.into_iter()
            .enumerate()
            .map(|(at, value)| {
                let steps: &[Converter] = layout.converters.get(at).map_or(&[], Vec::as_slice);
                steps.iter().try_fold(from_sql(value), |datum, step| step.convert(datum))
            })
            .collect::<OrmResult<Vec<Datum>>>()
    })
}

/// The rows of a query.
pub fn rows(vm: &mut Vm, query: &Query, alias: &Str) -> PyResult<Rows> {
    let mut query = query.clone();
    let database = database(vm, alias)?;
    let Some(statement) = compile(vm, &mut query, alias)? else {
        return Ok(Rows { layout: Layout::default(), rows: Vec::new() });
    };
    let result = database.run(vm, &statement.sql, &statement.params)?;
    readable(vm, &statement.layout)?;
    let mut rows = Vec::with_capacity(result.rows.len());
    for row in result.rows {
        vm.tick()?;
        rows.push(convert(vm, &statement.layout, row)?);
    }
    Ok(Rows { layout: statement.layout, rows })
}

/// The rows of a queryset, fetched once.
pub fn fetch_all(vm: &mut Vm, queryset: &Value) -> PyResult<Rc<List>> {
    let known = payload(vm, queryset)?.cache.borrow().clone();
    let rows = match known {
        Some(rows) => rows,
        None => {
            let rows = match iterable::own_class(vm, queryset)? {
                Some(class) => {
                    let call = Args::new([queryset.clone()]).keyword("chunked_fetch", false).keyword("chunk_size", 100);
                    let made = vm.call(&class, call)?;
                    vm.list_from(&made)?
                }
                None => fetch_all_rows(vm, queryset)?,
            };
            let rows = Rc::new(List::new(rows));
            *payload(vm, queryset)?.cache.borrow_mut() = Some(rows.clone());
            rows
        }
    };
    prefetch::for_rows(vm, queryset, &rows)?;
    Ok(rows)
}

/// The rows of a queryset without a look at its cache.
pub fn fetch_all_rows(vm: &mut Vm, queryset: &Value) -> PyResult<Vec<Value>> {
    let iterable = payload(vm, queryset)?.iterable.get();
    rows_as(vm, queryset, iterable)
}

/// The rows of a queryset's query as objects of this kind.
pub(super) fn rows_as(vm: &mut Vm, queryset: &Value, iterable: Iterable) -> PyResult<Vec<Value>> {
    let query = current_query(vm, queryset)?;
    if iterable == Iterable::NamedValuesList {
        // The rows' class is made before the statement is sent.
        row_class(vm, queryset, &value_names(&query, &Layout::default()))?;
    }
    let alias = db(vm, queryset)?;
    let found = rows(vm, &query, &alias)?;
    make_objects(vm, queryset, &query, iterable, &alias, found)
}

/// Objects of a queryset's kind from its rows.
pub fn make_objects(
    vm: &mut Vm,
    queryset: &Value,
    query: &Query,
    iterable: Iterable,
    alias: &Str,
    found: Rows,
) -> PyResult<Vec<Value>> {
    match iterable {
        Iterable::Model => {
            let own = queryset.payload::<QuerySetPayload>();
            let known = own.map(|own| own.known_related.borrow().clone()).unwrap_or_default();
            let class = own.and_then(|own| own.class.borrow().clone());
            instances(vm, &found, alias, class, &known)
        }
        Iterable::Values => {
            let names = value_names(query, &found.layout);
            let names: Vec<Str> = names.iter().map(|name| Str::interned(name)).collect();
            let mut objects = Vec::with_capacity(found.rows.len());
            for row in &found.rows {
                let dict = Dict::new();
                let values = values(vm, &found.layout, row)?;
                if values.len() < names.len() {
                    return Err(too_short(vm, &found.layout));
                }
                for (name, value) in names.iter().zip(values) {
                    dict.set_str(name.clone(), value);
                }
                objects.push(Value::Dict(Rc::new(dict)));
            }
            Ok(objects)
        }
        Iterable::ValuesList => {
            let mut objects = Vec::with_capacity(found.rows.len());
            for row in &found.rows {
                objects.push(Value::tuple(values(vm, &found.layout, row)?));
            }
            Ok(objects)
        }
        Iterable::FlatValuesList => {
            let mut objects = Vec::with_capacity(found.rows.len());
            for row in &found.rows {
                objects.push(values(vm, &found.layout, row)?.into_iter().next().unwrap_or(Value::None));
            }
            Ok(objects)
        }
        Iterable::NamedValuesList => {
            let (class, width) = row_class(vm, queryset, &value_names(query, &found.layout))?;
            let mut objects = Vec::with_capacity(found.rows.len());
            for row in &found.rows {
                let made = values(vm, &found.layout, row)?;
                objects.push(if made.len() == width {
                    vm.call(&class, made)?
                } else {
                    // Columns that were annotated later have no names.
                    let tuple = Value::Class(vm.types.tuple.clone());
                    vm.call_method(&tuple, "__new__", [class.clone(), Value::tuple(made)])?
                });
            }
            Ok(objects)
        }
    }
}

/// The class of a `values_list(named=True)` queryset's rows, and how many names it has.
fn row_class(vm: &mut Vm, queryset: &Value, selected: &[Rc<str>]) -> PyResult<(Value, usize)> {
    let own = queryset.payload::<QuerySetPayload>().and_then(|own| own.fields.borrow().clone());
    let names: Vec<Value> = match own {
        Some(own) if !own.is_empty() => own,
        _ => selected.iter().map(|name| Value::str(&**name)).collect(),
    };
    let width = names.len();
    let namedtuple = vm.import_module("collections")?;
    let make = vm.get_attr(&namedtuple, "namedtuple")?;
    Ok((vm.call(&make, [Value::str("Row"), Value::list(names)])?, width))
}

/// The names of a `values()` query's columns, in the order of its columns.
pub fn value_names(query: &Query, layout: &Layout) -> Vec<Rc<str>> {
    match &query.selected {
        Some(selected) => selected.iter().map(|(name, _)| name.clone()).collect(),
        None => {
            let mut names: Vec<Rc<str>> = query.extra_select().map(|(name, _)| name.clone()).collect();
            names.extend(query.values_select.iter().cloned());
            names.extend(query.annotation_select().map(|annotation| annotation.name.clone()));
            names.truncate(layout.columns.len().max(names.len()));
            names
        }
    }
}

/// Fails where the columns' values have no way back.
fn readable(vm: &mut Vm, layout: &Layout) -> PyResult<()> {
    match &layout.failure {
        Some(error) => Err(raise(vm, error.clone())),
        None => Ok(()),
    }
}

/// A row that is shorter than the selection, as equal columns around a window's filter were made one.
fn too_short(vm: &mut Vm, layout: &Layout) -> Raised {
    let kind = if layout.converters.iter().all(Vec::is_empty) { "tuple" } else { "list" };
    vm.raise(Kind::IndexError, format!("{kind} index out of range"))
}

/// One value a selected expression: the columns of a composite key become one tuple.
fn values(vm: &mut Vm, layout: &Layout, row: &[Datum]) -> PyResult<Vec<Value>> {
    let mut out = Vec::with_capacity(layout.columns.len());
    let mut at = 0;
    for column in &layout.columns {
        if let Expression::ColPairs(pairs) = &**column {
            let mut parts = Vec::with_capacity(pairs.targets.len());
            for datum in row.iter().skip(at).take(pairs.targets.len()) {
                parts.push(from_datum(vm, datum)?);
            }
            at += pairs.targets.len();
            out.push(Value::tuple(parts));
        } else {
            if let Some(datum) = row.get(at) {
                out.push(from_datum(vm, datum)?);
            }
            at += 1;
        }
    }
    Ok(out)
}

/// How the instances of one model are made of a row.
struct Maker {
    class: Rc<Class>,
    model: Model,
    /// Attribute and column of each field that is loaded.
    fields: Vec<(Str, usize)>,
    /// Columns of the primary key: where one is NULL there is no object.
    pk: Vec<usize>,
    /// The class's own ways have to be gone: `from_db`, `__init__`, `__setattr__` or listeners.
    slow: bool,
    /// Whether `from_db` gets the values as a list: a column's value was converted.
    converted: bool,
    related: Vec<RelatedMaker>,
}

struct RelatedMaker {
    field: Side,
    relink: Relink,
    maker: Maker,
}

fn column_field(layout: &Layout, at: usize) -> Option<Field> {
    match layout.columns.get(at).map(|expr: &Expr| &**expr) {
        Some(Expression::Col(col)) => Some(col.target.clone()),
        _ => None,
    }
}

fn maker(vm: &mut Vm, layout: &Layout, info: &ClassInfo, class: Option<Rc<Class>>) -> PyResult<Maker> {
    let class = match class {
        Some(class) => class,
        None => class_of(vm, &info.model)?,
    };
    let mut fields: Vec<(Str, usize)> = Vec::with_capacity(info.select_fields.len());
    let pk_fields = orm(vm, || info.model.pk_fields())?;
    let mut pk = Vec::new();
    for &at in &info.select_fields {
        if let Some(field) = column_field(layout, at) {
            if pk_fields.contains(&field) || pk_fields.iter().any(|pk| pk.attname == field.attname) {
                pk.push(at);
            }
            fields.push((Str::interned(&field.attname), at));
        }
    }
    // As Model.from_db: as many values as columns are taken one by one, fewer go to the columns of those names.
    let all = info.model.concrete_fields();
    let concrete: Vec<&Field> = all.iter().filter(|field| field.column.is_some()).collect();
    let columns: Vec<usize> = fields.iter().map(|(_, at)| *at).collect();
    let is_loaded = |attname: &Rc<str>| {
        columns.len() == concrete.len() || fields.iter().any(|(name, _): &(Str, usize)| **name == **attname)
    };
    let names: Vec<Str> =
        concrete.iter().filter(|field| is_loaded(&field.attname)).map(|field| Str::interned(&field.attname)).collect();
    let fields: Vec<(Str, usize)> = names.into_iter().zip(columns).collect();
    let slow = ["from_db", "__init__", "__setattr__", "__new__"].iter().any(|name| overrides(&class, name))
        || signals::listens_to_init(vm, &class);
    let mut related = Vec::with_capacity(info.related.len());
    for part in &info.related {
        related.push(related_maker(vm, layout, part)?);
    }
    let converted = layout.converters.iter().any(|steps| !steps.is_empty());
    Ok(Maker { class, model: info.model.clone(), fields, pk, slow, converted, related })
}

fn related_maker(vm: &mut Vm, layout: &Layout, info: &RelatedInfo) -> PyResult<RelatedMaker> {
    Ok(RelatedMaker {
        field: info.field.clone(),
        relink: info.relink.clone(),
        maker: maker(vm, layout, &info.class, None)?,
    })
}

fn make(vm: &mut Vm, maker: &Maker, row: &[Datum], alias: &Value) -> PyResult {
    if maker.slow {
        let mut names = Vec::with_capacity(maker.fields.len());
        let mut values = Vec::with_capacity(maker.fields.len());
        // `from_db` gets the fields in the model's order.
        for field in maker.model.concrete_fields().iter() {
            if let Some((name, at)) = maker.fields.iter().find(|(name, _)| **name == *field.attname) {
                names.push(Value::Str(name.clone()));
                values.push(match row.get(*at) {
                    Some(datum) => from_datum(vm, datum)?,
                    None => Value::None,
                });
            }
        }
        let class = Value::Class(maker.class.clone());
        let values = if maker.converted { Value::list(values) } else { Value::tuple(values) };
        return vm.call_method(&class, "from_db", [alias.clone(), Value::list(names), values]);
    }
    let made = Instance::native(maker.class.clone(), ModelPayload);
    made.set("_state", state::new(vm, alias.clone(), false));
    for (name, at) in &maker.fields {
        let value = match row.get(*at) {
            Some(datum) => from_datum(vm, datum)?,
            None => Value::None,
        };
        made.set(name.clone(), value);
    }
    Ok(made.into())
}

fn attach(vm: &mut Vm, maker: &RelatedMaker, near: &Value, row: &[Datum], alias: &Value) -> PyResult<()> {
    let missing = maker.maker.pk.iter().any(|at| row.get(*at).is_none_or(Datum::is_null));
    let far = if missing {
        Value::None
    } else {
        let far = make(vm, &maker.maker, row, alias)?;
        for part in &maker.maker.related {
            attach(vm, part, &far, row, alias)?;
        }
        far
    };
    let field = maker.field.field();
    match &maker.relink {
        Relink::Forward { back } => {
            remember(near, &field.name, &far);
            if *back && !far.is_none() {
                remember(&far, &reverse_cache_name(field), near);
            }
        }
        Relink::Reverse => {
            remember(near, &reverse_cache_name(field), &far);
            if !far.is_none() {
                remember(&far, &field.name, near);
            }
        }
        Relink::Filtered { name, back } => {
            if let Some(instance) = near.as_instance() {
                instance.set(Str::interned(name), far.clone());
            }
            if *back && !far.is_none() {
                match &maker.field {
                    Side::Forward(field) => remember(&far, &reverse_cache_name(field), near),
                    Side::Reverse(field) => remember(&far, &field.name, near),
                }
            }
        }
    }
    Ok(())
}

/// Model instances of rows.
fn instances(
    vm: &mut Vm,
    found: &Rows,
    alias: &Str,
    class: Option<Rc<Class>>,
    known: &[(Field, Rc<Dict>)],
) -> PyResult<Vec<Value>> {
    let Some(info) = &found.layout.class_info else {
        // No column of the model is selected, as after two combinations of querysets with other columns.
        if found.layout.columns.is_empty() {
            return Ok(Vec::new());
        }
        return Err(vm.type_error("'NoneType' object is not subscriptable"));
    };
    let maker = maker(vm, &found.layout, info, class)?;
    let alias = Value::Str(alias.clone());
    let mut objects = Vec::with_capacity(found.rows.len());
    let annotations: Vec<(Str, usize)> =
        found.layout.annotation_cols.iter().map(|(name, at)| (Str::interned(name), *at)).collect();
    let names: Rc<[Str]> = annotations.iter().map(|(name, _)| name.clone()).collect();
    for row in &found.rows {
        vm.tick()?;
        let made = make(vm, &maker, row, &alias)?;
        if !names.is_empty()
            && let Some(held) = made.as_instance().and_then(|instance| instance.get(&Str::interned("_state")))
            && let Some(state) = held.payload::<state::StatePayload>()
        {
            *state.annotations.borrow_mut() = names.clone();
        }
        for part in &maker.related {
            attach(vm, part, &made, row, &alias)?;
        }
        for (name, at) in &annotations {
            let Some(datum) = row.get(*at) else { return Err(too_short(vm, &found.layout)) };
            let value = from_datum(vm, datum)?;
            vm.set_attr_str(&made, name, value)?;
        }
        for (field, by_key) in known {
            if crate::django::related::cached(&made, &field.name).is_some() {
                continue;
            }
            let key = vm.get_attr_str(&made, &Str::interned(&field.attname))?;
            if let Some(owner) = by_key.get(vm, &key)? {
                remember(&made, &field.name, &owner);
            }
        }
        objects.push(made);
    }
    Ok(objects)
}

/// `count()`
pub fn count(vm: &mut Vm, query: &Query, alias: &Str) -> PyResult {
    let mut query = query.clone();
    let star: Expr = Rc::new(Expression::Star);
    let counted = crate::orm::query::Aggregate {
        func: crate::orm::query::Func::new(&crate::orm::query::functions::COUNT, vec![star]),
        distinct: false,
        filter: None,
        order_by: None,
        default: None,
        default_typed: false,
        is_summary: false,
    };
    let aggregates = [(Rc::from("__count"), Rc::new(Expression::Aggregate(counted)) as Expr)];
    let values = aggregate_values(vm, &mut query, &aggregates, alias)?;
    match values.into_iter().next() {
        Some((_, value)) => Ok(value),
        None => Ok(Value::Int(0)),
    }
}

/// `aggregate()`
pub fn aggregate(vm: &mut Vm, mut query: Query, aggregates: &[(Rc<str>, Expr)], alias: &Str) -> PyResult {
    let dict = Dict::new();
    if !aggregates.is_empty() {
        for (name, value) in aggregate_values(vm, &mut query, aggregates, alias)? {
            dict.set_str(&*name, value);
        }
    }
    Ok(Value::Dict(Rc::new(dict)))
}

fn aggregate_values(
    vm: &mut Vm,
    query: &mut Query,
    aggregates: &[(Rc<str>, Expr)],
    alias: &Str,
) -> PyResult<Vec<(Rc<str>, Value)>> {
    let mut aggregation = orm(vm, || query.aggregation(aggregates))?;
    let names: Vec<Rc<str>> = aggregation.query.annotation_select().map(|annotation| annotation.name.clone()).collect();
    let using: Rc<str> = alias.as_str().into();
    database(vm, alias)?;
    let compiled = vm_scope::enter(vm, || sql::compile_aggregation(&mut aggregation, Some(&using)));
    let row = match compiled {
        Ok(statement) => {
            let database = database(vm, alias)?;
            let result = database.run(vm, &statement.sql, &statement.params)?;
            match result.rows.into_iter().next() {
                Some(row) => {
                    readable(vm, &statement.layout)?;
                    convert(vm, &statement.layout, row)?
                }
                None => vec![Datum::Null; names.len()],
            }
        }
        Err(error) if error.is_empty_result() => {
            aggregation.empty.clone().unwrap_or_else(|| vec![Datum::Null; names.len()])
        }
        Err(error) => return Err(raise(vm, error)),
    };
    let mut values = Vec::with_capacity(names.len());
    for (name, datum) in names.into_iter().zip(row) {
        values.push((name, from_datum(vm, &datum)?));
    }
    Ok(values)
}

/// `exists()`
pub fn has_results(vm: &mut Vm, query: &Query, alias: &Str) -> PyResult<bool> {
    let narrowed = orm(vm, || query.exists(true))?;
    Ok(!rows(vm, &narrowed, alias)?.rows.is_empty())
}

/// `explain()`: the plan's lines.
pub fn explain(vm: &mut Vm, query: &Query, alias: &Str) -> PyResult {
    let mut query = query.clone();
    let Some(statement) = compile(vm, &mut query, alias)? else { return Ok(Value::str("")) };
    let database = database(vm, alias)?;
    let result = database.run(vm, &statement.sql, &statement.params)?;
    let lines: Vec<String> =
        result.rows.iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")).collect();
    Ok(lines.join("\n").into())
}

/// `iterator()`: rows in chunks, prefetched chunk by chunk, without a cache.
pub fn iterate(vm: &mut Vm, queryset: &Value, size: Option<&Value>) -> PyResult {
    // What is no whole number is refused once rows are taken from the cursor.
    let no_number = match size {
        Some(size) if size.as_bigint().is_none() => Some(c_type_name(vm, size)),
        _ => None,
    };
    let chunk = size.and_then(Value::as_i64).and_then(|size| usize::try_from(size).ok()).unwrap_or(2000);
    let lookups = payload(vm, queryset)?.prefetch.borrow().clone();
    let source = queryset.clone();
    let mut rows: Option<std::vec::IntoIter<Value>> = None;
    let mut ready: std::collections::VecDeque<Value> = std::collections::VecDeque::new();
    Ok(vm.native_generator("QuerySet._iterator", move |vm| {
        if let Some(row) = ready.pop_front() {
            return Ok(Some(row));
        }
        if rows.is_none() {
            rows = Some(fetch_all_rows(vm, &source)?.into_iter());
        }
        if let Some(kind) = &no_number {
            return Err(vm.type_error(format!("'{kind}' object cannot be interpreted as an integer")));
        }
        let Some(left) = rows.as_mut() else { return Ok(None) };
        let part: Vec<Value> = left.by_ref().take(chunk).collect();
        if part.is_empty() {
            return Ok(None);
        }
        if !lookups.is_empty() {
            prefetch::prefetch_objects(vm, &part, lookups.clone())?;
        }
        ready.extend(part);
        Ok(ready.pop_front())
    }))
}

/// See [`super::instance_columns`].
pub fn instance_columns(vm: &mut Vm, queryset: &Value) -> PyResult<Vec<String>> {
    let mut query = current_query(vm, queryset)?;
    let using: Rc<str> = db(vm, queryset)?.as_str().into();
    // A query that can match nothing has its columns all the same.
    let layout = &orm(vm, || sql::layout(&mut query, Some(&using)))?;
    let Some(info) = &layout.class_info else { return Ok(Vec::new()) };
    let loaded: Vec<Field> = info.select_fields.iter().filter_map(|at| column_field(layout, *at)).collect();
    let mut columns: Vec<String> = info
        .model
        .concrete_fields()
        .iter()
        .filter(|field| loaded.iter().any(|known| known.attname == field.attname))
        .map(|field| field.attname.to_string())
        .collect();
    columns.extend(layout.annotation_cols.iter().map(|(name, _)| name.to_string()));
    Ok(columns)
}
