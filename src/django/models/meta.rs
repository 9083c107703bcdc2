//! Reads `class Meta` into the ORM's [`Meta`].

use std::rc::Rc;

use crate::django::constraints;
use crate::django::expressions;
use crate::django::state::Django;
use crate::orm::models::{Meta, OrderTerm};
use crate::orm::query::{Expression, QueryExpr};
use crate::python::exceptions::Kind;
use crate::python::object::{Class, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

/// The names that `class Meta` may hold.
pub const NAMES: &[&str] = &[
    "verbose_name",
    "verbose_name_plural",
    "db_table",
    "db_table_comment",
    "ordering",
    "unique_together",
    "permissions",
    "get_latest_by",
    "order_with_respect_to",
    "app_label",
    "db_tablespace",
    "abstract",
    "managed",
    "proxy",
    "swappable",
    "auto_created",
    "apps",
    "default_permissions",
    "select_on_save",
    "default_related_name",
    "required_db_features",
    "required_db_vendor",
    "base_manager_name",
    "default_manager_name",
    "indexes",
    "constraints",
];

/// What `class Meta` said, beside the ORM's part of it.
pub struct ReadMeta {
    /// The ORM's part.
    pub meta: Meta,
    /// The names that were said, with their values as they were.
    pub said: Vec<(Str, Value)>,
}

/// Reads a `Meta` class (or nothing) of the class `name`; `app_label` is that of its module.
pub fn read(vm: &mut Vm, meta: Option<&Value>, name: &str, app_label: Option<&str>) -> PyResult<ReadMeta> {
    let mut said = Vec::new();
    if let Some(class) = meta {
        collect(vm, class, &mut said)?;
    }
    let mut read =
        Meta { app_label: app_label.unwrap_or_default().into(), managed: true, can_migrate: true, ..Meta::default() };
    for (key, value) in &said {
        match key.as_str() {
            "app_label" => read.app_label = text(vm, value)?,
            "db_table" if !value.is_none() => read.db_table = text(vm, value)?,
            "abstract" => read.is_abstract = vm.truth(value)?,
            "proxy" => read.proxy = vm.truth(value)?,
            "managed" => read.managed = vm.truth(value)?,
            "auto_created" => read.auto_created = vm.truth(value)?,
            "select_on_save" => read.select_on_save = vm.truth(value)?,
            "verbose_name" => read.verbose_name = text(vm, value)?,
            "verbose_name_plural" => read.verbose_name_plural = text(vm, value)?,
            "ordering" => read.ordering = order_terms_or_none(vm, value),
            "order_with_respect_to" if !value.is_none() => read.order_with_respect_to = Some(text(vm, value)?),
            "default_related_name" if !value.is_none() => read.default_related_name = Some(text(vm, value)?),
            "base_manager_name" if !value.is_none() => read.base_manager_name = Some(text(vm, value)?),
            "default_manager_name" if !value.is_none() => read.default_manager_name = Some(text(vm, value)?),
            "get_latest_by" if !value.is_none() => read.get_latest_by = names(vm, value)?,
            "unique_together" => read.unique_together = together_or_none(vm, value),
            "swappable" => read.swapped = swapped(vm, value, &read.app_label, name)?,
            _ => {}
        }
    }
    if read.verbose_name.is_empty() {
        read.verbose_name = spaced(name).into();
    }
    if read.verbose_name_plural.is_empty() {
        read.verbose_name_plural = format!("{}s", read.verbose_name).into();
    }
    if read.db_table.is_empty() {
        let table = format!("{}_{}", read.app_label, name.to_lowercase());
        read.db_table = crate::orm::schema::truncate_name(&table, None).into();
    }
    Ok(ReadMeta { meta: read, said })
}

/// Fills in what needs the model's fields to be known: indexes and constraints.
/// Gives them as the class keeps them, named after itself.
pub fn read_late(
    vm: &mut Vm,
    meta: &mut Meta,
    said: &[(Str, Value)],
    class: &Rc<Class>,
) -> PyResult<Vec<(Str, Value)>> {
    let mut kept = Vec::new();
    for (key, value) in said {
        if !matches!(key.as_str(), "indexes" | "constraints") {
            continue;
        }
        let own = Value::list(constraints::named_after(vm, value, &meta.app_label, &class.name())?);
        if *key == "indexes" {
            constraints::name_indexes(vm, class, &own)?;
            meta.indexes = constraints::read_indexes(vm, &own)?;
        } else {
            meta.constraints = constraints::read_constraints(vm, &own)?;
        }
        kept.push((key.clone(), own));
    }
    Ok(kept)
}

fn collect(vm: &mut Vm, class: &Value, said: &mut Vec<(Str, Value)>) -> PyResult<()> {
    let mut left = Vec::new();
    let Value::Class(class) = class else { return Ok(()) };
    for (key, _) in class.dict().str_items() {
        if !key.starts_with('_') && !NAMES.contains(&key.as_str()) {
            left.push(key);
        }
    }
    let class = Value::Class(class.clone());
    for name in NAMES {
        if let Some(value) = vm.get_attr_opt(&class, name)? {
            said.push((Str::interned(name), value));
        }
    }
    if !left.is_empty() {
        let names: Vec<&str> = left.iter().map(Str::as_str).collect();
        return Err(vm.type_error(format!("'class Meta' got invalid attribute(s): {}", names.join(","))));
    }
    Ok(())
}

fn text(vm: &mut Vm, value: &Value) -> PyResult<Rc<str>> {
    Ok(vm.to_str(value)?.as_str().into())
}

fn names(vm: &mut Vm, value: &Value) -> PyResult<Vec<Rc<str>>> {
    if let Some(name) = value.as_str() {
        return Ok(vec![name.as_str().into()]);
    }
    let items = vm.list_from(value)?;
    items.iter().map(|item| text(vm, item)).collect()
}

/// `Meta.ordering`; what is no ordering at all only the system checks speak of.
pub fn order_terms_or_none(vm: &mut Vm, value: &Value) -> Vec<OrderTerm> {
    order_terms(vm, value).unwrap_or_default()
}

/// `Meta.unique_together`; what is none the system checks speak of.
pub fn together_or_none(vm: &mut Vm, value: &Value) -> Vec<Vec<Rc<str>>> {
    if value.as_list().is_none() && value.as_tuple().is_none() {
        return Vec::new();
    }
    together(vm, value).unwrap_or_default()
}

/// `ordering=`, or the arguments of `order_by()`: names and expressions.
pub fn order_terms(vm: &mut Vm, value: &Value) -> PyResult<Vec<OrderTerm>> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    if let Some(name) = value.as_str() {
        return Ok(name.chars().map(|letter| OrderTerm::Name(letter.to_string().into())).collect());
    }
    let items = vm.list_from(value)?;
    items.iter().map(|item| order_term(vm, item)).collect()
}

/// One name or expression of an ordering.
pub fn order_term(vm: &mut Vm, value: &Value) -> PyResult<OrderTerm> {
    match order_term_opt(vm, value)? {
        Some(term) => Ok(term),
        None => Err(invalid_order_terms(vm, std::slice::from_ref(value))?),
    }
}

/// The same; `None` for what can order nothing.
fn order_term_opt(vm: &mut Vm, value: &Value) -> PyResult<Option<OrderTerm>> {
    if let Some(name) = value.as_str() {
        return Ok(Some(OrderTerm::Name(name.as_str().into())));
    }
    if let Some(expr) = expressions::lower_opt(vm, value)? {
        return Ok(Some(OrderTerm::Expr(expr)));
    }
    let query = crate::django::query::query_of(vm, value)?;
    Ok(query.map(|query| OrderTerm::Expr(Rc::new(Expression::Query(QueryExpr { query })))))
}

fn invalid_order_terms(vm: &mut Vm, values: &[Value]) -> PyResult<Raised> {
    let mut shown = Vec::with_capacity(values.len());
    for value in values {
        shown.push(vm.repr(value)?.to_string());
    }
    let class = Django::of(vm).errors.field_error.clone();
    let text = format!("Invalid order_by arguments: [{}]", shown.join(", "));
    Ok(crate::django::state::raise_class(vm, &class, text))
}

/// The arguments of a call that orders, and what it raises for those that can order nothing, once the others are found good.
pub fn call_order_terms(vm: &mut Vm, values: &[Value]) -> PyResult<(Vec<OrderTerm>, Vec<Value>)> {
    let (mut terms, mut invalid) = (Vec::with_capacity(values.len()), Vec::new());
    for value in values {
        match order_term_opt(vm, value)? {
            Some(term) => terms.push(term),
            None => invalid.push(value.clone()),
        }
    }
    Ok((terms, invalid))
}

/// Refuses what [`call_order_terms`] found to order nothing.
pub fn refuse_order_terms(vm: &mut Vm, invalid: &[Value]) -> PyResult<()> {
    if invalid.is_empty() { Ok(()) } else { Err(invalid_order_terms(vm, invalid)?) }
}

fn together(vm: &mut Vm, value: &Value) -> PyResult<Vec<Vec<Rc<str>>>> {
    let items = vm.list_from(value)?;
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    if first.as_str().is_some() {
        return Ok(vec![names(vm, value)?]);
    }
    items.iter().map(|item| names(vm, item)).collect()
}

/// The label of the model that a setting puts in this one's place, if it names another.
fn swapped(vm: &mut Vm, setting: &Value, app_label: &str, name: &str) -> PyResult<Option<Rc<str>>> {
    let Some(setting) = setting.as_str() else { return Ok(None) };
    let Ok(value) = crate::django::conf::setting(vm, setting.as_str()) else { return Ok(None) };
    let Some(model) = value.as_str() else { return Ok(None) };
    let own = format!("{app_label}.{name}").to_lowercase();
    Ok((model.to_lowercase() != own && !model.is_empty()).then(|| model.as_str().into()))
}

/// `verbose_name` of a class name: words apart, in lower case.
pub fn spaced(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut spaced = String::with_capacity(name.len() + 4);
    for (at, &letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && (letters[at - 1].is_lowercase() || letters[at - 1].is_ascii_digit());
        let before_lower =
            at > 0 && letters.get(at + 1).is_some_and(|next| next.is_lowercase()) && !letters[at - 1].is_whitespace();
        if letter.is_uppercase() && at > 0 && (after_lower || (before_lower && letters[at - 1].is_alphanumeric())) {
            spaced.push(' ');
        }
        spaced.extend(letter.to_lowercase());
    }
    spaced
}

/// The `RuntimeError` for a model outside of every app.
pub fn no_app(vm: &mut Vm, module: &str, name: &str) -> crate::python::object::Raised {
    vm.raise(
        Kind::RuntimeError,
        format!(
            "Model class {module}.{name} doesn't declare an explicit app_label and isn't in an application in \
             INSTALLED_APPS."
        ),
    )
}
