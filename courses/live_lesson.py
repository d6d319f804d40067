"""One lesson with somebody in it: its seats, hands and the word, and the media while it is open."""

import asyncio
from datetime import datetime

from accounts.actor import Actor
from courses.class_room import TEACHER, ClassRoom, of_seat
from courses.ending import Ending
from courses.floor import Floor, HandCue, Place
from courses.folders import tidy
from courses.lesson import LESSON, LessonCue, LessonId, LessonState
from courses.marks import EndedBy, FlowCause
from courses.news import Caller, ClassNews, InClass, Line, OfferAgain, Over, Presence, Standing
from courses.plan import Plan
from courses.seats import Seats
from courses.surroundings import LessonSurroundings
from live.grace import UNSEATED_S, Grace
from live.tasks import CallOff, Own
from media.contract import SeatState
from statetable import IllegalCue, step

TELL_AFTER_S = 0.25  # changes that come close together are told as one: sixty people arrive within a minute


class NotOpen(Exception):
    """Media, a hand or a screen was offered where no lesson is: before it was opened, or after its end."""


class LiveLesson:
    """One lesson with somebody in it, or with an end that is not on file yet. Every change happens under one lock."""

    def __init__(self, plan: Plan, near: LessonSurroundings, own: Own) -> None:
        self.askers = 0
        """How many are at work on this value: as long as there are any, it is not forgotten."""
        self._plan = plan
        self._near = near
        self._own = own
        self._lock = asyncio.Lock()
        self._seats = Seats()
        self._floor = Floor()
        self._class: ClassRoom | None = None
        self._sharing = False
        self._telling: CallOff | None = None
        rules = near.policy.call
        self._teacher_grace = Grace[Place](rules.teacher_grace_s, near.sleep, own, self._end_without_teacher)
        self._word_grace = Grace[Place](rules.word_grace_s, near.sleep, own, self._take_word_unless_back)
        self._unseated = Grace[Place](UNSEATED_S, near.sleep, own, self._hang_up_unless_seated)
        self._ending = Ending(near.database, near.files)

    @property
    def id(self) -> LessonId:
        return self._plan.id

    @property
    def state(self) -> LessonState:
        return self._plan.lesson.state

    @property
    def going_on(self) -> bool:
        return self._class is not None

    @property
    def over(self) -> bool:
        """The record says that it is open, and there is no class: it has ended and is not on file yet."""
        return self.state is LessonState.OPEN and self._class is None

    @property
    def idle(self) -> bool:
        """Nobody is here, and nothing is left to do: this value may be forgotten."""
        return self._seats.empty and not self.askers and self.state is not LessonState.OPEN

    # the seats

    async def arrive(self, place: Place, caller: Caller, teacher: Actor | None) -> None:
        """Take the seat, from another connection of the same person if need be, and be told where things stand."""
        async with self._lock:
            if place == TEACHER:
                self._seats.check_free_for(teacher)
            else:
                self._plan.learner(place)
            if self._seats.is_overtaken(place, caller):
                caller.replaced()
                return
            self._plan = await self._near.progress.load(self.id)
            self._seats.take(place, caller, teacher)
            self._unseated.stop(place)
            if self.over:
                caller.tell(self._standing(place))
                caller.tell(Over(filed=False))
                return
            self._tell(place)
            self._tell_soon()

    async def depart(self, place: Place, caller: Caller, *, said: bool) -> None:
        """Leave the seat. Media goes on for UNSEATED_S, for a page that is back in a moment; unless they `said` it."""
        async with self._lock:
            if not self._seats.held_by(place, caller):
                return
            self._seats.leave(place, kept=self.going_on)
            if self.going_on:
                self._unseated.start(place)
            if said and self._class is not None:
                await self._class.left(place)
                if place == TEACHER:
                    self._teacher_grace.start(place)
                elif self._floor.word == place:
                    self._word_grace.start(place)
            self._tell_soon()

    async def dismiss(self, place: Place, caller: Caller) -> None:
        """This caller may not sit there any more: they neither hear nor see from now on."""
        if self._class is not None and self._seats.held_by(place, caller):
            await self._class.disconnect(place)

    async def _hang_up_unless_seated(self, place: Place) -> None:
        async with self._lock:
            if self._class is not None and place not in self._seats.taken:
                await self._class.disconnect(place)

    # the lesson

    async def open(self, teacher: Actor, at: datetime) -> None:
        """From here on there is media, and the teacher is recorded."""
        async with self._lock:
            step(LESSON, self.state, LessonCue.OPENED)  # before anything is made ready
            near = self._near
            places = [learner.place for learner in self._plan.learners]
            begun = ClassRoom(self.id, places, near.plane, near.files, near.policy.call, near.clock, self._on_seat)
            try:
                await begun.begin()
                self._plan = await near.progress.open(self.id, teacher, at)
            except BaseException:
                await begun.abandon()
                await asyncio.to_thread(tidy, near.files, self.id)
                raise
            self._class = begun
            self._teacher_grace.start(TEACHER)
            self._tell_all()

    async def offer(self, place: Place, line: Line, sdp: str) -> str:
        """The answer to a browser's offer; NotOpen, BadOffer, NoMedia."""
        async with self._lock:
            begun = self._opened()
            if (line is Line.SCREEN and not self._sharing) or (line is Line.WORD and place == TEACHER):
                raise NotOpen(self.id)
            return await begun.connect(place, line, sdp)

    async def hand(self, place: Place, *, up: bool) -> None:
        """A learner raises their hand or lowers it; whoever has the word gives it back so. NotOpen, IllegalCue."""
        async with self._lock:
            begun = self._opened()
            spoke = self._floor.word == place
            if up and spoke:
                return
            self._floor = self._floor.on(place, HandCue.RAISED if up else HandCue.LOWERED)
            if spoke:
                await self._silence(begun, place)
            self._tell_soon()

    async def word(self, place: Place | None) -> None:
        """The teacher gives the word to a learner who is here, or takes it back. NotOpen, NotYours, IllegalCue."""
        async with self._lock:
            begun = self._opened()
            if place is not None:
                self._plan.learner(place)
                if begun.presence[place] is not Presence.CONNECTED:
                    raise IllegalCue(self._floor.state(place), HandCue.GIVEN)
            await self._give(begun, place)

    async def _give(self, begun: ClassRoom, place: Place | None) -> None:
        former = self._floor.word
        if former == place:
            return
        if former is not None:
            self._floor = self._floor.on(former, HandCue.TAKEN_BACK)
            await self._silence(begun, former)
        if place is not None:
            self._floor = self._floor.on(place, HandCue.GIVEN)
            await begun.give_word(place)
        self._tell_all()

    async def _silence(self, begun: ClassRoom, place: Place) -> None:
        self._word_grace.stop(place)
        await begun.take_word(place)

    async def share(self, *, on: bool) -> None:
        """The teacher shows a screen, which is recorded, or no more. NotOpen."""
        async with self._lock:
            begun = self._opened()
            if on is self._sharing:
                return
            self._sharing = on
            await (begun.share() if on else begun.unshare())
            self._tell_all()

    async def end(self, by: EndedBy, at: datetime) -> None:
        """End it for everybody; IllegalCue when there is none."""
        async with self._lock:
            await self._end(by, at)

    def _opened(self) -> ClassRoom:
        if self._class is None:
            raise NotOpen(self.id)
        return self._class

    async def _end(self, by: EndedBy, at: datetime) -> None:
        begun, self._class = self._class, None
        if begun is None:
            raise IllegalCue(self.state, LessonCue.LESSON_ENDED)
        self._teacher_grace.stop(TEACHER)
        self._unseated.stop(TEACHER, *(learner.place for learner in self._plan.learners))
        if self._floor.word is not None:
            self._word_grace.stop(self._floor.word)
        self._floor, self._sharing = Floor(), False
        self._ending = Ending(self._near.database, self._near.files, begun.marks)
        self._seats.tell_all(Over(filed=False))
        await begun.finish(by, at)
        await self._file()

    async def _file(self) -> None:
        filed = await self._ending.file(self._plan, self._near.now())
        if filed is not None:
            self._plan = filed
            self._seats.tell_all(Over(filed=True))
            await asyncio.to_thread(tidy, self._near.files, self.id)

    async def catch_up(self) -> None:
        """Do what is left to do, and tell what has happened elsewhere: a lesson may be called off."""
        async with self._lock:
            former = self.state
            self._plan = await self._near.progress.load(self.id)
            if self.over:
                await self._file()
            elif self.state is not former:
                self._tell_all()

    # what media and time say

    def _on_seat(self, seat: str, state: SeatState) -> None:
        begun = self._class
        if begun is None:
            return
        place, line = of_seat(seat)
        if state is SeatState.FAILED:
            self._seats.tell(place, OfferAgain(line))
        if line is not Line.OWN:
            return
        flows = begun.changed(place, state)
        if flows is None:
            return
        grace = self._teacher_grace if place == TEACHER else self._word_grace
        if flows:
            grace.stop(place)
        elif place in (TEACHER, self._floor.word):
            grace.start(place)
        cause: FlowCause = "server" if state is SeatState.FAILED else "connection"
        self._own(begun.mark_flow(place, begun.elapsed(), flows=flows, cause=cause))
        self._tell_soon()

    async def _end_without_teacher(self, place: Place) -> None:
        async with self._lock:
            begun = self._class
            if begun is not None and begun.presence[place] is not Presence.CONNECTED:
                await self._end("grace", self._near.now())

    async def _take_word_unless_back(self, place: Place) -> None:
        async with self._lock:
            begun = self._class
            if begun is None or self._floor.word != place or begun.presence[place] is Presence.CONNECTED:
                return
            await self._give(begun, None)

    # what people are told

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = self._own(self._tell_in_a_moment())

    async def _tell_in_a_moment(self) -> None:
        await self._near.sleep(TELL_AFTER_S)
        self._telling = None
        self._tell_all()

    def _tell_all(self) -> None:
        for place in self._seats.taken:
            self._tell(place)

    def _tell(self, place: Place) -> None:
        self._seats.tell_if_new(place, self._standing(place))
        if place == TEACHER:
            self._seats.tell(place, self._class_news())

    def _standing(self, place: Place) -> Standing:
        hands = self._floor.hands
        return Standing(
            state=self.state,
            place=None if place == TEACHER else place,
            live_s=None if self._class is None else self._class.elapsed(),
            you=self._presence(place),
            teacher=self._presence(TEACHER),
            here=sum(self._is_here(learner.place) for learner in self._plan.learners),
            of=len(self._plan.learners),
            word=self._floor.word,
            sharing=self._sharing,
            hands=len(hands),
            hand=hands.index(place) + 1 if place in hands else None,
        )

    def _class_news(self) -> ClassNews:
        learners = (InClass(one.place, one.name, self._presence(one.place)) for one in self._plan.learners)
        return ClassNews(tuple(learners), self._floor.hands)

    def _is_here(self, place: Place) -> bool:
        return self._presence(place) in (Presence.PRESENT, Presence.CONNECTED)

    def _presence(self, place: Place) -> Presence:
        in_class = self._class.presence[place] if self._class is not None else Presence.PRESENT
        if in_class is not Presence.PRESENT:
            return in_class
        return Presence.PRESENT if place in self._seats.taken else Presence.ABSENT
