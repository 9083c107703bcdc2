"""Things by their dotted paths."""

from importlib import import_module


def import_string(dotted_path):
    module, dot, name = dotted_path.rpartition(".")
    if not dot:
        raise ImportError("%s doesn't look like a module path" % dotted_path)
    try:
        return getattr(import_module(module), name)
    except AttributeError as problem:
        raise ImportError('Module "%s" does not define a "%s" attribute/class' % (module, name)) from problem
