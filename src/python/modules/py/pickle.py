"""Pickling is left out: it can be imported, not used."""

import copyreg
from _engine import unsupported as _unsupported

HIGHEST_PROTOCOL = 5
DEFAULT_PROTOCOL = 4


class PickleError(Exception):
    pass


class PicklingError(PickleError):
    pass


class UnpicklingError(PickleError):
    pass


def dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None):
    _unsupported("pickle")


def loads(data, /, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=None):
    _unsupported("pickle")


def dump(obj, file, protocol=None, **kwargs):
    _unsupported("pickle")


def load(file, **kwargs):
    _unsupported("pickle")
