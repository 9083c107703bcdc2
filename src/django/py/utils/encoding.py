"""Text and bytes."""

import datetime
from decimal import Decimal

from django.utils.functional import Promise

_PROTECTED_TYPES = (type(None), int, float, Decimal, datetime.datetime, datetime.date, datetime.time)


class DjangoUnicodeDecodeError(UnicodeDecodeError):
    """Bytes that are no text."""


def is_protected_type(obj):
    return isinstance(obj, _PROTECTED_TYPES)


def smart_str(s, encoding="utf-8", strings_only=False, errors="strict"):
    if isinstance(s, Promise):
        return s
    return force_str(s, encoding, strings_only, errors)


def force_str(s, encoding="utf-8", strings_only=False, errors="strict"):
    if isinstance(s, str) and type(s) is str:
        return s
    if strings_only and is_protected_type(s):
        return s
    return str(s, encoding, errors) if isinstance(s, bytes) else str(s)


def smart_bytes(s, encoding="utf-8", strings_only=False, errors="strict"):
    if isinstance(s, Promise):
        return s
    return force_bytes(s, encoding, strings_only, errors)


def force_bytes(s, encoding="utf-8", strings_only=False, errors="strict"):
    if isinstance(s, bytes):
        return s if encoding == "utf-8" else s.decode("utf-8", errors).encode(encoding, errors)
    if strings_only and is_protected_type(s):
        return s
    if isinstance(s, memoryview):
        return bytes(s)
    return str(s).encode(encoding, errors)


smart_text = smart_str
force_text = force_str
