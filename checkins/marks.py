"""What happens in a call, written down line by line as it happens, so that kill -9 loses none of it."""

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import TypeAdapter

from cases.entries import DropCause, EngineCited, NoteFiled, StillFiled
from checkins.identity import IdentityState
from checkins.news import Seat
from checkins.quality import Quality
from recognition.verdict import Reason

log = logging.getLogger(__name__)

FILE = "marks.jsonl"

EndedBy: TypeAlias = Literal["officer", "subject", "grace", "restart"]


@dataclass(frozen=True, slots=True)
class IdentityStands:
    """What the machine says from here on; `because` is why it will look at nothing in this call."""

    state: IdentityState
    because: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFlow:
    """A seat's media flows from `at_s` on, or is away: lost, or lost through a fault of ours, or they said goodbye."""

    seat: Seat
    at_s: float
    flows: bool
    cause: DropCause = "connection"


@dataclass(frozen=True, slots=True)
class SignalTurned:
    """A seat's connection is weak from `at_s` on, or no longer; `worst` is the worst reading of it so far."""

    seat: Seat
    at_s: float
    weak: bool
    worst: Quality


@dataclass(frozen=True, slots=True)
class PictureTurned:
    """A seat's browser sends no picture from `at_s` on because its network is too slow, or sends it again.

    `measured` is what we knew of the connection ourselves at that moment: the browser's word is not all there is.
    """

    seat: Seat
    at_s: float
    paused: bool
    measured: Quality | None


@dataclass(frozen=True, slots=True)
class BrokeOff:
    """A seat's recording stopped before it was told to."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over, and by whose word."""

    by: EndedBy
    at: datetime
    at_s: float


# `at_s` is seconds since admission. An engine's mark stands before the first still: this engine compares.
Mark: TypeAlias = (
    EngineCited
    | IdentityStands
    | StillFiled
    | NoteFiled
    | MediaFlow
    | SignalTurned
    | PictureTurned
    | BrokeOff
    | CallEnded
)

_KINDS: Mapping[type[Mark], str] = {
    EngineCited: "engine",
    IdentityStands: "identity",
    StillFiled: "still",
    NoteFiled: "note",
    MediaFlow: "media",
    SignalTurned: "signal",
    PictureTurned: "picture",
    BrokeOff: "broke_off",
    CallEnded: "ended",
}
_ADAPTERS: Mapping[str, TypeAdapter[Mark]] = {kind: TypeAdapter(mark) for mark, kind in _KINDS.items()}


class Marks:
    """The marks of one call: `made` in memory, and the same in `folder` as fast as the disk takes them."""

    def __init__(self, folder: Path) -> None:
        self.made: list[Mark] = []
        self._name = folder.name
        self._path = folder / FILE
        self._written = 0  # bytes that are safely on the disk
        self._unwritten = b""
        self._writing = asyncio.Lock()

    async def add(self, *marks: Mark) -> None:
        """On the disk when this returns; what a full disk does not take is written with the next mark."""
        self.made += marks
        self._unwritten += b"".join(map(_line, marks))
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


class UnreadableMark(Exception):
    """A line that is whole, and nothing that we write. The message is its number, and quotes nothing of it."""


def read_marks(folder: Path) -> list[Mark]:
    """What is written down in the folder, as far as it is whole. Blocking; OSError, UnreadableMark."""
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return []
    marks: list[Mark] = []
    for line in data.split(b"\n")[:-1]:  # whatever follows the last line's end was cut off
        try:
            found = json.loads(line)
        except ValueError:
            break  # what a power cut left: nobody was told that this had been written
        marks.append(_mark(found, len(marks) + 1))
    return marks


def _mark(found: object, n: int) -> Mark:
    if isinstance(found, dict) and len(found) == 1:
        ((kind, content),) = found.items()
        with suppress(KeyError, ValueError):
            return _ADAPTERS[kind].validate_python(content)
    raise UnreadableMark(n)  # pydantic's own complaint would quote what people wrote


def _line(mark: Mark) -> bytes:
    kind = _KINDS[type(mark)]
    return b'{"%s":%s}\n' % (kind.encode(), _ADAPTERS[kind].dump_json(mark))


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
