"""HTML: escaping, no more."""

import html

from django.utils.safestring import SafeString, mark_safe


def escape(text):
    return SafeString(html.escape(str(text)))


def conditional_escape(text):
    return text if hasattr(text, "__html__") else escape(text)


def format_html(format_string, *args, **kwargs):
    return mark_safe(format_string.format(
        *map(conditional_escape, args), **{name: conditional_escape(value) for name, value in kwargs.items()}))


def strip_tags(value):
    import re
    return re.sub(r"<[^>]*>", "", str(value))
