"""How much of something a browser may cause: token buckets that are told the time."""

BURST_S = 2.0  # of an intake at twice the ceiling: what a phone has saved up in a radio hole of four seconds


class Allowance:
    """So many a second, and a burst of one second's or as is said; times are seconds of a monotonic clock."""

    def __init__(self, per_second: float, burst: float | None = None) -> None:
        self._per_second = per_second
        self._burst = per_second if burst is None else burst
        self._left = self._burst
        self._at = float("-inf")

    def take(self, at: float) -> bool:
        """Whether one more is allowed at `at`; if so, it is used."""
        self._left = min(self._burst, self._left + (at - self._at) * self._per_second)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Intake:
    """So many bytes a second of one track, and a burst of BURST_S of them; a packet counts for `least` or more.

    What comes on top shuts it until half a burst may come again: a second's pause leaves the frames around it
    whole, where dropping single packets would put a hole in each. Only what has proved to be the browser's counts, so
    that nobody else can use it up.
    """

    def __init__(self, per_second: float, least: int = 0) -> None:
        self.taken = 0  # bytes, in all
        self._per_second = per_second
        self._least = least
        self._burst = self._left = BURST_S * per_second
        self._at = float("-inf")
        self._shut = False

    def limit(self, per_second: float) -> None:
        """From now on so many. What was saved up before may still be used: a browser takes a while to heed us."""
        self._per_second = per_second
        self._burst = BURST_S * per_second

    def takes(self, at: float) -> bool:
        """Whether a packet may be looked at."""
        if self._left < self._burst:
            self._left = min(self._burst, self._left + (at - self._at) * self._per_second)
        self._at = at
        if self._left >= self._per_second:
            self._shut = False
        return not self._shut

    def took(self, size: int) -> None:
        """A packet of so many bytes was authentic."""
        self.taken += size
        self._left -= size if size > self._least else self._least  # a call of max() shows, once a packet
        self._shut = self._left < 0
