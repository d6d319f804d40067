"""The seats of a lesson: whose browser is in which, and what it was told last."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.actor import Actor, PersonId
from accounts.powers import NotYours
from courses.class_room import TEACHER
from courses.floor import Place
from courses.news import Caller, News, Standing
from live.resumed import Resumed


class Seats:
    """Who sits where. The teacher's seat is one person's as long as a lesson goes on, or they sit in it."""

    def __init__(self) -> None:
        self._callers: dict[Place, Caller] = {}
        self._resumed: dict[Place, Resumed] = {}
        self._told: dict[Place, News] = {}
        self._teacher: PersonId | None = None

    @property
    def empty(self) -> bool:
        return not self._callers

    @property
    def taken(self) -> Iterable[Place]:
        return list(self._callers)

    def held_by(self, place: Place, caller: Caller) -> bool:
        """Whether this very connection sits there: another one of the same person may have taken it over."""
        return self._callers.get(place) is caller

    def check_free_for(self, teacher: Actor | None) -> None:
        """NotYours while another teacher has this lesson."""
        if teacher is None or self._teacher not in (None, teacher.person):
            raise NotYours

    def is_overtaken(self, place: Place, caller: Caller) -> bool:
        """Whether the same page has asked for the seat since."""
        return caller.resumed is not None and caller.resumed.is_before(self._resumed.get(place))

    def take(self, place: Place, caller: Caller, teacher: Actor | None) -> None:
        """Sit down; whoever sat there is told that they do not any more."""
        if teacher is not None:
            self._teacher = teacher.person
        former, self._callers[place] = self._callers.get(place), caller
        self._told.pop(place, None)
        if caller.resumed is not None:
            self._resumed[place] = caller.resumed
        if former is not None:
            former.replaced()

    def leave(self, place: Place, *, kept: bool) -> None:
        """Stand up. The teacher's seat is for any other one from now on, unless it is `kept` for them."""
        del self._callers[place]
        if place == TEACHER and not kept:
            self._teacher = None

    def tell(self, place: Place, news: News) -> None:
        """Nothing where nobody sits."""
        if place in self._callers:
            self._callers[place].tell(news)

    def tell_all(self, news: News) -> None:
        for place in self.taken:
            self.tell(place, news)

    def tell_if_new(self, place: Place, standing: Standing) -> None:
        """Nothing either to whom it says what they have been told: only the clock has gone on."""
        same = replace(standing, live_s=None)
        if self._told.get(place) != same and place in self._callers:
            self._told[place] = same
            self._callers[place].tell(standing)
