"""How objects are taken apart to be copied."""

dispatch_table = {}


def pickle(ob_type, pickle_function, constructor_ob=None):
    """Registers a function that takes objects of a type apart."""
    if not callable(pickle_function):
        raise TypeError("reduction functions must be callable")
    dispatch_table[ob_type] = pickle_function


def __newobj__(cls, *args):
    return cls.__new__(cls, *args)


def __newobj_ex__(cls, args, kwargs):
    return cls.__new__(cls, *args, **kwargs)


_PLAIN = (int, float, complex, str, bytes, tuple)


def _slots(cls):
    names = []
    for ancestor in cls.__mro__:
        slots = ancestor.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name in ("__dict__", "__weakref__"):
                continue
            if name.startswith("__") and not name.endswith("__"):
                name = "_%s%s" % (ancestor.__name__.lstrip("_"), name)
            names.append(name)
    return names


def __reduce_ex__(x, protocol):
    """What `object.__reduce_ex__` says: how to make the object, its state, its items."""
    cls = type(x)
    kwargs = {}
    if hasattr(x, "__getnewargs_ex__"):
        args, kwargs = x.__getnewargs_ex__()
    elif hasattr(x, "__getnewargs__"):
        args = x.__getnewargs__()
    else:
        args = ()
        for kind in _PLAIN:
            if isinstance(x, kind):
                args = (kind(x),)
                break
    getstate = getattr(x, "__getstate__", None)
    if getstate is not None and getattr(cls, "__getstate__", None) is not getattr(object, "__getstate__", None):
        state = getstate()
    else:
        state = getattr(x, "__dict__", None)
        state = dict(state) if state else None
        slots = {name: getattr(x, name) for name in _slots(cls) if hasattr(x, name)}
        if slots:
            state = (state, slots)
    items = iter(list(x)) if isinstance(x, list) else None
    pairs = iter(list(dict.items(x))) if isinstance(x, dict) else None
    if isinstance(x, (set, frozenset, bytearray)) and not args:
        args = (list(x),)
        return cls, args, state, items, pairs
    if isinstance(x, BaseException):
        return cls, x.args, state, items, pairs
    if kwargs:
        return __newobj_ex__, (cls, args, kwargs), state, items, pairs
    return __newobj__, (cls, *args), state, items, pairs
