"""The media of one lesson: who sees whom, how much a learner's picture may take, and what of it is recorded."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from courses.floor import Place
from courses.folders import marks_folder, recording_name
from courses.lesson import LessonId
from courses.marks import KINDS, EndedBy, Flow, FlowCause, LessonOver, Mark, RecordingBegan, RecordingEnded
from courses.news import Line, Presence
from courses.policy import CallRules
from live.marks import WrittenMarks
from media.contract import Media, Recording, SeatState
from media.negotiation import Way
from storage.files import FileStore

log = logging.getLogger(__name__)

TEACHER = Place(0)  # learners count from 1

# Which way media goes on a connection: a learner's own camera is heard of by nobody until they have the word.
WAYS = {(True, Line.SCREEN): Way.IN, (False, Line.SCREEN): Way.OUT, (False, Line.WORD): Way.OUT}


def seat_of(place: Place, line: Line) -> str:
    """What a person's connection is called in the media room."""
    return f"{place}-{line}"


def of_seat(seat: str) -> tuple[Place, Line]:
    """Whose connection a seat of the media room is, and which."""
    place, line = seat.split("-")
    return Place(int(place)), Line(line)


class ClassRoom:
    """One open lesson while it lasts. Its clock starts when it is opened; recordings and marks lie on it."""

    def __init__(
        self,
        lesson: LessonId,
        places: Sequence[Place],
        plane: Media,
        files: FileStore,
        rules: CallRules,
        clock: Callable[[], float],
        on_seat: Callable[[str, SeatState], None],
    ) -> None:
        self.lesson = lesson
        self.presence: dict[Place, Presence] = dict.fromkeys([TEACHER, *places], Presence.PRESENT)
        self._places = places
        self._files = files
        self._rules = rules
        self._clock = clock
        self._zero = clock()
        self._marks = WrittenMarks[Mark](marks_folder(files, lesson), KINDS)
        self._recordings: dict[str, Recording] = {}
        self._screens = self._words = 0
        self._room = plane.open_room(lesson, on_seat, (len(places) + 1) * len(Line))
        for place in places:
            own = seat_of(place, Line.OWN)
            self._room.watch(own, seat_of(TEACHER, Line.OWN))
            self._room.limit(own, rules.listener_bits)
            self._room.watch(seat_of(place, Line.SCREEN), seat_of(TEACHER, Line.SCREEN))

    @property
    def marks(self) -> Sequence[Mark]:
        """All that happened so far."""
        return self._marks.made

    def elapsed(self) -> float:
        """Seconds since the lesson was opened."""
        return self._clock() - self._zero

    # connections

    async def connect(self, place: Place, line: Line, offer: str) -> str:
        """The answer to a browser's offer; BadOffer, NoMedia."""
        return await self._room.connect(seat_of(place, line), offer, WAYS.get((place == TEACHER, line), Way.BOTH))

    async def disconnect(self, place: Place) -> None:
        """Whoever sits there neither hears nor sees any more."""
        for line in Line:
            await self._room.disconnect(seat_of(place, line))

    def changed(self, place: Place, state: SeatState) -> bool | None:
        """Somebody's own connection came up or went: whether it is there now, None when that is no news."""
        flows = state is SeatState.CONNECTED
        if flows is (self.presence[place] is Presence.CONNECTED):
            return None
        self.presence[place] = Presence.CONNECTED if flows else Presence.LOST
        return flows

    async def mark_flow(self, place: Place, at_s: float, *, flows: bool, cause: FlowCause) -> None:
        """Write down that somebody's own connection came or went."""
        await self._marks.add(Flow(place, at_s, flows, cause))

    async def left(self, place: Place) -> None:
        """They said goodbye: no connection was lost."""
        was_there = self.presence[place] is Presence.CONNECTED
        self.presence[place] = Presence.PRESENT
        await self.disconnect(place)
        if was_there:
            await self.mark_flow(place, self.elapsed(), flows=False, cause="left")

    # what is recorded

    async def begin(self) -> None:
        """The teacher is recorded from here on."""
        await self._record("teacher", seat_of(TEACHER, Line.OWN))

    async def share(self) -> None:
        """The teacher's screen is recorded from here on."""
        self._screens += 1
        await self._record(f"screen-{self._screens}", seat_of(TEACHER, Line.SCREEN))

    async def unshare(self) -> None:
        """There is no screen any more, for nobody."""
        await self._finish(f"screen-{self._screens}")
        for place in (TEACHER, *self._places):
            await self._room.disconnect(seat_of(place, Line.SCREEN))

    async def give_word(self, place: Place) -> None:
        """This learner is seen and heard by everybody from here on, and recorded."""
        own = seat_of(place, Line.OWN)
        self._words += 1
        await self._record(f"word-{self._words}", own, place)
        self._room.limit(own, self._rules.speaker_bits)
        self._room.watch(seat_of(TEACHER, Line.OWN), own)
        for other in self._places:
            self._room.watch(seat_of(other, Line.WORD), None if other == place else own)
        self._room.ask_keyframe(own)

    async def take_word(self, place: Place) -> None:
        """And by nobody any more."""
        own = seat_of(place, Line.OWN)
        self._room.watch(seat_of(TEACHER, Line.OWN), None)
        for other in self._places:
            self._room.watch(seat_of(other, Line.WORD), None)
        self._room.limit(own, self._rules.listener_bits)
        await self._finish(f"word-{self._words}")

    async def _record(self, name: str, seat: str, place: Place | None = None) -> None:
        folder = await asyncio.to_thread(self._files.working_folder, recording_name(self.lesson, name))
        self._recordings[name] = self._room.record(seat, folder, self._zero)
        await self._marks.add(RecordingBegan(name, self.elapsed(), place))

    async def _finish(self, name: str) -> None:
        recording = self._recordings.pop(name, None)
        if recording is None:
            return
        until_s = self.elapsed()
        try:
            broke = (await recording.finish()).broken
        except Exception:
            log.exception("a recorder of %s failed; its parts are salvaged", self.lesson)
            broke = True
        await self._marks.add(RecordingEnded(name, until_s, broke))

    # the end

    async def finish(self, by: EndedBy, at: datetime) -> None:
        """Nobody is seen or heard any more, and every recording is complete."""
        over = LessonOver(by, at, self.elapsed())
        await self._close_room()
        for name in list(self._recordings):
            await self._finish(name)
        await self._marks.add(over)

    async def abandon(self) -> None:
        """The lesson was not opened after all."""
        await self._close_room()
        for name in list(self._recordings):
            await self._finish(name)

    async def _close_room(self) -> None:
        try:
            await self._room.close()
        except Exception:
            log.exception("room %s did not close in order; its recordings are finished all the same", self.lesson)
