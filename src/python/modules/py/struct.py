"""Numbers and bytes packed side by side."""

import math as _math

__all__ = ["calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "error"]


class error(Exception):
    pass


# Size, and whether the number has a sign.
_WHOLE = {"b": (1, True), "B": (1, False), "h": (2, True), "H": (2, False), "i": (4, True), "I": (4, False),
          "l": (4, True), "L": (4, False), "q": (8, True), "Q": (8, False)}
# Bytes, bits of the exponent and of the fraction.
_REAL = {"e": (2, 5, 10), "f": (4, 8, 23), "d": (8, 11, 52)}


def _items(format):
    """The byte order and, one after another, what is packed: letter, count, size and the gap before."""
    if isinstance(format, (bytes, bytearray)):
        format = format.decode("ascii")
    if not isinstance(format, str):
        raise TypeError("Struct() argument 1 must be a str or bytes object, not %s" % type(format).__name__)
    order, native = "little", True
    if format[:1] in ("@", "=", "<", ">", "!"):
        native = format[0] == "@"
        order = "big" if format[0] in ">!" else "little"
        format = format[1:]
    found, count, at = [], "", 0
    for letter in format:
        if letter.isspace():
            if count:
                raise error("repeat count given without format specifier")
            continue
        if letter.isdigit():
            count += letter
            continue
        times = int(count) if count else 1
        count = ""
        if letter in _WHOLE:
            size = _WHOLE[letter][0]
            if native and letter in "lL":
                size = 8
        elif letter in "nNP" and native:
            size = 8
        elif letter in _REAL:
            size = _REAL[letter][0]
        elif letter in "xcsp?":
            size = 1
        else:
            raise error("bad char in struct format")
        gap = -at % size if native else 0
        at += gap
        if letter in "sp":
            found.append((letter, times, times, gap))
            at += times
        elif letter == "x":
            found.append((letter, times, times, gap))
            at += times
        elif times == 0:
            found.append(("x", 0, 0, gap))
        else:
            for index in range(times):
                found.append((letter, 1, size, gap if index == 0 else 0))
            at += size * times
    if count:
        raise error("repeat count given without format specifier")
    return order, native, found, at


def _from_real(value, size, exponent_bits, fraction_bits, order, letter):
    try:
        value = float(value)
    except TypeError:
        raise error("required argument is not a float") from None
    top = (1 << exponent_bits) - 1
    bias = top >> 1
    sign = 1 if _math.copysign(1.0, value) < 0 else 0
    if value != value:
        exponent, fraction = top, 1 << (fraction_bits - 1)
    elif value in (_math.inf, -_math.inf):
        exponent, fraction = top, 0
    elif value == 0:
        exponent, fraction = 0, 0
    else:
        mantissa, exponent = _math.frexp(abs(value))
        exponent += bias - 1
        if exponent > 0:
            fraction = round((mantissa * 2.0 - 1.0) * (1 << fraction_bits))
        else:
            fraction = round(_math.ldexp(mantissa, fraction_bits + exponent))
            exponent = 0
        if fraction == 1 << fraction_bits:
            fraction, exponent = 0, exponent + 1
        if exponent >= top:
            raise OverflowError("float too large to pack with %s format" % letter)
    bits = (sign << (exponent_bits + fraction_bits)) | (exponent << fraction_bits) | fraction
    return bits.to_bytes(size, order)


def _to_real(data, exponent_bits, fraction_bits, order):
    bits = int.from_bytes(data, order)
    top = (1 << exponent_bits) - 1
    bias = top >> 1
    fraction = bits & ((1 << fraction_bits) - 1)
    exponent = (bits >> fraction_bits) & top
    sign = -1.0 if bits >> (fraction_bits + exponent_bits) else 1.0
    if exponent == top:
        return _math.nan if fraction else sign * _math.inf
    if exponent == 0:
        return sign * _math.ldexp(float(fraction), 1 - bias - fraction_bits)
    return sign * _math.ldexp(float(fraction | 1 << fraction_bits), exponent - bias - fraction_bits)


def _pack_whole(value, letter, size, signed, order, native):
    if not isinstance(value, int):
        try:
            value = value.__index__()
        except AttributeError:
            raise error("required argument is not an integer") from None
    low, high = (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1) if signed else (0, (1 << 8 * size) - 1)
    if not low <= value <= high:
        names = {"b": "byte", "B": "ubyte", "h": "short", "H": "ushort"}
        if native and letter in names:
            raise error("%s format requires %d <= number <= %d" % (names[letter], low, high))
        if size == 8 and not native:
            raise error("int too large to convert" if value > 0 or signed else "can't convert negative int to unsigned")
        if size == 8:
            raise error("int too large to convert")
        if native and not signed and value < 0:
            raise error("argument out of range")
        raise error("%r format requires %d <= number <= %d" % (letter, low, high) if not native
                    else "argument out of range")
    return value.to_bytes(size, order, signed=signed)


def pack(format, /, *values):
    return Struct(format).pack(*values)


def unpack(format, buffer, /):
    return Struct(format).unpack(buffer)


def unpack_from(format, /, buffer, offset=0):
    return Struct(format).unpack_from(buffer, offset)


def pack_into(format, buffer, offset, /, *values):
    return Struct(format).pack_into(buffer, offset, *values)


def iter_unpack(format, buffer, /):
    return Struct(format).iter_unpack(buffer)


def calcsize(format, /):
    return Struct(format).size


class Struct:
    """A format that was read once."""

    def __init__(self, format):
        self.format = format.decode("ascii") if isinstance(format, bytes) else format
        self._order, self._native, self._items, self.size = _items(format)

    def pack(self, *values):
        wanted = sum(letter != "x" for letter, *_ in self._items)
        if len(values) != wanted:
            raise error("pack expected %d items for packing (got %d)" % (wanted, len(values)))
        packed, given = bytearray(), iter(values)
        for letter, times, size, gap in self._items:
            packed.extend(bytes(gap))
            if letter == "x":
                packed.extend(bytes(size))
                continue
            value = next(given)
            if letter in _WHOLE:
                packed += _pack_whole(value, letter, size, _WHOLE[letter][1], self._order, self._native)
            elif letter in "nNP":
                packed += _pack_whole(value, letter, size, letter == "n", self._order, True)
            elif letter in _REAL:
                packed += _from_real(value, *_REAL[letter], self._order, letter)
            elif letter == "?":
                packed.append(bool(value))
            elif letter == "c":
                if not isinstance(value, (bytes, bytearray)) or len(value) != 1:
                    raise error("char format requires a bytes object of length 1")
                packed += value
            elif not isinstance(value, (bytes, bytearray)):
                raise error("argument for %r must be a bytes object" % letter)
            elif letter == "s":
                packed += bytes(value[:times]).ljust(times, b"\0")
            elif times:
                kept = bytes(value[:min(times - 1, 255)])
                packed.append(len(kept))
                packed += kept.ljust(times - 1, b"\0")
        return bytes(packed)

    def pack_into(self, buffer, offset, *values):
        data = self.pack(*values)
        if offset < 0:
            offset += len(buffer)
        if len(buffer) - offset < self.size:
            raise error("pack_into requires a buffer of at least %d bytes for packing %d bytes at offset %d "
                        "(actual buffer size is %d)" % (self.size + offset, self.size, offset, len(buffer)))
        buffer[offset:offset + self.size] = data

    def unpack(self, buffer):
        if len(buffer) != self.size:
            raise error("unpack requires a buffer of %d bytes" % self.size)
        return self._read(bytes(buffer), 0)

    def unpack_from(self, buffer, offset=0):
        size = len(buffer)
        if offset < 0:
            if offset + size < 0:
                raise error("offset %d out of range for %d-byte buffer" % (offset, size))
            offset += size
        if size - offset < self.size:
            raise error("unpack_from requires a buffer of at least %d bytes for unpacking %d bytes at offset %d "
                        "(actual buffer size is %d)" % (self.size + offset, self.size, offset, size))
        return self._read(bytes(buffer), offset)

    def iter_unpack(self, buffer):
        if self.size == 0:
            raise error("cannot iteratively unpack with a struct of length 0")
        if len(buffer) % self.size:
            raise error("iterative unpacking requires a buffer of a multiple of %d bytes" % self.size)
        return iter([self._read(bytes(buffer), at) for at in range(0, len(buffer), self.size)])

    def _read(self, data, at):
        found = []
        for letter, times, size, gap in self._items:
            at += gap
            part = data[at:at + size]
            at += size
            if letter in _WHOLE:
                found.append(int.from_bytes(part, self._order, signed=_WHOLE[letter][1]))
            elif letter in "nNP":
                found.append(int.from_bytes(part, self._order, signed=letter == "n"))
            elif letter in _REAL:
                found.append(_to_real(part, *_REAL[letter][1:], self._order))
            elif letter == "?":
                found.append(part != b"\0")
            elif letter in "cs":
                found.append(part)
            elif letter == "p":
                found.append(part[1:1 + min(part[0], len(part) - 1)] if part else b"")
        return tuple(found)
