"""Paths as text, in POSIX form."""

from _engine import unsupported as _unsupported

curdir = "."
pardir = ".."
extsep = "."
sep = "/"
pathsep = ":"
altsep = None


def _text(path):
    if isinstance(path, str):
        return path
    method = getattr(type(path), "__fspath__", None)
    if method is None:
        raise TypeError("expected str, bytes or os.PathLike object, not " + type(path).__name__)
    return method(path)


def isabs(path):
    return _text(path).startswith("/")


def join(a, *p):
    whole = _text(a)
    for part in p:
        if not isinstance(part, str) and not hasattr(type(part), "__fspath__"):
            raise TypeError("join() argument must be str, bytes, or os.PathLike object, not %r" % type(part).__name__)
        part = _text(part)
        if part.startswith("/"):
            whole = part
        elif not whole or whole.endswith("/"):
            whole += part
        else:
            whole += "/" + part
    return whole


def split(p):
    p = _text(p)
    at = p.rfind("/") + 1
    head, tail = p[:at], p[at:]
    # A root keeps its slashes.
    if head.strip("/"):
        head = head.rstrip("/")
    return head, tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    p = _text(p)
    begin = p.rfind("/") + 1
    dot = p.rfind(".")
    # Dots that lead a name do not begin an extension.
    if dot <= begin or not p[begin:dot].strip("."):
        return p, ""
    return p[:dot], p[dot:]


def splitdrive(p):
    return "", _text(p)


def normcase(s):
    return _text(s)


def normpath(path):
    path = _text(path)
    if not path:
        return "."
    # Two leading slashes mean something of their own; three do not.
    root = "//" if path.startswith("//") and not path.startswith("///") else "/" if path.startswith("/") else ""
    kept = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and (kept and kept[-1] != ".." or root and not kept):
            if kept:
                kept.pop()
        else:
            kept.append(part)
    return root + "/".join(kept) or "."


def commonprefix(m):
    if not m:
        return ""
    low, high = min(m), max(m)
    for at, symbol in enumerate(low):
        if symbol != high[at]:
            return low[:at]
    return low


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError("module 'posixpath' has no attribute '%s'" % name)
    _unsupported("os.path.%s" % name)
