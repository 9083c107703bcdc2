"""Exceptions as text."""

import sys

from _engine import format_exception as _format, format_exception_only as _format_only

_given = object()


def _exception(exc, value):
    return exc if value is _given else value


def format_exception(exc, /, value=_given, tb=_given, limit=None, chain=True):
    """The lines of an exception with its traceback."""
    value = _exception(exc, value)
    if value is None:
        return ["NoneType: None\n"]
    return _format(value).splitlines(keepends=True)


def format_exception_only(exc, /, value=_given):
    """The last lines: what was raised."""
    value = _exception(exc, value)
    if value is None:
        return ["NoneType: None\n"]
    return _format_only(value).splitlines(keepends=True)


def format_exc(limit=None, chain=True):
    """The text of the exception being handled."""
    return "".join(format_exception(sys.exc_info()[1]))


def print_exception(exc, /, value=_given, tb=_given, limit=None, file=None, chain=True):
    (file or sys.stderr).write("".join(format_exception(exc, value, tb)))


def print_exc(limit=None, file=None, chain=True):
    (file or sys.stderr).write(format_exc())


def format_tb(tb, limit=None):
    return []


def extract_tb(tb, limit=None):
    return []


def extract_stack(f=None, limit=None):
    return []


def format_stack(f=None, limit=None):
    return []


def print_stack(f=None, limit=None, file=None):
    pass


def print_tb(tb, limit=None, file=None):
    pass


class TracebackException:
    """An exception, ready to be shown."""

    def __init__(self, exc_type, exc_value, exc_traceback, **kwargs):
        self.exc_type = exc_type
        self._value = exc_value

    @classmethod
    def from_exception(cls, exc, *args, **kwargs):
        return cls(type(exc), exc, exc.__traceback__)

    def format(self, *, chain=True):
        yield from format_exception(self._value)

    def format_exception_only(self):
        yield from format_exception_only(self._value)
