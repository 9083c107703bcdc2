//! Methods that give another queryset: conditions, annotations, orderings, columns, loading.

use std::rc::Rc;

use crate::orm::models::{OrderTerm, Side};
use crate::orm::query::{Expr, Expression, FilteredRelation, GroupBy, Q, QNode, Query, Related, not_a_name};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::expressions::{check_members, filtered_relation, lower_opt, q_from_call};
use crate::django::models::meta::{call_order_terms, order_term, refuse_order_terms};
use crate::django::state::{Django, orm, raise_class};

use super::{Iterable, chained, copy, current_query, model_of_queryset, payload};

/// Changes the query of a queryset that was just made.
pub(super) fn edit<T>(
    vm: &mut Vm,
    queryset: &Value,
    change: impl FnOnce(&mut Query) -> crate::orm::OrmResult<T>,
) -> PyResult<T> {
    let mut query = current_query(vm, queryset)?;
    let result = orm(vm, || change(&mut query))?;
    *payload(vm, queryset)?.query.borrow_mut() = Some(query);
    Ok(result)
}

/// Refuses a method after `union()` and its kin.
pub(super) fn not_combined(vm: &mut Vm, queryset: &Value, method: &str) -> PyResult<()> {
    let combinator = payload(vm, queryset)?.query.borrow().as_ref().and_then(|query| query.combinator);
    match combinator {
        None => Ok(()),
        Some(word) => {
            let class = Django::of(vm).errors.not_supported_error.clone();
            Err(raise_class(vm, &class, format!("Calling QuerySet.{method}() after {word}() is not supported.")))
        }
    }
}

/// Refuses a method once a slice has been taken.
pub(super) fn not_sliced(vm: &mut Vm, queryset: &Value, message: &str) -> PyResult<()> {
    if current_query(vm, queryset)?.is_sliced() {
        return Err(vm.type_error(message));
    }
    Ok(())
}

/// Refuses everything but fields and annotations to `values()` rows' other methods.
fn filter_or_exclude(vm: &mut Vm, args: &Args, negate: bool) -> PyResult {
    let queryset = &args[0];
    let positional = args.rest(1).to_vec();
    let keywords = args.keyword_rest(2);
    if (!positional.is_empty() || !keywords.is_empty()) && current_query(vm, queryset)?.is_sliced() {
        return Err(vm.type_error("Cannot filter a query once a slice has been taken."));
    }
    let made = chained(vm, queryset)?;
    if payload(vm, queryset)?.defer_next_filter.replace(false) {
        *payload(vm, &made)?.deferred_filter.borrow_mut() = Some((negate, positional, keywords));
    } else {
        filter_in_place(vm, &made, negate, &positional, keywords)?;
    }
    Ok(made)
}

/// Adds a condition to a queryset itself.
pub fn filter_in_place(
    vm: &mut Vm,
    queryset: &Value,
    negate: bool,
    positional: &[Value],
    keywords: Vec<(Str, Value)>,
) -> PyResult<()> {
    let mut prohibited: Vec<String> = keywords
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "_connector" | "_negated"))
        .map(|(name, _)| format!("'{name}'"))
        .collect();
    if !prohibited.is_empty() {
        prohibited.sort();
        return Err(vm.type_error(format!("The following kwargs are invalid: {}", prohibited.join(", "))));
    }
    let mut q = q_from_call(vm, positional, keywords)?;
    check_members(vm, &q)?;
    if negate {
        let mut outer = Q::new(vec![QNode::Q(q)]);
        outer.negated = true;
        q = outer;
    }
    edit(vm, queryset, |query| query.add_q(&q))
}

pub(super) fn filter(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "filter")?;
    filter_or_exclude(vm, &args, false)
}

pub(super) fn exclude(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "exclude")?;
    filter_or_exclude(vm, &args, true)
}

pub(super) fn complex_filter(vm: &mut Vm, args: Args) -> PyResult {
    let made = chained(vm, &args[0])?;
    if crate::django::expressions::q_value(&args[1]).is_some() {
        filter_in_place(vm, &made, false, &[args[1].clone()], Vec::new())?;
        return Ok(made);
    }
    // The names are looked through before they become keywords.
    let names = vm.list_from(&args[1])?;
    for name in &names {
        vm.hash(name)?;
    }
    let Some(dict) = args[1].as_dict() else {
        let kind = vm.type_name(&args[1]);
        let text = format!("django.db.models.query_utils.Q() argument after ** must be a mapping, not {kind}");
        return Err(vm.type_error(text));
    };
    if names.iter().any(|name| name.as_str().is_none()) {
        return Err(vm.type_error("keywords must be strings"));
    }
    filter_in_place(vm, &made, false, &[], dict.str_items())?;
    Ok(made)
}

pub(super) fn all(vm: &mut Vm, args: Args) -> PyResult {
    chained(vm, &args[0])
}

pub(super) fn none(vm: &mut Vm, args: Args) -> PyResult {
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| {
        query.set_empty();
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn distinct(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "distinct")?;
    not_sliced(vm, &args[0], "Cannot create distinct fields once a slice has been taken.")?;
    let names = given_names(vm, args.rest(1), false)?;
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| {
        query.add_distinct_fields(&names);
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn names(vm: &mut Vm, values: &[Value]) -> PyResult<Vec<Rc<str>>> {
    values.iter().map(|value| Ok(Rc::from(vm.to_str(value)?.as_str()))).collect()
}

/// Names that nobody looks at before the statement is written; what is no text is found out then. A set of names takes
/// only what has a hash.
fn given_names(vm: &mut Vm, values: &[Value], set: bool) -> PyResult<Vec<Rc<str>>> {
    let mut names = Vec::with_capacity(values.len());
    for value in values {
        if set {
            vm.hash(value)?;
        }
        names.push(match value.as_str() {
            Some(name) => Rc::from(name.as_str()),
            None => match value.as_class() {
                Some(class) => not_a_name(&format!("type object '{}'", class.name())),
                None => {
                    let kind = vm.type_name(value);
                    let shown = if matches!(kind.as_str(), "bytes" | "bytearray") {
                        kind.to_string()
                    } else {
                        format!("'{kind}' object")
                    };
                    not_a_name(&shown)
                }
            },
        });
    }
    Ok(names)
}

pub(super) fn order_by(vm: &mut Vm, args: Args) -> PyResult {
    not_sliced(vm, &args[0], "Cannot reorder a query once a slice has been taken.")?;
    let (terms, invalid) = call_order_terms(vm, args.rest(1))?;
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| {
        query.clear_ordering(true, false);
        query.add_ordering(&terms)
    })?;
    refuse_order_terms(vm, &invalid)?;
    Ok(made)
}

pub(super) fn reverse(vm: &mut Vm, args: Args) -> PyResult {
    not_sliced(vm, &args[0], "Cannot reverse a query once a slice has been taken.")?;
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| {
        query.standard_ordering = !query.standard_ordering;
        Ok(())
    })?;
    Ok(made)
}

/// An argument of `annotate()` and its kin.
#[derive(Clone)]
pub(super) enum Annotation {
    /// A value for each row.
    Expr(Expr),
    /// A relation under another name.
    Filtered(FilteredRelation),
}

fn annotation(vm: &mut Vm, value: &Value) -> PyResult<Option<Annotation>> {
    if let Some(relation) = filtered_relation(value) {
        return Ok(Some(Annotation::Filtered(relation)));
    }
    if let Some(expr) = lower_opt(vm, value)? {
        return Ok(Some(Annotation::Expr(expr)));
    }
    let query = super::query_of(vm, value)?;
    Ok(query.map(|query| Annotation::Expr(Rc::new(Expression::Query(crate::orm::query::QueryExpr { query })))))
}

/// What an aggregate over one field calls itself; `None` for what has no such name.
fn default_alias(annotation: &Annotation) -> Option<Rc<str>> {
    let Annotation::Expr(expr) = annotation else { return None };
    let Expression::Aggregate(aggregate) = &**expr else { return None };
    if aggregate.filter.is_some() || aggregate.order_by.is_some() {
        return None;
    }
    let [source] = aggregate.func.args.as_slice() else { return None };
    let name: Rc<str> = match &**source {
        Expression::F(name) => name.clone(),
        // Django asks for a `name`, which the classes of aggregates have too.
        Expression::Aggregate(inner) => inner.func.spec.name.into(),
        _ => return None,
    };
    Some(format!("{name}__{}", aggregate.func.spec.name.to_lowercase()).into())
}

/// The same for what was given: a class written in Python says it by its attributes.
fn own_alias(vm: &mut Vm, value: &Value, found: &Annotation) -> PyResult<Option<Rc<str>>> {
    if !matches!(found, Annotation::Expr(expr) if matches!(&**expr, Expression::Custom(_))) {
        return Ok(default_alias(found));
    }
    match vm.get_attr(value, "default_alias") {
        Ok(alias) => Ok(Some(vm.to_str(&alias)?.as_str().into())),
        Err(raised) => {
            let refused = [Kind::AttributeError, Kind::TypeError];
            if refused.iter().any(|kind| raised.is(vm.exceptions.get(*kind))) { Ok(None) } else { Err(raised) }
        }
    }
}

/// The annotations of a call: positional ones named by themselves, keywords by name.
pub(super) fn annotations(
    vm: &mut Vm,
    positional: &[Value],
    keywords: &[(Str, Value)],
    method: &str,
) -> PyResult<Vec<(Rc<str>, Annotation)>> {
    let mut invalid = Vec::new();
    let mut all = Vec::new();
    for value in positional {
        match annotation(vm, value)? {
            Some(found) => {
                let alias = own_alias(vm, value, &found)?;
                all.push((None, found, alias));
            }
            None => invalid.push(value.clone()),
        }
    }
    for (name, value) in keywords {
        match annotation(vm, value)? {
            Some(found) => all.push((Some(Rc::from(name.as_str())), found, None)),
            None => invalid.push(value.clone()),
        }
    }
    if !invalid.is_empty() {
        let mut shown = Vec::with_capacity(invalid.len());
        for value in &invalid {
            shown.push(vm.to_str(value)?.to_string());
        }
        return Err(vm.type_error(format!("QuerySet.{method}() received non-expression(s): {}.", shown.join(", "))));
    }
    let mut named: Vec<(Rc<str>, Annotation)> = Vec::with_capacity(all.len());
    for (name, found, alias) in all {
        let name = match name {
            Some(name) => name,
            None => {
                let Some(alias) = alias else {
                    let text = if method == "aggregate" {
                        "Complex aggregates require an alias"
                    } else {
                        "Complex annotations require an alias"
                    };
                    return Err(vm.type_error(text));
                };
                if method != "aggregate" && keywords.iter().any(|(known, _)| **known == *alias) {
                    return Err(vm.value_error(format!(
                        "The named annotation '{alias}' conflicts with the default name for another annotation."
                    )));
                }
                alias
            }
        };
        match named.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = found,
            None => named.push((name, found)),
        }
    }
    Ok(named)
}

fn annotate_with(vm: &mut Vm, args: &Args, select: bool, method: &str) -> PyResult {
    not_combined(vm, &args[0], method)?;
    let positional = args.rest(1).to_vec();
    let keywords = args.keyword_rest(2);
    let wanted = annotations(vm, &positional, &keywords, "annotate")?;
    let made = chained(vm, &args[0])?;
    let model = model_of_queryset(vm, &made)?;
    let fields = payload(vm, &made)?.fields.borrow().clone();
    let taken: Vec<Rc<str>> = match &fields {
        None => model
            .get_fields(true)
            .iter()
            .flat_map(|side| {
                let name = side.name();
                match side {
                    Side::Forward(field) => vec![name, field.attname.clone()],
                    Side::Reverse(_) => vec![name],
                }
            })
            .collect(),
        Some(fields) => fields.iter().filter_map(Value::as_str).map(|name| Rc::from(name.as_str())).collect(),
    };
    for (name, annotation) in &wanted {
        if taken.contains(name) {
            return Err(vm.value_error(format!("The annotation '{name}' conflicts with a field on the model.")));
        }
        match annotation {
            Annotation::Filtered(relation) => edit(vm, &made, |query| query.add_filtered_relation(relation, name))?,
            Annotation::Expr(expr) => edit(vm, &made, |query| query.add_annotation(expr, name, select))?,
        }
    }
    edit(vm, &made, |query| {
        let aggregates =
            wanted.iter().any(|(name, _)| query.annotation(name).is_some_and(|expr| expr.contains_aggregate()));
        if aggregates {
            if fields.is_none() {
                query.group_by = GroupBy::All;
            } else {
                query.set_group_by(true)?;
            }
        }
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn annotate(vm: &mut Vm, args: Args) -> PyResult {
    annotate_with(vm, &args, true, "annotate")
}

pub(super) fn alias(vm: &mut Vm, args: Args) -> PyResult {
    annotate_with(vm, &args, false, "alias")
}

/// `_values(*fields, **expressions)`
fn with_values(vm: &mut Vm, queryset: &Value, fields: Vec<Value>, expressions: Vec<(Str, Value)>) -> PyResult {
    let mut made = chained(vm, queryset)?;
    if !expressions.is_empty() {
        let mut call = Args::new([made.clone(), Value::tuple(Vec::new())]);
        let dict = crate::python::object::Dict::new();
        for (name, value) in expressions {
            dict.set_str(name, value);
        }
        call.positional.push(Value::Dict(Rc::new(dict)));
        made = annotate_with(vm, &call, true, "annotate")?;
    }
    if let Some(value) = fields.iter().find(|value| value.as_str().is_none()) {
        let kind = vm.type_name(value);
        return Err(vm.type_error(format!("expected string or bytes-like object, got '{kind}'")));
    }
    let wanted = names(vm, &fields)?;
    *payload(vm, &made)?.fields.borrow_mut() = Some(fields);
    edit(vm, &made, |query| query.set_values(&wanted))?;
    Ok(made)
}

pub(super) fn values(vm: &mut Vm, args: Args) -> PyResult {
    let mut fields = args.rest(1).to_vec();
    let expressions = args.keyword_rest(2);
    not_combined_values(vm, &args[0], !expressions.is_empty())?;
    fields.extend(expressions.iter().map(|(name, _)| Value::Str(name.clone())));
    let made = with_values(vm, &args[0], fields, expressions)?;
    payload(vm, &made)?.iterable.set(Iterable::Values);
    Ok(made)
}

/// `values()` works on a combined queryset, but cannot annotate it.
fn not_combined_values(vm: &mut Vm, queryset: &Value, annotates: bool) -> PyResult<()> {
    if annotates { not_combined(vm, queryset, "annotate") } else { Ok(()) }
}

pub(super) fn values_list(vm: &mut Vm, args: Args) -> PyResult {
    let (flat, named) = (vm.truth(&args[2])?, vm.truth(&args[3])?);
    let given = args.rest(1).to_vec();
    if flat && named {
        return Err(vm.type_error("'flat' and 'named' can't be used together."));
    }
    if flat && given.len() > 1 {
        return Err(vm.type_error("'flat' is not valid when values_list is called with more than one field."));
    }
    // Names that are known already; whether one was selected yet.
    let mut names: Vec<(String, bool)> = Vec::new();
    for field in given.iter().filter_map(Value::as_str) {
        if !names.iter().any(|(known, _)| known == field.as_str()) {
            names.push((field.to_string(), false));
        }
    }
    let mut fields = Vec::with_capacity(given.len());
    let mut expressions = Vec::new();
    let mut counter = 1;
    for field in given {
        let (mut name, expression) = match field.as_str() {
            Some(name) => {
                let again = names.iter().any(|(known, seen)| known == name.as_str() && *seen);
                let expression = if again {
                    let class = Django::of(vm).classes().expressions.f.clone();
                    Some(vm.call(&Value::Class(class), [field.clone()])?)
                } else {
                    None
                };
                (name.to_string(), expression)
            }
            None => {
                let is_condition = crate::django::expressions::q_value(&field).is_some();
                if !is_condition && vm.get_attr_opt(&field, "resolve_expression")?.is_none() {
                    // Taken for a name. The names are put into a set before they are looked at.
                    vm.hash(&field)?;
                    let kind = vm.type_name(&field);
                    return Err(vm.type_error(format!("expected string or bytes-like object, got '{kind}'")));
                }
                let name = match vm.get_attr_opt(&field, "default_alias")? {
                    Some(alias) => vm.to_str(&alias)?.to_string(),
                    None => vm.type_name(&field).to_lowercase(),
                };
                (name, Some(field))
            }
        };
        if let Some(expression) = expression {
            // An expression's name has a number even where it would be free without.
            let prefix = name;
            name = loop {
                let numbered = format!("{prefix}{counter}");
                if !names.iter().any(|(known, _)| *known == numbered) {
                    break numbered;
                }
                counter += 1;
            };
            expressions.push((Str::from(name.clone()), expression));
        }
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, seen)) => *seen = true,
            None => names.push((name.clone(), true)),
        }
        fields.push(Value::from(name));
    }
    not_combined_values(vm, &args[0], !expressions.is_empty())?;
    let made = with_values(vm, &args[0], fields, expressions)?;
    payload(vm, &made)?.iterable.set(if named {
        Iterable::NamedValuesList
    } else if flat {
        Iterable::FlatValuesList
    } else {
        Iterable::ValuesList
    });
    Ok(made)
}

pub(super) fn select_related(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "select_related")?;
    if payload(vm, &args[0])?.fields.borrow().is_some() {
        return Err(vm.type_error("Cannot call select_related() after .values() or .values_list()"));
    }
    let given = args.rest(1).to_vec();
    let made = chained(vm, &args[0])?;
    if let [Value::None] = given.as_slice() {
        edit(vm, &made, |query| {
            query.select_related = Related::None;
            Ok(())
        })?;
        return Ok(made);
    }
    if let Some(value) = given.iter().find(|value| value.as_str().is_none()) {
        let split = vm.get_attr(value, "split")?;
        vm.call(&split, [Value::str("__")])?;
    }
    let wanted = names(vm, &given)?;
    edit(vm, &made, |query| {
        if wanted.is_empty() {
            query.select_related = Related::All;
        } else {
            query.add_select_related(&wanted);
        }
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn prefetch_related(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "prefetch_related")?;
    let given = args.rest(1).to_vec();
    let made = chained(vm, &args[0])?;
    if let [Value::None] = given.as_slice() {
        payload(vm, &made)?.prefetch.borrow_mut().clear();
        return Ok(made);
    }
    super::prefetch::check_lookups(vm, &made, &given)?;
    payload(vm, &made)?.prefetch.borrow_mut().extend(given);
    Ok(made)
}

pub(super) fn defer(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "defer")?;
    if payload(vm, &args[0])?.fields.borrow().is_some() {
        return Err(vm.type_error("Cannot call defer() after .values() or .values_list()"));
    }
    let given = args.rest(1).to_vec();
    let made = chained(vm, &args[0])?;
    if let [Value::None] = given.as_slice() {
        edit(vm, &made, |query| {
            query.clear_deferred_loading();
            Ok(())
        })?;
        return Ok(made);
    }
    let wanted = given_names(vm, &given, true)?;
    edit(vm, &made, |query| {
        query.add_deferred_loading(&wanted);
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn only(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "only")?;
    if payload(vm, &args[0])?.fields.borrow().is_some() {
        return Err(vm.type_error("Cannot call only() after .values() or .values_list()"));
    }
    let given = args.rest(1).to_vec();
    if let [Value::None] = given.as_slice() {
        return Err(vm.type_error("Cannot pass None as an argument to only()."));
    }
    if let Some(value) = given.iter().find(|value| value.as_str().is_none()) {
        let split = vm.get_attr(value, "split")?;
        vm.call(&split, [Value::str("__")])?;
    }
    let wanted = names(vm, &given)?;
    for name in &wanted {
        let first = name.split("__").next().unwrap_or_default();
        if current_query(vm, &args[0])?.filtered_relations.iter().any(|(known, _)| **known == *first) {
            return Err(vm.value_error("only() is not supported with FilteredRelation."));
        }
    }
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| query.add_immediate_loading(&wanted))?;
    Ok(made)
}

pub(super) fn using(vm: &mut Vm, args: Args) -> PyResult {
    let made = chained(vm, &args[0])?;
    *payload(vm, &made)?.db.borrow_mut() = args[1].clone();
    Ok(made)
}

pub(super) fn select_for_update(vm: &mut Vm, args: Args) -> PyResult {
    if vm.truth(&args[1])? && vm.truth(&args[2])? {
        return Err(vm.value_error("The nowait option cannot be used with skip_locked."));
    }
    let made = chained(vm, &args[0])?;
    payload(vm, &made)?.for_write.set(true);
    edit(vm, &made, |query| {
        query.select_for_update = true;
        Ok(())
    })?;
    Ok(made)
}

pub(super) fn extra(vm: &mut Vm, args: Args) -> PyResult {
    not_combined(vm, &args[0], "extra")?;
    not_sliced(vm, &args[0], "Cannot change a query once a slice has been taken.")?;
    let mut select: Vec<(Rc<str>, Rc<str>)> = Vec::new();
    if let Some(dict) = args[1].as_dict().cloned() {
        for (name, text) in dict.str_items() {
            select.push((name.as_str().into(), vm.to_str(&text)?.as_str().into()));
        }
    } else if vm.truth(&args[1])? {
        let kind = vm.type_name(&args[1]);
        return Err(vm.raise(Kind::AttributeError, format!("'{kind}' object has no attribute 'items'")));
    }
    let mut lists: Vec<Vec<Value>> = Vec::new();
    for index in 2..=6 {
        lists.push(if args.some(index).is_some() { vm.list_from(&args[index])? } else { Vec::new() });
    }
    let where_ = names(vm, &lists[0])?;
    let params = lists[1].iter().map(|value| to_datum(vm, value)).collect::<PyResult<Vec<_>>>()?;
    let tables = names(vm, &lists[2])?;
    let mut order: Vec<OrderTerm> = Vec::new();
    for term in &lists[3] {
        order.push(order_term(vm, term)?);
    }
    let select_params = lists[4].iter().map(|value| to_datum(vm, value)).collect::<PyResult<Vec<_>>>()?;
    let made = chained(vm, &args[0])?;
    edit(vm, &made, |query| query.add_extra(&select, &select_params, &where_, &params, &tables, Some(&order)))?;
    Ok(made)
}

/// A fresh copy that keeps the rows already fetched out of it: `_clone()`.
pub(super) fn clone(vm: &mut Vm, args: Args) -> PyResult {
    copy(vm, &args[0])
}
