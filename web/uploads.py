"""How many large uploads are in memory at once: few, a short line behind them, and the rest are asked to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

RETRY_AFTER_S = 15


class Uploads:
    """The places of one server. An upload of 25 MB costs up to three times as much while it is looked at."""

    def __init__(self, at_once: int = 2, waiting: int = 6, within_s: float = 120.0) -> None:
        """`within_s`: how long one may take to arrive once it is its turn; who crawls keeps a place from others."""
        self._places = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0
        self._within_s = within_s

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """In here a body may be read and used; nothing of it is read while it waits. 503 when the line is full."""
        if self._here >= self._most:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_AFTER_S)})
        self._here += 1
        try:
            async with self._places:
                yield
        finally:
            self._here -= 1

    @asynccontextmanager
    async def arriving(self) -> AsyncIterator[None]:
        """Around the reading of the body; 408 when it takes too long."""
        try:
            async with asyncio.timeout(self._within_s):
                yield
        except TimeoutError:
            raise web.HTTPRequestTimeout from None


UPLOADS = web.AppKey("uploads", Uploads)
