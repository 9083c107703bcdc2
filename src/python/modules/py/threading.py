"""Threads, as far as there is one: what is started runs to its end at once."""

_names = [0]


class _Main:
    name = "MainThread"
    ident = native_id = 1
    daemon = False

    def is_alive(self):
        return True

    def __repr__(self):
        return "<_MainThread(MainThread, started 1)>"


_main = _Main()
_current = [_main]


class Thread:
    """A call that is made when it is started."""

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        _names[0] += 1
        self.name = name or "Thread-%d%s" % (
            _names[0], " (%s)" % target.__name__ if hasattr(target, "__name__") else "")
        self._target, self._args, self._kwargs = target, args, kwargs or {}
        self.daemon = bool(daemon)
        self.ident = None
        self._started = False

    def run(self):
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def start(self):
        if self._started:
            raise RuntimeError("threads can only be started once")
        self._started = True
        self.ident = _names[0] + 1
        _current.append(self)
        try:
            self.run()
        except Exception:
            import traceback
            traceback.print_exc()
        finally:
            _current.pop()

    def join(self, timeout=None):
        if not self._started:
            raise RuntimeError("cannot join thread before it is started")

    def is_alive(self):
        return False


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        super().__init__(target=function, args=args or (), kwargs=kwargs)

    def start(self):
        pass

    def cancel(self):
        pass


class Lock:
    def __init__(self):
        self._locked = False

    def acquire(self, blocking=True, timeout=-1):
        if self._locked:
            if blocking:
                raise RuntimeError("a lock is waited for that no other thread can release")
            return False
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False

    def locked(self):
        return self._locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


class RLock:
    def __init__(self):
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        self._count += 1
        return True

    def release(self):
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


class Event:
    def __init__(self):
        self._flag = False

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True

    def clear(self):
        self._flag = False

    def wait(self, timeout=None):
        return self._flag


class Condition(RLock):
    def __init__(self, lock=None):
        super().__init__()

    def wait(self, timeout=None):
        return True

    def notify(self, n=1):
        pass

    notify_all = notify


class Semaphore(RLock):
    def __init__(self, value=1):
        super().__init__()


BoundedSemaphore = Semaphore


class local:
    """Attributes of one thread: there is one."""


def current_thread():
    return _current[-1]


currentThread = current_thread


def main_thread():
    return _main


def active_count():
    return len(_current)


def enumerate():
    return list(_current)


def get_ident():
    return _current[-1].ident or 1


get_native_id = get_ident


def excepthook(args):
    pass
