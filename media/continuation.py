"""Where one stream ends and another goes on in its place: numbers, RTP time and picture ids never jump."""

from dataclasses import dataclass

from media.frames import CLOCK_RATE, Codec
from media.picture import picture_of


@dataclass(frozen=True, slots=True)
class Ending:
    """The newest packet of what has ended; `picture` as picture_of() says, None for what is not VP8."""

    number: int
    rtp_time: int
    picture: tuple[int, int] | None
    heard_at: float


@dataclass(frozen=True, slots=True)
class Shift:
    """What is added to each packet of what follows."""

    number: int = 0
    rtp_time: int = 0
    picture: tuple[int, int] | None = None


def following(ended: Ending, codec: Codec, number: int, rtp_time: int, payload: bytes, heard_at: float) -> Shift:
    """Lets this first packet follow `ended` by one, and as much later as it was heard later."""
    passed = max(1, int((heard_at - ended.heard_at) * CLOCK_RATE[codec.kind]))
    before, after = ended.picture, picture_of(payload) if codec is Codec.VP8 else None
    return Shift(
        ended.number + 1 - number,
        ended.rtp_time + passed - rtp_time,
        (before[0] + 1 - after[0], before[1] + 1 - after[1]) if before and after else None,
    )
