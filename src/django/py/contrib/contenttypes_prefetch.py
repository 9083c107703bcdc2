"""Prefetching along a generic foreign key with a queryset for each model."""

from django.db.models import Prefetch
from django.db.models.query import ModelIterable, RawQuerySet


class GenericPrefetch(Prefetch):
    """A prefetch whose related objects come from several querysets."""

    def __init__(self, lookup, querysets, to_attr=None):
        for queryset in querysets:
            if queryset is not None and (
                    isinstance(queryset, RawQuerySet) or
                    hasattr(queryset, "_iterable_class") and not issubclass(queryset._iterable_class, ModelIterable)):
                raise ValueError("Prefetch querysets cannot use raw(), values(), and values_list().")
        self.querysets = querysets
        super().__init__(lookup, to_attr=to_attr)

    def get_current_querysets(self, level):
        if self.get_current_prefetch_to(level) == self.prefetch_to:
            return self.querysets
        return None
