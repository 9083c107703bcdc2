//! The import statement.

use std::rc::Rc;

use crate::python::code::Source;
use crate::python::exceptions::Kind;
use crate::python::modules::{self, lacking};
use crate::python::object::{Dict, ModuleObject, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

/// Where modules come from that are not there yet: the host's hook. It gives a module, or a source to run as one.
pub type Importer = Rc<dyn Fn(&mut Vm, &str) -> PyResult<Option<Found>>>;

/// What an [`Importer`] found.
pub enum Found {
    /// A module, ready.
    Module(Value),
    /// A text to run as one; `package` if it has submodules.
    Source {
        /// The text.
        source: Rc<Source>,
        /// Whether relative imports in it start from itself.
        package: bool,
    },
}

impl Vm {
    /// Sets the hook that finds modules.
    pub fn set_importer(&mut self, importer: Importer) {
        self.importer = Some(importer);
    }

    /// Registers a module written in Python that belongs to the engine: it runs when it is first imported, its frames
    /// hidden.
    pub fn add_source_module(&mut self, name: &str, text: &str) {
        self.sources.insert(name.to_string(), Source::internal(name, text));
    }

    /// The module of this full name, run if it was not imported yet, its packages first.
    pub fn import_module(&mut self, name: &str) -> PyResult {
        let mut full = String::new();
        let mut parent: Option<Value> = None;
        for part in name.split('.') {
            if part.is_empty() {
                return Err(self.value_error("Empty module name"));
            }
            if !full.is_empty() {
                full.push('.');
            }
            full.push_str(part);
            let module = match self.modules.get_text(&full) {
                Some(module) => module,
                None => {
                    let inside = parent.as_ref().and_then(|parent| match parent {
                        Value::Module(parent) => parent.dict.get_text(part),
                        _ => None,
                    });
                    match inside {
                        // A module that was put into its package by hand.
                        Some(module @ Value::Module(_)) => module,
                        _ => self.find_module(&full, name, parent.as_ref())?,
                    }
                }
            };
            if let Some(Value::Module(parent)) = &parent
                && parent.dict.get_text(part).is_none()
            {
                parent.dict.set_str(Str::interned(part), module.clone());
            }
            parent = Some(module);
        }
        parent.ok_or_else(|| self.value_error("Empty module name"))
    }

    fn find_module(&mut self, full: &str, wanted: &str, parent: Option<&Value>) -> PyResult {
        if let Some(source) = self.sources.get(full).cloned() {
            return self.run_module(full, &source, true);
        }
        if let Some(importer) = self.importer.clone() {
            match importer(self, full)? {
                Some(Found::Module(module)) => {
                    self.modules.set_str(Str::interned(full), module.clone());
                    return Ok(module);
                }
                Some(Found::Source { source, package }) => return self.run_module(full, &source, package),
                None => {}
            }
        }
        if let Some(module) = self.library_module(full)? {
            return Ok(module);
        }
        // A package that only its submodules speak for.
        let prefix = format!("{full}.");
        let implied = self.modules.str_items().iter().any(|(name, _)| name.starts_with(&prefix))
            || self.sources.keys().any(|name| name.starts_with(&prefix));
        if implied {
            let module = self.empty_module(full, true);
            return Ok(module);
        }
        Err(self.no_module(full, wanted, parent))
    }

    fn empty_module(&mut self, name: &str, package: bool) -> Value {
        let dict = Dict::shared();
        dict.set_str(Str::interned("__name__"), name);
        dict.set_str(Str::interned("__doc__"), Value::None);
        let home = if package { name } else { name.rsplit_once('.').map_or("", |(home, _)| home) };
        dict.set_str(Str::interned("__package__"), home);
        if package {
            dict.set_str(Str::interned("__path__"), Value::list(Vec::new()));
        }
        let name = Str::interned(name);
        let module = Value::Module(Rc::new(ModuleObject { name: name.clone(), dict }));
        self.modules.set_str(name, module.clone());
        module
    }

    /// Makes a module of this name and runs a text as it.
    pub fn run_module(&mut self, name: &str, source: &Rc<Source>, package: bool) -> PyResult {
        let tolerant = self.tolerant && !source.internal;
        self.run_as_module(name, source, package, tolerant)
    }

    /// [`Self::run_module`] with [`Self::run_tolerantly`]. A module that was imported meanwhile is left as it is.
    pub fn run_module_tolerantly(&mut self, name: &str, source: &Rc<Source>) -> PyResult {
        match self.modules.get_text(name) {
            Some(module) => Ok(module),
            None => self.run_as_module(name, source, false, true),
        }
    }

    fn run_as_module(&mut self, name: &str, source: &Rc<Source>, package: bool, tolerant: bool) -> PyResult {
        let module = self.empty_module(name, package);
        if let Value::Module(inner) = &module {
            inner.dict.set_str(Str::interned("__file__"), source.filename.clone());
            let result = match tolerant {
                true => self.run_tolerantly(source, &inner.dict.clone()),
                false => self.run_module_text(source, &inner.dict.clone()),
            };
            if let Err(raised) = result {
                self.modules.remove_str(&Str::interned(name));
                return Err(raised);
            }
        }
        Ok(self.modules.get_text(name).unwrap_or(module))
    }

    fn no_module(&mut self, full: &str, wanted: &str, parent: Option<&Value>) -> Raised {
        let top = full.split('.').next().unwrap_or(full);
        if lacking::is_library(top) {
            return self.unsupported(format!("module {wanted}"));
        }
        let text = match parent {
            Some(Value::Module(parent)) if parent.dict.get_text("__path__").is_none() => {
                format!("No module named '{full}'; '{}' is not a package", parent.name)
            }
            _ => format!("No module named '{full}'"),
        };
        let raised = self.raise(Kind::ModuleNotFoundError, text);
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", full);
        }
        raised
    }

    pub(super) fn import_statement(&mut self, name: &Str, wanted: &Value, level: i64) -> PyResult {
        let full = match level {
            0 => name.to_string(),
            _ => self.absolute_name(name, level)?,
        };
        let module = self.import_module(&full)?;
        match wanted {
            // `import a.b` binds `a`, but `import a.b as c` walks down by itself.
            Value::None => match full.split_once('.') {
                Some((top, _)) => self.import_module(top),
                None => Ok(module),
            },
            _ => Ok(module),
        }
    }

    fn absolute_name(&mut self, name: &str, level: i64) -> PyResult<String> {
        let globals = self.globals_here();
        let package = match globals.get_text("__package__").as_ref().and_then(Value::as_str) {
            Some(package) => package.to_string(),
            None => match globals.get_text("__name__").as_ref().and_then(Value::as_str) {
                Some(name) if globals.get_text("__path__").is_some() => name.to_string(),
                Some(name) => name.rsplit_once('.').map_or(String::new(), |(package, _)| package.to_string()),
                None => String::new(),
            },
        };
        if package.is_empty() {
            return Err(self.raise(Kind::ImportError, "attempted relative import with no known parent package"));
        }
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((outer, _)) => base = outer,
                None => {
                    return Err(self.raise(Kind::ImportError, "attempted relative import beyond top-level package"));
                }
            }
        }
        Ok(if name.is_empty() { base.to_string() } else { format!("{base}.{name}") })
    }

    pub(super) fn import_from(&mut self, module: &Value, name: &Str) -> PyResult {
        if let Some(value) = self.get_attr_opt_str(module, name)? {
            return Ok(value);
        }
        let Value::Module(inner) = module else {
            return Err(self.raise(Kind::ImportError, format!("cannot import name '{name}'")));
        };
        if let Some(raised) = self.poison_of(&inner.dict.clone(), name) {
            return Err(raised);
        }
        let full = format!("{}.{name}", inner.name);
        if modules::find(&inner.name).is_some() && modules::find(&full).is_none() {
            // One of the library's own modules, all of whose names are known.
            return Err(if lacking::lacks(&inner.name, name) {
                self.unsupported(format!("{name} in module {}", inner.name))
            } else {
                self.cannot_import(inner, name, "unknown location")
            });
        }
        let before = self.unsupported_seen.len();
        match self.import_module(&full) {
            Ok(value) => Ok(value),
            Err(raised) => {
                let missing = raised.is(self.exceptions.get(Kind::ModuleNotFoundError))
                    && raised
                        .0
                        .exception_state()
                        .and_then(|state| state.field("name"))
                        .is_some_and(|missing| missing.as_str().is_some_and(|missing| *missing == *full));
                let ours = raised.is(self.exceptions.get(Kind::Unsupported));
                if ours && self.unsupported_seen.len() > before {
                    // The submodule is not there: it is the name that the engine lacks.
                    self.unsupported_seen.truncate(before);
                    return Err(self.unsupported(format!("{} in module {}", name, inner.name)));
                }
                if !missing {
                    return Err(raised);
                }
                let place = match inner.dict.get_text("__file__").as_ref().and_then(Value::as_str) {
                    Some(file) => file.to_string(),
                    None => String::from("unknown location"),
                };
                Err(self.cannot_import(inner, name, &place))
            }
        }
    }

    fn cannot_import(&mut self, module: &ModuleObject, name: &str, place: &str) -> Raised {
        let text = format!("cannot import name '{name}' from '{}' ({place})", module.name);
        let raised = self.raise(Kind::ImportError, text);
        if let Some(state) = raised.0.exception_state() {
            state.set_field("name", &module.name);
        }
        raised
    }

    pub(super) fn import_star(&mut self, module: &Value) -> PyResult<()> {
        let globals = self.globals_here();
        let Value::Module(inner) = module else { return Ok(()) };
        let names: Vec<Str> = match inner.dict.get_text("__all__") {
            Some(all) => self.list_from(&all)?.iter().filter_map(Value::as_str).cloned().collect(),
            None => {
                inner.dict.str_items().into_iter().map(|(name, _)| name).filter(|name| !name.starts_with('_')).collect()
            }
        };
        for name in names {
            let value = self.get_attr_str(module, &name)?;
            globals.set_str(Str::interned(&name), value);
        }
        Ok(())
    }
}
