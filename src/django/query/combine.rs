//! Querysets made of querysets, and lists of dates.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::orm::query::{Connector, Query};
use crate::python::object::{Args, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::state::Django;

use super::chain::edit;
use super::{QuerySetPayload, chained, class_of_queryset, current_query, payload};

/// The query of an operand, which need not be a queryset: what has none fails as the attribute `query` would.
fn query_of_operand(vm: &mut Vm, other: &Value) -> PyResult<Query> {
    if other.payload::<QuerySetPayload>().is_some() {
        return current_query(vm, other);
    }
    let query = vm.get_attr(other, "query")?;
    match super::object::query_object(&query) {
        Some(query) => Ok(query),
        None => Err(vm.unsupported("querysets combined with other objects")),
    }
}

/// Both sides of `&`, `|` and `^`, found fit for each other.
fn operands(vm: &mut Vm, args: &Args, operator: &str) -> PyResult<(Value, Value)> {
    let (mine, theirs) = (current_query(vm, &args[0])?, &args[1]);
    if mine.combinator.is_some() || query_of_operand(vm, theirs)?.combinator.is_some() {
        return Err(vm.type_error(format!("Cannot use {operator} operator with combined queryset.")));
    }
    let other = query_of_operand(vm, theirs)?;
    // Querysets of `values()` combine only with others that select the same.
    if payload(vm, &args[0])?.fields.borrow().is_some() {
        let names = |query: &Query| -> [BTreeSet<Rc<str>>; 3] {
            [
                query.values_select.iter().cloned().collect(),
                query.extra_select().map(|(name, _)| name.clone()).collect(),
                query.annotation_select().map(|annotation| annotation.name.clone()).collect(),
            ]
        };
        if names(&mine) != names(&other) {
            let name = vm.type_name(&args[0]);
            let text = format!("Merging '{name}' classes must involve the same values in each case.");
            return Err(vm.type_error(text));
        }
    }
    Ok((args[0].clone(), theirs.clone()))
}

fn merged(vm: &mut Vm, mine: &Value, theirs: &Value, connector: Connector) -> PyResult {
    let other = current_query(vm, theirs)?;
    let made = chained(vm, mine)?;
    edit(vm, &made, |query| query.combine(&other, connector))?;
    let known = payload(vm, theirs)?.known_related.borrow().clone();
    payload(vm, &made)?.known_related.borrow_mut().extend(known);
    Ok(made)
}

/// The rows of a side that is sliced are picked by primary key.
fn by_pk(vm: &mut Vm, queryset: &Value) -> PyResult {
    if !current_query(vm, queryset)?.is_sliced() {
        return Ok(queryset.clone());
    }
    let class = class_of_queryset(vm, queryset)?;
    let base = crate::django::managers::base_manager(vm, &class)?;
    let keys = vm.call_method(queryset, "values", [Value::str("pk")])?;
    let rows = vm.call_method(&base, "filter", Args::none().keyword("pk__in", keys))?;
    Ok(rows)
}

pub(super) fn and(vm: &mut Vm, args: Args) -> PyResult {
    let (mine, theirs) = operands(vm, &args, "&")?;
    if current_query(vm, &theirs)?.is_empty() {
        return Ok(theirs);
    }
    if current_query(vm, &mine)?.is_empty() {
        return Ok(mine);
    }
    merged(vm, &mine, &theirs, Connector::And)
}

fn either(vm: &mut Vm, args: &Args, connector: Connector, operator: &str) -> PyResult {
    let (mine, theirs) = operands(vm, args, operator)?;
    if current_query(vm, &mine)?.is_empty() {
        return Ok(theirs);
    }
    if current_query(vm, &theirs)?.is_empty() {
        return Ok(mine);
    }
    let (left, right) = (by_pk(vm, &mine)?, by_pk(vm, &theirs)?);
    merged(vm, &left, &right, connector)
}

pub(super) fn or(vm: &mut Vm, args: Args) -> PyResult {
    either(vm, &args, Connector::Or, "|")
}

pub(super) fn xor(vm: &mut Vm, args: Args) -> PyResult {
    either(vm, &args, Connector::Xor, "^")
}

/// `_combinator_query`
fn combined(vm: &mut Vm, first: &Value, others: &[Value], word: &'static str, all: bool) -> PyResult {
    let made = chained(vm, first)?;
    let mut parts = vec![Rc::new(current_query(vm, first)?)];
    for other in others {
        parts.push(Rc::new(query_of_operand(vm, other)?));
    }
    edit(vm, &made, |query| {
        query.clear_ordering(true, true);
        query.clear_limits();
        query.combined_queries = parts.into();
        query.combinator = Some(word);
        query.combinator_all = all;
        Ok(())
    })?;
    Ok(made)
}

/// Whether it is a queryset that can match nothing.
fn is_empty_queryset(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    Ok(value.payload::<QuerySetPayload>().is_some() && current_query(vm, value)?.is_empty())
}

pub(super) fn union(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    let all = vm.truth(&args[2])?;
    // An empty first side leaves the others to themselves.
    if current_query(vm, &args[0])?.is_empty() {
        let mut filled = Vec::new();
        for other in others {
            if !is_empty_queryset(vm, &other)? {
                filled.push(other);
            }
        }
        return match filled.split_first() {
            None => Ok(args[0].clone()),
            Some((only, [])) => Ok(only.clone()),
            Some((first, rest)) => combined(vm, first, rest, "union", all),
        };
    }
    if others.is_empty() {
        return Ok(args[0].clone());
    }
    combined(vm, &args[0], &others, "union", all)
}

pub(super) fn intersection(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    if current_query(vm, &args[0])?.is_empty() {
        return Ok(args[0].clone());
    }
    for other in &others {
        if is_empty_queryset(vm, other)? {
            return Ok(other.clone());
        }
    }
    combined(vm, &args[0], &others, "intersection", false)
}

pub(super) fn difference(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    if current_query(vm, &args[0])?.is_empty() {
        return Ok(args[0].clone());
    }
    combined(vm, &args[0], &others, "difference", false)
}

/// `dates()` and `datetimes()` through the functions that they are made of.
fn truncated(vm: &mut Vm, args: &Args, class: &str, kinds: &[&str], tzinfo: Option<Value>) -> PyResult {
    let kind = vm.to_str(&args[2])?;
    if !kinds.contains(&kind.as_str()) {
        let shown: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
        let (last, first) =
            shown.split_last().map(|(last, first)| (last.clone(), first.join(", "))).unwrap_or_default();
        return Err(vm.value_error(format!("'kind' must be one of {first}, or {last}.")));
    }
    let order = vm.to_str(&args[3])?;
    if order != "ASC" && order != "DESC" {
        return Err(vm.value_error("'order' must be either 'ASC' or 'DESC'."));
    }
    let trunc_class = Django::of(vm).classes().expressions.named("Trunc").cloned();
    let field_class = {
        let kind = if class == "DateField" {
            crate::orm::models::FieldKind::Date
        } else {
            crate::orm::models::FieldKind::DateTime
        };
        Django::of(vm).classes().fields.get(kind).clone()
    };
    let Some(trunc_class) = trunc_class else { return Err(vm.unsupported("Trunc")) };
    let output = vm.call(&Value::Class(field_class), ())?;
    let name = args[1].clone();
    let mut call = Args::new([name.clone(), Value::Str(kind)]).keyword("output_field", output);
    if let Some(tzinfo) = tzinfo {
        call = call.keyword("tzinfo", tzinfo);
    }
    let trunc = vm.call(&Value::Class(trunc_class), call)?;
    let f = Value::Class(Django::of(vm).classes().expressions.f.clone());
    let plain = vm.call(&f, [name.clone()])?;
    let alias = class.to_lowercase();
    let annotate = Args::none().keyword(alias.as_str(), trunc).keyword("plain_field", plain);
    let step = vm.call_method(&args[0], "annotate", annotate)?;
    let step = vm.call_method(&step, "values_list", Args::new([Value::str(alias.as_str())]).keyword("flat", true))?;
    let step = vm.call_method(&step, "distinct", ())?;
    let step = vm.call_method(&step, "filter", Args::none().keyword("plain_field__isnull", false))?;
    let term = if order == "DESC" { format!("-{alias}") } else { alias };
    vm.call_method(&step, "order_by", [Value::from(term)])
}

pub(super) fn dates(vm: &mut Vm, args: Args) -> PyResult {
    truncated(vm, &args, "DateField", &["year", "month", "week", "day"], None)
}

pub(super) fn datetimes(vm: &mut Vm, args: Args) -> PyResult {
    let uses = Django::of(vm).settings.borrow().use_tz;
    let tzinfo = if !uses {
        None
    } else if args.some(4).is_some() {
        Some(args[4].clone())
    } else {
        Some(super::super::timezone::current(vm)?)
    };
    truncated(vm, &args, "DateTimeField", &["year", "month", "week", "day", "hour", "minute", "second"], tzinfo)
}

/// `QuerySet.as_manager()`
pub(super) fn as_manager(vm: &mut Vm, args: Args) -> PyResult {
    let manager = Value::Class(Django::of(vm).classes().manager.clone());
    let class = vm.call_method(&manager, "from_queryset", [args[0].clone()])?;
    let made = vm.call(&class, ())?;
    if let Some(instance) = made.as_instance() {
        instance.set("_built_with_asmanager", true);
    }
    Ok(made)
}
