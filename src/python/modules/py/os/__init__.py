"""What of `os` computes with text alone. Whatever reaches the machine is refused by name."""

from os import path
from _engine import unsupported as _unsupported

name = "posix"
sep = "/"
altsep = None
extsep = "."
curdir = "."
pardir = ".."
pathsep = ":"
linesep = "\n"
devnull = "/dev/null"


class PathLike:
    """What `fspath` takes beside text."""

    def __fspath__(self):
        raise NotImplementedError


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    method = getattr(type(path), "__fspath__", None)
    if method is None:
        raise TypeError("expected str, bytes or os.PathLike object, not " + type(path).__name__)
    return method(path)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError("module 'os' has no attribute '%s'" % name)
    _unsupported("os.%s" % name)
