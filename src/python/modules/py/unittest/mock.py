"""Stand-ins for objects, and their putting in place."""

import functools as _functools
import importlib as _importlib
import inspect as _inspect

DEFAULT = type("_Sentinel", (), {"__repr__": lambda self: "sentinel.DEFAULT"})()


class _Sentinels:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type("_SentinelObject", (), {"__repr__": lambda self: "sentinel." + name})()
        made.name = name
        setattr(self, name, made)
        return made


sentinel = _Sentinels()


class _Any:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __repr__(self):
        return "<ANY>"


ANY = _Any()


def _arguments(args, kwargs):
    parts = [repr(arg) for arg in args] + ["%s=%r" % pair for pair in kwargs.items()]
    return ", ".join(parts)


class _Call(tuple):
    """A call with its arguments."""

    def __new__(cls, value=(), name="", two=False, from_kall=True, parent=None):
        called, args, kwargs = name or "", (), {}
        for part in value:
            if isinstance(part, str):
                called = part
            elif isinstance(part, tuple):
                args = part
            elif isinstance(part, dict):
                kwargs = part
        made = tuple.__new__(cls, (args, kwargs) if two else (called, args, kwargs))
        made._name = name or called
        made._from_kall = from_kall
        return made

    @property
    def args(self):
        return self[-2]

    @property
    def kwargs(self):
        return self[-1]

    def __call__(self, /, *args, **kwargs):
        return _Call((self._name, args, kwargs))

    def __getattr__(self, name):
        if name.startswith("__") or name in ("_name", "_from_kall"):
            raise AttributeError(name)
        return _Call(name="%s.%s" % (self._name, name) if self._name else name)

    def __eq__(self, other):
        try:
            size = len(other)
        except TypeError:
            return NotImplemented
        name, args, kwargs = "", (), {}
        for part in other if size <= 3 else ():
            if isinstance(part, str):
                name = part
            elif isinstance(part, tuple):
                args = part
            elif isinstance(part, dict):
                kwargs = part
            else:
                return False
        mine = self[0] if len(self) == 3 else ""
        if mine and name and mine != name:
            return False
        return args == self[-2] and kwargs == self[-1]

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __repr__(self):
        name = self[0] if len(self) == 3 else ""
        if not name:
            name = "call"
        elif not name.startswith("()"):
            name = "call." + name
        return "%s(%s)" % (name, _arguments(self[-2], self[-1]))


call = _Call()


class _CallList(list):
    def __contains__(self, value):
        if not isinstance(value, list):
            return any(item == value for item in self)
        size = len(value)
        return any(self[at:at + size] == value for at in range(len(self) - size + 1))

    def __repr__(self):
        from pprint import pformat
        return pformat(list(self))


_OWN = {
    "_mock_name", "_mock_parent", "_mock_children", "_mock_return", "_mock_side_effect", "_mock_spec", "_mock_wraps",
    "_mock_sealed", "called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls",
    "return_value", "side_effect", "await_count", "await_args", "await_args_list",
}


class NonCallableMock:
    """An object that has whatever it is asked for."""

    def __new__(cls, /, *args, **kwargs):
        # Each has a class of its own, for its magic methods.
        own = type(cls.__name__, (cls,), {"__doc__": cls.__doc__, "__module__": cls.__module__})
        return object.__new__(own)

    def __init__(self, spec=None, side_effect=None, return_value=DEFAULT, wraps=None, name=None, spec_set=None,
                 parent=None, **kwargs):
        spec = spec_set if spec is None else spec
        put = self.__dict__
        put["_mock_name"] = name
        put["_mock_parent"] = parent
        put["_mock_children"] = {}
        put["_mock_return"] = return_value
        put["_mock_side_effect"] = None
        put["_mock_wraps"] = wraps
        put["_mock_sealed"] = False
        put["_mock_spec"] = None
        put["_mock_spec_class"] = None
        if spec is not None:
            put["_mock_spec"] = spec if isinstance(spec, (list, tuple)) else dir(spec)
            if not isinstance(spec, (list, tuple)):
                put["_mock_spec_class"] = spec if isinstance(spec, type) else type(spec)
        self.reset_mock()
        self.side_effect = side_effect
        self.configure_mock(**kwargs)

    def reset_mock(self, visited=None, *, return_value=False, side_effect=False):
        put = self.__dict__
        put["called"] = False
        put["call_count"] = 0
        put["call_args"] = None
        put["call_args_list"] = _CallList()
        put["mock_calls"] = _CallList()
        put["method_calls"] = _CallList()
        if return_value:
            put["_mock_return"] = DEFAULT
        if side_effect:
            put["_mock_side_effect"] = None
        for child in list(self._mock_children.values()):
            if isinstance(child, NonCallableMock):
                child.reset_mock(return_value=return_value, side_effect=side_effect)

    def configure_mock(self, /, **kwargs):
        for path, value in sorted(kwargs.items(), key=lambda pair: pair[0].count(".")):
            target = self
            *front, last = path.split(".")
            for name in front:
                target = getattr(target, name)
            setattr(target, last, value)

    @property
    def __class__(self):
        spec = self.__dict__.get("_mock_spec_class")
        return type(self) if spec is None else spec

    @property
    def return_value(self):
        if self._mock_return is DEFAULT:
            self.__dict__["_mock_return"] = self._get_child_mock(name="()", parent=self)
        return self._mock_return

    @return_value.setter
    def return_value(self, value):
        self.__dict__["_mock_return"] = value

    @property
    def side_effect(self):
        return self._mock_side_effect

    @side_effect.setter
    def side_effect(self, value):
        if value is not None and not callable(value) and not isinstance(value, BaseException):
            value = iter(value)
        self.__dict__["_mock_side_effect"] = value

    def _get_child_mock(self, /, **kw):
        kind = type(self).__mro__[1]
        if kind in (NonCallableMock,):
            kind = Mock
        elif kind is NonCallableMagicMock:
            kind = MagicMock
        elif kind is AsyncMock and kw.get("name") == "()":
            kind = MagicMock
        return kind(**kw)

    def __getattr__(self, name):
        if name in _OWN or name.startswith("_mock_"):
            raise AttributeError(name)
        if self._mock_spec is not None and name not in self._mock_spec:
            raise AttributeError("Mock object has no attribute %r" % name)
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name.startswith(("assert", "assret", "asert", "aseert", "assrt")):
            raise AttributeError("%r is not a valid assertion. Use a spec for the mock if %r is meant to be an attribute." % (
                name, name))
        child = self._mock_children.get(name)
        if child is _deleted:
            raise AttributeError(name)
        if child is None:
            if self._mock_sealed:
                raise AttributeError("Cannot set %s.%s" % (self._extract_mock_name(), name))
            wraps = None if self._mock_wraps is None else getattr(self._mock_wraps, name)
            child = self._get_child_mock(name=name, parent=self, wraps=wraps)
            self._mock_children[name] = child
        return child

    def __setattr__(self, name, value):
        if name in ("return_value", "side_effect"):
            object.__setattr__(self, name, value)
            return
        if name.startswith("__") and name.endswith("__") and name not in ("__class__", "__name__", "__doc__", "__dict__"):
            own = type(self)
            if isinstance(value, NonCallableMock):
                self._mock_children[name] = value
                setattr(own, name, lambda self, /, *args, **kwargs: value(*args, **kwargs))
            else:
                setattr(own, name, value)
            return
        if isinstance(value, NonCallableMock) and value.__dict__.get("_mock_parent") is None \
                and not value.__dict__.get("_mock_name"):
            value.__dict__["_mock_parent"] = self
            value.__dict__["_mock_name"] = name
            self._mock_children[name] = value
        self.__dict__[name] = value

    def __delattr__(self, name):
        self.__dict__.pop(name, None)
        self._mock_children[name] = _deleted

    def _extract_mock_name(self):
        parts = []
        mock = self
        while mock is not None:
            parts.append(mock._mock_name or "mock")
            mock = mock._mock_parent
        text = parts.pop()
        while parts:
            part = parts.pop()
            text += part if part == "()" else "." + part
        return text

    def __repr__(self):
        name = self._extract_mock_name()
        shown = "" if name == "mock" else " name=%r" % name
        spec = self._mock_spec_class
        if spec is not None:
            shown += " spec=%r" % spec.__name__
        return "<%s%s id='%s'>" % (type(self).__name__, shown, id(self))

    def __dir__(self):
        names = set(self._mock_spec or ()) | set(self.__dict__) | set(self._mock_children)
        return sorted(name for name in names | {"assert_called", "assert_called_with"} if not name.startswith("_mock"))

    def mock_add_spec(self, spec, spec_set=False):
        self.__dict__["_mock_spec"] = spec if isinstance(spec, (list, tuple)) else dir(spec)

    def attach_mock(self, mock, attribute):
        mock.__dict__["_mock_parent"] = None
        mock.__dict__["_mock_name"] = ""
        setattr(self, attribute, mock)

    def _fail(self, text):
        raise AssertionError(text)

    def _calls_text(self, prefix="Calls"):
        return "" if not self.mock_calls else "\n%s: %s." % (prefix, repr(self.mock_calls))

    def _title(self):
        return self._mock_name or "mock"

    def _expected(self, args, kwargs):
        return "%s(%s)" % (self._title(), _arguments(args, kwargs))

    def assert_not_called(self):
        if self.call_count:
            self._fail("Expected '%s' to not have been called. Called %s times.%s" % (
                self._title(), self.call_count, self._calls_text()))

    def assert_called(self):
        if not self.call_count:
            self._fail("Expected '%s' to have been called." % self._title())

    def assert_called_once(self):
        if self.call_count != 1:
            self._fail("Expected '%s' to have been called once. Called %s times.%s" % (
                self._title(), self.call_count, self._calls_text()))

    def assert_called_with(self, /, *args, **kwargs):
        if self.call_args is None:
            self._fail("expected call not found.\nExpected: %s\n  Actual: not called." % self._expected(args, kwargs))
        if self.call_args != _Call((args, kwargs), two=True):
            self._fail("expected call not found.\nExpected: %s\n  Actual: %s" % (
                self._expected(args, kwargs), self._expected(*self.call_args)))

    def assert_called_once_with(self, /, *args, **kwargs):
        if self.call_count != 1:
            self._fail("Expected '%s' to be called once. Called %s times.%s" % (
                self._title(), self.call_count, self._calls_text()))
        self.assert_called_with(*args, **kwargs)

    def assert_any_call(self, /, *args, **kwargs):
        wanted = _Call((args, kwargs), two=True)
        if not any(item == wanted for item in self.call_args_list):
            self._fail("%s call not found" % self._expected(args, kwargs))

    def assert_has_calls(self, calls, any_order=False):
        calls = list(calls)
        if not any_order:
            if calls not in self.mock_calls:
                actual = self._calls_text("  Actual").rstrip(".")
                self._fail("Calls not found.\nExpected: %r%s" % (_CallList(calls), actual))
            return
        left = list(self.mock_calls)
        missing = []
        for item in calls:
            for at, made in enumerate(left):
                if made == item:
                    del left[at]
                    break
            else:
                missing.append(item)
        if missing:
            self._fail("%r does not contain all of %r in its call list, found %r instead" % (
                self._title(), tuple(missing), left))


_deleted = object()


class Mock(NonCallableMock):
    """The same, to be called too."""

    def __call__(self, /, *args, **kwargs):
        self._note(args, kwargs)
        return self._answer(args, kwargs)

    def _note(self, args, kwargs):
        put = self.__dict__
        put["called"] = True
        put["call_count"] += 1
        put["call_args"] = _Call((args, kwargs), two=True)
        self.call_args_list.append(self.call_args)
        self.mock_calls.append(_Call(("", args, kwargs)))
        name = self._mock_name
        parent = self._mock_parent
        while parent is not None:
            item = _Call((name or "", args, kwargs))
            parent.mock_calls.append(item)
            if "()" not in (name or ""):
                parent.method_calls.append(item)
            own = parent._mock_name
            if parent._mock_parent is not None and own:
                name = own + name if name.startswith("()") else "%s.%s" % (own, name)
            parent = parent._mock_parent

    def _answer(self, args, kwargs):
        effect = self._mock_side_effect
        if effect is not None:
            if isinstance(effect, BaseException) or isinstance(effect, type) and issubclass(effect, BaseException):
                raise effect
            if callable(effect):
                result = effect(*args, **kwargs)
            else:
                result = next(effect)
                if isinstance(result, BaseException) or isinstance(result, type) and issubclass(
                        result, BaseException):
                    raise result
            if result is not DEFAULT:
                return result
        if self._mock_return is DEFAULT and self._mock_wraps is not None:
            return self._mock_wraps(*args, **kwargs)
        return self.return_value


_DEFAULTS = {
    "__lt__": NotImplemented, "__gt__": NotImplemented, "__le__": NotImplemented, "__ge__": NotImplemented,
    "__int__": 1, "__contains__": False, "__len__": 0, "__exit__": False, "__complex__": 1j, "__float__": 1.0,
    "__bool__": True, "__index__": 1,
}
_MAGIC = [
    "__lt__", "__gt__", "__le__", "__ge__", "__int__", "__contains__", "__len__", "__exit__", "__float__", "__bool__",
    "__index__", "__enter__", "__getitem__", "__setitem__", "__delitem__", "__iter__", "__add__", "__sub__", "__mul__",
    "__truediv__", "__floordiv__", "__mod__", "__pow__", "__and__", "__or__", "__xor__", "__neg__", "__pos__",
    "__invert__", "__radd__", "__rsub__", "__rmul__", "__iadd__",
]


def _magic(name):
    def method(self, /, *args, **kwargs):
        child = self._mock_children.get(name)
        if child is None:
            child = MagicMock(name=name, parent=self)
            self._mock_children[name] = child
            if name in _DEFAULTS:
                child.return_value = _DEFAULTS[name]
            elif name == "__iter__":
                child.side_effect = lambda: iter([])
        return child(*args, **kwargs)
    method.__name__ = name
    return method


class _Magic:
    """Answers the magic methods too."""


for _name in _MAGIC:
    setattr(_Magic, _name, _magic(_name))


class MagicMock(_Magic, Mock):
    """An object that has and does whatever it is asked for."""

    def __getattribute__(self, name):
        if name in _MAGIC_SET:
            own = type(self).__dict__.get(name)
            if own is None:
                children = object.__getattribute__(self, "_mock_children")
                if name not in children:
                    child = MagicMock(name=name, parent=self)
                    children[name] = child
                    if name in _DEFAULTS:
                        child.return_value = _DEFAULTS[name]
                    elif name == "__iter__":
                        child.side_effect = lambda: iter([])
                return children[name]
        return object.__getattribute__(self, name)


class NonCallableMagicMock(_Magic, NonCallableMock):
    pass


_MAGIC_SET = frozenset(_MAGIC)


class AsyncMock(MagicMock):
    """A mock whose calls are awaited."""

    def reset_mock(self, *args, **kwargs):
        super().reset_mock(*args, **kwargs)
        self.__dict__["await_count"] = 0
        self.__dict__["await_args"] = None
        self.__dict__["await_args_list"] = _CallList()

    async def __call__(self, /, *args, **kwargs):
        self._note(args, kwargs)
        self.__dict__["await_count"] += 1
        self.__dict__["await_args"] = _Call((args, kwargs), two=True)
        self.await_args_list.append(self.await_args)
        result = self._answer(args, kwargs)
        if _inspect.iscoroutine(result):
            result = await result
        return result

    def assert_awaited(self):
        if not self.await_count:
            self._fail("Expected %s to have been awaited." % self._title())

    def assert_awaited_once(self):
        if self.await_count != 1:
            self._fail("Expected %s to have been awaited once. Awaited %s times." % (self._title(), self.await_count))

    def assert_awaited_with(self, /, *args, **kwargs):
        if self.await_args != _Call((args, kwargs), two=True):
            self._fail("expected await not found.\nExpected: %s\n  Actual: %s" % (
                self._expected(args, kwargs), self.await_args))

    def assert_awaited_once_with(self, /, *args, **kwargs):
        self.assert_awaited_once()
        self.assert_awaited_with(*args, **kwargs)

    def assert_not_awaited(self):
        if self.await_count:
            self._fail("Expected %s to not have been awaited. Awaited %s times." % (self._title(), self.await_count))


class PropertyMock(Mock):
    """A mock to stand on a class as a property."""

    def __get__(self, obj, obj_type=None):
        return self()

    def __set__(self, obj, value):
        self(value)


def _resolve(target):
    import sys
    parts = target.split(".")
    found = None
    for at in range(len(parts), 0, -1):
        name = ".".join(parts[:at])
        try:
            found = sys.modules[name] if name in sys.modules else _importlib.import_module(name)
        except ImportError:
            continue
        for part in parts[at:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError("No module named %r" % parts[0])


class _patch:
    """Puts something in the place of an attribute for a while."""

    def __init__(self, get_target, attribute, new, kwargs, new_callable=None, create=False, autospec=None):
        self._get_target = get_target
        self.attribute = attribute
        self.new = new
        self.new_callable = new_callable
        self.create = create
        self.autospec = autospec
        self.kwargs = kwargs
        self.additional_patchers = []

    def __call__(self, function):
        if isinstance(function, type):
            for name in dir(function):
                if name.startswith(patch.TEST_PREFIX) and callable(getattr(function, name)):
                    setattr(function, name, self.copy()(getattr(function, name)))
            return function
        patchings = getattr(function, "patchings", None)
        if patchings is not None:
            patchings.append(self)
            return function
        patchings = [self]
        if _inspect.iscoroutinefunction(function):
            @_functools.wraps(function)
            async def patched(*args, **kwargs):
                with _Entered(patched.patchings, args, kwargs) as (args, kwargs):
                    return await function(*args, **kwargs)
        else:
            @_functools.wraps(function)
            def patched(*args, **kwargs):
                with _Entered(patched.patchings, args, kwargs) as (args, kwargs):
                    return function(*args, **kwargs)
        patched.patchings = patchings
        return patched

    def copy(self):
        made = _patch(self._get_target, self.attribute, self.new, self.kwargs, self.new_callable, self.create,
                      self.autospec)
        made.additional_patchers = [other.copy() for other in self.additional_patchers]
        return made

    def __enter__(self):
        self.target = self._get_target()
        name = self.attribute
        local = name in getattr(self.target, "__dict__", {})
        original = self.target.__dict__[name] if local else getattr(self.target, name, DEFAULT)
        if original is DEFAULT and not self.create:
            import builtins
            if not hasattr(builtins, name) or not _inspect.ismodule(self.target):
                raise AttributeError("%s does not have the attribute %r" % (self.target, name))
        self._local, self._original = local, original
        new = self.new
        if new is DEFAULT:
            kind = self.new_callable
            if kind is None:
                kind = AsyncMock if _inspect.iscoroutinefunction(original) else MagicMock
            kwargs = dict(self.kwargs)
            if isinstance(kind, type) and issubclass(kind, NonCallableMock):
                kwargs.setdefault("name", name)
            if self.autospec:
                kwargs["spec"] = original
            new = kind(**kwargs)
        setattr(self.target, name, new)
        self._made = new
        return new

    def __exit__(self, *exc_info):
        if self._local or not hasattr(self.target, "__dict__"):
            setattr(self.target, self.attribute, self._original)
        else:
            delattr(self.target, self.attribute)
            if not self.create and not hasattr(self.target, self.attribute) and self._original is not DEFAULT:
                setattr(self.target, self.attribute, self._original)
        return False

    def start(self):
        result = self.__enter__()
        _patch._active.append(self)
        return result

    def stop(self):
        if self not in _patch._active:
            return None
        _patch._active.remove(self)
        return self.__exit__(None, None, None)

    _active = []


class _Entered:
    def __init__(self, patchings, args, kwargs):
        self._patchings, self._args, self._kwargs = patchings, args, dict(kwargs)

    def __enter__(self):
        self._open = []
        extra = []
        try:
            for patching in self._patchings:
                value = patching.__enter__()
                self._open.append(patching)
                if patching.new is DEFAULT:
                    extra.append(value)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self._args + tuple(extra), self._kwargs

    def __exit__(self, *exc_info):
        while self._open:
            self._open.pop().__exit__(*exc_info)
        return False


def patch(target, new=DEFAULT, spec=None, create=False, spec_set=None, autospec=None, new_callable=None, **kwargs):
    """Puts something in the place that a dotted name says, for a function, a class or a block."""
    try:
        place, attribute = target.rsplit(".", 1)
    except (TypeError, ValueError, AttributeError):
        raise TypeError("Need a valid target to patch. You supplied: %r" % (target,)) from None
    if spec is not None and spec is not True:
        kwargs["spec"] = spec
    return _patch(lambda: _resolve(place), attribute, new, kwargs, new_callable, create, autospec)


def _patch_object(target, attribute, new=DEFAULT, spec=None, create=False, spec_set=None, autospec=None,
                  new_callable=None, **kwargs):
    if isinstance(target, str):
        raise TypeError("%r must be the actual object to be patched, not a str" % target)
    if spec is not None and spec is not True:
        kwargs["spec"] = spec
    return _patch(lambda: target, attribute, new, kwargs, new_callable, create, autospec)


class _patch_dict:
    """Changes a dict for a while."""

    def __init__(self, in_dict, values=(), clear=False, **kwargs):
        self.in_dict = in_dict
        self.values = dict(values)
        self.values.update(kwargs)
        self.clear = clear

    def __call__(self, function):
        if isinstance(function, type):
            for name in dir(function):
                if name.startswith(patch.TEST_PREFIX) and callable(getattr(function, name)):
                    setattr(function, name, self(getattr(function, name)))
            return function

        @_functools.wraps(function)
        def inner(*args, **kwargs):
            with self:
                return function(*args, **kwargs)
        return inner

    def __enter__(self):
        if isinstance(self.in_dict, str):
            self.in_dict = _resolve(self.in_dict)
        self._original = dict(self.in_dict)
        if self.clear:
            self.in_dict.clear()
        self.in_dict.update(self.values)
        return self.in_dict

    def __exit__(self, *exc_info):
        self.in_dict.clear()
        self.in_dict.update(self._original)
        return False

    def start(self):
        return self.__enter__()

    def stop(self):
        return self.__exit__()


def _patch_multiple(target, spec=None, create=False, spec_set=None, autospec=None, new_callable=None, **kwargs):
    from _engine import unsupported
    unsupported("mock.patch.multiple")


def _stop_all():
    while _patch._active:
        _patch._active[-1].stop()


patch.object = _patch_object
patch.dict = _patch_dict
patch.multiple = _patch_multiple
patch.stopall = _stop_all
patch.TEST_PREFIX = "test"


def create_autospec(spec, spec_set=False, instance=False, _parent=None, _name=None, **kwargs):
    kind = AsyncMock if _inspect.iscoroutinefunction(spec) else MagicMock
    return kind(spec=spec, name=_name, **kwargs)


def seal(mock):
    mock.__dict__["_mock_sealed"] = True


def mock_open(mock=None, read_data=""):
    import io
    handle = MagicMock()
    handle.__enter__.return_value = handle
    kind = io.BytesIO if isinstance(read_data, bytes) else io.StringIO
    handle.read.side_effect = lambda *args: kind(read_data).read(*args)
    mock = mock or MagicMock(name="open")
    mock.return_value = handle
    return mock
