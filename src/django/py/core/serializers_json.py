"""`DjangoJSONEncoder`: JSON for dates, times, durations, decimals and UUIDs."""

import datetime
import decimal
import json
import uuid

from django.utils.duration import duration_iso_string
from django.utils.functional import Promise
from django.utils.timezone import is_aware


class DjangoJSONEncoder(json.JSONEncoder):
    """Writes moments with milliseconds and `Z`, durations as ISO 8601 has them, and the rest as text."""

    def default(self, o):
        if isinstance(o, datetime.datetime):
            text = o.isoformat()
            if o.microsecond:
                # Milliseconds are all that ECMAScript knows.
                text = text[:23] + text[26:]
            return text[: -len("+00:00")] + "Z" if text.endswith("+00:00") else text
        if isinstance(o, datetime.date):
            return o.isoformat()
        if isinstance(o, datetime.time):
            if is_aware(o):
                raise ValueError("JSON can't represent timezone-aware times.")
            text = o.isoformat()
            return text[:12] if o.microsecond else text
        if isinstance(o, datetime.timedelta):
            return duration_iso_string(o)
        if isinstance(o, (decimal.Decimal, uuid.UUID, Promise)):
            return str(o)
        return super().default(o)
