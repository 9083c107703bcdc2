"""Functions that make functions."""

from _engine import cmp_to_key

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """Makes a wrapper look like what it wraps."""
    for name in assigned:
        try:
            value = getattr(wrapped, name)
        except AttributeError:
            continue
        setattr(wrapper, name, value)
    for name in updated:
        getattr(wrapper, name).update(getattr(wrapped, name, {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """A decorator that applies `update_wrapper`."""
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)
    return decorate


class partial:
    """A function with some of its arguments given beforehand."""

    def __new__(cls, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        self = super().__new__(cls)
        if isinstance(func, partial) and type(func) is partial and not func.__dict__.keys() - _PARTIAL_STATE:
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords
        return self

    def __call__(self, /, *args, **keywords):
        if keywords:
            return self.func(*self.args, *args, **{**self.keywords, **keywords})
        return self.func(*self.args, *args, **self.keywords)

    def __repr__(self):
        kind = type(self)
        name = kind.__qualname__
        if kind.__module__ == "functools":
            name = "functools." + name
        parts = [repr(self.func)]
        parts.extend(repr(arg) for arg in self.args)
        parts.extend("%s=%r" % pair for pair in self.keywords.items())
        return "%s(%s)" % (name, ", ".join(parts))

    def __reduce__(self):
        return type(self), (self.func, *self.args), {"keywords": self.keywords}


_PARTIAL_STATE = {"func", "args", "keywords"}


class partialmethod:
    """A method with some of its arguments given beforehand."""

    def __init__(self, func, /, *args, **keywords):
        if not callable(func) and not hasattr(func, "__get__"):
            raise TypeError("%r is not callable or a descriptor" % (func,))
        if isinstance(func, partialmethod):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __repr__(self):
        parts = [repr(self.func)]
        parts.extend(repr(arg) for arg in self.args)
        parts.extend("%s=%r" % pair for pair in self.keywords.items())
        return "functools.partialmethod(%s)" % ", ".join(parts)

    def __get__(self, instance, owner=None):
        get = getattr(self.func, "__get__", None)
        if get is not None and not isinstance(self.func, partial):
            bound = get(instance, owner)
            if bound is not self.func:
                result = partial(bound, *self.args, **self.keywords)
                try:
                    result.__self__ = bound.__self__
                except AttributeError:
                    pass
                return result
        func, args, keywords = self.func, self.args, self.keywords

        def method(self, /, *more, **extra):
            return func(self, *args, *more, **{**keywords, **extra})
        method.partialmethod = self
        return method.__get__(instance, owner)

    @property
    def __isabstractmethod__(self):
        return getattr(self.func, "__isabstractmethod__", False)


_NOTHING = object()


def reduce(function, sequence, initial=_NOTHING, /):
    """Folds a sequence from the left."""
    try:
        items = iter(sequence)
    except TypeError:
        raise TypeError("reduce() arg 2 must support iteration") from None
    if initial is _NOTHING:
        try:
            value = next(items)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    else:
        value = initial
    for item in items:
        value = function(value, item)
    return value


class _CacheInfo(tuple):
    """How a cache has done."""

    _fields = ("hits", "misses", "maxsize", "currsize")
    __slots__ = ()

    def __new__(cls, hits, misses, maxsize, currsize):
        return tuple.__new__(cls, (hits, misses, maxsize, currsize))

    hits = property(lambda self: self[0])
    misses = property(lambda self: self[1])
    maxsize = property(lambda self: self[2])
    currsize = property(lambda self: self[3])

    def __repr__(self):
        return "CacheInfo(hits=%r, misses=%r, maxsize=%r, currsize=%r)" % tuple(self)


_PLAIN = (int, str)


class _Key:
    """Several arguments as one key, whose hash is computed once."""

    __slots__ = ("parts", "hashed")

    def __init__(self, parts):
        self.parts = parts
        self.hashed = hash(parts)

    def __hash__(self):
        return self.hashed

    def __eq__(self, other):
        return self.parts == other.parts


def _make_key(args, kwargs, typed):
    if not kwargs and not typed:
        if len(args) == 1 and type(args[0]) in _PLAIN:
            return args[0]
        return _Key(args)
    parts = args
    if kwargs:
        parts += (_NOTHING,)
        for item in kwargs.items():
            parts += item
    if typed:
        parts += tuple(type(arg) for arg in args)
        parts += tuple(type(value) for value in kwargs.values())
    return _Key(parts)


class _lru_cache_wrapper:
    """A function that remembers its results."""

    def __init__(self, user_function, maxsize, typed):
        self._function = user_function
        self._maxsize = maxsize
        self._typed = typed
        self._cache = {}
        self._hits = self._misses = 0

    def __call__(self, /, *args, **kwargs):
        maxsize = self._maxsize
        if maxsize == 0:
            self._misses += 1
            return self._function(*args, **kwargs)
        cache = self._cache
        key = _make_key(args, kwargs, self._typed)
        result = cache.get(key, _NOTHING)
        if result is not _NOTHING:
            self._hits += 1
            if maxsize is not None:
                # The last used stands last.
                del cache[key]
                cache[key] = result
            return result
        self._misses += 1
        result = self._function(*args, **kwargs)
        if maxsize is not None and key not in cache and len(cache) >= maxsize:
            del cache[next(iter(cache))]
        cache[key] = result
        return result

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return _MethodType(self, instance)

    def cache_info(self):
        return _CacheInfo(self._hits, self._misses, self._maxsize, len(self._cache))

    def cache_clear(self):
        self._cache.clear()
        self._hits = self._misses = 0

    def cache_parameters(self):
        return {"maxsize": self._maxsize, "typed": self._typed}

    def __repr__(self):
        return "<functools._lru_cache_wrapper object at %s>" % hex(id(self))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


_MethodType = type(_lru_cache_wrapper(None, None, None).cache_info)


def lru_cache(maxsize=128, typed=False):
    """Remembers the last results of a function."""
    if isinstance(maxsize, int):
        maxsize = max(maxsize, 0)
    elif callable(maxsize) and isinstance(typed, bool):
        return update_wrapper(_lru_cache_wrapper(maxsize, 128, typed), maxsize)
    elif maxsize is not None:
        raise TypeError("Expected first argument to be an integer, a callable, or None")

    def decorate(user_function):
        return update_wrapper(_lru_cache_wrapper(user_function, maxsize, typed), user_function)
    return decorate


def cache(user_function, /):
    """Remembers all results of a function."""
    return lru_cache(maxsize=None)(user_function)


class cached_property:
    """A property that is computed once and then stands in the instance."""

    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        if self.attrname is None:
            self.attrname = name
        elif name != self.attrname:
            raise TypeError("Cannot assign the same cached_property to two different names (%r and %r)." % (
                self.attrname, name))

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.attrname is None:
            raise TypeError("Cannot use cached_property instance without calling __set_name__ on it.")
        try:
            attributes = instance.__dict__
        except AttributeError:
            raise TypeError("No '__dict__' attribute on %r instance to cache %r property." % (
                type(instance).__name__, self.attrname)) from None
        value = attributes.get(self.attrname, _NOTHING)
        if value is _NOTHING:
            value = self.func(instance)
            try:
                attributes[self.attrname] = value
            except TypeError:
                raise TypeError("The '__dict__' attribute on %r instance does not support item assignment for caching "
                                "%r property." % (type(instance).__name__, self.attrname)) from None
        return value


def _derived(root, name):
    """The comparison `name` out of the comparison `root` and equality."""
    def negated(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result

    def or_equal(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else result or self == other

    def and_unequal(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else result and self != other

    def not_and_unequal(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result and self != other

    def not_or_equal(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result or self == other
    plan = {
        ("__lt__", "__gt__"): not_and_unequal, ("__lt__", "__le__"): or_equal, ("__lt__", "__ge__"): negated,
        ("__le__", "__ge__"): not_or_equal, ("__le__", "__lt__"): and_unequal, ("__le__", "__gt__"): negated,
        ("__gt__", "__lt__"): not_and_unequal, ("__gt__", "__ge__"): or_equal, ("__gt__", "__le__"): negated,
        ("__ge__", "__le__"): not_or_equal, ("__ge__", "__gt__"): and_unequal, ("__ge__", "__lt__"): negated,
    }
    return plan[root, name]


def total_ordering(cls):
    """Fills in the comparisons that a class lacks."""
    names = ("__lt__", "__gt__", "__le__", "__ge__")
    roots = {name for name in names if getattr(cls, name, None) is not getattr(object, name, None)}
    if not roots:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = max(roots)
    for name in names:
        if name not in roots:
            function = _derived(root, name)
            function.__name__ = name
            function.__doc__ = getattr(int, name).__doc__
            setattr(cls, name, function)
    return cls


def _find_implementation(cls, registry):
    """The function registered for the nearest ancestor, abstract ones among them."""
    order = list(cls.__mro__)
    for kind in registry:
        if kind in order or not isinstance(kind, type) or not issubclass(cls, kind):
            continue
        # An abstract class stands before the first class that it doesn't hold for.
        at = len(order) - 1
        for position, ancestor in enumerate(order):
            if ancestor is object or not issubclass(ancestor, kind):
                at = position
                break
        while at > 0 and issubclass(kind, order[at - 1]) and order[at - 1] not in cls.__mro__:
            at -= 1
        order.insert(at, kind)
    for ancestor in order:
        if ancestor in registry:
            return registry[ancestor]
    return registry.get(object)


def singledispatch(func):
    """A function that picks its implementation by the type of its first argument."""
    registry = {object: func}
    found = {}
    name = getattr(func, "__name__", "singledispatch function")

    def dispatch(cls):
        if cls not in found:
            found[cls] = _find_implementation(cls, registry)
        return found[cls]

    def is_union(kind):
        return hasattr(kind, "__args__") and type(kind).__name__ in ("UnionType", "_UnionGenericAlias")

    def is_kind(kind):
        if isinstance(kind, type):
            return True
        return is_union(kind) and all(isinstance(arg, type) for arg in kind.__args__)

    def register(cls, func=None):
        if is_kind(cls):
            if func is None:
                return lambda function: register(cls, function)
        else:
            if func is not None:
                raise TypeError("Invalid first argument to `register()`. %r is not a class or union type." % (cls,))
            annotations = getattr(cls, "__annotations__", {})
            if not annotations:
                raise TypeError("Invalid first argument to `register()`: %r. Use either `@register(some_class)` or plain "
                                "`@register` on an annotated function." % (cls,))
            func = cls
            argument, cls = next(iter(annotations.items()))
            if not is_kind(cls):
                raise TypeError("Invalid annotation for %r. %r is not a class." % (argument, cls))
        if is_union(cls):
            for kind in cls.__args__:
                registry[kind] = func
        else:
            registry[cls] = func
        found.clear()
        return func

    def wrapper(*args, **kw):
        if not args:
            raise TypeError("%s requires at least 1 positional argument" % name)
        return dispatch(args[0].__class__)(*args, **kw)

    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    wrapper._clear_cache = found.clear
    return update_wrapper(wrapper, func)


class singledispatchmethod:
    """A method that picks its implementation by the type of its first argument after `self`."""

    def __init__(self, func):
        if not callable(func) and not hasattr(func, "__get__"):
            raise TypeError("%r is not callable or a descriptor" % (func,))
        self.dispatcher = singledispatch(func)
        self.func = func

    def register(self, cls, method=None):
        return self.dispatcher.register(cls, func=method)

    def __get__(self, instance, owner=None):
        def method(*args, **kwargs):
            chosen = self.dispatcher.dispatch(args[0].__class__)
            return chosen.__get__(instance, owner)(*args, **kwargs)
        method.__isabstractmethod__ = getattr(self.func, "__isabstractmethod__", False)
        method.register = self.register
        return update_wrapper(method, self.func)


__all__ = [
    "update_wrapper", "wraps", "WRAPPER_ASSIGNMENTS", "WRAPPER_UPDATES", "total_ordering", "cache", "cmp_to_key",
    "lru_cache", "reduce", "partial", "partialmethod", "singledispatch", "singledispatchmethod", "cached_property",
]
