//! The standard library. A module is made on its first import: in Rust where speed or data types matter, else from Python
//! source of our own (`py/`), whose frames tracebacks hide.
//!
//! Takes the object model and [`crate::values`]; gives [`find`], which import statements ask, the pinned [`Clock`], and
//! what a host needs to make and read dates, decimals and UUIDs: [`datetime`], [`decimal`], [`uuid`].

pub mod arguments;
pub mod datetime;
pub mod decimal;
mod hosted;
mod sources;
pub mod time;
pub mod uuid;

use std::rc::Rc;

use super::object::{ModuleObject, PyResult};
use super::vm::Vm;
use crate::values::datetime::{DateTime, TimeZone};

pub use hosted::Hosted;

/// Where a module comes from.
#[derive(Clone, Copy)]
pub enum Source {
    /// Made by Rust.
    Native(fn(&mut Vm) -> PyResult<Rc<ModuleObject>>),
    /// Python source of our own, to be run as the module's body; its frames are internal.
    Python(&'static str),
    /// A package that only holds other modules.
    Package,
    /// Left out on purpose: importing it raises `Unsupported` with the module's name.
    Refused,
}

/// The module of that dotted name; `None` where CPython has none, or none that we know.
pub fn find(name: &str) -> Option<Source> {
    Some(match name {
        "datetime" => Source::Native(datetime::module),
        "decimal" | "_decimal" => Source::Native(decimal::module),
        "time" => Source::Native(time::module),
        "uuid" => Source::Native(uuid::module),
        "zoneinfo" => Source::Native(datetime::zoneinfo_module),
        _ => return sources::find(name),
    })
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
    vm.hosted.put(clock);
}
