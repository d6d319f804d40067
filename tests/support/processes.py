"""Processes that a test ends, or waits for."""

import asyncio
import os
import signal


def kill(pid: int) -> None:
    """As the system does when there is no memory left: at once, and without a word."""
    os.kill(pid, signal.SIGKILL)


def freeze(pid: int) -> None:
    """It is there, and does nothing any more."""
    os.kill(pid, signal.SIGSTOP)


async def gone(pid: int) -> None:
    """Until no such process runs any more, whosesoever it was."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(process, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process)
        os.close(process)
