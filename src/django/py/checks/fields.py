"""What is wrong with a field: `Field.check()`, by the kinds that a field is one of."""

import datetime

from collections.abc import Iterable

from django.core.checks.messages import Error, Warning
from django.utils import timezone
from django.utils.functional import Promise


def routed(databases, model):
    """The connections of the databases that hold a model's table."""
    from django.db import connections, router
    for alias in databases or ():
        if router.allow_migrate_model(alias, model):
            yield connections[alias]


def can(connection, model, feature):
    """Whether a database has a feature, or the model asks for it anyway."""
    return getattr(connection.features, feature) or feature in model._meta.required_db_features


def check(field, kwargs):
    said = list(_plain(field, kwargs))
    kind = field._ormdojo_class
    for own in _OF_KIND.get(kind, ()):
        said.extend(own(field, kwargs))
    return said


def _plain(field, kwargs):
    for step in (
            field._check_field_name, field._check_choices, lambda: field._check_db_default(**kwargs),
            field._check_db_index, lambda: field._check_db_comment(**kwargs),
            field._check_null_allowed_for_primary_keys, lambda: field._check_backend_specific_checks(**kwargs),
            field._check_validators, field._check_deprecation_details):
        yield from step()


def field_name(field):
    name = field.name
    if name is None:
        return []
    if field._ormdojo_class == "CompositePrimaryKey":
        if name != "pk":
            return [Error("'CompositePrimaryKey' must be named 'pk'.", obj=field, id="fields.E013")]
    elif name.endswith("_"):
        return [Error("Field names must not end with an underscore.", obj=field, id="fields.E001")]
    elif "__" in name:
        return [Error('Field names must not contain "__".', obj=field, id="fields.E002")]
    elif name == "pk":
        return [Error("'pk' is a reserved word that cannot be used as a field name.", obj=field, id="fields.E003")]
    return []


def _is_value(value):
    return isinstance(value, (str, Promise)) or not isinstance(value, Iterable)


def _group_lengths(pair):
    """The lengths of the texts among the values of a pair or a group; None where it is neither."""
    try:
        first, second = pair
    except (TypeError, ValueError):
        return None
    try:
        if not all(_is_value(value) and _is_value(label) for value, label in second):
            return None
        return [len(value) for value, _label in second if isinstance(value, str)]
    except (TypeError, ValueError):
        pass
    if not (_is_value(first) and _is_value(second)):
        return None
    return [len(first)] if isinstance(first, str) else []


def choices(field):
    given = field.choices
    if not given:
        return []
    if not isinstance(given, Iterable) or isinstance(given, str):
        return [Error(
            "'choices' must be a mapping (e.g. a dictionary) or an iterable (e.g. a list or tuple).",
            obj=field, id="fields.E004")]
    longest = 0
    for pair in given:
        lengths = _group_lengths(pair)
        if lengths is None or isinstance(pair, str):
            return [Error(
                "'choices' must be a mapping of actual values to human readable names or an iterable containing "
                "(actual value, human readable name) tuples.", obj=field, id="fields.E005")]
        longest = max([longest, *lengths])
    if field.max_length is not None and longest > field.max_length:
        return [Error(
            "'max_length' is too small to fit the longest value in 'choices' (%d characters)." % longest,
            obj=field, id="fields.E009")]
    return []


def db_default(field, databases=None, kwargs=None):
    from django.db.models import Value
    given = field.db_default
    if (databases is None or not field.has_db_default() or isinstance(given, Value)
            or not hasattr(given, "resolve_expression")):
        return []
    said = []
    for connection in routed(databases, field.model):
        if connection.features.supports_expression_defaults and not getattr(given, "allowed_default", False):
            said.append(Error("%s cannot be used in db_default." % given, obj=field, id="fields.E012"))
        if not can(connection, field.model, "supports_expression_defaults"):
            said.append(Error(
                "%s does not support default database values with expressions (db_default)." % connection.display_name,
                obj=field, id="fields.E011"))
    return said


def db_index(field):
    if field.db_index not in (None, True, False):
        return [Error("'db_index' must be None, True or False.", obj=field, id="fields.E006")]
    return []


def db_comment(field, databases=None, kwargs=None):
    if not field.db_comment:
        return []
    return [
        Warning("%s does not support comments on columns (db_comment)." % connection.display_name, obj=field,
                id="fields.W163")
        for connection in routed(databases, field.model) if not can(connection, field.model, "supports_comments")]


def null_key(field):
    from django.db import connection
    if field.primary_key and field.null and not connection.features.interprets_empty_strings_as_nulls:
        return [Error(
            "Primary keys must not have null=True.",
            hint="Set null=False on the field, or remove primary_key=True argument.", obj=field, id="fields.E007")]
    return []


def backend(field, databases=None, kwargs=None):
    said = []
    for connection in routed(databases, field.model):
        validation = getattr(connection, "validation", None)
        if validation is not None:
            said.extend(validation.check_field(field, **(kwargs or {})))
    return said


def validators(field):
    return [
        Error("All 'validators' must be callable.", obj=field, id="fields.E008", hint=(
            "validators[%d] (%r) isn't a function or instance of a validator class." % (at, one)))
        for at, one in enumerate(field.validators) if not callable(one)]


_REMOVED = {
    "IPAddressField": {
        "msg": "IPAddressField has been removed except for support in historical migrations.",
        "hint": "Use GenericIPAddressField instead.", "id": "fields.E900"},
    "CommaSeparatedIntegerField": {
        "msg": "CommaSeparatedIntegerField is removed except for support in historical migrations.",
        "hint": "Use CharField(validators=[validate_comma_separated_integer_list]) instead.", "id": "fields.E901"},
}


def deprecation(field):
    removed = field.system_check_removed_details or _REMOVED.get(field._ormdojo_class)
    name = type(field).__name__
    if removed is not None:
        text = "%s has been removed except for support in historical migrations." % name
        return [Error(removed.get("msg", text), hint=removed.get("hint"), obj=field,
                      id=removed.get("id", "fields.EXXX"))]
    deprecated = field.system_check_deprecated_details
    if deprecated is not None:
        return [Warning(deprecated.get("msg", "%s has been deprecated." % name), hint=deprecated.get("hint"), obj=field,
                        id=deprecated.get("id", "fields.WXXX"))]
    return []


def _collation(what):
    def check(field, kwargs):
        if field.db_collation is None:
            return []
        return [
            Error("%s does not support a database collation on %ss." % (connection.display_name, what), obj=field,
                  id="fields.E190")
            for connection in routed(kwargs.get("databases"), field.model)
            if not can(connection, field.model, "supports_collation_on_" + what.lower())]
    return check


def _max_length(field, kwargs):
    from django.db import connection
    length = field.max_length
    if length is None:
        if can(connection, field.model, "supports_unlimited_charfield"):
            return []
        return [Error("CharFields must define a 'max_length' attribute.", obj=field, id="fields.E120")]
    if not isinstance(length, int) or isinstance(length, bool) or length <= 0:
        return [Error("'max_length' must be a positive integer.", obj=field, id="fields.E121")]
    return []


def _no_length(field, kwargs):
    if field.max_length is None:
        return []
    return [Warning(
        "'max_length' is ignored when used with %s." % type(field).__name__, hint="Remove 'max_length' from field",
        obj=field, id="fields.W122")]


def _automatic(field, kwargs):
    if field.primary_key:
        return []
    return [Error("AutoFields must set primary_key=True.", obj=field, id="fields.E100")]


def _exclusive(field, kwargs):
    given = [field.auto_now_add, field.auto_now, field.has_default()]
    if sum(one not in (None, False) for one in given) > 1:
        return [Error(
            "The options auto_now, auto_now_add, and default are mutually exclusive. Only one of these options may be "
            "present.", obj=field, id="fields.E160")]
    return []


def _naive(moment):
    return timezone.make_naive(moment, datetime.timezone.utc) if timezone.is_aware(moment) else moment


def _fixed(field, kwargs):
    """Whether a default looks like the moment in which the class was made."""
    if not field.has_default():
        return []
    value, kind, now = field.default, field._ormdojo_class, _naive(timezone.now())
    if kind == "TimeField":
        if not isinstance(value, datetime.datetime):
            if not isinstance(value, datetime.time):
                return []
            value = datetime.datetime.combine(now.date(), value)
    elif not isinstance(value, datetime.date):
        return []
    elif kind == "DateField" and isinstance(value, datetime.datetime):
        value = _naive(value).date()
    lower, upper = now - datetime.timedelta(seconds=10), now + datetime.timedelta(seconds=10)
    if isinstance(value, datetime.datetime):
        value = _naive(value)
    else:
        lower, upper = lower.date(), upper.date()
    if not lower <= value <= upper:
        return []
    return [Warning("Fixed default value provided.", obj=field, id="fields.W161", hint=(
        "It seems you set a fixed date / time / datetime value as default for this field. This may not be what you want. "
        "If you want to have the current date as default, use `django.utils.timezone.now`"))]


def _whole(value, least, missing, wrong, field):
    try:
        if int(value) < least:
            raise ValueError
    except TypeError:
        return [Error("DecimalFields must define a '%s' attribute." % missing[0], obj=field, id=missing[1])]
    except ValueError:
        return [Error(wrong[0], obj=field, id=wrong[1])]
    return []


def _digits(field, kwargs):
    said = [
        *_whole(field.decimal_places, 0, ("decimal_places", "fields.E130"),
                ("'decimal_places' must be a non-negative integer.", "fields.E131"), field),
        *_whole(field.max_digits, 1, ("max_digits", "fields.E132"),
                ("'max_digits' must be a positive integer.", "fields.E133"), field)]
    if not said and int(field.decimal_places) > int(field.max_digits):
        said.append(Error(
            "'max_digits' must be greater or equal to 'decimal_places'.", obj=field, id="fields.E134"))
    return said


def _address(field, kwargs):
    if field.blank and not field.null:
        return [Error(
            "GenericIPAddressFields cannot have blank=True if null=False, as blank values are stored as nulls.",
            obj=field, id="fields.E150")]
    return []


def _path(field, kwargs):
    if not field.allow_files and not field.allow_folders:
        return [Error(
            "FilePathFields must have either 'allow_files' or 'allow_folders' set to True.", obj=field,
            id="fields.E140")]
    return []


def _bytes_default(field, kwargs):
    if field.has_default() and isinstance(field.default, str):
        return [Error(
            "BinaryField's default cannot be a string. Use bytes content instead.", obj=field, id="fields.E170")]
    return []


def _file(field, kwargs):
    name, said = type(field).__name__, []
    if field._primary_key_set_explicitly:
        said.append(Error("'primary_key' is not a valid argument for a %s." % name, obj=field, id="fields.E201"))
    if isinstance(field.upload_to, str) and field.upload_to.startswith("/"):
        said.append(Error(
            "%s's 'upload_to' argument must be a relative path, not an absolute path." % name, obj=field,
            id="fields.E202", hint="Remove the leading slash."))
    return said


def _json(field, kwargs):
    said = [
        Error("%s does not support JSONFields." % connection.display_name, obj=field.model, id="fields.E180")
        for connection in routed(kwargs.get("databases"), field.model)
        if field.model._meta.required_db_vendor in (None, "", connection.vendor)
        and not can(connection, field.model, "supports_json_field")]
    # The check of the default comes first, but stands behind what the field itself found.
    if field.has_default() and field.default is not None and not callable(field.default):
        good, bad = getattr(field, "_default_hint", ("dict", "{}"))
        said.append(Warning(
            "%s default should be a callable instead of an instance so that it's not shared between all field instances."
            % type(field).__name__,
            hint="Use a callable instead, e.g., use `%s` instead of `%s`." % (good, bad), obj=field, id="fields.E010"))
    return said[-1:] + said[:-1] if said and said[-1].id == "fields.E010" else said


def _generated(field, kwargs):
    databases = kwargs.get("databases") or []
    said = []
    supported = []
    for connection in routed(databases, field.model):
        if field.model._meta.required_db_vendor not in (None, "", connection.vendor):
            continue
        virtual = can(connection, field.model, "supports_virtual_generated_columns")
        stored = can(connection, field.model, "supports_stored_generated_columns")
        if not virtual and not stored:
            said.append(Error(
                "%s does not support GeneratedFields." % connection.display_name, obj=field, id="fields.E220"))
        if not field.db_persist and not virtual:
            supported.append(Error(
                "%s does not support non-persisted GeneratedFields." % connection.display_name, obj=field,
                id="fields.E221", hint="Set db_persist=True on the field."))
        if field.db_persist and not stored:
            supported.append(Error(
                "%s does not support persisted GeneratedFields." % connection.display_name, obj=field,
                id="fields.E222", hint="Set db_persist=False on the field."))
    said += supported
    output = field.output_field.clone()
    output.model = field.model
    found = output.check(databases=databases)
    for kind, word, number in ((Error, "errors", "fields.E223"), (Warning, "warnings", "fields.W224")):
        texts = ["%s (%s)" % (one.msg, one.id) for one in found if isinstance(one, kind)]
        if texts:
            said.append(kind("\n    ".join(["GeneratedField.output_field has %s:" % word, *texts]), obj=field, id=number))
    return said


def _later(name):
    def check(field, kwargs):
        import _django_checks_relations as relations
        return getattr(relations, name)(field, kwargs)
    return check


_CHAR = (_collation("CharField"), _max_length)
_MOMENT = (_exclusive, _fixed)
_KEY = (_later("relation"), _later("to_fields"), _later("foreign_key"))

_OF_KIND = {
    **{kind: _CHAR for kind in ("CharField", "SlugField", "EmailField", "URLField", "CommaSeparatedIntegerField")},
    "TextField": (_collation("TextField"),),
    **{kind: (_no_length,) for kind in (
        "IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField",
        "PositiveSmallIntegerField")},
    **{kind: (_no_length, _automatic) for kind in ("AutoField", "BigAutoField", "SmallAutoField")},
    "DateField": _MOMENT, "DateTimeField": _MOMENT, "TimeField": _MOMENT, "DecimalField": (_digits,),
    "GenericIPAddressField": (_address,), "FilePathField": (_path,), "BinaryField": (_bytes_default,), "FileField": (_file,),
    "ImageField": (_file,), "JSONField": (_json,), "GeneratedField": (_generated,),
    "ForeignKey": _KEY, "OneToOneField": _KEY, "ForeignObject": (_later("relation"), _later("to_fields")),
    "ManyToManyField": (_later("relation"), _later("many_to_many")),
    "GenericRelation": (_later("relation"), _later("to_fields"), _later("generic_relation")),
}
