//! What CPython's library has and the engine's has not: asking for it is no mistake of the program's.

/// The modules of CPython's library, a line each.
const LIBRARY: &str = include_str!("library.txt");

/// Of modules that are here, what they lack: `module: name name …`.
const LACKING: &str = include_str!("lacking.txt");

/// Is there a module of this name in CPython's library, or a package that the engine stands in for?
pub(crate) fn is_library(name: &str) -> bool {
    name == "django" || LIBRARY.lines().any(|module| module == name)
}

/// Has CPython's module a name that the engine's lacks?
pub(crate) fn lacks(module: &str, name: &str) -> bool {
    LACKING
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(known, _)| *known == module)
        .any(|(_, names)| names.split(' ').any(|lacked| lacked == name))
}
