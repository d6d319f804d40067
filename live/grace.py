"""The grace of whatever is live: somebody who is away is expected back for a while."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from live.tasks import CallOff, Own, Work

# How long media goes on for whoever has no conversation with us. Only in one it is asked whose session it is: whoever
# hung up just that would else see and hear on after a session, a post or a link was taken away.
UNSEATED_S = 60.0

K = TypeVar("K", bound=Hashable)


class Grace(Generic[K]):
    """Who is expected back. After `grace_s` of it `is_over` is asked what becomes of it."""

    def __init__(
        self, grace_s: float, sleep: Callable[[float], Awaitable[None]], own: Own, is_over: Callable[[K], Work]
    ) -> None:
        self._grace_s = grace_s
        self._sleep = sleep
        self._own = own
        self._is_over = is_over
        self._expected: dict[K, CallOff] = {}

    def start(self, *seats: K) -> None:
        """From now on."""
        self.stop(*seats)
        for seat in seats:
            self._expected[seat] = self._own(self._expect(seat))

    def stop(self, *seats: K) -> None:
        """They are back, or nobody waits for them any more."""
        for seat in seats:
            if seat in self._expected:
                self._expected.pop(seat)()

    def runs(self, seat: K) -> bool:
        """Whether they are expected."""
        return seat in self._expected

    async def _expect(self, seat: K) -> None:
        await self._sleep(self._grace_s)
        del self._expected[seat]  # from here on nobody may cancel us: what follows is the end
        await self._is_over(seat)
