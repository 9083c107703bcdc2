"""Classes made from their annotations. The methods are closures over the fields, not generated text."""

import copy
import sys
from types import GenericAlias, MappingProxyType

_FIELDS = "__dataclass_fields__"
_PARAMS = "__dataclass_params__"


class FrozenInstanceError(AttributeError):
    """A frozen instance was to be changed."""


class _Missing:
    def __repr__(self):
        return "<dataclasses._MISSING_TYPE object>"


MISSING = _Missing()


class _DefaultFactory:
    def __repr__(self):
        return "<factory>"


_FACTORY = _DefaultFactory()


class KW_ONLY:
    """Annotates a line after which all fields are keyword-only."""


class _Kind:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


_FIELD = _Kind("_FIELD")
_CLASSVAR = _Kind("_FIELD_CLASSVAR")
_INITVAR = _Kind("_FIELD_INITVAR")
_EMPTY = MappingProxyType({})


class InitVar:
    """The annotation of a parameter of `__init__` that is no field."""

    __slots__ = ("type",)

    def __init__(self, type):
        self.type = type

    def __repr__(self):
        if isinstance(self.type, type) and not isinstance(self.type, GenericAlias):
            name = self.type.__name__
        else:
            name = repr(self.type)
        return "dataclasses.InitVar[%s]" % name

    def __class_getitem__(cls, type):
        return InitVar(type)


class Field:
    """One field of a dataclass."""

    __slots__ = ("name", "type", "default", "default_factory", "repr", "hash", "init", "compare", "metadata",
                 "kw_only", "_field_type")

    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = _EMPTY if metadata is None else MappingProxyType(metadata)
        self.kw_only = kw_only
        self._field_type = None

    def __repr__(self):
        return ("Field(name=%r,type=%r,default=%r,default_factory=%r,init=%r,repr=%r,hash=%r,compare=%r,metadata=%r,"
                "kw_only=%r,_field_type=%r)" % (
                    self.name, self.type, self.default, self.default_factory, self.init, self.repr, self.hash,
                    self.compare, self.metadata, self.kw_only, self._field_type))

    def __set_name__(self, owner, name):
        hook = getattr(type(self.default), "__set_name__", None)
        if hook:
            hook(self.default, owner, name)

    __class_getitem__ = classmethod(GenericAlias)


class _Params:
    __slots__ = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")

    def __init__(self, init, repr, eq, order, unsafe_hash, frozen):
        self.init = init
        self.repr = repr
        self.eq = eq
        self.order = order
        self.unsafe_hash = unsafe_hash
        self.frozen = frozen

    def __repr__(self):
        return "_DataclassParams(init=%r,repr=%r,eq=%r,order=%r,unsafe_hash=%r,frozen=%r)" % (
            self.init, self.repr, self.eq, self.order, self.unsafe_hash, self.frozen)


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None,
          kw_only=MISSING):
    """Describes a field in the place of its default."""
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _is_class_var(annotation):
    if isinstance(annotation, str):
        head = annotation.split("[")[0].strip()
        return head in ("ClassVar", "typing.ClassVar", "t.ClassVar")
    return getattr(annotation, "_is_class_var", False) or "ClassVar" in repr(annotation).split("[")[0]


def _is_init_var(annotation):
    if isinstance(annotation, str):
        return annotation.split("[")[0].strip() in ("InitVar", "dataclasses.InitVar")
    return annotation is InitVar or type(annotation) is InitVar


def _is_kw_only(annotation):
    if isinstance(annotation, str):
        return annotation.strip() in ("KW_ONLY", "dataclasses.KW_ONLY")
    return annotation is KW_ONLY


def _make_field(cls, name, annotation, kw_only):
    default = getattr(cls, name, MISSING)
    if isinstance(default, Field):
        made = default
    else:
        # A slot's descriptor stands where no default was given.
        if type(default).__name__ in ("member_descriptor", "MemberDescriptor"):
            default = MISSING
        made = field(default=default)
    made.name = name
    made.type = annotation
    made._field_type = _FIELD
    if _is_class_var(annotation):
        made._field_type = _CLASSVAR
    elif _is_init_var(annotation):
        made._field_type = _INITVAR
    if made._field_type in (_CLASSVAR, _INITVAR) and made.default_factory is not MISSING:
        raise TypeError("field %s cannot have a default factory" % made.name)
    if made._field_type is _CLASSVAR:
        if made.kw_only is not MISSING:
            raise TypeError("field %s is a ClassVar but specifies kw_only" % made.name)
    elif made.kw_only is MISSING:
        made.kw_only = kw_only
    if made._field_type is _FIELD and made.default.__class__.__hash__ is None:
        raise ValueError("mutable default %s for field %s is not allowed: use default_factory" % (
            type(made.default), made.name))
    return made


def _names(words):
    quoted = [repr(word) for word in words]
    if len(quoted) == 1:
        return quoted[0]
    if len(quoted) == 2:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + ", and " + quoted[-1]


def _plural(count):
    return "" if count == 1 else "s"


def _make_init(cls, positional, keyword_only, fields, frozen, has_post_init):
    """An `__init__` that binds its arguments as a written one would, with the same complaints."""
    positional_names = [f.name for f in positional]
    keyword_names = [f.name for f in keyword_only]
    accepted = set(positional_names) | set(keyword_names)
    required = [f.name for f in positional if f.default is MISSING and f.default_factory is MISSING]
    required_keywords = [f.name for f in keyword_only if f.default is MISSING and f.default_factory is MISSING]
    place = object.__setattr__

    def bind(args, kwargs):
        title = cls.__qualname__ + ".__init__()"
        if len(args) > len(positional_names):
            most = len(positional_names) + 1
            least = len(required) + 1
            given = len(args) + 1
            taken = "%d positional argument%s" % (most, _plural(most))
            if least != most:
                taken = "from %d to %d positional arguments" % (least, most)
            extra = sum(1 for name in keyword_names if name in kwargs)
            if extra:
                seen = "%d positional arguments (and %d keyword-only argument%s) were given" % (
                    given, extra, _plural(extra))
                raise TypeError("%s takes %s but %s" % (title, taken, seen))
            raise TypeError("%s takes %s but %d %s given" % (title, taken, given, "was" if given == 1 else "were"))
        values = dict(zip(positional_names, args))
        for name, value in kwargs.items():
            if name not in accepted:
                raise TypeError("%s got an unexpected keyword argument %r" % (title, name))
            if name in values:
                raise TypeError("%s got multiple values for argument %r" % (title, name))
            values[name] = value
        missing = [name for name in required if name not in values]
        if missing:
            raise TypeError("%s missing %d required positional argument%s: %s" % (
                title, len(missing), _plural(len(missing)), _names(missing)))
        missing = [name for name in required_keywords if name not in values]
        if missing:
            raise TypeError("%s missing %d required keyword-only argument%s: %s" % (
                title, len(missing), _plural(len(missing)), _names(missing)))
        return values

    def __init__(self, /, *args, **kwargs):
        values = bind(args, kwargs)
        passed_on = []
        for f in fields:
            name = f.name
            if f.init and name in values:
                value = values[name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.default is not MISSING:
                value = f.default
                if not f.init:
                    # The default stands in the class already.
                    if "__slots__" not in cls.__dict__ or f._field_type is _INITVAR:
                        continue
            else:
                continue
            if f._field_type is _INITVAR:
                passed_on.append(value)
            elif frozen:
                place(self, name, value)
            else:
                setattr(self, name, value)
        if has_post_init:
            self.__post_init__(*passed_on)

    annotations = {f.name: (f.type.type if type(f.type) is InitVar else f.type) for f in positional + keyword_only}
    annotations["return"] = None
    __init__.__annotations__ = annotations
    __init__.__signature_fields__ = (positional, keyword_only)
    return __init__


def _recursion_guard(show):
    running = set()

    def __repr__(self):
        key = id(self)
        if key in running:
            return "..."
        running.add(key)
        try:
            return show(self)
        finally:
            running.discard(key)
    return __repr__


def _make_repr(fields):
    names = [f.name for f in fields if f.repr]

    def show(self):
        return "%s(%s)" % (self.__class__.__qualname__, ", ".join("%s=%r" % (n, getattr(self, n)) for n in names))
    return _recursion_guard(show)


def _tuple_of(instance, names):
    return tuple([getattr(instance, name) for name in names])


def _make_eq(fields):
    names = [f.name for f in fields if f.compare]

    def __eq__(self, other):
        if other.__class__ is self.__class__:
            return _tuple_of(self, names) == _tuple_of(other, names)
        return NotImplemented
    return __eq__


def _make_order(fields):
    names = [f.name for f in fields if f.compare]

    def __lt__(self, other):
        if other.__class__ is self.__class__:
            return _tuple_of(self, names) < _tuple_of(other, names)
        return NotImplemented

    def __le__(self, other):
        if other.__class__ is self.__class__:
            return _tuple_of(self, names) <= _tuple_of(other, names)
        return NotImplemented

    def __gt__(self, other):
        if other.__class__ is self.__class__:
            return _tuple_of(self, names) > _tuple_of(other, names)
        return NotImplemented

    def __ge__(self, other):
        if other.__class__ is self.__class__:
            return _tuple_of(self, names) >= _tuple_of(other, names)
        return NotImplemented
    return __lt__, __le__, __gt__, __ge__


def _make_frozen(cls, fields):
    names = frozenset(f.name for f in fields)

    def __setattr__(self, name, value):
        if type(self) is cls or name in names:
            raise FrozenInstanceError("cannot assign to field %r" % (name,))
        super(cls, self).__setattr__(name, value)

    def __delattr__(self, name):
        if type(self) is cls or name in names:
            raise FrozenInstanceError("cannot delete field %r" % (name,))
        super(cls, self).__delattr__(name)
    return __setattr__, __delattr__


def _make_hash(fields):
    names = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]

    def __hash__(self):
        return hash(_tuple_of(self, names))
    return __hash__


def _add(cls, function):
    """Puts a method in, unless the class has its own; tells whether it has."""
    name = function.__name__
    if name in cls.__dict__:
        return True
    function.__qualname__ = "%s.%s" % (cls.__qualname__, name)
    function.__module__ = cls.__module__
    setattr(cls, name, function)
    return False


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots, weakref_slot):
    fields = {}
    any_frozen_base = has_dataclass_bases = False
    for base in cls.__mro__[-1:0:-1]:
        inherited = base.__dict__.get(_FIELDS)
        if inherited is not None:
            has_dataclass_bases = True
            for f in inherited.values():
                fields[f.name] = f
            if getattr(base, _PARAMS).frozen:
                any_frozen_base = True
    own = []
    seen_kw_only = False
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if _is_kw_only(annotation):
            if seen_kw_only:
                raise TypeError("%r is KW_ONLY, but KW_ONLY has already been specified" % (name,))
            seen_kw_only = kw_only = True
        else:
            own.append(_make_field(cls, name, annotation, kw_only))
    for f in own:
        fields[f.name] = f
        if isinstance(getattr(cls, f.name, None), Field):
            if f.default is MISSING:
                delattr(cls, f.name)
            else:
                setattr(cls, f.name, f.default)
    for name, value in list(cls.__dict__.items()):
        if isinstance(value, Field) and name not in cls.__dict__.get("__annotations__", {}):
            raise TypeError("%r is a field but has no type annotation" % (name,))
    if has_dataclass_bases:
        if any_frozen_base and not frozen:
            raise TypeError("cannot inherit non-frozen dataclass from a frozen one")
        if not any_frozen_base and frozen:
            raise TypeError("cannot inherit frozen dataclass from a non-frozen one")
    setattr(cls, _FIELDS, fields)
    setattr(cls, _PARAMS, _Params(init, repr, eq, order, unsafe_hash, frozen))
    class_hash = cls.__dict__.get("__hash__", MISSING)
    has_explicit_hash = not (class_hash is MISSING or (class_hash is None and "__eq__" in cls.__dict__))
    if order and not eq:
        raise ValueError("eq must be true if order is true")
    for_init = [f for f in fields.values() if f._field_type in (_FIELD, _INITVAR)]
    positional = [f for f in for_init if f.init and not f.kw_only]
    keyword_only = [f for f in for_init if f.init and f.kw_only]
    instance_fields = [f for f in fields.values() if f._field_type is _FIELD]
    if init:
        seen_default = False
        for f in positional:
            if f.default is not MISSING or f.default_factory is not MISSING:
                seen_default = True
            elif seen_default:
                raise TypeError("non-default argument %r follows default argument" % (f.name,))
        function = _make_init(cls, positional, keyword_only, for_init, frozen, hasattr(cls, "__post_init__"))
        _add(cls, function)
    if repr:
        _add(cls, _make_repr(instance_fields))
    if eq:
        _add(cls, _make_eq(instance_fields))
    if order:
        for function in _make_order(instance_fields):
            if _add(cls, function):
                raise TypeError("Cannot overwrite attribute %s in class %s. Consider using functools.total_ordering" % (
                    function.__name__, cls.__name__))
    if frozen:
        for function in _make_frozen(cls, instance_fields):
            if _add(cls, function):
                raise TypeError("Cannot overwrite attribute %s in class %s" % (function.__name__, cls.__name__))
    if unsafe_hash:
        if has_explicit_hash:
            raise TypeError("Cannot overwrite attribute __hash__ in class %s" % cls.__name__)
        cls.__hash__ = _make_hash(instance_fields)
    elif eq and frozen:
        if not has_explicit_hash:
            cls.__hash__ = _make_hash(instance_fields)
    elif eq and not has_explicit_hash:
        cls.__hash__ = None
    if not getattr(cls, "__doc__", None):
        cls.__doc__ = cls.__name__ + _signature_text(positional, keyword_only)
    if match_args and "__match_args__" not in cls.__dict__:
        cls.__match_args__ = tuple(f.name for f in positional)
    if weakref_slot and not slots:
        raise TypeError("weakref_slot is True but slots is False")
    if slots:
        cls = _with_slots(cls, frozen, [f.name for f in instance_fields], weakref_slot)
    return cls


def _signature_text(positional, keyword_only):
    def one(f):
        kind = f.type.type if type(f.type) is InitVar else f.type
        if isinstance(kind, type):
            kind = kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__qualname__)
        else:
            kind = repr(kind)
        text = "%s: %s" % (f.name, kind)
        if f.default is not MISSING:
            text += " = %r" % (f.default,)
        elif f.default_factory is not MISSING:
            text += " = <factory>"
        return text
    parts = [one(f) for f in positional]
    if keyword_only:
        parts.append("*")
        parts.extend(one(f) for f in keyword_only)
    return "(%s)" % ", ".join(parts)


def _with_slots(cls, frozen, names, weakref_slot):
    if "__slots__" in cls.__dict__:
        raise TypeError("%s already specifies __slots__" % cls.__name__)
    body = dict(cls.__dict__)
    inherited = set()
    for base in cls.__mro__[1:-1]:
        slots = base.__dict__.get("__slots__", ())
        inherited.update((slots,) if isinstance(slots, str) else slots)
    body["__slots__"] = tuple(name for name in names if name not in inherited)
    for name in names:
        body.pop(name, None)
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    qualname = cls.__qualname__
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = qualname
    if frozen:
        def __getstate__(self):
            return [getattr(self, name) for name in names]

        def __setstate__(self, state):
            for name, value in zip(names, state):
                object.__setattr__(self, name, value)
        if "__getstate__" not in body:
            made.__getstate__ = __getstate__
        if "__setstate__" not in body:
            made.__setstate__ = __setstate__
    return made


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False,
              match_args=True, kw_only=False, slots=False, weakref_slot=False):
    """Adds the methods that a class's annotated fields ask for."""
    def wrap(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots, weakref_slot)
    return wrap if cls is None else wrap(cls)


def fields(class_or_instance):
    """The fields, in order."""
    try:
        found = getattr(class_or_instance, _FIELDS)
    except AttributeError:
        raise TypeError("must be called with a dataclass type or instance") from None
    return tuple(f for f in found.values() if f._field_type is _FIELD)


def _is_instance(thing):
    return hasattr(type(thing), _FIELDS)


def is_dataclass(thing):
    """Whether it is a dataclass or an instance of one."""
    return hasattr(thing if isinstance(thing, type) else type(thing), _FIELDS)


def asdict(obj, *, dict_factory=dict):
    """The fields as a dict, deeply."""
    if not _is_instance(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    return _as_dict(obj, dict_factory)


def _as_dict(value, factory):
    if _is_instance(value):
        return factory([(f.name, _as_dict(getattr(value, f.name), factory)) for f in fields(value)])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_as_dict(item, factory) for item in value])
    if isinstance(value, (list, tuple)):
        return type(value)(_as_dict(item, factory) for item in value)
    if isinstance(value, dict):
        pairs = [(_as_dict(k, factory), _as_dict(v, factory)) for k, v in value.items()]
        if hasattr(type(value), "default_factory"):
            made = type(value)(getattr(value, "default_factory"))
            for key, item in pairs:
                made[key] = item
            return made
        return type(value)(pairs)
    return copy.deepcopy(value)


def astuple(obj, *, tuple_factory=tuple):
    """The fields' values as a tuple, deeply."""
    if not _is_instance(obj):
        raise TypeError("astuple() should be called on dataclass instances")
    return _as_tuple(obj, tuple_factory)


def _as_tuple(value, factory):
    if _is_instance(value):
        return factory([_as_tuple(getattr(value, f.name), factory) for f in fields(value)])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_as_tuple(item, factory) for item in value])
    if isinstance(value, (list, tuple)):
        return type(value)(_as_tuple(item, factory) for item in value)
    if isinstance(value, dict):
        return type(value)((_as_tuple(k, factory), _as_tuple(v, factory)) for k, v in value.items())
    return copy.deepcopy(value)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, init=True, repr=True, eq=True, order=False,
                   unsafe_hash=False, frozen=False, match_args=True, kw_only=False, slots=False, weakref_slot=False):
    """A dataclass with these fields: names, (name, type) or (name, type, default)."""
    body = {} if namespace is None else dict(namespace)
    annotations = {}
    seen = set()
    for item in fields:
        if isinstance(item, str):
            name, kind = item, "typing.Any"
        elif len(item) == 2:
            name, kind = item
        elif len(item) == 3:
            name, kind, body[item[0]] = item
        else:
            raise TypeError("Invalid field: %r" % (item,))
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError("Field names must be valid identifiers: %r" % (name,))
        import keyword
        if keyword.iskeyword(name):
            raise TypeError("Field names must not be keywords: %r" % (name,))
        if name in seen:
            raise TypeError("Field name duplicated: %r" % (name,))
        seen.add(name)
        annotations[name] = kind
    body["__annotations__"] = annotations
    cls = type(cls_name, bases, body) if not bases else type(bases[0])(cls_name, tuple(bases), body)
    cls.__module__ = "types"
    return dataclass(cls, init=init, repr=repr, eq=eq, order=order, unsafe_hash=unsafe_hash, frozen=frozen,
                     match_args=match_args, kw_only=kw_only, slots=slots, weakref_slot=weakref_slot)


def replace(obj, /, **changes):
    """A copy with some fields changed."""
    if not _is_instance(obj):
        raise TypeError("replace() should be called on dataclass instances")
    for f in getattr(obj, _FIELDS).values():
        if f._field_type is _CLASSVAR:
            continue
        if not f.init:
            if f.name in changes:
                raise ValueError("field %s is declared with init=False, it cannot be specified with replace()" % f.name)
            continue
        if f.name not in changes:
            if f._field_type is _INITVAR and f.default is MISSING:
                raise ValueError("InitVar %r must be specified with replace()" % (f.name,))
            changes[f.name] = getattr(obj, f.name)
    return obj.__class__(**changes)


__all__ = [
    "dataclass", "field", "Field", "FrozenInstanceError", "InitVar", "KW_ONLY", "MISSING", "fields", "asdict",
    "astuple", "make_dataclass", "replace", "is_dataclass",
]
