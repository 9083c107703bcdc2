//! What Django's test tools need of the machinery below them: `_django_test`, which their Python sources import.

use std::cell::RefCell;
use std::rc::Rc;

use crate::db::{Connection, Params, SqlValue};
use crate::orm::models::Registry;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, PyResult, Value};
use crate::python::vm::Vm;

use super::connections::{self, Database};
use super::state::{Django, raise_class};

/// The databases that the running test may not use: alias, exception class, its text.
#[derive(Default)]
struct Forbidden(RefCell<Vec<(String, Rc<Class>, String)>>);

/// The exception for a statement that the running test may not send.
pub fn check_allowed(vm: &mut Vm, alias: &str) -> PyResult<()> {
    let Some(forbidden) = vm.host::<Forbidden>() else { return Ok(()) };
    let found = forbidden
        .0
        .borrow()
        .iter()
        .find(|(known, ..)| known == alias)
        .map(|(_, class, text)| (class.clone(), text.clone()));
    match found {
        Some((class, text)) => Err(raise_class(vm, &class, text)),
        None => Ok(()),
    }
}

fn forbidden(vm: &mut Vm) -> Rc<Forbidden> {
    match vm.host::<Forbidden>() {
        Some(known) => known,
        None => {
            let made = Rc::new(Forbidden::default());
            vm.set_host(made.clone());
            made
        }
    }
}

fn forbid(vm: &mut Vm, args: Args) -> PyResult {
    let alias = vm.to_str(&args[0])?.to_string();
    let class = vm.class_arg(&args, 1)?;
    let text = vm.to_str(&args[2])?.to_string();
    let list = forbidden(vm);
    let mut list = list.0.borrow_mut();
    list.retain(|(known, ..)| *known != alias);
    list.push((alias, class, text));
    Ok(Value::None)
}

fn allow(vm: &mut Vm, args: Args) -> PyResult {
    let alias = vm.to_str(&args[0])?.to_string();
    forbidden(vm).0.borrow_mut().retain(|(known, ..)| *known != alias);
    Ok(Value::None)
}

fn database(vm: &mut Vm, alias: &Value) -> PyResult<Rc<Database>> {
    let alias = vm.to_str(alias)?;
    connections::database(vm, &alias)
}

fn plain(vm: &mut Vm, connection: &Connection, sql: &str) -> PyResult<Vec<Vec<SqlValue>>> {
    match connection.execute_plain(sql, &Params::None) {
        Ok(result) => Ok(result.rows),
        Err(error) => Err(connections::raise(vm, &error)),
    }
}

/// Empties every table, unlogged. What the apps themselves put into theirs when they were made stays.
fn flush(vm: &mut Vm, args: Args) -> PyResult {
    let database = database(vm, &args[0])?;
    let connection = database.connection.clone();
    let tables = plain(
        vm,
        &connection,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT IN ('django_content_type', 'auth_permission')",
    )?;
    plain(vm, &connection, "PRAGMA foreign_keys = OFF")?;
    for row in tables {
        if let Some(SqlValue::Text(name)) = row.first() {
            plain(vm, &connection, &format!("DELETE FROM \"{}\"", name.replace('"', "\"\"")))?;
        }
    }
    plain(vm, &connection, "PRAGMA foreign_keys = ON")?;
    Ok(Value::None)
}

/// Makes automatic keys start from 1 again.
fn reset_sequences(vm: &mut Vm, args: Args) -> PyResult {
    let database = database(vm, &args[0])?;
    let connection = database.connection.clone();
    let tables = plain(vm, &connection, "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")?;
    if !tables.is_empty() {
        plain(vm, &connection, "UPDATE sqlite_sequence SET seq = 0")?;
    }
    Ok(Value::None)
}

/// A registry of models as Python holds it.
struct RegistryPayload {
    registry: Rc<Registry>,
    /// The `Apps` object that it belongs to.
    apps: RefCell<Option<Value>>,
}

/// The registries that Python has seen, and the class of the objects that stand for them.
struct Registries {
    class: Rc<Class>,
    main: Rc<Registry>,
    known: RefCell<Vec<Rc<Instance>>>,
}

fn registries(vm: &mut Vm) -> Rc<Registries> {
    match vm.host::<Registries>() {
        Some(known) => known,
        None => {
            let class = ClassBuilder::new("Registry").module("django.apps").native_layout("Registry").build(vm);
            let main = Django::of(vm).registry();
            let made = Rc::new(Registries { class, main, known: RefCell::default() });
            vm.set_host(made.clone());
            made
        }
    }
}

fn registry_object(vm: &mut Vm, registry: &Rc<Registry>, apps: Option<Value>) -> Value {
    let all = registries(vm);
    let known = all.known.borrow().iter().map(|known| Value::Instance(known.clone())).find(|known| {
        known.payload::<RegistryPayload>().is_some_and(|payload| Rc::ptr_eq(&payload.registry, registry))
    });
    if let Some(known) = known {
        return known;
    }
    let payload = RegistryPayload { registry: registry.clone(), apps: RefCell::new(apps) };
    let made = Instance::native(all.class.clone(), payload);
    all.known.borrow_mut().push(made.clone());
    made.into()
}

/// The `Apps` object whose registry new models join; `None` for the main one.
pub fn isolated_apps(vm: &mut Vm) -> Option<Value> {
    let current = Django::of(vm).registry();
    let all = vm.host::<Registries>()?;
    if Rc::ptr_eq(&current, &all.main) {
        return None;
    }
    let object = registry_object(vm, &current, None);
    object.payload::<RegistryPayload>().and_then(|payload| payload.apps.borrow().clone())
}

/// `_django_test`
pub fn kernel(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let _ = registries(vm);
    Ok(module
        .function("unsupported", "feature", |vm, args| {
            let feature = vm.to_str(&args[0])?;
            Err(vm.unsupported(feature.as_str()))
        })
        .function("forbid", "alias, exception, text", forbid)
        .function("allow", "alias", allow)
        .function("flush", "alias", flush)
        .function("reset_sequences", "alias", reset_sequences)
        .function("installed", "", |vm, _| {
            let pairs = Django::of(vm).apps.borrow().pairs();
            Ok(Value::list(
                pairs
                    .into_iter()
                    .map(|(name, label)| Value::tuple(vec![name.into(), label.into()]))
                    .collect::<Vec<_>>(),
            ))
        })
        .function("main_registry", "", |vm, _| {
            let main = registries(vm).main.clone();
            Ok(registry_object(vm, &main, None))
        })
        .function("new_registry", "apps", |vm, args| {
            let fresh = Registry::new();
            if let Some(content_types) = registries(vm).main.content_types() {
                fresh.set_content_types(content_types);
            }
            Ok(registry_object(vm, &fresh, Some(args[0].clone())))
        })
        .function("swap_registry", "registry", |vm, args| {
            let registry = vm.payload::<RegistryPayload>(&args[0])?.registry.clone();
            let before = Django::of(vm).swap_registry(registry);
            Ok(registry_object(vm, &before, None))
        })
        .function("pending", "registry", |vm, args| {
            let registry = vm.payload::<RegistryPayload>(&args[0])?.registry.clone();
            let mut all = Vec::new();
            for (label, field) in registry.pending() {
                let object = Django::of(vm).object_of(&field).unwrap_or(Value::None);
                all.push(Value::tuple(vec![Value::str(&*label), object]));
            }
            Ok(Value::list(all))
        })
        .function("pending_senders", "", |vm, _| Ok(super::signals::pending_senders(vm)))
        .function("registered", "registry", |vm, args| {
            let registry = vm.payload::<RegistryPayload>(&args[0])?.registry.clone();
            let django = Django::of(vm);
            let models = registry.models();
            let classes: Vec<_> = models.iter().filter_map(|model| django.class_of(model)).map(Value::Class).collect();
            Ok(Value::list(classes))
        }))
}
