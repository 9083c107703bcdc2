"""Warnings of what a later Django no longer has."""

import warnings


class RemovedInDjango60Warning(DeprecationWarning):
    """Gone in Django 6.0."""


class RemovedInDjango61Warning(PendingDeprecationWarning):
    """Gone in Django 6.1."""


RemovedInNextVersionWarning = RemovedInDjango60Warning
RemovedAfterNextVersionWarning = RemovedInDjango61Warning


class MiddlewareMixin:
    """A part of the request cycle: there is none."""

    def __init__(self, get_response):
        if get_response is None:
            raise ValueError("get_response must be provided.")
        self.get_response = get_response


def django_file_prefixes():
    return ()


def warn_about_external_use(message, category, **kwargs):
    warnings.warn(message, category, stacklevel=3)
