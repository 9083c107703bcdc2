"""What indexes are and do: the methods of `Index` call the functions of the same names."""

from django.db.models import F, Q


def init(self, expressions, fields, name, db_tablespace, opclasses, condition, include):
    both = "Index.fields and Index.opclasses must have the same number of elements."
    for wrong, text in (
        (opclasses and not name, "An index must be named to use opclasses."),
        (condition is not None and not isinstance(condition, Q), "Index.condition must be a Q instance."),
        (condition and not name, "An index must be named to use condition."),
        (not isinstance(fields, (list, tuple)), "Index.fields must be a list or tuple."),
        (not isinstance(opclasses, (list, tuple)), "Index.opclasses must be a list or tuple."),
        (not expressions and not fields, "At least one field or expression is required to define an index."),
        (expressions and fields, "Index.fields and expressions are mutually exclusive."),
        (expressions and not name, "An index must be named to use expressions."),
        (expressions and opclasses, "Index.opclasses cannot be used with expressions. Use "
                                    "django.contrib.postgres.indexes.OpClass() instead."),
    ):
        if wrong:
            raise ValueError(text)
    if opclasses and len(fields) != len(opclasses):
        raise ValueError(both)
    if not all(isinstance(field, str) for field in fields):
        raise ValueError("Index.fields must contain only strings with field names.")
    if include and not name:
        raise ValueError("A covering index must be named.")
    if include is not None and not isinstance(include, (list, tuple)):
        raise ValueError("Index.include must be a list or tuple.")
    self.fields = list(fields)
    self.fields_orders = [(field.removeprefix("-"), "DESC" if field[:1] == "-" else "") for field in self.fields]
    self.name = name or ""
    self.db_tablespace = db_tablespace
    self.opclasses = opclasses
    self.condition = condition
    self.include = tuple(include or ())
    self.expressions = tuple(F(one) if isinstance(one, str) else one for one in expressions)


def deconstruct(self):
    path = ("%s.%s" % (type(self).__module__, type(self).__name__)).replace(
        "django.db.models.indexes", "django.db.models")
    keywords = {"name": self.name}
    for attribute in ("fields", "db_tablespace", "opclasses", "condition", "include"):
        value = getattr(self, attribute)
        if value is not None if attribute == "db_tablespace" else value:
            keywords[attribute] = value
    return path, self.expressions, keywords


def clone(self):
    _path, args, keywords = self.deconstruct()
    return type(self)(*args, **keywords)


def set_name_with_model(self, model):
    from _django_schema import loading, names_digest
    from django.core.exceptions import FieldDoesNotExist
    table = model._meta.db_table
    table = table.rpartition('"."')[2].replace('"', "")
    try:
        columns = [model._meta.get_field(name).column for name, _order in self.fields_orders]
    except FieldDoesNotExist as problem:
        if not loading():
            raise
        raise FieldDoesNotExist(
            "%s. The app cache isn't ready yet, so if this is an auto-created related field, it won't be available yet."
            % problem) from None
    signed = ["-" + column if order else column for column, (_name, order) in zip(columns, self.fields_orders)]
    digest = names_digest([table, *signed, self.suffix], 6)
    made = "%s_%s_%s_%s" % (table[:11], columns[0][:7], digest, self.suffix)
    self.name = made
    if len(made) > self.max_name_length:
        raise ValueError("Index too long for multiple database support. Is self.suffix longer than 3 characters?")
    if made[0] == "_" or made[0].isdigit():
        self.name = "D" + made[1:]


def show(self):
    parts = ""
    for attribute in ("fields", "expressions", "name"):
        value = getattr(self, attribute)
        if value:
            parts += " %s=%r" % (attribute, value)
    if self.db_tablespace is not None:
        parts += " db_tablespace=%r" % self.db_tablespace
    if self.condition is not None:
        parts += " condition=%s" % self.condition
    for attribute in ("include", "opclasses"):
        value = getattr(self, attribute)
        if value:
            parts += " %s=%r" % (attribute, value)
    return "<%s:%s>" % (type(self).__qualname__, parts)


def equal(self, other):
    if type(self) is type(other):
        return self.deconstruct() == other.deconstruct()
    return NotImplemented
