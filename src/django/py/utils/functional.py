"""Values that are worked out when they are first asked for."""

import copy
import itertools
import operator
from functools import total_ordering, wraps


class cached_property:
    """A method as an attribute that is worked out once an instance."""

    name = None

    @staticmethod
    def func(instance):
        raise TypeError("Cannot use cached_property instance without calling __set_name__() on it.")

    def __init__(self, func):
        self.real_func = func
        self.__doc__ = getattr(func, "__doc__")

    def __set_name__(self, owner, name):
        if self.name is None:
            self.name = name
            self.func = self.real_func
        elif name != self.name:
            raise TypeError(
                "Cannot assign the same cached_property to two different names (%r and %r)." % (self.name, name))

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        value = self.func(instance)
        instance.__dict__[self.name] = value
        return value


class classproperty:
    """A property of the class."""

    def __init__(self, method=None):
        self.fget = method

    def __get__(self, instance, cls=None):
        return self.fget(cls)

    def getter(self, method):
        self.fget = method
        return self


class Promise:
    """What a lazy call gives."""


def lazy(func, *resultclasses):
    """A function whose calls wait until something is asked of their result."""

    class __proxy__(Promise):
        _ormdojo_lazy = True

        def __init__(self, args, kw):
            self._args = args
            self._kw = kw

        def _ormdojo_value(self):
            return func(*self._args, **self._kw)

        def __deepcopy__(self, memo):
            memo[id(self)] = self
            return self

        def __repr__(self):
            return repr(self._ormdojo_value())

        def __str__(self):
            return str(self._ormdojo_value())

        def __hash__(self):
            return hash(self._ormdojo_value())

        def __format__(self, format_spec):
            return format(self._ormdojo_value(), format_spec)

        def __add__(self, other):
            return self._ormdojo_value() + other

        def __radd__(self, other):
            return other + self._ormdojo_value()

        def __mod__(self, other):
            return self._ormdojo_value() % other

        def __mul__(self, other):
            return self._ormdojo_value() * other

    def comparing(compare):
        def method(self, other):
            if isinstance(other, Promise):
                other = other._ormdojo_value()
            return compare(self._ormdojo_value(), other)
        return method

    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        setattr(__proxy__, name, comparing(getattr(operator, name)))

    def forwarding(name):
        def method(self, *args, **kw):
            return getattr(self._ormdojo_value(), name)(*args, **kw)
        return method

    for resultclass in resultclasses:
        for cls in resultclass.mro():
            for name in list(cls.__dict__):
                if not hasattr(__proxy__, name):
                    setattr(__proxy__, name, forwarding(name))

    @wraps(func)
    def wrapper(*args, **kw):
        return __proxy__(args, kw)
    return wrapper


def lazystr(text):
    return lazy(str, str)(text)


def keep_lazy(*resultclasses):
    """Makes a function lazy when it is given something lazy."""
    if not resultclasses:
        raise TypeError("You must pass at least one argument to keep_lazy().")

    def decorator(func):
        lazy_func = lazy(func, *resultclasses)

        @wraps(func)
        def wrapper(*args, **kwargs):
            given = itertools.chain(args, kwargs.values())
            chosen = lazy_func if any(isinstance(one, Promise) for one in given) else func
            return chosen(*args, **kwargs)
        return wrapper
    return decorator


def keep_lazy_text(func):
    return keep_lazy(str)(func)


empty = object()


def new_method_proxy(func):
    def inner(self, *args):
        if self._wrapped is empty:
            self._setup()
        return func(self._wrapped, *args)
    return inner


class LazyObject:
    """Stands for an object that is made when it is first used."""

    _wrapped = None
    _ormdojo_lazy = True

    def __init__(self):
        self._wrapped = empty

    def _ormdojo_value(self):
        if self._wrapped is empty:
            self._setup()
        return self._wrapped

    def __getattr__(self, name):
        if name == "_wrapped":
            raise AttributeError(name)
        return getattr(self._ormdojo_value(), name)

    def __setattr__(self, name, value):
        if name == "_wrapped":
            self.__dict__["_wrapped"] = value
        else:
            setattr(self._ormdojo_value(), name, value)

    def __delattr__(self, name):
        if name == "_wrapped":
            raise TypeError("can't delete _wrapped.")
        delattr(self._ormdojo_value(), name)

    def _setup(self):
        raise NotImplementedError("subclasses of LazyObject must provide a _setup() method")

    def __copy__(self):
        if self._wrapped is empty:
            return type(self)()
        return copy.copy(self._wrapped)

    def __deepcopy__(self, memo):
        if self._wrapped is empty:
            result = type(self)()
            memo[id(self)] = result
            return result
        return copy.deepcopy(self._wrapped, memo)

    @property
    def __class__(self):
        return self._ormdojo_value().__class__


def _forwarded(function):
    return new_method_proxy(function)


for _name, _function in (
    ("__bytes__", bytes), ("__str__", str), ("__bool__", bool), ("__dir__", dir), ("__hash__", hash),
    ("__eq__", operator.eq), ("__lt__", operator.lt), ("__gt__", operator.gt), ("__ne__", operator.ne),
    ("__getitem__", operator.getitem), ("__setitem__", operator.setitem), ("__delitem__", operator.delitem),
    ("__iter__", iter), ("__len__", len), ("__contains__", operator.contains),
):
    setattr(LazyObject, _name, _forwarded(_function))


class SimpleLazyObject(LazyObject):
    """Stands for what a function gives."""

    def __init__(self, func):
        self.__dict__["_setupfunc"] = func
        super().__init__()

    def _setup(self):
        self._wrapped = self._setupfunc()

    def __repr__(self):
        shown = self._setupfunc if self._wrapped is empty else self._wrapped
        return "<%s: %r>" % (type(self).__name__, shown)

    def __copy__(self):
        if self._wrapped is empty:
            return SimpleLazyObject(self._setupfunc)
        return copy.copy(self._wrapped)

    def __deepcopy__(self, memo):
        if self._wrapped is empty:
            result = SimpleLazyObject(self._setupfunc)
            memo[id(self)] = result
            return result
        return copy.deepcopy(self._wrapped, memo)

    def __add__(self, other):
        return self._ormdojo_value() + other

    def __radd__(self, other):
        return other + self._ormdojo_value()


def partition(predicate, values):
    """Those for which the predicate is false, and those for which it is true."""
    results = ([], [])
    for item in values:
        results[bool(predicate(item))].append(item)
    return results
