//! The standard library. A module is made on its first import: in Rust where speed or data types matter, else from Python
//! source of our own (`py/`), whose frames tracebacks hide.
//!
//! Takes the object model and [`crate::values`]; gives [`find`], which import statements ask, the pinned [`Clock`], and
//! what a host needs to make and read dates, decimals and UUIDs: [`datetime`], [`decimal`], [`uuid`].

pub mod arguments;
pub mod datetime;
pub mod decimal;
mod digests;
mod engine;
mod itertools;
mod json;
pub(crate) mod lacking;
mod literal;
mod math;
mod random;
mod regex;
mod sources;
pub mod sys;
pub mod time;
mod unicodedata;
pub mod uuid;
mod weak;

use std::rc::Rc;

use super::object::{ModuleObject, PyResult, Str, Value};
use super::vm::Vm;
use crate::values::datetime::{DateTime, TimeZone};

/// Where a module comes from.
#[derive(Clone, Copy)]
pub enum Source {
    /// Made by Rust.
    Native(fn(&mut Vm) -> PyResult<Rc<ModuleObject>>),
    /// Python source of our own, to be run as the module's body; its frames are internal.
    Python(&'static str),
    /// The same, of a package: a module that holds others.
    Package(&'static str),
    /// Left out on purpose: importing it raises `Unsupported` with the module's name.
    Refused,
}

/// The module of that dotted name; `None` where CPython has none, or none that we know.
pub fn find(name: &str) -> Option<Source> {
    Some(match name {
        "datetime" => Source::Native(datetime::module),
        "decimal" | "_decimal" => Source::Native(decimal::module),
        "itertools" => Source::Native(itertools::module),
        "math" => Source::Native(math::module),
        "builtins" => Source::Native(builtins),
        "sys" => Source::Native(sys::module),
        "time" => Source::Native(time::module),
        "unicodedata" => Source::Native(unicodedata::module),
        "uuid" => Source::Native(uuid::module),
        "zoneinfo" => Source::Native(datetime::zoneinfo_module),
        "_digests" => Source::Native(digests::module),
        "_engine" => Source::Native(engine::module),
        "_json" => Source::Native(json::module),
        "_random" => Source::Native(random::module),
        "_re" => Source::Native(regex::module),
        _ => return sources::find(name),
    })
}

/// `builtins`, over the very namespace that names are looked up in.
fn builtins(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    vm.builtins.set_str(Str::interned("__name__"), "builtins");
    Ok(Rc::new(ModuleObject { name: Str::interned("builtins"), dict: vm.builtins.clone() }))
}

impl Vm {
    /// The library's module of that name, run if it was not imported yet; `None` where there is none. What is left out on
    /// purpose raises `Unsupported`.
    pub(crate) fn library_module(&mut self, name: &str) -> PyResult<Option<Value>> {
        let (text, package) = match find(name) {
            None => return Ok(None),
            Some(Source::Refused) => return Err(self.unsupported(format!("module {name}"))),
            Some(Source::Native(make)) => {
                let module = Value::Module(make(self)?);
                self.modules.set_str(Str::interned(name), module.clone());
                return Ok(Some(module));
            }
            Some(Source::Python(text)) => (text, false),
            Some(Source::Package(text)) => (text, true),
        };
        let source = super::code::Source::internal(&format!("<frozen {name}>"), text);
        self.run_module(name, &source, package).map(Some)
    }
}

/// The pinned clock of a run.
pub struct Clock {
    /// The moment, in UTC.
    pub now: DateTime,
    /// The zone that the process is in, as `datetime.now()` sees it.
    pub zone: TimeZone,
}

impl Clock {
    /// The wall time of the process's zone, without a zone.
    pub fn local(&self) -> DateTime {
        self.zone.fromutc(&self.now.naive()).map_or_else(|_| self.now.naive(), |local| local.naive().with_fold(0))
    }

    /// Seconds since 1970.
    pub fn timestamp(&self) -> f64 {
        self.now.naive().timestamp(&TimeZone::UTC)
    }
}

impl Default for Clock {
    /// The moment that lies inside the datasets' time span.
    fn default() -> Self {
        let now = DateTime::new((2026, 6, 15), (12, 0, 0, 0)).unwrap_or_else(|_| DateTime::min());
        Clock { now: now.with_zone(Some(TimeZone::UTC)), zone: TimeZone::UTC }
    }
}

/// The clock of this machine.
pub fn clock(vm: &mut Vm) -> Rc<Clock> {
    vm.hosted(|_| Clock::default())
}

/// Sets the clock.
pub fn set_clock(vm: &mut Vm, clock: Clock) {
    vm.set_host(Rc::new(clock));
}

#[cfg(test)]
mod tests {
    use crate::python::vm::{Vm, with_big_stack};

    /// Runs the cells of a file (`MODULE_CELLS`), each in the names of those before it, and prints what each has printed:
    /// for comparing with CPython by hand.
    #[test]
    #[ignore = "a tool"]
    fn run_cells() {
        let Ok(path) = std::env::var("MODULE_CELLS") else { return };
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let out = with_big_stack(move || {
            let mut vm = Vm::new();
            let mut globals = vm.new_globals();
            let mut out = String::new();
            for cell in text.split("\n#---\n") {
                if std::env::var("MODULE_FRESH").is_ok() {
                    vm = Vm::new();
                    globals = vm.new_globals();
                }
                vm.restart_limits();
                if let Err(raised) = vm.run_source(cell, "cell", &globals) {
                    let shown = vm.format_exception(&raised);
                    let last = if std::env::var("TB").is_ok() { shown.clone() } else { String::new() };
                    let name = raised.0.class().name();
                    let message = vm.to_str(&raised.value()).map(|text| text.to_string()).unwrap_or_default();
                    vm.output.push_str(&format!("{name} {message}\n{last}"));
                }
                out += &vm.output;
                out += "\n#---\n";
            }
            out
        });
        std::fs::write("/tmp/pm/out.txt", out).unwrap_or_default();
    }
}
