"""How fast a browser may talk: a token bucket that is told the time."""


class Pace:
    """Lets `rate` messages a second through, as many at once after a quiet second."""

    def __init__(self, rate: float, heard_at: float) -> None:
        self._rate = rate
        self._left = rate
        self._heard_at = heard_at

    def keeps(self, heard_at: float) -> bool:
        """Whether the message heard now, in seconds of a monotonic clock, is still within the rate."""
        self._left = min(self._rate, self._left + (heard_at - self._heard_at) * self._rate)
        self._heard_at = heard_at
        if self._left < 1:
            return False
        self._left -= 1
        return True
