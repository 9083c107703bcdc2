"""Exceptions as text."""

import sys

from _engine import format_exception as _format, format_exception_only as _format_only, traceback_entries as _entries

_given = object()


def _exception(exc, value):
    return exc if value is _given else value


def format_exception(exc, /, value=_given, tb=_given, limit=None, chain=True):
    """The lines of an exception with its traceback."""
    value = _exception(exc, value)
    if value is None:
        return ["NoneType: None\n"]
    if chain and (value.__cause__ is not None or value.__context__ is not None and not value.__suppress_context__):
        return _format(value).splitlines(keepends=True)
    entries = format_tb(value.__traceback__ if tb is _given else tb, limit)
    head = ["Traceback (most recent call last):\n"] if entries else []
    return head + entries + format_exception_only(value)


def format_exception_only(exc, /, value=_given):
    """The last lines: what was raised."""
    value = _exception(exc, value)
    if value is None:
        return ["NoneType: None\n"]
    text = _format_only(value)
    if isinstance(value, SyntaxError):
        return text.splitlines(keepends=True)
    notes = "".join("%s\n" % note for note in getattr(value, "__notes__", ()))
    if notes and text.endswith(notes):
        return [text[: -len(notes)], *notes.splitlines(keepends=True)]
    return [text]


def format_exc(limit=None, chain=True):
    """The text of the exception being handled."""
    return "".join(format_exception(sys.exc_info()[1]))


def print_exception(exc, /, value=_given, tb=_given, limit=None, file=None, chain=True):
    (file or sys.stderr).write("".join(format_exception(exc, value, tb)))


def print_exc(limit=None, file=None, chain=True):
    (file or sys.stderr).write(format_exc())


class FrameSummary:
    """A frame of a traceback."""

    def __init__(self, filename, lineno, name, *, lookup_line=True, locals=None, line=None, **kwargs):
        self.filename = filename
        self.lineno = lineno
        self.name = name
        self.line = line
        self.locals = locals

    def __iter__(self):
        return iter([self.filename, self.lineno, self.name, self.line])

    def __getitem__(self, at):
        return (self.filename, self.lineno, self.name, self.line)[at]

    def __len__(self):
        return 4

    def __eq__(self, other):
        if isinstance(other, FrameSummary):
            return tuple(self) == tuple(other)
        if isinstance(other, tuple):
            return tuple(self) == other
        return NotImplemented

    def __repr__(self):
        return "<FrameSummary file %s, line %s in %s>" % (self.filename, self.lineno, self.name)


class StackSummary(list):
    """The frames of a traceback, outermost first."""

    def format(self):
        return [getattr(frame, "_text", None) or '  File "%s", line %s, in %s\n    %s\n' % tuple(frame) for frame in self]


def extract_tb(tb, limit=None):
    """The frames of a traceback, outermost first."""
    frames = StackSummary()
    for filename, lineno, name, line, text in _entries(tb):
        frame = FrameSummary(filename, lineno, name, line=line)
        frame._text = text
        frames.append(frame)
    if limit is not None:
        frames[:] = frames[:limit] if limit >= 0 else frames[limit:]
    return frames


def format_tb(tb, limit=None):
    return extract_tb(tb, limit).format()


def format_list(extracted_list):
    return StackSummary(
        frame if isinstance(frame, FrameSummary) else FrameSummary(*frame[:3], line=frame[3]) for frame in extracted_list
    ).format()


def walk_tb(tb):
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def extract_stack(f=None, limit=None):
    return []


def format_stack(f=None, limit=None):
    return []


def print_stack(f=None, limit=None, file=None):
    pass


def print_tb(tb, limit=None, file=None):
    (file or sys.stderr).write("".join(format_tb(tb, limit)))


class TracebackException:
    """An exception, ready to be shown."""

    def __init__(self, exc_type, exc_value, exc_traceback, **kwargs):
        self.exc_type = exc_type
        self._value = exc_value
        self.stack = extract_tb(exc_traceback)

    @classmethod
    def from_exception(cls, exc, *args, **kwargs):
        return cls(type(exc), exc, exc.__traceback__)

    def format(self, *, chain=True):
        yield from format_exception(self._value)

    def format_exception_only(self):
        yield from format_exception_only(self._value)
