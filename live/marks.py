"""What happens live, written down line by line as it happens, so that kill -9 loses none of it."""

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

log = logging.getLogger(__name__)

FILE = "marks.jsonl"

M = TypeVar("M")


class UnreadableMark(Exception):
    """A line that is whole, and nothing that we write. The message is its number, and quotes nothing of it."""


class Kinds(Generic[M]):
    """The marks that one activity makes, each a frozen value with a word of its own, and their form on the disk."""

    def __init__(self, kinds: Mapping[type[M], str]) -> None:
        self._kinds = kinds
        self._adapters: Mapping[str, TypeAdapter[Any]] = {kind: TypeAdapter(mark) for mark, kind in kinds.items()}

    def line(self, mark: M) -> bytes:
        """A mark as it is written."""
        kind = self._kinds[type(mark)]
        return b'{"%s":%s}\n' % (kind.encode(), self._adapters[kind].dump_json(mark))

    def read(self, folder: Path) -> list[M]:
        """What is written down in the folder, as far as it is whole. Blocking; OSError, UnreadableMark."""
        try:
            data = (folder / FILE).read_bytes()
        except FileNotFoundError:
            return []
        marks: list[M] = []
        for line in data.split(b"\n")[:-1]:  # whatever follows the last line's end was cut off
            try:
                found = json.loads(line)
            except ValueError:
                break  # what a power cut left: nobody was told that this had been written
            marks.append(self._mark(found, len(marks) + 1))
        return marks

    def _mark(self, found: object, n: int) -> M:
        if isinstance(found, dict) and len(found) == 1:
            ((kind, content),) = found.items()
            with suppress(KeyError, ValueError):
                mark: M = self._adapters[kind].validate_python(content)
                return mark
        raise UnreadableMark(n)  # pydantic's own complaint would quote what people wrote


class WrittenMarks(Generic[M]):
    """The marks of one live event: `made` in memory, and the same in `folder` as fast as the disk takes them."""

    def __init__(self, folder: Path, kinds: Kinds[M]) -> None:
        self.made: list[M] = []
        self._kinds = kinds
        self._name = folder.name
        self._path = folder / FILE
        self._written = 0  # bytes that are safely on the disk
        self._unwritten = b""
        self._writing = asyncio.Lock()

    async def add(self, *marks: M) -> None:
        """On the disk when this returns; what a full disk does not take is written with the next mark."""
        self.made += marks
        self._unwritten += b"".join(map(self._kinds.line, marks))
        async with self._writing:
            lines = self._unwritten
            if not lines:
                return  # whoever wrote before us took ours along
            try:
                await asyncio.to_thread(_write, self._path, lines, self._written)
            except OSError as error:
                log.warning("marks of %s wait for the disk: %s", self._name, error.strerror)
                return
            self._written += len(lines)
            self._unwritten = self._unwritten[len(lines) :]


def _write(path: Path, lines: bytes, offset: int) -> None:
    """At a fixed place: after a write that failed in the middle the next one begins where this one did."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        written = 0
        while written < len(lines):
            written += os.pwrite(descriptor, lines[written:], offset + written)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
