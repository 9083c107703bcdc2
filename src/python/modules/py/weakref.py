"""References that do not keep their objects alive."""

from _engine import ref
from collections.abc import MutableMapping as _MutableMapping, MutableSet as _MutableSet

ReferenceType = ref


class WeakMethod:
    """A weak reference to a bound method: it lives as long as the object."""

    def __init__(self, meth, callback=None):
        try:
            obj, func = meth.__self__, meth.__func__
        except AttributeError:
            raise TypeError("argument should be a bound method, not %s" % type(meth)) from None
        self._obj = ref(obj)
        self._func = func
        self._kind = type(meth)
        self._callback = callback

    def __call__(self):
        obj = self._obj()
        return None if obj is None else self._kind(self._func, obj)

    def __eq__(self, other):
        if not isinstance(other, WeakMethod):
            return NotImplemented
        mine, theirs = self._obj(), other._obj()
        if mine is None or theirs is None:
            return self is other
        return mine is theirs and self._func == other._func

    def __hash__(self):
        return hash((self._obj, self._func))


class _Proxy:
    """Stands for an object without keeping it alive."""

    def __init__(self, obj):
        object.__setattr__(self, "_reference", ref(obj))

    def _target(self):
        obj = object.__getattribute__(self, "_reference")()
        if obj is None:
            raise ReferenceError("weakly-referenced object no longer exists")
        return obj

    def __getattribute__(self, name):
        return getattr(_Proxy._target(self), name)

    def __setattr__(self, name, value):
        setattr(_Proxy._target(self), name, value)

    def __delattr__(self, name):
        delattr(_Proxy._target(self), name)

    def __repr__(self):
        return repr(_Proxy._target(self))

    def __str__(self):
        return str(_Proxy._target(self))

    def __call__(self, *args, **kwargs):
        return _Proxy._target(self)(*args, **kwargs)

    def __len__(self):
        return len(_Proxy._target(self))

    def __iter__(self):
        return iter(_Proxy._target(self))

    def __getitem__(self, key):
        return _Proxy._target(self)[key]

    def __eq__(self, other):
        return _Proxy._target(self) == other

    __hash__ = None

    def __bool__(self):
        return bool(_Proxy._target(self))


ProxyType = CallableProxyType = _Proxy


def proxy(object, callback=None):
    """Stands for an object without keeping it alive."""
    return _Proxy(object)


def getweakrefcount(object):
    return 0


def getweakrefs(object):
    return []


class WeakValueDictionary(_MutableMapping):
    """A mapping whose entries go when their values do."""

    def __init__(self, other=(), /, **kw):
        self.data = {}
        self.update(other, **kw)

    def _live(self):
        gone = [key for key, reference in self.data.items() if reference() is None]
        for key in gone:
            del self.data[key]
        return self.data

    def __getitem__(self, key):
        value = self.data[key]()
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key, value):
        self.data[key] = ref(value)

    def __delitem__(self, key):
        del self.data[key]

    def __iter__(self):
        return iter(list(self._live()))

    def __len__(self):
        return len(self._live())

    def __contains__(self, key):
        return key in self._live()

    def __repr__(self):
        return "<%s at %#x>" % (self.__class__.__name__, id(self))


class WeakKeyDictionary(_MutableMapping):
    """A mapping whose entries go when their keys do."""

    def __init__(self, dict=None):
        self.data = {}
        if dict is not None:
            self.update(dict)

    def _live(self):
        gone = [reference for reference in self.data if reference() is None]
        for reference in gone:
            del self.data[reference]
        return self.data

    def __getitem__(self, key):
        return self.data[ref(key)]

    def __setitem__(self, key, value):
        self.data[ref(key)] = value

    def __delitem__(self, key):
        del self.data[ref(key)]

    def __contains__(self, key):
        try:
            reference = ref(key)
        except TypeError:
            return False
        return reference in self.data

    def __iter__(self):
        for reference in list(self._live()):
            key = reference()
            if key is not None:
                yield key

    def __len__(self):
        return len(self._live())

    def __repr__(self):
        return "<%s at %#x>" % (self.__class__.__name__, id(self))


class WeakSet(_MutableSet):
    """A set whose elements go when nothing else holds them."""

    def __init__(self, data=None):
        self.data = set()
        for item in data or ():
            self.add(item)

    def _live(self):
        self.data = {reference for reference in self.data if reference() is not None}
        return self.data

    def __repr__(self):
        return repr(self._live())

    def __contains__(self, item):
        try:
            return ref(item) in self.data
        except TypeError:
            return False

    def __iter__(self):
        for reference in list(self._live()):
            item = reference()
            if item is not None:
                yield item

    def __len__(self):
        return len(self._live())

    def add(self, item):
        self.data.add(ref(item))

    def discard(self, item):
        self.data.discard(ref(item))

    @classmethod
    def _from_iterable(cls, it):
        return cls(it)


class finalize:
    """Calls a function when an object goes."""

    def __init__(self, obj, func, /, *args, **kwargs):
        self._call = (func, args, kwargs)
        self._reference = ref(obj, self._gone)

    def _gone(self, reference):
        self()

    def __call__(self, _=None):
        if self._call is None:
            return None
        func, args, kwargs = self._call
        self._call = None
        return func(*args, **kwargs)

    @property
    def alive(self):
        return self._call is not None and self._reference() is not None

    def detach(self):
        call, self._call = self._call, None
        return None if call is None else (self._reference(),) + call
