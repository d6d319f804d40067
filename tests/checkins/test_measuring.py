"""Each connection is measured while a call goes on: the officer hears of the subject's, the record of weak ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checkins.call import Call
from checkins.checkin import CheckInId
from checkins.marks import Mark, SignalTurned
from checkins.measuring import MEASURED_EVERY_S, Measuring
from checkins.news import QualityNews, Seat
from checkins.notice import Choice
from checkins.quality import Quality
from media.contract import SeatState, Traffic
from media.plane import MediaPlane
from storage.files import FileStore
from tests.support.calls import CallHouse, Ear, call_house
from tests.support.check_ins import Desk
from tests.support.live_check_ins import SleepingClock
from tests.support.two_peers import StockClient

pytestmark = pytest.mark.rim

SUBJECT, OFFICER = Seat.SUBJECT, Seat.OFFICER
WAIT_S = 30.0


async def measured_until_heard(house: CallHouse, officer: Ear) -> None:
    """Time passes until there is a figure; the media itself flows as fast as it does."""
    async with asyncio.timeout(WAIT_S):
        while not officer.of(QualityNews):
            house.clock.advance(MEASURED_EVERY_S)
            await asyncio.sleep(0.02)


async def test_an_officer_hears_how_good_the_subjects_connection_is(desk: Desk, tmp_path: Path) -> None:
    clock = asyncio.get_running_loop().time
    async with call_house(desk, tmp_path, monotonic=clock) as house, AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted(Choice.OTHER_WAY)
        clients = {seat: await peers.enter_async_context(StockClient()) for seat in Seat}
        for seat, client in clients.items():
            await client.offer_to(lambda sdp, seat=seat: house.live.offer(check_in, seat, sdp))  # type: ignore[misc]
        await clients[OFFICER].decodes(1)
        await measured_until_heard(house, officer)
        await house.live.end(check_in, OFFICER, house.desk.now)
        told = officer.of(QualityNews)
        house.clock.advance(60)
        await asyncio.sleep(0)
    assert told == officer.of(QualityNews)  # nothing measures a call that is over
    assert told[0].quality.kbit_s > 0
    assert subject.of(QualityNews) == []  # their own browser tells them
    [ended] = await house.filed()
    assert ended.weak == ()


@dataclass
class Measured:
    """A call whose connections carry what a test says."""

    call: Call
    clock: SleepingClock
    told: list[Quality] = field(default_factory=list)
    unshown: list[tuple[Seat, ...]] = field(default_factory=list)
    carried: dict[str, Traffic] = field(default_factory=dict)
    _asleep: asyncio.Event = field(default_factory=asyncio.Event)

    async def carries(
        self, seat: Seat, came: int, lost: int, rtt_ms: float | None = 80.0, *, unshown: bool = False
    ) -> None:
        """For as long as a reading takes."""
        before = self.carried.get(seat, Traffic())
        size = before.bytes + came * 750
        self.carried[seat] = Traffic(before.packets + came, before.lost + lost, 0.0, rtt_ms, size, unshown=unshown)
        self._asleep.clear()
        self.clock.advance(MEASURED_EVERY_S)
        await self._asleep.wait()

    async def tell_standing(self) -> None:
        self.unshown.append(self.call.unshown)

    async def sleep(self, seconds: float) -> None:
        self._asleep.set()
        await self.clock.sleep(seconds)

    @property
    def turns(self) -> list[Mark]:
        return [mark for mark in self.call.marks if isinstance(mark, SignalTurned)]


@pytest.fixture
async def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Measured]:
    clock = SleepingClock()
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], clock.clock)
    room = plane.open_room("test", lambda _seat, _state: None, len(Seat))
    call = Call(CheckInId("c1"), room, FileStore(tmp_path / "files"), clock.clock)
    made = Measured(call, clock)

    async def traffic(seat: str) -> Traffic:
        return made.carried.get(seat, Traffic())

    @asynccontextmanager
    async def alone_in(_: Call) -> AsyncIterator[bool]:
        yield True

    monkeypatch.setattr(room, "traffic", traffic)
    for seat in Seat:
        call.seat_changed(seat, SeatState.CONNECTED)
    measuring = Measuring(call, made.sleep, alone_in, lambda news: made.told.append(news.quality), made.tell_standing)
    async with asyncio.TaskGroup() as tasks:
        going_on = tasks.create_task(measuring.go_on())
        await asyncio.sleep(0)
        yield made
        going_on.cancel()
    await call.abandon()
    await plane.close()


async def test_every_reading_is_told_with_its_figures(measured: Measured) -> None:
    await measured.carries(SUBJECT, came=300, lost=0)
    await measured.carries(SUBJECT, came=270, lost=30, rtt_ms=640.4)
    assert measured.told == [Quality(0.0, 80, 600), Quality(0.1, 640, 540)]


async def test_a_browser_that_cannot_show_the_other_s_picture_is_told_once_and_when_it_can(measured: Measured) -> None:
    for unshown in (False, True, True, False):
        await measured.carries(OFFICER, came=300, lost=0, unshown=unshown)
    assert measured.unshown == [(SUBJECT,), ()]


async def test_a_weak_stretch_of_either_seat_is_marked_where_it_began_and_where_it_ended(measured: Measured) -> None:
    await measured.carries(OFFICER, came=300, lost=0)
    for lost in (100, 200, 0, 0):
        await measured.carries(OFFICER, came=300, lost=lost)
    assert measured.turns == [
        SignalTurned(OFFICER, 3.0, weak=True, worst=Quality(0.4, 80, 600)),
        SignalTurned(OFFICER, 9.0, weak=False, worst=Quality(0.4, 80, 600)),
    ]
    assert measured.told == []


async def test_a_connection_that_is_lost_is_not_weak_any_more(measured: Measured) -> None:
    for _ in range(2):
        await measured.carries(SUBJECT, came=300, lost=100)
    measured.call.seat_changed(SUBJECT, SeatState.LOST)
    await measured.carries(SUBJECT, came=0, lost=0)
    assert [(turn.at_s, turn.weak) for turn in measured.turns if isinstance(turn, SignalTurned)] == [
        (0.0, True),
        (6.0, False),
    ]


async def test_a_browser_that_is_back_is_measured_anew(measured: Measured) -> None:
    await measured.carries(SUBJECT, came=300, lost=0)
    measured.call.seat_changed(SUBJECT, SeatState.LOST)
    await measured.carries(SUBJECT, came=0, lost=0)
    measured.call.seat_changed(SUBJECT, SeatState.CONNECTED)
    measured.carried.clear()
    await measured.carries(SUBJECT, came=330, lost=0)
    assert measured.told == [Quality(0.0, 80, 600), Quality(0.0, 80, 660)]
