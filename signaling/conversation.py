"""One browser's conversation: one coroutine that owns the WebSocket, an outbox and a silence watch."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aiohttp import WebSocketError, WSMessage, WSMsgType, web

from accounts.actor import Actor
from accounts.powers import NotYours
from checkins.call import NotAdmitted
from checkins.checkin import GOING_ON, CheckInId
from checkins.links import SubjectSession
from checkins.live import LiveCheckIns
from checkins.news import News, Seat, Standing
from live.resumed import Resumed
from media.allowance import Allowance
from media.contract import NoMedia
from media.negotiation import BadOffer
from signaling.dialogue import (
    Act,
    Connect,
    Dialogue,
    EndCall,
    GiveUpSeat,
    KeepNote,
    LetIn,
    Stage,
    TakeSeat,
    Tell,
    TurnPicture,
)
from signaling.messages import (
    Answer,
    CloseCode,
    Message,
    PeerMistake,
    Refusal,
    Refused,
    Said,
    SaidKind,
    StillHere,
    Told,
    dump,
    parse,
    told,
)
from signaling.relays import Relays
from statetable import IllegalCue
from storage.database import DatabaseBusy

log = logging.getLogger(__name__)

MESSAGES_A_SECOND = 20.0  # a page says at most a handful; more is a loop gone wild
LONGEST_SILENCE = 30.0  # seconds: three missed beats
ASKED_EVERY = 10.0  # seconds: how long somebody stays whose session is over and who says nothing
OUTBOX = 64  # messages: a minute of beats, or a browser that does not read
BEAT_EVERY = 1.0  # seconds: pings are hidden from a page, and it has to know within some seconds that nothing comes
LONGEST_SEND = 10.0  # seconds for one message to leave; then the browser is not reading

Visitor: TypeAlias = Actor | SubjectSession


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


class Conversation:
    """One browser; to the live check-ins it is a Caller."""

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: Visitor,
        session: Callable[[], Awaitable[Visitor | None]],
        live: LiveCheckIns,
        clocks: Clocks,
        relays: Relays | None,
    ) -> None:
        """`session` says who this browser belongs to now; None when to nobody any more."""
        self._number = number
        self._socket = socket
        self._transport = transport
        self._actor = visitor if isinstance(visitor, Actor) else None
        self._invited_to = visitor.check_in_id if isinstance(visitor, SubjectSession) else None
        self._seat = Seat.SUBJECT if self._actor is None else Seat.OFFICER
        self._session = session
        self._live = live
        self._clocks = clocks
        self._relays = relays
        self._heard_at = self._asked_at = clocks.clock()
        self._allowance = Allowance(MESSAGES_A_SECOND)
        self._dialogue = Dialogue(self._seat)
        self._seated_in: CheckInId | None = None
        self.resumed: Resumed | None = None
        self._outbox: asyncio.Queue[News | Told | Goodbye] = asyncio.Queue(OUTBOX)
        self._goodbye: Goodbye | None = None
        self.refusals: Counter[str] = Counter()

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

    def tell(self, news: News) -> None:
        if isinstance(news, Standing) and news.state in GOING_ON and self._relays and self._seated_in:
            self._post(self._relays.pass_for(self._seated_in, self._seat, self._clocks.now()))
        self._post(news)

    def replaced(self) -> None:
        self.part(Goodbye(CloseCode.REPLACED, "another connection of yours took the seat"))

    def part(self, goodbye: Goodbye) -> None:
        """Close with `goodbye` once everything told before has left; the first goodbye counts."""
        if self._goodbye is None:
            self._goodbye = goodbye
            self._post(goodbye)

    def _post(self, item: News | Told | Goodbye) -> None:
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
                    await self._socket.send_str(dump(item if isinstance(item, Message) else told(item)))
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
            if self._dialogue.stage is not Stage.CONNECTED and self._goodbye is None:
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
                return await self._hear_message(parse(frame.data))
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

    async def _hear_message(self, said: Said) -> Goodbye | None:
        act = self._dialogue.hear(said)
        if said.type is not SaidKind.HELLO and not await self._may_stay():
            return SESSION_OVER
        try:
            await self._do(act)
        except NotYours:
            if isinstance(act, TakeSeat):
                return Goodbye(CloseCode.NOT_YOURS, "no such check-in")
            self._refuse(said, Refusal.NOT_YOURS, "this is not for your post")
        except NotAdmitted:
            self._refuse(said, Refusal.NOT_ADMITTED, "nobody has been admitted")
        except BadOffer as bad:
            self._refuse(said, Refusal.BAD_OFFER, str(bad))
        except (DatabaseBusy, NoMedia):
            if isinstance(act, TakeSeat):
                return Goodbye(CloseCode.OUR_FAULT, "busy")
            self._refuse(said, Refusal.BUSY, "busy; nothing has happened")
        except IllegalCue as illegal:
            self._refuse(said, Refusal.NOT_POSSIBLE, str(illegal))
        return None

    async def _may_stay(self) -> bool:
        """Whether this browser still has its session; a long call makes no other request that would keep it.

        Whoever has none any more (a leaver, a link sent anew) is out at once, media too.
        """
        self._asked_at = self._heard_at
        try:
            visitor = await self._session()
        except DatabaseBusy:
            return True  # the next message asks again
        if visitor is None and self._seated_in is not None:
            await self._live.dismiss(self._seated_in, self._seat, self)
        if isinstance(visitor, Actor):
            self._actor = visitor  # in the post held now
        return visitor is not None

    async def _do(self, act: Act | None) -> None:
        at = self._clocks.now()
        match act:
            case None:
                pass
            case Tell(message):
                self._post(message)
            case TakeSeat(check_in, resumed):
                self.resumed = resumed
                await self._take_seat(check_in, at)
            case LetIn(check_in):
                await self._live.admit(check_in, self._officer(), at)
            case Connect(check_in, sdp):
                self._post(Answer(sdp=await self._live.offer(check_in, self._seat, sdp)))
            case TurnPicture(check_in, paused):
                await self._live.turn_picture(check_in, self._seat, paused=paused)
            case KeepNote(check_in, text):
                await self._live.note(check_in, text)
            case EndCall(check_in):
                await self._live.end(check_in, self._seat, at)
            case GiveUpSeat():
                await self._give_up_seat(said=True)

    async def _take_seat(self, check_in: CheckInId, at: datetime) -> None:
        if self._invited_to not in (None, check_in):
            raise NotYours
        self._seated_in = check_in  # before we know: whatever goes wrong in there, we depart at the end
        await self._live.arrive(check_in, self._seat, self, at, actor=self._actor)

    async def _give_up_seat(self, *, said: bool = False) -> None:
        check_in, self._seated_in = self._seated_in, None
        if check_in is not None:
            await self._live.depart(check_in, self._seat, self, self._clocks.now(), said=said)

    def _officer(self) -> Actor:
        """Who hosts; NotYours for a subject, whom the dialogue never lets come so far."""
        if self._actor is None:
            raise NotYours
        return self._actor

    def _refuse(self, said: Said, code: Refusal, reason: str) -> None:
        self.refusals[f"refused {code}"] += 1
        self._post(Refused(about=said.type, code=code, reason=reason))

    def _our_fault(self) -> Goodbye:
        """Log the exception that is being handled; ids only, and nothing of it reaches the browser."""
        log.exception("connection %d: our fault", self._number)
        return Goodbye(CloseCode.OUR_FAULT, "our fault")
