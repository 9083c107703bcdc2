"""Work handed to others. It is done at once, one piece after another."""

from asyncio import CancelledError

FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED = "FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"


class Error(Exception):
    """Something went wrong with a future."""


class InvalidStateError(Error):
    """The future is not in a state for this."""


class BrokenExecutor(RuntimeError):
    """Its workers are gone."""


TimeoutError = TimeoutError


class Future:
    """A result that is there, or will be set."""

    def __init__(self):
        self._done = False
        self._result = None
        self._exception = None
        self._callbacks = []
        self._cancelled = False

    def __repr__(self):
        if self._cancelled:
            state = "cancelled"
        elif not self._done:
            state = "pending"
        elif self._exception is not None:
            state = "finished raised " + type(self._exception).__name__
        else:
            state = "finished returned " + type(self._result).__name__
        return "<Future at %#x state=%s>" % (id(self), state)

    def cancel(self):
        if self._done and not self._cancelled:
            return False
        self._cancelled = self._done = True
        self._tell()
        return True

    def cancelled(self):
        return self._cancelled

    def running(self):
        return False

    def done(self):
        return self._done

    def _wait(self, timeout):
        if self._cancelled:
            raise CancelledError
        if not self._done:
            if timeout is not None:
                raise TimeoutError
            from _engine import unsupported

            unsupported("waiting for another thread")

    def result(self, timeout=None):
        self._wait(timeout)
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self, timeout=None):
        self._wait(timeout)
        return self._exception

    def add_done_callback(self, fn):
        if self._done:
            fn(self)
        else:
            self._callbacks.append(fn)

    def _tell(self):
        for callback in self._callbacks:
            callback(self)
        self._callbacks.clear()

    def _finish(self):
        if self._done:
            state = "CANCELLED" if self._cancelled else "FINISHED"
            raise InvalidStateError("%s: %r" % (state, self))
        self._done = True
        self._tell()

    def set_result(self, result):
        if not self._done:
            self._result = result
        self._finish()

    def set_exception(self, exception):
        if not self._done:
            self._exception = exception
        self._finish()

    def set_running_or_notify_cancel(self):
        return not self._cancelled


Future.__module__ = "concurrent.futures._base"


class Executor:
    """Does work."""

    _closed = False

    def submit(self, fn, /, *args, **kwargs):
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = Future()
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        futures = [self.submit(fn, *args) for args in zip(*iterables)]

        def results():
            for future in futures:
                yield future.result()

        return results()

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._closed = True

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.shutdown(wait=True)
        return False


class ThreadPoolExecutor(Executor):
    """Its workers are the caller itself."""

    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._max_workers = max_workers or 5
        if initializer is not None:
            initializer(*initargs)


class ProcessPoolExecutor(Executor):
    """Left out: there are no processes."""

    def __init__(self, *args, **kwargs):
        from _engine import unsupported

        unsupported("ProcessPoolExecutor")


class _Waited(tuple):
    done = property(lambda self: self[0])
    not_done = property(lambda self: self[1])

    def __repr__(self):
        return "DoneAndNotDoneFutures(done=%r, not_done=%r)" % self


def wait(fs, timeout=None, return_when=ALL_COMPLETED):
    fs = set(fs)
    done = {future for future in fs if future.done()}
    return _Waited((done, fs - done))


def as_completed(fs, timeout=None):
    yield from list(dict.fromkeys(fs))
