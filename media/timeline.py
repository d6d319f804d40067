"""One stream's RTP time on the server's monotonic clock, so that all streams of a check-in share one clock."""

from collections import deque

WINDOW_S = 30.0  # six sender reports of Chromium's audio; a clock that is off by 100 ppm moves 3 ms in it
SLEW = 0.005  # seconds a second: neither heard nor seen
LONGEST_DELAY_S = 2.0  # what lies farther from its arrival is not late: it counts from another origin


class _RecentMinimum:
    """The least value of the last WINDOW_S."""

    def __init__(self) -> None:
        # (heard_at, value), values rising: whatever can still become the minimum. The limit only shortens the window
        # of a peer that sends many times what a camera and a microphone do.
        self._rising: deque[tuple[float, float]] = deque(maxlen=4096)

    def add(self, value: float, heard_at: float) -> None:
        while self._rising and self._rising[-1][1] >= value:
            self._rising.pop()
        self._rising.append((heard_at, value))
        while self._rising[0][0] < heard_at - WINDOW_S:
            self._rising.popleft()

    @property
    def value(self) -> float:
        return self._rising[0][1]


class Timeline:
    """Where one SSRC's frames lie on the server's clock: at = RTP seconds + offset.

    Before the first sender report the offset is the least (arrival − RTP seconds) of late. A report ties RTP time to
    the sender's own clock, which its audio and video share; from then on the offset that counts is the least
    (arrival of a report − sender's time in it) of late, and we move towards it by at most SLEW. Whatever a report
    says, nothing is placed later than it was heard, far before that, or before a frame already placed.
    """

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._newest: int | None = None  # RTP time, counted on beyond 32 bits
        self._at = float("-inf")
        self._heard_at = float("-inf")
        self._start_over()

    def _start_over(self) -> None:
        self._offset: float | None = None
        self._arrivals = _RecentMinimum()
        self._delays = _RecentMinimum()
        self._sender_offset: float | None = None  # sender's clock − RTP seconds, by its last report

    def report(self, ntp_seconds: float, rtp_time: int, heard_at: float) -> None:
        """A sender report: `rtp_time` was `ntp_seconds` on the sender's clock, whatever that clock counts from."""
        if self._newest is None:
            self._newest = rtp_time
        self._sender_offset = ntp_seconds - self._unwrapped(rtp_time) / self._clock_rate
        self._delays.add(heard_at - ntp_seconds, heard_at)

    def at(self, rtp_time: int, heard_at: float) -> float:
        """When a frame happened, on the clock of `heard_at`; frames are asked for in their order of use."""
        self._newest = self._unwrapped(rtp_time)
        seconds = self._newest / self._clock_rate
        if self._offset is not None and abs(heard_at - seconds - self._offset) > LONGEST_DELAY_S:
            self._start_over()
        self._arrivals.add(heard_at - seconds, heard_at)
        self._offset = self._next_offset(heard_at)
        self._heard_at = max(self._heard_at, heard_at)
        self._at = max(self._at, min(seconds + self._offset, heard_at))
        return self._at

    def _next_offset(self, heard_at: float) -> float:
        arrival = self._arrivals.value
        if self._sender_offset is None:
            return arrival
        target = max(min(self._sender_offset + self._delays.value, arrival), arrival - LONGEST_DELAY_S)
        if self._offset is None:
            return target
        most = SLEW * max(0.0, heard_at - self._heard_at)
        return self._offset + max(-most, min(target - self._offset, most))

    def _unwrapped(self, rtp_time: int) -> int:
        """The RTP time counted on beyond 32 bits: whichever lies nearest to the newest."""
        if self._newest is None:
            return rtp_time
        return self._newest + (rtp_time - self._newest + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
