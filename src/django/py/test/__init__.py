"""Django's test tools."""

import _django_test
from django.test.testcases import (
    LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, skipIfDBFeature, skipUnlessAnyDBFeature,
    skipUnlessDBFeature,
)
from django.test.utils import ignore_warnings, modify_settings, override_settings, override_system_checks, tag


class _RefusedClass:
    def __init__(self, *args, **kwargs):
        _django_test.unsupported("%s of django.test" % self.__class__.__name__)


class Client(_RefusedClass):
    """The test client: there are no requests."""


class AsyncClient(_RefusedClass):
    """The test client: there are no requests."""


class RequestFactory(_RefusedClass):
    """Makes requests: there are none."""


class AsyncRequestFactory(_RefusedClass):
    """Makes requests: there are none."""


__all__ = [
    "AsyncClient", "AsyncRequestFactory", "Client", "RequestFactory", "TestCase", "TransactionTestCase",
    "SimpleTestCase", "LiveServerTestCase", "skipIfDBFeature", "skipUnlessAnyDBFeature", "skipUnlessDBFeature",
    "ignore_warnings", "modify_settings", "override_settings", "override_system_checks", "tag",
]
