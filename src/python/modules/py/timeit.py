"""How long something takes, by a clock that only counts how often it was asked."""

from time import perf_counter as default_timer

default_number = 1000000
default_repeat = 5
_MOST = 10000


class Timer:
    """A statement to be run a number of times."""

    def __init__(self, stmt="pass", setup="pass", timer=default_timer, globals=None):
        self.timer = timer
        self._globals = globals
        for name, value in (("stmt", stmt), ("setup", setup)):
            if not isinstance(value, str) and not callable(value):
                raise ValueError(f"{name} is neither a string nor callable")
        self._stmt, self._setup = stmt, setup

    def _run(self, what, names):
        if callable(what):
            what()
        else:
            exec(what, names)

    def timeit(self, number=default_number):
        names = {} if self._globals is None else dict(self._globals)
        self._run(self._setup, names)
        begin = self.timer()
        # More rounds would only use up steps: this clock does not see them.
        for _ in range(min(number, _MOST)):
            self._run(self._stmt, names)
        return self.timer() - begin

    def repeat(self, repeat=default_repeat, number=default_number):
        return [self.timeit(number) for _ in range(repeat)]

    def autorange(self, callback=None):
        taken = self.timeit(1)
        if callback:
            callback(1, taken)
        return 1, taken


def timeit(stmt="pass", setup="pass", timer=default_timer, number=default_number, globals=None):
    return Timer(stmt, setup, timer, globals).timeit(number)


def repeat(stmt="pass", setup="pass", timer=default_timer, repeat=default_repeat, number=default_number, globals=None):
    return Timer(stmt, setup, timer, globals).repeat(repeat, number)
