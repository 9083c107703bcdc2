"""Moments and their zones: `django.utils.timezone`."""

import functools
from contextlib import ContextDecorator
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from _django import chosen_zone, choose_zone, setting

UTC = timezone.utc


def get_fixed_timezone(offset):
    if isinstance(offset, timedelta):
        offset = offset.total_seconds() // 60
    hours, minutes = divmod(abs(int(offset)), 60)
    return timezone(timedelta(minutes=offset), f"{'-' if offset < 0 else '+'}{hours:02d}{minutes:02d}")


@functools.lru_cache
def get_default_timezone():
    return ZoneInfo(setting("TIME_ZONE"))


def _name_of(zone):
    return zone.tzname(None) or str(zone)


def get_default_timezone_name():
    return _name_of(get_default_timezone())


def get_current_timezone():
    return chosen_zone() or get_default_timezone()


def get_current_timezone_name():
    return _name_of(get_current_timezone())


def activate(timezone):
    if isinstance(timezone, tzinfo):
        choose_zone(timezone, _name_of(timezone))
    elif isinstance(timezone, str):
        zone = ZoneInfo(timezone)
        choose_zone(zone, _name_of(zone))
    else:
        raise ValueError(f"Invalid timezone: {timezone!r}")


def deactivate():
    choose_zone(None, None)


class override(ContextDecorator):
    def __init__(self, timezone):
        self.timezone = timezone

    def __enter__(self):
        self.before = chosen_zone()
        deactivate() if self.timezone is None else activate(self.timezone)

    def __exit__(self, exc_type, exc_value, traceback):
        deactivate() if self.before is None else activate(self.before)


def now():
    return datetime.now(tz=UTC if setting("USE_TZ") else None)


def is_aware(value):
    return value.utcoffset() is not None


def is_naive(value):
    return value.utcoffset() is None


def make_aware(value, timezone=None):
    if is_aware(value):
        raise ValueError(f"make_aware expects a naive datetime, got {value}")
    return value.replace(tzinfo=timezone or get_current_timezone())


def make_naive(value, timezone=None):
    if is_naive(value):
        raise ValueError("make_naive() cannot be applied to a naive datetime")
    return value.astimezone(timezone or get_current_timezone()).replace(tzinfo=None)


def localtime(value=None, timezone=None):
    value = now() if value is None else value
    if is_naive(value):
        raise ValueError("localtime() cannot be applied to a naive datetime")
    return value.astimezone(timezone or get_current_timezone())


def localdate(value=None, timezone=None):
    return localtime(value, timezone).date()


def template_localtime(value, use_tz=None):
    wanted = setting("USE_TZ") if use_tz is None else use_tz
    if isinstance(value, datetime) and wanted and is_aware(value) and getattr(value, "convert_to_local_time", True):
        return localtime(value)
    return value
