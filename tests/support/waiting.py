"""Waiting for what shows in a database, on a disk or in another program: looked at again and again, with a limit."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

LONGEST_S = 30.0  # a test that waits longer has failed
AGAIN_S = 0.02


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Until it is so."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(AGAIN_S)
