//! Querysets made of querysets, and lists of dates.

use std::rc::Rc;

use crate::orm::query::Connector;
use crate::python::object::{Args, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::state::Django;

use super::chain::edit;
use super::{QuerySetPayload, chained, class_of_queryset, current_query, payload};

fn operands(vm: &mut Vm, args: &Args) -> PyResult<(Value, Value)> {
    let other = args[1].clone();
    if other.payload::<QuerySetPayload>().is_none() {
        return Err(vm.type_error("can only combine querysets"));
    }
    // Querysets of `values()` combine only with others that select the same.
    let mine = current_query(vm, &args[0])?;
    let theirs = current_query(vm, &other)?;
    let same = mine.values_select == theirs.values_select
        && mine.extra.len() == theirs.extra.len()
        && mine.annotation_select().map(|a| a.name.clone()).eq(theirs.annotation_select().map(|a| a.name.clone()));
    let has_values = payload(vm, &args[0])?.fields.borrow().is_some() || payload(vm, &other)?.fields.borrow().is_some();
    if has_values && !same {
        let name = vm.type_name(&args[0]);
        return Err(vm.type_error(format!("Merging '{name}' classes must involve the same values in each case.")));
    }
    Ok((args[0].clone(), other))
}

fn merged(vm: &mut Vm, mine: &Value, theirs: &Value, connector: Connector) -> PyResult {
    let other = current_query(vm, theirs)?;
    let made = chained(vm, mine)?;
    edit(vm, &made, |query| query.combine(&other, connector))?;
    let known = payload(vm, theirs)?.known_related.borrow().clone();
    payload(vm, &made)?.known_related.borrow_mut().extend(known);
    Ok(made)
}

/// Where one side is combined, or sliced, its rows are picked by primary key.
fn by_pk(vm: &mut Vm, queryset: &Value) -> PyResult {
    if !current_query(vm, queryset)?.is_sliced() && current_query(vm, queryset)?.combinator.is_none() {
        return Ok(queryset.clone());
    }
    let class = class_of_queryset(vm, queryset)?;
    let base = crate::django::managers::base_manager(vm, &class)?;
    let keys = vm.call_method(queryset, "values", [Value::str("pk")])?;
    let rows = vm.call_method(&base, "filter", Args::none().keyword("pk__in", keys))?;
    Ok(rows)
}

pub(super) fn and(vm: &mut Vm, args: Args) -> PyResult {
    if args[1].payload::<QuerySetPayload>().is_none() {
        return Ok(Value::NotImplemented);
    }
    let (mine, theirs) = operands(vm, &args)?;
    if current_query(vm, &theirs)?.is_empty() {
        return Ok(theirs);
    }
    if current_query(vm, &mine)?.is_empty() {
        return Ok(mine);
    }
    merged(vm, &mine, &theirs, Connector::And)
}

fn either(vm: &mut Vm, args: &Args, connector: Connector) -> PyResult {
    if args[1].payload::<QuerySetPayload>().is_none() {
        return Ok(Value::NotImplemented);
    }
    let (mine, theirs) = operands(vm, args)?;
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
    either(vm, &args, Connector::Or)
}

pub(super) fn xor(vm: &mut Vm, args: Args) -> PyResult {
    either(vm, &args, Connector::Xor)
}

/// `_combinator_query`
fn combined(vm: &mut Vm, first: &Value, others: &[Value], word: &'static str, all: bool) -> PyResult {
    let made = chained(vm, first)?;
    let mut parts = vec![Rc::new(current_query(vm, first)?)];
    for other in others {
        parts.push(Rc::new(current_query(vm, other)?));
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

fn check_querysets(vm: &mut Vm, others: &[Value]) -> PyResult<()> {
    for other in others {
        payload(vm, other)?;
    }
    Ok(())
}

pub(super) fn union(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    check_querysets(vm, &others)?;
    let all = vm.truth(&args[2])?;
    // An empty first side leaves the others to themselves.
    if current_query(vm, &args[0])?.is_empty() {
        let mut filled = Vec::new();
        for other in others {
            if !current_query(vm, &other)?.is_empty() {
                filled.push(other);
            }
        }
        return match filled.split_first() {
            None => Ok(args[0].clone()),
            Some((only, [])) => Ok(only.clone()),
            Some((first, rest)) => combined(vm, first, rest, "union", all),
        };
    }
    combined(vm, &args[0], &others, "union", all)
}

pub(super) fn intersection(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    check_querysets(vm, &others)?;
    if current_query(vm, &args[0])?.is_empty() {
        return Ok(args[0].clone());
    }
    for other in &others {
        if current_query(vm, other)?.is_empty() {
            return Ok(other.clone());
        }
    }
    combined(vm, &args[0], &others, "intersection", false)
}

pub(super) fn difference(vm: &mut Vm, args: Args) -> PyResult {
    let others = args.rest(1).to_vec();
    check_querysets(vm, &others)?;
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
