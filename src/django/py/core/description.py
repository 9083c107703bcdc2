"""What models say of themselves, so that two definitions can be compared: facts with a canonical meaning each.

A fact is `(field, keyword, meaning, told)`: the field's name ("" for the model's own options), what is stated, what it
comes to, and how a person would write it. Equal meanings are equal definitions, however they were spelled.
"""

import datetime
import decimal
import enum
import types
import uuid

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone


class _Undone(Exception):
    pass


def described(classes):
    """Label, name, whether it has a table of its own, the lines between fields apart, and the facts of each class."""
    return [(cls._meta.label, cls.__name__, not (cls._meta.proxy or not cls._meta.managed), _facts(cls))
            for cls in classes if not cls._meta.auto_created]


def _facts(cls):
    facts = []
    for field in [*cls._meta.local_fields, *cls._meta.local_many_to_many, *getattr(cls._meta, "private_fields", [])]:
        if not getattr(field, "auto_created", False):
            facts.extend((field.name, *fact) for fact in _field_facts(cls, field))
    facts.extend(("", *fact) for fact in _option_facts(cls))
    return facts


# Values


def canonical(value):
    """A text that two values share exactly when they mean the same."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(canonical(item) for item in value)
    if isinstance(value, (set, frozenset)):
        return "{%s}" % ", ".join(sorted(canonical(item) for item in value))
    if isinstance(value, dict):
        return "{%s}" % ", ".join(sorted("%s: %s" % (canonical(key), canonical(item)) for key, item in value.items()))
    if isinstance(value, decimal.Decimal):
        return "Decimal %s" % value.normalize()
    if isinstance(value, (type(None), bool, int, float, bytes)):
        return repr(value)
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, uuid.UUID)):
        return "%s %s" % (type(value).__name__, value)
    if isinstance(value, models.Model):
        return _row(value)
    if isinstance(value, (models.Q, models.F)) or hasattr(value, "resolve_expression"):
        return repr(value)
    if callable(value):
        return "the function " + _name(value)
    parts = {key: item for key, item in getattr(value, "__dict__", {}).items() if not key.startswith("_")}
    return "%s(%s)" % (type(value).__name__, canonical(parts))


def told(value):
    """A value as a program would write it."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, models.Model):
        return "a row of %s" % type(value).__name__
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(told(item) for item in value)
    if isinstance(value, (models.Q, models.F)) or hasattr(value, "resolve_expression"):
        return repr(value)
    if callable(value):
        return _name(value)
    if isinstance(value, decimal.Decimal):
        return "Decimal(%r)" % str(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, uuid.UUID)):
        return "%s(%s)" % (type(value).__name__, value)
    if type(value).__module__ not in ("builtins", "__main__"):
        return type(value).__name__
    return repr(value)


def _name(function):
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or type(function).__name__
    return name if module in (None, "builtins", "__main__") else "%s.%s" % (module, name)


def _row(instance):
    """A row by what was given to it: neither moments that it stamps by itself nor drawn values."""
    parts = []
    for field in instance._meta.concrete_fields:
        drawn = field.has_default() and callable(field.default)
        if drawn or getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            continue
        parts.append("%s=%s" % (field.attname, canonical(getattr(instance, field.attname))))
    return "%s(%s)" % (instance._meta.label, ", ".join(parts))


def _called(function):
    """What a function without arguments gives, with the database as it was before."""
    result = []
    try:
        with transaction.atomic():
            result.append(function())
            raise _Undone
    except _Undone:
        return result[0]


def _result(field, function):
    """What a default's function comes to: "moving" where each call gives something else, or the day does."""
    one, other = _called(function), _called(function)
    if isinstance(one, (list, dict, set)):
        return "a new " + canonical(one)
    kind = field._ormdojo_class
    if isinstance(one, datetime.datetime):
        if timezone.is_naive(one):
            one = timezone.make_aware(one)
        return "moving %s" % (one - timezone.now() if kind != "DateField" else one.date() - timezone.now().date())
    if isinstance(one, datetime.date):
        return "moving %s" % (one - timezone.now().date())
    one, other = field.to_python(one), field.to_python(other)
    if isinstance(one, uuid.UUID) and one != other:
        return "moving UUID version %s" % one.version
    if one != other:
        return "moving %s of %s" % (type(one).__name__, len(one) if isinstance(one, str) else "any size")
    return canonical(one)


def _default(field):
    """The facts of a default; `shared` where one object or one moment serves all rows."""
    default = field.default
    facts = []
    if callable(default):
        try:
            meaning = _result(field, default)
        except Exception:
            meaning = "the function " + _name(default)
        return [("default", meaning, _name(default))]
    if isinstance(default, (list, dict, set)):
        facts.append(("shared", "object", told(default)))
        return [*facts, ("default", "one " + canonical(default), told(default))]
    value = default
    try:
        if value is not None and not isinstance(value, models.Model):
            value = field.to_python(value)
    except (ValidationError, TypeError, ValueError):
        pass
    if isinstance(default, uuid.UUID) or isinstance(default, (datetime.datetime, datetime.date)) and _is_now(default):
        facts.append(("shared", "moment" if not isinstance(default, uuid.UUID) else "UUID", told(default)))
    return [*facts, ("default", canonical(value), told(default))]


def _is_now(value):
    if isinstance(value, datetime.datetime):
        if timezone.is_naive(value):
            value = timezone.make_aware(value)
        return abs(value - timezone.now()) < datetime.timedelta(days=1)
    return abs(value - timezone.now().date()) <= datetime.timedelta(days=1)


# Fields


def _flat(choices):
    for value, label in choices or ():
        if isinstance(label, (list, tuple)):
            yield from _flat(label)
        else:
            yield value, label


# What is told of a field in another way than by its keyword's value.
_ELSEWHERE = {
    "default", "choices", "on_delete", "to", "related_name", "related_query_name", "through", "through_fields",
    "validators", "upload_to", "auto_created", "parent_link", "limit_choices_to", "serialize", "storage", "from_fields", "to_fields",
}


def _field_facts(cls, field):
    facts = [("class", getattr(field, "_ormdojo_class", type(field).__name__), type(field).__name__)]
    if not hasattr(field, "_ormdojo_class"):
        return facts
    _field, _path, _args, keywords = field.deconstruct()
    for keyword, value in keywords.items():
        if keyword not in _ELSEWHERE:
            facts.append((keyword, canonical(value), told(value)))
    if field.has_default():
        facts.extend(_default(field))
    if field.choices:
        pairs = list(_flat(field.choices))
        values = [value for value, _label in pairs]
        facts.append(("choices", "[%s]" % ", ".join(sorted(canonical(value) for value in values)), told(values)))
        facts.append(("order of choices", canonical(values), told(values)))
        facts.append(("labels", canonical([(value, str(label)) for value, label in pairs]),
                      told([str(label) for _value, label in pairs])))
    for validator in field._validators:
        function = isinstance(validator, (types.FunctionType, types.MethodType))
        facts.append(("validators", _validator(validator), told(validator) if function else _validator(validator)))
    if "upload_to" in keywords:
        facts.append(("upload_to", *_upload_to(cls, field)))
    if field.remote_field is not None and field.is_relation:
        facts.extend(_relation_facts(cls, field))
    return facts


def _validator(validator):
    if isinstance(validator, (types.FunctionType, types.MethodType)):
        return canonical(validator)
    parts = {key: item for key, item in getattr(validator, "__dict__", {}).items()
             if key not in ("message", "code", "_constructor_args") and not key.startswith("_")}
    return "%s(%s)" % (type(validator).__name__, ", ".join(
        "%s=%s" % (key, canonical(getattr(item, "pattern", item))) for key, item in sorted(parts.items())))


def _upload_to(cls, field):
    upload_to = field.upload_to
    if not callable(upload_to):
        parts = [part for part in str(upload_to).split("/") if part]
        dated = [part for part in parts if "%" in part]
        # Where the day decides, what else the path says is a matter of taste.
        return "/".join(dated) if dated else "folder " + "/".join(parts), told(upload_to)
    try:
        return "folder " + str(upload_to(cls(), "name.txt")).rpartition("/")[0], _name(upload_to)
    except Exception:
        return canonical(upload_to), _name(upload_to)


def _label(cls, target):
    if isinstance(target, str):
        return target if "." in target else "%s.%s" % (cls._meta.app_label, target)
    return target._meta.label


def _relation_facts(cls, field):
    remote = field.remote_field
    target = remote.model
    facts = [("to", _label(cls, target).lower(), _label(cls, target))]
    if remote.related_name:
        hidden = remote.is_hidden()
        name = "+" if hidden else remote.get_accessor_name()
        facts.append(("related_name", str(name), repr(str(name))))
    elif not isinstance(target, str):
        facts.append(("way back", str(remote.get_accessor_name()), repr(remote.get_accessor_name())))
    if remote.related_query_name:
        facts.append(("related_query_name", field.related_query_name(), repr(field.related_query_name())))
    limit = getattr(remote, "limit_choices_to", None)
    if limit:
        try:
            value = limit() if callable(limit) else limit
            meaning = canonical(value if isinstance(value, models.Q) else models.Q(**value))
        except Exception:
            meaning = canonical(limit)
        facts.append(("limit_choices_to", meaning, told(limit)))
    if field.many_to_many:
        through = remote.through
        if isinstance(through, str) or not through._meta.auto_created:
            facts.append(("through", _label(cls, through).lower(), _label(cls, through)))
            if getattr(remote, "through_fields", None):
                facts.append(("through_fields", canonical(remote.through_fields), told(list(remote.through_fields))))
        if getattr(remote, "symmetrical", False):
            facts.append(("symmetrical", "True", "True"))
    elif getattr(remote, "on_delete", None) is not None:
        facts.extend(_on_delete_facts(field, remote.on_delete))
        if not isinstance(target, str) and not (_is_deleted_along(target) and _is_deleted_along(cls)):
            # Only what is deleted by the same stroke as its target can be let go by RESTRICT.
            facts.append(("never deleted together", "True", "True"))
    return facts


def _is_deleted_along(cls):
    return any(field.is_relation and getattr(field.remote_field, "on_delete", None) is models.CASCADE
               for field in cls._meta.concrete_fields)


def _on_delete_facts(field, rule):
    deconstruct = getattr(rule, "deconstruct", None)
    if deconstruct is None:
        return [("on_delete", getattr(rule, "__name__", _name(rule)), _name(rule).rpartition(".")[2])]
    given = deconstruct()[1]
    value = given[0] if given else None
    if value is None:
        return [("on_delete", "SET_NULL", "SET(None)")]
    text = "SET(%s)" % told(value)
    facts = []
    if callable(value):
        try:
            meaning = _called(lambda: _referenced(field, value()))
        except Exception:
            meaning = canonical(value)
    else:
        if isinstance(value, models.Model):
            facts.append(("shared", "row", text))
        try:
            meaning = _called(lambda: _referenced(field, value))
        except Exception:
            meaning = canonical(value)
    return [*facts, ("on_delete", "SET " + meaning, text)]


def _referenced(field, value):
    """The row that a value for the key stands for; the value itself where there is none."""
    if isinstance(value, models.Model):
        return _row(value)
    target = field.remote_field.model
    row = target._base_manager.filter(**{field.remote_field.field_name: value}).first()
    return canonical(value) if row is None else _row(row)


# The model's own options


def _ordering_key(cls, key):
    if isinstance(key, str):
        plain = key.lstrip("-")
        if plain == "pk":
            plain = cls._meta.pk.name
        return ("-" if key.startswith("-") else "") + plain
    if isinstance(key, models.F):
        return key.name
    if type(key).__name__ == "OrderBy":
        [inner] = key.get_source_expressions()
        # Where NULLs go shows in the statement alone.
        sql = str(cls._base_manager.order_by(key).query).rpartition(" ORDER BY ")[2]
        if isinstance(inner, models.F) and "NULLS" not in sql and " IS " not in sql:
            return ("-" if "descending=True" in repr(key) else "") + inner.name
        return sql
    return repr(key)


def _option_facts(cls):
    meta = cls._meta
    facts = []
    for key in meta.ordering or ():
        facts.append(("ordering", _ordering_key(cls, key), _ordering_key(cls, key)))
    stated = getattr(meta, "original_attrs", {})
    for option in ("get_latest_by", "permissions", "default_permissions", "default_manager_name", "base_manager_name",
                   "verbose_name", "verbose_name_plural", "order_with_respect_to", "select_on_save"):
        if option in stated:
            facts.append((option, canonical(stated[option]), told(stated[option])))
    if not meta.managed:
        facts.append(("managed", "False", "False"))
    if meta.proxy:
        parent = meta.proxy_for_model._meta.label
        facts.append(("proxy", parent, parent))
    for base in cls.__mro__:
        if base is not cls and getattr(getattr(base, "_meta", None), "abstract", False) is True:
            names = [field.name for field in [*base._meta.local_fields, *base._meta.local_many_to_many]]
            facts.append(("abstract base", base.__name__, ", ".join(names)))
    facts.extend(_manager_facts(cls))
    for name, value in cls.__dict__.items():
        if isinstance(value, (types.FunctionType, property, classmethod, staticmethod)):
            facts.append(("attribute", name, name))
    return facts


def _manager_facts(cls):
    facts = []
    for manager in cls._meta.managers:
        if type(manager) is models.Manager and manager.name == "objects":
            continue
        try:
            sql = str(manager.get_queryset().query)
        except Exception:
            sql = "unknown"
        facts.append(("manager", manager.name, manager.name))
        facts.append(("rows of manager " + manager.name, sql, sql))
    default = cls._meta.default_manager
    if facts and default is not None:
        facts.append(("default manager", default.name, default.name))
    return facts
