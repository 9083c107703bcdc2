"""Type hints: they subscript, combine and show themselves; nothing checks them."""

import collections as _collections
import collections.abc as _abc
import contextlib as _contextlib
import functools as _functools
import re as _re
import sys as _sys
from abc import ABCMeta
from types import GenericAlias, UnionType

TYPE_CHECKING = False


def _shown(thing):
    if isinstance(thing, GenericAlias):
        return repr(thing)
    if isinstance(thing, type):
        if thing.__module__ == "builtins":
            return thing.__qualname__
        return "%s.%s" % (thing.__module__, thing.__qualname__)
    if thing is ...:
        return "..."
    if isinstance(thing, type(_shown)):
        return thing.__name__
    if isinstance(thing, list):
        return "[%s]" % ", ".join(map(_shown, thing))
    return repr(thing)


def _hint(thing):
    if thing is None:
        return type(None)
    if isinstance(thing, str):
        return ForwardRef(thing)
    return thing


class _Final:
    """What can be combined with `|`."""

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


class _SpecialForm(_Final):
    """A name with a meaning of its own, such as `Any` or `Union`."""

    def __init__(self, name, subscript=None):
        self._name = name
        self._subscript = subscript

    def __repr__(self):
        return "typing." + self._name

    def __reduce__(self):
        return self._name

    def __call__(self, *args, **kwds):
        raise TypeError("Cannot instantiate %r" % (self,))

    def __instancecheck__(self, obj):
        raise TypeError("%r cannot be used with isinstance()" % (self,))

    def __subclasscheck__(self, cls):
        raise TypeError("%r cannot be used with issubclass()" % (self,))

    def __mro_entries__(self, bases):
        raise TypeError("Cannot subclass %r" % (self,))

    def __getitem__(self, parameters):
        if self._subscript is None:
            raise TypeError("%r is not subscriptable" % (self,))
        return self._subscript(self, parameters)


class _GenericAlias(_Final):
    """A subscripted hint."""

    def __init__(self, origin, args, name=None):
        self.__origin__ = origin
        self.__args__ = args
        self._name = name
        found = []
        for arg in args:
            for parameter in ([arg] if isinstance(arg, TypeVar) else getattr(arg, "__parameters__", ())):
                if parameter not in found:
                    found.append(parameter)
        self.__parameters__ = tuple(found)
        self.__module__ = "typing"

    def __repr__(self):
        name = "typing." + self._name if self._name else _shown(self.__origin__)
        args = self.__args__
        if self._name == "Union":
            if len(args) == 2 and type(None) in args:
                other = args[0] if args[1] is type(None) else args[1]
                return "typing.Optional[%s]" % _shown(other)
        if self._name == "Callable" and args:
            if args[0] is ...:
                return "typing.Callable[..., %s]" % _shown(args[-1])
            return "typing.Callable[[%s], %s]" % (", ".join(map(_shown, args[:-1])), _shown(args[-1]))
        if self._name == "Literal":
            return "typing.Literal[%s]" % ", ".join(map(repr, args))
        return "%s[%s]" % (name, ", ".join(map(_shown, args)) if args else "()")

    def __eq__(self, other):
        if not isinstance(other, _GenericAlias):
            return NotImplemented
        if self.__origin__ is Union and other.__origin__ is Union:
            return set(self.__args__) == set(other.__args__)
        return self.__origin__ == other.__origin__ and self.__args__ == other.__args__

    def __hash__(self):
        return hash((self.__origin__, frozenset(self.__args__) if self.__origin__ is Union else self.__args__))

    def __call__(self, *args, **kwargs):
        if not isinstance(self.__origin__, type):
            raise TypeError("Cannot instantiate %r" % (self,))
        return self.__origin__(*args, **kwargs)

    def __getitem__(self, parameters):
        if not isinstance(parameters, tuple):
            parameters = (parameters,)
        if not self.__parameters__:
            raise TypeError("%r is not a generic class" % (self,))
        if len(parameters) != len(self.__parameters__):
            raise TypeError("Too %s arguments for %r; actual %d, expected %d" % (
                "many" if len(parameters) > len(self.__parameters__) else "few", self, len(parameters),
                len(self.__parameters__)))
        known = dict(zip(self.__parameters__, map(_hint, parameters)))
        args = []
        for arg in self.__args__:
            if isinstance(arg, TypeVar):
                arg = known[arg]
            elif getattr(arg, "__parameters__", ()):
                arg = arg[tuple(known[parameter] for parameter in arg.__parameters__)]
            args.append(arg)
        return _GenericAlias(self.__origin__, tuple(args), self._name)

    def __mro_entries__(self, bases):
        origin = self.__origin__
        if not isinstance(origin, type):
            raise TypeError("Cannot subclass %r" % (self,))
        if origin is Generic:
            for other in bases:
                if other is not self and isinstance(other, _GenericAlias) and other.__origin__ is not Generic:
                    return ()
        entries = [origin]
        if self._name and Generic not in bases and not any(
                isinstance(b, _GenericAlias) and b.__origin__ is Generic for b in bases):
            entries.append(Generic)
        return tuple(entries)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__") or name == "_name":
            raise AttributeError(name)
        return getattr(self.__dict__["__origin__"], name)

    def __instancecheck__(self, obj):
        if self.__origin__ is Union:
            return any(isinstance(obj, arg) for arg in self.__args__)
        raise TypeError("Subscripted generics cannot be used with class and instance checks")

    def __subclasscheck__(self, cls):
        if self.__origin__ is Union:
            return any(issubclass(cls, arg) for arg in self.__args__)
        raise TypeError("Subscripted generics cannot be used with class and instance checks")


class _Alias(_Final):
    """A generic name that stands for a class: `List`, `Iterable` …"""

    def __init__(self, origin, name):
        self.__origin__ = origin
        self._name = name
        self.__module__ = "typing"

    def __repr__(self):
        return "typing." + self._name

    def __getitem__(self, parameters):
        if not isinstance(parameters, tuple):
            parameters = (parameters,)
        return _GenericAlias(self.__origin__, tuple(map(_hint, parameters)), self._name)

    def __call__(self, *args, **kwargs):
        if self._name[0].isupper() and self.__origin__.__module__ in ("builtins", "collections", "collections.abc"):
            raise TypeError("Type %s cannot be instantiated; use %s() instead" % (self._name, self.__origin__.__name__))
        return self.__origin__(*args, **kwargs)

    def __mro_entries__(self, bases):
        return (self.__origin__,) if Generic in bases else (self.__origin__, Generic)

    def __instancecheck__(self, obj):
        return isinstance(obj, self.__origin__)

    def __subclasscheck__(self, cls):
        return issubclass(cls, self.__origin__)


class _CallableAlias(_Alias):
    def __getitem__(self, parameters):
        if not isinstance(parameters, tuple) or len(parameters) != 2:
            raise TypeError("Callable must be used as Callable[[arg, ...], result].")
        args, result = parameters
        if isinstance(args, list):
            flat = tuple(map(_hint, args))
        else:
            flat = (args,)
        return _GenericAlias(self.__origin__, flat + (_hint(result),), "Callable")


class ForwardRef(_Final):
    """A hint given as text."""

    def __init__(self, arg, is_argument=True):
        if not isinstance(arg, str):
            raise TypeError("Forward reference must be a string -- got %r" % (arg,))
        self.__forward_arg__ = arg

    def __eq__(self, other):
        if not isinstance(other, ForwardRef):
            return NotImplemented
        return self.__forward_arg__ == other.__forward_arg__

    def __hash__(self):
        return hash(self.__forward_arg__)

    def __repr__(self):
        return "ForwardRef(%r)" % (self.__forward_arg__,)


class TypeVar(_Final):
    """A variable in hints."""

    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self.__covariant__ = bool(covariant)
        self.__contravariant__ = bool(contravariant)

    def __repr__(self):
        if self.__covariant__:
            return "+" + self.__name__
        return ("-" if self.__contravariant__ else "~") + self.__name__


class ParamSpec(TypeVar):
    """A variable for parameters in hints."""

    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


class TypeVarTuple(TypeVar):
    """A variable for several types in hints."""

    def __iter__(self):
        yield Unpack[self]


def _dedupe(args):
    found = []
    for arg in args:
        if arg not in found:
            found.append(arg)
    return tuple(found)


def _union(form, parameters):
    if parameters == ():
        raise TypeError("Cannot take a Union of no types.")
    if not isinstance(parameters, tuple):
        parameters = (parameters,)
    flat = []
    for parameter in map(_hint, parameters):
        if isinstance(parameter, _GenericAlias) and parameter.__origin__ is Union or isinstance(parameter, UnionType):
            flat.extend(parameter.__args__)
        else:
            flat.append(parameter)
    flat = _dedupe(flat)
    return flat[0] if len(flat) == 1 else _GenericAlias(Union, flat, "Union")


def _one(form, parameters):
    return _GenericAlias(form, (_hint(parameters),), form._name)


def _many(form, parameters):
    if not isinstance(parameters, tuple):
        parameters = (parameters,)
    return _GenericAlias(form, tuple(parameters), form._name)


class _AnyMeta(type):
    def __repr__(cls):
        return "typing.Any" if cls is Any else super().__repr__()

    def __instancecheck__(cls, instance):
        if cls is Any:
            raise TypeError("typing.Any cannot be used with isinstance()")
        return super().__instancecheck__(instance)


class Any(metaclass=_AnyMeta):
    """Any type."""

    def __new__(cls, *args, **kwargs):
        if cls is Any:
            raise TypeError("Any cannot be instantiated")
        return super().__new__(cls, *args, **kwargs)


NoReturn = _SpecialForm("NoReturn")
Never = _SpecialForm("Never")
Self = _SpecialForm("Self")
LiteralString = _SpecialForm("LiteralString")
TypeAlias = _SpecialForm("TypeAlias")
Union = _SpecialForm("Union", _union)
Optional = _SpecialForm("Optional", lambda form, parameter: Union[parameter, type(None)])
ClassVar = _SpecialForm("ClassVar", _one)
Final = _SpecialForm("Final", _one)
Required = _SpecialForm("Required", _one)
NotRequired = _SpecialForm("NotRequired", _one)
Unpack = _SpecialForm("Unpack", _one)
TypeGuard = _SpecialForm("TypeGuard", _one)
Literal = _SpecialForm("Literal", _many)
Concatenate = _SpecialForm("Concatenate", _many)


class Annotated:
    """A hint with notes."""

    def __class_getitem__(cls, parameters):
        origin, *notes = parameters
        made = _GenericAlias(_hint(origin), (_hint(origin),), None)
        made.__metadata__ = tuple(notes)
        made.__class__ = _AnnotatedAlias
        return made


class _AnnotatedAlias(_GenericAlias):
    def __repr__(self):
        return "typing.Annotated[%s, %s]" % (_shown(self.__origin__), ", ".join(map(repr, self.__metadata__)))


class Generic:
    """The base of generic classes."""

    __slots__ = ()

    def __class_getitem__(cls, parameters):
        if not isinstance(parameters, tuple):
            parameters = (parameters,)
        parameters = tuple(map(_hint, parameters))
        if cls is Generic or cls.__name__ == "Protocol" and cls.__module__ == "typing":
            if not all(isinstance(parameter, TypeVar) for parameter in parameters):
                raise TypeError("Parameters to %s[...] must all be type variables or parameter specification variables."
                                % cls.__name__)
            if len(set(parameters)) != len(parameters):
                raise TypeError("Parameters to %s[...] must all be unique" % cls.__name__)
            return _GenericAlias(cls, parameters, cls.__name__)
        wanted = getattr(cls, "__parameters__", ())
        if not wanted:
            raise TypeError("%r is not a generic class" % (cls,))
        if len(parameters) != len(wanted) and not any(isinstance(one, TypeVarTuple) for one in wanted):
            raise TypeError("Too %s arguments for %r; actual %d, expected %d" % (
                "many" if len(parameters) > len(wanted) else "few", cls, len(parameters), len(wanted)))
        return _GenericAlias(cls, parameters, None)

    def __init_subclass__(cls, *args, **kwargs):
        super().__init_subclass__(*args, **kwargs)
        found = []
        for base in cls.__dict__.get("__orig_bases__", ()):
            for parameter in getattr(base, "__parameters__", ()):
                if parameter not in found:
                    found.append(parameter)
        for base in cls.__dict__.get("__orig_bases__", ()):
            if isinstance(base, _GenericAlias) and base.__origin__ is Generic:
                found = list(base.__parameters__)
        cls.__parameters__ = tuple(found)


class _ProtocolMeta(ABCMeta):
    def __instancecheck__(cls, instance):
        if cls.__dict__.get("_is_protocol"):
            if not cls.__dict__.get("_is_runtime"):
                if cls in type(instance).__mro__:
                    return True
                raise TypeError(
                    "Instance and class checks can only be used with @runtime_checkable protocols")
            return all(hasattr(instance, name) for name in _protocol_names(cls))
        return super().__instancecheck__(instance)

    def __subclasscheck__(cls, other):
        if not cls.__dict__.get("_is_protocol") or not isinstance(other, type) or cls in other.__mro__:
            return super().__subclasscheck__(other)
        if not cls.__dict__.get("_is_runtime"):
            raise TypeError("Instance and class checks can only be used with @runtime_checkable protocols")
        names = _protocol_names(cls)
        if any(not callable(getattr(cls, name, None)) for name in names):
            raise TypeError("Protocols with non-method members don't support issubclass()")
        return all(any(name in ancestor.__dict__ for ancestor in other.__mro__) for name in names)


def _protocol_names(cls):
    names = set()
    for ancestor in cls.__mro__:
        if ancestor.__dict__.get("_is_protocol"):
            names.update(ancestor.__dict__.get("__annotations__", {}))
            names.update(name for name in ancestor.__dict__ if not name.startswith("_") or name in (
                "__call__", "__len__", "__iter__", "__next__", "__enter__", "__exit__", "__getitem__", "__contains__"))
    return names


class Protocol(Generic, metaclass=_ProtocolMeta):
    """The base of classes that say what others must have."""

    __slots__ = ()

    def __init_subclass__(cls, *args, **kwargs):
        super().__init_subclass__(*args, **kwargs)
        if "_is_protocol" not in cls.__dict__:
            cls._is_protocol = any(base is Protocol for base in cls.__bases__)
        if cls._is_protocol and "__init__" not in cls.__dict__:
            cls.__init__ = _no_protocol_init


def _no_protocol_init(self, *args, **kwargs):
    if type(self).__dict__.get("_is_protocol"):
        raise TypeError("Protocols cannot be instantiated")
    # A class that follows a protocol has the `__init__` of its other ancestors.
    for ancestor in type(self).__mro__:
        found = ancestor.__dict__.get("__init__")
        if found is not None and found is not _no_protocol_init:
            return found(self, *args, **kwargs)


def runtime_checkable(cls):
    cls._is_runtime = True
    return cls


runtime = runtime_checkable

for _name, _origin in (
    ("List", list), ("Dict", dict), ("Set", set), ("FrozenSet", frozenset), ("Tuple", tuple), ("Type", type),
    ("Deque", _collections.deque), ("DefaultDict", _collections.defaultdict), ("OrderedDict", _collections.OrderedDict),
    ("Counter", _collections.Counter), ("ChainMap", _collections.ChainMap), ("Awaitable", _abc.Awaitable),
    ("Coroutine", _abc.Coroutine), ("AsyncIterable", _abc.AsyncIterable), ("AsyncIterator", _abc.AsyncIterator),
    ("Iterable", _abc.Iterable), ("Iterator", _abc.Iterator), ("Reversible", _abc.Reversible), ("Sized", _abc.Sized),
    ("Container", _abc.Container), ("Collection", _abc.Collection), ("Hashable", _abc.Hashable),
    ("AbstractSet", _abc.Set), ("MutableSet", _abc.MutableSet), ("Mapping", _abc.Mapping),
    ("MutableMapping", _abc.MutableMapping), ("Sequence", _abc.Sequence), ("MutableSequence", _abc.MutableSequence),
    ("ByteString", _abc.ByteString), ("MappingView", _abc.MappingView), ("KeysView", _abc.KeysView),
    ("ItemsView", _abc.ItemsView), ("ValuesView", _abc.ValuesView), ("Generator", _abc.Generator),
    ("AsyncGenerator", _abc.AsyncGenerator), ("ContextManager", _contextlib.AbstractContextManager),
    ("AsyncContextManager", _contextlib.AbstractAsyncContextManager), ("Pattern", _re.Pattern), ("Match", _re.Match),
):
    globals()[_name] = _Alias(_origin, _name)
Callable = _CallableAlias(_abc.Callable, "Callable")
Text = str
AnyStr = TypeVar("AnyStr", bytes, str)
T = TypeVar("T")


@runtime_checkable
class SupportsInt(Protocol):
    def __int__(self):
        pass


@runtime_checkable
class SupportsFloat(Protocol):
    def __float__(self):
        pass


@runtime_checkable
class SupportsIndex(Protocol):
    def __index__(self):
        pass


@runtime_checkable
class SupportsAbs(Protocol):
    def __abs__(self):
        pass


@runtime_checkable
class SupportsRound(Protocol):
    def __round__(self, ndigits=0):
        pass


class IO(Generic):
    pass


class TextIO(IO):
    pass


class BinaryIO(IO):
    pass


def cast(typ, val):
    """The value, as it is."""
    return val


def overload(func):
    return func


def final(f):
    try:
        f.__final__ = True
    except (AttributeError, TypeError):
        pass
    return f


def override(f):
    return f


def no_type_check(arg):
    return arg


def assert_type(val, typ):
    return val


def reveal_type(obj):
    return obj


def assert_never(arg):
    raise AssertionError("Expected code to be unreachable, but got: %r" % (arg,))


def dataclass_transform(**kwargs):
    return lambda cls: cls


def get_origin(tp):
    """What was subscripted."""
    if isinstance(tp, _AnnotatedAlias):
        return Annotated
    if isinstance(tp, UnionType):
        return UnionType
    if isinstance(tp, (_GenericAlias, _Alias, GenericAlias)):
        return tp.__origin__
    return Generic if tp is Generic else None


def get_args(tp):
    """What it was subscripted with."""
    if isinstance(tp, _AnnotatedAlias):
        return (tp.__origin__,) + tp.__metadata__
    if isinstance(tp, _GenericAlias):
        args = tp.__args__
        if tp._name == "Callable" and args and args[0] is not ...:
            return list(args[:-1]), args[-1]
        return args
    if isinstance(tp, (GenericAlias, UnionType)):
        return tp.__args__
    return ()


def get_type_hints(obj, globalns=None, localns=None, include_extras=False):
    """The annotations of a class with its ancestors, or of a function."""
    found = {}
    if isinstance(obj, type):
        for ancestor in reversed(obj.__mro__):
            found.update(ancestor.__dict__.get("__annotations__", {}))
        names = getattr(_sys.modules.get(obj.__module__), "__dict__", {})
    else:
        found.update(getattr(obj, "__annotations__", None) or {})
        names = getattr(obj, "__globals__", {})
    import builtins
    for name, hint in found.items():
        if isinstance(hint, str):
            known = (localns or {}).get(hint, (globalns or names).get(hint, getattr(builtins, hint, None)))
            hint = known if known is not None else ForwardRef(hint)
        found[name] = type(None) if hint is None else hint
    return found


def is_typeddict(tp):
    return getattr(tp, "__total__", None) is not None


class NewType(_Final):
    """A type with a name of its own."""

    def __init__(self, name, tp):
        self.__name__ = self.__qualname__ = name
        self.__supertype__ = tp
        self.__module__ = _sys._getframe().f_globals.get("__name__", "__main__")

    def __call__(self, x):
        return x

    def __repr__(self):
        return "%s.%s" % (self.__module__, self.__qualname__)


class _NamedTupleMeta(type):
    def __new__(cls, typename, bases, ns):
        types = ns.get("__annotations__", {})
        defaults = []
        for name in types:
            if name in ns:
                defaults.append(name)
            elif defaults:
                raise TypeError("Non-default namedtuple field %s cannot follow default field%s %s" % (
                    name, "s" if len(defaults) > 1 else "", ", ".join(defaults)))
        made = _collections.namedtuple(typename, list(types), defaults=[ns[name] for name in defaults],
                                       module=ns.get("__module__"))
        made.__annotations__ = dict(types)
        for key, value in ns.items():
            if key in ("__new__", "__init__", "__slots__", "__getnewargs__", "_fields", "_field_defaults", "_make",
                       "_replace", "_asdict"):
                raise AttributeError("Cannot overwrite NamedTuple attribute " + key)
            if key not in ("__module__", "__annotations__", "__qualname__") and key not in made._fields:
                setattr(made, key, value)
        made.__qualname__ = ns.get("__qualname__", typename)
        made.__orig_bases__ = (NamedTuple,)
        return made


class NamedTuple:
    """The base of named tuples with annotated fields."""

    def __new__(cls, typename, fields=None, /, **kwargs):
        types = dict(fields) if fields is not None else kwargs
        made = _collections.namedtuple(typename, list(types))
        made.__annotations__ = types
        return made


def _named_tuple_entries(bases):
    return (_NamedTupleBase,)


_NamedTupleBase = type.__new__(_NamedTupleMeta, "NamedTuple", (), {})
_NamedTupleFunction = NamedTuple


class _NamedTuple(_Final):
    def __call__(self, typename, fields=None, /, **kwargs):
        return _NamedTupleFunction(typename, fields, **kwargs)

    def __mro_entries__(self, bases):
        return (_NamedTupleBase,)

    def __repr__(self):
        return "<function NamedTuple at 0x0>"


NamedTuple = _NamedTuple()


class _TypedDictMeta(type):
    def __new__(cls, name, bases, ns, total=True):
        made = type.__new__(_TypedDictMeta, name, (dict,), ns)
        hints = {}
        required, optional = set(), set()
        for base in bases:
            hints.update(base.__dict__.get("__annotations__", {}))
            required |= getattr(base, "__required_keys__", frozenset())
            optional |= getattr(base, "__optional_keys__", frozenset())
        own = ns.get("__annotations__", {})
        hints.update(own)
        (required if total else optional).update(own)
        made.__annotations__ = hints
        made.__required_keys__ = frozenset(required)
        made.__optional_keys__ = frozenset(optional)
        made.__total__ = total
        return made

    def __call__(cls, *args, **kwargs):
        return dict(*args, **kwargs)

    def __instancecheck__(cls, instance):
        raise TypeError("TypedDict does not support instance and class checks")


_TypedDictBase = type.__new__(_TypedDictMeta, "TypedDict", (), {})


class _TypedDict(_Final):
    def __call__(self, typename, fields=None, /, *, total=True, **kwargs):
        hints = dict(fields) if fields is not None else kwargs
        return _TypedDictMeta(typename, (), {"__annotations__": hints}, total=total)

    def __mro_entries__(self, bases):
        return (_TypedDictBase,)


TypedDict = _TypedDict()
