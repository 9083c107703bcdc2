//! The modules that are written in Python, and those that are left out.

use super::Source;

/// Lists the modules by name and file: those that hold others are packages.
macro_rules! sources {
    (modules { $($name:literal: $file:literal,)* } packages { $($package:literal: $init:literal,)* }) => {
        fn source(name: &str) -> Option<Source> {
            Some(match name {
                $($name => Source::Python(include_str!(concat!("py/", $file))),)*
                $($package => Source::Package(include_str!(concat!("py/", $init))),)*
                _ => return None,
            })
        }
    };
}

sources! {
    modules {
        "__future__": "future.py",
        "abc": "abc.py",
        "argparse": "argparse.py",
        "array": "array.py",
        "ast": "ast.py",
        "collections.abc": "collections/abc.py",
        "base64": "base64.py",
        "binascii": "binascii.py",
        "bisect": "bisect.py",
        "calendar": "calendar.py",
        "cmath": "cmath.py",
        "concurrent.futures": "concurrent/futures.py",
        "codecs": "codecs.py",
        "contextlib": "contextlib.py",
        "contextvars": "contextvars.py",
        "copy": "copy.py",
        "copyreg": "copyreg.py",
        "csv": "csv.py",
        "dataclasses": "dataclasses.py",
        "difflib": "difflib.py",
        "enum": "enum.py",
        "fnmatch": "fnmatch.py",
        "fractions": "fractions.py",
        "functools": "functools.py",
        "gc": "gc.py",
        "graphlib": "graphlib.py",
        "gettext": "gettext.py",
        "hashlib": "hashlib.py",
        "heapq": "heapq.py",
        "hmac": "hmac.py",
        "importlib": "importlib.py",
        "inspect": "inspect.py",
        "io": "io.py",
        "json.decoder": "json/decoder.py",
        "json.encoder": "json/encoder.py",
        "keyword": "keyword.py",
        "logging.config": "logging/config.py",
        "numbers": "numbers.py",
        "operator": "operator.py",
        "os.path": "os/path.py",
        "posixpath": "os/path.py",
        "pathlib": "pathlib.py",
        "pickle": "pickle.py",
        "platform": "platform.py",
        "pprint": "pprint.py",
        "queue": "queue.py",
        "random": "random.py",
        "re": "re.py",
        "reprlib": "reprlib.py",
        "secrets": "secrets.py",
        "shlex": "shlex.py",
        "statistics": "statistics.py",
        "string": "string.py",
        "struct": "struct.py",
        "textwrap": "textwrap.py",
        "threading": "threading.py",
        "timeit": "timeit.py",
        "traceback": "traceback.py",
        "types": "types.py",
        "typing": "typing.py",
        "typing_extensions": "typing_extensions.py",
        "unittest.case": "unittest/case.py",
        "unittest.mock": "unittest/mock.py",
        "unittest.loader": "unittest/loader.py",
        "unittest.result": "unittest/result.py",
        "unittest.runner": "unittest/runner.py",
        "unittest.suite": "unittest/suite.py",
        "unittest.util": "unittest/util.py",
        "urllib.parse": "urllib/parse.py",
        "warnings": "warnings.py",
        "weakref": "weakref.py",
        "zlib": "zlib.py",
    }
    packages {
        "asyncio": "asyncio/__init__.py",
        "collections": "collections/__init__.py",
        "concurrent": "concurrent/__init__.py",
        "html": "html/__init__.py",
        "json": "json/__init__.py",
        "logging": "logging/__init__.py",
        "os": "os/__init__.py",
        "unittest": "unittest/__init__.py",
        "urllib": "urllib/__init__.py",
    }
}

/// The module of that name.
pub(super) fn find(name: &str) -> Option<Source> {
    source(name).or_else(|| refused(name))
}

/// What reaches beyond the program is refused by name.
fn refused(name: &str) -> Option<Source> {
    const REFUSED: &[&str] = &[
        "ctypes",
        "ftplib",
        "glob",
        "http",
        "imaplib",
        "importlib",
        "marshal",
        "mmap",
        "multiprocessing",
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
        "webbrowser",
        "xmlrpc",
    ];
    let top = name.split('.').next().unwrap_or(name);
    REFUSED.contains(&top).then_some(Source::Refused)
}
