"""The door: who may open a conversation, which are open, and how all of them end when the server stops."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import count
from typing import Generic

from aiohttp import web

from signaling.browser import Browser, Clocks, V
from signaling.messages import LARGEST_FRAME, CloseCode

log = logging.getLogger(__name__)

HEARTBEAT = 10.0  # seconds between pings: a dead network path is found in 15
AT_ONCE = 8  # conversations of one session: two windows, and the tries of 15 s in which a network lost what we said
LONGEST_FAREWELL = 2.0  # seconds to wait for the browser's own close frame


class Door(ABC, Generic[V]):
    """All conversations of one kind with browsers."""

    def __init__(
        self,
        sessions: Mapping[str, Callable[[web.Request], Awaitable[V | None]]],
        origin: Callable[[web.Request], str],
        clocks: Clocks,
    ) -> None:
        """`sessions` say, for each kind of seat, whose session a request carries; `origin` under which address we are
        reached.
        """
        self._sessions = sessions
        self._origin = origin
        self._clocks = clocks
        self._numbers = count(1)
        self._conversations: dict[Browser[V], asyncio.Event] = {}
        self._of: Counter[V] = Counter()  # how many conversations each has
        self._closing = False
        self.counters: Counter[str] = Counter()

    @abstractmethod
    def _converse(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: V,
        session: Callable[[], Awaitable[V | None]],
    ) -> Browser[V]:
        """A conversation with this visitor."""

    async def signal(self, request: web.Request) -> web.StreamResponse:
        """GET /signal: a whole conversation, from the upgrade to the browser's leaving."""
        # Any page in the world may open a WebSocket to us with our cookies; only its Origin tells ours apart.
        if request.headers.get("Origin") != self._origin(request):
            self.counters["foreign origin"] += 1
            raise web.HTTPForbidden(text="This address is not open to other pages.")
        if self._closing:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "2"})
        visitor = await self._who(request)
        socket = web.WebSocketResponse(
            timeout=LONGEST_FAREWELL,
            heartbeat=HEARTBEAT,
            autoping=False,
            compress=False,
            max_msg_size=LARGEST_FRAME,
        )
        await socket.prepare(request)
        if visitor is None:
            self.counters["closed 4401"] += 1
            await socket.close(code=CloseCode.NO_SESSION, message=b"no session")
            return socket
        if self._of[visitor[1]] >= AT_ONCE:
            self.counters["closed 4429"] += 1
            await socket.close(code=CloseCode.TOO_MANY, message=b"too many windows")
            return socket
        seat, who = visitor
        number = next(self._numbers)
        conversation = self._converse(number, socket, request.transport, who, partial(self._sessions[seat], request))
        over = self._conversations[conversation] = asyncio.Event()
        self._of[who] += 1
        try:
            goodbye = await conversation.run()
            refused = _counted(conversation.refusals)
            log.info("connection %d: closed %d %s (%s)", number, goodbye.code, goodbye.reason, refused)
            self.counters[f"closed {goodbye.code}"] += 1
        finally:
            self.counters.update(conversation.refusals)
            del self._conversations[conversation]
            self._of -= Counter([who])  # whoever has none left is forgotten
            over.set()
        return socket

    async def _who(self, request: web.Request) -> tuple[str, V] | None:
        """Who asks, and for which seat; who holds a session of each kind says which is meant."""
        named = request.query.get("seat")
        found = [
            (seat, visitor)
            for seat, session in self._sessions.items()
            if named in (None, seat) and (visitor := await session(request)) is not None
        ]
        if len(found) > 1 or named not in (None, *self._sessions):
            raise web.HTTPBadRequest(text=" or ".join(f"?seat={seat}" for seat in self._sessions))
        return found[0] if found else None

    async def close(self) -> None:
        """Accept nobody more, tell every browser that the server is going away, and wait until they have gone."""
        self._closing = True
        for conversation in self._conversations:
            conversation.going_away()
        for over in list(self._conversations.values()):
            await over.wait()
        counted = _counted(self.counters)
        log.info("signalling has stopped; since its start: %s", counted)


def _counted(counters: Counter[str]) -> str:
    """Words with their numbers, the most frequent first."""
    return ", ".join(f"{what} {count}" for what, count in counters.most_common()) or "nothing refused"
