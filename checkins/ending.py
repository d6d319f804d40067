"""How a call ends: what it leaves is made into one entry and filed, the same after a good end and after kill -9."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias, TypeVar

from cases.entries import (
    CheckInEnded,
    ConsentCited,
    Drop,
    EngineCited,
    Gap,
    Mute,
    NoteFiled,
    PicturePause,
    RecordingFiled,
    StillFiled,
    WeakStretch,
)
from checkins.appointment import Appointment
from checkins.folders import marks_folder, recording_name
from checkins.marks import (
    BrokeOff,
    CallEnded,
    IdentityStands,
    Mark,
    MediaFlow,
    MuteTurned,
    PictureTurned,
    SignalTurned,
    read_marks,
)
from checkins.news import Seat
from checkins.progress import Closed
from checkins.quality import Quality
from checkins.surroundings import Surroundings
from live.recordings import Kept, filed_recording, keep_recording
from media import recording
from media.frames import Kind
from storage.files import FileStore

T = TypeVar("T")

log = logging.getLogger(__name__)

LONGEST_OPENING_S = 5.0  # from a connection to its first frame; later than that, camera and microphone were not on
GOODBYE_S = 3.0  # a page that is closed may lose its media before its goodbye has come by another way

MOST_STRETCHES = 200  # of weak network on file: what a person can look at, and no entry without an end


class Ending:
    """The end of one call, from its last moment until it is on file. Nothing is lost by whatever is in the way."""

    def __init__(self, near: Surroundings, marks: Sequence[Mark] | None = None) -> None:
        """`marks` are what the call remembers; without them the disk does."""
        self.held_up = False
        """Whether something was in the way: a full disk, a busy database."""
        self._near = near
        self._marks = marks
        self._entry: CheckInEnded | None = None

    async def file(self, appointment: Appointment) -> Closed | None:
        """Seal and file what the call left. None while something is in the way: then it is to be tried again."""
        check_in = appointment.id
        try:
            if self._entry is None:
                consent = await self._near.progress.consent_of(check_in)
                self._entry = await ended_entry(self._near.files, appointment, consent, self._marks)
            return await self._near.progress.close_and_file(check_in, self._entry, self._near.now())
        except Exception:
            if not self.held_up:  # the next ones would say the same, every few seconds
                log.exception("check-in %s is over and cannot be filed now; it is tried again", check_in)
                self.held_up = True
            return None


async def ended_entry(
    files: FileStore, appointment: Appointment, consent: ConsentCited, marks: Sequence[Mark] | None
) -> CheckInEnded:
    """What goes on file about a call that is over. `marks` are read from the disk where nobody remembers them.

    Recordings are joined and sealed; what is sealed already is left as it is, so that this may be done again after
    whatever kept it from its end. OSError when the disk has no room, and nothing is lost.
    """
    check_in = appointment.check_in
    if check_in.admitted_at is None:
        raise LookupError(f"check-in {check_in.id} was live, and nobody was admitted")
    if marks is None:
        marks = await asyncio.to_thread(lambda: read_marks(marks_folder(files, check_in.id)))
    end = _last(CallEnded, marks)
    # A call without an end was cut off, and with it both recordings, whole as they may look.
    broke = {mark.seat for mark in _all(BrokeOff, marks)} if end is not None else set(Seat)
    kept = {
        seat: await asyncio.to_thread(keep_recording, files, recording_name(check_in.id, seat), broke=seat in broke)
        for seat in Seat
    }
    ended_s = end.at_s if end is not None else max(_heard_until(marks), *(one.until_s for one in kept.values()))
    stands = _last(IdentityStands, marks)
    stills = tuple(_all(StillFiled, marks))
    drops = drops_in(_all(MediaFlow, marks), ended_s)
    pauses = pauses_in(_all(PictureTurned, marks), ended_s)
    mutes = mutes_in(_all(MuteTurned, marks), ended_s)
    return CheckInEnded(
        check_in=check_in.id,
        starts_at=appointment.starts_at,
        arrived_at=check_in.arrived_at,
        admitted_at=check_in.admitted_at,
        ended_at=end.at if end is not None else check_in.admitted_at + timedelta(seconds=ended_s),
        ended_by=end.by if end is not None else "restart",
        officer_post=appointment.host_post,
        consent=consent,
        identity_state=stands.state if stands is not None else appointment.identity,
        verdicts=dict(Counter(still.verdict for still in stills)),
        stills=stills,
        recordings=tuple(_filed(seat, one, (drops, pauses, mutes), ended_s, marks) for seat, one in kept.items()),
        drops=drops,
        notes=tuple(_all(NoteFiled, marks)),
        engine=_last(EngineCited, marks),
        weak=weak_in(_all(SignalTurned, marks), ended_s),
        unable_because=stands.because if stands is not None else (),
        pauses=pauses,
        mutes=mutes,
    )


def drops_in(flows: Iterable[MediaFlow], ended_s: float) -> tuple[Drop, ...]:
    """From when to when a connection that had been there was away; at the latest until the call ended."""
    drops: list[Drop] = []
    gone: dict[Seat, MediaFlow] = {}
    for flow in flows:
        if flow.cause == "left" and _is_goodbye_of(flow, gone.get(flow.seat)):
            gone[flow.seat] = replace(gone[flow.seat], cause="left")
        elif not flow.flows:
            if flow.seat in gone:
                drops.append(_drop(gone[flow.seat], flow.at_s))
            gone[flow.seat] = flow
        elif flow.seat in gone:
            drops.append(_drop(gone.pop(flow.seat), flow.at_s))
    drops += [_drop(flow, ended_s) for flow in gone.values()]
    return tuple(sorted(drops, key=lambda drop: drop.from_s))


def weak_in(turns: Iterable[SignalTurned], ended_s: float) -> tuple[WeakStretch, ...]:
    """From when to when a connection was weak, at the latest until the call ended; of very many the longest."""
    stretches: list[WeakStretch] = []
    began: dict[Seat, SignalTurned] = {}
    for turn in turns:
        if turn.weak:
            began[turn.seat] = turn
        elif turn.seat in began:
            stretches.append(_stretch(began.pop(turn.seat), turn.at_s, turn.worst))
    stretches += [_stretch(turn, ended_s, turn.worst) for turn in began.values()]
    longest = sorted(stretches, key=lambda stretch: stretch.from_s - stretch.to_s)[:MOST_STRETCHES]
    return tuple(sorted(longest, key=lambda stretch: stretch.from_s))


def pauses_in(turns: Iterable[PictureTurned], ended_s: float) -> tuple[PicturePause, ...]:
    """From when to when a browser sent no picture for its network's sake; at the latest until the call ended."""
    pauses: list[PicturePause] = []
    began: dict[Seat, PictureTurned] = {}
    for turn in turns:
        if turn.paused:
            began[turn.seat] = turn
        elif turn.seat in began:
            pauses.append(_pause(began.pop(turn.seat), turn.at_s))
    pauses += [_pause(turn, ended_s) for turn in began.values()]
    return tuple(sorted(pauses, key=lambda pause: pause.from_s))


def mutes_in(turns: Iterable[MuteTurned], ended_s: float) -> tuple[Mute, ...]:
    """From when to when a person kept a microphone silent or a camera dark; at the latest until the call ended."""
    mutes: list[Mute] = []
    for seat in Seat:
        own = [turn for turn in turns if turn.seat is seat]
        mutes += [Mute(seat, "audio", *span) for span in _spans([(turn.at_s, turn.sound) for turn in own], ended_s)]
        mutes += [Mute(seat, "video", *span) for span in _spans([(turn.at_s, turn.picture) for turn in own], ended_s)]
    return tuple(sorted(mutes, key=lambda mute: mute.from_s))


def _spans(turns: Iterable[tuple[float, bool]], ended_s: float) -> list[tuple[float, float]]:
    """From when to when it was so, out of what was so from when on."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for at_s, so in turns:
        if so and since is None:
            since = at_s
        elif not so and since is not None:
            spans.append((since, at_s))
            since = None
    return spans if since is None else [*spans, (since, ended_s)]


def _pause(began: PictureTurned, to_s: float) -> PicturePause:
    if (measured := began.measured) is None:
        return PicturePause(began.seat, began.at_s, to_s, None, None, None)
    return PicturePause(began.seat, began.at_s, to_s, measured.loss, measured.rtt_ms, measured.kbit_s)


def _stretch(began: SignalTurned, to_s: float, worst: Quality) -> WeakStretch:
    return WeakStretch(began.seat, began.at_s, to_s, worst.loss, worst.rtt_ms, worst.kbit_s)


def _drop(gone: MediaFlow, to_s: float) -> Drop:
    return Drop(gone.seat, gone.at_s, to_s, gone.cause)


def _is_goodbye_of(left: MediaFlow, gone: MediaFlow | None) -> bool:
    """Whether the connection went because of this goodbye, which came a moment after it."""
    return gone is not None and gone.cause == "connection" and left.at_s - gone.at_s <= GOODBYE_S


def _connected_at(seat: Seat, marks: Sequence[Mark]) -> float | None:
    """When a seat's connection came up first, with a camera or without; None if it never did."""
    return next((flow.at_s for flow in _all(MediaFlow, marks) if flow.seat is seat and flow.flows), None)


Causes: TypeAlias = tuple[Sequence[Drop], Sequence[PicturePause], Sequence[Mute]]


def _filed(seat: Seat, kept: Kept, causes: Causes, ended_s: float, marks: Sequence[Mark]) -> RecordingFiled:
    """As an entry names it; a camera that was opened late is a gap before its first frame."""
    connected_at, begins_at = _connected_at(seat, marks), kept.recorded.starts_at_s
    before: tuple[Gap, ...] = ()
    if connected_at is not None and begins_at - connected_at > LONGEST_OPENING_S:
        before = tuple(Gap(kind, connected_at, begins_at, "not_opened") for kind in Kind)
    return filed_recording(kept, seat, ended_s, lambda gap: _cause(gap, seat, *causes), before)


def _cause(
    gap: recording.Gap, seat: Seat, drops: Sequence[Drop], pauses: Sequence[PicturePause], mutes: Sequence[Mute]
) -> str:
    """That of the time without a connection which it overlaps, then that of a paused picture, then the person's own.

    Any other is a camera or microphone that was silent.
    """

    def overlaps(one: Drop | PicturePause | Mute) -> bool:
        return one.seat == seat and one.from_s < gap.to_s and gap.from_s < one.to_s

    away = [drop.cause for drop in drops if overlaps(drop)]
    if away:
        return away[0]
    if gap.kind is Kind.VIDEO and any(map(overlaps, pauses)):
        return "sound_only"
    return "muted" if any(overlaps(mute) and mute.kind == gap.kind for mute in mutes) else "silent"


def _heard_until(marks: Sequence[Mark]) -> float:
    """When the last mark was made, in seconds since admission."""
    return max(
        (
            mark.at_s
            for mark in marks
            if isinstance(mark, StillFiled | NoteFiled | MediaFlow | SignalTurned | PictureTurned | MuteTurned)
        ),
        default=0.0,
    )


def _all(kind: type[T], marks: Sequence[Mark]) -> list[T]:
    return [mark for mark in marks if isinstance(mark, kind)]


def _last(kind: type[T], marks: Sequence[Mark]) -> T | None:
    found = _all(kind, marks)
    return found[-1] if found else None
