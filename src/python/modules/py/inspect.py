"""Looking into live objects."""

import types as _types
from collections import namedtuple as _namedtuple

CO_COROUTINE, CO_GENERATOR, CO_ASYNC_GENERATOR = 128, 32, 512


def isclass(object):
    return isinstance(object, type)


def ismodule(object):
    return isinstance(object, _types.ModuleType)


def ismethod(object):
    return isinstance(object, _types.MethodType)


def isfunction(object):
    return isinstance(object, _types.FunctionType)


def isbuiltin(object):
    return isinstance(object, _types.BuiltinFunctionType)


def isroutine(object):
    return (isbuiltin(object) or isfunction(object) or ismethod(object)
            or isinstance(object, _types.MethodDescriptorType))


def ismethoddescriptor(object):
    if isclass(object) or ismethod(object) or isfunction(object):
        return False
    return hasattr(type(object), "__get__") and not hasattr(type(object), "__set__")


def isdatadescriptor(object):
    if isclass(object) or ismethod(object) or isfunction(object):
        return False
    return hasattr(type(object), "__set__") or hasattr(type(object), "__delete__")


def isgenerator(object):
    return isinstance(object, _types.GeneratorType)


def iscoroutine(object):
    return isinstance(object, _types.CoroutineType)


def isasyncgen(object):
    return isinstance(object, _types.AsyncGeneratorType)


def isawaitable(object):
    return isinstance(object, _types.CoroutineType) or hasattr(type(object), "__await__")


def _twin(method):
    # The asynchronous twins of the ORM's methods are native ones, named after those.
    owner = getattr(method, "__self__", None)
    return owner is not None and hasattr(owner, method.__name__[1:]) and hasattr(owner, "_state") | hasattr(owner, "model")


def _flags(function):
    if isbuiltin(function) and getattr(function, "__name__", "")[:1] == "a" and _twin(function):
        return CO_COROUTINE
    while ismethod(function):
        function = function.__func__
    if hasattr(function, "func") and hasattr(function, "keywords"):
        return _flags(function.func)
    return getattr(getattr(function, "__code__", None), "co_flags", 0)


def isgeneratorfunction(obj):
    return bool(_flags(obj) & CO_GENERATOR)


def iscoroutinefunction(obj):
    return bool(_flags(obj) & CO_COROUTINE)


def isasyncgenfunction(obj):
    return bool(_flags(obj) & CO_ASYNC_GENERATOR)


def isabstract(object):
    return isclass(object) and bool(getattr(object, "__abstractmethods__", ()))


def getmembers(object, predicate=None):
    found = []
    for name in dir(object):
        try:
            value = getattr(object, name)
        except AttributeError:
            continue
        if predicate is None or predicate(value):
            found.append((name, value))
    found.sort(key=lambda pair: pair[0])
    return found


def getmro(cls):
    return cls.__mro__


def getmodule(object):
    import sys
    return sys.modules.get(getattr(object, "__module__", None))


def cleandoc(doc):
    lines = doc.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins) if margins else 0
    lines = [lines[0].lstrip()] + [line[margin:] for line in lines[1:]]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)


def getdoc(object):
    doc = getattr(object, "__doc__", None)
    return cleandoc(doc) if isinstance(doc, str) else None


def unwrap(func, *, stop=None):
    seen = {id(func)}
    while hasattr(func, "__wrapped__") and not (stop is not None and stop(func)):
        func = func.__wrapped__
        if id(func) in seen:
            raise ValueError("wrapper loop when unwrapping %r" % (func,))
        seen.add(id(func))
    return func


def getattr_static(obj, attr, default=...):
    kind = obj if isinstance(obj, type) else type(obj)
    if attr in getattr(obj, "__dict__", {}):
        return obj.__dict__[attr]
    for ancestor in kind.__mro__:
        if attr in ancestor.__dict__:
            return ancestor.__dict__[attr]
    if default is ...:
        raise AttributeError(attr)
    return default


def currentframe():
    return None


def stack(context=1):
    return []


def getsource(object):
    from _engine import unsupported
    unsupported("inspect.getsource")


getsourcelines = getsourcefile = getfile = getsource


class _Empty:
    pass


_empty = _Empty


class _Kind:
    def __init__(self, value, name, description):
        self.value, self.name, self.description = value, name, description

    def __repr__(self):
        return "<_ParameterKind.%s: %d>" % (self.name, self.value)

    def __str__(self):
        return self.description

    def __lt__(self, other):
        return self.value < other.value

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        return isinstance(other, _Kind) and self.value == other.value


class Parameter:
    """A parameter of a function."""

    empty = _empty
    POSITIONAL_ONLY = _Kind(0, "POSITIONAL_ONLY", "positional-only")
    POSITIONAL_OR_KEYWORD = _Kind(1, "POSITIONAL_OR_KEYWORD", "positional or keyword")
    VAR_POSITIONAL = _Kind(2, "VAR_POSITIONAL", "variadic positional")
    KEYWORD_ONLY = _Kind(3, "KEYWORD_ONLY", "keyword-only")
    VAR_KEYWORD = _Kind(4, "VAR_KEYWORD", "variadic keyword")

    def __init__(self, name, kind, *, default=_empty, annotation=_empty):
        self.name, self.kind, self.default, self.annotation = name, kind, default, annotation

    def replace(self, *, name=None, kind=None, default=_Empty, annotation=_Empty):
        return Parameter(name or self.name, kind or self.kind,
                         default=self.default if default is _Empty else default,
                         annotation=self.annotation if annotation is _Empty else annotation)

    def __str__(self):
        text = self.name
        if self.annotation is not _empty:
            text = "%s: %s" % (text, formatannotation(self.annotation))
        if self.default is not _empty:
            text += (" = %r" if self.annotation is not _empty else "=%r") % (self.default,)
        if self.kind == Parameter.VAR_POSITIONAL:
            return "*" + text
        return "**" + text if self.kind == Parameter.VAR_KEYWORD else text

    def __repr__(self):
        return '<%s "%s">' % (self.__class__.__name__, self)

    def __eq__(self, other):
        if not isinstance(other, Parameter):
            return NotImplemented
        return (self.name, self.kind, self.default, self.annotation) == (
            other.name, other.kind, other.default, other.annotation)

    def __hash__(self):
        return hash((self.name, self.kind))


def formatannotation(annotation):
    if isinstance(annotation, type):
        if annotation.__module__ in ("builtins", "__main__"):
            return annotation.__qualname__
        return "%s.%s" % (annotation.__module__, annotation.__qualname__)
    return repr(annotation)


class BoundArguments:
    """Arguments at their parameters."""

    def __init__(self, signature, arguments):
        self.signature, self.arguments = signature, arguments

    @property
    def args(self):
        found = []
        for name, parameter in self.signature.parameters.items():
            if parameter.kind in (Parameter.VAR_KEYWORD, Parameter.KEYWORD_ONLY) or name not in self.arguments:
                break
            if parameter.kind == Parameter.VAR_POSITIONAL:
                found.extend(self.arguments[name])
            else:
                found.append(self.arguments[name])
        return tuple(found)

    @property
    def kwargs(self):
        found = {}
        for name, parameter in self.signature.parameters.items():
            if name not in self.arguments:
                continue
            if parameter.kind == Parameter.VAR_KEYWORD:
                found.update(self.arguments[name])
            elif parameter.kind == Parameter.KEYWORD_ONLY:
                found[name] = self.arguments[name]
        return found

    def apply_defaults(self):
        made = {}
        for name, parameter in self.signature.parameters.items():
            if name in self.arguments:
                made[name] = self.arguments[name]
            elif parameter.default is not _empty:
                made[name] = parameter.default
            elif parameter.kind == Parameter.VAR_POSITIONAL:
                made[name] = ()
            elif parameter.kind == Parameter.VAR_KEYWORD:
                made[name] = {}
        self.arguments = made

    def __repr__(self):
        return "<BoundArguments (%s)>" % ", ".join("%s=%r" % pair for pair in self.arguments.items())


class Signature:
    """The parameters of a function and what it gives."""

    empty = _empty

    def __init__(self, parameters=None, *, return_annotation=_empty):
        self.parameters = _types.MappingProxyType({p.name: p for p in parameters or ()})
        self.return_annotation = return_annotation

    @classmethod
    def from_callable(cls, obj, **kwargs):
        return signature(obj)

    def replace(self, *, parameters=_Empty, return_annotation=_Empty):
        return Signature(self.parameters.values() if parameters is _Empty else parameters,
                         return_annotation=self.return_annotation if return_annotation is _Empty
                         else return_annotation)

    def _bind(self, args, kwargs, partial):
        args = list(args)
        kwargs = dict(kwargs)
        found = {}
        rest = None
        for name, parameter in self.parameters.items():
            kind = parameter.kind
            if kind == Parameter.VAR_POSITIONAL:
                if args:
                    found[name] = tuple(args)
                args = []
            elif kind == Parameter.VAR_KEYWORD:
                rest = name
            elif kind != Parameter.KEYWORD_ONLY and args:
                if name in kwargs and kind != Parameter.POSITIONAL_ONLY:
                    raise TypeError("multiple values for argument %r" % name)
                found[name] = args.pop(0)
            elif name in kwargs and kind != Parameter.POSITIONAL_ONLY:
                found[name] = kwargs.pop(name)
            elif parameter.default is _empty and not partial:
                raise TypeError("missing a required argument: %r" % name)
        if args:
            raise TypeError("too many positional arguments")
        if kwargs:
            if rest is None:
                raise TypeError("got an unexpected keyword argument %r" % next(iter(kwargs)))
            found[rest] = kwargs
        return BoundArguments(self, found)

    def bind(self, /, *args, **kwargs):
        return self._bind(args, kwargs, False)

    def bind_partial(self, /, *args, **kwargs):
        return self._bind(args, kwargs, True)

    def __str__(self):
        parts = []
        slash = star = False
        for parameter in self.parameters.values():
            if parameter.kind == Parameter.POSITIONAL_ONLY:
                slash = True
            elif slash:
                parts.append("/")
                slash = False
            if parameter.kind == Parameter.VAR_POSITIONAL:
                star = True
            elif parameter.kind == Parameter.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            parts.append(str(parameter))
        if slash:
            parts.append("/")
        text = "(%s)" % ", ".join(parts)
        if self.return_annotation is not _empty:
            text += " -> %s" % formatannotation(self.return_annotation)
        return text

    def __repr__(self):
        return "<Signature %s>" % self

    def __eq__(self, other):
        if not isinstance(other, Signature):
            return NotImplemented
        return (list(self.parameters.values()) == list(other.parameters.values())
                and self.return_annotation == other.return_annotation)

    __hash__ = None


def signature(obj, *, follow_wrapped=True, globals=None, locals=None, eval_str=False):
    """The signature of something that can be called."""
    if not callable(obj):
        raise TypeError("%r is not a callable object" % (obj,))
    if ismethod(obj):
        found = list(signature(obj.__func__).parameters.values())
        return Signature(found[1:], return_annotation=signature(obj.__func__).return_annotation)
    if follow_wrapped:
        obj = unwrap(obj, stop=lambda f: hasattr(f, "__signature__"))
    own = getattr(obj, "__signature__", None)
    if own is not None:
        return own
    if hasattr(obj, "func") and hasattr(obj, "keywords") and hasattr(obj, "args"):
        inner = signature(obj.func)
        bound = inner.bind_partial(*obj.args, **obj.keywords)
        found = []
        for name, parameter in inner.parameters.items():
            if name in obj.keywords:
                found.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, default=obj.keywords[name]))
            elif name not in bound.arguments or parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
                found.append(parameter)
        return Signature(found, return_annotation=inner.return_annotation)
    if isclass(obj):
        for name in ("__init__", "__new__"):
            function = getattr(obj, name, None)
            if isfunction(function):
                fields = getattr(function, "__signature_fields__", None)
                if fields is not None:
                    return _dataclass_signature(*fields)
                found = list(signature(function).parameters.values())
                return Signature(found[1:])
        return Signature()
    if not isfunction(obj):
        call = getattr(type(obj), "__call__", None)
        if isfunction(call):
            return Signature(list(signature(call).parameters.values())[1:])
        raise ValueError("no signature found for builtin %r" % (obj,))
    code = getattr(obj, "__code__", None)
    if code is None or not hasattr(code, "co_varnames"):
        raise ValueError("no signature found for builtin %r" % (obj,))
    names = code.co_varnames
    count, only, keyword = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    annotations = obj.__annotations__
    defaults = obj.__defaults__ or ()
    keyword_defaults = obj.__kwdefaults__ or {}
    found = []
    for at in range(count):
        name = names[at]
        default = defaults[at - count + len(defaults)] if at >= count - len(defaults) else _empty
        kind = Parameter.POSITIONAL_ONLY if at < only else Parameter.POSITIONAL_OR_KEYWORD
        found.append(Parameter(name, kind, default=default, annotation=annotations.get(name, _empty)))
    after = count + keyword
    if code.co_flags & 4:
        found.append(Parameter(names[after], Parameter.VAR_POSITIONAL,
                               annotation=annotations.get(names[after], _empty)))
        after += 1
    for name in names[count:count + keyword]:
        found.append(Parameter(name, Parameter.KEYWORD_ONLY, default=keyword_defaults.get(name, _empty),
                               annotation=annotations.get(name, _empty)))
    if code.co_flags & 8:
        found.append(Parameter(names[after], Parameter.VAR_KEYWORD,
                               annotation=annotations.get(names[after], _empty)))
    return Signature(found, return_annotation=annotations.get("return", _empty))


def _dataclass_signature(positional, keyword_only):
    from dataclasses import MISSING
    found = []
    for fields, kind in ((positional, Parameter.POSITIONAL_OR_KEYWORD), (keyword_only, Parameter.KEYWORD_ONLY)):
        for field in fields:
            default = _empty if field.default is MISSING else field.default
            found.append(Parameter(field.name, kind, default=default, annotation=field.type))
    return Signature(found, return_annotation=None)


FullArgSpec = _namedtuple("FullArgSpec", "args varargs varkw defaults kwonlyargs kwonlydefaults annotations")


def getfullargspec(func):
    args, kwonly, defaults, kwdefaults = [], [], [], {}
    varargs = varkw = None
    sig = signature(func, follow_wrapped=False)
    for name, parameter in sig.parameters.items():
        if parameter.kind == Parameter.VAR_POSITIONAL:
            varargs = name
        elif parameter.kind == Parameter.VAR_KEYWORD:
            varkw = name
        elif parameter.kind == Parameter.KEYWORD_ONLY:
            kwonly.append(name)
            if parameter.default is not _empty:
                kwdefaults[name] = parameter.default
        else:
            args.append(name)
            if parameter.default is not _empty:
                defaults.append(parameter.default)
    if ismethod(func):
        args.insert(0, "self")
    return FullArgSpec(args, varargs, varkw, tuple(defaults) or None, kwonly, kwdefaults or None,
                       dict(getattr(func, "__annotations__", {})))


def markcoroutinefunction(func):
    return func
