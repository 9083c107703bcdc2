"""Paths as text. Whatever would touch a file is refused by name."""

import fnmatch as _fnmatch
import re as _re
from _engine import unsupported as _unsupported

__all__ = ["PurePath", "PurePosixPath", "PureWindowsPath", "Path", "PosixPath", "WindowsPath"]


class _Flavour:
    """How paths are written on POSIX."""

    sep = "/"
    altsep = ""

    @staticmethod
    def split(text):
        """The drive, the root and the names of a path."""
        stripped = text.lstrip("/")
        slashes = len(text) - len(stripped)
        root = "//" if slashes == 2 else "/" if slashes else ""
        return "", root, [name for name in stripped.split("/") if name and name != "."]

    @staticmethod
    def fold(text):
        return text


class _WindowsFlavour(_Flavour):
    sep = "\\"
    altsep = "/"

    @staticmethod
    def split(text):
        text = text.replace("/", "\\")
        drive, root = "", ""
        if text.startswith("\\\\") and not text.startswith("\\\\\\"):
            server, _, rest = text[2:].partition("\\")
            share, found, rest = rest.partition("\\")
            if server and share:
                drive, root, text = "\\\\%s\\%s" % (server, share), "\\", rest
        elif text[1:2] == ":" and text[0].isalpha():
            drive, text = text[:2], text[2:]
        if not root and text.startswith("\\"):
            root = "\\"
        return drive, root, [name for name in text.split("\\") if name and name != "."]

    @staticmethod
    def fold(text):
        return text.lower()


class _Parents:
    """The paths above a path, nearest first."""

    def __init__(self, path):
        self._path = path
        self._count = len(path._names)

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        if index >= len(self) or index < -len(self):
            raise IndexError(index)
        if index < 0:
            index += len(self)
        path = self._path
        return path._made(path._drive, path._root, path._names[:len(path._names) - index - 1])

    def __iter__(self):
        return (self[at] for at in range(len(self)))

    def __repr__(self):
        return "<%s.parents>" % type(self._path).__name__


class PurePath:
    """A path that is only text."""

    _flavour = _Flavour

    def __new__(cls, *args):
        if cls is PurePath:
            cls = PurePosixPath
        drive, root, names = "", "", []
        for arg in args:
            part_drive, part_root, part_names = cls._parts_of(arg)
            if part_root and (not part_drive or part_drive == drive or not drive):
                drive, root, names = part_drive or drive, part_root, list(part_names)
            elif part_drive and cls._flavour.fold(part_drive) != cls._flavour.fold(drive):
                drive, root, names = part_drive, part_root, list(part_names)
            else:
                names = names + list(part_names)
        return cls._made(drive, root, names)

    @classmethod
    def _parts_of(cls, arg):
        if isinstance(arg, PurePath):
            return arg._drive, arg._root, arg._names
        if hasattr(type(arg), "__fspath__"):
            arg = arg.__fspath__()
        if not isinstance(arg, str):
            if isinstance(arg, bytes):
                raise TypeError("argument should be a str object or an os.PathLike object returning str, not %r"
                                % type(arg))
            raise TypeError("expected str, bytes or os.PathLike object, not %s" % type(arg).__name__)
        return cls._flavour.split(arg)

    @classmethod
    def _made(cls, drive, root, names):
        path = object.__new__(cls)
        path._drive, path._root, path._names = drive, root, list(names)
        return path

    def __reduce__(self):
        return type(self), tuple(self.parts)

    def __str__(self):
        return self._drive + self._root + self._flavour.sep.join(self._names) or "."

    def __fspath__(self):
        return str(self)

    def as_posix(self):
        return str(self).replace(self._flavour.sep, "/")

    def __bytes__(self):
        return str(self).encode()

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__, self.as_posix())

    def as_uri(self):
        if not self.is_absolute():
            raise ValueError("relative path can't be expressed as a file URI")
        from urllib.parse import quote
        return "file://" + quote(str(self))

    @property
    def _key(self):
        return [self._flavour.fold(part) for part in self.parts]

    def __eq__(self, other):
        if not isinstance(other, PurePath):
            return NotImplemented
        return self._key == other._key and self._flavour is other._flavour

    def __hash__(self):
        return hash(tuple(self._key))

    def __lt__(self, other):
        if not isinstance(other, PurePath) or self._flavour is not other._flavour:
            return NotImplemented
        return self._key < other._key

    def __le__(self, other):
        if not isinstance(other, PurePath) or self._flavour is not other._flavour:
            return NotImplemented
        return self._key <= other._key

    def __gt__(self, other):
        if not isinstance(other, PurePath) or self._flavour is not other._flavour:
            return NotImplemented
        return self._key > other._key

    def __ge__(self, other):
        if not isinstance(other, PurePath) or self._flavour is not other._flavour:
            return NotImplemented
        return self._key >= other._key

    @property
    def drive(self):
        return self._drive

    @property
    def root(self):
        return self._root

    @property
    def anchor(self):
        return self._drive + self._root

    @property
    def parts(self):
        return ((self.anchor,) if self.anchor else ()) + tuple(self._names)

    @property
    def name(self):
        return self._names[-1] if self._names else ""

    @property
    def suffix(self):
        name = self.name
        at = name.rfind(".")
        return name[at:] if 0 < at < len(name) - 1 else ""

    @property
    def suffixes(self):
        name = self.name
        if name.endswith("."):
            return []
        return ["." + suffix for suffix in name.lstrip(".").split(".")[1:]]

    @property
    def stem(self):
        name = self.name
        at = name.rfind(".")
        return name[:at] if 0 < at < len(name) - 1 else name

    @property
    def parent(self):
        return self._made(self._drive, self._root, self._names[:-1])

    @property
    def parents(self):
        return _Parents(self)

    def with_name(self, name):
        if not self.name:
            raise ValueError("%r has an empty name" % (self,))
        drive, root, names = self._flavour.split(name)
        if not name or name[-1] in (self._flavour.sep, self._flavour.altsep) or drive or root or len(names) != 1:
            raise ValueError("Invalid name %r" % name)
        return self._made(self._drive, self._root, self._names[:-1] + [name])

    def with_stem(self, stem):
        return self.with_name(stem + self.suffix)

    def with_suffix(self, suffix):
        if self._flavour.sep in suffix or self._flavour.altsep and self._flavour.altsep in suffix:
            raise ValueError("Invalid suffix %r" % (suffix,))
        if suffix and not suffix.startswith(".") or suffix == ".":
            raise ValueError("Invalid suffix %r" % (suffix,))
        if not self.name:
            raise ValueError("%r has an empty name" % (self,))
        return self._made(self._drive, self._root, self._names[:-1] + [self.stem + suffix])

    def relative_to(self, *other):
        if not other:
            raise TypeError("need at least one argument")
        base = type(self)(*other)
        own, wanted = self._key, base._key
        if own[:len(wanted)] != wanted:
            raise ValueError("%r is not in the subpath of %r OR one path is relative and the other is absolute." % (
                str(self), str(base)))
        rest = self.parts[len(wanted):]
        return self._made("", "", rest)

    def is_relative_to(self, *other):
        try:
            self.relative_to(*other)
            return True
        except ValueError:
            return False

    def joinpath(self, *args):
        return type(self)(self, *args)

    def __truediv__(self, key):
        try:
            return type(self)(self, key)
        except TypeError:
            return NotImplemented

    def __rtruediv__(self, key):
        try:
            return type(self)(key, self)
        except TypeError:
            return NotImplemented

    def is_absolute(self):
        return bool(self._root) and (self._flavour is _Flavour or bool(self._drive))

    def is_reserved(self):
        return False

    def match(self, path_pattern):
        pattern = type(self)(path_pattern)
        if not pattern.parts:
            raise ValueError("empty pattern")
        own, wanted = self._key, pattern._key
        if pattern.anchor:
            if len(wanted) != len(own):
                return False
        elif len(wanted) > len(own):
            return False
        return all(_fnmatch.fnmatchcase(part, one) for part, one in zip(reversed(own), reversed(wanted)))


class PurePosixPath(PurePath):
    pass


class PureWindowsPath(PurePath):
    _flavour = _WindowsFlavour


class Path(PurePath):
    """A path of this machine: what is known of it from its text alone."""

    def __new__(cls, *args, **kwargs):
        if cls is Path:
            cls = PosixPath
        return PurePath.__new__(cls, *args)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        pass

    def __getattr__(self, name):
        if name in _REFUSED:
            _unsupported("%s of a path" % name)
        raise AttributeError("%r object has no attribute %r" % (type(self).__name__, name))

    @classmethod
    def cwd(cls):
        _unsupported("cwd of a path")

    @classmethod
    def home(cls):
        _unsupported("home of a path")


_REFUSED = frozenset("""absolute chmod exists expanduser glob group hardlink_to is_block_device is_char_device is_dir is_fifo
is_file is_mount is_socket is_symlink iterdir lchmod link_to lstat mkdir open owner read_bytes read_text readlink rename
replace resolve rglob rmdir samefile stat symlink_to touch unlink walk write_bytes write_text""".split())


class PosixPath(Path, PurePosixPath):
    pass


class WindowsPath(Path, PureWindowsPath):
    def __new__(cls, *args, **kwargs):
        raise NotImplementedError("cannot instantiate %r on your system" % cls.__name__)
