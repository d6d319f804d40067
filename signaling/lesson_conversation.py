"""The conversation about a live lesson with one browser, and the door to it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import NotYours
from courses.class_room import TEACHER
from courses.floor import Place
from courses.lesson import LessonId, LessonState
from courses.links import LearnerSession
from courses.live import LiveLessons
from courses.live_lesson import NotOpen
from courses.news import Line, News, Presence, Standing
from live.resumed import Resumed
from media.contract import NoMedia
from media.negotiation import BadOffer
from signaling.browser import SESSION_OVER, Browser, Clocks, Goodbye
from signaling.dialogue import Stage
from signaling.door import Door
from signaling.lesson_dialogue import LessonDialogue
from signaling.lesson_messages import (
    Answer,
    End,
    Hand,
    Join,
    LessonSaid,
    LessonSaidKind,
    Offer,
    Open,
    Refused,
    Share,
    Word,
    parse,
    told,
)
from signaling.messages import Beat, CloseCode, Hello, Leave, Refusal, Welcome
from signaling.relays import Relays
from statetable import IllegalCue
from storage.database import DatabaseBusy

Attendant: TypeAlias = Actor | LearnerSession


class LessonConversation(Browser[Attendant]):
    """One browser; to the live lessons it is a Caller."""

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: Attendant,
        session: Callable[[], Awaitable[Attendant | None]],
        clocks: Clocks,
        live: LiveLessons,
        relays: Relays | None,
    ) -> None:
        super().__init__(number, socket, transport, visitor, session, clocks)
        self._invited_to = visitor.lesson if isinstance(visitor, LearnerSession) else None
        self._place = visitor.place if isinstance(visitor, LearnerSession) else TEACHER
        self._live = live
        self._relays = relays
        self._dialogue = LessonDialogue(teaches=self._place == TEACHER)
        self._seated_in: LessonId | None = None
        self.resumed: Resumed | None = None

    def tell(self, news: News) -> None:
        begins = isinstance(news, Standing) and news.state is LessonState.OPEN and news.you is not Presence.CONNECTED
        if begins and self._relays and self._seated_in:
            self._post(self._relays.pass_for(self._seated_in, str(self._place), self._clocks.now()))
        self._post(told(news))

    @property
    def _actor(self) -> Actor | None:
        return self._visitor if isinstance(self._visitor, Actor) else None

    @property
    def _is_greeted(self) -> bool:
        return self._dialogue.stage is not Stage.CONNECTED

    async def _dismiss(self) -> None:
        if self._seated_in is not None:
            await self._live.dismiss(self._seated_in, self._place, self)

    async def _hear_text(self, text: str) -> Goodbye | None:
        said = parse(text)
        self._dialogue.hear(said)
        if not isinstance(said, Hello) and not await self._may_stay():
            return SESSION_OVER
        try:
            await self._do(said)
        except NotYours:
            if isinstance(said, Join):
                return Goodbye(CloseCode.NOT_YOURS, "no such lesson")
            self._refuse(said, Refusal.NOT_YOURS, "this is not for your post")
        except NotOpen:
            self._refuse(said, Refusal.NOT_ADMITTED, "the lesson is not open")
        except BadOffer as bad:
            self._refuse(said, Refusal.BAD_OFFER, str(bad))
        except (DatabaseBusy, NoMedia):
            if isinstance(said, Join):
                return Goodbye(CloseCode.OUR_FAULT, "busy")
            self._refuse(said, Refusal.BUSY, "busy; nothing has happened")
        except IllegalCue as illegal:
            self._refuse(said, Refusal.NOT_POSSIBLE, str(illegal))
        return None

    async def _do(self, said: LessonSaid) -> None:
        match said:
            case Hello():
                self._post(Welcome())
            case Beat():
                pass
            case Join(lesson=lesson, resume=resume):
                self.resumed = None if resume is None else Resumed(resume.page, resume.turn)
                await self._take_seat(LessonId(lesson), self._clocks.now())
            case Leave():
                await self._give_up_seat(said=True)
            case Open() | Offer() | Hand() | Word() | Share() | End():
                await self._do_in(self._lesson(), said, self._clocks.now())

    async def _do_in(self, lesson: LessonId, said: Open | Offer | Hand | Word | Share | End, at: datetime) -> None:
        match said:
            case Open():
                if self._actor is None:
                    raise NotYours
                await self._live.open(lesson, self._actor, at)
            case Offer(line=line, sdp=sdp):
                answer = await self._live.offer(lesson, self._place, line, sdp)
                self._post(Answer(line=line, sdp=answer))
            case Hand(up=up):
                await self._live.hand(lesson, self._place, up=up)
            case Word(place=place):
                await self._live.word(lesson, None if place is None else Place(place))
            case Share(on=on):
                await self._live.share(lesson, on=on)
            case End():
                await self._live.end(lesson, at)

    def _lesson(self) -> LessonId:
        if self._seated_in is None:
            raise NotYours
        return self._seated_in

    async def _take_seat(self, lesson: LessonId, at: datetime) -> None:
        if self._invited_to not in (None, lesson):
            raise NotYours
        self._seated_in = lesson  # before we know: whatever goes wrong in there, we depart at the end
        await self._live.arrive(lesson, self._place, self, at, actor=self._actor)

    async def _give_up_seat(self, *, said: bool = False) -> None:
        lesson, self._seated_in = self._seated_in, None
        if lesson is not None:
            await self._live.depart(lesson, self._place, self, said=said)

    def _refuse(self, said: LessonSaid, code: Refusal, reason: str) -> None:
        self.refusals[f"refused {code}"] += 1
        line: Line | None = said.line if isinstance(said, Offer) else None
        self._post(Refused(about=LessonSaidKind(said.type), code=code, reason=reason, line=line))


class LessonSignaling(Door[Attendant]):
    """All conversations about lessons: teachers by their session, learners by the link that they opened."""

    def __init__(
        self,
        live: LiveLessons,
        *,
        staff: Callable[[web.Request], Awaitable[Actor | None]],
        learner: Callable[[web.Request], Awaitable[LearnerSession | None]],
        origin: Callable[[web.Request], str],
        clocks: Clocks,
        relays: Relays | None = None,
    ) -> None:
        super().__init__({"teacher": staff, "learner": learner}, origin, clocks)
        self._live = live
        self._relays = relays

    def _converse(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        visitor: Attendant,
        session: Callable[[], Awaitable[Attendant | None]],
    ) -> LessonConversation:
        return LessonConversation(number, socket, transport, visitor, session, self._clocks, self._live, self._relays)
