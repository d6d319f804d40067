"""Short lines: what many ask for one thing, done one after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LineFull(Exception):
    """So many are waiting that nobody else should."""


class Lines:
    """One line for each key, as long as somebody stands in it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: dict[str, tuple[asyncio.Lock, int]] = {}  # whose turn it is, and how many stand there

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Waits for one's turn, which lasts as long as the block. LineFull."""
        lock, there = self._lines.get(key, (asyncio.Lock(), 0))
        if there >= self._most:
            raise LineFull
        self._lines[key] = lock, there + 1
        try:
            async with lock:
                yield
        finally:
            there = self._lines[key][1] - 1
            if there:
                self._lines[key] = lock, there
            else:
                del self._lines[key]
