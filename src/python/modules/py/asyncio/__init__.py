"""Coroutines on a simple loop: one thread, no waiting, time stands still."""

import functools as _functools
import inspect as _inspect
from _engine import in_event_loop as _in_event_loop
from collections import deque as _deque


class CancelledError(BaseException):
    """A task was cancelled."""


TimeoutError = TimeoutError


class InvalidStateError(Exception):
    """A future can't do this now."""


class QueueEmpty(Exception):
    """There is nothing in the queue."""


class QueueFull(Exception):
    """There is no room in the queue."""


FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED = "FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"


class Future:
    """A result to come."""

    def __init__(self, *, loop=None):
        self._loop = loop or _current()
        self._state = "PENDING"
        self._result = None
        self._exception = None
        self._callbacks = []

    def done(self):
        return self._state != "PENDING"

    def cancelled(self):
        return self._state == "CANCELLED"

    def result(self):
        if self._state == "CANCELLED":
            raise CancelledError()
        if self._state == "PENDING":
            raise InvalidStateError("Result is not ready.")
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self):
        if self._state == "CANCELLED":
            raise CancelledError()
        if self._state == "PENDING":
            raise InvalidStateError("Exception is not set.")
        return self._exception

    def set_result(self, result):
        self._finish("FINISHED", result, None)

    def set_exception(self, exception):
        if isinstance(exception, type):
            exception = exception()
        self._finish("FINISHED", None, exception)

    def cancel(self, msg=None):
        if self.done():
            return False
        self._finish("CANCELLED", None, None)
        return True

    def _finish(self, state, result, exception):
        if self.done():
            raise InvalidStateError("invalid state")
        self._state, self._result, self._exception = state, result, exception
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._loop.call_soon(callback, self)

    def add_done_callback(self, fn, *, context=None):
        if self.done():
            self._loop.call_soon(fn, self)
        else:
            self._callbacks.append(fn)

    def remove_done_callback(self, fn):
        count = len(self._callbacks)
        self._callbacks = [callback for callback in self._callbacks if callback != fn]
        return count - len(self._callbacks)

    def get_loop(self):
        return self._loop

    def __await__(self):
        if not self.done():
            yield self
        return self.result()

    __iter__ = __await__


_names = [0]


class Task(Future):
    """A coroutine that runs along with others."""

    def __init__(self, coro, *, loop=None, name=None, context=None):
        super().__init__(loop=loop)
        _names[0] += 1
        self._name = name or "Task-%d" % _names[0]
        self._coro = coro
        self._cancelling = False
        self._waiting = None
        self._loop.call_soon(self._step)

    def get_name(self):
        return self._name

    def set_name(self, value):
        self._name = str(value)

    def get_coro(self):
        return self._coro

    def cancel(self, msg=None):
        if self.done():
            return False
        if self._waiting is not None and self._waiting.cancel():
            return True
        self._cancelling = True
        return True

    def _step(self, future=None):
        if self.done():
            return
        self._waiting = None
        before = self._loop._task
        self._loop._task = self
        try:
            if self._cancelling or future is not None and future.cancelled():
                self._cancelling = False
                waiting = self._coro.throw(CancelledError())
            else:
                waiting = self._coro.send(None)
        except StopIteration as stop:
            self._finish("FINISHED", stop.value, None)
        except CancelledError:
            self._finish("CANCELLED", None, None)
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as problem:
            self._finish("FINISHED", None, problem)
        else:
            if waiting is None:
                self._loop.call_soon(self._step)
            else:
                self._waiting = waiting
                waiting.add_done_callback(self._step)
        finally:
            self._loop._task = before


class _Handle:
    def __init__(self, callback, args):
        self._callback, self._args = callback, args

    def cancel(self):
        self._callback = None

    def _run(self):
        if self._callback is not None:
            self._callback(*self._args)


class AbstractEventLoop:
    """What loops are."""


class _Loop(AbstractEventLoop):
    def __init__(self):
        self._ready = _deque()
        self._timers = []
        self._time = 0.0
        self._count = 0
        self._task = None
        self._closed = False
        self._running = False

    def time(self):
        return self._time

    def call_soon(self, callback, *args, context=None):
        handle = _Handle(callback, args)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self._time + delay, callback, *args)

    def call_at(self, when, callback, *args, context=None):
        import heapq
        handle = _Handle(callback, args)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def create_task(self, coro, *, name=None, context=None):
        return Task(coro, loop=self, name=name)

    def create_future(self):
        return Future(loop=self)

    def run_until_complete(self, future):
        future = ensure_future(future, loop=self)
        before = _running[0]
        if before is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        _running[0] = self
        self._running = True
        outside = _in_event_loop(True)
        try:
            while not future.done():
                self._once()
        finally:
            _in_event_loop(outside)
            _running[0] = before
            self._running = False
        return future.result()

    def run_forever(self):
        while self._ready or self._timers:
            self._once()

    def _once(self):
        if not self._ready:
            if not self._timers:
                raise RuntimeError("the event loop waits for something that never comes")
            # Nothing else is to do: the clock is put forward to the next timer.
            import heapq
            when, _, handle = heapq.heappop(self._timers)
            self._time = max(self._time, when)
            self._ready.append(handle)
        for _ in range(len(self._ready)):
            self._ready.popleft()._run()

    async def run_in_executor(self, executor, func, *args):
        return _apart(func, args, {})

    def is_running(self):
        return self._running

    def is_closed(self):
        return self._closed

    def close(self):
        self._closed = True

    def stop(self):
        pass

    def set_debug(self, enabled):
        pass

    def get_debug(self):
        return False

    async def shutdown_asyncgens(self):
        pass

    shutdown_default_executor = shutdown_asyncgens


def _apart(func, args, kwargs):
    """Calls a plain function as a thread of its own would, where no loop runs."""
    inside = _in_event_loop(False)
    try:
        return func(*args, **kwargs)
    finally:
        _in_event_loop(inside)


_running = [None]
_main = []


def _current():
    if _running[0] is not None:
        return _running[0]
    if not _main:
        _main.append(_Loop())
    return _main[0]


def get_running_loop():
    if _running[0] is None:
        raise RuntimeError("no running event loop")
    return _running[0]


def get_event_loop():
    return _current()


def new_event_loop():
    return _Loop()


def set_event_loop(loop):
    _main[:] = [] if loop is None else [loop]


def iscoroutine(obj):
    return _inspect.iscoroutine(obj)


def iscoroutinefunction(func):
    return _inspect.iscoroutinefunction(func) or getattr(func, "_is_coroutine", None) is coroutines._is_coroutine


class coroutines:
    _is_coroutine = object()
    iscoroutinefunction = staticmethod(iscoroutinefunction)
    iscoroutine = staticmethod(iscoroutine)


def isfuture(obj):
    return isinstance(obj, Future)


def ensure_future(coro_or_future, *, loop=None):
    if isinstance(coro_or_future, Future):
        return coro_or_future
    if iscoroutine(coro_or_future):
        return (loop or _current()).create_task(coro_or_future)
    if hasattr(type(coro_or_future), "__await__"):
        async def wait(awaitable):
            return await awaitable
        return (loop or _current()).create_task(wait(coro_or_future))
    raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")


def create_task(coro, *, name=None, context=None):
    return get_running_loop().create_task(coro, name=name)


def current_task(loop=None):
    return (loop or get_running_loop())._task


def all_tasks(loop=None):
    return set()


def run(main, *, debug=None):
    """Runs a coroutine to its end."""
    if _running[0] is not None:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    if not iscoroutine(main):
        raise ValueError("a coroutine was expected, got %r" % (main,))
    return _Loop().run_until_complete(main)


class Runner:
    """Runs coroutines one after the other on one loop."""

    def __init__(self, *, debug=None, loop_factory=None):
        self._loop = _Loop()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass

    def run(self, coro, *, context=None):
        return self._loop.run_until_complete(coro)

    def get_loop(self):
        return self._loop

    def close(self):
        pass


async def sleep(delay, result=None):
    """Lets others run; the time itself does not pass."""
    loop = get_running_loop()
    future = loop.create_future()
    if delay <= 0:
        loop.call_soon(_set, future, result)
    else:
        loop.call_later(delay, _set, future, result)
    return await future


def _set(future, result):
    if not future.done():
        future.set_result(result)


def gather(*coros_or_futures, return_exceptions=False):
    """The results of several, in order."""
    loop = _current()
    outer = loop.create_future()
    children = [ensure_future(item, loop=loop) for item in coros_or_futures]
    if not children:
        outer.set_result([])
        return outer
    left = [len(children)]

    def done(future):
        left[0] -= 1
        if outer.done():
            return
        if not return_exceptions:
            if future.cancelled():
                outer.set_exception(CancelledError())
                return
            if future.exception() is not None:
                outer.set_exception(future.exception())
                return
        if left[0] == 0:
            results = []
            for child in children:
                if child.cancelled():
                    results.append(CancelledError())
                else:
                    results.append(child.exception() or child.result() if child.exception() is None
                                   else child.exception())
            outer.set_result(results)
    for child in children:
        child.add_done_callback(done)
    return outer


async def wait(fs, *, timeout=None, return_when=ALL_COMPLETED):
    tasks = [ensure_future(item) for item in fs]
    if not tasks:
        raise ValueError("Set of Tasks/Futures is empty.")
    loop = get_running_loop()
    waiter = loop.create_future()

    def check(_=None):
        finished = [task for task in tasks if task.done()]
        enough = (len(finished) == len(tasks) or return_when == FIRST_COMPLETED and finished
                  or return_when == FIRST_EXCEPTION and any(
                      not task.cancelled() and task.exception() is not None for task in finished))
        if enough and not waiter.done():
            waiter.set_result(None)
    for task in tasks:
        task.add_done_callback(check)
    if timeout is not None:
        loop.call_later(timeout, _set, waiter, None)
    await waiter
    return {task for task in tasks if task.done()}, {task for task in tasks if not task.done()}


async def wait_for(fut, timeout):
    """The result, or `TimeoutError` if it takes too long."""
    task = ensure_future(fut)
    if timeout is None:
        return await task
    await wait([task], timeout=timeout)
    if not task.done():
        task.cancel()
        await sleep(0)
        raise TimeoutError()
    return task.result()


def as_completed(fs, *, timeout=None):
    tasks = [ensure_future(item) for item in fs]
    finished = Queue()
    for task in tasks:
        task.add_done_callback(finished.put_nowait)

    async def one():
        return (await finished.get()).result()
    for _ in tasks:
        yield one()


def shield(arg):
    return ensure_future(arg)


async def to_thread(func, /, *args, **kwargs):
    """Calls the function in place: there are no other threads."""
    return _apart(func, args, kwargs)


class timeout:
    def __init__(self, when):
        self._when = when

    async def __aenter__(self):
        loop = get_running_loop()
        self._task = loop._task
        self._expired = False
        if self._when is not None:
            loop.call_later(self._when, self._expire)
        self._active = True
        return self

    def _expire(self):
        if self._active:
            self._expired = True
            self._task.cancel()

    async def __aexit__(self, kind, value, traceback):
        self._active = False
        if self._expired and kind is CancelledError:
            raise TimeoutError from value


class TaskGroup:
    """Tasks that all end before the block does."""

    async def __aenter__(self):
        self._tasks = []
        return self

    def create_task(self, coro, *, name=None, context=None):
        task = create_task(coro, name=name)
        self._tasks.append(task)
        return task

    async def __aexit__(self, kind, value, traceback):
        for task in self._tasks:
            if kind is not None:
                task.cancel()
        for task in self._tasks:
            try:
                await task
            except CancelledError:
                pass


class _Waiters:
    def __init__(self):
        self._waiters = _deque()

    async def _wait(self):
        future = get_running_loop().create_future()
        self._waiters.append(future)
        await future

    def _wake(self, count=1):
        while self._waiters and count:
            future = self._waiters.popleft()
            if not future.done():
                future.set_result(None)
                count -= 1


class Lock(_Waiters):
    def __init__(self):
        super().__init__()
        self._locked = False

    def locked(self):
        return self._locked

    async def acquire(self):
        while self._locked:
            await self._wait()
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("Lock is not acquired.")
        self._locked = False
        self._wake()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class Semaphore(_Waiters):
    def __init__(self, value=1):
        super().__init__()
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self._value = value

    def locked(self):
        return self._value == 0

    async def acquire(self):
        while self._value <= 0:
            await self._wait()
        self._value -= 1
        return True

    def release(self):
        self._value += 1
        self._wake()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


BoundedSemaphore = Semaphore


class Event(_Waiters):
    def __init__(self):
        super().__init__()
        self._value = False

    def is_set(self):
        return self._value

    def set(self):
        self._value = True
        self._wake(len(self._waiters))

    def clear(self):
        self._value = False

    async def wait(self):
        while not self._value:
            await self._wait()
        return True


class Queue:
    """Hands things from one task to another."""

    def __init__(self, maxsize=0):
        self._maxsize = maxsize
        self._items = _deque()
        self._getters = _Waiters()
        self._putters = _Waiters()
        self._unfinished = 0
        self._joiners = _Waiters()

    def qsize(self):
        return len(self._items)

    def empty(self):
        return not self._items

    def full(self):
        return 0 < self._maxsize <= len(self._items)

    async def put(self, item):
        while self.full():
            await self._putters._wait()
        self.put_nowait(item)

    def put_nowait(self, item):
        if self.full():
            raise QueueFull
        self._items.append(item)
        self._unfinished += 1
        self._getters._wake()

    async def get(self):
        while self.empty():
            await self._getters._wait()
        return self.get_nowait()

    def get_nowait(self):
        if self.empty():
            raise QueueEmpty
        item = self._items.popleft()
        self._putters._wake()
        return item

    def task_done(self):
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        if not self._unfinished:
            self._joiners._wake(len(self._joiners._waiters))

    async def join(self):
        while self._unfinished:
            await self._joiners._wait()
