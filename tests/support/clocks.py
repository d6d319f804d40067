"""A clock that stands still until a test advances it."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Wall time and monotonic seconds that move together, and only when told to."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        """Ten in the morning in China, unless told otherwise."""
        self._now = start
        self._seconds = 1000.0

    def now(self) -> datetime:
        """Wall time, UTC."""
        return self._now

    def clock(self) -> float:
        """Monotonic seconds; where they start means nothing."""
        return self._seconds

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0) -> datetime:
        """Let time pass, and return the new wall time. ValueError for time that would run backwards."""
        passed = timedelta(seconds=seconds, minutes=minutes)
        if passed < timedelta(0):
            raise ValueError("time runs forwards")
        self._now += passed
        self._seconds += passed.total_seconds()
        return self._now
