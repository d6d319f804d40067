"""The two seats of a check-in: whose browser is in which, and what it is told."""

from accounts.actor import PersonId
from accounts.powers import NotYours
from checkins.call import Call
from checkins.checkin import CheckInState
from checkins.news import Caller, News, Presence, Seat, Standing
from live.resumed import Resumed


class Seats:
    """Who sits where. The officer's seat is one person's, from arrival to departure and all through a call."""

    def __init__(self) -> None:
        self._callers: dict[Seat, Caller] = {}
        self._resumed: dict[Seat, Resumed] = {}
        self._officer: PersonId | None = None

    @property
    def empty(self) -> bool:
        return not self._callers

    def taken(self, seat: Seat) -> bool:
        return seat in self._callers

    def held_by(self, seat: Seat, caller: Caller) -> bool:
        """Whether this very connection sits there: another one of the same person may have taken it over."""
        return self._callers.get(seat) is caller

    def check_free_for(self, officer: PersonId | None) -> None:
        """NotYours while another officer sits there, and once another one has admitted the subject."""
        if self._officer not in (None, officer):
            raise NotYours

    def keep_for(self, officer: PersonId) -> None:
        """The officer's seat is this person's, whether they sit in it or not."""
        self._officer = officer

    def is_overtaken(self, seat: Seat, caller: Caller) -> bool:
        """Whether the same page has asked for the seat since: a bad network may deliver an older try after a newer."""
        return caller.resumed is not None and caller.resumed.is_before(self._resumed.get(seat))

    def take(self, seat: Seat, caller: Caller, officer: PersonId | None) -> None:
        """Sit down; whoever sat there is told that they do not any more."""
        self._officer = officer or self._officer
        former, self._callers[seat] = self._callers.get(seat), caller
        if caller.resumed is not None:
            self._resumed[seat] = caller.resumed
        if former is not None:
            former.replaced()

    def leave(self, seat: Seat, *, kept: bool) -> None:
        """Stand up. The officer's seat is for any other one from now on, unless it is `kept` for them."""
        del self._callers[seat]
        if seat is Seat.OFFICER and not kept:
            self._officer = None

    def tell(self, seat: Seat, news: News) -> None:
        """Nothing where nobody sits."""
        if seat in self._callers:
            self._callers[seat].tell(news)

    def tell_both(self, news: News) -> None:
        for seat in Seat:
            self.tell(seat, news)

    def tell_standing(self, state: CheckInState, ahead: int, call: Call | None) -> None:
        """Where things stand; how many wait before them is the subject's to know."""
        live_s = None if call is None else call.elapsed()
        subject, officer = (self._presence(seat, call) for seat in Seat)
        turned = () if call is None else (call.paused, call.silenced, call.hidden, call.unshown)
        self.tell(Seat.SUBJECT, Standing(state, ahead, subject, officer, live_s, *turned))
        self.tell(Seat.OFFICER, Standing(state, 0, subject, officer, live_s, *turned))

    def _presence(self, seat: Seat, call: Call | None) -> Presence:
        if call is not None and call.presence[seat] is not Presence.PRESENT:
            return call.presence[seat]
        return Presence.PRESENT if seat in self._callers else Presence.ABSENT
