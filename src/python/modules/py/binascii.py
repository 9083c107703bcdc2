"""Bytes as text."""

import _digests


class Error(ValueError):
    """The text is wrong."""


class Incomplete(Exception):
    """The text ends too early."""


def b2a_base64(data, *, newline=True):
    return _digests.b64encode(bytes(data)) + (b"\n" if newline else b"")


def a2b_base64(data, *, strict_mode=False):
    if isinstance(data, str):
        data = data.encode("ascii")
    return _digests.b64decode(bytes(data), Error)


def hexlify(data, *args):
    return bytes(data).hex(*args).encode("ascii")


b2a_hex = hexlify


def unhexlify(hexstr):
    text = hexstr if isinstance(hexstr, str) else bytes(hexstr).decode("latin-1")
    if len(text) % 2:
        raise Error("Odd-length string")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Error("Non-hexadecimal digit found") from None


a2b_hex = unhexlify
