"""Checksums; packing and unpacking are left out."""

from _engine import unsupported as _unsupported

DEFLATED = 8
MAX_WBITS = 15
DEF_MEM_LEVEL = 8
Z_BEST_COMPRESSION = 9
Z_BEST_SPEED = 1
Z_DEFAULT_COMPRESSION = -1
Z_DEFAULT_STRATEGY = 0
Z_FINISH = 4
Z_NO_COMPRESSION = 0
Z_NO_FLUSH = 0
Z_SYNC_FLUSH = 2

_table = None


class error(Exception):
    pass


def _bytes(data):
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError("a bytes-like object is required, not '%s'" % type(data).__name__)


def crc32(data, value=0, /):
    global _table
    if _table is None:
        made = []
        for number in range(256):
            for _ in range(8):
                number = number >> 1 ^ 0xEDB88320 if number & 1 else number >> 1
            made.append(number)
        _table = made
    table = _table
    value = value & 0xFFFFFFFF ^ 0xFFFFFFFF
    for byte in _bytes(data):
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def adler32(data, value=1, /):
    low, high = value & 0xFFFF, value >> 16 & 0xFFFF
    for byte in _bytes(data):
        low = (low + byte) % 65521
        high = (high + low) % 65521
    return high << 16 | low


def compress(data, /, level=-1, wbits=15):
    _unsupported("zlib.compress()")


def decompress(data, /, wbits=15, bufsize=16384):
    _unsupported("zlib.decompress()")


def compressobj(*args, **kwargs):
    _unsupported("zlib.compressobj()")


def decompressobj(*args, **kwargs):
    _unsupported("zlib.decompressobj()")
