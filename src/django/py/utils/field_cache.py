"""Where instances remember related objects."""

import warnings

from django.utils.deprecation import RemovedInDjango60Warning

_UNSET = object()


class FieldCacheMixin:
    """Keeps a value in an instance's state."""

    def get_cache_name(self):
        raise NotImplementedError

    @property
    def cache_name(self):
        name = self.get_cache_name()
        cls = self.__class__
        warnings.warn(
            "Override %s.cache_name instead of get_cache_name()." % cls.__qualname__, RemovedInDjango60Warning,
            stacklevel=3)
        return name

    def get_cached_value(self, instance, default=_UNSET):
        try:
            return instance._state.fields_cache[self.cache_name]
        except KeyError:
            if default is _UNSET:
                raise
            return default

    def is_cached(self, instance):
        return self.cache_name in instance._state.fields_cache

    def set_cached_value(self, instance, value):
        instance._state.fields_cache[self.cache_name] = value

    def delete_cached_value(self, instance):
        del instance._state.fields_cache[self.cache_name]
