"""Lists of numbers of one kind."""

from collections.abc import MutableSequence as _MutableSequence

typecodes = "bBuhHiIlLqQfd"

_SIZES = {"b": 1, "B": 1, "u": 4, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "f": 4, "d": 8}
_NAMES = {
    "b": ("signed char", "byte integer"),
    "B": ("unsigned byte integer", "unsigned byte integer"),
    "h": ("signed short integer", "signed short integer"),
    "H": ("unsigned short", "unsigned short"),
}


def _checked(code, value):
    """The value as an array of this kind holds it."""
    if code in "fd":
        if not isinstance(value, float) and not hasattr(value, "__float__") and not hasattr(value, "__index__"):
            raise TypeError("must be real number, not %s" % type(value).__name__)
        value = float(value)
        if code == "f":
            from _engine import unsupported

            unsupported("array of the kind 'f'")
        return value
    if code == "u":
        if not isinstance(value, str):
            raise TypeError("array item must be a unicode character, not %s" % type(value).__name__)
        if len(value) != 1:
            raise TypeError("array item must be a unicode character, not str")
        return value
    if not hasattr(value, "__index__"):
        raise TypeError("'%s' object cannot be interpreted as an integer" % type(value).__name__)
    value = value.__index__()
    bits = 8 * _SIZES[code]
    if code.isupper():
        if value < 0 and code in "ILQ":
            raise OverflowError("can't convert negative value to unsigned int")
        least, most = 0, (1 << bits) - 1
    else:
        least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    if least <= value <= most:
        return value
    side = "less than minimum" if value < least else "greater than maximum"
    if code in _NAMES:
        name = _NAMES[code][0]
        raise OverflowError(f"{name} is {side}")
    if code == "i":
        raise OverflowError(f"signed integer is {side}")
    if code == "I":
        raise OverflowError(f"unsigned int is {side}")
    raise OverflowError("Python int too large to convert to C long")


class array(_MutableSequence):
    """Numbers of one kind."""

    __slots__ = "typecode", "_items"

    def __init__(self, typecode, initializer=()):
        if not isinstance(typecode, str):
            raise TypeError("array() argument 1 must be a unicode character, not %s" % type(typecode).__name__)
        if len(typecode) != 1:
            raise TypeError("array() argument 1 must be a unicode character, not str")
        if typecode not in _SIZES:
            raise ValueError("bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)")
        self.typecode = typecode
        if isinstance(initializer, str) and typecode != "u":
            raise TypeError("cannot use a str to initialize an array with typecode '%s'" % typecode)
        if isinstance(initializer, (bytes, bytearray)):
            self._items = []
            self.frombytes(initializer)
        else:
            self._items = [_checked(typecode, item) for item in initializer]

    @property
    def itemsize(self):
        return _SIZES[self.typecode]

    def _made(self, items):
        made = array(self.typecode)
        made._items = items
        return made

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __contains__(self, item):
        return item in self._items

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._made(self._items[index])
        try:
            return self._items[index]
        except IndexError:
            raise IndexError("array index out of range") from None
        except TypeError:
            raise TypeError("array indices must be integers") from None

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            if not isinstance(value, array):
                raise TypeError("can only assign array (not \"%s\") to array slice" % type(value).__name__)
            self._items[index] = value._items
            return
        value = _checked(self.typecode, value)
        try:
            self._items[index] = value
        except IndexError:
            raise IndexError("array assignment index out of range") from None

    def __delitem__(self, index):
        try:
            del self._items[index]
        except IndexError:
            raise IndexError("array assignment index out of range") from None

    def insert(self, index, value):
        self._items.insert(index, _checked(self.typecode, value))

    def append(self, value):
        self._items.append(_checked(self.typecode, value))

    def extend(self, values):
        if isinstance(values, array) and values.typecode != self.typecode:
            raise TypeError("can only extend with array of same kind")
        for value in values:
            self.append(value)

    def fromlist(self, values):
        self._items.extend([_checked(self.typecode, value) for value in values])

    def tolist(self):
        return list(self._items)

    def tobytes(self):
        if self.typecode in "fdu":
            from _engine import unsupported

            unsupported("array.tobytes() of this kind")
        signed = self.typecode.islower()
        return b"".join([item.to_bytes(self.itemsize, "little", signed=signed) for item in self._items])

    def frombytes(self, data):
        size = self.itemsize
        if len(data) % size:
            raise ValueError("bytes length not a multiple of item size")
        if self.typecode in "fdu":
            from _engine import unsupported

            unsupported("array.frombytes() of this kind")
        signed = self.typecode.islower()
        for at in range(0, len(data), size):
            self._items.append(int.from_bytes(data[at:at + size], "little", signed=signed))

    def count(self, value):
        return self._items.count(value)

    def index(self, value, start=0, stop=9223372036854775807):
        try:
            return self._items.index(value, start, stop)
        except ValueError:
            raise ValueError("array.index(x): x not in array") from None

    def pop(self, index=-1):
        if not self._items:
            raise IndexError("pop from empty array")
        try:
            return self._items.pop(index)
        except IndexError:
            raise IndexError("pop index out of range") from None

    def remove(self, value):
        try:
            self._items.remove(value)
        except ValueError:
            raise ValueError("array.remove(x): x not in array") from None

    def reverse(self):
        self._items.reverse()

    def __add__(self, other):
        if not isinstance(other, array):
            raise TypeError("can only append array (not \"%s\") to array" % type(other).__name__)
        if other.typecode != self.typecode:
            raise TypeError("bad argument type for built-in operation")
        return self._made(self._items + other._items)

    def __iadd__(self, other):
        if not isinstance(other, array):
            raise TypeError("can only extend with array (not \"%s\")" % type(other).__name__)
        self.extend(other)
        return self

    def __mul__(self, count):
        if not isinstance(count, int):
            return NotImplemented
        return self._made(self._items * count)

    __rmul__ = __mul__

    def __eq__(self, other):
        return self._items == other._items if isinstance(other, array) else NotImplemented

    def __lt__(self, other):
        return self._items < other._items if isinstance(other, array) else NotImplemented

    def __le__(self, other):
        return self._items <= other._items if isinstance(other, array) else NotImplemented

    def __gt__(self, other):
        return self._items > other._items if isinstance(other, array) else NotImplemented

    def __ge__(self, other):
        return self._items >= other._items if isinstance(other, array) else NotImplemented

    __hash__ = None

    def __copy__(self):
        return self._made(list(self._items))

    def __repr__(self):
        if not self._items:
            return f"array('{self.typecode}')"
        if self.typecode == "u":
            return f"array('u', {''.join(self._items)!r})"
        return f"array('{self.typecode}', {self._items!r})"


ArrayType = array
