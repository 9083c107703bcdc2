//! The few settings of a program that its queries depend on.

use std::cell::{Cell, RefCell};

use crate::orm::OrmResult;
use crate::values::TimeZone;

/// `USE_TZ` and the time zones of the connection and of the running program.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `USE_TZ`.
    pub use_tz: bool,
    /// `timezone.get_default_timezone()`: what naive moments mean.
    pub default_zone: TimeZone,
    /// `connection.timezone`: what stored moments mean.
    pub connection_zone: TimeZone,
    /// `timezone.get_current_timezone()`, as `activate` and `override` set it.
    pub current_zone: TimeZone,
    /// `timezone.get_current_timezone_name()`.
    pub current_zone_name: String,
    /// `connection.timezone_name`.
    pub connection_zone_name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            use_tz: true,
            default_zone: TimeZone::UTC,
            connection_zone: TimeZone::UTC,
            current_zone: TimeZone::UTC,
            current_zone_name: "UTC".to_owned(),
            connection_zone_name: "UTC".to_owned(),
        }
    }
}

thread_local! {
    static SETTINGS: RefCell<Settings> = RefCell::default();
}

/// Replaces the settings; a host does so when a program starts and when it changes its time zone.
pub fn set(settings: Settings) {
    SETTINGS.with(|held| *held.borrow_mut() = settings);
}

/// Reads from the settings.
pub fn with<T>(read: impl FnOnce(&Settings) -> T) -> T {
    SETTINGS.with(|held| read(&held.borrow()))
}

thread_local! {
    static WARNINGS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a warning for the host, which gives it out when the call it made returns.
pub fn warn(text: String) {
    WARNINGS.with(|held| held.borrow_mut().push(text));
}

/// Takes the warnings that came up since the last time.
pub fn take_warnings() -> Vec<String> {
    WARNINGS.with(RefCell::take)
}

/// Asks the database of an alias whether it knows JSON: what a JSON function does before it is first written.
pub type JsonProbe = fn(&str) -> OrmResult<()>;

thread_local! {
    static JSON_PROBE: Cell<Option<JsonProbe>> = const { Cell::new(None) };
}

/// Has JSON functions ask through `probe`.
pub fn set_json_probe(probe: JsonProbe) {
    JSON_PROBE.with(|held| held.set(Some(probe)));
}

/// Asks, where a host said how.
pub fn probe_json(using: Option<&str>) -> OrmResult<()> {
    match JSON_PROBE.with(Cell::get) {
        Some(probe) => probe(using.unwrap_or("default")),
        None => Ok(()),
    }
}
