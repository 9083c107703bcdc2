//! The methods by which the manager on the far side of a foreign key changes rows.

use crate::django::async_twins;
use crate::django::connections::{atomic, write_alias};
use crate::django::managers;
use crate::django::models::state::StatePayload;
use crate::django::models::{model_of, model_of_instance};
use crate::orm::models::Field;
use crate::python::object::{Args, ClassBuilder, PyResult, Raised, Set, Str, Value};
use crate::python::vm::Vm;

use super::forward::pairs;
use super::manager::above;
use super::{owner_class, reverse_cache_name, target_class};

/// Adds them; `remove()` and `clear()` exist only where the key may be NULL.
pub fn add_write_methods(builder: ClassBuilder, field: &Field) -> ClassBuilder {
    let on = |field: &Field, method: fn(&mut Vm, &Field, &Args) -> PyResult| {
        let field = field.clone();
        move |vm: &mut Vm, args: Args| method(vm, &field, &args)
    };
    let mut builder = builder
        .method("get_prefetch_queryset", "self, instances, queryset=None", prefetch_queryset)
        .method_closure("add", "self, *objs, bulk=True", on(field, add))
        .method_closure(
            "create",
            "self, **kwargs",
            on(field, |vm, field, args| {
                check_key(vm, field, &args[0])?;
                forget_prefetched(vm, field, &args[0])?;
                through_parent(vm, field, args, "create")
            }),
        )
        .method_closure(
            "get_or_create",
            "self, *args, **kwargs",
            on(field, |vm, field, args| with_defaults(vm, field, args, "get_or_create")),
        )
        .method_closure(
            "update_or_create",
            "self, *args, **kwargs",
            on(field, |vm, field, args| with_defaults(vm, field, args, "update_or_create")),
        )
        .method_closure("set", "self, objs, *, bulk=True, clear=False", on(field, set));
    if field.options.null {
        builder = builder.method_closure("remove", "self, *objs, bulk=True", on(field, remove)).method_closure(
            "clear",
            "self, *, bulk=True",
            on(field, |vm, field, args| {
                check_key(vm, field, &args[0])?;
                clear_rows(vm, field, &args[0], &args[0].clone(), &args[1])?;
                Ok(Value::None)
            }),
        );
        builder = async_twins::add(builder, &["remove", "clear"]);
    }
    async_twins::add(builder, &["add", "create", "get_or_create", "update_or_create", "set"])
}

/// `get_prefetch_queryset()`, which is going away.
pub(super) fn prefetch_queryset(vm: &mut Vm, args: Args) -> PyResult {
    let warnings = vm.import_module("warnings")?;
    let deprecation = vm.import_module("django.utils.deprecation")?;
    let category = vm.get_attr(&deprecation, "RemovedInDjango60Warning")?;
    let text = "get_prefetch_queryset() is deprecated. Use get_prefetch_querysets() instead.";
    vm.call_method(&warnings, "warn", [Value::str(text), category])?;
    let mut call = Args::new([args[1].clone()]);
    if let Some(queryset) = args.some(2) {
        call.positional.push(Value::list(vec![queryset.clone()]));
    }
    vm.call_method(&args[0], "get_prefetch_querysets", call)
}

/// The instance that a related manager belongs to.
pub(super) fn instance_of(vm: &mut Vm, manager: &Value) -> PyResult {
    vm.get_attr(manager, "instance")
}

/// Refuses an instance without a value for what the keys point at.
fn check_key(vm: &mut Vm, field: &Field, manager: &Value) -> PyResult<()> {
    let this = instance_of(vm, manager)?;
    for (_, far) in pairs(vm, field)? {
        if vm.get_attr_str(&this, &Str::interned(&far.attname))?.is_none() {
            let shown = vm.repr(&this)?;
            return Err(vm.value_error(format!(
                "\"{shown}\" needs to have a value for field \"{}\" before this relationship can be used.",
                far.attname
            )));
        }
    }
    Ok(())
}

/// What was prefetched is no longer true.
pub(super) fn forget_prefetched_as(this: &Value, name: &str) {
    let held = this.as_instance().and_then(|instance| instance.get(&Str::interned("_prefetched_objects_cache")));
    if let Some(cache) = held.as_ref().and_then(Value::as_dict) {
        cache.remove_str(&Str::interned(name));
    }
}

fn forget_prefetched(vm: &mut Vm, field: &Field, manager: &Value) -> PyResult<()> {
    let this = instance_of(vm, manager)?;
    forget_prefetched_as(&this, &reverse_cache_name(field));
    Ok(())
}

/// The manager bound to the database that is written to.
pub(super) fn on_database(manager: &Value, alias: &Str) -> Value {
    let copy = managers::copy(manager);
    if let Some(held) = copy.as_instance() {
        held.set("_db", Value::Str(alias.clone()));
    }
    copy
}

/// Calls the manager's own class's method with the key filled in.
fn through_parent(vm: &mut Vm, field: &Field, args: &Args, method: &str) -> PyResult {
    let this = instance_of(vm, &args[0])?;
    let alias = write_alias(&this);
    let manager = on_database(&args[0], &alias);
    let mut call = Args::none();
    call.keywords = args.keyword_rest(1);
    call.keywords.retain(|(name, _)| **name != *field.name);
    call = call.keyword(&*field.name, this);
    let method = above(vm, &manager, method)?;
    vm.call(&method, call)
}

/// `get_or_create()` and `update_or_create()` take keywords only.
fn with_defaults(vm: &mut Vm, field: &Field, args: &Args, method: &str) -> PyResult {
    let given = args.rest(1).len();
    if given > 0 {
        return Err(vm.type_error(format!(
            "create_reverse_many_to_one_manager.<locals>.RelatedManager.{method}() takes 1 positional argument but {} \
             were given",
            given + 1
        )));
    }
    check_key(vm, field, &args[0])?;
    let mut call = Args::new([args[0].clone()]);
    let dict = crate::python::object::Dict::new();
    for (name, value) in args.keyword_rest(2) {
        dict.set_str(name, value);
    }
    call.positional.push(Value::Dict(std::rc::Rc::new(dict)));
    through_parent(vm, field, &call, method)
}

/// Points an object at the manager's instance; refuses objects of other models.
fn point(vm: &mut Vm, field: &Field, object: &Value, this: &Value) -> PyResult<()> {
    check_kind(vm, field, object)?;
    vm.set_attr(object, &*field.name, this.clone())
}

fn check_kind(vm: &mut Vm, field: &Field, object: &Value) -> PyResult<()> {
    let owner = owner_class(vm, field)?;
    let wanted = model_of(&owner);
    let fits = model_of_instance(object).is_some() && vm.is_instance(object, &Value::Class(owner.clone()))?;
    if !fits {
        let shown = vm.repr(object)?;
        let name = wanted.map_or_else(|| owner.name().to_string(), |model| model.name.to_string());
        return Err(vm.type_error(format!("'{name}' instance expected, got {shown}")));
    }
    Ok(())
}

fn add(vm: &mut Vm, field: &Field, args: &Args) -> PyResult {
    check_key(vm, field, &args[0])?;
    forget_prefetched(vm, field, &args[0])?;
    let this = instance_of(vm, &args[0])?;
    let alias = write_alias(&this);
    let objects = args.rest(1).to_vec();
    if !vm.truth(&args[2])? {
        atomic(vm, &alias, false, |vm| {
            for object in &objects {
                point(vm, field, object, &this)?;
                vm.call_method(object, "save", ())?;
            }
            Ok(())
        })?;
        return Ok(Value::None);
    }
    let mut keys = Vec::with_capacity(objects.len());
    for object in &objects {
        point(vm, field, object, &this)?;
        let state = vm.get_attr(object, "_state")?;
        let (adding, db) = {
            let state = vm.payload::<StatePayload>(&state)?;
            (state.adding.get(), state.db.borrow().clone())
        };
        if adding || !db.as_str().is_some_and(|db| *db == alias) {
            let shown = vm.repr(object)?;
            return Err(
                vm.value_error(format!("{shown} instance isn't saved. Use bulk=False or save the object first."))
            );
        }
        keys.push(vm.get_attr(object, "pk")?);
    }
    let owner = owner_class(vm, field)?;
    let manager = managers::base_manager(vm, &owner)?;
    let rows = vm.call_method(&manager, "using", [Value::Str(alias)])?;
    let rows = vm.call_method(&rows, "filter", Args::none().keyword("pk__in", Value::list(keys)))?;
    vm.call_method(&rows, "update", Args::none().keyword(&*field.name, this))?;
    Ok(Value::None)
}

/// The values on the far side that keys are compared with.
pub(super) fn far_values(vm: &mut Vm, field: &Field, this: &Value) -> PyResult<Vec<Value>> {
    let mut values = Vec::new();
    for (_, far) in pairs(vm, field)? {
        // A child has the key of its parent by its own link.
        let linked = match (model_of_instance(this), far.model()) {
            (Some(model), Some(parent)) if far.is_pk() => model.ancestor_link(parent).is_none_or(|link| link.is_pk()),
            _ => false,
        };
        values.push(if linked {
            vm.get_attr(this, "pk")?
        } else {
            vm.get_attr_str(this, &Str::interned(&far.attname))?
        });
    }
    Ok(values)
}

fn not_related(vm: &mut Vm, field: &Field, object: &Value, this: &Value) -> PyResult<Raised> {
    let target = target_class(vm, field)?;
    let (object, this) = (vm.repr(object)?, vm.repr(this)?);
    Ok(managers::raise_of_model(vm, &target, "DoesNotExist", format!("{object} is not related to {this}.")))
}

fn remove(vm: &mut Vm, field: &Field, args: &Args) -> PyResult {
    let objects = args.rest(1).to_vec();
    if objects.is_empty() {
        return Ok(Value::None);
    }
    check_key(vm, field, &args[0])?;
    let this = instance_of(vm, &args[0])?;
    let value = Value::tuple(far_values(vm, field, &this)?);
    let keys = Set::new();
    for object in &objects {
        check_kind(vm, field, object)?;
        let mut own = Vec::new();
        for (near, _) in pairs(vm, field)? {
            own.push(vm.get_attr_str(object, &Str::interned(&near.attname))?);
        }
        if !vm.eq(&Value::tuple(own), &value)? {
            return Err(not_related(vm, field, object, &this)?);
        }
        let pk = vm.get_attr(object, "pk")?;
        keys.add(vm, pk)?;
    }
    let keys = Value::Set(std::rc::Rc::new(keys));
    let rows = vm.call_method(&args[0], "filter", Args::none().keyword("pk__in", keys))?;
    clear_rows(vm, field, &args[0], &rows, &args[2])?;
    Ok(Value::None)
}

/// Sets the key of the rows to NULL: by one statement, or row by row.
fn clear_rows(vm: &mut Vm, field: &Field, manager: &Value, rows: &Value, bulk: &Value) -> PyResult<()> {
    forget_prefetched(vm, field, manager)?;
    let this = instance_of(vm, manager)?;
    let alias = write_alias(&this);
    let rows = vm.call_method(rows, "using", [Value::Str(alias.clone())])?;
    if vm.truth(bulk)? {
        vm.call_method(&rows, "update", Args::none().keyword(&*field.name, Value::None))?;
        return Ok(());
    }
    atomic(vm, &alias, false, |vm| {
        for object in vm.list_from(&rows)? {
            vm.set_attr(&object, &*field.name, Value::None)?;
            let names = Value::list(vec![Value::str(&*field.name)]);
            vm.call_method(&object, "save", Args::none().keyword("update_fields", names))?;
        }
        Ok(())
    })
}

fn set(vm: &mut Vm, field: &Field, args: &Args) -> PyResult {
    let manager = args[0].clone();
    check_key(vm, field, &manager)?;
    let objects = vm.list_from(&args[1])?;
    let bulk = args[2].clone();
    let with = |objects: Vec<Value>| Args::new(objects).keyword("bulk", bulk.clone());
    if !field.options.null {
        vm.call_method(&manager, "add", with(objects))?;
        return Ok(Value::None);
    }
    let this = instance_of(vm, &manager)?;
    let alias = write_alias(&this);
    let clear = vm.truth(&args[3])?;
    atomic(vm, &alias, false, |vm| {
        if clear {
            vm.call_method(&manager, "clear", Args::none().keyword("bulk", bulk.clone()))?;
            vm.call_method(&manager, "add", with(objects))?;
            return Ok(());
        }
        let rows = vm.call_method(&manager, "using", [Value::Str(alias.clone())])?;
        let rows = vm.call_method(&rows, "all", ())?;
        let old = Set::new();
        for row in vm.list_from(&rows)? {
            old.add(vm, row)?;
        }
        let mut new = Vec::new();
        for object in objects {
            if !old.discard(vm, &object)? {
                new.push(object);
            }
        }
        vm.call_method(&manager, "remove", with(old.items()))?;
        vm.call_method(&manager, "add", with(new))?;
        Ok(())
    })?;
    Ok(Value::None)
}
