"""Enumerations: a metaclass that turns the assignments of a class body into members."""

from types import MappingProxyType as _proxy

_plain_property = property
Enum = Flag = ReprEnum = None

_RESERVED = {
    "_order_", "_generate_next_value_", "_numeric_repr_", "_missing_", "_ignore_",
    "_iter_member_", "_iter_member_by_value_", "_iter_member_by_def_",
}


def _is_dunder(name):
    return len(name) > 4 and name[:2] == "__" == name[-2:] and name[2] != "_" and name[-3] != "_"


def _is_sunder(name):
    return len(name) > 2 and name[0] == "_" == name[-1] and name[1] != "_" and name[-2] != "_"


def _is_private(cls_name, name):
    prefix = "_%s__" % cls_name
    return len(name) > len(prefix) and name.startswith(prefix) and not name.endswith("__")


def _is_descriptor(value):
    return hasattr(value, "__get__") or hasattr(value, "__set__") or hasattr(value, "__delete__")


def _is_single_bit(number):
    return number > 0 and number & (number - 1) == 0


def _bits(number):
    while number:
        lowest = number & -number
        yield lowest
        number ^= lowest


class nonmember:
    """Marks a value of an enum's body that is no member."""

    def __init__(self, value):
        self.value = value


class member:
    """Marks a value of an enum's body that is a member although it looks like none."""

    def __init__(self, value):
        self.value = value


_NOT_YET = object()


class auto:
    """A value that the enum chooses."""

    def __init__(self, value=_NOT_YET):
        self.value = value

    def __repr__(self):
        return "auto(%s)" % ("" if self.value is _NOT_YET else repr(self.value))


class property:
    """A property of the members that leaves its name free for a member on the class."""

    def __init__(self, fget=None, fset=None, fdel=None, doc=None):
        self.fget = fget
        self.fset = fset
        self.fdel = fdel
        self.__doc__ = doc if doc is not None else getattr(fget, "__doc__", None)
        self.name = getattr(fget, "__name__", None)
        self.clsname = None

    def getter(self, fget):
        return type(self)(fget, self.fset, self.fdel, self.__doc__)

    def setter(self, fset):
        return type(self)(self.fget, fset, self.fdel, self.__doc__)

    def deleter(self, fdel):
        return type(self)(self.fget, self.fset, fdel, self.__doc__)

    def __set_name__(self, owner, name):
        self.name = name
        self.clsname = owner.__name__

    def __get__(self, instance, owner=None):
        if instance is None:
            try:
                return owner._member_map_[self.name]
            except KeyError:
                raise AttributeError("%r has no attribute %r" % (owner, self.name)) from None
        if self.fget is None:
            raise AttributeError("%r has no attribute %r" % (owner, self.name))
        return self.fget(instance)

    def __set__(self, instance, value):
        if self.fset is None:
            raise AttributeError("<enum %r> cannot set attribute %r" % (self.clsname, self.name))
        return self.fset(instance, value)

    def __delete__(self, instance):
        if self.fdel is None:
            raise AttributeError("<enum %r> cannot delete attribute %r" % (self.clsname, self.name))
        return self.fdel(instance)


class EnumDict(dict):
    """The namespace of an enum's body: notes which names will be members, and gives `auto()` its values."""

    def __init__(self, cls_name=None):
        super().__init__()
        self._cls_name = cls_name
        self._member_names = {}
        self._last_values = []
        self._ignore = []
        self._auto_called = False
        self._generate_next_value = None

    def _resolve(self, key, value):
        if value.value is _NOT_YET:
            value.value = self._generate_next_value(key, 1, len(self._member_names), self._last_values[:])
            self._auto_called = True
        return value.value

    def __setitem__(self, key, value):
        if _is_private(self._cls_name or "", key):
            pass
        elif _is_sunder(key):
            if key not in _RESERVED:
                raise ValueError("_sunder_ names, such as %r, are reserved for future Enum use" % (key,))
            if key == "_generate_next_value_":
                if self._auto_called:
                    raise TypeError("_generate_next_value_ must be defined before members")
                self._generate_next_value = value.__func__ if isinstance(value, staticmethod) else value
            elif key == "_ignore_":
                if isinstance(value, str):
                    value = value.replace(",", " ").split()
                else:
                    value = list(value)
                self._ignore = value
                already = set(value) & set(self._member_names)
                if already:
                    raise ValueError("_ignore_ cannot specify already set names: %r" % (already,))
        elif _is_dunder(key):
            if key == "__order__":
                key = "_order_"
        elif key in self._member_names:
            raise TypeError("%r already defined as %r" % (key, self[key]))
        elif key in self._ignore:
            pass
        elif isinstance(value, nonmember):
            value = value.value
        elif _is_descriptor(value) and not isinstance(value, member):
            pass
        else:
            if key in self:
                raise TypeError("%r already defined as %r" % (key, self[key]))
            if isinstance(value, member):
                value = value.value
            if isinstance(value, auto):
                value = self._resolve(key, value)
            elif type(value) is tuple and any(isinstance(item, auto) for item in value):
                value = tuple(self._resolve(key, item) if isinstance(item, auto) else item for item in value)
            self._member_names[key] = None
            self._last_values.append(value)
        super().__setitem__(key, value)

    def update(self, members, **more):
        pairs = [(key, members[key]) for key in members.keys()] if hasattr(members, "keys") else members
        for key, value in pairs:
            self[key] = value
        for key, value in more.items():
            self[key] = value


class _MakeMembers:
    """Stands in the new class's namespace for a moment: makes the members before `__init_subclass__` runs."""

    def __init__(self, values, mixin, use_args, new, saved_new):
        self.values = values
        self.mixin = mixin
        self.use_args = use_args
        self.new = new
        self.saved_new = saved_new

    def __set_name__(self, cls, name):
        type.__delattr__(cls, name)
        for member_name, value in self.values:
            self.make(cls, member_name, value)

    def make(self, cls, name, value):
        args = value if isinstance(value, tuple) else (value,)
        if self.mixin is tuple:
            args = (args,)
        if self.use_args:
            new_member = self.new(cls, *args)
        else:
            new_member = self.new(cls)
        if not hasattr(new_member, "_value_"):
            if self.mixin is object:
                new_member._value_ = value
            else:
                try:
                    new_member._value_ = self.mixin(*args)
                except Exception as problem:
                    failure = TypeError("_value_ not set in __new__, unable to create it")
                    failure.__cause__ = problem
                    raise failure
        value = new_member._value_
        new_member._name_ = name
        new_member.__objclass__ = cls
        new_member.__init__(*args)
        new_member._sort_order_ = len(cls._member_names_)
        canonical = None
        try:
            canonical = cls._value2member_map_.get(value)
        except TypeError:
            for other in cls._member_map_.values():
                if other._value_ == value:
                    canonical = other
                    break
        if canonical is None:
            canonical = new_member
            if Flag is None or not issubclass(cls, Flag) or (isinstance(value, int) and _is_single_bit(value)):
                cls._member_names_.append(name)
            if Flag is not None and issubclass(cls, Flag) and isinstance(value, int):
                cls._flag_mask_ |= value
                if _is_single_bit(value):
                    cls._singles_mask_ |= value
                cls._all_bits_ = 2 ** cls._flag_mask_.bit_length() - 1
            try:
                cls._value2member_map_.setdefault(value, new_member)
            except TypeError:
                cls._unhashable_values_.append(value)
        cls._member_map_[name] = canonical
        # A property of an ancestor with this name keeps working on the members: it stands in the class instead.
        for ancestor in cls.__mro__[1:]:
            found = ancestor.__dict__.get(name)
            if found is not None:
                if isinstance(found, property):
                    return
                if _is_descriptor(found):
                    redirect = property(getattr(found, "fget", None), getattr(found, "fset", None))
                    redirect.__set_name__(cls, name)
                    type.__setattr__(cls, name, redirect)
                    return
                break
        type.__setattr__(cls, name, canonical)


class EnumType(type):
    """The class of enums."""

    @classmethod
    def __prepare__(metacls, cls_name, bases, **kwargs):
        metacls._check_for_existing_members_(cls_name, bases)
        namespace = EnumDict(cls_name)
        _, first_enum = metacls._get_mixins_(cls_name, bases)
        if first_enum is not None:
            generate = getattr(first_enum, "_generate_next_value_", None)
            namespace._generate_next_value = generate
        return namespace

    def __new__(metacls, cls_name, bases, namespace, *, boundary=None, _simple=False, **kwargs):
        if not bases or not any(isinstance(base, EnumType) for base in bases):
            plain = dict(namespace)
            plain.update(_member_names_=[], _member_map_={}, _value2member_map_={}, _unhashable_values_=[],
                         _member_type_=object, _value_repr_=None)
            return super().__new__(metacls, cls_name, bases, plain, **kwargs)
        member_names = list(namespace._member_names)
        ignored = namespace._ignore + ["_ignore_"]
        values = [(name, namespace[name]) for name in member_names]
        body = {key: value for key, value in namespace.items()
                if key not in namespace._member_names and key not in ignored}
        invalid = {"mro"} & set(member_names)
        if invalid:
            raise ValueError("invalid enum member name(s) %s" % ",".join(repr(n) for n in sorted(invalid)))
        order = body.pop("_order_", None)
        mixin, first_enum = metacls._get_mixins_(cls_name, bases)
        new, save_new, use_args = metacls._find_new_(body, mixin, first_enum)
        body["_member_names_"] = []
        body["_member_map_"] = {}
        body["_value2member_map_"] = {}
        body["_unhashable_values_"] = []
        body["_member_type_"] = mixin
        body["_use_args_"] = use_args
        body["_new_member_"] = new
        if Flag is not None and any(issubclass(base, Flag) for base in bases):
            body["_flag_mask_"] = 0
            body["_singles_mask_"] = 0
            body["_all_bits_"] = 0
            body["_boundary_"] = boundary or getattr(first_enum, "_boundary_", None)
        value_repr = metacls._find_data_repr_(cls_name, bases)
        body["_value_repr_"] = value_repr
        if ReprEnum is not None and ReprEnum in bases:
            # The members read as their values do.
            if "__format__" not in body:
                body["__format__"] = mixin.__format__
            if "__str__" not in body:
                text = mixin.__str__
                body["__str__"] = mixin.__repr__ if text is object.__str__ else text
        if "__new__" in body:
            body["__new_member__"] = body.pop("__new__")
        body["__new__"] = Enum.__new__ if Enum is not None else None
        if Enum is None:
            del body["__new__"]
        body["_make_members"] = _MakeMembers(values, mixin, use_args, new, save_new)
        problem = None
        try:
            cls = super().__new__(metacls, cls_name, bases, body, **kwargs)
        except RuntimeError as wrapped:
            # What goes wrong in `__set_name__` arrives wrapped.
            problem = wrapped if wrapped.__cause__ is None else wrapped.__cause__
        if problem is not None:
            raise problem
        for dunder in ("__repr__", "__str__", "__format__", "__reduce_ex__"):
            if dunder in body:
                continue
            ours = getattr(first_enum, dunder, None)
            theirs = getattr(mixin, dunder, None)
            if ours is not None and getattr(cls, dunder) in (theirs, getattr(object, dunder, None)):
                type.__setattr__(cls, dunder, ours)
        if Flag is not None and issubclass(cls, Flag):
            for dunder in ("__or__", "__and__", "__xor__", "__ror__", "__rand__", "__rxor__", "__invert__"):
                if dunder not in body:
                    type.__setattr__(cls, dunder, getattr(Flag, dunder))
        if order is not None:
            wanted = order.replace(",", " ").split() if isinstance(order, str) else list(order)
            aliases = {name for name, found in cls._member_map_.items() if found._name_ != name}
            wanted = [name for name in wanted if name not in aliases]
            if wanted != cls._member_names_:
                raise TypeError("member order does not match _order_:\n  %r\n  %r" % (cls._member_names_, wanted))
        return cls

    def __init__(cls, *args, **kwargs):
        super().__init__(*args)

    def __bool__(cls):
        return True

    def __call__(cls, value, names=None, *, module=None, qualname=None, type=None, start=1, boundary=None):
        if names is None and type is None:
            return cls.__new__(cls, value)
        return cls._create_(value, names, module=module, qualname=qualname, type=type, start=start, boundary=boundary)

    def __contains__(cls, item):
        if not isinstance(item, Enum):
            import warnings
            warnings.warn(
                "in 3.12 __contains__ will no longer raise TypeError, but will return True or\n"
                "False depending on whether the value is a member of the enum",
                DeprecationWarning, stacklevel=2)
            raise TypeError("unsupported operand type(s) for 'in': '%s' and '%s'" % (
                item.__class__.__qualname__, cls.__class__.__qualname__))
        return isinstance(item, cls) and item._name_ in cls._member_map_

    def __delattr__(cls, name):
        if name in cls._member_map_:
            raise AttributeError("%r cannot delete member %r." % (cls.__name__, name))
        super().__delattr__(name)

    def __setattr__(cls, name, value):
        members = cls.__dict__.get("_member_map_", {})
        if name in members:
            raise AttributeError("cannot reassign member %r" % (name,))
        super().__setattr__(name, value)

    def __dir__(cls):
        names = {"__class__", "__contains__", "__doc__", "__getitem__", "__init_subclass__", "__iter__", "__len__",
                 "__members__", "__module__", "__name__", "__qualname__"}
        return sorted(names | set(cls._member_names_))

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        members = [cls._member_map_[name] for name in cls._member_names_]
        return iter(members)

    def __reversed__(cls):
        return iter([cls._member_map_[name] for name in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __getattr__(cls, name):
        raise AttributeError(name) from None

    @_plain_property
    def __members__(cls):
        return _proxy(cls._member_map_)

    def __repr__(cls):
        if Flag is not None and issubclass(cls, Flag):
            return "<flag %r>" % cls.__name__
        return "<enum %r>" % cls.__name__

    def _create_(cls, class_name, names, *, module=None, qualname=None, type=None, start=1, boundary=None):
        metacls = cls.__class__
        bases = (cls,) if type is None else (type, cls)
        namespace = metacls.__prepare__(class_name, bases)
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if isinstance(names, (tuple, list)) and names and isinstance(names[0], str):
            plain, names, last_values = names, [], []
            first_enum = metacls._get_mixins_(class_name, bases)[1]
            for count, name in enumerate(plain):
                value = first_enum._generate_next_value_(name, start, count, last_values[:])
                last_values.append(value)
                names.append((name, value))
        for item in names:
            if isinstance(item, str):
                name, value = item, names[item]
            else:
                name, value = item
            namespace[name] = value
        namespace["__module__"] = module or "__main__"
        if qualname is not None:
            namespace["__qualname__"] = qualname
        return metacls.__new__(metacls, class_name, bases, namespace, boundary=boundary)

    @classmethod
    def _check_for_existing_members_(mcls, class_name, bases):
        for base in bases:
            for ancestor in base.__mro__:
                if isinstance(ancestor, EnumType) and ancestor._member_names_:
                    raise TypeError("<enum %r> cannot extend %r" % (class_name, ancestor))

    @classmethod
    def _get_mixins_(mcls, class_name, bases):
        """The type of the members' data, and the enum to inherit from."""
        if not bases:
            return object, Enum
        first_enum = bases[-1]
        if not isinstance(first_enum, EnumType):
            raise TypeError(
                "new enumerations should be created as `EnumName([mixin_type, ...] [data_type,] enum_type)`")
        return mcls._find_data_type_(class_name, bases) or object, first_enum

    @classmethod
    def _find_data_repr_(mcls, class_name, bases):
        for base in bases:
            for ancestor in base.__mro__:
                if ancestor is object:
                    continue
                if isinstance(ancestor, EnumType):
                    return ancestor._value_repr_
                if "__repr__" in ancestor.__dict__:
                    return ancestor.__dict__["__repr__"]
        return None

    @classmethod
    def _find_data_type_(mcls, class_name, bases):
        found = []
        for base in bases:
            candidate = None
            for ancestor in base.__mro__:
                if ancestor is object:
                    continue
                if isinstance(ancestor, EnumType):
                    if ancestor._member_type_ is not object:
                        if ancestor._member_type_ not in found:
                            found.append(ancestor._member_type_)
                        break
                elif "__new__" in ancestor.__dict__ or "__dataclass_fields__" in ancestor.__dict__:
                    kind = candidate or ancestor
                    if kind not in found:
                        found.append(kind)
                    break
                else:
                    candidate = candidate or ancestor
        if len(found) > 1:
            raise TypeError("too many data types for %r: %r" % (class_name, set(found)))
        return found[0] if found else None

    @classmethod
    def _find_new_(mcls, body, mixin, first_enum):
        """Which `__new__` makes the members, whether it is kept, and whether the values are its arguments."""
        own = body.get("__new__")
        if own is not None:
            if isinstance(own, staticmethod):
                own = own.__func__
            return own, True, True
        ignored = {None, None.__new__, object.__new__, Enum.__new__ if Enum is not None else None}
        for name in ("__new_member__", "__new__"):
            for candidate in (mixin, first_enum):
                found = getattr(candidate, name, None)
                if found is not None and found not in ignored:
                    return found, False, True
        return object.__new__, False, False


EnumMeta = EnumType


class Enum(metaclass=EnumType):
    """An enumeration."""

    def __new__(cls, value):
        if type(value) is cls:
            return value
        try:
            return cls._value2member_map_[value]
        except KeyError:
            pass
        except TypeError:
            for candidate in cls._member_map_.values():
                if candidate._value_ == value:
                    return candidate
        failure = None
        try:
            result = cls._missing_(value)
        except Exception as problem:
            failure, result = problem, None
        if isinstance(result, cls):
            return result
        if Flag is not None and issubclass(cls, Flag) and cls._boundary_ is EJECT and isinstance(result, int):
            return result
        complaint = ValueError("%r is not a valid %s" % (value, cls.__qualname__))
        if result is None and failure is None:
            raise complaint
        if failure is None:
            failure = TypeError("error in %s._missing_: returned %r instead of None or a valid member" % (
                cls.__name__, result))
        if not isinstance(failure, ValueError):
            failure.__context__ = complaint
        raise failure

    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start
        try:
            return sorted(last_values)[-1] + 1
        except TypeError:
            for value in reversed(last_values):
                try:
                    return value + 1
                except TypeError:
                    continue
            return start

    @classmethod
    def _missing_(cls, value):
        return None

    def __repr__(self):
        text = self.__class__._value_repr_ or repr
        return "<%s.%s: %s>" % (self.__class__.__name__, self._name_, text(self._value_))

    def __str__(self):
        return "%s.%s" % (self.__class__.__name__, self._name_)

    def __dir__(self):
        names = {"__class__", "__doc__", "__eq__", "__hash__", "__module__"}
        if self.__class__._member_type_ is not object:
            names |= set(dir(self.__class__._member_type_))
        for ancestor in self.__class__.__mro__:
            if ancestor is Enum or not isinstance(ancestor, EnumType):
                continue
            for name, value in ancestor.__dict__.items():
                if name[:1] != "_" and name not in self._member_map_:
                    names.add(name)
        return sorted(names | {"name", "value"})

    def __format__(self, spec):
        return str.__format__(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __reduce_ex__(self, protocol):
        return self.__class__, (self._value_,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    @property
    def name(self):
        """The member's name."""
        return self._name_

    @property
    def value(self):
        """The member's value."""
        return self._value_


class ReprEnum(Enum):
    """An enum whose members read as their values do; only `repr()` shows the member."""


class IntEnum(int, ReprEnum):
    """An enum whose members are ints."""


class StrEnum(str, ReprEnum):
    """An enum whose members are strings."""

    def __new__(cls, *values):
        if len(values) > 3:
            raise TypeError("too many arguments for str(): %r" % (values,))
        if len(values) == 1 and not isinstance(values[0], str):
            raise TypeError("%r is not a string" % (values[0],))
        if len(values) >= 2 and not isinstance(values[1], str):
            raise TypeError("encoding must be a string, not %r" % (values[1],))
        if len(values) == 3 and not isinstance(values[2], str):
            raise TypeError("errors must be a string, not %r" % (values[2],))
        value = str(*values)
        made = str.__new__(cls, value)
        made._value_ = value
        return made

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()


class FlagBoundary(StrEnum):
    """What a flag does with bits that no member has."""

    STRICT = auto()
    CONFORM = auto()
    EJECT = auto()
    KEEP = auto()


STRICT, CONFORM, EJECT, KEEP = FlagBoundary


class Flag(Enum, boundary=STRICT):
    """An enum whose members are sets of bits."""

    _numeric_repr_ = repr

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start if start is not None else 1
        last = max(last_values)
        try:
            highest = last.bit_length() - 1
        except Exception:
            raise TypeError("invalid flag value %r" % last) from None
        return 2 ** (highest + 1)

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            raise ValueError("%r is not a valid %s" % (value, cls.__qualname__))
        mask, all_bits = cls._flag_mask_, cls._all_bits_
        negative = None
        if not ~all_bits <= value <= all_bits or value & (all_bits ^ mask):
            if cls._boundary_ is STRICT:
                width = max(value.bit_length(), mask.bit_length())
                raise ValueError("%r invalid value %r\n    given %s\n  allowed %s" % (
                    cls, value, _binary(value, width), _binary(mask, width)))
            elif cls._boundary_ is CONFORM:
                value = value & mask
            elif cls._boundary_ is EJECT:
                return value
            elif cls._boundary_ is KEEP:
                if value < 0:
                    value = max(all_bits + 1, 2 ** value.bit_length()) + value
            else:
                raise ValueError("%r unknown flag boundary %r" % (cls, cls._boundary_))
        if value < 0:
            negative = value
            value = all_bits + 1 + value
        unknown = value & ~mask
        contained = [m for m in cls if m._value_ & value]
        if unknown and cls._boundary_ is not KEEP:
            raise ValueError("%s(%r) -->  unknown values %r [%s]" % (cls.__name__, value, unknown, bin(unknown)))
        known = cls._value2member_map_.get(value)
        if known is not None:
            return known
        if cls._member_type_ is object:
            made = object.__new__(cls)
        else:
            made = cls._member_type_.__new__(cls, value)
        made._value_ = value
        if contained or unknown:
            made._name_ = "|".join(m._name_ for m in contained) if contained else None
            if unknown and contained:
                made._name_ += "|%s" % cls._numeric_repr_(unknown)
        else:
            made._name_ = None
        made.__objclass__ = cls
        made = cls._value2member_map_.setdefault(value, made)
        if negative is not None:
            cls._value2member_map_[negative] = made
        return made

    def __contains__(self, other):
        if not isinstance(other, self.__class__):
            raise TypeError("unsupported operand type(s) for 'in': %r and %r" % (
                other.__class__.__qualname__, self.__class__.__qualname__))
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        cls = self.__class__
        for candidate in cls:
            if candidate._value_ & self._value_:
                yield candidate

    def __len__(self):
        return bin(self._value_).count("1")

    def __repr__(self):
        text = self.__class__._value_repr_ or repr
        if self._name_ is None:
            return "<%s: %s>" % (self.__class__.__name__, text(self._value_))
        return "<%s.%s: %s>" % (self.__class__.__name__, self._name_, text(self._value_))

    def __str__(self):
        if self._name_ is None:
            return "%s(%r)" % (self.__class__.__name__, self._value_)
        return "%s.%s" % (self.__class__.__name__, self._name_)

    def __bool__(self):
        return bool(self._value_)

    def _operand(self, other):
        if isinstance(other, self.__class__):
            return other._value_
        if self._member_type_ is not object and isinstance(other, self._member_type_):
            return other
        return NotImplemented

    def __or__(self, other):
        other = self._operand(other)
        return other if other is NotImplemented else self.__class__(self._value_ | other)

    def __and__(self, other):
        other = self._operand(other)
        return other if other is NotImplemented else self.__class__(self._value_ & other)

    def __xor__(self, other):
        other = self._operand(other)
        return other if other is NotImplemented else self.__class__(self._value_ ^ other)

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__

    def __invert__(self):
        cls = self.__class__
        if cls._boundary_ is KEEP:
            return cls(~self._value_)
        return cls(cls._singles_mask_ & ~self._value_)


for _name, _value in (("_flag_mask_", 0), ("_singles_mask_", 0), ("_all_bits_", 0), ("_boundary_", STRICT)):
    type.__setattr__(Flag, _name, _value)


def _binary(number, width):
    if number >= 0:
        digits = bin(number)[2:]
        return "0b0 " + "0" * max(0, width - len(digits)) + digits
    digits = bin(~number ^ (2 ** number.bit_length() - 1) | 2 ** number.bit_length())[3:]
    return "0b1 " + "1" * max(0, width - len(digits)) + digits


class IntFlag(int, ReprEnum, Flag, boundary=KEEP):
    """Flags that are ints."""


def unique(enumeration):
    """A class decorator that refuses aliases."""
    aliases = [(name, m._name_) for name, m in enumeration.__members__.items() if name != m._name_]
    if aliases:
        raise ValueError("duplicate values found in %r: %s" % (
            enumeration, ", ".join("%s -> %s" % pair for pair in aliases)))
    return enumeration


class EnumCheck(StrEnum):
    """What `verify` can make sure of."""

    CONTINUOUS = "no skipped integer values"
    NAMED_FLAGS = "multi-flag aliases may not contain unnamed flags"
    UNIQUE = "one name per value"


CONTINUOUS, NAMED_FLAGS, UNIQUE = EnumCheck


class verify:
    """A class decorator that makes sure of what its arguments name."""

    def __init__(self, *checks):
        self.checks = checks

    def __call__(self, enumeration):
        name = enumeration.__name__
        for check in self.checks:
            if check is UNIQUE:
                aliases = [(n, m._name_) for n, m in enumeration.__members__.items() if n != m._name_]
                if aliases:
                    raise ValueError("aliases found in %r: %s" % (
                        enumeration, ", ".join("%s -> %s" % pair for pair in aliases)))
            elif check is CONTINUOUS:
                values = {m.value for m in enumeration}
                if len(values) < 2:
                    continue
                low, high = min(values), max(values)
                if issubclass(enumeration, Flag):
                    missing = [2 ** i for i in range(low.bit_length(), high.bit_length() - 1) if 2 ** i not in values]
                else:
                    missing = [i for i in range(low + 1, high) if i not in values]
                if missing:
                    kind = "flag" if issubclass(enumeration, Flag) else "enum"
                    raise ValueError("invalid %s %r: missing values %s" % (
                        kind, name, ", ".join(str(m) for m in missing)))
            elif check is NAMED_FLAGS:
                named = {m.value for m in enumeration}
                bad, lost = [], 0
                for alias, m in enumeration.__members__.items():
                    if m.value < 0 or m.value in named:
                        continue
                    missing = [bit for bit in _bits(m.value) if bit not in named]
                    if missing:
                        bad.append(alias)
                        for bit in missing:
                            lost |= bit
                if bad:
                    if len(bad) == 1:
                        text = "alias %r is missing" % bad[0]
                    else:
                        text = "aliases %s and %r are missing" % (", ".join(repr(b) for b in bad[:-1]), bad[-1])
                    raise ValueError("invalid Flag %r: %s combined values of %s [use enum.show_flag_values(value) for "
                                     "details]" % (name, text, hex(lost)))
        return enumeration


def show_flag_values(value):
    """The single bits of a flag's value."""
    return list(_bits(value))


def global_enum_repr(self):
    return "%s.%s" % (self.__class__.__module__.split(".")[-1], self._name_)


def global_str(self):
    return self._name_ if self._name_ is not None else "%s(%r)" % (self.__class__.__name__, self._value_)


def global_enum(cls, update_str=False):
    """Puts the members into the namespace of the enum's module."""
    import sys
    type.__setattr__(cls, "__repr__", global_enum_repr)
    if not issubclass(cls, ReprEnum) or update_str:
        type.__setattr__(cls, "__str__", global_str)
    sys.modules[cls.__module__].__dict__.update(cls.__members__)
    return cls


__all__ = [
    "EnumType", "EnumMeta", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "auto", "unique", "property",
    "verify", "member", "nonmember", "FlagBoundary", "STRICT", "CONFORM", "EJECT", "KEEP", "global_enum",
    "global_str", "global_enum_repr", "EnumCheck", "CONTINUOUS", "NAMED_FLAGS", "UNIQUE", "EnumDict",
    "show_flag_values",
]
