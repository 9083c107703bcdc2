"""Tests in an order, with the fixtures of their classes and modules."""

import sys

from unittest.case import SkipTest, TestCase, doModuleCleanups
from unittest.util import strclass


class BaseTestSuite:
    """Tests that run one after the other."""

    def __init__(self, tests=()):
        self._tests = []
        self.addTests(tests)

    def __repr__(self):
        return "<%s tests=%s>" % (strclass(self.__class__), list(self))

    def __eq__(self, other):
        if not isinstance(other, self.__class__):
            return NotImplemented
        return list(self) == list(other)

    def __iter__(self):
        return iter(self._tests)

    def countTestCases(self):
        return sum(test.countTestCases() for test in self)

    def addTest(self, test):
        if not callable(test):
            raise TypeError("%r is not callable" % (test,))
        if isinstance(test, type) and issubclass(test, (TestCase, BaseTestSuite)):
            raise TypeError("TestCases and TestSuites must be instantiated before passing them to addTest()")
        self._tests.append(test)

    def addTests(self, tests):
        if isinstance(tests, str):
            raise TypeError("tests must be an iterable of tests, not a string")
        for test in tests:
            self.addTest(test)

    def run(self, result):
        for test in self:
            if result.shouldStop:
                break
            test(result)
        return result

    def __call__(self, *args, **kwds):
        return self.run(*args, **kwds)

    def debug(self):
        for test in self:
            test.debug()


class _ErrorHolder:
    """Stands for a fixture that failed."""

    failureException = None

    def __init__(self, description):
        self.description = description

    def id(self):
        return self.description

    def shortDescription(self):
        return None

    def __repr__(self):
        return "<ErrorHolder description=%r>" % (self.description,)

    __str__ = id

    def run(self, result):
        pass

    def __call__(self, result):
        return self.run(result)

    def countTestCases(self):
        return 0


class TestSuite(BaseTestSuite):
    """Tests whose classes and modules are set up before the first and torn down after the last of theirs."""

    def run(self, result, debug=False):
        top = False
        if getattr(result, "_testRunEntered", False) is False:
            result._testRunEntered = top = True
        for test in self:
            if result.shouldStop:
                break
            if not isinstance(test, BaseTestSuite) and not hasattr(test, "_tests"):
                self._leave_class(test, result)
                self._enter_module(test, result)
                self._enter_class(test, result)
                result._previousTestClass = test.__class__
                if getattr(test.__class__, "_classSetupFailed", False) or getattr(result, "_moduleSetUpFailed", False):
                    continue
            if debug:
                test.debug()
            else:
                test(result)
        if top:
            self._leave_class(None, result)
            self._leave_module(result)
            result._testRunEntered = False
        return result

    def _enter_class(self, test, result):
        before = getattr(result, "_previousTestClass", None)
        cls = test.__class__
        if cls == before or getattr(result, "_moduleSetUpFailed", False):
            return
        if getattr(cls, "__unittest_skip__", False):
            return
        try:
            cls._classSetupFailed = False
        except TypeError:
            pass
        set_up = getattr(cls, "setUpClass", None)
        if set_up is None:
            return
        failed = False
        try:
            set_up()
        except Exception as problem:
            failed = True
            try:
                cls._classSetupFailed = True
            except TypeError:
                pass
            self._fixture_failed(result, problem, "setUpClass", strclass(cls))
        if failed:
            cls.doClassCleanups()
            for details in cls.tearDown_exceptions:
                self._fixture_failed(result, details[1], "setUpClass", strclass(cls), details)

    def _leave_class(self, test, result):
        before = getattr(result, "_previousTestClass", None)
        if before is None or (test is not None and test.__class__ == before):
            return
        if getattr(before, "_classSetupFailed", False) or getattr(result, "_moduleSetUpFailed", False):
            return
        if getattr(before, "__unittest_skip__", False):
            return
        tear_down = getattr(before, "tearDownClass", None)
        if tear_down is not None:
            try:
                tear_down()
            except Exception as problem:
                self._fixture_failed(result, problem, "tearDownClass", strclass(before))
        clean = getattr(before, "doClassCleanups", None)
        if clean is not None:
            clean()
            for details in before.tearDown_exceptions:
                self._fixture_failed(result, details[1], "tearDownClass", strclass(before), details)

    def _enter_module(self, test, result):
        before = getattr(result, "_previousTestClass", None)
        previous = None if before is None else before.__module__
        current = test.__class__.__module__
        if current == previous:
            return
        self._leave_module(result)
        result._moduleSetUpFailed = False
        module = sys.modules.get(current)
        set_up = getattr(module, "setUpModule", None)
        if set_up is not None:
            try:
                set_up()
            except Exception as problem:
                result._moduleSetUpFailed = True
                self._fixture_failed(result, problem, "setUpModule", current)
                try:
                    doModuleCleanups()
                except Exception as problem:
                    self._fixture_failed(result, problem, "setUpModule", current)

    def _leave_module(self, result):
        before = getattr(result, "_previousTestClass", None)
        if before is None or getattr(result, "_moduleSetUpFailed", False):
            return
        module = sys.modules.get(before.__module__)
        if module is None:
            return
        tear_down = getattr(module, "tearDownModule", None)
        if tear_down is not None:
            try:
                tear_down()
            except Exception as problem:
                self._fixture_failed(result, problem, "tearDownModule", before.__module__)
        try:
            doModuleCleanups()
        except Exception as problem:
            self._fixture_failed(result, problem, "tearDownModule", before.__module__)

    def _fixture_failed(self, result, problem, method, parent, details=None):
        holder = _ErrorHolder("%s (%s)" % (method, parent))
        if isinstance(problem, SkipTest):
            result.addSkip(holder, str(problem))
        else:
            result.addError(holder, details or (type(problem), problem, problem.__traceback__))
