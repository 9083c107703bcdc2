"""Rows and columns of a program's last expression."""

from .cells import cell, is_scalar


def tabulate(original, value):
    """`(columns, rows)`, or `(None, None)` when the value is neither rows nor an instance.

    `original` is what the expression gave, `value` the list that it was evaluated to (the same object when it is no
    queryset).
    """
    from django.db.models import Model, QuerySet
    from django.db.models.query import RawQuerySet

    if isinstance(original, RawQuerySet):
        return _instances(value) if value else (_raw_columns(original), [])
    if isinstance(original, QuerySet):
        return _queryset(original, value)
    if isinstance(value, Model):
        return _instances([value])
    if isinstance(value, list):
        return _list(value)
    if hasattr(value, "fetchall") and hasattr(value, "description"):
        return _cursor(value)
    return None, None


def _queryset(queryset, items):
    kind = queryset._iterable_class.__name__
    if kind == "ModelIterable":
        return _instances(items) if items else (_instance_columns(queryset), [])
    if kind == "ValuesIterable":
        columns = _names(queryset)
        return columns, [[cell(item[name]) for name in columns] for item in items]
    if kind in ("ValuesListIterable", "NamedValuesListIterable"):
        return _names(queryset), [[cell(part) for part in item] for item in items]
    # One value a row: values_list(flat=True), dates() and datetimes().
    return ["value"], [[cell(item)] for item in items]


def _names(queryset):
    query = queryset.query
    if query.selected:
        return list(query.selected)
    return [*query.extra_select, *query.values_select, *query.annotation_select]


def _instance_columns(queryset):
    compiler = queryset.query.chain().get_compiler(queryset.db)
    compiler.setup_query()
    fields = [compiler.select[index][0].target.attname for index in compiler.klass_info["select_fields"]]
    order = {field.attname: place for place, field in enumerate(queryset.model._meta.concrete_fields)}
    return sorted(fields, key=order.get) + list(compiler.annotation_col_map)


def _raw_columns(queryset):
    return list(queryset.columns)


def _instances(items):
    first = items[0]
    if any(type(item)._meta.concrete_model is not type(first)._meta.concrete_model for item in items):
        return None, None
    loaded = [field.attname for field in first._meta.concrete_fields if field.attname in first.__dict__]
    columns = loaded + [n for n in getattr(first._state, "annotations", ()) if n not in loaded]
    return columns, [[cell(item.__dict__.get(name)) for name in columns] for item in items]


def _dicts(items):
    columns = list(dict.fromkeys(str(key) for item in items for key in item))
    return columns, [[cell(item.get(name)) for name in columns] for item in items]


def _list(items):
    from django.db.models import Model

    if all(isinstance(item, Model) for item in items) and items:
        return _instances(items)
    if all(isinstance(item, dict) for item in items) and items:
        return _dicts(items)
    if all(isinstance(item, tuple) for item in items) and items:
        width = max(len(item) for item in items)
        names = getattr(items[0], "_fields", None) or [str(place) for place in range(width)]
        return list(names), [[cell(part) for part in item] + [None] * (width - len(item)) for item in items]
    if all(is_scalar(item) for item in items):
        return ["value"], [[cell(item)] for item in items]
    return None, None


def _cursor(cursor):
    if not cursor.description:
        return None, None
    return [column[0] for column in cursor.description], [[cell(part) for part in row] for row in cursor.fetchall()]


def remember_annotations():
    """Has every loaded instance remember which of its attributes are annotations."""
    from django.db.models import query

    def wrap(iterable, names):
        original = iterable.__iter__

        def __iter__(self):
            for instance in original(self):
                instance._state.annotations = names(self.queryset)
                yield instance

        iterable.__iter__ = __iter__

    wrap(query.ModelIterable, lambda queryset: [*queryset.query.extra_select, *queryset.query.annotation_select])
    wrap(query.RawModelIterable, lambda queryset: [column for column, _ in queryset.resolve_model_init_order()[2]])
