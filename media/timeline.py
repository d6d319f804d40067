"""One stream's RTP time on the server's monotonic clock, so that all streams of a check-in share one clock."""

from collections import deque
from enum import Enum, auto

WINDOW_S = 30.0  # six sender reports of Chromium's audio; a clock that is off by 100 ppm moves 3 ms in it
RISE = 0.001  # seconds a second: a crystal is off by 0.0002 at most, a clock that NTP sets right by 0.0005
LONGEST_RISE_S = 0.25  # a whole window that is later than this is no busy network: the sender's clock was set
SET_S = 0.03  # a report whose two times moved farther apart tells of a jump; browsers' own are off by 10 ms
SLEW = 0.005  # seconds a second: neither heard nor seen
CATCH_UP = 0.5  # of what is left, a second: as long as a stream settles, and where SLEW would take too long
SETTLING_S = 10.0  # from a stream's first report on
FAR_S = 0.1  # from where a stream should lie: everybody sees that lips and voice are apart
BELIEVED = 3  # reports running that say the same
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


class SenderClock:
    """The clock that one sender's audio and video share, on ours: `lag` is the least (arrival − sent) of its reports.

    A lower value counts at once: nothing arrives before it was sent. A higher one is nearly always a network that has
    become slower, which moves no moment, so `lag` rises by no more than a clock can be slow. A sender that sets its
    clock moves nothing: its reports are counted on as if it had not.
    """

    def __init__(self) -> None:
        self.lag = float("inf")
        self._lags = _RecentMinimum()
        self._set_by = 0.0
        self._heard_at = 0.0

    def counted_on(self, ntp_seconds: float) -> float:
        """The sender's time on a clock that was never set."""
        return ntp_seconds - self._set_by

    def reported(self, ntp_seconds: float, moved: float, heard_at: float) -> "Jump":
        """A report, whose RTP time and sender's time have `moved` apart since the stream's last."""
        jump = self._jump(moved, heard_at - self.counted_on(ntp_seconds) - self.lag)
        if jump is Jump.OF_CLOCK:
            self._set_by += moved
        self._lags.add(heard_at - self.counted_on(ntp_seconds), heard_at)
        least = self._lags.value
        if least - self.lag < LONGEST_RISE_S:
            least = min(least, self.lag + RISE * (heard_at - self._heard_at))
        self.lag = least
        self._heard_at = heard_at
        return jump

    def _jump(self, moved: float, late: float) -> "Jump":
        """What moved: the sender's clock if the report came sooner than it can, or is late by as much."""
        if abs(moved) <= SET_S:
            return Jump.NONE
        if late < -SET_S / 2 if moved > 0 else late + moved >= -SET_S / 2:
            return Jump.OF_CLOCK
        return Jump.OF_STREAM if late <= abs(moved) / 2 else Jump.UNCLEAR


class Jump(Enum):
    """What a report says by which RTP time and sender's time have come apart."""

    NONE = auto()
    OF_CLOCK = auto()  # the sender's clock was set
    OF_STREAM = auto()  # RTP time left something out, or went back
    UNCLEAR = auto()  # the report is too late to tell


class Timeline:
    """Where one SSRC's frames lie on the server's clock: at = RTP seconds + offset.

    Before the first sender report the offset is the least (arrival − RTP seconds) of late. A report ties RTP time to
    the sender's clock; from then on the offset that counts is the one by which frames lie where that clock's reports
    were sent, and we move towards it at SLEW, or faster while much is left. Whatever a report says, nothing is placed
    later than it was heard, far before that, or before a frame already placed.

    What holds, from ten seconds after the first report of each stream, for an hour and more: a sender's audio and video
    stay within 40 ms of each other, and two senders within 80 ms and what the least delays of their networks differ
    by, which nobody can hear. It holds for clocks that are off by up to 200 ppm, for reports that are late, lost or
    overtaken, for a sender's clock that is set, through RTP time's wrap-around, and for packets up to LONGEST_DELAY_S
    late. A new SSRC, and a stream that counts from another origin, begin again with their own first report.
    """

    def __init__(self, clock_rate: int, clock: SenderClock) -> None:
        self._clock_rate = clock_rate
        self._clock = clock
        self._newest: int | None = None  # RTP time, counted on beyond 32 bits
        self._at = float("-inf")
        self._heard_at = float("-inf")
        self._start_over()

    def _start_over(self) -> None:
        self._offset: float | None = None
        self._arrivals = _RecentMinimum()
        self._reported: float | None = None  # RTP seconds of the last report
        self._sender_offset = 0.0  # sender's clock − RTP seconds, by that report
        self._jumps = 0  # reports running that tell of a jump of the stream
        self._settled_at = float("inf")

    def report(self, ntp_seconds: float, rtp_time: int, heard_at: float) -> None:
        """A sender report: `rtp_time` was `ntp_seconds` on the sender's clock, whatever that clock counts from."""
        if self._newest is None:
            self._newest = rtp_time
        seconds = self._unwrapped(rtp_time) / self._clock_rate
        if self._reported is None:
            self._clock.reported(ntp_seconds, 0.0, heard_at)
            self._settled_at = heard_at + SETTLING_S
        elif 0 < self._reported - seconds < WINDOW_S:
            return  # a newer one has overtaken it
        else:
            moved = self._clock.counted_on(ntp_seconds) - seconds - self._sender_offset
            if not self._believes(self._clock.reported(ntp_seconds, moved, heard_at)):
                return
        self._reported = seconds
        self._sender_offset = self._clock.counted_on(ntp_seconds) - seconds

    def _believes(self, jump: Jump) -> bool:
        """A late report soon after the sender's clock was set looks like a jump of the stream; three do not."""
        if jump is Jump.UNCLEAR:
            return False
        if jump is Jump.OF_STREAM:
            self._jumps += 1
            if self._jumps < BELIEVED:
                return False
            self._arrivals = _RecentMinimum()  # they count from before the jump
        self._jumps = 0
        return True

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
        if self._reported is None:
            return arrival
        target = max(min(self._sender_offset + self._clock.lag, arrival), arrival - LONGEST_DELAY_S)
        if self._offset is None:
            return target
        left = target - self._offset
        pace = SLEW if heard_at > self._settled_at and abs(left) < FAR_S else max(SLEW, abs(left) * CATCH_UP)
        most = pace * min(1.0, max(0.0, heard_at - self._heard_at))
        return self._offset + max(-most, min(left, most))

    def _unwrapped(self, rtp_time: int) -> int:
        """The RTP time counted on beyond 32 bits: whichever lies nearest to the newest."""
        if self._newest is None:
            return rtp_time
        return self._newest + (rtp_time - self._newest + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
