"""The conversation about a check-in with one browser: what each message does, in order."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import NotYours
from checkins.call import NotAdmitted
from checkins.checkin import GOING_ON, CheckInId
from checkins.links import SubjectSession
from checkins.live import LiveCheckIns
from checkins.news import News, Seat, Standing
from live.resumed import Resumed
from media.contract import NoMedia
from media.negotiation import BadOffer
from signaling.browser import SESSION_OVER, Browser, Clocks, Goodbye
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
    TurnMedia,
)
from signaling.messages import (
    Answer,
    CloseCode,
    Refusal,
    Refused,
    Said,
    SaidKind,
    parse,
    told,
)
from signaling.relays import Relays
from statetable import IllegalCue
from storage.database import DatabaseBusy

Visitor: TypeAlias = Actor | SubjectSession


class Conversation(Browser[Visitor]):
    """One browser; to the live check-ins it is a Caller."""

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: Visitor,
        session: Callable[[], Awaitable[Visitor | None]],
        clocks: Clocks,
        live: LiveCheckIns,
        relays: Relays | None,
    ) -> None:
        super().__init__(number, socket, transport, visitor, session, clocks)
        self._invited_to = visitor.check_in_id if isinstance(visitor, SubjectSession) else None
        self._seat = Seat.OFFICER if isinstance(visitor, Actor) else Seat.SUBJECT
        self._live = live
        self._relays = relays
        self._dialogue = Dialogue(self._seat)
        self._seated_in: CheckInId | None = None
        self.resumed: Resumed | None = None

    def tell(self, news: News) -> None:
        if isinstance(news, Standing) and news.state in GOING_ON and self._relays and self._seated_in:
            self._post(self._relays.pass_for(self._seated_in, self._seat, self._clocks.now()))
        self._post(told(news))

    @property
    def _actor(self) -> Actor | None:
        return self._visitor if isinstance(self._visitor, Actor) else None

    @property
    def _is_greeted(self) -> bool:
        return self._dialogue.stage is not Stage.CONNECTED

    async def _dismiss(self) -> None:
        if self._seated_in is not None:
            await self._live.dismiss(self._seated_in, self._seat, self)

    async def _hear_text(self, text: str) -> Goodbye | None:
        said = parse(text)
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
            case TurnMedia(check_in, turn):
                await self._live.turn(check_in, self._seat, turn)
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
