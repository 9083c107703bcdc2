"""Bytes as text of 64, 32 or 16 characters."""

import binascii


def _bytes(s):
    if isinstance(s, str):
        try:
            return s.encode("ascii")
        except UnicodeEncodeError:
            raise ValueError("string argument should contain only ASCII characters") from None
    return bytes(s)


def b64encode(s, altchars=None):
    made = binascii.b2a_base64(s, newline=False)
    if altchars is not None:
        made = made.translate(bytes.maketrans(b"+/", altchars))
    return made


def b64decode(s, altchars=None, validate=False):
    s = _bytes(s)
    if altchars is not None:
        s = s.translate(bytes.maketrans(_bytes(altchars), b"+/"))
    if validate:
        import re
        if not re.fullmatch(b"[A-Za-z0-9+/]*={0,2}", s):
            raise binascii.Error("Only base64 data is allowed")
    return binascii.a2b_base64(s)


standard_b64encode, standard_b64decode = b64encode, b64decode


def urlsafe_b64encode(s):
    return b64encode(s, b"-_")


def urlsafe_b64decode(s):
    return b64decode(s, b"-_")


def encodebytes(s):
    return b"".join([binascii.b2a_base64(s[at:at + 57]) for at in range(0, len(s), 57)])


decodebytes = b64decode


def b16encode(s):
    return bytes(s).hex().upper().encode("ascii")


def b16decode(s, casefold=False):
    s = _bytes(s)
    if casefold:
        s = s.upper()
    if any(byte not in b"0123456789ABCDEF" for byte in s):
        raise binascii.Error("Non-base16 digit found")
    return binascii.unhexlify(s)


_B32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def b32encode(s):
    out = bytearray()
    for at in range(0, len(s), 5):
        chunk = bytes(s[at:at + 5])
        number = int.from_bytes(chunk.ljust(5, b"\0"), "big")
        digits = [_B32[number >> shift & 31] for shift in range(35, -1, -5)]
        count = {1: 2, 2: 4, 3: 5, 4: 7, 5: 8}[len(chunk)]
        out += bytes(digits[:count]) + b"=" * (8 - count)
    return bytes(out)


def b32decode(s, casefold=False, map01=None):
    s = _bytes(s)
    if len(s) % 8:
        raise binascii.Error("Incorrect padding")
    if casefold:
        s = s.upper()
    out = b""
    for at in range(0, len(s), 8):
        chunk = s[at:at + 8].rstrip(b"=")
        number = 0
        for byte in chunk:
            if byte not in _B32:
                raise binascii.Error("Non-base32 digit found")
            number = number << 5 | _B32.index(byte)
        number <<= 5 * (8 - len(chunk))
        count = {2: 1, 4: 2, 5: 3, 7: 4, 8: 5}.get(len(chunk))
        if count is None:
            raise binascii.Error("Incorrect padding")
        out += number.to_bytes(5, "big")[:count]
    return out
