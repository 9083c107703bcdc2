//! The methods by which a many-to-many manager changes links.

use std::rc::Rc;

use crate::django::connections::{atomic, write_alias};
use crate::django::convert::{from_datum, to_datum};
use crate::django::expressions::{q_from_call, q_object};
use crate::django::models::model_of_instance;
use crate::django::query::write::resolve_callables;
use crate::django::signals::{self, ModelSignal};
use crate::django::state::orm;
use crate::django::{async_twins, managers};
use crate::orm::models::{Field, FieldKind};
use crate::orm::query::{Connector, QNode};
use crate::python::object::{Args, ClassBuilder, PyResult, Set, Str, Value};
use crate::python::vm::Vm;

use super::changes::{far_values, forget_prefetched_as, on_database};
use super::manager::{above, parent_queryset};
use super::many::{End, Parts, id_name};

/// The parameters of `_add_items`.
const ADD_ITEMS: &str = "self, source_field_name, target_field_name, *objs, through_defaults=None";

/// Adds them.
pub(super) fn add_methods(builder: ClassBuilder, end: &End) -> ClassBuilder {
    let on = |method: fn(&mut Vm, &End, &Args) -> PyResult| {
        let end = end.clone();
        move |vm: &mut Vm, args: Args| method(vm, &end, &args)
    };
    let builder = builder
        .method("get_prefetch_queryset", "self, instances, queryset=None", super::changes::prefetch_queryset)
        .method_closure("_add_items", ADD_ITEMS, on(add_items_by_name))
        .method_closure("_remove_items", "self, source_field_name, target_field_name, *objs", on(remove_items_by_name))
        .method_closure(
            "_get_missing_target_ids",
            "self, source_field_name, target_field_name, db, target_ids",
            on(missing_target_ids),
        )
        .method_closure("add", "self, *objs, through_defaults=None", on(add))
        .method_closure("remove", "self, *objs", on(remove))
        .method_closure("clear", "self", on(clear))
        .method_closure("set", "self, objs, *, clear=False, through_defaults=None", on(set))
        .method_closure("create", "self, *, through_defaults=None, **kwargs", on(create))
        .method_closure(
            "get_or_create",
            "self, *, through_defaults=None, **kwargs",
            on(|vm, _, args| find_or_create(vm, args, "get_or_create")),
        )
        .method_closure(
            "update_or_create",
            "self, *, through_defaults=None, **kwargs",
            on(|vm, _, args| find_or_create(vm, args, "update_or_create")),
        );
    async_twins::add(builder, &["add", "remove", "clear", "set", "create", "get_or_create", "update_or_create"])
}

fn forget(vm: &mut Vm, end: &End, manager: &Value) -> PyResult<()> {
    let this = vm.get_attr(manager, "instance")?;
    forget_prefetched_as(&this, &end.cache_name());
    Ok(())
}

/// Sends `m2m_changed`.
fn tell(vm: &mut Vm, end: &End, parts: &Parts, action: &str, keys: &Value, alias: &Str) -> PyResult<()> {
    let named = vec![
        ("action", Value::str(action)),
        ("instance", parts.this.clone()),
        ("reverse", Value::Bool(end.reverse)),
        ("model", Value::Class(parts.class.clone())),
        ("pk_set", keys.clone()),
        ("using", Value::Str(alias.clone())),
    ];
    signals::send(vm, ModelSignal::M2mChanged, &Value::Class(parts.through.clone()), named)
}

/// An expression or a queryset is no key where keys are numbers.
fn refuse_expression(vm: &mut Vm, field: &Field, value: &Value) -> PyResult<()> {
    if !to_datum(vm, value)?.is_expression() {
        return Ok(());
    }
    let target = orm(vm, || field.target_field())?;
    if !target.is_a(FieldKind::Integer) {
        return Ok(());
    }
    let shown = vm.repr(value)?;
    Err(vm.type_error(format!("Field '{}' expected a number but got {shown}.", target.name)))
}

/// `field.get_prep_value(value)`
fn prepared(vm: &mut Vm, field: &Field, value: &Value) -> PyResult {
    refuse_expression(vm, field, value)?;
    let datum = to_datum(vm, value)?;
    let prepared = orm(vm, || field.get_prep_value(&datum))?;
    from_datum(vm, &prepared)
}

/// The value that a key between has for an object: its key, or what was given in its place.
fn target_id(vm: &mut Vm, parts: &Parts, key: &Field, object: &Value) -> PyResult {
    if vm.is_instance(object, &Value::Class(parts.class.clone()))? {
        return Ok(far_values(vm, key, object)?.into_iter().next().unwrap_or(Value::None));
    }
    prepared(vm, key, object)
}

/// The keys of what is to be added. As ManyRelatedManager._get_target_ids.
fn target_ids(vm: &mut Vm, parts: &Parts, key: &Field, objects: &[Value]) -> PyResult<Rc<Set>> {
    let ids = Set::new();
    for object in objects {
        if vm.is_instance(object, &Value::Class(parts.class.clone()))? {
            let (mine, theirs) = (write_alias_opt(vm, &parts.this)?, write_alias_opt(vm, object)?);
            if !vm.eq(&mine, &theirs)? {
                let shown = vm.repr(object)?;
                let (mine, theirs) = (vm.to_str(&mine)?, vm.to_str(&theirs)?);
                return Err(vm.value_error(format!(
                    "Cannot add \"{shown}\": instance is on database \"{mine}\", value is on database \"{theirs}\""
                )));
            }
            let id = far_values(vm, key, object)?.into_iter().next().unwrap_or(Value::None);
            if id.is_none() {
                let shown = vm.repr(object)?;
                return Err(
                    vm.value_error(format!("Cannot add \"{shown}\": the value for field \"{}\" is None", key.name))
                );
            }
            ids.add(vm, id)?;
        } else if model_of_instance(object).is_some() {
            let shown = vm.repr(object)?;
            let name = parts.class.name();
            return Err(vm.type_error(format!("'{name}' instance expected, got {shown}")));
        } else {
            let id = prepared(vm, key, object)?;
            ids.add(vm, id)?;
        }
    }
    Ok(Rc::new(ids))
}

/// `instance._state.db`
fn write_alias_opt(vm: &mut Vm, instance: &Value) -> PyResult {
    let state = vm.get_attr(instance, "_state")?;
    vm.get_attr(&state, "db")
}

fn add(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    forget(vm, end, &args[0])?;
    let parts = end.parts(vm, &args[0])?;
    let alias = write_alias(&parts.this);
    let objects = args.rest(1).to_vec();
    atomic(vm, &alias, false, |vm| {
        add_items(vm, end, &args[0], &parts, &parts.source, &parts.target, &objects, &args[2])?;
        if parts.symmetrical {
            add_items(vm, end, &args[0], &parts, &parts.target, &parts.source, &objects, &args[2])?;
        }
        Ok(())
    })?;
    Ok(Value::None)
}

/// As ManyRelatedManager._add_items.
#[expect(clippy::too_many_arguments, reason = "what Django's method takes, with what it reads from the manager")]
fn add_items(
    vm: &mut Vm,
    end: &End,
    manager_object: &Value,
    parts: &Parts,
    source: &Field,
    target: &Field,
    objects: &[Value],
    defaults: &Value,
) -> PyResult<()> {
    if objects.is_empty() {
        return Ok(());
    }
    let given = if vm.truth(defaults)? { through_values(vm, defaults)? } else { Vec::new() };
    let defaults = resolve_callables(vm, given)?;
    let ids = target_ids(vm, parts, target, objects)?;
    let alias = write_alias(&parts.this);
    let through = Value::Class(parts.through.clone());
    let automatic = crate::django::models::model_of(&parts.through).is_some_and(|model| model.meta().auto_created);
    let signalled =
        (end.reverse || *source == parts.source) && signals::has_listeners(vm, ModelSignal::M2mChanged, &through);
    let manager = managers::default_manager(vm, &parts.through)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(alias.clone())])?;
    let own = parts.related.first().cloned().unwrap_or(Value::None);
    let links = |vm: &mut Vm, ids: Vec<Value>, defaults: &[(Str, Value)]| -> PyResult {
        let mut links = Vec::with_capacity(ids.len());
        for id in ids {
            let mut call = Args::none();
            call.keywords.extend(defaults.iter().cloned());
            let call = call.keyword(id_name(source), own.clone()).keyword(id_name(target), id);
            links.push(vm.call(&through, call)?);
        }
        Ok(Value::list(links))
    };
    if automatic && !signalled {
        let links = links(vm, ids.items(), &[])?;
        vm.call_method(&rows, "bulk_create", Args::new([links]).keyword("ignore_conflicts", true))?;
        return Ok(());
    }
    let names = [Value::str(&*source.name), Value::str(&*target.name)];
    let [near, far] = names;
    let missing = vm.call_method(
        manager_object,
        "_get_missing_target_ids",
        [near, far, Value::Str(alias.clone()), Value::Set(ids)],
    )?;
    atomic(vm, &alias, false, |vm| {
        if signalled {
            tell(vm, end, parts, "pre_add", &missing, &alias)?;
        }
        let wanted = vm.list_from(&missing)?;
        let links = links(vm, wanted, &defaults)?;
        vm.call_method(&rows, "bulk_create", Args::new([links]).keyword("ignore_conflicts", automatic))?;
        if signalled {
            tell(vm, end, parts, "post_add", &missing, &alias)?;
        }
        Ok(())
    })
}

/// `through_defaults.items()`
fn through_values(vm: &mut Vm, defaults: &Value) -> PyResult<Vec<(Str, Value)>> {
    if let Some(dict) = defaults.as_dict() {
        return Ok(dict.str_items());
    }
    let items = vm.call_method(defaults, "items", ())?;
    let mut values = Vec::new();
    for item in vm.list_from(&items)? {
        if let [name, value] = &vm.list_from(&item)?[..] {
            values.push((vm.to_str(name)?, value.clone()));
        }
    }
    Ok(values)
}

/// Deletes the links that lead from the instance to these, and for symmetrical ones back. `None` stands for all.
/// As ManyRelatedManager._build_remove_filters.
fn delete_links(vm: &mut Vm, parts: &Parts, removed: Option<&Value>, alias: &Str) -> PyResult<()> {
    let related = match parts.related.as_slice() {
        [one] => one.clone(),
        several => Value::tuple(several.to_vec()),
    };
    let end_of = |vm: &mut Vm, near: &Field, far: &Field| {
        let q = q_from_call(vm, &[], vec![(Str::from(&*near.name), related.clone())])?;
        match removed {
            None => Ok(q),
            Some(removed) => {
                let name = Str::from(format!("{}__in", far.name));
                let more = q_from_call(vm, &[], vec![(name, removed.clone())])?;
                Ok(q.combine(&QNode::Q(more), Connector::And))
            }
        }
    };
    let mut filters = end_of(vm, &parts.source, &parts.target)?;
    if parts.symmetrical {
        let back = end_of(vm, &parts.target, &parts.source)?;
        filters = filters.combine(&QNode::Q(back), Connector::Or);
    }
    let manager = managers::default_manager(vm, &parts.through)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(alias.clone())])?;
    let filters = q_object(vm, filters);
    let rows = vm.call_method(&rows, "filter", [filters])?;
    vm.call_method(&rows, "delete", ())?;
    Ok(())
}

/// Whether the manager's rows are narrowed beyond the relation: by a default manager's own condition.
fn has_filters(vm: &mut Vm, rows: &Value) -> PyResult<bool> {
    let found = vm.call_method(rows, "_has_filters", ())?;
    vm.truth(&found)
}

/// The fields between with these names, of which the first is this side's.
fn between(vm: &mut Vm, parts: &Parts, args: &Args) -> PyResult<(Field, Field)> {
    let source = vm.to_str(&args[1])?;
    Ok(if *source == *parts.source.name {
        (parts.source.clone(), parts.target.clone())
    } else {
        (parts.target.clone(), parts.source.clone())
    })
}

fn add_items_by_name(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    let parts = end.parts(vm, &args[0])?;
    let (source, target) = between(vm, &parts, args)?;
    let objects = args.rest(3).to_vec();
    add_items(vm, end, &args[0], &parts, &source, &target, &objects, &args[4])?;
    Ok(Value::None)
}

fn remove_items_by_name(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    let parts = end.parts(vm, &args[0])?;
    let objects = args.rest(3).to_vec();
    remove_items(vm, end, &args[0], &parts, &objects)
}

/// Those of the keys that no row between has yet.
fn missing_target_ids(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    let parts = end.parts(vm, &args[0])?;
    let (source, target) = between(vm, &parts, args)?;
    let own = parts.related.first().cloned().unwrap_or(Value::None);
    let manager = managers::default_manager(vm, &parts.through)?;
    let rows = vm.call_method(&manager, "using", [args[3].clone()])?;
    let known = vm.call_method(&rows, "values_list", Args::new([Value::str(&*target.name)]).keyword("flat", true))?;
    let filter = Args::none().keyword(&*source.name, own).keyword(format!("{}__in", target.name), args[4].clone());
    let known = vm.call_method(&known, "filter", filter)?;
    vm.call_method(&args[4], "difference", [known])
}

fn remove(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    forget(vm, end, &args[0])?;
    let objects = args.rest(1).to_vec();
    let parts = end.parts(vm, &args[0])?;
    remove_items(vm, end, &args[0], &parts, &objects)
}

/// As ManyRelatedManager._remove_items.
fn remove_items(vm: &mut Vm, end: &End, manager: &Value, parts: &Parts, objects: &[Value]) -> PyResult {
    if objects.is_empty() {
        return Ok(Value::None);
    }
    let old = Set::new();
    for object in objects {
        let id = if vm.is_instance(object, &Value::Class(parts.class.clone()))? {
            far_values(vm, &parts.target, object)?.into_iter().next().unwrap_or(Value::None)
        } else {
            object.clone()
        };
        old.add(vm, id)?;
    }
    let old = Value::Set(Rc::new(old));
    let alias = write_alias(&parts.this);
    atomic(vm, &alias, false, |vm| {
        tell(vm, end, parts, "pre_remove", &old, &alias)?;
        for object in objects {
            refuse_expression(vm, &parts.target, object)?;
        }
        let rows = parent_queryset(vm, manager)?;
        let removed = if has_filters(vm, &rows)? {
            let target = orm(vm, || parts.target.target_field())?;
            let rows = vm.call_method(&rows, "using", [Value::Str(alias.clone())])?;
            let name = format!("{}__in", target.attname);
            vm.call_method(&rows, "filter", Args::none().keyword(name, old.clone()))?
        } else {
            old.clone()
        };
        delete_links(vm, parts, Some(&removed), &alias)?;
        tell(vm, end, parts, "post_remove", &old, &alias)
    })?;
    Ok(Value::None)
}

fn clear(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    let parts = end.parts(vm, &args[0])?;
    let alias = write_alias(&parts.this);
    let manager = args[0].clone();
    atomic(vm, &alias, false, |vm| {
        tell(vm, end, &parts, "pre_clear", &Value::None, &alias)?;
        forget(vm, end, &manager)?;
        let rows = parent_queryset(vm, &manager)?;
        let rows = vm.call_method(&rows, "using", [Value::Str(alias.clone())])?;
        let narrowed = has_filters(vm, &rows)?;
        delete_links(vm, &parts, narrowed.then_some(&rows), &alias)?;
        tell(vm, end, &parts, "post_clear", &Value::None, &alias)
    })?;
    Ok(Value::None)
}

fn set(vm: &mut Vm, end: &End, args: &Args) -> PyResult {
    let manager = args[0].clone();
    let objects = vm.list_from(&args[1])?;
    let parts = end.parts(vm, &manager)?;
    let alias = write_alias(&parts.this);
    let clear = vm.truth(&args[2])?;
    let defaults = args[3].clone();
    let with = |objects: Vec<Value>| Args::new(objects).keyword("through_defaults", defaults.clone());
    atomic(vm, &alias, false, |vm| {
        if clear {
            vm.call_method(&manager, "clear", ())?;
            vm.call_method(&manager, "add", with(objects))?;
            return Ok(());
        }
        let target = orm(vm, || parts.target.target_field())?;
        let rows = vm.call_method(&manager, "using", [Value::Str(alias.clone())])?;
        let rows =
            vm.call_method(&rows, "values_list", Args::new([Value::str(&*target.attname)]).keyword("flat", true))?;
        let old = Set::new();
        for id in vm.list_from(&rows)? {
            old.add(vm, id)?;
        }
        let mut new = Vec::new();
        for object in objects {
            let id = target_id(vm, &parts, &parts.target, &object)?;
            if !old.discard(vm, &id)? {
                new.push(object);
            }
        }
        vm.call_method(&manager, "remove", old.items())?;
        vm.call_method(&manager, "add", with(new))?;
        Ok(())
    })?;
    Ok(Value::None)
}

/// Calls the method of the manager's own class, on the database of the instance.
fn above_with(vm: &mut Vm, args: &Args, method: &str) -> PyResult {
    let this = vm.get_attr(&args[0], "instance")?;
    let alias = write_alias(&this);
    let manager = on_database(&args[0], &alias);
    let method = above(vm, &manager, method)?;
    let mut call = Args::none();
    call.keywords = args.keyword_rest(2);
    vm.call(&method, call)
}

fn link(vm: &mut Vm, args: &Args, object: &Value) -> PyResult<()> {
    let call = Args::new([object.clone()]).keyword("through_defaults", args[1].clone());
    vm.call_method(&args[0], "add", call)?;
    Ok(())
}

fn create(vm: &mut Vm, _: &End, args: &Args) -> PyResult {
    let made = above_with(vm, args, "create")?;
    link(vm, args, &made)?;
    Ok(made)
}

fn find_or_create(vm: &mut Vm, args: &Args, method: &str) -> PyResult {
    let result = above_with(vm, args, method)?;
    if let Some([object, created]) = result.as_tuple() {
        let created = vm.truth(created)?;
        if created {
            let object = object.clone();
            link(vm, args, &object)?;
        }
    }
    Ok(result)
}
