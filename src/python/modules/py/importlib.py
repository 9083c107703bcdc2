"""Importing by name."""

import sys
from _engine import import_module as _import


def import_module(name, package=None):
    """The module of that name."""
    level = len(name) - len(name.lstrip("."))
    if level:
        if not package:
            raise TypeError("the 'package' argument is required to perform a relative import for %r" % name)
        base = package.rsplit(".", level - 1)[0] if level > 1 else package
        name = base + ("." + name[level:] if name[level:] else "")
    return _import(name)


def reload(module):
    return module


def invalidate_caches():
    pass
