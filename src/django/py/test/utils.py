"""What tests use beside the test cases."""

import re
import warnings
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from io import StringIO
from unittest import TestCase, skipIf

import _django_test
from django.apps import Apps
from django.conf import settings

__all__ = [
    "Approximate", "ContextList", "isolate_lru_cache", "captured_output", "captured_stderr", "captured_stdout",
    "freeze_time", "garbage_collect", "isolate_apps", "modify_settings", "override_settings", "override_system_checks",
    "tag", "CaptureQueriesContext", "ignore_warnings", "register_lookup",
]


class Approximate:
    """Equals what is near enough."""

    def __init__(self, val, places=7):
        self.val = val
        self.places = places

    def __repr__(self):
        return repr(self.val)

    def __eq__(self, other):
        return self.val == other or round(abs(self.val - other), self.places) == 0


class ContextList(list):
    """A list of dictionaries that can be asked for a key of any of them."""

    def __getitem__(self, key):
        if not isinstance(key, str):
            return super().__getitem__(key)
        for part in self:
            if key in part:
                return part[key]
        raise KeyError(key)

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def keys(self):
        return {key for part in self for one in part for key in one}


class TestContextDecorator:
    """A context manager that also decorates functions and test classes."""

    def __init__(self, attr_name=None, kwarg_name=None):
        self.attr_name = attr_name
        self.kwarg_name = kwarg_name

    def enable(self):
        raise NotImplementedError

    def disable(self):
        raise NotImplementedError

    def __enter__(self):
        return self.enable()

    def __exit__(self, exc_type, exc_value, traceback):
        self.disable()

    def decorate_class(self, cls):
        if not issubclass(cls, TestCase):
            raise TypeError("Can only decorate subclasses of unittest.TestCase")
        own_set_up = cls.setUp

        def setUp(test):
            context = self.enable()
            test.addCleanup(self.disable)
            if self.attr_name:
                setattr(test, self.attr_name, context)
            own_set_up(test)
        cls.setUp = setUp
        return cls

    def decorate_callable(self, func):
        if iscoroutinefunction(func):
            @wraps(func)
            async def inner(*args, **kwargs):
                with self as context:
                    if self.kwarg_name:
                        kwargs[self.kwarg_name] = context
                    return await func(*args, **kwargs)
        else:
            @wraps(func)
            def inner(*args, **kwargs):
                with self as context:
                    if self.kwarg_name:
                        kwargs[self.kwarg_name] = context
                    return func(*args, **kwargs)
        return inner

    def __call__(self, decorated):
        if isinstance(decorated, type):
            return self.decorate_class(decorated)
        if callable(decorated):
            return self.decorate_callable(decorated)
        raise TypeError("Cannot decorate object of type %s" % type(decorated))


_MISSING = object()


class override_settings(TestContextDecorator):
    """Other settings for a while."""

    def __init__(self, **kwargs):
        self.options = kwargs
        super().__init__()

    def enable(self):
        self.before = [(name, getattr(settings, name, _MISSING)) for name in self.options]
        for name, value in self.options.items():
            setattr(settings, name, value)
        self._tell(True)

    def disable(self):
        for name, value in self.before:
            if value is _MISSING:
                delattr(settings, name)
            else:
                setattr(settings, name, value)
        self._tell(False)

    def _tell(self, enter):
        from django.test.signals import setting_changed
        for name in self.options:
            setting_changed.send(
                sender=type(settings), setting=name, value=getattr(settings, name, None), enter=enter)

    def save_options(self, test_func):
        test_func._overridden_settings = {**(test_func._overridden_settings or {}), **self.options}

    def decorate_class(self, cls):
        from django.test import SimpleTestCase
        if not issubclass(cls, SimpleTestCase):
            raise ValueError(
                "Only subclasses of Django SimpleTestCase can be decorated with override_settings")
        self.save_options(cls)
        return cls


class modify_settings(override_settings):
    """Other items in settings that are lists, for a while."""

    def __init__(self, *args, **kwargs):
        self.operations = args[0] if args else list(kwargs.items())
        super().__init__()

    def save_options(self, test_func):
        test_func._modified_settings = list(test_func._modified_settings or []) + self.operations

    def enable(self):
        self.options = {}
        for name, operations in self.operations:
            value = self.options.get(name)
            if value is None:
                value = list(getattr(settings, name, []))
            for action, items in operations.items():
                items = [items] if isinstance(items, str) else items
                if action == "append":
                    value = value + [item for item in items if item not in value]
                elif action == "prepend":
                    value = [item for item in items if item not in value] + value
                elif action == "remove":
                    value = [item for item in value if item not in items]
                else:
                    raise ValueError("Unsupported action: %s" % action)
            self.options[name] = value
        super().enable()


class override_system_checks(TestContextDecorator):
    """Other system checks for a while: none run by themselves."""

    def __init__(self, new_checks, deployment_checks=None):
        super().__init__()

    def enable(self):
        pass

    def disable(self):
        pass


class CaptureQueriesContext:
    """The statements that a connection sends meanwhile."""

    def __init__(self, connection):
        self.connection = connection

    def __iter__(self):
        return iter(self.captured_queries)

    def __getitem__(self, index):
        return self.captured_queries[index]

    def __len__(self):
        return len(self.captured_queries)

    @property
    def captured_queries(self):
        return self.connection.queries[self.initial_queries:self.final_queries]

    def __enter__(self):
        self.force_debug_cursor = self.connection.force_debug_cursor
        self.connection.force_debug_cursor = True
        self.initial_queries = len(self.connection.queries_log)
        self.final_queries = None
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.connection.force_debug_cursor = self.force_debug_cursor
        if exc_type is None:
            self.final_queries = len(self.connection.queries_log)


class ignore_warnings(TestContextDecorator):
    """Warnings of some kind are not heard meanwhile."""

    def __init__(self, **kwargs):
        self.ignore_kwargs = kwargs
        self.filter_func = warnings.filterwarnings if {"message", "module"} & set(kwargs) else warnings.simplefilter
        super().__init__()

    def enable(self):
        self.catch_warnings = warnings.catch_warnings()
        self.catch_warnings.__enter__()
        self.filter_func("ignore", **self.ignore_kwargs)

    def disable(self):
        self.catch_warnings.__exit__(None, None, None)


class isolate_apps(TestContextDecorator):
    """Models that are made meanwhile join a registry of their own."""

    def __init__(self, *installed_apps, **kwargs):
        self.installed_apps = installed_apps
        super().__init__(**kwargs)

    def enable(self):
        self.apps = Apps(self.installed_apps)
        self.before = _django_test.swap_registry(self.apps._registry)
        return self.apps

    def disable(self):
        _django_test.swap_registry(self.before)


@contextmanager
def isolate_lru_cache(lru_cache_object):
    lru_cache_object.cache_clear()
    try:
        yield
    finally:
        lru_cache_object.cache_clear()


@contextmanager
def captured_output(stream_name):
    import sys
    before = getattr(sys, stream_name)
    setattr(sys, stream_name, StringIO())
    try:
        yield getattr(sys, stream_name)
    finally:
        setattr(sys, stream_name, before)


def captured_stdout():
    return captured_output("stdout")


def captured_stderr():
    return captured_output("stderr")


def captured_stdin():
    return captured_output("stdin")


@contextmanager
def freeze_time(t):
    import time
    before = time.time
    time.time = lambda: t
    try:
        yield
    finally:
        time.time = before


def tag(*tags):
    """Marks a test or a class."""
    def decorate(item):
        item.tags = set(tags) | set(getattr(item, "tags", ()))
        return item
    return decorate


@contextmanager
def register_lookup(field, *lookups, lookup_name=None):
    """Lookups that a field has meanwhile."""
    try:
        for lookup in lookups:
            field.register_lookup(lookup, lookup_name)
        yield
    finally:
        for lookup in lookups:
            field._unregister_lookup(lookup, lookup_name)


def garbage_collect():
    import gc
    gc.collect()


def requires_tz_support(test_func):
    """The time zone of the machine can always be told here."""
    return test_func


def require_jinja2(test_func):
    return skipIf(True, "this test requires jinja2")(test_func)


# Zones are the engine's own, so that every test that needs them can run.
TZ_SUPPORT = True


def requires_tz_support(test_func):
    """Marks a test that needs the machine's zones."""
    return test_func


def iter_test_cases(tests):
    """The test cases of suites within suites."""
    for test in tests:
        if isinstance(test, str):
            raise TypeError("test %r must be a test case or test suite not string (was tests %r?)" % (test, tests))
        if isinstance(test, TestCase):
            yield test
        else:
            yield from iter_test_cases(test)


def strip_quotes(want, got):
    def bare(text, quotes):
        text = text.strip()
        return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in quotes else None
    if bare(want, "'\"") is not None and bare(got, "'\"") is not None:
        return bare(want, "'\""), bare(got, "'\"")
    return want, got


def str_prefix(s):
    return re.sub(r"%\(_\)s", "", s)
