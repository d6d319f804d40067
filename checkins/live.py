"""Check-ins as they happen: the one door for browsers, and whatever a crash or a full disk has left undone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from accounts.access import access_case
from accounts.actor import Actor
from accounts.powers import NotYours, Power
from checkins.checkin import CheckInId, CheckInState
from checkins.folders import left_over, tidy
from checkins.live_check_in import LiveCheckIn
from checkins.news import Caller, Seat
from checkins.surroundings import Surroundings
from checkins.turns import Turn
from live.tasks import CallOff, Work
from statetable import IllegalCue

log = logging.getLogger(__name__)


class LiveCheckIns:
    """All check-ins with somebody in them, and those whose end is not on file yet."""

    def __init__(self, near: Surroundings) -> None:
        self._near = near
        self._here: dict[CheckInId, LiveCheckIn] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """What a former run left in mid-call is sealed and filed before anybody is let in."""
        await self._tasks.__aenter__()
        await self.catch_up()
        await self._tidy_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The server stops: calls end and are filed."""
        for live in list(self._here.values()):
            if live.going_on:
                await self._logged(live.end("restart", self._near.now()))
        await self._tasks.__aexit__(kind, error, trace)

    # the seats, and the call

    async def arrive(
        self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime, *, actor: Actor | None
    ) -> None:
        """Take a seat, and be told where the check-in stands.

        NotYours for an officer whose post does not host this case or whose place another one holds, and for what does
        not exist. A subject's session is bound to this one check-in.
        """
        async with self._held(check_in) as live:
            if seat is Seat.OFFICER:
                await self._may_host(live, actor, at)
            await live.arrive(seat, caller, None if actor is None else actor.person, at)

    async def _may_host(self, live: LiveCheckIn, actor: Actor | None, at: datetime) -> None:
        if actor is None:
            raise NotYours
        await access_case(self._near.database, actor, live.subject, Power.HOST, at)

    async def depart(
        self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime, *, said: bool = False
    ) -> None:
        """Leave the seat, because they `said` so or because their connection is gone; nothing happens when another
        connection has taken it over.
        """
        if check_in not in self._here:
            return
        async with self._held(check_in) as live:
            await live.depart(seat, caller, at, said=said)
        self._others_move_up(check_in)

    async def dismiss(self, check_in: CheckInId, seat: Seat, caller: Caller) -> None:
        """This caller may not sit there any more: no media reaches them from now on.

        Nothing happens when another connection has taken the seat over.
        """
        if check_in in self._here:
            await self._here[check_in].dismiss(seat, caller)

    async def admit(self, check_in: CheckInId, actor: Actor, at: datetime) -> None:
        """Let the waiting subject in. NotYours for whom this case has gone from; IllegalCue when nobody waits."""
        async with self._sat_in(check_in) as live:
            await self._may_host(live, actor, at)
            await live.admit(actor, at)
        self._others_move_up(check_in)

    async def offer(self, check_in: CheckInId, seat: Seat, sdp: str) -> str:
        """The answer to a browser's offer; NotAdmitted, BadOffer, NoMedia."""
        async with self._sat_in(check_in) as live:
            return await live.offer(seat, sdp)

    async def turn(self, check_in: CheckInId, seat: Seat, turn: Turn) -> None:
        """The seat's browser says what it does with its media from now on; NotAdmitted."""
        async with self._sat_in(check_in) as live:
            await live.turn(seat, turn)

    async def note(self, check_in: CheckInId, text: str) -> None:
        """An officer's note; NotAdmitted."""
        async with self._sat_in(check_in) as live:
            await live.note(text)

    async def end(self, check_in: CheckInId, seat: Seat, at: datetime) -> None:
        """End the call for everybody; IllegalCue when there is none."""
        async with self._sat_in(check_in) as live:
            await live.end("officer" if seat is Seat.OFFICER else "subject", at)

    # what has to be done without anybody asking

    async def catch_up(self) -> None:
        """File ends that are not on file yet, free seats that nobody sits in, tell what has changed elsewhere.

        The record says what there is to do, so nothing is forgotten by a restart.
        """
        going_on = [appointment.id for appointment in await self._near.progress.going_on()]
        for check_in in {*going_on, *self._here}:
            await self._logged(self._catch_up(check_in))

    async def _catch_up(self, check_in: CheckInId) -> None:
        async with self._held(check_in) as live:
            await live.catch_up()

    async def _tidy_up(self) -> None:
        """What is on file and was not yet removed when a former run was killed."""
        for check_in in await asyncio.to_thread(left_over, self._near.files):
            await self._logged(self._tidy(check_in))

    async def _tidy(self, check_in: CheckInId) -> None:
        try:
            appointment = await self._near.progress.load(check_in)
        except NotYours:
            # A database from before it, put back: what lies there is all that is left of a call, so it stays.
            log.warning("check-in %s has files and no row", check_in)
            return
        if appointment.entry is not None:
            await asyncio.to_thread(tidy, self._near.files, check_in)

    def _others_move_up(self, left: CheckInId) -> None:
        for check_in, live in self._here.items():
            if check_in != left and live.state is CheckInState.WAITING:
                self._own(live.tell_ahead())

    # who is here

    @asynccontextmanager
    async def _held(self, check_in: CheckInId) -> AsyncIterator[LiveCheckIn]:
        """The one value of this check-in, for as long as somebody works on it, sits in it, or it is not on file."""
        if check_in not in self._here:
            appointment = await self._near.progress.load(check_in)
            self._here.setdefault(check_in, LiveCheckIn(appointment, self._near, self._own))
        live = self._here[check_in]
        live.askers += 1
        try:
            yield live
        finally:
            live.askers -= 1
            if live.idle:
                del self._here[check_in]

    @asynccontextmanager
    async def _sat_in(self, check_in: CheckInId) -> AsyncIterator[LiveCheckIn]:
        """The one somebody sits in; whoever asks does."""
        if check_in not in self._here:
            raise NotYours
        async with self._held(check_in) as live:
            yield live

    def _own(self, work: Work) -> CallOff:
        task = self._tasks.create_task(self._logged(work))
        task.add_done_callback(lambda _: work.close())  # what is called off before it began is never awaited
        return task.cancel

    async def _logged(self, work: Work) -> None:
        """One check-in's fault ends no other."""
        try:
            await work
        except IllegalCue as late:
            log.info("came too late: %s", late)
        except Exception:
            log.exception("a live check-in met a fault of ours")
