"""Asynchronous methods without threads.

Django sends each `a…` method's work to another thread, which would open another in-memory database. The statements are
the same when the work is done in place, outside of the running loop's sight.
"""

import asyncio


def install():
    from asgiref import sync

    async def call(self, *args, **kwargs):
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        try:
            return self.func(*args, **kwargs)
        finally:
            asyncio._set_running_loop(loop)

    sync.SyncToAsync.__call__ = call
    sync.AsyncToSync.__call__ = lambda self, *args, **kwargs: asyncio.run(self.awaitable(*args, **kwargs))
