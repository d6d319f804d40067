"""The live part of a check-in, from admission to its end: a room, a recorder a seat, stills and what they said."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cases.entries import Drop, EngineCited, FileCited, Gap, NoteFiled, RecordingFiled, StillFiled
from checkins.identity import IdentityCheck, IdentityCue, IdentityState
from checkins.news import IdentityNews, Presence, Seat
from media import recording
from media.recorder import Recorded, Recorder
from media.room import Room, SeatState
from media.sampler import Sampler, Still
from recognition.engines import EngineInfo
from recognition.verdict import SFACE, Comparison, Reason, Verdict, verdict_of
from storage.files import FileStore, SealedFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Footage:
    """Everything a call leaves behind, ready to be filed."""

    recordings: tuple[RecordingFiled, ...]
    identity: IdentityState
    verdicts: Mapping[str, int] = field(default_factory=dict)
    stills: tuple[StillFiled, ...] = ()
    drops: tuple[Drop, ...] = ()
    notes: tuple[NoteFiled, ...] = ()
    engine: EngineCited | None = None


class Call:
    """One admitted check-in while it lasts. Its clock starts at admission; both recordings and every mark lie on it."""

    def __init__(self, name: str, room: Room, files: FileStore, clock: Callable[[], float]) -> None:
        """`name` is the prefix of its files, made by us: check-ins/<id>."""
        self.room = room
        self.engine: EngineInfo | None = None
        self.identity = IdentityCheck(SFACE)  # unread as long as no still is taken
        self._unable_because: tuple[Reason, ...] = ()
        self.presence = dict.fromkeys(Seat, Presence.PRESENT)
        self._name = name
        self._files = files
        self._clock = clock
        self._zero = clock()
        self._sampler: Sampler | None = None
        self._lost_at: dict[Seat, float] = {}
        self._drops: list[Drop] = []
        self._stills: list[StillFiled] = []
        self._notes: list[NoteFiled] = []
        self._recorders = {seat: self._recorder(seat) for seat in Seat}

    def _recorder(self, seat: Seat) -> Recorder:
        recorder = Recorder(
            recording_folder(self._files, self._name, seat), self._zero, lambda: self.room.ask_keyframe(seat)
        )
        self.room.attach(seat, recorder)
        return recorder

    def take_stills(self, engine: EngineInfo, wait: Callable[[], float], on_still: Callable[[Still], None]) -> None:
        """From now on the subject's camera is sampled: after each `wait()` seconds `on_still` is given one picture."""
        self.engine = engine
        self.identity = IdentityCheck(engine.thresholds)
        self._sampler = Sampler(lambda: self.room.ask_keyframe(Seat.SUBJECT), wait, on_still, self._clock)
        self.room.attach(Seat.SUBJECT, self._sampler)

    def elapsed(self) -> float:
        """Seconds since admission."""
        return self._clock() - self._zero

    def on_seat(self, seat: Seat, state: SeatState) -> bool:
        """A seat's media flows, or stopped. Returns whether that is news."""
        connected = state is SeatState.CONNECTED
        if connected is (self.presence[seat] is Presence.CONNECTED):
            return False
        if connected:
            self.presence[seat] = Presence.CONNECTED
            if seat in self._lost_at:
                self._drops.append(Drop(seat, self._lost_at.pop(seat), self.elapsed()))
        else:
            if self.presence[seat] is not Presence.CONNECTED:
                return False
            self.presence[seat] = Presence.LOST
            self._lost_at[seat] = self.elapsed()
        return True

    def note(self, text: str) -> None:
        self._notes.append(NoteFiled(self.elapsed(), text))

    async def judged(self, still: Still, comparison: Comparison) -> IdentityNews:
        """Take what one still said into the identity check, and keep its picture."""
        verdict, reasons = verdict_of(comparison, self.identity.thresholds)
        self.identity = self.identity.on_still(comparison)
        number = self.identity.stills
        kept = await asyncio.to_thread(self._files.keep, still.jpeg, f"{self._name}/stills/{number:04}.jpg")
        filed = StillFiled(still.at - self._zero, verdict, comparison.score, tuple(reasons), _cited(kept))
        self._stills.append(filed)
        return self.identity_news(filed)

    def unable(self, reason: Reason) -> None:
        """Stills would say nothing (no engine, no enrolled face): a person looks, and is told why at once."""
        self.identity = self.identity.on(IdentityCue.ENGINE_UNABLE)
        self._unable_because = (reason,)

    def identity_news(self, still: StillFiled | None = None) -> IdentityNews:
        """Where identity stands, after this still or by itself."""
        check = self.identity
        verdict = Verdict(still.verdict) if still is not None else Verdict.UNABLE if self._unable_because else None
        return IdentityNews(
            state=check.state,
            verdict=verdict,
            at_s=None if still is None else still.at_s,
            reasons=self._unable_because if still is None else tuple(map(Reason, still.reasons)),
            usable=check.usable,
            stills=check.stills,
            engine=self.engine.name if self.engine is not None else "off",
        )

    async def finish(self) -> Footage:
        """Close room and sampler, finish and seal both recordings. Afterwards nothing of the call runs any more."""
        ended_s = self.elapsed()
        if self._sampler is not None:
            await self._sampler.close()
        try:
            await self.room.close()
        except Exception:
            log.exception("room %s did not close in order; its recordings are finished all the same", self.room.name)
        drops = self._drops + [Drop(seat, lost_s, ended_s) for seat, lost_s in self._lost_at.items()]
        async with asyncio.TaskGroup() as tasks:
            sealing = [tasks.create_task(self._finished(seat, drops)) for seat in Seat]
        return Footage(
            recordings=tuple(task.result() for task in sealing),
            identity=self.identity.state,
            verdicts={verdict.value: count for verdict, count in self.identity.verdicts.items()},
            stills=tuple(self._stills),
            drops=tuple(drops),
            notes=tuple(self._notes),
            engine=None if self.engine is None else EngineCited(self.engine.name, self.engine.model_sha256),
        )

    async def _finished(self, seat: Seat, drops: list[Drop]) -> RecordingFiled:
        recorded = await self._recorders[seat].finish()
        return await sealed_recording(self._files, self._name, seat, recorded, drops)


def recording_folder(files: FileStore, name: str, seat: Seat) -> Path:
    """Where a seat's recording grows until it is sealed; what kill -9 leaves is found there."""
    return files.working_folder(f"{name}/{seat}")


async def sealed_recording(
    files: FileStore, name: str, seat: Seat, recorded: Recorded, drops: list[Drop]
) -> RecordingFiled:
    """Hash and seal what a recorder left; each gap is listed with its cause."""
    gaps = tuple(Gap(gap.kind, gap.from_s, gap.to_s, _cause(gap, seat, drops)) for gap in recorded.gaps)
    if recorded.path is None:
        # Broken without a file: the disk is full. What was written stays in the working folder, and says so on file.
        return RecordingFiled(seat, "not_joined" if recorded.broken else "empty", None, 0.0, 0.0, gaps)
    kept = await asyncio.to_thread(files.seal, recorded.path, f"{name}/{seat}.webm")
    await asyncio.to_thread(files.remove_working_folder, f"{name}/{seat}")
    state: Literal["sealed", "sealed_with_gap"] = "sealed_with_gap" if recorded.broken else "sealed"
    return RecordingFiled(seat, state, _cited(kept), recorded.seconds, recorded.starts_at_s, gaps)


def _cause(gap: recording.Gap, seat: Seat, drops: list[Drop]) -> str:
    """A gap that overlaps a lost connection is the network's; any other is a camera or microphone that was silent."""
    lost = any(drop.seat == seat and drop.from_s < gap.to_s and gap.from_s < drop.to_s for drop in drops)
    return "connection" if lost else "silent"


def _cited(file: SealedFile) -> FileCited:
    return FileCited(file.name, file.sha256, file.size)
