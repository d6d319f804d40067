"""One browser's WebSocket, whatever is talked about: an outbox, a silence watch, and whether it may still stay."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from aiohttp import WebSocketError, WSMessage, WSMsgType, web

from media.allowance import Allowance
from signaling.messages import CloseCode, GoingAway, Message, PeerMistake, StillHere
from storage.database import DatabaseBusy

log = logging.getLogger(__name__)

V = TypeVar("V")

MESSAGES_A_SECOND = 20.0  # a page says at most a handful; more is a loop gone wild
LONGEST_SILENCE = 30.0  # seconds: three missed beats
ASKED_EVERY = 10.0  # seconds: how long somebody stays whose session is over and who says nothing
OUTBOX = 64  # messages: a minute of beats, or a browser that does not read
BEAT_EVERY = 1.0  # seconds: pings are hidden from a page, and it has to know within some seconds that nothing comes
LONGEST_SEND = 10.0  # seconds for one message to leave; then the browser is not reading


@dataclass(frozen=True, slots=True)
class Clocks:
    """Wall time, monotonic seconds, and a wait on the latter."""

    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Why a conversation ends; `code` is a CloseCode or WebSocket's own."""

    code: int
    reason: str


SESSION_OVER = Goodbye(CloseCode.NO_SESSION, "the session is over")


class Browser(ABC, Generic[V]):
    """One browser, whose session is a V."""

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: V,
        session: Callable[[], Awaitable[V | None]],
        clocks: Clocks,
    ) -> None:
        """`session` says who this browser belongs to now; None when to nobody any more."""
        self._number = number
        self._socket = socket
        self._transport = transport
        self._visitor = visitor
        self._session = session
        self._clocks = clocks
        self._heard_at = self._asked_at = clocks.clock()
        self._allowance = Allowance(MESSAGES_A_SECOND)
        self._outbox: asyncio.Queue[Message | Goodbye] = asyncio.Queue(OUTBOX)
        self._goodbye: Goodbye | None = None
        self.refusals: Counter[str] = Counter()

    # what is talked about

    @property
    @abstractmethod
    def _is_greeted(self) -> bool:
        """Whether it has said hello."""

    @abstractmethod
    async def _hear_text(self, text: str) -> Goodbye | None:
        """Do what one message asks for; a goodbye if that ends the conversation. PeerMistake."""

    @abstractmethod
    async def _give_up_seat(self, *, said: bool = False) -> None:
        """Leave the seat, if it has one."""

    @abstractmethod
    async def _dismiss(self) -> None:
        """It belongs to nobody any more: what it sees and hears ends."""

    # the rim

    async def run(self) -> Goodbye:
        """Talk until either side ends it; then the seat is given up, whatever happened. Returns why it ended."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                watches = [tasks.create_task(watch) for watch in (self._watch_silence(), self._beat())]
                self.part(await self._listen())
                for watch in watches:
                    watch.cancel()
        finally:
            try:
                await self._give_up_seat()
            except Exception:
                self._our_fault()
        return self._goodbye or Goodbye(CloseCode.DONE, "")

    def going_away(self) -> None:
        """The server stops."""
        self._post(GoingAway())
        self.part(Goodbye(CloseCode.GOING_AWAY, "the server is stopping"))

    def replaced(self) -> None:
        self.part(Goodbye(CloseCode.REPLACED, "another connection of yours took the seat"))

    def part(self, goodbye: Goodbye) -> None:
        """Close with `goodbye` once everything told before has left; the first goodbye counts."""
        if self._goodbye is None:
            self._goodbye = goodbye
            self._post(goodbye)

    def _post(self, item: Message | Goodbye) -> None:
        try:
            self._outbox.put_nowait(item)
        except asyncio.QueueFull:
            self._cut_off(f"{OUTBOX} messages unread")

    def _cut_off(self, why: str) -> None:
        """Drop a browser that does not read; a close frame would not reach it either, so it sees code 1006."""
        self._goodbye = self._goodbye or Goodbye(CloseCode.ABNORMAL, why)
        if self._transport is not None:
            self._transport.abort()

    async def _write(self) -> None:
        """Send the outbox, and close the socket at its goodbye; that also wakes _listen()."""
        try:
            while True:
                item = await self._outbox.get()
                async with asyncio.timeout(LONGEST_SEND):
                    if isinstance(item, Goodbye):
                        await self._socket.close(code=item.code, message=item.reason.encode())
                        return
                    await self._socket.send_str(item.model_dump_json())
        except ConnectionError:
            self._cut_off("the connection broke")
        except TimeoutError:
            self._cut_off(f"nothing read for {LONGEST_SEND:.0f} s")
        except Exception:
            self._goodbye = self._our_fault()
            await self._socket.close(code=CloseCode.OUR_FAULT)

    async def _watch_silence(self) -> None:
        while (left := self._heard_at + LONGEST_SILENCE - self._clocks.clock()) > 0:
            await self._clocks.sleep(left)
        self.part(Goodbye(CloseCode.SILENT, f"silent for {LONGEST_SILENCE:.0f} s"))

    async def _beat(self) -> None:
        while True:
            await self._clocks.sleep(BEAT_EVERY)
            if self._is_greeted and self._goodbye is None:
                self._post(StillHere())

    async def _listen(self) -> Goodbye:
        """Hear the browser until the conversation is over; why it is."""
        try:
            async for frame in self._socket:
                goodbye = await self._hear(frame)
                if goodbye is not None:
                    return goodbye
        except PeerMistake as mistake:
            return Goodbye(CloseCode.PROTOCOL_MISTAKE, mistake.reason)
        except Exception:
            return self._our_fault()
        return Goodbye(CloseCode.DONE, "the browser left")

    async def _hear(self, frame: WSMessage) -> Goodbye | None:
        """Do what one frame asks for; a goodbye if that ends the conversation."""
        if self._goodbye is not None:
            return self._goodbye  # whoever has lost the seat changes nothing any more, however late it comes in
        self._heard_at = self._clocks.clock()
        if not self._allowance.take(self._heard_at):
            return Goodbye(CloseCode.TOO_MANY, f"more than {MESSAGES_A_SECOND:.0f} messages in a second")
        match frame.type:
            case WSMsgType.TEXT:
                return await self._hear_text(frame.data)
            case WSMsgType.PING:
                with suppress(ConnectionError):  # gone meanwhile: the next frame says so
                    await self._socket.pong(frame.data)
                return await self._hear_sign_of_life()
            case WSMsgType.PONG:
                return await self._hear_sign_of_life()
            case WSMsgType.ERROR:
                # Already closed: too large (1009), not WebSocket (1002), not UTF-8 (1007), or no pong in time.
                broken = isinstance(frame.data, WebSocketError)
                return Goodbye(frame.data.code if broken else CloseCode.ABNORMAL, "not a frame of ours")
            case _:
                raise PeerMistake("a message is a text frame")

    async def _hear_sign_of_life(self) -> Goodbye | None:
        """A browser that only answers pings is here as well; whether it may be is not for it to decide."""
        if self._heard_at - self._asked_at < ASKED_EVERY or await self._may_stay():
            return None
        return SESSION_OVER

    async def _may_stay(self) -> bool:
        """Whether this browser still has its session; a long call makes no other request that would keep it.

        Whoever has none any more (a leaver, a link sent anew) is out at once, media too.
        """
        self._asked_at = self._heard_at
        try:
            visitor = await self._session()
        except DatabaseBusy:
            return True  # the next message asks again
        if visitor is None:
            await self._dismiss()
            return False
        self._visitor = visitor  # staff: in the post held now
        return True

    def _our_fault(self) -> Goodbye:
        """Log the exception that is being handled; ids only, and nothing of it reaches the browser."""
        log.exception("connection %d: our fault", self._number)
        return Goodbye(CloseCode.OUR_FAULT, "our fault")
