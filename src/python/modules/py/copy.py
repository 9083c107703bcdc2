"""Copies, shallow and deep."""

from copyreg import dispatch_table, __reduce_ex__ as _reduce


class Error(Exception):
    """Something can't be copied."""


error = Error

_ATOMIC = (
    type(None), int, float, bool, complex, str, bytes, type, range, slice, type(Ellipsis), type(NotImplemented),
    type(lambda: None), type(len), property,
)


def copy(x):
    """A shallow copy."""
    cls = type(x)
    if cls in _ATOMIC or cls in (tuple, frozenset):
        return x
    if cls in (list, dict, set, bytearray):
        return x.copy()
    if issubclass(cls, type):
        return x
    copier = getattr(cls, "__copy__", None)
    if copier is not None:
        return copier(x)
    return _rebuild(x, _reduced(x), None)


def _reduced(x):
    cls = type(x)
    reductor = dispatch_table.get(cls)
    if reductor is not None:
        return reductor(x)
    own = getattr(cls, "__reduce_ex__", None)
    if own is not None and own is not getattr(object, "__reduce_ex__", None):
        return own(x, 4)
    own = getattr(cls, "__reduce__", None)
    if own is not None and own is not getattr(object, "__reduce__", None):
        return own(x)
    return _reduce(x, 4)


def deepcopy(x, memo=None, _nil=[]):
    """A copy of a thing and of all that it holds."""
    cls = type(x)
    if cls in _ATOMIC:
        return x
    if memo is None:
        memo = {}
    key = id(x)
    known = memo.get(key, _nil)
    if known is not _nil:
        return known
    if cls is list:
        made = []
        memo[key] = made
        for item in x:
            made.append(deepcopy(item, memo))
    elif cls is dict:
        made = {}
        memo[key] = made
        for name, item in x.items():
            made[deepcopy(name, memo)] = deepcopy(item, memo)
    elif cls is tuple:
        items = [deepcopy(item, memo) for item in x]
        # The tuple may have been copied on the way, where it holds itself.
        known = memo.get(key, _nil)
        if known is not _nil:
            return known
        made = x
        for old, new in zip(x, items):
            if old is not new:
                made = tuple(items)
                break
    elif issubclass(cls, type):
        made = x
    else:
        copier = getattr(x, "__deepcopy__", None)
        if copier is not None:
            made = copier(memo)
        else:
            reduced = _reduced(x)
            made = x if isinstance(reduced, str) else _rebuild(x, reduced, memo)
    if made is not x:
        memo[key] = made
        # What was copied must live as long as the memo, for its id to stay its own.
        memo.setdefault(id(memo), []).append(x)
    return made


def _rebuild(x, reduced, memo):
    if isinstance(reduced, str):
        return x
    func, args, state, items, pairs = (tuple(reduced) + (None,) * 5)[:5]
    deep = memo is not None
    if deep and args:
        args = tuple([deepcopy(arg, memo) for arg in args])
    made = func(*args)
    if deep:
        memo[id(x)] = made
    if state is not None:
        if deep:
            state = deepcopy(state, memo)
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
        else:
            slots = None
            if isinstance(state, tuple) and len(state) == 2:
                state, slots = state
            if state is not None:
                made.__dict__.update(state)
            if slots is not None:
                for name, value in slots.items():
                    setattr(made, name, value)
    if items is not None:
        for item in items:
            made.append(deepcopy(item, memo) if deep else item)
    if pairs is not None:
        for name, item in pairs:
            if deep:
                name, item = deepcopy(name, memo), deepcopy(item, memo)
            made[name] = item
    return made


__all__ = ["Error", "copy", "deepcopy"]
