"""The door to check-ins: officers by their session, subjects by the link that they opened."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from accounts.actor import Actor
from checkins.links import SubjectSession
from checkins.live import LiveCheckIns
from checkins.news import Seat
from signaling.browser import Clocks
from signaling.conversation import Conversation, Visitor
from signaling.door import Door
from signaling.relays import Relays


class Signaling(Door[Visitor]):
    """All conversations about check-ins."""

    def __init__(
        self,
        live: LiveCheckIns,
        *,
        staff: Callable[[web.Request], Awaitable[Actor | None]],
        subject: Callable[[web.Request], Awaitable[SubjectSession | None]],
        origin: Callable[[web.Request], str],
        clocks: Clocks,
        relays: Relays | None = None,
    ) -> None:
        super().__init__({Seat.OFFICER: staff, Seat.SUBJECT: subject}, origin, clocks)
        self._live = live
        self._relays = relays

    def _converse(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: Visitor,
        session: Callable[[], Awaitable[Visitor | None]],
    ) -> Conversation:
        return Conversation(number, socket, transport, visitor, session, self._clocks, self._live, self._relays)
