//! The rows and columns that a program's last expression holds.

use crate::django::models::state::StatePayload;
use crate::django::models::{model_of, model_of_instance};
use crate::django::query::{self, Iterable};
use crate::python::object::{PyResult, Str, Value};
use crate::python::vm::Vm;

use super::Cell;
use super::cells::{cell, is_scalar};

/// Rows with the names of their columns.
#[derive(Default)]
pub struct Table {
    /// The names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// For model instances: the model's label and the position of its primary key among the columns.
    pub instances: Option<(String, usize)>,
    /// Whether the rows are dicts: the order of their columns says nothing.
    pub keyed: bool,
}

/// The table that a value holds; `None` where it is neither rows nor an instance. `original` is what the expression gave,
/// `value` the list that it was evaluated to.
pub fn tabulate(vm: &mut Vm, original: &Value, value: &Value) -> PyResult<Option<Table>> {
    if original.payload::<query::QuerySetPayload>().is_some() {
        return queryset(vm, original, value).map(Some);
    }
    if query::is_raw(vm, original) {
        let items = vm.list_from(value)?;
        if !items.is_empty() {
            return instances(vm, &items);
        }
        let names = vm.get_attr(original, "columns")?;
        let mut columns = Vec::new();
        for name in vm.list_from(&names)? {
            columns.push(vm.to_str(&name)?.to_string());
        }
        return Ok(Some(Table { columns, ..Table::default() }));
    }
    if model_of_instance(value).is_some() {
        return instances(vm, std::slice::from_ref(value));
    }
    match value {
        Value::List(list) => {
            let items = list.to_vec();
            list_table(vm, &items)
        }
        _ => Ok(None),
    }
}

/// Whether a value in a tuple is a part of one row, rather than a row.
pub fn stands_alone(value: &Value) -> bool {
    model_of_instance(value).is_none() && value.as_tuple().is_none() && value.as_dict().is_none()
}

fn queryset(vm: &mut Vm, original: &Value, value: &Value) -> PyResult<Table> {
    let items = vm.list_from(value)?;
    let kind = query::payload(vm, original)?.iterable.get();
    match kind {
        Iterable::Model => match instances(vm, &items)? {
            Some(table) if !items.is_empty() => Ok(table),
            _ => {
                let columns = query::instance_columns(vm, original)?;
                let label = query::model_of_queryset(vm, original)?;
                let pk = label.pk_or_none().and_then(|pk| columns.iter().position(|name| **name == *pk.attname));
                Ok(Table { columns, instances: pk.map(|at| (label.label(), at)), ..Table::default() })
            }
        },
        Iterable::Values => {
            let columns = query::names_of_values(vm, original)?;
            let mut rows = Vec::with_capacity(items.len());
            for item in items {
                let mut row = Vec::with_capacity(columns.len());
                for name in &columns {
                    let held = item.as_dict().and_then(|dict| dict.get_text(name)).unwrap_or(Value::None);
                    row.push(cell(vm, &held)?);
                }
                rows.push(row);
            }
            Ok(Table { columns, rows, instances: None, keyed: true })
        }
        Iterable::ValuesList | Iterable::NamedValuesList => {
            let columns = query::names_of_values(vm, original)?;
            let mut rows = Vec::with_capacity(items.len());
            for item in items {
                let parts = vm.list_from(&item)?;
                rows.push(cells(vm, &parts)?);
            }
            Ok(Table { columns, rows, ..Table::default() })
        }
        Iterable::FlatValuesList => flat(vm, &items),
    }
}

fn cells(vm: &mut Vm, parts: &[Value]) -> PyResult<Vec<Cell>> {
    parts.iter().map(|part| cell(vm, part)).collect()
}

fn flat(vm: &mut Vm, items: &[Value]) -> PyResult<Table> {
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        rows.push(vec![cell(vm, item)?]);
    }
    Ok(Table { columns: vec!["value".into()], rows, ..Table::default() })
}

fn instances(vm: &mut Vm, items: &[Value]) -> PyResult<Option<Table>> {
    let Some(first) = items.first() else { return Ok(None) };
    let Some(model) = model_of_instance(first).map(|model| model.concrete_model()) else { return Ok(None) };
    let same = |item: &Value| model_of_instance(item).is_some_and(|other| other.concrete_model() == model);
    if !items.iter().all(same) {
        return Ok(None);
    }
    let Some(held) = first.as_instance() else { return Ok(None) };
    let shown = model_of(&held.class()).unwrap_or(model);
    let mut columns: Vec<String> = shown
        .concrete_fields()
        .iter()
        .filter(|field| held.get(&Str::interned(&field.attname)).is_some())
        .map(|field| field.attname.to_string())
        .collect();
    if let Some(state) = held.get(&Str::interned("_state"))
        && let Some(state) = state.payload::<StatePayload>()
    {
        for name in state.annotations.borrow().iter() {
            if !columns.iter().any(|known| **known == **name) {
                columns.push(name.to_string());
            }
        }
    }
    let pk = shown.pk_or_none().and_then(|pk| columns.iter().position(|name| **name == *pk.attname));
    let names: Vec<Str> = columns.iter().map(|name| Str::interned(name)).collect();
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let mut row = Vec::with_capacity(names.len());
        for name in &names {
            let held = item.as_instance().and_then(|instance| instance.get(name)).unwrap_or(Value::None);
            row.push(cell(vm, &held)?);
        }
        rows.push(row);
    }
    Ok(Some(Table { columns, rows, instances: pk.map(|at| (shown.label(), at)), keyed: false }))
}

fn list_table(vm: &mut Vm, items: &[Value]) -> PyResult<Option<Table>> {
    if let Some(first) = items.first() {
        if model_of_instance(first).is_some() && items.iter().all(|item| model_of_instance(item).is_some()) {
            return instances(vm, items);
        }
        if items.iter().all(|item| item.as_dict().is_some()) {
            return dicts(vm, items).map(Some);
        }
        if items.iter().all(|item| item.as_tuple().is_some()) {
            return tuples(vm, items).map(Some);
        }
    }
    if items.iter().all(is_scalar) {
        return flat(vm, items).map(Some);
    }
    Ok(None)
}

fn dicts(vm: &mut Vm, items: &[Value]) -> PyResult<Table> {
    let mut columns: Vec<String> = Vec::new();
    for item in items {
        let keys = item.as_dict().map(|dict| dict.keys()).unwrap_or_default();
        for key in keys {
            let name = vm.to_str(&key)?.to_string();
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let mut row = Vec::with_capacity(columns.len());
        for name in &columns {
            let held = item.as_dict().and_then(|dict| dict.get_text(name)).unwrap_or(Value::None);
            row.push(cell(vm, &held)?);
        }
        rows.push(row);
    }
    Ok(Table { columns, rows, instances: None, keyed: true })
}

fn tuples(vm: &mut Vm, items: &[Value]) -> PyResult<Table> {
    let width = items.iter().filter_map(Value::as_tuple).map(<[Value]>::len).max().unwrap_or(0);
    let named = match items.first() {
        Some(first) if first.as_instance().is_some() => vm.get_attr_opt(first, "_fields")?,
        _ => None,
    };
    let columns = match named {
        Some(names) => {
            let mut columns = Vec::new();
            for name in vm.list_from(&names)? {
                columns.push(vm.to_str(&name)?.to_string());
            }
            columns
        }
        None => (0..width).map(|at| at.to_string()).collect(),
    };
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let parts = item.as_tuple().unwrap_or_default().to_vec();
        let mut row = cells(vm, &parts)?;
        row.resize(width, Cell::Null);
        rows.push(row);
    }
    Ok(Table { columns, rows, ..Table::default() })
}
