"""Text and bytes by the name of an encoding."""

import io as _io

BOM_UTF8 = b"\xef\xbb\xbf"
BOM = BOM_LE = BOM_UTF16 = BOM_UTF16_LE = b"\xff\xfe"
BOM_BE = BOM_UTF16_BE = b"\xfe\xff"
BOM_UTF32 = BOM_UTF32_LE = b"\xff\xfe\x00\x00"
BOM_UTF32_BE = b"\x00\x00\xfe\xff"

_ROT13 = {ord(a): b for a, b in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                                    "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm")}


def _name(encoding):
    return encoding.lower().replace("-", "_").replace(" ", "_")


def encode(obj, encoding="utf-8", errors="strict"):
    name = _name(encoding)
    if name in ("rot13", "rot_13"):
        return obj.translate(_ROT13)
    if name in ("hex", "hex_codec"):
        return bytes(obj).hex().encode()
    if name in ("base64", "base_64", "base64_codec"):
        import base64
        return base64.encodebytes(obj)
    return obj.encode(encoding, errors)


def decode(obj, encoding="utf-8", errors="strict"):
    name = _name(encoding)
    if name in ("rot13", "rot_13"):
        return obj.translate(_ROT13)
    if name in ("hex", "hex_codec"):
        return bytes.fromhex(bytes(obj).decode())
    if name in ("base64", "base_64", "base64_codec"):
        import base64
        return base64.decodebytes(obj)
    return bytes(obj).decode(encoding, errors)


def getencoder(encoding):
    "".encode(encoding)
    return lambda text, errors="strict": (text.encode(encoding, errors), len(text))


def getdecoder(encoding):
    "".encode(encoding)
    return lambda data, errors="strict": (bytes(data).decode(encoding, errors), len(data))


def iterencode(iterator, encoding, errors="strict"):
    for text in iterator:
        yield text.encode(encoding, errors)


def iterdecode(iterator, encoding, errors="strict"):
    for data in iterator:
        yield data.decode(encoding, errors)


def open(filename, mode="r", encoding=None, errors="strict", buffering=-1):
    return _io.open(filename, mode)
