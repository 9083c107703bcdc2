//! The modules that are written in Python, and those that are left out.

use super::Source;

/// The module of that name.
pub(super) fn find(name: &str) -> Option<Source> {
    Some(match name {
        "contextlib" => Source::Python(include_str!("py/contextlib.py")),
        "dataclasses" => Source::Python(include_str!("py/dataclasses.py")),
        "enum" => Source::Python(include_str!("py/enum.py")),
        _ => return refused(name),
    })
}

/// What reaches beyond the program is refused by name.
fn refused(name: &str) -> Option<Source> {
    const REFUSED: &[&str] = &[
        "builtins",
        "ctypes",
        "ftplib",
        "glob",
        "http",
        "imaplib",
        "importlib",
        "marshal",
        "mmap",
        "multiprocessing",
        "os",
        "os.path",
        "pickle",
        "posix",
        "pty",
        "resource",
        "select",
        "selectors",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "telnetlib",
        "tempfile",
        "urllib.request",
        "webbrowser",
        "xmlrpc",
    ];
    let top = name.split('.').next().unwrap_or(name);
    (REFUSED.contains(&name) || REFUSED.contains(&top)).then_some(Source::Refused)
}
