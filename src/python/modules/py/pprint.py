"""Values laid out over lines."""

import sys as _sys


def pprint(object, stream=None, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True,
           underscore_numbers=False):
    """Writes a value laid out."""
    PrettyPrinter(indent, width, depth, stream, compact=compact, sort_dicts=sort_dicts,
                  underscore_numbers=underscore_numbers).pprint(object)


def pp(object, *args, sort_dicts=False, **kwargs):
    pprint(object, *args, sort_dicts=sort_dicts, **kwargs)


def pformat(object, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    """A value laid out, as a text."""
    return PrettyPrinter(indent, width, depth, compact=compact, sort_dicts=sort_dicts,
                         underscore_numbers=underscore_numbers).pformat(object)


def saferepr(object):
    return PrettyPrinter()._short(object, set(), 0)[0]


def isreadable(object):
    return PrettyPrinter().isreadable(object)


def isrecursive(object):
    return PrettyPrinter().isrecursive(object)


class _Ordered:
    """Sorts what has no order by the names of the types."""

    __slots__ = ("obj",)

    def __init__(self, obj):
        self.obj = obj

    def __lt__(self, other):
        try:
            return self.obj < other.obj
        except TypeError:
            return (str(type(self.obj)), id(self.obj)) < (str(type(other.obj)), id(other.obj))


def _by_key(pair):
    return _Ordered(pair[0])


class PrettyPrinter:
    """Lays values out over lines no wider than `width`, where that is possible."""

    def __init__(self, indent=1, width=80, depth=None, stream=None, *, compact=False, sort_dicts=True,
                 underscore_numbers=False):
        indent, width = int(indent), int(width)
        if indent < 0:
            raise ValueError("indent must be >= 0")
        if depth is not None and depth <= 0:
            raise ValueError("depth must be > 0")
        if not width:
            raise ValueError("width must be != 0")
        self._depth = depth
        self._indent_per_level = indent
        self._width = width
        self._stream = stream
        self._compact = bool(compact)
        self._sort_dicts = sort_dicts
        self._underscore_numbers = underscore_numbers

    def pprint(self, object):
        (self._stream or _sys.stdout).write(self.pformat(object) + "\n")

    def pformat(self, object):
        out = []
        self._lay(object, out, 0, 0, set(), 0)
        return "".join(out)

    def isrecursive(self, object):
        return self._short(object, set(), 0)[2]

    def isreadable(self, object):
        _, readable, recursive = self._short(object, set(), 0)
        return readable and not recursive

    def format(self, object, context, maxlevels, level):
        return self._short(object, set(context), level)

    def _lay(self, object, out, indent, allowance, context, level):
        key = id(object)
        if key in context:
            out.append(_recursion(object))
            return
        text = self._short(object, set(context), level)[0]
        width = self._width - indent - allowance
        if len(text) > width:
            layer = self._layers.get(type(object).__repr__)
            if layer is not None:
                context.add(key)
                layer(self, object, out, indent, allowance, context, level + 1)
                context.discard(key)
                return
        out.append(text)

    def _lay_dict(self, object, out, indent, allowance, context, level):
        out.append("{")
        if self._indent_per_level > 1:
            out.append((self._indent_per_level - 1) * " ")
        if len(object):
            items = sorted(object.items(), key=_by_key) if self._sort_dicts else list(object.items())
            self._lay_pairs(items, out, indent, allowance + 1, context, level)
        out.append("}")

    def _lay_pairs(self, items, out, indent, allowance, context, level):
        indent += self._indent_per_level
        separator = ",\n" + " " * indent
        last = len(items) - 1
        for at, (key, value) in enumerate(items):
            shown = self._short(key, set(context), level)[0]
            out.append(shown)
            out.append(": ")
            self._lay(value, out, indent + len(shown) + 2, allowance if at == last else 1, context, level)
            if at != last:
                out.append(separator)

    def _lay_list(self, object, out, indent, allowance, context, level):
        out.append("[")
        self._lay_items(object, out, indent, allowance + 1, context, level)
        out.append("]")

    def _lay_tuple(self, object, out, indent, allowance, context, level):
        out.append("(")
        end = ",)" if len(object) == 1 else ")"
        self._lay_items(object, out, indent, allowance + len(end), context, level)
        out.append(end)

    def _lay_set(self, object, out, indent, allowance, context, level):
        if not len(object):
            out.append(repr(object))
            return
        kind = object.__class__
        if kind is set:
            out.append("{")
            end = "}"
        else:
            out.append(kind.__name__ + "({")
            end = "})"
            indent += len(kind.__name__) + 1
        self._lay_items(sorted(object, key=_Ordered), out, indent, allowance + len(end), context, level)
        out.append(end)

    def _lay_items(self, items, out, indent, allowance, context, level):
        indent += self._indent_per_level
        if self._indent_per_level > 1:
            out.append((self._indent_per_level - 1) * " ")
        line = ",\n" + " " * indent
        separator = ""
        width = room = self._width - indent + 1
        items = list(items)
        for at, item in enumerate(items):
            last = at == len(items) - 1
            if last:
                room -= allowance
                width -= allowance
            if self._compact:
                text = self._short(item, set(context), level)[0]
                size = len(text) + 2
                if width < size:
                    width = room
                    if separator:
                        separator = line
                if width >= size:
                    width -= size
                    out.append(separator)
                    separator = ", "
                    out.append(text)
                    continue
            out.append(separator)
            separator = line
            self._lay(item, out, indent, allowance if last else 1, context, level)

    def _lay_str(self, object, out, indent, allowance, context, level):
        if not len(object):
            out.append(repr(object))
            return
        lines = object.splitlines(True)
        if level == 1:
            indent += 1
            allowance += 1
        room = width = self._width - indent
        chunks = []
        text = ""
        for at, line in enumerate(lines):
            text = repr(line)
            if at == len(lines) - 1:
                room -= allowance
            if len(text) <= room:
                chunks.append(text)
                continue
            parts = _words(line)
            room2 = width
            current = ""
            for j, part in enumerate(parts):
                candidate = current + part
                if j == len(parts) - 1 and at == len(lines) - 1:
                    room2 -= allowance
                if len(repr(candidate)) > room2:
                    if current:
                        chunks.append(repr(current))
                    current = part
                else:
                    current = candidate
            if current:
                chunks.append(repr(current))
        if len(chunks) == 1:
            out.append(text)
            return
        if level == 1:
            out.append("(")
        for at, chunk in enumerate(chunks):
            if at > 0:
                out.append("\n" + " " * indent)
            out.append(chunk)
        if level == 1:
            out.append(")")

    def _short(self, object, context, level):
        """The value on one line; whether that can be read back; whether it holds itself."""
        kind = type(object)
        shown = kind.__repr__
        if kind is int and self._underscore_numbers:
            return "{:_d}".format(object), True, False
        if kind in (str, int, float, bool, type(None)):
            return repr(object), True, False
        if issubclass(kind, dict) and shown is dict.__repr__:
            if not object:
                return "{}", True, False
            pairs = sorted(object.items(), key=_by_key) if self._sort_dicts else object.items()
            return self._short_inside(object, context, level, "{", "}", pairs, True)
        if issubclass(kind, list) and shown is list.__repr__:
            if not object:
                return "[]", True, False
            return self._short_inside(object, context, level, "[", "]", object, False)
        if issubclass(kind, tuple) and shown is tuple.__repr__:
            if not object:
                return "()", True, False
            return self._short_inside(object, context, level, "(", ",)" if len(object) == 1 else ")", object, False)
        text = repr(object)
        return text, bool(text) and not text.startswith("<"), False

    def _short_inside(self, object, context, level, start, end, items, pairs):
        key = id(object)
        if self._depth is not None and level >= self._depth:
            return start + "..." + end.replace(",", ""), False, False
        if key in context:
            return _recursion(object), False, True
        context.add(key)
        parts = []
        readable, recursive = True, False
        for item in items:
            texts = []
            for value in item if pairs else (item,):
                text, can_read, holds = self._short(value, context, level + 1)
                texts.append(text)
                readable = readable and can_read
                recursive = recursive or holds
            parts.append(": ".join(texts))
        context.discard(key)
        return start + ", ".join(parts) + end, readable, recursive

    _layers = {}


def _words(line):
    """A line in pieces, each a word with the blanks after it."""
    parts = []
    current = ""
    for char in line:
        if current and current[-1].isspace() and not char.isspace():
            parts.append(current)
            current = ""
        current += char
    if current:
        parts.append(current)
    return parts


def _recursion(object):
    return "<Recursion on %s with id=%s>" % (type(object).__name__, id(object))


PrettyPrinter._layers = {
    dict.__repr__: PrettyPrinter._lay_dict,
    list.__repr__: PrettyPrinter._lay_list,
    tuple.__repr__: PrettyPrinter._lay_tuple,
    set.__repr__: PrettyPrinter._lay_set,
    frozenset.__repr__: PrettyPrinter._lay_set,
    str.__repr__: PrettyPrinter._lay_str,
}
