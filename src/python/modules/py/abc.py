"""Abstract base classes."""


def abstractmethod(funcobj):
    """Marks a method that subclasses must override."""
    funcobj.__isabstractmethod__ = True
    return funcobj


class abstractclassmethod(classmethod):
    __isabstractmethod__ = True

    def __init__(self, callable):
        callable.__isabstractmethod__ = True
        super().__init__(callable)


class abstractstaticmethod(staticmethod):
    __isabstractmethod__ = True

    def __init__(self, callable):
        callable.__isabstractmethod__ = True
        super().__init__(callable)


class abstractproperty(property):
    __isabstractmethod__ = True


def _is_abstract(value):
    if getattr(value, "__isabstractmethod__", False):
        return True
    if isinstance(value, property):
        for function in (value.fget, value.fset, value.fdel):
            if getattr(function, "__isabstractmethod__", False):
                return True
    function = getattr(value, "__func__", None)
    return function is not None and bool(getattr(function, "__isabstractmethod__", False))


def _abstract_names(cls):
    names = {name for name, value in cls.__dict__.items() if _is_abstract(value)}
    for base in cls.__bases__:
        for name in getattr(base, "__abstractmethods__", ()):
            value = getattr(cls, name, None)
            if _is_abstract(value):
                names.add(name)
            else:
                for ancestor in cls.__mro__:
                    if name in ancestor.__dict__:
                        if _is_abstract(ancestor.__dict__[name]):
                            names.add(name)
                        break
    return frozenset(names)


# Grows with every registration, so that remembered "no" answers are asked again.
_registrations = [0]


class ABCMeta(type):
    """The class of abstract base classes."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        cls.__abstractmethods__ = _abstract_names(cls)
        cls._abc_registry = []
        cls._abc_yes = set()
        cls._abc_no = set()
        cls._abc_no_version = 0
        return cls

    def register(cls, subclass):
        """Makes a class count as a subclass."""
        if not isinstance(subclass, type):
            raise TypeError("Can only register classes")
        if issubclass(subclass, cls):
            return subclass
        if issubclass(cls, subclass):
            raise RuntimeError("Refusing to create an inheritance cycle")
        cls._abc_registry.append(subclass)
        _registrations[0] += 1
        return subclass

    def __instancecheck__(cls, instance):
        own = instance.__class__
        if own in cls._abc_yes:
            return True
        kind = type(instance)
        if kind is own:
            return cls.__subclasscheck__(own)
        return cls.__subclasscheck__(own) or cls.__subclasscheck__(kind)

    def __subclasscheck__(cls, subclass):
        if not isinstance(subclass, type):
            raise TypeError("issubclass() arg 1 must be a class")
        if subclass in cls._abc_yes:
            return True
        if cls._abc_no_version < _registrations[0]:
            cls._abc_no = set()
            cls._abc_no_version = _registrations[0]
        elif subclass in cls._abc_no:
            return False
        answer = cls._abc_ask(subclass)
        (cls._abc_yes if answer else cls._abc_no).add(subclass)
        return answer

    def _abc_ask(cls, subclass):
        answer = cls.__subclasshook__(subclass)
        if answer is not NotImplemented:
            return bool(answer)
        if cls in subclass.__mro__:
            return True
        for registered in cls._abc_registry:
            if issubclass(subclass, registered):
                return True
        for derived in type.__subclasses__(cls):
            if issubclass(subclass, derived):
                return True
        return False


class ABC(metaclass=ABCMeta):
    """A base for classes with abstract methods."""

    __slots__ = ()


def get_cache_token():
    return _registrations[0]


def update_abstractmethods(cls):
    """Finds the abstract methods anew, after a class decorator has added some."""
    if hasattr(cls, "__abstractmethods__"):
        cls.__abstractmethods__ = _abstract_names(cls)
    return cls
