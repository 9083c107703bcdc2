"""How failures show values."""

_LONGEST = 80
_PLACEHOLDER = 12
_BEGIN = _END = _COMMON = 5
_DIFFERENCE = _LONGEST - (_BEGIN + _PLACEHOLDER + _COMMON + _PLACEHOLDER + _END)


def safe_repr(obj, short=False):
    """A repr that never fails."""
    try:
        result = repr(obj)
    except Exception:
        result = object.__repr__(obj)
    if not short or len(result) < _LONGEST:
        return result
    return result[:_LONGEST] + " [truncated]..."


def _cut(text, before, after):
    skipped = len(text) - before - after
    if skipped > _PLACEHOLDER:
        return "%s[%d chars]%s" % (text[:before], skipped, text[len(text) - after:])
    return text


def _common_prefix(texts):
    low, high = min(texts), max(texts)
    for at, char in enumerate(low):
        if char != high[at]:
            return low[:at]
    return low


def _common_shorten_repr(*args):
    """Reprs cut so that what differs is seen."""
    texts = tuple([safe_repr(arg) for arg in args])
    longest = max(len(text) for text in texts)
    if longest <= _LONGEST:
        return texts
    prefix = _common_prefix(texts)
    size = len(prefix)
    room = _LONGEST - (longest - size + _BEGIN + _PLACEHOLDER)
    if room > _COMMON:
        prefix = _cut(prefix, _BEGIN, room)
        return tuple([prefix + text[size:] for text in texts])
    prefix = _cut(prefix, _BEGIN, _COMMON)
    return tuple([prefix + _cut(text[size:], _DIFFERENCE, _END) for text in texts])


def strclass(cls):
    return "%s.%s" % (cls.__module__, cls.__qualname__)


def count_differences(first, second):
    """The elements that do not occur as often in both: (count in the first, count in the second, element)."""
    first, second = list(first), list(second)
    found = []
    taken = [False] * len(second)
    seen = []
    for element in first:
        if any(element is other or element == other for other in seen):
            continue
        seen.append(element)
        here = sum(1 for other in first if other is element or other == element)
        there = 0
        for at, other in enumerate(second):
            if not taken[at] and (other is element or other == element):
                taken[at] = True
                there += 1
        if here != there:
            found.append((here, there, element))
    rest = [other for at, other in enumerate(second) if not taken[at]]
    seen = []
    for element in rest:
        if any(element is other or element == other for other in seen):
            continue
        seen.append(element)
        found.append((0, sum(1 for other in rest if other is element or other == element), element))
    return found
