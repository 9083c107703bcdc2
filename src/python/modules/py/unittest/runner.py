"""Running tests and telling what came of it."""

import sys

from unittest import loader, result


class TextTestResult(result.TestResult):
    """Tells of each test as it ends."""

    separator1 = "=" * 70
    separator2 = "-" * 70

    def __init__(self, stream, descriptions, verbosity):
        super().__init__(stream, descriptions, verbosity)
        self.stream = stream
        self.showAll = verbosity > 1
        self.dots = verbosity == 1
        self.descriptions = descriptions

    def getDescription(self, test):
        first_line = test.shortDescription()
        if self.descriptions and first_line:
            return "\n".join((str(test), first_line))
        return str(test)

    def startTest(self, test):
        super().startTest(test)
        if self.showAll:
            self.stream.write(self.getDescription(test) + " ... ")

    def _tell(self, word, dot):
        if self.showAll:
            self.stream.write(word + "\n")
        elif self.dots:
            self.stream.write(dot)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failed = issubclass(err[0], subtest.failureException)
            self._tell("FAIL" if failed else "ERROR", "F" if failed else "E")
        super().addSubTest(test, subtest, err)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._tell("ok", ".")

    def addError(self, test, err):
        super().addError(test, err)
        self._tell("ERROR", "E")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._tell("FAIL", "F")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._tell("skipped %r" % (reason,), "s")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._tell("expected failure", "x")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._tell("unexpected success", "u")

    def printErrors(self):
        if self.dots or self.showAll:
            self.stream.write("\n")
        self.printErrorList("ERROR", self.errors)
        self.printErrorList("FAIL", self.failures)
        if self.unexpectedSuccesses:
            self.stream.write(self.separator1 + "\n")
            for test in self.unexpectedSuccesses:
                self.stream.write("UNEXPECTED SUCCESS: %s\n" % self.getDescription(test))

    def printErrorList(self, flavour, errors):
        for test, text in errors:
            self.stream.write("%s\n%s: %s\n%s\n%s\n" % (
                self.separator1, flavour, self.getDescription(test), self.separator2, text))


class TextTestRunner:
    """Runs tests and writes what came of them."""

    resultclass = TextTestResult

    def __init__(self, stream=None, descriptions=True, verbosity=1, failfast=False, buffer=False, resultclass=None,
                 warnings=None, *, tb_locals=False):
        self.stream = sys.stderr if stream is None else stream
        self.descriptions = descriptions
        self.verbosity = verbosity
        self.failfast = failfast
        if resultclass is not None:
            self.resultclass = resultclass

    def _makeResult(self):
        return self.resultclass(self.stream, self.descriptions, self.verbosity)

    def run(self, test):
        outcome = self._makeResult()
        outcome.failfast = self.failfast
        outcome.startTestRun()
        try:
            test(outcome)
        finally:
            outcome.stopTestRun()
        outcome.printErrors()
        write = self.stream.write
        write(outcome.separator2 + "\n")
        run = outcome.testsRun
        write("Ran %d test%s in 0.000s\n\n" % (run, "" if run == 1 else "s"))
        notes = []
        if not outcome.wasSuccessful():
            write("FAILED")
            if outcome.failures:
                notes.append("failures=%d" % len(outcome.failures))
            if outcome.errors:
                notes.append("errors=%d" % len(outcome.errors))
        else:
            write("OK")
        if outcome.skipped:
            notes.append("skipped=%d" % len(outcome.skipped))
        if outcome.expectedFailures:
            notes.append("expected failures=%d" % len(outcome.expectedFailures))
        if outcome.unexpectedSuccesses:
            notes.append("unexpected successes=%d" % len(outcome.unexpectedSuccesses))
        write(" (%s)\n" % ", ".join(notes) if notes else "\n")
        return outcome


class TestProgram:
    """Runs the tests of a module."""

    def __init__(self, module="__main__", defaultTest=None, argv=None, testRunner=None,
                 testLoader=loader.defaultTestLoader, exit=True, verbosity=1, failfast=None, **kwargs):
        if isinstance(module, str):
            module = sys.modules[module]
        if defaultTest is None:
            tests = testLoader.loadTestsFromModule(module)
        else:
            names = [defaultTest] if isinstance(defaultTest, str) else defaultTest
            tests = testLoader.loadTestsFromNames(names, module)
        if testRunner is None:
            testRunner = TextTestRunner(verbosity=verbosity, failfast=bool(failfast))
        elif isinstance(testRunner, type):
            testRunner = testRunner(verbosity=verbosity)
        self.result = testRunner.run(tests)
        if exit:
            sys.exit(not self.result.wasSuccessful())


main = TestProgram
