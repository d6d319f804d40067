"""Passwords: hashed slowly on purpose, in two threads of their own so that nobody else waits."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from accounts.details import LONGEST_PASSWORD

T = TypeVar("T")

# OWASP's second choice for argon2id: some 40 ms and 19 MiB each, where the default 64 MiB would be a way to exhaust us.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

WORKERS = 2
MOST_WAITING = 32  # about a second of work; whoever comes after that is asked to come back


class TooBusy(Exception):
    """More passwords are waiting than can be checked soon; nothing was checked."""


class Passwords:
    """Hashes and checks passwords; close() ends its threads."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES, type=Type.ID)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="password")
        self._decoy = self._workers.submit(self._hasher.hash, secrets.token_bytes(32))
        self._waiting = 0

    async def keep(self, password: str) -> str:
        """What is kept of a password: parameters, salt and hash in argon2's own form. TooBusy."""
        return await self._work(lambda: self._hasher.hash(_bytes(password)))

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; False after the same work where none is kept. TooBusy."""
        return await self._work(lambda: self._verify(password, kept))

    def close(self) -> None:
        """Waits for what is under way and ends the threads."""
        self._workers.shutdown(cancel_futures=True)

    def _verify(self, password: str, kept: str | None) -> bool:
        try:
            self._hasher.verify(self._decoy.result() if kept is None else kept, _bytes(password))
        except VerifyMismatchError:
            return False
        return kept is not None

    async def _work(self, job: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, job)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    # Nobody has a longer one. NFKC sorts marks in square time and lets no other thread run: of 64 KiB it takes seconds.
    if len(password) > LONGEST_PASSWORD:
        password = ""
    # NFKC: the same password typed on another keyboard (full-width letters, composed accents) stays the same.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
