"""Texts."""

import re

from django.utils.functional import keep_lazy_text, lazystr


@keep_lazy_text
def capfirst(x):
    """The text with its first letter in upper case."""
    if not x:
        return x
    if not isinstance(x, str):
        x = str(x)
    return x[0].upper() + x[1:]


def slugify(value, allow_unicode=False):
    """A text as part of a URL."""
    import unicodedata
    value = str(value)
    if allow_unicode:
        value = unicodedata.normalize("NFKC", value)
    else:
        value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode("ascii")
    value = re.sub(r"[^\w\s-]", "", value.lower())
    return re.sub(r"[-\s]+", "-", value).strip("-_")


@keep_lazy_text
def get_text_list(list_, last_word="or"):
    """Names in a sentence."""
    if not list_:
        return ""
    if len(list_) == 1:
        return str(list_[0])
    return "%s %s %s" % (", ".join(str(one) for one in list_[:-1]), str(last_word), str(list_[-1]))


def camel_case_to_spaces(value):
    return re.sub(r"(((?<=[a-z])[A-Z])|([A-Z](?![A-Z]|$)))", r" \1", value).strip().lower()


def format_lazy(format_string, *args, **kwargs):
    return format_string.format(*args, **kwargs)


def get_valid_filename(name):
    from django.core.exceptions import SuspiciousFileOperation
    made = re.sub(r"(?u)[^-\w.]", "", str(name).strip().replace(" ", "_"))
    if made in {"", ".", ".."}:
        raise SuspiciousFileOperation("Could not derive file name from '%s'" % name)
    return made
