"""The grace of a call: a connection that is away is expected back for a while."""

from collections.abc import Awaitable, Callable

from checkins.news import Seat
from checkins.surroundings import CallOff, Own, Work


class ReconnectGrace:
    """Who is expected back. After `grace_s` of it `is_over` is asked what becomes of the call."""

    def __init__(
        self, grace_s: float, sleep: Callable[[float], Awaitable[None]], own: Own, is_over: Callable[[Seat], Work]
    ) -> None:
        self._grace_s = grace_s
        self._sleep = sleep
        self._own = own
        self._is_over = is_over
        self._expected: dict[Seat, CallOff] = {}

    def start(self, *seats: Seat) -> None:
        """From now on."""
        self.stop(*seats)
        for seat in seats:
            self._expected[seat] = self._own(self._expect(seat))

    def stop(self, *seats: Seat) -> None:
        """They are back, or nobody waits for them any more."""
        for seat in seats:
            if seat in self._expected:
                self._expected.pop(seat)()

    def runs(self, seat: Seat) -> bool:
        """Whether they are expected."""
        return seat in self._expected

    async def _expect(self, seat: Seat) -> None:
        await self._sleep(self._grace_s)
        del self._expected[seat]  # from here on nobody may cancel us: what follows is the end
        await self._is_over(seat)
