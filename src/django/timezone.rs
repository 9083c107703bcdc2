//! The time zone that a program has chosen, beside `django.utils.timezone`, which is written in Python.

use std::cell::RefCell;
use std::rc::Rc;

use crate::orm::settings;
use crate::python::modules::datetime;
use crate::python::object::{Args, Module, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::TimeZone;

use super::state::Django;

/// The zone that `activate()` or `override()` chose, with its name.
#[derive(Default)]
struct Chosen(RefCell<Option<(Value, String)>>);

fn chosen(vm: &mut Vm) -> Rc<Chosen> {
    match vm.host::<Chosen>() {
        Some(known) => known,
        None => {
            let made = Rc::new(Chosen::default());
            vm.set_host(made.clone());
            made
        }
    }
}

/// Tells the ORM the settings and the chosen zone; called when either changes and before a program runs.
pub fn tell_orm(vm: &mut Vm) {
    let (use_tz, name) = {
        let django = Django::of(vm);
        let settings = django.settings.borrow();
        (settings.use_tz, settings.time_zone.clone())
    };
    let default = TimeZone::zone(&name).unwrap_or(TimeZone::UTC);
    let current = chosen(vm).0.borrow().clone();
    let default_zone = default.clone();
    let (current_zone, current_zone_name) = match &current {
        Some((zone, name)) => (datetime::as_timezone(zone).unwrap_or(TimeZone::UTC), name.clone()),
        None => (default.clone(), name.clone()),
    };
    // With USE_TZ the backend stores UTC; without, the wall time of TIME_ZONE.
    let (connection_zone, connection_zone_name) =
        if use_tz { (TimeZone::UTC, "UTC".to_owned()) } else { (default, name) };
    settings::set(settings::Settings {
        use_tz,
        connection_zone,
        current_zone,
        current_zone_name,
        connection_zone_name,
        default_zone,
    });
}

/// `timezone.get_current_timezone()`
pub fn current(vm: &mut Vm) -> PyResult {
    let module = vm.import_module("django.utils.timezone")?;
    vm.call_method(&module, "get_current_timezone", ())
}

fn choose(vm: &mut Vm, args: Args) -> PyResult {
    let next = if args[0].is_none() { None } else { Some((args[0].clone(), vm.to_str(&args[1])?.to_string())) };
    *chosen(vm).0.borrow_mut() = next;
    tell_orm(vm);
    Ok(Value::None)
}

/// `_django`: what the Python sources of this floor need of it.
pub fn kernel(_: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .function("chosen_zone", "", |vm, _| {
            Ok(chosen(vm).0.borrow().as_ref().map_or(Value::None, |(zone, _)| zone.clone()))
        })
        .function("choose_zone", "zone, name", choose)
        .function("setting", "name", |vm, args| {
            let name = vm.to_str(&args[0])?;
            super::conf::setting(vm, &name)
        }))
}
