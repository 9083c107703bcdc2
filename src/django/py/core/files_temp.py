"""Temporary files: there are none."""

import _django_test


def gettempdir():
    return "/tmp"


def NamedTemporaryFile(*args, **kwargs):
    _django_test.unsupported("temporary files")


TemporaryFile = NamedTemporaryFile
