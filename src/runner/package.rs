//! A test package's folder, read once: the modules that its own imports may reach.

use std::path::Path;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::python::code::Source;
use crate::python::object::PyResult;
use crate::python::vm::{Found, Vm};

use super::WorkbenchError;

/// Files of a package beyond this size are left out: no module is that long.
pub(super) const FILE_CAP: usize = 4 << 20;
/// So many folders may lie within each other.
const DEPTH: usize = 8;

/// One module of a package.
#[derive(Clone, Debug)]
pub(super) struct PackageModule {
    /// Its full name.
    pub name: String,
    /// Its file, for tracebacks.
    pub path: String,
    /// Its text.
    pub text: Rc<str>,
    /// Whether it is a folder's `__init__.py`.
    pub package: bool,
}

/// The modules of a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Package {
    /// The folder's name: that of its top module.
    pub name: String,
    /// Its modules: each folder's own first, then its files and folders by name.
    pub modules: Vec<PackageModule>,
}

impl Package {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Result<Self, WorkbenchError> {
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut package = Self { name: name.clone(), modules: Vec::new() };
        package.read_folder(folder, &name, 0)?;
        Ok(package)
    }

    fn read_folder(&mut self, folder: &Path, name: &str, depth: usize) -> Result<(), WorkbenchError> {
        let invalid = |error: std::io::Error| WorkbenchError::Invalid(format!("{}: {error}", folder.display()));
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(invalid)? {
            entries.push(entry.map_err(invalid)?.path());
        }
        entries.sort();
        let init = folder.join("__init__.py");
        let text = if init.is_file() { read_text(&init)? } else { String::new() };
        self.add(name.to_owned(), &init, text, true);
        for path in entries {
            let Some(stem) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
            if path.is_dir() {
                let has_modules = path.join("__init__.py").is_file();
                if has_modules && depth < DEPTH {
                    self.read_folder(&path, &format!("{name}.{stem}"), depth + 1)?;
                }
            } else if path.extension().is_some_and(|extension| extension == "py") && stem != "__init__" {
                let text = read_text(&path)?;
                self.add(format!("{name}.{stem}"), &path, text, false);
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, path: &Path, text: String, package: bool) {
        self.modules.push(PackageModule { name, path: path.display().to_string(), text: text.into(), package });
    }

    /// The names of the modules called `last`, wherever they lie: a package's `models` and those of its sub-apps.
    pub fn called(&self, last: &str) -> Vec<String> {
        self.modules
            .iter()
            .filter(|module| module.name.rsplit('.').next() == Some(last))
            .map(|module| module.name.clone())
            .collect()
    }

    /// The test modules in the order in which unittest finds them.
    pub fn tests(&self) -> Vec<&PackageModule> {
        let is_test = |module: &&PackageModule| {
            !module.package && module.name.rsplit('.').next().is_some_and(|last| last.starts_with("test"))
        };
        self.modules.iter().filter(is_test).collect()
    }

    /// Makes an interpreter's imports find these modules before any other of the same name, `rest` after them.
    pub fn install(&self, vm: &mut Vm, rest: fn(&mut Vm, &str) -> PyResult<Option<Found>>) {
        let by_name: FxHashMap<String, PackageModule> =
            self.modules.iter().map(|module| (module.name.clone(), module.clone())).collect();
        vm.set_importer(Rc::new(move |vm, name| match by_name.get(name) {
            Some(module) => Ok(Some(Found::Source {
                source: Source::new(module.path.as_str(), &*module.text),
                package: module.package,
            })),
            None => rest(vm, name),
        }));
    }
}

fn read_text(path: &Path) -> Result<String, WorkbenchError> {
    let invalid = |error: String| WorkbenchError::Invalid(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| invalid(error.to_string()))?.len();
    if size > FILE_CAP as u64 {
        return Err(invalid("the file is too large".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| invalid(error.to_string()))
}

/// The test methods that a text declares in a class: what is known of a class that could not be made.
pub(super) fn declared_tests(text: &str, class: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("class ") {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            inside = name == class;
            continue;
        }
        let outdented = !line.starts_with([' ', '\t', '#', ')']) && !line.trim().is_empty();
        if outdented {
            inside = false;
        }
        let Some(rest) = line.strip_prefix("    ").filter(|_| inside) else { continue };
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        if let Some(rest) = rest.strip_prefix("def test") {
            let rest: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            names.push(format!("test{rest}"));
        }
    }
    names.sort();
    names
}

/// The classes that a text declares at its top.
pub(super) fn declared_classes(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("class "))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_a_class_are_found_in_its_text() {
        let text = "class A(X):\n    def test_b(self):\n        pass\n\n    async def test_a(self): pass\n\n\nx = 1\n\
                    class B:\n    def test_c(self): pass\n";
        assert_eq!(declared_tests(text, "A"), ["test_a", "test_b"]);
        assert_eq!(declared_tests(text, "B"), ["test_c"]);
        assert_eq!(declared_classes(text), ["A", "B"]);
    }
}
