"""Of syntax trees only what is said without showing one: literals."""

from _engine import literal as _literal, unsupported as _unsupported


def literal_eval(node_or_string):
    if not isinstance(node_or_string, str):
        raise ValueError(f"malformed node or string: {node_or_string!r}")
    return _literal(node_or_string)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(f"module 'ast' has no attribute '{name}'")
    _unsupported(f"ast.{name}")
