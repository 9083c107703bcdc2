"""Durations as texts."""

import datetime


def _get_duration_components(duration):
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return duration.days, hours, minutes, seconds, duration.microseconds


def duration_string(duration):
    days, hours, minutes, seconds, microseconds = _get_duration_components(duration)
    text = "%02d:%02d:%02d" % (hours, minutes, seconds)
    if days:
        text = "%d %s" % (days, text)
    if microseconds:
        text += ".%06d" % microseconds
    return text


def duration_iso_string(duration):
    sign = ""
    if duration < datetime.timedelta(0):
        sign = "-"
        duration *= -1
    days, hours, minutes, seconds, microseconds = _get_duration_components(duration)
    fraction = ".%06d" % microseconds if microseconds else ""
    return "%sP%dDT%02dH%02dM%02d%sS" % (sign, days, hours, minutes, seconds, fraction)


def duration_microseconds(delta):
    return (24 * 60 * 60 * delta.days + delta.seconds) * 1000000 + delta.microseconds
