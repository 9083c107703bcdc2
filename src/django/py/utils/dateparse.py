"""Dates, times and durations from texts."""

import datetime
import re

from django.utils.timezone import get_fixed_timezone

_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})$")
_CLOCK = (r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})"
          r"(?::(?P<second>\d{1,2})(?:[\.,](?P<microsecond>\d{1,6})\d{0,6})?)?")
_TIME = re.compile(_CLOCK + "$")
_MOMENT = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ]" + _CLOCK +
                     r"\s*(?P<tzinfo>Z|[+-]\d{2}(?::?\d{2})?)?$")
_FRACTION = r"(?:[\.,](?P<microseconds>\d{1,6})\d{0,6})?"
_STANDARD = re.compile(
    r"^(?:(?P<days>-?\d+) (days?, )?)?(?P<sign>-?)((?:(?P<hours>\d+):)(?=\d+:\d+))?(?:(?P<minutes>\d+):)?"
    r"(?P<seconds>\d+)" + _FRACTION + "$")
_ISO = re.compile(
    r"^(?P<sign>[-+]?)P(?:(?P<days>\d+([\.,]\d+)?)D)?(?:T(?:(?P<hours>\d+([\.,]\d+)?)H)?"
    r"(?:(?P<minutes>\d+([\.,]\d+)?)M)?(?:(?P<seconds>\d+([\.,]\d+)?)S)?)?$")
_POSTGRES = re.compile(
    r"^(?:(?P<days>-?\d+) (days? ?))?(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)"
    r"(?:\.(?P<microseconds>\d{1,6}))?)?$")


def parse_date(value):
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        match = _DATE.match(value)
        if match:
            return datetime.date(**{name: int(digits) for name, digits in match.groupdict().items()})


def _clock_parts(found):
    if found["microsecond"]:
        found["microsecond"] = found["microsecond"].ljust(6, "0")
    return {name: int(digits) for name, digits in found.items() if digits is not None}


def parse_time(value):
    try:
        return datetime.time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        match = _TIME.match(value)
        if match:
            return datetime.time(**_clock_parts(match.groupdict()))


def parse_datetime(value):
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        match = _MOMENT.match(value)
        if not match:
            return None
        found = match.groupdict()
        zone = found.pop("tzinfo")
        if zone == "Z":
            zone = datetime.timezone.utc
        elif zone is not None:
            minutes = 60 * int(zone[1:3]) + (int(zone[-2:]) if len(zone) > 3 else 0)
            zone = get_fixed_timezone(-minutes if zone[0] == "-" else minutes)
        return datetime.datetime(**_clock_parts(found), tzinfo=zone)


def parse_duration(value):
    match = _STANDARD.match(value) or _ISO.match(value) or _POSTGRES.match(value)
    if not match:
        return None
    found = match.groupdict()
    sign = -1 if found.pop("sign", "+") == "-" else 1
    if found.get("microseconds"):
        found["microseconds"] = found["microseconds"].ljust(6, "0")
    parts = {name: float(digits.replace(",", ".")) for name, digits in found.items() if digits}
    days = datetime.timedelta(parts.pop("days", 0.0) or 0.0)
    if match.re is _ISO:
        days *= sign
    return days + sign * datetime.timedelta(**parts)
