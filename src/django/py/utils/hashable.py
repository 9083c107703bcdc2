"""Values that can be hashed for values that cannot."""


def make_hashable(value):
    if isinstance(value, dict):
        return tuple((key, make_hashable(held)) for key, held in sorted(value.items()))
    try:
        hash(value)
    except TypeError:
        try:
            items = iter(value)
        except TypeError:
            pass
        else:
            return tuple(map(make_hashable, items))
        raise
    return value
