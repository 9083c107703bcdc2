"""One program becomes one run object, in CONTRACT.md's shape."""

import ast
import builtins
import contextlib
import inspect
import io
import linecache
import re
import sys
import traceback
import types
import warnings

from . import asynchronous, capture, tabular
from .capture import FILENAME

_installed = []


def run(source, dataset=None, bound=None):
    """Runs the program in this process, which should be a fresh fork: what it changes stays changed.

    `bound` is the names that it finds, where they are not the dataset's own.
    """
    warnings.simplefilter("ignore")
    linecache.cache[FILENAME] = (len(source), None, source.splitlines(keepends=True), FILENAME)
    log = capture.Log(source)
    names = {"__name__": "__main__", "__builtins__": builtins}
    if dataset:
        from .project import namespace

        names = namespace(dataset) if bound is None else bound
        capture.install(log)
        if not _installed:
            tabular.remember_annotations()
            asynchronous.install()
            _installed.append(True)
    # Classes look up their module there, and dataclasses among others read it.
    main = types.ModuleType("__main__")
    main.__dict__.update(names)
    sys.modules["__main__"] = main

    out = io.StringIO()
    run_object = {"format": 1, "ok": True, "stdout": "", "value": None, "rows": None, "columns": None, "queries": log.queries, "error": None}  # fmt: skip
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            original, value = _evaluate(source, main.__dict__, log)
        except BaseException as error:
            _fail(run_object, error, log)
        else:
            log.open = False
            # Before the repr, which may load deferred fields.
            run_object["columns"], run_object["rows"] = tabular.tabulate(original, value) if dataset else (None, None)
            try:
                run_object["value"] = None if value is None else plain(repr(value))
            except BaseException as error:
                _fail(run_object, error, log)
    run_object["stdout"] = plain(out.getvalue())
    return run_object


def _fail(run_object, error, log):
    log.open = False
    run_object["ok"] = False
    run_object["error"] = _describe(error, log)


def plain(text):
    """Addresses differ between runs: each becomes 0x0."""
    return re.sub(r"\bat 0x[0-9a-f]{6,}", "at 0x0", text)


def _evaluate(source, names, log):
    # As deep as a script of its own may go, whatever runs it.
    sys.setrecursionlimit(1000 + len(inspect.stack(0)) + 2)
    compile(source, FILENAME, "exec", dont_inherit=True)
    tree = ast.parse(source, FILENAME)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, FILENAME, "exec", dont_inherit=True), names)
    if last is None:
        return None, None
    value = eval(compile(ast.Expression(last.value), FILENAME, "eval", dont_inherit=True), names)
    line = log.lines[last.lineno - 1]
    log.fallback = (last.lineno, len(line.encode()[: last.col_offset].decode(errors="ignore")) + 1)
    return value, list(value) if _is_queryset(value) else value


def _is_queryset(value):
    query = sys.modules.get("django.db.models.query")
    return query is not None and isinstance(value, (query.QuerySet, query.RawQuerySet))


def _describe(error, log):
    line = column = 0
    trace = first = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            first = trace if line == 0 else first
            line, column = capture.position_in(trace.tb_frame.f_code, trace.tb_lasti, log.lines)
        trace = trace.tb_next
    if line == 0:
        first = None
        line, column = log.fallback
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        first, line, column = None, error.lineno or 0, error.offset or 0
    try:
        message = str(error)
    except Exception as unprintable:
        message = f"<{type(unprintable).__name__} in __str__>"
    text = "".join(_own_frames(traceback.TracebackException(type(error), error, first, compact=True)).format())
    text = text.rstrip("\n") + _suggestion(error) + "\n"
    return {"type": type(error).__name__, "message": plain(message), "line": line, "column": column, "unsupported": False, "traceback": plain(text)}  # fmt: skip


def _suggestion(error):
    """What the interpreter itself adds to the last line when it prints an exception; the traceback module knows nothing of it."""
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown):
        sys.__excepthook__(type(error), error, error.__traceback__)
    found = re.search(r"\. Did you mean: '[^']*'\?\n\Z", shown.getvalue())
    known = found and not str(error).endswith(found.group().rstrip("\n"))
    return found.group().rstrip("\n") if known else ""


def _own_frames(report):
    """Only the program's frames, in the exceptions that led to this one too: the library's differ per installation."""
    seen, waiting = set(), [report]
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if frame.filename == FILENAME])
        waiting += [part.__cause__, part.__context__, *(part.exceptions or ())]
    return report
