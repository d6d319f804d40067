"""A call by itself, in a real room that nobody has connected to: what it says of its stills, seats and end."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from cases.entries import EngineCited, NoteFiled, StillFiled, ThresholdsCited
from checkins.call import MOST_MUTES, MOST_PAUSES, Call
from checkins.checkin import CheckInId
from checkins.identity import IdentityState
from checkins.marks import BrokeOff, CallEnded, IdentityStands, MediaFlow, MuteTurned, PictureTurned
from checkins.news import Presence, Seat
from checkins.turns import Muting, Pausing
from media.contract import SeatState
from media.plane import MediaPlane
from media.recorder import Recorder
from media.recording import Recorded
from media.sampler import Pause, Still
from recognition.verdict import Comparison, Reason, Verdict
from storage.files import FileStore
from tests.support.clocks import ManualClock
from tests.support.fake_engine import ENGINE

pytestmark = pytest.mark.rim

CHECK_IN = CheckInId("0123456789abcdef0123")
SUBJECT, OFFICER = Seat.SUBJECT, Seat.OFFICER
CONNECTED, LOST, CLOSED, FAILED = SeatState


@dataclass
class Begun:
    """A call that has just begun, and the stills it was handed."""

    call: Call
    clock: ManualClock
    files: FileStore
    stills: list[Still] = field(default_factory=list)

    def still(self, at_s: float = 1.0) -> Still:
        return Still(np.zeros((48, 64, 3), np.uint8), b"\xff\xd8 a picture", self.zero + at_s)

    @property
    def zero(self) -> float:
        return self.clock.clock() - self.call.elapsed()


@pytest.fixture
async def begun(tmp_path: Path) -> AsyncIterator[Begun]:
    clock = ManualClock()
    files = FileStore(tmp_path / "files")
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], clock.clock)
    call = Call(CHECK_IN, plane.open_room(CHECK_IN, lambda _seat, _state: None, len(Seat)), files, clock.clock)
    yield Begun(call, clock, files)
    await call.abandon()
    await plane.close()


# seats


@pytest.mark.parametrize(
    ("states", "flows", "presence"),
    [
        ([], [], Presence.PRESENT),
        ([CONNECTED], [True], Presence.CONNECTED),
        ([CONNECTED, CONNECTED], [True], Presence.CONNECTED),
        ([LOST], [], Presence.PRESENT),  # a connection that never came about
        ([CLOSED, CONNECTED], [True], Presence.CONNECTED),
        ([CONNECTED, LOST], [True, False], Presence.LOST),
        ([CONNECTED, LOST, CLOSED], [True, False], Presence.LOST),
        ([CONNECTED, CLOSED, CONNECTED], [True, False, True], Presence.CONNECTED),
    ],
)
async def test_it_is_news_when_media_begins_to_flow_and_when_it_stops(
    begun: Begun, states: list[SeatState], flows: list[bool], presence: Presence
) -> None:
    news = [begun.call.seat_changed(SUBJECT, state) for state in states]
    assert [flow.flows for flow in news if flow is not None] == flows
    assert begun.call.presence == {SUBJECT: presence, OFFICER: Presence.PRESENT}


async def test_whose_fault_it_was_that_media_stopped_is_marked(begun: Begun) -> None:
    for state in (CONNECTED, FAILED, CONNECTED, LOST, FAILED):
        begun.call.seat_changed(SUBJECT, state)
    for state in (CONNECTED, FAILED):
        flow = begun.call.seat_changed(OFFICER, state)
        assert flow is not None
        assert flow.cause == ("server" if state is FAILED else "connection")
    assert begun.call.seat_changed(OFFICER, FAILED) is None


async def test_the_clock_of_a_call_begins_at_admission(begun: Begun) -> None:
    begun.clock.advance(12.5)
    assert begun.call.seat_changed(OFFICER, CONNECTED) == MediaFlow(OFFICER, 12.5, flows=True)
    await begun.call.note("近况平稳")
    assert begun.call.marks == [NoteFiled(12.5, "近况平稳")]


# stills


MATCH = Comparison(1, 0.8, (), "sface", ENGINE.model_sha256)
NO_FACE = Comparison(0, None, (), "sface", ENGINE.model_sha256)


async def test_a_still_is_kept_and_cited_with_what_it_said(begun: Begun) -> None:
    await begun.call.take_stills(ENGINE, Pause(1.0, 1.0), begun.stills.append)
    news = await begun.call.judged(begun.still(2.5), NO_FACE)
    assert (news.verdict, news.at_s, news.usable, news.stills) == (Verdict.NO_FACE, 2.5, 0, 1)
    engine, still = begun.call.marks
    assert engine == EngineCited(ENGINE.name, ENGINE.model_sha256, ThresholdsCited(0.42, 0.36))
    assert isinstance(still, StillFiled)
    assert (still.at_s, still.verdict, still.score) == (2.5, "no_face", None)
    assert still.file is not None
    assert begun.files.path(still.file.name).read_bytes() == begun.still().jpeg


async def test_what_the_machine_says_is_marked_when_it_changes(begun: Begun) -> None:
    await begun.call.take_stills(ENGINE, Pause(1.0, 1.0), begun.stills.append)
    news = [await begun.call.judged(begun.still(n), MATCH) for n in range(1, 5)]
    assert [one.state for one in news] == [IdentityState.OPEN] * 2 + [IdentityState.MATCHED] * 2
    marked = [type(mark) for mark in begun.call.marks]
    assert marked == [EngineCited, StillFiled, StillFiled, StillFiled, IdentityStands, StillFiled]
    names = [mark.file.name for mark in begun.call.marks if isinstance(mark, StillFiled) and mark.file is not None]
    assert names == [f"check-ins/{CHECK_IN}/stills/{n:04}.jpg" for n in range(1, 5)]


@pytest.mark.parametrize("reason", [Reason.ENGINE_FAILED, Reason.NOT_ENROLLED])
async def test_why_stills_would_say_nothing_is_said_at_once(begun: Begun, reason: Reason) -> None:
    await begun.call.unable(reason)
    news = begun.call.identity_news()
    assert (news.state, news.verdict, news.reasons) == (IdentityState.INCONCLUSIVE, Verdict.UNABLE, (reason,))
    assert (news.at_s, news.engine) == (None, "off")
    assert begun.call.marks == [IdentityStands(IdentityState.INCONCLUSIVE, (reason,))]


async def test_where_nothing_is_compared_nothing_is_said(begun: Begun) -> None:
    news = begun.call.identity_news()
    assert (news.state, news.verdict, news.reasons, news.engine) == (IdentityState.OPEN, None, (), "off")


async def test_a_picture_from_before_admission_is_not_looked_at(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_over: list[Callable[[Still], object]] = []
    monkeypatch.setattr("media.room.Room.sample", lambda _room, _seat, _pause, on_still: handed_over.append(on_still))
    await begun.call.take_stills(ENGINE, Pause(1.0, 1.0), begun.stills.append)
    [hand_over] = handed_over
    held_back, first = begun.still(-0.01), begun.still(0.0)
    hand_over(held_back)
    hand_over(first)
    assert begun.stills == [first]


# the end


async def test_the_end_is_marked_and_nothing_runs_after_it(begun: Begun) -> None:
    await begun.call.take_stills(ENGINE, Pause(1.0, 1.0), begun.stills.append)
    at = begun.clock.advance(60)
    await begun.call.finish("subject", at)
    assert begun.call.marks[1:] == [CallEnded("subject", at, 60.0)]


async def test_whatever_does_not_close_in_order_keeps_no_recording_from_its_end(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_room: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("media.room.Room.close", fails)
        await begun.call.finish("officer", begun.clock.now())
    assert [type(mark) for mark in begun.call.marks] == [CallEnded]
    [said] = caplog.messages
    assert said == f"room {CHECK_IN} did not close in order; its recordings are finished all the same"


@pytest.mark.parametrize("fault", [None, ZeroDivisionError("a bug")])
async def test_a_recording_that_broke_off_is_marked(
    begun: Begun, fault: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finish = Recorder.finish

    async def broken(recorder: Recorder) -> Recorded:
        await finish(recorder)
        if fault is not None:
            raise fault
        return Recorded(None, 0.0, 0.0, (), broken=True)

    monkeypatch.setattr(Recorder, "finish", broken)
    await begun.call.finish("officer", begun.clock.now())
    assert begun.call.marks[1:] == [BrokeOff(SUBJECT), BrokeOff(OFFICER)]
    assert caplog.messages == [f"a recorder of {CHECK_IN} failed; its parts are salvaged"] * (2 if fault else 0)


async def test_a_browser_that_pauses_its_picture_without_end_fills_no_disk(begun: Begun) -> None:
    turns = [begun.call.turned(SUBJECT, Pausing(paused=n % 2 == 0)) for n in range(2 * MOST_PAUSES + 6)]
    assert sum(isinstance(turn, PictureTurned) and turn.paused for turn in turns) == MOST_PAUSES
    assert turns[-6:] == [None] * 6
    assert begun.call.paused == ()


async def test_a_browser_that_mutes_without_end_fills_no_disk_and_ends_as_it_is(begun: Begun) -> None:
    turns = [begun.call.turned(SUBJECT, Muting(sound=n % 2 == 0, picture=False)) for n in range(2 * MOST_MUTES + 6)]
    assert sum(isinstance(turn, MuteTurned) and turn.sound for turn in turns) == MOST_MUTES
    assert turns[-6:] == [None] * 6
    assert (begun.call.silenced, begun.call.hidden) == ((), ())


async def test_what_is_muted_already_is_no_news(begun: Begun) -> None:
    assert begun.call.turned(SUBJECT, Muting(sound=False, picture=False)) is None  # as every call begins
    assert begun.call.turned(SUBJECT, Muting(sound=True, picture=True)) is not None
    assert begun.call.turned(SUBJECT, Muting(sound=True, picture=True)) is None
