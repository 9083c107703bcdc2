"""Functions that coroutines may not call."""

from functools import wraps


def async_unsafe(message):
    def decorator(func):
        @wraps(func)
        def inner(*args, **kwargs):
            import asyncio
            from django.core.exceptions import SynchronousOnlyOperation
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                pass
            else:
                raise SynchronousOnlyOperation(text)
            return func(*args, **kwargs)
        return inner
    text = message
    if callable(message):
        func, text = message, "You cannot call this from an async context - use a thread or sync_to_async."
        return decorator(func)
    return decorator
