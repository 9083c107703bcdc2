"""Between coroutines and plain functions: everything runs on one thread."""

import functools
from inspect import iscoroutinefunction

from _engine import in_event_loop

__all__ = ["SyncToAsync", "async_to_sync", "iscoroutinefunction", "markcoroutinefunction", "sync_to_async"]


def async_to_sync(awaitable=None, force_new_loop=False):
    """A coroutine function as one that waits for its result."""
    if awaitable is None:
        return async_to_sync

    @functools.wraps(awaitable)
    def call(*args, **kwargs):
        import asyncio
        return asyncio.run(awaitable(*args, **kwargs))
    return call


def sync_to_async(func=None, *, thread_sensitive=True, executor=None):
    """A function as a coroutine function."""
    if func is None:
        return lambda func: sync_to_async(func, thread_sensitive=thread_sensitive, executor=executor)

    @functools.wraps(func)
    async def call(*args, **kwargs):
        # As in the thread that it would run in, where no loop runs.
        inside = in_event_loop(False)
        try:
            return func(*args, **kwargs)
        finally:
            in_event_loop(inside)
    return call


SyncToAsync = sync_to_async


def markcoroutinefunction(func):
    func._is_coroutine_mark = True
    return func
