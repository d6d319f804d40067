"""Live check-ins over real rooms: a database, a store, a media plane; who sits there hears everything they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from accounts.actor import Actor
from cases.entries import CheckInEnded
from cases.ledger import Ledger
from checkins.appointment import Appointment
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.enrolment import Enrolments
from checkins.live import LiveCheckIns
from checkins.news import Ended, News, Presence, Receipt, Seat, Standing
from checkins.notice import Choice
from checkins.policy import Policy, Sampling
from checkins.progress import Closed, Progress
from checkins.surroundings import Surroundings
from live.resumed import Resumed
from media.plane import MediaPlane
from storage.database import DatabaseBusy
from storage.files import FileStore, SealedFile
from tests.support.check_ins import Desk
from tests.support.fake_engine import JPEG, FakeVerifier
from tests.support.live_check_ins import SleepingClock

N = TypeVar("N", bound=News)

WAIT_S = 30.0  # a test that waits longer has failed
OFTEN = Sampling(0.05, 0.05)


class Ear:
    """A browser in a seat: `heard` is what it was told."""

    def __init__(self) -> None:
        self.heard: list[News] = []
        self.is_replaced = False
        self.resumed: Resumed | None = None
        self._changed = asyncio.Event()

    def tell(self, news: News) -> None:
        self.heard.append(news)
        self._changed.set()

    def replaced(self) -> None:
        self.is_replaced = True

    def of(self, kind: type[N]) -> list[N]:
        return [news for news in self.heard if isinstance(news, kind)]

    @property
    def standing(self) -> Standing:
        """The last that it heard of where things stand."""
        return self.of(Standing)[-1]

    @property
    def states(self) -> list[CheckInState]:
        """The states it has heard of, each once in a row."""
        states = [news.state for news in self.of(Standing)]
        return [state for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]

    @property
    def receipts(self) -> list[Receipt | None]:
        return [news.receipt for news in self.of(Ended)]

    async def until(self, fits: Callable[["Ear"], object]) -> None:
        """Until it has heard enough."""
        async with asyncio.timeout(WAIT_S):
            while not fits(self):
                self._changed.clear()
                await self._changed.wait()

    async def sees(self, seat: Seat, presence: Presence) -> None:
        """Until it was told that this is how much of the person in the seat is here."""
        await self.until(lambda ear: getattr(ear.standing, seat.value) is presence)


class Files(FileStore):
    """A store on a disk that fails as a test says, when a file whose name ends so is sealed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.fails: dict[str, OSError] = {}

    def seal(self, source: Path, name: str) -> SealedFile:
        for ending, error in self.fails.items():
            if name.endswith(ending):
                raise error
        return super().seal(source, name)


class BusyProgress(Progress):
    """A database that somebody else keeps busy whenever one of the acts named in `busy` is wanted."""

    busy: frozenset[str] = frozenset()

    async def walk(
        self, check_in: CheckInId, cue: CheckInCue, at: datetime, *, host: Actor | None = None
    ) -> Appointment:
        self._may("walk")
        return await super().walk(check_in, cue, at, host=host)

    async def close_and_file(self, check_in: CheckInId, ended: CheckInEnded, at: datetime) -> Closed:
        self._may("close_and_file")
        return await super().close_and_file(check_in, ended, at)

    def _may(self, act: str) -> None:
        if act in self.busy:
            raise DatabaseBusy


@dataclass
class CallHouse:
    """One server's live check-ins, and whoever sits in them."""

    desk: Desk
    clock: SleepingClock
    files: Files
    progress: BusyProgress
    verifier: FakeVerifier
    live: LiveCheckIns
    plane: MediaPlane
    ears: list[tuple[CheckInId, Seat, Ear]] = field(default_factory=list)

    async def agreed(self, choice: Choice = Choice.FACE, *, in_minutes: int = 0) -> CheckInId:
        """A check-in whose link was opened; `in_minutes` keeps several of one subject apart."""
        check_in = (await self.desk.scheduled(self.desk.now + timedelta(minutes=in_minutes))).id
        await self.desk.accepted(check_in, choice)
        return check_in

    async def sits(
        self, check_in: CheckInId, seat: Seat, actor: Actor | None = None, resumed: Resumed | None = None
    ) -> Ear:
        """Somebody takes the seat: the subject, or the officer unless it is another one."""
        ear = Ear()
        ear.resumed = resumed
        who = (actor or self.desk.bureau.officer) if seat is Seat.OFFICER else None
        await self.live.arrive(check_in, seat, ear, self.desk.now, actor=who)
        self.ears.append((check_in, seat, ear))
        return ear

    async def leaves(self, ear: Ear) -> None:
        [(check_in, seat)] = [(check_in, seat) for check_in, seat, one in self.ears if one is ear]
        await self.live.depart(check_in, seat, ear, self.desk.now)

    async def admitted(self, choice: Choice = Choice.FACE) -> tuple[CheckInId, Ear, Ear]:
        """A call that has just begun: its id, subject and officer."""
        check_in = await self.agreed(choice)
        subject, officer = await self.sits(check_in, Seat.SUBJECT), await self.sits(check_in, Seat.OFFICER)
        await self.live.admit(check_in, self.desk.bureau.officer, self.desk.now)
        return check_in, subject, officer

    async def enrolled(self) -> None:
        """The subject's face is known."""
        enrolments = Enrolments(self.desk.database, self.verifier, self.files)
        await enrolments.enrol(self.desk.bureau.officer, self.desk.subject.id, [JPEG] * 3, self.desk.now)

    async def state(self, check_in: CheckInId) -> CheckInState:
        """What the record says."""
        return (await self.progress.load(check_in)).check_in.state

    async def filed(self) -> list[CheckInEnded]:
        """The ends on file, in their order."""
        entries = await Ledger(self.desk.database).entries(self.desk.subject.id)
        return [entry.body for entry in entries if isinstance(entry.body, CheckInEnded)]


@asynccontextmanager
async def call_house(
    desk: Desk,
    folder: Path,
    *,
    verifier: FakeVerifier | None = None,
    monotonic: Callable[[], float] | None = None,
    policy: Policy | None = None,
) -> AsyncIterator[CallHouse]:
    """A server's life; whoever still sits there at its end has left before, as the server's order has it.

    With `monotonic` media has a clock of its own; without it all clocks are the manual one.
    """
    clock = SleepingClock()
    desk = replace(desk, clock=clock)
    seconds = monotonic or clock.clock
    files, progress = Files(folder / "files"), BusyProgress(desk.database)
    seeing = verifier or FakeVerifier()
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], seconds)
    try:
        policy = policy or replace(desk.policy, sampling=OFTEN)
        near = Surroundings(desk.database, progress, plane, seeing, files, policy, desk.clock.now, seconds, clock.sleep)
        async with LiveCheckIns(near) as live:
            house = CallHouse(desk, clock, files, progress, seeing, live, plane)
            yield house
            progress.busy = frozenset()
            for _, _, ear in house.ears:
                await house.leaves(ear)
    finally:
        await plane.close()
