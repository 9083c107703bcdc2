"""Test cases that know the databases."""

import copy
import json
import unittest
from collections import Counter
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction

import _django_test
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.test.utils import CaptureQueriesContext, modify_settings, override_settings
from unittest.util import safe_repr


class DatabaseOperationForbidden(AssertionError):
    """A statement was sent to a database that the test does not name."""


class _AssertNumQueriesContext(CaptureQueriesContext):
    def __init__(self, test_case, num, connection):
        self.test_case = test_case
        self.num = num
        super().__init__(connection)

    def __exit__(self, exc_type, exc_value, traceback):
        super().__exit__(exc_type, exc_value, traceback)
        if exc_type is not None:
            return
        executed = len(self)
        shown = "\n".join("%d. %s" % (at, query["sql"]) for at, query in enumerate(self.captured_queries, start=1))
        self.test_case.assertEqual(
            executed, self.num,
            "%d queries executed, %d expected\nCaptured queries were:\n%s" % (executed, self.num, shown))


class _Refused:
    """Stands for a part of the test case that the engine has not got."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        _django_test.unsupported("%s of Django's test case" % self.name)


class SimpleTestCase(unittest.TestCase):
    """A test case that may not touch a database, unless `databases` names it."""

    _overridden_settings = None
    _modified_settings = None
    _pre_setup_ran_eagerly = False

    databases = set()
    _disallowed_database_msg = (
        "Database %(operation)s to %(alias)r are not allowed in SimpleTestCase subclasses. Either subclass TestCase or "
        "TransactionTestCase to ensure proper test isolation or add %(alias)r to %(test)s.databases to silence this "
        "failure."
    )

    client = _Refused("the client")
    async_client = _Refused("the client")
    assertRedirects = _Refused("assertRedirects")
    assertContains = _Refused("assertContains")
    assertNotContains = _Refused("assertNotContains")
    assertFormError = _Refused("assertFormError")
    assertFormSetError = _Refused("assertFormSetError")
    assertTemplateUsed = _Refused("assertTemplateUsed")
    assertTemplateNotUsed = _Refused("assertTemplateNotUsed")
    assertHTMLEqual = _Refused("assertHTMLEqual")
    assertHTMLNotEqual = _Refused("assertHTMLNotEqual")
    assertInHTML = _Refused("assertInHTML")
    assertNotInHTML = _Refused("assertNotInHTML")
    assertXMLEqual = _Refused("assertXMLEqual")
    assertXMLNotEqual = _Refused("assertXMLNotEqual")
    assertFieldOutput = _Refused("assertFieldOutput")
    assertURLEqual = _Refused("assertURLEqual")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls._overridden_settings:
            cls.enterClassContext(override_settings(**cls._overridden_settings))
        if cls._modified_settings:
            cls.enterClassContext(modify_settings(cls._modified_settings))
        cls._add_databases_failures()
        cls.addClassCleanup(cls._remove_databases_failures)

    @classmethod
    def _validate_databases(cls):
        if cls.databases == "__all__":
            return frozenset(connections)
        for alias in cls.databases:
            if alias in connections:
                continue
            from difflib import get_close_matches
            text = "%s.%s.databases refers to %r which is not defined in settings.DATABASES." % (
                cls.__module__, cls.__qualname__, alias)
            near = get_close_matches(alias, list(connections))
            if near:
                text += " Did you mean %r?" % near[0]
            raise ImproperlyConfigured(text)
        return frozenset(cls.databases)

    @classmethod
    def _add_databases_failures(cls):
        cls.databases = cls._validate_databases()
        for alias in connections:
            if alias not in cls.databases:
                said = {"test": "%s.%s" % (cls.__module__, cls.__qualname__), "alias": alias, "operation": "queries"}
                _django_test.forbid(alias, DatabaseOperationForbidden, cls._disallowed_database_msg % said)

    @classmethod
    def _remove_databases_failures(cls):
        for alias in connections:
            _django_test.allow(alias)

    def __call__(self, result=None):
        self._setup_and_call(result)

    def debug(self):
        self._setup_and_call(None, debug=True)

    def _setup_and_call(self, result, debug=False):
        method = getattr(self, self._testMethodName)
        skipped = (getattr(self.__class__, "__unittest_skip__", False) or
                   getattr(method, "__unittest_skip__", False))
        if iscoroutinefunction(method):
            setattr(self, self._testMethodName, _waiting(method))
        if not skipped and not self._guarded(result, debug, self._before):
            return
        if debug:
            super().debug()
        else:
            super().__call__(result)
        if not skipped:
            self._guarded(result, debug, self._post_teardown)

    def _before(self):
        cls = self.__class__
        if cls._pre_setup_ran_eagerly:
            cls._pre_setup_ran_eagerly = False
        else:
            self._pre_setup()

    def _guarded(self, result, debug, step):
        """Runs what surrounds the test; tells whether it went well."""
        try:
            step()
        except BaseException as problem:
            if debug or not (isinstance(problem, Exception) or getattr(result, "takes_everything", False)):
                raise
            result.addError(self, (type(problem), problem, problem.__traceback__))
            return False
        return True

    @classmethod
    def _pre_setup(cls):
        """Before each test, and before its `setUp`."""

    def _post_teardown(self):
        """After each test, and after its cleanups."""

    def settings(self, **kwargs):
        return override_settings(**kwargs)

    def modify_settings(self, **kwargs):
        return modify_settings(**kwargs)

    @contextmanager
    def _message_context(self, method, attribute, expected, message):
        with method(expected) as caught:
            yield caught
        self.assertIn(message, str(getattr(caught, attribute)))

    def _assert_message(self, method, attribute, expected, message, args, kwargs):
        kwargs = dict(kwargs)
        function = None
        if args:
            function, *args = args
        elif "callable_obj" in kwargs:
            function = kwargs.pop("callable_obj")
        context = self._message_context(method, attribute, expected, message)
        if function is None:
            return context
        with context:
            function(*args, **kwargs)

    def assertRaisesMessage(self, expected_exception, expected_message, *args, **kwargs):
        return self._assert_message(
            self.assertRaises, "exception", expected_exception, expected_message, args, kwargs)

    def assertWarnsMessage(self, expected_warning, expected_message, *args, **kwargs):
        return self._assert_message(self.assertWarns, "warning", expected_warning, expected_message, args, kwargs)

    def assertJSONEqual(self, raw, expected_data, msg=None):
        try:
            data = json.loads(raw)
        except json.JSONDecodeError:
            self.fail("First argument is not valid JSON: %r" % raw)
        if isinstance(expected_data, str):
            try:
                expected_data = json.loads(expected_data)
            except ValueError:
                self.fail("Second argument is not valid JSON: %r" % expected_data)
        self.assertEqual(data, expected_data, msg=msg)

    def assertJSONNotEqual(self, raw, expected_data, msg=None):
        try:
            data = json.loads(raw)
        except json.JSONDecodeError:
            self.fail("First argument is not valid JSON: %r" % raw)
        if isinstance(expected_data, str):
            try:
                expected_data = json.loads(expected_data)
            except json.JSONDecodeError:
                self.fail("Second argument is not valid JSON: %r" % expected_data)
        self.assertNotEqual(data, expected_data, msg=msg)


def _waiting(method):
    """A coroutine method as one that runs until the coroutine is done."""
    @wraps(method)
    def call(*args, **kwargs):
        import asyncio
        return asyncio.run(method(*args, **kwargs))
    return call


class TransactionTestCase(SimpleTestCase):
    """A test case whose databases are emptied after each test."""

    reset_sequences = False
    available_apps = None
    fixtures = None
    serialized_rollback = False
    databases = {DEFAULT_DB_ALIAS}
    _disallowed_database_msg = (
        "Database %(operation)s to %(alias)r are not allowed in this test. Add %(alias)r to %(test)s.databases to ensure "
        "proper test isolation and silence this failure."
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not issubclass(cls, TestCase):
            cls._pre_setup()
            cls._pre_setup_ran_eagerly = True

    @classmethod
    def _pre_setup(cls):
        super()._pre_setup()
        cls._fixture_setup()
        for alias in cls._databases_names():
            connections[alias].queries_log.clear()

    @classmethod
    def _databases_names(cls, include_mirrors=True):
        return [alias for alias in connections if alias in cls.databases]

    @classmethod
    def _fixture_setup(cls):
        for alias in cls._databases_names():
            if cls.reset_sequences:
                _django_test.reset_sequences(alias)
        if cls.fixtures:
            _django_test.unsupported("fixtures of a test case")

    def _post_teardown(self):
        self._fixture_teardown()
        super()._post_teardown()

    def _fixture_teardown(self):
        for alias in self._databases_names():
            _django_test.flush(alias)

    def assertQuerySetEqual(self, qs, values, transform=None, ordered=True, msg=None):
        values = list(values)
        items = qs if transform is None else map(transform, qs)
        if not ordered:
            return self.assertDictEqual(Counter(items), Counter(values), msg=msg)
        if len(values) > 1 and hasattr(qs, "ordered") and not qs.ordered:
            raise ValueError("Trying to compare non-ordered queryset against more than one ordered value.")
        return self.assertEqual(list(items), values, msg=msg)

    def assertNumQueries(self, num, func=None, *args, using=DEFAULT_DB_ALIAS, **kwargs):
        context = _AssertNumQueriesContext(self, num, connections[using])
        if func is None:
            return context
        with context:
            func(*args, **kwargs)


class TestData:
    """What `setUpTestData()` made: each test gets its own copy, related objects still related."""

    memo_attr = "_testdata_memo"

    def __init__(self, name, data):
        self.name = name
        self.data = data

    def get_memo(self, testcase):
        memo = getattr(testcase, self.memo_attr, None)
        if memo is None:
            memo = {}
            setattr(testcase, self.memo_attr, memo)
        return memo

    def __get__(self, instance, owner):
        if instance is None:
            return self.data
        data = copy.deepcopy(self.data, self.get_memo(instance))
        setattr(instance, self.name, data)
        return data

    def __repr__(self):
        return "<TestData: name=%r, data=%r>" % (self.name, self.data)


class TestCase(TransactionTestCase):
    """A test case whose class and each of whose tests run in a transaction that is rolled back."""

    @classmethod
    def _enter_atomics(cls):
        opened = {}
        for alias in cls._databases_names():
            block = transaction.atomic(using=alias)
            block._from_testcase = True
            block.__enter__()
            opened[alias] = block
        return opened

    @classmethod
    def _rollback_atomics(cls, atomics):
        for alias in reversed(cls._databases_names()):
            transaction.set_rollback(True, using=alias)
            atomics[alias].__exit__(None, None, None)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cls_atomics = cls._enter_atomics()
        before = dict(cls.__dict__)
        try:
            if cls.fixtures:
                _django_test.unsupported("fixtures of a test case")
            cls.setUpTestData()
        except BaseException:
            cls._rollback_atomics(cls.cls_atomics)
            raise
        for name, value in list(cls.__dict__.items()):
            if value is not before.get(name):
                setattr(cls, name, TestData(name, value))

    @classmethod
    def tearDownClass(cls):
        cls._rollback_atomics(cls.cls_atomics)
        super().tearDownClass()

    @classmethod
    def setUpTestData(cls):
        """Makes what all tests of the class start from."""

    @classmethod
    def _fixture_setup(cls):
        if cls.reset_sequences:
            raise TypeError("reset_sequences cannot be used on TestCase instances")
        cls.atomics = cls._enter_atomics()

    def _fixture_teardown(self):
        try:
            for alias in reversed(self._databases_names()):
                if self._should_check_constraints(connections[alias]):
                    connections[alias].check_constraints()
        finally:
            self._rollback_atomics(self.atomics)

    def _should_check_constraints(self, connection):
        return connection.features.can_defer_constraint_checks and not connection.needs_rollback

    @classmethod
    @contextmanager
    def captureOnCommitCallbacks(cls, *, using=DEFAULT_DB_ALIAS, execute=False):
        """Collects what waits for the commit; with `execute` it is called in the end, as is what that adds."""
        callbacks = []
        start = len(connections[using].run_on_commit)
        try:
            yield callbacks
        finally:
            while True:
                waiting = connections[using].run_on_commit
                count = len(waiting)
                for _, callback, robust in list(waiting)[start:]:
                    callbacks.append(callback)
                    if not execute:
                        continue
                    if not robust:
                        callback()
                        continue
                    try:
                        callback()
                    except Exception as problem:
                        import logging
                        logging.getLogger("django.test").error(
                            "Error calling %s in on_commit() (%s).", callback.__qualname__, problem, exc_info=True)
                if len(connections[using].run_on_commit) == count:
                    break
                start = count


class LiveServerTestCase(TransactionTestCase):
    """A test case with a server: there is none."""

    @classmethod
    def setUpClass(cls):
        _django_test.unsupported("LiveServerTestCase")


class CheckCondition:
    """A skip that is decided when the class is about to run."""

    def __init__(self, *conditions):
        self.conditions = conditions

    def add_condition(self, condition, reason):
        return self.__class__(*self.conditions, (condition, reason))

    def __get__(self, instance, cls=None):
        if any(getattr(base, "__unittest_skip__", False) for base in cls.__bases__):
            return True
        for condition, reason in self.conditions:
            if condition():
                cls.__unittest_skip_why__ = reason
                return True
        return False


def _deferredSkip(condition, reason, name):
    def decorate(item):
        if isinstance(item, type) and issubclass(item, unittest.TestCase):
            databases = getattr(item, "databases", None)
            if not databases or connection.alias not in databases:
                raise ValueError("%s cannot be used on %s as it doesn't allow queries against the %r database." % (
                    name, item, connection.alias))
            known = item.__dict__.get("__unittest_skip__")
            if isinstance(known, CheckCondition):
                item.__unittest_skip__ = known.add_condition(condition, reason)
            elif known is not True:
                item.__unittest_skip__ = CheckCondition((condition, reason))
            return item

        def check(args):
            if args and isinstance(args[0], unittest.TestCase) and connection.alias not in getattr(
                    args[0], "databases", {}):
                raise ValueError("%s cannot be used on %s as %s doesn't allow queries against the %r database." % (
                    name, args[0], args[0].__class__.__qualname__, connection.alias))
            if condition():
                raise unittest.SkipTest(reason)

        if iscoroutinefunction(item):
            @wraps(item)
            async def skip_wrapper(*args, **kwargs):
                check(args)
                return await item(*args, **kwargs)
        else:
            @wraps(item)
            def skip_wrapper(*args, **kwargs):
                check(args)
                return item(*args, **kwargs)
        return skip_wrapper
    return decorate


def _flag(feature):
    return getattr(connection.features, feature, False)


def skipIfDBFeature(*features):
    return _deferredSkip(
        lambda: any(_flag(feature) for feature in features),
        "Database has feature(s) %s" % ", ".join(features), "skipIfDBFeature")


def skipUnlessDBFeature(*features):
    return _deferredSkip(
        lambda: not all(_flag(feature) for feature in features),
        "Database doesn't support feature(s): %s" % ", ".join(features), "skipUnlessDBFeature")


def skipUnlessAnyDBFeature(*features):
    return _deferredSkip(
        lambda: not any(_flag(feature) for feature in features),
        "Database doesn't support any of the feature(s): %s" % ", ".join(features), "skipUnlessAnyDBFeature")


__all__ = [
    "TestCase", "TransactionTestCase", "SimpleTestCase", "LiveServerTestCase", "skipIfDBFeature",
    "skipUnlessDBFeature", "skipUnlessAnyDBFeature",
]
