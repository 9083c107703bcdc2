//! `django.db`: the connections by alias, the router, the default connection.

use std::rc::Rc;

use crate::django::models::model_of_instance;
use crate::django::models::state::StatePayload;
use crate::django::state::Django;
use crate::python::object::{Args, ClassBuilder, Dict, Instance, Module, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{connection_object, database};

/// The objects that live once.
struct Objects {
    connections: Value,
    router: Value,
}

fn objects(vm: &mut Vm) -> Rc<Objects> {
    if let Some(known) = vm.host::<Objects>() {
        return known;
    }
    let handler = ClassBuilder::new("ConnectionHandler")
        .module("django.db.utils")
        .method("__getitem__", "self, alias", |vm, args| {
            let Some(alias) = args[1].as_str().cloned() else {
                let kind = super::c_type_name(vm, &args[1]);
                return Err(vm.type_error(format!("attribute name must be string, not '{kind}'")));
            };
            connection_object(vm, &alias)
        })
        .method("__iter__", "self", |vm, _| {
            let aliases: Vec<Value> = Django::of(vm).connections.aliases().into_iter().map(Value::Str).collect();
            vm.iter(&Value::list(aliases))
        })
        .method("__contains__", "self, alias", |vm, args| {
            Ok(args[1].as_str().is_some_and(|alias| Django::of(vm).connections.find(alias).is_some()).into())
        })
        .method("all", "self, initialized_only=False", |vm, _| {
            let mut all = Vec::new();
            for alias in Django::of(vm).connections.aliases() {
                all.push(connection_object(vm, &alias)?);
            }
            Ok(Value::list(all))
        })
        .method("close_all", "self", |_, _| Ok(Value::None))
        .property("databases", |vm, _| settings(vm))
        .property("settings", |vm, _| settings(vm))
        .build(vm);
    let router = ClassBuilder::new("ConnectionRouter")
        .module("django.db.utils")
        .method("db_for_read", "self, model, **hints", |_, args| Ok(by_hint(&args)))
        .method("db_for_write", "self, model, **hints", |_, args| Ok(by_hint(&args)))
        .method("allow_relation", "self, obj1, obj2, **hints", |vm, args| {
            let (one, two) = (alias_of_instance(&args[1]), alias_of_instance(&args[2]));
            Ok(vm.eq(&one, &two)?.into())
        })
        .method("allow_migrate", "self, db, app_label, **hints", |_, _| Ok(Value::Bool(true)))
        .method("allow_migrate_model", "self, db, model", |_, _| Ok(Value::Bool(true)))
        .value("routers", Value::list(Vec::new()))
        .build(vm);
    let made = Rc::new(Objects { connections: Instance::new(handler).into(), router: Instance::new(router).into() });
    vm.set_host(made.clone());
    made
}

fn settings(vm: &mut Vm) -> PyResult {
    let dict = Dict::new();
    for alias in Django::of(vm).connections.aliases() {
        let connection = connection_object(vm, &alias)?;
        let settings = vm.get_attr(&connection, "settings_dict")?;
        dict.set_str(alias, settings);
    }
    Ok(Value::Dict(Rc::new(dict)))
}

/// `instance._state.db`
fn alias_of_instance(instance: &Value) -> Value {
    let state = instance.as_instance().and_then(|held| held.get(&Str::interned("_state")));
    state
        .and_then(|state| state.payload::<StatePayload>().map(|state| state.db.borrow().clone()))
        .unwrap_or(Value::None)
}

fn by_hint(args: &Args) -> Value {
    let hint = args.keyword_rest(2).into_iter().find(|(name, _)| name == "instance").map(|(_, value)| value);
    hint.map_or_else(|| Value::str("default"), |instance| Value::Str(write_alias(&instance)))
}

/// Routers of the settings are not asked: where there are any, no database is chosen.
pub fn refuse_routers(vm: &mut Vm) -> PyResult<()> {
    let Some(routers) = Django::of(vm).overridden.borrow().get_text("DATABASE_ROUTERS") else { return Ok(()) };
    if vm.truth(&routers)? {
        return Err(vm.unsupported("DATABASE_ROUTERS"));
    }
    Ok(())
}

/// `router.db_for_write(…, instance=instance)` without routers: the database that the instance came from.
pub fn write_alias(instance: &Value) -> Str {
    let held = model_of_instance(instance).map(|_| alias_of_instance(instance));
    held.and_then(|alias| alias.as_str().cloned()).unwrap_or_else(|| Str::interned("default"))
}

/// `django.db`
pub fn db_module(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let errors = &django.errors;
    for class in [
        &errors.db_error,
        &errors.interface_error,
        &errors.database_error,
        &errors.data_error,
        &errors.operational_error,
        &errors.integrity_error,
        &errors.internal_error,
        &errors.programming_error,
        &errors.not_supported_error,
    ] {
        module = module.class(class);
    }
    if let Ok(default) = database(vm, "default") {
        module = module.value("connection", super::object::of(vm, &default));
    }
    let objects = objects(vm);
    let transaction = super::transaction::module(vm, Module::new("django.db.transaction"))?.build();
    Ok(module
        .value("transaction", Value::Module(transaction))
        .value("DEFAULT_DB_ALIAS", "default")
        .value("DJANGO_VERSION_PICKLE_KEY", "_django_version")
        .value("connections", objects.connections.clone())
        .value("router", objects.router.clone())
        .function("reset_queries", "**kwargs", |vm, _| {
            for alias in Django::of(vm).connections.aliases() {
                let database = database(vm, &alias)?;
                super::object::forget_queries(&database);
            }
            Ok(Value::None)
        })
        .function("close_old_connections", "**kwargs", |_, _| Ok(Value::None)))
}
