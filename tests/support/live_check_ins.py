"""A stand-in for the live check-ins: it keeps who sits where, and does or raises what a test wants."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from accounts.actor import Actor
from checkins.checkin import CheckInId, CheckInState
from checkins.news import Caller, News, Presence, Seat, Standing
from checkins.turns import Turn
from tests.support.clocks import ManualClock

WAITING = Standing(CheckInState.WAITING, 0, Presence.PRESENT, Presence.PRESENT, None)


class SleepingClock(ManualClock):
    """A manual clock that others can wait on."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Until a test has let so much time pass."""
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.clock() + seconds, awake))
        await awake

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0) -> datetime:
        now = super().advance(seconds, minutes=minutes)
        for until, awake in self._sleepers:
            if until <= self.clock() and not awake.done():
                awake.set_result(None)
        return now


class StandInLive:
    """Has the doors of LiveCheckIns: `heard` is what came through them, `raises` what comes back from one."""

    def __init__(self) -> None:
        self.seats: dict[Seat, Caller] = {}
        self.heard: list[tuple[object, ...]] = []
        self.raises: dict[str, Exception] = {}
        self.departed = asyncio.Event()

    async def arrive(
        self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime, *, actor: Actor | None
    ) -> None:
        self._hear("arrive", check_in, seat, actor)
        former, self.seats[seat] = self.seats.get(seat), caller
        if former is not None:
            former.replaced()
        caller.tell(WAITING)

    async def admit(self, check_in: CheckInId, actor: Actor, at: datetime) -> None:
        self._hear("admit", check_in, actor)

    async def offer(self, check_in: CheckInId, seat: Seat, sdp: str) -> str:
        self._hear("offer", check_in, seat, sdp)
        return "the answer"

    async def turn(self, check_in: CheckInId, seat: Seat, turn: Turn) -> None:
        self._hear("turn", check_in, seat, turn)

    async def note(self, check_in: CheckInId, text: str) -> None:
        self._hear("note", check_in, text)

    async def end(self, check_in: CheckInId, seat: Seat, at: datetime) -> None:
        self._hear("end", check_in, seat)

    async def depart(
        self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime, *, said: bool = False
    ) -> None:
        if self.seats.get(seat) is caller:
            del self.seats[seat]
        self.departed.set()
        self._hear("depart", check_in, seat)

    async def dismiss(self, check_in: CheckInId, seat: Seat, caller: Caller) -> None:
        self._hear("dismiss", check_in, seat, self.seats.get(seat) is caller)

    def tell(self, news: News) -> None:
        for caller in self.seats.values():
            caller.tell(news)

    def acts(self) -> Sequence[object]:
        """What was done, in order, by name."""
        return [act[0] for act in self.heard]

    def _hear(self, act: str, *details: object) -> None:
        self.heard.append((act, *details))
        if act in self.raises:
            raise self.raises[act]
