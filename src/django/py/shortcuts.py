"""What views use most: an object or a list, else the answer that there is none."""

from asgiref.sync import sync_to_async

from django.http import Http404


def _rows(source, asked_by):
    """A queryset of the source: a model's default manager stands for the model."""
    if hasattr(source, "_default_manager"):
        source = source._default_manager.all()
    elif hasattr(source, "all") and not hasattr(source, "query"):
        source = source.all()
    if not hasattr(source, "get" if "object" in asked_by else "filter"):
        given = source if isinstance(source, type) else type(source)
        raise ValueError(
            "First argument to %s() must be a Model, Manager, or QuerySet, not '%s'." % (asked_by, given.__name__)
        )
    return source


def _none_of(rows):
    return Http404("No %s matches the given query." % rows.model._meta.object_name)


def _one(rows, args, kwargs):
    try:
        return rows.get(*args, **kwargs)
    except rows.model.DoesNotExist:
        raise _none_of(rows)


def _several(rows, args, kwargs):
    found = list(rows.filter(*args, **kwargs))
    if not found:
        raise _none_of(rows)
    return found


def get_object_or_404(klass, *args, **kwargs):
    return _one(_rows(klass, "get_object_or_404"), args, kwargs)


async def aget_object_or_404(klass, *args, **kwargs):
    rows = _rows(klass, "aget_object_or_404")
    return await sync_to_async(_one)(rows, args, kwargs)


def get_list_or_404(klass, *args, **kwargs):
    return _several(_rows(klass, "get_list_or_404"), args, kwargs)


async def aget_list_or_404(klass, *args, **kwargs):
    rows = _rows(klass, "aget_list_or_404")
    return await sync_to_async(_several)(rows, args, kwargs)
