"""How good a connection is: figures from two readings, the one rule that puts them into a word, and weak stretches."""

from dataclasses import dataclass
from enum import StrEnum

from media.contract import Traffic

# From here on speech begins to break; ITU-T G.114 puts comfort at 400 ms. web/static/js/call.js has the same for what a
# browser measures itself, and tests/js/signals.json holds both to it.
FAIR_LOSS, FAIR_RTT_MS = 0.03, 400
WEAK_LOSS, WEAK_RTT_MS = 0.1, 1000

READINGS_TO_TURN = 2  # that say the same: one alone is a moment, as when a phone changes its cell


class Signal(StrEnum):
    """A connection's quality in a word. How much is sent does not count: a camera may be off."""

    GOOD = "good"
    FAIR = "fair"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Quality:
    """The share of packets lost (0 to 1), a round trip (None while unknown), and what arrived in a second."""

    loss: float
    rtt_ms: int | None
    kbit_s: int

    @property
    def signal(self) -> Signal:
        rtt_ms = self.rtt_ms or 0
        if self.loss >= WEAK_LOSS or rtt_ms >= WEAK_RTT_MS:
            return Signal.WEAK
        if self.loss >= FAIR_LOSS or rtt_ms >= FAIR_RTT_MS:
            return Signal.FAIR
        return Signal.GOOD


def quality_between(before: Traffic, after: Traffic, seconds: float) -> Quality | None:
    """The quality of the time between two readings; None when nothing came in it, which is no figure but an absence."""
    if after.packets < before.packets or after.bytes < before.bytes:
        before = Traffic()  # the browser is back on another connection
    received = after.packets - before.packets
    if received == 0 or seconds <= 0:
        return None
    lost = max(0, after.lost - before.lost)  # copies that came late lower the count
    rtt_ms = None if after.rtt_ms is None else round(after.rtt_ms)
    return Quality(round(lost / (lost + received), 3), rtt_ms, round((after.bytes - before.bytes) * 8 / 1000 / seconds))


@dataclass(frozen=True, slots=True)
class Course:
    """How a connection has been going, reading by reading: `weak` or not, since `since_s`."""

    weak: bool = False
    since_s: float = 0.0
    worst: Quality | None = None
    """Of the weak stretch that lasts, or of the one that has just ended."""
    contrary: int = 0
    """Readings in a row that said otherwise, from `contrary_from_s` on."""
    contrary_from_s: float = 0.0

    def on(self, quality: Quality | None, from_s: float) -> "Course":
        """The course after the reading of the time from `from_s` on; without a connection nothing is weak."""
        if quality is None:
            return Course(since_s=from_s, worst=self.worst) if self.weak else Course(since_s=self.since_s)
        weak = quality.signal is Signal.WEAK
        worst = self.worst if self.weak or self.contrary else None
        if weak:
            worst = worse_of(worst, quality)
        if weak is self.weak:
            return Course(weak, self.since_s, worst if weak else None)
        contrary_from_s = self.contrary_from_s if self.contrary else from_s
        if self.contrary + 1 == READINGS_TO_TURN:
            return Course(weak, contrary_from_s, worst)
        return Course(self.weak, self.since_s, worst, self.contrary + 1, contrary_from_s)


def worse_of(one: Quality | None, other: Quality) -> Quality:
    """The one that lost more; of equals the slower."""
    return other if one is None else max(one, other, key=lambda quality: (quality.loss, quality.rtt_ms or 0))
