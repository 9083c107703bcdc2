"""Texts in other languages: there is one language, so every text is its own translation."""

from contextlib import ContextDecorator

from django.utils.functional import lazy

_active = ["en-us"]


def gettext(message):
    return message


def ngettext(singular, plural, number):
    return singular if number == 1 else plural


def pgettext(context, message):
    return message


def npgettext(context, singular, plural, number):
    return ngettext(singular, plural, number)


gettext_noop = gettext
gettext_lazy = lazy(gettext, str)
pgettext_lazy = lazy(pgettext, str)


class _Counted(str):
    """A text with two forms, chosen by the number that it is given."""

    def __new__(cls, singular, plural, number):
        made = str.__new__(cls, plural)
        made.forms = (singular, plural)
        made.number = number
        return made

    def __mod__(self, rhs):
        number = rhs[self.number] if isinstance(rhs, dict) and isinstance(self.number, str) else rhs
        text = self.forms[0] if number == 1 else self.forms[1]
        return text % rhs


def ngettext_lazy(singular, plural, number=None):
    if isinstance(number, int):
        return lazy(ngettext, str)(singular, plural, number)
    return _Counted(singular, plural, number)


def npgettext_lazy(context, singular, plural, number=None):
    return ngettext_lazy(singular, plural, number)


def activate(language):
    _active.append(language)


def deactivate():
    del _active[1:]


def deactivate_all():
    del _active[1:]


def get_language():
    return _active[-1]


def get_language_bidi():
    return False


class override(ContextDecorator):
    """Another language for a while: the texts stay as they are."""

    def __init__(self, language, deactivate=False):
        self.language = language

    def __enter__(self):
        _active.append(self.language)

    def __exit__(self, exc_type, exc_value, traceback):
        if len(_active) > 1:
            _active.pop()
