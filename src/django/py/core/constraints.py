"""What constraints do beside being declared: their methods call the functions of the same names."""

import warnings

from django.core.exceptions import FieldError, ValidationError
from django.utils.deprecation import RemovedInDjango60Warning
from django.utils.translation import gettext_lazy as _

DEFAULT_MESSAGE = _("Constraint “%(name)s” is violated.")


def base_init(self, args, name, violation_error_code, violation_error_message):
    if name is None and not args:
        raise TypeError(
            "%s.__init__() missing 1 required keyword-only argument: 'name'" % self.__class__.__name__)
    self.name = name
    if violation_error_code is not None:
        self.violation_error_code = violation_error_code
    if violation_error_message is not None:
        self.violation_error_message = violation_error_message
    else:
        self.violation_error_message = self.default_violation_error_message
    if args:
        warnings.warn(
            "Passing positional arguments to %s is deprecated." % self.__class__.__name__, RemovedInDjango60Warning,
            stacklevel=2)
        for value, attribute in zip(args, ("name", "violation_error_message")):
            if value:
                setattr(self, attribute, value)


def check_init(self, name, condition, check, violation_error_code, violation_error_message):
    if check is not None:
        _warn_of_check()
        condition = check
    self.condition = condition
    if not getattr(condition, "conditional", False):
        raise TypeError("CheckConstraint.condition must be a Q instance or boolean expression.")
    base_init(self, (), name, violation_error_code, violation_error_message)


def _warn_of_check():
    warnings.warn(
        "CheckConstraint.check is deprecated in favor of `.condition`.", RemovedInDjango60Warning, stacklevel=2)


def get_check(self):
    _warn_of_check()
    return self.condition


def set_check(self, value):
    _warn_of_check()
    self.condition = value


def unique_init(self, expressions, fields, name, condition, deferrable, include, opclasses, nulls_distinct,
                violation_error_code, violation_error_message):
    from django.db.models import F, Q
    if not name:
        raise ValueError("A unique constraint must be named.")
    if not expressions and not fields:
        raise ValueError("At least one field or expression is required to define a unique constraint.")
    if expressions and fields:
        raise ValueError("UniqueConstraint.fields and expressions are mutually exclusive.")
    if not (condition is None or isinstance(condition, Q)):
        raise ValueError("UniqueConstraint.condition must be a Q instance.")
    for given, what in ((condition, "conditions"), (include, "include fields"), (opclasses, "opclasses"),
                        (expressions, "expressions")):
        if given and deferrable:
            raise ValueError("UniqueConstraint with %s cannot be deferred." % what)
    if expressions and opclasses:
        raise ValueError(
            "UniqueConstraint.opclasses cannot be used with expressions. Use "
            "django.contrib.postgres.indexes.OpClass() instead.")
    if not (deferrable is None or isinstance(deferrable, Deferrable)):
        raise TypeError("UniqueConstraint.deferrable must be a Deferrable instance.")
    if not (include is None or isinstance(include, (list, tuple))):
        raise TypeError("UniqueConstraint.include must be a list or tuple.")
    if not isinstance(opclasses, (list, tuple)):
        raise TypeError("UniqueConstraint.opclasses must be a list or tuple.")
    if not (nulls_distinct is None or isinstance(nulls_distinct, bool)):
        raise TypeError("UniqueConstraint.nulls_distinct must be a bool.")
    if opclasses and len(fields) != len(opclasses):
        raise ValueError(
            "UniqueConstraint.fields and UniqueConstraint.opclasses must have the same number of elements.")
    self.fields = tuple(fields)
    self.condition = condition
    self.deferrable = deferrable
    self.include = tuple(include) if include else ()
    self.opclasses = opclasses
    self.nulls_distinct = nulls_distinct
    self.expressions = tuple(F(one) if isinstance(one, str) else one for one in expressions)
    base_init(self, (), name, violation_error_code, violation_error_message)


def _is_own_message(self):
    return (self.violation_error_message is not None and
            self.violation_error_message != self.default_violation_error_message)


def _error_parts(self):
    parts = ""
    if self.violation_error_code is not None:
        parts += " violation_error_code=%r" % self.violation_error_code
    if _is_own_message(self):
        parts += " violation_error_message=%r" % self.violation_error_message
    return parts


def check_repr(self):
    return "<%s: condition=%s name=%r%s>" % (
        self.__class__.__qualname__, self.condition, self.name, _error_parts(self))


def unique_repr(self):
    parts = ""
    if self.fields:
        parts += " fields=%r" % (self.fields,)
    if self.expressions:
        parts += " expressions=%r" % (self.expressions,)
    parts += " name=%r" % self.name
    if self.condition is not None:
        parts += " condition=%s" % self.condition
    if self.deferrable is not None:
        parts += " deferrable=%r" % self.deferrable
    if self.include:
        parts += " include=%r" % (self.include,)
    if self.opclasses:
        parts += " opclasses=%r" % (self.opclasses,)
    if self.nulls_distinct is not None:
        parts += " nulls_distinct=%r" % self.nulls_distinct
    return "<%s:%s%s>" % (self.__class__.__qualname__, parts, _error_parts(self))


_CHECK_PARTS = ("name", "condition", "violation_error_code", "violation_error_message")
_UNIQUE_PARTS = ("name", "fields", "condition", "deferrable", "include", "opclasses", "expressions", "nulls_distinct",
                 "violation_error_code", "violation_error_message")


def _same(self, other, parts):
    return all(getattr(self, part) == getattr(other, part) for part in parts)


def check_eq(self, other):
    from django.db.models import CheckConstraint
    if isinstance(other, CheckConstraint):
        return _same(self, other, _CHECK_PARTS)
    return NotImplemented


def unique_eq(self, other):
    from django.db.models import UniqueConstraint
    if isinstance(other, UniqueConstraint):
        return _same(self, other, _UNIQUE_PARTS)
    return NotImplemented


def base_deconstruct(self):
    path = "%s.%s" % (self.__class__.__module__, self.__class__.__name__)
    path = path.replace("django.db.models.constraints", "django.db.models")
    keywords = {"name": self.name}
    if _is_own_message(self):
        keywords["violation_error_message"] = self.violation_error_message
    if self.violation_error_code is not None:
        keywords["violation_error_code"] = self.violation_error_code
    return path, (), keywords


def check_deconstruct(self):
    path, args, keywords = base_deconstruct(self)
    keywords["condition"] = self.condition
    return path, args, keywords


def unique_deconstruct(self):
    path, args, keywords = base_deconstruct(self)
    for name in ("fields", "condition", "deferrable", "include", "opclasses"):
        value = getattr(self, name)
        if value:
            keywords[name] = value
    if self.nulls_distinct is not None:
        keywords["nulls_distinct"] = self.nulls_distinct
    return path, self.expressions, keywords


def clone(self):
    _path, args, keywords = self.deconstruct()
    return self.__class__(*args, **keywords)


def get_violation_error_message(self):
    return self.violation_error_message % {"name": self.name}


def not_implemented(self, *args):
    raise NotImplementedError("This method must be implemented by a subclass.")


def _violated(self):
    raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)


def _references(expression):
    """The names of the fields that an expression or a Q reads."""
    from django.db.models import F, Q
    if isinstance(expression, Q):
        for child in expression.children:
            if isinstance(child, tuple):
                yield child[0].split("__")[0]
                if hasattr(child[1], "resolve_expression"):
                    yield from _references(child[1])
            else:
                yield from _references(child)
    elif isinstance(expression, F):
        yield expression.name.split("__")[0]
    elif hasattr(expression, "get_source_expressions"):
        for source in expression.get_source_expressions():
            if source is not None:
                yield from _references(source)


def _reads_excluded(model, expression, exclude):
    for name in _references(expression):
        if name in exclude:
            return True
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        if field.generated and _reads_excluded(model, field.expression, exclude):
            return True
    return False


def _known(replacements, expression):
    try:
        return replacements.get(expression)
    except TypeError:
        return None


def replace_expressions(self, replacements):
    """The same expression with others in the place of some of its parts."""
    if not replacements:
        return self
    found = _known(replacements, self)
    if found is not None:
        return found
    sources = self.get_source_expressions()
    if not sources:
        return self
    changed = self.copy()
    changed.set_source_expressions([
        None if source is None else source.replace_expressions(replacements) for source in sources])
    return changed


def replace_f(self, replacements):
    found = _known(replacements, self)
    if found is not None:
        return found
    from django.db.models import F
    name, *transforms = self.name.split("__")
    found = _known(replacements, F(name)) if transforms else None
    if found is None:
        return self
    for transform in transforms:
        found = found.get_transform(transform)(found)
    return found


def replace_q(self, replacements):
    from django.db.models import F, Q
    if not replacements:
        return self
    children = []
    for child in self.children:
        if isinstance(child, tuple):
            children.append(_replaced_condition(F, child, replacements))
        else:
            children.append(child.replace_expressions(replacements))
    return Q.create(children, connector=self.connector, negated=self.negated)


def _replaced_condition(F, child, replacements):
    path, value = child
    path, sep, lookup = path.rpartition("__")
    if not sep:
        path, lookup = lookup, "exact"
    field = F(path)
    found = field.replace_expressions(replacements)
    if found is field:
        return child
    lookup_class = found.get_lookup(lookup)
    if lookup_class is None:
        transform = found.get_transform(lookup)
        if transform is not None:
            found, lookup = transform(found), "exact"
            lookup_class = found.get_lookup(lookup)
    if value is None and lookup == "exact":
        lookup_class, value = found.get_lookup("isnull"), True
    return child if lookup_class is None else lookup_class(found, value)


def deconstruct_q(self):
    module = type(self).__module__.replace("django.db.models.query_utils", "django.db.models")
    options = {}
    if self.connector != self.default:
        options["_connector"] = self.connector
    if self.negated:
        options["_negated"] = True
    return "%s.%s" % (module, type(self).__name__), tuple(self.children), options


def identity_of_q(self):
    """What equal conditions share: a list counts as a tuple there, and a dictionary as its sorted pairs."""
    from django.utils.hashable import make_hashable
    path, children, options = self.deconstruct()
    parts = [(child[0], make_hashable(child[1])) if isinstance(child, tuple) else child for child in children]
    return (path, *options.items(), *parts)


def q_equals(self, other):
    from django.db.models import Q
    return self.identity == other.identity if isinstance(other, Q) else NotImplemented


def q_hash(self):
    return hash(self.identity)


def flatten_q(self):
    yield self
    for child in self.children:
        if isinstance(child, tuple):
            child = child[1]
        if hasattr(child, "flatten"):
            yield from child.flatten()
        else:
            yield child


def deconstruct_q(self):
    path = f"{type(self).__module__}.{type(self).__name__}"
    if path.startswith("django.db.models.query_utils"):
        path = path.replace("django.db.models.query_utils", "django.db.models")
    options = {}
    if self.connector != self.default:
        options["_connector"] = self.connector
    if self.negated:
        options["_negated"] = True
    return path, tuple(self.children), options


def _names_in(expression):
    from django.db.models import F, Q
    if isinstance(expression, Q):
        for child in expression.children:
            if isinstance(child, tuple):
                yield child[0]
                child = child[1]
            if hasattr(child, "resolve_expression"):
                yield from _names_in(child)
    elif isinstance(expression, F):
        yield expression.name
    elif hasattr(expression, "flatten"):
        for child in expression.flatten():
            if isinstance(child, (F, Q)):
                yield from _names_in(child)


def base_fields_of_q(self):
    return {name.split("__", 1)[0] for name in _names_in(self)}


_NEVER_DEFAULTS = ("Subquery", "Exists", "OuterRef", "ResolvedOuterRef", "Aggregate", "Window", "Col", "Ref", "Star",
                   "OrderBy", "RawSQL")


def allowed_default(self):
    """Whether a column's default may be such an expression."""
    names = [cls.__name__ for cls in type(self).__mro__]
    if "RawSQL" in names or "Value" in names:
        return True
    if any(name in names for name in _NEVER_DEFAULTS):
        return False
    sources = self.get_source_expressions()
    if not sources and not any(name in names for name in ("Func", "ExpressionList", "Case", "When")):
        return False
    return all(getattr(source, "allowed_default", False) for source in sources if source is not None)


def check_validate(self, model, instance, exclude, using):
    from django.db.models import Q
    against = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
    try:
        if not Q(self.condition).check(against, using=using):
            _violated(self)
    except FieldError:
        pass


def unique_validate(self, model, instance, exclude, using):
    from django.db.models import Exists, F, OrderBy, Q
    from django.db.models.lookups import Exact, IsNull
    found = model._default_manager.using(using)
    if self.fields:
        lookups, generated, conditions = {}, [], []
        for name in self.fields:
            if exclude and name in exclude:
                return
            field = model._meta.get_field(name)
            if field.generated:
                if exclude and _reads_excluded(model, field.expression, exclude):
                    return
                generated.append(field.name)
                continue
            value = getattr(instance, field.attname)
            if self.nulls_distinct is not False and value is None:
                return
            lookups[field.name] = value
        if generated:
            known = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
            for name in generated:
                if self.nulls_distinct is False:
                    column, value = F(name), known[name]
                    conditions.append(
                        Q(Exact(column, value)) | Q(IsNull(column, True), IsNull(value, True)))
                else:
                    lookups[name] = known[name]
        found = found.filter(*conditions, **lookups)
    else:
        if exclude and any(_reads_excluded(model, one, exclude) for one in self.expressions):
            return
        known = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
        replacements = {F(name): value for name, value in known.items()}
        conditions = []
        for one in self.expressions:
            if hasattr(one, "get_expression_for_validation"):
                one = one.get_expression_for_validation()
            elif isinstance(one, OrderBy):
                # In which direction an index goes says nothing of what is equal.
                one = one.get_source_expressions()[0]
            value = one.replace_expressions(replacements)
            condition = Exact(one, value)
            if self.nulls_distinct is False:
                condition = Q(condition) | Q(IsNull(one, True), IsNull(value, True))
            conditions.append(condition)
        found = found.filter(*conditions)
    if not instance._state.adding and instance._is_pk_set(model._meta):
        found = found.exclude(pk=instance._get_pk_val(model._meta))
    if not self.condition:
        if found.exists():
            if self.fields and not _is_own_message(self):
                said = instance.unique_error_message(model, self.fields)
                raise ValidationError(said, code=said.code)
            _violated(self)
        return
    against = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
    try:
        if (self.condition & Exists(found.filter(self.condition))).check(against, using=using):
            _violated(self)
    except FieldError:
        pass


def _deferrable():
    from enum import Enum

    class Deferrable(Enum):
        DEFERRED = "deferred"
        IMMEDIATE = "immediate"

        def __repr__(self):
            return "%s.%s" % (self.__class__.__qualname__, self._name_)
    Deferrable.__module__ = "django.db.models.constraints"
    Deferrable.__qualname__ = "Deferrable"
    return Deferrable


Deferrable = _deferrable()
