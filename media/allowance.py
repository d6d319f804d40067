"""How much of something a browser may cause: a token bucket that is told the time."""


class Allowance:
    """So many a second, and a burst of as many as one second's; times are seconds of a monotonic clock."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left = per_second
        self._at = float("-inf")

    def take(self, at: float) -> bool:
        """Whether one more is allowed at `at`; if so, it is used."""
        self._left = min(self._per_second, self._left + (at - self._at) * self._per_second)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True
