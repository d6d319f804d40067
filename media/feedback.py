"""Loss repair and bandwidth, decided: keyframe requests, what to ask for again, what to send again, what to advise."""

from collections.abc import Iterable
from dataclasses import dataclass

KEYFRAME_PAUSE_S = 0.5  # between two requests: a keyframe costs ten other frames, and asking twice gets two

LATE_S = 0.01  # a packet overtaken by others for longer than this is called lost
ASK_AGAIN_S = 0.08  # a round trip on a good mobile network; RFC 4585 §6.2 leaves it to us
MOST_ASKS = 10  # then it is older than anyone waits
LONGEST_GAP = 128  # packets; a longer one is a broken connection, and a keyframe mends it sooner

REPAIR_SIZE = 512  # packets kept for viewers who ask again, a power of two: 2.5 s at 1.5 Mbit/s

LOWEST_BITRATE = 100_000  # bits a second: a face is still a face
HEARD_FOR_S = 10.0  # what a viewer says about its bandwidth counts for so long


class KeyframeRequests:
    """Wanted until one arrives, and asked for at most every KEYFRAME_PAUSE_S."""

    def __init__(self) -> None:
        self._wanted = False
        self._asked_at = float("-inf")

    def want(self) -> None:
        self._wanted = True

    def arrived(self) -> None:
        self._wanted = False

    def due(self, at: float) -> bool:
        return self._wanted and at - self._asked_at >= KEYFRAME_PAUSE_S

    def asked(self, at: float) -> None:
        self._asked_at = at


@dataclass(slots=True)
class _Gap:
    ask_at: float
    asked: int = 0


class Missing:
    """Packets that a publisher has sent and we have not heard, by number counted on beyond 16 bits.

    Nothing is due before `next_at`.
    """

    def __init__(self) -> None:
        self.next_at = float("inf")
        self._packets: dict[int, _Gap] = {}

    def gap(self, first: int, end: int, at: float) -> None:
        """`first` and all others before `end` were overtaken."""
        if end - first > LONGEST_GAP:
            self._packets.clear()
            return
        for number in range(first, end):
            self._packets[number] = _Gap(at + LATE_S)
        while len(self._packets) > LONGEST_GAP:
            del self._packets[next(iter(self._packets))]
        self.next_at = min(self.next_at, at + LATE_S)

    def found(self, number: int) -> bool:
        """It came after all; False if it was not missing, or given up."""
        return self._packets.pop(number, None) is not None

    def give_up(self) -> None:
        """Nothing that is missing now is asked for."""
        self._packets.clear()
        self.next_at = float("inf")

    def due(self, at: float) -> list[int]:
        """What to ask for again now, in order; each counts as asked."""
        due = {number: gap for number, gap in self._packets.items() if at >= gap.ask_at}
        for number, gap in due.items():
            gap.ask_at = at + ASK_AGAIN_S
            gap.asked += 1
            if gap.asked == MOST_ASKS:
                del self._packets[number]
        self.next_at = min((gap.ask_at for gap in self._packets.values()), default=float("inf"))
        return sorted(due)


class RepairRing:
    """The last REPAIR_SIZE packets of a track, for viewers who ask again; overwritten in place."""

    def __init__(self) -> None:
        self._numbers = [-1] * REPAIR_SIZE
        self._rtp_times = [0] * REPAIR_SIZE
        self._markers = [False] * REPAIR_SIZE
        self._payloads = [b""] * REPAIR_SIZE

    def keep(self, number: int, rtp_time: int, marker: bool, payload: bytes) -> None:  # noqa: FBT001 (a header field)
        index = number % REPAIR_SIZE
        self._numbers[index] = number
        self._rtp_times[index] = rtp_time
        self._markers[index] = marker
        self._payloads[index] = payload

    def find(self, sequence_number: int) -> tuple[int, int, bool, bytes] | None:
        """Number, RTP time, marker and payload; None when it never came, or is too old."""
        index = sequence_number % REPAIR_SIZE
        number = self._numbers[index]
        if number < 0 or number & 0xFFFF != sequence_number:
            return None
        return number, self._rtp_times[index], self._markers[index], self._payloads[index]


class BitrateAdvice:
    """How much a publisher may send: the ceiling, less after loss, and no more than its slowest viewer can take.

    The steps are those of loss-based congestion control (draft-ietf-rmcat-gcc-02 §6), taken once a second.
    """

    def __init__(self, ceiling: int) -> None:
        self.limit(ceiling)

    def limit(self, ceiling: int) -> None:
        """Never more than that from now on; it begins anew there."""
        self._lowest = min(LOWEST_BITRATE, ceiling)
        self._ceiling = ceiling
        self._bitrate = float(ceiling)

    def advise(self, loss: float, viewers: Iterable[int]) -> int:
        """Bits a second, from the share of packets lost in the last second and what viewers say they can take."""
        if loss > 0.1:
            self._bitrate *= 1 - loss / 2
        elif loss < 0.02:
            self._bitrate *= 1.05
        self._bitrate = max(self._lowest, min(self._bitrate, self._ceiling))
        return int(max(self._lowest, min([self._bitrate, *viewers])))
