"""Collections."""

import copy


class OrderedSet:
    """A set that keeps the order of its items."""

    def __init__(self, iterable=None):
        self.dict = dict.fromkeys(iterable or ())

    def add(self, item):
        self.dict[item] = None

    def remove(self, item):
        del self.dict[item]

    def discard(self, item):
        self.dict.pop(item, None)

    def __iter__(self):
        return iter(self.dict)

    def __reversed__(self):
        return reversed(self.dict)

    def __contains__(self, item):
        return item in self.dict

    def __bool__(self):
        return bool(self.dict)

    def __len__(self):
        return len(self.dict)

    def __repr__(self):
        return "%s(%r)" % (self.__class__.__qualname__, list(self.dict) if self.dict else "")


class ImmutableList(tuple):
    """A tuple that says why it cannot be changed."""

    def __new__(cls, *args, warning="ImmutableList object is immutable.", **kwargs):
        self = tuple.__new__(cls, *args, **kwargs)
        self.warning = warning
        return self

    def complain(self, *args, **kwargs):
        raise AttributeError(self.warning)

    __delitem__ = __setitem__ = __iadd__ = __imul__ = complain
    append = extend = insert = pop = remove = sort = reverse = complain


class MultiValueDict(dict):
    """A dictionary whose keys may have several values."""

    def __init__(self, key_to_list_mapping=()):
        super().__init__(key_to_list_mapping)

    def __getitem__(self, key):
        held = super().__getitem__(key)
        return held[-1] if held else []

    def __setitem__(self, key, value):
        super().__setitem__(key, [value])

    def get(self, key, default=None):
        try:
            found = self[key]
        except KeyError:
            return default
        return default if found == [] else found

    def getlist(self, key, default=None):
        return list(super().get(key, default or []))

    def setlist(self, key, list_):
        super().__setitem__(key, list_)

    def appendlist(self, key, value):
        self.setdefault(key, [])
        super().__getitem__(key).append(value)

    def items(self):
        for key in self:
            yield key, self[key]

    def copy(self):
        return copy.copy(self)


class DictWrapper(dict):
    """A dictionary that works on the values of keys with a prefix."""

    def __init__(self, data, func, prefix):
        super().__init__(data)
        self.func = func
        self.prefix = prefix

    def __getitem__(self, key):
        if key.startswith(self.prefix):
            return self.func(super().__getitem__(key.removeprefix(self.prefix)))
        return super().__getitem__(key)
