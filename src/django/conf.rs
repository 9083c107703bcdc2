//! `django.conf.settings`.

use crate::python::exceptions::Kind;
use crate::python::object::{ClassBuilder, Instance, Module, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::state::Django;

/// A setting by name.
pub fn setting(vm: &mut Vm, name: &str) -> PyResult {
    let django = Django::of(vm);
    if let Some(value) = django.overridden.borrow().get_text(name) {
        return Ok(value);
    }
    let settings = django.settings.borrow().clone();
    Ok(match name {
        "USE_TZ" => settings.use_tz.into(),
        "TIME_ZONE" => settings.time_zone.into(),
        "DEBUG" => settings.debug.into(),
        "DEFAULT_AUTO_FIELD" => format!("django.db.models.{}", settings.default_auto_field).into(),
        "AUTH_USER_MODEL" => settings.auth_user_model.into(),
        "LANGUAGE_CODE" => "en-us".into(),
        "USE_I18N" => true.into(),
        "DEFAULT_TABLESPACE" | "DEFAULT_INDEX_TABLESPACE" => "".into(),
        "DATABASE_ROUTERS" | "SILENCED_SYSTEM_CHECKS" => Value::list(Vec::new()),
        "MEDIA_ROOT" | "MEDIA_URL" => "".into(),
        "INSTALLED_APPS" => {
            let labels: Vec<Value> = django.apps.borrow().labels().into_iter().map(Value::from).collect();
            Value::list(labels)
        }
        _ => {
            return Err(vm.raise(Kind::AttributeError, format!("'Settings' object has no attribute '{name}'")));
        }
    })
}

/// `django.conf`
pub fn module(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let class = ClassBuilder::new("LazySettings")
        .module("django.conf")
        .method("__getattr__", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            setting(vm, &name)
        })
        .method("__setattr__", "self, name, value", |vm, args| {
            let name = vm.to_str(&args[1])?;
            change(vm, &name, Some(args[2].clone()))?;
            Ok(Value::None)
        })
        .method("__delattr__", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            change(vm, &name, None)?;
            Ok(Value::None)
        })
        .property("configured", |_, _| Ok(true.into()))
        .method("is_overridden", "self, setting", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let known = ["DEFAULT_AUTO_FIELD", "INSTALLED_APPS", "USE_TZ", "DATABASES", "TIME_ZONE"];
            let overridden = Django::of(vm).overridden.borrow().get_text(&name).is_some();
            Ok((known.contains(&name.as_str()) || overridden).into())
        })
        .build(vm);
    let source = vm.import_module("_django_conf")?;
    let reference = vm.get_attr(&source, "SettingsReference")?;
    Ok(module.value("settings", Instance::new(class)).value("SettingsReference", reference))
}

/// Sets a setting for the running program, or takes that back.
pub fn change(vm: &mut Vm, name: &str, value: Option<Value>) -> PyResult<()> {
    let django = Django::of(vm);
    match value {
        Some(value) => match name {
            "USE_TZ" => {
                let on = vm.truth(&value)?;
                django.settings.borrow_mut().use_tz = on;
            }
            "TIME_ZONE" => {
                let zone = vm.to_str(&value)?.to_string();
                django.settings.borrow_mut().time_zone = zone;
            }
            "DEBUG" => {
                let on = vm.truth(&value)?;
                django.settings.borrow_mut().debug = on;
            }
            _ => {
                django.overridden.borrow().set_str(Str::interned(name), value);
            }
        },
        None => {
            django.overridden.borrow().remove_str(&Str::interned(name));
        }
    }
    super::timezone::tell_orm(vm);
    Ok(())
}
