"""Finds the tests of a package's modules and runs them one by one."""

import sys
import unittest
from unittest import result, suite

from django.test import SimpleTestCase, TestCase


# What SQLite cannot do, as Django's own backend lists it.
EXPECTED_FAILURES = {"expressions.tests.FTimeDeltaTests.test_mixed_comparisons1"}
_ROUND = "db_functions.math.test_round.RoundTests.test_%s_with_negative_precision"
SKIPS = {
    "model_fields.test_decimalfield.DecimalFieldTests.test_fetch_from_db_without_float_rounding":
        "SQLite stores values rounded to 15 significant digits.",
    **{_ROUND % kind: "SQLite doesn't support negative precision for ROUND()."
       for kind in ("null", "decimal", "float", "integer")},
}


class Report(result.TestResult):
    """What became of the test that runs."""

    takes_everything = True

    def begin(self):
        self.said = None
        self.ended = None

    def note(self, status, details):
        if self.said is None:
            kind, value, _ = details
            text = str(value)
            if status == "error" and kind is not None:
                text = "%s: %s" % (kind.__name__, text) if text else kind.__name__
            self.said = (status, text, value)

    def addError(self, test, err):
        self.note("error", err)

    def addFailure(self, test, err):
        self.note("fail", err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.note("fail" if issubclass(err[0], test.failureException) else "error", err)

    def addSuccess(self, test):
        self.ended = ("pass", "", None)

    def addSkip(self, test, reason):
        self.ended = self.ended or ("skip", str(reason), None)

    def addExpectedFailure(self, test, err):
        self.ended = ("pass", "", None)

    def addUnexpectedSuccess(self, test):
        self.ended = ("fail", "Unexpected success", None)


class Driver:
    def __init__(self):
        self.report = Report()
        self.current = None
        self.broken = None
        self.module = None
        self.module_broken = None

    def tests_of(self, module):
        """The tests of a module, in unittest's order."""
        loader = unittest.TestLoader()
        found = []
        for name in dir(module):
            cls = getattr(module, name)
            if (isinstance(cls, type) and issubclass(cls, unittest.TestCase) and
                    cls not in (unittest.TestCase, unittest.FunctionTestCase)):
                names = loader.getTestCaseNames(cls) or (["runTest"] if hasattr(cls, "runTest") else [])
                found.extend((cls, test) for test in names)
        return found

    def ordered(self, found):
        """Django runs its transactional test cases first, then its others, then those of unittest alone."""
        def rank(cls):
            return 0 if issubclass(cls, TestCase) else 1 if issubclass(cls, SimpleTestCase) else 2
        seen = set()
        ordered = []
        for wanted in range(3):
            for cls, name in found:
                if rank(cls) == wanted and (cls, name) not in seen:
                    seen.add((cls, name))
                    ordered.append((cls, name))
        return ordered

    def identify(self, test):
        cls, name = test
        return "%s.%s.%s" % (cls.__module__, cls.__qualname__, name)

    def run(self, test):
        """Runs one test: its status, what it said, and the exception if there was one."""
        cls, name = test
        module_id = cls.__module__
        if module_id != self.module:
            self.leave()
            self.enter_module(module_id)
        if self.module_broken is not None:
            return self.module_broken
        if cls is not self.current:
            self.leave_class()
            self.enter_class(cls)
        if self.broken is not None:
            return self.broken
        report = self.report
        report.begin()
        reason = SKIPS.get(self.identify(test))
        if reason is not None:
            return ("skip", reason, None)
        try:
            case = cls(name)
            if self.identify(test) in EXPECTED_FAILURES:
                case.__unittest_expecting_failure__ = True
            case(report)
        except BaseException as problem:
            report.addError(None, (type(problem), problem, None))
        return report.said or report.ended or ("error", "the test ended without a result", None)

    def fixture(self, name, step):
        """Runs a fixture; what it said if it failed."""
        report = self.report
        report.begin()
        try:
            step()
        except unittest.SkipTest as skipped:
            return ("skip", str(skipped), None)
        except BaseException as problem:
            report.addError(None, (type(problem), problem, None))
            status, text, value = report.said
            return (status, "%s: %s" % (name, text), value)
        return None

    def enter_module(self, name):
        self.module = name
        self.module_broken = None
        set_up = getattr(sys.modules.get(name), "setUpModule", None)
        if set_up is not None:
            self.module_broken = self.fixture("setUpModule", set_up)

    def enter_class(self, cls):
        self.current = cls
        self.broken = None
        if getattr(cls, "__unittest_skip__", False):
            self.broken = ("skip", getattr(cls, "__unittest_skip_why__", ""), None)
            self.current_entered = False
            return
        self.broken = self.fixture("setUpClass", cls.setUpClass)
        self.current_entered = self.broken is None
        if self.broken is not None:
            cls.doClassCleanups()

    def leave_class(self):
        cls, self.current = self.current, None
        if cls is not None and self.current_entered:
            self.fixture("tearDownClass", cls.tearDownClass)
            self.fixture("tearDownClass", cls.doClassCleanups)

    def leave(self):
        """Leaves the class and the module that ran last."""
        self.leave_class()
        if self.module is not None and self.module_broken is None:
            tear_down = getattr(sys.modules.get(self.module), "tearDownModule", None)
            if tear_down is not None:
                self.fixture("tearDownModule", tear_down)
            self.fixture("tearDownModule", suite.doModuleCleanups)
        self.module = None

    def forget(self):
        """After a limit was hit: nothing of the class that ran is to be trusted, so it is set up anew."""
        cls, self.current = self.current, None
        if cls is not None:
            cls._class_cleanups = []
            getattr(cls, "_remove_databases_failures", lambda: None)()


driver = Driver()
