"""What field objects do with values: `Field`'s methods call the functions of the same names."""

import datetime
import decimal
import json
import uuid

from django.conf import settings
from django.core import validators as checks
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_string
from django.utils.ipv6 import clean_ipv6_address
from django.utils.translation import gettext_lazy as _

EMPTY_VALUES = list(checks.EMPTY_VALUES)

# By the name of the built-in class; those of its parents come first.
ERROR_MESSAGES = {
    "Field": {
        "invalid_choice": _("Value %(value)r is not a valid choice."),
        "null": _("This field cannot be null."),
        "blank": _("This field cannot be blank."),
        "unique": _("%(model_name)s with this %(field_label)s already exists."),
        "unique_for_date": _("%(field_label)s must be unique for %(date_field_label)s %(lookup_type)s."),
    },
    "BooleanField": {
        "invalid": _("“%(value)s” value must be either True or False."),
        "invalid_nullable": _("“%(value)s” value must be either True, False, or None."),
    },
    "DateField": {
        "invalid": _("“%(value)s” value has an invalid date format. It must be in YYYY-MM-DD format."),
        "invalid_date": _("“%(value)s” value has the correct format (YYYY-MM-DD) but it is an invalid date."),
    },
    "DateTimeField": {
        "invalid": _(
            "“%(value)s” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."),
        "invalid_date": _("“%(value)s” value has the correct format (YYYY-MM-DD) but it is an invalid date."),
        "invalid_datetime": _(
            "“%(value)s” value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid "
            "date/time."),
    },
    "TimeField": {
        "invalid": _("“%(value)s” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format."),
        "invalid_time": _(
            "“%(value)s” value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time."),
    },
    "DecimalField": {"invalid": _("“%(value)s” value must be a decimal number.")},
    "DurationField": {
        "invalid": _("“%(value)s” value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format."),
    },
    "FloatField": {"invalid": _("“%(value)s” value must be a float.")},
    "IntegerField": {"invalid": _("“%(value)s” value must be an integer.")},
    "AutoField": {"invalid": _("“%(value)s” value must be an integer.")},
    "GenericIPAddressField": {"invalid": _("Enter a valid %(protocol)s address.")},
    "UUIDField": {"invalid": _("“%(value)s” is not a valid UUID.")},
    "JSONField": {"invalid": _("Value must be valid JSON.")},
    "ForeignKey": {"invalid": _("%(model)s instance with %(field)s %(value)r is not a valid choice.")},
}

INTEGERS = {
    "IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField",
    "PositiveSmallIntegerField", "AutoField", "BigAutoField", "SmallAutoField",
}
TEXTS = {
    "CharField", "TextField", "SlugField", "EmailField", "URLField", "CommaSeparatedIntegerField", "FilePathField",
}


def error_messages(field):
    known = field.__dict__.get("_messages")
    if known is None:
        known = {}
        for cls in reversed(type(field).__mro__):
            said = cls.__dict__.get("default_error_messages") or ERROR_MESSAGES.get(cls.__name__)
            known.update(said or {})
        known.update(field._error_messages or {})
        field.__dict__["_messages"] = known
    return known


def default_validators(field):
    kind = field._ormdojo_class
    if kind == "EmailField":
        return [checks.validate_email]
    if kind == "URLField":
        return [checks.URLValidator()]
    if kind == "SlugField":
        return [checks.validate_unicode_slug if field.allow_unicode else checks.validate_slug]
    if kind == "CommaSeparatedIntegerField":
        return [checks.validate_comma_separated_integer_list]
    if kind == "GenericIPAddressField":
        return checks.ip_address_validators(field.protocol, field.unpack_ipv4)
    return []


def validators(field):
    found = [*field.default_validators, *field._validators]
    kind = field._ormdojo_class
    if kind in TEXTS and kind != "TextField" and field.max_length is not None:
        found.append(checks.MaxLengthValidator(field.max_length))
    elif kind == "BinaryField" and field.max_length is not None:
        found.append(checks.MaxLengthValidator(field.max_length))
    elif kind == "DecimalField":
        found.append(checks.DecimalValidator(field.max_digits, field.decimal_places))
    elif kind in INTEGERS:
        least, most = -2 ** 63, 2 ** 63 - 1
        if field.get_internal_type() in (
                "PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"):
            least = 0

        def bounds(cls):
            for one in found:
                if isinstance(one, cls):
                    yield one.limit_value() if callable(one.limit_value) else one.limit_value
        if not any(limit >= least for limit in bounds(checks.MinValueValidator)):
            found.append(checks.MinValueValidator(least))
        if not any(limit <= most for limit in bounds(checks.MaxValueValidator)):
            found.append(checks.MaxValueValidator(most))
    return found


def run_validators(field, value):
    if value in field.empty_values:
        return
    errors = []
    for check in field.validators:
        try:
            check(value)
        except ValidationError as problem:
            if hasattr(problem, "code") and problem.code in field.error_messages:
                problem.message = field.error_messages[problem.code]
            errors.extend(problem.error_list)
    if errors:
        raise ValidationError(errors)


def validate(field, value, model_instance):
    if field._ormdojo_class in ("ForeignKey", "OneToOneField"):
        return _validate_key(field, value, model_instance)
    if field._ormdojo_class in ("AutoField", "BigAutoField", "SmallAutoField", "CompositePrimaryKey"):
        return
    _validate(field, value)
    if field._ormdojo_class == "JSONField":
        try:
            json.dumps(value, cls=field.encoder)
        except TypeError:
            raise ValidationError(field.error_messages["invalid"], code="invalid", params={"value": value})


def _validate(field, value):
    if not field.editable:
        return
    if field.choices is not None and value not in field.empty_values:
        for key, label in field.choices:
            if isinstance(label, (list, tuple)):
                if any(value == inner for inner, _label in label):
                    return
            elif value == key:
                return
        raise ValidationError(
            field.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
    if value is None and not field.null:
        raise ValidationError(field.error_messages["null"], code="null")
    if not field.blank and value in field.empty_values:
        raise ValidationError(field.error_messages["blank"], code="blank")


def _validate_key(field, value, model_instance):
    if field.remote_field.parent_link:
        return
    _validate(field, value)
    if value is None:
        return
    model = field.remote_field.model
    state = getattr(model_instance, "_state", None)
    using = getattr(state, "db", None) or "default"
    found = model._base_manager.using(using).filter(**{field.remote_field.field_name: value})
    found = found.complex_filter(field.get_limit_choices_to())
    if not found.exists():
        raise ValidationError(field.error_messages["invalid"], code="invalid", params={
            "model": model._meta.verbose_name, "pk": value, "field": field.remote_field.field_name, "value": value})


def get_limit_choices_to(field):
    limit = getattr(field.remote_field, "limit_choices_to", None)
    if callable(limit):
        return limit()
    return {} if limit is None else limit


def clean(field, value, model_instance):
    value = field.to_python(value)
    field.validate(value, model_instance)
    field.run_validators(value)
    return value


def _refuse(field, value, code="invalid", message=None):
    raise ValidationError(field.error_messages[message or code], code=code, params={"value": value})


def to_python(field, value):
    convert = _CONVERT.get(field._ormdojo_class)
    return value if convert is None else convert(field, value)


def _text(field, value):
    return value if isinstance(value, str) or value is None else str(value)


def _integer(field, value):
    if value is None:
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        _refuse(field, value)


def _float(field, value):
    if value is None:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        _refuse(field, value)


def _boolean(field, value):
    if field.null and value in field.empty_values:
        return None
    if value in (True, False):
        return bool(value)
    if value in ("t", "True", "1"):
        return True
    if value in ("f", "False", "0"):
        return False
    _refuse(field, value, message="invalid_nullable" if field.null else "invalid")


def _decimal(field, value):
    if value is None:
        return value
    try:
        if isinstance(value, float):
            number = decimal.Context(prec=field.max_digits).create_decimal_from_float(value)
        else:
            number = decimal.Decimal(value)
    except (decimal.InvalidOperation, TypeError, ValueError):
        _refuse(field, value)
    if not number.is_finite():
        _refuse(field, value)
    return number


def _date(field, value):
    if value is None:
        return value
    if isinstance(value, datetime.datetime):
        if settings.USE_TZ and timezone.is_aware(value):
            value = timezone.make_naive(value, timezone.get_default_timezone())
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        parsed = parse_date(value)
    except ValueError:
        _refuse(field, value, "invalid_date")
    if parsed is None:
        _refuse(field, value)
    return parsed


def _moment(field, value):
    if value is None or isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        value = datetime.datetime(value.year, value.month, value.day)
        if settings.USE_TZ:
            import warnings
            model = getattr(field, "model", None)
            name = "(unbound)" if model is None else "%s.%s" % (model.__name__, field.name)
            warnings.warn(
                "DateTimeField %s received a naive datetime (%s) while time zone support is active." % (name, value),
                RuntimeWarning)
            value = timezone.make_aware(value, timezone.get_default_timezone())
        return value
    try:
        parsed = parse_datetime(value)
    except ValueError:
        _refuse(field, value, "invalid_datetime")
    if parsed is not None:
        return parsed
    try:
        parsed = parse_date(value)
    except ValueError:
        _refuse(field, value, "invalid_date")
    if parsed is None:
        _refuse(field, value)
    return datetime.datetime(parsed.year, parsed.month, parsed.day)


def _time(field, value):
    if value is None or isinstance(value, datetime.time):
        return value
    if isinstance(value, datetime.datetime):
        return value.time()
    try:
        parsed = parse_time(value)
    except ValueError:
        _refuse(field, value, "invalid_time")
    if parsed is None:
        _refuse(field, value)
    return parsed


def _duration(field, value):
    if value is None or isinstance(value, datetime.timedelta):
        return value
    try:
        parsed = parse_duration(value)
    except ValueError:
        parsed = None
    if parsed is None:
        _refuse(field, value)
    return parsed


def _uuid(field, value):
    if value is None or isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(**{"int" if isinstance(value, int) else "hex": value})
    except (AttributeError, ValueError):
        _refuse(field, value)


def _address(field, value):
    if value is None:
        return None
    if not isinstance(value, str):
        value = str(value)
    value = value.strip()
    if ":" in value:
        return clean_ipv6_address(value, field.unpack_ipv4, field.error_messages["invalid"])
    return value


def _binary(field, value):
    if isinstance(value, str):
        from base64 import b64decode
        return memoryview(b64decode(value.encode("ascii")))
    return value


def _key(field, value):
    return field.target_field.to_python(value)


_CONVERT = {
    "BooleanField": _boolean, "DateField": _date, "DateTimeField": _moment, "TimeField": _time,
    "DecimalField": _decimal, "DurationField": _duration, "FloatField": _float, "UUIDField": _uuid,
    "GenericIPAddressField": _address, "BinaryField": _binary, "ForeignKey": _key, "OneToOneField": _key,
    **{kind: _integer for kind in INTEGERS}, **{kind: _text for kind in TEXTS},
}


def value_to_string(field, obj):
    value = field.value_from_object(obj)
    kind = field._ormdojo_class
    if kind in ("DateField", "DateTimeField", "TimeField"):
        return "" if value is None else value.isoformat()
    if kind == "DurationField":
        return "" if value is None else duration_string(value)
    if kind == "BinaryField":
        from base64 import b64encode
        return b64encode(value).decode("ascii")
    if kind == "JSONField":
        return value
    return str(value)


def save_form_data(field, instance, data):
    setattr(instance, field.name, data)


BLANK_CHOICE_DASH = [("", "---------")]


def get_choices(field, include_blank, blank_choice, limit_choices_to, ordering):
    if blank_choice is None:
        blank_choice = BLANK_CHOICE_DASH
    if field.choices is not None:
        if include_blank:
            from django.utils.choices import BlankChoiceIterator
            return BlankChoiceIterator(field.choices, blank_choice)
        return field.choices
    model = field.remote_field.model
    related = getattr(field.remote_field, "get_related_field", None)
    name = related().attname if related is not None else "pk"
    found = model._default_manager.complex_filter(limit_choices_to or field.get_limit_choices_to())
    if ordering:
        found = found.order_by(*ordering)
    return (blank_choice if include_blank else []) + [(getattr(one, name), str(one)) for one in found]


def rel_choices(rel, include_blank, blank_choice, limit_choices_to, ordering):
    found = rel.related_model._default_manager.complex_filter(limit_choices_to or rel.limit_choices_to)
    if ordering:
        found = found.order_by(*ordering)
    blank = BLANK_CHOICE_DASH if blank_choice is None else blank_choice
    return (blank if include_blank else []) + [(one.pk, str(one)) for one in found]


# What `deconstruct()` leaves out: attribute, keyword, default.
_DEFAULTS = (
    ("_verbose_name", "verbose_name", None), ("primary_key", "primary_key", False), ("max_length", "max_length", None),
    ("_unique", "unique", False), ("blank", "blank", False), ("null", "null", False), ("db_index", "db_index", False),
    ("default", "default", ...), ("db_default", "db_default", ...), ("editable", "editable", True),
    ("serialize", "serialize", True), ("unique_for_date", "unique_for_date", None),
    ("unique_for_month", "unique_for_month", None), ("unique_for_year", "unique_for_year", None),
    ("choices", "choices", None), ("help_text", "help_text", ""), ("db_column", "db_column", None),
    ("db_comment", "db_comment", None), ("_db_tablespace", "db_tablespace", None),
    ("auto_created", "auto_created", False), ("_validators", "validators", []),
    ("_error_messages", "error_messages", None),
)


def deconstruct(field):
    from django.db.models import NOT_PROVIDED
    from django.utils.choices import CallableChoiceIterator
    keywords = {}
    for attribute, name, default in _DEFAULTS:
        value = getattr(field, attribute)
        if isinstance(value, CallableChoiceIterator):
            value = value.func
        default = NOT_PROVIDED if default is ... else default
        same = value == default if name in ("choices", "validators") else value is default or value == default == ""
        if not same:
            keywords[name] = value
    _KIND_KEYWORDS.get(field._ormdojo_class, lambda field, keywords: None)(field, keywords)
    path = "%s.%s" % (type(field).__module__, type(field).__qualname__)
    for part in (".related", ".files", ".generated", ".json", ".proxy", ".composite", ""):
        if path.startswith("django.db.models.fields" + part):
            path = path.replace("django.db.models.fields" + part, "django.db.models")
            break
    return field.name, path, field.field_names if field._ormdojo_class == "CompositePrimaryKey" else [], keywords


def _collation(field, keywords):
    if field.db_collation:
        keywords["db_collation"] = field.db_collation


def _without_length(length):
    def change(field, keywords):
        _collation(field, keywords)
        if keywords.get("max_length") == length:
            del keywords["max_length"]
    return change


def _slug_keywords(field, keywords):
    _without_length(50)(field, keywords)
    if field.db_index is False:
        keywords["db_index"] = False
    else:
        keywords.pop("db_index", None)
    if field.allow_unicode is not False:
        keywords["allow_unicode"] = field.allow_unicode


def _decimal_keywords(field, keywords):
    if field.max_digits is not None:
        keywords["max_digits"] = field.max_digits
    if field.decimal_places is not None:
        keywords["decimal_places"] = field.decimal_places


def _temporal_keywords(field, keywords):
    for name in ("auto_now", "auto_now_add"):
        if getattr(field, name):
            keywords[name] = True
    if field.auto_now or field.auto_now_add:
        keywords.pop("editable", None)
        keywords.pop("blank", None)


def _path_keywords(field, keywords):
    for name, default in (
            ("path", ""), ("match", None), ("recursive", False), ("allow_files", True), ("allow_folders", False)):
        value = getattr(field, name)
        if value != default if name == "path" else value is not default:
            keywords[name] = value
    if keywords.get("max_length") == 100:
        del keywords["max_length"]


def _auto_keywords(field, keywords):
    keywords.pop("blank", None)
    keywords["primary_key"] = True


def _binary_keywords(field, keywords):
    if field.editable:
        keywords["editable"] = True
    else:
        keywords.pop("editable", None)


def _uuid_keywords(field, keywords):
    keywords.pop("max_length", None)


def _address_keywords(field, keywords):
    if field.unpack_ipv4 is not False:
        keywords["unpack_ipv4"] = field.unpack_ipv4
    if field.protocol != "both":
        keywords["protocol"] = field.protocol
    keywords.pop("max_length", None)


def _json_keywords(field, keywords):
    for name in ("encoder", "decoder"):
        if getattr(field, name) is not None:
            keywords[name] = getattr(field, name)


def _file_keywords(field, keywords):
    if keywords.get("max_length") == 100:
        del keywords["max_length"]
    keywords["upload_to"] = field.upload_to
    from django.core.files.storage import default_storage
    storage = getattr(field, "_storage_callable", field.storage)
    if storage is not default_storage:
        keywords["storage"] = storage
    for name in ("width_field", "height_field"):
        if getattr(field, name, None):
            keywords[name] = getattr(field, name)


def _target_text(field, keywords):
    """What `to` is written as: a lower-case label, and where a setting decides, one that says so."""
    from django.conf import SettingsReference
    target = field.remote_field.model
    if isinstance(target, str):
        app, dot, name = target.rpartition(".")
        written = app + dot + name.lower()
    else:
        written = target._meta.label_lower
    setting = field.swappable_setting
    if setting is None:
        return written
    said = getattr(target, "setting_name", None)
    if said is not None and said != setting:
        kind = "ForeignKey pointing to a model that is" if field._ormdojo_class != "ManyToManyField" else (
            "ManyToManyField pointing to a model that is")
        raise ValueError("Cannot deconstruct a %s swapped in place of more than one model (%s and %s)" % (
            kind, said, setting))
    return SettingsReference(written, setting)


def swappable_setting(field):
    if not field.swappable:
        return None
    from django.apps import apps
    target = field.remote_field.model
    return apps.get_swappable_settings_name(target if isinstance(target, str) else target._meta.label)


def _relation_keywords(field, keywords):
    remote = field.remote_field
    kind = field._ormdojo_class
    for name in ("_limit_choices_to", "_related_name", "_related_query_name"):
        value = getattr(field, name, None)
        if value if name == "_limit_choices_to" else value is not None:
            keywords[name[1:]] = value
    if kind == "ManyToManyField":
        if field.db_table is not None:
            keywords["db_table"] = field.db_table
        if remote.db_constraint is not True:
            keywords["db_constraint"] = remote.db_constraint
        keywords["to"] = _target_text(field, keywords)
        through = getattr(remote, "through", None)
        if isinstance(through, str):
            keywords["through"] = through
        elif through is not None and not through._meta.auto_created:
            keywords["through"] = through._meta.label
        if remote.through_fields:
            keywords["through_fields"] = remote.through_fields
        return
    keywords["on_delete"] = remote.on_delete
    if kind == "ForeignObject":
        keywords["from_fields"] = field.from_fields
        keywords["to_fields"] = field.to_fields
    if remote.parent_link:
        keywords["parent_link"] = remote.parent_link
    keywords["to"] = _target_text(field, keywords)
    if kind == "ForeignObject":
        return
    if field.db_index:
        keywords.pop("db_index", None)
    else:
        keywords["db_index"] = False
    if field.db_constraint is not True:
        keywords["db_constraint"] = field.db_constraint
    to_meta = getattr(remote.model, "_meta", None)
    if remote.field_name and (not to_meta or (to_meta.pk and remote.field_name != to_meta.pk.name)):
        keywords["to_field"] = remote.field_name
    if kind == "OneToOneField":
        keywords.pop("unique", None)


def _generated_keywords(field, keywords):
    for name in ("blank", "editable"):
        keywords.pop(name, None)
    for name in ("db_persist", "expression", "output_field"):
        keywords[name] = getattr(field, name)


_KIND_KEYWORDS = {
    "CharField": _collation, "TextField": _collation, "EmailField": _collation, "URLField": _without_length(200),
    "SlugField": _slug_keywords, "DecimalField": _decimal_keywords, "DateField": _temporal_keywords,
    "DateTimeField": _temporal_keywords, "TimeField": _temporal_keywords, "AutoField": _auto_keywords,
    "BigAutoField": _auto_keywords, "SmallAutoField": _auto_keywords, "BinaryField": _binary_keywords,
    "UUIDField": _uuid_keywords, "GenericIPAddressField": _address_keywords, "JSONField": _json_keywords,
    "FilePathField": _path_keywords, "FileField": _file_keywords, "ImageField": _file_keywords, "ForeignKey": _relation_keywords,
    "OneToOneField": _relation_keywords, "ManyToManyField": _relation_keywords,
    "ForeignObject": _relation_keywords, "GeneratedField": _generated_keywords,
}
