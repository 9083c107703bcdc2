"""Python values in the forms that a run object has."""

import math
from decimal import Decimal


def cell(value):
    """One value as JSON can say it; exact for what JSON knows, else as `str()` prints it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {str(key): cell(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [cell(item) for item in value]
    if hasattr(value, "_meta") and hasattr(value, "pk"):
        return cell(value.pk)
    return str(value)


def is_scalar(value):
    """Whether a value may stand in a flat list."""
    import datetime
    import uuid

    kinds = (str, int, float, bytes, Decimal, datetime.date, datetime.time, datetime.timedelta, uuid.UUID)
    return value is None or isinstance(value, kinds)
